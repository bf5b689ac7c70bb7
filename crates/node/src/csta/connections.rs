//! Which connection a request means.
//!
//! A ConnectionID may be complete, or name only a device; then it means the one connection of the device that the
//! service can be applied to.

use hookflash_core::{CallId, Connection, ConnectionId, DeviceId, Switch, Verb};
use hookflash_wire::csta::{self, CstaError, OperationError, StateIncompatibility};

use super::device_names::device_by_number;

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
    let Some(device) = device_by_number(name, switch) else {
        let outside = named.call_id.as_ref().and_then(|call| outside(call, name, switch));
        return outside.ok_or(operation(OperationError::InvalidDeviceId));
    };
    let found = match &named.call_id {
        Some(call) => named_connection(call, device, switch),
        None => only_candidate(verb, device, switch),
    };
    found.map_err(|error| of_verb(error, verb))
}

/// The same error about the connection that a verb is applied to, where its request names a held and an active one.
fn of_verb(error: CstaError, verb: Verb) -> CstaError {
    match verb {
        Verb::TransferHeld | Verb::ConferenceHeld | Verb::AlternateHeld => of_held(error),
        Verb::TransferActive | Verb::ConferenceActive | Verb::AlternateActive | Verb::ReconnectActive
            if error == CstaError::Operation(OperationError::InvalidConnectionId) =>
        {
            CstaError::Operation(OperationError::InvalidActiveConnectionId)
        }
        _ => error,
    }
}

/// The same error about the held connection of a request that names an active one too.
pub(super) fn of_held(error: CstaError) -> CstaError {
    match error {
        CstaError::Operation(OperationError::InvalidConnectionId) => {
            CstaError::Operation(OperationError::InvalidHeldConnectionId)
        }
        other => other,
    }
}

/// The connection of a trunk that has reached a number.
fn outside(call: &str, name: &csta::DeviceId, switch: &Switch) -> Option<ConnectionId> {
    let call = self::call(call, switch).ok()?;
    let number = name.number().filter(|number| !number.incomplete)?.digits;
    let mut connections = switch.calls().connections(call);
    let found = connections.find(|own| own.party().device.is_none() && own.party().number == number)?;
    Some(found.id())
}

fn named_connection(call: &str, device: DeviceId, switch: &Switch) -> Result<ConnectionId, CstaError> {
    // Who names a connection is told about connections, also where the call itself is gone.
    let unknown = || CstaError::Operation(OperationError::InvalidConnectionId);
    let call = self::call(call, switch).map_err(|_| unknown())?;
    let id = ConnectionId { call, device };
    switch.calls().find(id, |_| true).map(|_| id).ok_or_else(unknown)
}

/// The call that is meant. Only the very string that was given out names it.
pub(super) fn call(call: &str, switch: &Switch) -> Result<CallId, CstaError> {
    let number = call.parse().ok().filter(|number: &u32| number.to_string() == call);
    let call = number.map(CallId::from_number).filter(|call| switch.calls().get(*call).is_some());
    call.ok_or(CstaError::Operation(OperationError::InvalidCallId))
}

fn only_candidate(verb: Verb, device: DeviceId, switch: &Switch) -> Result<ConnectionId, CstaError> {
    let calls = switch.calls();
    let keys = switch.lines().of_device(device).flat_map(|(line, _)| calls.at_line(line));
    let connections = keys.filter_map(|key| calls.connection(*key));
    let mut candidates = connections.filter(|connection| calls.permits(verb, connection));
    match (candidates.next(), candidates.next()) {
        (Some(only), None) => Ok(Connection::id(only)),
        (Some(_), Some(_)) => Err(CstaError::Operation(OperationError::InvalidConnectionId)),
        (None, _) => Err(CstaError::StateIncompatibility(nothing_to(verb))),
    }
}

/// The error when the device has no connection for the verb.
fn nothing_to(verb: Verb) -> StateIncompatibility {
    match verb {
        Verb::AnswerCall | Verb::AcceptCall => StateIncompatibility::NoCallToAnswer,
        Verb::ClearConnection => StateIncompatibility::NoConnectionToClear,
        Verb::HoldCall
        | Verb::ParkCall
        | Verb::ConsultationCall
        | Verb::TransferActive
        | Verb::ConferenceActive
        | Verb::SingleStepTransferCall
        | Verb::SingleStepConferenceCall
        | Verb::AlternateActive
        | Verb::ReconnectActive
        | Verb::GenerateDigits => StateIncompatibility::NoActiveCall,
        Verb::RetrieveCall | Verb::TransferHeld | Verb::ConferenceHeld | Verb::AlternateHeld => {
            StateIncompatibility::NoHeldCall
        }
        Verb::DeflectCall | Verb::PickupCall => StateIncompatibility::InvalidConnectionState,
    }
}
