//! The services of call control that take a single step, exchange two calls, or concern a whole call.

use std::time::Duration;

use hookflash_core::{self as core, CallId, Joining, Verb};
use hookflash_wire::csta::{
    AutoOriginate, ClearCall, ConnectionId, CstaError, DeviceId, DigitMode, GenerateDigits, JoinCall,
    OperationError, ParticipationType, Request, SingleStepConferenceCall, SnapshotCall,
};

use super::{
    Session, attached_data, connections, device_services,
    services::{Asked, called_number, check_device, connection, destination, known_device},
};

/// How long a tone lasts, and the silence after it, when the application does not say.
const DIGIT: Duration = Duration::from_millis(100);

/// A request to the switch, with what its response needs.
pub(super) fn translate(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    let mut named = |verb, name: &ConnectionId| connection(verb, name, session, switch);
    Ok(match request {
        Request::AlternateCall(request) => {
            let held = named(Verb::AlternateHeld, &request.held_call)?;
            let active = named(Verb::AlternateActive, &request.active_call)?;
            (core::Request::AlternateCall { held, active }, Asked::AlternateCall)
        }
        Request::ReconnectCall(request) => {
            let active = named(Verb::ReconnectActive, &request.active_call)?;
            let held = named(Verb::RetrieveCall, &request.held_call).map_err(connections::of_held)?;
            (core::Request::ReconnectCall { active, held }, Asked::ReconnectCall)
        }
        Request::SingleStepTransferCall(request) => {
            let active = named(Verb::SingleStepTransferCall, &request.active_call)?;
            let to = destination(&request.transferred_to, OperationError::InvalidDestinationDeviceId)?;
            (core::Request::SingleStepTransferCall { active, to }, Asked::SingleStepTransferCall)
        }
        Request::SingleStepConferenceCall(request) => single_step_conference(request, session, switch)?,
        Request::JoinCall(request) => join_call(request, session, switch)?,
        Request::DirectedPickupCall(request) => {
            let picked = named(Verb::PickupCall, &request.call_to_be_picked_up)?;
            let requesting = picking_device(&request.requesting_device, session, switch)?;
            (core::Request::DirectedPickupCall { picked, requesting }, Asked::DirectedPickupCall)
        }
        Request::GroupPickupCall(request) => {
            let requesting = picking_device(&request.new_destination, session, switch)?;
            let unknown = OperationError::InvalidPickUpDeviceId;
            let group = request.pick_group.as_ref().map(|group| destination(group, unknown)).transpose()?;
            (core::Request::GroupPickupCall { requesting, group }, Asked::GroupPickupCall)
        }
        Request::AssociateData(request) => {
            let connection = named(Verb::ClearConnection, &request.existing_call)?;
            let correlator = request.correlator_data.as_ref();
            let correlator = attached_data::octets(correlator, OperationError::CorrelatorDataOutOfRange)?;
            let digits = |octets| attached_data::digits(octets, OperationError::ValueOutOfRange);
            let account = digits(request.account_code.as_ref())?;
            let qualifying = digits(request.call_qualifying_data.as_ref())?;
            let asked = core::Request::AssociateData { connection, correlator, account, qualifying };
            (asked, Asked::AssociateData)
        }
        Request::CallBack(request) => {
            let connection = named(Verb::ClearConnection, &request.callback_connection)?;
            (core::Request::CallBack(connection), Asked::CallBack)
        }
        Request::DialDigits(request) => {
            let connection = named(Verb::ClearConnection, &request.dialling_connection)?;
            let digits = called_number(&request.dialling_sequence)?;
            (core::Request::DialDigits { connection, digits }, Asked::DialDigits)
        }
        Request::GenerateDigits(request) => generate_digits(request, session, switch)?,
        Request::ClearCall(ClearCall { call_to_be_cleared: named, .. }) => {
            (core::Request::ClearCall(call(named, session, switch)?), Asked::ClearCall)
        }
        Request::SnapshotCall(SnapshotCall { snapshot_object: named }) => {
            (core::Request::SnapshotCall(call(named, session, switch)?), Asked::SnapshotCall)
        }
        request => device_services::translate(request, session, switch)?,
    })
}

/// The call that is meant: by its identifier, by one of its connections, or as the only one of a device. Of a call at devices that
/// the session may not use it is not told whether it is there.
pub(super) fn call(
    named: &ConnectionId,
    session: &Session,
    switch: &core::Switch,
) -> Result<CallId, CstaError> {
    check_device(named, session, switch)?;
    let Some(id) = &named.call_id else {
        return Ok(connections::resolve(Verb::ClearConnection, named, switch)?.call);
    };
    let call = connections::call(id, switch)?;
    if named.device_id.is_some() {
        return Ok(connections::resolve(Verb::ClearConnection, named, switch)?.call);
    }
    let may_use = |own: &core::Connection| switch.may_use_connection(session.id(), own.id()).is_ok();
    match switch.calls().connections(call).any(may_use) {
        true => Ok(call),
        false => Err(CstaError::Operation(OperationError::InvalidCallId)),
    }
}

fn single_step_conference(
    request: &SingleStepConferenceCall,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    check_participation(request.participation_type)?;
    let active = connection(Verb::SingleStepConferenceCall, &request.active_call, session, switch)?;
    let device = joining_device(&request.device_to_join, session, switch)?;
    let added = core::Request::AddToCall { active, device, joining: Joining::Called };
    Ok((added, Asked::SingleStepConferenceCall))
}

fn join_call(
    request: &JoinCall,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    check_participation(request.participation_type)?;
    let active = connection(Verb::SingleStepConferenceCall, &request.active_call, session, switch)?;
    let device = joining_device(&request.joining_device, session, switch)?;
    let joining = match request.auto_originate {
        AutoOriginate::DoNotPrompt => Joining::AtOnce,
        AutoOriginate::Prompt => Joining::Prompted,
    };
    Ok((core::Request::AddToCall { active, device, joining }, Asked::JoinCall))
}

/// Who takes part hears the others and is heard.
fn check_participation(kind: ParticipationType) -> Result<(), CstaError> {
    match kind {
        ParticipationType::Active => Ok(()),
        ParticipationType::Silent | ParticipationType::None => {
            Err(CstaError::Operation(OperationError::InvalidParticipationType))
        }
    }
}

fn joining_device(
    name: &DeviceId,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<core::DeviceId, CstaError> {
    let unknown = CstaError::Operation(OperationError::InvalidDestinationDeviceId);
    known_device(name, session, switch).map_err(|_| unknown)
}

fn picking_device(
    name: &DeviceId,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<core::DeviceId, CstaError> {
    let unknown = CstaError::Operation(OperationError::InvalidPickUpDeviceId);
    known_device(name, session, switch).map_err(|_| unknown)
}

fn generate_digits(
    request: &GenerateDigits,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<(core::Request, Asked), CstaError> {
    if request.digit_mode == Some(DigitMode::RotaryPulse) {
        return Err(CstaError::Operation(OperationError::DigitModeNotSupported));
    }
    let connection = connection(Verb::GenerateDigits, &request.connection_to_send_digits, session, switch)?;
    let tone = length(request.tone_duration, OperationError::ToneDurationOutOfRange)?;
    let pause = length(request.pause_duration, OperationError::ValueOutOfRange)?;
    length(request.pulse_rate, OperationError::PulseRateOutOfRange)?;
    let digits = request.characters_to_send.clone();
    Ok((core::Request::GenerateDigits { connection, digits, tone, pause }, Asked::GenerateDigits))
}

/// A length in milliseconds; absent, or 0, means the usual one.
fn length(milliseconds: Option<i64>, wrong: OperationError) -> Result<Duration, CstaError> {
    let given = u64::try_from(milliseconds.unwrap_or(0)).map_err(|_| CstaError::Operation(wrong))?;
    Ok(if given == 0 { DIGIT } else { Duration::from_millis(given) })
}
