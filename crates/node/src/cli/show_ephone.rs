//! `show ephone`: phones, in the shape of Cisco's command of that name.

use std::fmt::Write;

use hookflash_core::{
    ButtonKind, ButtonSettings, ForwardingType, Line, LineId, Ring, Station, StationId,
    view::{CallDisplay, StationView},
};
use hookflash_wire::sccp::DeviceModel;
use smol_str::SmolStr;

use crate::{
    Node,
    config::table::Matched,
    sccp::{StationInfo, StationState},
};

/// Which phones to show.
enum Which {
    All,
    State(StationState),
    OffHook,
    Ringing,
    ForwardingAll,
    Dn(u32),
    Number(SmolStr),
}

pub(super) fn ephone(node: &mut Node, matched: &Matched<'_>) -> String {
    let which = which(matched);
    let mut text = String::new();
    for (index, (id, station)) in node.switch.stations().iter().enumerate() {
        let Some(info) = node.stations.station_info(id) else { continue };
        let view = node.switch.station_view(id);
        if !which.includes(node, station, &info, &view) {
            continue;
        }
        if matched.has("summary") {
            summary(&mut text, index, node, station, &info, &view);
        } else {
            phone(&mut text, index, id, node, &info, &view);
        }
    }
    if text.is_empty() { "no phone to show\n".to_owned() } else { text }
}

fn which(matched: &Matched<'_>) -> Which {
    let states = [
        ("registered", StationState::Registered),
        ("unregistered", StationState::Unregistered),
        ("deceased", StationState::Deceased),
    ];
    if let Some((_, state)) = states.into_iter().find(|(word, _)| matched.has(word)) {
        return Which::State(state);
    }
    match (matched.number("tag"), matched.text("number")) {
        (Some(tag), _) => Which::Dn(tag),
        (None, Some(number)) => Which::Number(number),
        _ if matched.has("offhook") => Which::OffHook,
        _ if matched.has("ringing") => Which::Ringing,
        _ if matched.has("cfa") => Which::ForwardingAll,
        _ => Which::All,
    }
}

impl Which {
    fn includes(&self, node: &Node, station: &Station, info: &StationInfo<'_>, view: &StationView) -> bool {
        match self {
            Which::All => true,
            Which::State(state) => info.state == *state,
            Which::OffHook => view.active().is_some(),
            Which::Ringing => view.appearances.iter().any(|appearance| appearance.display.is_ringing()),
            Which::ForwardingAll => lines(node, station)
                .any(|(_, line)| line.forwarding().get(ForwardingType::Immediate).is_some()),
            Which::Dn(tag) => lines(node, station).any(|(_, line)| line.settings().tag == *tag),
            Which::Number(number) => lines(node, station).any(|(_, line)| line.number() == number),
        }
    }
}

fn phone(
    text: &mut String,
    index: usize,
    id: StationId,
    node: &Node,
    info: &StationInfo<'_>,
    view: &StationView,
) {
    let Some(station) = node.switch.stations().get(id) else { return };
    let active = view.active();
    let ringing = view.appearances.iter().any(|appearance| appearance.display.is_ringing());
    let _ = writeln!(
        text,
        "ephone-{}[{index}] Mac:{} TCP socket:[{}] activeLine:{} whisperLine:0 {}",
        station.settings().tag,
        mac(&station.settings().name),
        info.link.map_or_else(|| "-1".to_owned(), |link| link.0.to_string()),
        active.map_or(0, |appearance| appearance.line),
        registration(info),
    );
    let _ = writeln!(
        text,
        "mediaActive:{} offhook:{} ringing:{} reset:{} reset_sent:{} paging 0 debug:0",
        u8::from(view.appearances.iter().any(|appearance| appearance.media.is_some())),
        u8::from(active.is_some()),
        u8::from(ringing),
        u8::from(info.restarts),
        u8::from(info.restarted),
    );
    if let Some(peer) = info.peer {
        let model = info.device_type.model();
        let name = model.and_then(|model| model.ios_words.first()).unwrap_or(&"unknown");
        let lines = model.map_or(station.settings().buttons.len(), DeviceModel::line_buttons);
        let _ = writeln!(
            text,
            "IP:{} {} {name}  keepalive {} max_line {lines}",
            peer.ip(),
            peer.port(),
            info.keepalives,
        );
    }
    buttons(text, node, station, view);
    text.push('\n');
}

fn registration(info: &StationInfo<'_>) -> String {
    match info.state {
        StationState::Registered => {
            let (used, offered) = (info.version.0, info.offered.0);
            format!("REGISTERED in SCCP ver {used}/{offered} max_streams={}", info.max_streams)
        }
        StationState::Unregistered => "UNREGISTERED".to_owned(),
        StationState::Deceased => "DECEASED".to_owned(),
    }
}

fn buttons(text: &mut String, node: &Node, station: &Station, view: &StationView) {
    for (instance, button) in (1..).zip(&station.settings().buttons) {
        let on_button = station.buttons().iter().filter(|on| on.instance == instance);
        let mut lines: Vec<&Line> = on_button.map(|on| &node.switch.lines()[on.line]).collect();
        if lines.is_empty() {
            let line = station.labelled_line(instance).and_then(|line| node.switch.lines().get(line));
            lines.extend(line);
        }
        for line in lines {
            show_button(text, button, (instance, line), view);
        }
    }
}

fn show_button(
    text: &mut String,
    button: &ButtonSettings,
    (instance, line): (u32, &Line),
    view: &StationView,
) {
    let settings = line.settings();
    let _ = write!(text, "button {}: dn {}  number {}", button.button, settings.tag, settings.number);
    if let Some(all) = line.forwarding().get(ForwardingType::Immediate) {
        let _ = write!(text, " cfa {}", all.number);
    }
    let looks: Vec<CallDisplay> =
        view.appearances.iter().filter(|shown| shown.line == instance).map(|shown| shown.display).collect();
    for channel in 0..settings.channels.count() {
        let _ = write!(
            text,
            " CH{} {}",
            channel + 1,
            looks.get(channel).map_or("IDLE", |display| word(*display))
        );
    }
    text.push_str(match button.ring {
        Ring::Normal => "",
        Ring::Beep => " beep-ring",
        Ring::Feature => " feature-ring",
        Ring::Silent => " silent-ring",
    });
    text.push_str(match button.kind {
        ButtonKind::Line => "",
        ButtonKind::Overlay => " overlay",
        ButtonKind::CallWaitingOverlay => " overlay call-waiting",
        ButtonKind::Expansion(_) => " overlay expansion",
        ButtonKind::Monitor => " monitor",
        ButtonKind::Watch => " watch",
    });
    text.push('\n');
}

fn summary(
    text: &mut String,
    index: usize,
    node: &Node,
    station: &Station,
    info: &StationInfo<'_>,
    view: &StationView,
) {
    let state = match info.state {
        StationState::Registered => "REGISTERED",
        StationState::Unregistered => "UNREGISTERED",
        StationState::Deceased => "DECEASED",
    };
    let numbers: Vec<&str> = lines(node, station).map(|(_, line)| line.number().as_str()).collect();
    let _ = writeln!(
        text,
        "ephone-{}[{index}] Mac:{} {state} calls:{} numbers:{}",
        station.settings().tag,
        mac(&station.settings().name),
        view.appearances.len(),
        numbers.join(","),
    );
}

fn lines<'a>(node: &'a Node, station: &'a Station) -> impl Iterator<Item = (LineId, &'a Line)> {
    station.lines().map(|line| (line, &node.switch.lines()[line]))
}

/// Cisco's spelling of the channel states, its famous SIEZE included.
fn word(display: CallDisplay) -> &'static str {
    match display {
        CallDisplay::Dialling | CallDisplay::Proceeding | CallDisplay::Prompted | CallDisplay::Failed(_) => {
            "SIEZE"
        }
        CallDisplay::RingingOut => "ALERTING",
        CallDisplay::RingingIn { .. } => "RINGING",
        CallDisplay::Connected | CallDisplay::RemoteInUse => "CONNECTED",
        CallDisplay::OnHold | CallDisplay::RemoteHold => "HOLD",
    }
}

/// `SEP001E4A34A35F` as `001E.4A34.A35F`.
fn mac(name: &str) -> String {
    match (name.get(3..7), name.get(7..11), name.get(11..15)) {
        (Some(a), Some(b), Some(c)) => format!("{a}.{b}.{c}"),
        _ => name.to_owned(),
    }
}
