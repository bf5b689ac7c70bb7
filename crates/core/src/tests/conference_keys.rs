//! Keys of conferences: Select, Join, the list of participants, and when a conference ends.

use super::bench::{ALICE, BOB, Bench, CAROL, office};
use crate::{Channels, ConferenceDrop, ConferenceRules, Key};

const JOIN: Key = Key::Join { line: 0, reference: 0 };

/// Alice has room for more calls, and conferences for five.
fn office_of_five() -> crate::Settings {
    let mut settings = office();
    settings.lines[0].channels = Channels::Octo;
    settings.max_conference_members = 5;
    settings
}

/// Bob and Carol have called Alice; she talks to Carol.
fn two_calls(bench: &mut Bench) {
    bench.talk(BOB, "201", ALICE);
    bench.dial(CAROL, "201");
    bench.answer(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Connected");
    bench.outputs();
}

#[test]
fn join_makes_a_conference_of_the_held_and_the_active_call() {
    let mut bench = Bench::with(office_of_five());
    two_calls(&mut bench);
    bench.key(ALICE, JOIN);
    assert_eq!(
        [ALICE, BOB, CAROL].map(|phone| bench.looks(phone)),
        ["1 Connected", "1 Connected", "1 Connected"]
    );
    let told = bench.outputs();
    assert!(told.contains("Conferenced"), "{told}");
    assert_eq!(bench.switch.calls().len(), 1);
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn only_selected_calls_are_joined() {
    let mut bench = Bench::with(office_of_five());
    two_calls(&mut bench);
    let bob = bench.connection("201", 0);
    let reference = bench.reference(bob);
    bench.key(ALICE, Key::Select { line: 0, reference });
    assert!(bench.switch.station_view(ALICE).appearances.iter().any(|shown| shown.selected));
    bench.key(ALICE, Key::Select { line: 0, reference });
    assert!(bench.switch.station_view(ALICE).appearances.iter().all(|shown| !shown.selected));
    bench.key(ALICE, Key::Select { line: 0, reference });
    bench.key(ALICE, JOIN);
    assert_eq!(bench.switch.calls().len(), 1);
    assert!(bench.switch.station_view(ALICE).appearances.iter().all(|shown| !shown.selected));
}

#[test]
fn with_one_call_there_is_nothing_to_join() {
    let mut bench = Bench::with(office_of_five());
    bench.talk(BOB, "201", ALICE);
    bench.key(ALICE, JOIN);
    assert_eq!(bench.looks(ALICE), "1 Connected, refused NothingToJoin");
    bench.on_hook(BOB);
    bench.key(ALICE, JOIN);
    assert_eq!(bench.switch.calls().len(), 0);
}

#[test]
fn who_made_a_conference_sees_who_is_in_it_and_removes_one() {
    let mut bench = Bench::with(office_of_five());
    two_calls(&mut bench);
    bench.key(ALICE, Key::ConferenceList);
    bench.key(ALICE, JOIN);
    bench.outputs();
    bench.key(BOB, Key::ConferenceList);
    let told = bench.outputs();
    assert!(told.contains("list ") && told.contains("201") && told.contains("203"), "Bob may look: {told}");
    let bob = bench.connection("202", 0);
    let participant = bench.reference(bob);
    bench.key(CAROL, Key::RemoveParticipant { participant });
    assert_eq!(bench.looks(CAROL), "1 Connected, refused ForwardingDisabled", "Carol has not made it");
    bench.key(ALICE, Key::RemoveParticipant { participant });
    assert_eq!(
        [ALICE, BOB, CAROL].map(|phone| bench.looks(phone)).map(|looks| looks
            .split(',')
            .next()
            .unwrap_or_default()
            .to_owned()),
        ["1 Connected", "", "1 Connected"]
    );
    bench.key(ALICE, Key::RemoveParticipant { participant });
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

/// A conference of Alice, Bob and Carol that Alice has made under these rules.
fn conference(rules: ConferenceRules, keeps: bool) -> Bench {
    let mut settings = office_of_five();
    settings.stations[0].conference = rules;
    settings.stations[0].keep_conference = keeps;
    let mut bench = Bench::with(settings);
    two_calls(&mut bench);
    bench.key(ALICE, JOIN);
    bench
}

#[test]
fn the_mode_says_when_a_conference_ends() {
    let drop = |drop| ConferenceRules { drop: Some(drop), ..ConferenceRules::default() };
    let mut bench = conference(drop(ConferenceDrop::Creator), true);
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
    let mut bench = conference(drop(ConferenceDrop::Local), false);
    bench.end_call(ALICE);
    assert_eq!(
        [BOB, CAROL].map(|phone| bench.looks(phone)),
        ["1 Connected", "1 Connected"],
        "both are local"
    );
}

#[test]
fn others_add_nobody_where_only_the_creator_may() {
    let rules = ConferenceRules { only_creator_adds: true, ..ConferenceRules::default() };
    let mut bench = conference(rules, false);
    bench.conference(BOB);
    assert_eq!(bench.looks(BOB), "1 Connected, refused ForwardingDisabled");
    bench.conference(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Dialling");
}

#[test]
fn the_conference_key_drops_the_last_party_if_the_phone_says_so() {
    let rules = ConferenceRules { key_drops_last: true, ..ConferenceRules::default() };
    let mut bench = conference(rules, true);
    bench.conference(ALICE);
    assert_eq!(bench.looks(CAROL), "");
    assert_eq!(bench.parties(ALICE), "< 202 Bob");
}
