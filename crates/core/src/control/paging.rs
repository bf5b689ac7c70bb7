//! Paging: a call to a paging number (`paging`) is heard at once from the loudspeakers of the phones that belong to it
//! (`paging-dn`) and are idle. Nobody there is asked, and nobody there is heard.
//!
//! The paging number itself takes part in the call for the switch, so that applications see a call to it that is answered. Each
//! phone has a hidden connection, which only its screen and its loudspeaker know. It is no call of its user: whatever he does
//! at the phone ends the page there. The page ends when the caller leaves.

use super::{clear_connection, dial_via_office, failure, media};
use crate::{
    CallEventKind, CallId, ConnectionKey, EventCause, Holder, LineId, StationId, calls::Attendance,
    cti::report, state::State,
};

/// Most phones that hear one page.
pub const MAX_PAGED: usize = 10;

/// Whether a page to the number goes on.
pub(super) fn is_going_on(st: &State, line: LineId) -> bool {
    !st.calls.at_line(line).is_empty()
}

/// The idle phones that belong to a paging number.
pub(super) fn idle_phones(st: &State, line: LineId) -> Vec<StationId> {
    let tag = st.lines[line].settings().tag;
    let idle = |id: &StationId| {
        let station = &st.stations[*id];
        let settings = station.settings();
        let belongs = settings.paging_number == Some(tag) && settings.off_hook_by_command;
        belongs
            && !settings.autonomous
            && station.takes_calls()
            && station.page.is_none()
            && !station.do_not_disturb()
            && station.line(1).is_some()
            && st.connections_at(*id).next().is_none()
    };
    st.stations.iter().map(|(id, _)| id).filter(idle).take(MAX_PAGED).collect()
}

/// Whether nobody is in a call who could talk: it only looks for its user elsewhere, and no number for which the switch acts is
/// that user; or all that are left are such numbers.
pub(super) fn is_without_user(st: &State, call: CallId) -> bool {
    st.calls.connections(call).all(|own| own.hidden || clear_connection::is_no_user(st, own.key()))
}

/// The call has reached a paging number.
pub(super) fn page(st: &mut State, call: CallId, line: LineId) {
    let callers: Vec<StationId> = st.calls.connections(call).filter_map(|own| own.station()).collect();
    let phones = idle_phones(st, line).into_iter().filter(|phone| !callers.contains(phone));
    let phones: Vec<StationId> = phones.collect();
    if phones.is_empty() || is_without_user(st, call) {
        return failure::fail_before(st, call, line, EventCause::Busy);
    }
    let device = st.lines[line].device();
    let party = st.lines.party(line);
    if let Some(call) = st.calls.call_mut(call) {
        call.called = party.clone();
    }
    let attendance = |holder, hidden| Attendance { device, line, party: party.clone(), holder, hidden };
    let Some(own) = st.calls.attend(call, attendance(Holder::Switch, false)) else { return };
    for phone in phones {
        let Some(key) = st.calls.attend(call, attendance(Holder::Station(phone), true)) else { continue };
        if let Some(connection) = st.calls.connection_mut(key) {
            connection.answered_muted = true;
        }
        st.stations[phone].page = Some(key);
        st.station_changed(phone);
    }
    let origin = st.calls.get(call).map_or(EventCause::NewCall, |call| call.origin);
    st.note(crate::Output::CallAnswered(call));
    report::report(st, own, CallEventKind::Established, origin);
    media::changed(st, own);
    st.call_changed(call);
    dial_via_office::answered(st, call);
}

/// The user of a phone does something else: the page ends there.
pub(crate) fn leave(st: &mut State, station: StationId) {
    if let Some(key) = st.stations[station].page {
        clear_connection::clear(st, key, EventCause::NormalClearing);
    }
}

/// A connection has left its call: if it was a page at a phone, that is over.
pub(super) fn left(st: &mut State, key: ConnectionKey, station: Option<StationId>) {
    let Some(station) = station.filter(|id| st.stations[*id].page == Some(key)) else { return };
    st.stations[station].page = None;
    st.station_changed(station);
}
