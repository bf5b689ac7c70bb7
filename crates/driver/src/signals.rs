//! The signals that shut the program down, and the one that lets a server read its configuration again.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// SIGTERM, SIGINT, and SIGHUP unless it is ignored.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
    /// Whether there was a terminal at the start that could be closed, and whose end is the program's.
    has_terminal: bool,
}

/// What a signal asks of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    /// End, because of this signal.
    End(&'static str),
    /// Read the configuration again.
    ReadAgain,
}

impl Signals {
    /// Catches the signals from now on.
    ///
    /// # Errors
    /// [`Error::System`].
    pub fn new() -> Result<Signals, Error> {
        Signals::catch(hang_up_ends())
    }

    /// Catches the signals for a server, to which SIGHUP means more than that its terminal was closed.
    ///
    /// # Errors
    /// [`Error::System`].
    pub fn of_server() -> Result<Signals, Error> {
        Signals::catch(true)
    }

    fn catch(hang_up: bool) -> Result<Signals, Error> {
        let catch = |kind, action| signal(kind).map_err(|source| Error::System { action, source });
        let hang_up = match hang_up {
            true => Some(catch(SignalKind::hangup(), "waiting for SIGHUP")?),
            false => None,
        };
        Ok(Signals {
            terminate: catch(SignalKind::terminate(), "waiting for SIGTERM")?,
            interrupt: catch(SignalKind::interrupt(), "waiting for SIGINT")?,
            hang_up,
            has_terminal: hang_up_ends() && has_terminal(),
        })
    }

    /// Waits for the next signal. SIGHUP asks for the configuration, unless it came because the terminal was closed.
    pub async fn next(&mut self) -> Request {
        match self.any().await {
            "SIGHUP" if !self.has_terminal || has_terminal() => Request::ReadAgain,
            signal => Request::End(signal),
        }
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

/// Does this program have a terminal that controls it?
fn has_terminal() -> bool {
    std::fs::File::open("/dev/tty").is_ok()
}

/// Whether SIGHUP ends the program. It does not if the program was started with it ignored, as `nohup` does, or if the
/// system does not say.
fn hang_up_ends() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 0)
}
