//! AutoAnswerEvent: a device answers calls by itself from now on, or no more.

use super::super::SubjectDeviceId;
use super::super::arguments::arguments;

arguments! {
    /// A device answers calls by itself from now on, or no more.
    pub struct AutoAnswer in "AutoAnswerEvent" {
        /// The device.
        invoking_device: SubjectDeviceId = "invokingDevice",
        /// Whether it does.
        auto_answer_on: bool = "autoAnswerOn",
        /// After how many rings.
        number_of_rings: Option<i64> = "numberOfRings",
    }
}
