//! `voice register global` and `voice register session-server`.

use smol_str::SmolStr;

use super::phone_files::{set_load, show_loads};
use super::telephony_service::{change_xml_users, show_xml_users};
use super::{PASSWORD_WORDS, kept};
use crate::command::{Command, Status, flag, number, optional_number, optional_text, secure_audio};
use crate::settings::{DEFAULT_SIP_PORT, RegisterMode, SessionServer, SourceAddress, VoiceRegisterGlobal};

pub(crate) static GLOBAL: &[Command<VoiceRegisterGlobal>] = {
    type Row = Command<VoiceRegisterGlobal>;
    &[
        Row::new("mode {cme|cme-app|esrst}", "Who provisions the SIP phones", "none")
            .words(&[
                ("cme", "This system"),
                ("cme-app", "This system, as an application sees it"),
                ("esrst", "Enhanced survivable remote site telephony"),
            ])
            .apply(|global, matched, _| {
                let mode = MODES.iter().find(|(word, _)| matched.has(word)).map(|(_, mode)| *mode);
                global.mode = mode.filter(|_| matched.is_set());
            })
            .show(|global, out| {
                let mode = MODES.iter().find(|(_, mode)| global.mode == Some(*mode));
                out.optional("mode", mode.map(|(word, _)| word));
            }),
        Row::new(
            "source-address <address:ip> [port <port:0-65535>] [secondary <secondary:ip>]",
            "Address SIP phones connect to",
            "none; port 5060",
        )
        .words(&[
            ("address", "Local address"),
            ("port", "UDP and TCP port; 0 means any free port"),
            ("secondary", "The other system phones fall back to"),
        ])
        .apply(|global, matched, _| {
            global.secondary_address = matched.value("secondary").filter(|_| matched.is_set());
            let port = matched.port("port").unwrap_or(DEFAULT_SIP_PORT);
            let address = matched.value("address").filter(|_| matched.is_set());
            global.source_address = address.map(|address| SourceAddress { address, port });
        })
        .show(|global, out| {
            if let Some(SourceAddress { address, port }) = global.source_address {
                let secondary = global.secondary_address.map(|other| format!(" secondary {other}"));
                out.line(format!("source-address {address} port {port}{}", secondary.unwrap_or_default()));
            }
        }),
        number!("keepalive", "120-65535", "Seconds between keepalives of SIP phones", 120, keepalive),
        number!("max-dn", "0-10000", "Directory numbers of SIP phones that may exist", 0, max_dn),
        number!("max-pool", "0-10000", "SIP phones that may exist", 0, max_pool),
        kept!("allow-hash-in-dn", "# in numbers"),
        kept!("apply-config", "New settings sent to the phones"),
        kept!("after-hours", "Calls blocked outside office hours"),
        kept!("auto", "Phones made on their own"),
        kept!("bulk-speed-dial", "Lists of speed dials"),
        kept!("blf-speed-dial", "Speed dials with lamps"),
        kept!("cnf-file", "Configuration files"),
        kept!("create", "Build the phones' configuration files"),
        kept!("device-security-mode", "Security of signalling and audio"),
        kept!("dnd", "Do not disturb"),
        kept!("emergency", "Emergency response"),
        kept!("exclude", "Services excluded"),
        kept!("extension-assigner", "Extension assigner"),
        kept!("feature-button", "Feature buttons"),
        kept!("internal-call", "Music for internal calls"),
        kept!("kpml", "Digits one by one"),
        kept!("lpcor", "Logical partitioning"),
        kept!("max-redirect", "Most redirections"),
        kept!("moh", "Music on hold"),
        kept!("night-service", "Night service"),
        kept!("phone-display", "Display of the phones"),
        kept!("protocol mode", "IPv4, IPv6 or both"),
        kept!("provision-tag", "Tags for automatic registration"),
        kept!("session-server", "Session managers"),
        kept!("shared-line", "Shared lines"),
        kept!("snr", "Single number reach"),
        secure_audio!(),
        kept!("standby username", "Standby user"),
        kept!("tls", "TLS"),
        kept!("web", "Web administration"),
        Row::new(
            "xml user <name:word..19> password [0|6|7] <secret:word> <privilege:0-15>",
            "User who proves the registrations of session managers",
            "none",
        )
        .words(&PASSWORD_WORDS)
        .apply(|global, matched, _| change_xml_users(&mut global.xml_users, matched))
        .show(|global, out| show_xml_users(&global.xml_users, out)),
        kept!("application", "Application of all numbers"),
        number!(
            "attempted-registrations size",
            "0-50",
            "Entries of the list of phones that were refused",
            10,
            attempted_registrations
        ),
        flag!(
            "authenticate register",
            "Every registration has to prove its password",
            off,
            authenticate_register
        ),
        optional_text!("authenticate realm", "word..64", "Realm of the passwords", realm),
        Row::new("authenticate [all]", "Short for authenticate register", "off")
            .words(&[("all", "Every registration")])
            .apply(|global, matched, _| global.authenticate_register = matched.switch(false)),
        kept!("authenticate credential", "Credentials in files"),
        kept!("authenticate ood-refer", "Authentication of REFER"),
        kept!("authenticate presence", "Authentication of presence"),
        kept!("auto-register", "Phones made on their own").encloses(),
        kept!("bandwidth", "Bandwidth of video"),
        kept!("bulk", "Registrations in one message"),
        kept!("call-feature-uri", "Addresses of soft keys"),
        kept!("call-forward", "Call forward system settings"),
        kept!("calling-number", "Calling number"),
        kept!("conference", "Conferences with hardware"),
        Row::new("create profile [sync <stamp:word>]", "Build the phones' configuration files", "off")
            .words(&[
                ("profile", "The files of all SIP phones"),
                ("sync", "When they were built, as IOS notes it"),
            ])
            .apply(|global, matched, _| {
                global.create_profile = matched.is_set();
                global.profile_stamp = matched.text("stamp").filter(|_| matched.is_set());
            })
            .show(|global, out| {
                if global.create_profile {
                    let stamp = global.profile_stamp.as_ref().map(|stamp| format!(" sync {stamp}"));
                    out.line(format!("create profile{}", stamp.unwrap_or_default()));
                }
            }),
        Row::new("date-format {D/M/Y|M/D/Y|Y-D-M|Y/D/M|Y/M/D|YY-M-D}", "Date on the phones", "M/D/Y")
            .apply(|global, matched, _| {
                let given = DATES.iter().find(|word| matched.is_set() && matched.has(word));
                global.date_format = given.map(|word| SmolStr::new_static(word));
            })
            .show(|global, out| out.optional("date-format", global.date_format.as_ref())),
        kept!("dialplan-pattern", "Expanded numbers"),
        kept!("dst", "Daylight saving time"),
        kept!("em", "Extension mobility on SIP phones"),
        kept!("external-ring", "Ring of outside calls"),
        kept!("fac", "Feature access codes"),
        kept!("file text", "Configuration files as text"),
        kept!("forwarding local", "Calls forwarded inside the system"),
        kept!("group", "Groups of networks").encloses_also(&["source-address", "url"]),
        kept!("hold-alert", "Reminder of held calls"),
        kept!("ip qos", "Quality of service"),
        Row::new("load <model:word..32> <file:word..64>", "Firmware of a model", "what the phone has")
            .words(&[("model", "Model, such as 8841"), ("file", "Firmware file in flash:")])
            .apply(|global, matched, _| set_load(&mut global.loads, matched))
            .show(|global, out| show_loads(&global.loads, out)),
        kept!("logo", "Idle picture"),
        kept!("mwi", "Message waiting"),
        kept!("network-locale", "Tones and cadences"),
        kept!("ntp-server", "Time server"),
        kept!("olsontimezone", "Time zone by its name"),
        kept!("overlap-signal", "Overlap signalling"),
        kept!("phone-mode", "Phones without computers"),
        kept!("phone-redirect-limit", "Most redirections of one call"),
        kept!("privacy", "Privacy on shared lines"),
        kept!("privacy-on-hold", "Privacy of held calls"),
        kept!("reset", "Reset the phones"),
        kept!("restart", "Restart the phones"),
        kept!("security-policy", "Security of registrations"),
        kept!("service", "Phone services"),
        kept!("session-transport", "Transport protocol"),
        kept!("system message", "Text on idle phones"),
        kept!("telnet", "Access to the phones"),
        kept!("tftp-path", "Where configuration files are"),
        Row::new("time-format {12|24}", "Time on the phones", "12")
            .apply(|global, matched, _| global.hours_24 = matched.is_set() && matched.has("24"))
            .show(|global, out| {
                if global.hours_24 {
                    out.line("time-format 24");
                }
            }),
        Row::new("timezone <zone:1-57>", "Time zone, by Cisco's number", "none")
            .apply(|global, matched, _| {
                global.time_zone = matched.number("zone").filter(|_| matched.is_set());
            })
            .show(|global, out| out.optional("timezone", global.time_zone.as_ref())),
        kept!("timeouts interdigit", "Seconds between digits"),
        optional_number!(
            "timeouts transfer-recall",
            "0-1800",
            "Seconds until an unanswered transfer of a SIP phone returns; 0 is never",
            "by telephony-service",
            transfer_recall
        ),
        kept!("upgrade", "Firmware upgrade"),
        kept!("url", "URLs of the phones"),
        kept!("user-locale", "Language of the phones"),
        optional_text!("voicemail", "dial..32", "Number of the voicemail system", voicemail),
        kept!("camera", "Camera of the phones"),
        kept!("video", "Video of the phones"),
    ]
};

const DATES: [&str; 6] = ["D/M/Y", "M/D/Y", "Y-D-M", "Y/D/M", "Y/M/D", "YY-M-D"];

const MODES: [(&str, RegisterMode); 3] =
    [("cme", RegisterMode::Cme), ("cme-app", RegisterMode::CmeApp), ("esrst", RegisterMode::Esrst)];

pub(crate) static SESSION_SERVER: &[Command<SessionServer>] = {
    type Row = Command<SessionServer>;
    &[
        optional_text!("register-id", "word..30", "Identity the application registers with", register_id),
        number!("keepalive", "60-3600", "Seconds a registration lives unless refreshed", 300, keepalive),
        flag!("cti-aware", "Keepalive answers stop when the CTI session is gone", off, cti_aware),
        Row::new(
            "xml user <name:word..19> password [0|6|7] <secret:word> <privilege:0-15>",
            "User who proves its registrations, where `authenticate` demands it",
            "those of voice register global, else of telephony-service",
        )
        .status(Status::Own)
        .words(&PASSWORD_WORDS)
        .apply(|server, matched, _| change_xml_users(&mut server.xml_users, matched))
        .show(|server, out| show_xml_users(&server.xml_users, out)),
        kept!("session-transport", "Transport protocol"),
    ]
};
