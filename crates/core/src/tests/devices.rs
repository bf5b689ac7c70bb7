//! A number is one device, however many lines and phones have it.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    CallsTo, Channels, ConnectionState, EventKind, Forward, ForwardingType, Key, Record, Refusal, Request,
    Response, Settings, StationId, StationInput, cti::EventFilter,
};

const FIRST: StationId = StationId(3);
const SECOND: StationId = StationId(4);
const THIRD: StationId = StationId(5);

/// The reception: the number 210 on three lines with preferences 0, 1 and 2, one phone each.
fn reception_settings() -> Settings {
    let mut settings = office();
    for place in 0..3 {
        let mut shared = line("210", "Reception", Channels::Single);
        shared.huntstop = false;
        shared.preference = place;
        settings.lines.push(shared);
        let place = u32::from(place);
        settings.stations.push(station(&format!("reception{place}"), &[3 + place]));
    }
    settings
}

fn reception() -> Bench {
    Bench::with(reception_settings())
}

#[test]
fn the_device_is_in_service_while_one_of_its_lines_is() {
    let mut bench = reception();
    bench.station(FIRST, StationInput::Unregister);
    bench.station(THIRD, StationInput::Unregister);
    bench.expect("");
    bench.station(SECOND, StationInput::Unregister);
    bench.expect("210[4] OutOfService");
    bench.station(THIRD, StationInput::Register(Default::default()));
    bench.expect("210[4] BackInService");
    bench.station(FIRST, StationInput::Register(Default::default()));
    bench.expect("");
}

#[test]
fn a_make_call_uses_a_free_line() {
    let mut bench = reception();
    bench.talk(ALICE, "210", FIRST);
    bench.make_call("210", "202", false).unwrap();
    assert_eq!(
        (bench.looks(SECOND), bench.looks(BOB)),
        ("1 RingingOut".into(), "1 RingingIn { waiting: false }".into())
    );
    bench.station(THIRD, StationInput::Unregister);
    assert_eq!(bench.make_call("210", "203", false), Err(Refusal::ResourceBusy), "all of its lines are busy");
    bench.on_hook(ALICE);
    bench.make_call("210", "203", false).unwrap();
    assert_eq!(bench.looks(FIRST), "1 RingingOut");
}

#[test]
fn a_make_call_uses_a_line_whose_phone_is_there() {
    let mut bench = reception();
    bench.station(FIRST, StationInput::Unregister);
    bench.make_call("210", "202", false).unwrap();
    assert_eq!(bench.looks(SECOND), "1 RingingOut");
    bench.station(SECOND, StationInput::Unregister);
    bench.station(THIRD, StationInput::Unregister);
    assert_eq!(bench.make_call("210", "202", false), Err(Refusal::CallingDeviceOutOfService));
}

#[test]
fn a_call_that_goes_on_to_the_next_phone_has_not_left_the_device() {
    let mut bench = reception();
    bench.dial(ALICE, "210");
    bench.outputs();
    let connection = bench.connection("210", 0);
    bench.end_call(FIRST);
    bench.expect("");
    assert_eq!(
        (bench.looks(FIRST), bench.looks(SECOND)),
        ("".into(), "1 RingingIn { waiting: false }".into())
    );
    bench.station(SECOND, StationInput::Unregister);
    bench.expect("");
    assert_eq!(bench.looks(THIRD), "1 RingingIn { waiting: false }");
    assert_eq!(bench.connection("210", 0), connection);
    bench.answer(THIRD);
    bench.expect(
        "201[1] Established 1/210 connected NewCall
         210[4] Established 1/210 connected NewCall",
    );
    bench.on_hook(THIRD);
    bench.expect(
        "201[1] ConnectionCleared 1/210 connected NormalClearing
         210[4] ConnectionCleared 1/210 null NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_call_that_goes_on_to_a_line_of_another_device_leaves_the_first() {
    let mut settings = office();
    for shared in &mut settings.lines[1..] {
        shared.secondary = Some("299".into());
        shared.huntstop = false;
    }
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "299");
    bench.outputs();
    bench.end_call(BOB);
    bench.expect(
        "201[1] Diverted 1/202 connected Distributed to 299
         202[2] Diverted 1/202 null Distributed to 299
         201[1] Delivered 1/203 connected NewCall
         203[3] Delivered 1/203 alerting NewCall",
    );
    assert_eq!((bench.parties(ALICE), bench.parties(CAROL)), ("> 299 Carol".into(), "< 201 Alice".into()));
    bench.end_call(CAROL);
    bench.expect(
        "201[1] ConnectionCleared 1/203 connected NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing",
    );
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn the_last_phone_that_declines_rejects_the_call() {
    let mut bench = reception();
    bench.dial(ALICE, "210");
    bench.end_call(FIRST);
    bench.end_call(SECOND);
    bench.outputs();
    bench.end_call(THIRD);
    bench.expect(
        "201[1] ConnectionCleared 1/210 connected NormalClearing
         210[4] ConnectionCleared 1/210 null NormalClearing",
    );
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn each_phone_rings_for_its_own_time() {
    let mut bench = reception();
    bench.dial(ALICE, "210");
    bench.seconds(180);
    assert_eq!(
        (bench.looks(FIRST), bench.looks(SECOND)),
        ("".into(), "1 RingingIn { waiting: false }".into())
    );
    bench.seconds(360);
    assert_eq!(bench.looks(ALICE), "1 Failed(CallNotAnswered)");
}

#[test]
fn an_application_answers_where_the_call_rings() {
    let mut bench = reception();
    bench.dial(ALICE, "210");
    bench.end_call(FIRST);
    bench.request(Request::AnswerCall(bench.connection("210", 0))).unwrap();
    assert_eq!((bench.looks(FIRST), bench.looks(SECOND)), ("".into(), "1 Connected".into()));
}

#[test]
fn the_forward_key_at_any_phone_forwards_the_device() {
    let mut bench = reception();
    bench.forward_all(SECOND, "203#");
    assert!(bench.outputs().contains("210[4] Forwarding Immediate to 203"));
    bench.request(Request::GetForwarding { device: bench.device("210") }).unwrap();
    bench.expect("= forwarding 203 - -/20s");
    for station in [FIRST, SECOND, THIRD] {
        assert_eq!(bench.shown[station.index()].forwards.len(), 1, "{station:?} shows it");
    }
    bench.dial(ALICE, "210");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    bench.outputs();
    bench.key(THIRD, Key::ForwardAll { line: 0 });
    bench.expect("store forwarding/210/Immediate\n210[4] Forwarding Immediate to nowhere");
    bench.dial(ALICE, "210");
    assert_eq!(bench.looks(FIRST), "1 RingingIn { waiting: false }");
}

#[test]
fn forwarding_of_one_line_only_is_cancelled_too() {
    let mut settings = reception_settings();
    settings.lines[4].forwarding.immediate =
        Some(Forward { number: "203".into(), calls_to: CallsTo::AnyNumber });
    let mut bench = Bench::with(settings);
    let device = bench.device("210");
    bench.request(Request::GetForwarding { device }).unwrap();
    bench.expect("= forwarding 203 - -/20s");
    bench.forward("210", ForwardingType::Immediate, None).unwrap();
    bench.expect("store forwarding/210/Immediate\n= done\n210[4] Forwarding Immediate to nowhere");
    bench.request(Request::GetForwarding { device }).unwrap();
    bench.expect("= forwarding - - -/20s");
}

#[test]
fn the_device_is_open_to_applications_if_one_of_its_lines_is() {
    let mut settings = reception_settings();
    settings.lines[3].cti_watch = false;
    settings.lines[5].cti_watch = false;
    let mut bench = Bench::with(settings);
    let device = bench.device("210");
    assert!(matches!(
        bench.request(Request::MonitorStart { device, filter: EventFilter::NONE }),
        Ok(Response::Monitor { .. })
    ));
    assert!(bench.make_call("210", "202", false).is_ok());
    assert_eq!(bench.looks(FIRST), "1 RingingOut");
}

#[test]
fn a_number_that_calls_itself_is_told_every_event_once() {
    let mut bench = reception();
    bench.dial(FIRST, "210");
    bench.expect(
        "210[4] ServiceInitiated 1/210 initiated Normal
         210[4] DigitsDialed 1/210 initiated 2
         210[4] Originated 1/210 connected NewCall
         210[4] Delivered 1/210 alerting NewCall",
    );
    assert_eq!(
        (bench.looks(FIRST), bench.looks(SECOND)),
        ("1 RingingOut".into(), "1 RingingIn { waiting: false }".into())
    );
    bench.answer(SECOND);
    bench.expect("210[4] Established 1/210 connected NewCall");
    bench.request(Request::SnapshotDevice { device: bench.device("210") }).unwrap();
    bench.expect("= snapshot 1/210 connected/connected 210 1/210 connected/connected 210");
    bench.on_hook(SECOND);
    bench.expect(
        "210[4] ConnectionCleared 1/210 connected NormalClearing
         210[4] ConnectionCleared 1/210 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_number_that_calls_itself_and_forwards_rings_its_other_phone() {
    let mut bench = reception();
    bench.forward("210", ForwardingType::Immediate, Some("203")).unwrap();
    bench.dial(FIRST, "210");
    assert_eq!(
        (bench.looks(SECOND), bench.looks(CAROL)),
        ("1 RingingIn { waiting: false }".into(), "".into())
    );
}

#[test]
fn a_number_that_calls_itself_and_is_busy_hears_that_as_the_caller() {
    let mut bench = reception();
    bench.station(THIRD, StationInput::Unregister);
    bench.dial(SECOND, "202");
    bench.dial(FIRST, "210");
    let (_, last) = bench.events.last().unwrap();
    assert_eq!((last.event.kind(), last.local_state), (EventKind::Failed, ConnectionState::Fail));
    bench.seconds(10);
    assert_eq!(bench.looks(FIRST), "");
}

#[test]
fn a_call_that_no_phone_of_the_number_takes_is_told_once() {
    let mut bench = reception();
    bench.dial(FIRST, "210");
    bench.end_call(SECOND);
    bench.outputs();
    bench.end_call(THIRD);
    bench.expect("210[4] ConnectionCleared 1/210 connected NormalClearing");
    assert_eq!(bench.looks(FIRST), "1 Failed(Busy)");
    bench.seconds(10);
    bench.expect("210[4] ConnectionCleared 1/210 null NormalClearing");
    bench.expect_nothing_left();
}

#[test]
fn forwarding_is_stored_before_anybody_is_told_and_restored_for_the_device() {
    let mut bench = reception();
    let device = bench.device("210");
    let number = Some("203".into());
    let kind = ForwardingType::NoAnswer;
    let no_answer_timeout = Some(std::time::Duration::from_secs(7));
    bench.request(Request::ActivateForwarding { device, kind, number, no_answer_timeout }).unwrap();
    bench.expect("store forwarding/210/NoAnswer\n= done\n210[4] Forwarding NoAnswer to 203 after 7s");
    bench.forward("210", kind, Some("203")).unwrap();
    bench.expect("= done");
    bench.forward("210", ForwardingType::Busy, Some("201")).unwrap();
    bench.forward("210", ForwardingType::Busy, None).unwrap();
    let stored = std::mem::take(&mut bench.stored);
    assert_eq!(stored.len(), 3);
    assert_eq!(
        stored.iter().map(Record::key).collect::<Vec<_>>()[1..],
        ["forwarding/210/Busy", "forwarding/210/Busy"]
    );

    let mut again = reception();
    for record in stored {
        again.handle(crate::Input::Restore(record));
    }
    again.expect("");
    again.request(Request::GetForwarding { device }).unwrap();
    again.expect("= forwarding - - 203/7s");
    again.dial(ALICE, "210");
    again.seconds(7);
    assert_eq!(again.looks(CAROL), "1 RingingIn { waiting: false }");
}
