//! HeldEvent: a device has put its call on hold.

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageData, ConnectionId, EventCause, LocalConnectionState, SubjectDeviceId,
};

arguments! {
    /// A device has put its call on hold.
    pub struct Held in "HeldEvent" {
        /// The held connection.
        held_connection: ConnectionId = "heldConnection",
        /// The device.
        holding_device: SubjectDeviceId = "holdingDevice",
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
