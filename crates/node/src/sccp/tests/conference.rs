//! Conference by the keys of a phone: what each of the three phones is told.

use super::*;

#[test]
fn the_conference_key_joins_all_three() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    let carol = bench.phone(CAROL);
    bench.soft_key(alice, SoftKey::CONFERENCE, 1);
    bench.digits(alice, "1003");
    bench.soft_key(carol, SoftKey::ANSWER, 4);
    bench.answer_channels(alice);
    bench.answer_channels(carol);
    bench.forget();
    bench.soft_key(alice, SoftKey::CONFERENCE, 3);
    let joined = [
        "clear prompt 1/1",
        "state OnHook 1/1",
        "keys OnHook 0/0",
        "info Outbound: 1001 Alice ->  Conference",
        "keys ConnectedConference 1/3",
        "prompt 'Conference 1002, 1003' 1/3",
        "close 3 party 4",
        "stop 3 party 4",
        "open 3 party 6 G.711 u-law",
        "send 3 party 6 to 192.0.2.254:30002",
    ];
    assert_eq!(
        bench.seen(alice),
        joined,
        "the held call leaves the screen, the active one is the conference"
    );
    let told = [
        "info Inbound:  Conference -> 1002 Bob",
        "keys ConnectedConference 1/2",
        "prompt 'Conference 1001, 1003' 1/2",
        "close 2 party 3",
        "open 2 party 7 G.711 u-law",
        "send 2 party 7 to 192.0.2.254:30001",
    ];
    assert_eq!(bench.seen(bob), told, "the music ends, and he exchanges audio with the mixer");
    let told = [
        "info Inbound:  Conference -> 1003 Carol",
        "keys ConnectedConference 1/4",
        "prompt 'Conference 1002, 1001' 1/4",
        "close 4 party 5",
        "stop 4 party 5",
        "open 4 party 8 G.711 u-law",
        "send 4 party 8 to 192.0.2.254:30003",
    ];
    assert_eq!(bench.seen(carol), told);
}

#[test]
fn who_leaves_a_conference_of_three_leaves_an_ordinary_call() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    let carol = bench.phone(CAROL);
    bench.soft_key(alice, SoftKey::CONFERENCE, 1);
    bench.digits(alice, "1003");
    bench.soft_key(carol, SoftKey::ANSWER, 4);
    bench.soft_key(alice, SoftKey::CONFERENCE, 3);
    bench.forget();
    bench.on_hook(carol);
    let told = [
        "info Inbound: 1001 Alice -> 1002 Bob",
        "keys Connected 1/2",
        "prompt 'Connected' 1/2",
        "close 2 party 7",
        "stop 2 party 7",
        "open 2 party 9 G.711 u-law",
    ];
    assert_eq!(bench.seen(bob), told);
}
