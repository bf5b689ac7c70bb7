//! One call: what all its connections have in common.

use std::fmt;

use smallvec::SmallVec;
use smol_str::SmolStr;

use super::ConnectionKey;
use crate::{EventCause, Instant, Party, Redirection};

/// Names a call: never 0, unique while the call lives, and not used again for a hundred million calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct CallId(pub(super) u32);

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
    /// The identifier of the call with this number, of a switch started with `seed`. The last word is different for
    /// each call of the switch, and for the calls of each node with the same seed.
    pub(super) fn generate(seed: u64, call: CallId) -> GlobalCallId {
        let first = scramble(seed.wrapping_add(u64::from(call.0)));
        let second = scramble(first ^ seed.rotate_left(32));
        // The low half of the second word is 11xx as in a version-1 UUID, which is what Cisco's readers expect.
        let word = |value: u64| (value & 0xFFFF_FFFF) as u32;
        GlobalCallId([
            word(first >> 32),
            word(first) & 0xFFFF_00FF | 0x1100,
            word(second >> 32) | 0x8000_0000,
            word(scramble(seed)) ^ call.0,
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

/// Data that applications attach to a call, octets as hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CallData {
    /// Stays with the call, also when it is transferred.
    pub correlator: Option<SmolStr>,
    /// Goes with the events that one request causes.
    pub user: Option<SmolStr>,
}

impl CallData {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.correlator.is_none() && self.user.is_none()
    }
}

/// What the connections of one call have in common.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) id: CallId,
    pub(super) global_id: GlobalCallId,
    pub(super) started: Instant,
    /// When it was answered first.
    pub(crate) answered: Option<Instant>,
    pub(super) connections: SmallVec<[ConnectionKey; 3]>,
    /// The connection that made a conference of the call. It is one while three or more are in it: a member whose place
    /// another one takes leaves before that one comes.
    pub(super) conference: Option<ConnectionKey>,
    /// Whether it ends when the last number of this switch leaves.
    pub(crate) ends_without_local: bool,
    /// Whether a conference goes on when who controls it leaves: somebody has entered the call.
    pub(crate) stays_without_controller: bool,
    /// How often somebody has entered it with the key cBarge.
    pub(crate) barges: u8,
    /// Whether its audio goes through the media engine also where two devices could exchange it themselves.
    pub(crate) relayed: bool,
    pub(crate) calling: Party,
    pub(crate) called: Party,
    pub(crate) redirection: Option<Box<Redirection>>,
    /// The device that has passed the call on after it was answered, to a park slot or from there: that redirected it last.
    pub(crate) passed_on_by: Option<Party>,
    /// The cause of its events while it is set up: a new call, or a consultation.
    pub(crate) origin: EventCause,
    /// What applications have attached to it.
    pub(crate) data: CallData,
}

impl Call {
    /// The call's name.
    pub fn id(&self) -> CallId {
        self.id
    }

    /// The call's name for life; transfer and conference keep it.
    pub fn global_id(&self) -> GlobalCallId {
        self.global_id
    }

    /// When the first device went off-hook for it.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// When it was answered first; after a transfer that of the held call.
    pub fn answered(&self) -> Option<Instant> {
        self.answered
    }

    /// The calling party; after a transfer, the party of the held call that stayed.
    pub fn calling(&self) -> &Party {
        &self.calling
    }

    /// Who was called: empty until the number is complete, then the digits dialled and whose they are. This stays
    /// so when the call is diverted; a transfer sets it to who was called in the consultation call.
    pub fn called(&self) -> &Party {
        &self.called
    }

    /// The diversions of the call, if it was diverted.
    pub fn redirection(&self) -> Option<&Redirection> {
        self.redirection.as_deref()
    }

    /// Whom the call was sent to last: who was called, or whom the call was diverted to.
    pub fn destination(&self) -> &Party {
        self.redirection.as_ref().map_or(&self.called, |redirection| &redirection.destination)
    }

    /// What applications have attached to it.
    pub fn data(&self) -> &CallData {
        &self.data
    }

    /// The connections, in the order in which they joined.
    pub fn connections(&self) -> &[ConnectionKey] {
        &self.connections
    }

    /// The connection that made a conference of the call, while it is one.
    pub fn conference_controller(&self) -> Option<ConnectionKey> {
        self.conference.filter(|_| self.connections.len() >= 3)
    }

    /// Whether three or more parties were joined by a conference.
    pub fn is_conference(&self) -> bool {
        self.conference_controller().is_some()
    }
}
