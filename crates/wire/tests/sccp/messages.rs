use std::collections::HashSet;

use hookflash_wire::sccp::*;
use proptest::prelude::*;

use crate::samples;

const VERSIONS: [u8; 12] = [3, 5, 8, 9, 11, 12, 15, 16, 17, 18, 20, 22];
const TEXTS: [TextEncoding; 2] = [TextEncoding::Latin1, TextEncoding::Utf8];

fn encodings() -> impl Iterator<Item = Encoding> {
    let versions = VERSIONS.into_iter().map(Version);
    versions.flat_map(|version| TEXTS.map(|text| Encoding { version, text }))
}

fn with_frame<T>(bytes: &[u8], f: impl FnOnce(&Frame<'_>) -> T) -> T {
    let mut input = bytes;
    let mut framer = Framer::default();
    let result = f(&framer.next(&mut input).unwrap().expect("a whole frame"));
    assert!(input.is_empty(), "exactly one frame");
    result
}

fn encoded_client(message: &ClientMessage, encoding: Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(encoding, &mut bytes);
    bytes
}

fn encoded_server(message: &ServerMessage, encoding: Encoding) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.encode(encoding, &mut bytes);
    bytes
}

#[test]
fn every_client_message_survives_at_every_version() {
    for encoding in encodings() {
        for message in samples::client_messages(encoding.version) {
            let bytes = encoded_client(&message, encoding);
            let decoded = with_frame(&bytes, |frame| ClientMessage::decode(frame, encoding));
            assert_eq!(decoded.as_ref(), Ok(&message), "{encoding:?}");
        }
    }
}

#[test]
fn every_server_message_survives_at_every_version() {
    for encoding in encodings() {
        for message in samples::server_messages(encoding.version) {
            let bytes = encoded_server(&message, encoding);
            assert_eq!(bytes.len() % 4, 0, "{message:?}");
            let decoded = with_frame(&bytes, |frame| ServerMessage::decode(frame, encoding));
            assert_eq!(decoded.as_ref(), Ok(&message), "{encoding:?}");
        }
    }
}

#[test]
fn the_samples_cover_every_message() {
    let version =
        |id: &MessageId| if id.name().unwrap().ends_with("Dynamic") { Version(17) } else { Version(3) };
    for id in MessageId::ALL {
        let frame = Frame { header_version: 0, message_id: *id, body: &[0; 3000] };
        if !matches!(ClientMessage::decode(&frame, version(id)), Ok(ClientMessage::Unknown { .. })) {
            let ids: HashSet<_> = samples::client_messages(version(id))
                .iter()
                .map(|message| message.message_id(version(id)))
                .collect();
            assert!(ids.contains(id), "no sample of {id}");
        }
        if !matches!(ServerMessage::decode(&frame, version(id)), Ok(ServerMessage::Unknown { .. })) {
            let ids: HashSet<_> = samples::server_messages(version(id))
                .iter()
                .map(|message| message.message_id(version(id)))
                .collect();
            assert!(ids.contains(id), "no sample of {id}");
        }
    }
}

#[test]
fn header_versions_are_basic_below_10_and_in_three_answers() {
    let header = |message: ServerMessage, version| {
        with_frame(&encoded_server(&message, Version(version).into()), |frame| frame.header_version)
    };
    assert_eq!(header(ServerMessage::CapabilitiesReq, 9), 0);
    assert_eq!(header(ServerMessage::CapabilitiesReq, 10), 10);
    assert_eq!(header(ServerMessage::CapabilitiesReq, 17), 17);
    assert_eq!(header(ServerMessage::KeepAliveAck, 17), 0);
    assert_eq!(header(ServerMessage::UnregisterAck(UnregisterAck { status: UnregisterStatus::OK }), 17), 0);
}

/// Body sizes that the reference gives, at versions on both sides of every change.
#[test]
fn bodies_have_the_specified_sizes() {
    let size = |id: MessageId, version: u8| {
        let version = Version(version);
        let mut messages = samples::server_messages(version).into_iter();
        let message = messages.find(|message| message.message_id(version) == id);
        let message = message.unwrap_or_else(|| panic!("no {id} at {version}"));
        with_frame(&encoded_server(&message, version.into()), |frame| frame.body.len())
    };
    let sizes = [
        (MessageId::REGISTER_ACK, 3, 20),
        (MessageId::START_TONE, 3, 16),
        (MessageId::STOP_TONE, 10, 8),
        (MessageId::STOP_TONE, 11, 12),
        (MessageId::SET_RINGER, 3, 16),
        (MessageId::SET_LAMP, 3, 12),
        (MessageId::CALL_INFO, 8, 384),
        (MessageId::FORWARD_STAT, 17, 92),
        (MessageId::FORWARD_STAT, 18, 96),
        (MessageId::SPEED_DIAL_STAT, 22, 68),
        (MessageId::LINE_STAT, 16, 112),
        (MessageId::CONFIG_STAT, 22, 112),
        (MessageId::DEFINE_TIME_DATE, 3, 36),
        (MessageId::BUTTON_TEMPLATE, 3, 96),
        (MessageId::VERSION, 3, 16),
        (MessageId::DISPLAY_TEXT, 3, 32),
        (MessageId::REGISTER_REJECT, 3, 32),
        (MessageId::SERVER_RES, 16, 280),
        (MessageId::SERVER_RES, 17, 360),
        (MessageId::OPEN_RECEIVE_CHANNEL, 10, 92),
        (MessageId::OPEN_RECEIVE_CHANNEL, 11, 108),
        (MessageId::OPEN_RECEIVE_CHANNEL, 17, 128),
        (MessageId::OPEN_RECEIVE_CHANNEL, 18, 132),
        (MessageId::OPEN_RECEIVE_CHANNEL, 22, 168),
        (MessageId::START_MEDIA_TRANSMISSION, 3, 116),
        (MessageId::START_MEDIA_TRANSMISSION, 16, 116),
        (MessageId::START_MEDIA_TRANSMISSION, 17, 132),
        (MessageId::START_MEDIA_TRANSMISSION, 22, 168),
        (MessageId::CLOSE_RECEIVE_CHANNEL, 3, 16),
        (MessageId::CONNECTION_STATISTICS_REQ, 17, 32),
        (MessageId::CONNECTION_STATISTICS_REQ, 18, 36),
        (MessageId::SOFT_KEY_TEMPLATE_RES, 3, 652),
        (MessageId::SOFT_KEY_SET_RES, 3, 780),
        (MessageId::SELECT_SOFT_KEYS, 3, 16),
        (MessageId::CALL_STATE, 3, 24),
        (MessageId::DISPLAY_PROMPT_STATUS, 8, 44),
        (MessageId::DISPLAY_NOTIFY, 8, 36),
        (MessageId::DISPLAY_PRI_NOTIFY, 8, 40),
        (MessageId::DIALED_NUMBER, 17, 32),
        (MessageId::DIALED_NUMBER, 18, 36),
        (MessageId::FEATURE_STAT, 14, 52),
        (MessageId::FEATURE_STAT_DYNAMIC, 15, 136),
        (MessageId::SERVICE_URL_STAT, 8, 300),
        (MessageId::SUBSCRIPTION_STAT, 17, 16),
        (MessageId::CALL_COUNT_RES, 17, 180),
    ];
    for (id, version, expected) in sizes {
        assert_eq!(size(id, version), expected, "{id} at {version}");
    }
}

#[test]
fn call_info_carries_as_many_texts_as_the_version_knows() {
    let info = CallInfo { hunt_pilot: Party { number: "1".into(), name: "2".into() }, ..CallInfo::default() };
    let texts = |version| {
        let bytes = encoded_server(&ServerMessage::CallInfo(info.clone()), Version(version).into());
        bytes[12 + 32..].to_vec()
    };
    assert_eq!(texts(15), [0; 12]);
    assert_eq!(texts(16), *b"\0\0\0\0\0\0\0\0\0\0\0\0\x00\x31\x00\x32\0\0\0\0");
}

#[test]
fn short_registers_of_every_length_are_understood() {
    let whole = encoded_client(&ClientMessage::Register(samples::register(Version(22))), Encoding::default());
    let body = &whole[12..];
    assert_eq!(body.len(), 172);
    for length in 32..=body.len() {
        let frame = Frame { header_version: 0, message_id: MessageId::REGISTER, body: &body[..length] };
        let Ok(ClientMessage::Register(register)) = ClientMessage::decode(&frame, Encoding::default()) else {
            panic!("{length} bytes");
        };
        assert_eq!(register.device_name, "SEP001A2B3C4D5E");
        assert_eq!(register.device_type, DeviceType::TYPE_7961);
        assert_eq!(register.version(), if length < 44 { Version(3) } else { Version(22) });
    }
    let frame = Frame { header_version: 0, message_id: MessageId::REGISTER, body: &body[..31] };
    let error = DecodeError::TooShort { message_id: MessageId::REGISTER, needed: 32, got: 31 };
    assert_eq!(ClientMessage::decode(&frame, Encoding::default()), Err(error));
}

#[test]
fn negotiation_stays_within_what_both_sides_speak() {
    let negotiated = |offered: u8| Version(offered).negotiate(Version::DEFAULT_CAP).0;
    assert_eq!([0, 3, 11, 17, 22, 255].map(negotiated), [3, 3, 11, 17, 17, 17]);

    let mut ata = Register::new("ATA001A2B3C4D5E".into(), DeviceType::ATA_186);
    ata.offer = Some((Version(33), Features::default()));
    assert_eq!(ata.version(), Version(3));
}

#[test]
fn enbloc_calls_are_recognised_by_their_length() {
    let number = |size: usize| {
        let mut field = b"1002".to_vec();
        field.resize(size, 0);
        field
    };
    let line = 2_u32.to_le_bytes();
    let bodies = [
        (number(24), 0),
        ([&number(24)[..], &line].concat(), 2),
        ([&number(25)[..], &line].concat(), 2),
        ([&number(25)[..], &line, &[0; 3]].concat(), 2),
        ([&number(28)[..], &line].concat(), 2),
        (number(32), 0),
        (b"1002".to_vec(), 0),
        ([&number(25)[..], &[0xFB, 0xFF, 0, 0]].concat(), 0),
    ];
    for (body, line) in bodies {
        let frame = Frame { header_version: 0, message_id: MessageId::ENBLOC_CALL, body: &body };
        let expected = ClientMessage::EnblocCall(EnblocCall { number: "1002".into(), line });
        assert_eq!(ClientMessage::decode(&frame, Version(18)), Ok(expected), "{} bytes", body.len());
    }
}

#[test]
fn templates_beyond_42_buttons_take_several_messages() {
    let buttons = [ButtonDefinition { instance: 1, button_type: ButtonType::LINE }; 56];
    let messages: Vec<_> = ButtonTemplate::split(&buttons).collect();
    let shape: Vec<_> = messages.iter().map(|part| (part.offset, part.buttons.len(), part.total)).collect();
    assert_eq!(shape, [(0, 42, 56), (42, 14, 56)]);
    assert_eq!(ButtonTemplate::split(&[]).count(), 1);
}

#[test]
fn ios_words_name_models() {
    let words = ["7960", "7941ge", "7970", "7975", "6921", "cipc", "ata", "anl", "7985"];
    let types = [7, 309, 30006, 437, 495, 30016, 12, 30027, 302];
    for (word, device_type) in words.into_iter().zip(types) {
        let model = DeviceModel::from_ios_word(word).unwrap();
        assert_eq!(model.device_type, DeviceType(device_type), "{word}");
    }
    assert_eq!(DeviceModel::from_ios_word("9971"), None);
}

#[test]
fn every_known_device_type_has_a_model() {
    for device_type in DeviceType::ALL {
        let model = device_type.model().unwrap();
        assert_eq!(model.device_type, *device_type);
        assert!(model.buttons().count() <= ButtonTemplate::LIMIT);
    }
    let vg = DeviceType::SCCP_GATEWAY_VIRTUAL_PHONE.model().unwrap();
    assert!(!vg.soft_keys && !vg.speakerphone && vg.prompt_area == PromptArea::None);
    assert_eq!(DeviceType::TYPE_7931.model().unwrap().buttons().count(), 24);
    assert_eq!(DeviceType(1_000_000).model(), None);
}

#[test]
fn keys_and_characters_correspond() {
    for c in "0123456789ABCD*#+".chars() {
        assert_eq!(KeypadButton::from_char(c).and_then(KeypadButton::to_char), Some(c));
    }
    assert_eq!(KeypadButton(17).to_char(), None);
    assert_eq!(KeypadButton::from_char('x'), None);
    assert_eq!(Tone::of_key(KeypadButton::POUND), Some(Tone::DTMF_POUND));
    assert_eq!(Tone::of_key(KeypadButton::D), Some(Tone::DTMF_D));
}

#[test]
fn numbers_print_their_names() {
    assert_eq!(MessageId::CALL_INFO_DYNAMIC.to_string(), "CallInfoDynamic");
    assert_eq!(MessageId(0x7001).to_string(), "0x7001");
    assert_eq!(format!("{:?}", CallState::RING_IN), "CallState(RingIn)");
    assert!(!Codec(7777).known());
}

fn message_id() -> impl Strategy<Value = MessageId> {
    prop_oneof![9 => prop::sample::select(MessageId::ALL), 1 => any::<u32>().prop_map(MessageId)]
}

/// Bytes that look like bodies: words, text, NULs, and anything else.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        (0_u32..50).prop_map(|word| word.to_le_bytes().to_vec()),
        "[a-zA-Z0-9 ]{0,12}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..6),
        Just(vec![0; 4]),
        Just(vec![0; 40]),
    ];
    prop::collection::vec(word, 0..120).prop_map(|words| words.concat())
}

fn encoding() -> impl Strategy<Value = Encoding> {
    (prop::sample::select(&VERSIONS[..]), prop::sample::select(&TEXTS[..]))
        .prop_map(|(version, text)| Encoding { version: Version(version), text })
}

proptest! {
    /// Whatever was understood is understood the same way again after it was written.
    #[test]
    fn decoded_client_messages_are_stable(id in message_id(), body in body(), encoding in encoding()) {
        let frame = Frame { header_version: 0, message_id: id, body: &body };
        if let Ok(first) = ClientMessage::decode(&frame, encoding) {
            let bytes = encoded_client(&first, encoding);
            let second = with_frame(&bytes, |frame| ClientMessage::decode(frame, encoding)).unwrap();
            prop_assert_eq!(&encoded_client(&second, encoding), &bytes);
        }
    }

    #[test]
    fn decoded_server_messages_are_stable(id in message_id(), body in body(), encoding in encoding()) {
        let frame = Frame { header_version: 0, message_id: id, body: &body };
        if let Ok(first) = ServerMessage::decode(&frame, encoding) {
            let bytes = encoded_server(&first, encoding);
            let second = with_frame(&bytes, |frame| ServerMessage::decode(frame, encoding)).unwrap();
            prop_assert_eq!(&encoded_server(&second, encoding), &bytes);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), version in any::<u8>()) {
        let mut input = bytes.as_slice();
        let mut framer = Framer::default();
        while let Ok(Some(frame)) = framer.next(&mut input) {
            let _ = ClientMessage::decode(&frame, Version(version));
            let _ = ServerMessage::decode(&frame, Version(version));
        }
    }

    #[test]
    fn values_survive(
        number in "[0-9*#+]{0,23}", name in "[ -~]{0,39}", words in any::<[u32; 4]>(), encoding in encoding(),
    ) {
        let [line, call_reference, kind, reason] = words;
        let party = Party { number: number.as_str().into(), name: name.as_str().into() };
        let message = ServerMessage::CallInfo(CallInfo {
            line,
            call_reference,
            call_type: CallType(kind),
            last_redirecting_reason: RedirectReason(reason),
            calling: party.clone(),
            last_redirecting: party,
            ..CallInfo::default()
        });
        let bytes = encoded_server(&message, encoding);
        let decoded = with_frame(&bytes, |frame| ServerMessage::decode(frame, encoding));
        prop_assert_eq!(decoded, Ok(message));
    }
}

#[test]
fn a_question_without_an_instance_is_about_none() {
    for id in [MessageId::LINE_STAT_REQ, MessageId::FORWARD_STAT_REQ, MessageId::SPEED_DIAL_STAT_REQ] {
        let bytes = [&4u32.to_le_bytes()[..], &0u32.to_le_bytes(), &id.0.to_le_bytes()].concat();
        let message = with_frame(&bytes, |frame| {
            ClientMessage::decode(frame, Encoding { version: Version(11), text: TEXTS[0] }).unwrap()
        });
        let instance = match message {
            ClientMessage::LineStatReq(request)
            | ClientMessage::ForwardStatReq(request)
            | ClientMessage::SpeedDialStatReq(request) => request.instance,
            other => panic!("{other:?}"),
        };
        assert_eq!(instance, 0);
    }
}
