//! RequestSystemStatus: the client asks how the switching function is. Opens every uaCSTA session.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{Extensions, SystemStatusValue};

arguments! {
    /// Request: how is the switching function?
    pub struct RequestSystemStatus in "RequestSystemStatus" {
        /// A status registration of the client.
        sys_stat_register_id: Option<SmolStr> = "sysStatRegisterID",
        /// May name the line a Microsoft client wants to control.
        extensions: Extensions = "extensions",
    }
}

arguments! {
    /// This is how it is.
    pub struct RequestSystemStatusResponse in "RequestSystemStatusResponse" {
        /// The status; clients go on only if it is [`SystemStatusValue::Normal`].
        system_status: SystemStatusValue = "systemStatus",
    }
}
