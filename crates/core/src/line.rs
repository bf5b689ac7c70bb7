//! Lines and devices.
//!
//! A [`Line`] is a directory number as it is configured (`ephone-dn`): it has channels, forwarding, and buttons on
//! phones. A [`Device`] is what ECMA-269 and applications mean by a device: a *number*. All lines with the same
//! primary number are one device; a call that goes on from one of them to the next has not left the device.
//!
//! [`Lines`] owns both, and the [`DialPlan`], which leads from dialled digits to lines.
//!
//! # Invariants
//!
//! * Every line belongs to exactly one device, the one with its number; a device lists its lines, preferred first.
//! * The dial plan names exactly the lines that can be called: those that are not being removed.
//! * A [`LineId`] means the line with one tag for as long as the switch runs, also when the line is removed and
//!   configured again.

use std::collections::BTreeMap;

use smallvec::SmallVec;
use smol_str::{SmolStr, format_smolstr};

use crate::{
    CtiDeviceKind, DialPlan, Forward, Forwarding, ForwardingType, Instant, LineSettings, LineStatistics,
    Party, StationId, cti::MonitorId,
};

/// Identifies a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LineId(pub(crate) u32);

impl LineId {
    /// A small number for tables with an entry for each line.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Identifies a device in the sense of ECMA-269: a number that can have connections and be monitored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct DeviceId(pub(crate) u32);

impl DeviceId {
    /// A small number for tables with an entry for each device.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The category of a device, ECMA-269 clause 6.1.3.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum DeviceCategory {
    /// Telephones.
    Station,
    /// A place where calls are parked.
    Park,
    /// A number whose calls ring at the members of a group.
    HuntGroup,
    /// A CTI route point.
    RouteingDevice,
}

/// A number, with the lines that have it.
#[derive(Clone, Debug)]
pub struct Device {
    number: SmolStr,
    lines: SmallVec<[LineId; 1]>,
    pub(crate) monitors: SmallVec<[MonitorId; 2]>,
    /// Where its calls went when they were last forwarded, for each type in the order of [`ForwardingType::ALL`].
    stored_forwards: [Option<Forward>; 3],
    /// Whether a message waits for the number.
    pub(crate) message_waiting: bool,
    /// Whether applications are not asked where its calls go.
    pub(crate) routeing_off: bool,
    /// After how many rings it answers by itself, if it does.
    pub(crate) auto_answer: Option<u32>,
}

impl Device {
    /// The number.
    pub fn number(&self) -> &SmolStr {
        &self.number
    }

    /// The lines with the number, preferred first; none when they were removed from the configuration.
    pub fn lines(&self) -> &[LineId] {
        &self.lines
    }

    /// The monitors that watch the device.
    pub fn monitors(&self) -> &[MonitorId] {
        &self.monitors
    }

    /// Whether a message waits for the number.
    pub fn message_waiting(&self) -> bool {
        self.message_waiting
    }

    /// How many monitors watch the device.
    pub fn monitor_count(&self) -> usize {
        self.monitors.len()
    }
}

/// A directory number as it is configured (`ephone-dn`), and who shows it.
#[derive(Clone, Debug)]
pub struct Line {
    pub(crate) settings: LineSettings,
    device: DeviceId,
    pub(crate) stations: SmallVec<[StationId; 2]>,
    /// The stations that show what the line does without having it.
    pub(crate) watchers: SmallVec<[StationId; 2]>,
    pub(crate) forwarding: Forwarding,
    /// Whether its user has switched off that its calls ring elsewhere too.
    pub(crate) reach_off: bool,
    /// Whether it takes no calls of hunt groups.
    pub(crate) hunt_logged_out: bool,
    /// When its last call ended.
    pub(crate) idle_since: Instant,
    /// What it has been used for.
    pub(crate) statistics: Box<LineStatistics>,
    /// What it is to become when it is idle.
    pub(crate) pending: Option<Box<LineSettings>>,
    removed: bool,
}

impl Line {
    /// What was configured.
    pub fn settings(&self) -> &LineSettings {
        &self.settings
    }

    /// Whether it takes no calls of hunt groups.
    pub fn is_hunt_logged_out(&self) -> bool {
        self.hunt_logged_out
    }

    /// What it has been used for since the start.
    pub fn statistics(&self) -> &LineStatistics {
        &self.statistics
    }

    /// The device that the line belongs to.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// The primary directory number.
    pub fn number(&self) -> &SmolStr {
        &self.settings.number
    }

    /// The stations that have the line on a button, in the order in which they were configured.
    pub fn stations(&self) -> &[StationId] {
        &self.stations
    }

    /// How its calls are forwarded now: as configured, until a phone or an application changes it.
    pub fn forwarding(&self) -> &Forwarding {
        &self.forwarding
    }

    /// Whether the line was removed from the configuration: it takes no new call, and ends with its last one.
    pub fn is_removed(&self) -> bool {
        self.removed
    }

    /// Whether it takes new calls: it is not removed, and does not wait for its last call to end to get another number.
    pub fn takes_calls(&self) -> bool {
        !self.removed && self.pending.is_none()
    }
}

/// All lines and devices. The page of the module has the invariants.
#[derive(Debug, Default)]
pub struct Lines {
    lines: Vec<Line>,
    by_tag: BTreeMap<u32, LineId>,
    devices: Vec<Device>,
    by_number: BTreeMap<SmolStr, DeviceId>,
    dial_plan: DialPlan,
}

impl Lines {
    /// A line.
    pub fn get(&self, id: LineId) -> Option<&Line> {
        self.lines.get(id.index()).filter(|line| !line.removed)
    }

    /// The lines, in the order in which they were configured first.
    pub fn iter(&self) -> impl Iterator<Item = (LineId, &Line)> {
        (0..).map(LineId).zip(&self.lines).filter(|(_, line)| !line.removed)
    }

    /// The line with this tag (`ephone-dn TAG`).
    pub fn by_tag(&self, tag: u32) -> Option<LineId> {
        self.by_tag.get(&tag).copied().filter(|id| self.get(*id).is_some())
    }

    /// The line that has, or had before it was removed, this tag.
    pub(crate) fn with_tag(&self, tag: u32) -> Option<LineId> {
        self.by_tag.get(&tag).copied()
    }

    /// A device.
    pub fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(id.index())
    }

    /// The category of a device: that of its preferred line.
    pub fn category(&self, id: DeviceId) -> DeviceCategory {
        let preferred = self.of_device(id).next().map(|(_, line)| &line.settings);
        if preferred.is_some_and(|line| line.park_slot.is_some()) {
            DeviceCategory::Park
        } else if preferred.is_some_and(|line| line.hunt_group.is_some()) {
            DeviceCategory::HuntGroup
        } else if preferred.is_some_and(|line| line.cti_device == Some(CtiDeviceKind::RoutePoint)) {
            DeviceCategory::RouteingDevice
        } else {
            DeviceCategory::Station
        }
    }

    /// The devices that have lines.
    pub fn devices(&self) -> impl Iterator<Item = (DeviceId, &Device)> {
        (0..).map(DeviceId).zip(&self.devices).filter(|(_, device)| !device.lines.is_empty())
    }

    /// The lines of a device, preferred first.
    pub fn of_device(&self, id: DeviceId) -> impl Iterator<Item = (LineId, &Line)> {
        let ids = self.devices.get(id.index()).map(|device| device.lines.as_slice()).unwrap_or_default();
        ids.iter().map(|id| (*id, &self[*id]))
    }

    /// The device of the preferred line that a number reaches.
    pub fn device_by_number(&self, number: &str) -> Option<DeviceId> {
        self.dial_plan.lines(number).next().map(|line| self[line].device)
    }

    /// The device that an application means by a number, in which a leading `+` may be missing; also one whose lines
    /// were removed, which may still have calls.
    pub fn device_named(&self, number: &str) -> Option<DeviceId> {
        let international = || self.device_by_number(&format_smolstr!("+{number}"));
        self.device_by_number(number).or_else(international).or_else(|| self.device_with_number(number))
    }

    /// Which lines a string of digits reaches.
    pub fn dial_plan(&self) -> &DialPlan {
        &self.dial_plan
    }

    /// A call leaves by this trunk.
    pub(crate) fn note_used(&mut self, line: LineId) {
        self.dial_plan.note_used(line);
    }

    /// Whether applications may monitor and control the device: one of its lines is open to them (`cti watch`).
    pub fn is_watchable(&self, device: DeviceId) -> bool {
        self.of_device(device).any(|(_, line)| line.settings.cti_watch)
    }

    /// Whether only users who control every device may have it.
    pub(crate) fn is_restricted(&self, device: DeviceId) -> bool {
        self.of_device(device).any(|(_, line)| line.settings.restricted)
    }

    /// The number of a device in full, if it has one (`dialplan-pattern`).
    pub fn expanded(&self, device: DeviceId) -> Option<&SmolStr> {
        self.of_device(device).find_map(|(_, line)| line.settings.expanded.as_ref())
    }

    /// How the calls of a device are forwarded: for each type, what its most preferred line does that forwards them.
    pub fn forwarding_of(&self, device: DeviceId) -> Forwarding {
        let mut forwarding = Forwarding::default();
        for kind in ForwardingType::ALL {
            let first = self.of_device(device).find(|(_, line)| line.forwarding.get(kind).is_some());
            let Some((_, line)) = first.or_else(|| self.of_device(device).next()) else { continue };
            *forwarding.slot_mut(kind) = line.forwarding.get(kind).cloned();
            if kind == ForwardingType::NoAnswer {
                forwarding.no_answer_timeout = line.forwarding.no_answer_timeout;
            }
        }
        forwarding
    }

    /// The party that stands for a line.
    pub(crate) fn party(&self, id: LineId) -> Party {
        let line = &self[id];
        Party {
            device: Some(line.device),
            number: line.settings.number.clone(),
            name: line.settings.name.clone(),
        }
    }

    /// Who has the number; a number alone if nobody has.
    pub(crate) fn party_named(&self, number: &SmolStr) -> Party {
        match self.dial_plan.lines(number).next() {
            Some(line) => Party { number: number.clone(), ..self.party(line) },
            None => Party { device: None, number: number.clone(), name: SmolStr::default() },
        }
    }

    /// The device with exactly this primary number, also when its lines were removed.
    pub(crate) fn device_with_number(&self, number: &str) -> Option<DeviceId> {
        self.by_number.get(number).copied()
    }

    /// Adds a line, or gives the line with the tag new settings.
    pub(crate) fn configure(&mut self, settings: LineSettings) -> LineId {
        let id = match self.by_tag.get(&settings.tag) {
            Some(id) => *id,
            None => return self.add(settings),
        };
        self.detach(id);
        let before = self[id].device;
        let line = &mut self[id];
        let is_new = std::mem::take(&mut line.removed) || line.settings.number != settings.number;
        line.pending = None;
        for kind in ForwardingType::ALL {
            // What a user has set for the number stays unless the configuration says something new.
            if is_new || line.settings.forwarding.get(kind) != settings.forwarding.get(kind) {
                *line.forwarding.slot_mut(kind) = settings.forwarding.get(kind).cloned();
            }
        }
        if is_new || line.settings.forwarding.no_answer_timeout != settings.forwarding.no_answer_timeout {
            line.forwarding.no_answer_timeout = settings.forwarding.no_answer_timeout;
        }
        line.settings = settings;
        self.attach(id);
        self.forget_without_lines(before);
        id
    }

    /// The next owner of a number does not find where the last one forwarded its calls.
    fn forget_without_lines(&mut self, device: DeviceId) {
        if let Some(device) = self.device_mut(device).filter(|device| device.lines.is_empty()) {
            device.stored_forwards = Default::default();
        }
    }

    fn add(&mut self, settings: LineSettings) -> LineId {
        let id = LineId(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        self.by_tag.insert(settings.tag, id);
        let forwarding = settings.forwarding.clone();
        self.lines.push(Line {
            settings,
            device: DeviceId(0),
            stations: SmallVec::new(),
            watchers: SmallVec::new(),
            forwarding,
            reach_off: false,
            hunt_logged_out: false,
            statistics: Box::default(),
            idle_since: Instant::ZERO,
            pending: None,
            removed: false,
        });
        self.attach(id);
        id
    }

    /// The line with this tag takes no new calls from now on.
    pub(crate) fn remove(&mut self, tag: u32) -> Option<LineId> {
        let id = self.by_tag(tag)?;
        self.detach(id);
        self[id].removed = true;
        self[id].pending = None;
        self.forget_without_lines(self[id].device);
        Some(id)
    }

    /// Lists a line under its number.
    fn attach(&mut self, id: LineId) {
        let number = self[id].settings.number.clone();
        let next = DeviceId(u32::try_from(self.devices.len()).unwrap_or(u32::MAX));
        let device = *self.by_number.entry(number.clone()).or_insert(next);
        if device == next {
            self.devices.push(Device {
                number,
                lines: SmallVec::new(),
                monitors: SmallVec::new(),
                stored_forwards: Default::default(),
                message_waiting: false,
                routeing_off: false,
                auto_answer: None,
            });
        }
        let line = &mut self.lines[id.index()];
        line.device = device;
        self.dial_plan.add_line(id, &line.settings);
        let lines = &self.lines;
        let listed = &mut self.devices[device.index()].lines;
        listed.push(id);
        listed.sort_by_key(|id| (lines[id.index()].settings.preference, *id));
    }

    fn detach(&mut self, id: LineId) {
        let line = &self.lines[id.index()];
        let device = line.device;
        self.dial_plan.remove_line(id, &line.settings);
        if let Some(device) = self.devices.get_mut(device.index()) {
            device.lines.retain(|line| *line != id);
        }
    }

    pub(crate) fn device_mut(&mut self, id: DeviceId) -> Option<&mut Device> {
        self.devices.get_mut(id.index())
    }

    /// Where calls of this type go when they are forwarded again without a new number.
    pub(crate) fn stored_forward(&self, device: DeviceId, kind: ForwardingType) -> Option<Forward> {
        let stored = &self.device(device)?.stored_forwards;
        let mut kinds = ForwardingType::ALL.into_iter().zip(stored);
        self.forwarding_of(device)
            .get(kind)
            .or_else(|| kinds.find(|(own, _)| *own == kind)?.1.as_ref())
            .cloned()
    }

    /// Notes where calls go, or went until now.
    fn store_forward(&mut self, device: DeviceId, kind: ForwardingType, forward: Option<&Forward>) {
        let stored = forward.cloned().or_else(|| self.stored_forward(device, kind));
        let Some(device) = self.device_mut(device) else { return };
        let mut kinds = ForwardingType::ALL.into_iter().zip(&mut device.stored_forwards);
        if let Some((_, slot)) = kinds.find(|(own, _)| *own == kind) {
            *slot = stored;
        }
    }

    /// Forwards calls of all lines of a device, or with `None` forwards them no more. True if that is a change.
    pub(crate) fn set_forwarding(
        &mut self,
        device: DeviceId,
        kind: ForwardingType,
        forward: Option<&Forward>,
        no_answer_timeout: Option<std::time::Duration>,
    ) -> bool {
        self.store_forward(device, kind, forward);
        let ids = self.devices.get(device.index()).map(|device| device.lines.clone()).unwrap_or_default();
        let mut changed = false;
        for id in ids {
            let forwarding = &mut self[id].forwarding;
            let before = forwarding.clone();
            *forwarding.slot_mut(kind) = forward.cloned();
            if let (ForwardingType::NoAnswer, Some(timeout)) = (kind, no_answer_timeout) {
                forwarding.no_answer_timeout = timeout;
            }
            changed |= *forwarding != before;
        }
        changed
    }
}

impl std::ops::Index<LineId> for Lines {
    type Output = Line;

    fn index(&self, id: LineId) -> &Line {
        &self.lines[id.index()]
    }
}

impl std::ops::IndexMut<LineId> for Lines {
    fn index_mut(&mut self, id: LineId) -> &mut Line {
        &mut self.lines[id.index()]
    }
}
