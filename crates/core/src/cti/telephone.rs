//! What happens at telephones: keys, hookswitches, lamps and displays, for the monitors that ask for it.
//!
//! Lamps and displays are derived from what a phone should show ([`view`](crate::view)), so that they are right whoever
//! changed the calls. What was told last is kept with the station, as long as a monitor wants it.

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    DeviceId, Event, EventKind, Key, Output, StationId,
    cti::{MonitorId, report},
    display,
    state::State,
    view::{self, Lamp, Watched},
};

/// What monitors know of a telephone.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    on_hook: bool,
    lamps: Vec<(Lamp, Watched)>,
    display: Vec<SmolStr>,
}

impl Told {
    /// A telephone at rest.
    const IDLE: Told = Told { on_hook: true, lamps: Vec::new(), display: Vec::new() };

    fn now(st: &State, id: StationId) -> Told {
        if !st.stations[id].is_registered() {
            return Told::IDLE;
        }
        let view = view::of(st, id);
        let commanded = st.stations[id].is_commanded_phone();
        Told {
            on_hook: st.active_at(id).is_none(),
            lamps: if commanded { view::lamps(&view) } else { Vec::new() },
            display: if commanded { display::rows(&view) } else { Vec::new() },
        }
    }

    fn lamp(&self, lamp: Lamp) -> Watched {
        let own = self.lamps.iter().find(|(own, _)| *own == lamp);
        own.map(|(_, shows)| *shows).unwrap_or_default()
    }
}

/// What is so now is known to a monitor that begins.
pub(super) fn begin(st: &mut State, monitor: MonitorId) {
    let Some(monitor) = st.cti.monitor(monitor) else { return };
    let lines = monitor.devices().flat_map(|device| st.lines.of_device(device));
    let stations: Vec<StationId> = lines.flat_map(|(_, line)| line.stations().iter().copied()).collect();
    for id in stations {
        if st.stations[id].told.is_none() && is_watched(st, id) {
            st.stations[id].told = Some(Box::new(Told::now(st, id)));
        }
    }
}

/// Tells what has changed at the stations that have a new picture.
pub(crate) fn settle(st: &mut State) {
    let of_station = |output: &Output| match output {
        Output::StationChanged(id) => Some(*id),
        _ => None,
    };
    let changed: SmallVec<[StationId; 4]> = st.outputs.iter().filter_map(of_station).collect();
    changed.into_iter().for_each(|id| changes(st, id));
}

/// Tells what has changed at a station.
pub(crate) fn changes(st: &mut State, id: StationId) {
    if !is_watched(st, id) {
        // Most stations are not watched so.
        if st.stations[id].told.is_some() {
            st.stations[id].told = None;
        }
        return;
    }
    let now = Told::now(st, id);
    let before = st.stations[id].told.replace(Box::new(now.clone()));
    let before = before.map_or(Told::IDLE, |told| *told);
    if before.on_hook != now.on_hook {
        tell(st, id, |device| Event::Hookswitch { device, station: id, on_hook: now.on_hook });
    }
    for (lamp, shows) in changed_lamps(&before, &now) {
        tell(st, id, |device| Event::LampMode { device, station: id, lamp, shows });
    }
    if before.display != now.display {
        tell(st, id, |device| Event::DisplayUpdated { device, rows: now.display.clone() });
    }
}

/// The lamps that show something else, among them those that are gone and were lit.
fn changed_lamps(before: &Told, now: &Told) -> Vec<(Lamp, Watched)> {
    let gone = before.lamps.iter().filter(|(lamp, _)| now.lamps.iter().all(|(own, _)| own != lamp));
    let gone = gone.map(|(lamp, _)| (*lamp, Watched::Idle));
    let all = now.lamps.iter().copied().chain(gone);
    all.filter(|(lamp, shows)| before.lamp(*lamp) != *shows).collect()
}

/// Tells that a key of a station was pressed. Lifting and replacing the handset presses no key.
pub(crate) fn pressed(st: &mut State, id: StationId, key: &Key) {
    let of_hook = matches!(key, Key::OffHook { .. } | Key::OnHook { .. } | Key::PutDown | Key::HookFlash);
    if !of_hook && is_watched(st, id) {
        tell(st, id, |device| Event::ButtonPress { device, station: id, key: key.clone() });
    }
}

/// Whether a monitor wants to know what happens at a station.
fn is_watched(st: &State, id: StationId) -> bool {
    devices(st, id).any(|device| {
        let monitors = st.lines.device(device).map(|own| own.monitors.as_slice()).unwrap_or_default();
        monitors
            .iter()
            .filter_map(|id| st.cti.monitor(*id))
            .any(|monitor| EventKind::ASKED_FOR.into_iter().any(|kind| !monitor.filter().suppresses(kind)))
    })
}

/// The devices on the buttons of a station, each as often as it is there.
fn devices(st: &State, id: StationId) -> impl Iterator<Item = DeviceId> + '_ {
    st.stations[id].lines().map(|line| st.lines[line].device())
}

/// Reports to the monitors of every device of a station.
fn tell(st: &mut State, id: StationId, event: impl Fn(DeviceId) -> Event) {
    let mut devices: Vec<DeviceId> = devices(st, id).collect();
    devices.sort();
    devices.dedup();
    devices.into_iter().for_each(|device| report::device(st, device, event(device)));
}
