//! CallBackNonCallRelated: a device is called back when another one is free, without a call before.

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: calls a device back as soon as another one is free.
    pub struct CallBackNonCallRelated in "CallBackNonCallRelated" {
        /// Who is called back.
        originating_device: DeviceId = "originatingDevice",
        /// The device that has to be free.
        target_device: DeviceId = "targetDevice",
    }
}

arguments! {
    /// The device waits.
    pub struct CallBackNonCallRelatedResponse in "CallBackNonCallRelatedResponse";
}
