//! SetDisplay: shows a text at a device.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: shows a text at a device.
    pub struct SetDisplay in "SetDisplay" {
        /// The device.
        device: DeviceId = "device",
        /// The text; absent or empty to show nothing more.
        contents_of_display: Option<SmolStr> = "contentsOfDisplay",
        /// The place of its first character on the display.
        offset: Option<i64> = "offset",
    }
}

arguments! {
    /// Done.
    pub struct SetDisplayResponse in "SetDisplayResponse";
}
