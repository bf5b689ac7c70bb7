//! Who hears whom, by the media of the phones, compared with who is connected to whom.

use hookflash_core::ConnectionState;
use smol_str::SmolStr;

use super::in_order;
use crate::{
    model::{Call, Connection, State},
    phone::{Phone, Stream},
    world::{PartyId, World},
};

/// What a device hears in a call.
#[derive(Clone, Copy)]
enum Hears<'a> {
    /// The device of this connection.
    Device(&'a Connection),
    /// The others of a conference.
    Mix,
    /// Music, because all others have put the call aside.
    Music,
}

/// The connections of a call that hear something, and what.
fn hears(call: &Call) -> Vec<(&Connection, Hears<'_>)> {
    let talks = |own: &&Connection| own.state == ConnectionState::Connected && own.failure.is_none();
    let waits = |own: &Connection| matches!(own.state, ConnectionState::Hold | ConnectionState::Queued);
    let talking: Vec<&Connection> = call.connections.iter().filter(talks).collect();
    match talking.as_slice() {
        [one, other] => vec![(one, Hears::Device(other)), (other, Hears::Device(one))],
        [alone] if call.connections.iter().any(waits) => vec![(alone, Hears::Music)],
        [] | [_] => Vec::new(),
        many => many.iter().map(|own| (*own, Hears::Mix)).collect(),
    }
}

/// A phone receives for each conversation and each hold and for nothing else, and sends where the other one or the mixer
/// receives.
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
    let heard: Vec<_> = state.calls.iter().flat_map(hears).filter(|(own, _)| here(own)).collect();
    let mut receives: Vec<u32> = phone.receiving().iter().map(|stream| stream.reference).collect();
    receives.sort_unstable();
    let mut wanted: Vec<u32> = heard.iter().map(|(own, _)| own.reference).collect();
    wanted.sort_unstable();
    if receives != wanted {
        return Err(format!("media is wrong: {name} receives for {receives:?}, is in {wanted:?}"));
    }
    for sent in phone.sending() {
        match heard.iter().find(|(own, _)| own.reference == sent.reference) {
            Some((_, Hears::Device(other))) => check_sent(name, sent, other, phones, world)?,
            Some((_, Hears::Mix)) => {}
            Some((_, Hears::Music)) | None => {
                return Err(format!("media is wrong: {name} sends for {}, is in {wanted:?}", sent.reference));
            }
        }
    }
    for (own, hears) in heard {
        let sends_to = phone.sending().iter().find(|stream| stream.reference == own.reference);
        let sends_to = sends_to.map(|stream| stream.address);
        let received = phone.receiving().iter().find(|stream| stream.reference == own.reference);
        let leg = received.and_then(|stream| world.engine().leg_to(stream.address));
        let right = match hears {
            Hears::Device(other) => {
                leg.is_none() && (sends_to.is_some() || !is_in_order(other, phones, world))
            }
            Hears::Mix => leg.is_some_and(|leg| leg.is_mixed() && sends_to == Some(leg.address())),
            Hears::Music => leg.is_some_and(|leg| !leg.is_mixed()),
        };
        if !right {
            return Err(format!(
                "media is wrong: {name} sends to {sends_to:?} in call {}: {leg:?}",
                own.reference
            ));
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
