//! Sessions: associations with applications.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    ConnectionId, DeviceId, Refusal, Request, Switch,
    cti::{Monitor, MonitorId},
    identifier_after,
    input::Answer,
};

/// Names a session: never 0, unique in the switch, not used again for two billion sessions. This is the
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

/// An association with an application.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub(crate) monitors: BTreeSet<MonitorId>,
}

impl Session {
    /// The monitors, in the order in which they were started.
    pub fn monitors(&self) -> impl Iterator<Item = MonitorId> + '_ {
        self.monitors.iter().copied()
    }
}

/// All applications.
#[derive(Debug, Default)]
pub(crate) struct Cti {
    pub(crate) sessions: BTreeMap<SessionId, Session>,
    pub(crate) monitors: BTreeMap<MonitorId, Monitor>,
    pub(crate) last_session: u32,
    pub(crate) last_monitor: u32,
}

impl Switch {
    /// Begins a session.
    ///
    /// # Errors
    /// [`Refusal::CtiShutDown`] and [`Refusal::SessionLimitExceeded`].
    pub fn open_session(&mut self) -> Result<SessionId, Refusal> {
        if !self.settings.cti.enabled {
            return Err(Refusal::CtiShutDown);
        }
        if self.cti.sessions.len() >= self.settings.cti.max_sessions {
            return Err(Refusal::SessionLimitExceeded);
        }
        self.cti.last_session = identifier_after(self.cti.last_session);
        let id = SessionId(self.cti.last_session);
        self.cti.sessions.insert(id, Session::default());
        Ok(id)
    }

    /// Ends a session and its monitors. Calls it made go on.
    pub fn close_session(&mut self, id: SessionId) {
        let Some(session) = self.cti.sessions.remove(&id) else { return };
        // Each line once, however many of its monitors end: a session may have thousands on one line.
        let stopped = session.monitors.iter().filter_map(|id| self.cti.monitors.remove(id));
        let devices: BTreeSet<DeviceId> = stopped.map(|monitor| monitor.device).collect();
        for device in devices {
            for line in self.lines_of_number(device) {
                self.lines[line.index()].monitors.retain(|id| !session.monitors.contains(id));
            }
        }
    }

    /// A session.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.cti.sessions.get(&id)
    }

    /// The sessions, oldest first.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.cti.sessions.iter().map(|(id, session)| (*id, session))
    }

    /// A monitor.
    pub fn monitor(&self, id: MonitorId) -> Option<&Monitor> {
        self.cti.monitors.get(&id)
    }

    /// Carries out a request of a session: permission first, then the verb.
    pub(crate) fn request(&mut self, session: SessionId, request: Request) -> Result<Answer, Refusal> {
        if !self.cti.sessions.contains_key(&session) {
            return Err(Refusal::InvalidSession);
        }
        if let Some(answer) = self.monitor_request(session, &request) {
            return answer;
        }
        match request {
            Request::SnapshotDevice { device } => self.snapshot_device(device).map(Answer::Snapshot),
            Request::MakeCall { calling, called, prompt } => {
                let called = self.dial_plan.as_configured(called);
                self.make_call(calling, called, prompt).map(Answer::Call)
            }
            Request::AnswerCall(id) => {
                self.check_connection(id)?;
                self.answer_call(id, None).map(|()| Answer::Done)
            }
            Request::ClearConnection(id) => {
                self.check_connection(id)?;
                self.clear_or_reject(id).map(|()| Answer::Done)
            }
            Request::HoldCall(id) => {
                self.check_connection(id)?;
                self.hold_call(id).map(|()| Answer::Done)
            }
            Request::RetrieveCall(id) => {
                self.check_connection(id)?;
                self.retrieve_call(id, None).map(|()| Answer::Done)
            }
            Request::GetForwarding { device } => self.get_forwarding(device).map(Answer::Forwarding),
            Request::ActivateForwarding { device, kind, number, no_answer_timeout } => {
                let number = number.map(|number| self.dial_plan.as_configured(number));
                self.activate_forwarding(device, kind, number, no_answer_timeout).map(|()| Answer::Done)
            }
            Request::DeactivateForwarding { device, kind } => {
                self.deactivate_forwarding(device, kind).map(|()| Answer::Done)
            }
            Request::MonitorStart { .. }
            | Request::ChangeMonitorFilter { .. }
            | Request::MonitorStop { .. } => Err(Refusal::InvalidMonitor),
        }
    }

    fn check_connection(&self, id: ConnectionId) -> Result<(), Refusal> {
        self.line(id.device).ok_or(Refusal::InvalidConnection)?;
        self.check_watched(id.device)?;
        self.connection(id).map(|_| ()).ok_or(Refusal::InvalidConnection)
    }
}
