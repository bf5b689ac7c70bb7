//! Digits that the device of a leg hears: as telephone events, or as tones.

use std::net::SocketAddr;

use super::{Leg, LegId};
use crate::{
    Frame,
    digits::{FINAL_PACKETS, Sounding, digit_of},
    rtp::EVENT_LENGTH,
};

impl Leg {
    /// A telephone event of the device: whether it begins, and the digit that is to be reported.
    pub(super) fn take_event(&mut self, timestamp: u32, event: u8) -> (bool, Option<char>) {
        let begins = self.event.replace(timestamp) != Some(timestamp);
        let digit = digit_of(event).filter(|_| begins && self.deaf_ticks == 0);
        if digit.is_some() {
            self.deaf_ticks = 2;
        }
        (begins, digit)
    }

    /// A digit that the device is to hear begins, goes on or ends.
    pub(super) fn signal(&mut self, id: LegId, send: &mut impl FnMut(LegId, SocketAddr, &[u8])) {
        let Some(payload_type) = self.state.telephone_event else {
            if let Some(event) = self.state.signal {
                self.sound(event, 1);
            }
            return;
        };
        let ended = self.sounding.take_if(|sounding| self.state.signal != Some(sounding.event));
        if let Some(ended) = ended {
            for _ in 0..FINAL_PACKETS {
                self.send_event(id, payload_type, false, &ended.last_event(), send);
            }
            self.sender.begin_spurt();
        }
        if let Some(event) = self.state.signal {
            let mut sounding = self.sounding.unwrap_or_else(|| Sounding::new(event));
            let begins = sounding.begins();
            self.send_event(id, payload_type, begins, &sounding.next_event(), send);
            self.sounding = Some(sounding);
        }
    }

    /// A telephone event of another leg.
    pub(super) fn pass_on(
        &mut self,
        id: LegId,
        begins: bool,
        event: &[u8; EVENT_LENGTH],
        send: &mut impl FnMut(LegId, SocketAddr, &[u8]),
    ) {
        match self.state.telephone_event {
            Some(payload_type) => self.send_event(id, payload_type, begins, event, send),
            // Events come every 20 to 50 ms; their last packets do not make the tone longer.
            None if event[1] & 0x80 == 0 && event[0] < 16 => self.sound(event[0], 3),
            None => {}
        }
    }

    pub(super) fn send_event(
        &mut self,
        id: LegId,
        payload_type: u8,
        begins: bool,
        event: &[u8; EVENT_LENGTH],
        send: &mut impl FnMut(LegId, SocketAddr, &[u8]),
    ) {
        if let Some(to) = self.receiver() {
            self.statistics.sent += 1;
            send(id, to, self.sender.event(payload_type, begins, event));
        }
    }

    /// The tones of a digit sound for so many ticks.
    pub(super) fn sound(&mut self, event: u8, ticks: u32) {
        if self.sounding.is_none_or(|sounding| sounding.event != event) {
            self.sounding = Some(Sounding::new(event));
        }
        self.tone_ticks = ticks;
    }

    /// The next 20 ms of a tone that the device hears in place of the others.
    pub(super) fn tone(&mut self) -> Option<Frame> {
        if self.state.telephone_event.is_some() {
            return None;
        }
        if self.tone_ticks == 0 {
            self.sounding = None;
        }
        self.tone_ticks = self.tone_ticks.saturating_sub(1);
        self.sounding.as_mut().map(Sounding::next_tone)
    }

    /// Whether the device hears a digit as telephone events, and nothing else meanwhile.
    pub(super) fn hears_event(&self) -> bool {
        self.state.telephone_event.is_some() && self.sounding.is_some()
    }
}
