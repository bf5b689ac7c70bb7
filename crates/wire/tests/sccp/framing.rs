use hookflash_wire::sccp::{FrameError, Framer, MAX_FRAME, MessageId, Version};

use crate::samples;

fn stream() -> Vec<u8> {
    let mut bytes = Vec::new();
    for message in samples::client_messages(Version(17)) {
        message.encode(Version(17), &mut bytes);
    }
    bytes
}

fn frames(framer: &mut Framer, mut input: &[u8]) -> Vec<(MessageId, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some(frame) = framer.next(&mut input).unwrap() {
        frames.push((frame.message_id, frame.body.to_vec()));
    }
    assert!(input.is_empty(), "everything is taken or remembered");
    frames
}

#[test]
fn a_stream_split_anywhere_gives_the_same_frames() {
    let stream = stream();
    let whole = frames(&mut Framer::default(), &stream);
    assert_eq!(whole.len(), samples::client_messages(Version(17)).len());
    for at in 0..=stream.len() {
        let (first, second) = stream.split_at(at);
        let mut framer = Framer::default();
        let mut split = frames(&mut framer, first);
        split.extend(frames(&mut framer, second));
        assert!(split == whole, "split at {at}");
        assert_eq!(framer.buffered(), 0);
    }
}

#[test]
fn a_stream_arriving_byte_by_byte_gives_the_same_frames() {
    let stream = stream();
    let mut framer = Framer::default();
    let single: Vec<_> = stream.chunks(1).flat_map(|byte| frames(&mut framer, byte)).collect();
    assert_eq!(single, frames(&mut Framer::default(), &stream));
}

#[test]
fn impossible_lengths_are_refused_as_soon_as_the_header_is_there() {
    let cases = [
        (3, FrameError::TooShort(3)),
        (0, FrameError::TooShort(0)),
        (8185, FrameError::TooLong(8185)),
        (0x8000_0000, FrameError::TooLong(0x8000_0000)),
        (u32::MAX, FrameError::TooLong(u32::MAX)),
    ];
    for (length, expected) in cases {
        let header = [length.to_le_bytes(), [0; 4]].concat();
        assert_eq!(Framer::default().next(&mut header.as_slice()), Err(expected));

        let mut framer = Framer::default();
        assert_eq!(framer.next(&mut &header[..5]), Ok(None));
        assert_eq!(framer.next(&mut &header[5..]), Err(expected));
        assert_eq!(framer.next(&mut [0; 100].as_slice()), Err(expected), "it stays refused");
        assert!(framer.buffered() <= 8);
    }
}

#[test]
fn the_largest_frame_passes() {
    let length = u32::try_from(MAX_FRAME - 8).unwrap();
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.resize(MAX_FRAME, 0);
    let mut input = bytes.as_slice();
    let mut framer = Framer::default();
    let frame = framer.next(&mut input).unwrap().unwrap();
    assert_eq!(frame.body.len(), MAX_FRAME - 12);
}

#[test]
fn an_announced_length_costs_no_memory() {
    let mut framer = Framer::default();
    let header = [8000_u32.to_le_bytes(), [0; 4], [0; 4]].concat();
    assert_eq!(framer.next(&mut header.as_slice()), Ok(None));
    assert_eq!(framer.buffered(), header.len());
}
