//! What Transfer Call and Conference Call have in common: a device joins its held and its active call.
//!
//! The call that there is afterwards is the held one: it keeps its identifiers, and the connections of the active call
//! move to it. Every device in either call gets one event, with the old and new names of all connections.

use crate::{
    Call, CallId, Connection, ConnectionId, ConnectionKey, ConsultPurpose, DeviceId, EventCause, MergeEvent,
    MergeKind, MergedConnection, Output, Party, Refusal, Verb, calls::Renamed, cti::report, cti_device,
    state::State,
};

/// The calls that a device joins.
#[derive(Debug)]
pub(super) struct Joining {
    pub(super) held: ConnectionKey,
    pub(super) active: ConnectionKey,
    primary_old: ConnectionId,
    secondary_old: ConnectionId,
    pub(super) device: DeviceId,
    by: Party,
    added: Party,
}

/// What came of it, for the response.
#[derive(Debug)]
pub(crate) struct Joined {
    /// The connection that the response names.
    pub(crate) call: ConnectionId,
    /// All connections of the call that there is now.
    pub(crate) connections: Vec<MergedConnection>,
}

impl Joining {
    /// Checks that the verb may be applied to both calls, and that they are two calls of one device.
    pub(super) fn check(
        st: &State,
        (held, as_held): (ConnectionKey, Verb),
        (active, as_active): (ConnectionKey, Verb),
    ) -> Result<Joining, Refusal> {
        let held = st.calls.check(as_held, held)?;
        let active = st.calls.check(as_active, active)?;
        if purpose_between(held, active).is_some_and(|purpose| !allows(purpose, as_active)) {
            return Err(Refusal::InvalidActiveConnectionState(active.state()));
        }
        if held.device() != active.device() || held.call() == active.call() {
            return Err(Refusal::InvalidHeldConnection);
        }
        let added = st.calls.others(active.key()).next().map(|other| st.told_party(other));
        Ok(Joining {
            held: held.key(),
            active: active.key(),
            primary_old: held.id(),
            secondary_old: active.id(),
            device: held.device(),
            by: st.lines.party(held.line()),
            added: added.unwrap_or_default(),
        })
    }

    /// The call that there is afterwards.
    pub(super) fn call(&self) -> CallId {
        self.primary_old.call
    }

    /// Moves the connections of the active call into the held one. Returns the names of all.
    pub(super) fn merge(
        &self,
        st: &mut State,
        cause: EventCause,
    ) -> (Vec<Renamed>, Option<crate::GlobalCallId>) {
        let absorbed = st.calls.get(self.secondary_old.call);
        let ended = absorbed.map(|call| (call.global_id(), st.now.since(call.started())));
        for call in [self.call(), self.secondary_old.call] {
            cti_device::media::changing(st, call);
        }
        for key in [self.held, self.active] {
            st.stop_timer(key);
            st.calls.connection_mut(key).into_iter().for_each(|own| own.digits = None);
            st.call_of_changed(key);
        }
        let renamed = st.calls.merge(self.call(), self.secondary_old.call);
        cti_device::routeing::call_absorbed(st, self.call(), self.secondary_old.call);
        st.cti.call_absorbed(self.call(), self.secondary_old.call);
        if let Some((global_id, lasted)) = ended {
            st.note(Output::CallEnded(self.secondary_old.call, global_id, lasted, cause));
        }
        (renamed.into_vec(), ended.map(|(global_id, _)| global_id))
    }

    /// Reports the merge to every device in the call, and to the device that joined the calls if it has left.
    pub(super) fn report(
        &self,
        st: &mut State,
        kind: MergeKind,
        (renamed, absorbed): (Vec<Renamed>, Option<crate::GlobalCallId>),
    ) -> Vec<MergedConnection> {
        let connections = moved(st, &renamed);
        let Some(global_id) = st.calls.get(self.call()).map(Call::global_id) else { return connections };
        let event = MergeEvent {
            kind,
            primary_old: self.primary_old,
            secondary_old: Some(self.secondary_old),
            by: self.by.clone(),
            added: self.added.clone(),
            connections: connections.clone(),
            call: self.call(),
            cause: match kind {
                MergeKind::Transfer => EventCause::Transfer,
                MergeKind::Conference => EventCause::Conference,
            },
            global_id,
            data: st.calls.get(self.call()).map(|call| call.data().clone()).unwrap_or_default(),
            absorbed_global_id: absorbed.unwrap_or(global_id),
        };
        report::merged(st, &event, self.device);
        st.call_changed(self.call());
        connections
    }

    /// The name of the first connection that was in the active call, or with `own` of the device itself.
    pub(super) fn resulting(&self, connections: &[MergedConnection], own: bool) -> ConnectionId {
        let added = |connection: &&MergedConnection| {
            connection.old.is_some_and(|old| old.call == self.secondary_old.call)
        };
        match connections.iter().find(added).filter(|_| !own) {
            Some(connection) => connection.new,
            None => self.primary_old,
        }
    }
}

/// The connections of calls that were joined, as applications see them: without pages.
pub(super) fn moved(st: &State, renamed: &[Renamed]) -> Vec<MergedConnection> {
    let connections = renamed.iter().filter_map(|renamed| {
        let endpoint = st.told_party(st.calls.connection(renamed.key).filter(|own| !own.is_page())?);
        Some(MergedConnection { new: renamed.new, old: Some(renamed.old), endpoint })
    });
    connections.collect()
}

/// The connections that stay in a call which one joins or leaves, as applications see them: without pages.
pub(super) fn staying<'a>(
    st: &State,
    connections: impl Iterator<Item = &'a Connection>,
) -> impl Iterator<Item = MergedConnection> {
    let seen = connections.filter(|own| !own.is_page());
    seen.map(|own| MergedConnection { new: own.id(), old: Some(own.id()), endpoint: st.told_party(own) })
}

/// Why one of the calls was begun about the other one, if it was.
fn purpose_between(held: &Connection, active: &Connection) -> Option<ConsultPurpose> {
    let about = |own: &Connection, other: &Connection| own.consultation.filter(|c| c.held == other.key());
    about(active, held).or_else(|| about(held, active)).map(|consultation| consultation.purpose)
}

fn allows(purpose: ConsultPurpose, verb: Verb) -> bool {
    if verb == Verb::ConferenceActive { purpose.allows_conference() } else { purpose.allows_transfer() }
}

/// The keys of the other devices of a call, for changing them one after the other.
pub(super) fn others(st: &State, key: ConnectionKey) -> Vec<ConnectionKey> {
    st.calls.others(key).map(Connection::key).collect()
}

/// What is reported when a device leaves its call for another one, or adds one to it, in a single step.
pub(super) fn single_step_event(
    st: &State,
    kind: MergeKind,
    old: ConnectionId,
    (by, added): (Party, Party),
    connections: Vec<MergedConnection>,
) -> Option<MergeEvent> {
    let call = st.calls.get(old.call)?;
    Some(MergeEvent {
        kind,
        primary_old: old,
        secondary_old: None,
        by,
        added,
        connections,
        call: old.call,
        cause: match kind {
            MergeKind::Transfer => EventCause::SingleStepTransfer,
            MergeKind::Conference => EventCause::SingleStepConference,
        },
        global_id: call.global_id(),
        absorbed_global_id: call.global_id(),
        data: call.data().clone(),
    })
}
