//! A session manager: its registration, its CTI sessions, and whether its heartbeat is answered.

use std::{collections::BTreeMap, time::Duration};

use hookflash_core::{Instant, cti::SessionId};

use super::{
    bindings::{Asked, Binding, Bindings, Heartbeat, Lifetime},
    origin::Nearness,
};
use crate::{RegistrarSettings, SessionManagerSettings};

/// A session manager of a CSTA client application; see the [module page](super).
#[derive(Debug)]
pub struct SessionManager {
    settings: SessionManagerSettings,
    pub(super) lifetime: Lifetime,
    pub(super) bindings: Bindings,
    /// Its sessions, and how near to its registration each was opened.
    sessions: BTreeMap<SessionId, Nearness>,
    /// Whether it can be told from others on its host: it has opened a session nearer than that since it registered.
    distinct: bool,
    silence: Option<Silence>,
}

/// The last session of a `cti-aware` session manager ended, and its application did not end it.
#[derive(Debug)]
struct Silence {
    /// Of the registrations that were in force then.
    heartbeats: Vec<Heartbeat>,
    /// When it ends; known from the first REGISTER on that was not answered.
    until: Option<Instant>,
}

/// Whether an application is registered, and answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionManagerState {
    /// It is not registered.
    Unregistered,
    /// It is registered.
    Registered,
    /// Its CTI session has ended: it is not answered until it starts again.
    Unanswered,
}

impl SessionManager {
    pub(super) fn new(settings: SessionManagerSettings, registrar: &RegistrarSettings) -> SessionManager {
        SessionManager {
            lifetime: lifetime(&settings, registrar),
            settings,
            bindings: Bindings::default(),
            sessions: BTreeMap::new(),
            distinct: false,
            silence: None,
        }
    }

    /// Other settings hold from its next registration on.
    pub(super) fn configure(&mut self, settings: SessionManagerSettings, registrar: &RegistrarSettings) {
        self.lifetime = lifetime(&settings, registrar);
        if !settings.cti_aware {
            self.silence = None;
        }
        self.settings = settings;
    }

    /// Its settings.
    pub fn settings(&self) -> &SessionManagerSettings {
        &self.settings
    }

    /// Where it is registered.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter()
    }

    /// Its CTI sessions; without those that others on its host can have opened, if it is known to open its own nearer.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> {
        self.sessions.iter().filter(|(_, nearness)| self.counts(**nearness)).map(|(id, _)| *id)
    }

    /// Whether it is registered, and answered, at `now`.
    pub fn state(&self, now: Instant) -> SessionManagerState {
        match &self.silence {
            Some(silence) if !silence.is_over(now) => SessionManagerState::Unanswered,
            _ if self.bindings.is_empty() => SessionManagerState::Unregistered,
            _ => SessionManagerState::Registered,
        }
    }

    fn counts(&self, nearness: Nearness) -> bool {
        nearness > Nearness::Host || !self.distinct
    }

    /// It has registered; it had not been before.
    pub(super) fn registered(&mut self) {
        self.distinct = self.sessions.values().any(|nearness| *nearness > Nearness::Host);
    }

    pub(super) fn session_opened(&mut self, id: SessionId, nearness: Nearness) {
        self.sessions.insert(id, nearness);
        self.distinct |= nearness > Nearness::Host;
        if self.counts(nearness) {
            self.end_silence();
        }
    }

    /// A session ended, maybe one of its own; true if its heartbeat is not answered from now on.
    pub(super) fn session_closed(&mut self, id: SessionId, by_application: bool) -> bool {
        let counted = self.sessions.remove(&id).is_some_and(|nearness| self.counts(nearness));
        let last = counted && self.sessions().next().is_none();
        let falls_silent = last && self.settings.cti_aware && !by_application && !self.bindings.is_empty();
        if falls_silent {
            self.silence = Some(Silence { heartbeats: self.bindings.heartbeats(), until: None });
        }
        falls_silent
    }

    /// Whether a REGISTER is not to be answered.
    pub(super) fn is_silent(&mut self, now: Instant, asked: &Asked<'_>) -> bool {
        let keepalive = self.settings.keepalive;
        self.silence.as_mut().is_some_and(|silence| silence.keeps(now, asked, keepalive))
    }

    /// It has begun anew.
    pub(super) fn end_silence(&mut self) {
        self.silence = None;
    }

    /// Its registrations may have ended.
    pub(super) fn expired(&mut self) {
        let was_noticed = |silence: &Silence| silence.until.is_some();
        if self.bindings.is_empty() && !self.silence.as_ref().is_some_and(was_noticed) {
            self.silence = None;
        }
    }
}

fn lifetime(settings: &SessionManagerSettings, registrar: &RegistrarSettings) -> Lifetime {
    let most = settings.keepalive.min(registrar.max_expires);
    // Who may not have more need not ask for more.
    Lifetime { least: registrar.min_expires.min(most), most }
}

impl Silence {
    fn is_over(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whether a REGISTER goes on where those left off that were answered.
    fn keeps(&mut self, now: Instant, asked: &Asked<'_>, keepalive: Duration) -> bool {
        let goes_on = self.heartbeats.iter().any(|heartbeat| heartbeat.goes_on(asked));
        if !goes_on || asked.only_removes() || self.is_over(now) {
            return false;
        }
        self.until.get_or_insert(now + keepalive);
        true
    }
}
