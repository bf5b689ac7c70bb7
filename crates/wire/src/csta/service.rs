//! Every service of the standard: its request's root element and its place in GetCSTAFeaturesResponse.

use super::Edition;

/// Defines [`Service`] from one line per service, in schema order.
macro_rules! services {
    ($($variant:ident: $root:literal in $list:ident/$capability:ident $(since $since:ident)?;)+) => {
        /// A service of ECMA-269, in the order of the capability lists.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Service { $(#[doc = concat!("Requested with `", $root, "`.")] $variant,)+ }

        impl Service {
            /// All services in the order of the schema.
            pub const ALL: &'static [Service] = &[$(Service::$variant,)+];

            /// Root element of the request.
            pub const fn root(self) -> &'static str {
                match self { $(Service::$variant => $root,)+ }
            }

            /// The service this root element requests.
            pub fn from_root(root: &str) -> Option<Service> {
                match root { $($root => Some(Service::$variant),)+ _ => None }
            }

            /// Capability list in `supportedServices` that has this service.
            pub const fn list(self) -> &'static str {
                match self { $(Service::$variant => stringify!($list),)+ }
            }

            /// Name of the service in its capability list.
            pub const fn capability(self) -> &'static str {
                match self { $(Service::$variant => stringify!($capability),)+ }
            }

            /// First edition that has the service.
            pub const fn since(self) -> Edition {
                match self { $($(Service::$variant => Edition::$since,)?)+ _ => Edition::Ed2 }
            }
        }
    };
}

services! {
    GetCstaFeatures: "GetCSTAFeatures" in capExchangeServList/getCSTAFeatures;
    GetLogicalDeviceInformation: "GetLogicalDeviceInformation" in capExchangeServList/getLogicalDeviceInformation;
    GetPhysicalDeviceInformation: "GetPhysicalDeviceInformation" in capExchangeServList/getPhysicalDeviceInformation;
    GetSwitchingFunctionCaps: "GetSwitchingFunctionCaps" in capExchangeServList/getSwitchingFunctionCaps;
    GetSwitchingFunctionDevices: "GetSwitchingFunctionDevices" in capExchangeServList/getSwitchingFunctionDevices;
    SwitchingFunctionDevices: "SwitchingFunctionDevices" in capExchangeServList/switchingFunctionDevices;
    ChangeSysStatFilter: "ChangeSysStatFilter" in systemStatServList/changeSystemStatusFilter;
    SystemRegister: "SystemRegister" in systemStatServList/systemRegister;
    SystemRegisterAbort: "SystemRegisterAbort" in systemStatServList/systemStatusRegisterAbort;
    SystemRegisterCancel: "SystemRegisterCancel" in systemStatServList/systemStatusRegisterCancel;
    RequestSystemStatus: "RequestSystemStatus" in systemStatServList/requestSystemStatus;
    SystemStatus: "SystemStatus" in systemStatServList/systemStatus;
    SwFunctionCapsChanged: "SwFunctionCapsChanged" in systemStatServList/swFunctionCapsChanged;
    SwFunctionDevicesChanged: "SwFunctionDevicesChanged" in systemStatServList/swFunctionDevicesChanged;
    GetRegistrations: "GetRegistrations" in systemStatServList/getRegistrations since Ed6;
    RegistrationInfo: "RegistrationInfo" in systemStatServList/registrationInfo since Ed6;
    ChangeMonitorFilter: "ChangeMonitorFilter" in monitoringServList/changeMonitorFilter;
    MonitorStart: "MonitorStart" in monitoringServList/monitorStart;
    MonitorStop: "MonitorStop" in monitoringServList/monitorStop;
    GetMonitors: "GetMonitors" in monitoringServList/getMonitors since Ed6;
    MonitorInfo: "MonitorInfo" in monitoringServList/monitorInfo since Ed6;
    SnapshotCall: "SnapshotCall" in snapshotServList/snapshotCall;
    SnapshotDevice: "SnapshotDevice" in snapshotServList/snapshotDevice;
    SnapshotCallData: "SnapshotCallData" in snapshotServList/snapshotCallData;
    SnapshotDeviceData: "SnapshotDeviceData" in snapshotServList/snapshotDeviceData;
    AcceptCall: "AcceptCall" in callControlServList/acceptCall;
    AlternateCall: "AlternateCall" in callControlServList/alternateCall;
    AnswerCall: "AnswerCall" in callControlServList/answerCall;
    CallBack: "CallBack" in callControlServList/callBack;
    CallBackMessage: "CallBackMessage" in callControlServList/callBackMessage;
    CamponCall: "CamponCall" in callControlServList/campOnCall;
    ClearCall: "ClearCall" in callControlServList/clearCall;
    ClearConnection: "ClearConnection" in callControlServList/clearConnection;
    ConferenceCall: "ConferenceCall" in callControlServList/conferenceCall;
    ConsultationCall: "ConsultationCall" in callControlServList/consultationCall;
    DeflectCall: "DeflectCall" in callControlServList/deflectCall;
    DialDigits: "DialDigits" in callControlServList/dialDigits;
    DirectedPickupCall: "DirectedPickupCall" in callControlServList/directedPickupCall;
    GroupPickupCall: "GroupPickupCall" in callControlServList/groupPickupCall;
    HoldCall: "HoldCall" in callControlServList/holdCall;
    IntrudeCall: "IntrudeCall" in callControlServList/intrudeCall;
    JoinCall: "JoinCall" in callControlServList/joinCall;
    MakeCall: "MakeCall" in callControlServList/makeCall;
    MakeConnection: "MakeConnection" in callControlServList/makeConnection since Ed6;
    MakePredictiveCall: "MakePredictiveCall" in callControlServList/makePredictiveCall;
    ParkCall: "ParkCall" in callControlServList/parkCall;
    ReconnectCall: "ReconnectCall" in callControlServList/reconnectCall;
    RetrieveCall: "RetrieveCall" in callControlServList/retrieveCall;
    SendMessage: "SendMessage" in callControlServList/sendMessage;
    SingleStepConferenceCall: "SingleStepConferenceCall" in callControlServList/singleStepConference;
    SingleStepTransferCall: "SingleStepTransferCall" in callControlServList/singleStepTransfer;
    TransferCall: "TransferCall" in callControlServList/transferCall;
    AssociateData: "AssociateData" in callAssociatedServList/associateData;
    CancelTelephonyTones: "CancelTelephonyTones" in callAssociatedServList/cancelTelephonyTones;
    ChangeConnectionInformation: "ChangeConnectionInformation" in callAssociatedServList/changeConnectionInformation;
    GenerateDigits: "GenerateDigits" in callAssociatedServList/generateDigits;
    GenerateTelephonyTones: "GenerateTelephonyTones" in callAssociatedServList/generateTelephonyTones;
    SendUserInformation: "SendUserInformation" in callAssociatedServList/sendUserInformation;
    AttachMediaService: "AttachMediaService" in mediaServList/attachMediaService;
    DetachMediaService: "DetachMediaService" in mediaServList/detachMediaService;
    RouteRegister: "RouteRegister" in routeingServList/routeRegister;
    RouteRegisterCancel: "RouteRegisterCancel" in routeingServList/routeRegisterCancel;
    RouteRegisterAbort: "RouteRegisterAbort" in routeingServList/routeRegisterAbort;
    ReRoute: "ReRoute" in routeingServList/reRoute;
    RouteEnd: "RouteEnd" in routeingServList/routeEnd;
    RouteReject: "RouteReject" in routeingServList/routeReject;
    RouteRequest: "RouteRequest" in routeingServList/routeRequest;
    RouteSelect: "RouteSelect" in routeingServList/routeSelect;
    RouteUsed: "RouteUsed" in routeingServList/routeUsed;
    ButtonPress: "ButtonPress" in physDevServList/buttonPress;
    GetAuditoryApparatusInformation: "GetAuditoryApparatusInformation" in physDevServList/getAuditoryApparatusInfo;
    GetButtonInformation: "GetButtonInformation" in physDevServList/getButtonInformation;
    GetDisplay: "GetDisplay" in physDevServList/getDisplay;
    GetHookswitchStatus: "GetHookswitchStatus" in physDevServList/getHookSwitchStatus;
    GetLampInformation: "GetLampInformation" in physDevServList/getLampInfo;
    GetLampMode: "GetLampMode" in physDevServList/getLampMode;
    GetMessageWaitingIndicator: "GetMessageWaitingIndicator" in physDevServList/getMessageWaitingIndicator;
    GetMicrophoneGain: "GetMicrophoneGain" in physDevServList/getMicrophoneGain;
    GetMicrophoneMute: "GetMicrophoneMute" in physDevServList/getMicrophoneMute;
    GetRingerStatus: "GetRingerStatus" in physDevServList/getRingerStatus;
    GetSpeakerMute: "GetSpeakerMute" in physDevServList/getSpeakerMute;
    GetSpeakerVolume: "GetSpeakerVolume" in physDevServList/getSpeakerVolume;
    SetButtonInformation: "SetButtonInformation" in physDevServList/setButtonInformation;
    SetDisplay: "SetDisplay" in physDevServList/setDisplay;
    SetHookswitchStatus: "SetHookswitchStatus" in physDevServList/setHookSwitchStatus;
    SetLampMode: "SetLampMode" in physDevServList/setLampMode;
    SetMessageWaitingIndicator: "SetMessageWaitingIndicator" in physDevServList/setMessageWaitingIndicator;
    SetMicrophoneGain: "SetMicrophoneGain" in physDevServList/setMicrophoneGain;
    SetMicrophoneMute: "SetMicrophoneMute" in physDevServList/setMicrophoneMute;
    SetRingerStatus: "SetRingerStatus" in physDevServList/setRingerStatus;
    SetSpeakerMute: "SetSpeakerMute" in physDevServList/setSpeakerMute;
    SetSpeakerVolume: "SetSpeakerVolume" in physDevServList/setSpeakerVolume;
    CallBackNonCallRelated: "CallBackNonCallRelated" in logicalServList/callBackNonCallRel;
    CallBackMessageNonCallRelated: "CallBackMessageNonCallRelated" in logicalServList/callBackMsgNonCallRel;
    CancelCallBack: "CancelCallBack" in logicalServList/cancelCallBack;
    CancelCallBackMessage: "CancelCallBackMessage" in logicalServList/cancelCallBackMsg;
    GetAgentState: "GetAgentState" in logicalServList/getAgentState;
    GetAutoAnswer: "GetAutoAnswer" in logicalServList/getAutoAnswer;
    GetAutoWorkMode: "GetAutoWorkMode" in logicalServList/getAutoWorkMode;
    GetCallBack: "GetCallBack" in logicalServList/getCallBack since Ed6;
    GetCallerIdStatus: "GetCallerIDStatus" in logicalServList/getCallerIDStatus;
    GetDoNotDisturb: "GetDoNotDisturb" in logicalServList/getDoNotDisturb;
    GetForwarding: "GetForwarding" in logicalServList/getForwarding;
    GetLastNumberDialed: "GetLastNumberDialed" in logicalServList/getLastNumberDialed;
    GetPresenceState: "GetPresenceState" in logicalServList/getPresenceState since Ed6;
    GetRouteingMode: "GetRouteingMode" in logicalServList/getRouteingMode;
    SetAgentState: "SetAgentState" in logicalServList/setAgentState;
    SetAutoAnswer: "SetAutoAnswer" in logicalServList/setAutoAnswer;
    SetAutoWorkMode: "SetAutoWorkMode" in logicalServList/setAutoWorkMode;
    SetCallerIdStatus: "SetCallerIDStatus" in logicalServList/setCallerIDStatus;
    SetDoNotDisturb: "SetDoNotDisturb" in logicalServList/setDoNotDisturb;
    SetForwarding: "SetForwarding" in logicalServList/setForwarding;
    SetPresenceState: "SetPresenceState" in logicalServList/setPresenceState since Ed6;
    SetRouteingMode: "SetRouteingMode" in logicalServList/setRouteingMode;
    IoRegister: "IORegister" in iOServicesServList/ioRegister;
    IoRegisterAbort: "IORegisterAbort" in iOServicesServList/ioRegisterAbort;
    IoRegisterCancel: "IORegisterCancel" in iOServicesServList/ioRegisterCancel;
    DataPathResumed: "DataPathResumed" in iOServicesServList/dataPathResumed;
    DataPathSuspended: "DataPathSuspended" in iOServicesServList/dataPathSuspended;
    FastData: "FastData" in iOServicesServList/fastData;
    ResumeDataPath: "ResumeDataPath" in iOServicesServList/resumeDataPath;
    SendBroadcastData: "SendBroadcastData" in iOServicesServList/sendBroadcastData;
    SendData: "SendData" in iOServicesServList/sendData;
    SendMulticastData: "SendMulticastData" in iOServicesServList/sendMulticastData;
    StartDataPath: "StartDataPath" in iOServicesServList/startDataPath;
    StopDataPath: "StopDataPath" in iOServicesServList/stopDataPath;
    SuspendDataPath: "SuspendDataPath" in iOServicesServList/suspendDataPath;
    DataCollected: "DataCollected" in dataCollectionServList/dataCollected;
    DataCollectionResumed: "DataCollectionResumed" in dataCollectionServList/dataCollectionResumed;
    DataCollectionSuspended: "DataCollectionSuspended" in dataCollectionServList/dataCollectionSuspended;
    ResumeDataCollection: "ResumeDataCollection" in dataCollectionServList/resumeDataCollection;
    StartDataCollection: "StartDataCollection" in dataCollectionServList/startDataCollection;
    StopDataCollection: "StopDataCollection" in dataCollectionServList/stopDataCollection;
    SuspendDataCollection: "SuspendDataCollection" in dataCollectionServList/suspendDataCollection;
    Activate: "Activate" in voiceServList/activate;
    Clear: "Clear" in voiceServList/clear;
    Deactivate: "Deactivate" in voiceServList/deactivate;
    ConcatenateMessage: "ConcatenateMessage" in voiceServList/concatenateMsg;
    DeleteMessage: "DeleteMessage" in voiceServList/deleteMsg;
    QueueService: "QueueService" in voiceServList/queueService;
    PlayMessage: "PlayMessage" in voiceServList/playMsg;
    QueryVoiceAttribute: "QueryVoiceAttribute" in voiceServList/queryVoiceAttrib;
    RecordMessage: "RecordMessage" in voiceServList/recordMsg;
    Reposition: "Reposition" in voiceServList/reposition;
    Resume: "Resume" in voiceServList/resume;
    Review: "Review" in voiceServList/review;
    Start: "Start" in voiceServList/start;
    SetVoiceAttribute: "SetVoiceAttribute" in voiceServList/setVoiceAttrib;
    Stop: "Stop" in voiceServList/stop;
    Suspend: "Suspend" in voiceServList/suspend;
    SynthesizeMessage: "SynthesizeMessage" in voiceServList/synthesizeMsg;
    CdrNotification: "CDRNotification" in cDRServList/cdrNotification;
    CdrReport: "CDRReport" in cDRServList/cdrReport;
    SendStoredCdr: "SendStoredCDR" in cDRServList/sendStoredCDRs;
    StartCdrTransmission: "StartCDRTransmission" in cDRServList/startCDRTransmission;
    StopCdrTransmission: "StopCDRTransmission" in cDRServList/stopCDRTransmission;
    EscapeRegister: "EscapeRegister" in vendorSpecificServList/escapeRegister;
    EscapeRegisterCancel: "EscapeRegisterCancel" in vendorSpecificServList/escapeRegisterCancel;
    EscapeRegisterAbort: "EscapeRegisterAbort" in vendorSpecificServList/escapeRegisterAbort;
    Escape: "Escape" in vendorSpecificServList/escape;
    PrivateDataVersionSelection: "PrivateDataVersionSelection" in vendorSpecificServList/privateDataVersionSelection;
    GetLocationInformation: "GetLocationInformation" in locationServicesServList/getLocationInformation since Ed6;
    SetLocationInformation: "SetLocationInformation" in locationServicesServList/setLocationInformation since Ed6;
    LocationTrackingSessionResumed: "LocationTrackingSessionResumed" in locationServicesServList/locationTrackingSessionResumed since Ed6;
    LocationTrackingSessionSuspended: "LocationTrackingSessionSuspended" in locationServicesServList/locationTrackingSessionSuspended since Ed6;
    ResumeLocationTrackingSession: "ResumeLocationTrackingSession" in locationServicesServList/resumeLocationTrackingSession since Ed6;
    LocationInformationReport: "LocationInformationReport" in locationServicesServList/locationInformationReport since Ed6;
    StartLocationTrackingSession: "StartLocationTrackingSession" in locationServicesServList/startLocationTrackingSession since Ed6;
    StopLocationTrackingSession: "StopLocationTrackingSession" in locationServicesServList/stopLocationTrackingSession since Ed6;
    SuspendLocationTrackingSession: "SuspendLocationTrackingSession" in locationServicesServList/suspendLocationTrackingSession since Ed6;
    GetLocationTrackingCapabilities: "GetLocationTrackingCapabilities" in locationServicesServList/getLocationTrackingCapabilities since Ed6;
    GetLocationTrackingSessions: "GetLocationTrackingSessions" in locationServicesServList/getLocationTrackingSessions since Ed6;
    LocationSessionInfo: "LocationSessionInfo" in locationServicesServList/locationSessionInfo since Ed6;
}
