//! Texts on the screen: phrases of the phone's own dictionary where there is one, so that each user reads them
//! in the phone's language.

use std::time::Duration;

use hookflash_core::{
    Refusal,
    view::{Appearance, CallDisplay, StationView},
};
use hookflash_wire::sccp::{
    DisplayNotify, DisplayPriNotify, DisplayPromptStatus, DisplayText, NotifyPriority, Phrase, PromptArea,
    ServerMessage, SetSpeakerMode, StartTone, Switch, Text, Tone, ToneDirection,
};
use smol_str::SmolStr;

use super::{
    RenderTimer, Renderer, failures, name,
    rendered::{CallName, RenderedCall},
};
use crate::sccp::{Phone, SccpSettings, Timer, phone};

/// The priority with which CallManager announces an incoming call, and for how many seconds.
pub(super) const RING_NOTICE: NotifyPriority = NotifyPriority::CALL_FORWARD;
const RING_NOTICE_SECONDS: u32 = 10;

/// For how many seconds a phone shows where a call is parked.
const PARKED_SECONDS: u32 = 10;

/// What CME shows at a phone that takes no calls.
const DO_NOT_DISTURB: &str = "Do Not Disturb is active";

/// For how many seconds a phone shows why a key did nothing.
const REASON_SECONDS: u32 = 5;

/// What a phone without a call has to say.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::sccp) enum Idle {
    /// Nothing: the message of the system.
    #[default]
    Nothing,
    /// Its calls go to this number.
    Forwarded(SmolStr),
    /// It takes no calls.
    DoNotDisturb,
    /// A message waits for its first line.
    MessageWaiting,
}

/// The text of a phone without a call.
pub(super) fn idle_prompt(phone: &Phone, settings: &SccpSettings, idle: &Idle) -> Option<ServerMessage> {
    let text = match idle {
        Idle::Forwarded(number) => Text::from(Phrase::FORWARDED_TO).then(" ").then(number),
        Idle::DoNotDisturb => Text::plain(DO_NOT_DISTURB),
        Idle::MessageWaiting => Phrase::YOU_HAVE_VOICEMAIL.into(),
        Idle::Nothing => phone::idle_prompt(&settings.system_message),
    };
    message(phone, text, 0, CallName::NONE)
}

/// Shows that a key does nothing here.
pub(in crate::sccp) fn key_is_not_active(phone: &Phone, line: u32, reference: u32, out: &mut Vec<u8>) {
    let text = Text::from(Phrase::KEY_IS_NOT_ACTIVE);
    if let Some(message) = message(phone, text, REASON_SECONDS, CallName { line, reference }) {
        message.encode(phone.encoding, out);
    }
}

/// The text about a call; `None` leaves what is there, such as the digits that are being dialled.
pub(super) fn prompt(appearance: &Appearance) -> Option<Text> {
    let phrase = match appearance.display {
        CallDisplay::Dialling if appearance.digits.is_empty() && appearance.enters_forward => {
            return Some(Text::plain("Enter number to forward to"));
        }
        CallDisplay::Dialling if appearance.digits.is_empty() => Phrase::ENTER_NUMBER,
        CallDisplay::Dialling => return None,
        CallDisplay::Prompted => return Some(Text::plain("Call ").then(&appearance.called.number).then("?")),
        CallDisplay::Proceeding => Phrase::CALL_PROCEED,
        CallDisplay::RingingOut if appearance.rings_out_silently => {
            return Some(Text::from(Phrase::RING_OUT).then(" DND"));
        }
        CallDisplay::RingingOut => Phrase::RING_OUT,
        CallDisplay::RingingIn { .. } => return Some(caller(appearance)),
        CallDisplay::Connected if appearance.entered && !appearance.members.is_empty() => {
            return Some(Text::plain("To Barge"));
        }
        CallDisplay::Connected if !appearance.members.is_empty() => return Some(members(appearance)),
        CallDisplay::Connected => Phrase::CONNECTED,
        CallDisplay::OnHold | CallDisplay::RemoteHold => Phrase::HOLD,
        CallDisplay::RemoteInUse => Phrase::IN_USE_REMOTE,
        CallDisplay::Failed(cause) => return Some(failures::of(cause).text),
    };
    Some(phrase.into())
}

/// Who calls, and for whom the call was before it was forwarded.
fn caller(appearance: &Appearance) -> Text {
    let from = Text::from(Phrase::FROM).then(&appearance.calling.number);
    match &appearance.redirection {
        _ if appearance.recalled_from.is_some() => {
            let number = appearance.recalled_from.as_deref().unwrap_or_default();
            Text::plain("Transfer Recall From ").then(number)
        }
        _ if appearance.calling.number.is_empty() => Phrase::PRIVATE.into(),
        Some(way) => from.then(" for ").then(&way.first().by.number),
        None => from,
    }
}

/// Who else is in the conference.
fn members(appearance: &Appearance) -> Text {
    let mut text = Text::from(Phrase::CONFERENCE);
    for (place, member) in appearance.members.iter().enumerate() {
        text = text.then(if place == 0 { " " } else { ", " }).then(&member.number);
    }
    text
}

fn reason(refusal: Refusal) -> Text {
    match refusal {
        Refusal::PerformanceLimitExceeded => Phrase::HIGH_TRAFFIC_TRY_AGAIN_LATER.into(),
        Refusal::ResourceBusy => Text::plain("No line available"),
        Refusal::InvalidDevice | Refusal::InvalidCalledDevice => Phrase::NUMBER_NOT_CONFIGURED.into(),
        Refusal::InvalidForwardingDestination => Phrase::UNKNOWN_NUMBER.into(),
        Refusal::InvalidHeldConnection | Refusal::NotSameDevice => Phrase::CANNOT_COMPLETE_TRANSFER.into(),
        Refusal::InvalidParkDestination => Phrase::PARK_SLOT_UNAVAILABLE.into(),
        Refusal::ConferenceMemberLimitExceeded => Phrase::CANNOT_COMPLETE_CONFERENCE.into(),
        Refusal::NothingToJoin => Phrase::CANNOT_JOIN_CALLS.into(),
        Refusal::NoCallToAnswer => Phrase::NO_CALL_AVAILABLE_FOR_PICKUP.into(),
        Refusal::ForwardingDisabled => Phrase::KEY_IS_NOT_ACTIVE.into(),
        _ => Phrase::TEMPORARY_FAILURE.into(),
    }
}

/// Text in the form that the model can show, if it can.
fn message(phone: &Phone, text: Text, timeout: u32, call: CallName) -> Option<ServerMessage> {
    match phone.prompt_area() {
        PromptArea::None => None,
        PromptArea::OneLine => Some(ServerMessage::DisplayText(DisplayText { text })),
        PromptArea::Prompt => Some(ServerMessage::DisplayPromptStatus(DisplayPromptStatus {
            timeout,
            text,
            line: call.line,
            call_reference: call.reference,
        })),
    }
}

impl Renderer<'_> {
    pub(super) fn show(&mut self, text: Text, timeout: u32, call: CallName) {
        if let Some(message) = message(self.phone, text, timeout, call) {
            self.send(&message);
        }
    }

    /// Who calls, also for users who are in a menu of the phone.
    pub(super) fn draw_notice(&mut self, call: &mut RenderedCall, appearance: &Appearance) {
        let new = !matches!(call.display, Some(display) if display.is_ringing());
        if let (true, PromptArea::Prompt, Some(text)) = (new, self.phone.prompt_area(), prompt(appearance)) {
            call.notified = true;
            self.send(&ServerMessage::DisplayPriNotify(DisplayPriNotify {
                timeout: RING_NOTICE_SECONDS,
                priority: RING_NOTICE,
                text,
            }));
        }
    }

    /// Which line rings at night.
    pub(super) fn tell_night_bell(&mut self, number: &str) {
        let text = Text::plain("Night Service ").then(number);
        if self.phone.prompt_area() == PromptArea::Prompt {
            self.send(&ServerMessage::DisplayNotify(DisplayNotify { timeout: PARKED_SECONDS, text }));
        }
    }

    /// That the phone has left the hunt groups, or joined them again.
    pub(super) fn tell_hunt_log(&mut self, out: bool) {
        let text = Text::plain(if out { "Logged out of hunt group" } else { "Logged into hunt group" });
        if self.phone.prompt_area() == PromptArea::Prompt {
            self.send(&ServerMessage::DisplayNotify(DisplayNotify { timeout: PARKED_SECONDS, text }));
        }
    }

    /// Where the user has parked a call.
    pub(super) fn draw_parked_at(&mut self, view: &StationView) {
        let now = view.parked_at.clone().map(|slot| (slot, view.park_reminders));
        let before = std::mem::replace(&mut self.phone.shown.parked_at, now.clone());
        let Some((number, reminders)) = now.filter(|now| before.as_ref() != Some(now)) else { return };
        if reminders > 0 && self.phone.shown.ringer.is_none() && view.active().is_none() {
            self.ring_once();
        }
        let text = Text::from(Phrase::CALL_PARK_AT).then(" ").then(&number);
        if self.phone.prompt_area() == PromptArea::Prompt {
            self.send(&ServerMessage::DisplayNotify(DisplayNotify { timeout: PARKED_SECONDS, text }));
        } else {
            self.show(text, 0, CallName::NONE);
        }
    }

    /// Why the last key did not do what its user wanted: in words, and as a tone that ends by itself, for the
    /// user may just walk away.
    pub(super) fn draw_refusal(&mut self, view: &StationView) {
        let before = std::mem::replace(&mut self.phone.shown.refused, view.refused);
        match view.refused {
            Some(refusal) if before != view.refused => self.draw_new_refusal(refusal, view),
            Some(_) if self.phone.shown.refusal_tone.is_some() => {}
            _ => self.end_refusal_tone(view),
        }
    }

    fn draw_new_refusal(&mut self, refusal: Refusal, view: &StationView) {
        let call = view.active().map(name);
        // A speed dial without a number does not go off-hook.
        let off_hook_in_vain = call.is_none() && refusal != Refusal::InvalidCalledDevice;
        if !off_hook_in_vain {
            self.end_refusal_tone(view);
        }
        self.show(reason(refusal), REASON_SECONDS, call.unwrap_or(CallName::NONE));
        if !off_hook_in_vain {
            let CallName { line, reference } = call.unwrap_or(CallName::NONE);
            self.send(&ServerMessage::StartTone(StartTone {
                tone: Tone::BEEP_BONK,
                direction: ToneDirection::USER,
                line,
                call_reference: reference,
            }));
            return;
        }
        self.start_tone(Some((Tone::REORDER, CallName::NONE)));
        let ends = self.now + Duration::from_secs(REASON_SECONDS.into());
        let timer = Timer::Render(self.station, RenderTimer::RefusalTone);
        let previous = self.phone.shown.refusal_tone.replace(self.timers.start(ends, timer));
        self.timers.stop(previous);
    }

    fn end_refusal_tone(&mut self, view: &StationView) {
        let running = self.phone.shown.refusal_tone.take();
        self.timers.stop(running);
        if view.active().is_none() && self.phone.shown.tone.is_some() {
            self.stop_tone_unless(None);
            // The phone went off-hook by itself for the key that was refused.
            self.send(&ServerMessage::SetSpeakerMode(SetSpeakerMode { mode: Switch::OFF }));
            if view.appearances.is_empty() {
                self.show_idle_prompt(view);
            }
        }
    }
}
