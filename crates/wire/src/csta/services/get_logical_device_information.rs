//! GetLogicalDeviceInformation: what a number can do.

use super::super::arguments::{arguments, list};
use super::super::vocabulary::words;
use super::super::{
    DeviceCategory, DeviceEvents, DeviceId, DeviceServices, EventList, MediaClassSupport,
    MediaServiceCapsList, MonitorFilter, ServiceList,
};

arguments! {
    /// Request: what can the device do?
    pub struct GetLogicalDeviceInformation in "GetLogicalDeviceInformation" {
        /// The device.
        device: DeviceId = "device",
    }
}

arguments! {
    /// What it can do.
    pub struct GetLogicalDeviceInformationResponse in "GetLogicalDeviceInformationResponse" {
        /// What it is.
        device_category: Option<DeviceCategory> = "deviceCategory",
        /// What it is, more exactly.
        named_device_types: Option<NamedDeviceTypes> = "namedDeviceTypes",
        /// Whether it is at a telephone.
        has_physical_element: bool = "hasPhysicalElement",
        /// Whether its places at telephones have names.
        appearance_addressable: bool = "appearanceAddressable",
        /// How it stands at telephones.
        appearance_type: AppearanceType = "appearanceType",
        /// The telephones that have it, beside the first.
        other_physical_device_list: Option<DeviceIdList> = "otherPhysicalDeviceList",
        /// How many wait for it at a time.
        max_callbacks: Option<i64> = "maxCallbacks",
        /// After how many rings it answers by itself at most.
        max_auto_answer_rings: Option<i64> = "maxAutoAnswerRings",
        /// How many calls it has at a time.
        max_active_calls: Option<i64> = "maxActiveCalls",
        /// How many it puts aside.
        max_held_calls: Option<i64> = "maxHeldCalls",
        /// How many ways to forward calls it has.
        max_fwd_settings: Option<i64> = "maxFwdSettings",
        /// How many devices a conference has.
        max_devices_in_conf: Option<i64> = "maxDevicesInConf",
        /// How transfers and conferences begin.
        trans_and_conf_setup: Option<TransAndConfSetup> = "transAndConfSetup",
        /// Which events monitors of it can suppress.
        device_on_device_monitor_filter: Option<MonitorFilter> = "deviceOnDeviceMonitorFilter",
        /// What its calls carry.
        media_class_support: Option<MediaClassSupport> = "mediaClassSupport",
        /// Where the audio of its calls goes.
        media_service_caps_list: Option<MediaServiceCapsList> = "mediaServiceCapsList",
        /// Routeing services.
        routeing_serv_list: Option<ServiceList> = "routeingServList",
        /// Other services.
        log_dev_serv_list: Option<Box<DeviceServices>> = "logDevServList",
        /// Events.
        log_dev_evts_list: Option<Box<DeviceEvents>> = "logDevEvtsList",
        /// Events about whether it is there.
        device_maint_evts_list: Option<EventList> = "deviceMaintEvtsList",
    }
}

list! {
    /// Devices.
    pub struct DeviceIdList of DeviceId = "deviceID";
}

arguments! {
    /// How transfers and conferences begin.
    pub struct TransAndConfSetup {
        /// By a consultation.
        consultation_call: Option<bool> = "consultationCall",
        /// By holding a call and making another one.
        hold_call_make_call: Option<bool> = "holdCallMakeCall",
        /// After alternating between two calls.
        alternate_call: Option<bool> = "alternateCall",
        /// From two held calls.
        two_calls_in_hold: Option<bool> = "twoCallsInHold",
        /// From two connected calls.
        two_calls_in_connected: Option<bool> = "twoCallsInConnected",
    }
}

words! {
    /// What a device is, more exactly than its category.
    pub enum NamedDeviceTypes {
        /// A place where calls are parked.
        ParkingDevice = "parkingDevice",
        /// A telephone, or a number at one.
        Station = "station",
        /// Numbers that are called together, or one after the other.
        StationGroup = "stationGroup",
        /// A line to the outside.
        Trunk = "trunk",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How a number stands at telephones.
    pub enum AppearanceType {
        /// At one telephone.
        SelectedStandard = "selectedStandard",
        /// At one telephone, at several places.
        BasicStandard = "basicStandard",
        /// At several telephones, with one call at a time.
        BasicBridged = "basicBridged",
        /// At several telephones; who has answered a call has it alone.
        ExclusiveBridged = "exclusiveBridged",
        /// At several telephones, which take calls independently.
        IndependentSharedBridged = "independentSharedBridged",
        /// At several telephones, which take part in each other's calls.
        InterdependentSharedBridged = "interdependentSharedBridged",
    }
}
