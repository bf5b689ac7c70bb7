//! The features of logical and physical devices that an application asks for or changes.

use crate::{
    DeviceId, Refusal, Request, Response,
    control::{message_waiting, set_do_not_disturb},
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
        Request::GetLastNumberDialled { device } => return Some(last_number(st, device)),
        _ => return None,
    }))
}

/// The number that was dialled last at a phone of the device.
fn last_number(st: &State, device: DeviceId) -> Result<Response, Refusal> {
    let stations = st.lines.of_device(device).flat_map(|(_, line)| line.stations());
    let numbers: Vec<_> = stations.map(|station| st.stations[*station].last_dialled()).collect();
    let number = numbers.iter().find(|number| !number.is_empty()).or(numbers.first());
    number.map(|number| (*number).clone()).map(Response::LastNumber).ok_or(Refusal::DeviceOutOfService)
}
