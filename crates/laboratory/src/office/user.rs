//! Users that a seed controls: whom they call and when, whether they answer, how long they talk.
//!
//! A [`User`] decides what to do next from the screen of its phone and the time. Apart from its own holds it does not remember
//! who did what to a call, because an application may answer, hold or end any call.
//!
//! The seed alone decides whom a user calls and when, and when faults happen; a call that is due during another one is left
//! out. What a user does about a call is decided when the call appears.

use std::{rc::Rc, time::Duration};

use hookflash_core::Instant;
use hookflash_sim::{
    phone::{Call, Screen},
    story::{Action, Name, Number},
};
use hookflash_wire::sccp::CallState;

use super::dice::Dice;

/// Average time between two faults of a phone.
const FAULT_EVERY: Duration = Duration::from_secs(600);

/// Average time between two forwardings of a user.
const FORWARD_EVERY: Duration = Duration::from_secs(900);

/// Time after which a caller hangs up if nobody answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time after which a user resumes a call that somebody else held.
const FOREIGN_HOLD: Duration = Duration::from_secs(60);

/// How a user behaves.
#[derive(Clone, Debug)]
pub struct Habits {
    /// The average time between calls; `None`: never calls.
    pub calls_every: Option<Duration>,
    /// Whether the phone is sometimes unplugged or loses its connection.
    pub faults: bool,
    /// Whether the user sometimes forwards all calls.
    pub forwarding: bool,
    /// Time after which an action without effect is repeated.
    pub retry_after: Duration,
}

/// A user; see the [module page](self).
#[derive(Debug)]
pub struct User {
    name: Name,
    place: usize,
    numbers: Rc<[String]>,
    habits: Habits,
    calling: Dice,
    answering: Dice,
    fault: Dice,
    forwarding: Dice,
    next_call: Option<Instant>,
    next_fault: Option<Instant>,
    plugs_in: Option<Instant>,
    next_forward: Option<Instant>,
    stops_forwarding: Option<Instant>,
    calls: Vec<Seen>,
}

/// A call the user knows of.
#[derive(Clone, Copy, Debug)]
struct Seen {
    reference: u32,
    state: CallState,
    /// The next action, and when.
    plan: Option<(Instant, Act)>,
    /// When the user hangs up, once the call was answered.
    talk_ends: Option<Instant>,
    /// Whether this user held it.
    held_here: bool,
}

/// What a user can do about a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Answer,
    Reject,
    Hold,
    Resume,
    HangUp,
}

impl User {
    /// The user whose number is at index `place` of `numbers`; it calls the others.
    pub fn new(name: &str, place: usize, numbers: Rc<[String]>, seed: u64, habits: Habits) -> User {
        let mut calling = Dice::new(seed, place, 0);
        let mut fault = Dice::new(seed, place, 2);
        let mut forwarding = Dice::new(seed, place, 3);
        let next_forward = habits.forwarding.then(|| Instant::ZERO + forwarding.until_next(FORWARD_EVERY));
        let next_call = habits.calls_every.map(|mean| Instant::ZERO + calling.until_next(mean));
        let next_fault = habits.faults.then(|| Instant::ZERO + fault.until_next(FAULT_EVERY));
        User {
            name: name.into(),
            place,
            numbers,
            habits,
            calling,
            answering: Dice::new(seed, place, 1),
            fault,
            forwarding,
            next_call,
            next_fault,
            plugs_in: None,
            next_forward,
            stops_forwarding: None,
            calls: Vec::new(),
        }
    }

    /// When [`User::decide`] must be called if the screen does not change before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let plans = self.calls.iter().filter_map(|seen| Some(seen.plan?.0));
        let others =
            [self.next_call, self.next_fault, self.plugs_in, self.next_forward, self.stops_forwarding];
        plans.chain(others.into_iter().flatten()).min()
    }

    /// What the user does now. Must be called until it returns `None`.
    pub fn decide(&mut self, now: Instant, registered: bool, screen: &Screen) -> Option<Action> {
        if let Some(deed) = self.fault(now) {
            return Some(deed);
        }
        self.look(now, registered, screen);
        if let Some(deed) = self.plan_due(now, screen) {
            return Some(deed);
        }
        let free = registered && screen.calls.is_empty();
        self.forward(now, free).or_else(|| self.call(now, registered, screen))
    }

    /// Forwards all calls to somebody else for a few minutes. A busy user does that later.
    fn forward(&mut self, now: Instant, free: bool) -> Option<Action> {
        let who = self.name.clone();
        if self.stops_forwarding.is_some_and(|at| at <= now) {
            self.stops_forwarding = (!free).then(|| now + self.habits.retry_after);
            return free.then_some(Action::StopForwarding { who });
        }
        self.next_forward.filter(|at| *at <= now)?;
        if !free {
            self.next_forward = Some(now + self.habits.retry_after);
            return None;
        }
        let away = self.forwarding.seconds(60, 300);
        self.next_forward = Some(now + away + self.forwarding.until_next(FORWARD_EVERY));
        let choice = self.forwarding.below(self.numbers.len().saturating_sub(1));
        let number = self.somebody_else(choice)?;
        self.stops_forwarding = Some(now + away);
        Some(Action::ForwardAll { who, number })
    }

    /// The number of one of the others; `None` if that is the user's own number, which two phones may share.
    fn somebody_else(&self, choice: usize) -> Option<Number> {
        let number = self.numbers.get(if choice >= self.place { choice + 1 } else { choice })?;
        let own = self.numbers.get(self.place) == Some(number);
        (!own).then(|| Number::from(number.as_str()))
    }

    fn fault(&mut self, now: Instant) -> Option<Action> {
        let who = self.name.clone();
        if self.plugs_in.is_some_and(|at| at <= now) {
            self.plugs_in = None;
            return Some(Action::PlugIn { who });
        }
        let at = self.next_fault.filter(|at| *at <= now)?;
        let away = self.fault.seconds(5, 30);
        self.next_fault = Some(at + away + self.fault.until_next(FAULT_EVERY));
        if self.fault.percent(30) {
            return Some(Action::Reset { who });
        }
        self.plugs_in = Some(now + away);
        Some(Action::Unplug { who })
    }

    /// Updates the known calls from the screen, and plans what to do about new states.
    fn look(&mut self, now: Instant, registered: bool, screen: &Screen) {
        self.calls.retain(|seen| registered && screen.call(seen.reference).is_some());
        for call in screen.calls.iter().filter(|_| registered) {
            let known = self.calls.iter().position(|seen| seen.reference == call.reference);
            let mut seen = match known {
                Some(index) => self.calls.swap_remove(index),
                None => Seen {
                    reference: call.reference,
                    state: CallState::ON_HOOK,
                    plan: None,
                    talk_ends: None,
                    held_here: false,
                },
            };
            if seen.state != call.state {
                let rang = is_ringing(seen.state) && call.is_ringing();
                seen.state = call.state;
                if !rang {
                    seen.plan = self.plan(now, &mut seen);
                }
            }
            self.calls.push(seen);
        }
    }

    /// What to do about a call in its new state.
    fn plan(&mut self, now: Instant, seen: &mut Seen) -> Option<(Instant, Act)> {
        let dice = &mut self.answering;
        match seen.state {
            CallState::RING_IN | CallState::CALL_WAITING => match dice.below(100) {
                0..80 => Some((now + dice.seconds(1, 6), Act::Answer)),
                80..88 => Some((now + dice.seconds(1, 3), Act::Reject)),
                _ => None,
            },
            CallState::CONNECTED => {
                let first = seen.talk_ends.is_none();
                let ends = *seen.talk_ends.get_or_insert_with(|| now + dice.seconds(5, 60));
                if first && dice.percent(20) {
                    let half = Duration::from_millis(ends.as_millis().saturating_sub(now.as_millis()) / 2);
                    seen.held_here = true;
                    return Some((now + half, Act::Hold));
                }
                seen.held_here = false;
                Some((ends.max(now + Duration::from_secs(1)), Act::HangUp))
            }
            CallState::HOLD if seen.held_here => Some((now + dice.seconds(2, 10), Act::Resume)),
            CallState::HOLD => Some((now + FOREIGN_HOLD, Act::Resume)),
            CallState::RING_OUT => Some((now + PATIENCE, Act::HangUp)),
            CallState::BUSY | CallState::CONGESTION | CallState::INVALID_NUMBER => {
                Some((now + dice.seconds(1, 3), Act::HangUp))
            }
            CallState::OFF_HOOK | CallState::PROCEED => Some((now + PATIENCE / 2, Act::HangUp)),
            _ => None,
        }
    }

    /// The first plan that is due and can be carried out.
    fn plan_due(&mut self, now: Instant, screen: &Screen) -> Option<Action> {
        for seen in &mut self.calls {
            let Some((_, act)) = seen.plan.filter(|(at, _)| *at <= now) else { continue };
            // Repeated if it has no effect, or if another call is active.
            seen.plan = Some((now + self.habits.retry_after, act));
            if target(act, screen).is_some_and(|call| call.reference == seen.reference) {
                return Some(act.deed(self.name.clone()));
            }
        }
        None
    }

    fn call(&mut self, now: Instant, registered: bool, screen: &Screen) -> Option<Action> {
        let mean = self.habits.calls_every?;
        let at = self.next_call.filter(|at| *at <= now)?;
        self.next_call = Some(at + self.calling.until_next(mean));
        let others = self.numbers.len().saturating_sub(1);
        let choice = self.calling.below(others);
        let number = self.somebody_else(choice)?;
        let free = registered && screen.calls.is_empty();
        free.then(|| Action::Dial { who: self.name.clone(), number })
    }
}

impl Act {
    fn deed(self, who: Name) -> Action {
        match self {
            Act::Answer => Action::Answer { who },
            Act::Reject => Action::Reject { who },
            Act::Hold => Action::Hold { who },
            Act::Resume => Action::Resume { who },
            Act::HangUp => Action::HangUp { who },
        }
    }
}

/// The call that the phone would apply this to.
fn target(act: Act, screen: &Screen) -> Option<&Call> {
    match act {
        Act::Answer | Act::Reject => screen.ringing(),
        Act::Hold => screen.connected(),
        // A user who is in a call does not resume another.
        Act::Resume => screen.held().filter(|_| screen.active().is_none()),
        Act::HangUp => screen.active(),
    }
}

fn is_ringing(state: CallState) -> bool {
    matches!(state, CallState::RING_IN | CallState::CALL_WAITING)
}

#[cfg(test)]
mod tests;
