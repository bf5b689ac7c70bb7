//! Phones.

use hookflash_config::{ButtonKind, Ephone, Settings};

use super::{Call, Device, DeviceState, System};
use crate::xml::Element;

/// ISgetDevice: phones by tag, by name, or by keyword; several parameters give all that fit one of them.
pub fn devices(call: &Call, system: &System<'_>) -> Element {
    if let Some(tags) =
        call.tags(["ISDevices", "ISDevice", "ISDevID"], system.settings.ephones.keys().copied())
    {
        return tags;
    }
    let (tags, names) = (call.numbers("ISDevID"), [call.all("ISDevName"), call.all("IDDevName")].concat());
    let state = |state: DeviceState, keyword| call.has_keyword(&[keyword]).then_some(state);
    let states = [
        state(DeviceState::Registered, "allRegistered"),
        state(DeviceState::Unregistered, "allUnregistered"),
    ];
    let all = call.has_keyword(&["all"]);
    let wanted = |device: &&Device| {
        all || tags.contains(&device.tag)
            || names.iter().any(|name| name.eq_ignore_ascii_case(&device.name))
            || states.iter().flatten().any(|state| *state == device.state)
            || (call.has_keyword(&["allKeyphone"]) && is_key_phone(system.settings, device.tag))
    };
    Element::new("ISDevices")
        .with_all(system.devices.iter().filter(wanted).map(|device| element(device, system)))
}

fn is_key_phone(settings: &Settings, tag: u32) -> bool {
    settings
        .ephones
        .get(&tag)
        .is_some_and(|ephone| ephone.kept.iter().any(|line| line.starts_with("keyphone")))
}

fn element(device: &Device, system: &System<'_>) -> Element {
    let ephone = system.settings.ephones.get(&device.tag).cloned().unwrap_or_default();
    let model = device.model.as_ref().map(|model| format!("IP Phone Telecaster {model}"));
    let address = device.address.map(|address| address.to_string());
    let user = ephone.user.as_ref().map(|user| user.name.to_string());
    let user = device.user.as_ref().map(|(user, _)| user.clone()).or(user);
    Element::new("ISDevice")
        .leaf("ISDevID", device.tag)
        .leaf("ISDevName", &device.name)
        .leaf("ISDevType", model.unwrap_or_else(|| "Others".to_owned()))
        .leaf("ISconfigDevType", ephone.model.as_deref().unwrap_or("Others"))
        .leaf("ISDevUsername", user.unwrap_or_default())
        .with(line_buttons(&ephone))
        .with(speed_dials(&ephone))
        .optional("description", ephone.description.as_ref())
        .optional("ephone-template", ephone.template)
        .with(Element::new("ISDevAddr").leaf("Xipv4Address", address.unwrap_or_else(|| "0.0.0.0".to_owned())))
        .with(phone_lines(device, system))
        .leaf("ISKeyPhone", yes(is_key_phone(system.settings, device.tag)))
        .leaf("SNRui", false)
        .leaf("ISLogoutProfileID", ephone.logout_profile.unwrap_or(0))
        .leaf("ISUserProfileID", device.user.as_ref().map_or(0, |(_, profile)| *profile))
        .with(Element::new("ISTapiClientAddr").leaf("Xipv4Address", "0.0.0.0"))
        .leaf("ISDevStatus", device.state.word())
        .leaf("ISDevLastStatus", device.last_state.word())
        .leaf("ISDevChangeTime", device.changed)
        .leaf("ISDevKeepAlives", device.keepalives)
        .leaf("ISDevTapiCStatus", "unregistered")
        .leaf("ISTapiCLastStatus", "unregistered")
        .leaf("ISTapiCChangeTime", 0)
        .leaf("ISTapiCKeepAlive", 0)
        .leaf("ISDevDND", "no")
}

fn yes(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

fn line_buttons(ephone: &Ephone) -> Element {
    let buttons = ephone.buttons.values().map(|button| {
        Element::new("ISDevLineButton")
            .leaf("ISDevLineButtonID", button.position)
            .leaf("ISDevLineButtonMode", mode(button.kind))
    });
    Element::new("ISDevLineButtons").with_all(buttons)
}

fn mode(kind: ButtonKind) -> &'static str {
    match kind {
        ButtonKind::Normal => "Normal",
        ButtonKind::BeepRing => "BEEP_RING",
        ButtonKind::FeatureRing => "FEATURE_RING",
        ButtonKind::SilentRing => "SILENT_RING",
        ButtonKind::Monitor => "MONITOR_RING",
        ButtonKind::Watch => "WATCH_PHONE",
        ButtonKind::Overlay => "OVERLAY",
        ButtonKind::CallWaitingOverlay => "CW_OVERLAY",
        ButtonKind::OverlayRollover => "EXPANSION_OVERLAY",
    }
}

fn speed_dials(ephone: &Ephone) -> Element {
    let dials = ephone.speed_dials.iter().map(|(index, dial)| {
        Element::new("speed-dial_item")
            .leaf("index", index)
            .leaf("phone_number", &dial.number)
            .leaf("label", dial.label.as_deref().unwrap_or_default())
    });
    Element::new("speed-dial_list").with_all(dials)
}

fn phone_lines(device: &Device, system: &System<'_>) -> Element {
    let lines = device.lines.iter().map(|(place, tag, number)| {
        let extension = system.extensions.iter().find(|extension| extension.tag == *tag);
        let busy = extension.is_some_and(|extension| extension.calls > 0);
        Element::new("ExtMapStatus")
            .leaf("LineId", place)
            .leaf("ExtId", tag)
            .leaf("ExtNumber", number)
            .leaf("ExtStatus", yes(extension.is_some_and(|extension| extension.up)))
            .leaf("LineState", if busy { "in use" } else { "idle" })
    });
    Element::new("ISPhoneLineList").with_all(lines)
}

/// ISgetDeviceTemplate.
pub fn templates(call: &Call, system: &System<'_>) -> Element {
    if let Some(tags) = call.tags(
        ["ISDeviceTemplates", "ISDeviceTemplate", "ISDevTemplateID"],
        system.settings.ephone_templates.keys().copied(),
    ) {
        return tags;
    }
    let tags = call.numbers("ISDevTemplateID");
    let all = call.has_keyword(&["all"]);
    let wanted = system.settings.ephone_templates.iter().filter(|(tag, _)| all || tags.contains(tag));
    Element::new("ISDeviceTemplates").with_all(wanted.map(|(tag, template)| {
        let services = template.features.phone.services.iter().map(|(index, (url, name))| {
            Element::new("services_item").leaf("index", index).leaf("url", url).leaf("name", name)
        });
        Element::new("ISDeviceTemplate")
            .leaf("ISDevTemplateID", tag)
            .optional("keepalive", template.features.keepalive)
            .optional("max-calls-per-button", template.features.max_calls_per_button)
            .optional("busy-trigger-per-button", template.features.busy_trigger_per_button)
            .with(Element::new("url_list").with_all(services))
            .with_all(super::system::kept(&template.kept))
    }))
}
