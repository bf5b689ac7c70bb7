//! Calls that get through: by hand, by application, prompted; answered and ended by either side.

use super::bench::{ALICE, BOB, Bench, CAROL, party, receiver};
use crate::{Codec, EventCause, Key, Notification, Request, StationInput, view::CallDisplay};

#[test]
fn alice_dials_bob_digit_by_digit_and_he_answers() {
    let mut bench = Bench::new();
    bench.off_hook(ALICE);
    bench.expect("201[1] ServiceInitiated 1/201 initiated Normal");
    assert_eq!(bench.looks(ALICE), "1 Dialling");
    bench.digits(ALICE, "20");
    bench.expect("201[1] DigitsDialed 1/201 initiated 2");
    bench.digits(ALICE, "2");
    bench.expect(
        "201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
    assert_eq!(bench.looks(ALICE), "1 RingingOut");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    bench.off_hook(BOB);
    bench.expect(
        "201[1] Established 1/202 connected NewCall
         202[2] Established 1/202 connected NewCall",
    );
    assert_eq!(bench.looks(ALICE), "1 Connected");
    assert_eq!(bench.looks(BOB), "1 Connected");
    assert_eq!(bench.switch.timer_count(), 0);
}

#[test]
fn both_see_who_is_at_the_other_end() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    for (station, incoming) in [(ALICE, false), (BOB, true)] {
        let view = bench.switch.station_view(station);
        let call = &view.appearances[0];
        assert_eq!(call.incoming, incoming);
        assert_eq!((party(&call.calling), party(&call.called)), ("201 Alice".into(), "202 Bob".into()));
    }
}

#[test]
fn media_flows_once_both_receive() {
    let mut bench = Bench::new();
    bench.station(ALICE, StationInput::Capabilities([Codec::G729, Codec::G711Alaw].into_iter().collect()));
    bench.station(BOB, StationInput::Capabilities([Codec::G722, Codec::G711Alaw].into_iter().collect()));
    bench.dial(ALICE, "202");
    assert_eq!(bench.shown[ALICE.index()].appearances[0].media, None);
    bench.answer(BOB);
    let stream = bench.stream(ALICE).unwrap();
    assert_eq!((stream.codec, stream.transmit_to), (Codec::G711Alaw, None));
    let reference = bench.reference(bench.connection("202", 0));
    bench.station(BOB, StationInput::Receiving(reference, receiver(4000)));
    assert_eq!(bench.transmit_to(ALICE), Some(receiver(4000)));
    assert_eq!(bench.transmit_to(BOB), None);
}

#[test]
fn a_codec_told_during_the_call_reaches_both_ends() {
    let mut bench = Bench::new();
    bench.station(ALICE, StationInput::Capabilities([Codec::G711Ulaw, Codec::G729].into_iter().collect()));
    bench.talk(ALICE, "202", BOB);
    bench.station(BOB, StationInput::Capabilities([Codec::G729].into_iter().collect()));
    let codec = |station: crate::StationId| bench.stream(station).unwrap().codec;
    assert_eq!((codec(ALICE), codec(BOB)), (Codec::G729, Codec::G729));
}

#[test]
fn two_who_have_no_codec_in_common_cannot_talk() {
    let mut bench = Bench::new();
    bench.station(ALICE, StationInput::Capabilities([Codec::G711Alaw].into_iter().collect()));
    bench.station(BOB, StationInput::Capabilities([Codec::G729].into_iter().collect()));
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.answer(BOB);
    bench.expect(
        "201[1] Established 1/202 connected NewCall
         202[2] Established 1/202 connected NewCall
         201[1] ConnectionCleared 1/202 connected ResourcesNotAvailable
         202[2] ConnectionCleared 1/202 null ResourcesNotAvailable",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Failed(ResourcesNotAvailable)".into(), "".into()));
    bench.seconds(10);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
    bench.expect_nothing_left();
}

#[test]
fn a_codec_told_during_the_call_may_end_it() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.station(BOB, StationInput::Capabilities([Codec::G729].into_iter().collect()));
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Failed(ResourcesNotAvailable)".into(), "".into()));
}

#[test]
fn the_called_party_ends_the_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.on_hook(BOB);
    bench.expect(
        "201[1] ConnectionCleared 1/202 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn the_calling_party_ends_the_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.end_call(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing",
    );
    assert_eq!(bench.looks(BOB), "");
    bench.expect_nothing_left();
}

#[test]
fn a_handset_put_back_after_the_call_has_ended_ends_no_other_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let ended = bench.reference(bench.connection("202", 0));
    bench.on_hook(ALICE);
    bench.talk(CAROL, "202", BOB);
    bench.key(BOB, Key::OnHook { line: 1, reference: ended });
    bench.key(BOB, Key::EndCall { line: 1, reference: ended });
    bench.key(BOB, Key::Hold { line: 1, reference: ended });
    bench.expect("");
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn an_application_calls_at_once() {
    let mut bench = Bench::new();
    bench.make_call("201", "202", false).unwrap();
    bench.expect(
        "= call 1/201
         201[1] ServiceInitiated 1/201 initiated MakeCall
         201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
    let ringing = bench.connection("202", 0);
    bench.request(Request::AnswerCall(ringing)).unwrap();
    bench.expect(
        "= done
         201[1] Established 1/202 connected NewCall
         202[2] Established 1/202 connected NewCall",
    );
    bench.request(Request::ClearConnection(bench.connection("201", 0))).unwrap();
    bench.expect(
        "= done
         201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn an_application_finishes_the_call_that_the_user_began() {
    let mut bench = Bench::new();
    bench.off_hook(ALICE);
    bench.outputs();
    bench.make_call("201", "202", true).unwrap();
    bench.expect(
        "= call 1/201
         201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
}

#[test]
fn an_application_begins_the_call_that_the_user_finishes() {
    for first in ["", "20;"] {
        let mut bench = Bench::new();
        bench.make_call("201", first, false).unwrap();
        bench.expect(
            "= call 1/201
             201[1] ServiceInitiated 1/201 initiated MakeCall",
        );
        let rest = if first.is_empty() { "202" } else { "2" };
        bench.digits(ALICE, rest);
        assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    }
}

#[test]
fn a_prompted_call_waits_for_the_handset() {
    let mut bench = Bench::new();
    bench.make_call("201", "202", true).unwrap();
    bench.expect(
        "= call 1/201
         201[1] ServiceInitiated 1/201 initiated MakeCall",
    );
    assert_eq!(bench.looks(ALICE), "1 Prompted");
    bench.seconds(14);
    bench.off_hook(ALICE);
    bench.expect(
        "201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
}

#[test]
fn a_prompted_call_that_its_user_ignores_is_cancelled() {
    let mut bench = Bench::new();
    bench.make_call("201", "202", true).unwrap();
    bench.outputs();
    bench.digits(ALICE, "203");
    bench.on_hook(ALICE);
    bench.seconds(14);
    bench.expect("");
    bench.seconds(1);
    bench.expect("201[1] ConnectionCleared 1/201 null CallCancelled");
    bench.expect_nothing_left();
}

#[test]
fn a_prompted_call_that_its_user_rejects_is_cancelled() {
    let mut bench = Bench::new();
    bench.make_call("201", "202", true).unwrap();
    bench.outputs();
    bench.end_call(ALICE);
    bench.expect("201[1] ConnectionCleared 1/201 null CallCancelled");
    bench.expect_nothing_left();
}

#[test]
fn a_prompt_leaves_the_active_call_alone_until_it_is_taken() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.make_call("201", "203", true).unwrap();
    assert_eq!(bench.looks(ALICE), "1 Connected, 1 Prompted");
    bench.outputs();
    bench.request(Request::AnswerCall(bench.connection("201", 1))).unwrap();
    bench.expect(
        "= done
         201[1] Held 1/201 hold Normal
         202[2] Held 1/201 connected Normal
         201[1] Originated 2/201 connected NewCall
         201[1] Delivered 2/203 connected NewCall
         203[3] Delivered 2/203 alerting NewCall",
    );
}

#[test]
fn a_line_key_answers_and_does_not_begin_a_second_call_with_the_off_hook_that_follows() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.key(BOB, Key::Line { line: 1 });
    bench.key(BOB, Key::OffHook { line: 0, reference: 0 });
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.key(CAROL, Key::Line { line: 1 });
    bench.key(CAROL, Key::OffHook { line: 1, reference: 0 });
    assert_eq!(bench.looks(CAROL), "1 Dialling");
    assert_eq!(bench.switch.calls().len(), 2);
}

#[test]
fn new_call_answers_the_line_that_it_names() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.key(BOB, Key::NewCall { line: 1 });
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.dial(CAROL, "202");
    bench.key(CAROL, Key::NewCall { line: 1 });
    assert_eq!(bench.looks(CAROL), "1 Dialling", "nothing rings there");
}

#[test]
fn a_global_call_identifier_has_ciscos_form_and_is_of_one_call_only() {
    let mut bench = Bench::new();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..1000 {
        bench.dial(ALICE, "202");
        let name = bench.switch.calls().iter().next().unwrap().global_id().to_string();
        let words: Vec<&str> = name.split('-').collect();
        assert_eq!(words.len(), 4);
        let hexadecimal = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
        assert!(words.iter().all(|word| word.len() == 8 && word.chars().all(hexadecimal)), "{name}");
        assert_eq!(words[1].get(4..6), Some("11"), "{name}");
        assert!(seen.insert(name));
        bench.on_hook(ALICE);
    }
}

#[test]
fn every_event_of_a_call_has_its_global_identifier() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    let own = bench.switch.calls().iter().next().unwrap().global_id();
    bench.on_hook(BOB);
    assert!(bench.events.len() > 8);
    for (_, Notification { event, .. }) in &bench.events {
        let crate::Event::Call(event) = event else { panic!("{event:?}") };
        assert_eq!(event.global_id, own);
    }
}

#[test]
fn a_call_fails_when_a_phone_cannot_receive() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let bob = bench.reference(bench.connection("202", 0));
    bench.hold(ALICE);
    bench.station(BOB, StationInput::CannotReceive(bob));
    assert_eq!(bench.looks(BOB), "1 Connected", "nothing is to be received during the hold");
    bench.resume(ALICE);
    bench.outputs();
    bench.station(BOB, StationInput::CannotReceive(bob));
    let called_party_left = "201[1] ConnectionCleared 1/202 connected ResourcesNotAvailable
         202[2] ConnectionCleared 1/202 null ResourcesNotAvailable";
    bench.expect(called_party_left);
    assert_eq!(bench.looks(ALICE), "1 Failed(ResourcesNotAvailable)", "she hears why");
    bench.seconds(10);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
    bench.expect_nothing_left();

    bench.talk(ALICE, "202", BOB);
    let alice = bench.reference(bench.connection("201", 0));
    bench.station(ALICE, StationInput::CannotReceive(alice));
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Failed(ResourcesNotAvailable)".into(), "".into()));
}

#[test]
fn keys_that_mean_nothing_now_do_nothing() {
    let keys = [
        Key::OnHook { line: 0, reference: 0 },
        Key::Answer { line: 0, reference: 0 },
        Key::EndCall { line: 9, reference: 77 },
        Key::Hold { line: 0, reference: 0 },
        Key::Resume { line: 1, reference: 0 },
        Key::HoldOrResume,
        Key::HookFlash,
        Key::Line { line: u32::MAX },
        Key::Digit('5'),
        Key::Backspace,
        Key::Dial,
    ];
    let mut bench = Bench::new();
    for key in keys {
        bench.key(ALICE, key.clone());
        assert_eq!(bench.looks(ALICE), "", "{key:?}");
    }
    bench.expect("");
    bench.expect_nothing_left();
}

#[test]
fn a_number_that_is_not_stored_cannot_be_dialled() {
    let keys = [
        Key::Redial { line: 0 },
        Key::SpeedDial { instance: 0 },
        Key::SpeedDial { instance: 1 },
        Key::SpeedDial { instance: u32::MAX },
    ];
    let mut bench = Bench::new();
    for key in keys {
        bench.key(ALICE, key.clone());
        assert_eq!(bench.looks(ALICE), "refused InvalidCalledDevice", "{key:?}");
    }
    bench.expect("");
}

#[test]
fn a_line_key_without_a_line_goes_off_hook() {
    let mut bench = Bench::new();
    bench.key(ALICE, Key::Line { line: 0 });
    assert_eq!(bench.looks(ALICE), "1 Dialling");
    bench.digits(ALICE, "202");
    bench.key(BOB, Key::Line { line: 0 });
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn a_failed_call_looks_failed() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "9");
    let look = bench.switch.station_view(ALICE).appearances[0].display;
    assert_eq!(look, CallDisplay::Failed(EventCause::DestNotObtainable));
    assert!(look.is_active());
}
