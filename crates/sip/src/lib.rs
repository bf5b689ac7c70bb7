//! SIP without sockets and clocks: transactions, dialogs and session timers in both roles (RFC 3261, 4028, 6026).
//!
//! ```text
//!   bytes, datagrams ─► Layer ─► Event: requests to reply to, responses, dialogs that ended ─► users
//!                        ▲                                                                       │
//!                        └──── reply, establish, send, cancel, acknowledge, end ◄────────────────┘
//! ```
//!
//! [`Layer`] is one SIP element: a server and a client for everybody who uses it. Its type parameter `U` names the users;
//! each dialog and each request belongs to one, and events about them carry that name. What the bodies hold, whom a
//! request is for, and whether it is granted is the users' business.
//!
//! | module | content |
//! | --- | --- |
//! | `transport` | flows, connections, framing |
//! | `transaction` | client and server transactions, of INVITE and of other methods |
//! | `dialog` | what in-dialog requests are matched with and built from, and those that wait to be sent |
//! | `session_timer` | how long a dialog lives without a refresh |
//! | `layer` | what is done with messages, and the calls of users |
//! | `identifiers` | tags, branches and Call-IDs, from a seed |
//!
//! # What the layer does by itself
//!
//! * It answers what is wrong as SIP, OPTIONS, CANCEL and BYE, and sends 100 (Trying) when a user takes its time.
//! * It retransmits requests, non-2xx responses to INVITE and 2xx responses to INVITE, and acknowledges non-2xx responses.
//! * It absorbs repeated requests: each is passed to a user once. A response without a live transaction is ignored.
//! * It acknowledges and ends a dialog that is established after its INVITE was cancelled.
//! * It refreshes sessions, and ends those that are not refreshed.
//!
//! # What real clients force on us
//!
//! * A Via without branch; CSeq counting backwards; an ACK with any CSeq: all accepted. Over TCP no request is ever
//!   taken for a repetition, over UDP only one that is really the same. One branch for all requests: not relied upon.
//! * The Contact may be unreachable: requests go by the flow of the peer's last request in the dialog.
//! * Requests that are never answered: over TCP one bit is kept of each, over UDP none holds up the next one for long.
//! * Many dialogs on one connection: when it breaks, each waits [`FLOW_GRACE`] for its peer to return.
//!
//! # Limits
//!
//! Connections, dialogs, pending INVITEs, requests of ours and bytes that wait ([`Limits`]); requests that wait in one
//! dialog ([`MAX_WAITING`], [`MAX_WAITING_BYTES`]); kept responses; and the sizes of messages that
//! [`hookflash_wire::sip`] sets.

mod dialog;
mod identifiers;
mod layer;
mod message;
mod session_timer;
mod settings;
mod transaction;
mod transport;

#[cfg(test)]
mod tests;

pub use dialog::{Dialog, MAX_REPEATED, MAX_WAITING, MAX_WAITING_BYTES, PATIENCE, Role};
pub use identifiers::{DialogId, Tag};
pub use layer::{Counters, EndReason, Event, FLOW_GRACE, Failure, Layer, SendError, Sizes};
pub use message::{Body, ContentKind, Incoming, InviteId, Outgoing, Reply, RequestInDialog};
pub use session_timer::{Party, SessionTimer};
pub use settings::{Capabilities, Limits, SessionTimerSettings, Settings};
pub use transaction::{RequestId, T1, T2, T4, TIMER_C, TRANSACTION_TIMEOUT};
pub use transport::{Flow, LINK_IDLE, LinkId, Transmit};
