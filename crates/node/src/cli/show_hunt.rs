//! `show ephone-hunt` and `show voice hunt-group`.

use std::fmt::Write;

use hookflash_core::{HuntGroup, HuntKind, Line, LineId};

use crate::{Node, config::table::Matched, features};

pub(super) fn ephone_hunt(node: &mut Node, matched: &Matched<'_>) -> String {
    groups(node, matched, features::EPHONE_HUNT)
}

pub(super) fn voice_hunt_group(node: &mut Node, matched: &Matched<'_>) -> String {
    groups(node, matched, features::VOICE_HUNT_GROUP)
}

fn groups(node: &Node, matched: &Matched<'_>, base: u32) -> String {
    let wanted: Option<u32> = matched.number("tag");
    let mut text = String::new();
    for (id, line) in node.switch.lines().iter() {
        let tag = line.settings().tag.wrapping_sub(base);
        let Some(group) = line.settings().hunt_group.as_deref().filter(|_| (1..=100).contains(&tag)) else {
            continue;
        };
        if wanted.is_some_and(|wanted| wanted != tag) {
            continue;
        }
        match matched.has("summary") {
            true => summary(&mut text, tag, line, group),
            false => one(&mut text, tag, (id, line), group, node),
        }
    }
    if text.is_empty() { "no hunt group to show\n".to_owned() } else { text }
}

fn kind(group: &HuntGroup) -> &'static str {
    match group.kind {
        HuntKind::Sequential => "sequential",
        HuntKind::Peer => "peer",
        HuntKind::LongestIdle => "longest-idle",
        HuntKind::Parallel => "parallel",
    }
}

fn summary(text: &mut String, tag: u32, line: &Line, group: &HuntGroup) {
    let _ = writeln!(
        text,
        "Group {tag}: {}, pilot {}, {} members",
        kind(group),
        line.number(),
        group.members.len()
    );
}

fn one(text: &mut String, tag: u32, (id, line): (LineId, &Line), group: &HuntGroup, node: &Node) {
    let _ = writeln!(
        text,
        "Group {tag}\n    type: {}\n    pilot number: {}, peer-tag {}",
        kind(group),
        line.number(),
        20000 + tag
    );
    let _ = writeln!(text, "    list of numbers:");
    let record = node.switch.hunt_record(id).cloned().unwrap_or_default();
    for (place, member) in group.members.iter().enumerate() {
        show_member(text, member, record.answered_by.get(place).copied().unwrap_or(0), node);
    }
    let timeouts: Vec<String> = group.timeouts.iter().map(|timeout| timeout.as_secs().to_string()).collect();
    let _ = writeln!(
        text,
        "    preference: {}\n    timeout: {}",
        line.settings().preference,
        timeouts.join(", ")
    );
    if let Some(most) = group.max_timeout {
        let _ = writeln!(text, "    max-timeout: {}", most.as_secs());
    }
    if let Some(number) = &group.final_number {
        let _ = writeln!(text, "    final number: {number}");
    }
    let _ = writeln!(text, "    hops: {}", group.hops.unwrap_or(group.members.len()));
    let logout = if group.auto_logout.is_some() { "yes" } else { "no" };
    let _ = writeln!(text, "    auto logout: {logout}");
    let _ = writeln!(
        text,
        "    calls: {}, answered {}, not answered {}\n",
        record.calls, record.answered, record.unanswered
    );
}

fn show_member(text: &mut String, number: &str, answered: u64, node: &Node) {
    let lines: Vec<&Line> =
        node.switch.lines().dial_plan().lines(number).map(|id| &node.switch.lines()[id]).collect();
    let stations = || lines.iter().flat_map(|line| line.stations()).map(|id| &node.switch.stations()[*id]);
    let up = stations().any(|station| station.is_registered());
    let out = stations().all(|station| station.is_hunt_logged_out() || station.do_not_disturb());
    let tag = lines.first().map_or(0, |line| line.settings().tag);
    let _ = writeln!(
        text,
        "        {number}, dn-tag {tag}, answered {answered}, {}, {}",
        if out { "logout" } else { "login" },
        if up { "up" } else { "down" },
    );
}
