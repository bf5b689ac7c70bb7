//! Diverting calls: a call leaves a device before it is answered there. See [`diversion`](crate::diversion).

use smol_str::SmolStr;

use super::{clear_connection, routing};
use crate::{
    CallEventKind, CallId, ConnectionKey, Diversion, DiversionReason, EventCause, ForwardingType, LineId,
    Party, Redirection,
    cti::report::{self, Subject},
    state::State,
};

/// The call stops ringing at a device that does not take it: its user rejected it, or its phone is gone. True if the
/// device forwards it; the first of `kinds` that is set counts.
pub(super) fn divert_ringing(st: &mut State, alerting: ConnectionKey, kinds: &[ForwardingType]) -> bool {
    let Some(connection) = st.calls.connection(alerting) else { return false };
    let Some(reached_by) = connection.alerting().map(|alerting| &alerting.number) else { return false };
    let may = st.calls.get(connection.call()).is_some_and(|call| routing::may_divert(st, call));
    match routing::forward_of(st, connection.line(), kinds, reached_by).filter(|_| may) {
        Some((kind, number)) => {
            divert(st, alerting, DiversionReason::Forwarded(kind), &number);
            true
        }
        None => false,
    }
}

/// Nobody answered in time at a device that forwards such calls.
pub(crate) fn forward_no_answer_timeout(st: &mut State, alerting: ConnectionKey) {
    let connection = st.calls.connection_mut(alerting);
    if let Some(number) = connection.and_then(|connection| connection.alerting_mut()?.forward_to.take()) {
        divert(st, alerting, DiversionReason::Forwarded(ForwardingType::NoAnswer), &number);
    }
}

/// The call leaves a device where it rings, for another number.
pub(super) fn divert(st: &mut State, alerting: ConnectionKey, reason: DiversionReason, number: &SmolStr) {
    let Some(connection) = st.calls.connection(alerting) else { return };
    let reached_by = connection.alerting().map(|alerting| alerting.number.clone()).unwrap_or_default();
    let subject = Subject::of(connection, &st.lines);
    let (call, line) = (connection.call(), connection.line());
    redirect(st, call, line, reached_by, reason, number);
    clear_connection::remove(st, alerting, reason.cause());
    tell_and_reach(st, call, &subject, reason, number);
}

/// The call leaves a line before it rings there, for the number that the line forwards to.
pub(super) fn divert_before(
    st: &mut State,
    call: CallId,
    line: LineId,
    reached_by: &SmolStr,
    kind: ForwardingType,
    number: &SmolStr,
) {
    let reason = DiversionReason::Forwarded(kind);
    let subject = Subject::of_line(call, line, &st.lines);
    redirect(st, call, line, reached_by.clone(), reason, number);
    tell_and_reach(st, call, &subject, reason, number);
}

/// Notes the diversion in the call.
fn redirect(
    st: &mut State,
    call: CallId,
    line: LineId,
    reached_by: SmolStr,
    reason: DiversionReason,
    number: &SmolStr,
) {
    let destination = st.lines.party_named(number);
    let device = st.lines[line].device();
    let by = Party { number: reached_by, ..st.lines.party(line) };
    let diversion = Diversion { device, by, reason };
    let Some(call) = st.calls.call_mut(call) else { return };
    match &mut call.redirection {
        Some(redirection) => redirection.push(diversion, destination),
        none => *none = Some(Box::new(Redirection::new(diversion, destination))),
    }
}

fn tell_and_reach(
    st: &mut State,
    call: CallId,
    subject: &Subject,
    reason: DiversionReason,
    number: &SmolStr,
) {
    report::left(st, call, subject, CallEventKind::Diverted, reason.cause(), None);
    st.call_changed(call);
    routing::reach(st, call, number);
}

/// The call goes on to a line of another device with the same digits.
pub(super) fn distribute(st: &mut State, alerting: ConnectionKey, to: LineId) {
    let Some(connection) = st.calls.connection_mut(alerting) else { return };
    let (call, line) = (connection.call(), connection.line());
    let Some(mut moved) = connection.alerting_mut().map(std::mem::take) else { return };
    let subject = Subject::of_line(call, line, &st.lines);
    let destination = Party { number: moved.number.clone(), ..st.lines.party(to) };
    moved.hunted.push(line);
    moved.declined.clear();
    clear_connection::remove(st, alerting, EventCause::Distributed);
    let cause = EventCause::Distributed;
    report::left(st, call, &subject, CallEventKind::Diverted, cause, Some(destination));
    routing::offer(st, call, to, moved);
}
