//! SystemRegister: from now on, report how you are.

use smol_str::SmolStr;

use super::super::arguments::arguments;

arguments! {
    /// Request: reports these from now on.
    pub struct SystemRegister in "SystemRegister" {
        /// What the client wants to be sent.
        request_types: RequestTypes = "requestTypes",
        /// The states that the client does not want to be told.
        requested_status_filter: Option<StatusFilter> = "requestedStatusFilter",
    }
}

arguments! {
    /// What a client that registers wants to be sent.
    pub struct RequestTypes {
        /// SystemStatus.
        system_status: Option<bool> = "systemStatus",
        /// RequestSystemStatus.
        request_system_status: Option<bool> = "requestSystemStatus",
        /// SwFunctionCapsChanged.
        caps_changed: Option<bool> = "switchingFunctionCapsChanged",
        /// SwFunctionDevicesChanged.
        devices_changed: Option<bool> = "switchingFunctionDevicesChanged",
    }
}

arguments! {
    /// The states that are not reported.
    pub struct StatusFilter {
        /// Starting.
        initializing: Option<bool> = "initializing",
        /// Requests are accepted again.
        enabled: Option<bool> = "enabled",
        /// All is well.
        normal: Option<bool> = "normal",
        /// Messages were lost.
        message_lost: Option<bool> = "messageLost",
        /// Requests are refused.
        disabled: Option<bool> = "disabled",
        /// Some services are lost.
        partially_disabled: Option<bool> = "partiallyDisabled",
        /// Overload is near.
        overload_imminent: Option<bool> = "overloadImminent",
        /// Overload.
        overload_reached: Option<bool> = "overloadReached",
        /// Overload is over.
        overload_relieved: Option<bool> = "overloadRelieved",
    }
}

arguments! {
    /// The client is registered.
    pub struct SystemRegisterResponse in "SystemRegisterResponse" {
        /// Names the registration.
        sys_stat_register_id: SmolStr = "sysStatRegisterID",
        /// The filter in force, if it is not the requested one.
        actual_status_filter: Option<StatusFilter> = "actualStatusFilter",
    }
}
