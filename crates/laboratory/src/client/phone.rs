//! A virtual phone on a real connection.

use std::{io, net::SocketAddr};

use hookflash_sim::{LinkOrder, phone::Phone};
use hookflash_wire::sccp::Encoding;
use tokio::net::TcpStream;

use crate::client::{Clock, Connecting, connect, connected};

/// Largest piece read at once.
const READ_BUFFER: usize = 16 * 1024;

/// A virtual phone and its connection. [`LivePhone::wait`] runs the phone until something happens to it.
pub struct LivePhone {
    /// The phone. After a key is pressed, [`LivePhone::flush`] must be called to send its messages.
    pub phone: Phone,
    server: SocketAddr,
    clock: Clock,
    connecting: Option<Connecting>,
    stream: Option<TcpStream>,
    unwritten: Vec<u8>,
    tap: Option<Tap>,
}

/// Is called for all bytes: whether the phone sent them, the bytes, and the message layout in force.
pub type Tap = Box<dyn FnMut(bool, &[u8], Encoding)>;

/// What happened to a phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PhoneActivity {
    /// It connected.
    Connected,
    /// It received bytes and may show something new.
    Received(Vec<u8>),
    /// A timer of the phone expired.
    TimePassed,
    /// It could not connect, or its connection broke; it tries again.
    Lost(String),
}

impl LivePhone {
    /// A phone that is not plugged in yet.
    pub fn new(phone: Phone, server: SocketAddr, clock: Clock) -> LivePhone {
        let (connecting, stream, unwritten, tap) = (None, None, Vec::new(), None);
        LivePhone { phone, server, clock, connecting, stream, unwritten, tap }
    }

    /// Calls `tap` for all bytes from now on.
    pub fn tap(&mut self, tap: impl FnMut(bool, &[u8], Encoding) + 'static) {
        self.tap = Some(Box::new(tap));
    }

    /// Waits until something happens to the phone. Cancel safe.
    pub async fn wait(&mut self) -> PhoneActivity {
        loop {
            while let Some(order) = self.phone.poll_order() {
                match order {
                    LinkOrder::Connect => self.connecting = Some(connect(self.server)),
                    LinkOrder::Close => (self.connecting, self.stream) = (None, None),
                }
            }
            let deadline = self.phone.poll_timeout().map(|at| self.clock.at(at));
            let timeout = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = timeout => {
                    self.phone.handle_timeout(self.clock.now());
                    self.flush();
                    return PhoneActivity::TimePassed;
                }
                result = connected(&mut self.connecting) => return self.connected(result),
                readable = readable(self.stream.as_ref()) => {
                    match readable.and_then(|()| self.read()) {
                        Ok(Some(bytes)) => return PhoneActivity::Received(bytes),
                        Ok(None) => {}
                        Err(error) => return self.lost(&error),
                    }
                }
            }
        }
    }

    /// Unplugs the phone: the connection ends, and everything on its screen is gone.
    pub fn unplug(&mut self) {
        self.phone.unplug();
        (self.connecting, self.stream) = (None, None);
        self.unwritten.clear();
    }

    /// Breaks the connection of a phone that is plugged in; it connects again later.
    pub fn break_connection(&mut self) {
        self.connecting = None;
        self.lost(&io::ErrorKind::ConnectionReset.into());
    }

    /// Sends the messages of the phone.
    pub fn flush(&mut self) {
        let said = std::mem::take(self.phone.output());
        self.unwritten.extend_from_slice(&said);
        if let Some(tap) = &mut self.tap
            && !said.is_empty()
        {
            tap(true, &said, self.phone.encoding());
        }
        if let Some(stream) = &self.stream
            && let Ok(count) = stream.try_write(&self.unwritten)
        {
            self.unwritten.drain(..count);
        }
    }

    fn connected(&mut self, result: io::Result<TcpStream>) -> PhoneActivity {
        match result {
            Ok(stream) => {
                self.stream = Some(stream);
                self.phone.connected(self.clock.now());
                self.flush();
                PhoneActivity::Connected
            }
            Err(error) => self.lost(&error),
        }
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(stream) = &self.stream else { return Ok(None) };
        let mut buffer = vec![0; READ_BUFFER];
        let count = match stream.try_read(&mut buffer) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        buffer.truncate(count);
        if let Some(tap) = &mut self.tap {
            tap(false, &buffer, self.phone.encoding());
        }
        self.phone.received(self.clock.now(), &buffer);
        self.flush();
        Ok(Some(buffer))
    }

    fn lost(&mut self, error: &io::Error) -> PhoneActivity {
        self.stream = None;
        self.unwritten.clear();
        self.phone.closed(self.clock.now());
        PhoneActivity::Lost(error.to_string())
    }
}

async fn readable(stream: Option<&TcpStream>) -> io::Result<()> {
    match stream {
        Some(stream) => stream.readable().await,
        None => std::future::pending().await,
    }
}
