//! GetLampInformation and GetLampMode: the lamps of a telephone, and what they show.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::{arguments, list};

arguments! {
    /// Request: which lamps has the device?
    pub struct GetLampInformation in "GetLampInformation" {
        /// The device.
        device: DeviceId = "device",
        /// Only this lamp.
        lamp: Option<SmolStr> = "lamp",
    }
}

arguments! {
    /// The lamps.
    pub struct GetLampInformationResponse in "GetLampInformationResponse" {
        /// The lamps.
        lamp_list: Option<LampList> = "lampList",
    }
}

list! {
    /// Lamps of a device.
    pub struct LampList of LampItem = "lampItem";
}

arguments! {
    /// One lamp.
    pub struct LampItem {
        /// Names it.
        lamp: Option<SmolStr> = "lamp",
        /// What stands beside it.
        lamp_label: Option<SmolStr> = "lampLabel",
        /// The button that it belongs to.
        button: Option<SmolStr> = "button",
    }
}

arguments! {
    /// Request: what do the lamps of the device show?
    pub struct GetLampMode in "GetLampMode" {
        /// The device.
        device: DeviceId = "device",
        /// Only this lamp.
        lamp: Option<SmolStr> = "lamp",
    }
}

arguments! {
    /// What the lamps show.
    pub struct GetLampModeResponse in "GetLampModeResponse" {
        /// The lamps.
        lamp_mode_list: Option<LampModeList> = "lampModeList",
        /// The lamp that was asked for.
        lamp: Option<SmolStr> = "lamp",
    }
}

list! {
    /// What lamps of a device show.
    pub struct LampModeList of LampModeItem = "lampModeItem";
}

arguments! {
    /// What one lamp shows.
    pub struct LampModeItem {
        /// Names it.
        lamp: Option<SmolStr> = "lamp",
        /// What it shows, as a number of ECMA-269: 0 broken flutter, 1 flutter, 2 off, 3 steady, 4 wink.
        lamp_mode: i64 = "lampMode",
        /// The button that it belongs to.
        button: Option<SmolStr> = "button",
    }
}
