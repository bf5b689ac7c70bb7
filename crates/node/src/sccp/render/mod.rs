//! From views to messages: compares what a phone shows with what it should show, and sends the difference.
//!
//! A [`Renderer`] draws one station's view. It sends in the order that phones expect: stop the ringer, remove calls
//! that ended, draw calls that are no longer active, then those that ring, and last the active call. So the phone
//! never shows two connected calls at once. Within one call the order is that of captured CallManager traffic;
//! CallInfo follows CallState of the same call.
//!
//! Every helper compares with [`Rendered`] and sends nothing when the phone shows the value already, so drawing an
//! unchanged view sends nothing.

mod calls;
mod failures;
mod features;
mod forwarding;
mod media;
mod rendered;
mod sounds;
mod texts;

use hookflash_core::{
    Calls, Instant, StationId, Timers,
    view::{Appearance, CallDisplay, StationView, Watched, WatchedLamp},
};
use hookflash_wire::sccp::{
    ActivateCallPlane, CallHistory, CallHistoryDisposition, CallId, CallState, ClearPriNotify, LampMode,
    ServerMessage, SetLamp, SetMicroMode, SetSpeakerMode, StartTone, Stimulus, StopTone, Switch, Tone,
    ToneDirection, Version,
};

use super::{Phone, SccpSettings, Timer, provisioning, templates};
use crate::WallClock;
use calls::CallPart;
pub(super) use rendered::Rendered;
use rendered::{CallName, RenderedCall};
pub(super) use texts::key_is_not_active;

/// The first version in which a call can be marked as not missed.
const CALL_HISTORY_FROM: Version = Version(17);

/// What a rendered phone waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RenderTimer {
    /// The phone has not acknowledged the receive channel with this passThruPartyId.
    ReceiveChannel(u32),
    /// Reorder tone for a refused key ends.
    RefusalTone,
    /// The call waiting tone ends.
    WaitingBeep,
}

/// Draws the view of one station.
pub(super) struct Renderer<'a> {
    pub(super) now: Instant,
    pub(super) station: StationId,
    pub(super) settings: &'a SccpSettings,
    pub(super) clock: &'a WallClock,
    pub(super) calls: &'a Calls,
    pub(super) out: &'a mut Vec<u8>,
    pub(super) phone: &'a mut Phone,
    pub(super) timers: &'a mut Timers<Timer>,
    pub(super) last_party_id: &'a mut u32,
}

/// Sends what an idle phone shows after it has received its configuration.
pub(super) fn draw_idle(phone: &Phone, settings: &SccpSettings, lines: usize, out: &mut Vec<u8>) {
    let mut send = |message: &ServerMessage| message.encode(phone.encoding, out);
    if let Some(prompt) = texts::idle_prompt(phone, settings, &texts::Idle::Nothing) {
        send(&prompt);
    }
    if phone.has_soft_keys() {
        send(&provisioning::idle_soft_keys(phone));
    }
    let lines = u32::try_from(lines).unwrap_or(u32::MAX);
    for instance in 0..=lines {
        send(&ServerMessage::SetLamp(SetLamp {
            stimulus: Stimulus::VOICEMAIL,
            instance,
            mode: LampMode::OFF,
        }));
    }
    if phone.has_only_a_hook() {
        send(&ServerMessage::SetHookFlashDetect);
    }
}

impl Renderer<'_> {
    /// Sends the difference between what the phone shows and `view`.
    pub(super) fn draw(&mut self, view: &StationView) {
        self.beep_for_new_waiting_call(view);
        let ringer_stopped = self.stop_ringer_unless_wanted(view);
        let ended = self.draw_ended(view);
        let was_active = |shown: &Rendered, appearance: &Appearance| {
            shown.find(name(appearance)).and_then(|call| call.display).is_some_and(CallDisplay::is_active)
        };
        for appearance in view.appearances.iter().filter(|a| !a.display.is_active()) {
            if was_active(&self.phone.shown, appearance) {
                self.draw_inactive(appearance, view);
            }
        }
        for appearance in view.appearances.iter().filter(|a| !a.display.is_active()) {
            self.draw_inactive(appearance, view);
        }
        if let Some(active) = view.active() {
            self.draw_active(active, view, ringer_stopped);
        }
        if ended {
            self.select_keys_again(view);
        }
        self.draw_watched(view);
        self.draw_blf(view);
        self.draw_hunt_log(view);
        self.draw_privacy(view);
        self.draw_night_bell(view);
        self.draw_do_not_disturb(view);
        self.draw_forwarding(view);
        self.draw_idle_text(view, ended);
        self.draw_message_lamps(view);
        self.draw_display_text(view);
        self.start_ringer(view);
        self.draw_parked_at(view);
        self.draw_refusal(view);
    }

    fn send(&mut self, message: &ServerMessage) {
        message.encode(self.phone.encoding, self.out);
    }

    /// Removes calls that have ended from the screen.
    fn draw_ended(&mut self, view: &StationView) -> bool {
        let is_gone =
            |call: &RenderedCall| !view.appearances.iter().any(|appearance| name(appearance) == call.name);
        let mut ended = false;
        while let Some(place) = self.phone.shown.calls.iter().position(is_gone) {
            let mut call = self.phone.shown.calls.remove(place);
            self.draw_end(&mut call, view);
            ended = true;
        }
        let idle = ended && view.appearances.is_empty();
        if idle {
            let time = provisioning::time_date(self.now, self.clock);
            self.send(&time);
        }
        if ended {
            self.deactivate_call(view);
        }
        if idle {
            self.show_idle_prompt(view);
        }
        ended
    }

    fn draw_end(&mut self, call: &mut RenderedCall, view: &StationView) {
        let CallName { line, reference } = call.name;
        if call.enters_forward {
            self.phone.shown.entered_forward = std::num::NonZeroU32::new(line);
        }
        if call.call.is_some_and(|id| self.is_answered(id)) {
            self.draw_answered_elsewhere(call);
        }
        self.close_channel(call);
        if call.display.is_some_and(CallDisplay::is_active) {
            self.stop_tone_at(call.name);
        }
        self.draw_lamp(line, view);
        self.clear_prompt(call);
        self.clear_notice(call);
        self.draw_state(call, CallState::ON_HOOK);
        if self.phone.has_soft_keys() {
            let keys = provisioning::idle_soft_keys(self.phone);
            self.send(&keys);
            self.phone.shown.keys_of = None;
        }
        tracing::debug!(station = %self.phone.name, line, reference, "call removed from the phone");
    }

    /// Whether somebody who was called in a call has answered it.
    fn is_answered(&self, call: hookflash_core::CallId) -> bool {
        self.calls.connections(call).any(|own| own.is_incoming() && own.state().is_answered())
    }

    /// Draws a call that is not active: it rings, is held, or is active at another phone.
    fn draw_inactive(&mut self, appearance: &Appearance, view: &StationView) {
        let mut call = self.phone.shown.take(name(appearance));
        call.call = Some(appearance.call);
        self.draw_media(&mut call, appearance);
        let parts: &[CallPart] = match appearance.display {
            CallDisplay::RingingIn { .. } | CallDisplay::Prompted => {
                use CallPart::*;
                &[State, Keys, Prompt, Notice, Info, Lamp]
            }
            CallDisplay::OnHold => {
                use CallPart::*;
                self.stop_tone_of(call.name);
                &[Lamp, State, Prompt, Info, Speaker, Keys]
            }
            _ => {
                use CallPart::*;
                if appearance.incoming {
                    self.draw_answered_elsewhere(&call);
                }
                self.clear_notice(&mut call);
                &[State, Info, Lamp, Keys, Prompt]
            }
        };
        for part in parts {
            self.draw_part(*part, &mut call, appearance, view);
        }
        call.display = Some(appearance.display);
        self.phone.shown.calls.push(call);
    }

    /// Draws the active call.
    fn draw_active(&mut self, appearance: &Appearance, view: &StationView, ringer_stopped: bool) {
        let mut call = self.phone.shown.take(name(appearance));
        call.call = Some(appearance.call);
        let before = call.display;
        let rang = before.is_some_and(CallDisplay::is_ringing);
        call.enters_forward = appearance.enters_forward;
        let activates = self.phone.shown.active != Some(call.name);
        let dialling = appearance.display == CallDisplay::Dialling;
        if activates {
            self.activate_call(call.name, ringer_stopped);
        }
        self.draw_lamp(call.name.line, view);
        match before {
            Some(CallDisplay::OnHold) => self.draw_state(&mut call, calls::state(appearance.display)),
            Some(display) if display.is_active() => {}
            // Some phones misbehave when they see a call connected that they never saw off-hook.
            _ => self.draw_state(&mut call, CallState::OFF_HOOK),
        }
        if activates && !dialling {
            self.activate_call_plane(call.name.line);
        }
        if rang {
            self.draw_ring_taken_up(&mut call, appearance);
        } else {
            self.stop_tone_unless(self.tone(view));
        }
        self.draw_dialled_number(&call, appearance);
        self.draw_part(CallPart::State, &mut call, appearance, view);
        self.draw_backspaces(&mut call, appearance);
        for part in [CallPart::Info, CallPart::Keys, CallPart::Prompt] {
            self.draw_part(part, &mut call, appearance, view);
        }
        if activates && dialling {
            self.activate_call_plane(call.name.line);
        }
        self.start_tone(self.tone(view));
        self.draw_media(&mut call, appearance);
        self.draw_muted(&mut call, appearance);
        self.announce(before, appearance);
        self.draw_barge(&mut call, before, appearance);
        call.display = Some(appearance.display);
        self.phone.shown.calls.push(call);
    }

    /// The microphone is off from the beginning of a call that the phone answered by itself.
    fn draw_muted(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        if std::mem::replace(&mut call.muted, appearance.muted) != appearance.muted {
            let mode = if appearance.muted { Switch::OFF } else { Switch::ON };
            self.send(&ServerMessage::SetMicroMode(SetMicroMode { mode }));
        }
    }

    /// The tone by which an intercom says that it has answered.
    fn announce(&mut self, before: Option<CallDisplay>, appearance: &Appearance) {
        let answers =
            before.is_none_or(CallDisplay::is_ringing) && appearance.display == CallDisplay::Connected;
        if appearance.announced && answers {
            let CallName { line, reference } = name(appearance);
            self.send(&ServerMessage::StartTone(StartTone {
                tone: Tone::ZIP,
                direction: ToneDirection::USER,
                line,
                call_reference: reference,
            }));
        }
    }

    /// A beep says that somebody has entered the call, to who talks and to who enters.
    fn draw_barge(&mut self, call: &mut RenderedCall, before: Option<CallDisplay>, appearance: &Appearance) {
        let is_new = std::mem::replace(&mut call.barges, appearance.barges) < appearance.barges;
        let talks = appearance.display == CallDisplay::Connected
            && (before == Some(CallDisplay::Connected) || appearance.entered);
        if is_new && talks {
            let CallName { line, reference } = call.name;
            self.send(&ServerMessage::StartTone(StartTone {
                tone: Tone::BARGE_IN,
                direction: ToneDirection::USER,
                line,
                call_reference: reference,
            }));
        }
    }

    /// The call was ringing here: removes everything that shows ringing before the call is shown as connected.
    fn draw_ring_taken_up(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        self.silence_ringer(call.name);
        self.clear_notice(call);
        self.stop_tone_at(call.name);
        self.draw_media(call, appearance);
    }

    /// The call was ringing here and was answered at another phone: marks it as not missed.
    fn draw_answered_elsewhere(&mut self, call: &RenderedCall) {
        let rang = matches!(call.display, Some(CallDisplay::RingingIn { .. }));
        if rang && self.phone.encoding.version >= CALL_HISTORY_FROM {
            let CallName { line, reference } = call.name;
            self.send(&ServerMessage::CallHistoryDisposition(CallHistoryDisposition {
                disposition: CallHistory::IGNORE,
                line,
                call_reference: reference,
            }));
        }
    }

    fn activate_call(&mut self, call: CallName, ringer_stopped: bool) {
        if !ringer_stopped {
            self.silence_ringer(CallName::NONE);
        }
        self.send(&ServerMessage::SetSpeakerMode(SetSpeakerMode { mode: Switch::ON }));
        self.phone.shown.active = Some(call);
    }

    /// Turns the loudspeaker off when no call is active any more.
    fn deactivate_call(&mut self, view: &StationView) {
        if view.active().is_none() && self.phone.shown.active.take().is_some() {
            self.send(&ServerMessage::SetSpeakerMode(SetSpeakerMode { mode: Switch::OFF }));
        }
    }

    fn activate_call_plane(&mut self, line: u32) {
        self.send(&ServerMessage::ActivateCallPlane(ActivateCallPlane { line }));
    }

    /// The lamp of a line shows the most urgent of its calls.
    fn draw_lamp(&mut self, line: u32, view: &StationView) {
        let on_line = view.appearances.iter().filter(|appearance| appearance.line == line);
        let mode =
            on_line.map(|a| lamp(a.display)).max_by_key(|mode| urgency(*mode)).unwrap_or(LampMode::OFF);
        if self.phone.shown.set_lamp(line, mode) {
            self.send(&ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::LINE, instance: line, mode }));
        }
    }

    /// The lamps of the buttons that watch others.
    fn draw_watched(&mut self, view: &StationView) {
        for WatchedLamp { line, shows } in &view.lamps {
            let mode = match shows {
                Watched::Idle => LampMode::OFF,
                Watched::Held => LampMode::WINK,
                Watched::InUse => LampMode::ON,
                Watched::Ringing => LampMode::BLINK,
            };
            if self.phone.shown.set_lamp(*line, mode) {
                self.send(&ServerMessage::SetLamp(SetLamp {
                    stimulus: Stimulus::LINE,
                    instance: *line,
                    mode,
                }));
            }
        }
    }

    /// A call rings elsewhere at night: one burst of the ringer, and the number.
    fn draw_night_bell(&mut self, view: &StationView) {
        let before = self.phone.shown.others.as_ref().and_then(|others| others.night_bell.as_ref());
        if before == view.night_bell.as_ref() {
            return;
        }
        self.phone.shown.others.get_or_insert_default().night_bell.clone_from(&view.night_bell);
        if let Some(number) = view.night_bell.as_ref().filter(|_| view.appearances.is_empty()) {
            self.ring_once();
            self.tell_night_bell(number);
        }
    }

    /// The lamps of the speed dials that watch their numbers.
    fn draw_blf(&mut self, view: &StationView) {
        for (place, shows) in view.blf.iter().enumerate() {
            let instance = u32::try_from(place + 1).unwrap_or(u32::MAX);
            let shown = self.phone.shown.others.as_ref();
            let before = shown.and_then(|others| others.blf.get(place)).copied().unwrap_or_default();
            if before == *shows {
                continue;
            }
            let mode = match shows {
                None | Some(Watched::Idle) => LampMode::OFF,
                Some(Watched::Held) => LampMode::WINK,
                Some(Watched::InUse) => LampMode::ON,
                Some(Watched::Ringing) => LampMode::BLINK,
            };
            self.send(&ServerMessage::SetLamp(SetLamp {
                stimulus: Stimulus::BLF_SPEED_DIAL,
                instance,
                mode,
            }));
        }
        if !view.blf.is_empty() {
            self.phone.shown.others.get_or_insert_default().blf.clone_from(&view.blf);
        }
    }

    /// Whether the phone takes calls of hunt groups: a lamp, and a text when that changes.
    fn draw_hunt_log(&mut self, view: &StationView) {
        let out = view.hunt_logged_out;
        if std::mem::replace(&mut self.phone.shown.hunt_logged_out, out) == out {
            return;
        }
        let mode = if out { LampMode::ON } else { LampMode::OFF };
        self.send(&ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::HUNT_GROUP_LOG, instance: 0, mode }));
        self.tell_hunt_log(out);
    }

    /// The Privacy button: its lamp, and its icon where a phone has one.
    fn draw_privacy(&mut self, view: &StationView) {
        let before = self.phone.shown.others.as_ref().and_then(|others| others.privacy);
        let Some(private) = view.privacy.filter(|_| before != view.privacy) else { return };
        self.phone.shown.others.get_or_insert_default().privacy = view.privacy;
        let instance = u32::try_from(view.blf.len() + 1).unwrap_or(u32::MAX);
        let mode = if private { LampMode::ON } else { LampMode::OFF };
        self.send(&ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::FEATURE, instance, mode }));
        self.send(&templates::privacy_stat(instance, private));
    }

    /// Stops any tone of a call, including tones that the phone plays by itself.
    fn stop_tone_at(&mut self, call: CallName) {
        self.phone.shown.tone = None;
        self.send(&ServerMessage::StopTone(StopTone {
            line: call.line,
            call_reference: call.reference,
            tone: Tone::SILENCE,
        }));
    }

    fn clear_prompt(&mut self, call: &RenderedCall) {
        if self.phone.prompt_area() == hookflash_wire::sccp::PromptArea::Prompt {
            let CallName { line, reference } = call.name;
            self.send(&ServerMessage::ClearPromptStatus(CallId { line, call_reference: reference }));
        }
    }

    fn clear_notice(&mut self, call: &mut RenderedCall) {
        if std::mem::take(&mut call.notified) {
            self.send(&ServerMessage::ClearPriNotify(ClearPriNotify { priority: texts::RING_NOTICE }));
        }
    }
}

/// The call of an appearance.
fn name(appearance: &Appearance) -> CallName {
    CallName { line: appearance.line, reference: appearance.reference }
}

fn lamp(display: CallDisplay) -> LampMode {
    match display {
        CallDisplay::RingingIn { .. } | CallDisplay::Prompted => LampMode::BLINK,
        CallDisplay::OnHold | CallDisplay::RemoteHold => LampMode::WINK,
        _ => LampMode::ON,
    }
}

fn urgency(mode: LampMode) -> u8 {
    match mode {
        LampMode::BLINK => 3,
        LampMode::ON => 2,
        LampMode::WINK => 1,
        _ => 0,
    }
}
