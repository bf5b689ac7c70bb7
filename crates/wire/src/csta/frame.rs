//! Frames of CSTA on a TCP connection without SIP (ECMA-323, the annex on TCP without SOAP).
//!
//! | bytes | content |
//! | --- | --- |
//! | 0, 1 | 0 and 0: XML; 1 and 0: XML in a SOAP envelope ([`Encapsulation`]) |
//! | 2, 3 | length of the frame with these eight bytes, big endian |
//! | 4 to 7 | invoke identifier, four decimal digits ([`InvokeId`]) |
//! | 8 and on | XML |
//!
//! [`Framer`] cuts a stream into [`Frame`]s, [`write_frame`] appends one. [`super::decode_tcp`] reads the body.
//! SOAP envelopes are told apart and not opened.

use smol_str::ToSmolStr;

use crate::reassembly::Reassembly;

/// The largest frame, in bytes: its length has 16 bits.
pub const MAX_FRAME: usize = 65_535;

/// The largest frame that every peer can read, in bytes: some take the length for a signed number.
pub const MAX_PORTABLE_FRAME: usize = 32_767;

/// Bytes before the body.
const HEADER: usize = 8;

/// What surrounds the message in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encapsulation {
    /// Nothing.
    #[default]
    Plain,
    /// A SOAP envelope.
    Soap,
}

/// Which response belongs to which request. Each side counts its own requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvokeId(u16);

impl InvokeId {
    /// The one that all events have, and only events.
    pub const EVENT: InvokeId = InvokeId(9_999);

    /// The first one of a side that counts from 1.
    pub const FIRST: InvokeId = InvokeId(1);

    /// This number; `None` above 9999.
    pub fn new(number: u16) -> Option<InvokeId> {
        (number <= Self::EVENT.0).then_some(InvokeId(number))
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }

    /// The one for the next request: 0 after 9998.
    #[must_use]
    pub fn next(self) -> InvokeId {
        InvokeId((self.0 + 1) % Self::EVENT.0)
    }

    fn from_digits(digits: [u8; 4]) -> Option<InvokeId> {
        let number = digits.into_iter().try_fold(0, |number, digit| {
            digit.is_ascii_digit().then(|| number * 10 + u16::from(digit - b'0'))
        });
        number.map(InvokeId)
    }
}

impl std::fmt::Display for InvokeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// One frame, borrowed from where it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What surrounds the message.
    pub encapsulation: Encapsulation,
    /// Invoke identifier.
    pub invoke_id: InvokeId,
    /// The message; may be empty.
    pub body: &'a [u8],
}

/// Why a stream is no CSTA. It cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The first two bytes are not those of a frame.
    #[error("frame starts with {0:02x} {1:02x}")]
    UnknownFormat(u8, u8),
    /// The length does not count the header.
    #[error("frame length {0} is below 8")]
    TooShort(u16),
    /// The frame is longer than the receiver allows.
    #[error("frame length {length} exceeds the limit of {limit} bytes")]
    TooLong {
        /// Length that the frame announces, in bytes.
        length: u16,
        /// What the receiver allows, in bytes.
        limit: usize,
    },
    /// The invoke identifier is not four decimal digits.
    #[error("invoke identifier {:?} is not four digits", .0.escape_ascii().to_string())]
    InvokeId([u8; 4]),
}

/// A message that does not fit into a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("frame of {size} bytes is longer than {MAX_FRAME}")]
pub struct FrameTooLong {
    /// Size that the frame would have, in bytes.
    pub size: usize,
}

/// Cuts a stream of bytes into frames.
///
/// Frames that arrive whole are returned without a copy; of an incomplete one at most the limit is held, and an idle
/// connection holds nothing.
///
/// ```
/// use hookflash_wire::csta::{Framer, InvokeId};
///
/// let mut framer = Framer::default();
/// let mut received: &[u8] = b"\0\0\0\x0c0001<a/>\0\0";
/// let frame = framer.next(&mut received)?.expect("one whole frame");
/// assert_eq!((frame.invoke_id, frame.body), (InvokeId::FIRST, &b"<a/>"[..]));
/// assert_eq!(framer.next(&mut received)?, None);
/// assert_eq!(framer.buffered(), 2);
/// # Ok::<(), hookflash_wire::csta::FrameError>(())
/// ```
#[derive(Debug)]
pub struct Framer {
    stream: Reassembly,
    limit: usize,
    failed: Option<FrameError>,
}

impl Default for Framer {
    fn default() -> Self {
        Framer::with_limit(MAX_FRAME)
    }
}

impl Framer {
    /// A framer that refuses frames of more than `limit` bytes.
    pub fn with_limit(limit: usize) -> Self {
        Framer { stream: Reassembly::default(), limit, failed: None }
    }

    /// The next complete frame, taking from the front of `input` what belongs to it.
    ///
    /// Call it until it returns `None`: `input` is then empty and whatever was incomplete is remembered.
    ///
    /// # Errors
    ///
    /// A [`FrameError`], as soon as the header is there. Every further call fails alike; the connection must be
    /// closed.
    pub fn next<'f, 'i: 'f>(&'f mut self, input: &mut &'i [u8]) -> Result<Option<Frame<'f>>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let limit = self.limit;
        let size = |bytes: &[u8]| Header::parse(bytes, limit).map(|header| header.length);
        match self.stream.next(input, HEADER, size) {
            Ok(None) => Ok(None),
            Ok(Some(frame)) => {
                let Header { encapsulation, invoke_id, .. } = Header::parse(frame, limit)?;
                Ok(Some(Frame { encapsulation, invoke_id, body: frame.get(HEADER..).unwrap_or_default() }))
            }
            Err(error) => {
                self.failed = Some(error);
                Err(error)
            }
        }
    }

    /// How many bytes of an incomplete frame are held.
    pub fn buffered(&self) -> usize {
        self.stream.buffered()
    }
}

/// The first bytes of a frame.
struct Header {
    encapsulation: Encapsulation,
    length: usize,
    invoke_id: InvokeId,
}

impl Header {
    fn parse(bytes: &[u8], limit: usize) -> Result<Header, FrameError> {
        let [format, zero, high, low, invoke_id @ ..] =
            *bytes.first_chunk::<HEADER>().unwrap_or(&[0; HEADER]);
        let encapsulation = match (format, zero) {
            (0, 0) => Encapsulation::Plain,
            (1, 0) => Encapsulation::Soap,
            _ => return Err(FrameError::UnknownFormat(format, zero)),
        };
        let length = u16::from_be_bytes([high, low]);
        match usize::from(length) {
            0..HEADER => Err(FrameError::TooShort(length)),
            size if size > limit => Err(FrameError::TooLong { length, limit }),
            size => {
                let invoke_id = InvokeId::from_digits(invoke_id).ok_or(FrameError::InvokeId(invoke_id))?;
                Ok(Header { encapsulation, length: size, invoke_id })
            }
        }
    }
}

/// Appends a frame to `out` whose body `body` appends.
///
/// # Errors
///
/// [`FrameTooLong`] if the body has more than 65,527 bytes; `out` is then as it was.
pub fn write_frame(
    out: &mut Vec<u8>,
    encapsulation: Encapsulation,
    invoke_id: InvokeId,
    body: impl FnOnce(&mut Vec<u8>),
) -> Result<(), FrameTooLong> {
    let start = out.len();
    let format = match encapsulation {
        Encapsulation::Plain => 0,
        Encapsulation::Soap => 1,
    };
    out.extend_from_slice(&[format, 0, 0, 0]);
    out.extend_from_slice(invoke_id.to_smolstr().as_bytes());
    body(out);
    let size = out.len().saturating_sub(start);
    let Ok(length) = u16::try_from(size) else {
        out.truncate(start);
        return Err(FrameTooLong { size });
    };
    if let Some(field) = out.get_mut(start + 2..start + 4) {
        field.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}
