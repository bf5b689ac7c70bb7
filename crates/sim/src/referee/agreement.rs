//! The switch, the phones and the model compared.

use hookflash_core::{ConnectionState, Switch};
use hookflash_wire::csta::LocalConnectionState as State;
use smol_str::SmolStr;

use super::in_order;
use crate::{
    model::{Call, Model, Shown},
    phone::Phone,
    world::{PartyId, World},
};

/// The number of each device.
pub(super) fn numbers(world: &World) -> Vec<SmolStr> {
    world.node().switch().lines().map(|(_, line)| line.number().clone()).collect()
}

/// One connection: device, reference, state, phone.
type Row = (usize, u32, State, Option<usize>);

/// Both have the same calls with the same connections.
pub(super) fn calls(model: &Model, switch: &Switch) -> Result<(), String> {
    let mut real = switch.calls();
    let mut expected = model.calls.iter();
    loop {
        match (real.next(), expected.next()) {
            (None, None) => return Ok(()),
            (Some(call), Some((id, wanted))) if call.id().number() == *id => {
                if !rows_of(call).eq(rows(wanted)) {
                    let (is, should) = (rows_of(call).collect::<Vec<_>>(), rows(wanted).collect::<Vec<_>>());
                    return Err(format!(
                        "a call is not as it should be: call {id} is {is:?}, should be {should:?}"
                    ));
                }
            }
            (Some(call), wanted) if wanted.is_none_or(|(id, _)| *id > call.id().number()) => {
                let rows: Vec<Row> = rows_of(call).collect();
                return Err(format!(
                    "there is a call that should not be: call {} {rows:?}",
                    call.id().number()
                ));
            }
            (_, wanted) => {
                return Err(format!("a call is missing: {wanted:?}"));
            }
        }
    }
}

fn rows_of(call: &hookflash_core::Call) -> impl Iterator<Item = Row> + '_ {
    call.connections().iter().map(|c| {
        (c.device().index(), c.reference(), word(c.state()), c.station().map(|station| station.index()))
    })
}

fn rows(call: &Call) -> impl Iterator<Item = Row> + '_ {
    call.connections.iter().map(|c| (c.device, c.reference, c.state, c.station))
}

fn word(state: ConnectionState) -> State {
    match state {
        ConnectionState::Null => State::Null,
        ConnectionState::Initiated => State::Initiated,
        ConnectionState::Alerting => State::Alerting,
        ConnectionState::Connected => State::Connected,
        ConnectionState::Hold => State::Hold,
        ConnectionState::Queued => State::Queued,
        ConnectionState::Fail => State::Fail,
    }
}

/// A phone shows the calls it should, rings if it should, and hears whom it should.
pub(super) fn screen(
    model: &Model,
    station: usize,
    phone: Option<&Phone>,
    phones: &[Option<PartyId>],
    world: &World,
) -> Result<(), String> {
    let Some(phone) = phone else { return Ok(()) };
    if !model.is_there(station) {
        return Err(format!("a phone thinks it is registered: {}", phone.settings().name));
    }
    let name = &phone.settings().name;
    let mut shown: Vec<Shown> = phone
        .screen()
        .calls
        .iter()
        .map(|call| Shown { line: call.line, call: call.reference, state: call.state })
        .collect();
    let mut wanted = model.shown_at(station);
    shown.sort_unstable();
    wanted.sort_unstable();
    if shown != wanted {
        return Err(format!("a display is wrong: {name} shows {shown:?}, should show {wanted:?}"));
    }
    let (rings, should) = (phone.screen().ringer.is_some(), model.ringer_at(station));
    if rings != should {
        return Err(format!("a ringer is wrong: {name} rings: {rings}, should ring: {should}"));
    }
    media(model, station, phone, phones, world)
}

/// A phone receives for each conversation and for nothing else, and sends where the other one receives.
fn media(
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
