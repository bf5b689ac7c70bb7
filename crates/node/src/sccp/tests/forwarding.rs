//! CFwdAll: what the user enters, what the phone shows of it, and what forwarded calls display like.

use hookflash_core::{Forward, Request, RequestId};
use hookflash_wire::sccp::{CallInfo, InstanceReq, RedirectReason};

use super::*;

/// Every message about forwarding that came: `line: all busy no-answer`.
fn forward_stats(messages: &[ServerMessage]) -> Vec<String> {
    let stats = messages.iter().filter_map(|message| match message {
        ServerMessage::ForwardStat(stat) => {
            let number = |target: &Option<hookflash_wire::sccp::Text>| {
                target.as_ref().map_or("-".to_owned(), ToString::to_string)
            };
            let (all, busy, no_answer) = (number(&stat.all), number(&stat.busy), number(&stat.no_answer));
            Some(format!("{}: {all} {busy} {no_answer}", stat.line))
        }
        _ => None,
    });
    stats.collect()
}

fn call_info(messages: &[ServerMessage]) -> CallInfo {
    let mut infos = messages.iter().filter_map(|message| match message {
        ServerMessage::CallInfo(info) => Some(info.clone()),
        _ => None,
    });
    infos.next_back().unwrap()
}

#[test]
fn the_key_asks_for_a_number_and_confirms_it() {
    let mut bench = Bench::new(office());
    let bob = bench.phone(BOB);
    bench.soft_key(bob, SoftKey::FORWARD_ALL, 0);
    assert_eq!(
        bench.seen(bob),
        [
            "ringer RingOff 0/0",
            "speaker On",
            "lamp Line 1 On",
            "state OffHook 1/1",
            "keys OffHook 1/1",
            "prompt 'Enter number to forward to' 1/1",
            "plane 1",
            "tone InsideDialTone 1/1",
            "lamp ForwardAll 0 Flash",
        ]
    );
    bench.digits(bob, "1003");
    assert!(bench.seen(bob).iter().any(|line| line == "keys DigitsFollow 1/1"));
    bench.digits(bob, "#");
    let messages = bench.take(bob.link, bob.encoding);
    assert_eq!(forward_stats(&messages), ["1: 1003 - -"]);
    let seen: Vec<String> = messages.iter().map(brief).collect();
    for wanted in
        ["state OnHook 1/1", "prompt 'Forwarded to 1003' 0/0", "tone Zip 0/0", "lamp ForwardAll 0 On"]
    {
        assert_eq!(seen.iter().filter(|line| *line == wanted).count(), 1, "{wanted} in {seen:?}");
    }
    assert!(!seen.iter().any(|line| line.starts_with("dialled")), "no call was placed");
    bench.assert_quiet();
}

#[test]
fn the_key_cancels() {
    let mut bench = Bench::new(office());
    let bob = bench.phone(BOB);
    bench.soft_key(bob, SoftKey::FORWARD_ALL, 0);
    bench.digits(bob, "1003#");
    bench.forget();
    bench.button(bob, Stimulus::FORWARD_ALL, 1);
    let messages = bench.take(bob.link, bob.encoding);
    assert_eq!(forward_stats(&messages), ["1: - - -"]);
    let seen: Vec<String> = messages.iter().map(brief).collect();
    assert_eq!(seen, ["lamp ForwardAll 0 Off", "ForwardStat", "prompt 'Office' 0/0"]);
}

#[test]
fn what_an_application_sets_is_shown_on_every_phone_of_the_line() {
    let mut bench = Bench::new(office());
    let (carol, dave) = (bench.phone(CAROL), bench.phone(DAVE));
    let session = bench.node.switch.open_session(Default::default()).unwrap();
    let device = bench.switch().lines().device_by_number("1004").unwrap();
    for (kind, shown) in [
        (core::ForwardingType::Busy, ["2: - 1001 -", "1: - 1001 -"]),
        (core::ForwardingType::NoAnswer, ["2: - 1001 1001", "1: - 1001 1001"]),
        (core::ForwardingType::Immediate, ["2: 1001 1001 1001", "1: 1001 1001 1001"]),
    ] {
        let number = Some("1001".into());
        let request = Request::ActivateForwarding { device, kind, number, no_answer_timeout: None };
        bench.node.switch.handle(bench.now, core::Input::Request(session, RequestId(1), request));
        bench.node.settle();
        bench.drain();
        for (phone, shown) in [carol, dave].into_iter().zip(shown) {
            assert_eq!(forward_stats(&bench.take(phone.link, phone.encoding)), [shown]);
        }
    }
}

#[test]
fn a_phone_that_registers_learns_where_its_calls_go() {
    let mut settings = office();
    settings.switch.lines[1].forwarding.immediate = Some(Forward::to("1003"));
    let mut bench = Bench::new(settings);
    let link = bench.connect();
    let bob = bench.register(link, BOB, DeviceType::TYPE_7960, 11);
    bench.forget();
    bench.send(bob, ClientMessage::ForwardStatReq(InstanceReq { instance: 1 }));
    assert_eq!(forward_stats(&bench.take(bob.link, bob.encoding)), ["1: 1003 - -"]);
    bench.send(bob, ClientMessage::ForwardStatReq(InstanceReq { instance: 9 }));
    assert_eq!(forward_stats(&bench.take(bob.link, bob.encoding)), ["9: - - -"]);
    bench.send(bob, ClientMessage::TimeDateReq);
    let messages = bench.take(bob.link, bob.encoding);
    assert_eq!(forward_stats(&messages), ["1: 1003 - -"], "for phones that do not ask");
    let seen: Vec<String> = messages.iter().map(brief).collect();
    assert_eq!(seen.last().unwrap(), "prompt 'Forwarded to 1003' 0/0");
}

#[test]
fn a_phone_that_registers_reads_once_what_it_shows_when_idle() {
    let mut settings = office();
    settings.switch.lines[1].forwarding.busy = Some(Forward::to("1003"));
    let mut bench = Bench::new(settings);
    let link = bench.connect();
    let bob = bench.register(link, BOB, DeviceType::TYPE_7960, 11);
    bench.forget();
    bench.send(bob, ClientMessage::TimeDateReq);
    let seen = bench.seen(bob);
    assert_eq!(seen.iter().filter(|line| line.starts_with("prompt")).count(), 1, "{seen:?}");
}

#[test]
fn a_forwarded_call_says_whom_it_was_for() {
    let mut settings = office();
    settings.switch.lines[1].forwarding.immediate = Some(Forward::to("1003"));
    let mut bench = Bench::new(settings);
    let (alice, carol) = (bench.phone(ALICE), bench.phone(CAROL));
    bench.dial(alice, "1002");
    for phone in [alice, carol] {
        let messages = bench.take(phone.link, phone.encoding);
        let info = call_info(&messages);
        assert_eq!(info.called.number, "1003");
        assert_eq!(
            (info.original_called.number.as_str(), info.original_called.name.as_str()),
            ("1002", "Bob")
        );
        assert_eq!(info.last_redirecting.number, "1002");
        assert_eq!(info.original_called_redirect_reason, RedirectReason::UNCONDITIONAL);
        assert_eq!(info.last_redirecting_reason, RedirectReason::UNCONDITIONAL);
        let seen: Vec<String> = messages.iter().map(brief).collect();
        let prompt =
            if phone.number == 1 { "prompt 'Ring out' 1/1" } else { "prompt 'From 1001 for 1002' 1/2" };
        assert!(seen.iter().any(|line| line == prompt), "{seen:?}");
    }
}

#[test]
fn the_caller_is_told_when_a_call_that_rang_is_forwarded() {
    let mut settings = office();
    settings.switch.lines[1].forwarding.no_answer = Some(Forward::to("1003"));
    let mut bench = Bench::new(settings);
    let (alice, bob) = (bench.phone(ALICE), bench.phone(BOB));
    bench.phone(CAROL);
    bench.dial(alice, "1002");
    bench.forget();
    bench.wait_seconds(20);
    assert_eq!(bench.seen(alice), ["info Outbound: 1001 Alice -> 1003 Carol"]);
    let seen = bench.seen(bob);
    assert!(
        seen.contains(&"state OnHook 1/2".to_owned()) && seen[0].starts_with("ringer RingOff"),
        "{seen:?}"
    );
}

#[test]
fn a_loop_and_a_wrong_number_are_said_in_words() {
    let mut settings = office();
    settings.switch.lines[1].forwarding.immediate = Some(Forward::to("1003"));
    settings.switch.lines[2].forwarding.immediate = Some(Forward::to("1002"));
    let mut bench = Bench::new(settings);
    let alice = bench.phone(ALICE);
    bench.dial(alice, "1002");
    let seen = bench.seen(alice);
    for wanted in ["state Congestion 1/1", "prompt 'CFwdAll loop detected' 1/1", "tone ReorderTone 1/1"] {
        assert!(seen.contains(&wanted.to_owned()), "{wanted} in {seen:?}");
    }
    bench.soft_key(alice, SoftKey::END_CALL, 1);
    bench.soft_key(alice, SoftKey::FORWARD_ALL, 0);
    bench.digits(alice, "7");
    bench.forget();
    bench.soft_key(alice, SoftKey::END_CALL, 2);
    let seen = bench.seen(alice);
    assert!(seen.contains(&"prompt 'Unknown number' 0/0".to_owned()), "{seen:?}");
}

#[test]
fn a_line_whose_phones_may_not_forward_says_so() {
    let mut settings = office();
    settings.switch.lines[0].forward_max_length = Some(0);
    let mut bench = Bench::new(settings);
    let alice = bench.phone(ALICE);
    bench.soft_key(alice, SoftKey::FORWARD_ALL, 0);
    assert!(bench.seen(alice).contains(&"prompt 'Key is not active' 0/0".to_owned()));
    bench.assert_quiet();
}

#[test]
fn a_short_tone_confirms_a_feature_whose_code_was_dialled() {
    let mut settings = office();
    settings.switch.features.codes = [("**7".into(), hookflash_core::FeatureCode::DoNotDisturb)].into();
    let mut bench = Bench::new(settings);
    let alice = bench.phone(ALICE);
    bench.dial(alice, "**7");
    let seen = bench.seen(alice);
    let tone = seen.iter().filter(|line| line.starts_with("tone Zip"));
    assert_eq!(tone.count(), 1, "{seen:?}");
}
