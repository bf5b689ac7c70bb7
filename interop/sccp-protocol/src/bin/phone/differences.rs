//! Where the codec and Hookflash are known to disagree about what a message looks like.
//!
//! A message the codec refuses is brought into the form it wants if it is one of these, and has to be right in
//! that form; any other refusal is a fault.

use std::ops::RangeInclusive;

use sccp_protocol::{CodecError, Frame, MessageId, ProtocolVersion, ServerMessage};

use crate::Outcome;

/// One of them.
struct Difference {
    id: MessageId,
    versions: RangeInclusive<u32>,
    reason: &'static str,
    /// From the form of Hookflash to that of the codec.
    adapt: fn(&[u8]) -> Vec<u8>,
}

const PHRASE: &str = "a phrase of the phone's dictionary, no UTF-8";
const PACKED: &str = "numbers of 25 bytes; they want 24, or 28 from 19 on";
const DIRECTION: &str = "mixing and direction, which they take from 12 on";
const ADDRESS_TYPE: &str = "the address type, which they take from 17 on";
const TONE: &str = "the tone, which they take from 12 on";

const KNOWN: &[Difference] = &[
    known(MessageId::DisplayPromptStatus, 3..=8, PHRASE, phrases_as_ascii),
    known(MessageId::DisplayPriorityNotify, 3..=8, PHRASE, phrases_as_ascii),
    known(MessageId::DisplayDynamicPromptStatus, 9..=22, PHRASE, phrases_as_ascii),
    known(MessageId::DisplayDynamicPriorityNotify, 9..=22, PHRASE, phrases_as_ascii),
    known(MessageId::ForwardStatus, 18..=18, PACKED, |payload| numbers::<24>(payload, &[12, 4, 4])),
    known(MessageId::ForwardStatus, 19..=22, PACKED, |payload| numbers::<28>(payload, &[12, 4, 4])),
    known(MessageId::DialedNumber, 18..=18, PACKED, |payload| numbers::<24>(payload, &[0])),
    known(MessageId::DialedNumber, 19..=22, PACKED, |payload| numbers::<28>(payload, &[0])),
    known(MessageId::OpenReceiveChannel, 11..=11, DIRECTION, first::<92>),
    known(MessageId::OpenReceiveChannel, 16..=16, ADDRESS_TYPE, first::<108>),
    known(MessageId::StartMediaTransmission, 3..=11, DIRECTION, first::<108>),
    known(MessageId::StopTone, 11..=11, TONE, first::<8>),
];

const fn known(
    id: MessageId,
    versions: RangeInclusive<u32>,
    reason: &'static str,
    adapt: fn(&[u8]) -> Vec<u8>,
) -> Difference {
    Difference { id, versions, reason, adapt }
}

/// Decodes a frame, and says which known difference it took.
pub fn decode(frame: Frame, version: ProtocolVersion) -> Outcome<(ServerMessage, Option<&'static str>)> {
    let refusal = match ServerMessage::decode(frame.clone(), version) {
        Ok(message) => return Ok((message, None)),
        Err(refusal) => refusal,
    };
    let id = frame.message_type();
    let fault = |error: CodecError| format!("{id:?} at {version}: {error}: {:02x?}", frame.payload);
    let known = KNOWN.iter().find(|known| known.id == id && known.versions.contains(&version.wire()));
    let Some(Difference { adapt, reason, .. }) = known else { return Err(fault(refusal)) };
    let adapted = Frame { payload: adapt(&frame.payload), ..frame.clone() };
    let message = ServerMessage::decode(adapted, version).map_err(fault)?;
    Ok((message, Some(reason)))
}

/// 80 is what introduces the number of a phrase.
fn phrases_as_ascii(payload: &[u8]) -> Vec<u8> {
    payload.iter().map(|byte| if *byte == 0x80 { b'@' } else { *byte }).collect()
}

/// All that fits; what follows is more than they take.
fn first<const LENGTH: usize>(payload: &[u8]) -> Vec<u8> {
    payload.iter().copied().take(LENGTH).collect()
}

/// Gives numbers another size than 25 bytes. Each follows so many bytes; the padding at the end goes.
fn numbers<const SIZE: usize>(payload: &[u8], before: &[usize]) -> Vec<u8> {
    let mut rest = payload;
    let mut form = Vec::new();
    for before in before {
        let (number, left) = rest.split_at((before + 25).min(rest.len()));
        form.extend_from_slice(number);
        form.resize(form.len() + SIZE - 25, 0);
        rest = left;
    }
    form.extend_from_slice(&rest[..rest.len() / 4 * 4]);
    form
}
