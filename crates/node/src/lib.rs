//! A whole server without sockets: bytes and commands in, bytes and text out.
//!
//! [`Node`] joins the protocols of `hookflash-wire` to the switch of `hookflash-core`. It has no socket, clock,
//! file or thread: a driver (`hookflash-driver`, or the simulator) passes inputs with their time, and carries out the
//! outputs. The same inputs give the same outputs, byte for byte.
//!
//! ```text
//!            Input (bytes of a link, a datagram, a command, the wall clock)
//!              │
//!   ┌──────────▼───────────────────────────────────────────────────────────┐
//!   │ Node                                                                 │
//!   │   sccp    one station session per phone; renders the switch's views  │
//!   │   sip     transactions and dialogs over UDP and TCP                  │
//!   │   sip_phone  SIP phones: registrations, and a leg for each call        │
//!   │   registrar  session managers that are registered over SIP           │
//!   │   csta    CSTA sessions: services, events, device names              │
//!   │   uacsta  carries CSTA sessions inside SIP dialogs                   │
//!   │   csta_tcp  carries CSTA sessions over TCP                           │
//!   │   csta_json  the same over WebSocket, as JSON-RPC                    │
//!   │   rest    REST for web services, health and counters                 │
//!   │   terminal  operators: the configuration session and its prompts     │
//!   │   live    what changes while the node runs                           │
//!   │   fetches, web  files and pages of phones, the XML interface         │
//!   │   newcomers, mobility  phones that register by themselves; logins    │
//!   │   cli     exec commands: show ephone, show cti session, ...          │
//!   │            │ verbs                       ▲ responses, events, views  │
//!   │            ▼                             │                           │
//!   │   hookflash_core::Switch: who is connected to whom                   │
//!   └──────────┬───────────────────────────────────────────────────────────┘
//!              ▼
//!            Output (bytes for a link, a datagram, close a link, an answer)
//! ```
//!
//! Adapters hold no call state: ask the switch.
//!
//! Because a node is deterministic, what happened to one can happen again: see [`recording`].

mod alarms;
pub mod audio;
pub mod audit;
pub mod cli;
mod conference_list;
mod context;
pub mod csta;
pub mod csta_json;
pub mod csta_tcp;
mod cti_devices;
mod debugging;
mod dependencies;
mod features;
mod fetches;
mod forwarding;
mod hours;
mod io;
pub mod limits;
mod live;
mod media_keys;
mod mobility;
mod newcomers;
mod node;
mod outbox;
mod password;
mod provision;
pub mod recording;
pub mod registrar;
mod rest;
pub mod sccp;
mod session_report;
pub mod sip;
pub mod sip_phone;
mod sizes;
mod store;
mod terminal;
mod throttle;
pub mod uacsta;
mod users;
mod verdicts;
mod wall_clock;
mod web;

pub use context::Context;
pub use csta::DeviceLimits;
pub use csta_tcp::CstaTcpSettings;
pub use hookflash_config as config;
pub use hookflash_core::InvalidSettings;
pub use hookflash_sip::{busy, messages};
pub use hookflash_wire::csta::Secret as Password;
pub use hookflash_wire::printable::{printable, printable_lines, printable_start};
pub use hookflash_wire::sdp::{Crypto, CryptoSuite};
pub use io::{
    AudioSocket, FetchId, FileAnswer, FileOrder, Handshake, Input, LinkId, Listener, MediaKeys, Output,
    SessionRecord, SipTransport, TerminalId, http,
};
pub use node::Node;
pub use outbox::Outbox;
pub use password::is as is_password;
pub use provision::{Listeners, NodeSettings, Provisioned, Start, provision};
pub use registrar::{RegistrarSettings, SessionManagerSettings};
pub use rest::too_large;
pub use sccp::SccpSettings;
pub use session_report::{Carriage, SessionReport};
pub use sizes::Sizes;
pub use uacsta::UacstaSettings;
pub use wall_clock::{CivilTime, WallClock};
