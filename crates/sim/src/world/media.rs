//! Who sends media to whom, as phones of both kinds have it.

use std::net::SocketAddr;

use super::{PartyId, World, party::party_at};
use crate::phone::Stream;

/// The media of a phone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Media {
    /// Where it receives.
    pub receives: Vec<SocketAddr>,
    /// Where it sends to.
    pub sends: Vec<SocketAddr>,
}

impl Media {
    /// Whether two phones hear each other.
    pub fn is_exchanged_with(&self, other: &Media) -> bool {
        let goes = |from: &Media, to: &Media| from.sends.iter().any(|sent| to.receives.contains(sent));
        goes(self, other) && goes(other, self)
    }
}

impl World {
    /// Where a phone of either kind receives media now, and where it sends to.
    pub fn media_of(&self, id: PartyId) -> Media {
        if let Some(phone) = self.sip_phone(id) {
            return Media { receives: phone.receiving().collect(), sends: phone.sending().collect() };
        }
        let Some(phone) = self.phone(id) else { return Media::default() };
        let addresses = |streams: &[Stream]| streams.iter().map(|stream| stream.address).collect();
        Media { receives: addresses(phone.receiving()), sends: addresses(phone.sending()) }
    }

    /// Phones that send media where a phone listened once and does not now: who, and to which address.
    pub fn stray_media(&self) -> Vec<(PartyId, SocketAddr)> {
        let media: Vec<(PartyId, Media)> = self.party_ids().map(|id| (id, self.media_of(id))).collect();
        let heard = |address: &SocketAddr| media.iter().any(|(_, media)| media.receives.contains(address));
        let is_of_phone = |address: &SocketAddr| match address {
            SocketAddr::V4(address) => {
                let id = party_at(*address.ip());
                self.parties.get(id.index()).is_some() && !self.is_cut(id)
            }
            SocketAddr::V6(_) => false,
        };
        let strays = |(id, own): &(PartyId, Media)| {
            let id = *id;
            let strays = own.sends.clone().into_iter();
            strays.filter(|to| is_of_phone(to) && !heard(to)).map(move |to| (id, to)).collect::<Vec<_>>()
        };
        media.iter().filter(|(id, _)| !self.is_cut(*id)).flat_map(strays).collect()
    }
}
