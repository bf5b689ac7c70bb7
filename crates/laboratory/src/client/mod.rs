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

/// A connection that is being made.
type Connecting = std::pin::Pin<Box<dyn Future<Output = std::io::Result<tokio::net::TcpStream>>>>;

/// Begins to connect. Kept by its owner, so that it goes on although a wait for it is abandoned.
fn connect(server: std::net::SocketAddr) -> Connecting {
    Box::pin(async move {
        let stream = tokio::net::TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        // A new socket can be written at once, but the runtime has to notice.
        stream.writable().await?;
        Ok(stream)
    })
}

/// Waits for a connection that is being made; for ever if none is.
async fn connected(connecting: &mut Option<Connecting>) -> std::io::Result<tokio::net::TcpStream> {
    let Some(future) = connecting else { return std::future::pending().await };
    let result = future.await;
    *connecting = None;
    result
}
