//! Responses of the switch to CSTA responses.

use hookflash_core::{
    self as core, ConnectionState, MergedConnection, Switch,
    cti::{CallSnapshot, MonitorId, Snapshot},
};
use hookflash_wire::csta::{
    AcceptCallResponse, AlternateCallResponse, AnswerCallResponse, AssociateDataResponse,
    ButtonPressResponse, CallBackListItem, CallBackNonCallRelatedResponse, CallBackResponse, CallLinkageData,
    CallState, CancelCallBackResponse, CancelTelephonyTonesResponse, ChangeMonitorFilterResponse,
    ClearCallResponse, ClearConnectionResponse, ConferenceCallResponse, ConnectionId, ConnectionList,
    ConnectionListItem, ConsultationCallResponse, DeflectCallResponse, DeleteMessageResponse, DeviceId,
    DialDigitsResponse, DirectedPickupCallResponse, EscapeResponse, GenerateDigitsResponse,
    GenerateTelephonyTonesResponse, GetAutoAnswerResponse, GetCallBackResponse, GetDoNotDisturbResponse,
    GetLastNumberDialedResponse, GetMessageWaitingIndicatorResponse, GetRouteingModeResponse,
    GroupPickupCallResponse, HoldCallResponse, JoinCallResponse, LocalConnectionState, MakeCallResponse,
    MonitorFilter, MonitorStartResponse, MonitorStopResponse, ParkCallResponse, PlayMessageResponse,
    ReconnectCallResponse, RecordMessageResponse, Response, ResumeMessageResponse, RetrieveCallResponse,
    RouteRegisterCancelResponse, RouteRegisterResponse, SetAutoAnswerResponse, SetDisplayResponse,
    SetDoNotDisturbResponse, SetForwardingResponse, SetHookswitchStatusResponse,
    SetMessageWaitingIndicatorResponse, SetMicrophoneMuteResponse, SetRouteingModeResponse,
    SingleStepConferenceCallResponse, SingleStepTransferCallResponse, SnapshotCallData, SnapshotCallDevice,
    SnapshotCallResponse, SnapshotDeviceCall, SnapshotDeviceData, SnapshotDeviceResponse, StopResponse,
    SuspendResponse, TransferCallResponse,
};
use smol_str::{SmolStr, ToSmolStr};

use super::{
    Session, attached_data, device_names::Spelling, features, forwarding, routeing, services::Asked,
    telephone_services,
};

/// The response to what was asked.
pub(super) fn response(asked: Asked, answer: core::Response, session: &Session, switch: &Switch) -> Response {
    match (asked, answer) {
        (_, core::Response::Monitor { monitor }) => MonitorStartResponse {
            monitor_cross_ref_id: cross_reference(monitor),
            actual_monitor_filter: actual_filter(monitor, switch),
            monitor_existing_calls: has_calls(monitor, switch),
        }
        .into(),
        (Asked::MakeCall(name), core::Response::Call(id)) => MakeCallResponse {
            calling_device: ConnectionId::new(id.call.to_smolstr(), name),
            call_linkage_data: call_linkage(id, switch),
        }
        .into(),
        (Asked::ConsultationCall(name), core::Response::Call(id)) => ConsultationCallResponse {
            initiated_call: ConnectionId::new(id.call.to_smolstr(), name),
            call_linkage_data: call_linkage(id, switch),
        }
        .into(),
        (Asked::SingleStepConferenceCall, core::Response::Call(id)) => SingleStepConferenceCallResponse {
            conferenced_call: connection(id, session.names().in_response(), switch),
            call_linkage_data_list: None,
        }
        .into(),
        (Asked::JoinCall, core::Response::Call(id)) => JoinCallResponse {
            conferenced_call: connection(id, session.names().in_response(), switch),
            call_linkage_data_list: None,
        }
        .into(),
        (Asked::DirectedPickupCall, core::Response::Call(id)) => DirectedPickupCallResponse {
            picked_call: connection(id, session.names().in_response(), switch),
            call_linkage_data: call_linkage(id, switch),
        }
        .into(),
        (Asked::GroupPickupCall, core::Response::Call(id)) => GroupPickupCallResponse {
            picked_call: connection(id, session.names().in_response(), switch),
            call_linkage_data: call_linkage(id, switch),
        }
        .into(),
        (Asked::ParkCall, core::Response::Call(id)) => ParkCallResponse {
            parked_to: connection(id, session.names().in_response(), switch),
            call_linkage_data: call_linkage(id, switch),
        }
        .into(),
        (Asked::DeflectCall, core::Response::Merged { .. }) => DeflectCallResponse.into(),
        (asked, core::Response::Merged { call, connections }) => {
            merged(&asked, call, &connections, session.names().in_response(), switch)
        }
        (_, core::Response::Recording(name)) => RecordMessageResponse { resulting_message: name }.into(),
        (_, core::Response::Call(id)) => {
            let name = session.names().in_response().name(id.device, switch);
            MakeCallResponse {
                calling_device: ConnectionId::new(id.call.to_smolstr(), name),
                call_linkage_data: None,
            }
            .into()
        }
        (Asked::SnapshotDevice(name), core::Response::Snapshot(snapshot)) => {
            snapshot_device(&name, &snapshot, session, switch)
        }
        (_, core::Response::Snapshot(snapshot)) => {
            snapshot_device(&DeviceId::default(), &snapshot, session, switch)
        }
        (_, core::Response::Forwarding(forwarding)) => {
            forwarding::response(&forwarding, session.names().in_response(), switch).into()
        }
        (_, core::Response::CallSnapshot(snapshot)) => snapshot_call(&snapshot, session, switch),
        (_, core::Response::DoNotDisturb(on)) => GetDoNotDisturbResponse {
            do_not_disturb_on: on,
            call_origination: None,
            calling_device_list: None,
        }
        .into(),
        (Asked::GetRouteingMode, core::Response::IsOn(on)) => {
            GetRouteingModeResponse { routeing_mode: on }.into()
        }
        (_, core::Response::IsOn(on)) => GetMessageWaitingIndicatorResponse {
            message_waiting_on: on,
            device_for_message: None,
            lamp_is_present: None,
        }
        .into(),
        (_, core::Response::AutoAnswer(rings)) => {
            GetAutoAnswerResponse { auto_answer_on: rings.is_some(), number_of_rings: rings.map(i64::from) }
                .into()
        }
        (_, core::Response::LastNumber(number)) => GetLastNumberDialedResponse {
            number_dialed: (!number.is_empty())
                .then(|| session.names().in_response().dialled(&number, switch)),
        }
        .into(),
        (_, core::Response::WaitsFor(target)) => {
            CallBackResponse { target_device: Some(session.names().in_response().name(target, switch)) }
                .into()
        }
        (_, core::Response::CallBacks(waiting)) => {
            call_backs(&waiting, session.names().in_response(), switch).into()
        }
        (Asked::GetMicrophoneMute, core::Response::Phones(phones)) => {
            telephone_services::microphones(&phones)
        }
        (_, core::Response::Phones(phones)) => telephone_services::hookswitches(&phones),
        (Asked::ChangeMonitorFilter(monitor), core::Response::Done) => {
            ChangeMonitorFilterResponse { actual_filter_list: actual_filter(monitor, switch) }.into()
        }
        (_, core::Response::Registered(id)) => {
            RouteRegisterResponse { route_register_req_id: routeing::registered(id) }.into()
        }
        (asked, core::Response::Done) => done(&asked),
    }
}

/// The filter in force, where it suppresses events that have to be asked for. Applications of the basic mode are told
/// nothing that they may not expect.
fn actual_filter(monitor: MonitorId, switch: &Switch) -> Option<MonitorFilter> {
    let filter = switch.cti().monitor(monitor)?.filter();
    let unasked = core::EventKind::ASKED_FOR.into_iter().any(|kind| filter.suppresses(kind));
    let told = unasked && !switch.settings().cti.basic_mode;
    told.then(|| filter.suppressed().map(features::event_kind).collect())
}

/// Who waits, and for whom.
fn call_backs(
    waiting: &[(core::DeviceId, core::DeviceId)],
    names: Spelling<'_>,
    switch: &Switch,
) -> GetCallBackResponse {
    let item = |(originating, target): &(core::DeviceId, core::DeviceId)| CallBackListItem {
        originating_device: Some(names.name(*originating, switch)),
        target_device: Some(names.name(*target, switch)),
        call_back_message_indicator: Some(false),
    };
    GetCallBackResponse { call_back_list: Some(waiting.iter().map(item).collect()) }
}

/// The identifier of a monitor for an application.
pub(super) fn cross_reference(monitor: MonitorId) -> SmolStr {
    monitor.to_smolstr()
}

fn done(asked: &Asked) -> Response {
    match asked {
        Asked::ChangeMonitorFilter(_) => ChangeMonitorFilterResponse { actual_filter_list: None }.into(),
        Asked::MonitorStop(_)
        | Asked::MonitorStart { .. }
        | Asked::MonitorStation(_)
        | Asked::MonitorCall => MonitorStopResponse.into(),
        Asked::AnswerCall => AnswerCallResponse.into(),
        Asked::AcceptCall => AcceptCallResponse.into(),
        // Nothing is sent that is no response.
        Asked::Escape | Asked::DeviceOpen(_) | Asked::RouteRegister(_) | Asked::InRoute(_) => {
            EscapeResponse::default().into()
        }
        Asked::RouteRegisterCancel => RouteRegisterCancelResponse.into(),
        Asked::SetForwarding => SetForwardingResponse.into(),
        Asked::ClearConnection
        | Asked::SnapshotDevice(_)
        | Asked::MakeCall(_)
        | Asked::ConsultationCall(_)
        | Asked::ParkCall
        | Asked::TransferCall
        | Asked::ConferenceCall
        | Asked::SingleStepTransferCall
        | Asked::SingleStepConferenceCall
        | Asked::JoinCall
        | Asked::DirectedPickupCall
        | Asked::GroupPickupCall
        | Asked::SnapshotCall
        | Asked::CallBack
        | Asked::GetCallBack
        | Asked::GetHookswitchStatus
        | Asked::GetMicrophoneMute
        | Asked::GetDoNotDisturb
        | Asked::GetMessageWaiting
        | Asked::GetRouteingMode
        | Asked::GetLastNumberDialed
        | Asked::GetAutoAnswer
        | Asked::RecordMessage
        | Asked::GetForwarding => ClearConnectionResponse.into(),
        Asked::AlternateCall => AlternateCallResponse.into(),
        Asked::ReconnectCall => ReconnectCallResponse.into(),
        Asked::ClearCall => ClearCallResponse.into(),
        Asked::GenerateDigits => GenerateDigitsResponse.into(),
        Asked::GenerateTelephonyTones => GenerateTelephonyTonesResponse.into(),
        Asked::CancelTelephonyTones => CancelTelephonyTonesResponse.into(),
        Asked::PlayMessage => PlayMessageResponse.into(),
        Asked::Stop => StopResponse.into(),
        Asked::Suspend => SuspendResponse.into(),
        Asked::Resume => ResumeMessageResponse.into(),
        Asked::DeleteMessage => DeleteMessageResponse.into(),
        Asked::AssociateData => AssociateDataResponse.into(),
        Asked::SetAutoAnswer => SetAutoAnswerResponse.into(),
        Asked::SetDisplay => SetDisplayResponse.into(),
        Asked::CallBackNonCallRelated => CallBackNonCallRelatedResponse.into(),
        Asked::CancelCallBack => CancelCallBackResponse.into(),
        Asked::DialDigits => DialDigitsResponse.into(),
        Asked::ButtonPress => ButtonPressResponse.into(),
        Asked::SetHookswitchStatus => SetHookswitchStatusResponse.into(),
        Asked::SetRouteingMode => SetRouteingModeResponse.into(),
        Asked::SetMicrophoneMute => SetMicrophoneMuteResponse.into(),
        Asked::SetDoNotDisturb => SetDoNotDisturbResponse.into(),
        Asked::SetMessageWaiting => SetMessageWaitingIndicatorResponse.into(),
        Asked::DeflectCall => DeflectCallResponse.into(),
        Asked::HoldCall => HoldCallResponse.into(),
        Asked::RetrieveCall => RetrieveCallResponse.into(),
    }
}

fn merged(
    asked: &Asked,
    call: core::ConnectionId,
    connections: &[MergedConnection],
    names: Spelling<'_>,
    switch: &Switch,
) -> Response {
    let call = connection(call, names, switch);
    let connections = Some(connection_list(connections, names, switch));
    let call_linkage_data_list = None;
    match asked {
        Asked::ConferenceCall => {
            ConferenceCallResponse { conference_call: call, connections, call_linkage_data_list }.into()
        }
        Asked::SingleStepTransferCall => {
            SingleStepTransferCallResponse { transferred_call: call, connections, call_linkage_data_list }
                .into()
        }
        _ => TransferCallResponse { transferred_call: call, connections, call_linkage_data_list }.into(),
    }
}

/// A connection as the application knows it.
pub(super) fn connection(id: core::ConnectionId, names: Spelling<'_>, switch: &Switch) -> ConnectionId {
    ConnectionId::new(id.call.to_smolstr(), names.name(id.device, switch))
}

/// A connection of a party: that of a trunk has the number of who is reached by it.
pub(super) fn connection_of(
    id: core::ConnectionId,
    party: &core::Party,
    names: Spelling<'_>,
    switch: &Switch,
) -> ConnectionId {
    let is_trunk =
        || switch.lines().device(id.device).is_some_and(|device| device.number().starts_with("trunk:"));
    if party.device.is_some() || party.number.is_empty() || !is_trunk() {
        return connection(id, names, switch);
    }
    ConnectionId::new(id.call.to_smolstr(), names.dialled(&party.number, switch))
}

/// The connections of a merged call, before and after.
pub(super) fn connection_list(
    connections: &[MergedConnection],
    names: Spelling<'_>,
    switch: &Switch,
) -> ConnectionList {
    let item = |merged: &MergedConnection| {
        let old = merged.old.map(|old| connection_of(old, &merged.endpoint, names, switch));
        let new = connection_of(merged.new, &merged.endpoint, names, switch);
        ConnectionListItem::new(old, new, names.party(&merged.endpoint, switch))
    };
    connections.iter().map(item).collect()
}

fn snapshot_device(name: &DeviceId, snapshot: &Snapshot, session: &Session, switch: &Switch) -> Response {
    let names = session.names().in_response();
    let calls = snapshot.connections.iter().map(|connection| SnapshotDeviceCall {
        connection_identifier: ConnectionId::new(connection.connection.call.to_smolstr(), name.clone()),
        endpoint_device: Some(names.party(&connection.endpoint, switch)),
        local_call_state: CallState::Compound(connection.states.iter().copied().map(state).collect()),
        call_linkage_data: linkage(connection.global_id, switch),
    });
    SnapshotDeviceResponse { snapshot: SnapshotDeviceData::Calls(calls.collect()) }.into()
}

fn snapshot_call(snapshot: &CallSnapshot, session: &Session, switch: &Switch) -> Response {
    let names = session.names().in_response();
    let devices = snapshot.connections.iter().map(|own| SnapshotCallDevice {
        device_on_call: names.party(&own.party, switch),
        call_identifier: Some(connection_of(own.connection, &own.party, names, switch)),
        local_connection_info: Some(state(own.state)),
    });
    SnapshotCallResponse {
        snapshot: SnapshotCallData::Devices(devices.collect()),
        calling_device: Some(names.party(&snapshot.calling, switch)),
        called_device: Some(names.party(&snapshot.called, switch)),
        correlator_data: attached_data::told(snapshot.data.correlator.as_ref()),
        call_linkage_data: linkage(snapshot.global_id, switch),
    }
    .into()
}

/// The global identifier of the call that a connection is in.
fn call_linkage(id: core::ConnectionId, switch: &Switch) -> Option<CallLinkageData> {
    switch.calls().get(id.call).and_then(|call| linkage(call.global_id(), switch))
}

/// Whether the device of a monitor is in calls already, of which the monitor is told what happens next; `None` if it is not.
/// Applications of the basic mode are not told.
fn has_calls(monitor: MonitorId, switch: &Switch) -> Option<bool> {
    let device = switch.cti().monitor(monitor)?.device()?;
    let mut lines = switch.lines().of_device(device).map(|(line, _)| line);
    let is_in_calls = lines.any(|line| !switch.calls().at_line(line).is_empty());
    (is_in_calls && !switch.settings().cti.basic_mode).then_some(true)
}

/// The global identifier of a call; not for applications in basic mode (`cti csta mode basic`).
pub(super) fn linkage(id: core::GlobalCallId, switch: &Switch) -> Option<CallLinkageData> {
    (!switch.settings().cti.basic_mode).then(|| CallLinkageData::global_call(id.to_smolstr()))
}

/// The standard's word for a connection state.
pub(crate) fn state(state: ConnectionState) -> LocalConnectionState {
    match state {
        ConnectionState::Null => LocalConnectionState::Null,
        ConnectionState::Initiated => LocalConnectionState::Initiated,
        ConnectionState::Alerting => LocalConnectionState::Alerting,
        ConnectionState::Connected => LocalConnectionState::Connected,
        ConnectionState::Hold => LocalConnectionState::Hold,
        ConnectionState::Queued => LocalConnectionState::Queued,
        ConnectionState::Fail => LocalConnectionState::Fail,
    }
}
