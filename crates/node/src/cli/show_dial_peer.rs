//! `show dial-peer voice summary`, `show dialplan number` and `show voip rtp connections`.
//!
//! IOS has a dial peer for each number of a telephone; they are counted from 20001, with the port of their ephone-dn.

use std::fmt::Write;

use hookflash_core::{MediaAddress, RoutePattern};
use smol_str::{SmolStr, format_smolstr};

use super::show_calls::{is_telephony, legs};
use crate::{
    Node,
    config::{DialPeer, SessionTarget, table::Matched},
    sip_phone::TRUNK_BASE,
};

/// The tags of the dial peers of telephones are above this.
const TELEPHONES: u32 = 20_000;

/// A dial peer as it is shown.
struct Peer {
    tag: u32,
    pots: bool,
    up: bool,
    pattern: SmolStr,
    preference: u32,
    target: String,
    port: String,
    /// Whether it is asked by OPTIONS and answers.
    answers: Option<bool>,
    description: SmolStr,
}

impl Peer {
    /// How many digits of a number the pattern names, if it fits.
    fn fits(&self, number: &str) -> Option<usize> {
        let pattern = RoutePattern::parse(&self.pattern)?;
        pattern.compare(number).0.then(|| self.pattern.bytes().filter(u8::is_ascii_digit).count())
    }
}

/// The dial peers of the configuration, and those of telephones, in the order of their tags.
fn peers(node: &Node) -> Vec<Peer> {
    let configuration = &node.settings.configuration;
    let asks = |peer: &DialPeer| peer.options_keepalive.is_some() || peer.keepalive_class.is_some();
    let configured = configuration.dial_peers.iter().map(|(tag, peer)| {
        let answers = asks(peer).then(|| is_in_service(node, *tag));
        Peer { answers, ..of_configuration(*tag, peer) }
    });
    let mut all: Vec<Peer> = configured.collect();
    let mut tag = TELEPHONES;
    for dn in configuration.ephone_dns.keys() {
        let Some(line) = node.switch.lines().by_tag(*dn).map(|id| &node.switch.lines()[id]) else { continue };
        let settings = line.settings();
        let up = super::show_ephone_dn::is_up(node, line);
        let numbers = std::iter::once(&settings.number).chain(&settings.secondary);
        for (place, number) in numbers.filter(|number| !number.is_empty()).enumerate() {
            tag += 1;
            all.push(Peer {
                tag,
                pots: true,
                up,
                pattern: number.clone(),
                preference: if place == 0 { settings.preference.into() } else { 9 },
                target: String::new(),
                port: format!("50/0/{dn}"),
                answers: None,
                description: SmolStr::default(),
            });
        }
    }
    all.sort_by_key(|peer| peer.tag);
    all
}

/// Whether a trunk takes calls.
fn is_in_service(node: &Node, tag: u32) -> bool {
    let station = node.switch.stations().by_tag(TRUNK_BASE + tag);
    station.and_then(|id| node.switch.stations().get(id)).is_some_and(|trunk| trunk.is_registered())
}

fn of_configuration(tag: u32, peer: &DialPeer) -> Peer {
    let target = match (&peer.target, peer.server_group) {
        (Some(SessionTarget::Address(address, port)), _) => {
            let kind = if address.is_ipv4() { "ipv4" } else { "ipv6" };
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{kind}:{address}{port}")
        }
        (Some(SessionTarget::Name(name, _)), _) => format!("dns:{name}"),
        (Some(SessionTarget::SipServer), _) => "sip-server".to_owned(),
        (Some(SessionTarget::Registrar), _) => "registrar".to_owned(),
        (None, Some(group)) => format!("server-group {group}"),
        (None, None) => String::new(),
    };
    Peer {
        tag,
        pots: peer.pots,
        up: !peer.pots,
        pattern: peer.destination_pattern.clone().unwrap_or_default(),
        preference: peer.preference,
        target,
        port: String::new(),
        answers: None,
        description: peer.description.clone().unwrap_or_default(),
    }
}

const fn state(up: bool) -> &'static str {
    if up { "up" } else { "down" }
}

/// One row for each dial peer.
pub(super) fn summary(node: &mut Node, _: &Matched<'_>) -> String {
    let mut text = format!(
        "dial-peer hunt {}\n{:13}AD{:36}PRE PASS{:16}OUT\n\
         TAG    TYPE  MIN  OPER PREFIX    DEST-PATTERN      FER THRU SESS-TARGET    STAT PORT    KEEPALIVE\n",
        node.settings.configuration.peer_hunt, "", "", ""
    );
    for peer in peers(node) {
        let digits = peer.tag.to_string();
        // A tag of more than five digits goes on in the next line.
        let (first, rest) = digits.split_at(digits.len().min(5));
        let tag = if rest.is_empty() { first.to_owned() } else { format!("{first}-") };
        let kind = if peer.pots { "pots" } else { "voip" };
        let (up, through) = (state(peer.up), if peer.pots { "" } else { "syst" });
        let stat = if peer.pots { up } else { "" };
        let keepalive = peer.answers.map_or("", |answers| if answers { "active" } else { "busyout" });
        let row = format!(
            "{tag:<7}{kind:<6}{:<5}{up:<5}{:<10}{:<18} {:<3}{through:<5}{:<15}{stat:<5}{:<8}{keepalive}",
            "up", "", peer.pattern, peer.preference, peer.target, peer.port
        );
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", row.trim_end());
        if !rest.is_empty() {
            let _ = writeln!(text, "{rest}");
        }
    }
    text
}

/// Which dial peers a number reaches: the one with most digits first.
pub(super) fn dialplan(node: &mut Node, matched: &Matched<'_>) -> String {
    let number = matched.text("number").unwrap_or_default();
    let features = &node.switch.settings().features;
    let dialled = features.expanded(&number).unwrap_or_else(|| number.clone());
    let mut found: Vec<(usize, Peer)> =
        peers(node).into_iter().filter_map(|peer| Some((peer.fits(&dialled)?, peer))).collect();
    found.sort_by_key(|(digits, peer)| (std::cmp::Reverse(*digits), peer.preference, peer.tag));
    let mut text = format!("Macro Exp.: {dialled}\n");
    if found.is_empty() {
        text.push_str("\n% No dial-peer match result ...\n");
    }
    for (digits, Peer { tag, pots, up, pattern, preference, target, port, description, .. }) in found {
        let kind = if pots { "VoiceEncapPeer" } else { "VoiceOverIpPeer" };
        let way = match pots {
            true => format!("type = pots, prefix = `',\n        voice-port = `{port}',"),
            false => format!("type = voip, session-target = `{target}',"),
        };
        let matched = if digits == 0 { String::new() } else { dialled.chars().take(digits).collect() };
        let _ = writeln!(
            text,
            "\n{kind}{tag}\n        peer type = voice, system default peer = FALSE, information type = voice,\n        \
             description = `{description}',\n        tag = {tag}, destination-pattern = `{pattern}',\n        \
             preference={preference},\n        Admin state is up, Operation state is {},\n        {way}\n\
             Matched: {matched}   Digits: {digits}\nTarget: {target}",
            state(up)
        );
    }
    text
}

/// The audio of calls over SIP.
pub(super) fn rtp(node: &mut Node, _: &Matched<'_>) -> String {
    let node = &*node;
    let mut text = "VoIP RTP active connections :\n\
                    No. CallId     dstCallId  LocalRTP RmtRTP LocalIP          RemoteIP\n"
        .to_owned();
    let mut count = 0;
    for (call, leg) in legs(node) {
        let others = || node.switch.calls().connections(call).filter(|other| other.key() != leg.key());
        let (Some(remote), Some(other)) = (leg.receives_at(), others().next()) else { continue };
        if is_telephony(node, leg) {
            continue;
        }
        count += 1;
        let local = other.receives_at();
        let part = |at: Option<MediaAddress>| -> (SmolStr, SmolStr) {
            at.map_or_else(
                || ("0.0.0.0".into(), "0".into()),
                |at| (format_smolstr!("{}", at.ip), format_smolstr!("{}", at.port)),
            )
        };
        let ((local_ip, local_port), (remote_ip, remote_port)) = (part(local), part(Some(remote)));
        let _ = writeln!(
            text,
            "{count:<3} {:<10} {:<10} {local_port:<8} {remote_port:<6} {local_ip:<16} {remote_ip}",
            leg.reference(),
            other.reference()
        );
    }
    let _ = writeln!(text, "Found {count} active RTP connections");
    text
}
