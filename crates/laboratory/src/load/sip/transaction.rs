//! Client transactions (RFC 3261, 17.1), without sockets and clocks.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    net::SocketAddr,
    time::{Duration, Instant},
};

use hookflash_wire::sip::{Method, Transport};

/// Estimate of the round trip (RFC 3261, 17.1.1.1): the first repetition comes after this time.
pub const T1: Duration = Duration::from_millis(500);

/// Longest time between two repetitions of anything but an INVITE, and the time between them once there was a
/// provisional answer.
pub const T2: Duration = Duration::from_secs(4);

/// A request without an answer is lost after this time: timers B and F are 64 T1, but nobody waits 32 seconds in a
/// step of five, and an answer that took so long would be none.
pub const PATIENCE: Duration = Duration::from_secs(4);

/// A call of a pair of endpoints: not the one before, and not the one after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The pair, by its index.
    pub pair: usize,
    /// The number of the call, which no other one has.
    pub call: u64,
}

/// What a request is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// OPTIONS that should have been sent at an instant.
    Options(Instant),
    /// To register an endpoint, by its index.
    Register(usize),
    /// To begin a call.
    Invite(Place),
    /// To end it.
    Bye(Place),
    /// To leave nothing behind after a call that failed: what becomes of it does not matter.
    CleanUp,
}

/// Who sends a request, where to, what for, and how long an answer is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Sending {
    /// What it is for.
    pub purpose: Purpose,
    /// The endpoint that sends it.
    pub endpoint: usize,
    /// Where it is sent.
    pub to: SocketAddr,
    /// After this time without a final answer it is lost.
    pub patience: Duration,
}

/// A request that has no final answer yet.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// What it is for, and who sends it.
    pub sending: Sending,
    /// Its method.
    pub method: Method,
    /// The number in its Call-ID, if that is one of ours.
    pub call: Option<u64>,
    request: Vec<u8>,
    sent: Instant,
    /// Until the next repetition (timers A and E).
    interval: Duration,
    /// There was a provisional answer.
    proceeding: bool,
}

impl Transaction {
    /// One whose request is sent at `sent`.
    pub fn new(
        sent: Instant,
        sending: Sending,
        method: &Method,
        call: Option<u64>,
        request: Vec<u8>,
    ) -> Transaction {
        let method = method.clone();
        Transaction { sending, method, call, request, sent, interval: T1, proceeding: false }
    }

    fn end(&self) -> Instant {
        self.sent + self.sending.patience
    }

    /// The request as it was sent.
    pub fn request(&self) -> &[u8] {
        &self.request
    }

    /// Whether there was a provisional answer.
    pub fn is_proceeding(&self) -> bool {
        self.proceeding
    }

    /// Until the repetition after the next one.
    fn back_off(&mut self) -> Duration {
        self.interval *= 2;
        if self.method != Method::Invite {
            self.interval = self.interval.min(T2);
        }
        self.interval
    }
}

/// What is to be done with a transaction.
#[derive(Debug)]
pub enum Due {
    /// Send the request of this number once more.
    Repeat(u64),
    /// It got no answer, and is over.
    Lost(Transaction),
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
    /// Memory for requests.
    spare: Vec<Vec<u8>>,
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
            spare: Vec::new(),
        }
    }

    /// How many have no final answer yet.
    pub fn open(&self) -> usize {
        self.open
    }

    /// The number of the one that begins next.
    pub fn next_number(&self) -> u64 {
        self.first + self.recent.len() as u64
    }

    /// Memory for the next request.
    pub fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes the memory of a request back, which is over.
    pub fn recycle(&mut self, transaction: &mut Transaction) {
        let mut buffer = std::mem::take(&mut transaction.request);
        buffer.clear();
        self.spare.push(buffer);
    }

    /// Begins one at `now`, with the number that [`Transactions::next_number`] told.
    pub fn begin(&mut self, now: Instant, transaction: Transaction) {
        let end = transaction.end();
        let next = if self.repeats { end.min(now + T1) } else { end };
        self.due.push(Reverse((next, self.next_number())));
        self.recent.push_back(Some(transaction));
        self.open += 1;
    }

    /// Uses up a number for a request that nobody answers.
    pub fn skip_number(&mut self) -> u64 {
        let number = self.next_number();
        self.recent.push_back(None);
        self.forget_ended();
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
            let Some(transaction) = self.get_mut(number) else { continue };
            let end = transaction.end();
            if end <= now {
                return self.finish(number).map(Due::Lost);
            }
            // RFC 3261, 17.1.1.2: an INVITE is not repeated once it is known to have arrived.
            let quiet = transaction.method == Method::Invite && transaction.proceeding;
            let next = if quiet { end } else { (at + transaction.back_off()).min(end) };
            self.due.push(Reverse((next, number)));
            if !quiet {
                return Some(Due::Repeat(number));
            }
        }
        None
    }

    /// A provisional answer came: repetitions become rare, those of an INVITE end.
    pub fn provisional(&mut self, number: u64) {
        if let Some(transaction) = self.get_mut(number) {
            transaction.proceeding = true;
            transaction.interval = T2;
        }
    }

    /// One that has no final answer yet.
    pub fn get(&self, number: u64) -> Option<&Transaction> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.recent.get(index)?.as_ref()
    }

    /// Ends one; `None` if it was over before, or never began.
    pub fn finish(&mut self, number: u64) -> Option<Transaction> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let transaction = self.recent.get_mut(index)?.take()?;
        self.open -= 1;
        self.forget_ended();
        Some(transaction)
    }

    /// Ends all those of an endpoint whose way broke (RFC 3261, 17.1.4).
    pub fn fail(&mut self, endpoint: usize) -> Vec<Transaction> {
        let numbers = self.first..self.next_number();
        let of_endpoint =
            |this: &Self, number| this.get(number).is_some_and(|one| one.sending.endpoint == endpoint);
        numbers.filter_map(|number| of_endpoint(self, number).then(|| self.finish(number))?).collect()
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Transaction> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.recent.get_mut(index)?.as_mut()
    }

    fn forget_ended(&mut self) {
        while let Some(None) = self.recent.front() {
            self.recent.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(transactions: &mut Transactions, now: Instant, method: Method) -> u64 {
        let number = transactions.next_number();
        let to = ([127, 0, 0, 1], 9).into();
        let sending = Sending { purpose: Purpose::CleanUp, endpoint: 0, to, patience: PATIENCE };
        transactions.begin(now, Transaction::new(now, sending, &method, None, Vec::new()));
        number
    }

    /// When an unanswered request is repeated, in milliseconds, and lost.
    fn life(transport: Transport<'_>, method: Method, provisional: bool) -> (Vec<u128>, u128) {
        let start = Instant::now();
        let mut transactions = Transactions::new(transport);
        let number = begin(&mut transactions, start, method);
        if provisional {
            transactions.provisional(number);
        }
        let (mut repeated, mut lost) = (Vec::new(), 0);
        while let Some(at) = transactions.next_due() {
            match transactions.due(at) {
                Some(Due::Repeat(_)) => repeated.push((at - start).as_millis()),
                Some(Due::Lost(_)) => lost = (at - start).as_millis(),
                None => {}
            }
        }
        assert_eq!(transactions.open(), 0);
        (repeated, lost)
    }

    #[test]
    fn an_unanswered_request_is_repeated_on_datagrams_only() {
        use Transport::{Tcp, Udp};
        assert_eq!(life(Udp, Method::Options, false), (vec![500, 1500, 3500], 4000));
        assert_eq!(life(Udp, Method::Options, true), (vec![500], 4000));
        assert_eq!(life(Udp, Method::Invite, false), (vec![500, 1500, 3500], 4000));
        assert_eq!(life(Udp, Method::Invite, true), (vec![], 4000), "it has arrived");
        assert_eq!(life(Tcp, Method::Options, false), (vec![], 4000));
    }

    #[test]
    fn an_answered_request_is_over_once_and_its_number_is_not_used_again() {
        let start = Instant::now();
        let mut transactions = Transactions::new(Transport::Udp);
        let mut options = || begin(&mut transactions, start, Method::Options);
        let (first, second) = (options(), options());
        assert!(transactions.finish(second).is_some());
        assert!(transactions.finish(second).is_none());
        assert!(transactions.finish(first).is_some());
        assert!(transactions.finish(77).is_none(), "never began");
        assert_eq!(transactions.open(), 0);
        assert!(transactions.due(start + PATIENCE).is_none());
        assert_eq!(transactions.skip_number(), 2);
        assert_eq!(begin(&mut transactions, start, Method::Options), 3);
    }
}
