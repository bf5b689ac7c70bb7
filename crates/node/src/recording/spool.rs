//! What waits to be written to a recording's file, and what to do when the file does not take it.
//!
//! A replay cannot jump over a gap: everything after it depends on what is missing. So a full disk is waited for.
//! What happens meanwhile is kept, and written when there is room again; then the recording has no gap. What is kept is
//! bounded (by [`Recording::finish`](super::Recording::finish)): if the disk stays full for too long the recording stops,
//! and what was kept until then is still written when that becomes possible. Any other error of the disk ends the recording.
//!
//! | state | what happens |
//! | --- | --- |
//! | the disk takes what comes | it is written at once |
//! | the disk is full | what comes is kept; every second it is tried again; [`Notice::DiskFull`], [`Notice::RoomAgain`] |
//! | the disk failed | what comes is dropped; [`Notice::Failed`] |
//! | the server ends | one last try; what is not a whole record is cut off; [`Notice::EndMissing`] |

use std::{
    collections::VecDeque,
    fmt,
    io::{self, ErrorKind},
    time::Duration,
};

use hookflash_core::Instant;

use super::Stop;

/// After how long a full disk is tried again.
pub const TRY_AGAIN: Duration = Duration::from_secs(1);

/// The largest buffer that is kept while nothing waits, in bytes.
const SPARE_CAPACITY: usize = 64 * 1024;

/// Where a recording is written: a file, or what stands for one.
pub trait Storage {
    /// Writes some of these bytes and returns how many.
    ///
    /// # Errors
    /// [`ErrorKind::StorageFull`] and [`ErrorKind::QuotaExceeded`] are waited for, [`ErrorKind::Interrupted`] is tried
    /// again at once, and any other error is final.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Cuts off what is behind the first `length` bytes.
    ///
    /// # Errors
    /// It is not possible here; then the recording is read as one that was cut off.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// A notice about a recording for the operator.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// The disk is full; what happens is kept until there is room.
    DiskFull,
    /// There is room again, and all that was kept is in the file.
    RoomAgain,
    /// The disk failed, and the recording is over.
    Failed(String),
    /// The recording is over for another reason.
    Stopped(Stop),
    /// The server has ended while the disk was full.
    EndMissing,
}

impl Notice {
    /// Whether something is wrong.
    pub fn is_warning(&self) -> bool {
        *self != Notice::RoomAgain
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::DiskFull => {
                f.write_str("the disk is full: the recording waits for room, and the server goes on")
            }
            Notice::RoomAgain => {
                f.write_str("the disk has room again: everything that waited is in the recording")
            }
            Notice::Failed(error) => write!(f, "recording stopped: {error}; the server goes on"),
            Notice::Stopped(stop) => write!(f, "recording stopped: {stop}; the server goes on"),
            Notice::EndMissing => f.write_str("the end of the recording is missing: the disk is full"),
        }
    }
}

/// What waits to be written.
#[derive(Debug)]
pub struct Spool<S> {
    storage: S,
    waiting: VecDeque<u8>,
    /// Where in the file each record ends that is not in it as a whole.
    ends: VecDeque<u64>,
    /// Bytes in the file, and those of whole records.
    written: u64,
    whole: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Writing,
    /// The disk is full, and is tried again at this time.
    Full(Instant),
    Failed,
}

impl<S: Storage> Spool<S> {
    /// A spool for an empty file.
    pub fn new(storage: S) -> Spool<S> {
        Spool {
            storage,
            waiting: VecDeque::new(),
            ends: VecDeque::new(),
            written: 0,
            whole: 0,
            state: State::Writing,
        }
    }

    /// Takes a record, or the head of the recording.
    pub fn push(&mut self, record: &[u8]) {
        if self.state == State::Failed {
            return;
        }
        self.waiting.extend(record);
        let last = self.ends.back().copied().unwrap_or(self.whole);
        self.ends.push_back(last + record.len() as u64);
    }

    /// Writes what waits, unless the disk is full and it is not time to try again.
    pub fn write(&mut self, now: Instant) -> Option<Notice> {
        match self.state {
            State::Writing => {}
            State::Full(again) if again <= now => {}
            State::Full(_) | State::Failed => return None,
        }
        match self.write_all() {
            Ok(()) => {
                let before = std::mem::replace(&mut self.state, State::Writing);
                matches!(before, State::Full(_)).then_some(Notice::RoomAgain)
            }
            Err(error) if is_full(&error) => {
                let before = std::mem::replace(&mut self.state, State::Full(now + TRY_AGAIN));
                (before == State::Writing).then_some(Notice::DiskFull)
            }
            Err(error) => {
                self.state = State::Failed;
                (self.waiting, self.ends) = (VecDeque::new(), VecDeque::new());
                Some(Notice::Failed(error.to_string()))
            }
        }
    }

    /// The server ends: tries a last time, and leaves whole records only.
    pub fn finish(&mut self) -> Option<Notice> {
        if self.state == State::Failed || self.write_all().is_ok() {
            return None;
        }
        // Where that is not possible, the reader finds the end.
        let _ = self.storage.truncate(self.whole);
        self.state = State::Failed;
        Some(Notice::EndMissing)
    }

    /// When to [`write`](Spool::write) again although nothing was pushed.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Full(again) => Some(again),
            State::Writing | State::Failed => None,
        }
    }

    /// How many bytes wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether the disk has failed for good.
    pub fn has_failed(&self) -> bool {
        self.state == State::Failed
    }

    /// Where it is written to.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// Where it is written to.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    fn write_all(&mut self) -> io::Result<()> {
        while !self.waiting.is_empty() {
            match self.storage.write(self.waiting.make_contiguous()) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.note_written(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if self.waiting.capacity() > SPARE_CAPACITY {
            self.waiting = VecDeque::new();
        }
        Ok(())
    }

    fn note_written(&mut self, count: usize) {
        self.waiting.drain(..count.min(self.waiting.len()));
        self.written += count as u64;
        while let Some(end) = self.ends.front().copied().filter(|end| *end <= self.written) {
            self.ends.pop_front();
            self.whole = end;
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disk with room for some bytes, that fails when it is told to.
    #[derive(Default)]
    struct Disk {
        file: Vec<u8>,
        room: usize,
        fails_with: Option<ErrorKind>,
    }

    impl Storage for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(kind) = self.fails_with.take() {
                return Err(kind.into());
            }
            let count = bytes.len().min(self.room - self.file.len());
            self.file.extend_from_slice(&bytes[..count]);
            if count == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(count) }
        }

        fn truncate(&mut self, length: u64) -> io::Result<()> {
            self.file.truncate(usize::try_from(length).unwrap());
            Ok(())
        }
    }

    fn spool(room: usize) -> Spool<Disk> {
        Spool::new(Disk { room, ..Disk::default() })
    }

    fn at(seconds: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn nothing_is_missing_after_a_full_disk_has_room_again() {
        for room in 0..9 {
            let mut spool = spool(room);
            spool.push(b"abc");
            spool.push(b"def");
            spool.push(b"ghi");
            assert_eq!(spool.write(at(0)), Some(Notice::DiskFull));
            assert_eq!((spool.poll_timeout(), spool.waiting()), (Some(at(1)), 9 - room));
            assert_eq!(spool.write(at(1)), None, "nobody is told twice");
            spool.storage_mut().room = 100;
            spool.push(b"jkl");
            assert_eq!(spool.write(at(1)), None, "it is not time to try again");
            assert_eq!(spool.write(at(2)), Some(Notice::RoomAgain));
            assert_eq!(spool.storage().file, b"abcdefghijkl");
            assert_eq!((spool.poll_timeout(), spool.waiting()), (None, 0));
        }
    }

    #[test]
    fn a_server_that_ends_on_a_full_disk_leaves_whole_records() {
        for room in 0..9 {
            let mut spool = spool(room);
            [b"abc", b"def", b"ghi"].iter().for_each(|record| spool.push(*record));
            spool.write(at(0));
            assert_eq!(spool.finish(), Some(Notice::EndMissing));
            assert_eq!(spool.storage().file.len(), room / 3 * 3);
        }
        let mut spool = spool(9);
        spool.push(b"abc");
        assert_eq!((spool.finish(), spool.storage().file.len()), (None, 3));
    }

    #[test]
    fn an_error_of_the_disk_is_final_unless_it_is_waited_for() {
        for (kind, seen) in [
            (ErrorKind::Interrupted, None),
            (ErrorKind::QuotaExceeded, Some(Notice::DiskFull)),
            (ErrorKind::BrokenPipe, Some(Notice::Failed("broken pipe".to_owned()))),
        ] {
            let mut spool = spool(100);
            spool.storage_mut().fails_with = Some(kind);
            spool.push(b"abc");
            assert_eq!(spool.write(at(0)), seen, "{kind}");
            let failed = kind == ErrorKind::BrokenPipe;
            spool.push(b"def");
            spool.write(at(1));
            assert_eq!((spool.has_failed(), spool.waiting()), (failed, 0));
            assert_eq!(spool.storage().file.is_empty(), failed);
        }
    }
}
