//! The features of logical and physical devices that an application asks for or changes.

use smol_str::SmolStr;

use crate::{
    DeviceId, Refusal, Request, Response, StationId,
    control::{auto_answer, message_waiting, set_do_not_disturb},
    state::State,
};

/// Carries out a request about a feature of a device; `None` if it is another request.
pub(super) fn carry_out(st: &mut State, request: &Request) -> Option<Result<Response, Refusal>> {
    Some(Ok(match *request {
        Request::GetDoNotDisturb { device } => Response::DoNotDisturb(set_do_not_disturb::is_on(st, device)),
        Request::SetDoNotDisturb { device, on } => {
            return Some(set_do_not_disturb::set(st, device, on).map(|()| Response::Done));
        }
        Request::GetMessageWaiting { device } => {
            Response::IsOn(st.lines.device(device).is_some_and(|device| device.message_waiting()))
        }
        Request::SetMessageWaiting { device, on } => {
            message_waiting::set(st, device, on);
            Response::Done
        }
        Request::GetAutoAnswer { device } => {
            Response::AutoAnswer(st.lines.device(device).and_then(|device| device.auto_answer))
        }
        Request::SetAutoAnswer { device, rings } => {
            auto_answer::set(st, device, rings);
            Response::Done
        }
        Request::SetDisplay { device, ref text } => return Some(show(st, device, text.as_ref())),
        Request::GetLastNumberDialled { device } => return Some(last_number(st, device)),
        _ => return None,
    }))
}

/// Whether the request makes no sense for a number that nobody can have at a phone.
pub(super) fn needs_phone(request: &Request) -> bool {
    matches!(
        request,
        Request::GetForwarding { .. }
            | Request::ActivateForwarding { .. }
            | Request::DeactivateForwarding { .. }
            | Request::GetDoNotDisturb { .. }
            | Request::SetDoNotDisturb { .. }
            | Request::GetMessageWaiting { .. }
            | Request::SetMessageWaiting { .. }
            | Request::GetLastNumberDialled { .. }
            | Request::GetAutoAnswer { .. }
            | Request::SetAutoAnswer { .. }
            | Request::SetDisplay { .. }
    )
}

/// Shows a text at the registered phones of the device.
fn show(st: &mut State, device: DeviceId, text: Option<&SmolStr>) -> Result<Response, Refusal> {
    let lines = st.lines.of_device(device).flat_map(|(_, line)| line.stations().iter().copied());
    let stations: Vec<StationId> = lines.filter(|id| st.stations[*id].is_registered()).collect();
    if stations.is_empty() {
        return Err(Refusal::DeviceOutOfService);
    }
    for station in stations {
        st.stations[station].display_text = text.cloned();
        st.station_changed(station);
    }
    Ok(Response::Done)
}

/// The number that was dialled last at a phone of the device.
fn last_number(st: &State, device: DeviceId) -> Result<Response, Refusal> {
    let stations = st.lines.of_device(device).flat_map(|(_, line)| line.stations());
    let numbers: Vec<_> = stations.map(|station| st.stations[*station].last_dialled()).collect();
    let number = numbers.iter().find(|number| !number.is_empty()).or(numbers.first());
    number.map(|number| (*number).clone()).map(Response::LastNumber).ok_or(Refusal::DeviceOutOfService)
}
