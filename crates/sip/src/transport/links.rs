//! The TCP connections.
//!
//! A peer is only reached by the flow it opened: its Contact may be unreachable, and its proxy expects the same connection
//! in both directions. A connection that no dialog and no registration uses is closed when it has not brought a whole
//! message or keepalive for [`LINK_IDLE`], so that half-open and trickling connections go, and before that when there are
//! too many connections and it is the oldest such one.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use hookflash_time::{Deadline, Instant, Timers};
use hookflash_wire::sip::StreamFramer;
use smol_str::SmolStr;

use super::{Flow, LinkId};
use crate::{DialogId, RequestId, layer::Timer};

/// How long a connection without dialogs and registrations may be silent.
pub const LINK_IDLE: Duration = Duration::from_secs(64);

/// How long a WebSocket may have neither dialogs nor registrations, whatever comes by it: phones register at once.
pub const WEB_SOCKET_IDLE: Duration = Duration::from_secs(10);

/// One TCP connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) flow: Flow,
    pub(crate) framer: StreamFramer,
    /// When the last whole message or keepalive came.
    pub(crate) heard: Instant,
    begun: Instant,
    /// What the certificate of the peer says, if it has shown one.
    pub(crate) certificate: Option<SmolStr>,
    /// The dialogs whose last request came by it.
    pub(crate) dialogs: BTreeSet<DialogId>,
    /// The requests of ours that were sent by it and have a client transaction.
    pub(crate) requests: Vec<RequestId>,
    /// How many registrations came by it and are in force.
    registrations: usize,
    /// When to look whether it is idle.
    idle_timer: Deadline,
    /// Bytes of an incomplete message, as they are counted.
    gathered: usize,
}

impl Link {
    /// Whether somebody is registered by it.
    pub(crate) fn is_registered(&self) -> bool {
        self.registrations > 0
    }

    /// Until when it may be as it is.
    fn may_stay_until(&self, now: Instant) -> Instant {
        match self.is_unused() {
            true if self.is_web_socket() => self.begun + WEB_SOCKET_IDLE,
            true => self.heard + LINK_IDLE,
            false => now + if self.is_web_socket() { WEB_SOCKET_IDLE } else { LINK_IDLE },
        }
    }

    fn is_web_socket(&self) -> bool {
        matches!(self.flow, Flow::Link { stream, .. } if stream.is_web_socket())
    }

    fn is_unused(&self) -> bool {
        self.dialogs.is_empty() && self.registrations == 0
    }
}

/// All TCP connections.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: BTreeMap<LinkId, Link>,
    sources: BTreeMap<IpAddr, Source>,
    /// Bytes of incomplete messages.
    gathered: usize,
}

/// The connections from one address.
#[derive(Debug, Default)]
struct Source {
    total: usize,
    /// Those that no dialog and no registration uses, oldest first.
    unused: BTreeSet<LinkId>,
    /// Bytes of incomplete messages.
    gathered: usize,
}

impl Links {
    pub(crate) fn insert(&mut self, now: Instant, link: LinkId, flow: Flow, timers: &mut Timers<Timer>) {
        let mut entry = Link {
            flow,
            framer: StreamFramer::new(),
            heard: now,
            begun: now,
            certificate: None,
            dialogs: BTreeSet::new(),
            requests: Vec::new(),
            registrations: 0,
            idle_timer: (now, 0),
            gathered: 0,
        };
        entry.idle_timer = timers.start(entry.may_stay_until(now), Timer::LinkIdle(link));
        self.links.insert(link, entry);
        let source = self.sources.entry(flow.peer().ip()).or_default();
        source.total += 1;
        source.unused.insert(link);
    }

    /// The oldest connection that nothing uses, of the source that has most of them.
    pub(crate) fn oldest_unused(&self) -> Option<LinkId> {
        let most = self.sources.values().max_by_key(|source| source.unused.len())?;
        most.unused.first().copied()
    }

    /// The oldest connection from an address that nothing uses.
    pub(crate) fn oldest_unused_of(&self, source: IpAddr) -> Option<LinkId> {
        self.sources.get(&source)?.unused.first().copied()
    }

    /// How many connections an address has, and how many of them nothing uses.
    pub(crate) fn of_source(&self, source: IpAddr) -> (usize, usize) {
        self.sources.get(&source).map_or((0, 0), |source| (source.total, source.unused.len()))
    }

    /// Bytes of incomplete messages on all connections.
    pub(crate) fn gathered(&self) -> usize {
        self.gathered
    }

    /// Counts what the framer of a connection keeps now.
    pub(crate) fn note_gathered(&mut self, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        let now = entry.framer.pending();
        let before = std::mem::replace(&mut entry.gathered, now);
        self.gathered = (self.gathered + now).saturating_sub(before);
        if let Some(source) = self.sources.get_mut(&entry.flow.peer().ip()) {
            source.gathered = (source.gathered + now).saturating_sub(before);
        }
    }

    /// The oldest connection with an incomplete message, of the source that has most bytes of such.
    pub(crate) fn most_gathered(&self) -> Option<(LinkId, IpAddr)> {
        let (source, _) = self.sources.iter().max_by_key(|(_, source)| source.gathered)?;
        let of_source = |entry: &Link| entry.gathered > 0 && entry.flow.peer().ip() == *source;
        let (link, _) = self.links.iter().find(|(_, entry)| of_source(entry))?;
        Some((*link, *source))
    }

    /// Notes whether nothing uses a connection.
    fn set_unused(&mut self, link: LinkId, source: IpAddr, unused: bool) {
        let Some(source) = self.sources.get_mut(&source) else { return };
        match unused {
            true => source.unused.insert(link),
            false => source.unused.remove(&link),
        };
    }

    pub(crate) fn get(&self, link: LinkId) -> Option<&Link> {
        self.links.get(&link)
    }

    pub(crate) fn get_mut(&mut self, link: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&link)
    }

    pub(crate) fn contains(&self, link: LinkId) -> bool {
        self.links.contains_key(&link)
    }

    pub(crate) fn remove(&mut self, link: LinkId, timers: &mut Timers<Timer>) -> Option<Link> {
        let entry = self.links.remove(&link)?;
        let address = entry.flow.peer().ip();
        self.gathered = self.gathered.saturating_sub(entry.gathered);
        if let Some(source) = self.sources.get_mut(&address) {
            source.total -= 1;
            source.gathered = source.gathered.saturating_sub(entry.gathered);
            source.unused.remove(&link);
            if source.total == 0 {
                self.sources.remove(&address);
            }
        }
        timers.stop(Some(entry.idle_timer));
        Some(entry)
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// Notes that a dialog goes by `to` and no longer by `from`.
    pub(crate) fn move_dialog(&mut self, id: DialogId, from: Option<LinkId>, to: Option<LinkId>) {
        if from == to {
            return;
        }
        if let Some((from, link)) = from.and_then(|from| Some((from, self.links.get_mut(&from)?))) {
            link.dialogs.remove(&id);
            if link.is_unused() {
                let source = link.flow.peer().ip();
                self.set_unused(from, source, true);
            }
        }
        if let Some((to, link)) = to.and_then(|to| Some((to, self.links.get_mut(&to)?))) {
            link.dialogs.insert(id);
            let source = link.flow.peer().ip();
            self.set_unused(to, source, false);
        }
    }

    /// Notes that a registration goes by the link.
    pub(crate) fn hold(&mut self, link: LinkId) {
        if let Some(entry) = self.links.get_mut(&link) {
            entry.registrations += 1;
            let source = entry.flow.peer().ip();
            self.set_unused(link, source, false);
        }
    }

    /// Notes that a registration no longer goes by the link.
    pub(crate) fn release(&mut self, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        entry.registrations = entry.registrations.saturating_sub(1);
        if entry.is_unused() {
            let source = entry.flow.peer().ip();
            self.set_unused(link, source, true);
        }
    }

    /// Whether the link has been idle for too long; if not, looks again later.
    pub(crate) fn is_idle(&mut self, now: Instant, link: LinkId, timers: &mut Timers<Timer>) -> bool {
        let Some(entry) = self.links.get_mut(&link) else { return false };
        let until = entry.may_stay_until(now);
        if until > now {
            entry.idle_timer = timers.start(until, Timer::LinkIdle(link));
        }
        until <= now
    }
}
