//! Session Initiation Protocol messages (RFC 3261): bytes to values, values to bytes.
//!
//! This module owns the text of SIP and nothing else. Transactions, dialogs, timers and sockets live elsewhere;
//! nothing here waits, remembers a peer or reads a clock.
//!
//! ```text
//! TCP bytes -> StreamFramer -> one message's bytes --.
//! UDP datagram ---------------------------------------+-> Message::parse -> Request | Response -> typed headers
//! MessageBuilder -> bytes
//! ```
//!
//! * [`StreamFramer`] cuts a byte stream into messages and keepalives; idle connections cost it no memory.
//! * [`Message::parse`] reads one message in one pass. The head is copied once and indexed; header values are
//!   read only when asked for, as borrowed views ([`Via`], [`NameAddr`], [`Uri`], [`CSeq`], ...) of that copy.
//! * [`Part`] takes bodies of several parts apart.
//! * [`MessageBuilder`] writes a message front to back into one buffer and counts the body itself.
//!   [`MessageBuilder::reply`] starts a response with everything RFC 3261, 8.2.6.2 wants copied.
//! * [`Authorization`] is what a client proves.
//! * [`Challenge`] is what a server wants to be proved before it serves, and answers it.
//!
//! # What is tolerated
//!
//! Real clients are the measure, the grammar is not: a Via without branch, bare line feeds, Latin-1 display
//! names, folded and compact headers, empty parameters, blanks where none belong. A header nobody asks for may
//! hold anything. What is refused is what cannot be understood without guessing where a message or header ends;
//! then the [`ParseError`] still carries as much of the request as could be read, enough to answer it.
//!
//! # Limits
//!
//! [`MAX_HEAD`] bytes of start line and headers, [`MAX_BODY`] bytes of body, on streams and datagrams alike.
//! [`Headers::oversized`] finds identifiers and addresses that are longer than a server keeps.
//!
//! # Text
//!
//! Header text is always valid UTF-8 here. A line that is not UTF-8 is read as ISO 8859-1 and written back as
//! the same bytes, so nothing is lost when a header is echoed.

mod address;
mod authorization;
mod build;
mod digest;
mod error;
mod framer;
mod header_name;
mod headers;
mod list;
mod message;
mod method;
mod multipart;
mod oversize;
mod parse;
mod status;
mod uri;
mod values;
mod via;

pub use address::{Contact, NameAddr};
pub use authorization::{Authorization, DigestHash};
pub use build::{HeaderBlock, MessageBuilder};
pub use digest::{Challenge, Credentials};
pub use error::{FrameError, HeaderError, ParseError, ParseErrorKind, UriError};
pub use framer::{Framed, StreamFramer};
pub use header_name::HeaderName;
pub use headers::{Headers, Tokens};
pub use list::{Elements, Param, Params};
pub use message::{Message, Request, Response};
pub use method::Method;
pub use multipart::Part;
pub use oversize::{MAX_ADDRESS, MAX_IDENTIFIER, MAX_VIA, MAX_VIAS};
pub use status::StatusCode;
pub use uri::{Scheme, Uri};
pub use values::{CSeq, ContentType, MinSe, Refresher, SessionExpires};
pub use via::{Transport, Via};

/// Most bytes of start line and headers together, the blank line included.
pub const MAX_HEAD: usize = 16 * 1024;

/// Most bytes of a message body.
pub const MAX_BODY: usize = 64 * 1024;
