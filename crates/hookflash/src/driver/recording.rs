//! The recording of a node on its way to a file.
//!
//! A thread of its own writes, so that a slow disk delays no call. What waits for it is bounded. Whatever goes
//! wrong (the limit is reached, the disk is full or too slow) ends the recording with one warning, after a whole
//! record as far as that is up to us; the server goes on.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{self, BufWriter, Write},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_node::{Input, Output, Start, config, recording::Recorder};
use tracing::{info, warn};

use crate::error::Error;

/// Bytes that may wait for the disk.
const MAX_WAITING: usize = 8 * 1024 * 1024;

/// How long the last records may take to reach the file at the end.
const LAST_RECORDS: Duration = Duration::from_secs(2);

/// The size at which a recording stops, in bytes: 4 KiB to 1 GiB.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordLimit(usize);

impl FromStr for RecordLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<RecordLimit, &'static str> {
        let (digits, unit) = match text.strip_suffix(['K', 'M', 'G']) {
            Some(digits) if text.ends_with('K') => (digits, 1 << 10),
            Some(digits) if text.ends_with('M') => (digits, 1 << 20),
            Some(digits) => (digits, 1 << 30),
            None => (text, 1),
        };
        let size = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
        let size = size.filter(|size| (1 << 12..=1 << 30).contains(size));
        size.map(RecordLimit).ok_or("give a number of bytes from 4K to 1G")
    }
}

/// A recording that has begun.
#[derive(Debug)]
pub struct Recording {
    recorder: Recorder,
    path: PathBuf,
    /// Bytes that the file may still take.
    room: usize,
    writer: Writer,
}

impl Recording {
    /// Creates the file and begins the recording of a node with this configuration. A file that an earlier server left
    /// there is kept, with `.old` after its name.
    ///
    /// # Errors
    /// The file cannot be created, or is too small for the configuration.
    pub fn begin(
        path: &Path,
        limit: RecordLimit,
        settings: &config::Settings,
        bind: Option<IpAddr>,
        start: Start,
    ) -> Result<Recording, Error> {
        let failed = |source| Error::Data { path: path.to_owned(), source };
        let mut head = Vec::new();
        let recorder = Recorder::new(settings, bind, start, &mut head);
        let Some(room) = limit.0.checked_sub(head.len()) else {
            let reason = format!("its limit is too small: the configuration takes {} bytes", head.len());
            return Err(failed(io::Error::other(reason)));
        };
        let file = create(path).map_err(failed)?;
        info!(
            file = %path.display(),
            limit = limit.0,
            "recording begins; the digits that users dial are in it, passwords are not"
        );
        let writer = Writer::start(file, path, head).map_err(failed)?;
        Ok(Recording { recorder, path: path.to_owned(), room, writer })
    }

    /// Ends the current record and hands it to the writer. False if the recording is over.
    fn finish_record(&mut self) -> bool {
        let mut record = Vec::new();
        let file = self.path.display();
        if let Err(reason) = self.recorder.finish(&mut record) {
            warn!(%file, %reason, "recording stopped; the server goes on");
            return false;
        }
        let Some(room) = self.room.checked_sub(record.len()) else {
            warn!(%file, "recording stopped: its limit is reached; the server goes on");
            return false;
        };
        self.room = room;
        match self.writer.write(record) {
            Ok(()) => true,
            Err(Stopped::Behind) => {
                warn!(%file, "recording stopped: the disk is too slow; the server goes on");
                false
            }
            // The writer has said why.
            Err(Stopped::Failed) => false,
        }
    }
}

fn create(path: &Path) -> io::Result<File> {
    // Only a plain file is kept: a pipe or a device is meant as such.
    if std::fs::symlink_metadata(path).is_ok_and(|known| known.is_file()) {
        let mut old = path.as_os_str().to_owned();
        old.push(".old");
        std::fs::rename(path, old)?;
    }
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// The end of the recording that the driver holds: nothing, once it has stopped.
#[derive(Debug)]
pub struct Tape {
    recording: RefCell<Option<Recording>>,
}

impl Tape {
    /// A tape that records if there is something to record to.
    pub fn new(recording: Option<Recording>) -> Tape {
        Tape { recording: RefCell::new(recording) }
    }

    /// The node is about to get an input.
    pub fn input(&self, now: Instant, input: &Input<'_>) {
        if let Some(recording) = &mut *self.recording.borrow_mut() {
            recording.recorder.input(now, input);
        }
    }

    /// The node is about to look at its timers.
    pub fn timeout(&self, now: Instant) {
        if let Some(recording) = &mut *self.recording.borrow_mut() {
            recording.recorder.timeout(now);
        }
    }

    /// The node said something.
    pub fn output(&self, output: &Output) {
        if let Some(recording) = &mut *self.recording.borrow_mut() {
            recording.recorder.output(output);
        }
    }

    /// The node has nothing more to say.
    pub fn finish_record(&self) {
        let mut recording = self.recording.borrow_mut();
        if recording.as_mut().is_some_and(|recording| !recording.finish_record()) {
            *recording = None;
        }
    }

    /// The server ends: waits, not for long, until everything is in the file.
    pub fn finish(&self) {
        let Some(Recording { writer, path, .. }) = self.recording.take() else { return };
        drop(writer.records);
        if writer.done.recv_timeout(LAST_RECORDS) == Err(mpsc::RecvTimeoutError::Timeout) {
            warn!(file = %path.display(), "the end of the recording was not written in time");
        }
    }
}

/// The thread that writes, seen from outside.
#[derive(Debug)]
struct Writer {
    records: Sender<Vec<u8>>,
    /// Bytes on their way.
    waiting: Arc<AtomicUsize>,
    /// Disconnected when the thread has ended.
    done: Receiver<()>,
}

/// Why a record was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stopped {
    /// Too much is waiting.
    Behind,
    /// The thread has ended.
    Failed,
}

impl Writer {
    /// Starts the thread, which begins with the head of the recording.
    fn start(target: impl Write + Send + 'static, path: &Path, head: Vec<u8>) -> io::Result<Writer> {
        let (records, arriving) = mpsc::channel();
        let (alive, done) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (file, counter) = (path.display().to_string(), waiting.clone());
        std::thread::Builder::new().name("recording".to_owned()).spawn(move || {
            if let Err(error) = write_all(&head, &arriving, target, &counter) {
                warn!(%file, %error, "recording stopped; the server goes on");
            }
            // Whoever sees the thread's end must not get rid of another record.
            drop(arriving);
            drop(alive);
        })?;
        Ok(Writer { records, waiting, done })
    }

    fn write(&mut self, record: Vec<u8>) -> Result<(), Stopped> {
        let size = record.len();
        if self.waiting.load(Ordering::Relaxed) + size > MAX_WAITING {
            return Err(Stopped::Behind);
        }
        self.waiting.fetch_add(size, Ordering::Relaxed);
        self.records.send(record).map_err(|_| Stopped::Failed)
    }
}

/// Writes what arrives until nothing more can; nothing stays in memory while nothing arrives.
fn write_all(
    head: &[u8],
    arriving: &Receiver<Vec<u8>>,
    target: impl Write,
    waiting: &AtomicUsize,
) -> io::Result<()> {
    let mut target = BufWriter::new(target);
    target.write_all(head)?;
    target.flush()?;
    while let Ok(first) = arriving.recv() {
        let mut next = Some(first);
        while let Some(record) = next {
            target.write_all(&record)?;
            waiting.fetch_sub(record.len(), Ordering::Relaxed);
            next = arriving.try_recv().ok();
        }
        target.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_with_a_unit() {
        for (text, size) in [("4096", 4096), ("4K", 4096), ("64M", 64 << 20), ("1G", 1 << 30)] {
            assert_eq!(text.parse(), Ok(RecordLimit(size)));
        }
        for text in ["", "K", "4095", "2G", "-1M", "1.5M", "99999999999999999999G", "4k"] {
            assert!(text.parse::<RecordLimit>().is_err(), "{text}");
        }
    }

    /// A disk that takes nothing until it is told to.
    struct SlowDisk(Receiver<()>);

    impl Write for SlowDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Once nobody holds the disk up any more, it is fast.
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_waits_for_a_slow_disk_is_bounded() {
        let (go_on, wait) = mpsc::channel();
        let mut writer = Writer::start(SlowDisk(wait), Path::new("slow"), Vec::new()).unwrap();
        let taken = (0..1_000).take_while(|_| writer.write(vec![0; MAX_WAITING / 10]).is_ok()).count();
        // The thread may have taken one from the queue, and then waits in the disk with it.
        assert!((10..=11).contains(&taken), "{taken}");
        assert_eq!(writer.write(vec![0; MAX_WAITING]), Err(Stopped::Behind));
        drop(go_on);
        drop(writer.records);
        assert_eq!(writer.done.recv(), Err(mpsc::RecvError), "the thread ends");
    }

    #[test]
    fn a_disk_that_fails_ends_the_writer() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut writer = Writer::start(full, Path::new("/dev/full"), Vec::new()).unwrap();
        writer.write(vec![0; 10]).unwrap();
        assert_eq!(writer.done.recv(), Err(mpsc::RecvError));
        assert_eq!(writer.write(vec![0; 10]), Err(Stopped::Failed));
    }
}
