//! What an idle phone says, and the lamps of messages that wait.

use hookflash_core::view::StationView;
use hookflash_wire::sccp::{
    ClearPriNotify, DisplayPriNotify, LampMode, NotifyPriority, PromptArea, ServerMessage, SetLamp, Stimulus,
    Text,
};

use super::{
    Renderer,
    forwarding::forwarded_to,
    rendered::CallName,
    texts::{self, Idle},
};

/// What the phone has to say while it has no call.
fn idle(view: &StationView) -> Idle {
    if view.do_not_disturb {
        return Idle::DoNotDisturb;
    }
    match forwarded_to(&view.forwards) {
        Some(number) => Idle::Forwarded(number.clone()),
        None if view.message_waiting.contains(&1) => Idle::MessageWaiting,
        None => Idle::Nothing,
    }
}

impl Renderer<'_> {
    /// Shows what has changed. The text is there already when a call has just `ended` and left the phone idle.
    pub(super) fn draw_idle_text(&mut self, view: &StationView, ended: bool) {
        let idle = idle(view);
        let changes = self.phone.shown.idle != idle;
        self.phone.shown.idle = idle;
        if changes && view.appearances.is_empty() && !ended {
            self.show_idle_prompt(view);
        }
    }

    pub(in crate::sccp) fn show_idle_prompt(&mut self, view: &StationView) {
        if let Some(prompt) = texts::idle_prompt(self.phone, self.settings, &idle(view)) {
            self.send(&prompt);
        }
    }

    /// What an application shows, above what the phone says by itself.
    pub(super) fn draw_display_text(&mut self, view: &StationView) {
        if self.phone.shown.display_text == view.display_text {
            return;
        }
        self.phone.shown.display_text.clone_from(&view.display_text);
        let prompt_area = self.phone.prompt_area() == PromptArea::Prompt;
        match &view.display_text {
            Some(text) if prompt_area => self.send(&ServerMessage::DisplayPriNotify(DisplayPriNotify {
                timeout: 0,
                priority: NotifyPriority::TIMED,
                text: Text::plain(text),
            })),
            Some(text) => self.show(Text::plain(text), 0, CallName::NONE),
            None if prompt_area => {
                self.send(&ServerMessage::ClearPriNotify(ClearPriNotify { priority: NotifyPriority::TIMED }));
            }
            None => self.show_idle_prompt(view),
        }
    }

    /// Instance 0 is the lamp of the handset, the others are beside the lines.
    pub(super) fn draw_message_lamps(&mut self, view: &StationView) {
        if self.phone.shown.message_waiting == view.message_waiting {
            return;
        }
        let before = std::mem::replace(&mut self.phone.shown.message_waiting, view.message_waiting.clone());
        if before.is_empty() != view.message_waiting.is_empty() {
            self.set_message_lamp(0, !view.message_waiting.is_empty());
        }
        for line in before.iter().filter(|line| !view.message_waiting.contains(line)) {
            self.set_message_lamp(*line, false);
        }
        for line in view.message_waiting.iter().filter(|line| !before.contains(line)) {
            self.set_message_lamp(*line, true);
        }
    }

    fn set_message_lamp(&mut self, instance: u32, on: bool) {
        let mode = if on { LampMode::ON } else { LampMode::OFF };
        self.send(&ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::VOICEMAIL, instance, mode }));
    }
}
