//! What applications are answered, and the model compared.

use hookflash_wire::csta::{Response, SnapshotDeviceCall, SnapshotDeviceData, SubjectDeviceId};

use super::Expected;
use crate::{
    application::Failure,
    model::{CallOfDevice, Reply},
};

/// The answer to a request must be what the model says.
pub(super) fn check(answer: Option<&Result<Response, Failure>>, expected: &Expected) -> Result<(), String> {
    match (answer, expected) {
        (None, _) => Err("a request is not answered: nothing came".to_owned()),
        (Some(Ok(_)), Err(error)) => {
            Err(format!("a request is carried out that cannot be: it should be refused with {error}"))
        }
        (Some(Err(error)), Ok(_)) => Err(format!("a request is refused that can be carried out: {error}")),
        (Some(Err(Failure::Csta(error))), Err(wanted)) if error == wanted => Ok(()),
        (Some(Err(error)), Err(wanted)) => {
            Err(format!("a request is refused for the wrong reason: {error} instead of {wanted}"))
        }
        (Some(Ok(response)), Ok(reply)) => check_response(response, reply),
    }
}

fn check_response(response: &Response, reply: &Reply) -> Result<(), String> {
    match (response, reply) {
        (Response::MakeCall(made), Reply::Made(call)) => {
            let named = made.calling_device.call_id.as_deref().unwrap_or_default();
            match named == call.to_string() {
                true => Ok(()),
                false => Err(format!("MakeCallResponse names another call: {named} instead of {call}")),
            }
        }
        (Response::SnapshotDevice(snapshot), Reply::Calls(wanted)) => {
            let SnapshotDeviceData::Calls(calls) = &snapshot.snapshot else {
                return Err("a snapshot is wrong: it has no calls in it".to_owned());
            };
            let agree = |(seen, wanted): (&SnapshotDeviceCall, &CallOfDevice)| is_as_wanted(seen, wanted);
            match calls.len() == wanted.len() && calls.iter().zip(wanted).all(agree) {
                true => Ok(()),
                false => Err(format!("a snapshot is wrong: {calls:?} instead of {wanted:?}")),
            }
        }
        (Response::MakeCall(_) | Response::SnapshotDevice(_), _) | (_, Reply::Made(_) | Reply::Calls(_)) => {
            Err(format!("an answer is to another request: {response:?}"))
        }
        _ => Ok(()),
    }
}

fn is_as_wanted(seen: &SnapshotDeviceCall, wanted: &CallOfDevice) -> bool {
    let other = match &seen.endpoint_device {
        Some(SubjectDeviceId::Device(device)) => device.as_str(),
        _ => "",
    };
    let states = match &seen.local_call_state {
        hookflash_wire::csta::CallState::Compound(states) => states.as_slice(),
        _ => &[],
    };
    seen.connection_identifier.call_id.as_deref() == Some(wanted.call.to_string().as_str())
        && other == wanted.other
        && *states == *wanted.states
}
