//! Meet-me conferences: whoever calls a meet-me number (`conference meetme`) is in one conference.
//!
//! The first one opens it with the MeetMe key; the others just dial. Without the key nobody is let in before that, unless the
//! number is `unlocked`. The number takes part in the call for the switch, so that applications see a call to it; further
//! callers join that call, with a Conferenced event. It ends with the last of them.

use super::{
    dial_via_office, dialling, failure,
    make_call::{self, Initiation},
    media,
    merge::moved,
    paging, pickup_call,
};
use crate::{
    CallEventKind, CallId, ConnectionKey, ConnectionState, EventCause, Holder, LineId, MergeEvent, MergeKind,
    Output, Refusal, StationId,
    calls::{Attendance, Dialling, Entry},
    cti::report,
    state::State,
};

/// Most members of a meet-me conference.
pub const MAX_MEMBERS: usize = 32;

/// The connection of a meet-me number in its conference, if there is one.
fn conference_at(st: &State, line: LineId) -> Option<ConnectionKey> {
    st.calls.at_line(line).first().copied()
}

/// The call has reached a meet-me number: it opens the conference, or joins it.
pub(super) fn enter(st: &mut State, call: CallId, line: LineId) {
    let unlocked = st.lines[line].settings().meet_me.is_some_and(|meet_me| meet_me.unlocked);
    let opens = st.opening.take() == Some(line);
    if paging::is_without_user(st, call) {
        return failure::fail_before(st, call, line, EventCause::Busy);
    }
    match conference_at(st, line) {
        Some(own) if st.calls.others(own).count() < MAX_MEMBERS => join(st, own, call),
        None if opens || unlocked => open(st, call, line),
        Some(_) | None => failure::fail_before(st, call, line, EventCause::Busy),
    }
}

fn open(st: &mut State, call: CallId, line: LineId) {
    let (device, party) = (st.lines[line].device(), st.lines.party(line));
    if let Some(call) = st.calls.call_mut(call) {
        call.called = party.clone();
    }
    let attendance = Attendance { device, line, party, holder: Holder::Switch, hidden: false };
    let Some(own) = st.calls.attend(call, attendance) else { return };
    let origin = st.calls.get(call).map_or(EventCause::NewCall, |call| call.origin);
    st.note(Output::CallAnswered(call));
    report::report(st, own, CallEventKind::Established, origin);
    media::changed(st, own);
    st.call_changed(call);
    dial_via_office::answered(st, call);
}

/// The parties of a call join the conference of a meet-me number.
fn join(st: &mut State, own: ConnectionKey, joining: CallId) {
    let Some(connection) = st.calls.connection(own) else { return };
    let (conference, primary_old, device) = (connection.call(), connection.id(), connection.device());
    let by = connection.party().clone();
    let callers: Vec<ConnectionKey> = st.calls.keys(joining).into_iter().collect();
    let Some(first) = callers.first().and_then(|key| st.calls.connection(*key)) else { return };
    let (secondary_old, added) = (first.id(), first.party().clone());
    let Some(ended) = st.calls.get(joining) else { return };
    let (absorbed_global_id, lasted) = (ended.global_id(), st.now.since(ended.started()));
    for key in &callers {
        st.stop_timer(*key);
    }
    st.call_changed(joining);
    let renamed = st.calls.merge(conference, joining);
    st.cti.call_absorbed(conference, joining);
    st.note(Output::CallEnded(joining, absorbed_global_id, lasted, EventCause::Conference));
    let connections = moved(st, &renamed);
    let Some(call) = st.calls.get(conference) else { return };
    let event = MergeEvent {
        kind: MergeKind::Conference,
        primary_old,
        secondary_old: Some(secondary_old),
        by,
        added,
        connections,
        call: conference,
        cause: EventCause::Conference,
        global_id: call.global_id(),
        absorbed_global_id,
        data: call.data().clone(),
    };
    report::merged(st, &event, device);
    st.settle_media(conference);
    st.call_changed(conference);
    dial_via_office::answered(st, conference);
}

/// The MeetMe key: lets the user enter the number of the conference that he opens.
///
/// # Errors
/// When no line of the phone is free; in a call nothing happens.
pub(crate) fn key(st: &mut State, station: StationId, instance: u32) -> Result<(), Refusal> {
    let active = st.active_at(station).map(|active| (active.key(), active.dialled.is_empty()));
    match active {
        Some((key, true)) if st.is(key, ConnectionState::Initiated) => {
            pickup_call::turn_into(st, key, Entry::MeetMe);
            Ok(())
        }
        Some(_) => Ok(()),
        None => {
            let here = &st.stations[station];
            let line = here.line(instance).or_else(|| here.line(1)).ok_or(Refusal::InvalidDevice)?;
            let dialling = Dialling::Entering(Entry::MeetMe);
            make_call::initiate(st, Initiation { dialling, ..Initiation::by_user(station, line) }).map(|_| ())
        }
    }
}

/// The number is complete: if it is that of a meet-me conference, the call opens it.
pub(super) fn entered(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    connection.entry = None;
    let digits = std::mem::take(&mut connection.dialled);
    let meets = |line: &LineId| st.lines[*line].settings().meet_me.is_some();
    let line = st.lines.dial_plan().lines(&digits).find(meets);
    if line.is_none() {
        return failure::fail_here(st, key, EventCause::ReorderTone);
    }
    st.opening = line;
    dialling::dial_named(st, key, &format!("{digits}#"));
    st.opening = None;
}
