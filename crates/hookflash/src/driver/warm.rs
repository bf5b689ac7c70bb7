//! Keeps the way of a call in the processor's caches.
//!
//! A call takes the processor through more than 100 KB of code. Where somebody calls once a minute, none of that is in
//! the caches when it is wanted: what takes the node 11 us in a busy server then takes 90 us. So while applications have
//! sessions and no call has come for [some milliseconds](super::Driver::keep_warm), a call is rehearsed: an application
//! makes it, it is answered and cleared, in an office of two phones inside this process that nobody else knows.
//!
//! A rehearsal reaches no socket, no log, no recording and no counter. Its processor time is not held against calls:
//! [`Rehearsals::spent`].

use std::time::Duration;

use hookflash_node::{Input, Node};
use hookflash_sim::loopback::{self, LoopbackOffice, Sends, Unexpected};
use tracing::{Dispatch, dispatcher};

use super::load::processor_time;

/// An office to rehearse in.
#[derive(Debug)]
pub struct Rehearsals {
    office: LoopbackOffice<fn(&mut Node, Input<'_>, &mut Sends)>,
    /// Where the office logs: nowhere.
    silence: Dispatch,
    spent: Duration,
}

impl Rehearsals {
    /// An office with two phones, and an application that watches both.
    ///
    /// # Errors
    /// The office does not come up: that would be a defect.
    pub fn begin() -> Result<Rehearsals, Unexpected> {
        let silence = Dispatch::none();
        let office = dispatcher::with_default(&silence, || {
            let drive: fn(&mut Node, Input<'_>, &mut Sends) = loopback::drive;
            let mut office = LoopbackOffice::registered(2, drive)?;
            office.watch(0..2)?;
            Ok::<_, Unexpected>(office)
        })?;
        Ok(Rehearsals { office, silence, spent: Duration::ZERO })
    }

    /// Makes a call and clears it. Answers how much processor time that took.
    ///
    /// # Errors
    /// The call does not go as it should: that would be a defect.
    pub fn rehearse(&mut self) -> Result<Duration, Unexpected> {
        let before = processor_time();
        dispatcher::with_default(&self.silence, || self.office.rehearse())?;
        let took = processor_time().saturating_sub(before);
        self.spent += took;
        Ok(took)
    }

    /// Processor time that rehearsals have taken so far.
    pub fn spent(&self) -> Duration {
        self.spent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_takes_processor_time_and_nothing_else() {
        let mut rehearsals = Rehearsals::begin().unwrap();
        let took: Duration = (0..1000).map(|_| rehearsals.rehearse().unwrap()).sum();
        assert_eq!(rehearsals.spent(), took);
        assert!(!took.is_zero());
    }
}
