//! Everything that happens because time passes, on one screen.

use std::collections::BTreeMap;

use crate::{CallId, ConnectionId, Instant, StationId};

/// The timers of the switch, each with its reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The caller has not dialled the next digit.
    InterDigit(CallId),
    /// The called device has not answered.
    Ringing(ConnectionId),
    /// The caller has heard busy or reorder tone long enough.
    ToneEnds(ConnectionId),
    /// The user has not gone off-hook for a prompted call.
    MakeCallPrompt(CallId),
    /// A phone whose connection broke has not come back.
    StationLost(StationId),
}

/// A running timer: when, and which of those that end then.
pub(crate) type Deadline = (Instant, u64);

/// The running timers, soonest first; those for the same instant in the order in which they were started.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    running: BTreeMap<Deadline, Timer>,
    started: u64,
}

impl Timers {
    pub(crate) fn start(&mut self, at: Instant, timer: Timer) -> Deadline {
        self.started += 1;
        self.running.insert((at, self.started), timer);
        (at, self.started)
    }

    pub(crate) fn stop(&mut self, deadline: Option<Deadline>) {
        if let Some(deadline) = deadline {
            self.running.remove(&deadline);
        }
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.running.first_key_value().map(|((at, _), _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.running.pop_first().map(|(_, timer)| timer)
    }

    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }
}
