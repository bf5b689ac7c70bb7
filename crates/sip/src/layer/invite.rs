//! INVITEs of ours: early dialogs, forks, CANCEL and ACK (RFC 3261, 9.1 and 13.2.2).

use std::time::Duration;

use hookflash_time::Instant;
use hookflash_wire::sip::{CSeq, HeaderName, Message, MessageBuilder, Method, Request, Response, StatusCode};
use tracing::debug;

use super::{EndReason, Event, Failure, Layer, SendError, Timer, send::Starting};
use crate::{
    Body, Dialog, DialogId, Flow, RequestId, Role, SessionTimer, TRANSACTION_TIMEOUT, Transmit,
    dialog::{Acknowledgement, Stage, contact, finish},
    transaction::{Cancelling, Client, ClientInvite, ClientState, Due, MAX_FORKS, Owner},
};

impl<U: Copy> Layer<U> {
    /// Cancels an INVITE that has no final response, now or when the first provisional response comes. Its final event
    /// follows: [`Event::Rejected`] (usually with 487), or [`Event::Failed`]. If it is accepted nevertheless, the layer
    /// acknowledges and ends the dialog.
    pub fn cancel(&mut self, now: Instant, id: RequestId, out: &mut dyn Transmit) {
        let invite = self.clients.get_mut(id).and_then(|client| client.invite.as_mut());
        if invite.is_some_and(|invite| invite.cancel()) {
            self.send_cancel(now, id, out);
        }
    }

    /// [`Layer::cancel`], with a value of Reason (RFC 3326).
    pub fn cancel_because(
        &mut self,
        now: Instant,
        id: RequestId,
        reason: &'static str,
        out: &mut dyn Transmit,
    ) {
        if let Some((_, invite)) = self.invite_mut(id) {
            invite.cancel_reason = Some(reason);
        }
        self.cancel(now, id, out);
    }

    /// Acknowledges an INVITE that was accepted. `body` is the answer if the 2xx carried an offer.
    ///
    /// # Errors
    /// There is no such dialog, or no INVITE of ours was accepted in it.
    pub fn acknowledge(
        &mut self,
        id: DialogId,
        headers: &[(HeaderName<'_>, String)],
        body: Option<Body<'_>>,
        out: &mut dyn Transmit,
    ) -> Result<(), SendError> {
        let branch = self.identifiers.branch();
        let dialog = self.dialogs.get_mut(&id).ok_or(SendError::NoDialog)?;
        let cseq = dialog.acknowledgement.as_ref().ok_or(SendError::WrongMethod)?.cseq;
        let mut builder = dialog.begin_request(Vec::with_capacity(512), &Method::Ack, cseq, branch);
        for (name, value) in headers {
            builder = builder.header(*name, value);
        }
        let bytes: Box<[u8]> = finish(builder, body).into();
        let flow = dialog.flow;
        dialog.acknowledgement = Some(Acknowledgement { cseq, bytes: bytes.clone() });
        self.transmit(&flow, &bytes, out);
        Ok(())
    }

    /// How long to wait after a 491 before the INVITE is sent again (RFC 3261, 14.1): the caller waits longer.
    pub fn glare_delay(&mut self, id: DialogId) -> Duration {
        let tens = match self.dialog(id).map(Dialog::role) {
            Some(Role::Caller) => 210 + self.identifiers.next() % 191,
            _ => self.identifiers.next() % 201,
        };
        Duration::from_millis(tens * 10)
    }

    /// A response to an INVITE of ours.
    pub(super) fn invite_response(
        &mut self,
        now: Instant,
        id: RequestId,
        response: Response,
        out: &mut dyn Transmit,
    ) {
        let status = response.status;
        if status.is_provisional() {
            self.invite_progress(now, id, response, out);
        } else if status.is_success() {
            self.invite_accepted(now, id, response, out);
        } else {
            self.invite_refused(now, id, response, out);
        }
    }

    fn invite_progress(&mut self, now: Instant, id: RequestId, response: Response, out: &mut dyn Transmit) {
        let Some((user, invite)) = self.invite_mut(id) else { return };
        if !invite.is_pending() {
            return;
        }
        let cancels = invite.provisional(now);
        let (cancelled, within) = (invite.cancelling != Cancelling::No, invite.within);
        self.restart_client(id);
        let dialog = match within {
            None if response.status != StatusCode::TRYING => self.dialog_of_response(now, id, &response),
            within => within,
        };
        if cancels {
            self.send_cancel(now, id, out);
        }
        if !cancelled {
            self.events.push_back(Event::Progress(user, id, dialog, response));
        }
    }

    fn invite_accepted(&mut self, now: Instant, id: RequestId, response: Response, out: &mut dyn Transmit) {
        let Some((user, invite)) = self.invite_mut(id) else { return };
        let (first, tag) = (invite.accepted(now), invite.tag);
        let (cancelled, within) = (invite.cancelling != Cancelling::No, invite.within);
        if invite.state() != ClientState::Accepted {
            return debug!("2xx response after a failure response ignored");
        }
        if first {
            self.restart_client(id);
            // Nothing is repeated or cancelled any more.
            if let Some(client) = self.clients.get_mut(id) {
                client.bytes = Box::default();
            }
        }
        let dialog = match within {
            Some(within) => Some(within).filter(|within| self.dialog(*within).is_some()),
            None => self.dialog_of_success(now, id, &response),
        };
        let Some(dialog) = dialog else {
            self.acknowledge_stray(id, &response, out);
            if first {
                self.early_dialogs_over(id, tag);
                let failure = if within.is_some() { Failure::DialogEnded } else { Failure::BadResponse };
                self.events.push_back(Event::Failed(user, id, failure));
            }
            return;
        };
        if !self.confirm(now, dialog, &response, within.is_some(), out) {
            return;
        }
        if cancelled && within.is_none() {
            self.end(now, dialog, out);
            if first {
                self.events.push_back(Event::Failed(user, id, Failure::Cancelled));
            }
            return;
        }
        self.events.push_back(Event::Accepted(user, id, dialog, response));
    }

    /// The dialog of a 2xx is confirmed. False if that had come before: then it is acknowledged again.
    fn confirm(
        &mut self,
        now: Instant,
        id: DialogId,
        response: &Response,
        within: bool,
        out: &mut dyn Transmit,
    ) -> bool {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return false };
        let cseq = response.headers().cseq().map_or(0, |cseq| cseq.number);
        if let Some(before) = dialog.acknowledgement.as_ref().filter(|ack| ack.cseq == cseq) {
            let (bytes, flow) = (before.bytes.clone(), dialog.flow);
            if !bytes.is_empty() {
                self.counters.repeated += 1;
                self.transmit(&flow, &bytes, out);
            }
            return false;
        }
        dialog.heard = now;
        dialog.stage = Stage::Confirmed;
        dialog.inviting = None;
        dialog.acknowledgement = Some(Acknowledgement { cseq, bytes: Box::default() });
        dialog.refresh_target(response.headers());
        if !within {
            dialog.confirm_route(response.headers());
            dialog.takes_update = response.headers().allow().contains("UPDATE");
        }
        self.session_agreed(now, id, response);
        true
    }

    fn invite_refused(&mut self, now: Instant, id: RequestId, response: Response, out: &mut dyn Transmit) {
        let Some((user, invite)) = self.invite_mut(id) else { return };
        if !invite.refused(now) {
            let ack = invite.ack.clone();
            let flow = self.clients.get(id).map(|client| client.flow);
            if let Some(flow) = flow.filter(|_| !ack.is_empty()) {
                self.transmit(&flow, &ack, out);
            }
            return;
        }
        let (within, tag) = (invite.within, invite.tag);
        self.acknowledge_refusal(id, &response, out);
        self.early_dialogs_over(id, tag);
        let stream = self.clients.get(id).is_some_and(|client| client.flow.link().is_some());
        if stream {
            self.finish_client(id);
        } else {
            self.restart_client(id);
        }
        let status = response.status;
        let least = response.headers().min_se().ok().flatten();
        self.events.push_back(Event::Rejected(user, id, response));
        let Some(within) = within else { return };
        if let Some(least) = least.filter(|_| status == StatusCode::SESSION_INTERVAL_TOO_SMALL) {
            self.lengthen(within, least.seconds);
        }
        if let Some(dialog) = self.dialogs.get_mut(&within) {
            dialog.inviting = None;
            dialog.heard = now;
        }
        if status == StatusCode::CALL_DOES_NOT_EXIST {
            self.fail(now, within, EndReason::Unknown, out);
        }
    }

    /// The timer of an INVITE ended.
    pub(super) fn invite_due(&mut self, now: Instant, id: RequestId, out: &mut dyn Transmit) {
        let Some((_, invite)) = self.invite_mut(id) else { return };
        match invite.due(now) {
            Due::Repeat => self.repeat(now, id, out),
            Due::GiveUp => self.client_failed(id, Failure::Timeout),
            Due::Cancel => {
                invite.cancel();
                self.send_cancel(now, id, out);
            }
            Due::Over => {
                self.forks_over(id);
                self.finish_client(id);
            }
        }
    }

    /// There will be no final response to an INVITE, whose transaction has just ended.
    pub(super) fn invite_failed(
        &mut self,
        client: &Client<U>,
        invite: &ClientInvite,
        id: RequestId,
        failure: Failure,
    ) {
        if !invite.is_pending() {
            return;
        }
        self.early_dialogs_over(id, invite.tag);
        if let Some(dialog) = invite.within.and_then(|within| self.dialogs.get_mut(&within)) {
            dialog.inviting = None;
        }
        if let Owner::User(user, _) = client.owner {
            self.events.push_back(Event::Failed(user, id, failure));
        }
    }

    fn invite_mut(&mut self, id: RequestId) -> Option<(U, &mut ClientInvite)> {
        let client = self.clients.get_mut(id)?;
        let Owner::User(user, _) = client.owner else { return None };
        Some((user, client.invite.as_deref_mut()?))
    }

    /// Lets the timer of an INVITE end when its state does.
    fn restart_client(&mut self, id: RequestId) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let Some(until) = client.invite.as_ref().map(|invite| invite.until()) else { return };
        self.timers.stop(client.deadline.take());
        client.deadline = Some(self.timers.start(until, Timer::Client(id)));
    }

    /// The dialog that a response to an initial INVITE belongs to, which it may create.
    fn dialog_of_response(&mut self, now: Instant, id: RequestId, response: &Response) -> Option<DialogId> {
        let headers = response.headers();
        let remote_tag = remote_tag(response)?;
        let client = self.clients.get(id)?;
        let (tag, contact, flow) =
            client.invite.as_ref().map(|invite| (invite.tag, invite.contact.clone(), client.flow))?;
        let Owner::User(user, _) = client.owner else { return None };
        let call_id = headers.call_id().ok()?;
        if let Some((known, _)) = self.dialogs_of(tag).find(|(_, dialog)| dialog.matches(call_id, remote_tag))
        {
            return Some(known);
        }
        if self.dialogs_of(tag).count() >= MAX_FORKS || self.dialogs.len() >= self.settings.limits.dialogs {
            return None;
        }
        let fork = self.dialogs_of(tag).last().map_or(0, |(last, _)| last.fork().saturating_add(1));
        let timer = SessionTimer::agreed(headers, &self.settings.session_timer);
        let dialog_id = DialogId::new(tag, fork);
        let mut dialog = Dialog::of_caller(now, dialog_id, user, response, flow, contact, timer)?;
        dialog.inviting = Some(id);
        self.insert_dialog(dialog);
        Some(dialog_id)
    }

    /// No 2xx of other forks will come any more: their early dialogs are over.
    fn forks_over(&mut self, id: RequestId) {
        let Some(tag) = self.clients.get(id).and_then(|client| Some(client.invite.as_ref()?.tag)) else {
            return;
        };
        for (user, dialog) in self.early_dialogs_over(id, tag) {
            self.events.push_back(Event::Ended(user, dialog, EndReason::OtherFork));
        }
    }

    /// Forgets the early dialogs of an INVITE.
    fn early_dialogs_over(&mut self, id: RequestId, tag: crate::Tag) -> Vec<(U, DialogId)> {
        let early = |dialog: &Dialog<U>| dialog.is_early() && dialog.inviting == Some(id);
        let over = self.dialogs_of(tag).filter(|(_, dialog)| early(dialog));
        let over: Vec<_> = over.map(|(id, dialog)| (dialog.user, id)).collect();
        over.iter().for_each(|(_, dialog)| drop(self.forget(*dialog)));
        over
    }

    /// The dialog of a 2xx, unless that had come before and the dialog is over.
    fn dialog_of_success(&mut self, now: Instant, id: RequestId, response: &Response) -> Option<DialogId> {
        let remote_tag = remote_tag(response)?;
        let dialogs = self.dialogs_of(self.clients.get(id)?.invite.as_ref()?.tag);
        let lives = dialogs.into_iter().any(|(_, dialog)| dialog.remote_tag() == remote_tag);
        let (_, invite) = self.invite_mut(id)?;
        if invite.is_accepted_again(remote_tag) && !lives {
            return None;
        }
        self.dialog_of_response(now, id, response)
    }

    fn send_cancel(&mut self, now: Instant, id: RequestId, out: &mut dyn Transmit) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let (Some(invite), Some(request)) = (client.invite.as_mut(), parse_request(&client.bytes)) else {
            return;
        };
        invite.cancelled(now);
        let (flow, reason) = (client.flow, invite.cancel_reason);
        let builder = like_invite(&request, &Method::Cancel).copy(request.headers(), HeaderName::TO);
        let bytes = match reason {
            Some(reason) => builder.header(HeaderName::REASON, reason).finish(),
            None => builder.finish(),
        };
        self.restart_client(id);
        let (id, owner) = (RequestId { cancel: true, ..id }, Owner::Cancel);
        let give_up = now + TRANSACTION_TIMEOUT;
        self.start(
            now,
            Starting { id, owner, method: Method::Cancel, flow, bytes, give_up, invite: None },
            out,
        );
    }

    /// The ACK to a response that is no success belongs to the transaction of its INVITE (RFC 3261, 17.1.1.3).
    fn acknowledge_refusal(&mut self, id: RequestId, response: &Response, out: &mut dyn Transmit) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let (Some(invite), Some(request)) = (client.invite.as_mut(), parse_request(&client.bytes)) else {
            return;
        };
        let ack = like_invite(&request, &Method::Ack).copy(response.headers(), HeaderName::TO).finish();
        invite.ack = ack.clone().into();
        let flow = client.flow;
        self.transmit(&flow, &ack, out);
    }

    /// Acknowledges a 2xx of which no dialog is kept, so that it is not repeated.
    fn acknowledge_stray(&mut self, id: RequestId, response: &Response, out: &mut dyn Transmit) {
        let branch = self.identifiers.branch();
        let Some(client) = self.clients.get(id) else { return };
        let (headers, flow) = (response.headers(), client.flow);
        let Some(target) = contact(headers).or_else(|| headers.to().ok().map(|to| to.uri_text)) else {
            return;
        };
        let mut route: Vec<&str> = headers.elements(HeaderName::RECORD_ROUTE).collect();
        route.reverse();
        let mut builder = begin_ack(target, &flow, branch);
        if !route.is_empty() {
            builder = builder.header(HeaderName::ROUTE, route.join(", "));
        }
        let number = headers.cseq().map_or(0, |cseq| cseq.number);
        let bytes = builder
            .copy(headers, HeaderName::FROM)
            .copy(headers, HeaderName::TO)
            .copy(headers, HeaderName::CALL_ID)
            .header(HeaderName::CSEQ, CSeq { number, method: Method::Ack })
            .finish();
        self.transmit(&flow, &bytes, out);
    }
}

/// The tag of who responds. Whoever knows only RFC 2543 has none when it accepts (RFC 3261, 12.1.2).
fn remote_tag(response: &Response) -> Option<&str> {
    let tag = response.headers().to().ok()?.tag();
    tag.or_else(|| response.status.is_success().then_some(""))
}

fn begin_ack(target: &str, flow: &Flow, branch: crate::identifiers::Branch) -> MessageBuilder {
    let (transport, local) = (flow.transport(), flow.local());
    MessageBuilder::request(&Method::Ack, target)
        .header(HeaderName::VIA, format_args!("SIP/2.0/{transport} {local};branch={branch};rport"))
        .header(HeaderName::MAX_FORWARDS, 70)
}

fn parse_request(bytes: &[u8]) -> Option<Request> {
    match Message::parse(bytes) {
        Ok(Message::Request(request)) => Some(request),
        _ => None,
    }
}

/// A CANCEL or ACK that goes the way of its INVITE; To is left to add.
fn like_invite(invite: &Request, method: &Method) -> MessageBuilder {
    let headers = invite.headers();
    let number = headers.cseq().map_or(0, |cseq| cseq.number);
    MessageBuilder::request(method, invite.uri_text())
        .copy(headers, HeaderName::VIA)
        .header(HeaderName::MAX_FORWARDS, 70)
        .copy(headers, HeaderName::ROUTE)
        .copy(headers, HeaderName::FROM)
        .copy(headers, HeaderName::CALL_ID)
        .header(HeaderName::CSEQ, CSeq { number, method: method.clone() })
}
