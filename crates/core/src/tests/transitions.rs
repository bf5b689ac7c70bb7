//! The one transition function, every pair of it.

use crate::{ConnectionState, InvalidTransition, Transition};

#[test]
fn every_state_takes_exactly_the_transitions_of_the_diagram() {
    use ConnectionState::*;
    use Transition as T;
    const STATES: [ConnectionState; 7] = [Null, Initiated, Alerting, Connected, Hold, Queued, Fail];
    const X: Option<ConnectionState> = None;
    const fn to(state: ConnectionState) -> Option<ConnectionState> {
        Some(state)
    }
    #[rustfmt::skip]
    let table: [(Transition, [Option<ConnectionState>; 7]); 9] = [
        //               null           initiated      alerting       connected  hold           queued         fail
        (T::Initiate,  [to(Initiated), X,             X,             X,         X,             X,             X]),
        (T::Originate, [X,             to(Connected), X,             X,         X,             X,             X]),
        (T::Offer,     [to(Alerting),  X,             X,             X,         X,             to(Alerting),  X]),
        (T::Queue,     [to(Queued),    X,             X,             X,         X,             X,             X]),
        (T::Answer,    [X,             X,             to(Connected), X,         X,             to(Connected), X]),
        (T::Hold,      [X,             X,             X,             to(Hold),  X,             X,             X]),
        (T::Retrieve,  [X,             X,             X,             X,         to(Connected), X,             X]),
        (T::Fail,      [X,             to(Fail),      to(Fail),      to(Fail),  X,             to(Fail),      X]),
        (T::Clear,     [X,             to(Null),      to(Null),      to(Null),  to(Null),      to(Null),      to(Null)]),
    ];
    for (transition, row) in table {
        for (from, expected) in STATES.into_iter().zip(row) {
            let expected = expected.ok_or(InvalidTransition { from, transition });
            assert_eq!(from.after(transition), expected, "{from:?} {transition:?}");
        }
    }
}
