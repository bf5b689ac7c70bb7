//! Calls and connections: who is connected to whom.
//!
//! [`Calls`] owns every call and every connection. The verbs of [`control`](crate::control) ask it and change it
//! through its methods; nothing else writes a state, moves a connection, or removes one.
//!
//! ```text
//!   begin ──► a call with one connection          join ──► one more connection alerts or waits in a call
//!   advance ──► a connection changes its state    leave ──► it is removed; so is a call without connections
//!   merge ──► the connections of one call move to another one: their keys stay, their public names change
//! ```
//!
//! # Invariants
//!
//! * A connection changes its state only through [`ConnectionState::after`].
//! * Each connection is in exactly one call and at exactly one line, and both list it, but for hidden ones, which their
//!   line does not list; no call is empty.
//! * A key names one connection for ever: a slot that is used again gets a new reference.
//! * A conference has at least three connections, and its controller is one of them.
//! * Of two connections in a call, one placed it and the other was called.

mod call;
mod connection;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use smallvec::SmallVec;

pub use call::{Call, CallData, CallId, GlobalCallId};
pub(crate) use connection::{
    Alerting, Consultation, Dialling, DigitSequence, Entry, Hunted, Parked, Recall, Stage,
};
pub use connection::{
    Connection, ConnectionId, ConnectionKey, ConnectionState, ConsultPurpose, Holder, InvalidTransition,
    Transition,
};

use crate::{
    DeviceId, EventCause, Instant, LineId, Party,
    identifier::{Identifiers, NodeNumber},
};

/// Keys of the connections of one line or call.
pub(crate) type Keys = SmallVec<[ConnectionKey; 4]>;

/// A device that begins a call.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) device: DeviceId,
    pub(crate) line: LineId,
    pub(crate) holder: Holder,
    pub(crate) party: Party,
    pub(crate) dialling: Dialling,
    /// Whether monitors and phones of the device are not to know of it.
    pub(crate) hidden: bool,
}

/// What [`Calls::leave`] took away.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) connection: Connection,
    /// The call, if that was its last connection.
    pub(crate) ended: Option<Call>,
}

/// A device that takes part in a call without having rung.
#[derive(Debug)]
pub(crate) struct Attendance {
    pub(crate) device: DeviceId,
    pub(crate) line: LineId,
    pub(crate) party: Party,
    pub(crate) holder: Holder,
    /// Whether monitors of the device are not to know of it.
    pub(crate) hidden: bool,
}

/// What a connection was called before a merge, and what it is called now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Renamed {
    pub(crate) key: ConnectionKey,
    pub(crate) old: ConnectionId,
    pub(crate) new: ConnectionId,
}

/// All calls and connections. The page of the module has the invariants.
#[derive(Debug)]
pub struct Calls {
    calls: BTreeMap<CallId, Call>,
    slots: Vec<Option<Connection>>,
    free: Vec<u32>,
    /// The connections of each line, oldest first.
    at_line: Vec<SmallVec<[ConnectionKey; 2]>>,
    call_ids: Identifiers,
    references: Identifiers,
    last: Option<CallId>,
    seed: u64,
}

impl Calls {
    pub(crate) fn new(node: NodeNumber, first_identifier: u32, seed: u64) -> Calls {
        Calls {
            calls: BTreeMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            at_line: Vec::new(),
            call_ids: Identifiers::starting_at(node, first_identifier),
            references: Identifiers::starting_at(node, first_identifier),
            last: None,
            seed,
        }
    }

    /// A call.
    pub fn get(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id)
    }

    /// The calls, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether there is no call.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The call that began last, which may be over.
    pub fn last(&self) -> Option<CallId> {
        self.last
    }

    /// A connection.
    pub fn connection(&self, key: ConnectionKey) -> Option<&Connection> {
        self.slots.get(key.slot as usize)?.as_ref().filter(|connection| connection.key == key)
    }

    /// The connections of a call, in the order in which they joined.
    pub fn connections(&self, call: CallId) -> impl Iterator<Item = &Connection> {
        let keys = self.calls.get(&call).map(|call| call.connections.as_slice()).unwrap_or_default();
        keys.iter().filter_map(|key| self.connection(*key))
    }

    /// The other connections of the call that a connection is in.
    pub fn others(&self, key: ConnectionKey) -> impl Iterator<Item = &Connection> {
        let call = self.connection(key).map(|own| own.call);
        call.into_iter().flat_map(|call| self.connections(call)).filter(move |other| other.key != key)
    }

    /// The connections at a line, oldest first.
    pub fn at_line(&self, line: LineId) -> &[ConnectionKey] {
        self.at_line.get(line.index()).map(SmallVec::as_slice).unwrap_or_default()
    }

    /// The connection with this public name. A device that calls itself has two connections with one name: then the
    /// first that `fits`, else the first.
    pub fn find(&self, id: ConnectionId, fits: impl Fn(&Connection) -> bool) -> Option<ConnectionKey> {
        let named = || self.connections(id.call).filter(|connection| connection.device == id.device);
        named().find(|connection| fits(connection)).or_else(|| named().next()).map(|found| found.key)
    }

    /// The state of a connection; [`ConnectionState::Null`] when it is gone.
    pub fn state(&self, key: ConnectionKey) -> ConnectionState {
        self.connection(key).map_or(ConnectionState::Null, Connection::state)
    }

    /// Whether the device takes part in the call with somebody who has answered too: it may hold the call, or hear
    /// the other party when both are connected.
    pub fn is_established(&self, key: ConnectionKey) -> bool {
        let own = self.connection(key).is_some_and(|own| own.state().is_answered() && own.failure.is_none());
        own && self.others(key).any(|other| other.state().is_answered())
    }

    /// Whether the device is connected to somebody who is connected too, so that they hear each other.
    pub fn is_talking(&self, key: ConnectionKey) -> bool {
        use ConnectionState::Connected;
        self.state(key) == Connected && self.others(key).any(|other| other.state() == Connected)
    }

    /// The only other connection, in a call of two.
    pub fn only_other(&self, key: ConnectionKey) -> Option<&Connection> {
        let mut others = self.others(key);
        let only = others.next();
        if others.next().is_none() { only } else { None }
    }

    pub(crate) fn call_mut(&mut self, id: CallId) -> Option<&mut Call> {
        self.calls.get_mut(&id)
    }

    pub(crate) fn call_of(&self, key: ConnectionKey) -> Option<&Call> {
        self.calls.get(&self.connection(key)?.call)
    }

    pub(crate) fn connection_mut(&mut self, key: ConnectionKey) -> Option<&mut Connection> {
        self.slots.get_mut(key.slot as usize)?.as_mut().filter(|connection| connection.key == key)
    }

    /// Keys of the connections of a call, for changing them one after the other.
    pub(crate) fn keys(&self, call: CallId) -> Keys {
        self.connections(call).map(|connection| connection.key).collect()
    }

    /// A device goes off-hook: a new call with one connection, which is initiated.
    pub(crate) fn begin(&mut self, now: Instant, caller: Caller, origin: EventCause) -> ConnectionKey {
        let id = CallId(self.call_ids.next());
        self.last = Some(id);
        let call = Call {
            id,
            global_id: GlobalCallId::generate(self.seed, id),
            started: now,
            connections: SmallVec::new(),
            conference: None,
            answered: None,
            ends_without_local: false,
            stays_without_controller: false,
            barges: 0,
            relayed: false,
            calling: caller.party.clone(),
            called: Party::default(),
            redirection: None,
            passed_on_by: None,
            origin,
            data: CallData::default(),
        };
        self.calls.insert(id, call);
        let entry = match caller.dialling {
            Dialling::Entering(entry) => Some(entry),
            _ => None,
        };
        let key =
            self.insert(id, caller.device, caller.line, caller.party, Stage::Initiated(caller.dialling));
        if let Some(connection) = self.connection_mut(key) {
            connection.holder = Some(caller.holder);
            connection.hidden = caller.hidden;
            connection.entry = entry;
            connection.incoming = false;
        }
        if caller.hidden {
            self.unlist_at_line(caller.line, key);
        }
        key
    }

    /// One more device is called: its connection alerts.
    pub(crate) fn join(
        &mut self,
        call: CallId,
        (device, line): (DeviceId, LineId),
        party: Party,
        alerting: Alerting,
    ) -> Option<ConnectionKey> {
        self.calls.get(&call)?;
        Some(self.insert(call, device, line, party, Stage::Alerting(alerting)))
    }

    /// One more device takes part in the call, without having rung.
    pub(crate) fn attend(&mut self, call: CallId, attendance: Attendance) -> Option<ConnectionKey> {
        let Attendance { device, line, party, holder, hidden } = attendance;
        self.calls.get(&call)?;
        let key = self.insert(call, device, line, party, Stage::Connected);
        let connection = self.connection_mut(key)?;
        connection.holder = Some(holder);
        connection.hidden = hidden;
        if hidden {
            self.unlist_at_line(line, key);
        }
        Some(key)
    }

    /// The call waits at one more device without ringing; the switch itself acts for it.
    pub(crate) fn queue(
        &mut self,
        call: CallId,
        (device, line): (DeviceId, LineId),
        party: Party,
        parked: Parked,
    ) -> Option<ConnectionKey> {
        self.calls.get(&call)?;
        let key = self.insert(call, device, line, party, Stage::Queued(parked));
        self.connection_mut(key)?.holder = Some(Holder::Switch);
        Some(key)
    }

    fn insert(
        &mut self,
        call: CallId,
        device: DeviceId,
        line: LineId,
        party: Party,
        stage: Stage,
    ) -> ConnectionKey {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        let key = ConnectionKey { slot, reference: self.references.next() };
        let connection = Connection {
            key,
            call,
            device,
            line,
            stage,
            incoming: true,
            holder: None,
            party,
            dialled: Default::default(),
            entry: None,
            expansion: 0,
            answered_muted: false,
            cancels_waiting: false,
            overrides_hours: false,
            announced: false,
            entered: false,
            selected: false,
            failure: None,
            audio: None,
            receives_at: None,
            leg: None,
            deadline: None,
            redirection: None,
            consultation: None,
            awaits_address: false,
            phone: None,
            digits: None,
            bridge: None,
            hidden: false,
            reaching: None,
            only_emergency: false,
            rings_back: false,
        };
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(connection);
        }
        self.list_at_line(line, key);
        if let Some(call) = self.calls.get_mut(&call) {
            call.connections.push(key);
        }
        key
    }

    fn list_at_line(&mut self, line: LineId, key: ConnectionKey) {
        if self.at_line.len() <= line.index() {
            self.at_line.resize_with(line.index() + 1, SmallVec::new);
        }
        if let Some(keys) = self.at_line.get_mut(line.index()) {
            keys.push(key);
        }
    }

    fn unlist_at_line(&mut self, line: LineId, key: ConnectionKey) {
        let Some(keys) = self.at_line.get_mut(line.index()) else { return };
        // Nearly always the references are in order: a line of a route point may have thousands.
        let by_order = keys.binary_search_by_key(&key.reference, |other| other.reference).ok();
        let found = by_order.filter(|place| keys.get(*place) == Some(&key));
        if let Some(place) = found.or_else(|| keys.iter().position(|other| *other == key)) {
            keys.remove(place);
        }
    }

    /// Moves a connection on to its next state.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the state does not have the transition, or the connection is gone.
    pub(crate) fn advance(
        &mut self,
        key: ConnectionKey,
        transition: Transition,
    ) -> Result<ConnectionState, InvalidTransition> {
        let gone = InvalidTransition { from: ConnectionState::Null, transition };
        let connection = self.connection_mut(key).ok_or(gone)?;
        let state = connection.state().after(transition)?;
        connection.stage = match state {
            ConnectionState::Connected => Stage::Connected,
            ConnectionState::Hold => Stage::Hold,
            ConnectionState::Fail => Stage::Fail,
            ConnectionState::Alerting => Stage::Alerting(Alerting::default()),
            ConnectionState::Queued => Stage::Queued(Parked::default()),
            ConnectionState::Initiated => Stage::Initiated(Dialling::Collecting),
            ConnectionState::Null => return Err(gone),
        };
        Ok(state)
    }

    /// An alerting connection goes on to another line of the same device, or to another trunk.
    pub(crate) fn move_to_line(&mut self, key: ConnectionKey, line: LineId, device: DeviceId) {
        let Some(connection) = self.connection_mut(key) else { return };
        let before = std::mem::replace(&mut connection.line, line);
        connection.device = device;
        self.unlist_at_line(before, key);
        self.list_at_line(line, key);
    }

    /// A connection leaves its call.
    pub(crate) fn leave(&mut self, key: ConnectionKey) -> Option<Left> {
        self.connection(key)?;
        let connection = self.slots.get_mut(key.slot as usize)?.take()?;
        self.free.push(key.slot);
        self.unlist_at_line(connection.line, key);
        self.take_out(key, connection.call);
        let call = self.calls.get(&connection.call)?;
        let ended = if call.connections.is_empty() { self.calls.remove(&connection.call) } else { None };
        Some(Left { connection, ended })
    }

    /// Of two who are left in a call, one placed it and the other was called: if that is not so already, the one that
    /// rings or joined later counts as called.
    fn tell_apart(&mut self, [first, second]: [ConnectionKey; 2]) {
        let called = |key| self.connection(key).is_some_and(|own| own.incoming);
        if called(first) != called(second) {
            return;
        }
        let first_rings = self.state(first) == ConnectionState::Alerting;
        for (key, incoming) in [(first, first_rings), (second, !first_rings)] {
            if let Some(connection) = self.connection_mut(key) {
                connection.incoming = incoming;
            }
        }
    }

    /// The connection counts as the one that placed the call.
    pub(crate) fn becomes_caller(&mut self, key: ConnectionKey) {
        if let Some(connection) = self.connection_mut(key) {
            connection.incoming = false;
        }
    }

    /// The connections of `absorbed` move to `survivor`, which keeps its name; `absorbed` is removed. Returns the names
    /// of all connections of the merged call before and after.
    pub(crate) fn merge(&mut self, survivor: CallId, absorbed: CallId) -> SmallVec<[Renamed; 4]> {
        let mut renamed: SmallVec<[Renamed; 4]> = SmallVec::new();
        for connection in self.connections(survivor) {
            renamed.push(Renamed { key: connection.key, old: connection.id(), new: connection.id() });
        }
        if survivor == absorbed || !self.calls.contains_key(&survivor) {
            return renamed;
        }
        let Some(gone) = self.calls.remove(&absorbed) else { return renamed };
        if let Some(call) = self.calls.get_mut(&survivor) {
            call.conference = call.conference_controller().or(gone.conference_controller());
            call.data.correlator = call.data.correlator.take().or(gone.data.correlator);
        }
        for key in gone.connections {
            let Some(connection) = self.connection_mut(key) else { continue };
            let old = connection.id();
            connection.call = survivor;
            renamed.push(Renamed { key, old, new: connection.id() });
            if let Some(call) = self.calls.get_mut(&survivor) {
                call.connections.push(key);
            }
        }
        renamed
    }

    /// A connection leaves its call, which has others left, for that of `began`, where it alerts: it is called by that one.
    pub(crate) fn split_off(&mut self, key: ConnectionKey, began: ConnectionKey) {
        let Some(to) = self.connection(began).map(|own| own.call) else { return };
        let Some(connection) = self.connection_mut(key) else { return };
        let from = std::mem::replace(&mut connection.call, to);
        connection.stage = Stage::Alerting(Alerting::default());
        connection.incoming = true;
        connection.consultation = None;
        connection.redirection = None;
        connection.digits = None;
        if let Some(call) = self.calls.get_mut(&to) {
            call.connections.push(key);
        }
        self.take_out(key, from);
    }

    /// A connection is in the call no more.
    fn take_out(&mut self, key: ConnectionKey, from: CallId) {
        let Some(call) = self.calls.get_mut(&from) else { return };
        call.connections.retain(|other| *other != key);
        if call.conference == Some(key) {
            call.conference = None;
        }
        let two: Option<[ConnectionKey; 2]> = call.connections.as_slice().try_into().ok();
        if let Some(two) = two {
            self.tell_apart(two);
        }
    }

    /// The call is a conference from now on, made by this connection, if three or more are in it.
    pub(crate) fn make_conference(&mut self, controller: ConnectionKey) {
        let Some(call) = self.connection(controller).map(|own| own.call) else { return };
        if let Some(call) = self.calls.get_mut(&call).filter(|call| call.connections.len() >= 3) {
            call.conference = Some(controller);
        }
    }
}
