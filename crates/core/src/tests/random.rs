//! Anybody does anything: seeded random keys, requests, faults and time, and after each step what must always hold.
//!
//! A failure prints the seed, the step and the last inputs.

mod features;
mod rules;
mod told;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use self::{
    features::featured_office,
    rules::{
        calls_are_going_somewhere, connections, connections_are_listed, diversions_end,
        media_flows_only_in_conversations, stations_are_in_one_call, timers_belong_to_something,
    },
    told::Told,
};
use super::bench::{Bench, line, receiver, station, tagged};
use crate::{
    CallId, CallsTo, Change, Channels, Codec, CodecSet, Connection, ConnectionId, ConnectionState,
    ConsultPurpose, DeviceId, Event, EventCause, EventKind, Forward, ForwardingType, Input, Key,
    Notification, Request, Settings, StationId, StationInput, Timeouts,
    cti::{EventFilter, MonitorId},
};

const STEPS: u32 = 40_000;
const SEEDS: [u64; 5] = [3, 4, 8, 28, 1004];

/// The seeds of the runs: `SEEDS`, or as many other ones as `HOOKFLASH_RANDOM_SEEDS` says.
fn seeds() -> Vec<u64> {
    let wanted = std::env::var("HOOKFLASH_RANDOM_SEEDS").ok().and_then(|count| count.parse().ok());
    wanted.map_or(SEEDS.to_vec(), |count: u64| (1_000..1_000 + count).collect())
}

#[test]
fn whatever_happens_the_invariants_hold() {
    let mut seen = BTreeSet::new();
    for seed in seeds() {
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
    // (That a held call is cleared as blocked is too rare; the tests of transfers have it.)
    if seeds() == SEEDS {
        assert_eq!(seen.len(), 38, "{seen:#?}");
    }
}

#[test]
fn whatever_features_are_used_the_invariants_hold() {
    for seed in seeds() {
        let mut run = Run::with(seed, featured_office(seed));
        run.uses_features();
        for step in 0..STEPS / 2 {
            run.step();
            if let Err(broken) = run.check() {
                panic!("seed {seed}, step {step}: {broken}\nlast inputs:\n{}", run.history());
            }
            if step % 5_000 == 4_999 {
                run.everybody_leaves();
            }
        }
    }
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
    lines[4].secondary = Some("299".into());
    lines[1].huntstop = false;
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
    /// Whether features are used beside ordinary calls.
    features: bool,
    /// What was reported, and why.
    seen: BTreeSet<(EventKind, EventCause)>,
}

impl Run {
    fn new(seed: u64) -> Run {
        Run::with(seed, varied_office(seed))
    }

    fn with(seed: u64, settings: Settings) -> Run {
        let bench = Bench::with(settings);
        let cti = bench.switch.cti();
        let monitors = cti.session(bench.session).unwrap().monitors();
        let told =
            monitors.map(|id| (id, (cti.monitor(id).unwrap().device().unwrap(), Told::default()))).collect();
        Run {
            seed,
            bench,
            random: Random(seed),
            told,
            extra_monitors: Vec::new(),
            history: VecDeque::new(),
            refused: false,
            features: false,
            seen: BTreeSet::new(),
        }
    }

    fn office(&self) -> Settings {
        if self.features { featured_office(self.seed) } else { varied_office(self.seed) }
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
        if self.features && self.random.one_in(5) {
            return self.random.pick(&features::NUMBERS);
        }
        self.random.pick(&NUMBERS)
    }

    fn key(&mut self, station: StationId) -> Key {
        let line = if self.random.one_in(2) { 0 } else { self.random.number(5) };
        let reference = self.reference(station);
        if self.features && self.random.one_in(4) {
            return self.feature_key(line, reference);
        }
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
            _ if self.features && self.random.one_in(3) => self.feature_request(),
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
        let settings = tagged(self.office());
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
                Change::Line(Box::new(line))
            }
            4 => {
                line.name = "Renamed".into();
                Change::Line(Box::new(line))
            }
            5..=7 => Change::Station(station),
            _ => Change::Line(Box::new(line)),
        };
        self.note(format!("{change:?}"));
        self.bench.handle(Input::Configure(change));
    }

    /// The configuration is again what it was.
    fn configure_as_before(&mut self) {
        let settings = tagged(self.office());
        for line in settings.lines {
            self.bench.handle(Input::Configure(Change::Line(Box::new(line))));
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
        if self.features {
            // What is parked waits for its time, and a call by way of the office hears its tone.
            self.bench.pass(Duration::from_secs(120));
        }
        let left: Vec<&Connection> = connections(&self.bench.switch).collect();
        assert!(left.is_empty(), "seed {}: {left:?}\nlast inputs:\n{}", self.seed, self.history());
        self.bench.expect_nothing_left();
        self.check().unwrap();
        self.configure_as_before();
        for (_, told) in self.told.values() {
            assert!(told.calls.is_empty(), "a monitor was not told of an end: {:?}", told.calls);
            assert!(told.out_of_service || self.features, "paging and meet-me numbers need no phone");
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

    /// A standing monitor ends when nothing is left of its number; when the number is back, another one is started.
    fn watch_again(&mut self) -> Result<(), String> {
        let switch = &self.bench.switch;
        let is_back = |device| switch.lines().of_device(device).next().is_some();
        let ended = |(id, (device, _)): &(&MonitorId, &(DeviceId, Told))| {
            switch.cti().monitor(**id).is_none() && is_back(*device)
        };
        let ended: Vec<MonitorId> = self.told.iter().filter(ended).map(|(id, _)| *id).collect();
        for id in ended {
            let Some((device, told)) = self.told.remove(&id) else { continue };
            let id = self.bench.monitor(device, EventFilter::NONE);
            let some_answer_at_once = told.some_answer_at_once;
            self.told.insert(id, (device, Told { some_answer_at_once, ..Told::default() }));
        }
        self.refused = false;
        self.hear()
    }

    /// What each standing monitor was told is a legal sequence, and agrees with the calls that are there.
    fn events_tell_a_story(&mut self) -> Result<(), String> {
        self.hear()?;
        self.watch_again()?;
        for (device, told) in self.told.values() {
            told.agrees_with(&self.bench.switch, *device)?;
        }
        Ok(())
    }

    fn hear(&mut self) -> Result<(), String> {
        let events = std::mem::take(&mut self.bench.events);
        if self.refused && !events.is_empty() {
            return Err(format!("a refused request had consequences: {events:?}"));
        }
        for (monitor, Notification { device, local_state, event, .. }) in events {
            match &event {
                Event::Call(call) => drop(self.seen.insert((event.kind(), call.cause))),
                Event::Merge(merge) => drop(self.seen.insert((event.kind(), merge.cause))),
                _ => {}
            }
            let Some((_, told)) = self.told.get_mut(&monitor) else { continue };
            told.hear(device, &event, local_state).map_err(|broken| format!("{broken}: {event:?}"))?;
        }
        Ok(())
    }
}
