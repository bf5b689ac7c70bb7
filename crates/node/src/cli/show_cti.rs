//! `show cti call`, `gcid`, `line-node` and `session`.

use std::fmt::Write;

use hookflash_core::{Call, Connection, ConnectionState, Device, DeviceId};

use crate::{Node, config::table::Matched};

/// Every number that may be watched, and a row for its leg of each call.
pub(super) fn call(node: &mut Node, _: &Matched<'_>) -> String {
    let digits = |leg: &Connection| leg.reference().to_string().len();
    let longest = watched(node).flat_map(|(id, _)| legs(node, id)).map(|(leg, _)| digits(leg)).max();
    // The columns of IOS, which has small numbers; wider where they are not.
    let width = longest.unwrap_or(0).max(6);
    let mut text = format!(
        "DN         {:<width$} GCID                                Calling    Called     State\n\
         =========  {:=<width$} =================================== ========== ========== ======\n",
        "CallID", "",
    );
    let width = if width > 6 { width } else { 7 };
    for (id, device) in watched(node) {
        let _ = writeln!(text, "{}", device.number());
        for (leg, call) in legs(node, id) {
            let _ = writeln!(
                text,
                "           {:<width$} {} {:<10} {:<10} {}",
                leg.reference(),
                call.global_id(),
                call.calling().number.as_str(),
                call.called().number.as_str(),
                state(leg.state()),
            );
        }
    }
    text
}

/// A row for each call: its global identifier and the numbers of its legs.
pub(super) fn gcid(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = "GCID                                 callIDs\n\
                    ===================================  =================\n"
        .to_owned();
    let mut none = true;
    for call in node.switch.calls().iter() {
        none = false;
        let _ = write!(text, "{}  ", call.global_id());
        for connection in node.switch.calls().connections(call.id()) {
            let _ = write!(text, "{}, ", connection.reference());
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    if none {
        text.push_str("no active GCID\n");
    }
    text
}

/// Each number that somebody may watch and control, and its calls; the asterisk marks which side of the call the number is.
pub(super) fn line_node(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = "line dn             number of call instance\n\
                    ================    =======================\n"
        .to_owned();
    for (id, device) in watched(node) {
        let _ = writeln!(text, "{:<20}{}", device.number().as_str(), legs(node, id).count());
        if node.switch.is_closed_by_kind(id) {
            text.push_str("      not open to applications: overlay line, or shared line in basic mode\n");
        }
        for (leg, call) in legs(node, id) {
            let calling = !leg.is_incoming();
            let mark = |ours: bool| if ours { "*" } else { "" };
            let _ = writeln!(
                text,
                "      callID {}({:X} ),  {}cg = {}, {}cd = {}",
                leg.reference(),
                call.id().number(),
                mark(calling),
                call.calling().number,
                mark(!calling),
                call.called().number,
            );
        }
    }
    text
}

/// A row for each session.
pub(super) fn session(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = String::new();
    for session in node.session_reports(node.now) {
        if text.is_empty() {
            let _ = writeln!(
                text,
                "{:<9}{:<32}{:<10}{:<27}{:<10}{:<20}{:<10}Up since",
                "Session", "Application", "Line", "Transport", "State", "Monitor", "Expires",
            );
        }
        let up = node.clock.civil(node.now - session.up);
        let number = |device: &DeviceId| {
            node.switch.lines().device(*device).map_or("", |device| device.number().as_str())
        };
        let monitored: Vec<&str> = session.monitored.iter().map(number).collect();
        let carriage = &session.carriage;
        let peer = carriage.peer.map(|peer| peer.to_string()).unwrap_or_default();
        let _ = writeln!(
            text,
            "{:<8} {:<31} {:<9} {:<26} {:<9} {:<19} {:<9} {:02}:{:02}:{:02}",
            session.id.to_string(),
            session.application,
            session.line.as_ref().map_or("-", number),
            format!("{} {peer}", carriage.transport),
            if carriage.reachable { "UP" } else { "SUSPENDED" },
            monitor_column(&monitored),
            carriage.expires_in.map_or_else(|| "-".to_owned(), |left| format!("{} s", left.as_secs())),
            up.hour,
            up.minute,
            up.second,
        );
    }
    if text.is_empty() { "no active CTI session\n".to_owned() } else { text }
}

/// The numbers of the monitored lines, as many as fit the column, and how many more there are.
pub(super) fn monitor_column(numbers: &[&str]) -> String {
    const WIDTH: usize = 18;
    let mut text = String::new();
    for (place, number) in numbers.iter().enumerate() {
        let more = format!(",+{}", numbers.len() - place);
        if text.len() + 1 + number.len() + more.len() > WIDTH && place + 1 < numbers.len() {
            return text + &more;
        }
        if place > 0 {
            text.push(',');
        }
        text.push_str(number);
    }
    if text.is_empty() { "-".to_owned() } else { text }
}

fn watched(node: &Node) -> impl Iterator<Item = (DeviceId, &Device)> {
    node.switch.lines().devices().filter(|(id, _)| node.switch.may_anybody_use(*id))
}

/// The connections of a device with their calls, line by line.
fn legs(node: &Node, device: DeviceId) -> impl Iterator<Item = (&Connection, &Call)> {
    let (lines, calls) = (node.switch.lines(), node.switch.calls());
    let keys = lines.of_device(device).flat_map(|(line, _)| calls.at_line(line));
    keys.filter_map(|key| {
        let connection = calls.connection(*key)?;
        Some((connection, calls.get(connection.call())?))
    })
}

fn state(state: ConnectionState) -> &'static str {
    match state {
        ConnectionState::Null => "NULL",
        ConnectionState::Initiated => "INIT",
        ConnectionState::Alerting => "ALERT",
        ConnectionState::Connected => "ACT",
        ConnectionState::Hold => "HOLD",
        ConnectionState::Queued => "QUEUE",
        ConnectionState::Fail => "FAIL",
    }
}
