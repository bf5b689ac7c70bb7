//! QueuedEvent: a call waits at a device: in a queue, or parked.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, RedirectionDevice,
    SubjectDeviceId,
};

arguments! {
    /// A call waits at a device: in a queue, or parked.
    pub struct Queued in "QueuedEvent" {
        /// The queued connection.
        queued_connection: ConnectionId = "queuedConnection",
        /// The device at which it waits.
        queue: SubjectDeviceId = "queue",
        /// The device that calls.
        calling_device: SubjectDeviceId = "callingDevice",
        /// The device that was dialled originally.
        called_device: SubjectDeviceId = "calledDevice",
        /// Where the call was redirected from last.
        last_redirection_device: RedirectionDevice = "lastRedirectionDevice",
        /// How many calls wait there.
        number_queued: Option<i64> = "numberQueued",
        /// How many calls will be taken before this one.
        calls_in_front: Option<i64> = "callsInFront",
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
