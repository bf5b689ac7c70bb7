//! Answer Call (ECMA-269 clause 17.1.3).

use super::{
    dial_via_office, hold_call, hunt, hunt_group, make_call, media, release_station, single_number_reach,
    single_step_conference_call,
};
use crate::{
    CallEventKind, Connection, ConnectionKey, DiversionReason, EventCause, Holder, Output, Refusal,
    StationId, Transition, Verb, cti::report, cti_device, state::State,
};

/// Answers a ringing call at `station`, or at the first registered station of the line. A call that is active there
/// is held first. A prompted call begins.
pub(crate) fn answer(st: &mut State, key: ConnectionKey, station: Option<StationId>) -> Result<(), Refusal> {
    answer_as(st, key, station, EventCause::Normal)
}

/// [`answer`]; a call that is active is held for this cause, and [`EventCause::Alternate`] is that of the answer too.
pub(crate) fn answer_as(
    st: &mut State,
    key: ConnectionKey,
    station: Option<StationId>,
    held_for: EventCause,
) -> Result<(), Refusal> {
    let connection = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (call, line) = (connection.call(), connection.line());
    let station = station
        .or(connection.station())
        .or_else(|| st.station_for(line))
        .filter(|station| st.stations[*station].is_registered())
        .ok_or(Refusal::DeviceOutOfService)?;
    if connection.is_prompting() {
        make_call::prompted_off_hook(st, key, station);
        return Ok(());
    }
    st.calls.check(Verb::AnswerCall, key)?;
    cti_device::check_answer(st, station)?;
    if !st.may_use(station, line, Some(key)) {
        return Err(Refusal::ResourceBusy);
    }
    // The caller may be another line of the same phone: then its part can be held only once it is answered.
    let own = st.active_at(station).filter(|active| active.call() == call).map(Connection::key);
    // The phone would give up the call of which this one is a leg.
    if st.active_at(station).is_some_and(|active| dial_via_office::is_leg_of(st, call, active.call())) {
        return Err(Refusal::ResourceBusy);
    }
    if own.is_none() {
        release_station(st, station, held_for);
    }
    cti_device::routeing::handled(st, key);
    cti_device::routeing::used(st, key);
    st.stop_timer(key);
    let expansion = expansion_of(st, station, key);
    let hunted = st.calls.connection(key).and_then(|own| own.alerting()?.hunt.clone());
    let adding = single_step_conference_call::adding(st, key);
    st.calls.advance(key, Transition::Answer)?;
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.expansion = expansion;
        connection.holder = Some(Holder::Station(station));
    }
    single_number_reach::stop(st, key);
    let cause = match held_for {
        EventCause::Alternate => held_for,
        _ => answered_for(st, key),
    };
    st.note(Output::CallAnswered(call));
    media::changed(st, key);
    report::report(st, key, CallEventKind::Established, cause);
    single_step_conference_call::added(st, key, adding);
    if let Some(hunted) = hunted {
        hunt_group::answered(st, key, &hunted);
    }
    st.call_changed(call);
    hunt::line_taken(st, line);
    if let Some(caller) = own.filter(|_| st.acts != Some(station)) {
        hold_call::hold(st, caller, EventCause::Normal)?;
    }
    media::check_codecs(st, key);
    dial_via_office::answered(st, call);
    Ok(())
}

/// The cause of the answer: what the call is for, unless it was picked up or has come back.
fn answered_for(st: &State, key: ConnectionKey) -> EventCause {
    let redirection = st.calls.connection(key).and_then(Connection::redirection);
    match redirection.map(|redirection| redirection.last().reason) {
        Some(DiversionReason::PickedUp) => EventCause::CallPickup,
        Some(DiversionReason::Recalled) => EventCause::NewCall,
        _ => st.calls.call_of(key).map_or(EventCause::NewCall, |call| call.origin),
    }
}

/// The expansion button at which the station shows the call, or 0.
fn expansion_of(st: &State, station: StationId, key: ConnectionKey) -> u32 {
    let mut expansions = st.stations[station].expansions().iter().map(|expansion| expansion.instance);
    expansions.find(|instance| st.is_placed(station, *instance, key)).unwrap_or(0)
}
