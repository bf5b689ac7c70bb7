//! ConferenceCall: merges the held and the active call of a device, which stays in the result.

use super::super::arguments::arguments;
use super::super::{CallLinkageDataList, ConnectionId, ConnectionList};

arguments! {
    /// Request: merges the held and the active call of a device, which stays in the result.
    pub struct ConferenceCall in "ConferenceCall" {
        /// The held connection.
        held_call: ConnectionId = "heldCall",
        /// The active connection of the same device.
        active_call: ConnectionId = "activeCall",
    }
}

impl ConferenceCall {
    /// A request with the mandatory arguments only.
    pub fn new(held_call: ConnectionId, active_call: ConnectionId) -> Self {
        ConferenceCall { held_call, active_call }
    }
}

arguments! {
    /// The calls are one.
    pub struct ConferenceCallResponse in "ConferenceCallResponse" {
        /// The requesting device's connection in the resulting call.
        conference_call: ConnectionId = "conferenceCall",
        /// The connections of the resulting call, one entry for each device that remains in it.
        connections: Option<ConnectionList> = "connections",
        /// What links the resulting call to others.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList" since Ed6,
    }
}
