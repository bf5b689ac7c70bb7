//! A virtual uaCSTA application: bytes in, bytes out, virtual time.
//!
//! [`Application`] opens a session (INVITE with RequestSystemStatus), asks for services, receives events, keeps
//! the session alive and ends it, over TCP or UDP. Responses and events come out as typed
//! [`csta`] values in the order they arrived: [`Application::poll_notice`]. It can be told
//! to have the bad [`Habits`] of real clients.
//!
//! ```text
//!   log_in, request, log_out ───────►┐               ┌──► poll_output(): whole messages to send
//!   connected, received, closed ────►│  Application  ├──► poll_order(): connect, close (TCP only)
//!   handle_timeout ─────────────────►│               ├──► poll_notice(): opened, answers, events, ended
//!                                    └───────────────┴──► poll_timeout()
//! ```
//!
//! # States
//!
//! [`Session`]: `Closed` → `Opening` (INVITE sent, or waiting for the connection) → `Open` → `Closing` (BYE sent)
//! → `Closed`.
//!
//! It shares no code with the server: only the message types of `hookflash-wire`.

mod dialog;
mod merge;
mod notice;
mod receive;
pub(crate) use merge::Merge;
pub(crate) use receive::connection_of;
mod services;
mod settings;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_wire::{
    csta::{self, DeviceId, Extensions, Message, Request, RequestSystemStatus},
    sip::{HeaderName, MessageBuilder, Method, StreamFramer},
};
use smol_str::SmolStr;

pub use notice::{Complaint, End, Failure, Notice, RequestNumber};
pub use settings::{ApplicationSettings, Habits, Refresh, Transport};

use crate::LinkOrder;
use dialog::{CSTA_XML, Dialog};

/// How long an application waits for the answer to a request.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(32);
/// First wait before a datagram is repeated (RFC 3261, 17.1: T1), and the longest (T2).
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
/// Sequence numbers of the server that are remembered to recognise repeated datagrams.
const REMEMBERED: usize = 64;

/// How far a session has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Session {
    /// There is none.
    Closed,
    /// INVITE was sent, or waits for the connection.
    Opening,
    /// Services can be asked for.
    Open,
    /// BYE was sent.
    Closing,
}

/// A virtual uaCSTA application; see the [module page](self).
#[derive(Debug)]
pub struct Application {
    settings: ApplicationSettings,
    session: Session,
    dialog: Dialog,
    dialogs: u32,
    linked: bool,
    framer: StreamFramer,
    output: VecDeque<Vec<u8>>,
    order: Option<LinkOrder>,
    notices: VecDeque<Notice>,
    pending: VecDeque<Pending>,
    next_request: u32,
    refresh_at: Option<Instant>,
    monitors: BTreeMap<SmolStr, DeviceId>,
    /// The last ACK, repeated when the success it answers is.
    ack: Option<(u32, Vec<u8>)>,
    server_cseqs: VecDeque<u32>,
    /// Calls of which events came while a MakeCall was not answered yet.
    early_calls: Vec<SmolStr>,
    complaint_count: usize,
}

/// A request that is not answered yet.
#[derive(Debug)]
struct Pending {
    cseq: u32,
    transaction: u64,
    method: Method,
    purpose: Purpose,
    /// The message, to repeat it over UDP.
    bytes: Vec<u8>,
    resend: Option<(Instant, Duration)>,
    deadline: Instant,
}

/// What a request is for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Purpose {
    Open,
    Refresh,
    Close,
    Service(RequestNumber),
    Monitor(RequestNumber, DeviceId),
    StopMonitor(RequestNumber, SmolStr),
    MakeCall(RequestNumber, DeviceId),
}

impl Application {
    /// An application without session or connection.
    pub fn new(settings: ApplicationSettings) -> Application {
        Application {
            settings,
            session: Session::Closed,
            dialog: Dialog::default(),
            dialogs: 0,
            linked: false,
            framer: StreamFramer::new(),
            output: VecDeque::new(),
            order: None,
            notices: VecDeque::new(),
            pending: VecDeque::new(),
            next_request: 0,
            refresh_at: None,
            monitors: BTreeMap::new(),
            ack: None,
            server_cseqs: VecDeque::new(),
            early_calls: Vec::new(),
            complaint_count: 0,
        }
    }

    /// What it is.
    pub fn settings(&self) -> &ApplicationSettings {
        &self.settings
    }

    /// How far its session has come.
    pub fn session(&self) -> Session {
        self.session
    }

    /// Its monitors: cross reference identifier and device.
    pub fn monitors(&self) -> &BTreeMap<SmolStr, DeviceId> {
        &self.monitors
    }

    /// How many requests are not answered yet.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many complaints there were.
    pub fn complaint_count(&self) -> usize {
        self.complaint_count
    }

    /// The next whole message to send: a datagram, or bytes of the connection.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.output.pop_front()
    }

    /// What to do with the connection, after all output was written. Only over TCP.
    pub fn poll_order(&mut self) -> Option<LinkOrder> {
        self.order.take()
    }

    /// The next thing it learned.
    pub fn poll_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    /// When [`Application::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let waits = self.pending.iter().map(Pending::due).min();
        [waits, self.refresh_at].into_iter().flatten().min()
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        for pending in &mut self.pending {
            pending.resend(now, &mut self.output);
        }
        while let Some(place) = self.pending.iter().position(|pending| pending.deadline <= now) {
            if let Some(pending) = self.pending.remove(place) {
                self.unanswered(pending.purpose);
            }
        }
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh(now);
        }
    }

    /// The connection that was ordered is up.
    pub fn connected(&mut self, now: Instant) {
        self.linked = true;
        self.framer = StreamFramer::new();
        if self.session == Session::Opening && self.pending.is_empty() {
            self.invite(now, Purpose::Open);
        }
    }

    /// The connection is gone, or could not be made.
    pub fn closed(&mut self) {
        self.linked = false;
        if self.session != Session::Closed {
            self.end(End::LinkLost);
        }
    }

    /// Opens a session; [`Notice::Opened`] or [`Notice::Refused`] follows.
    pub fn log_in(&mut self, now: Instant) {
        if self.session != Session::Closed {
            return;
        }
        self.session = Session::Opening;
        self.dialogs += 1;
        self.dialog = Dialog::new(&self.settings, self.dialogs);
        if self.settings.transport == Transport::Tcp && !self.linked {
            self.order = Some(LinkOrder::Connect);
        } else {
            self.invite(now, Purpose::Open);
        }
    }

    /// Ends the session; [`Notice::Ended`] follows.
    pub fn log_out(&mut self, now: Instant) {
        if self.session != Session::Open {
            return;
        }
        self.session = Session::Closing;
        self.refresh_at = None;
        let cseq = self.dialog.next_cseq();
        let bytes = self.dialog.request(&self.settings, &Method::Bye, cseq).finish();
        self.transmit(now, Method::Bye, cseq, Purpose::Close, bytes);
    }

    /// Refreshes the session now, in the way of the settings.
    pub fn refresh(&mut self, now: Instant) {
        self.refresh_at = None;
        match self.settings.refresh {
            Refresh::Never => {}
            Refresh::Invite => self.invite(now, Purpose::Refresh),
            Refresh::Update => {
                let cseq = self.dialog.next_cseq();
                let builder = self.dialog.request(&self.settings, &Method::Update, cseq);
                let bytes = Dialog::session_headers(&self.settings, builder).finish();
                self.transmit(now, Method::Update, cseq, Purpose::Refresh, bytes);
            }
        }
    }

    /// Asks for a service; [`Notice::Answer`] with the number returned follows. The services have short forms:
    /// [`Application::make_call`] and so on.
    pub fn request(&mut self, now: Instant, request: Request) -> RequestNumber {
        self.next_request += 1;
        let number = RequestNumber(self.next_request);
        let purpose = Purpose::of(number, &request);
        let body = self.encode(Message::Request(request));
        let cseq = self.dialog.next_cseq();
        let builder = self.dialog.request(&self.settings, &Method::Info, cseq);
        let bytes = with_csta(builder, &body);
        self.transmit(now, Method::Info, cseq, purpose, bytes);
        number
    }

    fn invite(&mut self, now: Instant, purpose: Purpose) {
        let status = RequestSystemStatus { sys_stat_register_id: None, extensions: self.extensions() };
        let body = self.encode(Message::Request(status.into()));
        let cseq = self.dialog.next_cseq();
        let builder = self.dialog.request(&self.settings, &Method::Invite, cseq);
        let bytes = with_csta(Dialog::session_headers(&self.settings, builder), &body);
        self.transmit(now, Method::Invite, cseq, purpose, bytes);
    }

    fn extensions(&self) -> Extensions {
        Extensions { lcs_line: self.settings.lcs_line.clone().map(DeviceId::from) }
    }

    fn encode(&self, message: Message) -> Vec<u8> {
        let mut body = Vec::with_capacity(512);
        csta::encode(self.settings.edition, &message, &mut body);
        if self.settings.habits.prefixes { prefixed(&body) } else { body }
    }

    fn transmit(&mut self, now: Instant, method: Method, cseq: u32, purpose: Purpose, bytes: Vec<u8>) {
        let repeats = self.settings.transport == Transport::Udp;
        self.pending.push_back(Pending {
            cseq,
            transaction: self.dialog.transaction(),
            method,
            purpose,
            bytes: if repeats { bytes.clone() } else { Vec::new() },
            resend: repeats.then_some((now + T1, T1)),
            deadline: now + ANSWER_TIMEOUT,
        });
        self.output.push_back(bytes);
    }

    fn unanswered(&mut self, purpose: Purpose) {
        match purpose {
            Purpose::Open | Purpose::Close | Purpose::Refresh => self.end(End::Forgotten),
            Purpose::Service(number)
            | Purpose::Monitor(number, _)
            | Purpose::StopMonitor(number, _)
            | Purpose::MakeCall(number, _) => {
                self.notices.push_back(Notice::Answer(number, Err(Failure::TimedOut)));
            }
        }
    }

    fn end(&mut self, end: End) {
        self.session = Session::Closed;
        self.refresh_at = None;
        self.pending.clear();
        self.monitors.clear();
        self.ack = None;
        self.server_cseqs.clear();
        self.early_calls.clear();
        self.notices.push_back(Notice::Ended(end));
    }

    fn complain(&mut self, complaint: Complaint) {
        self.complaint_count += 1;
        self.notices.push_back(Notice::Complaint(complaint));
    }
}

impl Pending {
    fn due(&self) -> Instant {
        self.resend.map_or(self.deadline, |(at, _)| at.min(self.deadline))
    }

    fn resend(&mut self, now: Instant, output: &mut VecDeque<Vec<u8>>) {
        let Some((at, wait)) = self.resend else { return };
        if at <= now {
            output.push_back(self.bytes.clone());
            let longer = if self.method == Method::Invite { wait * 2 } else { (wait * 2).min(T2) };
            self.resend = Some((now + longer, longer));
        }
    }
}

impl Purpose {
    fn of(number: RequestNumber, request: &Request) -> Purpose {
        match request {
            Request::MonitorStart(start) => match &start.monitor_object {
                csta::MonitorObject::Device(device) => Purpose::Monitor(number, device.clone()),
                csta::MonitorObject::Call(_) => Purpose::Service(number),
            },
            Request::MonitorStop(stop) => Purpose::StopMonitor(number, stop.monitor_cross_ref_id.clone()),
            Request::MakeCall(call) => Purpose::MakeCall(number, call.calling_device.clone()),
            _ => Purpose::Service(number),
        }
    }
}

/// The same document with a prefix before the name of each element.
fn prefixed(document: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(document);
    let mut pieces = text.split('<');
    let mut prefixed = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (open, name) = match piece.strip_prefix('/') {
            Some(name) => ("</csta:", name),
            None if piece.starts_with('?') => ("<", piece),
            None => ("<csta:", piece),
        };
        prefixed.push_str(open);
        prefixed.push_str(&name.replacen(" xmlns=", " xmlns:csta=", 1));
    }
    prefixed.into_bytes()
}

/// Ends a message with a CSTA body.
fn with_csta(builder: MessageBuilder, body: &[u8]) -> Vec<u8> {
    builder
        .header(HeaderName::CONTENT_DISPOSITION, "signal;handling=required")
        .finish_with_body(CSTA_XML, body)
}
