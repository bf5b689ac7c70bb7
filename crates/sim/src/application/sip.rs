//! The SIP side of an application: its layer, the requests it sends, and what the layer reports.

use std::time::Duration;

use hookflash_core::Instant;
use hookflash_sip::{
    Body, Capabilities, ContentKind, DialogId, EndReason, Event, Flow, Incoming, Layer, LinkId, Outgoing,
    Reply, RequestId, RequestInDialog, SendError, SessionTimerSettings, Settings,
};
use hookflash_wire::sip::{Framed, HeaderName, Message, Method, Response, StatusCode, StreamFramer};

use super::{
    ANSWER_TIMEOUT, Application, ApplicationSettings, Complaint, End, Purpose, Session, Transport, wire::Wire,
};

/// A body with CSTA.
pub(super) const CSTA: ContentKind =
    ContentKind { content_type: "application/csta+xml", disposition: Some("signal;handling=required") };

/// The only connection an application has at a time gets a new number each time.
#[derive(Debug)]
pub(super) struct Sip {
    layer: Layer<()>,
    pub(super) wire: Wire,
    framer: StreamFramer,
    links: u64,
    pub(super) dialog: Option<DialogId>,
    dialogs: u32,
    pub(super) call_id: String,
    responses_ignored: u64,
}

impl Sip {
    pub(super) fn new(settings: &ApplicationSettings) -> Sip {
        let timer = SessionTimerSettings { by_user: true, ..SessionTimerSettings::default() };
        let layer = Layer::new(Settings {
            seed: [settings.seed, u64::from(settings.local.port())],
            capabilities: Capabilities {
                events: "",
                allow: "INVITE, ACK, BYE, CANCEL, INFO, UPDATE, OPTIONS",
                accept: CSTA.content_type,
                supported: "timer",
            },
            session_timer: timer,
            ..Settings::default()
        });
        Sip {
            layer,
            wire: Wire::new(settings.habits),
            framer: StreamFramer::new(),
            links: 0,
            dialog: None,
            dialogs: 0,
            call_id: String::new(),
            responses_ignored: 0,
        }
    }

    /// A session is to be opened.
    pub(super) fn begin(&mut self, settings: &ApplicationSettings) {
        self.dialogs += 1;
        let number = settings.seed ^ u64::from(settings.local.port()) << 32;
        self.call_id = format!("{number:x}-{:x}@{}", self.dialogs, settings.local.ip());
        self.wire.begin();
    }

    /// The way to the server. Which address it has is known to who carries the messages.
    fn flow(&self, settings: &ApplicationSettings) -> Flow {
        let (local, peer) = (settings.local, (settings.local.ip(), 5060).into());
        match settings.transport {
            Transport::Udp => Flow::Datagrams { local, peer },
            Transport::Tcp | Transport::Csta => Flow::tcp(LinkId(self.links), local, peer),
        }
    }

    pub(super) fn connected(&mut self, now: Instant, settings: &ApplicationSettings) {
        self.links += 1;
        self.framer = StreamFramer::new();
        let flow = self.flow(settings);
        self.layer.connected(now, flow, &mut self.wire);
        self.layer.hold_link(LinkId(self.links));
    }

    pub(super) fn closed(&mut self, now: Instant) {
        self.layer.closed(now, LinkId(self.links));
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.layer.poll_timeout()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.layer.handle_timeout(now, &mut self.wire);
    }

    pub(super) fn poll_event(&mut self) -> Option<Event<()>> {
        self.layer.poll_event()
    }

    /// The session is over. A server that does not know that is told when it speaks.
    pub(super) fn forget(&mut self) {
        if let Some(dialog) = self.dialog.take() {
            self.layer.abandon(dialog);
        }
    }

    /// Sends INVITE: outside a dialog to open the session, in it to refresh it.
    pub(super) fn invite(
        &mut self,
        now: Instant,
        settings: &ApplicationSettings,
        body: &[u8],
    ) -> Result<RequestId, SendError> {
        let headers = expires(settings);
        let (method, body) = (Method::Invite, Some(Body { kind: CSTA, bytes: body }));
        if let Some(dialog) = self.dialog {
            let request =
                RequestInDialog { method: &method, headers: &headers, body, patience: ANSWER_TIMEOUT };
            return self.layer.send_in_dialog(now, dialog, &request, &mut self.wire);
        }
        let (uri, flow) = (format!("sip:{}", settings.target), self.flow(settings));
        let (from, to) = (format!("<sip:{}>", settings.user), format!("<{uri}>"));
        let outgoing = Outgoing {
            call_id: &self.call_id,
            contact: settings.user.split('@').next(),
            headers: &headers,
            body,
            patience: ANSWER_TIMEOUT,
            ..Outgoing::new(&method, flow, &uri, &from, &to)
        };
        self.layer.send(now, (), &outgoing, &mut self.wire)
    }

    /// Sends another request in the dialog.
    pub(super) fn request(
        &mut self,
        now: Instant,
        settings: &ApplicationSettings,
        method: &Method,
        body: &[u8],
    ) -> Result<RequestId, SendError> {
        let dialog = self.dialog.ok_or(SendError::NoDialog)?;
        let headers = if *method == Method::Update { expires(settings) } else { Vec::new() };
        let body = (!body.is_empty()).then_some(Body { kind: CSTA, bytes: body });
        let request = RequestInDialog { method, headers: &headers, body, patience: ANSWER_TIMEOUT };
        self.layer.send_in_dialog(now, dialog, &request, &mut self.wire)
    }

    fn reply(&mut self, now: Instant, incoming: Incoming, status: StatusCode, body: Option<&[u8]>) {
        let body = body.map(|bytes| Body { kind: CSTA, bytes });
        self.layer.reply(now, incoming, Reply::from(status).with_body(body), &mut self.wire);
    }

    /// How many responses belonged to nothing since this was asked last.
    fn take_ignored(&mut self) -> u64 {
        let ignored = self.layer.counters().responses_ignored;
        ignored - std::mem::replace(&mut self.responses_ignored, ignored)
    }
}

/// The header that asks for a session interval.
fn expires(settings: &ApplicationSettings) -> Vec<(HeaderName<'static>, String)> {
    let interval = settings.session_expires.map(|interval: Duration| interval.as_secs().to_string());
    interval.map(|seconds| (HeaderName::SESSION_EXPIRES, seconds)).into_iter().collect()
}

impl Application {
    /// Bytes arrived: a whole datagram over UDP, any piece of the stream over TCP.
    pub fn received(&mut self, now: Instant, mut bytes: &[u8]) {
        match self.settings.transport {
            Transport::Udp => return self.message(now, bytes),
            Transport::Csta => return self.stream_received(now, bytes),
            Transport::Tcp => {}
        }
        let mut framer = std::mem::take(&mut self.sip.framer);
        loop {
            match framer.next(&mut bytes) {
                Ok(Some(Framed::Message(message))) => self.message(now, message),
                Ok(Some(Framed::Ping)) => self.deliver(now, b"\r\n\r\n"),
                Ok(None) => break,
                Err(error) => {
                    self.complain(Complaint::Stream(error.to_string().into()));
                    break;
                }
            }
        }
        self.sip.framer = framer;
    }

    fn message(&mut self, now: Instant, bytes: &[u8]) {
        if let Err(error) = Message::parse(bytes) {
            return self.complain(Complaint::Sip(error.to_string().into()));
        }
        let seen = self.sip.wire.arrived(bytes);
        self.deliver(now, &seen);
        let ignored = self.sip.take_ignored();
        if ignored > 0 && self.settings.transport == Transport::Tcp && self.session != Session::Closed {
            let line = String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
            self.complain(Complaint::StrayResponse(line.into()));
        }
    }

    fn deliver(&mut self, now: Instant, bytes: &[u8]) {
        let Sip { layer, wire, links, .. } = &mut self.sip;
        let mut rest = bytes;
        match self.settings.transport {
            Transport::Udp => {
                let (local, from) = (self.settings.local, (self.settings.local.ip(), 5060).into());
                layer.datagram(now, local, from, bytes, wire);
            }
            Transport::Tcp | Transport::Csta => while layer.received(now, LinkId(*links), &mut rest, wire) {},
        }
        self.sip_events(now);
    }

    /// Takes what the layer reports.
    pub(super) fn sip_events(&mut self, now: Instant) {
        if std::mem::take(&mut self.sip.wire.closed) {
            self.complain(Complaint::Stream("bytes that are no SIP".into()));
        }
        while let Some(event) = self.sip.poll_event() {
            self.sip_event(now, event);
        }
    }

    fn sip_event(&mut self, now: Instant, event: Event<()>) {
        match event {
            Event::Accepted((), id, dialog, response) => self.accepted(now, id, dialog, &response),
            Event::Rejected((), id, response) | Event::Response((), id, response) => {
                if let Some(purpose) = self.pending.remove(&id) {
                    self.answered(now, purpose, &response);
                }
            }
            Event::Failed((), id, _) => {
                if let Some(purpose) = self.pending.remove(&id) {
                    self.unanswered(purpose);
                }
            }
            Event::RequestInDialog((), dialog, incoming) if self.sip.dialog == Some(dialog) => {
                self.server_request(now, incoming);
            }
            Event::Request(incoming) | Event::RequestInDialog((), _, incoming) => {
                self.sip.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST, None);
            }
            Event::Ended((), dialog, reason) if self.sip.dialog == Some(dialog) => match reason {
                EndReason::Bye => self.end(End::ByServer),
                _ => self.end(End::Forgotten),
            },
            Event::Progress(..)
            | Event::Cancelled(..)
            | Event::Acknowledged(..)
            | Event::RefreshDue(..)
            | Event::Ended(..) => {}
        }
    }

    /// An INVITE was accepted: the session is open, or refreshed.
    fn accepted(&mut self, now: Instant, id: RequestId, dialog: DialogId, response: &Response) {
        let purpose = self.pending.remove(&id);
        if purpose == Some(Purpose::Refresh) {
            self.sip.wire.refresh_accepted();
        }
        // It was accepted just now, so it can be acknowledged.
        let _ = self.sip.layer.acknowledge(dialog, &[], None, &mut self.sip.wire);
        let Some(purpose) = purpose else {
            return self.sip.layer.end(now, dialog, &mut self.sip.wire);
        };
        self.sip.dialog = Some(dialog);
        self.answered(now, purpose, response);
    }

    /// Answers a request of the server, unless that is not this application's habit.
    pub(super) fn reply(
        &mut self,
        now: Instant,
        incoming: Incoming,
        status: StatusCode,
        body: Option<&[u8]>,
    ) {
        if !self.settings.habits.never_answers {
            self.sip.reply(now, incoming, status, body);
        }
    }
}
