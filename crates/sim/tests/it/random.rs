//! Users and applications that do anything at any time: nobody may have reason to complain, and when all have
//! hung up everything is quiet.

use std::time::Duration;

use hookflash_sim::story::{Count, Deed, Name, Number, Sentence, Sight, Span, Stage, Step, Story, shrink};

const SETTING: &str = "\
telephony-service timeouts interdigit 3
telephony-service timeouts ringing 20
telephony-service timeouts busy 5
phone alice 7960 line 201
phone bob 7961 dual-line 202
phone carol 12SP line 203
phone dave 7975 dual-line 204
phone erin 7961 line 204 205
application console watches 201 202 203 204 205
application spy over UDP watches 201 203
";
const PHONES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
const NUMBERS: [&str; 7] = ["201", "202", "203", "204", "205", "777", "20"];

fn pick<'a>(stage: &mut Stage, of: &[&'a str]) -> &'a str {
    of[stage.world_mut().random(of.len())]
}

fn deed(stage: &mut Stage) -> Deed {
    let who = Name::from(pick(stage, &PHONES));
    let number = Number::from(pick(stage, &NUMBERS));
    let console = Name::from("console");
    let called = Number::from(pick(stage, &NUMBERS));
    match stage.world_mut().random(34) {
        0..=3 => Deed::Dial { who, number },
        4 => Deed::DialAtOnce { who, number },
        5 => Deed::Type { who, digits: number },
        6 => Deed::BeginCall { who },
        7..=9 => Deed::Answer { who },
        10 => Deed::HangUp { who },
        11 => Deed::Reject { who },
        12 => Deed::Hold { who },
        13 => Deed::Resume { who },
        14 => Deed::LiftHandset { who },
        15 => Deed::ReplaceHandset { who },
        16 => Deed::MakeCall { who: console, calling: number, called },
        17 => Deed::AnswerAt { who: console, number },
        18 => Deed::HoldAt { who: console, number },
        19 => Deed::RetrieveAt { who: console, number },
        20 => Deed::ClearAt { who: console, number },
        21 => Deed::PressSpeaker { who },
        23 => Deed::PressLine { who, line: Count(1) },
        24 => Deed::Reset { who },
        25 => Deed::Unplug { who },
        26 => Deed::PlugIn { who },
        27 => Deed::Split { who },
        28 => Deed::SplitBytes { who: console },
        29 => Deed::Reset { who: console },
        30 => Deed::LogIn { who: console },
        31 => Deed::Watch { who: console, number },
        32 => match stage.world_mut().random(4) {
            0 => Deed::RestartNode,
            1 => Deed::ShutDownNode,
            2 => Deed::Cut { who },
            _ => Deed::Join { who },
        },
        22 => Deed::PromptCall { who: console, calling: number, called },
        _ => {
            let millis = [5, 300, 2000, 12_000];
            let span = Duration::from_millis(millis[stage.world_mut().random(millis.len())]);
            Deed::Wait { span: Span(span) }
        }
    }
}

/// A story of random deeds. They are chosen without regard to what happens.
fn random_story(seed: u64, steps: usize) -> Story {
    let mut story = Story::parse(SETTING).unwrap();
    let mut stage = Stage::new(&story.setting, seed).unwrap();
    story.steps = (0..steps).map(|_| Step::new(deed(&mut stage))).collect();
    story
}

/// What goes wrong in a story of deeds.
fn trouble(story: &Story) -> Option<String> {
    let mut stage = Stage::new(&story.setting, 1).unwrap();
    stage.world_mut().forget();
    for step in &story.steps {
        // Many things cannot be done at many times; a user who tries finds that out.
        let _ = stage.perform(step);
        if let Some(complaint) = stage.complaints().first() {
            return Some(complaint.clone());
        }
    }
    quiet(&mut stage)
}

/// Everybody hangs up; whoever is not idle then says so.
fn quiet(stage: &mut Stage) -> Option<String> {
    for who in PHONES {
        let join = Step::new(Deed::Join { who: who.into() });
        stage.perform(&join).unwrap();
        let plug_in = Step::new(Deed::PlugIn { who: who.into() });
        stage.perform(&plug_in).unwrap();
    }
    let while_they_come_back = Deed::Wait { span: Span(Duration::from_secs(300)) };
    stage.perform(&Step::new(while_they_come_back)).unwrap();
    for _ in 0..4 {
        for who in PHONES {
            let step = Step::new(Deed::HangUp { who: who.into() });
            let _ = stage.perform(&step);
        }
    }
    let minute = Deed::Wait { span: Span(Duration::from_secs(60)) };
    stage.perform(&Step::new(minute)).unwrap();
    let calls = stage.world().node().switch().calls().len();
    let idle = |who: &&str| Step::new(Sentence::from(Sight::Idle { who: (*who).into() }));
    let noise = PHONES.iter().find_map(|who| stage.perform(&idle(who)).err());
    noise
        .map(|failure| failure.message.clone())
        .or_else(|| (calls > 0).then(|| format!("{calls} calls are left")))
}

#[test]
fn users_and_applications_may_do_anything_at_any_time() {
    for seed in 0..60 {
        let story = random_story(seed, 150);
        if trouble(&story).is_some() {
            let shortest = shrink(&story, |story| trouble(story).is_some());
            let trouble = trouble(&shortest).unwrap_or_default();
            panic!("seed {seed}: {trouble}\n{shortest}");
        }
    }
}
