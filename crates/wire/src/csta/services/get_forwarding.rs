//! GetForwarding: where do the calls of a device go?

use super::super::arguments::{arguments, list};
use super::super::{DeviceId, ForwardDefault, ForwardingType};

arguments! {
    /// Request: where do the calls of this device go?
    pub struct GetForwarding in "GetForwarding" {
        /// The device.
        device: DeviceId = "device",
    }
}

arguments! {
    /// Where they go.
    pub struct GetForwardingResponse in "GetForwardingResponse" {
        /// One entry for each type of forwarding that the device has.
        forwarding_list: ForwardingList = "forwardingList",
    }
}

list! {
    /// The types of forwarding that a device has.
    pub struct ForwardingList of ForwardListItem = "forwardListItem";
}

arguments! {
    /// One type of forwarding.
    pub struct ForwardListItem {
        /// Which calls.
        forwarding_type: Option<ForwardingType> = "forwardingType",
        /// Whether they are forwarded.
        forward_status: bool = "forwardStatus",
        /// Where they go.
        forward_dn: Option<DeviceId> = "forwardDN",
        /// What the server chose by itself.
        forward_default: Option<ForwardDefault> = "forwardDefault",
        /// How often a call rings before it is forwarded because it is not answered.
        ring_count: Option<i64> = "ringCount",
        /// For how many seconds a call rings before it is forwarded because it is not answered.
        ring_duration: Option<i64> = "ringDuration" since Ed6,
    }
}
