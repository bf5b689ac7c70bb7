//! `show ephone-dn`: directory numbers as ports of analogue telephones, which IOS takes them for.

use std::fmt::Write;

use hookflash_core::{Channels, Connection, ConnectionState, Line, LineId};

use crate::{Node, config::table::Matched};

/// The slot of the ports of ephone-dns.
const PORT: &str = "50/0/";

/// What IOS says about every such port.
const PORT_FACTS: &str = " Type of VoicePort is EFXS
 Operation State is {up}
 Administrative State is UP
 No Interface Down Failure
 Description is not set
 Noise Regeneration is enabled
 Non Linear Processing is enabled
 Music On Hold Threshold is Set to -38 dBm
 In Gain is Set to 0 dB
 Out Attenuation is Set to 0 dB
 Echo Cancellation is enabled
 Playout-delay Mode is set to adaptive
 Connection Mode is normal
 Connection Number is not set
";

/// The lines of `ephone-dn`, or the one with this tag, in the order of their tags.
pub(super) fn numbers(node: &Node, tag: Option<u32>) -> Vec<(LineId, &Line)> {
    let configured = &node.settings.configuration.ephone_dns;
    let is_one = |line: &Line| configured.contains_key(&line.settings().tag) && !line.is_removed();
    let lines = node.switch.lines().iter().filter(|(_, line)| is_one(line));
    let mut found: Vec<_> =
        lines.filter(|(_, line)| tag.is_none_or(|tag| line.settings().tag == tag)).collect();
    found.sort_by_key(|(_, line)| line.settings().tag);
    found
}

/// The calls of a line, by channel.
fn calls(node: &Node, id: LineId) -> Vec<&Connection> {
    let calls = node.switch.calls();
    calls.at_line(id).iter().filter_map(|key| calls.connection(*key)).collect()
}

pub(super) fn is_up(node: &Node, line: &Line) -> bool {
    let stations = node.switch.stations();
    let registered =
        |id: &hookflash_core::StationId| stations.get(*id).is_some_and(|own| own.is_registered());
    let settings = line.settings();
    settings.cti_notify || settings.park_slot.is_some() || line.stations().iter().any(registered)
}

/// The state of a channel, in the words of IOS.
pub(super) fn state(node: &Node, line: &Line, call: Option<&Connection>) -> &'static str {
    let Some(call) = call else { return if is_up(node, line) { "IDLE" } else { "DOWN" } };
    let others = || node.switch.calls().others(call.key());
    match call.state() {
        ConnectionState::Null => "IDLE",
        ConnectionState::Initiated | ConnectionState::Fail => "SIEZE",
        ConnectionState::Alerting => "RINGING",
        ConnectionState::Hold | ConnectionState::Queued => "HOLD",
        ConnectionState::Connected if others().any(|other| other.state().is_answered()) => "CONNECTED",
        ConnectionState::Connected if others().next().is_some() => "ALERTING",
        ConnectionState::Connected => "SIEZE",
    }
}

fn channels(line: &Line) -> usize {
    match line.settings().channels {
        Channels::Unlimited => 1,
        channels => channels.count(),
    }
}

/// The ports one by one, or in a table.
pub(super) fn ephone_dn(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let found = numbers(node, matched.number("tag"));
    if found.is_empty() {
        return "No ephone-dn is configured.\n".to_owned();
    }
    if matched.has("summary") {
        return summary(node, &found);
    }
    let mut text = String::new();
    for (id, line) in found {
        let (tag, calls) = (line.settings().tag, calls(node, id));
        for channel in 0..channels(line) {
            let state = state(node, line, calls.get(channel).copied());
            let _ = write!(text, "{PORT}{tag} CH{} {state:<10}", channel + 1);
        }
        text.truncate(text.trim_end().len());
        let _ = write!(text, "\nEFXS {PORT}{tag} Slot is 50, Sub-unit is 0, Port is {tag}\n");
        text.push_str(&PORT_FACTS.replace("{up}", if is_up(node, line) { "UP" } else { "DORMANT" }));
        let timeouts = &node.switch.settings().timeouts;
        let _ = writeln!(text, " Interdigit Time Out is set to {} s", timeouts.interdigit.as_secs());
        let _ = writeln!(text, " Ringing Time Out is set to {} s", timeouts.ringing.as_secs());
        let name = Some(line.settings().name.as_str()).filter(|name| !name.is_empty()).unwrap_or("None");
        let _ = writeln!(text, " Station name {name}, Station number {}\n", line.number());
    }
    text
}

const RULE: &str = "======== =========== ======== === ==================== ======================\n";

fn summary(node: &Node, found: &[(LineId, &Line)]) -> String {
    let mut text = format!("PORT     DN STATE    CODEC    VAD VTSP STATE            VPM STATE\n{RULE}");
    for (id, line) in found {
        let (calls, several) = (calls(node, *id), channels(line) > 1);
        for channel in 0..channels(line) {
            let call = calls.get(channel).copied();
            let state = state(node, line, call);
            let port = port(line, channel);
            let shown = if several { format!("CH{} {state}", channel + 1) } else { state.to_owned() };
            let (codec, vtsp, vpm) = signalling(call);
            let _ = writeln!(text, "{port:<8} {shown:<11} {codec:<8}  -  {vtsp:<20} {vpm}");
        }
    }
    text
}

/// `show voice call summary`: the same ports, without what their numbers do.
pub(super) fn voice_call_summary(node: &mut Node, _: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = "PORT           CODEC    VAD VTSP STATE            VPM STATE\n\
                    ============== ======== === ==================== ======================\n"
        .to_owned();
    for (id, line) in numbers(node, None) {
        let calls = calls(node, id);
        for channel in 0..channels(line) {
            let (codec, vtsp, vpm) = signalling(calls.get(channel).copied());
            let port = port(line, channel);
            let _ = writeln!(text, "{port:<14} {codec:<8}  -  {vtsp:<20} {vpm}");
        }
    }
    text
}

fn port(line: &Line, channel: usize) -> String {
    format!("{PORT}{}.{}", line.settings().tag, channel + 1)
}

fn signalling(call: Option<&Connection>) -> (&'static str, &'static str, &'static str) {
    match call.map(Connection::state) {
        None | Some(ConnectionState::Null) => ("-", "-", "EFXS_ONHOOK"),
        Some(ConnectionState::Alerting) => ("-", "S_ALERTING", "EFXS_RINGING"),
        Some(ConnectionState::Connected | ConnectionState::Hold) => ("g711ulaw", "S_CONNECT", "EFXS_CONNECT"),
        Some(_) => ("-", "S_DIGIT_COLLECT", "EFXS_OFFHOOK"),
    }
}

/// The slots at which calls are parked.
pub(super) fn park(node: &mut Node, _: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = String::new();
    for (id, line) in numbers(node, None) {
        let Some(slot) = &line.settings().park_slot else { continue };
        let parked = calls(node, id);
        let state = if parked.is_empty() { "IDLE" } else { "CONNECTED" };
        let _ = writeln!(text, "DN {} ({}) park-slot state {state}", line.settings().tag, line.number());
        let parker = parked.first().and_then(|call| call.parked_by()).cloned().unwrap_or_default();
        let (timeout, limit) = (slot.timeout.map_or(0, |timeout| timeout.as_secs()), slot.limit);
        let _ = writeln!(text, "Notify to ({parker}) timeout {timeout} limit {limit}");
    }
    if text.is_empty() { "No park-slot is configured.\n".to_owned() } else { text }
}

/// The paging numbers, and the phones that play their calls.
pub(super) fn paging(node: &mut Node, _: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = "Paging Configuration\n".to_owned();
    for (id, line) in numbers(node, None).into_iter().filter(|(_, line)| line.settings().paging) {
        let tag = line.settings().tag;
        let active = !calls(node, id).is_empty();
        let _ = writeln!(text, "ephone-dn {tag} ( {} )", if active { "ACTIVE" } else { "IDLE" });
        let _ = writeln!(text, " number {}", line.number());
        let members = node.switch.stations().iter().map(|(_, station)| station);
        for station in members.filter(|station| station.settings().paging_number == Some(tag)) {
            let ephone = station.settings().tag;
            let on = if station.plays_page() { "ON" } else { "OFF" };
            let _ = writeln!(
                text,
                "   ephone-{ephone}[{}]          paging-dn {tag}({on})",
                ephone.saturating_sub(1)
            );
        }
    }
    text
}
