//! The node: which adapter gets what, and in which order the consequences leave.
//!
//! ```text
//!   application ──► switch ──┬─► changed stations ───► rendered at once ──► written first
//!                            └─► responses, events ──► put off ───────────► written when the phones' messages were polled
//!
//!   phone ────────► switch ──┬─► responses, events ──► encoded at once ───► written first
//!                            └─► changed stations ───► put off ───────────► rendered when the others were polled
//! ```
//!
//! The far side comes first: who acted knows already, and the others wait for it. So the phone hears first of what an
//! application does, and applications of what a phone does; the rest is worked out while the first is on its way.
//! Nobody can tell from the order on any one link: it is that of the causes, and everything one message causes has
//! been worked out before the next one is looked at.

use std::{collections::VecDeque, net::SocketAddr};

use hookflash_core::{self as core, Instant, Switch, cti::SessionId};
use tracing::{debug, info};

use crate::{
    NodeSettings, Outbox, WallClock, cli,
    csta::Applications,
    registrar::Registrar,
    sccp::Stations,
    sip::{Endpoint, Event},
    uacsta::{Context, Uacsta},
};

/// Names a stream connection. The driver chooses it and never uses one twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// Names a command whose output is awaited.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u64);

/// What kind of listener a stream connection came in by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Door {
    /// Cisco phones, SCCP over TCP.
    Sccp,
    /// SIP over TCP.
    Sip,
}

impl Door {
    /// Bytes that a driver keeps for somebody who does not read, before it gives the link up: a phone needs some hundred
    /// per key, and for an application this is some thousand events.
    pub const fn most_unread(self) -> usize {
        match self {
            Door::Sccp => 256 * 1024,
            Door::Sip => 4 * 1024 * 1024,
        }
    }
}

/// Something that happens to the node.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// Somebody connected.
    Connected {
        /// The new link.
        link: LinkId,
        /// The listener.
        door: Door,
        /// Our end.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
    },
    /// Bytes came in on a link.
    Received {
        /// The link.
        link: LinkId,
        /// Any piece of the stream.
        bytes: &'a [u8],
    },
    /// The other end closed the link, or it broke, or the driver gave up on a reader that is too slow.
    Closed {
        /// The link; it is not mentioned again.
        link: LinkId,
    },
    /// A SIP datagram came in.
    Datagram {
        /// The listener's address.
        local: SocketAddr,
        /// The sender.
        from: SocketAddr,
        /// The whole datagram.
        bytes: &'a [u8],
    },
    /// An operator gave an exec command; answered by [`Output::CommandOutput`].
    Command {
        /// Chosen by the driver.
        id: CommandId,
        /// The command line.
        line: &'a str,
    },
    /// The time of day; told at the start and whenever it steps.
    WallClock {
        /// Milliseconds after 1970, UTC.
        unix_millis: i64,
        /// Seconds east of UTC.
        utc_offset_seconds: i32,
    },
    /// How many new calls a second the machine can serve, `None` for as many as come.
    CallRate(Option<u32>),
    /// The server is about to end: sessions get BYE, phones are released.
    ShutDown,
}

/// Something the driver has to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Write these bytes, in one go if possible. Give the buffer back with [`Node::recycle`].
    Send {
        /// The link.
        link: LinkId,
        /// Whole messages.
        bytes: Vec<u8>,
    },
    /// Close the link once everything written to it has left. No [`Input::Closed`] follows.
    Close {
        /// The link.
        link: LinkId,
    },
    /// Send a datagram from a listener.
    Datagram {
        /// The listener's address.
        local: SocketAddr,
        /// The receiver.
        to: SocketAddr,
        /// The whole datagram.
        bytes: Vec<u8>,
    },
    /// The output of a command.
    CommandOutput {
        /// The command.
        id: CommandId,
        /// What it prints.
        text: String,
    },
}

/// A whole server without sockets; see the [crate page](crate).
#[derive(Debug)]
pub struct Node {
    pub(crate) now: Instant,
    pub(crate) settings: NodeSettings,
    pub(crate) switch: Switch,
    pub(crate) clock: WallClock,
    pub(crate) stations: Stations,
    pub(crate) sip: Endpoint,
    pub(crate) registrar: Registrar,
    pub(crate) applications: Applications,
    pub(crate) uacsta: Uacsta,
    to_phones: Outbox,
    /// Applications, operators.
    outbox: Outbox,
    far_side: FarSide,
    /// What is told, or rendered, when the far side has been.
    put_off: VecDeque<core::Output>,
}

/// Who hears first of what an input causes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum FarSide {
    /// An application, an operator or time acted.
    Phones,
    /// A phone acted.
    Applications,
}

impl Node {
    /// A node with these settings to which nobody has connected.
    ///
    /// # Errors
    /// Settings that contradict themselves.
    pub fn new(mut settings: NodeSettings) -> Result<Node, core::InvalidSettings> {
        let switch = Switch::new(std::mem::take(&mut settings.switch))?;
        let stations = Stations::new(&settings, &switch);
        let sip = Endpoint::new(&settings, &switch);
        let registrar = Registrar::new(&settings);
        let uacsta = Uacsta::new(&settings);
        Ok(Node {
            now: Instant::ZERO,
            settings,
            switch,
            clock: WallClock::default(),
            stations,
            sip,
            registrar,
            applications: Applications::default(),
            uacsta,
            to_phones: Outbox::default(),
            outbox: Outbox::default(),
            far_side: FarSide::Phones,
            put_off: VecDeque::new(),
        })
    }

    /// Takes one input at `now`. Drain [`Node::poll_output`] before the next one.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.handle_timeout(now);
        match input {
            Input::Connected { link, door, local, peer } => match door {
                Door::Sccp => self.stations.connected(now, link, local, peer, &mut self.to_phones),
                Door::Sip => self.sip.connected(now, link, local, peer, &mut self.outbox),
            },
            Input::Received { link, bytes } => self.received(link, bytes),
            Input::Closed { link } => self.closed(link),
            Input::Datagram { local, from, bytes } => {
                self.sip.datagram(now, local, from, bytes, &mut self.outbox);
            }
            Input::Command { id, line } => {
                let text = cli::execute(self, line);
                self.outbox.push(Output::CommandOutput { id, text });
            }
            Input::WallClock { unix_millis, utc_offset_seconds } => {
                self.clock = WallClock::new(now, unix_millis, utc_offset_seconds);
            }
            Input::CallRate(rate) => self.switch.handle(now, core::Input::CallRate(rate)),
            Input::ShutDown => self.shut_down(),
        }
        self.settle();
    }

    /// Runs everything that is due at or before `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.catch_up();
        self.far_side = FarSide::Phones;
        while let Some(due) = self.poll_timeout().filter(|due| *due <= now) {
            // A timer set for the past runs now: time does not go back.
            self.now = due.max(self.now);
            self.switch.handle_timeout(self.now);
            self.stations.handle_timeout(self.now, &mut self.switch, &self.clock, &mut self.to_phones);
            self.sip.handle_timeout(self.now, &mut self.outbox);
            self.registrar.handle_timeout(self.now, &mut self.sip);
            self.settle();
            self.catch_up();
        }
        self.now = now;
    }

    /// The next thing the driver has to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        let mut output = self.far_outbox().poll();
        if output.is_none() && !self.put_off.is_empty() {
            self.catch_up();
            output = self.far_outbox().poll();
        }
        output.or_else(|| self.near_outbox().poll())
    }

    /// When [`Node::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let next = [
            self.switch.poll_timeout(),
            self.stations.poll_timeout(),
            self.sip.poll_timeout(),
            self.registrar.poll_timeout(),
        ];
        next.into_iter().flatten().min()
    }

    /// Gives back the buffer of an [`Output::Send`] for reuse.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        if let Some(buffer) = self.to_phones.recycle(buffer) {
            self.outbox.recycle(buffer);
        }
    }

    /// The switch: who is connected to whom.
    pub fn switch(&self) -> &Switch {
        &self.switch
    }

    /// The phones.
    pub fn stations(&self) -> &Stations {
        &self.stations
    }

    /// The carrier of CSTA sessions over SIP.
    pub fn uacsta(&self) -> &Uacsta {
        &self.uacsta
    }

    /// The CSTA sessions.
    pub fn applications(&self) -> &Applications {
        &self.applications
    }

    /// Who is registered over SIP.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// The SIP layer.
    pub fn sip(&self) -> &Endpoint {
        &self.sip
    }

    /// The settings.
    pub fn settings(&self) -> &NodeSettings {
        &self.settings
    }

    /// How many outputs were not polled.
    pub(crate) fn outbox_len(&self) -> usize {
        self.to_phones.len() + self.put_off.len() + self.outbox.len()
    }

    fn received(&mut self, link: LinkId, bytes: &[u8]) {
        let mut rest = bytes;
        // What one message causes is worked out before the next one is looked at; the last one's may be put off.
        if self.stations.owns(link) {
            self.far_side = FarSide::Applications;
            while self.stations.received(
                self.now,
                link,
                &mut rest,
                &mut self.switch,
                &self.clock,
                &mut self.to_phones,
            ) {
                self.settle();
                if !rest.is_empty() {
                    self.catch_up();
                }
            }
        } else {
            while self.sip.received(self.now, link, &mut rest, &mut self.outbox) {
                self.settle();
                if !rest.is_empty() {
                    self.catch_up();
                }
            }
        }
    }

    fn closed(&mut self, link: LinkId) {
        if self.stations.owns(link) {
            self.stations.closed(self.now, link, &mut self.switch);
        } else {
            self.sip.closed(self.now, link);
        }
    }

    /// Carries out what follows from an input until nothing more follows, except what is put off.
    pub(crate) fn settle(&mut self) {
        loop {
            while let Some(output) = self.switch.poll_output() {
                let for_phones = matches!(output, core::Output::StationChanged(_));
                if for_phones == (self.far_side == FarSide::Phones) {
                    self.carry_out(output);
                } else {
                    self.put_off.push_back(output);
                }
            }
            let Some(event) = self.sip.poll_event() else { break };
            self.carry_out_put_off();
            match event {
                Event::Register(incoming) => {
                    self.registrar.register(self.now, incoming, &mut self.sip, &mut self.outbox);
                }
                Event::Request(incoming) => {
                    let (uacsta, mut context) = self.uacsta_mut();
                    uacsta.asked(incoming, &mut context);
                }
                Event::Ended(dialog, reason) => {
                    let (uacsta, mut context) = self.uacsta_mut();
                    uacsta.ended(dialog, reason, &mut context);
                }
            }
        }
    }

    /// Carries out what was put off, and what follows from that.
    fn catch_up(&mut self) {
        while !self.put_off.is_empty() {
            self.carry_out_put_off();
            self.settle();
        }
    }

    fn carry_out_put_off(&mut self) {
        while let Some(output) = self.put_off.pop_front() {
            self.carry_out(output);
        }
    }

    /// Gives a changed station its new picture, or tells applications or the log what has happened.
    fn carry_out(&mut self, output: core::Output) {
        match output {
            core::Output::StationChanged(station) => {
                let Node { now, stations, switch, clock, to_phones, .. } = self;
                stations.render(*now, station, switch, clock, to_phones);
            }
            core::Output::Response(session, request, result) => {
                let Node { now, switch, applications, uacsta, sip, outbox, .. } = self;
                if let Some(delivery) = applications.response(session, request, result, switch) {
                    uacsta.deliver(*now, delivery, sip, outbox);
                }
            }
            core::Output::Event(session, monitor, notification) => {
                let Node { now, switch, applications, uacsta, sip, outbox, .. } = self;
                if let Some(delivery) = applications.event(session, monitor, &notification, switch) {
                    uacsta.deliver(*now, delivery, sip, outbox);
                }
            }
            core::Output::CallBegan(call, gcid, device) => {
                let dn = self.switch.line(device).map(|line| line.settings().tag);
                debug!(call = call.number(), %gcid, dn, "call began");
            }
            core::Output::CallAnswered(call) => debug!(call = call.number(), "call answered"),
            core::Output::CallEnded(call, gcid, lasted, cause) => {
                self.applications.call_ended(call);
                info!(call = call.number(), %gcid, ?lasted, ?cause, "call ended");
            }
        }
    }

    fn far_outbox(&mut self) -> &mut Outbox {
        match self.far_side {
            FarSide::Phones => &mut self.to_phones,
            FarSide::Applications => &mut self.outbox,
        }
    }

    fn near_outbox(&mut self) -> &mut Outbox {
        match self.far_side {
            FarSide::Phones => &mut self.outbox,
            FarSide::Applications => &mut self.to_phones,
        }
    }

    /// The carrier over SIP, and what it acts on.
    pub(crate) fn uacsta_mut(&mut self) -> (&mut Uacsta, Context<'_>) {
        let context = Context {
            now: self.now,
            switch: &mut self.switch,
            applications: &mut self.applications,
            sip: &mut self.sip,
            registrar: &mut self.registrar,
            outbox: &mut self.outbox,
        };
        (&mut self.uacsta, context)
    }

    /// Ends a session, whatever carries it; false if there is no such session.
    pub(crate) fn clear_session(&mut self, id: SessionId) -> bool {
        let (uacsta, mut context) = self.uacsta_mut();
        uacsta.clear_session(id, &mut context)
    }

    fn shut_down(&mut self) {
        let (uacsta, mut context) = self.uacsta_mut();
        uacsta.shut_down(&mut context);
        self.stations.shut_down(&mut self.to_phones);
    }
}
