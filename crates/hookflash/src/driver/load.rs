//! Whether the machine keeps up. A thread that has work waiting every time it looks is behind.

use std::{
    cell::Cell,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Busy without a pause for this long: new calls are refused.
const BEHIND_AFTER_MILLIS: u64 = 250;

/// After an overload, this long without a further one before calls are taken again at the next pause.
const RECOVER_AFTER_MILLIS: u64 = 20;

static STARTED: OnceLock<Instant> = OnceLock::new();

/// Milliseconds after [`STARTED`] at which the thread last had nothing to do.
static LAST_IDLE: AtomicU64 = AtomicU64::new(0);

/// The thread has nothing to do; called by the runtime before it waits, and after, when it has waited until now.
pub fn note_idle() {
    LAST_IDLE.store(millis(), Ordering::Relaxed);
}

fn millis() -> u64 {
    let started = STARTED.get_or_init(Instant::now);
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Notices when the thread falls behind and when it has caught up.
#[derive(Debug, Default)]
pub struct LoadMeter {
    behind: Cell<bool>,
    since: Cell<u64>,
}

impl LoadMeter {
    /// Whether the machine fell behind (`true`) or caught up (`false`) since the last look.
    pub fn changed(&self) -> Option<bool> {
        let now = millis();
        let busy_for = now.saturating_sub(LAST_IDLE.load(Ordering::Relaxed));
        let behind = if self.behind.get() {
            busy_for >= RECOVER_AFTER_MILLIS || now.saturating_sub(self.since.get()) < RECOVER_AFTER_MILLIS
        } else {
            busy_for > BEHIND_AFTER_MILLIS
        };
        if behind == self.behind.get() {
            return None;
        }
        self.behind.set(behind);
        self.since.set(now);
        Some(behind)
    }
}
