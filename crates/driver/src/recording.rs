//! Writes the recording of a node to a file.
//!
//! A thread writes, so that a slow disk delays no call. Its [`Spool`] decides what to do when the disk is full or fails.
//! Notices about the recording are logged; the server goes on in any case.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{self, Write},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_node::{
    Input, Output, Start, config,
    recording::{Notice, Piece, Recording, Spool, Storage},
};
use tracing::{info, warn};

use crate::error::Error;

/// Time within which the last records must be written at shutdown.
const LAST_RECORDS: Duration = Duration::from_secs(2);

/// The size of both files of a recording together, in bytes: 4 KiB to 1 GiB.
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

/// Takes the inputs and outputs of a node for a recording. The default records nothing.
#[derive(Debug, Default)]
pub struct Recorder {
    active: RefCell<Option<Active>>,
}

/// A recording that has begun, and the thread that writes it.
#[derive(Debug)]
struct Active {
    recording: Recording,
    writer: Writer,
    path: PathBuf,
}

impl Recorder {
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
    ) -> Result<Recorder, Error> {
        let failed = |source| Error::Data { path: path.to_owned(), source };
        let begun = Recording::begin(limit.0, settings, bind, start);
        let (recording, head) = begun.map_err(|error| failed(io::Error::other(error)))?;
        let file = create(path).map_err(failed)?;
        info!(
            file = %path.display(),
            limit = limit.0,
            "recording begins; the digits that users dial are in it, passwords are not"
        );
        let again = path.to_owned();
        let writer = Writer::start(RecordFile(file), path, &head, move || go_on(&again)).map_err(failed)?;
        Ok(Recorder { active: RefCell::new(Some(Active { recording, writer, path: path.to_owned() })) })
    }

    /// Must be called before the node handles an input.
    pub fn input(&self, now: Instant, input: &Input<'_>) {
        if let Some(active) = &mut *self.active.borrow_mut() {
            active.recording.input(now, input);
        }
    }

    /// Must be called before the node handles a timeout.
    pub fn timeout(&self, now: Instant) {
        if let Some(active) = &mut *self.active.borrow_mut() {
            active.recording.timeout(now);
        }
    }

    /// Must be called for each output of the node.
    pub fn output(&self, output: &Output) {
        if let Some(active) = &mut *self.active.borrow_mut() {
            active.recording.output(output);
        }
    }

    /// Must be called when all outputs of an input are drained.
    pub fn finish_record(&self) {
        let mut active = self.active.borrow_mut();
        let Some(Active { recording, writer, path }) = &mut *active else { return };
        match recording.finish(writer.waiting()) {
            Ok(Some(piece)) => {
                // The thread logs why it ends.
                if writer.write(piece).is_err() {
                    recording.stop();
                }
            }
            Ok(None) => {}
            Err(stop) => log(path, &Notice::Stopped(stop)),
        }
    }

    /// Ends the recording: waits, at most two seconds, until it is written.
    pub fn finish(&self) {
        let Some(Active { writer, path, .. }) = self.active.take() else { return };
        drop(writer.records);
        if writer.done.recv_timeout(LAST_RECORDS) == Err(RecvTimeoutError::Timeout) {
            warn!(file = %path.display(), "the end of the recording was not written in time");
        }
    }
}

fn log(path: &Path, notice: &Notice) {
    let file = path.display();
    if notice.is_warning() {
        warn!(%file, "{notice}");
    } else {
        info!(%file, "{notice}");
    }
}

fn create(path: &Path) -> io::Result<File> {
    // A pipe or a device is written to as it is; only a regular file is renamed.
    if std::fs::symlink_metadata(path).is_ok_and(|known| known.is_file()) {
        let mut old = path.as_os_str().to_owned();
        old.push(".old");
        std::fs::rename(path, old)?;
    }
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Puts the file that is full aside, as `FILE.1`, and makes another one.
fn go_on(path: &Path) -> io::Result<RecordFile> {
    if std::fs::symlink_metadata(path).is_ok_and(|known| known.is_file()) {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".1");
        std::fs::rename(path, &aside)?;
        info!(file = %path.display(), "the recording goes on in a new file; the one before is {}", PathBuf::from(aside).display());
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    Ok(RecordFile(file))
}

/// The file of a recording.
#[derive(Debug)]
struct RecordFile(File);

impl Storage for RecordFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }
}

/// Handle of the thread that writes.
#[derive(Debug)]
struct Writer {
    records: Sender<Piece>,
    /// Number of bytes that are not written yet.
    waiting: Arc<AtomicUsize>,
    /// Disconnected when the thread has ended.
    done: Receiver<()>,
}

impl Writer {
    /// Starts the thread, which begins with the head of the recording.
    fn start<S: Storage + Send + 'static>(
        storage: S,
        path: &Path,
        head: &[u8],
        go_on: impl FnMut() -> io::Result<S> + Send + 'static,
    ) -> io::Result<Writer> {
        let (records, arriving) = mpsc::channel();
        let (alive, done) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(head.len()));
        let mut spool = Spool::new(storage);
        spool.push(head);
        let (path, counter) = (path.to_owned(), waiting.clone());
        std::thread::Builder::new().name("recording".to_owned()).spawn(move || {
            write_all(spool, &arriving, &counter, |notice| log(&path, &notice), go_on);
            // First the receiver, so that no record can be sent once the end of the thread is visible.
            drop(arriving);
            drop(alive);
        })?;
        Ok(Writer { records, waiting, done })
    }

    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn write(&mut self, piece: Piece) -> Result<(), mpsc::SendError<Piece>> {
        self.waiting.fetch_add(size_of(&piece), Ordering::Relaxed);
        self.records.send(piece)
    }
}

fn size_of(piece: &Piece) -> usize {
    piece.record.len() + piece.head.as_ref().map_or(0, Vec::len)
}

/// Writes records until all senders are gone or the storage fails.
fn write_all<S: Storage>(
    mut spool: Spool<S>,
    arriving: &Receiver<Piece>,
    waiting: &AtomicUsize,
    tell: impl Fn(Notice),
    mut go_on: impl FnMut() -> io::Result<S>,
) {
    let started = std::time::Instant::now();
    let now = || Instant::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
    loop {
        let before = spool.waiting();
        spool.write(now()).into_iter().for_each(&tell);
        waiting.fetch_sub(before - spool.waiting(), Ordering::Relaxed);
        if spool.has_failed() {
            return;
        }
        let next = match spool.poll_timeout() {
            Some(again) => arriving.recv_timeout(again.since(now())),
            None => arriving.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(first) => {
                for Piece { head, record } in std::iter::once(first).chain(arriving.try_iter()) {
                    if let Some(head) = head {
                        let missing = spool.waiting();
                        spool.finish().into_iter().for_each(&tell);
                        waiting.fetch_sub(missing, Ordering::Relaxed);
                        match go_on() {
                            Ok(storage) => spool = Spool::new(storage),
                            Err(error) => return tell(Notice::Failed(error.to_string())),
                        }
                        spool.push(&head);
                    }
                    spool.push(&record);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return spool.finish().into_iter().for_each(&tell),
        }
    }
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

    /// A disk whose results of writes the test decides.
    struct Disk {
        answers: Receiver<io::Result<usize>>,
        written: Sender<Vec<u8>>,
    }

    impl Storage for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Without further results it takes everything.
            let count = self.answers.recv().unwrap_or(Ok(usize::MAX))?.min(bytes.len());
            let _ = self.written.send(bytes[..count].to_vec());
            Ok(count)
        }

        fn truncate(&mut self, _: u64) -> io::Result<()> {
            Ok(())
        }
    }

    fn record(record: Vec<u8>) -> Piece {
        Piece { head: None, record }
    }

    fn writer() -> (Writer, Sender<io::Result<usize>>, Receiver<Vec<u8>>) {
        let (answer, answers) = mpsc::channel();
        let (written, seen) = mpsc::channel();
        let full = || Err(io::ErrorKind::StorageFull.into());
        let writer = Writer::start(Disk { answers, written }, Path::new("disk"), b"head", full).unwrap();
        (writer, answer, seen)
    }

    #[test]
    fn what_waits_for_a_slow_disk_is_counted() {
        let (mut writer, answer, seen) = writer();
        assert_eq!(writer.waiting(), 4);
        (0..10).for_each(|_| writer.write(record(vec![0; 100])).unwrap());
        assert_eq!(writer.waiting(), 1_004, "nothing is written yet");
        drop(answer);
        drop(writer.records);
        assert_eq!(writer.done.recv(), Err(mpsc::RecvError), "the thread ends");
        assert_eq!(seen.iter().map(|bytes| bytes.len()).sum::<usize>(), 1_004);
        assert_eq!(writer.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_disk_that_is_full_for_a_while_gets_everything_later() {
        let (mut writer, answer, seen) = writer();
        answer.send(Ok(1)).unwrap();
        answer.send(Err(io::ErrorKind::StorageFull.into())).unwrap();
        assert_eq!(seen.recv().unwrap(), b"h");
        writer.write(record(b" and more".to_vec())).unwrap();
        drop(answer);
        let mut rest = Vec::new();
        while rest.len() < b"ead and more".len() {
            rest.extend(seen.recv().unwrap());
        }
        assert_eq!(rest, b"ead and more");
        drop(writer.records);
        assert_eq!(writer.done.recv(), Err(mpsc::RecvError));
    }

    #[test]
    fn a_disk_that_fails_ends_the_writer() {
        let (mut writer, answer, _seen) = writer();
        answer.send(Err(io::ErrorKind::PermissionDenied.into())).unwrap();
        assert_eq!(writer.done.recv(), Err(mpsc::RecvError));
        assert!(writer.write(record(vec![0; 10])).is_err());
    }

    #[test]
    fn a_server_that_ends_on_a_full_disk_does_not_wait_for_room() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let again = || Err(io::ErrorKind::StorageFull.into());
        let writer = Writer::start(RecordFile(full), Path::new("/dev/full"), b"head", again).unwrap();
        drop(writer.records);
        assert_eq!(writer.done.recv(), Err(mpsc::RecvError));
    }
}
