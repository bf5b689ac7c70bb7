//! Session timers (RFC 4028): how long a dialog lives without a sign of life, and who gives it.

use std::time::Duration;

use hookflash_wire::sip::{Headers, Refresher, SessionExpires};

use crate::UacstaSettings;

/// The longest interval that is granted.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What was agreed for a dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionTimer {
    /// The dialog ends when it was not refreshed for this long.
    pub interval: Duration,
    /// Who refreshes it; `None` when nobody asked for a session timer: then anything the client sends is a refresh, and
    /// one that comes by datagrams is asked for a sign of life.
    pub refresher: Option<Refresher>,
    /// Whether the client knows session timers, and may be required to.
    pub(super) understood: bool,
}

/// The client asks for less than the shortest interval that is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooShort;

impl SessionTimer {
    /// What the INVITE or UPDATE with these headers is granted (RFC 4028, 9): the interval it asks for, else the
    /// configured one. The client refreshes unless it asks us to, or knows no session timers: then a proxy asks.
    pub(super) fn negotiate(headers: &Headers, settings: &UacstaSettings) -> Result<SessionTimer, TooShort> {
        let requested = headers.session_expires().ok().flatten();
        let least = settings.min_session_expires;
        let own = settings.session_expires.max(least);
        // A proxy that asks says nothing of who refreshes.
        let refresher = requested.and_then(|requested| requested.refresher);
        let understood = headers.supported().contains("timer")
            || headers.require().contains("timer")
            || refresher.is_some();
        if requested.is_none() && !understood {
            return Ok(SessionTimer { interval: own, refresher: None, understood });
        }
        let interval = match requested.map(|requested| Duration::from_secs(u64::from(requested.seconds))) {
            Some(interval) if interval < least && understood => return Err(TooShort),
            Some(interval) => interval.max(least),
            None => {
                let least = headers.min_se().ok().flatten().map_or(0, |least| least.seconds);
                own.max(Duration::from_secs(u64::from(least)))
            }
        };
        let refresher = refresher.unwrap_or(if understood { Refresher::Uac } else { Refresher::Uas });
        Ok(SessionTimer { interval: interval.min(LONGEST), refresher: Some(refresher), understood })
    }

    /// The Session-Expires header that tells the client, if it understands it.
    pub(super) fn header(&self) -> Option<SessionExpires> {
        let seconds = u32::try_from(self.interval.as_secs()).unwrap_or(u32::MAX);
        self.refresher.map(|refresher| SessionExpires { seconds, refresher: Some(refresher) })
    }

    /// The Session-Expires header of a refresh of ours, in which we are the client.
    pub(super) fn interval_as_refresher(&self) -> Option<SessionExpires> {
        let header = self.header()?;
        Some(SessionExpires { refresher: Some(Refresher::Uac), ..header })
    }

    /// Whether refreshing, or finding out whether the client is still there, is up to us.
    pub(super) fn is_ours(&self) -> bool {
        self.refresher != Some(Refresher::Uac)
    }
}
