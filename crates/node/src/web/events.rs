//! The table of events: which phones and numbers have come and gone, for the XML interface and `show fb-its-log`.
//!
//! It holds the last `log table max-size` events of either kind, and is emptied every `log table retain-timer` minutes.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hookflash_core::{Instant, StationId};
use hookflash_provision::api::{DeviceEvent, DeviceState, ExtensionEvent};

use crate::{Node, sccp::StationState};

/// What is remembered of a phone: its state, the one before, and since when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) state: DeviceState,
    pub(crate) last: DeviceState,
    pub(crate) since: u64,
}

/// What phones and numbers have done.
#[derive(Debug, Default)]
pub(crate) struct EventTable {
    pub(crate) devices: VecDeque<DeviceEvent>,
    pub(crate) extensions: VecDeque<ExtensionEvent>,
    /// By the tag of the phone.
    pub(crate) known: BTreeMap<u32, Known>,
    /// Whether a line is up, and since when, by its tag.
    pub(crate) lines: BTreeMap<u32, (bool, u64)>,
    /// The most phones that were registered, and when.
    pub(crate) peak: (usize, u64),
    /// Events that were pushed out because there were too many.
    pub(crate) overwritten: u64,
    emptied: Instant,
}

impl EventTable {
    fn empty_when_due(&mut self, now: Instant, retain: Duration) {
        if now.since(self.emptied) >= retain {
            self.devices.clear();
            self.extensions.clear();
            self.emptied = now;
        }
    }
}

fn state_of(state: StationState) -> DeviceState {
    match state {
        StationState::Registered => DeviceState::Registered,
        StationState::Unregistered => DeviceState::Unregistered,
        StationState::Deceased => DeviceState::Deceased,
    }
}

impl Node {
    /// Seconds since the start.
    pub(crate) fn uptime(&self) -> u64 {
        self.now.as_millis() / 1000
    }

    /// A phone has registered, or has left.
    pub(crate) fn note_registration(&mut self, id: StationId) {
        let Some(station) = self.switch.stations().get(id) else { return };
        let Some(state) = self.stations.station_info(id).map(|info| state_of(info.state)) else { return };
        let (tag, name) = (station.settings().tag, station.settings().name.to_string());
        let at = self.uptime();
        let known = self.events.known.entry(tag).or_default();
        if known.state == state {
            return;
        }
        *known = Known { state, last: known.state, since: at };
        let registered =
            self.events.known.values().filter(|known| known.state == DeviceState::Registered).count();
        if registered > self.events.peak.0 {
            self.events.peak = (registered, at);
        }
        let size = self.log_size();
        push(
            &mut self.events.devices,
            DeviceEvent { tag, name, at, state },
            size,
            &mut self.events.overwritten,
        );
        self.note_lines(id, at, size);
    }

    /// The lines of the phone may have gone up or down.
    fn note_lines(&mut self, id: StationId, at: u64, size: usize) {
        let Some(station) = self.switch.stations().get(id) else { return };
        let mut changed = Vec::new();
        for line in station.lines().filter_map(|line| self.switch.lines().get(line)) {
            let up = self.is_up(line.settings().tag);
            changed.push((line.settings().tag, line.number().to_string(), up));
        }
        for (tag, number, up) in changed {
            let before = self.events.lines.insert(tag, (up, at));
            match before {
                Some((was, since)) if was == up => drop(self.events.lines.insert(tag, (up, since))),
                None if !up => {}
                _ => {
                    let event = ExtensionEvent { tag, number, at, up };
                    push(&mut self.events.extensions, event, size, &mut self.events.overwritten);
                }
            }
        }
    }

    /// Whether a registered phone shows the line with this tag.
    pub(crate) fn is_up(&self, tag: u32) -> bool {
        self.switch.stations().iter().any(|(_, station)| {
            station.is_registered() && station.settings().buttons.iter().any(|button| button.line == tag)
        })
    }

    fn log_size(&mut self) -> usize {
        let phones = self.settings.configuration.telephony_service.as_ref().map(|service| &service.phones);
        let minutes = phones.map_or(15, |phones| phones.log_retain);
        let size = phones.map_or(0, |phones| phones.log_size);
        self.events.empty_when_due(self.now, Duration::from_secs(60 * u64::from(minutes)));
        usize::try_from(size).unwrap_or(0)
    }
}

fn push<T>(events: &mut VecDeque<T>, event: T, size: usize, overwritten: &mut u64) {
    events.push_back(event);
    while events.len() > size {
        events.pop_front();
        *overwritten = overwritten.saturating_add(1);
    }
}
