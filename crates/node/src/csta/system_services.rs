//! The services that are about the switching function, the session and its monitors rather than about one device.

use hookflash_core::{self as core, DeviceCategory as Category};
use hookflash_wire::csta::{
    CstaError, DeviceCategory, DeviceList, DeviceListItem, GetMonitorsResponse, GetSwitchingFunctionDevices,
    GetSwitchingFunctionDevicesResponse, MonitorListEntry, MonitorsData, OperationError, Request,
    RequestedDeviceCategory, Response, SwFunctionCapsChangedResponse, SwFunctionDevicesChangedResponse,
    SwitchingFunctionDevices, SwitchingFunctionDevicesResponse, SystemRegisterCancelResponse,
    SystemRegisterResponse,
};
use smol_str::{SmolStr, ToSmolStr};

use super::{Session, capabilities, device_names::device_by_number, responses, telephone_information};

/// Devices in one message.
const DEVICES_IN_A_SEGMENT: usize = 50;

/// The response, and with `session` what it is asked next; `None` if it is another request.
pub(super) fn answer(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Option<Result<Response, CstaError>> {
    Some(Ok(match request {
        Request::GetSwitchingFunctionCaps(_) => capabilities::of(session, switch).into(),
        Request::GetSwitchingFunctionDevices(request) => return Some(devices(request, session, switch)),
        Request::SwitchingFunctionDevices(_) => SwitchingFunctionDevicesResponse.into(),
        Request::SwFunctionCapsChanged(_) => SwFunctionCapsChangedResponse.into(),
        Request::SwFunctionDevicesChanged(_) => SwFunctionDevicesChangedResponse.into(),
        Request::SystemRegister(request) => {
            let id = session.register(&request.request_types, request.requested_status_filter.as_ref());
            let response =
                |id| SystemRegisterResponse { sys_stat_register_id: id, actual_status_filter: None };
            return Some(id.map(|id| response(id).into()));
        }
        Request::SystemRegisterCancel(request) => {
            let cancelled = session.cancel_registration(&request.sys_stat_register_id);
            return Some(cancelled.map(|()| SystemRegisterCancelResponse.into()));
        }
        Request::GetMonitors(_) => monitors(session, switch).into(),
        _ => return None,
    }))
}

/// The devices that are open to applications follow in requests to the application.
fn devices(
    request: &GetSwitchingFunctionDevices,
    session: &mut Session,
    switch: &core::Switch,
) -> Result<Response, CstaError> {
    let unknown = CstaError::Operation(OperationError::InvalidDeviceId);
    let named = request.requested_device_id.as_ref();
    let only = named.map(|name| device_by_number(name, switch).ok_or(unknown)).transpose()?;
    let lines = switch.lines();
    let may_use = |id: &core::DeviceId| switch.may_use(session.id(), *id).is_ok();
    let open: Vec<core::DeviceId> = lines.devices().map(|(id, _)| id).filter(may_use).collect();
    let wanted = open.into_iter().filter(|id| only.is_none_or(|only| only == *id));
    let names = session.names().in_response();
    let items = wanted.filter_map(|id| {
        let category = category(lines.category(id));
        let fits = request.requested_device_category.is_none_or(|asked| is_in(category, asked));
        let station = lines.of_device(id).find_map(|(_, line)| line.stations().first());
        let settings = station.and_then(|id| switch.stations().get(*id)).map(core::Station::settings);
        fits.then(|| DeviceListItem {
            device_id: Some(names.name(id, switch)),
            device_category: Some(category),
            named_device_types: Some(telephone_information::named_type(lines.category(id))),
            device_model_name: settings.map(telephone_information::model).cloned(),
        })
    });
    let items: Vec<DeviceListItem> = items.collect();
    let reference = session.next_reference();
    let segments = items.len().div_ceil(DEVICES_IN_A_SEGMENT).max(1);
    let mut parts = items.chunks(DEVICES_IN_A_SEGMENT);
    for segment in 1..=segments {
        let part = parts.next().unwrap_or_default();
        let message = SwitchingFunctionDevices {
            service_cross_ref_id: reference.clone(),
            segment_id: i64::try_from(segment).ok(),
            last_segment: segment == segments,
            device_list: Some(DeviceList(part.to_vec())),
        };
        session.will_ask(message.into());
    }
    Ok(GetSwitchingFunctionDevicesResponse { service_cross_ref_id: reference }.into())
}

pub(super) fn category(category: Category) -> DeviceCategory {
    match category {
        Category::Station => DeviceCategory::Station,
        Category::Park => DeviceCategory::Park,
        Category::HuntGroup => DeviceCategory::Group,
        Category::RouteingDevice => DeviceCategory::RouteingDevice,
    }
}

fn is_in(category: DeviceCategory, asked: RequestedDeviceCategory) -> bool {
    // Every group of ours is a hunt group.
    let hunts = category == DeviceCategory::Group && asked == RequestedDeviceCategory::GroupHunt;
    hunts || category.as_str() == asked.as_str()
}

fn monitors(session: &Session, switch: &core::Switch) -> GetMonitorsResponse {
    let cti = switch.cti();
    let names = session.names();
    let ids = cti.session(session.id()).into_iter().flat_map(|session| session.monitors());
    let entries = ids.filter_map(|id| {
        let device = cti.monitor(id)?.device();
        Some(MonitorListEntry {
            monitor_cross_ref_id: Some(responses::cross_reference(id)),
            monitor_object: device.map(|device| names.in_event(id, None).name(device, switch)),
        })
    });
    GetMonitorsResponse { monitors: Some(MonitorsData::Monitors(entries.collect())) }
}

/// A number as an identifier.
pub(super) fn identifier(number: u32) -> SmolStr {
    number.to_smolstr()
}
