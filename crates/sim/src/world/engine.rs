//! The media engine of the world: it knows who would hear what, and carries no audio.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use hookflash_core::{LegId, LegRole, LegState, MediaAddress, SoundId, SoundOrder, SoundReport};

/// The legs that are open.
#[derive(Debug, Default)]
pub struct Engine {
    legs: BTreeMap<LegId, LegState>,
    /// Those that the node does not know the address of.
    opened: Vec<LegId>,
    /// Sounds of which the node waits to hear.
    found: VecDeque<(SoundId, SoundReport)>,
}

/// An open leg.
#[derive(Clone, Copy, Debug)]
pub struct Leg {
    /// Where it receives.
    pub receives_at: MediaAddress,
    /// What it has to do.
    pub state: LegState,
}

impl Engine {
    /// Carries out an order of the node.
    pub(super) fn set(&mut self, leg: LegId, state: Option<LegState>) {
        match state {
            Some(state) if self.legs.insert(leg, state).is_none() => self.opened.push(leg),
            Some(_) => {}
            None => drop(self.legs.remove(&leg)),
        }
    }

    /// Carries out an order about a sound: every message is there and takes three seconds.
    pub(super) fn order(&mut self, sound: SoundId, order: SoundOrder) {
        let length = Duration::from_secs(3);
        let report = match order {
            SoundOrder::Message(name) | SoundOrder::Delete(name) => SoundReport::Ready { name, length },
            SoundOrder::Recording => {
                let name = smol_str::format_smolstr!("recording-{}", sound.0);
                SoundReport::Ready { name, length: Duration::ZERO }
            }
            SoundOrder::Tone(_) | SoundOrder::Close => return,
        };
        self.found.push_back((sound, report));
    }

    /// What was found of a sound.
    pub(super) fn found(&mut self) -> Option<(SoundId, SoundReport)> {
        self.found.pop_front()
    }

    /// A leg that was opened, and where it receives.
    pub(super) fn opened(&mut self) -> Option<(LegId, MediaAddress)> {
        let leg = self.opened.pop()?;
        Some((leg, address(leg)))
    }

    /// The leg that sends to this address.
    pub fn leg_to(&self, address: SocketAddr) -> Option<Leg> {
        let address = MediaAddress { ip: address.ip(), port: address.port() };
        self.legs().find(|leg| leg.state.send_to == Some(address))
    }

    /// All legs.
    pub fn legs(&self) -> impl Iterator<Item = Leg> {
        self.legs.iter().map(|(leg, state)| Leg { receives_at: address(*leg), state: *state })
    }
}

impl Leg {
    /// Where it receives.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.receives_at.ip, self.receives_at.port)
    }

    /// Whether its device hears the others of a conference.
    pub fn is_mixed(&self) -> bool {
        matches!(self.state.role, LegRole::Mixed(_))
    }
}

fn address(leg: LegId) -> MediaAddress {
    let port = 16_384 + 2 * (leg.0 % 8_192);
    MediaAddress::v4(Ipv4Addr::new(198, 51, 100, 1), u16::try_from(port).unwrap_or(16_384))
}
