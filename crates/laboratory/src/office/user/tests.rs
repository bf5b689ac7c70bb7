use super::*;

fn user(seed: u64, faults: bool) -> User {
    let numbers: Rc<[String]> = ["201", "202", "203"].map(str::to_owned).into();
    let habits = Habits {
        calls_every: Some(Duration::from_secs(60)),
        faults,
        forwarding: false,
        retry_after: Duration::from_secs(10),
    };
    User::new("bob", 1, numbers, seed, habits)
}

fn screen(states: &[(u32, CallState)]) -> Screen {
    let call = |(reference, state): &(u32, CallState)| Call {
        line: 1,
        reference: *reference,
        state: *state,
        ..Call::default()
    };
    Screen { calls: states.iter().map(call).collect(), ..Screen::default() }
}

/// Shows the user the same screen until something is done, for at most `seconds`.
fn watch(user: &mut User, from: u64, seconds: u64, screen: &Screen) -> Option<(u64, Action)> {
    user.next_call = None;
    (from * 1000..=(from + seconds) * 1000).step_by(100).find_map(|millis| {
        let deed = user.decide(Instant::from_millis(millis), true, screen)?;
        Some((millis / 1000, deed))
    })
}

#[test]
fn calls_and_faults_depend_on_the_seed_alone() {
    let deeds_of = |seed| -> Vec<(u64, String)> {
        let mut user = user(seed, true);
        let mut deeds = Vec::new();
        while let Some(now) = user.poll_timeout().filter(|at| at.as_millis() < 3_600_000) {
            if let Some(deed) = user.decide(now, true, &Screen::default()) {
                deeds.push((now.as_millis(), deed.to_string()));
            }
        }
        deeds
    };
    assert_eq!(deeds_of(1), deeds_of(1));
    assert_ne!(deeds_of(1), deeds_of(2));
    let calls = deeds_of(1).iter().filter(|(_, deed)| deed.contains("dials")).count();
    assert!((40..80).contains(&calls), "{calls} calls in an hour");
    assert!(deeds_of(1).iter().all(|(_, deed)| !deed.contains("dials 202")), "nobody calls himself");
    let unplugged = deeds_of(1).iter().filter(|(_, deed)| deed == "bob is unplugged").count();
    let plugged_in = deeds_of(1).iter().filter(|(_, deed)| deed == "bob is plugged in").count();
    assert!(unplugged > 0 && plugged_in >= unplugged - 1, "{unplugged} {plugged_in}");
}

#[test]
fn a_ringing_phone_is_mostly_answered_sometimes_rejected_and_sometimes_left_alone() {
    let (mut answered, mut rejected, mut left) = (0, 0, 0);
    for seed in 0..200 {
        match watch(&mut user(seed, false), 0, 20, &screen(&[(1, CallState::RING_IN)])) {
            Some((after, Action::Answer { .. })) if (1..=6).contains(&after) => answered += 1,
            Some((_, Action::Reject { .. })) => rejected += 1,
            None => left += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(answered > 140 && rejected > 5 && left > 8, "{answered} {rejected} {left}");
}

#[test]
fn a_talk_ends_and_may_be_held_and_resumed_before() {
    let mut held = 0;
    for seed in 0..100 {
        let mut user = user(seed, false);
        let talking = screen(&[(1, CallState::CONNECTED)]);
        let (mut at, mut deed) = watch(&mut user, 0, 61, &talking).unwrap();
        if let Action::Hold { .. } = deed {
            held += 1;
            (at, deed) = watch(&mut user, at, 11, &screen(&[(1, CallState::HOLD)])).unwrap();
            assert!(matches!(deed, Action::Resume { .. }), "{deed}");
            (_, deed) = watch(&mut user, at, 61, &talking).unwrap();
        }
        assert!(matches!(deed, Action::HangUp { .. }), "{deed}");
    }
    assert!((5..40).contains(&held), "{held}");
}

#[test]
fn an_application_may_answer_hold_and_end_calls_meanwhile() {
    let mut user = user(3, false);
    user.next_call = None;
    let mut decide = |seconds: u64, states: &[(u32, CallState)]| {
        user.decide(Instant::from_millis(seconds * 1000), true, &screen(states))
    };
    assert_eq!(decide(0, &[(1, CallState::RING_IN)]), None);
    // Answered and put on hold by somebody else: the user leaves it alone for a minute.
    assert_eq!(decide(1, &[(1, CallState::CONNECTED)]), None);
    assert_eq!(decide(2, &[(1, CallState::HOLD)]), None);
    assert_eq!(decide(12, &[]), None);
    assert_eq!(user.poll_timeout(), None);
}

#[test]
fn a_waiting_call_that_was_answered_brings_the_first_one_back_later() {
    let mut user = user(1, false);
    let first = [(1, CallState::HOLD), (2, CallState::CONNECTED)];
    let (at, deed) = watch(&mut user, 0, 61, &screen(&first)).unwrap();
    assert!(matches!(deed, Action::HangUp { .. } | Action::Hold { .. }), "{deed}");
    let (_, deed) = watch(&mut user, at, 61, &screen(&[(1, CallState::HOLD)])).unwrap();
    assert!(matches!(deed, Action::Resume { .. }), "{deed}");
}

#[test]
fn calls_are_forwarded_now_and_then_and_for_a_while() {
    let numbers: Rc<[String]> = ["201", "202", "203"].map(str::to_owned).into();
    let habits =
        Habits { calls_every: None, faults: false, forwarding: true, retry_after: Duration::from_secs(10) };
    let mut user = User::new("bob", 1, numbers, 5, habits);
    let mut deeds: Vec<(u64, Action)> = Vec::new();
    while let Some(now) = user.poll_timeout().filter(|at| at.as_millis() < 36_000_000) {
        // Busy until the tenth second of each minute.
        let busy = now.as_millis() % 60_000 < 10_000;
        let screen = if busy { screen(&[(1, CallState::CONNECTED)]) } else { Screen::default() };
        if let Some(deed) = user.decide(now, true, &screen).filter(|_| !busy) {
            deeds.push((now.as_millis() / 1000, deed));
        }
    }
    assert!(deeds.len() > 40, "{deeds:?}");
    for pair in deeds.chunks_exact(2) {
        let [(from, Action::ForwardAll { number, .. }), (to, Action::StopForwarding { .. })] = pair else {
            panic!("{pair:?}");
        };
        assert!(number.0 != "202" && (60..=320).contains(&(to - from)), "{pair:?}");
    }
}
