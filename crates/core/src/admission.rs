//! How many new calls are taken: all, or no more a second than the machine can serve.
//!
//! The caller measures how busy the machine is, and sets a rate. The switch takes calls at that rate
//! and refuses the others with [`Refusal::PerformanceLimitExceeded`]; calls in progress are not affected. Calls
//! come in bunches: what was not used of the rate in the last [`BURST`] may be used now.

use std::time::Duration;

use crate::{Instant, Refusal};

/// How long a part of the rate that was not used stays usable.
const BURST: Duration = Duration::from_millis(100);

/// One call, in the unit in which the rate is saved up: a thousandth of a call for each millisecond at one call
/// a second.
const CALL: u64 = 1_000;

/// Takes or refuses new calls, and counts them.
#[derive(Debug, Default)]
pub struct Admission {
    /// Calls a second; `None`: all are taken.
    rate: Option<u32>,
    saved: u64,
    saved_at: Instant,
    taken: u64,
    refused: u64,
}

impl Admission {
    /// The highest rate of new calls a second, `None` for as many as come.
    pub fn rate(&self) -> Option<u32> {
        self.rate
    }

    /// How many calls have been taken since the switch began.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// How many calls have been refused since the switch began because the rate was used up.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Sets the rate. A rate that begins may be used for a whole burst at once; one that changes keeps what
    /// was saved.
    pub fn set_rate(&mut self, now: Instant, rate: Option<u32>) {
        match self.rate {
            Some(_) => self.save(now),
            None => (self.saved, self.saved_at) = (u64::MAX, now),
        }
        self.rate = rate;
        self.saved = self.saved.min(self.most_saved());
    }

    /// Whether a new call may begin now; [`Admission::take`] must follow if it does.
    ///
    /// # Errors
    /// [`Refusal::PerformanceLimitExceeded`] when the rate is used up.
    pub fn check(&mut self, now: Instant) -> Result<(), Refusal> {
        self.save(now);
        if self.rate.is_none() || self.saved >= CALL {
            return Ok(());
        }
        self.refused += 1;
        Err(Refusal::PerformanceLimitExceeded)
    }

    /// A call has begun.
    pub fn take(&mut self) {
        self.taken += 1;
        self.saved = self.saved.saturating_sub(CALL);
    }

    /// Adds what the rate allows for the time that has passed.
    fn save(&mut self, now: Instant) {
        let Some(rate) = self.rate else { return };
        let passed = now.as_millis().saturating_sub(self.saved_at.as_millis());
        self.saved_at = now;
        self.saved = self.saved.saturating_add(passed.saturating_mul(rate.into())).min(self.most_saved());
    }

    /// The rate of a [`BURST`], but a whole call, unless none are wanted.
    fn most_saved(&self) -> u64 {
        let burst = u64::try_from(BURST.as_millis()).unwrap_or(u64::MAX);
        match self.rate {
            None | Some(0) => 0,
            Some(rate) => (burst * u64::from(rate)).max(CALL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many calls begin in a second at this rate if one tries each millisecond, after a pause of a second.
    fn taken(rate: Option<u32>) -> u64 {
        let mut admission = Admission::default();
        admission.set_rate(Instant::ZERO, rate);
        for millis in 1_000..2_000 {
            if admission.check(Instant::from_millis(millis)).is_ok() {
                admission.take();
            }
        }
        assert_eq!(admission.taken() + admission.refused(), 1_000);
        admission.taken()
    }

    #[test]
    fn calls_are_taken_at_the_rate_and_what_was_saved_at_once() {
        assert_eq!(taken(None), 1_000);
        assert_eq!(taken(Some(0)), 0);
        assert_eq!(taken(Some(1)), 1, "a rate below that of the burst saves a whole call");
        assert_eq!(taken(Some(500)), 549);
        assert_eq!(taken(Some(2_000)), 1_000);
    }

    #[test]
    fn a_rate_that_changes_keeps_what_was_saved() {
        let mut admission = Admission::default();
        let at = Instant::from_millis(50);
        admission.set_rate(at, Some(10));
        assert!(admission.check(at).is_ok());
        admission.take();
        assert!(admission.check(at).is_err());
        admission.set_rate(at, Some(10_000));
        assert!(admission.check(at).is_err(), "nothing was saved");
        assert!(admission.check(at + Duration::from_millis(1)).is_ok());
        admission.set_rate(at, None);
        assert!(admission.check(at).is_ok());
    }
}
