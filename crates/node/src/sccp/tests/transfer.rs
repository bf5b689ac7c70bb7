//! Transfer by the keys of a phone: what each of the three phones is told.

use super::*;

/// Bob has called Alice, who has pressed Transfer.
fn consultation() -> (Bench, [Phone; 3]) {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    let carol = bench.phone(CAROL);
    bench.dial(bob, "1001");
    bench.soft_key(alice, SoftKey::ANSWER, 2);
    bench.answer_channels(alice);
    bench.answer_channels(bob);
    bench.forget();
    bench.soft_key(alice, SoftKey::TRANSFER, 2);
    (bench, [alice, bob, carol])
}

#[test]
fn the_transfer_key_holds_the_call_and_asks_for_a_number() {
    let (mut bench, [alice, bob, _]) = consultation();
    let asked = [
        "close 2 party 2",
        "stop 2 party 2",
        "state Hold 1/2",
        "prompt 'Hold' 1/2",
        "keys OnHold 1/2",
        "ringer RingOff 0/0",
        "speaker On",
        "state OffHook 1/3",
        "keys OffHookFeature 1/3",
        "prompt 'Enter number' 1/3",
        "plane 1",
        "tone InsideDialTone 1/3",
    ];
    assert_eq!(bench.seen(alice), asked);
    assert_eq!(bench.seen(bob), ["close 1 party 1", "stop 1 party 1", "open 1 party 3 G.711 u-law"]);
}

#[test]
fn a_supervised_transfer_joins_the_others() {
    let (mut bench, [alice, bob, carol]) = consultation();
    bench.digits(alice, "1003");
    bench.soft_key(carol, SoftKey::ANSWER, 4);
    bench.answer_channels(alice);
    bench.answer_channels(carol);
    bench.forget();
    bench.soft_key(alice, SoftKey::TRANSFER, 3);
    let idle = [
        "lamp Line 1 Off",
        "clear prompt 1/2",
        "state OnHook 1/2",
        "keys OnHook 0/0",
        "close 3 party 4",
        "stop 3 party 4",
        "stop tone 1/3",
        "clear prompt 1/3",
        "state OnHook 1/3",
        "keys OnHook 0/0",
        "time 2026-11-21 7:4",
        "speaker Off",
        "prompt 'Office' 0/0",
    ];
    assert_eq!(bench.seen(alice), idle);
    let with_carol = [
        "info Outbound: 1002 Bob -> 1003 Carol",
        "close 1 party 3",
        "open 1 party 6 G.711 u-law",
        "send 1 party 6 to 192.0.2.3:16394",
    ];
    assert_eq!(bench.seen(bob), with_carol);
    assert_eq!(bench.seen(carol), ["info Inbound: 1002 Bob -> 1003 Carol", "stop 4 party 5"]);
}

#[test]
fn a_transfer_to_a_ringing_phone_leaves_the_other_with_ringback() {
    let (mut bench, [alice, bob, carol]) = consultation();
    bench.digits(alice, "1003");
    bench.forget();
    bench.soft_key(alice, SoftKey::TRANSFER, 3);
    assert_eq!(bench.seen(alice).last().map(String::as_str), Some("prompt 'Office' 0/0"));
    let rings = [
        "state RingOut 1/1",
        "info Outbound: 1002 Bob -> 1003 Carol",
        "keys RingOut 1/1",
        "prompt 'Ring out' 1/1",
        "tone AlertingTone 1/1",
        "close 1 party 3",
    ];
    assert_eq!(bench.seen(bob), rings);
    bench.soft_key(carol, SoftKey::ANSWER, 4);
    assert!(bench.seen(bob).contains(&"state Connected 1/1".to_owned()));
}

#[test]
fn hanging_up_completes_the_transfer() {
    let (mut bench, [alice, bob, _]) = consultation();
    bench.digits(alice, "1003");
    bench.forget();
    bench.on_hook(alice);
    assert!(bench.seen(bob).contains(&"state RingOut 1/1".to_owned()));
    assert_eq!(bench.switch().calls().len(), 1);
}
