//! ConsultationCall: holds a call and calls another device from the same one.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::vocabulary::words;
use super::super::{CallData, CallLinkageData, ConnectionId, DeviceId, HexBinary};

arguments! {
    /// Request: holds a call and calls another device from the same one.
    pub struct ConsultationCall in "ConsultationCall" {
        /// The connected connection, which is held.
        existing_call: ConnectionId = "existingCall",
        /// The number to dial.
        consulted_device: DeviceId = "consultedDevice",
        /// Whether the facilities of the held connection shall be kept for its later use.
        connection_reservation: Option<bool> = "connectionReservation",
        /// Account to charge.
        account_code: Option<HexBinary> = "accountCode",
        /// Authorisation to call.
        auth_code: Option<HexBinary> = "authCode",
        /// Data the application attaches to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent to the other party.
        user_data: Option<CallData> = "userData",
        /// What the application will do with the two calls; absent means [`ConsultOptions::Unrestricted`].
        consult_options: Option<ConsultOptions> = "consultOptions",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the user prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
    }
}

impl ConsultationCall {
    /// A request with the mandatory arguments only.
    pub fn new(existing_call: ConnectionId, consulted_device: impl Into<DeviceId>) -> Self {
        ConsultationCall {
            existing_call,
            consulted_device: consulted_device.into(),
            connection_reservation: None,
            account_code: None,
            auth_code: None,
            correlator_data: None,
            user_data: None,
            consult_options: None,
            subject_of_call: None,
            language_preferences: None,
        }
    }
}

arguments! {
    /// The new call has been initiated.
    pub struct ConsultationCallResponse in "ConsultationCallResponse" {
        /// The connection of the same device in the new call.
        initiated_call: ConnectionId = "initiatedCall",
        /// What links this call to others.
        call_linkage_data: Option<CallLinkageData> = "callLinkageData" since Ed6,
    }
}

words! {
    /// What the application will do with a consultation call.
    pub enum ConsultOptions {
        /// Anything.
        Unrestricted = "unrestricted",
        /// Neither transfer nor conference.
        ConsultOnly = "consultOnly",
        /// At most transfer.
        TransferOnly = "transferOnly",
        /// At most conference.
        ConferenceOnly = "conferenceOnly",
    }
}
