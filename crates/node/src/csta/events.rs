//! Notifications of the switch to CSTA events.

use std::{net::SocketAddr, time::Duration};

use hookflash_core::{
    self as core, CallEvent, CallEventKind, CallId, DiversionReason, MergeEvent, MergeKind, Notification,
    Switch,
};
use hookflash_wire::csta::{
    AutoAnswer, BackInService, CallBackChanged, CallCleared, CallData, CallInformation, CallLinkageData,
    CallLinkageDataList, Conferenced, ConnectionCleared, ConnectionId, Delivered, DigitDurationList,
    DigitsDialed, DigitsGenerated, Diverted, DoNotDisturb, Established, EventBody, EventCause, Failed, Held,
    HexBinary, LocalConnectionState, MediaNotice, MediaNoticeKind, MessageWaiting, MicrophoneMute,
    NetworkReached, Offered, Originated, OutOfService, PartyNames, PauseDurationList, PrivateEvent, Queued,
    RedirectionDevice, Retrieved, ServiceInitiated, ServiceReason, SubjectDeviceId, Transferred,
};
use smol_str::{SmolStr, ToSmolStr};

use super::{
    attached_data,
    device_names::Spelling,
    forwarding,
    responses::{self, state},
    telephone_state, voice_services,
};

/// The call that it is about, if it is about one.
pub(super) fn call_of(notification: &Notification) -> Option<CallId> {
    match &notification.event {
        core::Event::Call(event) => Some(event.connection.call),
        core::Event::Merge(event) => Some(event.call),
        core::Event::DigitsGenerated(event) => Some(event.connection.call),
        core::Event::TonesGenerated(event) => Some(event.connection.call),
        core::Event::Sound(event) => Some(event.connection.call),
        core::Event::CallInformation(event) => Some(event.connection.call),
        core::Event::CallCleared(event) => Some(event.connection.call),
        core::Event::Media(event) => Some(event.connection.call),
        core::Event::BackInService(_)
        | core::Event::OutOfService(_)
        | core::Event::TakenAway(_)
        | core::Event::DoNotDisturb { .. }
        | core::Event::Forwarding(_)
        | core::Event::AutoAnswer(..)
        | core::Event::CallBack { .. }
        | core::Event::MicrophoneMute(..)
        | core::Event::ButtonPress { .. }
        | core::Event::Hookswitch { .. }
        | core::Event::LampMode { .. }
        | core::Event::DisplayUpdated { .. }
        | core::Event::MessageWaiting(..) => None,
    }
}

/// The event, with the names by which the application knows the devices.
pub(super) fn event(notification: &Notification, names: Spelling<'_>, switch: &Switch) -> EventBody {
    let device = |id| SubjectDeviceId::Device(names.name(id, switch));
    // Who watches a call has no device of its own in it.
    let local = (!notification.is_of_call).then(|| state(notification.local_state));
    match &notification.event {
        core::Event::Call(event) => call_event(event, local, names, switch),
        core::Event::Merge(event) => merge_event(event, local, names, switch),
        core::Event::CallInformation(event) => call_information(event, names, switch).into(),
        core::Event::CallCleared(event) => call_cleared(event, names, switch).into(),
        core::Event::AutoAnswer(id, rings) => AutoAnswer {
            invoking_device: device(*id),
            auto_answer_on: rings.is_some(),
            number_of_rings: rings.map(i64::from),
        }
        .into(),
        core::Event::BackInService(id) => {
            BackInService { device: device(*id), cause: Some(EventCause::Normal) }.into()
        }
        core::Event::DoNotDisturb { device: id, on } => DoNotDisturb {
            device: device(*id),
            do_not_disturb_on: *on,
            call_origination: None,
            calling_device_list: None,
        }
        .into(),
        core::Event::Forwarding(event) => forwarding::event(event, names, switch).into(),
        core::Event::DigitsGenerated(event) => digits_generated(event, names, switch).into(),
        core::Event::TonesGenerated(event) => voice_services::tones_generated(event, names, switch).into(),
        core::Event::Sound(event) => voice_services::event(event, names, switch),
        core::Event::MessageWaiting(id, on) => {
            MessageWaiting { target_device: device(*id), device_for_message: None, message_waiting_on: *on }
                .into()
        }
        core::Event::CallBack { originating, target, on } => CallBackChanged {
            originating_device: device(*originating),
            target_device: device(*target),
            call_back_set_canceled: *on,
        }
        .into(),
        core::Event::MicrophoneMute(id, on) => {
            MicrophoneMute { invoking_device: device(*id), auditory_apparatus: None, microphone_mute_on: *on }
                .into()
        }
        core::Event::ButtonPress { device: id, station, key } => {
            telephone_state::button_pressed(device(*id), *station, key, names, switch)
        }
        core::Event::Hookswitch { device: id, station, on_hook } => {
            telephone_state::hookswitch((*id, device(*id)), *station, *on_hook, switch)
        }
        core::Event::LampMode { device: id, station, lamp, shows } => {
            telephone_state::lamp_changed(device(*id), *station, (*lamp, *shows), names, switch)
        }
        core::Event::DisplayUpdated { device: id, rows } => {
            telephone_state::display_updated(device(*id), rows)
        }
        core::Event::Media(event) => PrivateEvent { media: Some(media_notice(event, names, switch)) }.into(),
        core::Event::OutOfService(id) | core::Event::TakenAway(id) => {
            OutOfService { device: device(*id), cause: Some(EventCause::Normal) }.into()
        }
    }
}

/// Why a device is out of service, or a call is diverted, where the standard has no word for it.
pub(super) fn reason(notification: &Notification) -> Option<ServiceReason> {
    match &notification.event {
        core::Event::TakenAway(_) => Some(ServiceReason::NotPermitted),
        core::Event::Call(event) if event.kind == CallEventKind::Diverted => match event.diversion()? {
            DiversionReason::Unregistered => Some(ServiceReason::Unregistered),
            DiversionReason::NotAccepted => Some(ServiceReason::NotAccepted),
            DiversionReason::ApplicationFailed => Some(ServiceReason::CtiFailure),
            DiversionReason::Forwarded(core::ForwardingType::NoAnswer) => Some(ServiceReason::NoAnswer),
            _ => None,
        },
        _ => None,
    }
}

/// The names of the parties, in the events with which a call reaches somebody.
pub(super) fn names(notification: &Notification) -> Option<Box<PartyNames>> {
    let core::Event::Call(event) = &notification.event else { return None };
    let names = match event.kind {
        CallEventKind::Offered
        | CallEventKind::Delivered
        | CallEventKind::Established
        | CallEventKind::Queued
        | CallEventKind::Diverted => PartyNames {
            calling: event.calling.name.clone(),
            called: event.called.name.clone(),
            last_redirection: event.last_redirection().map(|party| party.name.clone()).unwrap_or_default(),
        },
        _ => return None,
    };
    (!names.is_empty()).then(|| Box::new(names))
}

fn media_notice(event: &core::MediaEvent, names: Spelling<'_>, switch: &Switch) -> MediaNotice {
    let address = |at: core::MediaAddress| SocketAddr::new(at.ip, at.port).to_smolstr();
    let connection = responses::connection(event.connection, names, switch);
    let mut audio = None;
    let (kind, local_rtp, remote_rtp) = match event.kind {
        core::MediaEventKind::Requested => (MediaNoticeKind::Requested, None, None),
        core::MediaEventKind::Started { local, remote } => {
            (MediaNoticeKind::Started, Some(address(local)), Some(address(remote)))
        }
        core::MediaEventKind::StartedAtSocket => {
            audio = Some(crate::audio::path(&connection));
            (MediaNoticeKind::Started, None, None)
        }
        core::MediaEventKind::Stopped => (MediaNoticeKind::Stopped, None, None),
    };
    MediaNotice {
        kind,
        connection,
        media_request_id: event.request.to_smolstr(),
        codec: event.codec.clone(),
        packet_ms: event.packet.into(),
        local_rtp,
        remote_rtp,
        audio,
    }
}

fn call_information(event: &core::CallInformation, names: Spelling<'_>, switch: &Switch) -> CallInformation {
    let digits = |digits: &Option<SmolStr>| HexBinary::from_digits(digits.as_deref()?);
    CallInformation {
        connection: responses::connection(event.connection, names, switch),
        device: names.party(&event.party, switch),
        calling_device: None,
        account_info: digits(&event.account),
        auth_code: None,
        correlator_data: attached_data::told(event.data.correlator.as_ref()),
        user_data: None,
        call_qualifying_data: digits(&event.qualifying),
        call_linkage_data_list: None,
        subject_of_call: None,
        language_preferences: None,
        device_info: None,
    }
}

fn call_cleared(event: &core::CallClearedEvent, names: Spelling<'_>, switch: &Switch) -> CallCleared {
    CallCleared {
        cleared_call: responses::connection(event.connection, names, switch),
        correlator_data: attached_data::told(event.data.correlator.as_ref()),
        user_data: attached_data::told(event.data.user.as_ref()),
        cause: cause(event.cause),
        call_linkage_data: responses::linkage(event.global_id, switch),
    }
}

fn digits_generated(event: &core::DigitsEvent, names: Spelling<'_>, switch: &Switch) -> DigitsGenerated {
    let milliseconds = |length: Duration| i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
    let each = |length: Duration| vec![milliseconds(length); event.digits.len()];
    DigitsGenerated {
        connection: responses::connection(event.connection, names, switch),
        digit_generated_list: event.digits.clone(),
        digit_duration_list: Some(DigitDurationList(each(event.tone))),
        pause_duration_list: Some(PauseDurationList(each(event.pause))),
    }
}

fn call_event(
    event: &CallEvent,
    local: Option<LocalConnectionState>,
    names: Spelling<'_>,
    switch: &Switch,
) -> EventBody {
    let words = CallWords { event, names, local, switch };
    match event.kind {
        CallEventKind::ServiceInitiated => words.service_initiated().into(),
        CallEventKind::Offered => words.offered().into(),
        CallEventKind::Originated => words.originated().into(),
        CallEventKind::Delivered => words.delivered().into(),
        CallEventKind::DigitsDialed => words.digits_dialed().into(),
        CallEventKind::Diverted => words.diverted().into(),
        CallEventKind::Queued => words.queued().into(),
        CallEventKind::Established => words.established().into(),
        CallEventKind::Failed => words.failed().into(),
        CallEventKind::Held => words.held().into(),
        CallEventKind::Retrieved => words.retrieved().into(),
        CallEventKind::ConnectionCleared => words.connection_cleared().into(),
        CallEventKind::NetworkReached => words.network_reached().into(),
    }
}

/// An event of a call, with the names by which the application knows the devices.
struct CallWords<'a> {
    event: &'a CallEvent,
    names: Spelling<'a>,
    local: Option<LocalConnectionState>,
    switch: &'a Switch,
}

impl CallWords<'_> {
    fn connection(&self) -> ConnectionId {
        responses::connection_of(self.event.connection, &self.event.subject, self.names, self.switch)
    }

    fn subject(&self) -> SubjectDeviceId {
        self.names.party(&self.event.subject, self.switch)
    }

    fn calling(&self) -> SubjectDeviceId {
        self.names.party(&self.event.calling, self.switch)
    }

    fn called(&self) -> SubjectDeviceId {
        self.names.party(&self.event.called, self.switch)
    }

    fn redirection(&self) -> RedirectionDevice {
        match self.event.last_redirection().map(|party| self.names.party(party, self.switch)) {
            None => RedirectionDevice::NotRequired,
            Some(SubjectDeviceId::Device(device)) => RedirectionDevice::NumberDialed(device),
            Some(SubjectDeviceId::NotKnown) => RedirectionDevice::NotKnown,
            Some(SubjectDeviceId::Restricted) => RedirectionDevice::Restricted,
        }
    }

    fn correlator(&self) -> Option<CallData> {
        attached_data::told(self.event.data.correlator.as_ref())
    }

    fn user(&self) -> Option<CallData> {
        attached_data::told(self.event.data.user.as_ref())
    }

    fn cause(&self) -> EventCause {
        cause(self.event.cause)
    }

    fn service_initiated(&self) -> ServiceInitiated {
        ServiceInitiated {
            initiated_connection: self.connection(),
            initiating_device: self.subject(),
            called_device: None,
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn originated(&self) -> Originated {
        Originated {
            originated_connection: self.connection(),
            calling_device: self.calling(),
            called_device: self.called(),
            originating_device: None,
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn digits_dialed(&self) -> DigitsDialed {
        DigitsDialed {
            dialing_connection: self.connection(),
            dialing_device: self.subject(),
            dialing_sequence: self.event.called.number.clone().into(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn offered(&self) -> Offered {
        Offered {
            offered_connection: self.connection(),
            offered_device: self.subject(),
            calling_device: self.calling(),
            called_device: self.called(),
            last_redirection_device: self.redirection(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn delivered(&self) -> Delivered {
        Delivered {
            connection: self.connection(),
            alerting_device: self.subject(),
            calling_device: self.calling(),
            called_device: self.called(),
            last_redirection_device: self.redirection(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn diverted(&self) -> Diverted {
        Diverted {
            connection: self.connection(),
            diverting_device: self.subject(),
            new_destination: match self.event.new_destination() {
                Some(party) => self.names.party(party, self.switch),
                None => SubjectDeviceId::NotKnown,
            },
            calling_device: Some(self.calling()),
            called_device: Some(self.called()),
            last_redirection_device: self.redirection(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn queued(&self) -> Queued {
        Queued {
            queued_connection: self.connection(),
            queue: self.subject(),
            calling_device: self.calling(),
            called_device: self.called(),
            last_redirection_device: self.redirection(),
            number_queued: None,
            calls_in_front: None,
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn established(&self) -> Established {
        Established {
            established_connection: self.connection(),
            answering_device: self.subject(),
            calling_device: self.calling(),
            called_device: self.called(),
            last_redirection_device: self.redirection(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn failed(&self) -> Failed {
        Failed {
            failed_connection: self.connection(),
            failing_device: self.subject(),
            calling_device: self.calling(),
            called_device: self.called(),
            last_redirection_device: self.redirection(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn network_reached(&self) -> NetworkReached {
        let trunk = self.switch.lines().device(self.event.connection.device);
        NetworkReached {
            outbound_connection: self.connection(),
            network_interface_used: match trunk {
                Some(trunk) => SubjectDeviceId::Device(trunk.number().clone().into()),
                None => SubjectDeviceId::NotKnown,
            },
            calling_device: self.calling(),
            called_device: self.called(),
            last_redirection_device: self.redirection(),
            local_connection_info: self.local,
            correlator_data: None,
            user_data: None,
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn held(&self) -> Held {
        Held {
            held_connection: self.connection(),
            holding_device: self.subject(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn retrieved(&self) -> Retrieved {
        Retrieved {
            retrieved_connection: self.connection(),
            retrieving_device: self.subject(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }

    fn connection_cleared(&self) -> ConnectionCleared {
        ConnectionCleared {
            dropped_connection: self.connection(),
            releasing_device: self.subject(),
            local_connection_info: self.local,
            correlator_data: self.correlator(),
            user_data: self.user(),
            cause: self.cause(),
            call_linkage_data: responses::linkage(self.event.global_id, self.switch),
        }
    }
}

fn merge_event(
    event: &MergeEvent,
    local: Option<LocalConnectionState>,
    names: Spelling<'_>,
    switch: &Switch,
) -> EventBody {
    let connection = |id| responses::connection(id, names, switch);
    let by = names.party(&event.by, switch);
    let added = names.party(&event.added, switch);
    let connections = responses::connection_list(&event.connections, names, switch);
    let cause = cause(event.cause);
    let call_linkage_data_list = linkage(event, switch);
    match event.kind {
        MergeKind::Transfer => Transferred {
            primary_old_call: connection(event.primary_old),
            secondary_old_call: event.secondary_old.map(connection),
            transferring_device: by,
            transferred_to_device: added,
            transferred_connections: connections,
            local_connection_info: local,
            correlator_data: attached_data::told(event.data.correlator.as_ref()),
            user_data: attached_data::told(event.data.user.as_ref()),
            cause,
            call_linkage_data_list,
        }
        .into(),
        MergeKind::Conference => Conferenced {
            primary_old_call: connection(event.primary_old),
            secondary_old_call: event.secondary_old.map(connection),
            conferencing_device: by,
            added_party: added,
            conference_connections: connections,
            local_connection_info: local,
            correlator_data: attached_data::told(event.data.correlator.as_ref()),
            user_data: attached_data::told(event.data.user.as_ref()),
            cause,
            call_linkage_data_list,
        }
        .into(),
    }
}

/// The global identifiers of both calls; not for applications in basic mode (`cti csta mode basic`).
fn linkage(event: &MergeEvent, switch: &Switch) -> Option<CallLinkageDataList> {
    let linkage = |id: core::GlobalCallId| CallLinkageData::global_call(id.to_smolstr());
    let advanced = !switch.settings().cti.basic_mode;
    advanced.then(|| CallLinkageDataList::new(linkage(event.global_id), linkage(event.absorbed_global_id)))
}

/// The standard's word for a cause.
fn cause(cause: core::EventCause) -> EventCause {
    match cause {
        core::EventCause::Alternate => EventCause::Alternate,
        core::EventCause::JoinCall => EventCause::JoinCall,
        core::EventCause::SingleStepConference => EventCause::SingleStepConference,
        core::EventCause::SingleStepTransfer => EventCause::SingleStepTransfer,
        core::EventCause::Blocked | core::EventCause::Refused => EventCause::Blocked,
        core::EventCause::Busy => EventCause::Busy,
        core::EventCause::CallForward => EventCause::CallForward,
        core::EventCause::CallForwardBusy => EventCause::CallForwardBusy,
        core::EventCause::CallForwardImmediate => EventCause::CallForwardImmediate,
        core::EventCause::CallForwardNoAnswer => EventCause::CallForwardNoAnswer,
        core::EventCause::CallNotAnswered => EventCause::CallNotAnswered,
        core::EventCause::CallCancelled => EventCause::CallCancelled,
        core::EventCause::CallPickup => EventCause::CallPickup,
        core::EventCause::Conference => EventCause::Conference,
        core::EventCause::Consultation => EventCause::Consultation,
        core::EventCause::CallBack => EventCause::CallBack,
        core::EventCause::DoNotDisturb => EventCause::DoNotDisturb,
        core::EventCause::MultipleAlerting => EventCause::MultipleAlerting,
        core::EventCause::NoAvailableAgents => EventCause::NoAvailableAgents,
        core::EventCause::Distributed => EventCause::Distributed,
        core::EventCause::IncompatibleDestination => EventCause::IncompatibleDestination,
        core::EventCause::NumberUnallocated => EventCause::NumberUnallocated,
        core::EventCause::NumberChanged => EventCause::NumberChanged,
        core::EventCause::InvalidNumberFormat => EventCause::InvalidNumberFormat,
        core::EventCause::NetworkCongestion => EventCause::NetworkCongestion,
        core::EventCause::NetworkNotObtainable => EventCause::NetworkNotObtainable,
        core::EventCause::NetworkOutOfOrder => EventCause::NetworkOutOfOrder,
        core::EventCause::Timeout => EventCause::Timeout,
        core::EventCause::Park => EventCause::Park,
        core::EventCause::Recall => EventCause::Recall,
        core::EventCause::Redirected => EventCause::Redirected,
        core::EventCause::Transfer => EventCause::Transfer,
        core::EventCause::DestNotObtainable | core::EventCause::Unreachable => EventCause::DestNotObtainable,
        core::EventCause::DestOutOfOrder => EventCause::DestOutOfOrder,
        core::EventCause::MakeCall => EventCause::MakeCall,
        core::EventCause::NewCall => EventCause::NewCall,
        core::EventCause::Normal => EventCause::Normal,
        core::EventCause::NormalClearing => EventCause::NormalClearing,
        core::EventCause::ReorderTone => EventCause::ReorderTone,
        core::EventCause::ResourcesNotAvailable => EventCause::ResourcesNotAvailable,
    }
}
