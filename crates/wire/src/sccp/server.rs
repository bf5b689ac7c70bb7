//! Messages from the call manager to the phone.

use super::call::{
    ActivateCallPlane, CallHistoryDisposition, CallId, CallInfo, CallSelectStat, CallStateMessage,
    DialedNumber, RecordingStatus, SelectSoftKeys, SetLamp, SetMicroMode, SetRinger, SetSpeakerMode,
    StartTone, StopTone,
};
use super::configuration::{
    ButtonTemplate, CallCountRes, ConfigStat, DefineTimeDate, FeatureStat, ForwardStat, LineStat,
    RequiredVersion, ServiceUrlStat, SoftKeySets, SoftKeyTemplate, SpeedDialStat,
};
use super::display::{
    ClearPriNotify, DisplayNotify, DisplayPriNotify, DisplayPromptStatus, DisplayText, UserData, UserDataV1,
};
use super::frame::Frame;
use super::media::{
    ConnectionStatisticsReq, OpenReceiveChannel, StartMediaTransmission, StartMulticastMediaReception,
    StopMedia, StopMulticastMedia,
};
use super::message::{self, DecodeError, messages};
use super::message_id::MessageId;
use super::registration::{
    RegisterAck, RegisterReject, RegisterTokenReject, Reset, ServerRes, SpcpRegisterTokenAck,
    SpcpRegisterTokenReject, SubscriptionStat, UnregisterAck,
};
use super::version::{Encoding, Version};

messages! {
    /// A message from the call manager to the phone.
    #[allow(clippy::large_enum_variant)] // Built, encoded and dropped; a box would cost an allocation each.
    ServerMessage {
        empty {
            /// Answers KeepAlive.
            KeepAliveAck = KEEP_ALIVE_ACK,
            /// Asks for the phone's codecs.
            CapabilitiesReq = CAPABILITIES_REQ,
            /// The phone may come back to this server.
            RegisterTokenAck = REGISTER_TOKEN_ACK,
            /// Makes the phone report hook flashes.
            SetHookFlashDetect = SET_HOOK_FLASH_DETECT,
            /// Ends DisplayNotify.
            ClearNotify = CLEAR_NOTIFY,
            /// Leaves the line shown for a call.
            DeactivateCallPlane = DEACTIVATE_CALL_PLANE,
        }
        bodies {
            RegisterAck(RegisterAck) = REGISTER_ACK,
            StartTone(StartTone) = START_TONE,
            StopTone(StopTone) = STOP_TONE,
            SetRinger(SetRinger) = SET_RINGER,
            SetLamp(SetLamp) = SET_LAMP,
            SetSpeakerMode(SetSpeakerMode) = SET_SPEAKER_MODE,
            SetMicroMode(SetMicroMode) = SET_MICRO_MODE,
            StartMediaTransmission(StartMediaTransmission) = START_MEDIA_TRANSMISSION,
            StopMediaTransmission(StopMedia) = STOP_MEDIA_TRANSMISSION,
            CallInfo(CallInfo) = CALL_INFO | CALL_INFO_DYNAMIC from dynamic_text,
            ForwardStat(ForwardStat) = FORWARD_STAT,
            SpeedDialStat(SpeedDialStat) = SPEED_DIAL_STAT,
            LineStat(LineStat) = LINE_STAT | LINE_STAT_DYNAMIC from dynamic_line_stat,
            ConfigStat(ConfigStat) = CONFIG_STAT,
            DefineTimeDate(DefineTimeDate) = DEFINE_TIME_DATE,
            ButtonTemplate(ButtonTemplate) = BUTTON_TEMPLATE,
            Version(RequiredVersion) = VERSION,
            DisplayText(DisplayText) = DISPLAY_TEXT,
            RegisterReject(RegisterReject) = REGISTER_REJECT,
            ServerRes(ServerRes) = SERVER_RES,
            Reset(Reset) = RESET,
            StartMulticastMediaReception(StartMulticastMediaReception) = START_MULTICAST_MEDIA_RECEPTION,
            StopMulticastMediaReception(StopMulticastMedia) = STOP_MULTICAST_MEDIA_RECEPTION,
            OpenReceiveChannel(OpenReceiveChannel) = OPEN_RECEIVE_CHANNEL,
            CloseReceiveChannel(StopMedia) = CLOSE_RECEIVE_CHANNEL,
            ConnectionStatisticsReq(ConnectionStatisticsReq) = CONNECTION_STATISTICS_REQ,
            SoftKeyTemplateRes(SoftKeyTemplate) = SOFT_KEY_TEMPLATE_RES,
            SoftKeySetRes(SoftKeySets) = SOFT_KEY_SET_RES,
            SelectSoftKeys(SelectSoftKeys) = SELECT_SOFT_KEYS,
            CallState(CallStateMessage) = CALL_STATE,
            DisplayPromptStatus(DisplayPromptStatus) =
                DISPLAY_PROMPT_STATUS | DISPLAY_PROMPT_STATUS_DYNAMIC from dynamic_text,
            ClearPromptStatus(CallId) = CLEAR_PROMPT_STATUS,
            DisplayNotify(DisplayNotify) = DISPLAY_NOTIFY | DISPLAY_NOTIFY_DYNAMIC from dynamic_text,
            ActivateCallPlane(ActivateCallPlane) = ACTIVATE_CALL_PLANE,
            UnregisterAck(UnregisterAck) = UNREGISTER_ACK,
            BackSpace(CallId) = BACK_SPACE,
            RegisterTokenReject(RegisterTokenReject) = REGISTER_TOKEN_REJECT,
            DialedNumber(DialedNumber) = DIALED_NUMBER,
            UserToDeviceData(UserData) = USER_TO_DEVICE_DATA,
            FeatureStat(FeatureStat) = FEATURE_STAT | FEATURE_STAT_DYNAMIC from dynamic_feature_stat,
            DisplayPriNotify(DisplayPriNotify) =
                DISPLAY_PRI_NOTIFY | DISPLAY_PRI_NOTIFY_DYNAMIC from dynamic_text,
            ClearPriNotify(ClearPriNotify) = CLEAR_PRI_NOTIFY,
            ServiceUrlStat(ServiceUrlStat) = SERVICE_URL_STAT | SERVICE_URL_STAT_DYNAMIC from dynamic_text,
            CallSelectStat(CallSelectStat) = CALL_SELECT_STAT,
            UserToDeviceDataV1(UserDataV1) = USER_TO_DEVICE_DATA_V1,
            SubscriptionStat(SubscriptionStat) = SUBSCRIPTION_STAT,
            CallHistoryDisposition(CallHistoryDisposition) = CALL_HISTORY_DISPOSITION,
            CallCountRes(CallCountRes) = CALL_COUNT_RES,
            RecordingStatus(RecordingStatus) = RECORDING_STATUS,
            SpcpRegisterTokenAck(SpcpRegisterTokenAck) = SPCP_REGISTER_TOKEN_ACK,
            SpcpRegisterTokenReject(SpcpRegisterTokenReject) = SPCP_REGISTER_TOKEN_REJECT,
        }
    }
}
