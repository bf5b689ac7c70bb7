//! SwFunctionCapsChanged and SwFunctionDevicesChanged: something that the client has asked about is different now. From the server to
//! the client.

use smol_str::SmolStr;

use super::super::arguments::arguments;

arguments! {
    /// Request: what the client may do has changed.
    pub struct SwFunctionCapsChanged in "SwFunctionCapsChanged" {
        /// The registration for which this is sent.
        sys_stat_register_id: Option<SmolStr> = "sysStatRegisterID",
    }
}

arguments! {
    /// Taken.
    pub struct SwFunctionCapsChangedResponse in "SwFunctionCapsChangedResponse";
}

arguments! {
    /// Request: the devices that the client may use have changed.
    pub struct SwFunctionDevicesChanged in "SwFunctionDevicesChanged" {
        /// The registration for which this is sent.
        sys_stat_register_id: Option<SmolStr> = "sysStatRegisterID",
    }
}

arguments! {
    /// Taken.
    pub struct SwFunctionDevicesChangedResponse in "SwFunctionDevicesChangedResponse";
}
