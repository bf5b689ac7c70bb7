//! Registrations for routes, by what they are for: a call at a route point asks only those that are for it.

use std::collections::{BTreeMap, BTreeSet};

use smallvec::SmallVec;

use super::{RegistrationId, routeing::Registration};
use crate::{DeviceId, Refusal, StationId, cti::SessionId};

/// Registrations of one session for one route point, or for all of them.
const MOST_FOR_ONE: usize = 4;

/// Registrations of one session.
const MOST_OF_SESSION: usize = 10_000;

/// What a registration is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Scope {
    /// Every route point that the session may use.
    Every,
    /// One number.
    Device(DeviceId),
    /// All numbers of a route point.
    Station(StationId),
}

/// Who has registered for routes.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    all: BTreeMap<RegistrationId, Registration>,
    by_scope: BTreeMap<Scope, BTreeSet<RegistrationId>>,
    by_session: BTreeMap<SessionId, BTreeSet<(Scope, RegistrationId)>>,
}

impl Registrations {
    /// Whether a session may register once more.
    ///
    /// # Errors
    /// [`Refusal::SessionRegistrationLimitExceeded`].
    pub(super) fn check_room(&self, session: SessionId, scope: Scope) -> Result<(), Refusal> {
        let Some(own) = self.by_session.get(&session) else { return Ok(()) };
        let same = own.range((scope, RegistrationId(0))..=(scope, RegistrationId(u32::MAX)));
        if own.len() >= MOST_OF_SESSION || same.count() >= MOST_FOR_ONE {
            return Err(Refusal::SessionRegistrationLimitExceeded);
        }
        Ok(())
    }

    pub(super) fn insert(&mut self, id: RegistrationId, registration: Registration) {
        self.by_scope.entry(registration.scope()).or_default().insert(id);
        self.by_session.entry(registration.session).or_default().insert((registration.scope(), id));
        self.all.insert(id, registration);
    }

    pub(super) fn remove(&mut self, id: RegistrationId) -> Option<Registration> {
        let registration = self.all.remove(&id)?;
        take_out(&mut self.by_scope, registration.scope(), id);
        take_out(&mut self.by_session, registration.session, (registration.scope(), id));
        Some(registration)
    }

    pub(super) fn get(&self, id: RegistrationId) -> Option<Registration> {
        self.all.get(&id).copied()
    }

    pub(super) fn contains(&self, id: RegistrationId) -> bool {
        self.all.contains_key(&id)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RegistrationId, Registration)> {
        self.all.iter().map(|(id, own)| (*id, *own))
    }

    /// Those of a session.
    pub(super) fn of_session(&self, session: SessionId) -> impl Iterator<Item = RegistrationId> {
        self.by_session.get(&session).into_iter().flatten().map(|(_, id)| *id)
    }

    /// Those for a number that these stations have, the oldest first.
    pub(super) fn for_device(
        &self,
        device: DeviceId,
        stations: &[StationId],
    ) -> impl Iterator<Item = (RegistrationId, Registration)> {
        let of_stations = stations.iter().map(|station| Scope::Station(*station));
        let scopes = [Scope::Every, Scope::Device(device)].into_iter().chain(of_stations);
        let mut ids: SmallVec<[_; 3]> = scopes.map(|scope| self.of_scope(scope).peekable()).collect();
        std::iter::from_fn(move || {
            let oldest = ids.iter_mut().filter_map(|ids| ids.peek().copied()).min()?;
            for ids in &mut ids {
                ids.next_if_eq(&oldest);
            }
            Some(oldest)
        })
        .filter_map(|id| Some((id, self.get(id)?)))
    }

    fn of_scope(&self, scope: Scope) -> impl Iterator<Item = RegistrationId> {
        self.by_scope.get(&scope).into_iter().flatten().copied()
    }
}

fn take_out<Key: Ord, Entry: Ord>(index: &mut BTreeMap<Key, BTreeSet<Entry>>, key: Key, entry: Entry) {
    if let Some(entries) = index.get_mut(&key) {
        entries.remove(&entry);
        if entries.is_empty() {
            index.remove(&key);
        }
    }
}
