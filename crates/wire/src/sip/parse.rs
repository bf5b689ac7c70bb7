//! One pass from bytes to an indexed message.

use super::header_name::Known;
use super::headers::{Field, Headers, Span};
use super::list::trim;
use super::values::parse_content_length;
use super::{HeaderName, MAX_BODY, MAX_HEAD, Message, Method, ParseError, ParseErrorKind, Request, Response};
use super::{StatusCode, Uri};

/// Fields that fit without growing the table: more than usual clients send.
const USUAL_FIELDS: usize = 20;

pub(super) fn message(bytes: &[u8]) -> Result<Message, ParseError> {
    let leading = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let bytes = bytes.get(leading..).unwrap_or_default();
    if bytes.is_empty() {
        return Err(ParseError { kind: ParseErrorKind::Empty, request: None });
    }
    let mut head = Head::default();
    let head_length = head.read(bytes);
    let start = StartLine::parse(&head.headers.text, head.start);
    let body = body_of(&head.headers, bytes.get(head_length..).unwrap_or_default());
    match (start, head.fault, body) {
        (Ok(start), None, Ok(body)) => Ok(start.into_message(head, body)),
        (start, fault, body) => {
            let (kind, start) = match start {
                Ok(start) => (fault.or(body.err()).unwrap_or(ParseErrorKind::StartLine), Some(start)),
                Err((kind, start)) => (kind, start),
            };
            let message = start.map(|start| start.into_message(head, &[]));
            let request = message.and_then(|message| match message {
                Message::Request(request) => Some(Box::new(request)),
                Message::Response(_) => None,
            });
            Err(ParseError { kind, request })
        }
    }
}

/// The head while it is read: text without line ends, and the places of the fields in it.
#[derive(Default)]
struct Head {
    headers: Headers,
    start: Span,
    latin1_start: bool,
    fault: Option<ParseErrorKind>,
}

impl Head {
    /// Reads up to and including the blank line and returns the length of all that.
    fn read(&mut self, bytes: &[u8]) -> usize {
        self.headers.text.reserve(bytes.len().min(MAX_HEAD));
        self.headers.fields.reserve(USUAL_FIELDS);
        let mut at = 0;
        let mut number = 0;
        while let Some((line, next)) = next_line(bytes, at) {
            number += 1;
            if next > MAX_HEAD {
                self.fault.get_or_insert(ParseErrorKind::HeadTooLarge);
                return next;
            }
            at = next;
            if line.is_empty() {
                return at;
            }
            self.line(line, number);
        }
        at
    }

    fn line(&mut self, line: &[u8], number: u32) {
        if number == 1 {
            (self.start, self.latin1_start) = self.push(line);
        } else if matches!(line.first(), Some(b' ' | b'\t')) {
            self.continuation(line, number);
        } else if !self.field(line) {
            self.fault.get_or_insert(ParseErrorKind::HeaderLine { line: number });
        }
    }

    /// Adds a `Name: value` line; false if it is none.
    fn field(&mut self, line: &[u8]) -> bool {
        let line = trim_bytes(line);
        let Some((name, value)) = split_field(line) else { return false };
        let blanks = value.iter().take_while(|byte| is_blank(**byte)).count();
        let value_at = line.len() - value.len() + blanks;
        // The line is copied whole; up to the value it is ASCII, so places in it are places in the text.
        let (copied, latin1) = self.push(line);
        let name = Span { start: copied.start, end: copied.start + name.len() as u32 };
        let value = Span { start: copied.start + value_at as u32, end: copied.end };
        let known = Known::find(name.of(&self.headers.text));
        self.headers.fields.push(Field { known, latin1, name, value });
        true
    }

    /// Joins a folded line to the value before it with one blank (RFC 3261, 7.3.1).
    fn continuation(&mut self, line: &[u8], number: u32) {
        let Some(mut field) = self.headers.fields.pop() else {
            if !line.trim_ascii().is_empty() {
                self.fault.get_or_insert(ParseErrorKind::HeaderLine { line: number });
            }
            return;
        };
        let before = self.headers.text.len();
        if field.value.start != field.value.end {
            self.headers.text.push(' ');
        }
        let (more, latin1) = self.push(line);
        if more.start == more.end {
            self.headers.text.truncate(before);
        } else if field.value.start == field.value.end {
            field.value = more;
        } else {
            field.value.end = more.end;
        }
        field.latin1 |= latin1;
        self.headers.fields.push(field);
    }

    /// Appends `bytes` without the blanks around them; true if they had to be read as ISO 8859-1.
    fn push(&mut self, bytes: &[u8]) -> (Span, bool) {
        let text = &mut self.headers.text;
        let start = text.len() as u32;
        let bytes = trim_bytes(bytes);
        let utf8 = std::str::from_utf8(bytes);
        match utf8 {
            Ok(valid) if !bytes.contains(&b'\r') => text.push_str(valid),
            Ok(valid) => text.extend(valid.chars().map(|char| if char == '\r' { ' ' } else { char })),
            Err(_) => {
                text.extend(bytes.iter().map(|byte| if *byte == b'\r' { ' ' } else { char::from(*byte) }))
            }
        }
        (Span { start, end: text.len() as u32 }, utf8.is_err())
    }
}

/// A start line taken apart.
enum StartLine {
    Request { method: Method, uri: Span },
    Response { status: StatusCode, reason: Span },
}

type StartLineFault = (ParseErrorKind, Option<StartLine>);

impl StartLine {
    fn parse(text: &str, span: Span) -> Result<Self, StartLineFault> {
        let line = span.of(text);
        if line.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/")) {
            Self::parse_status_line(line, span).map_err(|kind| (kind, None))
        } else {
            Self::parse_request_line(line, span)
        }
    }

    fn parse_request_line(line: &str, span: Span) -> Result<Self, StartLineFault> {
        const NO_SIP: StartLineFault = (ParseErrorKind::StartLine, None);
        let (method, rest) = line.split_once([' ', '\t']).ok_or(NO_SIP)?;
        let (uri, version) = rest.rsplit_once([' ', '\t']).ok_or(NO_SIP)?;
        if !method.bytes().all(is_token_byte) {
            return Err(NO_SIP);
        }
        let uri = trim(uri);
        let offset = span.start + (uri.as_ptr() as usize - line.as_ptr() as usize) as u32;
        let uri_span = Span { start: offset, end: offset + uri.len() as u32 };
        let start = Self::Request { method: Method::new(method), uri: uri_span };
        match version.get(..4) {
            Some(name) if name.eq_ignore_ascii_case("SIP/") => {}
            _ => return Err(NO_SIP),
        }
        if version.get(4..) != Some("2.0") {
            return Err((ParseErrorKind::Version, Some(start)));
        }
        // A sip URI that merely lacks a usable host is for the layer above, which answers 404 or 416.
        let blank_or_bracket = |byte| matches!(byte, b' ' | b'\t' | b'<' | b'>' | b'"');
        if uri.bytes().any(blank_or_bracket) || Uri::parse(uri).is_err_and(|_| !uri.contains(':')) {
            return Err((ParseErrorKind::RequestUri, Some(start)));
        }
        Ok(start)
    }

    fn parse_status_line(line: &str, span: Span) -> Result<Self, ParseErrorKind> {
        let (version, rest) = line.split_once([' ', '\t']).ok_or(ParseErrorKind::StartLine)?;
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            return Err(ParseErrorKind::Version);
        }
        let rest = trim(rest);
        let (code, reason) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { code.parse().ok() } else { None };
        let status = number.and_then(StatusCode::new).ok_or(ParseErrorKind::StatusCode)?;
        let reason = trim(reason);
        Ok(Self::Response { status, reason: Span { start: span.end - reason.len() as u32, end: span.end } })
    }

    fn into_message(self, head: Head, body: &[u8]) -> Message {
        let Head { headers, latin1_start, .. } = head;
        let body = body.into();
        match self {
            Self::Request { method, uri } => {
                Message::Request(Request { method, uri, headers, body, latin1_start })
            }
            Self::Response { status, reason } => {
                Message::Response(Response { status, reason, headers, body, latin1_start })
            }
        }
    }
}

/// The body: as long as Content-Length says, else all the rest.
fn body_of<'a>(headers: &Headers, rest: &'a [u8]) -> Result<&'a [u8], ParseErrorKind> {
    let mut lengths = headers.get_all(HeaderName::CONTENT_LENGTH);
    let expected = match lengths.next() {
        None => rest.len() as u64,
        Some(value) => parse_content_length(value.as_bytes()).ok_or(ParseErrorKind::ContentLength)?,
    };
    if lengths.any(|value| parse_content_length(value.as_bytes()) != Some(expected)) {
        return Err(ParseErrorKind::ContentLength);
    }
    if expected > MAX_BODY as u64 {
        return Err(ParseErrorKind::BodyTooLarge);
    }
    let present = rest.len() as u64;
    rest.get(..expected as usize).ok_or(ParseErrorKind::BodyTruncated { expected, present })
}

/// The line starting at `at` without its end, and where the next begins; the last may lack its end.
fn next_line(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let (line, next) = match memchr::memchr(b'\n', rest) {
        Some(end) => (rest.get(..end)?, at + end + 1),
        None => (rest, bytes.len()),
    };
    Some((line.strip_suffix(b"\r").unwrap_or(line), next))
}

/// Name and value of a `Name: value` line; blanks may stand before the colon (RFC 3261, 25.1: HCOLON).
pub(super) fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = line.iter().position(|byte| *byte == b':' || !byte.is_ascii_graphic())?;
    let (name, rest) = line.split_at_checked(end)?;
    let value = rest.trim_ascii_start().strip_prefix(b":")?;
    (!name.is_empty()).then_some((name, value))
}

fn trim_bytes(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().take_while(|byte| is_blank(**byte)).count();
    let end = bytes.len() - bytes.iter().rev().take_while(|byte| is_blank(**byte)).count();
    bytes.get(start..end).unwrap_or_default()
}

/// A carriage return inside a line counts as a blank: in an echo, some reader would end the line there.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r')
}

/// RFC 3261, 25.1: token.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}
