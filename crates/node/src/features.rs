//! Telephone features of the whole system, from the configuration to the settings of the switch.

use std::time::Duration;

use hookflash_core::{Channels, DndCalls, FeatureSettings, HuntGroup, HuntKind, LineSettings, PickupKeys};
use smol_str::SmolStr;

use crate::config::{self, DirectedPickup, HuntType, PresentCall};

/// Added to the tag of an `ephone-hunt` for the tag of its pilot's line: larger than any tag of an `ephone-dn`.
pub(crate) const EPHONE_HUNT: u32 = 1_000_000;
/// The same for a `voice hunt-group`.
pub(crate) const VOICE_HUNT_GROUP: u32 = 1_100_000;

/// The lines of the pilots.
pub(crate) fn pilots(config: &config::Settings, notes: &mut Vec<String>) -> Vec<LineSettings> {
    let groups = config.ephone_hunts.iter().map(|(tag, group)| ("ephone-hunt", EPHONE_HUNT, *tag, group));
    let voice = config.voice_hunt_groups.iter();
    let groups = groups.chain(voice.map(|(tag, group)| ("voice hunt-group", VOICE_HUNT_GROUP, *tag, group)));
    let mut lines = Vec::new();
    for (name, base, tag, group) in groups {
        let Some(pilot) = group.pilot.clone().filter(|_| !group.members.is_empty()) else {
            notes.push(format!("{name} {tag} takes no calls: it has no pilot, or no list"));
            continue;
        };
        lines.push(LineSettings {
            tag: base + tag,
            number: pilot,
            secondary: group.secondary.clone(),
            name: group.name.clone().or(group.description.clone()).unwrap_or_default(),
            channels: Channels::Octo,
            preference: group.preference.map_or(0, |p| u8::try_from(p.primary).unwrap_or(u8::MAX)),
            huntstop: true,
            cti_watch: true,
            hunt_group: Some(Box::new(hunt_group(config, group))),
            ..LineSettings::default()
        });
    }
    lines
}

fn hunt_group(config: &config::Settings, group: &config::HuntGroup) -> HuntGroup {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let ringing = config.telephony_service.as_ref().map_or(180, |service| service.timeout_ringing);
    let timeouts = if group.timeouts.is_empty() { vec![ringing] } else { group.timeouts.clone() };
    HuntGroup {
        kind: match group.kind {
            HuntType::Sequential => HuntKind::Sequential,
            HuntType::Peer => HuntKind::Peer,
            HuntType::LongestIdle => HuntKind::LongestIdle,
            HuntType::Parallel => HuntKind::Parallel,
        },
        members: group.members.iter().filter(|member| *member != "*").map(SmolStr::clone).collect(),
        timeouts: timeouts.into_iter().map(seconds).collect(),
        hops: group.hops.and_then(|hops| usize::try_from(hops).ok()),
        max_timeout: group.max_timeout.map(seconds),
        final_number: group.final_number.clone(),
        idle_phones_only: matches!(group.present_call, Some(PresentCall::Idle | PresentCall::OnHook)),
        auto_logout: group.auto_logout.map(|auto| auto.calls),
    }
}

/// The settings of the features.
pub(crate) fn of(config: &config::Settings) -> FeatureSettings {
    let service = config.telephony_service.clone().unwrap_or_default();
    FeatureSettings {
        pickup: match service.directed_pickup {
            DirectedPickup::On => PickupKeys::Directed,
            DirectedPickup::Off => PickupKeys::LocalGroup,
            DirectedPickup::ByGroupKey => PickupKeys::GroupKeyDirected,
        },
    }
}

/// What happens to calls of a phone whose user is not to be disturbed.
pub(crate) fn dnd_calls(config: &config::Settings, ephone: u32) -> DndCalls {
    match config.effective_dnd_feature_ring(ephone) {
        None => DndCalls::Refused,
        Some(true) => DndCalls::Silent,
        Some(false) => DndCalls::RingFeatureButtons,
    }
}
