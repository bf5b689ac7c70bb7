//! SIP endpoint.

use std::net::SocketAddr;

use hookflash_core::Instant;

use crate::{LinkId, NodeSettings, Outbox};

/// Transactions and dialogs.
#[derive(Debug)]
pub struct Endpoint {}

/// What the SIP layer has for its user.
#[derive(Debug)]
pub struct Event {}

#[allow(missing_docs, unused_variables)]
impl Endpoint {
    pub fn new(settings: &NodeSettings) -> Endpoint {
        Endpoint {}
    }
    pub fn connected(&mut self, now: Instant, link: LinkId, local: SocketAddr, peer: SocketAddr) {}
    pub fn received(&mut self, now: Instant, link: LinkId, bytes: &[u8], outbox: &mut Outbox) {}
    pub fn closed(&mut self, now: Instant, link: LinkId) {}
    pub fn datagram(
        &mut self,
        now: Instant,
        local: SocketAddr,
        from: SocketAddr,
        bytes: &[u8],
        outbox: &mut Outbox,
    ) {
    }
    pub fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) {}
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }
}
