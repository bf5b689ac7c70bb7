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
    collections::{BTreeMap, BinaryHeap, VecDeque},
    time::{Duration, Instant},
};

use hookflash_sip::{DialogId, Incoming, InviteId, Outgoing, Reply, RequestInDialog, TRANSACTION_TIMEOUT};
use hookflash_wire::sip::{Method, Response, StatusCode};

use super::{
    Context, Plan,
    call::{Call, Leg, Place, Stage, body, describe},
    layer::{PATIENCE, Purpose},
    outcome::Failure,
    registration,
};

/// How long a pair whose call failed is left alone, for late messages.
const REST: Duration = Duration::from_millis(200);

/// What is to be done at an instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Due {
    Answer,
    Acknowledge,
    HangUp,
    Deadline,
    Release,
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
    /// The INVITEs that called parties have not answered.
    ringing: BTreeMap<InviteId, Place>,
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
                (Due::Acknowledge, Stage::Answered) => self.time_out(cx, place),
                (Due::HangUp, Stage::Up) => self.hang_up(cx, place),
                (Due::Deadline, Stage::Inviting | Stage::Ringing) => self.time_out(cx, place),
                (Due::Deadline, Stage::Answered) if !self.has_caller(place) => self.time_out(cx, place),
                (Due::Release, Stage::Clearing) => self.time_out(cx, place),
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
        let tag = cx.layer.new_tag();
        if let Some(free) = self.calls.get_mut(pair) {
            *free = Some(Call::new(place, scheduled, alone, tag));
            self.active += 1;
            self.later(Instant::now() + self.ring + PATIENCE, place, Due::Deadline);
            self.invite(cx, place, false);
        }
    }

    fn invite(&mut self, cx: &mut Context<'_>, place: Place, challenged: bool) {
        let caller = self.caller_of(place.pair);
        let to = self.somebody.as_deref().map(|user| cx.registrations.address_of(user));
        let Some(call) = self.call(place) else { return };
        call.challenged = challenged;
        call.cseq += 1;
        let uri = to.unwrap_or_else(|| cx.registrations.address(caller + 1));
        let (from, to) = (format!("<{}>", cx.registrations.address(caller)), format!("<{uri}>"));
        let (flow, call_id) = (cx.layer.flow(caller), cx.layer.call_id(place.call));
        let description = describe(flow.local());
        let proofs = cx.registrations.prove(caller, &Method::Invite, &uri, cx.layer.name());
        let outgoing = Outgoing {
            tag: Some(call.tag),
            call_id: &call_id,
            cseq: call.cseq,
            contact: Some(cx.registrations.user(caller)),
            headers: &proofs,
            body: Some(body(&description)),
            // Who answers when it has been given up for long is told so.
            patience: TRANSACTION_TIMEOUT,
            ..Outgoing::new(&Method::Invite, flow, &uri, &from, &to)
        };
        match cx.layer.send(Purpose::Calling(place), &outgoing) {
            Ok(invite) => call.invite = Some(invite),
            Err(_) => self.time_out(cx, place),
        }
    }

    /// Takes note of a provisional answer to INVITE.
    pub fn provisional(&mut self, cx: &mut Context<'_>, place: Place, response: &Response, at: Instant) {
        let Some(call) = self.call(place) else { return };
        if response.status == StatusCode::RINGING && !std::mem::replace(&mut call.rang, true) {
            cx.outcome.calls.ringing.record(at - call.scheduled);
        }
    }

    /// Takes note that INVITE was refused.
    pub fn refused(&mut self, cx: &mut Context<'_>, place: Place, response: &Response) {
        let caller = self.caller_of(place.pair);
        let Some(call) = self.call(place) else { return };
        call.invite = None;
        if call.stage == Stage::Failing {
            return;
        }
        if cx.registrations.challenged(caller, response, call.challenged) {
            return self.invite(cx, place, true);
        }
        self.fail(cx, place, Failure::Refused(Method::Invite, response.status));
    }

    /// The caller learns that the called party has answered.
    pub fn connected(&mut self, cx: &mut Context<'_>, place: Place, dialog: DialogId, at: Instant) {
        let ring = self.ring;
        cx.layer.acknowledge(dialog);
        match self.call(place).filter(|call| call.stage != Stage::Failing && call.caller.is_none()) {
            None => cx.layer.end(dialog),
            Some(call) => {
                call.caller = Some(dialog);
                call.invite = None;
                cx.answered(call.scheduled + ring, at);
                self.up(place, at);
            }
        }
    }

    /// INVITE has reached an endpoint: a called party, if its call waits for it.
    pub fn invited(&mut self, cx: &mut Context<'_>, mut incoming: Incoming, at: Instant) {
        let endpoint = cx.layer.endpoint_of(&incoming);
        let is_called = self.somebody.is_none() && endpoint.is_some_and(|endpoint| endpoint % 2 == 1);
        let other = cx.layer.call_of(incoming.call_id());
        let call = endpoint.filter(|_| is_called).and_then(|endpoint| self.of_endpoint(endpoint));
        let waits = |call: &&mut Call| {
            call.stage == Stage::Inviting && other.is_none_or(|other| other == call.place.call)
        };
        let Some(call) = call.filter(waits) else { return cx.layer.answer_stranger(incoming) };
        let place = call.place;
        let dialog = match cx.layer.establish(Purpose::Called(place), &mut incoming) {
            Ok(dialog) => dialog,
            Err(status) => {
                cx.layer.reply(incoming, status.into());
                return self.fail(cx, place, Failure::NoDialog);
            }
        };
        cx.outcome.calls.invite.record(at - call.scheduled);
        cx.layer.progress(&mut incoming, StatusCode::RINGING);
        let invite = incoming.invite();
        call.stage = Stage::Ringing;
        call.called = Some(Leg { incoming: Some(incoming), invite, dialog });
        self.ringing.extend(invite.map(|invite| (invite, place)));
        match self.ring.is_zero() {
            true => self.answer(cx, place),
            false => self.later(at + self.ring, place, Due::Answer),
        }
    }

    fn answer(&mut self, cx: &mut Context<'_>, place: Place) {
        let Some(incoming) = self.take_ringing(place) else { return };
        let Some(call) = self.call(place) else { return };
        let now = Instant::now();
        call.stage = Stage::Answered;
        call.answered = Some(now);
        let description = describe(incoming.flow().local());
        cx.layer.reply(incoming, Reply::from(StatusCode::OK).with_body(Some(body(&description))));
        self.later(now + PATIENCE, place, Due::Acknowledge);
    }

    /// The INVITE that the called party has not answered.
    fn take_ringing(&mut self, place: Place) -> Option<Incoming> {
        let leg = self.call(place)?.called.as_mut()?;
        let (incoming, invite) = (leg.incoming.take(), leg.invite.take());
        if let Some(invite) = invite {
            self.ringing.remove(&invite);
        }
        incoming
    }

    fn has_caller(&mut self, place: Place) -> bool {
        self.call(place).is_some_and(|call| call.caller.is_some())
    }

    /// ACK has reached the called party.
    pub fn acknowledged(&mut self, cx: &mut Context<'_>, place: Place, at: Instant) {
        let Some(call) = self.call(place) else { return };
        call.acknowledged = true;
        if let (Stage::Answered, Some(answered)) = (call.stage, call.answered) {
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
        self.later(now + PATIENCE, place, Due::Release);
        self.bye(cx, place);
    }

    /// Sends BYE from the called party, or from the caller if the called party is not ours.
    fn bye(&mut self, cx: &mut Context<'_>, place: Place) {
        let caller = self.caller_of(place.pair);
        let Some(call) = self.call(place) else { return };
        let Some(dialog) = call.dialog_that_ends() else { return };
        let uri = cx.layer.request_uri(dialog);
        let proofs = cx.registrations.prove(call.who_ends(caller), &Method::Bye, &uri, cx.layer.name());
        let request =
            RequestInDialog { method: &Method::Bye, headers: &proofs, body: None, patience: PATIENCE };
        if cx.layer.send_in_dialog(dialog, &request).is_err() {
            self.time_out(cx, place);
        }
    }

    /// BYE has reached one of the parties.
    pub fn ended(&mut self, cx: &mut Context<'_>, place: Place, at_caller: bool) {
        let Some(call) = self.call(place) else { return };
        match call.stage {
            Stage::Failing => {}
            Stage::Clearing if at_caller => {
                call.ended[0] = true;
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
            return self.bye(cx, place);
        }
        self.fail(cx, place, Failure::Refused(Method::Bye, response.status));
    }

    /// The caller has given up.
    pub fn cancelled(&mut self, cx: &mut Context<'_>, invite: InviteId) {
        let place = self.ringing.get(&invite).copied();
        if let Some(incoming) = place.and_then(|place| self.take_ringing(place)) {
            cx.layer.reply(incoming, StatusCode::REQUEST_TERMINATED.into());
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
        if let Some(invite) = call.invite.take() {
            cx.layer.give_up(invite);
        }
        if let Some(dialog) = call.dialog_that_ends().filter(|_| matches!(stage, Stage::Answered | Stage::Up))
        {
            cx.layer.end(dialog);
        }
        if let Some(incoming) = self.take_ringing(place) {
            cx.layer.reply(incoming, StatusCode::TEMPORARILY_UNAVAILABLE.into());
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
