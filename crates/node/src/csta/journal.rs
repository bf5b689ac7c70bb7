//! The journal of a session: its last events, for an application that comes back.
//!
//! Each event has the number after that of the one before. An event is kept as it was sent, without the mark that it is sent
//! again. How many are kept is limited by number (`journal maximum`) and, for all sessions together, in bytes.

use std::collections::VecDeque;

/// The last events of a session.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// The number of the oldest event that is kept, or of the next one if none is.
    first: u64,
    events: VecDeque<Box<[u8]>>,
    bytes: usize,
}

/// The memory of an event beside its document.
const OVERHEAD: usize = 32;

impl Journal {
    /// An empty journal whose next event follows the one with this number.
    pub(super) fn after(last: u64) -> Journal {
        Journal { first: last + 1, ..Journal::default() }
    }

    /// The number of the oldest event that is kept, or of the next one if none is.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// The event with this number, if it is kept.
    pub(crate) fn event(&self, number: u64) -> Option<&[u8]> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.events.get(place).map(AsRef::as_ref)
    }

    /// Bytes that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Drops everything: the next event is this one.
    pub(super) fn begin_again(&mut self, next: u64) {
        *self = Journal::after(next - 1);
    }

    /// Keeps the next event, and at most `most` altogether.
    pub(super) fn keep(&mut self, document: &[u8], most: usize) {
        self.bytes += document.len() + OVERHEAD;
        self.events.push_back(document.into());
        while self.events.len() > most {
            self.drop_oldest();
        }
    }

    /// Drops the oldest events until it takes at most so many bytes.
    pub(super) fn shrink(&mut self, bytes: usize) {
        while self.bytes > bytes && !self.events.is_empty() {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some(document) = self.events.pop_front() {
            self.bytes = self.bytes.saturating_sub(document.len() + OVERHEAD);
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_events_go_first() {
        let mut journal = Journal::after(7);
        assert_eq!((journal.first(), journal.event(8)), (8, None));
        for text in ["a", "b", "c"] {
            journal.keep(text.as_bytes(), 2);
        }
        assert_eq!(journal.first(), 9);
        let kept = [8, 9, 10, 11].map(|number| journal.event(number).map(<[u8]>::to_vec));
        assert_eq!(kept, [None, Some(b"b".to_vec()), Some(b"c".to_vec()), None]);
        journal.shrink(journal.bytes() - 1);
        assert_eq!((journal.first(), journal.bytes()), (10, 1 + OVERHEAD));
        journal.keep(b"d", 0);
        assert_eq!((journal.first(), journal.bytes()), (12, 0), "nothing is kept, and numbers go on");
    }
}
