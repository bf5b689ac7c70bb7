//! Media channels: capabilities, opening and closing, statistics.
//!
//! Media is plain RTP: the encryption blocks are written as zeros and skipped when reading.

use std::net::SocketAddr;

use super::body::{Body, Reader, Writer, bodies};
use super::codec::Codec;
use super::message_id::MessageId;
use super::text::Text;
use super::values::{MediaStatus, StatisticsProcessing};

/// The size of an encryption block: algorithm, key, salt, key index.
const ENCRYPTION: usize = 48;
/// The size of the latent capabilities: modem relay and the like.
const LATENT_CAPABILITIES: usize = 36;
/// What call managers say about DTMF beside the payload type.
const DTMF_TYPE: u32 = 10;
/// The direction of a stream that goes both ways.
const BOTH_WAYS: u32 = 1;

bodies! {
    /// OpenReceiveChannelAck 0x0022: where the phone receives.
    OpenReceiveChannelAck (min 12) {
        /// Whether it does.
        status: MediaStatus,
        /// Where; use the address of the TCP connection instead if this is 0.0.0.0.
        address: SocketAddr,
        /// As ordered; small clients leave it out or say 0.
        pass_thru_party_id: Option<u32>,
        /// As ordered; older loads and small clients leave it out.
        call_reference: Option<u32>,
    }

    /// StartMediaTransmissionAck 0x0154. Older loads never send it.
    StartMediaTransmissionAck (min 12) {
        /// As ordered, or 0.
        conference_id: u32,
        /// As ordered, or 0.
        pass_thru_party_id: u32,
        /// As ordered.
        call_reference: u32,
        /// Where the phone sends from.
        address: SocketAddr,
        /// Whether it does.
        status: MediaStatus,
    }

    /// MulticastMediaReceptionAck 0x0021: whether the phone plays what is sent to the group.
    MulticastMediaReceptionAck (min 8) {
        /// Whether it does.
        status: MediaStatus,
        /// As ordered.
        pass_thru_party_id: u32,
        /// As ordered; older loads leave it out.
        call_reference: Option<u32>,
    }

    /// The end of what was played from a group: StopMulticastMediaReception 0x0103.
    StopMulticastMedia (min 8) {
        /// As when it began.
        conference_id: u32,
        /// As when it began.
        pass_thru_party_id: u32,
        /// As when it began.
        call_reference: u32,
    }

    /// MediaTransmissionFailure 0x002A.
    MediaTransmissionFailure (min 8) {
        /// As ordered.
        conference_id: u32,
        /// As ordered.
        pass_thru_party_id: u32,
        /// Where the phone was to send to.
        address: SocketAddr,
        /// As ordered.
        call_reference: u32,
    }

    /// The end of a stream: CloseReceiveChannel 0x0106 and StopMediaTransmission 0x008B.
    StopMedia (min 8) {
        /// As when it began.
        conference_id: u32,
        /// As when it began.
        pass_thru_party_id: u32,
        /// As when it began.
        call_reference: u32,
        /// Whether to keep the port open.
        keep_port: bool,
    }
}

/// One codec a phone has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AudioCapability {
    /// The codec.
    pub codec: Codec,
    /// The longest packet in milliseconds, despite the protocol calling it frames.
    pub max_frames_per_packet: u32,
    /// Depends on the codec: bit rate of G.723.1, dynamic payload type and so on.
    pub parameters: [u8; 8],
}

impl AudioCapability {
    const SIZE: usize = 16;
    /// The most of them in one message.
    const LIMIT: usize = 18;

    fn read_list(r: &mut Reader<'_>, count: u32) -> Vec<AudioCapability> {
        let room = (r.remaining() / Self::SIZE).min(Self::LIMIT);
        let count = usize::try_from(count).map_or(room, |count| count.min(room));
        let entry =
            |_| AudioCapability { codec: r.get(), max_frames_per_packet: r.u32(), parameters: r.array() };
        (0..count).map(entry).collect()
    }

    fn write_list(list: &[AudioCapability], w: &mut Writer<'_>) {
        for capability in list.iter().take(Self::LIMIT) {
            w.put(&capability.codec);
            w.u32(capability.max_frames_per_packet);
            w.bytes(&capability.parameters);
        }
    }
}

/// The audio codecs of a phone: CapabilitiesRes 0x0010, UpdateCapabilities 0x0030, 0x0043 and 0x0044. What the
/// latter three say about video and data is not read, and written as zeros. At most 18 are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// The codecs, in the phone's order.
    pub audio: Vec<AudioCapability>,
}

impl Capabilities {
    /// Where the audio codecs begin in the UpdateCapabilities messages.
    const UPDATE_AUDIO: usize = 312;
}

impl Body for Capabilities {
    const MIN: usize = 4;

    fn read(r: &mut Reader<'_>) -> Self {
        let count = r.u32();
        if r.message_id != MessageId::CAPABILITIES_RES {
            r.skip(Self::UPDATE_AUDIO - 4);
        }
        Capabilities { audio: AudioCapability::read_list(r, count) }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.count(self.audio.len().min(AudioCapability::LIMIT));
        let size = match w.message_id {
            MessageId::UPDATE_CAPABILITIES => 1840,
            MessageId::UPDATE_CAPABILITIES_V2 => 2000,
            MessageId::UPDATE_CAPABILITIES_V3 => 2100,
            _ => 0,
        };
        if size > 0 {
            w.fill_to(Self::UPDATE_AUDIO);
        }
        AudioCapability::write_list(&self.audio, w);
        w.fill_to(size);
    }
}

/// OpenReceiveChannel 0x0105: receive here, and say where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReceiveChannel {
    /// Usually the call reference.
    pub conference_id: u32,
    /// Identifies the stream in all messages about it; unique and not 0.
    pub pass_thru_party_id: u32,
    /// The length of a packet.
    pub milliseconds_per_packet: u32,
    /// The codec.
    pub codec: Codec,
    /// Whether to cancel echo.
    pub echo_cancellation: bool,
    /// The bit rate of G.723.1: 1 for 5.3 kbit/s, 2 for 6.3 kbit/s; else 0.
    pub g723_bit_rate: u32,
    /// The call.
    pub call_reference: u32,
    /// The payload type of RFC 2833 telephone events, or 0 for none.
    pub rfc2833_payload_type: u32,
}

impl Body for OpenReceiveChannel {
    const MIN: usize = 28;

    fn read(r: &mut Reader<'_>) -> Self {
        let mut message = OpenReceiveChannel {
            conference_id: r.u32(),
            pass_thru_party_id: r.u32(),
            milliseconds_per_packet: r.u32(),
            codec: r.get(),
            echo_cancellation: r.get(),
            g723_bit_rate: r.u32(),
            call_reference: r.u32(),
            rfc2833_payload_type: 0,
        };
        r.skip(ENCRYPTION + 8);
        message.rfc2833_payload_type = r.u32();
        message
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.conference_id);
        w.u32(self.pass_thru_party_id);
        w.u32(self.milliseconds_per_packet);
        w.put(&self.codec);
        w.put(&self.echo_cancellation);
        w.u32(self.g723_bit_rate);
        w.u32(self.call_reference);
        write_stream(w, self.rfc2833_payload_type);
        let version = w.version();
        if version.receive_direction() {
            write_direction(w);
            // The expected source: phones have refused concrete addresses, so none is named.
            w.address([0; 4].into());
            w.u32(0);
        }
        if version.requested_address_type() {
            w.u32(0);
        }
        if version.audio_level_adjustment() {
            w.u32(0);
        }
        if version.latent_capabilities() {
            w.zeros(LATENT_CAPABILITIES);
        }
    }
}

/// StartMulticastMediaReception 0x0101: play what is sent to a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartMulticastMediaReception {
    /// Usually the call reference.
    pub conference_id: u32,
    /// Identifies the stream in all messages about it; unique and not 0.
    pub pass_thru_party_id: u32,
    /// The group.
    pub address: SocketAddr,
    /// The length of a packet.
    pub milliseconds_per_packet: u32,
    /// The codec.
    pub codec: Codec,
    /// Whether to cancel echo.
    pub echo_cancellation: bool,
    /// As in [`OpenReceiveChannel`].
    pub g723_bit_rate: u32,
    /// The call.
    pub call_reference: u32,
}

impl Body for StartMulticastMediaReception {
    const MIN: usize = 24;

    fn read(r: &mut Reader<'_>) -> Self {
        StartMulticastMediaReception {
            conference_id: r.u32(),
            pass_thru_party_id: r.u32(),
            address: r.get(),
            milliseconds_per_packet: r.u32(),
            codec: r.get(),
            echo_cancellation: r.get(),
            g723_bit_rate: r.u32(),
            call_reference: r.u32(),
        }
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.conference_id);
        w.u32(self.pass_thru_party_id);
        w.put(&self.address);
        w.u32(self.milliseconds_per_packet);
        w.put(&self.codec);
        w.put(&self.echo_cancellation);
        w.u32(self.g723_bit_rate);
        w.u32(self.call_reference);
    }
}

/// StartMediaTransmission 0x008A: send there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartMediaTransmission {
    /// Usually the call reference.
    pub conference_id: u32,
    /// As in [`OpenReceiveChannel`] of the same phone.
    pub pass_thru_party_id: u32,
    /// Where to send to.
    pub address: SocketAddr,
    /// The length of a packet.
    pub milliseconds_per_packet: u32,
    /// The codec.
    pub codec: Codec,
    /// The IP type of service byte, 0xB8 for expedited forwarding.
    pub precedence: u32,
    /// Whether to send nothing while nobody speaks.
    pub silence_suppression: bool,
    /// The most frames in a packet; 0 leaves it to the phone.
    pub max_frames_per_packet: u32,
    /// As in [`OpenReceiveChannel`].
    pub g723_bit_rate: u32,
    /// The call.
    pub call_reference: u32,
    /// The payload type of RFC 2833 telephone events, or 0 for none.
    pub rfc2833_payload_type: u32,
}

impl StartMediaTransmission {
    /// The type of service for voice: expedited forwarding.
    pub const EXPEDITED_FORWARDING: u32 = 0xB8;
}

impl Body for StartMediaTransmission {
    const MIN: usize = 16;

    fn read(r: &mut Reader<'_>) -> Self {
        let mut message = StartMediaTransmission {
            conference_id: r.u32(),
            pass_thru_party_id: r.u32(),
            address: r.get(),
            milliseconds_per_packet: r.u32(),
            codec: r.get(),
            precedence: r.u32(),
            silence_suppression: r.get(),
            max_frames_per_packet: r.u32(),
            g723_bit_rate: r.u32(),
            call_reference: r.u32(),
            rfc2833_payload_type: 0,
        };
        r.skip(ENCRYPTION + 8);
        message.rfc2833_payload_type = r.u32();
        message
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.u32(self.conference_id);
        w.u32(self.pass_thru_party_id);
        w.put(&self.address);
        w.u32(self.milliseconds_per_packet);
        w.put(&self.codec);
        w.u32(self.precedence);
        w.put(&self.silence_suppression);
        w.u32(self.max_frames_per_packet);
        w.u32(self.g723_bit_rate);
        w.u32(self.call_reference);
        write_stream(w, self.rfc2833_payload_type);
        write_direction(w);
        if w.version().latent_capabilities() {
            w.zeros(LATENT_CAPABILITIES);
        }
    }
}

/// What both orders have in common: encryption, stream ids and telephone events.
fn write_stream(w: &mut Writer<'_>, rfc2833_payload_type: u32) {
    w.zeros(ENCRYPTION + 8);
    w.u32(rfc2833_payload_type);
    w.u32(DTMF_TYPE);
}

/// The mixing mode and the direction.
fn write_direction(w: &mut Writer<'_>) {
    w.u32(0);
    w.u32(BOTH_WAYS);
}

/// ConnectionStatisticsReq 0x0107.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionStatisticsReq {
    /// The directory number; up to 23 bytes (27 from version 19 on).
    pub number: Text,
    /// The call.
    pub call_reference: u32,
    /// What to do with the counters afterwards.
    pub processing: StatisticsProcessing,
}

impl Body for ConnectionStatisticsReq {
    const MIN: usize = 28;

    fn read(r: &mut Reader<'_>) -> Self {
        let size = if r.version().long_statistics_request() { 28 } else { 24 };
        ConnectionStatisticsReq { number: r.text(size), call_reference: r.u32(), processing: r.get() }
    }

    fn write(&self, w: &mut Writer<'_>) {
        let size = if w.version().long_statistics_request() { 28 } else { 24 };
        w.text(&self.number, size);
        w.u32(self.call_reference);
        w.put(&self.processing);
        if w.version().long_numbers() {
            // At 18, dissectors expect the size of 19 already.
            w.fill_to(36);
        }
    }
}

/// ConnectionStatisticsRes 0x0023: how the media of a call went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionStatisticsRes {
    /// The directory number; up to 23 bytes (27 from version 18 on).
    pub number: Text,
    /// The call.
    pub call_reference: u32,
    /// As in the request.
    pub processing: StatisticsProcessing,
    /// RTP packets sent.
    pub packets_sent: u32,
    /// Bytes sent.
    pub octets_sent: u32,
    /// RTP packets received.
    pub packets_received: u32,
    /// Bytes received.
    pub octets_received: u32,
    /// RTP packets lost.
    pub packets_lost: u32,
    /// Milliseconds.
    pub jitter: u32,
    /// Milliseconds.
    pub latency: u32,
    /// More measurements, as `MLQK=4.5;CS=0`; up to 600 bytes.
    pub quality: Text,
}

impl ConnectionStatisticsRes {
    const QUALITY: usize = 600;
}

impl Body for ConnectionStatisticsRes {
    const MIN: usize = 28;

    fn read(r: &mut Reader<'_>) -> Self {
        let size = if r.version().long_statistics_response() { 28 } else { 24 };
        let (number, call_reference) = (r.text(size), r.u32());
        let packed = r.version().packed_statistics();
        let processing = if packed { u32::from(r.u8()) } else { r.u32() };
        let mut message = ConnectionStatisticsRes {
            number,
            call_reference,
            processing: StatisticsProcessing(processing),
            packets_sent: r.u32(),
            octets_sent: r.u32(),
            packets_received: r.u32(),
            octets_received: r.u32(),
            packets_lost: r.u32(),
            jitter: r.u32(),
            latency: r.u32(),
            quality: Text::empty(),
        };
        let length = usize::try_from(r.u32()).unwrap_or(usize::MAX);
        message.quality = r.text(length.min(Self::QUALITY));
        message
    }

    fn write(&self, w: &mut Writer<'_>) {
        let size = if w.version().long_statistics_response() { 28 } else { 24 };
        w.text(&self.number, size);
        w.u32(self.call_reference);
        if w.version().packed_statistics() {
            w.u8(self.processing.0.to_le_bytes()[0]);
        } else {
            w.put(&self.processing);
        }
        w.u32(self.packets_sent);
        w.u32(self.octets_sent);
        w.u32(self.packets_received);
        w.u32(self.octets_received);
        w.u32(self.packets_lost);
        w.u32(self.jitter);
        w.u32(self.latency);
        w.counted_text(&self.quality, Self::QUALITY);
    }
}
