//! DigitsGeneratedEvent: a device has sent digits into a call.

use smol_str::SmolStr;

use super::super::ConnectionId;
use super::super::arguments::{arguments, list};

arguments! {
    /// A device has sent digits into a call.
    pub struct DigitsGenerated in "DigitsGeneratedEvent" {
        /// The connection that sent them.
        connection: ConnectionId = "connection",
        /// The digits.
        digit_generated_list: SmolStr = "digitGeneratedList",
        /// Length of each digit.
        digit_duration_list: Option<DigitDurationList> = "digitDurationList",
        /// Length of the pause after each digit.
        pause_duration_list: Option<PauseDurationList> = "pauseDurationList",
    }
}

list! {
    /// Lengths of digits in milliseconds.
    pub struct DigitDurationList of i64 = "digitDuration";
}

list! {
    /// Lengths of pauses in milliseconds.
    pub struct PauseDurationList of i64 = "pauseDuration";
}
