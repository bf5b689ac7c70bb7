//! `telephony-service`.

use std::net::Ipv4Addr;

use super::{KEEPALIVE_WORDS, PASSWORD_WORDS, credentials, kept, show_keepalive};
use crate::command::{
    Action, Command, Phones, Printer, Reports, Status, flag, number, optional_number, optional_text,
};
use crate::matcher::Matched;
use crate::settings::{
    CnfFile, DEFAULT_KEEPALIVE, DEFAULT_SCCP_PORT, DateFormat, DialplanPattern, DirectedPickup,
    MaxConferences, MaxDn, MulticastMoh, NoReg, PhoneUrl, SccpSourceAddress, SecondaryAddress, SourceAddress,
    TelephonyService, TimeFormat, TransferSystem, UrlKind, XmlUser,
};
use crate::values::ClockTime;

pub(crate) static COMMANDS: &[Command<TelephonyService>] = {
    type Row = Command<TelephonyService>;
    &[
    Row::new(
        "dialplan-pattern <tag:1-10> <pattern:dial..32> extension-length <length:1-32> [extension-pattern <extension:dial..32>] \
         [no-reg] [demote]",
        "Expanded numbers of the extensions",
        "none",
    )
    .words(&[
        ("tag", "Tag of the pattern"),
        ("pattern", "The expanded number; `.` for each digit that comes from the extension"),
        ("extension-length", "Digits of an extension"),
        ("extension-pattern", "Which extensions; by default those that the expanded number ends with"),
        ("no-reg", "The expanded numbers are not registered elsewhere"),
        ("demote", "Expanded numbers of callers are shown as extensions"),
    ])
    .apply(|service, matched, _| {
        let Some(tag) = matched.number("tag") else { return service.dialplan_patterns.clear() };
        let pattern = matched.text("pattern").zip(matched.number("length")).filter(|_| matched.is_set());
        match pattern {
            Some((pattern, extension_length)) => {
                let pattern = DialplanPattern {
                    pattern,
                    extension_length,
                    extension_pattern: matched.text("extension"),
                    no_reg: matched.has("no-reg"),
                    demote: matched.has("demote"),
                };
                service.dialplan_patterns.insert(tag, pattern);
            }
            None => {
                service.dialplan_patterns.remove(&tag);
            }
        }
    })
    .show(|service, out| {
        for (tag, pattern) in &service.dialplan_patterns {
            let extensions =
                pattern.extension_pattern.as_ref().map(|of| format!(" extension-pattern {of}")).unwrap_or_default();
            out.line(format!(
                "dialplan-pattern {tag} {} extension-length {}{extensions}{}{}",
                pattern.pattern,
                pattern.extension_length,
                if pattern.no_reg { " no-reg" } else { "" },
                if pattern.demote { " demote" } else { "" },
            ));
        }
    }),
    flag!("em external", "No extension mobility login page in the Services menu", off, em_external),
    flag!("em keep-history", "Call history on the phone survives logout", off, em_keep_history),
    Row::new("em logout <time:time> [<time:time> [<time:time>]]", "Times of day at which all users are logged out", "none")
        .words(&[("time", "Time of day, 00:00 to 24:00")])
        .apply(|service, matched, _| {
            service.em_logout.clear();
            if matched.is_set() {
                service.em_logout.extend(matched.words("time").filter_map(|word| word.text.parse::<ClockTime>().ok()));
            }
        })
        .show(|service, out| {
            if !service.em_logout.is_empty() {
                let times: Vec<_> = service.em_logout.iter().map(ToString::to_string).collect();
                out.line(format!("em logout {}", times.join(" ")));
            }
        }),
    optional_number!("max-ephones", "1-65535", "How many phones may register", "0", max_ephones),
    Row::new(
        "max-dn <count:1-65535> [preference <preference:0-10>] [no-reg [primary|both]]",
        "How many directory numbers there may be",
        "0",
    )
    .words(&[
        ("preference", "Preference of the primary numbers; 0 is best"),
        ("no-reg", "Numbers not registered elsewhere"),
    ])
    .apply(|service, matched, _| {
        service.max_dn = matched.number("count").filter(|_| matched.is_set()).map(|count| MaxDn {
            count,
            preference: matched.number("preference"),
            no_reg: no_reg(matched),
        });
    })
    .show(|service, out| {
        if let Some(MaxDn { count, preference, no_reg }) = service.max_dn {
            let preference = preference.map(|p| format!(" preference {p}")).unwrap_or_default();
            out.line(format!("max-dn {count}{preference}{}", show_no_reg(no_reg)));
        }
    }),
    Row::new(
        "ip source-address <address:ip> [port <port:0,2000-9999>] [secondary <secondary:ip> [rehome <rehome:0-65535>]] \
         [any-match|strict-match]",
        "Address SCCP phones connect to",
        "none; port 2000, any-match, rehome 120",
    )
    .words(&[
        ("address", "Local address"),
        ("port", "TCP port; 0 means any free port"),
        ("secondary", "The other system phones fall back to"),
        ("rehome", "Seconds until a phone returns"),
        ("any-match", "Phones that addressed another server may register"),
        ("strict-match", "Phones that addressed another server are refused"),
    ])
    .apply(|service, matched, reports| {
        if let (Some(word), true) = (matched.word("secondary"), matched.is_set()) {
            reports.note(word, "`secondary` is known but not in effect yet");
        }
        match matched.value("address").filter(|_| matched.is_set()) {
            Some(address) => service.set_source_address(SccpSourceAddress {
                listen: SourceAddress { address, port: matched.port("port").unwrap_or(DEFAULT_SCCP_PORT) },
                secondary: matched
                    .value("secondary")
                    .map(|address| SecondaryAddress { address, rehome: matched.number("rehome") }),
                any_match: !matched.has("strict-match"),
            }),
            None => service.remove_source_address(matched.value("address")),
        }
    })
    .show(|service, out| {
        let sources = [service.source_address, service.second_source_address];
        for SccpSourceAddress { listen, secondary, any_match } in sources.into_iter().flatten() {
            let secondary = secondary.map(|s| {
                let rehome = s.rehome.map(|r| format!(" rehome {r}")).unwrap_or_default();
                format!(" secondary {}{rehome}", s.address)
            });
            let strict = if any_match { "" } else { " strict-match" };
            let secondary = secondary.unwrap_or_default();
            out.line(format!("ip source-address {} port {}{secondary}{strict}", listen.address, listen.port));
        }
    }),
    Row::new("cnf-file {perphone|perphonetype}", "Which configuration files the phones fetch", "one file for all")
        .words(&[("perphone", "One file for each phone"), ("perphonetype", "One file for each model")])
        .apply(|service, matched, _| {
            let files = if matched.has("perphone") { CnfFile::PerPhone } else { CnfFile::PerPhoneType };
            service.cnf_file = Some(files).filter(|_| matched.is_set());
        }),
    Row::new("cnf-file location <location:line>", "Where configuration files are kept", "system memory")
        .words(&[("location", "flash:, slot0:, or tftp with a URL")])
        .apply(|service, matched, _| {
            service.cnf_file_location = matched.text("location").filter(|_| matched.is_set());
        })
        .show(|service, out| {
            out.optional("cnf-file location", service.cnf_file_location.as_ref());
            match service.cnf_file {
                Some(CnfFile::PerPhone) => out.line("cnf-file perphone"),
                Some(CnfFile::PerPhoneType) => out.line("cnf-file perphonetype"),
                None => (),
            }
        }),
    number!("timeouts interdigit", "2-120", "Seconds between digits", 10, timeout_interdigit),
    number!("timeouts ringing", "5-60000", "Seconds of ringing without answer", 180, timeout_ringing),
    number!("timeouts busy", "0-30", "Seconds of busy tone", 10, timeout_busy),
    number!(
        "timeouts transfer-recall",
        "0-1800",
        "Seconds until an unanswered transfer returns; 0 is never",
        0,
        timeout_transfer_recall
    ),
    kept!("timeouts night-service-bell", "Seconds between night service bells"),
    Row::new("moh <file:word>", "Music that held parties hear: a WAV or AU file in flash:", "built-in music")
        .apply(|service, matched, _| service.moh = matched.text("file").filter(|_| matched.is_set()))
        .show(|service, out| out.optional("moh", service.moh.as_ref())),
    Row::new("system message <text:line..80>", "Text on idle phones", "none")
        .apply(|service, matched, _| service.system_message = matched.text("text").filter(|_| matched.is_set()))
        .show(|service, out| out.optional("system message", service.system_message.as_ref())),
    Row::new(
        "url services <url:word> [root|<text:line..32>]",
        "Page of the Services button",
        "none",
    )
    .words(&[("root", "The page replaces the Services menu"), ("text", "Name of the menu entry")])
    .apply(|service, matched, _| set_url(service, matched, UrlKind::Services)),
    Row::new(
        "url {authentication|directories|idle|information|messages|proxy-server} <url:word> [<options:line>]",
        "Pages of the phones' buttons",
        "none",
    )
    .words(&[("options", "Credentials (authentication), or idle-timeout and seconds (idle)")])
    .apply(|service, matched, _| {
        let kind = URLS.iter().find(|(keyword, _)| matched.has(keyword)).map(|(_, kind)| *kind);
        if let Some(kind) = kind {
            set_url(service, matched, kind);
        }
    })
    .show(|service, out| {
        for (kind, PhoneUrl { url, root, label }) in &service.urls {
            let keyword = URLS.iter().find(|(_, k)| k == kind).map_or("services", |(keyword, _)| keyword);
            let label = label.as_ref().map(|label| format!(" {label}")).unwrap_or_default();
            out.line(format!("url {keyword} {url}{}{label}", if *root { " root" } else { "" }));
        }
    }),
    Row::new("time-zone <zone:1-57>", "Time zone, by Cisco's number", "none")
        .apply(|service, matched, _| service.time_zone = matched.number("zone").filter(|_| matched.is_set()))
        .show(|service, out| out.optional("time-zone", service.time_zone.as_ref())),
    Row::new("time-format {12|24}", "Time on the phones", "12")
        .apply(|service, matched, _| {
            let day = matched.is_set() && matched.has("24");
            service.time_format = if day { TimeFormat::Hours24 } else { TimeFormat::Hours12 };
        })
        .show(|service, out| {
            if service.time_format == TimeFormat::Hours24 {
                out.line("time-format 24");
            }
        }),
    Row::new("date-format {dd-mm-yy|mm-dd-yy|yy-dd-mm|yy-mm-dd}", "Date on the phones", "mm-dd-yy")
        .apply(|service, matched, _| {
            let given = DATES.iter().find(|(keyword, _)| matched.is_set() && matched.has(keyword));
            service.date_format = given.map_or(DateFormat::MonthDayYear, |(_, format)| *format);
        })
        .show(|service, out| {
            let changed = DATES.iter().find(|(_, f)| *f == service.date_format && *f != DateFormat::MonthDayYear);
            out.optional("date-format", changed.map(|(keyword, _)| keyword));
        }),
    Row::new(
        "keepalive <seconds:10-65535> [auxiliary <auxiliary:10-65535>]",
        "Seconds between keepalives of SCCP phones",
        "30",
    )
    .words(&KEEPALIVE_WORDS)
    .apply(|service, matched, _| {
        let given = |name| matched.number(name).filter(|_| matched.is_set());
        service.keepalive = given("seconds").unwrap_or(DEFAULT_KEEPALIVE);
        service.keepalive_auxiliary = given("auxiliary");
    })
    .show(|service, out| {
        if service.keepalive != DEFAULT_KEEPALIVE || service.keepalive_auxiliary.is_some() {
            out.value("keepalive", &show_keepalive(service.keepalive, service.keepalive_auxiliary));
        }
    }),
    number!("max-redirect", "5-20", "Most forwards of one call", 10, max_redirect),
    number!("sccp max-version", "3-22", "Highest SCCP version offered to phones", 17, sccp_max_version).status(Status::Own),
    Row::new("max-conferences <count:1-65535> [gain {-6|0|3|6}]", "Most three-party conferences at a time", "half the platform's maximum; gain -6")
        .words(&[("gain", "Gain on the audio of remote participants, in dB")])
        .apply(|service, matched, _| {
            let gain = [("0", 0), ("3", 3), ("6", 6)].into_iter().find(|(keyword, _)| matched.has(keyword));
            let gain = gain.map_or(-6, |(_, gain)| gain);
            let count = matched.number("count").filter(|_| matched.is_set());
            service.max_conferences = count.map(|count| MaxConferences { count, gain });
        })
        .show(|service, out| {
            if let Some(MaxConferences { count, gain }) = service.max_conferences {
                out.line(format!("max-conferences {count} gain {gain}"));
            }
        }),
    Row::new("transfer-system {blind|full-blind|full-consult [dss]|local-consult}", "How phones transfer calls", "full-consult")
        .words(&[
            ("blind", "Without consultation, Cisco's own way"),
            ("full-blind", "Without consultation"),
            ("full-consult", "With consultation on a second line or channel"),
            ("dss", "Also to an idle monitored line"),
            ("local-consult", "With consultation inside the system only"),
        ])
        .apply(|service, matched, _| {
            let system = match (matched.has("blind"), matched.has("full-blind"), matched.has("local-consult")) {
                (true, ..) => TransferSystem::Blind,
                (_, true, _) => TransferSystem::FullBlind,
                (.., true) => TransferSystem::LocalConsult,
                _ => TransferSystem::FullConsult { dss: matched.has("dss") },
            };
            service.transfer_system = Some(system).filter(|_| matched.is_set());
        })
        .show(|service, out| match service.transfer_system {
            Some(TransferSystem::Blind) => out.line("transfer-system blind"),
            Some(TransferSystem::FullBlind) => out.line("transfer-system full-blind"),
            Some(TransferSystem::FullConsult { dss: false }) => out.line("transfer-system full-consult"),
            Some(TransferSystem::FullConsult { dss: true }) => out.line("transfer-system full-consult dss"),
            Some(TransferSystem::LocalConsult) => out.line("transfer-system local-consult"),
            None => (),
        }),
    Row::new(
        "xml user <name:word..19> password [0|6|7] <secret:word> <privilege:0-15>",
        "User of the XML interface (AXL user)",
        "none",
    )
    .words(&PASSWORD_WORDS)
    .apply(|service, matched, _| set_xml_user(service, matched))
    .show(|service, out| show_xml_users(service.xml_users(), out)),
    Row::new("create cnf-files [version-stamp <stamp:line>]", "Build the phones' configuration files", "off")
        .words(&[("version-stamp", "When they were built")])
        .apply(|service, matched, _| {
            service.create_cnf_files = matched.is_set().then(|| matched.text("stamp"));
        })
        .show(|service, out| match &service.create_cnf_files {
            Some(Some(stamp)) => out.value("create cnf-files version-stamp", stamp),
            Some(None) => out.line("create cnf-files"),
            None => (),
        }),
    optional_text!("voicemail", "dial..32", "Number of the voicemail system", voicemail),
    kept!("after-hours", "Calls blocked outside office hours"),
        kept!("attendant-console", "Attendant console"),
        kept!("block-cid", "Caller id is withheld"),
        kept!("call-waiting", "Call waiting"),
        kept!("capf", "Certificates of phones"),
        kept!("dialplan", "Dial plan"),
        kept!("emergency", "Emergency response"),
        kept!("exclude", "Services excluded"),
        kept!("feature-button", "Feature buttons"),
        kept!("hold-alert", "Reminder of held calls"),
        kept!("ixi", "XML interface"),
        kept!("keypad-normalize", "Keypad messages in order"),
        kept!("lpcor", "Logical partitioning"),
        kept!("mlpp", "Precedence and preemption"),
        kept!("moh-live", "Live music on hold"),
        kept!("music-on-hold", "Music on hold"),
        kept!("phone-mode", "Phones without computers"),
        kept!("phone-redirect-limit", "Most redirections of one call"),
        kept!("phone-ui", "Phone user interface"),
        kept!("provision-tag", "Tags for automatic registration"),
        kept!("qsig", "QSIG"),
        kept!("sast", "Certificates of the administrator"),
        kept!("softkeys", "Soft keys"),
        kept!("tftp-path", "Where configuration files are"),
        kept!("trustpoint-label", "Certificates of phones"),
        kept!("vpn", "Virtual private network of phones"),
    kept!("application", "Application of all numbers"),
    kept!("authentication username", "Login of web administration"),
    kept!("bulk-speed-dial", "Lists of speed dials"),
    kept!("call-forward", "Call forward system settings"),
    flag!(
        "call-park system application",
        "Calls of SCCP and SIP phones are parked alike, as without",
        off,
        park_application
    ),
    flag!(
        "call-park select no-auto-match",
        "No slot is preferred because it ends as the extension does",
        off,
        park_no_match
    ),
    kept!("call-park", "Call park"),
    kept!("caller-id", "Caller id on phones"),
    kept!("calling-number", "Calling number"),
    kept!("codec", "Codec of music on hold and of conferences"),
    kept!("conference", "Conferences with hardware"),
    kept!("device-security-mode", "Security of signalling and audio"),
    kept!("dn-webedit", "Numbers edited in the browser"),
    kept!("dst", "Daylight saving time"),
    kept!("encrypt password", "Passwords shown encrypted"),
    kept!("extension-assigner", "Extension assigner"),
    kept!("fxo", "FXO hook flash"),
    kept!("group", "Groups of phones, and of networks").encloses_also(&["ip", "url"]),
    kept!("hfs", "HTTP server of the phones' files"),
    kept!("hunt-group", "Hunt group settings"),
    kept!("internal-call", "Music for internal calls"),
    kept!("ip qos", "Quality of service"),
    kept!("live-record", "Number of live record"),
    kept!("load-cfg-file", "Signed configuration files"),
    kept!("login", "Phone login timer"),
    kept!("mode", "Survivable remote site telephony"),
    kept!("moh-file-buffer", "Music on hold buffer"),
    kept!("multicast phones", "Other kinds of multicast"),
    Row::new(
        "multicast moh <group:ip> port <port:2000-65535> [route <routes:line..120>]",
        "Music on hold is sent to a group, for the phones that take it there",
        "off",
    )
    .words(&[
        ("moh", "Music on hold"),
        ("group", "Its address"),
        ("port", "UDP port"),
        ("route", "Addresses of the router by which it leaves; here it leaves by the address that phones connect to"),
    ])
    .apply(|service, matched, reports| {
        service.multicast_moh = None;
        let Some(word) = matched.word("group").filter(|_| matched.is_set()) else { return };
        let group = word.text.parse().ok().filter(|address: &Ipv4Addr| address.is_multicast());
        let Some(address) = group else {
            return reports.error(word, "no address of a group", "write one from 225.0.0.0 to 239.255.255.255");
        };
        let port = matched.number("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(2000);
        service.multicast_moh = Some(MulticastMoh { address, port, routes: matched.text("routes") });
    })
    .show(|service, out| {
        if let Some(MulticastMoh { address, port, routes }) = &service.multicast_moh {
            let routes = routes.as_ref().map(|routes| format!(" route {routes}")).unwrap_or_default();
            out.line(format!("multicast moh {address} port {port}{routes}"));
        }
    }),
    optional_text!("mwi prefix", "dial..32", "Digits that the mwi-server puts before numbers", mwi_prefix),
    kept!("mwi", "Message waiting"),
    kept!("night-service", "Night service"),
    kept!("olsontimezone", "Time zone by its name"),
    kept!("overlap-signal", "Overlap signalling"),
    kept!("phone-key-size", "Key size of phones"),
    kept!("pin", "Personal identification number"),
    flag!("privacy", "Phones of an octo-line do not see each other's calls, nor enter them", on, privacy),
    flag!(
        "privacy-on-hold",
        "Phones of an octo-line with privacy do not take up each other's held calls",
        off,
        privacy_on_hold
    ),
    kept!("protocol mode", "IPv4, IPv6 or both"),
    kept!("sdspfarm", "Conference and transcoding hardware"),
    Row::new("reset {all [<interval:0-60>] | cancel | sequence-all | <phone:mac>}", "Reboot phones", "")
        .words(&RESET_WORDS)
        .status(Status::Action)
        .apply(|_, matched, reports| restart(matched, reports, true)),
    Row::new("restart {all [<interval:0-60>] | <phone:mac>}", "Let phones register again, with their new settings", "")
        .words(&RESTART_WORDS)
        .status(Status::Action)
        .apply(|_, matched, reports| restart(matched, reports, false)),
    Row::new("service directed-pickup [gpickup]", "The PickUp key takes a number", "on")
        .words(&[("gpickup", "The GPickUp key takes a number, and PickUp is for the own group")])
        .apply(|service, matched, _| {
            service.directed_pickup = match (matched.switch(true), matched.has("gpickup")) {
                (false, _) => DirectedPickup::Off,
                (true, true) if matched.is_set() => DirectedPickup::ByGroupKey,
                _ => DirectedPickup::On,
            };
        })
        .show(|service, out| match service.directed_pickup {
            DirectedPickup::On => (),
            DirectedPickup::Off => out.line("no service directed-pickup"),
            DirectedPickup::ByGroupKey => out.line("service directed-pickup gpickup"),
        }),
    kept!("service", "Phone and number services"),
    kept!("shared-line", "Shared lines"),
    kept!("show-default", "Show defaults"),
    kept!("shutdown", "Shut down telephony service"),
    kept!("snr", "Single number reach"),
    kept!("srst", "Survivable remote site telephony"),
    kept!("secure-signaling", "Encrypted signalling"),
    kept!("server-security-mode", "Security of the server"),
    kept!("standby username", "Standby user"),
    kept!("tftp-server-credentials", "Certificate that signs files"),
    kept!("time-webedit", "Time edited in the browser"),
    kept!("transfer-digit-collect", "Digits of a transfer"),
    kept!("transfer-park", "Transfer to park"),
    kept!("trunk-optimization-pre", "Trunk optimization"),
    kept!("video", "Video").encloses(),
    kept!("vm-integration", "Voicemail integration"),
    kept!("web", "Web administration"),
    kept!("xmlschema", "XML schema"),
    kept!("xmltest", "XML test"),
    kept!("xmlthread", "XML threads"),
    kept!("background", "Saving in the background"),
    kept!("log", "Passwords of older interfaces"),
    kept!("conference-pattern", "Numbers that may be added to a conference"),
    kept!("moh g729", "Music on hold in G.729"),
]
};

/// Reads `no-reg [primary|both]`.
pub(super) fn no_reg(matched: &Matched<'_>) -> Option<NoReg> {
    match (matched.has("no-reg"), matched.has("primary")) {
        (true, true) => Some(NoReg::Primary),
        (true, false) => Some(NoReg::Both),
        _ => None,
    }
}

/// Prints what [`no_reg`] reads, with a blank before it.
pub(super) fn show_no_reg(no_reg: Option<NoReg>) -> &'static str {
    match no_reg {
        Some(NoReg::Primary) => " no-reg primary",
        Some(NoReg::Both) => " no-reg both",
        None => "",
    }
}

/// Adds a user of the XML interface, or gives it another password; `no` without a name removes all.
fn set_xml_user(service: &mut TelephonyService, matched: &Matched<'_>) {
    let mut users: Vec<XmlUser> = service.xml_users().cloned().collect();
    change_xml_users(&mut users, matched);
    let mut users = users.into_iter();
    service.xml_user = users.next();
    service.phones.other_xml_users = users.collect();
}

/// Adds a user to a list, or gives it another password; `no` without a name removes all.
pub(super) fn change_xml_users(users: &mut Vec<XmlUser>, matched: &Matched<'_>) {
    match matched.text("name") {
        Some(name) => users.retain(|user| user.credentials.name != name),
        None => users.clear(),
    }
    if let Some(credentials) =
        credentials(matched).filter(|_| matched.is_set() && users.len() < MAX_XML_USERS)
    {
        users.push(XmlUser { credentials, privilege: matched.number("privilege").unwrap_or(0) });
    }
}

/// A line for each user.
pub(super) fn show_xml_users<'a>(users: impl IntoIterator<Item = &'a XmlUser>, out: &mut Printer) {
    for XmlUser { credentials, privilege } in users {
        out.line(format!("xml user {} password {} {privilege}", credentials.name, credentials.password));
    }
}

/// Most users of the XML interface.
const MAX_XML_USERS: usize = 50;

fn set_url(service: &mut TelephonyService, matched: &Matched<'_>, kind: UrlKind) {
    match matched.text("url").filter(|_| matched.is_set()) {
        Some(url) => {
            let value = PhoneUrl {
                url,
                root: matched.has("root"),
                label: matched.text("text").or(matched.text("options")),
            };
            service.urls.insert(kind, value);
        }
        None => {
            service.urls.remove(&kind);
        }
    }
}

const URLS: [(&str, UrlKind); 7] = [
    ("authentication", UrlKind::Authentication),
    ("directories", UrlKind::Directories),
    ("idle", UrlKind::Idle),
    ("information", UrlKind::Information),
    ("messages", UrlKind::Messages),
    ("proxy-server", UrlKind::ProxyServer),
    ("services", UrlKind::Services),
];

const DATES: [(&str, DateFormat); 4] = [
    ("dd-mm-yy", DateFormat::DayMonthYear),
    ("mm-dd-yy", DateFormat::MonthDayYear),
    ("yy-dd-mm", DateFormat::YearDayMonth),
    ("yy-mm-dd", DateFormat::YearMonthDay),
];

/// Help for the words of `reset` and `restart`.
const RESET_WORDS: [(&str, &str); 5] = [
    ("sequence-all", "Every phone, the next when the one before has registered again"),
    ("cancel", "Phones that have not restarted yet stay as they are"),
    RESTART_WORDS[0],
    RESTART_WORDS[1],
    RESTART_WORDS[2],
];
const RESTART_WORDS: [(&str, &str); 3] = [
    ("all", "Every phone, one after the other"),
    ("interval", "Seconds between two phones; 15 if not given"),
    ("phone", "The phone with this MAC address"),
];

/// Seconds between two phones by default.
const RESTART_INTERVAL: u32 = 15;

/// `reset` and `restart` of all phones, or of one. A `no` in front of them does nothing, as in IOS.
fn restart(matched: &Matched<'_>, reports: &mut Reports, reboot: bool) {
    if !matched.is_set() {
        return;
    }
    let phones = matched.value("phone").map_or(Phones::All, Phones::Mac);
    let interval = matched.number("interval").unwrap_or(RESTART_INTERVAL);
    reports.actions.push(match (matched.has("cancel"), matched.has("sequence-all")) {
        (true, _) => Action::CancelRestarts,
        (false, true) => Action::RestartInSequence,
        (false, false) => Action::Restart { phones, reboot, interval },
    });
}
