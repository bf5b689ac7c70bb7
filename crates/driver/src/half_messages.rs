//! Messages over WebSocket of which a part has come: who makes the server keep how many bytes.
//!
//! The library gathers frames and messages in buffers of its own, so what it has read since the last whole message is counted.
//! Where more is kept than the pool of the memory budget has, the oldest connection of the source that has most is closed.

use std::{
    cell::{Cell, RefCell},
    io,
    net::IpAddr,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use hookflash_node::{LinkId, limits::Gathered};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
};

use crate::turns::Turns;

/// Bytes that a connection may have without being counted: what is read at once.
pub(crate) const READ_BUFFER: usize = 4096;

/// The half messages of all connections.
#[derive(Debug, Default)]
pub(crate) struct HalfMessages {
    gathered: RefCell<Gathered>,
    grown: Notify,
}

impl HalfMessages {
    /// Waits until there is more than there was.
    pub(crate) async fn grown(&self) {
        self.grown.notified().await;
    }

    /// The connection to close if there are more bytes than these.
    pub(crate) fn victim(&self, limit: usize) -> Option<(LinkId, IpAddr)> {
        let mut gathered = self.gathered.borrow_mut();
        let victim = gathered.victim(limit);
        victim.inspect(|(link, _)| gathered.forget(*link))
    }
}

/// What is kept of one connection.
#[derive(Debug)]
pub(crate) struct Half {
    all: Rc<HalfMessages>,
    link: LinkId,
    source: IpAddr,
    bytes: Cell<usize>,
}

impl Half {
    /// Nothing is kept of a connection yet.
    pub(crate) fn new(all: Rc<HalfMessages>, link: LinkId, source: IpAddr) -> Rc<Half> {
        Rc::new(Half { all, link, source, bytes: Cell::new(0) })
    }

    /// A message is whole.
    pub(crate) fn is_whole(&self) {
        self.set(0);
    }

    /// A ping or the like has come, which makes no message whole.
    pub(crate) fn is_less(&self, bytes: usize) {
        self.set(self.bytes.get().saturating_sub(bytes));
    }

    fn set(&self, bytes: usize) {
        self.bytes.set(bytes);
        let counted = if bytes > READ_BUFFER { bytes } else { 0 };
        self.all.gathered.borrow_mut().note(self.link, self.source, counted);
        if counted > 0 {
            self.all.grown.notify_one();
        }
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        self.all.gathered.borrow_mut().forget(self.link);
    }
}

/// A connection whose bytes are counted as they are read, and read in the turns of its source: the library goes on reading until
/// a message is whole, which may be never.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    inner: S,
    half: Rc<Half>,
    turns: Rc<Turns>,
}

impl<S> Metered<S> {
    /// Counts what is read of a connection.
    pub(crate) fn new(inner: S, half: Rc<Half>, turns: Rc<Turns>) -> Metered<S> {
        Metered { inner, half, turns }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.turns.poll_begin(self.half.source, context));
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(context, buffer);
        let read = buffer.filled().len().saturating_sub(before);
        self.turns.read(self.half.source, read);
        if read > 0 {
            self.half.set(self.half.bytes.get().saturating_add(read));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn what_is_read_counts_until_a_message_is_whole_or_the_connection_ends() {
        let all = Rc::new(HalfMessages::default());
        let source = IpAddr::from([192, 0, 2, 1]);
        let half = Half::new(all.clone(), LinkId(1), source);
        let turns = Rc::new(Turns::default());
        let mut metered = Metered::new(tokio::io::repeat(1), half.clone(), turns.clone());
        let mut buffer = vec![0; 3 * READ_BUFFER];
        metered.read_exact(&mut buffer).await.unwrap();
        half.is_less(10);
        assert_eq!(all.gathered.borrow().total(), buffer.len() - 10, "a ping completes nothing");
        half.is_whole();
        assert_eq!(all.gathered.borrow().total(), 0);
        metered.read_exact(&mut buffer).await.unwrap();
        assert_eq!(all.victim(buffer.len()), None);
        assert_eq!(all.victim(buffer.len() - 1), Some((LinkId(1), source)));
        assert_eq!(all.victim(0), None, "it is named once");
        let read = (0..100).take_while(|_| metered.read_exact(&mut buffer).now_or_never().is_some()).count();
        assert!(read < 100, "a source has so much in a pass");
        tokio::select! {
            () = turns.run() => {}
            _ = metered.read_exact(&mut buffer) => {}
        }
        drop((metered, half));
        assert_eq!(all.gathered.borrow().total(), 0);
    }
}
