//! Calls that did not get through: what a phone shows, says and plays for each cause.

use hookflash_core::EventCause;
use hookflash_wire::sccp::{CallState, Phrase, Text, Tone};

/// How a failed call looks and sounds at the phone of who called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    pub(super) state: CallState,
    pub(super) tone: Tone,
    pub(super) text: Text,
}

/// What a call looks and sounds like that failed for this reason.
pub(super) fn of(cause: EventCause) -> Failure {
    let failure = |state, tone, text| Failure { state, tone, text };
    let congestion = |text| failure(CallState::CONGESTION, Tone::REORDER, text);
    let wrong_number = |text| failure(CallState::INVALID_NUMBER, Tone::REORDER, text);
    match cause {
        EventCause::Busy | EventCause::DoNotDisturb => {
            failure(CallState::BUSY, Tone::LINE_BUSY, Phrase::BUSY.into())
        }
        EventCause::DestNotObtainable | EventCause::NumberUnallocated | EventCause::InvalidNumberFormat => {
            wrong_number(Phrase::UNKNOWN_NUMBER.into())
        }
        EventCause::NumberChanged => wrong_number(Phrase::NUMBER_NOT_CONFIGURED.into()),
        EventCause::Blocked => congestion(Phrase::FORWARD_ALL_LOOP_DETECTED.into()),
        EventCause::Refused => congestion(Text::plain("Call refused")),
        EventCause::CallNotAnswered => congestion(Text::plain("No answer")),
        EventCause::NetworkCongestion => congestion(Phrase::HIGH_TRAFFIC_TRY_AGAIN_LATER.into()),
        _ => congestion(Phrase::TEMPORARY_FAILURE.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_a_state_a_tone_and_a_text() {
        let shown = |cause| {
            let Failure { state, tone, text } = of(cause);
            format!("{state} {tone} {text}")
        };
        let loops = shown(EventCause::Blocked);
        for (cause, wanted) in [
            (EventCause::Busy, "Busy LineBusyTone Busy"),
            (EventCause::NumberUnallocated, "InvalidNumber ReorderTone Unknown number"),
            (EventCause::DestNotObtainable, "InvalidNumber ReorderTone Unknown number"),
            (EventCause::Refused, "Congestion ReorderTone Call refused"),
            (EventCause::Unreachable, "Congestion ReorderTone Temp fail"),
            (EventCause::DestOutOfOrder, "Congestion ReorderTone Temp fail"),
            (EventCause::CallNotAnswered, "Congestion ReorderTone No answer"),
        ] {
            assert_eq!(shown(cause), wanted, "{cause:?}");
            assert_ne!(shown(cause), loops, "{cause:?}");
        }
    }
}
