//! Music on hold: a loop that all who listen to it hear at the same place.

use std::f32::consts::TAU;

use audio_codec::resampler::resample;

use crate::{Codec, FRAME, Frame, RATE};

/// The largest file that is read, 16 MB: half an hour of G.711.
pub const MAX_FILE: usize = 16 << 20;

/// A loop of audio.
#[derive(Clone, PartialEq, Debug)]
pub struct Music {
    samples: Vec<i16>,
    place: usize,
}

/// Why a file cannot be played.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MusicError {
    /// Neither format was found.
    #[error("it is neither a WAV file (RIFF) nor an AU file (.snd)")]
    UnknownFormat,
    /// The format says that the audio is encoded in another way.
    #[error("its encoding {0} is not supported; linear PCM of 8 or 16 bits, mu-law and A-law are")]
    UnsupportedEncoding(u32),
    /// A part is missing or contradicts itself.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// There are no samples, or fewer than one frame.
    #[error("it has no audio")]
    Empty,
    /// It is larger than [`MAX_FILE`].
    #[error("it is larger than 16 MB")]
    TooLarge,
}

/// How samples are written in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encoding {
    Unsigned8,
    Signed8,
    Little16,
    Big16,
    G711(Codec),
}

impl Music {
    /// The music that is played when no file is set: quiet broken chords, eight seconds.
    pub fn built_in() -> Music {
        const CHORDS: [[f32; 4]; 4] = [
            [261.6, 329.6, 392.0, 523.3],
            [220.0, 261.6, 329.6, 440.0],
            [174.6, 220.0, 261.6, 349.2],
            [196.0, 246.9, 293.7, 392.0],
        ];
        let mut samples = Vec::with_capacity(8 * RATE);
        for chord in CHORDS {
            for note in [0, 1, 2, 3, 2, 1, 0, 1] {
                let pitch = chord.get(note).copied().unwrap_or(440.0);
                samples.extend((0..RATE / 4).map(|n| tone(pitch, n)));
            }
        }
        Music { samples, place: 0 }
    }

    /// The tone that tells a caller that it rings: 440 and 480 Hz, two seconds of six (ITU-T E.180, North America).
    pub fn ring_back() -> Music {
        let sounds = (0..2 * RATE).map(|n| {
            let time = n as f32 / RATE as f32;
            let wave = |pitch: f32| (TAU * pitch * time).sin();
            ((wave(440.0) + wave(480.0)) * 3_000.0) as i16
        });
        Music { samples: sounds.chain(std::iter::repeat_n(0, 4 * RATE)).collect(), place: 0 }
    }

    /// The audio of a WAV or AU file, in one channel and at 8,000 samples a second.
    ///
    /// # Errors
    /// [`MusicError`] if the file is not one of these, or is damaged.
    pub fn read(file: &[u8]) -> Result<Music, MusicError> {
        if file.len() > MAX_FILE {
            return Err(MusicError::TooLarge);
        }
        let (encoding, channels, rate, data) = match file {
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', chunks @ ..] => wav(chunks)?,
            [b'.', b's', b'n', b'd', ..] => au(file)?,
            _ => return Err(MusicError::UnknownFormat),
        };
        let samples = one_channel(decode(encoding, data), channels);
        let samples =
            if rate as usize == RATE { samples } else { resample(&samples, rate, RATE as u32).to_vec() };
        match samples.len() {
            ..FRAME => Err(MusicError::Empty),
            _ => Ok(Music { samples, place: 0 }),
        }
    }

    /// The next 20 ms.
    pub fn next_frame(&mut self) -> Frame {
        let mut frame = [0; FRAME];
        for sample in &mut frame {
            *sample = self.samples.get(self.place).copied().unwrap_or(0);
            self.place += 1;
            if self.place >= self.samples.len() {
                self.place = 0;
            }
        }
        frame
    }

    /// The samples, from the first one.
    pub fn into_samples(self) -> Vec<i16> {
        self.samples
    }

    /// How many samples the loop has.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is nothing to hear.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

/// A note that begins fast and fades.
fn tone(pitch: f32, n: usize) -> i16 {
    let time = n as f32 / RATE as f32;
    let attack = (time * 100.0).min(1.0);
    let decay = (-6.0 * time).exp();
    let wave = (TAU * pitch * time).sin() + 0.3 * (TAU * 2.0 * pitch * time).sin();
    (wave * attack * decay * 4_000.0) as i16
}

type Format<'a> = (Encoding, u16, u32, &'a [u8]);

fn wav(mut chunks: &[u8]) -> Result<Format<'_>, MusicError> {
    let mut format = None;
    while let Some((header, rest)) = chunks.split_first_chunk::<8>() {
        let [a, b, c, d, size @ ..] = *header;
        let size = u32::from_le_bytes(size) as usize;
        // A file that was cut off, or was written to a pipe, says more than there is.
        let body = rest.get(..size).unwrap_or(rest);
        match [a, b, c, d] {
            [b'f', b'm', b't', b' '] => format = Some(wav_format(body)?),
            [b'd', b'a', b't', b'a'] => {
                let (encoding, channels, rate) =
                    format.ok_or(MusicError::Damaged("it has no format before its data"))?;
                return Ok((encoding, channels, rate, body));
            }
            _ => {}
        }
        chunks = rest.get(size + size % 2..).unwrap_or_default();
    }
    Err(MusicError::Damaged("it has no data"))
}

fn wav_format(body: &[u8]) -> Result<(Encoding, u16, u32), MusicError> {
    let number = |at: usize| body.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
    let fields = (number(0), number(2), number(4), number(6), number(14));
    let (Some(tag), Some(channels), Some(low), Some(high), Some(bits)) = fields else {
        return Err(MusicError::Damaged("its format is too short"));
    };
    // WAVE_FORMAT_EXTENSIBLE has the real tag further behind.
    let tag = if tag == 0xFFFE { number(24).unwrap_or(tag) } else { tag };
    let encoding = match (tag, bits) {
        (1, 8) => Encoding::Unsigned8,
        (1, 16) => Encoding::Little16,
        (6, 8) => Encoding::G711(Codec::Pcma),
        (7, 8) => Encoding::G711(Codec::Pcmu),
        _ => return Err(MusicError::UnsupportedEncoding(tag.into())),
    };
    checked(encoding, channels.into(), u32::from(high) << 16 | u32::from(low))
}

fn au(file: &[u8]) -> Result<Format<'_>, MusicError> {
    let number =
        |at: usize| file.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
    let fields = (number(4), number(8), number(12), number(16), number(20));
    let (Some(offset), Some(size), Some(tag), Some(rate), Some(channels)) = fields else {
        return Err(MusicError::Damaged("its header is too short"));
    };
    let encoding = match tag {
        1 => Encoding::G711(Codec::Pcmu),
        2 => Encoding::Signed8,
        3 => Encoding::Big16,
        27 => Encoding::G711(Codec::Pcma),
        _ => return Err(MusicError::UnsupportedEncoding(tag)),
    };
    let (encoding, channels, rate) = checked(encoding, channels, rate)?;
    let data = file.get(offset as usize..).ok_or(MusicError::Damaged("it has no data"))?;
    Ok((encoding, channels, rate, data.get(..size as usize).unwrap_or(data)))
}

fn checked(encoding: Encoding, channels: u32, rate: u32) -> Result<(Encoding, u16, u32), MusicError> {
    match (channels, rate) {
        (1..=8, 4_000..=192_000) => Ok((encoding, u16::try_from(channels).unwrap_or(1), rate)),
        (1..=8, _) => Err(MusicError::Damaged("its sampling rate is not between 4,000 and 192,000")),
        _ => Err(MusicError::Damaged("it does not have 1 to 8 channels")),
    }
}

fn decode(encoding: Encoding, data: &[u8]) -> Vec<i16> {
    let pairs = || data.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
    match encoding {
        Encoding::Unsigned8 => data.iter().map(|byte| (i16::from(*byte) - 128) << 8).collect(),
        Encoding::Signed8 => data.iter().map(|byte| i16::from(byte.cast_signed()) << 8).collect(),
        Encoding::Little16 => pairs().map(i16::from_le_bytes).collect(),
        Encoding::Big16 => pairs().map(i16::from_be_bytes).collect(),
        Encoding::G711(codec) => codec.decode(data),
    }
}

fn one_channel(samples: Vec<i16>, channels: u16) -> Vec<i16> {
    if channels == 1 {
        return samples;
    }
    let mean = |group: &[i16]| {
        let sum: i32 = group.iter().map(|sample| i32::from(*sample)).sum();
        i16::try_from(sum / i32::from(channels)).unwrap_or(0)
    };
    samples.chunks_exact(channels.into()).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav_file(tag: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        for field in [tag, channels, rate as u16, (rate >> 16) as u16, 0, 0, 0, bits] {
            file.extend_from_slice(&field.to_le_bytes());
        }
        file.extend_from_slice(b"data");
        file.extend_from_slice(&(data.len() as u32).to_le_bytes());
        file.extend_from_slice(data);
        file
    }

    fn au_file(tag: u32, data: &[u8]) -> Vec<u8> {
        let mut file = b".snd".to_vec();
        for field in [28, u32::MAX, tag, 8_000, 1, 0] {
            file.extend_from_slice(&field.to_be_bytes());
        }
        file.extend_from_slice(data);
        file
    }

    #[test]
    fn files_of_cme_are_heard() {
        let mu_law = vec![0x80; 400];
        let loud = Codec::Pcmu.decode(&[0x80])[0];
        for file in [wav_file(7, 8, 1, 8_000, &mu_law), au_file(1, &mu_law)] {
            let mut music = Music::read(&file).unwrap();
            assert_eq!((music.len(), music.next_frame()), (400, [loud; FRAME]));
        }
        assert_eq!(Music::read(&au_file(27, &[0xD5; 200])).unwrap().len(), 200);
    }

    #[test]
    fn two_channels_are_mixed_and_other_rates_converted() {
        let stereo: Vec<u8> = [100_i16, 300].iter().flat_map(|s| s.to_le_bytes()).collect();
        let music = Music::read(&wav_file(1, 16, 2, 8_000, &stereo.repeat(200))).unwrap();
        assert_eq!((music.samples.len(), music.samples[5]), (200, 200));
        let music = Music::read(&wav_file(1, 16, 1, 16_000, &[0; 6_400])).unwrap();
        assert!(music.len().abs_diff(1_600) < 40, "{}", music.len());
    }

    #[test]
    fn what_cannot_be_played_is_named() {
        let cases: [(Vec<u8>, MusicError); 6] = [
            (b"ID3 an MP3".to_vec(), MusicError::UnknownFormat),
            (wav_file(85, 16, 1, 8_000, &[0; 999]), MusicError::UnsupportedEncoding(85)),
            (wav_file(7, 8, 1, 8_000, &[]), MusicError::Empty),
            (wav_file(7, 8, 0, 8_000, &[0; 999]), MusicError::Damaged("it does not have 1 to 8 channels")),
            (b"RIFF\0\0\0\0WAVE".to_vec(), MusicError::Damaged("it has no data")),
            (b".snd\0\0".to_vec(), MusicError::Damaged("its header is too short")),
        ];
        for (file, error) in cases {
            assert_eq!(Music::read(&file).unwrap_err(), error);
        }
        for cut in 0..60 {
            let file = wav_file(1, 16, 2, 8_000, &[1; 64]);
            let _ = Music::read(&file[..cut]);
        }
    }

    #[test]
    fn the_built_in_music_is_heard_and_begins_again() {
        let mut music = Music::built_in();
        let first = music.next_frame();
        assert!(crate::mixer::loudness(&first) > 1_000);
        for _ in 1..music.len() / FRAME {
            music.next_frame();
        }
        assert_eq!(music.next_frame(), first);
    }
}
