//! What an application may do, in one place: first whether its principal may do the verb to the device, then the verb.

use smol_str::SmolStr;

use super::{EventFilter, MonitorId, MonitorObject, SessionId, features, report, snapshot};
use crate::{
    CallId, Connection, ConnectionId, ConnectionKey, CtiSettings, DeviceCategory, DeviceId, EventCause,
    Joining, Opening, Refusal, Request, Response, StationId, Verb,
    control::{
        alternate_call, answer_call, associate_data, call_back, clear_connection, conference_call,
        consultation_call, deflect_call, dial_via_office, dialling, generate_digits, hold_call, make_call,
        merge::Joined, park_call, pickup_call, reconnect_call, retrieve_call, set_forwarding,
        single_step_conference_call, single_step_transfer_call, transfer_call,
    },
    cti::telephone,
    cti_device::{self, offered, routeing},
    state::State,
    voice,
};

/// On whose behalf a session acts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Principal {
    /// The name that it gave; empty if it gave none.
    pub name: SmolStr,
    /// The user as whom it has logged in. Without a login, the devices that are open to applications (`cti watch`) may be
    /// used.
    pub user: Option<SmolStr>,
}

/// Fails unless the principal may monitor and control the device.
///
/// A principal without a login may do so to every device that is open to applications (`cti watch`), a user to those that his
/// groups and his list allow; unless the lines of the device are of a kind that applications cannot follow.
pub(crate) fn may_use(st: &State, principal: &Principal, device: DeviceId) -> Result<(), Refusal> {
    let known = st.lines.device(device).is_some_and(|device| !device.lines().is_empty());
    let allowed = match &principal.user {
        None => st.lines.is_watchable(device),
        Some(user) => st.settings.users.get(user).is_some_and(|user| user.may_use(st, device)),
    };
    match (known, allowed) {
        (false, _) => Err(Refusal::InvalidDevice),
        (true, false) => Err(Refusal::PrivilegeViolation),
        (true, true) if st.is_closed_by_kind(device) => Err(Refusal::RequestIncompatibleWithSubject),
        (true, true) => Ok(()),
    }
}

/// Fails unless the principal of a session may monitor and control the device.
pub(crate) fn may_session_use(st: &State, session: SessionId, device: DeviceId) -> Result<(), Refusal> {
    let session = st.cti.session(session).ok_or(Refusal::InvalidSession)?;
    may_use(st, session.principal(), device)
}

/// Whether the principal of a session may choose who calls when it routes a call.
pub(crate) fn may_modify_calling_numbers(st: &State, session: SessionId) -> bool {
    let principal = st.cti.session(session).map(|session| session.principal());
    let user = principal.map(|principal| principal.user.as_ref());
    match user {
        None => false,
        Some(None) => true,
        Some(Some(user)) => st.settings.users.get(user).is_some_and(|user| user.modifies_calling_numbers),
    }
}

/// Fails unless the principal may use one of the devices in the call.
fn may_use_call(st: &State, principal: &Principal, call: CallId) -> Result<(), Refusal> {
    st.calls.get(call).ok_or(Refusal::InvalidCall)?;
    let mut devices = st.calls.connections(call).map(Connection::device);
    match devices.any(|device| may_use(st, principal, device).is_ok()) {
        true => Ok(()),
        false => Err(Refusal::PrivilegeViolation),
    }
}

/// Carries out a request of a session.
pub(crate) fn request(st: &mut State, session: SessionId, request: Request) -> Result<Response, Refusal> {
    let Request::With(request, data) = request else { return permitted(st, session, request) };
    let begins = matches!(
        *request,
        Request::MakeCall { .. } | Request::DialViaOffice { .. } | Request::ConsultationCall { .. }
    );
    let about = connection_of(&request).filter(|_| !begins).and_then(|id| st.calls.find(id, |_| true));
    let before = match about {
        Some(key) => associate_data::attach(st, key, data),
        None => {
            st.attached = Some(data);
            None
        }
    };
    let result = permitted(st, session, *request);
    let begun = match &result {
        Ok(Response::Call(id)) => Some(id.call),
        _ => None,
    };
    associate_data::settle(st, before, begun, result.is_err());
    result
}

fn permitted(st: &mut State, session: SessionId, request: Request) -> Result<Response, Refusal> {
    check(st, session, &request)?;
    carry_out(st, session, request)
}

/// Fails unless the session may ask for this.
pub(crate) fn check(st: &State, session: SessionId, request: &Request) -> Result<(), Refusal> {
    let principal = st.cti.session(session).ok_or(Refusal::InvalidSession)?.principal().clone();
    if let Request::ClearCall(call) | Request::SnapshotCall(call) | Request::MonitorCall { call, .. } =
        *request
    {
        may_use_call(st, &principal, call)?;
    }
    if let Request::AddToCall { device, joining: Joining::Prompted | Joining::AtOnce, .. } = *request {
        may_use(st, &principal, device)?;
    }
    if let Request::DirectedPickupCall { picked, .. } = *request
        && st.lines.category(picked.device) != DeviceCategory::Park
        && st.calls.find(picked, |_| true).is_some()
    {
        may_use(st, &principal, picked.device)?;
    }
    if let Request::OpenDevice { station, .. }
    | Request::CloseDevice { station }
    | Request::MonitorStation { station, .. } = *request
    {
        cti_device::may_open(st, session, station)?;
    }
    if let Some(device) = device_of(request)
        && !connection_of(request).is_some_and(|id| is_at_removed_line(st, id))
    {
        let by_user = principal.user.is_some();
        may_use(st, &principal, device).map_err(|refusal| refusal_for(request, refusal, by_user))?;
        if by_user && st.lines.category(device) == DeviceCategory::Park && !is_watching(request) {
            return Err(Refusal::RequestIncompatibleWithSubject);
        }
        check_second(st, &principal, request)?;
        let is_point = st.lines.category(device) == DeviceCategory::RouteingDevice;
        if is_point && matches!(request, Request::SetDoNotDisturb { .. }) {
            return Err(Refusal::RequestIncompatibleWithSubject);
        }
        if features::needs_phone(request) && !st.may_have_phone(device) {
            return Err(Refusal::DeviceOutOfService);
        }
    }
    Ok(())
}

/// Fails unless the second connection of a request is of the same device as the first one. That it is of a device which the
/// principal may not use goes before that.
fn check_second(st: &State, principal: &Principal, request: &Request) -> Result<(), Refusal> {
    let (Some(first), Some(second)) = (connection_of(request), second_connection_of(request)) else {
        return Ok(());
    };
    if first.device == second.device {
        return Ok(());
    }
    let by_user = principal.user.is_some();
    may_use(st, principal, second.device).map_err(|refusal| refusal_for(request, refusal, by_user))?;
    Err(Refusal::NotSameDevice)
}

/// The device that a request acts on.
fn device_of(request: &Request) -> Option<DeviceId> {
    match request {
        Request::MonitorStart { device, .. }
        | Request::SnapshotDevice { device }
        | Request::GetForwarding { device }
        | Request::GetDoNotDisturb { device }
        | Request::SetDoNotDisturb { device, .. }
        | Request::ActivateForwarding { device, .. }
        | Request::DeactivateForwarding { device, .. }
        | Request::GetMessageWaiting { device }
        | Request::SetMessageWaiting { device, .. }
        | Request::GetLastNumberDialled { device }
        | Request::GetAutoAnswer { device }
        | Request::SetAutoAnswer { device, .. }
        | Request::SetDisplay { device, .. }
        | Request::GetCallBack { device }
        | Request::GetRouteingMode { device }
        | Request::SetRouteingMode { device, .. }
        | Request::Press { device, .. }
        | Request::GetMicrophoneMute { device }
        | Request::SetMicrophoneMute { device, .. }
        | Request::GetHookswitchStatus { device } => Some(*device),
        Request::CallBackNonCallRelated { originating, .. } | Request::CancelCallBack { originating, .. } => {
            Some(*originating)
        }
        Request::RouteRegister { device, .. } => *device,
        Request::MakeCall { calling, .. } | Request::DialViaOffice { calling, .. } => Some(*calling),
        Request::DirectedPickupCall { requesting, .. } | Request::GroupPickupCall { requesting, .. } => {
            Some(*requesting)
        }
        _ => connection_of(request).map(|id| id.device),
    }
}

/// The connection that a request acts on.
fn connection_of(request: &Request) -> Option<ConnectionId> {
    match request {
        Request::AnswerCall(id)
        | Request::AcceptCall(id)
        | Request::SetMediaAddress { connection: id, .. }
        | Request::ClearConnection(id)
        | Request::HoldCall(id)
        | Request::RetrieveCall(id)
        | Request::DeflectCall { connection: id, .. }
        | Request::ParkCall { parking: id, .. }
        | Request::ConsultationCall { existing: id, .. }
        | Request::TransferCall { held: id, .. }
        | Request::ConferenceCall { held: id, .. }
        | Request::AlternateCall { held: id, .. }
        | Request::ReconnectCall { active: id, .. }
        | Request::SingleStepTransferCall { active: id, .. }
        | Request::AddToCall { active: id, .. }
        | Request::GenerateDigits { connection: id, .. }
        | Request::GenerateTone { connection: id, .. }
        | Request::CancelTone(id)
        | Request::PlayMessage { connection: id, .. }
        | Request::RecordMessage { connection: id, .. }
        | Request::StopSound { connection: id, .. }
        | Request::SuspendSound { connection: id, .. }
        | Request::ResumeSound { connection: id, .. }
        | Request::CallBack(id)
        | Request::DialDigits { connection: id, .. }
        | Request::AssociateData { connection: id, .. } => Some(*id),
        _ => None,
    }
}

/// The other connection of a request that acts on two.
fn second_connection_of(request: &Request) -> Option<ConnectionId> {
    match request {
        Request::TransferCall { active: id, .. }
        | Request::ConferenceCall { active: id, .. }
        | Request::AlternateCall { active: id, .. }
        | Request::ReconnectCall { held: id, .. } => Some(*id),
        _ => None,
    }
}

/// Whether a connection is at a line that was open to applications and has been removed during its call, which they
/// control until it is over.
pub(crate) fn is_at_removed_line(st: &State, id: ConnectionId) -> bool {
    let leaves = |connection: &Connection| {
        let line = &st.lines[connection.line()];
        line.is_removed() && line.settings.cti_watch
    };
    let key = st.calls.find(id, leaves);
    key.and_then(|key| st.calls.connection(key)).is_some_and(leaves)
}

/// Whether a request only watches a device: the only thing that a user does with a park slot.
fn is_watching(request: &Request) -> bool {
    matches!(request, Request::MonitorStart { .. } | Request::SnapshotDevice { .. })
}

/// The refusal in the words of the request. A user is told in one way what is not his.
fn refusal_for(request: &Request, refusal: Refusal, by_user: bool) -> Refusal {
    match (request, refusal) {
        (_, Refusal::PrivilegeViolation) if by_user => refusal,
        (Request::MakeCall { .. } | Request::DialViaOffice { .. }, Refusal::InvalidDevice) => {
            Refusal::InvalidCallingDevice
        }
        (Request::MakeCall { .. } | Request::DialViaOffice { .. }, Refusal::PrivilegeViolation) => {
            Refusal::PrivilegeViolationCallingDevice
        }
        (request, Refusal::InvalidDevice) if connection_of(request).is_some() => Refusal::InvalidConnection,
        (_, refusal) => refusal,
    }
}

fn carry_out(st: &mut State, session: SessionId, request: Request) -> Result<Response, Refusal> {
    match request {
        Request::MonitorStart { device, filter } => {
            let limits = limits(st);
            let object = MonitorObject::Device(device);
            let monitor = st.cti.start_monitor((session, object), filter, &limits, &mut st.lines)?;
            report::tell_out_of_service(st, monitor);
            telephone::begin(st, monitor);
            Ok(Response::Monitor { monitor })
        }
        Request::MonitorStation { station, filter } => monitor_station(st, session, station, filter),
        Request::MonitorCall { call, filter } => {
            let (limits, object) = (limits(st), MonitorObject::Call(call));
            let monitor = st.cti.start_monitor((session, object), filter, &limits, &mut st.lines)?;
            Ok(Response::Monitor { monitor })
        }
        Request::ChangeMonitorFilter { monitor, filter } => {
            st.cti.change_filter(session, monitor, filter)?;
            telephone::begin(st, monitor);
            Ok(Response::Done)
        }
        Request::MonitorStop { monitor } => st.cti.stop_monitor(session, monitor, &mut st.lines).map(done),
        Request::SnapshotDevice { device } => Ok(Response::Snapshot(snapshot::snapshot_device(st, device))),
        Request::GetForwarding { device } => Ok(Response::Forwarding(st.lines.forwarding_of(device))),
        Request::ActivateForwarding { device, kind, number, no_answer_timeout } => {
            let number = number.map(|number| st.lines.dial_plan().as_configured(number));
            set_forwarding::activate(st, device, kind, number, no_answer_timeout).map(done)
        }
        Request::DeactivateForwarding { device, kind } => {
            set_forwarding::deactivate(st, device, kind);
            Ok(Response::Done)
        }
        Request::OpenDevice { station, media, codecs, one_line } => {
            let opening = Opening { session, media, codecs };
            cti_device::open(st, station, opening, one_line).map(done)
        }
        Request::CloseDevice { station } => cti_device::close(st, session, station).map(done),
        Request::SetMediaAddress { connection, request, address } => {
            let key = find(st, Verb::ClearConnection, connection)?;
            cti_device::media::set_address(st, session, key, request, address).map(done)
        }
        Request::RouteRegister { device, station } => {
            routeing::register(st, session, device, station).map(Response::Registered)
        }
        Request::RouteRegisterCancel(id) => routeing::cancel(st, session, id).map(done),
        Request::RouteSelect { dialogue, routes, tell, correlator } => {
            routeing::select(st, session, dialogue, (routes, tell), correlator).map(done)
        }
        Request::RouteReject(dialogue) => routeing::reject(st, session, dialogue).map(done),
        Request::RouteEnd(dialogue) => routeing::ended(st, session, dialogue).map(done),
        Request::GenerateTone { connection, tone, length } => {
            voice::generate_tone(st, session, connection, tone, length).map(done)
        }
        Request::TransferCall { held, active } if is_user(st, session) => {
            let of = |id| st.calls.find(id, |_| true);
            let one = of(held).ok_or(Refusal::InvalidHeldConnection)?;
            let other = of(active).ok_or(Refusal::InvalidActiveConnection)?;
            transfer_call::transfer_directly(st, one, other).map(joined)
        }
        Request::SnapshotCall(call) => snapshot::snapshot_call(st, call).map(Response::CallSnapshot),
        call_control => match features::carry_out(st, &call_control) {
            Some(result) => result,
            None => control(st, call_control),
        },
    }
}

/// Whether a session is that of a user, who has logged in.
fn is_user(st: &State, session: SessionId) -> bool {
    st.cti.session(session).is_some_and(|session| session.principal().user.is_some())
}

/// The limits of monitors; registrations for routes count as such.
fn limits(st: &State) -> CtiSettings {
    let limits = st.settings.cti;
    let max_monitors = limits.max_monitors.saturating_sub(st.cti_devices.registration_count());
    CtiSettings { max_monitors, ..limits }
}

/// Starts one monitor on all numbers of a station.
fn monitor_station(
    st: &mut State,
    session: SessionId,
    station: StationId,
    filter: EventFilter,
) -> Result<Response, Refusal> {
    let lines: Vec<_> = st.stations.get(station).ok_or(Refusal::InvalidDevice)?.lines().collect();
    let devices: Vec<DeviceId> = lines.into_iter().map(|line| st.lines[line].device()).collect();
    let (first, others) = devices.split_first().ok_or(Refusal::InvalidDevice)?;
    let (limits, object) = (limits(st), MonitorObject::Device(*first));
    let monitor = st.cti.start_monitor((session, object), filter, &limits, &mut st.lines)?;
    st.cti.watch_also(monitor, others, &mut st.lines);
    report::tell_out_of_service(st, monitor);
    telephone::begin(st, monitor);
    Ok(Response::Monitor { monitor })
}

/// The rights of users have changed: monitors on what their sessions may not use any more are taken from them.
pub(crate) fn rights_changed(st: &mut State) {
    let monitors = st.cti.sessions().flat_map(|(_, session)| session.monitors());
    let taken: Vec<MonitorId> = monitors.filter(|id| has_lost_right(st, *id)).collect();
    taken.into_iter().for_each(|id| report::taken_away(st, id));
}

/// The lines of these devices, or the phones that have them, have changed: monitors whose sessions may not use them any
/// more are taken away, and those of which nothing is left end.
pub(crate) fn devices_changed(st: &mut State, devices: &[DeviceId]) {
    let watched = devices.iter().filter_map(|device| st.lines.device(*device));
    let mut monitors: Vec<MonitorId> = watched.flat_map(|device| device.monitors().to_vec()).collect();
    monitors.sort();
    monitors.dedup();
    for id in monitors {
        if has_lost_right(st, id) {
            report::taken_away(st, id);
        } else if st.cti.monitor(id).is_some_and(|own| own.devices().all(|device| is_gone(st, device))) {
            report::stopped(st, id);
        }
    }
}

fn has_lost_right(st: &State, monitor: MonitorId) -> bool {
    let Some(monitor) = st.cti.monitor(monitor) else { return false };
    let forbidden =
        |device| may_session_use(st, monitor.session(), device) == Err(Refusal::PrivilegeViolation);
    monitor.devices().any(forbidden)
}

/// Whether a device has no line any more, and no call that began when it had one.
fn is_gone(st: &State, device: DeviceId) -> bool {
    let has_lines = st.lines.device(device).is_some_and(|own| !own.lines().is_empty());
    !has_lines
        && !st.calls.iter().any(|call| st.calls.connections(call.id()).any(|own| own.device() == device))
}

/// The verbs of call control that name one or two connections.
fn control(st: &mut State, request: Request) -> Result<Response, Refusal> {
    match request {
        Request::AnswerCall(id) => {
            let key = find(st, Verb::AnswerCall, id)?;
            answer_call::answer(st, key, None).map(done)
        }
        Request::AcceptCall(id) => {
            let key = find(st, Verb::AcceptCall, id)?;
            offered::accept(st, key).map(done)
        }
        Request::ClearConnection(id) => {
            let key = find(st, Verb::ClearConnection, id)?;
            clear_connection::clear_or_reject(st, key).map(done)
        }
        Request::HoldCall(id) => {
            let key = find(st, Verb::HoldCall, id)?;
            hold_call::hold(st, key, EventCause::Normal).map(done)
        }
        Request::RetrieveCall(id) => {
            let key = find(st, Verb::RetrieveCall, id)?;
            retrieve_call::retrieve(st, key, None).map(done)
        }
        Request::TransferCall { held, active } => {
            let held = find(st, Verb::TransferHeld, held)?;
            let active = find(st, Verb::TransferActive, active)?;
            transfer_call::transfer(st, held, active).map(joined)
        }
        Request::ConferenceCall { held, active } => {
            let held = find(st, Verb::ConferenceHeld, held)?;
            let active = find(st, Verb::ConferenceActive, active)?;
            conference_call::conference(st, held, active).map(joined)
        }
        Request::AlternateCall { held, active } => {
            let held = find(st, Verb::AlternateHeld, held)?;
            let active = find(st, Verb::AlternateActive, active)?;
            alternate_call::alternate(st, held, active).map(done)
        }
        Request::ReconnectCall { active, held } => {
            let active = find(st, Verb::ReconnectActive, active)?;
            let held = find(st, Verb::RetrieveCall, held).map_err(Refusal::of_held)?;
            reconnect_call::reconnect(st, active, held).map(done)
        }
        Request::AssociateData { connection, correlator, account, qualifying } => {
            let key = find(st, Verb::ClearConnection, connection)?;
            associate_data::associate(st, key, correlator, account, qualifying).map(done)
        }
        Request::CallBack(id) => {
            let key = find(st, Verb::ClearConnection, id)?;
            call_back::complete_later(st, key).map(Response::WaitsFor)
        }
        Request::DialDigits { connection, digits } => {
            let key = find(st, Verb::ClearConnection, connection)?;
            dialling::dial_digits(st, key, &digits).map(done)
        }
        Request::ClearCall(call) => {
            clear_connection::clear_call(st, call, EventCause::NormalClearing);
            Ok(Response::Done)
        }
        Request::GenerateDigits { connection, digits, tone, pause } => {
            let key = find(st, Verb::GenerateDigits, connection)?;
            generate_digits::generate(st, key, digits, tone, pause).map(done)
        }
        Request::CancelTone(id) => voice::cancel_tone(st, id).map(done),
        Request::StopSound { connection, message } => voice::stop(st, connection, message.as_ref()).map(done),
        Request::SuspendSound { connection, message } => {
            voice::suspend(st, connection, message.as_ref()).map(done)
        }
        Request::ResumeSound { connection, message, most } => {
            voice::resume(st, connection, message.as_ref(), most).map(done)
        }
        with_number => call_or_send(st, with_number),
    }
}

/// The verbs of call control that name a number.
fn call_or_send(st: &mut State, request: Request) -> Result<Response, Refusal> {
    match request {
        Request::MakeCall { calling, called, prompt } => {
            let called = st.lines.dial_plan().as_configured(called);
            make_call::make_call(st, calling, called, prompt).map(Response::Call)
        }
        Request::DialViaOffice { calling, called, alternate } => {
            let [called, alternate] =
                [called, alternate].map(|number| st.lines.dial_plan().as_configured(number));
            dial_via_office::begin(st, calling, &called, &alternate).map(Response::Call)
        }
        Request::ConsultationCall { existing, consulted, purpose } => {
            let key = find(st, Verb::ConsultationCall, existing)?;
            let consulted = st.lines.dial_plan().as_configured(consulted);
            consultation_call::consult(st, key, &consulted, purpose).map(Response::Call)
        }
        Request::DeflectCall { connection, destination } => {
            let key = find(st, Verb::DeflectCall, connection)?;
            let destination = st.lines.dial_plan().as_configured(destination);
            deflect_call::deflect(st, key, &destination).map(done)
        }
        Request::SingleStepTransferCall { active, to } => {
            let key = find(st, Verb::SingleStepTransferCall, active)?;
            let to = st.lines.dial_plan().as_configured(to);
            single_step_transfer_call::transfer(st, key, &to).map(joined)
        }
        Request::AddToCall { active, device, joining } => {
            let key = find(st, Verb::SingleStepConferenceCall, active)?;
            single_step_conference_call::add(st, key, device, joining).map(Response::Call)
        }
        Request::ParkCall { parking, park_to } => {
            let key = find(st, Verb::ParkCall, parking)?;
            let park_to = park_to.map(|number| st.lines.dial_plan().as_configured(number));
            let parked = park_call::park(st, key, park_to.as_ref())?;
            st.calls.connection(parked).map(|own| Response::Call(own.id())).ok_or(Refusal::InvalidConnection)
        }
        Request::DirectedPickupCall { picked, requesting } => {
            let key = find(st, Verb::PickupCall, picked)?;
            pickup_call::directed(st, key, requesting).map(Response::Call)
        }
        Request::GroupPickupCall { requesting, group } => {
            pickup_call::group(st, requesting, group.as_ref()).map(Response::Call)
        }
        _ => Err(Refusal::InvalidConnection),
    }
}

/// The connection with this name that the verb is meant for.
fn find(st: &State, verb: Verb, id: ConnectionId) -> Result<ConnectionKey, Refusal> {
    let found = st.calls.find(id, |connection| st.calls.permits(verb, connection));
    found.ok_or(Refusal::InvalidConnection.of_verb(verb))
}

fn done((): ()) -> Response {
    Response::Done
}

fn joined(joined: Joined) -> Response {
    Response::Merged { call: joined.call, connections: joined.connections }
}
