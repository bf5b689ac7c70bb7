//! Responses to requests of ours. Each belongs to a client transaction by its branch and method (RFC 3261, 17.1.3); what
//! belongs to none is ignored.

use hookflash_time::Instant;
use hookflash_wire::sip::{CSeq, HeaderName, Method, Response, StatusCode};
use tracing::debug;

use super::{EndReason, Event, Layer};
use crate::{
    DialogId, RequestId, Role, Tag, Transmit, dialog::PeerAnswers, identifiers::Branch, transaction::Owner,
};

impl<U: Copy> Layer<U> {
    pub(super) fn response(&mut self, now: Instant, response: Response, out: &mut dyn Transmit) {
        let headers = response.headers();
        let (Some(branch), Ok(cseq)) = (branch_of(&response), headers.cseq()) else {
            return self.ignore(&response);
        };
        let id = RequestId { branch, cancel: cseq.method == Method::Cancel };
        match self.clients.get(id) {
            Some(client) if client.method != cseq.method || response.check().is_err() => {
                self.ignore(&response)
            }
            Some(client) if client.invite.is_some() => self.invite_response(now, id, response, out),
            Some(_) => self.request_answered(now, id, response, out),
            None => self.stream_answered(now, branch, &cseq, &response, out),
        }
    }

    /// A response without a live transaction.
    fn ignore(&mut self, response: &Response) {
        self.counters.responses_ignored += 1;
        let headers = response.headers();
        debug!(status = %response.status, cseq = headers.get(HeaderName::CSEQ), "response without a transaction ignored");
    }

    /// A response to a request that is no INVITE.
    fn request_answered(&mut self, now: Instant, id: RequestId, response: Response, out: &mut dyn Transmit) {
        if response.status.is_provisional() {
            if let Some(client) = self.clients.get_mut(id) {
                client.repetition.slow_down();
            }
            return;
        }
        let Some(client) = self.finish_client(id) else { return };
        match client.owner {
            Owner::User(user, None) => self.events.push_back(Event::Response(user, id, response)),
            Owner::User(user, Some(dialog)) => self.user_answered(now, user, id, dialog, response, out),
            Owner::Queue(dialog) => {
                if let Some(entry) = self.dialogs.get_mut(&dialog) {
                    entry.queue.take(id);
                }
                self.queue_answered(now, dialog, &client.method, &response, out);
            }
            Owner::Bye(dialog) => drop(self.forget(dialog)),
            Owner::Cancel => {}
        }
    }

    fn user_answered(
        &mut self,
        now: Instant,
        user: U,
        id: RequestId,
        dialog: DialogId,
        response: Response,
        out: &mut dyn Transmit,
    ) {
        let (status, method) = (response.status, response.headers().cseq().map(|cseq| cseq.method));
        let mut may_be_unknown = false;
        if let Some(entry) = self.dialogs.get_mut(&dialog) {
            entry.heard = now;
            // The response that began the dialog may be lost: it is not repeated.
            may_be_unknown = entry.is_early() && entry.role() == Role::Called;
            if status.is_success()
                && response.headers().cseq().is_ok_and(|cseq| cseq.method == Method::Update)
            {
                entry.refresh_target(response.headers());
            }
        }
        self.events.push_back(Event::Response(user, id, response));
        if method == Ok(Method::Bye) {
            return self.bye_answered(now, dialog, status);
        }
        if status == StatusCode::CALL_DOES_NOT_EXIST && !may_be_unknown {
            self.fail(now, dialog, EndReason::Unknown, out);
        }
    }

    /// A response to a request that was sent in order over a stream, if that has none yet.
    fn stream_answered(
        &mut self,
        now: Instant,
        branch: Branch,
        cseq: &CSeq,
        response: &Response,
        out: &mut dyn Transmit,
    ) {
        let headers = response.headers();
        let (Ok(from), Ok(to), Ok(call_id)) = (headers.from(), headers.to(), headers.call_id()) else {
            return;
        };
        let tag = from.tag().and_then(Tag::parse);
        let id = tag.and_then(|tag| self.dialog_with(tag, call_id, to.tag().unwrap_or_default()));
        let open = id.filter(|id| self.identifiers.branch_of(*id, cseq.number) == branch);
        let Some((id, dialog)) = open.and_then(|id| Some((id, self.dialogs.get_mut(&id)?))) else {
            return self.ignore(response);
        };
        if !dialog.queue.window.is_open(cseq.number) {
            return self.ignore(response);
        }
        if response.status.is_provisional() {
            return;
        }
        dialog.queue.window.answered(cseq.number);
        self.queue_answered(now, id, &cseq.method, response, out);
    }

    /// A request that was sent in order has its final response: the peer is there, and the next one may follow.
    fn queue_answered(
        &mut self,
        now: Instant,
        id: DialogId,
        method: &Method,
        response: &Response,
        out: &mut dyn Transmit,
    ) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        dialog.heard = now;
        dialog.queue.answers = PeerAnswers::Yes;
        if response.status == StatusCode::CALL_DOES_NOT_EXIST {
            return self.fail(now, id, EndReason::Unknown, out);
        }
        if *method == Method::Update && dialog.timer.is_ours() {
            self.refresh_answered(now, id, response);
        }
        self.send_waiting(now, id, out);
    }

    /// The dialog with this tag of ours, this Call-ID and this tag of the peer, if it has not ended.
    pub(super) fn dialog_with(&self, tag: Tag, call_id: &str, remote_tag: &str) -> Option<DialogId> {
        self.dialogs_of(tag)
            .find(|(_, dialog)| dialog.matches(call_id, remote_tag))
            .map(|(id, _)| id)
            .filter(|id| self.dialog(*id).is_some())
    }

    /// The dialogs with this tag of ours.
    pub(super) fn dialogs_of(&self, tag: Tag) -> impl Iterator<Item = (DialogId, &crate::Dialog<U>)> {
        let range = DialogId::new(tag, 0)..=DialogId::new(tag, u16::MAX);
        self.dialogs.range(range).map(|(id, dialog)| (*id, dialog))
    }
}

/// Our branch in the topmost Via. Nearly all clients return it unchanged.
fn branch_of(response: &Response) -> Option<Branch> {
    let headers = response.headers();
    let via = headers.get(HeaderName::VIA)?;
    let (top, _) = via.split_once(',').unwrap_or((via, ""));
    let plain = top.split(';').find_map(|param| Branch::parse(param.strip_prefix("branch=")?));
    plain.or_else(|| headers.via().ok()?.branch().and_then(Branch::parse))
}
