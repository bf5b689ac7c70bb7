//! Transactions (RFC 3261, 17; RFC 6026): a repeated request gets the same response again, and a request of ours is
//! repeated until it is answered.
//!
//! | file | machine | timers |
//! | --- | --- | --- |
//! | `client` | non-INVITE client | E, F; K is not needed: what comes after the final response has no transaction |
//! | `client_invite` | INVITE client | A, B, C, D, M |
//! | `server` | non-INVITE server | J |
//! | `server_invite` | INVITE server | G, H, L, and 100 after 200 ms; I is within H |
//!
//! The machines decide; the [`Layer`](crate::Layer) sends, and keeps their timers in its one ordered structure. Those
//! that only end the memory of a response (H, I, J, L) all take 64 * T1, so a queue is enough for them.
//!
//! Streams repeat nothing: over TCP no transaction is kept for a request that is not INVITE, so a request that looks like
//! an earlier one is a new one.

mod client;
mod client_invite;
mod server;
mod server_invite;

use std::time::Duration;

use hookflash_time::Instant;

pub use client::RequestId;
pub(crate) use client::{Client, Clients, Owner};
pub(crate) use client_invite::{Cancelling, ClientInvite, Due, State as ClientState};
pub(crate) use server::{Origin, ServerKey, Servers};
pub(crate) use server_invite::{Repeated, ServerInvite, State};

/// Estimate of the round trip: the first interval between repetitions.
pub const T1: Duration = Duration::from_millis(500);
/// Longest interval between repetitions of a request that is not INVITE, and of a response to INVITE.
pub const T2: Duration = Duration::from_secs(4);
/// How long a message stays in the network.
pub const T4: Duration = Duration::from_secs(5);
/// 64 * T1: how long a request is repeated, and how long a response is kept.
pub const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(32);
/// How long an INVITE of ours may ring after each provisional response before it is cancelled (timer C).
pub const TIMER_C: Duration = Duration::from_secs(180);

/// Dialogs that one INVITE may create; responses of further forks create none.
pub(crate) const MAX_FORKS: usize = 32;

/// When a message is repeated: after T1, then after twice as long each time, up to a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repetition {
    interval: Duration,
    longest: Duration,
    /// When to stop.
    pub(crate) give_up: Instant,
    /// How often it was repeated.
    pub(crate) count: u32,
}

impl Repetition {
    pub(crate) fn new(give_up: Instant, longest: Duration) -> Repetition {
        Repetition { interval: T1, longest, give_up, count: 0 }
    }

    /// Begins with another interval than T1.
    pub(crate) fn beginning_with(self, interval: Duration) -> Repetition {
        Repetition { interval, ..self }
    }

    /// When to send it for the next time, which is at the end if it is over by then.
    pub(crate) fn next(&mut self, now: Instant) -> Instant {
        let at = now + self.interval;
        self.interval = (self.interval * 2).min(self.longest);
        at.min(self.give_up)
    }

    /// From now on at the longest interval (RFC 3261, 17.1.2.2: Proceeding).
    pub(crate) fn slow_down(&mut self) {
        self.interval = self.longest;
    }
}
