//! DialDigits: dials, or goes on dialling, where the user is off-hook.

use super::super::arguments::arguments;
use super::super::{CallData, ConnectionId, DeviceId};

arguments! {
    /// Request: dials digits.
    pub struct DialDigits in "DialDigits" {
        /// The connection that dials.
        dialling_connection: ConnectionId = "diallingConnection",
        /// The digits; `;` at the end says that more follow.
        dialling_sequence: DeviceId = "diallingSequence",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
    }
}

arguments! {
    /// Done.
    pub struct DialDigitsResponse in "DialDigitsResponse";
}
