//! Which pool has a user name or a number, and which phones have registered from an address: without looking at all others,
//! so that a registration costs the same in a large office as in a small one.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

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
    /// The same by host.
    hosts: BTreeMap<IpAddr, BTreeSet<StationId>>,
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
            self.hosts.entry(flow.peer().ip()).or_default().insert(station);
        }
    }

    /// The phones that have registered from the same host, by whatever way.
    pub(super) fn at_host(&self, flow: &Flow) -> impl Iterator<Item = StationId> {
        self.hosts.get(&flow.peer().ip()).into_iter().flatten().copied()
    }

    /// The phones that have registered by a connection.
    pub(super) fn at_link(&self, link: LinkId) -> impl Iterator<Item = StationId> {
        let first = (Some(link), SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        let there = self.flows.range(first..).take_while(move |((by, _), _)| *by == Some(link));
        there.flat_map(|(_, stations)| stations.iter().copied())
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
        self.hosts.clear();
        for (station, flow) in now {
            self.registered(station, &flow);
        }
    }
}
