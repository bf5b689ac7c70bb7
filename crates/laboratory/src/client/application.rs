//! A virtual application on a real connection or socket.

use std::{collections::VecDeque, io, net::SocketAddr};

use hookflash_sim::{
    LinkOrder,
    application::{Application, ApplicationSettings, Notice, Transport},
};
use tokio::{
    io::Interest,
    net::{TcpStream, UdpSocket},
};

use crate::client::{Clock, Connecting, connect, connected};

/// Largest datagram, and largest piece of a stream read at once.
const READ_BUFFER: usize = 64 * 1024;

/// A virtual application and its connection.
pub struct LiveApplication {
    /// The application. After a request, [`LiveApplication::flush`] must be called to send it.
    pub application: Application,
    server: SocketAddr,
    clock: Clock,
    connecting: Option<Connecting>,
    socket: Socket,
    unwritten: Vec<u8>,
    activity: VecDeque<ApplicationActivity>,
}

/// What happened to an application.
#[derive(Debug)]
pub enum ApplicationActivity {
    /// It sent this message.
    Sent(Vec<u8>),
    /// It received these bytes.
    Received(Vec<u8>),
    /// It has this notice.
    Notice(Box<Notice>),
    /// The server cannot be reached.
    Unreachable(io::Error),
}

#[derive(Debug)]
enum Socket {
    None,
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl LiveApplication {
    /// An application that connects to `server`. Its own address in the settings is filled in.
    ///
    /// # Errors
    /// No socket can be opened.
    pub async fn new(
        mut settings: ApplicationSettings,
        server: SocketAddr,
        clock: Clock,
    ) -> io::Result<LiveApplication> {
        let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0; 16], 0).into() };
        let udp = UdpSocket::bind(any).await?;
        udp.connect(server).await?;
        settings.local = udp.local_addr()?;
        let socket = if settings.transport == Transport::Udp { Socket::Udp(udp) } else { Socket::None };
        let application = Application::new(settings);
        let (connecting, unwritten, activity) = (None, Vec::new(), VecDeque::new());
        Ok(LiveApplication { application, server, clock, connecting, socket, unwritten, activity })
    }

    /// The time of the application.
    pub fn now(&self) -> hookflash_core::Instant {
        self.clock.now()
    }

    /// Waits until something happens to the application. Cancel safe.
    pub async fn wait(&mut self) -> ApplicationActivity {
        loop {
            self.flush();
            if let Some(activity) = self.activity.pop_front() {
                return activity;
            }
            match self.application.poll_order() {
                Some(LinkOrder::Connect) => self.connecting = Some(connect(self.server)),
                Some(LinkOrder::Close) => self.socket = Socket::None,
                None => {}
            }
            let deadline = self.application.poll_timeout().map(|at| self.clock.at(at));
            let timeout = async {
                match deadline {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = timeout => self.application.handle_timeout(self.clock.now()),
                result = connected(&mut self.connecting) => self.connected(result),
                readable = self.socket.readable() => match readable.and_then(|()| self.socket.read()) {
                    Ok(Some(bytes)) => {
                        self.application.received(self.clock.now(), &bytes);
                        self.activity.push_back(ApplicationActivity::Received(bytes));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        if error.kind() == io::ErrorKind::ConnectionRefused {
                            self.activity.push_back(ApplicationActivity::Unreachable(error));
                        }
                        self.lost();
                    }
                }
            }
        }
    }

    /// Sends the messages of the application, and queues them and its notices for [`LiveApplication::wait`].
    pub fn flush(&mut self) {
        while let Some(message) = self.application.poll_output() {
            match &self.socket {
                // A datagram that cannot be sent is repeated by the application.
                Socket::Udp(socket) => drop(socket.try_send(&message)),
                _ => self.unwritten.extend_from_slice(&message),
            }
            self.activity.push_back(ApplicationActivity::Sent(message));
        }
        if let Socket::Tcp(stream) = &self.socket
            && let Ok(count) = stream.try_write(&self.unwritten)
        {
            self.unwritten.drain(..count);
        }
        while let Some(notice) = self.application.poll_notice() {
            self.activity.push_back(ApplicationActivity::Notice(Box::new(notice)));
        }
    }

    fn connected(&mut self, result: io::Result<TcpStream>) {
        match result {
            Ok(stream) => {
                self.socket = Socket::Tcp(stream);
                self.application.connected(self.clock.now());
            }
            Err(error) => {
                self.activity.push_back(ApplicationActivity::Unreachable(error));
                self.lost();
            }
        }
    }

    fn lost(&mut self) {
        if matches!(self.socket, Socket::Udp(_)) {
            // An ICMP error of an earlier datagram: the next one may arrive.
            return;
        }
        self.socket = Socket::None;
        self.unwritten.clear();
        let now = self.now();
        self.application.closed(now);
    }
}

impl Socket {
    async fn readable(&self) -> io::Result<()> {
        match self {
            Socket::None => std::future::pending().await,
            Socket::Tcp(stream) => stream.readable().await,
            // An ICMP error is no data.
            Socket::Udp(socket) => socket.ready(Interest::READABLE | Interest::ERROR).await.map(drop),
        }
    }

    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = vec![0; READ_BUFFER];
        let result = match self {
            Socket::None => return Ok(None),
            Socket::Tcp(stream) => match stream.try_read(&mut buffer) {
                Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                other => other,
            },
            Socket::Udp(socket) => {
                if let Err(error) = socket.try_io(Interest::ERROR, || pending_error(socket))
                    && error.kind() != io::ErrorKind::WouldBlock
                {
                    return Err(error);
                }
                socket.try_recv(&mut buffer)
            }
        };
        match result {
            Ok(count) => {
                buffer.truncate(count);
                Ok(Some(buffer))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The error that waits at a socket; "would block" if there is none.
fn pending_error(socket: &UdpSocket) -> io::Result<()> {
    Err(socket.take_error()?.unwrap_or_else(|| io::ErrorKind::WouldBlock.into()))
}
