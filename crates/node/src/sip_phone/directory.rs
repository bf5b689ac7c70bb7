//! Which pool has a user name or a number, and which phones have registered from an address: without looking at all others,
//! so that a registration costs the same in a large office as in a small one.

use std::{collections::BTreeMap, net::SocketAddr};

use hookflash_core::StationId;
use smol_str::SmolStr;

use super::PoolSettings;
use crate::{LinkId, sip::Flow};

/// Pools by name. Places are those in the settings.
#[derive(Debug, Default)]
pub(super) struct Directory {
    users: BTreeMap<SmolStr, usize>,
    numbers: BTreeMap<SmolStr, Vec<usize>>,
    /// Phones that have registered from somewhere; some of them may have left since.
    flows: BTreeMap<(Option<LinkId>, SocketAddr), Vec<StationId>>,
}

impl Directory {
    /// Notes the names of all pools, in place of those before.
    pub(super) fn note(&mut self, pools: &[PoolSettings]) {
        self.users.clear();
        self.numbers.clear();
        for (place, pool) in pools.iter().enumerate() {
            if let Some((name, _)) = &pool.credentials {
                self.users.entry(name.clone()).or_insert(place);
            }
            for number in &pool.numbers {
                self.numbers.entry(number.clone()).or_default().push(place);
            }
        }
    }

    /// The pool whose user has this name.
    pub(super) fn of_user(&self, name: &str) -> Option<usize> {
        self.users.get(name).copied()
    }

    /// The pools that have this number.
    pub(super) fn of_number(&self, number: &str) -> &[usize] {
        self.numbers.get(number).map(Vec::as_slice).unwrap_or_default()
    }

    /// A phone has registered from here.
    pub(super) fn registered(&mut self, station: StationId, flow: &Flow) {
        let there = self.flows.entry((flow.link(), flow.peer())).or_default();
        if !there.contains(&station) {
            there.push(station);
        }
    }

    /// The phones that have registered from here; some of them may have left since.
    pub(super) fn at(&self, flow: &Flow) -> &[StationId] {
        self.flows.get(&(flow.link(), flow.peer())).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many addresses are remembered.
    pub(super) fn addresses(&self) -> usize {
        self.flows.len()
    }

    /// Forgets all addresses but these.
    pub(super) fn forget_addresses(&mut self, now: impl Iterator<Item = (StationId, Flow)>) {
        self.flows.clear();
        for (station, flow) in now {
            self.registered(station, &flow);
        }
    }
}
