//! Diverting calls: what the forwarding of a line makes of a call, at the moment at which it would ring, is
//! rejected, cannot ring, or has rung long enough. See [`forwarding`](crate::forwarding).

use smol_str::SmolStr;

use super::make_call::caller;
use crate::{
    Call, CallEventKind, CallsTo, ConnectionId, ConnectionState, DeviceId, EventCause, ForwardingType, Party,
    Switch, Transition,
    forwarding::{Diversion, Redirection},
};

/// What becomes of a call at a device that it has reached.
pub(super) enum Arrival {
    /// It rings there.
    Rings,
    /// It goes to another number.
    Diverts(ForwardingType, SmolStr),
    /// It cannot get through there.
    Fails(EventCause),
}

impl Switch {
    /// What becomes of the call at `device`, reached by `digits`.
    pub(super) fn arrive(&self, call: &Call, device: DeviceId, digits: &str) -> Arrival {
        let line = &self.lines[device.index()];
        let calls_itself = call.calling.device == Some(device);
        if call.was_diverted_by(device) || call.left.contains(&device) {
            return Arrival::Fails(EventCause::Blocked);
        }
        let forward = |kinds: &[ForwardingType]| match calls_itself {
            true => None,
            false => self.forward_of(device, kinds, digits),
        };
        use ForwardingType::*;
        let nobody = !self.has_phone(line);
        let (forward, cause) = if let Some(forward) = forward(&[Immediate]) {
            (Some(forward), EventCause::Busy)
        } else if !self.is_in_service(device) {
            (forward(&[Busy, NoAnswer]), EventCause::DestOutOfOrder)
        } else if nobody {
            // A line that counts as up without a phone (`cti notify`) has nobody to ring.
            (forward(&[Busy, NoAnswer]), EventCause::Busy)
        } else if calls_itself || !line.has_free_channel() || self.station_for(device).is_none() {
            (forward(&[Busy]), EventCause::Busy)
        } else {
            return Arrival::Rings;
        };
        match forward {
            None => Arrival::Fails(cause),
            Some((kind, number)) if self.may_divert(call) => Arrival::Diverts(kind, number),
            Some(_) => Arrival::Fails(EventCause::Blocked),
        }
    }

    /// The call stops ringing at a device that does not take it: its user rejected it, or its phone is gone.
    /// True if the device forwards it; the first of `kinds` that is set counts.
    pub(crate) fn divert_ringing(&mut self, alerting: ConnectionId, kinds: &[ForwardingType]) -> bool {
        let rings = |call: &&Call| call.state_of(alerting.device) == ConnectionState::Alerting;
        let Some(call) = self.calls.get(&alerting.call).filter(rings) else { return false };
        let forward = self.forward_of(alerting.device, kinds, call.reached_number());
        match forward.filter(|_| self.may_divert(call)) {
            Some((kind, number)) => {
                self.divert(alerting, kind, &number);
                true
            }
            None => false,
        }
    }

    /// Nobody answered in time at a device that forwards such calls.
    pub(crate) fn forward_no_answer_timeout(&mut self, alerting: ConnectionId) {
        let connection =
            self.calls.get_mut(&alerting.call).and_then(|call| call.connection_mut(alerting.device));
        if let Some(number) = connection.and_then(|connection| connection.forward_to.take()) {
            self.divert(alerting, ForwardingType::NoAnswer, &number);
        }
    }

    /// The call leaves a device, where it may have rung, for the number that the device forwards to.
    pub(super) fn divert(&mut self, from: ConnectionId, reason: ForwardingType, number: &SmolStr) {
        let destination = self.party_named(number);
        let Some(call) = self.calls.get_mut(&from.call) else { return };
        let Some(caller) = caller(call) else { return };
        let name = self.lines[from.device.index()].settings.name.clone();
        let by = Party { device: Some(from.device), number: call.reached_number().clone(), name };
        let diversion = Diversion { device: from.device, by, reason };
        match &mut call.redirection {
            Some(redirection) => {
                redirection.further.push(diversion);
                redirection.destination = destination;
            }
            none => *none = Some(Box::new(Redirection::new(diversion, destination))),
        }
        self.stop_timer(from);
        if self.advance(from, Transition::Clear).is_ok() {
            self.remove_connection(from, reason.cause());
        }
        let subject = self.party(from.device);
        self.report_except(None, from, &subject, CallEventKind::Diverted, reason.cause());
        self.report_to_former(from.device, from, &subject, CallEventKind::Diverted, reason.cause());
        self.call_changed(from.call);
        self.reach(caller, number);
    }

    /// The number that the line forwards to by the first of these types that is set, for calls by `digits`.
    pub(super) fn forward_of(
        &self,
        device: DeviceId,
        kinds: &[ForwardingType],
        digits: &str,
    ) -> Option<(ForwardingType, SmolStr)> {
        let line = &self.lines[device.index()];
        // Every caller is a line of this switch.
        if line.settings.keeps_local_calls {
            return None;
        }
        let came_in_by = |calls_to: CallsTo| match calls_to {
            CallsTo::AnyNumber => true,
            CallsTo::Primary => line.settings.number.as_str() == digits,
            CallsTo::Secondary => line.settings.secondary.as_deref() == Some(digits),
        };
        kinds.iter().find_map(|kind| {
            let forward = line.forwarding.get(*kind).filter(|forward| came_in_by(forward.calls_to))?;
            Some((*kind, forward.number.clone()))
        })
    }

    /// Whether the call may be diverted once more.
    pub(super) fn may_divert(&self, call: &Call) -> bool {
        call.redirection.as_ref().map_or(0, |redirection| redirection.count()) < self.settings.max_redirects
    }

    /// Who has the number; a number alone if nobody has.
    pub(super) fn party_named(&self, number: &SmolStr) -> Party {
        let device = self.device_by_number(number);
        let name = device.map(|device| self.lines[device.index()].settings.name.clone()).unwrap_or_default();
        Party { device, number: number.clone(), name }
    }
}

impl Call {
    /// Whether the device has diverted the call on its way.
    fn was_diverted_by(&self, device: DeviceId) -> bool {
        let mut diversions = self.redirection.iter().flat_map(|redirection| redirection.diversions());
        diversions.any(|diversion| diversion.device == device)
    }

    /// The number by which the call reached the device where it is now.
    pub(super) fn reached_number(&self) -> &SmolStr {
        self.redirection.as_ref().map_or(&self.dialled, |redirection| &redirection.destination.number)
    }
}
