//! The node: passes inputs to the adapters, and what the switch reports to the adapters that it concerns.
//!
//! ```text
//!   Input ──► adapter ──► switch ──┬─► responses, events ──► csta ──► a carrier ──┐
//!                                  └─► changed stations ───► sccp ────────────────┴──► Outbox ──► Output
//! ```
//!
//! Everything that an input causes is carried out before the next input, in the order in which the switch
//! reports it: a response before the events that its request caused, and the events of a monitor in their order. The
//! [`Outbox`] has one buffer for each link, and the link that acted comes last.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
};

use hookflash_core::{
    self as core, CallId, Connection, ConnectionKey, Instant, LineId, StationId, StationInput, Switch,
    cti::SessionId,
};
use hookflash_wire::{
    csta,
    sip::{Method, StatusCode},
};
use tracing::{debug, info, warn};

use crate::{
    Context, Input, LinkId, Listener, NodeSettings, Outbox, Output, WallClock,
    alarms::{Alarm, Name},
    audio::{self, AudioSockets},
    audit::Audit,
    csta::{Applications, Delivery},
    csta_tcp::CstaTcp,
    fetches::{Attempts, Fetches},
    hours::OfficeHours,
    mobility::Mobility,
    registrar::Registrar,
    rest::{self, Rest},
    sccp::Stations,
    sip::{self, Endpoint, Event, Flow, Incoming, Stream, User},
    sip_phone::SipPhones,
    store,
    terminal::Terminals,
    uacsta::{Neighbours, Uacsta},
    web::{events::EventTable, interface::Interface},
};

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
    pub(crate) sip_phones: SipPhones,
    pub(crate) applications: Applications,
    pub(crate) uacsta: Uacsta,
    pub(crate) csta_tcp: CstaTcp,
    pub(crate) rest: Rest,
    pub(crate) audio: AudioSockets,
    pub(crate) terminals: Terminals,
    pub(crate) fetches: Fetches,
    pub(crate) attempts: Attempts,
    pub(crate) mobility: Mobility,
    pub(crate) events: EventTable,
    pub(crate) interface: Interface,
    pub(crate) audit: Audit,
    pub(crate) out: Outbox,
    /// What the switch knows of the time of day.
    pub(crate) hours: OfficeHours,
    /// What phones did that was not passed to the switch yet.
    inputs: VecDeque<core::Input>,
    /// The group to which music is sent.
    sends_music: Option<core::MediaAddress>,
}

impl Node {
    /// A node with these settings and without connections.
    ///
    /// # Errors
    /// Settings that contradict themselves.
    pub fn new(mut settings: NodeSettings) -> Result<Node, core::InvalidSettings> {
        let switch = Switch::new(std::mem::take(&mut settings.switch))?;
        let stations = Stations::new(&settings, &switch);
        let sip = sip::endpoint(&settings, &switch);
        let registrar = Registrar::new(&settings);
        let sip_phones = SipPhones::new(&settings, &switch);
        let uacsta = Uacsta::new(&settings);
        let csta_tcp = CstaTcp::new(&settings);
        let mut out = Outbox::default();
        out.guard.configure(&settings.limits);
        out.alarms.set_node(settings.configuration.hostname.as_deref().unwrap_or("hookflash"));
        let applications = Applications::new(&settings);
        crate::password::conceal(&mut settings.configuration, settings.start.secret);
        if let Some(file) = &settings.music {
            out.push(Output::Music { file: Some(file.clone()) });
        }
        let mut node = Node {
            now: Instant::ZERO,
            settings,
            switch,
            clock: WallClock::default(),
            stations,
            sip,
            registrar,
            sip_phones,
            applications,
            uacsta,
            csta_tcp,
            rest: Rest::default(),
            audio: AudioSockets::default(),
            terminals: Terminals::default(),
            fetches: Fetches::default(),
            attempts: Attempts::default(),
            mobility: Mobility::default(),
            events: EventTable::default(),
            interface: Interface::default(),
            out,
            audit: Audit::default(),
            hours: OfficeHours::default(),
            inputs: VecDeque::new(),
            sends_music: None,
        };
        node.settle_multicast_music();
        Ok(node)
    }

    /// Sends music to the group that is configured, and to none else.
    pub(crate) fn settle_multicast_music(&mut self) {
        let group = self.switch.settings().features.multicast_music;
        let before = std::mem::replace(&mut self.sends_music, group);
        if before == group {
            return;
        }
        let local = self.settings.bind.filter(|ip| !ip.is_unspecified());
        let local = local.or_else(|| self.stations.configured_address());
        let leg = core::MULTICAST_MUSIC;
        if before.is_some() {
            self.out.push(Output::Leg { leg, state: None, local });
        }
        if let Some(group) = group {
            self.out.push(Output::Leg { leg, state: Some(core::LegState::music_to(group)), local });
        }
    }

    /// Takes one input at `now`. Drain [`Node::poll_output`] before the next one.
    pub fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.handle_timeout(now);
        self.switch.advance(now);
        self.out.guard.set_now(now);
        match input {
            Input::Connected { link, listener, local, peer } => self.connected(link, listener, local, peer),
            Input::Certificate { link, certificate } if self.csta_tcp.owns(link) => {
                self.csta_tcp.set_certificate(link, certificate);
            }
            Input::Certificate { link, certificate } => self.sip.set_certificate(link, certificate),
            Input::Received { link, bytes } => self.received(link, bytes),
            Input::Closed { link } => self.closed(link),
            Input::Datagram { local, from, bytes } => {
                self.out.begin_turn_of_datagram(from);
                self.sip.datagram(now, local, from, bytes, &mut self.out);
            }
            Input::Command { terminal, line } => self.command(terminal, line),
            Input::TerminalClosed { terminal } => self.terminals.close(terminal),
            Input::Stored { terminal, error } => self.stored(terminal, error),
            Input::ConfigurationRead { terminal, text } => self.configuration_read(terminal, text),
            Input::FilesDone { terminal, result } => self.files_done(terminal, result),
            Input::Configuration { text, lenient } => self.read_configuration(text, lenient),
            Input::WallClock { unix_millis, utc_offset_seconds } => {
                self.clock = WallClock::new(now, unix_millis, utc_offset_seconds);
                self.plan_logouts();
                self.sum_up_audit();
                self.check_hours();
            }
            Input::Restore { value } if value.starts_with("mobility ") => {
                if !self.restore_login(value) {
                    warn!(value, "stored value is damaged and ignored");
                }
            }
            Input::Restore { value } if value.starts_with("webhook ") => {
                if !self.restore_webhook(value) {
                    warn!("a stored webhook is damaged and ignored");
                }
            }
            Input::Restore { value } => match store::read(value) {
                Some(record) => self.switch.handle(now, core::Input::Restore(record)),
                None => warn!(value, "stored value is damaged and ignored"),
            },
            Input::RestoreSession(record) => self.restore_session(&record),
            Input::Listening { sccp, http } => {
                self.sessions_restored();
                self.fetches.listening(sccp, http);
                let manager = self.settings.configuration.cti_manager.as_ref();
                if manager.is_some_and(|own| own.http_port.is_some() || own.https_port.is_some()) {
                    self.begin_webhooks();
                }
            }
            Input::HttpClosed { fetch } => self.rest.stream_closed(fetch),
            Input::Posted { post, status } => self.posted(post, status),
            Input::Verified { verification, right } => self.verified(verification, right),
            Input::File { fetch, local, peer, name } => self.file(fetch, local, peer, name),
            Input::FileMissing { peer, path } => self.file_missing(peer, path),
            Input::Http { fetch, peer, request, .. } if rest::is_for(request.path()) => {
                self.rest(fetch, peer, &request);
            }
            Input::Http { fetch, local, peer, request } => self.http(fetch, local, peer, &request),
            Input::WebSocket { fetch, link, local, peer, request } if request.path() == sip::WEB_SOCKET => {
                self.sip_web_socket(fetch, link, local, peer, &request);
            }
            Input::WebSocket { fetch, link, peer, request, .. } if audio::is_for(request.path()) => {
                self.audio_socket(fetch, link, peer, &request);
            }
            Input::WebSocket { fetch, link, peer, request, .. } => {
                self.web_socket(fetch, link, peer, &request);
            }
            Input::Resolved { name, port, transport, addresses, seconds } => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.resolved(name, (port, transport), (addresses, seconds), sip, &mut context);
            }
            Input::NotConnected { peer, secure } => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.not_connected((peer, secure), sip, &mut context);
            }
            Input::LegOpened { leg, address } => {
                self.switch.handle(now, core::Input::LegOpened(leg, address));
            }
            Input::LegDigit { leg, digit } => {
                self.switch.handle(now, core::Input::LegDigit(leg, digit));
            }
            Input::Sound { sound, report } => {
                self.switch.handle(now, core::Input::Sound(sound, report.clone()));
            }
            Input::LegSilent { leg, silent } => {
                self.switch.handle(now, core::Input::LegSilent(leg, silent));
            }
            Input::CallRate(rate) => {
                self.switch.handle(now, core::Input::CallRate(rate));
                self.applications.set_overloaded(rate.is_some());
            }
            Input::ShutDown => self.shut_down(),
        }
        self.settle();
    }

    /// Runs everything that is due at or before `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.out.begin_turn();
        while let Some(due) = self.poll_timeout().filter(|due| *due <= now) {
            // A timer set for the past runs now: time does not go back.
            self.now = due.max(self.now);
            self.check_hours_if_due();
            self.out.guard.handle_timeout(self.now);
            self.switch.handle_timeout(self.now);
            self.settle();
            loop {
                let (stations, mut context) = self.stations_mut();
                if !stations.handle_timeout(&mut context) {
                    break;
                }
                self.settle();
            }
            let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
            csta_tcp.handle_timeout(applications, &mut context);
            self.sip.handle_timeout(self.now, &mut self.out);
            self.registrar.handle_timeout(self.now, &mut self.sip);
            self.mobility_timeout();
            self.rest_timeout();
            let (phones, sip, mut context) = self.sip_phones_mut();
            phones.handle_timeout(sip, &mut context);
            self.settle();
        }
        self.now = now;
    }

    /// The next thing the driver has to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.poll()
    }

    /// When [`Node::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let next = [
            self.switch.poll_timeout(),
            self.stations.poll_timeout(),
            self.sip.poll_timeout(),
            self.registrar.poll_timeout(),
            self.sip_phones.poll_timeout(),
            self.csta_tcp.poll_timeout(),
            self.hours.due,
            self.out.guard.poll_timeout(),
            self.mobility.poll_timeout(),
            self.rest_due(),
        ];
        next.into_iter().flatten().min()
    }

    /// Gives back the buffer of an [`Output::Send`] for reuse.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.out.recycle(buffer);
    }

    /// The switch.
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

    /// The carrier of CSTA sessions over TCP.
    pub fn csta_tcp(&self) -> &CstaTcp {
        &self.csta_tcp
    }

    /// The CSTA sessions.
    pub fn applications(&self) -> &Applications {
        &self.applications
    }

    /// Who is registered over SIP.
    pub fn registrar(&self) -> &Registrar {
        &self.registrar
    }

    /// The SIP phones.
    pub fn sip_phones(&self) -> &SipPhones {
        &self.sip_phones
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
        self.out.len()
    }

    /// Ends a session, whatever carries it; false if there is no such session.
    pub(crate) fn clear_session(&mut self, id: SessionId) -> bool {
        let (uacsta, mut neighbours, mut context) = self.uacsta_mut();
        if uacsta.clear_session(id, &mut neighbours, &mut context) {
            return true;
        }
        let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
        csta_tcp.clear_session(id, applications, &mut context)
            || self.clear_rest_session(id, "it was cleared here")
    }

    fn connected(&mut self, link: LinkId, listener: Listener, local: SocketAddr, peer: SocketAddr) {
        match listener {
            Listener::Sccp => self.stations.connected(self.now, link, local, peer, &mut self.out),
            Listener::Sip => self.sip_connected(Flow::tcp(link, local, peer)),
            Listener::Sips => self.sip_connected(Flow::Link { link, stream: Stream::Tls, local, peer }),
            Listener::Csta => self.csta_tcp.connected(self.now, link, peer, false, &mut self.out),
            Listener::CstaTls => self.csta_tcp.connected(self.now, link, peer, true, &mut self.out),
            Listener::CstaImplicit | Listener::CstaGreeting => {
                let greets = listener == Listener::CstaGreeting;
                let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
                csta_tcp.connected_unasked(link, peer, greets, applications, &mut context);
            }
        }
    }

    fn sip_connected(&mut self, flow: Flow) {
        self.sip.connected(self.now, flow, &mut self.out);
        let (phones, sip, mut context) = self.sip_phones_mut();
        phones.connected(flow, sip, &mut context);
    }

    /// Takes one message after the other. What one causes is carried out before the next one is looked at.
    pub(crate) fn received(&mut self, link: LinkId, bytes: &[u8]) {
        self.out.begin_turn_of_link(link);
        let mut rest = bytes;
        while self.take_message(link, &mut rest) {
            self.settle();
        }
    }

    /// Takes a message from the front of `bytes`; true if there may be another one.
    fn take_message(&mut self, link: LinkId, bytes: &mut &[u8]) -> bool {
        if self.stations.owns(link) {
            let (stations, mut context) = self.stations_mut();
            let more = stations.received(link, bytes, &mut context);
            if let Some((link, register)) = stations.take_newcomer() {
                self.newcomer(link, &register);
            }
            more
        } else if self.csta_tcp.owns(link) {
            let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
            csta_tcp.received(link, bytes, applications, &mut context)
        } else if let Some(connection) = self.audio.connection(link) {
            self.audio_received(connection, bytes);
            false
        } else {
            self.sip.received(self.now, link, bytes, &mut self.out)
        }
    }

    fn closed(&mut self, link: LinkId) {
        if self.stations.owns(link) {
            let (stations, mut context) = self.stations_mut();
            stations.closed(link, &mut context);
        } else if self.csta_tcp.owns(link) {
            let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
            csta_tcp.closed(link, applications, &mut context);
        } else if self.audio.connection(link).is_some() {
            self.audio.closed(link);
        } else {
            self.sip.closed(self.now, link);
            let (phones, sip, mut context) = self.sip_phones_mut();
            phones.link_closed(link, sip, &mut context);
        }
    }

    /// Carries out what follows from an input until nothing more follows.
    pub(crate) fn settle(&mut self) {
        loop {
            while let Some(output) = self.switch.poll_output() {
                self.carry_out(output);
            }
            for record in self.applications.take_records() {
                self.out.keep(record);
            }
            for alarm in self.applications.take_alarms() {
                self.out.alarm(&alarm);
                self.out.debugging.alarm(&alarm);
            }
            for exceeded in self.applications.take_exceeded() {
                self.out.guard.refused(exceeded.limit, exceeded.source, exceeded.value);
            }
            if let Some(input) = self.inputs.pop_front() {
                self.pass_on(input);
            } else if let Some(event) = self.sip.poll_event() {
                self.sip_event(event);
            } else if let Some(wanted) = self.applications.poll_keys() {
                let keys = self.keys_for(&wanted);
                let (applications, _, mut carriers) = self.carriers();
                let delivery = applications.tell_keys(&wanted, keys);
                delivery.into_iter().for_each(|delivery| carriers.deliver(delivery));
            } else if let Some((session, request)) = self.applications.poll_request() {
                self.ask(session, request);
            } else if !self.settle_phones() {
                break;
            }
        }
        self.pump_webhooks();
        self.audit_applications();
        self.show_debugging();
    }

    /// Tells the switch what an adapter has seen.
    fn pass_on(&mut self, input: core::Input) {
        let core::Input::Station(station, what) = &input else {
            return self.switch.handle(self.now, input);
        };
        let station = *station;
        if let StationInput::Key(_) = what {
            self.phone_used(station);
        }
        let registers =
            matches!(what, StationInput::Register(_) | StationInput::Unregister | StationInput::Lost);
        self.switch.handle(self.now, input);
        if registers {
            self.note_registration(station);
        }
    }

    /// Our address, as the device of a connection reaches it. An application that has the media of a CTI port or route point is
    /// told the one that is configured, or else that which another party of the call reaches.
    fn local_address(&self, station: StationId, key: ConnectionKey) -> Option<IpAddr> {
        let of_phone = |id| self.stations.local_address(id).or_else(|| self.sip_phones.local_address(id));
        let is_device =
            self.switch.stations().get(station).is_some_and(|own| own.settings().cti_device.is_some());
        let others = || self.switch.calls().others(key).filter_map(Connection::station).find_map(of_phone);
        let of_device = || {
            self.stations
                .configured_address()
                .or_else(others)
                .or(self.settings.bind.filter(|ip| !ip.is_unspecified()))
        };
        of_phone(station).or_else(|| if is_device { of_device() } else { None })
    }

    /// The alarm about a call that no application has taken in time.
    fn not_accepted(&self, call: CallId, line: LineId) -> Alarm {
        let own = &self.switch.lines()[line];
        let station = own.stations().first().and_then(|station| self.switch.stations().get(*station));
        let device = station.map(|station| station.settings().name.clone()).unwrap_or_default();
        let calling = self.switch.calls().get(call).map(|call| call.calling().number.clone());
        Alarm::new(Name::CtiCallAcceptTimeout)
            .with("TimerValue", self.switch.settings().timeouts.new_call_accept.as_secs())
            .with("DeviceName", device)
            .with("CallingPartyNumber", calling.unwrap_or_default())
            .with("CalledPartyNumber", own.number())
    }

    /// Answers what SIP phones wait for; true if something may follow from that.
    fn settle_phones(&mut self) -> bool {
        let (phones, sip, mut context) = self.sip_phones_mut();
        let answered = phones.settle(sip, &mut context) | phones.settle_transfers(sip, &mut context);
        let answered = answered | phones.settle_dialled(sip, &mut context);
        let answered = answered | phones.settle_subscriptions(sip, &mut context);
        answered | phones.settle_trunks(sip, &mut context)
    }

    /// A request outside a dialog, and REGISTER: whom it is for.
    fn sip_request(&mut self, incoming: Incoming) {
        let phones = !self.sip_phones.is_empty();
        match &incoming.request().method {
            Method::Invite if phones && !Uacsta::is_for(&incoming) => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.invited(incoming, sip, &mut context);
            }
            Method::Invite => {
                let (uacsta, mut near, mut context) = self.uacsta_mut();
                uacsta.invited(incoming, &mut near, &mut context);
            }
            Method::Refer if phones => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.referred_outside(incoming, sip, &mut context);
            }
            Method::Publish if phones => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.published(incoming, sip, &mut context);
            }
            Method::Subscribe if phones => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.subscribe(incoming, sip, &mut context);
            }
            Method::Notify if self.sip_phones.has_mwi_server() => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.messages_told(incoming, sip, &mut context);
            }
            Method::Register if phones && !self.registrar.knows(&incoming) => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.register(incoming, sip, &mut context);
            }
            Method::Register => self.registrar.register(self.now, incoming, &mut self.sip, &mut self.out),
            other => {
                // NOTIFY is for subscriptions of ours, of which this is none (RFC 6665, 4.1.3).
                let status = match other {
                    Method::Notify => StatusCode::CALL_DOES_NOT_EXIST,
                    _ => StatusCode::METHOD_NOT_ALLOWED,
                };
                self.sip.reply(self.now, incoming, status.into(), &mut self.out);
            }
        }
    }

    /// Something that concerns SIP phones.
    fn phone_event(&mut self, event: Event) {
        let (phones, sip, mut context) = self.sip_phones_mut();
        let context = &mut context;
        match event {
            Event::RequestInDialog(_, dialog, incoming) => phones.asked(dialog, incoming, sip, context),
            Event::Cancelled(_, invite) => phones.cancelled(invite, sip, context),
            Event::Acknowledged(_, dialog, request) => {
                phones.acknowledged(dialog, request.as_ref(), sip, context);
            }
            Event::Response(_, request, response) => phones.responded(request, &response, sip, context),
            Event::Progress(_, request, dialog, response) => {
                phones.progress(request, dialog, &response, sip, context);
            }
            Event::Accepted(_, request, dialog, response) => {
                phones.accepted(request, dialog, &response, sip, context);
            }
            Event::Rejected(_, request, response) => phones.rejected(request, &response, sip, context),
            Event::Failed(_, request, failure) => phones.failed(request, failure, sip, context),
            Event::RefreshDue(_, dialog) => phones.refresh(dialog, sip, context),
            Event::Ended(_, dialog, reason) => phones.ended(dialog, reason, sip, context),
            Event::Request(_) => {}
        }
    }

    /// Asks an application for something.
    fn ask(&mut self, session: SessionId, request: csta::Request) {
        let (applications, _, mut carriers) = self.carriers();
        let delivery = applications.ask(session, request);
        delivery.into_iter().for_each(|delivery| carriers.deliver(delivery));
    }

    fn sip_event(&mut self, event: Event) {
        let event = match event {
            Event::Request(incoming) => return self.sip_request(incoming),
            Event::RequestInDialog(User::Phones, ..)
            | Event::Cancelled(..)
            | Event::Acknowledged(User::Phones, ..)
            | Event::Response(User::Phones, ..)
            | Event::Progress(User::Phones, ..)
            | Event::Accepted(User::Phones, ..)
            | Event::Rejected(User::Phones, ..)
            | Event::Failed(User::Phones, ..)
            | Event::RefreshDue(User::Phones, ..)
            | Event::Ended(User::Phones, ..) => return self.phone_event(event),
            other => other,
        };
        let (uacsta, mut near, mut context) = self.uacsta_mut();
        match event {
            Event::RequestInDialog(User::Uacsta, dialog, incoming) => {
                uacsta.asked(dialog, incoming, &mut near, &mut context);
            }
            Event::Ended(User::Uacsta, dialog, reason) => {
                uacsta.ended(dialog, reason, &mut near, &mut context);
            }
            Event::Response(_, request, response) => {
                uacsta.answered(request, &response, near.applications);
            }
            Event::Failed(_, request, _) => uacsta.not_answered(request),
            Event::Acknowledged(User::Uacsta, dialog, _) => {
                uacsta.acknowledged(dialog, &mut near, &mut context);
            }
            // These sessions are answered at once, and begin no dialog.
            Event::Request(..)
            | Event::Cancelled(..)
            | Event::Acknowledged(..)
            | Event::Progress(..)
            | Event::Accepted(..)
            | Event::Rejected(..)
            | Event::RefreshDue(..)
            | Event::RequestInDialog(..)
            | Event::Ended(..) => {}
        }
    }

    /// Renders a changed station, or passes what has happened to applications or the log.
    fn carry_out(&mut self, output: core::Output) {
        match output {
            core::Output::StationChanged(station) => {
                let (stations, mut context) = self.stations_mut();
                stations.render(station, &mut context);
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.render(station, sip, &mut context);
            }
            core::Output::DialRefused(_, token, refusal) => {
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.refused(token, refusal, sip, &mut context);
            }
            core::Output::Response(session, request, result) => {
                let (applications, switch, mut carriers) = self.carriers();
                let delivery = applications.response(session, request, result, switch);
                delivery.into_iter().for_each(|delivery| carriers.deliver(delivery));
            }
            core::Output::Event(session, monitor, notification) => {
                if let core::Event::Call(event) = &notification.event {
                    self.out.debugging.call_event(event);
                }
                let (applications, switch, mut carriers) = self.carriers();
                let delivery = applications.event(session, monitor, &notification, switch);
                delivery.into_iter().for_each(|delivery| carriers.deliver(delivery));
            }
            core::Output::Route(session, message) => {
                let (applications, switch, mut carriers) = self.carriers();
                let delivery = applications.route(session, message, switch);
                delivery.into_iter().for_each(|delivery| carriers.deliver(delivery));
            }
            core::Output::MonitorStopped(session, monitor) => {
                self.applications.monitor_stopped(session, monitor);
            }
            core::Output::ConferenceList(station, key) => self.show_conference(station, key),
            core::Output::Opened(session, opened) => {
                self.applications.opened(session, opened, &self.switch);
            }
            core::Output::Closed(session, opened) => self.applications.closed(session, opened),
            core::Output::NotAccepted(call, line) => {
                let alarm = self.not_accepted(call, line);
                self.out.alarm(&alarm);
            }
            core::Output::NotReleased(call, line) => {
                let number = self.switch.lines()[line].number().clone();
                let call = self.switch.calls().get(call).map(core::Call::global_id);
                let alarm = Alarm::new(Name::CtiStaleCallHandle).with("DeviceName", number);
                let alarm = match call {
                    Some(call) => alarm.with("CallHandle", call),
                    None => alarm,
                };
                self.out.alarm(&alarm);
            }
            core::Output::Store(record) => {
                self.out.store(record.key(), Some(store::write(&record)));
            }
            core::Output::Forget(key) => self.out.store(key, None),
            core::Output::StationReconfigured(station) => {
                let (stations, mut context) = self.stations_mut();
                stations.reconfigured(station, &mut context);
            }
            core::Output::StationRemoved(station) => {
                let (stations, mut context) = self.stations_mut();
                stations.removed(station, &mut context);
                let (phones, sip, _) = self.sip_phones_mut();
                phones.removed(station, sip);
            }
            core::Output::Leg(leg, key, state) => {
                let calls = self.switch.calls();
                let station = calls.connection(key).and_then(core::Connection::station);
                // What is sent to a group leaves by the address that a party of the call reaches.
                let party = station.or_else(|| calls.others(key).find_map(core::Connection::station));
                let local = party.and_then(|station| self.local_address(station, key));
                if let Some((station, audio)) = station.zip(state.and_then(|state| state.secured)) {
                    let keys = self.sip_phones.keys_of(station, audio.0);
                    self.out.push(Output::MediaKeys { audio, keys });
                }
                self.out.push(Output::Leg { leg, state, local });
            }
            core::Output::Sound(sound, order) => self.out.push(Output::Sound { sound, order }),
            core::Output::AudioDigits(key, digits) => self.audio.tell_digits(key, &digits, &mut self.out),
            core::Output::AudioEnded(key) => self.audio.ended(key, &mut self.out),
            core::Output::CallBegan(call, gcid, line) => {
                let dn = self.switch.lines()[line].settings().tag;
                debug!(call = call.number(), %gcid, dn, "call began");
                let began = "CMM_EV_CALL_CONN_ORIGINATED";
                self.out.debugging.call_changed(began, call, Some(line), &self.switch);
            }
            core::Output::CallAnswered(call) => {
                debug!(call = call.number(), "call answered");
                self.out.debugging.call_changed("CMM_EV_CALL_CONN_ACTIVE", call, None, &self.switch);
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.call_answered(call, sip, &mut context);
            }
            core::Output::CallEnded(call, gcid, lasted, cause) => {
                self.applications.call_ended(call);
                info!(call = call.number(), %gcid, ?lasted, ?cause, "call ended");
                self.out.debugging.call_ended(gcid, cause);
                let (phones, sip, mut context) = self.sip_phones_mut();
                phones.call_ended(call, cause, sip, &mut context);
            }
        }
    }

    /// The phones, and what they act on.
    pub(crate) fn stations_mut(&mut self) -> (&mut Stations, Context<'_>) {
        let Node { now, switch, clock, out, inputs, stations, .. } = self;
        (stations, Context { now: *now, switch, clock, out, inputs })
    }

    /// The SIP phones, and what they act on.
    pub(crate) fn sip_phones_mut(&mut self) -> (&mut SipPhones, &mut Endpoint, Context<'_>) {
        let Node { now, switch, clock, out, inputs, sip_phones, sip, .. } = self;
        (sip_phones, sip, Context { now: *now, switch, clock, out, inputs })
    }

    /// The carrier over SIP, and what it acts on.
    pub(crate) fn uacsta_mut(&mut self) -> (&mut Uacsta, Neighbours<'_>, Context<'_>) {
        let Node { now, switch, clock, out, inputs, applications, uacsta, sip, registrar, .. } = self;
        let context = Context { now: *now, switch, clock, out, inputs };
        (uacsta, Neighbours { applications, sip, registrar }, context)
    }

    /// The carrier over TCP, and what it acts on.
    pub(crate) fn csta_tcp_mut(&mut self) -> (&mut CstaTcp, &mut Applications, Context<'_>) {
        let Node { now, switch, clock, out, inputs, applications, csta_tcp, .. } = self;
        (csta_tcp, applications, Context { now: *now, switch, clock, out, inputs })
    }

    /// The sessions, what they are told of, and what carries them.
    pub(crate) fn carriers(&mut self) -> (&mut Applications, &Switch, Carriers<'_>) {
        let Node { now, switch, clock, out, applications, uacsta, csta_tcp, rest, sip, .. } = self;
        (applications, switch, Carriers { now: *now, clock, uacsta, csta_tcp, rest, sip, out })
    }

    fn shut_down(&mut self) {
        self.applications.stop_keeping();
        self.applications.report_status(csta::SystemStatusValue::Disabled);
        self.settle();
        self.sum_up_audit();
        let (uacsta, mut neighbours, mut context) = self.uacsta_mut();
        uacsta.shut_down(&mut neighbours, &mut context);
        let (csta_tcp, applications, mut context) = self.csta_tcp_mut();
        csta_tcp.shut_down(applications, &mut context);
        self.shut_rest_down();
        self.stations.shut_down(&mut self.out);
        let (phones, sip, mut context) = self.sip_phones_mut();
        phones.shut_down(sip, &mut context);
        self.out.guard.finish();
    }
}

/// Everything that carries CSTA sessions.
pub(crate) struct Carriers<'a> {
    now: Instant,
    clock: &'a WallClock,
    uacsta: &'a mut Uacsta,
    csta_tcp: &'a mut CstaTcp,
    rest: &'a mut Rest,
    sip: &'a mut Endpoint,
    out: &'a mut Outbox,
}

impl Carriers<'_> {
    /// Hands a message to the carrier of its session.
    pub(crate) fn deliver(&mut self, delivery: Delivery<'_>) {
        self.out.debugging.delivered(&delivery);
        if self.csta_tcp.carries(delivery.session) {
            self.csta_tcp.deliver(self.now, delivery, self.out);
        } else if self.rest.carries(delivery.session) {
            self.rest.deliver(delivery, self.now, self.clock, self.out);
        } else {
            self.uacsta.deliver(self.now, delivery, self.sip, self.out);
        }
    }
}
