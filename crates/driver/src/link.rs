//! One stream connection: its socket, and what could not be written yet.

use std::{
    cell::{Cell, RefCell},
    io,
    net::{Shutdown, SocketAddr},
    rc::Rc,
    time::Duration,
};

use hookflash_node::Door;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{Interest, Ready},
    net::TcpStream,
    sync::Notify,
    time::Instant,
};

/// How long the other end may take to read what was kept when the link was closed.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// How long, and how much, is still read of what the other end had sent before it could know that the link is closed.
const DRAINING_TIME: Duration = Duration::from_secs(2);
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// When an application's machine that says nothing is asked whether it is still there, and how often: a machine
/// that lost its power closes no connection. Phones have keepalives of their own.
const PROBE_AFTER: Duration = Duration::from_secs(60);
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// Bytes that are kept for all links together before the one for which most is kept is given up: many who do not read
/// must not use up the memory, each below its own limit.
const MAX_ALL_KEPT: usize = 256 * 1024 * 1024;

/// How much is kept for all links together.
#[derive(Debug, Default)]
pub struct Backlog(Cell<usize>);

impl Backlog {
    /// Whether it is too much.
    pub fn is_too_much(&self) -> bool {
        self.0.get() > MAX_ALL_KEPT
    }

    fn change(&self, before: usize, after: usize) {
        self.0.set((self.0.get() + after).saturating_sub(before));
    }
}

/// A stream connection.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
    peer: SocketAddr,
    max_kept: usize,
    kept: RefCell<Vec<u8>>,
    backlog: Rc<Backlog>,
    /// Set when the link is closing: how long it may still write.
    closing: Cell<Option<Instant>>,
    /// Whether the other end was told something that it should be able to read.
    has_spoken: Cell<bool>,
    wake: Notify,
    drained: Notify,
}

impl Link {
    /// The link of an accepted connection. What is kept for it counts in the backlog.
    pub fn new(stream: TcpStream, peer: SocketAddr, door: Door, backlog: Rc<Backlog>) -> Link {
        if door == Door::Sip {
            let probes = TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_EVERY);
            // Without it a dead connection is only noticed later.
            let _ = SockRef::from(&stream).set_tcp_keepalive(&probes);
        }
        Link {
            stream,
            peer,
            max_kept: door.most_unread(),
            kept: RefCell::default(),
            backlog,
            closing: Cell::new(None),
            has_spoken: Cell::new(false),
            wake: Notify::new(),
            drained: Notify::new(),
        }
    }

    /// The other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// How many bytes are kept until the other end reads.
    pub fn kept(&self) -> usize {
        self.kept.borrow().len()
    }

    /// Waits until the socket can be read, or written if something is kept for it.
    ///
    /// # Errors
    /// Those of the socket, and that the time for closing is over.
    pub async fn ready(&self) -> io::Result<Ready> {
        loop {
            let all_written = self.kept.borrow().is_empty();
            let interest = match (all_written, self.closing.get()) {
                (true, None) => Interest::READABLE,
                (true, Some(_)) => return Ok(Ready::WRITABLE),
                (false, None) => Interest::READABLE | Interest::WRITABLE,
                (false, Some(until)) => {
                    return tokio::time::timeout_at(until, self.stream.ready(Interest::WRITABLE)).await?;
                }
            };
            tokio::select! {
                ready = self.stream.ready(interest) => return ready,
                () = self.wake.notified() => {}
            }
        }
    }

    /// Reads what is there: `None` if nothing, 0 bytes at the end of the stream.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.stream.try_read(buffer) {
            Ok(count) => {
                if (1..buffer.len()).contains(&count) {
                    self.note_drained();
                }
                Ok(Some(count))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The socket has been read empty: it is not asked again before the system says that more has come.
    fn note_drained(&self) {
        let empty = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = self.stream.try_io(Interest::READABLE, empty);
    }

    /// Writes at once what the socket takes, and keeps the rest.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.has_spoken.set(true);
        let mut kept = self.kept.borrow_mut();
        let written = if kept.is_empty() { self.write(bytes)? } else { 0 };
        let rest = bytes.get(written..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        if kept.len() + rest.len() > self.max_kept {
            let waiting = kept.len() + rest.len();
            return Err(io::Error::other(format!("the other end does not read: {waiting} bytes would wait")));
        }
        self.backlog.change(0, rest.len());
        kept.extend_from_slice(rest);
        self.wake.notify_one();
        Ok(())
    }

    /// Writes what was kept, as far as the socket takes it.
    pub fn flush(&self) -> io::Result<()> {
        let mut kept = self.kept.borrow_mut();
        let written = self.write(&kept)?;
        self.backlog.change(written, 0);
        kept.drain(..written);
        if kept.is_empty() {
            // An idle link costs no buffer.
            *kept = Vec::new();
            self.drained.notify_waiters();
        }
        Ok(())
    }

    /// Waits until nothing is kept any more.
    pub async fn flushed(&self) {
        while !self.kept.borrow().is_empty() {
            self.drained.notified().await;
        }
    }

    /// Closes the link as soon as what was kept has been written, or the time for that is over.
    pub fn close(&self) {
        self.closing.set(Some(Instant::now() + CLOSING_TIME));
        self.wake.notify_one();
    }

    /// Closes the link at once; what was kept is lost, also in the socket.
    pub fn abort(&self) {
        self.forget_kept();
        self.has_spoken.set(false);
        // Without it the system goes on for a while with what the other end does not read.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        self.close();
    }

    /// Drops what was kept: nobody will read it.
    pub fn forget_kept(&self) {
        let kept = std::mem::take(&mut *self.kept.borrow_mut());
        self.backlog.change(kept.len(), 0);
        self.drained.notify_waiters();
    }

    /// Whether the link is closing and has nothing more to write.
    pub fn is_finished(&self) -> bool {
        self.closing.get().is_some() && self.kept.borrow().is_empty()
    }

    /// Whether the last words are worth [`draining`](Link::drain) the link for.
    pub fn has_spoken(&self) -> bool {
        self.has_spoken.get()
    }

    /// Says that nothing more comes, and drops what the other end still sends until it closes too, for a while: a
    /// socket that is closed with unread input resets the connection, and the other end may lose what it was told.
    pub async fn drain(&self, buffer: &RefCell<Vec<u8>>) {
        if SockRef::from(&self.stream).shutdown(Shutdown::Write).is_err() {
            return;
        }
        let until_the_end = async {
            let mut drained = 0;
            while drained < MAX_DRAINED && self.stream.readable().await.is_ok() {
                match self.read(&mut buffer.borrow_mut()) {
                    Ok(Some(0)) | Err(_) => break,
                    Ok(read) => drained += read.unwrap_or(0),
                }
                tokio::task::yield_now().await;
            }
        };
        // Who has not closed by then has read what it wants to read.
        let _ = tokio::time::timeout(DRAINING_TIME, until_the_end).await;
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.stream.try_write(bytes) {
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.forget_kept();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn link(door: Door) -> (Link, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        let (stream, peer) = accepted.unwrap();
        (Link::new(stream, peer, door, Rc::default()), client.unwrap())
    }

    #[tokio::test]
    async fn a_silent_machine_of_an_application_is_asked_whether_it_is_there() {
        let (link, _client) = link(Door::Sip).await;
        let socket = SockRef::from(&link.stream);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), PROBE_AFTER);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), PROBE_EVERY);
    }

    #[tokio::test]
    async fn phones_have_keepalives_of_their_own() {
        let (link, _client) = link(Door::Sccp).await;
        assert!(!SockRef::from(&link.stream).keepalive().unwrap());
    }

    #[tokio::test]
    async fn what_is_kept_counts_until_it_is_read_or_forgotten() {
        let (link, client) = link(Door::Sip).await;
        let backlog = link.backlog.clone();
        let piece = vec![0; Door::Sip.most_unread() / 4];
        while link.kept() == 0 {
            link.send(&piece).unwrap();
        }
        link.send(&piece).unwrap();
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
