//! Who holds how many places of a kind that all strangers share.
//!
//! Counts are kept with every change, so that nobody makes the server count by holding many places.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

/// The places that are taken, by source.
#[derive(Debug)]
pub(crate) struct Crowd<T> {
    /// For each source its places, oldest first.
    sources: BTreeMap<IpAddr, BTreeMap<u64, T>>,
    /// The sources in the order of how many places they have.
    sizes: BTreeSet<(usize, IpAddr)>,
    taken: usize,
    last: u64,
}

impl<T> Default for Crowd<T> {
    fn default() -> Crowd<T> {
        Crowd { sources: BTreeMap::new(), sizes: BTreeSet::new(), taken: 0, last: 0 }
    }
}

impl<T> Crowd<T> {
    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// How many places a source has.
    pub(crate) fn taken_by(&self, address: IpAddr) -> usize {
        self.sources.get(&address).map_or(0, BTreeMap::len)
    }

    /// The source that has most places, and how many.
    pub(crate) fn largest(&self) -> Option<(IpAddr, usize)> {
        self.sizes.last().map(|(size, address)| (*address, *size))
    }

    /// The places of a source, oldest first.
    pub(crate) fn of(&self, address: IpAddr) -> impl Iterator<Item = (u64, &T)> {
        self.sources.get(&address).into_iter().flatten().map(|(number, place)| (*number, place))
    }

    /// Gives a place to a source; returns its number.
    pub(crate) fn take(&mut self, address: IpAddr, place: T) -> u64 {
        self.last += 1;
        let before = self.taken_by(address);
        self.sources.entry(address).or_default().insert(self.last, place);
        self.taken += 1;
        self.sized(address, before, before + 1);
        self.last
    }

    /// What has this place, to change it.
    #[cfg(test)]
    pub(crate) fn get_mut(&mut self, address: IpAddr, number: u64) -> Option<&mut T> {
        self.sources.get_mut(&address)?.get_mut(&number)
    }

    /// Frees a place.
    pub(crate) fn free(&mut self, address: IpAddr, number: u64) -> Option<T> {
        let before = self.taken_by(address);
        let places = self.sources.get_mut(&address)?;
        let place = places.remove(&number)?;
        if places.is_empty() {
            self.sources.remove(&address);
        }
        self.taken -= 1;
        self.sized(address, before, before - 1);
        Some(place)
    }

    fn sized(&mut self, address: IpAddr, before: usize, after: usize) {
        self.sizes.remove(&(before, address));
        if after > 0 {
            self.sizes.insert((after, address));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_with_most_places_is_known_after_every_change() {
        let mut crowd = Crowd::default();
        let address = |last: u8| IpAddr::from([192, 0, 2, last]);
        let first: Vec<u64> = (0..3).map(|place| crowd.take(address(1), place)).collect();
        let second = [crowd.take(address(2), 10), crowd.take(address(2), 11)];
        assert_eq!((crowd.taken(), crowd.largest()), (5, Some((address(1), 3))));
        assert_eq!(crowd.of(address(1)).next(), Some((first[0], &0)), "the oldest");
        assert_eq!(crowd.free(address(2), first[0]), None, "it is of another source");
        assert!(first[..2].iter().all(|number| crowd.free(address(1), *number).is_some()));
        assert_eq!((crowd.taken_by(address(1)), crowd.largest()), (1, Some((address(2), 2))));
        second.iter().chain(&first[2..]).for_each(|number| {
            let _ = crowd.free(address(1), *number).or_else(|| crowd.free(address(2), *number));
        });
        assert!(crowd.taken() == 0 && crowd.sources.is_empty() && crowd.sizes.is_empty());
    }
}
