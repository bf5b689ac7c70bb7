use std::{
    fs,
    path::{Path, PathBuf},
};

use hookflash_sim::{
    story::{Declaration, Failure, Stage, Story},
    world::PartyId,
};
use hookflash_wire::csta::{self, Edition, Message};

fn stories(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            stories(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "story") {
            found.push(path);
        }
    }
}

fn all_stories() -> Vec<(String, Story)> {
    stories_in("")
}

/// The stories in a directory of `stories`, with the names of their files.
pub(crate) fn stories_in(directory: &str) -> Vec<(String, Story)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories").join(directory);
    let mut paths = Vec::new();
    stories(&root, &mut paths);
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        let text = fs::read_to_string(path).unwrap();
        let story = Story::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, story)
    };
    paths.iter().map(read).collect()
}

#[test]
fn every_story_goes_as_it_is_told() {
    let stories = all_stories();
    assert!(stories.len() >= 15, "only {} stories were found", stories.len());
    let mut failures = String::new();
    for (name, story) in &stories {
        if let Err(failure) = story.run(1) {
            failures.push_str(&format!("\n== {name}: {failure}\n\n{}\n", failure.ladder));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn a_story_goes_the_same_way_each_time() {
    for (name, story) in all_stories() {
        let ladder = || story.run(7).map(|stage| stage.whole_ladder());
        assert!(ladder() == ladder(), "{name} differs from run to run");
    }
}

#[test]
fn a_printed_story_is_the_same_story() {
    for (name, story) in all_stories() {
        let again = Story::parse(&story.to_string()).unwrap();
        assert_eq!(again.to_string(), story.to_string(), "{name}");
        assert_eq!(again.setting, story.setting, "{name}");
    }
}

/// The story with applications that come over CSTA/TCP instead of SIP; `None` if there are none that could.
fn over_csta(story: &Story) -> Option<Story> {
    let mut other = story.clone();
    let mut changed = false;
    for declaration in &mut other.setting.declarations {
        if let Declaration::Watcher { who, numbers } = declaration {
            *declaration = Declaration::StreamWatcher { who: who.clone(), numbers: numbers.clone() };
            changed = true;
        }
    }
    changed.then_some(other)
}

/// What each application was told, in order, as XML. Identifiers are counted from 1: after a restart they begin with a
/// number that depends on the time.
fn told(story: &Story) -> Result<Vec<(PartyId, String)>, Box<Failure>> {
    let mut stage = Stage::new(&story.setting, 1)?;
    stage.take_heard();
    story.steps.iter().try_for_each(|step| stage.perform(step))?;
    stage.end()?;
    let mut known: [Vec<String>; 3] = Default::default();
    let events = stage.take_heard().into_iter().map(|(party, event)| {
        let mut bytes = Vec::new();
        csta::encode(Edition::Ed6, &Message::Event(event), &mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        const IDENTIFIERS: [&str; 3] = ["callID", "monitorCrossRefID", "globallyUniqueCallLinkageID"];
        let text = IDENTIFIERS
            .iter()
            .zip(&mut known)
            .fold(text, |text, (element, known)| counted(&text, element, known));
        (party, text)
    });
    Ok(events.collect())
}

/// The document with a number in place of each identifier in these elements.
fn counted(document: &str, element: &str, known: &mut Vec<String>) -> String {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let mut pieces = document.split(&open);
    let mut text = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (identifier, rest) = piece.split_once(&close).unwrap();
        let place = known.iter().position(|other| other == identifier).unwrap_or_else(|| {
            known.push(identifier.to_owned());
            known.len() - 1
        });
        text.push_str(&format!("{open}{}{close}{rest}", place + 1));
    }
    text
}

#[test]
fn both_carriers_tell_the_same_story() {
    let mut compared = 0;
    let mut failures = String::new();
    for (name, story) in all_stories() {
        // In those that random runs left behind, much is tried in vain, as only their referee knows.
        let tried = name.starts_with("random/");
        let Some(other) = over_csta(&story).filter(|_| !tried) else { continue };
        match (told(&story), told(&other)) {
            (Ok(sip), Ok(csta)) if sip == csta => compared += usize::from(!sip.is_empty()),
            (Ok(sip), Ok(csta)) => failures.push_str(&format!("\n== {name}\n{sip:#?}\n{csta:#?}\n")),
            (_, Err(failure)) | (Err(failure), _) => {
                failures.push_str(&format!("\n== {name}: {failure}\n\n{}\n", failure.ladder));
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(compared >= 20, "only {compared} stories with events");
}
