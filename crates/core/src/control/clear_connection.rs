//! Clear Connection (ECMA-269 clause 17.1.9), rejecting a ringing call, and how a call ends.

use smallvec::SmallVec;

use super::make_call::caller;
use crate::{
    CallEventKind, ConnectionId, ConnectionState, DeviceId, EventCause, ForwardingType, Output, Refusal,
    StationId, Switch, Transition,
};

impl Switch {
    /// What a user does who hangs up at a station: a call that rings at other stations of the line too stops ringing
    /// at this one only.
    pub(crate) fn clear_at(&mut self, station: StationId, id: ConnectionId) -> Result<(), Refusal> {
        if !self.rings_elsewhere(station, id) {
            return self.clear_or_reject(id);
        }
        let connection = self.calls.get_mut(&id.call).and_then(|call| call.connection_mut(id.device));
        if let Some(connection) = connection.filter(|connection| connection.is_offered_to(station)) {
            connection.declined.push(station);
        }
        self.call_changed(id.call);
        Ok(())
    }

    fn rings_elsewhere(&self, station: StationId, id: ConnectionId) -> bool {
        let mut others = self.lines[id.device.index()].stations.iter().filter(|other| **other != station);
        others.any(|other| self.stations[other.index()].is_registered() && self.rings_at(*other, id))
    }

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

    /// The called user does not want the call: it is forwarded as if the line were busy, or goes on to another device
    /// with the number, or the caller hears busy tone.
    fn reject(&mut self, alerting: ConnectionId) {
        if self.divert_ringing(alerting, &[ForwardingType::Busy]) {
            return;
        }
        let Some(call) = self.calls.get(&alerting.call) else { return };
        let Some(caller) = caller(call).filter(|_| call.connection(alerting.device).is_some()) else {
            return;
        };
        if self.hunt_on(alerting, EventCause::Busy) {
            return;
        }
        self.end_connection(alerting, EventCause::NormalClearing, None);
        self.play_failure(caller, EventCause::Busy);
    }

    /// A call that rings at no station any more ends: nobody is there, or whoever is there has declined.
    pub(crate) fn stop_unless_it_rings(&mut self, alerting: ConnectionId) {
        if self.connection(alerting).is_none() {
            return;
        }
        let stations = self.lines[alerting.device.index()].stations.iter();
        let mut there = stations.filter(|station| self.stations[station.index()].is_registered()).peekable();
        let nobody = there.peek().is_none();
        if there.any(|station| self.rings_at(*station, alerting)) {
            return;
        }
        if !nobody {
            self.reject(alerting);
        } else if self.divert_ringing(alerting, &[ForwardingType::Busy, ForwardingType::NoAnswer]) {
            // It rings or fails elsewhere now.
        } else if !self.hunt_on(alerting, EventCause::DestOutOfOrder) {
            self.fail_at(alerting, EventCause::DestOutOfOrder);
        }
    }

    /// A phone cannot receive the other one: the called party leaves, and the caller hears that the call failed.
    pub(crate) fn clear_without_media(&mut self, id: ConnectionId) {
        const CAUSE: EventCause = EventCause::ResourcesNotAvailable;
        let Some(call) = self.calls.get(&id.call) else { return };
        let Some(caller) = caller(call) else { return };
        let Some(called) = call.peer_of(caller.device).map(|called| call.id_of(called.device)) else {
            return;
        };
        self.end_connection(called, CAUSE, None);
        self.play_failure(caller, CAUSE);
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
