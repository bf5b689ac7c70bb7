//! GroupPickupCall: moves a call that rings in a group to a device and connects it there.

use super::super::arguments::arguments;
use super::super::{CallData, CallLinkageData, ConnectionId, DeviceId};

arguments! {
    /// Request: moves a call that rings in a pick-up group to a device and connects it there.
    pub struct GroupPickupCall in "GroupPickupCall" {
        /// The device that gets the call.
        new_destination: DeviceId = "newDestination",
        /// The group; absent means the device's own.
        pick_group: Option<DeviceId> = "pickGroup",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
    }
}

impl GroupPickupCall {
    /// A request with the mandatory arguments only.
    pub fn new(new_destination: impl Into<DeviceId>) -> Self {
        GroupPickupCall {
            new_destination: new_destination.into(),
            pick_group: None,
            correlator_data: None,
            user_data: None,
        }
    }
}

arguments! {
    /// The device has the call.
    pub struct GroupPickupCallResponse in "GroupPickupCallResponse" {
        /// The requesting device's connection.
        picked_call: ConnectionId = "pickedCall",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}
