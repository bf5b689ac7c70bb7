//! Monitors: which device, for whom, without which events.

use std::fmt;

use smallvec::SmallVec;

use crate::{DeviceId, EventKind, Refusal, Request, Switch, cti::SessionId, identifier_after, input::Answer};

/// Names a monitor: never 0, unique in the switch, not used again for two billion monitors.
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
pub struct EventFilter(u32);

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

/// One device watched by one session: a line, and with it the others that have its number, since applications know
/// devices by their numbers.
#[derive(Clone, Debug)]
pub struct Monitor {
    pub(crate) session: SessionId,
    pub(crate) device: DeviceId,
    pub(crate) filter: EventFilter,
}

impl Monitor {
    /// The session that is told.
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

impl Switch {
    /// Monitor Start, Change Monitor Filter and Monitor Stop.
    pub(crate) fn monitor_request(
        &mut self,
        session: SessionId,
        request: &Request,
    ) -> Option<Result<Answer, Refusal>> {
        Some(match *request {
            Request::MonitorStart { device, filter } => self.monitor_start(session, device, filter),
            Request::ChangeMonitorFilter { monitor, filter } => {
                self.own_monitor(session, monitor).map(|monitor| {
                    monitor.filter = filter;
                    Answer::Done
                })
            }
            Request::MonitorStop { monitor } => self.own_monitor(session, monitor).map(|_| ()).map(|()| {
                self.stop_monitor(monitor);
                Answer::Done
            }),
            _ => return None,
        })
    }

    fn monitor_start(
        &mut self,
        session: SessionId,
        device: DeviceId,
        filter: EventFilter,
    ) -> Result<Answer, Refusal> {
        self.check_watched(device)?;
        let limits = self.settings.cti;
        let owner = self.cti.sessions.get_mut(&session).ok_or(Refusal::InvalidSession)?;
        if owner.monitors.len() >= limits.max_monitors_per_session {
            return Err(Refusal::SessionMonitorLimitExceeded);
        }
        if self.cti.monitors.len() >= limits.max_monitors {
            return Err(Refusal::OverallMonitorLimitExceeded);
        }
        self.cti.last_monitor = identifier_after(self.cti.last_monitor);
        let monitor = MonitorId(self.cti.last_monitor);
        owner.monitors.insert(monitor);
        self.cti.monitors.insert(monitor, Monitor { session, device, filter });
        for line in self.lines_of_number(device) {
            self.lines[line.index()].monitors.push(monitor);
        }
        Ok(Answer::Monitor { monitor })
    }

    fn own_monitor(&mut self, session: SessionId, monitor: MonitorId) -> Result<&mut Monitor, Refusal> {
        self.cti
            .monitors
            .get_mut(&monitor)
            .filter(|found| found.session == session)
            .ok_or(Refusal::InvalidMonitor)
    }

    pub(crate) fn stop_monitor(&mut self, id: MonitorId) {
        let Some(monitor) = self.cti.monitors.remove(&id) else { return };
        for line in self.lines_of_number(monitor.device) {
            self.lines[line.index()].monitors.retain(|other| *other != id);
        }
        if let Some(session) = self.cti.sessions.get_mut(&monitor.session) {
            session.monitors.remove(&id);
        }
    }

    /// The device, and the other lines with its number that are open to applications: what an application means when it
    /// names the number.
    pub fn lines_of_number(&self, device: DeviceId) -> SmallVec<[DeviceId; 1]> {
        let Some(line) = self.line(device) else { return SmallVec::new() };
        let number = &line.settings.number;
        let others = self.dial_plan.devices(number).filter(|other| {
            let other_line = &self.lines[other.index()].settings;
            *other != device && other_line.number == *number && other_line.cti_watch
        });
        std::iter::once(device).chain(others).collect()
    }

    /// Fails unless applications may monitor and control the device.
    pub(crate) fn check_watched(&self, device: DeviceId) -> Result<(), Refusal> {
        let line = self.line(device).ok_or(Refusal::InvalidDevice)?;
        if line.settings.cti_watch { Ok(()) } else { Err(Refusal::PrivilegeViolation) }
    }
}
