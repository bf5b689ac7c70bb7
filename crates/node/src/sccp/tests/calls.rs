//! Two phones call each other.

use hookflash_core::ParkSlot;
use hookflash_wire::sccp::{EnblocCall, KeypadButton};

use super::*;

const IDLE_AGAIN: [&str; 5] =
    ["state OnHook", "keys OnHook 0/0", "time 2026-11-21 7:4", "speaker Off", "prompt 'Office' 0/0"];

/// What a phone sees when its call ends.
fn hang_up_of(call: &str, party: u32) -> Vec<String> {
    let reference = call.split('/').next_back().unwrap();
    let mut expected = vec![
        format!("close {reference} party {party}"),
        format!("stop {reference} party {party}"),
        format!("stop tone {call}"),
        "lamp Line 1 Off".to_owned(),
        format!("clear prompt {call}"),
    ];
    expected.extend(IDLE_AGAIN.map(|line| match line {
        "state OnHook" => format!("state OnHook {call}"),
        other => other.to_owned(),
    }));
    expected
}

#[test]
fn a_new_call_looks_as_call_manager_draws_it() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    let captured = [
        "ringer RingOff 0/0",
        "speaker On",
        "lamp Line 1 On",
        "state OffHook 1/1",
        "keys OffHook 1/1",
        "prompt 'Enter number' 1/1",
        "plane 1",
        "tone InsideDialTone 1/1",
    ];
    assert_eq!(bench.seen(alice), captured);
}

#[test]
fn the_bytes_of_a_new_call_are_those_of_call_manager_4() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    let alice = bench.register(link, ALICE, DeviceType::TYPE_7960, 8);
    bench.send(alice, ClientMessage::TimeDateReq);
    bench.forget();
    bench.off_hook(alice);
    let words: Vec<String> = bench.arrived.remove(&link).unwrap()[..28 + 16 + 24 + 36]
        .chunks(4)
        .map(|word| word.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    // Appendix A, with call 1 in place of 0x0100001A.
    let captured = "14000000 00000000 85000000 01000000 01000000 00000000 00000000 \
                    08000000 00000000 88000000 01000000 \
                    10000000 00000000 86000000 09000000 01000000 02000000 \
                    1c000000 00000000 11010000 01000000 01000000 01000000 00000000 04000000 00000000";
    assert_eq!(words.join(" "), captured);
}

#[test]
fn dialling_digit_by_digit_rings_and_answering_connects() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    bench.forget();
    bench.digits(alice, "1");
    assert_eq!(bench.seen(alice), ["stop tone 1/1", "keys DigitsFollow 1/1"]);
    bench.digits(alice, "00");
    assert_eq!(bench.seen(alice), [""; 0], "the phone shows digits by itself");
    bench.digits(alice, "2");
    let ringing_out = [
        "dialled 1002 1/1",
        "state RingOut 1/1",
        "info Outbound: 1001 Alice -> 1002 Bob",
        "keys RingOut 1/1",
        "prompt 'Ring out' 1/1",
        "tone AlertingTone 1/1",
    ];
    assert_eq!(bench.seen(alice), ringing_out);
    let ringing_in = [
        "state RingIn 1/2",
        "keys RingIn 1/2",
        "prompt 'From 1001' 1/2",
        "notice 'From 1001'",
        "info Inbound: 1001 Alice -> 1002 Bob",
        "lamp Line 1 Blink",
        "ringer InsideRing 1/2",
    ];
    assert_eq!(bench.seen(bob), ringing_in);

    bench.soft_key(bob, SoftKey::ANSWER, 2);
    let caller = [
        "stop tone 1/1",
        "state Connected 1/1",
        "info Outbound: 1001 Alice -> 1002 Bob",
        "keys Connected 1/1",
        "prompt 'Connected' 1/1",
        "open 1 party 1 G.711 u-law",
    ];
    assert_eq!(bench.seen(alice), caller);
    let answering_as_captured = [
        "ringer RingOff 0/0",
        "speaker On",
        "lamp Line 1 On",
        "state OffHook 1/2",
        "plane 1",
        "ringer RingOff 1/2",
        "clear notice",
        "stop tone 1/2",
        "open 2 party 2 G.711 u-law",
        "state Connected 1/2",
        "info Inbound: 1001 Alice -> 1002 Bob",
        "keys Connected 1/2",
        "prompt 'Connected' 1/2",
    ];
    assert_eq!(bench.seen(bob), answering_as_captured);
}

#[test]
fn a_call_is_answered_by_soft_key_handset_or_line_key() {
    type Answer = fn(&mut Bench, Phone);
    let ways: [(&str, Answer); 4] = [
        ("soft key", |bench, bob| bench.soft_key(bob, SoftKey::ANSWER, 2)),
        ("soft key without a call", |bench, bob| bench.soft_key(bob, SoftKey::ANSWER, 0)),
        ("handset", |bench, bob| bench.off_hook(bob)),
        ("line key, then handset", |bench, bob| {
            bench.button(bob, Stimulus::LINE, 1);
            bench.off_hook(bob);
        }),
    ];
    for (way, answer) in ways {
        let mut bench = Bench::new(office());
        let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
        bench.dial(alice, "1002");
        answer(&mut bench, bob);
        assert!(bench.seen(alice).contains(&"state Connected 1/1".to_owned()), "{way}");
        assert!(bench.seen(bob).contains(&"state Connected 1/2".to_owned()), "{way}");
        assert_eq!(bench.switch().calls().len(), 1, "{way}");
    }
}

#[test]
fn a_call_is_placed_by_digits_at_once_by_handset_speed_dial_or_redial() {
    type Place = fn(&mut Bench, Phone);
    let enbloc = |bench: &mut Bench, alice: Phone| {
        bench.send(alice, ClientMessage::EnblocCall(EnblocCall { number: "1002".into(), line: 0 }));
    };
    let ways: [(&str, Place); 5] = [
        ("enbloc", enbloc),
        ("handset and digits", |bench, alice| {
            bench.off_hook(alice);
            bench.digits(alice, "1002");
        }),
        ("line key, handset, enbloc", |bench, alice| {
            bench.button(alice, Stimulus::LINE, 1);
            bench.off_hook(alice);
            bench.send(alice, ClientMessage::EnblocCall(EnblocCall { number: "1002".into(), line: 1 }));
        }),
        ("speed dial", |bench, alice| bench.button(alice, Stimulus::SPEED_DIAL, 1)),
        ("redial", |bench, alice| {
            bench.dial(alice, "1002");
            bench.on_hook(alice);
            bench.soft_key(alice, SoftKey::REDIAL, 0);
        }),
    ];
    for (way, place) in ways {
        let mut bench = Bench::new(office());
        let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
        place(&mut bench, alice);
        let seen = bench.seen(alice);
        let position = |line: &str| seen.iter().rposition(|seen| seen.starts_with(line));
        assert!(position("dialled 1002 ").is_some(), "{way}: {seen:?}");
        assert!(position("state OffHook") < position("dialled"), "{way}: off-hook first");
        assert!(position("dialled") < position("state RingOut"), "{way}");
        assert!(bench.seen(bob).iter().any(|line| line.starts_with("ringer InsideRing")), "{way}");
        assert_eq!(bench.switch().calls().len(), 1, "{way}: one call only");
    }
}

#[test]
fn the_last_digit_can_be_taken_back() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.dial(alice, "10");
    bench.forget();
    bench.soft_key(alice, SoftKey::BACKSPACE, 1);
    assert_eq!(bench.seen(alice), ["backspace 1/1"]);
    bench.soft_key(alice, SoftKey::BACKSPACE, 1);
    assert_eq!(bench.seen(alice), ["backspace 1/1", "keys OffHook 1/1", "tone InsideDialTone 1/1"]);
}

#[test]
fn either_party_can_hang_up() {
    for caller_first in [true, false] {
        let mut bench = Bench::new(office());
        let (alice, bob) = bench.conversation();
        if caller_first {
            bench.on_hook(alice);
        } else {
            bench.soft_key(bob, SoftKey::END_CALL, 2);
        }
        assert_eq!(bench.seen(alice), hang_up_of("1/1", 1));
        assert_eq!(bench.seen(bob), hang_up_of("1/2", 2));
        bench.on_hook(bob);
        assert_eq!(bench.seen(bob), [""; 0], "the handset of an ended call goes back");
        bench.assert_quiet();
    }
}

#[test]
fn a_rejected_call_is_busy_for_its_caller() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.dial(alice, "1002");
    bench.forget();
    bench.soft_key(bob, SoftKey::END_CALL, 2);
    let expected = [
        "stop tone 1/1",
        "state Busy 1/1",
        "keys OffHookFeature 1/1",
        "prompt 'Busy' 1/1",
        "tone LineBusyTone 1/1",
    ];
    assert_eq!(bench.seen(alice), expected);
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
    assert_eq!(bench.seen(bob), silent);
    bench.wait_seconds(10);
    assert!(bench.seen(alice).contains(&"state OnHook 1/1".to_owned()), "the tone ends by itself");
    bench.assert_quiet();
}

#[test]
fn calls_that_do_not_get_through_say_why() {
    let cases: [(&str, &[&str]); 3] = [
        ("1003", &["state Busy 1/1", "tone LineBusyTone 1/1", "prompt 'Busy' 1/1"]),
        ("1999", &["state InvalidNumber 1/1", "tone ReorderTone 1/1", "prompt 'Unknown number' 1/1"]),
        ("1004", &["state Congestion 1/1", "tone ReorderTone 1/1", "prompt 'Temp fail' 1/1"]),
    ];
    for (number, expected) in cases {
        let mut settings = office();
        settings.switch.stations[2].buttons.truncate(1);
        let mut bench = Bench::new(settings);
        let (alice, carol) = (bench.phone(ALICE), bench.phone(CAROL));
        bench.off_hook(carol);
        bench.soft_key(alice, SoftKey::NEW_CALL, 0);
        bench.forget();
        bench.send(alice, ClientMessage::EnblocCall(EnblocCall { number: number.into(), line: 0 }));
        let seen: Vec<String> = bench.seen(alice).iter().map(|line| line.replace("1/2", "1/1")).collect();
        for line in expected {
            assert!(seen.iter().any(|seen| seen == line), "{number}: {line} in {seen:?}");
        }
    }
}

#[test]
fn an_unanswered_call_ends() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.dial(alice, "1002");
    bench.forget();
    for _ in 0..9 {
        bench.wait_seconds(20);
        bench.send(alice, ClientMessage::KeepAlive);
        bench.send(bob, ClientMessage::KeepAlive);
    }
    assert!(bench.seen(alice).contains(&"prompt 'No answer' 1/1".to_owned()));
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    bench.wait_seconds(10);
    bench.assert_quiet();
}

#[test]
fn nothing_dialled_is_answered_with_reorder_tone() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.off_hook(alice);
    bench.forget();
    bench.wait_seconds(10);
    assert!(bench.seen(alice).contains(&"tone ReorderTone 1/1".to_owned()));
}

#[test]
fn a_second_call_waits_with_a_beep_and_answering_it_holds_the_first() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    let carol = bench.phone(CAROL);
    bench.dial(carol, "1002");
    let waiting = [
        "state RingIn 1/4",
        "keys RingIn 1/4",
        "prompt 'From 1003' 1/4",
        "notice 'From 1003'",
        "info Inbound: 1003 Carol -> 1002 Bob",
        "lamp Line 1 Blink",
        "tone CallWaitingTone 1/2",
    ];
    assert_eq!(bench.seen(bob), waiting);
    bench.soft_key(bob, SoftKey::ANSWER, 4);
    let seen = bench.answer_channels(bob);
    let position = |line: &str| seen.iter().position(|seen| seen == line).unwrap_or_else(|| panic!("{line}"));
    assert!(position("close 2 party 2") < position("state Hold 1/2"));
    assert!(position("state Hold 1/2") < position("state Connected 1/4"), "never two connected at once");
    assert!(!seen.contains(&"speaker Off".to_owned()), "{seen:?}");
    bench.forget();
    bench.soft_key(bob, SoftKey::END_CALL, 4);
    let seen = bench.seen(bob);
    assert_eq!(seen.last().unwrap(), "keys OnHold 1/2", "the held call is there again: {seen:?}");
    assert!(seen.contains(&"lamp Line 1 Wink".to_owned()));
    bench.soft_key(bob, SoftKey::RESUME, 2);
    assert!(bench.seen(bob).contains(&"state Connected 1/2".to_owned()));
    assert!(bench.seen(alice).iter().any(|line| line.starts_with("open 1")));
}

#[test]
fn a_waiting_call_rings_when_the_first_one_ends() {
    let mut bench = Bench::new(office());
    let (_, bob) = bench.conversation();
    let carol = bench.phone(CAROL);
    bench.dial(carol, "1002");
    bench.forget();
    bench.on_hook(bob);
    let seen = bench.seen(bob);
    assert_eq!(seen[seen.len() - 2..], ["keys RingIn 1/4", "ringer InsideRing 1/4"], "{seen:?}");
}

#[test]
fn a_refused_key_says_why() {
    let mut settings = office();
    settings.switch.max_calls = 1;
    let mut bench = Bench::new(settings);
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.off_hook(bob);
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    let refused = ["prompt 'High traffic, try again later' 0/0", "tone ReorderTone 0/0"];
    assert_eq!(bench.seen(alice), refused);
    bench.wait_seconds(5);
    let ended = ["stop tone 0/0", "speaker Off", "prompt 'Office' 0/0"];
    assert_eq!(bench.seen(alice), ended, "the tone ends by itself");
    bench.on_hook(bob);
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    assert!(bench.seen(alice).contains(&"tone InsideDialTone 1/2".to_owned()));
}

#[test]
fn the_next_key_ends_the_tone_of_a_refused_one() {
    let mut bench = Bench::new(office());
    let carol = bench.phone_of(CAROL, DeviceType::TYPE_7961, 17);
    let dave = bench.phone(DAVE);
    bench.dial(dave, "1003");
    bench.send(carol, ClientMessage::EnblocCall(EnblocCall { number: "1001".into(), line: 1 }));
    let seen = bench.seen(carol);
    assert_eq!(seen[seen.len() - 2..], ["prompt 'No line available' 0/0", "tone ReorderTone 0/0"]);
    bench.soft_key(carol, SoftKey::ANSWER, 2);
    let seen = bench.seen(carol);
    let position = |line: &str| seen.iter().position(|seen| seen == line);
    assert!(position("stop tone 1/2").is_some(), "{seen:?}");
    assert!(position("state Connected 1/2").is_some(), "{seen:?}");
    bench.wait_seconds(10);
    assert_eq!(bench.seen(carol), [""; 0]);
}

#[test]
fn a_key_that_is_refused_again_is_answered_again() {
    let mut settings = office();
    settings.switch.max_calls = 1;
    let mut bench = Bench::new(settings);
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.off_hook(bob);
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    bench.wait_seconds(3);
    bench.forget();
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    assert_eq!(bench.seen(alice), ["prompt 'High traffic, try again later' 0/0"], "the tone goes on");
    bench.wait_seconds(3);
    assert_eq!(bench.seen(alice), [""; 0]);
    bench.wait_seconds(2);
    assert_eq!(bench.seen(alice), ["stop tone 0/0", "speaker Off", "prompt 'Office' 0/0"]);
    bench.soft_key(alice, SoftKey::NEW_CALL, 0);
    let refused = ["prompt 'High traffic, try again later' 0/0", "tone ReorderTone 0/0"];
    assert_eq!(bench.seen(alice), refused);
}

#[test]
fn redial_before_any_call_is_answered_with_a_beep() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.soft_key(alice, SoftKey::REDIAL, 0);
    assert_eq!(bench.seen(alice), ["prompt 'Number not configured' 0/0", "tone BeepBonk 0/0"]);
    bench.wait_seconds(6);
    assert_eq!(bench.seen(alice), [""; 0]);
}

#[test]
fn a_call_that_waits_is_heard_during_ringback() {
    let mut bench = Bench::new(office());
    let (alice, bob, carol) = (bench.phone(ALICE), bench.phone(BOB), bench.phone(CAROL));
    bench.dial(alice, "1002");
    bench.forget();
    bench.dial(carol, "1001");
    let seen = bench.seen(alice);
    assert_eq!(seen[seen.len() - 2..], ["stop tone 1/1", "tone CallWaitingTone 1/1"], "{seen:?}");
    bench.wait_seconds(1);
    assert_eq!(bench.seen(alice), ["stop tone 1/1", "tone AlertingTone 1/1"], "ringback goes on");
    bench.soft_key(bob, SoftKey::ANSWER, 2);
    assert!(bench.seen(alice).contains(&"tone CallWaitingTone 1/1".to_owned()));
}

#[test]
fn the_notice_of_a_call_goes_with_it() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.dial(alice, "1002");
    assert!(bench.seen(bob).contains(&"notice 'From 1001'".to_owned()));
    bench.on_hook(alice);
    assert!(bench.seen(bob).contains(&"clear notice".to_owned()));
}

#[test]
fn soft_key_sets_that_are_asked_for_late_leave_a_call_its_keys() {
    let mut bench = Bench::new(office());
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.dial(alice, "1002");
    bench.forget();
    bench.send(bob, ClientMessage::SoftKeySetReq);
    assert_eq!(bench.seen(bob), ["SoftKeySetRes", "keys OnHook 0/0", "keys RingIn 1/2"]);
}

#[test]
fn a_call_in_place_of_another_gets_its_keys_once() {
    let mut bench = Bench::new(office());
    let (alice, _) = (bench.phone(ALICE), bench.phone(BOB));
    bench.dial(alice, "1002");
    bench.forget();
    bench.soft_key(alice, SoftKey::REDIAL, 0);
    let seen = bench.seen(alice);
    let keys: Vec<&String> = seen.iter().filter(|line| line.starts_with("keys")).collect();
    assert_eq!(keys, ["keys OnHook 0/0", "keys RingOut 1/3"], "{seen:?}");
}

#[test]
fn keys_without_a_function_are_answered() {
    let mut bench = Bench::new(office());
    let (alice, _) = bench.conversation();
    bench.soft_key(alice, SoftKey::VIDEO_MODE, 1);
    assert_eq!(bench.seen(alice), ["prompt 'Key is not active' 1/1"]);
}

#[test]
fn a_phone_without_a_display_is_not_sent_text() {
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::ATA_186, 6);
    let bob = bench.phone(BOB);
    bench.dial(bob, "1001");
    let ringing = [
        "state RingIn 1/2",
        "info Inbound: 1002 Bob -> 1001 Alice",
        "lamp Line 1 Blink",
        "ringer InsideRing 1/2",
    ];
    assert_eq!(bench.seen(alice), ringing);
}

#[test]
fn the_pound_key_ends_a_number() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.dial(alice, "100");
    bench.forget();
    let press = KeypadPress { button: KeypadButton::POUND, line: None, call_reference: None };
    bench.send(alice, ClientMessage::KeypadButton(press));
    assert!(bench.seen(alice).contains(&"state InvalidNumber 1/1".to_owned()));
}

#[test]
fn each_button_rings_in_its_own_way() {
    let cases = [
        (Ring::Normal, "ringer InsideRing 1/2", true),
        (Ring::Beep, "ringer InsideRing 1/2", true),
        (Ring::Feature, "ringer FeatureRing 1/2", true),
        (Ring::Silent, "ringer FlashOnly 1/2", false),
    ];
    for (ring, ringer, beeps_when_busy) in cases {
        let mut settings = office();
        settings.switch.stations[1].buttons[0].ring = ring;
        let mut bench = Bench::new(settings);
        let (alice, bob, carol) = (bench.phone(ALICE), bench.phone(BOB), bench.phone(CAROL));
        bench.dial(alice, "1002");
        assert_eq!(bench.seen(bob).last().unwrap(), ringer, "{ring:?}");
        bench.soft_key(bob, SoftKey::ANSWER, 2);
        bench.forget();
        bench.dial(carol, "1002");
        let seen = bench.seen(bob);
        assert_eq!(seen.contains(&"tone CallWaitingTone 1/2".to_owned()), beeps_when_busy, "{ring:?}");
        assert!(!seen.iter().any(|line| line.starts_with("ringer")), "{ring:?}: {seen:?}");
    }
}

#[test]
fn a_phone_with_one_line_of_text_gets_its_words_there() {
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::TYPE_7905, 5);
    bench.off_hook(alice);
    let messages = bench.take(alice.link, alice.encoding);
    let text = messages.iter().find_map(|message| match message {
        ServerMessage::DisplayText(display) => Some(display.text.to_string()),
        _ => None,
    });
    assert_eq!(text.as_deref(), Some("Enter number"));
    assert!(!messages.iter().any(|message| matches!(message, ServerMessage::DisplayPromptStatus(_))));
}

#[test]
fn a_phone_whose_own_calls_ended_is_silent_although_its_line_is_in_use_elsewhere() {
    let mut bench = Bench::new(office());
    let (carol, dave) = (bench.phone(CAROL), bench.phone(DAVE));
    bench.off_hook(carol);
    bench.off_hook(dave);
    bench.forget();
    bench.on_hook(carol);
    let seen = bench.seen(carol);
    assert!(seen.contains(&"speaker Off".to_owned()), "{seen:?}");
    assert_eq!(seen.last().unwrap(), "keys InUseHint 2/2");
}

#[test]
fn who_has_parked_a_call_is_reminded_with_a_ring() {
    let mut settings = office();
    let slot = ParkSlot { timeout: Some(Duration::from_secs(10)), limit: 5, ..ParkSlot::default() };
    settings.switch.lines.push(LineSettings { park_slot: Some(slot), ..line("1801", "", Channels::Single) });
    let mut bench = Bench::new(settings);
    let (alice, _) = bench.conversation();
    bench.soft_key(alice, SoftKey::PARK, 1);
    bench.forget();
    for _ in 0..2 {
        bench.wait_seconds(10);
        assert_eq!(bench.seen(alice), ["ringer FeatureRing 0/0", "DisplayNotify"], "each interval");
        bench.forget();
    }
}
