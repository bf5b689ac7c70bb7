//! Reconnect Call (ECMA-269 clause 17.1.28): the active call of a device ends, and its held call is retrieved.

use super::{clear_connection, retrieve_call};
use crate::{ConnectionKey, EventCause, Refusal, StationId, Verb, state::State};

/// Whether the active call of a device can end and its held one be retrieved, and at which phone.
///
/// # Errors
/// When one of the calls is not in a state for it, they are not two calls of one device, or the phone is gone.
pub(crate) fn check(st: &State, active: ConnectionKey, held: ConnectionKey) -> Result<StationId, Refusal> {
    let own = st.calls.check(Verb::ReconnectActive, active)?;
    let other = st.calls.check(Verb::RetrieveCall, held).map_err(Refusal::of_held)?;
    if own.device() != other.device() || own.call() == other.call() {
        return Err(Refusal::InvalidHeldConnection);
    }
    // A call at another phone of the device is retrieved there.
    let station =
        own.station().filter(|station| st.stations[*station].lines().any(|line| line == other.line()));
    retrieve_call::check(st, held, station)
}

/// Clears `active` and retrieves `held`.
///
/// # Errors
/// Those of [`check`]; then nothing has changed.
pub(crate) fn reconnect(st: &mut State, active: ConnectionKey, held: ConnectionKey) -> Result<(), Refusal> {
    let station = check(st, active, held)?;
    clear_connection::clear(st, active, EventCause::NormalClearing);
    // The held party may have gone with the call that was cleared, if it was in both.
    match st.calls.connection(held) {
        Some(_) => retrieve_call::retrieve(st, held, Some(station)),
        None => Ok(()),
    }
}
