//! AnswerCall: connects an alerting (or queued) connection.

use super::super::arguments::arguments;
use super::super::{CallData, ConnectionId};

arguments! {
    /// Request: connects an alerting (or queued) connection.
    pub struct AnswerCall in "AnswerCall" {
        /// The alerting connection.
        call_to_be_answered: ConnectionId = "callToBeAnswered",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
    }
}

impl AnswerCall {
    /// A request with the mandatory argument only.
    pub fn new(connection: ConnectionId) -> Self {
        AnswerCall { call_to_be_answered: connection, correlator_data: None, user_data: None }
    }
}

arguments! {
    /// Done.
    pub struct AnswerCallResponse in "AnswerCallResponse";
}
