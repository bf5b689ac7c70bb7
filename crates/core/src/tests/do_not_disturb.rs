//! Do not disturb: what becomes of calls, who sets it, and who is told.

use super::bench::{ALICE, BOB, Bench, CAROL, office, station};
use crate::{DndCalls, ForwardingType, Input, Key, Refusal, Request, Response, Ring, Settings};

const DND: Key = Key::DoNotDisturb { line: 0, reference: 0 };

fn set(bench: &mut Bench, number: &str, on: bool) -> Result<Response, Refusal> {
    let device = bench.device(number);
    bench.request(Request::SetDoNotDisturb { device, on })
}

fn is_on(bench: &mut Bench, number: &str) -> bool {
    let device = bench.device(number);
    bench.request(Request::GetDoNotDisturb { device }) == Ok(Response::DoNotDisturb(true))
}

/// The office, with this setting at Alice's phone.
fn with(calls: DndCalls) -> Settings {
    let mut settings = office();
    settings.stations[0].dnd_calls = calls;
    settings
}

#[test]
fn the_key_and_an_application_do_the_same() {
    let mut bench = Bench::new();
    bench.key(ALICE, DND);
    bench.expect("store dnd/alice\n201[1] DoNotDisturb true");
    assert!(bench.shown[ALICE.index()].do_not_disturb);
    assert!(is_on(&mut bench, "201") && !is_on(&mut bench, "202"));
    bench.outputs();
    set(&mut bench, "201", false).unwrap();
    bench.expect("store dnd/alice\n= done\n201[1] DoNotDisturb false");
    set(&mut bench, "201", false).unwrap();
    bench.expect("= done");
}

#[test]
fn calls_fail_with_their_own_cause() {
    let mut bench = Bench::new();
    set(&mut bench, "201", true).unwrap();
    bench.outputs();
    bench.dial(BOB, "201");
    bench.expect(
        "202[2] ServiceInitiated 1/202 initiated Normal
         202[2] DigitsDialed 1/202 initiated 2
         202[2] Originated 1/202 connected NewCall
         202[2] Failed 1/201 connected DoNotDisturb",
    );
    assert_eq!(bench.looks(BOB), "1 Failed(DoNotDisturb)");
    assert_eq!(bench.looks(ALICE), "");
    bench.on_hook(BOB);
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }", "its user still calls");
}

#[test]
fn calls_are_forwarded_if_the_line_forwards_them() {
    for (kind, cause) in [
        (ForwardingType::Immediate, "CallForwardImmediate"),
        (ForwardingType::Busy, "CallForwardBusy"),
        (ForwardingType::NoAnswer, "CallForwardNoAnswer"),
    ] {
        let mut bench = Bench::new();
        bench.forward("201", kind, Some("203")).unwrap();
        bench.key(ALICE, DND);
        bench.outputs();
        bench.dial(BOB, "201");
        assert!(bench.outputs().contains(cause));
        assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    }
}

#[test]
fn where_the_ring_is_silent_calls_are_shown_and_the_caller_is_told() {
    let mut bench = Bench::with(with(DndCalls::Silent));
    bench.key(ALICE, DND);
    bench.dial(BOB, "201");
    let shown = &bench.shown[ALICE.index()].appearances[0];
    assert_eq!((shown.display.is_ringing(), shown.ring), (true, Ring::Silent));
    assert!(bench.shown[BOB.index()].appearances[0].rings_out_silently);
    bench.answer(ALICE);
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn buttons_with_a_feature_ring_may_ring_nevertheless() {
    let mut settings = with(DndCalls::RingFeatureButtons);
    settings.stations[0].buttons[0].ring = Ring::Feature;
    let mut bench = Bench::with(settings);
    bench.key(ALICE, DND);
    bench.dial(BOB, "201");
    assert_eq!(bench.shown[ALICE.index()].appearances[0].ring, Ring::Feature);

    let mut bench = Bench::with(with(DndCalls::RingFeatureButtons));
    bench.key(ALICE, DND);
    bench.dial(BOB, "201");
    assert_eq!(bench.looks(BOB), "1 Failed(DoNotDisturb)");
}

#[test]
fn while_a_call_rings_the_key_is_about_that_call_only() {
    let mut bench = Bench::new();
    bench.dial(BOB, "201");
    bench.key(ALICE, DND);
    assert_eq!(bench.shown[ALICE.index()].appearances[0].ring, Ring::Silent);
    assert!(bench.shown[BOB.index()].appearances[0].rings_out_silently);
    assert!(!is_on(&mut bench, "201"));
    bench.on_hook(BOB);
    bench.forward("201", ForwardingType::NoAnswer, Some("203")).unwrap();
    bench.dial(BOB, "201");
    bench.key(ALICE, DND);
    assert_eq!(bench.looks(ALICE), "");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

#[test]
fn another_phone_with_the_line_still_rings() {
    let mut settings = office();
    settings.stations.push(station("alice upstairs", &[0]));
    let mut bench = Bench::with(settings);
    bench.key(ALICE, DND);
    bench.expect("store dnd/alice");
    assert!(!is_on(&mut bench, "201"), "one of its phones may be disturbed");
    bench.dial(BOB, "201");
    assert_eq!(bench.looks(ALICE), "");
    assert_eq!(bench.looks(crate::StationId(3)), "1 RingingIn { waiting: false }");
}

#[test]
fn a_device_without_a_phone_of_its_own_has_no_do_not_disturb() {
    let mut settings = office();
    settings.stations.remove(2);
    let mut bench = Bench::with(settings);
    assert_eq!(set(&mut bench, "203", true), Err(Refusal::DeviceOutOfService));
}

#[test]
fn it_survives_a_restart() {
    let mut before = Bench::new();
    before.key(ALICE, DND);
    let mut after = Bench::new();
    for record in before.stored {
        after.handle(Input::Restore(record));
    }
    assert!(is_on(&mut after, "201"));
    after.outputs();
    after.handle(Input::Restore(crate::Record::DoNotDisturb { station: "nobody".into(), on: true }));
    after.expect("forget dnd/nobody");
}
