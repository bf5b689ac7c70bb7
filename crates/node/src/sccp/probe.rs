//! Who has a name: a phone that is alive is not displaced from another address.
//!
//! A phone that starts again has the address that it had; its registration takes the place of the old connection at once.
//! A registration under its name from another address waits while the phone is asked for something:
//!
//! ```text
//!   Register from another address ─► CapabilitiesReq to the phone ─┬─ any message ──────────► the newcomer is rejected
//!                                                                  └─ silence, end of link ─► the newcomer is registered
//! ```
//!
//! A request for a token under its name waits in the same way, and is refused as one for a name that is not configured.
//!
//! How long the phone may be silent is `phone probe` of the mode `limits`; 0 means that it is not asked. One newcomer waits
//! for each phone; others are rejected. A phone that has just answered is not asked again.

use std::time::Duration;

use hookflash_core::{Deadline, StationId};
use hookflash_wire::sccp::{Register, ServerMessage};
use tracing::{debug, info, warn};

use super::{Stations, Timer, link::Role};
use crate::{Context, LinkId};

/// How long a phone that has answered is not asked again.
const ALIVE_FOR: Duration = Duration::from_secs(5);

/// What a newcomer wants under the name of a phone.
#[derive(Debug)]
pub(super) enum Wish {
    /// To be registered.
    Register(Box<Register>),
    /// A token; of an SPA phone or not.
    Token { spcp: bool },
}

/// A newcomer that waits until a phone has answered, or has not.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) newcomer: LinkId,
    wish: Wish,
    timer: Deadline,
}

impl Stations {
    /// Whether a newcomer has to wait, or is rejected, because the phone of that name may be alive at another address.
    pub(super) fn waits_for_probe(
        &mut self,
        station: StationId,
        link: LinkId,
        wish: impl FnOnce() -> Wish,
        context: &mut Context<'_>,
    ) -> bool {
        let limit = context.out.guard.settings().phone_probe;
        let Some((owner, newcomer)) = self.is_elsewhere(station, link).filter(|_| !limit.is_zero()) else {
            return false;
        };
        let Some(phone) = self.phones.get(station.index()) else { return false };
        let just_alive = phone.answered_at.is_some_and(|at| context.now.since(at) < ALIVE_FOR);
        match self.probes.get_mut(&station) {
            Some(probe) if probe.newcomer == link => {
                probe.wish = wish();
                return true;
            }
            None if !just_alive => {}
            _ => {
                self.turn_away(station, link, &wish(), context);
                return true;
            }
        }
        if context.out.guard.may_log("registration from another address", newcomer.ip()) {
            warn!(station = %phone.name, %newcomer, %owner, "registration from another address: the phone is probed");
        }
        if let Some(owner) = phone.link {
            ServerMessage::CapabilitiesReq.encode(phone.encoding, context.out.link(owner));
        }
        let timer = self.timers.start(context.now + limit, Timer::Probe(station));
        self.probes.insert(station, Probe { newcomer: link, wish: wish(), timer });
        true
    }

    /// The addresses of a phone that is registered, and of a link that is not at the same address.
    fn is_elsewhere(
        &self,
        station: StationId,
        link: LinkId,
    ) -> Option<(std::net::SocketAddr, std::net::SocketAddr)> {
        let owner = self.phones.get(station.index())?.link.filter(|owner| *owner != link)?;
        let (owner, newcomer) = (self.links.get(owner)?.peer, self.links.get(link)?.peer);
        (owner.ip() != newcomer.ip()).then_some((owner, newcomer))
    }

    /// A message came from a phone: it is alive, and who waits for its name is rejected.
    pub(super) fn is_alive(&mut self, station: StationId, context: &mut Context<'_>) {
        let Some(probe) = self.probes.remove(&station) else { return };
        self.timers.stop(Some(probe.timer));
        if let Some(phone) = self.phones.get_mut(station.index()) {
            phone.answered_at = Some(context.now);
        }
        self.turn_away(station, probe.newcomer, &probe.wish, context);
    }

    /// A phone has not answered, or its link is gone: who waits for its name gets it.
    pub(super) fn probe_failed(&mut self, station: StationId, context: &mut Context<'_>) {
        let Some(probe) = self.probes.remove(&station) else { return };
        self.timers.stop(Some(probe.timer));
        let Some(phone) = self.phones.get(station.index()) else { return };
        info!(station = %phone.name, link = probe.newcomer.0, "the phone did not answer at its old address");
        match probe.wish {
            Wish::Register(register) => self.take_over(station, probe.newcomer, &register, context),
            Wish::Token { spcp } => self.answer_token(probe.newcomer, (true, spcp), context),
        }
    }

    /// A link is gone: it waits for nothing.
    pub(super) fn forget_newcomer(&mut self, link: LinkId) {
        for (_, probe) in self.probes.extract_if(.., |_, probe| probe.newcomer == link) {
            self.timers.stop(Some(probe.timer));
        }
    }

    /// A phone of that name is alive elsewhere.
    fn turn_away(&mut self, station: StationId, link: LinkId, wish: &Wish, context: &mut Context<'_>) {
        let Some(from) = self.links.get(link) else { return };
        let (newcomer, role) = (from.peer, from.role);
        context.out.guard.attempt_failed(newcomer.ip());
        if let Some(phone) = self.phones.get(station.index())
            && context.out.guard.may_log("registration from another address rejected", newcomer.ip())
        {
            let owner = phone.peer.map(tracing::field::display);
            warn!(station = %phone.name, %newcomer, owner, "registration rejected: the phone is alive at another address");
        }
        if let Wish::Token { spcp } = wish {
            return self.answer_token(link, (false, *spcp), context);
        }
        if let Role::Station(before) = role {
            debug!(link = link.0, "the phone on the link wanted another name");
            self.leave_station(before, context);
        }
        // As a name that is not configured: that the phone is alive is not for a stranger to know.
        self.reject_with_text(link, super::registration::NOT_CONFIGURED, context);
    }
}
