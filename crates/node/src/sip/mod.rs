//! The SIP layer that carries CTI sessions: flows, transactions, dialogs and session timers (RFC 3261, 4028, 6086).
//!
//! ```text
//!   bytes, datagrams ─► Endpoint ─► Event: a request to answer, a dialog that ended ─► uacsta, registrar
//!                          ▲                                                             │
//!                          └──── establish, reply, info, end ◄───────────────────────────┘
//! ```
//!
//! [`Endpoint`] answers by itself what needs no CSTA: OPTIONS, CANCEL, BYE, refreshes without a body, and everything
//! that is wrong as SIP. It hands on INVITE and INFO with CSTA bodies as [`Event::Request`], and REGISTER as
//! [`Event::Register`] if there is a registrar.
//!
//! | file | one idea |
//! | --- | --- |
//! | `flow` | how messages come in and how answers go back |
//! | `transaction` | repetitions over UDP |
//! | `dialog` | what in-dialog requests are matched with and made from |
//! | `session_timer` | how long a dialog lives without a sign of life |
//! | `endpoint` | what is done with a message |
//! | `respond` | how requests are answered |
//! | `request` | how requests of ours are sent |
//!
//! # What real clients force on us
//!
//! * A Via without branch; CSeq counting backwards; an ACK with any CSeq: all accepted. Over TCP no request is ever
//!   taken for a repetition, over UDP only one that is really the same. One branch for all requests: not relied upon.
//! * The Contact may be unreachable: requests go by the flow of the client's last request in the dialog.
//! * INFOs that are never answered: over TCP each is forgotten when it is written, over UDP none holds up the next one
//!   for long.
//! * Many dialogs on one connection: when it breaks, each waits [`LINK_GRACE`] for its client to return.
//!
//! # Limits
//!
//! Links ([`UacstaSettings::max_links`](crate::UacstaSettings::max_links)), dialogs
//! ([`CtiSettings::max_sessions`](hookflash_core::CtiSettings::max_sessions)), waiting requests ([`MAX_WAITING`],
//! [`MAX_WAITING_BYTES`]), kept responses, and the sizes of messages that [`hookflash_wire::sip`] sets.

mod dialog;
mod endpoint;
mod flow;
mod identifiers;
mod incoming;
mod request;
mod respond;
mod session_timer;
mod transaction;

#[cfg(test)]
mod tests;

pub use dialog::{Dialog, MAX_REPEATED, MAX_WAITING, MAX_WAITING_BYTES, PATIENCE};
pub use endpoint::{EndReason, Endpoint, Event, LINK_GRACE};
pub use flow::{Flow, LINK_IDLE};
pub use identifiers::DialogId;
pub use incoming::Incoming;
pub use session_timer::SessionTimer;
pub use transaction::{GIVE_UP, T1, T2};

/// The media type of CSTA bodies.
pub const CSTA_XML: &str = "application/csta+xml";

/// The Content-Disposition of CSTA bodies.
const CSTA_DISPOSITION: &str = "signal;handling=required";

/// The methods that are understood, without and with a registrar.
const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS";
const ALLOW_REGISTER: &str = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS, REGISTER";

/// The extension that is understood.
const SUPPORTED: &str = "timer";

/// Seconds after which a client that was turned away for lack of room may try again.
const RETRY_AFTER: u32 = 10;
