//! The audit: who changed or watched something, from where, and what came of it.
//!
//! One event of the target [`TARGET`] for each act of an application or operator, at info level, with these fields:
//!
//! | field | content |
//! | --- | --- |
//! | `who` | the principal of a session, or `operator` |
//! | `from` | the address of the application, or the operator's terminal |
//! | `what` | the CSTA service, or the command; secrets masked |
//! | `device` | the device, as the application wrote it |
//! | `outcome` | `ok`, or the error |
//! | `session`, `application` | the session, and what the application calls itself |
//! | `private.object` | the number that was called or a destination; it goes into the stream of the audit, not into the log |
//!
//! A source that acts very often is not written of without end: what is left out is counted and summed up within a minute. All
//! sources that have not proved their address yet count as one.

use std::net::{IpAddr, SocketAddr};

use hookflash_core::Instant;
use tracing::{info, warn};

use crate::{Node, TerminalId, csta::audit::Entry, recording, throttle::Throttle};

/// The target of the events.
pub const TARGET: &str = "audit";

/// Acts of one address in a minute that have an entry each: a hundred calls a second.
const DONE: u32 = 6_000;

/// Refused ones.
const REFUSED: u32 = 600;

/// Counts entries by address.
#[derive(Debug)]
pub(crate) struct Audit {
    done: Throttle,
    refused: Throttle,
}

impl Default for Audit {
    fn default() -> Audit {
        Audit { done: Throttle::new(DONE), refused: Throttle::new(REFUSED) }
    }
}

impl Audit {
    fn may_tell(&mut self, now: Instant, from: Option<SocketAddr>, refused: bool) -> bool {
        let throttle = if refused { &mut self.refused } else { &mut self.done };
        throttle.may_tell(now, from.map_or(IpAddr::from([0, 0, 0, 0]), |from| from.ip()))
    }

    /// Says what was left out since this was last done.
    fn sum_up(&mut self) {
        for (throttle, outcome) in [(&mut self.done, "ok"), (&mut self.refused, "refused")] {
            for (address, count) in throttle.take_kept_back() {
                let from = address.map_or_else(|| "many addresses".to_owned(), |address| address.to_string());
                warn!(target: "audit", %from, what = "LeftOut", count, outcome, "entries left out");
            }
        }
    }
}

impl Node {
    /// Writes what applications did since the last time.
    pub(crate) fn audit_applications(&mut self) {
        for entry in self.applications.take_audit() {
            let from = entry.from.or_else(|| self.session_report_peer(entry.session?));
            // Who has not acknowledged anything may have any address: all of those count as one.
            let forged = entry.session.is_some_and(|session| !self.applications.is_proven(session));
            let counted = from.filter(|_| !forged);
            if self.audit.may_tell(self.now, counted, entry.refused.is_some()) {
                write(&entry, from);
            }
        }
        let lost = self.applications.take_audit_lost();
        if lost > 0 {
            warn!(target: "audit", what = "LeftOut", count = lost, "entries left out");
        }
    }

    /// Writes what an operator did to everything.
    pub(crate) fn audit_operator(&self, terminal: TerminalId, what: &str, outcome: &str) {
        self.audit_configuring(terminal, "", what, outcome);
    }

    /// Writes what an operator did to a part of the configuration, such as `ephone-dn 2`.
    pub(crate) fn audit_configuring(&self, terminal: TerminalId, device: &str, what: &str, outcome: &str) {
        let what = recording::mask_text(what.trim());
        let outcome = outcome.trim();
        if let Some((who, from)) = self.acting() {
            return tell_change(who, from, (device, &what), outcome);
        }
        let from = format_args!("terminal {}", terminal.0);
        info!(target: "audit", who = "operator", %from, %what, %device, %outcome, "operator");
    }

    /// Writes what a request of the XML interface has changed.
    pub(crate) fn audit_change(&self, device: &str, what: &str, outcome: &str) {
        if let Some((who, from)) = self.acting() {
            tell_change(who, from, (device, what), outcome);
        }
    }

    /// Writes what was changed by the pages of a phone.
    pub(crate) fn audit_page(&self, phone: &str, from: SocketAddr, what: &str, outcome: &str) {
        tell_change(phone, from, (phone, what), outcome);
    }

    /// Writes what was left out, once a minute and at the end.
    pub(crate) fn sum_up_audit(&mut self) {
        self.audit.sum_up();
    }
}

/// A line about a change by a program or a page.
fn tell_change(who: &str, from: SocketAddr, (device, what): (&str, &str), outcome: &str) {
    info!(target: "audit", %who, %from, %what, %device, %outcome, "changed");
}

fn write(entry: &Entry, from: Option<SocketAddr>) {
    let Entry { session, principal, application, act, refused, .. } = entry;
    let from = from.map_or_else(|| "unknown".to_owned(), |from| from.to_string());
    info!(
        target: "audit",
        who = %principal,
        %from,
        what = %act.service,
        device = %act.device,
        outcome = %refused.as_deref().unwrap_or("ok"),
        session = session.map(tracing::field::display),
        %application,
        private.object = %act.object,
        "application"
    );
}
