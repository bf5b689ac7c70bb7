//! How an application comes back to its session: its token, the events that it has missed, and what is lost.

use std::{collections::BTreeSet, time::Duration};

use hookflash_core::{DeviceId, Switch, cti::SessionId};
use hookflash_wire::csta::{
    self, ConnectionSnapshot, DeviceSnapshot, Edition, Gap, MessagesLost, Secret, Sequence, SystemStatus,
    SystemStatusValue,
};
use sha2::{Digest, Sha256};
use smol_str::{SmolStr, ToSmolStr, format_smolstr};

use super::{Applications, Session, connection_state, is_same};
use crate::SessionRecord;

/// Bytes of snapshots in one message: with these, it fits into a frame.
const MOST_SNAPSHOTS: usize = 48 * 1024;

/// Messages with snapshots for one gap.
const MOST_PARTS: usize = 64;

/// Events after which those that are not kept any more are forgotten on disk.
const FORGET_EVERY: u64 = 100;

/// Bytes of a device, and of a connection, in a snapshot, with room for long names.
const DEVICE_BYTES: usize = 80;
const CONNECTION_BYTES: usize = 240;

impl Applications {
    /// Lets the application of a session come back: its token. Events are kept from now on.
    pub(crate) fn make_resumable(&mut self, id: SessionId) -> Option<Secret> {
        let session = self.sessions.get_mut(&id)?;
        let mut hash = Sha256::new();
        self.secret.iter().for_each(|part| hash.update(part.to_be_bytes()));
        hash.update(id.number().to_be_bytes());
        let mut text = format!("{id}-");
        hash.finalize().iter().take(20).for_each(|byte| text.push_str(&format_smolstr!("{byte:02x}")));
        session.set_token(Secret::from(text));
        session.token().cloned()
    }

    /// Keeps the events of a session from now on; false if they are kept already.
    pub(crate) fn make_resumable_once(&mut self, id: SessionId) -> bool {
        self.sessions.get(&id).is_some_and(|session| session.token().is_none())
            && self.make_resumable(id).is_some()
    }

    /// The session that has this token.
    pub(crate) fn session_with_token(&self, token: &str) -> Option<&Session> {
        let number: u32 = token.split_once('-')?.0.parse().ok()?;
        let session = self.sessions.get(&SessionId::from_number(number))?;
        let own = session.token()?.expose();
        is_same(own.as_bytes(), token.as_bytes()).then_some(session)
    }

    /// The connection to an application was lost: what is answered now is not for the next connection. What is opened with
    /// media stays for as long as `keeps`.
    pub(crate) fn lost(&mut self, id: SessionId, keeps: Duration, switch: &mut Switch) {
        self.asked.values_mut().filter(|own| own.session == id).for_each(|own| own.ticket = None);
        switch.session_lost(id, keeps);
    }

    /// An application that has missed the events of these numbers is told so, with how its devices are now. What does not fit
    /// into the first message follows in further ones, which have no gap.
    pub(crate) fn messages_lost(
        &self,
        id: SessionId,
        from: u64,
        to: u64,
        switch: &Switch,
    ) -> Vec<SystemStatus> {
        let parts = self.sessions.get(&id).map(|session| snapshots(session, switch)).unwrap_or_default();
        let mut parts = parts.into_iter();
        let first = (Some(Gap { from, to }), parts.next().unwrap_or_default());
        let all = std::iter::once(first).chain(parts.map(|part| (None, part)));
        let status = |(gap, snapshots)| SystemStatus {
            sys_stat_register_id: None,
            system_status: SystemStatusValue::MessagesLost,
            lost: MessagesLost { gap, snapshots },
        };
        all.map(status).collect()
    }

    /// Keeps the event that was just written, and makes room for it.
    pub(super) fn keep_event(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(journal) = session.journal_mut() else { return };
        let before = journal.bytes();
        journal.keep(&self.body, self.journal_maximum);
        let first = journal.first();
        self.journal_bytes = (self.journal_bytes + journal.bytes()).saturating_sub(before);
        if self.keeps {
            let (session, number) = (id.number(), session.sequence());
            self.records.push(SessionRecord::Event { session, number, document: self.body.clone() });
            if number.is_multiple_of(FORGET_EVERY) {
                self.records.push(SessionRecord::Forget { session, up_to: first - 1 });
            }
        }
        while self.journal_bytes > self.limits.budget().journal {
            if !self.shrink_largest() {
                break;
            }
        }
    }

    /// The session with the largest journal loses a quarter of it; false if there is nothing to lose.
    fn shrink_largest(&mut self) -> bool {
        let size = |session: &Session| session.journal().map_or(0, |journal| journal.bytes());
        let Some(largest) = self.sessions.values_mut().max_by_key(|session| size(session)) else {
            return false;
        };
        let Some(journal) = largest.journal_mut() else { return false };
        let before = journal.bytes();
        journal.shrink(before / 4 * 3);
        self.journal_bytes -= before - journal.bytes();
        journal.bytes() < before
    }
}

/// The devices that a session monitors, each once, in parts that fit into a message. A device whose connections do not fit into
/// one part goes on in the next. What does not fit into all parts is left out: the application asks for it.
fn snapshots(session: &Session, switch: &Switch) -> Vec<Vec<DeviceSnapshot>> {
    let cti = switch.cti();
    let monitors = cti.session(session.id()).into_iter().flat_map(|own| own.monitors());
    let mut shown = BTreeSet::<DeviceId>::new();
    let mut parts = Parts::default();
    for monitor in monitors {
        let Some(device) = cti.monitor(monitor).and_then(|own| own.device()) else { continue };
        if !shown.insert(device) {
            continue;
        }
        let name = session.names().in_event(monitor, None).name(device, switch);
        let connections = switch.snapshot(device).connections;
        let connections = connections.iter().map(|own| ConnectionSnapshot {
            connection: hookflash_wire::csta::ConnectionId::new(
                own.connection.call.to_smolstr(),
                name.clone(),
            ),
            state: own
                .states
                .first()
                .copied()
                .map(connection_state)
                .unwrap_or(hookflash_wire::csta::LocalConnectionState::Null),
            endpoint: Some(own.endpoint.number.clone()).filter(|number: &SmolStr| !number.is_empty()),
        });
        parts.device(name.clone());
        connections.for_each(|connection| parts.connection(&name, connection));
    }
    parts.all
}

/// Snapshots in parts, of which none is longer than a message may be.
#[derive(Default)]
struct Parts {
    all: Vec<Vec<DeviceSnapshot>>,
    /// Bytes of the last part.
    bytes: usize,
}

impl Parts {
    /// The next connections are those of this device.
    fn device(&mut self, device: csta::DeviceId) {
        if self.makes_room(DEVICE_BYTES)
            && let Some(part) = self.all.last_mut()
        {
            part.push(DeviceSnapshot { device, connections: Vec::new() });
        }
    }

    fn connection(&mut self, device: &csta::DeviceId, connection: ConnectionSnapshot) {
        let begun = self.all.len();
        if !self.makes_room(CONNECTION_BYTES) {
            return;
        }
        if self.all.len() > begun {
            self.device(device.clone());
        }
        if let Some(snapshot) = self.all.last_mut().and_then(|part| part.last_mut()) {
            snapshot.connections.push(connection);
        }
    }

    /// Whether there is room for so many bytes, in the last part or a new one.
    fn makes_room(&mut self, bytes: usize) -> bool {
        if self.all.is_empty() || self.bytes + bytes > MOST_SNAPSHOTS {
            if self.all.len() >= MOST_PARTS {
                return false;
            }
            self.all.push(Vec::new());
            self.bytes = 0;
        }
        self.bytes += bytes;
        true
    }
}

/// The document of an event that is sent again, which says so.
pub(crate) fn replayed(document: &[u8]) -> Vec<u8> {
    const START: &[u8] = b"<hf:Sequence";
    let place = document.windows(START.len()).rposition(|bytes| bytes == START);
    let Some(place) = place.map(|place| place + START.len()) else { return document.to_vec() };
    let (before, after) = document.split_at(place);
    [before, b" replayed=\"true\"", after].concat()
}

/// The name of an edition on the wire: what the application called it, or that of the standard.
pub(crate) fn version(namespace: Option<&SmolStr>, edition: Edition) -> SmolStr {
    namespace.cloned().unwrap_or_else(|| SmolStr::new_static(edition.namespace()))
}

/// The place of an event that is sent again.
pub(crate) fn sent_again(number: u64) -> Sequence {
    Sequence { number, replayed: true }
}

#[cfg(test)]
mod tests {
    use hookflash_wire::csta::{ConnectionId, LocalConnectionState};

    use super::*;

    #[test]
    fn snapshots_that_are_too_long_for_a_message_follow_in_further_ones() {
        let mut parts = Parts::default();
        let device = |number: usize| csta::DeviceId::from(number.to_smolstr());
        for number in 0..3 {
            parts.device(device(number));
            for call in 0..number * 400 {
                parts.connection(
                    &device(number),
                    ConnectionSnapshot {
                        connection: ConnectionId::new(call.to_smolstr(), device(number)),
                        state: LocalConnectionState::Alerting,
                        endpoint: None,
                    },
                );
            }
        }
        assert_eq!(parts.all.len(), 6);
        for (number, calls) in [(0, 0), (1, 400), (2, 800)] {
            let own = parts.all.iter().flatten().filter(|own| own.device == device(number));
            assert_eq!(own.map(|own| own.connections.len()).sum::<usize>(), calls, "{number}");
        }
        for part in &parts.all {
            let bytes = part.iter().map(|own| DEVICE_BYTES + CONNECTION_BYTES * own.connections.len());
            assert!(bytes.sum::<usize>() <= MOST_SNAPSHOTS + DEVICE_BYTES);
        }
    }
}
