//! The signals that end a program in order.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::error::Error;

/// SIGTERM and SIGINT.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches them from now on.
    pub fn new() -> Result<Signals, Error> {
        let system = |action| move |source| Error::System { action, source };
        let terminate = signal(SignalKind::terminate()).map_err(system("waiting for SIGTERM"))?;
        let interrupt = signal(SignalKind::interrupt()).map_err(system("waiting for SIGINT"))?;
        Ok(Signals { terminate, interrupt })
    }

    /// Waits for one of them, and says which it is.
    pub async fn any(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
