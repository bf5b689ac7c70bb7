//! Waking up at the right microsecond.
//!
//! Waiting for sockets ends at whole milliseconds only. Where the system has clocks that can be waited for as if
//! they were sockets, one of them rings; elsewhere the wait is a fraction of a millisecond too long, which shows
//! in the latencies that count from a scheduled instant.

use std::{io, time::Duration};

use mio::{Registry, Token};

/// A clock that can be waited for.
#[derive(Debug)]
pub struct Alarm {
    #[cfg(target_os = "linux")]
    timer: std::os::fd::OwnedFd,
}

#[cfg(target_os = "linux")]
impl Alarm {
    /// An alarm that makes `token` ready when it rings.
    ///
    /// # Errors
    /// No clock can be had.
    pub fn new(registry: &Registry, token: Token) -> io::Result<Alarm> {
        use rustix::time::{TimerfdClockId, TimerfdFlags, timerfd_create};
        use std::os::fd::AsRawFd;
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
        let raw = timer.as_raw_fd();
        registry.register(&mut mio::unix::SourceFd(&raw), token, mio::Interest::READABLE)?;
        Ok(Alarm { timer })
    }

    /// Lets it ring after `wait`, and says how long to wait for sockets.
    ///
    /// # Errors
    /// The clock cannot be set.
    pub fn set(&mut self, wait: Option<Duration>) -> io::Result<Option<Duration>> {
        use rustix::time::{Itimerspec, TimerfdTimerFlags, Timespec, timerfd_settime};
        let Some(wait) = wait.filter(|wait| !wait.is_zero()) else { return Ok(wait) };
        let spec = |wait: Duration| Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        let once = Itimerspec { it_interval: spec(Duration::ZERO), it_value: spec(wait) };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
        Ok(None)
    }
}

#[cfg(not(target_os = "linux"))]
impl Alarm {
    /// An alarm that makes `token` ready when it rings.
    ///
    /// # Errors
    /// None.
    pub fn new(_: &Registry, _: Token) -> io::Result<Alarm> {
        Ok(Alarm {})
    }

    /// Says how long to wait for sockets.
    ///
    /// # Errors
    /// None.
    pub fn set(&mut self, wait: Option<Duration>) -> io::Result<Option<Duration>> {
        Ok(wait)
    }
}
