//! The simulator's phones and applications on real sockets: for the tools that talk to a running server.

mod application;
mod phone;

pub use application::{Heard, LiveApplication};
pub use phone::{LivePhone, Noticed};

/// Time for virtual parties: milliseconds since the program began to play them.
#[derive(Clone, Copy, Debug)]
pub struct Clock(std::time::Instant);

impl Clock {
    /// Starts now.
    pub fn start() -> Clock {
        Clock(std::time::Instant::now())
    }

    /// What time it is.
    pub fn now(self) -> hookflash_core::Instant {
        let elapsed = self.0.elapsed().as_millis();
        hookflash_core::Instant::from_millis(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// The moment of the machine's clock.
    pub fn at(self, instant: hookflash_core::Instant) -> tokio::time::Instant {
        (self.0 + std::time::Duration::from_millis(instant.as_millis())).into()
    }
}
