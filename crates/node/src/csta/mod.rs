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
//! | `services`, `call_services`, `device_services`, `device_requests` | CSTA requests to requests of the switch |
//! | `system_services` | what is answered here: devices, monitors, registrations for the system status |
//! | `telephone_state` | lamps, displays, hookswitches and keys of telephones |
//! | `telephone_services` | buttons, hookswitches, microphones, calls back |
//! | `telephone_information` | what telephones have and numbers can do |
//! | `voice_services` | messages that are played and recorded, and tones |
//! | `attached_data` | correlator and user data of requests |
//! | `responses` | responses of the switch to CSTA responses |
//! | `segments` | answers that are longer than a message |
//! | `routeing` | what applications are told about the routes of calls |
//! | `events` | notifications of the switch to CSTA events |
//! | `connections` | which connection a request means |
//! | `device_names` | the strings by which an application knows devices |
//! | `forwarding` | types, numbers and rings of forwarding |
//! | `features` | the one table of what is implemented |
//! | `open_devices` | how many devices applications have open, and the alarms about it |
//! | `errors` | the one table of refusals |
//! | `kept` | sessions that survive a restart of the server |
//! | `journal`, `resume` | the last events of a session; how an application comes back to it |
//!
//! # Invariants
//!
//! * The response to a service is delivered before the events it causes; the switch gives both in that order.
//! * A session is answered in the edition that was agreed when it was opened.
//! * A device is called what the application called it, character for character.
//! * The events of a session are numbered from 1 without gaps, whatever carries it and however often it is resumed.

mod attached_data;
pub(crate) mod audit;
mod call_services;
mod capabilities;
mod connections;
mod device_names;
mod device_requests;
mod device_services;
mod errors;
mod events;
mod features;
mod forwarding;
mod journal;
mod kept;
mod open_devices;
mod reading;
mod responses;
pub(crate) mod resume;
mod routeing;
mod segments;
mod services;
mod session;
mod system_services;
mod telephone_information;
mod telephone_services;
mod telephone_state;
mod unreadable;
mod voice_services;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    net::{IpAddr, SocketAddr},
};

use hookflash_core::{
    self as core, CallId, DeviceId, Instant, Notification, Refusal, RequestId, Switch,
    cti::{MonitorId, SessionId},
};
use hookflash_wire::csta::{
    self, CstaError, Edition, EscapeResponse, EventBody, EventExtensions, InvokeId, MediaKeyMaterial,
    Message, OperationError, Request, Response, Sequence, SystemStatusValue,
};
use smol_str::SmolStr;
use tracing::{debug, info};

pub(crate) use errors::csta_error;
pub use features::{events as supported_events, services as supported_services};
pub use open_devices::DeviceLimits;
pub use reading::{Content, fault, read};
pub(crate) use responses::state as connection_state;
pub use session::{Identity, Session};

use crate::{
    NodeSettings, SessionRecord, Sizes,
    alarms::{Alarm, Name},
    config::Settings,
    limits::{Exceeded, LimitSettings, Usage},
};
use audit::Act;
use device_names::CallNames;
use open_devices::{By, OpenDevices};
use services::{Asked, Translated};

use crate::users::is_same;

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
    /// An event, with its place among those of its session.
    Event(Sequence),
    /// What became of a request that has no response: nothing, or an error. Only for carriers that answer every request.
    OneWay(Ticket),
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
    /// What applications are asked next.
    to_ask: VecDeque<(SessionId, Request)>,
    /// Connections whose keys are wanted.
    wanted_keys: VecDeque<WantedKeys>,
    /// Whether new calls are refused because of overload.
    overloaded: bool,
    /// Events sent to all sessions, those that have ended too.
    events_sent: u64,
    limits: LimitSettings,
    usage: Usage,
    /// Limits that sessions have reached and nobody has told of yet.
    exceeded: Vec<Exceeded>,
    /// Bytes of the names that applications have given to devices.
    name_bytes: usize,
    /// What applications did, and the audit does not know yet.
    audit: Vec<audit::Entry>,
    /// Entries for which there was no room.
    audit_lost: u64,
    open_devices: OpenDevices,
    /// Alarms that nobody has raised yet.
    alarms: Vec<Alarm>,
    /// What was logged of messages that cannot be read.
    unreadable: unreadable::Unreadable,
    /// Of this, tokens are made.
    secret: [u64; 2],
    /// Events that are kept for each application that comes back.
    journal_maximum: usize,
    /// Bytes of all journals.
    journal_bytes: usize,
    /// Whether sessions are kept over a restart, and what nobody has kept yet.
    keeps: bool,
    records: Vec<SessionRecord>,
    /// The CSTA message that is being delivered; kept for its memory.
    body: Vec<u8>,
}

/// A request that the switch is working on.
#[derive(Debug)]
struct Pending {
    session: SessionId,
    /// `None` if nobody waits for the response any more.
    ticket: Option<Ticket>,
    asked: Asked,
    /// For the audit, if it changes or watches something.
    act: Option<Act>,
}

impl Applications {
    /// No sessions yet.
    pub fn new(settings: &NodeSettings) -> Applications {
        let mut open_devices = OpenDevices::default();
        open_devices.set_limits(settings.csta_tcp.device_limits);
        Applications {
            open_devices,
            limits: settings.limits.clone(),
            secret: settings.start.secret,
            keeps: settings.start.keeps_sessions,
            journal_maximum: settings.csta_tcp.journal_maximum,
            ..Applications::default()
        }
    }

    /// Other limits hold from now on, for what begins.
    pub(crate) fn configure(&mut self, limits: &LimitSettings) {
        self.limits.clone_from(limits);
    }

    /// Other limits of open devices hold from now on.
    pub(crate) fn set_device_limits(&mut self, limits: DeviceLimits) {
        self.open_devices.set_limits(limits);
    }

    /// An application has opened a port or route point, or has registered for routes.
    pub(crate) fn opened(&mut self, session: SessionId, opened: core::Opened, switch: &Switch) {
        let Some(owner) = self.sessions.get(&session) else { return };
        let (by, devices) = open_devices::of(session, opened, switch);
        let alarms = self.open_devices.opened(session, &owner.identity().principal, (by, devices));
        if let By::Routes(_) = by {
            self.usage.monitors_changed(session, true);
        }
        self.provider_alarm(session, Alarm::new(Name::CtiDeviceOpened));
        self.alarms.extend(alarms);
    }

    /// An application does not have that open any more.
    pub(crate) fn closed(&mut self, session: SessionId, opened: core::Opened) {
        let by = By::from(opened);
        if self.open_devices.closed(session, by) {
            if let By::Routes(_) = by {
                self.usage.monitors_changed(session, false);
            }
            self.provider_alarm(session, Alarm::new(Name::CtiDeviceClosed));
        }
    }

    /// Whether a session has the device open.
    pub(crate) fn has_open(&self, session: SessionId, device: DeviceId) -> bool {
        self.open_devices.has(session, device)
    }

    /// How many devices a session has open.
    pub(crate) fn devices_open_by(&self, session: SessionId) -> usize {
        self.open_devices.of_session(session)
    }

    /// How many devices are open.
    pub(crate) fn devices_open(&self) -> usize {
        self.open_devices.of_node()
    }

    /// The alarms since this was last asked.
    pub(crate) fn take_alarms(&mut self) -> Vec<Alarm> {
        std::mem::take(&mut self.alarms)
    }

    /// So many events are kept for each application from now on.
    pub(crate) fn set_journal_maximum(&mut self, most: usize) {
        self.journal_maximum = most;
    }

    /// Bytes of all journals.
    pub(crate) fn journal_bytes(&self) -> usize {
        self.journal_bytes
    }

    /// Whether this address and this principal have not all the sessions that they may have.
    pub(crate) fn has_room(&self, source: IpAddr, principal: &str) -> bool {
        self.usage.may_open(source, principal, &self.limits).is_ok()
    }

    /// Whether the messages of a session may be as long as they have to be.
    pub(crate) fn set_whole_lists(&mut self, id: SessionId, takes: bool) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.set_whole_lists(takes);
        }
    }

    /// Whether one more session may be opened from this address and for this principal.
    ///
    /// # Errors
    /// [`Refusal::SessionLimitExceeded`].
    pub(crate) fn may_open(&mut self, source: IpAddr, principal: &str) -> Result<(), Refusal> {
        self.usage.may_open(source, principal, &self.limits).map_err(|exceeded| {
            self.exceeded.push(exceeded);
            Refusal::SessionLimitExceeded
        })
    }

    /// The address that a session comes from is proven: from now on it counts there.
    pub(crate) fn proven(&mut self, id: SessionId, source: IpAddr) {
        if let Some(session) = self.sessions.get(&id) {
            self.usage.opened(id, source, session.identity().principal.clone());
        }
    }

    /// Whether the address that a session comes from is proven.
    pub(crate) fn is_proven(&self, id: SessionId) -> bool {
        self.usage.is_proven(id)
    }

    /// The application of a session has not started it, and speaks this edition.
    pub(crate) fn set_unasked(&mut self, id: SessionId, edition: Edition) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.set_unasked(edition);
        }
    }

    /// Whether the opening of a session was logged, so that its end is logged too.
    pub(crate) fn set_told(&mut self, id: SessionId, is_told_of: bool) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.is_told_of = is_told_of;
        }
    }

    /// The limits that sessions have reached since this was last asked.
    pub(crate) fn take_exceeded(&mut self) -> Vec<Exceeded> {
        std::mem::take(&mut self.exceeded)
    }

    /// Bytes of the names that applications have given to devices.
    pub(crate) fn name_bytes(&self) -> usize {
        self.name_bytes
    }

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
        let id = switch.open_session(identity.as_principal())?;
        self.sessions.insert(id, Session::new(id, edition, identity, now));
        self.note(id, Some(Act::start_of_session(SmolStr::default())), None);
        self.provider_alarm(id, Alarm::new(Name::CtiProviderOpened));
        Ok(id)
    }

    /// Closes a session and stops its monitors; its calls go on. False if there is no such session.
    pub fn close(&mut self, id: SessionId, why: &dyn fmt::Display, switch: &mut Switch) -> bool {
        self.provider_alarm(id, Alarm::new(Name::CtiProviderClosed).with("Reason", why));
        let Some(session) = self.sessions.remove(&id) else { return false };
        let closed = self.open_devices.session_closed(id);
        self.alarms.extend((0..closed).map(|_| Alarm::new(Name::CtiDeviceClosed)));
        self.asked.retain(|_, pending| pending.session != id);
        self.calls.session_closed(id);
        self.to_ask.retain(|(session, _)| *session != id);
        self.usage.closed(id);
        self.name_bytes = self.name_bytes.saturating_sub(session.names().bytes());
        if self.keeps && session.token().is_some() {
            self.records.push(SessionRecord::Ended { session: id.number() });
        }
        let kept = session.journal().map_or(0, |journal| journal.bytes());
        self.journal_bytes = self.journal_bytes.saturating_sub(kept);
        switch.close_session(id);
        if session.is_told_of {
            info!(session = %id, events = session.events_sent(), "CTI session closed: {why}");
        } else {
            debug!(session = %id, events = session.events_sent(), "CTI session closed: {why}");
        }
        true
    }

    /// Notes the line that a session is about. `named` is how the application wrote it, if it did.
    pub fn set_line(&mut self, id: SessionId, line: DeviceId, named: Option<&csta::DeviceId>) {
        let room = self.room_for_names();
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.set_line(line);
        let before = session.names().bytes();
        session.names_mut().set_room(room);
        named.iter().for_each(|name| session.names_mut().learn_number(line, name));
        self.name_bytes = (self.name_bytes + session.names().bytes()).saturating_sub(before);
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
        let room = self.room_for_names();
        let session = self.sessions.get_mut(&id)?;
        let before = session.names().bytes();
        session.names_mut().set_room(room);
        let act = request.as_ref().ok().and_then(Act::of);
        let translated = request.and_then(|request| {
            debug!(session = %id, service = request.root(), "service requested");
            session.check_outstanding()?;
            services::translate(&request, session, switch)
        });
        self.name_bytes = (self.name_bytes + session.names().bytes()).saturating_sub(before);
        let translated = translated.and_then(|translated| {
            self.check_share(now, id, &translated, switch)?;
            Ok(translated)
        });
        let session = self.sessions.get_mut(&id)?;
        match translated {
            Ok(Translated::ForSwitch(request, asked)) => {
                self.last_request = self.last_request.wrapping_add(1);
                let number = RequestId(self.last_request);
                self.asked.insert(number, Pending { session: id, ticket: Some(ticket), asked, act });
                session.request_begins();
                switch.handle(now, core::Input::Request(id, number, request));
                None
            }
            Ok(Translated::Keys(connection)) => {
                self.wanted_keys.push_back(WantedKeys { session: id, ticket, connection });
                None
            }
            Ok(Translated::Answered(response)) => {
                self.to_ask.extend(session.take_requests().map(|request| (id, request)));
                Some(self.answer(id, ticket, &Message::Response(response)))
            }
            Err(error) => {
                debug!(session = %id, %error, "service refused");
                self.note(id, act, Some(&error));
                Some(self.answer(id, ticket, &Message::Error(error)))
            }
        }
    }

    /// The next connection whose keys are wanted; for [`Applications::tell_keys`].
    pub(crate) fn poll_keys(&mut self) -> Option<WantedKeys> {
        self.wanted_keys.pop_front()
    }

    /// Answers who wanted the keys of a connection.
    pub(crate) fn tell_keys(&mut self, wanted: &WantedKeys, keys: MediaKeyMaterial) -> Option<Delivery<'_>> {
        self.sessions.get(&wanted.session)?;
        let response: Response = EscapeResponse { keys: Some(keys) }.into();
        Some(self.answer(wanted.session, wanted.ticket, &Message::Response(response)))
    }

    /// The next thing that an application is to be asked; for [`Applications::ask`].
    pub fn poll_request(&mut self) -> Option<(SessionId, Request)> {
        self.to_ask.pop_front()
    }

    /// Whether new calls are refused because of overload from now on: registered applications are told a change.
    pub fn set_overloaded(&mut self, overloaded: bool) {
        if std::mem::replace(&mut self.overloaded, overloaded) != overloaded {
            self.report_status(match overloaded {
                true => SystemStatusValue::OverloadReached,
                false => SystemStatusValue::OverloadRelieved,
            });
        }
    }

    /// Tells the applications that have registered for it how the system is.
    pub fn report_status(&mut self, status: SystemStatusValue) {
        for session in self.sessions.values() {
            let registered = session.registered_for(status);
            self.to_ask.extend(registered.map(|status| (session.id(), status)));
        }
    }

    /// Another configuration holds: who has registered for it is told what has changed.
    pub(crate) fn report_changes(&mut self, before: &Settings, after: &Settings) {
        let of =
            |config: &Settings, name: &SmolStr| config.cti_users().find(|own| own.name == *name).cloned();
        let devices_changed = before.ephone_dns != after.ephone_dns
            || before.ephones != after.ephones
            || before.cti_ports != after.cti_ports
            || before.cti_route_points != after.cti_route_points;
        for session in self.sessions.values() {
            let user = session.identity().user.as_ref();
            let [was, is] =
                [before, after].map(|config| user.and_then(|name| of(config, name)).unwrap_or_default());
            let caps = was.groups != is.groups;
            let devices = devices_changed || caps || was.controlled != is.controlled;
            let told = session.registered_for_changes([caps, devices]).into_iter();
            self.to_ask.extend(told.map(|request| (session.id(), request)));
        }
    }

    /// Bytes that are left for the names of devices.
    fn room_for_names(&self) -> usize {
        self.limits.budget().names.saturating_sub(self.name_bytes)
    }

    /// Whether the source and the principal of a session may have what it asks for.
    fn check_share(
        &mut self,
        now: Instant,
        id: SessionId,
        asked: &Translated,
        switch: &Switch,
    ) -> Result<(), CstaError> {
        let (checked, refusal) = match asked {
            Translated::ForSwitch(core::Request::MonitorStart { device, .. }, _) => {
                let checked = self.usage.may_monitor(id, *device, switch, &self.limits);
                (checked, Refusal::SessionMonitorLimitExceeded)
            }
            Translated::ForSwitch(core::Request::MonitorStation { station, .. }, _) => {
                let first = switch.stations().get(*station).and_then(|station| station.lines().next());
                let Some(line) = first else { return Ok(()) };
                let device = switch.lines()[line].device();
                let checked = self.usage.may_monitor(id, device, switch, &self.limits);
                (checked, Refusal::SessionMonitorLimitExceeded)
            }
            Translated::ForSwitch(core::Request::MonitorCall { .. }, _) => {
                let checked = self.usage.may_associate(id, &self.limits);
                (checked, Refusal::SessionMonitorLimitExceeded)
            }
            Translated::ForSwitch(core::Request::RouteRegister { .. }, _) => {
                let checked = self.usage.may_associate(id, &self.limits);
                (checked, Refusal::SessionRegistrationLimitExceeded)
            }
            Translated::ForSwitch(core::Request::MakeCall { called, .. }, _)
                if !switch.is_emergency(called) =>
            {
                let rate = switch.admission().rate();
                (self.usage.may_call(now, id, rate, &self.limits), Refusal::PerformanceLimitExceeded)
            }
            _ => return Ok(()),
        };
        checked.map_err(|exceeded| {
            self.exceeded.push(exceeded);
            errors::csta_error(refusal)
        })
    }

    /// Ends what a session has registered for about the system: what its application is told of that.
    pub(crate) fn abort_registrations(&mut self, id: SessionId) -> Vec<Request> {
        self.sessions.get_mut(&id).map(Session::abort_registrations).unwrap_or_default()
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
        let in_route = if let Asked::InRoute(reference) = &asked { Some(reference.clone()) } else { None };
        let room = self.room_for_names();
        let owner = self.sessions.get_mut(&session)?;
        owner.names_mut().set_room(room);
        owner.request_ends();
        let advanced = !switch.settings().cti.basic_mode;
        let reason = result.as_ref().err().and_then(|refusal| refusal.reason()).filter(|_| advanced);
        let message = match result {
            Ok(answer) => {
                let before = owner.names().bytes();
                learn(&asked, &answer, owner, &mut self.calls);
                self.name_bytes = (self.name_bytes + owner.names().bytes()).saturating_sub(before);
                match (&asked, &answer) {
                    (
                        Asked::MonitorStart { .. } | Asked::MonitorStation(_),
                        core::Response::Monitor { monitor },
                    ) => {
                        self.usage.monitors_changed(session, true);
                        let watched = switch.cti().monitor(*monitor).and_then(|own| own.device());
                        let provider = &owner.identity().principal;
                        if let Some(device) = watched {
                            let by = (By::Monitor(*monitor), vec![device]);
                            let opened = self.open_devices.opened(session, provider, by);
                            self.alarms.push(Alarm::new(Name::CtiDeviceOpened).with("CTIMonitor", monitor));
                            self.alarms.push(Alarm::new(Name::CtiLineOpened).with("CTIMonitor", monitor));
                            self.alarms.extend(opened);
                            let record = kept::monitor(owner, *monitor, switch);
                            self.records.extend(record.filter(|_| self.keeps));
                        }
                    }
                    (Asked::MonitorStop(monitor), _) => {
                        self.usage.monitors_changed(session, false);
                        let closed = self.open_devices.closed(session, By::Monitor(*monitor));
                        if self.keeps && owner.token().is_some() {
                            let (session, monitor) = (session.number(), monitor.number());
                            self.records.push(SessionRecord::Monitor { session, monitor, value: None });
                        }
                        self.alarms.extend(closed.then(|| Alarm::new(Name::CtiDeviceClosed)));
                        self.alarms.extend(closed.then(|| Alarm::new(Name::CtiLineClosed)));
                    }
                    _ => {}
                }
                let response = responses::response(asked, answer, owner, switch);
                let response = segments::split(response, owner);
                self.to_ask.extend(owner.take_requests().map(|request| (session, request)));
                Message::Response(response)
            }
            Err(refusal) => {
                debug!(%session, %refusal, "service refused");
                let principal = &owner.identity().principal;
                self.alarms.extend(alarm_of_refusal(&asked, refusal, principal));
                self.alarms.extend(alarm_of_line(&asked, refusal, principal));
                Message::Error(errors::csta_error(refusal))
            }
        };
        let error = if let Message::Error(error) = &message { Some(error) } else { None };
        self.note(session, act, error);
        if let Some(reference) = in_route {
            if error.is_some() {
                self.to_ask.push_back((session, routeing::unknown(reference)));
            }
            let body = error.is_some().then_some(&message);
            return Some(self.one_way(session, ticket?, body));
        }
        let ticket = ticket?;
        match message {
            Message::Error(error) => Some(self.refuse(session, ticket, &error, reason)),
            message => Some(self.answer(session, ticket, &message)),
        }
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
        self.alarms.extend(open_devices::alarms_of(&notification.event, switch));
        let extensions = match switch.settings().cti.basic_mode {
            true => EventExtensions::default(),
            false => EventExtensions {
                sequence: None,
                reason: events::reason(notification),
                names: events::names(notification),
            },
        };
        self.tell(session, monitor, (&event, extensions), switch)
    }

    /// Reports an event of a monitor, with the next number of its session.
    fn tell(
        &mut self,
        session: SessionId,
        monitor: MonitorId,
        (event, extensions): (&EventBody, EventExtensions),
        switch: &Switch,
    ) -> Option<Delivery<'_>> {
        let owner = self.sessions.get_mut(&session)?;
        let place = Sequence { number: owner.next_sequence(), replayed: false };
        let sequence = (!switch.settings().cti.basic_mode).then_some(place);
        self.body.clear();
        let reference = responses::cross_reference(monitor);
        csta::encode_event_with(
            owner.edition(),
            &reference,
            event,
            &EventExtensions { sequence, ..extensions },
            &mut self.body,
        );
        owner.count_event();
        self.events_sent += 1;
        self.keep_event(session);
        Some(Delivery { session, kind: DeliveryKind::Event(place), body: &self.body })
    }

    /// Raises an alarm about a session.
    fn provider_alarm(&mut self, id: SessionId, alarm: Alarm) {
        let Some(session) = self.sessions.get(&id) else { return };
        let Identity { application, principal, .. } = session.identity();
        self.alarms.push(
            alarm.with("LoginUserID", principal).with("CTIconnectionId", id).with("Application", application),
        );
    }

    /// Notes for the audit what an application did, or was refused.
    fn note(&mut self, id: SessionId, act: Option<Act>, error: Option<&CstaError>) {
        let (Some(act), Some(session)) = (act, self.sessions.get(&id)) else { return };
        if self.audit.len() >= audit::MAX_WAITING {
            self.audit_lost += 1;
            return;
        }
        let Identity { application, principal, .. } = session.identity().clone();
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

    /// The switch has stopped a monitor, whose application is told so.
    pub(crate) fn monitor_stopped(&mut self, session: SessionId, monitor: MonitorId) {
        let Some(owner) = self.sessions.get_mut(&session) else { return };
        owner.names_mut().monitor_stopped(monitor);
        self.usage.monitors_changed(session, false);
        let closed = self.open_devices.closed(session, By::Monitor(monitor));
        self.alarms.extend(closed.then(|| Alarm::new(Name::CtiDeviceClosed)));
        let reference = responses::cross_reference(monitor);
        self.to_ask.push_back((session, csta::MonitorStop { monitor_cross_ref_id: reference }.into()));
    }

    /// A message about the route of a call.
    pub(crate) fn route(
        &mut self,
        session: SessionId,
        message: core::RouteMessage,
        switch: &Switch,
    ) -> Option<Delivery<'_>> {
        let owner = self.sessions.get(&session)?;
        let request = routeing::message(message, owner.names().in_response(), switch);
        self.ask(session, request)
    }

    /// What became of a request without a response; the error, if there was one.
    fn one_way(&mut self, id: SessionId, ticket: Ticket, error: Option<&Message>) -> Delivery<'_> {
        let edition = self.sessions.get(&id).map_or(Edition::default(), Session::edition);
        self.body.clear();
        if let Some(error) = error {
            csta::encode(edition, error, &mut self.body);
        }
        Delivery { session: id, kind: DeliveryKind::OneWay(ticket), body: &self.body }
    }

    /// A negative response, with what there is to say beyond the word of the standard.
    fn refuse(
        &mut self,
        id: SessionId,
        ticket: Ticket,
        error: &CstaError,
        reason: Option<&'static str>,
    ) -> Delivery<'_> {
        let edition = self.sessions.get(&id).map_or(Edition::default(), Session::edition);
        self.body.clear();
        csta::encode_error(edition, error, reason, &mut self.body);
        Delivery { session: id, kind: DeliveryKind::Response(ticket), body: &self.body }
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

/// The device with this number, or the first one of the station with this name.
pub(crate) fn find_device(name: &csta::DeviceId, switch: &Switch) -> Option<DeviceId> {
    device_names::device_by_number(name, switch)
}

/// The line of that name, which a session of `identity` may be about. A line that applications cannot follow may be
/// named; each service about it says so.
///
/// # Errors
/// [`Refusal::InvalidDevice`], and [`Refusal::PrivilegeViolation`] for one that the principal may not have.
pub(crate) fn find_line(
    name: &csta::DeviceId,
    identity: &Identity,
    switch: &Switch,
) -> Result<DeviceId, Refusal> {
    let device = find_device(name, switch).ok_or(Refusal::InvalidDevice)?;
    match switch.may_principal_use(&identity.as_principal(), device) {
        Ok(()) | Err(Refusal::RequestIncompatibleWithSubject) => Ok(device),
        Err(refusal) => Err(refusal),
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

/// A connection whose keys an application wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedKeys {
    pub(crate) session: SessionId,
    ticket: Ticket,
    pub(crate) connection: core::ConnectionId,
}

/// The alarm about a service that was refused, if there is one.
fn alarm_of_refusal(asked: &Asked, refusal: Refusal, principal: &SmolStr) -> Option<Alarm> {
    let about = |name, device: &csta::DeviceId| {
        Alarm::new(name).with("DeviceName", device).with("LoginUserID", principal)
    };
    Some(match asked {
        Asked::MonitorStart { name, .. } | Asked::MonitorStation(name)
            if refusal == Refusal::PrivilegeViolation =>
        {
            about(Name::KCtiDeviceOpenFailAccessDenied, name)
        }
        Asked::MonitorStart { name, .. } | Asked::MonitorStation(name) => {
            about(Name::CtiDeviceOpenFailure, name).with("ReasonCode", refusal)
        }
        Asked::DeviceOpen(name) | Asked::RouteRegister(Some(name))
            if refusal == Refusal::PrivilegeViolation =>
        {
            about(Name::KCtiDeviceOpenFailAccessDenied, name)
        }
        Asked::DeviceOpen(name) | Asked::RouteRegister(Some(name)) => {
            let reason = refusal.reason().map_or_else(|| refusal.to_string(), str::to_owned);
            let code = open_devices::reason_code(refusal);
            about(Name::CtiDeviceOpenFailure, name).with("ReasonCode", code).with("Reason", reason)
        }
        Asked::DeflectCall => Alarm::new(Name::RedirectCallRequestFailed).with("Reason", refusal),
        Asked::SetMessageWaiting => Alarm::new(Name::UnableToSetOrResetMwi).with("Reason", refusal),
        _ => return None,
    })
}

/// The alarm about the line of a monitor that was refused.
fn alarm_of_line(asked: &Asked, refusal: Refusal, principal: &SmolStr) -> Option<Alarm> {
    let Asked::MonitorStart { name, .. } = asked else { return None };
    let alarm = match refusal {
        Refusal::PrivilegeViolation => Name::KCtiLineOpenFailAccessDenied,
        _ => Name::CtiLineOpenFailure,
    };
    Some(
        Alarm::new(alarm)
            .with("DirectoryNumber", name)
            .with("LoginUserID", principal)
            .with("ReasonCode", refusal),
    )
}

fn not_supported() -> CstaError {
    CstaError::Operation(OperationError::ServiceNotSupported)
}
