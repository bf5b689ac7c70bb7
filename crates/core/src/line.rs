//! Lines: directory numbers with channels, the devices that have connections.

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{CallId, Forwarding, LineSettings, StationId, cti::MonitorId};

/// A device in the sense of ECMA-269: something that can have connections and be monitored.
///
/// Every device is a [`Line`] today; the number is its index in the switch.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub(crate) u32);

impl DeviceId {
    /// Position of the device in the order of the settings, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A directory number (`ephone-dn`), its channels and who shows it.
#[derive(Clone, Debug)]
pub struct Line {
    pub(crate) settings: LineSettings,
    pub(crate) stations: SmallVec<[StationId; 2]>,
    pub(crate) calls: SmallVec<[CallId; 2]>,
    pub(crate) monitors: SmallVec<[MonitorId; 2]>,
    pub(crate) forwarding: Forwarding,
}

impl Line {
    pub(crate) fn new(settings: LineSettings) -> Line {
        let forwarding = settings.forwarding.clone();
        Line {
            settings,
            stations: SmallVec::new(),
            calls: SmallVec::new(),
            monitors: SmallVec::new(),
            forwarding,
        }
    }

    /// What was configured.
    pub fn settings(&self) -> &LineSettings {
        &self.settings
    }

    /// The primary directory number.
    pub fn number(&self) -> &SmolStr {
        &self.settings.number
    }

    /// The stations that have the line on a button, in the order of the settings.
    pub fn stations(&self) -> &[StationId] {
        &self.stations
    }

    /// The calls in which the line has a connection, oldest first.
    pub fn calls(&self) -> &[CallId] {
        &self.calls
    }

    /// How its calls are forwarded now: as configured, until a phone or an application changes it.
    pub fn forwarding(&self) -> &Forwarding {
        &self.forwarding
    }

    /// How many monitors watch the line.
    pub fn monitor_count(&self) -> usize {
        self.monitors.len()
    }

    pub(crate) fn has_free_channel(&self) -> bool {
        self.calls.len() < self.settings.channels.count()
    }
}
