//! SingleStepConferenceCall: adds a device to a call.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{CallData, CallLinkageDataList, ConnectionId, DeviceId, HexBinary, ParticipationType};

arguments! {
    /// Request: adds a device to a call.
    pub struct SingleStepConferenceCall in "SingleStepConferenceCall" {
        /// A connection of the call.
        active_call: ConnectionId = "activeCall",
        /// The device that is added.
        device_to_join: DeviceId = "deviceToJoin",
        /// How the device takes part; requests without it mean [`ParticipationType::Active`].
        participation_type: ParticipationType = "participationType",
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
    }
}

impl SingleStepConferenceCall {
    /// A request with the mandatory arguments only.
    pub fn new(
        active_call: ConnectionId,
        device_to_join: impl Into<DeviceId>,
        participation_type: ParticipationType,
    ) -> Self {
        SingleStepConferenceCall {
            active_call,
            device_to_join: device_to_join.into(),
            participation_type,
            account_code: None,
            auth_code: None,
            correlator_data: None,
            user_data: None,
            subject_of_call: None,
            language_preferences: None,
        }
    }
}

arguments! {
    /// The device is being added.
    pub struct SingleStepConferenceCallResponse in "SingleStepConferenceCallResponse" {
        /// The added device's connection in the resulting call.
        conferenced_call: ConnectionId = "conferencedCall",
        /// What links the resulting call to others.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList" since Ed6,
    }
}
