//! Not to be kept busy by strangers: how often an address may be told why it is rejected.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::Instant;

/// Rejections per address and window that are explained; further ones are closed at once.
const REJECTIONS: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// Addresses remembered at once. When all are in use by recent strangers, newcomers count as too frequent.
const ADDRESSES: usize = 1024;

/// Counts rejections by address.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    windows: BTreeMap<IpAddr, (Instant, u32)>,
}

impl Throttle {
    /// Counts a rejection, and answers whether the address may be told.
    pub(super) fn may_tell(&mut self, now: Instant, address: IpAddr) -> bool {
        if let Some((since, count)) = self.windows.get_mut(&address) {
            if now.since(*since) >= WINDOW {
                (*since, *count) = (now, 0);
            }
            *count = count.saturating_add(1);
            return *count <= REJECTIONS;
        }
        if self.windows.len() >= ADDRESSES {
            self.windows.retain(|_, (since, _)| now.since(*since) < WINDOW);
        }
        if self.windows.len() >= ADDRESSES {
            return false;
        }
        self.windows.insert(address, (now, 1));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_ten_times_a_minute() {
        let mut throttle = Throttle::default();
        let address = IpAddr::from([192, 0, 2, 1]);
        let told = |throttle: &mut Throttle, seconds: u64, address| {
            throttle.may_tell(Instant::ZERO + Duration::from_secs(seconds), address)
        };
        assert_eq!((0..20).filter(|_| told(&mut throttle, 1, address)).count(), 10);
        assert!(told(&mut throttle, 1, IpAddr::from([192, 0, 2, 2])));
        assert!(told(&mut throttle, 61, address));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut throttle = Throttle::default();
        let addresses = (0..10_000u32).map(|n| IpAddr::from(n.to_be_bytes()));
        assert_eq!(addresses.filter(|a| throttle.may_tell(Instant::ZERO, *a)).count(), ADDRESSES);
    }
}
