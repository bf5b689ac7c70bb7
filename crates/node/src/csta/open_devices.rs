//! How many devices applications have open: those of one user over all his sessions, and those of all of them.
//!
//! A device is open while a session monitors it, has it open as a CTI port or route point, or has registered for the routes of
//! its calls; however often, it counts once. Above a limit an alarm is raised, once until the number has fallen to the limit
//! again; applications go on in any case.

use std::collections::BTreeMap;

use hookflash_core::{
    AlreadyOpen, CtiDeviceKind, DeviceId, Event, Opened, Refusal, RegistrationId, Station, StationId, Switch,
    cti::{MonitorId, SessionId},
};
use smol_str::SmolStr;

use crate::alarms::{Alarm, Name};

/// How many devices there may be without an alarm.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeviceLimits {
    /// Of one user or application.
    pub per_provider: usize,
    /// Of all of them.
    pub per_node: usize,
}

impl Default for DeviceLimits {
    fn default() -> DeviceLimits {
        DeviceLimits { per_provider: 2000, per_node: 800 }
    }
}

/// By what a session has devices open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum By {
    /// It monitors one.
    Monitor(MonitorId),
    /// It has opened a CTI port or route point.
    Station(StationId),
    /// It has registered for routes.
    Routes(RegistrationId),
}

/// Devices, with how often each is open.
type Counted = BTreeMap<DeviceId, usize>;

/// The devices that are open.
#[derive(Debug, Default)]
pub(super) struct OpenDevices {
    limits: DeviceLimits,
    sessions: BTreeMap<SessionId, Owner>,
    providers: BTreeMap<SmolStr, Counted>,
    node: Counted,
}

/// What one session has open.
#[derive(Debug)]
struct Owner {
    provider: SmolStr,
    open: BTreeMap<By, Vec<DeviceId>>,
}

impl OpenDevices {
    /// Other limits hold for what is opened from now on.
    pub(super) fn set_limits(&mut self, limits: DeviceLimits) {
        self.limits = limits;
    }

    /// A session has opened devices: the alarms that this raises.
    pub(super) fn opened(
        &mut self,
        session: SessionId,
        provider: &SmolStr,
        (by, devices): (By, Vec<DeviceId>),
    ) -> Vec<Alarm> {
        let owner = self
            .sessions
            .entry(session)
            .or_insert_with(|| Owner { provider: provider.clone(), open: BTreeMap::new() });
        if owner.open.contains_key(&by) {
            return Vec::new();
        }
        let alarms = devices.iter().flat_map(|device| self.count(provider, *device)).collect();
        self.sessions.entry(session).and_modify(|owner| drop(owner.open.insert(by, devices)));
        alarms
    }

    /// One more device is open.
    fn count(&mut self, provider: &SmolStr, device: DeviceId) -> Vec<Alarm> {
        let of_provider = self.providers.entry(provider.clone()).or_default();
        let exceeds =
            |counted: &mut Counted, limit: usize| add(counted, device) && counted.len() == limit + 1;
        let mut alarms = Vec::new();
        if exceeds(of_provider, self.limits.per_provider) {
            alarms.push(Alarm::new(Name::MaxDevicesPerProviderExceeded));
        }
        if exceeds(&mut self.node, self.limits.per_node) {
            alarms.push(Alarm::new(Name::MaxDevicesPerNodeExceeded));
        }
        alarms
    }

    /// A session does not have this open any more: true if it had.
    pub(super) fn closed(&mut self, session: SessionId, by: By) -> bool {
        let Some(owner) = self.sessions.get_mut(&session) else { return false };
        let Some(devices) = owner.open.remove(&by) else { return false };
        let provider = owner.provider.clone();
        if owner.open.is_empty() {
            self.sessions.remove(&session);
        }
        devices.into_iter().for_each(|device| self.release(&provider, device));
        true
    }

    /// A session is over: how much it had open.
    pub(super) fn session_closed(&mut self, session: SessionId) -> usize {
        let Some(owner) = self.sessions.remove(&session) else { return 0 };
        let open = owner.open.len();
        let devices = owner.open.into_values().flatten();
        devices.for_each(|device| self.release(&owner.provider, device));
        open
    }

    fn release(&mut self, provider: &SmolStr, device: DeviceId) {
        if let Some(counted) = self.providers.get_mut(provider) {
            remove(counted, device);
            if counted.is_empty() {
                self.providers.remove(provider);
            }
        }
        remove(&mut self.node, device);
    }

    /// Whether a session has the device open.
    pub(super) fn has(&self, session: SessionId, device: DeviceId) -> bool {
        let mut devices = self.sessions.get(&session).into_iter().flat_map(|owner| owner.open.values());
        devices.any(|devices| devices.contains(&device))
    }

    /// How many devices a session has open.
    pub(super) fn of_session(&self, session: SessionId) -> usize {
        let devices = self.sessions.get(&session).into_iter().flat_map(|owner| owner.open.values().flatten());
        devices.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// How many devices are open.
    pub(super) fn of_node(&self) -> usize {
        self.node.len()
    }
}

/// Counts a device; true if it was not there.
fn add(counted: &mut Counted, device: DeviceId) -> bool {
    let count = counted.entry(device).or_default();
    *count += 1;
    *count == 1
}

fn remove(counted: &mut Counted, device: DeviceId) {
    if let Some(count) = counted.get_mut(&device) {
        *count -= 1;
        if *count == 0 {
            counted.remove(&device);
        }
    }
}

impl From<Opened> for By {
    fn from(opened: Opened) -> By {
        match opened {
            Opened::Station(station) => By::Station(station),
            Opened::Routes(id, _) => By::Routes(id),
        }
    }
}

/// What a session has opened, and the devices that count for it: of several numbers of a device the first.
pub(super) fn of(session: SessionId, opened: Opened, switch: &Switch) -> (By, Vec<DeviceId>) {
    let first = |station: &Station| station.lines().next().map(|line| switch.lines()[line].device());
    let devices = match opened {
        Opened::Station(station) => switch.stations().get(station).and_then(first).into_iter().collect(),
        Opened::Routes(_, Some(device)) => vec![device],
        Opened::Routes(_, None) => {
            let stations = switch.stations().iter().map(|(_, station)| station);
            let points =
                stations.filter(|station| station.settings().cti_device == Some(CtiDeviceKind::RoutePoint));
            points.filter_map(first).filter(|device| switch.may_use(session, *device).is_ok()).collect()
        }
    };
    (opened.into(), devices)
}

/// The alarms about an event, if there are some: a device that an application has open comes or goes, and its line.
pub(super) fn alarms_of(event: &Event, switch: &Switch) -> Vec<Alarm> {
    let (names, device) = match event {
        Event::OutOfService(device, ..) => {
            ([Name::CtiDeviceOutofService, Name::CtiLineOutOfService], *device)
        }
        Event::BackInService(device, ..) => ([Name::CtiDeviceInService, Name::CtiLineInService], *device),
        _ => return Vec::new(),
    };
    let number = switch.lines().device(device).map(|device| device.number().clone()).unwrap_or_default();
    let [of_device, of_line] = names.map(Alarm::new);
    vec![of_device.with("DeviceName", &number), of_line.with("DirectoryNumber", number)]
}

/// The number that Unified CM gives to the reason why a device cannot be opened.
pub(super) fn reason_code(refusal: Refusal) -> u8 {
    match refusal {
        Refusal::AlreadyOpen(AlreadyOpen::Static) => 7,
        Refusal::AlreadyOpen(AlreadyOpen::Dynamic) => 8,
        Refusal::AlreadyOpen(AlreadyOpen::OtherCodecs) => 10,
        Refusal::AlreadyOpen(AlreadyOpen::None) => 11,
        Refusal::RequestIncompatibleWithSubject => 12,
        Refusal::InvalidParameter => 16,
        Refusal::DeviceOutOfService => 2,
        _ => 17,
    }
}
