//! Set Message Waiting Indicator (ECMA-269 clause 21.1.20): the lamps of a number's phones say that a message waits.

use super::clear_connection;
use crate::{
    CallId, DeviceId, EventCause, LineId, MessageWaitingNumber, Output, Record, cti::report, state::State,
};

/// A message waits for the device from now on, or no more.
pub(crate) fn set(st: &mut State, device: DeviceId, on: bool) {
    let Some(watched) = st.lines.device_mut(device).filter(|own| own.message_waiting != on) else { return };
    watched.message_waiting = on;
    let number = watched.number().clone();
    st.note(Output::Store(Record::MessageWaiting { number, on }));
    report::device(st, device, crate::Event::MessageWaiting(device, on));
    show(st, device);
}

/// What was stored before a restart.
pub(crate) fn restore(st: &mut State, device: DeviceId, on: bool) {
    if let Some(device) = st.lines.device_mut(device) {
        device.message_waiting = on;
    }
    show(st, device);
}

fn show(st: &mut State, device: DeviceId) {
    let lines: Vec<LineId> = st.lines.of_device(device).map(|(line, _)| line).collect();
    for station in lines.into_iter().flat_map(|line| st.lines[line].stations.clone()).collect::<Vec<_>>() {
        st.station_changed(station);
    }
}

/// A voicemail system calls a number that says whether messages wait: for the calling number, or for the one whose digits
/// stand where the called number has `.`.
pub(super) fn called(st: &mut State, call: CallId, line: LineId, digits: &str) {
    let settings = st.lines[line].settings();
    let by_secondary = settings.secondary.as_deref().is_some_and(|pattern| names(pattern, digits).is_some());
    let pattern = match by_secondary {
        true => settings.secondary.clone().unwrap_or_default(),
        false => settings.number.clone(),
    };
    let on = match settings.message_waiting {
        Some(MessageWaitingNumber::On) => true,
        Some(MessageWaitingNumber::OnOff) => !by_secondary,
        Some(MessageWaitingNumber::Off) | None => false,
    };
    let embedded = names(&pattern, digits).filter(|mailbox| !mailbox.is_empty());
    let calling = st.calls.get(call).map(|call| call.calling().number.to_string()).unwrap_or_default();
    if let Some(device) = st.lines.device_with_number(&embedded.unwrap_or(calling)) {
        set(st, device, on);
    }
    clear_connection::clear_call(st, call, EventCause::NormalClearing);
}

/// The digits that stand where a pattern has `.`, if the digits fit it.
fn names(pattern: &str, digits: &str) -> Option<String> {
    let fits = pattern.len() == digits.len()
        && pattern.bytes().zip(digits.bytes()).all(|(wanted, digit)| wanted == b'.' || wanted == digit);
    let pairs = || pattern.chars().zip(digits.chars()).filter(|(wanted, _)| *wanted == '.');
    fits.then(|| pairs().map(|(_, digit)| digit).collect())
}
