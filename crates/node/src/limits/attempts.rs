//! How fast names can be tried: a bucket of failures for each source, filled again with time.
//!
//! Only failures cost something, so an office whose phones are all configured never notices. A source whose bucket is empty is
//! not answered at all, whether a name is configured or not, until a failure more would be allowed.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::Instant;

use super::MAX_SOURCES;

/// The time in which a bucket fills.
const MINUTE: Duration = Duration::from_secs(60);

/// The sources that have failed lately.
#[derive(Debug)]
pub(crate) struct Attempts<K: Ord = IpAddr> {
    /// When the bucket of a source will be full again.
    full_at: BTreeMap<K, Instant>,
}

impl<K: Ord> Default for Attempts<K> {
    fn default() -> Attempts<K> {
        Attempts { full_at: BTreeMap::new() }
    }
}

impl<K: Ord> Attempts<K> {
    /// Whether a source may fail once more, if `per_minute` failures are allowed.
    pub(crate) fn may_try(&mut self, now: Instant, source: K, per_minute: u32) -> bool {
        match self.full_at.get(&source) {
            Some(full_at) => *full_at + each(per_minute) <= now + MINUTE,
            // Who cannot be remembered has to wait until somebody is forgotten.
            None => self.full_at.len() < MAX_SOURCES || self.forget_full(now),
        }
    }

    /// Whether a source has failed as often as it may, as far as is remembered.
    pub(crate) fn is_over(&self, now: Instant, source: &K, per_minute: u32) -> bool {
        self.full_at.get(source).is_some_and(|full_at| *full_at + each(per_minute) > now + MINUTE)
    }

    /// A source has failed.
    pub(crate) fn failed(&mut self, now: Instant, source: K, per_minute: u32) {
        if self.full_at.contains_key(&source) || self.full_at.len() < MAX_SOURCES || self.forget_full(now) {
            let full_at = self.full_at.entry(source).or_insert(now);
            *full_at = ((*full_at).max(now) + each(per_minute)).min(now + MINUTE);
        }
    }

    /// Forgets sources whose bucket is full; whether there is room then.
    fn forget_full(&mut self, now: Instant) -> bool {
        self.full_at.retain(|_, full_at| *full_at > now);
        self.full_at.len() < MAX_SOURCES
    }
}

/// How long one failure takes to be forgotten.
fn each(per_minute: u32) -> Duration {
    MINUTE / per_minute.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn a_source_fails_so_often_a_minute_and_others_are_not_concerned() {
        let (mut attempts, source) = (Attempts::<IpAddr>::default(), IpAddr::from([192, 0, 2, 1]));
        let mut answered = 0;
        for _ in 0..1_000 {
            if attempts.may_try(at(1), source, 30) {
                answered += 1;
                attempts.failed(at(1), source, 30);
            }
        }
        assert_eq!(answered, 30);
        assert!(!attempts.may_try(at(2), source, 30) && attempts.may_try(at(3), source, 30));
        assert!(attempts.may_try(at(1), IpAddr::from([192, 0, 2, 2]), 30));
        assert!((0..100).all(|_| attempts.may_try(at(61), source, 30)), "trying costs nothing");
    }

    #[test]
    fn the_table_is_bounded() {
        let mut attempts = Attempts::<IpAddr>::default();
        for number in 0..100_000_u32 {
            attempts.failed(at(1), IpAddr::from(number.to_be_bytes()), 30);
        }
        assert_eq!(attempts.full_at.len(), MAX_SOURCES);
        let newcomer = IpAddr::from([255, 0, 0, 1]);
        assert!(!attempts.may_try(at(1), newcomer, 30) && attempts.may_try(at(4), newcomer, 30));
    }
}
