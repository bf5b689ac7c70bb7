//! What monitors are told: the call control and device maintenance events of ECMA-269 clauses 17 and 23.

use crate::{ConnectionId, ConnectionState, DeviceId, EventCause, GlobalCallId, Party};

/// The kinds of event that can be reported and filtered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Back In Service.
    BackInService,
    /// Connection Cleared.
    ConnectionCleared,
    /// Delivered.
    Delivered,
    /// Established.
    Established,
    /// Failed.
    Failed,
    /// Held.
    Held,
    /// Originated.
    Originated,
    /// Out Of Service.
    OutOfService,
    /// Retrieved.
    Retrieved,
    /// Service Initiated.
    ServiceInitiated,
}

impl EventKind {
    /// Every kind of event this switch reports.
    pub const ALL: [EventKind; 10] = [
        EventKind::BackInService,
        EventKind::ConnectionCleared,
        EventKind::Delivered,
        EventKind::Established,
        EventKind::Failed,
        EventKind::Held,
        EventKind::Originated,
        EventKind::OutOfService,
        EventKind::Retrieved,
        EventKind::ServiceInitiated,
    ];
}

/// What one monitor is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notification {
    /// The device that the monitor watches.
    pub device: DeviceId,
    /// The state of that device's connection after the event.
    pub local_state: ConnectionState,
    /// What happened.
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// To a call.
    Call(CallEvent),
    /// The device can take part in calls again.
    BackInService(DeviceId),
    /// The device cannot take part in calls any more.
    OutOfService(DeviceId),
}

impl Event {
    /// Which kind it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Call(event) => event.kind.into(),
            Event::BackInService(_) => EventKind::BackInService,
            Event::OutOfService(_) => EventKind::OutOfService,
        }
    }
}

/// Something that happened to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallEvent {
    /// What.
    pub kind: CallEventKind,
    /// To which connection; its device is the one that initiates, alerts, answers, holds, retrieves, fails or
    /// releases.
    pub connection: ConnectionId,
    /// The device of the connection as a party; a number without a device where the call failed on its way.
    pub subject: Party,
    /// Who placed the call.
    pub calling: Party,
    /// Who was called.
    pub called: Party,
    /// Why.
    pub cause: EventCause,
    /// The call's name for life.
    pub global_id: GlobalCallId,
}

/// What can happen to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CallEventKind {
    /// A device left the call.
    ConnectionCleared,
    /// The call rings at a device.
    Delivered,
    /// A device answered.
    Established,
    /// The call did not get through.
    Failed,
    /// A device put the call aside.
    Held,
    /// The number is complete and the call is on its way.
    Originated,
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
            CallEventKind::Established => EventKind::Established,
            CallEventKind::Failed => EventKind::Failed,
            CallEventKind::Held => EventKind::Held,
            CallEventKind::Originated => EventKind::Originated,
            CallEventKind::Retrieved => EventKind::Retrieved,
            CallEventKind::ServiceInitiated => EventKind::ServiceInitiated,
        }
    }
}
