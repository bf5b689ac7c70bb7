//! The voice services: messages are played into calls and recorded from them.

use smol_str::SmolStr;

use super::super::ConnectionId;
use super::super::arguments::arguments;
use super::super::vocabulary::words;

arguments! {
    /// What ends a message or a recording before it is told to.
    pub struct TerminatingConditions {
        /// It has taken as long as was asked for.
        duration_exceeded: Option<bool> = "durationExceeded",
        /// A party has pressed a digit.
        digit_detected: Option<bool> = "dTMFDigitDetected",
        /// Nothing of the message is left.
        end_of_message_detected: Option<bool> = "endOfMessageDetected",
        /// A party speaks.
        speech_detected: Option<bool> = "speechDetected",
    }
}

arguments! {
    /// Request: plays a message.
    pub struct PlayMessage in "PlayMessage" {
        /// The name of the message.
        message_to_be_played: SmolStr = "messageToBePlayed",
        /// The connection whose device hears it; a device of the server speaks it.
        over_connection: ConnectionId = "overConnection",
        /// For how many milliseconds at most.
        duration: Option<i64> = "duration",
        /// What ends it.
        termination: Option<TerminatingConditions> = "termination",
    }
}

arguments! {
    /// It is being played.
    pub struct PlayMessageResponse in "PlayMessageResponse";
}

words! {
    /// How recorded audio is encoded.
    pub enum EncodingAlgorithm {
        /// ADPCM at 6 kHz.
        Adpcm6K = "aDPCM6K",
        /// ADPCM at 8 kHz.
        Adpcm8K = "aDPCM8K",
        /// Mu-law at 6 kHz.
        MuLaw6K = "muLawPCM6K",
        /// A-law at 6 kHz.
        ALaw6K = "aLawPCM6K",
    }
}

arguments! {
    /// Request: records a call.
    pub struct RecordMessage in "RecordMessage" {
        /// The connection whose call is recorded.
        call_to_be_recorded: ConnectionId = "callToBeRecorded",
        /// What records it.
        resource: Option<SmolStr> = "resource",
        /// Samples a second.
        sampling_rate: Option<i64> = "samplingRate",
        /// How they are encoded.
        encoding_algorithm: Option<EncodingAlgorithm> = "encodingAlgorithm",
        /// For how many milliseconds at most.
        max_duration: Option<i64> = "maxDuration",
        /// What ends it.
        termination: Option<TerminatingConditions> = "termination",
    }
}

arguments! {
    /// It is being recorded.
    pub struct RecordMessageResponse in "RecordMessageResponse" {
        /// The name by which it can be played.
        resulting_message: SmolStr = "resultingMessage",
    }
}

arguments! {
    /// Request: ends what is played or recorded.
    pub struct Stop in "Stop" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message; absent means all.
        message_to_be_stopped: Option<SmolStr> = "messageToBeStopped",
        /// What plays or records it.
        resource: Option<SmolStr> = "resource",
    }
}

arguments! {
    /// It has ended.
    pub struct StopResponse in "StopResponse";
}

arguments! {
    /// Request: stops what is played or recorded for a while.
    pub struct Suspend in "Suspend" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message; absent means all.
        message: Option<SmolStr> = "message",
        /// What plays or records it.
        resource: Option<SmolStr> = "resource",
    }
}

arguments! {
    /// It waits.
    pub struct SuspendResponse in "SuspendResponse";
}

arguments! {
    /// Request: goes on with what was suspended.
    pub struct ResumeMessage in "Resume" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// The name of the message; absent means all.
        message_to_resume: Option<SmolStr> = "messageToResume",
        /// What plays or records it.
        resource: Option<SmolStr> = "resource",
        /// For how many milliseconds at most.
        duration: Option<i64> = "duration",
    }
}

arguments! {
    /// It goes on.
    pub struct ResumeMessageResponse in "ResumeResponse";
}

arguments! {
    /// Request: removes a recorded message.
    pub struct DeleteMessage in "DeleteMessage" {
        /// The name of the message.
        message_to_be_deleted: SmolStr = "messageToBeDeleted",
    }
}

arguments! {
    /// There is no such message any more.
    pub struct DeleteMessageResponse in "DeleteMessageResponse";
}
