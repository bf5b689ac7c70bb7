//! Dialogs (RFC 3261, 12): what in-dialog requests are matched with and built from.
//!
//! ```text
//!   caller:   1xx with tag ──► early ─── 2xx ──► confirmed ─── BYE ──► (over)
//!   called:   establish ─────► early ─── 2xx sent ──► confirmed          (BYE of ours is repeated in `closing`)
//!
//!                       flow lost                  32 s
//!   reachable ───────────────────► unreachable ──────────► (over)
//!       ▲                               │
//!       └─────── in-dialog request ─────┘
//! ```
//!
//! Requests go by the flow on which the peer's last request in the dialog came, along the recorded route.
//!
//! | file | content |
//! | --- | --- |
//! | `queue` | requests that are sent one after the other, and how patiently |
//! | `route` | where requests go |

mod queue;
mod route;

use std::{collections::VecDeque, net::IpAddr, time::Duration};

use hookflash_time::{Deadline, Instant};
use hookflash_wire::sip::{
    HeaderBlock, HeaderName, Headers, MessageBuilder, Method, Request, Response, StatusCode,
};
use smol_str::SmolStr;

pub(crate) use queue::{InFlight, PeerAnswers, Queue};
pub use queue::{MAX_REPEATED, MAX_WAITING, MAX_WAITING_BYTES, PATIENCE};
pub(crate) use route::{Route, contact};

use crate::{
    Body, DialogId, Flow, InviteId, Party, RequestId, SessionTimer,
    identifiers::Branch,
    transaction::{Repetition, ServerKey},
};

/// How long before its time is over a dialog ends at most, if it does (RFC 4028, 10).
const BEFORE_EXPIRY: Duration = Duration::from_secs(32);

/// Bytes of identifiers, addresses and routes a dialog may need; real ones need some hundreds.
const MAX_STATE: usize = 8 * 1024;

/// Which side sent the INVITE that created a dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// We did.
    Caller,
    /// The peer did.
    Called,
}

/// How far a dialog is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// Its INVITE has no final response.
    Early,
    /// Its INVITE was accepted.
    Confirmed,
    /// BYE was sent and is being repeated; for users it has ended.
    Closing,
}

/// A dialog that can be given up when others need the room, the best candidate first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct EvictionCandidate {
    lives: bool,
    since: Instant,
    pub(crate) dialog: DialogId,
}

/// Our 2xx to an INVITE that is not acknowledged yet.
#[derive(Debug)]
pub(crate) struct Success {
    /// The number of its INVITE.
    pub(crate) cseq: u32,
    /// Whether it carries an offer, the answer to which is in the ACK.
    pub(crate) offers: bool,
    pub(crate) bytes: Box<[u8]>,
    pub(crate) repetition: Repetition,
    pub(crate) deadline: Option<Deadline>,
}

/// Our ACK to a 2xx, and what may make it be sent again.
#[derive(Debug)]
pub(crate) struct Acknowledgement {
    pub(crate) cseq: u32,
    /// Empty until the user has acknowledged.
    pub(crate) bytes: Box<[u8]>,
}

/// One dialog.
#[derive(Debug)]
pub struct Dialog<U> {
    pub(crate) id: DialogId,
    pub(crate) user: U,
    pub(crate) role: Role,
    pub(crate) stage: Stage,
    call_id: Box<str>,
    remote_tag: Box<str>,
    /// From, To and Call-ID of what we send.
    identity: HeaderBlock,
    /// The user in our Contact.
    pub(crate) contact: SmolStr,
    pub(crate) route: Route,
    pub(crate) flow: Flow,
    /// Another address from which its peer may speak, as the user knows.
    pub(crate) welcome: Option<IpAddr>,
    /// Runs while the flow is lost.
    pub(crate) lost: Option<Deadline>,
    pub(crate) cseq: u32,
    /// CSeq of the peer's last request, and its transaction.
    remote_cseq: u32,
    pub(crate) last: Option<ServerKey>,
    pub(crate) queue: Queue,
    /// Our INVITE in it that has no final response.
    pub(crate) inviting: Option<RequestId>,
    /// The peer's INVITE in it that has no final response.
    pub(crate) invited: Option<InviteId>,
    /// Our 2xx that is not acknowledged.
    pub(crate) success: Option<Success>,
    /// Our last ACK.
    pub(crate) acknowledgement: Option<Acknowledgement>,
    pub(crate) timer: SessionTimer,
    /// Whether the peer takes UPDATE, as far as is known.
    pub(crate) takes_update: bool,
    pub(crate) expiry: Option<Deadline>,
    pub(crate) refresh: Option<Deadline>,
    /// When the peer last sent anything.
    pub(crate) heard: Instant,
    /// When it was last refreshed as its timer demands.
    pub(crate) refreshed: Instant,
    /// Whether it ends a little before its time is over.
    pub(crate) ends_early: bool,
    started: Instant,
}

/// What a dialog is made of.
struct Parts<'a, U> {
    id: DialogId,
    user: U,
    role: Role,
    headers: &'a Headers,
    flow: Flow,
    timer: SessionTimer,
    contact: SmolStr,
}

/// Longest address in From of requests in a dialog that has changed.
const MAX_OWN_ADDRESS: usize = 512;

/// Longest user part of our Contact.
const MAX_CONTACT_USER: usize = 64;

impl<U: Copy> Dialog<U> {
    /// The dialog that a response with our tag to `invite` creates. Without a usable Contact, From says where requests
    /// go.
    ///
    /// # Errors
    /// How to refuse the INVITE: its addresses are unusable or absurdly long.
    pub(crate) fn of_called(
        now: Instant,
        id: DialogId,
        user: U,
        invite: &Request,
        flow: Flow,
        timer: SessionTimer,
    ) -> Result<Dialog<U>, StatusCode> {
        let headers = invite.headers();
        // Proxies on the way may find the called party by the user that was asked for.
        let contact =
            invite.uri().user.filter(|user| user.len() <= MAX_CONTACT_USER).unwrap_or_default().into();
        let parts = Parts { id, user, role: Role::Called, headers, flow, timer, contact };
        let mut dialog = Dialog::new(now, parts).ok_or(StatusCode::BAD_REQUEST)?;
        dialog.remote_cseq = headers.cseq().map_or(0, |cseq| cseq.number);
        if dialog.state_size() <= MAX_STATE { Ok(dialog) } else { Err(StatusCode::MESSAGE_TOO_LARGE) }
    }

    /// The dialog that a response to an INVITE of ours creates; `None` if its addresses are unusable or absurdly long.
    pub(crate) fn of_caller(
        now: Instant,
        id: DialogId,
        user: U,
        response: &Response,
        flow: Flow,
        contact: SmolStr,
        timer: SessionTimer,
    ) -> Option<Dialog<U>> {
        let headers = response.headers();
        let mut dialog =
            Dialog::new(now, Parts { id, user, role: Role::Caller, headers, flow, timer, contact })?;
        dialog.cseq = headers.cseq().ok()?.number;
        (dialog.state_size() <= MAX_STATE).then_some(dialog)
    }

    fn new(now: Instant, parts: Parts<'_, U>) -> Option<Dialog<U>> {
        let Parts { id, user, role, headers, flow, timer, contact } = parts;
        let (from, to) = (headers.from().ok()?, headers.to().ok()?);
        // An address that is written without brackets gets some when it is repeated.
        if [&from, &to].iter().any(|address| address.uri_text.contains(['<', '>'])) {
            return None;
        }
        let (local, remote) = if role == Role::Caller { (from, to) } else { (to, from) };
        let route = Route::of(headers, &remote, role)?;
        let call_id = headers.call_id().ok()?;
        let own = route::address_without_tag(&local);
        let identity = HeaderBlock::new(|builder| {
            builder
                .header(HeaderName::FROM, format_args!("{own};tag={}", id.tag()))
                .header(HeaderName::TO, route::address(&remote))
                .header(HeaderName::CALL_ID, call_id)
        });
        Some(Dialog {
            id,
            user,
            role,
            stage: Stage::Early,
            call_id: call_id.into(),
            remote_tag: remote.tag().unwrap_or_default().into(),
            identity,
            contact,
            route,
            flow,
            welcome: None,
            lost: None,
            cseq: 0,
            remote_cseq: 0,
            last: None,
            queue: Queue::default(),
            inviting: None,
            invited: None,
            success: None,
            acknowledgement: None,
            timer,
            takes_update: role == Role::Called || headers.allow().contains("UPDATE"),
            expiry: None,
            refresh: None,
            heard: now,
            refreshed: now,
            ends_early: false,
            started: now,
        })
    }

    /// What From of our requests says from now on, before the tag (RFC 4916). What is absurdly long is not taken.
    pub(crate) fn rename(&mut self, address: &str) {
        if address.len() <= MAX_OWN_ADDRESS {
            let from = format_args!("{address};tag={}", self.id.tag());
            self.identity = self.identity.beginning_with(HeaderName::FROM, from);
        }
    }

    /// Its name, of which our tag is a part.
    pub fn id(&self) -> DialogId {
        self.id
    }

    /// Whose it is.
    pub fn user(&self) -> U {
        self.user
    }

    /// Which side sent the INVITE.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Whether its INVITE has no final response yet.
    pub fn is_early(&self) -> bool {
        self.stage == Stage::Early
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The peer's tag; empty if it has none.
    pub fn remote_tag(&self) -> &str {
        &self.remote_tag
    }

    /// The way to the peer, or the one that was lost last.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// The Request-URI of its requests.
    pub fn request_uri(&self) -> &str {
        &self.route.request_uri
    }

    /// Where its requests go: to the first router, else to the peer's Contact. `None` if that is no address but a name.
    pub fn next_hop(&self) -> Option<std::net::SocketAddr> {
        self.route.next_hop()
    }

    /// Whether the peer can be reached now.
    pub fn is_reachable(&self) -> bool {
        self.lost.is_none()
    }

    /// When it was created.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// What was agreed about its life.
    pub fn timer(&self) -> SessionTimer {
        self.timer
    }

    /// When it will end unless the peer gives a sign of life; `None` when it lives as long as its connection.
    pub fn expires(&self) -> Option<Instant> {
        match (self.timer.refresher, self.flow) {
            (Some(Party::Peer), _) if self.ends_early => {
                let interval = self.timer.interval;
                Some(self.refreshed + (interval - (interval / 3).min(BEFORE_EXPIRY)))
            }
            (Some(_), _) => Some(self.refreshed + self.timer.interval),
            (None, Flow::Link { .. }) => None,
            (None, Flow::Datagrams { .. }) => Some(self.heard + self.timer.interval),
        }
    }

    /// Requests that wait to be sent in order.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// What it is known by among those that can be given up.
    pub(crate) fn as_candidate(&self) -> EvictionCandidate {
        EvictionCandidate { lives: self.stage != Stage::Closing, since: self.started, dialog: self.id }
    }

    /// Whether a message with this Call-ID and this tag of the peer belongs to it.
    pub(crate) fn matches(&self, call_id: &str, remote_tag: &str) -> bool {
        *self.call_id == *call_id && *self.remote_tag == *remote_tag
    }

    /// Whether the peer's request comes after one that it sent later (RFC 3261, 12.2.2). Only datagrams can, and only
    /// clients of that standard can be told: others count from the beginning again.
    pub(crate) fn is_overtaken(&mut self, request: &Request) -> bool {
        let headers = request.headers();
        let Ok(cseq) = headers.cseq() else { return false };
        let earlier = matches!(self.flow, Flow::Datagrams { .. }) && cseq.number < self.remote_cseq;
        if earlier && headers.via().is_ok_and(|via| via.unique_branch().is_some()) {
            return true;
        }
        self.remote_cseq = cseq.number;
        false
    }

    /// The transaction of the request before this one, if both have the same CSeq: then they are one request that took
    /// two ways, or was sent anew by a client that got no answer.
    pub(crate) fn same_before(&self, request: &Request) -> Option<ServerKey> {
        let headers = request.headers();
        let (cseq, via) = (headers.cseq().ok()?, headers.via().ok()?);
        let datagram = matches!(self.flow, Flow::Datagrams { .. });
        let same = datagram && cseq.number == self.remote_cseq && via.unique_branch().is_some();
        self.last.filter(|_| same)
    }

    /// A target refresh (RFC 3261, 12.2.2): the peer's Contact may have changed.
    pub(crate) fn refresh_target(&mut self, headers: &Headers) {
        self.route.refresh_target(headers, MAX_STATE / 4);
    }

    /// The route of a dialog whose INVITE, one of ours, has succeeded.
    pub(crate) fn confirm_route(&mut self, headers: &Headers) {
        self.route.confirm(headers, MAX_STATE / 4);
    }

    /// The number of the next request of ours.
    pub(crate) fn next_cseq(&mut self) -> u32 {
        self.cseq = self.cseq.wrapping_add(1) & 0x7FFF_FFFF;
        self.cseq
    }

    /// Begins a request of ours behind what `out` holds.
    pub(crate) fn begin_request(
        &self,
        out: Vec<u8>,
        method: &Method,
        cseq: u32,
        branch: Branch,
    ) -> MessageBuilder {
        let (transport, local) = (self.flow.transport(), self.flow.local());
        MessageBuilder::request_onto(out, method, &self.route.request_uri)
            .header(HeaderName::VIA, format_args!("SIP/2.0/{transport} {local};branch={branch};rport"))
            .block(&self.route.headers)
            .block(&self.identity)
            .header(HeaderName::CSEQ, format_args!("{cseq} {method}"))
    }

    fn state_size(&self) -> usize {
        self.call_id.len() + self.identity.len() + self.route.size()
    }
}

/// Ends a message with its body, if it has one.
pub(crate) fn finish(builder: MessageBuilder, body: Option<Body<'_>>) -> Vec<u8> {
    let Some(Body { kind, bytes }) = body else { return builder.finish() };
    let builder = match kind.disposition {
        Some(disposition) => builder.header(HeaderName::CONTENT_DISPOSITION, disposition),
        None => builder,
    };
    builder.finish_with_body(kind.content_type, bytes)
}

/// The requests of ours over UDP that are not answered yet, oldest first.
pub(crate) type Outstanding = VecDeque<InFlight>;
