//! AssociateData: attaches data to a call.

use super::super::arguments::arguments;
use super::super::{CallData, ConnectionId, HexBinary};

arguments! {
    /// Request: attaches this to a call.
    pub struct AssociateData in "AssociateData" {
        /// A connection of the call.
        existing_call: ConnectionId = "existingCall",
        /// Account to charge.
        account_code: Option<HexBinary> = "accountCode",
        /// Authorisation to call.
        auth_code: Option<HexBinary> = "authCode",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// What the user said about the call, such as a wrap-up code.
        call_qualifying_data: Option<HexBinary> = "callQualifyingData",
    }
}

arguments! {
    /// Done.
    pub struct AssociateDataResponse in "AssociateDataResponse";
}
