//! Clear Connection (ECMA-269 clause 17.1.9), hanging up, and how a call ends.

use super::{conference_call, dial_via_office, failure, media, paging};
use crate::{
    CallId, Connection, ConnectionKey, ConnectionState, EventCause, Holder, Output, Refusal, StationId,
    configure,
    cti::report::{self, Audience, Subject},
    cti_device,
    state::State,
    voice,
};

/// Hanging up or EndCall at a station. A call that also rings at other stations of the line stops ringing at this one
/// only.
pub(crate) fn clear_at(st: &mut State, station: StationId, key: ConnectionKey) -> Result<(), Refusal> {
    if !rings_elsewhere(st, station, key) {
        return clear_or_reject(st, key);
    }
    let alerting = st.calls.connection_mut(key).and_then(Connection::alerting_mut);
    if let Some(alerting) = alerting.filter(|alerting| !alerting.declined.contains(&station)) {
        alerting.declined.push(station);
    }
    st.call_of_changed(key);
    Ok(())
}

/// Whether the call also rings at another station of the line.
pub(crate) fn rings_elsewhere(st: &State, station: StationId, key: ConnectionKey) -> bool {
    let Some(connection) = st.calls.connection(key) else { return false };
    let mut others = st.lines[connection.line()].stations.iter().filter(|other| **other != station);
    others.any(|other| st.stations[*other].is_present() && st.rings_at(*other, connection))
}

/// What EndCall and Clear Connection do: a ringing call is rejected, any other connection is cleared.
pub(crate) fn clear_or_reject(st: &mut State, key: ConnectionKey) -> Result<(), Refusal> {
    let connection = st.calls.connection(key).ok_or(Refusal::InvalidConnection)?;
    match connection.state() {
        ConnectionState::Alerting => failure::reject(st, key),
        _ if connection.is_prompting() => clear(st, key, EventCause::CallCancelled),
        _ => clear(st, key, EventCause::NormalClearing),
    }
    Ok(())
}

/// The device leaves the call. The call ends if one device is left, or if all that are left ring or are park slots and no
/// party is left that calls them, or if the device controls a conference and its phone does not keep conferences.
pub(crate) fn clear(st: &mut State, key: ConnectionKey, cause: EventCause) {
    let Some(connection) = st.calls.connection(key) else { return };
    let call = connection.call();
    let ends_conference = conference_call::ends_with(st, key);
    // A number for which the switch acts has nothing left to do for the others.
    let ends_all = ends_conference || (is_no_user(st, key) && !connection.is_page());
    end(st, key, cause, Audience::All);
    if ends_all {
        return clear_call(st, call, cause);
    }
    let remaining = st.calls.keys(call);
    let waits_for_others = |state| matches!(state, ConnectionState::Alerting | ConnectionState::Queued);
    let nobody_calls = st.calls.connections(call).all(|connection| waits_for_others(connection.state()));
    match remaining.as_slice() {
        [] => {}
        [_] => clear_call(st, call, cause),
        // A page without a caller, or a conference that all have left, whoever still rings.
        keys if keys.iter().all(|key| is_no_user(st, *key) || waits_for_others(st.calls.state(*key))) => {
            clear_call(st, call, cause);
        }
        _ if nobody_calls => clear_call(st, call, cause),
        [key, ..] => media::check_codecs(st, *key),
    }
}

/// Whether the connection is for the switch, or that of a phone which plays a page.
pub(super) fn is_no_user(st: &State, key: ConnectionKey) -> bool {
    st.calls.connection(key).is_some_and(|own| {
        let by_switch = own.holder() == Some(Holder::Switch) && own.bridge.is_none();
        let took_part = matches!(own.state(), ConnectionState::Connected | ConnectionState::Fail);
        own.is_page() || (by_switch && took_part)
    })
}

/// Ends a call in which only numbers are left for which the switch acts, however the last user has left it.
pub(crate) fn end_without_users(st: &mut State, call: CallId) {
    if st.calls.connections(call).all(|own| is_no_user(st, own.key())) {
        clear_call(st, call, EventCause::NormalClearing);
    }
}

/// Every device leaves the call.
pub(crate) fn clear_call(st: &mut State, call: CallId, cause: EventCause) {
    for key in st.calls.keys(call) {
        end(st, key, cause, Audience::All);
    }
}

/// Removes one connection from its call, and reports Connection Cleared to `audience`.
pub(crate) fn end(st: &mut State, key: ConnectionKey, cause: EventCause, audience: Audience) {
    cti_device::media::leaving(st, key);
    voice::leaving(st, key);
    let Some(connection) = st.calls.connection(key) else { return };
    if connection.is_page() {
        return remove(st, key, cause);
    }
    let subject = Subject::of(connection, &st.lines);
    report::cleared(st, key, &subject, audience, cause);
    remove(st, key, cause);
}

/// Removes one connection from its call without a report.
pub(crate) fn remove(st: &mut State, key: ConnectionKey, cause: EventCause) {
    st.stop_timer(key);
    cti_device::routeing::left(st, key);
    st.call_of_changed(key);
    let Some(mut left) = media::leave(st, key) else { return };
    st.lines[left.connection.line()].idle_since = st.now;
    if !st.callbacks.is_empty() {
        st.left_devices.push(left.connection.device());
    }
    let call = left.connection.call();
    paging::left(st, key, left.connection.station());
    if let Some(ended) = left.ended {
        let lasted = st.now.since(ended.started());
        report::call_cleared(st, left.connection.id(), &ended, cause);
        st.note(Output::CallEnded(call, ended.global_id(), lasted, cause));
    } else {
        st.settle_media(call);
        st.call_changed(call);
    }
    configure::left(st, left.connection.line(), left.connection.station());
    dial_via_office::left(st, &mut left.connection, cause);
}
