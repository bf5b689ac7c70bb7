//! Where the calls of the lines go: ForwardStat, and the lamp of the key.

use hookflash_core::view::{LineForwarding, StationView};
use hookflash_wire::sccp::{LampMode, ServerMessage, SetLamp, StartTone, Stimulus, Tone, ToneDirection};
use smol_str::SmolStr;

use super::{Renderer, rendered::CallName};
use crate::sccp::provisioning;

/// Where all calls of the first line go that forwards them.
pub(super) fn forwarded_to(forwards: &[LineForwarding]) -> Option<&SmolStr> {
    let forwards = forwards.iter().filter_map(|line| line.forwarding.immediate.as_ref());
    forwards.map(|forward| &forward.number).next()
}

impl Renderer<'_> {
    /// Tells what changed.
    pub(super) fn draw_forwarding(&mut self, view: &StationView) {
        self.confirm_entered(view);
        self.draw_forward_lamp(view);
        if self.phone.shown.forwards == view.forwards {
            return;
        }
        let before = std::mem::replace(&mut self.phone.shown.forwards, view.forwards.clone());
        let forgotten = before.iter().filter(|old| view.forwards.iter().all(|new| new.line != old.line));
        for line in forgotten {
            self.send(&provisioning::forward_stat(line.line, None));
        }
        for line in view.forwards.iter().filter(|line| !before.contains(line)) {
            self.send(&provisioning::forward_stat(line.line, Some(&line.forwarding)));
        }
    }

    /// The lamp of the DND key.
    pub(super) fn draw_do_not_disturb(&mut self, view: &StationView) {
        let on = view.do_not_disturb;
        if std::mem::replace(&mut self.phone.shown.do_not_disturb, on) == on {
            return;
        }
        let mode = if on { LampMode::ON } else { LampMode::OFF };
        self.send(&ServerMessage::SetLamp(SetLamp { stimulus: Stimulus::DO_NOT_DISTURB, instance: 0, mode }));
    }

    /// A short tone confirms the number that the user entered, or the feature whose code was dialled.
    fn confirm_entered(&mut self, view: &StationView) {
        let before = std::mem::replace(&mut self.phone.shown.confirmed, view.confirmed);
        let entered = self.phone.shown.entered_forward.take();
        let taken = |line: &LineForwarding| {
            Some(line.line) == entered.map(u32::from) && line.forwarding.immediate.is_some()
        };
        if view.confirmed && !before || view.forwards.iter().any(taken) {
            let CallName { line, reference } = CallName::NONE;
            self.send(&ServerMessage::StartTone(StartTone {
                tone: Tone::ZIP,
                direction: ToneDirection::USER,
                line,
                call_reference: reference,
            }));
        }
    }

    /// The lamp flashes while a number is entered, and shines while calls go elsewhere.
    fn draw_forward_lamp(&mut self, view: &StationView) {
        let lamp = if view.appearances.iter().any(|call| call.enters_forward && call.display.is_active()) {
            Some(LampMode::FLASH)
        } else {
            forwarded_to(&view.forwards).map(|_| LampMode::ON)
        };
        if self.phone.shown.forward_lamp != lamp {
            self.phone.shown.forward_lamp = lamp;
            self.send(&ServerMessage::SetLamp(SetLamp {
                stimulus: Stimulus::FORWARD_ALL,
                instance: 0,
                mode: lamp.unwrap_or(LampMode::OFF),
            }));
        }
    }
}
