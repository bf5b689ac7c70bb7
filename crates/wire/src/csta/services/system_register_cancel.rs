//! SystemRegisterCancel: do not report any more how you are.

use smol_str::SmolStr;

use super::super::arguments::arguments;

arguments! {
    /// Request: ends a registration.
    pub struct SystemRegisterCancel in "SystemRegisterCancel" {
        /// The registration.
        sys_stat_register_id: SmolStr = "sysStatRegisterID",
    }
}

arguments! {
    /// Request of the server: the registration has ended. There is no response.
    pub struct SystemRegisterAbort in "SystemRegisterAbort" {
        /// The registration.
        sys_stat_register_id: SmolStr = "sysStatRegisterID",
    }
}

arguments! {
    /// Done.
    pub struct SystemRegisterCancelResponse in "SystemRegisterCancelResponse";
}
