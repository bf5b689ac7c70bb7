//! Audio flows from phone to phone: who is told to send where.

use std::net::Ipv4Addr;

use hookflash_wire::sccp::MediaTransmissionFailure;

use super::*;

/// Alice and Bob are connected, and no phone has said where it receives.
fn connected(version: u8) -> (Bench, Phone, Phone) {
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::TYPE_7961, version);
    let bob = bench.phone(BOB);
    bench.dial(alice, "1002");
    bench.soft_key(bob, SoftKey::ANSWER, 2);
    bench.forget();
    (bench, alice, bob)
}

fn at(phone: u8, port: u16) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, phone], port))
}

#[test]
fn each_phone_sends_where_the_other_one_receives() {
    for version in [3, 11, 16, 17] {
        let (mut bench, alice, bob) = connected(version);
        bench.send(bob, ack(at(2, 20000), Some(2), Some(2)));
        assert_eq!(bench.seen(alice), ["send 1 party 1 to 192.0.2.2:20000"], "version {version}");
        assert_eq!(bench.seen(bob), [""; 0], "Alice does not receive yet");
        bench.send(alice, ack(at(1, 30000), Some(1), Some(1)));
        assert_eq!(bench.seen(bob), ["send 2 party 2 to 192.0.2.1:30000"]);
    }
}

#[test]
fn holding_closes_and_resuming_opens_new_channels() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    bench.soft_key(alice, SoftKey::HOLD, 1);
    let held = [
        "close 1 party 1",
        "stop 1 party 1",
        "lamp Line 1 Wink",
        "state Hold 1/1",
        "prompt 'Hold' 1/1",
        "speaker Off",
        "keys OnHold 1/1",
    ];
    assert_eq!(bench.seen(alice), held);
    let music = ["close 2 party 2", "stop 2 party 2", "open 2 party 3 G.711 u-law"];
    assert_eq!(bench.answer_channels(bob), music, "his picture stays, and he hears music");
    let leg = bench.legs.values().next().unwrap();
    assert_eq!(leg.send_to.map(|to| to.port), Some(16390));
    assert_eq!(bench.seen(bob), [""; 0], "he sends nothing");
    bench.button(alice, Stimulus::HOLD, 0);
    let resumed = [
        "ringer RingOff 0/0",
        "speaker On",
        "lamp Line 1 On",
        "state Connected 1/1",
        "plane 1",
        "info Outbound: 1001 Alice -> 1002 Bob",
        "keys Connected 1/1",
        "prompt 'Connected' 1/1",
        "open 1 party 4 G.711 u-law",
    ];
    assert_eq!(bench.answer_channels(alice), resumed);
    let other = ["close 2 party 3", "open 2 party 5 G.711 u-law", "send 2 party 5 to 192.0.2.1:16392"];
    assert_eq!(bench.answer_channels(bob), other);
    assert_eq!(bench.seen(alice), ["send 1 party 4 to 192.0.2.2:16394"]);
    assert!(bench.legs.is_empty());
}

#[test]
fn hold_and_resume_in_one_segment_still_open_new_channels() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    let mut bytes = Vec::new();
    for event in [SoftKey::HOLD, SoftKey::RESUME] {
        let key = ClientMessage::SoftKeyEvent(SoftKeyEvent { event, line: 1, call_reference: 1 });
        key.encode(alice.encoding, &mut bytes);
    }
    bench.bytes(alice.link, &bytes);
    bench.answer_channels(alice);
    bench.answer_channels(bob);
    assert_eq!(bench.seen(alice), ["send 1 party 4 to 192.0.2.2:16394"]);
}

#[test]
fn answers_without_a_party_or_an_address_are_understood() {
    let (mut bench, alice, bob) = connected(11);
    bench.send(bob, ack(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 26446)), None, None));
    assert_eq!(bench.seen(alice), ["send 1 party 1 to 192.0.2.2:26446"], "the address of his connection");
    bench.send(alice, ack(at(1, 30000), Some(0), Some(1)));
    assert_eq!(bench.seen(bob), ["send 2 party 2 to 192.0.2.1:30000"], "matched by call");
}

#[test]
fn an_answer_for_a_closed_channel_is_ignored() {
    let (mut bench, alice, bob) = connected(11);
    bench.soft_key(bob, SoftKey::HOLD, 2);
    bench.soft_key(bob, SoftKey::RESUME, 2);
    let _ = bench.seen(alice);
    bench.send(bob, ack(at(2, 20000), Some(2), Some(2)));
    assert_eq!(bench.seen(alice), [""; 0]);
    bench.answer_channels(bob);
    let seen = bench.seen(alice);
    assert!(seen.len() == 1 && seen[0].starts_with("send 1 "), "{seen:?}");
}

#[test]
fn a_call_fails_when_a_phone_cannot_receive() {
    let (mut bench, alice, bob) = connected(11);
    let failed = ClientMessage::OpenReceiveChannelAck(OpenReceiveChannelAck {
        status: MediaStatus::NOT_ENOUGH_CHANNELS,
        address: at(2, 0),
        pass_thru_party_id: Some(2),
        call_reference: None,
    });
    bench.send(bob, failed);
    let seen = bench.seen(alice);
    assert!(seen.contains(&"state Congestion 1/1".to_owned()), "{seen:?}");
    assert!(seen.contains(&"tone ReorderTone 1/1".to_owned()), "{seen:?}");
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    bench.wait_seconds(10);
    bench.assert_quiet();
}

#[test]
fn a_phone_is_not_told_an_address_that_its_version_cannot_express() {
    let ipv6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 20000));
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::TYPE_7961, 17);
    let bob = bench.phone_of(BOB, DeviceType::TYPE_7961, 17);
    let carol = bench.phone(CAROL);
    bench.dial(alice, "1002");
    bench.soft_key(bob, SoftKey::ANSWER, 2);
    bench.forget();
    bench.send(bob, ack(ipv6, Some(2), Some(2)));
    assert_eq!(bench.seen(alice), ["send 1 party 1 to [::1]:20000"]);
    bench.soft_key(alice, SoftKey::END_CALL, 1);
    bench.dial(carol, "1002");
    bench.soft_key(bob, SoftKey::ANSWER, 4);
    bench.forget();
    bench.send(bob, ack(ipv6, Some(4), Some(4)));
    assert_eq!(bench.seen(carol), [""; 0], "version 11 knows IPv4 only");
}

#[test]
fn a_phone_that_never_answers_stays_in_its_call() {
    let (mut bench, alice, _) = connected(11);
    bench.wait_seconds(6);
    assert_eq!(bench.seen(alice), [""; 0]);
    bench.send(alice, ack(at(1, 30000), Some(1), Some(1)));
    assert_eq!(bench.switch().calls().len(), 1);
}

#[test]
fn phones_without_a_common_codec_cannot_talk() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.send(alice, capabilities(&[Codec::G711_ALAW]));
    bench.send(bob, capabilities(&[Codec::G729]));
    bench.dial(alice, "1002");
    bench.soft_key(bob, SoftKey::ANSWER, 2);
    assert!(bench.seen(alice).contains(&"state Congestion 1/1".to_owned()));
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    bench.wait_seconds(10);
    bench.assert_quiet();
}

#[test]
fn each_phone_gets_its_own_kind_of_g729_and_telephone_events_if_it_has_them() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.send(alice, capabilities(&[Codec::G729_ANNEX_B]));
    bench.send(bob, capabilities(&[Codec::G729_ANNEX_A]));
    bench.dial(alice, "1002");
    bench.soft_key(bob, SoftKey::ANSWER, 2);
    for (phone, codec) in [(alice, Codec::G729_ANNEX_B), (bob, Codec::G729_ANNEX_A)] {
        let messages = bench.take(phone.link, phone.encoding);
        let open = messages.iter().find_map(|message| match message {
            ServerMessage::OpenReceiveChannel(open) => Some(open),
            _ => None,
        });
        let open = open.unwrap();
        assert_eq!((open.codec, open.milliseconds_per_packet, open.rfc2833_payload_type), (codec, 20, 101));
    }
}

#[test]
fn a_transmission_that_fails_is_only_noted() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    let failure = MediaTransmissionFailure {
        conference_id: 1,
        pass_thru_party_id: 1,
        address: at(2, 20000),
        call_reference: 1,
    };
    bench.send(alice, ClientMessage::MediaTransmissionFailure(failure));
    assert_eq!((bench.seen(alice).len(), bench.seen(bob).len()), (0, 0));
}
