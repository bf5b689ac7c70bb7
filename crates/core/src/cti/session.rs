//! Sessions: associations with applications, and the table of all sessions and monitors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use smallvec::SmallVec;

use crate::{
    CallId, CtiSettings, DeviceId, Lines, NodeNumber, Refusal,
    cti::{EventFilter, Monitor, MonitorId, MonitorObject, Principal},
    identifier::Identifiers,
};

/// Names a session: never 0, unique in the cluster, not used again for a hundred million sessions. This is the
/// number that `show cti session` prints and `clear cti session` takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct SessionId(pub(crate) u32);

impl SessionId {
    /// The session with this number, as an operator quotes it; it need not exist.
    pub const fn from_number(number: u32) -> SessionId {
        SessionId(number)
    }

    /// The number of the session.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Whether the application of a session can be reached.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Presence {
    /// It has a connection.
    #[default]
    Present,
    /// Its connection was lost, and it may come back. What it has opened with media or for routeing is kept for this long
    /// (`sessionCleanupDelay`): zero closes it at once.
    Lost {
        /// How long.
        keeps: Duration,
    },
}

/// An association with an application.
#[derive(Clone, Debug)]
pub struct Session {
    principal: Principal,
    presence: Presence,
    monitors: BTreeSet<MonitorId>,
}

impl Session {
    /// On whose behalf the application acts.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// Whether its application can be reached.
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// The monitors, in the order in which they were started.
    pub fn monitors(&self) -> impl Iterator<Item = MonitorId> + '_ {
        self.monitors.iter().copied()
    }

    /// How many monitors it has.
    pub fn monitor_count(&self) -> usize {
        self.monitors.len()
    }
}

/// All sessions and monitors.
///
/// # Invariants
///
/// * A monitor belongs to one session, which lists it, and to one device, which lists it, or to one call, for which
///   [`Cti`] lists it.
#[derive(Debug)]
pub struct Cti {
    sessions: BTreeMap<SessionId, Session>,
    monitors: BTreeMap<MonitorId, Monitor>,
    /// The monitors of calls, oldest first.
    call_monitors: BTreeMap<CallId, SmallVec<[MonitorId; 2]>>,
    session_ids: Identifiers,
    monitor_ids: Identifiers,
}

impl Cti {
    /// Sessions are numbered from 1, monitors from `first_monitor`.
    pub(crate) fn new(node: NodeNumber, first_monitor: u32) -> Cti {
        Cti {
            sessions: BTreeMap::new(),
            monitors: BTreeMap::new(),
            call_monitors: BTreeMap::new(),
            session_ids: Identifiers::starting_at(node, 1),
            monitor_ids: Identifiers::starting_at(node, first_monitor),
        }
    }

    /// A session.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// The sessions, oldest first.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.sessions.iter().map(|(id, session)| (*id, session))
    }

    /// How many sessions there are.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// A monitor.
    pub fn monitor(&self, id: MonitorId) -> Option<&Monitor> {
        self.monitors.get(&id)
    }

    /// How many monitors there are.
    pub fn monitor_count(&self) -> usize {
        self.monitors.len()
    }

    pub(crate) fn open(&mut self, principal: Principal, limits: &CtiSettings) -> Result<SessionId, Refusal> {
        if !limits.enabled {
            return Err(Refusal::CtiShutDown);
        }
        if self.sessions.len() >= limits.max_sessions {
            return Err(Refusal::SessionLimitExceeded);
        }
        let id = SessionId(self.session_ids.next());
        self.sessions
            .insert(id, Session { principal, presence: Presence::Present, monitors: BTreeSet::new() });
        Ok(id)
    }

    /// A session goes on that an earlier server had; its application has no connection. False if the identifier is in use.
    pub(crate) fn restore(&mut self, id: SessionId, principal: Principal, limits: &CtiSettings) -> bool {
        if self.sessions.contains_key(&id) || self.sessions.len() >= limits.max_sessions {
            return false;
        }
        let presence = Presence::Lost { keeps: Duration::ZERO };
        self.sessions.insert(id, Session { principal, presence, monitors: BTreeSet::new() });
        self.session_ids.skip(id.0);
        true
    }

    /// A monitor goes on that an earlier server had. False if it cannot.
    pub(crate) fn restore_monitor(
        &mut self,
        (session, id): (SessionId, MonitorId),
        (device, also): (DeviceId, &[DeviceId]),
        filter: EventFilter,
        lines: &mut Lines,
    ) -> bool {
        let Some(owner) = self.sessions.get_mut(&session) else { return false };
        let Some(device_monitors) = lines.device_mut(device).map(|own| &mut own.monitors) else {
            return false;
        };
        if self.monitors.contains_key(&id) {
            return false;
        }
        device_monitors.push(id);
        owner.monitors.insert(id);
        self.monitors.insert(id, Monitor::new(session, MonitorObject::Device(device), filter));
        self.monitor_ids.skip(id.0);
        self.watch_also(id, also, lines);
        true
    }

    /// The application of a session has gone, or is back.
    pub(crate) fn set_presence(&mut self, id: SessionId, presence: Presence) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.presence = presence;
        }
    }

    pub(crate) fn close(&mut self, id: SessionId, lines: &mut Lines) {
        let Some(session) = self.sessions.remove(&id) else { return };
        // Each device once, however many of its monitors end: a session may have thousands on one device.
        let stopped = session.monitors.iter().filter_map(|id| self.monitors.remove(id));
        let (mut devices, mut calls) = (BTreeSet::<DeviceId>::new(), BTreeSet::<CallId>::new());
        for monitor in stopped {
            devices.extend(monitor.also);
            match monitor.object {
                MonitorObject::Device(device) => drop(devices.insert(device)),
                MonitorObject::Call(call) => drop(calls.insert(call)),
            }
        }
        for call in calls {
            self.forget_call_monitors(call, |id| session.monitors.contains(id));
        }
        for device in devices {
            if let Some(device) = lines.device_mut(device) {
                device.monitors.retain(|id| !session.monitors.contains(id));
            }
        }
    }

    pub(super) fn start_monitor(
        &mut self,
        (session, object): (SessionId, MonitorObject),
        filter: EventFilter,
        limits: &CtiSettings,
        lines: &mut Lines,
    ) -> Result<MonitorId, Refusal> {
        let owner = self.sessions.get_mut(&session).ok_or(Refusal::InvalidSession)?;
        if owner.monitors.len() >= limits.max_monitors_per_session {
            return Err(Refusal::SessionMonitorLimitExceeded);
        }
        if self.monitors.len() >= limits.max_monitors {
            return Err(Refusal::OverallMonitorLimitExceeded);
        }
        let listed = match object {
            MonitorObject::Device(device) => {
                &mut lines.device_mut(device).ok_or(Refusal::InvalidDevice)?.monitors
            }
            MonitorObject::Call(call) => self.call_monitors.entry(call).or_default(),
        };
        let monitor = MonitorId(self.monitor_ids.next());
        listed.push(monitor);
        owner.monitors.insert(monitor);
        self.monitors.insert(monitor, Monitor::new(session, object, filter));
        Ok(monitor)
    }

    /// A monitor watches more devices: the other numbers of the station that it was started for.
    pub(super) fn watch_also(&mut self, id: MonitorId, devices: &[DeviceId], lines: &mut Lines) {
        let Some(monitor) = self.monitors.get_mut(&id) else { return };
        for device in devices {
            if let Some(watched) = lines.device_mut(*device).filter(|own| !own.monitors.contains(&id)) {
                watched.monitors.push(id);
                monitor.also.push(*device);
            }
        }
    }

    /// The monitors of a call.
    pub(super) fn call_monitors(&self, call: CallId) -> &[MonitorId] {
        // Mostly nobody watches any call.
        if self.call_monitors.is_empty() {
            return &[];
        }
        self.call_monitors.get(&call).map(SmallVec::as_slice).unwrap_or_default()
    }

    /// Whether a monitor watches the call.
    pub(super) fn is_call_watched(&self, call: CallId) -> bool {
        !self.call_monitors(call).is_empty()
    }

    /// A call is over: so are its monitors.
    pub(super) fn end_call_monitors(&mut self, call: CallId) {
        for id in self.call_monitors.remove(&call).unwrap_or_default() {
            let Some(monitor) = self.monitors.remove(&id) else { continue };
            if let Some(session) = self.sessions.get_mut(&monitor.session) {
                session.monitors.remove(&id);
            }
        }
    }

    /// A call has become part of another one, which its monitors watch from now on.
    pub(crate) fn call_absorbed(&mut self, survivor: CallId, absorbed: CallId) {
        let Some(moved) = self.call_monitors.remove(&absorbed) else { return };
        for id in &moved {
            if let Some(monitor) = self.monitors.get_mut(id) {
                monitor.object = MonitorObject::Call(survivor);
            }
        }
        self.call_monitors.entry(survivor).or_default().extend(moved);
    }

    fn forget_call_monitors(&mut self, call: CallId, gone: impl Fn(&MonitorId) -> bool) {
        let Some(monitors) = self.call_monitors.get_mut(&call) else { return };
        monitors.retain(|id| !gone(id));
        if monitors.is_empty() {
            self.call_monitors.remove(&call);
        }
    }

    pub(super) fn change_filter(
        &mut self,
        session: SessionId,
        monitor: MonitorId,
        filter: EventFilter,
    ) -> Result<(), Refusal> {
        self.own_monitor(session, monitor)?.filter = filter;
        Ok(())
    }

    pub(super) fn stop_monitor(
        &mut self,
        session: SessionId,
        id: MonitorId,
        lines: &mut Lines,
    ) -> Result<(), Refusal> {
        let own = self.own_monitor(session, id)?;
        let (object, also) = (own.object, std::mem::take(&mut own.also));
        self.monitors.remove(&id);
        for device in also {
            lines.device_mut(device).into_iter().for_each(|own| own.monitors.retain(|other| *other != id));
        }
        match object {
            MonitorObject::Call(call) => self.forget_call_monitors(call, |other| *other == id),
            MonitorObject::Device(device) => {
                lines
                    .device_mut(device)
                    .into_iter()
                    .for_each(|own| own.monitors.retain(|other| *other != id));
            }
        }
        if let Some(session) = self.sessions.get_mut(&session) {
            session.monitors.remove(&id);
        }
        Ok(())
    }

    fn own_monitor(&mut self, session: SessionId, monitor: MonitorId) -> Result<&mut Monitor, Refusal> {
        let own = self.monitors.get_mut(&monitor).filter(|found| found.session == session);
        own.ok_or(Refusal::InvalidMonitor)
    }
}
