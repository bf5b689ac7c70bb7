//! What must hold after every input.

use std::collections::BTreeSet;

use crate::{
    Connection, ConnectionState, ConsultPurpose, DeviceId, DiversionReason, LineId, MediaPlan, Switch,
    station::Registration,
};

pub(super) fn connections(switch: &Switch) -> impl Iterator<Item = &Connection> {
    switch.calls().iter().flat_map(|call| switch.calls().connections(call.id()))
}

/// Nobody waits alone or for ever, and what rings has a timer of its own.
pub(super) fn calls_are_going_somewhere(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    for call in calls.iter() {
        let members: Vec<&Connection> = calls.connections(call.id()).collect();
        let ends = |own: &&Connection| own.deadline.is_some();
        let waits = |own: &&Connection| own.state() == ConnectionState::Initiated || own.failure().is_some();
        match members.as_slice() {
            [] => return Err(format!("nobody is in {call:?}")),
            [only] if !waits(only) => return Err(format!("somebody is alone in {call:?}")),
            _ => {}
        }
        if let [one, other] = members.as_slice()
            && one.is_incoming() == other.is_incoming()
        {
            return Err(format!("nobody placed the call or nobody was called: {call:?}"));
        }
        if members.len() > 1 && members.iter().any(waits) {
            return Err(format!("somebody dials or hears a tone while others are in {call:?}"));
        }
        if members.iter().all(|own| own.alerting().is_some()) {
            return Err(format!("nobody calls in {call:?}"));
        }
        if !members.iter().any(|own| calls.is_established(own.key())) && !members.iter().any(ends) {
            return Err(format!("nothing ends {call:?}"));
        }
        if let Some(own) = members.iter().find(|own| own.alerting().is_some() != own.station().is_none()) {
            return Err(format!("at no phone, or at one too early: {own:?}"));
        }
        if let Some(own) = members.iter().find(|own| (own.alerting().is_some() || waits(own)) && !ends(own)) {
            return Err(format!("nothing ends {own:?}"));
        }
        let controls = |key| members.iter().any(|own| own.key() == key);
        if call.conference_controller().is_some_and(|key| members.len() < 3 || !controls(key)) {
            return Err(format!("no conference: {call:?}"));
        }
        if members.len() > switch.settings().max_conference_members {
            return Err(format!("too many members: {call:?}"));
        }
    }
    match calls.len() > switch.settings().max_calls {
        true => Err("more calls than allowed".into()),
        false => Ok(()),
    }
}

/// Each connection is listed once in its call and once at its line, and no line has more than it can.
pub(super) fn connections_are_listed(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    let mut at_lines = 0;
    for line in (0..7).map(LineId) {
        let keys = calls.at_line(line);
        at_lines += keys.len();
        let blind =
            |key| calls.connection(key).unwrap().consult_purpose() == Some(ConsultPurpose::BlindTransfer);
        let count = keys.iter().filter(|key| !blind(**key)).count();
        if count > switch.lines()[line].settings().channels.count() {
            return Err(format!("too many calls on {line:?}"));
        }
        if let Some(key) = keys.iter().find(|key| calls.connection(**key).unwrap().line() != line) {
            return Err(format!("{line:?} lists {key:?}, which is elsewhere"));
        }
    }
    let all: Vec<&Connection> = connections(switch).collect();
    let different: BTreeSet<_> = all.iter().map(|own| own.key()).collect();
    match at_lines == all.len() && different.len() == all.len() {
        true => Ok(()),
        false => Err(format!("{at_lines} connections at lines, but {all:?}")),
    }
}

/// A device receives only in a conversation or a source, and the media engine has a leg for each device that hears a mix
/// or a source.
pub(super) fn media_flows_only_in_conversations(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    for own in connections(switch) {
        let (key, plan) = (own.key(), switch.media_plan(own.call()));
        let streams = matches!(plan, MediaPlan::Direct(one, other) if key == one || key == other);
        let mixed = matches!(&plan, MediaPlan::Mixed(parties) if parties.contains(&key));
        let hears_source = matches!(plan, MediaPlan::Source(heard_by, _) if heard_by == key);
        if own.receives_at().is_some() && !(streams || mixed || hears_source) {
            return Err(format!("media without a conversation: {own:?}"));
        }
        // A phone that has none of the codecs of the media engine has no leg.
        if own.leg().is_some() && !(mixed || hears_source)
            || own.leg().is_none() && (mixed || hears_source) && own.codec().is_some()
        {
            return Err(format!("the leg of {own:?} does not follow from {plan:?}"));
        }
        if (streams || mixed) != (calls.is_talking(key) && own.failure().is_none()) {
            return Err(format!("{plan:?} in the call of {own:?}"));
        }
    }
    Ok(())
}

/// No device forwards a call twice, and no call is diverted for ever.
pub(super) fn diversions_end(switch: &Switch) -> Result<(), String> {
    for call in switch.calls().iter() {
        let Some(redirection) = call.redirection() else { continue };
        let forwarded =
            redirection.diversions().filter(|d| matches!(d.reason, DiversionReason::Forwarded(_)));
        let by: Vec<DeviceId> = forwarded.map(|diversion| diversion.device).collect();
        let different: BTreeSet<&DeviceId> = by.iter().collect();
        let recalls = redirection.diversions().filter(|d| d.reason == DiversionReason::Recalled).count();
        if different.len() < by.len() || redirection.count() > switch.settings().max_redirects + recalls {
            return Err(format!("a call goes round and round: {call:?}"));
        }
    }
    Ok(())
}

pub(super) fn stations_are_in_one_call(switch: &Switch) -> Result<(), String> {
    let mut active = BTreeSet::new();
    for own in connections(switch) {
        let Some(station) = own.station() else { continue };
        if switch.stations()[station].registration == Registration::Unregistered {
            return Err(format!("a phone that is gone is in {own:?}"));
        }
        if !switch.stations()[station].lines().any(|line| line == own.line()) {
            return Err(format!("station {} does not show the line of {own:?}", station.index()));
        }
        if own.is_active() && !active.insert(station) {
            return Err(format!("station {} is active twice", station.index()));
        }
    }
    Ok(())
}

pub(super) fn timers_belong_to_something(switch: &Switch) -> Result<(), String> {
    let stations = switch.stations().iter();
    let lost = stations.filter(|(_, s)| matches!(s.registration, Registration::Lost(_))).count();
    let waiting = connections(switch).filter(|connection| connection.deadline.is_some()).count();
    if switch.timer_count() > waiting + lost {
        return Err(format!("{} timers for {waiting} connections, {lost} phones", switch.timer_count()));
    }
    Ok(())
}
