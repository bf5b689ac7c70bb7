//! LampModeEvent: a lamp of a telephone shows something else.

use smol_str::SmolStr;

use super::super::SubjectDeviceId;
use super::super::arguments::arguments;

arguments! {
    /// A lamp of a telephone shows something else.
    pub struct LampModeChanged in "LampModeEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Names the lamp.
        lamp: Option<SmolStr> = "lamp",
        /// What stands beside it.
        lamp_label: Option<SmolStr> = "lampLabel",
        /// What it shows now: the numbers of [`LampModeItem`](super::super::LampModeItem).
        lamp_mode: i64 = "lampMode",
    }
}
