//! SetAutoAnswer: a device answers calls by itself from now on, or no more.

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: changes whether a device answers calls by itself.
    pub struct SetAutoAnswer in "SetAutoAnswer" {
        /// The device.
        device: DeviceId = "device",
        /// Whether it answers by itself from now on.
        auto_answer_on: bool = "autoAnswerOn",
        /// After how many rings; absent means at once.
        number_of_rings: Option<i64> = "numberOfRings",
    }
}

arguments! {
    /// Done.
    pub struct SetAutoAnswerResponse in "SetAutoAnswerResponse";
}
