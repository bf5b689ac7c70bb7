//! Forwarding in the words of CSTA: types, numbers and rings.
//!
//! The switch counts seconds until nobody answers; CSTA counts rings, and seconds only from the sixth edition on. A
//! ring is taken for six seconds, the cadence of two on and four off.

use std::time::Duration;

use hookflash_core::{self as core, Forwarding, ForwardingType, NO_ANSWER_TIMEOUTS};
use hookflash_wire::csta::{
    self, CstaError, ForwardListItem, ForwardingList, GetForwardingResponse, OperationError, SetForwarding,
};

use super::device_names::Spelling;

/// Seconds from the beginning of one ring to that of the next.
const RING_SECONDS: u64 = 6;

/// What SetForwarding asks of the switch.
pub(super) fn request(request: &SetForwarding, device: core::DeviceId) -> Result<core::Request, CstaError> {
    let operation = CstaError::Operation;
    // Without a type, all calls are meant.
    let kind = request.forwarding_type.unwrap_or(csta::ForwardingType::Immediate);
    let kind = from_word(kind).ok_or(operation(OperationError::InvalidForwardingType))?;
    if !request.activate_forward {
        return Ok(core::Request::DeactivateForwarding { device, kind });
    }
    let complete = |number: &csta::Number| !number.incomplete;
    let number = match &request.forward_dn {
        Some(name) => {
            let number = name.number().filter(complete);
            Some(number.ok_or(operation(OperationError::InvalidForwardingDestination))?.digits)
        }
        None => None,
    };
    let no_answer_timeout = match kind {
        ForwardingType::NoAnswer => no_answer_timeout(request)?,
        ForwardingType::Immediate | ForwardingType::Busy => None,
    };
    Ok(core::Request::ActivateForwarding { device, kind, number, no_answer_timeout })
}

/// Seconds where they are given, for they are exact; else rings.
fn no_answer_timeout(request: &SetForwarding) -> Result<Option<Duration>, CstaError> {
    let rings = request.ring_count.map(|count| count.saturating_mul(RING_SECONDS.cast_signed()));
    let Some(seconds) = request.ring_duration.or(rings) else { return Ok(None) };
    let timeout = u64::try_from(seconds).ok().map(Duration::from_secs);
    let timeout = timeout.filter(|timeout| NO_ANSWER_TIMEOUTS.contains(timeout));
    timeout.map(Some).ok_or(CstaError::Operation(OperationError::InvalidRingCount))
}

/// All types of forwarding that there are, in force or not.
pub(super) fn response(
    forwarding: &Forwarding,
    names: Spelling<'_>,
    switch: &core::Switch,
) -> GetForwardingResponse {
    let items = ForwardingType::ALL.into_iter().map(|kind| {
        let forward = forwarding.get(kind);
        let timeout =
            (kind == ForwardingType::NoAnswer && forward.is_some()).then_some(forwarding.no_answer_timeout);
        ForwardListItem {
            forwarding_type: Some(word(kind)),
            forward_status: forward.is_some(),
            forward_dn: forward.map(|forward| names.dialled(&forward.number, switch)),
            forward_default: None,
            ring_count: timeout.map(rings),
            ring_duration: timeout.map(seconds),
        }
    });
    GetForwardingResponse { forwarding_list: ForwardingList(items.collect()) }
}

/// The content of a ForwardingEvent.
pub(super) fn event(
    event: &core::ForwardingEvent,
    names: Spelling<'_>,
    switch: &core::Switch,
) -> csta::Forwarding {
    csta::Forwarding {
        device: csta::SubjectDeviceId::Device(names.name(event.device, switch)),
        forwarding_type: Some(word(event.kind)),
        forward_status: event.number.is_some(),
        forward_to: event.number.as_ref().map(|number| names.dialled(number, switch)),
        forward_default: None,
        ring_count: event.no_answer_timeout.map(rings),
        ring_duration: event.no_answer_timeout.map(seconds),
    }
}

/// Whole rings, rounded, at least one; at most 10,000 for the longest timeout.
fn rings(timeout: Duration) -> i64 {
    let rings = (timeout.as_secs() + RING_SECONDS / 2) / RING_SECONDS;
    i64::try_from(rings.max(1)).unwrap_or(i64::MAX)
}

fn seconds(timeout: Duration) -> i64 {
    i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX)
}

fn word(kind: ForwardingType) -> csta::ForwardingType {
    match kind {
        ForwardingType::Immediate => csta::ForwardingType::Immediate,
        ForwardingType::Busy => csta::ForwardingType::Busy,
        ForwardingType::NoAnswer => csta::ForwardingType::NoAnswer,
    }
}

fn from_word(word_given: csta::ForwardingType) -> Option<ForwardingType> {
    ForwardingType::ALL.into_iter().find(|kind| word(*kind) == word_given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_counted_as_they_are_heard() {
        for (given, told) in [(3, 1), (6, 1), (9, 2), (12, 2), (20, 3), (60_000, 10_000)] {
            assert_eq!(rings(Duration::from_secs(given)), told, "{given} s");
        }
    }
}
