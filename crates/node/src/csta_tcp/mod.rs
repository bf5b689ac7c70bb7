//! CSTA sessions over TCP: frames of XML (ECMA-323, annex J) and application sessions (ECMA-354).
//!
//! ```text
//!  connection ─────────────────────────────► the application has [`LOGIN_TIME`] to start a session
//!  StartApplicationSession ────────────────► session opens; PosResponse with its duration
//!  frame + request ────────────────────────► frame with the response, or with CSTAErrorCode
//!                    events and requests ──► frames
//!  StopApplicationSession, silence ────────► session closes, its monitors stop; its calls go on
//!  connection lost ────────────────────────► the session waits for its application; see `resume`
//! ```
//!
//! The same sessions over WebSocket, with messages in JSON: [`csta_json`](crate::csta_json).
//!
//! [`CstaTcp`] maps connections to sessions, and ends sessions that expire. [`csta`](crate::csta) interprets the messages.
//!
//! # Duration and heartbeats
//!
//! The duration of a session is two heartbeat intervals: an application that sends any message in each interval is never
//! given up. The application asks for a duration, or for an interval in its login; the interval is limited by
//! [`CstaTcpSettings`]. An application that asks for an interval is sent a SystemStatus when it was sent nothing else
//! in an interval.
//!
//! # Invariants
//!
//! * A connection carries at most one session, and a session has one connection, or waits for one.
//! * Before a session, nothing but StartApplicationSession is carried out.
//! * Requests of a connection are carried out in the order in which they came.
//! * A message does not touch a timer: timers are restarted when they expire.
//!
//! # Limits
//!
//! Sessions ([`CstaTcpSettings::max_sessions`]), connections without session ([`CstaTcpSettings::max_waiting`], and so many of
//! one source: the oldest one of the source that has most makes room), connections of one source, half frames of all
//! connections together, frames ([`csta::MAX_FRAME`](hookflash_wire::csta::MAX_FRAME)), and the messages in them.

mod json;
mod link;
mod resume;
mod session;
mod settings;
#[cfg(test)]
pub(crate) mod tests;
mod unasked;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Instant, Timers, cti::SessionId};
use hookflash_wire::csta::{
    self as wire, CstaError, DecodeError, Encapsulation, Framer, InvokeId, Message, OperationError,
    SystemStatus, SystemStatusValue, TcpMessage, TermReason,
};
use tracing::{debug, info, warn};

use crate::{
    Carriage, Context, LinkId, NodeSettings, Outbox, Sizes,
    alarms::{Alarm, Name},
    csta::{Applications, Content, Delivery, DeliveryKind, Ticket},
    limits::Gathered,
    users::LoginRefusal,
    verdicts::Verdicts,
};
use link::{Form, Link};
pub use settings::CstaTcpSettings;

/// How long a connection may wait without a session.
pub const LOGIN_TIME: Duration = Duration::from_secs(10);

/// Connections that may wait without a session.
pub const MAX_WAITING: usize = 2048;

/// Everything here that happens because time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    /// The connection has no session yet.
    Login(LinkId),
    /// The application may have been silent for too long.
    Expiry(LinkId),
    /// The application may have been sent nothing for too long.
    Heartbeat(LinkId),
    /// More events can be sent again.
    Replay(LinkId),
    /// The application of a session has not come back.
    Forget(SessionId),
}

/// The sessions that streams carry; see the [module page](self).
#[derive(Debug)]
pub struct CstaTcp {
    settings: CstaTcpSettings,
    links: BTreeMap<LinkId, Link>,
    by_session: BTreeMap<SessionId, LinkId>,
    /// Sessions without a connection.
    lost: BTreeMap<SessionId, resume::Lost>,
    /// The connections of each address.
    sources: BTreeMap<IpAddr, Source>,
    waiting: usize,
    /// Half frames.
    gathered: Gathered,
    timers: Timers<Timer>,
    stopping: bool,
    /// Passwords that are looked at.
    pub(crate) verdicts: Verdicts,
}

/// The connections from one address.
#[derive(Debug, Default)]
struct Source {
    total: usize,
    /// Those without session, oldest first: links are numbered in the order in which they came.
    waiting: BTreeSet<LinkId>,
}

impl CstaTcp {
    /// No connections yet.
    pub fn new(settings: &NodeSettings) -> CstaTcp {
        CstaTcp {
            settings: settings.csta_tcp.clone(),
            links: BTreeMap::new(),
            by_session: BTreeMap::new(),
            lost: BTreeMap::new(),
            sources: BTreeMap::new(),
            waiting: 0,
            gathered: Gathered::default(),
            timers: Timers::default(),
            stopping: false,
            verdicts: Verdicts::default(),
        }
    }

    /// Whether the link is one of an application.
    pub fn owns(&self, link: LinkId) -> bool {
        self.links.contains_key(&link)
    }

    /// How many sessions have a connection.
    pub(crate) fn connections(&self) -> usize {
        self.by_session.len()
    }

    /// How many sessions wait for their applications to come back.
    pub(crate) fn waiting(&self) -> usize {
        self.lost.len()
    }

    /// Whether a session is carried here.
    pub fn carries(&self, session: SessionId) -> bool {
        self.by_session.contains_key(&session) || self.lost.contains_key(&session)
    }

    /// How a session is carried, if it is carried here.
    pub(crate) fn carriage(&self, now: Instant, session: SessionId) -> Option<Carriage> {
        if let Some(lost) = self.lost.get(&session) {
            let (transport, peer) = (lost.transport, Some(lost.peer));
            return Some(Carriage {
                transport,
                peer,
                reachable: false,
                expires_in: Some(lost.ends.since(now)),
            });
        }
        let link = self.links.get(self.by_session.get(&session)?)?;
        let association = link.association.as_ref()?;
        Some(Carriage {
            transport: link.transport(),
            peer: Some(link.peer),
            reachable: true,
            expires_in: association.expiry.map(|_| association.expires(link.heard).since(now)),
        })
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.csta_links = self.links.len().max(self.by_session.len());
        sizes.csta_lost = self.lost.len();
        sizes.csta_timers = self.timers.len();
    }

    /// An application connected. When too many wait without a session, altogether or from its source, the oldest one of
    /// them makes room; a source that has its share of connections with sessions gets no more.
    pub fn connected(
        &mut self,
        now: Instant,
        link: LinkId,
        peer: SocketAddr,
        over_tls: bool,
        out: &mut Outbox,
    ) {
        if !self.connect(now, link, (peer, over_tls), Form::Frames(Framer::default()), out) {
            out.close(link);
        }
    }

    /// The application of a connection has shown a certificate.
    pub(crate) fn set_certificate(&mut self, link: LinkId, certificate: &str) {
        if let Some(link) = self.links.get_mut(&link) {
            link.certificate = Some(certificate.into());
        }
    }

    /// Takes a connection from a peer, over TLS or without it; false if there is no room for it.
    fn connect(
        &mut self,
        now: Instant,
        link: LinkId,
        (peer, over_tls): (SocketAddr, bool),
        form: Form,
        out: &mut Outbox,
    ) -> bool {
        if !self.admit(peer.ip(), out) {
            return false;
        }
        let login = self.timers.start(now + LOGIN_TIME, Timer::Login(link));
        self.links.insert(link, Link::new(now, peer, over_tls, form, login));
        let source = self.sources.entry(peer.ip()).or_default();
        source.total += 1;
        source.waiting.insert(link);
        self.waiting += 1;
        debug!(link = link.0, %peer, "CSTA connection opened");
        true
    }

    /// Makes room for one more connection from an address; false if there is none.
    fn admit(&mut self, address: IpAddr, out: &mut Outbox) -> bool {
        let limits = out.guard.settings();
        let (most, most_waiting) = (limits.connections_per_source, limits.waiting_per_source);
        let source = self.sources.get(&address);
        let own = source.and_then(|source| source.waiting.first().copied());
        let (total, waiting) = source.map_or((0, 0), |source| (source.total, source.waiting.len()));
        let (victim, limit, value) = if total >= most {
            (own, "connections per-source", most)
        } else if waiting >= most_waiting {
            (own, "connections waiting per-source", most_waiting)
        } else if self.waiting >= self.settings.max_waiting {
            let most = self.sources.values().max_by_key(|source| source.waiting.len());
            (most.and_then(|source| source.waiting.first().copied()), "open files", self.settings.max_waiting)
        } else {
            return true;
        };
        out.guard.refused(limit, address, value);
        let Some(victim) = victim else { return false };
        debug!(link = victim.0, "connection without session closed to make room");
        self.drop_link(victim, out);
        true
    }

    /// A connection has a session now.
    fn associated(&mut self, id: LinkId) {
        let Some(link) = self.links.get(&id) else { return };
        if self.sources.get_mut(&link.peer.ip()).is_some_and(|source| source.waiting.remove(&id)) {
            self.waiting -= 1;
        }
    }

    /// Bytes of half frames.
    pub(crate) fn gathered(&self) -> usize {
        self.gathered.total()
    }

    /// Counts the half frame of a connection, and gives up connections when all half frames take too much.
    fn bound_gathered(&mut self, id: LinkId, applications: &mut Applications, context: &mut Context<'_>) {
        let Some(link) = self.links.get(&id) else { return };
        self.gathered.note(id, link.peer.ip(), link.buffered());
        let limit = context.out.guard.settings().budget().half_csta;
        while let Some((victim, source)) = self.gathered.victim(limit) {
            context.out.guard.refused("memory megabytes", source, limit);
            self.abort(victim, &"half frames take too much memory", applications, context);
        }
    }

    /// Takes one message from the front of `bytes`; true if there may be another one, which is to be taken when
    /// everything that followed from this one is settled.
    pub fn received(
        &mut self,
        id: LinkId,
        bytes: &mut &[u8],
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(link) = self.links.get_mut(&id) else { return false };
        if let Some(parked) = &mut link.parked {
            if !parked.keep(std::mem::take(bytes)) {
                self.abort(id, &"too much was sent before the login", applications, context);
            }
            return false;
        }
        let Form::Frames(framer) = &mut link.form else {
            self.received_text(id, std::mem::take(bytes), applications, context);
            return false;
        };
        let (invoke, message) = match framer.next(bytes) {
            Ok(None) => {
                self.bound_gathered(id, applications, context);
                return false;
            }
            Ok(Some(frame)) if frame.encapsulation == Encapsulation::Plain => {
                (frame.invoke_id, wire::decode_tcp(frame.body))
            }
            Ok(Some(_)) => {
                self.abort(id, &"SOAP envelopes are not understood", applications, context);
                return false;
            }
            Err(error) => {
                self.abort(id, &error, applications, context);
                return false;
            }
        };
        link.heard = context.now;
        self.gathered.forget(id);
        self.message(id, invoke, message, applications, context);
        self.owns(id)
    }

    fn message(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        message: Result<TcpMessage, DecodeError>,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        match message {
            Ok(TcpMessage::Session(message)) => {
                self.session_message(id, invoke, message, applications, context)
            }
            Ok(TcpMessage::Csta(decoded)) => {
                self.content(id, invoke, Content::of(decoded), applications, context);
            }
            Err(error) => self.unreadable(id, invoke, &error, applications, context),
        }
    }

    /// The other end closed the connection.
    pub fn closed(&mut self, id: LinkId, applications: &mut Applications, context: &mut Context<'_>) {
        debug!(link = id.0, "CSTA connection closed by the other end");
        self.lose_session(id, &"the connection was lost", applications, context);
        self.forget(id);
    }

    /// Delivers a message to the application of its session.
    pub fn deliver(&mut self, now: Instant, delivery: Delivery<'_>, out: &mut Outbox) {
        let Some(id) = self.by_session.get(&delivery.session) else { return };
        let Some(link) = self.links.get_mut(id) else { return };
        let invoke = match delivery.kind {
            DeliveryKind::Response(Ticket(number)) => u16::try_from(number).ok().and_then(InvokeId::new),
            DeliveryKind::OneWay(Ticket(number)) => {
                let invoke = u16::try_from(number).ok().and_then(InvokeId::new);
                invoke.into_iter().for_each(|invoke| link.acknowledge(*id, invoke, delivery.body, out));
                return;
            }
            DeliveryKind::Request(invoke) => Some(invoke),
            // It is kept, and has its turn when the events before it were sent again.
            DeliveryKind::Event(_) if link.is_replaying() => return,
            DeliveryKind::Event(place) => return link.send_event(now, *id, place, delivery.body, out),
        };
        if let Some(invoke) = invoke {
            link.send(now, *id, invoke, delivery.body, out);
        }
    }

    /// When [`CstaTcp::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, applications: &mut Applications, context: &mut Context<'_>) {
        while let Some(timer) = self.timers.pop_due(context.now) {
            match timer {
                Timer::Login(id) => {
                    debug!(link = id.0, "CSTA connection closed: no session was started");
                    self.drop_link(id, context.out);
                }
                Timer::Expiry(id) => self.expiry(id, applications, context),
                Timer::Heartbeat(id) => self.heartbeat(id, applications, context),
                Timer::Replay(id) => self.replay(id, applications, context),
                Timer::Forget(session) => {
                    let why = "its application has not come back";
                    self.forget_session(session, &why, applications, context);
                }
            }
        }
    }

    /// Ends a session because an operator wishes so; false if it is not carried here.
    pub fn clear_session(
        &mut self,
        session: SessionId,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(id) = self.by_session.get(&session).copied() else {
            return self.forget_session(session, &"it was cleared here", applications, context);
        };
        self.terminate(id, session::own_reason("cleared"), &"it was cleared here", applications, context);
        true
    }

    /// Other settings hold from now on; a session keeps its interval until it is reset. When applications are not served
    /// any more, every session ends.
    pub fn configure(
        &mut self,
        settings: &CstaTcpSettings,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        self.settings.clone_from(settings);
        applications.set_journal_maximum(settings.journal_maximum);
        applications.set_device_limits(settings.device_limits);
        if !settings.enabled {
            self.terminate_all("ctiShutDown", &"CTI was shut down", applications, context);
        }
        self.end_forbidden(applications, context);
    }

    /// Ends the sessions of users who may not have any more.
    fn end_forbidden(&mut self, applications: &mut Applications, context: &mut Context<'_>) {
        let sessions = self.by_session.keys().chain(self.lost.keys());
        let forbidden: Vec<(SessionId, &'static str)> = sessions
            .filter_map(|id| {
                let user = applications.session(*id)?.identity().user.as_ref()?;
                Some((*id, self.forbids(*id, user)?))
            })
            .collect();
        for (session, reason) in forbidden {
            let why = "its user may have no session any more";
            match self.by_session.get(&session).copied() {
                Some(id) => self.terminate(id, session::own_reason(reason), &why, applications, context),
                None => drop(self.forget_session(session, &why, applications, context)),
            }
        }
    }

    /// Why a user may not have a session as it is carried, if so.
    fn forbids(&self, session: SessionId, user: &str) -> Option<&'static str> {
        let users = &self.settings.users;
        let link = self.by_session.get(&session).and_then(|id| self.links.get(id));
        // Without a connection it is looked at when the application comes back; older listeners have no TLS.
        let link = link.filter(|link| link.unasked.is_none());
        let over_tls = link.is_none_or(|link| link.over_tls);
        let refusal = || users.check_again(user, over_tls).err();
        users.forbids(user).or_else(|| refusal().map(LoginRefusal::name))
    }

    /// Ends every session and closes every connection; takes no new sessions.
    pub fn shut_down(&mut self, applications: &mut Applications, context: &mut Context<'_>) {
        self.stopping = true;
        self.terminate_all("shutDown", &"the server ends", applications, context);
    }

    fn terminate_all(
        &mut self,
        reason: &'static str,
        why: &dyn std::fmt::Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            self.terminate(id, session::own_reason(reason), why, applications, context);
        }
        self.forget_all(why, applications, context);
    }

    /// Carries out a CSTA request of an application.
    fn content(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        content: Content,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        if let Content::Request(edition, _) = &content {
            self.begin_unasked(id, *edition, applications, context);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(association) = &link.association else {
            return self.refuse_without_session(id, invoke, context);
        };
        let session = association.session;
        match content {
            Content::Request(_, request) => {
                let ticket = Ticket(invoke.get().into());
                let now = context.now;
                context.out.debugging.asked(session, &request, context.switch);
                if let Some(delivery) = applications.request(now, session, ticket, request, context.switch) {
                    context.out.debugging.delivered(&delivery);
                    link.send(now, id, invoke, delivery.body, context.out);
                }
            }
            Content::Answer(answer) => applications.answered(session, invoke, &answer),
            Content::Other(root) => debug!(%session, %root, "message that needs no response ignored"),
        }
    }

    /// What can be answered is answered; before a session anything else ends the connection.
    fn unreadable(
        &mut self,
        id: LinkId,
        invoke: InvokeId,
        error: &DecodeError,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        if let Some(link) = self.links.get(&id) {
            let session = link.association.as_ref().map(|association| association.session);
            context.out.alarm(&Alarm::new(Name::InvalidQbeMessage).from(link.peer.ip()));
            applications.unreadable(context.now, link.peer, session, &error.to_string());
        }
        if let Some(refusal) = error.session_refusal() {
            return self.send_session(id, invoke, &refusal, context);
        }
        if let Some(content) = Content::of_error(error) {
            return self.content(id, invoke, content, applications, context);
        }
        if self.links.get(&id).is_some_and(|link| link.association.is_some()) {
            self.send_error(id, invoke, CstaError::Operation(OperationError::Generic), context);
        } else {
            self.abort(id, error, applications, context);
        }
    }

    fn refuse_without_session(&mut self, id: LinkId, invoke: InvokeId, context: &mut Context<'_>) {
        debug!(link = id.0, "request without session refused");
        self.send_error(id, invoke, CstaError::Operation(OperationError::SecurityViolation), context);
    }

    fn send_error(&mut self, id: LinkId, invoke: InvokeId, error: CstaError, context: &mut Context<'_>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let mut body = Vec::with_capacity(256);
        wire::encode(link.edition(), &Message::Error(error), &mut body);
        link.send(context.now, id, invoke, &body, context.out);
    }

    /// The stream cannot be followed any further.
    fn abort(
        &mut self,
        id: LinkId,
        why: &dyn std::fmt::Display,
        applications: &mut Applications,
        context: &mut Context<'_>,
    ) {
        let peer = self.links.get(&id).map(|link| link.peer.ip());
        peer.into_iter().for_each(|peer| {
            let alarm = Alarm::new(Name::ApplicationConnectionError).with("Reason", why);
            context.out.alarm(&alarm.from(peer));
        });
        if let Some(link) = self.links.get(&id)
            && context.out.guard.may_log("CSTA connection closed", link.peer.ip())
        {
            info!(link = id.0, peer = %link.peer, "CSTA connection closed: {why}");
        }
        self.lose_session(id, why, applications, context);
        self.drop_link(id, context.out);
    }

    fn drop_link(&mut self, id: LinkId, out: &mut Outbox) {
        if self.forget(id) {
            out.close(id);
        }
    }

    fn forget(&mut self, id: LinkId) -> bool {
        self.associated(id);
        self.gathered.forget(id);
        let Some(link) = self.links.remove(&id) else { return false };
        let address = link.peer.ip();
        if let Some(source) = self.sources.get_mut(&address) {
            source.total -= 1;
            if source.total == 0 {
                self.sources.remove(&address);
            }
        }
        link.deadlines().into_iter().for_each(|deadline| self.timers.stop(deadline));
        true
    }

    /// The application may have been silent for two heartbeats.
    fn expiry(&mut self, id: LinkId, applications: &mut Applications, context: &mut Context<'_>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let heard = link.heard;
        let Some(association) = &mut link.association else { return };
        let ends = association.expires(heard);
        if ends > context.now {
            association.expiry = Some(self.timers.start(ends, Timer::Expiry(id)));
            return;
        }
        warn!(session = %association.session, peer = %link.peer, "no message for two heartbeat intervals");
        let alarm = Alarm::new(Name::CtiProviderCloseHeartbeatTimeout);
        context.out.alarm(&alarm.with("CTIconnectionId", association.session).from(link.peer.ip()));
        let reason = TermReason::SessionTimerExpired.into();
        self.terminate(id, reason, &"the session expired", applications, context);
    }

    /// The application may have been sent nothing for a heartbeat interval.
    fn heartbeat(&mut self, id: LinkId, applications: &mut Applications, context: &mut Context<'_>) {
        let Some(link) = self.links.get_mut(&id) else { return };
        let sent = link.sent;
        let Some(association) = &mut link.association else { return };
        let (session, wants) = (association.session, association.wants_heartbeats);
        let due = sent + association.interval;
        let next = if due > context.now { due } else { context.now + association.interval };
        association.heartbeat = Some(self.timers.start(next, Timer::Heartbeat(id)));
        let registered = || applications.session(session).is_some_and(|own| own.wants_status());
        if due > context.now || !(wants || registered()) {
            return;
        }
        let status = SystemStatus::of(None, SystemStatusValue::Normal);
        if let Some(delivery) = applications.ask(session, status.into()) {
            self.deliver(context.now, delivery, context.out);
        }
    }
}
