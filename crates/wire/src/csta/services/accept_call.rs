//! AcceptCall: takes a call that is offered to a device, so that it begins to ring.

use super::super::arguments::arguments;
use super::super::{CallData, ConnectionId};

arguments! {
    /// Request: takes a call that is offered, so that the device begins to ring.
    pub struct AcceptCall in "AcceptCall" {
        /// The offered connection.
        call_to_be_accepted: ConnectionId = "callToBeAccepted",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
    }
}

impl AcceptCall {
    /// A request with the mandatory arguments only.
    pub fn new(call_to_be_accepted: ConnectionId) -> Self {
        AcceptCall { call_to_be_accepted, correlator_data: None, user_data: None }
    }
}

arguments! {
    /// Done.
    pub struct AcceptCallResponse in "AcceptCallResponse";
}
