//! CSTA sessions, whatever carries them.
//!
//! ```text
//!   a carrier ── read() ─► Applications::request() ─► the switch
//!                                                        │
//!   a carrier ◄─ Delivery ─ response(), event() ◄────────┘
//! ```
//!
//! [`Applications`] translates and decides nothing: CSTA requests become requests to the switch, its responses and
//! notifications become CSTA messages. A carrier (`uacsta`: SIP; `csta_tcp`: a stream) opens sessions, hands over what
//! their applications say, and delivers each [`Delivery`]. It names each request by a [`Ticket`], which the response
//! brings back. A session has the edition of its responses and the strings by which its application names
//! devices; it does not know its carrier.
//!
//! | file | content |
//! | --- | --- |
//! | `session` | what is kept for one application |
//! | `reading` | what the bytes of an application are |
//! | `services`, `call_services`, `device_services` | CSTA requests to requests of the switch |
//! | `responses` | responses of the switch to CSTA responses |
//! | `events` | notifications of the switch to CSTA events |
//! | `connections` | which connection a request means |
//! | `device_names` | the strings by which an application knows devices |
//! | `forwarding` | types, numbers and rings of forwarding |
//! | `features` | the one table of what is implemented |
//! | `errors` | the one table of refusals |
//!
//! # Invariants
//!
//! * The response to a service is delivered before the events it causes; the switch gives both in that order.
//! * A session is answered in the edition that was agreed when it was opened.
//! * A device is called what the application called it, character for character.

pub(crate) mod audit;
mod call_services;
mod connections;
mod device_names;
mod device_services;
mod errors;
mod events;
mod features;
mod forwarding;
mod reading;
mod responses;
mod services;
mod session;

use std::{collections::BTreeMap, fmt, net::SocketAddr};

use hookflash_core::{
    self as core, CallId, DeviceId, Instant, Notification, Refusal, RequestId, Switch,
    cti::{MonitorId, Principal, SessionId},
};
use hookflash_wire::csta::{self, CstaError, Edition, InvokeId, Message, OperationError, Request, Response};
use smol_str::SmolStr;
use tracing::{debug, info};

pub use features::{events as supported_events, services as supported_services};
pub use reading::{Content, read};
pub use session::{Identity, Session};

use crate::Sizes;
use audit::Act;
use device_names::CallNames;
use services::{Asked, Translated};

/// Names a request of an application until it is answered. Its carrier chooses it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Ticket(pub u32);

/// A message that a carrier has to deliver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delivery<'a> {
    /// The session it is for.
    pub session: SessionId,
    /// What it is.
    pub kind: DeliveryKind,
    /// The CSTA document.
    pub body: &'a [u8],
}

/// What kind of message a carrier has to deliver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeliveryKind {
    /// The response to the request of this ticket, positive or negative.
    Response(Ticket),
    /// An event.
    Event,
    /// A request of the server. [`Applications::answered`] takes the answer, if one comes.
    Request(InvokeId),
}

/// All CSTA sessions.
#[derive(Debug, Default)]
pub struct Applications {
    sessions: BTreeMap<SessionId, Session>,
    /// Requests that the switch is working on.
    asked: BTreeMap<RequestId, Pending>,
    last_request: u32,
    calls: CallNames,
    /// Events sent to all sessions, those that have ended too.
    events_sent: u64,
    /// What applications did, and the audit does not know yet.
    audit: Vec<audit::Entry>,
    /// Entries for which there was no room.
    audit_lost: u64,
    /// The CSTA message that is being delivered; kept for its memory.
    body: Vec<u8>,
}

/// A request that the switch is working on.
#[derive(Debug)]
struct Pending {
    session: SessionId,
    ticket: Ticket,
    asked: Asked,
    /// For the audit, if it changes or watches something.
    act: Option<Act>,
}

impl Applications {
    /// Opens a session, which is answered in this edition.
    ///
    /// # Errors
    /// [`Refusal::CtiShutDown`] and [`Refusal::SessionLimitExceeded`].
    pub fn open(
        &mut self,
        now: Instant,
        identity: Identity,
        edition: Edition,
        switch: &mut Switch,
    ) -> Result<SessionId, Refusal> {
        let id = switch.open_session(Principal { name: identity.principal.clone() })?;
        self.sessions.insert(id, Session::new(id, edition, identity, now));
        self.note(id, Some(Act::start_of_session(SmolStr::default())), None);
        Ok(id)
    }

    /// Closes a session and stops its monitors; its calls go on. False if there is no such session.
    pub fn close(&mut self, id: SessionId, why: &dyn fmt::Display, switch: &mut Switch) -> bool {
        let Some(session) = self.sessions.remove(&id) else { return false };
        self.asked.retain(|_, pending| pending.session != id);
        self.calls.session_closed(id);
        switch.close_session(id);
        info!(session = %id, events = session.events_sent(), "CTI session closed: {why}");
        true
    }

    /// Notes the line that a session is about. `named` is how the application wrote it, if it did.
    pub fn set_line(&mut self, id: SessionId, line: DeviceId, named: Option<&csta::DeviceId>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.set_line(line);
        named.iter().for_each(|name| session.names_mut().learn_number(line, name));
    }

    /// Carries out a request of a session, or refuses it as it could not be read. The response comes at once, or the
    /// switch works on it and [`Applications::response`] has it.
    pub fn request(
        &mut self,
        now: Instant,
        id: SessionId,
        ticket: Ticket,
        request: Result<Request, CstaError>,
        switch: &mut Switch,
    ) -> Option<Delivery<'_>> {
        let session = self.sessions.get_mut(&id)?;
        let act = request.as_ref().ok().and_then(Act::of);
        let translated = request.and_then(|request| {
            debug!(session = %id, service = request.root(), "service requested");
            session.check_outstanding()?;
            services::translate(&request, session, switch)
        });
        match translated {
            Ok(Translated::ForSwitch(request, asked)) => {
                self.last_request = self.last_request.wrapping_add(1);
                let number = RequestId(self.last_request);
                self.asked.insert(number, Pending { session: id, ticket, asked, act });
                session.request_begins();
                switch.handle(now, core::Input::Request(id, number, request));
                None
            }
            Ok(Translated::Answered(response)) => Some(self.answer(id, ticket, &Message::Response(response))),
            Err(error) => {
                debug!(session = %id, %error, "service refused");
                self.note(id, act, Some(&error));
                Some(self.answer(id, ticket, &Message::Error(error)))
            }
        }
    }

    /// Asks an application for something; `None` if there is no such session.
    pub fn ask(&mut self, id: SessionId, request: Request) -> Option<Delivery<'_>> {
        let session = self.sessions.get_mut(&id)?;
        let invoke = session.ask(request.service());
        self.body.clear();
        csta::encode(session.edition(), &Message::Request(request), &mut self.body);
        Some(Delivery { session: id, kind: DeliveryKind::Request(invoke), body: &self.body })
    }

    /// An application responds to a request of the server. A response without a request is ignored.
    pub fn answered(&mut self, id: SessionId, invoke: InvokeId, answer: &Result<Response, CstaError>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match (session.answered(invoke), answer) {
            (None, _) => debug!(session = %id, %invoke, "response without a request ignored"),
            (Some(_), Ok(response)) => debug!(session = %id, response = response.root(), "answered"),
            (Some(service), Err(error)) => {
                debug!(session = %id, ?service, %error, "request refused by the application")
            }
        }
    }

    /// The switch responds to a request.
    pub fn response(
        &mut self,
        session: SessionId,
        request: RequestId,
        result: Result<core::Response, Refusal>,
        switch: &Switch,
    ) -> Option<Delivery<'_>> {
        let Pending { ticket, asked, act, .. } = self.asked.remove(&request)?;
        let owner = self.sessions.get_mut(&session)?;
        owner.request_ends();
        let message = match result {
            Ok(answer) => {
                learn(&asked, &answer, owner, &mut self.calls);
                Message::Response(responses::response(asked, answer, owner, switch))
            }
            Err(refusal) => {
                debug!(%session, %refusal, "service refused");
                Message::Error(errors::csta_error(refusal))
            }
        };
        let error = if let Message::Error(error) = &message { Some(error) } else { None };
        self.note(session, act, error);
        Some(self.answer(session, ticket, &message))
    }

    /// Something happened that a monitor of a session sees.
    pub fn event(
        &mut self,
        session: SessionId,
        monitor: MonitorId,
        notification: &Notification,
        switch: &Switch,
    ) -> Option<Delivery<'_>> {
        let owner = self.sessions.get_mut(&session)?;
        let call = events::call_of(notification).and_then(|call| self.calls.in_call(session, call));
        let event = events::event(notification, owner.names().in_event(monitor, call), switch);
        self.body.clear();
        let reference = responses::cross_reference(monitor);
        csta::encode_event(owner.edition(), &reference, &event, &mut self.body);
        owner.count_event();
        self.events_sent += 1;
        Some(Delivery { session, kind: DeliveryKind::Event, body: &self.body })
    }

    /// Notes for the audit what an application did, or was refused.
    fn note(&mut self, id: SessionId, act: Option<Act>, error: Option<&CstaError>) {
        let (Some(act), Some(session)) = (act, self.sessions.get(&id)) else { return };
        if self.audit.len() >= audit::MAX_WAITING {
            self.audit_lost += 1;
            return;
        }
        let Identity { application, principal } = session.identity().clone();
        let refused = error.map(|error| smol_str::format_smolstr!("{error}"));
        self.audit.push(audit::Entry { session: Some(id), from: None, principal, application, act, refused });
    }

    /// Notes for the audit that somebody was not given a session.
    pub(crate) fn refused_session(
        &mut self,
        from: SocketAddr,
        application: SmolStr,
        device: SmolStr,
        why: &dyn fmt::Display,
    ) {
        if self.audit.len() >= audit::MAX_WAITING {
            self.audit_lost += 1;
            return;
        }
        self.audit.push(audit::Entry {
            session: None,
            from: Some(from),
            principal: application.clone(),
            application,
            act: Act::start_of_session(device),
            refused: Some(smol_str::format_smolstr!("{why}")),
        });
    }

    /// What applications did since this was last asked.
    pub(crate) fn take_audit(&mut self) -> Vec<audit::Entry> {
        std::mem::take(&mut self.audit)
    }

    /// How many entries were lost since this was last asked.
    pub(crate) fn take_audit_lost(&mut self) -> u64 {
        std::mem::take(&mut self.audit_lost)
    }

    /// A call is over.
    pub fn call_ended(&mut self, call: CallId) {
        self.calls.call_ended(call);
    }

    fn answer(&mut self, id: SessionId, ticket: Ticket, message: &Message) -> Delivery<'_> {
        let edition = self.sessions.get(&id).map_or(Edition::default(), Session::edition);
        self.body.clear();
        csta::encode(edition, message, &mut self.body);
        Delivery { session: id, kind: DeliveryKind::Response(ticket), body: &self.body }
    }

    /// How many events have been sent to applications since the start.
    pub fn events_sent(&self) -> u64 {
        self.events_sent
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.applications = self.sessions.len();
        sizes.named_calls = self.calls.len();
        sizes.asked = self.sessions.values().map(Session::unanswered).sum();
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
}

/// The line of that name.
///
/// # Errors
/// [`Refusal::InvalidDevice`], and [`Refusal::PrivilegeViolation`] for one that applications may not have.
pub fn find_line(name: &csta::DeviceId, switch: &Switch) -> Result<DeviceId, Refusal> {
    let device = device_names::device_by_number(name, switch).ok_or(Refusal::InvalidDevice)?;
    match switch.lines().is_watchable(device) {
        true => Ok(device),
        false => Err(Refusal::PrivilegeViolation),
    }
}

/// Learns what a session calls the device of a monitor or call that it has made.
fn learn(asked: &Asked, answer: &core::Response, session: &mut Session, calls: &mut CallNames) {
    match (asked, answer) {
        (Asked::MonitorStart { device, name }, core::Response::Monitor { monitor }) => {
            session.names_mut().monitor_started(*monitor, *device, name);
        }
        (Asked::MonitorStop(monitor), core::Response::Done) => session.names_mut().monitor_stopped(*monitor),
        (Asked::MakeCall(name) | Asked::ConsultationCall(name), core::Response::Call(id)) => {
            calls.call_made(session.id(), id.call, id.device, name);
        }
        _ => {}
    }
}

fn not_supported() -> CstaError {
    CstaError::Operation(OperationError::ServiceNotSupported)
}
