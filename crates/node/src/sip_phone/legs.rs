//! The legs of all phones, found by name and by phone without looking at the others.

use std::collections::BTreeMap;

use hookflash_core::StationId;

use super::leg::{Leg, LegId};

/// All legs. The station of a leg never changes.
#[derive(Debug, Default)]
pub(super) struct Legs {
    by_id: BTreeMap<LegId, Leg>,
    by_station: BTreeMap<StationId, Vec<LegId>>,
}

impl Legs {
    pub(super) fn insert(&mut self, id: LegId, leg: Leg) {
        self.by_station.entry(leg.station).or_default().push(id);
        self.by_id.insert(id, leg);
    }

    pub(super) fn remove(&mut self, id: &LegId) -> Option<Leg> {
        let leg = self.by_id.remove(id)?;
        if let Some(there) = self.by_station.get_mut(&leg.station) {
            there.retain(|other| other != id);
            if there.is_empty() {
                self.by_station.remove(&leg.station);
            }
        }
        Some(leg)
    }

    pub(super) fn get(&self, id: &LegId) -> Option<&Leg> {
        self.by_id.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &LegId) -> Option<&mut Leg> {
        self.by_id.get_mut(id)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &LegId> {
        self.by_id.keys()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The legs of a phone, oldest first.
    pub(super) fn at(&self, station: StationId) -> impl Iterator<Item = (LegId, &Leg)> {
        let there = self.by_station.get(&station).map(Vec::as_slice).unwrap_or_default();
        there.iter().filter_map(|id| Some((*id, self.by_id.get(id)?)))
    }
}
