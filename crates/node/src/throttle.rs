//! Limits for strangers: how often an address is answered or logged, and how often a phone that comes and goes is
//! logged.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::Instant;
use tracing::warn;

/// Rejections per address and window that are explained; further ones are closed at once.
pub(crate) const REJECTIONS: u32 = 10;

/// Messages per address and window that cannot be read and have lines of their own in the log.
pub(crate) const UNREADABLE: u32 = 10;

/// Connections per address and window that are closed for what came by them, and have a line of their own in the log.
pub(crate) const GARBAGE: u32 = 1;

/// Registrations per phone and window that have lines of their own in the log.
pub(crate) const REGISTRATIONS: u32 = 20;

/// How long is counted, and how long after something was kept back it is summed up.
pub(crate) const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered at once. When all are in use by recent strangers, newcomers count as too frequent.
const ADDRESSES: usize = 1024;

/// Counts occurrences by address.
#[derive(Debug)]
pub(crate) struct Throttle {
    limit: u32,
    windows: BTreeMap<IpAddr, Window>,
    /// Kept back of addresses that are not remembered.
    others: u32,
}

/// Occurrences since some instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    since: Instant,
    count: u32,
    kept_back: u32,
}

impl Window {
    /// Nothing has occurred.
    pub(crate) fn new(since: Instant) -> Window {
        Window { since, count: 0, kept_back: 0 }
    }

    /// Counts an occurrence, and returns whether it may be logged or answered.
    pub(crate) fn may_tell(&mut self, now: Instant, limit: u32) -> bool {
        if now.since(self.since) >= WINDOW {
            (self.since, self.count) = (now, 0);
        }
        self.count = self.count.saturating_add(1);
        let may = self.count <= limit;
        self.kept_back = self.kept_back.saturating_add(u32::from(!may));
        may
    }

    /// Whether nothing has occurred for a while, and nothing waits to be told.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        now.since(self.since) >= WINDOW && self.kept_back == 0
    }

    /// How often it was not told since this was last asked.
    pub(crate) fn take_kept_back(&mut self) -> u32 {
        std::mem::take(&mut self.kept_back)
    }
}

impl Throttle {
    /// Lets `limit` occurrences per address and window pass.
    pub(crate) fn new(limit: u32) -> Throttle {
        Throttle { limit, windows: BTreeMap::new(), others: 0 }
    }

    /// Counts an occurrence, and returns whether it may be logged or answered.
    pub(crate) fn may_tell(&mut self, now: Instant, address: IpAddr) -> bool {
        if !self.windows.contains_key(&address) && !self.has_place(now) {
            self.others = self.others.saturating_add(1);
            return false;
        }
        self.windows.entry(address).or_insert(Window::new(now)).may_tell(now, self.limit)
    }

    /// Counts an occurrence; if it may be logged, how many of the same address were kept back since the last one.
    pub(crate) fn tell(&mut self, now: Instant, address: IpAddr) -> Option<u32> {
        let may = self.may_tell(now, address);
        let window = self.windows.get_mut(&address).filter(|_| may)?;
        Some(window.take_kept_back())
    }

    /// Says in the log how much was kept out of it since this was last done; `what` is what the occurrences were.
    pub(crate) fn sum_up(&mut self, what: &str) {
        for (address, count) in self.take_kept_back() {
            match address {
                Some(address) => warn!(%address, "{count} more {what}"),
                None => warn!("{count} more {what}, from many addresses"),
            }
        }
    }

    /// How often somebody was not told of since this was last asked: by address, and of all others together.
    pub(crate) fn take_kept_back(&mut self) -> Vec<(Option<IpAddr>, u32)> {
        let known = self.windows.iter_mut();
        let known = known.map(|(address, window)| (Some(*address), window.take_kept_back()));
        let others = (None, std::mem::take(&mut self.others));
        known.chain([others]).filter(|(_, count)| *count > 0).collect()
    }

    /// Whether one more address can be remembered.
    fn has_place(&mut self, now: Instant) -> bool {
        if self.windows.len() >= ADDRESSES {
            self.windows.retain(|_, window| now.since(window.since) < WINDOW || window.kept_back > 0);
        }
        self.windows.len() < ADDRESSES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_ten_times_a_minute() {
        let mut throttle = Throttle::new(REJECTIONS);
        let address = IpAddr::from([192, 0, 2, 1]);
        let told = |throttle: &mut Throttle, seconds: u64, address| {
            throttle.may_tell(Instant::ZERO + Duration::from_secs(seconds), address)
        };
        assert_eq!((0..20).filter(|_| told(&mut throttle, 1, address)).count(), 10);
        assert!(told(&mut throttle, 1, IpAddr::from([192, 0, 2, 2])));
        assert_eq!(throttle.take_kept_back(), [(Some(address), 10)]);
        assert!(told(&mut throttle, 61, address));
        assert_eq!(throttle.take_kept_back(), []);
    }

    #[test]
    fn the_table_is_bounded() {
        let mut throttle = Throttle::new(REJECTIONS);
        let addresses = (0..10_000u32).map(|n| IpAddr::from(n.to_be_bytes()));
        assert_eq!(addresses.filter(|a| throttle.may_tell(Instant::ZERO, *a)).count(), ADDRESSES);
        assert_eq!(throttle.take_kept_back(), [(None, 10_000 - 1024)]);
        let later = Instant::ZERO + WINDOW;
        assert!(throttle.may_tell(later, IpAddr::from([255, 0, 0, 1])), "the others are forgotten");
    }
}
