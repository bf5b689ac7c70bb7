//! The services of logical and physical devices: what a device does with calls, and what its phones show.

use hookflash_core as core;
use hookflash_wire::csta::{CstaError, DeviceId, OperationError, Request, SetDoNotDisturb};

use super::{
    Session, forwarding,
    services::{Asked, known_device},
    telephone_services,
};

/// Longest text that is shown, in bytes.
const MAX_TEXT: usize = 256;

/// Most rings before a call is answered.
const MAX_RINGS: u32 = 100;

/// A request to the switch, with what its response needs.
pub(super) fn translate(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let mut device = |name: &DeviceId| known_device(name, session, switch);
    Ok(match request {
        Request::SnapshotDevice(request) => {
            let name = &request.snapshot_object;
            (core::Request::SnapshotDevice { device: device(name)? }, Asked::SnapshotDevice(name.clone()))
        }
        Request::GetForwarding(request) => {
            (core::Request::GetForwarding { device: device(&request.device)? }, Asked::GetForwarding)
        }
        Request::SetForwarding(request) => {
            (forwarding::request(request, device(&request.device)?)?, Asked::SetForwarding)
        }
        Request::GetDoNotDisturb(request) => {
            (core::Request::GetDoNotDisturb { device: device(&request.device)? }, Asked::GetDoNotDisturb)
        }
        Request::SetDoNotDisturb(request) => {
            if !concerns_all_calls(request) {
                return Err(CstaError::Operation(OperationError::ParameterNotSupported));
            }
            let (device, on) = (device(&request.device)?, request.do_not_disturb_on);
            (core::Request::SetDoNotDisturb { device, on }, Asked::SetDoNotDisturb)
        }
        Request::GetMessageWaitingIndicator(request) => {
            (core::Request::GetMessageWaiting { device: device(&request.device)? }, Asked::GetMessageWaiting)
        }
        Request::SetMessageWaitingIndicator(request) => {
            let (device, on) = (device(&request.device)?, request.message_waiting_on);
            (core::Request::SetMessageWaiting { device, on }, Asked::SetMessageWaiting)
        }
        Request::GetAutoAnswer(request) => {
            (core::Request::GetAutoAnswer { device: device(&request.device)? }, Asked::GetAutoAnswer)
        }
        Request::SetAutoAnswer(request) => {
            let device = device(&request.device)?;
            let rings = request.auto_answer_on.then(|| rings(request.number_of_rings)).transpose()?;
            (core::Request::SetAutoAnswer { device, rings }, Asked::SetAutoAnswer)
        }
        Request::SetDisplay(request) => {
            let device = device(&request.device)?;
            let text = request.contents_of_display.clone().filter(|text| !text.is_empty());
            if text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
                return Err(CstaError::Operation(OperationError::InvalidParameterValue));
            }
            (core::Request::SetDisplay { device, text }, Asked::SetDisplay)
        }
        Request::GetLastNumberDialed(request) => {
            let device = device(&request.device)?;
            (core::Request::GetLastNumberDialled { device }, Asked::GetLastNumberDialed)
        }
        request => return telephone_services::translate(request, session, switch),
    })
}

/// After how many rings calls are answered.
fn rings(count: Option<i64>) -> Result<u32, CstaError> {
    let count = u32::try_from(count.unwrap_or(0)).ok().filter(|count| *count <= MAX_RINGS);
    count.ok_or(CstaError::Operation(OperationError::AutoAnswerOutOfRange))
}

/// Calls of some origins or callers only cannot be refused.
fn concerns_all_calls(request: &SetDoNotDisturb) -> bool {
    let origination = request.call_origination.as_ref();
    let all = origination.is_none_or(|from| from.internal != Some(false) && from.external != Some(false));
    all && request.calling_device_list.as_ref().is_none_or(|list| list.0.is_empty())
}
