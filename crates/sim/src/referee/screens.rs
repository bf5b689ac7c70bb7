//! What a phone shows and sounds like, compared with the switch's view of its station.
//!
//! This is a function of the view alone: it says how each part of a view looks on a phone, and nothing about how it
//! came to be.

use hookflash_core::{
    EventCause, StationId, Switch, Verb,
    view::{Appearance, CallDisplay, StationView},
};
use hookflash_wire::sccp::{CallState, CallType, LampMode, SoftKey, Stimulus, Text, Tone};

use crate::phone::{Call, Phone};

/// A phone and the view that it should show.
pub(super) struct Shown<'a> {
    phone: &'a Phone,
    switch: &'a Switch,
    station: StationId,
    view: StationView,
}

/// Soft keys that are offered just while this may be done to the call.
const KEYS: [(SoftKey, Verb); 3] = [
    (SoftKey::ANSWER, Verb::AnswerCall),
    (SoftKey::RESUME, Verb::RetrieveCall),
    (SoftKey::END_CALL, Verb::ClearConnection),
];

/// Soft keys that are offered at most while one of these may be done to the call.
const OPTIONAL_KEYS: [(SoftKey, [Verb; 2]); 3] = [
    (SoftKey::HOLD, [Verb::HoldCall; 2]),
    (SoftKey::TRANSFER, [Verb::ConsultationCall, Verb::TransferActive]),
    (SoftKey::CONFERENCE, [Verb::ConsultationCall, Verb::ConferenceActive]),
];

impl<'a> Shown<'a> {
    /// The phone of a station.
    pub(super) fn new(phone: &'a Phone, station: StationId, switch: &'a Switch) -> Shown<'a> {
        Shown { phone, switch, station, view: switch.station_view(station) }
    }

    /// The phone shows its view.
    pub(super) fn check(&self) -> Result<(), String> {
        self.check_buttons()?;
        self.check_calls()?;
        self.check_lamps()?;
        self.check_forwards()?;
        self.check_sounds()
    }

    fn wrong(&self, what: &str, shown: &dyn std::fmt::Debug) -> Result<(), String> {
        let name = &self.phone.settings().name;
        Err(format!("{what}: {name} shows {shown:?}, its view is {:?}", self.view))
    }

    /// Its buttons have the numbers that are configured.
    fn check_buttons(&self) -> Result<(), String> {
        let Some(station) = self.switch.stations().get(self.station) else { return Ok(()) };
        let screen = self.phone.screen();
        let lines = station.lines().filter_map(|line| self.switch.lines().get(line));
        if !screen.lines.iter().map(|line| line.number.as_str()).eq(lines.map(|line| line.number().as_str()))
        {
            return self.wrong("a line button is wrong", &screen.lines);
        }
        let configured = &station.settings().speed_dials;
        let wrong = screen.speed_dials.iter().find(|shown| {
            let index = usize::try_from(shown.instance).unwrap_or(0).wrapping_sub(1);
            configured.get(index).is_none_or(|(number, _)| shown.number != *number.as_str())
        });
        wrong.map_or(Ok(()), |shown| self.wrong("a speed dial is wrong", shown))
    }

    fn check_calls(&self) -> Result<(), String> {
        let mut shown: Vec<&Call> = self.phone.screen().calls.iter().collect();
        let mut wanted: Vec<&Appearance> = self.view.appearances.iter().collect();
        shown.sort_by_key(|call| (call.line, call.reference));
        wanted.sort_by_key(|appearance| (appearance.line, appearance.reference));
        let rows = shown.iter().map(|call| (call.line, call.reference, call.state));
        if !rows.clone().eq(wanted.iter().map(|a| (a.line, a.reference, state(a.display)))) {
            return self.wrong("a display is wrong", &rows.collect::<Vec<_>>());
        }
        shown.iter().zip(&wanted).try_for_each(|(call, appearance)| self.check_call(call, appearance))
    }

    fn check_call(&self, call: &Call, appearance: &Appearance) -> Result<(), String> {
        let offers = |key| self.phone.keys_offered(call.reference).any(|offered| offered == key);
        let is_wrong = |(key, verb): &(SoftKey, Verb)| offers(*key) != appearance.permitted.contains(*verb);
        let may_be = |verbs: &[Verb]| verbs.iter().any(|verb| appearance.permitted.contains(*verb));
        let useless = OPTIONAL_KEYS.iter().any(|(key, verbs)| offers(*key) && !may_be(verbs));
        if self.has_soft_keys() && (useless || KEYS.iter().any(is_wrong)) {
            let offered: Vec<_> = self.phone.keys_offered(call.reference).collect();
            return self.wrong("soft keys are wrong", &(call, offered));
        }
        let inbound = appearance.incoming || appearance.display == CallDisplay::Prompted;
        let is = |shown: &hookflash_wire::sccp::Party, party: &hookflash_core::Party| {
            shown.number == *party.number.as_str() && shown.name == *party.name.as_str()
        };
        let known = appearance.display != CallDisplay::Dialling && appearance.members.is_empty();
        let are_shown = (call.direction == CallType::INBOUND) == inbound
            && is(&call.calling, &appearance.calling)
            && is(&call.called, &appearance.called);
        if known && !are_shown { self.wrong("the parties are wrong", call) } else { Ok(()) }
    }

    /// A lamp shines as the most urgent call of its line wants.
    fn check_lamps(&self) -> Result<(), String> {
        let most_urgent_first = [LampMode::BLINK, LampMode::ON, LampMode::WINK];
        for (line, _) in (1..).zip(&self.phone.screen().lines) {
            let wants = |mode: &LampMode| {
                self.view.appearances.iter().any(|a| a.line == line && lamp(a.display) == *mode)
            };
            let wanted = most_urgent_first.into_iter().find(wants).unwrap_or(LampMode::OFF);
            let shown = self.phone.screen().lamp(Stimulus::LINE, line);
            if shown != wanted {
                return self.wrong("a lamp is wrong", &(line, shown));
            }
        }
        Ok(())
    }

    /// It says where the calls of each line go.
    fn check_forwards(&self) -> Result<(), String> {
        for (line, _) in (1..).zip(&self.phone.screen().lines) {
            let shown = self.phone.screen().forwarding(line).cloned().unwrap_or_default();
            let wanted = self.view.forwards.iter().find(|forwards| forwards.line == line);
            let wanted = wanted.map(|forwards| &forwards.forwarding);
            use hookflash_core::ForwardingType::{Busy, Immediate, NoAnswer};
            let pairs = [(&shown.all, Immediate), (&shown.busy, Busy), (&shown.no_answer, NoAnswer)];
            let agree = |(shown, kind): &(&Option<Text>, hookflash_core::ForwardingType)| {
                let number =
                    wanted.and_then(|forwarding| forwarding.get(*kind)).map(|to| to.number.to_string());
                shown.as_ref().map(Text::to_string) == number
            };
            if !pairs.iter().all(agree) {
                return self.wrong("forwarding is shown wrong", &shown);
            }
        }
        Ok(())
    }

    /// The ringer, the tone, and the loudspeaker.
    fn check_sounds(&self) -> Result<(), String> {
        let (screen, active) = (self.phone.screen(), self.view.active());
        let rings = |reference: u32| {
            let mut ringing = self.view.appearances.iter().filter(|a| a.display.is_ringing());
            ringing.any(|appearance| reference == 0 || appearance.reference == reference)
        };
        let ringer_is_right = match screen.ringer {
            Some((_, reference)) => active.is_none() && rings(reference),
            None => active.is_some() || !rings(0),
        };
        if !ringer_is_right {
            return self.wrong("a ringer is wrong", &screen.ringer);
        }
        if active.is_some() && !screen.speaker {
            return self.wrong("a loudspeaker is wrong", &"off");
        }
        let beeps = screen.waiting_tone.is_some() && rings(0);
        let wanted = active.and_then(|active| Some((tone(active)?, active.reference)));
        let refused = wanted.is_none() && self.view.refused.is_some();
        let may_beep = beeps && screen.tone.is_none();
        if screen.tone != wanted && !refused && !may_beep {
            return self.wrong("a tone is wrong", &screen.tone);
        }
        Ok(())
    }

    fn has_soft_keys(&self) -> bool {
        self.phone.settings().model.model().is_some_and(|model| model.soft_keys)
    }
}

fn state(display: CallDisplay) -> CallState {
    match display {
        CallDisplay::Dialling => CallState::OFF_HOOK,
        CallDisplay::Prompted | CallDisplay::RingingIn { .. } => CallState::RING_IN,
        CallDisplay::Proceeding => CallState::PROCEED,
        CallDisplay::RingingOut => CallState::RING_OUT,
        CallDisplay::Connected => CallState::CONNECTED,
        CallDisplay::OnHold | CallDisplay::RemoteHold => CallState::HOLD,
        CallDisplay::Failed(EventCause::Busy | EventCause::DoNotDisturb) => CallState::BUSY,
        CallDisplay::Failed(EventCause::DestNotObtainable) => CallState::INVALID_NUMBER,
        CallDisplay::Failed(_) => CallState::CONGESTION,
        CallDisplay::RemoteInUse => CallState::CALL_REMOTE_MULTILINE,
    }
}

fn lamp(display: CallDisplay) -> LampMode {
    match display {
        CallDisplay::RingingIn { .. } | CallDisplay::Prompted => LampMode::BLINK,
        CallDisplay::OnHold | CallDisplay::RemoteHold => LampMode::WINK,
        _ => LampMode::ON,
    }
}

/// What the user hears of the call at his ear.
fn tone(active: &Appearance) -> Option<Tone> {
    match active.display {
        CallDisplay::Dialling if active.digits.is_empty() => Some(Tone::INSIDE_DIAL),
        CallDisplay::RingingOut => Some(Tone::ALERTING),
        CallDisplay::Failed(EventCause::Busy | EventCause::DoNotDisturb) => Some(Tone::LINE_BUSY),
        CallDisplay::Failed(_) => Some(Tone::REORDER),
        _ => None,
    }
}
