//! CSTA sessions inside SIP dialogs (uaCSTA, ECMA TR/87).
//!
//! ```text
//!  INVITE + RequestSystemStatus ─► session opens; 200 with the status
//!  INFO + request ───────────────► 200 with the response, or with CSTAErrorCode
//!                    event ──────► INFO
//!  BYE, expiry, lost connection ─► session closes, its monitors stop; its calls go on
//! ```
//!
//! [`Applications`] translates and decides nothing: CSTA requests become requests to the switch, its answers and
//! notifications become CSTA responses and events. What belongs to a session is which dialog carries it, in which
//! edition it is answered, and by which strings its application knows the devices.
//!
//! | file | one idea |
//! | --- | --- |
//! | `session` | what is kept for one application |
//! | `services` | CSTA requests to requests of the switch |
//! | `responses` | answers of the switch to CSTA responses |
//! | `events` | notifications of the switch to CSTA events |
//! | `connections` | which connection a request means |
//! | `device_names` | the strings by which an application knows devices |
//! | `forwarding` | types, numbers and rings of forwarding |
//! | `features` | the one table of what is implemented |
//! | `errors` | the one table of refusals |
//!
//! # What holds
//!
//! * The response to a service is sent before the events it causes; the switch gives both in that order.
//! * A session is answered in the edition of its first request.
//! * A device is called what the application called it, character for character.

mod connections;
mod device_names;
mod errors;
mod events;
mod features;
mod forwarding;
mod responses;
mod services;
mod session;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use hookflash_core::{
    self as core, Answer, Instant, Notification, Refusal, RequestId, Switch,
    cti::{MonitorId, SessionId},
};
use hookflash_wire::{
    csta::{self, CstaError, DecodeError, Decoded, Edition, Message, OperationError, Request, Service},
    sip::{Scheme, StatusCode, Uri},
};
use tracing::{debug, info};

pub use features::{events as supported_events, services as supported_services};
pub use session::{Session, SessionReport};

use crate::{
    NodeSettings, Outbox, Sizes, UacstaSettings,
    registrar::Registrar,
    sip::{DialogId, EndReason, Endpoint, Incoming},
};
use services::{Asked, Translated};

/// What applications act on.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Instant,
    /// The switch.
    pub switch: &'a mut Switch,
    /// The SIP layer.
    pub sip: &'a mut Endpoint,
    /// Who is registered over SIP.
    pub registrar: &'a mut Registrar,
    /// Where bytes to send go.
    pub outbox: &'a mut Outbox,
}

/// All applications.
#[derive(Debug)]
pub struct Applications {
    settings: UacstaSettings,
    sessions: BTreeMap<SessionId, Session>,
    by_dialog: BTreeMap<DialogId, SessionId>,
    /// Requests that the switch is working on.
    asked: BTreeMap<RequestId, Pending>,
    last_request: u32,
    /// Events sent to all sessions, those that have ended too.
    events_sent: u64,
    stopping: bool,
    /// The CSTA message that is being sent; kept for its memory.
    body: Vec<u8>,
}

/// A request that the switch is working on.
#[derive(Debug)]
struct Pending {
    incoming: Incoming,
    asked: Asked,
}

impl Applications {
    /// No applications yet.
    pub fn new(settings: &NodeSettings) -> Applications {
        Applications {
            settings: settings.uacsta.clone(),
            sessions: BTreeMap::new(),
            by_dialog: BTreeMap::new(),
            asked: BTreeMap::new(),
            last_request: 0,
            events_sent: 0,
            stopping: false,
            body: Vec::new(),
        }
    }

    /// Takes a request with a CSTA body.
    pub fn asked(&mut self, incoming: Incoming, context: &mut Context<'_>) {
        match incoming.dialog() {
            None => self.open(incoming, context),
            Some(dialog) => self.request(dialog, incoming, context),
        }
    }

    /// A dialog has ended.
    pub fn ended(&mut self, dialog: DialogId, reason: EndReason, context: &mut Context<'_>) {
        if let Some(id) = self.by_dialog.get(&dialog).copied() {
            self.close(id, &reason, reason == EndReason::Bye, context);
        }
    }

    /// The switch answers a request.
    pub fn response(
        &mut self,
        session: SessionId,
        request: RequestId,
        result: Result<Answer, Refusal>,
        context: &mut Context<'_>,
    ) {
        let Some(Pending { incoming, asked }) = self.asked.remove(&request) else { return };
        let Some(owner) = self.sessions.get_mut(&session) else {
            return context.sip.reply(
                context.now,
                incoming,
                StatusCode::CALL_DOES_NOT_EXIST,
                None,
                context.outbox,
            );
        };
        let message = match result {
            Ok(answer) => Message::Response(responses::response(asked, answer, owner, context.switch)),
            Err(refusal) => {
                debug!(%session, %refusal, "service refused");
                Message::Error(errors::csta_error(refusal))
            }
        };
        self.answer(session, incoming, &message, context);
    }

    /// Something happened that a monitor of a session sees.
    pub fn event(
        &mut self,
        session: SessionId,
        monitor: MonitorId,
        notification: &Notification,
        context: &mut Context<'_>,
    ) {
        let Some(owner) = self.sessions.get_mut(&session) else { return };
        let body = events::event(notification, owner.names(), context.switch);
        self.body.clear();
        let reference = responses::cross_reference(monitor);
        csta::encode_event(owner.edition(), &reference, &body, &mut self.body);
        owner.count_event();
        self.events_sent += 1;
        context.sip.info(context.now, owner.dialog(), &self.body, context.outbox);
    }

    /// Says goodbye to every application and takes no new ones.
    pub fn shut_down(&mut self, context: &mut Context<'_>) {
        self.stopping = true;
        let ids: Vec<SessionId> = self.sessions.keys().copied().collect();
        for id in ids {
            self.clear_session(id, context);
        }
    }

    /// Ends a session with BYE; false if there is no such session.
    pub fn clear_session(&mut self, id: SessionId, context: &mut Context<'_>) -> bool {
        let Some(session) = self.sessions.get(&id) else { return false };
        context.sip.end(context.now, session.dialog(), context.outbox);
        self.close(id, &"it was cleared here", false, context);
        true
    }

    /// How many events have been sent to applications since the start.
    pub fn events_sent(&self) -> u64 {
        self.events_sent
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.applications = self.sessions.len().max(self.by_dialog.len());
        sizes.under_way += self.asked.len();
    }

    /// How many sessions there are.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are no sessions.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// A session.
    pub fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.get(&id)
    }

    /// The sessions, oldest first.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.values()
    }

    /// Everything about the sessions that an operator may want to know, oldest first.
    pub fn reports(
        &self,
        now: Instant,
        switch: &Switch,
        sip: &Endpoint,
    ) -> impl Iterator<Item = SessionReport> {
        self.sessions.values().map(move |session| session.report(now, switch, sip))
    }

    /// An INVITE: opens a session and answers the request in it.
    fn open(&mut self, mut incoming: Incoming, context: &mut Context<'_>) {
        let opened = self.open_session(&mut incoming, context);
        match opened {
            Ok((id, message)) => self.serve(id, message, incoming, context),
            Err(status) => {
                info!(call_id = incoming.call_id(), peer = %incoming.flow(), %status, "CTI session refused");
                context.sip.reply(context.now, incoming, status, None, context.outbox);
            }
        }
    }

    fn open_session(
        &mut self,
        incoming: &mut Incoming,
        context: &mut Context<'_>,
    ) -> Result<(SessionId, Result<Request, CstaError>), StatusCode> {
        if self.stopping {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        if !self.settings.enabled {
            return Err(StatusCode::TEMPORARILY_UNAVAILABLE);
        }
        let (edition, message) = match csta::decode(incoming.csta().unwrap_or_default()) {
            Ok(Decoded { edition, message }) => (edition, opening_request(message)?),
            Err(error) => wrong_request(&error).map(|(edition, error)| (edition, Err(error)))?,
        };
        let named = message.as_ref().ok().and_then(line_in_body);
        let wanted = named.clone().or_else(|| line_in_address(incoming));
        let line = wanted.map(|name| find_line(&name, context.switch)).transpose()?;
        let dialog = context.sip.establish(context.now, incoming)?;
        let id = context.switch.open_session().map_err(errors::status)?;
        let application = incoming.from().map(|from| from.uri_text.into()).unwrap_or_default();
        let mut session = Session::new(id, dialog, edition, application, context.now);
        if let Some(line) = line {
            session.set_line(line);
            // How SIP addresses a line is not how the application writes it.
            named.iter().for_each(|name| session.names_mut().learn_number(line, name, context.switch));
        }
        info!(session = %id, call_id = incoming.call_id(), peer = %incoming.flow(), "CTI session opened");
        context.registrar.session_opened(id, incoming);
        self.sessions.insert(id, session);
        self.by_dialog.insert(dialog, id);
        Ok((id, message))
    }

    /// A request in a dialog.
    fn request(&mut self, dialog: DialogId, incoming: Incoming, context: &mut Context<'_>) {
        let session = self.by_dialog.get(&dialog).copied();
        let decoded = csta::decode(incoming.csta().unwrap_or_default());
        let (status, request) = match (session, decoded) {
            (None, _) => (StatusCode::CALL_DOES_NOT_EXIST, None),
            (Some(id), Ok(Decoded { message: Message::Request(request), .. })) => {
                (StatusCode::OK, Some((id, Ok(request))))
            }
            (Some(id), Ok(Decoded { message: Message::Unknown { root }, .. })) if is_request(&root) => {
                debug!(session = %id, %root, "unknown service");
                (StatusCode::OK, Some((id, Err(not_supported()))))
            }
            // Responses and events, which need no answer, not even if they are wrong.
            (Some(_), Ok(_)) => (StatusCode::OK, None),
            (Some(_), Err(DecodeError::Argument { message, .. })) if !is_request(message) => {
                (StatusCode::OK, None)
            }
            (Some(id), Err(error)) => match wrong_request(&error) {
                Ok((_, error)) => (StatusCode::OK, Some((id, Err(error)))),
                Err(status) => {
                    debug!(session = %id, %error, "body is no CSTA");
                    (status, None)
                }
            },
        };
        match request {
            Some((id, request)) => self.serve(id, request, incoming, context),
            None => context.sip.reply(context.now, incoming, status, None, context.outbox),
        }
    }

    /// Carries out a request of a session.
    fn serve(
        &mut self,
        id: SessionId,
        request: Result<Request, CstaError>,
        incoming: Incoming,
        context: &mut Context<'_>,
    ) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let translated = request.and_then(|request| {
            debug!(session = %id, service = request.root(), "service requested");
            services::translate(&request, session, context.switch)
        });
        match translated {
            Ok(Translated::ForSwitch(request, asked)) => {
                self.last_request = self.last_request.wrapping_add(1);
                let number = RequestId(self.last_request);
                self.asked.insert(number, Pending { incoming, asked });
                context.switch.handle(context.now, core::Input::Request(id, number, request));
            }
            Ok(Translated::Answered(response)) => {
                self.answer(id, incoming, &Message::Response(response), context);
            }
            Err(error) => {
                debug!(session = %id, %error, "service refused");
                self.answer(id, incoming, &Message::Error(error), context);
            }
        }
    }

    /// Sends a CSTA message as the answer to a request, acknowledgement or not, in a 200.
    fn answer(&mut self, id: SessionId, incoming: Incoming, message: &Message, context: &mut Context<'_>) {
        let edition = self.sessions.get(&id).map_or(Edition::default(), Session::edition);
        self.body.clear();
        csta::encode(edition, message, &mut self.body);
        context.sip.reply(context.now, incoming, StatusCode::OK, Some(&self.body), context.outbox);
    }

    /// Closes a session; `by_application` if the application asked for it.
    fn close(
        &mut self,
        id: SessionId,
        why: &dyn std::fmt::Display,
        by_application: bool,
        context: &mut Context<'_>,
    ) {
        let Some(session) = self.sessions.remove(&id) else { return };
        self.by_dialog.remove(&session.dialog());
        context.switch.close_session(id);
        context.registrar.session_closed(id, by_application);
        info!(session = %id, events = session.events_sent(), "CTI session closed: {why}");
    }
}

/// Whether an unknown root element is that of a request, going by the names of the standard.
fn is_request(root: &str) -> bool {
    !root.ends_with("Response") && !root.ends_with("Event")
}

fn not_supported() -> CstaError {
    CstaError::Operation(OperationError::ServiceNotSupported)
}

/// The request that an INVITE carries. Anything but a request opens nothing.
fn opening_request(message: Message) -> Result<Result<Request, CstaError>, StatusCode> {
    match message {
        Message::Request(request) => Ok(Ok(request)),
        Message::Unknown { root } if is_request(&root) => Ok(Err(not_supported())),
        Message::Unknown { .. } | Message::Response(_) | Message::Event(_) | Message::Error(_) => {
            Err(StatusCode::NOT_ACCEPTABLE_HERE)
        }
    }
}

/// How a body is answered that is not a right request: as CSTA if it is CSTA, else as SIP. What is wrong with the
/// arguments of a service does not matter if it is not served.
fn wrong_request(error: &DecodeError) -> Result<(Edition, CstaError), StatusCode> {
    let (edition, answer) = error.csta_error().ok_or(StatusCode::BAD_REQUEST)?;
    let service = match error {
        DecodeError::Argument { message, .. } => Service::from_root(message),
        _ => None,
    };
    let served = service.is_none_or(features::is_served);
    Ok((edition, if served { answer } else { not_supported() }))
}

/// The line that the body of an INVITE names.
fn line_in_body(request: &Request) -> Option<csta::DeviceId> {
    match request {
        Request::RequestSystemStatus(request) => request.extensions.lcs_line.clone(),
        Request::GetCstaFeatures(request) => request.extensions.lcs_line.clone(),
        _ => None,
    }
}

/// The line that an INVITE is sent to: a number in To, else in the Request-URI.
fn line_in_address(incoming: &Incoming) -> Option<csta::DeviceId> {
    let to = incoming.to().and_then(|to| number_in(to.uri_text));
    to.or_else(|| number_in(incoming.request().uri_text()))
}

/// The number in a URI of SIP: a tel URI as a whole, with its `ext`, or the user of another one.
fn number_in(uri: &str) -> Option<csta::DeviceId> {
    let parsed = Uri::parse(uri).ok()?;
    let named = match parsed.scheme {
        Scheme::Tel => csta::DeviceId::from(uri),
        _ => csta::DeviceId::from(parsed.user_decoded()?.as_ref()),
    };
    named.number().filter(|number| !number.digits.is_empty()).map(|_| named)
}

/// The line of that name, if applications may have it.
fn find_line(name: &csta::DeviceId, switch: &Switch) -> Result<core::DeviceId, StatusCode> {
    let device = device_names::device_by_number(name, switch).ok_or(Refusal::InvalidDevice);
    let device = device.map_err(errors::status)?;
    match switch.line(device) {
        Some(line) if line.settings().cti_watch => Ok(device),
        _ => Err(errors::status(Refusal::PrivilegeViolation)),
    }
}
