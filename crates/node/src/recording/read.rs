//! Reading a recording, frame by frame.

use std::{net::SocketAddr, time::Duration};

use hookflash_core::{Instant, LegId, MediaAddress, SoundId, SoundReport};

use super::bytes::{self, Cursor, Fault, crc32};
use super::write::kind;
use super::{Header, MAGIC, MAX_HEADER, MAX_RECORD, MAX_TIME, RecordingError, VERSION};
use crate::{FetchId, Input, LinkId, Listener, Output, SessionRecord, SipTransport, Start, TerminalId, http};

/// What happened to the node.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// [`Node::handle`](crate::Node::handle).
    Input(Input<'a>),
    /// [`Node::handle_timeout`](crate::Node::handle_timeout).
    Timeout,
}

/// One record.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// Where in the file it begins.
    pub offset: usize,
    /// When it happened.
    pub at: Instant,
    /// What happened.
    pub event: Event<'a>,
    /// The digest of what it caused; `None` where that is not to be compared.
    pub outputs: Option<u64>,
    /// What was sent to somebody then; only in a file that does not begin with the server.
    pub sent: Vec<Output>,
}

/// Reads a recording; see the [module page](super) for the format.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    file: &'a [u8],
    offset: usize,
    crc: u32,
    header: Header<'a>,
    at: u64,
}

impl<'a> Reader<'a> {
    /// Opens a recording at its first record.
    ///
    /// # Errors
    /// A file that is no recording, one of another version, and a header that is incomplete or damaged.
    pub fn open(file: &'a [u8]) -> Result<Reader<'a>, RecordingError> {
        let rest =
            file.strip_prefix(MAGIC).ok_or_else(|| match MAGIC.starts_with(file) && !file.is_empty() {
                true => RecordingError::CutOff { offset: 0 },
                false => RecordingError::NotARecording,
            })?;
        match rest.first() {
            Some(&VERSION) => {}
            Some(version) => return Err(RecordingError::Version(*version)),
            None => return Err(RecordingError::CutOff { offset: MAGIC.len() }),
        }
        let offset = MAGIC.len() + 1;
        let crc = crc32(0, file.get(..offset).unwrap_or_default());
        let header =
            Header { program: "", bind: None, configuration: "", start: Start::default(), goes_on_at: None };
        let mut reader = Reader { file, offset, crc, header, at: 0 };
        if let Some((offset, body)) = reader.frame(MAX_HEADER)? {
            reader.header = read_header(body).map_err(|what| RecordingError::Damaged { offset, what })?;
            reader.at = reader.header.goes_on_at.map_or(0, Instant::as_millis);
            return Ok(reader);
        }
        Err(RecordingError::CutOff { offset })
    }

    /// What the node is made of.
    pub fn header(&self) -> Header<'a> {
        self.header
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`RecordingError::CutOff`] where the file ends inside a record, [`RecordingError::Damaged`] where something
    /// was changed. Either repeats when asked again.
    pub fn next_record(&mut self) -> Result<Option<Record<'a>>, RecordingError> {
        let before = *self;
        let Some((offset, body)) = self.frame(MAX_RECORD)? else { return Ok(None) };
        match self.record(offset, body) {
            Ok(record) => Ok(Some(record)),
            Err(what) => {
                *self = before;
                Err(RecordingError::Damaged { offset, what })
            }
        }
    }

    /// The body of the next frame and where the frame begins; `None` at the end of the file.
    fn frame(&mut self, limit: usize) -> Result<Option<(usize, &'a [u8])>, RecordingError> {
        let offset = self.offset;
        let rest = self.file.get(offset..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let cut_off = RecordingError::CutOff { offset };
        let damaged = |what| RecordingError::Damaged { offset, what };
        let mut cursor = Cursor { rest };
        let length = match cursor.narrow::<usize>() {
            Ok(length) => length,
            // A number that goes on beyond the end, or beyond any sense.
            Err(_) if cursor.rest.is_empty() => return Err(cut_off),
            Err(what) => return Err(damaged(what)),
        };
        if length > limit {
            return Err(damaged("a record is longer than the limit"));
        }
        let (body, after) = cursor.rest.split_at_checked(length).ok_or(cut_off)?;
        let (sum, _) = after.split_first_chunk::<4>().ok_or(cut_off)?;
        let size = rest.len() - after.len();
        let crc = crc32(self.crc, rest.get(..size).unwrap_or_default());
        if crc.to_le_bytes() != *sum {
            return Err(damaged("the checksum does not match"));
        }
        self.crc = crc32(crc, sum);
        self.offset = offset + size + sum.len();
        Ok(Some((offset, body)))
    }

    fn record(&mut self, offset: usize, body: &'a [u8]) -> Result<Record<'a>, Fault> {
        let mut cursor = Cursor { rest: body };
        let kind = cursor.byte()?;
        let at = self.at.checked_add(cursor.number()?).filter(|at| *at <= MAX_TIME);
        self.at = at.ok_or("the time is too large")?;
        let event = read_event(kind & !kind::UNCOMPARED, &mut cursor)?;
        let compared = kind & kind::UNCOMPARED == 0;
        let outputs = if compared { Some(u64::from_le_bytes(cursor.array()?)) } else { None };
        let sent = match self.header.goes_on_at {
            Some(_) => read_sent(&mut cursor)?,
            None => Vec::new(),
        };
        if !cursor.rest.is_empty() {
            return Err("a record is longer than its fields");
        }
        Ok(Record { offset, at: Instant::from_millis(self.at), event, outputs, sent })
    }
}

fn read_header(body: &[u8]) -> Result<Header<'_>, Fault> {
    let mut cursor = Cursor { rest: body };
    let (program, bind, configuration) = (cursor.text()?, cursor.address()?, cursor.text()?);
    let mut start = Start::default();
    if !cursor.rest.is_empty() {
        (start.open_files, start.seed) = (cursor.number()?, cursor.number()?);
    }
    // Older recordings end here.
    if !cursor.rest.is_empty() {
        start.memory = cursor.number()?;
        start.secret = [cursor.number()?, cursor.number()?];
        for byte in &mut start.fingerprint {
            *byte = cursor.byte()?;
        }
    }
    let goes_on_at = match cursor.rest {
        [] => None,
        _ => Some(Instant::from_millis(cursor.number()?.min(MAX_TIME))),
    };
    match cursor.rest {
        [] => Ok(Header { program, bind, configuration, start, goes_on_at }),
        _ => Err("the header is longer than its fields"),
    }
}

fn read_sent(cursor: &mut Cursor<'_>) -> Result<Vec<Output>, Fault> {
    let count: usize = cursor.narrow()?;
    let mut sent = Vec::new();
    for _ in 0..count {
        sent.push(match cursor.byte()? {
            1 => Output::Send { link: LinkId(cursor.number()?), bytes: cursor.bytes()?.to_vec() },
            2 => Output::Close { link: LinkId(cursor.number()?) },
            3 => Output::Datagram {
                local: cursor.socket()?,
                to: cursor.socket()?,
                bytes: cursor.bytes()?.to_vec(),
            },
            _ => return Err("unknown kind of output"),
        });
    }
    Ok(sent)
}

fn optional_socket(cursor: &mut Cursor<'_>) -> Result<Option<SocketAddr>, Fault> {
    Ok(if cursor.byte()? == 1 { Some(cursor.socket()?) } else { None })
}

fn optional_text<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a str>, Fault> {
    let is_there = cursor.byte()? == 1;
    let text = cursor.text()?;
    Ok(is_there.then_some(text))
}

fn read_event<'a>(kind: u8, cursor: &mut Cursor<'a>) -> Result<Event<'a>, Fault> {
    let input = match kind {
        kind::CONNECTED => {
            let link = LinkId(cursor.number()?);
            let listener = match cursor.byte()? {
                1 => Listener::Sccp,
                2 => Listener::Sip,
                3 => Listener::Csta,
                4 => Listener::Sips,
                5 => Listener::CstaTls,
                8 => Listener::CstaImplicit,
                9 => Listener::CstaGreeting,
                _ => return Err("unknown kind of listener"),
            };
            Input::Connected { link, listener, local: cursor.socket()?, peer: cursor.socket()? }
        }
        kind::RECEIVED => Input::Received { link: LinkId(cursor.number()?), bytes: cursor.bytes()? },
        kind::CLOSED => Input::Closed { link: LinkId(cursor.number()?) },
        kind::DATAGRAM => {
            Input::Datagram { local: cursor.socket()?, from: cursor.socket()?, bytes: cursor.bytes()? }
        }
        kind::COMMAND => Input::Command { terminal: TerminalId(cursor.number()?), line: cursor.text()? },
        kind::TERMINAL_CLOSED => Input::TerminalClosed { terminal: TerminalId(cursor.number()?) },
        kind::STORED => Input::Stored { terminal: TerminalId(cursor.number()?), error: cursor.text()? },
        kind::CONFIGURATION_READ => {
            let (terminal, is_there) = (TerminalId(cursor.number()?), cursor.byte()? == 1);
            let text = cursor.text()?;
            Input::ConfigurationRead { terminal, text: if is_there { Ok(text) } else { Err(text) } }
        }
        kind::FILES_DONE => {
            let (terminal, is_done) = (TerminalId(cursor.number()?), cursor.byte()? == 1);
            let text = cursor.text()?;
            Input::FilesDone { terminal, result: if is_done { Ok(text) } else { Err(text) } }
        }
        kind::CONFIGURATION => Input::Configuration { text: cursor.text()?, lenient: false },
        kind::CONFIGURATION_AS_BEFORE => Input::Configuration { text: cursor.text()?, lenient: true },
        kind::WALL_CLOCK => {
            let unix_millis = cursor.signed()?;
            let offset = i32::try_from(cursor.signed()?);
            Input::WallClock { unix_millis, utc_offset_seconds: offset.map_err(|_| "a number is too large")? }
        }
        kind::RESTORE => Input::Restore { value: cursor.text()? },
        kind::LISTENING => {
            Input::Listening { sccp: optional_socket(cursor)?, http: optional_socket(cursor)? }
        }
        kind::FILE => {
            let (fetch, local) = (FetchId(cursor.number()?), cursor.socket()?.ip());
            Input::File { fetch, local, peer: cursor.socket()?, name: cursor.text()? }
        }
        kind::FILE_MISSING => Input::FileMissing { peer: cursor.socket()?, path: cursor.text()? },
        kind::CERTIFICATE => {
            Input::Certificate { link: LinkId(cursor.number()?), certificate: cursor.text()? }
        }
        kind::CERTIFIED_HTTPS => {
            let certificate = Some(cursor.text()?);
            let (fetch, local, peer, request) = request(cursor, true)?;
            Input::Http { fetch, local: local.ip(), peer, request: http::Request { certificate, ..request } }
        }
        kind::CERTIFIED_WEB_SOCKET => {
            let certificate = Some(cursor.text()?);
            let link = LinkId(cursor.number()?);
            let (fetch, local, peer, request) = request(cursor, true)?;
            let request = http::Request { certificate, ..request };
            Input::WebSocket { fetch, link, local, peer, request }
        }
        kind::HTTP | kind::HTTPS => {
            let (fetch, local, peer, request) = request(cursor, kind == kind::HTTPS)?;
            Input::Http { fetch, local: local.ip(), peer, request }
        }
        kind::WEB_SOCKET | kind::SECURE_WEB_SOCKET => {
            let link = LinkId(cursor.number()?);
            let (fetch, local, peer, request) = request(cursor, kind == kind::SECURE_WEB_SOCKET)?;
            Input::WebSocket { fetch, link, local, peer, request }
        }
        kind::RESTORE_SESSION => Input::RestoreSession(session_record(cursor)?),
        kind::HTTP_CLOSED => Input::HttpClosed { fetch: FetchId(cursor.number()?) },
        kind::VERIFIED => Input::Verified { verification: cursor.number()?, right: cursor.byte()? == 1 },
        kind::POSTED => {
            let post = cursor.number()?;
            let status = u16::try_from(cursor.number()?).map_err(|_| "a number is too large")?;
            Input::Posted { post, status: Some(status).filter(|status| *status > 0) }
        }
        kind::RESOLVED => {
            let (name, place, seconds) = (cursor.text()?, cursor.number()?, cursor.narrow()?);
            let transport = usize::try_from(place >> bytes::TRANSPORT_SHIFT).ok();
            let transport = transport.and_then(|number| SipTransport::ALL.get(number).copied());
            let transport = transport.ok_or("the transport is not valid")?;
            let port = place & ((1 << bytes::TRANSPORT_SHIFT) - 1);
            let port = port.checked_sub(1).map(u16::try_from).transpose();
            let port = port.map_err(|_| "a number is too large")?;
            Input::Resolved { name, port, transport, addresses: cursor.text()?, seconds }
        }
        kind::NOT_CONNECTED => Input::NotConnected { peer: cursor.socket()?, secure: cursor.byte()? == 1 },
        kind::LEG_OPENED => {
            let leg = u32::try_from(cursor.number()?).map_err(|_| "a number is too large")?;
            let socket = if cursor.byte()? == 1 { Some(cursor.socket()?) } else { None };
            let address = socket.map(|socket| MediaAddress { ip: socket.ip(), port: socket.port() });
            Input::LegOpened { leg: LegId(leg), address }
        }
        kind::LEG_DIGIT => {
            let leg = u32::try_from(cursor.number()?).map_err(|_| "a number is too large")?;
            let digit = u32::try_from(cursor.number()?).ok().and_then(char::from_u32);
            Input::LegDigit { leg: LegId(leg), digit: digit.ok_or("a digit is not valid")? }
        }
        kind::LEG_SILENT => {
            let leg = u32::try_from(cursor.number()?).map_err(|_| "a number is too large")?;
            Input::LegSilent { leg: LegId(leg), silent: cursor.byte()? == 1 }
        }
        kind::SOUND => {
            let sound = SoundId(u32::try_from(cursor.number()?).map_err(|_| "a number is too large")?);
            let (what, name) = (cursor.byte()?, cursor.text()?);
            let length = Duration::from_millis(cursor.number()?);
            let report = match what {
                0 => SoundReport::Ready { name: name.into(), length },
                1 => SoundReport::Unknown,
                2 => SoundReport::Full,
                _ => return Err("a report about a sound is not valid"),
            };
            Input::Sound { sound, report }
        }
        kind::CALL_RATE => match cursor.byte()? {
            0 => Input::CallRate(None),
            1 => {
                let rate = u32::try_from(cursor.number()?);
                Input::CallRate(Some(rate.map_err(|_| "a number is too large")?))
            }
            _ => return Err("the call rate is not valid"),
        },
        kind::SHUT_DOWN => Input::ShutDown,
        kind::TIMEOUT => return Ok(Event::Timeout),
        _ => return Err("unknown kind of record"),
    };
    Ok(Event::Input(input))
}

/// Something of a session of an earlier server.
fn session_record(cursor: &mut Cursor<'_>) -> Result<SessionRecord, Fault> {
    let kind = cursor.byte()?;
    let session: u32 = cursor.narrow()?;
    let (number, content) = (cursor.number()?, cursor.bytes()?);
    let text = || std::str::from_utf8(content).map(str::to_owned).map_err(|_| "a text is not UTF-8");
    Ok(match kind {
        1 => SessionRecord::Session { session, value: text()? },
        2 => {
            let monitor = u32::try_from(number).map_err(|_| "a number is too large")?;
            SessionRecord::Monitor { session, monitor, value: Some(text()?).filter(|own| !own.is_empty()) }
        }
        3 => SessionRecord::Event { session, number, document: content.to_vec() },
        4 => SessionRecord::Forget { session, up_to: number },
        5 => SessionRecord::Ended { session },
        _ => return Err("unknown kind of a session"),
    })
}

/// A request of HTTP: its name, our address, the other end, and what it asks for.
fn request<'a>(
    cursor: &mut Cursor<'a>,
    over_tls: bool,
) -> Result<(FetchId, SocketAddr, SocketAddr, http::Request<'a>), Fault> {
    let (fetch, local) = (FetchId(cursor.number()?), cursor.socket()?);
    let peer = cursor.socket()?;
    let request = http::Request {
        method: cursor.text()?,
        target: cursor.text()?,
        authorization: optional_text(cursor)?,
        accept_charset: optional_text(cursor)?,
        body: cursor.bytes()?,
        over_tls,
        certificate: None,
    };
    Ok((fetch, local, peer, request))
}
