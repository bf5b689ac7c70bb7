//! Calls that wait at a CTI port or route point until an application takes them.
//!
//! A call that arrives is [offered](CallEventKind::Offered): its connection alerts, and nobody hears it ring. Within
//! [`Timeouts::new_call_accept`](crate::Timeouts) an application accepts it, answers it, or sends it elsewhere. What has been
//! accepted rings, and is forwarded when it is not answered (`call-forward noan`), as at a phone.

use smol_str::SmolStr;

use super::{is_at, routeing};
use crate::{
    CallEventKind, ConnectionKey, DiversionReason, EventCause, ForwardingType, LineId, Output, Refusal,
    Timer, Verb, autonomous,
    control::{divert, failure, routing},
    state::State,
};

/// A call has come to a line. If it is one of a CTI port or route point, it waits for an application from now on, and true
/// is returned.
pub(crate) fn begin(st: &mut State, key: ConnectionKey) -> bool {
    let Some(connection) = st.calls.connection_mut(key) else { return false };
    let line = connection.line();
    if !connection.is_offered() {
        return false;
    }
    if !is_at(st, line) {
        // The line has become that of a phone.
        st.calls
            .connection_mut(key)
            .and_then(|own| own.alerting_mut())
            .into_iter()
            .for_each(|own| own.offered = false);
        return false;
    }
    let after = st.settings.timeouts.new_call_accept;
    st.start_timer(key, after, Timer::Accept(key));
    routeing::arrived(st, key);
    true
}

/// How the arrival of a call at a line is reported.
pub(crate) fn event_at(st: &State, line: LineId) -> CallEventKind {
    match is_at(st, line) {
        true => CallEventKind::Offered,
        false => CallEventKind::Delivered,
    }
}

/// Accept Call: the call rings from now on.
///
/// # Errors
/// When it does not wait to be accepted.
pub(crate) fn accept(st: &mut State, key: ConnectionKey) -> Result<(), Refusal> {
    st.calls.check(Verb::AcceptCall, key)?;
    routeing::handled(st, key);
    if let Some(alerting) = st.calls.connection_mut(key).and_then(|own| own.alerting_mut()) {
        alerting.offered = false;
    }
    st.stop_timer(key);
    autonomous::announce(st, key);
    failure::await_answer(st, key);
    Ok(())
}

/// No application has taken the call in time.
pub(crate) fn timeout(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key).filter(|own| own.is_offered()) else { return };
    let (call, line) = (connection.call(), connection.line());
    st.note(Output::NotAccepted(call, line));
    routeing::expired(st, key);
    let number = st.lines[line].settings().forward_unregistered.clone();
    if !forward(st, key, DiversionReason::NotAccepted, number) && !routeing::destination_failed(st, key) {
        failure::fail_at(st, key, EventCause::CallNotAnswered);
    }
}

/// The application of a call that waits has gone, or does not want it.
pub(crate) fn application_failed(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let line = connection.line();
    let settings = st.lines[line].settings();
    let [busy, all] = [ForwardingType::Busy, ForwardingType::Immediate]
        .map(|kind| st.lines[line].forwarding().get(kind).map(|forward| forward.number.clone()));
    let number = settings.forward_failure.clone().or(settings.forward_unregistered.clone()).or(busy).or(all);
    if !forward(st, key, DiversionReason::ApplicationFailed, number) && !routeing::destination_failed(st, key)
    {
        failure::fail_at(st, key, EventCause::CallNotAnswered);
    }
}

/// The application does not want to say where the call goes, and no other one is asked.
pub(crate) fn rejected(st: &mut State, key: ConnectionKey) {
    application_failed(st, key);
}

/// Sends the call to a number. False, and nothing has changed, if there is none or the call may not be forwarded.
fn forward(st: &mut State, key: ConnectionKey, reason: DiversionReason, number: Option<SmolStr>) -> bool {
    let Some(connection) = st.calls.connection(key) else { return false };
    let call = st.calls.get(connection.call());
    let may = call.is_some_and(|call| routing::may_forward(st, call, connection.device()));
    let Some(number) = number.filter(|_| may) else { return false };
    divert::divert(st, key, reason, &number);
    true
}
