//! The network: links between parties and the node, what is under way on them, and what can go wrong.

use std::{cmp::Ordering, net::SocketAddr, time::Duration};

use hookflash_core::Instant;
use hookflash_node::{Input, LinkId, Listener};

use super::{
    CSTA, PartyId, SCCP, SIP, World,
    party::{Actor, address, party_at},
};
use crate::transcript::{Content, Place};

/// After how long TCP sends again what was lost (RFC 6298, 2.4).
pub const RETRANSMISSION: Duration = Duration::from_secs(1);

/// Bytes of datagrams that a machine keeps for a program that does not read; further ones are lost.
const MAX_UNREAD_DATAGRAMS: usize = 208 * 1024;

/// What can be wrong between a party and the node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// What is sent to and from it arrives in pieces.
    Pieces(Pieces),
    /// What is sent to and from it takes this much longer.
    Delay(Duration),
    /// Nothing arrives in either direction, and nobody is told. What a connection carries arrives once this is
    /// over, as TCP repeats it; datagrams are lost.
    Cut(bool),
    /// The next thing that is sent to or from it is lost. A connection sends it again after a second, and
    /// what comes behind waits for it; a datagram is gone.
    LosesNext,
    /// It is gone with its end of the connection, and nobody is told. Over with `Cut(false)`: who then sends something
    /// by the connection is told that there is none.
    Unplugged,
    /// It does not read what arrives.
    StopsReading(bool),
    /// Its connection breaks, and both ends notice.
    Reset,
}

/// How a segment is cut up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pieces {
    /// Not at all.
    #[default]
    Whole,
    /// Byte by byte.
    Bytes,
    /// Somewhere, as the seed says.
    Random,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    pieces: Pieces,
    delay: Duration,
    cut: bool,
    loses_next: bool,
    stopped: bool,
    /// What waits for the cut to be over.
    held: Vec<Occurrence>,
    /// What arrived while the party did not read.
    unread: Vec<Vec<u8>>,
    unread_bytes: usize,
}

/// Something that will happen.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) at: Instant,
    pub(super) order: u64,
    pub(super) what: Occurrence,
}

#[derive(Debug)]
pub(super) enum Occurrence {
    Wake(PartyId),
    ConnectedAtNode(LinkId),
    BytesAtNode(LinkId, Vec<u8>),
    ClosedAtNode(LinkId),
    DatagramAtNode(PartyId, Vec<u8>),
    BytesAtParty(LinkId, Vec<u8>),
    ClosedAtParty(LinkId),
    DatagramAtParty(PartyId, Vec<u8>),
}

impl Occurrence {
    pub(super) fn is_transmission(&self) -> bool {
        !matches!(self, Occurrence::Wake(_))
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Due) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Due) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    /// The earliest is the greatest, so that a heap gives it first.
    fn cmp(&self, other: &Due) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

/// Every connection there was.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    party: PartyId,
    /// The node knows it and was not told that it is gone.
    open_at_node: bool,
    /// The node for which it was made has ended.
    is_stale: bool,
    /// The last arrival at either end: later bytes do not overtake.
    last_at_node: Instant,
    last_at_party: Instant,
}

impl Links {
    fn open(&mut self, party: PartyId, now: Instant) -> LinkId {
        self.links.push(Link {
            party,
            open_at_node: false,
            is_stale: false,
            last_at_node: now,
            last_at_party: now,
        });
        LinkId(self.links.len() as u64)
    }

    /// When the last thing arrives that was sent to the node by this link.
    fn last_at_node(&self, id: LinkId) -> Option<Instant> {
        let index = usize::try_from(id.0.checked_sub(1)?).ok()?;
        self.links.get(index).map(|link| link.last_at_node)
    }

    fn get(&mut self, id: LinkId) -> Option<&mut Link> {
        let index = usize::try_from(id.0.checked_sub(1)?).ok()?;
        self.links.get_mut(index)
    }
}

impl World {
    /// Disturbs, or undisturbs, the network of a party.
    pub fn fault(&mut self, id: PartyId, fault: Fault) {
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        match fault {
            Fault::Pieces(pieces) => party.faults.pieces = pieces,
            Fault::Delay(delay) => party.faults.delay = delay,
            Fault::LosesNext => party.faults.loses_next = true,
            Fault::Cut(true) => party.faults.cut = true,
            Fault::Cut(false) => {
                party.faults.cut = false;
                let held = std::mem::take(&mut party.faults.held);
                party.faults.unread_bytes = 0;
                let at = self.now + self.latency;
                held.into_iter().for_each(|what| self.schedule(at, what));
            }
            Fault::Unplugged => {
                party.faults.cut = true;
                party.faults.held.clear();
                party.faults.unread.clear();
                party.link = None;
            }
            Fault::StopsReading(true) => party.faults.stopped = true,
            Fault::StopsReading(false) => {
                party.faults.stopped = false;
                party.faults.unread_bytes = 0;
                let unread = std::mem::take(&mut party.faults.unread);
                self.read_late(id, unread);
            }
            Fault::Reset => self.reset(id),
        }
    }

    /// How long what a party has sent just now, or would send, travels to the node.
    pub fn latency_of(&self, id: PartyId) -> Duration {
        let Some(party) = self.parties.get(id.index()).filter(|party| !party.uses_datagrams()) else {
            return self.latency;
        };
        let under_way = party.link.and_then(|link| self.links.last_at_node(link));
        let until = under_way.map_or(Duration::ZERO, |at| at.since(self.now));
        until.max(self.latency + party.faults.delay)
    }

    /// Whether the network of a party is cut.
    pub fn is_cut(&self, id: PartyId) -> bool {
        self.parties.get(id.index()).is_some_and(|party| party.faults.cut)
    }

    /// Whether a party does not read what arrives.
    pub fn has_stopped_reading(&self, id: PartyId) -> bool {
        self.parties.get(id.index()).is_some_and(|party| party.faults.stopped)
    }

    pub(super) fn occur(&mut self, what: Occurrence) {
        self.in_flight -= usize::from(what.is_transmission());
        let Some(what) = self.unless_cut(what) else { return };
        match what {
            Occurrence::Wake(party) => self.wake(party),
            Occurrence::ConnectedAtNode(link) => self.connected_at_node(link),
            Occurrence::BytesAtNode(link, bytes) => {
                if self.links.get(link).is_some_and(|link| link.open_at_node) {
                    self.input(Input::Received { link, bytes: &bytes });
                }
                self.keep_spare(bytes);
            }
            Occurrence::ClosedAtNode(link) => {
                let open = self.links.get(link).map(|link| std::mem::take(&mut link.open_at_node));
                if open == Some(true) {
                    self.input(Input::Closed { link });
                }
            }
            Occurrence::DatagramAtNode(party, bytes) => {
                let from = SocketAddr::new(address(party.index()).into(), 5060);
                self.input(Input::Datagram { local: SIP, from, bytes: &bytes });
            }
            Occurrence::BytesAtParty(link, bytes) => self.bytes_at_party(link, bytes),
            Occurrence::ClosedAtParty(link) => self.closed_at_party(link),
            Occurrence::DatagramAtParty(id, bytes) => self.datagram_at_party(id, bytes),
        }
    }

    /// Holds back what cannot arrive while the network of its party is cut.
    fn unless_cut(&mut self, what: Occurrence) -> Option<Occurrence> {
        let (link, size) = match &what {
            Occurrence::BytesAtNode(link, _)
            | Occurrence::ConnectedAtNode(link)
            | Occurrence::ClosedAtParty(link) => (*link, 0),
            Occurrence::BytesAtParty(link, bytes) => (*link, bytes.len()),
            _ => return Some(what),
        };
        let Some(id) = self.links.get(link).map(|link| link.party) else { return Some(what) };
        let Some(party) = self.parties.get_mut(id.index()).filter(|party| party.faults.cut) else {
            return Some(what);
        };
        party.faults.held.push(what);
        party.faults.unread_bytes += size;
        if party.faults.unread_bytes > party.most_unread() {
            party.faults.unread_bytes = 0;
            let now = self.now;
            self.schedule(now, Occurrence::ClosedAtNode(link));
        }
        None
    }

    pub(super) fn connect(&mut self, id: PartyId) {
        let now = self.now;
        let link = self.links.open(id, now);
        self.record(self.place(id), Place::Node, Content::Connect, &[], false);
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        party.link = Some(link);
        if party.faults.cut {
            party.link = None;
            party.closed(now);
            return self.flush(id);
        }
        let delay = self.latency + party.faults.delay;
        self.schedule(now + delay, Occurrence::ConnectedAtNode(link));
    }

    fn connected_at_node(&mut self, link: LinkId) {
        let Some(known) = self.links.get(link).filter(|link| !link.is_stale) else { return };
        known.open_at_node = true;
        let id = known.party;
        let Some(party) = self.parties.get_mut(id.index()).filter(|party| party.link == Some(link)) else {
            return;
        };
        let (listener, now) = (party.listener(), self.now);
        let local = match listener {
            Listener::Sccp => SCCP,
            Listener::Sip | Listener::Sips => SIP,
            Listener::Csta | Listener::CstaTls | Listener::CstaImplicit | Listener::CstaGreeting => CSTA,
        };
        let port = 32_768 + u16::try_from(link.0 % 16_384).unwrap_or(0);
        let peer = SocketAddr::new(address(id.index()).into(), port);
        party.connected(now);
        self.input(Input::Connected { link, listener, local, peer });
        self.flush(id);
    }

    pub(super) fn send_to_node(&mut self, id: PartyId, bytes: Vec<u8>, datagram: bool) {
        let Some(party) = self.parties.get(id.index()) else { return };
        let (cut, link) = (party.faults.cut, party.link);
        let content = self.content(id);
        let lost = if datagram { cut || self.loses_next(id) } else { link.is_none() };
        self.record(self.place(id), Place::Node, content, &bytes, lost);
        if lost {
            return self.keep_spare(bytes);
        }
        if datagram {
            let at = self.now + self.latency;
            return self.schedule(at, Occurrence::DatagramAtNode(id, bytes));
        }
        let Some(link) = link else { return };
        let at = self.arrival(link, id, true);
        self.transmit(id, at, bytes, |bytes| Occurrence::BytesAtNode(link, bytes));
    }

    pub(super) fn send_to_party(&mut self, link: LinkId, bytes: Vec<u8>) {
        let Some(known) = self.links.get(link) else { return };
        let id = known.party;
        let Some(party) = self.parties.get(id.index()) else { return };
        let lost = party.link != Some(link);
        let content = self.content(id);
        self.record(Place::Node, self.place(id), content, &bytes, lost);
        if lost {
            self.refuse(link, id);
            return self.node.recycle(bytes);
        }
        let at = self.arrival(link, id, false);
        self.transmit(id, at, bytes, |bytes| Occurrence::BytesAtParty(link, bytes));
    }

    pub(super) fn datagram_to_party(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        let SocketAddr::V4(to) = to else { return };
        let id = party_at(*to.ip());
        let Some(party) = self.parties.get(id.index()) else { return };
        let (cut, delay) = (party.faults.cut, party.faults.delay);
        let lost = cut || self.loses_next(id);
        let at = self.now + self.latency + delay;
        self.record(Place::Node, self.place(id), Content::Sip, &bytes, lost);
        if !lost {
            self.schedule(at, Occurrence::DatagramAtParty(id, bytes));
        }
    }

    /// When something that is sent now arrives: not before what was sent earlier.
    fn arrival(&mut self, link: LinkId, id: PartyId, at_node: bool) -> Instant {
        let delay = self.parties.get(id.index()).map_or(Duration::ZERO, |party| party.faults.delay);
        let again = if self.loses_next(id) { RETRANSMISSION } else { Duration::ZERO };
        let at = self.now + self.latency + delay + again;
        let Some(link) = self.links.get(link) else { return at };
        let last = if at_node { &mut link.last_at_node } else { &mut link.last_at_party };
        *last = at.max(*last);
        *last
    }

    /// Whether what is sent now is lost.
    fn loses_next(&mut self, id: PartyId) -> bool {
        self.parties.get_mut(id.index()).is_some_and(|party| std::mem::take(&mut party.faults.loses_next))
    }

    /// The party's machine is there again, and knows nothing of this connection: it says so.
    fn refuse(&mut self, link: LinkId, id: PartyId) {
        let at = self.now + self.latency * 2;
        if !self.is_cut(id) && self.links.get(link).is_some_and(|link| link.open_at_node) {
            self.schedule(at, Occurrence::ClosedAtNode(link));
        }
    }

    fn transmit(&mut self, id: PartyId, at: Instant, bytes: Vec<u8>, what: impl Fn(Vec<u8>) -> Occurrence) {
        let pieces = self.parties.get(id.index()).map(|party| party.faults.pieces).unwrap_or_default();
        let mut rest = bytes.as_slice();
        while pieces != Pieces::Whole && rest.len() > 1 {
            let size = if pieces == Pieces::Bytes { 1 } else { 1 + self.random(rest.len()) };
            let (piece, after) = rest.split_at(size.min(rest.len()));
            self.schedule(at, what(piece.to_vec()));
            rest = after;
        }
        if rest.len() == bytes.len() {
            self.schedule(at, what(bytes));
        } else if !rest.is_empty() {
            self.schedule(at, what(rest.to_vec()));
        }
    }

    fn bytes_at_party(&mut self, link: LinkId, bytes: Vec<u8>) {
        let Some(id) = self.links.get(link).map(|link| link.party) else { return };
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        if party.link != Some(link) {
            return self.node.recycle(bytes);
        }
        if party.faults.stopped {
            let limit = party.most_unread();
            party.faults.unread_bytes += bytes.len();
            party.faults.unread.push(bytes);
            if party.faults.unread_bytes > limit {
                self.reset(id);
            }
            return;
        }
        self.receive(id, &bytes);
        self.node.recycle(bytes);
    }

    fn datagram_at_party(&mut self, id: PartyId, bytes: Vec<u8>) {
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        if !party.faults.stopped {
            return self.receive(id, &bytes);
        }
        if party.faults.unread_bytes + bytes.len() <= MAX_UNREAD_DATAGRAMS {
            party.faults.unread_bytes += bytes.len();
            party.faults.unread.push(bytes);
        }
    }

    fn receive(&mut self, id: PartyId, bytes: &[u8]) {
        let now = self.now;
        if let Some(party) = self.parties.get_mut(id.index()) {
            party.received(now, bytes);
        }
        self.flush(id);
    }

    fn read_late(&mut self, id: PartyId, unread: Vec<Vec<u8>>) {
        for bytes in unread {
            self.receive(id, &bytes);
        }
    }

    pub(super) fn close_from_node(&mut self, link: LinkId) {
        let Some(known) = self.links.get(link) else { return };
        known.open_at_node = false;
        let id = known.party;
        let at = self.arrival(link, id, false);
        self.record(Place::Node, self.place(id), Content::Close, &[], false);
        self.schedule(at, Occurrence::ClosedAtParty(link));
    }

    pub(super) fn close_from_party(&mut self, id: PartyId) {
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        let (link, cut) = (party.link.take(), party.faults.cut);
        let Some(link) = link else { return };
        // What it has not read until now it never reads.
        party.faults.unread.clear();
        party.faults.unread_bytes = 0;
        self.record(self.place(id), Place::Node, Content::Close, &[], cut);
        if !cut {
            let at = self.arrival(link, id, true);
            self.schedule(at, Occurrence::ClosedAtNode(link));
        }
    }

    fn closed_at_party(&mut self, link: LinkId) {
        let now = self.now;
        let Some(id) = self.links.get(link).map(|link| link.party) else { return };
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        if party.link != Some(link) {
            return;
        }
        party.link = None;
        party.faults.unread.clear();
        party.faults.unread_bytes = 0;
        party.closed(now);
        self.flush(id);
    }

    /// Breaks a connection; both ends notice.
    fn reset(&mut self, id: PartyId) {
        let Some(link) = self.parties.get(id.index()).and_then(|party| party.link) else { return };
        self.record(self.place(id), Place::Node, Content::Close, &[], false);
        self.closed_at_party(link);
        let now = self.now;
        self.schedule(now, Occurrence::ClosedAtNode(link));
    }

    /// Breaks every connection, as when the node's machine restarts: the parties notice.
    pub(super) fn reset_all_links(&mut self) {
        self.links.links.iter_mut().for_each(|link| (link.open_at_node, link.is_stale) = (false, true));
        for id in self.party_ids() {
            let Some(link) = self.parties.get(id.index()).and_then(|party| party.link) else { continue };
            let at = self.arrival(link, id, false);
            self.schedule(at, Occurrence::ClosedAtParty(link));
        }
    }

    fn content(&self, id: PartyId) -> Content {
        match self.parties.get(id.index()).map(|party| &party.actor) {
            Some(Actor::Phone(phone)) => Content::Sccp(phone.encoding()),
            Some(Actor::Application(application)) if application.uses_frames() => Content::Csta,
            Some(Actor::Application(_) | Actor::SipPhone(_)) | None => Content::Sip,
        }
    }

    fn record(&mut self, from: Place, to: Place, content: Content, bytes: &[u8], lost: bool) {
        if let Some(transcript) = &mut self.transcript {
            transcript.add(self.now, from, to, content, bytes, lost);
        }
    }
}
