//! SetHookswitchStatus: a device goes off-hook or on-hook.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: the device goes off-hook or on-hook.
    pub struct SetHookswitchStatus in "SetHookswitchStatus" {
        /// The device.
        device: DeviceId = "device",
        /// The hookswitch.
        hookswitch: Option<SmolStr> = "hookswitch",
        /// Whether it goes on-hook.
        hookswitch_on_hook: bool = "hookswitchOnhook",
    }
}

arguments! {
    /// Done.
    pub struct SetHookswitchStatusResponse in "SetHookswitchStatusResponse";
}
