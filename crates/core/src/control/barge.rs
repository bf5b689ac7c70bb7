//! cBarge and privacy: who sees and enters the calls that other phones have on a line with eight channels.
//!
//! A phone keeps its calls there to itself unless the configuration, or its user by the Privacy button, says otherwise
//! (`privacy`): the others see that the line is in use, not by whom, and cannot enter. A call that is held can be taken up by
//! the others all the same, unless held calls are private too (`privacy-on-hold`).
//!
//! Who enters makes a conference of the call that nobody controls: it goes on until two are left, and they talk on.

use super::{answer_call, conference_call, single_step_conference_call};
use crate::{
    Channels, Connection, ConnectionKey, ConnectionState, EventCause, Refusal, StationId, keys::by_reference,
    state::State,
};

/// Whether the phone that has the call keeps it to itself.
pub(crate) fn is_private(st: &State, own: &Connection) -> bool {
    is_octo(st, own) && own.station().is_some_and(|holder| st.stations[holder].keeps_private())
}

/// Whether other phones may not take the call up while it is held.
pub(crate) fn is_held_privately(st: &State, own: &Connection) -> bool {
    st.settings.features.privacy_on_hold && is_private(st, own)
}

/// Whether the station is in the call of this connection with one of its own, on a line with eight channels: then it does not
/// show what the other phone of the line does there.
pub(crate) fn is_in_it(st: &State, station: StationId, own: &Connection) -> bool {
    is_octo(st, own)
        && own.station() != Some(station)
        && st.calls.others(own.key()).any(|other| other.station() == Some(station))
}

/// Whether the user of a station may enter the call that another phone has on the line.
pub(crate) fn may_enter(st: &State, station: StationId, own: &Connection) -> bool {
    let elsewhere = own.station().is_some_and(|holder| holder != station);
    // Nobody enters a page, or a conference that is dialled: he can dial it himself.
    let by_switch =
        |other: &Connection| other.is_page() || st.lines[other.line()].settings().acts_by_switch();
    let talks = |other: &Connection| other.state() == ConnectionState::Connected && !by_switch(other);
    let talks = || st.calls.others(own.key()).any(talks);
    elsewhere
        && is_octo(st, own)
        && own.state() == ConnectionState::Connected
        && !is_private(st, own)
        && talks()
        && !is_in_it(st, station, own)
}

fn is_octo(st: &State, own: &Connection) -> bool {
    st.lines[own.line()].settings().channels == Channels::Octo
}

/// The cBarge key: the user enters the call that is named, or the first that he may enter.
///
/// # Errors
/// When there is no such call, it has as many members as it may, or there are as many conferences as there may be; then nothing
/// has changed.
pub(crate) fn barge(st: &mut State, station: StationId, reference: u32) -> Result<(), Refusal> {
    let enters =
        |key: &ConnectionKey| st.calls.connection(*key).is_some_and(|own| may_enter(st, station, own));
    let named = match reference {
        0 => st.connections_shown_at(station).map(Connection::key).find(enters),
        _ => by_reference(st, station, reference).filter(enters),
    };
    let key = named.ok_or(Refusal::ForwardingDisabled)?;
    conference_call::check_conferences(st, key)?;
    let own = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    let (call, line) = (own.call(), own.line());
    if !st.has_free_channel(line) {
        return Err(Refusal::ResourceBusy);
    }
    if st.calls.connections(call).count() >= st.settings.max_conference_members {
        return Err(Refusal::ConferenceMemberLimitExceeded);
    }
    let was_conference = st.calls.get(call).is_some_and(crate::Call::is_conference);
    let joined = single_step_conference_call::enter(st, key, line, EventCause::JoinCall)?;
    if let Some(call) = st.calls.call_mut(call).filter(|_| !was_conference) {
        call.stays_without_controller = true;
    }
    if let Some(call) = st.calls.call_mut(call) {
        call.barges = call.barges.saturating_add(1);
    }
    st.calls.connection_mut(joined).into_iter().for_each(|own| own.entered = true);
    answer_call::answer(st, joined, Some(station))
}

/// The Privacy button: from now on the phone keeps its calls to itself, or does so no more.
///
/// # Errors
/// [`Refusal::ForwardingDisabled`] if the phone has no such button.
pub(crate) fn privacy_key(st: &mut State, station: StationId) -> Result<(), Refusal> {
    if !st.stations[station].settings().privacy_button {
        return Err(Refusal::ForwardingDisabled);
    }
    let private = !st.stations[station].keeps_private();
    st.stations[station].privacy = Some(private);
    st.station_changed(station);
    st.keys_at(station).into_iter().for_each(|key| st.call_of_changed(key));
    Ok(())
}
