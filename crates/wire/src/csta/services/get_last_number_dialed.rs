//! GetLastNumberDialed: the number that was dialled last at a device.

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: which number was dialled last at this device?
    pub struct GetLastNumberDialed in "GetLastNumberDialed" {
        /// The device.
        device: DeviceId = "device",
    }
}

arguments! {
    /// The number.
    pub struct GetLastNumberDialedResponse in "GetLastNumberDialedResponse" {
        /// The number; absent if none was dialled.
        number_dialed: Option<DeviceId> = "numberDialed",
    }
}
