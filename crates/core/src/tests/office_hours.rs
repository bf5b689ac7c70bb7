//! Office hours, night service, and calling back.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{BlockedPattern, Change, Channels, Hours, Input, Key, Refusal, Settings, StationId};

const CALL_BACK: Key = Key::CallBack;

/// The office, in which 203 is blocked outside office hours, and 204 always.
fn blocked(change: impl FnOnce(&mut Settings)) -> Bench {
    let mut settings = office();
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.stations.push(station("dave", &[3]));
    let block = |pattern: &str, always| BlockedPattern { pattern: pattern.into(), always };
    settings.features.after_hours_blocks = vec![block("203", false), block("204", true)];
    change(&mut settings);
    Bench::with(settings)
}

fn hours(bench: &mut Bench, after_hours: bool, night: bool) {
    bench.handle(Input::Configure(Change::Hours(Hours { after_hours, night })));
}

fn reaches(bench: &mut Bench, number: &str) -> bool {
    bench.dial(ALICE, number);
    let reached = bench.looks(ALICE) == "1 RingingOut";
    bench.on_hook(ALICE);
    reached
}

#[test]
fn outside_office_hours_some_numbers_cannot_be_called_and_some_never() {
    let mut bench = blocked(|_| {});
    assert!(reaches(&mut bench, "203") && !reaches(&mut bench, "204"));
    hours(&mut bench, true, false);
    assert!(!reaches(&mut bench, "203") && reaches(&mut bench, "202"));
    bench.dial(ALICE, "203");
    assert_eq!(bench.looks(ALICE), "1 Failed(Refused)");
    bench.seconds(10);
    bench.expect_nothing_left();
    assert_eq!(bench.make_call("201", "203", false), Err(Refusal::CallBarred));
}

#[test]
fn who_is_exempt_or_enters_the_number_of_the_phone_may_call_but_not_what_is_always_blocked() {
    for exempt in ["line", "phone", "pin"] {
        let mut bench = blocked(|settings| match exempt {
            "line" => settings.lines[0].after_hours_exempt = true,
            "phone" => settings.stations[0].after_hours_exempt = true,
            _ => settings.stations[0].pin = Some(crate::Pin("1234".into())),
        });
        hours(&mut bench, true, false);
        if exempt == "pin" {
            bench.key(ALICE, Key::Login);
            bench.digits(ALICE, "9999#");
            assert_eq!(bench.looks(ALICE), "refused InvalidFeatureNumber");
            assert!(!reaches(&mut bench, "203"));
            bench.key(ALICE, Key::Login);
            bench.digits(ALICE, "1234#");
        }
        assert!(reaches(&mut bench, "203"), "{exempt}");
        assert!(!reaches(&mut bench, "204"), "{exempt}");
    }
}

#[test]
fn no_other_way_leads_to_a_number_that_cannot_be_called() {
    // Bob forwards his calls to what is always blocked.
    let mut bench = blocked(|settings| {
        settings.lines[1].forwarding.immediate = Some(crate::Forward::to("204"));
    });
    bench.dial(CAROL, "202");
    assert_eq!((bench.looks(CAROL), bench.looks(StationId(3))), ("1 Failed(Refused)".into(), "".into()));
    bench.on_hook(CAROL);
    // Alice deflects a call there, or transfers it in one step.
    let mut bench = blocked(|_| {});
    bench.dial(CAROL, "201");
    let ringing = bench.connection("201", 0);
    let deflect = crate::Request::DeflectCall { connection: ringing, destination: "204".into() };
    assert_eq!(bench.request(deflect), Err(Refusal::CallBarred));
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
    bench.on_hook(CAROL);
    bench.talk(ALICE, "203", CAROL);
    let own = bench.connection("201", 0);
    let answer = bench.request(crate::Request::SingleStepTransferCall { active: own, to: "204".into() });
    assert_eq!(answer, Err(Refusal::CallBarred));
    assert_eq!((bench.looks(ALICE), bench.looks(StationId(3))), ("1 Connected".into(), "".into()));
    // Who is exempt forwards as he calls.
    let mut bench = blocked(|settings| {
        settings.lines[1].forwarding.immediate = Some(crate::Forward::to("203"));
        settings.lines[1].after_hours_exempt = true;
    });
    hours(&mut bench, true, false);
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

#[test]
fn at_night_calls_go_elsewhere_and_phones_with_a_bell_are_told() {
    let mut bench = blocked(|settings| {
        settings.lines[0].night_forward = Some("203".into());
        settings.lines[2].night_bell = true;
        settings.stations[3].night_bell = true;
    });
    bench.dial(BOB, "201");
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
    bench.on_hook(BOB);
    hours(&mut bench, false, true);
    bench.dial(BOB, "201");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    let bell = |bench: &Bench| bench.shown[StationId(3).index()].night_bell.clone();
    assert_eq!(bell(&bench).as_deref(), Some("203"));
    bench.on_hook(BOB);
    assert_eq!(bell(&bench), None);
}

#[test]
fn who_called_in_vain_is_called_when_the_other_is_free() {
    let mut settings = office();
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.dial(CAROL, "201");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)");
    bench.key(CAROL, CALL_BACK);
    assert_eq!(bench.looks(CAROL), "");
    bench.outputs();
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "1 Prompted");
    assert!(bench.outputs().contains("203[3] ServiceInitiated 3/203 initiated CallBack"));
    bench.answer(CAROL);
    assert_eq!(bench.parties(ALICE), "< 203 Carol");
    bench.on_hook(CAROL);
    bench.talk(BOB, "201", ALICE);
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "", "once");
    bench.expect_nothing_left();
}

#[test]
fn who_did_not_answer_is_called_after_his_next_call() {
    let mut bench = Bench::new();
    bench.dial(CAROL, "201");
    bench.key(CAROL, CALL_BACK);
    assert_eq!((bench.looks(CAROL), bench.looks(ALICE)), (String::new(), String::new()));
    bench.dial(BOB, "201");
    bench.key(BOB, CALL_BACK);
    assert_eq!(bench.looks(BOB), "1 RingingOut, refused ResourceBusy", "one waits already");
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "1 Prompted");
}
