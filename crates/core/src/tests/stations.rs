//! Phones that come, go, and are lost for a while.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL, office, receiver, tagged};
use crate::{CodecSet, ForwardingType, InvalidSettings, Key, Refusal, Request, StationInput, Switch};

const REGISTER: StationInput = StationInput::Register(CodecSet::EMPTY);

#[test]
fn a_line_is_in_service_while_its_phone_is_there() {
    let mut bench = Bench::new();
    bench.station(BOB, StationInput::Unregister);
    bench.station(BOB, StationInput::Unregister);
    bench.expect("202[2] OutOfService");
    bench.station(BOB, REGISTER);
    bench.station(BOB, REGISTER);
    bench.expect("202[2] BackInService");
}

#[test]
fn a_phone_that_leaves_during_a_call_ends_it() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.station(BOB, StationInput::Unregister);
    bench.expect(
        "201[1] ConnectionCleared 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         201[1] ConnectionCleared 1/201 null DestOutOfOrder
         202[2] OutOfService",
    );
    assert_eq!(bench.looks(ALICE), "");
    bench.expect_nothing_left();
}

#[test]
fn a_phone_that_leaves_takes_its_held_and_prompting_calls_with_it() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    bench.make_call("201", "203", true).unwrap();
    bench.outputs();
    bench.station(ALICE, StationInput::Unregister);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null DestOutOfOrder
         202[2] ConnectionCleared 1/201 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         201[1] ConnectionCleared 2/201 null DestOutOfOrder
         201[1] OutOfService",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_lost_phone_that_returns_in_time_is_still_in_its_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let (alice, bob) =
        (bench.reference(bench.connection("201", 0)), bench.reference(bench.connection("202", 0)));
    bench.station(ALICE, StationInput::Receiving(alice, receiver(4000)));
    bench.station(BOB, StationInput::Receiving(bob, receiver(4002)));
    bench.station(BOB, StationInput::Lost);
    assert_eq!(bench.transmit_to(ALICE), None, "nobody receives there now");
    bench.station(BOB, StationInput::Receiving(bob, receiver(4002)));
    assert_eq!(bench.transmit_to(ALICE), None, "what it said before it was lost comes too late");
    bench.pass(Duration::from_millis(4_999));
    bench.station(BOB, REGISTER);
    bench.station(BOB, StationInput::Receiving(bob, receiver(5002)));
    assert_eq!(bench.transmit_to(ALICE), Some(receiver(5002)));
    bench.seconds(60);
    bench.expect("");
    assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("1 Connected", "1 Connected"));
    assert_eq!(bench.switch.timer_count(), 0);
}

#[test]
fn a_lost_phone_that_does_not_return_is_gone() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.station(BOB, StationInput::Lost);
    bench.expect("");
    bench.seconds(5);
    bench.expect(
        "201[1] ConnectionCleared 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         201[1] ConnectionCleared 1/201 null DestOutOfOrder
         202[2] OutOfService",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_lost_phone_without_calls_is_gone_at_once() {
    let mut bench = Bench::new();
    bench.station(BOB, StationInput::Lost);
    bench.expect("202[2] OutOfService");
    assert_eq!(bench.switch.timer_count(), 0);
}

#[test]
fn a_ringing_phone_that_is_lost_and_returns_in_time_rings_on() {
    for calls in [1, 2] {
        let mut bench = Bench::new();
        if calls == 2 {
            bench.talk(CAROL, "202", BOB);
        }
        bench.forward("202", ForwardingType::Busy, Some("203")).unwrap();
        bench.dial(ALICE, "202");
        let before = bench.looks(BOB);
        assert!(before.contains("RingingIn"), "{before}");
        bench.outputs();
        bench.station(BOB, StationInput::Lost);
        bench.pass(Duration::from_millis(4_999));
        bench.expect("");
        assert_eq!(bench.looks(ALICE), "1 RingingOut");
        bench.station(BOB, REGISTER);
        bench.expect("");
        assert_eq!(bench.looks(BOB), before);
        bench.answer(BOB);
        assert_eq!((bench.looks(ALICE).as_str(), bench.switch.timer_count()), ("1 Connected", 0));
    }
}

#[test]
fn a_ringing_phone_that_is_lost_for_good_does_not_ring_on() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.station(BOB, StationInput::Lost);
    bench.seconds(5);
    bench.expect(
        "201[1] Failed 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         202[2] OutOfService",
    );
}

#[test]
fn the_other_end_may_hang_up_while_a_phone_is_lost() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.station(BOB, StationInput::Lost);
    bench.on_hook(ALICE);
    assert_eq!(bench.switch.calls().len(), 0);
    bench.station(BOB, REGISTER);
    assert_eq!(bench.looks(BOB), "");
    bench.expect_nothing_left();
}

#[test]
fn a_lost_phone_takes_no_orders() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    bench.make_call("201", "203", true).unwrap();
    bench.station(ALICE, StationInput::Lost);
    bench.key(ALICE, Key::HoldOrResume);
    let (held, prompting) = (bench.connection("201", 0), bench.connection("201", 1));
    let gone = Err(Refusal::DeviceOutOfService);
    assert_eq!(bench.request(Request::RetrieveCall(held)), gone);
    assert_eq!(bench.request(Request::AnswerCall(prompting)), gone);
    assert_eq!(bench.make_call("201", "203", false), Err(Refusal::CallingDeviceOutOfService));
}

#[test]
fn a_phone_lost_while_dialling_is_not_dialled_for() {
    let mut bench = Bench::new();
    bench.off_hook(ALICE);
    bench.station(ALICE, StationInput::Lost);
    assert_eq!(bench.make_call("201", "202", false), Err(Refusal::CallingDeviceOutOfService));
}

#[test]
fn a_phone_that_registers_again_keeps_its_call_and_opens_its_receiver_anew() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let bob = bench.reference(bench.connection("202", 0));
    bench.station(BOB, StationInput::Receiving(bob, receiver(4002)));
    bench.station(BOB, REGISTER);
    bench.expect("");
    assert_eq!(bench.looks(BOB), "1 Connected");
    assert_eq!(bench.stream(ALICE).unwrap().transmit_to, None);
}

#[test]
fn keys_of_a_phone_that_is_not_registered_do_nothing() {
    let mut bench = Bench::unregistered(office());
    bench.dial(ALICE, "202");
    bench.station(crate::StationId(77), StationInput::Unregister);
    bench.expect_nothing_left();
}

#[test]
fn a_useless_receiver_is_none() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let bob = bench.reference(bench.connection("202", 0));
    let unspecified = ["0.0.0.0", "::"].map(|ip| crate::MediaAddress { ip: ip.parse().unwrap(), port: 4002 });
    for address in [receiver(0), unspecified[0], unspecified[1]] {
        bench.station(BOB, StationInput::Receiving(bob, address));
        assert_eq!(bench.stream(ALICE).unwrap().transmit_to, None, "{address:?}");
    }
}

#[test]
fn settings_that_contradict_themselves_are_refused() {
    let mut twice = tagged(office());
    twice.stations[1].name = "alice".into();
    assert_eq!(Switch::new(twice).err(), Some(InvalidSettings::DuplicateStation("alice".into())));
    let mut tags = tagged(office());
    tags.lines[1].tag = 1;
    assert_eq!(Switch::new(tags).err(), Some(InvalidSettings::DuplicateTag("ephone-dn", 1)));
    let mut dangling = tagged(office());
    dangling.stations[0].buttons[0].line = 4;
    let error = Switch::new(dangling).err().unwrap();
    assert_eq!(error.to_string(), "button 1 of ephone 1 shows ephone-dn 4, which does not exist");
}

#[test]
fn new_call_without_a_line_answers_what_rings_at_an_idle_phone() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.key(BOB, Key::NewCall { line: 0 });
    assert_eq!(bench.looks(BOB), "1 Connected");
}
