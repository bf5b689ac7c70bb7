//! Digits that a device sends as tones in its audio (ITU-T Q.23 and Q.24), found by Goertzel's algorithm.
//!
//! A digit counts when two blocks of 12.75 ms one after the other have the two tones of its key, loud enough, nearly as loud as each
//! other, and next to nothing else: speech and music have more. It counts once, until two blocks have it no more.

use std::f64::consts::TAU;

use crate::{
    RATE,
    digits::{COLUMNS, KEYS, ROWS, digit_of},
};

/// Samples of a block.
const BLOCK: usize = 102;

/// The least amplitude of each tone: about -25 dBm0.
const QUIET: f64 = 1_200.0;

/// How much louder the higher tone may be than the lower one, and the other way round: 4 and 8 dB, as powers.
const FORWARD_TWIST: f64 = 2.52;
const REVERSE_TWIST: f64 = 6.31;

/// How much weaker all other tones are at least: 6 dB, as power.
const OTHERS: f64 = 4.0;

/// The part of the energy that the two tones have at least.
const PURE: f64 = 0.65;

/// Finds digits in audio.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detector {
    /// The last two values of the filter of each tone: rows, then columns.
    filters: [[f64; 2]; 8],
    energy: f64,
    samples: usize,
    /// What the block before had.
    before: Option<char>,
    /// The digit that counts, and blocks that have had it no more.
    sounds: Option<(char, u32)>,
}

impl Detector {
    /// A digit that begins in this audio.
    pub(crate) fn push(&mut self, audio: &[i16]) -> Option<char> {
        let mut begins = None;
        for sample in audio {
            self.filter(f64::from(*sample));
            if self.samples == BLOCK {
                begins = self.end_of_block().or(begins);
            }
        }
        begins
    }

    fn filter(&mut self, sample: f64) {
        for (filter, frequency) in self.filters.iter_mut().zip(ROWS.iter().chain(&COLUMNS)) {
            let [last, before] = *filter;
            *filter = [sample + coefficient(*frequency) * last - before, last];
        }
        self.energy += sample * sample;
        self.samples += 1;
    }

    fn end_of_block(&mut self) -> Option<char> {
        let found = self.digit();
        (self.filters, self.energy, self.samples) = ([[0.0; 2]; 8], 0.0, 0);
        let steady = found.filter(|digit| self.before == Some(*digit));
        self.before = found;
        match (&mut self.sounds, steady) {
            (Some((sounds, gone)), Some(digit)) if *sounds == digit => *gone = 0,
            (_, Some(digit)) => {
                self.sounds = Some((digit, 0));
                return Some(digit);
            }
            (Some((sounds, gone)), None) if found != Some(*sounds) => {
                *gone += 1;
                if *gone >= 2 {
                    self.sounds = None;
                }
            }
            _ => {}
        }
        None
    }

    /// The digit whose tones the block has.
    fn digit(&self) -> Option<char> {
        let mut powers = [0.0; 8];
        let frequencies = ROWS.iter().chain(&COLUMNS);
        for ((power, [last, before]), frequency) in powers.iter_mut().zip(self.filters).zip(frequencies) {
            // The square of the amplitude of the tone.
            let square = last * last + before * before - coefficient(*frequency) * last * before;
            *power = square * (2.0 / BLOCK as f64).powi(2);
        }
        let (rows, columns) = powers.split_at(4);
        let ((row, low), (column, high)) = (strongest(rows)?, strongest(columns)?);
        let loud = low.min(high) > QUIET * QUIET;
        let balanced = high < low * FORWARD_TWIST && low < high * REVERSE_TWIST;
        let pure = (low + high) / 2.0 * BLOCK as f64 > self.energy * PURE;
        let event = KEYS.get(row)?.get(column)?;
        digit_of(*event).filter(|_| loud && balanced && pure)
    }
}

fn coefficient(frequency: f64) -> f64 {
    2.0 * (TAU * frequency / RATE as f64).cos()
}

/// The strongest tone of a group, if no other one comes near it.
fn strongest(powers: &[f64]) -> Option<(usize, f64)> {
    let (place, power) = powers.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let alone = powers.iter().enumerate().all(|(other, own)| other == place || own * OTHERS < power);
    alone.then_some((place, power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, FRAME, Frame, digits::Sounding, digits::event_of};

    /// Tones of this length and loudness, and as much silence, through a codec.
    fn dialled(digits: &str, milliseconds: usize, gain: f64) -> Vec<i16> {
        let mut samples = Vec::new();
        for digit in digits.chars() {
            let mut sounding = Sounding::new(event_of(digit).unwrap());
            let tone: Vec<i16> = (0..50).flat_map(|_| sounding.next_tone()).collect();
            let length = milliseconds * RATE / 1_000;
            samples.extend(tone[..length].iter().map(|sample| (f64::from(*sample) * gain) as i16));
            samples.extend(std::iter::repeat_n(0, length));
        }
        while samples.len() % FRAME != 0 {
            samples.push(0);
        }
        let frames = samples.chunks(FRAME).map(|frame| Frame::try_from(frame).unwrap());
        frames.flat_map(|frame| Codec::Pcmu.decode(&Codec::Pcmu.encode(&frame))).collect()
    }

    fn detected(samples: &[i16]) -> String {
        let mut detector = Detector::default();
        samples.chunks(FRAME).filter_map(|frame| detector.push(frame)).collect()
    }

    #[test]
    fn all_digits_are_found_once_each() {
        let digits = "0123456789*#ABCD55500";
        for (milliseconds, gain) in [(45, 1.0), (70, 0.3), (100, 1.0), (400, 2.0)] {
            for shift in [0, 33, 90] {
                let samples = [vec![0; shift], dialled(digits, milliseconds, gain)].concat();
                assert_eq!(detected(&samples), digits, "{milliseconds} ms, {gain}, {shift}");
            }
        }
    }

    #[test]
    fn what_is_too_short_or_too_quiet_is_no_digit() {
        assert_eq!(detected(&dialled("159D", 12, 1.0)), "");
        assert_eq!(detected(&dialled("159D", 100, 0.05)), "");
    }

    #[test]
    fn music_noise_and_single_tones_are_no_digits() {
        let mut music = crate::Music::built_in();
        let music: Vec<i16> = (0..3_000).flat_map(|_| music.next_frame()).collect();
        assert_eq!(detected(&music), "");
        let mut state = 1_u32;
        let noise: Vec<i16> = (0..480_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) as i16 / 3
            })
            .collect();
        assert_eq!(detected(&noise), "");
        for frequency in [350.0, 440.0, 697.0, 1209.0, 1400.0] {
            let tone: Vec<i16> = (0..80_000)
                .map(|n| ((TAU * frequency * f64::from(n) / RATE as f64).sin() * 8_000.0) as i16)
                .collect();
            assert_eq!(detected(&tone), "", "{frequency} Hz");
        }
    }
}
