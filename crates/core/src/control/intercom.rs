//! Intercoms: two lines that call each other. Going off-hook calls the other end, whose phone answers by its loudspeaker,
//! with the microphone off.

use super::answer_call;
use crate::{Connection, ConnectionKey, StationId, state::State};

/// The call rings at one end of an intercom: if the other end calls, a phone that is free answers it.
pub(super) fn answer_at_once(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let line = connection.line();
    let Some(intercom) = st.lines[line].settings().intercom.clone().filter(|intercom| !intercom.rings) else {
        return;
    };
    let other_end = |other: &Connection| st.lines[other.line()].number() == &intercom.number;
    if !st.calls.others(key).any(other_end) {
        return;
    }
    let free = |id: &StationId| {
        st.stations[*id].takes_calls()
            && st.stations[*id].settings().off_hook_by_command
            && (intercom.barge_in || st.active_at(*id).is_none())
    };
    let station = st.lines[line].stations().iter().copied().find(free);
    if station.is_none()
        && st.lines[line].stations().iter().any(|id| st.stations[*id].settings().autonomous)
        && let Some(connection) = st.calls.connection_mut(key)
    {
        connection.phone_mut().auto_answer = true;
        return st.call_of_changed(key);
    }
    if let Some(station) = station
        && answer_call::answer(st, key, Some(station)).is_ok()
        && let Some(connection) = st.calls.connection_mut(key)
    {
        connection.answered_muted = !intercom.unmuted;
        connection.announced = true;
    }
}
