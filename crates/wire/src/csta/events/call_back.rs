//! CallBackEvent: a device waits for another one, or does so no more.

use super::super::SubjectDeviceId;
use super::super::arguments::arguments;

arguments! {
    /// A device waits for another one, or does so no more.
    pub struct CallBackChanged in "CallBackEvent" {
        /// Who is called back.
        originating_device: SubjectDeviceId = "originatingDevice",
        /// The device that has to be free.
        target_device: SubjectDeviceId = "targetDevice",
        /// Whether it waits from now on.
        call_back_set_canceled: bool = "callBackSetCanceled",
    }
}
