//! SIP phones and their numbers, as they are configured.

use hookflash_config::{PoolId, RegisterPool};

use super::{Call, System};
use crate::xml::Element;

/// ISgetSipDevice: phones (`voice register pool`) by tag, by name, or by keyword.
pub fn devices(call: &Call, system: &System<'_>) -> Element {
    let (tags, names) = (call.numbers("ISPoolID"), call.all("ISDevName"));
    let all = call.has_keyword(&["all", "allTag", "available"]);
    let wanted = system.settings.register_pools.iter().filter(|(tag, pool)| {
        all || tags.contains(tag) || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name(pool)))
    });
    Element::new("ISSipDevices").with_all(wanted.map(|(tag, pool)| {
        let lines = pool.numbers.iter().map(|(line, dn)| {
            let number = system.settings.register_dns.get(dn).and_then(|dn| dn.number.as_deref());
            Element::new("ISSipLine")
                .leaf("LineId", line)
                .leaf("ExtId", dn)
                .leaf("ExtNumber", number.unwrap_or_default())
        });
        Element::new("ISSipDevice")
            .leaf("ISPoolID", tag)
            .leaf("ISDevName", name(pool))
            .leaf("ISconfigDevType", pool.model.as_deref().unwrap_or("Others"))
            .leaf("ISDevUsername", pool.user.as_ref().map_or("", |user| &user.name))
            .optional("description", pool.description.as_ref())
            .with(Element::new("ISSipLineList").with_all(lines))
    }))
}

/// The name of a phone: the one that is configured, or the one that follows from its address.
fn name(pool: &RegisterPool) -> String {
    match (pool.name_of_device(), &pool.id) {
        (Some(name), _) => name.to_string(),
        (None, Some(PoolId::Ip(address, _) | PoolId::Network(address, _))) => address.to_string(),
        (None, _) => String::new(),
    }
}

/// ISgetSipExtension: numbers (`voice register dn`) by tag, by number, or by keyword.
pub fn extensions(call: &Call, system: &System<'_>) -> Element {
    let (tags, numbers) = (call.numbers("ISExtID"), call.all("ISExtNumber"));
    let all = call.has_keyword(&["all", "allTag", "available"]);
    let wanted = system.settings.register_dns.iter().filter(|(tag, dn)| {
        all || tags.contains(tag) || dn.number.as_deref().is_some_and(|number| numbers.contains(&number))
    });
    Element::new("ISSipExtensions").with_all(wanted.map(|(tag, dn)| {
        Element::new("ISSipExtension")
            .leaf("ISExtID", tag)
            .leaf("ISExtNumber", dn.number.as_deref().unwrap_or_default())
            .optional("name", dn.name.as_ref())
            .optional("label", dn.label.as_ref())
            .leaf("preference", dn.preference)
            .with(Element::new("allow").leaf("watch", dn.features.allow_watch.unwrap_or(false)))
            .with(
                Element::new("cti")
                    .leaf("notify", dn.features.cti_notify.unwrap_or(false))
                    .leaf("watch", dn.features.cti_watch.unwrap_or(false)),
            )
    }))
}
