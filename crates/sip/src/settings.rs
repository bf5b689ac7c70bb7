//! The settings of a layer.

use std::{net::IpAddr, time::Duration};

/// Settings of a [`Layer`](crate::Layer).
#[derive(Clone, Default, Debug)]
pub struct Settings {
    /// Where tags, branches and Call-IDs come from. Keep it secret, and never use one twice.
    pub seed: [u64; 2],
    /// The capabilities that this element announces.
    pub capabilities: Capabilities,
    /// Session timers that are offered and accepted.
    pub session_timer: SessionTimerSettings,
    /// Addresses that may speak in every dialog whose tags they know: the servers of other networks take each other's place.
    pub trusted: Vec<IpAddr>,
    /// Timers of INVITEs of ours.
    pub invite_timers: InviteTimers,
    /// How much is kept.
    pub limits: Limits,
}

/// The capabilities that this element announces.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The methods that are served, as the value of Allow. A method that is not among them is answered 405, or 501 if
    /// nobody knows it.
    pub allow: &'static str,
    /// The media types that are taken, as the value of Accept in the answer to OPTIONS.
    pub accept: &'static str,
    /// The extensions that are known, as the value of Supported. A request that requires another one is answered 420.
    pub supported: &'static str,
    /// The event packages that are served (RFC 6665), as the value of Allow-Events; empty if there are none.
    pub events: &'static str,
}

impl Default for Capabilities {
    fn default() -> Capabilities {
        Capabilities {
            allow: "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS",
            accept: "application/sdp",
            supported: "timer",
            events: "",
        }
    }
}

impl Capabilities {
    pub(crate) fn allows(&self, method: &str) -> bool {
        self.allow.split(',').any(|allowed| allowed.trim() == method)
    }

    pub(crate) fn supports(&self, extension: &str) -> bool {
        self.supported.split(',').any(|supported| supported.trim().eq_ignore_ascii_case(extension))
    }
}

/// Timers of INVITEs of ours (RFC 3261, 17.1.1.2 and 16.6).
#[derive(Clone, Copy, Debug)]
pub struct InviteTimers {
    /// When one that is not answered is repeated for the first time: T1, or timer A. Each time later it takes twice as long.
    pub repeated_after: Duration,
    /// How long it may ring after each provisional response: timer C.
    pub rings: Duration,
}

impl Default for InviteTimers {
    fn default() -> InviteTimers {
        InviteTimers { repeated_after: crate::T1, rings: crate::TIMER_C }
    }
}

/// Session timers that are offered and accepted (RFC 4028).
#[derive(Clone, Copy, Debug)]
pub struct SessionTimerSettings {
    /// Session-Expires that is offered.
    pub interval: Duration,
    /// The shortest interval that is accepted.
    pub least: Duration,
    /// The users keep the timers of dialogs that they begin: they add the headers, refresh, and end what is over. Else the
    /// layer does.
    pub by_user: bool,
}

impl Default for SessionTimerSettings {
    fn default() -> SessionTimerSettings {
        SessionTimerSettings {
            interval: Duration::from_secs(1800),
            least: Duration::from_secs(90),
            by_user: false,
        }
    }
}

/// How much a layer keeps of what others can make it keep.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// TCP connections.
    pub links: usize,
    /// TCP connections from one address.
    pub links_per_source: usize,
    /// TCP connections from one address that no dialog and no registration uses.
    pub unused_per_source: usize,
    /// Bytes of messages that are not complete, on all connections together.
    pub gathered_bytes: usize,
    /// Requests from one address that are kept in case they are repeated.
    pub transactions_per_source: usize,
    /// Dialogs, early ones and those that end included.
    pub dialogs: usize,
    /// INVITEs of peers that have no final response yet.
    pub pending: usize,
    /// Requests of users that have no final response yet.
    pub requests: usize,
    /// Bytes of bodies that wait in all dialogs together. Beyond it, a dialog in which one more would wait ends.
    pub waiting_bytes: usize,
    /// Responses that are kept for repeated requests; beyond it the oldest go first.
    pub responses: usize,
    /// Bytes of these.
    pub response_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            links: 20_000,
            links_per_source: 20_000,
            unused_per_source: 20_000,
            gathered_bytes: 32 * 1024 * 1024,
            transactions_per_source: 65_536,
            dialogs: 20_000,
            pending: 10_000,
            requests: 65_536,
            waiting_bytes: 256 * 1024 * 1024,
            responses: 65_536,
            response_bytes: 64 * 1024 * 1024,
        }
    }
}
