//! ClearConnection: takes one connection out of its call.

use super::super::arguments::arguments;
use super::super::{CallData, ConnectionId, EventCause};

arguments! {
    /// Request: takes one connection out of its call.
    pub struct ClearConnection in "ClearConnection" {
        /// The connection that goes.
        connection_to_be_cleared: ConnectionId = "connectionToBeCleared",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// Why, possibly passed on to the network.
        reason: Option<EventCause> = "reason",
    }
}

arguments! {
    /// Done.
    pub struct ClearConnectionResponse in "ClearConnectionResponse";
}
