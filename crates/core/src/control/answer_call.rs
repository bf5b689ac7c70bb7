//! Answer Call (ECMA-269 clause 17.1.3).

use super::{
    dial_via_office, hold_call, hunt, hunt_group, make_call, media, release_station, single_number_reach,
};
use crate::{
    Call, CallEventKind, Connection, ConnectionKey, DiversionReason, EventCause, Holder, Output, Refusal,
    StationId, Transition, Verb, cti::report, cti_device, state::State,
};

/// Answers a ringing call at `station`, or at the first registered station of the line. A call that is active there
/// is held first. A prompted call begins.
pub(crate) fn answer(st: &mut State, key: ConnectionKey, station: Option<StationId>) -> Result<(), Refusal> {
    answer_as(st, key, station, EventCause::Normal)
}

/// [`answer`]; a call that is active is held for this cause.
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
    st.calls.advance(key, Transition::Answer)?;
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.expansion = expansion;
        connection.holder = Some(Holder::Station(station));
    }
    single_number_reach::stop(st, key);
    let origin = st.calls.get(call).map_or(EventCause::NewCall, answered_for);
    st.note(Output::CallAnswered(call));
    media::changed(st, key);
    report::report(st, key, CallEventKind::Established, origin);
    if let Some(hunted) = hunted {
        hunt_group::answered(st, key, &hunted);
    }
    st.call_changed(call);
    hunt::line_taken(st, line);
    if let Some(caller) = own {
        hold_call::hold(st, caller, EventCause::Normal)?;
    }
    media::check_codecs(st, key);
    dial_via_office::answered(st, call);
    Ok(())
}

/// The cause of the answer: what the call is for, or that it was picked up.
fn answered_for(call: &Call) -> EventCause {
    let picked_up = call.redirection().is_some_and(|own| own.last().reason == DiversionReason::PickedUp);
    if picked_up { EventCause::CallPickup } else { call.origin }
}

/// The expansion button at which the station shows the call, or 0.
fn expansion_of(st: &State, station: StationId, key: ConnectionKey) -> u32 {
    let mut expansions = st.stations[station].expansions().iter().map(|expansion| expansion.instance);
    expansions.find(|instance| st.is_placed(station, *instance, key)).unwrap_or(0)
}
