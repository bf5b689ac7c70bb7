//! How requests of peers are answered.

use std::net::SocketAddr;

use hookflash_time::Instant;
use hookflash_wire::sip::{HeaderName, MessageBuilder, Method, Request, Response, StatusCode};

use super::{EndReason, Layer, RETRY_AFTER, Timer};
use crate::{
    DialogId, Flow, Incoming, Reply, SessionTimer, TRANSACTION_TIMEOUT, Transmit,
    dialog::{Stage, Success, finish},
    transaction::{Repetition, ServerKey, State, T2},
};

impl<U: Copy> Layer<U> {
    /// Answers a request with a final response. What the status and method call for in the headers is added. Success to
    /// INVITE or UPDATE refreshes the session.
    ///
    /// An INVITE whose dialog has ended meanwhile is answered 487 instead of success.
    pub fn reply(&mut self, now: Instant, incoming: Incoming, reply: Reply<'_>, out: &mut dyn Transmit) {
        let mut incoming = incoming;
        let mut reply = reply;
        let invite = incoming.request.method == Method::Invite;
        let over = incoming.dialog.is_some_and(|id| self.dialog(id).is_none());
        if invite && over && reply.status.is_success() {
            reply = StatusCode::REQUEST_TERMINATED.into();
        }
        let subscribes = incoming.opens && incoming.request.method == Method::Subscribe;
        if let Some(id) = incoming.dialog.filter(|_| subscribes) {
            self.subscription_answered(id, reply.status);
        }
        if let Some(id) = incoming.dialog.filter(|_| incoming.is_session_refresh()) {
            self.dialog_answered(now, id, &incoming, reply.status);
        }
        let bytes = self.respond(now, &mut incoming, &reply, out);
        let Some(id) = incoming.dialog.filter(|_| invite && reply.status.is_success()) else { return };
        if incoming.acknowledgement_optional && incoming.flow.link().is_some() {
            return;
        }
        self.await_acknowledgement(now, id, &incoming, reply.body.is_some(), bytes);
    }

    /// Sends a provisional response to an INVITE. With a status over 100 after [`Layer::establish`] it belongs to the
    /// early dialog.
    pub fn progress(
        &mut self,
        now: Instant,
        incoming: &mut Incoming,
        reply: Reply<'_>,
        out: &mut dyn Transmit,
    ) {
        if reply.status.is_provisional() {
            self.respond(now, incoming, &reply, out);
        }
    }

    /// Leaves a request without answer, for good. If it comes again it is a new one.
    pub fn leave_unanswered(&mut self, incoming: Incoming) {
        if let Some(key) = incoming.transaction {
            let invite = self.servers.remove(key).and_then(|server| server.invite);
            self.timers.stop(invite.and_then(|invite| invite.deadline));
        }
        let Some(id) = incoming.dialog.filter(|_| incoming.request.method == Method::Invite) else { return };
        if incoming.opens {
            self.forget(id);
        } else if let Some(dialog) = self.dialogs.get_mut(&id) {
            dialog.invited = None;
        }
    }

    /// A SUBSCRIBE that began a dialog is answered. The dialog has no session timer: it lives as long as its user wants.
    fn subscription_answered(&mut self, id: DialogId, status: StatusCode) {
        if !status.is_success() {
            self.forget(id);
        } else if let Some(dialog) = self.dialogs.get_mut(&id) {
            dialog.stage = Stage::Confirmed;
        }
    }

    /// An INVITE or UPDATE in a dialog is answered: the dialog is confirmed, refreshed, or over.
    fn dialog_answered(&mut self, now: Instant, id: DialogId, incoming: &Incoming, status: StatusCode) {
        if status.is_success() {
            self.refreshed(now, id, incoming);
        } else if incoming.opens {
            self.forget(id);
            return;
        }
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        if incoming.request.method == Method::Invite {
            dialog.invited = None;
            if dialog.stage == Stage::Early {
                dialog.stage = Stage::Confirmed;
            }
        }
    }

    /// Sends a response and keeps it as long as its request may be repeated. Its bytes, if they may be needed again.
    pub(super) fn respond(
        &mut self,
        now: Instant,
        incoming: &mut Incoming,
        reply: &Reply<'_>,
        out: &mut dyn Transmit,
    ) -> Vec<u8> {
        let invite = incoming.request.method == Method::Invite;
        self.begin_if_new(now, incoming);
        let kept = match incoming.flow {
            Flow::Link { link, .. } if !self.links.contains(link) => Vec::new(),
            Flow::Link { link, .. } => {
                let buffer = std::mem::take(out.link(link));
                let start = buffer.len();
                let buffer = self.write_response(buffer, incoming, reply);
                let kept = match invite && reply.status.is_success() {
                    true => buffer.get(start..).unwrap_or_default().to_vec(),
                    false => Vec::new(),
                };
                *out.link(link) = buffer;
                kept
            }
            Flow::Datagrams { local, peer } => {
                let bytes = self.write_response(Vec::with_capacity(1024), incoming, reply);
                self.send_answer(&Flow::Datagrams { local, peer }, &bytes, out);
                bytes
            }
        };
        if let Some(key) = incoming.transaction {
            let repeated = if incoming.flow.link().is_none() { kept.as_slice() } else { &[] };
            self.servers.answered(now, key, reply.status, repeated);
            if invite {
                self.invite_answered(now, key, reply.status);
            }
        }
        kept
    }

    /// A request that no user has seen has no transaction yet.
    fn begin_if_new(&mut self, now: Instant, incoming: &Incoming) {
        let Some(key) = incoming.transaction else { return };
        if self
            .servers
            .get(now, key)
            .is_some_and(|server| server.status.is_none_or(StatusCode::is_provisional))
        {
            return;
        }
        match incoming.request.method {
            Method::Invite => self.begin_invite(now, incoming),
            _ => self.servers.begin(now, key, incoming.flow.peer().ip()),
        }
    }

    /// The transaction of an INVITE goes on.
    fn invite_answered(&mut self, now: Instant, key: ServerKey, status: StatusCode) {
        let Some(invite) = self.servers.get(now, key).and_then(|server| server.invite.as_deref_mut()) else {
            return;
        };
        let before = invite.deadline.take();
        if status.is_final() && invite.answered(now, status.is_success()) {
            let at = invite.repetition.next(now);
            invite.deadline = Some(self.timers.start(at, Timer::Server(key)));
        }
        self.timers.stop(before);
    }

    /// Leaves a request unanswered, as if it had not come.
    pub fn discard(&mut self, incoming: Incoming) {
        let server = incoming.transaction.and_then(|key| self.servers.remove(key));
        if let Some(invite) = server.and_then(|server| server.invite) {
            self.timers.stop(invite.deadline);
        }
    }

    /// A user takes its time with an INVITE, or a response that is no success has not been acknowledged.
    pub(super) fn server_due(&mut self, now: Instant, key: ServerKey, out: &mut dyn Transmit) {
        let Some(server) = self.servers.get(now, key) else { return };
        let Some(invite) = server.invite.as_deref_mut() else { return };
        invite.deadline = None;
        match invite.state {
            State::Proceeding => {
                let (flow, trying) = (invite.flow, server.response.to_vec());
                self.send_answer(&flow, &trying, out);
            }
            State::Completed if now < invite.repetition.give_up => {
                let (at, flow) = (invite.repetition.next(now), invite.flow);
                invite.deadline = Some(self.timers.start(at, Timer::Server(key)));
                let response = server.response.to_vec();
                self.counters.repeated += 1;
                self.send_answer(&flow, &response, out);
            }
            _ => {}
        }
    }

    /// Has 100 (Trying) ready, for when the user takes its time or the INVITE comes again.
    pub(super) fn prepare_trying(&mut self, now: Instant, incoming: &mut Incoming) {
        let Some(key) = incoming.transaction else { return };
        let trying = self.write_response(Vec::with_capacity(512), incoming, &StatusCode::TRYING.into());
        self.servers.answered(now, key, StatusCode::TRYING, &trying);
    }

    fn write_response(&mut self, out: Vec<u8>, incoming: &mut Incoming, reply: &Reply<'_>) -> Vec<u8> {
        let tag = match incoming.dialog {
            Some(id) => id.tag(),
            None => *incoming.tag.get_or_insert_with(|| self.identifiers.tag()),
        };
        let source = Some(incoming.flow.peer());
        let mut builder =
            MessageBuilder::reply_onto(out, &incoming.request, reply.status, &tag.to_string(), source);
        builder = self.status_headers(builder, incoming, reply);
        for (name, value) in reply.headers {
            builder = builder.header(*name, value);
        }
        finish(builder, reply.body)
    }

    /// The headers that a status must or should bring along.
    fn status_headers(
        &self,
        builder: MessageBuilder,
        incoming: &Incoming,
        reply: &Reply<'_>,
    ) -> MessageBuilder {
        let status = reply.status;
        let has = |wanted: HeaderName<'_>| reply.headers.iter().any(|(name, _)| *name == wanted);
        match status {
            _ if status.is_success() => self.success_headers(builder, incoming),
            StatusCode::TRYING => builder,
            _ if status.is_provisional() => self.creation_headers(builder, incoming),
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED if !has(HeaderName::ALLOW) => {
                builder.header(HeaderName::ALLOW, self.settings.capabilities.allow)
            }
            StatusCode::BAD_EXTENSION if !has(HeaderName::UNSUPPORTED) => {
                let required = incoming.request.headers().require();
                let unknown: Vec<&str> =
                    required.iter().filter(|tag| !self.settings.capabilities.supports(tag)).collect();
                builder.header(HeaderName::UNSUPPORTED, unknown.join(", "))
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE if !has(HeaderName::ACCEPT) => builder
                .header(HeaderName::ACCEPT, self.settings.capabilities.accept)
                .header(HeaderName::new("Accept-Encoding"), "identity"),
            StatusCode::SESSION_INTERVAL_TOO_SMALL => {
                builder.header(HeaderName::MIN_SE, self.settings.session_timer.least.as_secs())
            }
            // A call that failed elsewhere says nothing about this server.
            StatusCode::SERVICE_UNAVAILABLE if has(HeaderName::REASON) => builder,
            StatusCode::SERVICE_UNAVAILABLE => builder.header(HeaderName::RETRY_AFTER, RETRY_AFTER),
            _ => builder,
        }
    }

    fn success_headers(&self, builder: MessageBuilder, incoming: &Incoming) -> MessageBuilder {
        match incoming.request.method {
            Method::Options => self.with_events(
                builder
                    .header(HeaderName::ALLOW, self.settings.capabilities.allow)
                    .header(HeaderName::ACCEPT, self.settings.capabilities.accept)
                    .header(HeaderName::SUPPORTED, self.settings.capabilities.supported),
            ),
            Method::Invite | Method::Update => {
                let builder = self.creation_headers(builder, incoming);
                let timer = incoming.dialog.and_then(|id| self.dialogs.get(&id)).map(|dialog| dialog.timer);
                let Some((timer, expires)) = timer.and_then(|timer| Some((timer, timer.header_as_server()?)))
                else {
                    return builder;
                };
                let builder =
                    if timer.understood { builder.header(HeaderName::REQUIRE, "timer") } else { builder };
                builder.header(HeaderName::SESSION_EXPIRES, expires)
            }
            Method::Subscribe => self.creation_headers(builder, incoming),
            _ => builder,
        }
    }

    /// The headers of a response that creates a dialog.
    fn creation_headers(&self, builder: MessageBuilder, incoming: &Incoming) -> MessageBuilder {
        let named = Some(incoming.request.uri().host);
        let user = incoming.dialog.and_then(|id| self.dialogs.get(&id)).map(|dialog| dialog.contact.clone());
        let builder = builder
            .header(HeaderName::CONTACT, Self::contact(&incoming.flow, &user.unwrap_or_default(), named))
            .header(HeaderName::ALLOW, self.settings.capabilities.allow)
            .header(HeaderName::SUPPORTED, self.settings.capabilities.supported);
        self.with_events(builder)
    }

    /// The 2xx to an INVITE is repeated until the ACK comes, over any transport (RFC 3261, 13.3.1.4).
    fn await_acknowledgement(
        &mut self,
        now: Instant,
        id: DialogId,
        incoming: &Incoming,
        described: bool,
        bytes: Vec<u8>,
    ) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let mut repetition = Repetition::new(now + TRANSACTION_TIMEOUT, T2);
        let deadline = Some(self.timers.start(repetition.next(now), Timer::Success(id)));
        let cseq = incoming.request.headers().cseq().map_or(0, |cseq| cseq.number);
        let offers = described && incoming.request.body().is_empty();
        let success = Success { cseq, offers, bytes: bytes.into(), repetition, deadline };
        if let Some(earlier) = dialog.success.replace(success) {
            self.timers.stop(earlier.deadline);
        }
        if incoming.opens {
            self.evictable.insert(dialog.as_candidate());
        }
    }

    pub(super) fn repeat_success(&mut self, now: Instant, id: DialogId, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let Some(success) = &mut dialog.success else { return };
        if success.repetition.give_up <= now {
            return self.fail(now, id, EndReason::NotAcknowledged, out);
        }
        success.deadline = Some(self.timers.start(success.repetition.next(now), Timer::Success(id)));
        self.counters.repeated += 1;
        let bytes = success.bytes.to_vec();
        let flow = dialog.flow;
        self.send_answer(&flow, &bytes, out);
    }

    /// An INVITE or UPDATE in the dialog succeeds: its timer starts anew with what is agreed now.
    fn refreshed(&mut self, now: Instant, id: DialogId, incoming: &Incoming) {
        let headers = incoming.request.headers();
        let Ok(timer) = SessionTimer::grant(headers, &self.settings.session_timer) else { return };
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        // A refresh without timers leaves them as they are.
        if timer.refresher.is_some() || dialog.timer.refresher.is_none() {
            dialog.timer = timer;
        }
        dialog.refresh_target(headers);
        self.restart_session_timer(now, id);
    }
}

/// The bytes of a response that was given to a request, as one to the same request with another branch.
pub(super) fn answer_again(request: &Request, response: &Response, source: Option<SocketAddr>) -> Vec<u8> {
    let headers = response.headers();
    let tag = headers.to().ok().and_then(|to| to.tag()).unwrap_or_default();
    let mut builder = MessageBuilder::reply(request, response.status, tag, source);
    let written = [
        HeaderName::VIA,
        HeaderName::FROM,
        HeaderName::TO,
        HeaderName::CALL_ID,
        HeaderName::CSEQ,
        HeaderName::RECORD_ROUTE,
        HeaderName::CONTENT_TYPE,
        HeaderName::CONTENT_LENGTH,
    ];
    for (name, value) in headers.iter().filter(|(name, _)| !written.contains(name)) {
        builder = builder.header(name, value);
    }
    match headers.get(HeaderName::CONTENT_TYPE) {
        Some(kind) if !response.body().is_empty() => builder.finish_with_body(kind, response.body()),
        _ => builder.finish(),
    }
}
