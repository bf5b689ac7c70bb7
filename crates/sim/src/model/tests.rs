use super::*;

fn office() -> Model {
    let limits = Limits {
        interdigit: Duration::from_secs(10),
        ringing: Duration::from_secs(20),
        tone: Duration::from_secs(5),
        prompt: Duration::from_secs(15),
        lost: Duration::from_secs(5),
    };
    let device =
        |number: &str| Device { number: number.into(), name: "alice".into(), channels: 2, open: true };
    let station = |device| Station {
        lines: vec![device],
        presence: Presence::There,
        loudspeaker: true,
        dialled: String::new(),
        speed_dials: vec!["202".into()],
        refused: None,
    };
    Model::new(limits, vec![device("201"), device("202")], vec![station(0), station(1)])
}

fn heard(model: &mut Model, device: usize) -> Vec<(EventKind, usize, State)> {
    let told = model.take_told().into_iter().filter(|told| told.device == device);
    told.map(|told| (told.kind, told.subject, told.local)).collect()
}

#[test]
fn a_call_from_phone_to_phone() {
    let mut model = office();
    model.press(0, &Press::Number { line: 0, number: "202".into() });
    assert_eq!(model.shown_at(0)[0].look.state, hookflash_wire::sccp::CallState::RING_OUT);
    assert!(model.ringer_at(1).is_some());
    model.press(1, &Press::OffHook { line: 0, call: 0 });
    assert_eq!(model.talks_at(0), [(1, 2)]);
    model.press(0, &Press::OnHook { line: 0, call: 0 });
    assert!(model.calls.is_empty());
    let expected = [
        (EventKind::Delivered, 1, State::Alerting),
        (EventKind::Established, 1, State::Connected),
        (EventKind::ConnectionCleared, 0, State::Connected),
        (EventKind::ConnectionCleared, 1, State::Null),
    ];
    assert_eq!(heard(&mut model, 1), expected);
}

#[test]
fn what_nobody_ends_ends_by_itself() {
    let mut model = office();
    let service = Service::Make { calling: "201".into(), called: "202".into(), prompt: true };
    assert_eq!(model.request(&service), Ok(Reply::Made(1)));
    model.press(0, &Press::OffHook { line: 0, call: 0 });
    model.advance(Instant::from_millis(19_999));
    assert_eq!(model.next(), Some(Instant::from_millis(20_000)));
    model.advance(Instant::from_millis(20_000));
    assert_eq!(model.shown_at(1), []);
    model.advance(Instant::from_millis(25_000));
    assert!(model.calls.is_empty() && model.next().is_none());
}

#[test]
fn a_lost_phone_is_waited_for() {
    let mut model = office();
    model.press(0, &Press::Number { line: 0, number: "202".into() });
    model.press(1, &Press::OffHook { line: 0, call: 0 });
    model.presence(0, Presence::Lost((Instant::ZERO, 0)));
    assert!(model.calls.len() == 1 && !model.is_there(0));
    model.advance(Instant::from_millis(5_000));
    assert!(model.calls.is_empty());
    assert_eq!(heard(&mut model, 0).last(), Some(&(EventKind::OutOfService, 0, State::Null)));
}

#[test]
fn a_key_that_is_refused_is_heard_for_a_while() {
    let mut model = office();
    for _ in 0..2 {
        model.press(0, &Press::SpeedDial { button: 1 });
        model.press(1, &Press::OffHook { line: 0, call: 0 });
        model.press(0, &Press::Hold { call: 0 });
        model.press(1, &Press::HoldButton);
    }
    model.press(0, &Press::NewCall { line: 1 });
    assert_eq!(model.tone_at(0), Some((hookflash_wire::sccp::Tone::REORDER, 0)));
    assert!(model.lamps_at(0).iter().all(|(_, lamp)| *lamp == hookflash_wire::sccp::LampMode::WINK));
    model.advance(Instant::from_millis(5_000));
    assert_eq!(model.tone_at(0), None);
}

#[test]
fn applications_are_told_why_not() {
    let mut model = office();
    let refused = |model: &mut Model, service| model.request(&service).unwrap_err().value().to_owned();
    assert_eq!(refused(&mut model, Service::Snapshot("777".into())), "invalidDeviceID");
    assert_eq!(refused(&mut model, Service::Answer(None, "201".into())), "noCallToAnswer");
    model.press(0, &Press::Number { line: 0, number: "202".into() });
    assert_eq!(refused(&mut model, Service::Hold(None, "201".into())), "invalidConnectionState");
    let seen = CallOfDevice { call: 1, states: vec![State::Alerting, State::Connected], other: "201".into() };
    assert_eq!(model.request(&Service::Snapshot("202".into())), Ok(Reply::Calls(vec![seen])));
}
