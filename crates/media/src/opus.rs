//! Opus at the rate of the engine.

use ropus::{Application, Bitrate, Channels, DecodeMode, Decoder, Encoder};

use crate::{FRAME, Frame, RATE, codec::Payload};

/// Bits a second: speech with the band of a telephone loses nothing that is heard.
const BIT_RATE: u32 = 24_000;

/// How much the encoder tries, of 10: more is hardly heard in this band, and costs twice as much.
const COMPLEXITY: u8 = 5;

/// Samples of the longest packet, 120 ms.
const LONGEST: usize = 6 * FRAME;

/// Encodes and decodes the audio of one device.
#[derive(Default)]
pub(crate) struct Opus {
    encoder: Option<Encoder>,
    decoder: Option<Decoder>,
}

impl Opus {
    /// Encodes 20 ms.
    pub(crate) fn encode(&mut self, frame: &Frame) -> Payload {
        if self.encoder.is_none() {
            let builder = Encoder::builder(RATE as u32, Channels::Mono, Application::Voip);
            let bit_rate = Bitrate::try_bits(BIT_RATE).unwrap_or(Bitrate::Auto);
            self.encoder = builder.bitrate(bit_rate).complexity(COMPLEXITY).vbr(true).build().ok();
        }
        let mut bytes = [0; FRAME];
        let written = self.encoder.as_mut().and_then(|encoder| encoder.encode(frame, &mut bytes).ok());
        Payload::new(bytes, written.unwrap_or(0))
    }

    /// Decodes a packet of any length and any number of channels; nothing if it is none.
    pub(crate) fn decode(&mut self, payload: &[u8]) -> Vec<i16> {
        if self.decoder.is_none() {
            self.decoder = Decoder::new(RATE as u32, Channels::Mono).ok();
        }
        let Some(decoder) = self.decoder.as_mut().filter(|_| !payload.is_empty()) else { return Vec::new() };
        let mut samples = vec![0; LONGEST];
        let count = decoder.decode(payload, &mut samples, DecodeMode::Normal).unwrap_or(0);
        samples.truncate(count);
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::scramble;

    #[test]
    fn what_is_no_packet_of_opus_is_nothing_and_does_no_harm() {
        let mut opus = Opus::default();
        assert!(opus.decode(&[]).is_empty());
        for seed in 0..4_000_u64 {
            let length = 1 + scramble(seed) as usize % 300;
            let byte = |n: usize| scramble(seed << 16 | n as u64) as u8;
            let packet: Vec<u8> = (0..length).map(byte).collect();
            assert!(opus.decode(&packet).len() <= LONGEST);
        }
        let silence = opus.encode(&[0; FRAME]);
        assert_eq!(opus.decode(&silence).len(), FRAME, "it goes on as before");
    }

    #[test]
    fn a_packet_of_several_frames_and_two_channels_is_heard() {
        let mut theirs = Encoder::builder(48_000, Channels::Stereo, Application::Audio).build().unwrap();
        let mut opus = Opus::default();
        let mut loudest = 0;
        for packet in 0..20 {
            // 60 ms.
            let tone = |n: usize| ((packet * 2_880 + n / 2) as f64 * 0.08).sin() * 8_000.0;
            let samples: Vec<i16> = (0..2 * 2_880).map(|n| tone(n) as i16).collect();
            let mut bytes = [0; 1_000];
            let length = theirs.encode(&samples, &mut bytes).unwrap();
            let heard = opus.decode(&bytes[..length]);
            assert_eq!(heard.len(), 3 * FRAME);
            loudest = heard.iter().map(|sample| sample.abs()).max().unwrap();
        }
        assert!((7_000..9_000).contains(&loudest), "the loudest sample is {loudest}");
    }
}
