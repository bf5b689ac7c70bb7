//! A reference model of the switch: ECMA-269 as plain sets and maps.
//!
//! The model says what must follow from what users and applications do: which calls there are, who is connected to
//! whom in which state, what every monitor is told, and what every phone shows. It shares no code with the switch and
//! is written to be obviously right rather than fast: every question is answered by looking through everything.
//!
//! | file | what it is |
//! | --- | --- |
//! | `mod.rs` | devices, phones, calls, connections; how monitors are told; what time does |
//! | `control.rs` | the services of ECMA-269: make, answer, hold, retrieve and clear, and how a call finds its way |
//! | `forward.rs` | forwarding, and where a call goes that reaches a number |
//! | `keys.rs` | what the user of a phone means with a key |
//! | `screen.rs` | what a phone shows and sounds like |
//!
//! # Words
//!
//! A [`Device`] is a directory number; a [`Station`] is a phone, which shows devices on its lines. A [`Call`] has
//! [`Connection`]s, the caller's first. Calls and connections are numbered in the order in which they begin, from 1, and
//! after a restart from another number.
//!
//! # How it is stepped
//!
//! [`Model::advance`] lets time pass; [`Model::press`] and [`Model::request`] do what somebody does; [`Model::presence`]
//! takes note of phones that come and go. [`Model::take_told`] is what the monitors of each device hear of it;
//! [`Model::shown_at`] and its like are what each phone shows.

mod control;
mod forward;
mod keys;
mod screen;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use hookflash_core::Instant;
use hookflash_wire::{
    csta::{EventCause, EventKind, ForwardingType, LocalConnectionState as State},
    sccp::Text,
};

pub use control::{CallOfDevice, Reply, Service};
pub use forward::{Diversion, Forwards};
pub use keys::Press;
pub use screen::{Look, Parties, REFUSAL_TONE, Shown, keys};

/// A directory number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// The number.
    pub number: String,
    /// What phones show beside it.
    pub name: String,
    /// How many calls it can be in at once.
    pub channels: usize,
    /// Whether applications may watch and control it.
    pub open: bool,
    /// Where its calls go instead.
    pub forwards: Forwards,
    /// Where they go when the switch starts.
    pub configured: Forwards,
}

/// A phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Station {
    /// The devices on its lines, as indices; line 1 first.
    pub lines: Vec<usize>,
    /// Whether it is there.
    pub presence: Presence,
    /// Whether an application can make it go off-hook.
    pub loudspeaker: bool,
    /// The number dialled last.
    pub dialled: String,
    /// The numbers on its speed-dial buttons.
    pub speed_dials: Vec<String>,
    /// Until when its user hears that a key was refused, and reads why.
    pub refused: Option<(Instant, Text)>,
}

/// Whether a phone is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It is not registered.
    Gone,
    /// It is registered.
    There,
    /// Its connection broke while it was in a call: its calls wait for it until then.
    Lost(Due),
}

/// How long things may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Wait for the next digit.
    pub interdigit: Duration,
    /// Ring without answer.
    pub ringing: Duration,
    /// Play a failure tone.
    pub tone: Duration,
    /// Wait for the user to go off-hook for a prompted call.
    pub prompt: Duration,
    /// Keep the calls of a phone whose connection broke.
    pub lost: Duration,
    /// How often a call may be diverted.
    pub max_redirects: usize,
}

/// A call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// The device that placed it, as index.
    pub calling: usize,
    /// The number that was called; empty until it is complete.
    pub called: String,
    /// The number that it has reached: the one that was called, until it is diverted.
    pub reached: String,
    /// Who diverted it on its way.
    pub way: Vec<Diversion>,
    /// The digits dialled so far.
    pub digits: String,
    /// How far the dialling has come.
    pub dialling: Dialling,
    /// Why it did not get through, if it did not.
    pub failed: Option<EventCause>,
    /// Who is in it, the caller first.
    pub connections: Vec<Connection>,
}

/// How far the dialling has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Dialling {
    /// The user is asked to go off-hook; then this number is dialled.
    Prompted(String),
    /// Digits are expected.
    Open,
    /// The digits of a number to forward to are expected.
    Forward,
    /// The number is complete.
    Complete,
}

/// One device in one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// The device, as index.
    pub device: usize,
    /// Its number among all connections: what phones call the call.
    pub reference: u32,
    /// Its state.
    pub state: State,
    /// The phone it is at, as index; `None` while it rings at the phones of the device.
    pub station: Option<usize>,
    /// Where the call goes if nobody answers here in time.
    pub forward_to: Option<String>,
    /// The phones whose users do not want it while it rings at others, as indices.
    pub declined: Vec<usize>,
    /// What ends its state by itself, and when.
    pub timer: Option<(Due, Ends)>,
}

/// When something happens by itself, and which one of those that happen then.
pub type Due = (Instant, u32);

/// What ends a state by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ends {
    /// No further digit was dialled.
    Dialling,
    /// Nobody answered.
    Ringing,
    /// Nobody answered at a device that forwards such calls.
    Forward,
    /// The failure tone was heard long enough.
    Tone,
    /// The user did not go off-hook.
    Prompt,
}

/// What every monitor of a device is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// The monitored device, as index.
    pub device: usize,
    /// What happened.
    pub kind: EventKind,
    /// To which call; 0 for events of the device itself.
    pub call: u32,
    /// To which device, as index.
    pub subject: usize,
    /// The state of the monitored device's own connection.
    pub local: State,
    /// Why.
    pub cause: EventCause,
    /// Who called, as index.
    pub calling: usize,
    /// Who was called; empty if that is not known.
    pub called: String,
    /// Who diverted the call last, before this event; empty if nobody did.
    pub redirected: String,
    /// The number that a diverted call goes to, or to which the device forwards from now on; else empty.
    pub onto: String,
}

/// Names a connection: the call's number and the device's index.
pub type Place = (u32, usize);

/// The reference model; see the [module page](self).
#[derive(Clone, Debug)]
pub struct Model {
    /// The time.
    pub now: Instant,
    /// How long things may take.
    pub limits: Limits,
    /// The devices.
    pub devices: Vec<Device>,
    /// The phones.
    pub stations: Vec<Station>,
    /// The calls, by number.
    pub calls: BTreeMap<u32, Call>,
    last_call: u32,
    last_reference: u32,
    last_timer: u32,
    told: Vec<Told>,
}

impl Model {
    /// A switch with these devices and phones, of which none is there.
    pub fn new(limits: Limits, devices: Vec<Device>, stations: Vec<Station>) -> Model {
        Model {
            now: Instant::ZERO,
            limits,
            devices,
            stations,
            calls: BTreeMap::new(),
            last_call: 0,
            last_reference: 0,
            last_timer: 0,
            told: Vec::new(),
        }
    }

    /// The same switch after its restart. Calls and connections are numbered from `first`.
    #[must_use]
    pub fn restarted(&self, first: u32) -> Model {
        let mut stations = self.stations.clone();
        for station in &mut stations {
            (station.presence, station.dialled) = (Presence::Gone, String::new());
            station.refused = None;
        }
        let mut devices = self.devices.clone();
        devices.iter_mut().for_each(|device| device.forwards = device.configured.clone());
        let fresh = Model::new(self.limits, devices, stations);
        let before = first.saturating_sub(1);
        Model { now: self.now, last_call: before, last_reference: before, ..fresh }
    }

    /// What the monitors were told since the last time, in order.
    pub fn take_told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// When something happens by itself next.
    pub fn next(&self) -> Option<Instant> {
        self.next_due().map(|(at, _)| at)
    }

    fn next_due(&self) -> Option<Due> {
        let connections = self.calls.values().flat_map(|call| &call.connections);
        let timers = connections.filter_map(|connection| connection.timer.map(|(due, _)| due));
        let lost = self.stations.iter().filter_map(|station| match station.presence {
            Presence::Lost(until) => Some(until),
            _ => None,
        });
        timers.chain(lost).min()
    }

    /// Lets time pass until `now`.
    pub fn advance(&mut self, now: Instant) {
        while let Some(due) = self.next_due().filter(|(at, _)| *at <= now) {
            self.now = due.0;
            let lost = self.stations.iter().position(|station| station.presence == Presence::Lost(due));
            match (self.place_that_ends(due), lost) {
                (Some((place, ends)), _) => self.end_by_itself(place, ends),
                (None, Some(station)) => self.gone(station),
                (None, None) => break,
            }
        }
        self.now = now;
    }

    fn place_that_ends(&self, due: Due) -> Option<(Place, Ends)> {
        self.all_places().find_map(|place| {
            let (at, ends) = self.at(place)?.timer?;
            (at == due).then_some((place, ends))
        })
    }

    /// A phone registered, said goodbye (`Gone`), or its connection broke (`Lost`, whatever the time in it).
    pub fn presence(&mut self, station: usize, presence: Presence) {
        match presence {
            Presence::There => {
                let back = self.devices_only_at(station);
                self.set_presence(station, Presence::There);
                self.set_refused(station, None);
                for device in back {
                    self.tell_service(device, EventKind::BackInService);
                }
            }
            Presence::Lost(_) if self.places_at(station).next().is_some() => {
                let until = self.due_after(self.limits.lost);
                self.set_presence(station, Presence::Lost(until));
                self.stop_ringing_at_nobody(station);
            }
            Presence::Gone | Presence::Lost(_) => self.gone(station),
        }
    }

    /// Its calls end, what rings nowhere else fails, and its devices go out of service.
    fn gone(&mut self, station: usize) {
        self.set_presence(station, Presence::Gone);
        for place in self.places_at(station).collect::<Vec<_>>() {
            self.clear(place, EventCause::DestOutOfOrder);
        }
        self.stop_ringing_at_nobody(station);
        for device in self.devices_only_at(station) {
            self.tell_service(device, EventKind::OutOfService);
        }
    }

    fn stop_ringing_at_nobody(&mut self, station: usize) {
        for place in self.places_shown_at(station) {
            if self.state(place) != State::Alerting {
                continue;
            }
            if self.phones_of(place.1).next().is_none() {
                if !self.divert_ringing(place, &[ForwardingType::Busy, ForwardingType::NoAnswer]) {
                    self.fail_where_it_rings(place, EventCause::DestOutOfOrder);
                }
            } else if !self.rings_at_another(place, None) {
                self.hang_up(place);
            }
        }
    }

    /// Whether a call rings at a phone that is there, other than `station`.
    fn rings_at_another(&self, place: Place, station: Option<usize>) -> bool {
        (0..self.stations.len()).any(|other| {
            Some(other) != station
                && self.is_there(other)
                && self.lines(other).contains(&place.1)
                && self.is_offered(other, place)
        })
    }

    fn set_presence(&mut self, station: usize, presence: Presence) {
        if let Some(station) = self.stations.get_mut(station) {
            station.presence = presence;
        }
    }

    /// The devices of a phone that no phone that is there, or may come back, shows.
    fn devices_only_at(&self, station: usize) -> Vec<usize> {
        let mut devices = self.lines(station).to_vec();
        devices.sort_unstable();
        devices.dedup();
        devices.retain(|device| !self.in_service(*device));
        devices
    }

    fn in_service(&self, device: usize) -> bool {
        let shows = |station: &Station| station.lines.contains(&device) && station.presence != Presence::Gone;
        self.stations.iter().any(shows)
    }

    /// Whether the phone is registered.
    pub fn is_there(&self, station: usize) -> bool {
        self.stations.get(station).is_some_and(|station| station.presence == Presence::There)
    }

    /// The phone that acts for a device: the first that is there and may be in one more call on it.
    fn phone_of(&self, device: usize) -> Option<usize> {
        self.phones_of(device).find(|phone| self.is_free_for(*phone, (0, device)))
    }

    /// The phones of a device that are there.
    fn phones_of(&self, device: usize) -> impl Iterator<Item = usize> {
        (0..self.stations.len()).filter(move |id| self.is_there(*id) && self.lines(*id).contains(&device))
    }

    /// Whether no other phone is in another call on the device, if it is one of two channels: those belong together.
    fn is_free_for(&self, station: usize, place: Place) -> bool {
        let elsewhere =
            |other: Place| self.at(other).and_then(|own| own.station).is_some_and(|at| at != station);
        let two = self.devices.get(place.1).is_some_and(|device| device.channels == 2);
        !two || self.places_of(place.1).into_iter().all(|other| other.0 == place.0 || !elsewhere(other))
    }

    /// Whether a call rings at a phone of its device, if that is there.
    fn is_offered(&self, station: usize, place: Place) -> bool {
        self.at(place).is_some_and(|own| own.rings_at(station)) && self.is_free_for(station, place)
    }

    /// A phone has taken a device: what rings there for a phone that declined it rings nowhere any more.
    fn stop_ringing_unheard(&mut self, device: usize) {
        for place in self.places_of(device) {
            if self.state(place) == State::Alerting && !self.rings_at_another(place, None) {
                self.hang_up(place);
            }
        }
    }

    fn lines(&self, station: usize) -> &[usize] {
        self.stations.get(station).map(|station| station.lines.as_slice()).unwrap_or_default()
    }

    /// The device on a line of a phone, from 1.
    fn device_on(&self, station: usize, line: u32) -> Option<usize> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        self.lines(station).get(index).copied()
    }

    /// The device with this number.
    pub fn device(&self, number: &str) -> Option<usize> {
        self.devices.iter().position(|device| device.number == number)
    }

    /// A connection.
    pub fn at(&self, (call, device): Place) -> Option<&Connection> {
        self.calls.get(&call)?.connections.iter().find(|connection| connection.device == device)
    }

    fn at_mut(&mut self, (call, device): Place) -> Option<&mut Connection> {
        self.calls.get_mut(&call)?.connections.iter_mut().find(|connection| connection.device == device)
    }

    fn state(&self, place: Place) -> State {
        self.at(place).map_or(State::Null, |connection| connection.state)
    }

    /// Every connection, oldest call first.
    pub fn all_places(&self) -> impl Iterator<Item = Place> + '_ {
        self.calls.iter().flat_map(|(id, call)| call.connections.iter().map(|c| (*id, c.device)))
    }

    /// The connections of the devices of a phone: line by line, in the order in which they began.
    pub fn places_shown_at(&self, station: usize) -> Vec<Place> {
        let mut shown = Vec::new();
        self.lines(station).iter().for_each(|device| shown.append(&mut self.places_of(*device)));
        shown
    }

    /// The connections of a device, in the order in which they began.
    fn places_of(&self, device: usize) -> Vec<Place> {
        let mut places: Vec<Place> = self.all_places().filter(|place| place.1 == device).collect();
        places.sort_by_key(|place| self.at(*place).map(|connection| connection.reference));
        places
    }

    /// The connections that are at a phone.
    pub fn places_at(&self, station: usize) -> impl Iterator<Item = Place> {
        let mut places = self.places_shown_at(station);
        places.retain(|place| self.at(*place).is_some_and(|connection| connection.station == Some(station)));
        places.into_iter()
    }

    /// How many calls a device is in.
    fn calls_of(&self, device: usize) -> usize {
        self.all_places().filter(|place| place.1 == device).count()
    }

    fn has_room(&self, device: usize) -> bool {
        self.devices.get(device).is_some_and(|found| self.calls_of(device) < found.channels)
    }

    /// Tells the monitors of every device in the call, but not those of `except`.
    fn tell(&mut self, (call, subject): Place, kind: EventKind, cause: EventCause, except: Option<usize>) {
        let Some(found) = self.calls.get(&call) else { return };
        let told = found.connections.iter().filter(|own| Some(own.device) != except);
        let told: Vec<(usize, State)> = told.map(|own| (own.device, own.state)).collect();
        told.into_iter().for_each(|(device, local)| {
            self.tell_one((call, subject), kind, cause.clone(), device, local);
        });
    }

    /// Tells the monitors of one device, whose connection is in this state.
    fn tell_one(
        &mut self,
        (call, subject): Place,
        kind: EventKind,
        cause: EventCause,
        device: usize,
        local: State,
    ) {
        let Some(found) = self.calls.get(&call) else { return };
        let diverted = kind == EventKind::Diverted;
        let last = found.way.len().checked_sub(if diverted { 2 } else { 1 });
        let last = last.and_then(|last| self.devices.get(found.way.get(last)?.device));
        self.told.push(Told {
            call,
            subject,
            local,
            cause,
            calling: found.calling,
            called: found.called.clone(),
            redirected: last.map(|device| device.number.clone()).unwrap_or_default(),
            onto: if diverted { found.reached.clone() } else { String::new() },
            ..Told::of(device, kind)
        });
    }

    fn tell_service(&mut self, device: usize, kind: EventKind) {
        self.told.push(Told::of(device, kind));
    }

    fn start_timer(&mut self, place: Place, span: Duration, ends: Ends) {
        let timer = Some((self.due_after(span), ends));
        self.at_mut(place).into_iter().for_each(|connection| connection.timer = timer);
    }

    fn due_after(&mut self, span: Duration) -> Due {
        self.last_timer += 1;
        (self.now + span, self.last_timer)
    }

    fn stop_timer(&mut self, place: Place) {
        self.at_mut(place).into_iter().for_each(|connection| connection.timer = None);
    }
}

impl Told {
    /// Something that happened to the device, not to a call.
    fn of(device: usize, kind: EventKind) -> Told {
        Told {
            device,
            kind,
            call: 0,
            subject: device,
            local: State::Null,
            cause: EventCause::Normal,
            calling: device,
            called: String::new(),
            redirected: String::new(),
            onto: String::new(),
        }
    }
}

impl Connection {
    /// Whether it rings at a phone of the device, if that is there.
    pub fn rings_at(&self, station: usize) -> bool {
        self.state == State::Alerting && !self.declined.contains(&station)
    }
}

impl Call {
    /// Whether the call was answered.
    pub fn is_answered(&self) -> bool {
        let in_it = |connection: &Connection| matches!(connection.state, State::Connected | State::Hold);
        self.connections.len() > 1 && self.connections.iter().all(in_it)
    }

    /// Whether the caller is being asked to go off-hook.
    pub fn is_prompted(&self) -> bool {
        matches!(self.dialling, Dialling::Prompted(_))
    }

    /// Whether media flows: everybody in the call is connected.
    pub fn is_talking(&self) -> bool {
        self.connections.len() > 1 && self.connections.iter().all(|c| c.state == State::Connected)
    }
}
