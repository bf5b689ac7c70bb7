//! Calls: who is connected to whom.

use std::fmt;

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{Connection, ConnectionId, ConnectionState, DeviceId, EventCause, Instant, StationId};

/// Names a call: never 0, unique while the call lives and not used again for two billion calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u32);

impl CallId {
    /// The call with this number, as an application quotes it; it need not exist.
    pub const fn from_number(number: u32) -> CallId {
        CallId(number)
    }

    /// The number of the call.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Global call identifier: lives from the first ring to the last transfer. Shown in Cisco's form, four
/// 8-digit hexadecimal words: `1E2E3483-5ACB11DE-BA9EF925-DF2AFB55`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct GlobalCallId([u32; 4]);

impl GlobalCallId {
    /// The identifier of the call with this number of a switch started with `seed`.
    pub(crate) fn generate(seed: u64, number: u32) -> GlobalCallId {
        let first = scramble(seed.wrapping_add(u64::from(number)));
        let second = scramble(first ^ seed.rotate_left(32));
        // The low half of the second word is 11xx as in a version-1 UUID, which is what Cisco's readers expect.
        let word = |value: u64| (value & 0xFFFF_FFFF) as u32;
        GlobalCallId([
            word(first >> 32),
            word(first) & 0xFFFF_00FF | 0x1100,
            word(second >> 32) | 0x8000_0000,
            word(second),
        ])
    }
}

/// One round of SplitMix64 (Steele, Lea, Flood 2014): spreads consecutive numbers over all 64 bits.
fn scramble(value: u64) -> u64 {
    let z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl fmt::Display for GlobalCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a:08X}-{b:08X}-{c:08X}-{d:08X}")
    }
}

/// A party of a call as others may see it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Party {
    /// The device, when it is one of ours.
    pub device: Option<DeviceId>,
    /// Its number, or the digits that were dialled for it.
    pub number: SmolStr,
    /// Its display name; empty when unknown.
    pub name: SmolStr,
}

/// Why the caller hears a failure tone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The reason.
    pub cause: EventCause,
}

/// A call and its connections.
#[derive(Clone, Debug)]
pub struct Call {
    pub(crate) id: CallId,
    pub(crate) global_id: GlobalCallId,
    pub(crate) started: Instant,
    pub(crate) calling: Party,
    pub(crate) called: Party,
    pub(crate) dialled: SmolStr,
    pub(crate) dialling: Dialling,
    pub(crate) failure: Option<Failure>,
    pub(crate) connections: SmallVec<[Connection; 2]>,
}

/// How far the caller has come with naming the called party.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Dialling {
    /// The station was asked to go off-hook for this number (prompted MakeCall); it has not yet.
    Prompting(SmolStr),
    /// Digits are being collected.
    Collecting,
    /// The number is complete.
    Done,
}

impl Call {
    /// The call's name.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// The call's name for life.
    pub fn global_id(&self) -> GlobalCallId {
        self.global_id
    }

    /// When the first device went off-hook for it.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Who placed the call.
    pub fn calling(&self) -> &Party {
        &self.calling
    }

    /// Who was called: empty until the number is complete, then the digits dialled and whose they are.
    pub fn called(&self) -> &Party {
        &self.called
    }

    /// The digits dialled so far.
    pub fn dialled(&self) -> &SmolStr {
        &self.dialled
    }

    /// Why the call did not get through, if it did not.
    pub fn failure(&self) -> Option<Failure> {
        self.failure
    }

    /// The connections, the caller's first.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// The connection of `device`.
    pub fn connection(&self, device: DeviceId) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.device == device)
    }

    pub(crate) fn connection_mut(&mut self, device: DeviceId) -> Option<&mut Connection> {
        self.connections.iter_mut().find(|connection| connection.device == device)
    }

    /// The state of `device` in the call.
    pub fn state_of(&self, device: DeviceId) -> ConnectionState {
        self.connection(device).map_or(ConnectionState::Null, |connection| connection.state)
    }

    /// The other party from `device`'s place, in a call of two.
    pub fn peer_of(&self, device: DeviceId) -> Option<&Connection> {
        self.connections.iter().find(|connection| connection.device != device)
    }

    /// Whether `device` is connected to somebody who is connected too, so that they hear each other.
    pub fn is_talking(&self, device: DeviceId) -> bool {
        self.state_of(device) == ConnectionState::Connected
            && self
                .connections
                .iter()
                .any(|other| other.device != device && other.state == ConnectionState::Connected)
    }

    /// Whether the call was answered: two parties are, or were before a hold, connected.
    pub fn is_established(&self) -> bool {
        use ConnectionState::*;
        self.connections.len() >= 2
            && self.connections.iter().all(|connection| matches!(connection.state, Connected | Hold))
    }

    /// Whether the caller is being prompted to go off-hook.
    pub fn is_prompting(&self) -> bool {
        matches!(self.dialling, Dialling::Prompting(_))
    }

    pub(crate) fn id_of(&self, device: DeviceId) -> ConnectionId {
        ConnectionId { call: self.id, device }
    }

    /// The party that `device` sees at the other end.
    pub fn party_seen_by(&self, device: DeviceId) -> &Party {
        if self.calling.device == Some(device) { &self.called } else { &self.calling }
    }

    pub(crate) fn held_by(&self, station: StationId) -> bool {
        self.connections.iter().any(|connection| connection.station == Some(station))
    }
}
