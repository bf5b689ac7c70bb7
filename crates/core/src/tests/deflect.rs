//! Deflect Call: a ringing call is sent elsewhere.

use super::bench::{ALICE, BOB, Bench, CAROL, office, party};
use crate::{
    ConnectionState, DiversionReason, ForwardingType, Refusal, Request, Response, Settings, StationInput,
};

impl Bench {
    /// An application deflects the first call of a number.
    fn deflect(&mut self, number: &str, destination: &str) -> Result<Response, Refusal> {
        let connection = self.connection(number, 0);
        self.request(Request::DeflectCall { connection, destination: destination.into() })
    }
}

/// Alice calls Bob, where it rings.
fn ringing() -> Bench {
    ringing_in(office())
}

fn ringing_in(settings: Settings) -> Bench {
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "202");
    bench.outputs();
    bench
}

#[test]
fn a_ringing_call_rings_elsewhere() {
    let mut bench = ringing();
    let call = bench.connection("202", 0).call;
    bench.deflect("202", "203").unwrap();
    bench.expect(
        "= done
         201[1] Diverted 1/202 connected Redirected to 203
         202[2] Diverted 1/202 null Redirected to 203
         201[1] Delivered 1/203 connected Redirected by 202
         203[3] Delivered 1/203 alerting Redirected by 202",
    );
    assert_eq!((bench.looks(BOB), bench.looks(CAROL)), ("".into(), "1 RingingIn { waiting: false }".into()));
    assert_eq!((bench.parties(ALICE), bench.parties(CAROL)), ("> 203 Carol".into(), "< 201 Alice".into()));
    let view = bench.switch.station_view(CAROL);
    let diversion = view.appearances[0].redirection.as_deref().unwrap().last();
    assert_eq!((party(&diversion.by), diversion.reason), ("202 Bob".into(), DiversionReason::Deflected));
    assert_eq!(bench.connection("203", 0).call, call, "the call keeps its identifier");
    bench.answer(CAROL);
    bench.expect(
        "201[1] Established 1/203 connected NewCall by 202
         203[3] Established 1/203 connected NewCall by 202",
    );
}

#[test]
fn a_call_may_be_deflected_back_to_a_device_that_had_it() {
    let mut bench = ringing();
    bench.deflect("202", "203").unwrap();
    bench.outputs();
    bench.deflect("203", "202").unwrap();
    bench.expect(
        "= done
         201[1] Diverted 1/203 connected Redirected by 202 to 202
         203[3] Diverted 1/203 null Redirected by 202 to 202
         201[1] Delivered 1/202 connected Redirected by 203
         202[2] Delivered 1/202 alerting Redirected by 203",
    );
    bench.answer(BOB);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
}

#[test]
fn a_call_is_not_deflected_to_nobody_or_to_where_it_rings() {
    let mut bench = ringing();
    for destination in ["9", "20", "", "202", "2 03", "203;"] {
        assert_eq!(bench.deflect("202", destination), Err(Refusal::InvalidDestination), "{destination:?}");
        bench.expect("= refused InvalidDestination");
    }
    assert_eq!(
        (bench.looks(ALICE), bench.looks(BOB)),
        ("1 RingingOut".into(), "1 RingingIn { waiting: false }".into())
    );
}

#[test]
fn only_what_rings_is_deflected() {
    let mut bench = ringing();
    let connected = Err(Refusal::InvalidConnectionState(ConnectionState::Connected));
    assert_eq!(bench.deflect("201", "203"), connected);
    bench.answer(BOB);
    assert_eq!(bench.deflect("202", "203"), connected);
    bench.hold(BOB);
    let held = Err(Refusal::InvalidConnectionState(ConnectionState::Hold));
    assert_eq!(bench.deflect("202", "203"), held);
    bench.make_call("203", "201", true).unwrap();
    let initiated = Err(Refusal::InvalidConnectionState(ConnectionState::Initiated));
    assert_eq!(bench.deflect("203", "202"), initiated);
}

#[test]
fn a_call_is_deflected_as_often_as_it_may_be_diverted() {
    let mut bench = ringing_in(Settings { max_redirects: 2, ..office() });
    bench.deflect("202", "203").unwrap();
    bench.deflect("203", "202").unwrap();
    assert_eq!(bench.deflect("202", "203"), Err(Refusal::InvalidDestination));
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn a_call_that_is_deflected_to_a_phone_that_is_not_there_fails() {
    let mut bench = ringing();
    bench.station(CAROL, StationInput::Unregister);
    bench.outputs();
    bench.deflect("202", "203").unwrap();
    bench.expect(
        "= done
         201[1] Diverted 1/202 connected Redirected to 203
         202[2] Diverted 1/202 null Redirected to 203
         201[1] Failed 1/203 connected DestOutOfOrder by 202",
    );
    assert_eq!(bench.looks(ALICE), "1 Failed(DestOutOfOrder)");
}

#[test]
fn a_deflected_call_is_forwarded_as_any_other() {
    let mut bench = ringing();
    bench.forward("203", ForwardingType::Immediate, Some("202")).unwrap();
    bench.outputs();
    bench.deflect("202", "203").unwrap();
    bench.expect(
        "= done
         201[1] Diverted 1/202 connected Redirected to 203
         202[2] Diverted 1/202 null Redirected to 203
         201[1] Diverted 1/203 connected CallForwardImmediate by 202 to 202
         203[3] Diverted 1/203 null CallForwardImmediate by 202 to 202
         201[1] Delivered 1/202 connected CallForwardImmediate by 203
         202[2] Delivered 1/202 alerting CallForwardImmediate by 203",
    );
}

#[test]
fn a_call_that_is_deflected_to_who_calls_finds_him_busy() {
    let mut bench = ringing();
    bench.deflect("202", "201").unwrap();
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Failed(Busy)".into(), "".into()));
    bench.seconds(10);
    bench.expect_nothing_left();
}

#[test]
fn a_call_is_not_deflected_to_a_slot_for_parked_calls() {
    let mut settings = office();
    settings.lines.push(crate::LineSettings {
        park_slot: Some(crate::ParkSlot::default()),
        ..super::bench::line("701", "", crate::Channels::Single)
    });
    let mut bench = ringing_in(settings);
    assert_eq!(bench.deflect("202", "701"), Err(Refusal::InvalidDestination));
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}
