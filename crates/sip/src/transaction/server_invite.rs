//! Server transactions of INVITE (RFC 3261, 17.2.1; RFC 6026, 7.1).
//!
//! ```text
//!              3xx-6xx             ACK
//!   Proceeding ────────► Completed ────► Confirmed
//!        │                  └─ UDP: the response is repeated until then
//!        │ 2xx
//!        └─────────────► Accepted
//! ```
//!
//! The last three are kept for 64 * T1: CANCEL finds its INVITE there, and a repeated INVITE its response. The 2xx itself
//! is repeated by its dialog.

use hookflash_time::{Deadline, Instant};

use super::{Origin, Repetition, T2, TRANSACTION_TIMEOUT};
use crate::{DialogId, Flow};

/// The states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Proceeding,
    Completed,
    Confirmed,
    Accepted,
}

/// What is done with a repeated INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Repeated {
    /// It is ignored.
    Absorbed,
    /// The last response is sent again.
    Answered,
}

/// What a server transaction of INVITE has beside that of other methods.
#[derive(Debug)]
pub(crate) struct ServerInvite {
    pub(crate) state: State,
    pub(crate) flow: Flow,
    /// What the INVITE is known by whatever way it takes.
    pub(crate) origin: Origin,
    /// The dialog it belongs to or began.
    pub(crate) dialog: Option<DialogId>,
    /// Whether it came outside a dialog.
    pub(crate) initial: bool,
    /// When the response that is no success is repeated.
    pub(crate) repetition: Repetition,
    /// Ends when 100 is due, and then when the response is repeated.
    pub(crate) deadline: Option<Deadline>,
}

impl ServerInvite {
    pub(crate) fn new(now: Instant, flow: Flow, origin: Origin, initial: bool) -> ServerInvite {
        ServerInvite {
            state: State::Proceeding,
            flow,
            origin,
            dialog: None,
            initial,
            repetition: Repetition::new(now, T2),
            deadline: None,
        }
    }

    /// A final response is sent. Whether it is to be repeated until ACK comes.
    pub(crate) fn answered(&mut self, now: Instant, success: bool) -> bool {
        self.state = if success { State::Accepted } else { State::Completed };
        self.repetition = Repetition::new(now + TRANSACTION_TIMEOUT, T2);
        !success && self.flow.link().is_none()
    }

    /// ACK came to a response that is no success. Whether one was waited for.
    pub(crate) fn acknowledged(&mut self) -> bool {
        let waited = self.state == State::Completed;
        if waited {
            self.state = State::Confirmed;
        }
        waited
    }

    /// What is done when the INVITE comes again.
    pub(crate) fn when_repeated(&self) -> Repeated {
        match self.state {
            State::Confirmed => Repeated::Absorbed,
            State::Proceeding | State::Completed | State::Accepted => Repeated::Answered,
        }
    }
}
