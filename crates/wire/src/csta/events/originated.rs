//! OriginatedEvent: a device has dialled; the call is on its way.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, DeviceId, EventCause, LocalConnectionState, SubjectDeviceId,
};

arguments! {
    /// A device has dialled; the call is on its way.
    pub struct Originated in "OriginatedEvent" {
        /// The calling connection.
        originated_connection: ConnectionId = "originatedConnection",
        /// The device that calls.
        calling_device: SubjectDeviceId = "callingDevice",
        /// The device that was dialled originally.
        called_device: SubjectDeviceId = "calledDevice",
        /// The device the call was made from, if it is not the calling device.
        originating_device: Option<DeviceId> = "originatingDevice",
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
