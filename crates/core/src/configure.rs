//! Changes of the configuration while the switch runs.
//!
//! A line or a station that is in a call is changed, or removed, in two steps. At once: it takes no new call, and
//! what is only shown (names, labels) is new. When its last call is over: its buttons are new, or it is gone.

use crate::{
    CtiSettings, LineId, LineSettings, StationId, StationSettings, Timeouts,
    cti::report::{self, Service},
    input::Output,
    state::State,
    station::Button,
};

/// One change of the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Adds the line, or gives the line with its tag these settings.
    Line(LineSettings),
    /// Removes the line with this tag.
    RemoveLine(u32),
    /// Adds the station, or gives the station with its tag these settings.
    Station(StationSettings),
    /// Removes the station with this tag.
    RemoveStation(u32),
    /// How long things may take from now on.
    Timeouts(Timeouts),
    /// What applications may do from now on.
    Cti(CtiSettings),
    /// How often one call may be diverted from now on.
    MaxRedirects(usize),
    /// How many calls may exist at once from now on; zero means no limit.
    MaxCalls(usize),
}

/// Carries out a change.
pub(crate) fn apply(st: &mut State, change: Change) {
    match change {
        Change::Line(settings) => configure_line(st, settings),
        Change::RemoveLine(tag) => remove_line(st, tag),
        Change::Station(settings) => configure_station(st, settings),
        Change::RemoveStation(tag) => remove_station(st, tag),
        Change::Timeouts(timeouts) => st.settings.timeouts = timeouts,
        Change::Cti(cti) => st.settings.cti = cti,
        Change::MaxRedirects(count) => st.settings.max_redirects = count,
        Change::MaxCalls(count) => st.settings.max_calls = count,
    }
}

fn configure_line(st: &mut State, settings: LineSettings) {
    let before = st.lines.by_tag(settings.tag).map(|id| st.lines[id].device());
    let services: Vec<Service> = before.into_iter().map(|device| Service::of(st, device)).collect();
    let (id, _) = st.lines.configure(settings);
    report::service_changes(st, services);
    show_again(st, id);
}

fn remove_line(st: &mut State, tag: u32) {
    let Some(id) = st.lines.by_tag(tag) else { return };
    let service = Service::of(st, st.lines[id].device());
    st.lines.remove(tag);
    report::service_changes(st, [service]);
    line_idle(st, id);
    show_again(st, id);
}

/// A connection is no longer at this line and this station: what waits for them to be idle is done.
pub(crate) fn left(st: &mut State, line: LineId, station: Option<StationId>) {
    line_idle(st, line);
    if let Some(station) = station {
        station_idle(st, station);
    }
}

/// A line that was removed leaves the phones when no call is at it.
fn line_idle(st: &mut State, id: LineId) {
    if !st.lines[id].is_removed() || !st.calls.at_line(id).is_empty() {
        return;
    }
    for station in std::mem::take(&mut st.lines[id].stations) {
        st.stations[station].buttons.retain(|button| button.line != id);
        st.station_changed(station);
    }
}

fn show_again(st: &mut State, id: LineId) {
    for station in st.lines[id].stations.clone() {
        st.station_changed(station);
    }
}

fn configure_station(st: &mut State, settings: StationSettings) {
    match st.stations.by_tag(settings.tag) {
        Some(id) if *st.stations[id].settings() == settings => st.stations[id].pending = None,
        Some(id) => {
            st.stations[id].pending = Some(Box::new(settings));
            station_idle(st, id);
        }
        None => {
            let id = st.stations.configure(settings);
            place_buttons(st, id);
        }
    }
}

fn remove_station(st: &mut State, tag: u32) {
    let Some(id) = st.stations.by_tag(tag) else { return };
    st.stations[id].pending = None;
    st.stations[id].removed_when_idle = true;
    station_idle(st, id);
}

/// Gives a station that has no call the settings that wait for that.
pub(crate) fn station_idle(st: &mut State, id: StationId) {
    let station = &st.stations[id];
    if (station.pending.is_none() && !station.removed_when_idle) || st.connections_at(id).next().is_some() {
        return;
    }
    if std::mem::take(&mut st.stations[id].removed_when_idle) {
        return station_gone(st, id);
    }
    let Some(settings) = st.stations[id].pending.take() else { return };
    let services = services_of(st, id);
    st.stations.configure(*settings);
    place_buttons(st, id);
    report::service_changes(st, services);
    if st.stations[id].is_registered() {
        st.note(Output::StationReconfigured(id));
    }
}

fn station_gone(st: &mut State, id: StationId) {
    crate::registration::unregistered(st, id);
    take_buttons(st, id);
    st.stations.remove(id);
    st.note(Output::StationRemoved(id));
}

fn services_of(st: &State, id: StationId) -> Vec<Service> {
    let mut devices: Vec<_> = st.stations[id].lines().map(|line| st.lines[line].device()).collect();
    let pending = st.stations[id].settings().buttons.iter().filter_map(|button| st.lines.by_tag(button.line));
    devices.extend(pending.map(|line| st.lines[line].device()));
    devices.sort();
    devices.dedup();
    devices.into_iter().map(|device| Service::of(st, device)).collect()
}

fn take_buttons(st: &mut State, id: StationId) {
    for button in std::mem::take(&mut st.stations[id].buttons) {
        st.lines[button.line].stations.retain(|station| *station != id);
    }
}

/// Puts the lines that are configured on the buttons. A button whose line is not configured stays empty.
pub(crate) fn place_buttons(st: &mut State, id: StationId) {
    take_buttons(st, id);
    let settings = st.stations[id].settings().buttons.clone();
    for button in settings {
        let Some(line) = st.lines.by_tag(button.line) else { continue };
        st.stations[id].buttons.push(Button { line, ring: button.ring });
        let stations = &mut st.lines[line].stations;
        if !stations.contains(&id) {
            stations.push(id);
            stations.sort();
        }
    }
    st.station_changed(id);
}
