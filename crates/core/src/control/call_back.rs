//! Call back (ECMA-269 clauses 17.1.4 and 22.1.1): a user who has called in vain is called as soon as the other one is free.
//!
//! The CallBack key works while the called party rings, and during busy tone; so does Call Back of applications, which also
//! begin one without a call. When the last call of the called device is over, the caller's phone rings for a call that is
//! dialled when it is answered. A device has one caller waiting for it at a time.

use smol_str::SmolStr;

use super::{clear_connection, make_call, make_call::Initiation};
use crate::{
    ConnectionKey, ConnectionState, DeviceId, Event, EventCause, Instant, LineId, Refusal, StationId, Timer,
    calls::Dialling, cti::report, state::State,
};

/// Who waits for whom.
#[derive(Clone, Debug)]
pub struct CallBack {
    /// The phone that will ring.
    pub station: StationId,
    /// The line that calls.
    pub line: LineId,
    /// The device that has to be free.
    pub device: DeviceId,
    /// Since when.
    pub since: Instant,
    number: SmolStr,
}

/// The attempt of a connection ends, and its user waits for the called device, which is returned.
///
/// # Errors
/// [`Refusal::NoCallToComplete`] when the device has called nobody in vain, [`Refusal::ResourceBusy`] when another one waits
/// already, [`Refusal::InvalidCalledDevice`] when the called number is not one of this switch. Then nothing has changed.
pub(crate) fn complete_later(st: &mut State, active: ConnectionKey) -> Result<DeviceId, Refusal> {
    let connection = st.calls.connection(active).ok_or(Refusal::InvalidConnection)?;
    let unanswered = !st.calls.others(active).any(|other| other.state().is_answered());
    let placed = !connection.is_incoming()
        && matches!(connection.state(), ConnectionState::Connected | ConnectionState::Fail);
    let station = connection.station().filter(|_| placed && unanswered).ok_or(Refusal::NoCallToComplete)?;
    let line = connection.line();
    let called = st.calls.call_of(active).map(|call| call.destination().clone()).unwrap_or_default();
    let device = called.device.ok_or(Refusal::InvalidCalledDevice)?;
    begin(st, CallBack { station, line, device, since: st.now, number: called.number })?;
    clear_connection::clear(st, active, EventCause::NormalClearing);
    st.left_devices.retain(|left| *left != device);
    Ok(device)
}

/// A device is called back when another one is free, without a call before.
///
/// # Errors
/// [`Refusal::InvalidDestination`] for a device that waits for itself, [`Refusal::ResourceBusy`] when another one waits
/// already, others when no phone of the device is there. Then nothing has changed.
pub(crate) fn without_call(st: &mut State, originating: DeviceId, target: DeviceId) -> Result<(), Refusal> {
    let number = st.lines.device(target).filter(|device| !device.lines().is_empty());
    let number = number.map(|device| device.number().clone()).ok_or(Refusal::InvalidDestination)?;
    if originating == target {
        return Err(Refusal::InvalidDestination);
    }
    let (line, station) = make_call::calling_line(st, originating)?;
    begin(st, CallBack { station, line, device: target, since: st.now, number })
}

fn begin(st: &mut State, call_back: CallBack) -> Result<(), Refusal> {
    let CallBack { station, line, device, .. } = call_back;
    if st.callbacks.iter().any(|waiting| waiting.device == device && waiting.station != station) {
        return Err(Refusal::ResourceBusy);
    }
    st.callbacks.retain(|waiting| waiting.station != station || waiting.device != device);
    st.callbacks.push(call_back);
    tell(st, line, device, true);
    Ok(())
}

/// A device waits no more, for one device or for any.
///
/// # Errors
/// [`Refusal::NoCallToComplete`] when it does not wait.
pub(crate) fn cancel(st: &mut State, originating: DeviceId, target: Option<DeviceId>) -> Result<(), Refusal> {
    let (cancelled, kept): (Vec<CallBack>, Vec<CallBack>) =
        std::mem::take(&mut st.callbacks).into_iter().partition(|waiting| {
            let named = target.is_none_or(|target| waiting.device == target);
            named && st.lines[waiting.line].device() == originating
        });
    st.callbacks = kept;
    for waiting in &cancelled {
        tell(st, waiting.line, waiting.device, false);
    }
    if cancelled.is_empty() { Err(Refusal::NoCallToComplete) } else { Ok(()) }
}

/// Who waits, and for whom, as far as a device waits or is waited for.
pub(crate) fn of(st: &State, device: DeviceId) -> Vec<(DeviceId, DeviceId)> {
    let pairs = st.callbacks.iter().map(|waiting| (st.lines[waiting.line].device(), waiting.device));
    pairs.filter(|(from, to)| *from == device || *to == device).collect()
}

/// Tells the monitors of both devices.
fn tell(st: &mut State, line: LineId, target: DeviceId, on: bool) {
    let originating = st.lines[line].device();
    for device in [originating, target] {
        report::device(st, device, Event::CallBack { originating, target, on });
    }
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
        tell(st, line, device, false);
        let dialling = Dialling::Prompting(number);
        let cause = EventCause::CallBack;
        let prompt = Initiation { cause, dialling, ..Initiation::by_user(station, line) };
        let phone = &st.stations[station];
        let has_line = phone.lines().any(|own| own == line) && st.lines[line].takes_calls();
        if !phone.takes_calls() || !has_line {
            continue;
        }
        if let Ok(key) = make_call::initiate(st, prompt) {
            st.start_timer(key, st.settings.timeouts.ringing, Timer::MakeCallPrompt(key));
        }
    }
}
