//! The media of the phones and the model compared.

use smol_str::SmolStr;

use super::in_order;
use crate::{
    model::Model,
    phone::Phone,
    world::{PartyId, World},
};

/// A phone receives for each conversation and for nothing else, and sends where the other one receives.
pub(super) fn media(
    model: &Model,
    station: usize,
    phone: &Phone,
    phones: &[Option<PartyId>],
    world: &World,
) -> Result<(), String> {
    let name = &phone.settings().name;
    let talks = model.talks_at(station);
    let receives: Vec<u32> = phone.receiving().iter().map(|stream| stream.reference).collect();
    if !receives.iter().eq(talks.iter().map(|(own, _)| own)) {
        return Err(format!("media is wrong: {name} receives for {receives:?}, talks in {talks:?}"));
    }
    for sent in phone.sending() {
        let Some((_, other)) = talks.iter().find(|(own, _)| *own == sent.reference) else {
            return Err(format!("media is wrong: {name} sends for {}, talks in {talks:?}", sent.reference));
        };
        let heard = receivers(phones, world).find(|(_, stream)| stream.address == sent.address);
        match heard {
            Some((who, stream)) if stream.reference == *other && stream.codec != sent.codec => {
                let (sends, hears) = (sent.codec, stream.codec);
                return Err(format!("media is wrong: {name} sends {sends:?}, {who} expects {hears:?}"));
            }
            Some((_, stream)) if stream.reference == *other => {}
            Some((who, _)) => {
                return Err(format!("media is wrong: {who} hears {name} without being in its call"));
            }
            None if peer_in_order(model, *other, phones, world) => {
                return Err(format!("media is wrong: {name} sends to nobody"));
            }
            None => {}
        }
    }
    for (own, other) in talks {
        let sends = phone.sending().iter().any(|stream| stream.reference == own);
        if !sends && peer_in_order(model, other, phones, world) {
            return Err(format!("media is wrong: {name} does not send in call {own}"));
        }
    }
    Ok(())
}

fn receivers<'a>(
    phones: &'a [Option<PartyId>],
    world: &'a World,
) -> impl Iterator<Item = (&'a SmolStr, &'a crate::phone::Stream)> {
    let phones = phones.iter().flatten().filter_map(|id| world.phone(*id));
    phones.flat_map(|phone| phone.receiving().iter().map(|stream| (&phone.settings().name, stream)))
}

/// Whether the phone at the connection with this reference is there and hears everything.
fn peer_in_order(model: &Model, reference: u32, phones: &[Option<PartyId>], world: &World) -> bool {
    let places = model.all_places().filter_map(|place| model.at(place));
    let station = places.filter(|own| own.reference == reference).find_map(|own| own.station);
    station.is_some_and(|station| {
        let phone = phones.get(station).copied().flatten();
        model.is_there(station) && phone.is_some_and(|id| in_order(world, id).is_some())
    })
}
