//! [`Calls`] alone: what its methods promise, and its invariants after each of them.

use super::*;
use crate::{ConsultPurpose, StationId, Verb};

fn calls() -> Calls {
    Calls::new(NodeNumber::default(), 1, 7)
}

fn party(number: u32) -> Party {
    Party { device: Some(DeviceId(number)), number: number.to_string().into(), name: Default::default() }
}

/// The device with this number goes off-hook on the line with the same number.
fn begin(calls: &mut Calls, number: u32) -> ConnectionKey {
    let caller = Caller {
        device: DeviceId(number),
        line: LineId(number),
        holder: Holder::Station(StationId(number)),
        hidden: false,
        party: party(number),
        dialling: Dialling::Collecting,
    };
    let key = calls.begin(Instant::ZERO, caller, EventCause::NewCall);
    check(calls);
    key
}

fn ring(calls: &mut Calls, call: CallId, number: u32) -> ConnectionKey {
    let alerting = Alerting::default();
    let key = calls.join(call, (DeviceId(number), LineId(number)), party(number), alerting).unwrap();
    check(calls);
    key
}

/// One calls the other, who answers.
fn talk(calls: &mut Calls, from: u32, to: u32) -> (ConnectionKey, ConnectionKey) {
    let caller = begin(calls, from);
    calls.advance(caller, Transition::Originate).unwrap();
    let called = ring(calls, calls.connection(caller).unwrap().call(), to);
    calls.advance(called, Transition::Answer).unwrap();
    check(calls);
    (caller, called)
}

fn call_of(calls: &Calls, key: ConnectionKey) -> CallId {
    calls.connection(key).unwrap().call()
}

/// The invariants of the module page.
fn check(calls: &Calls) {
    let mut listed = 0;
    for call in calls.iter() {
        assert!(!call.connections().is_empty(), "an empty call");
        for connection in calls.connections(call.id()) {
            listed += 1;
            assert_eq!(connection.call(), call.id());
            let at_line = calls.at_line(connection.line()).iter().filter(|key| **key == connection.key());
            assert_eq!(at_line.count(), 1);
        }
        if let Some(controller) = call.conference_controller() {
            assert!(call.connections().len() >= 3 && call.connections().contains(&controller));
        }
        if let [one, other] = *call.connections() {
            let called = |key| calls.connection(key).unwrap().is_incoming();
            assert_ne!(called(one), called(other));
        }
    }
    assert_eq!(calls.slots.iter().flatten().count(), listed, "a connection that is in no call");
    assert_eq!(calls.at_line.iter().map(SmallVec::len).sum::<usize>(), listed);
}

#[test]
fn a_call_begins_with_one_connection_and_ends_with_its_last() {
    let mut calls = calls();
    let caller = begin(&mut calls, 1);
    let call = call_of(&calls, caller);
    assert_eq!((calls.len(), calls.last(), calls.state(caller)), (1, Some(call), ConnectionState::Initiated));
    calls.advance(caller, Transition::Originate).unwrap();
    let called = ring(&mut calls, call, 2);
    assert_eq!(calls.only_other(caller).unwrap().key(), called);
    assert!(!calls.is_established(caller) && !calls.is_talking(caller));
    calls.advance(called, Transition::Answer).unwrap();
    assert!(calls.is_established(caller) && calls.is_talking(caller));
    let left = calls.leave(called).unwrap();
    assert!(left.ended.is_none());
    assert_eq!(left.connection.device(), DeviceId(2));
    let left = calls.leave(caller).unwrap();
    assert_eq!(left.ended.map(|call| call.id()), Some(call));
    assert!(calls.is_empty());
    check(&calls);
}

#[test]
fn a_key_names_one_connection_for_ever() {
    let mut calls = calls();
    let (caller, called) = talk(&mut calls, 1, 2);
    calls.leave(called);
    let call = call_of(&calls, caller);
    let third = ring(&mut calls, call, 3);
    assert_eq!(third.slot, called.slot, "the slot is used again");
    assert!(calls.connection(called).is_none() && calls.connection_mut(called).is_none());
    assert_eq!(calls.state(called), ConnectionState::Null);
    assert!(calls.leave(called).is_none() && calls.others(called).next().is_none());
    assert!(calls.advance(called, Transition::Clear).is_err());
    calls.move_to_line(called, LineId(9), DeviceId(2));
    check(&calls);
}

#[test]
fn nobody_joins_a_call_that_is_not_there() {
    let mut calls = calls();
    let caller = begin(&mut calls, 1);
    let call = call_of(&calls, caller);
    calls.leave(caller);
    assert!(calls.join(call, (DeviceId(2), LineId(2)), party(2), Alerting::default()).is_none());
    check(&calls);
}

#[test]
fn a_call_may_wait_at_a_device() {
    let mut calls = calls();
    let caller = begin(&mut calls, 1);
    calls.advance(caller, Transition::Originate).unwrap();
    let call = call_of(&calls, caller);
    let queued = calls.queue(call, (DeviceId(2), LineId(2)), party(2), Parked::default()).unwrap();
    assert_eq!(calls.state(queued), ConnectionState::Queued);
    let permitted = calls.permitted(calls.connection(queued).unwrap());
    assert_eq!(
        permitted,
        [Verb::ClearConnection, Verb::PickupCall].into_iter().collect(),
        "what waits can be picked up and cleared"
    );
    assert_eq!(calls.advance(queued, Transition::Offer), Ok(ConnectionState::Alerting));
    check(&calls);
}

#[test]
fn a_transition_that_the_state_does_not_have_changes_nothing() {
    let mut calls = calls();
    let (caller, _) = talk(&mut calls, 1, 2);
    let invalid = InvalidTransition { from: ConnectionState::Connected, transition: Transition::Answer };
    assert_eq!(calls.advance(caller, Transition::Answer), Err(invalid));
    assert!(calls.advance(caller, Transition::Clear).is_err(), "a connection is cleared by leaving");
    assert_eq!(calls.state(caller), ConnectionState::Connected);
}

#[test]
fn a_merged_call_keeps_the_name_of_the_one_and_the_connections_of_both() {
    let mut calls = calls();
    let (bob, held) = talk(&mut calls, 2, 1);
    let (active, carol) = talk(&mut calls, 1, 3);
    let (survivor, absorbed) = (call_of(&calls, held), call_of(&calls, active));
    let global_id = calls.get(survivor).unwrap().global_id();
    let renamed = calls.merge(survivor, absorbed);
    let id = |call, number| ConnectionId { call, device: DeviceId(number) };
    let names: Vec<_> = renamed.iter().map(|renamed| (renamed.key, renamed.old, renamed.new)).collect();
    assert_eq!(
        names,
        [
            (bob, id(survivor, 2), id(survivor, 2)),
            (held, id(survivor, 1), id(survivor, 1)),
            (active, id(absorbed, 1), id(survivor, 1)),
            (carol, id(absorbed, 3), id(survivor, 3)),
        ]
    );
    assert!(calls.get(absorbed).is_none());
    assert_eq!(calls.get(survivor).unwrap().global_id(), global_id);
    assert_eq!(calls.keys(survivor).as_slice(), [bob, held, active, carol]);
    check(&calls);
    assert!(calls.leave(held).is_some() && calls.leave(active).is_some());
    assert!(calls.is_talking(bob) && calls.is_talking(carol));
    check(&calls);
}

#[test]
fn a_call_is_not_merged_with_itself_or_with_one_that_is_over() {
    let mut calls = calls();
    let (caller, called) = talk(&mut calls, 1, 2);
    let call = call_of(&calls, caller);
    assert_eq!(calls.merge(call, call).len(), 2);
    assert_eq!(calls.merge(call, CallId::from_number(77)).len(), 2);
    assert_eq!(calls.merge(CallId::from_number(77), call).len(), 0);
    assert_eq!(calls.keys(call).as_slice(), [caller, called]);
    check(&calls);
}

#[test]
fn a_conference_has_at_least_three_and_a_controller_among_them() {
    let mut calls = calls();
    let (one, two) = talk(&mut calls, 1, 2);
    let call = call_of(&calls, one);
    calls.make_conference(one);
    assert!(!calls.get(call).unwrap().is_conference(), "two are none");
    let three = ring(&mut calls, call, 3);
    calls.make_conference(two);
    assert_eq!(calls.get(call).unwrap().conference_controller(), Some(two));
    let four = ring(&mut calls, call, 4);
    calls.leave(two);
    assert!(!calls.get(call).unwrap().is_conference(), "its controller has left");
    calls.make_conference(one);
    calls.leave(four);
    check(&calls);
    assert!(!calls.get(call).unwrap().is_conference(), "two are left");
    assert_eq!(calls.state(three), ConnectionState::Alerting);
}

#[test]
fn a_conference_that_is_merged_stays_one() {
    let mut calls = calls();
    let (one, two) = talk(&mut calls, 1, 2);
    let conference = call_of(&calls, one);
    ring(&mut calls, conference, 3);
    calls.make_conference(two);
    let (four, _) = talk(&mut calls, 4, 5);
    let survivor = call_of(&calls, four);
    calls.merge(survivor, conference);
    assert_eq!(calls.get(survivor).unwrap().conference_controller(), Some(two));
    check(&calls);
}

#[test]
fn of_two_who_are_left_one_placed_the_call_and_the_other_was_called() {
    let mut calls = calls();
    let (held, bob) = talk(&mut calls, 1, 2);
    let active = begin(&mut calls, 1);
    calls.advance(active, Transition::Originate).unwrap();
    let call = call_of(&calls, active);
    let carol = ring(&mut calls, call, 3);
    calls.merge(call_of(&calls, held), call_of(&calls, active));
    calls.leave(held);
    calls.leave(active);
    check(&calls);
    assert!(calls.connection(carol).unwrap().is_incoming() && !calls.connection(bob).unwrap().is_incoming());
}

#[test]
fn a_connection_moves_to_another_line_of_its_device() {
    let mut calls = calls();
    let caller = begin(&mut calls, 1);
    calls.advance(caller, Transition::Originate).unwrap();
    let call = call_of(&calls, caller);
    let called = ring(&mut calls, call, 2);
    calls.move_to_line(called, LineId(5), DeviceId(2));
    assert!(calls.at_line(LineId(2)).is_empty());
    assert_eq!(calls.at_line(LineId(5)), [called]);
    assert!(calls.at_line(LineId(99)).is_empty());
    check(&calls);
}

#[test]
fn a_device_with_two_connections_in_a_call_is_found_by_what_fits() {
    let mut calls = calls();
    let caller = begin(&mut calls, 1);
    calls.advance(caller, Transition::Originate).unwrap();
    let call = call_of(&calls, caller);
    let other = calls.join(call, (DeviceId(1), LineId(2)), party(1), Alerting::default()).unwrap();
    let id = ConnectionId { call, device: DeviceId(1) };
    let rings = |connection: &Connection| connection.alerting().is_some();
    assert_eq!(calls.find(id, rings), Some(other));
    assert_eq!(calls.find(id, |_| false), Some(caller));
    assert_eq!(calls.find(ConnectionId { device: DeviceId(2), ..id }, |_| true), None);
}

#[test]
fn two_nodes_that_start_at_the_same_instant_name_nothing_alike() {
    let names = |node| {
        let mut calls = Calls::new(NodeNumber::new(node).unwrap(), 1000, 7);
        let key = begin(&mut calls, 1);
        let call = calls.call_of(key).unwrap();
        (call.id(), key.reference(), call.global_id())
    };
    let (one, other) = (names(0), names(1));
    assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
}

#[test]
fn a_purpose_is_told_of_a_consultation_only() {
    let mut calls = calls();
    let held = begin(&mut calls, 1);
    let active = begin(&mut calls, 1);
    assert_eq!(calls.connection(active).unwrap().consult_purpose(), None);
    calls.connection_mut(active).unwrap().consultation =
        Some(Consultation { held, purpose: ConsultPurpose::Conference });
    assert_eq!(calls.connection(active).unwrap().consult_purpose(), Some(ConsultPurpose::Conference));
}
