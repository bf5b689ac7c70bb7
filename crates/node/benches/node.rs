//! What phones and applications cost a whole node: bytes in, bytes out, no sockets.
//!
//! Virtual phones and an application of `hookflash-sim` are the other ends; only the time inside the node counts.
//! What a call costs must not depend on how many phones are registered beside it, or how many monitors watch them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod office;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use office::Office;

const PHONES: [usize; 3] = [100, 1_000, 10_000];

/// A call set up and cleared, with nobody watching and with a monitor on each line.
fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    for phones in PHONES {
        let mut office = Office::registered(phones);
        group.bench_function(BenchmarkId::new("phones", phones), |b| {
            b.iter_custom(|times| office.time(times, Office::call));
        });
        office.watch(0..2);
        group.bench_function(BenchmarkId::new("monitored, phones", phones), |b| {
            b.iter_custom(|times| office.time(times, Office::call));
        });
        group.bench_function(BenchmarkId::new("MakeCall until the phone is told, phones", phones), |b| {
            b.iter_custom(|times| office.time(times, Office::make_call));
        });
        office.watch(2..phones);
        group.bench_function(BenchmarkId::new("monitored, phones and idle monitors", phones), |b| {
            b.iter_custom(|times| office.time(times, Office::call));
        });
    }
    group.finish();
}

/// A keepalive among idle phones.
fn keep_alive(c: &mut Criterion) {
    let mut group = c.benchmark_group("keepalive");
    for phones in PHONES {
        let mut office = Office::registered(phones);
        group.bench_function(BenchmarkId::new("phones", phones), |b| {
            b.iter_custom(|times| office.time(times, Office::keep_alive));
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
                let all = |office: &mut Office| (0..phones).for_each(|phone| office.register(phone));
                (0..times).map(|_| Office::new(phones).time(1, all)).sum()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, calls, keep_alive, registration);
criterion_main!(benches);
