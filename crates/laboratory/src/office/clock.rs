//! Office time: N times faster than the machine's clock.

use std::time::Duration;

use hookflash_core::Instant;

/// The clock of the office. Its precision is a millisecond, that of the machine's timers, times the speed.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: std::time::Instant,
    speed: u32,
}

impl Clock {
    /// Starts now; `speed` is at least 1.
    pub fn start(speed: u32) -> Clock {
        Clock { started: std::time::Instant::now(), speed: speed.max(1) }
    }

    /// The office time now.
    pub fn now(self) -> Instant {
        let micros = self.started.elapsed().as_micros().saturating_mul(u128::from(self.speed));
        Instant::from_millis(u64::try_from(micros / 1000).unwrap_or(u64::MAX))
    }

    /// The first time of the machine at which [`Clock::now`] has reached `instant`, at most a year after the start.
    pub fn at(self, instant: Instant) -> tokio::time::Instant {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        let micros = instant.as_millis().saturating_mul(1000).div_ceil(u64::from(self.speed));
        (self.started + Duration::from_micros(micros).min(YEAR)).into()
    }
}

/// Converts a span of office time to real time; at least a millisecond.
pub fn hastened(span: Duration, speed: u32) -> Duration {
    (span / speed.max(1)).max(Duration::from_millis(1))
}
