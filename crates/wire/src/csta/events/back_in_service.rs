//! BackInServiceEvent: a device works again.

use super::super::arguments::arguments;
use super::super::{EventCause, SubjectDeviceId};

arguments! {
    /// A device works again.
    pub struct BackInService in "BackInServiceEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}
