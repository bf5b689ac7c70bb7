//! Connections and the roles of their peers.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use hookflash_core::{Deadline, Instant, StationId};
use hookflash_wire::sccp::Framer;
use smol_str::SmolStr;

use crate::LinkId;

/// How long a connection may be open without a message.
pub(super) const SILENT_FOR: Duration = Duration::from_secs(30);

/// How long a backup connection may be silent. Its keepalive interval is set by the phone's own call manager;
/// 60 to 180 seconds are usual.
pub(super) const BACKUP_SILENT_FOR: Duration = Duration::from_secs(600);

/// The role of the peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// Not known yet.
    Silent,
    /// A phone that is registered elsewhere and keeps this connection in case it has to come here.
    Backup,
    /// A phone that may not register; the connection is about to be closed.
    Rejected,
    /// A registered phone.
    Station(StationId),
}

/// One connection. It holds no buffer while no message is incomplete.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) role: Role,
    pub(super) framer: Framer,
    /// Our end.
    pub(super) local: SocketAddr,
    /// The phone's end.
    pub(super) peer: SocketAddr,
    pub(super) since: Instant,
    pub(super) last_heard: Instant,
    /// Runs as long as the link: silence, or the close of a rejected one.
    pub(super) timer: Deadline,
    /// The alarm that the phone sent before it registered.
    pub(super) last_alarm: SmolStr,
}

impl Link {
    pub(super) fn new(now: Instant, local: SocketAddr, peer: SocketAddr, timer: Deadline) -> Link {
        Link {
            role: Role::Silent,
            framer: Framer::default(),
            local,
            peer,
            since: now,
            last_heard: now,
            timer,
            last_alarm: SmolStr::default(),
        }
    }
}

/// All connections, and which of them are silent or backups, by source.
#[derive(Debug, Default)]
pub(super) struct Links {
    all: BTreeMap<LinkId, Link>,
    sources: BTreeMap<IpAddr, Waiting>,
    registered: usize,
}

/// The silent connections and the backups of one address, oldest first.
#[derive(Debug, Default)]
struct Waiting {
    silent: BTreeSet<(Instant, LinkId)>,
    backups: BTreeSet<(Instant, LinkId)>,
}

impl Waiting {
    fn len(&self) -> usize {
        self.silent.len() + self.backups.len()
    }

    /// The connection to close first: the oldest without a message, otherwise the oldest backup.
    fn oldest(&self) -> Option<LinkId> {
        self.silent.first().or(self.backups.first()).map(|(_, id)| *id)
    }
}

/// Where a connection counts.
#[derive(Clone, Copy)]
struct Place {
    role: Role,
    source: IpAddr,
    since: Instant,
}

impl Place {
    fn of(link: &Link) -> Place {
        Place { role: link.role, source: link.peer.ip(), since: link.since }
    }
}

impl Links {
    pub(super) fn contains(&self, id: LinkId) -> bool {
        self.all.contains_key(&id)
    }

    pub(super) fn get(&self, id: LinkId) -> Option<&Link> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        self.all.get_mut(&id)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many connections are not those of registered phones.
    pub(super) fn unregistered(&self) -> usize {
        self.all.len() - self.registered
    }

    /// How many connections from an address are silent or backups.
    pub(super) fn waiting_of(&self, source: IpAddr) -> usize {
        self.sources.get(&source).map_or(0, Waiting::len)
    }

    /// The connection to close first, of the source that has most that wait.
    pub(super) fn oldest_waiting(&self) -> Option<LinkId> {
        self.sources.values().max_by_key(|waiting| waiting.len())?.oldest()
    }

    /// The connection from an address to close first.
    pub(super) fn oldest_waiting_of(&self, source: IpAddr) -> Option<LinkId> {
        self.sources.get(&source)?.oldest()
    }

    /// Adds a silent connection.
    pub(super) fn insert(&mut self, id: LinkId, link: Link) {
        self.remove(id);
        self.count(id, Place::of(&link), true);
        self.all.insert(id, link);
    }

    pub(super) fn remove(&mut self, id: LinkId) -> Option<Link> {
        let link = self.all.remove(&id)?;
        self.count(id, Place::of(&link), false);
        Some(link)
    }

    pub(super) fn set_role(&mut self, id: LinkId, role: Role) {
        let Some(link) = self.all.get_mut(&id) else { return };
        let before = Place::of(link);
        link.role = role;
        self.count(id, before, false);
        self.count(id, Place { role, ..before }, true);
    }

    /// Takes all connections out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (LinkId, Role)> + use<> {
        std::mem::take(self).all.into_iter().map(|(id, link)| (id, link.role))
    }

    fn count(&mut self, id: LinkId, link: Place, added: bool) {
        let (source, place) = (link.source, (link.since, id));
        match link.role {
            Role::Silent if added => drop(self.sources.entry(source).or_default().silent.insert(place)),
            Role::Backup if added => drop(self.sources.entry(source).or_default().backups.insert(place)),
            Role::Silent | Role::Backup => self.waits_no_more(source, place),
            Role::Station(_) if added => self.registered += 1,
            Role::Station(_) => self.registered -= 1,
            Role::Rejected => {}
        }
    }

    fn waits_no_more(&mut self, source: IpAddr, place: (Instant, LinkId)) {
        let Some(waiting) = self.sources.get_mut(&source) else { return };
        waiting.silent.remove(&place);
        waiting.backups.remove(&place);
        if waiting.len() == 0 {
            self.sources.remove(&source);
        }
    }
}
