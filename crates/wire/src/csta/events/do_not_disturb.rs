//! DoNotDisturbEvent: a device refuses calls from now on, or does so no more.

use super::super::arguments::arguments;
use super::super::{CallOrigination, CallingDeviceList, SubjectDeviceId};

arguments! {
    /// A device refuses calls from now on, or does so no more.
    pub struct DoNotDisturb in "DoNotDisturbEvent" {
        /// The device.
        device: SubjectDeviceId = "device",
        /// Whether calls are refused.
        do_not_disturb_on: bool = "doNotDisturbOn",
        /// Which calls; absent means all.
        call_origination: Option<CallOrigination> = "callOrigination",
        /// Callers that get through nevertheless.
        calling_device_list: Option<CallingDeviceList> = "callingDeviceList",
    }
}
