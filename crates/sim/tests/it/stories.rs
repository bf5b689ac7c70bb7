use std::{
    fs,
    path::{Path, PathBuf},
};

use hookflash_sim::story::Story;

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories");
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
