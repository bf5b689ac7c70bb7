//! Hunt groups: a call to a pilot number rings at the members, one after the other or all at once.
//!
//! The pilot is a line without phones (`ephone-hunt`, `voice hunt-group`). The call keeps the pilot as the party that was
//! called.
//!
//! ```text
//!   A calls P ──► Delivered(X) ──► not answered: Diverted(X → Y, distributed), Delivered(Y) ──► ... ──► the final number
//!             └─► nobody is free: the final number, or Failed(no available agents)
//!   A calls P, parallel ──► Delivered(X), Delivered(Y) ──► Y answers: Established(Y), Connection Cleared(X)
//! ```
//!
//! A member is free when one of its lines can ring, its phone has not left the groups (HLog, or do not disturb), and it is
//! not in the call. How a member forwards its own calls does not matter. A place of the list may be open: a line takes it by
//! dialling the code to join, until it leaves.

use std::{collections::BTreeMap, time::Duration};

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::{clear_connection, dialling, divert, failure, routing};
use crate::{
    CallEventKind, CallId, Connection, ConnectionKey, DiversionReason, EventCause, HuntGroup, HuntKind,
    LineId, Output, Party, Record, Refusal, StationId, Timer,
    calls::{Alerting, Hunted},
    cti::report::{self, Audience, Subject},
    state::State,
};

/// What a hunt group remembers and has counted.
#[derive(Clone, Debug, Default)]
pub struct HuntRecord {
    /// The place of the member that rang last.
    last: Option<usize>,
    /// Calls that came to the pilot.
    pub calls: u64,
    /// Calls that a member answered.
    pub answered: u64,
    /// Calls that went to the final number, or failed.
    pub unanswered: u64,
    /// Calls that each member has answered, by its place.
    pub answered_by: Vec<u64>,
    /// Who has joined the group, by the open place that was taken.
    joined: BTreeMap<usize, SmolStr>,
}

impl HuntRecord {
    /// The number of the member at a place; `None` for an open place that nobody has taken.
    pub fn member<'a>(&'a self, group: &'a HuntGroup, place: usize) -> Option<&'a SmolStr> {
        match group.members.get(place)? {
            open if open == HuntGroup::OPEN_PLACE => self.joined.get(&place),
            number => Some(number),
        }
    }

    /// The place of the member that is tried first by the next call of a group that goes round (`peer`).
    pub fn next_to_pick(&self, group: &HuntGroup) -> usize {
        self.last.map_or(0, |last| (last + 1) % group.members.len().max(1))
    }
}

/// The number of the member at a place of the group with this pilot.
fn member(st: &State, pilot: LineId, place: usize) -> Option<&SmolStr> {
    let group = group(st, pilot)?;
    match st.hunts.get(&pilot) {
        Some(record) => record.member(group, place),
        None => group.members.get(place).filter(|number| *number != HuntGroup::OPEN_PLACE),
    }
}

/// The line becomes a member of the group with the pilot, at a place that is open.
///
/// # Errors
/// When it may not, there is no such group, or no open place is left.
pub(super) fn join(st: &mut State, line: LineId, pilot: &str) -> Result<(), Refusal> {
    if !st.lines[line].settings().may_join_hunt_groups {
        return Err(Refusal::InvalidFeatureNumber);
    }
    let number = st.lines[line].number().clone();
    let pilot = pilot_named(st, pilot).ok_or(Refusal::InvalidDestination)?;
    let count = group(st, pilot).map_or(0, |group| group.members.len());
    if (0..count).any(|place| member(st, pilot, place) == Some(&number)) {
        return Ok(());
    }
    let open = (0..count).find(|place| member(st, pilot, *place).is_none()).ok_or(Refusal::ResourceBusy)?;
    st.hunts.entry(pilot).or_default().joined.insert(open, number.clone());
    let pilot = st.lines[pilot].number().clone();
    st.note(Output::Store(Record::HuntGroupMember { pilot, place: open, number }));
    Ok(())
}

/// The line leaves the group with the pilot that it has joined, or with `None` all of them.
///
/// # Errors
/// When it has joined none of them.
pub(super) fn leave(st: &mut State, line: LineId, pilot: Option<&str>) -> Result<(), Refusal> {
    let number = st.lines[line].number().clone();
    let only = match pilot {
        Some(pilot) => Some(pilot_named(st, pilot).ok_or(Refusal::InvalidDestination)?),
        None => None,
    };
    let mut left = Vec::new();
    for (pilot, record) in &mut st.hunts {
        if only.is_none_or(|only| only == *pilot) {
            let places = record.joined.iter().filter(|(_, joined)| **joined == number);
            left.extend(places.map(|(place, _)| (*pilot, *place)));
            record.joined.retain(|_, joined| *joined != number);
        }
    }
    for (pilot, place) in &left {
        let (pilot, place, number) = (st.lines[*pilot].number().clone(), *place, number.clone());
        st.note(Output::Forget(Record::HuntGroupMember { pilot, place, number }.key()));
    }
    if left.is_empty() { Err(Refusal::InvalidFeatureNumber) } else { Ok(()) }
}

/// What [`join`] has stored is in effect again. False if there is no such group, or no such open place.
pub(crate) fn restore_member(st: &mut State, pilot: &str, place: usize, number: &SmolStr) -> bool {
    let Some(pilot) = pilot_named(st, pilot) else { return false };
    let is_open =
        |group: &HuntGroup| group.members.get(place).is_some_and(|own| own == HuntGroup::OPEN_PLACE);
    let joins = |line: LineId| st.lines[line].settings().may_join_hunt_groups;
    let may = st.lines.dial_plan().lines(number).any(joins);
    if !may || !group(st, pilot).is_some_and(is_open) {
        return false;
    }
    st.hunts.entry(pilot).or_default().joined.insert(place, number.clone());
    true
}

/// What [`log_line`] has stored is in effect again. False if no line has the number.
pub(crate) fn restore_logout(st: &mut State, number: &str) -> bool {
    let lines: Vec<LineId> = st.lines.dial_plan().lines(number).collect();
    lines.iter().for_each(|line| st.lines[*line].hunt_logged_out = true);
    !lines.is_empty()
}

/// The group with this pilot.
fn pilot_named(st: &State, number: &str) -> Option<LineId> {
    st.lines.dial_plan().lines(number).find(|line| group(st, *line).is_some())
}

/// Whether the line is the pilot of a group.
pub(crate) fn group(st: &State, line: LineId) -> Option<&HuntGroup> {
    st.lines[line].settings().hunt_group.as_deref()
}

/// A call has reached a pilot.
pub(super) fn enter(st: &mut State, call: CallId, pilot: LineId, alerting: Alerting) {
    let party = Party { number: alerting.number.clone(), ..st.lines.party(pilot) };
    let Some(entered) = st.calls.call_mut(call) else { return };
    match &mut entered.redirection {
        Some(redirection) => redirection.destination = party,
        None => entered.called = party,
    }
    let origin = entered.redirection.as_ref().map_or(entered.origin, |way| way.last().reason.cause());
    st.hunts.entry(pilot).or_default().calls += 1;
    let hunted = Hunted { pilot, tried: SmallVec::new(), since: st.now };
    let is_parallel = group(st, pilot).is_some_and(|group| group.kind == HuntKind::Parallel);
    let rings = match is_parallel {
        true => offer_to_all(st, call, &hunted, &alerting),
        false => choose(st, call, &hunted).is_some_and(|member| {
            offer(st, call, member, hunted, &alerting, origin);
            true
        }),
    };
    if !rings {
        nobody_free(st, call, pilot, alerting);
    }
}

/// The member that is next: its place in the list, and its line.
fn choose(st: &State, call: CallId, hunted: &Hunted) -> Option<(usize, LineId)> {
    let group = group(st, hunted.pilot)?;
    let hops = group.hops.unwrap_or(group.members.len());
    if hunted.tried.len() >= hops || is_too_long(st, group, hunted) {
        return None;
    }
    let count = group.members.len();
    let free = |place: usize| {
        let untried = !hunted.tried.contains(&place);
        let member = member(st, hunted.pilot, place).filter(|_| untried)?;
        Some((place, free_line(st, call, group, member)?))
    };
    match group.kind {
        HuntKind::Parallel => None,
        HuntKind::Sequential => (0..count).find_map(free),
        HuntKind::Peer => {
            let record = st.hunts.get(&hunted.pilot).and_then(|record| record.last);
            let first = hunted.tried.last().copied().or(record).map_or(0, |last| last + 1);
            (0..count).map(|step| (first + step) % count).find_map(free)
        }
        HuntKind::LongestIdle => {
            let members = (0..count).filter_map(free);
            members.min_by_key(|(place, line)| (st.lines[*line].idle_since, *place))
        }
    }
}

fn is_too_long(st: &State, group: &HuntGroup, hunted: &Hunted) -> bool {
    group.max_timeout.is_some_and(|most| st.now.since(hunted.since) >= most)
}

/// The line of a member at which a call can ring now.
fn free_line(st: &State, call: CallId, group: &HuntGroup, member: &SmolStr) -> Option<LineId> {
    let takes = |line: &LineId| {
        let elsewhere = st.calls.connections(call).all(|own| own.line() != *line);
        let settings = st.lines[*line].settings();
        let can_ring = settings.hunt_group.is_none() && settings.park_slot.is_none();
        elsewhere && can_ring && st.has_incoming_channel(*line) && takes_part(st, group, *line)
    };
    let member = dialling::expanded(st, member.clone());
    st.lines.dial_plan().lines(&member).find(takes)
}

/// Whether a phone of the line takes calls of groups now.
fn takes_part(st: &State, group: &HuntGroup, line: LineId) -> bool {
    let stations = st.lines[line].stations().iter().copied();
    let mut there = stations.filter(|id| {
        st.stations[*id].takes_calls() && st.may_use(*id, line, None) && st.has_room_for(*id, line, None)
    });
    there.any(|id| {
        let busy = st.connections_shown_at(id).any(|own| own.station() == Some(id) || st.rings_at(id, own));
        !(is_logged_out(st, id) || group.idle_phones_only && busy)
    }) && !st.lines[line].hunt_logged_out
}

/// Whether a phone takes no calls of groups.
pub(crate) fn is_logged_out(st: &State, station: StationId) -> bool {
    st.stations[station].hunt_logged_out || st.stations[station].do_not_disturb()
}

/// The HLog key: the phone leaves the groups, or joins them again.
pub(crate) fn log_key(st: &mut State, station: StationId) {
    log(st, station, !st.stations[station].hunt_logged_out);
}

fn log(st: &mut State, station: StationId, out: bool) {
    st.stations[station].hunt_logged_out = out;
    let record = Record::HuntGroupLogout { station: st.stations[station].settings().name.clone() };
    keep(st, record, out);
    st.station_changed(station);
}

/// Stores the record, or forgets it.
fn keep(st: &mut State, record: Record, holds: bool) {
    st.note(if holds { Output::Store(record) } else { Output::Forget(record.key()) });
}

/// The line takes no calls of groups, or takes them again; its phone takes those of its other lines.
pub(super) fn log_line(st: &mut State, line: LineId) {
    let here = &mut st.lines[line];
    here.hunt_logged_out = !here.hunt_logged_out;
    let (number, out) = (here.number().clone(), here.hunt_logged_out);
    keep(st, Record::NumberHuntGroupLogout { number }, out);
}

/// The call rings at a member.
fn offer(
    st: &mut State,
    call: CallId,
    (place, line): (usize, LineId),
    mut hunted: Hunted,
    arrived: &Alerting,
    cause: EventCause,
) {
    hunted.tried.push(place);
    let attempt = hunted.tried.len();
    let Some(group) = group(st, hunted.pilot) else { return };
    let after = group.timeout(attempt);
    let number = st.lines[line].number().clone();
    let record = st.hunts.entry(hunted.pilot).or_default();
    record.last = Some(place);
    let declined = super::set_do_not_disturb::refusing(st, line).collect();
    let alerting = Alerting {
        number,
        declined,
        recall: arrived.recall.clone(),
        hunt: Some(Box::new(hunted)),
        ..Alerting::default()
    };
    let (device, party) = (st.lines[line].device(), st.lines.party(line));
    let redirection = st.calls.get(call).and_then(|call| call.redirection.clone());
    let Some(key) = st.calls.join(call, (device, line), party, alerting) else { return };
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.redirection = redirection;
    }
    report::report(st, key, CallEventKind::Delivered, cause);
    st.start_timer(key, after, Timer::HuntNext(key));
    st.call_changed(call);
}

/// The call rings at every member that is free. False if none is.
fn offer_to_all(st: &mut State, call: CallId, hunted: &Hunted, arrived: &Alerting) -> bool {
    let Some(group) = group(st, hunted.pilot) else { return false };
    let free = |place| Some((place, free_line(st, call, group, member(st, hunted.pilot, place)?)?));
    let members: SmallVec<[(usize, LineId); 8]> = (0..group.members.len()).filter_map(free).collect();
    for member in &members {
        offer(st, call, *member, hunted.clone(), arrived, EventCause::MultipleAlerting);
    }
    !members.is_empty()
}

/// The call goes on to the next member, or to where the group sends it. `None` if it does not ring for a group; false, and
/// nothing has changed, if it can go nowhere.
pub(super) fn goes_on(st: &mut State, alerting: ConnectionKey) -> Option<bool> {
    let connection = st.calls.connection(alerting)?;
    let call = connection.call();
    let (hunted, arrived) = {
        let own = connection.alerting()?;
        (own.hunt.as_deref()?.clone(), own.clone())
    };
    if others_ring(st, alerting) {
        clear_connection::end(st, alerting, EventCause::NormalClearing, Audience::All);
        return Some(true);
    }
    if let Some(member) = choose(st, call, &hunted) {
        let subject = Subject::of(st.calls.connection(alerting)?, &st.lines);
        let destination = st.lines.party(member.1);
        clear_connection::remove(st, alerting, EventCause::Distributed);
        let cause = EventCause::Distributed;
        report::diverted(st, call, &subject, cause, Some(destination), None);
        offer(st, call, member, hunted, &arrived, cause);
        return Some(true);
    }
    st.hunts.entry(hunted.pilot).or_default().unanswered += 1;
    let Some(number) = sends_on(st, call, hunted.pilot) else { return Some(false) };
    divert::divert_by(st, alerting, Some(hunted.pilot), DiversionReason::Distributed, &number);
    Some(true)
}

/// Whether the call rings at another member at the same time.
fn others_ring(st: &State, alerting: ConnectionKey) -> bool {
    st.calls.others(alerting).any(|other| other.alerting().is_some_and(|own| own.hunt.is_some()))
}

/// A member has not answered in time.
pub(crate) fn timeout(st: &mut State, alerting: ConnectionKey) {
    auto_logout(st, alerting);
    let others = others_ring(st, alerting);
    if goes_on(st, alerting) == Some(false) && !others {
        failure::ringing_timeout(st, alerting);
    }
}

/// A phone that lets too many calls ring leaves the groups.
fn auto_logout(st: &mut State, alerting: ConnectionKey) {
    let Some(connection) = st.calls.connection(alerting) else { return };
    let line = connection.line();
    let pilot = connection.alerting().and_then(|own| own.hunt.as_ref()).map(|hunted| hunted.pilot);
    let Some(most) = pilot.and_then(|pilot| group(st, pilot)?.auto_logout) else { return };
    for station in st.lines[line].stations.clone() {
        let here = &mut st.stations[station];
        here.unanswered_hunts += 1;
        if here.unanswered_hunts >= most {
            here.unanswered_hunts = 0;
            log(st, station, true);
        }
    }
}

/// A member has answered: the call stops ringing at the others.
pub(super) fn answered(st: &mut State, key: ConnectionKey, hunted: &Hunted) {
    let place = hunted.tried.last().copied().unwrap_or(0);
    let record = st.hunts.entry(hunted.pilot).or_default();
    record.answered += 1;
    if record.answered_by.len() <= place {
        record.answered_by.resize(place + 1, 0);
    }
    if let Some(count) = record.answered_by.get_mut(place) {
        *count += 1;
    }
    if let Some(station) = st.calls.connection(key).and_then(Connection::station) {
        st.stations[station].unanswered_hunts = 0;
    }
    let ringing = st.calls.others(key).filter(|other| other.alerting().is_some_and(|own| own.hunt.is_some()));
    let ringing: SmallVec<[ConnectionKey; 8]> = ringing.map(Connection::key).collect();
    for other in ringing {
        clear_connection::end(st, other, EventCause::NormalClearing, Audience::All);
    }
}

/// Where the group sends a call that none of its members takes. A call that was diverted too often ends here: groups may send
/// calls to each other.
fn sends_on(st: &State, call: CallId, pilot: LineId) -> Option<SmolStr> {
    let may = st.calls.get(call).is_some_and(|call| routing::may_divert(st, call));
    group(st, pilot)?.final_number.clone().filter(|_| may)
}

/// No member is free.
fn nobody_free(st: &mut State, call: CallId, pilot: LineId, alerting: Alerting) {
    st.hunts.entry(pilot).or_default().unanswered += 1;
    match sends_on(st, call, pilot) {
        Some(number) => {
            divert::divert_before(st, call, pilot, alerting, DiversionReason::Distributed, number);
        }
        None => failure::fail_before(st, call, pilot, EventCause::NoAvailableAgents),
    }
}

impl HuntGroup {
    /// Stands in the list of members for somebody who joins.
    pub const OPEN_PLACE: &'static str = "*";

    /// How long a call rings at the member that is tried as the `attempt`th, from 1.
    pub fn timeout(&self, attempt: usize) -> Duration {
        let index = attempt.saturating_sub(1).min(self.timeouts.len().saturating_sub(1));
        self.timeouts.get(index).copied().unwrap_or(Duration::from_secs(180))
    }
}
