//! Every event of the standard: its root element, its place in GetCSTAFeaturesResponse and in monitor filters.

use super::Edition;

/// Defines [`EventKind`] from one line per event, in the order of the capability lists.
macro_rules! event_kinds {
    ($($variant:ident: $root:literal in $list:ident/$capability:ident,
        filtered by $group:ident/$filter:ident $(since $since:ident)?;)+) => {
        /// An event of ECMA-269, in the order of the capability lists.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $(#[doc = concat!("Reported with `", $root, "`.")] $variant,)+ }

        impl EventKind {
            /// All kinds in the order of the schema's capability lists.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$variant,)+];

            /// Root element of the event.
            pub const fn root(self) -> &'static str {
                match self { $(EventKind::$variant => $root,)+ }
            }

            /// The kind of event with this root element.
            pub fn from_root(root: &str) -> Option<EventKind> {
                match root { $($root => Some(EventKind::$variant),)+ _ => None }
            }

            /// Capability list in `supportedEvents` that has this event.
            pub const fn list(self) -> &'static str {
                match self { $(EventKind::$variant => stringify!($list),)+ }
            }

            /// Name of the event in its capability list.
            pub const fn capability(self) -> &'static str {
                match self { $(EventKind::$variant => stringify!($capability),)+ }
            }

            /// Group of the monitor filter that has this event.
            pub const fn filter_group(self) -> &'static str {
                match self { $(EventKind::$variant => stringify!($group),)+ }
            }

            /// Name of the event in its filter group.
            pub const fn filter(self) -> &'static str {
                match self { $(EventKind::$variant => stringify!($filter),)+ }
            }

            /// First edition that has the event.
            pub const fn since(self) -> Edition {
                match self { $($(EventKind::$variant => Edition::$since,)?)+ _ => Edition::Ed2 }
            }
        }
    };
}

event_kinds! {
    Bridged: "BridgedEvent" in callControlEvtsList/bridged, filtered by callcontrol/bridged;
    CallCleared: "CallClearedEvent" in callControlEvtsList/callCleared, filtered by callcontrol/callCleared;
    Conferenced: "ConferencedEvent" in callControlEvtsList/conferenced, filtered by callcontrol/conferenced;
    ConnectionCleared: "ConnectionClearedEvent" in callControlEvtsList/connectionCleared, filtered by callcontrol/connectionCleared;
    Delivered: "DeliveredEvent" in callControlEvtsList/delivered, filtered by callcontrol/delivered;
    DigitsDialed: "DigitsDialedEvent" in callControlEvtsList/digitsDialed, filtered by callcontrol/digitsDialed;
    Diverted: "DivertedEvent" in callControlEvtsList/diverted, filtered by callcontrol/diverted;
    Established: "EstablishedEvent" in callControlEvtsList/established, filtered by callcontrol/established;
    Failed: "FailedEvent" in callControlEvtsList/failed, filtered by callcontrol/failed;
    Held: "HeldEvent" in callControlEvtsList/held, filtered by callcontrol/held;
    NetworkCapabilitiesChanged: "NetworkCapabilitiesChangedEvent" in callControlEvtsList/netwCapsChanged, filtered by callcontrol/networkCapabilitiesChanged;
    NetworkReached: "NetworkReachedEvent" in callControlEvtsList/netwReached, filtered by callcontrol/networkReached;
    Offered: "OfferedEvent" in callControlEvtsList/offered, filtered by callcontrol/offered;
    Originated: "OriginatedEvent" in callControlEvtsList/originated, filtered by callcontrol/originated;
    Queued: "QueuedEvent" in callControlEvtsList/queued, filtered by callcontrol/queued;
    Retrieved: "RetrievedEvent" in callControlEvtsList/retrieved, filtered by callcontrol/retrieved;
    ServiceInitiated: "ServiceInitiatedEvent" in callControlEvtsList/serviceInitiated, filtered by callcontrol/serviceInitiated;
    Transferred: "TransferedEvent" in callControlEvtsList/transferred, filtered by callcontrol/transferred;
    CallInformation: "CallInformationEvent" in callAssociatedEvtsList/callInformation, filtered by callAssociated/callInformation;
    Charging: "ChargingEvent" in callAssociatedEvtsList/charging, filtered by callAssociated/charging;
    DigitsGenerated: "DigitsGeneratedEvent" in callAssociatedEvtsList/digitsGenerated, filtered by callAssociated/digitsGenerated;
    TelephonyTonesGenerated: "TelephonyTonesGeneratedEvent" in callAssociatedEvtsList/telephonyTonesGenerated, filtered by callAssociated/telephonyTonesGenerated;
    ServiceCompletionFailure: "ServiceCompletionFailureEvent" in callAssociatedEvtsList/serviceCompletionFailure, filtered by callAssociated/serviceCompletionFailure;
    MediaAttached: "MediaAttachedEvent" in mediaEvtsList/mediaAttached, filtered by mediaAttachment/mediaAttached;
    MediaDetached: "MediaDetachedEvent" in mediaEvtsList/mediaDetached, filtered by mediaAttachment/mediaDetached;
    ButtonInformation: "ButtonInformationEvent" in physDevEvtsList/buttonInformation, filtered by physicalDeviceFeature/buttonInformation;
    ButtonPress: "ButtonPressEvent" in physDevEvtsList/buttonPress, filtered by physicalDeviceFeature/buttonPress;
    DisplayUpdated: "DisplayUpdatedEvent" in physDevEvtsList/displayUpdated, filtered by physicalDeviceFeature/displayUpdated;
    Hookswitch: "HookswitchEvent" in physDevEvtsList/hookswitch, filtered by physicalDeviceFeature/hookswitch;
    LampMode: "LampModeEvent" in physDevEvtsList/lampMode, filtered by physicalDeviceFeature/lampMode;
    MessageWaiting: "MessageWaitingEvent" in physDevEvtsList/messageWaiting, filtered by physicalDeviceFeature/messageWaiting;
    MicrophoneGain: "MicrophoneGainEvent" in physDevEvtsList/microphoneGain, filtered by physicalDeviceFeature/microphoneGain;
    MicrophoneMute: "MicrophoneMuteEvent" in physDevEvtsList/microphoneMute, filtered by physicalDeviceFeature/microphoneMute;
    RingerStatus: "RingerStatusEvent" in physDevEvtsList/ringerStatus, filtered by physicalDeviceFeature/ringerStatus;
    SpeakerMute: "SpeakerMuteEvent" in physDevEvtsList/speakerMute, filtered by physicalDeviceFeature/speakerMute;
    SpeakerVolume: "SpeakerVolumeEvent" in physDevEvtsList/speakerVolume, filtered by physicalDeviceFeature/speakerVolume;
    AgentBusy: "AgentBusyEvent" in logicalEvtsList/agentBusy, filtered by logicalDeviceFeature/agentBusy;
    AgentLoggedOff: "AgentLoggedOffEvent" in logicalEvtsList/agentLoggedOff, filtered by logicalDeviceFeature/agentLoggedOff;
    AgentLoggedOn: "AgentLoggedOnEvent" in logicalEvtsList/agentLoggedOn, filtered by logicalDeviceFeature/agentLoggedOn;
    AgentNotReady: "AgentNotReadyEvent" in logicalEvtsList/agentNotReady, filtered by logicalDeviceFeature/agentNotReady;
    AgentReady: "AgentReadyEvent" in logicalEvtsList/agentReady, filtered by logicalDeviceFeature/agentReady;
    AgentWorkingAfterCall: "AgentWorkingAfterCallEvent" in logicalEvtsList/agentWorkingAfterCall, filtered by logicalDeviceFeature/agentWorkingAfterCall;
    AutoAnswer: "AutoAnswerEvent" in logicalEvtsList/autoAnswer, filtered by logicalDeviceFeature/autoAnswer;
    AutoWorkMode: "AutoWorkModeEvent" in logicalEvtsList/autoWorkMode, filtered by logicalDeviceFeature/autoWorkMode;
    CallBack: "CallBackEvent" in logicalEvtsList/callBack, filtered by logicalDeviceFeature/callBack;
    CallBackMessage: "CallBackMessageEvent" in logicalEvtsList/callBackMessage, filtered by logicalDeviceFeature/callBackMessage;
    CallerIdStatus: "CallerIDStatusEvent" in logicalEvtsList/callerIDStatus, filtered by logicalDeviceFeature/callerIDStatus;
    DoNotDisturb: "DoNotDisturbEvent" in logicalEvtsList/doNotDisturb, filtered by logicalDeviceFeature/doNotDisturb;
    Forwarding: "ForwardingEvent" in logicalEvtsList/forwarding, filtered by logicalDeviceFeature/forwarding;
    PresenceState: "PresenceStateEvent" in logicalEvtsList/presenceState, filtered by logicalDeviceFeature/presenceState since Ed6;
    Routeing: "RouteingEvent" in logicalEvtsList/routeingMode, filtered by logicalDeviceFeature/routeingMode;
    BackInService: "BackInServiceEvent" in deviceMaintEvtsList/backInService, filtered by maintenance/backInService;
    DeviceCapsChanged: "DeviceCapsChangedEvent" in deviceMaintEvtsList/deviceCapsChanged, filtered by maintenance/deviceCapabilityChanged;
    OutOfService: "OutOfServiceEvent" in deviceMaintEvtsList/outOfService, filtered by maintenance/outOfService;
    PartiallyInService: "PartiallyInServiceEvent" in deviceMaintEvtsList/partiallyInService, filtered by maintenance/partiallyInService;
    BookmarkReached: "BookmarkReachedEvent" in voiceEvtsList/bookmarkReached, filtered by voice/bookmarkReached;
    Completed: "CompletedEvent" in voiceEvtsList/completed, filtered by voice/completed;
    DtmfDetected: "DtmfDetectedEvent" in voiceEvtsList/dtmfDetected, filtered by voice/dtmfDetected;
    Emptied: "EmptiedEvent" in voiceEvtsList/emptied, filtered by voice/emptied;
    InterruptionDetected: "InterruptionDetectedEvent" in voiceEvtsList/interruptionDetected, filtered by voice/interruptionDetected;
    NotRecognized: "NotRecognizedEvent" in voiceEvtsList/notRecognized, filtered by voice/notRecognized;
    Play: "PlayEvent" in voiceEvtsList/play, filtered by voice/play;
    Recognized: "RecognizedEvent" in voiceEvtsList/recognized, filtered by voice/recognized;
    Record: "RecordEvent" in voiceEvtsList/record, filtered by voice/record;
    Review: "ReviewEvent" in voiceEvtsList/reviewEvent, filtered by voice/review;
    Started: "StartedEvent" in voiceEvtsList/started, filtered by voice/started;
    SilenceTimeoutExpired: "SilenceTimeoutExpiredEvent" in voiceEvtsList/silenceTimeoutExpired, filtered by voice/silenceTimeoutExpired;
    SpeechDetected: "SpeechDetectedEvent" in voiceEvtsList/speechDetected, filtered by voice/speechDetected;
    Stop: "StopEvent" in voiceEvtsList/stopEvent, filtered by voice/stop;
    SuspendPlay: "SuspendPlayEvent" in voiceEvtsList/suspendPlay, filtered by voice/suspendPlay;
    SuspendRecord: "SuspendRecordEvent" in voiceEvtsList/suspendRecord, filtered by voice/suspendRecord;
    VoiceAttributeChanged: "VoiceAttributeChangedEvent" in voiceEvtsList/voiceAttribChanged, filtered by voice/voiceAttributesChanged;
    VoiceErrorOccurred: "VoiceErrorOccurredEvent" in voiceEvtsList/voiceErrorOccurred, filtered by voice/voiceErrorOccurred;
    Private: "PrivateEvent" in vendorSpecificEvtsList/privateEvent, filtered by private/private;
}
