//! Counts the calls that a phone makes and how they end, from its screen.

use hookflash_sim::phone::{Call, Screen};
use hookflash_wire::sccp::{CallState, LampMode, Stimulus};

use super::tally::{Outcome, Tally};

/// Observes the calls that one phone makes. Calls to it are counted at their callers.
#[derive(Debug, Default)]
pub struct Observer {
    calls: Vec<Made>,
}

/// A call that the phone made.
#[derive(Debug)]
struct Made {
    reference: u32,
    /// The outcome if it ended now.
    outcome: Outcome,
}

impl Observer {
    /// Updates the calls from the screen, and counts those that have ended.
    pub fn look(&mut self, registered: bool, screen: &Screen, tally: &mut Tally) {
        self.calls.retain(|made| {
            let shown = registered && screen.call(made.reference).is_some();
            if !shown {
                let unanswered = !registered && made.outcome != Outcome::Answered;
                tally.ended(if unanswered { Outcome::PhoneLost } else { made.outcome });
            }
            shown
        });
        // The call on which a number for CFwdAll is entered is no call to anybody.
        let entering = screen.lamp(Stimulus::FORWARD_ALL, 0) == LampMode::FLASH;
        let is_forwarding_entry = |call: &Call| entering && call.state == CallState::OFF_HOOK;
        self.calls.retain(|made| !screen.call(made.reference).is_some_and(is_forwarding_entry));
        for call in screen.calls.iter().filter(|call| registered && !is_forwarding_entry(call)) {
            match self.calls.iter_mut().find(|made| made.reference == call.reference) {
                Some(made) => made.outcome = outcome_after(call.state, made.outcome),
                None if begins_here(call.state) => {
                    let outcome = outcome_after(call.state, Outcome::Abandoned);
                    self.calls.push(Made { reference: call.reference, outcome });
                }
                None => {}
            }
        }
    }

    /// Counts the calls that have not ended when the office closes.
    pub fn close(self, tally: &mut Tally) {
        for made in self.calls {
            match made.outcome {
                Outcome::Answered => tally.ended(Outcome::Answered),
                _ => tally.unfinished += 1,
            }
        }
    }
}

fn begins_here(state: CallState) -> bool {
    matches!(
        state,
        CallState::OFF_HOOK
            | CallState::PROCEED
            | CallState::RING_OUT
            | CallState::BUSY
            | CallState::CONGESTION
            | CallState::INVALID_NUMBER
    )
}

/// The outcome after this state.
fn outcome_after(state: CallState, before: Outcome) -> Outcome {
    match state {
        CallState::CONNECTED => Outcome::Answered,
        _ if before == Outcome::Answered => before,
        CallState::RING_OUT => Outcome::NotAnswered,
        CallState::BUSY => Outcome::Busy,
        CallState::CONGESTION => Outcome::Refused,
        CallState::INVALID_NUMBER => Outcome::UnknownNumber,
        _ => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(states: &[CallState]) -> Screen {
        let call = |state: &CallState| Call { line: 1, reference: 5, state: *state, ..Call::default() };
        Screen { calls: states.iter().map(call).collect(), ..Screen::default() }
    }

    fn outcome_of(states: &[CallState], registered_at_the_end: bool) -> Tally {
        let (mut observer, mut tally) = (Observer::default(), Tally::default());
        for state in states {
            observer.look(true, &screen(&[*state]), &mut tally);
        }
        observer.look(registered_at_the_end, &screen(&[]), &mut tally);
        tally
    }

    #[test]
    fn a_call_is_counted_once_by_the_last_the_caller_heard() {
        use CallState as S;
        let cases: [(&[S], Outcome); 6] = [
            (&[S::OFF_HOOK], Outcome::Abandoned),
            (&[S::OFF_HOOK, S::PROCEED, S::RING_OUT], Outcome::NotAnswered),
            (&[S::OFF_HOOK, S::RING_OUT, S::CONNECTED, S::HOLD], Outcome::Answered),
            (&[S::OFF_HOOK, S::BUSY], Outcome::Busy),
            (&[S::OFF_HOOK, S::CONGESTION], Outcome::Refused),
            (&[S::RING_OUT, S::INVALID_NUMBER], Outcome::UnknownNumber),
        ];
        for (states, outcome) in cases {
            assert_eq!(outcome_of(states, true).outcomes, [(outcome, 1)].into(), "{states:?}");
        }
        assert_eq!(outcome_of(&[S::RING_OUT], false).outcomes, [(Outcome::PhoneLost, 1)].into());
    }

    #[test]
    fn calls_that_ring_here_are_not_counted_here() {
        let tally = outcome_of(&[CallState::RING_IN, CallState::CONNECTED], true);
        assert_eq!(tally, Tally::default());
    }
}
