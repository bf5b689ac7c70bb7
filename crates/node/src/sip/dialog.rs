//! Dialogs (RFC 3261, 12): what an INVITE establishes and in-dialog requests are matched with and made from.
//!
//! ```text
//!            2xx to INVITE              link lost                      32 s
//!   (none) ───────────────► reachable ───────────► unreachable ───────────────► ended
//!                               ▲                       │
//!                               └── in-dialog request ──┘
//! ```
//!
//! Requests of ours go by the flow on which the client's last request in the dialog came, along the recorded
//! route. Over TCP they are written at once, in order, and forgotten. Datagrams keep no order: over UDP the next request
//! waits until the one before it is answered, or has been repeated [`PATIENCE`] times. Some clients never answer: one
//! that has not answered yet, or has just left a request unanswered, is given one repetition, and then nothing waits
//! for it until it answers again.
//! While a dialog is unreachable everything waits.

use std::collections::VecDeque;

use hookflash_core::{Deadline, Instant};
use hookflash_wire::sip::{
    Contact, HeaderName, Headers, MessageBuilder, Method, NameAddr, Request, StatusCode,
};

use super::{CSTA_XML, DialogId, Flow, SessionTimer, identifiers::Branch, transaction::Repeated};

/// Requests that may wait in one dialog, and the bytes of their bodies; beyond either the dialog ends.
pub const MAX_WAITING: usize = 1_000;
/// See [`MAX_WAITING`].
pub const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// How often a request over UDP is repeated before others may follow it, if the client is known to answer. Then its
/// datagrams were lost as often, and 3.5 seconds have gone.
pub const PATIENCE: u32 = 3;

/// Requests over UDP that are repeated at once in one dialog, until they are answered; beyond it the oldest is given up.
pub const MAX_REPEATED: usize = 16;

/// Bytes of identifiers, addresses and routes a dialog may need; real ones need some hundreds.
const MAX_STATE: usize = 8 * 1024;

/// A request that waits to be sent.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) method: Method,
    pub(super) body: Box<[u8]>,
}

/// Whether a client answers our requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Manners {
    /// It had none to answer yet, its answer may still come, or it has left one unanswered for once.
    Unknown,
    /// It does.
    Answers,
    /// It left one unanswered for too long, never answered before or left the next one too, and has answered none since.
    Silent,
}

impl Manners {
    /// What to think of the client when the wait for its answer has been too long. One that does answer may have had bad
    /// luck with a request, and deserves order for the next ones.
    pub(super) fn disappointed(self) -> Manners {
        match self {
            Manners::Answers => Manners::Unknown,
            Manners::Unknown | Manners::Silent => Manners::Silent,
        }
    }
}

/// A dialog that can be spared when others need the room, the one that can best be spared first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Spare {
    lives: bool,
    since: Instant,
    pub(super) dialog: DialogId,
}

/// One dialog, from our side the called party's.
#[derive(Debug)]
pub struct Dialog {
    pub(super) id: DialogId,
    call_id: Box<str>,
    remote_tag: Box<str>,
    /// To of what the client sends, From of what we send, but for the tag.
    local: Box<str>,
    remote: Box<str>,
    /// Record-Route elements, nearest first.
    record_route: Vec<Box<str>>,
    /// Where requests go: the Request-URI and the Route header that reach the client's Contact.
    request_uri: Box<str>,
    route: Box<str>,
    pub(super) flow: Flow,
    /// Runs while the flow is lost.
    pub(super) lost: Option<Deadline>,
    pub(super) cseq: u32,
    /// CSeq of the client's last request.
    remote_cseq: u32,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// The requests of ours that are not answered yet, oldest first; only over UDP.
    pub(super) outstanding: VecDeque<Repeated>,
    /// What is known of how the client answers; only over UDP.
    pub(super) manners: Manners,
    /// Our 2xx to an INVITE that is not acknowledged yet; only over UDP.
    pub(super) unacknowledged: Option<Repeated>,
    pub(super) timer: SessionTimer,
    pub(super) expiry: Option<Deadline>,
    pub(super) refresh: Option<Deadline>,
    /// When the client last sent anything.
    pub(super) heard: Instant,
    /// When it was last refreshed as its timer demands.
    pub(super) refreshed: Instant,
    started: Instant,
    /// BYE was sent and is being repeated; for everybody else it has ended.
    pub(super) closing: bool,
}

impl Dialog {
    /// The dialog that a 2xx to `invite` establishes. Without a usable Contact, From says where requests go.
    ///
    /// # Errors
    /// How to refuse the INVITE: its addresses are unusable or absurdly long.
    pub(super) fn new(
        now: Instant,
        id: DialogId,
        invite: &Request,
        flow: Flow,
        timer: SessionTimer,
    ) -> Result<Dialog, StatusCode> {
        let headers = invite.headers();
        let (Ok(from), Ok(to), Ok(call_id)) = (headers.from(), headers.to(), headers.call_id()) else {
            return Err(StatusCode::BAD_REQUEST);
        };
        let target = contact(headers).or_else(|| usable(&from)).ok_or(StatusCode::BAD_REQUEST)?;
        let record_route: Vec<Box<str>> = headers.elements(HeaderName::RECORD_ROUTE).map(Box::from).collect();
        let mut dialog = Dialog {
            id,
            call_id: call_id.into(),
            remote_tag: from.tag().unwrap_or_default().into(),
            local: address(&to),
            remote: address(&from),
            record_route,
            request_uri: Box::default(),
            route: Box::default(),
            flow,
            lost: None,
            cseq: 0,
            remote_cseq: headers.cseq().map_or(0, |cseq| cseq.number),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            outstanding: VecDeque::new(),
            manners: Manners::Unknown,
            unacknowledged: None,
            timer,
            expiry: None,
            refresh: None,
            heard: now,
            refreshed: now,
            started: now,
            closing: false,
        };
        dialog.set_target(target);
        if dialog.state_size() <= MAX_STATE { Ok(dialog) } else { Err(StatusCode::MESSAGE_TOO_LARGE) }
    }

    /// Its name, whose text is our tag.
    pub fn id(&self) -> DialogId {
        self.id
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The way to the client, or the one that was lost last.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Whether the client can be reached now.
    pub fn is_reachable(&self) -> bool {
        self.lost.is_none()
    }

    /// When it was established.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// What it is known by among those that can be spared.
    pub(super) fn as_spare(&self) -> Spare {
        Spare { lives: !self.closing, since: self.started, dialog: self.id }
    }

    /// What was agreed about its life.
    pub fn timer(&self) -> SessionTimer {
        self.timer
    }

    /// When it will end unless the client gives a sign of life; `None` when it lives as long as its link.
    pub fn expires(&self) -> Option<Instant> {
        match (self.timer.refresher, self.flow) {
            (Some(_), _) => Some(self.refreshed + self.timer.interval),
            (None, Flow::Link { .. }) => None,
            (None, Flow::Datagrams { .. }) => Some(self.heard + self.timer.interval),
        }
    }

    /// Requests that wait to be sent.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a message with this Call-ID and this tag of the client belongs to it.
    pub(super) fn matches(&self, call_id: &str, remote_tag: &str) -> bool {
        *self.call_id == *call_id && *self.remote_tag == *remote_tag
    }

    /// Whether the client's request comes after one that it sent later (RFC 3261, 12.2.2). Only datagrams can, and only
    /// clients of that standard can be told: others count from the beginning again.
    pub(super) fn is_overtaken(&mut self, request: &Request) -> bool {
        let headers = request.headers();
        let Ok(cseq) = headers.cseq() else { return false };
        let earlier = matches!(self.flow, Flow::Datagrams { .. }) && cseq.number < self.remote_cseq;
        if earlier && headers.via().is_ok_and(|via| via.unique_branch().is_some()) {
            return true;
        }
        self.remote_cseq = cseq.number;
        false
    }

    /// Whether a request of ours may be sent now, or has to wait for the one before it.
    pub(super) fn may_send(&self) -> bool {
        let patience = match self.manners {
            Manners::Unknown => 1,
            Manners::Answers => PATIENCE,
            Manners::Silent => 0,
        };
        self.is_reachable() && self.outstanding.back().is_none_or(|last| last.repetitions >= patience)
    }

    /// A target refresh (RFC 3261, 12.2.2): the client's Contact may have changed.
    pub(super) fn refresh_target(&mut self, headers: &Headers) {
        if let Some(target) = contact(headers).filter(|target| target.len() <= MAX_STATE / 4) {
            self.set_target(target);
        }
    }

    /// RFC 3261, 12.2.1.1: along a strict router the target goes to the end of the route.
    fn set_target(&mut self, target: &str) {
        let strict = self.record_route.first().and_then(|first| {
            let uri = NameAddr::parse(first)?.uri().ok()?;
            (!uri.params.contains("lr")).then(|| uri.to_string())
        });
        match strict {
            None => {
                self.request_uri = target.into();
                self.route = self.record_route.join(", ").into();
            }
            Some(first) => {
                let rest = self.record_route.iter().skip(1).map(|element| element.to_string());
                let route: Vec<String> = rest.chain([format!("<{target}>")]).collect();
                self.route = route.join(", ").into();
                self.request_uri = first.into();
            }
        }
    }

    /// Puts a request at the end of those that wait; false when there are too many.
    pub(super) fn wait(&mut self, method: Method, body: &[u8]) -> bool {
        if self.waiting.len() >= MAX_WAITING || self.waiting_bytes + body.len() > MAX_WAITING_BYTES {
            return false;
        }
        self.waiting_bytes += body.len();
        self.waiting.push_back(Waiting { method, body: body.into() });
        true
    }

    /// The next request that waits.
    pub(super) fn next_waiting(&mut self) -> Option<Waiting> {
        let next = self.waiting.pop_front()?;
        self.waiting_bytes -= next.body.len();
        Some(next)
    }

    /// Drops what waits, and answers how many bytes of bodies that was.
    pub(super) fn forget_waiting(&mut self) -> usize {
        self.waiting = VecDeque::new();
        std::mem::take(&mut self.waiting_bytes)
    }

    /// Writes the next request of ours behind what `out` holds.
    pub(super) fn write_request(
        &mut self,
        out: Vec<u8>,
        method: &Method,
        branch: Branch,
        contact: &str,
        body: &[u8],
    ) -> Vec<u8> {
        self.cseq = self.cseq.wrapping_add(1) & 0x7FFF_FFFF;
        let (transport, local) = (self.flow.transport(), self.flow.local());
        let mut builder = MessageBuilder::request_onto(out, method, &self.request_uri)
            .header(HeaderName::VIA, format_args!("SIP/2.0/{transport} {local};branch={branch};rport"))
            .header(HeaderName::MAX_FORWARDS, 70);
        if !self.route.is_empty() {
            builder = builder.header(HeaderName::ROUTE, &self.route);
        }
        builder = builder
            .header(HeaderName::FROM, format_args!("{};tag={}", self.local, self.id))
            .header(HeaderName::TO, &self.remote)
            .header(HeaderName::CALL_ID, &self.call_id)
            .header(HeaderName::CSEQ, format_args!("{} {method}", self.cseq));
        if *method == Method::Update {
            builder = builder.header(HeaderName::CONTACT, contact).header(HeaderName::SUPPORTED, "timer");
            if let Some(expires) = self.timer.interval_as_refresher() {
                builder = builder.header(HeaderName::SESSION_EXPIRES, expires);
            }
        }
        if body.is_empty() {
            return builder.finish();
        }
        builder
            .header(HeaderName::CONTENT_DISPOSITION, super::CSTA_DISPOSITION)
            .finish_with_body(CSTA_XML, body)
    }

    fn state_size(&self) -> usize {
        let texts = [&self.call_id, &self.local, &self.remote, &self.request_uri, &self.route];
        texts.iter().map(|text| text.len()).sum()
    }
}

/// The address with its parameters, as the other side will compare it, without the name to display.
fn address(address: &NameAddr<'_>) -> Box<str> {
    let params = address.params.as_str();
    let params = if address.tag().is_none() { params.trim_end_matches("tag=") } else { params };
    match params.trim_end_matches([';', ' ', '\t']) {
        "" => format!("<{}>", address.uri_text).into(),
        params => format!("<{}>;{params}", address.uri_text).into(),
    }
}

/// The URI of the Contact, if requests can be sent there.
fn contact(headers: &Headers) -> Option<&str> {
    match headers.contacts().next()?.ok()? {
        Contact::Address(address) => usable(&address),
        Contact::Any => None,
    }
}

/// The URI, if it can stand in a request line.
fn usable<'a>(address: &NameAddr<'a>) -> Option<&'a str> {
    address.uri().is_ok().then_some(address.uri_text)
}
