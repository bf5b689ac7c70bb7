//! Retrieve Call (ECMA-269 clause 17.1.29).

use crate::{
    CallEventKind, ConnectionId, ConnectionState, EventCause, Refusal, StationId, Switch, Transition,
};

impl Switch {
    /// Takes a held call back, at `station` or where it was held. A call that is active there is held first.
    pub(crate) fn retrieve_call(
        &mut self,
        id: ConnectionId,
        station: Option<StationId>,
    ) -> Result<(), Refusal> {
        let connection = self.connection(id).ok_or(Refusal::InvalidConnection)?;
        if connection.state != ConnectionState::Hold {
            return Err(Refusal::InvalidConnectionState(connection.state));
        }
        let station = station
            .or(connection.station)
            .filter(|station| self.stations[station.index()].is_registered())
            .ok_or(Refusal::DeviceOutOfService)?;
        if !self.may_use(station, id.device, Some(id.call)) {
            return Err(Refusal::ResourceBusy);
        }
        self.release_station(station);
        self.advance(id, Transition::Retrieve)?;
        if let Some(connection) = self.calls.get_mut(&id.call).and_then(|call| call.connection_mut(id.device))
        {
            connection.station = Some(station);
        }
        self.report(id, CallEventKind::Retrieved, EventCause::Normal);
        self.call_changed(id.call);
        self.line_taken(id.device);
        Ok(())
    }
}
