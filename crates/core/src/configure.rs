//! Changes of the configuration while the switch runs.
//!
//! A line or a station that is in a call is changed, or removed, in two steps:
//!
//! | change | at once | when the last call is over |
//! | --- | --- | --- |
//! | a line is removed | it takes no new call | it leaves the phones |
//! | a line gets another number | it takes no new call | it belongs to the other device |
//! | anything else of a line | it is in effect for new calls, and shown | |
//! | a station is removed | it takes no new call | it is removed: [`Output::StationRemoved`] |
//! | anything of a station | | it is in effect, and the phone restarts: [`Output::StationReconfigured`] |
//!
//! Monitors of a device that its application may not use any more are taken away at once, and those of a device without
//! lines when its last call is over.
//!
//! What users have set, such as forwarding, stays unless the configuration of the same setting changes.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::{
    ButtonKind, ButtonSettings, CtiSettings, DeviceId, FeatureSettings, Forwarding, ForwardingType, LineId,
    LineSettings, Refusal, StationId, StationSettings, Timeouts,
    control::{call_back, failure},
    cti::{
        UserSettings, permission,
        report::{self, Service},
    },
    cti_device,
    input::Output,
    registration,
    state::State,
    station::{Button, Expansion, LampButton, Station},
    store::forwarding_key,
    voice,
};

/// One change of the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Adds the line, or gives the line with its tag these settings.
    Line(Box<LineSettings>),
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
    /// Who may log in, and what each user may do from now on.
    Users(Box<BTreeMap<SmolStr, UserSettings>>),
    /// How telephone features work from now on.
    Features(Box<FeatureSettings>),
    /// What time it is for the office from now on.
    Hours(Hours),
    /// How often one call may be diverted from now on.
    MaxRedirects(usize),
    /// How many calls may exist at once from now on; zero means no limit.
    MaxCalls(usize),
}

/// Carries out a change.
pub(crate) fn apply(st: &mut State, change: Change) {
    match change {
        Change::Line(settings) => configure_line(st, *settings),
        Change::RemoveLine(tag) => remove_line(st, tag),
        Change::Station(settings) => configure_station(st, settings),
        Change::RemoveStation(tag) => remove_station(st, tag),
        Change::Timeouts(timeouts) => st.settings.timeouts = timeouts,
        Change::Cti(cti) => st.settings.cti = cti,
        Change::Users(users) => {
            st.settings.users = *users;
            cti_device::rights_changed(st, |_| true);
            permission::rights_changed(st);
            voice::rights_changed(st);
        }
        Change::Features(features) => st.settings.features = *features,
        Change::Hours(hours) => change_hours(st, hours),
        Change::MaxRedirects(count) => st.settings.max_redirects = count,
        Change::MaxCalls(count) => st.settings.max_calls = count,
    }
}

/// What time it is for an office.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Hours {
    /// It is outside office hours: some numbers cannot be called (`after-hours`).
    pub after_hours: bool,
    /// It is night: calls are forwarded, and announced at other phones (`night-service`).
    pub night: bool,
}

fn change_hours(st: &mut State, hours: Hours) {
    st.night_switched &= hours.night == st.hours.night;
    st.hours = hours;
    if !hours.after_hours {
        let ids: Vec<StationId> = st.stations.iter().map(|(id, _)| id).collect();
        ids.into_iter().for_each(|id| st.stations[id].pin_entered = false);
    }
}

fn configure_line(st: &mut State, settings: LineSettings) {
    let known = st.lines.with_tag(settings.tag);
    let has_calls = |id: LineId| !st.calls.at_line(id).is_empty();
    if let Some(id) = known.filter(|id| has_calls(*id) && *st.lines[*id].number() != settings.number) {
        st.lines[id].pending = Some(Box::new(settings));
        return;
    }
    let device = known.map(|id| st.lines[id].device());
    st.changed_devices.extend(device);
    let forwarding = device.map(|device| (device, st.lines.forwarding_of(device)));
    let devices = device.into_iter().chain(st.lines.device_with_number(&settings.number)).collect();
    let services = services_of(st, devices);
    let printed =
        |st: &State, id: LineId| (st.lines[id].number().clone(), st.lines[id].settings().label.clone());
    let before = known.filter(|id| !st.lines[*id].is_removed()).map(|id| printed(st, id));
    let forwards = Forwards::concerned(st, known, &settings.number);
    let id = st.lines.configure(settings);
    st.changed_devices.push(st.lines[id].device());
    forwards.into_iter().for_each(|before| before.forget_what_changed(st));
    report::service_changes(st, services);
    if let Some((device, forwarding)) = forwarding {
        report_forwarding(st, device, &forwarding);
    }
    show_again(st, id);
    if before != Some(printed(st, id)) {
        place_again(st, id);
    }
}

/// The stations that have the line on a button get it when they are idle.
fn place_again(st: &mut State, line: LineId) {
    let tag = st.lines[line].settings().tag;
    let shows =
        |station: &Station| station.settings().buttons.iter().any(|button| button.tags().any(|on| on == tag));
    let stations: Vec<StationId> =
        st.stations.iter().filter(|(_, station)| shows(station)).map(|(id, _)| id).collect();
    for id in stations {
        let station = &mut st.stations[id];
        if station.pending.is_none() {
            station.pending = Some(Box::new(station.settings.clone()));
        }
        station_idle(st, id);
    }
}

/// Reports changes of forwarding to the monitors of a device.
fn report_forwarding(st: &mut State, device: DeviceId, before: &Forwarding) {
    for kind in ForwardingType::ALL {
        let now = st.lines.forwarding_of(device);
        if now.get(kind) != before.get(kind) {
            report::forwarding(st, device, kind);
        }
    }
}

fn remove_line(st: &mut State, tag: u32) {
    let Some(id) = st.lines.by_tag(tag) else { return };
    let service = Service::of(st, st.lines[id].device());
    let forwarding = Forwards::of(st, st.lines[id].number().clone());
    st.lines.remove(tag);
    st.changed_devices.push(st.lines[id].device());
    forwarding.forget_what_changed(st);
    report::service_changes(st, [service]);
    line_idle(st, id);
    show_again(st, id);
}

/// How the calls of a number are forwarded before a change of the configuration.
struct Forwards {
    number: SmolStr,
    before: Forwarding,
}

impl Forwards {
    fn of(st: &State, number: SmolStr) -> Forwards {
        Forwards { before: forwarding_of(st, &number), number }
    }

    /// Those of the number that a line has, and of the number that it gets.
    fn concerned(st: &State, line: Option<LineId>, number: &SmolStr) -> Vec<Forwards> {
        let moved_from = line.map(|id| st.lines[id].number()).filter(|before| *before != number);
        moved_from.into_iter().chain([number]).map(|number| Forwards::of(st, number.clone())).collect()
    }

    /// What a user or an application had set does not survive a restart if the configuration has changed it.
    fn forget_what_changed(self, st: &mut State) {
        let now = forwarding_of(st, &self.number);
        for kind in ForwardingType::ALL {
            let is_other_timeout = self.before.no_answer_timeout != now.no_answer_timeout;
            if self.before.get(kind) != now.get(kind)
                || (kind == ForwardingType::NoAnswer && is_other_timeout)
            {
                st.note(Output::Forget(forwarding_key(&self.number, kind)));
            }
        }
    }
}

fn forwarding_of(st: &State, number: &str) -> Forwarding {
    st.lines.device_with_number(number).map(|device| st.lines.forwarding_of(device)).unwrap_or_default()
}

/// A connection is no longer at this line and this station: what waits for them to be idle is done when the input has
/// been handled, so that no verb finds other buttons in its middle.
pub(crate) fn left(st: &mut State, line: LineId, station: Option<StationId>) {
    if !st.lines[line].takes_calls() {
        st.left_lines.push(line);
    }
    let waits = |id: &StationId| st.stations[*id].pending.is_some() || st.stations[*id].removed_when_idle;
    st.left_stations.extend(station.filter(waits));
}

/// Does what has waited for lines and stations to be idle, and what follows from that and from other settings.
pub(crate) fn settle(st: &mut State) {
    settle_idle(st);
    while !st.changed_devices.is_empty() {
        let mut devices = std::mem::take(&mut st.changed_devices);
        devices.sort();
        devices.dedup();
        cti_device::rights_changed(st, |refusal| refusal == Refusal::PrivilegeViolation);
        permission::devices_changed(st, &devices);
        st.settle_all_media();
        settle_idle(st);
    }
}

fn settle_idle(st: &mut State) {
    loop {
        call_back::settle(st);
        while let Some(line) = st.left_lines.pop() {
            line_idle(st, line);
        }
        while let Some(station) = st.left_stations.pop() {
            station_idle(st, station);
        }
        if st.left_devices.is_empty() && st.left_lines.is_empty() && st.unsettled.is_empty() {
            return;
        }
        st.settle_all_media();
    }
}

/// A line at which no call is any more gets the settings that wait for that, or leaves the phones if it was removed.
fn line_idle(st: &mut State, id: LineId) {
    if !st.calls.at_line(id).is_empty() {
        return;
    }
    if let Some(settings) = st.lines[id].pending.take() {
        return configure_line(st, *settings);
    }
    if !st.lines[id].is_removed() {
        return;
    }
    st.changed_devices.push(st.lines[id].device());
    for station in std::mem::take(&mut st.lines[id].stations) {
        st.stations[station].buttons.retain(|button| button.line != id);
        st.station_changed(station);
        st.left_stations.push(station);
    }
}

fn show_again(st: &mut State, id: LineId) {
    for station in st.lines[id].stations.clone() {
        st.station_changed(station);
    }
}

fn configure_station(st: &mut State, settings: StationSettings) {
    match st.stations.by_tag(settings.tag) {
        Some(id) => {
            // It may have been removed while it is in a call.
            st.stations[id].removed_when_idle = false;
            let changes = *st.stations[id].settings() != settings;
            st.stations[id].pending = changes.then(|| Box::new(settings));
            station_idle(st, id);
        }
        None => {
            let id = st.stations.configure(settings);
            place_buttons(st, id);
            if st.stations[id].settings().cti_device.is_some() {
                cti_device::settle_service(st, id);
            }
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
fn station_idle(st: &mut State, id: StationId) {
    let station = &st.stations[id];
    if (station.pending.is_none() && !station.removed_when_idle) || is_in_call(st, id) {
        return;
    }
    if std::mem::take(&mut st.stations[id].removed_when_idle) {
        return station_gone(st, id);
    }
    let Some(settings) = st.stations[id].pending.take() else { return };
    let tags = settings.buttons.iter().flat_map(ButtonSettings::tags);
    let coming = tags.filter_map(|tag| st.lines.by_tag(tag)).collect::<Vec<_>>();
    let lines = st.stations[id].lines().chain(coming);
    let services = services_of(st, lines.map(|line| st.lines[line].device()).collect());
    let ringing = registration::ringing_at(st, id);
    st.stations.configure(*settings);
    place_buttons(st, id);
    for key in ringing {
        st.call_of_changed(key);
        failure::stop_unless_it_rings(st, key);
    }
    registration::ringing_changed(st, id);
    report::service_changes(st, services);
    if st.stations[id].settings().cti_device.is_some() {
        cti_device::settle_service(st, id);
    }
    if st.stations[id].is_registered() {
        st.note(Output::StationReconfigured(id));
    }
}

/// Whether a station holds a call, or shows one that still rings at a line which has been removed.
fn is_in_call(st: &State, id: StationId) -> bool {
    st.connections_shown_at(id).any(|connection| {
        connection.station() == Some(id)
            || (!st.stations[id].removed_when_idle && st.lines[connection.line()].is_removed())
    })
}

fn station_gone(st: &mut State, id: StationId) {
    cti_device::forget(st, id);
    registration::unregistered(st, id);
    take_buttons(st, id);
    st.stations.remove(id);
    st.note(Output::StationRemoved(id));
}

fn services_of(st: &State, mut devices: Vec<DeviceId>) -> Vec<Service> {
    devices.sort();
    devices.dedup();
    devices.into_iter().map(|device| Service::of(st, device)).collect()
}

fn take_buttons(st: &mut State, id: StationId) {
    for button in std::mem::take(&mut st.stations[id].buttons) {
        st.changed_devices.push(st.lines[button.line].device());
        st.lines[button.line].stations.retain(|station| *station != id);
    }
    for lamp in std::mem::take(&mut st.stations[id].lamps) {
        st.lines[lamp.line].watchers.retain(|station| *station != id);
    }
    st.stations[id].expansions.clear();
    let numbers: Vec<SmolStr> =
        st.stations[id].settings().blf_speed_dials.iter().map(|(number, _)| number.clone()).collect();
    for number in numbers {
        for line in st.lines.dial_plan().lines(&number).collect::<Vec<_>>() {
            st.lines[line].watchers.retain(|station| *station != id);
        }
    }
}

/// Puts the lines that are configured on the buttons. A button whose line is not configured stays empty.
pub(crate) fn place_buttons(st: &mut State, id: StationId) {
    take_buttons(st, id);
    let settings = st.stations[id].settings().buttons.clone();
    for (instance, button) in (1..).zip(&settings) {
        match button.kind {
            ButtonKind::Monitor | ButtonKind::Watch => place_lamp(st, id, instance, button),
            ButtonKind::Expansion(of) => {
                let base = (1..).zip(&settings).find(|(_, base)| base.button == of);
                let of = base.filter(|(_, base)| base.kind.is_overlay()).map(|(instance, _)| instance);
                st.stations[id].expansions.extend(of.map(|of| Expansion { instance, of }));
            }
            ButtonKind::Line | ButtonKind::Overlay | ButtonKind::CallWaitingOverlay => {
                button.tags().for_each(|tag| place_line(st, id, instance, button, tag));
            }
        }
    }
    watch_numbers(st, id);
    st.station_changed(id);
}

/// The phone is drawn again when a line changes that one of its speed dials with a lamp names.
fn watch_numbers(st: &mut State, id: StationId) {
    let numbers: Vec<SmolStr> =
        st.stations[id].settings().blf_speed_dials.iter().map(|(number, _)| number.clone()).collect();
    for number in numbers {
        for line in st.lines.dial_plan().lines(&number).collect::<Vec<_>>() {
            if !st.lines[line].watchers.contains(&id) {
                st.lines[line].watchers.push(id);
            }
        }
    }
}

fn place_line(st: &mut State, id: StationId, instance: u32, button: &ButtonSettings, tag: u32) {
    let Some(line) = st.lines.by_tag(tag) else { return };
    st.stations[id].buttons.push(Button { instance, line, kind: button.kind, ring: button.ring });
    let stations = &mut st.lines[line].stations;
    if !stations.contains(&id) {
        stations.push(id);
        stations.sort();
    }
}

fn place_lamp(st: &mut State, id: StationId, instance: u32, button: &ButtonSettings) {
    let Some(line) = st.lines.by_tag(button.line) else { return };
    let phone = button.kind == ButtonKind::Watch;
    st.stations[id].lamps.push(LampButton { instance, line, phone });
    if !st.lines[line].watchers.contains(&id) {
        st.lines[line].watchers.push(id);
    }
}
