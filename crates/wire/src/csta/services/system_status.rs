//! SystemStatus: one side reports its state to the other. From the server to the client, as a request.

use smol_str::SmolStr;

use super::super::MessagesLost;
use super::super::arguments::arguments;
use super::super::vocabulary::words;

arguments! {
    /// Request: this is how I am now.
    pub struct SystemStatus in "SystemStatus" {
        /// The status registration this belongs to.
        sys_stat_register_id: Option<SmolStr> = "sysStatRegisterID",
        /// The status.
        system_status: SystemStatusValue = "systemStatus",
        /// With [`SystemStatusValue::MessagesLost`]: what was lost, and how things are now.
        lost: MessagesLost = "extensions",
    }
}

impl SystemStatus {
    /// A status without anything beyond the standard.
    pub fn of(sys_stat_register_id: Option<SmolStr>, system_status: SystemStatusValue) -> SystemStatus {
        SystemStatus { sys_stat_register_id, system_status, lost: MessagesLost::default() }
    }
}

arguments! {
    /// Noted.
    pub struct SystemStatusResponse in "SystemStatusResponse";
}

words! {
    /// How the switching function is.
    pub enum SystemStatusValue {
        /// Monitors are lost, requests are refused.
        Disabled = "disabled",
        /// Some monitors or services are lost.
        PartiallyDisabled = "partiallyDisabled",
        /// Requests are accepted again; earlier monitors are lost.
        Enabled = "enabled",
        /// Starting.
        Initializing = "initializing",
        /// Messages were lost; the client's picture may be wrong.
        MessagesLost = "messagesLost",
        /// All is well.
        Normal = "normal",
        /// Overload is near; the client should do less.
        OverloadImminent = "overloadImminent",
        /// Overload; requests may be refused.
        OverloadReached = "overloadReached",
        /// Overload is over.
        OverloadRelieved = "overloadRelieved",
    }
}
