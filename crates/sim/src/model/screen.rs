//! What a phone shows and sounds like: one row for each state that a connection can be in.

use std::time::Duration;

use hookflash_wire::{
    csta::{EventCause, LocalConnectionState as State},
    sccp::{CallState, LampMode, Phrase, RingMode, SoftKey, SoftKeyState, Text, Tone},
};

use super::{Call, Connection, Dialling, Model, Place};

/// How long a user hears that a key was refused.
pub const REFUSAL_TONE: Duration = Duration::from_secs(5);

/// One call on the display of a phone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    /// The line, from 1.
    pub line: u32,
    /// The reference of the call.
    pub call: u32,
    /// What it looks and sounds like.
    pub look: Look,
    /// Who is in it; `None` while the number is being dialled.
    pub parties: Option<Parties>,
    /// The number that stands in the list of placed calls; `None` where it may or may not.
    pub placed: Option<String>,
}

/// What a call looks and sounds like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look {
    /// The state.
    pub state: CallState,
    /// The set of soft keys.
    pub set: SoftKeyState,
    /// Those of the set that can be pressed.
    pub keys: &'static [SoftKey],
    /// What the lamp of the line should do for it.
    pub lamp: LampMode,
    /// The tone at the ear of the user whose call it is.
    pub tone: Option<Tone>,
    /// The text; `None` where what is there stays there.
    pub prompt: Option<Text>,
}

/// Who is in a call: numbers and names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parties {
    /// Whether the call came in, or is offered to the user as if it had.
    pub incoming: bool,
    /// Who calls.
    pub calling: (String, String),
    /// Who is called, or whom the call was diverted to.
    pub called: (String, String),
    /// Who was called originally.
    pub original: (String, String),
    /// Who diverted the call last; empty if nobody did.
    pub redirecting: (String, String),
}

impl Model {
    /// The calls that a phone shows: line by line, in the order in which the line came into them.
    pub fn shown_at(&self, station: usize) -> Vec<Shown> {
        let mut shown = Vec::new();
        for place in self.places_shown_at(station) {
            let (Some(call), Some(own)) = (self.calls.get(&place.0), self.at(place)) else { continue };
            let line = (1..).zip(self.lines(station)).find(|(_, device)| **device == place.1);
            if let (Some((line, _)), Some(look)) = (line, self.look(station, place)) {
                let parties = self.parties(call, own);
                let placed = placed(station, call, own, &look);
                shown.push(Shown { line, call: own.reference, look, parties, placed });
            }
        }
        shown
    }

    /// What a call looks like at one phone of a device; `None` if it does not show it.
    #[rustfmt::skip]
    fn look(&self, station: usize, place: Place) -> Option<Look> {
        use {CallState as C, LampMode as L, SoftKeyState as K};
        let (call, own) = self.calls.get(&place.0).zip(self.at(place))?;
        let here = own.station == Some(station);
        let may_be_here = self.is_free_for(station, place);
        let caller = self.number_of(call.calling);
        let rings_out = call.connections.iter().any(|other| other.state == State::Alerting);
        Some(match (own.state, &call.failed, &call.dialling) {
            (State::Null | State::Queued, ..) => return None,
            (State::Initiated, _, Dialling::Prompted(_)) if !here => return None,
            (State::Initiated, _, Dialling::Prompted(number)) =>
                                      look(C::RING_IN, K::RING_IN, L::BLINK, None, prompt_for(number)),
            (State::Alerting, ..) if !may_be_here || !own.rings_at(station) => return None,
            (State::Alerting, ..)  => look(C::RING_IN, K::RING_IN, L::BLINK, None, Some(from(caller, call))),
            (State::Hold, ..) if !here && may_be_here =>
                               Look { keys: &[SoftKey::RESUME, SoftKey::NEW_CALL],
                                   ..look(C::HOLD, K::ON_HOLD, L::WINK, None, says(Phrase::HOLD)) },
            (State::Hold, ..) if here => look(C::HOLD, K::ON_HOLD, L::WINK, None, says(Phrase::HOLD)),
            _ if !here             => look(C::CALL_REMOTE_MULTILINE, K::IN_USE_HINT, L::ON, None, says(Phrase::IN_USE_REMOTE)),
            (State::Initiated, _, Dialling::Forward) if call.digits.is_empty() =>
                                      look(C::OFF_HOOK, K::OFF_HOOK, L::ON, Some(Tone::INSIDE_DIAL), Some(Text::plain("Enter number to forward to"))),
            (State::Initiated, ..) if call.digits.is_empty() =>
                                      look(C::OFF_HOOK, K::OFF_HOOK, L::ON, Some(Tone::INSIDE_DIAL), says(Phrase::ENTER_NUMBER)),
            (State::Initiated, ..) => look(C::OFF_HOOK, K::DIGITS_FOLLOW, L::ON, None, None),
            (_, Some(why), _)      => failed(why),
            _ if rings_out         => look(C::RING_OUT, K::RING_OUT, L::ON, Some(Tone::ALERTING), says(Phrase::RING_OUT)),
            _ if call.connections.len() == 1 =>
                                      look(C::PROCEED, K::RING_OUT, L::ON, None, says(Phrase::CALL_PROCEED)),
            _                      => look(C::CONNECTED, K::CONNECTED, L::ON, None, says(Phrase::CONNECTED)),
        })
    }

    fn parties(&self, call: &Call, own: &Connection) -> Option<Parties> {
        let named = |number: &str| {
            let device = self.device(number).and_then(|device| self.devices.get(device));
            (number.to_owned(), device.map(|device| device.name.clone()).unwrap_or_default())
        };
        let called = match &call.dialling {
            Dialling::Open | Dialling::Forward => return None,
            Dialling::Prompted(number) if number.is_empty() => return None,
            Dialling::Prompted(number) => (number.trim_end_matches(';').to_owned(), String::new()),
            Dialling::Complete => named(&call.reached),
        };
        let incoming = own.device != call.calling || call.is_prompted();
        let original = if call.way.is_empty() { called.clone() } else { named(&call.called) };
        let redirecting = call.way.last().map(|last| named(self.number_of(last.device))).unwrap_or_default();
        Some(Parties {
            incoming,
            calling: named(self.number_of(call.calling)),
            called,
            original,
            redirecting,
        })
    }

    fn number_of(&self, device: usize) -> &str {
        self.devices.get(device).map_or("", |device| &device.number)
    }

    /// How the lamps of the lines shine that are not off: as the most urgent call of the line wants.
    pub fn lamps_at(&self, station: usize) -> Vec<(u32, LampMode)> {
        let most_urgent_first = [LampMode::BLINK, LampMode::ON, LampMode::WINK];
        let shown = self.shown_at(station);
        let on = |line: u32, lamp| shown.iter().any(|shown| shown.line == line && shown.look.lamp == lamp);
        let lines = (1..).zip(self.lines(station)).map(|(line, _)| line);
        lines
            .filter_map(|line| Some((line, *most_urgent_first.iter().find(|lamp| on(line, **lamp))?)))
            .collect()
    }

    /// Where all calls of the first line go that forwards them: an idle phone says so.
    pub fn forwarded_to(&self, station: usize) -> Option<&str> {
        let mut devices = self.lines(station).iter().filter_map(|device| self.devices.get(*device));
        devices.find_map(|device| device.forwards.immediate.as_deref())
    }

    /// How the lamp of the key shines that forwards all calls.
    pub fn forward_lamp_at(&self, station: usize) -> LampMode {
        let enters = self.active(station).is_some_and(|place| {
            self.calls.get(&place.0).is_some_and(|call| call.dialling == Dialling::Forward)
        });
        match (enters, self.forwarded_to(station)) {
            (true, _) => LampMode::FLASH,
            (false, Some(_)) => LampMode::ON,
            (false, None) => LampMode::OFF,
        }
    }

    /// Whether the user of the phone dials, talks or hears a failure tone.
    pub fn is_busy(&self, station: usize) -> bool {
        self.active(station).is_some()
    }

    /// How the phone rings, and for which call: the first that rings there, unless its user is busy.
    pub fn ringer_at(&self, station: usize) -> Option<(RingMode, u32)> {
        let idle = self.active(station).is_none();
        let place = self.places_shown_at(station).into_iter().find(|place| self.rings_at(station, *place))?;
        let mode = if self.is_prompted(place) { RingMode::FEATURE } else { RingMode::INSIDE };
        self.at(place).filter(|_| idle).map(|own| (mode, own.reference))
    }

    fn rings_at(&self, station: usize, place: Place) -> bool {
        self.look(station, place).is_some_and(|look| look.state == CallState::RING_IN)
    }

    /// The tone at the user's ear, and the call to which it belongs; 0 for a key that was refused.
    pub fn tone_at(&self, station: usize) -> Option<(Tone, u32)> {
        let Some(place) = self.active(station) else {
            return self.hears_refusal(station).then_some((Tone::REORDER, 0));
        };
        Some((self.look(station, place)?.tone?, self.at(place)?.reference))
    }

    /// The call in which the user hears that another one waits.
    pub fn waiting_tone_at(&self, station: usize) -> Option<u32> {
        let place = self.active(station)?;
        let talks = self.look(station, place)?.state == CallState::CONNECTED;
        let waits = self.places_shown_at(station).into_iter().any(|place| self.rings_at(station, place));
        (talks && waits).then_some(self.at(place)?.reference)
    }

    /// Whether the user hears that the last key was refused.
    pub fn hears_refusal(&self, station: usize) -> bool {
        self.refusal(station).is_some()
    }

    /// Why the last key was refused, as long as the user hears it.
    pub fn refusal(&self, station: usize) -> Option<&Text> {
        let (until, why) = self.stations.get(station)?.refused.as_ref()?;
        (*until > self.now).then_some(why)
    }

    /// The references of the calls in which the phone and another one hear each other, and of the other ends.
    pub fn talks_at(&self, station: usize) -> Vec<(u32, u32)> {
        let talking = |call: &&Call| call.is_talking();
        let mut talks = Vec::new();
        for call in self.calls.values().filter(talking) {
            if let [a, b] = call.connections.as_slice() {
                let ends = [(a, b), (b, a)].into_iter().filter(|(own, _)| own.station == Some(station));
                talks.extend(ends.map(|(own, other)| (own.reference, other.reference)));
            }
        }
        talks
    }
}

fn look(
    state: CallState,
    set: SoftKeyState,
    lamp: LampMode,
    tone: Option<Tone>,
    prompt: Option<Text>,
) -> Look {
    Look { state, set, keys: keys(set), lamp, tone, prompt }
}

/// What the user sees and hears of a call that did not get through.
fn failed(why: &EventCause) -> Look {
    let (state, tone, prompt) = match why {
        EventCause::Busy => (CallState::BUSY, Tone::LINE_BUSY, Phrase::BUSY.into()),
        EventCause::DestNotObtainable => {
            (CallState::INVALID_NUMBER, Tone::REORDER, Phrase::UNKNOWN_NUMBER.into())
        }
        EventCause::Blocked => {
            (CallState::CONGESTION, Tone::REORDER, Phrase::FORWARD_ALL_LOOP_DETECTED.into())
        }
        EventCause::CallNotAnswered => (CallState::CONGESTION, Tone::REORDER, Text::plain("No answer")),
        _ => (CallState::CONGESTION, Tone::REORDER, Phrase::TEMPORARY_FAILURE.into()),
    };
    look(state, SoftKeyState::OFF_HOOK_FEATURE, LampMode::ON, Some(tone), Some(prompt))
}

/// The keys of a set that can be pressed.
pub fn keys(set: SoftKeyState) -> &'static [SoftKey] {
    match set {
        SoftKeyState::ON_HOOK => &[SoftKey::REDIAL, SoftKey::NEW_CALL, SoftKey::FORWARD_ALL],
        SoftKeyState::OFF_HOOK => &[SoftKey::REDIAL, SoftKey::END_CALL, SoftKey::FORWARD_ALL],
        SoftKeyState::DIGITS_FOLLOW => &[SoftKey::BACKSPACE, SoftKey::END_CALL, SoftKey::DIAL],
        SoftKeyState::RING_IN => &[SoftKey::ANSWER, SoftKey::END_CALL],
        SoftKeyState::CONNECTED => &[SoftKey::HOLD, SoftKey::END_CALL],
        SoftKeyState::ON_HOLD => &[SoftKey::RESUME, SoftKey::NEW_CALL, SoftKey::END_CALL],
        SoftKeyState::IN_USE_HINT => &[SoftKey::NEW_CALL],
        _ => &[SoftKey::END_CALL],
    }
}

/// Who calls, and whom, if the call was diverted.
fn from(caller: &str, call: &Call) -> Text {
    let from = Text::from(Phrase::FROM).then(caller);
    if call.way.is_empty() { from } else { from.then(" for ").then(&call.called) }
}

fn says(phrase: Phrase) -> Option<Text> {
    Some(phrase.into())
}

fn prompt_for(number: &str) -> Option<Text> {
    let number = number.trim_end_matches(';');
    (!number.is_empty()).then(|| Text::plain("Call ").then(number).then("?"))
}

/// The caller's own phone files the number when it is complete. It may have come to the call later than that.
fn placed(station: usize, call: &Call, own: &Connection, look: &Look) -> Option<String> {
    let caller_here = own.device == call.calling && own.station == Some(station);
    let later = [CallState::CONNECTED, CallState::HOLD].contains(&look.state);
    match caller_here && call.dialling == Dialling::Complete && !later {
        true => Some(call.digits.clone()),
        false => None,
    }
}
