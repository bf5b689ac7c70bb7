//! DirectedPickupCall: moves a certain call to the requesting device and connects it there.

use super::super::arguments::arguments;
use super::super::{CallData, CallLinkageData, ConnectionId, DeviceId};

arguments! {
    /// Request: moves a call from another device to the requesting one and connects it there.
    pub struct DirectedPickupCall in "DirectedPickupCall" {
        /// The connection of the other device: alerting, queued or on hold.
        call_to_be_picked_up: ConnectionId = "callToBePickedUp",
        /// The device that gets the call.
        requesting_device: DeviceId = "requestingDevice",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
    }
}

impl DirectedPickupCall {
    /// A request with the mandatory arguments only.
    pub fn new(call_to_be_picked_up: ConnectionId, requesting_device: impl Into<DeviceId>) -> Self {
        DirectedPickupCall {
            call_to_be_picked_up,
            requesting_device: requesting_device.into(),
            correlator_data: None,
            user_data: None,
        }
    }
}

arguments! {
    /// The device has the call.
    pub struct DirectedPickupCallResponse in "DirectedPickupCallResponse" {
        /// The requesting device's connection.
        picked_call: ConnectionId = "pickedCall",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}
