//! Messages that are played into calls and recorded from them: the folder `messages` of the data directory.
//!
//! ```text
//!   Output::Sound ──► Messages ──► [messages thread: files] ──► Found ──► Input::Sound
//!                                          ▲
//!   [media thread: what was recorded] ─────┘
//! ```
//!
//! The operator puts `NAME.wav` or `NAME.au` there, to be played as NAME. What is recorded is `recording-….wav`: its name cannot be
//! guessed, and who knows it may play the recording and remove it. A file is complete whenever the process may end.
//!
//! # Limits
//!
//! [`MAX_RECORDINGS`] recordings are kept, and [`MAX_RECORDED`] bytes of them; [`MAX_LOADED`] samples of all messages that are
//! played at the same time are in memory. What waits for the disk is bounded too: beyond that, parts of recordings are missing.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Weak,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, SystemTime},
};

use hookflash_core::{SoundId, SoundReport};
use hookflash_media::{Music, RATE};
use tokio::sync::mpsc::UnboundedSender;
use tracing::{debug, warn};

use crate::flash::Flash;

/// Recordings that are kept.
pub const MAX_RECORDINGS: usize = 1_000;

/// Bytes of all recordings.
pub const MAX_RECORDED: u64 = 1 << 30;

/// Samples of all messages that are played at the same time: two hours.
pub const MAX_LOADED: usize = 2 * 3_600 * RATE;

/// Orders and parts of recordings that wait for the disk: each is a second of one recording.
const MAX_WAITING: usize = 4_096;

/// How the names of recordings begin.
const RECORDING: &str = "recording-";

/// What a name may end with in the folder.
const SUFFIXES: [&str; 3] = ["", ".wav", ".au"];

/// Bytes of the header of a recording.
const HEADER: u32 = 58;

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Order {
    /// Find this message.
    Load(SoundId, String),
    /// Begin a recording.
    Begin(SoundId),
    /// More of a recording, in mu-law.
    Append(SoundId, Vec<u8>),
    /// A recording is complete.
    Complete(SoundId),
    /// Remove this recording.
    Delete(SoundId, String),
}

/// What became of an order, with the samples of a message.
#[derive(Debug)]
pub(crate) struct Found(pub(crate) SoundId, pub(crate) SoundReport, pub(crate) Option<Arc<[i16]>>);

/// The thread that reads and writes messages. It ends when all of these are dropped.
#[derive(Clone, Debug)]
pub(crate) struct Messages {
    orders: SyncSender<Order>,
    found: UnboundedSender<Found>,
}

impl Messages {
    /// Starts the thread, for the messages of this data directory. What it finds is sent to `found`.
    ///
    /// # Errors
    /// Those of the system when it starts a thread.
    pub(crate) fn start(data: Option<&Path>, found: UnboundedSender<Found>) -> io::Result<Messages> {
        let (orders, received) = sync_channel(MAX_WAITING);
        let mut shelf = Shelf::new(data.map(|data| data.join("messages")), found.clone());
        let run = move || shelf.run(&received);
        std::thread::Builder::new().name("messages".to_owned()).spawn(run)?;
        Ok(Messages { orders, found })
    }

    /// Gives an order. Nobody waits for the disk: what cannot be done in time is refused, or is missing.
    pub(crate) fn order(&self, order: Order) {
        let id = match &order {
            Order::Load(id, _) | Order::Begin(id) | Order::Delete(id, _) => Some(*id),
            Order::Append(..) | Order::Complete(_) => None,
        };
        if self.orders.try_send(order).is_err()
            && let Some(id) = id
        {
            let _ = self.found.send(Found(id, SoundReport::Full, None));
        }
    }
}

/// A file as it was when it was read.
type Version = (PathBuf, Option<SystemTime>, u64);

/// A recording that is being made.
#[derive(Debug)]
struct Tape {
    file: File,
    bytes: u32,
    /// Whether nothing more is written.
    ended: bool,
}

/// The files, and what is known of them.
#[derive(Debug)]
struct Shelf {
    folder: Option<PathBuf>,
    found: UnboundedSender<Found>,
    tapes: BTreeMap<SoundId, Tape>,
    loaded: BTreeMap<Version, Weak<[i16]>>,
}

impl Shelf {
    fn new(folder: Option<PathBuf>, found: UnboundedSender<Found>) -> Shelf {
        Shelf { folder, found, tapes: BTreeMap::new(), loaded: BTreeMap::new() }
    }

    fn run(&mut self, orders: &Receiver<Order>) {
        while let Ok(order) = orders.recv() {
            self.carry_out(order);
        }
        // The process ends.
        let open: Vec<SoundId> = self.tapes.keys().copied().collect();
        open.into_iter().for_each(|id| self.complete(id));
    }

    fn carry_out(&mut self, order: Order) {
        match order {
            Order::Load(id, name) => match self.load(&name) {
                Ok(samples) => {
                    let length = Duration::from_secs_f64(samples.len() as f64 / RATE as f64);
                    self.tell(Found(id, SoundReport::Ready { name: name.into(), length }, Some(samples)));
                }
                Err(report) => self.tell(Found(id, report, None)),
            },
            Order::Begin(id) => match self.begin() {
                Ok((name, tape)) => {
                    self.tapes.insert(id, tape);
                    let length = Duration::ZERO;
                    self.tell(Found(id, SoundReport::Ready { name: name.into(), length }, None));
                }
                Err(error) => {
                    warn!(%error, "a call cannot be recorded");
                    self.tell(Found(id, SoundReport::Full, None));
                }
            },
            Order::Append(id, audio) => self.append(id, &audio),
            Order::Complete(id) => self.complete(id),
            Order::Delete(id, name) => {
                let report = match self.delete(&name) {
                    Ok(()) => SoundReport::Ready { name: name.into(), length: Duration::ZERO },
                    Err(error) => {
                        debug!(name, %error, "no recording removed");
                        SoundReport::Unknown
                    }
                };
                self.tell(Found(id, report, None));
            }
        }
    }

    fn tell(&self, found: Found) {
        // The driver ends with the process.
        let _ = self.found.send(found);
    }

    fn load(&mut self, name: &str) -> Result<Arc<[i16]>, SoundReport> {
        let folder = self.folder.clone().ok_or(SoundReport::Unknown)?;
        let flash = Flash::at(&folder);
        let opened = SUFFIXES.iter().find_map(|suffix| {
            let name = format!("{name}{suffix}");
            flash.open(&name).ok().map(|(file, length)| (name, file, length))
        });
        let (name, mut file, length) = opened.ok_or(SoundReport::Unknown)?;
        let changed = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let version = (folder.join(name), changed, length);
        self.loaded.retain(|_, samples| samples.strong_count() > 0);
        if let Some(samples) = self.loaded.get(&version).and_then(Weak::upgrade) {
            return Ok(samples);
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(hookflash_media::music::MAX_FILE).unwrap_or(u64::MAX);
        let read = (&mut file).take(most + 1).read_to_end(&mut bytes);
        let music = read.map_err(|error| error.to_string());
        let music = music.and_then(|_| Music::read(&bytes).map_err(|error| error.to_string()));
        let samples: Arc<[i16]> = match music {
            Ok(music) => music.into_samples().into(),
            Err(error) => {
                warn!(file = %version.0.display(), error, "a message cannot be played");
                return Err(SoundReport::Unknown);
            }
        };
        let others = self.loaded.values().filter_map(Weak::upgrade).map(|other| other.len()).sum::<usize>();
        if others + samples.len() > MAX_LOADED {
            return Err(SoundReport::Full);
        }
        self.loaded.insert(version, Arc::downgrade(&samples));
        Ok(samples)
    }

    fn begin(&mut self) -> io::Result<(String, Tape)> {
        let folder = self.folder.as_deref().ok_or_else(|| io::Error::other("there is no data directory"))?;
        std::fs::create_dir_all(folder)?;
        let (count, bytes) = kept(folder)?;
        if count >= MAX_RECORDINGS || bytes >= MAX_RECORDED {
            return Err(io::Error::other(format!("{count} recordings of {bytes} bytes are kept")));
        }
        let name = format!("{RECORDING}{:032x}", unguessable()?);
        let path = folder.join(format!("{name}.wav"));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(&header(u32::MAX - HEADER))?;
        Ok((name, Tape { file, bytes: 0, ended: false }))
    }

    fn append(&mut self, id: SoundId, audio: &[u8]) {
        let Some(folder) = self.folder.clone() else { return };
        let Some(tape) = self.tapes.get_mut(&id).filter(|tape| !tape.ended) else { return };
        // It is looked at every 16 seconds of a recording how much there is.
        let looks = tape.bytes / (16 * 8_000) != (tape.bytes + 8_000) / (16 * 8_000);
        let full = looks && kept(&folder).is_ok_and(|(_, bytes)| bytes >= MAX_RECORDED);
        let length = u32::try_from(audio.len()).unwrap_or(u32::MAX);
        let written = match full {
            true => Err(io::Error::other("there are too many bytes of recordings")),
            false => tape.file.write_all(audio),
        };
        match written {
            Ok(()) => tape.bytes = tape.bytes.saturating_add(length),
            Err(error) => {
                warn!(%error, "a recording ends early");
                tape.ended = true;
                self.tell(Found(id, SoundReport::Full, None));
            }
        }
    }

    /// Writes how long the recording is.
    fn complete(&mut self, id: SoundId) {
        let Some(mut tape) = self.tapes.remove(&id) else { return };
        let bytes = tape.bytes;
        let written = tape.file.seek(SeekFrom::Start(0)).and_then(|_| tape.file.write_all(&header(bytes)));
        if let Err(error) = written {
            warn!(%error, "a recording has no length");
        }
    }

    fn delete(&self, name: &str) -> io::Result<()> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let folder = self.folder.as_deref().ok_or_else(missing)?;
        let name = name.strip_suffix(".wav").unwrap_or(name);
        let plain = |c: char| c.is_ascii_hexdigit();
        let is_recording =
            name.strip_prefix(RECORDING).is_some_and(|rest| !rest.is_empty() && rest.chars().all(plain));
        if !is_recording {
            return Err(missing());
        }
        std::fs::remove_file(folder.join(format!("{name}.wav")))
    }
}

/// How many recordings there are in the folder, and how many bytes they have.
fn kept(folder: &Path) -> io::Result<(usize, u64)> {
    let (mut count, mut bytes) = (0, 0);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(RECORDING) {
            count += 1;
            bytes += entry.metadata().map_or(0, |metadata| metadata.len());
        }
    }
    Ok((count, bytes))
}

fn unguessable() -> io::Result<u128> {
    let mut bytes = [0; 16];
    let read = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    match read {
        16 => Ok(u128::from_le_bytes(bytes)),
        _ => Err(io::Error::other("the system has no random numbers")),
    }
}

/// The header of a WAV file in mu-law with so many bytes of audio.
fn header(bytes: u32) -> Vec<u8> {
    let mut header = b"RIFF".to_vec();
    header.extend((HEADER - 8).saturating_add(bytes).to_le_bytes());
    header.extend(b"WAVEfmt ");
    header.extend(18_u32.to_le_bytes());
    // Mu-law, one channel.
    [7_u16, 1].iter().for_each(|field| header.extend(field.to_le_bytes()));
    [8_000_u32, 8_000].iter().for_each(|field| header.extend(field.to_le_bytes()));
    // Bytes of a sample, bits of a sample, no extension.
    [1_u16, 8, 0].iter().for_each(|field| header.extend(field.to_le_bytes()));
    header.extend(b"fact");
    header.extend(4_u32.to_le_bytes());
    header.extend(bytes.to_le_bytes());
    header.extend(b"data");
    header.extend(bytes.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("hookflash-messages-{name}-{}", std::process::id()));
            std::fs::create_dir_all(path.join("messages")).unwrap();
            Folder(path)
        }

        fn shelf(&self) -> (Shelf, UnboundedReceiver<Found>) {
            let (sender, found) = unbounded_channel();
            (Shelf::new(Some(self.0.join("messages")), sender), found)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn name(found: &mut UnboundedReceiver<Found>) -> String {
        match found.try_recv().unwrap().1 {
            SoundReport::Ready { name, .. } => name.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_recorded_can_be_played_and_removed() {
        let folder = Folder::new("recorded");
        let (mut shelf, mut found) = folder.shelf();
        shelf.carry_out(Order::Begin(SoundId(1)));
        let name = name(&mut found);
        assert_eq!(name.len(), RECORDING.len() + 32);
        shelf.carry_out(Order::Append(SoundId(1), vec![0x80; 4_000]));
        for complete in [false, true] {
            if complete {
                shelf.carry_out(Order::Complete(SoundId(1)));
            }
            shelf.carry_out(Order::Load(SoundId(2), name.clone()));
            let Found(_, report, samples) = found.try_recv().unwrap();
            let length = Duration::from_millis(500);
            assert_eq!(report, SoundReport::Ready { name: name.as_str().into(), length }, "{complete}");
            assert_eq!(samples.unwrap().len(), 4_000);
        }
        shelf.carry_out(Order::Delete(SoundId(3), name.clone()));
        assert!(matches!(found.try_recv().unwrap().1, SoundReport::Ready { .. }));
        shelf.carry_out(Order::Delete(SoundId(3), name.clone()));
        shelf.carry_out(Order::Load(SoundId(3), name));
        for _ in 0..2 {
            assert_eq!(found.try_recv().unwrap().1, SoundReport::Unknown);
        }
    }

    #[test]
    fn messages_of_the_operator_are_played_and_not_removed() {
        let folder = Folder::new("operator");
        let path = folder.0.join("messages/welcome.wav");
        std::fs::write(&path, [header(800), vec![0xFF; 800]].concat()).unwrap();
        std::fs::write(folder.0.join("secret.wav"), [header(800), vec![0xFF; 800]].concat()).unwrap();
        std::os::unix::fs::symlink(folder.0.join("secret.wav"), folder.0.join("messages/link.wav")).unwrap();
        let (mut shelf, mut found) = folder.shelf();
        let mut load = |name: &str| {
            shelf.carry_out(Order::Load(SoundId(1), name.to_owned()));
            found.try_recv().unwrap().2
        };
        let first = load("welcome").unwrap();
        assert!(Arc::ptr_eq(&first, &load("welcome").unwrap()), "it is in memory once");
        assert!(load("welcome.wav").is_some());
        for name in ["link", "../secret", "nothing", "", "."] {
            assert!(load(name).is_none(), "{name}");
        }
        shelf.carry_out(Order::Delete(SoundId(2), "welcome".to_owned()));
        assert_eq!(found.try_recv().unwrap().1, SoundReport::Unknown);
        assert!(path.exists());
    }

    #[test]
    fn recordings_are_limited_in_number() {
        let folder = Folder::new("limited");
        for number in 0..MAX_RECORDINGS {
            std::fs::write(folder.0.join(format!("messages/{RECORDING}{number}.wav")), "").unwrap();
        }
        let (mut shelf, mut found) = folder.shelf();
        shelf.carry_out(Order::Begin(SoundId(1)));
        assert_eq!(found.try_recv().unwrap().1, SoundReport::Full);
    }
}
