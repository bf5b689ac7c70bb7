//! The parties around a node, and how their output reaches the network.

use std::net::Ipv4Addr;

use hookflash_core::Instant;
use hookflash_node::{LinkId, Listener};
use smol_str::SmolStr;

use super::{SPARE_BUFFERS, World, network::Faults, network::Occurrence};
use crate::{
    LinkOrder,
    application::{Application, Transport},
    phone::Phone,
    sip_phone::SipPhone,
};

/// Names a phone or application of a world.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartyId(u32);

impl PartyId {
    /// The party at this place in the order in which they were added.
    pub fn new(index: usize) -> PartyId {
        PartyId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// Its place in the order in which parties were added.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug)]
pub(super) enum Actor {
    Phone(Box<Phone>),
    Application(Box<Application>),
    SipPhone(Box<SipPhone>),
}

#[derive(Debug)]
pub(super) struct Party {
    pub(super) name: SmolStr,
    pub(super) actor: Actor,
    pub(super) link: Option<LinkId>,
    pub(super) faults: Faults,
    /// The earliest wake-up that is queued.
    pub(super) wakes_at: Option<Instant>,
}

impl Party {
    pub(super) fn new(name: &str, actor: Actor) -> Party {
        Party { name: SmolStr::new(name), actor, link: None, faults: Faults::default(), wakes_at: None }
    }

    pub(super) fn listener(&self) -> Listener {
        match &self.actor {
            Actor::Phone(_) => Listener::Sccp,
            Actor::Application(application) if application.uses_frames() => Listener::Csta,
            Actor::Application(_) | Actor::SipPhone(_) => Listener::Sip,
        }
    }

    /// Bytes that a driver keeps for it while it does not read; then its connection is given up.
    pub(super) fn most_unread(&self) -> usize {
        self.listener().most_unread()
    }

    pub(super) fn connected(&mut self, now: Instant) {
        match &mut self.actor {
            Actor::Phone(phone) => phone.connected(now),
            Actor::Application(application) => application.connected(now),
            Actor::SipPhone(phone) => phone.connected(now),
        }
    }

    pub(super) fn received(&mut self, now: Instant, bytes: &[u8]) {
        match &mut self.actor {
            Actor::Phone(phone) => phone.received(now, bytes),
            Actor::Application(application) => application.received(now, bytes),
            Actor::SipPhone(phone) => phone.received(now, bytes),
        }
    }

    pub(super) fn closed(&mut self, now: Instant) {
        match &mut self.actor {
            Actor::Phone(phone) => phone.closed(now),
            Actor::Application(application) => application.closed(now),
            Actor::SipPhone(phone) => phone.closed(now),
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        match &mut self.actor {
            Actor::Phone(phone) => phone.handle_timeout(now),
            Actor::Application(application) => application.handle_timeout(now),
            Actor::SipPhone(phone) => phone.handle_timeout(now),
        }
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match &self.actor {
            Actor::Phone(phone) => phone.poll_timeout(),
            Actor::Application(application) => application.poll_timeout(),
            Actor::SipPhone(phone) => phone.poll_timeout(),
        }
    }

    fn poll_order(&mut self) -> Option<LinkOrder> {
        match &mut self.actor {
            Actor::Phone(phone) => phone.poll_order(),
            Actor::Application(application) => application.poll_order(),
            Actor::SipPhone(phone) => phone.poll_order(),
        }
    }

    /// The next bytes to send, in a buffer that is given away.
    fn poll_output(&mut self, spare: &mut Vec<Vec<u8>>) -> Option<Vec<u8>> {
        match &mut self.actor {
            Actor::Phone(phone) => {
                let output = phone.output();
                (!output.is_empty()).then(|| std::mem::replace(output, spare.pop().unwrap_or_default()))
            }
            Actor::Application(application) => application.poll_output(),
            Actor::SipPhone(phone) => phone.poll_output(),
        }
    }

    pub(super) fn uses_datagrams(&self) -> bool {
        match &self.actor {
            Actor::Phone(_) => false,
            Actor::Application(application) => application.settings().transport == Transport::Udp,
            Actor::SipPhone(phone) => phone.settings().stream.is_none(),
        }
    }
}

/// The address of the n-th party: 10.1.0.0 and up.
pub(super) fn address(index: usize) -> Ipv4Addr {
    let base = u32::from(Ipv4Addr::new(10, 1, 0, 1));
    Ipv4Addr::from(base.wrapping_add(u32::try_from(index).unwrap_or(0)))
}

/// The party with this address.
pub(super) fn party_at(address: Ipv4Addr) -> PartyId {
    PartyId(u32::from(address).wrapping_sub(u32::from(Ipv4Addr::new(10, 1, 0, 1))))
}

impl World {
    /// Carries what a party has to say to the network, and sets its alarm clock.
    pub(super) fn flush(&mut self, id: PartyId) {
        loop {
            let Some(party) = self.parties.get_mut(id.index()) else { return };
            if let Some(bytes) = party.poll_output(&mut self.spare) {
                let datagram = party.uses_datagrams();
                self.send_to_node(id, bytes, datagram);
            } else if let Some(order) = party.poll_order() {
                match order {
                    LinkOrder::Connect => self.connect(id),
                    LinkOrder::Close => self.close_from_party(id),
                }
            } else {
                break;
            }
        }
        self.set_alarm(id);
    }

    fn set_alarm(&mut self, id: PartyId) {
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        let Some(due) = party.poll_timeout() else { return };
        if party.wakes_at.is_none_or(|queued| due < queued) {
            party.wakes_at = Some(due);
            self.schedule(due, Occurrence::Wake(id));
        }
    }

    pub(super) fn wake(&mut self, id: PartyId) {
        let now = self.now;
        let Some(party) = self.parties.get_mut(id.index()) else { return };
        if party.wakes_at.is_some_and(|at| at <= now) {
            party.wakes_at = None;
        }
        if party.poll_timeout().is_some_and(|due| due <= now) {
            party.handle_timeout(now);
        }
        self.flush(id);
    }

    pub(super) fn keep_spare(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE_BUFFERS {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}
