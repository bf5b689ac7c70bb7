//! The TCP connections.
//!
//! A peer is only reached by the flow it opened: its Contact may be unreachable, and its proxy expects the same connection
//! in both directions. A connection that no dialog and no registration uses is closed when it has not brought a whole
//! message or keepalive for [`LINK_IDLE`], so that half-open and trickling connections go, and before that when there are
//! too many connections and it is the oldest such one.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use hookflash_time::{Deadline, Instant, Timers};
use hookflash_wire::sip::StreamFramer;

use super::{Flow, LinkId};
use crate::{DialogId, RequestId, layer::Timer};

/// How long a connection without dialogs and registrations may be silent.
pub const LINK_IDLE: Duration = Duration::from_secs(64);

/// One TCP connection.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) flow: Flow,
    pub(crate) framer: StreamFramer,
    /// When the last whole message or keepalive came.
    pub(crate) heard: Instant,
    /// The dialogs whose last request came by it.
    pub(crate) dialogs: BTreeSet<DialogId>,
    /// The requests of ours that were sent by it and have a client transaction.
    pub(crate) requests: Vec<RequestId>,
    /// How many registrations came by it and are in force.
    registrations: usize,
    /// When to look whether it is idle.
    idle_timer: Deadline,
}

impl Link {
    fn is_unused(&self) -> bool {
        self.dialogs.is_empty() && self.registrations == 0
    }
}

/// All TCP connections.
#[derive(Debug, Default)]
pub(crate) struct Links {
    links: BTreeMap<LinkId, Link>,
    /// Those that no dialog and no registration uses, oldest first.
    unused: BTreeSet<LinkId>,
}

impl Links {
    pub(crate) fn insert(&mut self, now: Instant, link: LinkId, flow: Flow, timers: &mut Timers<Timer>) {
        let idle_timer = timers.start(now + LINK_IDLE, Timer::LinkIdle(link));
        let entry = Link {
            flow,
            framer: StreamFramer::new(),
            heard: now,
            dialogs: BTreeSet::new(),
            requests: Vec::new(),
            registrations: 0,
            idle_timer,
        };
        self.links.insert(link, entry);
        self.unused.insert(link);
    }

    /// The oldest connection that nothing uses.
    pub(crate) fn oldest_unused(&self) -> Option<LinkId> {
        self.unused.first().copied()
    }

    pub(crate) fn get_mut(&mut self, link: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&link)
    }

    pub(crate) fn contains(&self, link: LinkId) -> bool {
        self.links.contains_key(&link)
    }

    pub(crate) fn remove(&mut self, link: LinkId, timers: &mut Timers<Timer>) -> Option<Link> {
        let entry = self.links.remove(&link)?;
        self.unused.remove(&link);
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
                self.unused.insert(from);
            }
        }
        if let Some((to, link)) = to.and_then(|to| Some((to, self.links.get_mut(&to)?))) {
            link.dialogs.insert(id);
            self.unused.remove(&to);
        }
    }

    /// Notes that a registration goes by the link.
    pub(crate) fn hold(&mut self, link: LinkId) {
        if let Some(entry) = self.links.get_mut(&link) {
            entry.registrations += 1;
            self.unused.remove(&link);
        }
    }

    /// Notes that a registration no longer goes by the link.
    pub(crate) fn release(&mut self, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        entry.registrations = entry.registrations.saturating_sub(1);
        if entry.is_unused() {
            self.unused.insert(link);
        }
    }

    /// Whether the link has been idle for too long; if not, looks again later.
    pub(crate) fn is_idle(&mut self, now: Instant, link: LinkId, timers: &mut Timers<Timer>) -> bool {
        let Some(entry) = self.links.get_mut(&link) else { return false };
        let until = if entry.is_unused() { entry.heard + LINK_IDLE } else { now + LINK_IDLE };
        if until > now {
            entry.idle_timer = timers.start(until, Timer::LinkIdle(link));
        }
        until <= now
    }
}
