//! Diverting calls: a call leaves a device before it is answered there. See [`diversion`](crate::diversion).

use smol_str::SmolStr;

use super::{clear_connection, dialling, failure, routing};
use crate::{
    CallId, Connection, ConnectionKey, Diversion, DiversionReason, EventCause, ForwardingType, LineId, Party,
    Redirection,
    calls::{Alerting, Recall},
    cti::report::{self, Subject},
    cti_device,
    state::State,
};

/// The call stops ringing at a device that does not take it: its user rejected it, or its phone is gone. True if the
/// device forwards it; the first of `kinds` that is set counts.
pub(super) fn divert_ringing(st: &mut State, alerting: ConnectionKey, kinds: &[ForwardingType]) -> bool {
    let Some(connection) = st.calls.connection(alerting) else { return false };
    let Some(reached_by) = connection.alerting().map(|alerting| &alerting.number) else { return false };
    let may_forward = may_forward(st, connection);
    match routing::forward_of(st, connection.line(), kinds, reached_by).filter(|_| may_forward) {
        Some((kind, number)) => {
            divert(st, alerting, DiversionReason::Forwarded(kind), &number);
            true
        }
        None => false,
    }
}

/// A call was not answered in time at a device that forwards such calls.
pub(crate) fn forward_no_answer_timeout(st: &mut State, alerting: ConnectionKey) {
    let connection = st.calls.connection_mut(alerting);
    let Some(number) = connection.and_then(|own| own.alerting_mut()?.forward_to.take()) else { return };
    if st.calls.connection(alerting).is_some_and(|connection| may_forward(st, connection)) {
        divert(st, alerting, DiversionReason::Forwarded(ForwardingType::NoAnswer), &number);
    } else {
        failure::ringing_timeout(st, alerting);
    }
}

/// Whether the device may forward the call that rings there; it may have done so with another connection.
fn may_forward(st: &State, connection: &Connection) -> bool {
    let call = st.calls.get(connection.call());
    call.is_some_and(|call| routing::may_forward(st, call, connection.device()))
}

/// The call leaves a device where it rings or waits, for another number.
pub(crate) fn divert(st: &mut State, alerting: ConnectionKey, reason: DiversionReason, number: &SmolStr) {
    divert_by(st, alerting, None, reason, number);
}

/// The same where a hunt group sends the call on, which rings at one of its members: it is diverted by the pilot.
pub(super) fn divert_by(
    st: &mut State,
    alerting: ConnectionKey,
    pilot: Option<LineId>,
    reason: DiversionReason,
    number: &SmolStr,
) {
    let number = &dialling::expanded(st, number.clone());
    let Some(connection) = st.calls.connection(alerting) else { return };
    let recall = connection.alerting().and_then(|alerting| alerting.recall.clone());
    let routed_by = connection.alerting().and_then(|alerting| alerting.routed_by);
    let adding = connection.alerting().and_then(|alerting| alerting.adding.clone());
    let subject = Subject::of(connection, &st.lines);
    let call = connection.call();
    let (line, reached_by) = match pilot {
        Some(pilot) => (pilot, st.lines.party(pilot).number),
        None => (connection.line(), connection.party().number.clone()),
    };
    redirect(st, call, line, reached_by, reason, number);
    cti_device::routeing::handled(st, alerting);
    if let Some(alerting) = st.calls.connection_mut(alerting).and_then(Connection::alerting_mut) {
        alerting.routed_by = None;
    }
    clear_connection::remove(st, alerting, reason.cause());
    tell_and_reach(
        st,
        call,
        &subject,
        reason,
        Alerting { number: number.clone(), recall, routed_by, adding, ..Alerting::default() },
    );
}

/// The call that has reached a line leaves it before it rings there, for another number.
pub(super) fn divert_before(
    st: &mut State,
    call: CallId,
    line: LineId,
    arrived: Alerting,
    reason: DiversionReason,
    number: SmolStr,
) {
    let number = dialling::expanded(st, number);
    let subject = Subject::of_line(call, line, &st.lines);
    redirect(st, call, line, arrived.number.clone(), reason, &number);
    tell_and_reach(st, call, &subject, reason, Alerting { number, ..arrived });
}

/// The call was diverted to where it cannot get on. If it was transferred there, it comes back; if not, it fails.
pub(super) fn lead_nowhere(st: &mut State, call: CallId, mut alerting: Alerting, cause: EventCause) {
    if cti_device::routeing::reached_nobody(st, call, &mut alerting) {
        return;
    }
    let redirection = st.calls.get(call).and_then(|call| call.redirection());
    let (Some(Recall { number, .. }), Some(last)) =
        (alerting.recall.take(), redirection.map(Redirection::last))
    else {
        return failure::fail_waiting(st, call, cause);
    };
    let recall = Diversion { reason: DiversionReason::Recalled, count: 1, ..last.clone() };
    let destination = st.lines.party_named(&number);
    if let Some(redirection) = st.calls.call_mut(call).and_then(|call| call.redirection.as_mut()) {
        redirection.push(recall, destination);
    }
    st.call_changed(call);
    routing::reach_as(st, call, Alerting { number, ..alerting });
}

/// Notes the diversion in the call.
pub(super) fn redirect(
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
    let diversion = Diversion { device: Some(device), by, reason, count: 1 };
    let Some(call) = st.calls.call_mut(call) else { return };
    match &mut call.redirection {
        Some(redirection) => redirection.push(diversion, destination),
        none => *none = Some(Box::new(Redirection::new(diversion, destination))),
    }
}

fn tell_and_reach(st: &mut State, call: CallId, subject: &Subject, reason: DiversionReason, next: Alerting) {
    report::diverted(st, call, subject, reason.cause(), None, None);
    st.call_changed(call);
    routing::reach_as(st, call, next);
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
    report::diverted(st, call, &subject, cause, Some(destination), None);
    routing::offer(st, call, to, moved);
}
