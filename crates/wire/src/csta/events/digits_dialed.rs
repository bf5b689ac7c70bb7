//! DigitsDialedEvent: a part of a number was dialled.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, DeviceId, EventCause, LocalConnectionState, SubjectDeviceId,
};

arguments! {
    /// A part of a number was dialled.
    pub struct DigitsDialed in "DigitsDialedEvent" {
        /// The dialling connection.
        dialing_connection: ConnectionId = "dialingConnection",
        /// The device.
        dialing_device: SubjectDeviceId = "dialingDevice",
        /// The digits dialled so far.
        dialing_sequence: DeviceId = "dialingSequence",
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
