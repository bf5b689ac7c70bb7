//! Diversions: how a call left a device before it was answered there, and where it went.
//!
//! ```text
//!   A dials B ──► B forwards to C: Diverted(B → C) ──► C rings: Delivered(C), or C diverts, or the call fails
//!                      ▲  │
//!     B rings ─────────┘  └─ the called party stays B; A sees C, C sees that the call was for B
//! ```
//!
//! Forwarding, Deflect Call, Park Call and recalls all divert calls; a [`Redirection`] lists the diversions of one
//! call.
//!
//! # Invariants
//!
//! * Diversions end: a device forwards a call at most once, and a call is diverted at most
//!   [`Settings::max_redirects`](crate::Settings::max_redirects) times. A call that would go on for ever fails
//!   with [`EventCause::Blocked`]. A user or an application may deflect a call to a device that had it before.

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{DeviceId, EventCause, ForwardingType, Party};

/// Why a call left a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum DiversionReason {
    /// The device forwards such calls.
    Forwarded(ForwardingType),
    /// No application has the device open, or no telephone is registered.
    Unregistered,
    /// No application has taken the call in time.
    NotAccepted,
    /// The application of the device has gone.
    ApplicationFailed,
    /// A user or an application sent the ringing call elsewhere.
    Deflected,
    /// A hunt group sent the call on.
    Distributed,
    /// Another device picked the call up.
    PickedUp,
    /// The call was not answered where it was sent, so it comes back to the device that sent it there.
    Recalled,
}

impl DiversionReason {
    /// The cause of the events of a call that is diverted so.
    pub const fn cause(self) -> EventCause {
        match self {
            DiversionReason::Forwarded(kind) => kind.cause(),
            DiversionReason::Unregistered | DiversionReason::NotAccepted => EventCause::CallForwardNoAnswer,
            DiversionReason::ApplicationFailed => EventCause::CallForward,
            DiversionReason::Deflected => EventCause::Redirected,
            DiversionReason::Distributed => EventCause::Distributed,
            DiversionReason::PickedUp => EventCause::CallPickup,
            DiversionReason::Recalled => EventCause::Recall,
        }
    }
}

/// One device that diverted a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diversion {
    /// The device; `None` if another network diverted the call before it came here.
    pub device: Option<DeviceId>,
    /// The device as a party, with the number by which it was reached.
    pub by: Party,
    /// Why.
    pub reason: DiversionReason,
    /// How often: once, unless another network says that it was more.
    pub count: u32,
}

/// A number from which another network has diverted a call before it came here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diverted {
    /// The number.
    pub number: SmolStr,
    /// Why.
    pub reason: DiversionReason,
    /// How often; at least 1.
    pub count: u32,
}

/// The diversions of a call: never empty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redirection {
    first: Diversion,
    further: SmallVec<[Diversion; 1]>,
    pub(crate) destination: Party,
}

impl Redirection {
    pub(crate) fn new(first: Diversion, destination: Party) -> Redirection {
        Redirection { first, further: SmallVec::new(), destination }
    }

    /// What another network has done with a call before it came here, oldest first; `None` if that is nothing.
    pub(crate) fn outside(diverted: Vec<Diverted>, called: &Party) -> Option<Redirection> {
        let party = |number| Party { device: None, number, name: SmolStr::default() };
        let diversion = |Diverted { number, reason, count }| Diversion {
            device: None,
            by: party(number),
            reason,
            count: count.max(1),
        };
        let mut all = diverted.into_iter().map(diversion);
        let mut redirection = Redirection::new(all.next()?, called.clone());
        redirection.further.extend(all);
        Some(redirection)
    }

    /// The call is diverted once more.
    pub(crate) fn push(&mut self, diversion: Diversion, destination: Party) {
        self.further.push(diversion);
        self.destination = destination;
    }

    /// The diversions, oldest first.
    pub fn diversions(&self) -> impl Iterator<Item = &Diversion> {
        std::iter::once(&self.first).chain(&self.further)
    }

    /// How often the call was diverted; at least 1.
    pub fn count(&self) -> usize {
        let counts =
            self.diversions().map(|diversion| usize::try_from(diversion.count).unwrap_or(usize::MAX));
        counts.fold(0, usize::saturating_add)
    }

    /// The diversion by the device that was called originally.
    pub fn first(&self) -> &Diversion {
        &self.first
    }

    /// The latest diversion.
    pub fn last(&self) -> &Diversion {
        self.further.last().unwrap_or(&self.first)
    }

    /// The diversion before the latest one.
    pub fn last_but_one(&self) -> Option<&Diversion> {
        match self.further.as_slice() {
            [] => None,
            [_] => Some(&self.first),
            [.., before, _] => Some(before),
        }
    }

    /// Where the call went in the end.
    pub fn destination(&self) -> &Party {
        &self.destination
    }

    /// Whether the device has forwarded the call already.
    pub(crate) fn was_forwarded_by(&self, device: DeviceId) -> bool {
        let forwarded = |diversion: &Diversion| {
            matches!(
                diversion.reason,
                DiversionReason::Forwarded(_)
                    | DiversionReason::Unregistered
                    | DiversionReason::NotAccepted
                    | DiversionReason::ApplicationFailed
            )
        };
        self.diversions().any(|diversion| diversion.device == Some(device) && forwarded(diversion))
    }
}
