//! One stream connection: its socket, and what could not be written yet.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
};

use hookflash_node::Door;
use tokio::{
    io::{Interest, Ready},
    net::TcpStream,
    sync::Notify,
};

/// Bytes kept for a phone that does not read. A phone needs some hundred per key.
const MAX_KEPT_SCCP: usize = 256 * 1024;

/// Bytes kept for an application that does not read: some thousand events.
const MAX_KEPT_SIP: usize = 4 * 1024 * 1024;

/// A stream connection.
#[derive(Debug)]
pub struct Link {
    stream: TcpStream,
    peer: SocketAddr,
    max_kept: usize,
    kept: RefCell<Vec<u8>>,
    closing: Cell<bool>,
    wake: Notify,
    drained: Notify,
}

impl Link {
    /// The link of an accepted connection.
    pub fn new(stream: TcpStream, peer: SocketAddr, door: Door) -> Link {
        let max_kept = match door {
            Door::Sccp => MAX_KEPT_SCCP,
            Door::Sip => MAX_KEPT_SIP,
        };
        Link {
            stream,
            peer,
            max_kept,
            kept: RefCell::default(),
            closing: Cell::new(false),
            wake: Notify::new(),
            drained: Notify::new(),
        }
    }

    /// The other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Waits until the socket can be read, or written if something is kept for it.
    pub async fn ready(&self) -> io::Result<Ready> {
        loop {
            let interest = match (self.kept.borrow().is_empty(), self.closing.get()) {
                (true, false) => Interest::READABLE,
                (true, true) => return Ok(Ready::WRITABLE),
                (false, false) => Interest::READABLE | Interest::WRITABLE,
                (false, true) => Interest::WRITABLE,
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
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes at once what the socket takes, and keeps the rest.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut kept = self.kept.borrow_mut();
        let written = if kept.is_empty() { self.write(bytes)? } else { 0 };
        let rest = bytes.get(written..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(());
        }
        if kept.len() + rest.len() > self.max_kept {
            return Err(io::Error::other(format!("the other end does not read: {} bytes wait", kept.len())));
        }
        kept.extend_from_slice(rest);
        self.wake.notify_one();
        Ok(())
    }

    /// Writes what was kept, as far as the socket takes it.
    pub fn flush(&self) -> io::Result<()> {
        let mut kept = self.kept.borrow_mut();
        let written = self.write(&kept)?;
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

    /// Closes the link as soon as what was kept has been written.
    pub fn close(&self) {
        self.closing.set(true);
        self.wake.notify_one();
    }

    /// Whether the link is closing and has nothing more to write.
    pub fn is_finished(&self) -> bool {
        self.closing.get() && self.kept.borrow().is_empty()
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.stream.try_write(bytes) {
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }
}
