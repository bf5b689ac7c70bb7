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
        "prompt 'Conference 1002, 1003' 1/3",
        "close 3 party 3",
        "stop 3 party 3",
        "keys ConnectedConference 1/3",
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
    ];
    assert_eq!(bench.seen(bob), told);
    let told = [
        "info Inbound:  Conference -> 1003 Carol",
        "keys ConnectedConference 1/4",
        "prompt 'Conference 1002, 1001' 1/4",
        "close 4 party 4",
        "stop 4 party 4",
    ];
    assert_eq!(bench.seen(carol), told, "nobody mixes yet, so that the channel is closed");
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
        "open 2 party 5 G.711 u-law",
    ];
    assert_eq!(bench.seen(bob), told);
}
