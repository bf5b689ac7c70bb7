//! The rules are tried on states that break them.

use std::time::Duration;

use hookflash_core::{
    ButtonSettings, ConnectionState, DeviceId, Input, Instant, LineId, LineSettings, Settings, StationId,
    StationInput, StationSettings, Switch,
};

use super::*;

const NUMBERS: [&str; 3] = ["201", "202", "203"];

/// Three phones with a line of two channels each.
fn office() -> Switch {
    let line = |tag: u32, number: &str| LineSettings {
        tag,
        number: number.into(),
        channels: core::Channels::Dual,
        ..LineSettings::default()
    };
    let station = |tag: u32| StationSettings {
        tag,
        name: format!("SEP{tag}").into(),
        buttons: vec![ButtonSettings::line(1, tag, core::Ring::Normal)],
        ..StationSettings::default()
    };
    let lines = (1..).zip(NUMBERS).map(|(tag, number)| line(tag, number)).collect();
    let settings = Settings { lines, stations: (1..=3).map(station).collect(), ..Settings::default() };
    let mut switch = Switch::new(settings).unwrap();
    for (id, _) in stations(&switch) {
        switch.handle(Instant::ZERO, Input::Station(id, StationInput::Register(Default::default())));
        while switch.poll_output().is_some() {}
    }
    switch
}

fn stations(switch: &Switch) -> Vec<(StationId, LineId)> {
    switch.stations().iter().filter_map(|(id, station)| Some((id, station.line(1)?))).collect()
}

fn device(switch: &Switch, number: &str) -> DeviceId {
    switch.lines().device_by_number(number).unwrap()
}

/// The connections of a call: reference, place of the phone, state.
fn call(switch: &Switch, id: u32, rows: &[(u32, usize, ConnectionState)]) -> Call {
    let connection = |(reference, place, state): &(u32, usize, ConnectionState)| {
        let (station, line) = stations(switch)[*place];
        Connection {
            reference: *reference,
            device: device(switch, NUMBERS[*place]),
            line,
            state: *state,
            station: (*state != ConnectionState::Alerting).then_some(station),
            failure: None,
            prompting: false,
            dialled: SmolStr::default(),
            purpose: None,
            about: None,
        }
    };
    let connections = rows.iter().map(connection).collect();
    Call { id, connections, diversions: Vec::new(), controller: None }
}

use ConnectionState::{Alerting, Connected, Hold};

/// 202 talks with 201, who consults 203.
fn consulting(switch: &Switch) -> State {
    let held = call(switch, 1, &[(1, 1, Connected), (2, 0, Hold)]);
    let active = call(switch, 2, &[(3, 0, Connected), (4, 2, Connected)]);
    State { calls: vec![held, active] }
}

fn rule(verdict: Verdict) -> String {
    let message = verdict.unwrap_err();
    message.split(':').next().unwrap_or_default().to_owned()
}

fn outcome(before: &State, after: &State, intent: &Intent) -> Verdict {
    let switch = office();
    let actor = Actor::User(stations(&switch)[0].0);
    Outcome { switch: &switch, actor: &actor, before, after }.check(intent, false)
}

#[test]
fn a_transfer_leaves_the_two_others_in_the_held_call() {
    let switch = office();
    let before = consulting(&switch);
    let transfer = Intent::Transfer { held: 2, active: 3 };
    let after = |id, rows: &[_]| State { calls: vec![call(&switch, id, rows)] };
    let right = after(1, &[(1, 1, Connected), (4, 2, Connected)]);
    assert_eq!(outcome(&before, &right, &transfer), Ok(()));
    assert_eq!(check_change(&before, &right), Ok(()));
    let wrong = after(2, &[(1, 1, Connected), (4, 2, Connected)]);
    assert_eq!(rule(outcome(&before, &wrong, &transfer)), "the active call goes on beside the joined one");
    let wrong = after(1, &[(1, 1, Connected), (2, 0, Connected), (4, 2, Connected)]);
    assert_eq!(rule(outcome(&before, &wrong, &transfer)), "the joined call has the wrong parties");
    let wrong = after(1, &[(1, 1, Hold), (4, 2, Connected)]);
    assert_eq!(
        rule(outcome(&before, &wrong, &transfer)),
        "somebody else's state changes when calls are joined"
    );
}

#[test]
fn a_conference_keeps_who_made_it() {
    let switch = office();
    let before = consulting(&switch);
    let confer = Intent::Confer { held: 2, active: 3 };
    let mut joined = call(&switch, 1, &[(1, 1, Connected), (2, 0, Connected), (4, 2, Connected)]);
    joined.controller = Some(2);
    let right = State { calls: vec![joined.clone()] };
    assert_eq!(outcome(&before, &right, &confer), Ok(()));
    joined.connections[1].state = Hold;
    let wrong = State { calls: vec![joined] };
    assert_eq!(rule(outcome(&before, &wrong, &confer)), "who makes a conference is not in it");
}

#[test]
fn an_answer_puts_conversations_aside_and_joins_nobody_else() {
    let switch = office();
    let talking = call(&switch, 1, &[(1, 1, Connected), (2, 0, Connected)]);
    let before = State { calls: vec![talking, call(&switch, 2, &[(3, 2, Connected), (4, 0, Alerting)])] };
    let answered = call(&switch, 2, &[(3, 2, Connected), (4, 0, Connected)]);
    let held = call(&switch, 1, &[(1, 1, Connected), (2, 0, Hold)]);
    let right = State { calls: vec![held, answered.clone()] };
    assert_eq!(outcome(&before, &right, &Intent::Answer(4)), Ok(()));
    let wrong = State { calls: vec![answered] };
    assert_eq!(rule(outcome(&before, &wrong, &Intent::Answer(4))), "a conversation is not put aside");
}

#[test]
fn nobody_is_alone_or_in_two_calls_or_rings_where_nobody_is() {
    let switch = office();
    let now = Instant::ZERO + Duration::from_secs(60);
    let check = |calls: Vec<Call>| check_state(&State { calls }, &switch, &mut Absent::default(), now);
    assert_eq!(rule(check(vec![call(&switch, 1, &[(1, 0, Connected)])])), "a connection is orphaned");
    assert_eq!(
        rule(check(vec![call(&switch, 1, &[(1, 0, Alerting), (2, 1, Alerting)])])),
        "a call rings for nobody"
    );
    let unknown = vec![call(&switch, 1, &[(1, 0, Connected), (2, 1, Connected)])];
    assert_eq!(rule(check(unknown)), "a line does not know its calls");
}

#[test]
fn a_transferred_call_comes_back_to_who_transferred_it() {
    use hookflash_core::DiversionReason::{Forwarded, Recalled};
    let switch = office();
    let held = call(&switch, 1, &[(1, 1, Connected), (2, 0, Hold)]);
    let consulting = State { calls: vec![held, call(&switch, 2, &[(3, 0, Connected), (4, 2, Alerting)])] };
    let ringing = State { calls: vec![call(&switch, 1, &[(1, 1, Connected), (4, 2, Alerting)])] };
    let diverted = |reason, rows: &[_]| {
        let diversions = vec![(device(&switch, "203"), reason)];
        State { calls: vec![Call { diversions, ..call(&switch, 1, rows) }] }
    };
    let after = |state: &State, quiet| {
        let mut transferred = Transferred::default();
        transferred.check(&consulting, &ringing, false).unwrap();
        assert!(transferred.contains(4));
        transferred.check(&ringing, state, quiet).map(|()| transferred)
    };
    let back = diverted(Recalled, &[(1, 1, Connected), (5, 0, Alerting)]);
    assert!(!after(&back, true).unwrap().contains(5), "it comes back once");
    let forwarded = Forwarded(hookflash_core::ForwardingType::NoAnswer);
    let on = diverted(forwarded, &[(1, 1, Connected), (5, 0, Alerting)]);
    assert!(after(&on, true).unwrap().contains(5), "it may come back from there");
    let elsewhere = diverted(Recalled, &[(1, 1, Connected), (5, 2, Alerting)]);
    assert_eq!(rule(after(&elsewhere, true).map(drop)), "a call comes back to somebody else");
    let mut failed = call(&switch, 1, &[(1, 1, Connected)]);
    failed.connections[0].failure = Some(EventCause::Busy);
    let failed = State { calls: vec![failed] };
    assert_eq!(rule(after(&failed, false).map(drop)), "a transferred call does not come back");
    assert_eq!(rule(after(&State::default(), true).map(drop)), "a transferred call does not come back");
    after(&State::default(), false).unwrap();
}

#[test]
fn a_conversation_goes_on_until_somebody_ends_it() {
    let switch = office();
    let before = consulting(&switch);
    assert_eq!(check_quiet(&before, &before), Ok(()));
    assert_eq!(rule(check_quiet(&before, &State::default())), "a conversation does not go on");
    let back = State { calls: vec![call(&switch, 1, &[(1, 1, Alerting), (2, 0, Hold)])] };
    assert_eq!(rule(check_change(&before, &back)), "a connection goes back");
}

#[test]
fn a_call_of_others_changes_when_somebody_picks_it_up() {
    let switch = office();
    let ringing = call(&switch, 1, &[(1, 1, Connected), (2, 2, Alerting)]);
    let dialling = call(&switch, 2, &[(3, 0, ConnectionState::Initiated)]);
    let before = State { calls: vec![ringing, dialling] };
    let joined = call(&switch, 1, &[(1, 1, Connected), (3, 0, Connected)]);
    let picked_up =
        Call { diversions: vec![(device(&switch, "203"), DiversionReason::PickedUp)], ..joined.clone() };
    let (right, wrong) = (State { calls: vec![picked_up] }, State { calls: vec![joined] });
    assert_eq!(outcome(&before, &right, &Intent::Other), Ok(()));
    assert_eq!(check_change(&before, &right), Ok(()));
    assert_eq!(rule(outcome(&before, &wrong, &Intent::Other)), "a call of others has changed");
    assert_eq!(rule(check_change(&before, &wrong)), "calls of nobody in common were joined");
}
