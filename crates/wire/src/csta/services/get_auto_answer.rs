//! GetAutoAnswer: whether a device answers calls by itself.

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: does this device answer calls by itself?
    pub struct GetAutoAnswer in "GetAutoAnswer" {
        /// The device.
        device: DeviceId = "device",
    }
}

arguments! {
    /// Whether it does.
    pub struct GetAutoAnswerResponse in "GetAutoAnswerResponse" {
        /// Whether it does.
        auto_answer_on: bool = "autoAnswerOn",
        /// After how many rings.
        number_of_rings: Option<i64> = "numberOfRings",
    }
}
