//! What the call manager makes the phone show and sound.

use hookflash_wire::sccp::{
    CallInfo, CallState, CallStateMessage, ClearPriNotify, DialedNumber, DisplayPromptStatus, ForwardStat,
    LineStat, RingDuration, RingMode, SelectSoftKeys, ServerMessage, SetRinger, SoftKeySets, SoftKeyTemplate,
    SpeedDialStat, StartTone, StopTone, Switch, Tone,
};

use super::{Call, Complaint, Line, Phone, SoftKeys, SpeedDial};

/// More calls than any phone shows; a call manager that sends more has lost count.
const MOST_CALLS: usize = 64;
/// More lines than any phone has.
const MOST_LINES: u32 = 100;

impl Phone {
    pub(super) fn show(&mut self, message: ServerMessage) {
        match message {
            ServerMessage::LineStat(stat) => self.line_stat(stat),
            ServerMessage::SpeedDialStat(stat) => self.speed_dial_stat(stat),
            ServerMessage::ForwardStat(stat) => self.forward_stat(stat),
            ServerMessage::SoftKeyTemplateRes(template) => self.soft_key_template(&template),
            ServerMessage::SoftKeySetRes(sets) => self.soft_key_sets(&sets),
            ServerMessage::DefineTimeDate(date) => self.screen.date = Some(date),
            ServerMessage::CallState(state) => self.call_state(&state),
            ServerMessage::CallInfo(info) => self.call_info(info),
            ServerMessage::DialedNumber(dialled) => self.dialled_number(dialled),
            ServerMessage::SelectSoftKeys(select) => self.select_soft_keys(&select),
            ServerMessage::DisplayPromptStatus(prompt) => self.prompt(prompt),
            ServerMessage::ClearPromptStatus(id) => {
                let (line, call_reference) = (id.line, id.call_reference);
                self.prompt(DisplayPromptStatus { line, call_reference, ..DisplayPromptStatus::default() });
            }
            ServerMessage::DisplayPriNotify(notice) => {
                self.screen.notification = Some((notice.priority, notice.text));
            }
            ServerMessage::ClearPriNotify(clear) => self.clear_notification(clear),
            ServerMessage::SetLamp(lamp) => self.screen.set_lamp(lamp.stimulus, lamp.instance, lamp.mode),
            ServerMessage::SetRinger(ringer) => self.ringer(&ringer),
            ServerMessage::StartTone(tone) => self.start_tone(&tone),
            ServerMessage::StopTone(stop) => self.stop_tone(&stop),
            ServerMessage::SetSpeakerMode(speaker) => self.screen.speaker = speaker.mode == Switch::ON,
            ServerMessage::SetMicroMode(micro) => self.screen.muted = micro.mode == Switch::OFF,
            ServerMessage::ActivateCallPlane(plane) => {
                self.check_line("ActivateCallPlane", plane.line);
                self.screen.plane = Some(plane.line);
            }
            ServerMessage::DeactivateCallPlane => self.screen.plane = None,
            // Nothing of the rest is looked at by the users of this phone.
            _ => {}
        }
    }

    fn line_stat(&mut self, stat: LineStat) {
        let Some(index) = stat.line.checked_sub(1).filter(|index| *index < MOST_LINES) else {
            return self.complain(Complaint::UnknownLine { message: "LineStat", line: stat.line });
        };
        let index = usize::try_from(index).unwrap_or(0);
        if stat.number.is_empty() && index >= self.screen.lines.len() {
            return;
        }
        if index >= self.screen.lines.len() {
            self.screen.lines.resize(index + 1, Line::default());
        }
        if let Some(line) = self.screen.lines.get_mut(index) {
            *line = Line { number: stat.number, label: stat.label };
        }
    }

    fn speed_dial_stat(&mut self, stat: SpeedDialStat) {
        self.screen.speed_dials.retain(|known| known.instance != stat.instance);
        if !stat.number.is_empty() {
            self.screen.speed_dials.push(SpeedDial { instance: stat.instance, number: stat.number });
        }
    }

    fn forward_stat(&mut self, stat: ForwardStat) {
        self.check_line("ForwardStat", stat.line);
        self.screen.forwards.retain(|known| known.line != stat.line);
        let active = [&stat.all, &stat.busy, &stat.no_answer].iter().any(|target| target.is_some());
        if active && self.screen.forwards.len() < usize::try_from(MOST_LINES).unwrap_or(0) {
            self.screen.forwards.push(stat);
        }
    }

    fn soft_key_template(&mut self, template: &SoftKeyTemplate) {
        self.soft_keys.add_template(template.offset, template.keys.iter().map(|key| key.event));
    }

    fn soft_key_sets(&mut self, sets: &SoftKeySets) {
        self.soft_keys.add_sets(sets.offset, sets.sets.iter().map(|set| set.positions));
    }

    fn call_state(&mut self, message: &CallStateMessage) {
        let (line, reference, state) = (message.line, message.call_reference, message.state);
        self.check_line("CallState", line);
        if state == CallState::ON_HOOK {
            return self.call_ended(reference);
        }
        if state == CallState::CONNECTED {
            self.check_connected(reference);
        }
        if state == CallState::HOLD && self.has_media(reference) {
            self.complain(Complaint::MediaOnHold(reference));
        }
        let has_room = self.screen.calls.len() < MOST_CALLS;
        match self.screen.call_mut(reference) {
            Some(call) => {
                let from = call.line;
                call.state = state;
                if from != line {
                    self.complain(Complaint::CallMoved { reference, from, to: line });
                }
            }
            None if has_room => {
                self.screen.calls.push(Call { line, reference, state, ..Call::default() });
            }
            None => {}
        }
        if state == CallState::OFF_HOOK {
            self.type_pending_digits();
        }
    }

    fn check_connected(&mut self, reference: u32) {
        let other = self.screen.connected().map(|call| call.reference).filter(|other| *other != reference);
        if let Some(first) = other {
            self.complain(Complaint::TwoConnected { first, second: reference });
        }
        if self.screen.ringer.is_some_and(|(_, rings_for)| rings_for == reference) {
            self.complain(Complaint::ConnectedWhileRinging(reference));
        }
    }

    fn call_ended(&mut self, reference: u32) {
        // Who gives up a call to begin another one still wants to dial.
        if self.screen.call(reference).is_some_and(|call| call.state == CallState::OFF_HOOK) {
            self.to_dial = Default::default();
        }
        self.screen.calls.retain(|call| call.reference != reference);
        if self.has_media(reference) {
            self.receiving.retain(|stream| stream.reference != reference);
            self.sending.retain(|stream| stream.reference != reference);
            self.complain(Complaint::MediaLeftOpen(reference));
        }
        let tone = self.screen.tone.map(|(_, plays_for)| plays_for);
        if [tone, self.screen.waiting_tone].contains(&Some(reference)) {
            self.complain(Complaint::ToneLeftOn(reference));
        }
    }

    fn has_media(&self, reference: u32) -> bool {
        self.receiving.iter().chain(&self.sending).any(|stream| stream.reference == reference)
    }

    fn call_info(&mut self, info: CallInfo) {
        self.check_line("CallInfo", info.line);
        let reference = info.call_reference;
        let Some(call) = self.screen.call_mut(reference) else {
            return self.complain(Complaint::UnknownCall { message: "CallInfo", reference });
        };
        call.direction = info.call_type;
        call.calling = info.calling;
        call.called = info.called;
        call.original_called = info.original_called;
        call.last_redirecting = info.last_redirecting;
    }

    fn dialled_number(&mut self, dialled: DialedNumber) {
        self.check_line("DialedNumber", dialled.line);
        let reference = dialled.call_reference;
        match self.screen.call_mut(reference) {
            Some(call) => call.dialled = dialled.number,
            None => self.complain(Complaint::UnknownCall { message: "DialedNumber", reference }),
        }
    }

    fn select_soft_keys(&mut self, select: &SelectSoftKeys) {
        let keys = SoftKeys { set: select.set, valid: select.valid_keys };
        self.screen.keys_of = select.call_reference;
        match self.screen.call_mut(select.call_reference) {
            Some(call) => call.soft_keys = Some(keys),
            None if select.call_reference == 0 => self.screen.soft_keys = keys,
            None => self.complain(Complaint::UnknownCall {
                message: "SelectSoftKeys",
                reference: select.call_reference,
            }),
        }
        // Idle keys come last when everything is over: nothing may be left sounding.
        let rings = self.screen.calls.iter().any(Call::is_ringing);
        if self.screen.calls.is_empty() && self.screen.ringer.is_some() && !rings {
            self.complain(Complaint::RingerLeftOn);
        }
    }

    fn prompt(&mut self, prompt: DisplayPromptStatus) {
        if prompt.timeout > 0 {
            self.screen.passing_prompt = prompt.text;
            return;
        }
        match self.screen.call_mut(prompt.call_reference) {
            Some(call) => call.prompt = prompt.text,
            None => self.screen.prompt = prompt.text,
        }
    }

    fn clear_notification(&mut self, clear: ClearPriNotify) {
        if self.screen.notification.as_ref().is_some_and(|(priority, _)| *priority == clear.priority) {
            self.screen.notification = None;
        }
    }

    fn ringer(&mut self, ringer: &SetRinger) {
        // A single ring, or a flash of the lamp, ends by itself.
        let goes_on = ringer.mode != RingMode::OFF && ringer.duration != RingDuration::SINGLE;
        self.screen.ringer = goes_on.then_some((ringer.mode, ringer.call_reference));
    }

    fn start_tone(&mut self, tone: &StartTone) {
        let ends_by_itself = matches!(
            tone.tone,
            Tone::SILENCE | Tone::NONE | Tone::CALL_WAITING | Tone::ZIP | Tone::ZIP_ZIP | Tone::BEEP_BONK
        ) || tone.tone.0 < Tone::INSIDE_DIAL.0;
        if !ends_by_itself {
            self.screen.tone = Some((tone.tone, tone.call_reference));
            self.screen.waiting_tone = None;
        }
        if tone.tone.0 < Tone::INSIDE_DIAL.0 {
            self.screen.signal = Some(tone.tone);
        }
        if tone.tone == Tone::CALL_WAITING {
            self.screen.waiting_tone = Some(tone.call_reference);
        }
    }

    fn stop_tone(&mut self, stop: &StopTone) {
        let meant =
            |plays_for| stop.call_reference == 0 || plays_for == 0 || plays_for == stop.call_reference;
        self.screen.signal = None;
        if self.screen.tone.is_some_and(|(_, plays_for)| meant(plays_for)) {
            self.screen.tone = None;
        }
        if self.screen.waiting_tone.is_some_and(meant) {
            self.screen.waiting_tone = None;
        }
    }

    /// Complains about a line the phone has not been told of. Line 0 means none in particular.
    pub(super) fn check_line(&mut self, message: &'static str, line: u32) {
        let lines = u32::try_from(self.screen.lines.len()).unwrap_or(u32::MAX);
        if line > lines && self.is_registered() {
            self.complain(Complaint::UnknownLine { message, line });
        }
    }
}
