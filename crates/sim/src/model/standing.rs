//! What holds in every state.

use std::{collections::BTreeSet, time::Duration};

use hookflash_core::{
    Channels, ConnectionState, DiversionReason, Instant, LineId, StationId, Switch, Timeouts,
};

use super::{Call, Connection, State, Transferred, Verdict};

/// What the rules have to remember: the phones that are not there, and what waits.
#[derive(Clone, Debug, Default)]
pub struct Absent {
    /// Phones that were lost and may come back: since when.
    pub lost: Vec<(StationId, Instant)>,
    /// Calls that were transferred while they rang.
    pub transferred: Transferred,
    /// How long each connection has been as it is.
    since: Vec<(Condition, Instant)>,
}

/// What a connection waits for: it ends when it has waited too long.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Condition {
    reference: u32,
    line: LineId,
    state: ConnectionState,
    failed: bool,
    digits: usize,
    transferred: bool,
    /// Its line forwards it when it is not answered, or did so a moment ago.
    forwards: bool,
    /// How long it may be parked, if it is.
    parked: Option<Duration>,
}

/// How much later than its time a timer may be noticed.
const SLACK: Duration = Duration::from_millis(5);

/// Every call makes sense, and no phone is in two of them.
///
/// # Errors
/// The rule that is broken.
pub fn check_state(state: &State, switch: &Switch, absent: &mut Absent, now: Instant) -> Verdict {
    state.calls.iter().try_for_each(|call| check_call(call, switch.settings().max_redirects))?;
    check_lines(state, switch)?;
    let mut busy = BTreeSet::new();
    for (_, own) in state.all() {
        let Some(station) = own.station else { continue };
        if own.is_active() && !busy.insert(station) {
            return Err(format!("a phone is in two calls: station {}", station.index()));
        }
        let lines = switch.stations().get(station).into_iter().flat_map(|station| station.lines());
        if !lines.into_iter().any(|line| line == own.line) {
            return Err(format!("a phone is in a call of another line: {own:?}"));
        }
    }
    rings_somewhere(state, switch, absent, now)?;
    absent.check_waiting(state, switch, now)?;
    let most = state.all().count() + switch.stations().iter().count();
    match switch.timer_count() {
        count if count > most => Err(format!("timers are left over: {count}, at most {most}")),
        _ => Ok(()),
    }
}

/// Whoever is alone dials or hears why the call failed; somebody calls; a conference has three members.
fn check_call(call: &Call, max_redirects: usize) -> Verdict {
    let wrong = |rule: &str| Err(format!("{rule}: {call:?}"));
    let [first, others @ ..] = call.connections.as_slice() else { return wrong("a call is empty") };
    let alone = others.is_empty();
    let alone_for_a_reason = first.state == ConnectionState::Initiated || first.failure.is_some();
    if alone && !alone_for_a_reason {
        return wrong("a connection is orphaned");
    }
    if !alone && call.connections.iter().any(|own| own.failure.is_some()) {
        return wrong("a failed call has several parties");
    }
    let waits = |own: &Connection| matches!(own.state, ConnectionState::Alerting | ConnectionState::Queued);
    if call.connections.iter().all(waits) {
        return wrong("a call rings for nobody");
    }
    let is_member = |controller: u32| call.connections.iter().any(|own| own.reference == controller);
    if call.controller.is_some_and(|controller| !is_member(controller) || call.connections.len() < 3) {
        return wrong("a conference is none");
    }
    let forwarded = || call.diversions.iter().filter(|(_, why)| matches!(why, DiversionReason::Forwarded(_)));
    let mut once = BTreeSet::new();
    let goes_on =
        |why: &DiversionReason| !matches!(why, DiversionReason::Recalled | DiversionReason::PickedUp);
    let counted = call.diversions.iter().filter(|(_, why)| goes_on(why)).count();
    if counted > max_redirects || !forwarded().all(|(device, _)| once.insert(*device)) {
        return wrong("forwarding does not end");
    }
    Ok(())
}

/// A line lists just its connections, and has no more of them than channels, but for the digits of a blind transfer.
fn check_lines(state: &State, switch: &Switch) -> Verdict {
    for (line, settings) in switch.lines().iter() {
        let listed: BTreeSet<u32> = switch.calls().at_line(line).iter().map(|key| key.reference()).collect();
        let mut own = BTreeSet::new();
        let mut blind = 0;
        for (_, connection) in state.all().filter(|(_, own)| own.line == line) {
            own.insert(connection.reference);
            blind += usize::from(connection.purpose == Some(hookflash_core::ConsultPurpose::BlindTransfer));
        }
        if listed != own {
            return Err(format!("a line does not know its calls: it lists {listed:?} instead of {own:?}"));
        }
        let channels = settings.settings().channels.count();
        if own.len() > channels + blind {
            return Err(format!("a line has too many calls: {own:?} on {channels} channels"));
        }
    }
    Ok(())
}

/// A call that rings does so at a phone that is there, or was a moment ago and is expected back.
fn rings_somewhere(state: &State, switch: &Switch, absent: &Absent, now: Instant) -> Verdict {
    let patience = switch.settings().timeouts.station_lost + SLACK;
    let there = |station: &StationId| {
        let registered = switch.stations().get(*station).is_some_and(|station| station.is_registered());
        registered || absent.lost.iter().any(|(lost, at)| lost == station && *at + patience >= now)
    };
    for (_, own) in state.all().filter(|(_, own)| own.state == ConnectionState::Alerting) {
        let stations = switch.lines().get(own.line).map(|line| line.stations()).unwrap_or_default();
        if !stations.iter().any(there) {
            return Err(format!("a call rings where nobody is: {own:?}"));
        }
    }
    Ok(())
}

impl Absent {
    /// Nobody dials, rings or hears a failure tone for longer than the configuration allows.
    fn check_waiting(&mut self, state: &State, switch: &Switch, now: Instant) -> Verdict {
        let timeouts = &switch.settings().timeouts;
        let conditions = state.all().map(|(_, own)| (self.condition(own, switch), own));
        let conditions = conditions.filter(|(is, own)| limit(is, own, timeouts).is_some());
        let conditions: Vec<(Condition, &Connection)> = conditions.collect();
        self.since.retain(|(known, _)| conditions.iter().any(|(is, _)| is == known));
        for (is, own) in conditions {
            let since = match self.since.iter().find(|(known, _)| *known == is) {
                Some((_, since)) => *since,
                None => {
                    self.since.push((is.clone(), now));
                    now
                }
            };
            if limit(&is, own, timeouts).is_some_and(|limit| since + limit + SLACK < now) {
                return Err(format!("a connection waits for too long: since {since}, it is {now}: {own:?}"));
            }
        }
        Ok(())
    }

    fn condition(&self, own: &Connection, switch: &Switch) -> Condition {
        let line = switch.lines().get(own.line);
        let slot = line.and_then(|line| line.settings().park_slot.as_ref());
        let may_forward = |line: &hookflash_core::Line| {
            line.forwarding().no_answer.is_some() || line.forwarding().busy.is_some()
        };
        let forwards = line.is_some_and(may_forward)
            || self.since.iter().any(|(known, _)| known.reference == own.reference && known.forwards);
        Condition {
            reference: own.reference,
            line: own.line,
            state: own.state,
            failed: own.failure.is_some(),
            digits: own.dialled.len(),
            transferred: self.transferred.contains(own.reference),
            forwards: forwards && own.state == ConnectionState::Alerting,
            parked: slot.and_then(|slot| Some(slot.timeout? * slot.limit)),
        }
    }
}

/// How long the connection may stay as it is; `None` for a conversation.
fn limit(is: &Condition, own: &Connection, timeouts: &Timeouts) -> Option<Duration> {
    match own.state {
        _ if own.failure.is_some() => Some(timeouts.busy),
        // CFwdAll gives its user another while.
        ConnectionState::Initiated => Some((timeouts.interdigit * 2).max(timeouts.make_call_prompt)),
        ConnectionState::Alerting => {
            // It is tried twice more while the number that transferred it is busy.
            let recall = timeouts.transfer_recall.filter(|_| is.transferred).map(|after| after * 3);
            let recall = recall.unwrap_or(timeouts.ringing);
            Some(if is.forwards { recall.max(timeouts.ringing) } else { recall })
        }
        ConnectionState::Queued => is.parked,
        _ => None,
    }
}

/// Whether one more call of a line can ring at a phone: a dual line belongs to the phone that is in a call on it.
pub(super) fn is_free_for(state: &State, switch: &Switch, line: LineId, station: StationId) -> bool {
    let Some(settings) = switch.lines().get(line).map(|line| line.settings()) else { return false };
    let elsewhere =
        state.all().any(|(_, own)| own.line == line && own.station.is_some_and(|holder| holder != station));
    state.count_at_line(line) < settings.channels.count()
        && (settings.channels != Channels::Dual || !elsewhere)
}
