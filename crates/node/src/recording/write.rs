//! Writing a recording.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Instant, SoundReport};

use super::bytes::{self, Digest, crc32, seal};
use super::{MAGIC, MAX_RECORD, VERSION};
use super::{
    mask::{HeaderMask, ICE_PASSWORD, KEY, mask_settings, mask_text, mask_words},
    mask_json::mask_json,
    mask_request::{MaskedRequest, Secrets, mask_webhook},
    mask_xml::ElementMask,
};
use crate::{FileOrder, Input, LinkId, Listener, Output, SessionRecord, Start, config, http};

/// What records are.
pub(super) mod kind {
    pub(crate) const CONNECTED: u8 = 1;
    pub(crate) const RECEIVED: u8 = 2;
    pub(crate) const CLOSED: u8 = 3;
    pub(crate) const DATAGRAM: u8 = 4;
    pub(crate) const COMMAND: u8 = 5;
    pub(crate) const WALL_CLOCK: u8 = 6;
    pub(crate) const CALL_RATE: u8 = 7;
    pub(crate) const SHUT_DOWN: u8 = 8;
    pub(crate) const TIMEOUT: u8 = 9;
    pub(crate) const TERMINAL_CLOSED: u8 = 11;
    pub(crate) const STORED: u8 = 12;
    pub(crate) const CONFIGURATION: u8 = 13;
    pub(crate) const CONFIGURATION_READ: u8 = 14;
    pub(crate) const FILES_DONE: u8 = 46;
    pub(crate) const RESTORE: u8 = 10;
    pub(crate) const LISTENING: u8 = 15;
    pub(crate) const FILE: u8 = 16;
    pub(crate) const FILE_MISSING: u8 = 17;
    pub(crate) const HTTP: u8 = 18;
    pub(crate) const LEG_OPENED: u8 = 20;
    pub(crate) const LEG_DIGIT: u8 = 43;
    pub(crate) const LEG_SILENT: u8 = 45;
    pub(crate) const SOUND: u8 = 47;
    pub(crate) const WEB_SOCKET: u8 = 24;
    pub(crate) const RESOLVED: u8 = 42;
    pub(crate) const NOT_CONNECTED: u8 = 44;
    pub(crate) const HTTPS: u8 = 40;
    pub(crate) const SECURE_WEB_SOCKET: u8 = 41;
    pub(crate) const HTTP_CLOSED: u8 = 26;
    pub(crate) const POSTED: u8 = 27;
    pub(crate) const RESTORE_SESSION: u8 = 28;
    pub(crate) const VERIFIED: u8 = 48;
    pub(crate) const CERTIFICATE: u8 = 49;
    pub(crate) const CERTIFIED_HTTPS: u8 = 50;
    pub(crate) const CERTIFIED_WEB_SOCKET: u8 = 51;
    pub(crate) const CONFIGURATION_AS_BEFORE: u8 = 52;
    /// Added to the others: there is no digest.
    pub(crate) const UNCOMPARED: u8 = 0x80;
}

/// An input that is larger than [`MAX_RECORD`]: the recording cannot go on, since what follows depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("an input is larger than a record may be")]
pub struct RecordTooLarge;

/// Writes a recording; see the [module page](super) for the format.
///
/// For each input of the node: [`Recorder::input`] (or [`Recorder::timeout`]), [`Recorder::output`] with each output of
/// the node until there are no more, [`Recorder::finish`]. The bytes are appended to the caller's buffers; a file
/// that ends after any of them is whole.
#[derive(Debug)]
pub struct Recorder {
    crc: u32,
    at: Instant,
    body: Vec<u8>,
    digest: Digest,
    /// What is known of the streams in which there may be secrets.
    masks: BTreeMap<LinkId, Mask>,
    /// The link that will be a WebSocket if the response says so.
    wanted: Option<(LinkId, Mask)>,
    /// What `show running-config` prints, if there are secrets in it.
    secret: Option<String>,
    /// The secrets of the configuration, and those that were set since.
    secrets: Secrets,
    /// The time of the record before the one under way.
    before: Instant,
    /// The fields of the header that every file has.
    header: Vec<u8>,
    /// What was sent, in a file that does not begin with the server, and how many messages; `None` in the first file.
    sent: Option<(u64, Vec<u8>)>,
    /// Whether the input under way has caused anything.
    has_sent: bool,
}

/// Bytes of what an input caused that are kept in a file that goes on.
const MAX_SENT: usize = 256 * 1024;

/// Finds the secrets in what a link receives.
#[derive(Clone, Copy, Debug)]
enum Mask {
    Headers(HeaderMask),
    Elements(ElementMask),
    Json,
}

impl Mask {
    /// `None` where nobody sends secrets.
    fn of(listener: Listener) -> Option<Mask> {
        match listener {
            Listener::Sccp => None,
            Listener::Sip | Listener::Sips => Some(Mask::Headers(HeaderMask::default())),
            Listener::Csta | Listener::CstaTls | Listener::CstaImplicit | Listener::CstaGreeting => {
                Some(Mask::Elements(ElementMask::default()))
            }
        }
    }

    fn apply(&mut self, piece: &mut [u8]) {
        match self {
            Mask::Headers(mask) => mask.apply(piece),
            Mask::Elements(mask) => mask.apply(piece),
            Mask::Json => mask_json(piece),
        }
    }
}

impl Recorder {
    /// Begins a recording of a node that was made of this configuration: its head is appended to `file`.
    pub fn new(
        settings: &config::Settings,
        bind: Option<IpAddr>,
        start: Start,
        file: &mut Vec<u8>,
    ) -> Recorder {
        let running_config = settings.running_config();
        let masked = mask_settings(settings.clone()).running_config();
        let mut head = MAGIC.to_vec();
        head.push(VERSION);
        let mut body = Vec::with_capacity(masked.len() + 64);
        bytes::bytes(&mut body, env!("CARGO_PKG_VERSION").as_bytes());
        bytes::address(&mut body, bind);
        bytes::bytes(&mut body, masked.as_bytes());
        bytes::number(&mut body, start.open_files);
        bytes::number(&mut body, start.seed);
        bytes::number(&mut body, start.memory);
        start.secret.iter().for_each(|number| bytes::number(&mut body, *number));
        body.extend(start.fingerprint);
        let crc = seal(crc32(0, &head), &body, &mut head);
        file.append(&mut head);
        Recorder {
            before: Instant::ZERO,
            header: body,
            sent: None,
            has_sent: false,
            crc,
            at: Instant::ZERO,
            body: Vec::new(),
            digest: Digest::default(),
            masks: BTreeMap::new(),
            wanted: None,
            secrets: {
                let mut secrets = Secrets::default();
                secrets.learn(&running_config, &masked);
                secrets
            },
            secret: (masked != running_config).then_some(running_config),
        }
    }

    /// Begins the record of an input.
    pub fn input(&mut self, now: Instant, input: &Input<'_>) {
        match input {
            Input::Connected { link, listener, local, peer } => {
                self.begin(now, kind::CONNECTED);
                bytes::number(&mut self.body, link.0);
                self.body.push(match listener {
                    Listener::Sccp => 1,
                    Listener::Sip => 2,
                    Listener::Csta => 3,
                    Listener::Sips => 4,
                    Listener::CstaTls => 5,
                    Listener::CstaImplicit => 8,
                    Listener::CstaGreeting => 9,
                });
                bytes::socket(&mut self.body, *local);
                bytes::socket(&mut self.body, *peer);
                self.masks.extend(Mask::of(*listener).map(|mask| (*link, mask)));
            }
            Input::Received { link, bytes } => self.received(now, *link, bytes),
            Input::Closed { link } => {
                self.begin(now, kind::CLOSED);
                bytes::number(&mut self.body, link.0);
                self.masks.remove(link);
            }
            Input::Datagram { local, from, bytes } => {
                self.begin(now, kind::DATAGRAM);
                bytes::socket(&mut self.body, *local);
                bytes::socket(&mut self.body, *from);
                self.masked(bytes, Mask::Headers(HeaderMask::default()));
            }
            Input::Command { terminal, line } => self.command(now, terminal.0, line),
            Input::TerminalClosed { terminal } => {
                self.begin(now, kind::TERMINAL_CLOSED);
                bytes::number(&mut self.body, terminal.0);
            }
            Input::Stored { terminal, error } => {
                self.begin(now, kind::STORED);
                bytes::number(&mut self.body, terminal.0);
                bytes::bytes(&mut self.body, error.as_bytes());
            }
            Input::Configuration { text, lenient } => {
                self.begin(now, if *lenient { kind::CONFIGURATION_AS_BEFORE } else { kind::CONFIGURATION });
                let text = self.masked_configuration(text);
                bytes::bytes(&mut self.body, text.as_bytes());
            }
            Input::ConfigurationRead { terminal, text } => {
                self.begin(now, kind::CONFIGURATION_READ);
                bytes::number(&mut self.body, terminal.0);
                self.body.push(u8::from(text.is_ok()));
                let text = text.map_or_else(str::to_owned, |text| self.masked_configuration(text));
                bytes::bytes(&mut self.body, text.as_bytes());
            }
            Input::FilesDone { terminal, result } => {
                self.begin(now, kind::FILES_DONE);
                bytes::number(&mut self.body, terminal.0);
                self.body.push(u8::from(result.is_ok()));
                bytes::bytes(&mut self.body, result.unwrap_or_else(|error| error).as_bytes());
            }
            Input::WallClock { unix_millis, utc_offset_seconds } => {
                self.begin(now, kind::WALL_CLOCK);
                bytes::signed(&mut self.body, *unix_millis);
                bytes::signed(&mut self.body, i64::from(*utc_offset_seconds));
            }
            Input::Restore { value } => {
                self.begin(now, kind::RESTORE);
                let masked = mask_webhook(value);
                bytes::bytes(&mut self.body, masked.as_bytes());
                if masked != *value {
                    self.do_not_compare();
                }
            }
            Input::Listening { sccp, http } => {
                self.begin(now, kind::LISTENING);
                for address in [sccp, http] {
                    self.body.push(u8::from(address.is_some()));
                    address.iter().for_each(|address| bytes::socket(&mut self.body, *address));
                }
            }
            Input::File { fetch, local, peer, name } => {
                self.begin(now, kind::FILE);
                bytes::number(&mut self.body, fetch.0);
                bytes::socket(&mut self.body, SocketAddr::new(*local, 0));
                bytes::socket(&mut self.body, *peer);
                bytes::bytes(&mut self.body, name.as_bytes());
            }
            Input::Certificate { link, certificate } => {
                self.begin(now, kind::CERTIFICATE);
                bytes::number(&mut self.body, link.0);
                bytes::bytes(&mut self.body, certificate.as_bytes());
            }
            Input::FileMissing { peer, path } => {
                self.begin(now, kind::FILE_MISSING);
                bytes::socket(&mut self.body, *peer);
                bytes::bytes(&mut self.body, path.as_bytes());
            }
            Input::Http { fetch, local, peer, request } => {
                let plain = if request.over_tls { kind::HTTPS } else { kind::HTTP };
                self.begin_certified(now, (plain, kind::CERTIFIED_HTTPS), request);
                self.request(fetch.0, SocketAddr::new(*local, 0), *peer, request);
            }
            Input::WebSocket { fetch, link, local, peer, request } => {
                let plain = if request.over_tls { kind::SECURE_WEB_SOCKET } else { kind::WEB_SOCKET };
                self.begin_certified(now, (plain, kind::CERTIFIED_WEB_SOCKET), request);
                bytes::number(&mut self.body, link.0);
                self.request(fetch.0, *local, *peer, request);
                let of_sip = request.path() == crate::sip::WEB_SOCKET;
                let mask = if of_sip { Mask::Headers(HeaderMask::default()) } else { Mask::Json };
                self.wanted = Some((*link, mask));
            }
            Input::RestoreSession(record) => {
                self.begin(now, kind::RESTORE_SESSION);
                self.session_record(record);
            }
            Input::HttpClosed { fetch } => {
                self.begin(now, kind::HTTP_CLOSED);
                bytes::number(&mut self.body, fetch.0);
            }
            Input::Verified { verification, right } => {
                self.begin(now, kind::VERIFIED);
                bytes::number(&mut self.body, *verification);
                self.body.push(u8::from(*right));
            }
            Input::Posted { post, status } => {
                self.begin(now, kind::POSTED);
                bytes::number(&mut self.body, *post);
                bytes::number(&mut self.body, status.unwrap_or(0).into());
            }
            Input::Resolved { name, port, transport, addresses, seconds } => {
                self.begin(now, kind::RESOLVED);
                bytes::bytes(&mut self.body, name.as_bytes());
                let port = port.map_or(0, |port| u64::from(port) + 1);
                bytes::number(&mut self.body, port | transport.number() << bytes::TRANSPORT_SHIFT);
                bytes::number(&mut self.body, u64::from(*seconds));
                bytes::bytes(&mut self.body, addresses.as_bytes());
            }
            Input::NotConnected { peer, secure } => {
                self.begin(now, kind::NOT_CONNECTED);
                bytes::socket(&mut self.body, *peer);
                self.body.push(u8::from(*secure));
            }
            Input::LegOpened { leg, address } => {
                self.begin(now, kind::LEG_OPENED);
                bytes::number(&mut self.body, leg.0.into());
                self.body.push(u8::from(address.is_some()));
                if let Some(address) = address {
                    bytes::socket(&mut self.body, SocketAddr::new(address.ip, address.port));
                }
            }
            Input::LegDigit { leg, digit } => {
                self.begin(now, kind::LEG_DIGIT);
                bytes::number(&mut self.body, leg.0.into());
                bytes::number(&mut self.body, u32::from(*digit).into());
            }
            Input::LegSilent { leg, silent } => {
                self.begin(now, kind::LEG_SILENT);
                bytes::number(&mut self.body, leg.0.into());
                self.body.push(u8::from(*silent));
            }
            Input::Sound { sound, report } => {
                self.begin(now, kind::SOUND);
                bytes::number(&mut self.body, sound.0.into());
                let (what, name, length) = match report {
                    SoundReport::Ready { name, length } => (0, name.as_str(), *length),
                    SoundReport::Unknown => (1, "", Duration::ZERO),
                    SoundReport::Full => (2, "", Duration::ZERO),
                };
                self.body.push(what);
                bytes::bytes(&mut self.body, name.as_bytes());
                bytes::number(&mut self.body, u64::try_from(length.as_millis()).unwrap_or(u64::MAX));
            }
            Input::CallRate(rate) => {
                self.begin(now, kind::CALL_RATE);
                self.body.push(u8::from(rate.is_some()));
                if let Some(rate) = rate {
                    bytes::number(&mut self.body, (*rate).into());
                }
            }
            Input::ShutDown => self.begin(now, kind::SHUT_DOWN),
        }
    }

    /// Begins the record of timers that run out.
    pub fn timeout(&mut self, now: Instant) {
        self.begin(now, kind::TIMEOUT);
    }

    /// Notes what the input caused.
    pub fn output(&mut self, output: &Output) {
        self.has_sent = true;
        if let Some((count, sent)) = self.sent.as_mut().filter(|(_, sent)| sent.len() < MAX_SENT) {
            *count += u64::from(push_sent(output, sent));
        }
        match output {
            Output::Close { link } => {
                self.masks.remove(link);
            }
            Output::CommandOutput { text, .. }
            | Output::TerminalText { text, .. }
            | Output::Files { order: FileOrder::Write { text, .. }, .. }
            | Output::StoreStartupConfig { text, .. } => {
                let secret = self.secret.as_deref();
                if secret.is_some_and(|secret| text.contains(secret)) || mask_text(text) != *text {
                    self.do_not_compare();
                }
            }
            // A configuration that is fetched, and what is asked about it, may have secrets in it.
            Output::HttpResponse { response, .. } => {
                self.masks.extend(self.wanted.take().filter(|_| response.status == 101));
                if response.body.windows(8).any(|part| part.eq_ignore_ascii_case(b"password")) {
                    self.do_not_compare();
                }
            }
            // A signature, and what is kept of a webhook, show a secret.
            Output::Post { .. } => self.do_not_compare(),
            Output::Store { key, .. } if key.starts_with("webhook/") => self.do_not_compare(),
            // Our keys of SRTP and passwords of ICE come from what nobody else knows.
            Output::Send { bytes, .. } | Output::Datagram { bytes, .. } => {
                if has_keys(bytes) || tells_keys(bytes) {
                    self.do_not_compare();
                }
            }
            Output::Keep(_)
            | Output::Verify { .. }
            | Output::MediaKeys { .. }
            | Output::HttpStream { .. }
            | Output::HttpPart { .. }
            | Output::HttpEnd { .. }
            | Output::Store { .. }
            | Output::File { .. }
            | Output::Listen { .. }
            | Output::Leg { .. }
            | Output::Sound { .. }
            | Output::AudioSocket { .. }
            | Output::Music { .. }
            | Output::Resolve { .. }
            | Output::Connect { .. }
            | Output::Reload
            | Output::Files { .. }
            | Output::ReadConfiguration { .. } => {}
        }
        self.digest.add(output);
    }

    /// Ends the record and appends it to `file`.
    ///
    /// # Errors
    /// [`RecordTooLarge`]: nothing was appended, and the recording has to end here.
    pub fn finish(&mut self, file: &mut Vec<u8>) -> Result<(), RecordTooLarge> {
        if self.body.first().is_some_and(|kind| kind & kind::UNCOMPARED == 0) {
            self.body.extend_from_slice(&self.digest.value().to_le_bytes());
        }
        if let Some((count, sent)) = &mut self.sent {
            bytes::number(&mut self.body, std::mem::take(count));
            self.body.append(sent);
        }
        if self.body.len() > MAX_RECORD {
            return Err(RecordTooLarge);
        }
        self.crc = seal(self.crc, &self.body, file);
        Ok(())
    }

    /// How many bytes the record under way takes at most.
    ///
    /// # Errors
    /// [`RecordTooLarge`].
    pub(super) fn size(&self) -> Result<usize, RecordTooLarge> {
        let size = self.body.len() + self.sent.as_ref().map_or(0, |(_, sent)| sent.len()) + 32;
        if size > MAX_RECORD { Err(RecordTooLarge) } else { Ok(size) }
    }

    /// Whether the file does not begin with the server.
    pub(super) fn goes_on(&self) -> bool {
        self.sent.is_some()
    }

    /// Whether the input under way has caused anything.
    pub(super) fn has_sent(&self) -> bool {
        self.has_sent
    }

    /// Leaves the record under way out; only in a file that goes on.
    pub(super) fn leave_out(&mut self) {
        self.at = self.before;
        self.body.clear();
        self.sent = Some((0, Vec::new()));
    }

    /// Begins another file, with the record under way as its first one. Returns its head.
    pub(super) fn go_on(&mut self) -> Vec<u8> {
        let mut head = MAGIC.to_vec();
        head.push(VERSION);
        let mut body = self.header.clone();
        bytes::number(&mut body, self.before.as_millis());
        self.crc = seal(crc32(0, &head), &body, &mut head);
        self.sent.get_or_insert_default();
        head
    }

    /// Begins the record of a request of HTTP, of another kind if its client has shown a certificate.
    fn begin_certified(&mut self, now: Instant, (plain, certified): (u8, u8), request: &http::Request<'_>) {
        match request.certificate {
            None => self.begin(now, plain),
            Some(certificate) => {
                self.begin(now, certified);
                bytes::bytes(&mut self.body, certificate.as_bytes());
            }
        }
    }

    /// Appends a request of HTTP, without its secrets.
    fn request(&mut self, fetch: u64, local: SocketAddr, peer: SocketAddr, request: &http::Request<'_>) {
        bytes::number(&mut self.body, fetch);
        bytes::socket(&mut self.body, local);
        bytes::socket(&mut self.body, peer);
        let request = MaskedRequest::of(request, &mut self.secrets);
        bytes::bytes(&mut self.body, request.method.as_bytes());
        bytes::bytes(&mut self.body, request.target.as_bytes());
        for field in [request.authorization.as_deref(), request.accept_charset] {
            self.body.push(u8::from(field.is_some()));
            bytes::bytes(&mut self.body, field.unwrap_or_default().as_bytes());
        }
        bytes::bytes(&mut self.body, &request.body);
    }

    /// Appends something of a session.
    fn session_record(&mut self, record: &SessionRecord) {
        let (kind, session, number, content) = match record {
            SessionRecord::Session { session, value } => (1, session, 0, value.as_bytes()),
            SessionRecord::Monitor { session, monitor, value } => {
                (2, session, u64::from(*monitor), value.as_deref().unwrap_or_default().as_bytes())
            }
            SessionRecord::Event { session, number, document } => (3, session, *number, document.as_slice()),
            SessionRecord::Forget { session, up_to } => (4, session, *up_to, &b""[..]),
            SessionRecord::Ended { session } => (5, session, 0, &b""[..]),
        };
        self.body.push(kind);
        bytes::number(&mut self.body, u64::from(*session));
        bytes::number(&mut self.body, number);
        bytes::bytes(&mut self.body, content);
    }

    fn begin(&mut self, now: Instant, kind: u8) {
        let now = now.max(self.at);
        self.before = self.at;
        self.has_sent = false;
        if let Some(sent) = &mut self.sent {
            *sent = (0, Vec::new());
        }
        self.body.clear();
        self.digest = Digest::default();
        self.body.push(kind);
        bytes::number(&mut self.body, now.as_millis().saturating_sub(self.at.as_millis()));
        self.at = now;
    }

    fn received(&mut self, now: Instant, link: LinkId, received: &[u8]) {
        self.begin(now, kind::RECEIVED);
        bytes::number(&mut self.body, link.0);
        match self.masks.remove(&link) {
            Some(mask) => {
                let mask = self.masked(received, mask);
                self.masks.insert(link, mask);
            }
            None => bytes::bytes(&mut self.body, received),
        }
    }

    /// Appends bytes that were received without the secrets in them.
    fn masked(&mut self, received: &[u8], mut mask: Mask) -> Mask {
        bytes::bytes(&mut self.body, received);
        let start = self.body.len().saturating_sub(received.len());
        mask.apply(self.body.get_mut(start..).unwrap_or_default());
        mask
    }

    fn command(&mut self, now: Instant, id: u64, line: &str) {
        let masked = mask_words(line);
        self.secrets.learn(line, &masked);
        self.begin(now, kind::COMMAND);
        bytes::number(&mut self.body, id);
        bytes::bytes(&mut self.body, masked.as_bytes());
        // What was stored before the start is not in the recording.
        let shows_stored = |word: &str| word.len() > 1 && "startup-config".starts_with(word);
        if masked != line || line.split_whitespace().any(shows_stored) {
            self.do_not_compare();
        }
    }

    fn do_not_compare(&mut self) {
        if let Some(kind) = self.body.first_mut() {
            *kind |= kind::UNCOMPARED;
        }
    }

    /// A configuration that was read, without its secrets. Where something is wrong with it, lines and columns stay.
    fn masked_configuration(&mut self, text: &str) -> String {
        let loaded = config::load(text);
        if !loaded.can_run() {
            return mask_text(text);
        }
        let configuration = loaded.settings.running_config();
        let masked = mask_settings(loaded.settings).running_config();
        self.secrets.learn(&configuration, &masked);
        masked
    }
}

/// Whether a message has keys of SRTP or a password of ICE in it.
fn has_keys(message: &[u8]) -> bool {
    [KEY, ICE_PASSWORD].iter().any(|secret| message.windows(secret.len()).any(|part| part == *secret))
}

/// Whether a message tells an application keys of SRTP.
fn tells_keys(message: &[u8]) -> bool {
    let name = b"transmitKey";
    message.windows(name.len()).any(|part| part == name)
}

/// Appends what was sent, without keys of SRTP and passwords of ICE.
fn push_masked(sent: &mut Vec<u8>, message: &[u8]) {
    let start = sent.len();
    bytes::bytes(sent, message);
    if tells_keys(message) {
        return sent.truncate(start);
    }
    if has_keys(message) {
        HeaderMask::default().apply(sent.get_mut(start..).unwrap_or_default());
    }
}

/// Appends what was sent to somebody; false for other outputs.
fn push_sent(output: &Output, sent: &mut Vec<u8>) -> bool {
    match output {
        Output::Send { link, bytes: message } => {
            sent.push(1);
            bytes::number(sent, link.0);
            push_masked(sent, message);
        }
        Output::Close { link } => {
            sent.push(2);
            bytes::number(sent, link.0);
        }
        Output::Datagram { local, to, bytes: message } => {
            sent.push(3);
            bytes::socket(sent, *local);
            bytes::socket(sent, *to);
            push_masked(sent, message);
        }
        _ => return false,
    }
    true
}
