//! SIP phones and their numbers, and hunt groups, as they are configured.

use hookflash_config::{PoolId, RegisterPool};

use super::{Call, System};
use crate::{pages::directory, xml::Element};

/// ISgetSipDevice: phones (`voice register pool`) by tag, by name, or by keyword.
pub fn devices(call: &Call, system: &System<'_>) -> Element {
    let pools = &system.settings.register_pools;
    if let Some(tags) = call.tags(["ISSipDevices", "ISSipDevice", "ISPoolID"], pools.keys().copied()) {
        return tags;
    }
    let names = [call.all("ISPoolName"), call.all("ISDevName")].concat();
    let (tags, all) = (call.numbers("ISPoolID"), call.has_keyword(&["all"]));
    let wanted = pools.iter().filter(|(tag, pool)| {
        all || tags.contains(tag) || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(&name(pool)))
    });
    Element::new("ISSipDevices").with_all(wanted.map(|(tag, pool)| {
        let lines = pool.numbers.iter().map(|(line, dn)| {
            let number = system.settings.register_dns.get(dn).and_then(|dn| dn.number.as_deref());
            Element::new("ExtMapStatus")
                .leaf("LineId", line)
                .leaf("ExtId", dn)
                .leaf("ExtNumber", number.unwrap_or_default())
        });
        let mac = match &pool.id {
            Some(PoolId::Mac(mac)) => mac.to_string(),
            _ => String::new(),
        };
        let address = match &pool.id {
            Some(PoolId::Ip(address, _) | PoolId::Network(address, _)) => address.to_string(),
            _ => "0.0.0.0".to_owned(),
        };
        Element::new("ISSipDevice")
            .leaf("ISPoolID", tag)
            .leaf("ISPoolName", name(pool))
            .leaf("ISDevMac", mac)
            .leaf("ISconfigDevType", pool.model.as_deref().unwrap_or("Others"))
            .leaf("ISDevUsername", pool.user.as_ref().map_or("", |user| &user.name))
            .optional("description", pool.description.as_ref())
            .with(Element::new("ISDevAddr").leaf("Xipv4Address", address))
            .with(Element::new("ISSipPhoneLineList").with_all(lines))
            .leaf("ISPoolDtmfRelay", pool.features.dtmf_relay.as_deref().unwrap_or("rtp-nte"))
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
    let dns = &system.settings.register_dns;
    let of_tags = ["ISSipExtensions", "ISSipExtension", "ISVoiceRegDNID"];
    if let Some(tags) = call.tags(of_tags, dns.keys().copied()) {
        return tags;
    }
    let tags = [call.numbers("ISVoiceRegDNID"), call.numbers("ISExtID")].concat();
    let numbers = [call.all("ISVoiceRegNumber"), call.all("ISExtNumber")].concat();
    let all = call.has_keyword(&["all"]);
    let wanted = dns.iter().filter(|(tag, dn)| {
        all || tags.contains(tag) || dn.number.as_deref().is_some_and(|number| numbers.contains(&number))
    });
    Element::new("ISSipExtensions").with_all(wanted.map(|(tag, dn)| {
        let (first, last) = directory::names(system.settings, dn.name.as_deref().unwrap_or_default());
        let pools = system.settings.register_pools.iter();
        let pools = pools.filter(|(_, pool)| pool.numbers.values().any(|own| own == tag));
        let pools = Element::new("ISSipDevList")
            .with_all(pools.map(|(pool, _)| Element::filled("ISPoolID", pool)).collect::<Vec<_>>());
        Element::new("ISSipExtension")
            .leaf("ISVoiceRegDNID", tag)
            .leaf("ISExtNumber", dn.number.as_deref().unwrap_or_default())
            .leaf("ISAllowWatch", dn.features.allow_watch.unwrap_or(false))
            .leaf("firstName", first)
            .leaf("lastName", last)
            .optional("label", dn.label.as_ref())
            .leaf("preference", dn.preference)
            .with(pools)
            .with(
                Element::new("cti")
                    .leaf("notify", dn.features.cti_notify.unwrap_or(false))
                    .leaf("watch", dn.features.cti_watch.unwrap_or(false)),
            )
    }))
}

/// ISgetVoiceHuntGroup: hunt groups (`voice hunt-group`) by tag, or by keyword.
pub fn hunt_groups(call: &Call, system: &System<'_>) -> Element {
    let groups = &system.settings.voice_hunt_groups;
    let of_tags = ["ISVoiceHuntGroups", "ISVoiceHuntGroup", "ISVoiceHuntGroupID"];
    if let Some(tags) = call.tags(of_tags, groups.keys().copied()) {
        return tags;
    }
    let (tags, all) = (call.numbers("ISVoiceHuntGroupID"), call.has_keyword(&["all"]));
    let wanted = groups.iter().filter(|(tag, _)| all || tags.contains(tag));
    Element::new("ISVoiceHuntGroups").with_all(wanted.map(|(tag, group)| {
        let (pilot, secondary) =
            (group.pilot.as_deref().unwrap_or_default(), group.secondary.as_deref().unwrap_or_default());
        let preference =
            group.preference.map_or((0, 0), |preference| (preference.primary, preference.secondary));
        let members = group.members.iter().map(|member| Element::filled("ISVoiceHuntGroupListNum", member));
        let ringing =
            system.settings.telephony_service.as_ref().map_or(180, |service| service.timeout_ringing);
        Element::new("ISVoiceHuntGroup")
            .leaf("ISVoiceHuntGroupID", tag)
            .leaf("ISVoiceHuntGroupType", group.kind)
            .leaf("ISVoiceHuntGroupPilotNumber", pilot)
            .leaf("ISVoiceHuntGroupPilotPeerTag", pilot)
            .leaf("ISVoiceHuntGroupPilotPreference", preference.0)
            .leaf("ISVoiceHuntGroupSecPilotNumber", secondary)
            .leaf("ISVoiceHuntGroupSecPilotPeerTag", if secondary.is_empty() { "-1" } else { secondary })
            .leaf("ISVoiceHuntGroupSecPilotPreference", preference.1)
            .leaf("ISVoiceHuntGroupListSize", group.members.len())
            .with(Element::new("ISVoiceHuntGroupListNums").with_all(members.collect::<Vec<_>>()))
            .leaf("ISVoiceHuntGroupFinalNum", group.final_number.as_deref().unwrap_or_default())
            .leaf("ISVoiceHuntGroupTimeout", group.timeouts.first().copied().unwrap_or(ringing))
            .leaf(
                "ISVoiceHuntGroupHops",
                group.hops.map_or(group.members.len().to_string(), |hops| hops.to_string()),
            )
    }))
}
