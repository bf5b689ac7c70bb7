//! The codecs of the engine: G.711 in both laws, which every phone has.

use audio_codec::{
    Decoder, Encoder,
    pcma::{PcmaDecoder, PcmaEncoder},
    pcmu::{PcmuDecoder, PcmuEncoder},
};

use crate::{FRAME, Frame};

/// A codec with 8,000 samples a second and one byte for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
}

impl Codec {
    /// The RTP payload type (RFC 3551, 6).
    pub const fn payload_type(self) -> u8 {
        match self {
            Codec::Pcmu => 0,
            Codec::Pcma => 8,
        }
    }

    /// Encodes a frame.
    pub fn encode(self, frame: &Frame) -> [u8; FRAME] {
        let mut encoded = [0; FRAME];
        // The buffer fits: one byte for each sample.
        let _ = match self {
            Codec::Pcmu => PcmuEncoder::new().encode_into(frame, &mut encoded),
            Codec::Pcma => PcmaEncoder::new().encode_into(frame, &mut encoded),
        };
        encoded
    }

    /// Decodes a payload of any length.
    pub fn decode(self, payload: &[u8]) -> Vec<i16> {
        let mut samples = vec![0; payload.len()];
        let _ = match self {
            Codec::Pcmu => PcmuDecoder::new().decode_into(payload, &mut samples),
            Codec::Pcma => PcmaDecoder::new().decode_into(payload, &mut samples),
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
    fn silence_has_the_octets_of_the_recommendation() {
        assert_eq!(Codec::Pcmu.encode(&[0; FRAME])[0], 0xFF);
        assert_eq!(Codec::Pcma.encode(&[0; FRAME])[0], 0xD5);
    }
}
