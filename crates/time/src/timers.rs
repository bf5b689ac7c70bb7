//! Running timers in one ordered structure.

use std::collections::BTreeMap;

use crate::Instant;

/// A running timer: when it ends, and which of those that end then.
pub type Deadline = (Instant, u64);

/// Running timers, soonest first; those for the same instant end in the order in which they were started.
///
/// Starting, stopping and taking the next one cost the logarithm of how many run.
#[derive(Clone, Debug)]
pub struct Timers<T> {
    running: BTreeMap<Deadline, T>,
    started: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Timers<T> {
        Timers { running: BTreeMap::new(), started: 0 }
    }
}

impl<T> Timers<T> {
    /// Starts a timer that ends at `at`. Keep the answer to stop it.
    pub fn start(&mut self, at: Instant, timer: T) -> Deadline {
        self.started += 1;
        self.running.insert((at, self.started), timer);
        (at, self.started)
    }

    /// Stops a timer; nothing happens when it has ended already.
    pub fn stop(&mut self, deadline: Option<Deadline>) {
        if let Some(deadline) = deadline {
            self.running.remove(&deadline);
        }
    }

    /// When the next timer ends.
    pub fn next(&self) -> Option<Instant> {
        self.running.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the next timer that ends at or before `now`.
    pub fn pop_due(&mut self, now: Instant) -> Option<T> {
        if self.next()? > now {
            return None;
        }
        self.running.pop_first().map(|(_, timer)| timer)
    }

    /// How many timers run.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Whether no timer runs.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }
}
