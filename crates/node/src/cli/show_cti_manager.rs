//! `show cti-manager`, `show cti provider`, `show cti user`, `show alarms`, and `cti checklist`.

use std::fmt::Write;

use hookflash_core::{DeviceId, cti::Presence};
use smol_str::SmolStr;

use crate::{
    Node,
    config::{CtiDevice, CtiGroup, Mode, Settings, table::Matched},
    cti_devices, dependencies,
    session_report::SessionReport,
};

/// The settings of CTIManager, and what is in use.
pub(super) fn cti_manager(node: &mut Node, _: &Matched<'_>) -> String {
    let settings = &node.settings.csta_tcp;
    let manager = node.settings.configuration.cti_manager.clone().unwrap_or_default();
    let limits = settings.device_limits;
    let port = |port: Option<u16>| match port {
        None => "not configured".to_owned(),
        Some(0) => "any free port".to_owned(),
        Some(port) => format!("port {port}"),
    };
    let (least, most) = (settings.min_heartbeat.as_secs(), settings.max_heartbeat.as_secs());
    let raised: u64 = node.out.alarms.counts().map(|(_, count)| count).sum();
    let rows = [
        ("State", if node.csta_tcp.is_serving() { "active" } else { "shut down" }.to_owned()),
        ("Heartbeat interval", format!("minimum {least} maximum {most} seconds")),
        ("Connections", format!("{} of {}", node.csta_tcp.connections(), settings.max_sessions)),
        (
            "Sessions waiting",
            format!("{} for applications that lost their connection", node.csta_tcp.waiting()),
        ),
        ("Devices of this node", format!("{} of {}", node.applications.devices_open(), limits.per_node)),
        ("Devices per provider", format!("at most {} without an alarm", limits.per_provider)),
        ("New call accept timer", format!("{} seconds", manager.new_call_accept_timer)),
        ("Media exchange timer", format!("{} seconds", manager.media_exchange_timer)),
        ("CSTA over TCP", port(manager.csta_tcp_port)),
        ("CSTA over TLS", port(manager.csta_tls_port)),
        ("HTTP", port(manager.http_port)),
        ("HTTPS", port(manager.https_port)),
        ("Cluster security", if manager.cluster_security { "on" } else { "off" }.to_owned()),
        (
            "Journal",
            format!(
                "at most {} events of a session, {} bytes in use",
                settings.journal_maximum,
                node.applications.journal_bytes()
            ),
        ),
        ("Alarms raised", raised.to_string()),
    ];
    let mut text = "CTIManager\n".to_owned();
    for (name, value) in rows {
        // Writing into a string does not fail.
        let _ = writeln!(text, "  {name:<24}{value}");
    }
    text
}

/// A row for each provider: a session of an application.
pub(super) fn provider(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = String::new();
    for report in node.session_reports(node.now) {
        if text.is_empty() {
            let _ = writeln!(
                text,
                "{:<10}{:<32}{:<24}{:<16}{:<9}{:<9}Address",
                "Provider", "Application", "User", "State", "Devices", "Events",
            );
        }
        let own = node.switch.cti().session(report.id);
        let state = match own.map(|own| own.presence()) {
            Some(Presence::Lost { .. }) => "OUT_OF_SERVICE",
            _ => "IN_SERVICE",
        };
        let peer = report.carriage.peer.map(|peer| peer.to_string()).unwrap_or_default();
        let _ = writeln!(
            text,
            "{:<9} {:<31} {:<23} {state:<15} {:<8} {:<8} {} {peer}",
            report.id.to_string(),
            report.application,
            report.principal,
            node.applications.devices_open_by(report.id),
            report.events_sent,
            report.carriage.transport,
        );
    }
    if text.is_empty() { "no CTI provider\n".to_owned() } else { text }
}

/// The alarms that are kept, newest last.
pub(super) fn alarms(node: &mut Node, _: &Matched<'_>) -> String {
    let lines: Vec<&str> = node.out.alarms.lines().collect();
    match lines.is_empty() {
        true => "no alarms\n".to_owned(),
        false => format!("{}\n", lines.join("\n")),
    }
}

/// The first of the steps of setting up CTI that is missing for a user and a device.
pub(super) fn checklist(node: &mut Node, matched: &Matched<'_>) -> String {
    let user = matched.text("user").unwrap_or_default();
    let device = matched.text("device").unwrap_or_default();
    match missing_step(node, &user, &device) {
        Some((step, what)) => format!("step {step}: {what}\n"),
        None => format!("all steps are done: {user} controls {device}\n"),
    }
}

fn missing_step(node: &Node, user: &SmolStr, device: &str) -> Option<(u8, String)> {
    let config = &node.settings.configuration;
    if config.cti_manager.is_none() {
        return Some((1, "there are no service parameters: add `cti-manager`".to_owned()));
    }
    let lines = node.switch.lines();
    let station = node.switch.stations().iter().find(|(_, station)| station.settings().name == device);
    let devices: Vec<DeviceId> = match (lines.device_by_number(device), &station) {
        (Some(id), _) => vec![id],
        (None, Some((_, station))) => station.lines().map(|line| lines[line].device()).collect(),
        (None, None) => {
            return Some((2, format!("there is no phone, port, route point or number {device}")));
        }
    };
    if devices.is_empty() {
        return Some((3, format!("{device} has no directory number: give it a button")));
    }
    if let Some(what) = missing_pool(config, device) {
        return Some((4, what));
    }
    let Some(settings) = config.cti_users().find(|own| own.name == *user) else {
        return Some((5, format!("there is no application-user or end-user {user}")));
    };
    let rights = node.switch.settings().users.get(user);
    let controls = rights.is_some_and(|_| devices.iter().all(|id| node.switch.may_user_use(user, *id)));
    if !controls {
        return Some((5, format!("{user} does not control {device}: add controlled-device {device}")));
    }
    if !settings.groups.contains(&CtiGroup::Enabled) {
        return Some((6, format!("{user} is not in the group Standard CTI Enabled")));
    }
    let manager = config.cti_manager.as_ref()?;
    if !node.csta_tcp.is_serving() {
        return Some((7, "CTIManager is not active: add `no cti shutdown` to voice service voip".to_owned()));
    }
    let ports = [manager.csta_tcp_port, manager.csta_tls_port, manager.http_port, manager.https_port];
    if ports.iter().all(Option::is_none) {
        let what = "CTIManager listens nowhere: add `csta tcp port`, `csta tls port` or `http port`";
        return Some((7, what.to_owned()));
    }
    let sessions: Vec<_> = node
        .session_reports(node.now)
        .filter(|report| report.principal == *user && report.carriage.reachable)
        .collect();
    if sessions.is_empty() {
        return Some((8, format!("no application has logged in as {user}")));
    }
    let opened = |session: &SessionReport, id: &DeviceId| {
        session.monitored.contains(id) || node.applications.has_open(session.id, *id)
    };
    let open = |id: &DeviceId| sessions.iter().any(|session| opened(session, id));
    (!devices.iter().any(open))
        .then(|| (9, format!("the application of {user} has not opened {device}: restart its engine")))
}

/// What is missing of the device pool of a port or route point.
fn missing_pool(config: &Settings, device: &str) -> Option<String> {
    let has = |dn: &u32| {
        config
            .ephone_dns
            .get(dn)
            .is_some_and(|dn| dn.number.as_ref().is_some_and(|own| own.primary == device))
    };
    let named = |(mode, tag, own): &(Mode, u32, &CtiDevice)| {
        cti_devices::name(*mode, *tag, own) == device || own.buttons.values().any(has)
    };
    let (mode, tag, own) = config.cti_devices().find(named)?;
    let without = format!("{} {tag} has no device pool: add `device-pool`", mode.name());
    own.device_pool.is_none().then_some(without)
}

/// The users, with what they may do.
pub(super) fn user(node: &mut Node, _: &Matched<'_>) -> String {
    let config = &node.settings.configuration;
    let mut text = String::new();
    for (kind, users) in [("application-user", &config.application_users), ("end-user", &config.end_users)] {
        for user in users.values() {
            let own = node.session_reports(node.now).filter(|report| report.principal == user.name);
            // Writing into a string does not fail.
            let sessions = match own.count() {
                1 => "1 session".to_owned(),
                count => format!("{count} sessions"),
            };
            let _ = writeln!(text, "{kind} {}, {sessions}", user.name);
            for name in &user.subject_names {
                let _ = writeln!(text, "  x509-subject-name {name}");
            }
            for group in &user.groups {
                let _ = writeln!(text, "  group {}", group.name());
            }
            for device in &user.controlled {
                let _ = writeln!(text, "  controlled-device {device}");
            }
            for note in crate::users::notes_about(config, user) {
                let _ = writeln!(text, "  Warning: {note}");
            }
        }
    }
    if text.is_empty() { "no user of CTI\n".to_owned() } else { text }
}

/// Which parts of the configuration use an object.
pub(super) fn dependency(node: &mut Node, matched: &Matched<'_>) -> String {
    let word = |name| matched.text(name).unwrap_or_default();
    let config = node.running_configuration();
    dependencies::text(&config, (&word("object"), &word("name")), matched.has("detail"))
}
