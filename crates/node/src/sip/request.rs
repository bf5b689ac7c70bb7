//! How requests of ours are sent, and how dialogs end.

use hookflash_core::Instant;
use hookflash_wire::sip::Method;
use tracing::debug;

use super::{
    DialogId, EndReason, Endpoint, Event, Flow, MAX_REPEATED, dialog::Waiting, endpoint::Timer,
    transaction::Repeated,
};
use crate::Outbox;

impl Endpoint {
    /// Sends an INFO with a CSTA body, now or when those before it are through.
    ///
    /// A dialog in which too many wait ends with [`EndReason::TooSlow`].
    pub fn info(&mut self, now: Instant, id: DialogId, body: &[u8], outbox: &mut Outbox) {
        self.send_or_wait(now, id, Method::Info, body, outbox);
    }

    /// Ends a dialog with BYE. No [`Event::Ended`] follows.
    pub fn end(&mut self, now: Instant, id: DialogId, outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id).filter(|dialog| !dialog.closing) else { return };
        self.spare.remove(&dialog.as_spare());
        dialog.closing = true;
        self.waiting_bytes -= dialog.forget_waiting();
        if dialog.is_reachable() {
            for given_up in std::mem::take(&mut dialog.outstanding) {
                self.timers.stop(given_up.deadline);
            }
            self.send(now, id, &Waiting { method: Method::Bye, body: Box::default() }, outbox);
        }
        match self.dialogs.get_mut(&id) {
            // BYE is repeated until it is answered; nothing else happens in the dialog.
            Some(dialog) if !dialog.outstanding.is_empty() => {
                let running = [dialog.expiry.take(), dialog.refresh.take()];
                let success = dialog.unacknowledged.take().and_then(|success| success.deadline);
                running.into_iter().chain([success]).for_each(|deadline| self.timers.stop(deadline));
                self.spare.insert(dialog.as_spare());
            }
            _ => self.forget(id),
        }
    }

    /// Ends a dialog because something went wrong, with BYE where the client may still know the dialog.
    pub(super) fn fail(&mut self, now: Instant, id: DialogId, reason: EndReason, outbox: &mut Outbox) {
        if self.dialog(id).is_none() {
            return self.forget(id);
        }
        match reason {
            EndReason::Unknown => self.forget(id),
            _ => self.end(now, id, outbox),
        }
        self.events.push_back(Event::Ended(id, reason));
    }

    /// Removes a dialog and everything that runs for it.
    pub(super) fn forget(&mut self, id: DialogId) {
        let Some(mut dialog) = self.dialogs.remove(&id) else { return };
        self.waiting_bytes -= dialog.forget_waiting();
        self.links.move_dialog(id, dialog.flow.link(), None);
        self.spare.remove(&dialog.as_spare());
        let repeated = dialog.outstanding.into_iter().chain(dialog.unacknowledged);
        let running = [dialog.lost, dialog.expiry, dialog.refresh];
        for deadline in repeated.map(|repeated| repeated.deadline).chain(running) {
            self.timers.stop(deadline);
        }
    }

    /// The session timer starts anew.
    pub(super) fn restart_session_timer(&mut self, now: Instant, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        dialog.refreshed = now;
        self.timers.stop(dialog.expiry.take());
        self.timers.stop(dialog.refresh.take());
        dialog.expiry = Some(self.timers.start(now + dialog.timer.interval, Timer::Expiry(id)));
        if dialog.timer.is_ours() {
            dialog.refresh = Some(self.timers.start(now + dialog.timer.interval / 2, Timer::Refresh(id)));
        }
    }

    /// The session timer ran out, unless the client needs none and has been heard or is still connected.
    pub(super) fn expiry(&mut self, now: Instant, id: DialogId, outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let until = dialog.expires().unwrap_or(now + dialog.timer.interval);
        if until <= now {
            return self.fail(now, id, EndReason::Expired, outbox);
        }
        dialog.expiry = Some(self.timers.start(until, Timer::Expiry(id)));
    }

    /// Half of the session's time is over and refreshing is up to us. Without a session timer only a client that sends
    /// datagrams and has been silent is asked; any answer, even that it knows no UPDATE, says that it is there.
    pub(super) fn refresh(&mut self, now: Instant, id: DialogId, outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        if dialog.timer.refresher.is_none() {
            let half = dialog.timer.interval / 2;
            let due = dialog.expires().map_or(now + half, |expires| expires - half);
            let asks = due <= now;
            let next = if asks { now + half } else { due };
            dialog.refresh = Some(self.timers.start(next, Timer::Refresh(id)));
            if !asks {
                return;
            }
        }
        self.send_or_wait(now, id, Method::Update, &[], outbox);
    }

    /// Repeats a request of ours that is not answered, or gives it up. The others wait no longer.
    pub(super) fn repeat_request(&mut self, now: Instant, id: DialogId, cseq: u32, outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let Some(place) = dialog.outstanding.iter().position(|request| request.cseq == cseq) else { return };
        let Some(request) = dialog.outstanding.get_mut(place) else { return };
        if request.give_up <= now {
            debug!(dialog = %id, method = %request.method, "request never answered");
            dialog.outstanding.remove(place);
            if dialog.closing {
                self.forget(id);
            }
            return;
        }
        outbox.datagram(dialog.flow.local(), dialog.flow.peer(), request.bytes.clone());
        request.deadline = Some(self.timers.start(request.next(now), Timer::Repeat(id, cseq)));
        request.repetitions += 1;
        if dialog.may_send() {
            dialog.manners = dialog.manners.disappointed();
        }
        self.send_waiting(now, id, outbox);
    }

    /// Sends what waits, as far as it may be sent now.
    pub(super) fn send_waiting(&mut self, now: Instant, id: DialogId, outbox: &mut Outbox) {
        while let Some(dialog) = self.dialogs.get_mut(&id) {
            // A request over UDP holds up the others only as long as the client is there.
            if matches!(dialog.flow, Flow::Link { .. }) {
                for given_up in std::mem::take(&mut dialog.outstanding) {
                    self.timers.stop(given_up.deadline);
                }
            }
            if !dialog.may_send() {
                return;
            }
            let Some(next) = dialog.next_waiting() else { return };
            self.waiting_bytes -= next.body.len();
            self.send(now, id, &next, outbox);
        }
    }

    fn send_or_wait(&mut self, now: Instant, id: DialogId, method: Method, body: &[u8], outbox: &mut Outbox) {
        let Some(dialog) = self.dialogs.get_mut(&id).filter(|dialog| !dialog.closing) else { return };
        if !dialog.may_send() {
            let all = self.waiting_bytes + body.len();
            if all > self.settings.max_waiting_bytes || !dialog.wait(method, body) {
                return self.fail(now, id, EndReason::TooSlow, outbox);
            }
            self.waiting_bytes = all;
            return;
        }
        self.send_now(now, id, &method, body, outbox);
    }

    fn send(&mut self, now: Instant, id: DialogId, request: &Waiting, outbox: &mut Outbox) {
        self.send_now(now, id, &request.method, &request.body, outbox);
    }

    fn send_now(&mut self, now: Instant, id: DialogId, method: &Method, body: &[u8], outbox: &mut Outbox) {
        let branch = self.identifiers.branch();
        let Some(flow) = self.dialogs.get(&id).map(|dialog| dialog.flow) else { return };
        let contact = if *method == Method::Update { self.contact(&flow, None) } else { String::new() };
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        match flow {
            Flow::Link { link, .. } => {
                let out = std::mem::take(outbox.link(link));
                *outbox.link(link) = dialog.write_request(out, method, branch, &contact, body);
            }
            Flow::Datagrams { local, peer } => {
                let bytes = dialog.write_request(Vec::with_capacity(1024), method, branch, &contact, body);
                outbox.datagram(local, peer, bytes.clone());
                let mut request = Repeated::new(now, bytes, method.clone(), dialog.cseq);
                let repeat = Timer::Repeat(id, dialog.cseq);
                request.deadline = Some(self.timers.start(request.next(now), repeat));
                dialog.outstanding.push_back(request);
                if dialog.outstanding.len() > MAX_REPEATED {
                    let oldest = dialog.outstanding.pop_front();
                    self.timers.stop(oldest.and_then(|request| request.deadline));
                }
            }
        }
    }
}
