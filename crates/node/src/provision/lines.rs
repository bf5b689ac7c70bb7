//! The lines: one for each `ephone-dn` with a number.

use std::{collections::BTreeSet, time::Duration};

use hookflash_core::{Channels, LineSettings, ParkSlot};
use smol_str::SmolStr;

use crate::{config, features, forwarding};

/// The lines in the order of their tags.
pub(super) fn lines(config: &config::Settings, notes: &mut Vec<String>) -> Vec<LineSettings> {
    let mut lines = Vec::new();
    let permitted = usize::try_from(config.max_dn()).unwrap_or(usize::MAX);
    let overlays = overlays(config);
    let default_preference = config.telephony_service.as_ref().and_then(|service| service.max_dn?.preference);
    for (tag, dn) in &config.ephone_dns {
        let Some(number) = &dn.number else { continue };
        if lines.len() >= permitted {
            notes.push(format!("ephone-dn {tag} and later ones have no effect: max-dn is {permitted}"));
            break;
        }
        let features = config.effective_dn_features(*tag);
        lines.push(LineSettings {
            route: None,
            tag: *tag,
            number: number.primary.clone(),
            secondary: number.secondary.clone(),
            expanded: expanded(config, &number.primary),
            name: dn.name.clone().unwrap_or_default(),
            label: label(dn),
            channels: match dn.line_mode {
                config::LineMode::Single => Channels::Single,
                config::LineMode::Dual => Channels::Dual,
                config::LineMode::Octo => Channels::Octo,
            },
            preference: preference(dn, default_preference),
            huntstop: config.effective_huntstop(*tag),
            cti_watch: config.effective_cti_watch(*tag),
            restricted: features.cti_watch == Some(false),
            cti_notify: config.effective_cti_notify(*tag),
            overlay: overlays.contains(tag),
            forwarding: forwarding::configured(&features),
            forward_max_length: features.forward_max_length.and_then(|most| usize::try_from(most).ok()),
            park_slot: dn.park_slot.as_ref().map(park_slot),
            keeps_local_calls: features.forward_local_calls == Some(false),
            pickup_group: features.pickup_group.clone(),
            picks_up_any_group: features.pickup_any_group == Some(true),
            may_join_hunt_groups: features.hunt_login == Some(true),
            ..features::line(config, dn, &features)
        });
    }
    lines
}

/// What stands beside the button of a number.
fn label(dn: &config::EphoneDn) -> SmolStr {
    let intercom = || dn.intercom.as_ref()?.label.clone();
    dn.label.clone().or_else(intercom).unwrap_or_default()
}

/// The number in full, by the first pattern that is for it.
fn expanded(config: &config::Settings, number: &str) -> Option<SmolStr> {
    let patterns = &config.telephony_service.as_ref()?.dialplan_patterns;
    patterns.values().find_map(|pattern| pattern.expand(number))
}

/// The directory numbers on overlay buttons.
fn overlays(config: &config::Settings) -> BTreeSet<u32> {
    let buttons = config.ephones.values().flat_map(|ephone| ephone.buttons.values());
    buttons.filter(|button| button.kind.is_overlay()).flat_map(|button| button.tags.iter().copied()).collect()
}

fn park_slot(slot: &config::ParkSlot) -> ParkSlot {
    let timeout = slot.timeout.filter(|(seconds, _)| *seconds > 0);
    ParkSlot {
        reserved_for: slot.reserved_for.clone(),
        timeout: timeout.map(|(seconds, _)| Duration::from_secs(seconds.into())),
        limit: timeout.map_or(0, |(_, limit)| limit),
        recall: slot.recall,
        transfer_to: slot.transfer_to.clone(),
        reservation_group: slot.reservation_group.clone(),
        directed: slot.directed,
        notify: slot.notify.clone(),
        notify_only: slot.notify_only,
        alternate: slot.alternate.clone(),
        retry: slot.retry.map(|(seconds, tries)| (Duration::from_secs(seconds.into()), tries)),
    }
}

fn preference(dn: &config::EphoneDn, default: Option<u32>) -> u8 {
    let own = dn.preference.primary;
    let effective = if own == 0 { default.unwrap_or(0) } else { own };
    u8::try_from(effective).unwrap_or(u8::MAX)
}
