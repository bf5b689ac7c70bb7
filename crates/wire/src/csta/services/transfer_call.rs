//! TransferCall: merges the held and the active call of a device, which leaves both.

use super::super::arguments::arguments;
use super::super::{CallLinkageDataList, ConnectionId, ConnectionList};

arguments! {
    /// Request: merges the held and the active call of a device, which leaves both.
    pub struct TransferCall in "TransferCall" {
        /// The held connection.
        held_call: ConnectionId = "heldCall",
        /// The active connection of the same device; the other party may still be alerting.
        active_call: ConnectionId = "activeCall",
    }
}

impl TransferCall {
    /// A request with the mandatory arguments only.
    pub fn new(held_call: ConnectionId, active_call: ConnectionId) -> Self {
        TransferCall { held_call, active_call }
    }
}

arguments! {
    /// The call is transferred.
    pub struct TransferCallResponse in "TransferCallResponse" {
        /// The connection of the device that the call went to.
        transferred_call: ConnectionId = "transferredCall",
        /// The connections of the resulting call, one entry for each device that remains in it.
        connections: Option<ConnectionList> = "connections",
        /// What links the resulting call to others.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList" since Ed6,
    }
}
