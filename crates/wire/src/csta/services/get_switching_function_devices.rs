//! GetSwitchingFunctionDevices: which devices there are. They follow in [`super::SwitchingFunctionDevices`].

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::arguments;
use super::super::vocabulary::words;

arguments! {
    /// Request: which devices are there?
    pub struct GetSwitchingFunctionDevices in "GetSwitchingFunctionDevices" {
        /// Only this device.
        requested_device_id: Option<DeviceId> = "requestedDeviceID",
        /// Only devices of this category.
        requested_device_category: Option<RequestedDeviceCategory> = "requestedDeviceCategory",
    }
}

arguments! {
    /// They follow with this reference.
    pub struct GetSwitchingFunctionDevicesResponse in "GetSwitchingFunctionDevicesResponse" {
        /// The reference.
        service_cross_ref_id: SmolStr = "serviceCrossRefID",
    }
}

words! {
    /// A category of devices that can be asked for.
    pub enum RequestedDeviceCategory {
        /// A distributor of calls.
        Acd = "acd",
        /// A group of agents.
        GroupAcd = "groupACD",
        /// A hunt group.
        GroupHunt = "groupHunt",
        /// A pickup group.
        GroupPick = "groupPick",
        /// A group of users.
        GroupUser = "groupUser",
        /// Another group.
        GroupOther = "groupOther",
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
