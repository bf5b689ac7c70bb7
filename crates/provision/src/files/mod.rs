//! The files that phones fetch when they start, over TFTP or HTTP.
//!
//! | name | content |
//! | --- | --- |
//! | `SEP<MAC>.cnf.xml`, `ATA<MAC>.cnf.xml` | the configuration of a phone ([`phone`]) |
//! | the same, and `SIP<MAC>.cnf`, `SIPDefault.cnf` | the configuration of a SIP phone ([`sip_phone`]) |
//! | `XMLDefault<type>.cnf.xml` | the configuration of all phones of a type, where they share one |
//! | `XMLDefault.cnf.xml`, `SEPDefault.cnf`, `ATADefault.cnf.xml` | for phones without a file: where the server is, and the firmware of each type ([`default`]) |
//! | `OS79XX.TXT` | the firmware of 7940 and 7960, for boot loaders |
//! | `RingList.xml`, `DistinctiveRingList.xml`, `Desktops/.../List.xml` | the ring tones and pictures that `tftp-server` exports ([`lists`]) |
//! | `dialplan.xml` | a dial plan that leaves the digits to the server |
//! | `<Locale>/...` | tones and texts: stored ones, or the built-in ones of the phone ([`locale`]) |
//! | what `tftp-server` and `load` name | a stored file |
//!
//! Names are compared without regard to case. One slash in front is ignored, and so is the folder `Communicator` that
//! Cisco IP Communicator puts before every name.

pub mod default;
pub mod lists;
pub mod locale;
pub mod phone;
pub mod sip_phone;
mod zones;

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use hookflash_config::{Ephone, Settings, TelephonyService};
use smol_str::SmolStr;

/// Longest name that is looked at, in bytes.
const MAX_NAME: usize = 255;

/// Where phones find the server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Server {
    /// Its address, as phones reach it.
    pub address: IpAddr,
    /// The port of SCCP.
    pub sccp_port: u16,
    /// The port of SIP.
    pub sip_port: u16,
    /// The port of HTTP, if it listens there.
    pub http_port: Option<u16>,
}

impl Server {
    /// The URL of a page of the server; `None` if there is no HTTP.
    pub fn url(&self, path: &str) -> Option<String> {
        let address = SocketAddr::new(self.address, self.http_port?);
        Some(format!("http://{address}{path}"))
    }
}

/// What a name means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// This content.
    Made(Vec<u8>),
    /// The file at this path below `flash:`, if it is there. The path comes from the configuration, or is a plain name.
    Stored(String),
    /// No such file.
    Missing,
}

/// The name of a file as a phone asks for it, made comparable; `None` if no file can have such a name.
pub fn plain_name(name: &str) -> Option<String> {
    let name = name.strip_prefix('/').unwrap_or(name);
    let folder = name.get(..13).filter(|folder| {
        folder.eq_ignore_ascii_case("communicator/") || folder.eq_ignore_ascii_case("communicator\\")
    });
    let name = folder.map_or(name, |folder| &name[folder.len()..]);
    let sound = !name.is_empty()
        && name.len() <= MAX_NAME
        && name.chars().all(|c| !c.is_control() && c != '\\')
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    sound.then(|| name.to_owned())
}

/// The device name in a file's name, such as `SEP001E4A34A35F` in `CTLSEP001E4A34A35F.tlv`; `None` if there is none.
pub fn device_in(name: &str) -> Option<SmolStr> {
    let name = plain_name(name)?.to_ascii_uppercase();
    let start = ["SEP", "ATA"].iter().filter_map(|prefix| name.find(prefix)).min()?;
    let device = name.get(start..start + 15)?;
    let digits = device.get(3..)?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| device.into())
}

/// Answers a request for a file.
pub fn answer(settings: &Settings, server: &Server, name: &str) -> Answer {
    let Some(name) = plain_name(name) else { return Answer::Missing };
    let exported = settings.exported_files().find(|file| file.name().eq_ignore_ascii_case(&name));
    if let Some(path) = exported.and_then(|file| plain_name(file.path())) {
        return Answer::Stored(path);
    }
    if let Some(content) = made_for_sip_phones(settings, server, &name.to_ascii_lowercase()) {
        return Answer::Made(content);
    }
    let loads = settings.register_global.as_ref().is_some_and(|global| !global.loads.is_empty());
    if loads && is_firmware(&name) {
        return Answer::Stored(name);
    }
    let Some(service) = &settings.telephony_service else { return Answer::Missing };
    if service.makes_files()
        && let Some(content) = made(settings, service, server, &name.to_ascii_lowercase())
    {
        return Answer::Made(content);
    }
    if !service.phones.loads.is_empty() && is_firmware(&name) {
        return Answer::Stored(name);
    }
    Answer::Missing
}

/// A file that is made from the configuration; the name is in lower case.
fn made(settings: &Settings, service: &TelephonyService, server: &Server, name: &str) -> Option<Vec<u8>> {
    let xml = |element: crate::xml::Element| Some(element.document("UTF-8").into_bytes());
    match name {
        "xmldefault.cnf.xml" | "sepdefault.cnf" | "atadefault.cnf.xml" => {
            return xml(default::file(settings, service, server));
        }
        "os79xx.txt" => return default::os79xx(service),
        "ringlist.xml" | "distinctiveringlist.xml" => return xml(lists::rings(settings)),
        "ringlist.dat" => return Some(lists::old_rings(settings)),
        "dialplan.xml" => return xml(lists::dial_plan(service)),
        _ => {}
    }
    if let Some(folder) = name.strip_suffix("/list.xml").filter(|folder| folder.starts_with("desktops/")) {
        return xml(lists::pictures(settings, folder)?);
    }
    if let Some(model) = name.strip_prefix("xmldefault").and_then(|rest| rest.strip_suffix(".cnf.xml")) {
        return xml(phone::of_type(settings, service, server, known_model(settings, service, model)?));
    }
    let device = name.strip_suffix(".cnf.xml").or_else(|| name.strip_suffix(".cnf"))?;
    let (tag, _) = settings.ephones.iter().find(|(_, ephone)| has_name(ephone, device))?;
    xml(phone::of_ephone(settings, service, server, *tag))
}

/// A file of SIP phones; the name is in lower case.
fn made_for_sip_phones(settings: &Settings, server: &Server, name: &str) -> Option<Vec<u8>> {
    sip_phone::makes_files(settings)?;
    if name == "sipdefault.cnf" {
        return sip_phone::old_default(settings, server);
    }
    if name == "dialplan.xml" {
        let service = settings.telephony_service.clone().unwrap_or_default();
        return Some(lists::dial_plan(&service).document("UTF-8").into_bytes());
    }
    if let Some(address) = name.strip_prefix("sip").and_then(|rest| rest.strip_suffix(".cnf")) {
        return sip_phone::text_pool(settings, address)
            .map(|pool| sip_phone::old_file(settings, server, pool));
    }
    let pool = sip_phone::pool_named(settings, name.strip_suffix(".cnf.xml")?)?;
    Some(sip_phone::file(settings, server, pool).document("UTF-8").into_bytes())
}

/// Whether a phone asks with this device name, in lower case.
fn has_name(ephone: &Ephone, device: &str) -> bool {
    let Some(digits) = device.strip_prefix("sep").or_else(|| device.strip_prefix("ata")) else {
        return false;
    };
    ephone
        .mac_address
        .is_some_and(|mac| mac.device_name().get(3..).is_some_and(|known| known.eq_ignore_ascii_case(digits)))
}

/// The spelling of a model that some phone has or for which there is firmware.
fn known_model<'a>(settings: &'a Settings, service: &'a TelephonyService, model: &str) -> Option<&'a str> {
    models(settings, service).into_iter().find(|known| known.eq_ignore_ascii_case(model))
}

/// The models that phones have or for which there is firmware.
fn models<'a>(settings: &'a Settings, service: &'a TelephonyService) -> Vec<&'a str> {
    let phones = settings.ephones.values().filter_map(|ephone| ephone.model.as_deref());
    let loads = service.phones.loads.keys().flat_map(|models| models.split('-'));
    let mut models: Vec<&str> = phones.chain(loads).collect();
    models.sort_unstable();
    models.dedup();
    models
}

/// The firmware of a model, as it is named in XML: without `.loads`.
fn load_of<'a>(service: &'a TelephonyService, model: &str) -> Option<&'a str> {
    load_among(&service.phones.loads, model)
}

/// The firmware of a model among those of `load`.
fn load_among<'a>(loads: &'a BTreeMap<SmolStr, SmolStr>, model: &str) -> Option<&'a str> {
    let is = |models: &&SmolStr| {
        models.eq_ignore_ascii_case(model) || models.split('-').any(|one| one.eq_ignore_ascii_case(model))
    };
    let models = loads.keys().find(is)?;
    loads.get(models).map(|file| without_suffix(file))
}

fn without_suffix(file: &str) -> &str {
    let at = file.len().saturating_sub(".loads".len());
    match file.get(at..) {
        Some(suffix) if suffix.eq_ignore_ascii_case(".loads") => file.get(..at).unwrap_or(file),
        _ => file,
    }
}

/// Whether a plain name is one of a part of firmware.
fn is_firmware(name: &str) -> bool {
    const SUFFIXES: [&str; 7] = [".loads", ".sbn", ".sb2", ".bin", ".sbin", ".zup", ".zz.sgn"];
    let lower = name.to_ascii_lowercase();
    !name.contains('/') && SUFFIXES.iter().any(|suffix| lower.ends_with(suffix))
}

/// The lines of `show telephony-service tftp-bindings`.
pub fn bindings(settings: &Settings) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(service) = settings.telephony_service.as_ref().filter(|service| service.makes_files()) {
        let folder = folder(service);
        let mut bind = |file: &str, alias: Option<String>| {
            let alias = alias.map(|alias| format!(" alias {alias}")).unwrap_or_default();
            lines.push(format!("tftp-server {folder}{file}{alias}"));
        };
        bind("SEPDEFAULT.cnf", None);
        bind("SEPDEFAULT.cnf", Some("SEPDefault.cnf".to_owned()));
        bind("XMLDefault.cnf.xml", Some("XMLDefault.cnf.xml".to_owned()));
        bind("ATADefault.cnf.xml", None);
        let one_each = service.has_file_for_each_phone();
        for ephone in settings.ephones.values() {
            let Some(mac) = ephone.mac_address else { continue };
            let name = format!("{}.cnf.xml", device_name(ephone, &mac.device_name()));
            match ephone.model.as_deref().filter(|_| !one_each) {
                Some(model) => bind(&format!("XMLDefault{model}.cnf.xml"), Some(name)),
                None => bind(&name, Some(name.clone())),
            }
        }
        for (file, alias) in locale::bindings(service) {
            bind(&file, Some(alias));
        }
    }
    lines.extend(settings.exported_files().map(|file| {
        let alias = file.alias.map(|alias| format!(" alias {alias}")).unwrap_or_default();
        format!("tftp-server {}{alias}", file.file)
    }));
    lines
}

/// Where the files are said to be kept.
fn folder(service: &TelephonyService) -> &'static str {
    match service.cnf_file_location.as_deref() {
        Some(location) if location.starts_with("flash") => "flash:/its/vrf1/",
        Some(location) if location.starts_with("slot0") => "slot0:/its/vrf1/",
        _ => "system:/its/",
    }
}

/// The name by which a phone asks; analogue adapters have another prefix.
fn device_name(ephone: &Ephone, name: &str) -> String {
    match ephone.model.as_deref() {
        Some("ata") => name.replacen("SEP", "ATA", 1),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
