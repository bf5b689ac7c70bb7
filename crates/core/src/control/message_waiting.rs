//! Set Message Waiting Indicator (ECMA-269 clause 21.1.20): the lamps of a number's phones say that a message waits.

use crate::{DeviceId, LineId, Output, Record, cti::report, state::State};

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
