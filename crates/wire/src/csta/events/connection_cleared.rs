//! ConnectionClearedEvent: a device has left a call.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, SubjectDeviceId,
};

arguments! {
    /// A device has left a call.
    pub struct ConnectionCleared in "ConnectionClearedEvent" {
        /// The connection that left the call.
        dropped_connection: ConnectionId = "droppedConnection",
        /// The device.
        releasing_device: SubjectDeviceId = "releasingDevice",
        /// State of the monitored device's connection after the event; only for device-type monitors.
        local_connection_info: Option<LocalConnectionState> = "localConnectionInfo",
        /// Data attached to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent with the call.
        user_data: Option<CallData> = "userData",
        /// Why.
        cause: EventCause = "cause",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData",
    }
}
