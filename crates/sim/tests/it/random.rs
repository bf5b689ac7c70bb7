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
/// The same office, in which three have SIP phones.
const WITH_SIP: &str = "\
telephony-service timeouts interdigit 3
telephony-service timeouts ringing 20
telephony-service timeouts busy 5
phone alice 7960 dual-line 201
sip phone bob line 202
sip phone carol over TCP line 203
phone dave 7975 dual-line 204
sip phone erin line 205
application console watches 201 202 203 204 205
application spy over UDP watches 201 203
application stream over CSTA watches 202 203
";
const PHONES: [&str; 5] = ["alice", "bob", "carol", "dave", "erin"];
const NUMBERS: [&str; 7] = ["201", "202", "203", "204", "205", "777", "20"];

fn pick<'a>(stage: &mut Stage, of: &[&'a str]) -> &'a str {
    of[stage.world_mut().random(of.len())]
}

/// What users of SIP phones and applications do besides.
fn other_action(stage: &mut Stage) -> Action {
    let (who, console) = (Name::from(pick(stage, &PHONES)), Name::from("console"));
    let (number, to) = (Number::from(pick(stage, &NUMBERS)), Number::from(pick(stage, &NUMBERS)));
    match stage.world_mut().random(16) {
        0..=1 => Action::TransferTo { who, number },
        2..=3 => Action::CompleteTransfer { who },
        4 => Action::TransferBlindlyTo { who, number },
        5 => Action::ConsultAt { who: console, number, to },
        6 => Action::TransferAt { who: console, number },
        7 => Action::ConferAt { who: console, number },
        8 => Action::AlternateAt { who: console, number },
        9 => Action::ReconnectAt { who: console, number },
        10 => Action::DeflectAt { who: console, number, to },
        11 => Action::AddAt { who: console, number, to },
        12 => Action::JoinAt { who: console, number, to },
        13 => Action::GiveAt { who: console, number, to },
        14 => Action::LoseNext { who },
        _ => Action::PickUpAt { who: console, number, to },
    }
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
fn random_story(setting: &str, seed: u64, steps: usize) -> Story {
    let mut story = Story::parse(setting).unwrap();
    let mut stage = Stage::new(&story.setting, seed).unwrap();
    let others = setting == WITH_SIP;
    let draw = |stage: &mut Stage| match others && stage.world_mut().random(3) == 0 {
        true => other_action(stage),
        false => action(stage),
    };
    story.steps = (0..steps).map(|_| Step::new(draw(&mut stage))).collect();
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
        .or_else(|| {
            let strays = stage.world().stray_media();
            (!strays.is_empty()).then(|| format!("media goes where nobody listens: {strays:?}"))
        })
}

/// Tries stories of these seeds, and tells the shortest that goes wrong.
fn try_seeds(setting: &str, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let story = random_story(setting, seed, 150);
        if trouble(&story).is_some() {
            let shortest = shrink(&story, |story| trouble(story).is_some());
            let trouble = trouble(&shortest).unwrap_or_default();
            panic!("seed {seed}: {trouble}\n{shortest}");
        }
    }
}

#[test]
fn so_may_users_of_sip_phones() {
    let number = |name| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let first = number("HOOKFLASH_FIRST_SEED").unwrap_or(0);
    try_seeds(WITH_SIP, first..first + number("HOOKFLASH_SIP_SEEDS").unwrap_or(40));
}

#[test]
fn users_and_applications_may_do_anything_at_any_time() {
    try_seeds(SETTING, 0..60);
}
