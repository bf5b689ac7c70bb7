//! Client transactions of INVITE (RFC 3261, 17.1.1; RFC 6026, 7.2).
//!
//! ```text
//!              1xx                3xx-6xx, ACK sent              64 * T1
//!   Calling ─────────► Proceeding ────────────────► Completed ─────────────► (over)
//!      │ └────────────────────────────────────────────► ▲        (TCP: at once)
//!      │                 │ 2xx                              64 * T1
//!      └─────────────────┴──────────────────────────► Accepted ──────────► (over)
//! ```
//!
//! Completed acknowledges repeated responses. Accepted passes 2xx of further forks on. A CANCEL that is asked for while
//! Calling waits for the first provisional response (RFC 3261, 9.1).

use std::time::Duration;

use hookflash_time::Instant;

use super::{MAX_FORKS, TRANSACTION_TIMEOUT};
use crate::{DialogId, Tag};

/// The states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    Calling,
    Proceeding,
    Completed,
    Accepted,
}

/// How far the CANCEL of an INVITE is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cancelling {
    No,
    /// It is sent when the first provisional response comes.
    Wanted,
    Sent,
}

/// What the end of its timer means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Due {
    /// Timer A: send the request again.
    Repeat,
    /// Timer B, or a CANCEL that did not help: there will be no response.
    GiveUp,
    /// Timer C: there is no answer; cancel.
    Cancel,
    /// Timers D and M: it is over.
    Over,
}

/// What a client transaction of INVITE has beside that of other methods.
#[derive(Debug)]
pub(crate) struct ClientInvite {
    state: State,
    pub(crate) cancelling: Cancelling,
    /// The value of Reason in its CANCEL.
    pub(crate) cancel_reason: Option<&'static str>,
    /// Our tag, which all dialogs that it creates share.
    pub(crate) tag: Tag,
    /// The user in our Contact.
    pub(crate) contact: smol_str::SmolStr,
    /// The dialog in which it was sent, if it was sent in one.
    pub(crate) within: Option<DialogId>,
    /// Our ACK to the response that was no success.
    pub(crate) ack: Box<[u8]>,
    /// The tags of those who accepted it.
    accepted_by: Vec<Box<str>>,
    /// When its current state ends.
    until: Instant,
    /// Timer C.
    rings: Duration,
}

impl ClientInvite {
    pub(crate) fn new(
        tag: Tag,
        within: Option<DialogId>,
        contact: smol_str::SmolStr,
        until: Instant,
        rings: Duration,
    ) -> ClientInvite {
        ClientInvite {
            state: State::Calling,
            cancelling: Cancelling::No,
            cancel_reason: None,
            tag,
            contact,
            within,
            ack: Box::default(),
            accepted_by: Vec::new(),
            until,
            rings,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    /// When the current state ends.
    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    /// A provisional response came. Whether CANCEL is to be sent now.
    pub(crate) fn provisional(&mut self, now: Instant) -> bool {
        if !self.is_pending() {
            return false;
        }
        self.state = State::Proceeding;
        if self.cancelling != Cancelling::Sent {
            self.until = now + self.rings;
        }
        self.cancelling == Cancelling::Wanted
    }

    /// The INVITE is to be cancelled. Whether CANCEL is to be sent now.
    pub(crate) fn cancel(&mut self) -> bool {
        if self.is_pending() && self.cancelling == Cancelling::No {
            self.cancelling = Cancelling::Wanted;
        }
        self.state == State::Proceeding && self.cancelling == Cancelling::Wanted
    }

    /// CANCEL was sent. If no final response follows in time, none ever will (RFC 3261, 9.1).
    pub(crate) fn cancelled(&mut self, now: Instant) {
        self.cancelling = Cancelling::Sent;
        self.until = now + TRANSACTION_TIMEOUT;
    }

    /// A 2xx came. Whether it is the first final response.
    pub(crate) fn accepted(&mut self, now: Instant) -> bool {
        let first = self.is_pending();
        if first {
            self.state = State::Accepted;
            self.until = now + TRANSACTION_TIMEOUT;
        }
        first
    }

    /// Notes who accepted it. Whether that was known, or too many have.
    pub(crate) fn is_accepted_again(&mut self, remote_tag: &str) -> bool {
        let all = self.accepted_by.len() >= MAX_FORKS;
        let known = all || self.accepted_by.iter().any(|tag| **tag == *remote_tag);
        if !known {
            self.accepted_by.push(remote_tag.into());
        }
        known
    }

    /// Another final response came. Whether it is the first one.
    pub(crate) fn refused(&mut self, now: Instant) -> bool {
        let first = self.is_pending();
        if first {
            self.state = State::Completed;
            self.until = now + TRANSACTION_TIMEOUT;
        }
        first
    }

    /// Its timer ended.
    pub(crate) fn due(&self, now: Instant) -> Due {
        match self.state {
            State::Calling if now < self.until => Due::Repeat,
            State::Calling => Due::GiveUp,
            State::Proceeding if self.cancelling == Cancelling::Sent => Due::GiveUp,
            State::Proceeding => Due::Cancel,
            State::Completed | State::Accepted => Due::Over,
        }
    }

    /// Whether no final response has come.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, State::Calling | State::Proceeding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identifiers::Identifiers, transaction::TIMER_C};

    fn invite() -> ClientInvite {
        let until = Instant::ZERO + TRANSACTION_TIMEOUT;
        ClientInvite::new(Identifiers::new([0, 0]).tag(), None, smol_str::SmolStr::default(), until, TIMER_C)
    }

    #[test]
    fn a_cancel_waits_for_a_provisional_response() {
        let mut invite = invite();
        assert!(!invite.cancel());
        assert!(invite.provisional(Instant::ZERO));
        invite.cancelled(Instant::ZERO);
        assert!(!invite.provisional(Instant::ZERO), "it is sent once");
        assert_eq!(invite.until(), Instant::ZERO + TRANSACTION_TIMEOUT);
        assert_eq!(invite.due(invite.until()), Due::GiveUp);
    }

    #[test]
    fn each_state_ends_in_its_own_way() {
        let second = Instant::ZERO + Duration::from_secs(1);
        let mut ringing = invite();
        assert_eq!((ringing.due(second), ringing.due(ringing.until())), (Due::Repeat, Due::GiveUp));
        ringing.provisional(second);
        assert_eq!((ringing.until(), ringing.due(second + TIMER_C)), (second + TIMER_C, Due::Cancel));
        assert!(ringing.accepted(second) && !ringing.accepted(second) && !ringing.refused(second));
        assert_eq!((ringing.state(), ringing.due(second)), (State::Accepted, Due::Over));
        let mut refused = invite();
        assert!(refused.refused(second) && !refused.accepted(second) && !refused.provisional(second));
        assert_eq!((refused.state(), refused.due(second)), (State::Completed, Due::Over));
    }
}
