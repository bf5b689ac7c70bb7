//! SetForwarding: from now on, calls of a device go elsewhere, or do so no more.

use super::super::DeviceId;
use super::super::arguments::arguments;
use super::super::vocabulary::words;

arguments! {
    /// Request: changes where calls of a device go.
    pub struct SetForwarding in "SetForwarding" {
        /// The device whose calls are forwarded.
        device: DeviceId = "device",
        /// Which calls; absent means the server's default.
        forwarding_type: Option<ForwardingType> = "forwardingType",
        /// Whether they are forwarded from now on.
        activate_forward: bool = "activateForward",
        /// Where they go; absent means where they went last.
        forward_dn: Option<DeviceId> = "forwardDN",
        /// How often a call rings before it is forwarded because it is not answered.
        ring_count: Option<i64> = "ringCount",
        /// For how many seconds a call rings before it is forwarded because it is not answered.
        ring_duration: Option<i64> = "ringDuration" since Ed6,
    }
}

impl SetForwarding {
    /// A request to forward calls of `device` to another one.
    pub fn activate(device: impl Into<DeviceId>, kind: ForwardingType, to: impl Into<DeviceId>) -> Self {
        SetForwarding {
            activate_forward: true,
            forward_dn: Some(to.into()),
            ..Self::deactivate(device, kind)
        }
    }

    /// A request to forward calls of `device` no more.
    pub fn deactivate(device: impl Into<DeviceId>, kind: ForwardingType) -> Self {
        SetForwarding {
            device: device.into(),
            forwarding_type: Some(kind),
            activate_forward: false,
            forward_dn: None,
            ring_count: None,
            ring_duration: None,
        }
    }
}

arguments! {
    /// Done.
    pub struct SetForwardingResponse in "SetForwardingResponse";
}

words! {
    /// Which calls are forwarded.
    pub enum ForwardingType {
        /// All.
        Immediate = "forwardImmediate",
        /// Those that find the device busy.
        Busy = "forwardBusy",
        /// Those that are not answered.
        NoAnswer = "forwardNoAns",
        /// Those that find the device in do-not-disturb.
        DoNotDisturb = "forwardDND",
        /// Internal ones that find the device busy.
        BusyInternal = "forwardBusyInt",
        /// External ones that find the device busy.
        BusyExternal = "forwardBusyExt",
        /// Internal ones that are not answered.
        NoAnswerInternal = "forwardNoAnsInt",
        /// External ones that are not answered.
        NoAnswerExternal = "forwardNoAnsExt",
        /// All internal ones.
        ImmediateInternal = "forwardImmInt",
        /// All external ones.
        ImmediateExternal = "forwardImmExt",
        /// Internal ones that find the device in do-not-disturb.
        DoNotDisturbInternal = "forwardDNDInt",
        /// External ones that find the device in do-not-disturb.
        DoNotDisturbExternal = "forwardDNDExt",
    }
}

words! {
    /// What of a forwarding the server chose by itself.
    pub enum ForwardDefault {
        /// The type and the number.
        TypeAndNumber = "forwardingTypeAndForwardDN",
        /// The type.
        Type = "forwardingType",
        /// The number.
        Number = "forwardDN",
    }
}
