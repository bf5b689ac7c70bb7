//! What the buttons and soft keys of a phone are for.

use std::sync::LazyLock;

use hookflash_core::StationSettings;
use hookflash_wire::sccp::{
    ButtonDefinition, ButtonType, DeviceModel, FeatureStat, Phrase, ServerMessage, SoftKey,
    SoftKeyDefinition, SoftKeySet, SoftKeySets, SoftKeyState, SoftKeyTemplate, TemplateButton, Text,
};

/// The most buttons of a phone with its expansion modules: six and two times 24, and some to spare.
const MOST_BUTTONS: usize = 84;

/// The buttons of a phone: its lines at their places, the fixed keys of the model, and speed dials on the keys
/// that are left. A line whose place is a fixed key takes the next free one; places beyond the model's keys
/// are those of expansion modules.
pub(super) fn buttons(model: Option<&DeviceModel>, settings: &StationSettings) -> Vec<ButtonDefinition> {
    let mut keys: Vec<TemplateButton> = model.map(|model| model.buttons().collect()).unwrap_or_default();
    let last_place = settings.buttons.iter().map(|button| usize::from(button.button)).max().unwrap_or(0);
    let wanted = if model.is_some() {
        0
    } else {
        settings.buttons.len()
            + settings.speed_dials.len()
            + settings.blf_speed_dials.len()
            + usize::from(settings.privacy_button)
    };
    // A template without buttons is an error to phones.
    let size = keys.len().max(last_place).max(wanted).clamp(1, MOST_BUTTONS);
    keys.resize(size.max(keys.len()), TemplateButton::Free);

    let mut template: Vec<Option<ButtonDefinition>> = keys.iter().map(fixed).collect();
    let for_line = |key: &TemplateButton| matches!(key, TemplateButton::Free | TemplateButton::Line);
    let mut displaced = Vec::new();
    for (instance, button) in (1..).zip(&settings.buttons) {
        let place = usize::from(button.button).wrapping_sub(1);
        let usable = keys.get(place).is_some_and(for_line);
        match template.get_mut(place).filter(|slot| usable && slot.is_none()) {
            Some(slot) => *slot = Some(definition(instance, ButtonType::LINE)),
            None => displaced.push(definition(instance, ButtonType::LINE)),
        }
    }
    fill(&mut template, &keys, displaced.into_iter(), for_line);
    let count = u8::try_from(settings.speed_dials.len()).unwrap_or(u8::MAX);
    let speed_dials = (1..=count).map(|instance| definition(instance, ButtonType::SPEED_DIAL));
    let for_speed_dial =
        |key: &TemplateButton| matches!(key, TemplateButton::Free | TemplateButton::SpeedDial);
    fill(&mut template, &keys, speed_dials, for_speed_dial);
    let count = u8::try_from(settings.blf_speed_dials.len()).unwrap_or(u8::MAX);
    let with_lamps = (1..=count).map(|instance| definition(instance, ButtonType::BLF_SPEED_DIAL));
    fill(&mut template, &keys, with_lamps, for_speed_dial);
    let instance = u8::try_from(privacy_instance(settings)).unwrap_or(u8::MAX);
    let privacy = settings.privacy_button.then(|| definition(instance, ButtonType::FEATURE));
    fill(&mut template, &keys, privacy.into_iter(), for_speed_dial);
    template.into_iter().map(|slot| slot.unwrap_or(ButtonDefinition::UNUSED)).collect()
}

/// The instance of the Privacy button: features are counted together with the speed dials that have a lamp.
pub(super) fn privacy_instance(settings: &StationSettings) -> u32 {
    u32::try_from(settings.blf_speed_dials.len() + 1).unwrap_or(u32::MAX)
}

/// The Privacy button: its label, and whether it is lit.
pub(super) fn privacy_stat(instance: u32, private: bool) -> ServerMessage {
    ServerMessage::FeatureStat(FeatureStat {
        instance,
        button_type: ButtonType::FEATURE,
        status: private.into(),
        label: Text::plain("Privacy"),
    })
}

fn definition(instance: u8, button_type: ButtonType) -> ButtonDefinition {
    ButtonDefinition { instance, button_type }
}

fn fixed(key: &TemplateButton) -> Option<ButtonDefinition> {
    match key {
        TemplateButton::Feature(stimulus) => Some(definition(1, *stimulus)),
        TemplateButton::Unused => Some(ButtonDefinition::UNUSED),
        TemplateButton::Free | TemplateButton::Line | TemplateButton::SpeedDial => None,
    }
}

/// Puts `definitions` on the keys that are left and fit, in order.
fn fill(
    template: &mut [Option<ButtonDefinition>],
    keys: &[TemplateButton],
    mut definitions: impl Iterator<Item = ButtonDefinition>,
    fits: impl Fn(&TemplateButton) -> bool,
) {
    for (slot, _) in template.iter_mut().zip(keys).filter(|(slot, key)| slot.is_none() && fits(key)) {
        let Some(definition) = definitions.next() else { return };
        *slot = Some(definition);
    }
}

/// The keys of the soft key template. Up to `Barge` a key's event is its position, which both kinds of phone
/// programs rely on: those that report positions and those that report events.
const KEYS: [(SoftKey, Option<Phrase>); 32] = [
    (SoftKey::REDIAL, Some(Phrase::REDIAL)),
    (SoftKey::NEW_CALL, Some(Phrase::NEW_CALL)),
    (SoftKey::HOLD, Some(Phrase::HOLD)),
    (SoftKey::TRANSFER, Some(Phrase::TRANSFER)),
    (SoftKey::FORWARD_ALL, Some(Phrase::FORWARD_ALL)),
    (SoftKey::FORWARD_BUSY, Some(Phrase::FORWARD_BUSY)),
    (SoftKey::FORWARD_NO_ANSWER, Some(Phrase::FORWARD_NO_ANSWER)),
    (SoftKey::BACKSPACE, Some(Phrase::BACKSPACE)),
    (SoftKey::END_CALL, Some(Phrase::END_CALL)),
    (SoftKey::RESUME, Some(Phrase::RESUME)),
    (SoftKey::ANSWER, Some(Phrase::ANSWER)),
    (SoftKey::INFO, Some(Phrase::INFO)),
    (SoftKey::CONFERENCE, Some(Phrase::CONFERENCE_KEY)),
    (SoftKey::PARK, Some(Phrase::PARK)),
    (SoftKey::JOIN, Some(Phrase::JOIN)),
    (SoftKey::MEET_ME, Some(Phrase::MEET_ME)),
    (SoftKey::PICKUP, Some(Phrase::PICKUP)),
    (SoftKey::GROUP_PICKUP, Some(Phrase::GROUP_PICKUP)),
    (SoftKey::DIAL, None),
    (SoftKey::DO_NOT_DISTURB, Some(Phrase::DND)),
    (SoftKey::BARGE, Some(Phrase::C_BARGE)),
    (SoftKey::DIRECT_TRANSFER, Some(Phrase::DIRECT_TRANSFER)),
    (SoftKey::SELECT, Some(Phrase::SELECT)),
    (SoftKey::CONFERENCE_LIST, Some(Phrase::CONFERENCE_LIST)),
    (SoftKey::VIDEO_MODE, Some(Phrase::VIDEO_MODE)),
    (SoftKey::HUNT_GROUP_LOG, Some(Phrase::HUNT_GROUP_LOG)),
    (SoftKey::I_DIVERT, Some(Phrase::I_DIVERT)),
    (SoftKey::REMOVE_LAST_PARTICIPANT, Some(Phrase::REMOVE_LAST_PARTICIPANT)),
    (SoftKey::CALL_BACK, Some(Phrase::CALL_BACK)),
    (SoftKey::TRANSFER_TO_VOICEMAIL, Some(Phrase::TRANSFER_TO_VOICEMAIL)),
    (SoftKey::LOGIN, Some(Phrase::LOGIN)),
    (SoftKey::MOBILITY, None),
];

/// An empty place in a soft key set: keys keep their places from state to state.
const BLANK: SoftKey = SoftKey(0);

/// The usual keys of each state, in the order of [`SoftKeyState`].
const SETS: [&[SoftKey]; 12] = [
    &[
        SoftKey::REDIAL,
        SoftKey::NEW_CALL,
        SoftKey::FORWARD_ALL,
        SoftKey::PICKUP,
        SoftKey::GROUP_PICKUP,
        SoftKey::DO_NOT_DISTURB,
    ],
    &[SoftKey::HOLD, SoftKey::END_CALL, SoftKey::TRANSFER, SoftKey::CONFERENCE, SoftKey::PARK],
    &[SoftKey::RESUME, SoftKey::NEW_CALL, SoftKey::END_CALL],
    &[SoftKey::ANSWER, SoftKey::END_CALL, SoftKey::DO_NOT_DISTURB],
    &[SoftKey::REDIAL, SoftKey::END_CALL, SoftKey::FORWARD_ALL, SoftKey::PICKUP, SoftKey::GROUP_PICKUP],
    &[BLANK, SoftKey::END_CALL, SoftKey::TRANSFER],
    &[SoftKey::BACKSPACE, SoftKey::END_CALL, SoftKey::DIAL],
    &[
        SoftKey::HOLD,
        SoftKey::END_CALL,
        SoftKey::CONFERENCE,
        SoftKey::REMOVE_LAST_PARTICIPANT,
        SoftKey::CONFERENCE_LIST,
    ],
    &[BLANK, SoftKey::END_CALL, SoftKey::TRANSFER, SoftKey::CONFERENCE, SoftKey::CALL_BACK],
    &[BLANK, SoftKey::END_CALL, SoftKey::CALL_BACK],
    &[SoftKey::NEW_CALL, SoftKey::BARGE],
    &[SoftKey::REDIAL, SoftKey::NEW_CALL, SoftKey::BARGE],
];

/// Which keys of features there are beside the usual ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct OfferedKeys {
    /// HLog.
    pub hunt_log: bool,
    /// iDivert.
    pub voicemail: bool,
    /// MeetMe.
    pub meet_me: bool,
    /// Mobility.
    pub mobility: bool,
}

/// The soft keys of a phone, in each state of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SoftKeys {
    /// In the order of [`SoftKeyState`].
    sets: [Vec<SoftKey>; 12],
}

impl Default for SoftKeys {
    fn default() -> SoftKeys {
        SoftKeys { sets: SETS.map(<[SoftKey]>::to_vec) }
    }
}

/// A state of a call whose soft keys the configuration can set (`softkeys`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SoftKeyPlace {
    /// No call.
    Idle,
    /// Off-hook, nothing dialled.
    Seized,
    /// The other party rings.
    Alerting,
    /// A call rings here.
    Ringing,
    /// In a conversation.
    Connected,
    /// A call is put aside.
    Hold,
    /// Another phone uses the line.
    RemoteInUse,
}

impl SoftKeyPlace {
    /// The state with this word in the configuration.
    pub fn from_word(word: &str) -> Option<SoftKeyPlace> {
        Some(match word {
            "idle" => SoftKeyPlace::Idle,
            "seized" => SoftKeyPlace::Seized,
            "alerting" => SoftKeyPlace::Alerting,
            "ringing" => SoftKeyPlace::Ringing,
            "connected" => SoftKeyPlace::Connected,
            "hold" => SoftKeyPlace::Hold,
            "remote-in-use" => SoftKeyPlace::RemoteInUse,
            _ => return None,
        })
    }

    const fn state(self) -> SoftKeyState {
        match self {
            SoftKeyPlace::Idle => SoftKeyState::ON_HOOK,
            SoftKeyPlace::Seized => SoftKeyState::OFF_HOOK,
            SoftKeyPlace::Alerting => SoftKeyState::RING_OUT,
            SoftKeyPlace::Ringing => SoftKeyState::RING_IN,
            SoftKeyPlace::Connected => SoftKeyState::CONNECTED,
            SoftKeyPlace::Hold => SoftKeyState::ON_HOLD,
            SoftKeyPlace::RemoteInUse => SoftKeyState::IN_USE_HINT,
        }
    }
}

/// The names of the keys in the configuration, in lower case.
const NAMES: [(&str, SoftKey); 28] = [
    ("answer", SoftKey::ANSWER),
    ("callback", SoftKey::CALL_BACK),
    ("callpickup", SoftKey::PICKUP),
    ("cbarge", SoftKey::BARGE),
    ("cfwdall", SoftKey::FORWARD_ALL),
    ("conflist", SoftKey::CONFERENCE_LIST),
    ("confrn", SoftKey::CONFERENCE),
    ("dnd", SoftKey::DO_NOT_DISTURB),
    ("donotdisturb", SoftKey::DO_NOT_DISTURB),
    ("endcall", SoftKey::END_CALL),
    ("gpickup", SoftKey::GROUP_PICKUP),
    ("grpcallpickup", SoftKey::GROUP_PICKUP),
    ("hlog", SoftKey::HUNT_GROUP_LOG),
    ("hold", SoftKey::HOLD),
    ("idivert", SoftKey::I_DIVERT),
    ("join", SoftKey::JOIN),
    ("login", SoftKey::LOGIN),
    ("meetme", SoftKey::MEET_ME),
    ("mobility", SoftKey::MOBILITY),
    ("newcall", SoftKey::NEW_CALL),
    ("park", SoftKey::PARK),
    ("pickup", SoftKey::PICKUP),
    ("redial", SoftKey::REDIAL),
    ("resume", SoftKey::RESUME),
    ("rmlstc", SoftKey::REMOVE_LAST_PARTICIPANT),
    ("select", SoftKey::SELECT),
    ("trnsfer", SoftKey::TRANSFER),
    ("trnsfvm", SoftKey::TRANSFER_TO_VOICEMAIL),
];

fn key_named(name: &str) -> Option<SoftKey> {
    let name = name.to_ascii_lowercase();
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
}

impl SoftKeys {
    /// The usual keys, with HLog where hunt groups are left by it, iDivert where there is a voicemail system, MeetMe
    /// where there are such conferences, and Mobility where numbers ring elsewhere too.
    pub fn usual(offered: OfferedKeys) -> SoftKeys {
        let OfferedKeys { hunt_log, voicemail, meet_me, mobility } = offered;
        let mut keys = SoftKeys::default();
        let mut add = |key, states: &[SoftKeyState]| {
            for state in states {
                if let Some(set) = keys.set_mut(*state) {
                    set.push(key);
                }
            }
        };
        if hunt_log {
            add(
                SoftKey::HUNT_GROUP_LOG,
                &[SoftKeyState::ON_HOOK, SoftKeyState::RING_IN, SoftKeyState::CONNECTED],
            );
        }
        if meet_me {
            add(SoftKey::MEET_ME, &[SoftKeyState::OFF_HOOK]);
        }
        if mobility {
            add(SoftKey::MOBILITY, &[SoftKeyState::ON_HOOK, SoftKeyState::CONNECTED]);
        }
        if voicemail {
            add(SoftKey::I_DIVERT, &[SoftKeyState::RING_IN, SoftKeyState::CONNECTED]);
        }
        keys
    }

    /// Gives a state these keys, in this order; names that are not known are left out.
    pub fn set<'a>(&mut self, place: SoftKeyPlace, names: impl Iterator<Item = &'a str>) {
        if let Some(set) = self.set_mut(place.state()) {
            *set = names.filter_map(key_named).take(16).collect();
        }
    }

    /// Takes keys away in every state.
    pub fn block<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        for key in names.filter_map(key_named) {
            self.sets.iter_mut().for_each(|set| set.retain(|other| *other != key));
        }
    }

    fn set_mut(&mut self, state: SoftKeyState) -> Option<&mut Vec<SoftKey>> {
        self.sets.get_mut(usize::try_from(state.0).ok()?)
    }

    /// The mask of a set, for SelectSoftKeys: bit n enables key n.
    pub(super) fn available(&self, state: SoftKeyState) -> u32 {
        self.without(state, |key| !is_available(key) && key != BLANK)
    }

    /// [`SoftKeys::available`] without those that `excluded` names.
    pub(super) fn available_except(&self, state: SoftKeyState, excluded: impl Fn(SoftKey) -> bool) -> u32 {
        self.available(state) & self.without(state, excluded)
    }

    fn without(&self, state: SoftKeyState, excluded: impl Fn(SoftKey) -> bool) -> u32 {
        let index = usize::try_from(state.0).unwrap_or(usize::MAX);
        let keys = self.sets.get(index).map(Vec::as_slice).unwrap_or_default();
        (0..)
            .zip(keys)
            .fold(u32::MAX, |mask, (bit, key)| if excluded(*key) { mask & !(1 << bit) } else { mask })
    }

    /// Which soft keys belong to which state of a call.
    pub(super) fn message(&self) -> ServerMessage {
        let position = |key: &SoftKey| {
            let index = KEYS.iter().position(|(event, _)| event == key);
            index.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or(0)
        };
        let set = |keys: &Vec<SoftKey>| {
            SoftKeySet::of_positions(&keys.iter().map(position).collect::<smallvec::SmallVec<[u8; 16]>>())
        };
        let sets: Vec<SoftKeySet> = self.sets.iter().map(set).collect();
        ServerMessage::SoftKeySetRes(SoftKeySets { offset: 0, total: count(sets.len()), sets })
    }
}

/// Whether a key does something in this switch; the others are in the sets but cannot be pressed.
const fn is_available(key: SoftKey) -> bool {
    matches!(
        key,
        SoftKey::REDIAL
            | SoftKey::NEW_CALL
            | SoftKey::HOLD
            | SoftKey::BACKSPACE
            | SoftKey::END_CALL
            | SoftKey::RESUME
            | SoftKey::ANSWER
            | SoftKey::DIAL
            | SoftKey::FORWARD_ALL
            | SoftKey::TRANSFER
            | SoftKey::CONFERENCE
            | SoftKey::PARK
            | SoftKey::DO_NOT_DISTURB
            | SoftKey::PICKUP
            | SoftKey::GROUP_PICKUP
            | SoftKey::HUNT_GROUP_LOG
            | SoftKey::I_DIVERT
            | SoftKey::CALL_BACK
            | SoftKey::LOGIN
            | SoftKey::MEET_ME
            | SoftKey::MOBILITY
            | SoftKey::REMOVE_LAST_PARTICIPANT
            | SoftKey::CONFERENCE_LIST
            | SoftKey::JOIN
            | SoftKey::SELECT
            | SoftKey::BARGE
    )
}

/// All soft keys, with their labels. They are the same for all phones.
pub(super) static SOFT_KEY_TEMPLATE: LazyLock<ServerMessage> = LazyLock::new(|| {
    // What the phones' dictionaries do not have is in English.
    let plain = |key: SoftKey| Text::plain(if key == SoftKey::MOBILITY { "Mobility" } else { "Dial" });
    let label = |key: SoftKey, phrase: Option<Phrase>| phrase.map_or_else(|| plain(key), Text::from);
    let keys: Vec<SoftKeyDefinition> = KEYS
        .iter()
        .map(|(event, phrase)| SoftKeyDefinition { label: label(*event, *phrase), event: *event })
        .collect();
    ServerMessage::SoftKeyTemplateRes(SoftKeyTemplate { offset: 0, total: count(keys.len()), keys })
});

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use hookflash_core::ButtonSettings;
    use hookflash_wire::sccp::{ButtonTemplate, DeviceType};

    use super::*;

    fn settings(places: &[u8], speed_dials: usize) -> StationSettings {
        let button = |place: &u8| ButtonSettings::line(*place, 0, Default::default());
        StationSettings {
            buttons: places.iter().map(button).collect(),
            speed_dials: vec![("1001".into(), "Alice".into()); speed_dials],
            ..StationSettings::default()
        }
    }

    fn shown(model: DeviceType, places: &[u8], speed_dials: usize) -> String {
        let kind = |button: &ButtonDefinition| match button.button_type {
            ButtonType::LINE => format!("L{}", button.instance),
            ButtonType::SPEED_DIAL => format!("S{}", button.instance),
            ButtonType::UNDEFINED => "-".to_owned(),
            other => other.to_string(),
        };
        let buttons = buttons(model.model(), &settings(places, speed_dials));
        buttons.iter().map(kind).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_keep_their_places_and_speed_dials_fill_the_gaps() {
        assert_eq!(shown(DeviceType::TYPE_7960, &[1, 3], 2), "L1 S1 L2 S2 - -");
        assert_eq!(shown(DeviceType::TYPE_7911, &[1], 2), "L1 Hold S1 S2 - - - - - - -");
        assert_eq!(shown(DeviceType::TYPE_7940, &[1, 2], 2), "L1 L2");
        assert_eq!(shown(DeviceType(4711), &[1], 2), "L1 S1 S2");
        assert_eq!(shown(DeviceType(4711), &[], 0), "-");
    }

    #[test]
    fn a_line_on_a_fixed_key_or_a_taken_place_moves() {
        assert_eq!(shown(DeviceType::TYPE_8941, &[11], 0).get(..5), Some("L1 - "));
        assert_eq!(shown(DeviceType::TYPE_7960, &[1, 1], 0), "L1 L2 - - - -");
    }

    #[test]
    fn places_beyond_the_phone_are_on_its_expansion_modules() {
        let buttons = buttons(DeviceType::TYPE_7960.model(), &settings(&[1, 50], 60));
        assert_eq!(buttons.len(), 50);
        let parts: Vec<ButtonTemplate> = ButtonTemplate::split(&buttons).collect();
        let sizes: Vec<(u32, u32, usize)> =
            parts.iter().map(|part| (part.offset, part.total, part.buttons.len())).collect();
        assert_eq!(sizes, [(0, 50, 42), (42, 50, 8)]);
    }

    #[test]
    fn events_equal_positions_where_phones_rely_on_it() {
        for (position, (event, _)) in (1..).zip(&KEYS[..18]) {
            assert_eq!(event.0, position);
        }
    }

    #[test]
    fn every_key_of_a_set_is_in_the_template() {
        for key in SETS.iter().flat_map(|set| set.iter()).filter(|key| **key != BLANK) {
            assert!(KEYS.iter().any(|(event, _)| event == key), "{key}");
        }
    }

    #[test]
    fn keys_that_do_nothing_cannot_be_pressed() {
        let keys = SoftKeys::default();
        assert_eq!(keys.available(SoftKeyState::ON_HOOK), u32::MAX);
        assert_eq!(keys.available(SoftKeyState::RING_IN), u32::MAX);
        assert_eq!(keys.available_except(SoftKeyState::ON_HOLD, |key| key == SoftKey::END_CALL), 0xFFFF_FFFB);
    }
}
