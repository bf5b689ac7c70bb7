//! What a phone shows, according to the messages sent to it.

use hookflash_core::{
    CallId, Deadline, Party, Refusal,
    view::{CallDisplay, LineForwarding, Watched},
};
use hookflash_wire::sccp::{CallState, LampMode, RingDuration, RingMode, SoftKeyState, Text, Tone};
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::{
    media::{Channel, Listening},
    texts::Idle,
};

/// A call on a line of the phone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct CallName {
    /// Line instance.
    pub(super) line: u32,
    /// Connection reference.
    pub(super) reference: u32,
}

impl CallName {
    /// The phone as a whole.
    pub(super) const NONE: CallName = CallName { line: 0, reference: 0 };
}

/// What few phones show of others.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// What the lamps of speed dials show.
    pub(super) blf: Vec<Option<Watched>>,
    /// The line that rings elsewhere at night.
    pub(super) night_bell: Option<SmolStr>,
    /// Whether the Privacy button is lit.
    pub(super) privacy: Option<bool>,
}

/// What a phone shows and plays.
#[derive(Debug, Default)]
pub(in crate::sccp) struct Rendered {
    pub(super) calls: Vec<RenderedCall>,
    /// The line lamps that are not off.
    lamps: Vec<(u32, LampMode)>,
    /// The call whose soft keys were selected last.
    pub(super) keys_of: Option<CallName>,
    /// The active call.
    pub(super) active: Option<CallName>,
    pub(super) ringer: Option<(CallName, RingMode, RingDuration)>,
    pub(super) tone: Option<(Tone, CallName)>,
    pub(super) refused: Option<Refusal>,
    /// Where the user was told that a call is parked, and how often he was reminded of it.
    pub(super) parked_at: Option<(SmolStr, u32)>,
    /// What few phones show.
    pub(super) others: Option<Box<Others>>,
    /// Whether the phone has said that it takes no calls of hunt groups.
    pub(super) hunt_logged_out: bool,
    /// Whether the phone shows that its user is not to be disturbed.
    pub(super) do_not_disturb: bool,
    /// The lines whose calls are forwarded.
    pub(super) forwards: Vec<LineForwarding>,
    /// The lamp of the key that forwards all calls; `None` if it is off.
    pub(super) forward_lamp: Option<LampMode>,
    /// What the phone says while it has no call.
    pub(super) idle: Idle,
    /// What an application shows.
    pub(super) display_text: Option<SmolStr>,
    /// The line instances whose message lamp is on.
    pub(super) message_waiting: SmallVec<[u32; 2]>,
    /// The line for which the user has entered, or given up, a number to forward to in this drawing.
    pub(super) entered_forward: Option<std::num::NonZeroU32>,
    /// Whether a tone has confirmed a feature whose code was dialled.
    pub(super) confirmed: bool,
    /// Runs while reorder tone for a refused key plays.
    pub(super) refusal_tone: Option<Deadline>,
    /// Runs while the call waiting tone interrupts the tone of a call that is not connected yet.
    pub(super) waiting_beep: Option<Deadline>,
}

/// What a phone shows of one call.
#[derive(Debug)]
pub(super) struct RenderedCall {
    pub(super) name: CallName,
    pub(super) call: Option<CallId>,
    /// `None` for a call that was not drawn yet.
    pub(super) display: Option<CallDisplay>,
    pub(super) state: Option<CallState>,
    pub(super) keys: Option<(SoftKeyState, u32)>,
    pub(super) prompt: Text,
    /// Whether the ring-in notice is up.
    pub(super) notified: bool,
    /// Digits on the screen while dialling.
    pub(super) digits: usize,
    /// Calling and called party, and how often the call was diverted.
    pub(super) parties: Option<(Party, Party, usize)>,
    /// Whether the microphone was switched off for it.
    pub(super) muted: bool,
    /// For how many who have entered the call a beep was heard.
    pub(super) barges: u8,
    /// Whether the call is marked as selected.
    pub(super) selected: bool,
    /// Whether the digits are those of a number to forward to.
    pub(super) enters_forward: bool,
    pub(super) channel: Option<Channel>,
    /// What is sent to a group, and played.
    pub(super) listening: Option<Listening>,
}

impl Rendered {
    /// Nothing is shown. Reuses the allocations of `before`.
    pub(in crate::sccp) fn nothing(mut before: Rendered) -> Rendered {
        before.calls.clear();
        before.lamps.clear();
        Rendered { calls: before.calls, lamps: before.lamps, ..Rendered::default() }
    }

    /// How many calls are shown.
    pub(in crate::sccp) fn call_count(&self) -> usize {
        self.calls.len()
    }

    /// The timers that run for what is shown.
    pub(in crate::sccp) fn deadlines(&self) -> impl Iterator<Item = Deadline> + '_ {
        let channels = self.calls.iter().filter_map(|call| call.channel.as_ref());
        channels.filter_map(|channel| channel.pending).chain(self.refusal_tone).chain(self.waiting_beep)
    }

    /// A key was pressed: if it is refused for the same reason as the last one, the phone shows it again.
    pub(in crate::sccp) fn forget_refusal(&mut self) {
        self.refused = None;
    }

    /// The phone got new soft key sets.
    pub(in crate::sccp) fn forget_keys(&mut self) {
        self.calls.iter_mut().for_each(|call| call.keys = None);
    }

    pub(super) fn find(&self, name: CallName) -> Option<&RenderedCall> {
        self.calls.iter().find(|call| call.name == name)
    }

    /// Removes and returns a call; the caller puts it back when it is drawn.
    pub(super) fn take(&mut self, name: CallName) -> RenderedCall {
        match self.calls.iter().position(|call| call.name == name) {
            Some(place) => self.calls.swap_remove(place),
            None => RenderedCall::new(name),
        }
    }

    /// Records the mode of a lamp; returns whether it changed.
    pub(super) fn set_lamp(&mut self, line: u32, mode: LampMode) -> bool {
        let place = self.lamps.iter().position(|(instance, _)| *instance == line);
        match place.and_then(|place| self.lamps.get_mut(place)) {
            Some((_, shown)) if *shown == mode => return false,
            Some(_) | None if mode == LampMode::OFF => match place {
                Some(place) => drop(self.lamps.swap_remove(place)),
                None => return false,
            },
            Some((_, shown)) => *shown = mode,
            None => self.lamps.push((line, mode)),
        }
        true
    }
}

impl RenderedCall {
    fn new(name: CallName) -> RenderedCall {
        RenderedCall {
            name,
            call: None,
            display: None,
            state: None,
            keys: None,
            prompt: Text::empty(),
            notified: false,
            digits: 0,
            parties: None,
            muted: false,
            barges: 0,
            selected: false,
            enters_forward: false,
            channel: None,
            listening: None,
        }
    }
}
