//! Who was on which link: a phone is named by its device name, an application by the user of its From.

use std::{collections::BTreeMap, net::SocketAddr};

use hookflash_node::{
    Input, LinkId, Listener,
    recording::{Event, Reader},
};
use hookflash_sim::world::PartyId;
use hookflash_wire::{
    csta::{self, SessionMessage, TcpMessage},
    sccp::{self, ClientMessage, Encoding},
    sip::{Framed, Message, StreamFramer},
};

/// Where a message comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// A connection.
    Link(LinkId),
    /// A sender of datagrams.
    Socket(SocketAddr),
}

/// The parties of a recording: phones, then applications, each in the order of their first message.
#[derive(Debug, Default)]
pub struct Parties {
    names: Vec<String>,
    /// The number of phones among them.
    phones: usize,
    sources: BTreeMap<Source, PartyId>,
}

impl Parties {
    /// Finds the parties of a recording, up to its end or the first damage.
    pub fn of(file: &[u8]) -> Parties {
        let mut search = Names::default();
        if let Ok(mut reader) = Reader::open(file) {
            while let Ok(Some(record)) = reader.next_record() {
                if let Event::Input(input) = &record.event {
                    search.add(input);
                }
            }
        }
        search.parties()
    }

    /// The names, by party, in at most `width` characters: the last characters of a phone's name, the first of an
    /// application's.
    pub fn short_names(&self, width: usize) -> Vec<String> {
        let shorten = |(index, name): (usize, &String)| {
            let surplus = if index < self.phones { name.chars().count().saturating_sub(width) } else { 0 };
            name.chars().skip(surplus).take(width).collect()
        };
        self.names.iter().enumerate().map(shorten).collect()
    }

    /// The complete names, by party.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The party at a source.
    pub fn at(&self, source: Source) -> Option<PartyId> {
        self.sources.get(&source).copied()
    }
}

/// A link or sender of datagrams. Its name may not be known yet.
#[derive(Debug)]
struct Peer {
    source: Source,
    listener: Listener,
    address: SocketAddr,
    decoder: Decoder,
    name: Option<String>,
}

/// Splits the bytes of a peer into messages until its name is known.
#[derive(Debug)]
enum Decoder {
    Sccp(sccp::Framer),
    Sip(StreamFramer),
    Csta(csta::Framer),
}

/// The peers found so far, in the order of their first message.
#[derive(Debug, Default)]
struct Names {
    peers: Vec<Peer>,
    places: BTreeMap<Source, usize>,
}

impl Names {
    fn add(&mut self, input: &Input<'_>) {
        match input {
            Input::Connected { link, listener, peer, .. } => {
                self.peer(Source::Link(*link), *listener, *peer);
            }
            Input::Received { link, bytes } => {
                let place = self.places.get(&Source::Link(*link));
                if let Some(peer) = place.and_then(|place| self.peers.get_mut(*place)) {
                    peer.decode_name(bytes);
                }
            }
            Input::Datagram { from, bytes, .. } => {
                if let Some(peer) = self.peer(Source::Socket(*from), Listener::Sip, *from) {
                    peer.decode_name(bytes);
                }
            }
            _ => {}
        }
    }

    fn peer(&mut self, source: Source, listener: Listener, address: SocketAddr) -> Option<&mut Peer> {
        let place = *self.places.entry(source).or_insert_with(|| {
            let decoder = match listener {
                Listener::Sccp => Decoder::Sccp(sccp::Framer::default()),
                Listener::Sip | Listener::Sips => Decoder::Sip(StreamFramer::new()),
                Listener::Csta | Listener::CstaTls | Listener::CstaImplicit | Listener::CstaGreeting => {
                    Decoder::Csta(csta::Framer::default())
                }
            };
            self.peers.push(Peer { source, listener, address, decoder, name: None });
            self.peers.len() - 1
        });
        self.peers.get_mut(place)
    }

    /// Joins peers that have the same name into one party.
    fn parties(self) -> Parties {
        let mut parties = Parties::default();
        for listener in [
            Listener::Sccp,
            Listener::Sip,
            Listener::Csta,
            Listener::Sips,
            Listener::CstaTls,
            Listener::CstaImplicit,
            Listener::CstaGreeting,
        ] {
            for peer in self.peers.iter().filter(|peer| peer.listener == listener) {
                let name = peer.name.clone().unwrap_or_else(|| peer.address.to_string());
                let known = parties.names.iter().position(|other| *other == name);
                let index = known.unwrap_or_else(|| {
                    parties.names.push(name);
                    parties.names.len() - 1
                });
                parties.sources.insert(peer.source, PartyId::new(index));
            }
            if listener == Listener::Sccp {
                parties.phones = parties.names.len();
            }
        }
        parties
    }
}

impl Peer {
    fn decode_name(&mut self, mut bytes: &[u8]) {
        if self.name.is_some() {
            return;
        }
        self.name = match &mut self.decoder {
            Decoder::Sccp(framer) => phone_name(framer, &mut bytes),
            Decoder::Sip(framer) => application_name(framer, &mut bytes),
            Decoder::Csta(framer) => application_id(framer, &mut bytes),
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

/// The name that an application gives itself when it starts its session.
fn application_id(framer: &mut csta::Framer, bytes: &mut &[u8]) -> Option<String> {
    while let Ok(Some(frame)) = framer.next(bytes) {
        let message = csta::decode_tcp(frame.body);
        if let Ok(TcpMessage::Session(SessionMessage::Start(start))) = message {
            return Some(start.application_info.application_id.to_string());
        }
    }
    None
}
