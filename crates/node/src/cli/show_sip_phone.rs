//! `show voice register` and `show sip-ua`: SIP phones, in the shape of Cisco's commands of these names.

use std::{collections::BTreeMap, fmt::Write};

use hookflash_core::{StationId, view::CallDisplay};
use hookflash_provision::files;

use super::show_provisioning::date;
use crate::{
    Node, SipTransport,
    config::{PoolId, RegisterDn, RegisterPool, table::Matched},
    sip_phone::TAG_BASE,
};

/// The tags of the dial peers of SIP phones are above this.
const SIP_PEERS: u32 = 40_000;

// Writing to a string cannot fail.

/// `show voice register`.
pub(super) fn register(node: &mut Node, matched: &Matched<'_>) -> String {
    if matched.has("attempted-registrations") {
        return attempted_registrations(node);
    }
    if matched.has("tftp-bind") {
        let lines = files::sip_phone::bindings(&node.settings.configuration);
        return lines.iter().map(|line| format!("{line}\n")).collect();
    }
    if matched.has("dial-peers") {
        return dial_peers(node);
    }
    if matched.has("brief") {
        return brief(node, matched.number("pool"));
    }
    let mut text = String::new();
    let all = matched.has("all");
    if all || matched.has("global") {
        global(&mut text, node);
    }
    if all || matched.has("dn") {
        let wanted = matched.number("dn");
        let config = &node.settings.configuration;
        let dns = config.register_dns.iter().filter(|(tag, _)| wanted.is_none_or(|wanted| wanted == **tag));
        dns.for_each(|(tag, settings)| dn(&mut text, node, *tag, settings));
    }
    if all || matched.has("pool") {
        let wanted = matched.number("pool");
        let config = &node.settings.configuration;
        let pools = config.register_pools.iter();
        for (tag, settings) in pools.filter(|(tag, _)| wanted.is_none_or(|wanted| wanted == **tag)) {
            let is_registered =
                station(node, *tag).is_some_and(|id| node.sip_phones.contacts(id).count() > 0);
            let shown = !(matched.has("registered") && !is_registered
                || matched.has("unregistered") && is_registered)
                && has_such_a_call(node, *tag, matched);
            if shown {
                pool(&mut text, node, *tag, settings);
            }
        }
    }
    if all || matched.has("template") {
        let wanted = matched.number("template");
        let templates = node.settings.configuration.register_templates.iter();
        for (tag, settings) in templates.filter(|(tag, _)| wanted.is_none_or(|wanted| wanted == **tag)) {
            let _ = writeln!(text, "Temp Tag {tag}");
            let codec = settings.features.codec.map(|codec| format!("{codec:?}").to_lowercase());
            let _ = writeln!(text, "Config:\n  Codec is {}", codec.as_deref().unwrap_or("any"));
            let relay = settings.features.dtmf_relay.as_deref().unwrap_or("rtp-nte");
            let _ = writeln!(text, "  Dtmf-relay is {relay}\n");
        }
    }
    if matched.has("statistics") {
        let phones = node.settings.configuration.register_pools.keys();
        let stations: Vec<StationId> = phones.filter_map(|tag| station(node, *tag)).collect();
        let contacts: usize = stations.iter().map(|id| node.sip_phones.contacts(*id).count()).sum();
        let calls: usize = stations.iter().map(|id| node.sip_phones.leg_count(*id)).sum();
        let failed = node.sip_phones.guesses().latest(usize::MAX).len();
        let _ = writeln!(
            text,
            "Global statistics\n  Pools                 : {}\n  Active registrations  : {contacts}\n  \
             Failed registrations  : {failed}\n  Active calls          : {calls}",
            node.settings.configuration.register_pools.len()
        );
    }
    if text.is_empty() { "nothing to show\n".to_owned() } else { text }
}

/// The dial peers that IOS makes of the numbers of phones that have registered.
fn dial_peers(node: &Node) -> String {
    let config = &node.settings.configuration;
    let mut text = "Dial-peers for Pools:\n\n".to_owned();
    let mut tag = SIP_PEERS;
    for (pool, settings) in &config.register_pools {
        let Some(station) = station(node, *pool) else { continue };
        for (line, dn) in &settings.numbers {
            tag += 1;
            let Some(number) = config.register_dns.get(dn).and_then(|dn| dn.number.as_ref()) else {
                continue;
            };
            let preference = settings.preferences.get(line).copied();
            let preference = preference.or(config.register_dns.get(dn).map(|dn| dn.preference)).unwrap_or(0);
            let Some(contact) =
                node.sip_phones.contacts(station).find(|contact| contact.number() == number.as_str())
            else {
                continue;
            };
            let peer = contact.flow().peer();
            let transport = contact.flow().transport().to_string().to_lowercase();
            let _ = writeln!(
                text,
                "dial-peer voice {tag} voip\n destination-pattern {number}\n session target ipv4:{peer}\n \
                 session protocol sipv2\n session transport {transport}\n preference {preference}\n \
                 after-hours-exempt   FALSE\n"
            );
        }
    }
    text
}

/// One row for each phone.
fn brief(node: &Node, wanted: Option<u32>) -> String {
    let config = &node.settings.configuration;
    let mut text = format!(
        "{:<5} {:<15} {:<15} {:<12} {:<12} {}\n{:<5} {:<15} {:<15} {:<12} {:<12} {}\n",
        "Pool",
        "ID",
        "IP Address",
        "Ln DN",
        "Number",
        "State",
        "====",
        "===============",
        "===============",
        "============",
        "============",
        "============"
    );
    for (tag, pool) in
        config.register_pools.iter().filter(|(tag, _)| wanted.is_none_or(|wanted| wanted == **tag))
    {
        let contact = station(node, *tag).and_then(|id| node.sip_phones.contacts(id).next());
        let address = contact.map(|contact| contact.flow().peer().ip().to_string()).unwrap_or_default();
        let state = if contact.is_some() { "REGISTERED" } else { "UNREGISTERED" };
        let id = match &pool.id {
            Some(PoolId::Mac(mac)) => mac.to_string(),
            Some(PoolId::Network(address, _) | PoolId::Ip(address, _)) => address.to_string(),
            None => pool.device_name.as_deref().unwrap_or("-").to_owned(),
        };
        for (place, (line, dn)) in pool.numbers.iter().enumerate() {
            let number = config.register_dns.get(dn).and_then(|dn| dn.number.as_deref()).unwrap_or("-");
            let (first, id, address) = match place {
                0 => (tag.to_string(), id.as_str(), address.as_str()),
                _ => (String::new(), "", ""),
            };
            let _ = writeln!(
                text,
                "{first:<5} {id:<15} {address:<15} {:<12} {number:<12} {}",
                format!("{line}  {dn}"),
                if place == 0 { state } else { "" }
            );
        }
    }
    text
}

/// Whether a phone has a call of the kind that is asked for, if any is.
fn has_such_a_call(node: &Node, tag: u32, matched: &Matched<'_>) -> bool {
    let wanted = |display: CallDisplay| match display {
        CallDisplay::Connected => matched.has("connected"),
        CallDisplay::OnHold => matched.has("on-hold"),
        CallDisplay::RingingIn { .. } => matched.has("ringing"),
        _ => false,
    };
    let any = ["connected", "on-hold", "ringing"].iter().any(|word| matched.has(word));
    !any || station(node, tag)
        .is_some_and(|id| node.switch.station_view(id).appearances.iter().any(|shown| wanted(shown.display)))
}

/// `clear voice register attempted-registrations`.
pub(super) fn clear_attempts(node: &mut Node, _: &Matched<'_>) -> String {
    node.sip_phones.forget_guesses();
    String::new()
}

fn attempted_registrations(node: &Node) -> String {
    let global = node.settings.configuration.register_global.clone().unwrap_or_default();
    let size = usize::try_from(global.attempted_registrations).unwrap_or_default();
    let mut text = "Phones that have attempted to register with the registrar and failed:\n".to_owned();
    for guess in node.sip_phones.guesses().latest(size) {
        let (first, last) = (date(&node.clock, guess.first), date(&node.clock, guess.last));
        let (user, source, count) = (&guess.user, guess.source, guess.count);
        let _ = writeln!(
            text,
            "User                   : {user}\nIP address             : {source}\nAttempts               : {count}\n\
             Time of first attempt  : {first}\nTime of latest attempt : {last}\n\
             Reason for failure     : Unknown user or wrong password\n"
        );
    }
    text
}

fn station(node: &Node, pool: u32) -> Option<StationId> {
    node.switch.stations().by_tag(TAG_BASE + pool)
}

fn global(text: &mut String, node: &Node) {
    let settings = node.settings.configuration.register_global.clone().unwrap_or_default();
    let phones = &node.settings.sip_phones;
    let _ = writeln!(text, "CONFIG [Version=12.6]\n========================");
    let mode = if settings.mode.is_some() { "CME" } else { "SRST" };
    let _ = writeln!(text, "Mode is {mode}");
    let _ = writeln!(text, "Max-pool is {}", settings.max_pool);
    let _ = writeln!(text, "Max-dn is {}", settings.max_dn);
    if let Some(source) = settings.source_address {
        let _ = writeln!(text, "Source-address is {} port {}", source.address, source.port);
    }
    let authenticate = if settings.authenticate_register { "enabled" } else { "disabled" };
    let _ = writeln!(text, "Authentication of registrations is {authenticate}");
    let _ = writeln!(text, "Authentication realm is {}", phones.realm);
    let _ = writeln!(text, "Keepalive is {} seconds", settings.keepalive);
    let registrar = if phones.enabled { "enabled" } else { "disabled" };
    let (min, max) = (phones.min_expires.as_secs(), phones.max_expires.as_secs());
    let _ = writeln!(text, "Registrar is {registrar}, expires max {max} min {min}");
    let count: usize = node.sip_phones.stations().map(|id| node.sip_phones.contacts(id).count()).sum();
    let _ = writeln!(text, "Active registrations  : {count}\n");
}

fn dn(text: &mut String, node: &Node, tag: u32, settings: &RegisterDn) {
    let enabled = |on: bool| if on { "enabled" } else { "disabled" };
    let _ = writeln!(text, "Dn Tag {tag}\nConfig:");
    let _ = writeln!(text, "  Number is {}", settings.number.as_deref().unwrap_or_default());
    if let Some(name) = &settings.name {
        let _ = writeln!(text, "  Name is {name}");
    }
    if let Some(label) = &settings.label {
        let _ = writeln!(text, "  Label is {label}");
    }
    let _ = writeln!(text, "  Preference is {}", settings.preference);
    let _ = writeln!(text, "  Huntstop is {}", enabled(settings.features.huntstop.unwrap_or(true)));
    let _ = writeln!(text, "  Auto answer is disabled");
    for (pool, phone) in &node.settings.configuration.register_pools {
        let lines = phone.numbers.iter().filter(|(_, dn)| **dn == tag);
        for (line, _) in lines {
            let _ = writeln!(text, "  Pool {pool}    has this DN configured for line {line}");
        }
    }
    text.push('\n');
}

fn pool(text: &mut String, node: &Node, tag: u32, settings: &RegisterPool) {
    let _ = writeln!(text, "Pool Tag {tag}\nConfig:");
    match settings.id {
        Some(PoolId::Mac(mac)) => drop(writeln!(text, "  Mac address is {mac}")),
        Some(PoolId::Network(address, mask)) => {
            let _ = writeln!(text, "  Network address is {address}, Mask is {mask}");
        }
        Some(PoolId::Ip(address, mask)) => {
            let _ = writeln!(text, "  Ip address is {address}, Mask is {mask}");
        }
        None => {}
    }
    if let Some(model) = &settings.model {
        let _ = writeln!(text, "  Type is {model}");
    }
    for (line, dn) in &settings.numbers {
        let _ = writeln!(text, "  Number list {line} : DN {dn}");
    }
    if let Some(user) = &settings.user {
        let _ = writeln!(text, "  Username is {}", user.name);
    }
    let id = station(node, tag);
    let contacts: Vec<_> = id.into_iter().flat_map(|id| node.sip_phones.contacts(id)).collect();
    let _ = writeln!(text, "Dialpeers created:\n");
    for (index, contact) in contacts.iter().enumerate() {
        let _ = writeln!(
            text,
            "dial-peer voice {} voip\n destination-pattern {}\n session target {} {}\n contact {}\n expires {} s{}",
            40_001 + index,
            contact.number(),
            contact.flow().transport().to_lowercase(),
            contact.flow().peer(),
            contact.uri(),
            contact.seconds_left(node.now),
            if contact.is_reachable() { "" } else { " (connection lost)" },
        );
        if !contact.user_agent().is_empty() {
            let _ = writeln!(text, " user agent {}", contact.user_agent());
        }
    }
    let state = if contacts.is_empty() { "unregistered" } else { "registered" };
    let calls = id.map_or(0, |id| node.sip_phones.leg_count(id));
    let _ = writeln!(
        text,
        "Statistics:\n  Active registrations  : {}\n  State                 : {state}\n  Active calls          : {calls}\n",
        contacts.len()
    );
}

/// `show sip-ua`.
pub(super) fn sip_ua(node: &mut Node, matched: &Matched<'_>) -> String {
    if matched.has("calls") {
        return calls(node);
    }
    if matched.has("connections") {
        let count = node.sip.link_count();
        return format!("Total active connections      : {count}\n");
    }
    if matched.has("mwi") {
        return mwi(node);
    }
    if matched.has("register") {
        return registrations(node);
    }
    if matched.has("retry") || matched.has("timers") {
        return limits(node, matched.has("timers"));
    }
    let config = &node.settings.configuration;
    let is_on = |on: bool| if on { "ENABLED" } else { "DISABLED" };
    let tls = is_on(config.sips_listen_port(0).is_some());
    let web = is_on(
        config.http_listen_port().is_some()
            || config.cti_manager.as_ref().is_some_and(|m| m.http_port.is_some()),
    );
    let secure_web = is_on(config.https_listen_port().is_some());
    format!(
        "SIP User Agent Status\nSIP User Agent for UDP : ENABLED\nSIP User Agent for TCP : ENABLED\n\
         SIP User Agent for TLS over TCP : {tls}\nSIP User Agent for WebSocket : {web}\n\
         SIP User Agent for WebSocket over TLS : {secure_web}\nSIP max-forwards : 70\n"
    )
}

/// The voicemail server, and for which numbers messages wait there.
fn mwi(node: &Node) -> String {
    let configured = node.settings.configuration.sip_ua.as_ref().and_then(|ua| ua.mwi_server.as_ref());
    let (Some(server), Some(mwi)) = (configured, &node.settings.sip_phones.mwi) else {
        return "MWI server: none\n".to_owned();
    };
    let mut text = format!(
        "MWI type: {}\nMWI server: {}\nMWI expires: {}\nMWI port: {}\nMWI transport type: {}\n",
        if server.unsolicited { 1 } else { 2 },
        server.target,
        server.expires,
        server.port,
        match mwi.transport {
            SipTransport::Udp => "UDP",
            SipTransport::Tcp => "TCP",
            SipTransport::Tls => "TLS",
        },
    );
    text.push_str(if server.unsolicited { "MWI unsolicited\n" } else { "MWI solicited\n" });
    let lines = node.switch.lines();
    let subscribed: BTreeMap<&str, _> = node.sip_phones.mailboxes().collect();
    for number in &mwi.numbers {
        let device = lines.device_by_number(number).and_then(|device| lines.device(device));
        let on = if device.is_some_and(|device| device.message_waiting()) { "ON" } else { "OFF" };
        let left = subscribed.get(number.as_str()).copied().flatten();
        let left = left.map(|until| until.since(node.now).as_secs());
        let left = match (server.unsolicited, left) {
            (true, _) => String::new(),
            (false, Some(left)) => format!(" subscribed for {left} seconds"),
            (false, None) => " not subscribed".to_owned(),
        };
        let _ = writeln!(text, "endpoint {number} mwi status {on}{left}");
    }
    text
}

/// How often requests are sent, or how long is waited.
fn limits(node: &Node, timers: bool) -> String {
    let ua = node.settings.configuration.sip_ua.clone().unwrap_or_default();
    if timers {
        let (trying, rings) = (ua.trying.unwrap_or(500), ua.rings.unwrap_or(180_000));
        return format!("SIP UA Timer Values (millisecs)\ntrying {trying}, expires {rings}\n");
    }
    let mut text = "SIP UA Retry Values\n".to_owned();
    for method in ["invite", "bye", "info", "notify", "options", "prack", "register", "update"] {
        let count = ua.retries.get(method).map(u32::to_string);
        let default = if method == "invite" { "for 6 seconds" } else { "for 32 seconds" };
        let _ = writeln!(text, "{method} {}", count.as_deref().unwrap_or(default));
    }
    text
}

fn registrations(node: &Node) -> String {
    let mut text = format!("{:<33}{:<11}{:<13}{}\n", "Line", "peer", "expires(sec)", "registered");
    let _ = writeln!(text, "{} {} {} {}", "=".repeat(32), "=".repeat(10), "=".repeat(12), "=".repeat(10));
    for (number, _, registered, left) in node.sip_phones.registrations(node.now) {
        let yes = if registered { "yes" } else { "no" };
        let _ = writeln!(text, "{number:<33}{:<11}{left:<13}{yes}", "-1");
    }
    for id in node.sip_phones.stations() {
        for contact in node.sip_phones.contacts(id) {
            let left = contact.seconds_left(node.now);
            let peer = 40_000 + node.switch.stations()[id].settings().tag.saturating_sub(TAG_BASE);
            let _ = writeln!(text, "{:<33}{peer:<11}{left:<13}yes", contact.number());
        }
    }
    text
}

fn calls(node: &Node) -> String {
    let mut text = "Total SIP call legs:".to_owned();
    let stations: Vec<_> = node.sip_phones.stations().collect();
    let total: usize = stations.iter().map(|id| node.sip_phones.leg_count(*id)).sum();
    let _ = writeln!(text, "{total}");
    let mut number = 0;
    for id in stations {
        let view = node.switch.station_view(id);
        let here = |display| !matches!(display, CallDisplay::RemoteInUse | CallDisplay::RemoteHold);
        for shown in view.appearances.iter().filter(|shown| here(shown.display)) {
            number += 1;
            let (own, other) = match shown.incoming {
                true => (&shown.called, &shown.calling),
                false => (&shown.calling, &shown.called),
            };
            let _ = writeln!(
                text,
                "Call {number}\n   Line          : {}\n   Peer          : {}\n   State         : {:?}",
                own.number, other.number, shown.display
            );
        }
    }
    text
}
