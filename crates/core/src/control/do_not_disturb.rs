//! Set Do Not Disturb and Get Do Not Disturb (ECMA-269 clauses 22.1.16 and 22.1.7), and the DND key.
//!
//! A phone that does not want to be disturbed takes no calls on its lines, but for buttons with the feature ring (`f`):
//! these ring if the phone has `no dnd feature-ring`, and else show the call without a sound. What rings already goes on
//! ringing. A device does not want to be disturbed when none of its phones does; then calls fail there, unless the
//! device forwards calls that nobody answers, or that find it busy.

use smallvec::SmallVec;

use super::divert;
use crate::{
    Button, Connection, ConnectionKey, DeviceId, ForwardingType, LineId, Output, Record, Refusal, Ring,
    StationId, cti::report, state::State,
};

/// All phones of the device refuse calls, or no more.
///
/// # Errors
/// [`Refusal::DeviceOutOfService`] if no phone of the device is registered.
pub(crate) fn set(st: &mut State, device: DeviceId, on: bool) -> Result<(), Refusal> {
    let stations = stations_of(st, device);
    if !st.stations.is_any_registered(&stations) {
        return Err(Refusal::DeviceOutOfService);
    }
    change(st, &stations, on);
    Ok(())
}

/// Whether the device refuses calls: each of its phones does.
pub(crate) fn is_set(st: &State, device: DeviceId) -> bool {
    let stations = stations_of(st, device);
    !stations.is_empty() && stations.iter().all(|station| st.stations[*station].do_not_disturb)
}

/// The DND key: a call that rings here goes to where calls go that nobody answers, or is silent here; else the phone
/// refuses calls from now on, or no more.
pub(crate) fn press(st: &mut State, station: StationId) {
    let shown = st.connections_shown_at(station);
    let ringing: Vec<ConnectionKey> =
        shown.filter(|own| st.rings_at(station, own)).map(Connection::key).collect();
    if ringing.is_empty() {
        let on = !st.stations[station].do_not_disturb;
        return change(st, &[station], on);
    }
    for key in ringing {
        if divert::divert_ringing(st, key, &[ForwardingType::NoAnswer]) {
            continue;
        }
        if let Some(alerting) = st.calls.connection_mut(key).and_then(Connection::alerting_mut) {
            alerting.silenced.push(station);
        }
        st.call_of_changed(key);
    }
}

/// What was stored before a restart.
pub(crate) fn restore(st: &mut State, station: StationId, on: bool) {
    st.stations[station].do_not_disturb = on;
}

fn change(st: &mut State, stations: &[StationId], on: bool) {
    let lines = stations.iter().flat_map(|station| st.stations[*station].lines());
    let mut devices: Vec<DeviceId> = lines.map(|line| st.lines[line].device()).collect();
    devices.sort();
    devices.dedup();
    let before: Vec<bool> = devices.iter().map(|device| is_set(st, *device)).collect();
    for station in
        stations.iter().copied().filter(|id| st.stations[*id].do_not_disturb != on).collect::<Vec<_>>()
    {
        st.stations[station].do_not_disturb = on;
        let name = st.stations[station].settings().name.clone();
        st.note(Output::Store(Record::DoNotDisturb { station: name, on }));
        st.station_changed(station);
    }
    for (device, before) in devices.into_iter().zip(before) {
        let now = is_set(st, device);
        if now != before {
            report::device(st, device, crate::Event::DoNotDisturb(device, now));
        }
    }
}

fn stations_of(st: &State, device: DeviceId) -> SmallVec<[StationId; 2]> {
    let mut stations: SmallVec<[StationId; 2]> =
        st.lines.of_device(device).flat_map(|(_, line)| line.stations().iter().copied()).collect();
    stations.sort();
    stations.dedup();
    stations
}

/// The phones of the line at which a new call does not ring.
pub(super) fn undisturbed(st: &State, line: LineId) -> SmallVec<[StationId; 2]> {
    let refuses = |id: &&StationId| st.stations[**id].do_not_disturb && !shows_calls(st, **id, line);
    st.lines[line].stations.iter().filter(refuses).copied().collect()
}

/// Whether every phone of the line that is there refuses calls.
pub(super) fn is_line_undisturbed(st: &State, line: LineId) -> bool {
    let refuses = undisturbed(st, line);
    let mut there = st.lines[line].stations.iter().filter(|id| st.stations[**id].takes_calls());
    !refuses.is_empty() && there.all(|id| refuses.contains(id))
}

/// A button with the feature ring shows calls also at a phone that is not to be disturbed.
fn shows_calls(st: &State, station: StationId, line: LineId) -> bool {
    st.stations[station].buttons().iter().any(|button| button.line == line && button.ring == Ring::Feature)
}

/// How calls to a button sound, which is not at all where the user does not want to be disturbed.
pub(crate) fn ring(st: &State, station: StationId, button: &Button, own: &Connection) -> Ring {
    let here = &st.stations[station];
    let silenced = own.alerting().is_some_and(|alerting| alerting.silenced.contains(&station));
    let silent = here.do_not_disturb && here.settings().dnd_feature_ring && button.ring == Ring::Feature;
    if silenced || silent { Ring::Silent } else { button.ring }
}
