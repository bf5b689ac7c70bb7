//! What a phone shows.

use hookflash_wire::{
    csta::{EventCause, LocalConnectionState as State},
    sccp::CallState,
};

use super::{Call, Connection, Model};

/// One call on the display of a phone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shown {
    /// The line, from 1.
    pub line: u32,
    /// The reference of the call.
    pub call: u32,
    /// Its state.
    pub state: CallState,
}

impl Model {
    /// The calls that a phone shows, line by line.
    pub fn shown_at(&self, station: usize) -> Vec<Shown> {
        let mut shown = Vec::new();
        for (line, device) in (1..).zip(self.lines(station)) {
            for call in self.calls.values() {
                let own = call.connections.iter().find(|connection| connection.device == *device);
                let state = own.and_then(|own| state_at(station, call, own));
                if let (Some(own), Some(state)) = (own, state) {
                    shown.push(Shown { line, call: own.reference, state });
                }
            }
        }
        shown
    }

    /// Whether the phone rings: something rings there, and its user is not busy.
    pub fn ringer_at(&self, station: usize) -> bool {
        self.active(station).is_none()
            && self.shown_at(station).iter().any(|shown| shown.state == CallState::RING_IN)
    }

    /// The references of the calls in which the phone and another one hear each other, and of the other ends.
    pub fn talks_at(&self, station: usize) -> Vec<(u32, u32)> {
        let talking = |call: &&Call| call.is_talking();
        let mut talks = Vec::new();
        for call in self.calls.values().filter(talking) {
            if let [a, b] = call.connections.as_slice() {
                let ends = [(a, b), (b, a)].into_iter().filter(|(own, _)| own.station == Some(station));
                talks.extend(ends.map(|(own, other)| (own.reference, other.reference)));
            }
        }
        talks
    }
}

/// What a call looks like at one phone of a device; `None` if it does not show it.
fn state_at(station: usize, call: &Call, own: &Connection) -> Option<CallState> {
    let here = own.station == Some(station);
    Some(match own.state {
        State::Null | State::Queued => return None,
        State::Alerting if !own.rings_at(station) => return None,
        State::Alerting => CallState::RING_IN,
        State::Hold => CallState::HOLD,
        State::Initiated if call.is_prompted() => return here.then_some(CallState::RING_IN),
        _ if !here => CallState::CALL_REMOTE_MULTILINE,
        State::Initiated => CallState::OFF_HOOK,
        State::Connected | State::Fail => match &call.failed {
            Some(EventCause::Busy) => CallState::BUSY,
            Some(EventCause::DestNotObtainable) => CallState::INVALID_NUMBER,
            Some(_) => CallState::CONGESTION,
            None if call.connections.iter().any(|other| other.state == State::Alerting) => {
                CallState::RING_OUT
            }
            None if call.connections.len() == 1 => CallState::PROCEED,
            None => CallState::CONNECTED,
        },
    })
}
