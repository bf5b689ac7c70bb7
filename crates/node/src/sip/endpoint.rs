//! What is done with a message.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    net::SocketAddr,
    time::Duration,
};

use hookflash_core::{Instant, Switch, Timers};
use hookflash_wire::sip::{
    FrameError, Framed, Message, Method, ParseError, Request, Response, Scheme, StatusCode,
};
use tracing::{debug, warn};

use super::{
    Dialog, DialogId, Flow, Incoming, SUPPORTED, SessionTimer,
    dialog::{Manners, Spare},
    flow::Links,
    identifiers::Identifiers,
    incoming::Content,
    transaction::{self, Answered, Begun},
};
use crate::{LinkId, NodeSettings, Outbox, Sizes, UacstaSettings};

/// How long a dialog waits for its client after its link was lost.
pub const LINK_GRACE: Duration = Duration::from_secs(32);

/// What the SIP layer has for its user.
// An event is taken at once; a box would cost an allocation for each request.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Event {
    /// A request with a CSTA body: an INVITE outside a dialog (to be established or refused), or an INVITE, INFO
    /// or UPDATE in one.
    Request(Incoming),
    /// A REGISTER, in a dialog or not. Only if the registrar is on.
    Register(Incoming),
    /// A dialog has ended; nothing can be sent in it any more.
    Ended(DialogId, EndReason),
}

/// Why a dialog ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndReason {
    /// The client said goodbye.
    Bye,
    /// The client gave no sign of life for the agreed time.
    Expired,
    /// The link broke and the client did not come back.
    LinkLost,
    /// The client answered that it does not know the dialog.
    Unknown,
    /// More requests waited for the client than are kept.
    TooSlow,
    /// The client never acknowledged its INVITE, or has not yet, and others needed the room.
    NotAcknowledged,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EndReason::Bye => "the client said goodbye",
            EndReason::Expired => "the session expired",
            EndReason::LinkLost => "the connection was lost",
            EndReason::Unknown => "the client does not know the dialog",
            EndReason::TooSlow => "the client takes events too slowly",
            EndReason::NotAcknowledged => "the client did not acknowledge",
        })
    }
}

/// Everything in SIP that happens because time passes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Timer {
    /// A link may have said nothing for too long.
    LinkIdle(LinkId),
    /// A dialog's client did not come back.
    LinkLost(DialogId),
    /// A request of ours with this CSeq is to be repeated.
    Repeat(DialogId, u32),
    /// A 2xx of ours is to be repeated.
    Acknowledge(DialogId),
    /// A dialog may have expired.
    Expiry(DialogId),
    /// A dialog that is ours to refresh.
    Refresh(DialogId),
}

/// The SIP layer; see the [module page](super).
#[derive(Debug)]
pub struct Endpoint {
    pub(super) settings: UacstaSettings,
    /// Whether REGISTER is served.
    pub(super) registrar: bool,
    max_dialogs: usize,
    pub(super) identifiers: Identifiers,
    pub(super) links: Links,
    pub(super) answered: Answered,
    pub(super) begun: Begun,
    pub(super) dialogs: BTreeMap<DialogId, Dialog>,
    /// Dialogs that can be spared: those that end, and those over UDP that were never acknowledged.
    pub(super) spare: BTreeSet<Spare>,
    /// Bytes of bodies that wait in all dialogs.
    pub(super) waiting_bytes: usize,
    pub(super) timers: Timers<Timer>,
    pub(super) events: VecDeque<Event>,
}

impl Endpoint {
    /// An endpoint to which nobody has spoken.
    pub fn new(settings: &NodeSettings, switch: &Switch) -> Endpoint {
        Endpoint {
            settings: settings.uacsta.clone(),
            registrar: settings.registrar.enabled,
            max_dialogs: switch.settings().cti.max_sessions,
            identifiers: Identifiers::new(switch.settings().seed),
            links: Links::default(),
            answered: Answered::default(),
            begun: Begun::default(),
            dialogs: BTreeMap::new(),
            spare: BTreeSet::new(),
            waiting_bytes: 0,
            timers: Timers::default(),
            events: VecDeque::new(),
        }
    }

    /// Other settings hold from now on, for dialogs that begin.
    pub(crate) fn configure(&mut self, settings: &NodeSettings) {
        self.settings.clone_from(&settings.uacsta);
        self.registrar = settings.registrar.enabled;
    }

    /// A TCP connection was opened to us. When too many are open, the oldest one by which no dialog and no registration
    /// goes makes room; if there is none, the new one is closed.
    pub fn connected(
        &mut self,
        now: Instant,
        link: LinkId,
        local: SocketAddr,
        peer: SocketAddr,
        outbox: &mut Outbox,
    ) {
        if self.links.len() >= self.settings.max_links {
            let Some(oldest) = self.links.oldest_spare() else {
                warn!(%peer, "SIP connection refused: {} are open", self.links.len());
                return outbox.close(link);
            };
            self.drop_link(now, oldest, format_args!("too many are open"), outbox);
        }
        self.links.insert(now, link, Flow::Link { link, local, peer }, &mut self.timers);
    }

    /// Takes at most one message from the front of `bytes`, which came in on a link; true if there may be more.
    /// See to the [events](Endpoint::poll_event) after each.
    pub fn received(&mut self, now: Instant, link: LinkId, bytes: &mut &[u8], outbox: &mut Outbox) -> bool {
        let Some(entry) = self.links.get_mut(link) else { return false };
        let flow = entry.flow;
        let parsed = match entry.framer.next(bytes) {
            Ok(None) => return false,
            Ok(Some(Framed::Ping)) => {
                entry.heard = now;
                outbox.link(link).extend_from_slice(b"\r\n");
                return true;
            }
            Ok(Some(Framed::Message(message))) => Message::parse(message),
            Err(error) => {
                self.unframed(now, flow, error, outbox);
                return false;
            }
        };
        entry.heard = now;
        match parsed {
            Ok(Message::Request(request)) => self.request(now, incoming(request, flow), outbox),
            Ok(Message::Response(response)) => self.response(now, &response, outbox),
            Err(error) => self.unreadable(now, flow, error, outbox),
        }
        true
    }

    /// A link was closed by the other end, or broke.
    pub fn closed(&mut self, now: Instant, link: LinkId) {
        let Some(entry) = self.links.remove(link, &mut self.timers) else { return };
        for id in entry.dialogs {
            let Some(dialog) = self.dialogs.get_mut(&id) else { continue };
            debug!(dialog = %id, peer = %entry.flow, "connection lost; waiting for the client");
            dialog.lost = Some(self.timers.start(now + LINK_GRACE, Timer::LinkLost(id)));
        }
    }

    /// A datagram came in.
    pub fn datagram(
        &mut self,
        now: Instant,
        local: SocketAddr,
        from: SocketAddr,
        bytes: &[u8],
        outbox: &mut Outbox,
    ) {
        match Message::parse(bytes) {
            Ok(Message::Request(request)) => {
                let flow = Flow::of_datagram(local, from, &request);
                let key = transaction::key(&flow, &request, &request.method, bytes);
                self.request(now, Incoming { key, ..incoming(request, flow) }, outbox);
            }
            Ok(Message::Response(response)) => self.response(now, &response, outbox),
            Err(error) => self.unreadable(now, Flow::Datagrams { local, peer: from }, error, outbox),
        }
    }

    /// What the layer has for its user.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Endpoint::handle_timeout`] has something to do next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Runs what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::LinkIdle(link) => self.link_idle(now, link, outbox),
                Timer::LinkLost(id) => self.fail(now, id, EndReason::LinkLost, outbox),
                Timer::Repeat(id, cseq) => self.repeat_request(now, id, cseq, outbox),
                Timer::Acknowledge(id) => self.repeat_success(now, id, outbox),
                Timer::Expiry(id) => self.expiry(now, id, outbox),
                Timer::Refresh(id) => self.refresh(now, id, outbox),
            }
        }
    }

    /// A dialog that has not ended.
    pub fn dialog(&self, id: DialogId) -> Option<&Dialog> {
        self.dialogs.get(&id).filter(|dialog| !dialog.closing)
    }

    /// Somebody registered by a link, which stays open although no dialog goes by it, until
    /// [`Endpoint::release_link`] has been called as often.
    pub fn hold_link(&mut self, link: LinkId) {
        self.links.hold(link);
    }

    /// A registration by a link ended, or goes by another one now.
    pub fn release_link(&mut self, link: LinkId) {
        self.links.release(link);
    }

    /// Counts what is kept.
    pub(crate) fn count(&self, sizes: &mut Sizes) {
        sizes.sip_links = self.links.len();
        sizes.dialogs = self.dialogs.len();
        sizes.sip_timers = self.timers.len();
        sizes.waiting = self.dialogs.values().map(Dialog::waiting).sum();
        let repeated =
            |dialog: &Dialog| dialog.outstanding.len() + usize::from(dialog.unacknowledged.is_some());
        sizes.repeated = self.dialogs.values().map(repeated).sum();
        sizes.answered = self.answered.len();
        sizes.under_way += self.events.len();
    }

    /// How many TCP connections are open.
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Makes a dialog of an INVITE that came outside one. It stays when the INVITE is then answered with success.
    ///
    /// # Errors
    /// The status to refuse the INVITE with.
    pub fn establish(&mut self, now: Instant, incoming: &mut Incoming) -> Result<DialogId, StatusCode> {
        if self.dialogs.len() >= self.max_dialogs {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let timer = SessionTimer::negotiate(incoming.request.headers(), &self.settings)
            .map_err(|_| StatusCode::SESSION_INTERVAL_TOO_SMALL)?;
        let id = self.identifiers.dialog();
        let dialog = Dialog::new(now, id, &incoming.request, incoming.flow, timer)?;
        self.dialogs.insert(id, dialog);
        self.links.move_dialog(id, None, incoming.flow.link());
        incoming.dialog = Some(id);
        incoming.opens = true;
        Ok(id)
    }

    /// What is wrong with a request before anybody looks into its body, if anything.
    fn refusal(&self, incoming: &Incoming) -> Option<StatusCode> {
        let request = &incoming.request;
        let headers = request.headers();
        if request.check().is_err() || headers.max_forwards().is_err() {
            return Some(StatusCode::BAD_REQUEST);
        }
        match request.method {
            Method::Invite
            | Method::Bye
            | Method::Cancel
            | Method::Info
            | Method::Update
            | Method::Options => {}
            Method::Register if self.registrar => {}
            Method::Other(_) => return Some(StatusCode::NOT_IMPLEMENTED),
            _ => return Some(StatusCode::METHOD_NOT_ALLOWED),
        }
        if !matches!(request.uri().scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel) {
            return Some(StatusCode::UNSUPPORTED_URI_SCHEME);
        }
        let understood = |tag: &str| tag.eq_ignore_ascii_case(SUPPORTED);
        if request.method != Method::Cancel && !headers.require().iter().all(understood) {
            return Some(StatusCode::BAD_EXTENSION);
        }
        let refresh = incoming.is_session_refresh();
        if refresh && SessionTimer::negotiate(headers, &self.settings).is_err() {
            return Some(StatusCode::SESSION_INTERVAL_TOO_SMALL);
        }
        None
    }

    fn request(&mut self, now: Instant, incoming: Incoming, outbox: &mut Outbox) {
        if incoming.request.method == Method::Ack {
            return self.acknowledged(now, &incoming, outbox);
        }
        if let Some(response) = incoming.key.as_ref().and_then(|key| self.answered.get(now, key)) {
            debug!(peer = %incoming.flow, "repeated request answered again");
            return outbox.datagram(incoming.flow.local(), incoming.flow.peer(), response.to_vec());
        }
        if let Some(status) = self.refusal(&incoming) {
            return self.reply(now, incoming, status, None, outbox);
        }
        let in_dialog = incoming.to().is_some_and(|to| to.tag().is_some());
        match (&incoming.request.method, in_dialog) {
            (Method::Cancel, _) => self.cancel(now, incoming, outbox),
            (Method::Register, _) => self.events.push_back(Event::Register(incoming)),
            (_, true) => self.in_dialog(now, incoming, outbox),
            (Method::Options, false) => self.reply(now, incoming, StatusCode::OK, None, outbox),
            (Method::Invite, false) => self.invite(now, incoming, outbox),
            (_, false) => self.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST, None, outbox),
        }
    }

    /// An INVITE that wants to begin a dialog, unless it has: the same one may come again over TCP too, and one that
    /// took two ways comes twice (RFC 3261, 8.2.2.2). Who lost the connection over which it came may begin anew.
    fn invite(&mut self, now: Instant, mut incoming: Incoming, outbox: &mut Outbox) {
        let begun = self.begun.get(now, &incoming.request);
        match begun.filter(|(id, _)| self.dialog(*id).is_some_and(Dialog::is_reachable)) {
            Some((_, false)) => return self.reply(now, incoming, StatusCode::LOOP_DETECTED, None, outbox),
            Some((id, true)) => {
                incoming.dialog = Some(id);
                self.heard(now, id, incoming.flow, outbox);
            }
            None => {}
        }
        if incoming.content() == Content::Csta {
            if incoming.dialog.is_none() && self.dialogs.len() >= self.max_dialogs {
                self.make_room(now, outbox);
            }
            self.events.push_back(Event::Request(incoming));
        } else {
            self.reply(now, incoming, StatusCode::UNSUPPORTED_MEDIA_TYPE, None, outbox);
        }
    }

    /// Gives up the dialog that can best be spared. Anybody can send an INVITE from any address as a datagram; only
    /// who gets the answer can acknowledge it.
    fn make_room(&mut self, now: Instant, outbox: &mut Outbox) {
        if let Some(id) = self.spare.first().map(|spare| spare.dialog) {
            self.fail(now, id, EndReason::NotAcknowledged, outbox);
            self.forget(id);
        }
    }

    /// Every INVITE is answered at once, so that there is never anything left to cancel.
    fn cancel(&mut self, now: Instant, mut incoming: Incoming, outbox: &mut Outbox) {
        incoming.dialog = self.begun.get(now, &incoming.request).map(|(id, _)| id);
        let refused = transaction::key(&incoming.flow, &incoming.request, &Method::Invite, &[]);
        let found =
            incoming.dialog.is_some() || refused.is_some_and(|key| self.answered.get(now, &key).is_some());
        let status = if found { StatusCode::OK } else { StatusCode::CALL_DOES_NOT_EXIST };
        self.reply(now, incoming, status, None, outbox);
    }

    fn in_dialog(&mut self, now: Instant, mut incoming: Incoming, outbox: &mut Outbox) {
        let Some(id) = self.dialog_of(&incoming) else {
            return self.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST, None, outbox);
        };
        incoming.dialog = Some(id);
        self.heard(now, id, incoming.flow, outbox);
        // A client that says goodbye has counted wrong at most.
        let overtaken = |dialog: &mut Dialog| dialog.is_overtaken(&incoming.request);
        if incoming.request.method != Method::Bye && self.dialogs.get_mut(&id).is_some_and(overtaken) {
            return self.reply(now, incoming, StatusCode::SERVER_INTERNAL_ERROR, None, outbox);
        }
        let content = incoming.content();
        match (&incoming.request.method, content) {
            (Method::Bye, _) => {
                self.reply(now, incoming, StatusCode::OK, None, outbox);
                self.forget(id);
                self.events.push_back(Event::Ended(id, EndReason::Bye));
            }
            (Method::Options, _) | (_, Content::None) => {
                self.reply(now, incoming, StatusCode::OK, None, outbox);
            }
            (_, Content::Csta) => self.events.push_back(Event::Request(incoming)),
            (_, Content::Other) => {
                self.reply(now, incoming, StatusCode::UNSUPPORTED_MEDIA_TYPE, None, outbox);
            }
        }
    }

    /// The dialog that a request with a tag in To belongs to.
    fn dialog_of(&self, incoming: &Incoming) -> Option<DialogId> {
        let id = DialogId::from_tag(incoming.to()?.tag()?)?;
        let remote_tag = incoming.from()?.tag().unwrap_or_default();
        self.dialog(id)?.matches(incoming.call_id(), remote_tag).then_some(id)
    }

    /// The client spoke in the dialog: it lives, is where it spoke from, and gets what waits for it.
    fn heard(&mut self, now: Instant, id: DialogId, flow: Flow, outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        dialog.heard = now;
        if let Some(success) = dialog.unacknowledged.take() {
            self.timers.stop(success.deadline);
            self.spare.remove(&dialog.as_spare());
        }
        let lost = dialog.lost.take();
        let before = std::mem::replace(&mut dialog.flow, flow);
        if lost.is_none() && before == flow {
            return;
        }
        debug!(dialog = %id, peer = %flow, "the client is reached another way now");
        self.timers.stop(lost);
        self.links.move_dialog(id, before.link(), flow.link());
        self.send_waiting(now, id, outbox);
    }

    /// An ACK is never answered, and any ACK of the dialog will do.
    fn acknowledged(&mut self, now: Instant, incoming: &Incoming, outbox: &mut Outbox) {
        if let Some(id) = self.dialog_of(incoming) {
            self.heard(now, id, incoming.flow, outbox);
        }
    }

    fn response(&mut self, now: Instant, response: &Response, outbox: &mut Outbox) {
        let headers = response.headers();
        let (Ok(from), Ok(to), Ok(call_id), Ok(cseq)) =
            (headers.from(), headers.to(), headers.call_id(), headers.cseq())
        else {
            return debug!("response without the usual headers dropped");
        };
        let Some(id) = from.tag().and_then(DialogId::from_tag) else { return };
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        if !dialog.matches(call_id, to.tag().unwrap_or_default()) || response.status.is_provisional() {
            return;
        }
        dialog.heard = now;
        dialog.manners = Manners::Answers;
        let answers =
            |request: &transaction::Repeated| request.cseq == cseq.number && request.method == cseq.method;
        if let Some(place) = dialog.outstanding.iter().position(answers) {
            let answered = dialog.outstanding.remove(place);
            self.timers.stop(answered.and_then(|request| request.deadline));
            if dialog.closing {
                return self.forget(id);
            }
        }
        if response.status == StatusCode::CALL_DOES_NOT_EXIST {
            return self.fail(now, id, EndReason::Unknown, outbox);
        }
        if cseq.method == Method::Update && dialog.timer.is_ours() {
            self.restart_session_timer(now, id);
        }
        self.send_waiting(now, id, outbox);
    }

    /// A stream that cannot be cut into messages any more.
    fn unframed(&mut self, now: Instant, flow: Flow, error: FrameError, outbox: &mut Outbox) {
        let Some(link) = flow.link() else { return };
        let head = self.links.get_mut(link).and_then(|entry| entry.framer.refused_head()).map(Message::parse);
        let request = match head {
            Some(Ok(Message::Request(request))) => Some(request),
            Some(Err(error)) => error.request().cloned(),
            _ => None,
        };
        let status = match error {
            FrameError::BodyTooLarge(_) => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            FrameError::HeadTooLarge => StatusCode::MESSAGE_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        if let Some(request) = request.filter(|request| request.method != Method::Ack) {
            self.reply(now, incoming(request, flow), status, None, outbox);
        }
        self.drop_link(now, link, format_args!("{error}"), outbox);
    }

    /// A message that cannot be read. It is answered if it is a request with a readable head.
    fn unreadable(&mut self, now: Instant, flow: Flow, error: ParseError, outbox: &mut Outbox) {
        match (error.request(), flow.link()) {
            (Some(request), _) if request.method == Method::Ack => {}
            (Some(request), _) => {
                debug!(peer = %flow, %error, "bad SIP request");
                let request: Request = request.clone();
                let flow = match flow {
                    Flow::Datagrams { local, peer } => Flow::of_datagram(local, peer, &request),
                    link => link,
                };
                self.reply(now, incoming(request, flow), error.status(), None, outbox);
            }
            (None, Some(link)) => self.drop_link(now, link, format_args!("{error}"), outbox),
            (None, None) => debug!(peer = %flow, %error, "datagram that is no SIP dropped"),
        }
    }

    fn link_idle(&mut self, now: Instant, link: LinkId, outbox: &mut Outbox) {
        if self.links.is_idle(now, link, &mut self.timers) {
            self.drop_link(now, link, format_args!("nothing goes by it"), outbox);
        }
    }

    /// Closes a link from our side.
    fn drop_link(&mut self, now: Instant, link: LinkId, why: fmt::Arguments<'_>, outbox: &mut Outbox) {
        if let Some(entry) = self.links.get_mut(link) {
            debug!(peer = %entry.flow, "SIP connection closed: {why}");
            outbox.close(link);
            self.closed(now, link);
        }
    }
}

fn incoming(request: Request, flow: Flow) -> Incoming {
    Incoming { request, flow, key: None, dialog: None, opens: false }
}
