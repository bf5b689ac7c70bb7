//! One stream connection: its socket, and the bytes that the socket has not taken yet.

use std::{
    cell::{Cell, RefCell},
    io,
    net::{Shutdown, SocketAddr},
    rc::Rc,
    time::Duration,
};

use hookflash_node::Listener;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{Interest, Ready},
    sync::Notify,
    time::Instant,
};

use crate::stream::Stream;

/// Time within which the peer must read what waits for it after the link was closed.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// Limits, in time and bytes, for reading what the peer sent before it learned that the link is closed.
const DRAINING_TIME: Duration = Duration::from_secs(2);
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// TCP keepalive for applications: idle time before the first probe, and interval of probes. It finds machines that lost
/// their power, which close no connection. Phones need none, because SCCP has keepalives.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// Bytes that are not collected any longer for one write.
const FLUSH_ABOVE: usize = 32 * 1024;

/// The number of bytes that wait for all links together.
#[derive(Debug, Default)]
pub struct Backlog(Cell<usize>);

impl Backlog {
    /// Whether more bytes wait than this. Then the link with the most is closed: many links below their own limits must
    /// not use up the memory.
    pub fn is_more_than(&self, limit: usize) -> bool {
        self.0.get() > limit
    }

    pub(crate) fn change(&self, before: usize, after: usize) {
        self.0.set((self.0.get() + after).saturating_sub(before));
    }
}

/// A stream connection.
#[derive(Debug)]
pub struct Link {
    stream: Stream,
    peer: SocketAddr,
    max_kept: usize,
    kept: RefCell<Vec<u8>>,
    /// Whether the link is among those that are written at the end of the turn.
    queued: Cell<bool>,
    /// Whether the socket did not take all bytes.
    blocked: Cell<bool>,
    backlog: Rc<Backlog>,
    /// Set when the link is closing: until when it may write.
    closing: Cell<Option<Instant>>,
    /// Whether bytes were sent that the peer should be able to read after the link is closed.
    has_sent: Cell<bool>,
    wake: Notify,
    drained: Notify,
    /// How many bytes are passed to the node at once.
    piece: Cell<usize>,
}

/// Bytes that are passed to the node at once: at first, at least, and at most.
const FIRST_PIECE: usize = 1024;
const LEAST_PIECE: usize = 256;
const LARGEST_PIECE: usize = 8 * 1024;

/// Outputs that a piece causes at most for the next one to be larger, and beyond which it is as small as can be.
const FEW_OUTPUTS: usize = 64;
const MANY_OUTPUTS: usize = 256;

impl Link {
    /// The link of an accepted connection. Bytes that wait for it count in the backlog.
    pub fn new(
        stream: impl Into<Stream>,
        peer: SocketAddr,
        listener: Listener,
        backlog: Rc<Backlog>,
    ) -> Link {
        let stream = stream.into();
        if listener != Listener::Sccp {
            let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
            // If it fails, a dead connection is noticed later.
            let _ = SockRef::from(stream.socket()).set_tcp_keepalive(&probes);
        }
        Link {
            stream,
            peer,
            max_kept: listener.most_unread(),
            kept: RefCell::default(),
            queued: Cell::new(false),
            blocked: Cell::new(false),
            backlog,
            closing: Cell::new(None),
            has_sent: Cell::new(false),
            wake: Notify::new(),
            drained: Notify::new(),
            piece: Cell::new(FIRST_PIECE),
        }
    }

    /// The address of the peer.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The number of bytes that wait until the peer reads.
    pub fn kept(&self) -> usize {
        self.kept.borrow().len()
    }

    /// Waits until the socket can be read, or written if bytes wait for it.
    ///
    /// # Errors
    /// Those of the socket; `TimedOut` if a closing link could not be written in time.
    pub async fn ready(&self) -> io::Result<Ready> {
        loop {
            let all_written = self.is_written();
            let interest = match self.closing.get() {
                None if self.blocked.get() => Interest::READABLE | Interest::WRITABLE,
                None => Interest::READABLE,
                Some(_) if all_written => return Ok(Ready::WRITABLE),
                Some(until) => {
                    return tokio::time::timeout_at(until, self.stream.ready(Interest::WRITABLE)).await?;
                }
            };
            tokio::select! {
                ready = self.stream.ready(interest) => return ready,
                () = self.wake.notified() => {}
            }
        }
    }

    /// Reads what has arrived: `None` if nothing has, 0 at the end of the stream.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.stream.read(buffer) {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the socket has taken everything.
    fn is_written(&self) -> bool {
        self.kept.borrow().is_empty() && !self.stream.has_unwritten()
    }

    /// How many bytes may be passed to the node at once: less where a few have caused much, so that others wait for one request
    /// and not for all that were sent with it.
    pub fn piece(&self) -> usize {
        self.piece.get()
    }

    /// A piece has caused so many outputs of the node.
    pub fn has_caused(&self, outputs: usize) {
        match outputs {
            ..=FEW_OUTPUTS => self.piece.set((2 * self.piece.get()).min(LARGEST_PIECE)),
            MANY_OUTPUTS.. => self.piece.set(LEAST_PIECE),
            _ => {}
        }
    }

    /// Takes bytes that are written with the next [`Link::flush`]; true if the link must be flushed at the end of the turn
    /// because of them. `bytes` is another buffer afterwards, to be used again.
    ///
    /// # Errors
    /// Those of the socket; an error if more would wait than the listener allows.
    pub fn queue(&self, bytes: &mut Vec<u8>) -> io::Result<bool> {
        self.has_sent.set(true);
        if self.kept() + bytes.len() > FLUSH_ABOVE && !self.blocked.get() {
            self.flush()?;
        }
        let mut kept = self.kept.borrow_mut();
        let waiting = kept.len() + bytes.len();
        if waiting > self.max_kept && self.blocked.get() {
            return Err(io::Error::other(format!("the other end does not read: {waiting} bytes would wait")));
        }
        self.backlog.change(0, bytes.len());
        if kept.is_empty() {
            std::mem::swap(&mut *kept, bytes);
        } else {
            kept.extend_from_slice(bytes);
        }
        Ok(!self.blocked.get() && !self.queued.replace(true))
    }

    /// Writes as much of the waiting bytes as the socket takes. Returns the buffer if it took all.
    ///
    /// # Errors
    /// Those of the socket.
    pub fn flush(&self) -> io::Result<Vec<u8>> {
        self.queued.set(false);
        let mut kept = self.kept.borrow_mut();
        let written = self.stream.write(&kept)?;
        self.backlog.change(written, 0);
        if written < kept.len() || self.stream.has_unwritten() {
            kept.drain(..written);
            if !self.blocked.replace(true) {
                self.wake.notify_one();
            }
            return Ok(Vec::new());
        }
        self.blocked.set(false);
        self.drained.notify_waiters();
        // An idle link needs no buffer.
        Ok(std::mem::take(&mut *kept))
    }

    /// Waits until no bytes wait any more.
    pub async fn flushed(&self) {
        while !self.is_written() {
            self.drained.notified().await;
        }
    }

    /// Closes the link when the waiting bytes have been written, or after [`CLOSING_TIME`].
    pub fn close(&self) {
        self.closing.set(Some(Instant::now() + CLOSING_TIME));
        self.wake.notify_one();
    }

    /// Closes the link at once. Waiting bytes are lost, those in the socket too.
    pub fn abort(&self) {
        self.drop_kept();
        self.has_sent.set(false);
        // If it fails, the system keeps what the peer does not read for a while.
        let _ = SockRef::from(self.stream.socket()).set_linger(Some(Duration::ZERO));
        self.close();
    }

    /// Drops the waiting bytes.
    pub fn drop_kept(&self) {
        let kept = std::mem::take(&mut *self.kept.borrow_mut());
        self.backlog.change(kept.len(), 0);
        self.drained.notify_waiters();
    }

    /// Whether the link is closing and no bytes wait.
    pub fn is_finished(&self) -> bool {
        self.closing.get().is_some() && self.is_written()
    }

    /// Whether bytes were sent, so that the link should be [drained](Link::drain).
    pub fn has_sent(&self) -> bool {
        self.has_sent.get()
    }

    /// Shuts down writing, then reads and drops what the peer still sends until the peer closes too, within limits. A socket
    /// that is closed with unread input resets the connection, and the peer may lose the last bytes.
    pub async fn drain(&self, buffer: &RefCell<Vec<u8>>) {
        self.stream.say_goodbye();
        if SockRef::from(self.stream.socket()).shutdown(Shutdown::Write).is_err() {
            return;
        }
        let until_the_end = async {
            let mut drained = 0;
            while drained < MAX_DRAINED && self.stream.ready(Interest::READABLE).await.is_ok() {
                match self.read(&mut buffer.borrow_mut()) {
                    Ok(Some(0)) | Err(_) => break,
                    Ok(read) => drained += read.unwrap_or(0),
                }
                tokio::task::yield_now().await;
            }
        };
        // A peer that has not closed by then had time to read.
        let _ = tokio::time::timeout(DRAINING_TIME, until_the_end).await;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.drop_kept();
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    async fn link(listener: Listener) -> (Link, TcpStream) {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), socket.accept());
        let (stream, peer) = accepted.unwrap();
        (Link::new(stream, peer, listener, Rc::default()), client.unwrap())
    }

    #[tokio::test]
    async fn application_links_have_tcp_keepalives() {
        let (link, _client) = link(Listener::Sip).await;
        let socket = SockRef::from(link.stream.socket());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), PROBE_AFTER);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), PROBE_EVERY);
    }

    #[tokio::test]
    async fn phone_links_have_no_tcp_keepalives() {
        let (link, _client) = link(Listener::Sccp).await;
        assert!(!SockRef::from(link.stream.socket()).keepalive().unwrap());
    }

    #[tokio::test]
    async fn waiting_bytes_count_in_the_backlog_until_they_are_read_or_dropped() {
        let (link, client) = link(Listener::Sip).await;
        let backlog = link.backlog.clone();
        let piece = vec![0; Listener::Sip.most_unread() / 4];
        while link.kept() == 0 {
            link.queue(&mut piece.clone()).unwrap();
            link.flush().unwrap();
        }
        link.queue(&mut piece.clone()).unwrap();
        assert_eq!(backlog.0.get(), link.kept());
        let before = link.kept();
        let mut buffer = vec![0; piece.len()];
        while link.kept() == before {
            client.readable().await.unwrap();
            let _ = client.try_read(&mut buffer);
            link.flush().unwrap();
        }
        assert_eq!(backlog.0.get(), link.kept());
        drop(link);
        assert_eq!(backlog.0.get(), 0);
    }
}
