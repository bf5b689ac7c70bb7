//! A recording that has begun: records of what happens, up to a limit.

use std::net::IpAddr;

use hookflash_core::Instant;

use super::{RecordTooLarge, Recorder};
use crate::{Input, Output, Start, config};

/// The size at which a recording stops unless something else is asked for, in bytes.
pub const USUAL_LIMIT: usize = 64 * 1024 * 1024;

/// Bytes that may wait until the disk takes them.
pub const MAX_WAITING: usize = 8 * 1024 * 1024;

/// Why a recording takes no more records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Stop {
    /// An input does not fit into a record, and what follows depends on it.
    #[error(transparent)]
    RecordTooLarge(#[from] RecordTooLarge),
    /// The file has no room for the next record.
    #[error("the limit of its size is reached")]
    LimitReached,
    /// More than [`MAX_WAITING`] bytes would wait.
    #[error("too much waits for the disk, more than {} MiB", MAX_WAITING >> 20)]
    Behind,
}

/// A limit that is too small for the head of the recording, which takes this many bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the limit of its size is too small: the configuration takes {0} bytes")]
pub struct HeadTooLarge(pub usize);

/// A recording that has begun.
///
/// It is used as a [`Recorder`] is; what [`Recording::finish`] answers goes to a [`Spool`](super::Spool). When it has
/// stopped it takes no notice of anything any more.
#[derive(Debug)]
pub struct Recording {
    /// `None` once it has stopped.
    recorder: Option<Recorder>,
    /// Bytes that the file may still take.
    room: usize,
}

impl Recording {
    /// Begins the recording of a node with this configuration, for a file of at most `limit` bytes. The head of the
    /// file comes with it.
    ///
    /// # Errors
    /// The limit is too small for the head.
    pub fn begin(
        limit: usize,
        settings: &config::Settings,
        bind: Option<IpAddr>,
        start: Start,
    ) -> Result<(Recording, Vec<u8>), HeadTooLarge> {
        let mut head = Vec::new();
        let recorder = Recorder::new(settings, bind, start, &mut head);
        let room = limit.checked_sub(head.len()).ok_or(HeadTooLarge(head.len()))?;
        Ok((Recording { recorder: Some(recorder), room }, head))
    }

    /// The node is about to get an input.
    pub fn input(&mut self, now: Instant, input: &Input<'_>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.input(now, input);
        }
    }

    /// The node is about to look at its timers.
    pub fn timeout(&mut self, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            recorder.timeout(now);
        }
    }

    /// The node gave an output.
    pub fn output(&mut self, output: &Output) {
        if let Some(recorder) = &mut self.recorder {
            recorder.output(output);
        }
    }

    /// The node has nothing more to say: the record of it, to be written behind all the others. `waiting` bytes of
    /// those are not written yet. `None` after the recording has stopped.
    ///
    /// # Errors
    /// The recording stops with this record left out, and is whole up to it.
    pub fn finish(&mut self, waiting: usize) -> Result<Option<Vec<u8>>, Stop> {
        let Some(recorder) = &mut self.recorder else { return Ok(None) };
        let mut record = Vec::new();
        let finished = recorder.finish(&mut record).map_err(Stop::from);
        let result = finished.and_then(|()| self.fit(waiting, record.len()));
        if result.is_err() {
            self.stop();
        }
        result.map(|()| Some(record))
    }

    /// Takes no more records.
    pub fn stop(&mut self) {
        self.recorder = None;
    }

    fn fit(&mut self, waiting: usize, size: usize) -> Result<(), Stop> {
        if waiting + size > MAX_WAITING {
            return Err(Stop::Behind);
        }
        self.room = self.room.checked_sub(size).ok_or(Stop::LimitReached)?;
        Ok(())
    }
}
