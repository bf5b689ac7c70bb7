//! Dependency records: which parts of the configuration use another one.
//!
//! `show dependency` lists them, and whoever removes something that others use is told who they are.

use std::collections::BTreeSet;

use smol_str::{SmolStr, format_smolstr};

use crate::{
    config::{ControlledDevice, CtiDevice, EphoneDn, Mode, Settings},
    cti_devices,
};

/// Commands whose numbers are those of lines.
const COMMANDS: [&str; 12] = [
    "call-forward",
    "speed-dial",
    "blf-speed-dial",
    "list",
    "final",
    "transfer",
    "intercom",
    "park-slot",
    "night-service",
    "paging",
    "snr",
    "fastdial",
];

/// Something that others may use.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Object {
    /// `ephone-dn`, by its tag.
    Dn(u32),
    /// `ephone`, by its tag.
    Phone(u32),
    /// `cti-port` or `cti-route-point`, by its tag.
    Device(Mode, u32),
    /// `device-pool`.
    Pool(SmolStr),
    /// `application-user` or `end-user`.
    User(SmolStr),
}

/// One use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Record {
    /// What kind of object uses it, in the plural.
    pub kind: &'static str,
    /// The object.
    pub by: SmolStr,
    /// The line by which it does.
    pub line: SmolStr,
}

impl Object {
    /// The object of that kind with that name or tag.
    pub(crate) fn find(config: &Settings, kind: &str, name: &str) -> Option<Object> {
        let tag: Option<u32> = name.parse().ok();
        let device = |mode: Mode| {
            let named = |(own, tag_of, device): &(Mode, u32, &CtiDevice)| {
                *own == mode && (cti_devices::name(*own, *tag_of, device) == name || Some(*tag_of) == tag)
            };
            config.cti_devices().find(named).map(|(mode, tag, _)| Object::Device(mode, tag))
        };
        match kind {
            "ephone-dn" => tag.filter(|tag| config.ephone_dns.contains_key(tag)).map(Object::Dn),
            "ephone" => {
                let named = |(own, phone): &(&u32, &std::sync::Arc<crate::config::Ephone>)| {
                    Some(**own) == tag || phone.mac_address.is_some_and(|mac| mac.device_name() == name)
                };
                config.ephones.iter().find(named).map(|(tag, _)| Object::Phone(*tag))
            }
            "cti-port" => device(Mode::CtiPort),
            "cti-route-point" => device(Mode::CtiRoutePoint),
            "device-pool" => {
                config.device_pools.values().any(|own| own.name == name).then(|| Object::Pool(name.into()))
            }
            "application-user" | "end-user" => {
                config.cti_users().any(|own| own.name == name).then(|| Object::User(name.into()))
            }
            _ => None,
        }
    }

    /// What is there in one configuration and not in the other.
    pub(crate) fn removed(before: &Settings, after: &Settings) -> Vec<Object> {
        let gone: BTreeSet<Object> = Object::all(after).collect();
        Object::all(before).filter(|object| !gone.contains(object)).collect()
    }

    fn all(config: &Settings) -> impl Iterator<Item = Object> {
        let dns = config.ephone_dns.keys().map(|tag| Object::Dn(*tag));
        let phones = config.ephones.keys().map(|tag| Object::Phone(*tag));
        let devices = config.cti_devices().map(|(mode, tag, _)| Object::Device(mode, tag));
        let pools = config.device_pools.values().map(|own| Object::Pool(own.name.clone()));
        let users = config.cti_users().map(|own| Object::User(own.name.clone()));
        dns.chain(phones).chain(devices).chain(pools).chain(users)
    }

    /// How it is called.
    pub(crate) fn name(&self, config: &Settings) -> SmolStr {
        match self {
            Object::Dn(tag) => format_smolstr!("ephone-dn {tag}"),
            Object::Phone(tag) => format_smolstr!("ephone {tag}"),
            Object::Device(mode, tag) => {
                let own = config.cti_devices().find(|(own, at, _)| (own, at) == (mode, tag));
                let name = own.map(|(mode, tag, own)| cti_devices::name(mode, tag, own));
                format_smolstr!("{} {}", mode.name(), name.unwrap_or_default())
            }
            Object::Pool(name) => format_smolstr!("device-pool {name}"),
            Object::User(name) => format_smolstr!("user {name}"),
        }
    }

    /// Who uses it.
    pub(crate) fn records(&self, config: &Settings) -> Vec<Record> {
        match self {
            Object::Dn(tag) => of_dn(config, *tag),
            Object::Phone(tag) => config.ephones.get(tag).map_or_else(Vec::new, |phone| {
                let dns =
                    phone.buttons.values().flat_map(|own| own.tags.iter().map(|dn| (own.position, *dn)));
                let name = phone.mac_address.map(|mac| mac.device_name());
                of_device(config, dns.collect(), name)
            }),
            Object::Device(mode, tag) => {
                let own = config.cti_devices().find(|(own, at, _)| (own, at) == (mode, tag));
                own.map_or_else(Vec::new, |(mode, tag, own)| {
                    let dns = own.buttons.iter().map(|(position, dn)| (*position, *dn)).collect();
                    of_device(config, dns, Some(cti_devices::name(mode, tag, own)))
                })
            }
            Object::Pool(name) => {
                let inside =
                    config.cti_devices().filter(|(_, _, own)| own.device_pool.as_ref() == Some(name));
                let line = format_smolstr!("device-pool {name}");
                inside.map(|(mode, tag, own)| device_record(mode, tag, own, line.clone())).collect()
            }
            Object::User(name) => with_words(config, &["csta"], name, "cti-manager"),
        }
    }
}

fn record(kind: &'static str, by: SmolStr, line: SmolStr) -> Record {
    Record { kind, by, line }
}

fn device_record(mode: Mode, tag: u32, device: &CtiDevice, line: SmolStr) -> Record {
    let kind = if mode == Mode::CtiPort { "CTI ports" } else { "CTI route points" };
    record(kind, format_smolstr!("{} {}", mode.name(), cti_devices::name(mode, tag, device)), line)
}

/// The numbers of a device, and the users who control it.
fn of_device(config: &Settings, dns: Vec<(u32, u32)>, name: Option<SmolStr>) -> Vec<Record> {
    let number = |dn: u32| config.ephone_dns.get(&dn).and_then(|own| own.number.as_ref());
    let mut records: Vec<Record> = dns
        .into_iter()
        .filter_map(|(position, dn)| {
            let by = format_smolstr!("directory number {} (ephone-dn {dn})", number(dn)?.primary);
            Some(record("directory numbers", by, format_smolstr!("button {position}:{dn}")))
        })
        .collect();
    let controls =
        |own: &ControlledDevice| matches!(own, ControlledDevice::Name(own) if Some(own) == name.as_ref());
    records.extend(users_who(config, controls));
    records
}

/// The users who have such an entry in their lists.
fn users_who(config: &Settings, fits: impl Fn(&ControlledDevice) -> bool) -> Vec<Record> {
    let all = config.application_users.values().map(|user| ("application users", "application-user", user));
    let all = all.chain(config.end_users.values().map(|user| ("end users", "end-user", user)));
    all.filter_map(|(kind, word, user)| {
        let entry = user.controlled.iter().find(|own| fits(own))?;
        Some(record(
            kind,
            format_smolstr!("{word} {}", user.name),
            format_smolstr!("controlled-device {entry}"),
        ))
    })
    .collect()
}

/// Who uses an `ephone-dn`: devices by their buttons, users and other lines by its numbers.
fn of_dn(config: &Settings, tag: u32) -> Vec<Record> {
    let mut records = Vec::new();
    for (own, phone) in &config.ephones {
        let buttons =
            phone.buttons.values().filter(|button| button.kind.names_dns() && button.tags.contains(&tag));
        records.extend(buttons.map(|button| {
            let line = format_smolstr!("button {}:{tag}", button.position);
            record("phones", format_smolstr!("ephone {own}"), line)
        }));
    }
    for (mode, own, device) in config.cti_devices() {
        let buttons = device.buttons.iter().filter(|(_, dn)| **dn == tag);
        let line = |position| format_smolstr!("button {position}:{tag}");
        records.extend(buttons.map(|(position, _)| device_record(mode, own, device, line(position))));
    }
    let numbers = config.ephone_dns.get(&tag).map_or_else(Vec::new, |dn| numbers(dn));
    for number in numbers {
        records.extend(users_who(config, |own| *own == ControlledDevice::Number(number.clone())));
        records.extend(with_words(config, &COMMANDS, &number, &format!("ephone-dn {tag} ")));
    }
    records
}

fn numbers(dn: &EphoneDn) -> Vec<SmolStr> {
    let own = dn.number.iter();
    own.flat_map(|own| [Some(own.primary.clone()), own.secondary.clone()]).flatten().collect()
}

/// The lines of other sections that begin with one of these words and have this one behind it.
fn with_words(config: &Settings, commands: &[&str], word: &str, except: &str) -> Vec<Record> {
    let (mut section, mut records) = (SmolStr::default(), Vec::new());
    for line in config.running_config().lines() {
        let Some(inside) = line.strip_prefix(' ') else {
            section = line.split_whitespace().collect::<Vec<_>>().join(" ").into();
            continue;
        };
        let mut words = inside.split([' ', ',']);
        let fits =
            words.next().is_some_and(|first| commands.contains(&first)) && words.any(|own| own == word);
        if fits && (except == section || !format!("{section} ").starts_with(except)) {
            records.push(record("other lines", section.clone(), inside.into()));
        }
    }
    records
}

/// `show dependency`: how many of each kind use the object, and with `detail` each of them.
pub(crate) fn text(config: &Settings, (kind, name): (&str, &str), detail: bool) -> String {
    if config.dependency_records_off {
        return "dependency-records disabled: add `dependency-records`\n".to_owned();
    }
    let Some(object) = Object::find(config, kind, name) else {
        return format!("% there is no {kind} {name}\n");
    };
    let records = object.records(config);
    let mut text = format!("Dependency records of {}\n", object.name(config));
    let mut kinds: Vec<&str> = Vec::new();
    for record in &records {
        if !kinds.contains(&record.kind) {
            kinds.push(record.kind);
        }
    }
    if kinds.is_empty() {
        text.push_str("  nothing uses it\n");
    }
    for kind in kinds {
        let own = || records.iter().filter(|record| record.kind == kind);
        text.push_str(&format!("  {kind:<20} {}\n", own().count()));
        let lines = own().filter(|_| detail).map(|own| format!("    {}: {}\n", own.by, own.line));
        text.extend(lines);
    }
    text
}

/// What is said to whoever removes something that others use.
pub(crate) fn warnings(before: &Settings, after: &Settings) -> Vec<String> {
    let removed = Object::removed(before, after).into_iter();
    let warning = |object: Object| {
        let users: Vec<String> =
            object.records(before).iter().map(|own| format!("{} ({})", own.by, own.line)).collect();
        let name = object.name(before);
        (!users.is_empty()).then(|| format!("Warning: {name} was used by {}", users.join(", ")))
    };
    removed.filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "telephony-service\n max-dn 40\n max-ephones 2\ncti-manager\n csta implicit port 0 user pbx\n\
        device-pool HQ\napplication-user pbx\n controlled-device RP1\n controlled-device number 201\n\
        ephone-dn 1\n number 201\n call-forward busy 300\nephone-dn 30\n number 300\nephone 1\n \
        mac-address 0200.0000.0201\n button 1:1\ncti-route-point 1\n name RP1\n device-pool HQ\n button 1:30\n";

    fn settings(text: &str) -> Settings {
        crate::config::load(text).settings
    }

    #[test]
    fn who_uses_an_object_is_counted_and_listed() {
        let config = settings(TEXT);
        assert_eq!(
            text(&config, ("cti-route-point", "RP1"), false),
            "Dependency records of cti-route-point RP1\n  directory numbers    1\n  application users    1\n"
        );
        assert_eq!(
            text(&config, ("ephone-dn", "30"), true),
            "Dependency records of ephone-dn 30\n  CTI route points     1\n    cti-route-point RP1: button 1:30\n  \
             other lines          1\n    ephone-dn 1: call-forward busy 300\n"
        );
        for (kind, name, by) in [
            ("ephone-dn", "1", "ephone 1: button 1:1"),
            ("ephone-dn", "1", "application-user pbx: controlled-device number 201"),
            ("ephone", "SEP020000000201", "directory number 201 (ephone-dn 1): button 1:1"),
            ("device-pool", "HQ", "cti-route-point RP1: device-pool HQ"),
            ("application-user", "pbx", "cti-manager: csta implicit port 0 user pbx"),
        ] {
            let listed = text(&config, (kind, name), true);
            assert!(listed.contains(by), "{kind} {name}: {listed}");
        }
        assert_eq!(text(&config, ("cti-port", "RP1"), false), "% there is no cti-port RP1\n");
    }

    #[test]
    fn records_that_are_off_are_said_to_be() {
        let config = settings(&format!("{TEXT}no dependency-records\n"));
        assert!(text(&config, ("ephone-dn", "30"), false).starts_with("dependency-records disabled"));
        assert!(config.running_config().contains("\nno dependency-records\n"));
    }

    #[test]
    fn who_removes_what_others_use_is_told_so() {
        let before = settings(TEXT);
        let mut after = before.clone();
        after.ephone_dns.remove(&30);
        after.cti_route_points.clear();
        let said = warnings(&before, &after);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(
            said[0].contains("ephone-dn 30 was used by cti-route-point RP1 (button 1:30), ephone-dn 1"),
            "{said:?}"
        );
        assert!(said[1].contains("cti-route-point RP1 was used by directory number 300"), "{said:?}");
        assert_eq!(warnings(&before, &before), Vec::<String>::new());
    }
}
