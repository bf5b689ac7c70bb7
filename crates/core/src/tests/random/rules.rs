//! What must hold after every input.

use std::collections::BTreeSet;

use crate::{
    Connection, ConnectionState, ConsultPurpose, DeviceId, Diversion, DiversionReason, Holder, LineId,
    MediaPlan, Switch,
    control::{meet_me::MAX_MEMBERS, paging::MAX_PAGED},
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
        // Who waits for an answer elsewhere waits as long as it rings there.
        let elsewhere = |own: &Connection| calls.connection(own.bridge?).map(Connection::call);
        let rings_elsewhere = |call| calls.connections(call).any(|own| own.deadline.is_some());
        let ends = |own: &&Connection| own.deadline.is_some() || elsewhere(own).is_some_and(rings_elsewhere);
        let waits = |own: &&Connection| own.state() == ConnectionState::Initiated || own.failure().is_some();
        match members.as_slice() {
            [] => return Err(format!("nobody is in {call:?}")),
            [only] if !waits(only) => return Err(format!("somebody is alone in {call:?}")),
            _ => {}
        }
        let acts_for_switch = |own: &&Connection| own.holder() == Some(Holder::Switch);
        if let [one, other] = members.as_slice()
            && !members.iter().any(acts_for_switch)
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
            return Err(format!("nothing ends {call:?} of {members:?}"));
        }
        if let Some(own) = members.iter().find(|own| own.alerting().is_some() != own.holder().is_none()) {
            return Err(format!("nobody acts for it, or somebody too early: {own:?}"));
        }
        if let Some(own) = members.iter().find(|own| (own.alerting().is_some() || waits(own)) && !ends(own)) {
            return Err(format!("nothing ends {own:?}"));
        }
        let controls = |key| members.iter().any(|own| own.key() == key);
        if call.conference_controller().is_some_and(|key| members.len() < 3 || !controls(key)) {
            return Err(format!("no conference: {call:?}"));
        }
        // A group may ring at all its members at once.
        let hunted = |own: &&Connection| own.alerting().is_some_and(|alerting| alerting.hunt.is_some());
        let hunted = members.iter().copied().filter(hunted).count();
        if members.len() - hunted > most_members(switch, &members) {
            return Err(format!("too many members: {call:?}"));
        }
    }
    match calls.len() > switch.settings().max_calls {
        true => Err("more calls than allowed".into()),
        false => Ok(()),
    }
}

/// How many connections a call may have: a page or a meet-me conference has limits of its own.
fn most_members(switch: &Switch, members: &[&Connection]) -> usize {
    let settings = |own: &&Connection| switch.lines()[own.line()].settings().clone();
    let numbers = members.iter().filter(|own| own.holder() == Some(Holder::Switch)).map(settings);
    match numbers.into_iter().find(|line| line.paging || line.meet_me.is_some()) {
        Some(line) if line.paging => 2 + MAX_PAGED,
        Some(_) => 1 + MAX_MEMBERS,
        None => switch.settings().max_conference_members,
    }
}

/// Each connection is listed once in its call, and once at its line unless it is hidden, and no line has more than it can.
pub(super) fn connections_are_listed(switch: &Switch) -> Result<(), String> {
    let calls = switch.calls();
    let mut at_lines = 0;
    // A line that was removed keeps its last calls.
    let configured = switch.lines().iter().map(|(line, _)| line);
    let lines: BTreeSet<LineId> = configured.chain(connections(switch).map(Connection::line)).collect();
    for line in lines {
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
    let all: Vec<&Connection> = connections(switch).filter(|own| !own.hidden).collect();
    let different: BTreeSet<_> = all.iter().map(|own| own.key()).collect();
    match at_lines == all.len() && different.len() == all.len() {
        true => Ok(()),
        false => Err(format!("{at_lines} connections at lines, but {all:?}")),
    }
}

/// A device receives only in a conversation or a source, and the media engine has a leg for each device that hears a mix
/// or a source.
pub(super) fn media_flows_only_in_conversations(switch: &Switch) -> Result<(), String> {
    for own in connections(switch) {
        let (key, plan) = (own.key(), switch.media_plan(own.call()));
        let streams = matches!(plan, MediaPlan::Direct(one, other) if key == one || key == other);
        let mixed = matches!(&plan, MediaPlan::Mixed(parties) if parties.contains(&key));
        let hears_source = matches!(plan, MediaPlan::Source(heard_by, _) if heard_by == key);
        if own.receives_at().is_some() && !(streams || mixed || hears_source) {
            return Err(format!("media without a conversation: {own:?}"));
        }
        // A page may be sent to a group, for which there is one leg: that of the paging number. A phone that has none of the
        // codecs of the media engine has no leg.
        let hears_group = |own: &Connection| own.audio.is_some_and(|audio| audio.group.is_some());
        let from_group = hears_group(own);
        let sends_page = own.holder() == Some(Holder::Switch)
            && switch.lines()[own.line()].settings().paging_group.is_some()
            && matches!(plan, MediaPlan::Mixed(_))
            && switch.calls().connections(own.call()).any(|other| other.is_page() && hears_group(other));
        let wants_leg = (mixed || hears_source) && !from_group || sends_page;
        if own.leg().is_some() && !wants_leg || own.leg().is_none() && wants_leg && own.codec().is_some() {
            return Err(format!("the leg of {own:?} does not follow from {plan:?}"));
        }
        if (streams || mixed) != is_in_conversation(switch, own) {
            return Err(format!("{plan:?} in the call of {own:?}"));
        }
    }
    Ok(())
}

/// Whether a device has answered, and another one too: in the same call, or in the one that this is bridged to.
fn is_in_conversation(switch: &Switch, own: &Connection) -> bool {
    let calls = switch.calls();
    let speaks = |own: &&Connection| {
        own.state() == ConnectionState::Connected && own.failure().is_none() && own.station().is_some()
    };
    let mut parties = calls.connections(own.call()).filter(speaks).count();
    if let Some(there) = calls.bridged_to(own.call()) {
        let bridged = |call| calls.connections(call).filter(|end| end.bridge.is_some());
        let mut ends = bridged(own.call()).chain(bridged(there));
        if ends.all(|end| end.state() == ConnectionState::Connected) {
            parties += calls.connections(there).filter(speaks).count();
        }
    }
    speaks(&own) && parties > 1
}

/// No device forwards a call twice, and no call is diverted for ever.
pub(super) fn diversions_end(switch: &Switch) -> Result<(), String> {
    for call in switch.calls().iter() {
        let Some(redirection) = call.redirection() else { continue };
        let forwarded =
            redirection.diversions().filter(|d| matches!(d.reason, DiversionReason::Forwarded(_)));
        let by: Vec<DeviceId> = forwarded.filter_map(|diversion| diversion.device).collect();
        let different: BTreeSet<&DeviceId> = by.iter().collect();
        // A group passes the call to one member after the other, and to its final number.
        let free =
            |d: &&Diversion| matches!(d.reason, DiversionReason::Recalled | DiversionReason::Distributed);
        let free = redirection.diversions().filter(free).count();
        if different.len() < by.len() || redirection.count() > switch.settings().max_redirects + free {
            return Err(format!("a call goes round and round: {call:?}"));
        }
    }
    Ok(())
}

/// A phone has one call at a time, beside a page that its loudspeaker plays.
pub(super) fn stations_are_in_one_call(switch: &Switch) -> Result<(), String> {
    let mut active = BTreeSet::new();
    for own in connections(switch).filter(|own| !own.hidden) {
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
    let timers = |own: &Connection| usize::from(own.deadline.is_some()) + usize::from(own.reaching.is_some());
    let waiting = connections(switch).map(timers).sum::<usize>();
    if switch.timer_count() > waiting + lost + switch.sound_count() {
        return Err(format!(
            "{} timers for {waiting} that connections have, and {lost} phones",
            switch.timer_count()
        ));
    }
    Ok(())
}
