//! SIP endpoints: OPTIONS, registrations and calls at a given rate, to one server or to two of them side by side.
//!
//! OPTIONS is what every SIP server answers, so a run against another server says what the same request costs
//! there: sockets, parsing, matching of transactions, writing the answer. A registrar takes registrations as well, and
//! a proxy or switch calls between endpoints that are registered there. What is offered begins on a schedule made
//! beforehand, from many endpoints in turn, each with a socket of its own, and counts from the scheduled instant.
//!
//! ```text
//!  Schedule ─► options, registration, calls ─► Layer ─► Sockets ══ server ══► Sockets ─► Layer ─┐
//!                   ▲            Outcome ◄─┘     └─ Transactions: repeat, give up               │ answers,
//!                   └───────────────────────────────────────────────────────────────────────────┘ requests
//! ```
//!
//! | module | what it is |
//! | --- | --- |
//! | [`options`] | OPTIONS |
//! | [`registration`] | who the endpoints are, and that the server knows where they are; [`authentication`] |
//! | [`calls`] | calls between two endpoints each: [`call`], and the two ends of its [`dialog`] |
//! | [`layer`] | requests with their transactions, for all of these |
//! | [`transaction`] | client transactions, without sockets and clocks |
//! | [`sockets`] | datagrams and streams |
//! | [`outcome`], [`refusal`] | what became of it all, and what it means |
//! | [`beside`] | servers that take turns, and their figures as ratios |

mod authentication;
pub mod beside;
mod call;
mod calls;
mod dialog;
mod layer;
mod options;
pub mod outcome;
mod refusal;
mod registration;
mod sockets;
mod transaction;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hookflash_wire::sip::{Message, Method, Request, Response, StatusCode, Transport};

use super::{Error, schedule::Schedule, server};
use calls::Calls;
use layer::{Answer, Arrival, Layer};
use outcome::{Failure, Outcome};
pub use registration::Account;
use registration::Registrations;
use sockets::Source;
use transaction::{Purpose, Transaction};

/// How many endpoints register at once before calls are made, and unregister in the end.
const PARALLEL: usize = 64;

/// What is offered to a server.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, clap::ValueEnum)]
pub enum Offer {
    /// OPTIONS, which every server answers
    #[default]
    Options,
    /// Registrations: each endpoint registers, then refreshes its registration when its turn comes again
    Register,
    /// Calls between endpoints that are registered there
    Calls,
}

impl Offer {
    /// Its name, as it is given.
    pub fn name(self) -> &'static str {
        match self {
            Offer::Options => "options",
            Offer::Register => "register",
            Offer::Calls => "calls",
        }
    }

    /// What is counted.
    pub fn unit(self) -> &'static str {
        match self {
            Offer::Options => "OPTIONS/s",
            Offer::Register => "registrations/s",
            Offer::Calls => "calls/s",
        }
    }

    /// What is measured of each.
    pub fn latency(self) -> &'static str {
        match self {
            Offer::Options => "scheduled to answered",
            Offer::Register => "scheduled to registered",
            Offer::Calls => "scheduled to 200 at caller",
        }
    }
}

/// How much to offer.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many requests, registrations or calls begin in a second.
    pub rate: f64,
    /// How long they are begun.
    pub duration: Duration,
    /// How long the called party rings before it answers.
    pub ring: Duration,
    /// How long a call lasts.
    pub hold: Duration,
}

/// Who offers what to whom.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The server.
    pub server: SocketAddr,
    /// UDP or TCP.
    pub transport: Transport<'static>,
    /// What is offered.
    pub offer: Offer,
    /// How many endpoints; two take part in a call.
    pub endpoints: usize,
    /// Who they are.
    pub account: Account,
    /// Whom they call, if not each other: a user who answers by himself.
    pub call: Option<String>,
}

/// Many SIP endpoints of one server.
#[derive(Debug)]
pub struct Client {
    offer: Offer,
    layer: Layer,
    users: Users,
    arrivals: VecDeque<Arrival>,
    /// Whose turn it is to send OPTIONS.
    turn: usize,
}

/// What uses the transactions.
#[derive(Debug)]
struct Users {
    registrations: Registrations,
    calls: Calls,
}

/// What everybody needs who does something.
struct Context<'a> {
    layer: &'a mut Layer,
    outcome: &'a mut Outcome,
    /// What is answered before this instant is answered in time.
    end: Instant,
}

impl Context<'_> {
    /// Something was answered that should have begun at an instant.
    fn answered(&mut self, scheduled: Instant, at: Instant) {
        self.outcome.answered(at - scheduled, at <= self.end);
    }
}

/// What is offered, and what became of it so far.
struct Run {
    offer: Offer,
    schedule: Schedule,
    outcome: Outcome,
}

impl Client {
    /// Opens the sockets, registers the endpoints if they shall make calls, and tries what will be offered: a server
    /// that does not serve it cannot be measured.
    ///
    /// # Errors
    /// No sockets can be had, or the server does not answer, or refuses.
    pub fn open(setup: &Setup) -> Result<Client, Error> {
        let mut client = Client::unheard(setup)?;
        match client.get_ready() {
            Ok(()) => Ok(client),
            Err(error) => client.close().and(Err(error)),
        }
    }

    /// Endpoints of a server that has not shown yet that it is there.
    fn unheard(setup: &Setup) -> Result<Client, Error> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{:x}{:x}", std::process::id(), since_epoch.as_nanos());
        let Setup { server, transport, offer, .. } = *setup;
        let least = if offer == Offer::Calls { Calls::parties(setup.call.as_deref()) } else { 1 };
        let endpoints = setup.endpoints.max(least);
        let mut layer = Layer::open(server, transport, endpoints, name).map_err(Error::Wait)?;
        let registrations = Registrations::new(&mut layer, setup.account.clone());
        let callers = if offer == Offer::Calls { endpoints } else { 0 };
        let calls = Calls::new(callers, setup.call.clone());
        let users = Users { registrations, calls };
        Ok(Client { offer, layer, users, arrivals: VecDeque::new(), turn: 0 })
    }

    /// Offers what a plan says, and waits until each is answered or lost.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn run(&mut self, plan: &Plan) -> Result<Outcome, Error> {
        self.run_offer(self.offer, plan)
    }

    /// Lets time pass; nothing is offered, but the endpoints are there.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn rest(&mut self, quiet: Duration) -> Result<(), Error> {
        let mut run = Run::new(self.offer, 0.0, Duration::ZERO);
        let until = Instant::now() + quiet;
        while Instant::now() < until {
            self.turn(&mut run, Some(until))?;
        }
        Ok(())
    }

    /// Removes the registrations, if the server lets us.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn close(mut self) -> Result<(), Error> {
        self.each_endpoint(Registrations::unregister).map(drop)
    }

    fn run_offer(&mut self, offer: Offer, plan: &Plan) -> Result<Outcome, Error> {
        self.users.calls.plan(plan);
        let mut run = Run::new(offer, plan.rate, plan.duration);
        loop {
            self.act(&mut run);
            let next = run.schedule.next();
            if next.is_none() && self.is_idle() {
                break;
            }
            self.turn(&mut run, next)?;
        }
        run.outcome.load_average = server::load_average();
        Ok(run.outcome)
    }

    fn get_ready(&mut self) -> Result<(), Error> {
        let (one, brief) = (4.0, Duration::from_millis(250));
        let plan = Plan { rate: one, duration: brief, ring: Duration::ZERO, hold: Duration::ZERO };
        match self.offer {
            Offer::Options => {
                let each = self.layer.endpoints() as f64;
                self.try_out(Offer::Options, &Plan { rate: one * each, ..plan })
            }
            Offer::Register => self.try_out(Offer::Register, &plan),
            Offer::Calls => {
                if self.users.registrations.is_wanted() {
                    self.try_out(Offer::Register, &plan)?;
                    self.register_all()?;
                }
                self.try_out(Offer::Calls, &plan)
            }
        }
    }

    /// Offers a little, and makes sure that something of it is answered.
    fn try_out(&mut self, offer: Offer, plan: &Plan) -> Result<(), Error> {
        let outcome = self.run_offer(offer, plan)?;
        if outcome.answered > 0 {
            return Ok(());
        }
        let server = self.layer.server;
        let refused = outcome.failures.keys().find(|failure| matches!(failure, Failure::Refused(..)));
        Err(match refused {
            Some(failure) => Error::Refused { server, failure: failure.to_string() },
            None => Error::NotAnswered { server, offer: offer.name(), why: outcome.trouble() },
        })
    }

    fn register_all(&mut self) -> Result<(), Error> {
        let outcome = self.each_endpoint(Registrations::register)?;
        let (registered, wanted) = (self.users.registrations.registered(), self.layer.endpoints());
        match registered == wanted {
            true => Ok(()),
            false => Err(Error::NotRegistered { registered, wanted, why: outcome.trouble() }),
        }
    }

    /// Lets each endpoint ask the registrar for something, a few at once, until one gets no answer.
    fn each_endpoint(
        &mut self,
        ask: fn(&mut Registrations, &mut Context<'_>, usize),
    ) -> Result<Outcome, Error> {
        let mut run = Run::new(Offer::Register, 0.0, Duration::ZERO);
        let mut endpoints = 0..self.layer.endpoints();
        loop {
            while self.layer.open_transactions() < PARALLEL
                && run.outcome.lost() == 0
                && let Some(endpoint) = endpoints.next()
            {
                ask(&mut self.users.registrations, &mut run.context(&mut self.layer), endpoint);
            }
            if self.is_idle() {
                return Ok(run.outcome);
            }
            self.turn(&mut run, None)?;
        }
    }

    /// Whether nothing is waited for.
    fn is_idle(&self) -> bool {
        self.layer.open_transactions() == 0 && self.users.calls.active() == 0
    }

    /// Waits for messages until an instant, or until there is something else to do, and does it.
    fn turn(&mut self, run: &mut Run, until: Option<Instant>) -> Result<(), Error> {
        self.act(run);
        let Users { registrations, calls } = &self.users;
        let due = [until, self.layer.next_due(), calls.next_due(), registrations.next_refresh()];
        let until = due.into_iter().flatten().min();
        self.layer.wait(until, &mut self.arrivals).map_err(Error::Wait)?;
        while let Some((source, message)) = self.arrivals.pop_front() {
            self.users.serve(&mut run.context(&mut self.layer), source, message);
            self.act(run);
        }
        while let Some((endpoint, failed)) = self.layer.take_broken() {
            self.users.broken(&mut run.context(&mut self.layer), endpoint, &failed);
        }
        Ok(())
    }

    /// Does everything whose time has come.
    fn act(&mut self, run: &mut Run) {
        while let Some(scheduled) = run.schedule.take_due(Instant::now()) {
            self.begin(run, scheduled);
        }
        let cx = &mut run.context(&mut self.layer);
        while let Some(lost) = cx.layer.take_lost(cx.outcome) {
            self.users.lost(cx, &lost);
        }
        self.users.calls.act(cx, &mut self.users.registrations);
        self.users.registrations.refresh_due(cx);
    }

    fn begin(&mut self, run: &mut Run, scheduled: Instant) {
        let (offer, users) = (run.offer, &mut self.users);
        let cx = &mut run.context(&mut self.layer);
        cx.outcome.behind.record(Instant::now() - scheduled);
        match offer {
            Offer::Options => {
                self.turn = (self.turn + 1) % cx.layer.endpoints();
                options::send(cx, self.turn, scheduled);
            }
            Offer::Register => users.registrations.register_next(cx, scheduled),
            Offer::Calls => users.calls.begin(cx, &mut users.registrations, scheduled),
        }
    }
}

impl Run {
    fn new(offer: Offer, rate: f64, duration: Duration) -> Run {
        let schedule = Schedule::new(Instant::now(), rate, duration);
        Run { offer, schedule, outcome: Outcome::new(offer, rate, duration) }
    }

    fn context<'a>(&'a mut self, layer: &'a mut Layer) -> Context<'a> {
        Context { layer, outcome: &mut self.outcome, end: self.schedule.end() }
    }
}

impl Users {
    /// Takes a message that arrived.
    fn serve(&mut self, cx: &mut Context<'_>, source: Source, message: Option<Message>) {
        match message {
            None => cx.outcome.failed(Failure::Foreign("not SIP")),
            Some(Message::Request(request)) => self.request(cx, source, &request),
            Some(Message::Response(response)) => self.response(cx, source, &response),
        }
    }

    fn response(&mut self, cx: &mut Context<'_>, source: Source, response: &Response) {
        match cx.layer.answered(response) {
            Answer::Foreign(what) => cx.outcome.failed(Failure::Foreign(what)),
            Answer::Provisional(Purpose::Invite(place)) => {
                self.calls.provisional(cx, place, response, source.at);
            }
            Answer::Provisional(_) => {}
            Answer::Over => self.over(cx, source, response),
            Answer::Final(transaction) => self.answered(cx, source, &transaction, response),
        }
    }

    /// A response came for a transaction that is over.
    fn over(&mut self, cx: &mut Context<'_>, source: Source, response: &Response) {
        let method = response.headers().cseq().map(|cseq| cseq.method);
        if method == Ok(Method::Cancel) {
            return;
        }
        cx.outcome.again += 1;
        match response.status {
            status if method != Ok(Method::Invite) || status.is_provisional() => {}
            status if status.is_success() => self.calls.acknowledge_again(cx, source, response),
            _ => cx.layer.acknowledge_refusal(source.socket, response),
        }
    }

    fn answered(
        &mut self,
        cx: &mut Context<'_>,
        source: Source,
        transaction: &Transaction,
        response: &Response,
    ) {
        let Users { registrations, calls } = self;
        if transaction.method == Method::Invite && !response.status.is_success() {
            cx.layer.acknowledge_refusal(transaction.sending.endpoint, response);
        }
        match transaction.sending.purpose {
            Purpose::Options(scheduled) => options::answered(cx, scheduled, response, source.at),
            Purpose::Register(endpoint) => registrations.answered(cx, endpoint, response, source.at),
            Purpose::Invite(place) => calls.invite_answered(cx, registrations, place, response, source.at),
            Purpose::Bye(place) => calls.bye_answered(cx, registrations, place, response, source.at),
            Purpose::CleanUp => {}
        }
    }

    fn request(&mut self, cx: &mut Context<'_>, source: Source, request: &Request) {
        if self.calls.request(cx, &mut self.registrations, source, request) {
            return;
        }
        let call_id = request.headers().call_id().unwrap_or_default();
        if request.method == Method::Bye && cx.layer.call_of(call_id).is_some() {
            // Of a call that is over: its answer was lost.
            cx.outcome.again += 1;
            return cx.layer.reply(source, request, StatusCode::OK);
        }
        cx.layer.answer_stranger(source, request);
    }

    fn lost(&mut self, cx: &mut Context<'_>, transaction: &Transaction) {
        let Users { registrations, calls } = self;
        match transaction.sending.purpose {
            Purpose::Options(_) => cx.outcome.failed(Failure::Lost("no answer to OPTIONS")),
            Purpose::Register(endpoint) => registrations.lost(cx, endpoint),
            Purpose::Invite(place) | Purpose::Bye(place) => calls.time_out(cx, registrations, place),
            Purpose::CleanUp => {}
        }
    }

    /// The connection of an endpoint broke; what it had asked is lost.
    fn broken(&mut self, cx: &mut Context<'_>, endpoint: usize, failed: &[Transaction]) {
        cx.outcome.connections_broken += 1;
        for transaction in failed {
            self.lost(cx, transaction);
        }
        self.registrations.forget(endpoint);
        self.calls.broken(cx, &mut self.registrations, endpoint);
    }
}

#[cfg(test)]
mod tests;
