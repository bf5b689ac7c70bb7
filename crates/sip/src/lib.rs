//! SIP without sockets and clocks: transactions, dialogs and session timers in both roles (RFC 3261, 4028, 6026).
//!
//! ```text
//!   bytes, datagrams ─► Layer ─► Event: requests to reply to, responses, dialogs that ended ─► users
//!                        ▲                                                                       │
//!                        └──── reply, establish, send, cancel, acknowledge, end ◄────────────────┘
//! ```
//!
//! [`Layer`] is one SIP element: a server and a client for its users. Its type parameter `U` names the users;
//! each dialog and each request belongs to one, and events about them carry that name. What the bodies hold, whom a
//! request is for, and whether it is granted is decided by the users.
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
//! # Driving it
//!
//! Give each message and each deadline to the layer with the time, then drain its events.
//!
//! ```
//! use hookflash_sip::{Event, Layer, LinkId, Settings, Transmit};
//! use hookflash_time::Instant;
//! use hookflash_wire::sip::{Method, StatusCode};
//! use std::net::SocketAddr;
//!
//! #[derive(Default)]
//! struct Wire(Vec<(SocketAddr, Vec<u8>)>);
//!
//! impl Transmit for Wire {
//!     fn link(&mut self, _: LinkId) -> &mut Vec<u8> {
//!         unreachable!("there is no connection")
//!     }
//!     fn datagram(&mut self, _: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
//!         self.0.push((to, bytes));
//!     }
//!     fn close(&mut self, _: LinkId) {}
//! }
//!
//! let (mut layer, mut wire) = (Layer::<()>::new(Settings { seed: [1, 2], ..Settings::default() }), Wire::default());
//! let (now, local, peer) = (Instant::ZERO, "127.0.0.1:5060".parse()?, "127.0.0.1:7000".parse()?);
//! let invite = "INVITE sip:201@cme SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:7000;branch=z9hG4bK1\r\n\
//!     From: <sip:a@b>;tag=1\r\nTo: <sip:201@cme>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:7000>\r\n\r\n";
//! layer.datagram(now, local, peer, invite.as_bytes(), &mut wire);
//! while let Some(event) = layer.poll_event() {
//!     if let Event::Request(incoming) = event {
//!         assert_eq!(incoming.request().method, Method::Invite);
//!         layer.reply(now, incoming, StatusCode::BUSY_HERE.into(), &mut wire);
//!     }
//! }
//! assert!(wire.0[0].1.starts_with(b"SIP/2.0 486 Busy Here"));
//! // It is repeated until the peer acknowledges it.
//! let due = layer.poll_timeout().unwrap();
//! layer.handle_timeout(due, &mut wire);
//! assert_eq!(wire.0.len(), 2);
//! # Ok::<(), std::net::AddrParseError>(())
//! ```
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
//! Connections, dialogs, pending INVITEs, requests of ours, half messages and bytes that wait ([`Limits`]), some of them for
//! each source address; requests that wait in one dialog ([`MAX_WAITING`], [`MAX_WAITING_BYTES`]); kept responses; and the
//! sizes of messages that [`hookflash_wire::sip`] sets. An identifier or address that is longer than is kept is refused
//! with 513.
//!
//! # Strangers
//!
//! * An address that has not shown that it reads our answers gets at most [`AMPLIFICATION`] times the bytes that came in its
//!   name, repetitions included; a dialog over datagrams that it never acknowledges ends without a word. A user may
//!   [vouch](Layer::vouch) for an address that it knows.
//! * A request in a dialog is taken from the address of its flow or of its Contact only. It moves the flow within one
//!   transport, and from a connection that was lost to another one.
//! * Programs that look for systems to abuse get no answer.

mod busy;
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

pub use busy::busy;
pub use dialog::{Dialog, MAX_REPEATED, MAX_WAITING, MAX_WAITING_BYTES, PATIENCE, Role};
pub use identifiers::{DialogId, Tag};
pub use layer::{Counters, EndReason, Event, FLOW_GRACE, Failure, Layer, SendError, Sizes};
pub use message::{Body, ContentKind, Incoming, InviteId, Outgoing, Reply, RequestInDialog};
pub use session_timer::{Party, SessionTimer};
pub use settings::{Capabilities, InviteTimers, Limits, SessionTimerSettings, Settings};
pub use transaction::{RequestId, T1, T2, T4, TIMER_C, TRANSACTION_TIMEOUT};
pub use transport::{
    AMPLIFICATION, Flow, LINK_IDLE, LinkId, MAX_ADDRESSES, Stream, Transmit, WEB_SOCKET_IDLE, messages,
};
