//! The one table of what is implemented: GetCSTAFeatures is written from it, and no service outside it is served.

use hookflash_core as core;
use hookflash_wire::csta::{EventKind, GetCstaFeaturesResponse, Service};

/// The services that are served.
const SERVICES: &[Service] = &[
    Service::GetCstaFeatures,
    Service::GetSwitchingFunctionCaps,
    Service::GetSwitchingFunctionDevices,
    Service::SwitchingFunctionDevices,
    Service::SystemRegister,
    Service::SystemRegisterCancel,
    Service::SystemRegisterAbort,
    Service::GetMonitors,
    Service::AssociateData,
    Service::GetAutoAnswer,
    Service::SetAutoAnswer,
    Service::SetDisplay,
    Service::RequestSystemStatus,
    Service::SystemStatus,
    Service::MonitorStart,
    Service::MonitorStop,
    Service::ChangeMonitorFilter,
    Service::SnapshotDevice,
    Service::SnapshotDeviceData,
    Service::AcceptCall,
    Service::AnswerCall,
    Service::Escape,
    Service::RouteRegister,
    Service::RouteRegisterCancel,
    Service::RouteRegisterAbort,
    Service::RouteRequest,
    Service::ReRoute,
    Service::RouteSelect,
    Service::RouteReject,
    Service::RouteUsed,
    Service::RouteEnd,
    Service::ClearConnection,
    Service::ConferenceCall,
    Service::ConsultationCall,
    Service::DeflectCall,
    Service::HoldCall,
    Service::MakeCall,
    Service::ParkCall,
    Service::RetrieveCall,
    Service::TransferCall,
    Service::AlternateCall,
    Service::ReconnectCall,
    Service::SingleStepTransferCall,
    Service::SingleStepConferenceCall,
    Service::JoinCall,
    Service::DirectedPickupCall,
    Service::GroupPickupCall,
    Service::ClearCall,
    Service::GenerateDigits,
    Service::GenerateTelephonyTones,
    Service::CancelTelephonyTones,
    Service::PlayMessage,
    Service::RecordMessage,
    Service::Stop,
    Service::Suspend,
    Service::Resume,
    Service::DeleteMessage,
    Service::SnapshotCall,
    Service::GetForwarding,
    Service::SetForwarding,
    Service::GetDoNotDisturb,
    Service::SetDoNotDisturb,
    Service::GetMessageWaitingIndicator,
    Service::SetMessageWaitingIndicator,
    Service::GetLastNumberDialed,
    Service::CallBack,
    Service::CallBackNonCallRelated,
    Service::CancelCallBack,
    Service::GetCallBack,
    Service::DialDigits,
    Service::ButtonPress,
    Service::GetButtonInformation,
    Service::GetHookswitchStatus,
    Service::SetHookswitchStatus,
    Service::GetMicrophoneMute,
    Service::SetMicrophoneMute,
    Service::GetLampInformation,
    Service::GetLampMode,
    Service::GetDisplay,
    Service::GetRouteingMode,
    Service::SetRouteingMode,
    Service::SwFunctionCapsChanged,
    Service::SwFunctionDevicesChanged,
    Service::GetPhysicalDeviceInformation,
    Service::GetLogicalDeviceInformation,
];

/// The services that are served, in no particular order.
pub fn services() -> impl Iterator<Item = Service> {
    SERVICES.iter().copied()
}

/// The events that are reported: all that the switch has.
pub fn events() -> impl Iterator<Item = EventKind> {
    core::EventKind::ALL.into_iter().map(event_kind)
}

/// Whether a service is served.
pub(super) fn is_served(service: Service) -> bool {
    SERVICES.contains(&service)
}

/// The answer to GetCSTAFeatures.
pub(super) fn response() -> GetCstaFeaturesResponse {
    GetCstaFeaturesResponse::new(services(), events())
}

/// The standard's name for a kind of event.
pub(super) fn event_kind(kind: core::EventKind) -> EventKind {
    match kind {
        core::EventKind::AutoAnswer => EventKind::AutoAnswer,
        core::EventKind::CallCleared => EventKind::CallCleared,
        core::EventKind::CallInformation => EventKind::CallInformation,
        core::EventKind::BackInService => EventKind::BackInService,
        core::EventKind::Conferenced => EventKind::Conferenced,
        core::EventKind::ConnectionCleared => EventKind::ConnectionCleared,
        core::EventKind::Delivered => EventKind::Delivered,
        core::EventKind::CallBack => EventKind::CallBack,
        core::EventKind::DigitsDialed => EventKind::DigitsDialed,
        core::EventKind::MicrophoneMute => EventKind::MicrophoneMute,
        core::EventKind::ButtonPress => EventKind::ButtonPress,
        core::EventKind::DisplayUpdated => EventKind::DisplayUpdated,
        core::EventKind::Hookswitch => EventKind::Hookswitch,
        core::EventKind::LampMode => EventKind::LampMode,
        core::EventKind::DigitsGenerated => EventKind::DigitsGenerated,
        core::EventKind::Play => EventKind::Play,
        core::EventKind::Record => EventKind::Record,
        core::EventKind::Stop => EventKind::Stop,
        core::EventKind::SuspendPlay => EventKind::SuspendPlay,
        core::EventKind::SuspendRecord => EventKind::SuspendRecord,
        core::EventKind::TelephonyTonesGenerated => EventKind::TelephonyTonesGenerated,
        core::EventKind::DoNotDisturb => EventKind::DoNotDisturb,
        core::EventKind::Diverted => EventKind::Diverted,
        core::EventKind::Established => EventKind::Established,
        core::EventKind::Failed => EventKind::Failed,
        core::EventKind::Forwarding => EventKind::Forwarding,
        core::EventKind::Held => EventKind::Held,
        core::EventKind::MessageWaiting => EventKind::MessageWaiting,
        core::EventKind::NetworkReached => EventKind::NetworkReached,
        core::EventKind::Offered => EventKind::Offered,
        core::EventKind::Private => EventKind::Private,
        core::EventKind::Originated => EventKind::Originated,
        core::EventKind::OutOfService => EventKind::OutOfService,
        core::EventKind::Queued => EventKind::Queued,
        core::EventKind::Retrieved => EventKind::Retrieved,
        core::EventKind::ServiceInitiated => EventKind::ServiceInitiated,
        core::EventKind::Transferred => EventKind::Transferred,
    }
}
