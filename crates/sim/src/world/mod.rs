//! A whole node, virtual phones and applications, a virtual network and a virtual clock.
//!
//! [`World`] carries bytes between a real [`Node`] and its parties, lets time jump to the next thing that
//! happens, and disturbs the network as told ([`Fault`]). It is deterministic: the same calls on a world of the
//! same seed give the same [`Transcript`].
//!
//! ```text
//!   phones, applications ◄── network: latency, pieces, loss ────► Node
//!                         World::step: the next thing in time
//! ```
//!
//! * [`World::with_phone`], [`World::with_sip_phone`] and [`World::with_application`] let a party act; what it sends is put on the network at once.
//! * [`World::step`] does the next thing; [`World::run_until`], [`World::settle`] do many.
//! * [`World::recorded`] is a world whose node records, as `hookflash serve --record` does, onto a virtual disk that can
//!   be full.
//!
//! # Invariants
//!
//! * The bytes of one link arrive in the order they were sent.
//! * Time never goes back. What happens at one instant happens in the order it was caused.

mod engine;
mod media;
mod network;
mod party;
mod recording;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BinaryHeap},
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Instant, InvalidSettings};
use hookflash_node::{Input, Node, NodeSettings, Output, Start, TerminalId, config, provision};

pub use engine::{Engine, Leg};
pub use media::Media;
pub use network::{Fault, Pieces};
pub use party::PartyId;
pub use recording::Replayed;

use crate::{
    application::{Application, ApplicationSettings},
    chance::Random,
    phone::{Phone, PhoneSettings},
    sip_phone::{SipPhone, SipPhoneSettings},
    transcript::{Place, Transcript},
};
use network::{Due, Links, Occurrence};
use party::{Actor, Party};
use recording::Recorder;

/// Where the node listens for phones.
pub const SCCP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 2000);
/// Where the node listens for applications.
pub const SIP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 5060);
/// Where the node listens for CSTA over TCP.
pub const CSTA: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 4721);
/// Where SIP phones receive the audio of their first call.
const MEDIA: u16 = 20_000;
/// When every world begins, in seconds after 1970: a Saturday noon.
const BEGINNING: i64 = 1_795_262_400;
/// Buffers kept for reuse.
const SPARE_BUFFERS: usize = 64;
/// The operator's terminal.
const TERMINAL: TerminalId = TerminalId(1);

/// A node and everybody around it; see the [module page](self).
#[derive(Debug)]
pub struct World {
    now: Instant,
    settings: NodeSettings,
    node: Node,
    node_due: Option<Instant>,
    parties: Vec<Party>,
    links: Links,
    queue: BinaryHeap<Due>,
    /// Occurrences so far; orders those of one instant.
    count: u64,
    /// Inputs of the node so far, and times at which it was woken.
    inputs: u64,
    /// Transmissions under way.
    in_flight: usize,
    latency: Duration,
    clock_offset: i64,
    random: Random,
    transcript: Option<Transcript>,
    spare: Vec<Vec<u8>>,
    /// What the operator wants to have stored.
    to_store: Option<String>,
    engine: Engine,
    startup_config: Option<String>,
    command_output: Option<String>,
    /// What the node has stored, and gets back when it starts again.
    stored: BTreeMap<String, String>,
    recorder: Option<Recorder>,
}

impl World {
    /// A world with this node in it and nobody else. A transcript is kept until [`World::forget`].
    ///
    /// # Errors
    /// Settings that contradict themselves.
    pub fn new(settings: NodeSettings, seed: u64) -> Result<World, InvalidSettings> {
        World::with_recorder(settings, seed, None)
    }

    /// A world with a node of this configuration that records what happens to it.
    ///
    /// # Errors
    /// A configuration that contradicts itself.
    pub fn recorded(configuration: config::Settings, seed: u64) -> Result<World, InvalidSettings> {
        let settings = provision(&configuration, None).settings;
        // A configuration that leaves no room in the file is recorded by nobody.
        let recorder = Recorder::begin(configuration, Start::default()).ok();
        World::with_recorder(settings, seed, recorder)
    }

    fn with_recorder(
        settings: NodeSettings,
        seed: u64,
        recorder: Option<Recorder>,
    ) -> Result<World, InvalidSettings> {
        let node = Node::new(settings.clone())?;
        let mut world = World {
            now: Instant::ZERO,
            settings,
            node,
            node_due: None,
            parties: Vec::new(),
            links: Links::default(),
            queue: BinaryHeap::new(),
            count: 0,
            inputs: 0,
            in_flight: 0,
            latency: Duration::from_millis(1),
            clock_offset: 0,
            random: Random::new(seed),
            transcript: Some(Transcript::default()),
            spare: Vec::new(),
            to_store: None,
            engine: Engine::default(),
            startup_config: None,
            command_output: None,
            stored: BTreeMap::new(),
            recorder,
        };
        world.tell_clock();
        Ok(world)
    }

    /// Keeps no transcript: for long runs.
    pub fn forget(&mut self) {
        self.transcript = None;
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The node.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// What happened so far; `None` after [`World::forget`].
    pub fn transcript(&self) -> Option<&Transcript> {
        self.transcript.as_ref()
    }

    /// Writes a remark into the transcript.
    pub fn note(&mut self, text: &str) {
        if let Some(transcript) = &mut self.transcript {
            transcript.note(self.now, text);
        }
    }

    /// How long bytes travel, one way; 1 ms unless set.
    pub fn set_latency(&mut self, latency: Duration) {
        self.latency = latency;
    }

    /// Adds a phone that is not plugged in.
    pub fn add_phone(&mut self, name: &str, mut settings: PhoneSettings) -> PartyId {
        settings.address = party::address(self.parties.len());
        self.add_party(name, Actor::Phone(Box::new(Phone::new(settings))))
    }

    /// Adds an application that is not logged in.
    pub fn add_application(&mut self, name: &str, mut settings: ApplicationSettings) -> PartyId {
        let index = self.parties.len();
        settings.local = SocketAddr::new(party::address(index).into(), 5060);
        settings.seed = u64::try_from(index).unwrap_or(0) + 1;
        self.add_party(name, Actor::Application(Box::new(Application::new(settings))))
    }

    /// Adds a SIP phone that is not plugged in: over TCP, or with datagrams.
    pub fn add_sip_phone(&mut self, name: &str, mut settings: SipPhoneSettings) -> PartyId {
        let index = self.parties.len();
        let address = party::address(index).into();
        (settings.local, settings.media) = (SocketAddr::new(address, 5060), SocketAddr::new(address, MEDIA));
        settings.server = SIP;
        settings.seed = u64::try_from(index).unwrap_or(0) + 1;
        self.add_party(name, Actor::SipPhone(Box::new(SipPhone::new(settings))))
    }

    fn add_party(&mut self, name: &str, actor: Actor) -> PartyId {
        let id = PartyId::new(self.parties.len());
        self.parties.push(Party::new(name, actor));
        id
    }

    /// Everybody's name, by [`PartyId`].
    pub fn names(&self) -> Vec<&str> {
        self.parties.iter().map(|party| party.name.as_str()).collect()
    }

    /// All parties.
    pub fn party_ids(&self) -> impl Iterator<Item = PartyId> + use<> {
        (0..self.parties.len()).map(PartyId::new)
    }

    /// A phone, to look at.
    pub fn phone(&self, id: PartyId) -> Option<&Phone> {
        match &self.parties.get(id.index())?.actor {
            Actor::Phone(phone) => Some(phone),
            _ => None,
        }
    }

    /// An application, to look at.
    pub fn application(&self, id: PartyId) -> Option<&Application> {
        match &self.parties.get(id.index())?.actor {
            Actor::Application(application) => Some(application),
            _ => None,
        }
    }

    /// Lets the user of a phone act. `None` if it is no phone.
    pub fn with_phone<T>(&mut self, id: PartyId, act: impl FnOnce(&mut Phone, Instant) -> T) -> Option<T> {
        let now = self.now;
        let Actor::Phone(phone) = &mut self.parties.get_mut(id.index())?.actor else { return None };
        let result = act(phone, now);
        self.flush(id);
        Some(result)
    }

    /// A SIP phone, to look at.
    pub fn sip_phone(&self, id: PartyId) -> Option<&SipPhone> {
        match &self.parties.get(id.index())?.actor {
            Actor::SipPhone(phone) => Some(phone),
            _ => None,
        }
    }

    /// Lets the user of a SIP phone act. `None` if it is none.
    pub fn with_sip_phone<T>(
        &mut self,
        id: PartyId,
        act: impl FnOnce(&mut SipPhone, Instant) -> T,
    ) -> Option<T> {
        let now = self.now;
        let Actor::SipPhone(phone) = &mut self.parties.get_mut(id.index())?.actor else { return None };
        let result = act(phone, now);
        self.flush(id);
        Some(result)
    }

    /// Lets an application act, or takes its notices. `None` if it is no application.
    pub fn with_application<T>(
        &mut self,
        id: PartyId,
        act: impl FnOnce(&mut Application, Instant) -> T,
    ) -> Option<T> {
        let now = self.now;
        let Actor::Application(application) = &mut self.parties.get_mut(id.index())?.actor else {
            return None;
        };
        let result = act(application, now);
        self.flush(id);
        Some(result)
    }

    /// When the next thing happens.
    pub fn next(&self) -> Option<Instant> {
        let disk = self.recorder.as_ref().and_then(Recorder::poll_timeout);
        [self.queue.peek().map(|due| due.at), self.node_due, disk].into_iter().flatten().min()
    }

    /// Does the next thing, and says whether there was one.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next() else { return false };
        self.now = next.max(self.now);
        let queued = self.queue.peek().is_some_and(|due| due.at <= self.now);
        if queued && let Some(due) = self.queue.pop() {
            self.occur(due.what);
        } else if self.node_due.is_some_and(|due| due <= self.now) {
            self.inputs += 1;
            self.recorder.iter_mut().for_each(|recorder| recorder.timeout(self.now));
            self.node.handle_timeout(self.now);
            self.drain_node();
        } else if let Some(recorder) = &mut self.recorder {
            recorder.write(self.now);
        }
        true
    }

    /// Lets time pass until `until`, whatever happens.
    pub fn run_until(&mut self, until: Instant) {
        while self.next().is_some_and(|next| next <= until) {
            self.step();
        }
        self.now = self.now.max(until);
    }

    /// Lets `span` pass.
    pub fn run_for(&mut self, span: Duration) {
        self.run_until(self.now + span);
    }

    /// Lets everything that is under way arrive, and everything it causes, without waiting for timers.
    pub fn settle(&mut self) {
        while self.in_flight > 0 && self.step() {}
    }

    /// How often the node was given something to do: while this does not change, neither does the node.
    pub fn inputs(&self) -> u64 {
        self.inputs
    }

    /// How many things are about to happen: transmissions under way, and parties that wait for a time.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether nothing is on its way between a party and the node.
    pub fn is_settled(&self) -> bool {
        self.in_flight == 0
    }

    /// Types a line at the operator's terminal and returns what it prints.
    pub fn command(&mut self, line: &str) -> String {
        self.input(Input::Command { terminal: TERMINAL, line });
        if let Some(text) = self.to_store.take() {
            self.startup_config = Some(text);
            self.input(Input::Stored { terminal: TERMINAL, error: "" });
        }
        self.command_output.take().unwrap_or_default()
    }

    /// The startup configuration, if the operator stored one.
    pub fn startup_config(&self) -> Option<&str> {
        self.startup_config.as_deref()
    }

    /// Reads a configuration file again, as SIGHUP does.
    pub fn read_configuration(&mut self, text: &str) {
        self.input(Input::Configuration { text, lenient: false });
    }

    /// Whether the node records what happens to it.
    pub fn is_recorded(&self) -> bool {
        self.recorder.is_some()
    }

    /// Leaves so many bytes of room on the disk of the recording; `None` for as many as anybody wants.
    pub fn set_disk_room(&mut self, room: Option<usize>) {
        self.recorder.iter_mut().for_each(|recorder| recorder.set_room(room));
    }

    /// What an administrator was told of the recording, as the log has it.
    pub fn notices(&self) -> &[String] {
        self.recorder.as_ref().map(Recorder::notices).unwrap_or_default()
    }

    /// Replays what is on the disk, of the node and of the one before its last start.
    ///
    /// # Errors
    /// There is no recording, or what it causes is not what was caused.
    pub fn replay(&self) -> Result<Replayed, String> {
        self.recorder.as_ref().ok_or("the node does not record")?.replay()
    }

    /// Ends the node in order (phones are released, sessions get BYE) or at once, and starts it again with
    /// nothing but its settings and what it has stored.
    ///
    /// # Errors
    /// Never in a world that was made: the settings were good then.
    pub fn restart_node(&mut self, in_order: bool) -> Result<(), InvalidSettings> {
        if in_order {
            self.input(Input::ShutDown);
        }
        self.reset_all_links();
        let start = Start { seed: self.now.as_millis().saturating_mul(1_000_000), ..Start::default() };
        let mut settings = self.settings.clone();
        settings.fit(start);
        self.node = Node::new(settings)?;
        self.engine = Engine::default();
        self.recorder.iter_mut().for_each(|recorder| recorder.begin_again(in_order, start));
        for value in self.stored.clone().into_values() {
            self.input(Input::Restore { value: &value });
        }
        self.tell_clock();
        Ok(())
    }

    /// Steps the wall clock by some milliseconds, forwards or back. The time of the world is not touched.
    pub fn step_clock(&mut self, millis: i64) {
        self.clock_offset += millis;
        self.tell_clock();
    }

    /// A number below `limit`, from the seed.
    pub fn random(&mut self, limit: usize) -> usize {
        self.random.below(limit)
    }

    fn tell_clock(&mut self) {
        let elapsed = i64::try_from(self.now.as_millis()).unwrap_or(0);
        let unix_millis = BEGINNING * 1000 + elapsed + self.clock_offset;
        self.input(Input::WallClock { unix_millis, utc_offset_seconds: 0 });
    }

    fn input(&mut self, input: Input<'_>) {
        self.inputs += 1;
        self.recorder.iter_mut().for_each(|recorder| recorder.input(self.now, &input));
        self.node.handle(self.now, input);
        self.drain_node();
    }

    fn drain_node(&mut self) {
        let mut verdicts = Vec::new();
        while let Some(output) = self.node.poll_output() {
            self.recorder.iter_mut().for_each(|recorder| recorder.output(&output));
            match output {
                Output::Send { link, bytes } => self.send_to_party(link, bytes),
                Output::Close { link } => self.close_from_node(link),
                Output::Datagram { to, bytes, .. } => self.datagram_to_party(to, bytes),
                Output::CommandOutput { text, .. } => self.command_output = Some(text),
                Output::Store { key, value } => match value {
                    Some(value) => drop(self.stored.insert(key, value)),
                    None => drop(self.stored.remove(&key)),
                },
                Output::Leg { leg, state, .. } => self.engine.set(leg, state),
                Output::Verify { verification, hash, password } => {
                    verdicts.push((verification, hookflash_node::is_password(&hash, password.expose())));
                }
                Output::Sound { sound, order } => self.engine.order(sound, order),
                Output::StoreStartupConfig { text, .. } => self.to_store = Some(text),
                // There is no disk with other configurations, and nobody hears the music or fetches files.
                Output::TerminalText { .. }
                | Output::Reload
                | Output::Files { .. }
                | Output::ReadConfiguration { .. }
                | Output::Music { .. }
                | Output::Resolve { .. }
                | Output::Connect { .. }
                | Output::File { .. }
                | Output::Listen { .. }
                | Output::HttpResponse { .. }
                | Output::HttpStream { .. }
                | Output::HttpPart { .. }
                | Output::Keep(_)
                | Output::AudioSocket { .. }
                | Output::MediaKeys { .. }
                | Output::HttpEnd { .. }
                | Output::Post { .. } => {}
            }
        }
        self.recorder.iter_mut().for_each(|recorder| recorder.finish_record(self.now));
        self.node_due = self.node.poll_timeout();
        for (verification, right) in verdicts {
            self.input(Input::Verified { verification, right });
        }
        if let Some((sound, report)) = self.engine.found() {
            self.input(Input::Sound { sound, report });
        }
        if let Some((leg, address)) = self.engine.opened() {
            self.input(Input::LegOpened { leg, address: Some(address) });
        }
    }

    /// The media engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    fn schedule(&mut self, at: Instant, what: Occurrence) {
        self.count += 1;
        self.in_flight += usize::from(what.is_transmission());
        self.queue.push(Due { at, order: self.count, what });
    }

    fn place(&self, id: PartyId) -> Place {
        Place::Party(id)
    }
}
