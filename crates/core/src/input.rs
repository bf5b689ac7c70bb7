//! What can happen to the switch and what can follow from it: the two closed lists of its interface.

use std::time::Duration;

use smol_str::SmolStr;

use crate::{
    Act, CallData, CallId, Change, CodecSet, ConnectionId, ConnectionKey, ConsultPurpose, DeviceId,
    DialogueId, EventCause, EventKind, Forwarding, ForwardingType, GlobalCallId, LegId, LegState, LineId,
    MediaAddress, MediaCodec, MediaWay, MergedConnection, Opened, Record, Refusal, RegistrationId, Route,
    RouteMessage, SoundEnds, SoundId, SoundOrder, SoundReport, StationId, Tone,
    cti::{CallSnapshot, EventFilter, MonitorId, SessionId, Snapshot},
    event::Notification,
};

/// Something that happens to the switch.
#[derive(Clone, Debug)]
pub enum Input {
    /// A phone did something.
    Station(StationId, StationInput),
    /// An application asks for a service; answered by [`Output::Response`] with the same [`RequestId`].
    Request(SessionId, RequestId, Request),
    /// The configuration changes.
    Configure(Change),
    /// Something that was [stored](Output::Store) before the switch started, in the order in which it was stored. It is
    /// [forgotten](Output::Forget) if it is about a number that is not configured.
    Restore(Record),
    /// The media engine has opened a leg and receives here; or it cannot open the leg, and the device hears nothing. An
    /// answer for a leg that was closed meanwhile has no effect.
    LegOpened(LegId, Option<MediaAddress>),
    /// The device at a leg has sent a digit as a telephone event (RFC 4733).
    LegDigit(LegId, char),
    /// Nothing has come from the device at a leg for [`SILENCE`](crate::SILENCE), though it takes part in a conversation; or,
    /// with `false`, it is heard again.
    LegSilent(LegId, bool),
    /// The application that has the audio of a connection over a socket sends a digit.
    AudioDigit(ConnectionKey, char),
    /// What became of an order about a sound.
    Sound(SoundId, SoundReport),
    /// A voicemail system says, otherwise than by a call, whether messages wait for a number.
    MessageWaiting(SmolStr, bool),
    /// How many new calls a second the machine can serve: the others are [refused](crate::Admission). `None`: as
    /// many as come.
    CallRate(Option<u32>),
}

/// Something a phone did.
#[derive(Clone, Debug)]
pub enum StationInput {
    /// It registered and can play and record these codecs. A phone that was registered stays in its calls.
    Register(CodecSet),
    /// It reported its codecs.
    Capabilities(CodecSet),
    /// It unregistered, or is known to be gone: its calls end.
    Unregister,
    /// The connection to it broke; its calls wait for it for [`Timeouts::station_lost`](crate::Timeouts).
    Lost,
    /// Its user did something.
    Key(Key),
    /// It receives the media of the connection with this reference here.
    Receiving(u32, MediaAddress),
    /// It cannot receive media for the connection with this reference.
    CannotReceive(u32),
    /// An autonomous phone did something with one of its calls, or says something about it.
    Act(Act),
}

/// What a user can do at a phone. `line` is the line instance on the phone, from 1; `reference` is that of a
/// connection. Zero in either means that the phone leaves it to the switch to find the call that is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// The handset was lifted, or the loudspeaker or headset switched on.
    OffHook {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// The handset was put back.
    OnHook {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// The handset of an analogue telephone was put back. Nothing else can bring a call back that it holds: that rings.
    PutDown,
    /// The button of a headset: answers the call that rings if the user is in none, and else ends the call.
    AnswerOrEnd {
        /// Connection reference or 0.
        reference: u32,
    },
    /// A line button.
    Line {
        /// Line instance.
        line: u32,
    },
    /// Begin a new call, holding the active one. On an idle phone it answers the line that it names, if that rings.
    NewCall {
        /// Line instance or 0.
        line: u32,
    },
    /// Answer the ringing call.
    Answer {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// End or reject the call.
    EndCall {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Hold the connected call.
    Hold {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Take the held call back.
    Resume {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// The hold button of phones that have one key for both. It also leads back from an attempt at another call.
    HoldOrResume,
    /// The hook of an analogue telephone was pressed for a moment: answers the call that waits, or holds the connected
    /// one for another call, or goes back.
    HookFlash,
    /// A key of the keypad: `0` to `9`, `*`, `#`, `A` to `D`, `+`.
    Digit(char),
    /// Take back the last digit.
    Backspace,
    /// The number is complete.
    Dial,
    /// A whole number at once, dialled on-hook from a list or into the call that was begun.
    Enbloc {
        /// Line instance or 0.
        line: u32,
        /// The number.
        number: SmolStr,
    },
    /// Dial the last number again.
    Redial {
        /// Line instance or 0.
        line: u32,
    },
    /// Forward all calls of a line: collects the number; or cancel that.
    ForwardAll {
        /// Line instance or 0.
        line: u32,
    },
    /// Transfer: begin a consultation about the active call, or complete the transfer.
    Transfer {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Conference: call a party to add to the active call, or add it.
    Conference {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Park the active call.
    Park {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Pick up a call that rings elsewhere.
    Pickup {
        /// Line instance or 0.
        line: u32,
    },
    /// Pick up a call that rings in a group.
    GroupPickup {
        /// Line instance or 0.
        line: u32,
    },
    /// Do not disturb: the call that rings, or else any call from now on, or again.
    DoNotDisturb {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Leave the hunt groups, or join them again.
    HuntGroupLog,
    /// Call the voicemail system.
    Voicemail,
    /// Send the ringing, or else the active, call to the voicemail system.
    DivertToVoicemail {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Drop the party that was added last to the conference.
    RemoveLastParticipant,
    /// Show who is in the conference.
    ConferenceList,
    /// Remove a participant from the conference that the user has made, by the reference of its connection.
    RemoveParticipant {
        /// The reference of the participant's connection.
        participant: u32,
    },
    /// Make one conference of the calls that are selected and the active one.
    Join {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Select a call for [`Key::Join`], or select it no more.
    Select {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// A speed-dial button with a lamp, instance from 1.
    BlfSpeedDial {
        /// Instance.
        instance: u32,
    },
    /// Open a meet-me conference: enter its number.
    MeetMe {
        /// Line instance or 0.
        line: u32,
    },
    /// Enter the call that another phone has on a line with eight channels.
    Barge {
        /// Line instance or 0.
        line: u32,
        /// Connection reference or 0.
        reference: u32,
    },
    /// Keep the calls of the phone to itself, or do so no more.
    Privacy,
    /// Send the active call to where its user is, or switch single number reach off or on.
    Mobility,
    /// Be called when the called party is free.
    CallBack,
    /// Enter the number that opens the phone outside office hours.
    Login,
    /// A speed-dial button, instance from 1.
    SpeedDial {
        /// Speed-dial instance.
        instance: u32,
    },
}

/// Names a request of a session; chosen by the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct RequestId(pub u32);

/// The services an application can ask for, with their arguments (ECMA-269 clauses 15 to 22).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Request {
    /// Monitor Start on a device.
    MonitorStart {
        /// The device to watch.
        device: DeviceId,
        /// The events not wanted.
        filter: EventFilter,
    },
    /// Monitor Start on all numbers of a station.
    MonitorStation {
        /// The station.
        station: StationId,
        /// The events not wanted.
        filter: EventFilter,
    },
    /// Change Monitor Filter.
    ChangeMonitorFilter {
        /// The monitor.
        monitor: MonitorId,
        /// The events not wanted from now on.
        filter: EventFilter,
    },
    /// Monitor Stop.
    MonitorStop {
        /// The monitor.
        monitor: MonitorId,
    },
    /// Snapshot Device.
    SnapshotDevice {
        /// The device.
        device: DeviceId,
    },
    /// Make Call.
    MakeCall {
        /// The device that calls.
        calling: DeviceId,
        /// The number to call; empty to only go off-hook and let the user dial.
        called: SmolStr,
        /// Whether the user is first prompted to go off-hook.
        prompt: bool,
    },
    /// Make Call from an office number by a phone elsewhere.
    DialViaOffice {
        /// The office number.
        calling: DeviceId,
        /// The number to call.
        called: SmolStr,
        /// The number where the user is, which is called first.
        alternate: SmolStr,
    },
    /// Answer Call.
    AnswerCall(ConnectionId),
    /// Accept Call.
    AcceptCall(ConnectionId),
    /// Opens a CTI port or route point.
    OpenDevice {
        /// The device.
        station: StationId,
        /// How its media goes.
        media: MediaWay,
        /// What the application can receive, which holds until it closes the device.
        codecs: Vec<MediaCodec>,
        /// Whether the application needs a device with one line.
        one_line: bool,
    },
    /// Closes a CTI port or route point that the session has opened.
    CloseDevice {
        /// The device.
        station: StationId,
    },
    /// Says where the media of a call goes.
    SetMediaAddress {
        /// The connection of the device.
        connection: ConnectionId,
        /// The number of the request that is answered.
        request: Option<u32>,
        /// Where the application receives.
        address: MediaAddress,
    },
    /// Route Register.
    RouteRegister {
        /// The route point; `None` for every one that the session may control.
        device: Option<DeviceId>,
        /// The station whose first number that is, if all its numbers are meant.
        station: Option<StationId>,
    },
    /// Route Register Cancel.
    RouteRegisterCancel(RegistrationId),
    /// Route Select.
    RouteSelect {
        /// The dialogue.
        dialogue: DialogueId,
        /// Where the call goes: the first that takes it.
        routes: Vec<Route>,
        /// Whether the application wants to be told which one that was.
        tell: bool,
        /// Data for the call.
        correlator: Option<SmolStr>,
    },
    /// Route Reject.
    RouteReject(DialogueId),
    /// Route End.
    RouteEnd(DialogueId),
    /// Clear Connection.
    ClearConnection(ConnectionId),
    /// Hold Call.
    HoldCall(ConnectionId),
    /// Retrieve Call.
    RetrieveCall(ConnectionId),
    /// Deflect Call.
    DeflectCall {
        /// The ringing connection.
        connection: ConnectionId,
        /// Where the call is to ring instead.
        destination: SmolStr,
    },
    /// Consultation Call.
    ConsultationCall {
        /// The connection to hold.
        existing: ConnectionId,
        /// The number to call.
        consulted: SmolStr,
        /// What the consultation is for.
        purpose: ConsultPurpose,
    },
    /// Transfer Call.
    TransferCall {
        /// The held connection of the device.
        held: ConnectionId,
        /// Its active connection.
        active: ConnectionId,
    },
    /// Conference Call.
    ConferenceCall {
        /// The held connection of the device.
        held: ConnectionId,
        /// Its active connection.
        active: ConnectionId,
    },
    /// Park Call.
    ParkCall {
        /// The connection of the device that parks.
        parking: ConnectionId,
        /// The number of the slot; `None` for any that is free.
        park_to: Option<SmolStr>,
    },
    /// Alternate Call.
    AlternateCall {
        /// The connection to retrieve or answer.
        held: ConnectionId,
        /// The connection of the same device to hold.
        active: ConnectionId,
    },
    /// Reconnect Call.
    ReconnectCall {
        /// The connection to clear.
        active: ConnectionId,
        /// The connection of the same device to retrieve.
        held: ConnectionId,
    },
    /// Single Step Transfer Call.
    SingleStepTransferCall {
        /// The connection that leaves the call.
        active: ConnectionId,
        /// Who gets the call.
        to: SmolStr,
    },
    /// Single Step Conference Call, and Join Call.
    AddToCall {
        /// A connection of the call.
        active: ConnectionId,
        /// The device that is added.
        device: DeviceId,
        /// How.
        joining: Joining,
    },
    /// Monitor Start on a call.
    MonitorCall {
        /// The call to watch until it ends.
        call: CallId,
        /// The events not wanted.
        filter: EventFilter,
    },
    /// Any other request, with data for the call that it is about or begins.
    With(Box<Request>, CallData),
    /// Associate Data.
    AssociateData {
        /// A connection of the call.
        connection: ConnectionId,
        /// The data; what is `None` stays as it is.
        correlator: Option<SmolStr>,
        /// The account to charge.
        account: Option<SmolStr>,
        /// What the user says about the call.
        qualifying: Option<SmolStr>,
    },
    /// Get Auto Answer.
    GetAutoAnswer {
        /// The device.
        device: DeviceId,
    },
    /// Set Auto Answer.
    SetAutoAnswer {
        /// The device.
        device: DeviceId,
        /// After how many rings its calls are answered; `None`: they are not.
        rings: Option<u32>,
    },
    /// Set Display.
    SetDisplay {
        /// The device.
        device: DeviceId,
        /// The text; `None` for what the phone shows by itself.
        text: Option<SmolStr>,
    },
    /// Call Back: the attempt of the connection ends, and its device is called when the called one is free.
    CallBack(ConnectionId),
    /// Call Back without a call before.
    CallBackNonCallRelated {
        /// Who is called back.
        originating: DeviceId,
        /// The device that has to be free.
        target: DeviceId,
    },
    /// Cancel Call Back.
    CancelCallBack {
        /// Who was to be called back.
        originating: DeviceId,
        /// The device that had to be free; `None` for any.
        target: Option<DeviceId>,
    },
    /// Get Routeing Mode.
    GetRouteingMode {
        /// The route point.
        device: DeviceId,
    },
    /// Set Routeing Mode.
    SetRouteingMode {
        /// The route point.
        device: DeviceId,
        /// Whether applications are asked where its calls go.
        on: bool,
    },
    /// Get Call Back.
    GetCallBack {
        /// The device that waits, or is waited for.
        device: DeviceId,
    },
    /// Dial Digits: goes on dialling.
    DialDigits {
        /// The connection that dials.
        connection: ConnectionId,
        /// The digits, with `;` behind them if more will follow.
        digits: SmolStr,
    },
    /// Button Press, and Set Hookswitch Status: somebody presses a key of a phone of the device.
    Press {
        /// The device.
        device: DeviceId,
        /// The key.
        key: Key,
    },
    /// Get Microphone Mute.
    GetMicrophoneMute {
        /// The device.
        device: DeviceId,
    },
    /// Set Microphone Mute.
    SetMicrophoneMute {
        /// The device.
        device: DeviceId,
        /// Whether the microphones of its phones are to be off.
        off: bool,
    },
    /// Get Hookswitch Status.
    GetHookswitchStatus {
        /// The device.
        device: DeviceId,
    },
    /// Clear Call.
    ClearCall(CallId),
    /// Generate Digits.
    GenerateDigits {
        /// The connection that sends them.
        connection: ConnectionId,
        /// The digits: `0` to `9`, `*`, `#`, `A` to `D`.
        digits: SmolStr,
        /// How long each tone lasts.
        tone: Duration,
        /// The silence after each.
        pause: Duration,
    },
    /// Generate Telephony Tones.
    GenerateTone {
        /// The connection that sends it: the others of its call hear it.
        connection: ConnectionId,
        /// The tone.
        tone: Tone,
        /// How long; `None` until it is cancelled.
        length: Option<Duration>,
    },
    /// Cancel Telephony Tones.
    CancelTone(ConnectionId),
    /// Play Message.
    PlayMessage {
        /// The connection whose device hears it; a device of the server speaks it.
        connection: ConnectionId,
        /// Its name.
        message: SmolStr,
        /// What ends it.
        ends: SoundEnds,
    },
    /// Record Message.
    RecordMessage {
        /// The connection whose call is recorded.
        connection: ConnectionId,
        /// What ends it.
        ends: SoundEnds,
    },
    /// Stop: ends what is played or recorded.
    StopSound {
        /// The connection.
        connection: ConnectionId,
        /// The name of the message; `None` for all.
        message: Option<SmolStr>,
    },
    /// Suspend: lets what is played or recorded wait.
    SuspendSound {
        /// The connection.
        connection: ConnectionId,
        /// The name of the message; `None` for all.
        message: Option<SmolStr>,
    },
    /// Resume: goes on with what waits.
    ResumeSound {
        /// The connection.
        connection: ConnectionId,
        /// The name of the message; `None` for all.
        message: Option<SmolStr>,
        /// For how long at most.
        most: Option<Duration>,
    },
    /// Delete Message.
    DeleteMessage(SmolStr),
    /// Snapshot Call.
    SnapshotCall(CallId),
    /// Get Message Waiting Indicator.
    GetMessageWaiting {
        /// The device.
        device: DeviceId,
    },
    /// Set Message Waiting Indicator.
    SetMessageWaiting {
        /// The device.
        device: DeviceId,
        /// Whether a message waits.
        on: bool,
    },
    /// Get Last Number Dialed.
    GetLastNumberDialled {
        /// The device.
        device: DeviceId,
    },
    /// Directed Pickup Call.
    DirectedPickupCall {
        /// The connection that rings, or is parked.
        picked: ConnectionId,
        /// The device that picks the call up.
        requesting: DeviceId,
    },
    /// Group Pickup Call.
    GroupPickupCall {
        /// The device that picks the call up.
        requesting: DeviceId,
        /// The group; `None` for that of the device.
        group: Option<SmolStr>,
    },
    /// Get Do Not Disturb.
    GetDoNotDisturb {
        /// The device.
        device: DeviceId,
    },
    /// Set Do Not Disturb.
    SetDoNotDisturb {
        /// The device.
        device: DeviceId,
        /// Whether its phones are not to be disturbed.
        on: bool,
    },
    /// Get Forwarding.
    GetForwarding {
        /// The device.
        device: DeviceId,
    },
    /// Set Forwarding that activates.
    ActivateForwarding {
        /// The device whose calls are to be forwarded.
        device: DeviceId,
        /// Which calls.
        kind: ForwardingType,
        /// Where they are to go; `None` for where they go already.
        number: Option<SmolStr>,
        /// How long they ring before they count as not answered; `None` to leave that unchanged.
        no_answer_timeout: Option<Duration>,
    },
    /// Set Forwarding that deactivates.
    DeactivateForwarding {
        /// The device whose calls are to be forwarded no more.
        device: DeviceId,
        /// Which calls.
        kind: ForwardingType,
    },
}

/// How a device is added to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Joining {
    /// Single Step Conference Call: it rings, and its user answers.
    Called,
    /// Join Call with a prompt: it rings, and its user answers.
    Prompted,
    /// Join Call without a prompt: it goes off-hook by itself.
    AtOnce,
}

/// The response to a request that was carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Response {
    /// Done.
    Done,
    /// Monitor Start: the monitor.
    Monitor {
        /// The new monitor.
        monitor: MonitorId,
    },
    /// Make Call and Consultation Call: the new connection of the calling device. Park Call: that of the slot. Directed
    /// and Group Pickup Call: that of the device that picked up.
    Call(ConnectionId),
    /// Transfer Call and Conference Call: the connections of the call that there is now.
    Merged {
        /// For a transfer the connection of the device that the call was transferred to, for a conference that of the
        /// device that made it.
        call: ConnectionId,
        /// All connections.
        connections: Vec<MergedConnection>,
    },
    /// Route Register: the registration.
    Registered(RegistrationId),
    /// Record Message: the name of the message.
    Recording(SmolStr),
    /// Snapshot Device: what the device is doing.
    Snapshot(Snapshot),
    /// Snapshot Call: who is in the call.
    CallSnapshot(CallSnapshot),
    /// Get Message Waiting Indicator: whether a message waits.
    IsOn(bool),
    /// Call Back: the device for whom the caller waits.
    WaitsFor(DeviceId),
    /// Get Call Back: who waits, and for whom.
    CallBacks(Vec<(DeviceId, DeviceId)>),
    /// Get Hookswitch Status and Get Microphone Mute: for each registered phone of the device, whether it is on-hook,
    /// or its microphone off.
    Phones(Vec<bool>),
    /// Get Auto Answer: after how many rings.
    AutoAnswer(Option<u32>),
    /// Get Last Number Dialed: the number; empty if none was dialled.
    LastNumber(SmolStr),
    /// Get Do Not Disturb: whether calls are refused.
    DoNotDisturb(bool),
    /// Get Forwarding: how calls are forwarded.
    Forwarding(Forwarding),
}

/// Something that follows.
#[derive(Clone, Debug)]
pub enum Output {
    /// A value that has to be on disk before later outputs are carried out, so that it survives a restart.
    Store(Record),
    /// The record with this key, if there is one, must not survive a restart any more.
    Forget(String),
    /// The response to a request. It comes before the events that the request caused.
    Response(SessionId, RequestId, Result<Response, Refusal>),
    /// An event for a monitor of a session.
    Event(SessionId, MonitorId, Notification),
    /// A monitor was stopped because its session may not use the device any more. It comes after its last event.
    MonitorStopped(SessionId, MonitorId),
    /// A message for an application about the route of a call.
    Route(SessionId, RouteMessage),
    /// An application has opened a CTI port or route point, or has registered for routes: for limits and alarms.
    Opened(SessionId, Opened),
    /// An application does not have that open any more, for whatever reason.
    Closed(SessionId, Opened),
    /// No application has taken a call in time: for the log.
    NotAccepted(CallId, LineId),
    /// An application that had a device open has gone, and a conversation goes on there: for the log.
    NotReleased(CallId, LineId),
    /// The user of a station wants to see who is in the conference of this connection.
    ConferenceList(StationId, ConnectionKey),
    /// The picture of a registered station may have changed; see [`view`](crate::view).
    StationChanged(StationId),
    /// The buttons of a station, or something else that it learns when it registers, have changed: it has to start
    /// again. The station is idle.
    StationReconfigured(StationId),
    /// A station was removed from the configuration, and is idle.
    StationRemoved(StationId),
    /// A call that an autonomous phone dialled, by the name that the phone gave it, could not begin.
    DialRefused(StationId, u32, Refusal),
    /// What a leg of the media engine has to do for a connection from now on: the first output for a leg opens it, and
    /// `None` closes it. [`Input::LegOpened`] follows once it is open.
    Leg(LegId, ConnectionKey, Option<LegState>),
    /// What has to be done about a sound beside the legs that [hear](LegState::sound) or [record](LegState::recording) it.
    Sound(SoundId, SoundOrder),
    /// The application that has the audio of a connection over a socket hears these digits.
    AudioDigits(ConnectionKey, SmolStr),
    /// A connection whose audio an application could have over a socket was cleared.
    AudioEnded(ConnectionKey),
    /// A station of the line went off-hook for a new call: for the log.
    CallBegan(CallId, GlobalCallId, LineId),
    /// The call was answered: for the log.
    CallAnswered(CallId),
    /// The call is over, so long after it began: for the log.
    CallEnded(CallId, GlobalCallId, Duration, EventCause),
}

impl Output {
    /// The kind of event, if it is one.
    pub fn event_kind(&self) -> Option<EventKind> {
        match self {
            Output::Event(_, _, notification) => Some(notification.event.kind()),
            _ => None,
        }
    }
}
