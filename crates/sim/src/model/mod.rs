//! The reference model: who is connected to whom in which state, and what may become of that.
//!
//! The model is not a second switch. A [`State`] is read off the switch before and after whatever happens, and rules
//! say what must hold. Only where a simple rule gives it does the model predict what an action leads to; what phones
//! show is compared with the switch's own view of them (see [`referee`](crate::referee)).
//!
//! | file | rules |
//! | --- | --- |
//! | `standing.rs` | that hold in every state |
//! | `change.rs` | between one state and the next, whatever happened in between |
//! | `recall.rs` | about calls that were transferred while they rang |
//! | `outcome.rs` | between the state before and after one action of a user or an application |
//!
//! A rule that is broken is an error message that begins with the rule and a colon.

mod change;
mod outcome;
mod recall;
mod standing;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hookflash_core::{
    self as core, ConnectionState, ConsultPurpose, DeviceId, DiversionReason, EventCause, LineId, StationId,
    Switch,
};
use smol_str::SmolStr;

pub use change::{check_change, check_quiet};
pub use outcome::{Actor, Intent, Outcome};
pub use recall::Transferred;
pub use standing::{Absent, check_state};

/// The result of checking a rule: the message if it is broken.
pub type Verdict = Result<(), String>;

/// The calls of a switch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct State {
    /// The calls, oldest first.
    pub calls: Vec<Call>,
}

/// A call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Its number.
    pub id: u32,
    /// Who is in it, in the order in which they joined.
    pub connections: Vec<Connection>,
    /// Which devices diverted it, and why.
    pub diversions: Vec<(DeviceId, DiversionReason)>,
    /// The reference of the connection that made a conference of it.
    pub controller: Option<u32>,
}

/// One device in one call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// What names it to phones, for its whole life.
    pub reference: u32,
    /// The device.
    pub device: DeviceId,
    /// The line of the device.
    pub line: LineId,
    /// Its state.
    pub state: ConnectionState,
    /// The phone that acts for it.
    pub station: Option<StationId>,
    /// Why its user hears a failure tone.
    pub failure: Option<EventCause>,
    /// Whether its user is asked to go off-hook.
    pub prompting: bool,
    /// What its user dialled.
    pub dialled: SmolStr,
    /// Why its user began the call while another one is on hold.
    pub purpose: Option<ConsultPurpose>,
    /// The connection that its user has put aside meanwhile.
    pub about: Option<u32>,
}

impl State {
    /// The calls that the switch has now.
    pub fn of(switch: &Switch) -> State {
        State { calls: switch.calls().iter().map(|call| Call::of(switch, call)).collect() }
    }

    /// Whether these are the calls that the switch has now.
    pub fn is_of(&self, switch: &Switch) -> bool {
        let same = |(known, call): (&Call, &core::Call)| known.is(switch, call);
        self.calls.len() == switch.calls().len() && self.calls.iter().zip(switch.calls().iter()).all(same)
    }

    /// A call.
    pub fn call(&self, id: u32) -> Option<&Call> {
        self.calls.iter().find(|call| call.id == id)
    }

    /// A connection and its call.
    pub fn find(&self, reference: u32) -> Option<(&Call, &Connection)> {
        self.all().find(|(_, own)| own.reference == reference)
    }

    /// All connections with their calls.
    pub fn all(&self) -> impl Iterator<Item = (&Call, &Connection)> {
        self.calls.iter().flat_map(|call| call.connections.iter().map(move |own| (call, own)))
    }

    /// The connections of a device in one of these states.
    pub fn at_device(
        &self,
        device: DeviceId,
        states: &[ConnectionState],
    ) -> impl Iterator<Item = (&Call, &Connection)> {
        self.all().filter(move |(_, own)| own.device == device && states.contains(&own.state))
    }

    /// The connections that a phone holds.
    pub fn at_station(&self, station: StationId) -> impl Iterator<Item = (&Call, &Connection)> {
        self.all().filter(move |(_, own)| own.station == Some(station))
    }

    /// The conversations of a phone: answered calls in which somebody else has answered too.
    pub fn conversations(&self, station: StationId) -> impl Iterator<Item = (&Call, &Connection)> {
        self.at_station(station).filter(|(call, own)| call.is_conversation(own))
    }

    /// The references of all connections in this state.
    pub fn in_state(&self, state: ConnectionState) -> BTreeSet<u32> {
        self.all().filter(|(_, own)| own.state == state).map(|(_, own)| own.reference).collect()
    }

    /// How many connections a line has.
    pub fn count_at_line(&self, line: LineId) -> usize {
        self.all().filter(|(_, own)| own.line == line).count()
    }
}

impl Call {
    fn of(switch: &Switch, call: &core::Call) -> Call {
        let diversions = call.redirection().into_iter().flat_map(|way| way.diversions());
        Call {
            id: call.id().number(),
            connections: switch.calls().connections(call.id()).map(Connection::of).collect(),
            diversions: diversions
                .filter_map(|diversion| Some((diversion.device?, diversion.reason)))
                .collect(),
            controller: call.conference_controller().map(core::ConnectionKey::reference),
        }
    }

    /// Whether this is what the call is now.
    fn is(&self, switch: &Switch, call: &core::Call) -> bool {
        let diversions = call.redirection().into_iter().flat_map(|way| way.diversions());
        self.id == call.id().number()
            && self.controller == call.conference_controller().map(core::ConnectionKey::reference)
            && diversions
                .filter_map(|diversion| Some((diversion.device?, diversion.reason)))
                .eq(self.diversions.iter().copied())
            && switch.calls().connections(call.id()).map(Connection::of).eq(self.connections.iter().cloned())
    }

    /// Everybody in the call but this connection.
    pub fn others(&self, own: &Connection) -> impl Iterator<Item = &Connection> {
        let reference = own.reference;
        self.connections.iter().filter(move |other| other.reference != reference)
    }

    /// Whether the connection is answered, and somebody else's too.
    pub fn is_conversation(&self, own: &Connection) -> bool {
        own.is_answered() && self.others(own).any(|other| other.state.is_answered())
    }

    /// Whether somebody fetched it where it was parked, or picked it up where it rang.
    pub fn is_fetched(&self, after: &State) -> bool {
        let mut queued = self.connections.iter().filter(|own| own.state == ConnectionState::Queued);
        queued.any(|own| after.find(own.reference).is_none()) || self.is_picked_up(after)
    }

    fn is_picked_up(&self, after: &State) -> bool {
        let diversions = after.call(self.id).map(|now| now.diversions.as_slice()).unwrap_or_default();
        let mut new = diversions.iter().skip(self.diversions.len());
        new.any(|(_, why)| *why == DiversionReason::PickedUp)
    }

    /// The references of the connections, sorted.
    pub fn references(&self) -> BTreeSet<u32> {
        self.connections.iter().map(|own| own.reference).collect()
    }
}

impl Connection {
    fn of(own: &core::Connection) -> Connection {
        Connection {
            reference: own.reference(),
            device: own.device(),
            line: own.line(),
            state: own.state(),
            station: own.station(),
            failure: own.failure(),
            prompting: own.is_prompting(),
            dialled: own.dialled().clone(),
            purpose: own.consult_purpose(),
            about: own.consults_about().map(core::ConnectionKey::reference),
        }
    }

    /// Whether the device is connected, or has put the call aside, and hears no failure tone.
    pub fn is_answered(&self) -> bool {
        self.state.is_answered() && self.failure.is_none()
    }

    /// Whether its user dials, talks or hears a failure tone.
    pub fn is_active(&self) -> bool {
        use ConnectionState::{Connected, Fail, Initiated};
        !self.prompting && matches!(self.state, Initiated | Connected | Fail)
    }
}
