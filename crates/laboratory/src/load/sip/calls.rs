//! Calls through a server, between endpoints that are registered there; both parties of each call are ours.
//!
//! ```text
//!   caller                  server                  called party
//!     │ INVITE (SDP) ─────────►│ INVITE ─────────────────►│
//!     │◄───────────── 180, 200 │◄──────────────── 180, 200│  after `ring`
//!     │ ACK ──────────────────►│ ACK ────────────────────►│
//!     │◄─────────────────  BYE │◄────────────────────  BYE│  after `hold`
//!     │ 200 ──────────────────►│ 200 ────────────────────►│
//! ```
//!
//! A call is over when BYE has reached the caller and its answer the called party. A proxy passes one dialog on; a
//! switch that makes two of it serves as well: an INVITE belongs to the call of the pair to whose called party it
//! comes. If somebody else is to be called, who answers by himself, each endpoint is a caller, and hangs up.
//!
//! ```text
//! Inviting ─ INVITE at called ─► Ringing ─ 200 ─► Answered ─ ACK at called, 200 at caller ─► Up ─ BYE ─► Clearing
//!    └─ refused, ended or too late in any stage ─► Failing ─ after a rest ─► the pair is free         done ◄─┘
//! ```

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::{Duration, Instant},
};

use hookflash_wire::sip::{HeaderName, MessageBuilder, Method, Request, Response, StatusCode};

use super::{
    Context, Plan,
    call::{Answered, Call, Leg, SDP, Stage, describe},
    layer::Head,
    outcome::Failure,
    registration,
    sockets::Source,
    transaction::{PATIENCE, Place, Purpose, Sending, T1, T2},
};

/// How long a pair whose call failed is left alone, for late messages.
const REST: Duration = Duration::from_millis(200);

/// What is to be done at an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Due {
    Answer,
    RepeatAnswer,
    HangUp,
    Deadline,
    Rested,
}

/// All calls; see the [module page](self).
#[derive(Default, Debug)]
pub struct Calls {
    ring: Duration,
    hold: Duration,
    /// Who is called, if not the other endpoint of a pair.
    somebody: Option<String>,
    /// By pair.
    calls: Vec<Option<Call>>,
    free: VecDeque<usize>,
    due: BinaryHeap<Reverse<(Instant, Place, Due)>>,
    active: usize,
}

impl Calls {
    /// Each two endpoints are a pair, or each is a caller of `somebody`.
    pub fn new(endpoints: usize, somebody: Option<String>) -> Calls {
        let pairs = endpoints / Calls::parties(somebody.as_deref());
        let calls = std::iter::repeat_with(|| None).take(pairs).collect();
        Calls { somebody, calls, free: (0..pairs).collect(), ..Calls::default() }
    }

    /// How many endpoints take part in a call to `somebody`, or to another endpoint.
    pub fn parties(somebody: Option<&str>) -> usize {
        if somebody.is_some() { 1 } else { 2 }
    }

    /// Takes over how long calls ring and last.
    pub fn plan(&mut self, plan: &Plan) {
        (self.ring, self.hold) = (plan.ring, plan.hold);
    }

    /// How many are not over.
    pub fn active(&self) -> usize {
        self.active
    }

    /// When [`Calls::act`] has something to do.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((at, ..))| *at)
    }

    /// Does everything whose time has come.
    pub fn act(&mut self, cx: &mut Context<'_>) {
        let now = cx.layer.heard;
        while let Some(Reverse((at, place, due))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            let Some(stage) = self.call(place).map(|call| call.stage) else { continue };
            match (due, stage) {
                (Due::Answer, Stage::Ringing) => self.answer(cx, place),
                (Due::RepeatAnswer, Stage::Answered) => self.repeat_answer(cx, place, now),
                (Due::HangUp, Stage::Up) => self.hang_up(cx, place),
                (Due::Deadline, Stage::Clearing) => self.time_out(cx, place),
                (Due::Rested, Stage::Failing) => self.release(place),
                _ => {}
            }
        }
    }

    /// Begins the call that was scheduled for an instant.
    pub fn begin(&mut self, cx: &mut Context<'_>, scheduled: Instant) {
        let Some(pair) = self.free.pop_front() else { return cx.outcome.failed(Failure::NobodyFree) };
        let (caller, alone) = (self.caller_of(pair), self.somebody.is_some());
        let mut parties = caller..caller + Calls::parties(self.somebody.as_deref());
        if let Some(absent) = parties.find(|party| !cx.registrations.is_registered(*party)) {
            self.free.push_back(pair);
            registration::register(cx, absent);
            return cx.outcome.failed(Failure::NotRegistered);
        }
        let place = Place { pair, call: cx.layer.new_call() };
        if let Some(free) = self.calls.get_mut(pair) {
            *free = Some(Call::new(place, scheduled, alone));
            self.active += 1;
            self.invite(cx, place, false);
        }
    }

    fn invite(&mut self, cx: &mut Context<'_>, place: Place, challenged: bool) {
        let (patience, caller) = (self.ring + PATIENCE, self.caller_of(place.pair));
        let to = self.somebody.as_deref().map(|user| cx.registrations.address_of(user));
        let Some(call) = self.call(place) else { return };
        call.challenged = challenged;
        call.cseq += 1;
        let cseq = call.cseq;
        let from = cx.registrations.address(caller);
        let to = to.unwrap_or_else(|| cx.registrations.address(caller + 1));
        let contact = cx.layer.contact(caller, cx.registrations.user(caller));
        let (local, call_id) = (cx.layer.local(caller), cx.layer.call_id(place.call));
        let head = Head {
            method: &Method::Invite,
            uri: &to,
            route: "",
            from: &format_args!("<{from}>;tag={}", place.call),
            to: &format_args!("<{to}>"),
            call_id: &call_id,
            cseq,
        };
        let sending =
            Sending { purpose: Purpose::Invite(place), endpoint: caller, to: cx.layer.server, patience };
        let nonce = cx.layer.name().to_owned();
        cx.layer.request(sending, head, |request| {
            cx.registrations
                .prove(request, caller, &Method::Invite, &to, &nonce)
                .header(HeaderName::CONTACT, contact)
                .finish_with_body(SDP, describe(local).as_bytes())
        });
    }

    /// Takes note of a provisional answer to INVITE.
    pub fn provisional(&mut self, cx: &mut Context<'_>, place: Place, response: &Response, at: Instant) {
        let Some(call) = self.call(place) else { return };
        if response.status == StatusCode::RINGING && !std::mem::replace(&mut call.rang, true) {
            cx.outcome.calls.ringing.record(at - call.scheduled);
        }
    }

    /// Takes note of the final answer to INVITE. Refusals have been acknowledged.
    pub fn invite_answered(&mut self, cx: &mut Context<'_>, place: Place, response: &Response, at: Instant) {
        let caller = self.caller_of(place.pair);
        if response.status.is_success() {
            return self.connected(cx, place, response, at);
        }
        let Some(call) = self.call(place).filter(|call| call.stage != Stage::Failing) else { return };
        if cx.registrations.challenged(caller, response, call.challenged) {
            return self.invite(cx, place, true);
        }
        self.fail(cx, place, Failure::Refused(Method::Invite, response.status));
    }

    /// The caller learns that the called party has answered.
    fn connected(&mut self, cx: &mut Context<'_>, place: Place, response: &Response, at: Instant) {
        let (ring, caller) = (self.ring, self.caller_of(place.pair));
        let Some(answered) = Answered::new(cx.layer, caller, response) else {
            return self.fail(cx, place, Failure::NoDialog);
        };
        match self.call(place).filter(|call| call.stage != Stage::Failing) {
            None => Self::say_goodbye(cx, caller, answered),
            Some(call) => {
                call.caller = Some(answered);
                cx.answered(call.scheduled + ring, at);
                self.up(place, at);
            }
        }
    }

    /// A success to INVITE came again, because its ACK was lost; or too late, and nobody is there any more.
    pub fn connected_again(&mut self, cx: &mut Context<'_>, source: Source, response: &Response) {
        let Ok(call_id) = response.headers().call_id() else { return };
        let call = self.of_endpoint(source.socket).filter(|call| call.has(cx.layer, false, call_id));
        if let Some(Answered { ack, to, .. }) = call.and_then(|call| call.caller.as_ref()) {
            cx.layer.send(source.socket, *to, ack);
            cx.outcome.repeated += 1;
        } else if let Some(answered) = Answered::new(cx.layer, source.socket, response) {
            Self::say_goodbye(cx, source.socket, answered);
        }
    }

    /// Ends a dialog of a caller who has given up (RFC 3261, 13.2.2.4).
    fn say_goodbye(cx: &mut Context<'_>, caller: usize, mut answered: Answered) {
        let (purpose, to) = (Purpose::CleanUp, answered.to);
        let sending = Sending { purpose, endpoint: caller, to, patience: PATIENCE };
        cx.layer.request(sending, answered.dialog.head(&Method::Bye), MessageBuilder::finish);
    }

    /// Takes a request that came to an endpoint. False if it belongs to no call.
    pub fn request(&mut self, cx: &mut Context<'_>, source: Source, request: &Request) -> bool {
        let Ok(call_id) = request.headers().call_id() else { return false };
        let is_called = self.somebody.is_none() && source.socket % 2 == 1;
        let Some(call) = self.of_endpoint(source.socket) else { return false };
        let place = call.place;
        if request.method == Method::Invite && is_called {
            self.invited(cx, source, place, request);
            return true;
        }
        if !call.has(cx.layer, is_called, call_id) {
            return false;
        }
        match request.method {
            Method::Ack => self.acknowledged(cx, place, source.at),
            Method::Cancel => self.cancelled(cx, source, place, request),
            Method::Bye => self.ended(cx, source, place, request),
            _ => return false,
        }
        true
    }

    /// INVITE has reached a called party.
    fn invited(&mut self, cx: &mut Context<'_>, source: Source, place: Place, request: &Request) {
        let other = request.headers().call_id().ok().and_then(|call_id| cx.layer.call_of(call_id));
        let Some(call) = self.call(place) else { return };
        match &call.called {
            Some(leg) if leg.is_of_transaction(request) => {
                cx.outcome.again += 1;
                return leg.send_again(cx.layer);
            }
            // The same call, by another way (RFC 3261, 8.2.2.2).
            Some(_) => return cx.layer.reply(source, request, StatusCode::LOOP_DETECTED),
            None => {}
        }
        if call.stage != Stage::Inviting || other.is_some_and(|other| other != place.call) {
            return cx.layer.reply(source, request, StatusCode::TEMPORARILY_UNAVAILABLE);
        }
        let contact = cx.layer.contact(source.socket, cx.registrations.user(source.socket));
        let Some(mut leg) = Leg::new(request.clone(), source, place.call.to_string(), contact) else {
            cx.layer.reply(source, request, StatusCode::BAD_REQUEST);
            return self.fail(cx, place, Failure::NoDialog);
        };
        cx.outcome.calls.invite.record(source.at - call.scheduled);
        leg.respond(cx.layer, StatusCode::RINGING);
        call.stage = Stage::Ringing;
        call.called = Some(leg);
        match self.ring.is_zero() {
            true => self.answer(cx, place),
            false => self.later(source.at + self.ring, place, Due::Answer),
        }
    }

    fn answer(&mut self, cx: &mut Context<'_>, place: Place) {
        let Some(call) = self.call(place) else { return };
        let now = Instant::now();
        call.stage = Stage::Answered;
        call.answered = Some(now);
        if let Some(leg) = &mut call.called {
            leg.respond(cx.layer, StatusCode::OK);
        }
        self.later(now + T1, place, Due::RepeatAnswer);
    }

    fn repeat_answer(&mut self, cx: &mut Context<'_>, place: Place, now: Instant) {
        let Some(call) = self.call(place).filter(|call| !call.acknowledged) else { return };
        let (Some(leg), Some(answered)) = (call.called.as_mut(), call.answered) else { return };
        let end = answered + PATIENCE;
        if now >= end {
            return self.time_out(cx, place);
        }
        leg.send_again(cx.layer);
        leg.interval = (leg.interval * 2).min(T2);
        let next = (now + leg.interval).min(end);
        cx.outcome.repeated += 1;
        self.later(next, place, Due::RepeatAnswer);
    }

    /// ACK has reached the called party.
    fn acknowledged(&mut self, cx: &mut Context<'_>, place: Place, at: Instant) {
        let Some(call) = self.call(place) else { return };
        if std::mem::replace(&mut call.acknowledged, true) {
            cx.outcome.again += 1;
        } else if let (Stage::Answered, Some(answered)) = (call.stage, call.answered) {
            cx.outcome.calls.acknowledged.record(at - answered);
            self.up(place, at);
        }
    }

    /// Lets the call last, if either party knows of the other one.
    fn up(&mut self, place: Place, at: Instant) {
        let hold = self.hold;
        let Some(call) = self.call(place) else { return };
        let answered = call.stage == Stage::Answered && call.acknowledged;
        if call.caller.is_some() && (answered || call.alone) {
            call.stage = Stage::Up;
            self.later(at + hold, place, Due::HangUp);
        }
    }

    fn hang_up(&mut self, cx: &mut Context<'_>, place: Place) {
        let Some(call) = self.call(place) else { return };
        let now = Instant::now();
        call.stage = Stage::Clearing;
        call.hung_up = Some(now);
        self.later(now + PATIENCE, place, Due::Deadline);
        self.bye(cx, place, Purpose::Bye(place));
    }

    /// Sends BYE from the called party, or from the caller if the called party is not ours.
    fn bye(&mut self, cx: &mut Context<'_>, place: Place, purpose: Purpose) {
        let caller = self.caller_of(place.pair);
        let Some(call) = self.call(place) else { return };
        let endpoint = call.who_ends(caller);
        let dialog = match call.alone {
            true => call.caller.as_mut().map(|answered| &mut answered.dialog),
            false => call.called.as_mut().map(|leg| &mut leg.dialog),
        };
        let Some(dialog) = dialog else { return };
        let to = dialog.next_hop().unwrap_or(cx.layer.server);
        let sending = Sending { purpose, endpoint, to, patience: PATIENCE };
        let nonce = cx.layer.name().to_owned();
        let head = dialog.head(&Method::Bye);
        let uri = head.uri.to_string();
        cx.layer.request(sending, head, |request| {
            cx.registrations.prove(request, endpoint, &Method::Bye, &uri, &nonce).finish()
        });
    }

    /// BYE has reached one of the parties.
    fn ended(&mut self, cx: &mut Context<'_>, source: Source, place: Place, request: &Request) {
        cx.layer.reply(source, request, StatusCode::OK);
        let caller = self.caller_of(place.pair);
        let Some(call) = self.call(place) else { return };
        match call.stage {
            Stage::Failing => {}
            Stage::Clearing if source.socket == caller => {
                cx.outcome.again += u64::from(std::mem::replace(&mut call.ended[0], true));
                self.complete(place);
            }
            _ => self.fail(cx, place, Failure::Ended),
        }
    }

    /// Takes note of the answer to BYE.
    pub fn bye_answered(&mut self, cx: &mut Context<'_>, place: Place, response: &Response, at: Instant) {
        let caller = self.caller_of(place.pair);
        let Some(call) = self.call(place).filter(|call| call.stage == Stage::Clearing) else { return };
        if response.status.is_success() {
            call.ended[1] = true;
            cx.outcome.calls.ended.record(call.hung_up.map_or(Duration::ZERO, |hung_up| at - hung_up));
            return self.complete(place);
        }
        if cx.registrations.challenged(call.who_ends(caller), response, call.bye_challenged) {
            call.bye_challenged = true;
            return self.bye(cx, place, Purpose::Bye(place));
        }
        self.fail(cx, place, Failure::Refused(Method::Bye, response.status));
    }

    /// The caller has given up.
    fn cancelled(&mut self, cx: &mut Context<'_>, source: Source, place: Place, request: &Request) {
        let Some(call) = self.call(place) else { return };
        let unanswered = call.answered.is_none();
        let leg = call.called.as_mut().filter(|leg| leg.is_of_transaction(request));
        match leg {
            None => cx.layer.reply(source, request, StatusCode::CALL_DOES_NOT_EXIST),
            Some(leg) => {
                cx.layer.reply(source, request, StatusCode::OK);
                if unanswered {
                    leg.respond(cx.layer, StatusCode::REQUEST_TERMINATED);
                }
            }
        }
    }

    /// Takes note of an INVITE or BYE that was not answered, or of anything else that did not come.
    pub fn time_out(&mut self, cx: &mut Context<'_>, place: Place) {
        if let Some(missing) = self.call(place).map(|call| call.missing()) {
            self.fail(cx, place, Failure::Lost(missing));
        }
    }

    /// The connection of an endpoint broke.
    pub fn broken(&mut self, cx: &mut Context<'_>, endpoint: usize) {
        if let Some(place) = self.of_endpoint(endpoint).map(|call| call.place) {
            self.fail(cx, place, Failure::Lost("the connection of an endpoint"));
        }
    }

    /// Gives a call up. Nothing of it is left with the server if that can be helped.
    fn fail(&mut self, cx: &mut Context<'_>, place: Place, failure: Failure) {
        let Some(call) = self.call(place).filter(|call| call.stage != Stage::Failing) else { return };
        cx.outcome.failed(failure);
        let stage = std::mem::replace(&mut call.stage, Stage::Failing);
        if matches!(stage, Stage::Answered | Stage::Up) {
            self.bye(cx, place, Purpose::CleanUp);
        }
        self.later(Instant::now() + REST, place, Due::Rested);
    }

    /// Ends a call that went as it should.
    fn complete(&mut self, place: Place) {
        if self.call(place).is_some_and(|call| call.ended == [true; 2]) {
            self.release(place);
        }
    }

    fn release(&mut self, place: Place) {
        if let Some(call) = self.calls.get_mut(place.pair) {
            *call = None;
            self.active -= 1;
            self.free.push_back(place.pair);
        }
    }

    fn call(&mut self, place: Place) -> Option<&mut Call> {
        self.calls.get_mut(place.pair)?.as_mut().filter(|call| call.place == place)
    }

    /// The call that an endpoint takes part in.
    fn of_endpoint(&mut self, endpoint: usize) -> Option<&mut Call> {
        let parties = Calls::parties(self.somebody.as_deref());
        self.calls.get_mut(endpoint / parties)?.as_mut()
    }

    /// The caller of a pair; the called party is the next endpoint.
    fn caller_of(&self, pair: usize) -> usize {
        pair * Calls::parties(self.somebody.as_deref())
    }

    fn later(&mut self, at: Instant, place: Place, due: Due) {
        self.due.push(Reverse((at, place, due)));
    }
}
