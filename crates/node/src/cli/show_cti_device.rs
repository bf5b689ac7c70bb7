//! `show cti device`: CTI ports and route points by name, and who has them open.

use std::fmt::Write;

use hookflash_core::{CtiDeviceKind, MediaWay, Opening, Station, StationId};

use crate::{
    Node,
    config::{Mode, table::Matched},
    cti_devices,
};

/// A row for each device, in the order of the names.
pub(super) fn device(node: &mut Node, matched: &Matched<'_>) -> String {
    let wanted = matched.word("name").map(|word| word.text);
    let stations = node.switch.stations().iter();
    let mut devices: Vec<(StationId, &Station, CtiDeviceKind)> = stations
        .filter_map(|(id, station)| Some((id, station, station.settings().cti_device?)))
        .filter(|(_, station, _)| wanted.is_none_or(|name| station.settings().name == name))
        .collect();
    devices.sort_by(|(_, one, _), (_, other, _)| one.settings().name.cmp(&other.settings().name));
    let mut text = format!(
        "{:<21}{:<13}{:<13}{:<17}{:<8}{:<16}Opened by\n",
        "Name", "Type", "Device pool", "Lines", "Calls", "State",
    );
    for (id, station, kind) in &devices {
        let numbers: Vec<&str> =
            station.lines().map(|line| node.switch.lines()[line].number().as_str()).collect();
        let calls: usize = station.lines().map(|line| node.switch.calls().at_line(line).len()).sum();
        let kind = match kind {
            CtiDeviceKind::Port => "port",
            CtiDeviceKind::RoutePoint => "route point",
        };
        let state = if station.is_registered() { "in service" } else { "out of service" };
        let _ = writeln!(
            text,
            "{:<20} {:<12} {:<12} {:<16} {:<7} {:<15} {}",
            station.settings().name,
            kind,
            pool(node, station),
            numbers.join(","),
            calls,
            state,
            openers(node, *id),
        );
    }
    match devices.is_empty() {
        true => "no CTI port or route point\n".to_owned(),
        false => text,
    }
}

fn pool(node: &Node, station: &Station) -> String {
    let named = |(mode, tag, device): &(Mode, u32, &crate::config::CtiDevice)| {
        cti_devices::name(*mode, *tag, device) == station.settings().name
    };
    let configured = node.settings.configuration.cti_devices().find(named);
    configured.and_then(|(_, _, device)| device.device_pool.as_deref()).unwrap_or("-").to_owned()
}

/// Each session that has the device open, or is registered for the routes of its calls.
fn openers(node: &Node, station: StationId) -> String {
    let opened = node.switch.openings(station).iter().map(|opening| {
        let Opening { session, media, .. } = opening;
        let media = match media {
            MediaWay::None => "none".to_owned(),
            MediaWay::Static(address) => format!("static {}:{}", address.ip, address.port),
            MediaWay::Dynamic => "dynamic".to_owned(),
            MediaWay::Socket => "ws".to_owned(),
            MediaWay::Auto => "auto".to_owned(),
        };
        format!("{session} {} ({media})", application(node, *session))
    });
    let devices: Vec<_> = node
        .switch
        .stations()
        .get(station)
        .into_iter()
        .flat_map(|station| station.lines())
        .map(|line| node.switch.lines()[line].device())
        .collect();
    let is_point = node
        .switch
        .stations()
        .get(station)
        .is_some_and(|station| station.settings().cti_device == Some(CtiDeviceKind::RoutePoint));
    let routes = node
        .switch
        .route_registrations()
        .filter(|(_, _, device)| is_point && device.is_none_or(|device| devices.contains(&device)));
    let routes = routes.map(|(_, session, _)| format!("{session} {} (routes)", application(node, session)));
    let all: Vec<String> = opened.chain(routes).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

fn application(node: &Node, session: hookflash_core::cti::SessionId) -> &str {
    node.applications.session(session).map_or("", |session| session.identity().application.as_str())
}
