//! The system as a whole.

use hookflash_config::{
    ClockTime, DirectedPickup, FeatureCodes, Schedule, TelephonyService, TimeFormat, TransferSystem, UrlKind,
    XmlUser,
};
use smol_str::SmolStr;

use super::{ALL_PRIVILEGES, Call, DeviceState, System};
use crate::{pages::directory, xml::Element};

/// ISgetGlobal.
pub fn global(system: &System<'_>, privilege: u32) -> Element {
    let default = TelephonyService::default();
    let service = system.settings.telephony_service.as_ref().unwrap_or(&default);
    let registered = system.devices.iter().filter(|device| device.state == DeviceState::Registered).count();
    Element::new("ISGlobal")
        .leaf("ISAddress", system.address)
        .leaf("ISMode", "ITS")
        .leaf("ISVersion", system.version)
        .leaf("ISDeviceRegistered", registered)
        .leaf("ISPeakDeviceRegistered", system.peak.0)
        .leaf("ISPeakDeviceRegisteredTime", system.peak.1)
        .leaf("ISKeepAliveInterval", service.keepalive)
        .leaf("ISConfiguredDevice", system.settings.ephones.len())
        .leaf("ISConfiguredExtension", system.settings.ephone_dns.len())
        .leaf("ISServiceEngine", "0.0.0.0")
        .leaf("ISName", system.host_name)
        .leaf("ISPortNumber", system.port)
        .leaf("ISMaxConference", service.max_conferences.map_or(0, |max| max.count))
        .leaf("ISMaxRedirect", service.max_redirect)
        .leaf("ISMaxEphone", system.settings.max_ephones())
        .leaf("ISMaxDN", system.settings.max_dn())
        .leaf("ISVoiceMail", service.voicemail.as_deref().unwrap_or_default())
        .with(service_urls(service))
        .with_all(commands(system, service, privilege))
        .with_all(kept(&service.kept))
}

/// The URLs of the phones' buttons, under the names that applications know.
fn service_urls(service: &TelephonyService) -> Element {
    const TYPES: [(UrlKind, &str); 7] = [
        (UrlKind::Information, "EPHONE_URL_INFO"),
        (UrlKind::Directories, "EPHONE_URL_DIRECTOREIES"),
        (UrlKind::Messages, "EPHONE_URL_MESSAGES"),
        (UrlKind::Services, "EPHONE_URL_SERVICES"),
        (UrlKind::ProxyServer, "EPHONE_URL_PROXYSERV"),
        (UrlKind::Idle, "EPHONE_URL_IDLE"),
        (UrlKind::Authentication, "EPHONE_URL_AUTH"),
    ];
    let urls = TYPES.iter().filter_map(|(kind, name)| {
        let url = service.urls.get(kind)?;
        Some(Element::new("ISUrlService").leaf("ISUrlType", name).leaf("ISUrlLink", &url.url))
    });
    Element::new("ISUrlServices").with_all(urls)
}

/// The commands of telephony-service.
fn commands(system: &System<'_>, service: &TelephonyService, privilege: u32) -> Vec<Element> {
    let phones = &service.phones;
    let cnf_file = match service.cnf_file {
        Some(hookflash_config::CnfFile::PerPhone) => "perphone",
        Some(hookflash_config::CnfFile::PerPhoneType) => "perphonetype",
        None => "",
    };
    let locales = |name: &'static str,
                   item: &'static str,
                   locales: &std::collections::BTreeMap<u32, SmolStr>| {
        let items =
            locales.iter().map(|(index, code)| Element::new(item).leaf("index", index).leaf("code", code));
        Element::new(name).with_all(items.collect::<Vec<_>>())
    };
    let times: Vec<String> = service.em_logout.iter().map(ToString::to_string).collect();
    vec![
        after_hours(service),
        auto_assign(service),
        Element::filled("auto-reg-ephone", service.registers_new_phones()),
        Element::new("cnf-file")
            .leaf("location", service.cnf_file_location.as_deref().unwrap_or("system:"))
            .leaf("option", cnf_file),
        dialplan_patterns(service),
        configured_directory(service),
        Element::new("em")
            .leaf("external", service.em_external)
            .leaf("keep-history", service.em_keep_history)
            .leaf("logout", times.join(" ")),
        feature_codes(service),
        Element::new("hunt-group").leaf("logout", if service.features.hunt_log_key { "HLog" } else { "DND" }),
        source_address(system, service),
        Element::new("keepalive")
            .leaf("timeout", service.keepalive)
            .leaf("aux_timeout", service.keepalive_auxiliary.unwrap_or(service.keepalive)),
        loads(service),
        Element::new("log").with(
            Element::new("table").leaf("max-size", phones.log_size).leaf("retain-timer", phones.log_retain),
        ),
        Element::new("max-conferences")
            .leaf("count", service.max_conferences.map_or(0, |max| max.count))
            .leaf("gain", service.max_conferences.map_or(-6, |max| max.gain)),
        Element::new("max-dn")
            .leaf("count", system.settings.max_dn())
            .leaf("global_preference", service.max_dn.and_then(|max| max.preference).unwrap_or(0)),
        Element::filled("max-ephones", system.settings.max_ephones()),
        Element::filled("max-redirect", service.max_redirect),
        night_service(service),
        services(service),
        Element::filled("system_message", service.system_message.as_deref().unwrap_or_default()),
        Element::filled("time-format", if service.time_format == TimeFormat::Hours12 { 12 } else { 24 }),
        Element::filled("time-zone", service.time_zone.unwrap_or(0)),
        timeouts(service),
        transfer_patterns(service),
        transfer_system(service),
        locales("user-locale_list", "user-locale_item", &phones.user_locales),
        locales("network-locale_list", "network-locale_item", &phones.network_locales),
        Element::filled("voicemail", service.voicemail.as_deref().unwrap_or_default()),
    ]
    .into_iter()
    .chain(xml_users(service, privilege))
    .collect()
}

const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The dates and days of a schedule.
fn schedule(schedule: &Schedule) -> [Element; 2] {
    let name = |names: &[&'static str], place: usize| names.get(place).copied().unwrap_or_default();
    let clock = |time: &ClockTime| format!("{:02}:{:02}", time.hour, time.minute);
    let times = |element: Element, (start, stop): &(ClockTime, ClockTime)| {
        element.leaf("start_time", clock(start)).leaf("stop_time", clock(stop))
    };
    let dates = schedule.dates.iter().map(|((month, day), hours)| {
        let month = name(&MONTHS, usize::from(*month).wrapping_sub(1));
        times(Element::new("date_item").leaf("month", month).leaf("day_of_month", day), hours)
    });
    let days = schedule.days.iter().map(|(day, hours)| {
        times(Element::new("day_item").leaf("day_of_week", name(&DAYS, usize::from(*day))), hours)
    });
    [
        Element::new("date_list").with_all(dates.collect::<Vec<_>>()),
        Element::new("day_list").with_all(days.collect::<Vec<_>>()),
    ]
}

fn after_hours(service: &TelephonyService) -> Element {
    let hours = &service.features.after_hours;
    let blocks = hours.blocks.iter().map(|(tag, (pattern, always))| {
        Element::new("block_item")
            .leaf("pattern_id", tag)
            .leaf("blocking_pattern", pattern)
            .leaf("blocking_option", if *always { "7-24" } else { "" })
    });
    Element::new("global-after-hours")
        .with(Element::new("block_list").with_all(blocks.collect::<Vec<_>>()))
        .with_all(schedule(&hours.schedule))
}

fn night_service(service: &TelephonyService) -> Element {
    Element::new("night-service").with_all(schedule(&service.features.night))
}

fn dialplan_patterns(service: &TelephonyService) -> Element {
    let items = service.dialplan_patterns.iter().map(|(index, pattern)| {
        Element::new("dialplan-pattern_item")
            .leaf("index", index)
            .leaf("pattern", &pattern.pattern)
            .leaf("extension-length", pattern.extension_length)
            .leaf("extension-pattern", pattern.extension_pattern.as_deref().unwrap_or_default())
            .leaf("demote", pattern.demote)
            .leaf("no-reg", pattern.no_reg)
    });
    Element::new("dialplan-pattern_list").with_all(items.collect::<Vec<_>>())
}

fn transfer_patterns(service: &TelephonyService) -> Element {
    let items = (1..).zip(&service.features.transfer_patterns).map(|(index, pattern)| {
        Element::new("transfer-pattern_item")
            .leaf("index", index)
            .leaf("pattern", &pattern.pattern)
            .leaf("blind", pattern.blind)
    });
    Element::new("transfer-pattern_list").with_all(items.collect::<Vec<_>>())
}

/// The feature access codes.
fn feature_codes(service: &TelephonyService) -> Element {
    let codes = &service.features.codes;
    let item = |name: &str, code: &str, alias: u32, map: &str| {
        Element::new("custom_item")
            .leaf("fac_string", name)
            .leaf("fac_list", code)
            .leaf("alias", alias)
            .leaf("alias_map", map)
    };
    let features = codes.by_feature().into_iter().map(|(name, code)| {
        let name = if name == "ccw" { "cancel call waiting" } else { name };
        item(name, &code, 0, "")
    });
    let aliases = codes.aliases().map(|(tag, alias)| {
        let digits = alias.digits.as_deref().unwrap_or_default();
        item("alias", &alias.code, *tag, &format!("{}{digits}", alias.stands_for))
    });
    Element::new("fac")
        .leaf("standard", *codes == FeatureCodes::Standard)
        .with(Element::new("custom_list").with_all(features.chain(aliases).collect::<Vec<_>>()))
}

/// The commands that begin with `service`.
fn services(service: &TelephonyService) -> Element {
    let phones = (1..).zip(&service.phones.phone_parameters).map(|(index, (name, value))| {
        Element::new("phone_item").leaf("index", index).leaf("phone_params", name).leaf("phone_text", value)
    });
    Element::new("service")
        .leaf("local-directory", service.phones.local_directory)
        .leaf("directed-pickup", service.directed_pickup != DirectedPickup::Off)
        .leaf("directed-pickup_gpickup", service.directed_pickup == DirectedPickup::ByGroupKey)
        .with(Element::new("phone_list").with_all(phones.collect::<Vec<_>>()))
}

fn auto_assign(service: &TelephonyService) -> Element {
    let items = (1..).zip(&service.phones.auto_assign).map(|(group, range)| {
        Element::new("assign_item")
            .leaf("group_id", group)
            .leaf("start_tag", range.first)
            .leaf("stop_tag", range.last)
            .optional("type", range.model.as_ref())
            .optional("cfw", range.forward.as_ref().map(|(to, _)| to))
            .optional("timeout", range.forward.as_ref().map(|(_, seconds)| seconds))
    });
    Element::new("auto").with(Element::new("assign_list").with_all(items.collect::<Vec<_>>()))
}

fn configured_directory(service: &TelephonyService) -> Element {
    let items = service.phones.directory.iter().map(|(tag, entry)| {
        Element::new("entry_item").leaf("tag", tag).leaf("number", &entry.number).leaf("name", &entry.name)
    });
    let option = if service.phones.last_name_first { "last-name-first" } else { "first-name-first" };
    Element::new("directory")
        .with(Element::new("entry_list").with_all(items.collect::<Vec<_>>()))
        .leaf("option", option)
}

fn source_address(system: &System<'_>, service: &TelephonyService) -> Element {
    let secondary = service.source_address.as_ref().and_then(|source| source.secondary);
    let address = Element::new("source-address")
        .leaf("primary", system.address)
        .leaf("port", system.port)
        .optional("secondary", secondary.map(|secondary| secondary.address))
        .optional("rehome", secondary.and_then(|secondary| secondary.rehome))
        .leaf("strict-match", service.source_address.as_ref().is_some_and(|source| !source.any_match));
    Element::new("ip").with(address)
}

/// An element for each model whose name can be one.
fn loads(service: &TelephonyService) -> Element {
    let items =
        service.phones.loads.iter().map(|(models, file)| Element::filled(format!("phone_{models}"), file));
    Element::new("load_list").with_all(items.filter(|element| is_name(&element.name)).collect::<Vec<_>>())
}

fn timeouts(service: &TelephonyService) -> Element {
    Element::new("timeouts")
        .leaf("busy_timeout", service.timeout_busy)
        .leaf("interdigit_timeout", service.timeout_interdigit)
        .leaf("ringing_timeout", service.timeout_ringing)
        .leaf("transfer-recall_timeout", service.timeout_transfer_recall)
}

fn transfer_system(service: &TelephonyService) -> Element {
    let (kind, dss) = match service.effective_transfer_system() {
        TransferSystem::Blind => ("blind", false),
        TransferSystem::FullBlind => ("full-blind", false),
        TransferSystem::FullConsult { dss } => ("full-consult", dss),
        TransferSystem::LocalConsult => ("local-consult", false),
    };
    Element::new("transfer-system").leaf("type", kind).leaf("dss", dss)
}

/// An element for each user of the interface; one that is empty if there is none.
fn xml_users(service: &TelephonyService, privilege: u32) -> Vec<Element> {
    let user = |user: &XmlUser| {
        let password = user.credentials.password.reveal().filter(|_| privilege == ALL_PRIVILEGES);
        Element::new("xml")
            .leaf("user", &user.credentials.name)
            .optional("password", password)
            .leaf("level", user.privilege)
    };
    let users: Vec<Element> = service.xml_users().map(user).collect();
    if users.is_empty() { vec![Element::new("xml").leaf("user", "").leaf("level", 0)] } else { users }
}

/// Lines without effect, as elements: the first word is the name, the rest the content. Those that announce a secret are
/// left out.
pub(super) fn kept(lines: &[SmolStr]) -> Vec<Element> {
    let element = |line: &SmolStr| {
        let line = line.trim();
        let plain = line.strip_prefix("no ").unwrap_or(line);
        let (name, rest) = plain.split_once(' ').unwrap_or((plain, ""));
        let secret = ["password", "secret", "pin", "key"].iter().any(|word| line.contains(word));
        let value = if plain.len() < line.len() {
            "false"
        } else if rest.is_empty() {
            "true"
        } else {
            rest
        };
        (is_name(name) && !secret).then(|| Element::filled(name.to_owned(), value))
    };
    lines.iter().filter_map(element).collect()
}

/// Whether a word can be the name of an element.
fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// ISgetVoiceRegGlobal.
pub fn voice_register(system: &System<'_>) -> Element {
    let global = system.settings.register_global.as_ref();
    let named = global.and_then(|global| global.source_address).map(|source| source.port);
    let port = named.or_else(|| Some(system.settings.sip_listen()?.port)).unwrap_or(5060);
    Element::new("ISSipGlobal")
        .leaf("ISAddress", system.address)
        .leaf("ISMode", "cme")
        .leaf("ISVersion", system.version)
        .leaf("ISServiceEngine", "0.0.0.0")
        .leaf("ISAuthMode", u8::from(global.is_some_and(|global| global.authenticate_register)))
        .leaf("ISPortNumber", port)
        .leaf("ISMaxPool", global.map_or(0, |global| global.max_pool))
        .leaf("ISMaxDN", global.map_or(0, |global| global.max_dn))
        .leaf(
            "ISMaxRedirect",
            system.settings.telephony_service.as_ref().map_or(10, |service| service.max_redirect),
        )
}

/// ISgetPresenceGlobal.
pub fn presence(system: &System<'_>) -> Element {
    let presence = system.settings.presence.as_ref();
    let keeps = |line: &str| presence.is_some_and(|presence| presence.kept.iter().any(|kept| kept == line));
    Element::new("ISPresenceGlobal")
        .leaf("ISPresenceEnable", presence.is_some())
        .leaf("ISMode", "cme")
        .leaf("ISAllowSub", keeps("allow subscribe"))
        .leaf("ISAllowWatch", presence.is_some_and(|presence| presence.watcher_all))
        .leaf("ISMaxSubAllow", presence.map_or(0, |presence| presence.max_subscription))
        .leaf("ISSipUaPresenceStatus", false)
}

/// ISgetUtilityDirectory.
pub fn directory(system: &System<'_>) -> Element {
    let entries = (1..).zip(directory::entries(system.settings)).map(|(tag, entry)| {
        let (first, last) = directory::names(system.settings, &entry.name);
        Element::new("ISDirectoryEntry")
            .leaf("ISDirectoryTag", tag)
            .leaf("ISDirectoryNumber", entry.number)
            .leaf("firstName", first)
            .leaf("lastName", last)
    });
    Element::new("ISUtilityDirectory").with_all(entries.collect::<Vec<Element>>())
}

/// ISgetSessionServer.
pub fn session_servers(call: &Call, system: &System<'_>) -> Element {
    if let Some(tags) = call.tags(
        ["ISSessionServers", "ISSessionServer", "ISSessionServerID"],
        system.session_servers.iter().map(|server| server.tag),
    ) {
        return tags;
    }
    let (tags, names) = (call.numbers("ISSessionServerID"), call.all("ISSessionServerName"));
    let all = call.has_keyword(&["all"]);
    let wanted = system
        .session_servers
        .iter()
        .filter(|server| all || tags.contains(&server.tag) || names.contains(&server.register_id.as_str()));
    Element::new("ISSessionServers").with_all(wanted.map(|server| {
        Element::new("ISSessionServer")
            .leaf("ISSessionServerID", server.tag)
            .leaf("ISSessionRegisterID", &server.register_id)
            .leaf("ISSessionKeepAlives", server.keepalive)
    }))
}
