//! The schedule of calls or requests, made beforehand so that it does not depend on the server.

use std::time::{Duration, Instant};

/// From making the schedule to its first instant.
const LEAD: Duration = Duration::from_millis(5);

/// Evenly spaced instants for a while.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    start: Instant,
    rate: f64,
    duration: Duration,
    taken: u64,
}

impl Schedule {
    /// `rate` instants per second for `duration`, from a few milliseconds after `now`.
    pub fn new(now: Instant, rate: f64, duration: Duration) -> Schedule {
        Schedule { start: now + LEAD, rate: rate.max(1e-3), duration, taken: 0 }
    }

    /// When the time is over in which something begins.
    pub fn end(&self) -> Instant {
        self.start + self.duration
    }

    /// The next instant; `None` after the last.
    pub fn next(&self) -> Option<Instant> {
        let offset = Duration::from_secs_f64(self.taken as f64 / self.rate);
        (offset < self.duration).then(|| self.start + offset)
    }

    /// The next instant if it has come; each is returned once.
    pub fn take_due(&mut self, now: Instant) -> Option<Instant> {
        let due = self.next().filter(|at| *at <= now)?;
        self.taken += 1;
        Some(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_due_is_left_out() {
        let now = Instant::now();
        let mut schedule = Schedule::new(now, 1000.0, Duration::from_millis(20));
        assert_eq!(schedule.take_due(now), None);
        let late = schedule.end() + Duration::from_secs(1);
        let taken: Vec<Instant> = std::iter::from_fn(|| schedule.take_due(late)).collect();
        assert_eq!(taken.len(), 20);
        assert!(taken.windows(2).all(|pair| pair[1] - pair[0] == Duration::from_millis(1)));
        assert_eq!(schedule.next(), None);
    }
}
