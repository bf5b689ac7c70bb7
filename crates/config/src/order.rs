//! The order in which IOS prints the lines of a mode. What is kept without effect stands where IOS has it, between the lines
//! that are in effect.

use std::sync::Arc;

use smol_str::SmolStr;

use super::mode::Mode;
use super::settings::Settings;

/// The first words of lines, in their order. A line has the place of the longest words that it begins with; what is not named
/// stands where `*` is, or at the end.
fn order(mode: Mode) -> &'static [&'static str] {
    match mode {
        Mode::TelephonyService => TELEPHONY_SERVICE,
        Mode::EphoneDn | Mode::EphoneDnTemplate => EPHONE_DN,
        Mode::Ephone | Mode::EphoneTemplate => EPHONE,
        Mode::VoiceService => VOICE_SERVICE,
        Mode::RegisterGlobal => REGISTER_GLOBAL,
        _ => &[],
    }
}

const TELEPHONY_SERVICE: &[&str] = &[
    "sdspfarm",
    "conference",
    "video",
    "srst",
    "em",
    "auto-reg-ephone",
    "authentication",
    "fxo",
    "protocol",
    "load",
    "max-ephones",
    "max-dn",
    "ip source-address",
    "ip qos",
    "ip",
    "group",
    "auto",
    "calling-number",
    "service",
    "timeouts",
    "system",
    "url",
    "cnf-file location",
    "cnf-file",
    "load-cfg-file",
    "olsontimezone",
    "user-locale",
    "network-locale",
    "time-zone",
    "time-format",
    "date-format",
    "dst",
    "keepalive",
    "sccp",
    "voicemail",
    "max-redirect",
    "max-conferences",
    "call-forward",
    "call-park",
    "moh",
    "multicast",
    "*",
    "web",
    "dn-webedit",
    "time-webedit",
    "transfer-system",
    "transfer-pattern",
    "transfer-digit-collect",
    "secondary-dialtone",
    "directory",
    "after-hours",
    "night-service",
    "dialplan-pattern",
    "xml",
    "fac",
    "create",
];

const EPHONE_DN: &[&str] = &[
    "ring",
    "number",
    "pickup-group",
    "park-slot",
    "label",
    "description",
    "name",
    "ephone-dn-template",
    "preference",
    "session-server",
    "cti",
    "allow",
    "mobility",
    "snr",
    "call-forward",
    "forward",
    "call-waiting",
    "pickup-call",
    "corlist",
    "translation-profile",
    "translate",
    "*",
    "huntstop",
    "mwi",
    "night-service",
    "paging",
    "intercom",
    "whisper-intercom",
    "hold-alert",
    "moh",
    "moh-group",
];

const EPHONE: &[&str] = &[
    "provision-tag",
    "privacy",
    "privacy-button",
    "description",
    "device-security-mode",
    "video",
    "mac-address",
    "ephone-template",
    "max-calls-per-button",
    "busy-trigger-per-button",
    "username",
    "pin",
    "fastdial",
    "blf-speed-dial",
    "speed-dial",
    "paging-dn",
    "codec",
    "type",
    "keepalive",
    "logout-profile",
    "auto-line",
    "keep-conference",
    "*",
    "button",
    "night-service",
];

const VOICE_SERVICE: &[&str] = &[
    "ip address",
    "ipv4",
    "ipv6",
    "address-hiding",
    "mode",
    "allow-connections",
    "supplementary-service",
    "redirect",
    "*",
    "fax",
    "modem",
    "h323",
    "call",
    "telephony-service",
    "callmonitor",
    "gcid",
    "cti",
    "csta",
    "sip",
];

const REGISTER_GLOBAL: &[&str] = &[
    "mode",
    "source-address",
    "group",
    "max-dn",
    "max-pool",
    "load",
    "authenticate",
    "*",
    "keepalive",
    "tftp-path",
    "file",
    "create",
];

/// The place of a line among the others of its mode.
pub(crate) fn rank(mode: Mode, line: &str) -> usize {
    let order = order(mode);
    let line = line.strip_prefix("no ").unwrap_or(line);
    let begins =
        |words: &str| line.strip_prefix(words).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let named = order.iter().enumerate().filter(|(_, words)| begins(words));
    let found = named.max_by_key(|(_, words)| words.len()).map(|(place, _)| place);
    found.or_else(|| order.iter().position(|words| *words == "*")).unwrap_or(order.len())
}

/// Sorts lines of a mode, each with the indented lines below it.
pub(crate) fn sort<L: AsRef<str>>(mode: Mode, lines: Vec<L>) -> Vec<L> {
    let mut blocks: Vec<(usize, Vec<L>)> = Vec::new();
    for line in lines {
        match blocks.last_mut() {
            Some((_, block)) if line.as_ref().starts_with([' ', '\t']) => block.push(line),
            _ => blocks.push((rank(mode, line.as_ref()), vec![line])),
        }
    }
    blocks.sort_by_key(|(rank, _)| *rank);
    blocks.into_iter().flat_map(|(_, block)| block).collect()
}

/// Sorts what is kept, so that reading what is printed gives the same.
pub(crate) fn sort_kept(settings: &mut Settings) {
    let sort_lines = |mode, kept: &mut Vec<SmolStr>| {
        if kept.len() > 1 {
            *kept = sort(mode, std::mem::take(kept));
        }
    };
    settings.voice_service.iter_mut().for_each(|voice| sort_lines(Mode::VoiceService, &mut voice.kept));
    settings.register_global.iter_mut().for_each(|global| sort_lines(Mode::RegisterGlobal, &mut global.kept));
    settings
        .telephony_service
        .iter_mut()
        .for_each(|service| sort_lines(Mode::TelephonyService, &mut service.kept));
    for template in settings.ephone_dn_templates.values_mut() {
        sort_lines(Mode::EphoneDnTemplate, &mut template.kept);
    }
    settings.ephone_templates.values_mut().for_each(|t| sort_lines(Mode::EphoneTemplate, &mut t.kept));
    for dn in settings.ephone_dns.values_mut().filter(|dn| dn.kept.len() > 1) {
        sort_lines(Mode::EphoneDn, &mut Arc::make_mut(dn).kept);
    }
    for phone in settings.ephones.values_mut().filter(|phone| phone.kept.len() > 1) {
        sort_lines(Mode::Ephone, &mut Arc::make_mut(phone).kept);
    }
}
