//! GetHookswitchStatus: whether a device is off-hook.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::{arguments, list};

arguments! {
    /// Request: is the device off-hook?
    pub struct GetHookswitchStatus in "GetHookswitchStatus" {
        /// The device.
        device: DeviceId = "device",
        /// Only this hookswitch.
        hookswitch: Option<SmolStr> = "hookswitch",
    }
}

arguments! {
    /// The hookswitches.
    pub struct GetHookswitchStatusResponse in "GetHookswitchStatusResponse" {
        /// The hookswitches.
        hookswitch_status_list: Option<HookswitchStatusList> = "hookswitchStatusList",
    }
}

list! {
    /// Hookswitches of a device.
    pub struct HookswitchStatusList of HookswitchStatusItem = "hookswitchStatusItem";
}

arguments! {
    /// One hookswitch.
    pub struct HookswitchStatusItem {
        /// Names it.
        hookswitch: SmolStr = "hookswitch",
        /// Whether the device is on-hook there.
        hookswitch_on_hook: bool = "hookswitchOnHook",
    }
}
