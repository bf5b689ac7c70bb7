//! What a watcher of one device has been told, and whether that is a legal sequence.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::connections;
use crate::{
    CallEvent, CallEventKind, CallId, Calls, Connection, ConnectionState, DeviceId, Event, Line, MergeEvent,
    StationId, Switch,
};

/// What a watcher of one device has been told so far.
#[derive(Default)]
pub(super) struct Told {
    /// The calls that the device is in.
    pub(super) calls: BTreeMap<CallId, Heard>,
    pub(super) out_of_service: bool,
    /// Whether some numbers answer without ringing: the switch acts for them (paging, meet-me).
    pub(super) some_answer_at_once: bool,
}

/// What the watcher has heard of one call.
#[derive(Default, Debug)]
pub(super) struct Heard {
    /// The state of the device's own connection by the last event.
    local: Option<ConnectionState>,
    /// How many connections of each device it knows of.
    open: BTreeMap<DeviceId, usize>,
    /// The device was called, so that it does not know who was in the call before.
    came_later: bool,
    /// How many connections of each device have ended of which it did not know.
    ended: BTreeMap<DeviceId, usize>,
}

impl Told {
    pub(super) fn hear(
        &mut self,
        device: DeviceId,
        event: &Event,
        local: ConnectionState,
    ) -> Result<(), &'static str> {
        match event {
            Event::Call(event) => self.hear_call(device, event, local),
            Event::BackInService(_) if !self.out_of_service => Err("in service already"),
            Event::OutOfService(_) if self.out_of_service => Err("out of service already"),
            Event::BackInService(_) | Event::OutOfService(_) => {
                self.out_of_service = !self.out_of_service;
                Ok(())
            }
            Event::Forwarding(event) if event.device != device => Err("forwarding of another device"),
            Event::DoNotDisturb { device: about, .. } if *about != device => Err("do not disturb of another"),
            Event::MessageWaiting(about, _) if *about != device => Err("a message for another device"),
            Event::CallCleared(_) => Err("the end of a call that is not watched"),
            Event::Forwarding(_)
            | Event::DigitsGenerated(_)
            | Event::TonesGenerated(_)
            | Event::Sound(_)
            | Event::CallInformation(_)
            | Event::AutoAnswer(..)
            | Event::CallBack { .. }
            | Event::MicrophoneMute(..)
            | Event::ButtonPress { .. }
            | Event::Hookswitch { .. }
            | Event::LampMode { .. }
            | Event::DisplayUpdated { .. }
            | Event::DoNotDisturb { .. }
            | Event::MessageWaiting(..) => Ok(()),
            Event::TakenAway(_) | Event::Media(_) => Err("an event of a device that applications open"),
            Event::Merge(event) => self.hear_merge(device, event, local),
        }
    }

    fn hear_call(
        &mut self,
        device: DeviceId,
        event: &CallEvent,
        local: ConnectionState,
    ) -> Result<(), &'static str> {
        use CallEventKind::*;
        let (call, subject) = (event.connection.call, event.connection.device);
        let own = subject == device;
        match event.kind {
            ServiceInitiated if !own || self.calls.contains_key(&call) => {
                return Err("begun before, or by another");
            }
            DigitsDialed if local != ConnectionState::Initiated => {
                return Err("dialled by a device that does not dial");
            }
            ServiceInitiated => drop(self.calls.insert(call, Heard::default())),
            Delivered | Queued if own && !self.calls.contains_key(&call) => {
                self.calls.insert(call, Heard { came_later: true, ..Heard::default() });
            }
            Established if own && self.some_answer_at_once && !self.calls.contains_key(&call) => {
                self.calls.insert(call, Heard { came_later: true, ..Heard::default() });
            }
            // The call may leave a device at which it never rang.
            Diverted if own && !self.calls.contains_key(&call) => {
                return if local == ConnectionState::Null {
                    Ok(())
                } else {
                    Err("in a call of which it has left")
                };
            }
            _ => {}
        }
        let heard = self.calls.get_mut(&call).ok_or("the device is not in the call")?;
        match event.kind {
            ServiceInitiated | Delivered | Queued => *heard.open.entry(subject).or_default() += 1,
            Established if self.some_answer_at_once => heard.begin_or_learn(subject),
            Established | Held | Retrieved | Originated | DigitsDialed => heard.learn(subject)?,
            ConnectionCleared => heard.end(subject)?,
            // Who hears a tone is alone in the call, and leaves it later.
            Failed if own => {}
            NetworkReached => {}
            Offered => return Err("offered at a phone"),
            Diverted | Failed => drop(heard.end_if_known(subject)),
        }
        heard.local = Some(local);
        if local == ConnectionState::Null {
            self.calls.remove(&call);
            if !own {
                return Err("only the end of its own connection takes a device out of a call");
            }
        }
        Ok(())
    }

    fn hear_merge(
        &mut self,
        device: DeviceId,
        event: &MergeEvent,
        local: ConnectionState,
    ) -> Result<(), &'static str> {
        let old = [Some(event.primary_old), event.secondary_old];
        let known: Vec<Heard> = old.iter().flatten().filter_map(|old| self.calls.remove(&old.call)).collect();
        if known.is_empty() {
            return Err("calls of others were joined");
        }
        // A device may transfer the call to a number that is also its own: then it leaves, and may be called.
        let mut stay = event.connections.iter().filter(|connection| connection.old.is_some());
        let stays = stay.any(|connection| connection.new.device == device);
        match (stays, local) {
            (false, ConnectionState::Null) if event.by.device == Some(device) => return Ok(()),
            (false, _) => return Err("the device is not among the connections"),
            (true, ConnectionState::Null) => return Err("the device is among the connections and has left"),
            (true, _) => {}
        }
        let mut heard = Heard { local: Some(local), ..Heard::default() };
        // One that is new begins with its own event.
        for connection in event.connections.iter().filter(|connection| connection.old.is_some()) {
            *heard.open.entry(connection.new.device).or_default() += 1;
        }
        self.calls.insert(event.call, heard);
        Ok(())
    }

    pub(super) fn agrees_with(&self, switch: &Switch, device: DeviceId) -> Result<(), String> {
        let own: Vec<&Connection> =
            connections(switch).filter(|own| !own.hidden && own.device() == device).collect();
        let calls: BTreeSet<CallId> = own.iter().map(|own| own.call()).collect();
        let present = |station: &StationId| switch.stations()[*station].is_present();
        let in_service = |line: &Line| {
            let settings = line.settings();
            settings.acts_by_switch()
                || settings.park_slot.is_some()
                || settings.hunt_group.is_some()
                || line.stations().iter().any(present)
        };
        if self.out_of_service == switch.lines().of_device(device).any(|(_, line)| in_service(line)) {
            return Err(format!("{device:?} is out of service: {}", self.out_of_service));
        }
        if !calls.iter().eq(self.calls.keys()) {
            return Err(format!("told of {:?}, but {device:?} is in {calls:?}", self.calls));
        }
        for (call, heard) in &self.calls {
            let mut states = own.iter().filter(|own| own.call() == *call).map(|own| own.state());
            if !states.any(|state| heard.local == Some(state)) {
                return Err(format!("told {heard:?}, but {device:?} is {own:?}"));
            }
            heard.agrees_with(switch.calls(), *call)?;
        }
        Ok(())
    }
}

impl Heard {
    /// A connection that is there, or that begins.
    fn begin_or_learn(&mut self, device: DeviceId) {
        let count = self.open.entry(device).or_default();
        *count = (*count).max(1);
    }

    /// A connection that is there.
    fn learn(&mut self, device: DeviceId) -> Result<(), &'static str> {
        if self.open.get(&device).is_none_or(|count| *count == 0) {
            if !self.came_later {
                return Err("never begun");
            }
            self.open.insert(device, 1);
        }
        Ok(())
    }

    fn end(&mut self, device: DeviceId) -> Result<(), &'static str> {
        if self.end_if_known(device) {
            return Ok(());
        }
        // A device can be in a call twice: by two of its lines.
        let ended = self.ended.entry(device).or_default();
        *ended += 1;
        match self.came_later && *ended <= 2 {
            true => Ok(()),
            false => Err("a connection that never began, or has ended, ends"),
        }
    }

    fn end_if_known(&mut self, device: DeviceId) -> bool {
        let count = self.open.get_mut(&device).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    }

    fn agrees_with(&self, calls: &Calls, call: CallId) -> Result<(), String> {
        let mut there: BTreeMap<DeviceId, usize> = BTreeMap::new();
        let seen = calls.connections(call).filter(|own| !own.is_page());
        seen.for_each(|connection| *there.entry(connection.device()).or_default() += 1);
        for (device, count) in &self.open {
            if there.remove(device).unwrap_or_default() < *count {
                return Err(format!("{device:?} has left {call}, which nobody was told: {self:?}"));
            }
        }
        match there.is_empty() || self.came_later {
            true => Ok(()),
            false => Err(format!("{there:?} came to {call}, which nobody was told: {self:?}")),
        }
    }
}
