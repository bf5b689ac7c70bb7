//! Retrieve Call (ECMA-269 clause 17.1.29).

use super::{hold_call, hunt, media, release_station, single_number_reach};
use crate::{
    CallEventKind, Connection, ConnectionKey, EventCause, Holder, Refusal, StationId, Transition, Verb,
    configure, cti::report, cti_device, state::State,
};

/// Takes a held call back, at `station` or where it was held. A call that is active there is held first.
pub(crate) fn retrieve(
    st: &mut State,
    key: ConnectionKey,
    station: Option<StationId>,
) -> Result<(), Refusal> {
    retrieve_as(st, key, station, EventCause::Normal)
}

/// The station at which the call would be retrieved.
///
/// # Errors
/// Why it cannot be.
pub(crate) fn check(
    st: &State,
    key: ConnectionKey,
    station: Option<StationId>,
) -> Result<StationId, Refusal> {
    let connection = st.calls.check(Verb::RetrieveCall, key)?;
    let station = station
        .or(connection.station())
        .filter(|station| st.stations[*station].is_registered())
        .ok_or(Refusal::DeviceOutOfService)?;
    match st.may_use(station, connection.line(), Some(key)) {
        true => Ok(station),
        false => Err(Refusal::ResourceBusy),
    }
}

/// [`retrieve`], for this cause.
pub(crate) fn retrieve_as(
    st: &mut State,
    key: ConnectionKey,
    station: Option<StationId>,
    cause: EventCause,
) -> Result<(), Refusal> {
    if let Some(station) = station
        && st.calls.connection(key).is_some_and(single_number_reach::is_elsewhere)
    {
        return single_number_reach::take_back(st, key, station);
    }
    let station = check(st, key, station)?;
    let connection = st.calls.check(Verb::RetrieveCall, key)?;
    let (line, before) = (connection.line(), connection.station());
    release_station(st, station, cause);
    if let Some(call) = st.calls.connection(key).map(Connection::call) {
        cti_device::media::changing(st, call);
    }
    st.calls.advance(key, Transition::Retrieve)?;
    hold_call::stop_ringing_back(st, key);
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.holder = Some(Holder::Station(station));
        if before != Some(station) {
            connection.phone = None;
        }
    }
    media::changed(st, key);
    report::report(st, key, CallEventKind::Retrieved, cause);
    st.call_of_changed(key);
    hunt::line_taken(st, line);
    configure::left(st, line, before);
    media::check_codecs(st, key);
    Ok(())
}
