//! Routeing services: applications say where the calls of a route point go.

use std::{collections::BTreeMap, time::Duration};

use super::{
    bench::{ALICE, BOB, Bench, station},
    cti_devices::{POINT, another_session, device, device_line, open_by, with_devices},
};
use crate::{
    Change, CtiDeviceKind, DialogueId, Input, LineSettings, MediaWay, Refusal, RegistrationId, Request,
    Response, Route, RouteMessage, Settings, StationId,
    cti::{EventFilter, Principal, SessionId, UserSettings},
};

fn register(bench: &mut Bench, session: SessionId) -> RegistrationId {
    let device = Some(bench.device("300"));
    match bench.request_by(session, Request::RouteRegister { device, station: None }) {
        Ok(Response::Registered(id)) => id,
        other => panic!("not registered: {other:?}"),
    }
}

/// The office in which an application has registered for the route point.
fn registered(settings: Settings) -> Bench {
    let mut bench = Bench::with(settings);
    let session = bench.session;
    register(&mut bench, session);
    bench.outputs();
    bench
}

/// The dialogue that was begun last.
fn dialogue(bench: &Bench) -> DialogueId {
    let requests = bench.routes.iter().rev().find_map(|message| match message {
        RouteMessage::Request(request) => Some(request.dialogue),
        _ => None,
    });
    requests.unwrap()
}

fn route(destination: &str) -> Route {
    Route { destination: destination.into(), calling: None }
}

fn select(bench: &mut Bench, routes: Vec<Route>) -> Result<Response, Refusal> {
    let dialogue = dialogue(bench);
    bench.request(Request::RouteSelect { dialogue, routes, tell: true, correlator: None })
}

#[test]
fn a_registered_application_says_where_the_call_goes() {
    let mut bench = Bench::with(with_devices());
    let session = bench.session;
    register(&mut bench, session);
    bench.expect("= registered\n300[5] BackInService");
    bench.dial(ALICE, "300");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 3
         201[1] Originated 1/201 connected NewCall
         201[1] Offered 1/300 connected NewCall
         300[5] Offered 1/300 alerting NewCall
         RouteRequest 1/300 from 201",
    );
    select(&mut bench, vec![route("202")]).unwrap();
    bench.expect(
        "= done
         201[1] Diverted 1/300 connected Redirected to 202
         300[5] Diverted 1/300 null Redirected to 202
         201[1] Delivered 1/202 connected Redirected by 300
         202[2] Delivered 1/202 alerting Redirected by 300
         RouteUsed 202
         RouteEnd None",
    );
    assert_eq!(select(&mut bench, vec![route("203")]), Err(Refusal::InvalidRouteDialogue), "once only");
    bench.answer(BOB);
    assert_eq!(bench.looks(ALICE), "1 Connected");
}

#[test]
fn routes_that_lead_nowhere_are_passed_over_while_the_caller_waits() {
    let mut bench = registered(with_devices());
    bench.dial(ALICE, "300");
    bench.outputs();
    select(&mut bench, vec![route("999"), route("300")]).unwrap();
    bench.expect("= done\nReRoute false");
    bench.seconds(3);
    bench.outputs();
    select(&mut bench, vec![route("998"), route("203")]).unwrap();
    let told = bench.outputs();
    assert!(told.contains("Delivered 1/203"), "{told}");
    assert!(told.ends_with("RouteUsed 203\nRouteEnd None"), "{told}");
}

#[test]
fn an_application_that_takes_too_long_loses_the_call() {
    let mut settings = with_devices();
    settings.lines[4].forward_unregistered = Some("202".into());
    let mut bench = registered(settings);
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.seconds(4);
    bench.expect(
        "not accepted
         RouteEnd Some(TimerExpired)
         201[1] Diverted 1/300 connected CallForwardNoAnswer to 202
         300[5] Diverted 1/300 null CallForwardNoAnswer to 202
         201[1] Delivered 1/202 connected CallForwardNoAnswer by 300
         202[2] Delivered 1/202 alerting CallForwardNoAnswer by 300",
    );
}

#[test]
fn a_caller_who_hangs_up_ends_the_dialogue() {
    let mut bench = registered(with_devices());
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.on_hook(ALICE);
    assert!(bench.outputs().contains("RouteEnd Some(CallerGone)"));
    bench.expect_nothing_left();
}

#[test]
fn a_rejected_call_goes_to_the_next_application_and_then_where_failed_calls_go() {
    let mut settings = with_devices();
    settings.lines[4].forward_failure = Some("203".into());
    let mut bench = registered(settings);
    let second = another_session(&mut bench);
    register(&mut bench, second);
    bench.dial(ALICE, "300");
    bench.outputs();
    let first = dialogue(&bench);
    bench.request(Request::RouteReject(first)).unwrap();
    bench.expect("= done\nRouteEnd None\nRouteRequest 1/300 from 201");
    let next = dialogue(&bench);
    assert_eq!(bench.request(Request::RouteReject(next)), Err(Refusal::InvalidRouteDialogue), "not its own");
    bench.outputs();
    bench.request_by(second, Request::RouteReject(next)).unwrap();
    let told = bench.outputs();
    assert!(told.contains("Diverted 1/300 connected CallForward to 203"), "{told}");
}

#[test]
fn another_application_goes_on_when_the_one_that_was_asked_dies() {
    let mut settings = with_devices();
    settings.lines[4].forward_failure = Some("203".into());
    let mut bench = Bench::with(settings);
    let first = another_session(&mut bench);
    register(&mut bench, first);
    let second = bench.session;
    register(&mut bench, second);
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.close_session(first);
    bench.expect("RouteRequest 1/300 from 201");
    select(&mut bench, vec![route("202")]).unwrap();
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn who_has_the_route_point_open_may_take_calls_of_an_application_that_dies() {
    let mut settings = with_devices();
    settings.lines[4].forward_failure = Some("203".into());
    let mut bench = Bench::with(settings);
    let opener = bench.session;
    open_by(&mut bench, opener, POINT, MediaWay::None, Vec::new()).unwrap();
    let router = another_session(&mut bench);
    let registration = register(&mut bench, router);
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.request_by(router, Request::RouteRegisterCancel(registration)).unwrap();
    bench.expect("= done\nRouteEnd None");
    bench.on_hook(ALICE);
    register(&mut bench, router);
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.close_session(router);
    bench.expect("");
    let id = bench.connection("300", 0);
    bench.request(Request::AcceptCall(id)).unwrap();
    bench.on_hook(ALICE);
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.close_session(opener);
    let told = bench.outputs();
    assert!(told.contains("Diverted 3/300 connected CallForward to 203"), "{told}");
}

#[test]
fn the_calling_number_is_changed_by_permission() {
    let user = |modifies| {
        let rights = UserSettings {
            controls_all: true,
            modifies_calling_numbers: modifies,
            ..UserSettings::default()
        };
        BTreeMap::from([("u".into(), rights)])
    };
    let shown = |modifies| {
        let mut settings = with_devices();
        settings.users = user(modifies);
        let mut bench = Bench::with(settings);
        let user = Principal { name: "u".into(), user: Some("u".into()) };
        let session = bench.switch.open_session(user).unwrap();
        register(&mut bench, session);
        bench.dial(ALICE, "300");
        bench.outputs();
        let routes = vec![Route { destination: "202".into(), calling: Some("5551234".into()) }];
        let dialogue = dialogue(&bench);
        bench
            .request_by(session, Request::RouteSelect { dialogue, routes, tell: false, correlator: None })
            .unwrap();
        (bench.parties(BOB), bench.outputs())
    };
    assert_eq!(shown(true).0, "< 5551234");
    let (parties, told) = shown(false);
    assert_eq!((parties.as_str(), told.as_str()), ("", "= done\nReRoute true"), "the dialogue stays open");
}

#[test]
fn who_registers_for_all_route_points_has_them_open() {
    let mut bench = Bench::with(with_devices());
    let Ok(Response::Registered(all)) = bench.request(Request::RouteRegister { device: None, station: None })
    else {
        panic!()
    };
    assert!(bench.switch.stations().get(POINT).unwrap().is_registered());
    let phone = Some(bench.device("201"));
    assert_eq!(
        bench.request(Request::RouteRegister { device: phone, station: None }),
        Err(Refusal::RequestIncompatibleWithSubject)
    );
    bench.request(Request::RouteRegisterCancel(all)).unwrap();
    assert!(!bench.switch.stations().get(POINT).unwrap().is_registered());
    let again = bench.request(Request::RouteRegisterCancel(all));
    assert_eq!(again, Err(Refusal::InvalidRouteRegistration));
}

#[test]
fn who_has_registered_for_a_route_point_is_told_that_it_is_removed() {
    let mut bench = registered(with_devices());
    let everywhere = bench.session;
    bench.request_by(everywhere, Request::RouteRegister { device: None, station: None }).unwrap();
    bench.outputs();
    bench.handle(Input::Configure(Change::RemoveStation(5)));
    let told = bench.outputs();
    assert_eq!(told.matches("RouteRegisterAbort").count(), 1, "{told}");
    assert!(bench.switch.stations().get(POINT).is_none());
    bench.expect_nothing_left();
}

#[test]
fn an_application_that_comes_back_in_time_is_asked_again() {
    let mut settings = with_devices();
    settings.timeouts.new_call_accept = Duration::from_secs(60);
    settings.lines[4].forward_failure = Some("203".into());
    let mut bench = registered(settings);
    let session = bench.session;
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.switch.session_lost(session, Duration::from_secs(30));
    bench.seconds(29);
    bench.expect("");
    bench.switch.session_resumed(session);
    bench.seconds(1);
    bench.expect("RouteRequest 1/300 from 201");
    bench.seconds(28);
    bench.expect("");
    bench.switch.session_lost(session, Duration::from_secs(1));
    bench.seconds(2);
    let told = bench.outputs();
    assert!(told.contains("Diverted 1/300 connected CallForward to 203"), "{told}");
}

#[test]
fn thousands_of_calls_that_lose_their_application_do_not_do_so_in_one_go() {
    let mut settings = with_devices();
    for (number, at) in [("310", 5), ("311", 6)] {
        let line = device_line(number, CtiDeviceKind::RoutePoint, 10_000, 10_000);
        settings.lines.push(LineSettings { forward_failure: Some("203".into()), ..line });
        settings.stations.push(device(number, at, CtiDeviceKind::RoutePoint));
    }
    let mut bench = Bench::with(settings);
    let (dies, stays) = (another_session(&mut bench), bench.session);
    open_by(&mut bench, dies, StationId(5), MediaWay::None, Vec::new()).unwrap();
    open_by(&mut bench, stays, StationId(6), MediaWay::None, Vec::new()).unwrap();
    for _ in 0..250 {
        bench.make_call("311", "310", false).unwrap();
    }
    let diverted = |bench: &mut Bench| bench.outputs().matches("null CallForward to 203").count();
    assert_eq!(diverted(&mut bench), 0);
    bench.close_session(dies);
    assert_eq!(diverted(&mut bench), 40, "at once");
    bench.seconds(1);
    assert_eq!(diverted(&mut bench), 210, "then");
    let left = bench.switch.stations()[StationId(5)].lines().next().unwrap();
    assert_eq!(bench.switch.calls().at_line(left), []);
}

#[test]
fn an_application_registers_for_all_numbers_of_a_route_point() {
    let mut settings = with_devices();
    settings.lines.push(device_line("301", CtiDeviceKind::RoutePoint, 10, 10));
    settings.stations[POINT.index()].buttons = station("RP1", &[4, 5]).buttons;
    let mut bench = Bench::with(settings);
    let device = Some(bench.device("300"));
    let Ok(Response::Registered(id)) = bench.request(Request::RouteRegister { device, station: Some(POINT) })
    else {
        panic!("not registered");
    };
    for number in ["300", "301"] {
        bench.routes.clear();
        bench.dial(ALICE, number);
        let asked = bench.routes.iter().any(
            |message| matches!(message, RouteMessage::Request(request) if request.current.number == number),
        );
        assert!(asked, "{number}: {:?}", bench.routes);
        select(&mut bench, vec![route("202")]).unwrap();
        bench.end_call(ALICE);
    }
    bench.request(Request::RouteRegisterCancel(id)).unwrap();
    assert_eq!(bench.request(Request::RouteRegisterCancel(id)), Err(Refusal::InvalidRouteRegistration));
}

#[test]
fn a_call_that_is_transferred_while_the_application_thinks_goes_where_it_says() {
    let mut bench = registered(with_devices());
    bench.talk(ALICE, "202", BOB);
    bench.consult("201", "300").unwrap();
    bench.transfer_call("201").unwrap();
    bench.outputs();
    select(&mut bench, vec![route("203")]).unwrap();
    let told = bench.outputs();
    assert!(told.contains("203[3] Delivered"), "{told}");
    let ended = bench.routes.iter().any(|message| matches!(message, RouteMessage::End { error: None, .. }));
    assert!(ended, "{:?}", bench.routes);
}

#[test]
fn registrations_are_limited_for_one_route_point_and_altogether() {
    let mut settings = with_devices();
    let monitors = Bench::with(settings.clone()).switch.cti().monitor_count();
    settings.cti.max_monitors = monitors + 10;
    let mut bench = Bench::with(settings);
    let device = Some(bench.device("300"));
    let (first, second) = (bench.session, another_session(&mut bench));
    let ask = |bench: &mut Bench, session, device| {
        bench.request_by(session, Request::RouteRegister { device, station: None })
    };
    for scope in [device, None] {
        for _ in 0..4 {
            assert!(ask(&mut bench, second, scope).is_ok());
        }
        let refusal = Err(Refusal::SessionRegistrationLimitExceeded);
        assert_eq!(ask(&mut bench, second, scope), refusal);
    }
    for _ in 0..2 {
        assert!(ask(&mut bench, first, device).is_ok());
    }
    let too_many = Err(Refusal::OverallRegistrationLimitExceeded);
    let third = another_session(&mut bench);
    assert_eq!(ask(&mut bench, third, device), too_many);
    let monitor = Request::MonitorStart { device: bench.device("201"), filter: EventFilter::NONE };
    assert_eq!(
        bench.request_by(first, monitor),
        Err(Refusal::OverallMonitorLimitExceeded),
        "they count as one"
    );
    bench.switch.close_session(second);
    while bench.switch.poll_output().is_some() {}
    assert!(ask(&mut bench, third, device).is_ok());
}

/// A call asks whoever registered first, whatever each has registered for.
#[test]
fn the_oldest_registration_is_asked_first() {
    let mut bench = Bench::with(with_devices());
    let (first, second) = (bench.session, another_session(&mut bench));
    let device = Some(bench.device("300"));
    let ask = |bench: &mut Bench, session, device| match bench
        .request_by(session, Request::RouteRegister { device, station: None })
    {
        Ok(Response::Registered(id)) => id,
        other => panic!("not registered: {other:?}"),
    };
    let every = ask(&mut bench, second, None);
    let one = ask(&mut bench, first, device);
    bench.dial(ALICE, "300");
    let asked = |bench: &Bench| match bench.routes.last() {
        Some(RouteMessage::Request(request)) => request.registration,
        other => panic!("nobody is asked: {other:?}"),
    };
    assert_eq!(asked(&bench), every);
    bench.request_by(second, Request::RouteReject(dialogue(&bench))).unwrap();
    assert_eq!(asked(&bench), one);
}
