//! Digits that a device hears: as telephone events (RFC 4733), or as tones (ITU-T Q.23).

use std::f64::consts::TAU;

use crate::{FRAME, Frame, RATE, rtp::EVENT_LENGTH};

/// Packets at the end of an event (RFC 4733, 2.5.1.4).
pub(crate) const FINAL_PACKETS: usize = 3;

/// The bit that marks the end of an event, and the volume: -10 dBm0.
const END: u8 = 0x80;
const VOLUME: u8 = 10;

/// The frequencies of rows and columns, in hertz.
pub(crate) const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
pub(crate) const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];

/// The keys, by row.
pub(crate) const KEYS: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];

/// How loud each of both tones is.
const AMPLITUDE: f64 = 6_000.0;

/// The event of a digit: `0` to `9`, `*`, `#`, `A` to `D`.
pub fn event_of(digit: char) -> Option<u8> {
    match digit {
        '0'..='9' => u8::try_from(u32::from(digit) - u32::from('0')).ok(),
        '*' => Some(10),
        '#' => Some(11),
        'A'..='D' => u8::try_from(u32::from(digit) - u32::from('A') + 12).ok(),
        _ => None,
    }
}

/// The digit of an event; `None` for one that is no digit.
pub fn digit_of(event: u8) -> Option<char> {
    "0123456789*#ABCD".chars().nth(event.into())
}

/// A digit that sounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Sounding {
    pub(crate) event: u8,
    /// Samples since it began.
    elapsed: u32,
}

impl Sounding {
    pub(crate) fn new(event: u8) -> Sounding {
        Sounding { event, elapsed: 0 }
    }

    pub(crate) fn begins(&self) -> bool {
        self.elapsed == 0
    }

    /// The payload for the next 20 ms.
    pub(crate) fn next_event(&mut self) -> [u8; EVENT_LENGTH] {
        self.elapsed = self.elapsed.saturating_add(FRAME as u32);
        self.payload(0)
    }

    /// The payload of the last packets.
    pub(crate) fn last_event(&self) -> [u8; EVENT_LENGTH] {
        self.payload(END)
    }

    fn payload(&self, end: u8) -> [u8; EVENT_LENGTH] {
        let [high, low] = u16::try_from(self.elapsed).unwrap_or(u16::MAX).to_be_bytes();
        [self.event, end | VOLUME, high, low]
    }

    /// The next 20 ms of its tones.
    pub(crate) fn next_tone(&mut self) -> Frame {
        let place =
            |(row, keys): (usize, &[u8; 4])| Some((row, keys.iter().position(|key| *key == self.event)?));
        let (row, column) = KEYS.iter().enumerate().find_map(place).unwrap_or_default();
        let tones = [ROWS.get(row), COLUMNS.get(column)];
        let began = self.elapsed;
        self.elapsed = self.elapsed.saturating_add(FRAME as u32);
        std::array::from_fn(|n| {
            let time = (f64::from(began) + n as f64) / RATE as f64;
            let sum: f64 = tones.iter().flatten().map(|tone| (TAU * *tone * time).sin() * AMPLITUDE).sum();
            sum as i16
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_grows_and_ends() {
        let mut sounding = Sounding::new(event_of('5').unwrap());
        assert!(sounding.begins());
        assert_eq!(sounding.next_event(), [5, 10, 0, 160]);
        assert_eq!(sounding.next_event(), [5, 10, 1, 64]);
        assert_eq!(sounding.last_event(), [5, 0x8A, 1, 64]);
    }

    #[test]
    fn a_tone_has_the_two_frequencies_of_its_key() {
        for (digit, tones) in [('1', [697.0, 1209.0]), ('#', [941.0, 1477.0]), ('D', [941.0, 1633.0])] {
            let mut sounding = Sounding::new(event_of(digit).unwrap());
            let samples: Vec<i16> = (0..5).flat_map(|_| sounding.next_tone()).collect();
            for frequency in ROWS.iter().chain(&COLUMNS) {
                let part = |wave: fn(f64) -> f64| -> f64 {
                    let sample = |(n, sample): (usize, &i16)| {
                        f64::from(*sample) * wave(TAU * frequency * n as f64 / RATE as f64)
                    };
                    samples.iter().enumerate().map(sample).sum()
                };
                let power = 2.0 * part(f64::sin).hypot(part(f64::cos)) / samples.len() as f64 / AMPLITUDE;
                assert_eq!(power > 0.5, tones.contains(frequency), "{digit}: {frequency} Hz has {power}");
            }
        }
    }
}
