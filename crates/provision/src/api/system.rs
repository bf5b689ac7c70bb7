//! The system as a whole.

use hookflash_config::{TelephonyService, TimeFormat, TransferSystem, UrlKind};
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
        auto_assign(service),
        Element::filled("auto-reg-ephone", service.registers_new_phones()),
        Element::new("cnf-file")
            .leaf("location", service.cnf_file_location.as_deref().unwrap_or("system:"))
            .leaf("option", cnf_file),
        configured_directory(service),
        Element::new("em")
            .leaf("external", service.em_external)
            .leaf("keep-history", service.em_keep_history)
            .leaf("logout", times.join(" ")),
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
        Element::filled("system_message", service.system_message.as_deref().unwrap_or_default()),
        Element::filled("time-format", if service.time_format == TimeFormat::Hours12 { 12 } else { 24 }),
        Element::filled("time-zone", service.time_zone.unwrap_or(0)),
        timeouts(service),
        transfer_system(service),
        locales("user-locale_list", "user-locale_item", &phones.user_locales),
        locales("network-locale_list", "network-locale_item", &phones.network_locales),
        Element::filled("voicemail", service.voicemail.as_deref().unwrap_or_default()),
        xml_users(service, privilege),
    ]
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

fn xml_users(service: &TelephonyService, privilege: u32) -> Element {
    let user = service.xml_user.as_ref();
    let password = user.map(|user| &user.credentials.password.text).filter(|_| privilege == ALL_PRIVILEGES);
    Element::new("xml")
        .leaf("user", user.map_or("", |user| &user.credentials.name))
        .optional("password", password)
        .leaf("level", user.map_or(0, |user| user.privilege))
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
    let port = global.and_then(|global| global.source_address).map_or(0, |source| source.port);
    Element::new("ISSipGlobal")
        .leaf("ISAddress", system.address)
        .leaf("ISMode", "cme")
        .leaf("ISVersion", system.version)
        .leaf("ISServiceEngine", "0.0.0.0")
        .leaf("ISAuthMode", 0)
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
    let says = |word: &str| {
        system.settings.foreign.iter().any(|block| block.lines.first().is_some_and(|line| line == word))
    };
    Element::new("ISPresenceGlobal")
        .leaf("ISPresenceEnable", says("presence"))
        .leaf("ISMode", "cme")
        .leaf("ISAllowSub", false)
        .leaf("ISAllowWatch", false)
        .leaf("ISMaxSubAllow", 0)
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
    let (tags, names) = (call.numbers("ISSessionServerID"), call.all("ISSessionServerName"));
    let all = call.has_keyword(&["all", "allTag", "available"]);
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
