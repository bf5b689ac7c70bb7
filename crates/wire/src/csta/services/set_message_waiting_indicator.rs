//! SetMessageWaitingIndicator: makes a device show that a message waits, or show it no more.

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: changes whether a device shows that a message waits.
    pub struct SetMessageWaitingIndicator in "SetMessageWaitingIndicator" {
        /// The device.
        device: DeviceId = "device",
        /// Whether a message waits.
        message_waiting_on: bool = "messageWaitingOn",
        /// The device that has the message.
        device_for_message: Option<DeviceId> = "deviceForMessage",
    }
}

impl SetMessageWaitingIndicator {
    /// A request with the mandatory arguments only.
    pub fn new(device: impl Into<DeviceId>, message_waiting_on: bool) -> Self {
        SetMessageWaitingIndicator { device: device.into(), message_waiting_on, device_for_message: None }
    }
}

arguments! {
    /// Done.
    pub struct SetMessageWaitingIndicatorResponse in "SetMessageWaitingIndicatorResponse";
}
