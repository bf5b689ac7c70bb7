//! A jitter buffer: puts audio that arrives early, late or in the wrong order at the instant at which it was spoken.
//!
//! The buffer plays one frame per tick, from the timestamp `plays_at` on. Audio is played [`MIN_DELAY`] after it was
//! spoken at first. A packet that comes later than that moves `plays_at` back, so that the next one that comes as late is in
//! time; a buffer that was never less than two frames full for five seconds skips one. So the buffer also follows a sender
//! whose clock is faster or slower than ours.

use std::collections::VecDeque;

use crate::{FRAME, Frame};

/// Samples by which audio is delayed at first: 40 ms.
pub const MIN_DELAY: i64 = 320;

/// Samples that the buffer holds at most: 200 ms.
pub const MAX_DELAY: i64 = 1_600;

/// Samples in a packet at most: 100 ms.
pub const MAX_PACKET: usize = 800;

/// A timestamp that differs by more than this, one second, begins a new stream.
const JUMP: i64 = 8_000;

/// Lost frames that are covered by the one before, fading.
const CONCEALED: u32 = 3;

/// Ticks without audio after which the delay begins anew.
const PAUSE: u32 = 50;

/// Ticks after which the buffer is looked at, to see whether it is too full.
const WINDOW: u32 = 250;

/// Audio of one sender. Timestamps are extended to 64 bits.
#[derive(Debug, Default)]
pub struct JitterBuffer {
    stream: Option<Stream>,
    pieces: VecDeque<Piece>,
    last: Concealment,
    /// Packets that came too late.
    late: u64,
}

/// What is known of the stream since its first packet.
#[derive(Debug)]
struct Stream {
    ssrc: u32,
    /// The timestamp of the newest packet, as it came and extended.
    newest: (u32, i64),
    plays_at: i64,
    silent_ticks: u32,
    window: u32,
    /// The smallest number of samples that were left after a tick of this window.
    least_left: i64,
}

#[derive(Debug)]
struct Piece {
    at: i64,
    samples: Vec<i16>,
}

impl Piece {
    fn end(&self) -> i64 {
        self.at + i64::try_from(self.samples.len()).unwrap_or(0)
    }
}

/// The last frame that was heard, for covering lost ones.
#[derive(Debug)]
struct Concealment {
    frame: Frame,
    missing: u32,
}

impl Default for Concealment {
    fn default() -> Concealment {
        Concealment { frame: [0; FRAME], missing: CONCEALED }
    }
}

impl JitterBuffer {
    /// Takes the audio of a packet whose timestamp grows by so many `ticks` with each sample; what is longer than
    /// [`MAX_PACKET`] is cut.
    pub fn push(&mut self, ssrc: u32, timestamp: u32, ticks: u32, mut samples: Vec<i16>) {
        samples.truncate(MAX_PACKET);
        let at = self.extend(ssrc, timestamp, ticks);
        let piece = Piece { at, samples };
        let Some(stream) = &mut self.stream else { return };
        let behind = stream.plays_at - at;
        if behind > 0 {
            self.late += 1;
            if stream.newest.1 - at > MAX_DELAY - MIN_DELAY {
                return;
            }
            stream.plays_at = at;
        }
        let place = self.pieces.iter().position(|other| other.at >= at).unwrap_or(self.pieces.len());
        if self.pieces.get(place).is_none_or(|other| other.at != at) {
            self.pieces.insert(place, piece);
        }
        let newest_end = self.pieces.back().map_or(0, Piece::end);
        if newest_end - stream.plays_at > MAX_DELAY {
            stream.plays_at = newest_end - MAX_DELAY;
            self.drop_played();
        }
    }

    /// The timestamp in samples and 64 bits; a new stream begins where it does not follow the one before.
    fn extend(&mut self, ssrc: u32, timestamp: u32, ticks: u32) -> i64 {
        if let Some(stream) = &mut self.stream {
            let (before, extended) = stream.newest;
            let step = i64::from(timestamp.wrapping_sub(before).cast_signed()) / i64::from(ticks.max(1));
            if stream.ssrc == ssrc && step.abs() <= JUMP {
                let at = extended + step;
                if step > 0 {
                    stream.newest = (timestamp, at);
                }
                return at;
            }
        }
        self.pieces.clear();
        let at = i64::from(timestamp);
        self.stream = Some(Stream {
            ssrc,
            newest: (timestamp, at),
            plays_at: at - MIN_DELAY,
            silent_ticks: 0,
            window: 0,
            least_left: i64::MAX,
        });
        at
    }

    /// The next 20 ms; false if nothing is heard in them.
    pub fn pull(&mut self, frame: &mut Frame) -> bool {
        frame.fill(0);
        let Some(stream) = &self.stream else { return false };
        let from = stream.plays_at;
        let heard = self.pieces.iter().filter(|piece| copy(piece, from, frame)).count() > 0;
        self.advance(heard);
        let last = &mut self.last;
        if heard {
            (last.frame, last.missing) = (*frame, 0);
        } else if last.missing < CONCEALED {
            last.missing += 1;
            // A third of the loudness less each time, or a lost packet would be heard as a click.
            last.frame.iter_mut().for_each(|sample| *sample = *sample / 3 * 2);
            *frame = last.frame;
            return true;
        }
        heard
    }

    fn advance(&mut self, heard: bool) {
        let left = self.pieces.back().map(Piece::end);
        let Some(stream) = &mut self.stream else { return };
        stream.plays_at += FRAME as i64;
        let left = left.map_or(0, |end| (end - stream.plays_at).max(0));
        stream.silent_ticks = if heard { 0 } else { stream.silent_ticks + 1 };
        stream.least_left = stream.least_left.min(left);
        stream.window += 1;
        if stream.window == WINDOW {
            if stream.least_left > 2 * FRAME as i64 {
                stream.plays_at += FRAME as i64;
            }
            (stream.window, stream.least_left) = (0, i64::MAX);
        }
        if stream.silent_ticks == PAUSE {
            self.stream = None;
        }
        self.drop_played();
    }

    fn drop_played(&mut self) {
        let plays_at = self.stream.as_ref().map_or(i64::MAX, |stream| stream.plays_at);
        while self.pieces.front().is_some_and(|piece| piece.end() <= plays_at) {
            self.pieces.pop_front();
        }
    }

    /// Packets that came too late so far.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Samples that are kept.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.samples.len()).sum()
    }

    /// Whether no samples are kept.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

/// Copies the part of a piece that belongs into the frame from the timestamp `from` on; false if there is none.
fn copy(piece: &Piece, from: i64, frame: &mut Frame) -> bool {
    let skipped = usize::try_from(from - piece.at).unwrap_or(0);
    let start = usize::try_from(piece.at - from).unwrap_or(0);
    let (Some(samples), Some(place)) = (piece.samples.get(skipped..), frame.get_mut(start..)) else {
        return false;
    };
    let count = samples.len().min(place.len());
    if let (Some(samples), Some(place)) = (samples.get(..count), place.get_mut(..count)) {
        place.copy_from_slice(samples);
    }
    count > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet that says its number in each sample.
    fn packet(number: u32) -> Vec<i16> {
        vec![i16::try_from(number).unwrap() + 1; FRAME]
    }

    fn push(buffer: &mut JitterBuffer, number: u32) {
        buffer.push(1, 5_000 + number * FRAME as u32, 1, packet(number));
    }

    /// The numbers of the packets that are heard in so many ticks, 0 for none.
    fn hear(buffer: &mut JitterBuffer, ticks: usize) -> Vec<i16> {
        let mut frame = [0; FRAME];
        let heard = (0..ticks).map(|_| if buffer.pull(&mut frame) { frame[FRAME - 1] } else { 0 });
        heard.collect()
    }

    #[test]
    fn packets_are_heard_in_order_after_the_delay() {
        let mut buffer = JitterBuffer::default();
        for number in [0, 2, 1, 3] {
            push(&mut buffer, number);
        }
        assert_eq!(hear(&mut buffer, 6), [0, 0, 1, 2, 3, 4]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_packet_that_comes_twice_is_heard_once() {
        let mut buffer = JitterBuffer::default();
        for number in [0, 0, 1, 1] {
            push(&mut buffer, number);
        }
        assert_eq!(buffer.len(), 2 * FRAME);
    }

    #[test]
    fn a_lost_packet_is_covered_by_the_one_before_which_fades() {
        let mut buffer = JitterBuffer::default();
        buffer.push(1, 0, 1, vec![900; FRAME]);
        assert_eq!(hear(&mut buffer, 7), [0, 0, 900, 600, 400, 266, 0]);
    }

    #[test]
    fn a_late_packet_makes_the_delay_longer() {
        let mut buffer = JitterBuffer::default();
        push(&mut buffer, 0);
        assert_eq!(hear(&mut buffer, 4)[2], 1);
        push(&mut buffer, 1);
        assert_eq!((buffer.late(), hear(&mut buffer, 1)), (1, vec![2]));
        push(&mut buffer, 2);
        assert_eq!((buffer.late(), hear(&mut buffer, 1)), (1, vec![3]));
    }

    #[test]
    fn a_new_sender_begins_anew() {
        let mut buffer = JitterBuffer::default();
        push(&mut buffer, 0);
        buffer.push(2, 77, 1, packet(9));
        assert_eq!(hear(&mut buffer, 3), [0, 0, 10]);
        buffer.push(2, 77 + 1_000_000, 1, packet(11));
        assert_eq!(hear(&mut buffer, 3)[2], 12, "so does a jump of the timestamp");
    }

    #[test]
    fn the_timestamp_may_begin_again_at_zero() {
        let mut buffer = JitterBuffer::default();
        let first = 0_u32.wrapping_sub(FRAME as u32);
        buffer.push(1, first, 1, packet(0));
        buffer.push(1, 0, 1, packet(1));
        assert_eq!(hear(&mut buffer, 4), [0, 0, 1, 2]);
    }

    #[test]
    fn a_timestamp_may_grow_faster_than_by_one_for_each_sample() {
        let mut buffer = JitterBuffer::default();
        for number in [0, 2, 1, 3] {
            let first = 0_u32.wrapping_sub(1_000);
            buffer.push(1, first.wrapping_add(number * 960), 6, packet(number));
        }
        assert_eq!(hear(&mut buffer, 6), [0, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_flood_is_kept_for_a_fifth_of_a_second_only() {
        let mut buffer = JitterBuffer::default();
        for number in 0..5_000 {
            push(&mut buffer, number % 30_000);
        }
        assert!(buffer.len() <= MAX_DELAY as usize + MAX_PACKET, "{}", buffer.len());
        for timestamp in 0..20_000 {
            buffer.push(1, timestamp, 1, vec![1; 2_000]);
        }
        assert!(buffer.pieces.len() <= 2 * MAX_DELAY as usize, "{} pieces", buffer.pieces.len());
    }

    #[test]
    fn a_sender_with_a_faster_clock_does_not_fill_the_buffer() {
        let mut buffer = JitterBuffer::default();
        let mut number = 0;
        for tick in 0..20_000 {
            push(&mut buffer, number % 30_000);
            number += 1;
            // 200 ppm too fast.
            if tick % 5_000 == 4_999 {
                push(&mut buffer, number);
                number += 1;
            }
            hear(&mut buffer, 1);
        }
        assert!(buffer.len() <= 4 * FRAME, "{} samples are kept", buffer.len());
    }
}
