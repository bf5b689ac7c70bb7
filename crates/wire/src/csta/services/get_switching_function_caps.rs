//! GetSwitchingFunctionCaps: what the switching function is like as a whole.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::vocabulary::words;

arguments! {
    /// Request: what are you like?
    pub struct GetSwitchingFunctionCaps in "GetSwitchingFunctionCaps";
}

arguments! {
    /// What it is like.
    pub struct GetSwitchingFunctionCapsResponse in "GetSwitchingFunctionCapsResponse" {
        /// Who made it.
        manufacturer_name: Option<SmolStr> = "manufacturerName",
        /// What happens to arguments that it does not support.
        ignore_unsupported_parameters: IgnoreUnsupportedParameters = "ignoreUnsupportedParameters",
        /// Whether correlator data travels with calls.
        correlator_data_supported: Option<bool> = "correlatorDataSupported",
        /// Whose connections Transferred and Conferenced name.
        connection_view: ConnectionView = "connectionView",
    }
}

words! {
    /// What happens to arguments that are not supported.
    pub enum IgnoreUnsupportedParameters {
        /// They are ignored.
        Ignore = "ignoreParameters",
        /// The request is refused.
        Reject = "rejectMessage",
    }
}

words! {
    /// Whose old connections are named when calls are joined.
    pub enum ConnectionView {
        /// Those of the device that joined the calls, to every monitor.
        Fixed = "fixed",
        /// To each monitor those that its device knew.
        Local = "local",
    }
}
