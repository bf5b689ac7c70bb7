//! Flows: the ways by which messages come in, and by which answers and requests go back.
//!
//! A client is only ever reached over the flow it opened: its Contact may be unreachable, and its proxy expects
//! the same connection in both directions. A link (a TCP connection) by which no dialog and no registration goes is
//! closed when it has not brought a whole message or keepalive for [`LINK_IDLE`], so that half-open and trickling
//! connections go, and before that when there are too many links and it is the oldest such one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::SocketAddr,
    time::Duration,
};

use hookflash_core::{Deadline, Instant, Timers};
use hookflash_wire::sip::{self as wire, StreamFramer};

use super::{DialogId, endpoint::Timer};
use crate::LinkId;

/// How long a link without dialogs and registrations may say nothing.
pub const LINK_IDLE: Duration = Duration::from_secs(64);

/// A way to one peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Datagrams between two addresses.
    Datagrams {
        /// Our listener.
        local: SocketAddr,
        /// Where the peer listens.
        peer: SocketAddr,
    },
    /// A TCP connection.
    Link {
        /// The connection.
        link: LinkId,
        /// Our end.
        local: SocketAddr,
        /// The other end.
        peer: SocketAddr,
    },
}

impl Flow {
    /// The flow back to who sent `request` as a datagram from `source` (RFC 3261, 18.2.2; RFC 3581, 4): the
    /// address it came from, and the port it came from or that of its Via.
    pub(super) fn of_datagram(local: SocketAddr, source: SocketAddr, request: &wire::Request) -> Flow {
        let port = match request.headers().via() {
            Ok(via) if via.rport().is_none() => via.port.unwrap_or(5060),
            _ => source.port(),
        };
        let peer = SocketAddr::new(source.ip(), port);
        // Port 0 can be written in a Via but nobody can listen there, and where we listen nobody else does: on our
        // own machine that happens to clients that write 5060, or nothing, whatever port they have.
        let peer = if port == 0 || listens_at(local, peer) { source } else { peer };
        Flow::Datagrams { local, peer }
    }

    /// Our end.
    pub fn local(&self) -> SocketAddr {
        match self {
            Flow::Datagrams { local, .. } | Flow::Link { local, .. } => *local,
        }
    }

    /// The other end.
    pub fn peer(&self) -> SocketAddr {
        match self {
            Flow::Datagrams { peer, .. } | Flow::Link { peer, .. } => *peer,
        }
    }

    /// The connection, if it is one.
    pub fn link(&self) -> Option<LinkId> {
        match self {
            Flow::Datagrams { .. } => None,
            Flow::Link { link, .. } => Some(*link),
        }
    }

    /// `UDP` or `TCP`, as Via has it.
    pub fn transport(&self) -> &'static str {
        match self {
            Flow::Datagrams { .. } => "UDP",
            Flow::Link { .. } => "TCP",
        }
    }

    /// What our Contact says so that requests come back by this transport.
    pub(super) fn contact_parameter(&self) -> &'static str {
        match self {
            Flow::Datagrams { .. } => "",
            Flow::Link { .. } => ";transport=tcp",
        }
    }
}

/// Whether the listener bound to `local` is the one that can be reached at `address`.
fn listens_at(local: SocketAddr, address: SocketAddr) -> bool {
    let everywhere = local.ip().is_unspecified() && address.ip().is_loopback();
    local.port() == address.port() && (everywhere || local.ip() == address.ip())
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport(), self.peer())
    }
}

/// One TCP connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) flow: Flow,
    pub(super) framer: StreamFramer,
    /// When the last whole message or keepalive came.
    pub(super) heard: Instant,
    /// The dialogs whose last request came by it.
    pub(super) dialogs: BTreeSet<DialogId>,
    /// How many registrations came by it and are in force.
    registrations: usize,
    /// When to look whether it is idle.
    idle_timer: Deadline,
}

impl Link {
    fn is_spare(&self) -> bool {
        self.dialogs.is_empty() && self.registrations == 0
    }
}

/// All TCP connections.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: BTreeMap<LinkId, Link>,
    /// Those by which nothing goes. Links are numbered in the order in which they were opened.
    spare: BTreeSet<LinkId>,
}

impl Links {
    pub(super) fn insert(&mut self, now: Instant, link: LinkId, flow: Flow, timers: &mut Timers<Timer>) {
        let idle_timer = timers.start(now + LINK_IDLE, Timer::LinkIdle(link));
        let entry = Link {
            flow,
            framer: StreamFramer::new(),
            heard: now,
            dialogs: BTreeSet::new(),
            registrations: 0,
            idle_timer,
        };
        self.links.insert(link, entry);
        self.spare.insert(link);
    }

    /// The oldest link by which nothing goes.
    pub(super) fn oldest_spare(&self) -> Option<LinkId> {
        self.spare.first().copied()
    }

    pub(super) fn get_mut(&mut self, link: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&link)
    }

    pub(super) fn contains(&self, link: LinkId) -> bool {
        self.links.contains_key(&link)
    }

    pub(super) fn remove(&mut self, link: LinkId, timers: &mut Timers<Timer>) -> Option<Link> {
        let entry = self.links.remove(&link)?;
        self.spare.remove(&link);
        timers.stop(Some(entry.idle_timer));
        Some(entry)
    }

    pub(super) fn len(&self) -> usize {
        self.links.len()
    }

    /// Notes that a dialog goes by `to` and no longer by `from`.
    pub(super) fn move_dialog(&mut self, id: DialogId, from: Option<LinkId>, to: Option<LinkId>) {
        if from == to {
            return;
        }
        if let Some((from, link)) = from.and_then(|from| Some((from, self.links.get_mut(&from)?))) {
            link.dialogs.remove(&id);
            if link.is_spare() {
                self.spare.insert(from);
            }
        }
        if let Some((to, link)) = to.and_then(|to| Some((to, self.links.get_mut(&to)?))) {
            link.dialogs.insert(id);
            self.spare.remove(&to);
        }
    }

    /// Notes that a registration goes by the link.
    pub(super) fn hold(&mut self, link: LinkId) {
        if let Some(entry) = self.links.get_mut(&link) {
            entry.registrations += 1;
            self.spare.remove(&link);
        }
    }

    /// Notes that one goes by it no longer.
    pub(super) fn release(&mut self, link: LinkId) {
        let Some(entry) = self.links.get_mut(&link) else { return };
        entry.registrations = entry.registrations.saturating_sub(1);
        if entry.is_spare() {
            self.spare.insert(link);
        }
    }

    /// The link's idle time may be over; if it is not, looks again later.
    pub(super) fn is_idle(&mut self, now: Instant, link: LinkId, timers: &mut Timers<Timer>) -> bool {
        let Some(entry) = self.links.get_mut(&link) else { return false };
        let until = if entry.is_spare() { entry.heard + LINK_IDLE } else { now + LINK_IDLE };
        if until > now {
            entry.idle_timer = timers.start(until, Timer::LinkIdle(link));
        }
        until <= now
    }
}
