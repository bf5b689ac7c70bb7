//! Four scenes that a switch for two parties in a call cannot play.

use super::bench::{ALICE, BOB, Bench, CAROL, Hears, line, office, station};
use crate::{Channels, Request, StationId};

/// Bob calls Alice, who consults Carol.
fn consulting() -> Bench {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench
}

#[test]
fn after_a_supervised_transfer_both_phones_show_each_other_and_not_who_has_left() {
    let mut bench = consulting();
    bench.answer(CAROL);
    bench.transfer_call("201").unwrap();
    assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));
    for station in [ALICE, BOB, CAROL] {
        assert_eq!(bench.shown[station.index()], bench.switch.station_view(station), "it was drawn again");
    }
    bench.outputs();
    bench.request(Request::SnapshotDevice { device: bench.device("202") }).unwrap();
    bench.expect("= snapshot 1/202 connected/connected 203");
}

#[test]
fn in_a_conference_of_three_everybody_hears_both_others() {
    let mut bench = consulting();
    bench.answer(CAROL);
    bench.conference_call("201").unwrap();
    for (station, others) in
        [(ALICE, "202 Bob + 203 Carol"), (BOB, "201 Alice + 203 Carol"), (CAROL, "202 Bob + 201 Alice")]
    {
        assert_eq!(bench.parties(station), others);
        assert_eq!(bench.hears(station), Hears::Mix(3));
    }
}

#[test]
fn while_one_rings_into_a_conference_the_others_talk_and_a_rejection_is_of_that_one_only() {
    let mut bench = consulting();
    bench.conference_call("201").unwrap();
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
    bench.hold(BOB);
    assert_eq!(bench.looks(BOB), "1 OnHold");
    bench.resume(BOB);
    bench.end_call(CAROL);
    bench.seconds(60);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
}

#[test]
fn a_number_on_two_lines_hears_each_event_of_a_call_to_itself_once() {
    let mut settings = office();
    settings.lines[0].huntstop = false;
    settings.lines.push(line("201", "Alice", Channels::Dual));
    settings.stations.push(station("alice upstairs", &[3]));
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "201");
    bench.answer(StationId(3));
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/201 alerting NewCall
         201[1] Established 1/201 connected NewCall
         201[1] ConnectionCleared 1/201 connected NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
}
