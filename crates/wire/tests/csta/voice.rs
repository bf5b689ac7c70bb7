//! Messages that are played and recorded, and tones.

use hookflash_wire::csta::*;

use crate::messages::connections;

fn terminations() -> Vec<Option<TerminatingConditions>> {
    let conditions = |yes| TerminatingConditions {
        duration_exceeded: Some(yes),
        digit_detected: Some(yes),
        end_of_message_detected: Some(yes),
        speech_detected: Some(yes),
    };
    let none = TerminatingConditions {
        duration_exceeded: None,
        digit_detected: None,
        end_of_message_detected: None,
        speech_detected: None,
    };
    vec![None, Some(none), Some(conditions(true)), Some(conditions(false))]
}

pub fn messages() -> Vec<Message> {
    let mut messages: Vec<Message> = Vec::new();
    let message = || "welcome".into();
    let encodings = [None, Some(EncodingAlgorithm::ALaw6K), Some(EncodingAlgorithm::Adpcm8K)];
    for connection in connections() {
        for termination in terminations() {
            let play = PlayMessage {
                message_to_be_played: message(),
                over_connection: connection.clone(),
                duration: termination.as_ref().map(|_| 1_000),
                termination,
            };
            messages.push(Message::Request(play.into()));
        }
        for (encoding_algorithm, termination) in encodings.into_iter().zip(terminations()) {
            let record = RecordMessage {
                call_to_be_recorded: connection.clone(),
                resource: encoding_algorithm.map(|_| "1".into()),
                sampling_rate: encoding_algorithm.map(|_| 8_000),
                encoding_algorithm,
                max_duration: encoding_algorithm.map(|_| 60_000),
                termination,
            };
            messages.push(Message::Request(record.into()));
        }
        for message in [None, Some("welcome".into())] {
            let resource = message.clone();
            let named = |own: &ConnectionId| own.clone();
            messages.push(Message::Request(
                Stop {
                    connection: named(&connection),
                    message_to_be_stopped: message.clone(),
                    resource: resource.clone(),
                }
                .into(),
            ));
            messages.push(Message::Request(
                Suspend {
                    connection: named(&connection),
                    message: message.clone(),
                    resource: resource.clone(),
                }
                .into(),
            ));
            let resume = ResumeMessage {
                connection: named(&connection),
                duration: message.as_ref().map(|_| 5),
                message_to_resume: message,
                resource,
            };
            messages.push(Message::Request(resume.into()));
        }
        let cancel = CancelTelephonyTones { connection_to_stop_tone: connection.clone() };
        messages.push(Message::Request(cancel.into()));
    }
    for tone in
        [TelephonyTone::Beep, TelephonyTone::RecordWarning, TelephonyTone::SitVc, TelephonyTone::FaxCng]
    {
        for tone_duration in [None, Some(300)] {
            let generate = GenerateTelephonyTones {
                connection_to_send_tone: ConnectionId::new("1", "201"),
                tone_to_send: tone.clone(),
                tone_duration,
            };
            messages.push(Message::Request(generate.into()));
        }
    }
    messages.push(Message::Request(DeleteMessage { message_to_be_deleted: message() }.into()));
    let responses: [Response; 8] = [
        GenerateTelephonyTonesResponse.into(),
        CancelTelephonyTonesResponse.into(),
        PlayMessageResponse.into(),
        RecordMessageResponse { resulting_message: message() }.into(),
        StopResponse.into(),
        SuspendResponse.into(),
        ResumeMessageResponse.into(),
        DeleteMessageResponse.into(),
    ];
    messages.extend(responses.into_iter().map(Message::Response));
    messages
}

pub fn events() -> Vec<EventBody> {
    let connection = || ConnectionId::new("1", "201");
    let message = || "welcome".into();
    let mut events: Vec<EventBody> = Vec::new();
    for (length, cause) in [(None, None), (Some(1_500), Some(EventCause::EndOfMessageDetected))] {
        let current_position = length;
        let (c, m) = (connection, message);
        events.extend([
            Play { connection: c(), message: m(), length, current_position, cause: cause.clone() }.into(),
            Record { connection: c(), message: m(), length, current_position, cause: cause.clone() }.into(),
            Stopped { connection: c(), message: m(), length, current_position, cause: cause.clone() }.into(),
            SuspendPlay { connection: c(), message: m(), length, current_position, cause: cause.clone() }
                .into(),
            SuspendRecord { connection: c(), message: m(), length, current_position, cause }.into(),
            TelephonyTonesGenerated {
                connection: connection(),
                tone_generated: length.map(|_| TelephonyTone::Busy),
                tone_duration: length,
            }
            .into(),
        ]);
    }
    events
}
