//! What a phone shows and sounds like.

use std::net::SocketAddr;

use hookflash_wire::sccp::{
    CallState, CallType, Codec, DefineTimeDate, ForwardStat, LampMode, NotifyPriority, Party, RingMode,
    SoftKey, SoftKeyState, Stimulus, Text, Tone,
};

/// Everything the user of a phone can see and hear.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The lines, by instance; the first has instance 1.
    pub lines: Vec<Line>,
    /// The speed dials that are configured.
    pub speed_dials: Vec<SpeedDial>,
    /// The lines whose calls are forwarded: where they go.
    pub forwards: Vec<ForwardStat>,
    /// The calls, oldest first.
    pub calls: Vec<Call>,
    /// The prompt while no call has one.
    pub prompt: Text,
    /// The last prompt that was to be shown for some seconds only, over any other.
    pub passing_prompt: Text,
    /// The notification above everything, with its priority.
    pub notification: Option<(NotifyPriority, Text)>,
    /// The lamps that are not off: button type, instance, how it shines.
    pub lamps: Vec<(Stimulus, u32, LampMode)>,
    /// How it rings, and for which call (0 if it was not said).
    pub ringer: Option<(RingMode, u32)>,
    /// The tone that plays, and for which call (0 if it was not said).
    pub tone: Option<(Tone, u32)>,
    /// The signal of a digit that was played last, until a tone is stopped.
    pub signal: Option<Tone>,
    /// The call in which a tone told of a waiting one, until that tone is stopped.
    pub waiting_tone: Option<u32>,
    /// Whether the loudspeaker is on.
    pub speaker: bool,
    /// Whether the microphone is switched off.
    pub muted: bool,
    /// The line shown in front.
    pub plane: Option<u32>,
    /// The soft keys while no call has some.
    pub soft_keys: SoftKeys,
    /// The call for which soft keys were selected last; 0 for none.
    pub keys_of: u32,
    /// The date and time it was last told.
    pub date: Option<DefineTimeDate>,
}

/// A line of a phone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Line {
    /// The directory number.
    pub number: Text,
    /// What stands beside the button; empty for the number.
    pub label: Text,
}

/// A speed-dial button.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SpeedDial {
    /// The instance, from 1.
    pub instance: u32,
    /// The number it dials.
    pub number: Text,
}

/// The soft keys that are selected: a set, and which keys of it are valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SoftKeys {
    /// The set.
    pub set: SoftKeyState,
    /// Bit n enables key n of the set.
    pub valid: u32,
}

/// A call as the phone shows it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Call {
    /// The line instance.
    pub line: u32,
    /// The call reference.
    pub reference: u32,
    /// What CallState said last.
    pub state: CallState,
    /// What CallInfo said about the direction.
    pub direction: CallType,
    /// Who calls, as CallInfo says.
    pub calling: Party,
    /// Who is called, as CallInfo says.
    pub called: Party,
    /// Who was called before the call was forwarded, as CallInfo says.
    pub original_called: Party,
    /// Who forwarded the call last, as CallInfo says.
    pub last_redirecting: Party,
    /// The prompt.
    pub prompt: Text,
    /// The soft keys, if some were selected for it.
    pub soft_keys: Option<SoftKeys>,
    /// The number filed under placed calls.
    pub dialled: Text,
}

impl Call {
    /// Whether the user's ear and mouth are at it.
    pub fn is_active(&self) -> bool {
        matches!(
            self.state,
            CallState::OFF_HOOK
                | CallState::RING_OUT
                | CallState::CONNECTED
                | CallState::BUSY
                | CallState::CONGESTION
                | CallState::PROCEED
                | CallState::INVALID_NUMBER
        )
    }

    /// Whether it rings here, aloud or as a waiting call.
    pub fn is_ringing(&self) -> bool {
        matches!(self.state, CallState::RING_IN | CallState::CALL_WAITING)
    }
}

impl Screen {
    /// Where the calls of a line go; `None` if it does not forward any.
    pub fn forwarding(&self, line: u32) -> Option<&ForwardStat> {
        self.forwards.iter().find(|stat| stat.line == line)
    }

    /// The call with this reference.
    pub fn call(&self, reference: u32) -> Option<&Call> {
        self.calls.iter().find(|call| call.reference == reference)
    }

    /// The call at which the user's ear and mouth are.
    pub fn active(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.is_active())
    }

    /// The oldest call that rings here.
    pub fn ringing(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.is_ringing())
    }

    /// The oldest call on hold here.
    pub fn held(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.state == CallState::HOLD)
    }

    /// The oldest call that another phone of the line has.
    pub fn elsewhere(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.state == CallState::CALL_REMOTE_MULTILINE)
    }

    /// The call that is connected.
    pub fn connected(&self) -> Option<&Call> {
        self.calls.iter().find(|call| call.state == CallState::CONNECTED)
    }

    /// Whether there is nothing to see or hear of any call.
    pub fn is_idle(&self) -> bool {
        self.calls.is_empty() && self.ringer.is_none() && self.tone.is_none() && !self.speaker
    }

    /// The lamp of a button.
    pub fn lamp(&self, button: Stimulus, instance: u32) -> LampMode {
        let lamp = self.lamps.iter().find(|(stimulus, n, _)| (*stimulus, *n) == (button, instance));
        lamp.map_or(LampMode::OFF, |(_, _, mode)| *mode)
    }

    pub(super) fn call_mut(&mut self, reference: u32) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.reference == reference)
    }

    pub(super) fn set_lamp(&mut self, button: Stimulus, instance: u32, mode: LampMode) {
        self.lamps.retain(|(stimulus, n, _)| (*stimulus, *n) != (button, instance));
        if mode != LampMode::OFF {
            self.lamps.push((button, instance, mode));
        }
    }

    /// Forgets everything of calls and where they go: the phone starts again.
    pub(super) fn clear_calls(&mut self) {
        self.calls.clear();
        self.lamps.clear();
        (self.ringer, self.tone, self.waiting_tone) = (None, None, None);
        self.speaker = false;
        self.forwards.clear();
        self.keys_of = 0;
    }
}

/// A stream the phone receives or sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream {
    /// What the call manager calls it.
    pub party: u32,
    /// The call.
    pub reference: u32,
    /// Where the phone receives, or sends to.
    pub address: SocketAddr,
    /// What it receives, or sends.
    pub codec: Codec,
}

/// The soft keys of the phone's template and sets, as events by set and place.
#[derive(Clone, Debug, Default)]
pub(super) struct SoftKeyPlan {
    template: Vec<SoftKey>,
    sets: Vec<[u8; 16]>,
}

impl SoftKeyPlan {
    pub(super) fn add_template(&mut self, offset: u32, keys: impl Iterator<Item = SoftKey>) {
        self.template.truncate(usize::try_from(offset).unwrap_or(0));
        self.template.extend(keys);
    }

    pub(super) fn add_sets(&mut self, offset: u32, sets: impl Iterator<Item = [u8; 16]>) {
        self.sets.truncate(usize::try_from(offset).unwrap_or(0));
        self.sets.extend(sets);
    }

    /// Whether the user finds this key on the display. A phone that never asked for soft keys has them all.
    pub(super) fn offers(&self, keys: SoftKeys, key: SoftKey) -> bool {
        self.sets.is_empty() || self.offered(keys).any(|offered| offered == key)
    }

    /// The keys that the user finds on the display, in order.
    pub(super) fn offered(&self, keys: SoftKeys) -> impl Iterator<Item = SoftKey> + '_ {
        let set = usize::try_from(keys.set.0).ok().and_then(|set| self.sets.get(set));
        let places = set.into_iter().flatten().enumerate();
        places.filter(move |(place, _)| keys.valid & (1 << place) != 0).filter_map(|(_, position)| {
            usize::from(*position).checked_sub(1).and_then(|at| self.template.get(at)).copied()
        })
    }
}
