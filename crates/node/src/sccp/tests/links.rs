//! Connections: strangers, backups, garbage.

use hookflash_wire::sccp::MessageId;
use proptest::prelude::*;

use super::*;

#[test]
fn a_keepalive_is_answered_before_registration_and_the_link_stays() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    for _ in 0..10 {
        bench.message(link, Encoding::default(), &ClientMessage::KeepAlive);
        assert_eq!(bench.take(link, Encoding::default()), [ServerMessage::KeepAliveAck]);
        bench.wait_seconds(180);
    }
    assert!(bench.closed.is_empty());
    bench.wait_seconds(600);
    assert_eq!(bench.closed, [link], "a backup that is silent for ten minutes is gone");
    assert_eq!(bench.node.poll_timeout(), None, "nothing is left of it");
}

#[test]
fn a_silent_stranger_is_closed_after_half_a_minute() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    bench.wait_seconds(29);
    assert!(bench.closed.is_empty());
    bench.wait_seconds(1);
    assert_eq!(bench.closed, [link]);
}

#[test]
fn slow_writers_do_not_keep_a_link_open_for_ever() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    bench.bytes(link, &[0x00, 0x10, 0, 0]);
    for _ in 0..3 {
        bench.wait_seconds(10);
        bench.bytes(link, &[0]);
    }
    assert_eq!(bench.closed, [link]);
}

#[test]
fn a_registered_phone_whose_message_never_ends_is_gone_like_a_silent_one() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.bytes(alice.link, &[0x00, 0x10, 0, 0]);
    for _ in 0..10 {
        bench.wait_seconds(10);
        bench.bytes(alice.link, &[0]);
    }
    assert_eq!(bench.closed, [alice.link]);
}

#[test]
fn the_oldest_silent_link_makes_room_and_then_the_oldest_backup() {
    let mut settings = office();
    settings.sccp.max_unregistered = 3;
    let mut bench = Bench::new(settings);
    let alice = bench.phone(ALICE);
    let (first, second, third) = (bench.connect(), bench.connect(), bench.connect());
    bench.message(first, Encoding::default(), &ClientMessage::KeepAlive);
    let fourth = bench.connect();
    assert_eq!(bench.closed, [second], "the first one is a backup");
    for link in [third, fourth] {
        bench.message(link, Encoding::default(), &ClientMessage::KeepAlive);
    }
    bench.connect();
    assert_eq!(bench.closed, [second, first], "none is silent");
    assert_eq!(bench.stations().unregistered_links(), 3);
    bench.send(alice, ClientMessage::KeepAlive);
    assert_eq!(bench.info(ALICE).keepalives, 1);
}

#[test]
fn ten_thousand_half_open_links_disturb_nobody() {
    let mut settings = office();
    settings.sccp.max_unregistered = 1000;
    let mut bench = Bench::new(settings);
    let alice = bench.phone(ALICE);
    for _ in 0..10_000 {
        bench.connect();
    }
    assert_eq!(bench.stations().unregistered_links(), 1000);
    bench.off_hook(alice);
    assert_eq!(bench.seen(alice).last().unwrap(), "tone InsideDialTone 1/1");
    bench.wait_seconds(30);
    assert_eq!(bench.stations().unregistered_links(), 0);
}

#[test]
fn one_byte_at_a_time_is_a_message_all_the_same() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    let mut bytes = Vec::new();
    ClientMessage::Register(Register::new(ALICE.into(), DeviceType::TYPE_7960))
        .encode(Encoding::default(), &mut bytes);
    ClientMessage::TimeDateReq.encode(Encoding::default(), &mut bytes);
    ClientMessage::OffHook(HookEvent { line: None, call_reference: None })
        .encode(Encoding::default(), &mut bytes);
    for byte in bytes {
        bench.bytes(link, &[byte]);
    }
    let alice = Phone { link, encoding: Encoding::default(), number: 1 };
    assert_eq!(bench.seen(alice).last().unwrap(), "tone InsideDialTone 1/1");
}

#[test]
fn a_whole_story_in_one_segment_is_one_write() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    let mut bytes = Vec::new();
    for digit in "1999".chars() {
        if bytes.is_empty() {
            ClientMessage::OffHook(HookEvent { line: None, call_reference: None })
                .encode(alice.encoding, &mut bytes);
        }
        let button = KeypadButton::from_char(digit).unwrap();
        ClientMessage::KeypadButton(KeypadPress { button, line: None, call_reference: None })
            .encode(alice.encoding, &mut bytes);
    }
    bench.node.handle(bench.now, Input::Received { link: alice.link, bytes: &bytes });
    assert!(matches!(bench.node.poll_output(), Some(Output::Send { .. })));
    assert_eq!(bench.node.poll_output(), None);
}

#[test]
fn unknown_and_malformed_messages_are_ignored() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    for (message_id, body) in
        [(0x7777, vec![1; 40]), (0x0003, vec![]), (0x0026, vec![1, 2]), (0x0022, vec![0; 3])]
    {
        let message = ClientMessage::Unknown { message_id: MessageId(message_id), body };
        bench.send(alice, message);
    }
    assert_eq!(bench.seen(alice), [""; 0]);
    assert!(bench.closed.is_empty());
    bench.send(alice, ClientMessage::KeepAlive);
    assert_eq!(bench.seen(alice), ["KeepAliveAck"]);
}

#[test]
fn impossible_lengths_and_malformed_registrations_close_the_link() {
    let bad: [&[u8]; 3] = [
        &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0],
        &[8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, b'S', b'E', b'P', 0],
    ];
    for bytes in bad {
        let mut bench = Bench::new(office());
        let link = bench.connect();
        bench.bytes(link, bytes);
        assert_eq!(bench.closed, [link], "{bytes:?}");
        assert_eq!(bench.stations().unregistered_links(), 0);
    }
}

#[test]
fn a_registered_phone_that_sends_garbage_is_lost_and_may_return() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    bench.bytes(alice.link, &[0xFF; 64]);
    assert_eq!(bench.closed, [alice.link]);
    assert_eq!(bench.seen(bob), ["stop 2 party 2"], "the call waits for her");
    bench.phone(ALICE);
    assert_eq!(bench.switch().calls().len(), 1);
}

#[test]
fn messages_of_strangers_do_nothing() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    for message in [ClientMessage::TimeDateReq, ClientMessage::SoftKeySetReq] {
        bench.message(link, Encoding::default(), &message);
    }
    assert!(bench.arrived.is_empty());
}

#[test]
fn a_registered_phone_takes_little_memory() {
    // The structures themselves; an idle phone owns nothing on the heap besides its place in three maps.
    assert!(size_of::<super::super::phone::Phone>() <= 528);
    assert!(size_of::<super::super::link::Link>() <= 256);
}

proptest! {
    #[test]
    fn no_bytes_make_the_node_fail(segments in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 0..8)) {
        let mut bench = Bench::new(office());
        let alice = bench.phone(ALICE);
        for bytes in &segments {
            bench.bytes(alice.link, bytes);
        }
        bench.wait_seconds(1);
    }

    /// Any message of any body from two phones: calls are left in order, and no phone has two at its ear.
    #[test]
    fn no_messages_make_the_node_fail(
        messages in prop::collection::vec((any::<bool>(), 0u32..0x50, prop::collection::vec(0u8..12, 0..40)), 0..60)
    ) {
        let mut bench = Bench::new(office());
        let phones = [bench.phone(ALICE), bench.phone(BOB)];
        for (first, message_id, body) in messages {
            let phone = phones[usize::from(first)];
            let message_id = MessageId(message_id);
            if message_id == MessageId::REGISTER || message_id == MessageId::UNREGISTER || bench.closed.contains(&phone.link) {
                continue;
            }
            let padded = body.iter().flat_map(|byte| [*byte, 0, 0, 0]).collect();
            bench.send(phone, ClientMessage::Unknown { message_id, body: padded });
            for id in [bench.id(ALICE), bench.id(BOB)] {
                let view = bench.switch().station_view(id);
                prop_assert!(view.appearances.iter().filter(|call| call.display.is_active()).count() <= 1);
            }
        }
    }
}
