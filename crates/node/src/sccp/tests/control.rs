//! An application does to a phone what its user could do.

use hookflash_core::{ConnectionId, Request, RequestId};

use super::*;

/// A node with an application, and the phones of Alice and Bob.
fn controlled() -> (Bench, Phone, Phone, core::cti::SessionId) {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    let session = bench.node.switch.open_session(Default::default()).unwrap();
    (bench, alice, bob, session)
}

fn request(bench: &mut Bench, session: core::cti::SessionId, request: Request) {
    let input = core::Input::Request(session, RequestId(1), request);
    bench.node.switch.handle(bench.now, input);
    bench.node.settle();
    bench.drain();
}

fn make_call(bench: &Bench, prompt: bool) -> Request {
    let calling = bench.switch().lines().device_by_number("1001").unwrap();
    Request::MakeCall { calling, called: "1002".into(), prompt }
}

fn connection_of(bench: &Bench, number: &str) -> ConnectionId {
    let device = bench.switch().lines().device_by_number(number).unwrap();
    let (lines, calls) = (bench.switch().lines(), bench.switch().calls());
    let mut keys = lines.of_device(device).flat_map(|(line, _)| calls.at_line(line));
    calls.connection(*keys.next().unwrap()).unwrap().id()
}

#[test]
fn a_call_is_made_answered_held_retrieved_and_cleared_without_a_key() {
    let (mut bench, alice, bob, session) = controlled();
    let make = make_call(&bench, false);
    request(&mut bench, session, make);
    let made = [
        "ringer RingOff 0/0",
        "speaker On",
        "lamp Line 1 On",
        "state OffHook 1/1",
        "plane 1",
        "dialled 1002 1/1",
        "state RingOut 1/1",
        "info Outbound: 1001 Alice -> 1002 Bob",
        "keys RingOut 1/1",
        "prompt 'Ring out' 1/1",
        "tone AlertingTone 1/1",
    ];
    assert_eq!(bench.seen(alice), made);
    bench.forget();

    let answer = Request::AnswerCall(connection_of(&bench, "1002"));
    request(&mut bench, session, answer);
    let seen = bench.answer_channels(bob);
    assert_eq!(seen[..2], ["ringer RingOff 0/0", "speaker On"], "hands-free");
    assert!(bench.answer_channels(alice).contains(&"state Connected 1/1".to_owned()));

    let hold = Request::HoldCall(connection_of(&bench, "1001"));
    request(&mut bench, session, hold);
    assert!(bench.seen(alice).contains(&"state Hold 1/1".to_owned()));
    let retrieve = Request::RetrieveCall(connection_of(&bench, "1001"));
    request(&mut bench, session, retrieve);
    assert!(bench.seen(alice).contains(&"state Connected 1/1".to_owned()));

    let clear = Request::ClearConnection(connection_of(&bench, "1001"));
    request(&mut bench, session, clear);
    assert!(bench.seen(alice).contains(&"state OnHook 1/1".to_owned()));
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    bench.assert_quiet();
}

#[test]
fn a_prompted_call_rings_at_the_caller_first() {
    let (mut bench, alice, bob, session) = controlled();
    let make = make_call(&bench, true);
    request(&mut bench, session, make);
    let prompted = [
        "state RingIn 1/1",
        "keys RingIn 1/1",
        "prompt 'Call 1002?' 1/1",
        "notice 'Call 1002?'",
        "info Inbound: 1001 Alice -> 1002 ",
        "lamp Line 1 Blink",
        "ringer FeatureRing 1/1",
    ];
    assert_eq!(bench.seen(alice), prompted);
    assert_eq!(bench.seen(bob), [""; 0]);
    bench.off_hook(alice);
    let seen = bench.seen(alice);
    assert_eq!(seen[0], "ringer RingOff 0/0");
    assert!(seen.contains(&"dialled 1002 1/1".to_owned()), "{seen:?}");
    assert!(seen.contains(&"info Outbound: 1001 Alice -> 1002 Bob".to_owned()), "{seen:?}");
    assert_eq!(bench.seen(bob).last().unwrap(), "ringer InsideRing 1/2");
}

#[test]
fn a_prompted_call_is_declined_or_forgotten() {
    for declined in [true, false] {
        let (mut bench, alice, _, session) = controlled();
        let make = make_call(&bench, true);
        request(&mut bench, session, make);
        bench.forget();
        if declined {
            bench.soft_key(alice, SoftKey::END_CALL, 1);
        } else {
            bench.wait_seconds(15);
        }
        let seen = bench.seen(alice);
        assert_eq!(seen[0], "ringer RingOff 0/0");
        assert!(seen.contains(&"state OnHook 1/1".to_owned()));
        bench.assert_quiet();
    }
}
