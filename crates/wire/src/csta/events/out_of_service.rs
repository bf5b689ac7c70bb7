//! OutOfServiceEvent: a device does not work any more.

use super::super::arguments::arguments;
use super::super::{EventCause, SubjectDeviceId};

arguments! {
    /// A device does not work any more.
    pub struct OutOfService in "OutOfServiceEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Why.
        cause: Option<EventCause> = "cause",
    }
}
