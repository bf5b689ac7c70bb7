//! SIP endpoints: OPTIONS, registrations and calls at a given rate, to one server or to two of them side by side.
//!
//! OPTIONS is what every SIP server answers, so a run against another server says what the same request costs
//! there: sockets, parsing, matching of transactions, writing the answer. A registrar takes registrations as well, and
//! a proxy or switch calls between endpoints that are registered there. What is offered begins on a schedule made
//! beforehand, from many endpoints in turn, each with a socket of its own, and counts from the scheduled instant.
//!
//! ```text
//!  Schedule ─► options, registration, calls ─► Layer ─► Sockets ══ server ══► Sockets ─► Layer ─┐
//!                   ▲            Outcome ◄─┘     └─ transactions, dialogs: repeat, give up     │ answers,
//!                   └───────────────────────────────────────────────────────────────────────────┘ requests
//! ```
//!
//! | module | what it is |
//! | --- | --- |
//! | [`options`] | OPTIONS |
//! | [`registration`] | who the endpoints are, and that the server knows where they are; [`authentication`] |
//! | [`calls`] | calls between two endpoints each: [`call`] |
//! | [`dispatch`] | what a message, or its absence, means for which of these |
//! | [`layer`] | the SIP layer of `hookflash-sip` over the sockets, for all of these |
//! | [`sockets`] | datagrams and streams |
//! | [`outcome`], [`refusal`] | what became of it all, and what it means |
//! | [`beside`] | servers that take turns, and their figures as ratios |

mod authentication;
pub mod beside;
mod call;
mod calls;
mod dispatch;
mod layer;
mod options;
pub mod outcome;
mod refusal;
mod registration;
mod sockets;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use hookflash_wire::sip::Transport;

use super::{Error, schedule::Schedule, server};
use calls::Calls;
use layer::{Arrival, Layer};
use outcome::{Failure, Outcome};
pub use registration::Account;
use registration::Registrations;

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
    registrations: Registrations,
    calls: Calls,
    arrivals: VecDeque<Arrival>,
    /// Whose turn it is to send OPTIONS.
    turn: usize,
}

/// What everybody needs who does something.
struct Context<'a> {
    layer: &'a mut Layer,
    registrations: &'a mut Registrations,
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
        let nanos = since_epoch.as_nanos();
        let name = format!("{:x}{nanos:x}", std::process::id());
        let seed = [u64::from(std::process::id()), u64::try_from(nanos).unwrap_or(u64::MAX)];
        let Setup { server, transport, offer, .. } = *setup;
        let least = if offer == Offer::Calls { Calls::parties(setup.call.as_deref()) } else { 1 };
        let endpoints = setup.endpoints.max(least);
        let mut layer = Layer::open(server, transport, endpoints, name, seed).map_err(Error::Wait)?;
        let registrations = Registrations::new(&mut layer, setup.account.clone());
        let callers = if offer == Offer::Calls { endpoints } else { 0 };
        let calls = Calls::new(callers, setup.call.clone());
        Ok(Client { offer, layer, registrations, calls, arrivals: VecDeque::new(), turn: 0 })
    }

    /// Offers what a plan says, and waits until each is answered or lost.
    ///
    /// # Errors
    /// The system does not let us wait for sockets.
    pub fn run(&mut self, plan: &Plan) -> Result<Outcome, Error> {
        self.run_offer(self.offer, plan)
    }

    /// How many endpoints there are.
    pub fn endpoints(&self) -> usize {
        self.layer.endpoints()
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
        self.each_endpoint(registration::unregister).map(drop)
    }

    fn run_offer(&mut self, offer: Offer, plan: &Plan) -> Result<Outcome, Error> {
        self.calls.plan(plan);
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
                if self.registrations.is_wanted() {
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
        let outcome = self.each_endpoint(registration::register)?;
        let (registered, wanted) = (self.registrations.registered(), self.layer.endpoints());
        match registered == wanted {
            true => Ok(()),
            false => Err(Error::NotRegistered { registered, wanted, why: outcome.trouble() }),
        }
    }

    /// Lets each endpoint ask the registrar for something, a few at once, until one gets no answer.
    fn each_endpoint(&mut self, ask: fn(&mut Context<'_>, usize)) -> Result<Outcome, Error> {
        let mut run = Run::new(Offer::Register, 0.0, Duration::ZERO);
        let mut endpoints = 0..self.layer.endpoints();
        loop {
            while self.layer.open_transactions() < PARALLEL
                && run.outcome.lost() == 0
                && let Some(endpoint) = endpoints.next()
            {
                ask(&mut run.context(&mut self.layer, &mut self.registrations), endpoint);
            }
            if self.is_idle() {
                return Ok(run.outcome);
            }
            self.turn(&mut run, None)?;
        }
    }

    /// Whether nothing is waited for.
    fn is_idle(&self) -> bool {
        self.layer.open_transactions() == 0 && self.calls.active() == 0
    }

    /// Waits for messages until an instant, or until there is something else to do, and does it.
    fn turn(&mut self, run: &mut Run, until: Option<Instant>) -> Result<(), Error> {
        self.act(run);
        let due = [until, self.layer.next_due(), self.calls.next_due(), self.registrations.next_refresh()];
        let until = due.into_iter().flatten().min();
        let heard = Instant::now();
        self.layer.wait(until, &mut self.arrivals).map_err(Error::Wait)?;
        while let Some((source, message)) = self.arrivals.pop_front() {
            let cx = &mut run.context(&mut self.layer, &mut self.registrations);
            dispatch::serve(cx, &mut self.calls, source, message);
            self.act(run);
        }
        self.layer.heard = heard;
        while let Some(endpoint) = self.layer.take_broken() {
            let cx = &mut run.context(&mut self.layer, &mut self.registrations);
            dispatch::broken(cx, &mut self.calls, endpoint);
        }
        Ok(())
    }

    /// Does everything whose time has come.
    fn act(&mut self, run: &mut Run) {
        while let Some(scheduled) = run.schedule.take_due(Instant::now()) {
            self.begin(run, scheduled);
        }
        let cx = &mut run.context(&mut self.layer, &mut self.registrations);
        dispatch::handle_timeout(cx, &mut self.calls);
        self.calls.act(cx);
        registration::refresh_due(cx);
    }

    fn begin(&mut self, run: &mut Run, scheduled: Instant) {
        let offer = run.offer;
        let cx = &mut run.context(&mut self.layer, &mut self.registrations);
        cx.outcome.behind.record(Instant::now() - scheduled);
        match offer {
            Offer::Options => {
                self.turn = (self.turn + 1) % cx.layer.endpoints();
                options::send(cx, self.turn, scheduled);
            }
            Offer::Register => registration::register_next(cx, scheduled),
            Offer::Calls => self.calls.begin(cx, scheduled),
        }
    }
}

impl Run {
    fn new(offer: Offer, rate: f64, duration: Duration) -> Run {
        let schedule = Schedule::new(Instant::now(), rate, duration);
        Run { offer, schedule, outcome: Outcome::new(offer, rate, duration) }
    }

    fn context<'a>(&'a mut self, layer: &'a mut Layer, registrations: &'a mut Registrations) -> Context<'a> {
        Context { layer, registrations, outcome: &mut self.outcome, end: self.schedule.end() }
    }
}

#[cfg(test)]
mod tests;
