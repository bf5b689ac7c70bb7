//! What is kept for one application.

use hookflash_core::{DeviceId, Instant, cti::SessionId};
use hookflash_wire::csta::Edition;
use smol_str::SmolStr;

use super::device_names::DeviceNames;

/// A session of an application.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    edition: Edition,
    application: SmolStr,
    line: Option<DeviceId>,
    names: DeviceNames,
    started: Instant,
    events_sent: u64,
}

impl Session {
    pub(super) fn new(id: SessionId, edition: Edition, application: SmolStr, started: Instant) -> Session {
        let names = DeviceNames::default();
        Session { id, edition, application, line: None, names, started, events_sent: 0 }
    }

    /// Its number.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The edition of ECMA-323 in which it is answered.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Who it is, as its carrier knows it: the URI of From, or an application identifier.
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
}
