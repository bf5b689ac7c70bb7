//! What 500 legs in bridges of ten, and 500 who hear music, cost for each 20 ms.

#![allow(missing_docs)]

use std::{hint::black_box, net::SocketAddr};

use criterion::{Criterion, criterion_group, criterion_main};
use hookflash_media::{Codec, Engine, LegId, LegState, Role};

fn phone(number: u32) -> SocketAddr {
    SocketAddr::new([10, 0, (number >> 8) as u8, number as u8].into(), 4_000)
}

fn engine(role: impl Fn(u32) -> Role) -> Engine {
    let mut engine = Engine::new(1);
    for number in 0..500 {
        let state = LegState::new(Codec::Pcmu, role(number), Some(phone(number)));
        engine.set(LegId(number), Some(state));
    }
    engine
}

/// A packet of 20 ms with this number.
fn packet(number: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend_from_slice(&number.to_be_bytes());
    packet.extend_from_slice(&(u32::from(number) * 160).to_be_bytes());
    packet.extend_from_slice(&7_u32.to_be_bytes());
    packet.resize(12 + 160, 0x55);
    packet
}

fn benches(criterion: &mut Criterion) {
    let mut bridges = engine(|number| Role::Bridge(number / 10));
    let mut number = 0;
    criterion.bench_function("500 legs in bridges of ten, all speaking", |bencher| {
        bencher.iter(|| {
            number += 1;
            let packet = packet(number % 50_000);
            (0..500).for_each(|leg| bridges.receive(LegId(leg), phone(leg), &packet));
            bridges.tick(|_, _, packet| {
                black_box(packet);
            });
        });
    });
    let mut music = engine(|_| Role::Music);
    criterion.bench_function("500 legs that hear music", |bencher| {
        bencher.iter(|| {
            music.tick(|_, _, packet| {
                black_box(packet);
            })
        });
    });
}

criterion_group!(engine_benches, benches);
criterion_main!(engine_benches);
