//! SIP endpoints: OPTIONS at a given rate, to one server or to two of them side by side.
//!
//! OPTIONS is what every SIP server answers, so a run against another server says what the same request costs
//! there: sockets, parsing, matching of transactions, writing the answer. Requests go out on a schedule made
//! beforehand, over many sockets in turn, each a transaction of its own (RFC 3261, 17.1.2) with repetitions over
//! UDP, and count from the scheduled instant.
//!
//! ```text
//!  schedule ─► Client::begin ─► Sockets ══ server ══► Sockets ─► Client::take ─► Outcome
//!                   └─ Transactions: repeat, give up ─┘               (final answer, of which request?)
//! ```
//!
//! | module | what it is |
//! | --- | --- |
//! | [`transaction`] | transactions, without sockets and clocks |
//! | [`sockets`] | datagrams and streams |
//! | [`outcome`] | what became of the requests |
//! | [`beside`] | servers that take turns, and their figures as ratios |

pub mod beside;
pub mod outcome;
pub mod sockets;
pub mod transaction;

use std::{
    fmt::Write,
    io,
    net::SocketAddr,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hookflash_wire::sip::{CSeq, HeaderName, Message, MessageBuilder, Method, StatusCode, Transport};

use super::{Error, server};
use outcome::Outcome;
use sockets::Sockets;
use transaction::{Due, Transactions};

/// What requests to send.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Requests per second.
    pub rate: f64,
    /// How long requests are begun.
    pub duration: Duration,
}

/// Many SIP clients of one server.
#[derive(Debug)]
pub struct Client {
    server: SocketAddr,
    transport: Transport<'static>,
    sockets: Sockets,
    transactions: Transactions,
    /// Tells the branches and Call-IDs of this client from those of every other one.
    name: String,
    /// For requests, so that none needs memory of its own.
    request: Vec<u8>,
}

/// What a message means for the client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Answer {
    Provisional(u64),
    Final(u64, StatusCode),
    /// Not an answer to anything that was asked.
    Foreign(&'static str),
}

impl Client {
    /// Opens the sockets, and sends one request over each: a server that answers none cannot be measured.
    ///
    /// # Errors
    /// No sockets can be had, or the server does not answer.
    pub fn open(server: SocketAddr, transport: Transport<'static>, sockets: usize) -> Result<Client, Error> {
        let mut client = Client::unheard(server, transport, sockets)?;
        let count = client.sockets.count() as f64;
        let plan = Plan { rate: count * 4.0, duration: Duration::from_millis(250) };
        let greeting = client.run(&plan)?;
        match greeting.answered {
            0 => Err(Error::NotAnswered { server, why: greeting.trouble() }),
            _ => Ok(client),
        }
    }

    /// Clients of a server that has not shown yet that it is there.
    fn unheard(server: SocketAddr, transport: Transport<'static>, sockets: usize) -> Result<Client, Error> {
        let sockets = Sockets::open(server, transport, sockets).map_err(Error::Wait)?;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{:x}{:x}", std::process::id(), since_epoch.as_nanos());
        let transactions = Transactions::new(transport);
        Ok(Client { server, transport, sockets, transactions, name, request: Vec::new() })
    }

    /// Sends the requests of a plan, and waits until each is answered or lost.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn run(&mut self, plan: &Plan) -> Result<Outcome, Error> {
        let mut outcome = Outcome::new(plan.rate, plan.duration);
        let start = Instant::now() + Duration::from_millis(5);
        let end = start + plan.duration;
        let mut begun = 0u64;
        loop {
            let arrival = self.begin_due(plan, start, &mut begun, &mut outcome);
            self.repeat_due(&mut outcome);
            if arrival.is_none() && self.transactions.open() == 0 {
                break;
            }
            let until = arrival.into_iter().chain(self.transactions.next_due()).min();
            self.read(until, end, &mut outcome).map_err(Error::Wait)?;
            while let Some(broken) = self.sockets.take_broken() {
                let sockets = &self.sockets;
                outcome.connections_broken += 1;
                outcome.lost += self.transactions.fail(|number| sockets.at(number) == broken);
            }
        }
        outcome.load_average = server::load_average();
        Ok(outcome)
    }

    /// Begins every request whose time has come, and answers when the next one is due; `None` after the last.
    fn begin_due(
        &mut self,
        plan: &Plan,
        start: Instant,
        begun: &mut u64,
        outcome: &mut Outcome,
    ) -> Option<Instant> {
        let now = Instant::now();
        loop {
            let offset = Duration::from_secs_f64(*begun as f64 / plan.rate.max(1e-3));
            if offset >= plan.duration {
                return None;
            }
            let scheduled = start + offset;
            if scheduled > now {
                return Some(scheduled);
            }
            let sent = Instant::now();
            outcome.behind.record(sent - scheduled);
            let number = self.transactions.begin(scheduled, sent);
            self.send(number);
            *begun += 1;
        }
    }

    fn repeat_due(&mut self, outcome: &mut Outcome) {
        let now = Instant::now();
        while let Some(due) = self.transactions.due(now) {
            match due {
                Due::Repeat(number) => {
                    outcome.repeated += 1;
                    self.send(number);
                }
                Due::Lost(_) => outcome.lost += 1,
            }
        }
    }

    fn send(&mut self, number: u64) {
        let local = self.sockets.local(number);
        let mut bytes = std::mem::take(&mut self.request);
        bytes.clear();
        self.request = write_request(bytes, &self.name, number, self.server, local, self.transport);
        self.sockets.send(number, &self.request);
    }

    /// Waits for answers and takes note of them.
    fn read(&mut self, until: Option<Instant>, end: Instant, outcome: &mut Outcome) -> io::Result<()> {
        let Client { sockets, transactions, name, .. } = self;
        sockets.wait(until, |message, at| match answer(message, name) {
            Answer::Provisional(number) => transactions.provisional(number),
            Answer::Foreign(what) => outcome.unexpected(what.to_owned()),
            Answer::Final(number, status) => match transactions.finish(number) {
                None => outcome.answered_again += 1,
                Some(_) if !status.is_success() => {
                    outcome.unexpected(format!("{status} {}", status.reason()))
                }
                Some(transaction) => outcome.answered(at - transaction.scheduled, at <= end),
            },
        })
    }
}

/// Writes the request of a transaction: the same bytes each time.
fn write_request(
    out: Vec<u8>,
    name: &str,
    number: u64,
    server: SocketAddr,
    local: SocketAddr,
    transport: Transport<'_>,
) -> Vec<u8> {
    let transport = transport.as_str();
    MessageBuilder::request_onto(out, &Method::Options, format_args!("sip:{server}"))
        .header(
            HeaderName::VIA,
            format_args!("SIP/2.0/{transport} {local};rport;branch={BRANCH}{name}-{number}"),
        )
        .header(HeaderName::MAX_FORWARDS, 70)
        .header(HeaderName::FROM, format_args!("<sip:load@{local}>;tag={number}"))
        .header(HeaderName::TO, format_args!("<sip:{server}>"))
        .header(HeaderName::CALL_ID, format_args!("{number}-{name}"))
        .header(HeaderName::CSEQ, CSeq { number: 1, method: Method::Options })
        .header(HeaderName::ACCEPT, "application/sdp")
        .finish()
}

/// What every branch begins with (RFC 3261, 8.1.1.7).
const BRANCH: &str = "z9hG4bK";

/// Reads a message that arrived at the client of a name. Transactions are found as RFC 3261, 17.1.3 says, by branch
/// and method.
fn answer(message: &[u8], name: &str) -> Answer {
    let Ok(message) = Message::parse(message) else { return Answer::Foreign("not SIP") };
    let Message::Response(response) = message else { return Answer::Foreign("a request") };
    let headers = response.headers();
    let number = headers.via().ok().and_then(|via| {
        let (its_name, number) = via.branch()?.strip_prefix(BRANCH)?.split_once('-')?;
        number.parse().ok().filter(|_| its_name == name)
    });
    let Some(number) = number else { return Answer::Foreign("an answer to nothing that was asked") };
    if !headers.cseq().is_ok_and(|cseq| cseq.method == Method::Options) {
        return Answer::Foreign("an answer to another method");
    }
    let mut call_id = String::with_capacity(64);
    // Writing to a string does not fail.
    let _ = write!(call_id, "{number}-{name}");
    if headers.call_id() != Ok(call_id.as_str()) {
        return Answer::Foreign("an answer with another Call-ID");
    }
    match response.status {
        status if status.is_provisional() => Answer::Provisional(number),
        status => Answer::Final(number, status),
    }
}

#[cfg(test)]
mod tests;
