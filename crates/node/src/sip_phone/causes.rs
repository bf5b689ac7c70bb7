//! Statuses of SIP and causes of ECMA-269, in both directions: one table.

use hookflash_core::{EventCause, Refusal};
use hookflash_wire::sip::StatusCode;

/// Why a phone that answered an INVITE so does not take the call.
pub(super) fn of_status(status: StatusCode) -> EventCause {
    match status.code() {
        486 | 600 => EventCause::Busy,
        403 | 603 | 607 | 608 => EventCause::Blocked,
        408 | 480 | 404 | 410 | 604 => EventCause::DestNotObtainable,
        415 | 420 | 488 | 606 => EventCause::ResourcesNotAvailable,
        487 => EventCause::CallCancelled,
        500..=599 => EventCause::DestOutOfOrder,
        _ => EventCause::DestNotObtainable,
    }
}

/// How a call that failed for this reason is refused, and the value of Reason (RFC 3326).
pub(super) fn to_status(cause: EventCause) -> (StatusCode, u8) {
    match cause {
        EventCause::Busy => (StatusCode::BUSY_HERE, 17),
        EventCause::Blocked => (StatusCode::FORBIDDEN, 21),
        EventCause::CallNotAnswered => (StatusCode::TEMPORARILY_UNAVAILABLE, 19),
        EventCause::DestOutOfOrder => (StatusCode::TEMPORARILY_UNAVAILABLE, 20),
        EventCause::DestNotObtainable => (StatusCode::NOT_FOUND, 1),
        EventCause::ReorderTone => (StatusCode::ADDRESS_INCOMPLETE, 28),
        EventCause::ResourcesNotAvailable => (StatusCode::NOT_ACCEPTABLE_HERE, 88),
        _ => (StatusCode::TEMPORARILY_UNAVAILABLE, 16),
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
