//! How long requests of ours wait for an answer, and how far calls go (`retry`, `timers` and `max-forwards` of `sip-ua`).

use std::time::Duration;

use hookflash_sip::{InviteTimers, T1, T2, TRANSACTION_TIMEOUT};
use hookflash_wire::sip::Method;
use smol_str::SmolStr;

use super::{INVITE_PATIENCE, leg::MAX_FORWARDS};
use crate::config;

/// How long and how often requests wait for an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Retries {
    /// How often a request of a method is sent.
    counts: Vec<(SmolStr, u32)>,
    /// When an INVITE is repeated for the first time.
    trying: Duration,
    /// How long a call may ring.
    rings: Option<Duration>,
    /// Max-Forwards of calls.
    pub(super) hops: u32,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries { counts: Vec::new(), trying: T1, rings: None, hops: MAX_FORWARDS }
    }
}

impl Retries {
    pub(super) fn of(ua: &config::SipUa) -> Retries {
        let millis = |value: u32| Duration::from_millis(value.into());
        Retries {
            counts: ua.retries.iter().map(|(method, count)| (method.clone(), *count)).collect(),
            trying: ua.trying.map_or(T1, millis),
            rings: ua.rings.map(millis),
            hops: ua.max_forwards.unwrap_or(MAX_FORWARDS),
        }
    }

    /// How long an answer to a request is waited for, if it is configured.
    pub(super) fn patience(&self, method: &Method) -> Option<Duration> {
        let named = |name: &SmolStr| name.eq_ignore_ascii_case(method.as_str());
        let (_, count) = self.counts.iter().find(|(name, _)| named(name))?;
        let (first, longest) = match method {
            Method::Invite => (self.trying, TRANSACTION_TIMEOUT),
            _ => (T1, T2),
        };
        let waits = (0..*count).map(|again| (first * 2u32.saturating_pow(again)).min(longest));
        Some(waits.sum::<Duration>().min(TRANSACTION_TIMEOUT))
    }

    /// How long an answer to an INVITE is waited for.
    pub(super) fn of_invite(&self) -> Duration {
        self.patience(&Method::Invite).unwrap_or(INVITE_PATIENCE)
    }

    /// How long an answer to another request is waited for.
    pub(super) fn of_other(&self, method: &Method) -> Duration {
        self.patience(method).unwrap_or(TRANSACTION_TIMEOUT)
    }

    /// The timers of the SIP layer.
    pub(crate) fn timers(&self) -> InviteTimers {
        let default = InviteTimers::default();
        InviteTimers { repeated_after: self.trying, rings: self.rings.unwrap_or(default.rings) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_waits_for_as_long_as_it_is_repeated() {
        let text = "sip-ua\n retry invite 3\n retry register 5\n timers trying 200\n timers expires 60000\n";
        let settings = config::load(text).settings;
        let retries = Retries::of(settings.sip_ua.as_ref().unwrap());
        assert_eq!(retries.of_invite(), Duration::from_millis(200 + 400 + 800));
        assert_eq!(
            retries.of_other(&Method::Register),
            Duration::from_millis(500 + 1000 + 2000 + 4000 + 4000)
        );
        assert_eq!(retries.of_other(&Method::Options), TRANSACTION_TIMEOUT);
        assert_eq!(retries.timers().rings, Duration::from_secs(60));
        assert_eq!(Retries::default().of_invite(), INVITE_PATIENCE);
    }
}
