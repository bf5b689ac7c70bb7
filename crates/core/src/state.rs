//! The state of the switch: its parts, each of which keeps its own invariants, and the few things that concern
//! several of them.
//!
//! The verbs are functions over this state, in [`control`](crate::control); what a key means is in
//! [`keys`](crate::keys); reports to monitors are in [`report`](crate::cti::report).

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    Admission, Button, ButtonKind, Call, CallData, CallId, Calls, Channels, Connection, ConnectionKey,
    ConnectionState, CtiDeviceKind, DeviceId, Hours, HuntRecord, Instant, LegId, LineId, Lines, Output,
    Party, Settings, StationId, Stations, Timer, Transit, autonomous::Pending, control, cti::Cti,
    cti_device::CtiDevices, identifier::Identifiers, timer::Timers, voice::Voice,
};

/// Connections at a station: the line instance at which each is shown, its line, and itself.
pub(crate) type Placed<'a> = SmallVec<[(u32, &'a Button, &'a Connection); 4]>;

/// The whole state of the switch.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: Instant,
    pub(crate) settings: Settings,
    pub(crate) lines: Lines,
    pub(crate) stations: Stations,
    pub(crate) calls: Calls,
    pub(crate) timers: Timers<Timer>,
    /// What time it is for the office.
    pub(crate) hours: Hours,
    /// Whether a user has begun or ended the night by its code, until the next time of the schedule.
    pub(crate) night_switched: bool,
    /// Who is called back when whom is free.
    pub(crate) callbacks: Vec<control::call_back::CallBack>,
    /// Devices whose last call may be over.
    pub(crate) left_devices: Vec<DeviceId>,
    /// The meet-me number that the call which is being dialled opens.
    pub(crate) opening: Option<LineId>,
    /// What hunt groups remember, by pilot.
    pub(crate) hunts: BTreeMap<LineId, HuntRecord>,
    pub(crate) cti: Cti,
    /// What applications have opened.
    pub(crate) cti_devices: CtiDevices,
    /// What is played into calls and recorded from them.
    pub(crate) voice: Voice,
    pub(crate) admission: Admission,
    pub(crate) outputs: VecDeque<Output>,
    /// Lines and stations that a connection has left, and that wait to be idle.
    pub(crate) left_lines: Vec<LineId>,
    pub(crate) left_stations: Vec<StationId>,
    /// Devices whose lines or phones the input has changed: who may use them may be others now.
    pub(crate) changed_devices: Vec<DeviceId>,
    /// What the request has for the call that it begins, until that has begun.
    pub(crate) attached: Option<CallData>,
    /// Calls whose media plan the input may have changed.
    pub(crate) unsettled: Vec<CallId>,
    /// Requests of applications that wait for a phone.
    pub(crate) pending: Vec<Pending>,
    /// The autonomous phone that has just done something: what becomes of its other calls is its own matter.
    pub(crate) acts: Option<StationId>,
    pub(crate) leg_ids: Identifiers,
    /// The connection of each leg of the media engine.
    pub(crate) legs: BTreeMap<LegId, ConnectionKey>,
}

impl State {
    /// Notes something that follows from the input.
    pub(crate) fn note(&mut self, output: Output) {
        if let Output::CallAnswered(call) = output
            && let Some(call) = self.calls.call_mut(call)
        {
            call.answered.get_or_insert(self.now);
        }
        self.outputs.push_back(output);
    }

    /// Notes that the station has a new picture.
    pub(crate) fn station_changed(&mut self, id: StationId) {
        mark_changed(&mut self.stations, &mut self.outputs, id);
    }

    /// Notes that every station which shows a line of the call has a new picture, and those that watch the line or the
    /// phone.
    pub(crate) fn call_changed(&mut self, call: CallId) {
        for connection in self.calls.connections(call) {
            if let Some(station) = connection.station().filter(|_| connection.is_page()) {
                mark_changed(&mut self.stations, &mut self.outputs, station);
            }
            let line = &self.lines[connection.line()];
            for station in line.stations.iter().chain(&line.watchers) {
                mark_changed(&mut self.stations, &mut self.outputs, *station);
            }
            if self.is_night() && line.settings().night_bell {
                let bells: Vec<StationId> =
                    self.stations.iter().filter(|(_, s)| s.settings().night_bell).map(|(id, _)| id).collect();
                bells.into_iter().for_each(|id| mark_changed(&mut self.stations, &mut self.outputs, id));
            }
            let first = connection.station().and_then(|station| self.stations[station].line(1));
            for watcher in first.map(|line| self.lines[line].watchers.as_slice()).unwrap_or_default() {
                mark_changed(&mut self.stations, &mut self.outputs, *watcher);
            }
        }
    }

    /// Notes that the stations which watch this one have a new picture.
    pub(crate) fn watchers_changed(&mut self, id: StationId) {
        let Some(line) = self.stations[id].line(1) else { return };
        for watcher in &self.lines[line].watchers {
            mark_changed(&mut self.stations, &mut self.outputs, *watcher);
        }
    }

    /// [`State::call_changed`] for the call of a connection.
    pub(crate) fn call_of_changed(&mut self, key: ConnectionKey) {
        if let Some(call) = self.calls.connection(key).map(Connection::call) {
            self.call_changed(call);
        }
    }

    /// Starts the timer of a connection, in place of the one that runs.
    pub(crate) fn start_timer(&mut self, key: ConnectionKey, after: Duration, timer: Timer) {
        let Some(connection) = self.calls.connection_mut(key) else { return };
        let deadline = self.timers.start(self.now + after, timer);
        let previous = connection.deadline.replace(deadline);
        self.timers.stop(previous);
    }

    /// Stops the timer of a connection.
    pub(crate) fn stop_timer(&mut self, key: ConnectionKey) {
        let deadline = self.calls.connection_mut(key).and_then(|connection| connection.deadline.take());
        self.timers.stop(deadline);
    }

    /// The connections of every line that the station shows, by button; those of a line on two buttons come twice.
    pub(crate) fn connections_shown_at(&self, station: StationId) -> impl Iterator<Item = &Connection> {
        let lines = self.stations[station].lines();
        let keys = lines.flat_map(|line| self.calls.at_line(line)).chain(&self.stations[station].page);
        keys.filter_map(|key| self.calls.connection(*key))
    }

    /// The connections of every line of the station, with the line and the instance of the button at which each is shown.
    pub(crate) fn placed_at(&self, station: StationId) -> Placed<'_> {
        let here = &self.stations[station];
        let mut placed: Placed<'_> = SmallVec::new();
        for button in here.buttons() {
            let on_line = self.calls.at_line(button.line).iter();
            let connections = on_line.filter_map(|key| self.calls.connection(*key));
            placed.extend(connections.map(|connection| (button.instance, button, connection)));
        }
        for of in here.expansions().iter().map(|expansion| expansion.of) {
            self.expand(station, of, &mut placed);
        }
        placed
    }

    /// Moves the calls of an overlay that its button does not take to its expansion buttons: those that were taken up there,
    /// and those that ring while the button is in use.
    fn expand(&self, station: StationId, overlay: u32, placed: &mut Placed<'_>) {
        let here = &self.stations[station];
        let mut free: SmallVec<[u32; 4]> =
            here.expansions().iter().filter(|x| x.of == overlay).map(|x| x.instance).collect();
        let mut in_use = false;
        for (instance, _, connection) in placed.iter_mut() {
            let own = connection.station() == Some(station);
            if *instance == overlay && own {
                match free.iter().position(|x| *x == connection.expansion) {
                    Some(at) => *instance = free.remove(at),
                    None => in_use = true,
                }
            }
        }
        for (instance, _, connection) in placed.iter_mut() {
            let rings = *instance == overlay && connection.alerting().is_some();
            if rings && std::mem::replace(&mut in_use, true) && !free.is_empty() {
                *instance = free.remove(0);
            }
        }
    }

    /// Whether the station shows the connection at this line instance.
    pub(crate) fn is_placed(&self, station: StationId, instance: u32, key: ConnectionKey) -> bool {
        self.placed_at(station).iter().any(|(place, _, shown)| *place == instance && shown.key() == key)
    }

    /// Whether the station does not show a call that rings at its line: the user is in a call at the overlay button that
    /// has the line, and further calls do not wait there.
    pub(crate) fn is_hidden(&self, station: StationId, connection: &Connection) -> bool {
        !self.has_room_for(station, connection.line(), Some(connection.key()))
    }

    /// Whether the station can show one more call to the line that rings.
    pub(crate) fn has_room_for(&self, station: StationId, line: LineId, own: Option<ConnectionKey>) -> bool {
        let here = &self.stations[station];
        if self.lines[line].settings().channels == Channels::Octo {
            let settings = here.settings();
            let limits = settings.busy_trigger_per_button.into_iter().chain(settings.max_calls_per_button);
            if limits.min().is_some_and(|most| self.own_calls_on(station, line) >= most) {
                return false;
            }
        }
        let mut with_line = here.buttons().iter().filter(|button| button.line == line);
        with_line.any(|button| {
            button.kind != ButtonKind::Overlay || {
                let expansions = here.expansions().iter().filter(|x| x.of == button.instance).count();
                self.own_calls_at(station, button.instance, own) <= expansions
            }
        })
    }

    fn own_calls_at(&self, station: StationId, instance: u32, except: Option<ConnectionKey>) -> usize {
        let lines = self.stations[station].lines_of(instance);
        let keys = lines.flat_map(|line| self.calls.at_line(line)).filter(|key| Some(**key) != except);
        let own = keys.filter_map(|key| self.calls.connection(*key));
        own.filter(|connection| connection.station() == Some(station)).count()
    }

    /// Whether a call that another station has on this line is no business of this one: overlays show only what the own user
    /// does and what rings, unless the line has eight channels.
    pub(crate) fn is_private(&self, station: StationId, line: LineId) -> bool {
        let mut with_line = self.stations[station].buttons().iter().filter(|button| button.line == line);
        self.lines[line].settings().channels != Channels::Octo
            && with_line.all(|button| button.kind.is_overlay())
    }

    /// The connections that the station holds.
    pub(crate) fn connections_at(&self, station: StationId) -> impl Iterator<Item = &Connection> {
        self.connections_shown_at(station).filter(move |connection| connection.station() == Some(station))
    }

    /// Keys of [`State::connections_at`], each once, for changing them one after the other.
    pub(crate) fn keys_at(&self, station: StationId) -> Vec<ConnectionKey> {
        let mut keys = Vec::new();
        for connection in self.connections_at(station) {
            if !keys.contains(&connection.key()) {
                keys.push(connection.key());
            }
        }
        keys
    }

    /// The connection that occupies the station: its user dials, talks or hears a failure tone there.
    pub(crate) fn active_at(&self, station: StationId) -> Option<&Connection> {
        // The calls of a trunk, or of a route point, do not concern each other.
        let settings = self.stations[station].settings();
        if settings.trunk.is_some() || settings.cti_device == Some(CtiDeviceKind::RoutePoint) {
            return None;
        }
        self.stations[station].buttons().iter().find_map(|button| {
            let on_line = self.calls.at_line(button.line).iter();
            let mut connections = on_line.filter_map(|key| self.calls.connection(*key));
            connections.find(|connection| connection.station() == Some(station) && connection.is_active())
        })
    }

    /// Whether the station may be in `own`, or with `None` in one more call, on the line. The phone that is in a call
    /// on a dual line has both of its channels; the channels of other lines are shared one by one.
    pub(crate) fn may_use(&self, station: StationId, line: LineId, own: Option<ConnectionKey>) -> bool {
        let elsewhere = |key: &ConnectionKey| {
            let holder = self.calls.connection(*key).and_then(Connection::station);
            holder.is_some_and(|holder| holder != station)
        };
        self.lines[line].settings().channels != Channels::Dual
            || !self.calls.at_line(line).iter().any(|other| Some(*other) != own && elsewhere(other))
    }

    /// How many calls fit on the line.
    pub(crate) fn channels(&self, line: LineId) -> usize {
        let settings = self.lines[line].settings();
        settings.max_calls.unwrap_or(settings.channels.count())
    }

    /// Whether one more call fits on the line.
    pub(crate) fn has_free_channel(&self, line: LineId) -> bool {
        self.lines[line].takes_calls() && self.calls.at_line(line).len() < self.channels(line)
    }

    /// Whether one more incoming call fits on the line.
    pub(crate) fn has_incoming_channel(&self, line: LineId) -> bool {
        let settings = self.lines[line].settings();
        let most = settings.busy_trigger.or(settings.incoming_channels);
        let mut own = self.calls.at_line(line).iter().filter_map(|key| self.calls.connection(*key));
        self.has_free_channel(line)
            && most.is_none_or(|most| self.calls.at_line(line).len() < most)
            && !own.any(|own| own.cancels_waiting)
    }

    /// How many calls the station has on a line, not counting one that rings.
    pub(crate) fn own_calls_on(&self, station: StationId, line: LineId) -> usize {
        let keys = self.calls.at_line(line).iter().filter_map(|key| self.calls.connection(*key));
        keys.filter(|connection| connection.station() == Some(station)).count()
    }

    /// The station that acts for a line if the request names none: the first that takes calls and may use the line.
    pub(crate) fn station_for(&self, line: LineId) -> Option<StationId> {
        let mut there = self.lines[line].stations.iter().copied();
        there.find(|id| self.stations[*id].takes_calls() && self.may_use(*id, line, None))
    }

    /// Whether the connection rings at this station of its line, if the station is there.
    pub(crate) fn rings_at(&self, station: StationId, connection: &Connection) -> bool {
        self.would_ring_at(station, connection) && !self.is_hidden(station, connection)
    }

    /// Whether it rings, or would if the user was not in another call of the same overlay.
    pub(crate) fn would_ring_at(&self, station: StationId, connection: &Connection) -> bool {
        !self.stations[station].removed_when_idle
            && connection.is_offered_to(station)
            && self.may_use(station, connection.line(), Some(connection.key()))
    }

    /// Whether a phone of the line is registered.
    pub(crate) fn has_phone(&self, line: LineId) -> bool {
        self.stations.is_any_registered(&self.lines[line].stations)
    }

    /// Whether the line can take calls: a phone is registered, or it counts as up without one (`cti notify`).
    pub(crate) fn is_line_in_service(&self, line: LineId) -> bool {
        let settings = self.lines[line].settings();
        settings.cti_notify
            || settings.park_slot.is_some()
            || settings.hunt_group.is_some()
            || settings.acts_by_switch()
            || self.has_phone(line)
    }

    /// Whether the device is on a button of a phone, or counts as up without one (`cti notify`).
    pub(crate) fn may_have_phone(&self, device: DeviceId) -> bool {
        self.lines.of_device(device).any(|(_, line)| {
            line.settings.cti_notify
                || line.settings.park_slot.is_some()
                || line.settings.hunt_group.is_some()
                || line.settings.acts_by_switch()
                || !line.stations.is_empty()
        })
    }

    /// Whether applications cannot follow the device because of how its lines are configured: they are on an overlay
    /// button, or on several phones while applications are of the basic kind (`cti csta mode basic`).
    pub(crate) fn is_closed_by_kind(&self, device: DeviceId) -> bool {
        let basic = self.settings.cti.basic_mode;
        self.lines
            .of_device(device)
            .any(|(_, line)| line.settings.overlay || (basic && line.stations.len() > 1))
    }

    /// Whether one of the lines of a device can take calls.
    pub(crate) fn is_in_service(&self, device: DeviceId) -> bool {
        self.lines.of_device(device).any(|(line, _)| self.is_line_in_service(line))
    }

    /// Records that the media plan of a call may have changed.
    pub(crate) fn settle_media(&mut self, call: CallId) {
        if !self.unsettled.contains(&call) {
            self.unsettled.push(call);
        }
    }

    /// Carries out the media plans that have changed. Runs at the end of each input, because phones do not see the
    /// states in between.
    pub(crate) fn settle_all_media(&mut self) {
        while let Some(call) = self.unsettled.pop() {
            control::clear_connection::end_without_users(self, call);
            control::media::settle(self, call);
            if let Some(bridged) = self.calls.bridged_to(call) {
                control::media::settle(self, bridged);
                self.call_changed(bridged);
            }
        }
    }

    /// Whether calls are served as at night.
    pub(crate) fn is_night(&self) -> bool {
        self.hours.night != self.night_switched
    }

    /// Whether the line is that of a trunk to another network.
    pub(crate) fn is_trunk(&self, line: LineId) -> bool {
        self.lines[line].settings().channels == Channels::Unlimited
    }

    /// The lines that these digits reach, or the number that they stand for (`num-exp`), in the order in which they are tried.
    pub(crate) fn reached(&self, digits: &str) -> SmallVec<[LineId; 4]> {
        let digits = control::dialling::expanded(self, digits.into());
        self.lines.dial_plan().reached(&digits, self.settings.features.route_order)
    }

    /// Who is reached at a line by a number; behind a trunk that is the number alone.
    pub(crate) fn party_reached(&self, line: LineId, number: SmolStr) -> Party {
        match self.is_trunk(line) {
            true => Party { device: None, number, name: SmolStr::default() },
            false => Party { number, ..self.lines.party(line) },
        }
    }

    /// The party that applications are told of a connection. One that stands for an office number in a call to elsewhere is that
    /// number for them, whatever the phone there shows.
    pub(crate) fn told_party(&self, connection: &Connection) -> Party {
        match connection.hidden {
            true => self.lines.party(connection.line()),
            false => connection.party().clone(),
        }
    }

    /// Whether a call came in by a trunk whose calls may not leave by one.
    pub(crate) fn came_by_trunk_without_transit(&self, call: &Call) -> bool {
        let callers = self.calls.connections(call.id()).filter(|connection| !connection.is_incoming());
        let mut stations = callers.filter_map(Connection::station);
        stations.any(|id| self.stations[id].settings().trunk == Some(Transit::Refused))
    }

    /// Whether the connection has this state.
    pub(crate) fn is(&self, key: ConnectionKey, state: ConnectionState) -> bool {
        self.calls.state(key) == state
    }
}

fn mark_changed(stations: &mut Stations, outputs: &mut VecDeque<Output>, id: StationId) {
    let station = &mut stations[id];
    if station.is_registered() && !station.changed && station.settings().cti_device.is_none() {
        station.changed = true;
        outputs.push_back(Output::StationChanged(id));
    }
}
