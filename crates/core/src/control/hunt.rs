//! Hunting: a call that a line does not take goes on to the next line with the same number.
//!
//! While the next line belongs to the same device, the call has not left the device: only the phones notice.

use smallvec::SmallVec;

use super::{
    divert, failure,
    routing::{self, Arrival},
    set_do_not_disturb,
};
use crate::{Channels, Connection, ConnectionKey, LineId, autonomous, configure, cti_device, state::State};

/// The call stops ringing at a line and rings at the next one with the number that can take it. False, and nothing has
/// changed, if there is none or the line keeps its calls (`huntstop`).
pub(super) fn hunt_on(st: &mut State, alerting: ConnectionKey) -> bool {
    let Some(next) = next_in_hunt(st, alerting) else { return false };
    let Some(line) = st.calls.connection(alerting).map(Connection::line) else { return false };
    // Which trunk a call leaves by is no concern of the parties.
    let trunks = st.is_trunk(line) && st.is_trunk(next);
    if trunks || st.lines[next].device() == st.lines[line].device() {
        move_on(st, alerting, line, next);
    } else {
        divert::distribute(st, alerting, next);
    }
    true
}

/// The call rings at another line of the same device now.
fn move_on(st: &mut State, key: ConnectionKey, from: LineId, to: LineId) {
    st.call_of_changed(key);
    let refusing: SmallVec<[crate::StationId; 2]> = set_do_not_disturb::refusing(st, to).collect();
    st.calls.move_to_line(key, to, st.lines[to].device());
    if st.is_trunk(to) {
        st.lines.note_used(to);
    }
    let Some(connection) = st.calls.connection_mut(key) else { return };
    if let Some(alerting) = connection.alerting_mut() {
        alerting.hunted.push(from);
        alerting.declined = refusing;
        alerting.silenced.clear();
        alerting.forward_to = None;
    }
    let is_offered = cti_device::is_at(st, to);
    let Some(connection) = st.calls.connection_mut(key) else { return };
    if let Some(alerting) = connection.alerting_mut() {
        alerting.offered = is_offered;
        alerting.silent |= is_offered;
    }
    let number = connection.party.number.clone();
    let party = st.party_reached(to, number);
    if let Some(connection) = st.calls.connection_mut(key) {
        connection.party = party;
    }
    failure::await_answer(st, key);
    st.call_of_changed(key);
    if !autonomous::is_silent(st, to) {
        autonomous::announce(st, key);
    }
    configure::left(st, from, None);
}

fn next_in_hunt(st: &State, key: ConnectionKey) -> Option<LineId> {
    let connection = st.calls.connection(key)?;
    let alerting = connection.alerting()?;
    if st.lines[connection.line()].settings().huntstop {
        return None;
    }
    let call = st.calls.get(connection.call())?;
    for line in further(st, connection, &alerting.hunted, &alerting.number) {
        match routing::arrive(st, call, line, &alerting.number, &alerting.hunted) {
            Arrival::Rings => return Some(line),
            arrival if routing::hunts_on(st, line, &arrival) => {}
            _ => return None,
        }
    }
    None
}

/// The lines with the number that were not tried. Trunks may have changed places since this one was chosen.
fn further(st: &State, connection: &Connection, hunted: &[LineId], number: &str) -> SmallVec<[LineId; 4]> {
    let current = connection.line();
    let with_number = st.reached(number).into_iter();
    match st.is_trunk(current) {
        true => with_number.filter(|line| *line != current && !hunted.contains(line)).collect(),
        false => with_number.skip_while(|line| *line != current).skip(1).collect(),
    }
}

/// A station has taken a dual line: a call that it has declined rings nowhere any more.
pub(super) fn line_taken(st: &mut State, line: LineId) {
    let keys: SmallVec<[ConnectionKey; 2]> = st.calls.at_line(line).into();
    if st.lines[line].settings().channels == Channels::Dual && keys.len() > 1 {
        for key in keys {
            failure::stop_unless_it_rings(st, key);
        }
    }
}
