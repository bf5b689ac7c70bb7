//! GetButtonInformation: the buttons of a device.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::{arguments, list};

arguments! {
    /// Request: which buttons has the device?
    pub struct GetButtonInformation in "GetButtonInformation" {
        /// The device.
        device: DeviceId = "device",
        /// Only this button.
        button: Option<SmolStr> = "button",
    }
}

arguments! {
    /// The buttons.
    pub struct GetButtonInformationResponse in "GetButtonInformationResponse" {
        /// The buttons.
        button_list: Option<ButtonList> = "buttonList",
    }
}

list! {
    /// Buttons of a device.
    pub struct ButtonList of ButtonItem = "buttonItem";
}

arguments! {
    /// One button.
    pub struct ButtonItem {
        /// Names it.
        button: Option<SmolStr> = "button",
        /// What stands beside it.
        button_label: Option<SmolStr> = "buttonLabel",
        /// Whether applications can change that.
        button_label_settable: Option<bool> = "buttonLabelSettable",
        /// What it does.
        button_function: Option<SmolStr> = "buttonFunction",
        /// The number of its line, or that it calls.
        button_associated_number: Option<DeviceId> = "buttonAssociatedNumber",
        /// Whether applications can change that.
        button_associated_number_settable: Option<bool> = "buttonAssociatedNumberSettable",
        /// Whether it is pressed in.
        button_press_indicator: Option<bool> = "buttonPressIndicator",
        /// Its lamps.
        lamp_list: Option<ButtonLamps> = "lampList",
    }
}

list! {
    /// Names of the lamps of a button.
    pub struct ButtonLamps of SmolStr = "lampID";
}
