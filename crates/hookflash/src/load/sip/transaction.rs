//! Client transactions other than INVITE (RFC 3261, 17.1.2), without sockets and clocks.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::{Duration, Instant},
};

use hookflash_wire::sip::Transport;

/// Estimate of the round trip (RFC 3261, 17.1.1.1): the first repetition comes after this time.
pub const T1: Duration = Duration::from_millis(500);

/// Longest time between two repetitions, and the time between them once there was a provisional answer.
pub const T2: Duration = Duration::from_secs(4);

/// A request without an answer is lost after this time: timer F is 64 T1, but nobody waits 32 seconds in a step
/// of five, and an answer that took so long would be none.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// A request that has no final answer yet.
#[derive(Clone, Copy, Debug)]
pub struct Transaction {
    /// When it should have been sent.
    pub scheduled: Instant,
    sent: Instant,
    /// Until the next repetition (timer E).
    interval: Duration,
}

/// What is to be done with a transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Due {
    /// Send the request once more.
    Repeat(u64),
    /// It got no answer, and is over.
    Lost(u64),
}

/// All transactions of a client, numbered from 0 in the order in which they began. Numbers are not used again.
#[derive(Debug)]
pub struct Transactions {
    /// Number of the first one in `recent`.
    first: u64,
    recent: VecDeque<Option<Transaction>>,
    due: BinaryHeap<Reverse<(Instant, u64)>>,
    open: usize,
    repeats: bool,
}

impl Transactions {
    /// None yet. On UDP, requests are repeated.
    pub fn new(transport: Transport<'_>) -> Transactions {
        Transactions {
            first: 0,
            recent: VecDeque::new(),
            due: BinaryHeap::new(),
            open: 0,
            repeats: transport == Transport::Udp,
        }
    }

    /// How many have no final answer yet.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Begins one whose request is sent at `now`, and answers its number.
    pub fn begin(&mut self, scheduled: Instant, now: Instant) -> u64 {
        let number = self.first + self.recent.len() as u64;
        let transaction = Transaction { scheduled, sent: now, interval: T1 };
        self.recent.push_back(Some(transaction));
        self.open += 1;
        let wait = if self.repeats { T1 } else { PATIENCE };
        self.due.push(Reverse((now + wait, number)));
        number
    }

    /// When [`Transactions::due`] has something next.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((at, _))| *at)
    }

    /// The next thing whose time has come.
    pub fn due(&mut self, now: Instant) -> Option<Due> {
        while let Some(Reverse((at, number))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            let Some(transaction) = self.get(number) else { continue };
            let end = transaction.sent + PATIENCE;
            if end <= now {
                self.finish(number);
                return Some(Due::Lost(number));
            }
            transaction.interval = (transaction.interval * 2).min(T2);
            let next = (at + transaction.interval).min(end);
            self.due.push(Reverse((next, number)));
            return Some(Due::Repeat(number));
        }
        None
    }

    /// A provisional answer came: repetitions become rare.
    pub fn provisional(&mut self, number: u64) {
        if let Some(transaction) = self.get(number) {
            transaction.interval = T2;
        }
    }

    /// Ends one; `None` if it was over before, or never began.
    pub fn finish(&mut self, number: u64) -> Option<Transaction> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let transaction = self.recent.get_mut(index)?.take()?;
        self.open -= 1;
        while let Some(None) = self.recent.front() {
            self.recent.pop_front();
            self.first += 1;
        }
        Some(transaction)
    }

    /// Ends all those whose request went a way that broke (RFC 3261, 17.1.4), and answers how many.
    pub fn fail(&mut self, went_there: impl Fn(u64) -> bool) -> u64 {
        let end = self.first + self.recent.len() as u64;
        let failed = (self.first..end).filter(|number| went_there(*number) && self.finish(*number).is_some());
        failed.count() as u64
    }

    fn get(&mut self, number: u64) -> Option<&mut Transaction> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.recent.get_mut(index)?.as_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to one unanswered request, in milliseconds.
    fn life(transport: Transport<'_>, provisional: bool) -> Vec<(u128, Due)> {
        let start = Instant::now();
        let mut transactions = Transactions::new(transport);
        let number = transactions.begin(start, start);
        if provisional {
            transactions.provisional(number);
        }
        let mut seen = Vec::new();
        while let Some(at) = transactions.next_due() {
            seen.extend(transactions.due(at).map(|due| ((at - start).as_millis(), due)));
        }
        assert_eq!(transactions.open(), 0);
        seen
    }

    #[test]
    fn an_unanswered_request_is_repeated_on_datagrams_only() {
        use Due::{Lost, Repeat};
        let repeated = [(500, Repeat(0)), (1500, Repeat(0)), (3500, Repeat(0)), (4000, Lost(0))];
        assert_eq!(life(Transport::Udp, false), repeated);
        assert_eq!(life(Transport::Udp, true), [(500, Repeat(0)), (4000, Lost(0))]);
        assert_eq!(life(Transport::Tcp, false), [(4000, Lost(0))]);
    }

    #[test]
    fn an_answered_request_is_over_once_and_its_number_is_not_used_again() {
        let start = Instant::now();
        let mut transactions = Transactions::new(Transport::Udp);
        let (first, second) = (transactions.begin(start, start), transactions.begin(start, start));
        assert!(transactions.finish(second).is_some());
        assert!(transactions.finish(second).is_none());
        assert!(transactions.finish(first).is_some());
        assert!(transactions.finish(77).is_none(), "never began");
        assert_eq!((transactions.open(), transactions.due(start + PATIENCE)), (0, None));
        assert_eq!(transactions.begin(start, start), 2);
    }
}
