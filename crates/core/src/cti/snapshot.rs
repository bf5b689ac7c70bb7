//! Snapshot Device (ECMA-269 clause 16.1.2): what a device is doing now.

use smallvec::SmallVec;

use crate::{ConnectionId, ConnectionState, DeviceId, GlobalCallId, Party, Refusal, Switch};

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
    /// The party at the other end.
    pub endpoint: Party,
    /// The call's name for life.
    pub global_id: GlobalCallId,
}

impl Switch {
    pub(crate) fn snapshot_device(&self, device: DeviceId) -> Result<Snapshot, Refusal> {
        self.check_watched(device)?;
        let mut connections: Vec<SnapshotConnection> = Vec::new();
        for device in self.lines_of_number(device) {
            let calls = self.lines[device.index()].calls.iter().filter_map(|id| self.call(*id));
            connections.extend(calls.map(|call| {
                let others = call.connections.iter().filter(|other| other.device != device);
                SnapshotConnection {
                    connection: call.id_of(device),
                    states: std::iter::once(call.state_of(device)).chain(others.map(|c| c.state)).collect(),
                    endpoint: call.party_seen_by(device).clone(),
                    global_id: call.global_id,
                }
            }));
        }
        Ok(Snapshot { connections })
    }
}
