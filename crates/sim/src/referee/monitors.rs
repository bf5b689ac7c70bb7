//! The monitors of all applications, and what each was told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hookflash_core::{
    self as core, DeviceId, Instant, Switch,
    cti::{EventFilter, MonitorId},
};
use hookflash_wire::csta::{Event, EventKind, ForwardingType, LocalConnectionState as State};
use smol_str::{SmolStr, ToSmolStr};

use super::{
    bounds::NOT_AGAIN,
    history::{Calls, History},
};
use crate::{
    transcript::describe_event,
    world::{PartyId, World},
};

/// Every monitor there is.
#[derive(Debug, Default)]
pub(super) struct Monitors {
    monitors: BTreeMap<(PartyId, SmolStr), Monitor>,
    /// What the next monitor of an application will not be told.
    filters: BTreeMap<PartyId, Vec<EventKind>>,
    /// Monitors that have ended, and when.
    ended: VecDeque<(Instant, SmolStr)>,
}

#[derive(Debug)]
struct Monitor {
    device: Option<DeviceId>,
    filter: Vec<EventKind>,
    history: History,
}

impl Monitors {
    /// The application asks for a monitor without these events.
    pub(super) fn will_filter(&mut self, id: PartyId, filter: Vec<EventKind>) {
        self.filters.insert(id, filter);
    }

    /// The application wants the events of a monitor without these from now on.
    pub(super) fn change_filter(&mut self, id: PartyId, monitor: SmolStr, filter: Vec<EventKind>) {
        if let Some(monitor) = self.monitors.get_mut(&(id, monitor)) {
            monitor.filter = filter;
            monitor.history.has_gaps();
        }
    }

    /// These are the monitors of an application now. No name may have been that of another one a minute ago.
    pub(super) fn meet(
        &mut self,
        id: PartyId,
        active: &[(&SmolStr, &str)],
        world: &World,
    ) -> Result<(), String> {
        let (now, ended) = (world.now(), &mut self.ended);
        self.monitors.retain(|(owner, name), _| {
            let goes_on = *owner != id || active.iter().any(|(known, _)| *known == name);
            if !goes_on {
                ended.push_back((now, name.clone()));
            }
            goes_on
        });
        while self.ended.front().is_some_and(|(at, _)| *at + NOT_AGAIN < now) {
            self.ended.pop_front();
        }
        let known: BTreeSet<&SmolStr> =
            self.monitors.keys().filter(|key| key.0 == id).map(|key| &key.1).collect();
        let new: Vec<_> = active.iter().filter(|(name, _)| !known.contains(*name)).collect();
        for (name, device) in new {
            let mut names = self.monitors.keys().map(|(_, name)| name);
            if names.any(|other| other == *name) || self.ended.iter().any(|(_, other)| other == *name) {
                return Err(format!("an identifier is used again: monitor {name}"));
            }
            let monitor = self.begin(id, name, device, world.node().switch());
            self.monitors.insert((id, (*name).clone()), monitor);
        }
        Ok(())
    }

    fn begin(&mut self, id: PartyId, name: &str, number: &str, switch: &Switch) -> Monitor {
        let mut history = History::new(number, switch.calls().last().map_or(0, |call| call.number()));
        let filter = self.filters.remove(&id).unwrap_or_default();
        // Where steps overlap, it may be another monitor than the one that was asked for last.
        let real = name.parse().ok().and_then(|number| switch.cti().monitor(MonitorId::from_number(number)));
        if !filter.is_empty() || real.is_none_or(|monitor| monitor.filter() != EventFilter::NONE) {
            history.has_gaps();
        }
        Monitor { device: switch.lines().device_named(number), filter, history }
    }

    /// An application was told this. With `filters` what is kept back is known to the millisecond.
    pub(super) fn hear(&mut self, id: PartyId, event: &Event, filters: bool) -> Result<(), String> {
        let key = (id, event.monitor_cross_ref_id.clone());
        // The monitor, or its session, has ended since.
        let Some(monitor) = self.monitors.get_mut(&key) else { return Ok(()) };
        if filters && monitor.filter.contains(&event.body.kind()) {
            return Err(format!("an event was not wanted: {}", named(event)));
        }
        monitor
            .history
            .add(&event.body)
            .map_err(|why| format!("an event cannot follow: {why}: {}", named(event)))
    }

    /// Those who listen know of just the calls that the devices are in, and of all connections in them.
    pub(super) fn agree_with(
        &self,
        switch: &Switch,
        listens: impl Fn(PartyId) -> bool,
    ) -> Result<(), String> {
        for ((_, name), monitor) in self.monitors.iter().filter(|((id, _), _)| listens(*id)) {
            let Some(device) = monitor.device else { continue };
            let forwarding = switch.lines().forwarding_of(device);
            let forwards_to = |kind| Some(forwarding.get(core_kind(kind)?)?.number.clone());
            monitor
                .history
                .agrees_with(&calls_of(switch, device), forwards_to)
                .map_err(|why| format!("a monitor does not know: [{name}] {why}"))?;
        }
        Ok(())
    }

    /// By what the monitors were told, no device is in a call any more.
    pub(super) fn all_over(&self) -> Result<(), String> {
        for ((_, name), monitor) in &self.monitors {
            monitor
                .history
                .all_over()
                .map_err(|why| format!("a monitor was not told of an end: [{name}] {why}"))?;
        }
        Ok(())
    }
}

fn named(event: &Event) -> String {
    let root = event.body.root();
    format!("{} {}", root.strip_suffix("Event").unwrap_or(root), describe_event(event))
}

/// The calls that a device is in, as its monitors should know them.
fn calls_of(switch: &Switch, device: DeviceId) -> Calls {
    let is_in = |call: &&core::Call| switch.calls().connections(call.id()).any(|own| own.device() == device);
    let calls = switch.calls().iter().filter(is_in);
    calls.map(|call| (call.id().to_smolstr(), states(switch, call))).collect()
}

fn states(switch: &Switch, call: &core::Call) -> Option<BTreeMap<SmolStr, State>> {
    let mut states = BTreeMap::new();
    for own in switch.calls().connections(call.id()) {
        let number = switch.lines().device(own.device())?.number().clone();
        if states.insert(number, csta_state(own.state())).is_some() {
            return None;
        }
    }
    Some(states)
}

/// The standard's word for a state.
pub(super) fn csta_state(state: core::ConnectionState) -> State {
    match state {
        core::ConnectionState::Null => State::Null,
        core::ConnectionState::Initiated => State::Initiated,
        core::ConnectionState::Alerting => State::Alerting,
        core::ConnectionState::Connected => State::Connected,
        core::ConnectionState::Hold => State::Hold,
        core::ConnectionState::Queued => State::Queued,
        core::ConnectionState::Fail => State::Fail,
    }
}

/// Which calls are forwarded, in the switch's words.
pub(super) fn core_kind(kind: ForwardingType) -> Option<core::ForwardingType> {
    match kind {
        ForwardingType::Immediate => Some(core::ForwardingType::Immediate),
        ForwardingType::Busy => Some(core::ForwardingType::Busy),
        ForwardingType::NoAnswer => Some(core::ForwardingType::NoAnswer),
        _ => None,
    }
}
