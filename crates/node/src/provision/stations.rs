//! The phones that speak SCCP: one for each `ephone` with an address, with the buttons of whoever is logged in to it.

use std::collections::{BTreeMap, BTreeSet};

use hookflash_core::{ButtonKind, ButtonSettings, LineSettings, Ring, StationSettings};
use hookflash_wire::sccp::{DeviceModel, PromptArea};
use smol_str::SmolStr;

use super::{Users, lines::lines};
use crate::{config, features, mobility};

/// The phones in the order of their tags.
pub(super) fn stations(
    config: &config::Settings,
    lines: &[LineSettings],
    users: &Users,
    notes: &mut Vec<String>,
) -> Vec<StationSettings> {
    let tags: BTreeSet<u32> = lines.iter().map(|line| line.tag).collect();
    let line_of_number: BTreeMap<&str, u32> =
        lines.iter().rev().map(|line| (line.number.as_str(), line.tag)).collect();
    let mut stations = Vec::new();
    for (tag, ephone) in &config.ephones {
        let Some(mac_address) = ephone.mac_address else {
            notes.push(format!("ephone {tag} cannot register: it has no mac-address"));
            continue;
        };
        let mut buttons = line_buttons(ephone, &tags);
        let profile = profile_in_force(config, ephone, users.get(tag));
        add_profile_buttons(&mut buttons, profile, &line_of_number);
        stations.push(StationSettings {
            trunk: None,
            tag: *tag,
            name: device_name(ephone, mac_address),
            buttons,
            speed_dials: speed_dials(ephone, profile),
            off_hook_by_command: off_hook_by_command(ephone),
            prompts: !is_analogue(ephone),
            keep_conference: config.effective_keep_conference(*tag),
            autonomous: false,
            dnd_calls: features::dnd_calls(config, *tag),
            ..features::station(config, *tag, ephone)
        });
    }
    let permitted = usize::try_from(config.max_ephones()).unwrap_or(usize::MAX);
    if permitted < stations.len() && config.telephony_service.is_some() {
        let count = stations.len();
        notes.push(format!(
            "at most {permitted} of {count} phones can be registered: max-ephones is {permitted}"
        ));
    }
    stations
}

/// The profile of who is logged in to a phone of extension mobility, or its logout profile.
fn profile_in_force<'a>(
    config: &'a config::Settings,
    ephone: &config::Ephone,
    user: Option<&SmolStr>,
) -> Option<&'a config::Profile> {
    let logged_out = ephone.logout_profile?;
    let logged_in = user.and_then(|user| mobility::profile_of(config, user));
    logged_in.map(|(_, profile)| profile).or_else(|| config.logout_profiles.get(&logged_out))
}

/// The settings of one phone, with these users logged in; `None` if it cannot register.
pub(crate) fn station_settings(
    config: &config::Settings,
    users: &Users,
    tag: u32,
) -> Option<StationSettings> {
    let mut notes = Vec::new();
    let lines = lines(config, &mut notes);
    let all = stations(config, &lines, users, &mut notes);
    all.into_iter().find(|station| station.tag == tag)
}

/// Analogue ports register with other names than phones.
fn device_name(ephone: &config::Ephone, mac_address: config::MacAddress) -> SmolStr {
    let name = mac_address.device_name();
    match ephone.model.as_deref() {
        Some("ata") => name.replacen("SEP", "ATA", 1).into(),
        _ => name,
    }
}

fn line_buttons(ephone: &config::Ephone, tags: &BTreeSet<u32>) -> Vec<ButtonSettings> {
    ephone.buttons.values().filter_map(|button| line_button(button, ephone, tags)).collect()
}

fn line_button(
    button: &config::Button,
    ephone: &config::Ephone,
    tags: &BTreeSet<u32>,
) -> Option<ButtonSettings> {
    use config::ButtonKind::*;
    let (kind, ring) = match button.kind {
        Normal => (ButtonKind::Line, Ring::Normal),
        BeepRing => (ButtonKind::Line, Ring::Beep),
        FeatureRing => (ButtonKind::Line, Ring::Feature),
        SilentRing => (ButtonKind::Line, Ring::Silent),
        Overlay => (ButtonKind::Overlay, Ring::Normal),
        CallWaitingOverlay => (ButtonKind::CallWaitingOverlay, Ring::Normal),
        Monitor => (ButtonKind::Monitor, Ring::Normal),
        Watch => (ButtonKind::Watch, Ring::Normal),
        OverlayRollover => return expansion_button(button, ephone, tags),
    };
    let mut lines = button.tags.iter().copied().filter(|tag| tags.contains(tag));
    let line = lines.next()?;
    let further = lines.collect();
    Some(ButtonSettings { button: u8::try_from(button.position).ok()?, line, ring, kind, further })
}

/// A button that takes further calls of an overlay.
fn expansion_button(
    button: &config::Button,
    ephone: &config::Ephone,
    tags: &BTreeSet<u32>,
) -> Option<ButtonSettings> {
    let overlay = ephone.buttons.get(*button.tags.first()?).filter(|overlay| overlay.kind.is_overlay())?;
    Some(ButtonSettings {
        button: u8::try_from(button.position).ok()?,
        line: overlay.tags.iter().copied().find(|tag| tags.contains(tag))?,
        kind: ButtonKind::Expansion(u8::try_from(overlay.position).ok()?),
        ..ButtonSettings::default()
    })
}

/// An extension mobility phone to which nobody has logged in shows the numbers of its logout profile, on the
/// buttons that are still free.
fn add_profile_buttons(
    buttons: &mut Vec<ButtonSettings>,
    profile: Option<&config::Profile>,
    line_of_number: &BTreeMap<&str, u32>,
) {
    use config::ProfileNumberType::*;
    let mut numbers: Vec<_> = profile.into_iter().flat_map(|profile| &profile.numbers).collect();
    // The order in which buttons are filled, whatever the order of the lines.
    numbers.sort_by_key(|number| match number.kind {
        Normal => 0,
        SilentRing => 1,
        BeepRing => 2,
        FeatureRing => 3,
        MonitorRing => 4,
        Overlay | CallWaitingOverlay => 5,
    });
    for number in numbers {
        let ring = match number.kind {
            Normal => Ring::Normal,
            BeepRing => Ring::Beep,
            FeatureRing => Ring::Feature,
            SilentRing => Ring::Silent,
            MonitorRing | Overlay | CallWaitingOverlay => continue,
        };
        let line = number.numbers.first().and_then(|number| line_of_number.get(number.as_str()));
        let free = (1..=u8::MAX).find(|place| buttons.iter().all(|button| button.button != *place));
        if let (Some(line), Some(button)) = (line, free) {
            buttons.push(ButtonSettings::line(button, *line, ring));
        }
    }
    buttons.sort_by_key(|button| button.button);
}

/// The speed dials of a phone; those of its profile come before its own.
fn speed_dials(ephone: &config::Ephone, profile: Option<&config::Profile>) -> Vec<(SmolStr, SmolStr)> {
    let mut dials = ephone.speed_dials.clone();
    dials.extend(profile.into_iter().flat_map(|profile| profile.speed_dials.clone()));
    let last = dials.keys().next_back().copied().unwrap_or(0);
    (1..=last)
        .map(|place| match dials.get(&place) {
            Some(dial) => (dial.number.clone(), dial.label.clone().unwrap_or_default()),
            None => (SmolStr::default(), SmolStr::default()),
        })
        .collect()
}

/// Phones without a loudspeaker and without soft keys are analogue ports or the like: only their user can lift
/// the handset.
fn off_hook_by_command(ephone: &config::Ephone) -> bool {
    let model = ephone.model.as_deref().and_then(DeviceModel::from_ios_word);
    model.is_none_or(|model| model.speakerphone || model.soft_keys)
}

/// Analogue ports cannot tell their user what to lift the handset for.
fn is_analogue(ephone: &config::Ephone) -> bool {
    let model = ephone.model.as_deref().and_then(DeviceModel::from_ios_word);
    model.is_some_and(|model| !model.soft_keys && model.prompt_area == PromptArea::None)
}

#[cfg(test)]
mod tests {
    use crate::{config, provision};

    #[test]
    fn labels_of_speed_dials_are_shown_without_their_quotation_marks() {
        let text = "telephony-service\n max-ephones 1\n max-dn 1\nephone-dn 1\n number 201\nephone 1\n \
                    mac-address 0200.0000.0201\n button 1:1\n speed-dial 1 202 label \"Head Office\"\n \
                    speed-dial 2 203 label Front desk\n speed-dial 3 204 label 3\"\n speed-dial 4 205";
        let made = provision(&config::load(text).settings, None).settings;
        let labels: Vec<&str> =
            made.switch.stations[0].speed_dials.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!(labels, ["Head Office", "Front desk", "3\"", ""]);
    }
}
