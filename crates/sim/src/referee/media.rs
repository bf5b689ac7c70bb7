//! Who hears whom, by the media of the phones, compared with who is connected to whom.

use hookflash_core::ConnectionState;
use smol_str::SmolStr;

use super::in_order;
use crate::{
    model::{Call, Connection, State},
    phone::{Phone, Stream},
    world::{PartyId, World},
};

/// The two who talk in a call. Three or more need a mixer, and hear nobody without one.
fn pair(call: &Call) -> Option<(&Connection, &Connection)> {
    let talks = |own: &&Connection| own.state == ConnectionState::Connected && own.failure.is_none();
    let mut talking = call.connections.iter().filter(talks);
    let pair = (talking.next()?, talking.next()?);
    talking.next().is_none().then_some(pair)
}

/// A phone receives for each conversation of two and for nothing else, and sends where the other one receives.
pub(super) fn media(
    state: &State,
    id: PartyId,
    phone: &Phone,
    phones: &[Option<PartyId>],
    world: &World,
) -> Result<(), String> {
    let name = &phone.settings().name;
    let here = |own: &Connection| {
        own.station.and_then(|station| phones.get(station.index()).copied().flatten()) == Some(id)
    };
    let pairs = state.calls.iter().filter_map(pair).flat_map(|(one, other)| [(one, other), (other, one)]);
    let talks: Vec<(&Connection, &Connection)> = pairs.filter(|(own, _)| here(own)).collect();
    let mut receives: Vec<u32> = phone.receiving().iter().map(|stream| stream.reference).collect();
    receives.sort_unstable();
    let mut wanted: Vec<u32> = talks.iter().map(|(own, _)| own.reference).collect();
    wanted.sort_unstable();
    if receives != wanted {
        return Err(format!("media is wrong: {name} receives for {receives:?}, talks in {wanted:?}"));
    }
    for sent in phone.sending() {
        let Some((_, other)) = talks.iter().find(|(own, _)| own.reference == sent.reference) else {
            return Err(format!("media is wrong: {name} sends for {}, talks in {wanted:?}", sent.reference));
        };
        check_sent(name, sent, other, phones, world)?;
    }
    for (own, other) in talks {
        let sends = phone.sending().iter().any(|stream| stream.reference == own.reference);
        if !sends && is_in_order(other, phones, world) {
            return Err(format!("media is wrong: {name} does not send in call {}", own.reference));
        }
    }
    Ok(())
}

fn check_sent(
    name: &SmolStr,
    sent: &Stream,
    other: &Connection,
    phones: &[Option<PartyId>],
    world: &World,
) -> Result<(), String> {
    let heard = receivers(phones, world).find(|(_, stream)| stream.address == sent.address);
    match heard {
        Some((who, stream)) if stream.reference != other.reference => {
            Err(format!("media is wrong: {who} hears {name} without being in its call"))
        }
        Some((who, stream)) if stream.codec != sent.codec => {
            let (sends, hears) = (sent.codec, stream.codec);
            Err(format!("media is wrong: {name} sends {sends:?}, {who} expects {hears:?}"))
        }
        None if is_in_order(other, phones, world) => Err(format!("media is wrong: {name} sends to nobody")),
        _ => Ok(()),
    }
}

fn receivers<'a>(
    phones: &'a [Option<PartyId>],
    world: &'a World,
) -> impl Iterator<Item = (&'a SmolStr, &'a Stream)> {
    let phones = phones.iter().flatten().filter_map(|id| world.phone(*id));
    phones.flat_map(|phone| phone.receiving().iter().map(|stream| (&phone.settings().name, stream)))
}

/// Whether the phone of the connection is there and hears everything.
fn is_in_order(own: &Connection, phones: &[Option<PartyId>], world: &World) -> bool {
    let id = own.station.and_then(|station| phones.get(station.index()).copied().flatten());
    id.is_some_and(|id| in_order(world, id).is_some())
}
