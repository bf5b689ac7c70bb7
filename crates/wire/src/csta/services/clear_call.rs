//! ClearCall: ends a call for all who take part in it.

use super::super::arguments::arguments;
use super::super::{CallData, ConnectionId, EventCause};

arguments! {
    /// Request: ends a call for all who take part in it.
    pub struct ClearCall in "ClearCall" {
        /// The call; the device part is not needed.
        call_to_be_cleared: ConnectionId = "callToBeCleared",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// Why, possibly passed on to the network.
        reason: Option<EventCause> = "reason" since Ed6,
    }
}

impl ClearCall {
    /// A request with the mandatory arguments only.
    pub fn new(call_to_be_cleared: ConnectionId) -> Self {
        ClearCall { call_to_be_cleared, user_data: None, reason: None }
    }
}

arguments! {
    /// Done.
    pub struct ClearCallResponse in "ClearCallResponse";
}
