//! The signals that shut the program down.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// SIGTERM, SIGINT, and SIGHUP unless it is ignored.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

impl Signals {
    /// Catches the signals from now on.
    ///
    /// # Errors
    /// [`Error::System`].
    pub fn new() -> Result<Signals, Error> {
        let catch = |kind, action| signal(kind).map_err(|source| Error::System { action, source });
        let hang_up = match hang_up_ends() {
            true => Some(catch(SignalKind::hangup(), "waiting for SIGHUP")?),
            false => None,
        };
        Ok(Signals {
            terminate: catch(SignalKind::terminate(), "waiting for SIGTERM")?,
            interrupt: catch(SignalKind::interrupt(), "waiting for SIGINT")?,
            hang_up,
        })
    }

    /// Waits for one of the signals and returns its name.
    pub async fn any(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
            Some(_) = async { self.hang_up.as_mut()?.recv().await } => "SIGHUP",
        }
    }
}

/// Whether SIGHUP ends the program. It does not if the program was started with it ignored, as `nohup` does, or if the
/// system does not say.
fn hang_up_ends() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 0)
}
