//! Anybody does anything: seeded random keys, requests, faults and time, and after each step what must always hold.
//!
//! A failure prints the seed, the step and the last inputs.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use super::bench::{Bench, line, receiver, station};
use crate::{
    Call, CallEvent, CallEventKind, CallId, CallsTo, Channels, Codec, CodecSet, Connection, ConnectionId,
    ConnectionState, DeviceId, Event, EventCause, EventKind, Forward, ForwardingType, Input, Key,
    Notification, Request, Settings, StationId, StationInput, Switch,
    cti::{EventFilter, MonitorId},
    station::Presence,
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
    assert_eq!(seen.len(), 25, "{seen:#?}");
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
fn varied_office() -> Settings {
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
    Settings { lines, stations, max_redirects: 3, max_calls: 9, seed: 99, ..Settings::default() }
}

/// What a watcher of one device has been told so far.
#[derive(Default)]
struct Told {
    open: BTreeSet<ConnectionId>,
    ended: BTreeSet<ConnectionId>,
    /// The state of the device's own connection in each call, by the last event.
    local: BTreeMap<CallId, ConnectionState>,
    /// Calls that are over for the device.
    over: BTreeSet<CallId>,
    out_of_service: bool,
}

struct Run {
    bench: Bench,
    random: Random,
    /// By monitor and line: a monitor watches all lines with its device's number.
    told: BTreeMap<(MonitorId, DeviceId), Told>,
    extra_monitors: Vec<MonitorId>,
    history: VecDeque<String>,
    refused: bool,
    /// What was reported, and why.
    seen: BTreeSet<(EventKind, EventCause)>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let bench = Bench::with(varied_office());
        let monitors = bench.switch.session(bench.session).unwrap().monitors();
        let watched = |id| bench.switch.lines_of_number(bench.switch.monitor(id).unwrap().device());
        let told = monitors
            .flat_map(|id| watched(id).into_iter().map(move |line| ((id, line), Told::default())))
            .collect();
        Run {
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
        match self.random.number(20) {
            0..=11 => {
                let station = self.any_station();
                let input = StationInput::Key(self.key(station));
                self.station(station, input);
            }
            12..=14 => self.request(),
            15..=16 => self.media(),
            17 => self.presence(),
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
        DeviceId(self.random.number(7))
    }

    /// One that lives, or once in a while one that does not.
    fn any_connection(&mut self) -> ConnectionId {
        let living: Vec<ConnectionId> =
            connections(&self.bench.switch).map(|(call, c)| call.id_of(c.device)).collect();
        if living.is_empty() || self.random.one_in(12) {
            let call = CallId::from_number(self.bench.switch.last_call.saturating_sub(self.random.number(4)));
            return ConnectionId { call, device: self.any_device() };
        }
        self.random.pick(&living)
    }

    /// Zero, one of a call that the station shows, or one that it does not.
    fn reference(&mut self, station: StationId) -> u32 {
        let shown = self.bench.switch.station_view(station);
        match self.random.number(8) {
            0 => self.bench.switch.last_reference.saturating_sub(self.random.number(6)),
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
        match self.random.number(25) {
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
            _ => Key::SpeedDial { instance: self.random.number(4) },
        }
    }

    fn request(&mut self) {
        let request = match self.random.number(19) {
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

    fn presence(&mut self) {
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
        let stations: Vec<StationId> = self.bench.switch.stations().map(|(id, _)| id).collect();
        self.refused = false;
        self.bench.handle(Input::CallRate(None));
        for station in &stations {
            self.station(*station, StationInput::Unregister);
        }
        self.bench.expect_nothing_left();
        self.check().unwrap();
        for told in self.told.values() {
            assert!(told.local.is_empty() && told.open.is_empty(), "a monitor was not told of an end");
            assert!(told.out_of_service);
        }
        for station in stations {
            self.station(station, StationInput::Register(CodecSet::EMPTY));
        }
        self.check().unwrap();
    }

    fn check(&mut self) -> Result<(), String> {
        self.events_tell_a_story()?;
        let switch = &self.bench.switch;
        calls_and_lines_agree(switch)?;
        stations_are_in_one_call(switch)?;
        timers_belong_to_something(switch)?;
        forwarding_ends(switch)?;
        for (id, station) in switch.stations() {
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
            if let Event::Call(call) = &event {
                self.seen.insert((event.kind(), call.cause));
            }
            let Some(told) = self.told.get_mut(&(monitor, device)) else { continue };
            told.hear(device, &event, local_state).map_err(|broken| format!("{broken}: {event:?}"))?;
        }
        for ((_, device), told) in &self.told {
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
        }
    }

    fn hear_call(
        &mut self,
        device: DeviceId,
        event: &CallEvent,
        local: ConnectionState,
    ) -> Result<(), &'static str> {
        use CallEventKind::*;
        let id = event.connection;
        if self.over.contains(&id.call) {
            return Err("the call is over for this device");
        }
        if self.ended.contains(&id) {
            return Err("the connection has ended");
        }
        let caller = event.calling.device == Some(id.device);
        let known = self.open.contains(&id);
        match event.kind {
            ServiceInitiated if known || !caller => return Err("begun before, or by nobody"),
            Delivered if known || caller => return Err("rings already, or at the caller"),
            ServiceInitiated | Delivered => drop(self.open.insert(id)),
            // A call begins for its called party with the ringing; what its caller did before is not told there.
            Held | Retrieved | Originated if caller => drop(self.open.insert(id)),
            ConnectionCleared if caller => drop((self.open.remove(&id), self.ended.insert(id))),
            // The call may leave a line at which it never rang.
            Diverted if caller => return Err("the caller's line diverts its own call"),
            Diverted => drop((self.open.remove(&id), self.ended.insert(id))),
            Failed if caller => {}
            Failed => drop((self.open.remove(&id), self.ended.insert(id))),
            _ if !known => return Err("never begun"),
            ConnectionCleared => drop((self.open.remove(&id), self.ended.insert(id))),
            Established | Held | Retrieved | Originated => {}
        }
        if local == ConnectionState::Null {
            if id.device != device {
                return Err("only the end of its own connection takes a device out of a call");
            }
            self.open.retain(|other| other.call != id.call);
            self.ended.retain(|other| other.call != id.call);
            self.local.remove(&id.call);
            self.over.insert(id.call);
        } else {
            self.local.insert(id.call, local);
        }
        Ok(())
    }

    fn agrees_with(&self, switch: &Switch, device: DeviceId) -> Result<(), String> {
        let calls = switch.line(device).unwrap().calls();
        if calls.len() != self.local.len() {
            return Err(format!("told of {:?}, but {device:?} has {calls:?}", self.local));
        }
        for call in calls {
            let state = switch.call(*call).unwrap().state_of(device);
            if self.local.get(call) != Some(&state) {
                return Err(format!("told {:?}, but {device:?} is {state:?}", self.local.get(call)));
            }
        }
        Ok(())
    }
}

fn connections(switch: &Switch) -> impl Iterator<Item = (&Call, &Connection)> {
    switch.calls().flat_map(|call| call.connections().iter().map(move |connection| (call, connection)))
}

fn calls_and_lines_agree(switch: &Switch) -> Result<(), String> {
    for call in switch.calls() {
        let waiting = match call.connections() {
            [] => return Err(format!("nobody is in {call:?}")),
            [only] => match only.state {
                ConnectionState::Initiated | ConnectionState::Fail => true,
                ConnectionState::Connected if call.failure.is_some() => true,
                _ => return Err(format!("somebody is alone in {call:?}")),
            },
            _ => !call.is_established(),
        };
        if waiting && !call.connections().iter().any(|c| c.deadline.is_some()) {
            return Err(format!("nothing ends {call:?}"));
        }
    }
    for (call, own) in connections(switch) {
        let listed = switch.lines[own.device.index()].calls.iter().filter(|id| **id == call.id).count();
        if listed != 1 {
            return Err(format!("line {:?} lists {:?} {listed} times", own.device, call.id));
        }
        if own.receiving_at.is_some() && !call.is_talking(own.device) {
            return Err(format!("media without a conversation: {call:?}"));
        }
        if own.station.is_none() != (own.state == ConnectionState::Alerting) {
            return Err(format!("at no phone, or at one too early: {call:?}"));
        }
    }
    for (device, line) in switch.lines() {
        if line.calls().len() > line.settings().channels.count() {
            return Err(format!("too many calls on {device:?}"));
        }
        if line.calls().iter().any(|call| switch.connection(ConnectionId { call: *call, device }).is_none()) {
            return Err(format!("{device:?} lists a call that it is not in"));
        }
    }
    if switch.calls().count() > switch.settings().max_calls {
        return Err("more calls than allowed".into());
    }
    Ok(())
}

/// No line diverts a call twice, and no call is diverted for ever.
fn forwarding_ends(switch: &Switch) -> Result<(), String> {
    for call in switch.calls() {
        let Some(way) = call.redirection() else { continue };
        let by: BTreeSet<DeviceId> = way.diversions().map(|diversion| diversion.device).collect();
        if by.len() < way.count() || way.count() > switch.settings().max_redirects {
            return Err(format!("a call goes round and round: {call:?}"));
        }
    }
    Ok(())
}

fn stations_are_in_one_call(switch: &Switch) -> Result<(), String> {
    let mut active = BTreeSet::new();
    for (call, own) in connections(switch) {
        let Some(station) = own.station else { continue };
        if switch.stations[station.index()].presence == Presence::Unregistered {
            return Err(format!("a phone that is gone is in {call:?}"));
        }
        if own.is_active() && !call.is_prompting() && !active.insert(station) {
            return Err(format!("station {} is active twice", station.index()));
        }
    }
    Ok(())
}

fn timers_belong_to_something(switch: &Switch) -> Result<(), String> {
    let lost = switch.stations().filter(|(_, s)| matches!(s.presence, Presence::Lost(_))).count();
    let waiting = connections(switch).filter(|(_, connection)| connection.deadline.is_some()).count();
    if switch.timer_count() > waiting + lost {
        return Err(format!("{} timers for {waiting} connections, {lost} phones", switch.timer_count()));
    }
    Ok(())
}
