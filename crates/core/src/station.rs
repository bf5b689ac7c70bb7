//! Stations: phones, the lines on their buttons, and whether they are registered.
//!
//! [`Stations`] owns them. What a key of a phone means is in [`keys`](crate::keys).
//!
//! # Invariants
//!
//! * A [`StationId`] means the phone with one tag for as long as the switch runs.
//! * The buttons of a phone change only while it has no call.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::{
    ButtonKind, CodecSet, ConnectionKey, LineId, Refusal, Ring, StationSettings, cti::telephone::Told,
    timer::Deadline,
};

/// Identifies a station.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct StationId(pub(crate) u32);

impl StationId {
    /// A small number for tables with an entry for each station.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whether a phone is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Registration {
    Unregistered,
    Registered,
    /// Its connection broke; its calls wait for it.
    Lost(Deadline),
}

/// A line on a line button. The lines of an overlay have the same instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Button {
    /// The line instance on the phone, from 1.
    pub instance: u32,
    /// The line.
    pub line: LineId,
    /// What the button does.
    pub kind: ButtonKind,
    /// How calls to the line sound here.
    pub ring: Ring,
}

/// A line button whose lamp shows what others do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LampButton {
    /// The line instance on the phone, from 1.
    pub instance: u32,
    /// The line that is watched, or that is on the first button of the phone that is watched.
    pub line: LineId,
    /// Whether it watches a phone.
    pub phone: bool,
}

/// A line button that takes further calls of an overlay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Expansion {
    /// Its line instance.
    pub instance: u32,
    /// The line instance of the overlay.
    pub of: u32,
}

/// A phone.
#[derive(Clone, Debug)]
pub struct Station {
    pub(crate) settings: StationSettings,
    pub(crate) buttons: Vec<Button>,
    pub(crate) lamps: Vec<LampButton>,
    pub(crate) expansions: Vec<Expansion>,
    /// What it is to become when it is idle.
    pub(crate) pending: Option<Box<StationSettings>>,
    /// Whether it is to go when it is idle.
    pub(crate) removed_when_idle: bool,
    removed: bool,
    pub(crate) registration: Registration,
    pub(crate) codecs: CodecSet,
    pub(crate) last_dialled: SmolStr,
    pub(crate) changed: bool,
    pub(crate) refused: Option<Refusal>,
    /// Whether what its user has dialled for a feature was done, until the next key.
    pub(crate) confirmed: bool,
    /// Whether its user has entered the number that opens it outside office hours.
    pub(crate) pin_entered: bool,
    /// Whether it takes no calls of hunt groups (HLog).
    pub(crate) hunt_logged_out: bool,
    /// How many calls of hunt groups have rung here in vain, one after the other.
    pub(crate) unanswered_hunts: u32,
    /// Whether its user is not to be disturbed.
    pub(crate) do_not_disturb: bool,
    /// What an application shows at it.
    pub(crate) display_text: Option<SmolStr>,
    /// The page that its loudspeaker plays.
    pub(crate) page: Option<ConnectionKey>,
    /// Whether an application has switched its microphone off.
    pub(crate) microphone_off: bool,
    /// The slot where its user has parked a call, until the next key.
    pub(crate) parked_at: Option<SmolStr>,
    /// What its user has said with the Privacy button, until the phone is configured anew.
    pub(crate) privacy: Option<bool>,
    /// What monitors know of it that ask for what happens at telephones.
    pub(crate) told: Option<Box<Told>>,
    /// How often its user was reminded of that call, since the last key.
    pub(crate) park_reminders: u32,
}

impl Station {
    fn new(settings: StationSettings) -> Station {
        Station {
            settings,
            buttons: Vec::new(),
            lamps: Vec::new(),
            expansions: Vec::new(),
            pending: None,
            removed_when_idle: false,
            removed: false,
            registration: Registration::Unregistered,
            codecs: CodecSet::EMPTY,
            last_dialled: SmolStr::default(),
            changed: false,
            refused: None,
            confirmed: false,
            pin_entered: false,
            hunt_logged_out: false,
            unanswered_hunts: 0,
            do_not_disturb: false,
            display_text: None,
            page: None,
            microphone_off: false,
            parked_at: None,
            privacy: None,
            told: None,
            park_reminders: 0,
        }
    }

    /// What was configured.
    pub fn settings(&self) -> &StationSettings {
        &self.settings
    }

    /// Whether it is an SCCP phone: it is told what to do, and no application has it open.
    pub fn is_commanded_phone(&self) -> bool {
        !self.settings.autonomous && self.settings.cti_device.is_none()
    }

    /// Whether it keeps its calls on lines with eight channels to itself.
    pub(crate) fn keeps_private(&self) -> bool {
        self.privacy.unwrap_or(self.settings.privacy)
    }

    /// Whether its loudspeaker plays a page.
    pub fn plays_page(&self) -> bool {
        self.page.is_some()
    }

    /// Whether the phone is there.
    pub fn is_registered(&self) -> bool {
        self.registration == Registration::Registered
    }

    /// Whether the phone is there, and does not wait for its last call to end to be removed.
    pub(crate) fn takes_calls(&self) -> bool {
        self.is_registered() && !self.removed_when_idle
    }

    /// Whether the phone is there, or was there a moment ago and is expected back.
    pub(crate) fn is_present(&self) -> bool {
        self.registration != Registration::Unregistered
    }

    /// The codecs that it reported.
    pub fn codecs(&self) -> CodecSet {
        self.codecs
    }

    /// Whether it takes no calls of hunt groups.
    pub fn is_hunt_logged_out(&self) -> bool {
        self.hunt_logged_out
    }

    /// How many calls of hunt groups have rung there one after the other without being answered.
    pub fn unanswered_hunts(&self) -> u32 {
        self.unanswered_hunts
    }

    /// Whether its user is not to be disturbed.
    pub fn do_not_disturb(&self) -> bool {
        self.do_not_disturb
    }

    /// The number dialled last; empty if none.
    pub fn last_dialled(&self) -> &SmolStr {
        &self.last_dialled
    }

    /// The lines on its line buttons, in order of the line instances.
    pub fn buttons(&self) -> &[Button] {
        &self.buttons
    }

    /// The lines on its buttons, in order of the line instances; a line on two buttons comes twice.
    pub fn lines(&self) -> impl Iterator<Item = LineId> + '_ {
        self.buttons.iter().map(|button| button.line)
    }

    /// The buttons whose lamps show what others do.
    pub fn lamps(&self) -> &[LampButton] {
        &self.lamps
    }

    /// The buttons that take further calls of overlays.
    pub fn expansions(&self) -> &[Expansion] {
        &self.expansions
    }

    /// The lines of a line instance, from 1; an expansion button has those of its overlay.
    pub fn lines_of(&self, instance: u32) -> impl Iterator<Item = LineId> + '_ {
        let expansion = self.expansions.iter().find(|expansion| expansion.instance == instance);
        let place = expansion.map_or(instance, |expansion| expansion.of);
        self.buttons.iter().filter(move |button| button.instance == place).map(|button| button.line)
    }

    /// The first line of a line instance, from 1.
    pub fn line(&self, instance: u32) -> Option<LineId> {
        self.lines_of(instance).next()
    }

    /// The line whose number the phone shows beside a button: that of the instance, or the one that is watched.
    pub fn labelled_line(&self, instance: u32) -> Option<LineId> {
        let watched = || self.lamps.iter().find(|lamp| lamp.instance == instance).map(|lamp| lamp.line);
        self.line(instance).or_else(watched)
    }
}

/// All stations. The page of the module has the invariants.
#[derive(Debug, Default)]
pub struct Stations {
    stations: Vec<Station>,
    by_tag: BTreeMap<u32, StationId>,
    by_name: BTreeMap<SmolStr, StationId>,
}

impl Stations {
    /// A station.
    pub fn get(&self, id: StationId) -> Option<&Station> {
        self.stations.get(id.index()).filter(|station| !station.removed)
    }

    /// The stations, in the order in which they were configured first.
    pub fn iter(&self) -> impl Iterator<Item = (StationId, &Station)> {
        (0..).map(StationId).zip(&self.stations).filter(|(_, station)| !station.removed)
    }

    /// The station that registers with this name.
    pub fn by_name(&self, name: &str) -> Option<StationId> {
        self.by_name.get(name).copied()
    }

    /// The station with this tag (`ephone TAG`).
    pub fn by_tag(&self, tag: u32) -> Option<StationId> {
        self.by_tag.get(&tag).copied().filter(|id| self.get(*id).is_some())
    }

    /// Whether one of these stations is registered.
    pub(crate) fn is_any_registered(&self, ids: &[StationId]) -> bool {
        ids.iter().any(|id| self[*id].is_registered())
    }

    /// Whether one of these stations is there, or expected back.
    pub(crate) fn is_any_present(&self, ids: &[StationId]) -> bool {
        ids.iter().any(|id| self[*id].is_present())
    }

    /// Adds a station without buttons, or gives the one with the tag new settings.
    pub(crate) fn configure(&mut self, settings: StationSettings) -> StationId {
        let id = match self.by_tag.get(&settings.tag) {
            Some(id) => *id,
            None => {
                let id = StationId(u32::try_from(self.stations.len()).unwrap_or(u32::MAX));
                self.by_tag.insert(settings.tag, id);
                self.stations.push(Station::new(StationSettings::default()));
                id
            }
        };
        self.forget_name(id);
        self.by_name.insert(settings.name.clone(), id);
        let station = &mut self[id];
        station.removed = false;
        station.settings = settings;
        id
    }

    /// The station is no longer configured.
    pub(crate) fn remove(&mut self, id: StationId) {
        self.forget_name(id);
        let station = &mut self[id];
        station.removed = true;
        station.buttons.clear();
        station.lamps.clear();
        station.expansions.clear();
    }

    fn forget_name(&mut self, id: StationId) {
        let name = self[id].settings.name.clone();
        if self.by_name.get(&name) == Some(&id) {
            self.by_name.remove(&name);
        }
    }
}

impl std::ops::Index<StationId> for Stations {
    type Output = Station;

    fn index(&self, id: StationId) -> &Station {
        &self.stations[id.index()]
    }
}

impl std::ops::IndexMut<StationId> for Stations {
    fn index_mut(&mut self, id: StationId) -> &mut Station {
        &mut self.stations[id.index()]
    }
}
