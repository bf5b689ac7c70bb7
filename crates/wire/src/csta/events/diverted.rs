//! DivertedEvent: a call has left a device for another before it was answered.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, RedirectionDevice,
    SubjectDeviceId,
};

arguments! {
    /// A call has left a device for another before it was answered.
    pub struct Diverted in "DivertedEvent" {
        /// The connection that left the call.
        connection: ConnectionId = "connection",
        /// The device the call left.
        diverting_device: SubjectDeviceId = "divertingDevice",
        /// The device the call goes to.
        new_destination: SubjectDeviceId = "newDestination",
        /// The device that calls.
        calling_device: Option<SubjectDeviceId> = "callingDevice",
        /// The device that was dialled originally.
        called_device: Option<SubjectDeviceId> = "calledDevice",
        /// Where the call was redirected from last.
        last_redirection_device: RedirectionDevice = "lastRedirectionDevice",
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
