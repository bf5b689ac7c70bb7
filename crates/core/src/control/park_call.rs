//! Park Call (ECMA-269 clause 17.1.26), and fetching a parked call.
//!
//! A park slot is a line without phones (`park-slot`). A connected device parks a call: it leaves the call, and the slot
//! takes its place with a queued connection. A device that dials the number of the slot fetches the call.
//!
//! ```text
//!   B talks to A ──► A parks at P: Diverted(A → P), Queued(P) ──┬─► C dials P: Diverted(P → C), Established(C)
//!                                                               └─► not fetched: it comes back to A, goes to
//!                                                                   another number, or ends
//! ```
//!
//! # Invariants
//!
//! * One call is parked in a slot at a time.
//! * A parked call has two connections: the parked party's and the slot's.

use smol_str::SmolStr;

use super::{clear_connection, divert, media, paging};
use crate::{
    CallEventKind, CallId, Connection, ConnectionKey, DiversionReason, EventCause, LineId, Output, ParkSlot,
    Party, Refusal, StationId, Timer, Verb,
    calls::Parked,
    cti::report::{self, Audience, Subject},
    state::State,
};

/// Parks the call of a connected device at the slot with this number, or at one that the switch chooses. Returns the
/// connection of the slot.
///
/// # Errors
/// When the call is not one of two connected parties, the number is not that of a slot, or no slot is free; then nothing
/// has changed.
pub(crate) fn park(
    st: &mut State,
    key: ConnectionKey,
    slot: Option<&SmolStr>,
) -> Result<ConnectionKey, Refusal> {
    let connection = st.calls.check(Verb::ParkCall, key)?;
    let (call, subject, state) = (connection.call(), Subject::of(connection, &st.lines), connection.state());
    let parker = connection.party().clone();
    // A page or a meet-me conference does not wait for anybody.
    if st.calls.others(key).all(|other| clear_connection::is_no_user(st, other.key())) {
        return Err(Refusal::InvalidConnectionState(state));
    }
    let by = st.lines[connection.line()].number().clone();
    let slot = choose_slot(st, &by, slot)?;
    clear_connection::remove(st, key, EventCause::Park);
    let party = st.lines.party(slot);
    let device = st.lines[slot].device();
    report::diverted(st, call, &subject, EventCause::Park, Some(party.clone()), None);
    parked_party_calls(st, call, parker);
    let parked = st.calls.queue(call, (device, slot), party, Parked { by, reminded: 0, retried: 0 });
    let parked = parked.ok_or(Refusal::InvalidConnection)?;
    report::report(st, parked, CallEventKind::Queued, EventCause::Park);
    wait(st, parked);
    media::changed(st, parked);
    st.call_changed(call);
    Ok(parked)
}

/// Whether the number is that of a slot at which a call may be parked.
pub(crate) fn is_free_slot(st: &State, number: &str) -> bool {
    let mut lines = st.lines.dial_plan().lines(number);
    lines.any(|line| slot(st, line).is_some() && is_free(st, line))
}

/// Who was called, and is parked by his caller, calls whoever fetches the call; the caller is the one who was called.
fn parked_party_calls(st: &mut State, call: CallId, parker: Party) {
    let &[parked] = st.calls.keys(call).as_slice() else { return };
    let was_called = st.calls.connection(parked).filter(|own| own.is_incoming());
    let Some(calling) = was_called.map(|own| st.told_party(own)) else { return };
    st.calls.becomes_caller(parked);
    if let Some(call) = st.calls.call_mut(call) {
        (call.calling, call.called) = (calling, parker);
    }
}

/// The Park key: the phone shows the number of the slot.
pub(crate) fn park_key(st: &mut State, station: StationId, key: ConnectionKey) -> Result<(), Refusal> {
    let parked = park(st, key, None)?;
    show_slot(st, station, parked);
    Ok(())
}

/// The phone shows the number of the slot at which its call is parked.
pub(super) fn show_slot(st: &mut State, station: StationId, parked: ConnectionKey) {
    let number = st.calls.connection(parked).map(|connection| connection.party().number.clone());
    st.stations[station].parked_at = number;
    st.station_changed(station);
}

/// The slot with the number; or the one reserved for the number that parks, one of its group, one with the same last two
/// digits, or any.
fn choose_slot(st: &State, by: &str, named: Option<&SmolStr>) -> Result<LineId, Refusal> {
    if let Some(number) = named {
        let slots = st.lines.dial_plan().lines(number).filter(|line| slot(st, *line).is_some());
        let mut slots = slots.peekable();
        slots.peek().ok_or(Refusal::InvalidParkDestination)?;
        return slots.find(|line| is_free(st, *line)).ok_or(Refusal::ResourceBusy);
    }
    let free = || {
        let slots = st.lines.iter().filter_map(|(line, _)| Some((line, slot(st, line)?)));
        slots.filter(|(line, slot)| is_free(st, *line) && !slot.directed)
    };
    let group = st.lines.dial_plan().lines(by).find_map(|line| st.lines[line].settings().park_group.as_ref());
    let of_group = |slot: &ParkSlot| group.is_some() && slot.reservation_group.as_ref() == group;
    let last_two = |number: &str| number.get(number.len().saturating_sub(2)..).map(str::to_owned);
    let matches_digits = !st.settings.features.any_park_slot;
    let is_open = |slot: &ParkSlot| slot.reserved_for.is_none() && slot.reservation_group.is_none();
    let open = || free().filter(|(_, slot)| is_open(slot)).map(|(line, _)| line);
    let reserved = free().find(|(_, slot)| slot.reserved_for.as_deref() == Some(by)).map(|(line, _)| line);
    reserved
        .or_else(|| free().find(|(_, slot)| of_group(slot)).map(|(line, _)| line))
        .or_else(|| open().find(|line| matches_digits && last_two(st.lines[*line].number()) == last_two(by)))
        .or_else(|| open().next())
        .ok_or(Refusal::ResourceBusy)
}

fn slot(st: &State, line: LineId) -> Option<&ParkSlot> {
    st.lines[line].settings().park_slot.as_ref()
}

fn is_free(st: &State, line: LineId) -> bool {
    st.calls.at_line(line).is_empty()
}

/// The next reminder, if the slot has a time limit.
fn wait(st: &mut State, key: ConnectionKey) {
    let Some(line) = st.calls.connection(key).map(Connection::line) else { return };
    if let Some(timeout) = slot(st, line).and_then(|slot| slot.timeout) {
        st.start_timer(key, timeout, Timer::ParkReminder(key));
    }
}

/// A call has been parked for one more interval: reminds the device that parked it, or diverts the call.
pub(crate) fn reminder_timeout(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    let (line, number) = (connection.line(), connection.party().number.clone());
    let Some(parked) = connection.parked_mut() else { return };
    parked.reminded = parked.reminded.saturating_add(1);
    let (by, reminded, retried) = (parked.by.clone(), parked.reminded, parked.retried);
    let Some(slot) = slot(st, line).cloned() else { return };
    if reminded < slot.limit {
        remind(st, &by, &slot, &number);
        return wait(st, key);
    }
    let Some(to) = slot.transfer_to.or_else(|| slot.recall.then_some(by)) else {
        return clear_connection::clear(st, key, EventCause::CallNotAnswered);
    };
    let to = if is_in_use(st, &to) { slot.alternate.unwrap_or(to) } else { to };
    match slot.retry.filter(|_| is_in_use(st, &to)) {
        None => divert::divert(st, key, DiversionReason::Recalled, &to),
        Some((after, most)) if retried < most => {
            let own = st.calls.connection_mut(key).and_then(Connection::parked_mut);
            own.into_iter().for_each(|parked| parked.retried += 1);
            st.start_timer(key, after, Timer::ParkReminder(key));
        }
        Some(_) => clear_connection::clear(st, key, EventCause::CallNotAnswered),
    }
}

/// Whether a phone of the number rings or is in a call.
fn is_in_use(st: &State, number: &str) -> bool {
    let stations = st.lines.dial_plan().lines(number).flat_map(|line| st.lines[line].stations());
    let is_used = |id: StationId| {
        let mut calls = st.connections_shown_at(id);
        calls.any(|own| own.station() == Some(id) || st.rings_at(id, own))
    };
    stations.copied().any(is_used)
}

/// The phones of the device that parked the call, and of the number that is notified, ring once and show the slot again.
fn remind(st: &mut State, by: &str, slot: &ParkSlot, number: &SmolStr) {
    let parker = Some(by).filter(|_| !slot.notify_only);
    let lines =
        parker.into_iter().chain(slot.notify.as_deref()).flat_map(|told| st.lines.dial_plan().lines(told));
    let mut stations: Vec<StationId> = lines.flat_map(|line| st.lines[line].stations.clone()).collect();
    stations.sort();
    stations.dedup();
    for station in stations {
        let own = &mut st.stations[station];
        own.parked_at = Some(number.clone());
        own.park_reminders = own.park_reminders.saturating_add(1);
        st.station_changed(station);
    }
}

/// The call that is parked at the line.
pub(super) fn parked_at(st: &State, line: LineId) -> Option<ConnectionKey> {
    slot(st, line)?;
    st.calls.at_line(line).first().copied()
}

/// Whether who calls the slot can take the call that is parked there: not a device that is in it itself, nor a call that only
/// looks for its user elsewhere.
pub(super) fn may_fetch(st: &State, call: CallId, parked: ConnectionKey) -> bool {
    let is_caller =
        |own: &Connection| st.calls.connections(call).any(|caller| caller.device() == own.device());
    !paging::is_without_user(st, call) && !st.calls.others(parked).any(is_caller)
}

/// The device that dialled the number of a slot in `call` fetches the call that is parked there.
pub(super) fn fetch(st: &mut State, call: CallId, parked: ConnectionKey) {
    let &[fetcher] = st.calls.keys(call).as_slice() else { return };
    let (Some(own), Some(slot)) = (st.calls.connection(fetcher), st.calls.connection(parked)) else { return };
    let (subject, own_party) = (Subject::of(own, &st.lines), own.party().clone());
    let (slot_subject, survivor) = (Subject::of(slot, &st.lines), slot.call());
    const CAUSE: EventCause = EventCause::CallPickup;
    report::cleared(st, fetcher, &subject, Audience::Own, CAUSE);
    let ended = st.calls.get(call).map(|call| (call.global_id(), st.now.since(call.started())));
    st.calls.merge(survivor, call);
    st.cti.call_absorbed(survivor, call);
    if let Some((global_id, lasted)) = ended {
        st.note(Output::CallEnded(call, global_id, lasted, CAUSE));
    }
    clear_connection::remove(st, parked, CAUSE);
    report::diverted(st, survivor, &slot_subject, CAUSE, Some(own_party), Some(fetcher));
    st.note(Output::CallAnswered(survivor));
    media::changed(st, fetcher);
    report::report(st, fetcher, CallEventKind::Established, CAUSE);
    st.call_changed(survivor);
    media::check_codecs(st, fetcher);
}
