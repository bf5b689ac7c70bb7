//! How dialogs end.

use hookflash_time::Instant;
use hookflash_wire::sip::StatusCode;

use super::{EndReason, Event, Layer};
use crate::{Dialog, DialogId, Role, Transmit, dialog::Stage};

impl<U: Copy> Layer<U> {
    /// Ends a dialog with BYE; an accepted INVITE that was not acknowledged is acknowledged first. An early dialog of an
    /// INVITE of ours is given up with its INVITE: that is cancelled. One of a peer's INVITE ends when that is refused,
    /// not here. No [`Event::Ended`] follows.
    pub fn end(&mut self, now: Instant, id: DialogId, out: &mut dyn Transmit) {
        self.end_because(now, id, "", out);
    }

    /// [`Layer::end`], where the BYE says why (Reason, RFC 3326), unless that is empty.
    pub fn end_because(&mut self, now: Instant, id: DialogId, reason: &str, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialogs.get(&id).filter(|dialog| dialog.stage != Stage::Closing) else {
            return;
        };
        if dialog.is_early() {
            if let Some(invite) = dialog.inviting.filter(|_| dialog.role == Role::Caller) {
                self.cancel(now, invite, out);
            }
            return;
        }
        // Nobody has shown that there is a peer: a BYE would be one more message to an address that may be somebody else's.
        let never_acknowledged = self.evictable.contains(&dialog.as_candidate());
        let somebody_reads = self.proofs.is_proven(now, dialog.flow.peer());
        if never_acknowledged && dialog.flow.link().is_none() && !somebody_reads {
            return drop(self.forget(id));
        }
        self.acknowledge_first(id, out);
        self.close(now, id, reason, out);
    }

    /// The peer of a dialog may speak from this address too: it has proved that it is there now.
    pub fn welcome(&mut self, id: DialogId, from: std::net::IpAddr) {
        if let Some(dialog) = self.dialogs.get_mut(&id) {
            dialog.welcome = Some(from);
        }
    }

    /// Who this side is has changed: From of later requests in the dialog says so; the tag stays (RFC 4916).
    pub fn rename(&mut self, id: DialogId, address: &str) {
        if let Some(dialog) = self.dialogs.get_mut(&id) {
            dialog.rename(address);
        }
    }

    /// A user sends BYE: for everything else the dialog has ended, but it may have to be sent again with credentials.
    pub(super) fn begin_bye(&mut self, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        self.evictable.remove(&dialog.as_candidate());
        dialog.stage = Stage::Closing;
        self.evictable.insert(dialog.as_candidate());
        self.waiting_bytes -= dialog.queue.forget_waiting();
        let success = dialog.success.take().and_then(|success| success.deadline);
        for deadline in [dialog.expiry.take(), dialog.refresh.take(), success] {
            self.timers.stop(deadline);
        }
        for request in std::mem::take(&mut dialog.queue.outstanding) {
            self.finish_client(request.request);
        }
    }

    /// The BYE of a user was answered, so the dialog is over; unless credentials are asked for: then it may come again, and
    /// if it does not, the dialog ends with its session.
    pub(super) fn bye_answered(&mut self, now: Instant, id: DialogId, status: StatusCode) {
        if !matches!(status, StatusCode::UNAUTHORIZED | StatusCode::PROXY_AUTHENTICATION_REQUIRED) {
            self.forget(id);
        } else if let Some(dialog) = self.dialogs.get_mut(&id) {
            self.evictable.remove(&dialog.as_candidate());
            dialog.stage = Stage::Confirmed;
            self.restart_session_timer(now, id);
        }
    }

    /// Forgets a dialog without a word to the peer, as after a crash. No [`Event::Ended`] follows.
    pub fn abandon(&mut self, id: DialogId) {
        self.forget(id);
    }

    /// An accepted INVITE is acknowledged before the dialog ends.
    pub(super) fn acknowledge_first(&mut self, id: DialogId, out: &mut dyn Transmit) {
        let unacknowledged =
            |dialog: &Dialog<U>| dialog.acknowledgement.as_ref().is_some_and(|ack| ack.bytes.is_empty());
        if self.dialogs.get(&id).is_some_and(unacknowledged) {
            // It cannot fail: the dialog is there and its INVITE was accepted.
            let _ = self.acknowledge(id, &[], None, out);
        }
    }

    fn close(&mut self, now: Instant, id: DialogId, reason: &str, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        self.evictable.remove(&dialog.as_candidate());
        dialog.stage = Stage::Closing;
        self.waiting_bytes -= dialog.queue.forget_waiting();
        if dialog.is_reachable() {
            let given_up = std::mem::take(&mut dialog.queue.outstanding);
            given_up.iter().for_each(|request| drop(self.finish_client(request.request)));
            self.send_bye(now, id, reason, out);
        }
        match self.dialogs.get_mut(&id) {
            // BYE is repeated until it is answered; nothing else happens in the dialog.
            Some(dialog) if !dialog.queue.outstanding.is_empty() => {
                let success = dialog.success.take().and_then(|success| success.deadline);
                for deadline in [dialog.expiry.take(), dialog.refresh.take(), success] {
                    self.timers.stop(deadline);
                }
                self.evictable.insert(dialog.as_candidate());
            }
            _ => drop(self.forget(id)),
        }
    }

    /// Ends a dialog because something went wrong, with BYE where the peer may still know the dialog.
    pub(super) fn fail(&mut self, now: Instant, id: DialogId, reason: EndReason, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialog(id) else { return drop(self.forget(id)) };
        let (user, early) = (dialog.user, dialog.is_early());
        match reason {
            EndReason::Unknown => drop(self.forget(id)),
            _ if early => drop(self.forget(id)),
            _ => self.end(now, id, out),
        }
        self.events.push_back(Event::Ended(user, id, reason));
    }

    /// Removes a dialog and everything that runs for it.
    pub(super) fn forget(&mut self, id: DialogId) -> Option<Dialog<U>> {
        let mut dialog = self.dialogs.remove(&id)?;
        self.waiting_bytes -= dialog.queue.forget_waiting();
        self.links.move_dialog(id, dialog.flow.link(), None);
        self.evictable.remove(&dialog.as_candidate());
        for request in std::mem::take(&mut dialog.queue.outstanding) {
            self.finish_client(request.request);
        }
        let success = dialog.success.take().and_then(|success| success.deadline);
        for deadline in [dialog.lost, dialog.expiry, dialog.refresh, success] {
            self.timers.stop(deadline);
        }
        Some(dialog)
    }
}
