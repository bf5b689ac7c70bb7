//! Frames on the TCP stream: a length, a header version, a message id and a body.
//!
//! The length counts the message id and the body, so a frame occupies `length + 8` bytes. Frames are split
//! over and bundled into segments at will; [`Framer`] puts them together again.

use super::message_id::MessageId;
use crate::reassembly::Reassembly;

/// The largest frame accepted, in bytes. The biggest real messages are about 2400 bytes long.
pub const MAX_FRAME: usize = 8192;

/// Bytes before the part that a frame's length counts.
const PREFIX: usize = 8;
/// Bytes before the body.
const HEADER: usize = 12;

/// One frame, borrowed from where it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the sender wrote as header version; says little about the layout of the body.
    pub header_version: u32,
    /// The message.
    pub message_id: MessageId,
    /// Everything after the message id.
    pub body: &'a [u8],
}

/// A length that no frame can have. The stream cannot be followed beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Too short for the message id.
    #[error("frame length {0} is below 4")]
    TooShort(u32),
    /// Beyond [`MAX_FRAME`].
    #[error("frame length {0} exceeds the limit of {MAX_FRAME} bytes")]
    TooLong(u32),
}

/// Cuts a stream of bytes into frames.
///
/// Frames that arrive whole are returned without a copy. Only an incomplete rest is kept, and its memory is
/// given back as soon as the frame is complete and used, so an idle connection holds none.
///
/// ```
/// use hookflash_wire::sccp::{Framer, MessageId};
///
/// let mut framer = Framer::default();
/// let mut received: &[u8] = &[4, 0, 0, 0, 0, 0, 0, 0, 0x0D, 0, 0, 0, 4, 0, 0];
/// let frame = framer.next(&mut received)?.expect("one whole frame");
/// assert_eq!(frame.message_id, MessageId::TIME_DATE_REQ);
/// assert_eq!(framer.next(&mut received)?, None);
/// assert!(received.is_empty());
/// # Ok::<(), hookflash_wire::sccp::FrameError>(())
/// ```
#[derive(Debug, Default)]
pub struct Framer {
    stream: Reassembly,
}

impl Framer {
    /// The next complete frame, taking from the front of `input` what belongs to it.
    ///
    /// Call it until it returns `None`: `input` is then empty and whatever was incomplete is remembered.
    ///
    /// # Errors
    ///
    /// A [`FrameError`] when a frame announces an impossible length; it repeats, the connection must be closed.
    pub fn next<'f, 'i: 'f>(&'f mut self, input: &mut &'i [u8]) -> Result<Option<Frame<'f>>, FrameError> {
        Ok(self.stream.next(input, PREFIX, frame_size)?.map(parse))
    }

    /// How many bytes of an incomplete frame are held.
    pub fn buffered(&self) -> usize {
        self.stream.buffered()
    }
}

/// The size of the frame that `bytes` start with.
fn frame_size(bytes: &[u8]) -> Result<usize, FrameError> {
    let length = word(bytes, 0);
    match usize::try_from(length) {
        Ok(size) if size > MAX_FRAME - PREFIX => Err(FrameError::TooLong(length)),
        Ok(size) if size < HEADER - PREFIX => Err(FrameError::TooShort(length)),
        Ok(size) => Ok(PREFIX + size),
        Err(_) => Err(FrameError::TooLong(length)),
    }
}

fn parse(frame: &[u8]) -> Frame<'_> {
    Frame {
        header_version: word(frame, 4),
        message_id: MessageId(word(frame, 8)),
        body: frame.get(HEADER..).unwrap_or_default(),
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let word = bytes.get(at..).and_then(|bytes| bytes.first_chunk());
    word.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

/// Appends a frame whose body `body` writes; `padded` fills it up to a multiple of four bytes.
pub(super) fn write(
    out: &mut Vec<u8>,
    header_version: u32,
    message_id: MessageId,
    padded: bool,
    body: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&header_version.to_le_bytes());
    out.extend_from_slice(&message_id.0.to_le_bytes());
    body(out);
    if padded {
        let size = (out.len() - start).next_multiple_of(4);
        out.resize(start + size, 0);
    }
    let length = u32::try_from(out.len() - start - PREFIX).unwrap_or(u32::MAX);
    if let Some(field) = out.get_mut(start..start + 4) {
        field.copy_from_slice(&length.to_le_bytes());
    }
}
