//! A virtual application: bytes in, bytes out, virtual time.
//!
//! [`Application`] opens a session (over SIP: INVITE with RequestSystemStatus; over CSTA/TCP: StartApplicationSession), asks
//! for services, receives events, keeps the session alive and ends it. Responses and events come out as typed
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
//! It shares no code with what it tests but the SIP layer, which has tests of its own: who is at the other end of that is
//! what matters here.

mod merge;
mod notice;
mod old_client;
mod receive;
pub(crate) use merge::Merge;
pub(crate) use receive::connection_of;
mod services;
mod settings;
mod sip;
mod stream;
mod wire;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use hookflash_core::Instant;
use hookflash_sip::{RequestId, SendError};
use hookflash_wire::{
    csta::{self, DeviceId, Extensions, Message, Request, RequestSystemStatus},
    sip::Method,
};
use smol_str::SmolStr;

pub use notice::{Complaint, End, Failure, Notice, RequestNumber};
pub use settings::{ApplicationSettings, Habits, Refresh, Transport};

use crate::LinkOrder;
use sip::Sip;
use stream::Stream;

/// How long an application waits for the answer to a request.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(32);
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
    sip: Sip,
    stream: Stream,
    linked: bool,
    order: Option<LinkOrder>,
    notices: VecDeque<Notice>,
    /// Requests that are not answered yet.
    pending: BTreeMap<RequestId, Purpose>,
    next_request: u32,
    refresh_at: Option<Instant>,
    monitors: BTreeMap<SmolStr, DeviceId>,
    /// Calls of which events came while a MakeCall was not answered yet, other than those that a user began.
    early_calls: Vec<SmolStr>,
    /// Calls that MakeCall responses named since then.
    made_calls: Vec<SmolStr>,
    complaint_count: usize,
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
            sip: Sip::new(&settings),
            stream: Stream::default(),
            settings,
            session: Session::Closed,
            linked: false,
            order: None,
            notices: VecDeque::new(),
            pending: BTreeMap::new(),
            next_request: 0,
            refresh_at: None,
            monitors: BTreeMap::new(),
            early_calls: Vec::new(),
            made_calls: Vec::new(),
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
        self.pending.len() + self.stream.pending()
    }

    /// How many complaints there were.
    pub fn complaint_count(&self) -> usize {
        self.complaint_count
    }

    /// The next whole message to send: a datagram, or bytes of the connection.
    pub fn poll_output(&mut self) -> Option<Vec<u8>> {
        self.stream.poll_output().or_else(|| self.sip.wire.poll())
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
        let due = [self.sip.poll_timeout(), self.stream.poll_timeout(), self.refresh_at];
        due.into_iter().flatten().min()
    }

    /// Lets time pass.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.sip.handle_timeout(now);
        self.sip_events(now);
        while let Some(purpose) = self.stream.pop_due(now) {
            self.unanswered(purpose);
        }
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh(now);
        }
    }

    /// The connection that was ordered is up.
    pub fn connected(&mut self, now: Instant) {
        self.linked = true;
        match self.uses_frames() {
            true => self.stream = Stream::default(),
            false => self.sip.connected(now, &self.settings),
        }
        if self.session == Session::Opening && self.pending.is_empty() {
            self.open(now);
        }
    }

    /// The connection is gone, or could not be made.
    pub fn closed(&mut self, now: Instant) {
        self.linked = false;
        if !self.uses_frames() {
            self.sip.closed(now);
        }
        if self.session != Session::Closed {
            self.end(End::LinkLost);
        }
        self.sip_events(now);
    }

    /// Opens a session; [`Notice::Opened`] or [`Notice::Refused`] follows.
    pub fn log_in(&mut self, now: Instant) {
        if self.session != Session::Closed {
            return;
        }
        self.session = Session::Opening;
        self.sip.begin(&self.settings);
        if self.settings.transport != Transport::Udp && !self.linked {
            self.order = Some(LinkOrder::Connect);
        } else {
            self.open(now);
        }
    }

    fn open(&mut self, now: Instant) {
        if self.uses_frames() { self.start_session(now) } else { self.invite(now, Purpose::Open) }
    }

    /// Ends the session; [`Notice::Ended`] follows.
    pub fn log_out(&mut self, now: Instant) {
        if self.session != Session::Open {
            return;
        }
        self.session = Session::Closing;
        self.refresh_at = None;
        if self.uses_frames() {
            return self.stop_session(now);
        }
        let sent = self.sip.request(now, &self.settings, &Method::Bye, &[]);
        self.sent(sent, Purpose::Close);
    }

    /// Refreshes the session now, in the way of the settings, unless that is under way: there is one INVITE at a time in a
    /// dialog (RFC 3261 clause 14.1).
    pub fn refresh(&mut self, now: Instant) {
        self.refresh_at = None;
        if self.pending.values().any(|purpose| *purpose == Purpose::Refresh) {
            return;
        }
        match self.settings.refresh {
            Refresh::Never => {}
            Refresh::Invite | Refresh::Update if self.uses_frames() => self.reset_session(now),
            Refresh::Invite => self.invite(now, Purpose::Refresh),
            Refresh::Update => {
                let sent = self.sip.request(now, &self.settings, &Method::Update, &[]);
                self.sent(sent, Purpose::Refresh);
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
        if self.uses_frames() {
            self.stream.request(now, purpose, &body);
            return number;
        }
        let sent = self.sip.request(now, &self.settings, &Method::Info, &body);
        self.sent(sent, purpose);
        number
    }

    fn invite(&mut self, now: Instant, purpose: Purpose) {
        let status = RequestSystemStatus { sys_stat_register_id: None, extensions: self.extensions() };
        let body = self.encode(Message::Request(status.into()));
        let sent = self.sip.invite(now, &self.settings, &body);
        self.sent(sent, purpose);
    }

    fn extensions(&self) -> Extensions {
        Extensions { lcs_line: self.settings.lcs_line.clone().map(DeviceId::from) }
    }

    fn encode(&self, message: Message) -> Vec<u8> {
        let mut body = Vec::with_capacity(512);
        csta::encode(self.settings.edition, &message, &mut body);
        if self.settings.habits.prefixes { prefixed(&body) } else { body }
    }

    /// Notes what a request is for. One that cannot be sent is like one that is not answered.
    fn sent(&mut self, sent: Result<RequestId, SendError>, purpose: Purpose) {
        match sent {
            Ok(id) => drop(self.pending.insert(id, purpose)),
            Err(_) => self.unanswered(purpose),
        }
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
        if end == End::Forgotten && self.uses_frames() {
            // Nothing but the connection says which session a message belongs to.
            self.linked = false;
            self.order = Some(LinkOrder::Close);
        }
        self.refresh_at = None;
        self.pending.clear();
        self.stream.forget();
        self.monitors.clear();
        self.sip.forget();
        self.early_calls.clear();
        self.made_calls.clear();
        self.notices.push_back(Notice::Ended(end));
    }

    fn complain(&mut self, complaint: Complaint) {
        self.complaint_count += 1;
        self.notices.push_back(Notice::Complaint(complaint));
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
