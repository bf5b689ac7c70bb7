//! RetrievedEvent: a device has taken its call back from hold.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, SubjectDeviceId,
};

arguments! {
    /// A device has taken its call back from hold.
    pub struct Retrieved in "RetrievedEvent" {
        /// The connection.
        retrieved_connection: ConnectionId = "retrievedConnection",
        /// The device.
        retrieving_device: SubjectDeviceId = "retrievingDevice",
        /// State of the monitored device's connection after the event; only for device-type monitors.
        local_connection_info: Option<LocalConnectionState> = "localConnectionInfo",
        /// Data attached to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Why.
        cause: EventCause = "cause",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData",
    }
}
