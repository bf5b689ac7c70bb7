//! Every message of ours, read by the other codec, written by it and read by us again, must be what it was.
//! Where the two disagree is listed with the reason; anything else, and a difference that is gone, fails.

use std::ops::RangeInclusive;

use hookflash_wire::sccp::{
    ClientMessage, DecodeError, Encoding, Frame, Framer, MessageId, ServerMessage, TextEncoding, Version,
};
use sccp_protocol as theirs;

#[allow(dead_code)]
#[path = "../../../crates/wire/tests/sccp/samples.rs"]
mod samples;

type Differences = &'static [(MessageId, RangeInclusive<u8>)];

const ALL: RangeInclusive<u8> = 3..=22;

const CLIENT: Differences = &[
    // They want 256 bytes of text.
    (MessageId::SUBSCRIPTION_STAT_REQ, ALL),
    // They have no user id in it.
    (MessageId::REGISTER_TOKEN_REQ, ALL),
    // They write false as 0 where phones say 2, off.
    (MessageId::HEADSET_STATUS, ALL),
    // They expect it from media servers only.
    (MessageId::MEDIA_RESOURCE_NOTIFICATION, ALL),
    // The long number: they take it from 19 on.
    (MessageId::ENBLOC_CALL, 18..=18),
    (MessageId::CONNECTION_STATISTICS_RES, 18..=18),
    // They read the packed form but write the aligned one.
    (MessageId::CONNECTION_STATISTICS_RES, 22..=22),
];

const SERVER: Differences = &[
    // They read 33 bytes of text, and write as much.
    (MessageId::REGISTER_REJECT, ALL),
    // They drop the precedence and the voice mailboxes, and fill templates up.
    (MessageId::CALL_STATE, ALL),
    (MessageId::CALL_INFO, 3..=8),
    // Also, they know no hunt pilot at 16 to 18.
    (MessageId::CALL_INFO_DYNAMIC, 9..=22),
    (MessageId::SOFT_KEY_TEMPLATE_RES, ALL),
    (MessageId::SOFT_KEY_SET_RES, ALL),
    // They write the dynamic forms.
    (MessageId::SPEED_DIAL_STAT, 9..=22),
    (MessageId::CONFIG_STAT, 9..=22),
    // They know no tone in it.
    (MessageId::STOP_TONE, 11..=22),
    // What dissectors expect and phones ignore.
    (MessageId::OPEN_RECEIVE_CHANNEL, 11..=11),
    (MessageId::OPEN_RECEIVE_CHANNEL, 16..=16),
    (MessageId::START_MEDIA_TRANSMISSION, 3..=11),
    (MessageId::CONNECTION_STATISTICS_REQ, 18..=18),
    // Numbers of 25 bytes, packed here; they have 24 at 18, and 28 from 19 on.
    (MessageId::DIALED_NUMBER, 18..=22),
    (MessageId::FORWARD_STAT, 18..=22),
];

#[test]
fn server_messages() {
    for version in ALL {
        let protocol = theirs::ProtocolVersion::try_from(u32::from(version)).unwrap();
        for message in samples::server_messages(Version(version)) {
            let mut bytes = Vec::new();
            message.encode(encoding(version), &mut bytes);
            let answer = theirs::ServerMessage::decode(their_frame(&bytes), protocol)
                .and_then(|decoded| decoded.encode(protocol))
                .map_err(|error| error.to_string())
                .and_then(|bytes| decoded(&bytes, |frame| ServerMessage::decode(frame, encoding(version))));
            judge(SERVER, message.message_id(Version(version)), version, &message, answer);
        }
    }
}

#[test]
fn client_messages() {
    for version in ALL {
        let protocol = theirs::ProtocolVersion::try_from(u32::from(version)).unwrap();
        for message in samples::client_messages(Version(version)) {
            let mut bytes = Vec::new();
            message.encode(encoding(version), &mut bytes);
            let answer = theirs::ClientMessage::decode_with_version(their_frame(&bytes), protocol)
                .and_then(|decoded| decoded.encode(protocol))
                .map_err(|error| error.to_string())
                .and_then(|bytes| decoded(&bytes, |frame| ClientMessage::decode(frame, encoding(version))));
            judge(CLIENT, message.message_id(Version(version)), version, &message, answer);
        }
    }
}

fn judge<T: PartialEq + std::fmt::Debug>(
    differences: Differences,
    id: MessageId,
    version: u8,
    message: &T,
    answer: Result<T, String>,
) {
    let expected = differences.iter().any(|(known, versions)| *known == id && versions.contains(&version));
    let differs = answer.as_ref() != Ok(message);
    assert_eq!(differs, expected, "{id} at {version}: {message:?} came back as {answer:?}");
}

fn their_frame(bytes: &[u8]) -> theirs::Frame {
    let mut frames = theirs::FrameDecoder::new().push(bytes).unwrap();
    assert_eq!(frames.len(), 1);
    frames.remove(0)
}

fn decoded<T>(bytes: &[u8], decode: impl FnOnce(&Frame<'_>) -> Result<T, DecodeError>) -> Result<T, String> {
    let mut framer = Framer::default();
    let mut input = bytes;
    let frame = framer.next(&mut input).map_err(|error| error.to_string())?;
    decode(&frame.ok_or("an incomplete frame")?).map_err(|error| error.to_string())
}

fn encoding(version: u8) -> Encoding {
    Encoding { version: Version(version), text: TextEncoding::Utf8 }
}
