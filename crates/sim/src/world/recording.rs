//! The node's recording, and the disk it is on.
//!
//! The recording takes the way that it takes in `hookflash serve --record`: the node's own [`Recording`] and
//! [`Spool`], here in front of a disk that is as full as it is told to be. A full disk answers with the error that a
//! real one gives (`ENOSPC`).

use std::io;

use hookflash_core::Instant;
use hookflash_node::{
    Input, Output, Start, config,
    recording::{self, Recording, RecordingError, Replay, Spool, Storage},
};

/// A disk with one file on it.
#[derive(Debug, Default)]
pub(super) struct Disk {
    file: Vec<u8>,
    /// Bytes for which there is room; `None` for as many as anybody wants.
    room: Option<usize>,
}

impl Storage for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.room.map_or(bytes.len(), |room| room.min(bytes.len()));
        if count < bytes.len() && count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.extend_from_slice(bytes.get(..count).unwrap_or_default());
        self.room = self.room.map(|room| room - count);
        Ok(count)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        Ok(())
    }
}

/// A node's recording, from the start of the node.
#[derive(Debug)]
pub(super) struct Recorder {
    settings: config::Settings,
    recording: Recording,
    spool: Spool<Disk>,
    /// Inputs of the node, timers included.
    inputs: u64,
    notices: Vec<String>,
    /// What the node before left behind.
    earlier: Option<Vec<u8>>,
}

/// What a recording holds that replays.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Replayed {
    /// How many inputs of the node are in it.
    pub inputs: u64,
    /// Whether those are all there were.
    pub complete: bool,
}

impl Recorder {
    /// Begins the recording of a node of this configuration on an empty disk.
    pub(super) fn begin(
        settings: config::Settings,
        start: Start,
    ) -> Result<Recorder, recording::HeadTooLarge> {
        let (recording, spool) = begin(&settings, start, Disk::default())?;
        Ok(Recorder { settings, recording, spool, inputs: 0, notices: Vec::new(), earlier: None })
    }

    /// The node has ended, and another one starts. What the old one left is kept, and the disk is as full as it was.
    pub(super) fn begin_again(&mut self, in_order: bool, start: Start) {
        if in_order {
            let notice = self.spool.finish();
            self.tell(notice);
        }
        let room = self.spool.storage().room;
        // The head fitted before.
        if let Ok((recording, spool)) = begin(&self.settings, start, Disk { room, ..Disk::default() }) {
            let old = std::mem::replace(&mut self.spool, spool);
            (self.recording, self.inputs) = (recording, 0);
            self.earlier = Some(old.storage().file.clone());
        }
    }

    pub(super) fn input(&mut self, now: Instant, input: &Input<'_>) {
        self.recording.input(now, input);
    }

    pub(super) fn timeout(&mut self, now: Instant) {
        self.recording.timeout(now);
    }

    pub(super) fn output(&mut self, output: &Output) {
        self.recording.output(output);
    }

    /// The node has nothing more to say.
    pub(super) fn finish_record(&mut self, now: Instant) {
        self.inputs += 1;
        match self.recording.finish(self.spool.waiting()) {
            Ok(Some(piece)) => {
                // What the virtual office does never fills a file.
                piece.head.iter().for_each(|head| self.spool.push(head));
                self.spool.push(&piece.record);
            }
            Ok(None) => {}
            Err(stop) => self.tell(Some(recording::Notice::Stopped(stop))),
        }
        self.write(now);
    }

    /// Writes what waits, if it is time.
    pub(super) fn write(&mut self, now: Instant) {
        let notice = self.spool.write(now);
        self.tell(notice);
        if self.spool.has_failed() {
            self.recording.stop();
        }
    }

    /// When to write again.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.spool.poll_timeout()
    }

    pub(super) fn set_room(&mut self, room: Option<usize>) {
        self.spool.storage_mut().room = room;
    }

    pub(super) fn notices(&self) -> &[String] {
        &self.notices
    }

    /// Replays what is on the disk, that of the node before too.
    pub(super) fn replay(&self) -> Result<Replayed, String> {
        self.earlier.iter().try_for_each(|file| {
            replay(file).map(|_| ()).map_err(|error| format!("the recording of the node before: {error}"))
        })?;
        let (inputs, cut_off) = replay(&self.spool.storage().file)?;
        Ok(Replayed { inputs, complete: inputs == self.inputs && !cut_off })
    }

    fn tell(&mut self, notice: Option<recording::Notice>) {
        self.notices.extend(notice.map(|notice| notice.to_string()));
    }
}

fn begin(
    settings: &config::Settings,
    start: Start,
    disk: Disk,
) -> Result<(Recording, Spool<Disk>), recording::HeadTooLarge> {
    let (recording, head) = Recording::begin(recording::USUAL_LIMIT, settings, None, start)?;
    let mut spool = Spool::new(disk);
    spool.push(&head);
    Ok((recording, spool))
}

/// Replays a file as far as it goes: how many inputs there are, and whether the last one is cut off.
fn replay(file: &[u8]) -> Result<(u64, bool), String> {
    let mut replay = match Replay::new(file) {
        Ok(replay) => replay,
        // Not even the head was written before the disk was full.
        Err(recording::ReplayError::Recording(RecordingError::CutOff { .. })) => return Ok((0, true)),
        Err(_) if file.is_empty() => return Ok((0, true)),
        Err(error) => return Err(error.to_string()),
    };
    let mut inputs = 0;
    loop {
        match replay.step(None) {
            Ok(Some(step)) if step.is_exact() => inputs += 1,
            Ok(Some(step)) => {
                return Err(format!("input {inputs} at {} does not cause what it did", step.record.at));
            }
            Ok(None) => return Ok((inputs, false)),
            Err(RecordingError::CutOff { .. }) => return Ok((inputs, true)),
            Err(error) => return Err(error.to_string()),
        }
    }
}
