//! CTI ports and route points: who opens them, calls that wait there, and where their media goes.

use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    AlreadyOpen, Change, Channels, Codec, ConnectionState, CtiDeviceKind, Forward, Input, LineSettings,
    MediaAddress, MediaCodec, MediaWay, Refusal, Request, Response, Settings, StationId, StationInput,
    StationSettings,
    cti::{EventFilter, Principal, SessionId},
};

pub(super) const PORT: StationId = StationId(3);
pub(super) const POINT: StationId = StationId(4);

pub(super) fn device_line(
    number: &str,
    kind: CtiDeviceKind,
    max_calls: usize,
    busy_trigger: usize,
) -> LineSettings {
    LineSettings {
        cti_device: Some(kind),
        max_calls: Some(max_calls),
        busy_trigger: Some(busy_trigger),
        ..line(number, number, Channels::Single)
    }
}

pub(super) fn device(name: &str, line: u32, kind: CtiDeviceKind) -> StationSettings {
    StationSettings { cti_device: Some(kind), ..station(name, &[line]) }
}

/// The office with the port 220 and the route point 300.
pub(super) fn with_devices() -> Settings {
    let mut settings = office();
    settings.lines.push(device_line("220", CtiDeviceKind::Port, 4, 2));
    settings.lines.push(device_line("300", CtiDeviceKind::RoutePoint, 10_000, 9_000));
    settings.stations.push(device("PORT1", 3, CtiDeviceKind::Port));
    settings.stations.push(device("RP1", 4, CtiDeviceKind::RoutePoint));
    settings
}

pub(super) fn codec(codec: Codec, name: &str) -> MediaCodec {
    MediaCodec { codec, name: name.into(), packet: 20 }
}

pub(super) fn address(port: u16) -> MediaAddress {
    MediaAddress::v4(Ipv4Addr::new(10, 0, 0, 9), port)
}

pub(super) fn open(bench: &mut Bench, station: StationId, media: MediaWay) -> Result<Response, Refusal> {
    open_by(bench, bench.session, station, media, vec![codec(Codec::G711Ulaw, "PCMU")])
}

pub(super) fn open_by(
    bench: &mut Bench,
    session: SessionId,
    station: StationId,
    media: MediaWay,
    codecs: Vec<MediaCodec>,
) -> Result<Response, Refusal> {
    bench.request_by(session, Request::OpenDevice { station, media, codecs, one_line: false })
}

pub(super) fn another_session(bench: &mut Bench) -> SessionId {
    bench.switch.open_session(Principal::default()).unwrap()
}

fn accept(bench: &mut Bench, number: &str) -> Result<Response, Refusal> {
    let id = bench.connection(number, 0);
    bench.request(Request::AcceptCall(id))
}

fn answer(bench: &mut Bench, number: &str) -> Result<Response, Refusal> {
    let id = bench.connection(number, 0);
    bench.request(Request::AnswerCall(id))
}

/// The phone has opened its receiver.
fn receives(bench: &mut Bench, station: StationId) {
    let reference = bench.switch.station_view(station).appearances[0].reference;
    bench.station(
        station,
        StationInput::Receiving(reference, MediaAddress::v4(Ipv4Addr::new(10, 0, 0, 1), 4000)),
    );
}

fn give_address(bench: &mut Bench, port: u16) -> Result<Response, Refusal> {
    let connection = bench.connection("220", 0);
    bench.request(Request::SetMediaAddress { connection, request: None, address: address(port) })
}

#[test]
fn a_device_is_in_service_while_an_application_has_it_open() {
    let mut bench = Bench::with(with_devices());
    bench.dial(ALICE, "220");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Failed 1/220 connected DestOutOfOrder",
    );
    bench.on_hook(ALICE);
    bench.outputs();
    open(&mut bench, PORT, MediaWay::Dynamic).unwrap();
    bench.expect("= done\n220[4] BackInService");
    bench.request(Request::CloseDevice { station: PORT }).unwrap();
    bench.expect("= done\n220[4] OutOfService");
    assert_eq!(bench.request(Request::CloseDevice { station: PORT }), Err(Refusal::DeviceNotOpen));
    let phone =
        Request::OpenDevice { station: ALICE, media: MediaWay::None, codecs: Vec::new(), one_line: false };
    assert_eq!(bench.request(phone), Err(Refusal::RequestIncompatibleWithSubject));
}

#[test]
fn a_second_application_opens_a_device_only_for_the_same_media() {
    let mut bench = Bench::with(with_devices());
    let other = another_session(&mut bench);
    let both = || vec![codec(Codec::G711Ulaw, "PCMU"), codec(Codec::G711Alaw, "PCMA")];
    let turned = || vec![codec(Codec::G711Alaw, "alaw"), codec(Codec::G711Ulaw, "ulaw")];
    let first = bench.session;
    open_by(&mut bench, first, PORT, MediaWay::Dynamic, both()).unwrap();
    open_by(&mut bench, first, PORT, MediaWay::Dynamic, both()).unwrap();
    let refused = |bench: &mut Bench, media, codecs| open_by(bench, other, PORT, media, codecs).unwrap_err();
    let one = || vec![codec(Codec::G711Ulaw, "PCMU")];
    assert_eq!(refused(&mut bench, MediaWay::Dynamic, one()), Refusal::AlreadyOpen(AlreadyOpen::OtherCodecs));
    assert_eq!(
        refused(&mut bench, MediaWay::Static(address(9000)), both()),
        Refusal::AlreadyOpen(AlreadyOpen::Dynamic)
    );
    open_by(&mut bench, other, PORT, MediaWay::Dynamic, turned()).unwrap();
    bench.close_session(first);
    assert!(bench.switch.stations().get(PORT).unwrap().is_registered(), "the other has it open still");
    bench.close_session(other);
    assert!(!bench.switch.stations().get(PORT).unwrap().is_registered());
}

#[test]
fn the_media_of_a_route_point_has_no_fixed_address() {
    let mut bench = Bench::with(with_devices());
    assert_eq!(open(&mut bench, POINT, MediaWay::Static(address(9000))), Err(Refusal::InvalidParameter));
}

#[test]
fn a_call_is_offered_accepted_answered_and_asked_for_its_address() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Dynamic).unwrap();
    bench.outputs();
    bench.dial(ALICE, "220");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Offered 1/220 connected NewCall
         220[4] Offered 1/220 alerting NewCall",
    );
    accept(&mut bench, "220").unwrap();
    bench.expect(
        "= done
         201[1] Delivered 1/220 connected NewCall
         220[4] Delivered 1/220 alerting NewCall",
    );
    assert_eq!(accept(&mut bench, "220"), Err(Refusal::InvalidConnectionState(ConnectionState::Alerting)));
    bench.outputs();
    answer(&mut bench, "220").unwrap();
    bench.expect(
        "= done
         201[1] Established 1/220 connected NewCall
         220[4] Established 1/220 connected NewCall
         220[4] MediaRequested 1/220 PCMU",
    );
    let held = bench.connection("220", 0);
    assert_eq!(bench.request(Request::HoldCall(held)), Err(Refusal::MediaPending));
    bench.outputs();
    give_address(&mut bench, 9000).unwrap();
    assert_eq!(bench.transmit_to(ALICE), Some(address(9000)), "media does not go through the switch");
    assert_eq!(give_address(&mut bench, 9002), Err(Refusal::AddressGiven));
    bench.outputs();
    receives(&mut bench, ALICE);
    bench.expect("220[4] MediaStarted 1/220 PCMU 10.0.0.9:9000 10.0.0.1:4000");
    bench.request(Request::HoldCall(held)).unwrap();
    bench.expect(
        "= done
         220[4] MediaStopped 1/220
         201[1] Held 1/220 connected Normal
         220[4] Held 1/220 hold Normal",
    );
    bench.request(Request::RetrieveCall(held)).unwrap();
    bench.expect(
        "= done
         201[1] Retrieved 1/220 connected Normal
         220[4] Retrieved 1/220 connected Normal
         220[4] MediaRequested 1/220 PCMU",
    );
    give_address(&mut bench, 9004).unwrap();
    receives(&mut bench, ALICE);
    bench.outputs();
    bench.on_hook(ALICE);
    bench.expect(
        "220[4] MediaStopped 1/220
         201[1] ConnectionCleared 1/201 null NormalClearing
         220[4] ConnectionCleared 1/201 connected NormalClearing
         220[4] ConnectionCleared 1/220 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn all_calls_of_a_port_with_a_fixed_address_end_there_one_at_a_time() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Static(address(9000))).unwrap();
    bench.dial(ALICE, "220");
    answer(&mut bench, "220").unwrap();
    receives(&mut bench, ALICE);
    assert_eq!(bench.transmit_to(ALICE), Some(address(9000)));
    bench.dial(BOB, "220");
    bench.outputs();
    let second = bench.connection("220", 1);
    bench.request(Request::AnswerCall(second)).unwrap();
    receives(&mut bench, BOB);
    bench.expect(
        "= done
         220[4] MediaStopped 1/220
         201[1] Held 1/220 connected Normal
         220[4] Held 1/220 hold Normal
         202[2] Established 2/220 connected NewCall
         220[4] Established 2/220 connected NewCall
         220[4] MediaStarted 2/220 PCMU 10.0.0.9:9000 10.0.0.1:4000",
    );
    bench.dial(CAROL, "220");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)", "two calls are its busy trigger");
}

#[test]
fn an_address_that_is_not_given_costs_the_call_and_nothing_else() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Dynamic).unwrap();
    for _ in 0..100 {
        bench.dial(ALICE, "220");
        answer(&mut bench, "220").unwrap();
        bench.outputs();
        bench.seconds(12);
        let told = bench.outputs();
        assert!(told.contains("ConnectionCleared") && told.contains("ResourcesNotAvailable"), "{told}");
        bench.on_hook(ALICE);
        bench.expect_nothing_left();
    }
    bench.dial(ALICE, "220");
    answer(&mut bench, "220").unwrap();
    give_address(&mut bench, 9000).unwrap();
}

#[test]
fn one_of_two_applications_gives_the_address() {
    let mut bench = Bench::with(with_devices());
    let other = another_session(&mut bench);
    open(&mut bench, PORT, MediaWay::Dynamic).unwrap();
    open_by(&mut bench, other, PORT, MediaWay::Dynamic, vec![codec(Codec::G711Ulaw, "PCMU")]).unwrap();
    let (device, filter) = (bench.device("220"), EventFilter::default());
    bench.request_by(other, Request::MonitorStart { device, filter }).unwrap();
    for first in [true, false] {
        bench.dial(ALICE, "220");
        bench.outputs();
        answer(&mut bench, "220").unwrap();
        let told = bench.outputs();
        assert_eq!(told.matches("MediaRequested").count(), 2, "both are asked: {told}");
        let connection = bench.connection("220", 0);
        let give = |port| Request::SetMediaAddress { connection, request: None, address: address(port) };
        let (one, two) = if first { (bench.session, other) } else { (other, bench.session) };
        bench.request_by(one, give(9000)).unwrap();
        assert_eq!(bench.request_by(two, give(9002)), Err(Refusal::AddressGiven));
        assert_eq!(bench.transmit_to(ALICE), Some(address(9000)));
        bench.on_hook(ALICE);
    }
}

#[test]
fn a_call_that_no_application_accepts_goes_where_unregistered_calls_go() {
    let mut settings = with_devices();
    settings.lines[4].forwarding.no_answer = Some(Forward::to("203"));
    let mut bench = Bench::with(settings.clone());
    open(&mut bench, POINT, MediaWay::Dynamic).unwrap();
    bench.dial(ALICE, "300");
    bench.pass(Duration::from_millis(3900));
    bench.outputs();
    bench.pass(Duration::from_millis(100));
    bench.expect(
        "not accepted
         201[1] Failed 1/300 connected CallNotAnswered
         300[5] ConnectionCleared 1/300 null CallNotAnswered",
    );
    settings.lines[4].forward_unregistered = Some("202".into());
    let mut bench = Bench::with(settings);
    open(&mut bench, POINT, MediaWay::Dynamic).unwrap();
    bench.dial(ALICE, "300");
    bench.outputs();
    bench.seconds(4);
    bench.expect(
        "not accepted
         201[1] Diverted 1/300 connected CallForwardNoAnswer to 202
         300[5] Diverted 1/300 null CallForwardNoAnswer to 202
         201[1] Delivered 1/202 connected CallForwardNoAnswer by 300
         202[2] Delivered 1/202 alerting CallForwardNoAnswer by 300",
    );
    bench.on_hook(ALICE);
    bench.dial(ALICE, "300");
    accept(&mut bench, "300").unwrap();
    bench.seconds(19);
    bench.outputs();
    bench.seconds(1);
    let told = bench.outputs();
    assert!(told.contains("Delivered 2/203"), "who has accepted rings as long as a phone: {told}");
    bench.on_hook(ALICE);
    bench.request(Request::CloseDevice { station: POINT }).unwrap();
    bench.outputs();
    bench.dial(ALICE, "300");
    let told = bench.outputs();
    assert!(told.contains("Diverted 3/300 connected CallForwardNoAnswer to 202"), "at once: {told}");
}

#[test]
fn waiting_calls_are_forwarded_when_their_application_dies_and_conversations_go_on() {
    let mut settings = with_devices();
    settings.lines[4].forward_failure = Some("203".into());
    let mut bench = Bench::with(settings);
    let application = another_session(&mut bench);
    open_by(&mut bench, application, POINT, MediaWay::Dynamic, vec![codec(Codec::G711Ulaw, "PCMU")]).unwrap();
    bench.dial(ALICE, "300");
    let id = bench.connection("300", 0);
    bench.request(Request::AnswerCall(id)).unwrap();
    let connection = bench.connection("300", 0);
    let given = Request::SetMediaAddress { connection, request: None, address: address(9000) };
    bench.request_by(application, given).unwrap();
    receives(&mut bench, ALICE);
    bench.dial(BOB, "300");
    bench.outputs();
    bench.close_session(application);
    bench.expect(
        "not released
         202[2] Diverted 2/300 connected CallForward to 203
         300[5] Diverted 2/300 null CallForward to 203
         202[2] Delivered 2/203 connected CallForward by 300
         203[3] Delivered 2/203 alerting CallForward by 300
         300[5] OutOfService",
    );
    assert_eq!((bench.looks(ALICE).as_str(), bench.transmit_to(ALICE)), ("1 Connected", Some(address(9000))));
    bench.on_hook(ALICE);
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn a_port_makes_holds_and_transfers_calls() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Dynamic).unwrap();
    bench.make_call("220", "201", false).unwrap();
    bench.answer(ALICE);
    give_address(&mut bench, 9000).unwrap();
    receives(&mut bench, ALICE);
    bench.outputs();
    bench.consult("220", "202").unwrap();
    bench.answer(BOB);
    let told = bench.outputs();
    assert!(told.contains("MediaStopped 1/220") && told.contains("MediaRequested 2/220"), "{told}");
    let connection = bench.connection("220", 1);
    bench.request(Request::SetMediaAddress { connection, request: None, address: address(9002) }).unwrap();
    receives(&mut bench, BOB);
    bench.outputs();
    bench.transfer_call("220").unwrap();
    let told = bench.outputs();
    assert!(told.contains("220[4] MediaStopped 2/220\n"), "{told}");
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".to_owned(), "1 Connected".to_owned()));
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn thousands_of_calls_wait_and_each_is_found_again() {
    const CALLERS: usize = 2_000;
    let mut settings = with_devices();
    settings.lines[4].forward_failure = Some("203".into());
    settings.lines[4].busy_trigger = Some(CALLERS);
    for caller in 0..CALLERS {
        let place = u32::try_from(settings.lines.len()).unwrap();
        settings.lines.push(line(&format!("{}", 10_000 + caller), "", Channels::Single));
        settings.stations.push(station(&format!("caller{caller}"), &[place]));
    }
    settings.timeouts.new_call_accept = Duration::from_secs(600);
    let mut bench = Bench::with(settings);
    open(&mut bench, POINT, MediaWay::Dynamic).unwrap();
    for caller in 0..CALLERS {
        bench.make_call(&format!("{}", 10_000 + caller), "300", false).unwrap();
    }
    let line = bench.switch.lines().device(bench.device("300")).unwrap().lines()[0];
    assert_eq!(bench.switch.calls().at_line(line).len(), CALLERS);
    bench.dial(ALICE, "300");
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)", "so many calls are its busy trigger");
    bench.on_hook(ALICE);
    for nth in [1_800, 17, 0] {
        let id = bench.connection("300", nth);
        bench.request(Request::ClearConnection(id)).unwrap();
    }
    assert_eq!(bench.switch.calls().at_line(line).len(), CALLERS - 3);
    bench.request(Request::CloseDevice { station: POINT }).unwrap();
    bench.seconds(5);
    assert_eq!(bench.switch.calls().at_line(line).len(), 0, "nothing is orphaned");
}

#[test]
fn a_device_that_is_removed_goes_when_its_calls_are_over() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Static(address(9000))).unwrap();
    bench.dial(ALICE, "220");
    answer(&mut bench, "220").unwrap();
    bench.handle(Input::Configure(Change::RemoveStation(4)));
    assert!(bench.switch.stations().get(PORT).is_some());
    bench.on_hook(ALICE);
    assert!(bench.switch.stations().get(PORT).is_none());
    assert_eq!(bench.switch.openings(PORT), []);
}

#[test]
fn a_user_loses_what_he_may_not_have_any_more() {
    use crate::cti::{Controlled, UserSettings};
    let all =
        |controlled| BTreeMap::from([("u".into(), UserSettings { controlled, ..UserSettings::default() })]);
    let mut settings = with_devices();
    settings.users = all(vec![Controlled::Number("220".into())]);
    let mut bench = Bench::with(settings);
    let user = Principal { name: "u".into(), user: Some("u".into()) };
    let session = bench.switch.open_session(user).unwrap();
    let codecs = || vec![codec(Codec::G711Ulaw, "PCMU")];
    open_by(&mut bench, session, PORT, MediaWay::Dynamic, codecs()).unwrap();
    assert_eq!(
        open_by(&mut bench, session, POINT, MediaWay::Dynamic, codecs()),
        Err(Refusal::PrivilegeViolation)
    );
    let device = bench.device("220");
    bench.request_by(session, Request::MonitorStart { device, filter: EventFilter::NONE }).unwrap();
    bench.outputs();
    bench.handle(Input::Configure(Change::Users(Box::new(all(Vec::new())))));
    bench.expect("220[4] OutOfService\n220[6] OutOfService\n220[6] TakenAway\nstopped 6");
    assert_eq!(bench.switch.openings(PORT), []);
}

#[test]
fn one_monitor_tells_of_all_numbers_of_a_device() {
    let mut settings = with_devices();
    settings.lines.push(device_line("221", CtiDeviceKind::Port, 4, 2));
    settings.stations[3] =
        StationSettings { cti_device: Some(CtiDeviceKind::Port), ..station("PORT1", &[3, 5]) };
    let mut bench = Bench::with(settings);
    let filter = EventFilter::NONE;
    let started = bench.request(Request::MonitorStation { station: PORT, filter });
    let Ok(Response::Monitor { monitor }) = started else { panic!("{started:?}") };
    bench.expect(&format!("= monitor {monitor}\n220[{monitor}] OutOfService\n221[{monitor}] OutOfService"));
    open(&mut bench, PORT, MediaWay::Dynamic).unwrap();
    bench.dial(ALICE, "221");
    let told = bench.outputs();
    assert!(told.contains(&format!("221[{monitor}] Offered")), "{told}");
    bench.request(Request::MonitorStop { monitor }).unwrap();
    bench.outputs();
    bench.on_hook(ALICE);
    assert!(!bench.outputs().contains(&format!("[{monitor}]")));
}

#[test]
fn digits_that_a_caller_presses_are_told_to_the_application() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Static(address(9000))).unwrap();
    bench.dial(ALICE, "220");
    answer(&mut bench, "220").unwrap();
    bench.outputs();
    bench.digits(ALICE, "2#");
    let told = bench.outputs();
    assert_eq!(told.lines().filter(|line| line.starts_with("220[4] DigitsGenerated")).count(), 2, "{told}");
    bench.on_hook(ALICE);
    bench.talk(ALICE, "202", BOB);
    bench.digits(ALICE, "2");
    bench.expect("");
}

#[test]
fn what_a_list_names_is_not_for_its_user_where_the_number_is_restricted() {
    use crate::cti::{Controlled, UserSettings};
    let mut settings = super::bench::office();
    settings.lines[1].cti_watch = false;
    let few = UserSettings { controlled: vec![Controlled::Number("20.".into())], ..UserSettings::default() };
    let all = UserSettings { controls_all: true, ..UserSettings::default() };
    settings.users = BTreeMap::from([("few".into(), few), ("all".into(), all)]);
    let mut bench = Bench::with(settings);
    let mut open = |name: &str| {
        let user = Principal { name: name.into(), user: Some(name.into()) };
        bench.switch.open_session(user).unwrap()
    };
    let (few, all) = (open("few"), open("all"));
    let device = bench.device("202");
    let watch = Request::MonitorStart { device, filter: EventFilter::NONE };
    bench.request_by(few, watch.clone()).unwrap();
    bench.request_by(all, watch.clone()).unwrap();
    bench.outputs();
    let restricted = LineSettings { tag: 2, restricted: true, ..super::bench::office().lines[1].clone() };
    bench.handle(Input::Configure(Change::Line(Box::new(restricted))));
    bench.expect("202[3] TakenAway\nstopped 3");
    assert_eq!(bench.request_by(few, watch.clone()), Err(Refusal::PrivilegeViolation));
    assert!(bench.request_by(all, watch).is_ok());
}
