//! The services of applications beside those that phones have too: single steps, exchanges, digits, features.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL};
use crate::{
    CallData, CallEventKind, ConnectionId, Event, EventCause, EventKind, Joining, Media, Refusal, Request,
    Response, cti::EventFilter, view::CallDisplay,
};

/// Bob calls Alice, who consults Carol; Carol answers.
fn consulting() -> Bench {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.answer(CAROL);
    bench.outputs();
    bench
}

fn held_and_active(bench: &Bench) -> (ConnectionId, ConnectionId) {
    (bench.connection("201", 0), bench.connection("201", 1))
}

#[test]
fn an_application_exchanges_the_held_and_the_active_call() {
    let mut bench = consulting();
    let (held, active) = held_and_active(&bench);
    bench.request(Request::AlternateCall { held, active }).unwrap();
    bench.expect(
        "= done
         201[1] Held 2/201 hold Alternate
         203[3] Held 2/201 connected Alternate
         202[2] Retrieved 1/201 connected Alternate
         201[1] Retrieved 1/201 connected Alternate",
    );
    assert_eq!(bench.looks(ALICE), "1 Connected, 1 OnHold");
    assert_eq!(
        bench.request(Request::AlternateCall { held, active }),
        Err(Refusal::InvalidHeldConnectionState(crate::ConnectionState::Connected))
    );
}

#[test]
fn an_application_answers_the_call_that_waits_with_alternate() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.dial(CAROL, "201");
    bench.outputs();
    let (active, held) = held_and_active(&bench);
    bench.request(Request::AlternateCall { held, active }).unwrap();
    bench.expect(
        "= done
         202[2] Held 1/201 connected Alternate
         201[1] Held 1/201 hold Alternate
         203[3] Established 2/201 connected Alternate
         201[1] Established 2/201 connected Alternate",
    );
}

#[test]
fn an_application_gives_a_consultation_up() {
    let mut bench = consulting();
    let (held, active) = held_and_active(&bench);
    bench.request(Request::ReconnectCall { active, held }).unwrap();
    bench.expect(
        "= done
         201[1] ConnectionCleared 2/201 null NormalClearing
         203[3] ConnectionCleared 2/201 connected NormalClearing
         203[3] ConnectionCleared 2/203 null NormalClearing
         202[2] Retrieved 1/201 connected Normal
         201[1] Retrieved 1/201 connected Normal",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("1 Connected".into(), String::new()));
}

#[test]
fn what_is_dialled_in_a_consultation_is_given_up_too() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "").unwrap();
    let (held, active) = held_and_active(&bench);
    assert_eq!(
        bench.request(Request::ReconnectCall { active: held, held: active }),
        Err(Refusal::InvalidActiveConnectionState(crate::ConnectionState::Hold))
    );
    bench.request(Request::ReconnectCall { active, held }).unwrap();
    assert_eq!(bench.looks(ALICE), "1 Connected");
}

#[test]
fn a_call_is_transferred_in_a_single_step() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let active = bench.connection("201", 0);
    bench.request(Request::SingleStepTransferCall { active, to: "203".into() }).unwrap();
    bench.expect(
        "= merged 1/203: 1/202 was 1/202 1/203 new
         201[1] Transferred 1/201 - null by 201 with 203: 1/202 was 1/202 1/203 new
         202[2] Transferred 1/201 - connected by 201 with 203: 1/202 was 1/202 1/203 new
         202[2] Delivered 1/203 connected SingleStepTransfer
         203[3] Delivered 1/203 alerting SingleStepTransfer",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), (String::new(), "1 RingingOut".into()));
    assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));
    bench.answer(CAROL);
    bench.expect(
        "202[2] Established 1/203 connected SingleStepTransfer
         203[3] Established 1/203 connected SingleStepTransfer",
    );
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn a_single_step_transfer_to_nobody_is_refused_and_the_call_goes_on() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let active = bench.connection("201", 0);
    for to in ["999", "201", "202"] {
        let request = Request::SingleStepTransferCall { active, to: to.into() };
        assert_eq!(bench.request(request), Err(Refusal::InvalidDestination), "{to}");
    }
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
}

#[test]
fn a_single_step_transfer_is_refused_while_the_others_only_ring() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.hold(BOB);
    bench.transfer_call("201").unwrap();
    let active = bench.connection("202", 0);
    let request = Request::SingleStepTransferCall { active, to: "201".into() };
    assert_eq!(
        bench.request(request),
        Err(Refusal::InvalidConnectionState(crate::ConnectionState::Hold)),
        "nobody has answered at Carol's"
    );
    assert_eq!((bench.looks(BOB), bench.looks(ALICE)), ("1 OnHold".into(), String::new()));
    bench.answer(CAROL);
    bench.request(Request::SingleStepTransferCall { active, to: "201".into() }).unwrap();
    assert_eq!((bench.looks(CAROL), bench.looks(BOB)), ("1 RingingOut".into(), String::new()));
}

#[test]
fn a_single_step_transfer_that_is_declined_comes_back() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.hold(ALICE);
    let active = bench.connection("201", 0);
    bench.request(Request::SingleStepTransferCall { active, to: "203".into() }).unwrap();
    bench.outputs();
    bench.end_call(CAROL);
    bench.expect(
        "202[2] Diverted 1/203 connected Recall to 201
         203[3] Diverted 1/203 null Recall to 201
         202[2] Delivered 1/201 connected Recall by 203
         201[1] Delivered 1/201 alerting Recall by 203",
    );
    bench.answer(ALICE);
    bench.expect(
        "202[2] Established 1/201 connected NewCall by 203
         201[1] Established 1/201 connected NewCall by 203",
    );
}

#[test]
fn a_device_is_called_into_a_conference_in_a_single_step() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let (active, device) = (bench.connection("201", 0), bench.device("203"));
    bench.request(Request::AddToCall { active, device, joining: Joining::Called }).unwrap();
    bench.expect(
        "= call 1/203
         202[2] Conferenced 1/201 - connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 new
         201[1] Conferenced 1/201 - connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 new
         202[2] Delivered 1/203 connected SingleStepConference
         201[1] Delivered 1/203 connected SingleStepConference
         203[3] Delivered 1/203 alerting SingleStepConference",
    );
    bench.answer(CAROL);
    bench.expect(
        "202[2] Established 1/203 connected SingleStepConference
         201[1] Established 1/203 connected SingleStepConference
         203[3] Established 1/203 connected SingleStepConference
         203[3] Conferenced 1/201 - connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 1/203",
    );
    assert_eq!(bench.parties(CAROL), "202 Bob + 201 Alice");
    let request = Request::AddToCall { active, device, joining: Joining::Called };
    assert_eq!(bench.request(request), Err(Refusal::InvalidDestination));
    bench.end_call(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn a_device_joins_a_call_by_itself() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let (active, device) = (bench.connection("201", 0), bench.device("203"));
    bench.request(Request::AddToCall { active, device, joining: Joining::AtOnce }).unwrap();
    assert_eq!(bench.parties(CAROL), "202 Bob + 201 Alice");
    assert_eq!(bench.looks(CAROL), "1 Connected");
    bench.on_hook(CAROL);
    assert_eq!(bench.looks(ALICE), "1 Connected");
}

#[test]
fn an_application_ends_a_call_for_all() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let call = bench.connection("201", 0).call;
    bench.request(Request::SnapshotCall(call)).unwrap();
    bench.request(Request::ClearCall(call)).unwrap();
    bench.expect(
        "= in call 1/202 connected 202 1/201 connected 201
         = done
         202[2] ConnectionCleared 1/202 null NormalClearing
         201[1] ConnectionCleared 1/202 connected NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
    assert_eq!(bench.request(Request::ClearCall(call)), Err(Refusal::InvalidCall));
    bench.expect_nothing_left();
}

#[test]
fn digits_sound_one_after_the_other_at_the_other_end() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let connection = bench.connection("201", 0);
    let [tone, pause] = [Duration::from_millis(100), Duration::from_millis(50)];
    let send = |digits: &str| Request::GenerateDigits { connection, digits: digits.into(), tone, pause };
    assert_eq!(bench.request(send("1x")), Err(Refusal::InvalidDigits));
    assert_eq!(bench.request(send("")), Err(Refusal::InvalidDigits));
    bench.outputs();
    bench.request(send("5#")).unwrap();
    bench.expect(
        "= done
         202[2] DigitsGenerated 1/201 5#
         201[1] DigitsGenerated 1/201 5#",
    );
    let mut heard = Vec::new();
    for _ in 0..5 {
        heard.push(bench.shown[BOB.index()].appearances[0].signal);
        bench.pass(Duration::from_millis(75));
    }
    assert_eq!(heard, [Some('5'), Some('5'), Some('#'), Some('#'), None]);
    assert_eq!(bench.switch.timer_count(), 0);
    bench.request(send("7")).unwrap();
    bench.hold(ALICE);
    assert_eq!(bench.shown[BOB.index()].appearances[0].display, CallDisplay::Connected);
    bench.seconds(1);
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn a_message_waits_until_it_is_taken_back() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    for on in [true, true, false] {
        bench.request(Request::SetMessageWaiting { device, on }).unwrap();
        assert_eq!(bench.request(Request::GetMessageWaiting { device }), Ok(Response::IsOn(on)));
        assert_eq!(!bench.shown[BOB.index()].message_waiting.is_empty(), on);
    }
    bench.expect(
        "store mwi/202
         = done
         202[2] MessageWaiting true
         = true
         = done
         = true
         store mwi/202
         = done
         202[2] MessageWaiting false
         = false",
    );
}

#[test]
fn the_number_dialled_last_is_told() {
    let mut bench = Bench::new();
    let device = bench.device("201");
    bench.request(Request::GetLastNumberDialled { device }).unwrap();
    bench.dial(ALICE, "203");
    bench.outputs();
    assert_eq!(
        bench.request(Request::GetLastNumberDialled { device }),
        Ok(Response::LastNumber("203".into()))
    );
}

#[test]
fn who_watches_a_call_is_told_of_it_until_it_ends() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    let call = bench.connection("201", 0).call;
    let filter = EventFilter::NONE;
    bench.request(Request::MonitorCall { call, filter }).unwrap();
    bench.consult("201", "203").unwrap();
    bench.answer(CAROL);
    bench.outputs();
    bench.events.clear();
    bench.transfer_call("201").unwrap();
    bench.on_hook(BOB);
    let of_call: Vec<_> =
        bench.events.iter().filter(|(_, told)| told.is_of_call).map(|(_, told)| told.event.kind()).collect();
    use EventKind::{CallCleared, ConnectionCleared, Transferred};
    assert_eq!(of_call, [Transferred, ConnectionCleared, ConnectionCleared, CallCleared]);
    assert_eq!(bench.switch.cti().monitor_count(), 3, "the monitor has ended with its call");
    assert_eq!(bench.request(Request::MonitorCall { call, filter }), Err(Refusal::InvalidCall));
}

#[test]
fn a_monitor_of_a_call_that_is_absorbed_goes_on_with_the_other_one() {
    let mut bench = Bench::new();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    let call = bench.connection("203", 0).call;
    bench.request(Request::MonitorCall { call, filter: EventFilter::NONE }).unwrap();
    bench.answer(CAROL);
    bench.transfer_call("201").unwrap();
    bench.events.clear();
    bench.hold(CAROL);
    let kinds = |bench: &Bench| {
        let of_call = bench.events.iter().filter(|(_, told)| told.is_of_call);
        of_call.map(|(_, told)| told.event.kind()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&bench), [EventKind::Held]);
    bench.switch.close_session(bench.session);
    bench.end_call(BOB);
    bench.end_call(CAROL);
    bench.expect_nothing_left();
}

#[test]
fn data_goes_with_a_call() {
    let mut bench = Bench::new();
    let calling = bench.device("201");
    let call = Request::MakeCall { calling, called: "202".into(), prompt: false };
    let data = CallData { correlator: Some("0A".into()), user: Some("FF".into()) };
    bench.request(Request::With(Box::new(call), data.clone())).unwrap();
    let told = |bench: &Bench| {
        let events = bench.events.iter().filter_map(|(_, told)| match &told.event {
            Event::Call(event) => Some(event.data.clone()),
            _ => None,
        });
        events.collect::<Vec<_>>()
    };
    assert!(told(&bench).len() >= 4 && told(&bench).iter().all(|told| *told == data));
    bench.events.clear();
    bench.answer(BOB);
    let later = CallData { user: None, ..data };
    assert!(told(&bench).iter().all(|told| *told == later));
    let connection = bench.connection("202", 0);
    let refused = Request::With(Box::new(Request::RetrieveCall(connection)), CallData::default());
    assert!(bench.request(refused).is_err());
    let new = Some("0B0C".into());
    bench.outputs();
    let associate = Request::AssociateData { connection, correlator: new, account: None, qualifying: None };
    bench.request(associate).unwrap();
    bench.expect(
        "= done
         201[1] CallInformation 1/202 Some(\"0B0C\")
         202[2] CallInformation 1/202 Some(\"0B0C\")",
    );
    bench.events.clear();
    bench.on_hook(ALICE);
    assert!(told(&bench).iter().all(|told| told.correlator.as_deref() == Some("0B0C")));
}

#[test]
fn a_device_answers_by_itself() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    bench.request(Request::SetAutoAnswer { device, rings: Some(1) }).unwrap();
    bench.request(Request::GetAutoAnswer { device }).unwrap();
    bench.expect("= done\n202[2] AutoAnswer Some(1)\n= auto answer Some(1)");
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    bench.seconds(6);
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.dial(CAROL, "202");
    bench.seconds(30);
    assert_eq!(bench.looks(BOB), "1 Connected, 1 RingingIn { waiting: true }", "it is busy");
    bench.on_hook(CAROL);
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn a_text_is_shown_until_it_is_taken_back() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    for text in [Some("Meeting at 3".into()), None] {
        bench.request(Request::SetDisplay { device, text: text.clone() }).unwrap();
        assert_eq!(bench.shown[BOB.index()].display_text, text);
    }
}

/// Carol calls Bob from Alice's office number.
fn via_office(bench: &mut Bench) -> Result<Response, Refusal> {
    let calling = bench.device("201");
    bench.request(Request::DialViaOffice { calling, called: "202".into(), alternate: "203".into() })
}

#[test]
fn a_call_from_elsewhere_is_one_of_the_office_number() {
    let mut bench = Bench::new();
    via_office(&mut bench).unwrap();
    bench.expect(
        "= call 1/201
         201[1] ServiceInitiated 1/201 initiated MakeCall
         203[3] Delivered 2/203 alerting NewCall",
    );
    assert_eq!((bench.parties(CAROL), bench.looks(ALICE)), ("< 201 Alice".into(), "1 RemoteInUse".into()));
    bench.answer(CAROL);
    bench.expect(
        "203[3] Established 2/203 connected NewCall
         201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
    assert_eq!(bench.parties(BOB), "< 201 Alice");
    bench.answer(BOB);
    bench.expect(
        "201[1] Established 1/202 connected NewCall
         202[2] Established 1/202 connected NewCall",
    );
    for station in [BOB, CAROL] {
        assert!(matches!(bench.shown[station.index()].appearances[0].media, Some(Media::Mixed { .. })));
    }
    bench.on_hook(CAROL);
    bench.expect(
        "203[3] ConnectionCleared 2/203 null NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn nothing_is_dialled_when_nobody_answers_elsewhere() {
    let mut bench = Bench::new();
    via_office(&mut bench).unwrap();
    bench.outputs();
    bench.end_call(CAROL);
    let failed = bench.events.iter().find_map(|(_, notification)| match &notification.event {
        Event::Call(event) if event.kind == CallEventKind::Failed => Some(event.clone()),
        _ => None,
    });
    let failed = failed.unwrap();
    assert_eq!((failed.cause, failed.called.number.as_str()), (EventCause::CallNotAnswered, "202"));
    bench.outputs();
    bench.expect_nothing_left();
    bench.talk(BOB, "203", CAROL);
    let calling = bench.device("201");
    let to = |alternate: &str| Request::DialViaOffice {
        calling,
        called: "202".into(),
        alternate: alternate.into(),
    };
    assert_eq!(bench.request(to("999")), Err(Refusal::InvalidDestination));
    assert_eq!(bench.request(to("201")), Err(Refusal::InvalidDestination));
}

#[test]
fn the_called_party_ends_both_calls() {
    let mut bench = Bench::new();
    via_office(&mut bench).unwrap();
    bench.answer(CAROL);
    bench.answer(BOB);
    let office = bench.connection("201", 0);
    assert_eq!(
        bench.request(Request::HoldCall(office)),
        Err(Refusal::InvalidConnectionState(crate::ConnectionState::Connected))
    );
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "");
    bench.expect_nothing_left();
}

#[test]
fn calls_of_one_number_at_two_phones_are_not_exchanged_and_a_held_one_is_retrieved_where_it_is() {
    let mut settings = super::bench::office();
    settings.lines[2].number = "201".into();
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.hold(ALICE);
    bench.dial(CAROL, "202");
    bench.answer(BOB);
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("1 OnHold".into(), "1 Connected".into()));
    let (held, active) = held_and_active(&bench);
    assert_eq!(bench.request(Request::AlternateCall { held, active }), Err(Refusal::InvalidHeldConnection));
    bench.request(Request::ReconnectCall { active, held }).unwrap();
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("1 Connected".into(), String::new()));
}
