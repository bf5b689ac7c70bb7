//! Paging: a call to a paging number (`paging`) is heard at once from the loudspeakers of the phones that belong to it
//! (`paging-dn`) and are idle. Nobody there is asked, and nobody there is heard.
//!
//! With `paging ip` the page is sent once, to a group, which the phones are told; those with `unicast` get it by themselves.
//!
//! The paging number itself takes part in the call for the switch, so that applications see a call to it that is answered. Each
//! phone has a hidden connection, which only its screen and its loudspeaker know. It is no call of its user: whatever he does
//! at the phone ends the page there. The page ends when the caller leaves.

use super::{clear_connection, dial_via_office, failure, media};
use crate::{
    CallEventKind, CallId, Connection, ConnectionKey, EventCause, Holder, LineId, MediaAddress, StationId,
    calls::Attendance, cti::report, state::State,
};

/// Most phones that get one page by themselves.
pub const MAX_PAGED: usize = 10;

/// Whether a page to the number goes on.
pub(super) fn is_going_on(st: &State, line: LineId) -> bool {
    !st.calls.at_line(line).is_empty()
}

/// The idle phones that belong to a paging number.
pub(super) fn idle_phones(st: &State, line: LineId) -> Vec<StationId> {
    let paging = st.lines[line].settings();
    let by_group = paging.paging_group.is_some();
    let mut alone = 0;
    let idle = |id: &StationId| {
        let station = &st.stations[*id];
        let settings = station.settings();
        let is_its = |tag: u32| tag == paging.tag || paging.pages_also.contains(&tag);
        let belongs = settings.paging_number.is_some_and(is_its) && settings.off_hook_by_command;
        belongs
            && !settings.autonomous
            && station.takes_calls()
            && station.page.is_none()
            && !station.do_not_disturb()
            && station.line(1).is_some()
            && st.connections_at(*id).next().is_none()
    };
    let has_room = |id: &StationId| {
        let gets_it_alone = !by_group || st.stations[*id].settings().paged_alone;
        alone += usize::from(gets_it_alone);
        !gets_it_alone || alone <= MAX_PAGED
    };
    st.stations.iter().map(|(id, _)| id).filter(idle).filter(has_room).collect()
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

/// The group from which a phone hears the page that it plays.
pub(super) fn heard_from_group(st: &State, own: &Connection) -> Option<MediaAddress> {
    let station = own.station().filter(|_| own.is_page())?;
    let group = st.lines[own.line()].settings().paging_group?;
    let takes = !st.stations[station].settings().paged_alone && media::takes_group_codec(st, own);
    takes.then_some(group)
}

/// Whether a call is a page that phones hear from a group.
pub(super) fn is_sent_to_group(st: &State, call: CallId) -> bool {
    st.calls.connections(call).any(|own| heard_from_group(st, own).is_some())
}

/// The group to which a page is sent for this connection: that of the paging number.
pub(super) fn sends_to(st: &State, key: ConnectionKey) -> Option<MediaAddress> {
    let own = st.calls.connection(key).filter(|own| own.holder() == Some(Holder::Switch))?;
    let group = st.lines[own.line()].settings().paging_group?;
    is_sent_to_group(st, own.call()).then_some(group)
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
