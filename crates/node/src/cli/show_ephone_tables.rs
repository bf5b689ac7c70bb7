//! The tables of `show ephone`: by phone, by model, firmware, audio, and where a number is.

use std::{collections::BTreeMap, fmt::Write};

use hookflash_core::{LineId, Media, Station, StationId};

use super::show_ephone::{codec, mac};
use crate::{
    Node,
    config::table::Matched,
    sccp::{StationInfo, StationState},
};

const RULE: &str = "================================================================================\n";

/// The phones that speak SCCP, in the order of their tags.
fn phones(node: &Node) -> Vec<(StationId, &Station, StationInfo<'_>)> {
    let all = node.switch.stations().iter().filter(|(_, station)| station.is_commanded_phone());
    let mut phones: Vec<_> =
        all.filter_map(|(id, station)| Some((id, station, node.stations.station_info(id)?))).collect();
    phones.sort_by_key(|(_, station, _)| station.settings().tag);
    phones
}

fn status(state: StationState) -> &'static str {
    match state {
        StationState::Registered => "Registered",
        StationState::Unregistered => "Unregistered",
        StationState::Deceased => "Deceased",
    }
}

fn model(info: &StationInfo<'_>) -> String {
    match info.peer {
        Some(_) => {
            let word = info.device_type.model().and_then(|model| model.ios_words.first().copied());
            word.map_or_else(|| info.device_type.to_string(), str::to_owned)
        }
        None => "Unknown Ephone".to_owned(),
    }
}

/// `show ephone summary brief`, and the same for phones in one state.
pub(super) fn brief(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = format!(
        "{RULE}PhoneType       Ephone  MacAddress      IpAddress        Ln  Dn    Number            Status\n{RULE}"
    );
    let phones = phones(node);
    for (_, station, info) in &phones {
        let wanted = match info.state {
            StationState::Registered => !matched.has("unregistered"),
            _ => !matched.has("registered"),
        };
        if wanted {
            rows(&mut text, node, station, info);
        }
    }
    text.push_str(RULE);
    let count = |state| phones.iter().filter(|(.., info)| info.state == state).count();
    let _ = writeln!(text, "Total ephones configured    : {}", phones.len());
    let _ = writeln!(text, "Total ephones registered    : {}", count(StationState::Registered));
    let _ = writeln!(text, "Total ephones unregistered  : {}", count(StationState::Unregistered));
    let _ = writeln!(text, "Total ephones deceased      : {}", count(StationState::Deceased));
    let _ = writeln!(text, "Ephones in unknown state    : 0");
    text
}

/// A row for each line of a phone; the phone is named in the first one.
fn rows(text: &mut String, node: &Node, station: &Station, info: &StationInfo<'_>) {
    let address = info.peer.map_or_else(|| "0.0.0.0".to_owned(), |peer| peer.ip().to_string());
    let name = format!(
        "{:<15} {:<7} {:<15} {address:<16}",
        model(info),
        station.settings().tag,
        mac(&station.settings().name)
    );
    let status = status(info.state);
    let mut first = name;
    for button in station.buttons() {
        let line = &node.switch.lines()[button.line];
        let several = station.lines_of(button.instance).count() > 1;
        let dn = format!("{}{}", line.settings().tag, if several { "*" } else { "" });
        let _ = writeln!(text, "{first:<56} {:<3} {dn:<5} {:<17} {status}", button.instance, line.number());
        first.clear();
    }
    if !first.is_empty() {
        let _ = writeln!(text, "{first:<56} -   -     -                 {status}");
    }
}

/// `show ephone summary types`.
pub(super) fn types(node: &mut Node, _: &Matched<'_>) -> String {
    let mut by_model: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    for (.., info) in phones(node) {
        let counts = by_model.entry(model(&info)).or_default();
        let place = match info.state {
            StationState::Registered => 1,
            StationState::Unregistered => 2,
            StationState::Deceased => 3,
        };
        for index in [0, place] {
            if let Some(count) = counts.get_mut(index) {
                *count += 1;
            }
        }
    }
    let mut text = "PhoneType           Configured  Registered  Unregistered  Deceased  Other\n".to_owned();
    let mut total = [0; 4];
    for (model, counts) in &by_model {
        let _ = writeln!(text, "{}", type_row(model, counts));
        total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    let _ = writeln!(text, "{}", type_row("Total Phones", &total));
    text
}

fn type_row(name: &str, [all, registered, unregistered, deceased]: &[usize; 4]) -> String {
    format!("{name:<19} {all:<11} {registered:<11} {unregistered:<13} {deceased:<9} 0")
}

/// `show ephone phone-load`: what phones said in their alarm when they registered.
pub(super) fn phone_load(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text =
        format!("DeviceName        CurrentPhoneload       PreviousPhoneload      LastReset\n{RULE}");
    for (_, station, info) in phones(node) {
        let said = |name: &str| {
            let mut words = info.last_alarm.split_whitespace().map(|word| word.trim_start_matches(','));
            words.find_map(|word| word.strip_prefix(name)).unwrap_or("").to_owned()
        };
        let (load, reset) = (said("Load="), said("Last="));
        let _ = writeln!(
            text,
            "{}",
            format!("{:<17} {load:<22} {:<22} {reset}", station.settings().name, "").trim_end()
        );
    }
    text
}

/// `show ephone dn TAG` and `show ephone telephone-number NUMBER`: the phones that have it.
pub(super) fn place(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let number = matched.text("number");
    let is_it = |line: &hookflash_core::Line| match (&number, matched.number("tag")) {
        (Some(number), _) => line.number() == number || line.settings().secondary.as_ref() == Some(number),
        (None, tag) => tag == Some(line.settings().tag),
    };
    let mut text = String::new();
    for (id, line) in node.switch.lines().iter().filter(|(_, line)| is_it(line)) {
        let Some(number) = &number else {
            let _ = writeln!(text, "Tag {}, Normal or Intercom dn", line.settings().tag);
            places(&mut text, node, id, "");
            continue;
        };
        let kind = if line.number() == number { "primary" } else { "secondary" };
        let _ = writeln!(text, "DP tag: 0, {kind}\nTag {}, Normal or Intercom dn", line.settings().tag);
        places(&mut text, node, id, "  ");
    }
    if text.is_empty() { "No ephone in specified type/condition.\n".to_owned() } else { text }
}

fn places(text: &mut String, node: &Node, line: LineId, indent: &str) {
    for (_, station, _) in phones(node) {
        let settings = station.settings();
        for button in station.buttons().iter().filter(|button| button.line == line) {
            let (tag, mac) = (settings.tag, mac(&settings.name));
            let _ = writeln!(text, "{indent}ephone {tag}, mac-address {mac}, line {}", button.instance);
        }
    }
}

/// `show ephone rtp connections`.
pub(super) fn rtp(node: &mut Node, _: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = "Ephone RTP active connections :\n\
                    Ephone    Line  DN Chan  SrcCallID  DstCallID             Codec (xcoded?)\n    \
                    SrcNum DstNum  LocalIP               RemoteIP\n"
        .to_owned();
    let mut found = 0;
    for (id, station, _) in phones(node) {
        for shown in node.switch.station_view(id).appearances {
            let (stream, xcoded) = match shown.media {
                Some(Media::Stream(stream)) => (stream, "N"),
                Some(
                    Media::Mixed { stream: Some(stream), .. } | Media::Source { stream: Some(stream), .. },
                ) => (stream, "Y"),
                _ => continue,
            };
            found += 1;
            let tag = station.line(shown.line).map_or(0, |line| node.switch.lines()[line].settings().tag);
            let phone = format!("ephone-{}", station.settings().tag);
            let (own, codec) = (shown.reference, codec(stream.codec));
            let other = if shown.incoming { &shown.calling } else { &shown.called };
            let ours = if shown.incoming { &shown.called } else { &shown.calling };
            let remote = stream
                .transmit_to
                .map_or_else(|| "[0.0.0.0]:0".to_owned(), |at| format!("[{}]:{}", at.ip, at.port));
            let _ = writeln!(
                text,
                "{phone:<9} {:>4} {tag:>4} {:>4} {own:>10} {own:>10} {codec:>17} ({xcoded})",
                shown.line, 1
            );
            let own_calls = node.switch.calls();
            let keys = station.line(shown.line).map_or(&[][..], |line| own_calls.at_line(line));
            let mut connections = keys.iter().filter_map(|key| own_calls.connection(*key));
            let receives = connections.find(|own| own.reference() == shown.reference);
            let local = receives
                .and_then(|own| own.receives_at())
                .map_or_else(|| format!("[{}]", address(node, id)), |at| format!("[{}]:{}", at.ip, at.port));
            let _ = writeln!(text, "    {}  {}  {local}  {remote}", ours.number, other.number);
        }
    }
    let _ = writeln!(text, "Found {found} active ephone RTP connections");
    text
}

/// Where a phone is.
fn address(node: &Node, id: StationId) -> String {
    let peer = node.stations.station_info(id).and_then(|info| info.peer);
    peer.map_or_else(|| "0.0.0.0".to_owned(), |peer| peer.ip().to_string())
}
