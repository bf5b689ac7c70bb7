//! JoinCall: adds a device to a call at the request of that device.

use super::super::arguments::arguments;
use super::super::vocabulary::words;
use super::super::{AutoOriginate, CallData, CallLinkageDataList, ConnectionId, DeviceId, HexBinary};

arguments! {
    /// Request: adds a device to a call at the request of that device.
    pub struct JoinCall in "JoinCall" {
        /// A connection of the call.
        active_call: ConnectionId = "activeCall",
        /// The device that joins.
        joining_device: DeviceId = "joiningDevice",
        /// Whether its user is prompted first; requests without it mean [`AutoOriginate::Prompt`].
        auto_originate: AutoOriginate = "autoOriginate",
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
    }
}

arguments! {
    /// The device takes part.
    pub struct JoinCallResponse in "JoinCallResponse" {
        /// The joining device's connection in the resulting call.
        conferenced_call: ConnectionId = "conferencedCall",
        /// What links the resulting call to others.
        call_linkage_data_list: Option<CallLinkageDataList> = "callLinkageDataList" since Ed6,
    }
}

impl JoinCall {
    /// A request to join actively and without a prompt.
    pub fn new(active_call: ConnectionId, joining_device: impl Into<DeviceId>) -> Self {
        JoinCall {
            active_call,
            joining_device: joining_device.into(),
            auto_originate: AutoOriginate::DoNotPrompt,
            participation_type: ParticipationType::Active,
            account_code: None,
            auth_code: None,
            correlator_data: None,
            user_data: None,
        }
    }
}

words! {
    /// How a device that is added to a call takes part in it.
    pub enum ParticipationType absent Active {
        /// It hears the others and cannot be heard.
        Silent = "silent",
        /// It hears and is heard.
        Active = "active",
        /// It neither hears nor is heard.
        None = "none",
    }
}
