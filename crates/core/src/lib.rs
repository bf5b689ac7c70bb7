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
//!   monitors, and notices that a station's picture has changed. Drain it before the next input.
//! * [`Switch::poll_timeout`] names the next instant at which `handle_timeout` has something to do.
//!
//! There is no clock, socket, thread or randomness in here: the same inputs give the same outputs, always.
//!
//! # The nouns
//!
//! | noun | module | what it is |
//! | --- | --- | --- |
//! | line | [`Line`] | a directory number (`ephone-dn`) with one, two or eight channels: the ECMA-269 *device* |
//! | station | [`Station`] | a physical phone (`ephone`); its buttons show lines, several stations may show one line |
//! | call | [`Call`] | who talks with whom, with one [`GlobalCallId`] for life |
//! | connection | [`Connection`] | one device in one call, in one of the ECMA-269 states of [`ConnectionState`] |
//! | forwarding | [`forwarding`] | where the calls of a line go instead, and the way of a diverted call |
//! | session, monitor | [`cti`] | an application's association and the devices it watches |
//! | view | [`view`] | the picture a station should show now, derived from all of the above |
//!
//! # Invariants
//!
//! * A connection changes state only through [`ConnectionState::after`].
//! * A station has at most one active connection (initiated, connected or failed); others of it are held or alert.
//! * A line never has more connections than channels, and appears in a call at most once.
//! * Media flows only between connected connections of one call.
//! * A call that is not answered has a timer that ends it or takes it elsewhere; forwarding ends.
//! * Every connection that a monitor saw begin ends exactly once for it: with the event that says so, or with the
//!   one that takes the monitored device itself out of the call, after which it hears no more of that call.

mod admission;
mod call;
mod cause;
mod connection;
mod control;
pub mod cti;
mod dial_plan;
mod event;
pub mod forwarding;
mod identifier;
mod input;
mod line;
mod media;
mod refusal;
mod settings;
mod station;
mod switch;
mod timer;
pub mod view;

#[cfg(test)]
mod tests;

pub use admission::Admission;
pub use call::{Call, CallId, Failure, GlobalCallId, Party};
pub use cause::EventCause;
pub use connection::{Connection, ConnectionId, ConnectionState, InvalidTransition, Transition};
pub use dial_plan::{DialPlan, Match};
pub use event::{
    CallEvent, CallEventKind, Event, EventKind, EventRedirection, ForwardingEvent, Notification,
};
pub use forwarding::{
    CallsTo, DEFAULT_NO_ANSWER_TIMEOUT, Diversion, Forward, Forwarding, ForwardingType, NO_ANSWER_TIMEOUTS,
    Redirection,
};
pub use hookflash_time::Instant;
pub use identifier::{LAST_IDENTIFIER, identifier_after};
pub use input::{Answer, Input, Key, Output, Request, RequestId, StationInput};
pub use line::{DeviceId, Line};
pub use media::{Codec, CodecSet, MediaAddress};
pub use refusal::Refusal;
pub use settings::{
    ButtonSettings, Channels, CtiSettings, InvalidSettings, LineSettings, Ring, Settings, StationSettings,
    Timeouts,
};
pub use station::{Station, StationId};
pub use switch::Switch;
pub use timer::{Deadline, Timer, Timers};
