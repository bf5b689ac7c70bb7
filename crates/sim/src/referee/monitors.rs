//! The events of each monitor: those the model expects, and those that can follow each other at all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use hookflash_wire::csta::{Event, EventBody, EventKind, LocalConnectionState as State, SubjectDeviceId};
use smol_str::SmolStr;

use crate::{
    application::connection_of,
    model::Told,
    transcript::{EventFacts, describe_event},
    world::PartyId,
};

/// Calls that are over for a monitored device and remembered, so that nothing follows.
const REMEMBERED: usize = 64;

/// Every monitor there is.
#[derive(Debug, Default)]
pub(super) struct Monitors {
    monitors: BTreeMap<(PartyId, SmolStr), Monitor>,
    /// What the next monitor of an application will not be told.
    filters: BTreeMap<PartyId, Vec<EventKind>>,
}

#[derive(Debug, Default)]
struct Monitor {
    device: usize,
    filter: Vec<EventKind>,
    expected: VecDeque<Told>,
    /// Connections that have ended, in calls that go on for the device.
    ended: BTreeSet<(SmolStr, SmolStr)>,
    /// Calls that are over for the device.
    over: VecDeque<SmolStr>,
    /// Calls in which the device is, by what it was told.
    local: BTreeSet<SmolStr>,
}

impl Monitors {
    /// The application asks for a monitor without these events.
    pub(super) fn will_filter(&mut self, id: PartyId, filter: Vec<EventKind>) {
        self.filters.insert(id, filter);
    }

    /// These are the monitors of an application now.
    pub(super) fn meet(&mut self, id: PartyId, active: &[(&SmolStr, &str)], numbers: &[SmolStr]) {
        self.monitors
            .retain(|(owner, name), _| *owner != id || active.iter().any(|(known, _)| *known == name));
        for (name, device) in active {
            let device = numbers.iter().position(|number| number == device).unwrap_or(usize::MAX);
            self.monitors.entry((id, (*name).clone())).or_insert_with(|| {
                let filter = self.filters.remove(&id).unwrap_or_default();
                Monitor { device, filter, ..Monitor::default() }
            });
        }
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
            .can_follow(event, numbers)
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

    /// By what the monitors were told, no device is in a call any more.
    pub(super) fn all_over(&self) -> Result<(), String> {
        let whole = self.monitors.iter().filter(|(_, monitor)| monitor.filter.is_empty());
        for ((_, name), monitor) in whole {
            if let Some(call) = monitor.local.first() {
                return Err(format!("a monitor was not told of an end: [{name}] call {call}"));
            }
        }
        Ok(())
    }
}

impl Monitor {
    /// Every connection ends once, nothing follows its end, and nothing follows when the device has left the call.
    fn can_follow(&mut self, event: &Event, numbers: &[SmolStr]) -> Result<(), &'static str> {
        let Some(id) = connection_of(&event.body) else { return Ok(()) };
        let (Some(call), Some(device)) = (id.call_id.clone(), id.device_id.as_ref()) else {
            return Err("it names no connection");
        };
        let subject: SmolStr = device.as_str().into();
        if self.over.contains(&call) {
            return Err("the device has left the call");
        }
        if self.ended.contains(&(call.clone(), subject.clone())) {
            return Err("the connection has ended");
        }
        let local = EventFacts::of(&event.body).local_state;
        let cleared = matches!(event.body, EventBody::ConnectionCleared(_));
        if local != Some(State::Null) {
            self.local.insert(call.clone());
            if cleared {
                self.ended.insert((call, subject));
            }
            return Ok(());
        }
        if !cleared || numbers.get(self.device).is_none_or(|number| *number != subject) {
            return Err("only its own end takes a device out of a call");
        }
        self.local.remove(&call);
        self.ended.retain(|(other, _)| *other != call);
        if self.over.len() == REMEMBERED {
            self.over.pop_front();
        }
        self.over.push_back(call);
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
    let Some(id) = connection_of(body) else { return told.call == 0 };
    let facts = EventFacts::of(body);
    let is = |named: Option<&SubjectDeviceId>, wanted: &str| match named {
        None => true,
        Some(SubjectDeviceId::Device(device)) => device.as_str() == wanted,
        Some(_) => wanted.is_empty(),
    };
    id.call_id.as_deref() == Some(told.call.to_string().as_str())
        && id.device_id.as_ref().is_some_and(|device| device.as_str() == subject)
        && facts.local_state == Some(told.local)
        && facts.cause == Some(&told.cause)
        && is(facts.calling, numbers.get(told.calling).map_or("", SmolStr::as_str))
        && is(facts.called, &told.called)
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
