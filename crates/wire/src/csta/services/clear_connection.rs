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

impl ClearConnection {
    /// A request with the mandatory argument only.
    pub fn new(connection: ConnectionId) -> Self {
        ClearConnection {
            connection_to_be_cleared: connection,
            correlator_data: None,
            user_data: None,
            reason: None,
        }
    }
}

arguments! {
    /// Done.
    pub struct ClearConnectionResponse in "ClearConnectionResponse";
}
