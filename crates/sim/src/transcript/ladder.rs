//! A transcript as a ladder: a column for each party, a line for each message.
//!
//! ```text
//!      time  alice     bob       switch
//!     0.001  |-------------------->|          SoftKeyEvent NewCall
//!     0.002  |<--------------------|          CallState OffHook line 1 call 1
//! ```

use std::{fmt, ops::Range};

use hookflash_wire::{
    csta,
    sccp::{ClientMessage, Encoding, Frame, Framer, ServerMessage},
    sip::{Framed, StreamFramer},
};

use super::{
    Content, Entry, Place, Transcript, describe_client, describe_frame, describe_server, describe_sip,
};

/// The widest line that is printed, unless another width is asked for.
const WIDTH: usize = 110;
/// The least room for the text of a message.
const LEAST_ROOM: usize = 20;
/// The width of a column, and the narrowest it gets when there are many.
const COLUMN: usize = 9;
const NARROWEST: usize = 5;
/// Where the first column begins.
const TIME: usize = 11;

const DIM: &str = "\x1b[2m";
const CYAN: &str = "\x1b[36m";
const GREEN: &str = "\x1b[32m";
const PLAIN: &str = "\x1b[0m";

/// The width of a column among so many parties and the node.
fn column_in(width: usize, parties: usize) -> usize {
    (width / 2 / (parties + 1)).clamp(NARROWEST, COLUMN)
}

/// A transcript that prints itself as a ladder.
#[derive(Debug)]
pub struct Ladder<'a> {
    transcript: &'a Transcript,
    range: Range<usize>,
    parties: &'a [&'a str],
    column: usize,
    width: usize,
    colours: bool,
}

impl<'a> Ladder<'a> {
    pub(super) fn new(transcript: &'a Transcript, range: Range<usize>, parties: &'a [&'a str]) -> Ladder<'a> {
        let (column, width) = (column_in(WIDTH, parties.len()), WIDTH);
        Ladder { transcript, range, parties, column, width, colours: false }
    }

    /// Fits the lines to a terminal of so many columns.
    #[must_use]
    pub fn fitted_to(self, width: usize) -> Ladder<'a> {
        Ladder { column: column_in(width, self.parties.len()), width, ..self }
    }

    /// Colours the arrows by protocol and dims the time, with ANSI escape sequences.
    #[must_use]
    pub fn coloured(self, colours: bool) -> Ladder<'a> {
        Ladder { colours, ..self }
    }

    /// Parties stand in their order, the node after the last of them.
    fn column_of(&self, place: Place) -> usize {
        match place {
            Place::Node => self.parties.len(),
            Place::Party(party) => party.index(),
        }
    }

    fn header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>width$}  ", "time", width = TIME - 2)?;
        for name in self.parties.iter().copied().chain(["switch"]) {
            let name: String = name.chars().take(self.column - 1).collect();
            write!(f, "{name:<width$}", width = self.column)?;
        }
        writeln!(f)
    }

    fn entry(&self, f: &mut fmt::Formatter<'_>, entry: &Entry) -> fmt::Result {
        if entry.content == Content::Note {
            let text = String::from_utf8_lossy(self.transcript.bytes(entry));
            return writeln!(f, "{:>width$}  # {text}", entry.at.to_string(), width = TIME - 2);
        }
        let room = self.width.saturating_sub(TIME + self.rails().len() + 1).max(LEAST_ROOM);
        let lines = self.lines(entry);
        let lines = lines.iter().flat_map(|line| wrapped(line, room));
        for (index, line) in lines.enumerate() {
            let time = if index == 0 { entry.at.to_string() } else { String::new() };
            let rungs = if index == 0 { self.painted_arrow(entry) } else { self.painted(DIM, &self.rails()) };
            let lost = if entry.lost && index == 0 { " (lost)" } else { "" };
            let time = self.painted(DIM, &format!("{time:>width$}", width = TIME - 2));
            writeln!(f, "{time}  {rungs} {line}{lost}")?;
        }
        Ok(())
    }

    fn rails(&self) -> String {
        let mut rails = vec![b' '; self.column * self.parties.len() + 1];
        rails.iter_mut().step_by(self.column).for_each(|rail| *rail = b'|');
        String::from_utf8(rails).unwrap_or_default()
    }

    /// Text in a colour, if there are colours.
    fn painted(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("{colour}{text}{PLAIN}") } else { text.to_owned() }
    }

    fn painted_arrow(&self, entry: &Entry) -> String {
        let colour = match entry.content {
            Content::Sccp(_) => CYAN,
            Content::Sip | Content::Csta => GREEN,
            Content::Connect | Content::Close | Content::Note => DIM,
        };
        self.painted(colour, &self.arrow(entry))
    }

    fn arrow(&self, entry: &Entry) -> String {
        let (from, to) = (self.column_of(entry.from), self.column_of(entry.to));
        let (left, right) = (from.min(to) * self.column, from.max(to) * self.column);
        let head = if entry.lost {
            'x'
        } else if from < to {
            '>'
        } else {
            '<'
        };
        let line = if matches!(entry.content, Content::Connect | Content::Close) { '.' } else { '-' };
        let at_head = if from < to { right.saturating_sub(1) } else { left + 1 };
        let place = |(at, rail): (usize, char)| match at {
            at if at == at_head => head,
            at if at > left && at < right => line,
            _ => rail,
        };
        self.rails().chars().enumerate().map(place).collect()
    }

    fn lines(&self, entry: &Entry) -> Vec<String> {
        let bytes = self.transcript.bytes(entry);
        match entry.content {
            Content::Connect => vec!["connects".to_owned()],
            Content::Close => vec!["closes the connection".to_owned()],
            Content::Note => Vec::new(),
            Content::Sip => sip_lines(bytes),
            Content::Csta => csta_lines(bytes),
            Content::Sccp(encoding) => sccp_lines(bytes, encoding, entry.from != Place::Node),
        }
    }
}

impl fmt::Display for Ladder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.header(f)?;
        let entries = self.transcript.entries().get(self.range.clone()).unwrap_or_default();
        entries.iter().try_for_each(|entry| self.entry(f, entry))
    }
}

fn sccp_lines(mut bytes: &[u8], mut encoding: Encoding, from_phone: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let mut framer = Framer::default();
    while let Ok(Some(frame)) = framer.next(&mut bytes) {
        if from_phone {
            lines.push(client_line(&frame, encoding));
            continue;
        }
        match ServerMessage::decode(&frame, encoding) {
            Ok(message) => {
                // The rest of the burst is already laid out in the version that this one settles.
                if let ServerMessage::RegisterAck(ack) = &message {
                    encoding.version = ack.version;
                }
                lines.push(describe_server(&message));
            }
            Err(error) => lines.push(error.to_string()),
        }
    }
    lines
}

/// The messages of a datagram or of one write to a connection.
fn sip_lines(mut bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut framer = StreamFramer::new();
    while let Ok(Some(framed)) = framer.next(&mut bytes) {
        lines.push(match framed {
            Framed::Message(message) => describe_sip(message),
            Framed::Ping => "keepalive".to_owned(),
        });
    }
    lines
}

/// The frames of one write to a connection of CSTA.
fn csta_lines(mut bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut framer = csta::Framer::default();
    while let Ok(Some(frame)) = framer.next(&mut bytes) {
        lines.push(describe_frame(&frame));
    }
    lines
}

/// Cuts a text at blanks into pieces of at most `room` characters; all but the first are indented.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut length = 0;
    for word in text.split_whitespace() {
        let size = word.chars().count();
        if length > 0 && length + 1 + size > room {
            pieces.push("  ".to_owned());
            length = 2;
        }
        if let Some(piece) = pieces.last_mut() {
            if !piece.is_empty() && !piece.ends_with(' ') {
                piece.push(' ');
                length += 1;
            }
            piece.push_str(word);
        }
        length += size;
    }
    pieces
}

fn client_line(frame: &Frame<'_>, encoding: Encoding) -> String {
    match ClientMessage::decode(frame, encoding) {
        Ok(message) => describe_client(&message),
        Err(error) => error.to_string(),
    }
}
