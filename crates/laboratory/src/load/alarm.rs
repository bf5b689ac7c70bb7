//! A timer with microsecond precision.
//!
//! A wait for sockets has a timeout in whole milliseconds. On Linux a timerfd, which is waited for like a socket, ends the wait
//! at the right time. Elsewhere the wait is a fraction of a millisecond too long, which is part of the latencies that
//! count from a scheduled instant.

use std::{io, time::Duration};

use mio::{Registry, Token};

/// A timer that is waited for like a socket.
#[derive(Debug)]
pub struct Alarm {
    #[cfg(target_os = "linux")]
    timer: std::os::fd::OwnedFd,
}

#[cfg(target_os = "linux")]
impl Alarm {
    /// A timer that makes `token` ready when it expires.
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

    /// Sets the timer to `wait` and returns the timeout for the wait for sockets.
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
    /// A timer that makes `token` ready when it expires.
    ///
    /// # Errors
    /// None.
    pub fn new(_: &Registry, _: Token) -> io::Result<Alarm> {
        Ok(Alarm {})
    }

    /// Returns the timeout for the wait for sockets.
    ///
    /// # Errors
    /// None.
    pub fn set(&mut self, wait: Option<Duration>) -> io::Result<Option<Duration>> {
        Ok(wait)
    }
}
