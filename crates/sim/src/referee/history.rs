//! What one monitor was told, and what can follow: the sequence of states that ECMA-269 gives each connection
//! (clause 6.1.5), the causes of each event, and who is in a call.
//!
//! Needs no model: it holds whatever happens in whatever order.

use std::collections::{BTreeMap, VecDeque};

use hookflash_wire::csta::{
    EventBody, EventCause as Cause, EventKind, LocalConnectionState as State, SubjectDeviceId,
};
use smol_str::SmolStr;

use crate::{application::connection_of, transcript::EventFacts};

/// Calls that are over for a monitored device and remembered, so that nothing follows.
const REMEMBERED: usize = 64;

/// The calls of a device: the state of each device in each.
pub(super) type Calls = BTreeMap<SmolStr, BTreeMap<SmolStr, State>>;

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
}

/// What a monitor was told of one call.
#[derive(Debug, Default)]
struct Told {
    /// The state of each connection; null for those that have ended.
    states: BTreeMap<SmolStr, State>,
    calling: Option<SmolStr>,
    called: Option<SmolStr>,
}

impl History {
    /// A monitor of the device `own`, which may be in calls up to `last_before` already.
    pub(super) fn new(own: &str, last_before: u32) -> History {
        let (calls, over) = (BTreeMap::new(), VecDeque::new());
        History { own: own.into(), last_before, has_gaps: false, calls, over }
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
    pub(super) fn add(&mut self, body: &EventBody) -> Result<(), &'static str> {
        let Some(id) = connection_of(body) else { return Ok(()) };
        let (Some(call), Some(device)) = (id.call_id.clone(), id.device_id.as_ref()) else {
            return Err("it names no connection");
        };
        let subject: SmolStr = device.as_str().into();
        if self.over.contains(&call) {
            return Err("the device has left the call");
        }
        let facts = EventFacts::of(body);
        if !facts.cause.is_some_and(|cause| can_have(body.kind(), cause)) {
            return Err("it cannot have this cause");
        }
        let begun = self.may_have_begun_before(&call);
        let told = self.calls.entry(call.clone()).or_default();
        told.keep_parties(&facts)?;
        let from = told.states.get(&subject).copied();
        if from == Some(State::Null) {
            return Err("the connection has ended");
        }
        let unseen = self.has_gaps || (begun && from.is_none());
        if !unseen && !can_be(from, body.kind()) {
            return Err("the connection is not in a state for it");
        }
        let elsewhere = subject != self.own;
        if body.kind() == EventKind::Delivered
            && !elsewhere
            && let Some(SubjectDeviceId::Device(caller)) = facts.calling
        {
            // The first that the device hears of the call: who rings it is connected.
            told.states.entry(caller.as_str().into()).or_insert(State::Connected);
        }
        told.states.insert(subject, state_after(body.kind(), elsewhere));
        self.check_own(call, &facts, body.kind() == EventKind::ConnectionCleared && !elsewhere)
    }

    /// The event says in which state the device itself is; only its own end takes it out of the call.
    fn check_own(&mut self, call: SmolStr, facts: &EventFacts<'_>, ends: bool) -> Result<(), &'static str> {
        let Some(local) = facts.local_state else {
            return Err("it does not say in which state the device is");
        };
        if (local == State::Null) != ends {
            return Err("only its own end takes a device out of a call");
        }
        let told = self.calls.entry(call.clone()).or_default();
        let known = *told.states.entry(self.own.clone()).or_insert(local);
        if known != local && !self.has_gaps {
            return Err("the device is not in that state");
        }
        told.states.insert(self.own.clone(), local);
        if ends {
            self.calls.remove(&call);
            if self.over.len() == REMEMBERED {
                self.over.pop_front();
            }
            self.over.push_back(call);
        }
        Ok(())
    }

    /// The device is in just these calls, with these connections in them, by what the monitor was told.
    ///
    /// # Errors
    /// What it was not told.
    pub(super) fn agrees_with(&self, calls: &Calls) -> Result<(), String> {
        if self.has_gaps {
            return Ok(());
        }
        if let Some(call) = self.calls.keys().find(|call| !calls.contains_key(*call)) {
            return Err(format!("call {call} is over"));
        }
        for (call, states) in calls.iter().filter(|(call, _)| !self.may_have_begun_before(call)) {
            let told = self.calls.get(call).map(|told| &told.states);
            let alive = told.into_iter().flatten().filter(|(_, state)| **state != State::Null);
            if !alive.eq(states.iter()) {
                return Err(format!("call {call} is {states:?}, it was told {told:?}"));
            }
        }
        Ok(())
    }
}

impl Told {
    /// Who calls and who is called stays the same as long as the call lasts.
    fn keep_parties(&mut self, facts: &EventFacts<'_>) -> Result<(), &'static str> {
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
        EventKind::Originated => from == Some(State::Initiated),
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
        EventKind::ServiceInitiated => State::Initiated,
        EventKind::Delivered => State::Alerting,
        EventKind::Originated | EventKind::Established | EventKind::Retrieved => State::Connected,
        EventKind::Held => State::Hold,
        EventKind::Failed if !elsewhere => State::Fail,
        _ => State::Null,
    }
}

/// Whether the event can have this cause.
fn can_have(event: EventKind, cause: &Cause) -> bool {
    let causes: &[Cause] = match event {
        EventKind::ServiceInitiated => &[Cause::Normal, Cause::MakeCall],
        EventKind::Originated | EventKind::Delivered | EventKind::Established => &[Cause::NewCall],
        EventKind::Held | EventKind::Retrieved => &[Cause::Normal],
        EventKind::Failed => &[
            Cause::Busy,
            Cause::CallNotAnswered,
            Cause::DestNotObtainable,
            Cause::DestOutOfOrder,
            Cause::ReorderTone,
        ],
        _ => &[Cause::NormalClearing, Cause::CallCancelled, Cause::CallNotAnswered, Cause::DestOutOfOrder],
    };
    causes.contains(cause)
}
