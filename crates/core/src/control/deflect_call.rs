//! Deflect Call (ECMA-269 clause 17.1.15): a ringing call goes to another number.

use smol_str::SmolStr;

use super::{dialling, divert, routing};
use crate::{ConnectionKey, DiversionReason, Refusal, Verb, state::State};

/// The call leaves the device where it rings, and rings at `destination`. The call keeps its identifier.
///
/// # Errors
/// When the call does not ring, the number reaches nobody, only the device itself or only a slot for parked calls, or the call
/// was diverted as often as it may be, or nobody may call the number at this time; then nothing has changed.
pub(crate) fn deflect(st: &mut State, key: ConnectionKey, destination: &SmolStr) -> Result<(), Refusal> {
    deflect_as(st, key, DiversionReason::Deflected, destination)
}

/// [`deflect`] for this reason.
pub(crate) fn deflect_as(
    st: &mut State,
    key: ConnectionKey,
    reason: DiversionReason,
    destination: &SmolStr,
) -> Result<(), Refusal> {
    let connection = st.calls.check(Verb::DeflectCall, key)?;
    let device = connection.device();
    // Behind a trunk are many numbers.
    let same_number = connection.party().number == *destination;
    let is_itself = |line| st.lines[line].device() == device && (same_number || !st.is_trunk(line));
    // Nothing rings at a slot for parked calls.
    let is_slot = |line| st.lines[line].settings().park_slot.is_some();
    let nobody_else = st.reached(destination).into_iter().all(|line| is_itself(line) || is_slot(line));
    let may_divert = st.calls.get(connection.call()).is_some_and(|call| routing::may_divert(st, call));
    if nobody_else || !may_divert {
        return Err(Refusal::InvalidDestination);
    }
    if dialling::is_barred_from(st, connection.line(), None, false, destination) {
        return Err(Refusal::CallBarred);
    }
    divert::divert(st, key, reason, destination);
    Ok(())
}
