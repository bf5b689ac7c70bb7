//! Lines, phones and buttons that are added, changed and removed while the switch runs.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, party, station};
use crate::{
    Change, Channels, CodecSet, Forward, ForwardingType, Input, LineSettings, Refusal, Request, Response,
    StationId, StationInput, StationSettings, Timeouts, cti::EventFilter,
};

const REGISTER: StationInput = StationInput::Register(CodecSet::EMPTY);

/// The settings of a line of the office by its tag.
fn line_of(tag: usize) -> LineSettings {
    LineSettings { tag: tag as u32, ..office().lines[tag - 1].clone() }
}

/// The settings of a station of the office by its tag.
fn station_of(tag: usize) -> StationSettings {
    StationSettings { tag: tag as u32, ..office().stations[tag - 1].clone() }
}

fn dave() -> LineSettings {
    LineSettings { tag: 4, ..line("204", "Dave", Channels::Dual) }
}

impl Bench {
    fn change(&mut self, change: Change) {
        self.handle(Input::Configure(change));
    }
}

#[test]
fn a_line_and_a_phone_are_added_while_a_call_goes_on() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Line(Box::new(dave())));
    let phone = StationSettings { tag: 4, ..station("dave", &[3]) };
    bench.change(Change::Station(phone));
    bench.expect("");
    let dave = bench.switch.stations().by_name("dave").unwrap();
    bench.shown.push(Default::default());
    let device = bench.device("204");
    bench.monitor(device, EventFilter::NONE);
    bench.outputs();
    bench.station(dave, REGISTER);
    bench.expect("204[4] BackInService");
    bench.talk(CAROL, "204", dave);
    assert_eq!((bench.looks(dave), bench.looks(ALICE)), ("1 Connected".into(), "1 Connected".into()));
}

#[test]
fn a_name_is_new_at_once_and_for_the_next_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Line(Box::new(LineSettings { name: "Robert".into(), ..line_of(2) })));
    bench.expect("");
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
    bench.on_hook(ALICE);
    bench.dial(ALICE, "202");
    assert_eq!(party(&bench.switch.station_view(ALICE).appearances[0].called), "202 Robert");
}

#[test]
fn a_line_that_is_removed_goes_when_its_call_is_over() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::RemoveLine(2));
    bench.expect("202[2] OutOfService");
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(CAROL), "1 Failed(DestNotObtainable)", "it takes no new call");
    bench.key(BOB, crate::Key::NewCall { line: 1 });
    assert_eq!(bench.looks(BOB), "1 Connected, refused ResourceBusy");
    assert_eq!(bench.switch.stations()[BOB].buttons().len(), 1);
    bench.outputs();
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         stopped 2",
    );
    assert!(bench.switch.station_view(BOB).appearances.is_empty());
    assert!(bench.switch.stations()[BOB].buttons().is_empty());
    assert!(bench.switch.lines().by_tag(2).is_none());
}

#[test]
fn a_line_that_is_removed_while_it_rings_may_still_be_answered() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.change(Change::RemoveLine(2));
    bench.answer(BOB);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
    bench.on_hook(BOB);
    assert!(bench.switch.stations()[BOB].buttons().is_empty());
    bench.expect_nothing_left();
}

#[test]
fn a_phone_that_loses_the_button_of_a_removed_line_keeps_it_while_it_rings() {
    for answered in [true, false] {
        let mut bench = Bench::new();
        bench.dial(ALICE, "202");
        bench.change(Change::RemoveLine(2));
        bench.change(Change::Station(StationSettings { tag: 2, ..station("bob", &[]) }));
        assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
        if answered {
            bench.answer(BOB);
            assert_eq!(bench.looks(ALICE), "1 Connected");
        }
        bench.outputs();
        bench.on_hook(ALICE);
        assert!(bench.outputs().contains("station 1 restarts"));
        assert!(bench.switch.stations()[BOB].buttons().is_empty());
        bench.expect_nothing_left();
    }
}

#[test]
fn applications_control_the_call_of_a_removed_line_until_it_is_over() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    let (ringing, device) = (bench.connection("202", 0), bench.device("202"));
    bench.change(Change::RemoveLine(2));
    assert_eq!(bench.request(Request::AnswerCall(ringing)), Ok(Response::Done));
    assert_eq!(bench.looks(ALICE), "1 Connected");
    assert_eq!(bench.request(Request::HoldCall(ringing)), Ok(Response::Done));
    let calling = Request::MakeCall { calling: device, called: "203".into(), prompt: false };
    assert_eq!(bench.request(calling), Err(Refusal::InvalidCallingDevice), "but it takes no new call");
    assert_eq!(bench.request(Request::ClearConnection(ringing)), Ok(Response::Done));
    assert_eq!(bench.request(Request::ClearConnection(ringing)), Err(Refusal::InvalidConnection));
    bench.expect_nothing_left();
}

#[test]
fn an_idle_line_that_is_removed_goes_at_once_and_may_come_again() {
    let mut bench = Bench::new();
    bench.forward("202", ForwardingType::Immediate, Some("203")).unwrap();
    bench.outputs();
    let device = bench.device("202");
    bench.change(Change::RemoveLine(2));
    bench.expect("forget forwarding/202/Immediate\n202[2] OutOfService\nstopped 2");
    let refused = bench.request(Request::SnapshotDevice { device });
    assert_eq!(refused, Err(Refusal::InvalidDevice));
    assert_eq!(bench.make_call("201", "202", false), Err(Refusal::InvalidCalledDevice));
    bench.outputs();
    bench.change(Change::Line(Box::new(line_of(2))));
    bench.expect("station 1 restarts");
    assert_eq!(bench.device("202"), device, "it is the same device");
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }", "it has its button, and forwards no more");
}

#[test]
fn a_line_with_a_call_keeps_its_number_until_the_call_is_over() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Line(Box::new(LineSettings { number: "222".into(), ..line_of(2) })));
    bench.expect("");
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)", "it takes no new call");
    bench.on_hook(CAROL);
    bench.outputs();
    bench.request(Request::HoldCall(bench.connection("202", 0))).unwrap();
    bench.request(Request::RetrieveCall(bench.connection("202", 0))).unwrap();
    bench.outputs();
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         202[2] OutOfService
         station 1 restarts
         stopped 2",
    );
    bench.dial(CAROL, "222");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn a_change_of_the_number_that_is_taken_back_in_time_is_none() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Line(Box::new(LineSettings { number: "222".into(), ..line_of(2) })));
    bench.change(Change::Line(Box::new(line_of(2))));
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(CAROL), "1 RingingOut");
    bench.on_hook(CAROL);
    bench.on_hook(ALICE);
    assert!(!bench.outputs().contains("restarts"));
    assert!(bench.switch.lines().device_by_number("222").is_none());
}

#[test]
fn a_line_moves_to_the_device_of_its_new_number() {
    let mut bench = Bench::new();
    let second = LineSettings { number: "201".into(), preference: 1, ..line_of(2) };
    bench.change(Change::Line(Box::new(second)));
    bench.expect("202[2] OutOfService\nstation 1 restarts\nstopped 2");
    bench.station(ALICE, StationInput::Unregister);
    bench.expect("");
    assert!(bench.switch.is_in_service(bench.device("201")), "Bob's phone has the number too");
    bench.station(BOB, StationInput::Unregister);
    bench.expect("201[1] OutOfService");
}

#[test]
fn what_a_user_has_set_survives_a_change_of_something_else() {
    let mut bench = Bench::new();
    bench.forward("202", ForwardingType::Immediate, Some("203")).unwrap();
    bench.change(Change::Line(Box::new(LineSettings { name: "Robert".into(), ..line_of(2) })));
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    let mut forwarding = line_of(2).forwarding;
    forwarding.busy = Some(Forward::to("201"));
    bench.change(Change::Line(Box::new(LineSettings { forwarding: forwarding.clone(), ..line_of(2) })));
    let now = bench.switch.lines().forwarding_of(bench.device("202"));
    assert_eq!((now.immediate, now.busy), (Some(Forward::to("203")), Some(Forward::to("201"))));
    forwarding.immediate = Some(Forward::to("201"));
    bench.change(Change::Line(Box::new(LineSettings { forwarding, ..line_of(2) })));
    let now = bench.switch.lines().forwarding_of(bench.device("202"));
    assert_eq!(now.immediate, Some(Forward::to("201")), "the configuration says something new");
}

#[test]
fn monitors_hear_how_the_configuration_forwards_calls() {
    let mut bench = Bench::new();
    let mut forwarding = line_of(2).forwarding;
    forwarding.busy = Some(Forward::to("201"));
    bench.change(Change::Line(Box::new(LineSettings { forwarding, ..line_of(2) })));
    bench.expect("forget forwarding/202/Busy\n202[2] Forwarding Busy to 201");
    bench.change(Change::Line(Box::new(line_of(2))));
    bench.expect("forget forwarding/202/Busy\n202[2] Forwarding Busy to nowhere");
    bench.change(Change::Line(Box::new(LineSettings { name: "Robert".into(), ..line_of(2) })));
    bench.expect("");
}

#[test]
fn the_buttons_of_an_idle_phone_change_at_once() {
    let mut bench = Bench::new();
    let both = StationSettings { tag: 2, ..station("bob", &[1, 2]) };
    bench.change(Change::Station(both));
    bench.expect("station 1 restarts");
    bench.dial(ALICE, "203");
    assert_eq!(bench.looks(BOB), "2 RingingIn { waiting: false }");
}

#[test]
fn the_buttons_of_a_phone_change_when_its_last_call_is_over() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Station(StationSettings { tag: 2, ..station("bob", &[2]) }));
    bench.hold(BOB);
    bench.outputs();
    assert_eq!(bench.switch.stations()[BOB].lines().count(), 1);
    assert_eq!(bench.looks(BOB), "1 OnHold", "it keeps the button that it knows");
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 hold NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         202[2] OutOfService
         station 1 restarts",
    );
    bench.dial(ALICE, "203");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn the_buttons_change_also_when_a_transfer_or_a_conference_takes_the_last_call_away() {
    for transfer in [true, false] {
        let mut bench = Bench::new();
        bench.talk(BOB, "201", ALICE);
        bench.consult("201", "203").unwrap();
        bench.answer(CAROL);
        bench.change(Change::Station(StationSettings { tag: 1, ..station("alice", &[0, 1]) }));
        if transfer {
            bench.transfer_call("201").unwrap();
        } else {
            bench.conference_call("201").unwrap();
            assert!(!bench.outputs().contains("restarts"), "Alice is in the conference");
            bench.on_hook(ALICE);
        }
        assert!(bench.outputs().contains("station 0 restarts"));
    }
}

#[test]
fn a_station_that_is_configured_as_it_is_does_not_start_again() {
    let mut bench = Bench::new();
    bench.change(Change::Station(station_of(2)));
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Station(StationSettings { tag: 2, ..station("bob", &[2]) }));
    bench.change(Change::Station(station_of(2)));
    bench.change(Change::RemoveStation(2));
    bench.change(Change::Station(station_of(2)));
    bench.on_hook(ALICE);
    let events = bench.outputs();
    assert!(!events.contains("restarts") && !events.contains("removed"), "{events}");
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn a_phone_that_is_removed_goes_when_its_last_call_is_over() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::RemoveStation(2));
    bench.expect("");
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)", "it takes no new call");
    bench.on_hook(CAROL);
    bench.outputs();
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         202[2] OutOfService
         station 1 is removed",
    );
    assert!(bench.switch.stations().by_name("bob").is_none());
    bench.off_hook(BOB);
    bench.expect("");
    bench.change(Change::Station(station_of(2)));
    bench.station(BOB, REGISTER);
    bench.expect("202[2] BackInService");
}

#[test]
fn a_phone_that_is_removed_while_it_rings_stops_ringing() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.change(Change::RemoveStation(2));
    bench.expect(
        "201[1] Failed 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         202[2] OutOfService
         station 1 is removed",
    );
}

#[test]
fn a_call_that_rings_at_a_phone_which_loses_the_button_rings_no_more() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.change(Change::Station(StationSettings { tag: 2, ..station("bob", &[2]) }));
    bench.expect(
        "201[1] Failed 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         202[2] OutOfService
         station 1 restarts",
    );
}

#[test]
fn the_buttons_do_not_change_between_two_calls_of_one_key() {
    let mut bench = Bench::new();
    bench.dial(BOB, "9");
    bench.change(Change::Station(StationSettings { tag: 2, ..station("bob", &[2]) }));
    bench.key(BOB, crate::Key::NewCall { line: 1 });
    assert_eq!(bench.looks(BOB), "1 Dialling", "the attempt that failed is over, and he is off-hook again");
    assert!(!bench.outputs().contains("restarts"));
    bench.on_hook(BOB);
    assert!(bench.outputs().ends_with("station 1 restarts"));
}

#[test]
fn limits_and_timeouts_hold_from_now_on() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    let ringing = std::time::Duration::from_secs(5);
    bench.change(Change::Timeouts(Timeouts { ringing, ..Timeouts::default() }));
    bench.seconds(5);
    assert_eq!(bench.looks(ALICE), "1 RingingOut", "a timer that runs is not changed");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "202");
    bench.seconds(5);
    assert_eq!(bench.looks(ALICE), "1 Failed(CallNotAnswered)");
    bench.change(Change::MaxCalls(1));
    bench.off_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "refused PerformanceLimitExceeded");
    bench.on_hook(ALICE);
    bench.change(Change::MaxRedirects(0));
    bench.forward("202", ForwardingType::Immediate, Some("203")).unwrap();
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(ALICE), "1 Failed(Blocked)");
    let disabled = crate::CtiSettings { enabled: false, ..Default::default() };
    bench.change(Change::Cti(disabled));
    let refused = bench.switch.open_session(crate::cti::Principal::default());
    assert_eq!(refused, Err(Refusal::CtiShutDown));
}

#[test]
fn a_change_for_what_is_not_there_changes_nothing() {
    let mut bench = Bench::new();
    bench.change(Change::RemoveLine(77));
    bench.change(Change::RemoveStation(77));
    bench.change(Change::Station(StationSettings { tag: 5, ..station("eve", &[76]) }));
    bench.expect("");
    assert_eq!(bench.switch.stations().iter().count(), 4);
    assert!(bench.switch.stations()[StationId(3)].buttons().is_empty(), "its button stays empty");
    bench.change(Change::Line(Box::new(LineSettings { tag: 77, ..dave() })));
    assert_eq!(bench.switch.stations()[StationId(3)].buttons().len(), 1, "until there is such a line");
}

#[test]
fn monitors_end_at_once_where_applications_may_not_watch_any_more() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.change(Change::Line(Box::new(LineSettings { cti_watch: false, ..line_of(2) })));
    bench.expect("202[2] TakenAway\nstopped 2");
    let device = bench.device("202");
    assert_eq!(bench.request(Request::SnapshotDevice { device }), Err(Refusal::PrivilegeViolation));
    bench.outputs();
    bench.on_hook(ALICE);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
    bench.change(Change::Line(Box::new(line_of(2))));
    bench.monitor(device, EventFilter::NONE);
}

#[test]
fn a_monitor_of_a_phone_goes_on_with_the_numbers_that_are_left() {
    let mut bench = Bench::new();
    let filter = EventFilter::NONE;
    bench.change(Change::Station(StationSettings { tag: 2, ..station("bob", &[1, 2]) }));
    bench.station(BOB, REGISTER);
    let Ok(Response::Monitor { monitor }) = bench.request(Request::MonitorStation { station: BOB, filter })
    else {
        panic!("it has no numbers")
    };
    bench.outputs();
    bench.change(Change::RemoveLine(2));
    assert_eq!(bench.switch.cti().monitor(monitor).map(|own| own.devices().count()), Some(2));
    bench.change(Change::RemoveLine(3));
    assert!(bench.switch.cti().monitor(monitor).is_none());
}
