//! Monitors: which device, for whom, without which events.

use std::fmt;

use smallvec::SmallVec;

use crate::{CallId, DeviceId, EventKind, cti::SessionId};

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

/// What a monitor watches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MonitorObject {
    /// A device, and calls while they involve it.
    Device(DeviceId),
    /// A call, wherever it goes, until it ends.
    Call(CallId),
}

/// The events that a monitor does not want.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventFilter(u128);

impl Default for EventFilter {
    fn default() -> EventFilter {
        EventFilter::NONE
    }
}

impl EventFilter {
    /// Every event is wanted but those that have to be asked for ([`EventKind::ASKED_FOR`]).
    pub const NONE: EventFilter = {
        let [a, b, c, d] = EventKind::ASKED_FOR;
        EventFilter(0).without(a).without(b).without(c).without(d)
    };

    /// The filter with `kind` let through.
    #[must_use]
    pub const fn with(self, kind: EventKind) -> EventFilter {
        EventFilter(self.0 & !(1 << kind as u32))
    }

    /// The filter with `kind` suppressed too.
    #[must_use]
    pub const fn without(self, kind: EventKind) -> EventFilter {
        EventFilter(self.0 | 1 << kind as u32)
    }

    /// The kinds that are suppressed.
    pub fn suppressed(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.into_iter().filter(move |kind| self.suppresses(*kind))
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

/// One device, or call, watched by one session.
#[derive(Clone, Debug)]
pub struct Monitor {
    pub(super) session: SessionId,
    pub(super) object: MonitorObject,
    pub(super) filter: EventFilter,
    /// Further devices, where the monitor was started for a station with several numbers.
    pub(super) also: SmallVec<[DeviceId; 1]>,
}

impl Monitor {
    /// A monitor.
    pub(super) fn new(session: SessionId, object: MonitorObject, filter: EventFilter) -> Monitor {
        Monitor { session, object, filter, also: SmallVec::new() }
    }

    /// The session that gets the events.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// What is watched.
    pub fn object(&self) -> MonitorObject {
        self.object
    }

    /// The device watched, if it is not a call.
    pub fn device(&self) -> Option<DeviceId> {
        match self.object {
            MonitorObject::Device(device) => Some(device),
            MonitorObject::Call(_) => None,
        }
    }

    /// Every device watched.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.device().into_iter().chain(self.also.iter().copied())
    }

    /// The events not wanted.
    pub fn filter(&self) -> EventFilter {
        self.filter
    }
}
