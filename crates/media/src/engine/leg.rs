//! One leg: what it has to do, and the audio of its device.

use std::net::{IpAddr, SocketAddr};

use super::reports::Reporting;
use crate::{
    Codec, Coder, FRAME, Frame,
    digits::Sounding,
    jitter::JitterBuffer,
    mixer::loudness,
    playout::Playout,
    rtp::{Sender, TELEPHONE_EVENT},
    sounds::SoundId,
    stream::{End, StreamId, Streamed},
    tones::Detector,
};

/// Ticks without a packet after which a leg listens to another port of its address: two seconds.
pub(super) const PORT_FREE_AFTER: u32 = 100;

/// Names a leg: one end of the engine, which exchanges packets with one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct LegId(pub u32);

/// What a leg has to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LegState {
    /// The codec in both directions.
    pub codec: Codec,
    /// The payload type of the codec.
    pub payload_type: u8,
    /// What the device hears.
    pub role: Role,
    /// Where the device receives; `None` until that is known.
    pub send_to: Option<SocketAddr>,
    /// Where the device is seen, if what it says of itself holds only behind a translation of addresses (NAT): its packets may come
    /// from there, and it is sent audio to where they come from.
    pub behind: Option<IpAddr>,
    /// Where the device receives reports, if that is not the next port.
    pub reports_to: Option<SocketAddr>,
    /// The event (RFC 4733, 3.2) of the digit that the device hears now.
    pub signal: Option<u8>,
    /// The payload type of telephone events; `None` if the device hears digits as tones.
    pub telephone_event: Option<u8>,
    /// What the other end is.
    pub end: End,
    /// Whose keys protect its packets, if any do.
    pub secured: Option<StreamId>,
    /// What the device hears beside the others.
    pub sound: Option<SoundId>,
    /// What is said in its bridge is recorded as this.
    pub recording: Option<SoundId>,
    /// Whether digits are looked for in what its bridge says, although no application has a stream in it.
    pub listens: bool,
}

impl LegState {
    /// A leg that hears no digit, and telephone events with the usual payload type.
    pub fn new(codec: Codec, role: Role, send_to: Option<SocketAddr>) -> LegState {
        let telephone_event = Some(TELEPHONE_EVENT);
        LegState {
            codec,
            payload_type: codec.payload_type(),
            role,
            send_to,
            behind: None,
            reports_to: None,
            signal: None,
            telephone_event,
            end: End::Rtp,
            secured: None,
            sound: None,
            recording: None,
            listens: false,
        }
    }
}

/// What the device at a leg hears.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// The other legs of the bridge with this number.
    Bridge(u32),
    /// Music.
    Music,
    /// The tone that tells a caller that it rings.
    RingBack,
    /// Nothing.
    Silence,
}

/// What has passed a leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LegStatistics {
    /// Packets received and heard.
    pub received: u64,
    /// Packets that were not from the device, or were no audio.
    pub dropped: u64,
    /// Packets that came too late.
    pub late: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets of the device that are missing.
    pub lost: u64,
    /// The jitter of its packets, in milliseconds (RFC 3550, 6.4.1).
    pub jitter: u32,
    /// Packets that the device misses, as it has reported.
    pub lost_there: u64,
    /// Its jitter, in milliseconds.
    pub jitter_there: u32,
    /// The time to the device and back, in milliseconds, if it has sent reports.
    pub round_trip: Option<u32>,
}

#[derive(Debug)]
pub(super) struct Leg {
    pub(super) state: LegState,
    pub(super) sender: Sender,
    pub(super) buffer: JitterBuffer,
    /// What the application at the stream has said.
    pub(super) playout: Playout,
    /// The last 20 ms of the device, and how loud they are; 0 while it says nothing.
    pub(super) frame: Frame,
    pub(super) loudness: u32,
    pub(super) from: Option<SocketAddr>,
    pub(super) silent_ticks: u32,
    /// The timestamp of the telephone event that is passed on.
    pub(super) event: Option<u32>,
    pub(super) coder: Coder,
    /// The digit that the device hears.
    pub(super) sounding: Option<Sounding>,
    /// Ticks for which the tones of a digit of another leg sound yet.
    pub(super) tone_ticks: u32,
    /// Finds digits in what it says.
    pub(super) detector: Detector,
    /// Ticks until a digit may be reported again.
    pub(super) deaf_ticks: u32,
    /// Whether reports come and go by the port for audio (RFC 5761).
    pub(super) muxes: bool,
    pub(super) reporting: Reporting,
    pub(super) statistics: LegStatistics,
}

impl Leg {
    pub(super) fn new(state: LegState, seed: u64) -> Leg {
        let mut sender = Sender::new(seed);
        sender.set_ticks_per_sample(state.codec.ticks_per_sample());
        Leg {
            state,
            sender,
            buffer: JitterBuffer::default(),
            playout: Playout::default(),
            frame: [0; FRAME],
            loudness: 0,
            from: None,
            silent_ticks: 0,
            event: None,
            coder: Coder::default(),
            sounding: None,
            tone_ticks: 0,
            detector: Detector::default(),
            deaf_ticks: 0,
            muxes: false,
            reporting: Reporting::default(),
            statistics: LegStatistics::default(),
        }
    }

    pub(super) fn change(&mut self, state: LegState) {
        if self.state.role != state.role {
            self.sender.begin_spurt();
            self.begins_anew();
        }
        if (self.state.send_to, self.state.behind) != (state.send_to, state.behind) {
            self.from = None;
        }
        self.sender.set_ticks_per_sample(state.codec.ticks_per_sample());
        self.state = state;
    }

    /// Where the device receives: what is encrypted, or crosses a translation of addresses, goes to where its own packets come
    /// from.
    pub(super) fn receiver(&self) -> Option<SocketAddr> {
        if self.muxes {
            return self.from;
        }
        let said = self.state.send_to?;
        self.from.filter(|_| self.state.secured.is_some() || self.state.behind.is_some()).or(Some(said))
    }

    /// Whether the device is at this address.
    pub(super) fn is_at(&self, address: IpAddr) -> bool {
        self.state.send_to.is_some_and(|device| device.ip() == address || self.state.behind == Some(address))
    }

    /// Whether a packet comes from the device. The first port that it sends from counts, until nothing comes from there.
    pub(super) fn accepts(&mut self, from: SocketAddr) -> bool {
        if !self.is_at(from.ip()) {
            return false;
        }
        if self.silent_ticks > PORT_FREE_AFTER {
            self.from = None;
        }
        let accepted = *self.from.get_or_insert(from) == from;
        if accepted {
            self.silent_ticks = 0;
        }
        accepted
    }

    /// Takes the next 20 ms of the device.
    pub(super) fn listen(&mut self) {
        self.silent_ticks = self.silent_ticks.saturating_add(1);
        self.deaf_ticks = self.deaf_ticks.saturating_sub(1);
        let heard = match self.state.end {
            End::Rtp => self.buffer.pull(&mut self.frame),
            End::Stream { .. } => self.playout.pull(&mut self.frame),
        };
        self.loudness = if heard { loudness(&self.frame).max(1) } else { 0 };
    }

    /// A digit that begins in the last 20 ms. Whoever sends telephone events sends no tones; and what is heard while we play a
    /// digit may be an echo.
    pub(super) fn find_tones(&mut self) -> Option<char> {
        if self.state.end != End::Rtp || self.event.is_some() || self.sounding.is_some() || self.loudness == 0
        {
            return None;
        }
        self.detector.push(&self.frame)
    }

    /// Passes 20 ms to the stream of the leg; false if it has none.
    pub(super) fn stream(&mut self, heard: &Frame, streamed: &mut Vec<(StreamId, Streamed)>) -> bool {
        let End::Stream { stream, linear } = self.state.end else { return false };
        let payload = match linear {
            true => heard.iter().flat_map(|sample| sample.to_le_bytes()).collect(),
            false => self.coder.encode(self.state.codec, heard).to_vec(),
        };
        self.statistics.sent += 1;
        streamed.push((stream, Streamed::Audio(payload)));
        true
    }

    /// What an application has sent, as samples.
    pub(super) fn decode(&mut self, payload: &[u8]) -> Vec<i16> {
        self.statistics.received += 1;
        match self.state.end {
            End::Stream { linear: true, .. } => {
                let pairs = payload.as_chunks::<2>().0.iter();
                pairs.map(|pair| i16::from_le_bytes(*pair)).collect()
            }
            End::Stream { .. } | End::Rtp => self.coder.decode(self.state.codec, payload),
        }
    }

    pub(super) fn tell_marks(&mut self, stream: StreamId, streamed: &mut Vec<(StreamId, Streamed)>) {
        while let Some(name) = self.playout.passed() {
            streamed.push((stream, Streamed::Mark(name)));
        }
    }
    pub(super) fn send(
        &mut self,
        id: LegId,
        payload: &[u8],
        send: &mut impl FnMut(LegId, SocketAddr, &[u8]),
    ) {
        if let Some(to) = self.receiver().filter(|_| !self.hears_event()) {
            self.statistics.sent += 1;
            send(id, to, self.sender.audio(self.state.payload_type, payload));
        }
    }
}
