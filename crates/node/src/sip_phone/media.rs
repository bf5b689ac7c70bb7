//! What a leg is to hear, and the descriptions by which it is told (RFC 3264).

use std::net::{IpAddr, Ipv4Addr};

use hookflash_core::{
    Codec, CodecSet, Description, Media, MediaAddress, Party, PayloadTypes, Stream,
    TELEPHONE_EVENT_PAYLOAD_TYPE,
    view::{Appearance, CallDisplay},
};
use hookflash_sip::{Body, ContentKind};
use hookflash_wire::sdp::{Direction, Format, Own, OwnStream, SessionDescription, Stream as SdpStream};
use smol_str::SmolStr;

use super::{
    CODECS,
    security::{Security, Srtp, Written, accepts},
};

/// The other party as a phone was told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Told {
    pub(super) number: SmolStr,
    pub(super) name: SmolStr,
}

impl From<&Party> for Told {
    fn from(party: &Party) -> Told {
        Told { number: party.number.clone(), name: party.name.clone() }
    }
}

/// What a leg is to hear now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// It exchanges audio with this receiver.
    Stream {
        address: MediaAddress,
        /// The codec for an answer.
        codec: Codec,
        /// The codecs for an offer.
        codecs: CodecSet,
        /// The payload types of codecs for who receives them; with the engine, those are the phone's own.
        numbers: PayloadTypes,
        /// The payload type of telephone events for who receives them; with the engine, that is the phone's own.
        telephone_event: Option<u8>,
        /// Whether the media engine is that receiver.
        engine: bool,
        /// Whether somebody hears it.
        heard: bool,
    },
    /// It will exchange audio with somebody whose address is not known yet.
    Waiting,
    /// Nobody.
    Silence,
}

impl Target {
    /// What the leg of this appearance is to hear.
    pub(super) fn of(appearance: &Appearance, own: CodecSet) -> Target {
        let hears = matches!(appearance.display, CallDisplay::Connected | CallDisplay::RingingOut);
        let media = appearance.media.filter(|_| hears);
        let Some(media) = media else { return Target::Silence };
        let Some(stream) = media.stream() else {
            // The media engine is about to open, unless it has no codec for the phone.
            let engine = own.common(CodecSet::ENGINE).is_some();
            return if engine { Target::Waiting } else { Target::Silence };
        };
        let Stream { codec, transmit_to, .. } = stream;
        let Some(address) = transmit_to else { return Target::Waiting };
        match (media, appearance.peer) {
            (Media::Stream(_), Some(peer)) => Target::stream(&peer, codec, own),
            _ => Target::Stream {
                address,
                codec,
                codecs: CodecSet::EMPTY.with(codec),
                numbers: PayloadTypes::default(),
                telephone_event: Some(TELEPHONE_EVENT_PAYLOAD_TYPE),
                engine: true,
                heard: media.sends(),
            },
        }
    }

    /// What a caller hears before anybody answers, if that is anything.
    pub(super) fn early(appearance: &Appearance, own: CodecSet) -> Option<Target> {
        let Some(Media::Stream(stream)) =
            appearance.media.filter(|_| appearance.display == CallDisplay::RingingOut)
        else {
            return None;
        };
        stream.transmit_to?;
        // Encrypted audio needs the media engine, which has no part in a call that nobody has answered.
        let peer = appearance.peer.filter(|peer| !peer.needs_engine())?;
        Some(Target::stream(&peer, stream.codec, own))
    }

    /// Audio with a phone that has described itself.
    pub(super) fn stream(peer: &Description, codec: Codec, own: CodecSet) -> Target {
        let both = |codec: &Codec| peer.codecs.contains(*codec) && own.contains(*codec);
        let codecs = CODECS.into_iter().filter(both).collect();
        // Who has numbers of its own for other codecs hears the media engine.
        let numbers = if peer.needs_engine() { PayloadTypes::default() } else { peer.payload_types };
        Target::Stream {
            address: peer.address,
            codec,
            codecs,
            numbers,
            telephone_event: peer.telephone_event,
            engine: false,
            heard: true,
        }
    }
}

/// What was offered and answered in the dialog of a leg.
#[derive(Debug)]
pub(super) struct Negotiation {
    session: u64,
    version: u64,
    /// Our last description, without its version.
    ours: Option<Own>,
    /// The phone's last description.
    pub(super) theirs: Option<SessionDescription>,
    /// Whether an offer of ours is not answered yet.
    pub(super) offered: bool,
    /// Whether our 2xx carried an offer, so that the answer comes with ACK.
    pub(super) answer_in_ack: bool,
    /// Whether the phone itself has put the call aside.
    pub(super) held_by_phone: bool,
    /// What our last description makes the phone hear.
    pub(super) told: Option<Target>,
    /// The last party whom the phone has exchanged audio with.
    pub(super) talked_to: Option<Target>,
    /// Whether and how audio is encrypted.
    pub(super) security: Security,
    /// The order in which codecs are offered.
    pub(super) order: Vec<Codec>,
}

/// What an offer of a phone says about holding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Intent {
    Holds,
    Resumes,
    Nothing,
}

impl Negotiation {
    pub(super) fn new(session: u64) -> Negotiation {
        Negotiation {
            session,
            version: 0,
            ours: None,
            theirs: None,
            offered: false,
            answer_in_ack: false,
            held_by_phone: false,
            told: None,
            talked_to: None,
            security: Security::default(),
            order: CODECS.to_vec(),
        }
    }

    /// Takes a description of the phone, and says what it means for the call.
    pub(super) fn take(&mut self, theirs: SessionDescription) -> Intent {
        let changed = self
            .theirs
            .as_ref()
            .is_none_or(|before| before.version != theirs.version || before.session != theirs.session);
        let holds = puts_aside(&theirs);
        self.security.take(&theirs);
        self.theirs = Some(theirs);
        match (std::mem::replace(&mut self.held_by_phone, holds), holds) {
            (_, true) => Intent::Holds,
            (true, false) => Intent::Resumes,
            (false, false) if changed => Intent::Resumes,
            (false, false) => Intent::Nothing,
        }
    }

    /// The answer to the phone's last description.
    pub(super) fn answer(&mut self, target: Target, local: IpAddr) -> Vec<u8> {
        let theirs = self.theirs.as_ref();
        let streams = theirs.map(|theirs| answers(theirs, target, local)).unwrap_or_default();
        self.write(streams, target, local)
    }

    /// An offer.
    pub(super) fn offer(&mut self, target: Target, own: CodecSet, local: IpAddr) -> Vec<u8> {
        // The numbers of a phone stay what they are, as long as they are ours to choose (RFC 3264, 8.3.2).
        let known = self.theirs.as_ref().and_then(|theirs| theirs.audio()?.1.telephone_event());
        let number = known.or(Some(TELEPHONE_EVENT_PAYLOAD_TYPE));
        // So do the numbers of its codecs.
        let theirs = self.theirs.as_ref().and_then(|theirs| theirs.audio());
        let known = theirs.map(|(_, audio)| numbers(audio)).unwrap_or_default();
        let offered = |codecs, numbers| Offered { codecs, order: &self.order, numbers };
        let audio = match target {
            Target::Stream { address, codecs, numbers, telephone_event, engine, heard, .. } => {
                let telephone_event = if engine { number } else { telephone_event };
                let numbers = if engine { known } else { numbers };
                audio(address, offered(codecs, numbers), telephone_event, Direction::new(true, heard))
            }
            Target::Waiting | Target::Silence => {
                let nowhere = MediaAddress { ip: local, port: DISCARD };
                audio(nowhere, offered(own, known), number, Direction::Inactive)
            }
        };
        // As many streams as there are already, in their order.
        let before = self.theirs.as_ref().map(|theirs| theirs.streams.as_slice()).unwrap_or_default();
        let used = self.theirs.as_ref().and_then(|theirs| theirs.audio()).map(|(place, _)| place);
        let audio_at = || before.iter().position(|stream| stream.media == "audio");
        let place = used.or_else(audio_at).unwrap_or(0);
        let refused = |stream: &SdpStream| OwnStream::Refused(stream.clone());
        let mut streams: Vec<OwnStream> = before.iter().map(refused).collect();
        match streams.get_mut(place) {
            Some(slot) => *slot = audio,
            None => streams.push(audio),
        }
        self.offered = true;
        self.write(streams, target, local)
    }

    fn write(&mut self, mut streams: Vec<OwnStream>, target: Target, local: IpAddr) -> Vec<u8> {
        self.told = Some(target);
        if matches!(target, Target::Stream { heard: true, .. }) {
            self.talked_to = Some(target);
        }
        let written = self.security.written(!self.offered);
        for stream in &mut streams {
            if let OwnStream::Audio { secure, crypto, dtls, .. } = stream {
                let Written { secure: must, crypto: keys, dtls: by_dtls } = written.clone();
                (*secure, *crypto, *dtls) = (must, keys, by_dtls);
            }
        }
        let mut own = Own { session: self.session, version: 0, origin: local, streams };
        if self.ours.as_ref() != Some(&own) {
            self.version += 1;
            self.ours = Some(own.clone());
        }
        own.version = self.version;
        own.write()
    }

    /// Our last description once more.
    pub(super) fn again(&self) -> Option<Vec<u8>> {
        let own = self.ours.as_ref()?;
        Some(Own { version: self.version, ..own.clone() }.write())
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        !self.offered && !self.answer_in_ack
    }
}

/// Whether who describes itself so has put the call aside.
pub(super) fn puts_aside(theirs: &SessionDescription) -> bool {
    theirs.audio().is_none_or(|(_, audio)| {
        audio.is_black_hole() || matches!(audio.direction, Direction::SendOnly | Direction::Inactive)
    })
}

/// The port of a receiver that is none.
const DISCARD: u16 = 9;

fn answers(theirs: &SessionDescription, target: Target, local: IpAddr) -> Vec<OwnStream> {
    let place = theirs.audio().map(|(place, _)| place);
    let answer = |(index, stream): (usize, &SdpStream)| {
        if Some(index) != place {
            return OwnStream::Refused(stream.clone());
        }
        let holds = stream.is_black_hole() || !stream.direction.receives();
        match target {
            Target::Stream { address, codec, codecs, numbers: others, telephone_event, engine, heard } => {
                let offered = codecs_of(stream);
                let codec = if offered.contains(codec) { Some(codec) } else { codecs.common(offered) };
                let codec = codec.map_or(CodecSet::EMPTY, |codec| CodecSet::EMPTY.with(codec));
                // Who sends uses the number of who receives (RFC 3264, 5.1).
                let numbers = if engine { numbers(stream) } else { others };
                let codec = Offered { codecs: codec, order: &CODECS, numbers };
                // Which number the other party uses matters only to who sends to it.
                let offered_events = stream.telephone_event();
                let events = if engine { offered_events } else { telephone_event };
                let events = events.filter(|_| offered_events.is_some());
                let receives = stream.direction.sends() && heard;
                let direction = Direction::new(stream.direction.receives(), receives);
                audio(address, codec, events, direction)
            }
            Target::Waiting | Target::Silence => {
                // Whoever puts the call aside may still send; nobody hears it.
                let direction = match holds && stream.direction.sends() {
                    true => Direction::RecvOnly,
                    false => Direction::Inactive,
                };
                let offered = CODECS.into_iter().find(|codec| codecs_of(stream).contains(*codec));
                let codec = offered.map_or(CodecSet::EMPTY, |codec| CodecSet::EMPTY.with(codec));
                let codec = Offered { codecs: codec, order: &CODECS, numbers: numbers(stream) };
                let events = stream.telephone_event();
                audio(MediaAddress { ip: local, port: DISCARD }, codec, events, direction)
            }
        }
    };
    theirs.streams.iter().enumerate().map(answer).collect()
}

/// Codecs of a description of ours, in which order, and by which numbers.
struct Offered<'a> {
    codecs: CodecSet,
    order: &'a [Codec],
    numbers: PayloadTypes,
}

fn audio(
    address: MediaAddress,
    Offered { codecs, order, numbers }: Offered<'_>,
    telephone_event: Option<u8>,
    direction: Direction,
) -> OwnStream {
    let is_free = |codec: &Codec| !codec.is_dynamic() || Some(numbers.of(*codec)) != telephone_event;
    let ordered = order.iter().copied().filter(|codec| codecs.contains(*codec) && is_free(codec));
    let mut formats: Vec<Format> =
        ordered.map(|codec| Format::new(numbers.of(codec), name(codec), clock(codec))).collect();
    formats.extend(telephone_event.map(|number| Format::new(number, "TELEPHONE-EVENT", 8000)));
    OwnStream::Audio {
        address: address.ip,
        port: address.port,
        formats,
        direction,
        packet_time: Some(20),
        secure: false,
        crypto: Vec::new(),
        dtls: None,
    }
}

fn name(codec: Codec) -> &'static str {
    match codec {
        Codec::G711Ulaw => "PCMU",
        Codec::G711Alaw => "PCMA",
        Codec::G722 => "G722",
        Codec::Opus => "OPUS",
        Codec::G729 => "G729",
        Codec::Ilbc => "ILBC",
    }
}

fn clock(codec: Codec) -> u32 {
    if codec == Codec::Opus { 48_000 } else { 8000 }
}

/// Whether a format is this codec. The clock of G.722 is written as 8000 Hz, although that is not its own (RFC 3551, 4.5.2).
fn is(format: &Format, codec: Codec) -> bool {
    format.name == name(codec) && (format.clock == clock(codec) || codec == Codec::G722)
}

/// The number by which a stream has a codec: the usual one, if it has it by that too.
fn number(stream: &SdpStream, codec: Codec) -> Option<u8> {
    let mut numbers = stream.formats.iter().filter(|format| is(format, codec)).map(|f| f.payload_type);
    numbers.clone().find(|number| *number == codec.payload_type()).or_else(|| numbers.next())
}

/// The numbers by which a stream has codecs.
fn numbers(stream: &SdpStream) -> PayloadTypes {
    let known = CODECS.into_iter().filter_map(|codec| Some((codec, number(stream, codec)?)));
    known.fold(PayloadTypes::default(), |numbers, (codec, number)| numbers.with(codec, number))
}

/// The codecs of a stream that are known here.
fn codecs_of(stream: &SdpStream) -> CodecSet {
    CODECS.into_iter().filter(|codec| number(stream, *codec).is_some()).collect()
}

/// Where a phone that wrote this receives; `None` if nothing in it is usable with these codecs, or is encrypted as it must be.
pub(super) fn described(session: &SessionDescription, own: CodecSet, policy: Srtp) -> Option<Description> {
    let (_, audio) = session.audio()?;
    let secured = accepts(policy, audio)?;
    let numbers = numbers(audio);
    let offered = codecs_of(audio);
    let both = CODECS.into_iter().filter(|codec| offered.contains(*codec) && own.contains(*codec));
    // Others send by the usual numbers, but for codecs that have none: where there are such, the others do not count.
    let is_usual = |codec: &Codec| codec.is_dynamic() || numbers.of(*codec) == codec.payload_type();
    let usual: CodecSet = both.clone().filter(is_usual).collect();
    let codecs: CodecSet = if usual == CodecSet::EMPTY { both.collect() } else { usual };
    let payload_types = if usual == CodecSet::EMPTY {
        numbers
    } else {
        let dynamic = CODECS.into_iter().filter(|codec| codec.is_dynamic() && usual.contains(*codec));
        dynamic.fold(PayloadTypes::default(), |types, codec| types.with(codec, numbers.of(codec)))
    };
    // Where a browser is, ICE finds out; it may say a name that only its neighbours know.
    let nowhere = audio.dtls.is_some().then_some(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let ip = audio.address.or(nowhere)?;
    (codecs != CodecSet::EMPTY).then_some(Description {
        address: MediaAddress { ip, port: audio.port },
        codecs,
        payload_types,
        reports: audio.reports.map(|(port, elsewhere)| MediaAddress { ip: elsewhere.unwrap_or(ip), port }),
        telephone_event: audio.telephone_event(),
        digits_by_signalling: false,
        secured,
        behind: None,
    })
}

/// Of several streams of audio, such as one that is encrypted and one that is not, the first one counts that can be used.
pub(super) fn choose(theirs: &mut SessionDescription, own: CodecSet, policy: Srtp) {
    let usable = |stream: &SdpStream| {
        let codecs = codecs_of(stream);
        stream.is_audio()
            && accepts(policy, stream).is_some()
            && CODECS.into_iter().any(|codec| codecs.contains(codec) && own.contains(codec))
    };
    let Some(place) = theirs.streams.iter().position(usable) else { return };
    let before = theirs.streams.iter_mut().take(place);
    before.filter(|stream| stream.is_audio()).for_each(|stream| stream.port = 0);
}

/// A body with a description.
pub(super) fn body(bytes: &[u8]) -> Body<'_> {
    Body { kind: ContentKind::SDP, bytes }
}
