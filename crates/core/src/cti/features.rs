//! The features of logical and physical devices that an application asks for or changes.

use smol_str::SmolStr;

use crate::{
    Connection, DeviceId, Event, Key, Refusal, Request, Response, StationId,
    control::{auto_answer, call_back, message_waiting, set_do_not_disturb},
    cti::report,
    cti_device::routeing,
    keys,
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
        Request::CallBackNonCallRelated { originating, target } => {
            return Some(call_back::without_call(st, originating, target).map(|()| Response::Done));
        }
        Request::CancelCallBack { originating, target } => {
            return Some(call_back::cancel(st, originating, target).map(|()| Response::Done));
        }
        Request::GetRouteingMode { device } => return Some(routeing::mode(st, device).map(Response::IsOn)),
        Request::SetRouteingMode { device, on } => {
            return Some(routeing::set_mode(st, device, on).map(|()| Response::Done));
        }
        Request::GetCallBack { device } => Response::CallBacks(call_back::of(st, device)),
        Request::Press { device, ref key } => return Some(press(st, device, key)),
        Request::GetHookswitchStatus { device } => {
            return Some(of_phones(st, device, |st, station| st.active_at(station).is_none()));
        }
        Request::GetMicrophoneMute { device } => {
            return Some(of_phones(st, device, |st, station| st.stations[station].microphone_off));
        }
        Request::SetMicrophoneMute { device, off } => return Some(mute(st, device, off)),
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
            | Request::CallBackNonCallRelated { .. }
            | Request::CancelCallBack { .. }
            | Request::GetCallBack { .. }
            | Request::Press { .. }
            | Request::GetHookswitchStatus { .. }
            | Request::GetMicrophoneMute { .. }
            | Request::SetMicrophoneMute { .. }
    )
}

/// The registered phones of the device, in the order of its lines and buttons, each once.
fn phones(st: &State, device: DeviceId) -> Result<Vec<StationId>, Refusal> {
    let mut phones = Vec::new();
    for id in st.lines.of_device(device).flat_map(|(_, line)| line.stations().iter().copied()) {
        if st.stations[id].is_registered() && !phones.contains(&id) {
            phones.push(id);
        }
    }
    if phones.is_empty() { Err(Refusal::DeviceOutOfService) } else { Ok(phones) }
}

fn of_phones(
    st: &State,
    device: DeviceId,
    value: impl Fn(&State, StationId) -> bool,
) -> Result<Response, Refusal> {
    let phones = phones(st, device)?;
    Ok(Response::Phones(phones.into_iter().map(|station| value(st, station)).collect()))
}

/// Presses a key at the phone of the device that is in a call, or else at the first one.
fn press(st: &mut State, device: DeviceId, key: &Key) -> Result<Response, Refusal> {
    let phones = phones(st, device)?;
    let in_call = phones.iter().find(|id| st.active_at(**id).is_some());
    let station = in_call.or(phones.first()).ok_or(Refusal::DeviceOutOfService)?;
    keys::press_for_application(st, *station, key.clone()).map(|()| Response::Done)
}

/// Switches the microphones of the device's phones off or on: during its calls, until it is switched back.
fn mute(st: &mut State, device: DeviceId, off: bool) -> Result<Response, Refusal> {
    let phones = phones(st, device)?;
    let can = |id: &StationId| {
        let settings = st.stations[*id].settings();
        !settings.autonomous && settings.off_hook_by_command
    };
    let able: Vec<StationId> = phones.into_iter().filter(can).collect();
    if able.is_empty() {
        return Err(Refusal::RequestIncompatibleWithSubject);
    }
    let mut changed = false;
    for station in able {
        changed |= std::mem::replace(&mut st.stations[station].microphone_off, off) != off;
        if let Some(active) = st.active_at(station).map(Connection::key)
            && let Some(active) = st.calls.connection_mut(active)
        {
            active.answered_muted &= off;
        }
        st.station_changed(station);
    }
    if changed {
        report::device(st, device, Event::MicrophoneMute(device, off));
    }
    Ok(Response::Done)
}

/// Shows a text at the registered phones of the device.
fn show(st: &mut State, device: DeviceId, text: Option<&SmolStr>) -> Result<Response, Refusal> {
    for station in phones(st, device)? {
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
