//! The time of the node. It does not advance while the process cannot run.
//!
//! A process may be stopped, a virtual machine may be migrated, a disk may block. When the process runs again, the
//! keepalives of its phones wait in the sockets and many timers have expired. If the timers were handled first, phones that
//! are present would be dropped. So the clock subtracts the time in which the process did not run.

use std::{cell::Cell, time::Duration};

use hookflash_core::Instant;
use tokio::sync::Notify;
use tracing::warn;

/// A deadline that is missed by more than this means that the process could not run.
const STANDSTILL: Duration = Duration::from_secs(1);

/// Time from the end of a standstill to the missed deadline, in which the node reads what has arrived. Less if the deadline
/// was closer before.
const CATCH_UP: Duration = Duration::from_secs(1);

/// The clock of one node.
#[derive(Debug)]
pub struct Clock {
    started: std::time::Instant,
    stood_still: Cell<Duration>,
    last: Cell<Instant>,
    resumed: Notify,
}

impl Clock {
    /// A clock that was zero at `started`.
    pub fn new(started: std::time::Instant) -> Clock {
        Clock {
            started,
            stood_still: Cell::default(),
            last: Cell::new(Instant::ZERO),
            resumed: Notify::new(),
        }
    }

    /// The time now. `due` returns the node's next deadline.
    pub fn now(&self, due: impl FnOnce() -> Option<Instant>) -> Instant {
        self.at(self.started.elapsed(), due)
    }

    /// The time of the machine at which the node's time is `then`, if there is no standstill before.
    pub fn when(&self, then: Instant) -> std::time::Instant {
        self.started + self.stood_still.get() + then.since(Instant::ZERO)
    }

    /// Waits for the end of the next standstill; the node must be told the time of day then.
    pub async fn resumed(&self) {
        self.resumed.notified().await;
    }

    fn at(&self, elapsed: Duration, due: impl FnOnce() -> Option<Instant>) -> Instant {
        let mut now = Instant::ZERO + elapsed.saturating_sub(self.stood_still.get());
        let last = self.last.get();
        if now.since(last) > STANDSTILL
            && let Some(due) = due()
            && now.since(due) > STANDSTILL
        {
            let before = Instant::ZERO + due.since(Instant::ZERO).saturating_sub(CATCH_UP);
            let resumed = before.max(last);
            let lost = now.since(resumed);
            warn!(
                seconds = lost.as_secs(),
                "the program could not run: timers are extended by the same time"
            );
            self.stood_still.set(self.stood_still.get() + lost);
            self.resumed.notify_one();
            now = resumed;
        }
        self.last.set(now);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clock() -> Clock {
        Clock::new(std::time::Instant::now())
    }

    fn seconds(count: u32) -> Instant {
        Instant::ZERO + SECOND * count
    }

    #[test]
    fn idle_time_is_no_standstill() {
        let clock = clock();
        assert_eq!(clock.at(SECOND * 100, || None), seconds(100));
        assert_eq!(clock.at(SECOND * 200, || Some(seconds(200))), seconds(200), "its timer woke it");
        assert_eq!(clock.at(SECOND * 301, || Some(seconds(300))), seconds(301), "a bit late");
    }

    #[test]
    fn time_does_not_advance_in_a_standstill() {
        let clock = clock();
        clock.at(SECOND * 10, || None);
        let due = Some(seconds(20));
        assert_eq!(clock.at(SECOND * 100, || due), seconds(19), "the timer that was missed is not over");
        assert_eq!(clock.at(SECOND * 101, || due), seconds(20));
        assert_eq!(clock.when(seconds(30)), clock.started + SECOND * 111);
    }

    #[test]
    fn time_does_not_go_back() {
        let clock = clock();
        clock.at(SECOND * 10, || None);
        assert_eq!(clock.at(SECOND * 50, || Some(seconds(10))), seconds(10));
        assert_eq!(clock.at(SECOND * 50, || Some(seconds(10))), seconds(10));
        assert_eq!(clock.at(SECOND * 90, || Some(seconds(11))), seconds(10), "it stands still again");
    }

    #[test]
    fn a_busy_process_is_no_standstill() {
        let clock = clock();
        let due = Some(seconds(1));
        for tenth in 10..100 {
            let elapsed = SECOND * tenth / 10;
            assert_eq!(clock.at(elapsed, || due), Instant::ZERO + elapsed);
        }
    }
}
