//! Single Step Conference Call and Join Call (ECMA-269 clauses 17.1.31 and 17.1.19): one more device comes into a call.
//!
//! The device rings, and its user answers; with Join Call it may also go off-hook by itself: an autonomous phone is called with the
//! wish to do that. It is that device which is asked for: it does not forward, and is not added while it does not want to be disturbed. The call keeps its identifiers. The device that an application named controls the conference, as if its user had made it.

use super::{
    answer_call, failure,
    merge::{single_step_event, staying},
    set_do_not_disturb,
};
use crate::{
    CallEventKind, CallId, ConnectionId, ConnectionKey, DeviceId, EventCause, Joining, LineId, MergeKind,
    MergedConnection, Party, Refusal, StationId, Verb, calls::Alerting, cti::report, state::State,
};

/// Adds a device to the call of `key`. Returns its connection.
///
/// # Errors
/// When the call is not in a state for it, has as many members as it may, the device is in it already, is busy, out of
/// service or not to be disturbed, or its phone cannot go off-hook by itself although it should; then nothing has changed.
pub(crate) fn add(
    st: &mut State,
    key: ConnectionKey,
    device: DeviceId,
    joining: Joining,
) -> Result<ConnectionId, Refusal> {
    let own = st.calls.check(Verb::SingleStepConferenceCall, key)?;
    let call = own.call();
    let members = st.calls.connections(call).count();
    if st.calls.connections(call).any(|other| other.device() == device) {
        return Err(Refusal::InvalidDestination);
    }
    if members >= st.settings.max_conference_members {
        return Err(Refusal::ConferenceMemberLimitExceeded);
    }
    let (to, station) = line_of(st, device, joining)?;
    let joined = enter(st, key, to, cause(joining))?;
    match joining {
        Joining::AtOnce if st.stations[station].settings().autonomous => {
            if let Some(connection) = st.calls.connection_mut(joined) {
                connection.phone_mut().auto_answer = true;
            }
            st.call_of_changed(joined);
        }
        Joining::AtOnce => answer_call::answer(st, joined, Some(station))?,
        Joining::Called | Joining::Prompted => {}
    }
    Ok(ConnectionId { call, device })
}

/// One more connection comes into the call of `key`, and rings at `to`. A device that is in the call already is there twice
/// then, at two phones of a shared line.
pub(super) fn enter(
    st: &mut State,
    key: ConnectionKey,
    to: LineId,
    cause: EventCause,
) -> Result<ConnectionKey, Refusal> {
    let own = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (call, old, line) = (own.call(), own.id(), own.line());
    let added = st.lines.party(to);
    let new = ConnectionId { call, device: st.lines[to].device() };
    let mut connections: Vec<MergedConnection> = staying(st, st.calls.connections(call)).collect();
    let is_new = connections.iter().all(|connection| connection.new != new);
    if is_new {
        connections.push(MergedConnection { new, old: None, endpoint: added.clone() });
    }
    if let Some(call) = st.calls.call_mut(call) {
        call.origin = cause;
    }
    let by = st.lines.party(line);
    let event = single_step_event(st, MergeKind::Conference, old, (by.clone(), added), connections);
    if let Some(event) = event {
        report::merged(st, &crate::MergeEvent { cause, ..event }, old.device);
    }
    let adding = is_new.then(|| Box::new(Adding { by, device: old.device, cause }));
    let controller = st.calls.call_of(key).and_then(|call| call.conference_controller());
    let joined = ring(st, call, (to, adding), cause).ok_or(Refusal::InvalidConnection)?;
    st.calls.make_conference(controller.unwrap_or(key));
    Ok(joined)
}

/// For which conference a device rings: what its monitors are told when it has answered. The others know it already.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Adding {
    /// The device that was named to add this one.
    by: Party,
    /// Its place in the call.
    device: DeviceId,
    cause: EventCause,
}

/// For which conference a device rings, if it does for one.
pub(super) fn adding(st: &State, key: ConnectionKey) -> Option<Box<Adding>> {
    st.calls.connection(key)?.alerting()?.adding.clone()
}

/// The device that was to be added has answered: its monitors are told who is in the conference.
pub(super) fn added(st: &mut State, key: ConnectionKey, adding: Option<Box<Adding>>) {
    let (Some(adding), Some(own)) = (adding, st.calls.connection(key)) else { return };
    let (call, device, added) = (own.call(), own.device(), st.lines.party(own.line()));
    let connections = staying(st, st.calls.connections(call)).collect();
    let Adding { by, device: adding_device, cause } = *adding;
    let old = ConnectionId { call, device: adding_device };
    let event = single_step_event(st, MergeKind::Conference, old, (by, added), connections);
    if let Some(event) = event {
        report::merged_at(st, &crate::MergeEvent { cause, ..event }, device);
    }
}

/// The call rings at a line of the added device; who was called stays as it is.
fn ring(
    st: &mut State,
    call: CallId,
    (line, adding): (LineId, Option<Box<Adding>>),
    cause: EventCause,
) -> Option<ConnectionKey> {
    let party = st.lines.party(line);
    let device = st.lines[line].device();
    let alerting = Alerting { number: party.number.clone(), adding, ..Alerting::default() };
    let key = st.calls.join(call, (device, line), party, alerting)?;
    report::report(st, key, CallEventKind::Delivered, cause);
    failure::await_answer(st, key);
    st.call_changed(call);
    Some(key)
}

fn cause(joining: Joining) -> EventCause {
    match joining {
        Joining::Called => EventCause::SingleStepConference,
        Joining::Prompted | Joining::AtOnce => EventCause::JoinCall,
    }
}

/// The line of the device that can take the call, and a phone of it.
fn line_of(st: &State, device: DeviceId, joining: Joining) -> Result<(LineId, StationId), Refusal> {
    if !st.is_in_service(device) {
        return Err(Refusal::DeviceOutOfService);
    }
    let takes = |line: &LineId| st.has_free_channel(*line);
    let lines = st.lines.of_device(device).map(|(line, _)| line).filter(takes);
    let mut places = lines.filter_map(|line| Some((line, st.station_for(line)?)));
    let place = match joining {
        Joining::AtOnce => places.find(|(_, station)| {
            let settings = st.stations[*station].settings();
            settings.off_hook_by_command || settings.autonomous
        }),
        Joining::Called => places.find(|(line, _)| set_do_not_disturb::blocked(st, *line).is_none()),
        Joining::Prompted => places.next(),
    };
    place.ok_or(match joining {
        Joining::AtOnce if st.lines.of_device(device).any(|(line, _)| st.station_for(line).is_some()) => {
            Refusal::RequestIncompatibleWithDevice
        }
        _ => Refusal::ResourceBusy,
    })
}
