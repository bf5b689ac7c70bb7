//! What a phone shows and sounds like, and the model compared.

use hookflash_wire::sccp::{CallState, CallType, Phrase, PromptArea, Stimulus, Text, Tone};

use crate::{
    model::{self, Model, Parties, Shown},
    phone::{Call, Phone},
};

/// The text while there is no call, unless the configuration says otherwise.
const IDLE: &str = "Hookflash";

/// A phone and what it should show.
pub(super) struct Look<'a> {
    pub(super) model: &'a Model,
    pub(super) station: usize,
    pub(super) phone: &'a Phone,
    /// Whether the model knows which keys were refused.
    pub(super) knows_refusals: bool,
}

impl Look<'_> {
    /// The phone shows what it should.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_lines()?;
        self.check_calls()?;
        self.check_lamps()?;
        self.check_forwards()?;
        self.check_ringer()?;
        self.check_tones()?;
        self.check_idle()
    }

    fn wrong(&self, what: &str, shown: &dyn std::fmt::Debug, wanted: &dyn std::fmt::Debug) -> String {
        let name = &self.phone.settings().name;
        format!("{what}: {name} shows {shown:?}, should show {wanted:?}")
    }

    /// Its buttons have the numbers that are configured.
    fn check_lines(&self) -> Result<(), String> {
        let (screen, station) = (self.phone.screen(), self.model.stations.get(self.station));
        let devices = station.map(|station| station.lines.as_slice()).unwrap_or_default();
        let numbers = devices.iter().filter_map(|device| self.model.devices.get(*device));
        let lines = screen.lines.iter().map(|line| line.number.as_str());
        if !lines.eq(numbers.map(|device| device.number.as_str())) {
            return Err(self.wrong("a line button is wrong", &screen.lines, &devices));
        }
        let configured = station.map(|station| station.speed_dials.as_slice()).unwrap_or_default();
        let wrong = screen.speed_dials.iter().find(|shown| {
            let index = usize::try_from(shown.instance).unwrap_or(0).wrapping_sub(1);
            configured.get(index).is_none_or(|number| shown.number != *number.as_str())
        });
        match wrong {
            Some(shown) => Err(self.wrong("a speed dial is wrong", shown, &configured)),
            None => Ok(()),
        }
    }

    fn check_calls(&self) -> Result<(), String> {
        let mut calls: Vec<&Call> = self.phone.screen().calls.iter().collect();
        let mut wanted = self.model.shown_at(self.station);
        calls.sort_by_key(|call| (call.line, call.reference));
        wanted.sort_by_key(|shown| (shown.line, shown.call));
        let shown = calls.iter().map(|call| (call.line, call.reference, call.state));
        if !shown.clone().eq(wanted.iter().map(|shown| (shown.line, shown.call, shown.look.state))) {
            return Err(self.wrong("a display is wrong", &shown.collect::<Vec<_>>(), &wanted));
        }
        calls.iter().zip(&wanted).try_for_each(|(call, wanted)| self.check_call(call, wanted))
    }

    fn check_call(&self, call: &Call, wanted: &Shown) -> Result<(), String> {
        if self.has_soft_keys() {
            let set = call.soft_keys.map(|keys| keys.set);
            let offered = self.phone.keys_offered(call.reference);
            if set != Some(wanted.look.set) || !offered.eq(wanted.look.keys.iter().copied()) {
                let offered: Vec<_> = self.phone.keys_offered(call.reference).collect();
                return Err(self.wrong("soft keys are wrong", &(set, offered), &wanted.look));
            }
        }
        if self.has_prompts() && wanted.look.prompt.as_ref().is_some_and(|prompt| call.prompt != *prompt) {
            return Err(self.wrong("a prompt is wrong", &call.prompt, &wanted.look.prompt));
        }
        if wanted.parties.as_ref().is_some_and(|parties| !are_shown(call, parties)) {
            let shown = (call.direction, &call.calling, &call.called);
            return Err(self.wrong("the parties are wrong", &shown, &wanted.parties));
        }
        match &wanted.placed {
            Some(number) if call.dialled != *number.as_str() => {
                Err(self.wrong("a placed call is wrong", &call.dialled, number))
            }
            _ => Ok(()),
        }
    }

    fn check_lamps(&self) -> Result<(), String> {
        let mut lamps = self.phone.screen().lamps.clone();
        lamps.retain(|(stimulus, ..)| *stimulus != Stimulus::FORWARD_ALL);
        lamps.sort_by_key(|(_, instance, _)| *instance);
        let wanted = self.model.lamps_at(self.station);
        let are_right =
            lamps.iter().copied().eq(wanted.iter().map(|(line, lamp)| (Stimulus::LINE, *line, *lamp)));
        if are_right { Ok(()) } else { Err(self.wrong("a lamp is wrong", &lamps, &wanted)) }
    }

    /// It says where the calls of each line go.
    fn check_forwards(&self) -> Result<(), String> {
        let lamp = self.phone.screen().lamp(Stimulus::FORWARD_ALL, 0);
        let wanted = self.model.forward_lamp_at(self.station);
        if lamp != wanted {
            return Err(self.wrong("a lamp is wrong", &lamp, &wanted));
        }
        let devices = self.model.stations.get(self.station).map(|station| station.lines.as_slice());
        for (line, device) in (1..).zip(devices.unwrap_or_default()) {
            let Some(wanted) = self.model.devices.get(*device).map(|device| &device.forwards) else {
                continue;
            };
            let shown = self.phone.screen().forwarding(line).cloned().unwrap_or_default();
            let pairs = [
                (&shown.all, &wanted.immediate),
                (&shown.busy, &wanted.busy),
                (&shown.no_answer, &wanted.no_answer),
            ];
            let agree = |(shown, wanted): &(&Option<Text>, &Option<String>)| {
                shown.as_ref().map(Text::to_string) == **wanted
            };
            if !pairs.iter().all(agree) {
                return Err(self.wrong("forwarding is shown wrong", &shown, wanted));
            }
        }
        Ok(())
    }

    fn check_ringer(&self) -> Result<(), String> {
        let (rings, wanted) = (self.phone.screen().ringer, self.model.ringer_at(self.station));
        if rings == wanted { Ok(()) } else { Err(self.wrong("a ringer is wrong", &rings, &wanted)) }
    }

    fn check_tones(&self) -> Result<(), String> {
        let (screen, wanted) = (self.phone.screen(), self.model.tone_at(self.station));
        if self.hears_of_waiting() {
            return Ok(());
        }
        let may_be_refused = !self.knows_refusals && wanted.is_none();
        if screen.tone != wanted && !(may_be_refused && screen.tone == Some((Tone::REORDER, 0))) {
            return Err(self.wrong("a tone is wrong", &screen.tone, &wanted));
        }
        let wanted = self.model.waiting_tone_at(self.station);
        if screen.waiting_tone != wanted {
            return Err(self.wrong("a call waiting tone is wrong", &screen.waiting_tone, &wanted));
        }
        let refused = self.model.refusal(self.station).filter(|_| self.has_prompts());
        if refused.is_some_and(|why| screen.passing_prompt != *why) {
            return Err(self.wrong("a prompt is wrong", &screen.passing_prompt, &refused));
        }
        Ok(())
    }

    /// A user who does not talk hears for a second that another call began to ring, instead of any other tone.
    fn hears_of_waiting(&self) -> bool {
        let screen = self.phone.screen();
        let (active, rings) = (screen.active(), screen.ringing().is_some());
        let talks = active.is_some_and(|call| call.state == CallState::CONNECTED);
        let beeps = active.is_some_and(|call| screen.waiting_tone == Some(call.reference));
        beeps && rings && !talks && screen.tone.is_none()
    }

    /// The loudspeaker is on during a call. Keys and prompt of no call are there when there is none, and only then.
    fn check_idle(&self) -> Result<(), String> {
        let screen = self.phone.screen();
        if self.model.is_busy(self.station) && !screen.speaker {
            return Err(self.wrong("a loudspeaker is wrong", &"off", &"on"));
        }
        let (set, idle) = (screen.soft_keys.set, screen.calls.is_empty());
        if self.has_soft_keys() {
            let offered: Vec<_> = self.phone.keys_offered(0).collect();
            if offered != model::keys(set) || (screen.keys_of == 0) != idle {
                return Err(self.wrong("soft keys are wrong", &(set, offered, screen.keys_of), &idle));
            }
        }
        let forwarded = self.model.forwarded_to(self.station);
        let wanted = match forwarded {
            Some(number) => Text::from(Phrase::FORWARDED_TO).then(" ").then(number),
            None => Text::plain(IDLE),
        };
        if idle && self.has_prompts() && screen.prompt != wanted {
            return Err(self.wrong("a prompt is wrong", &screen.prompt, &wanted));
        }
        Ok(())
    }

    fn has_soft_keys(&self) -> bool {
        self.phone.settings().model.model().is_some_and(|model| model.soft_keys)
    }

    fn has_prompts(&self) -> bool {
        self.phone.settings().model.model().is_some_and(|model| model.prompt_area == PromptArea::Prompt)
    }
}

fn are_shown(call: &Call, parties: &Parties) -> bool {
    let is = |shown: &hookflash_wire::sccp::Party, (number, name): &(String, String)| {
        shown.number == *number.as_str() && shown.name == *name.as_str()
    };
    (call.direction == CallType::INBOUND) == parties.incoming
        && is(&call.calling, &parties.calling)
        && is(&call.called, &parties.called)
        && is(&call.original_called, &parties.original)
        && is(&call.last_redirecting, &parties.redirecting)
}
