//! The configuration of a phone: `SEP<MAC>.cnf.xml`.
//!
//! Phones that share a file (the default, and `cnf-file perphonetype`) get what the configuration says about all
//! phones of their model. With `cnf-file perphone` and a `cnf-file location`, each gets what its `ephone` and its template
//! say as well.

use std::net::IpAddr;

use hookflash_config::{DateFormat, PhoneFeatures, Settings, TelephonyService, TimeFormat, UrlKind};
use hookflash_wire::sccp::DeviceModel;

use super::{Server, load_of, locale, zones};
use crate::xml::Element;

/// Seconds that a better server has to be there before a phone goes back to it.
pub(super) const MONITOR_SECONDS: u32 = 120;

/// The file of all phones of a model.
pub fn of_type(settings: &Settings, service: &TelephonyService, server: &Server, model: &str) -> Element {
    device(settings, service, server, &Phone { model: Some(model), addons: None, own: None })
}

/// The file of a phone.
pub fn of_ephone(settings: &Settings, service: &TelephonyService, server: &Server, tag: u32) -> Element {
    let ephone = settings.ephones.get(&tag);
    let own = service.has_file_for_each_phone().then(|| settings.phone_features(tag));
    let phone = Phone {
        model: ephone.and_then(|ephone| ephone.model.as_deref()),
        addons: ephone.and_then(|ephone| ephone.addons.as_deref()),
        own: own.as_ref(),
    };
    device(settings, service, server, &phone)
}

/// Whom a file is for.
struct Phone<'a> {
    model: Option<&'a str>,
    addons: Option<&'a str>,
    /// What its own file says beyond that of its model.
    own: Option<&'a PhoneFeatures>,
}

fn device(settings: &Settings, service: &TelephonyService, server: &Server, phone: &Phone<'_>) -> Element {
    let ssh = service.phones.ssh.as_ref();
    let load = phone.model.and_then(|model| load_of(service, model)).unwrap_or_default();
    let device = Element::new("device")
        .leaf("fullConfig", true)
        .leaf("deviceProtocol", "SCCP")
        .optional("sshUserId", ssh.map(|user| &user.name))
        .optional("sshPassword", ssh.and_then(|user| user.password.reveal()))
        .with(device_pool(service, server))
        .with(common_profile())
        .leaf("loadInformation", load)
        .with_all(addon_modules(phone.addons))
        .with_all(locales(service, phone.own))
        .leaf("deviceSecurityMode", 1)
        .with_all(urls(settings, service, server, phone.own))
        .leaf("dscpForSCCPPhoneConfig", 96)
        .leaf("dscpForSCCPPhoneServices", 0)
        .leaf("dscpForCm2Dvce", 96)
        .leaf("transportLayerProtocol", 1)
        .leaf("capfAuthMode", 0)
        .with(Element::new("capfList"))
        .leaf("certHash", "")
        .leaf("encrConfig", false)
        .with(vendor_config(service, phone.own));
    let made = service.create_cnf_files.as_ref().and_then(|stamp| stamp.as_deref());
    let stamp = version_stamp(made, &device.document("UTF-8"));
    device.leaf("versionStamp", stamp)
}

/// Changes when the file does. Phones compare it with the one they have.
pub(super) fn version_stamp(made: Option<&str>, content: &str) -> String {
    let hash = content.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    match made {
        Some(stamp) => format!("{stamp} {hash:016x}"),
        None => format!("{hash:016x}"),
    }
}

fn device_pool(service: &TelephonyService, server: &Server) -> Element {
    let time = Element::new("dateTimeSetting")
        .leaf("dateTemplate", date_template(service))
        .leaf("timeZone", zones::name(service.time_zone));
    Element::new("devicePool")
        .with(time)
        .with(call_managers(service, server))
        .with(no_fallback())
        .leaf("mlppDomainId", -1)
        .leaf("mlppIndicationStatus", "Default")
        .leaf("preemption", "Default")
        .leaf("connectionMonitorDuration", MONITOR_SECONDS)
        .leaf("revertPriority", 0)
}

/// No router that phones fall back to: some would take the default gateway.
pub(super) fn no_fallback() -> Element {
    Element::new("srstInfo")
        .leaf("name", "Disable")
        .leaf("srstOption", "Disable")
        .leaf("userModifiable", false)
        .leaf("isSecure", false)
}

fn date_template(service: &TelephonyService) -> String {
    let date = match service.date_format {
        DateFormat::DayMonthYear => "D/M/Y",
        DateFormat::MonthDayYear => "M/D/Y",
        DateFormat::YearDayMonth => "Y/D/M",
        DateFormat::YearMonthDay => "Y/M/D",
    };
    let half_day = if service.time_format == TimeFormat::Hours12 { "A" } else { "" };
    format!("{date}{half_day}")
}

/// Where the phone registers: here, and at the system it falls back to.
pub fn call_managers(service: &TelephonyService, server: &Server) -> Element {
    let secondary = service.source_address.as_ref().and_then(|source| source.secondary);
    let members = Element::new("members").with(member(0, server.address, server.sccp_port)).with_all(
        secondary.map(|secondary| member(1, secondary.address, hookflash_config::DEFAULT_SCCP_PORT)),
    );
    Element::new("callManagerGroup").leaf("tftpDefault", true).with(members)
}

fn member(priority: u32, address: IpAddr, port: u16) -> Element {
    let manager = Element::new("callManager")
        .leaf("name", address)
        .with(Element::new("ports").leaf("ethernetPhonePort", port))
        .leaf("processNodeName", address);
    Element::new("member").attribute("priority", priority).with(manager)
}

pub(super) fn common_profile() -> Element {
    Element::new("commonProfile").leaf("backgroundImageAccess", true).leaf("callLogBlfEnabled", 0)
}

/// Expansion modules, such as those of `type 7965 addon 1 7915-24`.
pub(super) fn addon_modules(addons: Option<&str>) -> Option<Element> {
    let words: Vec<&str> = addons?.split_whitespace().filter(|word| *word != "addon").collect();
    let modules = words.chunks(2).filter_map(|pair| {
        let [index, model] = pair else { return None };
        let number = DeviceModel::from_ios_word(model).map(|known| known.device_type.0);
        let lines = if model.ends_with("24") {
            24
        } else if model.ends_with("12") {
            12
        } else {
            14
        };
        let module = Element::new("addOnModule").attribute("idx", index);
        Some(
            module
                .leaf("deviceType", number.map_or((*model).to_owned(), |n| n.to_string()))
                .leaf("deviceLine", lines),
        )
    });
    Some(Element::new("addOnModules").with_all(modules))
}

pub(super) fn locales(service: &TelephonyService, own: Option<&PhoneFeatures>) -> [Element; 3] {
    let user = locale::user(service, own.and_then(|own| own.user_locale).unwrap_or(0));
    let network = locale::network(service, own.and_then(|own| own.network_locale).unwrap_or(0));
    let language = Element::new("userLocale")
        .leaf("name", user.language)
        .leaf("uid", 1)
        .leaf("langCode", user.code)
        .leaf("version", "1.0.0.0-1")
        .leaf("winCharSet", "iso-8859-1");
    let tones = Element::new("networkLocaleInfo")
        .leaf("name", network.country)
        .leaf("uid", 64)
        .leaf("version", "1.0.0.0-1");
    [language, Element::filled("networkLocale", network.country), tones]
}

/// The pages of the phone's buttons: those of the configuration, or those of the server.
pub fn urls(
    settings: &Settings,
    service: &TelephonyService,
    server: &Server,
    own: Option<&PhoneFeatures>,
) -> Vec<Element> {
    let configured = |kind| service.urls.get(&kind).map(|url| url.url.to_string());
    let here = |path: &str| settings.http_listen_port().and_then(|_| server.url(path));
    let services = service.urls.get(&UrlKind::Services).filter(|url| url.root).map(|url| url.url.to_string());
    let directory = service.phones.local_directory && !own.is_some_and(|own| own.excludes_directory);
    let element = |name: &'static str, url: Option<String>| Element::filled(name, url.unwrap_or_default());
    let mut urls = vec![
        element(
            "authenticationURL",
            configured(UrlKind::Authentication).or_else(|| here("/CCMCIP/authenticate.asp")),
        ),
        element(
            "directoryURL",
            configured(UrlKind::Directories)
                .or_else(|| here("/localdirectory?name=#DEVICENAME#").filter(|_| directory)),
        ),
        element("idleURL", configured(UrlKind::Idle)),
        element("informationURL", configured(UrlKind::Information)),
        element("messagesURL", configured(UrlKind::Messages)),
        element("proxyServerURL", configured(UrlKind::ProxyServer)),
        element("servicesURL", services.or_else(|| here("/CMEserverForPhone/serviceurl?name=#DEVICENAME#"))),
    ];
    if let Some(seconds) = idle_timeout(service) {
        urls.push(element("idleTimeout", Some(seconds.to_string())));
    }
    urls
}

/// The seconds of `url idle URL idle-timeout SECONDS`.
fn idle_timeout(service: &TelephonyService) -> Option<u32> {
    let options = service.urls.get(&UrlKind::Idle)?.label.as_deref()?;
    options.trim().strip_prefix("idle-timeout")?.trim().parse().ok()
}

/// `service phone`; the phone's own values beat those of all phones.
pub(super) fn vendor_config(service: &TelephonyService, own: Option<&PhoneFeatures>) -> Element {
    let mut values: Vec<(String, String)> = Vec::new();
    let own = own.map(|own| &own.parameters);
    for (name, value) in own.into_iter().flatten().chain(&service.phones.phone_parameters) {
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.starts_with(|c: char| c.is_ascii_alphabetic());
        if is_name && values.iter().all(|(known, _)| known != name.as_str()) {
            values.push((name.to_string(), value.to_string()));
        }
    }
    values.into_iter().fold(Element::new("vendorConfig"), |config, (name, value)| config.leaf(name, value))
}
