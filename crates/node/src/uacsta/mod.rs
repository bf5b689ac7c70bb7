//! CSTA sessions inside SIP dialogs (uaCSTA, ECMA TR/87).
//!
//! ```text
//!  INVITE + RequestSystemStatus ─► session opens; 200 with the status
//!  INFO + request ───────────────► 200 with the response, or with CSTAErrorCode
//!                    event ──────► INFO
//!  BYE, expiry, lost connection ─► session closes, its monitors stop; its calls go on
//! ```
//!
//! [`Uacsta`] maps dialogs to sessions, and CSTA requests to the SIP requests that wait for their responses.
//! [`csta`] interprets the messages.
//!
//! # Strangers
//!
//! Anybody can send a datagram in anybody's name. A session whose INVITE came as one counts for nobody, and nothing is carried
//! out for it, until its peer has shown by ACK, or by another request in the dialog, that it reads what goes to it:
//!
//! ```text
//!  INVITE as a datagram + RequestSystemStatus or GetCSTAFeatures ─► 200 with the response: it says nothing about calls
//!  INVITE as a datagram + any other service ──────────────────────► 200 without body; the request is kept
//!  ACK ───────────────────────────────────────────────────────────► the request is carried out; INFO with the response
//! ```
//!
//! A TCP connection is proven by its handshake: there the response to any service is in the 200.
//!
//! # Limits
//!
//! Sessions that nobody has acknowledged ([`MAX_UNPROVEN`]: the oldest one makes room) and bytes of the request in each
//! ([`MAX_KEPT_REQUEST`]); sessions of each source and principal ([`limits`](crate::limits)).
//!
//! # Invariants
//!
//! * Each session of this carrier has one dialog, and each dialog that is established has one session.
//! * A session is answered in the edition of its first request.

mod address;
mod body;
mod settings;

#[cfg(test)]
pub(crate) mod tests;

use std::{collections::BTreeMap, fmt, net::IpAddr, time::Duration};

use hookflash_core::{Instant, Refusal, cti::SessionId};
use hookflash_wire::{
    csta::{self as wire, CstaError, Edition, InvokeId, Request},
    sip::{HeaderName, Method, Response, StatusCode},
};
use smol_str::{SmolStr, ToSmolStr};
use tracing::{debug, info};

use crate::{
    Context, NodeSettings, Outbox, Sizes,
    csta::{self, Applications, Content, Delivery, DeliveryKind, Identity, Ticket},
    registrar::{NotProved, Opening, Proven, Registrar},
    session_report::Carriage,
    sip::{DialogId, EndReason, Endpoint, Incoming, Reply, RequestId, RequestInDialog, User},
};
pub use body::CSTA_XML;
use body::Carried;
pub use settings::UacstaSettings;

/// Sessions of which nobody has shown yet that the address of their INVITE is theirs.
pub const MAX_UNPROVEN: usize = 1024;

/// Bytes of a request in an INVITE that is kept until the INVITE is acknowledged.
pub const MAX_KEPT_REQUEST: usize = 8 * 1024;

/// The methods that a session takes.
pub(crate) const ALLOW: &str = "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS";

/// Interval between two looks at all sessions for those that were lost.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The parts of the node that the carrier connects.
#[derive(Debug)]
pub struct Neighbours<'a> {
    /// The CSTA sessions.
    pub applications: &'a mut Applications,
    /// The SIP layer.
    pub sip: &'a mut Endpoint,
    /// The registrations over SIP.
    pub registrar: &'a mut Registrar,
}

/// The sessions that SIP carries.
#[derive(Debug)]
pub struct Uacsta {
    settings: UacstaSettings,
    dialogs: BTreeMap<SessionId, DialogId>,
    sessions: BTreeMap<DialogId, SessionId>,
    /// SIP requests whose CSTA request is not answered yet.
    waiting: BTreeMap<Ticket, Waiting>,
    last_ticket: u32,
    /// Sessions whose address nobody has proven.
    unproven: BTreeMap<SessionId, Unproven>,
    /// INFOs with requests of the server that are not answered yet.
    asked: BTreeMap<RequestId, (SessionId, InvokeId)>,
    stopping: bool,
    /// When all sessions were looked at for lost ones in vain.
    looked_at: Option<Instant>,
}

/// A SIP request whose CSTA request is not answered yet.
#[derive(Debug)]
struct Waiting {
    session: SessionId,
    /// `None` for the request of an INVITE that was answered without it: its response goes by INFO.
    incoming: Option<Incoming>,
}

/// A session whose INVITE came as a datagram and is not acknowledged.
#[derive(Debug)]
struct Unproven {
    opening: Opening,
    source: IpAddr,
    /// What is carried out when it is acknowledged.
    request: Option<Result<Request, CstaError>>,
}

/// The first request of a session, as it was read.
type FirstRequest = (Edition, Result<Request, CstaError>);

impl Uacsta {
    /// No sessions yet.
    pub fn new(settings: &NodeSettings) -> Uacsta {
        Uacsta {
            settings: settings.uacsta.clone(),
            dialogs: BTreeMap::new(),
            sessions: BTreeMap::new(),
            waiting: BTreeMap::new(),
            last_ticket: 0,
            unproven: BTreeMap::new(),
            asked: BTreeMap::new(),
            stopping: false,
            looked_at: None,
        }
    }

    /// The dialog that carries a session, if SIP carries it.
    pub fn dialog_of(&self, session: SessionId) -> Option<DialogId> {
        self.dialogs.get(&session).copied()
    }

    /// Whether an INVITE opens a session.
    pub(crate) fn is_for(incoming: &Incoming) -> bool {
        matches!(body::carried(incoming), Carried::Csta(_))
    }

    /// Takes an INVITE outside a dialog and responds at once.
    pub fn invited(&mut self, mut incoming: Incoming, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
        incoming.make_acknowledgement_optional();
        match body::carried(&incoming) {
            Carried::Csta(_) => self.open(incoming, near, context),
            Carried::Nothing | Carried::Other => {
                refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, incoming, near, context);
            }
        }
    }

    /// Takes a request in a dialog. Without a body it is a sign of life, and refreshes the session if it can.
    pub fn asked(
        &mut self,
        dialog: DialogId,
        mut incoming: Incoming,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        incoming.make_acknowledgement_optional();
        if let Some(status) = refusal_in_session(&incoming.request().method) {
            let allow = [(HeaderName::ALLOW, ALLOW.to_owned())];
            let headers = if status == StatusCode::METHOD_NOT_ALLOWED { &allow[..] } else { &[] };
            return near.sip.reply(
                context.now,
                incoming,
                Reply::from(status).with_headers(headers),
                context.out,
            );
        }
        match body::carried(&incoming) {
            Carried::Csta(_) => self.request(dialog, incoming, near, context),
            Carried::Nothing => near.sip.reply(context.now, incoming, StatusCode::OK.into(), context.out),
            Carried::Other => refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, incoming, near, context),
        }
    }

    /// A dialog has ended.
    pub fn ended(
        &mut self,
        dialog: DialogId,
        reason: EndReason,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        if let Some(id) = self.sessions.get(&dialog).copied() {
            self.close(id, &reason, reason == EndReason::Bye, near, context);
        }
    }

    /// Delivers a message to the application of its session.
    pub fn deliver(&mut self, now: Instant, delivery: Delivery<'_>, sip: &mut Endpoint, outbox: &mut Outbox) {
        match delivery.kind {
            DeliveryKind::Response(ticket) => {
                let Some(Waiting { incoming, .. }) = self.waiting.remove(&ticket) else { return };
                let body = Some(body::of(delivery.body));
                match (incoming, self.dialog_of(delivery.session)) {
                    (Some(incoming), _) => {
                        sip.reply(now, incoming, Reply::from(StatusCode::OK).with_body(body), outbox);
                    }
                    (None, Some(dialog)) => sip.send_in_order(now, dialog, &Method::Info, body, outbox),
                    (None, None) => {}
                }
            }
            DeliveryKind::Event(_) => {
                let Some(dialog) = self.dialog_of(delivery.session) else { return };
                sip.send_in_order(now, dialog, &Method::Info, Some(body::of(delivery.body)), outbox);
            }
            // There is no response in it, but the INFO has one.
            DeliveryKind::OneWay(ticket) => {
                let incoming = self.waiting.remove(&ticket).and_then(|waiting| waiting.incoming);
                if let Some(incoming) = incoming {
                    sip.reply(now, incoming, Reply::from(StatusCode::OK), outbox);
                }
            }
            DeliveryKind::Request(invoke) => {
                let Some(dialog) = self.dialog_of(delivery.session) else { return };
                let body = Some(body::of(delivery.body));
                let request = RequestInDialog { body, ..RequestInDialog::new(&Method::Info) };
                // One that cannot be sent is one that is not answered.
                if let Ok(id) = sip.send_in_dialog(now, dialog, &request, outbox) {
                    self.asked.insert(id, (delivery.session, invoke));
                }
            }
        }
    }

    /// An INFO with a request of the server was answered: with the response to the request, or without.
    pub fn answered(&mut self, id: RequestId, response: &Response, applications: &mut Applications) {
        let Some((session, invoke)) = self.asked.remove(&id) else { return };
        match body::csta_of_response(response).map(csta::read) {
            Some(Ok(Content::Answer(answer))) => applications.answered(session, invoke, &answer),
            _ => debug!(%session, %invoke, "response to INFO has no response to the request in it"),
        }
    }

    /// An INFO was not answered.
    pub fn not_answered(&mut self, id: RequestId) {
        self.asked.remove(&id);
    }

    /// Ends all sessions with BYE and accepts no new ones.
    pub fn shut_down(&mut self, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
        self.stopping = true;
        let ids: Vec<SessionId> = self.dialogs.keys().copied().collect();
        for id in ids {
            self.clear_session(id, near, context);
        }
    }

    /// Puts other settings into effect. When the interface is shut down, all sessions end with BYE.
    pub(crate) fn configure(
        &mut self,
        settings: &UacstaSettings,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        self.settings.clone_from(settings);
        if !settings.enabled {
            let ids: Vec<SessionId> = self.dialogs.keys().copied().collect();
            for id in ids {
                self.clear_session(id, near, context);
            }
        }
    }

    /// Ends a session with BYE; false if SIP carries no such session.
    pub fn clear_session(
        &mut self,
        id: SessionId,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(dialog) = self.dialog_of(id) else { return false };
        near.sip.end(context.now, dialog, context.out);
        self.close(id, &"it was cleared here", false, near, context);
        true
    }

    /// How a session is carried, if SIP carries it.
    pub(crate) fn carriage(&self, now: Instant, session: SessionId, sip: &Endpoint) -> Option<Carriage> {
        let dialog = sip.dialog(self.dialog_of(session)?)?;
        Some(Carriage {
            transport: dialog.flow().transport(),
            peer: Some(dialog.flow().peer()),
            reachable: dialog.is_reachable(),
            expires_in: dialog.expires().map(|at| at.since(now)),
        })
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.under_way += self.waiting.len();
    }

    /// An INVITE: opens a session and carries out the request in it.
    fn open(&mut self, mut incoming: Incoming, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
        let certificate = near.sip.certificate(incoming.flow());
        let opener = near.registrar.opener(context.now, &incoming, certificate, &mut context.out.guard);
        let opener = match opener {
            Ok(opener) => opener,
            Err(refused) => return refuse_unproven(&refused, incoming, near, context),
        };
        let opened = self.open_session(&mut incoming, opener, near, context);
        match opened {
            Ok((id, request)) if incoming.flow().link().is_none() => {
                self.serve_when_proven(id, request, incoming, near, context);
            }
            Ok((id, request)) => {
                self.proven(id, near.registrar.opening(&incoming), incoming.flow().peer().ip(), near);
                self.serve(id, request, Some(incoming), near, context);
            }
            Err(status) => {
                let peer = incoming.flow();
                if context.out.guard.may_log("CTI session refused", peer.peer().ip()) {
                    info!(call_id = incoming.call_id(), %peer, %status, "CTI session refused");
                }
                let application = incoming.from().map(|from| from.uri_text.into()).unwrap_or_default();
                let line = address::line(&incoming).map(|line| line.to_smolstr()).unwrap_or_default();
                near.applications.refused_session(incoming.flow().peer(), application, line, &status);
                let is_bad = status == StatusCode::BAD_REQUEST;
                let headers = if is_bad { unreadable(None, &incoming, near, context) } else { None };
                let headers = headers.map(|fault| body::warning(&fault)).unwrap_or_default();
                near.sip.reply(
                    context.now,
                    incoming,
                    Reply::from(status).with_headers(&headers),
                    context.out,
                );
            }
        }
    }

    /// Answers an INVITE that came as a datagram. What does more than to say that the server is there waits for the ACK.
    fn serve_when_proven(
        &mut self,
        id: SessionId,
        request: Result<Request, CstaError>,
        incoming: Incoming,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        let (opening, source) = (near.registrar.opening(&incoming), incoming.flow().peer().ip());
        let (now_served, kept) = match request {
            Ok(Request::RequestSystemStatus(_) | Request::GetCstaFeatures(_)) | Err(_) => {
                (Some(request), None)
            }
            Ok(_) => (None, Some(request)),
        };
        self.unproven.insert(id, Unproven { opening, source, request: kept });
        match now_served {
            Some(request) => self.serve(id, request, Some(incoming), near, context),
            None => near.sip.reply(context.now, incoming, StatusCode::OK.into(), context.out),
        }
        if self.unproven.len() > MAX_UNPROVEN
            && let Some(oldest) = self.unproven.first_key_value().map(|(oldest, _)| *oldest)
        {
            self.abandon(oldest, near, context);
        }
    }

    /// The peer of a dialog has shown that it reads what goes to it: what waited for that is carried out.
    pub fn acknowledged(&mut self, dialog: DialogId, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
        let Some(id) = self.sessions.get(&dialog).copied() else { return };
        let Some(Unproven { opening, source, request }) = self.unproven.remove(&id) else { return };
        let principal = near.applications.session(id).map(|session| session.identity().principal.clone());
        if near.applications.may_open(source, &principal.unwrap_or_default()).is_err() {
            self.clear_session(id, near, context);
            return;
        }
        self.proven(id, opening, source, near);
        if let Some(request) = request {
            self.serve(id, request, None, near, context);
        }
    }

    /// A session belongs to who opened it from now on.
    fn proven(&mut self, id: SessionId, opening: Opening, source: IpAddr, near: &mut Neighbours<'_>) {
        near.applications.proven(id, source);
        near.registrar.session_opened(id, opening);
    }

    /// Forgets a session without a word to the address that it seemed to come from.
    fn abandon(&mut self, id: SessionId, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
        if let Some(dialog) = self.dialog_of(id) {
            near.sip.abandon(dialog);
            self.close(id, &"its peer is not there, and others needed the room", false, near, context);
        }
    }

    fn open_session(
        &mut self,
        incoming: &mut Incoming,
        opener: Proven,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) -> Result<(SessionId, Result<Request, CstaError>), StatusCode> {
        if self.stopping {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        if !self.settings.enabled {
            return Err(StatusCode::TEMPORARILY_UNAVAILABLE);
        }
        if incoming.flow().link().is_none() && incoming.request().body().len() > MAX_KEPT_REQUEST {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        let (edition, request) = first_request(incoming)?;
        let named = request.as_ref().ok().and_then(line_in_body);
        let wanted = named.clone().or_else(|| address::line(incoming));
        let source = incoming.flow().peer().ip();
        let application: SmolStr = incoming.from().map(|from| from.uri_text.into()).unwrap_or_default();
        let identity = match opener {
            Proven::User(user) => Identity { principal: user.clone(), application, user: Some(user) },
            Proven::Nobody | Proven::Manager(_) => {
                Identity { principal: application.clone(), application, user: None }
            }
        };
        let find = |name| csta::find_line(&name, &identity, context.switch);
        let line = wanted.map(find).transpose().map_err(status)?;
        if !near.applications.has_room(source, &identity.principal) {
            self.close_lost(source, near, context);
        }
        let applications = &mut near.applications;
        applications.may_open(source, &identity.principal).map_err(status)?;
        let dialog = near.sip.establish(context.now, User::Uacsta, incoming)?;
        let id = applications.open(context.now, identity, edition, context.switch).map_err(status)?;
        if let Some(line) = line {
            // How SIP addresses a line is not how the application writes it.
            applications.set_line(id, line, named.as_ref());
        }
        let is_told_of = context.out.guard.may_log("CTI session opened", source);
        applications.set_told(id, is_told_of);
        if is_told_of {
            info!(session = %id, call_id = incoming.call_id(), peer = %incoming.flow(), "CTI session opened");
        }
        self.dialogs.insert(id, dialog);
        self.sessions.insert(dialog, id);
        Ok((id, request))
    }

    /// A source has as many sessions as it may: those of them that wait for their peer to connect again wait no longer.
    fn close_lost(&mut self, source: IpAddr, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
        // A look at all sessions: when it finds none, it is not repeated for each INVITE of a flood.
        if self.looked_at.is_some_and(|at| context.now.since(at) < LOOK_EVERY) {
            return;
        }
        let is_lost = |dialog: &DialogId| {
            let dialog = near.sip.dialog(*dialog);
            dialog.is_some_and(|dialog| !dialog.is_reachable() && dialog.flow().peer().ip() == source)
        };
        let lost = self.dialogs.iter().filter(|(_, dialog)| is_lost(dialog)).map(|(id, _)| *id);
        let lost: Vec<SessionId> = lost.take(MAX_UNPROVEN).collect();
        self.looked_at = Some(context.now).filter(|_| lost.is_empty());
        for id in lost {
            self.abandon(id, near, context);
        }
    }

    /// A request in a dialog.
    fn request(
        &mut self,
        dialog: DialogId,
        incoming: Incoming,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        let session = self.sessions.get(&dialog).copied();
        let read = csta::read(body::csta(&incoming).unwrap_or_default());
        let fault = match &read {
            Err(_) | Ok(Content::Request(_, Err(_))) => unreadable(session, &incoming, near, context),
            _ => None,
        };
        let status = match (session, read) {
            (None, _) => StatusCode::CALL_DOES_NOT_EXIST,
            (Some(id), Ok(Content::Request(_, request))) => {
                return self.serve(id, request, Some(incoming), near, context);
            }
            (Some(_), Ok(Content::Answer(_) | Content::Other(_))) => StatusCode::OK,
            (Some(_), Err(_)) => {
                let headers = body::warning(&fault.unwrap_or_default());
                let reply = Reply::from(StatusCode::BAD_REQUEST).with_headers(&headers);
                return near.sip.reply(context.now, incoming, reply, context.out);
            }
        };
        near.sip.reply(context.now, incoming, status.into(), context.out);
    }

    /// Has a request of a session carried out.
    fn serve(
        &mut self,
        id: SessionId,
        request: Result<Request, CstaError>,
        incoming: Option<Incoming>,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let ticket = Ticket(self.last_ticket);
        self.waiting.insert(ticket, Waiting { session: id, incoming });
        let now = context.now;
        context.out.debugging.asked(id, &request, context.switch);
        if let Some(delivery) = near.applications.request(now, id, ticket, request, context.switch) {
            context.out.debugging.delivered(&delivery);
            self.deliver(now, delivery, near.sip, context.out);
        }
    }

    /// Closes a session; `by_application` if the application asked for it.
    fn close(
        &mut self,
        id: SessionId,
        why: &dyn fmt::Display,
        by_application: bool,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        let Some(dialog) = self.dialogs.remove(&id) else { return };
        self.sessions.remove(&dialog);
        self.unproven.remove(&id);
        self.asked.retain(|_, (session, _)| *session != id);
        for (_, unanswered) in self.waiting.extract_if(.., |_, waiting| waiting.session == id) {
            let status = StatusCode::CALL_DOES_NOT_EXIST;
            if let Some(incoming) = unanswered.incoming {
                near.sip.reply(context.now, incoming, status.into(), context.out);
            }
        }
        near.applications.close(id, why, context.switch);
        near.registrar.session_closed(id, by_application);
    }
}

/// Why a request with this method is not for a session, if it is not. The server may know the method, in the calls of phones.
fn refusal_in_session(method: &Method) -> Option<StatusCode> {
    match method {
        Method::Invite | Method::Info | Method::Update => None,
        // Nothing in a session is a reliable response (RFC 3262, 3), or subscribed to (RFC 6665, 4.1.3).
        Method::Prack | Method::Notify => Some(StatusCode::CALL_DOES_NOT_EXIST),
        _ => Some(StatusCode::METHOD_NOT_ALLOWED),
    }
}

/// Logs what is wrong with the CSTA message of a request, and returns it.
fn unreadable(
    session: Option<SessionId>,
    incoming: &Incoming,
    near: &mut Neighbours<'_>,
    context: &Context<'_>,
) -> Option<String> {
    // Read once more: it is rarely needed.
    let fault = csta::fault(body::csta(incoming).unwrap_or_default())?;
    near.applications.unreadable(context.now, incoming.flow().peer(), session, &fault);
    Some(fault)
}

/// Refuses a request, with the media types that are accepted.
fn refuse(status: StatusCode, incoming: Incoming, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
    let headers = body::accepted(status);
    near.sip.reply(context.now, incoming, Reply::from(status).with_headers(&headers), context.out);
}

/// Answers an INVITE whose sender has not proved who it is.
fn refuse_unproven(
    refused: &NotProved,
    incoming: Incoming,
    near: &mut Neighbours<'_>,
    context: &mut Context<'_>,
) {
    let (status, headers) = match refused {
        NotProved::Challenged(headers) => (StatusCode::UNAUTHORIZED, headers.clone()),
        NotProved::Refused(refusal) => {
            let warning = format!("399 hookflash \"{}\"", refusal.name());
            (StatusCode::FORBIDDEN, vec![(HeaderName::WARNING, warning)])
        }
    };
    debug!(peer = %incoming.flow(), %status, "CTI session refused: nobody is proved");
    near.sip.reply(context.now, incoming, Reply::from(status).with_headers(&headers), context.out);
}

/// The request that an INVITE carries. Anything but a request opens nothing.
fn first_request(incoming: &Incoming) -> Result<FirstRequest, StatusCode> {
    match csta::read(body::csta(incoming).unwrap_or_default()) {
        Ok(Content::Request(edition, request)) => Ok((edition, request)),
        Ok(Content::Answer(_) | Content::Other(_)) => Err(StatusCode::NOT_ACCEPTABLE_HERE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

/// The line that the body of an INVITE names.
fn line_in_body(request: &Request) -> Option<wire::DeviceId> {
    match request {
        Request::RequestSystemStatus(request) => request.extensions.lcs_line.clone(),
        Request::GetCstaFeatures(request) => request.extensions.lcs_line.clone(),
        _ => None,
    }
}

/// How an INVITE is refused.
fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::InvalidDevice => StatusCode::NOT_FOUND,
        Refusal::PrivilegeViolation => StatusCode::FORBIDDEN,
        Refusal::CtiShutDown => StatusCode::TEMPORARILY_UNAVAILABLE,
        Refusal::SessionLimitExceeded | Refusal::PerformanceLimitExceeded => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::SERVER_INTERNAL_ERROR,
    }
}
