//! The verbs of call control, one file each, for phones and applications.
//!
//! A verb is a function over the [`State`](crate::state::State): it checks that the verb may be applied
//! ([`verb`](crate::verb)), changes the [`Calls`](crate::Calls), reports the events, and marks the stations whose
//! view has changed.

pub(crate) mod alternate_call;
pub(crate) mod answer_call;
pub(crate) mod associate_data;
pub(crate) mod auto_answer;
pub(crate) mod barge;
pub(crate) mod call_back;
pub(crate) mod clear_connection;
pub(crate) mod conference_call;
pub(crate) mod conference_keys;
pub(crate) mod consultation_call;
pub(crate) mod deflect_call;
pub(crate) mod dial_via_office;
pub(crate) mod dialling;
pub(crate) mod divert;
pub(crate) mod failure;
pub(crate) mod feature_codes;
pub(crate) mod generate_digits;
pub(crate) mod hold_call;
pub(crate) mod hunt;
pub(crate) mod hunt_group;
pub(crate) mod intercom;
pub(crate) mod make_call;
pub(crate) mod media;
pub(crate) mod media_inactivity;
pub(crate) mod meet_me;
pub(crate) mod merge;
pub(crate) mod message_waiting;
pub(crate) mod paging;
pub(crate) mod park_call;
pub(crate) mod pickup_call;
pub(crate) mod reconnect_call;
pub(crate) mod retrieve_call;
pub(crate) mod routing;
pub(crate) mod set_do_not_disturb;
pub(crate) mod set_forwarding;
pub(crate) mod single_number_reach;
pub(crate) mod single_step_conference_call;
pub(crate) mod single_step_transfer_call;
pub(crate) mod transfer_call;

use crate::{Connection, EventCause, StationId, Verb, state::State};

/// Makes the station free for another call: an established call is held, any other attempt ends. An autonomous phone that takes another
/// call puts those aside by itself that it does not go on with: it may be several telephones, or join its calls by itself.
pub(crate) fn release_station(st: &mut State, station: StationId, cause: EventCause) {
    paging::leave(st, station);
    if st.acts == Some(station) {
        return;
    }
    let Some(active) = st.active_at(station).map(Connection::key) else { return };
    if hold_call::hold(st, active, cause).is_err() {
        clear_connection::clear(st, active, EventCause::NormalClearing);
    }
}

/// The connection that [`release_station`] would end rather than hold.
pub(crate) fn attempt_at(st: &State, station: StationId) -> Option<&Connection> {
    let active = st.active_at(station).filter(|_| st.acts != Some(station));
    active.filter(|active| !st.calls.permits(Verb::HoldCall, active))
}
