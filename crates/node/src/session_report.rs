//! CSTA sessions as operators see them, for all carriers.

use std::{net::SocketAddr, time::Duration};

use hookflash_core::{DeviceId, Instant, cti::SessionId};
use hookflash_wire::csta::Edition;
use smol_str::SmolStr;

use crate::{Node, csta::Session};

/// A session, as operators see it.
#[derive(Clone, Debug)]
pub struct SessionReport {
    /// Its number.
    pub id: SessionId,
    /// Who it is: the URI of From, or an application identifier.
    pub application: SmolStr,
    /// On whose behalf it acts.
    pub principal: SmolStr,
    /// The line it is about.
    pub line: Option<DeviceId>,
    /// How it is carried.
    pub carriage: Carriage,
    /// The edition of ECMA-323 in which it is answered.
    pub edition: Edition,
    /// The devices it monitors, one for each monitor.
    pub monitored: Vec<DeviceId>,
    /// How long it has been open.
    pub up: Duration,
    /// How many events it was sent.
    pub events_sent: u64,
}

/// How a session is carried.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Carriage {
    /// `UDP` or `TCP` for SIP, `CSTA` for CSTA over TCP.
    pub transport: &'static str,
    /// The other end.
    pub peer: Option<SocketAddr>,
    /// Whether the application can be reached now; if not, its connection was lost and it is waited for.
    pub reachable: bool,
    /// How long the session will live without a sign of life; `None` when as long as its connection.
    pub expires_in: Option<Duration>,
}

impl Node {
    /// The CSTA sessions at `now`, oldest first.
    pub fn session_reports(&self, now: Instant) -> impl Iterator<Item = SessionReport> {
        self.applications.sessions().map(move |session| self.session_report(now, session))
    }

    fn session_report(&self, now: Instant, session: &Session) -> SessionReport {
        let id = session.id();
        let monitors = self.switch.cti().session(id).into_iter().flat_map(|session| session.monitors());
        let monitored =
            monitors.filter_map(|id| self.switch.cti().monitor(id)).filter_map(|monitor| monitor.device());
        SessionReport {
            id,
            application: session.identity().application.clone(),
            principal: session.identity().principal.clone(),
            line: session.line(),
            carriage: self.carriage(now, id),
            edition: session.edition(),
            monitored: monitored.collect(),
            up: now.since(session.started()),
            events_sent: session.events_sent(),
        }
    }

    /// The other end of a session.
    pub(crate) fn session_report_peer(&self, id: SessionId) -> Option<SocketAddr> {
        self.carriage(self.now, id).peer
    }

    fn carriage(&self, now: Instant, id: SessionId) -> Carriage {
        let carriage = self.uacsta.carriage(now, id, &self.sip);
        let carriage = carriage.or_else(|| self.csta_tcp.carriage(now, id));
        carriage.or_else(|| self.rest.carriage(id)).unwrap_or_default()
    }
}
