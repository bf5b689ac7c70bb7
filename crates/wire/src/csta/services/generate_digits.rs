//! GenerateDigits: sends digits into a call, as tones or as pulses.

use smol_str::SmolStr;

use super::super::ConnectionId;
use super::super::arguments::arguments;
use super::super::vocabulary::words;

arguments! {
    /// Request: sends digits into a call.
    pub struct GenerateDigits in "GenerateDigits" {
        /// The connection that sends them.
        connection_to_send_digits: ConnectionId = "connectionToSendDigits",
        /// How they are sent; absent means [`DigitMode::Dtmf`].
        digit_mode: Option<DigitMode> = "digitMode",
        /// The digits: `0`-`9`, `*`, `#`, `A`-`D`.
        characters_to_send: SmolStr = "charactersToSend",
        /// Length of a tone in milliseconds.
        tone_duration: Option<i64> = "toneDuration",
        /// Pulses per second.
        pulse_rate: Option<i64> = "pulseRate",
        /// Pause between two digits in milliseconds.
        pause_duration: Option<i64> = "pauseDuration",
    }
}

impl GenerateDigits {
    /// A request with the mandatory arguments only.
    pub fn new(connection_to_send_digits: ConnectionId, characters_to_send: impl Into<SmolStr>) -> Self {
        GenerateDigits {
            connection_to_send_digits,
            digit_mode: None,
            characters_to_send: characters_to_send.into(),
            tone_duration: None,
            pulse_rate: None,
            pause_duration: None,
        }
    }
}

arguments! {
    /// The digits are being sent.
    pub struct GenerateDigitsResponse in "GenerateDigitsResponse";
}

words! {
    /// How digits are sent.
    pub enum DigitMode {
        /// As interruptions of the line current.
        RotaryPulse = "rotaryPulse",
        /// As tones.
        Dtmf = "dTMF",
    }
}
