//! MicrophoneMuteEvent: the microphone of a device was switched off or on.

use smol_str::SmolStr;

use super::super::SubjectDeviceId;
use super::super::arguments::arguments;

arguments! {
    /// The microphone of a device was switched off or on.
    pub struct MicrophoneMute in "MicrophoneMuteEvent" {
        /// The device.
        invoking_device: SubjectDeviceId = "invokingDevice",
        /// Where the microphone is.
        auditory_apparatus: Option<SmolStr> = "auditoryApparatus",
        /// Whether it is off now.
        microphone_mute_on: bool = "microphoneMuteOn",
    }
}
