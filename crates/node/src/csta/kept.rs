//! Sessions that survive a restart of the server, with their monitors and events.
//!
//! What is kept of a session is given out as [`SessionRecord`]s as it changes, and taken back when the server starts again. The
//! session then waits for its application, as after a lost connection. Its calls are gone: each of its monitors whose device
//! is out of service says so.

use hookflash_core::{
    DeviceId, EventKind, Instant, Switch,
    cti::{EventFilter, MonitorId, SessionId},
};
use hookflash_wire::csta::{self, Edition, Secret};
use serde_json::{Value, json};
use smol_str::SmolStr;
use tracing::{info, warn};

use super::{Applications, By, Identity, Session};
use crate::{Node, SessionRecord};

/// What is kept of a monitor that a session has just started; `None` if its session is not kept, or it watches a call.
pub(super) fn monitor(session: &Session, id: MonitorId, switch: &Switch) -> Option<SessionRecord> {
    session.token()?;
    let monitor = switch.cti().monitor(id)?;
    let device = monitor.device()?;
    let name = session.names().in_event(id, None).name(device, switch);
    let number = switch.lines().device(device)?.number().as_str();
    let filter: Vec<String> = monitor.filter().suppressed().map(|kind| format!("{kind:?}")).collect();
    let asked = EventKind::ASKED_FOR.into_iter().filter(|kind| !monitor.filter().suppresses(*kind));
    let asked: Vec<String> = asked.map(|kind| format!("{kind:?}")).collect();
    let number_of = |id: DeviceId| switch.lines().device(id).map(|own| own.number().to_string());
    let also: Vec<String> = monitor.devices().skip(1).filter_map(number_of).collect();
    let value =
        json!({"device": number, "also": also, "name": name.as_str(), "filter": filter, "asked": asked})
            .to_string();
    Some(SessionRecord::Monitor { session: session.id().number(), monitor: id.number(), value: Some(value) })
}

impl Applications {
    /// A session is carried so from now on, and kept over a restart.
    pub(crate) fn keep_session(&mut self, id: SessionId, carriage: String) {
        let Some(session) = self.sessions.get_mut(&id).filter(|_| self.keeps) else { return };
        session.set_carriage(carriage);
        let Some(token) = session.token() else { return };
        let Identity { application, principal, user } = session.identity();
        let value = json!({
            "application": application.as_str(), "principal": principal.as_str(),
            "user": user.as_deref(), "token": token.expose(),
            "edition": session.edition().namespace(), "carriage": session.carriage(),
        });
        self.records.push(SessionRecord::Session { session: id.number(), value: value.to_string() });
    }

    /// What is to be kept since this was last asked.
    pub(crate) fn take_records(&mut self) -> Vec<SessionRecord> {
        std::mem::take(&mut self.records)
    }

    /// The server ends: what is kept now stays.
    pub(crate) fn stop_keeping(&mut self) {
        self.keeps = false;
    }

    fn restore(&mut self, now: Instant, id: SessionId, value: &Value, switch: &mut Switch) -> Option<String> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let identity = Identity {
            application: text("application")?.into(),
            principal: text("principal")?.into(),
            user: text("user").map(SmolStr::from),
        };
        let edition = Edition::from_namespace(text("edition")?)?;
        if !switch.restore_session(id, identity.as_principal()) {
            return None;
        }
        let mut session = Session::new(id, edition, identity, now);
        session.set_token(Secret::from(text("token")?));
        session.set_carriage(text("carriage")?.to_owned());
        session.set_restored(true);
        self.sessions.insert(id, session);
        Some(text("carriage")?.to_owned())
    }

    fn restore_monitor(
        &mut self,
        (session, monitor): (SessionId, MonitorId),
        value: &Value,
        switch: &mut Switch,
    ) -> Option<()> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let device: DeviceId = switch.lines().device_by_number(text("device")?)?;
        let names: Vec<&str> = value.get("filter")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let suppressed = |kind: &EventKind| names.contains(&format!("{kind:?}").as_str());
        let filter: EventFilter = EventKind::ALL.into_iter().filter(suppressed).collect();
        let asked = value.get("asked").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let asked = |kind: &EventKind| asked.iter().any(|own| own.as_str() == Some(&format!("{kind:?}")));
        let filter = EventKind::ASKED_FOR.into_iter().filter(asked).fold(filter, EventFilter::with);
        let also = value.get("also").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let also = also.iter().filter_map(|own| switch.lines().device_by_number(own.as_str()?));
        let also: Vec<DeviceId> = also.collect();
        let owner = self.sessions.get_mut(&session)?;
        if !switch.restore_monitor(session, monitor, (device, &also), filter) {
            return None;
        }
        let room = self.limits.budget().names.saturating_sub(self.name_bytes);
        let name = csta::DeviceId::from(text("name")?);
        let before = owner.names().bytes();
        owner.names_mut().set_room(room);
        owner.names_mut().learn_number(device, &name);
        owner.names_mut().monitor_started(monitor, device, &name);
        self.name_bytes = (self.name_bytes + owner.names().bytes()).saturating_sub(before);
        let provider = owner.identity().principal.clone();
        self.alarms.extend(self.open_devices.opened(
            session,
            &provider,
            (By::Monitor(monitor), vec![device]),
        ));
        Some(())
    }
}

impl Node {
    /// Takes back something of a session of an earlier server.
    pub(crate) fn restore_session(&mut self, record: &SessionRecord) {
        let Node { now, applications, switch, .. } = self;
        match record {
            SessionRecord::Session { session, value } => {
                let id = SessionId::from_number(*session);
                let parsed: Value = serde_json::from_str(value).unwrap_or_default();
                let carriage = applications.restore(*now, id, &parsed, switch);
                if !carriage.is_some_and(|carriage| self.carry_again(id, &carriage)) {
                    warn!(session, "a session of an earlier server cannot go on");
                    self.out.keep(SessionRecord::Ended { session: *session });
                }
            }
            SessionRecord::Monitor { session, monitor, value } => {
                let value: Value =
                    serde_json::from_str(value.as_deref().unwrap_or_default()).unwrap_or_default();
                let names = (SessionId::from_number(*session), MonitorId::from_number(*monitor));
                if applications.restore_monitor(names, &value, switch).is_none() {
                    warn!(session, monitor, "a monitor of an earlier server cannot go on");
                    let (session, monitor) = (*session, *monitor);
                    self.out.keep(SessionRecord::Monitor { session, monitor, value: None });
                }
            }
            SessionRecord::Event { session, number, document } => {
                let most = applications.journal_maximum;
                let owner = applications.sessions.get_mut(&SessionId::from_number(*session));
                let Some(owner) = owner else { return };
                let before = owner.journal().map_or(0, |journal| journal.bytes());
                owner.restore_event(*number, document, most);
                let after = owner.journal().map_or(0, |journal| journal.bytes());
                applications.journal_bytes = (applications.journal_bytes + after).saturating_sub(before);
            }
            SessionRecord::Forget { .. } | SessionRecord::Ended { .. } => {}
        }
    }

    /// Lets a session of an earlier server be carried again.
    fn carry_again(&mut self, id: SessionId, carriage: &str) -> bool {
        let user = self.applications.session(id).and_then(|own| own.identity().user.clone());
        let users = self.csta_tcp.users();
        let may = match &user {
            Some(user) => users.check_again(user, true).is_ok(),
            None => users.is_empty(),
        };
        if may && Node::is_rest_carriage(carriage) {
            self.restore_rest_session(id, user);
            return true;
        }
        may && self.csta_tcp.restore(self.now, id, carriage)
    }

    /// Everything of earlier servers was taken back: monitors say whether their devices are out of service.
    pub(crate) fn sessions_restored(&mut self) {
        let restored: Vec<SessionId> =
            self.applications.sessions().filter(|own| own.is_restored()).map(Session::id).collect();
        for id in restored {
            let monitors: Vec<MonitorId> =
                self.switch.cti().session(id).into_iter().flat_map(|own| own.monitors()).collect();
            info!(session = %id, monitors = monitors.len(), "CTI session of an earlier server goes on");
            for monitor in monitors {
                self.switch.monitor_restored(monitor);
            }
            if let Some(session) = self.applications.sessions.get_mut(&id) {
                session.set_restored(false);
            }
            self.settle();
        }
    }
}
