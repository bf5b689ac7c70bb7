//! Conference Call (ECMA-269 clause 17.1.11): a held and an active call become one, and the device that had both stays
//! in it. The active call may still ring.
//!
//! The device that made the conference controls it: when it leaves, the conference ends, unless its phone keeps
//! conferences (`keep-conference`); EndCall at that phone ends it in any case. When two are left it is an ordinary call.

use super::{
    clear_connection, consultation_call,
    make_call::{self, Initiation},
    media,
    merge::{Joined, Joining},
};
use crate::{
    Call, CallEventKind, Channels, ConferenceDrop, ConferenceRules, Connection, ConnectionKey,
    ConnectionState, ConsultPurpose, EventCause, MergeKind, Output, Refusal, StationId, Transition, Verb,
    calls::{Consultation, Dialling, Renamed},
    configure,
    cti::report::{self, Audience, Subject},
    cti_device,
    state::State,
};

/// Joins both calls.
///
/// # Errors
/// When one of the calls is not in a state for it, they are not two calls of one device, or the conference would have
/// too many members; then nothing has changed.
pub(crate) fn conference(
    st: &mut State,
    held: ConnectionKey,
    active: ConnectionKey,
) -> Result<Joined, Refusal> {
    let joining = Joining::check(st, (held, Verb::ConferenceHeld), (active, Verb::ConferenceActive))?;
    let members = 1 + st.calls.others(held).count() + st.calls.others(active).count();
    if members > st.settings.max_conference_members {
        return Err(Refusal::ConferenceMemberLimitExceeded);
    }
    check_conferences(st, held)?;
    let mut merged = joining.merge(st, EventCause::Conference);
    list_once(&mut merged.0, held, active);
    let left = media::leave(st, held);
    if let Some(connection) = st.calls.connection_mut(active) {
        connection.consultation = None;
    }
    let controller = st.calls.call_of(active).and_then(|call| call.conference_controller());
    st.calls.make_conference(controller.unwrap_or(active));
    let drop = rules_at(st, controller.unwrap_or(active)).drop;
    if let Some(call) = st.calls.call_mut(joining.call()) {
        call.ends_without_local = drop == Some(ConferenceDrop::Local);
    }
    st.settle_media(joining.call());
    let connections = joining.report(st, MergeKind::Conference, merged);
    let call = joining.resulting(&connections, true);
    if let Some(left) = left {
        configure::left(st, left.connection.line(), left.connection.station());
    }
    media::check_codecs(st, active);
    Ok(Joined { call, connections })
}

/// Fails when there are as many conferences as there may be, unless the call is one already.
pub(super) fn check_conferences(st: &State, held: ConnectionKey) -> Result<(), Refusal> {
    let is_one = st.calls.call_of(held).is_some_and(Call::is_conference);
    let going_on = st.calls.iter().filter(|call| call.is_conference()).count();
    match st.settings.features.max_conferences {
        Some(most) if !is_one && going_on >= most => Err(Refusal::ResourceBusy),
        _ => Ok(()),
    }
}

/// The device is in the conference once: where it was active, under the name that it had in the held call.
fn list_once(renamed: &mut Vec<Renamed>, held: ConnectionKey, active: ConnectionKey) {
    renamed.retain(|renamed| renamed.key != active);
    if let Some(own) = renamed.iter_mut().find(|renamed| renamed.key == held) {
        own.key = active;
    }
}

/// The Conference key: adds the consulted party, or calls somebody to add, or drops the one who was added last when
/// the conference is full.
pub(crate) fn complete_or_begin(
    st: &mut State,
    station: StationId,
    active: ConnectionKey,
) -> Result<(), Refusal> {
    let Some(connection) = st.calls.connection(active) else { return Ok(()) };
    if let Some(consultation) = consultation_call::counterpart(st, active)
        && st.calls.permits(Verb::ConferenceActive, connection)
    {
        return conference(st, consultation.held, active).map(|_| ());
    }
    if !st.calls.permits(Verb::ConsultationCall, connection) {
        return Ok(());
    }
    let members = 1 + st.calls.others(active).count();
    let controller = st.calls.call_of(active).and_then(|call| call.conference_controller());
    match controller {
        Some(made) if made != active && rules_at(st, made).only_creator_adds => {
            return Err(Refusal::ForwardingDisabled);
        }
        Some(made) if made == active && rules_at(st, made).key_drops_last => return drop_last(st, active),
        _ => {}
    }
    if members < st.settings.max_conference_members {
        return consultation_call::begin(st, station, active, ConsultPurpose::Conference).map(|_| ());
    }
    if controller != Some(active) {
        return Err(Refusal::ConferenceMemberLimitExceeded);
    }
    match to_split(st, station, active) {
        Some(newest) => split(st, station, active, newest),
        None => drop_last(st, active),
    }
}

/// Who leaves a conference of three for a call of his own with who made it, if that is at a phone that keeps conferences.
fn to_split(st: &State, station: StationId, active: ConnectionKey) -> Option<ConnectionKey> {
    let mut others = st.calls.others(active);
    let (Some(oldest), Some(newest), None) = (others.next(), others.next(), others.next()) else {
        return None;
    };
    let keeps = st.stations[station].settings().keep_conference;
    let splits = keeps && oldest.state().is_answered() && newest.state() == ConnectionState::Connected;
    splits.then(|| newest.key())
}

/// A conference of three becomes two calls of who made it: the one with the older party is held, in the other one he talks to
/// the party that was added last. The Conference key joins them again.
///
/// # Errors
/// When the line has no channel for the second call; then nothing has changed.
fn split(
    st: &mut State,
    station: StationId,
    own: ConnectionKey,
    newest: ConnectionKey,
) -> Result<(), Refusal> {
    let Some(connection) = st.calls.connection(own) else { return Ok(()) };
    let (conference, line) = (connection.call(), connection.line());
    let consultation = Consultation { held: own, purpose: ConsultPurpose::Conference };
    cti_device::media::changing(st, conference);
    let by_user = Initiation { cause: EventCause::Consultation, ..Initiation::by_user(station, line) };
    let began = make_call::initiate(st, Initiation { consultation: Some(consultation), ..by_user })?;
    st.stop_timer(began);
    if let Some(dialling) = st.calls.connection_mut(began).and_then(Connection::dialling_mut) {
        *dialling = Dialling::Done;
    }
    st.call_of_changed(newest);
    st.stop_timer(newest);
    if let Some(connection) = st.calls.connection(newest) {
        let subject = Subject::of(connection, &st.lines);
        report::cleared(st, newest, &subject, Audience::All, EventCause::NormalClearing);
    }
    let party = st.calls.connection(newest).map(|own| st.told_party(own)).unwrap_or_default();
    let _ = st.calls.advance(began, Transition::Originate);
    let Some(call) = st.calls.call_of(began).map(Call::id) else { return Ok(()) };
    if let Some(call) = st.calls.call_mut(call) {
        call.called = party;
    }
    report::report(st, began, CallEventKind::Originated, EventCause::NewCall);
    st.calls.split_off(newest, began);
    report::report(st, newest, CallEventKind::Delivered, EventCause::NewCall);
    let _ = st.calls.advance(newest, Transition::Answer);
    st.note(Output::CallAnswered(call));
    report::report(st, newest, CallEventKind::Established, EventCause::NewCall);
    for (call, key) in [(conference, own), (call, began)] {
        st.settle_media(call);
        st.call_changed(call);
        media::check_codecs(st, key);
    }
    Ok(())
}

/// Who made a conference drops the party that was added last. In any other call nothing happens.
pub(crate) fn drop_last(st: &mut State, active: ConnectionKey) -> Result<(), Refusal> {
    if st.calls.call_of(active).and_then(|call| call.conference_controller()) != Some(active) {
        return Ok(());
    }
    let last = st.calls.others(active).last().map(Connection::key);
    if let Some(last) = last {
        clear_connection::clear(st, last, EventCause::NormalClearing);
    }
    Ok(())
}

/// The rules of the phone that has this connection.
fn rules_at(st: &State, key: ConnectionKey) -> ConferenceRules {
    let station = st.calls.connection(key).and_then(Connection::station);
    station.map(|station| st.stations[station].settings().conference).unwrap_or_default()
}

/// Whether a conference is over when this connection leaves it.
pub(super) fn ends_with(st: &State, key: ConnectionKey) -> bool {
    let Some(call) = st.calls.call_of(key).filter(|call| call.is_conference()) else { return false };
    let is_local = |other: &Connection| st.lines[other.line()].settings().channels != Channels::Unlimited;
    let leaves_local = st.calls.others(key).any(is_local);
    if call.ends_without_local && !leaves_local {
        return true;
    }
    if call.conference_controller() != Some(key) || call.stays_without_controller {
        return false;
    }
    let rules = rules_at(st, key);
    let station = st.calls.connection(key).and_then(Connection::station);
    let keeps = station.is_some_and(|station| st.stations[station].settings().keep_conference)
        && (leaves_local || !rules.keep_needs_local);
    match rules.drop {
        Some(ConferenceDrop::Creator) => true,
        Some(ConferenceDrop::Local) => false,
        None => !keeps,
    }
}

/// EndCall at the phone that made a conference ends it for all.
pub(crate) fn end_by_key(st: &mut State, key: ConnectionKey) -> bool {
    let made = |call: &&Call| call.conference_controller() == Some(key) && !call.stays_without_controller;
    let call = st.calls.call_of(key).filter(made);
    let Some(call) = call.map(Call::id) else { return false };
    let station = st.calls.connection(key).and_then(Connection::station);
    let leaves = |station: StationId| {
        let settings = st.stations[station].settings();
        let by_mode = settings.conference.drop == Some(ConferenceDrop::Local);
        by_mode || (settings.end_call_leaves_conference && !ends_with(st, key))
    };
    if station.is_some_and(leaves) {
        return false;
    }
    clear_connection::end(st, key, EventCause::NormalClearing, Audience::All);
    clear_connection::clear_call(st, call, EventCause::NormalClearing);
    true
}
