use super::*;

fn office() -> Model {
    let limits = Limits {
        interdigit: Duration::from_secs(10),
        ringing: Duration::from_secs(20),
        tone: Duration::from_secs(5),
        prompt: Duration::from_secs(15),
        lost: Duration::from_secs(5),
    };
    let device = |number: &str| Device { number: number.into(), channels: 2, open: true };
    let station = |device| Station {
        lines: vec![device],
        presence: Presence::There,
        loudspeaker: true,
        dialled: String::new(),
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
    assert_eq!(model.shown_at(0)[0].state, hookflash_wire::sccp::CallState::RING_OUT);
    assert!(model.ringer_at(1));
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
    model.request(&Service::Make { calling: 0, called: "202".into(), prompt: true }).unwrap();
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
