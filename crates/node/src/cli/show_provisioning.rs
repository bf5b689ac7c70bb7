//! What phones fetch, who is logged in, and in words why a phone does not come up.

use std::{fmt::Write, net::IpAddr};

use hookflash_core::Instant;
use hookflash_provision::files;
use hookflash_wire::sccp::DeviceType;

use super::show_ephone::mac;
use crate::{
    Node, WallClock,
    config::table::Matched,
    fetches::{Attempt, Trace, Why},
    sccp::StationState,
};

pub(super) fn tftp_bindings(node: &mut Node, _: &Matched<'_>) -> String {
    let lines = files::bindings(&node.settings.configuration);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

pub(super) fn directory_entries(node: &mut Node, _: &Matched<'_>) -> String {
    let service = node.settings.configuration.telephony_service.as_ref();
    let entries = service.into_iter().flat_map(|service| &service.phones.directory);
    entries
        .map(|(index, entry)| format!("directory entry {index} {} name {}\n", entry.number, entry.name))
        .collect()
}

pub(super) fn ephone_login(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = String::new();
    for (tag, ephone) in &node.settings.configuration.ephones {
        let user = node.logins().find(|(phone, _)| phone == tag).map(|(_, user)| user);
        let pin = if ephone.pin.is_some() { "LOCAL" } else { "FALSE" };
        let logged_in = if user.is_some() { "TRUE" } else { "FALSE" };
        let _ = write!(text, "ephone {tag}        Pin enabled:{pin}       Logged-in:{logged_in}");
        if let Some(user) = user {
            let _ = write!(text, "  user {user}");
        }
        text.push('\n');
    }
    text
}

pub(super) fn clear_attempts(node: &mut Node, _: &Matched<'_>) -> String {
    node.attempts.clear();
    let known = |name: &str| node.switch.stations().by_name(name).is_some();
    node.fetches.forget_others(known);
    String::new()
}

/// The table of events.
pub(super) fn event_table(node: &mut Node, matched: &Matched<'_>) -> String {
    let now = date(&node.clock, node.now);
    let (devices, extensions) = (&node.events.devices, &node.events.extensions);
    let mut text = format!("IP Keyswitch Logs:({now})\n\n---- Current Period ---\n");
    let _ = writeln!(text, "Extension events: {}", extensions.len());
    let _ = writeln!(text, "Device events: {}", devices.len());
    let _ = writeln!(text, "Overwritten: {}", node.events.overwritten);
    if matched.has("summary") {
        return text;
    }
    let at = |seconds: u64| date(&node.clock, Instant::from_millis(seconds.saturating_mul(1000)));
    text.push_str("\n---- History ------\n");
    for event in extensions {
        let word = if event.up { "goes up" } else { "goes down" };
        let _ = writeln!(text, "Time:{}\nEvent:DN {}[{}] {word}", at(event.at), event.tag, event.number);
    }
    for event in devices {
        let _ = writeln!(
            text,
            "Time:{}\nEvent:IP Phone {}[{}] {}",
            at(event.at),
            event.tag,
            event.name,
            event.state.word()
        );
    }
    text
}

/// The phones that were refused, and why the configured ones are not there.
pub(super) fn attempted_registrations(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = String::from(
        "Attempting Mac address:\n\nNum    Mac Address         DateTime                          DeviceType\n\
         -----------------------------------------------------------------------------\n",
    );
    for (number, attempt) in (1..).zip(node.attempts.iter()) {
        let when = date(&node.clock, attempt.at);
        let address = mac(&attempt.name);
        let _ = writeln!(text, "{number:<6} {address:<19} {when:<33} {}", device(attempt.device_type));
        let _ = writeln!(text, "       {}", refusal(attempt, node));
    }
    explain_phones(&mut text, node);
    text
}

/// A sentence for each phone that is configured, or has fetched files, and is not registered.
fn explain_phones(text: &mut String, node: &Node) {
    let mut lines = Vec::new();
    let phones = node.switch.stations().iter().filter(|(_, station)| station.is_commanded_phone());
    for (id, station) in phones {
        let registered =
            node.stations.station_info(id).is_some_and(|info| info.state == StationState::Registered);
        if !registered {
            let name = &station.settings().name;
            let tag = station.settings().tag;
            lines.push(format!("ephone-{tag} {}: {}", mac(name), configured(node, node.fetches.trace(name))));
        }
    }
    for (name, trace) in
        node.fetches.iter().filter(|(name, _)| node.switch.stations().by_name(name).is_none())
    {
        lines.push(format!("{}: {}", mac(name), unknown(node, name, trace)));
    }
    if !lines.is_empty() {
        text.push_str("\nPhones that are not registered:\n");
        lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
}

fn refusal(attempt: &Attempt, node: &Node) -> String {
    let times = if attempt.count > 1 { format!(", {} times", attempt.count) } else { String::new() };
    let why = match attempt.why {
        Why::NotConfigured => {
            "no ephone has this mac-address, and new phones are not taken: add an ephone, or auto-reg-ephone with \
             auto assign"
                .to_owned()
        }
        Why::Full => {
            format!("max-ephones is {}: raise it, or free an ephone", node.settings.configuration.max_ephones())
        }
        Why::Name => "its name is not SEP and a MAC address, so it cannot become an ephone".to_owned(),
    };
    format!("refused at {}{times}: {why}", attempt.peer)
}

/// Why a configured phone may not be there.
fn configured(node: &Node, trace: Option<&Trace>) -> String {
    let serves = node.settings.configuration.serves_files();
    let Some(trace) = trace else {
        return match serves {
            true => "it has asked for no file: is it powered, and does DHCP option 150 give it this server's address?",
            false => "no files are served (create cnf-files): does it know this server from elsewhere?",
        }
        .to_owned();
    };
    let fetched = last_file(node, trace);
    if let Some(missing) = &trace.missing {
        return format!(
            "{fetched}; the firmware {missing} is not in flash:, so it may start again and again"
        );
    }
    match trace.found {
        true => format!("{fetched}; it has not come to register: can it reach {} by TCP?", register_at(node)),
        false => format!("{fetched}, which is not there; the next files or its stored configuration may do"),
    }
}

/// Why a phone that is not configured may not be there.
fn unknown(node: &Node, name: &str, trace: &Trace) -> String {
    let taken = node.settings.sccp.registers_new_phones;
    let fetched = last_file(node, trace);
    let pools = node.settings.configuration.register_pools.values();
    if pools.filter_map(|pool| pool.name_of_device()).any(|own| own.eq_ignore_ascii_case(name)) {
        let at = node.settings.configuration.sip_listen();
        let at = reached_at(node, at.map(|listen| (listen.address, listen.port)));
        return format!("{fetched}; it has not come to register: can it reach {at} by SIP?");
    }
    match taken {
        true => format!("{fetched}; it is not configured, and becomes an ephone when it registers"),
        false => format!("{fetched}; no ephone has its mac-address"),
    }
}

fn last_file(node: &Node, trace: &Trace) -> String {
    let at = date(&node.clock, trace.at);
    format!("it asked for {} at {at} from {}", trace.file.escape_debug(), trace.peer)
}

fn register_at(node: &Node) -> String {
    let at = node.settings.configuration.sccp_listen();
    reached_at(node, at.map(|listen| (listen.address, listen.port)))
}

/// Where phones are told to come, which is not what the configuration says under `--bind`.
fn reached_at(node: &Node, listens: Option<(IpAddr, u16)>) -> String {
    let bound = node.settings.bind.filter(|ip| !ip.is_unspecified());
    listens.map_or_else(
        || "this server".to_owned(),
        |(address, port)| format!("{} port {port}", bound.unwrap_or(address)),
    )
}

fn device(device_type: DeviceType) -> String {
    match device_type.model().and_then(|model| model.ios_words.first()) {
        Some(word) => format!("Telecaster {word}"),
        None => format!("{device_type}"),
    }
}

/// A date as IOS writes it: `22:26:32 UTC Thu Apr 28 2005`. The clock is that of the place, whatever its name.
pub(super) fn date(clock: &WallClock, at: Instant) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let time = clock.civil(at);
    let day = DAYS.get(usize::from(time.weekday)).copied().unwrap_or_default();
    let month = MONTHS.get(usize::from(time.month).saturating_sub(1)).copied().unwrap_or_default();
    format!(
        "{:02}:{:02}:{:02} UTC {day} {month} {} {}",
        time.hour, time.minute, time.second, time.day, time.year
    )
}
