//! A TCP connection of a virtual party.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, SocketAddr},
};

use mio::{Interest, Registry, Token, net::TcpStream};
use socket2::{Domain, Protocol, Socket, Type};

/// A connection, also while it is being made.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    open: bool,
}

impl Connection {
    /// Begins to connect. Readiness is reported under `token`.
    ///
    /// # Errors
    /// No socket can be had, or the server is not there.
    pub fn open(
        server: SocketAddr,
        from: Option<IpAddr>,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Connection> {
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        if let Some(from) = from {
            socket.bind(&SocketAddr::new(from, 0).into())?;
        }
        match socket.connect(&server.into()) {
            Err(error) if error.raw_os_error() == Some(IN_PROGRESS) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            other => other?,
        }
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Connection { stream, open: false })
    }

    /// The address it is made from.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.stream.local_addr()
    }

    /// Whether the connection has just come up.
    ///
    /// # Errors
    /// It could not be made.
    pub fn came_up(&mut self) -> io::Result<bool> {
        if self.open {
            return Ok(false);
        }
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        self.open = self.stream.peer_addr().is_ok();
        Ok(self.open)
    }

    /// Reads what has arrived; `None` if nothing has.
    ///
    /// # Errors
    /// The other end closed the connection, or it broke.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match self.stream.read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes what the socket takes, and leaves the rest in `bytes`.
    ///
    /// # Errors
    /// The connection broke.
    pub fn write(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        if !self.open || bytes.is_empty() {
            return Ok(());
        }
        match self.stream.write(bytes) {
            Ok(count) => drop(bytes.drain(..count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// EINPROGRESS, for which the standard library has no stable name.
const IN_PROGRESS: i32 = rustix::io::Errno::INPROGRESS.raw_os_error();
