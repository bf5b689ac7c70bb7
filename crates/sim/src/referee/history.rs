//! What one monitor was told, and what can follow: the states that ECMA-269 gives each connection (clause 6.1.5), the
//! causes of each event, who is in a call, and where its device forwards calls.
//!
//! It holds whatever happens in whatever order.

use std::collections::{BTreeMap, VecDeque};

use hookflash_wire::csta::{
    EventBody, EventCause as Cause, EventKind, ForwardingType, LocalConnectionState as State, SubjectDeviceId,
};
use smol_str::SmolStr;

use crate::{
    application::{Merge, connection_of},
    transcript::EventFacts,
};

/// Calls that are over for a monitored device and remembered, so that nothing follows.
const REMEMBERED: usize = 64;

/// The calls of a device: the state of each device in each; `None` if a device is in a call twice.
pub(super) type Calls = BTreeMap<SmolStr, Option<BTreeMap<SmolStr, State>>>;

/// Why an event cannot follow.
type Refused = Result<(), &'static str>;

/// What one monitor was told.
#[derive(Debug)]
pub(super) struct History {
    /// The monitored device.
    own: SmolStr,
    /// The last call that had begun when the monitor was first heard of: the device may have been in it, and in those
    /// before it, already.
    last_before: u32,
    /// Whether some events are kept back.
    has_gaps: bool,
    calls: BTreeMap<SmolStr, Told>,
    /// Calls that are over for the device.
    over: VecDeque<SmolStr>,
    in_service: Option<bool>,
    forwards: Vec<(ForwardingType, Option<SmolStr>)>,
}

/// What a monitor was told of one call.
#[derive(Debug, Default)]
struct Told {
    /// The state of each connection; `None` if it was not told.
    states: BTreeMap<SmolStr, Option<State>>,
    calling: Option<SmolStr>,
    called: Option<SmolStr>,
    /// A device is in the call twice, with one name for both connections.
    is_ambiguous: bool,
    /// The call had other parties before it came to the device.
    came_late: bool,
}

impl History {
    /// A monitor of the device `own`, which may be in calls up to `last_before` already.
    pub(super) fn new(own: &str, last_before: u32) -> History {
        History {
            own: own.into(),
            last_before,
            has_gaps: false,
            calls: BTreeMap::new(),
            over: VecDeque::new(),
            in_service: None,
            forwards: Vec::new(),
        }
    }

    fn may_have_begun_before(&self, call: &str) -> bool {
        call.parse().is_ok_and(|call: u32| call <= self.last_before)
    }

    /// From now on, or since the beginning, some events are kept back.
    pub(super) fn has_gaps(&mut self) {
        self.has_gaps = true;
    }

    /// The next event.
    ///
    /// # Errors
    /// Why it cannot follow.
    pub(super) fn add(&mut self, body: &EventBody) -> Refused {
        if let Some(merge) = Merge::of(body) {
            return self.add_merge(&merge);
        }
        match body {
            EventBody::BackInService(_) => self.add_service(true),
            EventBody::OutOfService(_) => self.add_service(false),
            EventBody::Forwarding(event) => {
                let Some(kind) = event.forwarding_type else { return Err("it does not say which calls") };
                let to = event.forward_to.as_ref().map(|device| SmolStr::new(device.as_str()));
                if event.forward_status != to.is_some() {
                    return Err("it does not say where calls go");
                }
                self.forwards.retain(|(known, _)| *known != kind);
                self.forwards.push((kind, to));
                Ok(())
            }
            EventBody::DigitsGenerated(_)
            | EventBody::TelephonyTonesGenerated(_)
            | EventBody::Play(_)
            | EventBody::Record(_)
            | EventBody::Stop(_)
            | EventBody::SuspendPlay(_)
            | EventBody::SuspendRecord(_)
            | EventBody::CallInformation(_)
            | EventBody::AutoAnswer(_)
            | EventBody::CallBack(_)
            | EventBody::ButtonPress(_)
            | EventBody::Hookswitch(_)
            | EventBody::LampMode(_)
            | EventBody::DisplayUpdated(_)
            | EventBody::MicrophoneMute(_) => Ok(()),
            _ => self.add_call_event(body),
        }
    }

    fn add_service(&mut self, now: bool) -> Refused {
        let before = self.in_service.replace(now);
        if before == Some(now) && !self.has_gaps {
            Err("the device is in that state already")
        } else {
            Ok(())
        }
    }

    fn add_call_event(&mut self, body: &EventBody) -> Refused {
        let Some(id) = connection_of(body) else { return Ok(()) };
        let (Some(call), Some(device)) = (id.call_id.clone(), id.device_id.as_ref()) else {
            return Err("it names no connection");
        };
        let (kind, facts) = (body.kind(), EventFacts::of(body));
        let subject: SmolStr = device.as_str().into();
        let elsewhere = subject != self.own;
        let is_pickup = facts.cause == Some(&Cause::CallPickup);
        let rings_or_goes_on = !elsewhere && matches!(kind, EventKind::Delivered | EventKind::Diverted);
        self.check_not_over(&call, rings_or_goes_on || is_pickup)?;
        if facts.subject.and_then(SubjectDeviceId::device).is_some_and(|named| named != device) {
            return Err("it names two devices");
        }
        if !facts.cause.is_some_and(|cause| can_have(kind, cause)) {
            return Err("it cannot have this cause");
        }
        let begun = self.may_have_begun_before(&call);
        let told = self.calls.entry(call.clone()).or_default();
        // Calls may have been joined without a word.
        if kind == EventKind::Queued {
            // Who was called and is parked by his caller calls who fetches the call.
            (told.calling, told.called) = (None, None);
        }
        if !self.has_gaps {
            told.keep_parties(&facts)?;
        }
        let from = told.states.get(&subject).copied();
        told.is_ambiguous |= told.calling.is_some() && told.calling == told.called;
        told.is_ambiguous |= kind == EventKind::Delivered && from.is_some();
        let own_delivered = kind == EventKind::Delivered && !elsewhere;
        told.came_late |= own_delivered && !matches!(facts.cause, Some(Cause::NewCall | Cause::Consultation));
        told.came_late |= is_pickup && elsewhere && !told.states.contains_key(&self.own);
        // A device that fetches the call in which it is parked, perhaps at another phone, is in it twice.
        let fetcher = facts.onto.and_then(SubjectDeviceId::device).filter(|_| is_pickup);
        told.is_ambiguous |= fetcher.is_some_and(|device| told.states.contains_key(device.as_str()));
        let unseen = self.has_gaps
            || begun
            || (told.came_late && elsewhere && from.is_none())
            || told.is_ambiguous
            || from == Some(None);
        let possible = match (kind, facts.cause) {
            (EventKind::Diverted, Some(Cause::Park)) => from.flatten() == Some(State::Connected),
            // Who fetches a call is in it before anybody says so.
            (EventKind::Established, Some(Cause::CallPickup)) => {
                from.flatten().is_none_or(|from| from == State::Connected)
            }
            _ => can_be(from.flatten(), kind),
        };
        if !unseen && !possible {
            return Err("the connection is not in a state for it");
        }
        if let (EventKind::Delivered, false, Some(SubjectDeviceId::Device(caller))) =
            (kind, elsewhere, facts.calling)
            && !told.came_late
        {
            // The first that the device hears of the call: who rings it is in it. The caller of one that was diverted may
            // have left it, when it was a conference or parked.
            told.states.entry(caller.as_str().into()).or_insert(None);
        }
        if let (EventKind::Established, false, Some(SubjectDeviceId::Device(caller))) =
            (kind, elsewhere, facts.calling)
            && is_pickup
        {
            // All that who fetches a call hears of it.
            told.states.entry(caller.as_str().into()).or_insert(None);
        }
        match state_after(kind, elsewhere) {
            State::Null => told.states.remove(&subject),
            state => told.states.insert(subject, Some(state)),
        };
        let ends = matches!(kind, EventKind::ConnectionCleared | EventKind::Diverted);
        self.check_own(call, facts.local_state, ends && !elsewhere)
    }

    /// Nothing follows in a call that is over for the device, unless it comes back to it.
    fn check_not_over(&mut self, call: &SmolStr, comes_back: bool) -> Refused {
        let Some(place) = self.over.iter().position(|over| over == call) else { return Ok(()) };
        // A device that calls itself leaves twice.
        if !comes_back && !self.has_gaps && !self.may_have_begun_before(call) {
            return Err("the device has left the call");
        }
        self.over.remove(place);
        Ok(())
    }

    /// The event says in which state the device itself is; only its own end takes it out of the call.
    fn check_own(&mut self, call: SmolStr, local: Option<State>, ends: bool) -> Refused {
        let Some(local) = local else { return Err("it does not say in which state the device is") };
        let begun = self.may_have_begun_before(&call);
        let told = self.calls.entry(call.clone()).or_default();
        let lenient = self.has_gaps || told.is_ambiguous || begun;
        if (local == State::Null) != ends && !lenient {
            return Err("only its own end takes a device out of a call");
        }
        if local == State::Null {
            if !told.is_ambiguous {
                self.end(call);
            }
            return Ok(());
        }
        let known = *told.states.entry(self.own.clone()).or_insert(Some(local));
        if known.is_some_and(|known| known != local) && !lenient {
            return Err("the device is not in that state");
        }
        told.states.insert(self.own.clone(), Some(local));
        Ok(())
    }

    fn end(&mut self, call: SmolStr) {
        self.calls.remove(&call);
        if self.over.len() == REMEMBERED {
            self.over.pop_front();
        }
        self.over.push_back(call);
    }

    /// Two calls are one: the held one, with all connections of both but those of the device that joined them, which
    /// has one of them or none.
    fn add_merge(&mut self, merge: &Merge<'_>) -> Refused {
        let primary = merge.primary.call_id.clone().ok_or("it names no held call")?;
        // A single step changes one call only.
        let single = [Cause::SingleStepTransfer, Cause::SingleStepConference, Cause::JoinCall];
        let single_step = single.contains(merge.cause) && (*merge.cause == single[0]) != merge.stays;
        let secondary = match merge.secondary.and_then(|id| id.call_id.clone()) {
            Some(secondary) => secondary,
            None if single_step => primary.clone(),
            None => return Err("it names no active call"),
        };
        // The device may have left the one of them before, and is in the other.
        self.over.retain(|over| *over != primary && *over != secondary);
        let wanted = if merge.stays { Cause::Conference } else { Cause::Transfer };
        if *merge.cause != wanted && !single_step {
            return Err("it cannot have this cause");
        }
        let by = merge.by.device().map_or("", |device| device.as_str());
        let (held, active) = (
            self.calls.remove(&primary).unwrap_or_default(),
            self.calls.remove(&secondary).unwrap_or_default(),
        );
        let knows = held.states.contains_key(&self.own) || active.states.contains_key(&self.own);
        let unseen =
            self.has_gaps || self.may_have_begun_before(&primary) || self.may_have_begun_before(&secondary);
        if !knows && !unseen {
            return Err("the device was in neither call");
        }
        let mut joined = Told { is_ambiguous: held.is_ambiguous || active.is_ambiguous, ..Told::default() };
        for (old, new, device) in merge.connections() {
            let before = if *old == primary { &held } else { &active };
            if *new != primary || (*old != primary && *old != secondary) {
                return Err("a connection is of another call");
            }
            let state = before.states.get(device).copied().flatten();
            let state = if merge.stays && device == by { Some(State::Connected) } else { state };
            joined.is_ambiguous |= joined.states.insert(device.into(), state).is_some();
        }
        let is_in = joined.states.contains_key(by);
        if joined.states.is_empty() || merge.count() < joined.states.len() || (merge.stays && !is_in) {
            return Err("the wrong devices are in the joined call");
        }
        let mut known = held.states.keys().chain(active.states.keys());
        if !self.has_gaps && known.any(|device| device != by && !joined.states.contains_key(device)) {
            return Err("a device is missing in the joined call");
        }
        if primary != secondary {
            self.end(secondary);
        }
        // It may have been in one of the calls with another line, too.
        let leaves = *by == *self.own && !is_in;
        self.calls.insert(primary.clone(), joined);
        self.check_own(primary, merge.local_state, leaves)
    }

    /// The device is in no call any more.
    ///
    /// # Errors
    /// The call of which no end was told.
    pub(super) fn all_over(&self) -> Result<(), String> {
        let known = |(_, told): &(&SmolStr, &Told)| !self.has_gaps && !told.is_ambiguous;
        match self.calls.iter().find(known) {
            Some((call, _)) => Err(format!("call {call} is over")),
            None => Ok(()),
        }
    }

    /// The device is in just these calls, with these connections in them, and forwards calls to where it was told.
    ///
    /// # Errors
    /// What it was not told.
    pub(super) fn agrees_with(
        &self,
        calls: &Calls,
        forwards_to: impl Fn(ForwardingType) -> Option<SmolStr>,
    ) -> Result<(), String> {
        if self.has_gaps {
            return Ok(());
        }
        if let Some((kind, to)) = self.forwards.iter().find(|(kind, to)| forwards_to(*kind) != *to) {
            return Err(format!("calls go to {:?}, it was told {to:?} ({kind:?})", forwards_to(*kind)));
        }
        let is_over = |(call, told): &(&SmolStr, &Told)| !calls.contains_key(*call) && !told.is_ambiguous;
        if let Some((call, _)) = self.calls.iter().find(is_over) {
            return Err(format!("call {call} is over"));
        }
        for (call, states) in calls.iter().filter(|(call, _)| !self.may_have_begun_before(call)) {
            let told = self.calls.get(call);
            let (Some(states), false) = (states, told.is_some_and(|told| told.is_ambiguous)) else {
                continue;
            };
            if !told.is_some_and(|told| told.agrees_with(states)) {
                return Err(format!("call {call} is {states:?}, it was told {told:?}"));
            }
        }
        Ok(())
    }
}

impl Told {
    /// Of a call of two everything is known; of a larger one perhaps not who was in it before.
    fn agrees_with(&self, states: &BTreeMap<SmolStr, State>) -> bool {
        let is_so = |(device, told): (&SmolStr, &Option<State>)| {
            states.get(device).is_some_and(|state| told.is_none_or(|told| told == *state))
        };
        self.states.iter().all(is_so)
            && (states.len() > 2 || self.came_late || states.len() == self.states.len())
    }

    /// Who calls and who is called stays the same until the call is joined with another one.
    fn keep_parties(&mut self, facts: &EventFacts<'_>) -> Refused {
        let parties = [(&mut self.calling, facts.calling), (&mut self.called, facts.called)];
        for (known, told) in parties {
            let Some(SubjectDeviceId::Device(told)) = told else { continue };
            if *known.get_or_insert_with(|| told.as_str().into()) != *told.as_str() {
                return Err("the call was of other parties");
            }
        }
        Ok(())
    }
}

/// Whether the event can happen to a connection in this state; `None` for one that has not begun.
fn can_be(from: Option<State>, event: EventKind) -> bool {
    match event {
        EventKind::ServiceInitiated | EventKind::Delivered => from.is_none(),
        // A line that forwards all calls never rings.
        EventKind::Diverted => from.is_none_or(|from| matches!(from, State::Alerting | State::Queued)),
        EventKind::Queued => from.is_none(),
        EventKind::DigitsDialed | EventKind::Originated => from == Some(State::Initiated),
        EventKind::Established => from == Some(State::Alerting),
        EventKind::Held => from == Some(State::Connected),
        EventKind::Retrieved => from == Some(State::Hold),
        EventKind::Failed => from.is_none_or(|from| !matches!(from, State::Hold | State::Fail)),
        EventKind::ConnectionCleared => from.is_some(),
        _ => false,
    }
}

/// The state in which an event leaves its connection. One that fails at another device is over.
fn state_after(event: EventKind, elsewhere: bool) -> State {
    match event {
        EventKind::ServiceInitiated | EventKind::DigitsDialed => State::Initiated,
        EventKind::Delivered => State::Alerting,
        EventKind::Originated | EventKind::Established | EventKind::Retrieved => State::Connected,
        EventKind::Held => State::Hold,
        EventKind::Queued => State::Queued,
        EventKind::Failed if !elsewhere => State::Fail,
        _ => State::Null,
    }
}

/// Whether the event can have this cause.
fn can_have(event: EventKind, cause: &Cause) -> bool {
    const DIVERTED: [Cause; 6] = [
        Cause::CallForwardImmediate,
        Cause::CallForwardBusy,
        Cause::CallForwardNoAnswer,
        Cause::Redirected,
        Cause::Recall,
        Cause::Distributed,
    ];
    const BEGUN: [Cause; 5] = [
        Cause::NewCall,
        Cause::Consultation,
        Cause::SingleStepTransfer,
        Cause::SingleStepConference,
        Cause::JoinCall,
    ];
    let (causes, diverted): (&[Cause], bool) = match event {
        EventKind::ServiceInitiated => (&[Cause::Normal, Cause::MakeCall, Cause::Consultation], false),
        EventKind::DigitsDialed => (&[Cause::Normal], false),
        EventKind::Originated => (&[Cause::NewCall, Cause::Consultation], false),
        EventKind::Established if *cause == Cause::CallPickup => return true,
        EventKind::Established => (&BEGUN, false),
        EventKind::Queued => (&[Cause::Park], false),
        EventKind::Delivered => (&BEGUN, true),
        EventKind::Diverted => (&[Cause::Park, Cause::CallPickup], true),
        EventKind::Held => (&[Cause::Normal, Cause::Consultation, Cause::Alternate], false),
        EventKind::Retrieved => (&[Cause::Normal, Cause::Alternate], false),
        EventKind::Failed => (
            &[
                Cause::Blocked,
                Cause::Busy,
                Cause::CallNotAnswered,
                Cause::DestNotObtainable,
                Cause::DestOutOfOrder,
                Cause::DoNotDisturb,
                Cause::ReorderTone,
            ],
            false,
        ),
        _ => (
            &[
                Cause::NormalClearing,
                Cause::CallCancelled,
                Cause::CallNotAnswered,
                Cause::DestOutOfOrder,
                Cause::DestNotObtainable,
                Cause::Blocked,
                Cause::Busy,
                Cause::DoNotDisturb,
                Cause::CallPickup,
            ],
            false,
        ),
    };
    causes.contains(cause) || (diverted && DIVERTED.contains(cause))
}
