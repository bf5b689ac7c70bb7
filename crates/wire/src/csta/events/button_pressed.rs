//! ButtonPressEvent: a button of a telephone was pressed.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{DeviceId, SubjectDeviceId};

arguments! {
    /// A button of a telephone was pressed.
    pub struct ButtonPressed in "ButtonPressEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Names the button.
        button: Option<SmolStr> = "button",
        /// What stands beside it.
        button_label: Option<SmolStr> = "buttonLabel",
        /// The number of its line, or that it calls.
        button_associated_number: Option<DeviceId> = "buttonAssociatedNumber",
    }
}
