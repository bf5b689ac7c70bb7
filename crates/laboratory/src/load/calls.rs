//! Calls at a given rate, which does not depend on the server.
//!
//! Arrivals are scheduled beforehand, evenly spaced, and the latencies of a call count from its scheduled instant. A call is
//! dialled at once, rings, is answered by lifting the handset, has media both ways, is held open, is ended by the called
//! party, and is over when both phones are idle and every monitor has its last event.
//!
//! ```text
//! Dialling ─ callee rings ─► Ringing ─ answer ─► Answered ─ media both ways ─► Up ─ hang up ─► Clearing ─► done
//!    └─ reorder, refused, too late in any stage ─► Failing ─ both phones idle ─► the pair rests
//! ```

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    time::{Duration, Instant},
};

use hookflash_sim::{application::RequestNumber, phone::Phone};
use hookflash_wire::{
    csta::EventKind::{self, *},
    sccp::{CallState, Tone},
};

use super::{
    Error, configuration,
    office::{Heard, Learned, Office},
    outcome::{Failure, Outcome},
    parties::Party,
    schedule::Schedule,
};

/// Time limit of a call, without ringing and the time it is held open.
const PATIENCE: Duration = Duration::from_secs(10);

/// Time for which a pair makes no call after a failed one, because of late messages.
const REST: Duration = Duration::from_millis(200);

/// Events of the caller's line, in order, when the called party answers and hangs up.
const CALLER_EVENTS: &[EventKind] = &[
    ServiceInitiated,
    DigitsDialed,
    Originated,
    Delivered,
    Established,
    ConnectionCleared,
    ConnectionCleared,
];

/// The same when an application makes the call: nobody dials.
const MADE_EVENTS: &[EventKind] =
    &[ServiceInitiated, Originated, Delivered, Established, ConnectionCleared, ConnectionCleared];

/// Events of the called line.
const CALLED_EVENTS: &[EventKind] = &[Delivered, Established, ConnectionCleared];

/// Who begins calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Originate {
    /// The phone dials.
    Phone,
    /// An application makes the call.
    Cti,
}

/// The events of the caller's line and of the called one.
fn expected(originate: Originate) -> [&'static [EventKind]; 2] {
    match originate {
        Originate::Phone => [CALLER_EVENTS, CALLED_EVENTS],
        Originate::Cti => [MADE_EVENTS, CALLED_EVENTS],
    }
}

/// What calls to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Calls per second.
    pub rate: f64,
    /// How long calls are begun.
    pub duration: Duration,
    /// How long a phone rings before it is answered.
    pub ring: Duration,
    /// How long a call lasts.
    pub hold: Duration,
    /// Who begins calls.
    pub originate: Originate,
}

/// How far a call has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Dialling,
    Ringing,
    Answered,
    Up,
    Clearing,
    Failing,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Dialling => "no ring",
            Stage::Ringing => "not answered",
            Stage::Answered => "not connected with media both ways",
            Stage::Up => "not ended",
            Stage::Clearing => "not cleared at both ends",
            Stage::Failing => "phones do not get idle",
        }
    }
}

/// A call between the two phones of a pair.
#[derive(Debug)]
struct Call {
    number: u64,
    stage: Stage,
    scheduled: Instant,
    began: Instant,
    answered: Instant,
    hung_up: Instant,
    caller_touched: bool,
    caller_connected: bool,
    phones_idle: bool,
    /// How many of the expected events the caller's and the called party's monitor have heard.
    heard: [usize; 2],
}

/// What is to be done at an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Due {
    Answer,
    HangUp,
    Deadline,
    Rested,
}

/// Makes the calls of a plan.
///
/// # Errors
/// The system does not let us wait for sockets.
pub fn run(office: &mut Office, plan: &Plan) -> Result<Outcome, Error> {
    let pairs = office.callers / 2;
    let mut run = Run {
        plan: *plan,
        calls: std::iter::repeat_with(|| None).take(pairs).collect(),
        free: (0..pairs).collect(),
        due: BinaryHeap::new(),
        requests: HashMap::new(),
        begun: 0,
        active: 0,
        schedule: Schedule::new(Instant::now(), plan.rate, plan.duration),
        outcome: Outcome::new(plan.rate, plan.duration),
        office,
    };
    run.all()?;
    let Run { office, mut outcome, .. } = run;
    outcome.phone_complaints = office.parties.phones().map(Phone::complaint_count).sum();
    outcome.sample_complaint =
        office.parties.phones().find_map(|phone| phone.complaints().last()).map(ToString::to_string);
    outcome.application_complaints = office.complaints().len();
    if let Some(complaint) = office.complaints().last() {
        outcome.sample_complaint = Some(complaint.clone());
    }
    Ok(outcome)
}

struct Run<'a> {
    plan: Plan,
    office: &'a mut Office,
    /// By pair.
    calls: Vec<Option<Call>>,
    free: VecDeque<usize>,
    due: BinaryHeap<Reverse<(Instant, usize, u64, Due)>>,
    /// MakeCalls that are not answered, by session and number: their pair and call.
    requests: HashMap<(usize, RequestNumber), (usize, u64)>,
    begun: u64,
    active: usize,
    schedule: Schedule,
    outcome: Outcome,
}

impl Run<'_> {
    fn all(&mut self) -> Result<(), Error> {
        while self.schedule.next().is_some() || self.active > 0 {
            self.act();
            let due = self.due.peek().map(|Reverse((at, ..))| *at);
            let until = self.schedule.next().into_iter().chain(due).min();
            self.office.parties.wait(until).map_err(Error::Wait)?;
            while let Some(touched) = self.office.parties.next() {
                match touched.party {
                    Party::Phone(phone) => self.phone_touched(phone, touched.at),
                    Party::Application(session) => self.application_touched(session, touched.at),
                }
                self.act();
            }
        }
        Ok(())
    }

    /// Does everything that is due.
    fn act(&mut self) {
        let now = Instant::now();
        while let Some(scheduled) = self.schedule.take_due(now) {
            self.begin(scheduled);
        }
        while let Some(Reverse((at, pair, number, due))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            self.perform(pair, number, due, at);
        }
    }

    fn begin(&mut self, scheduled: Instant) {
        self.begun += 1;
        let Some(pair) = self.free.pop_front() else {
            return self.outcome.failed(Failure::NobodyFree);
        };
        let (caller, called) = (2 * pair, 2 * pair + 1);
        let number = self.begun;
        self.active += 1;
        let began = match self.plan.originate {
            Originate::Phone => {
                let dialled = configuration::number(called);
                let (result, at) =
                    self.office.parties.use_phone(caller, |phone| phone.dial_at_once(&dialled));
                // A phone without a registration sends nothing; the call fails by its time limit.
                result.is_ok().then_some(at)
            }
            Originate::Cti => {
                let (request, at) = self.office.make_call(caller, called);
                self.requests.insert((self.office.session_of(caller), request), (pair, number));
                Some(at)
            }
        };
        let began = began.unwrap_or(scheduled);
        self.calls[pair] = Some(Call {
            number,
            stage: Stage::Dialling,
            scheduled,
            began,
            answered: began,
            hung_up: began,
            caller_touched: false,
            caller_connected: false,
            phones_idle: false,
            heard: [0; 2],
        });
        let deadline = scheduled.max(began) + self.plan.ring + self.plan.hold + PATIENCE;
        self.due.push(Reverse((deadline, pair, number, Due::Deadline)));
    }

    fn perform(&mut self, pair: usize, number: u64, due: Due, planned: Instant) {
        let expected = expected(self.plan.originate);
        let Some(call) = self.calls[pair].as_mut().filter(|call| call.number == number) else { return };
        match (due, call.stage) {
            (Due::Answer, Stage::Ringing) => self.answer(pair),
            (Due::HangUp, Stage::Up) => self.hang_up(pair),
            (Due::Rested, Stage::Failing) => self.release(pair),
            (Due::Deadline, Stage::Failing) => {
                // Phones that do not become idle make no further calls.
                self.calls[pair] = None;
                self.active -= 1;
                self.outcome.lost_pairs += 1;
            }
            (Due::Deadline, Stage::Clearing) if call.phones_idle => {
                let missing =
                    expected.iter().map(|events| events.len()).sum::<usize>() - call.heard[0] - call.heard[1];
                self.outcome.events_missing += missing as u64;
                self.fail(pair, Failure::EventsMissing, planned);
            }
            (Due::Deadline, stage) => self.fail(pair, Failure::TimedOut(stage.name()), planned),
            _ => {}
        }
    }

    fn answer(&mut self, pair: usize) {
        let (_, at) = self.office.parties.use_phone(2 * pair + 1, |phone| phone.lift_handset());
        if let Some(call) = self.calls[pair].as_mut() {
            call.answered = at;
            call.stage = Stage::Answered;
        }
    }

    fn hang_up(&mut self, pair: usize) {
        let (_, at) = self.office.parties.use_phone(2 * pair + 1, |phone| phone.replace_handset());
        if let Some(call) = self.calls[pair].as_mut() {
            call.hung_up = at;
            call.stage = Stage::Clearing;
        }
    }

    fn phone_touched(&mut self, index: usize, at: Instant) {
        let pair = index / 2;
        let Some(Some(call)) = self.calls.get_mut(pair) else { return };
        let parties = &self.office.parties;
        let (caller, called) = (parties.phone(2 * pair), parties.phone(2 * pair + 1));
        match call.stage {
            Stage::Dialling if index == 2 * pair => {
                if !std::mem::replace(&mut call.caller_touched, true) {
                    self.outcome.begin_to_first_message.record(at - call.began);
                }
                if let Some(failure) = failure(caller) {
                    self.fail(pair, failure, at);
                }
            }
            Stage::Dialling if called.screen().ringing().is_some() => {
                call.stage = Stage::Ringing;
                self.outcome.dial_to_ring.record(at - call.scheduled);
                self.later(at + self.plan.ring, pair, Due::Answer);
            }
            Stage::Answered => {
                if !call.caller_connected && caller.screen().connected().is_some() {
                    call.caller_connected = true;
                    self.outcome.answer_to_connected.record(at - call.answered);
                }
                let is_up =
                    |phone: &Phone| phone.screen().connected().is_some() && !phone.sending().is_empty();
                if is_up(caller) && is_up(called) {
                    call.stage = Stage::Up;
                    let set_up = (at - call.scheduled).saturating_sub(self.plan.ring);
                    self.outcome.answer_to_media.record(at - call.answered);
                    self.outcome.connected(set_up, at <= self.schedule.end());
                    self.later(at + self.plan.hold, pair, Due::HangUp);
                }
            }
            Stage::Clearing if !call.phones_idle && is_idle(caller) && is_idle(called) => {
                call.phones_idle = true;
                self.outcome.hang_up_to_idle.record(at - call.hung_up);
                self.complete(pair);
            }
            Stage::Failing if !call.phones_idle && is_idle(caller) && is_idle(called) => {
                call.phones_idle = true;
                self.later(at + REST, pair, Due::Rested);
            }
            _ => {}
        }
    }

    fn application_touched(&mut self, session: usize, at: Instant) {
        while let Some(learned) = self.office.learned(session) {
            match learned {
                Learned::Event(heard) => self.event(heard, at),
                Learned::Answer(request, result) => {
                    let Some((pair, number)) = self.requests.remove(&(session, request)) else { continue };
                    let current = self.calls[pair].as_ref().is_some_and(|call| call.number == number);
                    if let (Err(reason), true) = (result, current) {
                        self.fail(pair, Failure::Refused(reason), at);
                    }
                }
            }
        }
    }

    fn event(&mut self, Heard { phone, kind }: Heard, at: Instant) {
        self.outcome.events += 1;
        let (pair, expected) = (phone / 2, expected(self.plan.originate));
        let Some(call) = self.calls.get_mut(pair).and_then(Option::as_mut) else {
            self.outcome.events_unexpected += u64::from(phone < self.office.callers);
            return;
        };
        if call.stage == Stage::Failing {
            return;
        }
        let expected = expected[phone % 2];
        let heard = &mut call.heard[phone % 2];
        if expected.get(*heard) != Some(&kind) {
            self.outcome.events_unexpected += 1;
            return;
        }
        *heard += 1;
        match kind {
            Delivered => self.outcome.dial_to_delivered.record(at - call.began),
            Established => self.outcome.answer_to_established.record(at - call.answered),
            ConnectionCleared => self.outcome.hang_up_to_cleared.record(at - call.hung_up),
            _ => {}
        }
        self.complete(pair);
    }

    /// Ends a successful call.
    fn complete(&mut self, pair: usize) {
        let Some(call) = &self.calls[pair] else { return };
        let heard_all = call.heard == expected(self.plan.originate).map(<[EventKind]>::len);
        if call.phones_idle && (heard_all || !self.office.is_watched()) {
            self.outcome.completed += 1;
            self.release(pair);
        }
    }

    fn release(&mut self, pair: usize) {
        self.calls[pair] = None;
        self.active -= 1;
        self.free.push_back(pair);
    }

    /// Ends a failed call: its phones hang up and rest.
    fn fail(&mut self, pair: usize, failure: Failure, at: Instant) {
        self.outcome.failed(failure);
        let Some(call) = self.calls[pair].as_mut() else { return };
        call.stage = Stage::Failing;
        call.phones_idle = false;
        for phone in [2 * pair, 2 * pair + 1] {
            self.office.parties.use_phone(phone, |phone| {
                if !is_idle(phone) && phone.hang_up().is_err() {
                    // If the call is not on the display any more, there is nothing to hang up.
                    let _ = phone.replace_handset();
                }
            });
        }
        let now = at.max(Instant::now());
        self.later(now + PATIENCE, pair, Due::Deadline);
        // They may be idle already.
        let parties = &self.office.parties;
        if is_idle(parties.phone(2 * pair)) && is_idle(parties.phone(2 * pair + 1)) {
            if let Some(call) = self.calls[pair].as_mut() {
                call.phones_idle = true;
            }
            self.later(now + REST, pair, Due::Rested);
        }
    }

    /// Schedules something for the present call of a pair, or does it at once if it is due.
    fn later(&mut self, at: Instant, pair: usize, due: Due) {
        let Some(number) = self.calls[pair].as_ref().map(|call| call.number) else { return };
        if at <= Instant::now() {
            self.perform(pair, number, due, at);
        } else {
            self.due.push(Reverse((at, pair, number, due)));
        }
    }
}

/// The failure that the caller's phone shows.
fn failure(caller: &Phone) -> Option<Failure> {
    let state = caller.screen().calls.first().map(|call| call.state);
    let tone = caller.screen().tone.map(|(tone, _)| tone);
    match state {
        // A call that was not even begun.
        None if tone == Some(Tone::REORDER) => Some(Failure::Reorder),
        Some(CallState::CONGESTION) => Some(Failure::Reorder),
        Some(CallState::BUSY) => Some(Failure::Busy),
        Some(CallState::INVALID_NUMBER) => Some(Failure::InvalidNumber),
        _ if !caller.is_registered() => Some(Failure::LinkLost),
        _ => None,
    }
}

fn is_idle(phone: &Phone) -> bool {
    phone.screen().is_idle() && phone.receiving().is_empty() && phone.sending().is_empty()
}
