//! Set Do Not Disturb and Get Do Not Disturb (ECMA-269 clause 22, logical device features), and the DND key.
//!
//! Do not disturb belongs to a phone: its user does not want to be called, whatever the number. To an application it belongs
//! to a number: the phones that have it on their first button, or, where no phone has, on any button. What happens to calls
//! is a setting of the phone, [`DndCalls`](crate::DndCalls).
//!
//! While a call rings, the key is about that call only: it is forwarded as not answered, or it rings on without a sound.

use crate::{
    Connection, ConnectionKey, DeviceId, DndCalls, Event, EventCause, ForwardingType, LineId, Output, Record,
    Refusal, Ring, StationId, control::divert, cti::report, registration, state::State,
};

/// Lets the phones of a device be disturbed no more, or again.
///
/// # Errors
/// [`Refusal::DeviceOutOfService`] if the device has no phone; then nothing has changed.
pub(crate) fn set(st: &mut State, device: DeviceId, on: bool) -> Result<(), Refusal> {
    let stations = stations_of(st, device);
    if stations.is_empty() {
        return Err(Refusal::DeviceOutOfService);
    }
    stations.into_iter().for_each(|station| change(st, station, on));
    Ok(())
}

/// Whether no phone of the device is to be disturbed.
pub(crate) fn is_on(st: &State, device: DeviceId) -> bool {
    let stations = stations_of(st, device);
    !stations.is_empty() && stations.iter().all(|station| st.stations[*station].do_not_disturb)
}

/// The DND key.
pub(crate) fn key(st: &mut State, station: StationId, ringing: Option<ConnectionKey>) {
    match ringing {
        Some(key) => silence(st, station, key),
        None => change(st, station, !st.stations[station].do_not_disturb),
    }
}

/// The phones that a device's do not disturb is about.
fn stations_of(st: &State, device: DeviceId) -> Vec<StationId> {
    let mut stations: Vec<StationId> =
        st.lines.of_device(device).flat_map(|(_, line)| line.stations().iter().copied()).collect();
    stations.sort();
    stations.dedup();
    let is_first = |id: &StationId| {
        let first = st.stations[*id].line(1);
        first.is_some_and(|line| st.lines[line].device() == device)
    };
    if stations.iter().any(is_first) {
        stations.retain(is_first);
    }
    stations
}

/// Changes the state of one phone. If this is a change, stores it and reports it to the monitors of its devices.
pub(crate) fn change(st: &mut State, station: StationId, on: bool) {
    if st.stations[station].do_not_disturb == on {
        return;
    }
    let mut devices: Vec<DeviceId> =
        st.stations[station].lines().map(|line| st.lines[line].device()).collect();
    devices.sort();
    devices.dedup();
    let before: Vec<bool> = devices.iter().map(|device| is_on(st, *device)).collect();
    st.stations[station].do_not_disturb = on;
    let name = st.stations[station].settings().name.clone();
    st.note(Output::Store(Record::DoNotDisturb { station: name, on }));
    for (device, before) in devices.into_iter().zip(before) {
        if is_on(st, device) != before {
            report::device(st, device, Event::DoNotDisturb { device, on });
        }
    }
    st.station_changed(station);
    st.watchers_changed(station);
    registration::ringing_changed(st, station);
}

/// The ringing call is forwarded as if nobody answered, or rings on here without a sound.
fn silence(st: &mut State, station: StationId, key: ConnectionKey) {
    if divert::divert_ringing(st, key, &[ForwardingType::NoAnswer]) {
        return;
    }
    let Some(alerting) = st.calls.connection_mut(key).and_then(Connection::alerting_mut) else { return };
    if !alerting.silenced.contains(&station) {
        alerting.silenced.push(station);
    }
    st.call_of_changed(key);
}

/// Whether a phone refuses calls of a line.
pub(crate) fn refuses(st: &State, station: StationId, line: LineId) -> bool {
    let here = &st.stations[station];
    here.do_not_disturb
        && match here.settings().dnd_calls {
            DndCalls::Refused => true,
            DndCalls::Silent => false,
            DndCalls::RingFeatureButtons => ring_of(st, station, line) != Some(Ring::Feature),
        }
}

/// Whether a call rings at a phone without a sound.
pub(crate) fn is_silent(st: &State, station: StationId, connection: &Connection) -> bool {
    let rings_nevertheless = || {
        st.stations[station].settings().dnd_calls == DndCalls::RingFeatureButtons
            && ring_of(st, station, connection.line()) == Some(Ring::Feature)
    };
    let silenced = connection.alerting().is_some_and(|alerting| alerting.silenced.contains(&station));
    silenced || (st.stations[station].do_not_disturb && !rings_nevertheless())
}

/// Whether a call rings without a sound at every phone of its line that is there, because no user is to be disturbed.
pub(crate) fn is_silent_everywhere(st: &State, connection: &Connection) -> bool {
    let mut there = st.lines[connection.line()]
        .stations()
        .iter()
        .copied()
        .filter(|id| st.stations[*id].is_present())
        .peekable();
    there.peek().is_some() && there.all(|id| is_silent(st, id, connection))
}

fn ring_of(st: &State, station: StationId, line: LineId) -> Option<Ring> {
    st.stations[station].buttons().iter().find(|button| button.line == line).map(|button| button.ring)
}

/// The phones of a line at which a call does not ring, because they refuse it.
pub(super) fn refusing(st: &State, line: LineId) -> impl Iterator<Item = StationId> + '_ {
    st.lines[line].stations().iter().copied().filter(move |id| refuses(st, *id, line))
}

/// Why a call cannot ring at any phone of the line that takes calls, if so.
pub(super) fn blocked(st: &State, line: LineId) -> Option<EventCause> {
    let stations = st.lines[line].stations().iter().copied();
    let mut takers = stations
        .filter(|id| {
            st.stations[*id].takes_calls() && st.may_use(*id, line, None) && st.has_room_for(*id, line, None)
        })
        .peekable();
    match takers.peek() {
        None => Some(EventCause::Busy),
        Some(_) => takers.all(|id| refuses(st, id, line)).then_some(EventCause::DoNotDisturb),
    }
}
