//! Call back: a user who has called in vain is called as soon as the other one is free.
//!
//! The CallBack key works while the called party rings, and during busy tone. When the last call of the called device is over,
//! the caller's phone rings for a call that is dialled when it is answered. A device has one caller waiting for it at a time.

use smol_str::SmolStr;

use super::{clear_connection, make_call, make_call::Initiation};
use crate::{
    ConnectionKey, ConnectionState, DeviceId, EventCause, LineId, Refusal, StationId, Timer, calls::Dialling,
    state::State,
};

/// Who waits for whom.
#[derive(Clone, Debug)]
pub(crate) struct CallBack {
    station: StationId,
    line: LineId,
    device: DeviceId,
    number: SmolStr,
}

/// The CallBack key: the attempt ends, and its user waits for the called device.
pub(crate) fn key(st: &mut State, station: StationId, active: ConnectionKey) -> Result<(), Refusal> {
    let Some(connection) = st.calls.connection(active) else { return Ok(()) };
    let unanswered = !st.calls.others(active).any(|other| other.state().is_answered());
    let placed = !connection.is_incoming() && connection.state() == ConnectionState::Connected;
    if !placed || !unanswered {
        return Err(Refusal::ForwardingDisabled);
    }
    let line = connection.line();
    let called = st.calls.call_of(active).map(|call| call.destination().clone()).unwrap_or_default();
    let device = called.device.ok_or(Refusal::InvalidCalledDevice)?;
    if st.callbacks.iter().any(|waiting| waiting.device == device && waiting.station != station) {
        return Err(Refusal::ResourceBusy);
    }
    st.callbacks.retain(|waiting| waiting.station != station || waiting.device != device);
    st.callbacks.push(CallBack { station, line, device, number: called.number });
    clear_connection::clear(st, active, EventCause::NormalClearing);
    st.left_devices.retain(|left| *left != device);
    Ok(())
}

/// Calls back who waits for a device whose last call is over.
pub(crate) fn settle(st: &mut State) {
    while let Some(device) = st.left_devices.pop() {
        let busy = st.lines.of_device(device).any(|(line, _)| !st.calls.at_line(line).is_empty());
        if busy {
            continue;
        }
        let Some(place) = st.callbacks.iter().position(|waiting| waiting.device == device) else { continue };
        let CallBack { station, line, number, .. } = st.callbacks.remove(place);
        let dialling = Dialling::Prompting(number);
        let cause = EventCause::CallBack;
        let prompt = Initiation { cause, dialling, ..Initiation::by_user(station, line) };
        if !st.stations[station].is_registered() {
            continue;
        }
        if let Ok(key) = make_call::initiate(st, prompt) {
            st.start_timer(key, st.settings.timeouts.ringing, Timer::MakeCallPrompt(key));
        }
    }
}
