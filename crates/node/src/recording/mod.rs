//! A recording: everything that happened to a node, so that it can be replayed.
//!
//! A [`Node`](crate::Node) is deterministic: the same settings and the same inputs at the same times give the same
//! outputs, byte for byte. A recording holds the settings and the inputs, and a digest of what each input caused.
//! [`Recorder`] writes one, [`Reader`] reads one, [`Replay`] runs a node through one and finds the first input whose
//! outputs differ. Nothing here opens a file: the `hookflash` program does.
//!
//! ```text
//!   Node ──► Recording ──► Spool ──► Storage: a file (hookflash), a virtual disk (simulator)
//!            a limit       waits while the disk is full
//! ```
//!
//! [`Recording`] is a recorder with a limit, [`Spool`] brings its records to the file. Whatever goes wrong there, the
//! node does not notice: a full disk is waited for, and everything else ends the recording, with one [`Notice`], after
//! a whole record.
//!
//! # The format, version 1
//!
//! ```text
//! file    = "HOOKREC" LF, version (1 byte), frame (the header), frame (a record) ...
//! frame   = length of the body, body, CRC-32 of the whole file up to here (4 bytes, least significant first)
//! header  = program version (bytes), address of --bind, configuration (bytes), open files, seed [, goes on at]
//! record  = kind (1 byte), milliseconds since the record before, fields of the kind, digest of the outputs [, sent]
//! sent    = their number, 1, link, bytes | 2, link | 3, our socket, the receiver's socket, bytes ...
//! bytes   = their number, the bytes
//! address = 0 | 4, 4 bytes | 6, 16 bytes                          none, IPv4, IPv6
//! socket  = 4, 4 bytes, port | 6, 16 bytes, port, flow label, scope
//! ```
//!
//! | kind | what happened | fields |
//! | --- | --- | --- |
//! | 1 | a peer connected | link, listener (1 SCCP, 2 SIP, 3 CSTA, 4 and 5 the last two over TLS), our socket, the peer's socket |
//! | 2 | bytes came in on a link | link, bytes |
//! | 3 | a link closed | link |
//! | 4 | a datagram came in | our socket, the sender's socket, bytes |
//! | 5 | an operator typed a line | terminal, text (bytes) |
//! | 6 | the time of day was set | milliseconds after 1970 (signed), seconds east of UTC (signed) |
//! | 7 | new calls were limited | 0 for no limit, or 1 and calls a second |
//! | 8 | the server was told to end | |
//! | 9 | timers ran out | |
//! | 10 | a stored value was given back | value (bytes) |
//! | 11 | an operator's terminal closed | terminal |
//! | 12 | the startup configuration was stored | terminal, why not (bytes, empty if it was) |
//! | 13 | the configuration was read again | configuration (bytes) |
//! | 14 | a configuration was read for a terminal | terminal, 1 or 0 for an error, configuration or error (bytes) |
//! | 28 | something of a session of an earlier server | kind, session, number, content (bytes) |
//! | 26 | a stream of events was closed | request |
//! | 27 | a webhook was posted | attempt, status or 0 |
//! | 24 | somebody asked for a WebSocket | link, request, our socket, the peer's socket, method, target, authorization, body |
//! | 42 | a name was looked up | name (bytes), 0 or the port and 1, seconds, addresses (bytes) |
//! | 43 | the device at a leg sent a digit | leg, digit |
//! | 40, 41 | somebody asked for a page, or a WebSocket, over TLS | as without it |
//!
//! Numbers are LEB128: seven bits a byte, the lowest first, the highest bit set in all bytes but the last. Signed ones
//! are zigzag-encoded before that. The digest is FNV-1a, 64 bit, least significant byte first; with 128 added to the kind
//! there is none, because what the input caused shows a secret that the file does not hold.
//!
//! A file ends after any frame. One that ends inside a frame was left by a server that did not end in order, or is being
//! written just now by one whose disk is full: everything before that frame counts.
//!
//! # A ring of two files
//!
//! When a file is full another one goes on. Its header has the time, in milliseconds after the start; its node cannot be made
//! again, so that its records have what was sent to somebody (1: on a link, 2: the link was closed, 3: a datagram), and a replay
//! compares nothing. What one source brings beyond its share is left out of it.
//!
//! # Secrets
//!
//! Passwords of the configuration, and of operators' commands, are replaced by asterisks before they are written, and
//! pins by zeros (a pin has to have digits), each in its length; so are the values of `Authorization` and
//! `Proxy-Authorization` in SIP. The node reads none of these, so that nothing else changes. Keys of SRTP are replaced by a key that
//! everybody knows, and our own are other ones in a replay. Everything else
//! is there, and has to be: the digits that users dial, who called whom, what applications wrote.

mod bytes;
mod keep;
mod mask;
mod mask_json;
mod mask_request;
mod mask_xml;
mod read;
mod replay;
mod spool;
#[cfg(test)]
mod tests;
mod write;

use std::net::IpAddr;

use hookflash_core::Instant;

use crate::Start;

pub use bytes::{Digest, seal};
pub use keep::{HeadTooLarge, MAX_WAITING, Piece, Recording, Stop, USUAL_LIMIT};
pub use mask::{mask_finding, mask_text};
pub use read::{Event, Reader, Record};
pub use replay::{Replay, ReplayError, Step};
pub use spool::{Notice, Spool, Storage, TRY_AGAIN};
pub use write::{RecordTooLarge, Recorder};

/// What a file begins with.
pub const MAGIC: &[u8; 8] = b"HOOKREC\n";

/// The version of the format that is written and read.
pub const VERSION: u8 = 1;

/// The largest record, in bytes: several times what is read from a socket at once.
pub const MAX_RECORD: usize = 1024 * 1024;

/// The largest header, in bytes: the largest configuration and some more.
pub const MAX_HEADER: usize = crate::config::MAX_TEXT_LENGTH + 1024;

/// The latest time of a record, in milliseconds after the start: some 8,900 years.
pub const MAX_TIME: u64 = 1 << 48;

/// What a node is made of, as the recording's first frame says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header<'a> {
    /// The version of the program that recorded.
    pub program: &'a str,
    /// The address that replaced those of the listeners.
    pub bind: Option<IpAddr>,
    /// The configuration, secrets masked.
    pub configuration: &'a str,
    /// What else the node was made of.
    pub start: Start,
    /// When the file goes on where another one was full; `None` if it begins with the server.
    pub goes_on_at: Option<Instant>,
}

/// Why a recording cannot be read, or not to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecordingError {
    /// It does not begin with [`MAGIC`].
    #[error("this is not a recording")]
    NotARecording,
    /// It was written in another version of the format.
    #[error("the recording has format version {0}; this program reads version {VERSION}")]
    Version(u8),
    /// The file ends inside a frame: the server that wrote it did not end in order, or the file was cut.
    #[error("the recording is cut off: what begins at byte {offset} is incomplete")]
    CutOff {
        /// Where the incomplete frame begins.
        offset: usize,
    },
    /// Something is not as it was written.
    #[error("the recording is damaged at byte {offset}: {what}")]
    Damaged {
        /// Where the frame begins.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
}
