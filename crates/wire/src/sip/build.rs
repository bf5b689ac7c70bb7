//! Writing messages.

use std::fmt::{self, Display, Write as _};
use std::net::{IpAddr, SocketAddr};

use super::headers::Field;
use super::list::split_outside;
use super::{HeaderName, Headers, Message, Method, Request, StatusCode, Via};

/// Bytes most messages fit into.
const USUAL_LENGTH: usize = 1024;

/// Writes one message front to back into one buffer.
///
/// Line ends inside a value are written as blanks, so no value can add a header.
///
/// ```
/// use hookflash_wire::sip::{HeaderName, MessageBuilder, Method};
/// let bytes = MessageBuilder::request(&Method::Info, "sip:201@cme")
///     .header(HeaderName::CALL_ID, "a84b4c76e66710")
///     .finish_with_body("application/csta+xml", b"<x/>");
/// assert!(bytes.ends_with(b"\r\nContent-Type: application/csta+xml\r\nContent-Length: 4\r\n\r\n<x/>"));
/// ```
#[derive(Debug)]
#[must_use]
pub struct MessageBuilder {
    out: Vec<u8>,
}

impl MessageBuilder {
    /// Starts a request.
    pub fn request(method: &Method, uri: impl Display) -> Self {
        Self::request_onto(Vec::with_capacity(USUAL_LENGTH), method, uri)
    }

    /// Starts a request behind what `out` holds already, so that a buffer can be used again.
    pub fn request_onto(out: Vec<u8>, method: &Method, uri: impl Display) -> Self {
        Self::start(out, format_args!("{method} {uri} SIP/2.0"))
    }

    /// Starts a response with the usual reason phrase.
    pub fn response(status: StatusCode) -> Self {
        Self::response_with_reason(status, status.reason())
    }

    /// Starts a response with a reason phrase of one's own.
    pub fn response_with_reason(status: StatusCode, reason: impl Display) -> Self {
        Self::start(Vec::with_capacity(USUAL_LENGTH), format_args!("SIP/2.0 {status} {reason}"))
    }

    /// Starts the response to `request`, which came from `source`, with the headers of RFC 3261, 8.2.6.2: every
    /// Via, From, To, Call-ID, CSeq in their order; Timestamp in a 100; Record-Route in what creates a dialog.
    ///
    /// The topmost Via gets `received` and `rport` from `source` where RFC 3261, 18.2.1 and RFC 3581, 4 ask for
    /// them. To gets `local_tag` if it has none, unless this is a 100. `source` is `None` inside one process.
    pub fn reply(request: &Request, status: StatusCode, local_tag: &str, source: Option<SocketAddr>) -> Self {
        Self::reply_onto(Vec::with_capacity(USUAL_LENGTH), request, status, local_tag, source)
    }

    /// [`MessageBuilder::reply`] behind what `out` holds already, so that a buffer can be used again.
    pub fn reply_onto(
        out: Vec<u8>,
        request: &Request,
        status: StatusCode,
        local_tag: &str,
        source: Option<SocketAddr>,
    ) -> Self {
        let headers = request.headers();
        let mut builder = Self::start(out, format_args!("SIP/2.0 {status} {}", status.reason()));
        builder.vias(headers, source);
        builder = builder.copy(headers, HeaderName::FROM);
        builder.to(headers, (status != StatusCode::TRYING).then_some(local_tag));
        builder = builder.copy(headers, HeaderName::CALL_ID).copy(headers, HeaderName::CSEQ);
        if status == StatusCode::TRYING {
            builder = builder.copy(headers, HeaderName::TIMESTAMP);
        } else if status.code() < 300 && request.method.creates_dialog() {
            builder = builder.copy(headers, HeaderName::RECORD_ROUTE);
        }
        builder
    }

    /// Adds a header. Content-Length and the Content-Type of a body are added at the end, not here.
    pub fn header(mut self, name: HeaderName<'_>, value: impl Display) -> Self {
        // Writing into a Vec cannot fail; a Display that fails has written what it could.
        let _ = OneLine(&mut self.out).write_str(name.as_str());
        self.out.extend_from_slice(b": ");
        let _ = write!(OneLine(&mut self.out), "{value}");
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Adds header lines that were written before.
    pub fn block(mut self, block: &HeaderBlock) -> Self {
        self.out.extend_from_slice(&block.0);
        self
    }

    /// Adds every header of `headers` called `name`, byte for byte.
    pub fn copy(mut self, headers: &Headers, name: HeaderName<'_>) -> Self {
        for field in headers.matching(name) {
            self.field(headers, field);
        }
        self
    }

    /// Ends a message without body.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        self.out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
        self.out
    }

    /// Ends a message with a body of type `content_type`.
    #[must_use]
    pub fn finish_with_body(mut self, content_type: &str, body: &[u8]) -> Vec<u8> {
        self.line(format_args!("{}: {content_type}", HeaderName::CONTENT_TYPE));
        self.body(body)
    }

    /// The whole of `message` again.
    pub(super) fn copy_of(message: &Message) -> Vec<u8> {
        let (mut builder, latin1) = match message {
            Message::Request(request) => {
                (Self::request(&request.method, request.uri_text()), request.latin1_start)
            }
            Message::Response(response) => {
                (Self::response_with_reason(response.status, response.reason()), response.latin1_start)
            }
        };
        if latin1 {
            let text = String::from_utf8_lossy(&builder.out).into_owned();
            builder.out.clear();
            builder.write_text(&text, true);
        }
        let headers = message.headers();
        for field in &headers.fields {
            if headers.name_of(field) != HeaderName::CONTENT_LENGTH {
                builder.field(headers, field);
            }
        }
        builder.body(message.body())
    }

    fn start(out: Vec<u8>, line: fmt::Arguments<'_>) -> Self {
        let mut builder = Self { out };
        builder.line(line);
        builder
    }

    fn body(mut self, body: &[u8]) -> Vec<u8> {
        self.line(format_args!("{}: {}", HeaderName::CONTENT_LENGTH, body.len()));
        self.out.extend_from_slice(b"\r\n");
        self.out.extend_from_slice(body);
        self.out
    }

    fn vias(&mut self, headers: &Headers, source: Option<SocketAddr>) {
        for (index, field) in headers.matching(HeaderName::VIA).enumerate() {
            match source {
                Some(source) if index == 0 => {
                    self.top_via(field.value.of(&headers.text), field.latin1, source)
                }
                _ => self.field(headers, field),
            }
        }
    }

    /// The topmost Via with `received` and `rport` as its receiver saw them, and what follows it in the line.
    fn top_via(&mut self, value: &str, latin1: bool, source: SocketAddr) {
        let (top, others) = split_outside(value, b',', true);
        let Some(via) = Via::parse(top) else {
            return self.value(HeaderName::VIA, value, latin1, "");
        };
        let wants_port = via.params.contains("rport");
        let added = match via.host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if address == source.ip() && !wants_port => String::new(),
            _ if wants_port => format!(";received={};rport={}", source.ip(), source.port()),
            _ => format!(";received={}", source.ip()),
        };
        let (sent_by, _) = top.split_once(';').unwrap_or((top, ""));
        let mut line = String::with_capacity(value.len() + added.len());
        line.push_str(sent_by.trim_end());
        for text in via.params.as_str().split(';').map(str::trim).filter(|text| !text.is_empty()) {
            let name = text.split('=').next().unwrap_or_default().trim();
            if !name.eq_ignore_ascii_case("received") && !name.eq_ignore_ascii_case("rport") {
                line.push(';');
                line.push_str(text);
            }
        }
        line.push_str(&added);
        if !others.is_empty() {
            line.push(',');
            line.push_str(others);
        }
        self.value(HeaderName::VIA, &line, latin1, "");
    }

    fn to(&mut self, headers: &Headers, local_tag: Option<&str>) {
        let tagged = headers.to().is_ok_and(|to| to.tag().is_some());
        for field in headers.matching(HeaderName::TO) {
            let value = field.value.of(&headers.text);
            match local_tag.filter(|_| !tagged) {
                None => self.field(headers, field),
                Some(tag) => {
                    let value = value.trim_end_matches([';', ' ', '\t']);
                    // Of clients that write the parameter before they know what to write.
                    let value = value.strip_suffix(";tag=").unwrap_or(value);
                    self.value(HeaderName::TO, value, field.latin1, &format!(";tag={tag}"));
                }
            }
        }
    }

    /// One received field as it was.
    fn field(&mut self, headers: &Headers, field: &Field) {
        self.value(headers.name_of(field), field.value.of(&headers.text), field.latin1, "");
    }

    fn value(&mut self, name: HeaderName<'_>, value: &str, latin1: bool, suffix: &str) {
        self.out.extend_from_slice(name.as_str().as_bytes());
        self.out.extend_from_slice(b": ");
        self.write_text(value, latin1);
        self.write_text(suffix, false);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Text of a received line: as ISO 8859-1 if it came as that.
    fn write_text(&mut self, text: &str, latin1: bool) {
        let bytes =
            latin1.then(|| text.chars().map(|char| u8::try_from(char).ok()).collect::<Option<Vec<_>>>());
        match bytes.flatten() {
            Some(bytes) => self.out.extend_from_slice(&bytes),
            None => self.out.extend_from_slice(text.as_bytes()),
        }
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing into a Vec cannot fail; a Display that fails has written what it could.
        let _ = OneLine(&mut self.out).write_fmt(line);
        self.out.extend_from_slice(b"\r\n");
    }
}

/// Header lines that are written once for many messages.
///
/// ```
/// use hookflash_wire::sip::{HeaderBlock, HeaderName, MessageBuilder, Method};
/// let block = HeaderBlock::new(|builder| builder.header(HeaderName::CALL_ID, "a84b4c76e66710"));
/// let bytes = MessageBuilder::request(&Method::Info, "sip:201@cme").block(&block).finish();
/// assert_eq!(bytes, b"INFO sip:201@cme SIP/2.0\r\nCall-ID: a84b4c76e66710\r\nContent-Length: 0\r\n\r\n");
/// ```
#[derive(Debug, Clone, Default)]
pub struct HeaderBlock(Box<[u8]>);

impl HeaderBlock {
    /// The headers that `write` adds.
    pub fn new(write: impl FnOnce(MessageBuilder) -> MessageBuilder) -> Self {
        Self(write(MessageBuilder { out: Vec::new() }).out.into())
    }

    /// The same with another first line.
    #[must_use]
    pub fn beginning_with(&self, name: HeaderName<'_>, value: impl fmt::Display) -> Self {
        let rest = self.0.iter().position(|byte| *byte == b'\n').and_then(|end| self.0.get(end + 1..));
        let MessageBuilder { mut out } = MessageBuilder { out: Vec::new() }.header(name, value);
        out.extend_from_slice(rest.unwrap_or_default());
        Self(out.into())
    }

    /// Bytes of the lines.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no headers.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes text with line ends turned into blanks.
struct OneLine<'a>(&'a mut Vec<u8>);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_line_end = |byte: u8| (byte == b'\r') | (byte == b'\n');
        // Without a branch, so that many bytes are looked at in one instruction.
        if text.bytes().fold(false, |found, byte| found | is_line_end(byte)) {
            self.0.extend(text.bytes().map(|byte| if is_line_end(byte) { b' ' } else { byte }));
        } else {
            self.0.extend_from_slice(text.as_bytes());
        }
        Ok(())
    }
}
