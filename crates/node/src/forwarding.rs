//! Forwarding between the configuration and the switch: `call-forward` of an ephone-dn, both ways.
//!
//! The configuration has the forwarding at the start. Phones and applications change that while the server
//! runs, and `show running-config` shows it as it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use hookflash_core::{CallsTo, Forward, Forwarding, ForwardingType, LineSettings, RoutePattern, Switch};
use smol_str::SmolStr;

use crate::{
    config::{self, DnFeatures, WhichNumber},
    sip_phone::TAG_BASE,
};

/// How a line forwards its calls at the start.
pub(crate) fn configured(features: &DnFeatures) -> Forwarding {
    let no_answer = features.forward_no_answer.as_deref();
    let default = Forwarding::default();
    Forwarding {
        immediate: features.forward_all.as_deref().map(forward),
        busy: features.forward_busy.as_deref().map(forward),
        no_answer: no_answer.map(|no_answer| forward(&no_answer.forward)),
        no_answer_timeout: no_answer
            .map_or(default.no_answer_timeout, |no_answer| Duration::from_secs(no_answer.timeout.into())),
    }
}

fn forward(forward: &config::Forward) -> Forward {
    let calls_to = match forward.only {
        None => CallsTo::AnyNumber,
        Some(WhichNumber::Primary) => CallsTo::Primary,
        Some(WhichNumber::Secondary) => CallsTo::Secondary,
    };
    Forward { number: forward.target.clone(), calls_to }
}

/// Remarks for the operator about the destinations of forwarding: one for each destination that leads nowhere.
pub(crate) fn notes(lines: &[LineSettings]) -> Vec<String> {
    let forwarding = lines.iter().filter(|line| line.forwarding.is_active());
    let mut notes = Vec::new();
    let mut numbers = None;
    let mut unknown: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for line in forwarding {
        let numbers = numbers.get_or_insert_with(|| Numbers::of(lines));
        let targets = ForwardingType::ALL.into_iter().filter_map(|kind| line.forwarding.get(kind));
        for Forward { number, .. } in targets {
            let itself = *number == line.number || Some(number) == line.secondary.as_ref();
            if itself {
                notes.push(format!("ephone-dn {} forwards calls to itself, {number}: they fail", line.tag));
            } else if !numbers.has(number) {
                let tags = unknown.entry(number).or_default();
                if tags.last() != Some(&line.tag) {
                    tags.push(line.tag);
                }
            }
        }
    }
    notes.extend(unknown.iter().map(|(number, tags)| nowhere(number, tags)));
    notes
}

/// The remark about a destination that is nobody's number.
fn nowhere(number: &str, tags: &[u32]) -> String {
    let who = match tags {
        [first, rest @ ..] if !rest.is_empty() => {
            format!("ephone-dn {first} and {} more forward calls", rest.len())
        }
        tags => format!("ephone-dn {} forwards calls", tags.first().unwrap_or(&0)),
    };
    format!("{who} to {number}, which is nobody's number: they fail")
}

/// The numbers that can be dialled.
struct Numbers<'a> {
    exact: BTreeSet<&'a str>,
    patterns: Vec<&'a str>,
    routes: Vec<&'a RoutePattern>,
}

impl<'a> Numbers<'a> {
    fn of(lines: &'a [LineSettings]) -> Numbers<'a> {
        let all = lines.iter().flat_map(|line| [Some(&line.number), line.secondary.as_ref()]);
        let all = || all.clone().flatten().map(SmolStr::as_str);
        let is_pattern = |number: &&str| number.contains('.');
        Numbers {
            exact: all().filter(|number| !is_pattern(number)).collect(),
            patterns: all().filter(is_pattern).collect(),
            routes: lines.iter().filter_map(|line| line.route.as_ref()).collect(),
        }
    }

    fn has(&self, number: &str) -> bool {
        let fits = |pattern: &&str| {
            pattern.len() == number.len()
                && pattern
                    .bytes()
                    .zip(number.bytes())
                    .all(|(wanted, digit)| wanted == digit || wanted == b'.')
        };
        let leads_out = || self.routes.iter().any(|route| route.compare(number).0);
        self.exact.contains(number) || self.patterns.iter().any(fits) || leads_out()
    }
}

/// The lines that forward their calls otherwise than the configuration says, since a phone or an application has
/// changed it: their tags, and how they forward now.
pub(crate) fn changed(switch: &Switch) -> impl Iterator<Item = (u32, &Forwarding)> {
    let lines = switch.lines().iter().map(|(_, line)| line);
    lines
        .filter(|line| line.settings().forwarding != *line.forwarding())
        .map(|line| (line.settings().tag, line.forwarding()))
}

/// Sets the forwarding of a line in a configuration.
pub(crate) fn set(settings: &mut config::Settings, tag: u32, forwarding: &Forwarding) {
    if let Some(dn) = tag.checked_sub(TAG_BASE).and_then(|tag| settings.register_dns.get_mut(&tag)) {
        write(forwarding, &mut dn.features);
    } else if settings.ephone_dns.contains_key(&tag) {
        write(forwarding, &mut settings.ephone_dn_mut(tag).features);
    }
}

/// Whether a line forwards in the same way in two configurations.
pub(crate) fn is_same(one: &config::Settings, other: &config::Settings, tag: u32) -> bool {
    let of = |settings: &config::Settings| match tag.checked_sub(TAG_BASE) {
        Some(tag) => settings.register_dns.get(&tag).map(|dn| configured(&dn.features)).unwrap_or_default(),
        None => configured(&settings.effective_dn_features(tag)),
    };
    of(one) == of(other)
}

/// Takes the forwarding of a line from another configuration.
pub(crate) fn copy(from: &config::Settings, to: &mut config::Settings, tag: u32) {
    let features = features_of(from, tag).cloned();
    let Some(source) = features else { return };
    let target = match tag.checked_sub(TAG_BASE) {
        Some(tag) => to.register_dns.get_mut(&tag).map(|dn| &mut dn.features),
        None if to.ephone_dns.contains_key(&tag) => Some(&mut to.ephone_dn_mut(tag).features),
        None => None,
    };
    let Some(target) = target else { return };
    target.forward_all.clone_from(&source.forward_all);
    target.forward_busy.clone_from(&source.forward_busy);
    target.forward_no_answer.clone_from(&source.forward_no_answer);
}

fn features_of(settings: &config::Settings, tag: u32) -> Option<&DnFeatures> {
    match tag.checked_sub(TAG_BASE) {
        Some(tag) => settings.register_dns.get(&tag).map(|dn| &dn.features),
        None => settings.ephone_dns.get(&tag).map(|dn| &dn.features),
    }
}

fn write(forwarding: &Forwarding, features: &mut DnFeatures) {
    let no_answer = features.forward_no_answer.take().map(|no_answer| no_answer.forward);
    let no_answer = command(forwarding.no_answer.as_ref(), no_answer);
    let timeout = u32::try_from(forwarding.no_answer_timeout.as_secs()).unwrap_or(u32::MAX);
    features.forward_no_answer =
        no_answer.map(|forward| Box::new(config::ForwardNoAnswer { forward, timeout }));
    features.forward_all =
        command(forwarding.immediate.as_ref(), features.forward_all.take().map(|all| *all)).map(Box::new);
    features.forward_busy =
        command(forwarding.busy.as_ref(), features.forward_busy.take().map(|busy| *busy)).map(Box::new);
}

/// The command that brings a forward about; the one that is configured if it does so.
fn command(wanted: Option<&Forward>, configured: Option<config::Forward>) -> Option<config::Forward> {
    let wanted = wanted?;
    let only = match wanted.calls_to {
        CallsTo::AnyNumber => None,
        CallsTo::Primary => Some(WhichNumber::Primary),
        CallsTo::Secondary => Some(WhichNumber::Secondary),
    };
    let fresh = || config::Forward { target: wanted.number.clone(), only, dialplan_pattern: false };
    Some(configured.filter(|configured| forward(configured) == *wanted).unwrap_or_else(fresh))
}

#[cfg(test)]
mod tests {
    use crate::{config, provision};

    #[test]
    fn a_thousand_lines_that_forward_to_one_pilot_are_one_remark() {
        let mut text = "telephony-service\n max-dn 1000\n ip source-address 10.0.0.1\n".to_owned();
        for tag in 1..=1000 {
            text += &format!(
                "ephone-dn {tag}\n number {}\n call-forward busy 6800\n call-forward noan 6800 timeout 9\n",
                10_000 + tag
            );
        }
        let notes = provision(&config::load(&text).settings, None).notes;
        let forwards: Vec<_> = notes.iter().filter(|note| note.contains("forward")).collect();
        assert_eq!(
            forwards,
            ["ephone-dn 1 and 999 more forward calls to 6800, which is nobody's number: they fail"]
        );
    }

    #[test]
    fn forwards_that_lead_nowhere_are_noted() {
        let text = "telephony-service\n max-dn 5\n max-redirect 7\nephone-dn 1\n number 201 secondary 301\n \
                    call-forward all 301\n call-forward busy 202\nephone-dn 2\n number 202\n call-forward noan 41 timeout 9\n\
                    ephone-dn 3\n number 5..\n call-forward busy 599\n no forward local-calls\n call-forward max-length 4\n\
                    ephone-dn 4\n number 204\n call-forward all 511\n";
        let provisioned = provision(&config::load(text).settings, None);
        assert_eq!(
            provisioned.notes[..2],
            [
                "ephone-dn 1 forwards calls to itself, 301: they fail",
                "ephone-dn 2 forwards calls to 41, which is nobody's number: they fail",
            ]
        );
        assert!(!provisioned.notes[2..].iter().any(|note| note.contains("forwards")));
        let peer = "dial-peer voice 2000 voip\n destination-pattern 4.\n session target ipv4:10.0.0.9\n";
        let with_peer = provision(&config::load(&format!("{text}{peer}")).settings, None);
        assert!(!with_peer.notes.iter().any(|note| note.contains("41")), "{:?}", with_peer.notes);
        let switch = provisioned.settings.switch;
        assert_eq!(switch.max_redirects, 7);
        assert_eq!((switch.lines[2].forward_max_length, switch.lines[2].keeps_local_calls), (Some(4), true));
    }
}
