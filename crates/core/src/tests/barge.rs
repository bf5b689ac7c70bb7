//! Privacy on lines with eight channels, and users who enter the calls of other phones there.

use super::bench::{ALICE, BOB, Bench, CAROL, Hears, office, station};
use crate::{Channels, Key, Settings};

/// Bob's octo-line is also on Carol's phone, as its second button.
fn shared(privacy: bool) -> Settings {
    let mut settings = office();
    settings.lines[1].channels = Channels::Octo;
    settings.stations[2] = station("carol", &[2, 1]);
    settings.stations[1].privacy = privacy;
    settings
}

const BARGE: Key = Key::Barge { line: 2, reference: 0 };

#[test]
fn who_enters_a_call_makes_a_conference_that_two_of_them_go_on_with() {
    let mut bench = Bench::with(shared(false));
    bench.talk(ALICE, "202", BOB);
    assert_eq!((bench.looks(CAROL), bench.parties(CAROL)), ("2 RemoteInUse".into(), "< 201 Alice".into()));
    bench.outputs();
    bench.key(CAROL, BARGE);
    assert_eq!(bench.looks(CAROL), "2 Connected");
    assert_eq!(bench.looks(BOB), "1 Connected");
    assert_eq!([ALICE, BOB, CAROL].map(|station| bench.hears(station)), [Hears::Mix(3); 3]);
    let told = bench.outputs();
    assert!(told.contains("202[2] Established 1/202 connected"), "{told}");
    // Who had the call first leaves, and the others talk on.
    bench.on_hook(BOB);
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("1 Connected".into(), "2 Connected".into()));
    assert_eq!(bench.hears(CAROL), Hears::Device);
    bench.on_hook(CAROL);
    assert_eq!(bench.looks(ALICE), "");
    bench.expect_nothing_left();
}

#[test]
fn a_phone_keeps_its_calls_to_itself() {
    let mut bench = Bench::with(shared(true));
    bench.talk(ALICE, "202", BOB);
    assert_eq!((bench.looks(CAROL), bench.parties(CAROL)), ("2 RemoteInUse".into(), "< ".into()));
    bench.key(CAROL, BARGE);
    assert_eq!(bench.looks(CAROL), "2 RemoteInUse, refused ForwardingDisabled");
    // What is held can be taken up all the same.
    bench.hold(BOB);
    bench.key(CAROL, Key::Resume { line: 2, reference: 0 });
    assert_eq!(bench.looks(CAROL), "2 Connected");
}

#[test]
fn held_calls_can_be_private_too() {
    let mut settings = shared(true);
    settings.features.privacy_on_hold = true;
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    bench.hold(BOB);
    assert_eq!(bench.looks(CAROL), "2 RemoteInUse");
    let reference = bench.reference(bench.connection("202", 0));
    for reference in [0, reference] {
        bench.key(CAROL, Key::Resume { line: 2, reference });
        assert_eq!(bench.looks(CAROL), "2 RemoteInUse");
    }
    bench.resume(BOB);
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn the_user_switches_privacy_by_the_button() {
    let mut settings = shared(true);
    settings.stations[1].privacy_button = true;
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    bench.key(BOB, Key::Privacy);
    assert_eq!(bench.switch.station_view(BOB).privacy, Some(false));
    assert_eq!(bench.parties(CAROL), "< 201 Alice");
    bench.key(BOB, Key::Privacy);
    assert_eq!(bench.parties(CAROL), "< ");
    bench.key(CAROL, Key::Privacy);
    assert_eq!(bench.looks(CAROL), "2 RemoteInUse, refused ForwardingDisabled", "it has no such button");
}

#[test]
fn nobody_enters_a_full_conference() {
    let mut settings = shared(false);
    settings.max_conference_members = 2;
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    bench.key(CAROL, BARGE);
    assert_eq!(bench.looks(CAROL), "2 RemoteInUse, refused ConferenceMemberLimitExceeded");
    assert_eq!(bench.looks(BOB), "1 Connected");
}
