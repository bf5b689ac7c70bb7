//! Phones that register, report their capabilities, and unregister.
//!
//! A phone whose connection breaks keeps its calls, and continues to ring, for
//! [`Timeouts::station_lost`](crate::Timeouts).

use crate::{
    CodecSet, Connection, ConnectionKey, EventCause, MediaAddress, StationId, Timer,
    control::{clear_connection, failure, media},
    cti::{
        report::{self, Service},
        telephone,
    },
    state::State,
    station::Registration,
};

/// The phone is there.
pub(crate) fn registered(st: &mut State, id: StationId, codecs: CodecSet) {
    let services = services(st, id);
    if let Registration::Lost(deadline) =
        std::mem::replace(&mut st.stations[id].registration, Registration::Registered)
    {
        st.timers.stop(Some(deadline));
    }
    for line in st.stations[id].lines().collect::<Vec<_>>() {
        st.lines[line].idle_since = st.now;
    }
    let station = &mut st.stations[id];
    station.changed = false;
    station.refused = None;
    station.confirmed = false;
    if codecs != CodecSet::EMPTY {
        set_codecs(st, id, codecs);
    }
    // Whatever it received on before, it opens its receivers anew.
    for key in st.keys_at(id) {
        set_receiving(st, key, None);
    }
    report::service_changes(st, services);
    st.station_changed(id);
    st.watchers_changed(id);
    ringing_changed(st, id);
}

/// The codec of a conversation depends on what both phones can do, so both ends may have to change it.
pub(crate) fn set_codecs(st: &mut State, id: StationId, codecs: CodecSet) {
    if std::mem::replace(&mut st.stations[id].codecs, codecs) == codecs {
        return;
    }
    for key in st.keys_at(id) {
        st.call_of_changed(key);
        media::changed(st, key);
        media::check_codecs(st, key);
    }
}

/// The connection to the phone broke. A phone that has no call, not even a ringing one, is removed at once.
pub(crate) fn lost(st: &mut State, id: StationId) {
    if !st.stations[id].is_registered() {
        return;
    }
    let rings = st.connections_shown_at(id).any(|connection| st.rings_at(id, connection));
    if st.connections_at(id).next().is_none() && !rings {
        return unregistered(st, id);
    }
    let deadline = st.timers.start(st.now + st.settings.timeouts.station_lost, Timer::StationLost(id));
    st.stations[id].registration = Registration::Lost(deadline);
    for key in st.keys_at(id) {
        set_receiving(st, key, None);
    }
}

/// The phone is removed: its calls end, and its lines go out of service.
pub(crate) fn unregistered(st: &mut State, id: StationId) {
    let services = services(st, id);
    match st.stations[id].registration {
        Registration::Unregistered => return,
        Registration::Registered => {}
        Registration::Lost(deadline) => st.timers.stop(Some(deadline)),
    }
    st.stations[id].registration = Registration::Unregistered;
    for key in st.keys_at(id) {
        clear_connection::clear(st, key, EventCause::DestOutOfOrder);
    }
    stop_ringing_nowhere(st, id);
    ringing_changed(st, id);
    report::service_changes(st, services);
    telephone::changes(st, id);
    st.watchers_changed(id);
}

/// Nobody has a CTI port or route point open any more: it goes out of service, and `abandon` decides what becomes of its
/// calls.
pub(crate) fn cti_device_gone(st: &mut State, id: StationId, abandon: impl FnOnce(&mut State)) {
    let services = services(st, id);
    st.stations[id].registration = Registration::Unregistered;
    abandon(st);
    report::service_changes(st, services);
    st.watchers_changed(id);
}

/// Calls that rang at the station go elsewhere or end when no other phone rings for them.
fn stop_ringing_nowhere(st: &mut State, id: StationId) {
    for key in ringing_at(st, id) {
        failure::stop_unless_it_rings(st, key);
    }
}

/// Notes that who calls a line of the station may see something else: whether a phone rings aloud.
pub(crate) fn ringing_changed(st: &mut State, id: StationId) {
    for key in ringing_at(st, id) {
        st.call_of_changed(key);
    }
}

/// The connections that ring on the lines of the station.
pub(crate) fn ringing_at(st: &State, id: StationId) -> Vec<ConnectionKey> {
    let shown = st.connections_shown_at(id).filter(|connection| connection.alerting().is_some());
    shown.map(Connection::key).collect()
}

/// Whether the devices of the station can take calls, before that changes.
fn services(st: &State, id: StationId) -> Vec<Service> {
    let mut devices: Vec<_> = st.stations[id].lines().map(|line| st.lines[line].device()).collect();
    devices.sort();
    devices.dedup();
    devices.into_iter().map(|device| Service::of(st, device)).collect()
}

/// The device receives media for the connection here, or with `None` nowhere.
pub(crate) fn set_receiving(st: &mut State, key: ConnectionKey, address: Option<MediaAddress>) {
    let told = st.cti_devices.has_media();
    let Some(connection) = st.calls.connection_mut(key) else { return };
    if connection.receives_at == address {
        return;
    }
    connection.receives_at = address;
    if connection.leg.is_some() || told {
        let call = connection.call();
        st.settle_media(call);
    }
    st.call_of_changed(key);
}
