//! ButtonPress: presses a button of a device.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: presses a button.
    pub struct ButtonPress in "ButtonPress" {
        /// The device.
        device: DeviceId = "device",
        /// The button, as GetButtonInformation names it.
        button: SmolStr = "button",
    }
}

arguments! {
    /// It was pressed.
    pub struct ButtonPressResponse in "ButtonPressResponse";
}
