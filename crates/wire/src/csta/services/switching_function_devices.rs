//! SwitchingFunctionDevices: the devices that GetSwitchingFunctionDevices asked for. From the server to the client.

use smol_str::SmolStr;

use super::super::arguments::{arguments, list};
use super::super::vocabulary::words;
use super::super::{DeviceId, NamedDeviceTypes};

arguments! {
    /// Request: these are some of the devices.
    pub struct SwitchingFunctionDevices in "SwitchingFunctionDevices" {
        /// The reference of the response to GetSwitchingFunctionDevices.
        service_cross_ref_id: SmolStr = "serviceCrossRefID",
        /// Which part it is, from 1.
        segment_id: Option<i64> = "segmentID",
        /// Whether it is the last part.
        last_segment: bool = "lastSegment",
        /// The devices.
        device_list: Option<DeviceList> = "deviceList",
    }
}

list! {
    /// Devices of the switching function.
    pub struct DeviceList of DeviceListItem = "device";
}

arguments! {
    /// One device.
    pub struct DeviceListItem {
        /// Its identifier.
        device_id: Option<DeviceId> = "deviceID",
        /// What it is.
        device_category: Option<DeviceCategory> = "deviceCategory",
        /// What it is, more exactly.
        named_device_types: Option<NamedDeviceTypes> = "namedDeviceTypes",
        /// The model of its telephone.
        device_model_name: Option<SmolStr> = "deviceModelName",
    }
}

words! {
    /// What a device is.
    pub enum DeviceCategory {
        /// A distributor of calls.
        Acd = "acd",
        /// A group.
        Group = "group",
        /// A line to the outside.
        NetworkInterface = "networkInterface",
        /// A place where calls are parked.
        Park = "park",
        /// A device whose calls applications route.
        RouteingDevice = "routeingDevice",
        /// A telephone.
        Station = "station",
        /// A voice unit.
        VoiceUnit = "voiceUnit",
        /// Anything else.
        Other = "other",
    }
}

arguments! {
    /// Noted. The standard has no response; some clients send one nevertheless.
    pub struct SwitchingFunctionDevicesResponse in "SwitchingFunctionDevicesResponse";
}
