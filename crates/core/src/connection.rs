//! Connections and the one function that changes their state.
//!
//! A connection is one device's part in one call (ECMA-269, clause 6.1.5). Its states and transitions:
//!
//! ```text
//!             Initiate            Originate
//!   null ───────────────► initiated ─────────► connected ◄──────── Retrieve ───────┐
//!    │                                            ▲   │                            │
//!    │ Offer             Answer                   │   └────────── Hold ──────────► hold
//!    ├──────────► alerting ───────────────────────┤
//!    │                ▲                           │ Answer
//!    │ Queue          │ Offer                     │
//!    └──────────► queued ─────────────────────────┘
//!
//!   initiated, alerting, connected, queued ── Fail ──► fail        any state ── Clear ──► null
//! ```

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{CallId, DeviceId, MediaAddress, StationId, timer::Deadline};

/// The state of a connection, ECMA-269 clause 6.1.5.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum ConnectionState {
    /// No relation between the device and the call.
    Null,
    /// The device is off-hook and has not finished dialling, or is being prompted to go off-hook.
    Initiated,
    /// The device rings.
    Alerting,
    /// The device takes part in the call; so does a caller whose called party still rings.
    Connected,
    /// The device has put the call aside.
    Hold,
    /// The call waits at the device without ringing.
    Queued,
    /// The call did not get through; the device hears why.
    Fail,
}

/// What can happen to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transition {
    /// The device goes off-hook for a new call.
    Initiate,
    /// The number is complete and the call is on its way.
    Originate,
    /// The call starts to ring at the device.
    Offer,
    /// The call waits at the device.
    Queue,
    /// The device accepts the call.
    Answer,
    /// The device puts the call aside.
    Hold,
    /// The device takes the held call back.
    Retrieve,
    /// The call cannot get through.
    Fail,
    /// The device leaves the call.
    Clear,
}

/// A transition that the state does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a connection that is {from:?} cannot {transition:?}")]
pub struct InvalidTransition {
    /// The state the connection is in.
    pub from: ConnectionState,
    /// What was asked of it.
    pub transition: Transition,
}

impl ConnectionState {
    /// The state that follows `self` when `transition` happens: the one transition function of the switch.
    ///
    /// # Errors
    /// [`InvalidTransition`] where the diagram of this module has no such arrow.
    pub fn after(self, transition: Transition) -> Result<ConnectionState, InvalidTransition> {
        use ConnectionState::*;
        match (self, transition) {
            (Null, Transition::Initiate) => Ok(Initiated),
            (Null | Queued, Transition::Offer) => Ok(Alerting),
            (Null, Transition::Queue) => Ok(Queued),
            (Initiated, Transition::Originate) => Ok(Connected),
            (Alerting | Queued, Transition::Answer) => Ok(Connected),
            (Connected, Transition::Hold) => Ok(Hold),
            (Hold, Transition::Retrieve) => Ok(Connected),
            (Initiated | Alerting | Connected | Queued, Transition::Fail) => Ok(Fail),
            (from, Transition::Clear) if from != Null => Ok(Null),
            (from, transition) => Err(InvalidTransition { from, transition }),
        }
    }
}

/// Names a connection: the call and the device in it (ECMA-269 clause 6.1.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct ConnectionId {
    /// The call.
    pub call: CallId,
    /// The device in the call.
    pub device: DeviceId,
}

/// One device in one call.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(crate) device: DeviceId,
    pub(crate) reference: u32,
    pub(crate) state: ConnectionState,
    pub(crate) station: Option<StationId>,
    /// The stations whose users do not want the call while it rings at others.
    pub(crate) declined: SmallVec<[StationId; 2]>,
    pub(crate) receiving_at: Option<MediaAddress>,
    pub(crate) deadline: Option<Deadline>,
    /// Where the call goes when it has rung here for as long as the deadline says.
    pub(crate) forward_to: Option<SmolStr>,
}

impl Connection {
    pub(crate) fn new(device: DeviceId, reference: u32, station: Option<StationId>) -> Connection {
        Connection {
            device,
            reference,
            state: ConnectionState::Null,
            station,
            declined: SmallVec::new(),
            receiving_at: None,
            deadline: None,
            forward_to: None,
        }
    }

    /// The device.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// A number that names this connection to the stations of its line: never 0, unique while the connection
    /// lives and not used again for billions of connections.
    pub fn reference(&self) -> u32 {
        self.reference
    }

    /// The ECMA-269 state.
    pub fn state(&self) -> ConnectionState {
        self.state
    }

    /// The station that holds the connection; `None` while it rings at the stations of the line.
    pub fn station(&self) -> Option<StationId> {
        self.station
    }

    /// Whether it rings at this station of its line, if the station is there and may use the line: its user has not
    /// declined it.
    pub fn is_offered_to(&self, station: StationId) -> bool {
        self.state == ConnectionState::Alerting && !self.declined.contains(&station)
    }

    /// Whether the connection occupies its station: the user dials, talks or hears a failure tone.
    pub fn is_active(&self) -> bool {
        use ConnectionState::*;
        matches!(self.state, Initiated | Connected | Fail)
    }
}
