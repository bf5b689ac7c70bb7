//! CallClearedEvent: a call has ended; for call-type monitors.

use super::super::arguments::arguments;
use super::super::{CallData, CallLinkageData, ConnectionId, EventCause};

arguments! {
    /// A call has ended; for call-type monitors.
    pub struct CallCleared in "CallClearedEvent" {
        /// The call.
        cleared_call: ConnectionId = "clearedCall",
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
