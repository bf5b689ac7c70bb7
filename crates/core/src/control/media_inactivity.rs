//! Media inactivity: calls in which nothing comes from a device any more (`timer receive-rtp`).
//!
//! The media engine says who is silent, so this concerns devices whose audio goes through it. A phone that is gone without having
//! said so ends its call after a while; who is on hold, hears music or is paged has nothing to send, and neither have applications
//! that only listen.

use super::clear_connection;
use crate::{Connection, ConnectionKey, EventCause, LegId, LegRole, SILENCE, Timer, state::State};

/// The device at a leg has become silent, or is heard again.
pub(crate) fn leg_silent(st: &mut State, id: LegId, silent: bool) {
    let Some(key) = st.legs.get(&id).copied() else { return };
    let watched = silent && is_watched(st, key);
    let after = st.settings.timeouts.media_inactive.saturating_sub(SILENCE);
    let deadline = watched.then(|| st.timers.start(st.now + after, Timer::MediaInactive(key)));
    let leg = st.calls.connection_mut(key).and_then(|connection| connection.leg.as_deref_mut());
    let before = match leg {
        Some(leg) => std::mem::replace(&mut leg.inactive, deadline),
        None => deadline,
    };
    st.timers.stop(before);
}

/// Whether the device has to send something.
fn is_watched(st: &State, key: ConnectionKey) -> bool {
    let Some(own) = st.calls.connection(key) else { return false };
    let application = |station| st.stations[station].settings().cti_device.is_some();
    let talks = own.leg.as_ref().is_some_and(|leg| matches!(leg.state.role, LegRole::Mixed(_)));
    talks && !own.is_page() && own.station().is_some_and(|station| !application(station))
}

/// It was silent for too long: it leaves its call.
pub(crate) fn timeout(st: &mut State, key: ConnectionKey) {
    let leg = st.calls.connection_mut(key).and_then(|connection| connection.leg.as_deref_mut());
    let expired = leg.is_some_and(|leg| leg.inactive.take().is_some());
    if expired && st.calls.connection(key).is_some_and(|own: &Connection| own.state().is_answered()) {
        clear_connection::clear(st, key, EventCause::Timeout);
    }
}
