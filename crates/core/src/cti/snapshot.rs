//! Snapshot Device and Snapshot Call (ECMA-269 clause 16.1): what a device is doing, and who is in a call, now.

use smallvec::SmallVec;

use crate::{
    CallData, CallId, Connection, ConnectionId, ConnectionState, DeviceId, GlobalCallId, Party, Refusal,
    state::State,
};

/// The connections of a device, line by line, in the order in which the calls came to the line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Snapshot {
    /// The connections.
    pub connections: Vec<SnapshotConnection>,
}

/// One connection of the device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SnapshotConnection {
    /// The device's connection.
    pub connection: ConnectionId,
    /// The states of all connections of the call, the device's own first.
    pub states: SmallVec<[ConnectionState; 2]>,
    /// The party at the other end; of several the one that has been in the call for longest.
    pub endpoint: Party,
    /// The call's name for life.
    pub global_id: GlobalCallId,
}

pub(crate) fn snapshot_device(st: &State, device: DeviceId) -> Snapshot {
    let keys = st.lines.of_device(device).flat_map(|(line, _)| st.calls.at_line(line));
    let connections = keys.filter_map(|key| snapshot(st, st.calls.connection(*key)?)).collect();
    Snapshot { connections }
}

fn snapshot(st: &State, own: &Connection) -> Option<SnapshotConnection> {
    let call = st.calls.get(own.call())?;
    let others = st.calls.others(own.key());
    let first = st.calls.others(own.key()).next().map(|other| st.told_party(other));
    let endpoint = first.unwrap_or_else(|| call.destination().clone());
    Some(SnapshotConnection {
        connection: own.id(),
        states: std::iter::once(own.state()).chain(others.map(Connection::state)).collect(),
        endpoint,
        global_id: call.global_id(),
    })
}

/// Who is in a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallSnapshot {
    /// The calling party.
    pub calling: Party,
    /// The called party.
    pub called: Party,
    /// The call's name for life.
    pub global_id: GlobalCallId,
    /// What applications have attached to it.
    pub data: CallData,
    /// The connections, in the order in which they joined.
    pub connections: Vec<CallSnapshotConnection>,
}

/// One connection of the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallSnapshotConnection {
    /// The connection.
    pub connection: ConnectionId,
    /// The device as a party.
    pub party: Party,
    /// Its state.
    pub state: ConnectionState,
}

pub(super) fn snapshot_call(st: &State, id: CallId) -> Result<CallSnapshot, Refusal> {
    let call = st.calls.get(id).ok_or(Refusal::InvalidCall)?;
    let shown = st.calls.connections(id).filter(|connection| !connection.is_page());
    let connections = shown.map(|connection| CallSnapshotConnection {
        connection: connection.id(),
        party: st.told_party(connection),
        state: connection.state(),
    });
    Ok(CallSnapshot {
        calling: call.calling().clone(),
        called: call.called().clone(),
        global_id: call.global_id(),
        data: call.data().clone(),
        connections: connections.collect(),
    })
}
