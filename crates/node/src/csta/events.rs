//! Notifications of the switch to CSTA events.

use hookflash_core::{
    self as core, CallEvent, CallEventKind, CallId, MergeEvent, MergeKind, Notification, Switch,
};
use hookflash_wire::csta::{
    BackInService, CallLinkageData, CallLinkageDataList, Conferenced, ConnectionCleared, ConnectionId,
    Delivered, Diverted, Established, EventBody, EventCause, Failed, Held, LocalConnectionState, Originated,
    OutOfService, Queued, RedirectionDevice, Retrieved, ServiceInitiated, SubjectDeviceId, Transferred,
};
use smol_str::ToSmolStr;

use super::{
    device_names::Spelling,
    forwarding,
    responses::{self, state},
};

/// The call that it is about, if it is about one.
pub(super) fn call_of(notification: &Notification) -> Option<CallId> {
    match &notification.event {
        core::Event::Call(event) => Some(event.connection.call),
        core::Event::Merge(event) => Some(event.call),
        core::Event::BackInService(_) | core::Event::OutOfService(_) | core::Event::Forwarding(_) => None,
    }
}

/// The event, with the names by which the application knows the devices.
pub(super) fn event(notification: &Notification, names: Spelling<'_>, switch: &Switch) -> EventBody {
    let device = |id| SubjectDeviceId::Device(names.name(id, switch));
    match &notification.event {
        core::Event::Call(event) => call_event(event, state(notification.local_state), names, switch),
        core::Event::Merge(event) => merge_event(event, state(notification.local_state), names, switch),
        core::Event::BackInService(id) => {
            BackInService { device: device(*id), cause: Some(EventCause::Normal) }.into()
        }
        core::Event::Forwarding(event) => forwarding::event(event, names, switch).into(),
        core::Event::OutOfService(id) => {
            OutOfService { device: device(*id), cause: Some(EventCause::Normal) }.into()
        }
    }
}

fn call_event(
    event: &CallEvent,
    local: LocalConnectionState,
    names: Spelling<'_>,
    switch: &Switch,
) -> EventBody {
    let id = event.connection;
    let connection = ConnectionId::new(id.call.to_smolstr(), names.name(id.device, switch));
    let subject = names.party(&event.subject);
    let calling = || names.party(&event.calling);
    let called = || names.party(&event.called);
    let redirection = || match event.last_redirection() {
        None => RedirectionDevice::NotRequired,
        Some(party) => match names.party(party) {
            SubjectDeviceId::Device(device) => RedirectionDevice::NumberDialed(device),
            SubjectDeviceId::NotKnown => RedirectionDevice::NotKnown,
            SubjectDeviceId::Restricted => RedirectionDevice::Restricted,
        },
    };
    let local_connection_info = Some(local);
    let cause = cause(event.cause);
    match event.kind {
        CallEventKind::ServiceInitiated => ServiceInitiated {
            initiated_connection: connection,
            initiating_device: subject,
            called_device: None,
            local_connection_info,
            correlator_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Originated => Originated {
            originated_connection: connection,
            calling_device: calling(),
            called_device: called(),
            originating_device: None,
            local_connection_info,
            correlator_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Delivered => Delivered {
            connection,
            alerting_device: subject,
            calling_device: calling(),
            called_device: called(),
            last_redirection_device: redirection(),
            local_connection_info,
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Diverted => Diverted {
            connection,
            diverting_device: subject,
            new_destination: match event.new_destination() {
                Some(party) => names.party(party),
                None => SubjectDeviceId::NotKnown,
            },
            calling_device: Some(calling()),
            called_device: Some(called()),
            last_redirection_device: redirection(),
            local_connection_info,
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Queued => Queued {
            queued_connection: connection,
            queue: subject,
            calling_device: calling(),
            called_device: called(),
            last_redirection_device: redirection(),
            number_queued: None,
            calls_in_front: None,
            local_connection_info,
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Established => Established {
            established_connection: connection,
            answering_device: subject,
            calling_device: calling(),
            called_device: called(),
            last_redirection_device: redirection(),
            local_connection_info,
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Failed => Failed {
            failed_connection: connection,
            failing_device: subject,
            calling_device: calling(),
            called_device: called(),
            last_redirection_device: redirection(),
            local_connection_info,
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Held => Held {
            held_connection: connection,
            holding_device: subject,
            local_connection_info,
            correlator_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::Retrieved => Retrieved {
            retrieved_connection: connection,
            retrieving_device: subject,
            local_connection_info,
            correlator_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
        CallEventKind::ConnectionCleared => ConnectionCleared {
            dropped_connection: connection,
            releasing_device: subject,
            local_connection_info,
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data: None,
        }
        .into(),
    }
}

fn merge_event(
    event: &MergeEvent,
    local: LocalConnectionState,
    names: Spelling<'_>,
    switch: &Switch,
) -> EventBody {
    let connection = |id| responses::connection(id, names, switch);
    let by = names.party(&event.by);
    let added = names.party(&event.added);
    let connections = responses::connection_list(&event.connections, names, switch);
    let cause = cause(event.cause);
    let call_linkage_data_list = linkage(event, switch);
    match event.kind {
        MergeKind::Transfer => Transferred {
            primary_old_call: connection(event.primary_old),
            secondary_old_call: Some(connection(event.secondary_old)),
            transferring_device: by,
            transferred_to_device: added,
            transferred_connections: connections,
            local_connection_info: Some(local),
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data_list,
        }
        .into(),
        MergeKind::Conference => Conferenced {
            primary_old_call: connection(event.primary_old),
            secondary_old_call: Some(connection(event.secondary_old)),
            conferencing_device: by,
            added_party: added,
            conference_connections: connections,
            local_connection_info: Some(local),
            correlator_data: None,
            user_data: None,
            cause,
            call_linkage_data_list,
        }
        .into(),
    }
}

/// The global identifiers of both calls; not for applications in basic mode (`cti csta mode basic`).
fn linkage(event: &MergeEvent, switch: &Switch) -> Option<CallLinkageDataList> {
    let linkage = |id: core::GlobalCallId| CallLinkageData::global_call(id.to_smolstr());
    let advanced = switch.settings().cti.prompted_make_call;
    advanced.then(|| CallLinkageDataList::new(linkage(event.global_id), linkage(event.absorbed_global_id)))
}

/// The standard's word for a cause.
fn cause(cause: core::EventCause) -> EventCause {
    match cause {
        core::EventCause::Blocked => EventCause::Blocked,
        core::EventCause::Busy => EventCause::Busy,
        core::EventCause::CallForwardBusy => EventCause::CallForwardBusy,
        core::EventCause::CallForwardImmediate => EventCause::CallForwardImmediate,
        core::EventCause::CallForwardNoAnswer => EventCause::CallForwardNoAnswer,
        core::EventCause::CallNotAnswered => EventCause::CallNotAnswered,
        core::EventCause::CallCancelled => EventCause::CallCancelled,
        core::EventCause::CallPickup => EventCause::CallPickup,
        core::EventCause::Conference => EventCause::Conference,
        core::EventCause::Consultation => EventCause::Consultation,
        core::EventCause::Distributed => EventCause::Distributed,
        core::EventCause::Park => EventCause::Park,
        core::EventCause::Recall => EventCause::Recall,
        core::EventCause::Redirected => EventCause::Redirected,
        core::EventCause::Transfer => EventCause::Transfer,
        core::EventCause::DestNotObtainable => EventCause::DestNotObtainable,
        core::EventCause::DestOutOfOrder => EventCause::DestOutOfOrder,
        core::EventCause::MakeCall => EventCause::MakeCall,
        core::EventCause::NewCall => EventCause::NewCall,
        core::EventCause::Normal => EventCause::Normal,
        core::EventCause::NormalClearing => EventCause::NormalClearing,
        core::EventCause::ReorderTone => EventCause::ReorderTone,
        core::EventCause::ResourcesNotAvailable => EventCause::ResourcesNotAvailable,
    }
}
