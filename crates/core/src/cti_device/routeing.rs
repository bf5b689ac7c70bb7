//! Routeing services (ECMA-269 clause 20): an application says where a call at a route point goes.
//!
//! ```text
//!   RouteRegister ──► calls to the route point are asked about
//!
//!   Offered ─► RouteRequest ─┬─ RouteSelect ─► the first route that takes the call ─► RouteUsed, if wanted, RouteEnd
//!                            │                 none takes it ─► ReRoute: the dialogue goes on, the call waits still
//!                            ├─ RouteReject ─► RouteEnd; the next application is asked, or the call is forwarded
//!                            ├─ RouteEnd of the application ─► the same, without an answer
//!                            ├─ the application has gone ─► the next one is asked; none: who has the route point open may take it
//!                            ├─ new-call-accept-timer ─► RouteEnd (routeingTimerExpired)
//!                            └─ the call is handled otherwise, or the caller has hung up ─► RouteEnd
//! ```
//!
//! Of several applications the one that registered first is asked; each is asked once about a call. A route takes the call when
//! the call rings there, or is answered. Until then it may come back: a busy number, or one that does not exist, costs the caller
//! nothing but time.
//!
//! The calling number of a route changes who calls, for those that are called and for what is told of the call from then
//! on.

use std::{collections::VecDeque, time::Duration};

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::{Opened, is_at, offered, registrations::Scope};
use crate::{
    CallData, CallId, CallInformation, Connection, ConnectionId, ConnectionKey, CtiDeviceKind,
    DeviceCategory, DeviceId, DiversionReason, EventCause, GlobalCallId, LineId, Output, Party, Refusal,
    StationId, Timer,
    calls::Alerting,
    control::{clear_connection, divert, routing},
    cti::{
        SessionId, permission,
        report::{self, Audience, Subject},
    },
    state::State,
};

/// Names a registration for routes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub u32);

/// Names a dialogue about the route of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct DialogueId(pub u32);

/// Where a call may go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Route {
    /// The number.
    pub destination: SmolStr,
    /// Who calls then; `None` for who calls already.
    pub calling: Option<SmolStr>,
}

/// A message of the switch in a dialogue about a route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RouteMessage {
    /// Where does the call go?
    Request(Box<RouteRequest>),
    /// No route has taken the call: where else does it go?
    ReRoute {
        /// The dialogue.
        dialogue: DialogueId,
        /// The registration.
        registration: RegistrationId,
        /// How long the answer may take.
        timeout: Duration,
        /// Whether it was because the application may not change the calling number.
        not_permitted: bool,
        /// The call.
        global_id: GlobalCallId,
    },
    /// A route has taken the call.
    Used {
        /// The dialogue.
        dialogue: DialogueId,
        /// The registration.
        registration: RegistrationId,
        /// Where the call went.
        used: Party,
        /// Who calls.
        calling: Party,
        /// The call.
        global_id: GlobalCallId,
    },
    /// The dialogue is over.
    End {
        /// The dialogue.
        dialogue: DialogueId,
        /// The registration, if the dialogue is known.
        registration: Option<RegistrationId>,
        /// Why, unless all went well.
        error: Option<RouteError>,
    },
    /// The application is not asked any more: it may not be.
    Abort(RegistrationId),
}

/// Why a dialogue is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RouteError {
    /// The application has taken too long.
    TimerExpired,
    /// The caller has hung up.
    CallerGone,
    /// There is no such dialogue.
    UnknownDialogue,
}

/// What an application is asked about a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RouteRequest {
    /// The dialogue.
    pub dialogue: DialogueId,
    /// The registration.
    pub registration: RegistrationId,
    /// The number that was called.
    pub current: Party,
    /// Who calls.
    pub calling: Party,
    /// The connection of the route point.
    pub call: ConnectionId,
    /// How long the answer may take.
    pub timeout: Duration,
    /// What is attached to the call.
    pub data: CallData,
    /// The call's name for life.
    pub global_id: GlobalCallId,
}

/// An application that says where calls go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Registration {
    pub(super) session: SessionId,
    /// The route point; `None` for every one that the session may use.
    pub(super) device: Option<DeviceId>,
    /// The station whose first number that is, if the routes of all its numbers are asked for.
    station: Option<StationId>,
}

impl Registration {
    /// What it is for.
    pub(super) fn scope(&self) -> Scope {
        match (self.station, self.device) {
            (Some(station), _) => Scope::Station(station),
            (None, Some(device)) => Scope::Device(device),
            (None, None) => Scope::Every,
        }
    }
}

/// A dialogue about the route of one call.
#[derive(Debug)]
pub(super) struct Dialogue {
    registration: RegistrationId,
    session: SessionId,
    call: CallId,
    /// The line of the route point, and the number by which the call has reached it.
    line: LineId,
    number: SmolStr,
    /// The connection at the route point while the call waits there.
    waits: Option<ConnectionKey>,
    /// The registrations that were asked, this one last.
    asked: SmallVec<[RegistrationId; 2]>,
    /// Routes that were not tried yet.
    routes: VecDeque<Route>,
    /// Where the call was sent.
    tried: Option<Party>,
    /// Whether the application wants to know which route has taken the call.
    tell: bool,
}

/// An application registers for the routes of one route point, or of all that it may use.
pub(crate) fn register(
    st: &mut State,
    session: SessionId,
    device: Option<DeviceId>,
    station: Option<StationId>,
) -> Result<RegistrationId, Refusal> {
    let is_point = |line: LineId| st.lines[line].settings().cti_device == Some(CtiDeviceKind::RoutePoint);
    if let Some(device) = device
        && !st.lines.of_device(device).any(|(line, _)| is_point(line))
    {
        return Err(Refusal::RequestIncompatibleWithSubject);
    }
    let registration = Registration { session, device, station };
    st.cti_devices.registrations.check_room(session, registration.scope())?;
    let associations = st.cti.monitor_count() + st.cti_devices.registration_count();
    if associations >= st.settings.cti.max_monitors {
        return Err(Refusal::OverallRegistrationLimitExceeded);
    }
    let id = RegistrationId(st.cti_devices.registration_ids.next());
    st.cti_devices.registrations.insert(id, registration);
    st.note(Output::Opened(session, Opened::Routes(id, device)));
    match device {
        Some(device) => stations_of(st, device).into_iter().for_each(|id| super::settle_service(st, id)),
        None => super::settle_all(st),
    }
    Ok(id)
}

/// The application registers no more. Calls about which it was asked go on as if it had rejected them.
pub(crate) fn cancel(st: &mut State, session: SessionId, id: RegistrationId) -> Result<(), Refusal> {
    let own = st.cti_devices.registrations.get(id).filter(|own| own.session == session);
    let own = own.ok_or(Refusal::InvalidRouteRegistration)?;
    st.cti_devices.registrations.remove(id);
    st.note(Output::Closed(session, Opened::Routes(id, own.device)));
    let dialogues = dialogues_of(st, |dialogue| dialogue.registration == id);
    for dialogue in dialogues {
        end(st, dialogue, None);
        pass_on(st, dialogue, Because::Gone);
    }
    settle(st, own);
    Ok(())
}

fn settle(st: &mut State, was: Registration) {
    match was.device {
        Some(device) => stations_of(st, device).into_iter().for_each(|id| super::settle_service(st, id)),
        None => super::settle_all(st),
    }
}

fn dialogues_of(st: &State, fits: impl Fn(&Dialogue) -> bool) -> Vec<DialogueId> {
    let all = st.cti_devices.dialogues.iter();
    all.filter(|(_, dialogue)| fits(dialogue)).map(|(id, _)| *id).collect()
}

fn stations_of(st: &State, device: DeviceId) -> Vec<StationId> {
    st.lines.of_device(device).flat_map(|(_, line)| line.stations().iter().copied()).collect()
}

/// Whether an application has registered for the routes of one of the lines of a station.
pub(super) fn is_registered(st: &State, station: StationId) -> bool {
    if st.stations[station].settings().cti_device != Some(CtiDeviceKind::RoutePoint) {
        return false;
    }
    let mut devices = st.stations[station].lines().map(|line| st.lines[line].device());
    devices.any(|device| first_for(st, device, &[]).is_some())
}

/// The application that registered first for a number, of those that may use it and were not asked yet.
fn first_for(
    st: &State,
    device: DeviceId,
    asked: &[RegistrationId],
) -> Option<(RegistrationId, Registration)> {
    let stations = stations_of(st, device);
    let mut registered = st.cti_devices.registrations.for_device(device, &stations);
    registered
        .find(|(id, own)| !asked.contains(id) && permission::may_session_use(st, own.session, device).is_ok())
}

/// A call has come to a CTI port or route point: an application is asked where it goes, if one has registered for that. A call
/// that has come back goes on in its dialogue.
pub(super) fn arrived(st: &mut State, key: ConnectionKey) {
    let back = st.calls.connection_mut(key).and_then(|own| own.alerting_mut()?.dialogue.take());
    match back.filter(|id| st.cti_devices.dialogues.contains_key(id)) {
        Some(id) => {
            if let Some(dialogue) = st.cti_devices.dialogues.get_mut(&id) {
                dialogue.waits = Some(key);
            }
            st.cti_devices.by_connection.insert(key, id);
        }
        None if st.cti_devices.registrations.is_empty() => {}
        None if is_off(st, key) => {
            if !is_open_for(st, key) {
                offered::rejected(st, key);
            }
        }
        None => drop(ask(st, key, SmallVec::new())),
    }
}

fn is_off(st: &State, key: ConnectionKey) -> bool {
    let device = st.calls.connection(key).and_then(|own| st.lines.device(own.device()));
    device.is_some_and(|device| device.routeing_off)
}

/// Get Routeing Mode: whether applications are asked where the calls of a route point go.
///
/// # Errors
/// It is no route point.
pub(crate) fn mode(st: &State, device: DeviceId) -> Result<bool, Refusal> {
    if st.lines.category(device) != DeviceCategory::RouteingDevice {
        return Err(Refusal::RequestIncompatibleWithSubject);
    }
    Ok(!st.lines.device(device).is_some_and(|device| device.routeing_off))
}

/// Set Routeing Mode. Calls that come while applications are not asked go where those go that an application rejects, unless
/// one has opened the route point and takes them otherwise.
///
/// # Errors
/// It is no route point.
pub(crate) fn set_mode(st: &mut State, device: DeviceId, on: bool) -> Result<(), Refusal> {
    mode(st, device)?;
    if let Some(device) = st.lines.device_mut(device) {
        device.routeing_off = !on;
    }
    Ok(())
}

/// Asks the first application that was not asked yet. False if there is none.
fn ask(st: &mut State, key: ConnectionKey, mut asked: SmallVec<[RegistrationId; 2]>) -> bool {
    let Some(connection) = st.calls.connection(key) else { return false };
    let (device, line, call) = (connection.device(), connection.line(), connection.call());
    if st.lines[line].settings().cti_device != Some(CtiDeviceKind::RoutePoint) {
        return false;
    }
    let Some((registration, Registration { session, .. })) = first_for(st, device, &asked) else {
        return false;
    };
    let number = connection.party().number.clone();
    asked.push(registration);
    let id = DialogueId(st.cti_devices.dialogue_ids.next());
    let dialogue = Dialogue {
        registration,
        session,
        call,
        line,
        number,
        waits: Some(key),
        asked,
        routes: VecDeque::new(),
        tried: None,
        tell: false,
    };
    st.cti_devices.dialogues.insert(id, dialogue);
    st.cti_devices.by_connection.insert(key, id);
    if let Some(request) = request(st, id, key) {
        st.note(Output::Route(session, RouteMessage::Request(Box::new(request))));
    }
    true
}

fn request(st: &State, id: DialogueId, key: ConnectionKey) -> Option<RouteRequest> {
    let connection = st.calls.connection(key)?;
    let call = st.calls.get(connection.call())?;
    Some(RouteRequest {
        dialogue: id,
        registration: st.cti_devices.dialogues.get(&id)?.registration,
        current: connection.party().clone(),
        calling: call.calling().clone(),
        call: connection.id(),
        timeout: connection.deadline.map_or(Duration::ZERO, |deadline| deadline.0.since(st.now)),
        data: call.data().clone(),
        global_id: call.global_id(),
    })
}

/// The dialogues of a session that are open, as they were begun: for an application that comes back.
pub(crate) fn open_requests(st: &State, session: SessionId) -> Vec<RouteMessage> {
    let own = st.cti_devices.dialogues.iter().filter(|(_, dialogue)| dialogue.session == session);
    let open = own.filter_map(|(id, dialogue)| request(st, *id, dialogue.waits?));
    open.map(|request| RouteMessage::Request(Box::new(request))).collect()
}

fn own(st: &State, session: SessionId, id: DialogueId) -> Result<ConnectionKey, Refusal> {
    let dialogue = st.cti_devices.dialogues.get(&id).filter(|own| own.session == session);
    dialogue.and_then(|own| own.waits).ok_or(Refusal::InvalidRouteDialogue)
}

/// Route Select.
///
/// # Errors
/// [`Refusal::InvalidRouteDialogue`] when the session has no such dialogue, or has answered it already.
pub(crate) fn select(
    st: &mut State,
    session: SessionId,
    id: DialogueId,
    (routes, tell): (Vec<Route>, bool),
    correlator: Option<SmolStr>,
) -> Result<(), Refusal> {
    let key = own(st, session, id)?;
    if routes.iter().any(|route| route.calling.is_some())
        && !permission::may_modify_calling_numbers(st, session)
    {
        re_route(st, id, true);
        return Ok(());
    }
    attach(st, key, correlator);
    if let Some(dialogue) = st.cti_devices.dialogues.get_mut(&id) {
        dialogue.routes = routes.into();
        dialogue.tell = tell;
    }
    try_next(st, id);
    Ok(())
}

/// Attaches data to the call.
fn attach(st: &mut State, key: ConnectionKey, correlator: Option<SmolStr>) {
    let (Some(correlator), Some(connection)) = (correlator, st.calls.connection(key)) else { return };
    let (call, id, party) = (connection.call(), connection.id(), connection.party().clone());
    let Some(call) = st.calls.call_mut(call) else { return };
    call.data.correlator = Some(correlator);
    let (data, global_id) = (call.data.clone(), call.global_id());
    let information =
        CallInformation { connection: id, party, data, account: None, qualifying: None, global_id };
    report::information(st, information);
}

/// Sends the call by the first route that can take it; if none can, the application is asked anew.
fn try_next(st: &mut State, id: DialogueId) {
    while let Some(dialogue) = st.cti_devices.dialogues.get_mut(&id) {
        let Some(key) = dialogue.waits else { return };
        let call = dialogue.call;
        let Some(Route { destination, calling }) = dialogue.routes.pop_front() else {
            return re_route(st, id, false);
        };
        let destination = st.lines.dial_plan().as_configured(destination);
        if !routing::can_reach(st, call, &destination) {
            continue;
        }
        let tried = st.lines.party_named(&destination);
        let device = st.calls.connection(key).map(Connection::device);
        if tried.device.is_some() && tried.device == device {
            continue;
        }
        if let Some(calling) = calling {
            change_caller(st, key, calling);
        }
        if let Some(dialogue) = st.cti_devices.dialogues.get_mut(&id) {
            dialogue.tried = Some(tried);
            dialogue.waits = None;
        }
        st.cti_devices.by_connection.remove(&key);
        st.stop_timer(key);
        if let Some(alerting) = st.calls.connection_mut(key).and_then(|own| own.alerting_mut()) {
            alerting.routed_by = Some(id);
        }
        return divert::divert(st, key, DiversionReason::Deflected, &destination);
    }
}

/// The call comes from another number from now on.
fn change_caller(st: &mut State, key: ConnectionKey, number: SmolStr) {
    let caller = Party { device: None, number, name: SmolStr::default() };
    let Some(call) = st.calls.connection(key).map(Connection::call) else { return };
    let calls = st.calls.others(key).find(|other| !other.is_incoming()).map(Connection::key);
    if let Some(connection) = calls.and_then(|key| st.calls.connection_mut(key)) {
        connection.party = caller.clone();
    }
    if let Some(call) = st.calls.call_mut(call) {
        call.calling = caller;
    }
}

/// No route can take the call, which waits still: the application has the whole time again.
fn re_route(st: &mut State, id: DialogueId, not_permitted: bool) {
    let Some(dialogue) = st.cti_devices.dialogues.get(&id) else { return };
    let (session, registration, waits) = (dialogue.session, dialogue.registration, dialogue.waits);
    let Some(global_id) = st.calls.get(dialogue.call).map(|call| call.global_id()) else { return };
    let timeout = st.settings.timeouts.new_call_accept;
    if let Some(key) = waits {
        st.start_timer(key, timeout, Timer::Accept(key));
    }
    let message = RouteMessage::ReRoute { dialogue: id, registration, timeout, not_permitted, global_id };
    st.note(Output::Route(session, message));
}

/// Route Reject.
pub(crate) fn reject(st: &mut State, session: SessionId, id: DialogueId) -> Result<(), Refusal> {
    own(st, session, id)?;
    end(st, id, None);
    pass_on(st, id, Because::Rejected);
    Ok(())
}

/// Route End of an application.
pub(crate) fn ended(st: &mut State, session: SessionId, id: DialogueId) -> Result<(), Refusal> {
    own(st, session, id)?;
    pass_on(st, id, Because::Rejected);
    Ok(())
}

/// Why another application is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Because {
    /// The one that was asked does not want to say where the call goes.
    Rejected,
    /// It has gone, or is not asked any more.
    Gone,
}

/// Takes the dialogue away, and asks the next application. If there is none, the call is forwarded, unless the one that was asked
/// has gone and another one has the route point open, which may take the call.
fn pass_on(st: &mut State, id: DialogueId, because: Because) {
    let Some(Dialogue { waits, asked, .. }) = st.cti_devices.dialogues.remove(&id) else { return };
    let Some(key) = waits else { return };
    st.cti_devices.by_connection.remove(&key);
    if !st.calls.connection(key).is_some_and(Connection::is_offered) {
        return;
    }
    let after = st.settings.timeouts.new_call_accept;
    st.start_timer(key, after, Timer::Accept(key));
    let may_be_taken = because == Because::Gone && is_open_for(st, key);
    if !ask(st, key, asked) && !may_be_taken {
        offered::rejected(st, key);
    }
}

/// Whether an application has opened the route point at which a call waits.
fn is_open_for(st: &State, key: ConnectionKey) -> bool {
    let line = st.calls.connection(key).map(Connection::line);
    let station = line.and_then(|line| st.lines[line].stations().first().copied());
    station.is_some_and(|station| !st.cti_devices.openings(station).is_empty())
}

/// Tells the application that the dialogue is over.
fn end(st: &mut State, id: DialogueId, error: Option<RouteError>) {
    let Some(dialogue) = st.cti_devices.dialogues.get(&id) else { return };
    let (session, registration) = (dialogue.session, Some(dialogue.registration));
    st.note(Output::Route(session, RouteMessage::End { dialogue: id, registration, error }));
}

fn end_of(st: &mut State, key: ConnectionKey, error: Option<RouteError>) {
    if let Some(id) = st.cti_devices.by_connection.remove(&key) {
        end(st, id, error);
        st.cti_devices.dialogues.remove(&id);
    }
}

/// The call is handled otherwise than by a route.
pub(crate) fn handled(st: &mut State, key: ConnectionKey) {
    end_of(st, key, None);
}

/// The application has taken too long.
pub(super) fn expired(st: &mut State, key: ConnectionKey) {
    end_of(st, key, Some(RouteError::TimerExpired));
}

/// The connection leaves its call, and nobody has handled it.
pub(crate) fn left(st: &mut State, key: ConnectionKey) {
    if st.cti_devices.dialogues.is_empty() {
        return;
    }
    end_of(st, key, Some(RouteError::CallerGone));
    let routed_by = st.calls.connection(key).and_then(|own| own.alerting()?.routed_by);
    if let Some(id) = routed_by {
        end(st, id, Some(RouteError::CallerGone));
        st.cti_devices.dialogues.remove(&id);
    }
}

/// The call rings, or was answered, where a route has led it.
pub(crate) fn used(st: &mut State, key: ConnectionKey) {
    let id = st.calls.connection_mut(key).and_then(|own| own.alerting_mut()?.routed_by.take());
    let Some(id) = id else { return };
    let Some(Dialogue { registration, session, tried, tell, call, .. }) =
        st.cti_devices.dialogues.remove(&id)
    else {
        return;
    };
    if let (true, Some(used), Some(call)) = (tell, tried, st.calls.get(call)) {
        let (calling, global_id) = (call.calling().clone(), call.global_id());
        let message = RouteMessage::Used { dialogue: id, registration, used, calling, global_id };
        st.note(Output::Route(session, message));
    }
    let over = RouteMessage::End { dialogue: id, registration: Some(registration), error: None };
    st.note(Output::Route(session, over));
}

/// The call does not get on where a route has led it, and has rung nowhere yet: it comes back to the route point. False if no
/// route has led it.
pub(crate) fn destination_failed(st: &mut State, key: ConnectionKey) -> bool {
    let Some(connection) = st.calls.connection_mut(key) else { return false };
    let call = connection.call();
    let Some(alerting) = connection.alerting_mut().filter(|alerting| alerting.silent) else { return false };
    let Some(id) = alerting.routed_by.take() else { return false };
    if !can_come_back(st, id) {
        return false;
    }
    let Some(connection) = st.calls.connection(key) else { return false };
    let subject = Subject::of(connection, &st.lines);
    let cause = EventCause::CallNotAnswered;
    report::failed(st, call, &subject, Some(key), cause);
    clear_connection::end(st, key, cause, Audience::Own);
    come_back(st, call, id);
    true
}

/// The call has reached nobody by a route. False if no route has led it there.
pub(crate) fn reached_nobody(st: &mut State, call: CallId, alerting: &mut Alerting) -> bool {
    let Some(id) = alerting.routed_by.take().filter(|id| can_come_back(st, *id)) else { return false };
    come_back(st, call, id);
    true
}

fn can_come_back(st: &State, id: DialogueId) -> bool {
    let Some(dialogue) = st.cti_devices.dialogues.get(&id) else { return false };
    let open = is_at(st, dialogue.line) && st.has_phone(dialogue.line);
    open && st.calls.get(dialogue.call).is_some()
}

fn come_back(st: &mut State, call: CallId, id: DialogueId) {
    let Some(dialogue) = st.cti_devices.dialogues.get(&id) else { return };
    let (line, number) = (dialogue.line, dialogue.number.clone());
    let alerting = Alerting { number, dialogue: Some(id), ..Alerting::default() };
    routing::offer(st, call, line, alerting);
    try_next(st, id);
}

/// The connections of a call have moved to another one: what an application is asked about them goes on there.
pub(crate) fn call_absorbed(st: &mut State, by: CallId, absorbed: CallId) {
    let moved = st.cti_devices.dialogues.values_mut().filter(|dialogue| dialogue.call == absorbed);
    moved.for_each(|dialogue| dialogue.call = by);
}

/// The application of a session has gone. True if it had registered for routes.
pub(super) fn session_closed(st: &mut State, session: SessionId) -> bool {
    let lost: Vec<RegistrationId> = st.cti_devices.registrations.of_session(session).collect();
    for id in &lost {
        if let Some(own) = st.cti_devices.registrations.remove(*id) {
            st.note(Output::Closed(session, Opened::Routes(*id, own.device)));
        }
    }
    !lost.is_empty()
}

/// Dialogues whose application has gone, or may not be asked any more, go on with another one. Those at a route point that
/// nobody has open any more end with its calls.
pub(super) fn ask_others(st: &mut State) {
    let registrations = &st.cti_devices.registrations;
    let lost = |dialogue: &Dialogue| {
        !registrations.contains(dialogue.registration)
            && (dialogue.waits.is_none() || st.has_phone(dialogue.line))
    };
    let orphaned = dialogues_of(st, lost);
    orphaned.into_iter().for_each(|id| pass_on(st, id, Because::Gone));
}

/// The dialogue about a call, if its application has gone, goes on with another one.
pub(super) fn ask_another(st: &mut State, key: ConnectionKey) {
    let Some(id) = st.cti_devices.by_connection.get(&key).copied() else { return };
    let dialogue = st.cti_devices.dialogues.get(&id);
    if dialogue.is_some_and(|own| !st.cti_devices.registrations.contains(own.registration)) {
        pass_on(st, id, Because::Gone);
    }
}

/// A route point is no longer configured: who has registered for it is told so.
pub(super) fn forget(st: &mut State, station: StationId) {
    let is_point = |id: &StationId| st.stations[*id].settings().cti_device.is_some();
    let has_another =
        |device: DeviceId| stations_of(st, device).iter().any(|id| *id != station && is_point(id));
    let devices: SmallVec<[DeviceId; 2]> =
        st.stations[station].lines().map(|line| st.lines[line].device()).collect();
    let lost: Vec<(RegistrationId, SessionId)> = st
        .cti_devices
        .registrations
        .iter()
        .filter(|(_, own)| match own.station {
            Some(own) => own == station,
            None => own.device.is_some_and(|device| devices.contains(&device) && !has_another(device)),
        })
        .map(|(id, own)| (id, own.session))
        .collect();
    abort(st, lost);
}

/// Ends registrations, and tells their applications so.
fn abort(st: &mut State, registrations: Vec<(RegistrationId, SessionId)>) {
    for (id, session) in registrations {
        st.note(Output::Route(session, RouteMessage::Abort(id)));
        // It is there.
        let _ = cancel(st, session, id);
    }
}

/// The rights of users have changed: who may not be asked about a route point any more is told so.
pub(super) fn rights_changed(st: &mut State, for_this: impl Fn(Refusal) -> bool) {
    let lost: Vec<(RegistrationId, SessionId)> = st
        .cti_devices
        .registrations
        .iter()
        .filter(|(_, own)| {
            own.device.is_some_and(|device| {
                permission::may_session_use(st, own.session, device).is_err_and(&for_this)
            })
        })
        .map(|(id, own)| (id, own.session))
        .collect();
    abort(st, lost);
    if !st.cti_devices.registrations.is_empty() {
        super::settle_all(st);
    }
}
