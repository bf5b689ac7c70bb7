//! What phones are given beside their lines: files, pages, firmware. Rows of several modes.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::{PASSWORD_WORDS, credentials, show_password};
use crate::command::{Command, Printer, Status, flag, optional_flag};
use crate::matcher::Matched;
use crate::phone_settings::{
    AutoAssign, DEFAULT_LOG_RETAIN, DEFAULT_LOG_SIZE, DirectoryEntry, PhoneFeatures, PhoneService,
};

/// Most ranges of `auto assign`.
const MAX_RANGES: usize = 100;
/// Most values of `service phone`, and most credentials.
const MAX_VALUES: usize = 100;

/// `load MODEL FILE`, and `no load [MODEL]`.
pub(super) fn set_load(loads: &mut BTreeMap<SmolStr, SmolStr>, matched: &Matched<'_>) {
    let Some(model) = matched.text("model") else { return loads.clear() };
    let known = loads.keys().find(|known| known.eq_ignore_ascii_case(&model)).cloned();
    loads.remove(known.as_ref().unwrap_or(&model));
    if let Some(file) = matched.text("file").filter(|_| matched.is_set()) {
        loads.insert(model, file);
    }
}

pub(super) fn show_loads(loads: &BTreeMap<SmolStr, SmolStr>, out: &mut Printer) {
    loads.iter().for_each(|(model, file)| out.line(format!("load {model} {file}")));
}

/// Commands of `telephony-service`.
pub(crate) static SERVICE: &[Command<PhoneService>] = {
    type Row = Command<PhoneService>;
    &[
        Row::new(
            "tftp-server port <port:0-65535>",
            "UDP port at which phones fetch their files",
            "69; any free one where that of SCCP is",
        )
        .words(&[("port", "UDP port; 0 means any free port")])
        .apply(|phones, matched, _| phones.tftp_port = matched.port("port").filter(|_| matched.is_set()))
        .show(|phones, out| out.optional("tftp-server port", phones.tftp_port.as_ref()))
        .status(Status::Own),
        Row::new("load <model:word..32> <file:word..64>", "Firmware of a model", "what the phone has")
            .words(&[("model", "Model, such as 7960-7940 or 7961"), ("file", "Firmware file in flash:")])
            .apply(|phones, matched, _| set_load(&mut phones.loads, matched))
            .show(|phones, out| show_loads(&phones.loads, out)),
        optional_flag!(
            "auto-reg-ephone",
            "A phone that is not configured becomes an ephone when it registers",
            "on with `auto assign`",
            auto_register
        ),
        Row::new(
            "auto assign <first:1-65535> to <last:1-65535> [type <model:word..32>] \
             [cfw <number:dial..32> timeout <seconds:3-60000>]",
            "Numbers for phones that are not configured",
            "none",
        )
        .words(&[
            ("assign", "Take the first free ephone-dn of a range"),
            ("first", "Tag of the first ephone-dn"),
            ("to", "The end of the range"),
            ("last", "Tag of the last ephone-dn"),
            ("type", "For phones of this model"),
            ("cfw", "Where calls go that are not answered"),
            ("timeout", "Seconds without an answer"),
        ])
        .apply(auto_assign)
        .show(|phones, out| {
            for AutoAssign { first, last, model, forward } in &phones.auto_assign {
                let model = model.as_ref().map(|model| format!(" type {model}")).unwrap_or_default();
                let forward = forward.as_ref();
                let forward = forward.map(|(to, seconds)| format!(" cfw {to} timeout {seconds}"));
                out.line(format!("auto assign {first} to {last}{model}{}", forward.unwrap_or_default()));
            }
        }),
        Row::new(
            "user-locale [<index:0-4>] [U1|U2|U3|U4|U5] <locale:word..16> [load <package:word..64>]",
            "Language of the phones",
            "US",
        )
        .words(&LOCALE_WORDS)
        .apply(|phones, matched, _| set_locale(&mut phones.user_locales, matched))
        .show(|phones, out| show_locales("user-locale", &phones.user_locales, out)),
        Row::new("network-locale [<index:0-4>] <locale:word..16>", "Tones and cadences", "US")
            .words(&[LOCALE_WORDS[0], LOCALE_WORDS[1]])
            .apply(|phones, matched, _| set_locale(&mut phones.network_locales, matched))
            .show(|phones, out| show_locales("network-locale", &phones.network_locales, out)),
        Row::new("service phone <name:word..64> <value:line..128>", "A setting in the phones' files", "none")
            .words(&PARAMETER_WORDS)
            .apply(|phones, matched, _| set_parameter(&mut phones.phone_parameters, matched))
            .show(|phones, out| show_parameters(&phones.phone_parameters, out)),
        Row::new(
            "service local-directory [authenticate <name:word..15> [0|6] <secret:word..15>]",
            "Directory of the numbers of this system",
            "on",
        )
        .words(&[
            ("local-directory", "Directory of the numbers of this system"),
            ("authenticate", "Phones show who they are"),
            PASSWORD_WORDS[0],
            PASSWORD_WORDS[1],
        ])
        .apply(|phones, matched, _| {
            phones.local_directory = matched.switch(true);
            phones.local_directory_user = credentials(matched).filter(|_| matched.is_set());
        })
        .show(|phones, out| match (&phones.local_directory_user, phones.local_directory) {
            (_, false) => out.line("no service local-directory"),
            (Some(user), true) => {
                out.line(format!("service local-directory authenticate {} {}", user.name, user.password));
            }
            (None, true) => (),
        }),
        Row::new(
            "ssh userid <name:word..31> password [0|6|7] <secret:word..31>",
            "SSH login of the phones",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|phones, matched, _| phones.ssh = credentials(matched).filter(|_| matched.is_set()))
        .show(|phones, out| {
            if let Some(user) = &phones.ssh {
                out.line(format!("ssh userid {}{}", user.name, show_password(&user.password)));
            }
        }),
        Row::new("directory {first-name-first|last-name-first}", "How names are ordered", "first-name-first")
            .words(&[
                ("first-name-first", "First name, then last name"),
                ("last-name-first", "Last name, then first name"),
            ])
            .apply(|phones, matched, _| {
                phones.last_name_first = matched.is_set() && matched.has("last-name-first");
            })
            .show(|phones, out| {
                if phones.last_name_first {
                    out.line("directory last-name-first");
                }
            }),
        Row::new(
            "directory entry <index:1-250> <number:dial..32> name <name:line..24>",
            "Entry of the directory",
            "none",
        )
        .words(&ENTRY_WORDS)
        .apply(|phones, matched, _| set_entry(&mut phones.directory, matched))
        .show(|phones, out| show_entries("directory entry", &phones.directory, out)),
        Row::new(
            "authentication credential <name:word..15> <secret:word..15>",
            "What may push pages to phones",
            "none",
        )
        .words(&[("credential", "Name and password"), ("name", "Name"), ("secret", "Password")])
        .apply(|phones, matched, reports| {
            let Some(word) = matched.word("name") else { return phones.push_users.clear() };
            phones.push_users.retain(|user| user.name != word.text);
            if !matched.is_set() {
                return;
            }
            if phones.push_users.len() >= MAX_VALUES {
                return reports.error(word, "there are too many credentials", "leave the line out");
            }
            phones.push_users.extend(credentials(matched));
        })
        .show(|phones, out| {
            for user in &phones.push_users {
                out.line(format!("authentication credential {} {}", user.name, user.password));
            }
        }),
        Row::new("log table max-size <size:0-1000>", "Entries of the event table; 0 is off", "150")
            .apply(|phones, matched, _| {
                phones.log_size =
                    matched.number("size").filter(|_| matched.is_set()).unwrap_or(DEFAULT_LOG_SIZE);
            })
            .show(|phones, out| {
                if phones.log_size != DEFAULT_LOG_SIZE {
                    out.value("log table max-size", &phones.log_size);
                }
            }),
        Row::new("log table retain-timer <minutes:2-500>", "Minutes before the event table is emptied", "15")
            .apply(|phones, matched, _| {
                let minutes = matched.number("minutes").filter(|_| matched.is_set());
                phones.log_retain = minutes.unwrap_or(DEFAULT_LOG_RETAIN);
            })
            .show(|phones, out| {
                if phones.log_retain != DEFAULT_LOG_RETAIN {
                    out.value("log table retain-timer", &phones.log_retain);
                }
            }),
    ]
};

/// Commands of `ephone` and `ephone-template`.
pub(crate) static PHONE: &[Command<PhoneFeatures>] = {
    type Row = Command<PhoneFeatures>;
    &[
        Row::new(
            "fastdial <index:1-100> <number:dial..32> name <name:line..24>",
            "Entry of the personal speed-dial menu",
            "none",
        )
        .words(&ENTRY_WORDS)
        .apply(|phone, matched, _| set_entry(&mut phone.fastdials, matched))
        .show(|phone, out| show_entries("fastdial", &phone.fastdials, out)),
        Row::new("service phone <name:word..64> <value:line..128>", "A setting in the phone's file", "none")
            .words(&PARAMETER_WORDS)
            .apply(|phone, matched, _| set_parameter(&mut phone.parameters, matched))
            .show(|phone, out| show_parameters(&phone.parameters, out)),
        Row::new(
            "url services <index:1-8> <url:word..255> [<name:line..32>]",
            "Entry of the phone's Services menu",
            "none",
        )
        .words(&[
            ("services", "Services menu"),
            ("index", "Place"),
            ("url", "Page"),
            ("name", "Name of the entry"),
        ])
        .apply(|phone, matched, _| {
            let Some(index) = matched.number("index") else { return phone.services.clear() };
            phone.services.remove(&index);
            if let Some(url) = matched.text("url").filter(|_| matched.is_set()) {
                let name = matched.text("name").unwrap_or_else(|| url.clone());
                phone.services.insert(index, (url, name));
            }
        })
        .show(|phone, out| {
            for (index, (url, name)) in &phone.services {
                let name = if name == url { String::new() } else { format!(" {name}") };
                out.line(format!("url services {index} {url}{name}"));
            }
        }),
        flag!("exclude-services em", "No extension mobility on the phone", off, excludes_mobility),
        flag!("exclude-services directory", "No local directory on the phone", off, excludes_directory),
        flag!("exclude-services myphoneapp", "No My Phone Apps on the phone", off, excludes_my_phone),
        Row::new("user-locale <index:0-4>", "Language of the phone, by index", "that of telephony-service")
            .apply(|phone, matched, _| {
                phone.user_locale = matched.number("index").filter(|_| matched.is_set())
            })
            .show(|phone, out| out.optional("user-locale", phone.user_locale.as_ref())),
        Row::new(
            "network-locale <index:0-4>",
            "Tones and cadences of the phone, by index",
            "that of telephony-service",
        )
        .apply(|phone, matched, _| {
            phone.network_locale = matched.number("index").filter(|_| matched.is_set());
        })
        .show(|phone, out| out.optional("network-locale", phone.network_locale.as_ref())),
    ]
};

const LOCALE_WORDS: [(&str, &str); 4] = [
    ("index", "0 is the default one; a phone takes another by its index"),
    ("locale", "Country code, such as US or DE, or U1 to U5"),
    ("load", "Package of an own locale"),
    ("package", "Name of the package"),
];

const PARAMETER_WORDS: [(&str, &str); 3] =
    [("phone", "In the phones' files"), ("name", "Name, such as webAccess"), ("value", "Value")];

const ENTRY_WORDS: [(&str, &str); 3] =
    [("index", "Place"), ("number", "Number to dial"), ("name", "Name that belongs to the number")];

fn auto_assign(phones: &mut PhoneService, matched: &Matched<'_>, reports: &mut crate::command::Reports) {
    let Some((first, last)) = matched.number("first").zip(matched.number("last")) else {
        return phones.auto_assign.clear();
    };
    phones.auto_assign.retain(|range| (range.first, range.last) != (first, last));
    let Some(word) = matched.word("first").filter(|_| matched.is_set()) else { return };
    if last < first || phones.auto_assign.len() >= MAX_RANGES {
        return reports.error(
            word,
            "the range ends before it begins, or there are too many",
            "write 1 to 10",
        );
    }
    let forward = matched.text("number").zip(matched.number("seconds"));
    phones.auto_assign.push(AutoAssign { first, last, model: matched.text("model"), forward });
}

fn set_locale(locales: &mut BTreeMap<u32, SmolStr>, matched: &Matched<'_>) {
    let index = matched.number("index").unwrap_or(0);
    match matched.text("locale").filter(|_| matched.is_set()) {
        Some(locale) => {
            let own = ["U1", "U2", "U3", "U4", "U5"].iter().find(|own| matched.has(own));
            let own = own.map(|own| format!("{own} ")).unwrap_or_default();
            let package = matched.text("package").map(|package| format!(" load {package}"));
            let locale = format!("{own}{locale}{}", package.unwrap_or_default());
            locales.insert(index, locale.into());
        }
        None => drop(locales.remove(&index)),
    }
}

fn show_locales(keyword: &str, locales: &BTreeMap<u32, SmolStr>, out: &mut Printer) {
    for (index, locale) in locales {
        match index {
            0 => out.line(format!("{keyword} {locale}")),
            _ => out.line(format!("{keyword} {index} {locale}")),
        }
    }
}

fn set_parameter(parameters: &mut BTreeMap<SmolStr, SmolStr>, matched: &Matched<'_>) {
    let Some(name) = matched.text("name") else { return parameters.clear() };
    match matched.text("value").filter(|_| matched.is_set()) {
        Some(value) if parameters.len() < MAX_VALUES => drop(parameters.insert(name, value)),
        _ => drop(parameters.remove(&name)),
    }
}

fn show_parameters(parameters: &BTreeMap<SmolStr, SmolStr>, out: &mut Printer) {
    parameters.iter().for_each(|(name, value)| out.line(format!("service phone {name} {value}")));
}

fn set_entry(entries: &mut BTreeMap<u32, DirectoryEntry>, matched: &Matched<'_>) {
    let Some(index) = matched.number("index") else { return entries.clear() };
    let entry = matched.text("number").zip(matched.text("name")).filter(|_| matched.is_set());
    match entry {
        Some((number, name)) => drop(entries.insert(index, DirectoryEntry { number, name })),
        None => drop(entries.remove(&index)),
    }
}

fn show_entries(keyword: &str, entries: &BTreeMap<u32, DirectoryEntry>, out: &mut Printer) {
    for (index, DirectoryEntry { number, name }) in entries {
        out.line(format!("{keyword} {index} {number} name {name}"));
    }
}
