//! `show running-config`, `show startup-config`, `show version`, `show clock`, `show hostname`.

use std::fmt::Write;

use crate::{Node, config::table::Matched};

pub(super) fn running_config(node: &mut Node, _: &Matched<'_>) -> String {
    let text = node.running_configuration().running_config();
    format!("Building configuration...\n\nCurrent configuration : {} bytes\n{text}", text.len())
}

pub(super) fn startup_config(node: &mut Node, _: &Matched<'_>) -> String {
    match &node.settings.startup_config {
        Some(text) => format!("Using {} bytes\n{text}", text.len()),
        None => "startup-config is not present\n".to_owned(),
    }
}

/// The pools of the memory budget, in bytes.
pub(super) fn memory(node: &mut Node, _: &Matched<'_>) -> String {
    let total = node.settings.limits.memory;
    let mut text = format!(
        "Memory budget for what strangers and applications can fill: {total} bytes ({} MB)\n\n{:22}{:>14}{:>14}\n",
        total >> 20,
        "Pool",
        "Limit(b)",
        "Used(b)",
    );
    let mut used = 0;
    for pool in node.memory() {
        used += pool.in_use.unwrap_or(0);
        let in_use = pool.in_use.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:22}{:>14}{in_use:>14}", pool.name, pool.limit);
    }
    let _ = writeln!(text, "{:22}{total:>14}{used:>14}", "Total");
    text
}

pub(super) fn hostname(node: &mut Node, _: &Matched<'_>) -> String {
    format!("{}\n", node.settings.hostname)
}

pub(super) fn version(node: &mut Node, _: &Matched<'_>) -> String {
    let minutes = node.now.as_millis() / 60_000;
    format!(
        "Hookflash {}\n{} uptime is {} hours, {} minutes\n",
        env!("CARGO_PKG_VERSION"),
        node.settings.hostname,
        minutes / 60,
        minutes % 60,
    )
}

pub(super) fn clock(node: &mut Node, _: &Matched<'_>) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let time = node.clock.civil(node.now);
    let name = |names: &[&'static str], place: u8| names.get(usize::from(place)).copied().unwrap_or("???");
    format!(
        "{:02}:{:02}:{:02}.{:03} {} {} {} {} {:04}\n",
        time.hour,
        time.minute,
        time.second,
        time.millisecond,
        zone(node),
        name(&DAYS, time.weekday),
        name(&MONTHS, time.month.saturating_sub(1)),
        time.day,
        time.year,
    )
}

/// The name of the time zone: that of `clock timezone` where the clock is as far from UTC as it says, or how far it is.
fn zone(node: &Node) -> String {
    let lines = node.settings.configuration.foreign.iter().filter_map(|block| block.lines.first());
    let is_so = |hours: i32, minutes: i32| {
        let minutes = if hours < 0 { -minutes } else { minutes };
        60 * hours + minutes == node.clock.utc_offset_seconds() / 60
    };
    let mut names = lines.filter_map(|line| {
        let mut words = line.strip_prefix("clock timezone ")?.split_whitespace();
        let name = words.next()?;
        let mut number = || words.next().map_or(Some(0), |word| word.parse().ok());
        is_so(number()?, number()?).then_some(name)
    });
    let configured = names.next().map(str::to_owned);
    let (hours, minutes) =
        (node.clock.utc_offset_seconds() / 3600, node.clock.utc_offset_seconds() / 60 % 60);
    match (configured, hours, minutes) {
        (Some(name), ..) => name,
        (None, 0, 0) => "UTC".to_owned(),
        (None, hours, 0) => format!("UTC{hours:+}"),
        (None, hours, minutes) => format!("UTC{hours:+}:{:02}", minutes.abs()),
    }
}
