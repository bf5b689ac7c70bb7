//! CSTA in XML: the services, events and errors of ECMA-269 as ECMA-323 writes them.
//!
//! [`decode`] turns the body of a SIP message (or a TCP frame) into a [`Message`], [`encode`] does the reverse. Both
//! directions of every message are here, because the server decodes requests and encodes responses and events, and
//! clients, simulator and load tools do the opposite.
//!
//! Over SIP each message is a body of its own. Over TCP they travel in [`Frame`]s, and the application logs in first
//! ([`SessionMessage`], read by [`decode_tcp`]).
//!
//! # What a message is made of
//!
//! The root element names the service or event; its children are the arguments. [`Request`], [`Response`] and
//! [`EventBody`] have one variant per root element, each with a struct of the same name in `services/` or `events/`
//! that lists its arguments **in schema order**. Common argument types: [`DeviceId`], [`ConnectionId`],
//! [`SubjectDeviceId`], [`RedirectionDevice`], [`LocalConnectionState`], [`EventCause`], [`MonitorFilter`],
//! [`ConnectionList`], [`CallLinkageData`]. Tables of everything in the standard, supported here or not: [`Service`],
//! [`EventKind`].
//!
//! # Rules
//!
//! * Output follows the schema of the session's [`Edition`]: order, mandatory members, no members or values that the
//!   edition does not have. It is never pretty-printed and always escaped.
//! * Input is read generously (order, prefixes, unknown elements, white space) but never dangerously: no document
//!   type, no entities, and a limit on everything ([`MAX_MESSAGE_SIZE`], [`MAX_DEPTH`], [`MAX_ELEMENTS`],
//!   [`MAX_ATTRIBUTES`], [`MAX_NAMESPACES`]).
//! * An error has its response: [`DecodeError::csta_error`] if the request was CSTA.
//! * The misspellings of the standard are part of it (`systemResourceAvailibility`, `TransferedEvent`).
//!
//! ```
//! use hookflash_wire::csta::{self, Edition, MakeCall, Message, Request};
//!
//! let request = Message::Request(Request::MakeCall(MakeCall::new("tel:201", "tel:202")));
//! let mut body = Vec::new();
//! csta::encode(Edition::Ed3, &request, &mut body);
//! let decoded = csta::decode(&body)?;
//! assert_eq!((decoded.edition, decoded.message), (Edition::Ed3, request));
//! # Ok::<(), csta::DecodeError>(())
//! ```

mod application_session;
mod argument_error;
mod arguments;
mod call_linkage;
mod cause;
mod connection_id;
mod connection_list;
mod connection_state;
mod correlator_data;
mod decode;
mod device_id;
mod edition;
mod element;
mod encode;
mod error;
mod event_extensions;
mod event_kind;
mod events;
mod extensions;
mod frame;
mod json;
mod message;
mod messages_lost;
mod monitor_filter;
mod service;
mod services;
mod session_login;
mod shape;
mod vocabulary;
mod writer;

pub use application_session::*;
pub use arguments::ArgumentProblem;
pub use call_linkage::*;
pub use cause::EventCause;
pub use connection_id::ConnectionId;
pub use connection_list::*;
pub use connection_state::{CallState, LocalConnectionState, SimpleCallState};
pub use correlator_data::{CallData, HexBinary};
pub use decode::{DecodeError, Decoded, TcpMessage, decode, decode_tcp};
pub use device_id::{DeviceId, Number, RedirectionDevice, SubjectDeviceId};
pub use edition::Edition;
pub use element::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, MAX_MESSAGE_SIZE, MAX_NAMESPACES};
pub use encode::{encode, encode_error, encode_event, encode_event_with, reason_in};
pub use error::{
    CstaError, OperationError, PerformanceManagement, PrivateDataError, SecurityError, StateIncompatibility,
    SubscribedResourceAvailability, SystemResourceAvailability,
};
pub use event_extensions::{EventExtensions, PartyNames, Sequence, ServiceReason};
pub use event_kind::EventKind;
pub use events::*;
pub use extensions::Extensions;
pub use frame::*;
pub use json::{JsonError, from_json, to_json};
pub use message::{Event, EventBody, Message, Request, Response};
pub use messages_lost::*;
pub use monitor_filter::MonitorFilter;
pub use service::Service;
pub use services::*;
pub use session_login::*;
pub use shape::*;

use arguments::Arguments;
