//! CTI ports and route points, from the configuration to the settings of the switch.

use std::collections::{BTreeMap, BTreeSet};

use hookflash_core::{ButtonSettings, Channels, CtiDeviceKind, LineSettings, Ring, StationSettings};
use smol_str::{SmolStr, format_smolstr};

use crate::config::{self, CtiDevice, Mode};

/// What is added to the tags of `cti-port`, so that they differ from those of other stations.
const PORT_BASE: u32 = 1 << 22;

/// What is added to the tags of `cti-route-point`.
const POINT_BASE: u32 = 1 << 23;

/// Makes the lines of CTI ports and route points such, and adds these stations. A line that a phone has too stays that of the
/// phone.
pub(crate) fn add(
    config: &config::Settings,
    lines: &mut [LineSettings],
    stations: &mut Vec<StationSettings>,
    notes: &mut Vec<String>,
) {
    if config.cti_ports.is_empty() && config.cti_route_points.is_empty() {
        return;
    }
    let at_phones: BTreeSet<u32> = stations
        .iter()
        .flat_map(|station| station.buttons.iter().filter(|button| button.kind.has_lines()))
        .flat_map(ButtonSettings::tags)
        .collect();
    let mut by_tag: BTreeMap<u32, &mut LineSettings> =
        lines.iter_mut().map(|line| (line.tag, line)).collect();
    for (mode, tag, device) in config.cti_devices() {
        let (kind, base) = match mode {
            Mode::CtiPort => (CtiDeviceKind::Port, PORT_BASE),
            _ => (CtiDeviceKind::RoutePoint, POINT_BASE),
        };
        let mut buttons = Vec::new();
        for (position, dn) in &device.buttons {
            let Some(line) = by_tag.get_mut(dn) else { continue };
            if at_phones.contains(dn) {
                notes.push(format!("{} {tag}: ephone-dn {dn} is that of a phone", mode.name()));
                continue;
            }
            open_to_applications(config, line, kind);
            let position = u8::try_from(*position).unwrap_or(u8::MAX);
            buttons.push(ButtonSettings::line(position, *dn, Ring::Normal));
        }
        notes.extend(note_about(config, (mode, tag), device));
        notes.extend(without_pool((mode, tag), device));
        stations.push(StationSettings {
            tag: base + tag,
            name: name(mode, tag, device),
            model: SmolStr::new_static(match kind {
                CtiDeviceKind::Port => "CTI Port",
                CtiDeviceKind::RoutePoint => "CTI Route Point",
            }),
            buttons,
            off_hook_by_command: true,
            cti_device: Some(kind),
            ..StationSettings::default()
        });
    }
}

/// The name of a device: the one it was given, or one that is made of its tag.
pub(crate) fn name(mode: Mode, tag: u32, device: &CtiDevice) -> SmolStr {
    device.name.clone().unwrap_or_else(|| format_smolstr!("{}-{tag}", mode.name()))
}

fn open_to_applications(config: &config::Settings, line: &mut LineSettings, kind: CtiDeviceKind) {
    let Some(dn) = config.ephone_dns.get(&line.tag) else { return };
    let features = config.effective_dn_features(line.tag);
    let (most, trigger) = match kind {
        CtiDeviceKind::Port => (line.channels.count().max(4), 2),
        CtiDeviceKind::RoutePoint => (5_000, 4_500),
    };
    let count = |given: u32| usize::try_from(given).unwrap_or(usize::MAX);
    let max_calls = dn.max_calls.map_or(most, count);
    line.cti_device = Some(kind);
    line.max_calls = Some(max_calls);
    line.busy_trigger = Some(dn.busy_trigger.map_or(trigger, count).min(max_calls));
    // How many calls it has is said above; none is shared between phones.
    line.channels = Channels::Single;
    line.restricted = features.cti_watch == Some(false);
    line.cti_watch = !line.restricted;
}

/// A device that belongs to no pool, so that nothing says which nodes may run it.
fn without_pool((mode, tag): (Mode, u32), device: &CtiDevice) -> Option<String> {
    let command = mode.name();
    let name = name(mode, tag, device);
    device.device_pool.is_none().then(|| {
        format!("{command} {name} belongs to no device-pool: add `device-pool NAME` to {command} {tag}")
    })
}

/// What happens to calls of a route point whose application dies, if that was not said.
fn note_about(config: &config::Settings, (mode, tag): (Mode, u32), device: &CtiDevice) -> Option<String> {
    let without = |dn: &&u32| {
        let features = config.effective_dn_features(**dn);
        config.ephone_dns.contains_key(dn) && features.forward_failure.is_none()
    };
    let dn = device.buttons.values().find(without).filter(|_| mode == Mode::CtiRoutePoint)?;
    let name = name(mode, tag, device);
    Some(format!("route point {name}: no forward for failure: add `call-forward failure` to ephone-dn {dn}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provision;

    const TEXT: &str = "telephony-service\n max-dn 40\n max-ephones 2\nephone-dn 1\n number 201\n cti watch\n\
        ephone-dn 2\n number 202\n no cti watch\nephone-dn 20\n number 220\nephone-dn 21 dual-line\n number 221\n no cti watch\nephone-dn 30\n number 300\n \
        max-calls 10\n call-forward unregistered 203\nephone 1\n mac-address 0200.0000.0201\n button 1:1\ncti-port 1\n \
        name PORT1\n button 1:20 2:21 3:1\ncti-route-point 1\n name RP1\n button 1:30\n";

    #[test]
    fn lines_of_devices_are_open_to_applications_and_have_their_own_limits() {
        let made = provision(&config::load(TEXT).settings, None);
        let line = |tag: u32| made.settings.switch.lines.iter().find(|line| line.tag == tag).unwrap();
        let limits = |tag: u32| (line(tag).cti_device, line(tag).max_calls, line(tag).busy_trigger);
        assert_eq!(limits(1), (None, None, None));
        assert_eq!(limits(20), (Some(CtiDeviceKind::Port), Some(4), Some(2)));
        assert_eq!(limits(30), (Some(CtiDeviceKind::RoutePoint), Some(10), Some(10)));
        assert_eq!([20, 21, 30].map(|tag| line(tag).cti_watch), [true, false, true]);
        assert_eq!([1, 2, 20, 21].map(|tag| line(tag).restricted), [false, true, false, true]);
        assert_eq!(line(30).forward_unregistered.as_deref(), Some("203"));
        let port = made.settings.switch.stations.iter().find(|station| station.name == "PORT1").unwrap();
        assert_eq!(port.buttons.iter().map(|button| button.line).collect::<Vec<_>>(), [20, 21]);
        let said = |text: &str| made.notes.iter().any(|note| note.contains(text));
        assert!(said("cti-port 1: ephone-dn 1 is that of a phone"), "{:?}", made.notes);
        assert!(said("route point RP1: no forward for failure"), "{:?}", made.notes);
        assert!(said("PORT1 belongs to no device-pool"), "{:?}", made.notes);
    }
}
