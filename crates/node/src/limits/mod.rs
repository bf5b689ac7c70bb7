//! Limits: what one source address, one principal, and all strangers together may take.
//!
//! A *source* is the IP address that something comes from; all phones behind one NAT are one source. A *principal* is on whose
//! behalf an application acts. The defaults suit an office of 1,000 phones behind one address and a CTI server with 1,000
//! sessions. Each limit is a command of the mode `limits`; a refusal names it, and the source, in the log.
//!
//! ```text
//!   what comes in ─► is its source over a limit? ── no ──► carried out, and counted while it lasts
//!                              │ yes
//!                              └──► refused with the protocol's own error; one line a minute in the log
//! ```
//!
//! | limit | what is counted | where it is checked | what is refused |
//! | --- | --- | --- | --- |
//! | `connections per-source` | SIP and CSTA connections | `sip::layer::stranger`, [`csta_tcp`](crate::csta_tcp) | the oldest unused one of the source goes, else the new one |
//! | `connections waiting per-source` | connections without registration and session | the same, [`sccp`](crate::sccp) | the oldest of the source goes |
//! | `sessions per-source`, `per-principal` | CTI sessions, once their address is proven | `Usage` | 503, `maxNumberSessions` |
//! | `monitors per-source`, `per-principal` | monitors | `Usage` | `objectMonitorLimitExceeded` |
//! | `monitors per-device` | monitors beyond the first of each session on one device | `Usage` | `objectMonitorLimitExceeded` |
//! | `calls per-source` | new calls a second by applications | `Usage` | `performanceLimitExceeded` |
//! | `transactions per-source` | requests kept in case they are repeated | `sip::layer::stranger` | the oldest of the source is forgotten, else 503 |
//! | `registrations failed per-source` | names that are not configured, phones that are alive elsewhere | `Attempts` | the connection is closed, or 503 |
//! | `log per-source` | lines of one kind | `Guard::may_log` | the line; a sum follows each minute |
//! | `memory megabytes` | bytes | [`Budget`] | whoever takes most of the pool |
//!
//! # Invariants
//!
//! * Where all places are taken, the source that holds most of them loses one, not the newcomer.
//! * The tables of this module are bounded: [`MAX_SOURCES`].
//! * A limit counts what is there; nothing is counted that has ended.

mod attempts;
mod gathered;
mod log;
mod memory;
pub(crate) mod protection;
mod settings;
mod usage;

use std::net::{IpAddr, SocketAddr};

use hookflash_core::Instant;
use smol_str::SmolStr;
use tracing::warn;

pub(crate) use attempts::Attempts;
pub use gathered::Gathered;
pub(crate) use log::LogGate;
pub use memory::{Budget, Pool};
pub use settings::LimitSettings;
pub(crate) use usage::{Exceeded, Usage};

/// Sources that are remembered at once by each table of this module.
pub const MAX_SOURCES: usize = 4096;

/// Characters of a user's name that are logged.
const LOGGED_NAME: usize = 40;

/// For how many users a source may fail at the same time.
const USERS_PER_SOURCE: u32 = 10;

/// What all adapters ask before they serve or log: it knows the time of the input that is carried out.
#[derive(Debug, Default)]
pub struct Guard {
    now: Instant,
    settings: LimitSettings,
    log: LogGate,
    refusals: LogGate,
    attempts: Attempts,
    /// Wrong passwords of users, by source and user, and by source.
    logins: Attempts<(IpAddr, SmolStr)>,
    login_sources: Attempts,
    /// Wrong passwords at pages and at the XML interface, by door and source.
    doors: Attempts<(&'static str, IpAddr)>,
}

impl Guard {
    /// The time that inputs are carried out at from now on.
    pub(crate) fn set_now(&mut self, now: Instant) {
        self.now = now;
    }

    /// The time of the input that is carried out.
    pub(crate) fn now(&self) -> Instant {
        self.now
    }

    /// Other limits hold from now on.
    pub(crate) fn configure(&mut self, settings: &LimitSettings) {
        self.settings.clone_from(settings);
    }

    /// The limits.
    pub fn settings(&self) -> &LimitSettings {
        &self.settings
    }

    /// Whether a line of this kind about a source may be logged; those that may not are summed up later.
    pub(crate) fn may_log(&mut self, kind: &'static str, source: IpAddr) -> bool {
        self.log.may_log(self.now, kind, source, self.settings.log_per_source)
    }

    /// Says in the log, once a minute, that a source has reached a limit, by the command of the limit.
    pub(crate) fn refused(&mut self, limit: &'static str, source: IpAddr, value: usize) {
        if self.refusals.may_log(self.now, limit, source, 1) {
            warn!(%source, limit, value, "refused: the limit is reached (mode `limits`)");
        }
    }

    /// Whether a source may try a name: it has not failed too often.
    pub(crate) fn may_attempt(&mut self, source: IpAddr) -> bool {
        let may = self.attempts.may_try(self.now, source, self.settings.failures_per_source);
        if !may {
            let limit = usize::try_from(self.settings.failures_per_source).unwrap_or(usize::MAX);
            self.refused("registrations failed per-source", source, limit);
        }
        may
    }

    /// A source tried a name that is not configured, or that of a phone that is alive elsewhere.
    pub(crate) fn attempt_failed(&mut self, source: IpAddr) {
        self.attempts.failed(self.now, source, self.settings.failures_per_source);
    }

    /// Whether a source may log in as this user: neither for him nor in all it has failed too often. Phones are not concerned.
    pub(crate) fn may_log_in(&mut self, source: IpAddr, user: &str) -> bool {
        let each = self.settings.failures_per_source;
        let own = !self.logins.is_over(self.now, &(source, user.into()), each);
        let may = own && self.login_sources.may_try(self.now, source, each.saturating_mul(USERS_PER_SOURCE));
        if !may {
            self.refused("logins failed", source, usize::try_from(each).unwrap_or(usize::MAX));
        }
        may
    }

    /// A source has given a wrong password; for a user who is not configured only the source is remembered.
    pub(crate) fn login_failed(&mut self, source: IpAddr, user: Option<&str>) {
        let each = self.settings.failures_per_source;
        if let Some(user) = user {
            self.logins.failed(self.now, (source, user.into()), each);
        }
        self.login_sources.failed(self.now, source, each.saturating_mul(USERS_PER_SOURCE));
    }

    /// Whether a source may try a password at a door that is none of CTI: a page, or the XML interface. If not, the password is
    /// not looked at.
    pub(crate) fn may_try_password(&mut self, door: &'static str, source: IpAddr) -> bool {
        let each = self.settings.failures_per_source;
        let may = self.doors.may_try(self.now, (door, source), each);
        if !may {
            self.refused("wrong passwords", source, usize::try_from(each).unwrap_or(usize::MAX));
        }
        may
    }

    /// A source has given a wrong password at a door.
    pub(crate) fn password_failed(&mut self, door: &'static str, peer: SocketAddr, user: &str) {
        self.doors.failed(self.now, (door, peer.ip()), self.settings.failures_per_source);
        if self.may_log(door, peer.ip()) {
            let user: String = user.chars().take(LOGGED_NAME).collect();
            warn!(user = %user.escape_debug(), %peer, door, "refused: wrong name or password");
        }
    }

    /// When [`Guard::handle_timeout`] has something to do next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.log.poll_timeout(), self.refusals.poll_timeout()].into_iter().flatten().min()
    }

    /// Sums up what was kept out of the log.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.log.sum_up(now, "more lines");
        self.refusals.sum_up(now, "more refusals");
    }

    /// Sums up at once, because the server ends.
    pub(crate) fn finish(&mut self) {
        self.log.tell_sums(self.now, "more lines");
        self.refusals.tell_sums(self.now, "more refusals");
    }
}
