//! What telephones have and numbers can do: the buttons, and the information about devices. They are read from the
//! configuration, so that the switch is not asked.

use hookflash_core::{self as core, ButtonKind, Channels, MediaWay, Refusal, StationId, Switch};
use hookflash_wire::csta::{
    AppearanceType, ButtonItem, CstaError, DeviceCategory, DeviceEvents, DeviceId, DeviceServices, EventList,
    GetButtonInformation, GetButtonInformationResponse, GetLogicalDeviceInformation,
    GetLogicalDeviceInformationResponse, GetPhysicalDeviceInformation, GetPhysicalDeviceInformationResponse,
    MediaClassSupport, MediaServiceCapsList, MediaServiceType, NamedDeviceTypes, OperationError, Request,
    Response, Service, ServiceList,
};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::{
    Session, capabilities,
    device_names::Spelling,
    errors::csta_error,
    services::known_device,
    supported_services,
    telephone_services::{KEYPAD, KEYS},
    telephone_state,
};

/// Most rings before a device answers by itself.
const MAX_RINGS: i64 = 100;

/// All calls, busy, not answered.
const FORWARDING_TYPES: i64 = 3;

/// Inside and outside rings, and that of features.
const RING_PATTERNS: i64 = 3;

/// The response; `None` if it is another request.
pub(super) fn answer(
    request: &Request,
    session: &mut Session,
    switch: &Switch,
) -> Option<Result<Response, CstaError>> {
    Some(match request {
        Request::GetButtonInformation(request) => buttons(request, session, switch).map(Into::into),
        Request::GetLampInformation(request) => {
            telephone_state::lamp_information(request, session, switch).map(Into::into)
        }
        Request::GetLampMode(request) => telephone_state::lamp_mode(request, session, switch).map(Into::into),
        Request::GetDisplay(request) => telephone_state::display(request, session, switch).map(Into::into),
        Request::GetPhysicalDeviceInformation(request) => physical(request, session, switch).map(Into::into),
        Request::GetLogicalDeviceInformation(request) => logical(request, session, switch).map(Into::into),
        _ => return None,
    })
}

/// The device, if the session may use it.
pub(super) fn device(
    name: &DeviceId,
    session: &mut Session,
    switch: &Switch,
) -> Result<core::DeviceId, CstaError> {
    let device = known_device(name, session, switch)?;
    switch.may_use(session.id(), device).map_err(csta_error)?;
    Ok(device)
}

/// The first phone that has the device on a button: one that is registered if there is one.
pub(super) fn telephone(device: core::DeviceId, switch: &Switch) -> Result<StationId, CstaError> {
    let stations = || switch.lines().of_device(device).flat_map(|(_, line)| line.stations().iter().copied());
    let registered = |id: &StationId| switch.stations().get(*id).is_some_and(|own| own.is_registered());
    let first = stations().find(registered).or_else(|| stations().next());
    first.ok_or_else(|| csta_error(Refusal::DeviceOutOfService))
}

fn buttons(
    request: &GetButtonInformation,
    session: &mut Session,
    switch: &Switch,
) -> Result<GetButtonInformationResponse, CstaError> {
    let device = device(&request.device, session, switch)?;
    let station = telephone(device, switch)?;
    let mut items = all_buttons(station, session.names().in_response(), switch);
    if let Some(wanted) = &request.button {
        items.retain(|item| item.button.as_ref() == Some(wanted));
        if items.is_empty() {
            return Err(CstaError::Operation(OperationError::InvalidButtonIdentifier));
        }
    }
    Ok(GetButtonInformationResponse { button_list: Some(items.into_iter().collect()) })
}

pub(super) fn all_buttons(station: StationId, names: Spelling<'_>, switch: &Switch) -> Vec<ButtonItem> {
    let Some(station) = switch.stations().get(station) else { return Vec::new() };
    let item = |button: SmolStr, label: SmolStr, function: &str, number: Option<DeviceId>| ButtonItem {
        lamp_list: telephone_state::has_lamp(&button).then(|| [button.clone()].into_iter().collect()),
        button: Some(button),
        button_label: Some(label).filter(|label| !label.is_empty()),
        button_label_settable: Some(false),
        button_function: Some(SmolStr::new(function)),
        button_associated_number: number,
        button_associated_number_settable: Some(false),
        button_press_indicator: None,
    };
    let mut items = Vec::new();
    for button in station.buttons() {
        let line = &switch.lines()[button.line];
        let (number, function) = match button.kind {
            ButtonKind::Overlay | ButtonKind::CallWaitingOverlay => {
                (names.name(line.device(), switch), "overlay")
            }
            _ => (names.name(line.device(), switch), "line"),
        };
        let name = format_smolstr!("line{}", button.instance);
        items.push(item(name, line.number().clone(), function, Some(number)));
    }
    for lamp in station.lamps() {
        let line = &switch.lines()[lamp.line];
        let name = format_smolstr!("line{}", lamp.instance);
        items.push(item(name, line.number().clone(), "monitor", Some(names.name(line.device(), switch))));
    }
    let settings = station.settings();
    let dials = |kind: &str, place: usize| format_smolstr!("{kind}{}", place + 1);
    for (place, (number, label)) in settings.speed_dials.iter().enumerate() {
        let number = Some(names.dialled(number, switch));
        items.push(item(dials("speedDial", place), label.clone(), "speedDial", number));
    }
    for (place, (number, label)) in settings.blf_speed_dials.iter().enumerate() {
        let number = Some(names.dialled(number, switch));
        items.push(item(dials("blfSpeedDial", place), label.clone(), "speedDial", number));
    }
    let fixed = KEYS.iter().filter_map(|(names, _)| names.first());
    items.extend(fixed.map(|name| item(SmolStr::new(name), SmolStr::default(), name, None)));
    let keypad = KEYPAD.chars().map(|key| (format_smolstr!("key{key}"), key.to_smolstr()));
    items.extend(keypad.map(|(name, label)| item(name, label, "keypad", None)));
    items
}

/// What its maker calls a telephone, or else its name.
pub(super) fn model(settings: &core::StationSettings) -> &SmolStr {
    if settings.model.is_empty() { &settings.name } else { &settings.model }
}

fn physical(
    request: &GetPhysicalDeviceInformation,
    session: &mut Session,
    switch: &Switch,
) -> Result<GetPhysicalDeviceInformationResponse, CstaError> {
    let device = device(&request.device, session, switch)?;
    let station = telephone(device, switch)?;
    let buttons = all_buttons(station, session.names().in_response(), switch).len();
    let names = session.names().in_response();
    let lamps = telephone_state::lamps_of(station, switch).len();
    let station = switch.stations().get(station);
    let lines: Vec<core::DeviceId> =
        station.into_iter().flat_map(|own| own.lines()).map(|line| switch.lines()[line].device()).collect();
    let mut others: Vec<core::DeviceId> = Vec::new();
    for other in lines.iter().copied().filter(|other| *other != device) {
        if !others.contains(&other) {
            others.push(other);
        }
    }
    let settings = station.map(core::Station::settings);
    let count = |number: usize| i64::try_from(number).ok();
    Ok(GetPhysicalDeviceInformationResponse {
        device_category: DeviceCategory::Station,
        named_device_types: Some(NamedDeviceTypes::Station),
        has_logical_element: true,
        other_logical_device_list: (!others.is_empty())
            .then(|| others.iter().map(|other| names.name(*other, switch)).collect()),
        device_model_name: settings.map(model).cloned(),
        max_displays: settings.map(|settings| i64::from(settings.prompts)),
        max_buttons: count(buttons),
        max_lamps: count(lamps),
        max_ring_patterns: Some(RING_PATTERNS),
    })
}

/// What a device is, more exactly than its category.
pub(super) fn named_type(category: core::DeviceCategory) -> NamedDeviceTypes {
    match category {
        core::DeviceCategory::Station => NamedDeviceTypes::Station,
        core::DeviceCategory::Park => NamedDeviceTypes::ParkingDevice,
        core::DeviceCategory::HuntGroup => NamedDeviceTypes::StationGroup,
        core::DeviceCategory::RouteingDevice => NamedDeviceTypes::Other,
    }
}

/// Where the audio of a device goes: the way in which a port or point is open, or through the server where messages are played.
fn media(stations: &[StationId], has_phone: bool, switch: &Switch) -> Option<MediaServiceCapsList> {
    let of_opening = |way: MediaWay| match way {
        MediaWay::None => None,
        MediaWay::Static(_) | MediaWay::Dynamic => Some(MediaServiceType::Rtp),
        MediaWay::Socket => Some(MediaServiceType::Socket),
        MediaWay::Auto => Some(MediaServiceType::VoiceUnit),
    };
    let mut ways: Vec<MediaServiceType> = Vec::new();
    for opening in stations.iter().flat_map(|station| switch.openings(*station)) {
        let way = of_opening(opening.media).filter(|way| !ways.contains(way));
        ways.extend(way);
    }
    if has_phone {
        ways.push(MediaServiceType::VoiceUnit);
    }
    (!ways.is_empty()).then(|| ways.into_iter().filter_map(capabilities::media).collect())
}

fn is_routeing(service: &Service) -> bool {
    service.list() == "routeingServList"
}

/// The services that a device of this category takes.
fn services_of(category: core::DeviceCategory) -> Vec<Service> {
    let is_taken = |service: &Service| match category {
        core::DeviceCategory::Station => {
            !matches!(service, Service::GetRouteingMode | Service::SetRouteingMode | Service::DeleteMessage)
        }
        core::DeviceCategory::RouteingDevice => !matches!(
            service,
            Service::SetDoNotDisturb
                | Service::CallBackNonCallRelated
                | Service::CancelCallBack
                | Service::DeleteMessage
        ),
        // Calls there are fetched and taken from elsewhere.
        core::DeviceCategory::Park | core::DeviceCategory::HuntGroup => false,
    };
    supported_services().filter(is_taken).collect()
}

fn logical(
    request: &GetLogicalDeviceInformation,
    session: &mut Session,
    switch: &Switch,
) -> Result<GetLogicalDeviceInformationResponse, CstaError> {
    let device = device(&request.device, session, switch)?;
    let category = switch.lines().category(device);
    let lines = || switch.lines().of_device(device).map(|(_, line)| line);
    let mut phones: Vec<StationId> = Vec::new();
    for station in lines().flat_map(|line| line.stations().iter().copied()) {
        if !phones.contains(&station) {
            phones.push(station);
        }
    }
    let most = |settings: &core::LineSettings| settings.max_calls.unwrap_or(settings.channels.count());
    let calls: usize = lines().map(|line| most(line.settings())).sum();
    let is_phone =
        |id: &StationId| switch.stations().get(*id).is_some_and(|own| own.settings().cti_device.is_none());
    let has_phone = phones.iter().any(is_phone);
    let independent = lines().any(|line| line.settings().channels == Channels::Octo);
    let calls = i64::try_from(calls).ok();
    let is_point = category == core::DeviceCategory::RouteingDevice;
    let name = |id: &StationId| switch.stations().get(*id).map(|own| own.settings().name.clone().into());
    let further: Vec<DeviceId> = phones.iter().skip(1).filter_map(name).collect();
    Ok(GetLogicalDeviceInformationResponse {
        device_category: Some(super::system_services::category(category)),
        named_device_types: Some(named_type(category)),
        has_physical_element: has_phone,
        appearance_addressable: false,
        appearance_type: match (phones.len(), independent) {
            (0 | 1, _) => AppearanceType::SelectedStandard,
            (_, true) => AppearanceType::IndependentSharedBridged,
            (_, false) => AppearanceType::ExclusiveBridged,
        },
        other_physical_device_list: (!further.is_empty()).then(|| further.into_iter().collect()),
        max_callbacks: Some(1),
        max_auto_answer_rings: Some(MAX_RINGS),
        max_active_calls: calls,
        max_held_calls: calls,
        max_fwd_settings: Some(FORWARDING_TYPES),
        max_devices_in_conf: i64::try_from(switch.settings().max_conference_members).ok(),
        trans_and_conf_setup: Some(capabilities::preparations(session)),
        device_on_device_monitor_filter: Some(capabilities::device_events().collect()),
        media_class_support: Some(MediaClassSupport { voice: Some(true) }),
        media_service_caps_list: media(&phones, has_phone, switch),
        routeing_serv_list: is_point.then(|| ServiceList(supported_services().filter(is_routeing).collect())),
        log_dev_serv_list: Some(Box::new(DeviceServices(services_of(category)))),
        log_dev_evts_list: Some(Box::new(DeviceEvents(capabilities::device_events().collect()))),
        device_maint_evts_list: Some(EventList(capabilities::device_events().collect())),
    })
}
