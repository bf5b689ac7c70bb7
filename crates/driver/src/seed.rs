//! What a start of the server has and no other one: identifiers that others remember are made from it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock before this was never set: 2020-01-01 UTC.
const EARLIEST: Duration = Duration::from_secs(1_577_836_800);

/// Nanoseconds since 1970, which grow from start to start; a random number where the clock of the machine was never set, as
/// after each start of one without a battery.
pub fn seed_of_start() -> u64 {
    seed_at(SystemTime::now(), random)
}

fn seed_at(now: SystemTime, random: impl Fn() -> u64) -> u64 {
    match now.duration_since(UNIX_EPOCH) {
        Ok(since) if since >= EARLIEST => u64::try_from(since.as_nanos()).unwrap_or_else(|_| random()),
        _ => random(),
    }
}

/// From the random source of the system; without one, from where the system has put this process.
fn random() -> u64 {
    let mut bytes = [0; 8];
    let read = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    match read {
        Ok(8) => u64::from_le_bytes(bytes),
        _ => u64::from(std::process::id()) << 32 ^ (&raw const bytes as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_with_a_clock_that_was_never_set_has_a_seed_of_its_own() {
        let drawn = || 42;
        let year = Duration::from_secs(31_557_600);
        assert_eq!(seed_at(UNIX_EPOCH + year * 56, drawn), 56 * 31_557_600_000_000_000);
        for unset in [UNIX_EPOCH - year, UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(20)] {
            assert_eq!(seed_at(unset, drawn), 42);
        }
        let seeds: std::collections::BTreeSet<u64> = (0..20).map(|_| seed_at(UNIX_EPOCH, random)).collect();
        assert_eq!(seeds.len(), 20);
    }
}
