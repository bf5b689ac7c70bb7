//! Mixing: everybody hears the sum of all others.

use crate::{FRAME, Frame};

/// Speakers that are mixed at most. Of more, the loudest count; the others are noise.
pub const MAX_SPEAKERS: usize = 8;

/// The sum of the frames that are heard at the same time.
#[derive(Debug)]
pub struct Mix {
    sum: [i32; FRAME],
}

impl Mix {
    /// Adds up the frames of those who speak.
    pub fn of<'a>(speakers: impl Iterator<Item = &'a Frame>) -> Mix {
        let mut sum = [0; FRAME];
        for frame in speakers {
            for (sum, sample) in sum.iter_mut().zip(frame) {
                *sum += i32::from(*sample);
            }
        }
        Mix { sum }
    }

    /// What somebody hears who is in the mix with `own`, or with `None` is not in it.
    pub fn without(&self, own: Option<&Frame>) -> Frame {
        let mut heard = [0; FRAME];
        match own {
            Some(own) => {
                for ((heard, sum), own) in heard.iter_mut().zip(&self.sum).zip(own) {
                    *heard = saturate(sum - i32::from(*own));
                }
            }
            None => {
                for (heard, sum) in heard.iter_mut().zip(&self.sum) {
                    *heard = saturate(*sum);
                }
            }
        }
        heard
    }
}

fn saturate(sample: i32) -> i16 {
    let bounded = sample.clamp(i16::MIN.into(), i16::MAX.into());
    i16::try_from(bounded).unwrap_or(0)
}

/// How loud a frame is: the sum of the magnitudes.
pub fn loudness(frame: &Frame) -> u32 {
    frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_hears_all_others_and_not_himself() {
        let frames = [[1_000; FRAME], [20; FRAME], [3; FRAME]];
        let mix = Mix::of(frames.iter());
        let heard = frames.map(|own| mix.without(Some(&own))[7]);
        assert_eq!((heard, mix.without(None)[7]), ([23, 1_003, 1_020], 1_023));
    }

    #[test]
    fn a_sum_that_is_too_loud_is_cut() {
        let loud = [30_000; FRAME];
        let mix = Mix::of([loud, loud, loud].iter());
        assert_eq!(mix.without(Some(&loud)), [i16::MAX; FRAME]);
    }
}
