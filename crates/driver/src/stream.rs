//! A TCP connection, encrypted or not, with reads and writes that never wait.

use std::{
    cell::{Cell, RefCell},
    io::{self, Read, Write},
};

use tokio::{
    io::{Interest, Ready},
    net::TcpStream,
};
use tokio_rustls::rustls::Connection;

/// Encrypted bytes that wait for the socket before no more are taken.
const MAX_ENCRYPTED: usize = 16 * 1024;

/// A TCP connection, with TLS over it or without.
#[derive(Debug)]
pub struct Stream {
    socket: TcpStream,
    tls: Option<Box<RefCell<Connection>>>,
    /// Whether there may be more that was decrypted, so that the socket does not have to be waited for.
    unread: Cell<bool>,
}

impl From<TcpStream> for Stream {
    fn from(socket: TcpStream) -> Stream {
        Stream { socket, tls: None, unread: Cell::new(false) }
    }
}

impl Stream {
    /// A connection whose handshake is done.
    pub fn secured(socket: TcpStream, tls: impl Into<Connection>) -> Stream {
        let mut tls = tls.into();
        tls.set_buffer_limit(Some(MAX_ENCRYPTED));
        // The first request may have come with the end of the handshake.
        Stream { socket, tls: Some(Box::new(RefCell::new(tls))), unread: Cell::new(true) }
    }

    /// The socket.
    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Waits until it can be read or written.
    ///
    /// # Errors
    /// Those of the socket.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        if interest.is_readable() && self.unread.get() {
            return Ok(if interest.is_writable() {
                Ready::READABLE | Ready::WRITABLE
            } else {
                Ready::READABLE
            });
        }
        self.socket.ready(interest).await
    }

    /// Reads what has arrived: 0 at the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` if nothing has; else those of the socket and of TLS.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return self.read_plain(buffer) };
        let mut tls = tls.borrow_mut();
        loop {
            match tls.reader().read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.unread.set(false),
                // The peer did not say goodbye. What came is whole messages, or is dropped.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                result => {
                    self.unread.set(result.as_ref().is_ok_and(|count| *count == buffer.len()));
                    return result;
                }
            }
            tls.read_tls(&mut Socket(&self.socket))?;
            let processed = tls.process_new_packets();
            // An answer of TLS itself: an alert, or new keys.
            self.write_encrypted(&mut tls)?;
            processed.map_err(io::Error::other)?;
        }
    }

    /// Writes as much as the socket takes, or as may wait for it encrypted; returns how many bytes were taken.
    ///
    /// # Errors
    /// Those of the socket and of TLS.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return or_nothing(self.socket.try_write(bytes)) };
        let mut tls = tls.borrow_mut();
        let mut taken = 0;
        while self.write_encrypted(&mut tls)? && taken < bytes.len() {
            taken += tls.writer().write(bytes.get(taken..).unwrap_or_default())?;
        }
        Ok(taken)
    }

    /// Whether encrypted bytes wait for the socket.
    pub fn has_unwritten(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.borrow().wants_write())
    }

    /// Tells the peer that nothing more comes, where TLS has a word for it.
    pub fn say_goodbye(&self) {
        if let Some(tls) = &self.tls {
            let mut tls = tls.borrow_mut();
            tls.send_close_notify();
            // Without it the peer sees that the connection is closed.
            let _ = self.write_encrypted(&mut tls);
        }
    }

    fn read_plain(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.try_read(buffer)?;
        if (1..buffer.len()).contains(&count) {
            self.note_drained();
        }
        Ok(count)
    }

    /// Clears the readiness of a socket that was read empty, so that it is not read again before more has arrived.
    fn note_drained(&self) {
        let empty = || Err::<(), _>(io::ErrorKind::WouldBlock.into());
        let _ = self.socket.try_io(Interest::READABLE, empty);
    }

    /// Writes what is encrypted; false if the socket does not take all of it.
    fn write_encrypted(&self, tls: &mut Connection) -> io::Result<bool> {
        while tls.wants_write() {
            if or_nothing(tls.write_tls(&mut Socket(&self.socket)))? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What was done, or nothing if the socket is not ready.
fn or_nothing(result: io::Result<usize>) -> io::Result<usize> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}

/// The socket as TLS reads and writes it.
struct Socket<'a>(&'a TcpStream);

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
