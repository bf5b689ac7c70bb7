//! What one call costs the switch: set up by MakeCall, answered, cleared, with every output drained.
//!
//! The cost must not depend on how many phones are registered or how many monitors watch other lines.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use hookflash_core::{
    ButtonSettings, Channels, CodecSet, ConnectionId, CtiSettings, DeviceId, Input, Instant, Key,
    LineSettings, Output, Request, RequestId, Response, Ring, Settings, StationId, StationInput,
    StationSettings, Switch,
    cti::{EventFilter, Principal, SessionId},
};
use std::hint::black_box;

/// A switch in which the first two stations call each other while the others are registered and idle.
struct Office {
    switch: Switch,
    session: SessionId,
    stations: Vec<StationId>,
    devices: Vec<DeviceId>,
}

impl Office {
    fn new(phones: usize) -> Office {
        let mut switch = Switch::new(settings(phones)).unwrap();
        let stations: Vec<StationId> = switch.stations().iter().map(|(id, _)| id).collect();
        let devices: Vec<DeviceId> = switch.lines().devices().map(|(id, _)| id).collect();
        let session = switch.open_session(Principal::default()).unwrap();
        for station in &stations {
            let register = StationInput::Register(CodecSet::EMPTY);
            switch.handle(Instant::ZERO, Input::Station(*station, register));
        }
        let mut office = Office { switch, session, stations, devices };
        office.drain();
        office
    }

    /// Puts `count` monitors on `device`.
    fn watch(&mut self, device: usize, count: usize) {
        for _ in 0..count {
            let device = self.devices[device];
            self.request(Request::MonitorStart { device, filter: EventFilter::NONE });
        }
    }

    fn request(&mut self, request: Request) -> Response {
        self.switch.handle(Instant::ZERO, Input::Request(self.session, RequestId(1), request));
        let mut answer = None;
        while let Some(output) = self.switch.poll_output() {
            if let Output::Response(_, _, result) = black_box(output) {
                answer = Some(result.unwrap());
            }
        }
        answer.unwrap()
    }

    fn key(&mut self, station: usize, key: Key) {
        let input = Input::Station(self.stations[station], StationInput::Key(key));
        self.switch.handle(Instant::ZERO, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.switch.poll_output() {
            black_box(output);
        }
    }

    /// One call from the first line to the second by an application: made, answered, cleared.
    fn call(&mut self) {
        let [calling, called] = [self.devices[0], self.devices[1]];
        let make = Request::MakeCall { calling, called: "10000001".into(), prompt: false };
        let Response::Call(caller) = self.request(make) else { panic!("no call") };
        self.request(Request::AnswerCall(ConnectionId { call: caller.call, device: called }));
        self.request(Request::ClearConnection(caller));
    }

    /// The same by keys, digit by digit, with both pictures looked at after each step.
    fn call_by_keys(&mut self) {
        self.key(0, Key::OffHook { line: 0, reference: 0 });
        for digit in "10000001".chars() {
            self.key(0, Key::Digit(digit));
        }
        self.look();
        self.key(1, Key::Answer { line: 1, reference: 0 });
        self.look();
        self.key(1, Key::OnHook { line: 0, reference: 0 });
        self.look();
    }

    fn look(&self) {
        for station in &self.stations[..2] {
            black_box(self.switch.station_view(*station));
        }
    }
}

fn settings(phones: usize) -> Settings {
    let line = |n: u32| LineSettings {
        tag: n,
        number: format!("1{n:07}").into(),
        name: "Somebody".into(),
        channels: Channels::Dual,
        cti_watch: true,
        ..LineSettings::default()
    };
    let station = |n: u32| StationSettings {
        tag: n,
        name: format!("SEP{n:012X}").into(),
        buttons: vec![ButtonSettings::line(1, n, Ring::Normal)],
        off_hook_by_command: true,
        ..StationSettings::default()
    };
    Settings {
        lines: (0..phones as u32).map(line).collect(),
        stations: (0..phones as u32).map(station).collect(),
        cti: CtiSettings { max_monitors: 200_000, ..CtiSettings::default() },
        seed: 1,
        ..Settings::default()
    }
}

/// A call with nobody watching, and with a monitor on each end.
fn monitors(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    for each in [0, 1] {
        let mut office = Office::new(100);
        office.watch(0, each);
        office.watch(1, each);
        group.bench_function(BenchmarkId::new("monitors", 2 * each), |b| b.iter(|| office.call()));
    }
    let mut office = Office::new(100);
    group.bench_function("by keys, with views", |b| b.iter(|| office.call_by_keys()));
    group.finish();
}

/// A monitored call beside more and more idle phones, then beside idle monitors too.
fn idle(c: &mut Criterion) {
    let mut group = c.benchmark_group("monitored call");
    for phones in [100, 1_000, 10_000] {
        let mut office = Office::new(phones);
        office.watch(0, 1);
        office.watch(1, 1);
        group.bench_function(BenchmarkId::new("idle phones", phones), |b| b.iter(|| office.call()));
    }
    let mut office = Office::new(10_002);
    for device in 0..10_002 {
        office.watch(device, 1);
    }
    group.bench_function("10000 idle phones and monitors", |b| b.iter(|| office.call()));
    group.finish();
}

criterion_group!(benches, monitors, idle);
criterion_main!(benches);
