//! `cti-port`, `cti-route-point` and `device-pool`: devices that applications open.

use super::kept;
use crate::command::{Command, Printer, Reference, Reports, Status, optional_text};
use crate::matcher::Matched;
use crate::settings::{CtiDevice, DevicePool};

/// Lines that a device of an application has at most.
const MAX_LINES: u32 = 34;

/// A row that ports and route points have in common.
macro_rules! shared {
    (name) => {
        Row::new("name <name:word..128>", "Name by which applications open the device", "none")
            .status(Status::Own)
            .apply(|device, matched, reports| {
                device.name = matched.text("name").filter(|_| matched.is_set());
                if let Some(name) = &device.name {
                    reports.refer(matched.word("name"), Reference::CtiName(name.clone()));
                }
            })
            .show(|device, out| out.optional("name", device.name.as_ref()))
    };
    (pool) => {
        Row::new("device-pool <name:word..64>", "Pool that the device belongs to", "none")
            .status(Status::Own)
            .apply(|device, matched, reports| {
                device.device_pool = matched.text("name").filter(|_| matched.is_set());
                if let Some(name) = &device.device_pool {
                    reports.refer(matched.word("name"), Reference::DevicePool(name.clone()));
                }
            })
            .show(|device, out| out.optional("device-pool", device.device_pool.as_ref()))
    };
    (button) => {
        Row::new("button <button:button>...", "Directory numbers of the lines, as 1:20", "none")
            .status(Status::Own)
            .words(&[("button", "Number of the line, a colon, and the tag of an ephone-dn")])
            .apply(set_buttons)
            .show(show_buttons)
    };
}

pub(crate) static PORT: &[Command<CtiDevice>] = {
    type Row = Command<CtiDevice>;
    &[
        shared!(name),
        optional_text!("description", "line..80", "Text about the port", description).status(Status::Own),
        shared!(pool),
        shared!(button),
        kept!("type", "Kind of port"),
    ]
};

pub(crate) static ROUTE_POINT: &[Command<CtiDevice>] = {
    type Row = Command<CtiDevice>;
    &[
        shared!(name),
        optional_text!("description", "line..80", "Text about the route point", description)
            .status(Status::Own),
        shared!(pool),
        shared!(button),
        kept!("type", "Kind of route point"),
    ]
};

pub(crate) static POOL: &[Command<DevicePool>] = {
    type Row = Command<DevicePool>;
    &[
        optional_text!("description", "line..80", "Text about the pool", description).status(Status::Own),
        kept!("callmanager-group", "Nodes that run the devices of the pool"),
    ]
};

/// `button` replaces the lines that it names and leaves the others; `no button` without argument removes all.
fn set_buttons(device: &mut CtiDevice, matched: &Matched<'_>, reports: &mut Reports) {
    let mut buttons = Vec::new();
    for word in matched.words("button") {
        let position = word.text.split(':').next().and_then(|position| position.parse::<u32>().ok());
        let dn = word.text.split_once(':').and_then(|(_, dn)| dn.parse::<u32>().ok());
        match (position, dn) {
            (Some(position), dn) if !matched.is_set() => buttons.push((word, position, dn.unwrap_or(0))),
            (Some(position @ 1..=MAX_LINES), Some(dn @ 1..=65_535)) => buttons.push((word, position, dn)),
            (Some(position), Some(_)) if position > MAX_LINES => {
                let message = format!("a device has at most {MAX_LINES} lines");
                return reports.error(word, message, format!("write a line from 1 to {MAX_LINES}"));
            }
            _ => {
                let message = format!("`{}` is no line of such a device", word.text);
                return reports.error(word, message, "write lines as 1:20");
            }
        }
    }
    if !matched.is_set() {
        match buttons.is_empty() {
            true => device.buttons.clear(),
            false => {
                device.buttons.retain(|position, _| buttons.iter().all(|(_, named, _)| named != position))
            }
        }
        return;
    }
    for (word, position, dn) in buttons {
        reports.refer(Some(word), Reference::CtiDn(dn));
        device.buttons.insert(position, dn);
    }
}

fn show_buttons(device: &CtiDevice, out: &mut Printer) {
    if !device.buttons.is_empty() {
        let buttons: Vec<String> =
            device.buttons.iter().map(|(position, dn)| format!("{position}:{dn}")).collect();
        out.line(format!("button {}", buttons.join(" ")));
    }
}
