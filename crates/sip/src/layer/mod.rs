//! The SIP layer: what is done with messages, and the calls of users.
//!
//! | file | content |
//! | --- | --- |
//! | `receive` | messages that come in by connections and datagrams |
//! | `request` | requests of peers, before a user sees them |
//! | `reply` | how they are answered |
//! | `send` | requests of ours |
//! | `response` | responses to these, and none |
//! | `invite` | INVITEs of ours: forks, CANCEL, ACK |
//! | `queue` | requests that are sent in order |
//! | `session` | session timers |
//! | `end` | how dialogs end |
//! | `stranger` | what one source may take, and what goes to addresses that have proved nothing |

mod end;
mod invite;
mod queue;
mod receive;
mod reply;
mod request;
mod response;
mod send;
mod session;
mod stranger;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    time::Duration,
};

use hookflash_time::{Instant, Timers};
use hookflash_wire::sip::{Request, Response, StatusCode};

use crate::{
    Dialog, DialogId, Flow, Incoming, InviteId, LinkId, RequestId, SessionTimer, Settings, Tag, Transmit,
    dialog::EvictionCandidate,
    identifiers::Identifiers,
    transaction::{Clients, ServerKey, Servers},
    transport::{Links, Proofs},
};

/// How long a dialog waits for its peer after its flow was lost.
pub const FLOW_GRACE: Duration = Duration::from_secs(32);

/// How long a user may take before 100 (Trying) is sent (RFC 3261, 17.2.1).
const TRYING_AFTER: Duration = Duration::from_millis(200);

/// Seconds after which a peer that was turned away for lack of room may try again.
const RETRY_AFTER: u32 = 10;

/// What the layer has for its users.
// An event is taken at once; a box would cost an allocation for each request.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Event<U> {
    /// A request outside a dialog, or a REGISTER. Reply to it; an INVITE may be [established](Layer::establish) first.
    Request(Incoming),
    /// A request in a dialog of a user. Reply to it.
    RequestInDialog(U, DialogId, Incoming),
    /// The peer has cancelled an INVITE that is not answered; with the user of its dialog, if it has one. Reply 487 to it.
    Cancelled(Option<U>, InviteId),
    /// The peer knows that its INVITE was accepted: by this ACK, or because it sent another request in the dialog. Not by BYE,
    /// after which only [`Event::Ended`] comes: it wants nothing of what it has asked for.
    Acknowledged(U, DialogId, Option<Request>),
    /// The final response to a request that is no INVITE.
    Response(U, RequestId, Response),
    /// A provisional response to an INVITE, and the early dialog that it belongs to, if it has a tag.
    Progress(U, RequestId, Option<DialogId>, Response),
    /// An INVITE was accepted: [acknowledge](Layer::acknowledge) it. May come several times, for different dialogs, if the
    /// INVITE was forked; [end](Layer::end) those that are not wanted.
    Accepted(U, RequestId, DialogId, Response),
    /// An INVITE was refused; all its early dialogs are over.
    Rejected(U, RequestId, Response),
    /// There will be no final response to a request. All early dialogs of an INVITE are over.
    Failed(U, RequestId, Failure),
    /// The session of a dialog is to be refreshed by a re-INVITE, because the peer takes no UPDATE.
    RefreshDue(U, DialogId),
    /// A dialog has ended; nothing can be sent in it any more.
    Ended(U, DialogId, EndReason),
}

/// Why a request has no final response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// There was no response in time.
    Timeout,
    /// The connection broke.
    FlowLost,
    /// It was cancelled, and accepted nevertheless: the dialog has been ended.
    Cancelled,
    /// The response could not be used, for example because of its Contact.
    BadResponse,
    /// It was accepted, but the dialog in which it was sent has ended.
    DialogEnded,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::Timeout => "no response in time",
            Failure::FlowLost => "the connection was lost",
            Failure::Cancelled => "it was cancelled",
            Failure::BadResponse => "the response cannot be used",
            Failure::DialogEnded => "its dialog has ended",
        })
    }
}

/// Why a request of ours could not be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    /// There is no such dialog, or it has ended.
    #[error("there is no such dialog")]
    NoDialog,
    /// An INVITE is under way in the dialog, in one direction or the other (RFC 3261, 14.1).
    #[error("an INVITE is under way in the dialog")]
    Pending,
    /// The connection is gone.
    #[error("the connection is gone")]
    NoFlow,
    /// [`Limits::requests`](crate::Limits::requests) are not answered yet.
    #[error("too many requests are not answered yet")]
    TooMany,
    /// The layer sends this method by itself, or by another call.
    #[error("this method cannot be sent with this function")]
    WrongMethod,
}

/// Why a dialog ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndReason {
    /// The peer sent BYE.
    Bye,
    /// The peer gave no sign of life for the agreed time.
    Expired,
    /// The connection broke and the peer did not come back.
    LinkLost,
    /// The peer answered that it does not know the dialog.
    Unknown,
    /// More requests waited for the peer than are kept.
    TooSlow,
    /// The peer never acknowledged its INVITE, or has not yet, and others needed the room.
    NotAcknowledged,
    /// Another fork of our INVITE was accepted, and this one was not in time.
    OtherFork,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndReason::Bye => "the peer sent BYE",
            EndReason::Expired => "the session expired",
            EndReason::LinkLost => "the connection was lost",
            EndReason::Unknown => "the peer does not know the dialog",
            EndReason::TooSlow => "the peer takes requests too slowly",
            EndReason::NotAcknowledged => "the peer did not acknowledge",
            EndReason::OtherFork => "another fork was accepted",
        })
    }
}

/// Everything in SIP that happens because time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Timer {
    /// A connection may have been silent for too long.
    LinkIdle(LinkId),
    /// A dialog's peer did not come back.
    FlowLost(DialogId),
    /// A request of ours is to be repeated, or is over.
    Client(RequestId),
    /// An INVITE of a peer is to be answered 100, or its response is to be repeated.
    Server(ServerKey),
    /// A 2xx of ours is to be repeated.
    Success(DialogId),
    /// A dialog may have expired.
    Expiry(DialogId),
    /// A dialog that is ours to refresh.
    Refresh(DialogId),
}

/// How many entries the tables have, so that a test can see that nothing grows without bound.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sizes {
    /// Connections.
    pub links: usize,
    /// Dialogs, early ones and those that end included.
    pub dialogs: usize,
    /// Running timers.
    pub timers: usize,
    /// Requests that wait in dialogs until they may be sent.
    pub waiting: usize,
    /// Messages of ours that are repeated until the peer reacts.
    pub repeated: usize,
    /// Requests that are known in case they are repeated. Old ones go when the next one comes.
    pub answered: usize,
    /// Events that were not polled.
    pub events: usize,
    /// Bytes of messages that are not complete.
    pub gathered: usize,
    /// Bytes of responses that are kept.
    pub response_bytes: usize,
    /// Bytes of bodies that wait in dialogs.
    pub waiting_bytes: usize,
    /// Addresses that datagrams came from.
    pub addresses: usize,
}

/// The SIP layer; see the [crate page](crate).
#[derive(Debug)]
pub struct Layer<U> {
    settings: Settings,
    identifiers: Identifiers,
    links: Links,
    servers: Servers,
    clients: Clients<U>,
    dialogs: BTreeMap<DialogId, Dialog<U>>,
    /// Dialogs that can be given up: those that end, and those that were never acknowledged.
    evictable: BTreeSet<EvictionCandidate>,
    /// Bytes of bodies that wait in all dialogs.
    waiting_bytes: usize,
    timers: Timers<Timer>,
    events: VecDeque<Event<U>>,
    counters: Counters,
    /// Which addresses read what goes to them.
    pub(crate) proofs: Proofs,
    warnings: stranger::Warnings,
}

/// Counts of what happened since the start and is not an event.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Messages of ours that were sent once more because the peer did not react.
    pub repeated: u64,
    /// Requests of peers that had come before.
    pub requests_again: u64,
    /// Responses that were ignored because they belonged to no live transaction.
    pub responses_ignored: u64,
    /// Answers that were not sent because their address had proved nothing and had its share.
    pub unproven: u64,
    /// Requests of scanners.
    pub scans: u64,
}

impl<U: Copy> Layer<U> {
    /// A layer without connections and dialogs.
    pub fn new(settings: Settings) -> Layer<U> {
        Layer {
            identifiers: Identifiers::new(settings.seed),
            links: Links::default(),
            servers: Servers::new(settings.seed, &settings.limits),
            clients: Clients::new(),
            dialogs: BTreeMap::new(),
            evictable: BTreeSet::new(),
            waiting_bytes: 0,
            timers: Timers::default(),
            events: VecDeque::new(),
            counters: Counters::default(),
            proofs: Proofs::default(),
            warnings: stranger::Warnings::default(),
            settings,
        }
    }

    /// Other settings hold from now on, for what begins. The seed stays.
    pub fn configure(&mut self, settings: Settings) {
        self.servers.limit(&settings.limits);
        self.settings = Settings { seed: self.settings.seed, ..settings };
    }

    /// A connection was opened, over which requests of the flow come. When too many are open, altogether or from its source, the oldest one that no dialog and
    /// no registration uses makes room; if there is none, the new one is closed.
    pub fn connected(&mut self, now: Instant, flow: Flow, out: &mut dyn Transmit) {
        let Some(link) = flow.link() else { return };
        if !self.admit_link(now, flow.peer().ip(), out) {
            return out.close(link);
        }
        self.links.insert(now, link, flow, &mut self.timers);
    }

    /// The peer of a connection over TLS has shown a certificate, which says this.
    pub fn set_certificate(&mut self, link: LinkId, certificate: &str) {
        if let Some(link) = self.links.get_mut(link) {
            link.certificate = Some(certificate.into());
        }
    }

    /// What the certificate of the peer of a flow says, if it has shown one.
    pub fn certificate(&self, flow: &Flow) -> Option<&str> {
        self.links.get(flow.link()?)?.certificate.as_deref()
    }

    /// What the layer has for its users.
    pub fn poll_event(&mut self) -> Option<Event<U>> {
        self.events.pop_front()
    }

    /// When [`Layer::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Runs what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut dyn Transmit) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::LinkIdle(link) => self.link_idle(now, link, out),
                Timer::FlowLost(id) => self.fail(now, id, EndReason::LinkLost, out),
                Timer::Client(id) => self.client_due(now, id, out),
                Timer::Server(key) => self.server_due(now, key, out),
                Timer::Success(id) => self.repeat_success(now, id, out),
                Timer::Expiry(id) => self.expiry(now, id, out),
                Timer::Refresh(id) => self.refresh(now, id, out),
            }
        }
    }

    /// A dialog that has not ended.
    pub fn dialog(&self, id: DialogId) -> Option<&Dialog<U>> {
        self.dialogs.get(&id).filter(|dialog| dialog.stage != crate::dialog::Stage::Closing)
    }

    /// Whether a connection is open.
    pub fn has_link(&self, link: LinkId) -> bool {
        self.links.contains(link)
    }

    /// How many connections are open.
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Somebody registered by a connection, which stays open although no dialog uses it, until
    /// [`Layer::release_link`] has been called as often.
    pub fn hold_link(&mut self, link: LinkId) {
        self.links.hold(link);
    }

    /// A registration by a connection ended, or goes by another one now.
    pub fn release_link(&mut self, link: LinkId) {
        self.links.release(link);
    }

    /// A peer that used a connection has opened another flow: its dialogs go by that from now on, and the connection is
    /// closed unless somebody else is registered by it.
    pub fn replace_link(&mut self, now: Instant, old: LinkId, flow: Flow, out: &mut dyn Transmit) {
        let Some(link) = self.links.get_mut(old).filter(|link| !link.is_registered()) else { return };
        let dialogs: Vec<DialogId> = link.dialogs.iter().copied().collect();
        dialogs.into_iter().for_each(|id| self.redirect(id, flow));
        self.drop_link(now, old, format_args!("its peer has opened another one"), out);
    }

    /// A user knows whose address the peer of this flow has: it is answered as one that has shown that it reads what it gets.
    pub fn vouch(&mut self, now: Instant, flow: &Flow) {
        if let Flow::Datagrams { peer, .. } = *flow {
            self.proofs.heard(now, peer, 0);
            self.proofs.proven(now, peer);
        }
    }

    /// A tag that was not used yet, for a request that may have to be sent again with the same one.
    pub fn new_tag(&mut self) -> Tag {
        self.identifiers.tag()
    }

    /// A Call-ID that was not used yet.
    pub fn new_call_id(&mut self) -> String {
        self.identifiers.call_id()
    }

    /// Sends the requests of a dialog by another flow from now on, to its [next hop](Dialog::next_hop) for example.
    pub fn redirect(&mut self, id: DialogId, flow: Flow) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let before = std::mem::replace(&mut dialog.flow, flow);
        self.links.move_dialog(id, before.link(), flow.link());
    }

    /// The dialogs whose connection was lost, and whose next hop is at the other end of this new one, go on by it.
    pub fn resume(&mut self, now: Instant, flow: Flow, out: &mut dyn Transmit) {
        let goes_on = |dialog: &Dialog<U>| {
            dialog.lost.is_some()
                && dialog.flow.is_secure() == flow.is_secure()
                && dialog.next_hop() == Some(flow.peer())
        };
        let found: Vec<DialogId> =
            self.dialogs.iter().filter(|(_, dialog)| goes_on(dialog)).map(|(id, _)| *id).collect();
        for id in found {
            let Some(dialog) = self.dialogs.get_mut(&id) else { continue };
            let (lost, before) = (dialog.lost.take(), std::mem::replace(&mut dialog.flow, flow));
            self.timers.stop(lost);
            self.links.move_dialog(id, before.link(), flow.link());
            self.send_waiting(now, id, out);
        }
    }

    /// Ends a dialog that its peer does not refresh a little before its time is over, as is recommended for calls (RFC 4028,
    /// 10).
    pub fn end_before_expiry(&mut self, now: Instant, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        if !std::mem::replace(&mut dialog.ends_early, true) && dialog.expiry.is_some() {
            self.timers.stop(dialog.expiry.take());
            let until = dialog.expires().unwrap_or(now + dialog.timer.interval);
            dialog.expiry = Some(self.timers.start(until, Timer::Expiry(id)));
        }
    }

    /// Counts of what happened since the start and is not an event.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How much is kept.
    pub fn sizes(&self) -> Sizes {
        let unacknowledged = self.dialogs.values().filter(|dialog| dialog.success.is_some()).count();
        Sizes {
            links: self.links.len(),
            dialogs: self.dialogs.len(),
            timers: self.timers.len(),
            waiting: self.dialogs.values().map(Dialog::waiting).sum(),
            repeated: self.clients.len() + unacknowledged + self.servers.repeated(),
            answered: self.servers.len(),
            events: self.events.len(),
            gathered: self.links.gathered(),
            response_bytes: self.servers.bytes(),
            waiting_bytes: self.waiting_bytes,
            addresses: self.proofs.len(),
        }
    }

    /// Makes a dialog of an INVITE, or of a SUBSCRIBE, that came outside one. It is early until the INVITE is answered, and over if that is
    /// no success.
    ///
    /// # Errors
    /// The status to refuse the INVITE with.
    pub fn establish(
        &mut self,
        now: Instant,
        user: U,
        incoming: &mut Incoming,
    ) -> Result<DialogId, StatusCode> {
        if self.dialogs.len() >= self.settings.limits.dialogs {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let timer = SessionTimer::grant(incoming.request.headers(), &self.settings.session_timer)
            .map_err(|_| StatusCode::SESSION_INTERVAL_TOO_SMALL)?;
        let id = DialogId::new(incoming.tag.unwrap_or_else(|| self.identifiers.tag()), 0);
        let dialog = Dialog::of_called(now, id, user, &incoming.request, incoming.flow, timer)?;
        self.insert_dialog(dialog);
        incoming.dialog = Some(id);
        incoming.opens = true;
        if let Some(invite) = incoming.transaction.and_then(|key| self.servers.get(now, key)?.invite.as_mut())
        {
            invite.dialog = Some(id);
        }
        Ok(id)
    }

    fn insert_dialog(&mut self, dialog: Dialog<U>) {
        self.links.move_dialog(dialog.id, None, dialog.flow.link());
        self.dialogs.insert(dialog.id, dialog);
    }

    /// Writes whole messages on a flow; false if its connection is gone.
    fn transmit(&self, flow: &Flow, bytes: &[u8], out: &mut dyn Transmit) -> bool {
        match *flow {
            Flow::Datagrams { local, peer } => out.datagram(local, peer, bytes.to_vec()),
            Flow::Link { link, .. } if self.links.contains(link) => out.link(link).extend_from_slice(bytes),
            Flow::Link { .. } => return false,
        }
        true
    }

    /// Where requests of the peer come to: the value of Contact. A listener on every address is named as the peer named
    /// it.
    fn contact(flow: &Flow, user: &str, named: Option<&str>) -> String {
        let (local, transport) = (flow.local(), flow.contact_parameter());
        let at = if user.is_empty() { "" } else { "@" };
        match named.filter(|host| local.ip().is_unspecified() && !host.is_empty()) {
            None => format!("<sip:{user}{at}{local}{transport}>"),
            Some(host) => format!("<sip:{user}{at}{host}:{}{transport}>", local.port()),
        }
    }
}
