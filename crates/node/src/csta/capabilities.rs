//! GetSwitchingFunctionCaps: what the switch as a whole can do, for applications that ask before they rely on it.

use hookflash_core::Switch;
use hookflash_wire::csta::{
    AppearanceAddressability, AppearanceTypes, CallLinkageOptions, ConnectionView, DeviceIdFormat,
    DynamicFeature, GetSwitchingFunctionCapsResponse, IgnoreUnsupportedParameters, MaxLengths,
    MediaClassSupport, MonitorCaps, PrivateDataVersions, ServicesAndEvents, SwDomainFeatures,
    TransAndConfSetup,
};
use smol_str::SmolStr;

use super::{attached_data::MAX_OCTETS, supported_events, supported_services};

/// The name and version of this server.
const MANUFACTURER: &str = concat!("Hookflash ", env!("CARGO_PKG_VERSION"));

/// The version of the private data.
const PRIVATE_DATA: i64 = 1;

/// Milliseconds of a comma in digits.
const PAUSE: i64 = 1000;

/// What the switch can do.
pub(super) fn of(switch: &Switch) -> GetSwitchingFunctionCapsResponse {
    let told = !switch.settings().cti.basic_mode;
    GetSwitchingFunctionCapsResponse {
        switching_sub_domain_name: None,
        manufacturer_name: Some(SmolStr::new_static(MANUFACTURER)),
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
        trans_and_conf_setup: Some(preparations()),
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

/// How a transfer or conference may be prepared.
pub(super) fn preparations() -> TransAndConfSetup {
    TransAndConfSetup {
        consultation_call: Some(true),
        hold_call_make_call: Some(true),
        alternate_call: Some(true),
        two_calls_in_hold: Some(false),
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
