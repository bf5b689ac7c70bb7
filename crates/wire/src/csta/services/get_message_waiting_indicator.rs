//! GetMessageWaitingIndicator: does a device show that a message waits?

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: does this device show that a message waits?
    pub struct GetMessageWaitingIndicator in "GetMessageWaitingIndicator" {
        /// The device.
        device: DeviceId = "device",
    }
}

impl GetMessageWaitingIndicator {
    /// A request with the mandatory arguments only.
    pub fn new(device: impl Into<DeviceId>) -> Self {
        GetMessageWaitingIndicator { device: device.into() }
    }
}

arguments! {
    /// Whether it does.
    pub struct GetMessageWaitingIndicatorResponse in "GetMessageWaitingIndicatorResponse" {
        /// Whether a message waits.
        message_waiting_on: bool = "messageWaitingOn",
        /// The device that has the message.
        device_for_message: Option<DeviceId> = "deviceForMessage",
        /// Whether the device has a lamp for it.
        lamp_is_present: Option<bool> = "lampIsPresent",
    }
}
