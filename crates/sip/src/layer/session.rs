//! Session timers of dialogs (RFC 4028).

use hookflash_time::Instant;
use hookflash_wire::sip::{Method, Response, StatusCode};

use super::{EndReason, Event, Layer, Timer};
use crate::{DialogId, Party, SessionTimer, Transmit};

impl<U: Copy> Layer<U> {
    /// The session timer starts anew.
    pub(super) fn restart_session_timer(&mut self, now: Instant, id: DialogId) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        dialog.refreshed = now;
        self.timers.stop(dialog.expiry.take());
        self.timers.stop(dialog.refresh.take());
        let until = dialog.expires().unwrap_or(now + dialog.timer.interval);
        dialog.expiry = Some(self.timers.start(until, Timer::Expiry(id)));
        if dialog.timer.is_ours() {
            dialog.refresh = Some(self.timers.start(now + dialog.timer.interval / 2, Timer::Refresh(id)));
        }
    }

    /// An INVITE of ours in the dialog was accepted with this agreement.
    pub(super) fn session_agreed(&mut self, now: Instant, id: DialogId, response: &Response) {
        if self.settings.session_timer.by_user {
            return;
        }
        let timer = SessionTimer::agreed(response.headers(), &self.settings.session_timer);
        if let Some(dialog) = self.dialogs.get_mut(&id) {
            dialog.timer = timer;
        }
        self.restart_session_timer(now, id);
    }

    /// The peer responded to our refresh, so it is alive, whatever the status. It may want a longer interval.
    pub(super) fn refresh_answered(&mut self, now: Instant, id: DialogId, response: &Response) {
        let least = response.headers().min_se().ok().flatten();
        if let Some(least) = least.filter(|_| response.status == StatusCode::SESSION_INTERVAL_TOO_SMALL) {
            self.lengthen(id, least.seconds);
        }
        self.restart_session_timer(now, id);
    }

    /// The peer wants no shorter interval than this one; what is sent to it next says that.
    pub(super) fn lengthen(&mut self, id: DialogId, seconds: u32) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let least = std::time::Duration::from_secs(u64::from(seconds.min(86_400)));
        dialog.timer.interval = dialog.timer.interval.max(least);
    }

    /// The session timer ran out, unless the peer needs none and has been heard or is still connected.
    pub(super) fn expiry(&mut self, now: Instant, id: DialogId, out: &mut dyn Transmit) {
        let Some(dialog) = self.dialogs.get_mut(&id) else { return };
        let until = dialog.expires().unwrap_or(now + dialog.timer.interval);
        if until <= now {
            return self.fail(now, id, EndReason::Expired, out);
        }
        dialog.expiry = Some(self.timers.start(until, Timer::Expiry(id)));
    }

    /// Half of the session's time is over and refreshing is up to us. Without a session timer only a peer that is reached
    /// by datagrams and has been silent is asked; any answer, even that it knows no UPDATE, says that it is there.
    pub(super) fn refresh(&mut self, now: Instant, id: DialogId, out: &mut dyn Transmit) {
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
        if dialog.timer.refresher == Some(Party::Us) && !dialog.takes_update {
            let user = dialog.user;
            return self.events.push_back(Event::RefreshDue(user, id));
        }
        self.send_in_order(now, id, &Method::Update, None, out);
    }
}
