//! What the phone plays: one ringer for the whole phone, and one tone at the user's ear.

use hookflash_core::{
    EventCause, Ring,
    view::{Look, StationView},
};
use hookflash_wire::sccp::{
    RingDuration, RingMode, ServerMessage, SetRinger, StartTone, StopTone, Tone, ToneDirection,
};

use super::{Pass, name, shown::CallName};

/// The tone that belongs to the view, and the call for which it plays.
pub(super) fn tone(view: &StationView) -> Option<(Tone, CallName)> {
    let active = view.active()?;
    let tone = match active.look {
        Look::Dialling if active.digits.is_empty() => Tone::INSIDE_DIAL,
        Look::RingingOut => Tone::ALERTING,
        Look::Failed(EventCause::Busy) => Tone::LINE_BUSY,
        Look::Failed(_) => Tone::REORDER,
        Look::Connected if another_call_waits(view) => Tone::CALL_WAITING,
        _ => return None,
    };
    Some((tone, name(active)))
}

/// Silent buttons do not beep either.
fn another_call_waits(view: &StationView) -> bool {
    view.appearances.iter().any(|call| call.look.is_ringing() && call.ring != Ring::Silent)
}

/// The call that rings, and how. Nothing rings at a user who is busy with a call.
fn ringer(view: &StationView) -> Option<(CallName, RingMode, RingDuration)> {
    if view.active().is_some() {
        return None;
    }
    let call = view.appearances.iter().find(|call| call.look.is_ringing())?;
    let (mode, duration) = match (call.look, call.ring) {
        (Look::Prompted, _) | (_, Ring::Feature) => (RingMode::FEATURE, RingDuration::NORMAL),
        (_, Ring::Normal) => (RingMode::INSIDE, RingDuration::NORMAL),
        (_, Ring::Beep) => (RingMode::INSIDE, RingDuration::SINGLE),
        (_, Ring::Silent) => (RingMode::FLASH_ONLY, RingDuration::NORMAL),
    };
    Some((name(call), mode, duration))
}

impl Pass<'_> {
    /// Answers whether the ringer was stopped.
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
