//! Sounds that are played into calls beside what their parties say: messages, and tones of telephony.

use std::{f64::consts::TAU, sync::Arc};

use crate::{FRAME, Frame, RATE};

/// Names a sound, or a recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct SoundId(pub u32);

/// What is to be heard.
#[derive(Clone, PartialEq, Debug)]
pub enum Sound {
    /// These samples, once.
    Samples(Arc<[i16]>),
    /// A tone, until it is taken away.
    Tone(Tone),
}

/// A tone: its parts follow each other, again and again.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Tone(&'static [Part]);

/// Frequencies in hertz, and for how many milliseconds.
type Part = (&'static [f64], usize);

/// The amplitude of all frequencies together.
const AMPLITUDE: f64 = 8_000.0;

const PAUSE: &[f64] = &[];

impl Tone {
    /// One beep.
    pub const BEEP: Tone = Tone(&[(&[1_400.0], 200), (PAUSE, 3_600_000)]);
    /// Busy.
    pub const BUSY: Tone = Tone(&[(&[480.0, 620.0], 500), (PAUSE, 500)]);
    /// Confirmation.
    pub const CONFIRMATION: Tone = Tone(&[(&[350.0, 440.0], 100), (PAUSE, 100)]);
    /// Dial tone.
    pub const DIAL: Tone = Tone(&[(&[350.0, 440.0], 1_000)]);
    /// A fax machine that calls.
    pub const FAX_CALLING: Tone = Tone(&[(&[1_100.0], 500), (PAUSE, 3_000)]);
    /// A receiver that was left off-hook.
    pub const HOWLER: Tone = Tone(&[(&[1_400.0, 2_060.0, 2_450.0, 2_600.0], 100), (PAUSE, 100)]);
    /// The call is recorded.
    pub const RECORD_WARNING: Tone = Tone(&[(&[1_400.0], 500), (PAUSE, 14_500)]);
    /// Reorder.
    pub const REORDER: Tone = Tone(&[(&[480.0, 620.0], 250), (PAUSE, 250)]);
    /// Ringback.
    pub const RINGBACK: Tone = Tone(&[(&[440.0, 480.0], 2_000), (PAUSE, 4_000)]);
    /// Silence.
    pub const SILENCE: Tone = Tone(&[(PAUSE, 1_000)]);
    /// Special information: the number is vacant.
    pub const VACANT: Tone = Tone(&[(&[985.2], 380), (&[1_370.6], 274), (&[1_776.7], 380), (PAUSE, 1_000)]);

    /// The sample at this place.
    fn sample(self, place: usize) -> i16 {
        let whole: usize = self.0.iter().map(|(_, length)| length * RATE / 1_000).sum();
        let mut rest = place % whole.max(1);
        for (frequencies, length) in self.0 {
            let length = length * RATE / 1_000;
            if rest < length {
                let wave = |frequency: &f64| (TAU * frequency * place as f64 / RATE as f64).sin();
                let sum: f64 = frequencies.iter().map(wave).sum();
                return (sum * AMPLITUDE / frequencies.len().max(1) as f64) as i16;
            }
            rest -= length;
        }
        0
    }
}

/// A sound, and how far it has come.
#[derive(Debug)]
pub(crate) struct Playing {
    sound: Sound,
    place: usize,
    /// The 20 ms that are heard now.
    frame: Option<Frame>,
}

impl Playing {
    pub(crate) fn new(sound: Sound) -> Playing {
        Playing { sound, place: 0, frame: None }
    }

    /// What is heard in this tick: the same for all who hear it.
    pub(crate) fn frame(&mut self) -> &Frame {
        let (sound, place) = (&self.sound, &mut self.place);
        self.frame.get_or_insert_with(|| {
            let mut frame = [0; FRAME];
            for sample in &mut frame {
                *sample = match sound {
                    Sound::Samples(samples) => samples.get(*place).copied().unwrap_or(0),
                    Sound::Tone(tone) => tone.sample(*place),
                };
                *place = place.saturating_add(1);
            }
            frame
        })
    }

    /// The tick is over.
    pub(crate) fn advance(&mut self) {
        self.frame = None;
    }
}

/// Both at once.
pub(crate) fn together(one: &Frame, other: &Frame) -> Frame {
    let mut heard = *one;
    for (sample, other) in heard.iter_mut().zip(other) {
        *sample = sample.saturating_add(*other);
    }
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_heard_once_and_then_nothing() {
        let mut playing = Playing::new(Sound::Samples((1..=200).collect()));
        assert_eq!((playing.frame()[0], playing.frame()[159]), (1, 160));
        playing.advance();
        assert_eq!((playing.frame()[39], playing.frame()[40]), (200, 0));
        playing.advance();
        assert_eq!(playing.frame(), &[0; FRAME]);
    }

    #[test]
    fn a_tone_is_on_and_off_in_turn() {
        let mut playing = Playing::new(Sound::Tone(Tone::REORDER));
        let on: Vec<bool> = (0..50)
            .map(|_| {
                let on = playing.frame().iter().any(|sample| sample.unsigned_abs() > 1_000);
                playing.advance();
                on
            })
            .collect();
        assert!(
            on[..12].iter().all(|on| *on)
                && on[13..25].iter().all(|on| !on)
                && on[25..37].iter().all(|on| *on)
        );
    }
}
