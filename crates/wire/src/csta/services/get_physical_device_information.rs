//! GetPhysicalDeviceInformation: what a telephone has.

use smol_str::SmolStr;

use super::super::arguments::arguments;
use super::super::{DeviceCategory, DeviceId, DeviceIdList, NamedDeviceTypes};

arguments! {
    /// Request: what has the telephone?
    pub struct GetPhysicalDeviceInformation in "GetPhysicalDeviceInformation" {
        /// The device.
        device: DeviceId = "device",
    }
}

arguments! {
    /// What it has.
    pub struct GetPhysicalDeviceInformationResponse in "GetPhysicalDeviceInformationResponse" {
        /// What it is.
        device_category: DeviceCategory = "deviceCategory",
        /// What it is, more exactly.
        named_device_types: Option<NamedDeviceTypes> = "namedDeviceTypes",
        /// Whether it takes part in calls.
        has_logical_element: bool = "hasLogicalElement",
        /// Other numbers at the same telephone.
        other_logical_device_list: Option<DeviceIdList> = "otherLogicalDeviceList",
        /// Its model.
        device_model_name: Option<SmolStr> = "deviceModelName",
        /// How many displays it has.
        max_displays: Option<i64> = "maxDisplays",
        /// How many buttons it has.
        max_buttons: Option<i64> = "maxButtons",
        /// How many lamps it has.
        max_lamps: Option<i64> = "maxLamps",
        /// How many ways to ring it has.
        max_ring_patterns: Option<i64> = "maxRingPatterns",
    }
}
