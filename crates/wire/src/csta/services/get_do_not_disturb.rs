//! GetDoNotDisturb: does a device refuse calls?

use super::super::arguments::arguments;
use super::super::{CallOrigination, CallingDeviceList, DeviceId};

arguments! {
    /// Request: does this device refuse calls?
    pub struct GetDoNotDisturb in "GetDoNotDisturb" {
        /// The device.
        device: DeviceId = "device",
    }
}

impl GetDoNotDisturb {
    /// A request with the mandatory arguments only.
    pub fn new(device: impl Into<DeviceId>) -> Self {
        GetDoNotDisturb { device: device.into() }
    }
}

arguments! {
    /// Whether it does.
    pub struct GetDoNotDisturbResponse in "GetDoNotDisturbResponse" {
        /// Whether calls are refused.
        do_not_disturb_on: bool = "doNotDisturbOn",
        /// Which calls; absent means all.
        call_origination: Option<CallOrigination> = "callOrigination",
        /// Callers that get through nevertheless.
        calling_device_list: Option<CallingDeviceList> = "callingDeviceList",
    }
}
