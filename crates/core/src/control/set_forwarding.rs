//! Set Forwarding and Get Forwarding (ECMA-269 clause 22, logical device features), and the CFwdAll key.
//!
//! The key forwards all calls of a device: its user dials the number as for a call, in a call that goes nowhere. `#`,
//! Dial, EndCall or the inter-digit timeout ends the number; the key itself gives up. On a line that forwards already
//! the key cancels that.

use std::time::Duration;

use smol_str::SmolStr;

use super::{
    clear_connection, failure,
    make_call::{self, Initiation},
    pickup_call,
};
use crate::{
    Connection, ConnectionKey, DeviceId, EventCause, Forward, ForwardingType, LineId, NO_ANSWER_TIMEOUTS,
    Output, Record, Refusal, StationId,
    calls::{Dialling, Entry},
    cti::report,
    state::State,
};

/// Begins to forward calls of a device, to `number` or to where they go already, or went last.
pub(crate) fn activate(
    st: &mut State,
    device: DeviceId,
    kind: ForwardingType,
    number: Option<SmolStr>,
    no_answer_timeout: Option<Duration>,
) -> Result<(), Refusal> {
    if no_answer_timeout.is_some_and(|timeout| !NO_ANSWER_TIMEOUTS.contains(&timeout)) {
        return Err(Refusal::InvalidRingCount);
    }
    let forward = match number {
        Some(number) => Forward::to(number),
        None => st.lines.stored_forward(device, kind).ok_or(Refusal::InvalidForwardingDestination)?,
    };
    check(st, device, &forward.number)?;
    change(st, device, kind, Some(&forward), no_answer_timeout);
    Ok(())
}

/// Forwards calls of a device no more.
pub(crate) fn deactivate(st: &mut State, device: DeviceId, kind: ForwardingType) {
    change(st, device, kind, None, None);
}

/// The CFwdAll key.
pub(crate) fn forward_all_key(st: &mut State, station: StationId, instance: u32) -> Result<(), Refusal> {
    let active = st.active_at(station);
    if let Some(entering) = active.filter(|own| is_entering(own)).map(Connection::key) {
        clear_connection::clear(st, entering, EventCause::NormalClearing);
        return Ok(());
    }
    let fresh = active.filter(|own| has_dialled_nothing(own)).map(|own| (own.key(), own.line()));
    let is_busy = active.is_some();
    let here = &st.stations[station];
    let named = here.line(instance).or_else(|| here.line(1));
    let line = fresh.map(|(_, line)| line).or(named).ok_or(Refusal::InvalidDevice)?;
    if st.lines[line].forwarding().immediate.is_some() {
        change(st, st.lines[line].device(), ForwardingType::Immediate, None, None);
        return Ok(());
    }
    if st.lines[line].settings().forward_max_length == Some(0) {
        return Err(Refusal::ForwardingDisabled);
    }
    match fresh {
        Some((key, _)) => pickup_call::turn_into(st, key, Entry::Forward),
        // In a conversation, or while another phone rings, the key is not offered.
        None if is_busy => {}
        None => {
            let dialling = Dialling::Entering(Entry::Forward);
            make_call::initiate(st, Initiation { dialling, ..Initiation::by_user(station, line) })?;
        }
    }
    Ok(())
}

/// The number to forward to is complete: the call that collected it has done its work, or the user hears that
/// nobody can be reached there.
pub(super) fn forward_entered(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection(key) else { return };
    let (line, number) = (connection.line(), connection.dialled.clone());
    if check_entered(st, line, &number).is_ok() {
        finish(st, key, number);
    } else if !st.reached(&number).is_empty() {
        failure::fail_here(st, key, EventCause::Blocked);
    } else {
        failure::fail_here(st, key, EventCause::DestNotObtainable);
    }
}

/// The user ends the call in which a number to forward to is collected: that completes the number. `None` if
/// there is no number.
pub(crate) fn end_entering(st: &mut State, key: ConnectionKey) -> Option<Result<(), Refusal>> {
    let connection = st.calls.connection(key).filter(|own| is_entering(own) && !own.dialled.is_empty())?;
    let (line, number) = (connection.line(), connection.dialled.clone());
    let entered = check_entered(st, line, &number);
    match entered {
        Ok(()) => finish(st, key, number),
        Err(_) => clear_connection::clear(st, key, EventCause::NormalClearing),
    }
    Some(entered)
}

fn is_entering(connection: &Connection) -> bool {
    connection.dialling() == Some(&Dialling::Entering(Entry::Forward))
}

fn has_dialled_nothing(connection: &Connection) -> bool {
    connection.dialling() == Some(&Dialling::Collecting)
        && connection.dialled.is_empty()
        && connection.consultation.is_none()
}

fn finish(st: &mut State, key: ConnectionKey, number: SmolStr) {
    let Some(device) = st.calls.connection(key).map(Connection::device) else { return };
    clear_connection::clear(st, key, EventCause::NormalClearing);
    change(st, device, ForwardingType::Immediate, Some(&Forward::to(number)), None);
}

fn check_entered(st: &State, line: LineId, number: &SmolStr) -> Result<(), Refusal> {
    let line = &st.lines[line];
    if line.settings().forward_max_length.is_some_and(|most| number.len() > most) {
        return Err(Refusal::InvalidForwardingDestination);
    }
    check(st, line.device(), number)
}

/// Fails unless the number reaches a device other than this one.
fn check(st: &State, device: DeviceId, number: &str) -> Result<(), Refusal> {
    let reached = st.reached(number);
    let mut reached = reached.into_iter().map(|line| st.lines[line].device());
    match reached.all(|reached| reached == device) {
        true => Err(Refusal::InvalidForwardingDestination),
        false => Ok(()),
    }
}

/// Changes the forwarding of a device. If this is a change, stores it and reports it to the monitors and phones.
fn change(
    st: &mut State,
    device: DeviceId,
    kind: ForwardingType,
    forward: Option<&Forward>,
    no_answer_timeout: Option<Duration>,
) {
    if !st.lines.set_forwarding(device, kind, forward, no_answer_timeout) {
        return;
    }
    let Some(number) = st.lines.device(device).map(|device| device.number().clone()) else { return };
    let no_answer_timeout = st.lines.forwarding_of(device).no_answer_timeout;
    st.note(Output::Store(Record::Forwarding { number, kind, forward: forward.cloned(), no_answer_timeout }));
    report::forwarding(st, device, kind);
    let lines: Vec<LineId> = st.lines.of_device(device).map(|(line, _)| line).collect();
    for station in lines.into_iter().flat_map(|line| st.lines[line].stations.clone()).collect::<Vec<_>>() {
        st.station_changed(station);
    }
}
