//! The strings by which an application knows devices.
//!
//! Applications compare device identifiers character for character, so a device is always called what the
//! application called it. Which of its strings counts depends on the message ([`Spelling`]):
//!
//! 1. In events of a call that the session made, the calling device is called as in the MakeCall.
//! 2. In events of a monitor, its device is called as in the MonitorStart.
//! 3. Any other device is called as the session named it first; a name in a MonitorStart outranks one that came by the
//!    way.
//! 4. Devices that the session never named, and parties that are no devices, are named in the style of the monitor or of
//!    the session: as `tel:` URIs if it writes such, else as bare numbers. A device that has an expanded number
//!    (`dialplan-pattern`) is named by it, unless `cti message device-id suppress-conversion` says otherwise.
//!
//! A response repeats the string of its request.

use std::collections::BTreeMap;

use hookflash_core::{CallId, DeviceId, Party, Switch, cti::MonitorId, cti::SessionId};
use hookflash_wire::csta::{self, SubjectDeviceId};
use smol_str::{SmolStr, format_smolstr};

/// Longest string that is kept for a device.
const MAX_NAME: usize = 256;

/// Bytes of long names that are kept for one session; further ones are not learned.
const MAX_NAMES: usize = 16 * 1024;

/// Bytes of a string that need no memory of their own.
const INLINE: usize = 23;

/// What one session calls the devices.
#[derive(Debug, Default)]
pub(super) struct DeviceNames {
    /// At most one for each device of the switch.
    devices: BTreeMap<DeviceId, Known>,
    /// One for each monitor of the session.
    monitors: BTreeMap<MonitorId, Named>,
    style: Option<Style>,
    /// Bytes of names that need memory of their own.
    bytes: usize,
    /// How many more there may be.
    room: usize,
}

/// A device and what a request called it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    device: DeviceId,
    name: csta::DeviceId,
}

/// What a session calls a device.
#[derive(Debug)]
struct Known {
    name: csta::DeviceId,
    /// The session monitors the device by this name, or is about it.
    firm: bool,
}

/// How an application writes numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    /// `tel:201`
    Tel,
    /// `201`
    Bare,
}

impl Style {
    fn of(name: &csta::DeviceId) -> Style {
        let tel = name.as_str().get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
        if tel { Style::Tel } else { Style::Bare }
    }
}

impl Named {
    /// `None` if the name is longer than names that are kept.
    fn new(device: DeviceId, name: &csta::DeviceId) -> Option<Named> {
        (name.as_str().len() <= MAX_NAME).then(|| Named { device, name: name.clone() })
    }
}

impl DeviceNames {
    /// The device is called this from now on, unless a monitor calls them otherwise.
    pub(super) fn learn_number(&mut self, device: DeviceId, name: &csta::DeviceId) {
        if !self.devices.get(&device).is_some_and(|known| known.firm) {
            self.learn(device, name, true);
        }
    }

    /// The device is called this unless it was called something before.
    pub(super) fn learn_first(&mut self, device: DeviceId, name: &csta::DeviceId) {
        if !self.devices.contains_key(&device) {
            self.learn(device, name, false);
        }
    }

    /// How the name is written tells the style.
    fn learn(&mut self, device: DeviceId, name: &csta::DeviceId, firm: bool) {
        self.style.get_or_insert(Style::of(name));
        if name.as_str().len() <= MAX_NAME
            && self.take_room(name)
            && let Some(before) = self.devices.insert(device, Known { name: name.clone(), firm })
        {
            self.give_back(&before.name);
        }
    }

    /// Bytes of names that need memory of their own.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// So many more bytes may be used, within what one session may have.
    pub(super) fn set_room(&mut self, room: usize) {
        self.room = room.min(MAX_NAMES.saturating_sub(self.bytes));
    }

    fn take_room(&mut self, name: &csta::DeviceId) -> bool {
        let needs = own_bytes(name);
        if needs > self.room {
            return false;
        }
        self.room -= needs;
        self.bytes += needs;
        true
    }

    fn give_back(&mut self, name: &csta::DeviceId) {
        self.bytes = self.bytes.saturating_sub(own_bytes(name));
    }

    /// A monitor was started on the device by this name.
    pub(super) fn monitor_started(&mut self, monitor: MonitorId, device: DeviceId, name: &csta::DeviceId) {
        let Some(named) = Named::new(device, name).filter(|named| self.take_room(&named.name)) else {
            return;
        };
        self.monitors.insert(monitor, named);
    }

    /// A monitor was stopped: the next one may call its device otherwise.
    pub(super) fn monitor_stopped(&mut self, monitor: MonitorId) {
        let Some(Named { device, name }) = self.monitors.remove(&monitor) else { return };
        self.give_back(&name);
        if let Some(known) = self.devices.get_mut(&device).filter(|known| known.name == name) {
            known.firm = false;
        }
    }

    /// How devices are called in a response.
    pub(super) fn in_response(&self) -> Spelling<'_> {
        Spelling { names: self, monitor: None, call: None }
    }

    /// How devices are called in an event of a monitor, about a call if `call` is given.
    pub(super) fn in_event<'a>(&'a self, monitor: MonitorId, call: Option<&'a Named>) -> Spelling<'a> {
        Spelling { names: self, monitor: self.monitors.get(&monitor), call }
    }
}

/// Bytes of memory that a name needs beside its entry.
fn own_bytes(name: &csta::DeviceId) -> usize {
    Some(name.as_str().len()).filter(|length| *length > INLINE).unwrap_or(0)
}

/// How devices are called in one message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling<'a> {
    names: &'a DeviceNames,
    /// The device of the monitor whose event it is.
    monitor: Option<&'a Named>,
    /// The device that the session made the call from.
    call: Option<&'a Named>,
}

impl Spelling<'_> {
    /// What the device is called.
    pub(super) fn name(&self, device: DeviceId, switch: &Switch) -> csta::DeviceId {
        let number =
            || switch.lines().device(device).map(|device| device.number().clone()).unwrap_or_default();
        self.learned(device)
            .cloned()
            .unwrap_or_else(|| self.number(promoted(device, switch).unwrap_or_else(number)))
    }

    /// What a party is called.
    pub(super) fn party(&self, party: &Party, switch: &Switch) -> SubjectDeviceId {
        match party.device.and_then(|device| self.learned(device)) {
            Some(name) => SubjectDeviceId::Device(name.clone()),
            None if party.number.is_empty() => SubjectDeviceId::NotKnown,
            None => {
                let promoted = party.device.and_then(|device| promoted(device, switch));
                SubjectDeviceId::Device(self.number(promoted.unwrap_or_else(|| party.number.clone())))
            }
        }
    }

    /// What a number is called that somebody could dial.
    pub(super) fn dialled(&self, number: &SmolStr, switch: &Switch) -> csta::DeviceId {
        let device = switch.lines().device_by_number(number);
        let learned = device.and_then(|device| self.learned(device));
        let promoted =
            || device.and_then(|device| promoted(device, switch)).unwrap_or_else(|| number.clone());
        learned.cloned().unwrap_or_else(|| self.number(promoted()))
    }

    fn learned(&self, device: DeviceId) -> Option<&csta::DeviceId> {
        let named = |named: &&Named| named.device == device;
        let own = self.call.filter(named).or_else(|| self.monitor.filter(named)).map(|named| &named.name);
        own.or_else(|| self.names.devices.get(&device).map(|known| &known.name))
    }

    fn number(&self, number: SmolStr) -> csta::DeviceId {
        let style = self.monitor.map(|monitor| Style::of(&monitor.name)).or(self.names.style);
        match style {
            Some(Style::Tel) => format_smolstr!("tel:{number}").into(),
            Some(Style::Bare) | None => number.into(),
        }
    }
}

/// The number of a device in full, if applications are told it.
fn promoted(device: DeviceId, switch: &Switch) -> Option<SmolStr> {
    let expands = switch.settings().cti.expands_numbers;
    switch.lines().expanded(device).filter(|_| expands).cloned()
}

/// What the calls that applications made call their calling devices, while they last.
#[derive(Debug, Default)]
pub(super) struct CallNames(BTreeMap<CallId, (SessionId, Named)>);

impl CallNames {
    /// A session made a call from the device by this name.
    pub(super) fn call_made(
        &mut self,
        session: SessionId,
        call: CallId,
        device: DeviceId,
        name: &csta::DeviceId,
    ) {
        self.0.extend(Named::new(device, name).map(|named| (call, (session, named))));
    }

    /// A call is over.
    pub(super) fn call_ended(&mut self, call: CallId) {
        self.0.remove(&call);
    }

    /// A session is over.
    pub(super) fn session_closed(&mut self, id: SessionId) {
        self.0.retain(|_, (session, _)| *session != id);
    }

    /// What the session called the device that it made the call from.
    pub(super) fn in_call(&self, session: SessionId, call: CallId) -> Option<&Named> {
        self.0.get(&call).filter(|(maker, _)| *maker == session).map(|(_, named)| named)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The device whose number this is, or the first one of the station with this name.
pub(super) fn device_by_number(name: &csta::DeviceId, switch: &Switch) -> Option<DeviceId> {
    let by_name = || {
        let station = switch.stations().by_name(name.as_str().trim())?;
        let line = switch.stations().get(station)?.lines().next()?;
        switch.lines().get(line).map(|line| line.device())
    };
    let number = name.number().filter(|number| !number.incomplete);
    number.and_then(|number| switch.lines().device_named(&number.digits)).or_else(by_name)
}
