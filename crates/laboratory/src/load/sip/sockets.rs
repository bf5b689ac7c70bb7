//! The sockets of many SIP endpoints: datagrams or streams, each from a port of its own.
//!
//! Over UDP an endpoint sends to whoever a request is for, and is sent to by anybody. Over TCP it has one connection,
//! to the server, and everything goes over that, both ways.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use hookflash_sip::{LinkId, Transmit};
use hookflash_wire::sip::{Framed, StreamFramer, Transport};
use mio::{Events, Interest, Poll, Registry, Token, net::UdpSocket};

use crate::load::{
    alarm::Alarm,
    connection::Connection,
    parties::{local_towards, source},
};

/// Largest piece read at once; every datagram fits.
const READ_BUFFER: usize = 64 * 1024;

/// The token of the alarm; sockets have their index.
const ALARM: Token = Token(usize::MAX);

/// Where a message came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Source {
    /// The socket, by its index.
    pub socket: usize,
    /// The address at the other end.
    pub address: SocketAddr,
    /// When it was read.
    pub at: Instant,
}

/// Sockets to one server.
#[derive(Debug)]
pub struct Sockets {
    poll: Poll,
    events: Events,
    alarm: Alarm,
    server: SocketAddr,
    transport: Transport<'static>,
    sockets: Vec<Socket>,
    /// Those for datagrams, by address.
    by_address: BTreeMap<SocketAddr, usize>,
    /// Connections, by the number under which the SIP layer knows them.
    by_link: BTreeMap<LinkId, usize>,
    last_link: u64,
    /// Connections to which something is to be written.
    written: Vec<usize>,
    /// Writes without a receiver.
    nowhere: Vec<u8>,
    buffer: Vec<u8>,
    broken: Vec<usize>,
}

#[derive(Debug)]
struct Socket {
    local: SocketAddr,
    /// Its number if it is a connection.
    number: LinkId,
    link: Link,
}

#[derive(Debug)]
enum Link {
    Datagrams(UdpSocket),
    Stream { connection: Connection, framer: StreamFramer, unwritten: Vec<u8> },
    Closed,
}

impl Sockets {
    /// Opens `count` sockets, at least one. Connections come up in [`Sockets::wait`].
    ///
    /// # Errors
    /// The system has no more sockets, or the server's address cannot be reached.
    pub fn open(server: SocketAddr, transport: Transport<'static>, count: usize) -> io::Result<Sockets> {
        let poll = Poll::new()?;
        let sockets = (0..count.max(1))
            .map(|index| Socket::open(server, transport, poll.registry(), index))
            .collect::<io::Result<Vec<Socket>>>()?;
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let (events, buffer) = (Events::with_capacity(1024), vec![0; READ_BUFFER]);
        let by_address = sockets.iter().map(|socket| socket.local).zip(0..).collect();
        let mut all = Sockets {
            poll,
            events,
            alarm,
            server,
            transport,
            sockets,
            by_address,
            by_link: BTreeMap::new(),
            last_link: 0,
            written: Vec::new(),
            nowhere: Vec::new(),
            buffer,
            broken: Vec::new(),
        };
        (0..all.count()).for_each(|index| all.number(index));
        Ok(all)
    }

    /// Gives a connection a number of its own.
    fn number(&mut self, index: usize) {
        let Some(socket) = self.sockets.get_mut(index) else { return };
        self.last_link += 1;
        self.by_link.remove(&socket.number);
        socket.number = LinkId(self.last_link);
        self.by_link.insert(socket.number, index);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.sockets.len()
    }

    /// A connection that the server closed or refused, once.
    pub fn take_broken(&mut self) -> Option<usize> {
        self.broken.pop()
    }

    /// The address of a socket.
    pub fn local(&self, index: usize) -> SocketAddr {
        self.sockets.get(index).map_or(self.server, |socket| socket.local)
    }

    /// Makes a broken connection anew; whether it was broken and there is another one now.
    pub fn reopen(&mut self, index: usize) -> bool {
        let (server, transport) = (self.server, self.transport);
        let Some(socket) = self.sockets.get_mut(index) else { return false };
        // If the server is gone, the link stays closed, and everything sent there is lost.
        if let Link::Closed = socket.link
            && let Ok(new) = Socket::open(server, transport, self.poll.registry(), index)
        {
            *socket = Socket { number: socket.number, ..new };
            self.number(index);
            return true;
        }
        false
    }

    /// The socket that is bound to an address.
    pub fn at(&self, local: SocketAddr) -> Option<usize> {
        self.by_address.get(&local).copied()
    }

    /// The number of a connection.
    pub fn link_of(&self, index: usize) -> LinkId {
        self.sockets.get(index).map_or(LinkId(0), |socket| socket.number)
    }

    /// The connection with a number.
    pub fn of_link(&self, link: LinkId) -> Option<usize> {
        self.by_link.get(&link).copied()
    }

    /// Sends what was written to connections.
    pub fn flush(&mut self) {
        self.nowhere.clear();
        for index in self.written.drain(..) {
            if let Some(Socket { link: Link::Stream { connection, unwritten, .. }, .. }) =
                self.sockets.get_mut(index)
            {
                // A broken connection is found when it is read.
                drop(connection.write(unwritten));
            }
        }
    }

    /// Waits for sockets and hands out every message that is there.
    ///
    /// # Errors
    /// The system does not let us wait.
    pub fn wait(&mut self, until: Option<Instant>, mut each: impl FnMut(&[u8], Source)) -> io::Result<()> {
        let wait = until.map(|until| until.saturating_duration_since(Instant::now()));
        let wait: Option<Duration> = self.alarm.set(wait)?;
        match self.poll.poll(&mut self.events, wait) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        for event in self.events.iter().filter(|event| event.token() != ALARM) {
            let index = event.token().0;
            let Some(socket) = self.sockets.get_mut(index) else { continue };
            let each = |message: &[u8], address, at| each(message, Source { socket: index, address, at });
            if socket.read(self.server, &mut self.buffer, each).is_err() {
                socket.link = Link::Closed;
                self.broken.push(index);
            }
        }
        Ok(())
    }
}

/// What cannot be sent is lost, as it might be under way.
impl Transmit for Sockets {
    fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        let index = self.by_link.get(&link).copied();
        match index.and_then(|index| Some((index, self.sockets.get_mut(index)?))) {
            Some((index, Socket { link: Link::Stream { unwritten, .. }, .. })) => {
                if self.written.last() != Some(&index) {
                    self.written.push(index);
                }
                unwritten
            }
            _ => &mut self.nowhere,
        }
    }

    fn datagram(&mut self, local: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let socket = self.by_address.get(&local).and_then(|index| self.sockets.get_mut(*index));
        if let Some(Socket { link: Link::Datagrams(socket), .. }) = socket {
            // Repeated by its transaction if it matters.
            drop(socket.send_to(&bytes, to));
        }
    }

    fn close(&mut self, link: LinkId) {
        if let Some(index) = self.by_link.get(&link).copied()
            && let Some(socket) = self.sockets.get_mut(index)
        {
            socket.link = Link::Closed;
            self.broken.push(index);
        }
    }
}

impl Socket {
    fn open(
        server: SocketAddr,
        transport: Transport<'static>,
        registry: &Registry,
        index: usize,
    ) -> io::Result<Socket> {
        let token = Token(index);
        if transport == Transport::Tcp {
            let connection = Connection::open(server, source(server, index), registry, token)?;
            let local = connection.local()?;
            let link = Link::Stream { connection, framer: StreamFramer::new(), unwritten: Vec::new() };
            return Ok(Socket { local, number: LinkId(0), link });
        }
        let mut socket = UdpSocket::bind(SocketAddr::new(local_towards(server)?.ip(), 0))?;
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Socket { local: socket.local_addr()?, number: LinkId(0), link: Link::Datagrams(socket) })
    }

    /// Reads all there is.
    fn read(
        &mut self,
        server: SocketAddr,
        buffer: &mut [u8],
        mut each: impl FnMut(&[u8], SocketAddr, Instant),
    ) -> io::Result<()> {
        match &mut self.link {
            Link::Closed => {}
            Link::Datagrams(socket) => loop {
                match socket.recv_from(buffer) {
                    Ok((count, from)) => {
                        each(buffer.get(..count).unwrap_or_default(), from, Instant::now());
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // ICMP's answer to a request, which is lost; the next one may arrive.
                    Err(_) => {}
                }
            },
            Link::Stream { connection, framer, unwritten } => {
                connection.came_up()?;
                connection.write(unwritten)?;
                while let Some(count) = connection.read(buffer)? {
                    let at = Instant::now();
                    let mut input = buffer.get(..count).unwrap_or_default();
                    while let Some(framed) = framer.next(&mut input).map_err(io::Error::other)? {
                        if let Framed::Message(message) = framed {
                            each(message, server, at);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}
