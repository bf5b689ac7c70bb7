//! `show call active voice`, `show ephone-dn statistics` and `show ephone-dn callback`.

use std::fmt::Write;

use hookflash_core::{CallId, Connection, ConnectionState, EventCause, Instant, LineStatistics, Media};

use super::show_ephone_dn::{numbers, state};
use crate::{Node, config::table::Matched};

/// What a leg is to IOS: a port of a telephone, or a call over SIP.
pub(super) fn is_telephony(node: &Node, connection: &Connection) -> bool {
    let station = connection.station().and_then(|id| node.switch.stations().get(id));
    let line = node.switch.lines().get(connection.line());
    let sip = station.is_some_and(|own| own.settings().autonomous)
        || line.is_some_and(|line| line.settings().channels == hookflash_core::Channels::Unlimited);
    !sip
}

/// The legs of every call, by call.
pub(super) fn legs(node: &Node) -> Vec<(CallId, &Connection)> {
    let calls = node.switch.calls();
    let all = calls.iter().flat_map(|call| calls.connections(call.id()).map(move |own| (call.id(), own)));
    all.filter(|(_, own)| !own.is_hidden()).collect()
}

const LEGEND: &str = "<ID>: <CallID> <start>ms.<index> (<start>) +<connect> pid:<peer_id> <dir> <addr> <state>
  dur hh:mm:ss tx:<packets>/<bytes> rx:<packets>/<bytes> dscp:<packets violation> media:<packets violation> audio tos:<audio tos value> video tos:<video tos value>
 Tele <int> (callID) [channel_id] tx:<tot>/<v>/<fax>ms <codec> noise:<l> acom:<l> i/o:<l>/<l> dBm
 IP <ip>:<udp> rtt:<time>ms pl:<play>/<gap>ms lost:<lost>/<early>/<late> delay:<last>/<min>/<max>ms <codec> <textrelay> <transcoded
";

/// The calls that go on, leg by leg.
pub(super) fn active(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let legs = legs(node);
    if matched.has("compact") {
        return compact(node, &legs);
    }
    let mut text = if matched.has("brief") { format!("{LEGEND}\n") } else { String::new() };
    text.push_str(&counts(node, &legs));
    for (index, (call, leg)) in (1..).zip(&legs) {
        text.push_str(&describe(node, *call, leg, index));
    }
    text
}

fn counts(node: &Node, legs: &[(CallId, &Connection)]) -> String {
    let telephony = legs.iter().filter(|(_, leg)| is_telephony(node, leg)).count();
    let sip = legs.len() - telephony;
    let mut text = String::new();
    for (name, count) in [
        ("Telephony", telephony),
        ("SIP", sip),
        ("H323", 0),
        ("Call agent controlled", 0),
        ("SCCP", 0),
        ("STCAPP", 0),
        ("Multicast", 0),
        ("Total", legs.len()),
    ] {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} call-legs: {count}");
    }
    text
}

/// How long ago something was, as hours, minutes and seconds.
fn span(node: &Node, since: Instant) -> String {
    let seconds = node.now.since(since).as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn started(node: &Node, call: CallId) -> Instant {
    node.switch.calls().get(call).map_or(node.now, |call| call.started())
}

/// The leg of who calls came in, those of who is called went out.
fn direction(leg: &Connection) -> &'static str {
    if leg.is_incoming() { "Originate" } else { "Answer" }
}

fn describe(node: &Node, call: CallId, leg: &Connection, index: u32) -> String {
    let started = started(node, call);
    let answered = node.switch.calls().get(call).and_then(|call| call.answered());
    let connect = answered.map_or_else(|| "-1".to_owned(), |at| at.since(started).as_millis().to_string());
    let time = node.clock.civil(started);
    let tag = node.switch.lines().get(leg.line()).map_or(0, |line| line.settings().tag);
    let state = match leg.state() {
        ConnectionState::Connected if answered.is_some() => "active",
        ConnectionState::Hold => "hold",
        ConnectionState::Alerting => "alerting",
        _ => "connecting",
    };
    let mut text = format!(
        "\n{:X} : {} {}ms.{index} (*{:02}:{:02}:{:02}.{:03}) +{connect} pid:{} {} {} {state}\n dur {} tx:0/0 rx:0/0 dscp:0 \
         media:0 audio tos:0xB8 video tos:0x0\n",
        call.number(),
        leg.reference(),
        started.as_millis(),
        time.hour,
        time.minute,
        time.second,
        time.millisecond,
        20_000 + tag,
        direction(leg),
        leg.party().number,
        span(node, answered.unwrap_or(node.now)),
    );
    let codec = codec(node, leg);
    let _ = match is_telephony(node, leg) {
        true => writeln!(
            text,
            " Tele 50/0/{tag} ({}) [50/0/{tag}.1] tx:0/0/0ms {codec} noise:0 acom:0  i/0:0/0 dBm",
            leg.reference()
        ),
        false => {
            let at = leg
                .receives_at()
                .map_or_else(|| "0.0.0.0:0".to_owned(), |at| format!("{}:{}", at.ip, at.port));
            writeln!(
                text,
                " IP {at} SRTP: off rtt:0ms pl:0/0ms lost:0/0/0 delay:0/0/0ms {codec} TextRelay: off\n \
                 media inactive detected:n media contrl rcvd:n/a timestamp:n/a"
            )
        }
    };
    text
}

/// The codec of a leg, as IOS calls it.
fn codec(node: &Node, leg: &Connection) -> &'static str {
    let view = leg.station().map(|station| node.switch.station_view(station));
    let shown = view.iter().flat_map(|view| &view.appearances);
    let media = shown.filter(|shown| shown.reference == leg.reference()).find_map(|shown| shown.media);
    let codec = media.and_then(|media| match media {
        Media::Stream(stream) => Some(stream.codec),
        Media::Mixed { stream, .. } | Media::Source { stream, .. } => stream.map(|stream| stream.codec),
        Media::Multicast { codec, .. } => Some(codec),
    });
    match codec {
        None => "None",
        Some(hookflash_core::Codec::G711Ulaw) => "g711ulaw",
        Some(hookflash_core::Codec::G711Alaw) => "g711alaw",
        Some(hookflash_core::Codec::G722) => "g722-64",
        Some(hookflash_core::Codec::Opus) => "opus",
        Some(hookflash_core::Codec::G729) => "g729r8",
        Some(hookflash_core::Codec::Ilbc) => "ilbc",
    }
}

fn compact(node: &Node, legs: &[(CallId, &Connection)]) -> String {
    let mut text = "<callID>  A/O FAX  T<sec>  Codec  type  Peer Address  IP R<ip>:<udp>    VRF\n".to_owned();
    let _ = writeln!(text, "Total call-legs: {}", legs.len());
    for (call, leg) in legs {
        let seconds = node.now.since(started(node, *call)).as_secs();
        let kind = if is_telephony(node, leg) { "TELE" } else { "VOIP" };
        let at = leg.receives_at().map_or_else(|| "NA".to_owned(), |at| format!("{}:{}", at.ip, at.port));
        let _ = writeln!(
            text,
            "{:<8} {:<8} T{seconds:<6} {:<11} {kind:<6} P{:<12} {at}   NA",
            leg.reference(),
            if leg.is_incoming() { "ORG" } else { "ANS" },
            codec(node, leg),
            leg.party().number,
        );
    }
    text
}

/// Who waits for whom.
pub(super) fn callback(node: &mut Node, _: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = String::new();
    for waiting in node.switch.call_backs() {
        let Some(caller) = node.switch.lines().get(waiting.line) else { continue };
        let target = node.switch.lines().of_device(waiting.device).next();
        let Some((target_id, target)) = target else { continue };
        let ephone = node.switch.stations().get(waiting.station).map_or(0, |own| own.settings().tag);
        let age = node.now.since(waiting.since).as_secs();
        let (caller_tag, target_tag) = (caller.settings().tag, target.settings().tag);
        let _ = writeln!(
            text,
            "DN {target_tag} ({}) CallBack pending to DN {caller_tag} ({}) for ephone-{ephone} age {age} seconds",
            target.number(),
            caller.number(),
        );
        let calls = node.switch.calls();
        let call = calls.at_line(target_id).first().and_then(|key| calls.connection(*key));
        let _ = writeln!(text, "State for DN {target_tag} is CH1 {}", state(node, target, call));
    }
    text
}

/// The counts of the calls of directory numbers.
pub(super) fn statistics(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let found = numbers(node, matched.number("tag"));
    let total: u64 = found.iter().map(|(_, line)| line.statistics().total()).sum();
    let mut text = format!(
        "Total Calls {total}\nStats may appear to be inconsistent for conference or shared line cases\n\n"
    );
    for (_, line) in found {
        text.push_str(&of_line(line.settings().tag, line.statistics()));
    }
    text
}

fn of_line(tag: u32, counts: &LineStatistics) -> String {
    let mut text = String::new();
    let none = [hookflash_core::ChannelCounts::default()];
    let channels = if counts.channels().is_empty() { &none[..] } else { counts.channels() };
    for (channel, own) in (1..).zip(channels) {
        let _ = writeln!(
            text,
            "DN {tag} chan {channel} incoming {} answered {} outgoing {} answered {} busy {}",
            own.incoming, own.incoming_answered, own.outgoing, own.outgoing_answered, own.busy
        );
    }
    let far = counts.far_end();
    let _ = writeln!(
        text,
        "Far-end disconnect at:connect {} alert {} hold {} ring {}\nLast 64 far-end disconnect cause codes",
        far.connected, far.alerting, far.held, far.ringing
    );
    let mut causes: Vec<u8> = counts.causes().map(q850).collect();
    causes.reverse();
    causes.resize(hookflash_core::KEPT_CAUSES, 0);
    for row in causes.chunks(16) {
        let row: Vec<String> = row.iter().map(u8::to_string).collect();
        let _ = writeln!(text, "{}", row.join(" "));
    }
    text.push('\n');
    text
}

/// The number of ITU-T Q.850 for a cause.
const fn q850(cause: EventCause) -> u8 {
    match cause {
        EventCause::Busy => 17,
        EventCause::CallNotAnswered => 19,
        EventCause::DoNotDisturb => 21,
        EventCause::DestOutOfOrder => 27,
        EventCause::DestNotObtainable => 1,
        _ => 16,
    }
}
