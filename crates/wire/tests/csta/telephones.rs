//! Messages about telephones and calls back, with every optional member absent and present.

use hookflash_wire::csta::*;
use smol_str::SmolStr;

use crate::messages::{AWKWARD, connections, subjects};

fn device() -> DeviceId {
    "tel:201".into()
}

fn text() -> Option<SmolStr> {
    Some(AWKWARD.into())
}

pub fn requests(edition: Edition) -> Vec<Message> {
    let mut requests: Vec<Request> = vec![
        CallBackNonCallRelated { originating_device: device(), target_device: AWKWARD.into() }.into(),
        CancelCallBack { originating_device: device(), target_device: None }.into(),
        CancelCallBack { originating_device: device(), target_device: Some(AWKWARD.into()) }.into(),
        ButtonPress { device: device(), button: "line1".into() }.into(),
        GetButtonInformation { device: device(), button: None }.into(),
        GetButtonInformation { device: device(), button: text() }.into(),
        GetHookswitchStatus { device: device(), hookswitch: text() }.into(),
        GetMicrophoneMute { device: device(), auditory_apparatus: None }.into(),
        GetLampInformation { device: device(), lamp: None }.into(),
        GetLampMode { device: device(), lamp: text() }.into(),
        GetDisplay { device: device(), display: text() }.into(),
        GetPhysicalDeviceInformation { device: device() }.into(),
        GetLogicalDeviceInformation { device: device() }.into(),
    ];
    for on in [true, false] {
        requests.extend([
            SetHookswitchStatus { device: device(), hookswitch: text(), hookswitch_on_hook: on }.into(),
            SetMicrophoneMute { device: device(), auditory_apparatus: text(), microphone_mute_on: on }.into(),
        ]);
    }
    for connection in connections() {
        requests.extend([
            CallBack { callback_connection: connection.clone() }.into(),
            DialDigits {
                dialling_connection: connection,
                dialling_sequence: "20;".into(),
                correlator_data: None,
            }
            .into(),
        ]);
    }
    if edition.is_sixth() {
        requests.push(GetCallBack { device: device() }.into());
    }
    requests.into_iter().map(Message::Request).collect()
}

pub fn responses(edition: Edition) -> Vec<Message> {
    let hookswitch = |on| HookswitchStatusItem { hookswitch: "1".into(), hookswitch_on_hook: on };
    let microphone = |on| MicrophoneMuteItem { auditory_apparatus: "1".into(), microphone_mute_on: on };
    let mut responses: Vec<Response> = vec![
        CallBackResponse { target_device: None }.into(),
        CallBackResponse { target_device: Some(device()) }.into(),
        CallBackNonCallRelatedResponse.into(),
        CancelCallBackResponse.into(),
        DialDigitsResponse.into(),
        ButtonPressResponse.into(),
        SetHookswitchStatusResponse.into(),
        SetMicrophoneMuteResponse.into(),
        GetButtonInformationResponse { button_list: Some([button(), empty_button()].into_iter().collect()) }
            .into(),
        GetHookswitchStatusResponse {
            hookswitch_status_list: Some([true, false].map(hookswitch).into_iter().collect()),
        }
        .into(),
        GetMicrophoneMuteResponse {
            microphone_mute_list: Some([true, false].map(microphone).into_iter().collect()),
        }
        .into(),
    ];
    responses.extend(lamps_and_displays());
    responses.extend(NamedDeviceTypes::ALL.iter().map(|kind| physical(*kind).into()));
    responses.extend(AppearanceType::ALL.iter().map(|kind| logical(*kind).into()));
    if edition.is_sixth() {
        let item = CallBackListItem {
            originating_device: Some(device()),
            target_device: Some(AWKWARD.into()),
            call_back_message_indicator: Some(false),
        };
        responses.push(GetCallBackResponse { call_back_list: Some([item].into_iter().collect()) }.into());
    }
    responses.into_iter().map(Message::Response).collect()
}

fn lamps_and_displays() -> Vec<Response> {
    let lamp = LampItem { lamp: Some("line1".into()), lamp_label: text(), button: text() };
    let bare = LampItem { lamp: None, lamp_label: None, button: None };
    let mode = |lamp_mode, lamp: Option<SmolStr>| LampModeItem { button: lamp.clone(), lamp, lamp_mode };
    let display = |character_set, contents_of_display: Option<SmolStr>| DisplayListItem {
        display_id: contents_of_display.clone(),
        logical_rows: 2,
        logical_columns: 40,
        character_set,
        contents_of_display,
    };
    let sets = CharacterSet::ALL.iter().map(|set| display(Some(*set), text()));
    vec![
        GetLampInformationResponse { lamp_list: Some([lamp, bare].into_iter().collect()) }.into(),
        GetLampModeResponse {
            lamp_mode_list: Some([mode(2, text()), mode(4, None)].into_iter().collect()),
            lamp: text(),
        }
        .into(),
        GetDisplayResponse { display_list: Some(sets.chain([display(None, None)]).collect()) }.into(),
    ]
}

fn button() -> ButtonItem {
    ButtonItem {
        button: Some("line1".into()),
        button_label: text(),
        button_label_settable: Some(false),
        button_function: Some("line".into()),
        button_associated_number: Some(device()),
        button_associated_number_settable: Some(false),
        button_press_indicator: Some(true),
        lamp_list: Some([SmolStr::new_static("line1"), AWKWARD.into()].into_iter().collect()),
    }
}

fn empty_button() -> ButtonItem {
    ButtonItem {
        button: None,
        button_label: None,
        button_label_settable: None,
        button_function: None,
        button_associated_number: None,
        button_associated_number_settable: None,
        button_press_indicator: None,
        lamp_list: None,
    }
}

fn physical(kind: NamedDeviceTypes) -> GetPhysicalDeviceInformationResponse {
    GetPhysicalDeviceInformationResponse {
        device_category: DeviceCategory::Station,
        named_device_types: Some(kind),
        has_logical_element: true,
        other_logical_device_list: Some([device(), AWKWARD.into()].into_iter().collect()),
        device_model_name: text(),
        max_displays: Some(1),
        max_buttons: Some(6),
        max_lamps: None,
        max_ring_patterns: Some(3),
    }
}

fn logical(kind: AppearanceType) -> GetLogicalDeviceInformationResponse {
    GetLogicalDeviceInformationResponse {
        device_category: Some(DeviceCategory::Station),
        named_device_types: None,
        has_physical_element: true,
        appearance_addressable: false,
        appearance_type: kind,
        other_physical_device_list: Some([device()].into_iter().collect()),
        max_callbacks: Some(1),
        max_auto_answer_rings: None,
        max_active_calls: Some(2),
        max_held_calls: Some(2),
        max_fwd_settings: Some(3),
        max_devices_in_conf: Some(8),
        trans_and_conf_setup: Some(TransAndConfSetup {
            consultation_call: Some(true),
            hold_call_make_call: Some(true),
            alternate_call: Some(true),
            two_calls_in_hold: Some(false),
            two_calls_in_connected: None,
        }),
        device_on_device_monitor_filter: (kind != AppearanceType::SelectedStandard)
            .then(|| [EventKind::Delivered, EventKind::Play].into_iter().collect()),
        media_class_support: Some(MediaClassSupport { voice: Some(true) }),
        media_service_caps_list: (kind != AppearanceType::BasicBridged)
            .then(|| MediaServiceCapsList(media())),
        routeing_serv_list: Some(ServiceList(in_lists(&["routeingServList"]))),
        log_dev_serv_list: Some(Box::new(DeviceServices(in_lists(&[
            "callControlServList",
            "callAssociatedServList",
            "logicalServList",
            "voiceServList",
        ])))),
        log_dev_evts_list: Some(Box::new(DeviceEvents(vec![EventKind::Delivered, EventKind::Play]))),
        device_maint_evts_list: Some(EventList(vec![EventKind::BackInService, EventKind::OutOfService])),
    }
}

fn media() -> Vec<MediaServiceCaps> {
    let kinds = MediaServiceType::ALL.iter();
    kinds
        .map(|kind| MediaServiceCaps { media_service_type: *kind, media_stream_id_supported: false })
        .collect()
}

/// The services of these lists that every edition has.
fn in_lists(lists: &[&str]) -> Vec<Service> {
    let services = Service::ALL.iter().copied();
    services.filter(|own| lists.contains(&own.list()) && own.since() == Edition::Ed2).collect()
}

pub fn events() -> Vec<EventBody> {
    let mut events: Vec<EventBody> = Vec::new();
    for subject in subjects() {
        for (number, text) in [(None, None), (Some(device()), text())] {
            events.extend([
                ButtonPressed {
                    device: subject.clone(),
                    button: text.clone(),
                    button_label: text.clone(),
                    button_associated_number: number,
                }
                .into(),
                LampModeChanged {
                    device: subject.clone(),
                    lamp: text.clone(),
                    lamp_label: text.clone(),
                    lamp_mode: 3,
                }
                .into(),
                DisplayUpdated {
                    device: subject.clone(),
                    display_id: text.clone(),
                    logical_rows: 1,
                    logical_columns: 20,
                    character_set: Some(CharacterSet::Unicode),
                    contents_of_display: text,
                }
                .into(),
            ]);
        }
        for on in [true, false] {
            events.extend([
                Hookswitch { device: subject.clone(), hookswitch: text(), hookswitch_on_hook: on }.into(),
                CallBackChanged {
                    originating_device: subject.clone(),
                    target_device: subject.clone(),
                    call_back_set_canceled: on,
                }
                .into(),
                MicrophoneMute {
                    invoking_device: subject.clone(),
                    auditory_apparatus: text(),
                    microphone_mute_on: on,
                }
                .into(),
            ]);
        }
    }
    events
}
