//! How fast a virtual office runs: a thousand phones, each making one call in every minute.
//!
//! The goal is 200 times real time on one core: a virtual minute in 300 ms.

#![allow(missing_docs)] // The macros make undocumented functions.

use std::{fmt::Write as _, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use hookflash_node::{config, provision};
use hookflash_sim::{
    phone::PhoneSettings,
    world::{PartyId, World},
};
use hookflash_wire::sccp::DeviceType;

const PHONES: usize = 1000;

/// A world of registered phones, the n-th of them with the number 10000 + n.
fn office() -> World {
    let mut text = format!("telephony-service\n max-ephones {PHONES}\n max-dn {PHONES}\n");
    text.push_str(" ip source-address 10.0.0.1 port 2000\n");
    for n in 1..=PHONES {
        let _ = write!(text, "ephone-dn {n} dual-line\n number {}\n", 10_000 + n);
        let _ = write!(text, "ephone {n}\n mac-address 0200.0000.{n:04}\n type 7961\n button 1:{n}\n");
    }
    let loaded = config::load(&text);
    assert!(loaded.can_run(), "{:?}", loaded.diagnostics);
    let mut world = match World::new(provision(&loaded.settings, None).settings, 1) {
        Ok(world) => world,
        Err(error) => unreachable!("{error}"),
    };
    world.forget();
    for n in 1..=PHONES {
        let settings = PhoneSettings::new(format!("SEP02000000{n:04}"), DeviceType::TYPE_7961);
        let phone = world.add_phone("phone", settings);
        world.with_phone(phone, |phone, _| phone.plug_in());
    }
    world.settle();
    assert!(world.party_ids().all(|id| world.phone(id).is_some_and(|phone| phone.is_registered())));
    world
}

/// One minute: every phone calls another one, which answers after two seconds; they talk for ten.
fn minute(world: &mut World) -> usize {
    let phones: Vec<PartyId> = world.party_ids().collect();
    let tick = Duration::from_secs(60) / u32::try_from(PHONES).unwrap_or(u32::MAX);
    let ticks = |span: Duration| usize::try_from(span.as_millis() / tick.as_millis()).unwrap_or(0);
    let (answer, end) = (ticks(Duration::from_secs(2)), ticks(Duration::from_secs(12)));
    let mut connected = 0;
    let at = |index: Option<usize>| index.and_then(|index| phones.get(index).copied());
    for now in 0..PHONES + end {
        // The callee's own call is half a minute away: a phone is in one call at a time.
        let callee = |caller: usize| (caller + PHONES / 2) % PHONES;
        if let Some(phone) = at(Some(now)) {
            let number = (10_001 + callee(now)).to_string();
            world.with_phone(phone, |phone, _| phone.dial(&number).is_ok());
        }
        if let Some(phone) = at(now.checked_sub(answer).filter(|n| *n < PHONES).map(callee)) {
            connected +=
                usize::from(world.with_phone(phone, |phone, _| phone.answer().is_ok()) == Some(true));
        }
        if let Some(phone) = at(now.checked_sub(end)) {
            world.with_phone(phone, |phone, _| phone.hang_up().is_ok());
        }
        world.run_for(tick);
    }
    connected
}

fn office_minute(criterion: &mut Criterion) {
    let mut world = office();
    let connected = minute(&mut world);
    let complaints: usize =
        world.party_ids().filter_map(|id| world.phone(id)).map(|phone| phone.complaint_count()).sum();
    println!("{connected} of {PHONES} calls connected, {complaints} complaints");
    let mut group = criterion.benchmark_group("office");
    group.sample_size(10);
    group.bench_function("a minute of 1000 phones", |bencher| bencher.iter(|| minute(&mut world)));
    group.finish();
}

criterion_group!(benches, office_minute);
criterion_main!(benches);
