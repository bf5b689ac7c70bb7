//! Who was on which link, as it turned out: a phone by the name it registered with, an application by its From.

use std::{collections::BTreeMap, net::SocketAddr};

use hookflash_node::{
    Door, Input, LinkId,
    recording::{Event, Reader},
};
use hookflash_sim::world::PartyId;
use hookflash_wire::{
    sccp::{self, ClientMessage, Encoding},
    sip::{Framed, Message, StreamFramer},
};

/// Where somebody speaks from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Seat {
    /// A connection.
    Link(LinkId),
    /// A sender of datagrams.
    Socket(SocketAddr),
}

/// The parties of a recording, phones first, each in the order in which they came.
#[derive(Debug, Default)]
pub struct Parties {
    names: Vec<String>,
    /// How many of them are phones.
    phones: usize,
    seats: BTreeMap<Seat, PartyId>,
}

impl Parties {
    /// Reads a recording to its end, or to where it is damaged.
    pub fn of(file: &[u8]) -> Parties {
        let mut search = Search::default();
        if let Ok(mut reader) = Reader::open(file) {
            while let Ok(Some(record)) = reader.next_record() {
                if let Event::Input(input) = &record.event {
                    search.look_at(input);
                }
            }
        }
        search.parties()
    }

    /// The names, by party, in at most `width` characters: of a phone the last, of an application the first.
    pub fn short_names(&self, width: usize) -> Vec<String> {
        let shorten = |(index, name): (usize, &String)| {
            let surplus = if index < self.phones { name.chars().count().saturating_sub(width) } else { 0 };
            name.chars().skip(surplus).take(width).collect()
        };
        self.names.iter().enumerate().map(shorten).collect()
    }

    /// The whole names, by party.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Who sits there.
    pub fn at(&self, seat: Seat) -> Option<PartyId> {
        self.seats.get(&seat).copied()
    }
}

/// Somebody whose name is perhaps not known yet.
#[derive(Debug)]
struct Guest {
    seat: Seat,
    door: Door,
    peer: SocketAddr,
    ear: Ear,
    name: Option<String>,
}

/// Puts together what a guest says until the name is known.
#[derive(Debug)]
enum Ear {
    Sccp(sccp::Framer),
    Sip(StreamFramer),
}

/// Everybody found so far, in the order in which they came.
#[derive(Debug, Default)]
struct Search {
    guests: Vec<Guest>,
    places: BTreeMap<Seat, usize>,
}

impl Search {
    fn look_at(&mut self, input: &Input<'_>) {
        match input {
            Input::Connected { link, door, peer, .. } => {
                self.guest(Seat::Link(*link), *door, *peer);
            }
            Input::Received { link, bytes } => {
                let place = self.places.get(&Seat::Link(*link));
                if let Some(guest) = place.and_then(|place| self.guests.get_mut(*place)) {
                    guest.hear(bytes);
                }
            }
            Input::Datagram { from, bytes, .. } => {
                if let Some(guest) = self.guest(Seat::Socket(*from), Door::Sip, *from) {
                    guest.hear(bytes);
                }
            }
            _ => {}
        }
    }

    fn guest(&mut self, seat: Seat, door: Door, peer: SocketAddr) -> Option<&mut Guest> {
        let place = *self.places.entry(seat).or_insert_with(|| {
            let ear = match door {
                Door::Sccp => Ear::Sccp(sccp::Framer::default()),
                Door::Sip => Ear::Sip(StreamFramer::new()),
            };
            self.guests.push(Guest { seat, door, peer, ear, name: None });
            self.guests.len() - 1
        });
        self.guests.get_mut(place)
    }

    /// Who comes again under the same name is the same party.
    fn parties(self) -> Parties {
        let mut parties = Parties::default();
        for door in [Door::Sccp, Door::Sip] {
            for guest in self.guests.iter().filter(|guest| guest.door == door) {
                let name = guest.name.clone().unwrap_or_else(|| guest.peer.to_string());
                let known = parties.names.iter().position(|other| *other == name);
                let index = known.unwrap_or_else(|| {
                    parties.names.push(name);
                    parties.names.len() - 1
                });
                parties.seats.insert(guest.seat, PartyId::new(index));
            }
            if door == Door::Sccp {
                parties.phones = parties.names.len();
            }
        }
        parties
    }
}

impl Guest {
    fn hear(&mut self, mut bytes: &[u8]) {
        if self.name.is_some() {
            return;
        }
        self.name = match &mut self.ear {
            Ear::Sccp(framer) => phone_name(framer, &mut bytes),
            Ear::Sip(framer) => application_name(framer, &mut bytes),
        };
    }
}

fn phone_name(framer: &mut sccp::Framer, bytes: &mut &[u8]) -> Option<String> {
    while let Ok(Some(frame)) = framer.next(bytes) {
        if let Ok(ClientMessage::Register(register)) = ClientMessage::decode(&frame, Encoding::default()) {
            return Some(register.device_name.to_string());
        }
    }
    None
}

/// The user of the From of the first request; the host where there is none.
fn application_name(framer: &mut StreamFramer, bytes: &mut &[u8]) -> Option<String> {
    while let Ok(Some(framed)) = framer.next(bytes) {
        let Framed::Message(message) = framed else { continue };
        let Ok(Message::Request(request)) = Message::parse(message) else { continue };
        let from = request.headers().from().ok()?.uri().ok()?;
        return Some(from.user_decoded().map_or_else(|| from.host.to_string(), |user| user.into_owned()));
    }
    None
}
