//! GetCallBack: for whom a device waits, and who waits for it.

use super::super::DeviceId;
use super::super::arguments::{arguments, list};

arguments! {
    /// Request: which calls back concern the device?
    pub struct GetCallBack in "GetCallBack" {
        /// The device.
        device: DeviceId = "device",
    }
}

arguments! {
    /// The calls back.
    pub struct GetCallBackResponse in "GetCallBackResponse" {
        /// Those that wait.
        call_back_list: Option<CallBackList> = "callBackList",
    }
}

list! {
    /// Calls back that wait.
    pub struct CallBackList of CallBackListItem = "callBackListItem";
}

arguments! {
    /// One of them.
    pub struct CallBackListItem {
        /// Who is called back.
        originating_device: Option<DeviceId> = "originatingDevice",
        /// The device that has to be free.
        target_device: Option<DeviceId> = "targetDevice",
        /// Whether a message is left instead of a call.
        call_back_message_indicator: Option<bool> = "callBackMessageIndicator",
    }
}
