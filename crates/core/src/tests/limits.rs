//! Limits: channels, calls, overload, sessions, monitors.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station, tagged};
use crate::{
    Channels, CtiSettings, Input, Key, Refusal, Request, Settings, StationId, Switch,
    cti::{EventFilter, Principal},
};

/// A line with eight channels on the last of ten phones, and nine callers.
fn call_centre() -> Bench {
    let mut lines: Vec<_> = (0..9).map(|n| line(&format!("10{n}"), "Caller", Channels::Single)).collect();
    lines.push(line("200", "Desk", Channels::Octo));
    let stations = (0..10).map(|n| station(&format!("phone{n}"), &[n])).collect();
    Bench::with(Settings { lines, stations, ..Settings::default() })
}

const DESK: StationId = StationId(9);

#[test]
fn an_octo_line_takes_eight_calls() {
    let mut bench = call_centre();
    for caller in 0..8 {
        bench.dial(StationId(caller), "200");
        assert_eq!(bench.looks(StationId(caller)), "1 RingingOut");
        bench.answer(DESK);
    }
    assert_eq!(bench.looks(DESK), ["1 OnHold"; 7].join(", ") + ", 1 Connected");
    bench.dial(StationId(8), "200");
    assert_eq!(bench.looks(StationId(8)), "1 Failed(Busy)");
    bench.key(DESK, Key::NewCall { line: 1 });
    assert!(bench.looks(DESK).ends_with("1 Connected, refused ResourceBusy"));
    bench.on_hook(StationId(3));
    bench.on_hook(StationId(8));
    bench.dial(StationId(8), "200");
    assert_eq!(bench.looks(StationId(8)), "1 RingingOut");
}

#[test]
fn a_single_line_takes_one_call_and_a_dual_line_two() {
    for (channels, second, third) in
        [(Channels::Single, "1 Failed(Busy)", ""), (Channels::Dual, "1 RingingOut", "1 Failed(Busy)")]
    {
        let mut settings = office();
        settings.lines[1].channels = channels;
        settings.lines.push(line("204", "Dave", Channels::Single));
        settings.stations.push(station("dave", &[3]));
        let mut bench = Bench::with(settings);
        bench.talk(ALICE, "202", BOB);
        bench.dial(CAROL, "202");
        assert_eq!(bench.looks(CAROL), second);
        if !third.is_empty() {
            bench.dial(StationId(3), "202");
            assert_eq!(bench.looks(StationId(3)), third);
        }
    }
}

#[test]
fn a_prompt_needs_a_channel_of_its_own() {
    let mut settings = office();
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "20");
    assert_eq!(bench.make_call("201", "202", true), Err(Refusal::ResourceBusy));
    assert_eq!(bench.looks(ALICE), "1 Dialling");
    assert!(bench.make_call("201", "202", false).is_ok(), "the attempt gives way to the application");
    assert_eq!(bench.looks(ALICE), "1 RingingOut");
}

#[test]
fn an_overloaded_switch_begins_no_call_and_goes_on_with_those_it_has() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.handle(Input::CallRate(Some(0)));
    bench.off_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "refused PerformanceLimitExceeded");
    assert_eq!(bench.make_call("203", "201", false), Err(Refusal::PerformanceLimitExceeded));
    assert_eq!(bench.make_call("203", "201", true), Err(Refusal::PerformanceLimitExceeded));
    bench.hold(ALICE);
    bench.resume(ALICE);
    assert_eq!(bench.looks(ALICE), "1 Connected");
    bench.on_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "");
    bench.handle(Input::CallRate(None));
    bench.off_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "1 Dialling");
}

#[test]
fn there_are_no_more_calls_than_allowed() {
    let mut bench = Bench::with(Settings { max_calls: 1, ..office() });
    bench.dial(ALICE, "202");
    bench.off_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "refused PerformanceLimitExceeded");
    bench.on_hook(ALICE);
    bench.off_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "1 Dialling");
}

#[test]
fn a_call_that_is_given_up_makes_room_for_another() {
    let mut bench = Bench::with(Settings { max_calls: 1, ..office() });
    bench.dial(ALICE, "7");
    bench.key(ALICE, Key::NewCall { line: 0 });
    assert_eq!(bench.looks(ALICE), "1 Dialling");
    bench.digits(ALICE, "202");
    bench.answer(BOB);
    bench.key(ALICE, Key::NewCall { line: 0 });
    assert_eq!(
        bench.looks(ALICE),
        "1 Connected, refused PerformanceLimitExceeded",
        "a held call needs its place"
    );
}

fn limited(change: impl FnOnce(&mut CtiSettings)) -> Bench {
    let mut settings = office();
    change(&mut settings.cti);
    Bench::unregistered(settings)
}

#[test]
fn sessions_are_limited() {
    let mut bench = limited(|cti| cti.max_sessions = 2);
    assert!(bench.switch.open_session(Principal::default()).is_ok());
    assert_eq!(bench.switch.open_session(Principal::default()), Err(Refusal::SessionLimitExceeded));
    bench.switch.close_session(bench.session);
    assert!(bench.switch.open_session(Principal::default()).is_ok());
}

#[test]
fn without_a_cti_interface_there_is_no_session() {
    let mut settings = tagged(office());
    settings.cti.enabled = false;
    assert_eq!(Switch::new(settings).unwrap().open_session(Principal::default()), Err(Refusal::CtiShutDown));
}

#[test]
fn monitors_are_limited_in_each_session_and_altogether() {
    let mut bench = limited(|cti| {
        cti.max_monitors_per_session = 2;
        cti.max_monitors = 3;
    });
    let start = Request::MonitorStart { device: bench.device("201"), filter: EventFilter::NONE };
    let other = bench.switch.open_session(Principal::default()).unwrap();
    assert!(bench.request(start.clone()).is_ok());
    assert!(bench.request(start.clone()).is_ok());
    assert_eq!(bench.request(start.clone()), Err(Refusal::SessionMonitorLimitExceeded));
    assert!(bench.request_by(other, start.clone()).is_ok());
    assert_eq!(bench.request_by(other, start.clone()), Err(Refusal::OverallMonitorLimitExceeded));
    bench.switch.close_session(bench.session);
    assert!(bench.request_by(other, start).is_ok());
}
