//! The verbs of call control, one file each. Phones and applications come here alike.

mod answer_call;
mod clear_connection;
mod dialling;
mod divert;
mod hold_call;
mod hunt;
mod make_call;
mod retrieve_call;
mod set_forwarding;

use crate::{CallId, Channels, ConnectionId, ConnectionState, DeviceId, StationId, Switch, Timer};

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

    /// The station that acts for a line when an application does not name one: the first that is registered and may
    /// use the line.
    pub(crate) fn station_for(&self, device: DeviceId) -> Option<StationId> {
        let line = self.lines.get(device.index())?;
        let there = |station: &StationId| self.stations[station.index()].is_registered();
        line.stations.iter().copied().find(|station| there(station) && self.may_use(*station, device, None))
    }

    /// Whether the station may be in `call`, or with `None` in one more call, on the line. The phone that is in a call
    /// on a dual line has both of its channels; the channels of other lines are shared one by one.
    pub(crate) fn may_use(&self, station: StationId, device: DeviceId, call: Option<CallId>) -> bool {
        let line = &self.lines[device.index()];
        let is_elsewhere = |other: &CallId| {
            let own = self.connection(ConnectionId { call: *other, device });
            own.and_then(|own| own.station).is_some_and(|holder| holder != station)
        };
        line.settings.channels != Channels::Dual
            || !line.calls.iter().any(|other| Some(*other) != call && is_elsewhere(other))
    }

    /// Whether the call rings at this station of the line, if the station is there.
    pub(crate) fn rings_at(&self, station: StationId, id: ConnectionId) -> bool {
        self.connection(id).is_some_and(|connection| connection.is_offered_to(station))
            && self.may_use(station, id.device, Some(id.call))
    }

    /// A station has taken a dual line: a call that it has declined rings nowhere any more.
    pub(crate) fn line_taken(&mut self, device: DeviceId) {
        let line = &self.lines[device.index()];
        if line.settings.channels == Channels::Dual && line.calls.len() > 1 {
            for call in line.calls.clone() {
                let id = ConnectionId { call, device };
                if self.connection(id).is_some_and(|c| c.state == ConnectionState::Alerting) {
                    self.stop_unless_it_rings(id);
                }
            }
        }
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
