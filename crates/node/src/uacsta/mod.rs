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
//! # Invariants
//!
//! * Each session of this carrier has one dialog, and each dialog that is established has one session.
//! * A session is answered in the edition of its first request.

mod address;
mod body;

#[cfg(test)]
pub(crate) mod tests;

use std::{collections::BTreeMap, fmt};

use hookflash_core::{Instant, Refusal, cti::SessionId};
use hookflash_wire::{
    csta::{self as wire, CstaError, Edition, InvokeId, Request},
    sip::{Method, Response, StatusCode},
};
use smol_str::{SmolStr, ToSmolStr};
use tracing::{debug, info};

use crate::{
    Context, NodeSettings, Outbox, Sizes, UacstaSettings,
    csta::{self, Applications, Content, Delivery, DeliveryKind, Identity, Ticket},
    registrar::Registrar,
    session_report::Carriage,
    sip::{DialogId, EndReason, Endpoint, Incoming, Reply, RequestId, RequestInDialog, User},
};
pub use body::CSTA_XML;
use body::Carried;

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
    /// INFOs with requests of the server that are not answered yet.
    asked: BTreeMap<RequestId, (SessionId, InvokeId)>,
    stopping: bool,
}

/// A SIP request whose CSTA request is not answered yet.
#[derive(Debug)]
struct Waiting {
    session: SessionId,
    incoming: Incoming,
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
            asked: BTreeMap::new(),
            stopping: false,
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
                let reply = Reply::from(StatusCode::OK).with_body(Some(body::of(delivery.body)));
                sip.reply(now, incoming, reply, outbox);
            }
            DeliveryKind::Event => {
                let Some(dialog) = self.dialog_of(delivery.session) else { return };
                sip.send_in_order(now, dialog, &Method::Info, Some(body::of(delivery.body)), outbox);
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
        let opened = self.open_session(&mut incoming, near, context);
        match opened {
            Ok((id, request)) => self.serve(id, request, incoming, near, context),
            Err(status) => {
                info!(call_id = incoming.call_id(), peer = %incoming.flow(), %status, "CTI session refused");
                let application = incoming.from().map(|from| from.uri_text.into()).unwrap_or_default();
                let line = address::line(&incoming).map(|line| line.to_smolstr()).unwrap_or_default();
                near.applications.refused_session(incoming.flow().peer(), application, line, &status);
                near.sip.reply(context.now, incoming, status.into(), context.out);
            }
        }
    }

    fn open_session(
        &mut self,
        incoming: &mut Incoming,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) -> Result<(SessionId, Result<Request, CstaError>), StatusCode> {
        if self.stopping {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        if !self.settings.enabled {
            return Err(StatusCode::TEMPORARILY_UNAVAILABLE);
        }
        let (edition, request) = first_request(incoming)?;
        let named = request.as_ref().ok().and_then(line_in_body);
        let wanted = named.clone().or_else(|| address::line(incoming));
        let line = wanted.map(|name| csta::find_line(&name, context.switch)).transpose().map_err(status)?;
        let dialog = near.sip.establish(context.now, User::Uacsta, incoming)?;
        let application: SmolStr = incoming.from().map(|from| from.uri_text.into()).unwrap_or_default();
        let identity = Identity { principal: application.clone(), application };
        let applications = &mut near.applications;
        let id = applications.open(context.now, identity, edition, context.switch).map_err(status)?;
        if let Some(line) = line {
            // How SIP addresses a line is not how the application writes it.
            applications.set_line(id, line, named.as_ref());
        }
        info!(session = %id, call_id = incoming.call_id(), peer = %incoming.flow(), "CTI session opened");
        near.registrar.session_opened(id, incoming);
        self.dialogs.insert(id, dialog);
        self.sessions.insert(dialog, id);
        Ok((id, request))
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
        let status = match (session, read) {
            (None, _) => StatusCode::CALL_DOES_NOT_EXIST,
            (Some(id), Ok(Content::Request(_, request))) => {
                return self.serve(id, request, incoming, near, context);
            }
            (Some(_), Ok(Content::Answer(_) | Content::Other(_))) => StatusCode::OK,
            (Some(id), Err(error)) => {
                debug!(session = %id, %error, "body is not a CSTA message");
                StatusCode::BAD_REQUEST
            }
        };
        near.sip.reply(context.now, incoming, status.into(), context.out);
    }

    /// Has a request of a session carried out.
    fn serve(
        &mut self,
        id: SessionId,
        request: Result<Request, CstaError>,
        incoming: Incoming,
        near: &mut Neighbours<'_>,
        context: &mut Context<'_>,
    ) {
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let ticket = Ticket(self.last_ticket);
        self.waiting.insert(ticket, Waiting { session: id, incoming });
        let now = context.now;
        if let Some(delivery) = near.applications.request(now, id, ticket, request, context.switch) {
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
        self.asked.retain(|_, (session, _)| *session != id);
        for (_, unanswered) in self.waiting.extract_if(.., |_, waiting| waiting.session == id) {
            let status = StatusCode::CALL_DOES_NOT_EXIST;
            near.sip.reply(context.now, unanswered.incoming, status.into(), context.out);
        }
        near.applications.close(id, why, context.switch);
        near.registrar.session_closed(id, by_application);
    }
}

/// Refuses a request, with the media types that are accepted.
fn refuse(status: StatusCode, incoming: Incoming, near: &mut Neighbours<'_>, context: &mut Context<'_>) {
    let headers = body::accepted(status);
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
