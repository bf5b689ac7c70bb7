//! Virtual phones and applications on real connections, all on one thread.
//!
//! [`Parties::wait`] waits for sockets and timers and reads every ready socket, with the time of the read. Then
//! [`Parties::next`] returns the parties to which something happened, one after the other. So the time it takes to process the
//! message of one party does not count in the latency of another.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use hookflash_core::Instant as PartyTime;
use hookflash_sim::{
    LinkOrder,
    application::{Application, ApplicationSettings},
    phone::{Phone, PhoneSettings},
};
use mio::{Events, Poll, Token};

use super::{
    alarm::Alarm,
    application::{Door, Speaker},
    connection::Connection,
    web::{Told, WebApplication},
};

/// Largest piece of a stream read at once.
const READ_BUFFER: usize = 64 * 1024;

/// Phones that share one source address on loopback. Ports run out at 28,000 for each, and a closed connection
/// keeps its port for a minute.
const PHONES_PER_ADDRESS: usize = 2_000;

/// After bytes for an application, sockets are read for this long before the bytes are processed: that takes longer than
/// for a phone's message, which would be read too late.
const GATHER: Duration = Duration::from_micros(25);

/// The token of the alarm; parties have their index, applications counted from the top.
const ALARM: Token = Token(usize::MAX);
const FIRST_APPLICATION: usize = usize::MAX / 2;

/// A phone or application, by its index.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Party {
    /// A phone.
    Phone(usize),
    /// An application.
    Application(usize),
}

impl Party {
    fn token(self) -> Token {
        match self {
            Party::Phone(index) => Token(index),
            Party::Application(index) => Token(FIRST_APPLICATION + index),
        }
    }

    fn of(token: Token) -> Party {
        match token.0.checked_sub(FIRST_APPLICATION) {
            Some(index) => Party::Application(index),
            None => Party::Phone(token.0),
        }
    }
}

/// Something happened to a party.
#[derive(Clone, Copy, Debug)]
pub struct Touched {
    /// The party.
    pub party: Party,
    /// When its bytes were read, before they were processed.
    pub at: Instant,
}

/// Bytes of a party that are not processed yet.
struct Arrival {
    party: Party,
    at: Instant,
    came_up: bool,
    bytes: Vec<u8>,
    /// The connection is gone after these bytes.
    broke: bool,
}

/// All virtual parties; see the [module page](self).
pub struct Parties {
    poll: Poll,
    events: Events,
    alarm: Alarm,
    spins: bool,
    started: Instant,
    server: SocketAddr,
    phones: Vec<Member<Phone>>,
    applications: Vec<Member<Speaker>>,
    ready: VecDeque<Arrival>,
    /// Buffers for what is read.
    spare: Vec<Vec<u8>>,
    timeouts: BinaryHeap<Reverse<(PartyTime, Party)>>,
    buffer: Vec<u8>,
}

/// A party and its connection.
#[derive(Debug)]
struct Member<P> {
    party: P,
    server: SocketAddr,
    connection: Option<Connection>,
    /// What the socket did not take yet; a phone keeps it itself.
    unwritten: Vec<u8>,
    /// The soonest timeout that is in the queue.
    armed: Option<PartyTime>,
    /// When a timeout last made it say something that has not been answered yet.
    spoke: Option<Instant>,
}

impl Parties {
    /// No parties yet. Phones will connect to `server`.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn new(server: SocketAddr) -> io::Result<Parties> {
        let poll = Poll::new()?;
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        Ok(Parties {
            poll,
            events: Events::with_capacity(1024),
            alarm,
            spins: false,
            started: Instant::now(),
            server,
            phones: Vec::new(),
            applications: Vec::new(),
            ready: VecDeque::new(),
            spare: Vec::new(),
            timeouts: BinaryHeap::new(),
            buffer: vec![0; READ_BUFFER],
        })
    }

    /// Adds a phone that is not plugged in. It has index `phone_count() - 1`.
    pub fn add_phone(&mut self, mut settings: PhoneSettings) {
        if let Some(IpAddr::V4(address)) = source(self.server, self.phones.len()) {
            settings.address = address;
        }
        self.phones.push(Member::new(Phone::new(settings), self.server));
    }

    /// Adds an application without a session, and returns its index.
    ///
    /// # Errors
    /// There is no way to the server.
    pub fn add_application(&mut self, door: Door, user: &str, target: &str) -> io::Result<usize> {
        let server = door.address();
        let speaker = match door {
            Door::Sip(_) => {
                let mut settings = ApplicationSettings::new(user, target, local_towards(server)?);
                settings.seed = self.applications.len() as u64 + 1;
                Speaker::Sip(Box::new(Application::new(settings)))
            }
            Door::Web(_) => Speaker::Web(Box::new(WebApplication::new(user, &server.to_string())), None),
        };
        self.applications.push(Member::new(speaker, server));
        Ok(self.applications.len() - 1)
    }

    /// How many phones there are.
    pub fn phone_count(&self) -> usize {
        self.phones.len()
    }

    /// A phone.
    ///
    /// # Panics
    /// There is none with this index.
    pub fn phone(&self, index: usize) -> &Phone {
        &self.phones[index].party
    }

    /// All phones.
    pub fn phones(&self) -> impl Iterator<Item = &Phone> {
        self.phones.iter().map(|member| &member.party)
    }

    /// Takes the next thing an application learned.
    pub fn told(&mut self, index: usize) -> Option<Told> {
        self.applications.get_mut(index)?.party.told()
    }

    /// When the phone last said something by itself, if this is the first question about it: a phone that is
    /// not in use only sends keepalives.
    pub fn take_keep_alive(&mut self, index: usize) -> Option<Instant> {
        self.phones.get_mut(index)?.spoke.take()
    }

    /// Runs an action of the user of a phone, and writes the phone's messages. Returns the action's result and when it
    /// began.
    ///
    /// # Panics
    /// There is none with this index.
    pub fn use_phone<R>(&mut self, index: usize, act: impl FnOnce(&mut Phone) -> R) -> (R, Instant) {
        let at = Instant::now();
        let result = act(&mut self.phones[index].party);
        self.settle_phone(index);
        (result, at)
    }

    /// Runs an action of an application, and writes its messages.
    ///
    /// # Panics
    /// There is none with this index.
    pub fn use_application<R>(
        &mut self,
        index: usize,
        act: impl FnOnce(&mut Speaker, PartyTime) -> R,
    ) -> (R, Instant) {
        let at = Instant::now();
        let now = self.party_time();
        let result = act(&mut self.applications[index].party, now);
        self.settle_application(index);
        (result, at)
    }

    /// Polls instead of sleeping from now on, so that latencies do not contain the time to wake this process.
    pub fn spin(&mut self) {
        self.spins = true;
    }

    /// Waits until something happens to somebody, or until an instant.
    ///
    /// # Errors
    /// The system does not let us wait.
    pub fn wait(&mut self, until: Option<Instant>) -> io::Result<()> {
        let timeout = self.timeouts.peek().map(|Reverse((at, _))| self.instant_of(*at));
        let until = until.into_iter().chain(timeout).min();
        let heard = if self.spins { self.look_until(until)? } else { self.sleep_until(until)? };
        if heard {
            // What belongs together leaves the server in several writes, one right after the other.
            let gathered = Instant::now() + GATHER;
            while Instant::now() < gathered {
                self.read_all(Some(Duration::ZERO))?;
            }
        }
        let now = self.party_time();
        while let Some(Reverse((_, party))) = self.timeouts.peek().filter(|Reverse((at, _))| *at <= now) {
            let party = *party;
            self.timeouts.pop();
            self.time_out(party, now);
        }
        Ok(())
    }

    fn sleep_until(&mut self, until: Option<Instant>) -> io::Result<bool> {
        let wait = until.map(|until| until.saturating_duration_since(Instant::now()));
        let wait = self.alarm.set(wait)?;
        self.read_all(wait)
    }

    fn look_until(&mut self, until: Option<Instant>) -> io::Result<bool> {
        loop {
            let heard = self.read_all(Some(Duration::ZERO))?;
            if !self.ready.is_empty() || until.is_some_and(|until| until <= Instant::now()) {
                return Ok(heard);
            }
        }
    }

    /// Waits for sockets and reads those that are ready. Answers whether there is anything for an application.
    fn read_all(&mut self, wait: Option<Duration>) -> io::Result<bool> {
        match self.poll.poll(&mut self.events, wait) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(false),
            other => other?,
        }
        let before = self.ready.len();
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in events.iter().filter(|event| event.token() != ALARM) {
            self.read(Party::of(event.token()));
        }
        self.events = events;
        Ok(self.ready.iter().skip(before).any(|arrival| matches!(arrival.party, Party::Application(_))))
    }

    /// The next party that something happened to since the last [`Parties::wait`].
    pub fn next(&mut self) -> Option<Touched> {
        let mut arrival = self.ready.pop_front()?;
        match arrival.party {
            Party::Phone(index) => self.serve_phone(index, &arrival),
            Party::Application(index) => self.serve_application(index, &arrival),
        }
        arrival.bytes.clear();
        self.spare.push(arrival.bytes);
        Some(Touched { party: arrival.party, at: arrival.at })
    }

    fn serve_phone(&mut self, index: usize, arrival: &Arrival) {
        let now = self.party_time();
        let Some(member) = self.phones.get_mut(index) else { return };
        if arrival.came_up {
            member.party.connected(now);
        }
        member.party.received(now, &arrival.bytes);
        if arrival.broke {
            member.connection = None;
            member.party.closed(now);
        }
        self.settle_phone(index);
    }

    fn serve_application(&mut self, index: usize, arrival: &Arrival) {
        let now = self.party_time();
        let Some(member) = self.applications.get_mut(index) else { return };
        if arrival.came_up {
            member.party.connected(now);
        }
        member.party.received(now, &arrival.bytes);
        if arrival.broke {
            member.connection = None;
            member.party.closed(now);
        }
        self.settle_application(index);
    }

    /// Reads what is there for a party.
    fn read(&mut self, party: Party) {
        let connection = match party {
            Party::Phone(index) => self.phones.get_mut(index).and_then(|member| member.connection.as_mut()),
            Party::Application(index) => {
                self.applications.get_mut(index).and_then(|member| member.connection.as_mut())
            }
        };
        let Some(connection) = connection else { return };
        let mut bytes = self.spare.pop().unwrap_or_default();
        let mut came_up = false;
        let result = connection.came_up().and_then(|now_up| {
            came_up = now_up;
            while let Some(count) = connection.read(&mut self.buffer)? {
                bytes.extend_from_slice(self.buffer.get(..count).unwrap_or_default());
                if count < self.buffer.len() {
                    break;
                }
            }
            Ok(())
        });
        let arrival = Arrival { party, at: Instant::now(), came_up, bytes, broke: result.is_err() };
        if arrival.came_up || arrival.broke || !arrival.bytes.is_empty() {
            self.ready.push_back(arrival);
        } else {
            self.spare.push(arrival.bytes);
        }
    }

    fn time_out(&mut self, party: Party, now: PartyTime) {
        match party {
            Party::Phone(index) => {
                let Some(member) = self.phones.get_mut(index) else { return };
                member.armed = None;
                if member.party.poll_timeout().is_some_and(|at| at <= now) {
                    member.party.handle_timeout(now);
                    if !member.party.output().is_empty() {
                        member.spoke = Some(Instant::now());
                    }
                }
                self.settle_phone(index);
            }
            Party::Application(index) => {
                let Some(member) = self.applications.get_mut(index) else { return };
                member.armed = None;
                if member.party.poll_timeout().is_some_and(|at| at <= now) {
                    member.party.handle_timeout(now);
                }
                self.settle_application(index);
            }
        }
    }

    /// Carries out what a phone wants: write, connect, close, set its timer.
    fn settle_phone(&mut self, index: usize) {
        let now = self.party_time();
        let party = Party::Phone(index);
        let from = source(self.server, index);
        let Some(member) = self.phones.get_mut(index) else { return };
        if let Some(connection) = &mut member.connection
            && connection.write(member.party.output()).is_err()
        {
            member.connection = None;
            member.party.closed(now);
        }
        while let Some(order) = member.party.poll_order() {
            member.connection = None;
            if order == LinkOrder::Connect {
                match Connection::open(member.server, from, self.poll.registry(), party.token()) {
                    Ok(connection) => member.connection = Some(connection),
                    Err(_) => member.party.closed(now),
                }
            }
        }
        let due = member.party.poll_timeout();
        if let Some(due) = due.filter(|due| member.armed.is_none_or(|armed| *due < armed)) {
            member.armed = Some(due);
            self.timeouts.push(Reverse((due, party)));
        }
    }

    fn settle_application(&mut self, index: usize) {
        let party = Party::Application(index);
        let now = self.party_time();
        let Some(member) = self.applications.get_mut(index) else { return };
        member.party.take_output(&mut member.unwritten);
        if let Some(connection) = &mut member.connection
            && connection.write(&mut member.unwritten).is_err()
        {
            member.connection = None;
            member.party.closed(now);
        }
        if let Some(order) = member.party.poll_order() {
            member.connection = None;
            member.unwritten.clear();
            if order == LinkOrder::Connect {
                // Those over WebSocket have a connection each.
                let many = matches!(member.party, Speaker::Web(..));
                let from = source(member.server, index).filter(|_| many);
                match Connection::open(member.server, from, self.poll.registry(), party.token()) {
                    Ok(connection) => member.connection = Some(connection),
                    Err(_) => member.party.closed(now),
                }
            }
        }
        let due = member.party.poll_timeout();
        if let Some(due) = due.filter(|due| member.armed.is_none_or(|armed| *due < armed)) {
            member.armed = Some(due);
            self.timeouts.push(Reverse((due, party)));
        }
    }

    /// The time of the parties.
    fn party_time(&self) -> PartyTime {
        PartyTime::from_millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn instant_of(&self, at: PartyTime) -> Instant {
        self.started + Duration::from_millis(at.as_millis())
    }
}

impl<P> Member<P> {
    fn new(party: P, server: SocketAddr) -> Member<P> {
        Member { party, server, connection: None, unwritten: Vec::new(), armed: None, spoke: None }
    }
}

/// Where a party connects from: on loopback, a few thousand of them share an address.
pub fn source(server: SocketAddr, index: usize) -> Option<IpAddr> {
    let IpAddr::V4(address) = server.ip() else { return None };
    let offset = u32::try_from(index / PHONES_PER_ADDRESS).ok()?;
    address.is_loopback().then(|| Ipv4Addr::from(u32::from(Ipv4Addr::LOCALHOST) + offset).into())
}

/// The address the system would use towards a server.
///
/// # Errors
/// There is no way to the server.
pub fn local_towards(server: SocketAddr) -> io::Result<SocketAddr> {
    let any: SocketAddr = if server.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0; 16], 0).into() };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.local_addr()
}
