//! SCCP stations.

use std::net::SocketAddr;

use hookflash_core::{Instant, StationId, Switch};

use crate::{LinkId, NodeSettings, Outbox, WallClock};

/// All phones.
#[derive(Debug)]
pub struct Stations {}

#[allow(missing_docs, unused_variables)]
impl Stations {
    pub fn new(settings: &NodeSettings, switch: &Switch) -> Stations {
        Stations {}
    }
    pub fn owns(&self, link: LinkId) -> bool {
        false
    }
    pub fn connected(&mut self, now: Instant, link: LinkId, peer: SocketAddr, outbox: &mut Outbox) {}
    pub fn received(
        &mut self,
        now: Instant,
        link: LinkId,
        bytes: &[u8],
        switch: &mut Switch,
        outbox: &mut Outbox,
    ) {
    }
    pub fn closed(&mut self, now: Instant, link: LinkId, switch: &mut Switch) {}
    pub fn render(
        &mut self,
        now: Instant,
        station: StationId,
        switch: &mut Switch,
        clock: &WallClock,
        outbox: &mut Outbox,
    ) {
    }
    pub fn handle_timeout(&mut self, now: Instant, switch: &mut Switch, outbox: &mut Outbox) {}
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn shut_down(&mut self, outbox: &mut Outbox) {}
}
