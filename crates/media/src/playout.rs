//! What an application has said over its socket and is not heard yet.
//!
//! An application sends audio as it has it: in frames of 20 ms as they are spoken, or a whole sentence at once. It is played one
//! frame per tick, once [`START`] is there: an application that sends frame by frame is not always in time. After a gap it begins
//! so again. An application that sends in real time but with a faster clock would be heard later and
//! later: when more than `MAX_JITTER` has waited all the time for five seconds in which as much came as was played, a frame is
//! left out.
//!
//! # Invariants
//!
//! * At most [`MAX_WAITING`] samples and [`MAX_MARKS`] marks wait. Of what is sent beyond that, the oldest is lost.
//! * Each mark is passed once, in order: when everything that was sent before it was heard, or was dropped.

use std::collections::VecDeque;

use smol_str::SmolStr;

use crate::{FRAME, Frame, RATE};

/// Samples that wait at most: 60 seconds.
pub const MAX_WAITING: usize = 60 * RATE;

/// Marks that wait at most.
pub const MAX_MARKS: usize = 256;

/// Samples that are waited for before something is heard: 40 ms.
pub const START: usize = 2 * FRAME;

/// Ticks without anything new after which less than that is heard.
const PATIENCE: u32 = 3;

/// Samples that may wait for long when the application sends in real time: 60 ms.
const MAX_JITTER: usize = 3 * FRAME;

/// Ticks after which it is looked at how much waits.
const WINDOW: usize = 250;

/// By how many samples of a window an application that sends in real time may be too fast or too slow.
const TOLERANCE: usize = WINDOW / 20 * FRAME;

/// Audio that waits to be heard.
#[derive(Debug, Default)]
pub struct Playout {
    samples: VecDeque<i16>,
    /// Samples that were played or dropped.
    played: u64,
    /// Names, and how many samples come before each.
    marks: VecDeque<(u64, SmolStr)>,
    window: usize,
    /// Samples that came in this window.
    came: usize,
    least: Option<usize>,
    /// Whether something is being heard.
    flows: bool,
    /// Ticks since something came.
    idle: u32,
    dropped: u64,
}

impl Playout {
    /// Takes audio.
    pub fn push(&mut self, samples: &[i16]) {
        self.samples.extend(samples);
        self.idle = 0;
        self.came += samples.len();
        let excess = self.samples.len().saturating_sub(MAX_WAITING);
        if excess > 0 {
            self.skip(excess);
            self.dropped += excess as u64;
        }
    }

    /// A mark after all audio so far; `false` if too many wait.
    pub fn mark(&mut self, name: SmolStr) -> bool {
        let fits = self.marks.len() < MAX_MARKS;
        if fits {
            self.marks.push_back((self.played + self.samples.len() as u64, name));
        }
        fits
    }

    /// Drops all audio.
    pub fn clear(&mut self) {
        self.skip(self.samples.len());
    }

    /// The next 20 ms; false if nothing is heard in them. Less than a frame is played when nothing follows it in time.
    pub fn pull(&mut self, frame: &mut Frame) -> bool {
        frame.fill(0);
        self.watch(self.samples.len());
        self.idle = self.idle.saturating_add(1);
        let enough = if self.flows { FRAME } else { START };
        let waiting = self.samples.len();
        self.flows = waiting >= enough || waiting > 0 && self.idle > PATIENCE;
        if !self.flows {
            return false;
        }
        let count = self.samples.len().min(FRAME);
        for (sample, waits) in frame.iter_mut().zip(self.samples.drain(..count)) {
            *sample = waits;
        }
        self.played += count as u64;
        true
    }

    /// Leaves a frame out if the application's clock is faster than ours.
    fn watch(&mut self, waiting: usize) {
        let least = self.least.map_or(waiting, |least| least.min(waiting));
        self.least = Some(least);
        self.window += 1;
        if self.window < WINDOW {
            return;
        }
        let in_real_time = self.came.abs_diff(WINDOW * FRAME) <= TOLERANCE;
        if least > MAX_JITTER && in_real_time {
            self.skip(FRAME);
            self.dropped += FRAME as u64;
        }
        (self.window, self.came, self.least) = (0, 0, None);
    }

    fn skip(&mut self, count: usize) {
        self.samples.drain(..count);
        self.played += count as u64;
    }

    /// The next mark that was passed.
    pub fn passed(&mut self) -> Option<SmolStr> {
        let (_, name) = self.marks.pop_front_if(|(at, _)| *at <= self.played)?;
        Some(name)
    }

    /// Samples that were dropped because they were too many.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Samples that wait.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(playout: &mut Playout) -> Option<i16> {
        let mut frame = [0; FRAME];
        playout.pull(&mut frame).then_some(frame[FRAME - 1])
    }

    #[test]
    fn a_sentence_is_heard_frame_by_frame_and_marks_come_in_their_places() {
        let mut playout = Playout::default();
        playout.push(&[1; FRAME]);
        playout.mark("one".into());
        playout.push(&[2; 2 * FRAME]);
        playout.mark("end".into());
        assert_eq!(playout.passed(), None);
        assert_eq!((heard(&mut playout), playout.passed().as_deref()), (Some(1), Some("one")));
        assert_eq!((heard(&mut playout), playout.passed()), (Some(2), None));
        assert_eq!((heard(&mut playout), playout.passed().as_deref()), (Some(2), Some("end")));
        assert_eq!(heard(&mut playout), None);
        playout.mark("now".into());
        assert_eq!(playout.passed().as_deref(), Some("now"), "nothing is before it");
    }

    #[test]
    fn who_interrupts_hears_all_marks_and_no_more_audio() {
        let mut playout = Playout::default();
        playout.push(&[1; 50 * FRAME]);
        playout.mark("end".into());
        playout.clear();
        assert_eq!((playout.passed().as_deref(), heard(&mut playout)), (Some("end"), None));
    }

    #[test]
    fn the_rest_of_a_frame_waits_for_what_follows_and_is_then_heard() {
        let mut playout = Playout::default();
        for _ in 0..2 {
            playout.push(&[1; 100]);
            assert_eq!(heard(&mut playout), None);
        }
        playout.push(&[1; 140]);
        assert_eq!((heard(&mut playout), heard(&mut playout)), (Some(1), Some(1)));
        let mut frame = [0; FRAME];
        let waits = (0..10).take_while(|_| !playout.pull(&mut frame)).count();
        assert_eq!((waits, frame[19], frame[20]), (1, 1, 0));
        assert_eq!(heard(&mut playout), None);
    }

    #[test]
    fn a_sender_that_is_sometimes_late_is_heard_without_gaps() {
        let mut playout = Playout::default();
        let mut gaps = 0;
        for tick in 0..500 {
            // Every third frame comes 20 ms late, with the next one.
            let count = [1, 0, 2][tick % 3];
            (0..count).for_each(|_| playout.push(&[5; FRAME]));
            gaps += usize::from(heard(&mut playout).is_none());
        }
        assert!(gaps <= 3, "{gaps} gaps");
    }

    #[test]
    fn of_too_much_the_oldest_is_lost() {
        let mut playout = Playout::default();
        playout.push(&[1; FRAME]);
        playout.mark("lost".into());
        for _ in 0..100 {
            playout.push(&[2; MAX_WAITING / 50]);
            assert!(playout.len() <= MAX_WAITING);
        }
        assert_eq!(heard(&mut playout), Some(2));
        assert_eq!(playout.passed().as_deref(), Some("lost"));
        assert!(playout.dropped() > MAX_WAITING as u64 / 2);
        let kept = (0..1_000).filter(|number| playout.mark(number.to_string().into())).count();
        assert_eq!(kept, MAX_MARKS);
    }

    #[test]
    fn a_sender_with_a_faster_clock_is_not_heard_later_and_later() {
        let mut playout = Playout::default();
        for tick in 0..50_000 {
            // One frame in a thousand more than is played.
            let count = if tick % 1_000 == 0 { 2 } else { 1 };
            (0..count).for_each(|_| playout.push(&[5; FRAME]));
            heard(&mut playout);
        }
        assert!(playout.len() <= MAX_JITTER + FRAME, "{} samples wait", playout.len());
        playout.push(&[5; 300 * FRAME]);
        let frames = std::iter::from_fn(|| heard(&mut playout)).count();
        assert!(frames >= 300, "nothing of a sentence is left out, and {frames} frames were heard");
    }
}
