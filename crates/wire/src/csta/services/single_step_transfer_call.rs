//! SingleStepTransferCall: gives a call to another device without asking it first.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{
    CallData, CallLinkageDataList, ConnectionId, ConnectionList, DeviceId, EventCause, HexBinary,
};

arguments! {
    /// Request: gives a call to another device without asking it first.
    pub struct SingleStepTransferCall in "SingleStepTransferCall" {
        /// The connection that is replaced.
        active_call: ConnectionId = "activeCall",
        /// The device that gets the call.
        transferred_to: DeviceId = "transferredTo",
        /// Account to charge.
        account_code: Option<HexBinary> = "accountCode",
        /// Authorisation to call.
        auth_code: Option<HexBinary> = "authCode",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the user prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
        /// Why.
        reason: Option<EventCause> = "reason",
    }
}

impl SingleStepTransferCall {
    /// A request with the mandatory arguments only.
    pub fn new(active_call: ConnectionId, transferred_to: impl Into<DeviceId>) -> Self {
        SingleStepTransferCall {
            active_call,
            transferred_to: transferred_to.into(),
            account_code: None,
            auth_code: None,
            correlator_data: None,
            user_data: None,
            subject_of_call: None,
            language_preferences: None,
            reason: None,
        }
    }
}

arguments! {
    /// The call is transferred.
    pub struct SingleStepTransferCallResponse in "SingleStepTransferCallResponse" {
        /// The connection of the device that the call went to.
        transferred_call: ConnectionId = "transferredCall",
        /// The connections of the resulting call, one entry for each device that remains in it.
        connections: Option<ConnectionList> = "connections",
        /// What links the resulting call to others.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList" since Ed6,
    }
}
