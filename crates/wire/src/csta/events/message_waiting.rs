//! MessageWaitingEvent: a message waits for a device, or does so no more.

use super::super::arguments::arguments;
use super::super::{DeviceId, SubjectDeviceId};

arguments! {
    /// A message waits for a device, or does so no more.
    pub struct MessageWaiting in "MessageWaitingEvent" {
        /// The device that shows it.
        target_device: SubjectDeviceId = "targetDevice",
        /// The device that has the message.
        device_for_message: Option<DeviceId> = "deviceForMessage",
        /// Whether a message waits.
        message_waiting_on: bool = "messageWaitingOn",
    }
}
