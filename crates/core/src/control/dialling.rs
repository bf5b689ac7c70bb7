//! Collecting digits, and taking the call to whom they name.

use smol_str::{SmolStr, SmolStrBuilder};

use super::make_call::caller;
use crate::{
    CallEventKind, CallId, Connection, ConnectionId, ConnectionState, DeviceId, EventCause, Failure, Match,
    Party, Switch, Timer, Transition, call::Dialling,
};

/// Longest number that can be dialled; further digits are ignored. Cisco's directory numbers have at most 16
/// digits; the fields of SCCP hold 24.
const MAX_DIGITS: usize = 24;

impl Switch {
    /// The user dialled one more digit. `#` ends the number.
    pub(crate) fn dial_digit(&mut self, id: ConnectionId, digit: char) {
        let Some(call) = self.collecting(id) else { return };
        if digit == '#' && !call.dialled.is_empty() {
            return self.route(id);
        }
        if call.dialled.len() >= MAX_DIGITS || !is_digit(digit) {
            return;
        }
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
            self.route(id);
        }
    }

    /// A whole number at once, or the beginning of one: see [`dial_string`].
    pub(crate) fn dial_number(&mut self, id: ConnectionId, number: &str) {
        let Some(call) = self.collecting(id) else { return };
        let (digits, complete) = dial_string(number);
        call.dialled = digits;
        if complete { self.route(id) } else { self.digits_changed(id) }
    }

    pub(crate) fn interdigit_timeout(&mut self, call: CallId) {
        let Some(id) = self.calls.get(&call).and_then(caller) else { return };
        match self.collecting(id) {
            Some(call) if call.dialled.is_empty() => self.fail_here(id, EventCause::ReorderTone),
            Some(_) => self.route(id),
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
            call.dialling == Dialling::Collecting && call.state_of(id.device) == ConnectionState::Initiated
        })
    }

    fn digits_changed(&mut self, id: ConnectionId) {
        self.call_changed(id.call);
        let Some(call) = self.calls.get(&id.call) else { return };
        if call.dialled.is_empty() {
            return self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
        }
        match self.dial_plan.lookup(&call.dialled) {
            Match::Complete | Match::None => self.route(id),
            Match::Incomplete | Match::CompleteOrMore => {
                self.start_timer(id, self.settings.timeouts.interdigit, Timer::InterDigit(id.call));
            }
        }
    }

    /// The number is complete: the call leaves the caller and reaches somebody, or fails.
    fn route(&mut self, id: ConnectionId) {
        self.stop_timer(id);
        let Some(call) = self.calls.get_mut(&id.call) else { return };
        call.dialling = Dialling::Done;
        let digits = call.dialled.clone();
        let candidates: smallvec::SmallVec<[DeviceId; 4]> = self.dial_plan.devices(&digits).collect();
        call.called = match candidates.first() {
            Some(device) => {
                let name = self.lines[device.index()].settings.name.clone();
                Party { device: Some(*device), number: digits.clone(), name }
            }
            None => Party { device: None, number: digits.clone(), name: SmolStr::default() },
        };
        if let Some(station) = call.connection(id.device).and_then(|connection| connection.station) {
            self.stations[station.index()].last_dialled = digits;
        }
        if self.advance(id, Transition::Originate).is_err() {
            return;
        }
        self.report(id, CallEventKind::Originated, EventCause::NewCall);
        self.call_changed(id.call);
        match self.choose(id.device, &candidates) {
            Ok(device) => self.offer(id.call, device),
            // Its own line is busy with this very call.
            Err(Some((device, cause))) if device == id.device => self.fail_here(id, cause),
            Err(Some((device, cause))) => self.fail_before(id, device, cause),
            Err(None) => self.fail_here(id, EventCause::DestNotObtainable),
        }
    }

    /// The first candidate that can ring; else who was tried last, and why it cannot.
    pub(super) fn choose(
        &self,
        calling: DeviceId,
        candidates: &[DeviceId],
    ) -> Result<DeviceId, Option<(DeviceId, EventCause)>> {
        let mut reason = None;
        for device in candidates {
            let line = &self.lines[device.index()];
            if !self.is_in_service(*device) {
                reason = Some((*device, EventCause::DestOutOfOrder));
                continue;
            }
            // A line that counts as up without a phone (`cti notify`) has nobody to ring.
            let nobody = self.station_for(*device).is_none();
            if nobody || *device == calling || !line.has_free_channel() {
                reason = Some((*device, EventCause::Busy));
                if line.settings.huntstop {
                    break;
                }
                continue;
            }
            return Ok(*device);
        }
        Err(reason)
    }

    /// The call rings at a device.
    pub(super) fn offer(&mut self, call_id: CallId, device: DeviceId) {
        let reference = self.next_reference();
        let name = self.lines[device.index()].settings.name.clone();
        let Some(call) = self.calls.get_mut(&call_id) else { return };
        call.called = Party { device: Some(device), number: call.dialled.clone(), name };
        call.connections.push(Connection::new(device, reference, None));
        self.lines[device.index()].calls.push(call_id);
        let id = ConnectionId { call: call_id, device };
        if self.advance(id, Transition::Offer).is_err() {
            return;
        }
        self.report(id, CallEventKind::Delivered, EventCause::NewCall);
        self.start_timer(id, self.settings.timeouts.ringing, Timer::Ringing(id));
        self.call_changed(call_id);
    }

    /// The call fails before it reached anybody, or at the caller: the caller's own connection fails.
    fn fail_here(&mut self, id: ConnectionId, cause: EventCause) {
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
        self.report_except(None, failed, subject, CallEventKind::Failed, cause);
        self.play_failure(caller, cause);
    }

    /// The call fails at a device where it rang: it stops ringing there, and the caller hears why.
    pub(crate) fn fail_at(&mut self, alerting: ConnectionId, cause: EventCause) {
        let Some(call) = self.calls.get(&alerting.call) else { return };
        let Some(caller) = caller(call).filter(|_| call.connection(alerting.device).is_some()) else {
            return;
        };
        let subject = self.party(alerting.device);
        self.report_except(Some(alerting.device), alerting, subject, CallEventKind::Failed, cause);
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
