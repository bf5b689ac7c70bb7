//! Monitors: which device, for whom, without which events.

use std::fmt;

use crate::{DeviceId, EventKind, cti::SessionId};

/// Names a monitor: never 0, unique in the switch, not used again for a hundred million monitors.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct MonitorId(pub(crate) u32);

impl MonitorId {
    /// The monitor with this number, as an application quotes it; it need not exist.
    pub const fn from_number(number: u32) -> MonitorId {
        MonitorId(number)
    }

    /// The number of the monitor.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for MonitorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The events that a monitor does not want.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EventFilter(u128);

impl EventFilter {
    /// Every event is wanted.
    pub const NONE: EventFilter = EventFilter(0);

    /// The filter with `kind` suppressed too.
    #[must_use]
    pub const fn without(self, kind: EventKind) -> EventFilter {
        EventFilter(self.0 | 1 << kind as u32)
    }

    /// Whether `kind` is suppressed.
    pub const fn suppresses(self, kind: EventKind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }
}

impl FromIterator<EventKind> for EventFilter {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> EventFilter {
        kinds.into_iter().fold(EventFilter::NONE, EventFilter::without)
    }
}

/// One device watched by one session.
#[derive(Clone, Debug)]
pub struct Monitor {
    pub(super) session: SessionId,
    pub(super) device: DeviceId,
    pub(super) filter: EventFilter,
}

impl Monitor {
    /// The session that gets the events.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The device watched.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// The events not wanted.
    pub fn filter(&self) -> EventFilter {
        self.filter
    }
}
