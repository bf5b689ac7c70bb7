//! SetDoNotDisturb: from now on, a device refuses calls, or does so no more.

use super::super::DeviceId;
use super::super::arguments::{arguments, list};

arguments! {
    /// Request: changes whether a device refuses calls.
    pub struct SetDoNotDisturb in "SetDoNotDisturb" {
        /// The device.
        device: DeviceId = "device",
        /// Whether calls are refused from now on.
        do_not_disturb_on: bool = "doNotDisturbOn",
        /// Which calls; absent means all.
        call_origination: Option<CallOrigination> = "callOrigination",
        /// Callers that get through nevertheless.
        calling_device_list: Option<CallingDeviceList> = "callingDeviceList",
    }
}

impl SetDoNotDisturb {
    /// A request with the mandatory arguments only.
    pub fn new(device: impl Into<DeviceId>, do_not_disturb_on: bool) -> Self {
        SetDoNotDisturb {
            device: device.into(),
            do_not_disturb_on,
            call_origination: None,
            calling_device_list: None,
        }
    }
}

arguments! {
    /// Done.
    pub struct SetDoNotDisturbResponse in "SetDoNotDisturbResponse";
}

arguments! {
    /// Where calls come from.
    pub struct CallOrigination {
        /// Internal calls are meant.
        internal: Option<bool> = "internal",
        /// External calls are meant.
        external: Option<bool> = "external",
    }
}

list! {
    /// Devices that call.
    pub struct CallingDeviceList of DeviceId = "callingDevice";
}
