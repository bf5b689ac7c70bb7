//! Transfer Call (ECMA-269 clause 17.1.34): the other parties of a held and an active call are joined, and the device
//! that had both leaves. The active call may still ring.
//!
//! A call that was transferred while it rang comes back to the number of the device that transferred it when nobody
//! takes it: it is rejected, it rings for too long (`timeouts transfer-recall`), or it is forwarded to somebody who does
//! not take it either. It comes back once.
//!
//! The Transfer key begins a consultation and, pressed again, joins both calls; so does hanging up while the user is in
//! the consultation. On a line without a free channel the calls are joined as soon as somebody rings.

use std::time::Duration;

use super::{
    clear_connection, consultation_call, media,
    merge::{self, Joined, Joining},
};
use crate::{
    ConnectionKey, ConnectionState, ConsultPurpose, EventCause, LineId, MergeKind, Party, Redirection,
    Refusal, StationId, Timer, Verb,
    calls::{Left, Recall},
    configure,
    state::State,
};

/// Joins the other parties of both calls.
///
/// # Errors
/// When one of the calls is not in a state for it, they are not two calls of one device, nobody of those who would be
/// joined has answered, or a conference would have too many members; then nothing has changed.
pub(crate) fn transfer(
    st: &mut State,
    held: ConnectionKey,
    active: ConnectionKey,
) -> Result<Joined, Refusal> {
    join(st, held, (active, Verb::TransferActive))
}

/// Joins the other parties of two calls of a device, of which one or both are held, in whatever order they are named. The user
/// of neither has to come back to one of them for that.
///
/// # Errors
/// As [`transfer`].
pub(crate) fn transfer_directly(
    st: &mut State,
    one: ConnectionKey,
    other: ConnectionKey,
) -> Result<Joined, Refusal> {
    let is_held = |key| st.is(key, ConnectionState::Hold);
    match (is_held(one), is_held(other)) {
        (true, true) => join(st, one, (other, Verb::TransferHeld)),
        (false, true) => transfer(st, other, one),
        _ => transfer(st, one, other),
    }
}

fn join(
    st: &mut State,
    held: ConnectionKey,
    (active, verb): (ConnectionKey, Verb),
) -> Result<Joined, Refusal> {
    let joining = Joining::check(st, (held, Verb::TransferHeld), (active, verb))?;
    check_parties(st, held, active)?;
    let parties = parties(st, held, active);
    let added = merge::others(st, active);
    let recall = st.calls.connection(held).map(|own| recall_to(st, own.line()));
    let mut merged = joining.merge(st, EventCause::Transfer);
    merged.0.retain(|renamed| renamed.key != held && renamed.key != active);
    let left = [held, active].map(|key| media::leave(st, key));
    set_parties(st, &joining, parties);
    for key in added {
        recall_unless_answered(st, key, recall.clone());
    }
    st.settle_media(joining.call());
    let connections = joining.report(st, MergeKind::Transfer, merged);
    for Left { connection, .. } in left.into_iter().flatten() {
        configure::left(st, connection.line(), connection.station());
    }
    let call = joining.resulting(&connections, false);
    end_or_talk(st, &joining);
    Ok(Joined { call, connections })
}

fn check_parties(st: &State, held: ConnectionKey, active: ConnectionKey) -> Result<(), Refusal> {
    let others = || st.calls.others(held).chain(st.calls.others(active));
    if !others().any(|other| other.state().is_answered()) {
        return Err(Refusal::InvalidActiveConnectionState(ConnectionState::Alerting));
    }
    let members = others().count();
    let fits = members <= 2 || members <= st.settings.max_conference_members;
    if fits { Ok(()) } else { Err(Refusal::ConferenceMemberLimitExceeded) }
}

/// What a call comes back to that this line transfers.
pub(super) fn recall_to(st: &State, line: LineId) -> Recall {
    let of_line = st.lines[line].settings().transfer_recall;
    let after = of_line.or(st.settings.timeouts.transfer_recall).filter(|after| !after.is_zero());
    Recall { number: st.lines[line].number().clone(), after, failed: 0 }
}

/// Who calls whom, and how the call came to where it is.
struct Parties {
    calling: Party,
    called: Party,
    redirection: Option<Box<Redirection>>,
    passed_on_by: Option<Party>,
}

/// Who calls whom afterwards: who stayed of the held call calls whom the active call had called, and was diverted from there
/// as it was; or, if it rings still in the held call, the other way round.
fn parties(st: &State, held: ConnectionKey, active: ConnectionKey) -> Parties {
    let first = st.calls.others(held).next();
    let (stays, rings) = match first.is_some_and(|other| other.alerting().is_some()) {
        true => (active, held),
        false => (held, active),
    };
    let calling = st.calls.others(stays).next().map(|other| st.told_party(other));
    let call = st.calls.call_of(rings);
    Parties {
        calling: calling.unwrap_or_default(),
        called: call.map(|call| call.called().clone()).unwrap_or_default(),
        redirection: call.and_then(|call| call.redirection.clone()),
        passed_on_by: call.and_then(|call| call.passed_on_by.clone()),
    }
}

fn set_parties(st: &mut State, joining: &Joining, parties: Parties) {
    if let Some(call) = st.calls.call_mut(joining.call()) {
        call.calling = parties.calling;
        call.called = parties.called;
        call.redirection = parties.redirection;
        call.passed_on_by = parties.passed_on_by;
    }
}

/// A party that rings still: if it does not take the call, the call comes back.
fn recall_unless_answered(st: &mut State, key: ConnectionKey, recall: Option<Recall>) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    let line = connection.line();
    let Some(alerting) = connection.alerting_mut() else { return };
    alerting.recall = recall;
    let forwards = alerting.forward_to.is_some();
    let Some(after) = recall_after(st, key) else { return };
    // Whichever is sooner.
    if !forwards || after < st.lines[line].forwarding().no_answer_timeout {
        st.start_timer(key, after, Timer::TransferRecall(key));
    }
}

/// After which time a transferred call comes back from where it rings. It does not from a device that forwards when it is
/// busy, nor from a hunt group.
pub(super) fn recall_after(st: &State, alerting: ConnectionKey) -> Option<Duration> {
    let connection = st.calls.connection(alerting)?;
    let own = connection.alerting()?;
    let after = own.recall.as_ref()?.after?;
    let goes_on = own.hunt.is_some() || st.lines[connection.line()].forwarding().busy.is_some();
    (!goes_on).then_some(after)
}

/// A call that nobody can talk in any more ends; the others need a common codec.
fn end_or_talk(st: &mut State, joining: &Joining) {
    let keys = st.calls.keys(joining.call());
    if keys.len() < 2 {
        return clear_connection::clear_call(st, joining.call(), EventCause::NormalClearing);
    }
    if let Some(key) = keys.first() {
        media::check_codecs(st, *key);
    }
}

/// The Transfer key: completes the transfer that was begun, or begins one.
pub(crate) fn complete_or_begin(
    st: &mut State,
    station: StationId,
    active: ConnectionKey,
) -> Result<(), Refusal> {
    let Some(connection) = st.calls.connection(active) else { return Ok(()) };
    if let Some(consultation) = consultation_call::counterpart(st, active)
        && st.calls.permits(Verb::TransferActive, connection)
    {
        return transfer(st, consultation.held, active).map(|_| ());
    }
    if !st.calls.permits(Verb::ConsultationCall, connection) {
        return Ok(());
    }
    let line = connection.line();
    let blind = st.lines[line].settings().blind_transfer.unwrap_or(st.settings.features.blind_transfer);
    let purpose = match !blind && st.has_free_channel(line) && st.may_use(station, line, None) {
        true => ConsultPurpose::Transfer,
        false => ConsultPurpose::BlindTransfer,
    };
    consultation_call::begin(st, station, active, purpose).map(|_| ())
}

/// Hanging up completes a transfer that was begun with the Transfer key, once somebody rings or talks.
pub(crate) fn complete_by_hanging_up(st: &mut State, active: ConnectionKey) -> bool {
    let consultation = consultation_call::held_for(st, active);
    let Some(consultation) = consultation.filter(|c| c.purpose == ConsultPurpose::Transfer) else {
        return false;
    };
    transfer(st, consultation.held, active).is_ok()
}
