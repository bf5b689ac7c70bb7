//! CancelCallBack: a device waits no more for another one.

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: a device waits no more.
    pub struct CancelCallBack in "CancelCallBack" {
        /// Who is called back.
        originating_device: DeviceId = "originatingDevice",
        /// For this device; absent for any.
        target_device: Option<DeviceId> = "targetDevice",
    }
}

arguments! {
    /// Done.
    pub struct CancelCallBackResponse in "CancelCallBackResponse";
}
