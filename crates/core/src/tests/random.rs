//! Anybody does anything: seeded random keys, requests, faults and time, and after each step what must always hold.
//!
//! A failure prints the seed, the step and the last inputs.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::bench::{Bench, line, receiver, station, tagged};
use crate::{
    CallEvent, CallEventKind, CallId, Calls, CallsTo, Change, Channels, Codec, CodecSet, Connection,
    ConnectionId, ConnectionState, ConsultPurpose, DeviceId, DiversionReason, Event, EventCause, EventKind,
    Forward, ForwardingType, Input, Key, LineId, MediaPlan, MergeEvent, Notification, Request, Settings,
    StationId, StationInput, Switch, Timeouts,
    cti::{EventFilter, MonitorId},
    station::Registration,
};

const STEPS: u32 = 40_000;
const SEEDS: [u64; 5] = [1, 2, 3, 4, 5];

#[test]
fn whatever_happens_the_invariants_hold() {
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        let mut run = Run::new(seed);
        for step in 0..STEPS {
            run.step();
            if let Err(broken) = run.check() {
                panic!("seed {seed}, step {step}: {broken}\nlast inputs:\n{}", run.history());
            }
            if step % 5_000 == 4_999 {
                run.everybody_leaves();
            }
        }
        seen.append(&mut run.seen);
    }
    // Every event with every cause it can have; a run that reaches less tests less.
    assert!(seen.len() >= 34, "{seen:#?}");
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let outputs = |seed| {
        let mut run = Run::new(seed);
        (0..2_000).for_each(|_| run.step());
        run.bench.outputs()
    };
    assert_eq!(outputs(11), outputs(11));
    assert_ne!(outputs(11), outputs(12));
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn number(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.number(count) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Single, dual and octo lines; shared ones, one twice on a phone, one number on two lines, overlaps, a wildcard.
/// Conferences of three to five, calls that come back and that do not, by the seed.
fn varied_office(seed: u64) -> Settings {
    let mut lines = vec![
        line("201", "Single", Channels::Single),
        line("202", "Dual", Channels::Dual),
        line("203", "Octo", Channels::Octo),
        line("2031", "Overlap", Channels::Single),
        line("204", "First", Channels::Dual),
        line("204", "Second", Channels::Single),
        line("30.", "Pattern", Channels::Octo),
    ];
    lines[1].secondary = Some("299".into());
    lines[4].huntstop = false;
    lines[5].preference = 1;
    lines[6].cti_watch = false;
    lines[1].forwarding.busy = Some(Forward { number: "204".into(), calls_to: CallsTo::Secondary });
    lines[2].forwarding.no_answer = Some(Forward::to("201"));
    lines[2].forwarding.no_answer_timeout = Duration::from_secs(4);
    lines[4].forward_max_length = Some(3);
    let mut stations = vec![
        station("a", &[0]),
        station("b", &[1]),
        station("c", &[2, 0]),
        station("d", &[3, 1, 3]),
        station("e", &[4, 2]),
        station("f", &[5, 6]),
    ];
    stations[0].speed_dials = vec![("202".into(), "Dual".into()), ("20".into(), "Half".into())];
    stations[3].off_hook_by_command = false;
    stations[4].keep_conference = true;
    let transfer_recall = seed.is_multiple_of(2).then(|| Duration::from_secs(8));
    Settings {
        lines,
        stations,
        timeouts: Timeouts { transfer_recall, ..Timeouts::default() },
        max_redirects: 3,
        max_calls: 9,
        max_conference_members: 3 + (seed % 3) as usize,
        seed: 99,
        ..Settings::default()
    }
}

/// What a watcher of one device has been told so far.
#[derive(Default)]
struct Told {
    /// The calls that the device is in.
    calls: BTreeMap<CallId, Heard>,
    out_of_service: bool,
}

/// What the watcher has heard of one call.
#[derive(Default, Debug)]
struct Heard {
    /// The state of the device's own connection by the last event.
    local: Option<ConnectionState>,
    /// How many connections of each device it knows of.
    open: BTreeMap<DeviceId, usize>,
    /// The device was called, so that it does not know who was in the call before.
    came_later: bool,
    /// Connections that it did not know of and that have ended.
    ended: BTreeSet<DeviceId>,
}

const PURPOSES: [ConsultPurpose; 4] = [
    ConsultPurpose::Transfer,
    ConsultPurpose::BlindTransfer,
    ConsultPurpose::Conference,
    ConsultPurpose::Any,
];

struct Run {
    seed: u64,
    bench: Bench,
    random: Random,
    told: BTreeMap<MonitorId, (DeviceId, Told)>,
    extra_monitors: Vec<MonitorId>,
    history: VecDeque<String>,
    refused: bool,
    /// What was reported, and why.
    seen: BTreeSet<(EventKind, EventCause)>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let bench = Bench::with(varied_office(seed));
        let cti = bench.switch.cti();
        let monitors = cti.session(bench.session).unwrap().monitors();
        let told = monitors.map(|id| (id, (cti.monitor(id).unwrap().device(), Told::default()))).collect();
        Run {
            seed,
            bench,
            random: Random(seed),
            told,
            extra_monitors: Vec::new(),
            history: VecDeque::new(),
            refused: false,
            seen: BTreeSet::new(),
        }
    }

    fn history(&self) -> String {
        self.history.iter().map(|line| format!("  {line}\n")).collect()
    }

    fn note(&mut self, what: String) {
        if self.history.len() == 40 {
            self.history.pop_front();
        }
        self.history.push_back(what);
    }

    fn step(&mut self) {
        self.refused = false;
        match self.random.number(61) {
            60 => self.configure(),
            0..=35 => {
                let station = self.any_station();
                let input = StationInput::Key(self.key(station));
                self.station(station, input);
            }
            36..=44 => self.request(),
            45..=50 => self.media(),
            51..=53 => self.registration(),
            _ => self.time(),
        }
    }

    fn station(&mut self, station: StationId, input: StationInput) {
        self.note(format!("station {} {input:?}", station.index()));
        self.bench.station(station, input);
    }

    fn any_station(&mut self) -> StationId {
        StationId(self.random.number(6))
    }

    fn any_device(&mut self) -> DeviceId {
        DeviceId(self.random.number(6))
    }

    /// One that lives, or once in a while one that does not.
    fn any_connection(&mut self) -> ConnectionId {
        let living: Vec<ConnectionId> = connections(&self.bench.switch).map(Connection::id).collect();
        if living.is_empty() || self.random.one_in(12) {
            let last = self.bench.switch.calls().last().map_or(0, CallId::number);
            let call = CallId::from_number(last.saturating_sub(self.random.number(4)));
            return ConnectionId { call, device: self.any_device() };
        }
        self.random.pick(&living)
    }

    /// A held connection and another one of the device, or once in a while two that do not fit.
    fn two_connections(&mut self) -> (ConnectionId, ConnectionId) {
        let all: Vec<&Connection> = connections(&self.bench.switch).collect();
        let held = all.iter().filter(|own| own.state() == ConnectionState::Hold);
        let pairs: Vec<(ConnectionId, ConnectionId)> = held
            .flat_map(|held| {
                let others = all.iter().filter(|other| other.device() == held.device());
                others.filter(|other| other.call() != held.call()).map(|other| (held.id(), other.id()))
            })
            .collect();
        if pairs.is_empty() || self.random.one_in(12) {
            return (self.any_connection(), self.any_connection());
        }
        self.random.pick(&pairs)
    }

    /// Zero, one of a call that the station shows, or one that it does not.
    fn reference(&mut self, station: StationId) -> u32 {
        let shown = self.bench.switch.station_view(station);
        match self.random.number(8) {
            0 => {
                let newest = connections(&self.bench.switch).map(Connection::reference).max();
                newest.unwrap_or_default().saturating_sub(self.random.number(6))
            }
            1..=3 if !shown.appearances.is_empty() => {
                let place = self.random.below(shown.appearances.len());
                shown.appearances[place].reference
            }
            _ => 0,
        }
    }

    fn any_number(&mut self) -> &'static str {
        const NUMBERS: [&str; 14] =
            ["201", "202", "203", "2031", "204", "299", "301", "302", "20", "", "999", "203;", "2;", "30x5#"];
        self.random.pick(&NUMBERS)
    }

    fn key(&mut self, station: StationId) -> Key {
        let line = if self.random.one_in(2) { 0 } else { self.random.number(5) };
        let reference = self.reference(station);
        match self.random.number(29) {
            0..=1 => Key::OffHook { line, reference },
            2 => Key::OnHook { line, reference },
            3..=4 => Key::Line { line },
            5 => Key::NewCall { line },
            6..=8 => Key::Answer { line, reference },
            9 => Key::EndCall { line, reference },
            10 => Key::Hold { line, reference },
            11..=12 => Key::Resume { line, reference },
            13 if self.random.one_in(2) => Key::HookFlash,
            13 => Key::HoldOrResume,
            14..=16 => Key::Digit(self.random.pick(&['2', '0', '3', '0', '1', '4', '9', '#', 'x'])),
            17 => Key::Backspace,
            18 => Key::Dial,
            19..=21 => Key::Enbloc { line, number: self.any_number().into() },
            22 => Key::Redial { line },
            23 => Key::ForwardAll { line },
            24..=25 => Key::Transfer { line, reference },
            26..=27 => Key::Conference { line, reference },
            _ => Key::SpeedDial { instance: self.random.number(4) },
        }
    }

    fn request(&mut self) {
        let request = match self.random.number(28) {
            0..=4 => {
                let called = self.any_number().into();
                Request::MakeCall { calling: self.any_device(), called, prompt: self.random.one_in(3) }
            }
            5..=7 => Request::AnswerCall(self.any_connection()),
            8 => Request::ClearConnection(self.any_connection()),
            9 => Request::HoldCall(self.any_connection()),
            10..=11 => Request::RetrieveCall(self.any_connection()),
            12 => Request::SnapshotDevice { device: self.any_device() },
            16..=17 => self.forward(),
            18 => Request::GetForwarding { device: self.any_device() },
            19..=21 => Request::ConsultationCall {
                existing: self.any_connection(),
                consulted: self.any_number().into(),
                purpose: self.random.pick(&PURPOSES),
            },
            22..=23 => {
                let (held, active) = self.two_connections();
                Request::TransferCall { held, active }
            }
            24..=25 => {
                let (held, active) = self.two_connections();
                Request::ConferenceCall { held, active }
            }
            26..=27 => Request::DeflectCall {
                connection: self.any_connection(),
                destination: self.any_number().into(),
            },
            13 => Request::MonitorStart { device: self.any_device(), filter: EventFilter::NONE },
            _ => match self.extra_monitors.pop() {
                Some(monitor) => Request::MonitorStop { monitor },
                None => Request::MonitorStop { monitor: MonitorId::from_number(0) },
            },
        };
        self.note(format!("{request:?}"));
        match self.bench.request(request) {
            Ok(crate::Response::Monitor { monitor }) => self.extra_monitors.push(monitor),
            Ok(_) => {}
            Err(_) => self.refused = true,
        }
    }

    fn forward(&mut self) -> Request {
        let (device, kind) = (self.any_device(), self.random.pick(&ForwardingType::ALL));
        if self.random.one_in(3) {
            return Request::DeactivateForwarding { device, kind };
        }
        let number = Some(self.any_number().into());
        let no_answer_timeout = Some(Duration::from_secs(u64::from(2 + self.random.number(9))));
        Request::ActivateForwarding { device, kind, number, no_answer_timeout }
    }

    fn media(&mut self) {
        let station = self.any_station();
        let reference = self.reference(station);
        let port = self.random.number(4) as u16;
        let input = match self.random.number(12) {
            0 => StationInput::CannotReceive(reference),
            1 => StationInput::Capabilities(self.any_codecs()),
            _ => StationInput::Receiving(reference, receiver(port)),
        };
        self.station(station, input);
    }

    fn any_codecs(&mut self) -> CodecSet {
        Codec::ALL.into_iter().filter(|_| self.random.one_in(2)).collect()
    }

    /// A line or a phone is removed, comes again, or gets another name, number or other buttons.
    fn configure(&mut self) {
        let settings = tagged(varied_office(self.seed));
        let mut line = settings.lines[self.random.below(settings.lines.len())].clone();
        let place = self.random.below(settings.stations.len());
        let mut station = settings.stations[place].clone();
        let change = match self.random.number(10) {
            0 => Change::RemoveLine(line.tag),
            1 => Change::RemoveStation(station.tag),
            2 => {
                station.buttons = settings.stations[(place + 1) % settings.stations.len()].buttons.clone();
                Change::Station(station)
            }
            3 => {
                line.number = "205".into();
                Change::Line(line)
            }
            4 => {
                line.name = "Renamed".into();
                Change::Line(line)
            }
            5..=7 => Change::Station(station),
            _ => Change::Line(line),
        };
        self.note(format!("{change:?}"));
        self.bench.handle(Input::Configure(change));
    }

    /// The configuration is again what it was.
    fn configure_as_before(&mut self) {
        let settings = tagged(varied_office(self.seed));
        for line in settings.lines {
            self.bench.handle(Input::Configure(Change::Line(line)));
        }
        for station in settings.stations {
            self.bench.handle(Input::Configure(Change::Station(station)));
        }
    }

    fn registration(&mut self) {
        let station = self.any_station();
        let input = match self.random.number(8) {
            0 => StationInput::Unregister,
            1 => StationInput::Lost,
            2 => {
                let rate = self.random.one_in(5).then(|| self.random.number(3));
                self.note(format!("call rate {rate:?}"));
                return self.bench.handle(Input::CallRate(rate));
            }
            _ => StationInput::Register(self.any_codecs()),
        };
        self.station(station, input);
    }

    fn time(&mut self) {
        let next = self.bench.switch.poll_timeout();
        let span = match next {
            Some(next) if self.random.one_in(4) => next.since(self.bench.now),
            _ => Duration::from_millis(u64::from(self.random.number(4_000))),
        };
        self.note(format!("{span:?} pass"));
        self.bench.pass(span);
    }

    /// Without phones there is nothing; then they come back.
    fn everybody_leaves(&mut self) {
        let stations: Vec<StationId> = self.bench.switch.stations().iter().map(|(id, _)| id).collect();
        self.refused = false;
        self.bench.handle(Input::CallRate(None));
        for station in &stations {
            self.station(*station, StationInput::Unregister);
        }
        self.bench.expect_nothing_left();
        self.check().unwrap();
        self.configure_as_before();
        for (_, told) in self.told.values() {
            assert!(told.calls.is_empty(), "a monitor was not told of an end: {:?}", told.calls);
            assert!(told.out_of_service);
        }
        let stations: Vec<StationId> = self.bench.switch.stations().iter().map(|(id, _)| id).collect();
        assert_eq!(stations.len(), 6);
        for station in stations {
            self.station(station, StationInput::Register(CodecSet::EMPTY));
        }
        self.check().unwrap();
    }

    fn check(&mut self) -> Result<(), String> {
        self.events_tell_a_story()?;
        let switch = &self.bench.switch;
        calls_are_going_somewhere(switch)?;
        connections_are_listed(switch)?;
        media_flows_only_in_conversations(switch)?;
        stations_are_in_one_call(switch)?;
        timers_belong_to_something(switch)?;
        diversions_end(switch)?;
        for (id, station) in switch.stations().iter() {
            let shown = &self.bench.shown[id.index()];
            let fresh = switch.station_view(id);
            if station.is_registered() && *shown != fresh {
                return Err(format!("station {} shows {shown:?}\nand should show {fresh:?}", id.index()));
            }
        }
        Ok(())
    }

    /// What each standing monitor was told is a legal sequence, and agrees with the calls that are there.
    fn events_tell_a_story(&mut self) -> Result<(), String> {
        let events = std::mem::take(&mut self.bench.events);
        if self.refused && !events.is_empty() {
            return Err(format!("a refused request had consequences: {events:?}"));
        }
        for (monitor, Notification { device, local_state, event }) in events {
            match &event {
                Event::Call(call) => drop(self.seen.insert((event.kind(), call.cause))),
                Event::Merge(merge) => drop(self.seen.insert((event.kind(), merge.cause))),
                _ => {}
            }
            let Some((_, told)) = self.told.get_mut(&monitor) else { continue };
            told.hear(device, &event, local_state).map_err(|broken| format!("{broken}: {event:?}"))?;
        }
        for (device, told) in self.told.values() {
            told.agrees_with(&self.bench.switch, *device)?;
        }
        Ok(())
    }
}

impl Told {
    fn hear(&mut self, device: DeviceId, event: &Event, local: ConnectionState) -> Result<(), &'static str> {
        match event {
            Event::Call(event) => self.hear_call(device, event, local),
            Event::BackInService(_) if !self.out_of_service => Err("in service already"),
            Event::OutOfService(_) if self.out_of_service => Err("out of service already"),
            Event::BackInService(_) | Event::OutOfService(_) => {
                self.out_of_service = !self.out_of_service;
                Ok(())
            }
            Event::Forwarding(event) if event.device != device => Err("forwarding of another device"),
            Event::Forwarding(_) => Ok(()),
            Event::Merge(event) => self.hear_merge(device, event, local),
        }
    }

    fn hear_call(
        &mut self,
        device: DeviceId,
        event: &CallEvent,
        local: ConnectionState,
    ) -> Result<(), &'static str> {
        use CallEventKind::*;
        let (call, subject) = (event.connection.call, event.connection.device);
        let own = subject == device;
        match event.kind {
            ServiceInitiated if !own || self.calls.contains_key(&call) => {
                return Err("begun before, or by another");
            }
            ServiceInitiated => drop(self.calls.insert(call, Heard::default())),
            Delivered if own && !self.calls.contains_key(&call) => {
                self.calls.insert(call, Heard { came_later: true, ..Heard::default() });
            }
            // The call may leave a device at which it never rang.
            Diverted if own && !self.calls.contains_key(&call) => {
                return if local == ConnectionState::Null {
                    Ok(())
                } else {
                    Err("in a call of which it has left")
                };
            }
            _ => {}
        }
        let heard = self.calls.get_mut(&call).ok_or("the device is not in the call")?;
        match event.kind {
            ServiceInitiated | Delivered => *heard.open.entry(subject).or_default() += 1,
            Established | Held | Retrieved | Originated => heard.learn(subject)?,
            ConnectionCleared => heard.end(subject)?,
            // Who hears a tone is alone in the call, and leaves it later.
            Failed if own => {}
            Diverted | Failed => drop(heard.end_if_known(subject)),
        }
        heard.local = Some(local);
        if local == ConnectionState::Null {
            self.calls.remove(&call);
            if !own {
                return Err("only the end of its own connection takes a device out of a call");
            }
        }
        Ok(())
    }

    fn hear_merge(
        &mut self,
        device: DeviceId,
        event: &MergeEvent,
        local: ConnectionState,
    ) -> Result<(), &'static str> {
        let old = [event.primary_old.call, event.secondary_old.call];
        let known: Vec<Heard> = old.iter().filter_map(|call| self.calls.remove(call)).collect();
        if known.is_empty() {
            return Err("calls of others were joined");
        }
        let stays = event.connections.iter().any(|connection| connection.new.device == device);
        match (stays, local) {
            (false, ConnectionState::Null) if event.by.device == Some(device) => return Ok(()),
            (false, _) => return Err("the device is not among the connections"),
            (true, ConnectionState::Null) => return Err("the device is among the connections and has left"),
            (true, _) => {}
        }
        let mut heard = Heard { local: Some(local), ..Heard::default() };
        for connection in &event.connections {
            *heard.open.entry(connection.new.device).or_default() += 1;
        }
        self.calls.insert(event.call, heard);
        Ok(())
    }

    fn agrees_with(&self, switch: &Switch, device: DeviceId) -> Result<(), String> {
        let own: Vec<&Connection> = connections(switch).filter(|own| own.device() == device).collect();
        let calls: BTreeSet<CallId> = own.iter().map(|own| own.call()).collect();
        let present = |station: &StationId| switch.stations()[*station].is_present();
        let mut lines = switch.lines().of_device(device);
        if self.out_of_service == lines.any(|(_, line)| line.stations().iter().any(present)) {
            return Err(format!("{device:?} is out of service: {}", self.out_of_service));
        }
        if !calls.iter().eq(self.calls.keys()) {
            return Err(format!("told of {:?}, but {device:?} is in {calls:?}", self.calls));
        }
        for (call, heard) in &self.calls {
            let mut states = own.iter().filter(|own| own.call() == *call).map(|own| own.state());
            if !states.any(|state| heard.local == Some(state)) {
                return Err(format!("told {heard:?}, but {device:?} is {own:?}"));
            }
            heard.agrees_with(switch.calls(), *call)?;
        }
        Ok(())
    }
}

impl Heard {
    /// A connection that is there.
    fn learn(&mut self, device: DeviceId) -> Result<(), &'static str> {
        if self.open.get(&device).is_none_or(|count| *count == 0) {
            if !self.came_later {
                return Err("never begun");
            }
            self.open.insert(device, 1);
        }
        Ok(())
    }

    fn end(&mut self, device: DeviceId) -> Result<(), &'static str> {
        if self.end_if_known(device) {
            return Ok(());
        }
        match self.came_later && self.ended.insert(device) {
            true => Ok(()),
            false => Err("a connection that never began, or has ended, ends"),
        }
    }

    fn end_if_known(&mut self, device: DeviceId) -> bool {
        let count = self.open.get_mut(&device).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    fn agrees_with(&self, calls: &Calls, call: CallId) -> Result<(), String> {
        let mut there: BTreeMap<DeviceId, usize> = BTreeMap::new();
        calls.connections(call).for_each(|connection| *there.entry(connection.device()).or_default() += 1);
        for (device, count) in &self.open {
            if there.remove(device).unwrap_or_default() < *count {
                return Err(format!("{device:?} has left {call}, which nobody was told: {self:?}"));
            }
        }
        match there.is_empty() || self.came_later {
            true => Ok(()),
            false => Err(format!("{there:?} came to {call}, which nobody was told: {self:?}")),
        }
    }
}

fn connections(switch: &Switch) -> impl Iterator<Item = &Connection> {
    switch.calls().iter().flat_map(|call| switch.calls().connections(call.id()))
}

/// Nobody waits alone or for ever, and what rings has a timer of its own.
fn calls_are_going_somewhere(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    for call in calls.iter() {
        let members: Vec<&Connection> = calls.connections(call.id()).collect();
        let ends = |own: &&Connection| own.deadline.is_some();
        let waits = |own: &&Connection| own.state() == ConnectionState::Initiated || own.failure().is_some();
        match members.as_slice() {
            [] => return Err(format!("nobody is in {call:?}")),
            [only] if !waits(only) => return Err(format!("somebody is alone in {call:?}")),
            _ => {}
        }
        if let [one, other] = members.as_slice()
            && one.is_incoming() == other.is_incoming()
        {
            return Err(format!("nobody placed the call or nobody was called: {call:?}"));
        }
        if members.len() > 1 && members.iter().any(waits) {
            return Err(format!("somebody dials or hears a tone while others are in {call:?}"));
        }
        if members.iter().all(|own| own.alerting().is_some()) {
            return Err(format!("nobody calls in {call:?}"));
        }
        if !members.iter().any(|own| calls.is_established(own.key())) && !members.iter().any(ends) {
            return Err(format!("nothing ends {call:?}"));
        }
        if let Some(own) = members.iter().find(|own| own.alerting().is_some() != own.station().is_none()) {
            return Err(format!("at no phone, or at one too early: {own:?}"));
        }
        if let Some(own) = members.iter().find(|own| (own.alerting().is_some() || waits(own)) && !ends(own)) {
            return Err(format!("nothing ends {own:?}"));
        }
        let controls = |key| members.iter().any(|own| own.key() == key);
        if call.conference_controller().is_some_and(|key| members.len() < 3 || !controls(key)) {
            return Err(format!("no conference: {call:?}"));
        }
        if members.len() > switch.settings().max_conference_members {
            return Err(format!("too many members: {call:?}"));
        }
    }
    match calls.len() > switch.settings().max_calls {
        true => Err("more calls than allowed".into()),
        false => Ok(()),
    }
}

/// Each connection is listed once in its call and once at its line, and no line has more than it can.
fn connections_are_listed(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    let mut at_lines = 0;
    for line in (0..7).map(LineId) {
        let keys = calls.at_line(line);
        at_lines += keys.len();
        let blind =
            |key| calls.connection(key).unwrap().consult_purpose() == Some(ConsultPurpose::BlindTransfer);
        let count = keys.iter().filter(|key| !blind(**key)).count();
        if count > switch.lines()[line].settings().channels.count() {
            return Err(format!("too many calls on {line:?}"));
        }
        if let Some(key) = keys.iter().find(|key| calls.connection(**key).unwrap().line() != line) {
            return Err(format!("{line:?} lists {key:?}, which is elsewhere"));
        }
    }
    let all: Vec<&Connection> = connections(switch).collect();
    let different: BTreeSet<_> = all.iter().map(|own| own.key()).collect();
    match at_lines == all.len() && different.len() == all.len() {
        true => Ok(()),
        false => Err(format!("{at_lines} connections at lines, but {all:?}")),
    }
}

/// A device receives only in a conversation of two, and hears somebody in its own call or a source.
fn media_flows_only_in_conversations(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    for own in connections(switch) {
        let (key, plan) = (own.key(), calls.media_plan(own.call()));
        let streams = matches!(plan, MediaPlan::Direct(one, other) if key == one || key == other);
        if own.receives_at().is_some() && !streams {
            return Err(format!("media without a conversation: {own:?}"));
        }
        let mixed = matches!(&plan, MediaPlan::Mixed(parties) if parties.contains(&key));
        if (streams || mixed) != (calls.is_talking(key) && own.failure().is_none()) {
            return Err(format!("{plan:?} in the call of {own:?}"));
        }
    }
    Ok(())
}

/// No device forwards a call twice, and no call is diverted for ever.
fn diversions_end(switch: &Switch) -> Result<(), String> {
    for call in switch.calls().iter() {
        let Some(redirection) = call.redirection() else { continue };
        let forwarded =
            redirection.diversions().filter(|d| matches!(d.reason, DiversionReason::Forwarded(_)));
        let by: Vec<DeviceId> = forwarded.map(|diversion| diversion.device).collect();
        let different: BTreeSet<&DeviceId> = by.iter().collect();
        let recalls = redirection.diversions().filter(|d| d.reason == DiversionReason::Recalled).count();
        if different.len() < by.len() || redirection.count() > switch.settings().max_redirects + recalls {
            return Err(format!("a call goes round and round: {call:?}"));
        }
    }
    Ok(())
}

fn stations_are_in_one_call(switch: &Switch) -> Result<(), String> {
    let mut active = BTreeSet::new();
    for own in connections(switch) {
        let Some(station) = own.station() else { continue };
        if switch.stations()[station].registration == Registration::Unregistered {
            return Err(format!("a phone that is gone is in {own:?}"));
        }
        if !switch.stations()[station].lines().any(|line| line == own.line()) {
            return Err(format!("station {} does not show the line of {own:?}", station.index()));
        }
        if own.is_active() && !active.insert(station) {
            return Err(format!("station {} is active twice", station.index()));
        }
    }
    Ok(())
}

fn timers_belong_to_something(switch: &Switch) -> Result<(), String> {
    let stations = switch.stations().iter();
    let lost = stations.filter(|(_, s)| matches!(s.registration, Registration::Lost(_))).count();
    let waiting = connections(switch).filter(|connection| connection.deadline.is_some()).count();
    if switch.timer_count() > waiting + lost {
        return Err(format!("{} timers for {waiting} connections, {lost} phones", switch.timer_count()));
    }
    Ok(())
}
