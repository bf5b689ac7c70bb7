//! ForwardingEvent: calls of a device go elsewhere from now on, or do so no more.

use super::super::arguments::arguments;
use super::super::{DeviceId, ForwardDefault, ForwardingType, SubjectDeviceId};

arguments! {
    /// Calls of a device go elsewhere from now on, or do so no more.
    pub struct Forwarding in "ForwardingEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Which calls.
        forwarding_type: Option<ForwardingType> = "forwardingType",
        /// Whether they are forwarded.
        forward_status: bool = "forwardStatus",
        /// Where they go.
        forward_to: Option<DeviceId> = "forwardTo",
        /// What the server chose by itself.
        forward_default: Option<ForwardDefault> = "forwardDefault",
        /// How often a call rings before it is forwarded because it is not answered; at most 32,767.
        ring_count: Option<i64> = "ringCount",
        /// For how many seconds a call rings before it is forwarded because it is not answered.
        ring_duration: Option<i64> = "ringDuration" since Ed6,
    }
}
