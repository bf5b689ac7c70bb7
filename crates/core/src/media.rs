//! Media: what each call and each connection should send and receive.
//!
//! The switch plans media and never carries it. A [`MediaPlan`] says who hears whom in a call; it is derived from
//! the states of the connections each time it is asked for. A [`Stream`] describes what one device sends and
//! receives, in terms that SCCP (open receive channel, start media transmission) and SIP (SDP) can render.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use crate::{
    AudioId, CallId, Calls, Connection, ConnectionKey, ConnectionState, Deadline, Holder, Keys, SoundId,
};

/// Where a station receives RTP for one connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MediaAddress {
    /// IP address of the station's receiver.
    pub ip: IpAddr,
    /// UDP port of the station's receiver.
    pub port: u16,
}

impl MediaAddress {
    /// An IPv4 receiver.
    pub const fn v4(ip: Ipv4Addr, port: u16) -> MediaAddress {
        MediaAddress { ip: IpAddr::V4(ip), port }
    }
}

/// A voice codec, in the order in which the switch prefers them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law, 64 kbit/s.
    G711Ulaw,
    /// G.711 A-law, 64 kbit/s.
    G711Alaw,
    /// G.722, 64 kbit/s.
    G722,
    /// Opus (RFC 7587).
    Opus,
    /// G.729, 8 kbit/s, with or without annexes.
    G729,
    /// iLBC.
    Ilbc,
}

impl Codec {
    /// Every codec, preferred first.
    pub const ALL: [Codec; 6] =
        [Codec::G711Ulaw, Codec::G711Alaw, Codec::G722, Codec::Opus, Codec::G729, Codec::Ilbc];

    /// The RTP payload type: that of RFC 3551, or a dynamic one for codecs that have none.
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::G711Ulaw => 0,
            Codec::G711Alaw => 8,
            Codec::G722 => 9,
            Codec::G729 => 18,
            Codec::Opus => 96,
            Codec::Ilbc => 97,
        }
    }

    /// Whether each device chooses the payload type by which it receives it, and tells the others.
    pub const fn is_dynamic(self) -> bool {
        matches!(self, Codec::Opus)
    }

    /// How much sound one packet carries.
    pub const fn packet_time(self) -> Duration {
        match self {
            Codec::Ilbc => Duration::from_millis(30),
            _ => Duration::from_millis(20),
        }
    }
}

/// The RTP payload types by which a device sends and receives codecs: those of [`Codec::payload_type`], but for these.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PayloadTypes([Option<u8>; Codec::ALL.len()]);

impl PayloadTypes {
    /// The same, but for a codec.
    #[must_use]
    pub fn with(mut self, codec: Codec, number: u8) -> PayloadTypes {
        let place = Codec::ALL.iter().position(|other| *other == codec);
        if let Some(slot) = place.and_then(|place| self.0.get_mut(place)) {
            *slot = Some(number).filter(|number| *number != codec.payload_type());
        }
        self
    }

    /// That of a codec.
    pub fn of(&self, codec: Codec) -> u8 {
        let mut known = Codec::ALL.iter().zip(self.0);
        let own = known.find_map(|(other, number)| number.filter(|_| *other == codec));
        own.unwrap_or(codec.payload_type())
    }

    /// Whether those of all codecs are the usual ones that have such: that of a dynamic codec is told to who sends it.
    pub fn are_usual(&self) -> bool {
        Codec::ALL.iter().zip(self.0).all(|(codec, number)| number.is_none() || codec.is_dynamic())
    }
}

/// How long nothing comes from a device before it counts as silent.
pub const SILENCE: Duration = Duration::from_secs(10);

/// The RTP payload type of telephone events (RFC 4733).
pub const TELEPHONE_EVENT_PAYLOAD_TYPE: u8 = 101;

/// Which parties of a call exchange media.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum MediaPlan {
    /// No media.
    #[default]
    None,
    /// Two devices send to each other: both have answered, or the called one says something before it answers.
    Direct(ConnectionKey, ConnectionKey),
    /// The first device has called the second one, which has to be told where the caller receives before it rings.
    Expected(ConnectionKey, ConnectionKey),
    /// Three or more hear each other through a mixer.
    Mixed(Keys),
    /// One device hears a source, because all others hold the call.
    Source(ConnectionKey, MediaSource),
}

/// What a device can hear instead of another device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaSource {
    /// Music on hold.
    MusicOnHold,
    /// The tone that tells a caller that it rings.
    RingBack,
}

/// What one device does for one connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Media {
    /// It exchanges audio with one other device.
    Stream(Stream),
    /// It takes part in a mix.
    Mixed {
        /// How many devices are mixed, itself among them.
        parties: usize,
        /// Audio in both directions between the device and the mixer; `None` if they have no codec in common.
        stream: Option<Stream>,
    },
    /// It hears what is sent to a group, and nobody hears it.
    Multicast {
        /// The codec.
        codec: Codec,
        /// The group.
        group: MediaAddress,
    },
    /// It hears a source, and nobody hears it.
    Source {
        /// What it hears.
        source: MediaSource,
        /// Audio from the media engine to the device; `None` if they have no codec in common.
        stream: Option<Stream>,
    },
}

impl Media {
    /// The audio that is exchanged with the device alone, whoever is at the other end.
    pub const fn stream(&self) -> Option<Stream> {
        match self {
            Media::Stream(stream) => Some(*stream),
            Media::Mixed { stream, .. } | Media::Source { stream, .. } => *stream,
            Media::Multicast { .. } => None,
        }
    }

    /// Whether the device sends audio as well as it receives.
    pub const fn sends(&self) -> bool {
        !matches!(self, Media::Source { .. } | Media::Multicast { .. })
    }
}

/// Names a leg: the end of the media engine that exchanges audio with one device for one connection. A leg has one
/// codec; when the codec changes, the connection has another leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LegId(pub u32);

/// The leg that sends music to a group (`multicast moh`), which belongs to no connection.
pub const MULTICAST_MUSIC: LegId = LegId(0);

/// What a leg has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegState {
    /// The codec in both directions.
    pub codec: Codec,
    /// The RTP payload type of the codec.
    pub payload_type: u8,
    /// What the device hears.
    pub role: LegRole,
    /// Where the device receives; `None` until it has said so.
    pub send_to: Option<MediaAddress>,
    /// The address from which the device is seen, if it is behind a translation of addresses: see
    /// [`Description::behind`](crate::Description::behind).
    pub behind: Option<IpAddr>,
    /// Where the device receives reports (RTCP), if that is not the next port.
    pub reports_to: Option<MediaAddress>,
    /// The digit that the device hears now.
    pub signal: Option<char>,
    /// The RTP payload type by which it receives telephone events; `None` if it hears digits as tones.
    pub telephone_event: Option<u8>,
    /// What the other end of the leg is.
    pub end: LegEnd,
    /// Whose keys protect its packets, if any do: without them nothing is sent or heard.
    pub secured: Option<AudioId>,
    /// What the device hears beside the others. It goes on while a leg hears it.
    pub sound: Option<SoundId>,
    /// What is said in the call is recorded here.
    pub recording: Option<SoundId>,
    /// Whether the server looks for digits in what is said in the call, because messages are played in it.
    pub listens: bool,
}

impl LegState {
    /// Music for all who listen to a group.
    pub const fn music_to(group: MediaAddress) -> LegState {
        LegState {
            codec: Codec::G711Ulaw,
            payload_type: Codec::G711Ulaw.payload_type(),
            role: LegRole::Source(MediaSource::MusicOnHold),
            send_to: Some(group),
            behind: None,
            reports_to: None,
            signal: None,
            telephone_event: None,
            end: LegEnd::Address,
            secured: None,
            sound: None,
            recording: None,
            listens: false,
        }
    }
}

/// With what a leg exchanges audio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegEnd {
    /// A device, over RTP.
    Address,
    /// An application, over a socket that it opens.
    Socket {
        /// Names the audio of the connection.
        audio: AudioId,
        /// Whether samples are exchanged as they are, and not in the codec.
        linear: bool,
    },
}

/// What the device at a leg hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LegRole {
    /// The other legs with the same call.
    Mixed(CallId),
    /// A source.
    Source(MediaSource),
    /// Nothing, because the call is put aside: the device proves all the time that it is there, and finds the engine where it
    /// was.
    Silence,
}

/// The audio of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Audio {
    pub(crate) codec: Codec,
    /// What the media engine does for it; `None` when the other device does that.
    pub(crate) role: Option<LegRole>,
    /// The group to which the media engine sends what it hears; it has no leg of its own then.
    pub(crate) group: Option<MediaAddress>,
}

impl Audio {
    /// Audio that no group hears.
    pub(crate) const fn alone(codec: Codec, role: Option<LegRole>) -> Audio {
        Audio { codec, role, group: None }
    }
}

/// The leg of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) state: LegState,
    /// Where the media engine receives; known once it has opened the leg.
    pub(crate) receives_at: Option<MediaAddress>,
    /// When its call ends, unless something comes from the device.
    pub(crate) inactive: Option<Deadline>,
}

/// Audio of one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream {
    /// The codec in both directions.
    pub codec: Codec,
    /// Where the other end receives, once that is known.
    pub transmit_to: Option<MediaAddress>,
    /// The RTP payload type by which the other end receives telephone events, where that is known and not
    /// [`TELEPHONE_EVENT_PAYLOAD_TYPE`].
    pub telephone_event: Option<u8>,
}

impl Calls {
    /// Who hears whom in a call that is bridged to another one: the parties of both are mixed, if both bridged connections
    /// are connected; `None` if it is not bridged.
    fn bridged_plan(&self, call: CallId) -> Option<MediaPlan> {
        let (own, other) = self.bridge_of(call)?;
        let here: Keys = self.connections(call).filter(speaks).map(Connection::key).collect();
        let there = self.connection(other)?.call();
        let both_connected = [own, other].iter().all(|key| self.state(*key) == ConnectionState::Connected);
        let held =
            |other: &Connection| matches!(other.state(), ConnectionState::Hold | ConnectionState::Queued);
        let others = || self.connections(there).filter(|_| both_connected);
        let others_speak = others().any(|connection| speaks(&connection));
        Some(match here.as_slice() {
            [] => MediaPlan::None,
            [_] if others_speak => MediaPlan::Mixed(here),
            [alone] if others().any(held) => MediaPlan::Source(*alone, MediaSource::MusicOnHold),
            [_] => MediaPlan::None,
            _ => MediaPlan::Mixed(here),
        })
    }

    /// What a caller hears whom nobody has answered yet.
    fn early_plan(&self, call: CallId, caller: ConnectionKey) -> MediaPlan {
        let called = |wanted: fn(&Connection) -> bool| {
            let mut rings = self.connections(call).filter(|other| other.alerting().is_some());
            rings.find(|other| wanted(other)).map(Connection::key)
        };
        if let Some(speaks) = called(Connection::speaks_early) {
            return MediaPlan::Direct(caller, speaks);
        }
        let offers = |other: &Connection| other.alerting().is_some_and(|alerting| alerting.autonomous);
        match called(offers) {
            _ if self.connection(caller).is_some_and(Connection::plays_no_tone)
                && called(|_| true).is_some() =>
            {
                MediaPlan::Source(caller, MediaSource::RingBack)
            }
            Some(other) => MediaPlan::Expected(caller, other),
            None => MediaPlan::None,
        }
    }

    /// The bridged connection of a call, and the one that it is bridged to, if both are there.
    fn bridge_of(&self, call: CallId) -> Option<(ConnectionKey, ConnectionKey)> {
        let mut bridged = self.connections(call).filter_map(|own| Some((own.key(), own.bridge?)));
        bridged.find(|(own, other)| self.connection(*other).is_some_and(|other| other.bridge == Some(*own)))
    }

    /// The call that a call is bridged to.
    pub(crate) fn bridged_to(&self, call: CallId) -> Option<CallId> {
        let (_, other) = self.bridge_of(call)?;
        self.connection(other).map(Connection::call)
    }

    /// Who hears whom in the call.
    pub fn media_plan(&self, call: CallId) -> MediaPlan {
        if let Some(plan) = self.bridged_plan(call) {
            return plan;
        }
        let talking: Keys = self.connections(call).filter(speaks).map(Connection::key).collect();
        let held = || {
            self.connections(call)
                .any(|other| matches!(other.state(), ConnectionState::Hold | ConnectionState::Queued))
        };
        match talking.as_slice() {
            [] => MediaPlan::None,
            [alone] if held() => MediaPlan::Source(*alone, MediaSource::MusicOnHold),
            [alone] => self.early_plan(call, *alone),
            [one, other] => MediaPlan::Direct(*one, *other),
            _ => MediaPlan::Mixed(talking),
        }
    }
}

/// Whether the device takes part in the conversation of its call. A number for which the switch acts (paging, meet-me, the
/// end of a bridge) neither hears nor speaks.
fn speaks(connection: &&Connection) -> bool {
    connection.state() == ConnectionState::Connected
        && connection.failure().is_none()
        && connection.holder() != Some(Holder::Switch)
}

/// A set of codecs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CodecSet(u8);

impl CodecSet {
    /// The codecs of the media engine.
    pub const ENGINE: CodecSet =
        CodecSet::EMPTY.with(Codec::G711Ulaw).with(Codec::G711Alaw).with(Codec::G722).with(Codec::Opus);

    /// The empty set: a station that has not reported its capabilities yet.
    pub const EMPTY: CodecSet = CodecSet(0);

    /// The set with `codec` added.
    #[must_use]
    pub const fn with(self, codec: Codec) -> CodecSet {
        CodecSet(self.0 | 1 << codec as u8)
    }

    /// Whether `codec` is in the set.
    pub const fn contains(self, codec: Codec) -> bool {
        self.0 & 1 << codec as u8 != 0
    }

    /// The preferred codec that both sets have. A set that is still empty stands for G.711 mu-law, which
    /// every phone has.
    pub fn common(self, other: CodecSet) -> Option<Codec> {
        let known = |set: CodecSet| if set == CodecSet::EMPTY { set.with(Codec::G711Ulaw) } else { set };
        let both = CodecSet(known(self).0 & known(other).0);
        Codec::ALL.into_iter().find(|codec| both.contains(*codec))
    }
}

impl FromIterator<Codec> for CodecSet {
    fn from_iter<I: IntoIterator<Item = Codec>>(codecs: I) -> CodecSet {
        codecs.into_iter().fold(CodecSet::EMPTY, CodecSet::with)
    }
}
