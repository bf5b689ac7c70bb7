//! Clear Connection (ECMA-269 clause 17.1.9), rejecting a ringing call, and how a call ends.

use smallvec::SmallVec;

use super::make_call::caller;
use crate::{
    CallEventKind, ConnectionId, ConnectionState, DeviceId, EventCause, ForwardingType, Output, Refusal,
    Switch, Transition,
};

impl Switch {
    /// What EndCall and Clear Connection do: a ringing call is rejected, any other connection is cleared.
    pub(crate) fn clear_or_reject(&mut self, id: ConnectionId) -> Result<(), Refusal> {
        let call = self.calls.get(&id.call).ok_or(Refusal::InvalidConnection)?;
        match call.connection(id.device).ok_or(Refusal::InvalidConnection)?.state {
            ConnectionState::Alerting => self.reject(id),
            ConnectionState::Initiated if call.is_prompting() => {
                self.clear_connection(id, EventCause::CallCancelled);
            }
            _ => self.clear_connection(id, EventCause::NormalClearing),
        }
        Ok(())
    }

    /// The device leaves the call; a call of two ends with that.
    pub(crate) fn clear_connection(&mut self, id: ConnectionId, cause: EventCause) {
        self.end_connection(id, cause, None);
        let Some(call) = self.calls.get(&id.call) else { return };
        let alone = call.connections.len() == 1;
        let left: SmallVec<[DeviceId; 2]> = call.connections.iter().map(|other| other.device).collect();
        if alone {
            for device in left {
                self.end_connection(ConnectionId { call: id.call, device }, cause, None);
            }
        }
    }

    /// The called user does not want the call: it is forwarded as if the line were busy, or else stops ringing, and
    /// the caller hears busy tone.
    fn reject(&mut self, alerting: ConnectionId) {
        if self.divert_ringing(alerting, &[ForwardingType::Busy]) {
            return;
        }
        let Some(caller) = self.calls.get(&alerting.call).and_then(caller) else { return };
        self.end_connection(alerting, EventCause::NormalClearing, None);
        self.play_failure(caller, EventCause::Busy);
    }

    /// Takes one connection out of its call and tells everybody in the call, but not the monitors of a device
    /// that was told in another way.
    pub(crate) fn end_connection(&mut self, id: ConnectionId, cause: EventCause, told: Option<DeviceId>) {
        self.stop_timer(id);
        if self.advance(id, Transition::Clear).is_err() {
            return;
        }
        let subject = self.party(id.device);
        self.report_except(told, id, &subject, CallEventKind::ConnectionCleared, cause);
        self.remove_connection(id, cause);
    }

    /// Takes a connection whose state is null already out of its call.
    pub(super) fn remove_connection(&mut self, id: ConnectionId, cause: EventCause) {
        self.call_changed(id.call);
        self.lines[id.device.index()].calls.retain(|call| *call != id.call);
        let Some(call) = self.calls.get_mut(&id.call) else { return };
        call.connections.retain(|connection| connection.device != id.device);
        if call.connections.is_empty() {
            let ended = Output::CallEnded(id.call, call.global_id, self.now.since(call.started), cause);
            self.calls.remove(&id.call);
            self.note(ended);
        } else {
            self.settle_media(id.call);
        }
    }
}
