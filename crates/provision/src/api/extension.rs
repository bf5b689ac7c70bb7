//! Numbers.

use hookflash_config::{DnFeatures, EphoneDn, LineMode};

use super::{Call, Extension, System, system::kept};
use crate::xml::Element;

/// ISgetExtension: numbers by tag, by number, or by keyword; several parameters give all that fit one of them.
pub fn extensions(call: &Call, system: &System<'_>) -> Element {
    if let Some(tags) =
        call.tags(["ISExtensions", "ISExtension", "ISExtID"], system.settings.ephone_dns.keys().copied())
    {
        return tags;
    }
    let (tags, numbers) = (call.numbers("ISExtID"), call.all("ISExtNumber"));
    let all = call.has_keyword(&["all"]);
    let (ups, downs) = (call.has_keyword(&["allUp"]), call.has_keyword(&["allDown"]));
    let number =
        |dn: &EphoneDn| dn.number.as_ref().map_or_else(String::new, |number| number.primary.to_string());
    let state = |tag: u32| system.extensions.iter().find(|extension| extension.tag == tag);
    let wanted = system.settings.ephone_dns.iter().filter(|(tag, dn)| {
        let up = state(**tag).is_some_and(|extension| extension.up);
        all || tags.contains(tag) || numbers.contains(&number(dn).as_str()) || (ups && up) || (downs && !up)
    });
    Element::new("ISExtensions").with_all(wanted.map(|(tag, dn)| element(*tag, dn, state(*tag), system)))
}

fn element(tag: u32, dn: &EphoneDn, state: Option<&Extension>, system: &System<'_>) -> Element {
    let features = system.settings.effective_dn_features(tag);
    let number = dn.number.as_ref();
    let up = state.is_some_and(|extension| extension.up);
    let calls = state.map_or(0, |extension| extension.calls);
    let (first, last) = dn
        .name
        .as_deref()
        .map_or_else(Default::default, |name| crate::pages::directory::names(system.settings, name));
    let devices = state.iter().flat_map(|extension| &extension.devices);
    let servers = dn.session_servers.iter().map(|server| Element::filled("ISSessionServerID", server));
    Element::new("ISExtension")
        .leaf("ISExtID", tag)
        .leaf("ISExtNumber", number.map_or("", |number| &number.primary))
        .leaf("ISExtSecNumber", number.and_then(|number| number.secondary.as_deref()).unwrap_or_default())
        .leaf("ISExtType", "normal")
        .leaf("ISExtStatus", if up { "up" } else { "down" })
        .leaf("ISExtChangeTime", state.map_or(0, |extension| extension.changed))
        .leaf("ISExtUsage", calls)
        .leaf("ISExtHomeAddress", "0.0.0.0")
        .leaf("ISExtMultiLines", dn.line_mode.channels())
        .leaf("ISExtPortName", format!("EFXS 50/0/{tag}"))
        .leaf("ISExtLineMode", line_mode(dn.line_mode))
        .leaf("ISExtCallStatus", if calls > 0 { "IN_USE" } else { "IDLE" })
        .leaf("Mobility", dn.services.mobility)
        .leaf("SNRnumber", "")
        .leaf("SNRdelay", 0)
        .leaf("SNRtimeout", 0)
        .leaf("ISAllowWatch", features.allow_watch.unwrap_or(false))
        .with(Element::new("ISSessionServerIDs").with_all(servers))
        .leaf("firstName", first)
        .leaf("lastName", last)
        .leaf(
            "callForwardAll",
            state.and_then(|extension| extension.forward_all.as_deref()).unwrap_or_default(),
        )
        .with(Element::new("ISDevList").with_all(devices.map(|device| Element::filled("ISDeviceID", device))))
        .with_all(commands(&features))
        .with(telephony_number(dn))
        .with(
            Element::new("dn_preference")
                .leaf("order", dn.preference.primary)
                .leaf("secondary", dn.preference.secondary),
        )
        .optional("name", dn.name.as_ref())
        .optional("label", dn.label.as_ref())
        .optional("description", dn.description.as_ref())
        .with(
            Element::new("session-server").leaf(
                "server",
                dn.session_servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            ),
        )
        .with_all(kept(&dn.kept))
}

fn line_mode(mode: LineMode) -> &'static str {
    match mode {
        LineMode::Single => "SINGLE_LINE",
        LineMode::Dual => "DUAL_LINE",
        LineMode::Octo => "OCTO_LINE",
    }
}

fn telephony_number(dn: &EphoneDn) -> Element {
    let number = dn.number.as_ref();
    Element::new("telephony_number")
        .leaf("primary", number.map_or("", |number| &number.primary))
        .optional("secondary", number.and_then(|number| number.secondary.as_ref()))
        .leaf("no-reg", number.is_some_and(|number| number.no_reg.is_some()))
}

/// What a number and a template can both say.
fn commands(features: &DnFeatures) -> Vec<Element> {
    let forward = |target: Option<&hookflash_config::Forward>| {
        target.map_or_else(String::new, |forward| forward.target.to_string())
    };
    let no_answer = features.forward_no_answer.as_ref();
    let call_forward = Element::new("call-forward")
        .leaf("all", forward(features.forward_all.as_deref()))
        .leaf("busy", forward(features.forward_busy.as_deref()))
        .optional("max-length", features.forward_max_length)
        .with(
            Element::new("noan")
                .leaf("number", forward(no_answer.map(|no_answer| &no_answer.forward)))
                .leaf("timeout", no_answer.map_or(0, |no_answer| no_answer.timeout)),
        );
    vec![
        Element::new("allow").leaf("watch", features.allow_watch.unwrap_or(false)),
        call_forward,
        Element::new("huntstop").leaf("channel", features.huntstop_channel.flatten().unwrap_or(0)),
        Element::new("cti")
            .leaf("notify", features.cti_notify.unwrap_or(false))
            .leaf("watch", features.cti_watch.unwrap_or(false)),
    ]
}

/// ISgetExtensionTemplate.
pub fn templates(call: &Call, system: &System<'_>) -> Element {
    if let Some(tags) = call.tags(
        ["ISExtensionTemplates", "ISExtensionTemplate", "ISExtTemplateID"],
        system.settings.ephone_dn_templates.keys().copied(),
    ) {
        return tags;
    }
    let tags = call.numbers("ISExtTemplateID");
    let all = call.has_keyword(&["all"]);
    let wanted = system.settings.ephone_dn_templates.iter().filter(|(tag, _)| all || tags.contains(tag));
    Element::new("ISExtensionTemplates").with_all(wanted.map(|(tag, template)| {
        Element::new("ISExtensionTemplate")
            .leaf("ISExtTemplateID", tag)
            .with_all(commands(&template.features))
            .with_all(kept(&template.kept))
    }))
}
