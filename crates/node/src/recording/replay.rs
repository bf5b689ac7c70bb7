//! Running a node through a recording.

use hookflash_core::Instant;

use super::{Digest, Event, Header, Reader, Record, RecordingError};
use crate::{Input, InvalidSettings, Node, Output, TerminalId, config, provision};

/// Why a recording cannot be replayed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Its configuration contradicts itself.
    #[error(transparent)]
    Settings(#[from] InvalidSettings),
}

/// A node on its way through a recording.
#[derive(Debug)]
pub struct Replay<'a> {
    reader: Reader<'a>,
    node: Node,
    now: Instant,
}

/// One input, again.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// The input and what it caused then.
    pub record: Record<'a>,
    /// What it causes now.
    pub outputs: Vec<Output>,
    /// The digest of that.
    pub digest: u64,
}

impl Step<'_> {
    /// Whether the input causes what it caused then, as far as that was recorded.
    pub fn is_exact(&self) -> bool {
        self.record.outputs.is_none_or(|expected| expected == self.digest)
    }
}

impl<'a> Replay<'a> {
    /// Makes the node again to which the recording happened.
    ///
    /// # Errors
    /// A recording whose head cannot be read, or whose configuration no node can be made of.
    pub fn new(file: &'a [u8]) -> Result<Replay<'a>, ReplayError> {
        let reader = Reader::open(file)?;
        let header = reader.header();
        let settings = config::load(header.configuration).settings;
        let mut settings = provision(&settings, header.bind).settings;
        settings.fit(header.start);
        let node = Node::new(settings)?;
        Ok(Replay { reader, node, now: Instant::ZERO })
    }

    /// What the node is made of.
    pub fn header(&self) -> Header<'a> {
        self.reader.header()
    }

    /// The node as it is now.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// When the last input happened.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Gives the next input to the node if it happened at `until` or before; `None` when there is none.
    ///
    /// # Errors
    /// Where the recording ends otherwise than in order; see [`Reader::next_record`].
    pub fn step(&mut self, until: Option<Instant>) -> Result<Option<Step<'a>>, RecordingError> {
        let mut reader = self.reader;
        let Some(record) = reader.next_record()? else { return Ok(None) };
        if until.is_some_and(|until| record.at > until) {
            return Ok(None);
        }
        self.reader = reader;
        self.now = record.at;
        if self.reader.header().goes_on_at.is_some() {
            // The node that it happened to cannot be made again.
            let (outputs, digest) = (record.sent.clone(), record.outputs.unwrap_or_default());
            return Ok(Some(Step { record, outputs, digest }));
        }
        match &record.event {
            Event::Input(input) => self.node.handle(record.at, input.clone()),
            Event::Timeout => self.node.handle_timeout(record.at),
        }
        let outputs: Vec<Output> = std::iter::from_fn(|| self.node.poll_output()).collect();
        let mut digest = Digest::default();
        outputs.iter().for_each(|output| digest.add(output));
        Ok(Some(Step { record, outputs, digest: digest.value() }))
    }

    /// Gives an exec command to the node as it is now, and returns what it prints. Going on afterwards is possible:
    /// commands that show something change nothing.
    pub fn command(&mut self, line: &str) -> String {
        if self.reader.header().goes_on_at.is_some() {
            return "The recording does not begin with the server: its state is not known.\n".to_owned();
        }
        self.node.handle(self.now, Input::Command { terminal: TerminalId(u64::MAX), line });
        let mut printed = String::new();
        while let Some(output) = self.node.poll_output() {
            if let Output::CommandOutput { text, .. } = output {
                printed.push_str(&text);
            }
        }
        printed
    }
}
