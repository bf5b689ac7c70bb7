//! HookswitchEvent: a telephone went off-hook or on-hook.

use smol_str::SmolStr;

use super::super::SubjectDeviceId;
use super::super::arguments::arguments;

arguments! {
    /// A telephone went off-hook or on-hook.
    pub struct Hookswitch in "HookswitchEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Which of its hookswitches.
        hookswitch: Option<SmolStr> = "hookswitch",
        /// Whether it is on-hook now.
        hookswitch_on_hook: bool = "hookswitchOnHook",
    }
}
