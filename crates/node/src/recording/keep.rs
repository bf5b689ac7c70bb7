//! A recording that has begun: records of what happens, in two files of a bounded size.
//!
//! The first file begins with the server and replays exactly. When it is full, it is put aside and another one goes on: a ring of
//! two files, of which the newer one has what happened last. Nothing can be compared in a file that does not begin with the
//! server, so that two things are different there: what was sent is in it too, and what one source brings beyond its share is left
//! out, so that a stranger who sends without end does not push out what others did.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use hookflash_core::Instant;

use super::{RecordTooLarge, Recorder};
use crate::{Input, LinkId, Output, Start, config};

/// The size of both files together unless something else is asked for, in bytes.
pub const USUAL_LIMIT: usize = 64 * 1024 * 1024;

/// Bytes that may wait until the disk takes them.
pub const MAX_WAITING: usize = 8 * 1024 * 1024;

/// How long the bytes of a source are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// Sources whose bytes are counted at once.
const MAX_SOURCES: usize = 4096;

/// Why a recording takes no more records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Stop {
    /// An input does not fit into a record, and what follows depends on it.
    #[error(transparent)]
    RecordTooLarge(#[from] RecordTooLarge),
    /// More than [`MAX_WAITING`] bytes would wait.
    #[error("too much waits for the disk, more than {} MiB", MAX_WAITING >> 20)]
    Behind,
}

/// A limit that is too small for the heads of both files, which take this many bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the limit of its size is too small: the configuration takes {0} bytes")]
pub struct HeadTooLarge(pub usize);

/// What is to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// The head of another file, if the record begins one.
    pub head: Option<Vec<u8>>,
    /// The record, behind all others.
    pub record: Vec<u8>,
}

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
    /// What a file takes behind its head.
    capacity: usize,
    shares: Shares,
}

impl Recording {
    /// Begins the recording of a node with this configuration, for two files of at most `limit` bytes together. The head of the
    /// first comes with it.
    ///
    /// # Errors
    /// The limit is too small for the heads.
    pub fn begin(
        limit: usize,
        settings: &config::Settings,
        bind: Option<IpAddr>,
        start: Start,
    ) -> Result<(Recording, Vec<u8>), HeadTooLarge> {
        let mut head = Vec::new();
        let recorder = Recorder::new(settings, bind, start, &mut head);
        // The head of a file that goes on has the time, too.
        let capacity = (limit / 2).checked_sub(head.len() + 16).ok_or(HeadTooLarge(2 * head.len() + 32))?;
        let shares = Shares::of(capacity);
        Ok((Recording { recorder: Some(recorder), room: capacity, capacity, shares }, head))
    }

    /// The node is about to get an input.
    pub fn input(&mut self, now: Instant, input: &Input<'_>) {
        if let Some(recorder) = &mut self.recorder {
            self.shares.note(now, input);
            recorder.input(now, input);
        }
    }

    /// The node is about to look at its timers.
    pub fn timeout(&mut self, now: Instant) {
        if let Some(recorder) = &mut self.recorder {
            self.shares.source = None;
            recorder.timeout(now);
        }
    }

    /// The node gave an output.
    pub fn output(&mut self, output: &Output) {
        if let Output::Close { link } = output {
            self.shares.links.remove(link);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.output(output);
        }
    }

    /// The node has nothing more to say: the record of it. `waiting` bytes of those before are not written yet. `None` when the
    /// record is left out, and after the recording has stopped.
    ///
    /// # Errors
    /// The recording stops with this record left out, and is whole up to it.
    pub fn finish(&mut self, waiting: usize) -> Result<Option<Piece>, Stop> {
        let Some(recorder) = &mut self.recorder else { return Ok(None) };
        let result = piece(recorder, &mut self.room, self.capacity, &mut self.shares, waiting);
        if result.is_err() {
            self.stop();
        }
        result
    }

    /// Takes no more records.
    pub fn stop(&mut self) {
        self.recorder = None;
    }
}

fn piece(
    recorder: &mut Recorder,
    room: &mut usize,
    capacity: usize,
    shares: &mut Shares,
    waiting: usize,
) -> Result<Option<Piece>, Stop> {
    let size = recorder.size()?;
    if waiting + size > MAX_WAITING {
        return Err(Stop::Behind);
    }
    if recorder.goes_on() && (size > capacity || !shares.take(size, recorder.has_sent())) {
        recorder.leave_out();
        return Ok(None);
    }
    let head = (size > *room).then(|| recorder.go_on());
    if head.is_some() {
        *room = capacity;
        if size > capacity {
            recorder.leave_out();
            return Ok(head.map(|head| Piece { head: Some(head), record: Vec::new() }));
        }
    }
    let mut record = Vec::with_capacity(size);
    recorder.finish(&mut record)?;
    *room = room.saturating_sub(record.len());
    Ok(Some(Piece { head, record }))
}

/// How much each source has brought. Many phones may be behind one address, so that a source is an address and a port.
#[derive(Debug)]
struct Shares {
    /// Bytes a minute of one source that caused nothing, and that caused something.
    limits: [usize; 2],
    links: BTreeMap<LinkId, SocketAddr>,
    taken: BTreeMap<SocketAddr, [usize; 2]>,
    since: Instant,
    /// The source of the input under way.
    source: Option<SocketAddr>,
}

impl Shares {
    /// In an hour one source that causes nothing fills a file to a quarter; one that causes something, in a quarter of an hour.
    fn of(capacity: usize) -> Shares {
        let limits = [(capacity / 240).max(4 * 1024), (capacity / 30).max(64 * 1024)];
        Shares { limits, links: BTreeMap::new(), taken: BTreeMap::new(), since: Instant::ZERO, source: None }
    }

    fn note(&mut self, now: Instant, input: &Input<'_>) {
        if now.since(self.since) >= WINDOW {
            self.since = now;
            self.taken.clear();
        }
        self.source = match input {
            Input::Connected { link, peer, .. } => {
                self.links.insert(*link, *peer);
                Some(*peer)
            }
            Input::Received { link, .. } | Input::Certificate { link, .. } => self.links.get(link).copied(),
            Input::Closed { link } => self.links.remove(link),
            Input::Datagram { from, .. } => Some(*from),
            _ => None,
        };
    }

    /// Whether the source of the input has not used up its share.
    fn take(&mut self, size: usize, has_sent: bool) -> bool {
        let Some(source) = self.source else { return true };
        let full = self.taken.len() >= MAX_SOURCES && !self.taken.contains_key(&source);
        let source = if full { SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)) } else { source };
        let taken = self.taken.entry(source).or_default();
        let (taken, limit) = match (taken, self.limits) {
            ([_, taken], [_, limit]) if has_sent => (taken, limit),
            ([taken, _], [limit, _]) => (taken, limit),
        };
        *taken = taken.saturating_add(size);
        *taken <= limit
    }
}
