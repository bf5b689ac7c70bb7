//! GetSwitchingFunctionCaps: what the switch as a whole can do, for applications that ask before they rely on it.

use hookflash_core::Switch;
use hookflash_wire::csta::{
    AppearanceAddressability, AppearanceTypes, CallLinkageOptions, ConnectionView, DeviceIdFormat,
    DynamicFeature, EventKind, GetSwitchingFunctionCapsResponse, IgnoreUnsupportedParameters, MaxLengths,
    MediaClassSupport, MediaServiceCaps, MediaServiceType, MonitorCaps, MonitorFilterItems,
    PrivateDataVersions, Profiles, Service, ServicesAndEvents, SwDomainFeatures, TransAndConfSetup,
};
use smol_str::SmolStr;

use super::{Session, attached_data::MAX_OCTETS, supported_events, supported_services};

/// The name and version of this server.
const MANUFACTURER: &str = concat!("Hookflash ", env!("CARGO_PKG_VERSION"));

/// The version of the private data.
const PRIVATE_DATA: i64 = 1;

/// Milliseconds of a comma in digits.
const PAUSE: i64 = 1000;

/// What the switch can do.
pub(super) fn of(session: &Session, switch: &Switch) -> GetSwitchingFunctionCapsResponse {
    let told = !switch.settings().cti.basic_mode;
    GetSwitchingFunctionCapsResponse {
        switching_sub_domain_name: None,
        manufacturer_name: Some(SmolStr::new_static(MANUFACTURER)),
        profiles: Some(profiles()),
        device_id_format: Some(device_identifiers()),
        sw_domain_features: Some(features()),
        sw_appearance_addressability: Some(AppearanceAddressability {
            non_addressable: Some(true),
            addressable: Some(false),
        }),
        sw_appearance_types: Some(AppearanceTypes { selected_standard: Some(true), shared: Some(true) }),
        ignore_unsupported_parameters: IgnoreUnsupportedParameters::Ignore,
        media_class_support: Some(MediaClassSupport { voice: Some(true) }),
        pause_time: Some(PAUSE),
        trans_and_conf_setup: Some(preparations(session)),
        monitor_filter_items: Some(Box::new(MonitorFilterItems {
            device_on_device: Some(device_events().collect()),
            call_on_connection: Some(supported_events().filter(|event| is_of_calls(*event)).collect()),
        })),
        misc_monitor_caps: Some(MonitorCaps { group_inclusive: Some(false) }),
        correlator_data_supported: Some(true),
        dynamic_feature_supported: Some(DynamicFeature::None),
        call_linkage_options: Some(CallLinkageOptions { call: Some(told), thread: Some(false) }),
        connection_view: ConnectionView::Fixed,
        max_length_parameters: Some(Box::new(lengths())),
        serv_evts_list: Some(Box::new(ServicesAndEvents {
            services: supported_services().collect(),
            events: supported_events().collect(),
        })),
        private_data_version_list: told.then(|| PrivateDataVersions(vec![PRIVATE_DATA])),
        media_service_caps_list: Some(
            MediaServiceType::ALL
                .iter()
                .filter(|own| told || **own == MediaServiceType::VoiceUnit)
                .filter_map(|own| media(*own))
                .collect(),
        ),
    }
}

fn device_identifiers() -> DeviceIdFormat {
    let yes = Some(true);
    DeviceIdFormat {
        asterisk: yes,
        hash: yes,
        letters: yes,
        comma: yes,
        semicolon: yes,
        with_name: Some(false),
        generic: yes,
    }
}

fn features() -> SwDomainFeatures {
    let yes = Some(true);
    SwDomainFeatures {
        is_forwarding_after: yes,
        user_specific: yes,
        negative_acknowledgment: yes,
        failed_with_connection: yes,
        recall: yes,
        call_back: yes,
        incoming: yes,
        outgoing: yes,
        prompting: yes,
    }
}

/// The services that each profile needs; a profile is there if all of them are served.
fn profiles() -> Profiles {
    use Service as S;
    const MINIMAL: &[Service] =
        &[S::MonitorStart, S::MonitorStop, S::MakeCall, S::AnswerCall, S::ClearConnection];
    const BASIC: &[Service] = &[S::HoldCall, S::RetrieveCall, S::DeflectCall, S::SnapshotDevice];
    const ADVANCED: &[Service] = &[
        S::ConsultationCall,
        S::TransferCall,
        S::SingleStepTransferCall,
        S::AlternateCall,
        S::ReconnectCall,
    ];
    const CONFERENCING: &[Service] = &[S::ConferenceCall];
    const ROUTEING: &[Service] = &[
        S::RouteRegister,
        S::RouteRegisterCancel,
        S::RouteRegisterAbort,
        S::RouteRequest,
        S::RouteSelect,
        S::ReRoute,
        S::RouteReject,
        S::RouteUsed,
        S::RouteEnd,
    ];
    const DEVICE: &[Service] = &[
        S::GetMessageWaitingIndicator,
        S::SetMessageWaitingIndicator,
        S::GetDoNotDisturb,
        S::SetDoNotDisturb,
        S::GetForwarding,
        S::SetForwarding,
    ];
    const ADVANCED_DEVICE: &[Service] = &[
        S::ButtonPress,
        S::GetButtonInformation,
        S::GetDisplay,
        S::SetDisplay,
        S::GetLampMode,
        S::GetHookswitchStatus,
        S::SetHookswitchStatus,
        S::GetMicrophoneMute,
        S::SetMicrophoneMute,
        S::GetSpeakerVolume,
        S::SetSpeakerVolume,
        S::GetRingerStatus,
    ];
    let has = |sets: &[&[Service]]| {
        let mut needed = sets.iter().flat_map(|set| set.iter());
        Some(needed.all(|service| supported_services().any(|own| own == *service)))
    };
    Profiles {
        basic_telephony: has(&[MINIMAL, BASIC, &[S::ConsultationCall, S::TransferCall]]),
        routeing: has(&[ROUTEING]),
        minimal_call_control: has(&[MINIMAL]),
        basic_call_control: has(&[MINIMAL, BASIC]),
        advanced_call_control: has(&[MINIMAL, BASIC, ADVANCED]),
        conferencing: has(&[MINIMAL, BASIC, CONFERENCING]),
        basic_device: has(&[DEVICE]),
        advanced_device: has(&[DEVICE, ADVANCED_DEVICE]),
    }
}

/// Something that can be done with the audio of calls, if its services are served. Streams are connections, and have no names
/// of their own.
pub(super) fn media(media_service_type: MediaServiceType) -> Option<MediaServiceCaps> {
    let needed = match media_service_type {
        MediaServiceType::VoiceUnit => Service::PlayMessage,
        MediaServiceType::Rtp | MediaServiceType::Socket => Service::Escape,
    };
    let is_served = supported_services().any(|own| own == needed);
    is_served.then_some(MediaServiceCaps { media_service_type, media_stream_id_supported: false })
}

/// The events that monitors of devices see.
pub(super) fn device_events() -> impl Iterator<Item = EventKind> {
    supported_events().filter(|event| *event != EventKind::CallCleared)
}

/// Whether monitors of calls see the event.
fn is_of_calls(event: EventKind) -> bool {
    matches!(event.list(), "callControlEvtsList" | "callAssociatedEvtsList")
}

/// How a transfer or conference may be prepared. Who has logged in may transfer two held calls to each other.
pub(super) fn preparations(session: &Session) -> TransAndConfSetup {
    TransAndConfSetup {
        consultation_call: Some(true),
        hold_call_make_call: Some(true),
        alternate_call: Some(true),
        two_calls_in_hold: Some(session.identity().user.is_some()),
        two_calls_in_connected: Some(false),
    }
}

fn lengths() -> MaxLengths {
    let data = i64::try_from(MAX_OCTETS).unwrap_or(i64::MAX);
    MaxLengths {
        account: 0,
        auth_code: 0,
        agent: 0,
        agent_password: 0,
        call: 10,
        correlator_data: data,
        private_data: 0,
        device: 64,
        user_data: data,
        button_label: 0,
        lamp_label: 0,
        characters: 64,
    }
}
