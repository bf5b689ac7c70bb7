//! The media engine on sockets: one thread beside the node's, which begins with the first leg.
//!
//! ```text
//!   Output::Leg ──► MediaThread::set ──► [media thread: Engine, a socket for each leg, 20 ms] ──► Opened ──► Input::LegOpened
//! ```
//!
//! The audio of applications goes between the engine and their [sockets](crate::audio_socket), which the node's thread serves,
//! by a [`Channel`].
//!
//! A slow signalling turn does not disturb the audio, and audio does not delay signalling. Each leg has UDP sockets of its
//! own on an even port of `PORTS` and, for reports, on the next one; at most [`MAX_LEGS`] legs are open. A leg without a port is reported as not opened: its
//! party hears nothing, and its call goes on.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use hookflash_core as core;
use hookflash_media::{
    Codec, Datagram, End, Engine, FRAME_TIME, Identity, LegId, LegState, Meeting, Music, RATE, Role, Sound,
    SoundId, StreamId,
    digits::event_of,
    srtp::{Key, Suite},
};
use hookflash_node::{Crypto, CryptoSuite, Handshake, MediaKeys};
use smol_str::SmolStr;
use tokio::{
    net::UdpSocket,
    runtime::Builder,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::{JoinHandle, LocalSet, spawn_local},
    time::{Instant, sleep_until},
};
use tracing::{debug, info, warn};

use crate::{
    audio_socket::Channel,
    media_ports::{Allocator, Ports},
    messages::{self, Messages},
};

/// Legs that may be open at the same time.
pub const MAX_LEGS: usize = 2_000;

/// Ticks that are made up for after a standstill; audio of the rest is lost.
const MOST_CATCHING_UP: u32 = 3;

/// The largest packet; what is longer is no audio of 100 ms or less.
const MAX_PACKET: usize = 2_048;

/// How many networks what is sent to a group passes.
const MULTICAST_HOPS: u32 = 16;

/// Packets of one leg that are read before other legs are.
const PACKETS_PER_TURN: usize = 16;

/// A leg that was opened, and where it receives; `None` if it could not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opened(pub core::LegId, pub Option<core::MediaAddress>);

/// What the thread reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Report {
    /// A leg was opened.
    Opened(Opened),
    /// The device at a leg has sent a digit.
    Digit(core::LegId, char),
    /// The device at a leg takes part in a conversation and has been silent for ten seconds, or is heard again.
    Silent(core::LegId, bool),
}

/// What the engine has to do.
#[derive(Debug)]
enum Order {
    Attach(Arc<Channel>),
    Detach(Arc<Channel>),
    Say(Arc<Channel>, Vec<u8>),
    Mark(StreamId, SmolStr),
    Interrupt(StreamId),
    Secure(StreamId, Option<(Key, Key)>),
    Introduce(Identity),
    Meet(StreamId, Option<Meeting>),
    Leg(LegId, Option<LegState>, Option<IpAddr>),
    Sound(SoundId, Option<Sound>),
    Recording(SoundId, Messages),
    Music(Music),
}

/// The thread of the engine. It ends when this is dropped.
#[derive(Debug)]
pub struct MediaThread {
    orders: UnboundedSender<Order>,
}

impl MediaThread {
    /// Starts the thread. What it opens is sent to `opened`. The seed should be a random number.
    ///
    /// # Errors
    /// Those of the system when it starts a thread.
    pub fn start(seed: u64, opened: UnboundedSender<Report>) -> io::Result<MediaThread> {
        let (orders, received) = unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("media".to_owned()).spawn(move || {
            let legs = Rc::new(Legs::new(seed, opened));
            runtime.block_on(LocalSet::new().run_until(legs.run(received)));
        })?;
        Ok(MediaThread { orders })
    }

    /// Opens a leg that the device reaches at `local`, changes it, or with `None` closes it.
    pub fn set(&self, leg: core::LegId, state: Option<core::LegState>, local: Option<IpAddr>) {
        self.order(Order::Leg(LegId(leg.0), state.and_then(engine_state), local));
    }

    /// The application at a stream hears what comes from now on, in place of whoever did so far.
    pub(crate) fn attach(&self, channel: &Arc<Channel>) {
        self.order(Order::Attach(channel.clone()));
    }

    /// Nobody hears a stream any more, unless somebody else does by now.
    pub(crate) fn detach(&self, channel: &Arc<Channel>) {
        self.order(Order::Detach(channel.clone()));
    }

    /// The application at a stream says this.
    pub(crate) fn say(&self, channel: &Arc<Channel>, payload: Vec<u8>) {
        channel.given(payload.len());
        self.order(Order::Say(channel.clone(), payload));
    }

    /// The application at a stream wants to know when it was heard.
    pub(crate) fn mark(&self, channel: &Arc<Channel>, name: SmolStr) {
        self.order(Order::Mark(channel.stream(), name));
    }

    /// What the application at a stream has said is not to be heard any more.
    pub(crate) fn interrupt(&self, channel: &Arc<Channel>) {
        self.order(Order::Interrupt(channel.stream()));
    }

    /// How this server is known to parties that agree on keys by DTLS.
    pub(crate) fn introduce(&self, identity: Identity) {
        self.order(Order::Introduce(identity));
    }

    /// Protects the packets of a party with these keys, or those that it agrees on, from now on.
    pub fn secure(&self, audio: core::AudioId, keys: Option<MediaKeys>) {
        let party = StreamId(audio.0);
        match keys {
            Some(MediaKeys::Described { own, theirs }) => {
                let keys = engine_key(own).zip(engine_key(theirs));
                self.order(Order::Secure(party, keys));
            }
            Some(MediaKeys::Dtls(handshake)) => self.order(Order::Meet(party, Some(meeting(handshake)))),
            None => {
                self.order(Order::Meet(party, None));
                self.order(Order::Secure(party, None));
            }
        }
    }

    /// Gives a sound to the legs that hear it, or with `None` takes it away; what was recorded as it is complete then.
    pub(crate) fn set_sound(&self, id: core::SoundId, sound: Option<Sound>) {
        self.order(Order::Sound(SoundId(id.0), sound));
    }

    /// What legs record as this goes there.
    pub(crate) fn record(&self, id: core::SoundId, messages: Messages) {
        self.order(Order::Recording(SoundId(id.0), messages));
    }

    /// Plays other music from now on.
    pub fn set_music(&self, music: Music) {
        self.order(Order::Music(music));
    }

    fn order(&self, order: Order) {
        // The thread ends only with the process or after this.
        let _ = self.orders.send(order);
    }
}

fn meeting(handshake: Handshake) -> Meeting {
    let Handshake { fragment, password, their_fragment, fingerprint, begins } = handshake;
    Meeting { fragment, password, their_fragment, fingerprint, begins }
}

fn engine_key(crypto: Crypto) -> Option<Key> {
    let suite = match crypto.suite {
        CryptoSuite::AesCm80 => Suite::AesCm80,
        CryptoSuite::AesCm32 => Suite::AesCm32,
    };
    Key::new(suite, &crypto.master)
}

/// An order of the switch in the terms of the engine; `None` for a codec that the engine does not have, which the switch
/// does not ask for.
fn engine_state(state: core::LegState) -> Option<LegState> {
    let codec = match state.codec {
        core::Codec::G711Ulaw => Codec::Pcmu,
        core::Codec::G711Alaw => Codec::Pcma,
        core::Codec::G722 => Codec::G722,
        core::Codec::Opus => Codec::Opus,
        core::Codec::G729 | core::Codec::Ilbc => return None,
    };
    let role = match state.role {
        core::LegRole::Mixed(call) => Role::Bridge(call.number()),
        core::LegRole::Source(core::MediaSource::MusicOnHold) => Role::Music,
        core::LegRole::Source(core::MediaSource::RingBack) => Role::RingBack,
        core::LegRole::Silence => Role::Silence,
    };
    let [send_to, reports_to] = [state.send_to, state.reports_to]
        .map(|place| place.map(|address| SocketAddr::new(address.ip, address.port)));
    let signal = state.signal.and_then(event_of);
    let end = match state.end {
        core::LegEnd::Address => End::Rtp,
        core::LegEnd::Socket { audio, linear } => End::Stream { stream: StreamId(audio.0), linear },
    };
    let secured = state.secured.map(|audio| StreamId(audio.0));
    let [sound, recording] = [state.sound, state.recording].map(|id| id.map(|id| SoundId(id.0)));
    let core::LegState { payload_type, behind, telephone_event, listens, .. } = state;
    Some(LegState {
        codec,
        payload_type,
        role,
        send_to,
        behind,
        reports_to,
        signal,
        telephone_event,
        end,
        secured,
        sound,
        recording,
        listens,
    })
}

/// The engine and the sockets of its legs.
struct Legs {
    engine: RefCell<Engine>,
    sockets: RefCell<BTreeMap<LegId, Socket>>,
    /// Who hears each stream.
    channels: RefCell<BTreeMap<StreamId, Arc<Channel>>>,
    /// Where recordings go, and what was recorded since the last time that something went there.
    tapes: RefCell<BTreeMap<SoundId, (Messages, Vec<u8>)>>,
    ports: Allocator,
    /// When the last tick was due.
    last_tick: Cell<Instant>,
    reports: UnboundedSender<Report>,
}

struct Socket {
    audio: Rc<UdpSocket>,
    reports: Rc<UdpSocket>,
    readers: [JoinHandle<()>; 2],
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.readers.iter().for_each(JoinHandle::abort);
    }
}

impl Legs {
    fn new(seed: u64, reports: UnboundedSender<Report>) -> Legs {
        Legs {
            engine: RefCell::new(Engine::new(seed)),
            sockets: RefCell::default(),
            channels: RefCell::default(),
            tapes: RefCell::default(),
            ports: Allocator::new(seed),
            last_tick: Cell::new(Instant::now()),
            reports,
        }
    }

    /// Carries out orders, and ticks while there are legs.
    async fn run(self: Rc<Self>, mut orders: UnboundedReceiver<Order>) {
        let mut due = Instant::now();
        loop {
            let idle = self.engine.borrow().is_empty();
            tokio::select! {
                biased;
                () = sleep_until(due), if !idle => due = self.tick(due),
                order = orders.recv() => match order {
                    Some(order) => {
                        self.carry_out(order);
                        if idle {
                            due = Instant::now() + FRAME_TIME;
                        }
                    }
                    None => return,
                },
            }
        }
    }

    /// Returns when the next tick is due: on one schedule, unless too much time was lost.
    fn tick(&self, due: Instant) -> Instant {
        self.last_tick.set(due);
        let sockets = self.sockets.borrow();
        self.engine.borrow_mut().tick(|leg, to, packet| {
            if let Some(leg) = sockets.get(&leg) {
                // A packet that does not fit into the socket's buffer is lost, as on a network.
                let _ = leg.audio.try_send_to(packet, to);
            }
        });
        self.pass_on();
        self.send_datagrams();
        let late = Instant::now().saturating_duration_since(due);
        if late > FRAME_TIME * MOST_CATCHING_UP { Instant::now() + FRAME_TIME } else { due + FRAME_TIME }
    }

    /// Passes on what applications hear, and digits of devices.
    fn pass_on(&self) {
        let mut engine = self.engine.borrow_mut();
        let channels = self.channels.borrow();
        for (stream, what) in engine.take_streamed() {
            if let Some(channel) = channels.get(&stream) {
                channel.push(what);
            }
        }
        let mut tapes = self.tapes.borrow_mut();
        for (id, audio) in engine.take_recorded() {
            let Some((messages, waiting)) = tapes.get_mut(&id) else { continue };
            waiting.extend(audio);
            if waiting.len() >= RATE {
                messages.order(messages::Order::Append(core::SoundId(id.0), std::mem::take(waiting)));
            }
        }
        for (leg, digit) in engine.take_digits() {
            let _ = self.reports.send(Report::Digit(core::LegId(leg.0), digit));
        }
        for (leg, silent) in engine.take_silences() {
            info!(leg = leg.0, silent, "audio of a device in a conversation");
            let _ = self.reports.send(Report::Silent(core::LegId(leg.0), silent));
        }
    }

    /// Sends what is no audio.
    fn send_datagrams(&self) {
        let datagrams = self.engine.borrow_mut().take_datagrams();
        let sockets = self.sockets.borrow();
        for Datagram { leg, at_reports, to, bytes } in datagrams {
            if let Some(leg) = sockets.get(&leg) {
                let socket = if at_reports { &leg.reports } else { &leg.audio };
                // As with audio.
                let _ = socket.try_send_to(&bytes, to);
            }
        }
    }

    fn carry_out(self: &Rc<Self>, order: Order) {
        match order {
            Order::Attach(channel) => {
                self.engine.borrow_mut().interrupt(channel.stream());
                self.channels.borrow_mut().insert(channel.stream(), channel);
            }
            Order::Detach(channel) => self.detach(&channel),
            Order::Say(channel, payload) => {
                let is_heard = self.hears(&channel);
                if is_heard {
                    self.engine.borrow_mut().say(channel.stream(), &payload);
                }
                channel.taken(payload.len());
            }
            Order::Mark(stream, name) => self.engine.borrow_mut().mark(stream, name),
            Order::Introduce(identity) => self.engine.borrow_mut().set_identity(identity),
            Order::Meet(party, meeting) => self.engine.borrow_mut().meet(party, meeting),
            Order::Secure(party, keys) => self.engine.borrow_mut().secure(party, keys),
            Order::Interrupt(stream) => self.engine.borrow_mut().interrupt(stream),
            Order::Sound(id, sound) => {
                let tape = self.tapes.borrow_mut().remove(&id).filter(|_| sound.is_none());
                self.engine.borrow_mut().set_sound(id, sound);
                if let Some((messages, waiting)) = tape {
                    messages.order(messages::Order::Append(core::SoundId(id.0), waiting));
                    messages.order(messages::Order::Complete(core::SoundId(id.0)));
                }
            }
            Order::Recording(id, messages) => {
                self.tapes.borrow_mut().insert(id, (messages, Vec::with_capacity(2 * RATE)));
            }
            Order::Music(music) => self.engine.borrow_mut().set_music(music),
            Order::Leg(leg, state, local) => {
                let has_socket = state.is_some_and(|state| state.end == End::Rtp);
                let opens = has_socket && !self.sockets.borrow().contains_key(&leg);
                if opens && !self.open(leg, local) {
                    return;
                }
                self.reach_far(leg, state.and_then(|state| state.send_to));
                if state.is_none() {
                    self.tell_quality(leg);
                }
                self.engine.borrow_mut().set(leg, state);
                if state.is_none() {
                    self.send_datagrams();
                    self.sockets.borrow_mut().remove(&leg);
                }
            }
        }
    }

    /// What has passed a leg that ends.
    fn tell_quality(&self, leg: LegId) {
        if let Some(statistics) = self.engine.borrow().statistics(leg) {
            debug!(leg = leg.0, ?statistics, "leg of the media engine closed");
        }
    }

    /// Lets what is sent to a group pass routers.
    fn reach_far(&self, leg: LegId, to: Option<SocketAddr>) {
        let to_group = to.is_some_and(|to| to.ip().is_multicast());
        if let Some(socket) = self.sockets.borrow().get(&leg).filter(|_| to_group) {
            for socket in [&socket.audio, &socket.reports] {
                if let Err(error) = socket.set_multicast_ttl_v4(MULTICAST_HOPS) {
                    warn!(%error, "what is sent to a group does not leave the network");
                }
            }
        }
    }

    /// Whether a channel is the one of its stream.
    fn hears(&self, channel: &Arc<Channel>) -> bool {
        self.channels.borrow().get(&channel.stream()).is_some_and(|own| Arc::ptr_eq(own, channel))
    }

    fn detach(&self, channel: &Arc<Channel>) {
        if self.hears(channel) {
            self.channels.borrow_mut().remove(&channel.stream());
            self.engine.borrow_mut().interrupt(channel.stream());
        }
    }

    /// Opens the socket of a leg and reports it; false if that is not possible.
    fn open(self: &Rc<Self>, leg: LegId, local: Option<IpAddr>) -> bool {
        let ports = self.bind(local);
        let address = ports.as_ref().ok().and_then(|ports| ports.audio.local_addr().ok());
        let address = address.map(|bound| core::MediaAddress {
            // The phone may know this server by an address that no interface has.
            ip: if bound.ip().is_unspecified() { local.unwrap_or(bound.ip()) } else { bound.ip() },
            port: bound.port(),
        });
        let is_open = match ports {
            Ok(ports) => {
                let (audio, reports) = (Rc::new(ports.audio), Rc::new(ports.reports));
                let readers = [(&audio, false), (&reports, true)].map(|(socket, is_report)| {
                    spawn_local(self.clone().read(leg, socket.clone(), is_report))
                });
                self.sockets.borrow_mut().insert(leg, Socket { audio, reports, readers });
                debug!(leg = leg.0, ?address, "leg of the media engine opened");
                true
            }
            Err(error) => {
                warn!(%error, "audio of a conference or of music on hold is missing: no port for it");
                false
            }
        };
        // Nobody waits any more when the server ends.
        let _ = self.reports.send(Report::Opened(Opened(core::LegId(leg.0), address)));
        is_open
    }

    fn bind(&self, local: Option<IpAddr>) -> io::Result<Ports> {
        if self.sockets.borrow().len() >= MAX_LEGS {
            return Err(io::Error::other(format!("{MAX_LEGS} legs are open")));
        }
        self.ports.open(local.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    async fn read(self: Rc<Self>, leg: LegId, socket: Rc<UdpSocket>, is_report: bool) {
        let mut packet = [0; MAX_PACKET];
        loop {
            if socket.readable().await.is_err() {
                // An error of an earlier packet, such as an unreachable port.
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            for _ in 0..PACKETS_PER_TURN {
                match socket.try_recv_from(&mut packet) {
                    Ok((length, from)) => {
                        let packet = packet.get(..length).unwrap_or_default();
                        self.receive(leg, from, packet, is_report);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(_) => {}
                }
            }
            tokio::task::yield_now().await;
        }
    }

    fn receive(&self, leg: LegId, from: SocketAddr, packet: &[u8], is_report: bool) {
        let mut engine = self.engine.borrow_mut();
        match is_report {
            true => engine.receive_report(leg, from, packet),
            false => engine.receive_after(self.last_tick.get().elapsed(), leg, from, packet),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loopback() -> Option<IpAddr> {
        Some(Ipv4Addr::LOCALHOST.into())
    }

    fn music_to(phone: &UdpSocket) -> core::LegState {
        let phone = phone.local_addr().unwrap();
        core::LegState {
            codec: core::Codec::G711Alaw,
            payload_type: core::Codec::G711Alaw.payload_type(),
            role: core::LegRole::Source(core::MediaSource::MusicOnHold),
            send_to: Some(core::MediaAddress { ip: phone.ip(), port: phone.port() }),
            behind: None,
            reports_to: None,
            signal: None,
            telephone_event: None,
            end: core::LegEnd::Address,
            secured: None,
            sound: None,
            recording: None,
            listens: false,
        }
    }

    fn opened(report: Option<Report>) -> Opened {
        match report {
            Some(Report::Opened(opened)) => opened,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_leg_opens_at_an_even_port_and_sends_until_it_is_closed() {
        let (sender, mut opened) = unbounded_channel();
        let media = MediaThread::start(3, sender).unwrap();
        let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        media.set(core::LegId(1), Some(music_to(&phone)), loopback());
        let Opened(leg, address) = self::opened(opened.recv().await);
        let address = address.unwrap();
        assert_eq!((leg, address.port % 2, Some(address.ip)), (core::LegId(1), 0, loopback()));
        let mut packet = [0; 2_000];
        for _ in 0..3 {
            let (length, from) = phone.recv_from(&mut packet).await.unwrap();
            assert_eq!((length, from.port(), packet[1] & 0x7F), (172, address.port, 8));
        }
        media.set(core::LegId(1), None, None);
        media.set(core::LegId(2), Some(music_to(&phone)), loopback());
        let Opened(_, next) = self::opened(opened.recv().await);
        assert_ne!(next.unwrap().port, address.port);
        let (_, from) = phone.recv_from(&mut packet).await.unwrap();
        assert_eq!(Some(from.port()), next.map(|next| next.port));
        let free = std::net::UdpSocket::bind(("127.0.0.1", address.port));
        assert!(free.is_ok(), "the port of the closed leg is free again");
    }

    #[tokio::test]
    async fn an_address_of_no_interface_is_told_all_the_same() {
        let (sender, mut opened) = unbounded_channel();
        let media = MediaThread::start(4, sender).unwrap();
        let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let outside: IpAddr = "192.0.2.77".parse().unwrap();
        media.set(core::LegId(1), Some(music_to(&phone)), Some(outside));
        assert_eq!(self::opened(opened.recv().await).1.map(|address| address.ip), Some(outside));
    }
}
