//! Audio between the thread of the media engine and the socket of an application.

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use hookflash_media::{StreamId, Streamed};
use tokio::{sync::Notify, time::Instant};

/// What waits for an application at most: a second of audio. Of more, the oldest is lost.
const MAX_KEPT: usize = 50;

/// Bytes of an application that wait for the engine. An application that sends more is not read until they are taken.
const MAX_GIVEN: usize = 2 * 1024 * 1024;

/// One end of a stream.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: StreamId,
    kept: Mutex<VecDeque<(Instant, Streamed)>>,
    changed: Notify,
    given: AtomicUsize,
    lost: AtomicU64,
}

impl Channel {
    /// The channel of a stream.
    pub(crate) fn new(stream: StreamId) -> Channel {
        Channel {
            stream,
            kept: Mutex::default(),
            changed: Notify::new(),
            given: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// The stream.
    pub(crate) fn stream(&self) -> StreamId {
        self.stream
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(Instant, Streamed)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine passes something on.
    pub(crate) fn push(&self, what: Streamed) {
        let mut kept = self.kept();
        if kept.len() >= MAX_KEPT {
            kept.pop_front();
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        kept.push_back((Instant::now(), what));
        drop(kept);
        self.changed.notify_one();
    }

    /// What was passed on first, and when.
    pub(crate) fn pop(&self) -> Option<(Instant, Streamed)> {
        self.kept().pop_front()
    }

    /// Waits until something was passed on.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// How much was lost because the application did not read it in time.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The application has given bytes to the engine.
    pub(crate) fn given(&self, bytes: usize) {
        self.given.fetch_add(bytes, Ordering::AcqRel);
    }

    /// The engine has taken bytes.
    pub(crate) fn taken(&self, bytes: usize) {
        self.given.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Whether the engine has taken most of what it was given.
    pub(crate) fn has_room(&self) -> bool {
        self.given.load(Ordering::Acquire) <= MAX_GIVEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_that_does_not_read_loses_the_oldest() {
        let channel = Channel::new(StreamId(1));
        for number in 0..=u8::MAX {
            channel.push(Streamed::Audio(vec![number]));
        }
        assert_eq!(channel.lost(), 256 - MAX_KEPT as u64);
        let kept: Vec<_> = std::iter::from_fn(|| channel.pop()).map(|(_, what)| what).collect();
        assert_eq!((kept.len(), kept.last()), (MAX_KEPT, Some(&Streamed::Audio(vec![255]))));
    }

    #[test]
    fn an_application_that_sends_too_much_waits_for_the_engine() {
        let channel = Channel::new(StreamId(1));
        channel.given(MAX_GIVEN + 1);
        assert!(!channel.has_room());
        channel.taken(1);
        assert!(channel.has_room());
    }
}
