//! Random decisions of users, fixed by the seed.

use std::time::Duration;

use hookflash_sim::random::Random;

/// A sequence of pseudo-random numbers.
#[derive(Clone, Debug)]
pub struct Dice(Random);

impl Dice {
    /// The sequence of one person for one kind of decision. It does not depend on other decisions.
    pub fn new(seed: u64, person: usize, kind: u64) -> Dice {
        let person = u64::try_from(person).unwrap_or(u64::MAX);
        let mut random = Random::new(seed);
        for part in [person, kind] {
            random = Random::new(random.next_number() ^ part);
        }
        Dice(random)
    }

    /// A number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0.below(limit)
    }

    /// True in `percent` of all cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// A time from `least` to `most` seconds, in whole milliseconds, uniformly distributed.
    pub fn seconds(&mut self, least: u64, most: u64) -> Duration {
        let span = most.saturating_sub(least).saturating_mul(1000).saturating_add(1);
        Duration::from_millis(least.saturating_mul(1000).saturating_add(self.0.next_number() % span))
    }

    /// An exponentially distributed time with this mean, at least a millisecond.
    pub fn until_next(&mut self, mean: Duration) -> Duration {
        // 53 bits, the precision of an f64: greater than 0, at most 1.
        let unit = ((self.0.next_number() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        mean.mul_f64(-unit.ln()).max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_decides_the_same_and_every_person_differently() {
        let throw = |seed, person, kind| {
            let mut dice = Dice::new(seed, person, kind);
            std::array::from_fn::<usize, 8, _>(|_| dice.below(1000))
        };
        assert_eq!(throw(7, 1, 0), throw(7, 1, 0));
        for other in [throw(8, 1, 0), throw(7, 2, 0), throw(7, 1, 1)] {
            assert_ne!(throw(7, 1, 0), other);
        }
    }

    #[test]
    fn intervals_have_the_mean_they_are_given() {
        let mut dice = Dice::new(1, 0, 0);
        let sum: Duration = (0..10_000).map(|_| dice.until_next(Duration::from_secs(60))).sum();
        let mean = sum.as_secs_f64() / 10_000.0;
        assert!((57.0..63.0).contains(&mean), "{mean}");
    }

    #[test]
    fn times_stay_within_their_limits() {
        let mut dice = Dice::new(1, 0, 0);
        for _ in 0..1000 {
            let time = dice.seconds(1, 6);
            assert!((Duration::from_secs(1)..=Duration::from_secs(6)).contains(&time), "{time:?}");
        }
    }
}
