//! What must hold without any model.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use hookflash_core::{Call, ConnectionState, Instant, Switch, cti::MonitorId};

use crate::{
    application::Session,
    world::{PartyId, World},
};

/// How long an identifier is not used again.
pub(super) const NOT_AGAIN: Duration = Duration::from_secs(60);

/// No orphan connection, nobody alone who waits for nobody, no phone in two calls, no timer without a reason.
pub(super) fn structure(switch: &Switch) -> Result<(), String> {
    let mut connections = 0;
    for call in switch.calls() {
        connections += call.connections().len();
        if is_orphan(call) {
            return Err(format!("a connection is orphaned: {:?}", call.connections()));
        }
        for connection in call.connections() {
            let listed = switch
                .line(connection.device())
                .map_or(0, |line| line.calls().iter().filter(|listed| **listed == call.id()).count());
            if listed != 1 {
                return Err(format!(
                    "a line does not know its call: call {} is listed {listed} times",
                    call.id()
                ));
            }
        }
    }
    let listed: usize = switch.lines().map(|(_, line)| line.calls().len()).sum();
    if listed != connections {
        return Err(format!("a line lists a call that is over: {listed} for {connections} connections"));
    }
    one_call_at_a_time(switch)?;
    let most = connections + switch.stations().count();
    if switch.timer_count() > most {
        return Err(format!("timers are left over: {} for {connections} connections", switch.timer_count()));
    }
    Ok(())
}

/// Whoever is alone must be dialling or hear why the call failed.
fn is_orphan(call: &Call) -> bool {
    match call.connections() {
        [] => true,
        [only] => match only.state() {
            ConnectionState::Initiated | ConnectionState::Fail => false,
            ConnectionState::Connected => call.failure().is_none(),
            _ => true,
        },
        several => several.iter().any(|connection| connection.state() == ConnectionState::Null),
    }
}

fn one_call_at_a_time(switch: &Switch) -> Result<(), String> {
    let mut busy = BTreeSet::new();
    for connection in switch.calls().flat_map(Call::connections) {
        // A user who is asked to go off-hook is not in the call yet.
        let active = matches!(connection.state(), ConnectionState::Connected | ConnectionState::Fail);
        if let Some(station) = connection.station().filter(|_| active)
            && !busy.insert(station)
        {
            return Err(format!("a phone is in two calls: station {}", station.index()));
        }
    }
    Ok(())
}

/// What the node keeps is kept for something that is there: a call, a connection, a phone or a dialog.
pub(super) fn bounded(world: &World) -> Result<(), String> {
    let sizes = world.node().sizes();
    let switch = world.node().switch();
    let phones = switch.stations().count();
    let bounds = [
        ("sessions", sizes.sessions, sizes.applications),
        ("applications", sizes.applications, sizes.dialogs),
        // A phone that is not there keeps what it showed until it comes back.
        ("timers of phones", sizes.phone_timers, sizes.phone_links + 2 * phones + sizes.shown_calls),
        ("timers of SIP", sizes.sip_timers, sizes.sip_links + 3 * sizes.dialogs + sizes.repeated),
        ("requests and events under way", sizes.under_way, 0),
    ];
    match bounds.iter().find(|(_, count, most)| count > most) {
        Some((what, count, most)) => {
            Err(format!("something is kept too long: {count} {what}, at most {most}: {sizes:?}"))
        }
        None => Ok(()),
    }
}

/// Calls, connection references and monitors that are there or were a minute ago, restarts of the node or not.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    calls: Recent,
    references: Recent,
    monitors: Recent,
}

#[derive(Debug, Default)]
struct Recent {
    present: Vec<u32>,
    ended: VecDeque<(Instant, u32)>,
}

impl Identifiers {
    /// None of those that are there now was used by another one within the last minute.
    pub(super) fn check(&mut self, world: &World) -> Result<(), String> {
        let switch = world.node().switch();
        let calls = switch.calls().map(|call| call.id().number()).collect();
        let references = switch.calls().flat_map(Call::connections).map(|c| c.reference()).collect();
        let sessions = switch.sessions();
        let monitors = sessions.flat_map(|(_, session)| session.monitors()).map(MonitorId::number).collect();
        let check = |recent: &mut Recent, present, what: &str| {
            recent
                .check(world.now(), present)
                .map_err(|id| format!("an identifier is used again: {what} {id}"))
        };
        check(&mut self.calls, calls, "call")?;
        check(&mut self.references, references, "reference")?;
        check(&mut self.monitors, monitors, "monitor")
    }

    /// The node has ended: so has everything that it named.
    pub(super) fn all_end(&mut self, now: Instant) {
        for recent in [&mut self.calls, &mut self.references, &mut self.monitors] {
            recent.ended.extend(recent.present.drain(..).map(|id| (now, id)));
        }
    }
}

impl Recent {
    fn check(&mut self, now: Instant, present: Vec<u32>) -> Result<(), u32> {
        if present == self.present {
            return Ok(());
        }
        self.ended.extend(self.present.iter().filter(|id| !present.contains(id)).map(|id| (now, *id)));
        while self.ended.front().is_some_and(|(at, _)| *at + NOT_AGAIN < now) {
            self.ended.pop_front();
        }
        let again = present.iter().enumerate().find(|(place, id)| {
            let twice = present.iter().skip(place + 1).any(|other| other == *id);
            twice || self.ended.iter().any(|(_, ended)| ended == *id)
        });
        if let Some((_, id)) = again {
            return Err(*id);
        }
        self.present = present;
        Ok(())
    }
}

/// When everybody has hung up and logged out, nothing is left of it.
pub(super) fn nothing_left(world: &World, phones: &[Option<PartyId>]) -> Result<(), String> {
    let switch = world.node().switch();
    let open = |id: &PartyId| world.application(*id).is_some_and(|a| a.session() == Session::Open);
    let sessions = world.party_ids().filter(open).count();
    let sizes = world.node().sizes();
    let counts = [
        ("calls", sizes.calls, 0),
        ("timers of the switch", sizes.call_timers, 0),
        ("calls listed by lines", switch.lines().map(|(_, line)| line.calls().len()).sum(), 0),
        ("monitors without a session", switch.lines().map(|(_, line)| line.monitor_count()).sum(), 0),
        ("monitors", sizes.monitors, 0),
        ("sessions", sizes.sessions, sessions),
        ("applications", sizes.applications, sessions),
        ("calls on phones", sizes.shown_calls, 0),
        ("dialogs", sizes.dialogs, sessions),
        ("messages that wait", sizes.waiting, 0),
        ("datagrams repeated", sizes.repeated, 0),
        ("phone connections", sizes.phone_links, phones.len()),
        ("timers of phones", sizes.phone_timers, phones.len()),
    ];
    if let Some((what, count, _)) = counts.iter().find(|(_, count, most)| count > most) {
        return Err(format!("{count} {what}"));
    }
    for phone in phones.iter().flatten().filter_map(|id| world.phone(*id)) {
        let idle = phone.screen().is_idle() && phone.receiving().is_empty() && phone.sending().is_empty();
        if !idle || !phone.is_registered() {
            return Err(format!("{} is not idle: {:?}", phone.settings().name, phone.screen()));
        }
    }
    Ok(())
}
