//! A connection, and the session that it carries.

use std::{net::SocketAddr, time::Duration};

use hookflash_core::{Deadline, Instant, cti::SessionId};
use hookflash_wire::csta::{
    self, CstaError, Edition, Encapsulation, FrameTooLong, Framer, InvokeId, Message, Sequence,
    StartApplicationSession, SystemResourceAvailability, write_frame,
};
use smol_str::SmolStr;
use tracing::warn;

use super::{CstaTcpSettings, resume::Replay};
use crate::{LinkId, Outbox, csta_json::Rpc};

/// The duration of a session whose application asks for none.
const DEFAULT_DURATION: i64 = 60;

/// In what form messages travel.
#[derive(Debug)]
pub(super) enum Form {
    /// XML in frames.
    Frames(Framer),
    /// JSON in messages of a WebSocket.
    Json(Rpc),
}

/// A connection of an application.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) peer: SocketAddr,
    pub(super) over_tls: bool,
    /// What the certificate of the application says, if it has shown one.
    pub(super) certificate: Option<SmolStr>,
    pub(super) form: Form,
    /// When the last whole message came.
    pub(super) heard: Instant,
    /// When the last message was sent.
    pub(super) sent: Instant,
    /// Runs until a session is started.
    pub(super) login: Option<Deadline>,
    pub(super) association: Option<Association>,
    /// Who acts here without having started a session.
    pub(super) unasked: Option<SmolStr>,
    /// The start of a session that waits for the verdict about its password.
    pub(super) parked: Option<Parked>,
}

/// What waits for the verdict about a password.
#[derive(Debug)]
pub(super) struct Parked {
    pub(super) invoke: InvokeId,
    pub(super) start: StartApplicationSession,
    /// What has come since.
    pub(super) later: Vec<Vec<u8>>,
}

impl Parked {
    /// Keeps what comes meanwhile; false if it is too much.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> bool {
        let kept: usize = self.later.iter().map(Vec::len).sum();
        if kept + bytes.len() > MOST_LATER {
            return false;
        }
        if !bytes.is_empty() {
            self.later.push(bytes.to_vec());
        }
        true
    }
}

/// Bytes of what an application may send before it knows that its session is started: dozens of requests, and little where
/// thousands of logins wait.
const MOST_LATER: usize = 16 * 1024;

/// The session that a connection carries.
#[derive(Debug)]
pub(super) struct Association {
    pub(super) session: SessionId,
    pub(super) edition: Edition,
    /// What the application calls its edition, if that is not the name of the standard.
    pub(super) namespace: Option<SmolStr>,
    pub(super) interval: Duration,
    pub(super) expiry: Option<Deadline>,
    /// Runs until it may have been sent nothing for an interval.
    pub(super) heartbeat: Option<Deadline>,
    /// Whether the login asks for SystemStatus when nothing else is sent.
    pub(super) wants_heartbeats: bool,
    /// How long what is open with media stays when the connection is lost.
    pub(super) cleanup_delay: Duration,
    /// Whether the application has not started the session, which ends with its connection.
    pub(super) is_unasked: bool,
    /// Events that are sent again, after which new ones follow.
    pub(super) replay: Option<Replay>,
}

impl Link {
    pub(super) fn new(now: Instant, peer: SocketAddr, over_tls: bool, form: Form, login: Deadline) -> Link {
        Link {
            peer,
            over_tls,
            certificate: None,
            form,
            heard: now,
            sent: now,
            login: Some(login),
            association: None,
            unasked: None,
            parked: None,
        }
    }

    /// What operators call how it came.
    pub(super) fn transport(&self) -> &'static str {
        match (&self.form, self.over_tls) {
            (Form::Frames(_), false) => "CSTA",
            (Form::Frames(_), true) => "CSTA/TLS",
            (Form::Json(_), false) => "JSON",
            (Form::Json(_), true) => "JSON/TLS",
        }
    }

    /// Bytes of a frame that has not come whole.
    pub(super) fn buffered(&self) -> usize {
        match &self.form {
            Form::Frames(framer) => framer.buffered(),
            Form::Json(_) => 0,
        }
    }

    /// The edition in which it is answered.
    pub(super) fn edition(&self) -> Edition {
        self.association.as_ref().map_or_else(Edition::default, |association| association.edition)
    }

    /// Everything that runs for it.
    pub(super) fn deadlines(&self) -> [Option<Deadline>; 4] {
        let [expiry, heartbeat, replay] =
            self.association.as_ref().map(Association::deadlines).unwrap_or_default();
        [self.login, expiry, heartbeat, replay]
    }

    /// Whether events are sent again.
    pub(super) fn is_replaying(&self) -> bool {
        self.association.as_ref().is_some_and(|session| session.replay.is_some())
    }

    /// Writes an event.
    pub(super) fn send_event(
        &mut self,
        now: Instant,
        id: LinkId,
        place: Sequence,
        body: &[u8],
        out: &mut Outbox,
    ) {
        let Form::Json(rpc) = &self.form else { return self.send(now, id, InvokeId::EVENT, body, out) };
        self.sent = now;
        if let Some(text) = rpc.event(place, body) {
            write_text(id, &text, out);
        }
    }

    /// Tells the application what became of a request without a response, if it is answered every request.
    pub(super) fn acknowledge(&mut self, id: LinkId, invoke: InvokeId, error: &[u8], out: &mut Outbox) {
        let Form::Json(rpc) = &mut self.form else { return };
        if let Some(text) = rpc.acknowledged(invoke, error) {
            write_text(id, &text, out);
        }
    }

    /// Writes a document of CSTA in a frame; an error in its place if it is too long for one.
    pub(super) fn send(&mut self, now: Instant, id: LinkId, invoke: InvokeId, body: &[u8], out: &mut Outbox) {
        let edition = self.edition();
        let namespace = self.association.as_ref().and_then(|session| session.namespace.clone());
        let written = self.write(now, id, invoke, out, |out| match &namespace {
            Some(namespace) => write_in(namespace, edition, body, out),
            None => out.extend_from_slice(body),
        });
        if written.is_err() && invoke != InvokeId::EVENT {
            let error = SystemResourceAvailability::ResourceLimitExceeded;
            let error = Message::Error(CstaError::SystemResourceAvailability(error));
            let _ = self.write(now, id, invoke, out, |out| csta::encode(edition, &error, out));
        }
    }

    /// Writes a message whose XML `body` appends.
    pub(super) fn write(
        &mut self,
        now: Instant,
        id: LinkId,
        invoke: InvokeId,
        out: &mut Outbox,
        body: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), FrameTooLong> {
        self.sent = now;
        if let Form::Json(rpc) = &mut self.form {
            let mut document = Vec::with_capacity(512);
            body(&mut document);
            if let Some(text) = rpc.written(invoke, &document) {
                write_text(id, &text, out);
            }
            return Ok(());
        }
        write_frame(out.link(id), Encapsulation::Plain, invoke, body)
            .inspect_err(|error| warn!(link = id.0, %error, "message does not fit into a frame"))
    }
}

/// Writes a message of a WebSocket.
pub(super) fn write_text(id: LinkId, text: &str, out: &mut Outbox) {
    let out = out.link(id);
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

/// Writes a document whose root has another name for its edition.
fn write_in(namespace: &str, edition: Edition, body: &[u8], out: &mut Vec<u8>) {
    let standard = edition.namespace().as_bytes();
    let place = body.windows(standard.len()).position(|bytes| bytes == standard).unwrap_or(body.len());
    let (before, from) = body.split_at(place);
    out.extend_from_slice(before);
    out.extend(from.first().map(|_| namespace.as_bytes()).unwrap_or_default());
    out.extend_from_slice(from.get(standard.len()..).unwrap_or_default());
}

impl Association {
    /// Everything that runs for it.
    pub(super) fn deadlines(&self) -> [Option<Deadline>; 3] {
        [self.expiry, self.heartbeat, self.replay.and_then(|replay| replay.pause)]
    }

    /// When it ends unless something is heard after `heard`.
    pub(super) fn expires(&self, heard: Instant) -> Instant {
        heard + self.interval * 2
    }

    /// How long the session lasts without a message, in seconds.
    pub(super) fn duration(&self) -> i64 {
        i64::try_from((self.interval * 2).as_secs()).unwrap_or(i64::MAX)
    }
}

/// The interval of an application that asks for a duration: half of it, within the limits.
pub(super) fn interval_of_duration(asked: Option<i64>, settings: &CstaTcpSettings) -> Duration {
    interval(asked.unwrap_or(DEFAULT_DURATION) / 2, settings)
}

/// The interval nearest to this many seconds.
pub(super) fn interval(seconds: i64, settings: &CstaTcpSettings) -> Duration {
    let asked = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    asked.max(settings.min_heartbeat).min(settings.max_heartbeat)
}
