//! What is kept for one application.

use std::collections::VecDeque;

use hookflash_core::{DeviceId, Instant, cti::SessionId};
use hookflash_wire::csta::{Edition, InvokeId, Service};
use smol_str::SmolStr;

use super::device_names::DeviceNames;

/// Requests of the server that wait for the answers of one application.
const MAX_ASKED: usize = 100;

/// Who has a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// What the application calls itself: the URI of From, or an application identifier.
    pub application: SmolStr,
    /// On whose behalf it acts: a user's name, or the application itself.
    pub principal: SmolStr,
}

/// A session of an application.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    edition: Edition,
    identity: Identity,
    line: Option<DeviceId>,
    names: DeviceNames,
    started: Instant,
    events_sent: u64,
    /// Requests of the server that are not answered, oldest first.
    asked: VecDeque<(InvokeId, Service)>,
    last_invoke: InvokeId,
}

impl Session {
    pub(super) fn new(id: SessionId, edition: Edition, identity: Identity, started: Instant) -> Session {
        let names = DeviceNames::default();
        Session {
            id,
            edition,
            identity,
            line: None,
            names,
            started,
            events_sent: 0,
            asked: VecDeque::new(),
            last_invoke: InvokeId::EVENT,
        }
    }

    /// Its number.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The edition of ECMA-323 in which it is answered.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
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

    /// Notes a request of the server. The oldest one is given up when too many are not answered: a missing answer is no
    /// error.
    pub(super) fn ask(&mut self, service: Service) -> InvokeId {
        if self.asked.len() >= MAX_ASKED {
            self.asked.pop_front();
        }
        self.last_invoke = self.last_invoke.next();
        self.asked.push_back((self.last_invoke, service));
        self.last_invoke
    }

    /// What was asked by the request that is answered now.
    pub(super) fn answered(&mut self, invoke: InvokeId) -> Option<Service> {
        let place = self.asked.iter().position(|(id, _)| *id == invoke)?;
        self.asked.remove(place).map(|(_, service)| service)
    }

    pub(super) fn count_event(&mut self) {
        self.events_sent += 1;
    }
}
