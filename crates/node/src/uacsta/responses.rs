//! Answers of the switch to CSTA responses.

use hookflash_core::{
    Answer, ConnectionState, Switch,
    cti::{MonitorId, Snapshot},
};
use hookflash_wire::csta::{
    AnswerCallResponse, CallState, ChangeMonitorFilterResponse, ClearConnectionResponse, ConnectionId,
    DeviceId, HoldCallResponse, LocalConnectionState, MakeCallResponse, MonitorStartResponse,
    MonitorStopResponse, Response, RetrieveCallResponse, SetForwardingResponse, SnapshotDeviceCall,
    SnapshotDeviceData, SnapshotDeviceResponse,
};
use smol_str::{SmolStr, ToSmolStr};

use super::{Session, forwarding, services::Asked};

/// The response to what was asked.
pub(super) fn response(asked: Asked, answer: Answer, session: &Session, switch: &Switch) -> Response {
    match (asked, answer) {
        (_, Answer::Monitor { monitor }) => MonitorStartResponse {
            monitor_cross_ref_id: cross_reference(monitor),
            // The filter in force is always the one that was asked for.
            actual_monitor_filter: None,
            monitor_existing_calls: None,
        }
        .into(),
        (Asked::MakeCall(name), Answer::Call(id)) => MakeCallResponse {
            calling_device: ConnectionId::new(id.call.to_smolstr(), name),
            call_linkage_data: None,
        }
        .into(),
        (_, Answer::Call(id)) => {
            let name = session.names().name(id.device, switch);
            MakeCallResponse {
                calling_device: ConnectionId::new(id.call.to_smolstr(), name),
                call_linkage_data: None,
            }
            .into()
        }
        (Asked::SnapshotDevice(name), Answer::Snapshot(snapshot)) => {
            snapshot_device(&name, &snapshot, session)
        }
        (_, Answer::Snapshot(snapshot)) => snapshot_device(&DeviceId::default(), &snapshot, session),
        (_, Answer::Forwarding(forwarding)) => {
            forwarding::response(&forwarding, session.names(), switch).into()
        }
        (asked, Answer::Done) => done(&asked),
    }
}

/// How an application knows a monitor.
pub(super) fn cross_reference(monitor: MonitorId) -> SmolStr {
    monitor.to_smolstr()
}

fn done(asked: &Asked) -> Response {
    match asked {
        Asked::ChangeMonitorFilter => ChangeMonitorFilterResponse { actual_filter_list: None }.into(),
        Asked::MonitorStop | Asked::MonitorStart => MonitorStopResponse.into(),
        Asked::AnswerCall => AnswerCallResponse.into(),
        Asked::SetForwarding => SetForwardingResponse.into(),
        Asked::ClearConnection | Asked::SnapshotDevice(_) | Asked::MakeCall(_) | Asked::GetForwarding => {
            ClearConnectionResponse.into()
        }
        Asked::HoldCall => HoldCallResponse.into(),
        Asked::RetrieveCall => RetrieveCallResponse.into(),
    }
}

fn snapshot_device(name: &DeviceId, snapshot: &Snapshot, session: &Session) -> Response {
    let calls = snapshot.connections.iter().map(|connection| SnapshotDeviceCall {
        connection_identifier: ConnectionId::new(connection.connection.call.to_smolstr(), name.clone()),
        endpoint_device: Some(session.names().party(&connection.endpoint)),
        local_call_state: CallState::Compound(connection.states.iter().copied().map(state).collect()),
        call_linkage_data: None,
    });
    SnapshotDeviceResponse { snapshot: SnapshotDeviceData::Calls(calls.collect()) }.into()
}

/// The standard's word for a connection state.
pub(super) fn state(state: ConnectionState) -> LocalConnectionState {
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
