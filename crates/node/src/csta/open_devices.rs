//! How many devices applications have open: those of one user over all his sessions, and those of all of them.
//!
//! A device is open while a session monitors it. Above a limit an alarm is raised, once until the number has fallen to the limit
//! again; applications go on in any case.

use std::collections::BTreeMap;

use hookflash_core::{
    DeviceId,
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
    monitors: BTreeMap<MonitorId, DeviceId>,
}

impl OpenDevices {
    /// Other limits hold for what is opened from now on.
    pub(super) fn set_limits(&mut self, limits: DeviceLimits) {
        self.limits = limits;
    }

    /// A session monitors a device: the alarms that this raises.
    pub(super) fn opened(
        &mut self,
        session: SessionId,
        provider: &SmolStr,
        (monitor, device): (MonitorId, DeviceId),
    ) -> Vec<Alarm> {
        let owner = self
            .sessions
            .entry(session)
            .or_insert_with(|| Owner { provider: provider.clone(), monitors: BTreeMap::new() });
        if owner.monitors.insert(monitor, device).is_some() {
            return Vec::new();
        }
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

    /// A session does not monitor a device any more.
    pub(super) fn closed(&mut self, session: SessionId, monitor: MonitorId) -> Option<DeviceId> {
        let owner = self.sessions.get_mut(&session)?;
        let device = owner.monitors.remove(&monitor)?;
        let provider = owner.provider.clone();
        if owner.monitors.is_empty() {
            self.sessions.remove(&session);
        }
        self.release(&provider, device);
        Some(device)
    }

    /// A session is over: the devices that it had open.
    pub(super) fn session_closed(&mut self, session: SessionId) -> Vec<DeviceId> {
        let Some(owner) = self.sessions.remove(&session) else { return Vec::new() };
        let devices: Vec<DeviceId> = owner.monitors.into_values().collect();
        devices.iter().for_each(|device| self.release(&owner.provider, *device));
        devices
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
