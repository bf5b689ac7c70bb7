//! Snapshot Device (ECMA-269 clause 16.1.2): what a device is doing now.

use smallvec::SmallVec;

use crate::{Connection, ConnectionId, ConnectionState, DeviceId, GlobalCallId, Party, state::State};

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

pub(super) fn snapshot_device(st: &State, device: DeviceId) -> Snapshot {
    let keys = st.lines.of_device(device).flat_map(|(line, _)| st.calls.at_line(line));
    let connections = keys.filter_map(|key| snapshot(st, st.calls.connection(*key)?)).collect();
    Snapshot { connections }
}

fn snapshot(st: &State, own: &Connection) -> Option<SnapshotConnection> {
    let call = st.calls.get(own.call())?;
    let others = st.calls.others(own.key());
    let endpoint = st.calls.others(own.key()).next().map_or(call.destination(), Connection::party);
    Some(SnapshotConnection {
        connection: own.id(),
        states: std::iter::once(own.state()).chain(others.map(Connection::state)).collect(),
        endpoint: endpoint.clone(),
        global_id: call.global_id(),
    })
}
