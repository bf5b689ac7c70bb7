//! The switch: devices, lines, calls and connections as ECMA-269 means them, as one deterministic state machine.
//!
//! A soft key pressed on a phone and a request from an application become the same verb (make call, answer call,
//! hold call, ...) and run the same code here. The protocols at the edge are translations and decide nothing.
//!
//! # How it is driven
//!
//! ```text
//!  Input ──► Switch::handle(now, input) ──► Switch::poll_output() until None ──► Switch::poll_timeout()
//! ```
//!
//! * [`Switch::handle`] takes one [`Input`] at a given [`Instant`]; [`Switch::handle_timeout`] lets time pass.
//! * [`Switch::poll_output`] yields what follows from it, in order: responses to applications, events for their
//!   monitors, and notices that a station's view has changed. Drain it before the next input.
//! * [`Switch::poll_timeout`] names the next instant at which `handle_timeout` has something to do.
//!
//! There is no clock, socket, thread or randomness in here: the same inputs give the same outputs, always.
//!
//! ```
//! use hookflash_core::{Input, Instant, LineSettings, Settings, StationInput, StationSettings, Switch, ButtonSettings};
//!
//! let line = LineSettings { tag: 1, number: "201".into(), ..LineSettings::default() };
//! let button = ButtonSettings::line(1, 1, Default::default());
//! let phone = StationSettings { tag: 1, name: "SEP001E4A34A35F".into(), buttons: vec![button], ..Default::default() };
//! let settings = Settings { lines: vec![line], stations: vec![phone], ..Settings::default() };
//! let mut switch = Switch::new(settings).expect("the settings do not contradict themselves");
//!
//! let phone = switch.stations().by_name("SEP001E4A34A35F").expect("it is configured");
//! switch.handle(Instant::ZERO, Input::Station(phone, StationInput::Register(Default::default())));
//! while let Some(output) = switch.poll_output() {
//!     println!("{output:?}");
//! }
//! assert_eq!(switch.poll_timeout(), None);
//! ```
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! | --- | --- | --- |
//! | device | [`Device`] | a number: what ECMA-269 calls a device |
//! | line | [`Line`] | a directory number (`ephone-dn`) with one, two or eight channels; lines with one number are one device |
//! | station | [`Station`] | a physical phone (`ephone`); its buttons show lines, several stations may show one line |
//! | call | [`Call`] | a set of connections, with one [`GlobalCallId`] for its whole life |
//! | connection | [`Connection`] | one device in one call, in one of the ECMA-269 states of [`ConnectionState`] |
//! | verb | [`Verb`] | what may be done to a connection, and in which state |
//! | diversion | [`Diversion`] | how a call left a device before it was answered there |
//! | media plan | [`MediaPlan`] | which parties of a call exchange media |
//! | session, monitor | [`cti`] | an application's association and the devices it watches |
//! | view | [`view`] | what a station should show now, derived from all of the above |
//! | act | [`Act`] | what a phone that acts by itself, such as a SIP phone, does with a call |
//! | opening, dialogue | [`Opening`], [`RouteMessage`] | an application opens a CTI port or route point; it says where a call goes |
//! | change, record | [`Change`], [`Record`] | the configuration changes; what survives a restart |
//!
//! # Invariants
//!
//! * The parts of the state keep their own: [`Calls`], [`Lines`], [`Stations`], [`Cti`](cti::Cti).
//! * A station has at most one active connection (initiated, connected or failed); others of it are held or alert.
//! * A line never has more connections than channels, but for the digits of a blind transfer.
//! * Media flows only between connected connections of one call.
//! * A call that is not answered has a timer that ends it or takes it elsewhere; diversions end.
//! * Every connection that a monitor saw begin ends exactly once for it: with the event that says so, or with the
//!   one that takes the monitored device itself out of the call, after which it gets no more events of that call.

mod admission;
mod autonomous;
mod calls;
mod cause;
mod configure;
mod control;
pub mod cti;
mod cti_device;
mod dial_plan;
pub mod display;
mod diversion;
mod event;
mod features;
pub mod forwarding;
mod identifier;
mod input;
mod keys;
mod line;
mod media;
mod party;
mod refusal;
mod registration;
mod route_order;
mod route_pattern;
mod settings;
mod state;
mod station;
mod statistics;
mod store;
mod switch;
mod timer;
mod translation;
mod verb;
pub mod view;
mod voice;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use autonomous::{Act, Description, PATIENCE};
pub(crate) use calls::Keys;
pub use calls::{
    Call, CallData, CallId, Calls, Connection, ConnectionId, ConnectionKey, ConnectionState, ConsultPurpose,
    GlobalCallId, Holder, InvalidTransition, Transition,
};
pub use cause::EventCause;
pub use configure::{Change, Hours};
pub use control::{call_back::CallBack, dialling::MAX_ADDRESS, hunt_group::HuntRecord};
pub use cti_device::{
    AlreadyOpen, AudioId, AudioOwners, CtiDeviceKind, DialogueId, MediaCodec, MediaEvent, MediaEventKind,
    MediaWay, Opened, Opening, RegistrationId, Route, RouteError, RouteMessage, RouteRequest,
};
pub use dial_plan::{DialPlan, Match};
pub use diversion::{Diversion, DiversionReason, Diverted, Redirection};
pub use event::{
    CallClearedEvent, CallEvent, CallEventKind, CallInformation, DigitsEvent, Event, EventKind,
    EventRedirection, ForwardingEvent, MergeEvent, MergeKind, MergedConnection, Notification,
};
pub use features::{BlockedPattern, FeatureCode, FeatureSettings, PickupKeys, TransferPattern};
pub use forwarding::{
    CallsTo, DEFAULT_NO_ANSWER_TIMEOUT, Forward, Forwarding, ForwardingType, NO_ANSWER_TIMEOUTS,
};
pub use hookflash_time::Instant;
pub use identifier::{LAST_IDENTIFIER, NodeNumber, identifier_after};
pub use input::{Input, Joining, Key, Output, Request, RequestId, Response, StationInput};
pub use line::{Device, DeviceCategory, DeviceId, Line, LineId, Lines};
pub use media::{
    Codec, CodecSet, LegEnd, LegId, LegRole, LegState, MULTICAST_MUSIC, Media, MediaAddress, MediaPlan,
    MediaSource, PayloadTypes, SILENCE, Stream, TELEPHONE_EVENT_PAYLOAD_TYPE,
};
pub use party::Party;
pub use refusal::Refusal;
pub use route_order::{RouteKey, RouteOrder};
pub use route_pattern::RoutePattern;
pub use settings::{
    ButtonKind, ButtonSettings, Channels, ConferenceDrop, ConferenceRules, CtiSettings, DndCalls, HuntGroup,
    HuntKind, Intercom, InvalidSettings, LineSettings, MeetMe, MessageWaitingNumber, ParkSlot, Pin, Reach,
    Ring, Settings, StationSettings, Timeouts, Transit,
};
pub use station::{Button, Expansion, LampButton, Station, StationId, Stations};
pub use statistics::{ChannelCounts, FarEndCounts, KEPT_CAUSES, LineStatistics};
pub use store::Record;
pub use switch::Switch;
pub use timer::{Deadline, Timer, Timers};
pub use translation::{Addresses, LineTranslation, NumberRules};
pub use verb::{Verb, VerbSet};
pub use voice::{
    MAX_RECORDING, SoundCause, SoundEnds, SoundEvent, SoundEventKind, SoundId, SoundOrder, SoundReport, Tone,
    ToneEvent,
};
