//! CallInformationEvent: something about a call has changed that no other event reports.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{CallData, CallLinkageDataList, ConnectionId, DeviceId, HexBinary, SubjectDeviceId};

arguments! {
    /// Something about a call has changed that no other event reports.
    pub struct CallInformation in "CallInformationEvent" {
        /// The connection.
        connection: ConnectionId = "connection",
        /// Its device.
        device: SubjectDeviceId = "device",
        /// The device that calls.
        calling_device: Option<SubjectDeviceId> = "callingDevice",
        /// Account that is charged.
        account_info: Option<HexBinary> = "accountInfo",
        /// Authorisation to call.
        auth_code: Option<HexBinary> = "authCode",
        /// Data attached to the call.
        correlator_data: Option<CallData> = "correlatorData",
        /// Data sent with the call.
        user_data: Option<CallData> = "userData",
        /// What the user said about the call, such as a wrap-up code.
        call_qualifying_data: Option<HexBinary> = "callQualifyingData",
        /// What links the call to others, before and after.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList",
        /// What the call is about.
        subject_of_call: Option<SmolStr> = "subjectOfCall",
        /// Languages the user prefers.
        language_preferences: Option<SmolStr> = "languagePreferences",
        /// What is known about the device.
        device_info: Option<DeviceId> = "deviceInfo" since Ed6,
    }
}
