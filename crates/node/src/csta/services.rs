//! CSTA requests to requests of the switch.

use hookflash_core::{self as core, ConsultPurpose, Verb, cti::EventFilter, cti::MonitorId};
use hookflash_wire::csta::{
    AutoOriginate, ConnectionId, ConsultOptions, ConsultationCall, CstaError, DeviceId, Escape, MakeCall,
    MonitorFilter, MonitorObject, MonitorStart, MonitorType, OperationError, PrivateRequest, Request,
    RequestSystemStatusResponse, Response, SystemStatusResponse, SystemStatusValue,
};
use smol_str::{SmolStr, format_smolstr};

use super::{
    Session, attached_data, call_services, connections, device_names::device_by_number, device_requests,
    errors::csta_error, features, not_supported, system_services, telephone_information, voice_services,
};

/// What a request is translated to.
#[derive(Debug)]
pub(super) enum Translated {
    /// The switch has to do something; this is what was asked, for the response.
    ForSwitch(core::Request, Asked),
    /// It is answered already.
    Answered(Response),
    /// Whoever knows the keys of a connection has to answer.
    Keys(core::ConnectionId),
}

/// What a response needs from its request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    /// With the device and the string that named it.
    MonitorStart {
        device: core::DeviceId,
        name: DeviceId,
    },
    MonitorCall,
    /// By the name of a station: its numbers are called as usual.
    MonitorStation(DeviceId),
    AcceptCall,
    /// With the string that named the device.
    DeviceOpen(DeviceId),
    Escape,
    /// With the string that named the device, if one was named.
    RouteRegister(Option<DeviceId>),
    RouteRegisterCancel,
    /// In a dialogue about a route, with its identifier: there is no response.
    InRoute(SmolStr),
    ChangeMonitorFilter(MonitorId),
    MonitorStop(MonitorId),
    /// With the string that named the device.
    SnapshotDevice(DeviceId),
    /// With the string that named the calling device.
    MakeCall(DeviceId),
    AnswerCall,
    ClearConnection,
    HoldCall,
    RetrieveCall,
    DeflectCall,
    ParkCall,
    /// With the string that named the consulting device.
    ConsultationCall(DeviceId),
    TransferCall,
    ConferenceCall,
    GetForwarding,
    SetForwarding,
    AlternateCall,
    ReconnectCall,
    SingleStepTransferCall,
    SingleStepConferenceCall,
    JoinCall,
    ClearCall,
    GenerateDigits,
    GenerateTelephonyTones,
    CancelTelephonyTones,
    PlayMessage,
    RecordMessage,
    Stop,
    Suspend,
    Resume,
    DeleteMessage,
    SnapshotCall,
    DirectedPickupCall,
    GroupPickupCall,
    GetDoNotDisturb,
    SetDoNotDisturb,
    GetMessageWaiting,
    SetMessageWaiting,
    GetLastNumberDialed,
    AssociateData,
    GetAutoAnswer,
    SetAutoAnswer,
    SetDisplay,
    CallBack,
    CallBackNonCallRelated,
    CancelCallBack,
    GetCallBack,
    DialDigits,
    ButtonPress,
    GetHookswitchStatus,
    SetHookswitchStatus,
    GetMicrophoneMute,
    SetMicrophoneMute,
    GetRouteingMode,
    SetRouteingMode,
}

/// Translates a request of a session, and learns what the session calls the devices.
pub(super) fn translate(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<Translated, CstaError> {
    let service = request.service();
    if !features::is_served(service) || service.since() > session.edition() {
        return Err(not_supported());
    }
    if let Some(answer) = system_services::answer(request, session, switch) {
        return answer.map(Translated::Answered);
    }
    if let Some(answer) = telephone_information::answer(request, session, switch) {
        return answer.map(Translated::Answered);
    }
    let asked = match request {
        Request::RequestSystemStatus(_) => return Ok(Translated::Answered(status())),
        Request::SystemStatus(_) => return Ok(Translated::Answered(SystemStatusResponse.into())),
        Request::GetCstaFeatures(request) => {
            if let Some(line) = &request.extensions.lcs_line {
                learn_line(line, session, switch);
            }
            return Ok(Translated::Answered(features::response().into()));
        }
        Request::MonitorStart(request) => monitor_start(request, session, switch)?,
        Request::ChangeMonitorFilter(request) => {
            let monitor = monitor(&request.monitor_cross_ref_id)?;
            let filter = event_filter(request.requested_filter_list);
            (core::Request::ChangeMonitorFilter { monitor, filter }, Asked::ChangeMonitorFilter(monitor))
        }
        Request::MonitorStop(request) => {
            let monitor = monitor(&request.monitor_cross_ref_id)?;
            (core::Request::MonitorStop { monitor }, Asked::MonitorStop(monitor))
        }
        Request::MakeCall(request) => {
            (make_call(request, session, switch)?, Asked::MakeCall(request.calling_device.clone()))
        }
        Request::Escape(Escape { private: Some(PrivateRequest::GetMediaKeys { connection: named }) }) => {
            let id = connection(Verb::ClearConnection, named, session, switch)?;
            switch.may_use(session.id(), id.device).map_err(csta_error)?;
            return Ok(Translated::Keys(id));
        }
        request => match device_requests::translate(request, session, switch) {
            Some(translated) => translated?,
            None => match voice_services::translate(request, session, switch) {
                Some(translated) => translated?,
                None => call_service(request, session, switch)?,
            },
        },
    };
    let (asked, response) = asked;
    let asked = match attached_data::of(request)? {
        Some(data) => core::Request::With(Box::new(asked), data),
        None => asked,
    };
    Ok(Translated::ForSwitch(asked, response))
}

/// The services that name one connection, and those that name two.
fn call_service(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let mut named = |verb, name: &ConnectionId| connection(verb, name, session, switch);
    Ok(match request {
        Request::AnswerCall(request) => {
            let id = named(Verb::AnswerCall, &request.call_to_be_answered)?;
            (core::Request::AnswerCall(id), Asked::AnswerCall)
        }
        Request::ClearConnection(request) => {
            let id = named(Verb::ClearConnection, &request.connection_to_be_cleared)?;
            (core::Request::ClearConnection(id), Asked::ClearConnection)
        }
        Request::HoldCall(request) => {
            let id = named(Verb::HoldCall, &request.call_to_be_held)?;
            (core::Request::HoldCall(id), Asked::HoldCall)
        }
        Request::RetrieveCall(request) => {
            let id = named(Verb::RetrieveCall, &request.call_to_be_retrieved)?;
            (core::Request::RetrieveCall(id), Asked::RetrieveCall)
        }
        Request::TransferCall(request) => {
            let held = named(Verb::TransferHeld, &request.held_call)?;
            let active = named(Verb::TransferActive, &request.active_call)?;
            (core::Request::TransferCall { held, active }, Asked::TransferCall)
        }
        Request::ConferenceCall(request) => {
            let held = named(Verb::ConferenceHeld, &request.held_call)?;
            let active = named(Verb::ConferenceActive, &request.active_call)?;
            (core::Request::ConferenceCall { held, active }, Asked::ConferenceCall)
        }
        request => sending_service(request, session, switch)?,
    })
}

/// The services that name a connection and where its call, or another one, is to go.
fn sending_service(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    match request {
        Request::DeflectCall(request) => {
            let connection = connection(Verb::DeflectCall, &request.call_to_be_diverted, session, switch)?;
            let unknown = OperationError::InvalidDestinationDeviceId;
            let destination = destination(request.new_destination.first(), unknown)?;
            // For who has logged in, a call that was answered goes elsewhere as one that rings does.
            let redirects = session.identity().user.is_some() && is_past_deflection(connection, switch);
            let request = match redirects {
                true => core::Request::SingleStepTransferCall { active: connection, to: destination },
                false => core::Request::DeflectCall { connection, destination },
            };
            Ok((request, Asked::DeflectCall))
        }
        Request::ParkCall(request) => {
            let parking = connection(Verb::ParkCall, &request.parking, session, switch)?;
            let slot = |name| destination(name, OperationError::InvalidParkToDeviceId);
            let park_to = request.park_to.as_ref().map(slot).transpose()?;
            Ok((core::Request::ParkCall { parking, park_to }, Asked::ParkCall))
        }
        Request::ConsultationCall(request) => consultation_call(request, session, switch),
        request => call_services::translate(request, session, switch),
    }
}

/// Whether the connection can be sent elsewhere in a single step, and not by a deflection.
fn is_past_deflection(id: core::ConnectionId, switch: &core::Switch) -> bool {
    let calls = switch.calls();
    let found = calls.find(id, |own| calls.permits(Verb::DeflectCall, own));
    let permits =
        |verb| found.and_then(|key| calls.connection(key)).is_some_and(|own| calls.permits(verb, own));
    !permits(Verb::DeflectCall) && permits(Verb::SingleStepTransferCall)
}

fn status() -> Response {
    RequestSystemStatusResponse { system_status: SystemStatusValue::Normal }.into()
}

/// A line that the session names by the way; one that it may not have is ignored.
fn learn_line(name: &DeviceId, session: &mut Session, switch: &core::Switch) {
    let Some(device) = device_by_number(name, switch) else { return };
    set_line(device, name, session, switch);
}

fn set_line(device: core::DeviceId, name: &DeviceId, session: &mut Session, switch: &core::Switch) {
    if switch.may_use(session.id(), device).is_ok() {
        session.set_line(device);
        session.names_mut().learn_number(device, name);
    }
}

fn monitor_start(
    request: &MonitorStart,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let filter = event_filter(request.requested_monitor_filter);
    let name = match &request.monitor_object {
        MonitorObject::Device(name) => name,
        MonitorObject::Call(_) if request.monitor_type == Some(MonitorType::Device) => {
            return Err(CstaError::Operation(OperationError::InvalidMonitorObjectType));
        }
        MonitorObject::Call(named) => {
            let call = call_services::call(named, session, switch)?;
            return Ok((core::Request::MonitorCall { call, filter }, Asked::MonitorCall));
        }
    };
    if request.monitor_type == Some(MonitorType::Call) {
        return Err(CstaError::Operation(OperationError::MonitorTypeNotSupported));
    }
    if let Some(station) = switch.stations().by_name(name.as_str().trim()) {
        return Ok((core::Request::MonitorStation { station, filter }, Asked::MonitorStation(name.clone())));
    }
    let device = device(name, switch, OperationError::InvalidDeviceId)?;
    set_line(device, name, session, switch);
    let asked = Asked::MonitorStart { device, name: name.clone() };
    Ok((core::Request::MonitorStart { device, filter }, asked))
}

fn make_call(
    request: &MakeCall,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<core::Request, CstaError> {
    let name = &request.calling_device;
    let calling = device(name, switch, OperationError::InvalidCallingDeviceId)?;
    let called = called_number(&request.called_directory_number)?;
    session.names_mut().learn_first(calling, name);
    if request.dial_via_office.wanted {
        let missing = CstaError::Operation(OperationError::AtLeastOneConditionalParameterNotProvided);
        let named = request.dial_via_office.alternate_number.as_ref();
        let named = named.map(|name| destination(name, OperationError::InvalidDestinationDeviceId));
        let alternate = named.transpose()?.or_else(|| reached_at(calling, switch)).ok_or(missing)?;
        return Ok(core::Request::DialViaOffice { calling, called, alternate });
    }
    let prompt = match request.auto_originate {
        Some(AutoOriginate::DoNotPrompt) => false,
        Some(AutoOriginate::Prompt) => true,
        // The standard's default, where users can be prompted.
        None => !switch.settings().cti.basic_mode && !session.is_unasked() && can_prompt(calling, switch),
    };
    Ok(core::Request::MakeCall { calling, called, prompt })
}

/// The number where the user of a device can be reached too (`snr`).
fn reached_at(device: core::DeviceId, switch: &core::Switch) -> Option<SmolStr> {
    let mut lines = switch.lines().of_device(device);
    lines.find_map(|(_, line)| Some(line.settings().reach.as_ref()?.number.clone()))
}

/// Whether a phone of the device can ask its user to go off-hook.
fn can_prompt(device: core::DeviceId, switch: &core::Switch) -> bool {
    let stations = switch.lines().of_device(device).flat_map(|(_, line)| line.stations());
    stations.filter_map(|id| switch.stations().get(*id)).any(|station| station.settings().prompts)
}

fn consultation_call(
    request: &ConsultationCall,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let existing = connection(Verb::ConsultationCall, &request.existing_call, session, switch)?;
    let consulted = called_number(&request.consulted_device)?;
    let purpose = match request.consult_options {
        None | Some(ConsultOptions::Unrestricted) => ConsultPurpose::Any,
        Some(ConsultOptions::ConsultOnly) => ConsultPurpose::Consult,
        Some(ConsultOptions::TransferOnly) => ConsultPurpose::Transfer,
        Some(ConsultOptions::ConferenceOnly) => ConsultPurpose::Conference,
    };
    let name = request.existing_call.device_id.clone().unwrap_or_default();
    Ok((core::Request::ConsultationCall { existing, consulted, purpose }, Asked::ConsultationCall(name)))
}

/// The digits of a device that a call goes to.
pub(super) fn destination(name: &DeviceId, unknown: OperationError) -> Result<SmolStr, CstaError> {
    let number = name.number().filter(|number| !number.incomplete && !number.digits.is_empty());
    number.map(|number| number.digits).ok_or(CstaError::Operation(unknown))
}

/// The digits to dial, with `;` behind them if more will follow.
pub(super) fn called_number(called: &DeviceId) -> Result<SmolStr, CstaError> {
    let number = called.number().ok_or(CstaError::Operation(OperationError::InvalidCalledDeviceId))?;
    Ok(match number.incomplete && !number.digits.is_empty() {
        true => format_smolstr!("{};", number.digits),
        false => number.digits,
    })
}

fn device(
    name: &DeviceId,
    switch: &core::Switch,
    unknown: OperationError,
) -> Result<core::DeviceId, CstaError> {
    device_by_number(name, switch).ok_or(CstaError::Operation(unknown))
}

/// The device that is named, which is called so from now on unless it has been called something before.
pub(super) fn known_device(
    name: &DeviceId,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<core::DeviceId, CstaError> {
    let device = device(name, switch, OperationError::InvalidDeviceId)?;
    session.names_mut().learn_first(device, name);
    Ok(device)
}

pub(super) fn connection(
    verb: Verb,
    named: &ConnectionId,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<core::ConnectionId, CstaError> {
    if !(verb == Verb::PickupCall && session.identity().user.is_none() && is_at_park_slot(named, switch)) {
        check_device(named, session, switch)?;
    }
    let id = connections::resolve(verb, named, switch)?;
    if let Some(name) = &named.device_id {
        session.names_mut().learn_first(id.device, name);
    }
    Ok(id)
}

/// Whether the connection is at a park slot: who has not logged in may fetch what is parked anywhere, as a user of a phone may.
fn is_at_park_slot(named: &ConnectionId, switch: &core::Switch) -> bool {
    let device = named.device_id.as_ref().and_then(|name| device_by_number(name, switch));
    device.is_some_and(|device| switch.lines().category(device) == core::DeviceCategory::Park)
}

/// Fails if the connection is at a device that the session may not use: its application learns nothing of what goes on there.
pub(super) fn check_device(
    named: &ConnectionId,
    session: &Session,
    switch: &core::Switch,
) -> Result<(), CstaError> {
    let Some(device) = named.device_id.as_ref().and_then(|name| device_by_number(name, switch)) else {
        return Ok(());
    };
    let call = named.call_id.as_ref().and_then(|call| connections::call(call, switch).ok());
    let judged = match call {
        Some(call) => switch.may_use_connection(session.id(), core::ConnectionId { call, device }),
        None => switch.may_use(session.id(), device),
    };
    match judged {
        Err(core::Refusal::PrivilegeViolation) => {
            Err(CstaError::Operation(OperationError::PrivilegeViolationSpecifiedDevice))
        }
        _ => Ok(()),
    }
}

/// Only the very string that was given out names a monitor.
fn monitor(reference: &str) -> Result<MonitorId, CstaError> {
    let number = reference.parse().ok().filter(|number: &u32| number.to_string() == reference);
    number.map(MonitorId::from_number).ok_or(CstaError::Operation(OperationError::InvalidMonitorCrossRefId))
}

/// The filter as the switch knows it. Events that are never reported need not be suppressed.
fn event_filter(filter: Option<MonitorFilter>) -> EventFilter {
    let filter = filter.unwrap_or_default();
    let suppressed = |kind: &core::EventKind| filter.suppresses(features::event_kind(*kind));
    let wanted = |kind: &core::EventKind| filter.wants(features::event_kind(*kind));
    let suppressed: EventFilter = core::EventKind::ALL.into_iter().filter(suppressed).collect();
    core::EventKind::ASKED_FOR.into_iter().filter(wanted).fold(suppressed, EventFilter::with)
}
