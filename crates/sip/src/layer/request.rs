//! Requests of peers, before a user sees them.

use hookflash_time::Instant;
use hookflash_wire::sip::{HeaderName, Message, Method, Request, Scheme, StatusCode};
use tracing::debug;

use super::{EndReason, Event, Layer, TRYING_AFTER, Timer, reply::answer_again};
use crate::{
    Dialog, DialogId, Flow, Incoming, InviteId, Reply, SessionTimer, Transmit,
    dialog::Success,
    transaction::{Repeated, ServerInvite, ServerKey, State},
};

/// What a message in a dialog says about our 2xx to its INVITE.
#[derive(Debug)]
enum Ack {
    /// It is the ACK, unless it is one that an INVITE before has overtaken.
    Is(Box<Request>),
    /// Its sender must have got the 2xx. Where the ACK has to bring the answer to our offer, it is waited for all the same.
    Implied,
    /// Its sender must have got the 2xx, and wants nothing of it: BYE.
    Never,
}

impl<U: Copy> Layer<U> {
    /// Takes a request.
    pub(super) fn request(&mut self, now: Instant, mut incoming: Incoming, out: &mut dyn Transmit) {
        if self.is_scan(&incoming) {
            return;
        }
        if let Some(header) = incoming.request.headers().oversized() {
            debug!(peer = %incoming.flow, header, "request refused: a header is too long");
            if incoming.request.method != Method::Ack {
                self.refuse_unkept(now, &mut incoming, StatusCode::MESSAGE_TOO_LARGE, out);
            }
            return;
        }
        let request = &incoming.request;
        let (datagram, invite) = (incoming.flow.link().is_none(), request.method == Method::Invite);
        // Over a stream, other requests are never taken for repeated ones.
        if datagram || invite || matches!(request.method, Method::Ack | Method::Cancel) {
            incoming.origin = self.servers.origin(request);
        }
        if request.method == Method::Ack {
            return self.acknowledged(now, incoming, out);
        }
        if datagram || invite {
            incoming.transaction = incoming.origin.and_then(|origin| self.servers.key(request, origin));
            if self.is_repeated(now, &mut incoming, out) || self.is_over_share(now, &mut incoming, out) {
                return;
            }
        }
        if let Some(status) = self.refusal(&incoming) {
            return self.reply(now, incoming, status.into(), out);
        }
        let in_dialog = incoming.to().is_some_and(|to| to.tag().is_some());
        match (&incoming.request.method, in_dialog) {
            (Method::Cancel, _) => self.cancelled(now, incoming, out),
            (Method::Register, _) => self.pass_on(now, incoming, Event::Request),
            // A subscription of a user's own, for which there is no dialog here.
            (Method::Notify, true) if self.dialog_of(&incoming).is_none() => {
                self.pass_on(now, incoming, Event::Request);
            }
            (_, true) => self.in_dialog(now, incoming, out),
            (Method::Options, false) => self.reply(now, incoming, StatusCode::OK.into(), out),
            (Method::Invite, false) => self.initial_invite(now, incoming, out),
            (Method::Bye | Method::Info | Method::Update | Method::Prack, false) => {
                self.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST.into(), out);
            }
            (_, false) => self.pass_on(now, incoming, Event::Request),
        }
    }

    /// Whether the request is known already; then it is dealt with. An INVITE by a stream is not, except while it is
    /// not answered: who sends the same one again there means it.
    fn is_repeated(&mut self, now: Instant, incoming: &mut Incoming, out: &mut dyn Transmit) -> bool {
        let Some(server) = incoming.transaction.and_then(|key| self.servers.get(now, key)) else {
            return false;
        };
        let stream = incoming.flow.link().is_some();
        match &server.invite {
            // What was answered over a stream has left no response to send again.
            Some(invite) if invite.state != State::Proceeding && (stream || server.response.is_empty()) => {
                return false;
            }
            _ => self.counters.requests_again += 1,
        }
        if server.invite.as_ref().is_some_and(|invite| invite.when_repeated() == Repeated::Absorbed) {
            return true;
        }
        if server.response.is_empty() {
            return true;
        }
        debug!(peer = %incoming.flow, "response to a repeated request sent again");
        let response = server.response.to_vec();
        self.send_answer(&incoming.flow, &response, out);
        true
    }

    /// What is wrong with a request before anybody looks into its body, if anything.
    fn refusal(&self, incoming: &Incoming) -> Option<StatusCode> {
        let request = &incoming.request;
        let headers = request.headers();
        if request.check().is_err() || headers.max_forwards().is_err() {
            return Some(StatusCode::BAD_REQUEST);
        }
        let capabilities = &self.settings.capabilities;
        if !capabilities.allows(request.method.as_str()) {
            return Some(match request.method {
                Method::Other(_) => StatusCode::NOT_IMPLEMENTED,
                _ => StatusCode::METHOD_NOT_ALLOWED,
            });
        }
        match request.uri().scheme {
            Scheme::Sip | Scheme::Sips | Scheme::Tel => {}
            // It cannot be taken apart.
            Scheme::Other("") => return Some(StatusCode::BAD_REQUEST),
            Scheme::Other(_) => return Some(StatusCode::UNSUPPORTED_URI_SCHEME),
        }
        // Nothing is unpacked here (RFC 3261, 8.2.3).
        let packed = headers.get(HeaderName::CONTENT_ENCODING).map(str::trim);
        if packed.is_some_and(|how| !how.is_empty() && !how.eq_ignore_ascii_case("identity")) {
            return Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        // Headers are for addresses that people write down, not for the request line (RFC 3261, 19.1.1).
        if request.uri_text().contains('?') {
            return Some(StatusCode::BAD_REQUEST);
        }
        let understood = |tag: &str| capabilities.supports(tag);
        if request.method != Method::Cancel && !headers.require().iter().all(understood) {
            return Some(StatusCode::BAD_EXTENSION);
        }
        let refresh = incoming.is_session_refresh();
        if refresh && (headers.session_expires().is_err() || headers.min_se().is_err()) {
            return Some(StatusCode::BAD_REQUEST);
        }
        if refresh && SessionTimer::grant(headers, &self.settings.session_timer).is_err() {
            return Some(StatusCode::SESSION_INTERVAL_TOO_SMALL);
        }
        None
    }

    /// Gives a request to a user. From now on a repeated one is known.
    fn pass_on(&mut self, now: Instant, incoming: Incoming, event: impl FnOnce(Incoming) -> Event<U>) {
        if let Some(key) = incoming.transaction {
            self.servers.begin(now, key, incoming.flow.peer().ip());
        }
        self.events.push_back(event(incoming));
    }

    /// Gives an INVITE to a user.
    fn pass_invite_on(
        &mut self,
        now: Instant,
        mut incoming: Incoming,
        out: &mut dyn Transmit,
        event: impl FnOnce(Incoming) -> Event<U>,
    ) {
        if self.servers.pending() >= self.settings.limits.pending {
            return self.reply(now, incoming, StatusCode::SERVICE_UNAVAILABLE.into(), out);
        }
        self.begin_invite(now, &incoming);
        self.prepare_trying(now, &mut incoming);
        if let Some(key) = incoming.transaction {
            let trying = self.timers.start(now + TRYING_AFTER, Timer::Server(key));
            if let Some(invite) = self.servers.get(now, key).and_then(|server| server.invite.as_mut()) {
                invite.dialog = incoming.dialog;
                invite.deadline = Some(trying);
            }
        }
        self.events.push_back(event(incoming));
    }

    /// Begins the transaction of an INVITE.
    pub(super) fn begin_invite(&mut self, now: Instant, incoming: &Incoming) {
        let (Some(key), Some(origin)) = (incoming.transaction, incoming.origin) else { return };
        let initial = incoming.to().is_none_or(|to| to.tag().is_none());
        let invite = ServerInvite::new(now, incoming.flow, origin, initial);
        self.servers.begin_invite(now, key, invite);
    }

    /// An INVITE that wants to begin a dialog, unless it has: one that took two ways comes twice (RFC 3261, 8.2.2.2), and
    /// the same one may come again over TCP. Who lost the connection over which it came may begin anew.
    fn initial_invite(&mut self, now: Instant, mut incoming: Incoming, out: &mut dyn Transmit) {
        let before = incoming.origin.and_then(|origin| self.servers.by_origin(now, origin));
        let before = before.filter(|(_, invite)| invite.initial);
        let before = before.map(|(key, invite)| (key, invite.state, invite.dialog));
        match before {
            Some((_, State::Proceeding, _)) => {
                return self.reply(now, incoming, StatusCode::LOOP_DETECTED.into(), out);
            }
            Some((key, State::Accepted, Some(id))) if self.dialog(id).is_some_and(Dialog::is_reachable) => {
                // Who knows the INVITE only, and not our tag, must have taken up a connection from the same address.
                let stream = incoming.flow.link().is_some();
                if incoming.transaction != Some(key) || !stream || !self.may_speak(id, &incoming.flow) {
                    return self.reply(now, incoming, StatusCode::LOOP_DETECTED.into(), out);
                }
                incoming.dialog = Some(id);
                self.heard(now, id, incoming.flow, Ack::Implied, out);
                return self.invite_in_dialog(now, id, incoming, out);
            }
            _ => {}
        }
        if self.dialogs.len() >= self.settings.limits.dialogs {
            self.make_room(now, out);
        }
        self.pass_invite_on(now, incoming, out, Event::Request);
    }

    /// Gives up the best candidate. Anybody can send an INVITE from any address as a datagram; only who gets the response
    /// can acknowledge it.
    fn make_room(&mut self, now: Instant, out: &mut dyn Transmit) {
        if let Some(id) = self.evictable.first().map(|candidate| candidate.dialog) {
            self.fail(now, id, EndReason::NotAcknowledged, out);
            self.forget(id);
        }
    }

    /// CANCEL: there is something left to cancel only while its INVITE is not answered (RFC 3261, 9.2).
    fn cancelled(&mut self, now: Instant, mut incoming: Incoming, out: &mut dyn Transmit) {
        let Some((key, state)) = self.invite_of(now, &mut incoming) else {
            return self.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST.into(), out);
        };
        let dialog = incoming.dialog.and_then(|id| self.dialogs.get(&id));
        let user = dialog.map(|dialog| dialog.user);
        self.reply(now, incoming, StatusCode::OK.into(), out);
        if state == State::Proceeding {
            self.events.push_back(Event::Cancelled(user, InviteId(key)));
        }
    }

    /// The INVITE that a CANCEL is for: by branch, else by Call-ID, CSeq and From tag. Notes its dialog.
    fn invite_of(&mut self, now: Instant, cancel: &mut Incoming) -> Option<(ServerKey, State)> {
        let origin = cancel.origin?;
        let exact = self.servers.key_of_cancelled(&cancel.request, origin);
        let exact = exact.filter(|key| self.servers.get(now, *key).is_some());
        let key = match exact {
            Some(key) => key,
            None => self.servers.by_origin(now, origin)?.0,
        };
        let invite = self.servers.get(now, key)?.invite.as_ref()?;
        cancel.dialog = invite.dialog;
        Some((key, invite.state))
    }

    fn in_dialog(&mut self, now: Instant, mut incoming: Incoming, out: &mut dyn Transmit) {
        let Some(id) = self.dialog_of(&incoming) else {
            return self.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST.into(), out);
        };
        if !self.may_speak(id, &incoming.flow) {
            debug!(dialog = %id, peer = %incoming.flow, "request in a dialog refused: it comes from another address");
            return self.reply(now, incoming, StatusCode::CALL_DOES_NOT_EXIST.into(), out);
        }
        incoming.dialog = Some(id);
        if self.is_same_again(now, id, &incoming, out) {
            return;
        }
        let ack = if incoming.request.method == Method::Bye { Ack::Never } else { Ack::Implied };
        self.heard(now, id, incoming.flow, ack, out);
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        // A peer that says goodbye has counted wrong at most.
        if incoming.request.method != Method::Bye && dialog.is_overtaken(&incoming.request) {
            return self.reply(now, incoming, StatusCode::SERVER_INTERNAL_ERROR.into(), out);
        }
        dialog.last = incoming.transaction;
        let user = dialog.user;
        match incoming.request.method {
            Method::Bye => self.bye(now, id, incoming, out),
            Method::Options => self.reply(now, incoming, StatusCode::OK.into(), out),
            Method::Invite => self.invite_in_dialog(now, id, incoming, out),
            _ => self.pass_on(now, incoming, |incoming| Event::RequestInDialog(user, id, incoming)),
        }
    }

    /// Whether this is the request before it once more with a branch of its own. It is carried out once: it gets the
    /// same response, or none if there is none yet.
    fn is_same_again(
        &mut self,
        now: Instant,
        id: DialogId,
        incoming: &Incoming,
        out: &mut dyn Transmit,
    ) -> bool {
        let before = self.dialogs.get(&id).and_then(|dialog| dialog.same_before(&incoming.request));
        let Some(before) = before.filter(|key| Some(*key) != incoming.transaction) else { return false };
        let Some(server) = self.servers.get(now, before) else { return false };
        debug!(dialog = %id, peer = %incoming.flow, "request received again with another branch");
        self.counters.requests_again += 1;
        let Ok(Message::Response(response)) = Message::parse(&server.response) else { return true };
        if response.headers().cseq().is_ok_and(|cseq| cseq.method != incoming.request.method) {
            return false;
        }
        let source = Some(incoming.flow.peer());
        let bytes = answer_again(&incoming.request, &response, source);
        self.send_answer(&incoming.flow, &bytes, out);
        true
    }

    /// Whether a message in a dialog is taken that came this way: from the address that its messages go to, that its peer has named in
    /// its Contact, or that the user or the settings trust.
    fn may_speak(&self, id: DialogId, flow: &Flow) -> bool {
        let Some(dialog) = self.dialogs.get(&id) else { return false };
        let source = flow.peer().ip();
        source == dialog.flow.peer().ip()
            || dialog.next_hop().is_some_and(|hop| hop.ip() == source)
            || dialog.welcome == Some(source)
            || self.settings.trusted.contains(&source)
    }

    fn bye(&mut self, now: Instant, id: DialogId, incoming: Incoming, out: &mut dyn Transmit) {
        self.reply(now, incoming, StatusCode::OK.into(), out);
        let user = self.forget(id).map(|dialog| dialog.user);
        self.events.extend(user.map(|user| Event::Ended(user, id, EndReason::Bye)));
    }

    /// An INVITE in a dialog, unless one is under way there (RFC 3261, 14.2).
    fn invite_in_dialog(&mut self, now: Instant, id: DialogId, incoming: Incoming, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        if dialog.inviting.is_some() {
            return self.reply(now, incoming, StatusCode::REQUEST_PENDING.into(), out);
        }
        if dialog.invited.is_some() {
            let wait = self.identifiers.next() % 11;
            let headers = [(HeaderName::RETRY_AFTER, wait.to_string())];
            let reply = Reply::from(StatusCode::SERVER_INTERNAL_ERROR).with_headers(&headers);
            return self.reply(now, incoming, reply, out);
        }
        dialog.invited = incoming.transaction.map(InviteId);
        let user = dialog.user;
        self.pass_invite_on(now, incoming, out, |incoming| Event::RequestInDialog(user, id, incoming));
    }

    /// The dialog that a request with a tag in To belongs to.
    pub(super) fn dialog_of(&self, incoming: &Incoming) -> Option<DialogId> {
        let tag = crate::Tag::parse(incoming.to()?.tag()?)?;
        let remote_tag = incoming.from()?.tag().unwrap_or_default();
        self.dialog_with(tag, incoming.call_id(), remote_tag)
    }

    /// The peer spoke in the dialog: it lives, is where it spoke from, and gets what waits for it.
    fn heard(&mut self, now: Instant, id: DialogId, flow: Flow, ack: Ack, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        dialog.heard = now;
        let is_meant = |success: &mut Success| match &ack {
            Ack::Is(request) => request.headers().cseq().is_ok_and(|cseq| cseq.number >= success.cseq),
            Ack::Implied => !success.offers,
            Ack::Never => true,
        };
        if let Some(success) = dialog.success.take_if(is_meant) {
            self.timers.stop(success.deadline);
            self.evictable.remove(&dialog.as_candidate());
            let acknowledged = |request| Event::Acknowledged(dialog.user, id, request);
            self.events.extend(match ack {
                Ack::Is(request) => Some(acknowledged(Some(*request))),
                Ack::Implied => Some(acknowledged(None)),
                Ack::Never => None,
            });
        }
        if let Flow::Datagrams { peer, .. } = flow {
            self.proofs.proven(now, peer);
        }
        let same_transport = flow.link().is_some() == dialog.flow.link().is_some();
        let stays = dialog.lost.is_none() && dialog.flow == flow;
        // One request moves a dialog within its transport, but not to another one: that takes a connection that was lost.
        if stays || !(same_transport || dialog.lost.is_some() && flow.link().is_some()) {
            return;
        }
        let lost = dialog.lost.take();
        let before = std::mem::replace(&mut dialog.flow, flow);
        debug!(dialog = %id, peer = %flow, "requests to the peer take another flow from now on");
        self.timers.stop(lost);
        self.links.move_dialog(id, before.link(), flow.link());
        self.send_waiting(now, id, out);
    }

    /// An ACK is never answered. That of a response that is no success is known by its INVITE; of the others any ACK of
    /// the dialog will do that is not older than the INVITE.
    fn acknowledged(&mut self, now: Instant, incoming: Incoming, out: &mut dyn Transmit) {
        let Some(origin) = incoming.origin else { return };
        let exact = self.servers.key(&incoming.request, origin);
        let exact = exact.and_then(|key| self.servers.get(now, key)?.invite.as_deref_mut());
        let acknowledged = |invite: &mut ServerInvite| invite.acknowledged().then(|| invite.deadline.take());
        let refused = match exact {
            Some(invite) => acknowledged(invite),
            None => self.servers.by_origin(now, origin).and_then(|(_, invite)| acknowledged(invite)),
        };
        if let Some(deadline) = refused {
            return self.timers.stop(deadline);
        }
        if let Some(id) = self.dialog_of(&incoming).filter(|id| self.may_speak(*id, &incoming.flow)) {
            self.heard(now, id, incoming.flow, Ack::Is(Box::new(incoming.request)), out);
        }
    }
}
