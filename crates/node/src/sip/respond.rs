//! How requests are answered.

use hookflash_core::Instant;
use hookflash_wire::sip::{HeaderName, MessageBuilder, Method, StatusCode};

use super::{
    ALLOW, ALLOW_REGISTER, CSTA_DISPOSITION, CSTA_XML, DialogId, Endpoint, Flow, Incoming, RETRY_AFTER,
    SUPPORTED, SessionTimer, endpoint::Timer, transaction::Repeated,
};
use crate::Outbox;

/// What a request is answered with.
struct Answer<'a> {
    status: StatusCode,
    /// Beside those that the status and method call for.
    headers: &'a [(HeaderName<'a>, String)],
    body: Option<&'a [u8]>,
}

impl Endpoint {
    /// Answers a request with a final status and, if it is given, a CSTA body. What the status and method call for
    /// in the headers is added. Success to INVITE or UPDATE refreshes the session.
    pub fn reply(
        &mut self,
        now: Instant,
        incoming: Incoming,
        status: StatusCode,
        body: Option<&[u8]>,
        outbox: &mut Outbox,
    ) {
        self.respond(now, incoming, Answer { status, headers: &[], body }, outbox);
    }

    /// Answers a REGISTER with a final status and, beside what that calls for, the headers of a registrar.
    pub fn reply_to_register(
        &mut self,
        now: Instant,
        incoming: Incoming,
        status: StatusCode,
        headers: &[(HeaderName<'_>, String)],
        outbox: &mut Outbox,
    ) {
        self.respond(now, incoming, Answer { status, headers, body: None }, outbox);
    }

    fn respond(&mut self, now: Instant, incoming: Incoming, answer: Answer<'_>, outbox: &mut Outbox) {
        let status = answer.status;
        if let Some(id) = incoming.dialog.filter(|_| incoming.is_session_refresh()) {
            if status.is_success() {
                self.refreshed(now, id, &incoming);
                if incoming.opens {
                    self.begun.insert(now, &incoming.request, id);
                }
            } else if incoming.opens {
                self.forget(id);
            }
        }
        match incoming.flow {
            Flow::Link { link, .. } => {
                if self.links.contains(link) {
                    let out = std::mem::take(outbox.link(link));
                    let out = self.write_response(out, &incoming, &answer);
                    *outbox.link(link) = out;
                }
            }
            Flow::Datagrams { local, peer } => {
                let bytes = self.write_response(Vec::with_capacity(1024), &incoming, &answer);
                if let Some(key) = &incoming.key {
                    self.answered.insert(now, key.clone(), &bytes);
                }
                outbox.datagram(local, peer, bytes.clone());
                if let Some(id) = incoming.dialog.filter(|_| incoming.request.method == Method::Invite) {
                    self.await_acknowledgement(now, id, status, bytes);
                    if let Some(dialog) = self.dialogs.get(&id).filter(|_| incoming.opens) {
                        self.spare.insert(dialog.as_spare());
                    }
                }
            }
        }
    }

    fn write_response(&mut self, out: Vec<u8>, incoming: &Incoming, answer: &Answer<'_>) -> Vec<u8> {
        let Answer { status, headers, body } = *answer;
        let tag = incoming.dialog.unwrap_or_else(|| self.identifiers.dialog()).to_string();
        let source = Some(incoming.flow.peer());
        let mut builder = MessageBuilder::reply_onto(out, &incoming.request, status, &tag, source);
        builder = self.status_headers(builder, incoming, status);
        for (name, value) in headers {
            builder = builder.header(*name, value);
        }
        match body {
            None => builder.finish(),
            Some(body) => builder
                .header(HeaderName::CONTENT_DISPOSITION, CSTA_DISPOSITION)
                .finish_with_body(CSTA_XML, body),
        }
    }

    /// The headers that a status must or should bring along.
    fn status_headers(
        &self,
        builder: MessageBuilder,
        incoming: &Incoming,
        status: StatusCode,
    ) -> MessageBuilder {
        match status {
            _ if status.is_success() => self.success_headers(builder, incoming),
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                builder.header(HeaderName::ALLOW, self.allow())
            }
            StatusCode::UNSUPPORTED_MEDIA_TYPE => builder
                .header(HeaderName::ACCEPT, CSTA_XML)
                .header(HeaderName::new("Accept-Encoding"), "identity"),
            StatusCode::BAD_EXTENSION => {
                let required = incoming.request.headers().require();
                let unknown: Vec<&str> =
                    required.iter().filter(|tag| !tag.eq_ignore_ascii_case(SUPPORTED)).collect();
                builder.header(HeaderName::UNSUPPORTED, unknown.join(", "))
            }
            StatusCode::SESSION_INTERVAL_TOO_SMALL => {
                builder.header(HeaderName::MIN_SE, self.settings.min_session_expires.as_secs())
            }
            StatusCode::SERVICE_UNAVAILABLE => builder.header(HeaderName::RETRY_AFTER, RETRY_AFTER),
            _ => builder,
        }
    }

    fn success_headers(&self, builder: MessageBuilder, incoming: &Incoming) -> MessageBuilder {
        match incoming.request.method {
            Method::Options => builder
                .header(HeaderName::ALLOW, self.allow())
                .header(HeaderName::ACCEPT, CSTA_XML)
                .header(HeaderName::SUPPORTED, SUPPORTED),
            Method::Invite | Method::Update => {
                let builder = builder
                    .header(
                        HeaderName::CONTACT,
                        self.contact(&incoming.flow, Some(incoming.request.uri().host)),
                    )
                    .header(HeaderName::ALLOW, self.allow())
                    .header(HeaderName::SUPPORTED, SUPPORTED);
                let timer = incoming.dialog.and_then(|id| self.dialogs.get(&id)).map(|dialog| dialog.timer);
                let Some((timer, expires)) = timer.and_then(|timer| Some((timer, timer.header()?))) else {
                    return builder;
                };
                let builder =
                    if timer.understood { builder.header(HeaderName::REQUIRE, "timer") } else { builder };
                builder.header(HeaderName::SESSION_EXPIRES, expires)
            }
            _ => builder,
        }
    }

    /// The methods that are understood.
    fn allow(&self) -> &'static str {
        if self.registrar { ALLOW_REGISTER } else { ALLOW }
    }

    /// Where in-dialog requests come to. A listener on every address is named as the client named it.
    pub(super) fn contact(&self, flow: &Flow, named: Option<&str>) -> String {
        let (local, transport) = (flow.local(), flow.contact_parameter());
        match named.filter(|host| local.ip().is_unspecified() && !host.is_empty()) {
            None => format!("<sip:{local}{transport}>"),
            Some(host) => format!("<sip:{host}:{}{transport}>", local.port()),
        }
    }

    /// The 2xx to an INVITE is repeated until the ACK comes (RFC 3261, 13.3.1.4).
    fn await_acknowledgement(&mut self, now: Instant, id: DialogId, status: StatusCode, bytes: Vec<u8>) {
        let Some(dialog) = self.dialogs.get_mut(&id).filter(|_| status.is_success()) else { return };
        let mut success = Repeated::new(now, bytes, Method::Invite, 0);
        success.deadline = Some(self.timers.start(success.next(now), Timer::Acknowledge(id)));
        if let Some(earlier) = dialog.unacknowledged.replace(success) {
            self.timers.stop(earlier.deadline);
        }
    }

    pub(super) fn repeat_success(&mut self, now: Instant, id: DialogId, outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let Some(success) = &mut dialog.unacknowledged else { return };
        if success.give_up <= now {
            return self.fail(now, id, super::EndReason::NotAcknowledged, outbox);
        }
        outbox.datagram(dialog.flow.local(), dialog.flow.peer(), success.bytes.clone());
        success.deadline = Some(self.timers.start(success.next(now), Timer::Acknowledge(id)));
    }

    /// An INVITE or UPDATE in the dialog succeeds: its timer starts anew with what is agreed now.
    fn refreshed(&mut self, now: Instant, id: DialogId, incoming: &Incoming) {
        let headers = incoming.request.headers();
        let Ok(timer) = SessionTimer::negotiate(headers, &self.settings) else { return };
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        // A refresh that says nothing about timers leaves them as they are.
        if timer.refresher.is_some() || dialog.timer.refresher.is_none() {
            dialog.timer = timer;
        }
        dialog.refresh_target(headers);
        self.restart_session_timer(now, id);
    }
}
