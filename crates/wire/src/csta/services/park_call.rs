//! ParkCall: puts a call into a place where others can pick it up.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{CallData, CallLinkageData, ConnectionId, DeviceId};

arguments! {
    /// Request: puts a call into a place where others can pick it up.
    pub struct ParkCall in "ParkCall" {
        /// The connected connection of the device that parks.
        parking: ConnectionId = "parking",
        /// The place; absent means that the server chooses.
        park_to: Option<DeviceId> = "parkTo",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the user prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
    }
}

impl ParkCall {
    /// A request with the mandatory arguments only.
    pub fn new(parking: ConnectionId) -> Self {
        ParkCall {
            parking,
            park_to: None,
            correlator_data: None,
            subject_of_call: None,
            language_preferences: None,
        }
    }
}

arguments! {
    /// The call is parked.
    pub struct ParkCallResponse in "ParkCallResponse" {
        /// The park place's connection.
        parked_to: ConnectionId = "parkedTo",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}
