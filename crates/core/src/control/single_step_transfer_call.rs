//! Single Step Transfer Call (ECMA-269 clause 17.1.32): a device leaves its call, and another device is called in its
//! place. The call keeps its identifiers.
//!
//! If the other device does not take the call, it comes back to the number of the device that left.

use smol_str::SmolStr;

use super::{
    dialling, divert, media,
    merge::{Joined, single_step_event, staying},
    park_call, routing, transfer_call,
};
use crate::{
    Connection, ConnectionId, ConnectionKey, DiversionReason, EventCause, ForwardingType, LineId, MergeKind,
    MergedConnection, Party, Refusal, Verb, calls::Alerting, configure, cti::report, cti_device,
    state::State,
};

/// The device leaves, and `to` is called; a call that goes to a free park slot is parked there.
///
/// # Errors
/// When the call is not in a state for it, or the number reaches nobody who is not in the call already; then nothing has
/// changed.
pub(crate) fn transfer(st: &mut State, key: ConnectionKey, to: &SmolStr) -> Result<Joined, Refusal> {
    match park_call::is_free_slot(st, to) {
        true => park(st, key, to),
        false => transfer_for(st, key, to, None),
    }
}

/// Parks the call at the slot with this number.
fn park(st: &mut State, key: ConnectionKey, slot: &SmolStr) -> Result<Joined, Refusal> {
    let parked = park_call::park(st, key, Some(slot))?;
    let mut connections: Vec<MergedConnection> = staying(st, st.calls.others(parked)).collect();
    let own = st.calls.connection(parked).ok_or(Refusal::InvalidConnection)?;
    connections.push(MergedConnection { new: own.id(), old: None, endpoint: own.party().clone() });
    Ok(Joined { call: own.id(), connections })
}

/// The device leaves, and the voicemail system is called as if a line with the number had forwarded the call there.
///
/// # Errors
/// Those of [`transfer`].
pub(super) fn transfer_to_mailbox(
    st: &mut State,
    key: ConnectionKey,
    owner: LineId,
    number: &SmolStr,
    voicemail: &SmolStr,
) -> Result<Joined, Refusal> {
    transfer_for(st, key, voicemail, Some((owner, number)))
}

fn transfer_for(
    st: &mut State,
    key: ConnectionKey,
    to: &SmolStr,
    forwarded_by: Option<(LineId, &SmolStr)>,
) -> Result<Joined, Refusal> {
    let own = st.calls.check(Verb::SingleStepTransferCall, key)?;
    let to = &dialling::expanded(st, to.clone());
    let (call, line, old) = (own.call(), own.line(), own.id());
    if forwarded_by.is_none() && dialling::is_barred_from(st, line, own.station(), false, to) {
        return Err(Refusal::CallBarred);
    }
    let added = destination(st, key, to)?;
    let by = st.lines.party(line);
    let recall = Some(transfer_call::recall_to(st, line));
    let transferred = ConnectionId { call, device: added.device.unwrap_or(old.device) };
    let mut connections: Vec<MergedConnection> = staying(st, st.calls.others(key)).collect();
    connections.push(MergedConnection { new: transferred, old: None, endpoint: added.clone() });
    st.stop_timer(key);
    cti_device::media::changing(st, call);
    st.call_of_changed(key);
    let left = media::leave(st, key);
    prepare(st, call, &added);
    if let Some((owner, number)) = forwarded_by {
        let reason = DiversionReason::Forwarded(ForwardingType::Immediate);
        divert::redirect(st, call, owner, number.clone(), reason, to);
    }
    let event = single_step_event(st, MergeKind::Transfer, old, (by, added), connections.clone());
    event.into_iter().for_each(|event| report::merged(st, &event, old.device));
    st.settle_media(call);
    st.call_changed(call);
    let alerting = Alerting { number: to.clone(), recall, ..Alerting::default() };
    routing::reach_as(st, call, alerting);
    if let Some(left) = left {
        configure::left(st, left.connection.line(), left.connection.station());
    }
    Ok(Joined { call: transferred, connections })
}

/// Who is called; fails if that is nobody, or somebody who is in the call.
fn destination(st: &State, key: ConnectionKey, to: &SmolStr) -> Result<Party, Refusal> {
    // Who transfers counts: the numbers that it may not call are not called for it either.
    let own = st.calls.connection(key).map(Connection::line).ok_or(Refusal::InvalidConnection)?;
    let (may, may_not): (Vec<LineId>, Vec<LineId>) =
        st.reached(to).into_iter().partition(|line| routing::may_call(st, own, *line));
    if may.is_empty() && !may_not.is_empty() {
        return Err(Refusal::CallBarred);
    }
    let mut devices = may.into_iter().map(|line| st.lines[line].device());
    let call = st.calls.connection(key).map(Connection::call).ok_or(Refusal::InvalidConnection)?;
    let is_in_call = |device| st.calls.connections(call).any(|other| other.device() == device);
    match devices.any(|device| !is_in_call(device)) {
        true => Ok(st.lines.party_named(to)),
        false => Err(Refusal::InvalidDestination),
    }
}

/// Who stays calls the other device now.
fn prepare(st: &mut State, call: crate::CallId, added: &Party) {
    let stays = st.calls.connections(call).next().map(|other| (other.key(), other.party().clone()));
    if let Some((key, _)) = stays.as_ref().filter(|(key, _)| st.calls.others(*key).next().is_none()) {
        st.calls.becomes_caller(*key);
    }
    let Some(call) = st.calls.call_mut(call) else { return };
    call.calling = stays.map(|(_, party)| party).unwrap_or_default();
    call.called = added.clone();
    call.redirection = None;
    call.passed_on_by = None;
    call.origin = EventCause::SingleStepTransfer;
}
