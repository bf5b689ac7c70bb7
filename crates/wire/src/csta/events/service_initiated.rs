//! ServiceInitiatedEvent: a device went off-hook or is prompted to.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, SubjectDeviceId,
};

arguments! {
    /// A device went off-hook or is prompted to.
    pub struct ServiceInitiated in "ServiceInitiatedEvent" {
        /// The new connection.
        initiated_connection: ConnectionId = "initiatedConnection",
        /// The device.
        initiating_device: SubjectDeviceId = "initiatingDevice",
        /// The device to be called, when known.
        called_device: Option<SubjectDeviceId> = "calledDevice" since Ed6,
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
