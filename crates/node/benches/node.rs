//! What phones and applications cost a whole node: bytes in, bytes out, no sockets.
//!
//! Virtual phones and an application of `hookflash-sim` are the other ends; only the time inside the node counts.
//! What a call costs must not depend on how many phones are registered beside it, or how many monitors watch them.
#![allow(missing_docs, clippy::unwrap_used)]

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hookflash_node::{Input, Node};
use hookflash_sim::loopback::{Drive, LoopbackOffice, Sends, Unexpected, drive};

const PHONES: [usize; 3] = [100, 1_000, 10_000];

/// Drives the node and counts the time that it takes.
#[derive(Default)]
struct Timed(Duration);

impl Drive for Timed {
    fn drive(&mut self, node: &mut Node, input: Input<'_>, sends: &mut Sends) {
        let started = Instant::now();
        drive(node, input, sends);
        self.0 += started.elapsed();
    }
}

type Office = LoopbackOffice<Timed>;

/// Time inside the node while something is done `times` times.
fn time(
    office: &mut Office,
    times: u64,
    mut what: impl FnMut(&mut Office) -> Result<(), Unexpected>,
) -> Duration {
    office.driver().0 = Duration::ZERO;
    (0..times).try_for_each(|_| what(office)).unwrap();
    office.driver().0
}

fn registered(phones: usize) -> Office {
    Office::registered(phones, Timed::default()).unwrap()
}

/// A call set up and cleared, with nobody watching, with a monitor on each line, and made by an application.
fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    for phones in PHONES {
        let mut office = registered(phones);
        group.bench_function(BenchmarkId::new("phones", phones), |b| {
            b.iter_custom(|times| time(&mut office, times, Office::call));
        });
        office.watch(0..2).unwrap();
        group.bench_function(BenchmarkId::new("monitored, phones", phones), |b| {
            b.iter_custom(|times| time(&mut office, times, Office::call));
        });
        group.bench_function(BenchmarkId::new("MakeCall, monitored, phones", phones), |b| {
            b.iter_custom(|times| time(&mut office, times, Office::rehearse));
        });
        office.watch(2..phones).unwrap();
        group.bench_function(BenchmarkId::new("monitored, phones and idle monitors", phones), |b| {
            b.iter_custom(|times| time(&mut office, times, Office::call));
        });
    }
    group.finish();
}

/// A keepalive among idle phones.
fn keep_alive(c: &mut Criterion) {
    let mut group = c.benchmark_group("keepalive");
    for phones in PHONES {
        let mut office = registered(phones);
        group.bench_function(BenchmarkId::new("phones", phones), |b| {
            b.iter_custom(|times| time(&mut office, times, Office::keep_alive));
        });
    }
    group.finish();
}

/// All phones register, one after the other.
fn registration(c: &mut Criterion) {
    let mut group = c.benchmark_group("registration");
    group.sample_size(10);
    for phones in PHONES {
        group.throughput(Throughput::Elements(phones as u64));
        group.bench_function(BenchmarkId::new("phones", phones), |b| {
            b.iter_custom(|times| {
                let all = |office: &mut Office| (0..phones).try_for_each(|phone| office.register(phone));
                (0..times).map(|_| time(&mut Office::new(phones, Timed::default()).unwrap(), 1, all)).sum()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, calls, keep_alive, registration);
criterion_main!(benches);
