//! Who sent what to whom, and when.
//!
//! A [`Transcript`] keeps copies of the bytes and decodes them only when it is printed, so that keeping one costs
//! little. [`Transcript::ladder`] prints it.

mod describe;
mod ladder;
mod summary;

use std::ops::Range;

use hookflash_core::Instant;
use hookflash_wire::sccp::Encoding;

pub(crate) use describe::{EventFacts, describe_event};
pub use describe::{describe_client, describe_frame, describe_server, describe_sip};
pub use ladder::Ladder;
pub use summary::{EventSummary, short_name};

use crate::world::PartyId;

/// One end of a transmission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The node.
    Node,
    /// A phone or application.
    Party(PartyId),
}

/// What travelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content {
    /// SCCP messages; the encoding in force when the first of them was written.
    Sccp(Encoding),
    /// One or more SIP messages.
    Sip,
    /// One or more frames of CSTA over TCP.
    Csta,
    /// A connection was asked for.
    Connect,
    /// The connection was closed.
    Close,
    /// Not a transmission but something to know, such as a step of a story.
    Note,
}

/// One entry of a transcript.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When it was sent.
    pub at: Instant,
    /// By whom.
    pub from: Place,
    /// To whom.
    pub to: Place,
    /// What.
    pub content: Content,
    /// Whether it never arrived.
    pub lost: bool,
    start: usize,
    length: usize,
}

/// Who sent what to whom.
#[derive(Debug, Default)]
pub struct Transcript {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

impl Transcript {
    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The bytes of an entry of this transcript; the text of a note.
    pub fn bytes(&self, entry: &Entry) -> &[u8] {
        self.bytes.get(entry.start..entry.start + entry.length).unwrap_or_default()
    }

    /// How many entries there are: a mark to print from later.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing happened yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Writes a remark.
    pub fn note(&mut self, at: Instant, text: &str) {
        self.add(at, Place::Node, Place::Node, Content::Note, text.as_bytes(), false);
    }

    /// A printable form of some entries. `parties` are the names of the parties by [`PartyId`].
    pub fn ladder<'a>(&'a self, range: Range<usize>, parties: &'a [&'a str]) -> Ladder<'a> {
        Ladder::new(self, range, parties)
    }

    /// Keeps a copy of what travelled; `lost` when it never arrived.
    pub fn add(&mut self, at: Instant, from: Place, to: Place, content: Content, bytes: &[u8], lost: bool) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.entries.push(Entry { at, from, to, content, lost, start, length: bytes.len() });
    }
}
