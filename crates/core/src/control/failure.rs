//! Calls that do not get through: rejected, not answered, or without a phone to ring.
//!
//! When a device does not take a call, the call goes to where the device forwards such calls, to the next
//! line with the number, or back to the device that transferred it. If there is no such destination, a party that is left
//! alone in the call hears a tone; a call in which others talk or ring continues.

use super::{
    auto_answer, clear_connection, dial_via_office, divert, hunt, hunt_group, routing, transfer_call,
};
use crate::{
    CallEventKind, CallId, Connection, ConnectionKey, ConnectionState, DiversionReason, EventCause,
    ForwardingType, LineId, Timer, Transition,
    cti::report::{self, Audience, Subject},
    cti_device,
    state::State,
};

/// The only connection left in the call, if there is one only.
fn alone(st: &State, call: CallId) -> Option<ConnectionKey> {
    let mut connections = st.calls.connections(call);
    let first = connections.next().map(Connection::key);
    if connections.next().is_none() { first } else { None }
}

/// The called user does not want the call: it is forwarded as if the line were busy, or goes on to another line with
/// the number, or the caller hears busy tone.
pub(crate) fn reject(st: &mut State, alerting: ConnectionKey) {
    if !goes_elsewhere(st, alerting, &[ForwardingType::Busy]) {
        let call = st.calls.connection(alerting).map(Connection::call);
        clear_connection::end(st, alerting, EventCause::NormalClearing, Audience::All);
        let waiting = call.and_then(|call| alone(st, call));
        // Where the user is called elsewhere, nobody hears a tone.
        if !waiting.is_some_and(|key| dial_via_office::first_leg_failed(st, key, EventCause::CallNotAnswered))
        {
            play_in(st, call, EventCause::Busy);
        }
    }
}

/// The only phone that the call was offered to does not take it: the call is diverted, or fails at the device.
pub(crate) fn not_taken(st: &mut State, alerting: ConnectionKey, cause: EventCause) {
    let kinds: &[ForwardingType] = match cause {
        EventCause::Busy => &[ForwardingType::Busy],
        EventCause::DestOutOfOrder | EventCause::DestNotObtainable | EventCause::Unreachable => {
            &[ForwardingType::Busy, ForwardingType::NoAnswer]
        }
        _ => &[],
    };
    if goes_elsewhere(st, alerting, kinds) {
        return;
    }
    let Some(connection) = st.calls.connection(alerting) else { return };
    let call = connection.call();
    let subject = Subject::of(connection, &st.lines);
    report::failed(st, call, &subject, None, cause);
    clear_connection::end(st, alerting, cause, Audience::All);
    play_in(st, Some(call), cause);
}

/// Diverts or ends a call that rings at no station any more: every phone of the line is gone or has declined.
pub(crate) fn stop_unless_it_rings(st: &mut State, alerting: ConnectionKey) {
    let Some(connection) = st.calls.connection(alerting).filter(|c| c.alerting().is_some()) else { return };
    let stations = &st.lines[connection.line()].stations;
    let mut there = stations.iter().filter(|station| st.stations[**station].is_present()).peekable();
    let nobody = there.peek().is_none();
    if there.any(|station| st.would_ring_at(*station, connection)) {
        return;
    }
    const GONE: EventCause = EventCause::DestOutOfOrder;
    if !nobody {
        reject(st, alerting);
    } else if !goes_elsewhere(st, alerting, &[ForwardingType::Busy, ForwardingType::NoAnswer]) {
        fail_at(st, alerting, GONE);
    }
}

/// The call has rung for the longest time without an answer.
pub(crate) fn ringing_timeout(st: &mut State, alerting: ConnectionKey) {
    if !goes_elsewhere(st, alerting, &[]) {
        fail_at(st, alerting, EventCause::CallNotAnswered);
    }
}

/// A transferred call was not answered in time: it comes back. While the number that transferred it cannot take it, it
/// rings on where it is, and twice more it is tried after the same time.
pub(crate) fn recall_timeout(st: &mut State, alerting: ConnectionKey) {
    const RETRIES: u8 = 2;
    let Some(connection) = st.calls.connection(alerting) else { return };
    let due = connection.alerting().and_then(|alerting| alerting.recall.clone());
    if let Some((due, after)) = due.and_then(|due| Some((due.clone(), due.after?)))
        && due.failed < RETRIES
        && !routing::can_reach(st, connection.call(), &due.number)
    {
        let alerting_mut = st.calls.connection_mut(alerting).and_then(Connection::alerting_mut);
        alerting_mut.and_then(|own| own.recall.as_mut()).into_iter().for_each(|due| due.failed += 1);
        return st.start_timer(alerting, after, Timer::TransferRecall(alerting));
    }
    if !recall(st, alerting) {
        ringing_timeout(st, alerting);
    }
}

/// The call leaves a device that does not take it for another one. False, and nothing has changed, if there is none.
fn goes_elsewhere(st: &mut State, alerting: ConnectionKey, kinds: &[ForwardingType]) -> bool {
    if let Some(goes_on) = hunt_group::goes_on(st, alerting) {
        return goes_on || recall(st, alerting);
    }
    divert::divert_ringing(st, alerting, kinds)
        || hunt::hunt_on(st, alerting)
        || cti_device::routeing::destination_failed(st, alerting)
        || recall(st, alerting)
}

/// The call comes back to the device that sent it here.
fn recall(st: &mut State, alerting: ConnectionKey) -> bool {
    let connection = st.calls.connection_mut(alerting);
    let Some(recall) = connection.and_then(|c| c.alerting_mut()?.recall.take()) else { return false };
    divert::divert(st, alerting, DiversionReason::Recalled, &recall.number);
    true
}

/// The call fails before it reached anybody, or at the caller: the caller's own connection fails.
pub(crate) fn fail_here(st: &mut State, key: ConnectionKey, cause: EventCause) {
    if st.calls.advance(key, Transition::Fail).is_ok() {
        report::report(st, key, CallEventKind::Failed, cause);
        play(st, key, cause);
    }
}

/// [`fail_here`] for the party that waits in the call. If that party holds the call itself, the call ends.
pub(crate) fn fail_waiting(st: &mut State, call: CallId, cause: EventCause) {
    match alone(st, call) {
        Some(waiting) if st.is(waiting, ConnectionState::Hold) => clear_connection::clear(st, waiting, cause),
        Some(waiting) => fail_here(st, waiting, cause),
        None => {}
    }
}

/// The call fails at a line that it could not ring.
pub(crate) fn fail_before(st: &mut State, call: CallId, line: LineId, cause: EventCause) {
    let subject = Subject::of_line(call, line, &st.lines);
    report::failed(st, call, &subject, None, cause);
    play_in(st, Some(call), cause);
}

/// The call fails at a device where it rang: it stops ringing there, and the caller hears a failure tone.
pub(crate) fn fail_at(st: &mut State, alerting: ConnectionKey, cause: EventCause) {
    let Some(connection) = st.calls.connection(alerting).filter(|c| c.alerting().is_some()) else { return };
    let call = connection.call();
    let subject = Subject::of(connection, &st.lines);
    report::failed(st, call, &subject, Some(alerting), cause);
    clear_connection::end(st, alerting, cause, Audience::Own);
    play_in(st, Some(call), cause);
}

/// The party that waits in the call hears a failure tone.
fn play_in(st: &mut State, call: Option<CallId>, cause: EventCause) {
    let Some(call) = call else { return };
    let Some(waiting) = alone(st, call) else { return };
    if st.is(waiting, ConnectionState::Hold) {
        // The party holds the call itself, and no other party is left.
        clear_connection::clear(st, waiting, cause);
    } else {
        play(st, waiting, cause);
    }
}

/// The user hears a failure tone for a limited time.
pub(crate) fn play(st: &mut State, key: ConnectionKey, cause: EventCause) {
    if dial_via_office::first_leg_failed(st, key, cause) {
        return;
    }
    if clear_connection::is_no_user(st, key) {
        return clear_connection::clear(st, key, cause);
    }
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.failure = Some(cause);
    }
    st.call_of_changed(key);
    st.start_timer(key, st.settings.timeouts.busy, Timer::ToneEnds(key));
}

/// Starts the time in which a transferred call has to be answered; after it, the call comes back or fails.
fn await_recall(st: &mut State, alerting: ConnectionKey) {
    match transfer_call::recall_after(st, alerting) {
        Some(after) => st.start_timer(alerting, after, Timer::TransferRecall(alerting)),
        None => st.start_timer(alerting, st.settings.timeouts.ringing, Timer::Ringing(alerting)),
    }
}

/// Starts the time in which a call has to be answered; after it, the call is diverted or fails, or is answered by the
/// device itself.
pub(crate) fn await_answer(st: &mut State, alerting: ConnectionKey) {
    if cti_device::offered::begin(st, alerting) {
        return;
    }
    match auto_answer::delay(st, alerting) {
        Some(delay) => st.start_timer(alerting, delay, Timer::AutoAnswer(alerting)),
        None => await_user(st, alerting),
    }
}

/// [`await_answer`] where nobody but a user answers.
pub(crate) fn await_user(st: &mut State, alerting: ConnectionKey) {
    let Some(connection) = st.calls.connection(alerting) else { return };
    let ringing = st.settings.timeouts.ringing;
    let forward_after = st.lines[connection.line()].forwarding().no_answer_timeout;
    let number = connection.alerting().map(|alerting| alerting.number.clone()).unwrap_or_default();
    let forward = st
        .calls
        .get(connection.call())
        .filter(|call| forward_after <= ringing && routing::may_divert(st, call))
        .and_then(|_| routing::forward_of(st, connection.line(), &[ForwardingType::NoAnswer], &number));
    let comes_back_first =
        transfer_call::recall_after(st, alerting).is_some_and(|after| after < forward_after);
    let Some((_, to)) = forward.filter(|_| !comes_back_first) else { return await_recall(st, alerting) };
    if let Some(alerting) = st.calls.connection_mut(alerting).and_then(Connection::alerting_mut) {
        alerting.forward_to = Some(to);
    }
    st.start_timer(alerting, forward_after, Timer::ForwardNoAnswer(alerting));
}
