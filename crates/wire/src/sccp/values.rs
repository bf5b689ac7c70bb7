//! The numbers inside messages: states, tones, lamps, keys. Unknown values survive decoding and encoding.

use super::body::numbers;

numbers! {
    /// What a phone shows and does about one call, in CallState.
    CallState {
        OFF_HOOK = 1, "OffHook";
        ON_HOOK = 2, "OnHook";
        RING_OUT = 3, "RingOut";
        RING_IN = 4, "RingIn";
        CONNECTED = 5, "Connected";
        BUSY = 6, "Busy";
        CONGESTION = 7, "Congestion";
        HOLD = 8, "Hold";
        CALL_WAITING = 9, "CallWaiting";
        CALL_TRANSFER = 10, "CallTransfer";
        CALL_PARK = 11, "CallPark";
        PROCEED = 12, "Proceed";
        CALL_REMOTE_MULTILINE = 13, "CallRemoteMultiline";
        INVALID_NUMBER = 14, "InvalidNumber";
        HOLD_REVERT = 15, "HoldRevert";
        WHISPER = 16, "Whisper";
        REMOTE_HOLD = 17, "RemoteHold";
    }

    /// How much of a call is shown to a user, in CallState.
    CallVisibility {
        DEFAULT = 0, "Default";
        COLLAPSED = 1, "Collapsed";
        HIDDEN = 2, "Hidden";
    }

    /// A tone, in StartTone.
    Tone {
        SILENCE = 0x00, "Silence";
        DTMF_1 = 0x01, "Dtmf1";
        DTMF_2 = 0x02, "Dtmf2";
        DTMF_3 = 0x03, "Dtmf3";
        DTMF_4 = 0x04, "Dtmf4";
        DTMF_5 = 0x05, "Dtmf5";
        DTMF_6 = 0x06, "Dtmf6";
        DTMF_7 = 0x07, "Dtmf7";
        DTMF_8 = 0x08, "Dtmf8";
        DTMF_9 = 0x09, "Dtmf9";
        DTMF_0 = 0x0A, "Dtmf0";
        DTMF_STAR = 0x0E, "DtmfStar";
        DTMF_POUND = 0x0F, "DtmfPound";
        DTMF_A = 0x10, "DtmfA";
        DTMF_B = 0x11, "DtmfB";
        DTMF_C = 0x12, "DtmfC";
        DTMF_D = 0x13, "DtmfD";
        INSIDE_DIAL = 0x21, "InsideDialTone";
        OUTSIDE_DIAL = 0x22, "OutsideDialTone";
        LINE_BUSY = 0x23, "LineBusyTone";
        ALERTING = 0x24, "AlertingTone";
        REORDER = 0x25, "ReorderTone";
        RECORDER_WARNING = 0x26, "RecorderWarningTone";
        RECORDER_DETECTED = 0x27, "RecorderDetectedTone";
        REVERTING = 0x28, "RevertingTone";
        RECEIVER_OFF_HOOK = 0x29, "ReceiverOffHookTone";
        MESSAGE_WAITING = 0x2A, "MessageWaitingTone";
        NO_SUCH_NUMBER = 0x2B, "NoSuchNumberTone";
        BUSY_VERIFICATION = 0x2C, "BusyVerificationTone";
        CALL_WAITING = 0x2D, "CallWaitingTone";
        CONFIRMATION = 0x2E, "ConfirmationTone";
        CAMP_ON_INDICATION = 0x2F, "CampOnIndicationTone";
        RECALL_DIAL = 0x30, "RecallDialTone";
        ZIP_ZIP = 0x31, "ZipZip";
        ZIP = 0x32, "Zip";
        BEEP_BONK = 0x33, "BeepBonk";
        MUSIC = 0x34, "MusicTone";
        HOLD = 0x35, "HoldTone";
        TEST = 0x36, "TestTone";
        MONITOR_WARNING = 0x38, "MonitorWarningTone";
        ADD_CALL_WAITING = 0x40, "AddCallWaiting";
        PRIORITY_CALL_WAITING = 0x41, "PriorityCallWaiting";
        FEATURE_RECALL_DIAL = 0x42, "FeatureRecallDialTone";
        BARGE_IN = 0x43, "BargeIn";
        DISTINCT_ALERT = 0x44, "DistinctAlert";
        PRIORITY_ALERT = 0x45, "PriorityAlert";
        REMINDER_RING = 0x46, "ReminderRing";
        PRECEDENCE_RINGBACK = 0x47, "PrecedenceRingback";
        PREEMPTION = 0x48, "PreemptionTone";
        HZ_2105 = 0x67, "Tone2105Hz";
        HZ_2600 = 0x68, "Tone2600Hz";
        HZ_440 = 0x69, "Tone440Hz";
        HZ_300 = 0x6A, "Tone300Hz";
        NONE = 0x7F, "NoTone";
    }

    /// To whom a tone is played.
    ToneDirection {
        USER = 0, "User";
        NETWORK = 1, "Network";
        BOTH = 2, "Both";
    }

    /// How a phone rings, in SetRinger.
    RingMode {
        OFF = 1, "RingOff";
        INSIDE = 2, "InsideRing";
        OUTSIDE = 3, "OutsideRing";
        FEATURE = 4, "FeatureRing";
        FLASH_ONLY = 5, "FlashOnly";
        PRECEDENCE = 6, "PrecedenceRing";
    }

    /// Whether a phone rings on or once.
    RingDuration {
        NORMAL = 1, "NormalRing";
        SINGLE = 2, "SingleRing";
    }

    /// How a lamp shines, in SetLamp.
    LampMode {
        OFF = 1, "Off";
        ON = 2, "On";
        WINK = 3, "Wink";
        FLASH = 4, "Flash";
        BLINK = 5, "Blink";
    }

    /// On or off, for speaker, microphone, headset and media paths.
    Switch {
        ON = 1, "On";
        OFF = 2, "Off";
    }

    /// What a programmable key does: the type of a button in the button template, what it reports when
    /// pressed, and together with the instance the address of its lamp.
    Stimulus {
        UNUSED = 0x00, "Unused";
        LAST_NUMBER_REDIAL = 0x01, "LastNumberRedial";
        SPEED_DIAL = 0x02, "SpeedDial";
        HOLD = 0x03, "Hold";
        TRANSFER = 0x04, "Transfer";
        FORWARD_ALL = 0x05, "ForwardAll";
        FORWARD_BUSY = 0x06, "ForwardBusy";
        FORWARD_NO_ANSWER = 0x07, "ForwardNoAnswer";
        DISPLAY = 0x08, "Display";
        LINE = 0x09, "Line";
        T120_CHAT = 0x0A, "T120Chat";
        T120_WHITEBOARD = 0x0B, "T120Whiteboard";
        T120_APPLICATION_SHARING = 0x0C, "T120ApplicationSharing";
        T120_FILE_TRANSFER = 0x0D, "T120FileTransfer";
        VIDEO = 0x0E, "Video";
        VOICEMAIL = 0x0F, "Voicemail";
        ANSWER_RELEASE = 0x10, "AnswerRelease";
        AUTO_ANSWER = 0x11, "AutoAnswer";
        SELECT = 0x12, "Select";
        FEATURE = 0x13, "Feature";
        SERVICE_URL = 0x14, "ServiceURL";
        BLF_SPEED_DIAL = 0x15, "BLFSpeedDial";
        DIRECTED_PARK = 0x16, "DirectedPark";
        INTERCOM = 0x17, "Intercom";
        MALICIOUS_CALL = 0x1B, "MaliciousCall";
        GENERIC_APPLICATION_1 = 0x21, "GenericApplication1";
        GENERIC_APPLICATION_2 = 0x22, "GenericApplication2";
        GENERIC_APPLICATION_3 = 0x23, "GenericApplication3";
        GENERIC_APPLICATION_4 = 0x24, "GenericApplication4";
        GENERIC_APPLICATION_5 = 0x25, "GenericApplication5";
        MULTI_BLINK = 0x26, "MultiBlink";
        MEET_ME_CONFERENCE = 0x7B, "MeetMeConference";
        CONFERENCE = 0x7D, "Conference";
        CALL_PARK = 0x7E, "CallPark";
        CALL_PICKUP = 0x7F, "CallPickup";
        GROUP_CALL_PICKUP = 0x80, "GroupCallPickup";
        MOBILITY = 0x81, "Mobility";
        DO_NOT_DISTURB = 0x82, "DoNotDisturb";
        CONFERENCE_LIST = 0x83, "ConferenceList";
        REMOVE_LAST_PARTICIPANT = 0x84, "RemoveLastParticipant";
        QUALITY_REPORT = 0x85, "QualityReportTool";
        CALL_BACK = 0x86, "CallBack";
        OTHER_PICKUP = 0x87, "OtherPickup";
        VIDEO_MODE = 0x88, "VideoMode";
        NEW_CALL = 0x89, "NewCall";
        END_CALL = 0x8A, "EndCall";
        HUNT_GROUP_LOG = 0x8B, "HuntGroupLog";
        QUEUING = 0x8F, "Queuing";
        MESSAGES = 0xC2, "Messages";
        DIRECTORY = 0xC3, "Directory";
        APPLICATION = 0xC5, "Application";
        HEADSET = 0xC6, "Headset";
        KEYPAD = 0xF0, "Keypad";
        ACOUSTIC_ECHO_CANCELLATION = 0xFD, "AcousticEchoCancellation";
        UNDEFINED = 0xFF, "Undefined";
    }

    /// What a soft key reports when pressed. The phone only echoes the number the soft key template gave the
    /// key; these are the usual ones. From 54 on the number is that of the label in the phone's dictionary.
    SoftKey {
        REDIAL = 1, "Redial";
        NEW_CALL = 2, "NewCall";
        HOLD = 3, "Hold";
        TRANSFER = 4, "Transfer";
        FORWARD_ALL = 5, "ForwardAll";
        FORWARD_BUSY = 6, "ForwardBusy";
        FORWARD_NO_ANSWER = 7, "ForwardNoAnswer";
        BACKSPACE = 8, "Backspace";
        END_CALL = 9, "EndCall";
        RESUME = 10, "Resume";
        ANSWER = 11, "Answer";
        INFO = 12, "Info";
        CONFERENCE = 13, "Conference";
        PARK = 14, "Park";
        JOIN = 15, "Join";
        MEET_ME = 16, "MeetMe";
        PICKUP = 17, "PickUp";
        GROUP_PICKUP = 18, "GroupPickUp";
        DIAL = 19, "Dial";
        DO_NOT_DISTURB = 20, "DoNotDisturb";
        BARGE = 21, "Barge";
        DIRECT_TRANSFER = 28, "DirectTransfer";
        SELECT = 29, "Select";
        CONFERENCE_LIST = 30, "ConferenceList";
        VIDEO_MODE = 33, "VideoMode";
        PRIVATE = 54, "Private";
        REMOVE_LAST_PARTICIPANT = 57, "RemoveLastParticipant";
        IMMEDIATE_DIVERT = 59, "ImmediateDivert";
        TRANSFER_TO_VOICEMAIL = 62, "TransferToVoicemail";
        CALL_BACK = 65, "CallBack";
        QUALITY_REPORT = 75, "QualityReportTool";
        MALICIOUS_CALL = 76, "MaliciousCall";
        I_DIVERT = 80, "IDivert";
        C_BARGE = 81, "CBarge";
        HUNT_GROUP_LOG = 92, "HuntGroupLog";
        LOGIN = 93, "Login";
        MOBILITY = 94, "Mobility";
    }

    /// The soft key set that fits what a call is doing, in SelectSoftKeys.
    SoftKeyState {
        ON_HOOK = 0, "OnHook";
        CONNECTED = 1, "Connected";
        ON_HOLD = 2, "OnHold";
        RING_IN = 3, "RingIn";
        OFF_HOOK = 4, "OffHook";
        CONNECTED_TRANSFER = 5, "ConnectedTransfer";
        DIGITS_FOLLOW = 6, "DigitsFollow";
        CONNECTED_CONFERENCE = 7, "ConnectedConference";
        RING_OUT = 8, "RingOut";
        OFF_HOOK_FEATURE = 9, "OffHookFeature";
        IN_USE_HINT = 10, "InUseHint";
        ON_HOOK_STEALABLE = 11, "OnHookStealable";
    }

    /// A key of the dial pad, in KeypadButton. [`to_char`](KeypadButton::to_char) gives the character on it.
    KeypadButton {
        ZERO = 0, "0";
        ONE = 1, "1";
        TWO = 2, "2";
        THREE = 3, "3";
        FOUR = 4, "4";
        FIVE = 5, "5";
        SIX = 6, "6";
        SEVEN = 7, "7";
        EIGHT = 8, "8";
        NINE = 9, "9";
        A = 0x0A, "A";
        B = 0x0B, "B";
        C = 0x0C, "C";
        D = 0x0D, "D";
        STAR = 0x0E, "*";
        POUND = 0x0F, "#";
        PLUS = 0x10, "+";
    }

    /// The direction of a call, in CallInfo.
    CallType {
        INBOUND = 1, "Inbound";
        OUTBOUND = 2, "Outbound";
        FORWARD = 3, "Forward";
    }

    /// Why a call was redirected, in CallInfo.
    RedirectReason {
        UNKNOWN = 0, "Unknown";
        BUSY = 1, "Busy";
        NO_ANSWER = 2, "NoAnswer";
        DEFLECTION = 4, "Deflection";
        UNCONDITIONAL = 15, "Unconditional";
    }

    /// How a phone answers media orders.
    MediaStatus {
        OK = 0, "Ok";
        UNKNOWN_ERROR = 1, "UnknownError";
        NOT_ENOUGH_CHANNELS = 2, "NotEnoughChannels";
        CODEC_TOO_COMPLEX = 3, "CodecTooComplex";
        INVALID_PARTY_ID = 4, "InvalidPartyId";
        INVALID_CALL_REFERENCE = 5, "InvalidCallReference";
        INVALID_CODEC = 6, "InvalidCodec";
        INVALID_PACKET_SIZE = 7, "InvalidPacketSize";
        OUT_OF_SOCKETS = 8, "OutOfSockets";
        ENCODER_OR_DECODER_FAILED = 9, "EncoderOrDecoderFailed";
        INVALID_DYNAMIC_PAYLOAD_TYPE = 10, "InvalidDynamicPayloadType";
        REQUESTED_ADDRESS_TYPE_UNAVAILABLE = 11, "RequestedAddressTypeUnavailable";
        DEVICE_ON_HOOK = 255, "DeviceOnHook";
    }

    /// How serious an Alarm is.
    AlarmSeverity {
        CRITICAL = 0, "Critical";
        WARNING = 1, "Warning";
        INFORMATIONAL = 2, "Informational";
        UNKNOWN = 4, "Unknown";
        MAJOR = 7, "Major";
        MINOR = 8, "Minor";
        MARGINAL = 10, "Marginal";
        TRACE = 20, "TraceInfo";
    }

    /// An audio device of the phone.
    MediaPath {
        HEADSET = 1, "Headset";
        HANDSET = 2, "Handset";
        SPEAKER = 3, "Speaker";
    }

    /// What may be done with an audio device.
    MediaPathUse {
        ENABLE = 1, "Enable";
        DISABLE = 2, "Disable";
        MONITOR = 3, "Monitor";
    }

    /// Why a phone unregisters.
    UnregisterReason {
        UNKNOWN = 0, "Unknown";
        POWER_SAVE = 1, "PowerSave";
    }

    /// The answer to Unregister.
    UnregisterStatus {
        OK = 0, "Ok";
        ERROR = 1, "Error";
        NAK = 2, "Nak";
    }

    /// How a phone restarts, in Reset: reboot, read its configuration and register again, or apply changed
    /// settings only.
    ResetType {
        RESET = 1, "Reset";
        RESTART = 2, "Restart";
        APPLY_CONFIG = 3, "ApplyConfig";
    }

    /// Which of several notifications wins, in DisplayPriNotify; cleared by the same number.
    NotifyPriority {
        IDLE = 0, "Idle";
        VOICEMAIL = 1, "Voicemail";
        MONITOR = 2, "Monitor";
        PRIVACY = 3, "Privacy";
        DO_NOT_DISTURB = 4, "DoNotDisturb";
        CALL_FORWARD = 5, "CallForward";
        TIMED = 6, "Timed";
    }

    /// The list a phone files an ended call under, in CallHistoryDisposition.
    CallHistory {
        IGNORE = 0, "Ignore";
        PLACED = 1, "Placed";
        RECEIVED = 2, "Received";
        MISSED = 3, "Missed";
        UNKNOWN = 0xFFFF, "Unknown";
    }

    /// Whether a monitored number is free, in FeatureStat and Notification.
    BusyLampStatus {
        UNKNOWN = 0, "Unknown";
        IDLE = 1, "Idle";
        IN_USE = 2, "InUse";
        DO_NOT_DISTURB = 3, "DoNotDisturb";
        ALERTING = 4, "Alerting";
    }

    /// The answer to a subscription, in SubscriptionStat.
    SubscriptionCause {
        OK = 0, "Ok";
        ROUTE_FAIL = 1, "RouteFail";
        AUTHENTICATION_FAIL = 2, "AuthenticationFail";
        TIMEOUT = 3, "Timeout";
    }

    /// What to do with the counters after ConnectionStatisticsReq.
    StatisticsProcessing {
        CLEAR = 0, "Clear";
        KEEP = 1, "Keep";
    }

    /// The place of a part in a sequence of UserToDeviceDataV1.
    SequenceFlag {
        FIRST = 0, "First";
        MORE = 1, "More";
        LAST = 2, "Last";
    }
}

/// The type of a button in the button template.
pub type ButtonType = Stimulus;

const KEYPAD: &str = "0123456789ABCD*#+";

impl KeypadButton {
    /// The key with this character (letters in either case).
    pub fn from_char(c: char) -> Option<KeypadButton> {
        let index = KEYPAD.find(c.to_ascii_uppercase())?;
        u32::try_from(index).ok().map(KeypadButton)
    }

    /// The character on the key: a digit, `A` to `D`, `*`, `#` or `+`; `None` for an unknown number.
    pub fn to_char(self) -> Option<char> {
        let index = usize::try_from(self.0).ok()?;
        KEYPAD.chars().nth(index)
    }
}

impl Tone {
    /// The tone of a dial pad key, if it has one.
    pub fn of_key(key: KeypadButton) -> Option<Tone> {
        match key.0 {
            0 => Some(Tone::DTMF_0),
            digit @ 1..=9 => Some(Tone(digit)),
            letter @ 0x0A..=0x0D => Some(Tone(letter + 6)),
            sign @ 0x0E..=0x0F => Some(Tone(sign)),
            _ => None,
        }
    }
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Switch::ON } else { Switch::OFF }
    }
}
