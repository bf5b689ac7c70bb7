//! What the user of a phone means with a key.

use hookflash_core::Instant;
use hookflash_wire::{
    csta::{EventCause, LocalConnectionState as State},
    sccp::Text,
};

use super::{Dialling, Model, Place, REFUSAL_TONE};

/// What a user does. `line` is a line of the phone and `call` the reference of a call on its display; zero where the
/// phone does not say which one is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // The fields are those of the type.
pub enum Press {
    /// Lifts the handset or switches the loudspeaker on.
    OffHook { line: u32, call: u32 },
    /// The opposite.
    OnHook { line: u32, call: u32 },
    /// A line button.
    Line { line: u32 },
    /// The soft key NewCall.
    NewCall { line: u32 },
    /// The soft key Answer.
    Answer { line: u32, call: u32 },
    /// The soft key EndCall.
    EndCall { line: u32, call: u32 },
    /// The soft key Hold.
    Hold { call: u32 },
    /// The soft key Resume.
    Resume { line: u32, call: u32 },
    /// The hold button of a phone without soft keys.
    HoldButton,
    /// A key of the keypad.
    Digit(char),
    /// The soft key that takes a digit back.
    Backspace,
    /// The soft key Dial.
    Dial,
    /// A whole number, dialled on-hook.
    Number { line: u32, number: String },
    /// The soft key Redial.
    Redial { line: u32 },
    /// The key that forwards all calls.
    ForwardAll { line: u32 },
    /// A speed-dial button, from 1.
    SpeedDial { button: u32 },
}

impl Model {
    /// Does what the user of a phone means.
    pub fn press(&mut self, station: usize, press: &Press) {
        if !self.is_there(station) {
            return;
        }
        self.set_refused(station, None);
        match press {
            Press::OffHook { line, call } => self.off_hook(station, *line, *call),
            Press::OnHook { line, call } => self.on_hook(station, *line, *call),
            Press::Line { line } => self.line(station, *line),
            Press::NewCall { line } => self.new_call(station, *line),
            Press::Answer { line, call } => {
                let rings = self.named_or(station, *call, |model| model.rings(station, *line));
                rings.into_iter().for_each(|place| self.take_up(station, place));
            }
            Press::EndCall { line, call } => {
                let ends = self.named_or(station, *call, |model| model.to_end(station, *line));
                let ends = ends.filter(|place| self.is_ours(station, *place));
                ends.into_iter().for_each(|place| self.end(station, place));
            }
            Press::Hold { call } => {
                let talks = self.named_or(station, *call, |model| model.active(station));
                let talks = talks.filter(|place| self.is_ours(station, *place));
                talks.into_iter().for_each(|place| {
                    self.hold(place);
                });
            }
            Press::Resume { line, call } => self.resume(station, *line, *call),
            Press::HoldButton => self.hold_button(station),
            Press::Digit(digit) => {
                self.active(station).into_iter().for_each(|place| self.dial_digit(place, *digit));
            }
            Press::Backspace => self.active(station).into_iter().for_each(|p| self.take_back_digit(p)),
            Press::Dial => self.active(station).into_iter().for_each(|place| self.dial_now(place)),
            Press::Number { line, number } => self.number(station, *line, number),
            Press::Redial { line } => {
                let number = self.stations.get(station).map(|s| s.dialled.clone()).unwrap_or_default();
                self.stored(station, *line, &number);
            }
            Press::ForwardAll { line } => self.forward_all_key(station, *line),
            Press::SpeedDial { button } => {
                let index = usize::try_from(*button).ok().and_then(|button| button.checked_sub(1));
                let dials = self.stations.get(station).map(|station| station.speed_dials.as_slice());
                let number = index.and_then(|index| dials.unwrap_or_default().get(index)).cloned();
                self.stored(station, 0, &number.unwrap_or_default());
            }
        }
    }

    /// Holds the conversation, or goes back to the call that was held before another one was begun.
    fn hold_button(&mut self, station: usize) {
        let active = self.active(station);
        let held = self.held(station, None).filter(|held| {
            active.is_none() || self.at(*held).is_some_and(|own| own.station == Some(station))
        });
        if !active.is_some_and(|active| self.hold(active)) {
            held.into_iter().for_each(|held| {
                let _ = self.retrieve(held, Some(station));
            });
        }
    }

    fn off_hook(&mut self, station: usize, line: u32, call: u32) {
        if let Some(named) = self.named(station, call) {
            return self.take_up(station, named);
        }
        if self.active(station).is_some() {
            return;
        }
        match self.rings(station, line) {
            Some(ringing) => {
                let _ = self.answer(ringing, Some(station));
            }
            None => self.go_off_hook(station, line),
        }
    }

    /// Ends the call that is named or active; not another one when the one that is named has ended meanwhile.
    fn on_hook(&mut self, station: usize, line: u32, call: u32) {
        let named = |place: &Place| self.named(station, call).is_none_or(|named| named == *place);
        let on_line = |place: &Place| self.device_on(station, line).is_none_or(|device| device == place.1);
        let meant = |place: &Place| if call == 0 { on_line(place) } else { named(place) };
        let known = call == 0 || self.named(station, call).is_some();
        let ends = self.active(station).filter(|place| known && meant(place));
        ends.into_iter().for_each(|place| self.end(station, place));
    }

    fn line(&mut self, station: usize, line: u32) {
        let Some(device) = self.device_on(station, line) else { return };
        let busy_here = self.active(station).is_some_and(|active| active.1 == device);
        if let Some(ringing) = self.rings_on(station, device) {
            let _ = self.answer(ringing, Some(station));
        } else if busy_here {
            // The user is at the line already.
        } else if let Some(held) = self.held(station, Some(device)) {
            let _ = self.retrieve(held, Some(station));
        } else {
            self.go_off_hook(station, line);
        }
    }

    /// A phone that is idle and names the line that rings means to answer; one that dials already goes on.
    fn new_call(&mut self, station: usize, line: u32) {
        match self.active(station) {
            Some(active) if self.state(active) == State::Initiated => {}
            Some(_) => self.go_off_hook(station, line),
            None => {
                let ringing = self.device_on(station, line).and_then(|device| self.rings_on(station, device));
                match ringing {
                    Some(ringing) => {
                        let _ = self.answer(ringing, Some(station));
                    }
                    None => self.go_off_hook(station, line),
                }
            }
        }
    }

    fn resume(&mut self, station: usize, line: u32, call: u32) {
        let device = self.device_on(station, line);
        let held = self.named_or(station, call, |model| {
            model.held(station, device).or_else(|| model.held(station, None))
        });
        held.into_iter().for_each(|place| {
            let _ = self.retrieve(place, Some(station));
        });
    }

    /// A number that the phone knows; if it knows none, the user reads so, and hears nothing.
    fn stored(&mut self, station: usize, line: u32, number: &str) {
        if !number.is_empty() {
            self.number(station, line, number);
        }
    }

    fn number(&mut self, station: usize, line: u32, number: &str) {
        let dialling = |model: &Model| model.active(station).filter(|p| model.state(*p) == State::Initiated);
        if dialling(self).is_none() {
            self.go_off_hook(station, line);
        }
        // Without room for a call the number is dialled into nothing.
        dialling(self).into_iter().for_each(|place| self.dial_number(place, number));
    }

    /// Off-hook on a line, or on the first one that has room for a call. Who finds none and is in no other call hears so.
    fn go_off_hook(&mut self, station: usize, line: u32) {
        let lines = self.lines(station);
        let has_room = |device: &usize| self.has_room(*device) && self.is_free_for(station, (0, *device));
        let with_room = || lines.iter().copied().find(has_room);
        let device = self.device_on(station, line).or_else(with_room).or(lines.first().copied());
        let Some(device) = device else { return };
        self.begin_or_refuse(station, device, Dialling::Open);
    }

    pub(super) fn begin_or_refuse(&mut self, station: usize, device: usize, dialling: Dialling) {
        let began = self.begin(station, device, EventCause::Normal, dialling).is_ok();
        if !began && self.active(station).is_none() {
            self.refuse(station, Text::plain("No line available"));
        }
    }

    /// The user hears and reads that a key was refused.
    pub(super) fn refuse(&mut self, station: usize, why: Text) {
        self.set_refused(station, Some((self.now + REFUSAL_TONE, why)));
    }

    pub(super) fn set_refused(&mut self, station: usize, refused: Option<(Instant, Text)>) {
        if let Some(station) = self.stations.get_mut(station) {
            station.refused = refused;
        }
    }

    fn take_up(&mut self, station: usize, place: Place) {
        match self.state(place) {
            State::Alerting => {
                let _ = self.answer(place, Some(station));
            }
            State::Initiated if self.is_prompted(place) => {
                let _ = self.answer(place, Some(station));
            }
            State::Hold => {
                let _ = self.retrieve(place, Some(station));
            }
            _ => {}
        }
    }

    fn named(&self, station: usize, call: u32) -> Option<Place> {
        let is_it = |place: &Place| self.at(*place).is_some_and(|own| own.reference == call);
        self.places_shown_at(station).into_iter().find(is_it)
    }

    /// The call that is named; if none is, the one that is meant.
    fn named_or(&self, station: usize, call: u32, meant: impl Fn(&Model) -> Option<Place>) -> Option<Place> {
        if call == 0 { meant(self) } else { self.named(station, call) }
    }

    /// The oldest call that rings on a line, or else on any.
    fn rings(&self, station: usize, line: u32) -> Option<Place> {
        let here = self.device_on(station, line).and_then(|device| self.rings_on(station, device));
        here.or_else(|| self.oldest(station, |place| self.is_ringing(station, place)))
    }

    fn rings_on(&self, station: usize, device: usize) -> Option<Place> {
        self.oldest(station, |place| place.1 == device && self.is_ringing(station, place))
    }

    fn is_ringing(&self, station: usize, place: Place) -> bool {
        self.at(place).is_some_and(|own| {
            self.is_offered(station, place) || (self.is_prompted(place) && own.station == Some(station))
        })
    }

    /// What the user hangs up without saying which call: what rings on another line that is named, else the active
    /// call, else what rings, else the only call.
    fn to_end(&self, station: usize, line: u32) -> Option<Place> {
        let active = self.active(station);
        let other = self.device_on(station, line).filter(|device| active.is_none_or(|a| a.1 != *device));
        let other = other.and_then(|device| self.rings_on(station, device));
        let only = || match self.places_at(station).collect::<Vec<_>>().as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        other.or(active).or_else(|| self.rings(station, 0)).or_else(only)
    }

    /// The oldest held call: one held here before one held at another phone.
    fn held(&self, station: usize, device: Option<usize>) -> Option<Place> {
        let held = |place: Place| {
            self.state(place) == State::Hold
                && device.is_none_or(|device| device == place.1)
                && self.is_free_for(station, place)
        };
        let here = |place: Place| self.at(place).is_some_and(|own| own.station == Some(station));
        self.oldest(station, |place| held(place) && here(place)).or_else(|| self.oldest(station, held))
    }

    fn oldest(&self, station: usize, is_it: impl Fn(Place) -> bool) -> Option<Place> {
        self.places_shown_at(station).into_iter().filter(|place| is_it(*place)).min_by_key(|place| place.0)
    }

    /// Whether the call is at this phone or rings everywhere, rather than at another phone of the line.
    fn is_ours(&self, station: usize, place: Place) -> bool {
        self.at(place).is_some_and(|own| own.station.is_none_or(|at| at == station))
    }
}
