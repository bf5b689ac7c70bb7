//! NetworkReachedEvent: a call has left for another network; what happens there may not be reported.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, RedirectionDevice,
    SubjectDeviceId,
};

arguments! {
    /// A call has left for another network; what happens there may not be reported.
    pub struct NetworkReached in "NetworkReachedEvent" {
        /// The connection of the trunk.
        outbound_connection: ConnectionId = "outboundConnection",
        /// The trunk.
        network_interface_used: SubjectDeviceId = "networkInterfaceUsed",
        /// The device that calls.
        calling_device: SubjectDeviceId = "callingDevice",
        /// The device that was dialled originally.
        called_device: SubjectDeviceId = "calledDevice",
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
