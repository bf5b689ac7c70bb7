//! Directed Pickup Call and Group Pickup Call (ECMA-269 clauses 17.1.17 and 17.1.19), and the PickUp and GPickUp keys.
//!
//! A call that rings at one device, or is parked there, is taken over by another device, which is connected at once. The
//! call keeps its identifier.
//!
//! ```text
//!   A calls B, which rings ──► C picks up: Diverted(B → C), Established(C), both with the cause call pickup
//! ```
//!
//! With the keys, the user of C may enter whose call it is: B's number, the number of a group, or `*` for the own group.
//! The digits are collected as for a call, in one that goes nowhere.

use smol_str::SmolStr;

use super::{
    clear_connection, dial_via_office, divert, hunt,
    make_call::{self, Initiation},
    media, meet_me, release_station, routing,
};
use crate::{
    CallEventKind, Connection, ConnectionId, ConnectionKey, ConnectionState, DeviceId, DiversionReason,
    EventCause, Holder, LineId, Match, Output, PickupKeys, Refusal, StationId, Timer, Transition, Verb,
    calls::{Alerting, Dialling, Entry},
    cti::report::{self, Audience, Subject},
    state::State,
};

const CAUSE: EventCause = EventCause::CallPickup;

/// Who picks a call up.
#[derive(Clone, Copy, Debug)]
enum Fetcher {
    /// A device that is off-hook for it already.
    OffHook(ConnectionKey),
    /// A phone, with one of its lines.
    Phone(StationId, LineId),
}

/// Directed Pickup Call: `requesting` picks up the call that rings, or is parked, as `picked`. Returns the connection of
/// `requesting`.
///
/// # Errors
/// When the call does not ring any more, the requesting device is in it already, has no phone or no free channel, or its
/// phone cannot go off-hook by command; then nothing has changed. An autonomous phone is called with the wish to answer by
/// itself.
pub(crate) fn directed(
    st: &mut State,
    picked: ConnectionKey,
    requesting: DeviceId,
) -> Result<ConnectionId, Refusal> {
    st.calls.check(Verb::PickupCall, picked)?;
    let fetcher = fetcher_of(st, requesting)?;
    pick_up(st, picked, fetcher)
}

/// Whether a connection may be replaced by one of the line: it rings or is put aside, or the parties talk; and the line is in
/// no other connection of the call, unless it is put aside by another phone of the line.
///
/// # Errors
/// [`Refusal::NoCallToAnswer`] otherwise.
pub(crate) fn check_replaced(st: &State, replaced: ConnectionKey, line: LineId) -> Result<(), Refusal> {
    let connection = st.calls.connection(replaced).ok_or(Refusal::InvalidConnection)?;
    let fits = matches!(
        connection.state(),
        ConnectionState::Alerting
            | ConnectionState::Connected
            | ConnectionState::Hold
            | ConnectionState::Queued
    );
    let device = st.lines[line].device();
    let mut others = st.calls.others(replaced);
    let inside = others.any(|other| other.device() == device);
    if fits && !inside && connection.failure().is_none() { Ok(()) } else { Err(Refusal::NoCallToAnswer) }
}

/// A device that is off-hook takes the place of another one in its call (RFC 3891).
///
/// # Errors
/// Those of [`check_replaced`], and [`Refusal::NoCallToAnswer`] when nobody else is in the call.
pub(crate) fn replace(st: &mut State, replaced: ConnectionKey, key: ConnectionKey) -> Result<(), Refusal> {
    let connection = st.calls.connection(replaced).ok_or(Refusal::InvalidConnection)?;
    let call = connection.call();
    if st.calls.permits(Verb::PickupCall, connection) {
        return pick_up(st, replaced, Fetcher::OffHook(key)).map(|_| ());
    }
    if st.calls.others(replaced).next().is_none() {
        return Err(Refusal::NoCallToAnswer);
    }
    absorb(st, key, call)?;
    clear_connection::end(st, replaced, CAUSE, Audience::All);
    connected(st, key, call);
    Ok(())
}

/// Group Pickup Call: `requesting` picks up the call that has rung for longest in a group, or with `None` in its own.
///
/// # Errors
/// [`Refusal::NoCallToAnswer`] when nothing rings in the group or the device has none, and those of [`directed`].
pub(crate) fn group(
    st: &mut State,
    requesting: DeviceId,
    group: Option<&SmolStr>,
) -> Result<ConnectionId, Refusal> {
    let fetcher = fetcher_of(st, requesting)?;
    let picked = match group {
        Some(group) => rings_in_group(st, group, requesting),
        None => rings_in_own_group(st, line_of(st, fetcher), requesting),
    };
    pick_up(st, picked.ok_or(Refusal::NoCallToAnswer)?, fetcher)
}

/// The PickUp key, or with `by_group` the GPickUp key.
pub(crate) fn key(st: &mut State, station: StationId, instance: u32, by_group: bool) -> Result<(), Refusal> {
    let active = st.active_at(station);
    let fresh = active.filter(|own| has_dialled_nothing(own)).map(|own| (own.key(), own.line()));
    let is_busy = active.is_some() && fresh.is_none();
    if is_busy {
        return Ok(());
    }
    let here = &st.stations[station];
    let named = here.line(instance).or_else(|| here.line(1));
    let line = fresh.map(|(_, line)| line).or(named).ok_or(Refusal::InvalidDevice)?;
    let fetcher = fresh.map_or(Fetcher::Phone(station, line), |(key, _)| Fetcher::OffHook(key));
    match at_once(st, line, by_group) {
        Some(picked) => {
            let picked = picked.ok_or(Refusal::NoCallToAnswer);
            let done = picked.and_then(|picked| pick_up(st, picked, fetcher).map(|_| ()));
            if let (Err(_), Some((key, _))) = (done, fresh) {
                clear_connection::clear(st, key, EventCause::NormalClearing);
            }
            done
        }
        None => ask(st, station, line, fresh.map(|(key, _)| key), by_group),
    }
}

/// The call that the key picks up without a question, if the key asks none.
fn at_once(st: &State, line: LineId, by_group: bool) -> Option<Option<ConnectionKey>> {
    let device = st.lines[line].device();
    let mode = st.settings.features.pickup;
    if !by_group {
        return (mode != PickupKeys::Directed).then(|| rings_in_own_group(st, line, device));
    }
    if mode == PickupKeys::GroupKeyDirected {
        return None;
    }
    match groups(st).as_slice() {
        [only] => Some(rings_in_group(st, only, device)),
        _ => None,
    }
}

/// Lets the user enter whose call it is.
fn ask(
    st: &mut State,
    station: StationId,
    line: LineId,
    fresh: Option<ConnectionKey>,
    by_group: bool,
) -> Result<(), Refusal> {
    let entry = if by_group { Entry::GroupPickup } else { Entry::Pickup };
    let dialling = Dialling::Entering(entry);
    match fresh {
        Some(key) => turn_into(st, key, entry),
        None => {
            make_call::initiate(st, Initiation { dialling, ..Initiation::by_user(station, line) })?;
        }
    }
    Ok(())
}

/// What the user enters is not a number to call.
pub(super) fn turn_into(st: &mut State, key: ConnectionKey, entry: Entry) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    connection.entry = Some(entry);
    connection.dialled = SmolStr::default();
    if let Some(dialling) = connection.dialling_mut() {
        *dialling = Dialling::Entering(entry);
    }
    st.start_timer(key, st.settings.timeouts.interdigit, Timer::InterDigit(key));
    st.call_of_changed(key);
}

/// Whether what was entered is complete.
pub(super) fn is_complete(st: &State, entry: Entry, digits: &str) -> bool {
    let extension =
        || !matches!(st.lines.dial_plan().lookup(digits), Match::Incomplete | Match::CompleteOrMore);
    let group = || {
        let groups = groups(st);
        let longer = groups.iter().any(|group| group.len() > digits.len() && group.starts_with(digits));
        !longer
    };
    let both = st.settings.features.pickup == PickupKeys::GroupKeyDirected;
    match entry {
        Entry::Forward | Entry::Pin => false,
        _ if digits == "*" => true,
        Entry::Pickup
        | Entry::MeetMe
        | Entry::Park
        | Entry::Mailbox
        | Entry::JoinHuntGroup
        | Entry::LeaveHuntGroup => extension(),
        Entry::GroupPickup => group() && (!both || extension()),
    }
}

/// The Login key: lets the user enter the number that opens the phone outside office hours.
pub(crate) fn ask_pin(st: &mut State, station: StationId) -> Result<(), Refusal> {
    if st.stations[station].settings().pin.is_none() || st.active_at(station).is_some() {
        return Err(Refusal::ForwardingDisabled);
    }
    let line = st.stations[station].lines().next().ok_or(Refusal::InvalidDevice)?;
    let dialling = Dialling::Entering(Entry::Pin);
    make_call::initiate(st, Initiation { dialling, ..Initiation::by_user(station, line) }).map(|_| ())
}

fn pin_entered(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let (digits, station) = (connection.dialled.clone(), connection.station());
    clear_connection::clear(st, key, EventCause::NormalClearing);
    let Some(station) = station else { return };
    if st.stations[station].settings().pin.as_ref().is_some_and(|pin| pin.0 == digits) {
        st.stations[station].pin_entered = true;
    } else {
        st.stations[station].refused = Some(Refusal::InvalidFeatureNumber);
        st.station_changed(station);
    }
}

/// The user has entered whose call it is.
pub(super) fn entered(st: &mut State, key: ConnectionKey, entry: Entry) {
    match entry {
        Entry::Pin => return pin_entered(st, key),
        Entry::MeetMe => return meet_me::entered(st, key),
        Entry::Forward | Entry::Pickup | Entry::GroupPickup => {}
        Entry::Park | Entry::Mailbox | Entry::JoinHuntGroup | Entry::LeaveHuntGroup => return,
    }
    let Some(connection) = st.calls.connection(key) else { return };
    let (line, device, station) = (connection.line(), connection.device(), connection.station());
    let digits = connection.dialled.clone();
    let picked = match (entry, digits.as_str()) {
        (_, "*") => parked_by(st, line).or_else(|| rings_in_own_group(st, line, device)),
        (Entry::Pickup, number) => rings_at_number(st, number, device),
        (_, group) => rings_in_group(st, group, device)
            .or_else(|| directs(st).then(|| rings_at_number(st, group, device)).flatten()),
    };
    let picked = picked.ok_or(Refusal::NoCallToAnswer);
    if let Err(refusal) = picked.and_then(|picked| pick_up(st, picked, Fetcher::OffHook(key))) {
        clear_connection::clear(st, key, EventCause::NormalClearing);
        if let Some(station) = station {
            st.stations[station].refused = Some(refusal);
            st.station_changed(station);
        }
    }
}

fn directs(st: &State) -> bool {
    st.settings.features.pickup == PickupKeys::GroupKeyDirected
}

fn has_dialled_nothing(connection: &Connection) -> bool {
    connection.dialling() == Some(&Dialling::Collecting)
        && connection.dialled.is_empty()
        && connection.consultation.is_none()
}

/// The phone and the line with which an application lets a device pick up.
fn fetcher_of(st: &State, device: DeviceId) -> Result<Fetcher, Refusal> {
    if let Some(key) = make_call::initiated_connection(st, device) {
        return Ok(Fetcher::OffHook(key));
    }
    let (line, station) = make_call::calling_line(st, device).map_err(|_| Refusal::DeviceOutOfService)?;
    let settings = st.stations[station].settings();
    if !settings.off_hook_by_command && !settings.autonomous {
        return Err(Refusal::RequestIncompatibleWithDevice);
    }
    Ok(Fetcher::Phone(station, line))
}

fn line_of(st: &State, fetcher: Fetcher) -> LineId {
    match fetcher {
        Fetcher::Phone(_, line) => line,
        Fetcher::OffHook(key) => st.calls.connection(key).map_or(LineId(0), Connection::line),
    }
}

/// The groups in which calls can be picked up, each once.
pub(crate) fn groups(st: &State) -> Vec<SmolStr> {
    let mut groups: Vec<SmolStr> =
        st.lines.iter().filter_map(|(_, line)| line.settings().pickup_group.clone()).collect();
    groups.sort();
    groups.dedup();
    groups
}

fn rings_in_own_group(st: &State, line: LineId, by: DeviceId) -> Option<ConnectionKey> {
    let own = st.lines[line].settings();
    if own.picks_up_any_group {
        let grouped = st.lines.iter().filter(|(_, line)| line.settings().pickup_group.is_some());
        return oldest(st, grouped.map(|(id, _)| id), by);
    }
    rings_in_group(st, own.pickup_group.as_ref()?, by)
}

/// The call that has rung for longest in a group, of those in which the device is not.
fn rings_in_group(st: &State, group: &str, by: DeviceId) -> Option<ConnectionKey> {
    let members = st.lines.iter().filter(|(_, line)| line.settings().pickup_group.as_deref() == Some(group));
    oldest(st, members.map(|(id, _)| id), by)
}

/// The call that has rung for longest at a number, or is parked there.
fn rings_at_number(st: &State, number: &str, by: DeviceId) -> Option<ConnectionKey> {
    oldest(st, st.lines.dial_plan().lines(number), by)
}

fn oldest(st: &State, lines: impl Iterator<Item = LineId>, by: DeviceId) -> Option<ConnectionKey> {
    let keys = lines.flat_map(|line| st.calls.at_line(line));
    let connections = keys.filter_map(|key| st.calls.connection(*key));
    let waiting = connections.filter(|own| st.calls.permits(Verb::PickupCall, own));
    let takable = waiting.filter(|own| st.calls.connections(own.call()).all(|other| other.device() != by));
    takable.min_by_key(|connection| connection.call()).map(Connection::key)
}

/// The call that the device of a line has parked first of those that still wait, or of which the number is notified.
fn parked_by(st: &State, line: LineId) -> Option<ConnectionKey> {
    let number = st.lines[line].number();
    let slots = st.lines.iter().filter_map(|(line, slot)| Some((line, slot.settings().park_slot.as_ref()?)));
    let waiting = slots.flat_map(|(line, slot)| {
        let calls = st.calls.at_line(line).iter().filter_map(|key| st.calls.connection(*key));
        calls.filter(|own| own.parked_by() == Some(number) || slot.notify.as_ref() == Some(number))
    });
    let parked = waiting.filter(|own| own.parked_by().is_some());
    parked.min_by_key(|connection| connection.call()).map(Connection::key)
}

/// The call leaves the device where it rings or waits, and is connected to the one that fetches it. Returns the connection
/// of that device, which may be gone already when the call was only the first leg of another one.
fn pick_up(st: &mut State, picked: ConnectionKey, by: Fetcher) -> Result<ConnectionId, Refusal> {
    let connection = st.calls.check(Verb::PickupCall, picked)?;
    let (call, is_parked) = (connection.call(), connection.state() == ConnectionState::Queued);
    let device = st.lines[line_of(st, by)].device();
    if st.calls.connections(call).any(|other| other.device() == device) {
        return Err(Refusal::NoCallToAnswer);
    }
    if let Fetcher::Phone(station, line) = by {
        // The phone would give up the very call that it picks up.
        let gives_up = |active: &Connection| {
            active.call() == call || dial_via_office::is_leg_of(st, call, active.call())
        };
        if st.active_at(station).is_some_and(gives_up) {
            return Err(Refusal::NoCallToAnswer);
        }
        let given_up = super::attempt_at(st, station).map(Connection::key);
        make_call::check_channel(st, station, line, given_up)?;
        if !st.stations[station].settings().autonomous {
            release_station(st, station, EventCause::Normal);
        }
    }
    let own_number = st.lines[line_of(st, by)].number().clone();
    let subject = leave(st, picked, &own_number, is_parked)?;
    if let Fetcher::Phone(station, line) = by
        && st.stations[station].settings().autonomous
    {
        let key = call_in(st, call, &subject, line, (picked, is_parked))?;
        return st.calls.connection(key).map(Connection::id).ok_or(Refusal::InvalidConnection);
    }
    let key = match by {
        Fetcher::OffHook(key) => move_into(st, key, call, picked)?,
        Fetcher::Phone(station, line) => join(st, call, station, line, picked)?,
    };
    let destination = is_parked.then(|| st.calls.connection(key).map(|own| own.party().clone())).flatten();
    report::diverted(st, call, &subject, CAUSE, destination, Some(key));
    let id = st.calls.connection(key).map(Connection::id).ok_or(Refusal::InvalidConnection)?;
    connected(st, key, call);
    Ok(id)
}

/// Notes the diversion in the call. A parked call has left the device that parked it already.
fn leave(st: &mut State, picked: ConnectionKey, to: &SmolStr, is_parked: bool) -> Result<Subject, Refusal> {
    let connection = st.calls.connection(picked).ok_or(Refusal::InvalidConnection)?;
    let subject = Subject::of(connection, &st.lines);
    if !is_parked {
        let (call, line, number) = (connection.call(), connection.line(), connection.party().number.clone());
        divert::redirect(st, call, line, number, DiversionReason::PickedUp, to);
    }
    Ok(subject)
}

/// The device that is off-hook joins the call, in place of the one that is left.
fn move_into(
    st: &mut State,
    key: ConnectionKey,
    call: crate::CallId,
    picked: ConnectionKey,
) -> Result<ConnectionKey, Refusal> {
    absorb(st, key, call)?;
    clear_connection::remove(st, picked, CAUSE);
    Ok(key)
}

/// The device that is off-hook moves into the call; its own attempt at one is over.
fn absorb(st: &mut State, key: ConnectionKey, call: crate::CallId) -> Result<(), Refusal> {
    let own = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (subject, own_call) = (Subject::of(own, &st.lines), own.call());
    report::cleared(st, key, &subject, Audience::Own, CAUSE);
    st.stop_timer(key);
    if st.is(key, ConnectionState::Initiated) {
        st.calls.advance(key, Transition::Originate)?;
    }
    let ended = st.calls.get(own_call).map(|call| (call.global_id(), st.now.since(call.started())));
    st.calls.merge(call, own_call);
    st.cti.call_absorbed(call, own_call);
    if let Some((global_id, lasted)) = ended {
        st.note(Output::CallEnded(own_call, global_id, lasted, CAUSE));
    }
    Ok(())
}

/// A phone that does not go off-hook by command is called in place of the device that is left: it answers by itself if it
/// can, or else its user does.
fn call_in(
    st: &mut State,
    call: crate::CallId,
    subject: &Subject,
    line: LineId,
    (picked, is_parked): (ConnectionKey, bool),
) -> Result<ConnectionKey, Refusal> {
    let number = st.lines[line].number().clone();
    clear_connection::remove(st, picked, CAUSE);
    let destination = is_parked.then(|| st.lines.party(line));
    report::diverted(st, call, subject, CAUSE, destination, None);
    let alerting = Alerting { number, ..Alerting::default() };
    let offered = routing::offer(st, call, line, alerting);
    st.call_changed(call);
    let key = offered.ok_or(Refusal::InvalidConnection)?;
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.phone_mut().auto_answer = true;
    }
    st.call_of_changed(key);
    Ok(key)
}

/// A phone that is on-hook joins the call, in place of the device that is left.
fn join(
    st: &mut State,
    call: crate::CallId,
    station: StationId,
    line: LineId,
    picked: ConnectionKey,
) -> Result<ConnectionKey, Refusal> {
    let party = st.lines.party(line);
    let alerting = Alerting { number: party.number.clone(), ..Alerting::default() };
    let device = st.lines[line].device();
    let key = st.calls.join(call, (device, line), party, alerting).ok_or(Refusal::InvalidConnection)?;
    clear_connection::remove(st, picked, CAUSE);
    st.calls.advance(key, Transition::Answer)?;
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.holder = Some(Holder::Station(station));
    }
    Ok(key)
}

fn connected(st: &mut State, key: ConnectionKey, call: crate::CallId) {
    let redirection = st.calls.get(call).and_then(|call| call.redirection.clone());
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.redirection = redirection;
        connection.entry = None;
    }
    st.note(Output::CallAnswered(call));
    media::changed(st, key);
    report::report(st, key, CallEventKind::Established, CAUSE);
    st.call_changed(call);
    if let Some(line) = st.calls.connection(key).map(Connection::line) {
        hunt::line_taken(st, line);
    }
    media::check_codecs(st, key);
    dial_via_office::answered(st, call);
}
