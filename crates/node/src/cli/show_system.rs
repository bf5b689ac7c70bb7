//! `show running-config`, `show version`, `show clock`, `show hostname`.

use crate::{Node, config::table::Matched, forwarding};

pub(super) fn running_config(node: &mut Node, _: &Matched<'_>) -> String {
    let configured = &node.settings.running_config;
    let changed = forwarding::running_config(configured, &node.switch);
    let text = changed.as_ref().unwrap_or(configured);
    format!("Building configuration...\n\nCurrent configuration : {} bytes\n{text}", text.len())
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
    let time = node.clock.civil(node.now);
    format!(
        "{:02}:{:02}:{:02}.{:03} {:04}-{:02}-{:02}\n",
        time.hour, time.minute, time.second, time.millisecond, time.year, time.month, time.day,
    )
}
