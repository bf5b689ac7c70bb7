//! Session timers (RFC 4028): how long a dialog lives without a refresh, and who sends it.

use std::time::Duration;

use hookflash_wire::sip::{Headers, Refresher, SessionExpires};

use crate::SessionTimerSettings;

/// The longest interval that is granted.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// One of the two parties of a dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Party {
    /// This element.
    Us,
    /// The other one.
    Peer,
}

/// What was agreed for a dialog.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionTimer {
    /// The dialog ends when it was not refreshed for this long.
    pub interval: Duration,
    /// Who refreshes it; `None` when nobody asked for a session timer: then anything the peer sends is a refresh, and
    /// a peer reached by datagrams is asked for a sign of life.
    pub refresher: Option<Party>,
    /// Whether the peer knows session timers, and may be required to.
    pub(crate) understood: bool,
}

/// The peer asks for less than the shortest interval that is accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooShort;

impl SessionTimer {
    /// What the INVITE or UPDATE of a peer with these headers is granted (RFC 4028, 9): the interval it asks for, else
    /// the configured one. The peer refreshes unless it asks us to, or knows no session timers: then a proxy asks.
    pub(crate) fn grant(
        headers: &Headers,
        settings: &SessionTimerSettings,
    ) -> Result<SessionTimer, TooShort> {
        let requested = headers.session_expires().ok().flatten();
        let least = settings.least;
        let own = settings.interval.max(least);
        // A proxy that asks does not say who refreshes.
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
        let refresher = match refresher.unwrap_or(if understood { Refresher::Uac } else { Refresher::Uas }) {
            Refresher::Uac => Party::Peer,
            Refresher::Uas => Party::Us,
        };
        Ok(SessionTimer { interval: interval.min(LONGEST), refresher: Some(refresher), understood })
    }

    /// What a 2xx to an INVITE of ours with these headers agrees to (RFC 4028, 7.2).
    pub(crate) fn agreed(headers: &Headers, settings: &SessionTimerSettings) -> SessionTimer {
        let own = settings.interval.max(settings.least);
        let Some(expires) = headers.session_expires().ok().flatten() else {
            return SessionTimer { interval: own, refresher: None, understood: false };
        };
        let refresher = match expires.refresher {
            Some(Refresher::Uas) => Party::Peer,
            Some(Refresher::Uac) | None => Party::Us,
        };
        let interval = Duration::from_secs(u64::from(expires.seconds)).clamp(settings.least, LONGEST);
        SessionTimer { interval, refresher: Some(refresher), understood: true }
    }

    /// The Session-Expires header of our response.
    pub(crate) fn header_as_server(&self) -> Option<SessionExpires> {
        let refresher = match self.refresher? {
            Party::Us => Refresher::Uas,
            Party::Peer => Refresher::Uac,
        };
        Some(SessionExpires { seconds: self.seconds(), refresher: Some(refresher) })
    }

    /// The Session-Expires header of a refresh of ours.
    pub(crate) fn header_as_client(&self) -> Option<SessionExpires> {
        let refresher = match self.refresher? {
            Party::Us => Refresher::Uac,
            Party::Peer => Refresher::Uas,
        };
        Some(SessionExpires { seconds: self.seconds(), refresher: Some(refresher) })
    }

    /// Whether refreshing, or finding out whether the peer is still there, is up to us.
    pub(crate) fn is_ours(&self) -> bool {
        self.refresher != Some(Party::Peer)
    }

    fn seconds(&self) -> u32 {
        u32::try_from(self.interval.as_secs()).unwrap_or(u32::MAX)
    }
}
