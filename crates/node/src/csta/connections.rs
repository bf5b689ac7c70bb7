//! Which connection a request means.
//!
//! A ConnectionID may be complete, or name only a device; then it means the one connection of the device that the
//! service can be applied to.

use hookflash_core::{Call, CallId, ConnectionId, ConnectionState, DeviceId, Switch};
use hookflash_wire::csta::{self, CstaError, OperationError, StateIncompatibility};

use super::device_names::device_by_number;

/// The services that take a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verb {
    Answer,
    Clear,
    Hold,
    Retrieve,
}

/// The connection that is meant.
pub(super) fn resolve(
    verb: Verb,
    named: &csta::ConnectionId,
    switch: &Switch,
) -> Result<ConnectionId, CstaError> {
    let operation = CstaError::Operation;
    let Some(name) = &named.device_id else {
        return Err(operation(OperationError::InvalidConnectionId));
    };
    let device = device_by_number(name, switch).ok_or(operation(OperationError::InvalidDeviceId))?;
    match &named.call_id {
        Some(call) => named_connection(call, device, name, switch),
        None => only_candidate(verb, device, switch),
    }
}

/// The connection of the device in the call; of another device of the same number, if that one was meant.
fn named_connection(
    call: &str,
    device: DeviceId,
    name: &csta::DeviceId,
    switch: &Switch,
) -> Result<ConnectionId, CstaError> {
    // Only the very string that was given out names the call.
    let number = call.parse().ok().filter(|number: &u32| number.to_string() == call);
    let call = number.and_then(|number| switch.call(CallId::from_number(number)));
    let call = call.ok_or(CstaError::Operation(OperationError::InvalidCallId))?;
    if call.connection(device).is_some() {
        return Ok(ConnectionId { call: call.id(), device });
    }
    let other = name.number().and_then(|number| switch.device_in_call(&number.digits, call));
    let device = other.ok_or(CstaError::Operation(OperationError::InvalidConnectionId))?;
    Ok(ConnectionId { call: call.id(), device })
}

fn only_candidate(verb: Verb, device: DeviceId, switch: &Switch) -> Result<ConnectionId, CstaError> {
    let calls = switch.line(device).map(|line| line.calls()).unwrap_or_default();
    let mut candidates =
        calls.iter().filter_map(|id| switch.call(*id)).filter(|call| verb.applies(call, device));
    match (candidates.next(), candidates.next()) {
        (Some(call), None) => Ok(ConnectionId { call: call.id(), device }),
        (Some(_), Some(_)) => Err(CstaError::Operation(OperationError::InvalidConnectionId)),
        (None, _) => Err(CstaError::StateIncompatibility(verb.nothing())),
    }
}

impl Verb {
    fn applies(self, call: &Call, device: DeviceId) -> bool {
        let state = call.state_of(device);
        match self {
            Verb::Answer => {
                matches!(state, ConnectionState::Alerting | ConnectionState::Queued)
                    || (state == ConnectionState::Initiated && call.is_prompting())
            }
            Verb::Clear => state != ConnectionState::Null,
            Verb::Hold => state == ConnectionState::Connected,
            Verb::Retrieve => state == ConnectionState::Hold,
        }
    }

    fn nothing(self) -> StateIncompatibility {
        match self {
            Verb::Answer => StateIncompatibility::NoCallToAnswer,
            Verb::Clear => StateIncompatibility::NoConnectionToClear,
            Verb::Hold => StateIncompatibility::NoActiveCall,
            Verb::Retrieve => StateIncompatibility::NoHeldCall,
        }
    }
}
