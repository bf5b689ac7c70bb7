//! Messages from the phone to the call manager.

use super::configuration::{ButtonTemplateReq, CallCountReq, FeatureStatReq, InstanceReq};
use super::display::{UserData, UserDataV1};
use super::frame::Frame;
use super::keypad::{EnblocCall, HookEvent, KeypadPress, SoftKeyEvent, StimulusPress};
use super::media::{
    Capabilities, ConnectionStatisticsRes, MediaTransmissionFailure, MulticastMediaReceptionAck,
    OpenReceiveChannelAck, StartMediaTransmissionAck,
};
use super::message::{self, DecodeError, messages};
use super::message_id::MessageId;
use super::registration::{
    Alarm, HeadsetStatus, IpPort, MediaPathCapability, MediaPathEvent, MediaResourceNotification, Register,
    RegisterAvailableLines, RegisterTokenReq, SpcpRegisterTokenReq, SubscriptionStatReq, Unregister, XmlText,
};
use super::version::{Encoding, Version};

messages! {
    /// A message from the phone to the call manager.
    #[allow(clippy::large_enum_variant)] // Moved a few times per call; a box would cost an allocation each.
    ClientMessage {
        empty {
            /// The phone is still there; answered even before Register.
            KeepAlive = KEEP_ALIVE,
            /// Asks for [`ConfigStat`](super::ConfigStat).
            ConfigStatReq = CONFIG_STAT_REQ,
            /// Asks for [`DefineTimeDate`](super::DefineTimeDate); usually the end of registration.
            TimeDateReq = TIME_DATE_REQ,
            /// Asks for [`RequiredVersion`](super::RequiredVersion).
            VersionReq = VERSION_REQ,
            /// Asks for [`ServerRes`](super::ServerRes).
            ServerReq = SERVER_REQ,
            /// Asks for [`SoftKeySets`](super::SoftKeySets).
            SoftKeySetReq = SOFT_KEY_SET_REQ,
            /// Asks for [`SoftKeyTemplate`](super::SoftKeyTemplate).
            SoftKeyTemplateReq = SOFT_KEY_TEMPLATE_REQ,
        }
        bodies {
            Register(Register) = REGISTER,
            IpPort(IpPort) = IP_PORT,
            KeypadButton(KeypadPress) = KEYPAD_BUTTON,
            EnblocCall(EnblocCall) = ENBLOC_CALL,
            Stimulus(StimulusPress) = STIMULUS,
            OffHook(HookEvent) = OFF_HOOK,
            OnHook(HookEvent) = ON_HOOK,
            HookFlash(HookEvent) = HOOK_FLASH,
            ForwardStatReq(InstanceReq) = FORWARD_STAT_REQ,
            SpeedDialStatReq(InstanceReq) = SPEED_DIAL_STAT_REQ,
            LineStatReq(InstanceReq) = LINE_STAT_REQ,
            ButtonTemplateReq(ButtonTemplateReq) = BUTTON_TEMPLATE_REQ,
            CapabilitiesRes(Capabilities) = CAPABILITIES_RES,
            Alarm(Alarm) = ALARM,
            MulticastMediaReceptionAck(MulticastMediaReceptionAck) = MULTICAST_MEDIA_RECEPTION_ACK,
            OpenReceiveChannelAck(OpenReceiveChannelAck) = OPEN_RECEIVE_CHANNEL_ACK,
            ConnectionStatisticsRes(ConnectionStatisticsRes) = CONNECTION_STATISTICS_RES,
            SoftKeyEvent(SoftKeyEvent) = SOFT_KEY_EVENT,
            Unregister(Unregister) = UNREGISTER,
            RegisterTokenReq(RegisterTokenReq) = REGISTER_TOKEN_REQ,
            MediaTransmissionFailure(MediaTransmissionFailure) = MEDIA_TRANSMISSION_FAILURE,
            HeadsetStatus(HeadsetStatus) = HEADSET_STATUS,
            MediaResourceNotification(MediaResourceNotification) = MEDIA_RESOURCE_NOTIFICATION,
            RegisterAvailableLines(RegisterAvailableLines) = REGISTER_AVAILABLE_LINES,
            DeviceToUserData(UserData) = DEVICE_TO_USER_DATA,
            DeviceToUserDataResponse(UserData) = DEVICE_TO_USER_DATA_RESPONSE,
            UpdateCapabilities(Capabilities) = UPDATE_CAPABILITIES,
            UpdateCapabilitiesV2(Capabilities) = UPDATE_CAPABILITIES_V2,
            UpdateCapabilitiesV3(Capabilities) = UPDATE_CAPABILITIES_V3,
            ServiceUrlStatReq(InstanceReq) = SERVICE_URL_STAT_REQ,
            FeatureStatReq(FeatureStatReq) = FEATURE_STAT_REQ,
            DeviceToUserDataV1(UserDataV1) = DEVICE_TO_USER_DATA_V1,
            DeviceToUserDataResponseV1(UserDataV1) = DEVICE_TO_USER_DATA_RESPONSE_V1,
            SubscriptionStatReq(SubscriptionStatReq) = SUBSCRIPTION_STAT_REQ,
            MediaPathEvent(MediaPathEvent) = MEDIA_PATH_EVENT,
            MediaPathCapability(MediaPathCapability) = MEDIA_PATH_CAPABILITY,
            StartMediaTransmissionAck(StartMediaTransmissionAck) = START_MEDIA_TRANSMISSION_ACK,
            LocationInfo(XmlText) = LOCATION_INFO,
            XmlAlarm(XmlText) = XML_ALARM,
            CallCountReq(CallCountReq) = CALL_COUNT_REQ,
            SpcpRegisterTokenReq(SpcpRegisterTokenReq) = SPCP_REGISTER_TOKEN_REQ,
        }
    }
}
