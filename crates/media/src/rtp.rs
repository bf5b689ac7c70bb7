//! Packets of one leg (RFC 3550), and telephone events in them (RFC 4733).

use rtp_types::{RtpPacket, RtpPacketBuilder};

use crate::{FRAME, rtcp::Sent};

/// The payload type of telephone events where a leg has no other one.
pub(crate) const TELEPHONE_EVENT: u8 = 101;

/// Bytes of a telephone event.
pub(crate) const EVENT_LENGTH: usize = 4;

/// The header of a packet without extensions.
const HEADER: usize = 12;

/// Numbers the packets of a leg.
#[derive(Debug)]
pub(crate) struct Sender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// By how much the timestamp grows in 20 ms.
    step: u32,
    /// Whether the next packet begins a talk spurt.
    marker: bool,
    /// The timestamp at which the telephone event began that is being passed on.
    event_began: Option<u32>,
    packets: u32,
    octets: u32,
    /// Packets that were sent when it was reported last.
    reported: u32,
    packet: Vec<u8>,
}

impl Sender {
    /// A sender whose first numbers depend on the seed. The first sequence number is below 2^15 (RFC 3711, 3.3.1).
    pub(crate) fn new(seed: u64) -> Sender {
        let [a, b, c, d, e, f, g, h] = scramble(seed).to_le_bytes();
        let [i, j, ..] = scramble(seed ^ u64::MAX).to_le_bytes();
        Sender {
            ssrc: u32::from_le_bytes([a, b, c, d]),
            sequence: u16::from_le_bytes([i, j]) >> 1,
            timestamp: u32::from_le_bytes([e, f, g, h]),
            step: FRAME as u32,
            marker: true,
            event_began: None,
            packets: 0,
            octets: 0,
            reported: 0,
            packet: Vec::with_capacity(HEADER + FRAME),
        }
    }

    /// The timestamp grows by so much with each sample of the engine.
    pub(crate) fn set_ticks_per_sample(&mut self, ticks: u32) {
        self.step = ticks.saturating_mul(FRAME as u32);
    }

    /// 20 ms have passed.
    pub(crate) fn advance(&mut self) {
        self.timestamp = self.timestamp.wrapping_add(self.step);
    }

    /// The next packet begins a talk spurt: what is heard comes from elsewhere.
    pub(crate) fn begin_spurt(&mut self) {
        self.marker = true;
    }

    /// A packet with 20 ms of audio.
    pub(crate) fn audio(&mut self, payload_type: u8, payload: &[u8]) -> &[u8] {
        let marker = std::mem::take(&mut self.marker);
        self.write(payload_type, self.timestamp, marker, payload)
    }

    /// A packet of a telephone event; `begins` says whether it is the first one. All packets of an event have the timestamp
    /// of its beginning (RFC 4733, 2.5.1.2).
    pub(crate) fn event(&mut self, payload_type: u8, begins: bool, payload: &[u8]) -> &[u8] {
        let began = match self.event_began.filter(|_| !begins) {
            Some(began) => began,
            None => self.timestamp,
        };
        self.event_began = Some(began);
        self.write(payload_type, began, begins, payload)
    }

    /// What was sent, for a report.
    pub(crate) fn report(&mut self) -> Sent {
        let lately = self.packets != std::mem::replace(&mut self.reported, self.packets);
        Sent {
            ssrc: self.ssrc,
            timestamp: self.timestamp,
            packets: self.packets,
            octets: self.octets,
            lately,
        }
    }

    /// The source that it is.
    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    fn write(&mut self, payload_type: u8, timestamp: u32, marker: bool, payload: &[u8]) -> &[u8] {
        let packet = RtpPacketBuilder::<&[u8], &[u8]>::new()
            .payload_type(payload_type)
            .sequence_number(self.sequence)
            .timestamp(timestamp)
            .ssrc(self.ssrc)
            .marker_bit(marker)
            .payload(payload);
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(u32::try_from(payload.len()).unwrap_or(0));
        self.packet.clear();
        if packet.write_into_vec(&mut self.packet).is_err() {
            self.packet.clear();
        }
        &self.packet
    }
}

/// A packet that has come.
pub(crate) fn parse(packet: &[u8]) -> Option<RtpPacket<'_>> {
    RtpPacket::parse(packet).ok()
}

/// A number that shows nothing of the one it was made of (SplitMix64).
pub(crate) fn scramble(seed: u64) -> u64 {
    let mut value = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ value >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ value >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ value >> 31
}
