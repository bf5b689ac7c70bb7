//! Hunt groups: who rings, in which order, and what becomes of calls that nobody takes.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    CallEventKind, Channels, DeviceCategory, Event, HuntGroup, HuntKind, Key, LineSettings, Settings,
    StationId,
};

const DAVE: StationId = StationId(3);
const ERIN: StationId = StationId(4);

/// The office with Dave (204) and Erin (205), and a group of Alice, Bob and Carol with the pilot 500.
fn with(group: HuntGroup) -> Settings {
    let mut settings = office();
    let members = ["201", "202", "203"].map(Into::into).to_vec();
    let timeouts = vec![Duration::from_secs(10)];
    let group = HuntGroup { members, timeouts, ..group };
    settings.lines.extend([
        line("204", "Dave", Channels::Dual),
        line("205", "Erin", Channels::Dual),
        LineSettings { hunt_group: Some(Box::new(group)), ..line("500", "Sales", Channels::Octo) },
    ]);
    settings.stations.extend([station("dave", &[3]), station("erin", &[4])]);
    settings
}

fn of(kind: HuntKind) -> HuntGroup {
    HuntGroup { kind, ..HuntGroup::default() }
}

/// Who rings.
fn ringing(bench: &Bench) -> String {
    let names = [(ALICE, "alice"), (BOB, "bob"), (CAROL, "carol"), (DAVE, "dave")];
    let rings = names.iter().filter(|(id, _)| bench.looks(*id).contains("RingingIn"));
    rings.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_call_goes_from_member_to_member_and_fails_in_the_end() {
    let mut bench = Bench::with(with(of(HuntKind::Sequential)));
    bench.dial(DAVE, "500");
    bench.expect(
        "204[4] ServiceInitiated 1/204 initiated Normal
         204[4] DigitsDialed 1/204 initiated 5
         204[4] Originated 1/204 connected NewCall
         204[4] Delivered 1/201 connected NewCall
         201[1] Delivered 1/201 alerting NewCall",
    );
    bench.seconds(10);
    bench.expect(
        "204[4] Diverted 1/201 connected Distributed to 202
         201[1] Diverted 1/201 null Distributed to 202
         204[4] Delivered 1/202 connected Distributed
         202[2] Delivered 1/202 alerting Distributed",
    );
    bench.seconds(10);
    assert_eq!(ringing(&bench), "carol");
    bench.outputs();
    bench.seconds(10);
    bench.expect(
        "204[4] Failed 1/203 connected CallNotAnswered
         203[3] ConnectionCleared 1/203 null CallNotAnswered",
    );
    let device = bench.device("500");
    assert_eq!(bench.switch.lines().category(device), DeviceCategory::HuntGroup);
    bench.on_hook(DAVE);
    bench.expect_nothing_left();
}

#[test]
fn the_called_party_is_the_pilot() {
    let mut bench = Bench::with(with(of(HuntKind::Sequential)));
    bench.dial(DAVE, "500");
    let called = bench.events.iter().find_map(|(_, told)| match &told.event {
        Event::Call(event) if event.kind == CallEventKind::Delivered => Some(event.called.number.clone()),
        _ => None,
    });
    assert_eq!(called.as_deref(), Some("500"));
    bench.answer(ALICE);
    assert_eq!((bench.looks(DAVE), bench.looks(ALICE)), ("1 Connected".into(), "1 Connected".into()));
    let pilot = bench.switch.lines().by_tag(6).unwrap();
    let record = bench.switch.hunt_record(pilot).unwrap();
    assert_eq!((record.calls, record.answered, record.answered_by.as_slice()), (1, 1, [1].as_slice()));
}

#[test]
fn who_rejects_a_call_passes_it_on() {
    let mut bench = Bench::with(with(of(HuntKind::Sequential)));
    bench.dial(DAVE, "500");
    bench.end_call(ALICE);
    assert_eq!(ringing(&bench), "bob");
}

#[test]
fn peers_take_turns() {
    let mut bench = Bench::with(with(of(HuntKind::Peer)));
    for expected in ["alice", "bob", "carol", "alice"] {
        bench.dial(DAVE, "500");
        assert_eq!(ringing(&bench), expected);
        bench.on_hook(DAVE);
    }
}

#[test]
fn who_has_been_idle_for_longest_is_next() {
    let mut bench = Bench::with(with(of(HuntKind::LongestIdle)));
    for (number, member) in [("201", ALICE), ("202", BOB)] {
        bench.seconds(1);
        bench.talk(DAVE, number, member);
        bench.on_hook(DAVE);
    }
    bench.dial(DAVE, "500");
    assert_eq!(ringing(&bench), "carol");
    bench.seconds(10);
    assert_eq!(ringing(&bench), "alice");
}

#[test]
fn in_a_parallel_group_all_ring_until_one_answers() {
    let mut bench = Bench::with(with(of(HuntKind::Parallel)));
    bench.dial(DAVE, "500");
    assert_eq!(ringing(&bench), "alice bob carol");
    assert!(bench.outputs().contains("204[4] Delivered 1/203 connected MultipleAlerting"));
    bench.end_call(CAROL);
    assert_eq!(ringing(&bench), "alice bob");
    bench.outputs();
    bench.answer(BOB);
    assert_eq!(ringing(&bench), "");
    let told = bench.outputs();
    assert!(told.contains("204[4] Established 1/202 connected NewCall"), "{told}");
    assert!(told.contains("204[4] ConnectionCleared 1/201 connected NormalClearing"), "{told}");
    assert_eq!(bench.parties(BOB), "< 204 Dave");
    bench.on_hook(DAVE);
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn the_caller_may_give_up_while_all_ring() {
    let mut bench = Bench::with(with(of(HuntKind::Parallel)));
    bench.dial(DAVE, "500");
    bench.on_hook(DAVE);
    bench.expect_nothing_left();
    bench.dial(DAVE, "500");
    bench.seconds(10);
    assert_eq!(ringing(&bench), "");
    assert_eq!(bench.looks(DAVE), "1 Failed(CallNotAnswered)");
}

#[test]
fn groups_that_send_calls_to_each_other_do_not_do_so_for_ever() {
    for (kind, goes_to) in [
        (HuntKind::Sequential, "600"),
        (HuntKind::Peer, "600"),
        (HuntKind::LongestIdle, "600"),
        (HuntKind::Parallel, "600"),
        (HuntKind::Sequential, "500"),
    ] {
        let group = HuntGroup { final_number: Some(goes_to.into()), ..of(kind) };
        let mut settings = with(group);
        let back = HuntGroup {
            members: vec!["205".into()],
            timeouts: vec![Duration::from_secs(10)],
            final_number: Some("500".into()),
            ..of(kind)
        };
        settings
            .lines
            .push(LineSettings { hunt_group: Some(Box::new(back)), ..line("600", "Help", Channels::Octo) });
        let mut bench = Bench::with(settings);
        for phone in [ALICE, BOB, CAROL, ERIN] {
            bench.key(phone, Key::HuntGroupLog);
        }
        bench.dial(DAVE, "500");
        assert!(bench.looks(DAVE).contains("Failed(NoAvailableAgents)"), "{kind:?} {}", bench.looks(DAVE));
        bench.on_hook(DAVE);
        bench.outputs();
        bench.expect_nothing_left();
    }
}

#[test]
fn where_nobody_is_free_the_final_number_takes_the_call_or_it_fails() {
    for (final_number, expected) in [(Some("204".into()), "dave"), (None, "")] {
        let mut bench = Bench::with(with(HuntGroup { final_number, ..of(HuntKind::Sequential) }));
        for member in [ALICE, BOB, CAROL] {
            bench.key(member, Key::HuntGroupLog);
        }
        bench.outputs();
        bench.dial(ERIN, "500");
        assert_eq!(ringing(&bench), expected);
        if expected.is_empty() {
            assert_eq!(bench.looks(ERIN), "1 Failed(NoAvailableAgents)");
            assert!(bench.outputs().contains("Failed 1/500 connected NoAvailableAgents"));
        }
    }
}

#[test]
fn groups_that_send_calls_to_each_other_do_so_only_so_often() {
    let final_number = Some("501".into());
    let mut settings = with(HuntGroup { final_number, ..of(HuntKind::Sequential) });
    let back = HuntGroup {
        members: vec!["299".into()],
        timeouts: vec![Duration::from_secs(10)],
        final_number: Some("500".into()),
        ..of(HuntKind::Parallel)
    };
    settings
        .lines
        .push(LineSettings { hunt_group: Some(Box::new(back)), ..line("501", "Support", Channels::Octo) });
    let mut bench = Bench::with(settings);
    for member in [ALICE, BOB, CAROL] {
        bench.key(member, Key::HuntGroupLog);
    }
    bench.dial(ERIN, "500");
    assert_eq!(bench.looks(ERIN), "1 Failed(NoAvailableAgents)");
    assert_eq!(bench.outputs().matches("Diverted").count() % 10, 0, "as often as a call may be diverted");
}

#[test]
fn the_final_number_is_called_from_the_pilot() {
    let mut bench =
        Bench::with(with(HuntGroup { final_number: Some("204".into()), ..of(HuntKind::Sequential) }));
    bench.dial(ERIN, "500");
    bench.seconds(30);
    assert_eq!(ringing(&bench), "dave");
    let call = bench.switch.calls().iter().next().unwrap();
    assert_eq!(call.redirection().unwrap().last().by.number, "500", "not from Carol, who rang last");
}

#[test]
fn who_has_left_the_group_can_be_called_directly() {
    let mut bench = Bench::with(with(of(HuntKind::Sequential)));
    bench.key(ALICE, Key::HuntGroupLog);
    assert!(bench.shown[ALICE.index()].hunt_logged_out);
    bench.dial(DAVE, "500");
    assert_eq!(ringing(&bench), "bob");
    bench.on_hook(DAVE);
    bench.dial(DAVE, "201");
    assert_eq!(ringing(&bench), "alice");
    bench.on_hook(DAVE);
    bench.key(ALICE, Key::HuntGroupLog);
    bench.key(ALICE, Key::DoNotDisturb { line: 0, reference: 0 });
    bench.dial(DAVE, "500");
    assert_eq!(ringing(&bench), "bob", "do not disturb means no hunt calls either");
}

#[test]
fn hops_and_time_are_limited_and_who_never_answers_is_logged_out() {
    let two = HuntGroup { hops: Some(2), auto_logout: Some(1), ..of(HuntKind::Sequential) };
    let mut bench = Bench::with(with(two));
    bench.dial(DAVE, "500");
    bench.seconds(20);
    assert_eq!((ringing(&bench), bench.looks(DAVE)), (String::new(), "1 Failed(CallNotAnswered)".into()));
    assert!(bench.shown[ALICE.index()].hunt_logged_out && !bench.shown[CAROL.index()].hunt_logged_out);

    let max_timeout = Some(Duration::from_secs(15));
    let mut bench = Bench::with(with(HuntGroup { max_timeout, ..of(HuntKind::Sequential) }));
    bench.dial(DAVE, "500");
    bench.seconds(20);
    assert_eq!(ringing(&bench), "");
}

#[test]
fn members_with_a_call_ring_only_if_their_phones_need_not_be_idle() {
    for (idle_phones_only, expected) in [(false, "alice"), (true, "bob")] {
        let group = HuntGroup { idle_phones_only, ..of(HuntKind::Sequential) };
        let mut bench = Bench::with(with(group));
        bench.talk(ERIN, "201", ALICE);
        bench.dial(DAVE, "500");
        assert_eq!(ringing(&bench), expected);
    }
}
