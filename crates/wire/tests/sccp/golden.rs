//! Frames captured from call managers and phones.

use std::net::SocketAddr;

use hookflash_wire::sccp::*;

/// Bytes from hexadecimal digits; blanks are ignored.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn server(bytes: &[u8], version: u8) -> ServerMessage {
    let frame = Framer::default()
        .next(&mut &*bytes.to_vec())
        .unwrap()
        .map(|frame| ServerMessage::decode(&frame, Version(version)).unwrap());
    frame.unwrap()
}

fn client(bytes: &[u8], version: u8) -> ClientMessage {
    let frame = Framer::default()
        .next(&mut &*bytes.to_vec())
        .unwrap()
        .map(|frame| ClientMessage::decode(&frame, Version(version)).unwrap());
    frame.unwrap()
}

fn encoded(message: &ServerMessage, version: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(Version(version), &mut bytes);
    bytes
}

const FIRST: u32 = 0x0100_001A;
const SECOND: u32 = 0x0100_001F;

fn call_state(state: CallState, call_reference: u32) -> ServerMessage {
    ServerMessage::CallState(CallStateMessage {
        state,
        line: 1,
        call_reference,
        visibility: CallVisibility::DEFAULT,
        precedence_level: 4,
        precedence_domain: 0,
    })
}

fn ringer(mode: RingMode, line: u32, call_reference: u32) -> ServerMessage {
    ServerMessage::SetRinger(SetRinger { mode, duration: RingDuration::NORMAL, line, call_reference })
}

fn lamp(mode: LampMode) -> ServerMessage {
    ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::LINE, instance: 1, mode })
}

fn soft_keys(line: u32, call_reference: u32, set: SoftKeyState) -> ServerMessage {
    ServerMessage::SelectSoftKeys(SelectSoftKeys { line, call_reference, set, valid_keys: u32::MAX })
}

#[test]
fn a_call_manager_of_version_4_is_matched_byte_for_byte() {
    let captured = [
        ("14000000 00000000 85000000 01000000 01000000 00000000 00000000", ringer(RingMode::OFF, 0, 0)),
        (
            "08000000 00000000 88000000 01000000",
            ServerMessage::SetSpeakerMode(SetSpeakerMode { mode: Switch::ON }),
        ),
        ("10000000 00000000 86000000 09000000 01000000 02000000", lamp(LampMode::ON)),
        (
            "1c000000 00000000 11010000 01000000 01000000 1a000001 00000000 04000000 00000000",
            call_state(CallState::OFF_HOOK, FIRST),
        ),
        (
            "14000000 00000000 10010000 01000000 1a000001 04000000 ffffffff",
            soft_keys(1, FIRST, SoftKeyState::OFF_HOOK),
        ),
        (
            "08000000 00000000 16010000 01000000",
            ServerMessage::ActivateCallPlane(ActivateCallPlane { line: 1 }),
        ),
        (
            "14000000 00000000 82000000 21000000 00000000 01000000 1a000001",
            ServerMessage::StartTone(StartTone {
                tone: Tone::INSIDE_DIAL,
                direction: ToneDirection::USER,
                line: 1,
                call_reference: FIRST,
            }),
        ),
        (
            "1c000000 00000000 11010000 04000000 01000000 1f000001 00000000 04000000 00000000",
            call_state(CallState::RING_IN, SECOND),
        ),
        ("10000000 00000000 86000000 09000000 01000000 05000000", lamp(LampMode::BLINK)),
        (
            "14000000 00000000 85000000 02000000 01000000 01000000 1f000001",
            ringer(RingMode::INSIDE, 1, SECOND),
        ),
        (
            "0c000000 00000000 83000000 01000000 1f000001",
            ServerMessage::StopTone(StopTone { line: 1, call_reference: SECOND, tone: Tone::SILENCE }),
        ),
        (
            "14000000 00000000 10010000 00000000 00000000 00000000 ffffffff",
            soft_keys(0, 0, SoftKeyState::ON_HOOK),
        ),
    ];
    for (frame, message) in captured {
        let frame = hex(frame);
        assert_eq!(server(&frame, 8), message);
        assert_eq!(encoded(&message, 8), frame, "{message:?}");
    }
}

#[test]
fn media_orders_that_end_after_the_salt_are_understood() {
    let open =
        hex("48000000 00000000 05010000 1f000001 01010001 14000000 04000000 00000000 00000000 1f000001");
    let ServerMessage::OpenReceiveChannel(open) = server(&[open, vec![0; 40]].concat(), 5) else { panic!() };
    assert_eq!((open.conference_id, open.pass_thru_party_id), (SECOND, 0x0100_0101));
    assert_eq!(
        (open.milliseconds_per_packet, open.codec, open.call_reference),
        (20, Codec::G711_ULAW, SECOND)
    );

    let start =
        hex("58000000 00000000 8a000000 1f000001 01010001 0a66db1b 1aeb0000 14000000 04000000 b8000000 \
         00000000 00000000 00000000 1f000001");
    let ServerMessage::StartMediaTransmission(start) = server(&[start, vec![0; 40]].concat(), 5) else {
        panic!()
    };
    assert_eq!(start.address, SocketAddr::from(([10, 102, 219, 27], 0xEB1A)));
    assert_eq!((start.codec, start.precedence, start.call_reference), (Codec::G711_ULAW, 0xB8, SECOND));
}

#[test]
fn an_acknowledgement_without_call_reference_is_understood() {
    let ack = client(&hex("14000000 00000000 22000000 00000000 0a660ad1 00400000 01010001"), 5);
    let expected = OpenReceiveChannelAck {
        status: MediaStatus::OK,
        address: SocketAddr::from(([10, 102, 10, 209], 0x4000)),
        pass_thru_party_id: Some(0x0100_0101),
        call_reference: None,
    };
    assert_eq!(ack, ClientMessage::OpenReceiveChannelAck(expected));
}

#[test]
fn button_messages_have_the_length_their_phone_gives_them() {
    let stimulus = client(&hex("10000000 00000000 05000000 13000000 01000000 00000000"), 11);
    let expected =
        StimulusPress { stimulus: Stimulus::FEATURE, instance: 1, call_reference: Some(0), status: None };
    assert_eq!(stimulus, ClientMessage::Stimulus(expected));

    let request = |frame, version| client(&hex(frame), version);
    let old = FeatureStatReq { instance: 1, capabilities: None };
    assert_eq!(request("08000000 00000000 34000000 01000000", 11), ClientMessage::FeatureStatReq(old));
    let new = FeatureStatReq { instance: 1, capabilities: Some(0) };
    assert_eq!(
        request("0c000000 16000000 34000000 01000000 00000000", 22),
        ClientMessage::FeatureStatReq(new)
    );
}

#[test]
fn a_line_a_7961_displayed_is_matched_byte_for_byte() {
    let frame = hex("1c000000 16000000 47010000 01000000 0f000000 3130303100 3130303100 3130303100 00");
    let number = || Text::plain("1001");
    let line =
        ServerMessage::LineStat(LineStat { line: 1, number: number(), name: number(), label: number() });
    assert_eq!(server(&frame, 22), line);
    assert_eq!(encoded(&line, 22), frame);
}

#[test]
fn media_orders_a_7961_acknowledged_are_matched_byte_for_byte() {
    let mut open =
        hex("ac000000 16000000 05010000 01000000 01000000 14000000 02000000 00000000 00000000 01000000");
    open.extend([0; 48 + 8]);
    open.extend(hex("65000000 0a000000 00000000 01000000"));
    open.resize(12 + 168, 0);
    let message = ServerMessage::OpenReceiveChannel(OpenReceiveChannel {
        conference_id: 1,
        pass_thru_party_id: 1,
        milliseconds_per_packet: 20,
        codec: Codec::G711_ALAW,
        call_reference: 1,
        rfc2833_payload_type: 101,
        ..OpenReceiveChannel::default()
    });
    assert_eq!(server(&open, 22), message);
    assert_eq!(encoded(&message, 22), open);

    let mut start = hex(
        "ac000000 16000000 8a000000 01000000 01000000 00000000 0a000002 00000000 00000000 00000000 00400000 \
         14000000 02000000 00000000 00000000 28000000 00000000 01000000",
    );
    start.extend([0; 48 + 8]);
    start.extend(hex("65000000 0a000000 00000000 01000000"));
    start.resize(12 + 168, 0);
    let message = ServerMessage::StartMediaTransmission(StartMediaTransmission {
        conference_id: 1,
        pass_thru_party_id: 1,
        address: SocketAddr::from(([10, 0, 0, 2], 0x4000)),
        milliseconds_per_packet: 20,
        codec: Codec::G711_ALAW,
        precedence: 0,
        silence_suppression: false,
        max_frames_per_packet: 40,
        g723_bit_rate: 0,
        call_reference: 1,
        rfc2833_payload_type: 101,
    });
    assert_eq!(server(&start, 22), message);
    assert_eq!(encoded(&message, 22), start);
}

#[test]
fn acknowledgements_of_both_known_lengths_are_understood() {
    let header = |size: u32| [(size + 4).to_le_bytes(), [22, 0, 0, 0], 0x154_u32.to_le_bytes()].concat();
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let address = [&[0, 0, 0, 0, 10, 0, 0, 2][..], &[0; 12], &[0, 0x40, 0, 0]].concat();
    for (ids, tail) in [([1, 1, 1], 0), ([0, 0, 18], 8)] {
        let body = [words(&ids), address.clone(), vec![0; 4 + tail]].concat();
        let frame = [header(body.len().try_into().unwrap()), body].concat();
        let [conference_id, pass_thru_party_id, call_reference] = ids;
        let expected = ClientMessage::StartMediaTransmissionAck(StartMediaTransmissionAck {
            conference_id,
            pass_thru_party_id,
            call_reference,
            address: SocketAddr::from(([10, 0, 0, 2], 0x4000)),
            status: MediaStatus::OK,
        });
        assert_eq!(client(&frame, 20), expected);
    }
}

#[test]
fn register_ack_has_the_bytes_a_dissector_was_shown() {
    let frame = hex("18000000 00000000 81000000 1e000000 442e4d2e59410000 1e000000 0b20f1ff");
    let message = ServerMessage::RegisterAck(RegisterAck {
        keepalive_interval: 30,
        date_template: "D.M.YA".into(),
        secondary_keepalive_interval: 30,
        version: Version(11),
        features: Features::of_call_manager(Version(11)),
    });
    assert_eq!(server(&frame, 11), message);
    assert_eq!(encoded(&message, 11), frame);
}
