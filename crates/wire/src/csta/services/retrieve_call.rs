//! RetrieveCall: connects a held connection again.

use super::super::ConnectionId;
use super::super::arguments::arguments;

arguments! {
    /// Request: connects a held connection again.
    pub struct RetrieveCall in "RetrieveCall" {
        /// The held connection.
        call_to_be_retrieved: ConnectionId = "callToBeRetrieved",
    }
}

impl RetrieveCall {
    /// A request with the mandatory argument only.
    pub fn new(connection: ConnectionId) -> Self {
        RetrieveCall { call_to_be_retrieved: connection }
    }
}

arguments! {
    /// Done.
    pub struct RetrieveCallResponse in "RetrieveCallResponse";
}
