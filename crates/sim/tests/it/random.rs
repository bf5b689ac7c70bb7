//! Users and applications that do anything at any time: nobody may have reason to complain, and when all have
//! hung up everything is quiet.

use std::time::Duration;

use hookflash_sim::story::{
    Action, Count, Expectation, Name, Number, Sentence, Span, Stage, Step, Story, shrink,
};

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
application stream over CSTA watches 202 203
";
const PHONES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
const NUMBERS: [&str; 7] = ["201", "202", "203", "204", "205", "777", "20"];

fn pick<'a>(stage: &mut Stage, of: &[&'a str]) -> &'a str {
    of[stage.world_mut().random(of.len())]
}

fn action(stage: &mut Stage) -> Action {
    let who = Name::from(pick(stage, &PHONES));
    let number = Number::from(pick(stage, &NUMBERS));
    let console = Name::from("console");
    let called = Number::from(pick(stage, &NUMBERS));
    match stage.world_mut().random(34) {
        0..=3 => Action::Dial { who, number },
        4 => Action::DialAtOnce { who, number },
        5 => Action::Type { who, digits: number },
        6 => Action::BeginCall { who },
        7..=9 => Action::Answer { who },
        10 => Action::HangUp { who },
        11 => Action::Reject { who },
        12 => Action::Hold { who },
        13 => Action::Resume { who },
        14 => Action::LiftHandset { who },
        15 => Action::ReplaceHandset { who },
        16 => Action::MakeCall { who: console, calling: number, called },
        17 => Action::AnswerAt { who: console, number },
        18 => Action::HoldAt { who: console, number },
        19 => Action::RetrieveAt { who: console, number },
        20 => Action::ClearAt { who: console, number },
        21 => Action::PressSpeaker { who },
        23 => Action::PressLine { who, line: Count(1) },
        24 => Action::Reset { who },
        25 => Action::Unplug { who },
        26 => Action::PlugIn { who },
        27 => Action::Split { who },
        28 => Action::SplitBytes { who: console },
        29 => Action::Reset { who: console },
        30 => Action::LogIn { who: console },
        31 => Action::Watch { who: console, number },
        32 => match stage.world_mut().random(4) {
            0 => Action::RestartNode,
            1 => Action::ShutDownNode,
            2 => Action::Cut { who },
            _ => Action::Join { who },
        },
        22 => Action::PromptCall { who: console, calling: number, called },
        _ => {
            let millis = [5, 300, 2000, 12_000];
            let span = Duration::from_millis(millis[stage.world_mut().random(millis.len())]);
            Action::Wait { span: Span(span) }
        }
    }
}

/// A story of random actions. They are chosen without regard to what happens.
fn random_story(seed: u64, steps: usize) -> Story {
    let mut story = Story::parse(SETTING).unwrap();
    let mut stage = Stage::new(&story.setting, seed).unwrap();
    story.steps = (0..steps).map(|_| Step::new(action(&mut stage))).collect();
    story
}

/// What goes wrong in a story of actions.
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
        let join = Step::new(Action::Join { who: who.into() });
        stage.perform(&join).unwrap();
        let plug_in = Step::new(Action::PlugIn { who: who.into() });
        stage.perform(&plug_in).unwrap();
    }
    let while_they_come_back = Action::Wait { span: Span(Duration::from_secs(300)) };
    stage.perform(&Step::new(while_they_come_back)).unwrap();
    for _ in 0..4 {
        for who in PHONES {
            let step = Step::new(Action::HangUp { who: who.into() });
            let _ = stage.perform(&step);
        }
    }
    let minute = Action::Wait { span: Span(Duration::from_secs(60)) };
    stage.perform(&Step::new(minute)).unwrap();
    let calls = stage.world().node().switch().calls().len();
    let idle = |who: &&str| Step::new(Sentence::from(Expectation::Idle { who: (*who).into() }));
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
