//! The verbs of call control, one file each. Phones and applications come here alike.

mod answer_call;
mod clear_connection;
mod dialling;
mod hold_call;
mod hunt;
mod make_call;
mod retrieve_call;

use crate::{CallId, ConnectionId, ConnectionState, DeviceId, StationId, Switch, Timer};

impl Switch {
    /// The connection that occupies the station: it dials, talks or hears a failure tone there.
    pub(crate) fn active_connection(&self, station: StationId) -> Option<ConnectionId> {
        self.connections_at(station).find(|id| {
            self.calls.get(&id.call).is_some_and(|call| {
                !call.is_prompting() && call.connection(id.device).is_some_and(|own| own.is_active())
            })
        })
    }

    /// The connections that the station holds, oldest line button first.
    pub(crate) fn connections_at(&self, station: StationId) -> impl Iterator<Item = ConnectionId> + '_ {
        self.connections_shown_at(station).filter(move |id| {
            self.connection(*id).is_some_and(|connection| connection.station == Some(station))
        })
    }

    /// The connections of every line that the station shows.
    pub(crate) fn connections_shown_at(&self, station: StationId) -> impl Iterator<Item = ConnectionId> + '_ {
        self.stations[station.index()].lines().flat_map(|device| {
            self.lines[device.index()].calls.iter().map(move |call| ConnectionId { call: *call, device })
        })
    }

    /// The station that acts for a line when an application does not name one: the first that is registered.
    pub(crate) fn station_for(&self, device: DeviceId) -> Option<StationId> {
        let line = self.lines.get(device.index())?;
        line.stations.iter().copied().find(|station| self.stations[station.index()].is_registered())
    }

    /// Makes the station free for another call: an established call is held, any other attempt ends.
    pub(crate) fn release_station(&mut self, station: StationId) {
        let Some(active) = self.active_connection(station) else { return };
        if self.will_hold(active) {
            let _ = self.hold_call(active);
        } else {
            self.clear_connection(active, crate::EventCause::NormalClearing);
        }
    }

    /// Whether [`Switch::release_station`] would hold this connection rather than end it.
    pub(crate) fn will_hold(&self, id: ConnectionId) -> bool {
        self.calls.get(&id.call).is_some_and(|call| {
            call.state_of(id.device) == ConnectionState::Connected && call.is_established()
        })
    }

    /// Forgets where a party receives as soon as it may not hear anybody: its next conversation opens anew.
    pub(crate) fn settle_media(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        for device in call.connections.iter().map(|c| c.device).collect::<smallvec::SmallVec<[_; 2]>>() {
            if !call.is_talking(device)
                && let Some(connection) = call.connection_mut(device)
            {
                connection.receiving_at = None;
            }
        }
    }

    pub(crate) fn start_timer(&mut self, id: ConnectionId, after: std::time::Duration, timer: Timer) {
        let at = self.now + after;
        let deadline = self.timers.start(at, timer);
        let previous = self
            .calls
            .get_mut(&id.call)
            .and_then(|call| call.connection_mut(id.device))
            .and_then(|connection| connection.deadline.replace(deadline));
        self.timers.stop(previous);
    }

    pub(crate) fn stop_timer(&mut self, id: ConnectionId) {
        let deadline = self
            .calls
            .get_mut(&id.call)
            .and_then(|call| call.connection_mut(id.device))
            .and_then(|connection| connection.deadline.take());
        self.timers.stop(deadline);
    }
}
