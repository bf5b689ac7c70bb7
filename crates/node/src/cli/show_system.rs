//! `show running-config`, `show startup-config`, `show version`, `show clock`, `show hostname`.

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
