//! Carol (button 2) and Dave (button 1) share the line 1004.

use super::*;

/// Carol, Dave, and Alice who calls them.
fn ringing() -> (Bench, Phone, Phone, Phone) {
    let mut bench = Bench::new(office());
    let (alice, carol) = (bench.phone(ALICE), bench.phone(CAROL));
    let dave = bench.phone_of(DAVE, DeviceType::TYPE_7961, 17);
    bench.dial(alice, "1004");
    (bench, alice, carol, dave)
}

#[test]
fn a_shared_line_rings_everywhere_and_is_in_use_elsewhere_once_answered() {
    let (mut bench, _, carol, dave) = ringing();
    assert_eq!(bench.seen(carol).last().unwrap(), "ringer InsideRing 2/2");
    assert_eq!(bench.seen(dave).last().unwrap(), "ringer InsideRing 1/2");
    bench.soft_key(carol, SoftKey::ANSWER, 2);
    let elsewhere = [
        "ringer RingOff 0/0",
        "CallHistoryDisposition",
        "clear notice",
        "state CallRemoteMultiline 1/2",
        "lamp Line 1 On",
        "keys InUseHint 1/2",
        "prompt 'In use remote' 1/2",
    ];
    assert_eq!(bench.seen(dave), elsewhere);
    assert!(bench.seen(carol).contains(&"state Connected 2/2".to_owned()));
}

#[test]
fn who_declines_a_shared_call_silences_one_phone() {
    let (mut bench, alice, carol, dave) = ringing();
    bench.forget();
    bench.soft_key(dave, SoftKey::END_CALL, 2);
    let silent = [
        "ringer RingOff 0/0",
        "lamp Line 1 Off",
        "clear prompt 1/2",
        "clear notice",
        "state OnHook 1/2",
        "keys OnHook 0/0",
        "time 2026-11-21 7:4",
        "prompt 'Office' 0/0",
    ];
    assert_eq!(bench.seen(dave), silent);
    assert_eq!((bench.seen(alice).len(), bench.seen(carol).len()), (0, 0), "nobody else notices");
    bench.soft_key(carol, SoftKey::ANSWER, 2);
    assert!(bench.seen(dave).contains(&"state CallRemoteMultiline 1/2".to_owned()));
}

#[test]
fn a_call_held_at_one_phone_is_taken_at_another() {
    let (mut bench, alice, carol, dave) = ringing();
    bench.soft_key(carol, SoftKey::ANSWER, 2);
    bench.forget();
    bench.soft_key(carol, SoftKey::HOLD, 2);
    let held_there = ["state Hold 1/2", "lamp Line 1 Wink", "keys OnHold 1/2", "prompt 'Hold' 1/2"];
    assert_eq!(bench.seen(dave), held_there);
    bench.forget();
    bench.soft_key(dave, SoftKey::RESUME, 2);
    let seen = bench.answer_channels(dave);
    let position = |line: &str| seen.iter().position(|seen| seen == line);
    assert!(
        position("state OffHook 1/2").is_some()
            && position("state OffHook 1/2") < position("state Connected 1/2")
    );
    assert!(bench.seen(carol).contains(&"state CallRemoteMultiline 2/2".to_owned()));
    assert!(bench.seen(alice).iter().any(|line| line.contains(" to 192.0.2.4:")), "Alice sends to Dave");
}

#[test]
fn both_lines_of_a_phone_have_their_own_lamps() {
    let (mut bench, _, carol, _) = ringing();
    let bob = bench.phone(BOB);
    bench.forget();
    bench.dial(bob, "1003");
    assert!(bench.seen(carol).contains(&"lamp Line 1 Blink".to_owned()));
    bench.soft_key(carol, SoftKey::ANSWER, 0);
    let seen = bench.seen(carol);
    assert!(seen.iter().any(|line| line.starts_with("lamp Line") && line.ends_with("On")), "{seen:?}");
}

#[test]
fn who_sees_a_call_of_an_octo_line_enters_it_by_a_key_unless_it_is_private() {
    for private in [false, true] {
        let mut settings = office();
        settings.switch.stations[2].privacy = private;
        let mut bench = Bench::new(settings);
        let (alice, carol) = (bench.phone(ALICE), bench.phone(CAROL));
        let dave = bench.phone_of(DAVE, DeviceType::TYPE_7961, 17);
        bench.dial(alice, "1004");
        bench.soft_key(carol, SoftKey::ANSWER, 2);
        bench.forget();
        bench.soft_key(dave, SoftKey::BARGE, 2);
        let seen = bench.seen(dave);
        let entered = seen.contains(&"state Connected 1/3".to_owned());
        assert_eq!(entered, !private);
        assert_eq!(seen.iter().any(|line| line.contains("To Barge")), entered, "{seen:?}");
        for phone in [alice, carol] {
            let beeps = bench.seen(phone).iter().filter(|line| line.contains("BargeIn")).count();
            assert_eq!(beeps, usize::from(entered), "who talks hears that somebody has come");
        }
    }
}

#[test]
fn a_line_on_two_buttons_has_one_channel() {
    let mut settings = office();
    settings.switch.stations[1] = station(BOB, &[1, 1]);
    let mut bench = Bench::new(settings);
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.dial(alice, "1002");
    bench.soft_key(bob, SoftKey::ANSWER, 2);
    bench.answer_channels(alice);
    let seen = bench.answer_channels(bob);
    let opened = seen.iter().filter(|line| line.starts_with("open 2 ")).count();
    assert_eq!(opened, 1, "{seen:?}");
    assert_eq!(seen.iter().filter(|line| line.starts_with("send 2 ")).count(), 1, "{seen:?}");
    bench.forget();
    bench.soft_key(bob, SoftKey::HOLD, 2);
    let seen = bench.seen(bob);
    assert_eq!(seen.iter().filter(|line| line.starts_with("state Hold")).count(), 1, "{seen:?}");
}

#[test]
fn a_call_answered_elsewhere_is_not_missed() {
    // Of a private line the other phones see nothing once one has answered.
    let mut settings = office();
    settings.switch.lines[3].channels = Channels::Dual;
    let mut bench = Bench::new(settings);
    let (alice, carol) = (bench.phone(ALICE), bench.phone(CAROL));
    let dave = bench.phone_of(DAVE, DeviceType::TYPE_7961, 17);
    bench.dial(alice, "1004");
    bench.forget();
    bench.soft_key(carol, SoftKey::ANSWER, 2);
    let seen = bench.seen(dave);
    assert!(seen.contains(&"CallHistoryDisposition".to_owned()), "{seen:?}");
    bench.soft_key(alice, SoftKey::END_CALL, 1);
    bench.dial(alice, "1004");
    bench.forget();
    bench.soft_key(alice, SoftKey::END_CALL, 3);
    let seen = bench.seen(dave);
    assert!(!seen.contains(&"CallHistoryDisposition".to_owned()), "this one was: {seen:?}");
}
