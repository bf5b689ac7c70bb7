//! The messages of CSTA: requests, responses, events and errors.

use smol_str::SmolStr;

use super::arguments::{Argument, Fault};
use super::element::Element;
use super::error::CstaError;
use super::events::*;
use super::services::*;
use super::session_login::HOOKFLASH_NAMESPACE;
use super::shape::Member;
use super::writer::Writer;
use super::{Arguments, EventExtensions, EventKind, Service};

/// One CSTA message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A service request; from the client unless its documentation says otherwise.
    Request(Request),
    /// The positive acknowledgement of a request.
    Response(Response),
    /// Something happened to a monitored device or call.
    Event(Event),
    /// The negative acknowledgement of a request.
    Error(CstaError),
    /// A root element in an ECMA-323 namespace that has no type here.
    ///
    /// [`Service::from_root`] tells a service of the standard, to be answered with
    /// [`super::OperationError::ServiceNotSupported`], from anything else.
    Unknown {
        /// Name of the root element.
        root: SmolStr,
    },
}

impl Message {
    /// Name of the root element.
    pub fn root(&self) -> &str {
        match self {
            Message::Request(request) => request.root(),
            Message::Response(response) => response.root(),
            Message::Event(event) => event.body.root(),
            Message::Error(_) => CstaError::ROOT,
            Message::Unknown { root } => root,
        }
    }
}

/// Defines an enum with one variant per message, found by the name of its root element. Variants are named as in the
/// table of the standard, [`Service`] or [`EventKind`]. The name after `or` is understood and never written.
macro_rules! messages {
    ($(#[$meta:meta])* pub enum $name:ident named by $table:ident in $entry:ident {
        $($variant:ident($type:ident) $(or $alias:literal)?,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name { $(#[doc = concat!("See [`", stringify!($type), "`].")] $variant($type),)+ }

        impl $name {
            /// Name of the root element.
            pub const fn root(&self) -> &'static str {
                match self { $($name::$variant(_) => <$type as Arguments>::ROOT,)+ }
            }

            /// Every message: the name of its root element, and its members.
            pub fn shapes() -> Vec<(&'static str, Vec<Member>)> {
                vec![$((<$type as Arguments>::ROOT, <$type as Arguments>::members()),)+]
            }

            /// The members of the message with this root element; `None` if it is none of these.
            pub fn members(root: &str) -> Option<Vec<Member>> {
                match root {
                    $(<$type as Arguments>::ROOT => Some(<$type as Arguments>::members()),)+
                    _ => None,
                }
            }

            /// Its entry in the table of the standard.
            pub const fn $entry(&self) -> $table {
                match self { $($name::$variant(_) => $table::$variant,)+ }
            }

            /// Reads the message, or returns `None` if the root element is none of these.
            fn decode_body(root: Element<'_>) -> Option<Result<Self, (&'static str, Fault)>> {
                match root.name() {
                    $(<$type as Arguments>::ROOT $(| $alias)? => Some(
                        <$type as Arguments>::decode(root)
                            .map($name::$variant)
                            .map_err(|fault| (<$type as Arguments>::ROOT, fault)),
                    ),)+
                    _ => None,
                }
            }

            /// Writes what is inside the root element.
            fn encode_body(&self, writer: &mut Writer<'_>) {
                match self { $($name::$variant(message) => message.encode(writer),)+ }
            }
        }

        $(impl From<$type> for $name {
            fn from(message: $type) -> Self { $name::$variant(message) }
        })+
    };
}

messages! {
    /// A service request.
    pub enum Request named by Service in service {
        RequestSystemStatus(RequestSystemStatus),
        SystemStatus(SystemStatus),
        GetCstaFeatures(GetCstaFeatures),
        MonitorStart(MonitorStart),
        MonitorStop(MonitorStop),
        ChangeMonitorFilter(ChangeMonitorFilter),
        SnapshotDevice(SnapshotDevice),
        SnapshotDeviceData(SnapshotDeviceSegment),
        SnapshotCall(SnapshotCall),
        MakeCall(MakeCall),
        AnswerCall(AnswerCall),
        ClearConnection(ClearConnection),
        HoldCall(HoldCall),
        RetrieveCall(RetrieveCall),
        GetForwarding(GetForwarding),
        SetForwarding(SetForwarding),
        ConsultationCall(ConsultationCall),
        TransferCall(TransferCall),
        ConferenceCall(ConferenceCall),
        SingleStepTransferCall(SingleStepTransferCall),
        SingleStepConferenceCall(SingleStepConferenceCall),
        JoinCall(JoinCall),
        AlternateCall(AlternateCall),
        ReconnectCall(ReconnectCall),
        DeflectCall(DeflectCall),
        AcceptCall(AcceptCall),
        ParkCall(ParkCall),
        DirectedPickupCall(DirectedPickupCall),
        GroupPickupCall(GroupPickupCall),
        ClearCall(ClearCall),
        GenerateDigits(GenerateDigits),
        GenerateTelephonyTones(GenerateTelephonyTones),
        CancelTelephonyTones(CancelTelephonyTones),
        PlayMessage(PlayMessage),
        RecordMessage(RecordMessage),
        Stop(Stop),
        Suspend(Suspend),
        Resume(ResumeMessage),
        DeleteMessage(DeleteMessage),
        GetDoNotDisturb(GetDoNotDisturb),
        SetDoNotDisturb(SetDoNotDisturb),
        GetMessageWaitingIndicator(GetMessageWaitingIndicator),
        SetMessageWaitingIndicator(SetMessageWaitingIndicator),
        GetLastNumberDialed(GetLastNumberDialed),
        AssociateData(AssociateData),
        GetAutoAnswer(GetAutoAnswer),
        SetAutoAnswer(SetAutoAnswer),
        SetDisplay(SetDisplay),
        CallBack(CallBack),
        CallBackNonCallRelated(CallBackNonCallRelated),
        CancelCallBack(CancelCallBack),
        GetCallBack(GetCallBack),
        DialDigits(DialDigits),
        ButtonPress(ButtonPress),
        GetButtonInformation(GetButtonInformation),
        GetHookswitchStatus(GetHookswitchStatus),
        SetHookswitchStatus(SetHookswitchStatus),
        GetMicrophoneMute(GetMicrophoneMute),
        SetMicrophoneMute(SetMicrophoneMute),
        GetLampInformation(GetLampInformation),
        GetLampMode(GetLampMode),
        GetDisplay(GetDisplay),
        GetPhysicalDeviceInformation(GetPhysicalDeviceInformation),
        GetLogicalDeviceInformation(GetLogicalDeviceInformation),
        GetMonitors(GetMonitors),
        GetSwitchingFunctionCaps(GetSwitchingFunctionCaps),
        GetSwitchingFunctionDevices(GetSwitchingFunctionDevices),
        SwitchingFunctionDevices(SwitchingFunctionDevices),
        SwFunctionCapsChanged(SwFunctionCapsChanged),
        SwFunctionDevicesChanged(SwFunctionDevicesChanged),
        GetRouteingMode(GetRouteingMode),
        SetRouteingMode(SetRouteingMode),
        SystemRegister(SystemRegister),
        SystemRegisterCancel(SystemRegisterCancel),
        SystemRegisterAbort(SystemRegisterAbort),
        Escape(Escape),
        RouteRegister(RouteRegister),
        RouteRegisterCancel(RouteRegisterCancel),
        RouteRegisterAbort(RouteRegisterAbort),
        RouteRequest(RouteRequest),
        ReRoute(ReRoute),
        RouteSelect(RouteSelect),
        RouteReject(RouteReject),
        RouteUsed(RouteUsed),
        RouteEnd(RouteEnd),
    }
}

messages! {
    /// The positive acknowledgement of a request.
    pub enum Response named by Service in service {
        RequestSystemStatus(RequestSystemStatusResponse),
        SystemStatus(SystemStatusResponse),
        GetCstaFeatures(GetCstaFeaturesResponse),
        MonitorStart(MonitorStartResponse),
        MonitorStop(MonitorStopResponse),
        ChangeMonitorFilter(ChangeMonitorFilterResponse),
        SnapshotDevice(SnapshotDeviceResponse),
        SnapshotCall(SnapshotCallResponse),
        MakeCall(MakeCallResponse),
        AnswerCall(AnswerCallResponse),
        ClearConnection(ClearConnectionResponse),
        HoldCall(HoldCallResponse),
        RetrieveCall(RetrieveCallResponse),
        GetForwarding(GetForwardingResponse),
        SetForwarding(SetForwardingResponse),
        ConsultationCall(ConsultationCallResponse),
        TransferCall(TransferCallResponse),
        ConferenceCall(ConferenceCallResponse),
        SingleStepTransferCall(SingleStepTransferCallResponse),
        SingleStepConferenceCall(SingleStepConferenceCallResponse),
        JoinCall(JoinCallResponse),
        AlternateCall(AlternateCallResponse),
        ReconnectCall(ReconnectCallResponse),
        DeflectCall(DeflectCallResponse),
        AcceptCall(AcceptCallResponse),
        ParkCall(ParkCallResponse),
        DirectedPickupCall(DirectedPickupCallResponse),
        GroupPickupCall(GroupPickupCallResponse),
        ClearCall(ClearCallResponse),
        GenerateDigits(GenerateDigitsResponse),
        GenerateTelephonyTones(GenerateTelephonyTonesResponse),
        CancelTelephonyTones(CancelTelephonyTonesResponse),
        PlayMessage(PlayMessageResponse),
        RecordMessage(RecordMessageResponse),
        Stop(StopResponse),
        Suspend(SuspendResponse),
        Resume(ResumeMessageResponse),
        DeleteMessage(DeleteMessageResponse),
        GetDoNotDisturb(GetDoNotDisturbResponse),
        SetDoNotDisturb(SetDoNotDisturbResponse),
        GetMessageWaitingIndicator(GetMessageWaitingIndicatorResponse),
        SetMessageWaitingIndicator(SetMessageWaitingIndicatorResponse),
        GetLastNumberDialed(GetLastNumberDialedResponse),
        AssociateData(AssociateDataResponse),
        GetAutoAnswer(GetAutoAnswerResponse),
        SetAutoAnswer(SetAutoAnswerResponse),
        SetDisplay(SetDisplayResponse),
        CallBack(CallBackResponse),
        CallBackNonCallRelated(CallBackNonCallRelatedResponse),
        CancelCallBack(CancelCallBackResponse),
        GetCallBack(GetCallBackResponse),
        DialDigits(DialDigitsResponse),
        ButtonPress(ButtonPressResponse),
        GetButtonInformation(GetButtonInformationResponse),
        GetHookswitchStatus(GetHookswitchStatusResponse),
        SetHookswitchStatus(SetHookswitchStatusResponse),
        GetMicrophoneMute(GetMicrophoneMuteResponse),
        SetMicrophoneMute(SetMicrophoneMuteResponse),
        GetLampInformation(GetLampInformationResponse),
        GetLampMode(GetLampModeResponse),
        GetDisplay(GetDisplayResponse),
        GetPhysicalDeviceInformation(GetPhysicalDeviceInformationResponse),
        GetLogicalDeviceInformation(GetLogicalDeviceInformationResponse),
        GetMonitors(GetMonitorsResponse),
        GetSwitchingFunctionCaps(GetSwitchingFunctionCapsResponse),
        GetSwitchingFunctionDevices(GetSwitchingFunctionDevicesResponse),
        SwitchingFunctionDevices(SwitchingFunctionDevicesResponse),
        SwFunctionCapsChanged(SwFunctionCapsChangedResponse),
        SwFunctionDevicesChanged(SwFunctionDevicesChangedResponse),
        GetRouteingMode(GetRouteingModeResponse),
        SetRouteingMode(SetRouteingModeResponse),
        SystemRegister(SystemRegisterResponse),
        SystemRegisterCancel(SystemRegisterCancelResponse),
        Escape(EscapeResponse),
        RouteRegister(RouteRegisterResponse),
        RouteRegisterCancel(RouteRegisterCancelResponse),
    }
}

messages! {
    /// What happened. Shared by all monitors that see it, except for `local_connection_info`, which is the state of
    /// each monitor's own device.
    pub enum EventBody named by EventKind in kind {
        ServiceInitiated(ServiceInitiated),
        Originated(Originated),
        DigitsDialed(DigitsDialed),
        Delivered(Delivered),
        Established(Established),
        Held(Held),
        Retrieved(Retrieved),
        ConnectionCleared(ConnectionCleared),
        Failed(Failed),
        CallCleared(CallCleared),
        Diverted(Diverted),
        NetworkReached(NetworkReached),
        Transferred(Transferred) or "TransferredEvent",
        Conferenced(Conferenced),
        Queued(Queued),
        Offered(Offered),
        DigitsGenerated(DigitsGenerated),
        TelephonyTonesGenerated(TelephonyTonesGenerated),
        Play(Play),
        Record(Record),
        Stop(Stopped),
        SuspendPlay(SuspendPlay),
        SuspendRecord(SuspendRecord),
        CallInformation(CallInformation),
        DoNotDisturb(DoNotDisturb),
        MessageWaiting(MessageWaiting),
        Forwarding(Forwarding),
        AutoAnswer(AutoAnswer),
        BackInService(BackInService),
        OutOfService(OutOfService),
        CallBack(CallBackChanged),
        MicrophoneMute(MicrophoneMute),
        Hookswitch(Hookswitch),
        ButtonPress(ButtonPressed),
        LampMode(LampModeChanged),
        DisplayUpdated(DisplayUpdated),
        Private(PrivateEvent),
    }
}

impl Request {
    pub(super) fn decode(root: Element<'_>) -> Option<Result<Self, (&'static str, Fault)>> {
        Request::decode_body(root)
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) {
        writer.document(self.root(), |writer| self.encode_body(writer));
    }
}

impl Response {
    pub(super) fn decode(root: Element<'_>) -> Option<Result<Self, (&'static str, Fault)>> {
        Response::decode_body(root)
    }

    pub(super) fn encode(&self, writer: &mut Writer<'_>) {
        writer.document(self.root(), |writer| self.encode_body(writer));
    }
}

impl EventBody {
    pub(super) fn encode(
        &self,
        monitor_cross_ref_id: &str,
        extensions: &EventExtensions,
        writer: &mut Writer<'_>,
    ) {
        let declarations = [("xmlns", writer.edition().namespace()), ("xmlns:hf", HOOKFLASH_NAMESPACE)];
        let needed = if extensions.is_empty() { 1 } else { declarations.len() };
        writer.document_in(declarations.get(..needed).unwrap_or_default(), self.root(), |writer| {
            writer.text(MONITOR_CROSS_REF_ID, monitor_cross_ref_id);
            match self {
                // It has no place for extensions but its private data.
                EventBody::Private(event) => writer.private_data(|writer| {
                    event.encode_private(writer);
                    extensions.encode_private(writer);
                }),
                _ => {
                    self.encode_body(writer);
                    extensions.encode(EXTENSIONS, writer);
                }
            }
        });
    }
}

/// First member of every event.
const MONITOR_CROSS_REF_ID: &str = "monitorCrossRefID";
/// Last member of every event.
const EXTENSIONS: &str = "extensions";

/// An event as one monitor sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The monitor that reports it.
    pub monitor_cross_ref_id: SmolStr,
    /// What happened.
    pub body: EventBody,
    /// What it carries beyond the standard.
    pub extensions: EventExtensions,
}

impl Event {
    pub(super) fn decode(root: Element<'_>) -> Option<Result<Self, (&'static str, Fault)>> {
        let body = EventBody::decode_body(root)?;
        Some(body.and_then(|body| {
            let named = |fault| (body.root(), fault);
            let monitor_cross_ref_id = root.argument(MONITOR_CROSS_REF_ID).map_err(named)?;
            let extensions = match &body {
                EventBody::Private(_) => EventExtensions::decode(root).map_err(named)?,
                _ => root.argument(EXTENSIONS).map_err(named)?,
            };
            Ok(Event { monitor_cross_ref_id, body, extensions })
        }))
    }
}
