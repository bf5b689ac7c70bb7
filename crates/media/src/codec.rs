//! The codecs of the engine: G.711 in both laws, which every phone has, G.722, and Opus.
//!
//! The engine mixes 8,000 samples a second. G.722 has 16,000, Opus up to 48,000: who speaks them is heard as over G.711, and hears
//! that. Opus changes its rate by itself (RFC 6716, 2); of two channels both are heard.

use audio_codec::{
    Decoder, Encoder,
    g722::{G722Decoder, G722Encoder},
    pcma::{PcmaDecoder, PcmaEncoder},
    pcmu::{PcmuDecoder, PcmuEncoder},
};

use crate::{FRAME, Frame, RATE, opus::Opus};

/// A codec: G.711 and G.722 have 64,000 bits a second, a byte for each of 8,000 samples; Opus has fewer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722.
    G722,
    /// Opus (RFC 6716, RFC 7587).
    Opus,
}

/// 20 ms of a codec.
#[derive(Clone, Copy, Debug)]
pub struct Payload {
    bytes: [u8; FRAME],
    length: usize,
}

impl Payload {
    /// The first bytes of a buffer.
    pub(crate) fn new(bytes: [u8; FRAME], length: usize) -> Payload {
        Payload { bytes, length: length.min(FRAME) }
    }
}

impl From<[u8; FRAME]> for Payload {
    fn from(bytes: [u8; FRAME]) -> Payload {
        Payload { bytes, length: FRAME }
    }
}

impl std::ops::Deref for Payload {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Encodes and decodes the audio of one device, with what the codec remembers of it.
#[derive(Default)]
pub struct Coder {
    g722: Option<Box<Wideband>>,
    opus: Option<Box<Opus>>,
}

/// G.722, and the last samples on both ways between its rate and that of the engine.
struct Wideband {
    encoder: G722Encoder,
    decoder: G722Decoder,
    said: [i32; 3],
    heard: [i32; 6],
}

impl Wideband {
    /// Puts a sample between each two (a half-band filter of seven taps), and encodes them.
    fn encode(&mut self, frame: &Frame) -> [u8; FRAME] {
        let mut wide = [0; 2 * FRAME];
        for (pair, sample) in wide.chunks_exact_mut(2).zip(frame) {
            let ([a, b, c], d) = (self.said, i32::from(*sample));
            let between = (9 * (b + c) - a - d) / 16;
            self.said = [b, c, d];
            pair.copy_from_slice(&[clip(b), clip(between)]);
        }
        let mut encoded = [0; FRAME];
        // The buffer fits: a byte for two samples.
        let _ = self.encoder.encode_into(&wide, &mut encoded);
        encoded
    }

    /// Decodes, and leaves out every other sample behind the same filter.
    fn decode(&mut self, payload: &[u8]) -> Vec<i16> {
        let mut wide = vec![0; 2 * payload.len()];
        let _ = self.decoder.decode_into(payload, &mut wide);
        let narrow = wide.chunks_exact(2).map(|pair| {
            let (one, other) = match pair {
                [one, other] => (i32::from(*one), i32::from(*other)),
                _ => (0, 0),
            };
            let [a, _, c, d, e, f] = self.heard;
            self.heard = [c, d, e, f, one, other];
            clip((9 * (c + e) + 16 * d - a - one) / 32)
        });
        narrow.collect()
    }
}

fn clip(sample: i32) -> i16 {
    i16::try_from(sample).unwrap_or(if sample < 0 { i16::MIN } else { i16::MAX })
}

impl std::fmt::Debug for Coder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coder")
            .field("g722", &self.g722.is_some())
            .field("opus", &self.opus.is_some())
            .finish()
    }
}

impl Coder {
    fn g722(&mut self) -> &mut Wideband {
        self.g722.get_or_insert_with(|| {
            let (encoder, decoder) = (G722Encoder::new(), G722Decoder::new());
            Box::new(Wideband { encoder, decoder, said: [0; 3], heard: [0; 6] })
        })
    }

    fn opus(&mut self) -> &mut Opus {
        self.opus.get_or_insert_with(Box::default)
    }

    /// Encodes the next frame.
    pub fn encode(&mut self, codec: Codec, frame: &Frame) -> Payload {
        match codec {
            Codec::G722 => self.g722().encode(frame).into(),
            Codec::Opus => self.opus().encode(frame),
            Codec::Pcmu | Codec::Pcma => codec.encode(frame).into(),
        }
    }

    /// Decodes the next payload, of any length.
    pub fn decode(&mut self, codec: Codec, payload: &[u8]) -> Vec<i16> {
        match codec {
            Codec::G722 => self.g722().decode(payload),
            Codec::Opus => self.opus().decode(payload),
            Codec::Pcmu | Codec::Pcma => codec.decode(payload),
        }
    }
}

impl Codec {
    /// The RTP payload type (RFC 3551, 6); one of the dynamic ones for Opus, where no other one was agreed.
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
            Codec::G722 => 9,
            Codec::Opus => 96,
        }
    }

    /// By how much the RTP timestamp grows in a second: 48,000 for Opus whatever it carries (RFC 7587, 4.1), 8,000 for G.722
    /// although that is not its rate (RFC 3551, 4.5.2).
    pub const fn clock(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8_000,
            Codec::Opus => 48_000,
        }
    }

    /// By how much the RTP timestamp grows with each sample of the engine.
    pub const fn ticks_per_sample(self) -> u32 {
        self.clock() / RATE as u32
    }

    /// Encodes a frame in a law of G.711; silence for another codec, which a [`Coder`] encodes.
    pub fn encode(self, frame: &Frame) -> [u8; FRAME] {
        let mut encoded = [0; FRAME];
        // The buffer fits: one byte for each sample.
        let _ = match self {
            Codec::Pcmu => PcmuEncoder::new().encode_into(frame, &mut encoded),
            Codec::Pcma => PcmaEncoder::new().encode_into(frame, &mut encoded),
            Codec::G722 | Codec::Opus => Ok(0),
        };
        encoded
    }

    /// Decodes a payload of any length in a law of G.711; silence for another codec, which a [`Coder`] decodes.
    pub fn decode(self, payload: &[u8]) -> Vec<i16> {
        let mut samples = vec![0; payload.len()];
        let _ = match self {
            Codec::Pcmu => PcmuDecoder::new().decode_into(payload, &mut samples),
            Codec::Pcma => PcmaDecoder::new().decode_into(payload, &mut samples),
            Codec::G722 | Codec::Opus => Ok(0),
        };
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_heard_again_nearly_as_it_was() {
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let frame: Frame = std::array::from_fn(|n| (n as i16 - 80) * 300);
            let heard = codec.decode(&codec.encode(&frame));
            for (said, heard) in frame.iter().zip(&heard) {
                assert!((said - heard).abs() <= 16 + said.abs() / 16, "{codec:?}: {said} became {heard}");
            }
        }
    }

    #[test]
    fn what_is_said_in_g722_is_heard() {
        let mut coder = Coder::default();
        let tone = |n: usize| (f64::sin(n as f64 * 0.5) * 8_000.0) as i16;
        let mut loudest = 0;
        for frame in 0..20 {
            let said: Frame = std::array::from_fn(|n| tone(frame * FRAME + n));
            let encoded = coder.encode(Codec::G722, &said);
            let heard = coder.decode(Codec::G722, &encoded);
            assert_eq!(heard.len(), FRAME);
            loudest = heard.iter().map(|sample| sample.abs()).max().unwrap();
        }
        assert!((7_000..9_000).contains(&loudest), "the loudest sample is {loudest}");
    }

    #[test]
    fn what_is_said_in_opus_is_heard_in_a_fifth_of_the_bytes() {
        let mut coder = Coder::default();
        let tone = |n: usize| (f64::sin(n as f64 * 0.5) * 8_000.0) as i16;
        let (mut bytes, mut loudest) = (0, 0);
        for frame in 0..50 {
            let said: Frame = std::array::from_fn(|n| tone(frame * FRAME + n));
            let encoded = coder.encode(Codec::Opus, &said);
            bytes += encoded.len();
            let heard = coder.decode(Codec::Opus, &encoded);
            assert_eq!(heard.len(), FRAME);
            loudest = heard.iter().map(|sample| sample.abs()).max().unwrap();
        }
        assert!(bytes < 50 * FRAME / 2, "{bytes} bytes");
        assert!((7_000..9_000).contains(&loudest), "the loudest sample is {loudest}");
    }

    #[test]
    fn silence_has_the_octets_of_the_recommendation() {
        assert_eq!(Codec::Pcmu.encode(&[0; FRAME])[0], 0xFF);
        assert_eq!(Codec::Pcma.encode(&[0; FRAME])[0], 0xD5);
    }
}
