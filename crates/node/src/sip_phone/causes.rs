//! Statuses of SIP and causes of ECMA-269, in both directions: one table.

use std::collections::BTreeMap;

use hookflash_core::{EventCause, Refusal};
use hookflash_wire::sip::{HeaderName, Response, StatusCode};

/// What is configured in place of the usual statuses and causes (`set sip-status`, `set pstn-cause`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Causes {
    /// Causes of Q.850 by statuses.
    of_status: BTreeMap<u32, u32>,
    /// Statuses by causes of Q.850.
    to_status: BTreeMap<u32, u32>,
}

impl Causes {
    pub(super) fn of(ua: &crate::config::SipUa) -> Causes {
        Causes { of_status: ua.cause_of_status.clone(), to_status: ua.status_of_cause.clone() }
    }

    /// How a caller is refused: as usual, unless it is configured otherwise for the status that was said, or for the cause.
    pub(super) fn change(
        &self,
        said: Option<StatusCode>,
        (status, cause): (StatusCode, u8),
    ) -> (StatusCode, u8) {
        let configured = said.and_then(|said| self.of_status.get(&said.code().into())).copied();
        let cause = configured.and_then(|cause| u8::try_from(cause).ok()).unwrap_or(cause);
        let other = self.to_status.get(&cause.into()).and_then(|status| u16::try_from(*status).ok());
        let usual = if configured.is_some() { of_q850(cause.into()) } else { status };
        (other.and_then(StatusCode::new).unwrap_or(usual), cause)
    }
}

/// Why who answered an INVITE so, a phone or another network, does not take the call. 504 stands for no answer at all.
pub(super) fn of_status(status: StatusCode, by_trunk: bool) -> EventCause {
    match (status.code(), by_trunk) {
        (486 | 600, _) => EventCause::Busy,
        (403 | 603 | 607 | 608, _) => EventCause::Refused,
        (401 | 407, true) => EventCause::NetworkNotObtainable,
        (408 | 480, _) => EventCause::Unreachable,
        (404 | 604, _) => EventCause::NumberUnallocated,
        (410, _) => EventCause::NumberChanged,
        (484 | 485, _) => EventCause::InvalidNumberFormat,
        (415 | 420 | 488 | 606, _) => EventCause::IncompatibleDestination,
        (482 | 483, _) => EventCause::NetworkOutOfOrder,
        (487, _) => EventCause::CallCancelled,
        (502 | 504, true) => EventCause::NetworkNotObtainable,
        (503, true) => EventCause::NetworkCongestion,
        (504, false) => EventCause::DestOutOfOrder,
        (500..=599, _) => EventCause::ResourcesNotAvailable,
        _ => EventCause::Unreachable,
    }
}

/// The status of a response of another network, or the one that its Reason means where it names a cause of Q.850 (RFC 3326):
/// that is what the network behind a gateway has said.
pub(super) fn with_reason(response: &Response) -> StatusCode {
    let cause = response.headers().get_all(HeaderName::REASON).find_map(q850_cause);
    cause.and_then(refusal_of_q850).unwrap_or(response.status)
}

/// The value of Reason for a cause of Q.850.
pub(super) fn reason(cause: u8) -> String {
    format!("Q.850;cause={cause}")
}

fn q850_cause(reason: &str) -> Option<u8> {
    let mut params = reason.split(';').map(str::trim);
    params.next().filter(|protocol| protocol.eq_ignore_ascii_case("Q.850"))?;
    let cause = params.find_map(|param| param.split_once('=').filter(|(name, _)| name.trim() == "cause"));
    cause?.1.trim().parse().ok()
}

/// The status that stands for a cause of Q.850 that says why a call was refused; other causes say no more than the status.
fn refusal_of_q850(cause: u8) -> Option<StatusCode> {
    matches!(cause, 1..=3 | 17..=22 | 28).then(|| of_q850(cause.into()))
}

/// How a caller is refused whose call was refused with this status, and the value of Reason (RFC 3326).
pub(super) fn to_caller(status: StatusCode, by_trunk: bool) -> (StatusCode, u8) {
    match (status.code(), by_trunk) {
        (486 | 600, _) => (StatusCode::BUSY_HERE, 17),
        (403, _) => (StatusCode::FORBIDDEN, 21),
        (603 | 607 | 608, _) => (StatusCode::DECLINE, 21),
        (401 | 407, true) => (StatusCode::FORBIDDEN, 57),
        (404 | 604, _) => (StatusCode::NOT_FOUND, 1),
        (410, _) => (StatusCode::GONE, 22),
        (484 | 485, _) => (status, 28),
        (415 | 420 | 488 | 606, _) => (StatusCode::NOT_ACCEPTABLE_HERE, 88),
        (482 | 483, _) => (StatusCode::TEMPORARILY_UNAVAILABLE, 25),
        (504, false) => (StatusCode::TEMPORARILY_UNAVAILABLE, 20),
        (502 | 504, true) => (StatusCode::SERVICE_UNAVAILABLE, 38),
        (503, _) => (StatusCode::SERVICE_UNAVAILABLE, 34),
        (500..=599, _) => (StatusCode::SERVICE_UNAVAILABLE, 41),
        _ => (StatusCode::TEMPORARILY_UNAVAILABLE, 18),
    }
}

/// How a call that failed for this reason is refused, and the value of Reason (RFC 3326).
pub(super) fn to_status(cause: EventCause) -> (StatusCode, u8) {
    match cause {
        EventCause::Busy | EventCause::DoNotDisturb => (StatusCode::BUSY_HERE, 17),
        EventCause::Blocked | EventCause::Refused => (StatusCode::FORBIDDEN, 21),
        EventCause::CallNotAnswered => (StatusCode::TEMPORARILY_UNAVAILABLE, 19),
        EventCause::Unreachable => (StatusCode::TEMPORARILY_UNAVAILABLE, 18),
        EventCause::DestOutOfOrder => (StatusCode::TEMPORARILY_UNAVAILABLE, 20),
        EventCause::DestNotObtainable | EventCause::NumberUnallocated => (StatusCode::NOT_FOUND, 1),
        EventCause::NumberChanged => (StatusCode::GONE, 22),
        EventCause::ReorderTone | EventCause::InvalidNumberFormat => (StatusCode::ADDRESS_INCOMPLETE, 28),
        EventCause::ResourcesNotAvailable | EventCause::IncompatibleDestination => {
            (StatusCode::NOT_ACCEPTABLE_HERE, 88)
        }
        EventCause::NetworkOutOfOrder => (StatusCode::TEMPORARILY_UNAVAILABLE, 25),
        EventCause::NetworkNotObtainable => (StatusCode::SERVICE_UNAVAILABLE, 38),
        EventCause::NetworkCongestion => (StatusCode::SERVICE_UNAVAILABLE, 34),
        _ => (StatusCode::TEMPORARILY_UNAVAILABLE, 31),
    }
}

/// How a call is refused for a cause of Q.850, as `set pstn-cause` of IOS has it.
pub(super) fn of_q850(cause: u32) -> StatusCode {
    match cause {
        1..=3 | 26 | 27 | 31 => StatusCode::NOT_FOUND,
        17 => StatusCode::BUSY_HERE,
        18..=20 => StatusCode::TEMPORARILY_UNAVAILABLE,
        21 | 55 | 57 => StatusCode::FORBIDDEN,
        22 => StatusCode::GONE,
        28 => StatusCode::ADDRESS_INCOMPLETE,
        29 | 58 | 65 | 79 => StatusCode::NOT_IMPLEMENTED,
        34 | 38 | 41 | 42 | 47 | 87 => StatusCode::SERVICE_UNAVAILABLE,
        88 | 95 | 111 => StatusCode::BAD_REQUEST,
        102 => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::SERVER_INTERNAL_ERROR,
    }
}

/// How a call is refused that cannot begin.
pub(super) fn of_refusal(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::PerformanceLimitExceeded => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::ResourceBusy => StatusCode::BUSY_HERE,
        Refusal::InvalidCalledDevice => StatusCode::NOT_FOUND,
        _ => StatusCode::FORBIDDEN,
    }
}

/// The status by which the best of several refusals of one call is chosen: a global one, else the lowest class, and within
/// 4xx what says most.
pub(super) fn weight(status: StatusCode) -> (u16, u16) {
    match status.code() {
        code @ 600..=699 => (0, code),
        code @ (300..=399) => (1, code),
        code @ (415 | 420 | 484 | 486) => (2, code),
        code @ (404 | 480) => (3, code),
        code @ (408 | 487) => (5, code),
        code @ 400..=499 => (4, code),
        code => (6, code),
    }
}
