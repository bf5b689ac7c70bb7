//! Hold Call (ECMA-269 clause 17.1.16).

use super::clear_connection;
use crate::{
    CallEventKind, Connection, ConnectionKey, EventCause, Refusal, Timer, Transition, Verb, cti::report,
    cti_device, state::State,
};

/// Puts an answered call aside. The station is free for another one.
pub(crate) fn hold(st: &mut State, key: ConnectionKey, cause: EventCause) -> Result<(), Refusal> {
    let call = st.calls.check(Verb::HoldCall, key)?.call();
    cti_device::media::changing(st, call);
    st.calls.advance(key, Transition::Hold)?;
    st.settle_media(call);
    report::report(st, key, CallEventKind::Held, cause);
    st.call_changed(call);
    Ok(())
}

/// Lets the held call ring at the telephone that holds it. It stays held until its user lifts the handset, and ends if he does
/// not within the time that calls ring. Applications see a held call: nobody else is called.
pub(crate) fn ring_back(st: &mut State, key: ConnectionKey) {
    let Some(connection) = st.calls.connection_mut(key) else { return };
    connection.rings_back = true;
    st.start_timer(key, st.settings.timeouts.ringing, Timer::RingBack(key));
    st.call_of_changed(key);
}

/// Nobody has taken up the call that rings back.
pub(crate) fn ring_back_timeout(st: &mut State, key: ConnectionKey) {
    if st.calls.connection(key).is_some_and(|connection| connection.rings_back) {
        clear_connection::clear(st, key, EventCause::CallNotAnswered);
    }
}

/// The held call does not ring any more.
pub(super) fn stop_ringing_back(st: &mut State, key: ConnectionKey) {
    if st.calls.connection(key).is_some_and(Connection::is_ringing_back) {
        st.stop_timer(key);
        st.calls.connection_mut(key).into_iter().for_each(|connection| connection.rings_back = false);
    }
}
