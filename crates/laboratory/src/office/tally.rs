//! Counters of what happened in the office.

use std::{collections::BTreeMap, fmt};

/// How a call ended for the caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// Nobody answered: the caller gave up, was rejected, or the ringing timed out.
    NotAnswered,
    /// Busy tone.
    Busy,
    /// Reorder tone: the phone that was called is not there, or the switch has too much to do.
    Refused,
    /// There is no such number.
    UnknownNumber,
    /// It ended before it reached anybody.
    Abandoned,
    /// The caller's own phone was unplugged or lost its connection.
    PhoneLost,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outcome::Answered => "answered",
            Outcome::NotAnswered => "not answered",
            Outcome::Busy => "busy",
            Outcome::Refused => "refused with reorder tone",
            Outcome::UnknownNumber => "no such number",
            Outcome::Abandoned => "abandoned while dialling",
            Outcome::PhoneLost => "the caller's phone was lost",
        })
    }
}

/// The counters.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Calls that people dialled.
    pub dialled: u64,
    /// Ended calls that were made from a phone, by its user or an application, by outcome.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Calls that have not ended.
    pub unfinished: u64,
    /// Number of times that a phone was unplugged or its connection broken.
    pub faults: u64,
    /// Number of times that a user forwarded all calls.
    pub forwards: u64,
    /// Number of steps of the script that were not possible.
    pub missed: u64,
    /// Number of errors that the phones found in what they received.
    pub complaints: u64,
    /// CSTA events sent to applications.
    pub events: u64,
}

impl Tally {
    /// Counts a call that has ended.
    pub fn ended(&mut self, outcome: Outcome) {
        *self.outcomes.entry(outcome).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let made = self.outcomes.values().sum::<u64>() + self.unfinished;
        writeln!(f, "calls made: {made} ({} dialled by people)", self.dialled)?;
        for (outcome, count) in &self.outcomes {
            writeln!(f, "  {outcome}: {count}")?;
        }
        if self.unfinished > 0 {
            writeln!(f, "  still going on: {}", self.unfinished)?;
        }
        if self.forwards > 0 {
            writeln!(f, "lines forwarded: {}", self.forwards)?;
        }
        if self.missed > 0 {
            writeln!(f, "script steps that could not be done: {}", self.missed)?;
        }
        writeln!(f, "phones unplugged or cut off: {}", self.faults)?;
        writeln!(f, "complaints of phones: {}", self.complaints)?;
        write!(f, "events sent: {}", self.events)
    }
}
