//! Feature access codes (`fac`): features that are dialled instead of pressing their keys.

use super::{clear_connection, dialling, hunt_group, pickup_call, set_do_not_disturb, set_forwarding};
use crate::{
    Connection, ConnectionKey, EventCause, FeatureCode, ForwardingType, Refusal, calls::Entry, state::State,
};

/// Does what the code is for, with the digits that were dialled behind it.
pub(super) fn carry_out(st: &mut State, key: ConnectionKey, code: FeatureCode, rest: &str) {
    let Some(connection) = st.calls.connection(key) else { return };
    let (device, station) = (connection.device(), connection.station());
    match code {
        FeatureCode::ForwardAll => enter(st, key, Entry::Forward, rest),
        FeatureCode::PickupLocal => enter(st, key, Entry::Pickup, "*"),
        FeatureCode::PickupGroup => enter(st, key, Entry::GroupPickup, rest),
        FeatureCode::PickupDirect => enter(st, key, Entry::Pickup, rest),
        FeatureCode::CancelForward => {
            done(st, key);
            set_forwarding::deactivate(st, device, ForwardingType::Immediate);
        }
        FeatureCode::DoNotDisturb => {
            done(st, key);
            if let Some(station) = station {
                set_do_not_disturb::key(st, station, None);
            }
        }
        FeatureCode::HuntGroupLog => {
            done(st, key);
            if let Some(station) = station {
                hunt_group::log_key(st, station);
            }
        }
        FeatureCode::Redial => {
            let number = station.map(|station| st.stations[station].last_dialled.clone());
            dial(st, key, &number.unwrap_or_default());
        }
        FeatureCode::Voicemail => {
            let number = st.settings.features.voicemail.clone().unwrap_or_default();
            dial(st, key, &number);
        }
    }
}

/// The call in which the code was dialled is over.
fn done(st: &mut State, key: ConnectionKey) {
    clear_connection::clear(st, key, EventCause::NormalClearing);
}

fn enter(st: &mut State, key: ConnectionKey, entry: Entry, digits: &str) {
    pickup_call::turn_into(st, key, entry);
    if !digits.is_empty() {
        dialling::dial_number(st, key, digits);
    }
}

fn dial(st: &mut State, key: ConnectionKey, number: &str) {
    if !number.is_empty() {
        return dialling::dial_number(st, key, number);
    }
    let station = st.calls.connection(key).and_then(Connection::station);
    done(st, key);
    if let Some(station) = station {
        st.stations[station].refused = Some(Refusal::InvalidCalledDevice);
        st.station_changed(station);
    }
}
