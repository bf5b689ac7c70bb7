//! GetMicrophoneMute: whether the microphone of a device is off.

use smol_str::SmolStr;

use super::super::DeviceId;
use super::super::arguments::{arguments, list};

arguments! {
    /// Request: is the microphone off?
    pub struct GetMicrophoneMute in "GetMicrophoneMute" {
        /// The device.
        device: DeviceId = "device",
        /// The handset, loudspeaker or headset; absent for all.
        auditory_apparatus: Option<SmolStr> = "auditoryApparatus",
    }
}

arguments! {
    /// The microphones.
    pub struct GetMicrophoneMuteResponse in "GetMicrophoneMuteResponse" {
        /// The microphones.
        microphone_mute_list: Option<MicrophoneMuteList> = "microphoneMuteList",
    }
}

list! {
    /// Microphones of a device.
    pub struct MicrophoneMuteList of MicrophoneMuteItem = "microphoneMuteItem";
}

arguments! {
    /// One microphone.
    pub struct MicrophoneMuteItem {
        /// Where it is.
        auditory_apparatus: SmolStr = "auditoryApparatus",
        /// Whether it is off.
        microphone_mute_on: bool = "microphoneMuteOn",
    }
}
