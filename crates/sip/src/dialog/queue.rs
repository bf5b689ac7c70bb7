//! Requests that a dialog sends one after the other, so that the peer sees them in order.
//!
//! Over TCP they are written at once, and one bit is kept of each. Datagrams keep no order: over UDP the next request
//! waits until the one before it is answered, or has been repeated [`PATIENCE`] times. Some peers never answer: one that
//! has not answered yet, or has just left a request unanswered, is given one repetition, and then nothing waits for it
//! until it answers again. While a dialog is unreachable everything waits.

use std::collections::VecDeque;

use hookflash_wire::sip::Method;

use super::Outstanding;
use crate::{Body, ContentKind, Flow, RequestId};

/// Requests that may wait in one dialog, and the bytes of their bodies; beyond either the dialog ends.
pub const MAX_WAITING: usize = 1_000;
/// See [`MAX_WAITING`].
pub const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// How often a request over UDP is repeated before others may follow it, if the peer is known to answer. Then its
/// datagrams were lost as often, and 3.5 seconds have gone.
pub const PATIENCE: u32 = 3;

/// Requests over UDP that are repeated at once in one dialog, until they are answered; beyond it the oldest is given up.
pub const MAX_REPEATED: usize = 16;

/// A request that waits to be sent.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) method: Method,
    kind: Option<ContentKind>,
    bytes: Box<[u8]>,
}

impl Waiting {
    pub(crate) fn body(&self) -> Option<Body<'_>> {
        self.kind.map(|kind| Body { kind, bytes: &self.bytes })
    }
}

/// A request over UDP that has no final response yet.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) request: RequestId,
    /// How often it was repeated.
    pub(crate) repetitions: u32,
}

/// Whether a peer answers our requests.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum PeerAnswers {
    /// It had none to answer yet, its answer may still come, or it has left one unanswered for once.
    #[default]
    Unknown,
    /// It does.
    Yes,
    /// It left one unanswered for too long, never answered before or left the next one too, and has answered none since.
    No,
}

impl PeerAnswers {
    /// What to think of the peer when the wait for its answer has been too long. One that does answer may have had bad
    /// luck with a request, and deserves order for the next ones.
    pub(crate) fn disappointed(self) -> PeerAnswers {
        match self {
            PeerAnswers::Yes => PeerAnswers::Unknown,
            PeerAnswers::Unknown | PeerAnswers::No => PeerAnswers::No,
        }
    }
}

/// Which of the last 64 requests over a stream have no final response yet: their client transactions, one bit each.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct StreamWindow {
    last: u32,
    /// Bit n is that of the request with CSeq `last - n`.
    open: u64,
}

impl StreamWindow {
    pub(crate) fn sent(&mut self, cseq: u32) {
        let gap = cseq.wrapping_sub(self.last);
        self.open = self.open.checked_shl(gap).unwrap_or(0) | 1;
        self.last = cseq;
    }

    /// Whether the request has no final response yet.
    pub(crate) fn is_open(&self, cseq: u32) -> bool {
        self.open & self.bit(cseq) != 0
    }

    pub(crate) fn answered(&mut self, cseq: u32) {
        self.open &= !self.bit(cseq);
    }

    fn bit(&self, cseq: u32) -> u64 {
        1u64.checked_shl(self.last.wrapping_sub(cseq)).unwrap_or(0)
    }
}

/// The requests of a dialog that are sent in order.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// Those over UDP that are not answered yet, oldest first.
    pub(crate) outstanding: Outstanding,
    /// Those over TCP.
    pub(crate) window: StreamWindow,
    /// What is known of how the peer answers over UDP.
    pub(crate) answers: PeerAnswers,
}

impl Queue {
    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a request may be sent now by this flow, or has to wait for the one before it.
    pub(crate) fn may_send(&self, flow: &Flow) -> bool {
        let patience = match self.answers {
            PeerAnswers::Unknown => 1,
            PeerAnswers::Yes => PATIENCE,
            PeerAnswers::No => 0,
        };
        flow.link().is_some() || self.outstanding.back().is_none_or(|last| last.repetitions >= patience)
    }

    /// Puts a request at the end of those that wait; false when there are too many.
    pub(crate) fn wait(&mut self, method: &Method, body: Option<Body<'_>>) -> bool {
        let length = body.map_or(0, |body| body.bytes.len());
        if self.waiting.len() >= MAX_WAITING || self.waiting_bytes + length > MAX_WAITING_BYTES {
            return false;
        }
        self.waiting_bytes += length;
        let bytes = body.map(|body| body.bytes.into()).unwrap_or_default();
        self.waiting.push_back(Waiting { method: method.clone(), kind: body.map(|body| body.kind), bytes });
        true
    }

    /// The next request that waits, and the bytes of its body.
    pub(crate) fn next(&mut self) -> Option<(Waiting, usize)> {
        let next = self.waiting.pop_front()?;
        let length = next.bytes.len();
        self.waiting_bytes -= length;
        Some((next, length))
    }

    /// Drops the waiting requests, and returns how many bytes of bodies they had.
    pub(crate) fn forget_waiting(&mut self) -> usize {
        self.waiting = VecDeque::new();
        std::mem::take(&mut self.waiting_bytes)
    }

    /// Takes a request out of those that are not answered.
    pub(crate) fn take(&mut self, request: RequestId) -> Option<InFlight> {
        let place = self.outstanding.iter().position(|one| one.request == request)?;
        self.outstanding.remove(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_knows_each_of_the_last_requests_once() {
        let mut window = StreamWindow::default();
        assert!(!window.is_open(0));
        for cseq in [1, 2, 4, 60] {
            window.sent(cseq);
        }
        assert_eq!(
            [1, 2, 3, 4, 59, 60, 61].map(|cseq| window.is_open(cseq)),
            [true, true, false, true, false, true, false]
        );
        window.answered(2);
        assert!(!window.is_open(2) && window.is_open(1));
        window.sent(65);
        assert!(!window.is_open(1), "too long ago");
        assert!(window.is_open(4) && window.is_open(65));
        window.sent(1_000);
        assert!(!window.is_open(65) && window.is_open(1_000));
    }
}
