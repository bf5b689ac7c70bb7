//! TransferedEvent: a device has given its call to another. The root element is spelt as in the standard.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageDataList, ConnectionId, ConnectionList, EventCause, LocalConnectionState,
    SubjectDeviceId,
};

arguments! {
    /// A device has given its call to another. The root element is spelt as in the standard.
    pub struct Transferred in "TransferedEvent" {
        /// The transferring device's held connection, or its only one.
        primary_old_call: ConnectionId = "primaryOldCall",
        /// The transferring device's active connection, if there were two calls.
        secondary_old_call: Option<ConnectionId> = "secondaryOldCall",
        /// The device that is no longer in the call.
        transferring_device: SubjectDeviceId = "transferringDevice",
        /// The device that got the call.
        transferred_to_device: SubjectDeviceId = "transferredToDevice",
        /// The connections of the resulting call, one entry for each device that remains in it.
        transferred_connections: ConnectionList = "transferredConnections",
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
