//! Negative acknowledgements: `CSTAErrorCode` (ECMA-269 clause 12.2.12, UniversalFailure).
//!
//! Category and value names are those of the schema, its spelling mistakes included.

use smol_str::SmolStr;

use super::Arguments;
use super::arguments::{Argument, Fault};
use super::element::Element;
use super::vocabulary::open_words;
use super::writer::Writer;
use crate::csta::shape::Member;

/// Why a request is refused: category and value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CstaError {
    /// The request itself is wrong.
    Operation(OperationError),
    /// The security data of the request is wrong.
    Security(SecurityError),
    /// The request is right, but not in this state.
    StateIncompatibility(StateIncompatibility),
    /// The switching function lacks something.
    SystemResourceAvailability(SystemResourceAvailability),
    /// The client has used up what it may have.
    SubscribedResourceAvailability(SubscribedResourceAvailability),
    /// The client asks too much at once.
    PerformanceManagement(PerformanceManagement),
    /// The private data is wrong.
    PrivateData(PrivateDataError),
    /// A vendor's own error.
    Private(SmolStr),
    /// No reason given.
    Unspecified,
}

impl CstaError {
    /// Name of the category's element.
    pub const fn category(&self) -> &'static str {
        match self {
            CstaError::Operation(_) => "operation",
            CstaError::Security(_) => "security",
            CstaError::StateIncompatibility(_) => "stateIncompatibility",
            CstaError::SystemResourceAvailability(_) => "systemResourceAvailibility",
            CstaError::SubscribedResourceAvailability(_) => "subscribedResourceAvailability",
            CstaError::PerformanceManagement(_) => "performanceManagement",
            CstaError::PrivateData(_) => "privateData",
            CstaError::Private(_) => "privateErrorCode",
            CstaError::Unspecified => "unspecified",
        }
    }

    /// The value in the category; empty for [`CstaError::Unspecified`].
    pub fn value(&self) -> &str {
        match self {
            CstaError::Operation(error) => error.as_str(),
            CstaError::Security(error) => error.as_str(),
            CstaError::StateIncompatibility(error) => error.as_str(),
            CstaError::SystemResourceAvailability(error) => error.as_str(),
            CstaError::SubscribedResourceAvailability(error) => error.as_str(),
            CstaError::PerformanceManagement(error) => error.as_str(),
            CstaError::PrivateData(error) => error.as_str(),
            CstaError::Private(error) => error,
            CstaError::Unspecified => "",
        }
    }
}

impl std::fmt::Display for CstaError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value() {
            "" => f.write_str(self.category()),
            value => write!(f, "{}/{value}", self.category()),
        }
    }
}

impl std::error::Error for CstaError {}

impl Arguments for CstaError {
    const ROOT: &'static str = "CSTAErrorCode";

    fn members() -> Vec<Member> {
        Vec::new()
    }

    fn decode(root: Element<'_>) -> Result<Self, Fault> {
        for child in root.members() {
            return Ok(match child.name() {
                "operation" => CstaError::Operation(OperationError::from_word(child.text())),
                "security" => CstaError::Security(SecurityError::from_word(child.text())),
                "stateIncompatibility" => {
                    CstaError::StateIncompatibility(StateIncompatibility::from_word(child.text()))
                }
                "systemResourceAvailibility" => {
                    CstaError::SystemResourceAvailability(SystemResourceAvailability::from_word(child.text()))
                }
                "subscribedResourceAvailability" => CstaError::SubscribedResourceAvailability(
                    SubscribedResourceAvailability::from_word(child.text()),
                ),
                "performanceManagement" => {
                    CstaError::PerformanceManagement(PerformanceManagement::from_word(child.text()))
                }
                "privateData" => CstaError::PrivateData(PrivateDataError::from_word(child.text())),
                "privateErrorCode" => CstaError::Private(child.text().into()),
                "unspecified" => CstaError::Unspecified,
                _ => continue,
            });
        }
        // A category of another edition or vendor: refused all the same, for a reason we do not know.
        Ok(CstaError::Unspecified)
    }

    fn encode(&self, writer: &mut Writer<'_>) {
        let name = self.category();
        match self {
            CstaError::Operation(error) => error.encode(name, writer),
            CstaError::Security(error) => error.encode(name, writer),
            CstaError::StateIncompatibility(error) => error.encode(name, writer),
            CstaError::SystemResourceAvailability(error) => error.encode(name, writer),
            CstaError::SubscribedResourceAvailability(error) => error.encode(name, writer),
            CstaError::PerformanceManagement(error) => error.encode(name, writer),
            CstaError::PrivateData(error) => error.encode(name, writer),
            CstaError::Private(error) => writer.text(name, error),
            CstaError::Unspecified => writer.empty(name),
        }
    }
}

open_words! {
    /// Values of the category `operation`.
    pub enum OperationError else Generic {
        Generic = "generic",
        AtLeastOneConditionalParameterNotProvided = "atLeastOneConditionalParameterNotProvided",
        FeatureAlreadySet = "featureAlreadySet",
        InvalidMsgId = "invalidMsgID",
        InvalidParameterValue = "invalidParameterValue",
        InvalidAccountCode = "invalidAccountCode",
        InvalidAgentGroup = "invalidAgentGroup",
        InvalidAgentIdentifier = "invalidAgentIdentifier",
        InvalidAgentPassword = "invalidAgentPassword",
        InvalidAgentState = "invalidAgentState",
        InvalidAlertTime = "invalidAlertTime",
        InvalidAllocationState = "invalidAllocationState",
        InvalidAuthCode = "invalidAuthCode",
        InvalidAutoAnswer = "invalidAutoAnswer",
        InvalidBitRate = "invalidBitRate",
        InvalidButtonIdentifier = "invalidButtonIdentifier",
        InvalidCallType = "invalidCallType",
        InvalidConnectionRate = "invalidConnectionRate",
        InvalidConsultPurpose = "invalidConsultPurpose",
        InvalidCorrelatorData = "invalidCorrelatorData",
        InvalidCrossRefId = "invalidCrossRefID",
        InvalidDelayTolerance = "invalidDelayTolerance",
        InvalidDestination = "invalidDestination",
        InvalidDestinationDetect = "invalidDestinationDetect",
        InvalidDoNotDisturb = "invalidDoNotDisturb",
        InvalidEscapeCrossRefId = "invalidEscapeCrossRefID",
        InvalidFeature = "invalidFeature",
        InvalidFile = "invalidFile",
        InvalidFlowDirection = "invalidFlowDirection",
        InvalidForwardingDestination = "invalidForwardingDestination",
        InvalidForwardingFlag = "invalidForwardingFlag",
        InvalidForwardingType = "invalidForwardingType",
        InvalidHookswitchType = "invalidHookswitchType",
        InvalidHookswitchComponent = "invalidHookswitchComponent",
        InvalidLampMode = "invalidLampMode",
        InvalidLampId = "invalidLampID",
        InvalidMessageWaitingSetting = "invalidMessageWaitingSetting",
        InvalidMicrophoneGain = "invalidMicrophoneGain",
        InvalidMicrophoneMute = "invalidMicrophoneMute",
        InvalidMonitorCrossRefId = "invalidMonitorCrossRefID",
        InvalidMonitorFilter = "invalidMonitorFilter",
        InvalidMonitorObject = "invalidMonitorObject",
        InvalidMonitorType = "invalidMonitorType",
        InvalidNumberOfChannels = "invalidNumberOFChannels",
        InvalidParticipationType = "invalidParticipationType",
        InvalidRemainRetry = "invalidRemainRetry",
        InvalidRingCount = "invalidRingCount",
        InvalidRingPattern = "invalidRingPattern",
        InvalidRingVolume = "invalidRingVolume",
        InvalidRouteingAlgorithm = "invalidRouteingAlgorithm",
        InvalidRouteingCrossRefId = "invalidRouteingCrossRefID",
        InvalidRouteRegistrationCrossRefId = "invalidRouteRegistrationCrossRefID",
        InvalidSpeakerVolume = "invalidSpeakerVolume",
        InvalidSpeakerMute = "invalidSpeakerMute",
        InvalidSwitchingSubdomainCharsType = "invalidSwitchingSubdomainCharsType",
        InvalidObjectType = "invalidObjectType",
        InvalidActiveCallObject = "invalidActiveCallObject",
        InvalidCalledDeviceObjectType = "invalidCalledDeviceObjectType",
        InvalidCallingDeviceObjectType = "invalidCallingDeviceObjectType",
        InvalidCallToBePickedUpObjectType = "invalidCallToBePickedUpObjectType",
        InvalidCallToDivertObjectType = "invalidCallToDivertObjectType",
        InvalidCallToParkObjectType = "invalidCallToParkObjectType",
        InvalidDestinationDeviceObject = "invalidDestinationDeviceObject",
        InvalidHeldCallObject = "invalidHeldCallObject",
        InvalidMonitorObjectType = "invalidMonitorObjectType",
        InvalidParkToObjectType = "invalidParkToObjectType",
        MessageIdRequired = "messageIDRequired",
        NotDifferentDevices = "notDifferentDevices",
        NotSameDevice = "notSameDevice",
        ObjectNotKnown = "objectNotKnown",
        InvalidCallId = "invalidCallID",
        InvalidActiveCallId = "invalidActiveCallID",
        InvalidHeldCallId = "invalidHeldCallID",
        InvalidConnectionId = "invalidConnectionID",
        InvalidActiveConnectionId = "invalidActiveConnectionID",
        InvalidHeldConnectionId = "invalidHeldConnectionID",
        InvalidDeviceId = "invalidDeviceID",
        InvalidActiveDeviceId = "invalidActiveDeviceID",
        InvalidCalledDeviceId = "invalidCalledDeviceID",
        InvalidCallingDeviceId = "invalidCallingDeviceID",
        InvalidCallToParkDeviceId = "invalidCallToParkDeviceID",
        InvalidDestinationDeviceId = "invalidDestinationDeviceID",
        InvalidDivertingDeviceId = "invalidDivertingDeviceID",
        InvalidHeldDeviceId = "invalidHeldDeviceID",
        InvalidParkToDeviceId = "invalidParkToDeviceID",
        InvalidPickUpDeviceId = "invalidPickUpDeviceID",
        ParameterNotSupported = "parameterNotSupported",
        AccountCodeNotSupported = "accountCodeNotSupported",
        AgentGroupNotSupported = "agentGroupNotSupported",
        AgentPasswordNotSupported = "agentPasswordNotSupported",
        AgentStateNotSupported = "agentStateNotSupported",
        AlertTimeNotSupported = "alertTimeNotSupported",
        AllocationNotSupported = "allocationNotSupported",
        AuthorisationCodeNotSupported = "authorisationCodeNotSupported",
        AutoAnswerNotSupported = "autoAnswerNotSupported",
        BitRateNotSupported = "bitRateNotSupported",
        ButtonNotSupported = "buttonNotSupported",
        CallTypeNotSupported = "callTypeNotSupported",
        CharactersToSendNotSupported = "charactersToSendNotSupported",
        ConnectionRateNotSupported = "connectionRateNotSupported",
        ConnectionReservationNotSupported = "connectionReservationNotSupported",
        ConsultPurposeNotSupported = "consultPurposeNotSupported",
        CorrelatorDataNotSupported = "correlatorDataNotSupported",
        DelayToleranceNotSupported = "delayToleranceNotSupported",
        DestinationDetectNotSupported = "destinationDetectNotSupported",
        DigitModeNotSupported = "digitModeNotSupported",
        ErrorValueNotSupported = "errorValueNotSupported",
        FlowDirectionNotSupported = "flowDirectionNotSupported",
        ForwardingDestinationNotSupported = "forwardingDestinationNotSupported",
        LampNotSupported = "lampNotSupported",
        MonitorTypeNotSupported = "monitorTypeNotSupported",
        NumberOfChannelsNotSupported = "numberOfChannelsNotSupported",
        ParameterTypeNotSupported = "parameterTypeNotSupported",
        PriorityNotSupported = "priorityNotSupported",
        PrivateDataNotSupported = "privateDataNotSupported",
        PulseDurationNotSupported = "pulseDurationNotSupported",
        PulseRateNotSupported = "pulseRateNotSupported",
        RemainRetryNotSupported = "remainRetryNotSupported",
        RingCountNotSupported = "ringCountNotSupported",
        RouteUsedNotSupported = "routeUsedNotSupported",
        SecurityNotSupported = "securityNotSupported",
        SwSubdomainCcieTypeNotSupported = "swSubdomainCCIETypeNotSupported",
        ToneDurationNotSupported = "toneDurationNotSupported",
        SysStatRegIdNotSupported = "sysStatRegIDNotSupported",
        UserDataNotSupported = "userDataNotSupported",
        PrivilegeViolationSpecifiedDevice = "privilegeViolationSpecifiedDevice",
        PrivilegeViolationActiveDevice = "privilegeViolationActiveDevice",
        PrivilegeViolationCalledDevice = "privilegeViolationCalledDevice",
        PrivilegeViolationCallingDevice = "privilegeViolationCallingDevice",
        PrivilegeViolationCallToParkDevice = "privilegeViolationCallToParkDevice",
        PrivilegeViolationDestinationDevice = "privilegeViolationDestinationDevice",
        PrivilegeViolationOnDivertingDevice = "privilegeViolationOnDivertingDevice",
        PrivilegeViolationHeldDevice = "privilegeViolationHeldDevice",
        PrivilegeViolationOnParkToDevice = "privilegeViolationOnParkToDevice",
        PrivilegeViolationPickUpDevice = "privilegeViolationPickUpDevice",
        RouteingTimerExpired = "routeingTimerExpired",
        RequestIncompatibleWithObject = "requestIncompatibleWithObject",
        RequestIncompatibleWithConnection = "requestIncompatibleWithConnection",
        RequestIncompatibleWithActiveConnection = "requestIncompatibleWithActiveConnection",
        RequestIncompatibleWithHeldConnection = "requestIncompatibleWithHeldConnection",
        RequestIncompatibleWithDevice = "requestIncompatibleWithDevice",
        RequestIncompatibleWithCalledDevice = "requestIncompatibleWithCalledDevice",
        RequestIncompatibleWithCallingDevice = "requestIncompatibleWithCallingDevice",
        RequestIncompatibleWithSubjectDevice = "requestIncompatibleWithSubjectDevice",
        RequestIncompatibleWithActiveDevice = "requestIncompatibleWithActiveDevice",
        RequestIncompatibleWithCallToParkDevice = "requestIncompatibleWithCallToParkDevice",
        RequestIncompatibleWithDestinationDevice = "requestIncompatibleWithDestinationDevice",
        RequestIncompatibleWithDivertingDevice = "requestIncompatibleWithDivertingDevice",
        RequestIncompatibleWithHeldDevice = "requestIncompatibleWithHeldDevice",
        RequestIncompatibleWithMedia = "requestIncompatibleWithMedia",
        RequestIncompatibleWithParkToDevice = "requestIncompatibleWithParkToDevice",
        RequestIncompatibleWithPickupDevice = "requestIncompatibleWithPickupDevice",
        ServiceNotSupported = "serviceNotSupported",
        SecurityViolation = "securityViolation",
        ValueOutOfRange = "valueOutOfRange",
        AgentStateOutOfRange = "agentStateOutOfRange",
        AlertTimeOutOfRange = "alertTimeOutOfRange",
        AllocationOutOfRange = "allocationOutOfRange",
        AutoAnswerOutOfRange = "autoAnswerOutOfRange",
        BitRateOutOfRange = "bitRateOutOfRange",
        CallTypeOutOfRange = "callTypeOutOfRange",
        ConnectionRateOutOfRange = "connectionRateOutOfRange",
        ConnectionReservoationOutOfRange = "connectionReservoationOutOfRange",
        ConsultPurposeOutOfRange = "consultPurposeOutOfRange",
        CorrelatorDataOutOfRange = "correlatorDataOutOfRange",
        DelayToleranceOutOfRange = "delayToleranceOutOfRange",
        DestinationDetectOutOfRange = "destinationDetectOutOfRange",
        DigitModeOutOfRange = "digitModeOutOfRange",
        DoNotDisturbOutOfRange = "doNotDisturbOutOfRange",
        FlowDirectionOutOfRange = "flowDirectionOutOfRange",
        ForwardingFlagOutOfRange = "forwardingFlagOutOfRange",
        ForwardingTypeOutOfRange = "forwardingTypeOutOfRange",
        HookswitchComponentOutOfRange = "hookswitchComponentOutOfRange",
        HookswitchTypeOutOfRange = "hookswitchTypeOutOfRange",
        LampModeOutOfRange = "lampModeOutOfRange",
        MessageWaitingSettingOutOfRange = "messageWaitingSettingOutOfRange",
        MicGainOutOfRange = "micGainOutOfRange",
        MicMuteOutOfRange = "micMuteOutOfRange",
        MonitorTypeOutOfRange = "monitorTypeOutOfRange",
        NumberOfChannelsOutOfRange = "numberOfChannelsOutOfRange",
        ParticipationTypeOutOfRange = "participationTypeOutOfRange",
        PulseDurationOutOfRange = "pulseDurationOutOfRange",
        PulseRateOutOfRange = "pulseRateOutOfRange",
        RingCountOutOfRange = "ringCountOutOfRange",
        RingPatternOutOfRange = "ringPatternOutOfRange",
        RingVolumnOutOfRange = "ringVolumnOutOfRange",
        RouteingAlgorithmOutOfRange = "routeingAlgorithmOutOfRange",
        SpeakerMuteOutOfRange = "speakerMuteOutOfRange",
        SpeakerVolumeOutOfRange = "speakerVolumeOutOfRange",
        SwitchingCcittTypeOutOfRange = "switchingCcittTypeOutOfRange",
        SystemStatusOutOfRange = "systemStatusOutOfRange",
        ToneCharacterOutOfRange = "toneCharacterOutOfRange",
        ToneDurationOutOfRange = "toneDurationOutOfRange",
    }
}

open_words! {
    /// Values of the category `security`.
    pub enum SecurityError else Generic {
        Generic = "generic",
        SequenceNumberViolated = "sequenceNumberViolated",
        TimeStampViolated = "timeStampViolated",
        SecurityInfoViolated = "securityInfoViolated",
    }
}

open_words! {
    /// Values of the category `stateIncompatibility`.
    pub enum StateIncompatibility else Generic {
        Generic = "generic",
        InvalidObjectState = "invalidObjectState",
        InvalidDeviceState = "invalidDeviceState",
        ConnectedCallExists = "connectedCallExists",
        InvalidActiveDeviceState = "invalidActiveDeviceState",
        InvalidCalledDeviceState = "invalidCalledDeviceState",
        InvalidCallingDeviceState = "invalidCallingDeviceState",
        InvalidCallToParkDeviceState = "invalidCallToParkDeviceState",
        InvalidDestinationDeviceState = "invalidDestinationDeviceState",
        InvalidDivertingDeviceState = "invalidDivertingDeviceState",
        InvalidHeldDeviceState = "invalidHeldDeviceState",
        InvalidParkToDeviceState = "invalidParkToDeviceState",
        InvalidConnectionState = "invalidConnectionState",
        InvalidActiveConnectionState = "invalidActiveConnectionState",
        InvalidConnectionIdForActiveCall = "invalidConnectionIDForActiveCall",
        InvalidHeldConnectionState = "invalidHeldConnectionState",
        NoActiveCall = "noActiveCall",
        NoCallToAnswer = "noCallToAnswer",
        NoCallToClear = "noCallToClear",
        NoCallToComplete = "noCallToComplete",
        NoConnectionToClear = "noConnectionToClear",
        NoHeldCall = "noHeldCall",
        IncorrectMsgState = "incorrectMsgState",
        BeginningOfMsg = "beginningOfMsg",
        EndOfMsg = "endOfMsg",
        MsgSuspended = "msgSuspended",
        NotAbleToPlay = "notAbleToPlay",
        NotAbleToResume = "notAbleToResume",
    }
}

open_words! {
    /// Values of the category `systemResourceAvailibility`.
    pub enum SystemResourceAvailability else Generic {
        Generic = "generic",
        ResourceBusy = "resourceBusy",
        InternalResourceBusy = "internalResourceBusy",
        ClassifierBusy = "classifierBusy",
        NoMediaChannelsAvailable = "noMediaChannelsAvailable",
        ChannelsInUseForBridgedDevices = "channelsInUseForBridgedDevices",
        ChannelsInUseForData = "channelsInUseForData",
        ToneDetectorBusy = "toneDetectorBusy",
        ToneGeneratorBusy = "toneGeneratorBusy",
        NetworkBusy = "networkBusy",
        ResourceOutOfService = "resourceOutOfService",
        DeviceOutOfService = "deviceOutOfService",
        ActiveDeviceOutOfService = "activeDeviceOutOfService",
        CalledDeviceOutOfService = "calledDeviceOutOfService",
        CallingDeviceOutOfService = "callingDeviceOutOfService",
        CallToParkDeviceOutOfService = "callToParkDeviceOutOfService",
        DestinationDeviceOutOfService = "destinationDeviceOutOfService",
        DivertingDeviceOutOfService = "divertingDeviceOutOfService",
        HeldDeviceOutOfService = "heldDeviceOutOfService",
        ParkToDeviceOutOfService = "parkToDeviceOutOfService",
        PickupDeviceOutOfService = "pickupDeviceOutOfService",
        NetworkOutOfService = "networkOutOfService",
        OtherResourceOutOfService = "otherResourceOutOfService",
        ResourceLimitExceeded = "resourceLimitExceeded",
        OverallMonitorLimitExceeded = "overallMonitorLimitExceeded",
        ConferenceMemberLimitExceeded = "conferenceMemberLimitExceeded",
        RegistrationLimitExceeded = "registrationLimitExceeded",
        ConferenceResourceCannotBeSatisfied = "conferenceResourceCannotBeSatisfied" since Ed6,
        MaxDevicesExceeded = "maxDevicesExceeded" since Ed6,
        StartTimeOutOfRange = "startTimeOutOfRange" since Ed6,
        DurationExceeded = "durationExceeded" since Ed6,
    }
}

open_words! {
    /// Values of the category `subscribedResourceAvailability`.
    pub enum SubscribedResourceAvailability else Generic {
        Generic = "generic",
        ObjectMonitorLimitExceeded = "objectMonitorLimitExceeded",
        TrunkLimitExceeded = "trunkLimitExceeded",
        OutstandingReqLimitExceeded = "outstandingReqLimitExceeded",
        ObjectRegistrationLimitExceeded = "objectRegistrationLimitExceeded",
    }
}

open_words! {
    /// Values of the category `performanceManagement`.
    pub enum PerformanceManagement else Generic {
        Generic = "generic",
        PerformanceLimitExceeded = "performanceLimitExceeded",
    }
}

open_words! {
    /// Values of the category `privateData`.
    pub enum PrivateDataError else CstaPrivateDataInfoError {
        CstaPrivateDataInfoError = "cSTAPrivateDataInfoError",
    }
}
