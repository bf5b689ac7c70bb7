//! Return routability: how many bytes go to addresses that have shown no sign of receiving any.
//!
//! Anybody can write any source address into a datagram. So an address gets at most [`AMPLIFICATION`] times the bytes that came
//! in its name, until something comes that only who reads our answers can send: our tag in a dialog; or until a user of the layer
//! vouches for it, because it knows whose address that is.
//!
//! ```text
//!   unknown ── datagram ──► heard: answers within three times the bytes ── our tag comes back ──► proven
//!      ▲                                      │                                                     │
//!      └──────── 64 s, or room for others ────┴────────────────── 10 min without another proof ─────┘
//! ```

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use hookflash_time::Instant;

/// How many times the bytes that came from an address go back before it is proven.
pub const AMPLIFICATION: u64 = 3;

/// How long the bytes of an address count, and how long it is proven.
const HEARD_FOR: Duration = Duration::from_secs(64);
const PROVEN_FOR: Duration = Duration::from_secs(600);

/// Addresses that are known at once. For one more, the one that came first is forgotten; it gets nothing then until it sends
/// again.
pub const MAX_ADDRESSES: usize = 16_384;

/// What came from an address and went to it.
#[derive(Clone, Copy, Debug)]
struct Account {
    heard: u64,
    sent: u64,
    begun: Instant,
    proven: bool,
}

impl Account {
    fn is_over(&self, now: Instant) -> bool {
        let lasts = if self.proven { PROVEN_FOR } else { HEARD_FOR };
        now.since(self.begun) >= lasts
    }
}

/// The addresses that datagrams came from.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    accounts: BTreeMap<SocketAddr, Account>,
    /// The addresses in the order in which they came; one that was forgotten may be there twice.
    order: VecDeque<SocketAddr>,
}

impl Proofs {
    /// A datagram of so many bytes came, whose answer goes to `peer`.
    pub(crate) fn heard(&mut self, now: Instant, peer: SocketAddr, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some(account) = self.accounts.get_mut(&peer).filter(|account| !account.is_over(now)) {
            account.heard = account.heard.saturating_add(bytes);
            return;
        }
        self.make_room();
        let account = Account { heard: bytes, sent: 0, begun: now, proven: false };
        if self.accounts.insert(peer, account).is_none() {
            self.order.push_back(peer);
        }
    }

    /// What came from `peer` can only be sent by who reads what goes there.
    pub(crate) fn proven(&mut self, now: Instant, peer: SocketAddr) {
        if let Some(account) = self.accounts.get_mut(&peer) {
            (account.proven, account.begun) = (true, now);
        }
    }

    /// Whether that is known of `peer`.
    pub(crate) fn is_proven(&self, now: Instant, peer: SocketAddr) -> bool {
        self.accounts.get(&peer).is_some_and(|account| account.proven && !account.is_over(now))
    }

    /// Whether an answer of so many bytes may go to `peer`; it counts if it may.
    pub(crate) fn may_answer(&mut self, peer: SocketAddr, bytes: usize) -> bool {
        let Some(account) = self.accounts.get_mut(&peer) else { return false };
        let sent = account.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        let may = account.proven || sent <= account.heard.saturating_mul(AMPLIFICATION);
        if may {
            account.sent = sent;
        }
        may
    }

    /// How many addresses are known.
    pub(crate) fn len(&self) -> usize {
        self.accounts.len()
    }

    fn make_room(&mut self) {
        while self.accounts.len() >= MAX_ADDRESSES {
            let Some(oldest) = self.order.pop_front() else { return };
            self.accounts.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    #[test]
    fn an_address_gets_three_times_what_it_sent_until_it_is_proven() {
        let (mut proofs, peer) = (Proofs::default(), address(5060));
        assert!(!proofs.may_answer(peer, 1), "it has sent nothing");
        proofs.heard(Instant::ZERO, peer, 100);
        assert!(proofs.may_answer(peer, 200) && proofs.may_answer(peer, 100));
        assert!(!proofs.may_answer(peer, 1));
        assert!(!proofs.may_answer(address(5061), 1), "another port is another address");
        proofs.heard(Instant::ZERO, peer, 10);
        assert!(proofs.may_answer(peer, 30) && !proofs.may_answer(peer, 1));
        proofs.proven(Instant::ZERO, peer);
        assert!(proofs.may_answer(peer, 1_000_000));
    }

    #[test]
    fn the_table_is_bounded_and_credit_is_not_saved() {
        let mut proofs = Proofs::default();
        let later = Instant::ZERO + HEARD_FOR;
        proofs.heard(Instant::ZERO, address(1), 1_000);
        proofs.heard(later, address(1), 10);
        assert!(!proofs.may_answer(address(1), 31));
        for number in 0..100_000_u32 {
            proofs.heard(later, SocketAddr::from((number.to_be_bytes(), 5060)), 100);
        }
        assert_eq!(proofs.len(), MAX_ADDRESSES);
        assert!(proofs.order.len() <= MAX_ADDRESSES + 1);
    }
}
