//! Requests that a dialog sends in order; see [`crate::dialog`].

use hookflash_time::Instant;
use hookflash_wire::sip::{HeaderName, Method};
use tracing::debug;

use super::{EndReason, Layer, send::Starting};
use crate::{
    Body, DialogId, Flow, MAX_REPEATED, RequestId, RequestInDialog, TRANSACTION_TIMEOUT, Transmit,
    dialog::{InFlight, Stage},
    transaction::Owner,
};

impl<U: Copy> Layer<U> {
    /// Sends a request in a dialog, now or when those before it are answered. Its response is not reported.
    ///
    /// A dialog in which too many wait ends with [`EndReason::TooSlow`].
    pub fn send_in_order(
        &mut self,
        now: Instant,
        id: DialogId,
        method: &Method,
        body: Option<Body<'_>>,
        out: &mut dyn Transmit,
    ) {
        let Some(dialog) = self.dialogs.get_mut(&id).filter(|dialog| dialog.stage != Stage::Closing) else {
            return;
        };
        if dialog.is_reachable() && dialog.queue.may_send(&dialog.flow) {
            return self.send_now(now, id, &in_order(method, body), out);
        }
        let all = self.waiting_bytes + body.map_or(0, |body| body.bytes.len());
        if all > self.settings.limits.waiting_bytes || !dialog.queue.wait(method, body) {
            return self.fail(now, id, EndReason::TooSlow, out);
        }
        self.waiting_bytes = all;
    }

    /// Sends what waits, as far as it may be sent now.
    pub(super) fn send_waiting(&mut self, now: Instant, id: DialogId, out: &mut dyn Transmit) {
        loop {
            let Some(dialog) = self.dialogs.get_mut(&id) else { return };
            // A request over UDP holds up the others only as long as the peer is there.
            if dialog.flow.link().is_some() && !dialog.queue.outstanding.is_empty() {
                let given_up = std::mem::take(&mut dialog.queue.outstanding);
                given_up.iter().for_each(|request| drop(self.finish_client(request.request)));
                continue;
            }
            if !dialog.is_reachable() || !dialog.queue.may_send(&dialog.flow) {
                return;
            }
            let Some((next, bytes)) = dialog.queue.next() else { return };
            self.waiting_bytes -= bytes;
            self.send_now(now, id, &in_order(&next.method, next.body()), out);
        }
    }

    fn send_now(
        &mut self,
        now: Instant,
        id: DialogId,
        request: &RequestInDialog<'_>,
        out: &mut dyn Transmit,
    ) {
        let Some(flow) = self.dialogs.get(&id).map(|dialog| dialog.flow) else { return };
        match flow {
            Flow::Link { link, .. } => {
                let buffer = std::mem::take(out.link(link));
                *out.link(link) = self.write_in_stream(buffer, id, request);
            }
            Flow::Datagrams { .. } => self.send_datagram(now, id, flow, request, out),
        }
    }

    /// Writes a request of which one bit is kept.
    fn write_in_stream(&mut self, buffer: Vec<u8>, id: DialogId, request: &RequestInDialog<'_>) -> Vec<u8> {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return buffer };
        let cseq = dialog.next_cseq();
        if *request.method != Method::Bye {
            dialog.queue.window.sent(cseq);
        }
        let branch = self.identifiers.branch_of(id, cseq);
        self.write_in_dialog(buffer, id, cseq, RequestId::new(branch), request)
    }

    /// Sends a request that is repeated until it is answered.
    fn send_datagram(
        &mut self,
        now: Instant,
        id: DialogId,
        flow: Flow,
        asked: &RequestInDialog<'_>,
        out: &mut dyn Transmit,
    ) {
        let request = RequestId::new(self.identifiers.branch());
        let Some(cseq) = self.dialogs.get_mut(&id).map(crate::Dialog::next_cseq) else { return };
        let bytes = self.write_in_dialog(Vec::with_capacity(1024), id, cseq, request, asked);
        let method = asked.method;
        let owner = if *method == Method::Bye { Owner::Bye(id) } else { Owner::Queue(id) };
        let (method, give_up) = (method.clone(), now + TRANSACTION_TIMEOUT);
        self.start(now, Starting { id: request, owner, method, flow, bytes, give_up, invite: None }, out);
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        dialog.queue.outstanding.push_back(InFlight { request, repetitions: 0 });
        if dialog.queue.outstanding.len() > MAX_REPEATED
            && let Some(oldest) = dialog.queue.outstanding.pop_front()
        {
            self.finish_client(oldest.request);
        }
    }

    /// A request was repeated. The others wait no longer when it has been often enough.
    pub(super) fn queue_repeated(
        &mut self,
        now: Instant,
        id: DialogId,
        request: RequestId,
        out: &mut dyn Transmit,
    ) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let queue = &mut dialog.queue;
        if let Some(one) = queue.outstanding.iter_mut().find(|one| one.request == request) {
            one.repetitions += 1;
        }
        if dialog.lost.is_none() && queue.may_send(&dialog.flow) {
            queue.answers = queue.answers.disappointed();
        }
        self.send_waiting(now, id, out);
    }

    /// A request was never answered.
    pub(super) fn queue_gave_up(&mut self, id: DialogId, request: RequestId) {
        debug!(dialog = %id, "no response to a request of the dialog");
        if let Some(dialog) = self.dialogs.get_mut(&id) {
            dialog.queue.take(request);
        }
    }

    /// BYE, which nothing holds up, with Reason unless that is empty.
    pub(super) fn send_bye(&mut self, now: Instant, id: DialogId, reason: &str, out: &mut dyn Transmit) {
        let reason = [(HeaderName::REASON, reason.to_owned())];
        let headers = if reason.iter().all(|(_, value)| value.is_empty()) { &[][..] } else { &reason };
        self.send_now(now, id, &RequestInDialog { headers, ..RequestInDialog::new(&Method::Bye) }, out);
    }
}

/// A request that is sent in order.
fn in_order<'a>(method: &'a Method, body: Option<Body<'a>>) -> RequestInDialog<'a> {
    RequestInDialog { body, ..RequestInDialog::new(method) }
}
