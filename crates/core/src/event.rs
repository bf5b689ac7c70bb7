//! Events for monitors: the call control, logical device and device maintenance events of ECMA-269 clauses 17, 22
//! and 23.

use std::time::Duration;

use smol_str::SmolStr;

use crate::{
    CallData, CallId, ConnectionId, ConnectionState, DeviceId, DiversionReason, EventCause, ForwardingType,
    GlobalCallId, Key, MediaEvent, Party, SoundEvent, SoundEventKind, StationId, ToneEvent,
    view::{Lamp, Watched},
};

/// The kinds of event that can be reported and filtered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Auto Answer.
    AutoAnswer,
    /// Button Press.
    ButtonPress,
    /// Call Cleared.
    CallCleared,
    /// Call Information.
    CallInformation,
    /// Back In Service.
    BackInService,
    /// Conferenced.
    Conferenced,
    /// Connection Cleared.
    ConnectionCleared,
    /// Delivered.
    Delivered,
    /// Diverted.
    Diverted,
    /// Call Back.
    CallBack,
    /// Digits Dialed.
    DigitsDialed,
    /// Digits Generated.
    DigitsGenerated,
    /// Display Updated.
    DisplayUpdated,
    /// Do Not Disturb.
    DoNotDisturb,
    /// Established.
    Established,
    /// Failed.
    Failed,
    /// Forwarding.
    Forwarding,
    /// Held.
    Held,
    /// Hookswitch.
    Hookswitch,
    /// Lamp Mode.
    LampMode,
    /// Message Waiting.
    MessageWaiting,
    /// Microphone Mute.
    MicrophoneMute,
    /// Network Reached.
    NetworkReached,
    /// Offered.
    Offered,
    /// Originated.
    Originated,
    /// Out Of Service.
    OutOfService,
    /// Private: the media of a CTI port or route point.
    Private,
    /// Play.
    Play,
    /// Queued.
    Queued,
    /// Record.
    Record,
    /// Retrieved.
    Retrieved,
    /// Service Initiated.
    ServiceInitiated,
    /// Stop: the end of what is played or recorded.
    Stop,
    /// Suspend Play.
    SuspendPlay,
    /// Suspend Record.
    SuspendRecord,
    /// Telephony Tones Generated.
    TelephonyTonesGenerated,
    /// Transferred.
    Transferred,
}

impl EventKind {
    /// Every kind of event this switch reports.
    pub const ALL: [EventKind; 37] = [
        EventKind::AutoAnswer,
        EventKind::ButtonPress,
        EventKind::CallCleared,
        EventKind::CallInformation,
        EventKind::BackInService,
        EventKind::CallBack,
        EventKind::Conferenced,
        EventKind::ConnectionCleared,
        EventKind::Delivered,
        EventKind::DigitsDialed,
        EventKind::DigitsGenerated,
        EventKind::DisplayUpdated,
        EventKind::Diverted,
        EventKind::DoNotDisturb,
        EventKind::Established,
        EventKind::Failed,
        EventKind::Forwarding,
        EventKind::Held,
        EventKind::Hookswitch,
        EventKind::LampMode,
        EventKind::MessageWaiting,
        EventKind::MicrophoneMute,
        EventKind::NetworkReached,
        EventKind::Offered,
        EventKind::Originated,
        EventKind::OutOfService,
        EventKind::Private,
        EventKind::Play,
        EventKind::Queued,
        EventKind::Record,
        EventKind::Retrieved,
        EventKind::ServiceInitiated,
        EventKind::Stop,
        EventKind::SuspendPlay,
        EventKind::SuspendRecord,
        EventKind::TelephonyTonesGenerated,
        EventKind::Transferred,
    ];

    /// What happens at telephones: so often that only monitors are told whose filter names it as wanted.
    pub const ASKED_FOR: [EventKind; 4] =
        [EventKind::ButtonPress, EventKind::DisplayUpdated, EventKind::Hookswitch, EventKind::LampMode];
}

/// An event for one monitor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notification {
    /// The device that the monitor watches.
    pub device: DeviceId,
    /// The state of that device's connection after the event.
    pub local_state: ConnectionState,
    /// Whether the monitor watches the whole call instead of the device.
    pub is_of_call: bool,
    /// What happened.
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// To a call.
    Call(CallEvent),
    /// Two calls became one.
    Merge(Box<MergeEvent>),
    /// The device can take part in calls again.
    BackInService(DeviceId),
    /// The device cannot take part in calls any more.
    OutOfService(DeviceId),
    /// The device is taken from the application, which may not use it any more.
    TakenAway(DeviceId),
    /// The media of a CTI port or route point: where it goes is asked for, it flows, or it has ended.
    Media(Box<MediaEvent>),
    /// The forwarding of the device was changed.
    Forwarding(ForwardingEvent),
    /// A device sends digits into a call.
    DigitsGenerated(DigitsEvent),
    /// A device sends a tone into a call.
    TonesGenerated(ToneEvent),
    /// A message that is played at a connection of the device, or recorded there.
    Sound(Box<SoundEvent>),
    /// A message waits for the device, or no more.
    MessageWaiting(DeviceId, bool),
    /// An application has attached data to the call of this connection of the party.
    CallInformation(Box<CallInformation>),
    /// The call is over; only for monitors of calls.
    CallCleared(Box<CallClearedEvent>),
    /// A device is called back when another one is free, from now on; with `false` no more.
    CallBack {
        /// Who is called back.
        originating: DeviceId,
        /// The device that has to be free.
        target: DeviceId,
        /// Whether it waits.
        on: bool,
    },
    /// The microphone of a phone of the device was switched off, or on again.
    MicrophoneMute(DeviceId, bool),
    /// A key of a phone of the device was pressed, by its user or an application.
    ButtonPress {
        /// The device.
        device: DeviceId,
        /// The phone.
        station: StationId,
        /// The key.
        key: Key,
    },
    /// A phone of the device went off-hook, or on-hook.
    Hookswitch {
        /// The device.
        device: DeviceId,
        /// The phone.
        station: StationId,
        /// Whether it is on-hook now.
        on_hook: bool,
    },
    /// A lamp of a phone of the device shows something else.
    LampMode {
        /// The device.
        device: DeviceId,
        /// The phone.
        station: StationId,
        /// The lamp.
        lamp: Lamp,
        /// What it shows now.
        shows: Watched,
    },
    /// The display of a phone of the device shows something else.
    DisplayUpdated {
        /// The device.
        device: DeviceId,
        /// The rows that it shows now.
        rows: Vec<SmolStr>,
    },
    /// The device answers calls by itself, after so many rings, from now on; with `None` no more.
    AutoAnswer(DeviceId, Option<u32>),
    /// The device refuses calls from now on, or does so no more.
    DoNotDisturb {
        /// The device.
        device: DeviceId,
        /// Whether calls are refused.
        on: bool,
    },
}

impl Event {
    /// Which kind it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Call(event) => event.kind.into(),
            Event::Merge(event) => match event.kind {
                MergeKind::Transfer => EventKind::Transferred,
                MergeKind::Conference => EventKind::Conferenced,
            },
            Event::BackInService(_) => EventKind::BackInService,
            Event::OutOfService(_) | Event::TakenAway(_) => EventKind::OutOfService,
            Event::Media(_) => EventKind::Private,
            Event::Forwarding(_) => EventKind::Forwarding,
            Event::DigitsGenerated(_) => EventKind::DigitsGenerated,
            Event::TonesGenerated(_) => EventKind::TelephonyTonesGenerated,
            Event::Sound(event) => match event.kind {
                SoundEventKind::Play => EventKind::Play,
                SoundEventKind::Record => EventKind::Record,
                SoundEventKind::SuspendPlay => EventKind::SuspendPlay,
                SoundEventKind::SuspendRecord => EventKind::SuspendRecord,
                SoundEventKind::Stop => EventKind::Stop,
            },
            Event::MessageWaiting(..) => EventKind::MessageWaiting,
            Event::CallInformation(_) => EventKind::CallInformation,
            Event::CallCleared(_) => EventKind::CallCleared,
            Event::CallBack { .. } => EventKind::CallBack,
            Event::MicrophoneMute(..) => EventKind::MicrophoneMute,
            Event::ButtonPress { .. } => EventKind::ButtonPress,
            Event::Hookswitch { .. } => EventKind::Hookswitch,
            Event::LampMode { .. } => EventKind::LampMode,
            Event::DisplayUpdated { .. } => EventKind::DisplayUpdated,
            Event::AutoAnswer(..) => EventKind::AutoAnswer,
            Event::DoNotDisturb { .. } => EventKind::DoNotDisturb,
        }
    }
}

/// Something that happened to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallEvent {
    /// What.
    pub kind: CallEventKind,
    /// To which connection; its device is the one that initiates, alerts, diverts, answers, holds, retrieves,
    /// fails or releases.
    pub connection: ConnectionId,
    /// The device of the connection as a party; a number without a device where the call failed on its way.
    pub subject: Party,
    /// The calling party.
    pub calling: Party,
    /// The called party; stays the same when the call is diverted.
    pub called: Party,
    /// What forwarding has to do with it; `None` for a call that was never diverted.
    pub redirection: Option<Box<EventRedirection>>,
    /// Why.
    pub cause: EventCause,
    /// The identifier that the call keeps for its whole life.
    pub global_id: GlobalCallId,
    /// What applications have attached to the call.
    pub data: CallData,
}

/// The diversions of a call, as far as an event reports them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventRedirection {
    /// The party that diverted the call last, before this event.
    pub last: Option<Party>,
    /// The destination of a call that is diverted now.
    pub new_destination: Option<Party>,
    /// Why the call is diverted now.
    pub reason: Option<DiversionReason>,
}

impl CallEvent {
    /// The party that diverted the call last, before this event.
    pub fn last_redirection(&self) -> Option<&Party> {
        self.redirection.as_ref()?.last.as_ref()
    }

    /// Why the call is diverted now.
    pub fn diversion(&self) -> Option<DiversionReason> {
        self.redirection.as_ref()?.reason
    }

    /// The destination of a call that is diverted now.
    pub fn new_destination(&self) -> Option<&Party> {
        self.redirection.as_ref()?.new_destination.as_ref()
    }
}

/// Why two calls became one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MergeKind {
    /// The device that held the one and was active in the other has left.
    Transfer,
    /// The device that held the one and was active in the other is in the conference.
    Conference,
}

/// A device joined its held and its active call, or another device took its place or came into the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MergeEvent {
    /// Transfer or conference.
    pub kind: MergeKind,
    /// The connection of the device in the held call.
    pub primary_old: ConnectionId,
    /// The connection of the device in the active call; `None` where one call only was changed (single step).
    pub secondary_old: Option<ConnectionId>,
    /// The device that joined the calls.
    pub by: Party,
    /// The party to which the call was transferred, or that was added to the conference.
    pub added: Party,
    /// The connections of the call that there is now.
    pub connections: Vec<MergedConnection>,
    /// The call that there is now: the held call.
    pub call: CallId,
    /// Why.
    pub cause: EventCause,
    /// The name for life of the call.
    pub global_id: GlobalCallId,
    /// The name for life of the active call, which is over.
    pub absorbed_global_id: GlobalCallId,
    /// What applications have attached to the call.
    pub data: CallData,
}

/// A connection of a merged call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MergedConnection {
    /// What it is called now.
    pub new: ConnectionId,
    /// What it was called before; `None` for a device that was in neither call.
    pub old: Option<ConnectionId>,
    /// The device as a party.
    pub endpoint: Party,
}

/// Data that was attached to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallInformation {
    /// The connection for which it was attached.
    pub connection: ConnectionId,
    /// Its device as a party.
    pub party: Party,
    /// What is attached to the call now.
    pub data: CallData,
    /// The account that is charged, as hexadecimal digits.
    pub account: Option<SmolStr>,
    /// What the user said about the call, as hexadecimal digits.
    pub qualifying: Option<SmolStr>,
    /// The name for life of the call.
    pub global_id: GlobalCallId,
}

/// The end of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallClearedEvent {
    /// The connection that left it last.
    pub connection: ConnectionId,
    /// Why.
    pub cause: EventCause,
    /// What was attached to the call.
    pub data: CallData,
    /// The name for life of the call.
    pub global_id: GlobalCallId,
}

/// Digits that a device sends into a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigitsEvent {
    /// The connection that sends them.
    pub connection: ConnectionId,
    /// The digits.
    pub digits: SmolStr,
    /// How long each tone lasts.
    pub tone: Duration,
    /// The silence after each.
    pub pause: Duration,
}

/// How a device forwards its calls since a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForwardingEvent {
    /// The device.
    pub device: DeviceId,
    /// Which calls.
    pub kind: ForwardingType,
    /// Where they go; `None` if they are not forwarded any more.
    pub number: Option<SmolStr>,
    /// How long they ring before they are forwarded as not answered.
    pub no_answer_timeout: Option<Duration>,
}

/// What can happen to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallEventKind {
    /// A device left the call.
    ConnectionCleared,
    /// The call rings at a device.
    Delivered,
    /// The user has dialled; the called party of the event is the digits dialled so far.
    DigitsDialed,
    /// The call left a device for another one before it was answered.
    Diverted,
    /// A device answered.
    Established,
    /// The call did not get through.
    Failed,
    /// A device put the call aside.
    Held,
    /// The call has left for another network.
    NetworkReached,
    /// The call is offered to a CTI port or route point, and waits until an application takes it.
    Offered,
    /// The number is complete and the call is on its way.
    Originated,
    /// The call waits at a device without ringing.
    Queued,
    /// A device took the call back.
    Retrieved,
    /// A device went off-hook, or is prompted to.
    ServiceInitiated,
}

impl From<CallEventKind> for EventKind {
    fn from(kind: CallEventKind) -> EventKind {
        match kind {
            CallEventKind::ConnectionCleared => EventKind::ConnectionCleared,
            CallEventKind::Delivered => EventKind::Delivered,
            CallEventKind::DigitsDialed => EventKind::DigitsDialed,
            CallEventKind::Diverted => EventKind::Diverted,
            CallEventKind::Established => EventKind::Established,
            CallEventKind::Failed => EventKind::Failed,
            CallEventKind::Held => EventKind::Held,
            CallEventKind::NetworkReached => EventKind::NetworkReached,
            CallEventKind::Offered => EventKind::Offered,
            CallEventKind::Originated => EventKind::Originated,
            CallEventKind::Queued => EventKind::Queued,
            CallEventKind::Retrieved => EventKind::Retrieved,
            CallEventKind::ServiceInitiated => EventKind::ServiceInitiated,
        }
    }
}
