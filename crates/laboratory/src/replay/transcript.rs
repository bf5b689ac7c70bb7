//! A replay as a transcript: what was received and what was said, message by message.

use std::collections::BTreeMap;

use hookflash_core::Instant;
use hookflash_node::{
    Door, Input, LinkId, Output,
    recording::{Event, Step},
};
use hookflash_sim::transcript::{Content, Place, Transcript};
use hookflash_wire::{
    sccp::{self, ClientMessage, Encoding, Features, Frame, ServerMessage},
    sip::{Framed, StreamFramer},
};

use super::parties::{Parties, Seat};

/// Takes a transcript of a replay.
#[derive(Debug)]
pub struct Transcriber {
    parties: Parties,
    links: BTreeMap<LinkId, Ear>,
    transcript: Transcript,
}

/// Puts together what comes in on a link, so that each entry is a whole message.
#[derive(Debug)]
enum Ear {
    Phone { framer: sccp::Framer, encoding: Encoding, features: Features },
    Application(StreamFramer),
}

impl Transcriber {
    /// An empty tape for these parties.
    pub fn new(parties: Parties) -> Transcriber {
        Transcriber { parties, links: BTreeMap::new(), transcript: Transcript::default() }
    }

    /// The ladder of everything so far, below the names that its columns have no room for.
    pub fn ladder(&self) -> String {
        let names = self.parties.names();
        let short = self.parties.short_names(room_for_names(names.len()));
        let mut text = String::new();
        for (short, name) in short.iter().zip(names).filter(|(short, name)| short != name) {
            text.push_str(&format!("{short}: {name}\n"));
        }
        let short: Vec<&str> = short.iter().map(String::as_str).collect();
        text + &self.transcript.ladder(0..self.transcript.len(), &short).to_string()
    }

    /// Adds an input and what it caused.
    pub fn add(&mut self, step: &Step<'_>) {
        let at = step.record.at;
        if let Event::Input(input) = &step.record.event {
            self.add_input(at, input);
        }
        for output in &step.outputs {
            self.add_output(at, output);
        }
    }

    fn add_input(&mut self, at: Instant, input: &Input<'_>) {
        match input {
            Input::Connected { link, door, .. } => {
                let ear = match door {
                    Door::Sccp => Ear::Phone {
                        framer: sccp::Framer::default(),
                        encoding: Encoding::default(),
                        features: Features::default(),
                    },
                    Door::Sip => Ear::Application(StreamFramer::new()),
                };
                self.links.insert(*link, ear);
                self.heard(at, Seat::Link(*link), Content::Connect, &[]);
            }
            Input::Received { link, bytes } => self.received(at, *link, bytes),
            Input::Closed { link } => {
                self.links.remove(link);
                self.heard(at, Seat::Link(*link), Content::Close, &[]);
            }
            Input::Datagram { from, bytes, .. } => {
                self.heard(at, Seat::Socket(*from), Content::Sip, bytes);
            }
            Input::Command { line, .. } => {
                self.transcript.note(at, &format!("operator: {}", line.escape_debug()));
            }
            Input::CallRate(rate) => self.transcript.note(at, &call_rate(*rate)),
            Input::ShutDown => self.transcript.note(at, "the server is told to end"),
            Input::WallClock { .. } => {}
        }
    }

    fn received(&mut self, at: Instant, link: LinkId, mut bytes: &[u8]) {
        // Out of the map while it is read, so that the transcript can be written.
        let Some(mut ear) = self.links.remove(&link) else { return };
        let seat = Seat::Link(link);
        match &mut ear {
            Ear::Phone { framer, encoding, features } => {
                while let Ok(Some(frame)) = framer.next(&mut bytes) {
                    if let Ok(ClientMessage::Register(register)) = ClientMessage::decode(&frame, *encoding) {
                        *features = register.features();
                    }
                    self.heard(at, seat, Content::Sccp(*encoding), &whole(&frame));
                }
            }
            Ear::Application(framer) => {
                while let Ok(Some(framed)) = framer.next(&mut bytes) {
                    let message = match framed {
                        Framed::Message(message) => message,
                        Framed::Ping => b"\r\n\r\n",
                    };
                    self.heard(at, seat, Content::Sip, message);
                }
            }
        }
        self.links.insert(link, ear);
    }

    fn add_output(&mut self, at: Instant, output: &Output) {
        match output {
            Output::Send { link, bytes } => {
                let content = match self.links.get_mut(link) {
                    Some(Ear::Phone { encoding, features, .. }) => {
                        let before = *encoding;
                        *encoding = encoding_after(before, *features, bytes);
                        Content::Sccp(before)
                    }
                    _ => Content::Sip,
                };
                self.said(at, Seat::Link(*link), content, bytes);
            }
            Output::Close { link } => {
                self.links.remove(link);
                self.said(at, Seat::Link(*link), Content::Close, &[]);
            }
            Output::Datagram { to, bytes, .. } => {
                self.said(at, Seat::Socket(*to), Content::Sip, bytes);
            }
            Output::CommandOutput { .. } => {}
        }
    }

    fn heard(&mut self, at: Instant, seat: Seat, content: Content, bytes: &[u8]) {
        if let Some(party) = self.parties.at(seat) {
            self.transcript.add(at, Place::Party(party), Place::Node, content, bytes, false);
        }
    }

    fn said(&mut self, at: Instant, seat: Seat, content: Content, bytes: &[u8]) {
        if let Some(party) = self.parties.at(seat) {
            self.transcript.add(at, Place::Node, Place::Party(party), content, bytes, false);
        }
    }
}

/// How long the name of a party may be on a ladder of so many.
fn room_for_names(parties: usize) -> usize {
    if parties < 6 { 8 } else { 4 }
}

/// The layout that is in force after these messages: the acknowledgement of a registration settles it.
fn encoding_after(before: Encoding, features: Features, mut bytes: &[u8]) -> Encoding {
    let mut framer = sccp::Framer::default();
    while let Ok(Some(frame)) = framer.next(&mut bytes) {
        if let Ok(ServerMessage::RegisterAck(ack)) = ServerMessage::decode(&frame, before) {
            return Encoding::negotiated(ack.version, features);
        }
    }
    before
}

/// A frame as it travelled: its length (which does not count the first eight bytes), version, message and body.
fn whole(frame: &Frame<'_>) -> Vec<u8> {
    let length = u32::try_from(frame.body.len() + 4).unwrap_or(u32::MAX);
    let head = [length, frame.header_version, frame.message_id.0];
    let mut bytes = head.map(u32::to_le_bytes).concat();
    bytes.extend_from_slice(frame.body);
    bytes
}

/// What a new limit of the call rate means, in words.
pub(super) fn call_rate(rate: Option<u32>) -> String {
    match rate {
        Some(rate) => format!("no more than {rate} new calls a second are taken"),
        None => "all new calls are taken".to_owned(),
    }
}
