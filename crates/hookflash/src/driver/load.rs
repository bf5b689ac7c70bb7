//! Whether the machine keeps up, and how many new calls it can take if it does not.
//!
//! Being busy is not being late: what counts is how long a socket that is ready waits for its turn. While the
//! thread has had no pause for some time, a probe goes through its queue every few milliseconds and tells how
//! long that takes. When it takes too long, a growing share of the new calls is refused; when it does not, the
//! share shrinks again, step by step. Calls in progress go on either way.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::{info, warn};

/// Busy without a pause for this long: have a look at the queue.
const PROBE_AFTER: Duration = Duration::from_millis(20);

/// Time between two probes.
const PROBE_EVERY: Duration = Duration::from_millis(5);

/// A ready socket that waits longer than this waits too long: a call takes four or five turns to be set up.
const LATE: Duration = Duration::from_millis(20);

/// So many probes in a row must be late before calls are refused: fewer may be the machine's fault.
const LATE_IN_A_ROW: u32 = 3;

/// What a probe that is just late leaves of the share of new calls that are taken, what one in time adds to it,
/// and the smallest share. One that is later counts as several, up to a limit.
const DECREASE: f64 = 0.9;
const MOST_DELAY: f64 = 5.0;
const INCREASE: f64 = 0.02;
const LEAST: f64 = 0.02;

/// New calls are taken for a share of each such span, and refused for the rest of it.
const CYCLE: Duration = Duration::from_millis(2);

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Microseconds after [`STARTED`] at which the thread last had nothing to do.
static LAST_IDLE: AtomicU64 = AtomicU64::new(0);

/// The thread had nothing to do until now; called by the runtime when it has waited.
pub fn note_idle() {
    LAST_IDLE.store(micros(Instant::now()), Ordering::Relaxed);
}

fn micros(at: Instant) -> u64 {
    let started = STARTED.get_or_init(Instant::now);
    u64::try_from(at.saturating_duration_since(*started).as_micros()).unwrap_or(u64::MAX)
}

/// Notices when the thread falls behind and when it has caught up.
#[derive(Debug)]
pub struct LoadMeter {
    /// Share of the new calls that are taken.
    share: Cell<f64>,
    refusing: Cell<bool>,
    probing: Cell<bool>,
    last_probe: Cell<Instant>,
    /// How many probes in a row were late, the last one included.
    late: Cell<u32>,
}

impl Default for LoadMeter {
    fn default() -> LoadMeter {
        LoadMeter {
            share: Cell::new(1.0),
            refusing: Cell::new(false),
            probing: Cell::new(false),
            last_probe: Cell::new(Instant::now()),
            late: Cell::new(0),
        }
    }
}

impl LoadMeter {
    /// Whether new calls are to be refused (`true`) or taken (`false`) from now on, if that has changed.
    pub fn changed(&self, now: Instant) -> Option<bool> {
        let share = self.share.get();
        let cycle = u64::try_from(CYCLE.as_micros()).unwrap_or(1);
        let refusing = share < 1.0 && (micros(now) % cycle) as f64 >= share * cycle as f64;
        (self.refusing.replace(refusing) != refusing).then_some(refusing)
    }

    /// Whether a probe is to be sent through the queue now; [`LoadMeter::probed`] must follow.
    pub fn wants_probe(&self, now: Instant) -> bool {
        if self.probing.get() || now.saturating_duration_since(self.last_probe.get()) < PROBE_EVERY {
            return false;
        }
        let busy_for = micros(now).saturating_sub(LAST_IDLE.load(Ordering::Relaxed));
        let wanted = self.share.get() < 1.0 || Duration::from_micros(busy_for) >= PROBE_AFTER;
        self.probing.set(wanted);
        wanted
    }

    /// A probe that was sent at `sent` has come through.
    pub fn probed(&self, sent: Instant, now: Instant) {
        self.probing.set(false);
        self.last_probe.set(now);
        let delay = now.saturating_duration_since(sent).as_secs_f64() / LATE.as_secs_f64();
        self.late.set(if delay >= 1.0 { self.late.get().saturating_add(1) } else { 0 });
        let before = self.share.get();
        let share = match self.late.get() {
            0 => (before + INCREASE).min(1.0),
            late if late < LATE_IN_A_ROW => before,
            _ => (before * DECREASE.powf(delay.min(MOST_DELAY))).max(LEAST),
        };
        self.share.set(share);
        if before == 1.0 && share < 1.0 {
            warn!("more work than can be done in time: some new calls are refused");
        } else if before < 1.0 && share == 1.0 {
            info!("all work is done in time again: new calls are taken");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends probes that take `delay`, and answers the share of a second in which calls are refused.
    fn refused(meter: &LoadMeter, probes: usize, delay: Duration) -> f64 {
        let now = Instant::now();
        for _ in 0..probes {
            meter.probed(now, now + delay);
        }
        let mut refusing = meter.refusing.get();
        let steps = 10_000;
        let count = (0..steps).filter(|step| {
            refusing = meter.changed(now + Duration::from_micros(100 * step)).unwrap_or(refusing);
            refusing
        });
        count.count() as f64 / steps as f64
    }

    #[test]
    fn a_growing_share_is_refused_while_probes_are_late() {
        let meter = LoadMeter::default();
        assert_eq!(refused(&meter, 2, LATE), 0.0, "twice is nothing");
        let some = refused(&meter, 1, LATE);
        let more = refused(&meter, 5, LATE);
        assert!(0.05 < some && some < more, "{some} {more}");
        assert!(refused(&meter, 1000, LATE) <= 1.0 - LEAST + 0.05);
    }

    #[test]
    fn calls_are_taken_again_when_probes_are_in_time() {
        let meter = LoadMeter::default();
        assert!(refused(&meter, 100, LATE) > 0.9);
        assert!(refused(&meter, 25, Duration::ZERO) < 0.6);
        assert_eq!(refused(&meter, 50, Duration::ZERO), 0.0);
    }
}
