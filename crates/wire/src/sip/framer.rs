//! Cutting a byte stream into messages (RFC 3261, 18.3) and keepalives (RFC 5626, 3.5.1).

use super::parse::split_field;
use super::values::parse_content_length;
use super::{FrameError, HeaderName, MAX_BODY, MAX_HEAD};

/// What a stream yields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framed<'a> {
    /// One whole message for [`Message::parse`](super::Message::parse).
    Message(&'a [u8]),
    /// A keepalive, two line ends: answer with one CRLF.
    Ping,
}

/// Cuts one connection's byte stream into messages.
///
/// States: between messages (no memory held), inside a head, inside a body of known length, failed. A message
/// that lies whole in the input is handed out of the input without a copy; otherwise its bytes are gathered,
/// at most [`MAX_HEAD`] + [`MAX_BODY`] plus one input. Every byte is scanned once, however small the pieces.
///
/// A message without Content-Length ends with its head; one that has a Content-Type as well is refused, since
/// guessing either way could take a body for messages or messages for a body.
///
/// ```
/// use hookflash_wire::sip::{Framed, StreamFramer};
/// let mut framer = StreamFramer::new();
/// let mut input = &b"\r\n\r\n"[..];
/// while let Some(framed) = framer.next(&mut input)? {
///     assert_eq!(framed, Framed::Ping);
/// }
/// # Ok::<(), hookflash_wire::sip::FrameError>(())
/// ```
#[derive(Debug, Default)]
pub struct StreamFramer {
    gathered: Vec<u8>,
    scan: HeadScan,
    /// Length of the current message, once its head is complete.
    total: Option<usize>,
    /// `gathered` was handed out and is to be released.
    handed_out: bool,
    line_ends: u8,
    failed: Option<FrameError>,
}

impl StreamFramer {
    /// A framer at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what it needs from the front of `input` and returns the next message or keepalive; `None` when
    /// `input` is used up. Call again until then.
    ///
    /// # Errors
    /// [`FrameError`]; the stream cannot be continued and every further call fails alike.
    pub fn next<'b, 'a: 'b>(&'b mut self, input: &mut &'a [u8]) -> Result<Option<Framed<'b>>, FrameError> {
        self.release();
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.gathered.is_empty() {
            if self.skip_line_ends(input) {
                return Ok(Some(Framed::Ping));
            }
            return self.next_in_place(input);
        }
        match self.total {
            None => self.gather_head(input)?,
            Some(total) => self.gather_body(input, total),
        }
        let complete = self.total == Some(self.gathered.len());
        self.handed_out = complete;
        Ok(complete.then_some(Framed::Message(&self.gathered)))
    }

    /// Bytes gathered for a message that is not complete; 0 between messages.
    pub fn pending(&self) -> usize {
        if self.handed_out { 0 } else { self.gathered.len() }
    }

    /// After a failure: the head of the message that could not be delimited, if it was complete. Parsing it gives
    /// the request to answer with 400 or 413 before the connection is closed.
    pub fn refused_head(&self) -> Option<&[u8]> {
        (self.failed.is_some() && !self.gathered.is_empty()).then_some(self.gathered.as_slice())
    }

    fn release(&mut self) {
        if self.handed_out {
            self.gathered = Vec::new();
            self.scan = HeadScan::default();
            self.total = None;
            self.handed_out = false;
        }
    }

    /// Skips line ends between messages; true for every second one.
    fn skip_line_ends(&mut self, input: &mut &[u8]) -> bool {
        while let Some((&byte, rest)) = input.split_first() {
            match byte {
                b'\r' => {}
                b'\n' => self.line_ends += 1,
                _ => {
                    self.line_ends = 0;
                    return false;
                }
            }
            *input = rest;
            if self.line_ends == 2 {
                self.line_ends = 0;
                return true;
            }
        }
        false
    }

    /// Nothing gathered: looks for a whole message in the input, else begins to gather.
    fn next_in_place<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Framed<'a>>, FrameError> {
        if input.is_empty() {
            return Ok(None);
        }
        self.total = self.scan_head(input)?;
        if let Some((message, rest)) = self.total.and_then(|total| input.split_at_checked(total)) {
            *input = rest;
            self.scan = HeadScan::default();
            self.total = None;
            return Ok(Some(Framed::Message(message)));
        }
        self.gathered = input.to_vec();
        *input = &[];
        Ok(None)
    }

    /// Adds the input to an incomplete head; what turns out to lie behind the message is left in the input.
    fn gather_head(&mut self, input: &mut &[u8]) -> Result<(), FrameError> {
        let before = self.gathered.len();
        let mut gathered = std::mem::take(&mut self.gathered);
        gathered.extend_from_slice(input);
        self.total = self.scan_head(&gathered)?;
        if let Some(total) = self.total {
            gathered.truncate(total);
        }
        *input = input.get(gathered.len() - before..).unwrap_or_default();
        self.gathered = gathered;
        Ok(())
    }

    fn gather_body(&mut self, input: &mut &[u8], total: usize) {
        let wanted = total.saturating_sub(self.gathered.len()).min(input.len());
        let (taken, rest) = input.split_at_checked(wanted).unwrap_or((input, &[]));
        self.gathered.extend_from_slice(taken);
        *input = rest;
    }

    /// Scans on in `message`, which holds all bytes since the message began, and returns its length if known.
    fn scan_head(&mut self, message: &[u8]) -> Result<Option<usize>, FrameError> {
        self.scan.resume(message).inspect_err(|error| {
            self.failed = Some(*error);
            self.gathered = message.get(..self.scan.head_length()).unwrap_or_default().to_vec();
        })
    }
}

/// How far a head has been scanned for its end and its Content-Length.
#[derive(Debug, Default)]
struct HeadScan {
    /// Bytes looked at.
    scanned: usize,
    /// Where the current line begins.
    line_start: usize,
    /// The head has ended at `scanned`.
    ended: bool,
    content_length: Option<u64>,
    content_type: bool,
    length_line: LengthLine,
    fault: Option<FrameError>,
}

/// Whether the header a folded line would continue is a Content-Length.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum LengthLine {
    #[default]
    No,
    /// Yes, and its value is still to come.
    Empty,
    /// Yes, and it has its value.
    Read,
}

impl HeadScan {
    fn resume(&mut self, message: &[u8]) -> Result<Option<usize>, FrameError> {
        while let Some(rest) = message.get(self.scanned..).filter(|rest| !rest.is_empty()) {
            let Some(end) = memchr::memchr(b'\n', rest) else {
                self.scanned = message.len();
                break;
            };
            let line = message.get(self.line_start..self.scanned + end).unwrap_or_default();
            let first = self.line_start == 0;
            self.scanned += end + 1;
            self.line_start = self.scanned;
            if self.scanned > MAX_HEAD {
                return Err(FrameError::HeadTooLarge);
            }
            match line.strip_suffix(b"\r").unwrap_or(line) {
                [] => return self.finish().map(Some),
                _ if first => {}
                line => self.header_line(line),
            }
        }
        if self.scanned > MAX_HEAD { Err(FrameError::HeadTooLarge) } else { Ok(None) }
    }

    fn head_length(&self) -> usize {
        if self.ended { self.scanned } else { 0 }
    }

    fn header_line(&mut self, line: &[u8]) {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return self.continuation(line.trim_ascii());
        }
        self.close_length();
        // Content-Length, Content-Type and their compact forms; no other header needs a look.
        if !matches!(line.first(), Some(b'C' | b'c' | b'L' | b'l')) {
            return;
        }
        let Some((name, value)) = split_field(line) else { return };
        let name = HeaderName::new(std::str::from_utf8(name).unwrap_or_default());
        if name == HeaderName::CONTENT_LENGTH {
            match value.trim_ascii() {
                [] => self.length_line = LengthLine::Empty,
                value => self.length(value),
            }
        } else if name == HeaderName::CONTENT_TYPE {
            self.content_type = true;
        }
    }

    fn continuation(&mut self, value: &[u8]) {
        match self.length_line {
            _ if value.is_empty() => {}
            LengthLine::No => {}
            LengthLine::Empty => self.length(value),
            LengthLine::Read => self.fault = Some(FrameError::BadContentLength),
        }
    }

    fn length(&mut self, value: &[u8]) {
        self.length_line = LengthLine::Read;
        match (parse_content_length(value), self.content_length) {
            (Some(length), None) => self.content_length = Some(length),
            (Some(length), Some(before)) if length == before => {}
            _ => self.fault = Some(FrameError::BadContentLength),
        }
    }

    /// No folded line can follow any more: a Content-Length that stayed empty is none.
    fn close_length(&mut self) {
        if self.length_line == LengthLine::Empty {
            self.fault = Some(FrameError::BadContentLength);
        }
        self.length_line = LengthLine::No;
    }

    fn finish(&mut self) -> Result<usize, FrameError> {
        self.ended = true;
        self.close_length();
        match (self.fault, self.content_length) {
            (Some(fault), _) => Err(fault),
            (None, None) if self.content_type => Err(FrameError::MissingContentLength),
            (None, None) => Ok(self.scanned),
            (None, Some(length)) if length > MAX_BODY as u64 => Err(FrameError::BodyTooLarge(length)),
            (None, Some(length)) => Ok(self.scanned + length as usize),
        }
    }
}
