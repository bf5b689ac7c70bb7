//! The transcript of a replay: what the node received and sent, message by message.

use std::collections::BTreeMap;

use hookflash_core::Instant;
use hookflash_node::{
    Input, LinkId, Listener, Output,
    recording::{Event, Step},
};
use hookflash_sim::transcript::{Content, Place, Transcript};
use hookflash_wire::{
    csta,
    sccp::{self, ClientMessage, Encoding, Features, Frame, ServerMessage},
    sip::{Framed, StreamFramer},
};

use super::parties::{Parties, Source};

/// Makes the transcript of a replay.
#[derive(Debug)]
pub struct Transcriber {
    parties: Parties,
    links: BTreeMap<LinkId, Decoder>,
    transcript: Transcript,
}

/// Splits the bytes of a link into messages.
#[derive(Debug)]
enum Decoder {
    Phone { framer: sccp::Framer, encoding: Encoding, features: Features },
    Application(StreamFramer),
    Stream(csta::Framer),
}

impl Transcriber {
    /// An empty transcript of these parties.
    pub fn new(parties: Parties) -> Transcriber {
        Transcriber { parties, links: BTreeMap::new(), transcript: Transcript::default() }
    }

    /// The ladder so far, below a list of the names that are shortened in it.
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

    /// Adds an input and its outputs.
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
            Input::Connected { link, listener, .. } => {
                let decoder = match listener {
                    Listener::Sccp => Decoder::Phone {
                        framer: sccp::Framer::default(),
                        encoding: Encoding::default(),
                        features: Features::default(),
                    },
                    Listener::Sip | Listener::Sips => Decoder::Application(StreamFramer::new()),
                    Listener::Csta | Listener::CstaTls | Listener::CstaImplicit | Listener::CstaGreeting => {
                        Decoder::Stream(csta::Framer::default())
                    }
                };
                self.links.insert(*link, decoder);
                self.received_from(at, Source::Link(*link), Content::Connect, &[]);
            }
            Input::Received { link, bytes } => self.received(at, *link, bytes),
            Input::Closed { link } => {
                self.links.remove(link);
                self.received_from(at, Source::Link(*link), Content::Close, &[]);
            }
            Input::Datagram { from, bytes, .. } => {
                self.received_from(at, Source::Socket(*from), Content::Sip, bytes);
            }
            Input::Command { line, .. } => {
                self.transcript.note(at, &format!("operator: {}", line.escape_debug()));
            }
            // What phones are told of it is in the transcript.
            Input::HttpClosed { .. }
            | Input::Certificate { .. }
            | Input::Posted { .. }
            | Input::Verified { .. }
            | Input::RestoreSession(_) => {}
            Input::LegOpened { .. }
            | Input::LegDigit { .. }
            | Input::LegSilent { .. }
            | Input::Sound { .. }
            | Input::Resolved { .. }
            | Input::NotConnected { .. } => {}
            Input::CallRate(rate) => self.transcript.note(at, &call_rate(*rate)),
            Input::ShutDown => self.transcript.note(at, "the server is told to end"),
            Input::ConfigurationRead { .. } | Input::Configuration { .. } => {
                self.transcript.note(at, "the configuration is read again");
            }
            Input::Restore { value } => {
                self.transcript.note(at, &format!("restored: {}", value.escape_debug()));
            }
            Input::File { peer, name, .. } => {
                self.transcript.note(at, &format!("{} asks for the file {}", peer.ip(), name.escape_debug()));
            }
            Input::FileMissing { path, .. } => {
                self.transcript.note(at, &format!("not in flash: {}", path.escape_debug()));
            }
            Input::Http { peer, request, .. } => {
                let asked = format!("{} {}", request.method, request.target.escape_debug());
                self.transcript.note(at, &format!("{} asks for {asked}", peer.ip()));
            }
            Input::WebSocket { peer, .. } => {
                self.transcript.note(at, &format!("{} asks for a WebSocket", peer.ip()));
            }
            Input::Listening { .. }
            | Input::WallClock { .. }
            | Input::TerminalClosed { .. }
            | Input::FilesDone { .. }
            | Input::Stored { .. } => {}
        }
    }

    fn received(&mut self, at: Instant, link: LinkId, mut bytes: &[u8]) {
        // Out of the map, so that `self` can be borrowed for the transcript.
        let Some(mut decoder) = self.links.remove(&link) else { return };
        let source = Source::Link(link);
        match &mut decoder {
            Decoder::Phone { framer, encoding, features } => {
                while let Ok(Some(frame)) = framer.next(&mut bytes) {
                    if let Ok(ClientMessage::Register(register)) = ClientMessage::decode(&frame, *encoding) {
                        *features = register.features();
                    }
                    self.received_from(at, source, Content::Sccp(*encoding), &whole(&frame));
                }
            }
            Decoder::Application(framer) => {
                while let Ok(Some(framed)) = framer.next(&mut bytes) {
                    let message = match framed {
                        Framed::Message(message) => message,
                        Framed::Ping => b"\r\n\r\n",
                    };
                    self.received_from(at, source, Content::Sip, message);
                }
            }
            Decoder::Stream(framer) => {
                while let Ok(Some(frame)) = framer.next(&mut bytes) {
                    self.received_from(at, source, Content::Csta, &whole_csta(&frame));
                }
            }
        }
        self.links.insert(link, decoder);
    }

    fn add_output(&mut self, at: Instant, output: &Output) {
        match output {
            Output::Send { link, bytes } => {
                let content = match self.links.get_mut(link) {
                    Some(Decoder::Phone { encoding, features, .. }) => {
                        let before = *encoding;
                        *encoding = encoding_after(before, *features, bytes);
                        Content::Sccp(before)
                    }
                    Some(Decoder::Stream(_)) => Content::Csta,
                    Some(Decoder::Application(_)) | None => Content::Sip,
                };
                self.sent_to(at, Source::Link(*link), content, bytes);
            }
            Output::Close { link } => {
                self.links.remove(link);
                self.sent_to(at, Source::Link(*link), Content::Close, &[]);
            }
            Output::Datagram { to, bytes, .. } => {
                self.sent_to(at, Source::Socket(*to), Content::Sip, bytes);
            }
            Output::Leg { .. }
            | Output::Sound { .. }
            | Output::AudioSocket { .. }
            | Output::MediaKeys { .. }
            | Output::Verify { .. }
            | Output::Music { .. }
            | Output::Resolve { .. }
            | Output::Connect { .. } => {}
            Output::Store { value: Some(value), .. } => {
                self.transcript.note(at, &format!("stored: {}", value.escape_debug()));
            }
            Output::Store { key, value: None } => {
                self.transcript.note(at, &format!("forgotten: {}", key.escape_debug()));
            }
            Output::CommandOutput { .. }
            | Output::TerminalText { .. }
            | Output::StoreStartupConfig { .. } => {}
            Output::Reload
            | Output::Files { .. }
            | Output::ReadConfiguration { .. }
            | Output::Listen { .. }
            | Output::File { .. }
            | Output::HttpResponse { .. }
            | Output::HttpStream { .. }
            | Output::HttpPart { .. }
            | Output::Keep(_)
            | Output::HttpEnd { .. }
            | Output::Post { .. } => {}
        }
    }

    fn received_from(&mut self, at: Instant, source: Source, content: Content, bytes: &[u8]) {
        if let Some(party) = self.parties.at(source) {
            self.transcript.add(at, Place::Party(party), Place::Node, content, bytes, false);
        }
    }

    fn sent_to(&mut self, at: Instant, source: Source, content: Content, bytes: &[u8]) {
        if let Some(party) = self.parties.at(source) {
            self.transcript.add(at, Place::Node, Place::Party(party), content, bytes, false);
        }
    }
}

/// Width of the names in a ladder of so many parties, in characters.
fn room_for_names(parties: usize) -> usize {
    if parties < 6 { 8 } else { 4 }
}

/// The layout in force after these messages: RegisterAck decides it.
fn encoding_after(before: Encoding, features: Features, mut bytes: &[u8]) -> Encoding {
    let mut framer = sccp::Framer::default();
    while let Ok(Some(frame)) = framer.next(&mut bytes) {
        if let Ok(ServerMessage::RegisterAck(ack)) = ServerMessage::decode(&frame, before) {
            return Encoding::negotiated(ack.version, features);
        }
    }
    before
}

/// A frame with its header: its length (which does not count the first eight bytes), version, message and body.
fn whole(frame: &Frame<'_>) -> Vec<u8> {
    let length = u32::try_from(frame.body.len() + 4).unwrap_or(u32::MAX);
    let head = [length, frame.header_version, frame.message_id.0];
    let mut bytes = head.map(u32::to_le_bytes).concat();
    bytes.extend_from_slice(frame.body);
    bytes
}

/// A frame of CSTA as it was sent.
fn whole_csta(frame: &csta::Frame<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(frame.body.len() + 8);
    let body = |out: &mut Vec<u8>| out.extend_from_slice(frame.body);
    // What came in a frame fits into one.
    let _ = csta::write_frame(&mut bytes, frame.encapsulation, frame.invoke_id, body);
    bytes
}

/// Describes a new limit of the call rate.
pub(super) fn call_rate(rate: Option<u32>) -> String {
    match rate {
        Some(rate) => format!("no more than {rate} new calls a second are taken"),
        None => "all new calls are taken".to_owned(),
    }
}
