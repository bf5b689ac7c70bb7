//! Connections to other networks: trunks and registrars that are reached over TCP or TLS.
//!
//! ```text
//!   a request is to be sent ──► open: sent by it
//!                          └──► not open: Connect ──► Connected: what waits is sent
//!                                                └──► NotConnected: what waits has failed
//! ```
//!
//! A connection stays open until the other end closes it, and is used for everything that goes there; requests of that network
//! come by it too.

use std::{collections::BTreeMap, net::SocketAddr};

use hookflash_core::{Instant, StationId};
use hookflash_wire::sip::StatusCode;
use smol_str::SmolStr;

use super::{REGISTER_AGAIN, SipPhones, Timer, leg::LegId, names::Place};
use crate::{
    Context, LinkId, Output, SipTransport,
    sip::{Endpoint, Flow},
};

/// The other end of a connection, and the name in its certificate if it is encrypted: what is for one name never goes to
/// another one at the same address.
pub(super) type End = (SocketAddr, Option<SmolStr>);

/// Connections at once; more are not opened.
const MAX_CONNECTIONS: usize = 1024;

/// One connection.
#[derive(Debug)]
enum Connection {
    /// It is to be asked for when another one to the same address is there, or cannot be.
    Next,
    /// It was asked for. Of those to one address that are encrypted, or are not, there is one at most.
    Wanted,
    /// It is there.
    Open(Flow),
}

/// The connections to other networks.
#[derive(Debug, Default)]
pub(super) struct Connections(BTreeMap<End, Connection>);

impl Connections {
    /// The connection to an address that was asked for.
    fn wanted(&self, peer: SocketAddr, secure: bool) -> Option<End> {
        let there = self.0.iter().filter(|(end, _)| (end.0, end.1.is_some()) == (peer, secure));
        there.filter(|(_, own)| matches!(own, Connection::Wanted)).map(|(end, _)| end.clone()).next()
    }
}

/// The way to somewhere.
pub(super) enum Way {
    /// It is there.
    Flow(Flow),
    /// It is being opened.
    Opening(End),
    /// There is none.
    None,
}

impl SipPhones {
    /// The way to an address of a place.
    pub(super) fn way(
        &mut self,
        (place, transport): (&Place, SipTransport),
        peer: SocketAddr,
        context: &mut Context<'_>,
    ) -> Way {
        let end = match transport {
            SipTransport::Udp => {
                let local = self.local;
                return local.map_or(Way::None, |local| Way::Flow(Flow::Datagrams { local, peer }));
            }
            SipTransport::Tcp => (peer, None),
            SipTransport::Tls => (peer, Some(place.host().into())),
        };
        match self.connections.0.get(&end) {
            Some(Connection::Open(flow)) => return Way::Flow(*flow),
            Some(Connection::Wanted | Connection::Next) => return Way::Opening(end),
            None if self.connections.0.len() >= MAX_CONNECTIONS => return Way::None,
            None => {}
        }
        self.connections.0.insert(end.clone(), Connection::Next);
        self.connect_next((peer, end.1.is_some()), context);
        Way::Opening(end)
    }

    /// Asks for the next connection to an address, unless one is asked for already.
    fn connect_next(&mut self, (peer, secure): (SocketAddr, bool), context: &mut Context<'_>) {
        if self.connections.wanted(peer, secure).is_some() {
            return;
        }
        let mut there =
            self.connections.0.iter_mut().filter(|(end, _)| (end.0, end.1.is_some()) == (peer, secure));
        let next = there.find(|(_, connection)| matches!(connection, Connection::Next));
        if let Some((end, connection)) = next {
            *connection = Connection::Wanted;
            let certificate = end.1.as_ref().map(SmolStr::to_string);
            context.out.push(Output::Connect { peer, certificate });
        }
    }

    /// A connection was opened, perhaps one that was asked for: what waits for it is sent.
    pub(crate) fn connected(&mut self, flow: Flow, sip: &mut Endpoint, context: &mut Context<'_>) {
        let (peer, secure) = (flow.peer(), flow.is_secure());
        let Some(end) = self.connections.wanted(peer, secure) else { return };
        let Some(link) = flow.link().filter(|link| sip.has_link(*link)) else {
            return self.not_connected((peer, secure), sip, context);
        };
        self.connections.0.insert(end.clone(), Connection::Open(flow));
        self.connect_next((peer, secure), context);
        sip.hold_link(link);
        sip.resume(context.now, flow, context.out);
        let end = &end;
        for id in self.waiting_for(end) {
            if !self.call_by_trunk(id, None, sip, context) {
                self.not_taken(id, StatusCode::SERVER_TIMEOUT, None, sip, context);
            }
        }
        for station in self.trunks_at(context.now, end) {
            self.ask_whether_up(station, sip, context);
        }
        for account in self.registering_at(context.now, end) {
            self.register_again(account, sip, context);
        }
    }

    /// A connection cannot be opened: what waits for it has failed.
    pub(crate) fn not_connected(
        &mut self,
        (peer, secure): (SocketAddr, bool),
        sip: &mut Endpoint,
        context: &mut Context<'_>,
    ) {
        let Some(end) = self.connections.wanted(peer, secure) else { return };
        self.connections.0.remove(&end);
        self.connect_next((peer, secure), context);
        let end = &end;
        for id in self.waiting_for(end) {
            if !self.try_next_address(id, None, sip, context) {
                self.not_taken(id, StatusCode::SERVER_TIMEOUT, None, sip, context);
            }
        }
        for station in self.trunks_at(context.now, end) {
            self.not_there(station, sip, context);
        }
        for account in self.registering_at(context.now, end) {
            self.avoid(context.now, end.0);
            self.timers.start(context.now + REGISTER_AGAIN, Timer::Registration(account));
        }
    }

    /// A connection was closed. The calls by it go on by another one (RFC 3261, 18.1.1), which is opened at once.
    pub(super) fn connection_lost(&mut self, link: LinkId, sip: &Endpoint, context: &mut Context<'_>) {
        self.note_lost(link, context.now);
        for (place, transport, peer) in self.calls_by(link, sip) {
            // What is opened is told by `connected`; if nothing can be opened, the dialogs end in their time.
            let _ = self.way((&place, transport), peer, context);
        }
    }

    /// Where the calls of trunks by a connection go on: the place, and the address of its next hop.
    fn calls_by(&self, link: LinkId, sip: &Endpoint) -> Vec<(Place, SipTransport, SocketAddr)> {
        let legs = self.trunk_ids.iter().flat_map(|station| self.legs.at(*station));
        let goes_on = legs.filter_map(|(_, leg)| {
            let dialog = sip.dialog(leg.dialog?).filter(|dialog| dialog.flow().link() == Some(link))?;
            let transport = if dialog.flow().is_secure() { SipTransport::Tls } else { SipTransport::Tcp };
            let place = self.trunk(leg.station)?.targets.first()?.clone();
            Some((place, transport, dialog.next_hop()?))
        });
        let mut ways: Vec<(Place, SipTransport, SocketAddr)> = Vec::new();
        for way in goes_on {
            if !ways.iter().any(|(_, transport, peer)| (*transport, *peer) == (way.1, way.2)) {
                ways.push(way);
            }
        }
        ways
    }

    fn note_lost(&mut self, link: LinkId, now: Instant) {
        let is_it = |connection: &Connection| match connection {
            Connection::Open(flow) => flow.link() == Some(link),
            Connection::Wanted | Connection::Next => false,
        };
        let lost = self.connections.0.iter().find(|(_, connection)| is_it(connection));
        let Some(end) = lost.map(|(end, _)| end.clone()) else { return };
        self.connections.0.remove(&end);
        // Its calls come by the connection of the registration.
        for account in self.registering_at(now, &end) {
            self.timers.start(now + REGISTER_AGAIN, Timer::Registration(account));
        }
    }

    /// The calls that wait for a connection.
    fn waiting_for(&self, end: &End) -> Vec<LegId> {
        let trunks = self.trunk_ids.iter().flat_map(|station| self.legs.at(*station));
        let waits = trunks.filter(|(_, leg)| {
            leg.by_trunk.as_ref().is_some_and(|call| call.waits_for.as_ref() == Some(end))
        });
        waits.map(|(id, _)| id).collect()
    }

    /// The trunks that are watched and reached first at this address.
    fn trunks_at(&self, now: Instant, end: &End) -> Vec<StationId> {
        let there = |station: &StationId| {
            self.trunk(*station).is_some_and(|trunk| {
                let is_there = |target: &Place| self.is_end(now, target, trunk.transport, end);
                let there = trunk.targets.iter().any(is_there);
                trunk.keepalive.is_some() && there
            })
        };
        self.trunk_ids.iter().copied().filter(there).collect()
    }

    /// The accounts whose registrar is reached by the connection to this end.
    fn registering_at(&self, now: Instant, end: &End) -> Vec<usize> {
        let is_there = |account: &usize| {
            let current = self.current_registrar(*account);
            current.is_some_and(|registrar| self.is_end(now, &registrar.place, registrar.transport, end))
        };
        (0..self.settings.accounts.len()).filter(is_there).collect()
    }

    /// Whether a place is reached first by the connection to this end.
    fn is_end(&self, now: Instant, place: &Place, transport: SipTransport, end: &End) -> bool {
        let kind = match transport {
            SipTransport::Udp => false,
            SipTransport::Tcp => end.1.is_none(),
            SipTransport::Tls => end.1.as_deref() == Some(place.host().as_str()),
        };
        kind && self.address(now, place) == Some(end.0)
    }
}
