//! Passwords that were wrong: who has tried which user, and when more tries are answered again.
//!
//! Who has guessed [`FREE`] times in a minute for a user is not answered any more when it tries one more password, right or
//! wrong; a sixth of that time later it may try one. Other users at the same address are not concerned, and a right password
//! ends it.

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use hookflash_core::Instant;
use smol_str::SmolStr;

/// Wrong passwords in a minute that are answered, for each address and user.
const FREE: u32 = 10;

/// The time in which they are forgotten.
const MINUTE: Duration = Duration::from_secs(60);

/// Pairs of address and user that are remembered.
const MAX_GUESSES: usize = 1024;

/// Characters of a user's name that are remembered.
const MAX_NAME: usize = 40;

/// What was tried from one address for one user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Guess {
    pub(crate) source: IpAddr,
    pub(crate) user: SmolStr,
    /// How often.
    pub(crate) count: u32,
    pub(crate) first: Instant,
    pub(crate) last: Instant,
    /// When all tries will be forgotten.
    until: Instant,
}

/// What was tried lately.
#[derive(Debug, Default)]
pub(crate) struct Guesses(BTreeMap<(IpAddr, SmolStr), Guess>);

impl Guesses {
    /// Whether one more password is looked at.
    pub(super) fn may_try(&self, now: Instant, source: IpAddr, user: &str) -> bool {
        let guess = self.0.get(&(source, shortened(user)));
        guess.is_none_or(|guess| guess.until + MINUTE / FREE <= now + MINUTE)
    }

    /// A password was wrong.
    pub(super) fn failed(&mut self, now: Instant, source: IpAddr, user: &str) {
        let key = (source, shortened(user));
        if !self.0.contains_key(&key) && self.0.len() >= MAX_GUESSES {
            let oldest = self.0.iter().min_by_key(|(_, guess)| guess.last).map(|(key, _)| key.clone());
            oldest.and_then(|oldest| self.0.remove(&oldest));
        }
        let new = Guess { source, user: key.1.clone(), count: 0, first: now, last: now, until: now };
        let guess = self.0.entry(key).or_insert(new);
        guess.count = guess.count.saturating_add(1);
        guess.last = now;
        guess.until = (guess.until.max(now) + MINUTE / FREE).min(now + MINUTE);
    }

    /// A password was right.
    pub(super) fn succeeded(&mut self, source: IpAddr, user: &str) {
        if !self.0.is_empty() {
            self.0.remove(&(source, shortened(user)));
        }
    }

    /// The last ones, the newest first.
    pub(crate) fn latest(&self, count: usize) -> Vec<&Guess> {
        let mut all: Vec<&Guess> = self.0.values().collect();
        all.sort_by_key(|guess| std::cmp::Reverse(guess.last));
        all.truncate(count);
        all
    }

    /// Forgets them.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

fn shortened(user: &str) -> SmolStr {
    user.chars().filter(|char| !char.is_control()).take(MAX_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(1000 * seconds)
    }

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn after_ten_wrong_passwords_one_more_is_looked_at_every_six_seconds() {
        let mut guesses = Guesses::default();
        let mut tries = |second: u64| {
            let may = guesses.may_try(at(second), HERE, "301");
            if may {
                guesses.failed(at(second), HERE, "301");
            }
            may
        };
        assert_eq!((0..20).filter(|_| tries(1)).count(), 10);
        assert!(!tries(6) && tries(7) && !tries(8));
        assert!(guesses.may_try(at(8), HERE, "302"));
        guesses.succeeded(HERE, "301");
        assert!(guesses.may_try(at(8), HERE, "301"));
    }

    #[test]
    fn the_table_is_bounded() {
        let mut guesses = Guesses::default();
        (0..3000).for_each(|user| guesses.failed(at(user), HERE, &user.to_string()));
        assert_eq!(guesses.0.len(), MAX_GUESSES);
        assert_eq!(guesses.latest(1).first().map(|guess| guess.user.as_str()), Some("2999"));
    }
}
