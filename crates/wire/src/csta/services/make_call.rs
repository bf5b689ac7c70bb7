//! MakeCall: calls a number on behalf of a device.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::vocabulary::words;
use super::super::{CallData, CallLinkageData, ConnectionId, DeviceId, EventCause, HexBinary};

arguments! {
    /// Request: the calling device originates a call to the called number.
    pub struct MakeCall in "MakeCall" {
        /// The device that calls.
        calling_device: DeviceId = "callingDevice",
        /// The number to dial; may be empty or end in `;` for staged dialling.
        called_directory_number: DeviceId = "calledDirectoryNumber",
        /// Account to charge.
        account_code: Option<HexBinary> = "accountCode",
        /// Authorisation to call.
        auth_code: Option<HexBinary> = "authCode",
        /// Whether the user is prompted first; absent means [`AutoOriginate::Prompt`].
        auto_originate: Option<AutoOriginate> = "autoOriginate",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the caller prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
        /// Why the call is made.
        reason: Option<EventCause> = "reason" since Ed6,
    }
}

impl MakeCall {
    /// A request with the mandatory arguments only.
    pub fn new(calling_device: impl Into<DeviceId>, called_directory_number: impl Into<DeviceId>) -> Self {
        MakeCall {
            calling_device: calling_device.into(),
            called_directory_number: called_directory_number.into(),
            account_code: None,
            auth_code: None,
            auto_originate: None,
            correlator_data: None,
            user_data: None,
            subject_of_call: None,
            language_preferences: None,
            reason: None,
        }
    }
}

arguments! {
    /// The call has been initiated.
    pub struct MakeCallResponse in "MakeCallResponse" {
        /// The calling device's connection, complete; its device is the string the request used.
        calling_device: ConnectionId = "callingDevice",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}

words! {
    /// How the calling device goes off-hook.
    pub enum AutoOriginate absent Prompt {
        /// The user is prompted and lifts the handset.
        Prompt = "prompt",
        /// The device goes off-hook by itself.
        DoNotPrompt = "doNotPrompt",
    }
}
