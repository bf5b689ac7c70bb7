//! The table of verbs and states, as the page of [`verb`](crate::verb) says.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{Channels, ConnectionId, Key, Verb};

/// The verbs that may be applied to the first connection of the number in the call, with `-` for the others, in the
/// order of the table.
fn row(bench: &Bench, id: ConnectionId) -> String {
    let calls = bench.switch.calls();
    let key = calls.find(id, |_| true).unwrap();
    let permitted = calls.permitted(calls.connection(key).unwrap());
    let letter = |verb| match verb {
        Verb::AnswerCall => 'A',
        Verb::AcceptCall => 'E',
        Verb::ClearConnection => 'C',
        Verb::HoldCall => 'H',
        Verb::RetrieveCall => 'R',
        Verb::DeflectCall => 'D',
        Verb::PickupCall => 'U',
        Verb::ParkCall => 'P',
        Verb::ConsultationCall => 'O',
        Verb::TransferHeld => 't',
        Verb::TransferActive => 'T',
        Verb::ConferenceHeld => 'f',
        Verb::ConferenceActive => 'F',
        Verb::SingleStepTransferCall => 'S',
        Verb::SingleStepConferenceCall => 'J',
        Verb::AlternateHeld => 'l',
        Verb::AlternateActive => 'L',
        Verb::ReconnectActive => 'N',
        Verb::GenerateDigits => 'G',
    };
    // What only concerns devices of applications has its own tests.
    let verbs = Verb::ALL.into_iter().filter(|verb| *verb != Verb::AcceptCall);
    verbs.map(|verb| if permitted.contains(verb) { letter(verb) } else { '-' }).collect()
}

#[track_caller]
fn expect(bench: &Bench, number: &str, expected: &str) {
    assert_eq!(row(bench, bench.connection(number, 0)), expected, "{number}");
}

#[test]
fn every_state_permits_exactly_the_verbs_of_the_table() {
    let mut bench = Bench::new();
    bench.off_hook(ALICE);
    expect(&bench, "201", "-C--------------N-");
    bench.digits(ALICE, "202");
    expect(&bench, "201", "-C-------T-F----N-");
    expect(&bench, "202", "AC--DU--------l---");
    bench.answer(BOB);
    expect(&bench, "201", "-CH---PO-T-FSJ-LNG");
    expect(&bench, "202", "-CH---PO-T-FSJ-LNG");
    bench.hold(BOB);
    expect(&bench, "201", "-CH---PO-T-FSJ-LNG");
    expect(&bench, "202", "-C-R----t-f-S-l---");
    bench.on_hook(ALICE);
    bench.make_call("203", "201", true).unwrap();
    expect(&bench, "203", "AC----------------");
}

#[test]
fn who_hears_a_failure_tone_can_only_hang_up() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "9");
    expect(&bench, "201", "-C--------------N-");
    bench.dial(BOB, "203");
    bench.end_call(CAROL);
    assert_eq!(bench.looks(BOB), "1 Failed(Busy)");
    expect(&bench, "202", "-C--------------N-");
}

#[test]
fn in_a_conference_one_who_talks_may_do_what_he_may_in_a_call_of_two_but_park() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.conference_call("201").unwrap();
    // Carol's phone rings still.
    expect(&bench, "201", "-CH----O-T-FSJ-LNG");
    expect(&bench, "202", "-CH----O-T-FSJ-LNG");
    expect(&bench, "203", "AC--DU--------l---");
}

#[test]
fn a_phone_is_offered_what_may_be_done_there() {
    let mut settings = office();
    settings.lines.push(line("204", "Shared", Channels::Single));
    settings.stations[1] = station("bob", &[1, 3]);
    settings.stations[2] = station("carol", &[2, 3]);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "204");
    bench.key(BOB, Key::Answer { line: 2, reference: 0 });
    let offered = |bench: &Bench, station| {
        let permitted = bench.switch.station_view(station).appearances[0].permitted;
        Verb::ALL.into_iter().filter(|verb| permitted.contains(*verb)).collect::<Vec<_>>()
    };
    assert_eq!(offered(&bench, CAROL), [], "Bob talks on it");
    bench.hold(BOB);
    assert_eq!(offered(&bench, CAROL), [Verb::RetrieveCall]);
}
