//! Alternate Call (ECMA-269 clause 17.1.2): the active call of a device is held, and its other call is retrieved or
//! answered.

use super::{answer_call, retrieve_call};
use crate::{ConnectionKey, EventCause, Refusal, StationId, Verb, state::State};

/// Whether two calls of a device can be exchanged: the phone at which that would happen, and whether the other call rings.
///
/// # Errors
/// When one of the calls is not in a state for it, they are not two calls of one device that one phone can have, or the
/// phone is gone.
pub(crate) fn check(
    st: &State,
    held: ConnectionKey,
    active: ConnectionKey,
) -> Result<(Option<StationId>, bool), Refusal> {
    let other = st.calls.check(Verb::AlternateHeld, held)?;
    let rings = other.alerting().is_some();
    let own = st.calls.check(Verb::AlternateActive, active)?;
    if own.device() != other.device() || own.call() == other.call() {
        return Err(Refusal::InvalidHeldConnection);
    }
    let station = own.station();
    let has_line = |station| st.stations[station].lines().any(|line| line == other.line());
    match station.is_none_or(has_line) {
        true => Ok((station, rings)),
        false => Err(Refusal::InvalidHeldConnection),
    }
}

/// Holds `active` and goes to `held`, which is on hold or rings.
///
/// # Errors
/// Those of [`check`]; then nothing has changed.
pub(crate) fn alternate(st: &mut State, held: ConnectionKey, active: ConnectionKey) -> Result<(), Refusal> {
    let (station, rings) = check(st, held, active)?;
    match rings {
        true => answer_call::answer_as(st, held, station, EventCause::Alternate),
        false => retrieve_call::retrieve_as(st, held, station, EventCause::Alternate),
    }
}
