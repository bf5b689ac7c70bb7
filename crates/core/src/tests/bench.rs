//! An office to tell stories in: Alice (201), Bob (202) and Carol (203), a monitor on each of their lines, and a
//! transcript of everything that follows from what they do.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    time::Duration,
};

use crate::{
    ButtonSettings, CallEventKind, Channels, CodecSet, ConnectionId, ConsultPurpose, DeviceId, Event,
    ForwardingType, Input, Instant, Key, LegId, LegState, LineSettings, Media, MediaAddress, MediaEventKind,
    MediaSource, Output, Party, Refusal, Request, RequestId, Response, Ring, RouteMessage, Settings, SoundId,
    SoundOrder, SoundReport, StationId, StationInput, StationSettings, Stream, Switch,
    cti::{EventFilter, MonitorId, Principal, SessionId},
    view::StationView,
};

pub(super) const ALICE: StationId = StationId(0);
pub(super) const BOB: StationId = StationId(1);
pub(super) const CAROL: StationId = StationId(2);

/// A line that applications may watch.
pub(super) fn line(number: &str, name: &str, channels: Channels) -> LineSettings {
    LineSettings {
        number: number.into(),
        name: name.into(),
        channels,
        cti_watch: true,
        huntstop: true,
        ..LineSettings::default()
    }
}

/// A phone with these lines, given by their place in the settings, on its buttons.
pub(super) fn station(name: &str, lines: &[u32]) -> StationSettings {
    let buttons = (1..)
        .zip(lines)
        .map(|(button, line)| ButtonSettings::line(button, *line + 1, Ring::Normal))
        .collect();
    StationSettings {
        name: name.into(),
        buttons,
        off_hook_by_command: true,
        prompts: true,
        ..StationSettings::default()
    }
}

/// Alice, Bob and Carol with one dual-line each.
pub(super) fn office() -> Settings {
    Settings {
        lines: vec![
            line("201", "Alice", Channels::Dual),
            line("202", "Bob", Channels::Dual),
            line("203", "Carol", Channels::Dual),
        ],
        stations: vec![station("alice", &[0]), station("bob", &[1]), station("carol", &[2])],
        seed: 7,
        ..Settings::default()
    }
}

/// The settings with tags: the places of the lines and stations, from 1.
pub(super) fn tagged(mut settings: Settings) -> Settings {
    (1..).zip(&mut settings.lines).for_each(|(tag, line)| line.tag = tag);
    (1..).zip(&mut settings.stations).for_each(|(tag, station)| station.tag = tag);
    settings
}

/// A switch, the time, and what has come out of it.
pub(super) struct Bench {
    pub switch: Switch,
    pub now: Instant,
    pub session: SessionId,
    transcript: Vec<String>,
    requests: u32,
    answer: Option<Result<Response, Refusal>>,
    /// What each station was last told to show; follows `StationChanged` and nothing else.
    pub shown: Vec<StationView>,
    /// Every event, as it came.
    pub events: Vec<(MonitorId, crate::Notification)>,
    /// Every message about a route, as it came.
    pub routes: Vec<RouteMessage>,
    /// Every record, as it came.
    pub stored: Vec<crate::Record>,
    /// The keys of records that must not survive one.
    pub forgotten: Vec<String>,
    /// The open legs of the media engine.
    pub legs: BTreeMap<LegId, LegState>,
    /// The legs that the media engine has not reported yet.
    opened: Vec<LegId>,
    /// Sounds that were ordered, and those that are open.
    ordered: Vec<(SoundId, SoundOrder)>,
    pub sounds: BTreeSet<SoundId>,
}

impl Bench {
    /// The office with all phones registered and a monitor on each line.
    pub fn new() -> Bench {
        Bench::with(office())
    }

    /// Any office, with all phones registered and a monitor on each line that allows it.
    pub fn with(settings: Settings) -> Bench {
        let mut bench = Bench::unregistered(settings);
        let stations: Vec<StationId> = bench.switch.stations().iter().map(|(id, _)| id).collect();
        for station in stations {
            bench.station(station, StationInput::Register(CodecSet::EMPTY));
        }
        let watched: Vec<DeviceId> = bench
            .switch
            .lines()
            .devices()
            .map(|(device, _)| device)
            .filter(|device| bench.switch.lines().is_watchable(*device))
            .collect();
        for device in watched {
            bench.monitor(device, EventFilter::NONE);
        }
        bench.transcript.clear();
        bench.events.clear();
        bench
    }

    /// An office in which no phone has registered and nobody watches.
    pub fn unregistered(settings: Settings) -> Bench {
        let mut switch = Switch::new(tagged(settings)).unwrap();
        let session = switch.open_session(Principal::default()).unwrap();
        let shown = vec![StationView::default(); switch.stations().iter().count()];
        Bench {
            switch,
            now: Instant::ZERO,
            session,
            transcript: Vec::new(),
            requests: 0,
            answer: None,
            shown,
            events: Vec::new(),
            routes: Vec::new(),
            stored: Vec::new(),
            forgotten: Vec::new(),
            legs: BTreeMap::new(),
            opened: Vec::new(),
            ordered: Vec::new(),
            sounds: BTreeSet::new(),
        }
    }

    pub fn handle(&mut self, input: Input) {
        self.switch.handle(self.now, input);
        self.drain();
    }

    /// The application has gone.
    pub fn close_session(&mut self, session: SessionId) {
        self.switch.close_session(session);
        self.drain();
    }

    pub fn station(&mut self, station: StationId, input: StationInput) {
        self.handle(Input::Station(station, input));
    }

    pub fn key(&mut self, station: StationId, key: Key) {
        self.station(station, StationInput::Key(key));
    }

    /// Lifts the handset.
    pub fn off_hook(&mut self, station: StationId) {
        self.key(station, Key::OffHook { line: 0, reference: 0 });
    }

    /// Puts the handset back.
    pub fn on_hook(&mut self, station: StationId) {
        self.key(station, Key::OnHook { line: 0, reference: 0 });
    }

    pub fn answer(&mut self, station: StationId) {
        self.key(station, Key::Answer { line: 0, reference: 0 });
    }

    pub fn end_call(&mut self, station: StationId) {
        self.key(station, Key::EndCall { line: 0, reference: 0 });
    }

    pub fn hold(&mut self, station: StationId) {
        self.key(station, Key::Hold { line: 0, reference: 0 });
    }

    pub fn resume(&mut self, station: StationId) {
        self.key(station, Key::Resume { line: 0, reference: 0 });
    }

    /// Presses Transfer.
    pub fn transfer(&mut self, station: StationId) {
        self.key(station, Key::Transfer { line: 0, reference: 0 });
    }

    /// Presses Conference.
    pub fn conference(&mut self, station: StationId) {
        self.key(station, Key::Conference { line: 0, reference: 0 });
    }

    /// Forwards calls of a number, or with `None` forwards them no more.
    pub fn forward(
        &mut self,
        number: &str,
        kind: ForwardingType,
        to: Option<&str>,
    ) -> Result<Response, Refusal> {
        let device = self.device(number);
        self.request(match to {
            Some(to) => {
                let number = Some(to.into());
                Request::ActivateForwarding { device, kind, number, no_answer_timeout: None }
            }
            None => Request::DeactivateForwarding { device, kind },
        })
    }

    /// Presses CFwdAll, then the keys of the keypad.
    pub fn forward_all(&mut self, station: StationId, digits: &str) {
        self.key(station, Key::ForwardAll { line: 0 });
        self.digits(station, digits);
    }

    /// Presses the keys of the keypad.
    pub fn digits(&mut self, station: StationId, digits: &str) {
        for digit in digits.chars() {
            self.key(station, Key::Digit(digit));
        }
    }

    /// Lifts the handset and dials.
    pub fn dial(&mut self, station: StationId, number: &str) {
        self.off_hook(station);
        self.digits(station, number);
    }

    /// One calls the other, who answers; nobody asks how.
    pub fn talk(&mut self, from: StationId, number: &str, to: StationId) {
        self.dial(from, number);
        self.answer(to);
        self.transcript.clear();
    }

    pub fn pass(&mut self, span: Duration) {
        self.now = self.now + span;
        self.switch.handle_timeout(self.now);
        self.drain();
    }

    pub fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub fn request(&mut self, request: Request) -> Result<Response, Refusal> {
        self.request_by(self.session, request)
    }

    pub fn request_by(&mut self, session: SessionId, request: Request) -> Result<Response, Refusal> {
        self.requests += 1;
        self.answer = None;
        self.handle(Input::Request(session, RequestId(self.requests), request));
        self.answer.take().expect("every request is answered at once")
    }

    pub fn make_call(&mut self, calling: &str, called: &str, prompt: bool) -> Result<Response, Refusal> {
        let calling = self.device(calling);
        self.request(Request::MakeCall { calling, called: called.into(), prompt })
    }

    /// An application holds the first call of a number and calls another one from there.
    pub fn consult(&mut self, number: &str, consulted: &str) -> Result<Response, Refusal> {
        let existing = self.connection(number, 0);
        let purpose = ConsultPurpose::Any;
        self.request(Request::ConsultationCall { existing, consulted: consulted.into(), purpose })
    }

    /// An application transfers the first, held call of a number to the second one.
    pub fn transfer_call(&mut self, number: &str) -> Result<Response, Refusal> {
        let (held, active) = (self.connection(number, 0), self.connection(number, 1));
        self.request(Request::TransferCall { held, active })
    }

    /// An application makes a conference of the first, held call of a number and the second one.
    pub fn conference_call(&mut self, number: &str) -> Result<Response, Refusal> {
        let (held, active) = (self.connection(number, 0), self.connection(number, 1));
        self.request(Request::ConferenceCall { held, active })
    }

    pub fn monitor(&mut self, device: DeviceId, filter: EventFilter) -> MonitorId {
        match self.request(Request::MonitorStart { device, filter }) {
            Ok(Response::Monitor { monitor }) => monitor,
            other => panic!("no monitor: {other:?}"),
        }
    }

    pub fn device(&self, number: &str) -> DeviceId {
        self.switch.lines().device_by_number(number).unwrap()
    }

    /// The connection of a device in its `nth` call, counted from 0.
    pub fn connection(&self, number: &str, nth: usize) -> ConnectionId {
        let (lines, calls) = (self.switch.lines(), self.switch.calls());
        let keys = lines.of_device(self.device(number)).flat_map(|(line, _)| calls.at_line(line));
        calls.connection(*keys.collect::<Vec<_>>()[nth]).unwrap().id()
    }

    /// The phone's name for a connection.
    pub fn reference(&self, id: ConnectionId) -> u32 {
        self.switch.calls().find(id, |_| true).unwrap().reference()
    }

    /// What the phone shows, one call after the other.
    pub fn looks(&self, station: StationId) -> String {
        let view = self.switch.station_view(station);
        let mut looks: Vec<String> =
            view.appearances.iter().map(|a| format!("{} {:?}", a.line, a.display)).collect();
        looks.extend(view.refused.map(|refusal| format!("refused {refusal:?}")));
        looks.join(", ")
    }

    /// Whom the phone shows at the other end of each call: `<` for a call that came in, `>` for one that it placed.
    pub fn parties(&self, station: StationId) -> String {
        let view = self.switch.station_view(station);
        let shown = view.appearances.iter().map(|shown| match (shown.members.as_slice(), shown.incoming) {
            ([], true) => format!("< {}", party(&shown.calling)),
            ([], false) => format!("> {}", party(&shown.called)),
            (members, _) => members.iter().map(party).collect::<Vec<_>>().join(" + "),
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// The audio of the first call that the phone shows.
    pub fn stream(&self, station: StationId) -> Option<Stream> {
        match self.shown[station.index()].appearances.first()?.media? {
            Media::Stream(stream) => Some(stream),
            Media::Mixed { .. } | Media::Source { .. } | Media::Multicast { .. } => None,
        }
    }

    /// What the user hears in the first call that the phone shows.
    pub fn hears(&self, station: StationId) -> Hears {
        let view = self.switch.station_view(station);
        match view.appearances.first().and_then(|shown| shown.media) {
            None => Hears::Nobody,
            Some(Media::Stream(_)) => Hears::Device,
            Some(Media::Mixed { parties, .. }) => Hears::Mix(parties),
            Some(Media::Multicast { .. }) => Hears::Group,
            Some(Media::Source { source: MediaSource::MusicOnHold, .. }) => Hears::Music,
            Some(Media::Source { source: MediaSource::RingBack, .. }) => Hears::RingBack,
        }
    }

    /// The leg of the first call that the phone shows.
    pub fn leg(&self, station: StationId) -> Option<(LegId, LegState)> {
        let reference = self.switch.station_view(station).appearances.first()?.reference;
        let key = self.switch.legs().find(|(_, key)| key.reference() == reference)?;
        self.legs.get_key_value(&key.0).map(|(leg, state)| (*leg, *state))
    }

    /// Where the phone sends the audio of the first call that it shows.
    pub fn transmit_to(&self, station: StationId) -> Option<MediaAddress> {
        self.stream(station)?.transmit_to
    }

    /// The outputs since the last look at them, one per line.
    pub fn outputs(&mut self) -> String {
        std::mem::take(&mut self.transcript).join("\n")
    }

    /// The outputs since the last look at them are these, one per line.
    #[track_caller]
    pub fn expect(&mut self, expected: &str) {
        let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let got = self.outputs();
        assert_eq!(got, expected.join("\n"), "\ngot:\n{got}\n");
    }

    /// Nothing is left: no call, no timer.
    #[track_caller]
    pub fn expect_nothing_left(&self) {
        assert_eq!(self.switch.calls().len(), 0);
        assert_eq!(self.switch.timer_count(), 0);
        assert_eq!((self.switch.legs().count(), self.legs.len()), (0, 0));
        assert!(self.sounds.is_empty());
        assert!(self.switch.lines().iter().all(|(line, _)| self.switch.calls().at_line(line).is_empty()));
    }

    fn drain(&mut self) {
        loop {
            self.drain_outputs();
            if let Some((id, order)) = self.ordered.pop() {
                if let Some(report) = report(order) {
                    self.switch.handle(self.now, Input::Sound(id, report));
                }
            } else if let Some(leg) = self.opened.pop() {
                self.switch.handle(self.now, Input::LegOpened(leg, Some(engine(leg))));
            } else {
                break;
            }
        }
    }

    fn drain_outputs(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Leg(leg, _, Some(state)) => {
                    if self.legs.insert(leg, state).is_none() {
                        self.opened.push(leg);
                    }
                }
                Output::Sound(id, SoundOrder::Close) => assert!(self.sounds.remove(&id), "it was open"),
                Output::Sound(id, order) => {
                    assert!(self.sounds.insert(id));
                    self.ordered.insert(0, (id, order));
                }
                Output::AudioDigits(_, digits) => {
                    self.transcript.push(format!("the application hears {digits}"))
                }
                Output::AudioEnded(_) => self.transcript.push("audio ended".into()),
                Output::Leg(leg, _, None) => drop(self.legs.remove(&leg).expect("it was open")),
                Output::StationChanged(station) => {
                    self.shown[station.index()] = self.switch.station_view(station);
                }
                Output::Response(_, _, result) => {
                    self.transcript.push(self.response_line(&result));
                    self.answer = Some(result);
                }
                Output::Event(_, monitor, notification) => {
                    let state = format!("{:?}", notification.local_state).to_lowercase();
                    let watched = self.number(notification.device);
                    let event = self.event_line(&notification.event, &state);
                    self.transcript.push(format!("{watched}[{monitor}] {event}"));
                    self.events.push((monitor, notification));
                }
                Output::DialRefused(_, _, refusal) => {
                    self.transcript.push(format!("refused {refusal:?}"));
                }
                Output::StationReconfigured(station) => {
                    self.transcript.push(format!("station {} restarts", station.index()));
                }
                Output::StationRemoved(station) => {
                    self.transcript.push(format!("station {} is removed", station.index()));
                }
                Output::Store(record) => {
                    self.transcript.push(format!("store {}", record.key()));
                    self.stored.push(record);
                }
                Output::Forget(key) => {
                    self.transcript.push(format!("forget {key}"));
                    self.forgotten.push(key);
                }
                Output::Route(_, message) => {
                    self.transcript.push(self.route_line(&message));
                    self.routes.push(message);
                }
                Output::MonitorStopped(_, monitor) => self.transcript.push(format!("stopped {monitor}")),
                Output::Opened(..) | Output::Closed(..) => {}
                Output::NotReleased(..) => self.transcript.push("not released".into()),
                Output::NotAccepted(..) => self.transcript.push("not accepted".into()),
                Output::ConferenceList(_, key) => {
                    let members =
                        self.switch.calls().others(key).map(|other| other.party().number.to_string());
                    let members: Vec<String> = members.collect();
                    self.transcript.push(format!("list {}", members.join(" ")));
                }
                Output::CallBegan(..) | Output::CallAnswered(_) | Output::CallEnded(..) => {}
            }
        }
    }

    fn route_line(&self, message: &RouteMessage) -> String {
        match message {
            RouteMessage::Request(request) => {
                format!("RouteRequest {} from {}", self.name(request.call), request.calling.number)
            }
            RouteMessage::ReRoute { not_permitted, .. } => format!("ReRoute {not_permitted}"),
            RouteMessage::Used { used, .. } => format!("RouteUsed {}", used.number),
            RouteMessage::End { error, .. } => format!("RouteEnd {error:?}"),
            RouteMessage::Abort(_) => "RouteRegisterAbort".into(),
        }
    }

    fn response_line(&self, result: &Result<Response, Refusal>) -> String {
        match result {
            Ok(Response::Done) => "= done".into(),
            Ok(Response::Recording(name)) => format!("= {name}"),
            Ok(Response::Registered(_)) => "= registered".into(),
            Ok(Response::Monitor { monitor }) => format!("= monitor {monitor}"),
            Ok(Response::Call(connection)) => format!("= call {}", self.name(*connection)),
            Ok(Response::Merged { call, connections }) => {
                format!("= merged {}:{}", self.name(*call), self.merged(connections))
            }
            Ok(Response::Snapshot(snapshot)) => {
                let connections = snapshot.connections.iter().map(|c| {
                    let states: Vec<String> =
                        c.states.iter().map(|state| format!("{state:?}").to_lowercase()).collect();
                    format!(" {} {} {}", self.name(c.connection), states.join("/"), c.endpoint.number)
                });
                format!("= snapshot{}", connections.collect::<String>())
            }
            Ok(Response::Forwarding(forwarding)) => {
                let to = |kind| forwarding.get(kind).map_or("-", |forward| forward.number.as_str());
                let [immediate, busy, no_answer] = ForwardingType::ALL.map(to);
                format!("= forwarding {immediate} {busy} {no_answer}/{:?}", forwarding.no_answer_timeout)
            }
            Ok(Response::CallSnapshot(snapshot)) => {
                let connections = snapshot.connections.iter().map(|own| {
                    let state = format!("{:?}", own.state).to_lowercase();
                    format!(" {} {state} {}", self.name(own.connection), own.party.number)
                });
                format!("= in call{}", connections.collect::<String>())
            }
            Ok(Response::IsOn(on)) => format!("= {on}"),
            Ok(Response::AutoAnswer(rings)) => format!("= auto answer {rings:?}"),
            Ok(Response::LastNumber(number)) => format!("= last number {number}"),
            Ok(Response::DoNotDisturb(on)) => format!("= do not disturb {on}"),
            Ok(Response::WaitsFor(device)) => format!("= waits for {}", self.number(*device)),
            Ok(Response::CallBacks(waiting)) => {
                let pair = |(from, to): &(DeviceId, DeviceId)| {
                    format!(" {} for {}", self.number(*from), self.number(*to))
                };
                format!("= waiting{}", waiting.iter().map(pair).collect::<String>())
            }
            Ok(Response::Phones(phones)) => format!("= phones {phones:?}"),
            Err(refusal) => format!("= refused {refusal:?}"),
        }
    }

    fn event_line(&self, event: &Event, state: &str) -> String {
        match event {
            Event::Call(event) => {
                let number = |label: &str, party: Option<&Party>| {
                    party.map(|party| format!(" {label} {}", party.number)).unwrap_or_default()
                };
                let (by, to) =
                    (number("by", event.last_redirection()), number("to", event.new_destination()));
                let name = self.name(event.connection);
                if event.kind == CallEventKind::DigitsDialed {
                    return format!("DigitsDialed {name} {state} {}", event.called.number);
                }
                format!("{:?} {name} {state} {:?}{by}{to}", event.kind, event.cause)
            }
            Event::Forwarding(event) => {
                let to = event.number.as_deref().unwrap_or("nowhere");
                let after =
                    event.no_answer_timeout.map(|after| format!(" after {after:?}")).unwrap_or_default();
                format!("Forwarding {:?} to {to}{after}", event.kind)
            }
            Event::TakenAway(_) => "TakenAway".into(),
            Event::Media(event) => {
                let name = self.name(event.connection);
                match event.kind {
                    MediaEventKind::Requested => format!("MediaRequested {name} {}", event.codec),
                    MediaEventKind::Started { local, remote } => {
                        format!(
                            "MediaStarted {name} {} {}:{} {}:{}",
                            event.codec, local.ip, local.port, remote.ip, remote.port
                        )
                    }
                    MediaEventKind::StartedAtSocket => {
                        format!("MediaStarted {name} {} at its socket", event.codec)
                    }
                    MediaEventKind::Stopped => format!("MediaStopped {name}"),
                }
            }
            Event::DoNotDisturb { on, .. } => format!("DoNotDisturb {on}"),
            Event::Merge(event) => format!(
                "{:?} {} {} {state} by {} with {}:{}",
                self.kind(event),
                self.name(event.primary_old),
                event.secondary_old.map_or_else(|| "-".into(), |old| self.name(old)),
                event.by.number,
                event.added.number,
                self.merged(&event.connections),
            ),
            Event::DigitsGenerated(event) => {
                format!("DigitsGenerated {} {}", self.name(event.connection), event.digits)
            }
            Event::TonesGenerated(event) => {
                format!("TonesGenerated {} {:?}", self.name(event.connection), event.tone)
            }
            Event::Sound(event) => {
                let (name, at) = (self.name(event.connection), event.position);
                format!("{:?} {name} {} at {at:?} {:?}", event.kind, event.message, event.cause)
            }
            Event::AutoAnswer(_, rings) => format!("AutoAnswer {rings:?}"),
            Event::CallInformation(event) => {
                format!("CallInformation {} {:?}", self.name(event.connection), event.data.correlator)
            }
            Event::CallCleared(event) => {
                format!("CallCleared {} {:?}", self.name(event.connection), event.cause)
            }
            Event::MessageWaiting(_, on) => format!("MessageWaiting {on}"),
            Event::CallBack { originating, target, on } => {
                format!("CallBack {} for {} {on}", self.number(*originating), self.number(*target))
            }
            Event::MicrophoneMute(_, off) => format!("MicrophoneMute {off}"),
            Event::ButtonPress { key, .. } => format!("ButtonPress {key:?}"),
            Event::Hookswitch { on_hook, .. } => {
                format!("Hookswitch {}", if *on_hook { "on-hook" } else { "off-hook" })
            }
            Event::LampMode { lamp, shows, .. } => format!("LampMode {lamp:?} {shows:?}"),
            Event::DisplayUpdated { rows, .. } => format!("DisplayUpdated {}", rows.join(" | ")),
            Event::BackInService(_) => "BackInService".into(),
            Event::OutOfService(_) => "OutOfService".into(),
        }
    }

    fn kind(&self, event: &crate::MergeEvent) -> crate::EventKind {
        Event::Merge(Box::new(event.clone())).kind()
    }

    fn merged(&self, connections: &[crate::MergedConnection]) -> String {
        let one = |c: &crate::MergedConnection| {
            let was = c.old.map_or_else(|| "new".to_owned(), |old| format!("was {}", self.name(old)));
            format!(" {} {was}", self.name(c.new))
        };
        connections.iter().map(one).collect()
    }

    fn name(&self, connection: ConnectionId) -> String {
        format!("{}/{}", connection.call, self.number(connection.device))
    }

    fn number(&self, device: DeviceId) -> &str {
        self.switch.lines().device(device).unwrap().number()
    }
}

/// `201 Alice`.
pub(super) fn party(party: &Party) -> String {
    format!("{} {}", party.number, party.name).trim_end().to_owned()
}

/// What a user hears in a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hears {
    Nobody,
    Device,
    /// So many parties, himself among them.
    Mix(usize),
    Music,
    RingBack,
    /// What is sent to a group.
    Group,
}

/// Where the media engine receives for a leg.
pub(super) fn engine(leg: LegId) -> MediaAddress {
    MediaAddress::v4(Ipv4Addr::new(10, 0, 0, 9), 20_000 + leg.0 as u16)
}

/// A receiver on this port of 10.0.0.1.
pub(super) fn receiver(port: u16) -> MediaAddress {
    MediaAddress::v4(Ipv4Addr::new(10, 0, 0, 1), port)
}

/// What becomes of an order about a sound: every message takes three seconds, but one that does not exist.
fn report(order: SoundOrder) -> Option<SoundReport> {
    let length = Duration::from_secs(3);
    Some(match order {
        SoundOrder::Message(name) | SoundOrder::Delete(name) if name == "missing" => SoundReport::Unknown,
        SoundOrder::Message(name) | SoundOrder::Delete(name) => SoundReport::Ready { name, length },
        SoundOrder::Recording => SoundReport::Ready { name: "recording-1".into(), length: Duration::ZERO },
        SoundOrder::Tone(_) | SoundOrder::Close => return None,
    })
}
