//! Answer Call (ECMA-269 clause 17.1.3).

use crate::{
    CallEventKind, ConnectionId, ConnectionState, EventCause, Output, Refusal, StationId, Switch, Transition,
};

impl Switch {
    /// Answers a ringing call at `station`, or at the first registered station of the line. A call that is
    /// active there is held first. A prompted call begins.
    pub(crate) fn answer_call(
        &mut self,
        id: ConnectionId,
        station: Option<StationId>,
    ) -> Result<(), Refusal> {
        let call = self.calls.get(&id.call).ok_or(Refusal::InvalidConnection)?;
        let connection = call.connection(id.device).ok_or(Refusal::InvalidConnection)?;
        let station = station
            .or(connection.station)
            .or_else(|| self.station_for(id.device))
            .filter(|station| self.stations[station.index()].is_registered())
            .ok_or(Refusal::DeviceOutOfService)?;
        if call.is_prompting() {
            self.prompted_off_hook(id, station);
            return Ok(());
        }
        if connection.state != ConnectionState::Alerting {
            return Err(Refusal::InvalidConnectionState(connection.state));
        }
        if !self.may_use(station, id.device, Some(id.call)) {
            return Err(Refusal::ResourceBusy);
        }
        // The caller may be another line of the same phone: then its part can be held only once it is answered.
        let own = self.active_connection(station).filter(|active| active.call == id.call);
        if own.is_none() {
            self.release_station(station);
        }
        self.stop_timer(id);
        self.advance(id, Transition::Answer)?;
        if let Some(connection) = self.calls.get_mut(&id.call).and_then(|call| call.connection_mut(id.device))
        {
            connection.station = Some(station);
        }
        self.note(Output::CallAnswered(id.call));
        self.report(id, CallEventKind::Established, EventCause::NewCall);
        self.call_changed(id.call);
        self.line_taken(id.device);
        match own {
            Some(caller) => self.hold_call(caller),
            None => Ok(()),
        }
    }
}
