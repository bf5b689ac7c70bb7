//! What applications may do and get to see: permission, monitors, filters, snapshots, sessions.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    CallId, Change, Channels, ConnectionId, EventKind, Input, LineSettings, NodeNumber, ParkSlot, Refusal,
    Request, Response, Settings, StationInput,
    cti::{Controlled, EventFilter, MonitorId, Principal, SessionId, Snapshot, UserSettings},
};

#[test]
fn a_line_without_cti_watch_is_closed_to_applications() {
    let mut settings = office();
    settings.lines[0].cti_watch = false;
    let mut bench = Bench::with(settings);
    bench.dial(BOB, "201");
    let device = bench.device("201");
    let own = bench.connection("201", 0);
    let requests = [
        Request::MonitorStart { device, filter: EventFilter::NONE },
        Request::SnapshotDevice { device },
        Request::AnswerCall(own),
        Request::ClearConnection(own),
        Request::HoldCall(own),
        Request::RetrieveCall(own),
    ];
    for request in requests {
        assert_eq!(bench.request(request.clone()), Err(Refusal::PrivilegeViolation), "{request:?}");
    }
    let refused = bench.make_call("201", "202", false);
    assert_eq!(refused, Err(Refusal::PrivilegeViolationCallingDevice));
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
}

#[test]
fn a_line_without_cti_watch_is_seen_as_the_other_party() {
    let mut settings = office();
    settings.lines[0].cti_watch = false;
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "202");
    bench.expect("202[1] Delivered 1/202 alerting NewCall");
}

#[test]
fn connections_that_are_not_there_are_refused() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let alice = bench.connection("201", 0);
    let carol = ConnectionId { device: bench.device("203"), ..alice };
    let ended = ConnectionId { call: CallId::from_number(77), ..alice };
    for id in [carol, ended] {
        for request in [
            Request::AnswerCall(id),
            Request::ClearConnection(id),
            Request::HoldCall(id),
            Request::RetrieveCall(id),
        ] {
            assert_eq!(bench.request(request), Err(Refusal::InvalidConnection));
        }
    }
    assert_eq!(bench.looks(ALICE), "1 Connected");
}

#[test]
fn a_make_call_that_cannot_be_made_takes_no_phone_off_hook() {
    let mut bench = Bench::new();
    for called in ["7", "20", "2021", "7;", "2 02", "bob"] {
        assert_eq!(bench.make_call("201", called, false), Err(Refusal::InvalidCalledDevice), "{called}");
    }
    bench.station(ALICE, StationInput::Unregister);
    assert_eq!(bench.make_call("201", "202", false), Err(Refusal::CallingDeviceOutOfService));
    bench.expect_nothing_left();
}

#[test]
fn a_pound_sign_ends_the_number() {
    let mut bench = Bench::new();
    assert!(bench.make_call("201", "202#", false).is_ok());
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn a_phone_that_cannot_go_off_hook_by_command_can_be_prompted() {
    let mut settings = office();
    settings.stations[0].off_hook_by_command = false;
    let mut bench = Bench::with(settings);
    assert_eq!(bench.make_call("201", "202", false), Err(Refusal::RequestIncompatibleWithDevice));
    assert!(bench.make_call("201", "202", true).is_ok());
    assert_eq!(bench.looks(ALICE), "1 Prompted");
}

#[test]
fn in_basic_mode_users_are_not_prompted_and_shared_lines_are_closed() {
    let mut settings = office();
    settings.cti.basic_mode = true;
    settings.lines.push(line("204", "Shared", Channels::Single));
    settings.stations[1] = station("bob", &[1, 3]);
    settings.stations[2] = station("carol", &[2, 3]);
    let mut bench = Bench::unregistered(settings);
    for station in [ALICE, BOB, CAROL] {
        bench.station(station, StationInput::Register(Default::default()));
    }
    assert_eq!(bench.make_call("201", "202", true), Err(Refusal::RequestIncompatibleWithDevice));
    bench.make_call("201", "202", false).unwrap();
    assert_eq!(bench.looks(ALICE), "1 RingingOut");
    let device = bench.device("204");
    assert_eq!(
        bench.request(Request::MonitorStart { device, filter: EventFilter::NONE }),
        Err(Refusal::RequestIncompatibleWithSubject)
    );
}

#[test]
fn lines_on_overlay_buttons_are_closed_to_applications() {
    let mut settings = office();
    settings.lines[0].overlay = true;
    let mut bench = Bench::unregistered(settings);
    let device = bench.device("201");
    assert_eq!(
        bench.request(Request::MonitorStart { device, filter: EventFilter::NONE }),
        Err(Refusal::RequestIncompatibleWithSubject)
    );
    assert_eq!(bench.make_call("201", "202", false), Err(Refusal::RequestIncompatibleWithSubject));
}

#[test]
fn a_call_is_answered_for_a_phone_that_is_busy_with_another() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.dial(CAROL, "202");
    bench.request(Request::AnswerCall(bench.connection("202", 1))).unwrap();
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 Connected");
}

#[test]
fn a_filter_keeps_back_what_it_names() {
    let mut bench = Bench::new();
    let first = MonitorId::from_number(1);
    let filter = EventFilter::from_iter([EventKind::ServiceInitiated, EventKind::Originated]);
    bench.request(Request::ChangeMonitorFilter { monitor: first, filter }).unwrap();
    bench.outputs();
    bench.dial(ALICE, "203");
    bench.expect(
        "201[1] DigitsDialed 1/201 initiated 2
         201[1] Delivered 1/203 connected NewCall
         203[3] Delivered 1/203 alerting NewCall",
    );
    let all = EventFilter::from_iter(EventKind::ALL);
    bench.request(Request::ChangeMonitorFilter { monitor: first, filter: all }).unwrap();
    bench.outputs();
    bench.on_hook(ALICE);
    bench.station(ALICE, StationInput::Unregister);
    bench.expect(
        "203[3] ConnectionCleared 1/201 alerting NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing",
    );
}

#[test]
fn two_monitors_on_one_device_are_told_separately() {
    let mut bench = Bench::new();
    let filter = EventFilter::NONE.without(EventKind::Delivered);
    let second = bench.monitor(bench.device("202"), filter);
    bench.outputs();
    bench.dial(ALICE, "202");
    bench.answer(BOB);
    let events = bench.outputs();
    let of = |id: &str| events.lines().filter(|line| line.starts_with(id)).collect::<Vec<_>>();
    assert_eq!(
        of("202[2]"),
        ["202[2] Delivered 1/202 alerting NewCall", "202[2] Established 1/202 connected NewCall"]
    );
    assert_eq!(of(&format!("202[{second}]")), ["202[4] Established 1/202 connected NewCall"]);
}

#[test]
fn a_stopped_monitor_is_told_nothing_more() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.request(Request::MonitorStop { monitor: MonitorId::from_number(1) }).unwrap();
    bench.expect("= done");
    bench.on_hook(ALICE);
    bench.expect(
        "202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing",
    );
    let again = Request::MonitorStop { monitor: MonitorId::from_number(1) };
    assert_eq!(bench.request(again), Err(Refusal::InvalidMonitor));
}

#[test]
fn a_monitor_started_during_a_call_hears_the_rest_of_it() {
    let mut bench = Bench::unregistered(office());
    for station in [ALICE, BOB] {
        bench.station(station, StationInput::Register(crate::CodecSet::EMPTY));
    }
    bench.talk(ALICE, "202", BOB);
    bench.monitor(bench.device("202"), EventFilter::NONE);
    bench.expect("= monitor 1");
    bench.on_hook(BOB);
    bench.expect("202[1] ConnectionCleared 1/202 null NormalClearing");
}

#[test]
fn a_session_has_no_say_over_the_monitors_of_another() {
    let mut bench = Bench::new();
    let other = bench.switch.open_session(Principal::default()).unwrap();
    let monitor = MonitorId::from_number(1);
    let stop = Request::MonitorStop { monitor };
    assert_eq!(bench.request_by(other, stop), Err(Refusal::InvalidMonitor));
    let filter = EventFilter::from_iter(EventKind::ALL);
    let change = Request::ChangeMonitorFilter { monitor, filter };
    assert_eq!(bench.request_by(other, change), Err(Refusal::InvalidMonitor));
    bench.outputs();
    bench.off_hook(ALICE);
    bench.expect("201[1] ServiceInitiated 1/201 initiated Normal");
}

#[test]
fn a_closed_session_is_told_nothing_and_its_calls_go_on() {
    let mut bench = Bench::new();
    bench.make_call("201", "202", false).unwrap();
    bench.switch.close_session(bench.session);
    bench.switch.close_session(bench.session);
    bench.outputs();
    bench.answer(BOB);
    bench.expect("");
    assert_eq!(bench.looks(ALICE), "1 Connected");
    assert!(bench.switch.cti().monitor(MonitorId::from_number(1)).is_none());
    assert!(bench.switch.lines().devices().all(|(_, device)| device.monitor_count() == 0));
    assert_eq!(bench.make_call("203", "", false), Err(Refusal::InvalidSession));
    assert_eq!(
        bench.request_by(SessionId::from_number(0), Request::SnapshotDevice { device: bench.device("201") }),
        Err(Refusal::InvalidSession)
    );
}

#[test]
fn a_snapshot_shows_the_calls_of_a_device() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    assert_eq!(
        bench.request(Request::SnapshotDevice { device }),
        Ok(Response::Snapshot(Snapshot::default()))
    );
    bench.talk(ALICE, "202", BOB);
    bench.dial(CAROL, "202");
    bench.outputs();
    bench.request(Request::SnapshotDevice { device }).unwrap();
    bench.expect("= snapshot 1/202 connected/connected 201 2/202 alerting/connected 203");
    bench.answer(BOB);
    bench.outputs();
    let Ok(Response::Snapshot(snapshot)) = bench.request(Request::SnapshotDevice { device }) else {
        panic!("no snapshot")
    };
    bench.expect("= snapshot 1/202 hold/connected 201 2/202 connected/connected 203");
    let first = bench.switch.calls().iter().next().unwrap();
    assert_eq!(snapshot.connections[0].global_id, first.global_id());
    assert_eq!(snapshot.connections[0].endpoint.name, "Alice");
}

#[test]
fn two_nodes_that_start_at_the_same_instant_give_different_identifiers() {
    let named = |node| {
        let node = NodeNumber::new(node).unwrap();
        let mut bench = Bench::with(Settings { node, first_identifier: 4711, ..office() });
        bench.dial(ALICE, "202");
        let own = bench.connection("201", 0);
        let monitor = bench.events[0].0.number();
        let global_id = bench.switch.calls().get(own.call).unwrap().global_id();
        ([own.call.number(), bench.reference(own), monitor, bench.session.number()], global_id)
    };
    let (first, second) = (named(0), named(1));
    assert!(first.0.iter().all(|number| !second.0.contains(number)), "{first:?} {second:?}");
    assert_ne!(first.1, second.1);
}

#[test]
fn a_line_that_counts_as_up_without_a_phone_is_busy_to_callers() {
    let mut settings = office();
    settings.lines.push(line("204", "Virtual", Channels::Single));
    settings.lines[3].cti_notify = true;
    let mut bench = Bench::with(settings);
    assert!(bench.switch.is_in_service(bench.device("204")));
    bench.dial(ALICE, "204");
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
    assert_eq!(bench.make_call("204", "201", false), Err(Refusal::CallingDeviceOutOfService));
}

/// Who may use Alice (201), Bob (202) and the slot 801, by groups and list.
#[test]
fn users_control_what_their_groups_and_lists_allow() {
    let all = UserSettings { controls_all: true, ..UserSettings::default() };
    let parks = UserSettings { monitors_parks: true, ..UserSettings::default() };
    let listed = |entry| UserSettings { controlled: vec![entry], ..UserSettings::default() };
    let users = [
        ("none", UserSettings::default(), [false, false, false]),
        ("all", all.clone(), [true, true, false]),
        ("parks", parks, [false, false, true]),
        ("both", UserSettings { monitors_parks: true, ..all }, [true, true, true]),
        ("number", listed(Controlled::Number("202".into())), [false, true, false]),
        ("pattern", listed(Controlled::Number("20.".into())), [true, true, false]),
        ("range", listed(Controlled::Range("201".into(), "201".into())), [true, false, false]),
        ("other length", listed(Controlled::Range("2000".into(), "2999".into())), [false, false, false]),
        ("phone", listed(Controlled::Station("alice".into())), [true, false, false]),
    ];
    let mut settings = office();
    // What is open to applications without a login does not matter.
    settings.lines[0].cti_watch = false;
    settings
        .lines
        .push(LineSettings { park_slot: Some(ParkSlot::default()), ..line("801", "", Channels::Single) });
    settings.users = users.iter().map(|(name, user, _)| ((*name).into(), user.clone())).collect();
    let mut bench = Bench::with(settings);
    for (name, _, expected) in users {
        let principal = Principal { name: "crm".into(), user: Some(name.into()) };
        let session = bench.switch.open_session(principal).unwrap();
        for (number, allowed) in ["201", "202", "801"].into_iter().zip(expected) {
            let device = bench.device(number);
            let answer = bench.request_by(session, Request::SnapshotDevice { device });
            assert_eq!(answer.is_ok(), allowed, "{name} at {number}: {answer:?}");
        }
    }
}

#[test]
fn a_user_who_loses_a_right_is_refused_at_once() {
    let mut settings = office();
    settings.users.insert("crm".into(), UserSettings { controls_all: true, ..UserSettings::default() });
    let mut bench = Bench::with(settings);
    let principal = Principal { name: "crm".into(), user: Some("crm".into()) };
    let session = bench.switch.open_session(principal).unwrap();
    let device = bench.device("201");
    let snapshot = || Request::SnapshotDevice { device };
    assert!(bench.request_by(session, snapshot()).is_ok());
    bench.handle(Input::Configure(Change::Users(Box::default())));
    assert_eq!(bench.request_by(session, snapshot()), Err(Refusal::PrivilegeViolation));
}
