//! What is kept for one application.

use std::collections::VecDeque;

use hookflash_core::{
    DeviceId, Instant,
    cti::{Principal, SessionId},
};
use hookflash_wire::csta::{
    CstaError, Edition, InvokeId, OperationError, Request, RequestTypes, Secret, Service, StatusFilter,
    SubscribedResourceAvailability, SwFunctionCapsChanged, SwFunctionDevicesChanged, SystemRegisterAbort,
    SystemResourceAvailability, SystemStatus, SystemStatusValue,
};
use smol_str::SmolStr;

use super::{device_names::DeviceNames, journal::Journal, system_services};

/// Requests of the server that wait for the answers of one application.
const MAX_ASKED: usize = 100;

/// Requests of one application that the switch works on at a time.
const MAX_OUTSTANDING: usize = 100;

/// Registrations for the system status of one application.
const MAX_REGISTRATIONS: usize = 8;

/// The application that has a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// What the application calls itself: the URI of From, or an application identifier.
    pub application: SmolStr,
    /// On whose behalf it acts: a user's name, or the application itself.
    pub principal: SmolStr,
    /// The user as whom it has logged in.
    pub user: Option<SmolStr>,
}

impl Identity {
    /// The principal, as the switch decides about it.
    pub(super) fn as_principal(&self) -> Principal {
        Principal { name: self.principal.clone(), user: self.user.clone() }
    }
}

/// A session of an application.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    edition: Edition,
    identity: Identity,
    line: Option<DeviceId>,
    names: DeviceNames,
    started: Instant,
    events_sent: u64,
    /// Requests of the server that are not answered, oldest first.
    asked: VecDeque<(InvokeId, Service)>,
    last_invoke: InvokeId,
    /// Requests of the application that the switch works on.
    outstanding: usize,
    /// What the application is asked after the response that is made now.
    to_ask: Vec<Request>,
    registrations: Vec<Registration>,
    /// The number of the last registration, or of the last list that was asked for.
    last_reference: u32,
    /// Whether its opening was logged.
    pub(super) is_told_of: bool,
    /// Whether its application has not started it.
    is_unasked: bool,
    /// Whether it was taken back from an earlier server, and its monitors have not said how their devices are.
    is_restored: bool,
    /// The number of the last event.
    sequence: u64,
    /// Whether its messages may be as long as they have to be.
    whole_lists: bool,
    /// What its application needs to come back; `None` if it cannot.
    resumable: Option<Box<Resumable>>,
}

/// What an application needs to come back to its session.
#[derive(Debug)]
struct Resumable {
    token: Secret,
    journal: Journal,
    /// How the session is carried, as text that its carrier understands.
    carriage: String,
}

/// A registration for the status of the system.
#[derive(Debug)]
struct Registration {
    id: SmolStr,
    /// Whether the application wants to be sent SystemStatus.
    wants_status: bool,
    /// Whether it wants to be told that what it may do has changed, or with which devices.
    wants_changes: [bool; 2],
    /// The states that it does not want to be told.
    filter: Option<StatusFilter>,
}

impl Session {
    pub(super) fn new(id: SessionId, edition: Edition, identity: Identity, started: Instant) -> Session {
        let names = DeviceNames::default();
        Session {
            id,
            edition,
            identity,
            line: None,
            names,
            started,
            events_sent: 0,
            asked: VecDeque::new(),
            last_invoke: InvokeId::EVENT,
            outstanding: 0,
            to_ask: Vec::new(),
            registrations: Vec::new(),
            last_reference: 0,
            is_told_of: true,
            is_unasked: false,
            is_restored: false,
            sequence: 0,
            whole_lists: false,
            resumable: None,
        }
    }

    /// The application has not started the session: it is not asked to prompt users.
    pub(crate) fn set_unasked(&mut self, edition: Edition) {
        self.is_unasked = true;
        self.edition = edition;
    }

    /// Whether the application has not started the session.
    pub(super) fn is_unasked(&self) -> bool {
        self.is_unasked
    }

    /// Whether it was taken back from an earlier server, and its monitors have not said how their devices are.
    pub(super) fn is_restored(&self) -> bool {
        self.is_restored
    }

    pub(super) fn set_restored(&mut self, is_restored: bool) {
        self.is_restored = is_restored;
    }

    /// The application may come back with this token; events are kept for it from now on.
    pub(super) fn set_token(&mut self, token: Secret) {
        let journal = Journal::after(self.sequence);
        self.resumable = Some(Box::new(Resumable { token, journal, carriage: String::new() }));
    }

    /// How the session is carried, as text that its carrier understands.
    pub(super) fn carriage(&self) -> &str {
        self.resumable.as_ref().map(|own| own.carriage.as_str()).unwrap_or_default()
    }

    pub(super) fn set_carriage(&mut self, carriage: String) {
        if let Some(own) = &mut self.resumable {
            own.carriage = carriage;
        }
    }

    /// An event of an earlier server follows those that are kept already.
    pub(super) fn restore_event(&mut self, number: u64, document: &[u8], most: usize) {
        let Some(own) = &mut self.resumable else { return };
        if number != self.sequence + 1 {
            own.journal.begin_again(number);
        }
        own.journal.keep(document, most);
        self.sequence = number;
    }

    /// The token with which the application may come back.
    pub(crate) fn token(&self) -> Option<&Secret> {
        self.resumable.as_ref().map(|resumable| &resumable.token)
    }

    /// The number of the last event; 0 if there was none.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The number of the next event.
    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The events that are kept.
    pub(crate) fn journal(&self) -> Option<&Journal> {
        self.resumable.as_ref().map(|resumable| &resumable.journal)
    }

    pub(super) fn journal_mut(&mut self) -> Option<&mut Journal> {
        self.resumable.as_mut().map(|resumable| &mut resumable.journal)
    }

    /// Whether its messages may be as long as they have to be: those of XML may not.
    pub(super) fn takes_whole_lists(&self) -> bool {
        self.whole_lists
    }

    pub(super) fn set_whole_lists(&mut self, takes: bool) {
        self.whole_lists = takes;
    }

    /// Its number.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The edition of ECMA-323 in which it is answered.
    pub fn edition(&self) -> Edition {
        self.edition
    }

    /// Who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
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

    /// Fails when the switch works on as many requests of the application as it may.
    pub(super) fn check_outstanding(&self) -> Result<(), CstaError> {
        let error = SubscribedResourceAvailability::OutstandingReqLimitExceeded;
        let full = self.outstanding >= MAX_OUTSTANDING;
        if full { Err(CstaError::SubscribedResourceAvailability(error)) } else { Ok(()) }
    }

    pub(super) fn request_begins(&mut self) {
        self.outstanding += 1;
    }

    pub(super) fn request_ends(&mut self) {
        self.outstanding = self.outstanding.saturating_sub(1);
    }

    /// Notes a request of the server. The oldest one is given up when too many are not answered: a missing answer is no
    /// error.
    pub(super) fn ask(&mut self, service: Service) -> InvokeId {
        if self.asked.len() >= MAX_ASKED {
            self.asked.pop_front();
        }
        self.last_invoke = self.last_invoke.next();
        self.asked.push_back((self.last_invoke, service));
        self.last_invoke
    }

    /// How many requests of the server are not answered.
    pub fn unanswered(&self) -> usize {
        self.asked.len()
    }

    /// What was asked by the request that is answered now.
    pub(super) fn answered(&mut self, invoke: InvokeId) -> Option<Service> {
        let place = self.asked.iter().position(|(id, _)| *id == invoke)?;
        self.asked.remove(place).map(|(_, service)| service)
    }

    /// The application is asked this after the response that is made now.
    pub(super) fn will_ask(&mut self, request: Request) {
        self.to_ask.push(request);
    }

    pub(super) fn take_requests(&mut self) -> impl Iterator<Item = Request> + use<> {
        std::mem::take(&mut self.to_ask).into_iter()
    }

    /// A reference that the session has not been given before.
    pub(super) fn next_reference(&mut self) -> SmolStr {
        self.last_reference = self.last_reference.wrapping_add(1);
        system_services::identifier(self.last_reference)
    }

    /// The application registers for the status of the system.
    pub(super) fn register(
        &mut self,
        types: &RequestTypes,
        filter: Option<&StatusFilter>,
    ) -> Result<SmolStr, CstaError> {
        if self.registrations.len() >= MAX_REGISTRATIONS {
            let limit = SystemResourceAvailability::RegistrationLimitExceeded;
            return Err(CstaError::SystemResourceAvailability(limit));
        }
        let id = self.next_reference();
        let wants_status = types.system_status == Some(true);
        let wants_changes = [types.caps_changed, types.devices_changed].map(|wanted| wanted == Some(true));
        let filter = filter.cloned();
        self.registrations.push(Registration { id: id.clone(), wants_status, wants_changes, filter });
        Ok(id)
    }

    /// Whether it has registered for the status of the switch.
    pub(crate) fn wants_status(&self) -> bool {
        self.registrations.iter().any(|registration| registration.wants_status)
    }

    pub(super) fn cancel_registration(&mut self, id: &str) -> Result<(), CstaError> {
        let before = self.registrations.len();
        self.registrations.retain(|registration| registration.id != id);
        match self.registrations.len() < before {
            true => Ok(()),
            false => Err(CstaError::Operation(OperationError::InvalidCrossRefId)),
        }
    }

    /// Ends all registrations: the messages by which the application is told.
    pub(super) fn abort_registrations(&mut self) -> Vec<Request> {
        let registrations = std::mem::take(&mut self.registrations).into_iter();
        registrations.map(|own| SystemRegisterAbort { sys_stat_register_id: own.id }.into()).collect()
    }

    /// The messages by which the application is told that the system is like this.
    pub(super) fn registered_for(&self, status: SystemStatusValue) -> impl Iterator<Item = Request> {
        let wanted = self.registrations.iter().filter(move |own| {
            own.wants_status && !own.filter.as_ref().is_some_and(|filter| suppresses(filter, status))
        });
        wanted.map(move |own| SystemStatus::of(Some(own.id.clone()), status).into())
    }

    /// The messages by which the application is told that what it may do has changed, or with which devices.
    pub(super) fn registered_for_changes(&self, [caps, devices]: [bool; 2]) -> Vec<Request> {
        let id = |own: &Registration| Some(own.id.clone());
        let caps = self.registrations.iter().filter(|own| caps && own.wants_changes[0]);
        let caps = caps.map(|own| SwFunctionCapsChanged { sys_stat_register_id: id(own) }.into());
        let devices = self.registrations.iter().filter(|own| devices && own.wants_changes[1]);
        let devices = devices.map(|own| SwFunctionDevicesChanged { sys_stat_register_id: id(own) }.into());
        caps.chain(devices).collect()
    }

    pub(super) fn count_event(&mut self) {
        self.events_sent += 1;
    }
}

fn suppresses(filter: &StatusFilter, status: SystemStatusValue) -> bool {
    let suppressed = match status {
        SystemStatusValue::Disabled => filter.disabled,
        SystemStatusValue::PartiallyDisabled => filter.partially_disabled,
        SystemStatusValue::Enabled => filter.enabled,
        SystemStatusValue::Initializing => filter.initializing,
        SystemStatusValue::MessagesLost => filter.message_lost,
        SystemStatusValue::Normal => filter.normal,
        SystemStatusValue::OverloadImminent => filter.overload_imminent,
        SystemStatusValue::OverloadReached => filter.overload_reached,
        SystemStatusValue::OverloadRelieved => filter.overload_relieved,
    };
    suppressed == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let identity = Identity { application: "test".into(), principal: "test".into(), user: None };
        Session::new(SessionId::from_number(1), Edition::Ed3, identity, Instant::ZERO)
    }

    #[test]
    fn an_answer_finds_its_request_and_is_taken_once() {
        let mut session = session();
        let first = session.ask(Service::SystemStatus);
        let second = session.ask(Service::MonitorStop);
        assert_eq!((first.get(), second.get()), (1, 2));
        assert_eq!(session.answered(second), Some(Service::MonitorStop));
        assert_eq!(session.answered(second), None);
        assert_eq!(session.answered(InvokeId::EVENT), None);
        assert_eq!(session.answered(first), Some(Service::SystemStatus));
    }

    #[test]
    fn the_oldest_request_that_is_not_answered_is_given_up() {
        let mut session = session();
        let asked: Vec<InvokeId> = (0..20_000).map(|_| session.ask(Service::SystemStatus)).collect();
        assert!(!asked.contains(&InvokeId::EVENT), "no request is taken for an event");
        assert_eq!(session.asked.len(), MAX_ASKED);
        let last = asked.last().copied().unwrap();
        assert_eq!(session.answered(last), Some(Service::SystemStatus));
        assert_eq!(session.answered(asked[asked.len() - MAX_ASKED - 1]), None);
    }

    #[test]
    fn no_more_requests_are_worked_on_than_may_be() {
        let mut session = session();
        for _ in 0..MAX_OUTSTANDING {
            assert_eq!(session.check_outstanding(), Ok(()));
            session.request_begins();
        }
        let refusal = session.check_outstanding().unwrap_err();
        assert_eq!(refusal.to_string(), "subscribedResourceAvailability/outstandingReqLimitExceeded");
        session.request_ends();
        assert_eq!(session.check_outstanding(), Ok(()));
    }
}
