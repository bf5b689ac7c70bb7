//! What applications are told about the routes of calls: requests of the server that have no response.

use hookflash_core::{
    self as core, DialogueId, RegistrationId, RouteError, RouteMessage, RouteRequest, Switch,
};
use hookflash_wire::csta::{
    self, CstaError, ErrorValue, OperationError, ReRoute, Request, RouteEnd, RouteRegisterAbort,
    RouteSelection, RouteUsed,
};
use smol_str::{SmolStr, ToSmolStr};

use super::{attached_data, device_names::Spelling, responses};

/// The message, with the names by which the application knows the devices.
pub(super) fn message(message: RouteMessage, names: Spelling<'_>, switch: &Switch) -> Request {
    match message {
        RouteMessage::Request(request) => route_request(&request, names, switch).into(),
        RouteMessage::ReRoute { dialogue, registration, timeout, not_permitted, global_id } => ReRoute {
            cross_ref_identifier: reference(dialogue),
            route_register_req_id: Some(registered(registration)),
            reply_timeout: i64::try_from(timeout.as_millis()).ok(),
            call_linkage_data: responses::linkage(global_id, switch),
            cause: not_permitted.then(|| SmolStr::new_static("parameterNotSupported")),
        }
        .into(),
        RouteMessage::Used { dialogue, registration, used, calling, global_id } => RouteUsed {
            cross_ref_identifier: reference(dialogue),
            route_register_req_id: Some(registered(registration)),
            route_used: names.party(&used, switch),
            calling_device: Some(names.party(&calling, switch)),
            call_linkage_data: responses::linkage(global_id, switch),
        }
        .into(),
        RouteMessage::End { dialogue, registration, error } => RouteEnd {
            cross_ref_identifier: reference(dialogue),
            route_register_req_id: registration.map(registered),
            error_value: error.map(error_value),
        }
        .into(),
        RouteMessage::Abort(registration) => {
            RouteRegisterAbort { route_register_req_id: registered(registration) }.into()
        }
    }
}

/// The answer to a message in a dialogue that there is not, or not any more.
pub(super) fn unknown(cross_ref_identifier: SmolStr) -> Request {
    RouteEnd {
        cross_ref_identifier,
        route_register_req_id: None,
        error_value: Some(error_value(RouteError::UnknownDialogue)),
    }
    .into()
}

fn route_request(request: &RouteRequest, names: Spelling<'_>, switch: &Switch) -> csta::RouteRequest {
    let device = names.name(request.call.device, switch);
    csta::RouteRequest {
        cross_ref_identifier: reference(request.dialogue),
        route_register_req_id: Some(registered(request.registration)),
        current_route: names.party(&request.current, switch),
        calling_device: Some(names.party(&request.calling, switch)),
        routeing_device: Some(csta::SubjectDeviceId::Device(device)),
        routed_call: Some(responses::connection(request.call, names, switch)),
        route_sel_algorithm: Some(RouteSelection::Normal),
        reply_timeout: i64::try_from(request.timeout.as_millis()).ok(),
        correlator_data: attached_data::told(request.data.correlator.as_ref()),
        call_linkage_data: responses::linkage(request.global_id, switch),
    }
}

fn reference(dialogue: DialogueId) -> SmolStr {
    dialogue.0.to_smolstr()
}

/// The identifier of a registration for an application.
pub(super) fn registered(registration: RegistrationId) -> SmolStr {
    registration.0.to_smolstr()
}

fn error_value(error: core::RouteError) -> ErrorValue {
    ErrorValue(CstaError::Operation(match error {
        RouteError::TimerExpired => OperationError::RouteingTimerExpired,
        RouteError::CallerGone => OperationError::InvalidCallId,
        RouteError::UnknownDialogue => OperationError::InvalidRouteingCrossRefId,
    }))
}
