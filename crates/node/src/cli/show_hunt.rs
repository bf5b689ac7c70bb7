//! `show ephone-hunt` and `show voice hunt-group`.

use std::fmt::Write;

use hookflash_core::{HuntGroup, HuntKind, HuntRecord, Line, Station};

use crate::{
    Node,
    config::{self, table::Matched},
    features,
};

/// The tag of the dial peer of the pilot of an ephone-hunt is above this.
const PILOTS: u32 = 20_000;

/// A group that is shown.
struct Shown<'a> {
    tag: u32,

    line: &'a Line,
    group: &'a HuntGroup,
    configured: &'a config::HuntGroup,
    record: HuntRecord,
}

impl Shown<'_> {
    /// The number at each place, `None` for an open one.
    fn members(&self) -> impl Iterator<Item = (usize, Option<&smol_str::SmolStr>)> {
        (0..self.group.members.len()).map(|place| (place, self.record.member(self.group, place)))
    }

    fn preferences(&self) -> (u32, u32) {
        self.configured.preference.map_or((0, 7), |preference| (preference.primary, preference.secondary))
    }
}

fn groups<'a>(
    node: &'a Node,
    wanted: Option<u32>,
    base: u32,
    configured: &'a std::collections::BTreeMap<u32, config::HuntGroup>,
) -> Vec<Shown<'a>> {
    let lines = node.switch.lines().iter();
    let shown = lines.filter_map(|(id, line)| {
        let tag = line.settings().tag.wrapping_sub(base);
        let group = line.settings().hunt_group.as_deref().filter(|_| !line.is_removed())?;
        let configured = configured.get(&tag).filter(|_| wanted.is_none_or(|wanted| wanted == tag))?;
        let record = node.switch.hunt_record(id).cloned().unwrap_or_default();
        Some(Shown { tag, line, group, configured, record })
    });
    let mut shown: Vec<_> = shown.collect();
    shown.sort_by_key(|group| group.tag);
    shown
}

pub(super) fn ephone_hunt(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let configured = &node.settings.configuration.ephone_hunts;
    let groups = groups(node, matched.number("tag"), features::EPHONE_HUNT, configured);
    let mut text = String::new();
    for group in &groups {
        match matched.has("summary") {
            true => {
                let (kind, pilot) = (kind(group.group), group.line.number());
                let count = group.group.members.len();
                // Writing to a string cannot fail.
                let _ = writeln!(text, "Group {}: {kind}, pilot {pilot}, {count} members", group.tag);
            }
            false => one_ephone_hunt(&mut text, group, node),
        }
    }
    if text.is_empty() { "no ephone-hunt groups configured\n".to_owned() } else { text }
}

const fn kind(group: &HuntGroup) -> &'static str {
    match group.kind {
        HuntKind::Sequential => "sequential",
        HuntKind::Peer => "peer",
        HuntKind::LongestIdle => "longest-idle",
        HuntKind::Parallel => "parallel",
    }
}

/// The lines with a number, and the phones with each.
fn agents<'a>(node: &'a Node, number: &str) -> Vec<(&'a Line, Vec<&'a Station>)> {
    let lines = node.switch.lines();
    let with_phones = lines.dial_plan().lines(number).map(|id| {
        let line = &lines[id];
        (line, line.stations().iter().map(|id| &node.switch.stations()[*id]).collect())
    });
    with_phones.collect()
}

/// Whether the phones of a line take calls of groups.
fn is_logged_out(line: &Line, stations: &[&Station]) -> bool {
    let out = |station: &&Station| station.is_hunt_logged_out() || station.do_not_disturb();
    line.is_hunt_logged_out() || !stations.is_empty() && stations.iter().all(out)
}

fn is_up(stations: &[&Station]) -> bool {
    stations.iter().any(|station| station.is_registered())
}

fn one_ephone_hunt(text: &mut String, shown: &Shown<'_>, node: &Node) {
    let Shown { tag, line, group, configured, record, .. } = shown;
    let pilot = line.number();
    let _ = writeln!(
        text,
        "Group {tag}\n    type: {}\n    pilot number: {pilot}, peer-tag {}",
        kind(group),
        PILOTS + tag
    );
    if let Some(secondary) = &configured.secondary {
        let _ = writeln!(text, "    secondary number: {secondary}");
    }
    let _ = writeln!(text, "    list of numbers:");
    let (mut all_down, mut all_out) = (true, true);
    for (place, number) in shown.members() {
        let auxiliary = format!("A{pilot}A{:04}", (place + 1) * 100);
        let Some(number) = number else {
            let _ = writeln!(
                text,
                "        *, aux-number {auxiliary}, # peers 1, logout 0, down 1\n            peer-tag  dn-tag  rna  \
                 login/logout  up/down\n             [{:<8}  0     0       -          down]",
                PILOTS + tag
            );
            continue;
        };
        let agents = agents(node, number);
        let out = agents.iter().filter(|(line, stations)| is_logged_out(line, stations)).count();
        let down = agents.iter().filter(|(_, stations)| !is_up(stations)).count();
        all_down &= down == agents.len();
        all_out &= out == agents.len();
        let _ = writeln!(
            text,
            "        {number}, aux-number {auxiliary}, # peers {}, logout {out}, down {down}\n            \
             peer-tag  dn-tag  rna  login/logout  up/down",
            agents.len()
        );
        for (line, stations) in &agents {
            let dn = line.settings().tag;
            let unanswered = stations.iter().map(|station| station.unanswered_hunts()).max().unwrap_or(0);
            let login = if is_logged_out(line, stations) { "logout" } else { "login " };
            let up = if is_up(stations) { "up  " } else { "down" };
            let _ = writeln!(
                text,
                "             [{:<5}  {dn:>5}  {unanswered:>4}       {login}     {up}]",
                PILOTS + dn
            );
        }
    }
    if all_down {
        let _ = writeln!(text, "    all agents down!");
    } else if all_out {
        let _ = writeln!(text, "    all agents logout!");
    }
    if let Some(number) = &group.final_number {
        let _ = writeln!(text, "    final number: {number}");
    }
    let (primary, secondary) = shown.preferences();
    let timeouts: Vec<String> = group.timeouts.iter().map(|timeout| timeout.as_secs().to_string()).collect();
    let _ = writeln!(
        text,
        "    preference: {primary}\n    preference (sec): {secondary}\n    timeout: {}",
        timeouts.join(", ")
    );
    if let Some(most) = group.max_timeout {
        let _ = writeln!(text, "    max timeout : {}", most.as_secs());
    }
    let _ = writeln!(text, "    hops: {}", group.hops.unwrap_or(group.members.len()));
    if group.kind == HuntKind::Peer {
        let _ = writeln!(text, "    next-to-pick: {}", record.next_to_pick(group) + 1);
    }
    let registered = if configured.no_reg.is_some() { "no" } else { "yes" };
    let _ = writeln!(text, "    E.164 register: {registered}");
    match configured.auto_logout {
        None => text.push_str("    auto logout: no\n"),
        Some(auto) => {
            let _ = writeln!(text, "    auto logout: {} type: {}", auto.calls, auto.only.unwrap_or("both"));
        }
    }
    let _ = writeln!(text, "    stat collect: {}", yes(configured.collects_statistics));
    if configured.collects_statistics {
        let HuntRecord { calls, answered, unanswered, .. } = record;
        let _ = writeln!(text, "    calls: {calls}, answered {answered}, not answered {unanswered}");
    }
}

const fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

pub(super) fn voice_hunt_group(node: &mut Node, matched: &Matched<'_>) -> String {
    let node = &*node;
    let configured = &node.settings.configuration.voice_hunt_groups;
    let mut groups = groups(node, matched.number("tag"), features::VOICE_HUNT_GROUP, configured);
    let kinds = ["parallel", "sequential", "peer", "longest-idle"];
    if let Some(wanted) = kinds.iter().find(|kind| matched.has(kind)) {
        groups.retain(|shown| kind(shown.group) == *wanted);
    }
    if groups.is_empty() {
        return "no voice hunt-groups configured\n".to_owned();
    }
    let brief = matched.has("brief") || matched.has("summary");
    let mut text = if brief { "TAG TYPE PILOT     LIST\n".to_owned() } else { String::new() };
    for shown in &groups {
        match brief {
            true => one_in_brief(&mut text, shown),
            false => one_voice_hunt_group(&mut text, shown, node),
        }
    }
    text
}

/// A number in seven columns.
fn cut(number: &str) -> String {
    match number.chars().count() {
        0..=7 => number.to_owned(),
        _ => format!("{}-", number.chars().take(7).collect::<String>()),
    }
}

fn one_in_brief(text: &mut String, shown: &Shown<'_>) {
    let kind = match shown.group.kind {
        HuntKind::Parallel => "PAR",
        HuntKind::LongestIdle => "LON",
        HuntKind::Peer => "PER",
        HuntKind::Sequential => "SEQ",
    };
    let members: Vec<String> =
        shown.members().map(|(_, number)| number.map_or("*".into(), |number| cut(number))).collect();
    let _ =
        writeln!(text, "{:<3} {kind:<4} {:<9} {}", shown.tag, cut(shown.line.number()), members.join(", "));
}

fn one_voice_hunt_group(text: &mut String, shown: &Shown<'_>, node: &Node) {
    let Shown { tag, line, group, configured, record, .. } = shown;
    let pilot = line.number();
    let _ = writeln!(text, "Group {tag}\n type: {}\n pilot number: {pilot}, peer-tag {pilot}", kind(group));
    if let Some(secondary) = &configured.secondary {
        let _ = writeln!(text, " secondary number: {secondary}");
    }
    text.push_str(
        " list of numbers:\n    MEMBER         USED_BY       STATE     LOGIN/LOGOUT\n    \
         ======         =======       =====     ============\n",
    );
    for (_, number) in shown.members() {
        let Some(number) = number else {
            text.push_str("    *              -             -         -\n");
            continue;
        };
        let agents = agents(node, number);
        let up = if agents.iter().any(|(_, stations)| is_up(stations)) { "up" } else { "down" };
        let out = !agents.is_empty() && agents.iter().all(|(line, stations)| is_logged_out(line, stations));
        let used_by = if agents.is_empty() { "-" } else { number.as_str() };
        let _ =
            writeln!(text, "    {number:<14} {used_by:<13} {up:<9} {}", if out { "logout" } else { "login" });
    }
    let (primary, secondary) = shown.preferences();
    let timeouts: Vec<String> = group.timeouts.iter().map(|timeout| timeout.as_secs().to_string()).collect();
    let _ = writeln!(
        text,
        " preference: {primary}\n preference (sec): {secondary}\n timeout: {}",
        timeouts.join(", ")
    );
    if let Some(number) = &group.final_number {
        let _ = writeln!(text, " final_number: {number}");
    }
    if group.kind != HuntKind::Parallel {
        let _ = writeln!(text, " hops: {}", group.hops.unwrap_or(group.members.len()));
    }
    let _ = writeln!(text, " stat collect: {}", yes(configured.collects_statistics));
    let displays = configured.kept.iter().any(|line| line == "phone-display");
    let _ = writeln!(text, " phone-display: {}", if displays { "Yes" } else { "No" });
    if configured.collects_statistics {
        let HuntRecord { calls, answered, unanswered, .. } = record;
        let _ = writeln!(text, " calls: {calls}, answered {answered}, not answered {unanswered}");
    }
}
