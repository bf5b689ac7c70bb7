//! `show ephone`: phones, in the shape of Cisco's command of that name.

use std::{collections::BTreeSet, fmt::Write};

use hookflash_core::{
    ButtonKind, ButtonSettings, Codec, ForwardingType, Line, LineId, Media, MediaAddress, Ring, Station,
    view::{Appearance, CallDisplay, StationView},
};
use hookflash_wire::sccp::DeviceModel;
use smol_str::{SmolStr, format_smolstr};

use crate::{
    Node,
    config::{self, table::Matched},
    sccp::{StationInfo, StationState},
};

/// Which phones to show.
enum Which {
    All,
    State(StationState),
    OffHook,
    Ringing,
    ForwardingAll,
    NotDisturbed,
    Overlay,
    /// There is none of this kind.
    Nobody,
    Mac(SmolStr),
    Model(&'static str),
}

/// The models that the command can be limited to.
const MODELS: [&str; 30] = [
    "7902", "7905", "7906", "7910", "7911", "7912", "7920", "7921", "7925", "7931", "7935", "7936", "7937",
    "7940", "7941", "7942", "7945", "7960", "7961", "7962", "7965", "7970", "7971", "7975", "6921", "6941",
    "6945", "6961", "ata", "anl",
];

pub(super) fn ephone(node: &mut Node, matched: &Matched<'_>) -> String {
    let which = which(matched);
    let mut text = String::new();
    let shared = shared_lines(node);
    for (id, station) in node.switch.stations().iter() {
        let Some(info) = node.stations.station_info(id).filter(|_| station.is_commanded_phone()) else {
            continue;
        };
        let view = node.switch.station_view(id);
        if !which.includes(node, station, &info, &view) {
            continue;
        }
        let shown = Shown { node, station, info, view, shared: &shared };
        if matched.has("summary") {
            shown.summary(&mut text);
        } else {
            shown.phone(&mut text);
        }
    }
    if matched.has("summary") {
        totals(&mut text, node);
    }
    if text.is_empty() { "No ephone in specified type/condition.\n".to_owned() } else { text }
}

/// The lines that are on the buttons of several phones.
fn shared_lines(node: &Node) -> BTreeSet<LineId> {
    let mut seen = BTreeSet::new();
    let mut shared = BTreeSet::new();
    for (_, station) in node.switch.stations().iter() {
        let own: BTreeSet<LineId> = station.lines().collect();
        shared.extend(own.into_iter().filter(|line| !seen.insert(*line)));
    }
    shared
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
    let model = MODELS.into_iter().find(|model| matched.has(model));
    match (matched.value::<config::MacAddress>("mac"), model) {
        (Some(mac), _) => Which::Mac(format_smolstr!("{mac}")),
        (None, Some(model)) => Which::Model(model),
        _ if matched.has("dnd") => Which::NotDisturbed,
        _ if matched.has("overlay") => Which::Overlay,
        _ if matched.has("remote") || matched.has("tapiclients") => Which::Nobody,
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
            Which::NotDisturbed => station.do_not_disturb(),
            Which::Overlay => {
                let overlay = |kind| matches!(kind, ButtonKind::Overlay | ButtonKind::CallWaitingOverlay);
                station.settings().buttons.iter().any(|button| overlay(button.kind))
            }
            Which::Nobody => false,
            Which::Mac(wanted) => mac(&station.settings().name).eq_ignore_ascii_case(wanted),
            Which::Model(word) => {
                let words = info.device_type.model().map(|model| model.ios_words).unwrap_or_default();
                words.iter().any(|known| known.eq_ignore_ascii_case(word))
            }
        }
    }
}

/// A phone that is shown.
struct Shown<'a> {
    node: &'a Node,
    station: &'a Station,
    info: StationInfo<'a>,
    view: StationView,
    shared: &'a BTreeSet<LineId>,
}

impl Shown<'_> {
    fn phone(&self, text: &mut String) {
        self.first_line(text, &registration(&self.info));
        self.second_line(text, "");
        text.push_str(&self.address());
        let model = self.info.device_type.model();
        let lines = model.map_or(self.station.settings().buttons.len(), DeviceModel::line_buttons);
        let lines = if self.info.peer.is_some() { lines } else { 0 };
        let _ =
            writeln!(text, "  keepalive {} max_line {lines} available_line {lines}", self.info.keepalives);
        self.buttons(text);
        for (place, (number, label)) in (1..).zip(&self.station.settings().speed_dials) {
            if !number.is_empty() {
                let _ = writeln!(text, "{}", format!("speed dial {place}:{number} {label}").trim_end());
            }
        }
        for (place, (number, label)) in (1..).zip(&self.station.settings().blf_speed_dials) {
            if !number.is_empty() {
                let _ = writeln!(text, "{}", format!("blf speed dial {place}:{number} {label}").trim_end());
            }
        }
        if let Some(tag) = self.station.settings().paging_number {
            let kind = if self.station.settings().paged_alone { " unicast" } else { "" };
            let _ = writeln!(text, "paging-dn {tag}{kind}");
        }
        let _ = writeln!(text, "Preferred Codec: {}", self.preferred_codec());
        text.push_str("Lpcor Type: none\n");
        self.active_calls(text);
        if let Some(user) = self.configured().and_then(|phone| phone.user.as_deref()) {
            let _ = writeln!(text, "Username:{} Password:*", user.name);
        }
        text.push('\n');
    }

    fn summary(&self, text: &mut String) {
        self.first_line(text, &self.info.state.to_string());
        let primary = lines(self.node, self.station).next().map_or(0, |(_, line)| line.settings().tag);
        self.second_line(text, &format!("  primary_dn: {primary}*"));
        text.push_str(&self.address());
        let buttons = self.button_lines().into_iter();
        let buttons: Vec<String> = buttons
            .map(|(_, button, _, line)| format!("{}:{}", button.button, line.settings().tag))
            .collect();
        let _ = writeln!(text, "  keepalive {}   music 0  {}\n", self.info.keepalives, buttons.join(" "));
    }

    fn first_line(&self, text: &mut String, state: &str) {
        let tag = self.station.settings().tag;
        let _ = writeln!(
            text,
            "ephone-{tag}[{}] Mac:{} TCP socket:[{}] activeLine:{} whisperLine:0 {state}",
            tag.saturating_sub(1),
            mac(&self.station.settings().name),
            self.info.link.map_or_else(|| "-1".to_owned(), |link| link.0.to_string()),
            self.view.active().map_or(0, |appearance| appearance.line),
        );
    }

    fn second_line(&self, text: &mut String, end: &str) {
        let any = |test: fn(&Appearance) -> bool| u8::from(self.view.appearances.iter().any(test));
        let media = any(|appearance| appearance.media.is_some());
        let _ = writeln!(
            text,
            "mediaActive:{media} whisper_mediaActive:0 startMedia:{media} offhook:{} ringing:{} reset:{} \
             reset_sent:{} paging 0 debug:{} caps:{} privacy:0{end}",
            u8::from(self.view.active().is_some()),
            any(|appearance| appearance.display.is_ringing()),
            u8::from(self.info.restarts),
            u8::from(self.info.restarted),
            u8::from(self.node.out.debugging.looks_at(&self.station.settings().name)),
            self.info.capabilities,
        );
    }

    /// Where the phone is, and what it is.
    fn address(&self) -> String {
        match self.info.peer {
            Some(peer) => format!("IP:{} * {} {}", peer.ip(), peer.port(), self.model()),
            None => "IP:0.0.0.0 0 Unknown 0".to_owned(),
        }
    }

    /// The name that IOS prints for the model.
    fn model(&self) -> String {
        let model = self.info.device_type.model();
        match model.and_then(|model| model.ios_words.first()) {
            Some(old @ (&"7910" | &"7940" | &"7960")) => format!("Telecaster {old}"),
            Some(word) if word.eq_ignore_ascii_case("ata") => "ATA Phone".to_owned(),
            Some(word) if word.eq_ignore_ascii_case("anl") => "SCCP Gateway (AN)".to_owned(),
            Some(word) => (*word).to_owned(),
            None => self.info.device_type.to_string(),
        }
    }

    fn configured(&self) -> Option<&config::Ephone> {
        let phones = &self.node.settings.configuration.ephones;
        phones.get(&self.station.settings().tag).map(AsRef::as_ref)
    }

    /// What `codec` of the ephone says, which is kept.
    fn preferred_codec(&self) -> &str {
        let kept = self.configured().map(|phone| phone.kept.as_slice()).unwrap_or_default();
        let codec = kept.iter().find_map(|line| line.strip_prefix("codec ")?.split_whitespace().next());
        codec.unwrap_or("g711ulaw")
    }

    /// The lines on the buttons, or that they watch: line instance, button, line.
    fn button_lines(&self) -> Vec<(u32, &ButtonSettings, LineId, &Line)> {
        let mut shown = Vec::new();
        for (instance, button) in (1..).zip(&self.station.settings().buttons) {
            let mut ids: Vec<LineId> = self.station.lines_of(instance).collect();
            if ids.is_empty() {
                ids.extend(self.station.labelled_line(instance));
            }
            shown.extend(ids.into_iter().map(|id| (instance, button, id, &self.node.switch.lines()[id])));
        }
        shown
    }

    fn buttons(&self, text: &mut String) {
        for (instance, button, id, line) in self.button_lines() {
            let settings = line.settings();
            let channels = settings.channels.count();
            let waiting = vec!["0"; channels].join(" ");
            let _ = write!(
                text,
                "button {}: cw:1 ccw:({waiting})\n  dn {}  number {}",
                button.button, settings.tag, settings.number
            );
            if let Some(all) = line.forwarding().get(ForwardingType::Immediate) {
                let _ = write!(text, " cfa {}", all.number);
            }
            let looks: Vec<CallDisplay> = self
                .view
                .appearances
                .iter()
                .filter(|shown| shown.line == instance)
                .map(|shown| shown.display)
                .collect();
            for channel in 0..channels {
                let state = looks.get(channel).map_or("IDLE", |display| word(*display));
                let _ = write!(text, " CH{}   {state:<12}", channel + 1);
            }
            text.truncate(text.trim_end().len());
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
            text.push_str(if self.shared.contains(&id) { " shared\n" } else { "\n" });
        }
    }

    /// Where the audio of each call goes.
    fn active_calls(&self, text: &mut String) {
        let station: Vec<(LineId, &Line)> = lines(self.node, self.station).collect();
        for appearance in &self.view.appearances {
            let Some(Media::Stream(stream)) = appearance.media else { continue };
            let holds = |(id, _): &&(LineId, &Line)| {
                let mut keys = self.node.switch.calls().at_line(*id).iter();
                keys.any(|key| key.reference() == appearance.reference)
            };
            let Some((id, line)) = station.iter().find(holds) else { continue };
            let same = |shown: &&Appearance| shown.line == appearance.line;
            let place = self.view.appearances.iter().filter(same).position(|shown| shown == appearance);
            let calls = self.node.switch.calls();
            let key = calls.at_line(*id).iter().find(|key| key.reference() == appearance.reference);
            let ours = key.and_then(|key| calls.connection(*key)?.receives_at());
            let address = |at: Option<MediaAddress>| {
                at.map_or_else(|| "0.0.0.0 0".to_owned(), |at| format!("{} {}", at.ip, at.port))
            };
            let _ = writeln!(
                text,
                "Active Call on DN {} chan {} :{} {} to {} via {}",
                line.settings().tag,
                place.unwrap_or(0) + 1,
                line.number(),
                address(ours),
                address(stream.transmit_to),
                self.node.settings.sccp.server_name,
            );
            let _ = writeln!(text, "{}  {} bytes no vad", codec(stream.codec), bytes_of(stream.codec));
            text.push_str("Tx Pkts 0 bytes 0 Rx Pkts 0 bytes 0 Lost 0\n");
            let _ = writeln!(
                text,
                "Jitter 0 Latency 0 callingDn -1 calledDn -1 (media path callID {} srcCallID {})",
                appearance.reference, appearance.reference
            );
        }
    }
}

/// The name of a codec in `show ephone`.
pub(super) fn codec(codec: Codec) -> &'static str {
    match codec {
        Codec::G711Ulaw => "G711Ulaw64k",
        Codec::G711Alaw => "G711Alaw64k",
        Codec::G722 => "G722_64k",
        Codec::Opus => "Opus",
        Codec::G729 => "G729",
        Codec::Ilbc => "iLBC",
    }
}

/// Bytes of sound in a packet.
fn bytes_of(codec: Codec) -> u32 {
    match codec {
        Codec::G711Ulaw | Codec::G711Alaw | Codec::G722 => 160,
        // 24,000 bits a second: what the media engine sends.
        Codec::Opus => 60,
        Codec::G729 => 20,
        Codec::Ilbc => 50,
    }
}

/// What `show ephone summary` ends with.
fn totals(text: &mut String, node: &Node) {
    let count = |state: StationState| {
        let infos = node.switch.stations().iter().filter_map(|(id, _)| node.stations.station_info(id));
        infos.filter(|info| info.state == state).count()
    };
    let registered = count(StationState::Registered);
    let _ = writeln!(
        text,
        "Max {}, Registered {registered}, Unregistered {}, Deceased {}, Sockets {registered}",
        node.settings.configuration.max_ephones(),
        count(StationState::Unregistered),
        count(StationState::Deceased),
    );
}

fn registration(info: &StationInfo<'_>) -> String {
    match info.state {
        StationState::Registered => {
            let (used, offered) = (info.version.0, info.offered.0);
            format!("REGISTERED in SCCP ver {offered}/{used} max_streams={}", info.max_streams)
        }
        state => state.to_string(),
    }
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
pub(super) fn mac(name: &str) -> String {
    match (name.get(3..7), name.get(7..11), name.get(11..15)) {
        (Some(a), Some(b), Some(c)) => format!("{a}.{b}.{c}"),
        _ => name.to_owned(),
    }
}
