//! Forwarding: who sets it, and where a call goes that reaches a number.

use std::time::Duration;

use hookflash_wire::{
    csta::{
        CstaError, EventCause, EventKind, ForwardingType as When, LocalConnectionState as State,
        OperationError,
    },
    sccp::{Phrase, Text},
};

use super::{Dialling, Ends, Model, Place, Told};

/// Where the calls of a device go instead.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forwards {
    /// All calls.
    pub immediate: Option<String>,
    /// Calls that find it busy.
    pub busy: Option<String>,
    /// Calls that nobody answers.
    pub no_answer: Option<String>,
    /// How long these ring before.
    pub after: Duration,
}

impl Default for Forwards {
    fn default() -> Forwards {
        Forwards { immediate: None, busy: None, no_answer: None, after: Duration::from_secs(20) }
    }
}

impl Forwards {
    /// Where calls go in this case; only these three there are.
    pub fn to(&mut self, when: When) -> &mut Option<String> {
        match when {
            When::Busy => &mut self.busy,
            When::NoAnswer => &mut self.no_answer,
            _ => &mut self.immediate,
        }
    }
}

/// One device that forwarded a call, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diversion {
    /// The device, as index.
    pub device: usize,
    /// Why.
    pub cause: EventCause,
}

impl Model {
    /// Set Forwarding.
    pub(super) fn set_forwarding(
        &mut self,
        device: usize,
        when: When,
        to: Option<&str>,
        after: Option<Duration>,
    ) -> Result<(), CstaError> {
        if to.is_some_and(|to| !self.can_forward(device, to)) {
            return Err(CstaError::Operation(OperationError::InvalidForwardingDestination));
        }
        self.forward(device, when, to, after);
        Ok(())
    }

    /// Calls can be forwarded to every other device.
    fn can_forward(&self, device: usize, to: &str) -> bool {
        self.device(to).is_some_and(|to| to != device)
    }

    /// Monitors are told of changes.
    fn forward(&mut self, device: usize, when: When, to: Option<&str>, after: Option<Duration>) {
        let Some(found) = self.devices.get_mut(device) else { return };
        let before = found.forwards.clone();
        *found.forwards.to(when) = to.map(str::to_owned);
        found.forwards.after = after.unwrap_or(before.after);
        if found.forwards != before {
            let onto = to.unwrap_or_default().to_owned();
            self.told.push(Told { cause: cause_of(when), onto, ..Told::of(device, EventKind::Forwarding) });
        }
    }

    /// The key that forwards all calls: it collects a number, or cancels.
    pub(super) fn forward_all_key(&mut self, station: usize, line: u32) {
        let active = self.active(station);
        if let Some(entering) = active.filter(|place| self.is_entering_forward(*place)) {
            return self.clear(entering, EventCause::NormalClearing);
        }
        let fresh = active.filter(|place| self.awaits_number(*place));
        let named = self.device_on(station, line).or_else(|| self.device_on(station, 1));
        let Some(device) = fresh.map(|place| place.1).or(named) else { return };
        let forwards = self.devices.get(device).is_some_and(|device| device.forwards.immediate.is_some());
        match (forwards, fresh, active) {
            (true, ..) => self.forward(device, When::Immediate, None, None),
            (false, Some(fresh), _) => {
                self.calls.get_mut(&fresh.0).into_iter().for_each(|call| call.dialling = Dialling::Forward);
                self.start_timer(fresh, self.limits.interdigit, Ends::Dialling);
            }
            (false, None, Some(_)) => {}
            (false, None, None) => self.begin_or_refuse(station, device, Dialling::Forward),
        }
    }

    pub(super) fn is_entering_forward(&self, place: Place) -> bool {
        self.calls.get(&place.0).is_some_and(|call| call.dialling == Dialling::Forward)
            && self.state(place) == State::Initiated
    }

    /// The number to forward to is complete.
    pub(super) fn forward_entered(&mut self, place: Place) {
        let number = self.calls.get(&place.0).map(|call| call.digits.clone()).unwrap_or_default();
        if self.can_forward(place.1, &number) {
            self.clear(place, EventCause::NormalClearing);
            self.forward(place.1, When::Immediate, Some(&number), None);
        } else if self.device(&number).is_some() {
            self.fail_here(place, EventCause::Blocked);
        } else {
            self.fail_here(place, EventCause::DestNotObtainable);
        }
    }

    /// The user hangs up: a number to forward to is complete with that.
    pub(super) fn end(&mut self, station: usize, place: Place) {
        let number = self.calls.get(&place.0).map(|call| call.digits.clone()).unwrap_or_default();
        if !self.is_entering_forward(place) || number.is_empty() {
            return self.hang_up_at(station, place);
        }
        self.clear(place, EventCause::NormalClearing);
        if self.can_forward(place.1, &number) {
            self.forward(place.1, When::Immediate, Some(&number), None);
        } else {
            self.refuse(station, Text::from(Phrase::UNKNOWN_NUMBER));
        }
    }

    /// The call reaches a number: it rings there, goes on to another one, or fails.
    pub(super) fn reach(&mut self, caller: Place, number: &str) {
        let Some(called) = self.device(number) else {
            return self.fail_here(caller, EventCause::DestNotObtainable);
        };
        let own = called == caller.1;
        let reason = if self.phones_of(called).next().is_none() {
            Some(EventCause::DestOutOfOrder)
        } else if own || !self.has_room(called) || self.phone_of(called).is_none() {
            Some(EventCause::Busy)
        } else {
            None
        };
        let cases: &[When] = match reason {
            _ if own => &[],
            None => &[When::Immediate],
            Some(EventCause::Busy) => &[When::Immediate, When::Busy],
            Some(_) => &[When::Immediate, When::Busy, When::NoAnswer],
        };
        let comes_back = self.way(caller.0).iter().any(|diversion| diversion.device == called);
        match (self.forward_of(called, cases), reason) {
            _ if comes_back => self.fail_here(caller, EventCause::Blocked),
            (Some(_), _) if !self.may_divert(caller.0) => self.fail_here(caller, EventCause::Blocked),
            (Some((when, to)), _) => self.divert((caller.0, called), when, &to),
            (None, Some(cause)) if own => self.fail_here(caller, cause),
            (None, Some(cause)) => self.fail_there(caller, called, cause),
            (None, None) => self.ring((caller.0, called)),
        }
    }

    fn ring(&mut self, place: Place) {
        let cause = self.way(place.0).last().map_or(EventCause::NewCall, |last| last.cause.clone());
        self.join(place, State::Alerting, None);
        self.tell(place, EventKind::Delivered, cause, None);
        let after = self.devices.get(place.1).map(|device| device.forwards.after).unwrap_or_default();
        let forward = self.forward_of(place.1, &[When::NoAnswer]);
        match forward.filter(|_| after <= self.limits.ringing && self.may_divert(place.0)) {
            Some((_, to)) => {
                self.at_mut(place).into_iter().for_each(|own| own.forward_to = Some(to.clone()));
                self.start_timer(place, after, Ends::Forward);
            }
            None => self.start_timer(place, self.limits.ringing, Ends::Ringing),
        }
    }

    /// Nobody answered in time.
    pub(super) fn forward_unanswered(&mut self, place: Place) {
        if let Some(to) = self.at_mut(place).and_then(|own| own.forward_to.take()) {
            self.divert(place, When::NoAnswer, &to);
        }
    }

    /// A call that rings goes elsewhere, if the device forwards in one of these cases.
    pub(super) fn divert_ringing(&mut self, place: Place, cases: &[When]) -> bool {
        let forward = self.forward_of(place.1, cases).filter(|_| self.may_divert(place.0));
        forward.inspect(|(when, to)| self.divert(place, *when, to)).is_some()
    }

    /// The first of these cases in which the device forwards.
    fn forward_of(&self, device: usize, cases: &[When]) -> Option<(When, String)> {
        let mut forwards = self.devices.get(device)?.forwards.clone();
        cases.iter().find_map(|when| Some((*when, forwards.to(*when).take()?)))
    }

    fn way(&self, call: u32) -> &[Diversion] {
        self.calls.get(&call).map(|call| call.way.as_slice()).unwrap_or_default()
    }

    fn may_divert(&self, call: u32) -> bool {
        self.way(call).len() < self.limits.max_redirects
    }

    /// The call leaves a device, where it may have rung, for another number.
    fn divert(&mut self, from: Place, when: When, to: &str) {
        let Some(caller) = self.caller(from.0) else { return };
        let Some(call) = self.calls.get_mut(&from.0) else { return };
        call.way.push(Diversion { device: from.1, cause: cause_of(when) });
        call.reached = to.to_owned();
        call.connections.retain(|connection| connection.device != from.1);
        self.tell(from, EventKind::Diverted, cause_of(when), None);
        self.tell_one(from, EventKind::Diverted, cause_of(when), from.1, State::Null);
        self.reach(caller, to);
    }
}

fn cause_of(when: When) -> EventCause {
    match when {
        When::Busy => EventCause::CallForwardBusy,
        When::NoAnswer => EventCause::CallForwardNoAnswer,
        _ => EventCause::CallForwardImmediate,
    }
}
