//! What the verbs decide about media: who exchanges it with whom, and what happens to parties that cannot.

use super::{clear_connection, failure};
use crate::{
    Codec, Connection, ConnectionKey, EventCause, MediaAddress, MediaPlan, StationId, cti::report::Audience,
    registration::set_receiving, state::State,
};

/// A party has joined or left the conversation in the call of this connection.
pub(crate) fn changed(st: &mut State, key: ConnectionKey) {
    if let Some(call) = st.calls.connection(key).map(Connection::call) {
        st.settle_media(call);
    }
}

/// The codec of a conversation of two; `None` if they have none in common.
pub(crate) fn common_codec(st: &State, one: ConnectionKey, other: ConnectionKey) -> Option<Codec> {
    let codecs = |key| {
        let connection = st.calls.connection(key)?;
        let own = connection.description().map(|description| description.codecs);
        own.or_else(|| Some(st.stations[connection.station()?].codecs()))
    };
    codecs(one).unwrap_or_default().common(codecs(other).unwrap_or_default())
}

/// Ends a call of two parties without a common codec. If others in the call ring or hold it, nothing happens, because
/// a mixer may join them later.
pub(crate) fn check_codecs(st: &mut State, key: ConnectionKey) {
    let Some(call) = st.calls.connection(key).map(Connection::call) else { return };
    if let MediaPlan::Direct(one, other) = st.calls.media_plan(call)
        && st.calls.only_other(key).is_some()
        && common_codec(st, one, other).is_none()
    {
        clear_without_media(st, key);
    }
}

/// The phone receives media for the connection here.
pub(crate) fn receiving(st: &mut State, station: StationId, key: ConnectionKey, address: MediaAddress) {
    let usable = address.port != 0 && !address.ip.is_unspecified();
    if usable && streams_at(st, station, key) {
        set_receiving(st, key, Some(address));
    }
}

/// The phone cannot receive media for the connection. A refusal that comes after the call was put aside is ignored.
pub(crate) fn cannot_receive(st: &mut State, station: StationId, key: ConnectionKey) {
    if streams_at(st, station, key) {
        clear_without_media(st, key);
    }
}

fn streams_at(st: &State, station: StationId, key: ConnectionKey) -> bool {
    let Some(own) = st.calls.connection(key) else { return false };
    let streams = matches!(st.calls.media_plan(own.call()),
        MediaPlan::Direct(one, other) if key == one || key == other);
    st.stations[station].is_registered() && own.station() == Some(station) && streams
}

/// Two devices cannot exchange media: the called one leaves, and the other one hears a failure tone.
fn clear_without_media(st: &mut State, key: ConnectionKey) {
    const CAUSE: EventCause = EventCause::ResourcesNotAvailable;
    let Some(other) = st.calls.only_other(key) else {
        return clear_connection::clear(st, key, CAUSE);
    };
    let (other, own_was_called) =
        (other.key(), st.calls.connection(key).is_some_and(Connection::is_incoming));
    let (leaves, stays) = if own_was_called { (key, other) } else { (other, key) };
    clear_connection::end(st, leaves, CAUSE, Audience::All);
    failure::play(st, stays, CAUSE);
}
