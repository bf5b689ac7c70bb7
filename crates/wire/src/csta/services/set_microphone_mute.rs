//! SetMicrophoneMute: switches the microphone of a device off or on.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::arguments;

arguments! {
    /// Request: switches the microphone off or on.
    pub struct SetMicrophoneMute in "SetMicrophoneMute" {
        /// The device.
        device: DeviceId = "device",
        /// The handset, loudspeaker or headset; absent for all.
        auditory_apparatus: Option<SmolStr> = "auditoryApparatus",
        /// Whether it is to be off.
        microphone_mute_on: bool = "microphoneMuteOn",
    }
}

arguments! {
    /// Done.
    pub struct SetMicrophoneMuteResponse in "SetMicrophoneMuteResponse";
}
