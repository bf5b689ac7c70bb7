//! Messages and tones: requests to the switch, and what becomes of them.

use std::time::Duration;

use hookflash_core::{self as core, SoundCause, SoundEnds, SoundEventKind, Verb};
use hookflash_wire::csta::{
    ConnectionId, CstaError, EventBody, EventCause, OperationError, Play, Record, RecordMessage, Request,
    Stopped, SuspendPlay, SuspendRecord, TelephonyTone, TelephonyTonesGenerated, TerminatingConditions,
};
use smol_str::SmolStr;

use super::{
    Session,
    device_names::Spelling,
    responses,
    services::{Asked, connection},
};

/// Samples a second of recordings.
const SAMPLING_RATE: i64 = 8_000;

/// A request to the switch, with what its response needs; `None` if it is another request.
pub(super) fn translate(
    request: &Request,
    session: &mut Session,
    switch: &core::Switch,
) -> Option<Result<(core::Request, Asked), CstaError>> {
    let mut named = |name: &ConnectionId| connection(Verb::GenerateDigits, name, session, switch);
    Some(match request {
        Request::GenerateTelephonyTones(request) => {
            named(&request.connection_to_send_tone).and_then(|connection| {
                let tone =
                    tone(&request.tone_to_send).ok_or(operation(OperationError::ToneCharacterOutOfRange))?;
                let length = length(request.tone_duration, OperationError::ToneDurationOutOfRange)?;
                let asked = Asked::GenerateTelephonyTones;
                Ok((core::Request::GenerateTone { connection, tone, length }, asked))
            })
        }
        Request::CancelTelephonyTones(request) => named(&request.connection_to_stop_tone)
            .map(|connection| (core::Request::CancelTone(connection), Asked::CancelTelephonyTones)),
        Request::PlayMessage(request) => named(&request.over_connection).and_then(|connection| {
            let ends = ends(request.duration, request.termination.as_ref())?;
            let message = request.message_to_be_played.clone();
            Ok((core::Request::PlayMessage { connection, message, ends }, Asked::PlayMessage))
        }),
        Request::RecordMessage(request) => named(&request.call_to_be_recorded).and_then(|connection| {
            check_format(request)?;
            let ends = ends(request.max_duration, request.termination.as_ref())?;
            Ok((core::Request::RecordMessage { connection, ends }, Asked::RecordMessage))
        }),
        Request::Stop(request) => named(&request.connection).map(|connection| {
            let message = request.message_to_be_stopped.clone();
            (core::Request::StopSound { connection, message }, Asked::Stop)
        }),
        Request::Suspend(request) => named(&request.connection).map(|connection| {
            let message = request.message.clone();
            (core::Request::SuspendSound { connection, message }, Asked::Suspend)
        }),
        Request::Resume(request) => named(&request.connection).and_then(|connection| {
            let message = request.message_to_resume.clone();
            let most = length(request.duration, OperationError::ValueOutOfRange)?;
            Ok((core::Request::ResumeSound { connection, message, most }, Asked::Resume))
        }),
        Request::DeleteMessage(request) => {
            Ok((core::Request::DeleteMessage(request.message_to_be_deleted.clone()), Asked::DeleteMessage))
        }
        _ => return None,
    })
}

/// Fails if the recording is to be of another kind than ours.
fn check_format(request: &RecordMessage) -> Result<(), CstaError> {
    let rate = request.sampling_rate.is_none_or(|rate| rate == SAMPLING_RATE);
    match rate && request.encoding_algorithm.is_none() {
        true => Ok(()),
        false => Err(operation(OperationError::ParameterNotSupported)),
    }
}

/// What ends a message. A duration that was named ends it, unless the conditions say that it does not.
fn ends(duration: Option<i64>, conditions: Option<&TerminatingConditions>) -> Result<SoundEnds, CstaError> {
    let after = length(duration, OperationError::ValueOutOfRange)?;
    let Some(conditions) = conditions else { return Ok(SoundEnds { after, at_digit: false }) };
    if conditions.speech_detected == Some(true) || conditions.end_of_message_detected == Some(false) {
        return Err(operation(OperationError::ParameterNotSupported));
    }
    let after = after.filter(|_| conditions.duration_exceeded != Some(false));
    Ok(SoundEnds { after, at_digit: conditions.digit_detected == Some(true) })
}

/// A length in milliseconds.
fn length(milliseconds: Option<i64>, wrong: OperationError) -> Result<Option<Duration>, CstaError> {
    let positive = |given: i64| u64::try_from(given).ok().filter(|given| *given > 0);
    let given = milliseconds.map(|given| positive(given).ok_or(operation(wrong))).transpose()?;
    Ok(given.map(Duration::from_millis))
}

fn operation(error: OperationError) -> CstaError {
    CstaError::Operation(error)
}

/// The tones that are known, and the standard's words for them.
const TONES: [(core::Tone, TelephonyTone); 11] = [
    (core::Tone::Beep, TelephonyTone::Beep),
    (core::Tone::Busy, TelephonyTone::Busy),
    (core::Tone::Confirmation, TelephonyTone::Confirmation),
    (core::Tone::Dial, TelephonyTone::Dial),
    (core::Tone::FaxCalling, TelephonyTone::FaxCng),
    (core::Tone::Howler, TelephonyTone::Howler),
    (core::Tone::RecordWarning, TelephonyTone::RecordWarning),
    (core::Tone::Reorder, TelephonyTone::Reorder),
    (core::Tone::Ringback, TelephonyTone::Ringback),
    (core::Tone::Silence, TelephonyTone::Silence),
    (core::Tone::Vacant, TelephonyTone::SitVc),
];

fn tone(word: &TelephonyTone) -> Option<core::Tone> {
    TONES.iter().find(|(_, own)| own == word).map(|(tone, _)| *tone)
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX)
}

/// A device sends a tone into a call.
pub(super) fn tones_generated(
    event: &core::ToneEvent,
    names: Spelling<'_>,
    switch: &core::Switch,
) -> TelephonyTonesGenerated {
    let word = TONES.iter().find(|(tone, _)| *tone == event.tone).map(|(_, word)| word.clone());
    TelephonyTonesGenerated {
        connection: responses::connection(event.connection, names, switch),
        tone_generated: word,
        tone_duration: event.length.map(milliseconds),
    }
}

/// What happened to a message.
pub(super) fn event(event: &core::SoundEvent, names: Spelling<'_>, switch: &core::Switch) -> EventBody {
    let connection = responses::connection(event.connection, names, switch);
    let message: SmolStr = event.message.clone();
    let length = event.length.map(milliseconds);
    let current_position = Some(milliseconds(event.position));
    let cause = Some(match event.cause {
        SoundCause::Normal => EventCause::Normal,
        SoundCause::EndOfMessage => EventCause::EndOfMessageDetected,
        SoundCause::DurationExceeded => EventCause::DurationExceeded,
        SoundCause::Digit => EventCause::DtmfDigitDetected,
        SoundCause::NextMessage => EventCause::NextMessage,
        SoundCause::NoRoom => EventCause::MessageSizeExceeded,
        SoundCause::Left => EventCause::InvalidConnectionState,
    });
    match event.kind {
        SoundEventKind::Play => Play { connection, message, length, current_position, cause }.into(),
        SoundEventKind::Record => Record { connection, message, length, current_position, cause }.into(),
        SoundEventKind::SuspendPlay => {
            SuspendPlay { connection, message, length, current_position, cause }.into()
        }
        SoundEventKind::SuspendRecord => {
            SuspendRecord { connection, message, length, current_position, cause }.into()
        }
        SoundEventKind::Stop => Stopped { connection, message, length, current_position, cause }.into(),
    }
}
