//! ConferencedEvent: two calls have become one, or a device was added to a call.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageDataList, ConnectionId, ConnectionList, EventCause, LocalConnectionState,
    SubjectDeviceId,
};

arguments! {
    /// Two calls have become one, or a device was added to a call.
    pub struct Conferenced in "ConferencedEvent" {
        /// The conferencing device's held connection, or its only one.
        primary_old_call: ConnectionId = "primaryOldCall",
        /// The conferencing device's active connection, if there were two calls.
        secondary_old_call: Option<ConnectionId> = "secondaryOldCall",
        /// The device that merged the calls.
        conferencing_device: SubjectDeviceId = "conferencingDevice",
        /// The device that was added.
        added_party: SubjectDeviceId = "addedParty",
        /// The connections of the resulting call, one entry for each device in it.
        conference_connections: ConnectionList = "conferenceConnections",
        /// State of the monitored device's connection after the event; only for device-type monitors.
        local_connection_info: Option<LocalConnectionState> = "localConnectionInfo",
        /// Data attached to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent with the call.
        user_data: Option<CallData> = "userData",
        /// Why.
        cause: EventCause = "cause",
        /// What links the call to others, before and after.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList",
    }
}
