//! The monitors of all applications: what the model expects each to be told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hookflash_core::{
    Instant, Switch,
    cti::{EventFilter, MonitorId},
};
use hookflash_wire::csta::{Event, EventBody, EventKind, SubjectDeviceId};
use smol_str::{SmolStr, ToSmolStr};

use super::{agreement, history::History, invariants::NOT_AGAIN};
use crate::{
    application::connection_of,
    model::Told,
    transcript::{EventFacts, describe_event},
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
    device: usize,
    filter: Vec<EventKind>,
    expected: VecDeque<Told>,
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
            let monitor = self.begin(id, name, device, world);
            self.monitors.insert((id, (*name).clone()), monitor);
        }
        Ok(())
    }

    fn begin(&mut self, id: PartyId, name: &str, number: &str, world: &World) -> Monitor {
        let switch = world.node().switch();
        let numbers = agreement::numbers(world);
        let device = numbers.iter().position(|known| known == number).unwrap_or(usize::MAX);
        let mut history = History::new(number, switch.last_call().map_or(0, |call| call.number()));
        let filter = self.filters.remove(&id).unwrap_or_default();
        // Where steps overlap, it may be another monitor than the one that was asked for last.
        let real = name.parse().ok().and_then(|number| switch.monitor(MonitorId::from_number(number)));
        if !filter.is_empty() || real.is_none_or(|monitor| monitor.filter() != EventFilter::NONE) {
            history.has_gaps();
        }
        Monitor { device, filter, expected: VecDeque::new(), history }
    }

    /// The model says that this is told.
    pub(super) fn expect(&mut self, told: &[Told]) {
        for monitor in self.monitors.values_mut() {
            let wanted =
                told.iter().filter(|t| t.device == monitor.device && !monitor.filter.contains(&t.kind));
            monitor.expected.extend(wanted.cloned());
        }
    }

    /// An application was told this.
    pub(super) fn hear(
        &mut self,
        id: PartyId,
        event: &Event,
        numbers: &[SmolStr],
        compare: bool,
    ) -> Result<(), String> {
        let key = (id, event.monitor_cross_ref_id.clone());
        // The monitor, or its session, has ended since.
        let Some(monitor) = self.monitors.get_mut(&key) else { return Ok(()) };
        if compare {
            match monitor.expected.pop_front() {
                None => return Err(format!("an event should not be: {}", named(event))),
                Some(told) if is_as_told(&event.body, &told, numbers) => {}
                Some(told) => {
                    let wanted = describe(&told, numbers);
                    return Err(format!("an event is wrong: {} instead of {wanted}", named(event)));
                }
            }
        }
        monitor
            .history
            .add(&event.body)
            .map_err(|why| format!("an event cannot follow: {why}: {}", named(event)))
    }

    /// Nothing is expected any more of those who listen.
    pub(super) fn nothing_missing(
        &self,
        listens: impl Fn(PartyId) -> bool,
        numbers: &[SmolStr],
    ) -> Result<(), String> {
        let missing = self.monitors.iter().filter(|((id, _), _)| listens(*id));
        let missing =
            missing.filter_map(|((_, name), monitor)| Some((name, monitor.expected.front()?))).next();
        match missing {
            Some((name, told)) => Err(format!("an event is missing: [{name}] {}", describe(told, numbers))),
            None => Ok(()),
        }
    }

    /// Those who listen know of just the calls that the devices are in, and of all connections in them.
    pub(super) fn agree_with(
        &self,
        switch: &Switch,
        listens: impl Fn(PartyId) -> bool,
        numbers: &[SmolStr],
    ) -> Result<(), String> {
        let heard = self.monitors.iter().filter(|((id, _), _)| listens(*id));
        for ((_, name), monitor) in heard {
            let in_it = |call: &&hookflash_core::Call| {
                call.connections().iter().any(|own| own.device().index() == monitor.device)
            };
            let calls = switch.calls().filter(in_it).map(|call| {
                let states = agreement::states(call).into_iter();
                let named = states.filter_map(|(device, state)| Some((numbers.get(device)?.clone(), state)));
                (call.id().to_smolstr(), named.collect())
            });
            let calls = calls.collect();
            monitor
                .history
                .agrees_with(&calls)
                .map_err(|why| format!("a monitor does not know: [{name}] {why}"))?;
        }
        Ok(())
    }

    /// By what the monitors were told, no device is in a call any more.
    pub(super) fn all_over(&self) -> Result<(), String> {
        for ((_, name), monitor) in &self.monitors {
            monitor
                .history
                .agrees_with(&BTreeMap::new())
                .map_err(|why| format!("a monitor was not told of an end: [{name}] {why}"))?;
        }
        Ok(())
    }
}

fn named(event: &Event) -> String {
    let root = event.body.root();
    format!("{} {}", root.strip_suffix("Event").unwrap_or(root), describe_event(event))
}

fn is_as_told(body: &EventBody, told: &Told, numbers: &[SmolStr]) -> bool {
    if body.kind() != told.kind {
        return false;
    }
    let subject = numbers.get(told.subject).map_or("", SmolStr::as_str);
    let facts = EventFacts::of(body);
    let is = |named: Option<&SubjectDeviceId>, wanted: &str| match named {
        None => true,
        Some(SubjectDeviceId::Device(device)) => device.as_str() == wanted,
        Some(_) => wanted.is_empty(),
    };
    let Some(id) = connection_of(body) else { return told.call == 0 && is(service_device(body), subject) };
    id.call_id.as_deref() == Some(told.call.to_string().as_str())
        && id.device_id.as_ref().is_some_and(|device| device.as_str() == subject)
        && is(facts.subject, subject)
        && facts.local_state == Some(told.local)
        && facts.cause == Some(&told.cause)
        && is(facts.calling, numbers.get(told.calling).map_or("", SmolStr::as_str))
        && is(facts.called, &told.called)
}

/// The device that came into service or went out of it.
fn service_device(body: &EventBody) -> Option<&SubjectDeviceId> {
    match body {
        EventBody::BackInService(event) => Some(&event.device),
        EventBody::OutOfService(event) => Some(&event.device),
        _ => None,
    }
}

fn describe(told: &Told, numbers: &[SmolStr]) -> String {
    let root = told.kind.root();
    let name = root.strip_suffix("Event").unwrap_or(root);
    let subject = numbers.get(told.subject).map_or("", SmolStr::as_str);
    match told.call {
        0 => format!("{name} {subject}"),
        call => format!("{name} {subject} in {call} lcs {} cause {}", told.local, told.cause),
    }
}
