//! What applications are answered.

use hookflash_core::{ConnectionState, Switch};
use hookflash_wire::csta::{
    CallState, ForwardListItem, LocalConnectionState, Response, SnapshotDeviceCall, SnapshotDeviceData,
};

use super::monitors::{core_kind, csta_state};
use crate::{
    application::Failure,
    model::{Call, Connection, Intent, Outcome, State},
    story::Action,
};

/// The answer to a request: it came, it is no refusal of what can plainly be done, and what it says is so.
pub(super) fn check(
    answer: Option<&Result<Response, Failure>>,
    action: &Action,
    intent: &Intent,
    outcome: &Outcome<'_>,
) -> Result<(), String> {
    match answer {
        None | Some(Err(Failure::TimedOut)) => Err(format!("a request is not answered: {action}")),
        Some(Err(error)) if outcome.must_succeed(intent) => {
            Err(format!("a request is refused that can be carried out: {action}: {error}"))
        }
        Some(Err(_)) => Ok(()),
        Some(Ok(response)) => check_response(response, action, outcome),
    }
}

fn check_response(response: &Response, action: &Action, outcome: &Outcome<'_>) -> Result<(), String> {
    let (switch, after) = (outcome.switch, outcome.after);
    match (response, action) {
        (
            Response::MakeCall(made),
            Action::MakeCall { calling: number, .. } | Action::PromptCall { calling: number, .. },
        ) => {
            let call = made.calling_device.call_id.as_deref().and_then(|call| call.parse().ok());
            let call = call.and_then(|call| after.call(call));
            let device = switch.lines().device_named(&number.0);
            let is_in = |call: &Call| call.connections.iter().any(|own| Some(own.device) == device);
            match call.is_none_or(is_in) {
                true => Ok(()),
                false => Err(format!("MakeCallResponse names another call: {call:?}")),
            }
        }
        (Response::SnapshotDevice(snapshot), Action::Snapshot { number, .. }) => match &snapshot.snapshot {
            SnapshotDeviceData::Calls(calls) => check_snapshot(calls, &number.0, switch, after),
            SnapshotDeviceData::ServiceCrossRefId(_) => Err("a snapshot has no calls in it".to_owned()),
        },
        (Response::GetForwarding(told), Action::AskForwarding { number, .. }) => {
            let device = switch.lines().device_named(&number.0);
            let wanted = device.map(|device| switch.lines().forwarding_of(device)).unwrap_or_default();
            match told.forwarding_list.0.iter().all(|item| is_forwarded(item, &wanted)) {
                true => Ok(()),
                false => Err(format!("forwarding is told wrong: {told:?} instead of {wanted:?}")),
            }
        }
        _ => Ok(()),
    }
}

fn is_forwarded(item: &ForwardListItem, wanted: &hookflash_core::Forwarding) -> bool {
    let Some(kind) = item.forwarding_type.and_then(core_kind) else { return false };
    let to = wanted.get(kind).map(|forward| forward.number.as_str());
    item.forward_status == to.is_some() && item.forward_dn.as_ref().map(|device| device.as_str()) == to
}

/// A snapshot has just the connections of the device, each with the states of all connections of its call.
fn check_snapshot(
    calls: &[SnapshotDeviceCall],
    number: &str,
    switch: &Switch,
    state: &State,
) -> Result<(), String> {
    let Some(device) = switch.lines().device_named(number) else { return Ok(()) };
    let told = calls.iter().map(|call| {
        let states: Vec<LocalConnectionState> = match &call.local_call_state {
            CallState::Compound(states) => states.to_vec(),
            _ => Vec::new(),
        };
        (call.connection_identifier.call_id.as_deref().and_then(|call| call.parse::<u32>().ok()), states)
    });
    let mut told: Vec<_> = told.collect();
    let own_first = |(call, own): (&Call, &Connection)| {
        let others = call.others(own).map(|other| csta_state(other.state));
        (Some(call.id), [csta_state(own.state)].into_iter().chain(others).collect())
    };
    use ConnectionState::{Alerting, Connected, Fail, Hold, Initiated};
    let mut wanted: Vec<_> =
        state.at_device(device, &[Initiated, Alerting, Connected, Hold, Fail]).map(own_first).collect();
    // A device that calls itself has two connections with one name.
    told.sort_by_cached_key(|row| format!("{row:?}"));
    wanted.sort_by_cached_key(|row| format!("{row:?}"));
    if told == wanted { Ok(()) } else { Err(format!("a snapshot is wrong: {told:?} instead of {wanted:?}")) }
}
