//! Alternate Call (ECMA-269 clause 17.1.2): the active call of a device is held, and its other call is retrieved or
//! answered.

use super::{answer_call, retrieve_call};
use crate::{ConnectionKey, EventCause, Refusal, Verb, state::State};

/// Holds `active` and goes to `held`, which is on hold or rings.
///
/// # Errors
/// When one of the calls is not in a state for it, they are not two calls of one device that one phone can have, or the
/// phone is gone; then nothing has changed.
pub(crate) fn alternate(st: &mut State, held: ConnectionKey, active: ConnectionKey) -> Result<(), Refusal> {
    let other = st.calls.check(Verb::AlternateHeld, held)?;
    let rings = other.alerting().is_some();
    let own = st.calls.check(Verb::AlternateActive, active)?;
    if own.device() != other.device() || own.call() == other.call() {
        return Err(Refusal::InvalidHeldConnection);
    }
    let station = own.station();
    let has_line = |station| st.stations[station].lines().any(|line| line == other.line());
    if !station.is_none_or(has_line) {
        return Err(Refusal::InvalidHeldConnection);
    }
    match rings {
        true => answer_call::answer_as(st, held, station, EventCause::Alternate),
        false => retrieve_call::retrieve_as(st, held, station, EventCause::Alternate),
    }
}
