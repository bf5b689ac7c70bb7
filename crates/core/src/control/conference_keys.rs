//! The keys of conferences: Select and Join, which make one conference of several calls at a phone, and ConfList, which
//! shows its participants and lets who made it remove one.

use super::{clear_connection, conference_call, retrieve_call};
use crate::{
    Connection, ConnectionKey, ConnectionState, EventCause, Output, Refusal, StationId, Verb,
    keys::by_reference, state::State,
};

/// Whether a call of the phone can be joined with others.
pub(crate) fn is_joinable(connection: &Connection) -> bool {
    matches!(connection.state(), ConnectionState::Connected | ConnectionState::Hold)
}

/// Whether the phone has another call that the one of this connection can be joined with.
pub(crate) fn has_other(st: &State, station: StationId, own: &Connection) -> bool {
    let mut others = st.connections_at(station).filter(|other| other.call() != own.call());
    is_joinable(own) && others.any(|other| is_joinable(other) && other.device() == own.device())
}

/// The Select key: marks a call for Join, or takes the mark away.
pub(crate) fn select(st: &mut State, station: StationId, reference: u32) -> Result<(), Refusal> {
    let Some(key) = named_or_active(st, station, reference) else { return Ok(()) };
    if let Some(connection) = st.calls.connection_mut(key).filter(|connection| is_joinable(connection)) {
        connection.selected = !connection.selected;
        st.station_changed(station);
    }
    Ok(())
}

/// The Join key: the calls that are selected and the active one become a conference; without any selected, the call that
/// the key is pressed for, or else the one that was held first.
///
/// # Errors
/// When there is nothing to join, the calls are not those of one number, or the conference would have too many members. Calls that
/// were joined before that stay joined.
pub(crate) fn join(st: &mut State, station: StationId, reference: u32) -> Result<(), Refusal> {
    let named = named_or_active(st, station, reference).ok_or(Refusal::InvalidHeldConnection)?;
    let mut held = to_join(st, station, named);
    let active = match st.active_at(station).filter(|active| is_joinable(active)).map(Connection::key) {
        Some(active) => active,
        None => {
            let oldest = || held.first().copied().ok_or(Refusal::NothingToJoin);
            let first = if st.is(named, ConnectionState::Hold) { named } else { oldest()? };
            retrieve_call::retrieve(st, first, Some(station))?;
            first
        }
    };
    held.retain(|key| *key != active);
    if held.is_empty() {
        return Err(Refusal::NothingToJoin);
    }
    for key in held {
        // What one of them was begun for does not matter any more.
        for key in [active, key] {
            if let Some(connection) = st.calls.connection_mut(key) {
                connection.consultation = None;
            }
            st.call_of_changed(key);
        }
        conference_call::conference(st, key, active)?;
    }
    st.keys_at(station).into_iter().for_each(|key| {
        st.calls.connection_mut(key).into_iter().for_each(|own| own.selected = false);
    });
    st.station_changed(station);
    Ok(())
}

/// The held calls of the phone that are joined, in the order in which they began.
fn to_join(st: &State, station: StationId, named: ConnectionKey) -> Vec<ConnectionKey> {
    let is_held = |own: &&Connection| own.state() == ConnectionState::Hold;
    let mut held: Vec<&Connection> = st.connections_at(station).filter(is_held).collect();
    held.sort_by_key(|connection| connection.call());
    held.dedup_by_key(|connection| connection.key());
    let selected: Vec<ConnectionKey> = held.iter().filter(|own| own.selected).map(|own| own.key()).collect();
    match held.iter().find(|own| own.key() == named) {
        _ if !selected.is_empty() => selected,
        Some(named) => vec![named.key()],
        None => held.first().map(|own| own.key()).into_iter().collect(),
    }
}

fn named_or_active(st: &State, station: StationId, reference: u32) -> Option<ConnectionKey> {
    let active = st.active_at(station).map(Connection::key);
    let named = by_reference(st, station, reference)
        .filter(|key| st.calls.connection(*key).is_some_and(|own| own.station() == Some(station)));
    named.or(active)
}

/// The ConfList key: shows who is in the conference.
pub(crate) fn list(st: &mut State, station: StationId) {
    let members = |own: &Connection| st.calls.others(own.key()).count();
    let active = st.active_at(station).filter(|own| members(own) > 1).map(Connection::key);
    if let Some(active) = active {
        st.note(Output::ConferenceList(station, active));
    }
}

/// Who made the conference removes a participant.
///
/// # Errors
/// When the phone is in no conference, did not make it, or the participant has left it.
pub(crate) fn remove(st: &mut State, station: StationId, participant: u32) -> Result<(), Refusal> {
    let own = st.active_at(station).ok_or(Refusal::InvalidConnection)?;
    let (active, call) = (own.key(), own.call());
    let made = st.calls.get(call).and_then(|call| call.conference_controller());
    if made != Some(active) && !st.stations[station].settings().conference.admin {
        return Err(Refusal::ForwardingDisabled);
    }
    let is_it = |other: &&Connection| other.reference() == participant && other.key() != active;
    let found = st.calls.connections(call).find(is_it).map(|own| (own.key(), own.state()));
    let (key, state) = found.ok_or(Refusal::InvalidConnection)?;
    if state != ConnectionState::Alerting {
        st.calls.check(Verb::ClearConnection, key)?;
    }
    clear_connection::clear(st, key, EventCause::NormalClearing);
    list(st, station);
    Ok(())
}
