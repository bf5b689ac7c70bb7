//! What the phone plays: one ringer for the whole phone, and one tone of the active call.

use std::time::Duration;

use hookflash_core::{
    Ring,
    view::{Appearance, CallDisplay, StationView},
};
use hookflash_wire::sccp::{
    KeypadButton, RingDuration, RingMode, ServerMessage, SetRinger, StartTone, StopTone, Tone, ToneDirection,
};

use super::{RenderTimer, Renderer, failures, name, rendered::CallName};
use crate::sccp::Timer;

/// How long the call waiting tone interrupts the tone of a call that is not connected yet.
const WAITING_BEEP: Duration = Duration::from_secs(1);

/// The tone that belongs to the view, and the call for which it plays.
fn tone(view: &StationView, beeps: bool, secondary: Option<&str>) -> Option<(Tone, CallName)> {
    let active = view.active()?;
    let tone = match active.display {
        _ if beeps && another_call_waits(view) => Tone::CALL_WAITING,
        CallDisplay::Dialling if active.digits.is_empty() => Tone::INSIDE_DIAL,
        CallDisplay::Dialling if secondary == Some(&active.digits) && !active.enters_forward => {
            Tone::OUTSIDE_DIAL
        }
        // Whom the user has called is heard already.
        CallDisplay::RingingOut if active.media.and_then(|media| media.stream()?.transmit_to).is_some() => {
            return None;
        }
        CallDisplay::RingingOut => Tone::ALERTING,
        CallDisplay::Connected if let Some(digit) = signal(active) => digit,
        CallDisplay::Failed(cause) => failures::of(cause).tone,
        CallDisplay::Connected if another_call_waits(view) => Tone::CALL_WAITING,
        _ => return None,
    };
    Some((tone, name(active)))
}

/// The tone of the digit that somebody sends into the call.
fn signal(call: &Appearance) -> Option<Tone> {
    Tone::of_key(KeypadButton::from_char(call.signal?)?)
}

/// Silent buttons do not beep either.
fn another_call_waits(view: &StationView) -> bool {
    view.appearances.iter().any(is_heard_waiting)
}

fn is_heard_waiting(call: &Appearance) -> bool {
    call.display.is_ringing() && call.ring != Ring::Silent && !call.waits_silently && !call.waits_with_ring
}

/// The call that rings, and how. Nothing rings while the phone has an active call.
fn ringer(view: &StationView) -> Option<(CallName, RingMode, RingDuration)> {
    if view.active().is_some() {
        let rings = |call: &&Appearance| {
            call.display.is_ringing()
                && call.waits_with_ring
                && !call.waits_silently
                && call.ring != Ring::Silent
        };
        let waiting = view.appearances.iter().find(rings)?;
        return Some((name(waiting), RingMode::INSIDE, RingDuration::SINGLE));
    }
    let call = view.appearances.iter().find(|call| call.display.is_ringing())?;
    let (mode, duration) = match (call.display, call.ring) {
        (CallDisplay::Prompted, _) | (_, Ring::Feature) => (RingMode::FEATURE, RingDuration::NORMAL),
        (_, Ring::Normal) => (RingMode::INSIDE, RingDuration::NORMAL),
        (_, Ring::Beep) => (RingMode::INSIDE, RingDuration::SINGLE),
        (_, Ring::Silent) => (RingMode::FLASH_ONLY, RingDuration::NORMAL),
    };
    Some((name(call), mode, duration))
}

impl Renderer<'_> {
    pub(super) fn tone(&self, view: &StationView) -> Option<(Tone, CallName)> {
        let secondary = self.settings.secondary_dialtone.as_deref();
        tone(view, self.phone.shown.waiting_beep.is_some(), secondary)
    }

    /// Plays the call waiting tone at once for a new waiting call, also during dial tone, ringback or busy tone.
    pub(super) fn beep_for_new_waiting_call(&mut self, view: &StationView) {
        let is_new =
            |call: &Appearance| is_heard_waiting(call) && self.phone.shown.find(name(call)).is_none();
        let listens = view.active().is_some_and(|active| active.display != CallDisplay::Connected);
        if listens && view.appearances.iter().any(is_new) {
            let timer = Timer::Render(self.station, RenderTimer::WaitingBeep);
            let beep = self.timers.start(self.now + WAITING_BEEP, timer);
            let previous = self.phone.shown.waiting_beep.replace(beep);
            self.timers.stop(previous);
        }
    }

    /// Returns whether the ringer was stopped.
    pub(super) fn stop_ringer_unless_wanted(&mut self, view: &StationView) -> bool {
        let unwanted = self.phone.shown.ringer.is_some() && self.phone.shown.ringer != ringer(view);
        if unwanted {
            self.silence_ringer(CallName::NONE);
        }
        unwanted
    }

    pub(super) fn silence_ringer(&mut self, call: CallName) {
        self.phone.shown.ringer = None;
        self.set_ringer(call, RingMode::OFF, RingDuration::NORMAL);
    }

    pub(super) fn start_ringer(&mut self, view: &StationView) {
        let wanted = ringer(view);
        if let Some((call, mode, duration)) = wanted.filter(|_| wanted != self.phone.shown.ringer) {
            self.phone.shown.ringer = wanted;
            self.set_ringer(call, mode, duration);
        }
    }

    /// One burst for something that is no call of the phone.
    pub(super) fn ring_once(&mut self) {
        self.set_ringer(CallName::NONE, RingMode::FEATURE, RingDuration::SINGLE);
    }

    fn set_ringer(&mut self, call: CallName, mode: RingMode, duration: RingDuration) {
        let CallName { line, reference } = call;
        self.send(&ServerMessage::SetRinger(SetRinger { mode, duration, line, call_reference: reference }));
    }

    pub(super) fn start_tone(&mut self, wanted: Option<(Tone, CallName)>) {
        let Some((tone, CallName { line, reference })) = wanted.filter(|_| wanted != self.phone.shown.tone)
        else {
            return;
        };
        self.phone.shown.tone = wanted;
        self.send(&ServerMessage::StartTone(StartTone {
            tone,
            direction: ToneDirection::USER,
            line,
            call_reference: reference,
        }));
    }

    pub(super) fn stop_tone_unless(&mut self, wanted: Option<(Tone, CallName)>) {
        if self.phone.shown.tone != wanted
            && let Some((tone, CallName { line, reference })) = self.phone.shown.tone.take()
        {
            self.send(&ServerMessage::StopTone(StopTone { line, call_reference: reference, tone }));
        }
    }

    /// Stops the tone if it plays for this call.
    pub(super) fn stop_tone_of(&mut self, call: CallName) {
        if self.phone.shown.tone.is_some_and(|(_, at)| at == call) {
            self.stop_tone_unless(None);
        }
    }
}
