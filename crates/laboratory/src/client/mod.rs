//! The simulator's phones and applications on real sockets, one task each.

mod application;
mod phone;

pub use application::{ApplicationActivity, LiveApplication};
pub use phone::{LivePhone, PhoneActivity};

/// The clock of virtual parties: milliseconds since its start.
#[derive(Clone, Copy, Debug)]
pub struct Clock(std::time::Instant);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Clock {
        Clock(std::time::Instant::now())
    }

    /// The time now.
    pub fn now(self) -> hookflash_core::Instant {
        let elapsed = self.0.elapsed().as_millis();
        hookflash_core::Instant::from_millis(u64::try_from(elapsed).unwrap_or(u64::MAX))
    }

    /// The time of the machine at `instant`.
    pub fn at(self, instant: hookflash_core::Instant) -> tokio::time::Instant {
        (self.0 + std::time::Duration::from_millis(instant.as_millis())).into()
    }
}

/// A connection that is being made.
type Connecting = std::pin::Pin<Box<dyn Future<Output = std::io::Result<tokio::net::TcpStream>>>>;

/// Begins to connect. The owner keeps the future, so that cancelling a wait does not cancel the connection.
fn connect(server: std::net::SocketAddr) -> Connecting {
    Box::pin(async move {
        let stream = tokio::net::TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        // A new socket can be written at once, but the runtime has to notice.
        stream.writable().await?;
        Ok(stream)
    })
}

/// Waits for the connection that is being made, for ever if there is none.
async fn connected(connecting: &mut Option<Connecting>) -> std::io::Result<tokio::net::TcpStream> {
    let Some(future) = connecting else { return std::future::pending().await };
    let result = future.await;
    *connecting = None;
    result
}
