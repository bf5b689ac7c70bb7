//! What is kept for one application.

use std::time::Duration;

use hookflash_core::{DeviceId, Instant, Switch, cti::SessionId};
use hookflash_wire::csta::Edition;
use smol_str::SmolStr;

use super::device_names::DeviceNames;
use crate::sip::{DialogId, Endpoint};

/// A session of an application.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    dialog: DialogId,
    edition: Edition,
    application: SmolStr,
    line: Option<DeviceId>,
    names: DeviceNames,
    started: Instant,
    events_sent: u64,
}

impl Session {
    pub(super) fn new(
        id: SessionId,
        dialog: DialogId,
        edition: Edition,
        application: SmolStr,
        started: Instant,
    ) -> Session {
        let names = DeviceNames::default();
        Session { id, dialog, edition, application, line: None, names, started, events_sent: 0 }
    }

    /// Its number.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The dialog that carries it.
    pub fn dialog(&self) -> DialogId {
        self.dialog
    }

    /// The edition of ECMA-323 in which it is answered.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Who it is: the URI of From.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// The line it is about, once the application has named one.
    pub fn line(&self) -> Option<DeviceId> {
        self.line
    }

    /// When it was opened.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// How many events it was sent.
    pub fn events_sent(&self) -> u64 {
        self.events_sent
    }

    pub(super) fn names(&self) -> &DeviceNames {
        &self.names
    }

    pub(super) fn names_mut(&mut self) -> &mut DeviceNames {
        &mut self.names
    }

    /// Notes the line that the session is about, unless it is about one already.
    pub(super) fn set_line(&mut self, line: DeviceId) {
        self.line.get_or_insert(line);
    }

    pub(super) fn count_event(&mut self) {
        self.events_sent += 1;
    }

    pub(super) fn report(&self, now: Instant, switch: &Switch, sip: &Endpoint) -> SessionReport {
        let dialog = sip.dialog(self.dialog);
        let monitors = switch.session(self.id).into_iter().flat_map(|session| session.monitors());
        SessionReport {
            id: self.id,
            application: self.application.clone(),
            line: self.line,
            call_id: dialog.map(|dialog| dialog.call_id().into()).unwrap_or_default(),
            transport: dialog.map_or("", |dialog| dialog.flow().transport()),
            peer: dialog.map(|dialog| dialog.flow().peer()),
            reachable: dialog.is_some_and(|dialog| dialog.is_reachable()),
            edition: self.edition,
            monitored: monitors.filter_map(|id| switch.monitor(id)).map(|monitor| monitor.device()).collect(),
            expires_in: dialog.and_then(|dialog| dialog.expires()).map(|at| at.since(now)),
            up: now.since(self.started),
            events_sent: self.events_sent,
        }
    }
}

/// Everything about a session that an operator may want to know.
#[derive(Clone, Debug)]
pub struct SessionReport {
    /// Its number.
    pub id: SessionId,
    /// Who it is: the URI of From.
    pub application: SmolStr,
    /// The line it is about.
    pub line: Option<DeviceId>,
    /// The Call-ID of its dialog.
    pub call_id: SmolStr,
    /// `UDP` or `TCP`.
    pub transport: &'static str,
    /// The other end.
    pub peer: Option<std::net::SocketAddr>,
    /// Whether the client can be reached now, or its connection was lost and it is waited for.
    pub reachable: bool,
    /// The edition of ECMA-323 in which it is answered.
    pub edition: Edition,
    /// The devices it monitors, one for each monitor.
    pub monitored: Vec<DeviceId>,
    /// How long it will live without a sign of life; `None` when as long as its connection.
    pub expires_in: Option<Duration>,
    /// How long it has been open.
    pub up: Duration,
    /// How many events it was sent.
    pub events_sent: u64,
}
