//! `voice register global` and `voice register session-server`.

use super::kept;
use crate::config::command::{Command, flag, number, optional_text};
use crate::config::settings::{
    DEFAULT_SIP_PORT, RegisterMode, SessionServer, SourceAddress, VoiceRegisterGlobal,
};

pub(in crate::config) static GLOBAL: &[Command<VoiceRegisterGlobal>] = {
    type Row = Command<VoiceRegisterGlobal>;
    &[
        Row::new("mode {cme|esrst}", "Who provisions the SIP phones", "none")
            .words(&[("cme", "This system"), ("esrst", "Enhanced survivable remote site telephony")])
            .apply(|global, matched, _| {
                let mode = if matched.has("cme") { RegisterMode::Cme } else { RegisterMode::Esrst };
                global.mode = Some(mode).filter(|_| matched.is_set());
            })
            .show(|global, out| match global.mode {
                Some(RegisterMode::Cme) => out.line("mode cme"),
                Some(RegisterMode::Esrst) => out.line("mode esrst"),
                None => (),
            }),
        Row::new(
            "source-address <address:ip> [port <port:0-65535>]",
            "Address SIP phones connect to",
            "none; port 5060",
        )
        .words(&[("address", "Local address"), ("port", "UDP and TCP port; 0 means any free port")])
        .apply(|global, matched, _| {
            let port = matched.port("port").unwrap_or(DEFAULT_SIP_PORT);
            let address = matched.value("address").filter(|_| matched.is_set());
            global.source_address = address.map(|address| SourceAddress { address, port });
        })
        .show(|global, out| {
            if let Some(SourceAddress { address, port }) = global.source_address {
                out.line(format!("source-address {address} port {port}"));
            }
        }),
        number!("keepalive", "120-65535", "Seconds between keepalives of SIP phones", 120, keepalive)
            .not_yet(),
        kept!("allow-hash-in-dn", "# in numbers"),
        kept!("authenticate", "Authentication of registrations"),
        kept!("bandwidth", "Bandwidth of video"),
        kept!("conference", "Conferences with hardware"),
        kept!("create profile", "Build the phones' configuration files"),
        kept!("date-format", "Date on the phones"),
        kept!("dialplan-pattern", "Expanded numbers"),
        kept!("dst", "Daylight saving time"),
        kept!("em", "Extension mobility on SIP phones"),
        kept!("external-ring", "Ring of outside calls"),
        kept!("file text", "Configuration files as text"),
        kept!("hold-alert", "Reminder of held calls"),
        kept!("ip qos", "Quality of service"),
        kept!("load", "Firmware"),
        kept!("logo", "Idle picture"),
        kept!("max-dn", "Number of directory numbers of SIP phones"),
        kept!("max-pool", "Number of SIP phones"),
        kept!("mwi", "Message waiting"),
        kept!("ntp-server", "Time server"),
        kept!("olsontimezone", "Time zone by its name"),
        kept!("privacy", "Privacy on shared lines"),
        kept!("security-policy", "Security of registrations"),
        kept!("session-transport", "Transport protocol"),
        kept!("system message", "Text on idle phones"),
        kept!("telnet", "Access to the phones"),
        kept!("tftp-path", "Where configuration files are"),
        kept!("time-format", "Time on the phones"),
        kept!("timezone", "Time zone"),
        kept!("timeouts interdigit", "Seconds between digits"),
        kept!("upgrade", "Firmware upgrade"),
        kept!("url", "URLs of the phones"),
        kept!("voicemail", "Number of the voicemail system"),
        kept!("camera", "Camera of the phones"),
        kept!("video", "Video of the phones"),
    ]
};

pub(in crate::config) static SESSION_SERVER: &[Command<SessionServer>] = {
    type Row = Command<SessionServer>;
    &[
        optional_text!("register-id", "word..30", "Identity the application registers with", register_id)
            .not_yet(),
        number!("keepalive", "60-3600", "Seconds a registration lives unless refreshed", 300, keepalive)
            .not_yet(),
        flag!("cti-aware", "Keepalive answers stop when the CTI session is gone", off, cti_aware).not_yet(),
        kept!("session-transport", "Transport protocol"),
    ]
};
