//! Dial via office: an application lets a user call from a number where he is (a mobile, another phone) as if he called
//! from his own office number.
//!
//! ```text
//!   first leg    office number ──► alternate number rings, and is answered
//!   the call     office number ──► the called number is dialled; the alternate number is its ear and mouth
//! ```
//!
//! These are two calls. The *office call* is what monitors of the office number see, from Service Initiated to the end;
//! its caller's connection has no phone. The *first leg* is an ordinary call to the alternate number, in which the office
//! number is the caller; its connection there is hidden from monitors and phones of the office number. Both
//! connections are bridged: what one end hears comes from the other call, through a mix of the media engine
//! ([`Calls::media_plan`](crate::Calls::media_plan)). When one of the calls ends for the office number, so does the other.

use smol_str::SmolStr;

use super::{clear_connection, dialling, make_call, routing, single_number_reach};
use crate::{
    CallEventKind, CallId, Connection, ConnectionId, ConnectionKey, DeviceId, EventCause, Holder, LineId,
    Output, Refusal, Transition,
    calls::{Caller, Dialling},
    cti::report,
    state::State,
};

/// How many legs of legs are looked at.
const MAX_LEGS: usize = 8;

/// Calls `alternate`, and when that is answered `called`, from the office number. Returns the connection of the office
/// number in the office call.
///
/// # Errors
/// When one of the numbers reaches nobody, or the office number has no channel; then nothing has changed.
pub(crate) fn begin(
    st: &mut State,
    office: DeviceId,
    called: &SmolStr,
    alternate: &SmolStr,
) -> Result<ConnectionId, Refusal> {
    let first = st.lines.of_device(office).next().map(|(line, _)| line);
    make_call::check_called(st, first, called)?;
    let reaches = |line: LineId| st.lines[line].device() != office;
    if called.is_empty() || !st.lines.dial_plan().lines(alternate).any(reaches) {
        return Err(Refusal::InvalidDestination);
    }
    let line = free_line(st, office).ok_or(Refusal::ResourceBusy)?;
    make_call::check_admission(st, None)?;
    if !make_call::has_room_for(st, 2) {
        return Err(Refusal::PerformanceLimitExceeded);
    }
    st.admission.take();
    let own = start(st, line, Dialling::Elsewhere(called.clone()));
    let party = st.lines.party_named(called);
    if let Some(call) = st.calls.connection(own).map(Connection::call).and_then(|id| st.calls.call_mut(id)) {
        call.called = party;
    }
    report::report(st, own, CallEventKind::ServiceInitiated, EventCause::MakeCall);
    st.call_of_changed(own);
    let id = make_call::name(st, own)?;
    first_leg(st, line, own, alternate);
    Ok(id)
}

fn free_line(st: &State, office: DeviceId) -> Option<LineId> {
    st.lines.of_device(office).map(|(line, _)| line).find(|line| st.has_free_channel(*line))
}

/// A call of the office number that no phone begins.
pub(super) fn start(st: &mut State, line: LineId, dialling: Dialling) -> ConnectionKey {
    let (party, device) = (st.lines.party(line), st.lines[line].device());
    let hidden = dialling == Dialling::Done;
    let caller = Caller { device, line, holder: Holder::Switch, party, dialling, hidden };
    let key = st.calls.begin(st.now, caller, EventCause::NewCall);
    if let Some(call) = st.calls.call_of(key) {
        let began = Output::CallBegan(call.id(), call.global_id(), line);
        st.note(began);
    }
    key
}

fn first_leg(st: &mut State, line: LineId, own: ConnectionKey, alternate: &SmolStr) {
    let hidden = start(st, line, Dialling::Done);
    for (key, other) in [(own, hidden), (hidden, own)] {
        if let Some(connection) = st.calls.connection_mut(key) {
            connection.bridge = Some(other);
        }
    }
    let called = st.lines.party_named(alternate);
    let Some(call) = st.calls.connection(hidden).map(Connection::call) else { return };
    if let Some(call) = st.calls.call_mut(call) {
        call.called = called;
    }
    if st.calls.advance(hidden, Transition::Originate).is_ok() {
        routing::reach(st, call, alternate);
    }
}

/// Somebody has answered: if it is the alternate number, the called number is dialled.
pub(super) fn answered(st: &mut State, call: CallId) {
    if let Some(own) = single_number_reach::owner(st, call) {
        return single_number_reach::answered(st, own);
    }
    let Some(own) = st.calls.connections(call).find_map(|own| own.bridge.filter(|_| own.hidden)) else {
        return;
    };
    let Some(Dialling::Elsewhere(number)) = st.calls.connection(own).and_then(Connection::dialling) else {
        return;
    };
    let number = number.clone();
    if let Some(dialling) = st.calls.connection_mut(own).and_then(Connection::dialling_mut) {
        *dialling = Dialling::Collecting;
    }
    dialling::dial_named(st, own, &number);
}

/// Whether a call is there only because of another one: a leg of it, or a leg of a leg. It ends with that call.
pub(super) fn is_leg_of(st: &State, call: CallId, other: CallId) -> bool {
    let owner = |call: &CallId| {
        let bridged = st.calls.connections(*call).find_map(|own| own.bridge.filter(|_| own.hidden))?;
        st.calls.connection(bridged).map(Connection::call)
    };
    std::iter::successors(Some(call), owner).skip(1).take(MAX_LEGS).any(|owner| owner == other)
}

/// The first leg has failed: the office call fails too, and both end.
pub(super) fn first_leg_failed(st: &mut State, hidden: ConnectionKey, cause: EventCause) -> bool {
    let Some(connection) = st.calls.connection(hidden).filter(|own| own.hidden) else { return false };
    let own = connection.bridge.filter(|own| is_bridged_to(st, *own, hidden));
    if let Some(own) = own
        && st.calls.advance(own, Transition::Fail).is_ok()
    {
        report::report(st, own, CallEventKind::Failed, cause);
    }
    clear_connection::clear(st, hidden, cause);
    true
}

/// A bridged connection has left its call: so does the other one. Who was only to be reached elsewhere goes on without.
pub(super) fn left(st: &mut State, left: &mut Connection, cause: EventCause) {
    single_number_reach::end(st, left.reaching.take());
    match left.bridge.filter(|other| st.calls.connection(*other).is_some()) {
        Some(other) if is_bridged_to(st, other, left.key()) => clear_connection::clear(st, other, cause),
        Some(other) => single_number_reach::leg_left(st, other),
        None => {}
    }
}

/// Whether a connection is bridged to the other one, which is bridged to it.
fn is_bridged_to(st: &State, own: ConnectionKey, other: ConnectionKey) -> bool {
    st.calls.connection(own).is_some_and(|own| own.bridge == Some(other))
}
