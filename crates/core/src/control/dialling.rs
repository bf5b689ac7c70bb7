//! Collecting digits, and taking the call to whom they name.

use std::time::Duration;

use smol_str::{SmolStr, SmolStrBuilder};

use super::{divert::Arrival, make_call::caller};
use crate::{
    CallEventKind, CallId, Connection, ConnectionId, ConnectionState, DeviceId, EventCause, Failure,
    ForwardingType, Match, Party, Switch, Timer, Transition, call::Dialling,
};

/// Longest number that can be dialled; further digits are ignored. Cisco's directory numbers have at most 16
/// digits; the fields of SCCP hold 24.
const MAX_DIGITS: usize = 24;

impl Switch {
    /// The user dialled one more digit. `#` ends the number.
    pub(crate) fn dial_digit(&mut self, id: ConnectionId, digit: char) {
        let Some(call) = self.collecting(id) else { return };
        if digit == '#' && !call.dialled.is_empty() {
            return self.number_complete(id);
        }
        let (dialled, entering_forward) = (call.dialled.len(), call.dialling == Dialling::Forwarding);
        let most = self.lines[id.device.index()].settings.forward_max_length.filter(|_| entering_forward);
        if dialled >= most.unwrap_or(MAX_DIGITS).min(MAX_DIGITS) || !is_digit(digit) {
            return;
        }
        let Some(call) = self.collecting(id) else { return };
        let mut dialled = SmolStrBuilder::new();
        dialled.push_str(&call.dialled);
        dialled.push(digit);
        call.dialled = dialled.finish();
        self.digits_changed(id);
    }

    /// The user took the last digit back.
    pub(crate) fn undial_digit(&mut self, id: ConnectionId) {
        let Some(call) = self.collecting(id) else { return };
        let keep = call.dialled.len().saturating_sub(1);
        call.dialled = SmolStr::new(call.dialled.get(..keep).unwrap_or_default());
        self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
        self.call_changed(id.call);
    }

    /// The user says that the number is complete.
    pub(crate) fn dial_complete(&mut self, id: ConnectionId) {
        if self.collecting(id).is_some_and(|call| !call.dialled.is_empty()) {
            self.number_complete(id);
        }
    }

    /// A whole number at once, or the beginning of one: see [`dial_string`].
    pub(crate) fn dial_number(&mut self, id: ConnectionId, number: &str) {
        let Some(call) = self.collecting(id) else { return };
        let (digits, complete) = dial_string(number);
        call.dialled = digits;
        if complete { self.number_complete(id) } else { self.digits_changed(id) }
    }

    pub(crate) fn interdigit_timeout(&mut self, call: CallId) {
        let Some(id) = self.calls.get(&call).and_then(caller) else { return };
        match self.collecting(id) {
            Some(call) if call.dialled.is_empty() => self.fail_here(id, EventCause::ReorderTone),
            Some(_) => self.number_complete(id),
            None => {}
        }
    }

    pub(crate) fn ringing_timeout(&mut self, id: ConnectionId) {
        if !self.hunt_on(id, EventCause::CallNotAnswered) {
            self.fail_at(id, EventCause::CallNotAnswered);
        }
    }

    fn collecting(&mut self, id: ConnectionId) -> Option<&mut crate::Call> {
        self.calls.get_mut(&id.call).filter(|call| {
            matches!(call.dialling, Dialling::Collecting | Dialling::Forwarding)
                && call.state_of(id.device) == ConnectionState::Initiated
        })
    }

    fn digits_changed(&mut self, id: ConnectionId) {
        self.call_changed(id.call);
        let Some(call) = self.calls.get(&id.call) else { return };
        // A number to forward to is whatever the user says it is.
        if call.dialled.is_empty() || call.dialling == Dialling::Forwarding {
            return self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
        }
        match self.dial_plan.lookup(&call.dialled) {
            Match::Complete | Match::None => self.route(id),
            Match::Incomplete | Match::CompleteOrMore => {
                self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
            }
        }
    }

    fn number_complete(&mut self, id: ConnectionId) {
        if self.is_entering_forward(id) { self.forward_entered(id) } else { self.route(id) }
    }

    /// The number is complete: the call leaves the caller and reaches somebody, or fails.
    fn route(&mut self, id: ConnectionId) {
        self.stop_timer(id);
        let Some(call) = self.calls.get_mut(&id.call) else { return };
        call.dialling = Dialling::Done;
        let digits = call.dialled.clone();
        if let Some(station) = call.connection(id.device).and_then(|connection| connection.station) {
            self.stations[station.index()].last_dialled = digits.clone();
        }
        let called = self.party_named(&digits);
        if let Some(call) = self.calls.get_mut(&id.call) {
            call.called = called;
        }
        if self.advance(id, Transition::Originate).is_err() {
            return;
        }
        self.report(id, CallEventKind::Originated, EventCause::NewCall);
        self.call_changed(id.call);
        self.reach(id, &digits);
    }

    /// Takes the call to whom the number names: there it rings, is diverted, or fails.
    pub(super) fn reach(&mut self, caller: ConnectionId, number: &SmolStr) {
        match self.choose(caller.call, number) {
            Some((device, Arrival::Rings)) => self.offer(caller.call, device, number),
            Some((device, Arrival::Diverts(kind, to))) => {
                self.divert(ConnectionId { call: caller.call, device }, kind, &to);
            }
            // Its own line is busy with this very call.
            Some((device, Arrival::Fails(cause))) if device == caller.device => self.fail_here(caller, cause),
            // For its parties the call has left the lines that forwarded it: none of them can fail.
            Some((_, Arrival::Fails(EventCause::Blocked))) => self.fail_here(caller, EventCause::Blocked),
            Some((device, Arrival::Fails(cause))) => self.fail_before(caller, device, cause),
            None => self.fail_here(caller, EventCause::DestNotObtainable),
        }
    }

    /// The first device with the number where the call gets on; else the one that was tried last, and why it cannot.
    fn choose(&self, call: CallId, number: &str) -> Option<(DeviceId, Arrival)> {
        let call = self.calls.get(&call)?;
        let mut last = None;
        for device in self.dial_plan.devices(number) {
            let arrival = self.arrive(call, device, number);
            let hunts_on = match arrival {
                Arrival::Fails(EventCause::DestOutOfOrder) => true,
                Arrival::Fails(_) => !self.lines[device.index()].settings.huntstop,
                Arrival::Rings | Arrival::Diverts(..) => false,
            };
            last = Some((device, arrival));
            if !hunts_on {
                break;
            }
        }
        last
    }

    /// The call rings at a device, reached by this number.
    pub(super) fn offer(&mut self, call_id: CallId, device: DeviceId, number: &SmolStr) {
        let reference = self.next_reference();
        let line = &self.lines[device.index()];
        let party = Party { device: Some(device), number: number.clone(), name: line.settings.name.clone() };
        let timeout = line.forwarding.no_answer_timeout;
        let Some(call) = self.calls.get_mut(&call_id) else { return };
        let cause = match &mut call.redirection {
            Some(redirection) => {
                redirection.destination = party;
                redirection.last().reason.cause()
            }
            None => {
                call.called = party;
                EventCause::NewCall
            }
        };
        call.connections.push(Connection::new(device, reference, None));
        self.lines[device.index()].calls.push(call_id);
        let id = ConnectionId { call: call_id, device };
        if self.advance(id, Transition::Offer).is_err() {
            return;
        }
        self.report(id, CallEventKind::Delivered, cause);
        self.await_answer(id, number, timeout);
        self.call_changed(call_id);
    }

    /// Somebody has to answer in time, or the call goes elsewhere or fails.
    fn await_answer(&mut self, id: ConnectionId, number: &str, forward_after: Duration) {
        let ringing = self.settings.timeouts.ringing;
        let forward = self
            .calls
            .get(&id.call)
            .filter(|call| forward_after <= ringing && self.may_divert(call))
            .and_then(|_| self.forward_of(id.device, &[ForwardingType::NoAnswer], number));
        let Some((_, to)) = forward else { return self.start_timer(id, ringing, Timer::Ringing(id)) };
        if let Some(connection) = self.calls.get_mut(&id.call).and_then(|call| call.connection_mut(id.device))
        {
            connection.forward_to = Some(to);
        }
        self.start_timer(id, forward_after, Timer::ForwardNoAnswer(id));
    }

    /// The call fails before it reached anybody, or at the caller: the caller's own connection fails.
    pub(super) fn fail_here(&mut self, id: ConnectionId, cause: EventCause) {
        if self.advance(id, Transition::Fail).is_err() {
            return;
        }
        self.report(id, CallEventKind::Failed, cause);
        self.play_failure(id, cause);
    }

    /// The call fails at a device that it could not ring.
    fn fail_before(&mut self, caller: ConnectionId, device: DeviceId, cause: EventCause) {
        let failed = ConnectionId { call: caller.call, device };
        let subject = self.party(device);
        self.report_except(None, failed, &subject, CallEventKind::Failed, cause);
        self.play_failure(caller, cause);
    }

    /// The call fails at a device where it rang: it stops ringing there, and the caller hears why.
    pub(crate) fn fail_at(&mut self, alerting: ConnectionId, cause: EventCause) {
        let Some(call) = self.calls.get(&alerting.call) else { return };
        let Some(caller) = caller(call).filter(|_| call.connection(alerting.device).is_some()) else {
            return;
        };
        let subject = self.party(alerting.device);
        self.report_except(Some(alerting.device), alerting, &subject, CallEventKind::Failed, cause);
        self.end_connection(alerting, cause, Some(caller.device));
        self.play_failure(caller, cause);
    }

    /// The caller hears why, for a while.
    pub(crate) fn play_failure(&mut self, caller: ConnectionId, cause: EventCause) {
        if let Some(call) = self.calls.get_mut(&caller.call) {
            call.failure = Some(Failure { cause });
        }
        self.call_changed(caller.call);
        self.start_timer(caller, self.settings.timeouts.busy, Timer::ToneEnds(caller));
    }
}

/// The digits of a number that is dialled at once, and whether it is complete: it is not if it is empty or ends
/// in `;` (staged dialling). A `#` at its end says that it is complete, as on the keypad.
pub(super) fn dial_string(number: &str) -> (SmolStr, bool) {
    let (digits, complete) = match number.strip_suffix(';') {
        Some(first_digits) => (first_digits, false),
        None => (number.strip_suffix('#').unwrap_or(number), !number.is_empty()),
    };
    (digits.chars().filter(|c| is_digit(*c)).take(MAX_DIGITS).collect(), complete)
}

fn is_digit(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#' | 'A'..='D' | '+')
}
