//! Forwarding: who sets it, what it makes of calls, and that it ends.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, party, station};
use crate::{
    CallsTo, Channels, DiversionReason, Event, EventCause, Forward, ForwardingType, Key, Refusal, Request,
    Response, Settings, StationId, StationInput, cti::EventFilter,
};
use DiversionReason::Forwarded;
use ForwardingType::{Busy, Immediate, NoAnswer};

/// Alice to Carol, and lines 204 to 209 with a phone each.
fn large_office() -> Settings {
    let mut settings = office();
    for index in 3..9 {
        settings.lines.push(line(&format!("20{}", index + 1), "Somebody", Channels::Dual));
        settings.stations.push(station(&format!("phone{index}"), &[index]));
    }
    settings
}

fn with_single_line_bob() -> Bench {
    let mut settings = office();
    settings.lines[1].channels = Channels::Single;
    Bench::with(settings)
}

#[test]
fn all_calls_go_elsewhere_before_they_ring() {
    let mut bench = Bench::new();
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.expect("store forwarding/202/Immediate\n= done\n202[2] Forwarding Immediate to 203");
    bench.dial(ALICE, "202");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Diverted 1/202 connected CallForwardImmediate to 203
         202[2] Diverted 1/202 null CallForwardImmediate to 203
         201[1] Delivered 1/203 connected CallForwardImmediate by 202
         203[3] Delivered 1/203 alerting CallForwardImmediate by 202",
    );
    assert_eq!((bench.looks(BOB), bench.looks(CAROL)), ("".into(), "1 RingingIn { waiting: false }".into()));
    bench.answer(CAROL);
    bench.expect(
        "201[1] Established 1/203 connected NewCall by 202
         203[3] Established 1/203 connected NewCall by 202",
    );
    bench.on_hook(CAROL);
    bench.expect(
        "201[1] ConnectionCleared 1/203 connected NormalClearing by 202
         203[3] ConnectionCleared 1/203 null NormalClearing by 202
         201[1] ConnectionCleared 1/201 null NormalClearing by 202",
    );
    bench.expect_nothing_left();
}

#[test]
fn everybody_sees_whom_the_call_was_for_and_where_it_went() {
    let mut bench = Bench::new();
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.dial(ALICE, "202");
    for station in [ALICE, CAROL] {
        let view = bench.switch.station_view(station);
        let shown = &view.appearances[0];
        assert_eq!(party(&shown.called), "203 Carol");
        let way = shown.redirection.as_deref().unwrap();
        assert_eq!(party(&way.first().by), "202 Bob");
        assert_eq!((way.last().reason, way.count()), (Forwarded(Immediate), 1));
    }
    let Event::Call(event) = &bench.events.last().unwrap().1.event else { panic!() };
    assert_eq!(party(&event.called), "202 Bob");
    let device = bench.device("201");
    bench.outputs();
    bench.request(Request::SnapshotDevice { device }).unwrap();
    bench.expect("= snapshot 1/201 connected/alerting 203");
}

#[test]
fn busy_lines_forward() {
    let mut bench = with_single_line_bob();
    bench.forward("202", Busy, Some("203")).unwrap();
    bench.dial(BOB, "7");
    bench.outputs();
    bench.dial(ALICE, "202");
    bench.expect(
        "201[1] ServiceInitiated 2/201 initiated Normal
         201[1] DigitsDialed 2/201 initiated 2
         201[1] Originated 2/201 connected NewCall
         201[1] Diverted 2/202 connected CallForwardBusy to 203
         202[2] Diverted 2/202 null CallForwardBusy to 203
         201[1] Delivered 2/203 connected CallForwardBusy by 202
         203[3] Delivered 2/203 alerting CallForwardBusy by 202",
    );
}

#[test]
fn a_rejected_call_is_forwarded_as_if_the_line_were_busy() {
    let mut bench = Bench::new();
    bench.forward("202", Busy, Some("203")).unwrap();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.end_call(BOB);
    bench.expect(
        "201[1] Diverted 1/202 connected CallForwardBusy to 203
         202[2] Diverted 1/202 null CallForwardBusy to 203
         201[1] Delivered 1/203 connected CallForwardBusy by 202
         203[3] Delivered 1/203 alerting CallForwardBusy by 202",
    );
    assert_eq!(bench.looks(BOB), "");
    // Carol does not forward: Alice hears busy.
    bench.end_call(CAROL);
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
    bench.seconds(10);
    bench.expect_nothing_left();
}

#[test]
fn calls_that_nobody_answers_are_forwarded() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    let no_answer_timeout = Some(Duration::from_secs(12));
    let number = Some("203".into());
    bench.request(Request::ActivateForwarding { device, kind: NoAnswer, number, no_answer_timeout }).unwrap();
    bench.expect("store forwarding/202/NoAnswer\n= done\n202[2] Forwarding NoAnswer to 203 after 12s");
    bench.dial(ALICE, "202");
    bench.seconds(11);
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    bench.outputs();
    bench.seconds(1);
    bench.expect(
        "201[1] Diverted 1/202 connected CallForwardNoAnswer to 203
         202[2] Diverted 1/202 null CallForwardNoAnswer to 203
         201[1] Delivered 1/203 connected CallForwardNoAnswer by 202
         203[3] Delivered 1/203 alerting CallForwardNoAnswer by 202",
    );
    bench.answer(CAROL);
    assert_eq!(bench.looks(ALICE), "1 Connected");
}

#[test]
fn a_call_that_rings_keeps_its_plan() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.forward("202", NoAnswer, Some("203")).unwrap();
    bench.seconds(30);
    assert_eq!(bench.looks(CAROL), "");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "202");
    bench.forward("202", NoAnswer, None).unwrap();
    bench.seconds(20);
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

/// The switch gives up before a line that rings for hours would forward.
#[test]
fn nobody_waits_longer_than_the_ringing_timeout() {
    let mut bench = Bench::new();
    let (device, number) = (bench.device("202"), Some("203".into()));
    let no_answer_timeout = Some(Duration::from_secs(181));
    bench.request(Request::ActivateForwarding { device, kind: NoAnswer, number, no_answer_timeout }).unwrap();
    bench.dial(ALICE, "202");
    bench.seconds(180);
    assert_eq!(bench.looks(ALICE), "1 Failed(CallNotAnswered)");
}

#[test]
fn a_line_without_its_phone_forwards_as_busy_or_else_as_unanswered() {
    for (kind, cause) in [(Busy, "CallForwardBusy"), (NoAnswer, "CallForwardNoAnswer")] {
        let mut bench = Bench::new();
        bench.forward("202", kind, Some("203")).unwrap();
        bench.station(BOB, StationInput::Unregister);
        bench.outputs();
        bench.dial(ALICE, "202");
        let outputs = bench.outputs();
        assert!(outputs.contains(&format!("202[2] Diverted 1/202 null {cause} to 203")), "{outputs}");
        assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    }
}

#[test]
fn a_call_at_a_phone_that_vanishes_is_forwarded() {
    let mut bench = Bench::new();
    bench.forward("202", Busy, Some("203")).unwrap();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.station(BOB, StationInput::Unregister);
    bench.expect(
        "201[1] Diverted 1/202 connected CallForwardBusy to 203
         202[2] Diverted 1/202 null CallForwardBusy to 203
         201[1] Delivered 1/203 connected CallForwardBusy by 202
         203[3] Delivered 1/203 alerting CallForwardBusy by 202
         202[2] OutOfService",
    );
}

#[test]
fn a_chain_names_the_first_and_the_last() {
    let mut bench = Bench::with(large_office());
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.forward("203", NoAnswer, Some("204")).unwrap();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.seconds(20);
    bench.expect(
        "201[1] Diverted 1/203 connected CallForwardNoAnswer by 202 to 204
         203[3] Diverted 1/203 null CallForwardNoAnswer by 202 to 204
         201[1] Delivered 1/204 connected CallForwardNoAnswer by 203
         204[4] Delivered 1/204 alerting CallForwardNoAnswer by 203",
    );
    let view = bench.switch.station_view(StationId(3));
    let way = view.appearances[0].redirection.as_deref().unwrap();
    assert_eq!((way.first().reason, way.last().reason), (Forwarded(Immediate), Forwarded(NoAnswer)));
    assert_eq!((party(&way.first().by), party(&way.last().by)), ("202 Bob".into(), "203 Carol".into()));
}

#[test]
fn a_loop_ends_with_reorder_tone() {
    let mut bench = Bench::new();
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.forward("203", Immediate, Some("202")).unwrap();
    bench.outputs();
    bench.dial(ALICE, "202");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Diverted 1/202 connected CallForwardImmediate to 203
         202[2] Diverted 1/202 null CallForwardImmediate to 203
         201[1] Diverted 1/203 connected CallForwardImmediate by 202 to 202
         203[3] Diverted 1/203 null CallForwardImmediate by 202 to 202
         201[1] Failed 1/201 fail Blocked by 203",
    );
    assert_eq!(bench.looks(ALICE), "1 Failed(Blocked)");
    bench.seconds(10);
    bench.expect_nothing_left();
}

#[test]
fn a_call_is_diverted_only_so_often() {
    for (most, reached) in [(5, "1 Failed(Blocked)"), (6, "1 RingingOut"), (7, "1 RingingOut")] {
        let mut bench = Bench::with(Settings { max_redirects: most, ..large_office() });
        for number in 202..208 {
            bench.forward(&number.to_string(), Immediate, Some(&(number + 1).to_string())).unwrap();
        }
        bench.dial(ALICE, "202");
        assert_eq!(bench.looks(ALICE), reached, "{most}");
    }
}

#[test]
fn a_call_that_may_not_be_diverted_any_more_rings_until_it_is_given_up() {
    let mut bench = Bench::with(Settings { max_redirects: 1, ..large_office() });
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.forward("203", NoAnswer, Some("204")).unwrap();
    bench.forward("203", Busy, Some("204")).unwrap();
    bench.dial(ALICE, "202");
    bench.seconds(179);
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.end_call(CAROL);
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn a_forwarded_call_fails_where_it_goes() {
    let mut settings = office();
    settings.lines[2].channels = Channels::Single;
    settings.lines[1].forwarding.immediate = Some(Forward::to("203"));
    let mut bench = Bench::with(settings);
    bench.dial(CAROL, "7");
    bench.dial(ALICE, "202");
    assert!(bench.outputs().ends_with("201[1] Failed 2/203 connected Busy by 202"));
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

/// A configuration may forward to a number that nobody has.
#[test]
fn a_number_that_nobody_has_is_unknown_to_the_caller_too() {
    let mut settings = office();
    settings.lines[1].forwarding.immediate = Some(Forward::to("777"));
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "202");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Diverted 1/202 connected CallForwardImmediate to 777
         202[2] Diverted 1/202 null CallForwardImmediate to 777
         201[1] Failed 1/201 fail DestNotObtainable by 202",
    );
}

#[test]
fn who_calls_himself_is_busy_and_never_forwarded() {
    let mut bench = Bench::new();
    bench.forward("201", Immediate, Some("203")).unwrap();
    bench.dial(ALICE, "201");
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
    bench.on_hook(ALICE);
    // Nor is a call that comes back to its caller.
    bench.forward("202", Immediate, Some("201")).unwrap();
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn a_line_may_forward_calls_to_one_of_its_numbers_only() {
    for (calls_to, primary, secondary) in
        [(CallsTo::AnyNumber, CAROL, CAROL), (CallsTo::Primary, CAROL, BOB), (CallsTo::Secondary, BOB, CAROL)]
    {
        let mut settings = office();
        settings.lines[1].secondary = Some("299".into());
        settings.lines[1].forwarding.immediate = Some(Forward { number: "203".into(), calls_to });
        let mut bench = Bench::with(settings);
        for (number, rings) in [("202", primary), ("299", secondary)] {
            bench.dial(ALICE, number);
            assert_eq!(bench.looks(rings), "1 RingingIn { waiting: false }", "{calls_to:?} {number}");
            bench.on_hook(ALICE);
        }
    }
}

#[test]
fn a_line_may_keep_local_calls() {
    let mut settings = office();
    settings.lines[1].keeps_local_calls = true;
    settings.lines[1].forwarding.immediate = Some(Forward::to("203"));
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

#[test]
fn forwarding_goes_before_hunting() {
    let mut settings = large_office();
    settings.lines[1].huntstop = false;
    settings.lines[2].number = "202".into();
    settings.lines[2].preference = 1;
    let mut bench = Bench::with(settings);
    bench.forward("202", Immediate, Some("204")).unwrap();
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(StationId(3)), "1 RingingIn { waiting: false }");
}

#[test]
fn the_key_collects_a_number_and_cancels() {
    let mut bench = Bench::new();
    bench.key(BOB, Key::ForwardAll { line: 0 });
    assert!(bench.switch.station_view(BOB).appearances[0].enters_forward);
    assert_eq!(bench.looks(BOB), "1 Dialling");
    bench.digits(BOB, "203#");
    bench.expect(
        "202[2] ServiceInitiated 1/202 initiated Normal
         202[2] ConnectionCleared 1/202 null NormalClearing
         store forwarding/202/Immediate
         202[2] Forwarding Immediate to 203",
    );
    let view = &bench.shown[BOB.index()];
    assert_eq!(view.forwards[0].forwarding.immediate, Some(Forward::to("203")));
    assert!(view.appearances.is_empty());
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    bench.outputs();
    bench.key(BOB, Key::ForwardAll { line: 0 });
    bench.expect("store forwarding/202/Immediate\n202[2] Forwarding Immediate to nowhere");
    assert!(bench.shown[BOB.index()].forwards.is_empty());
    bench.expect_nothing_left();
}

#[test]
fn the_number_is_complete_when_the_user_says_so_or_stops() {
    type End = fn(&mut Bench);
    let ends: [(&str, End); 5] = [
        ("#", |bench| bench.digits(BOB, "#")),
        ("Dial", |bench| bench.key(BOB, Key::Dial)),
        ("EndCall", |bench| bench.end_call(BOB)),
        ("on-hook", |bench| bench.on_hook(BOB)),
        ("timeout", |bench| bench.seconds(10)),
    ];
    for (name, end) in ends {
        let mut bench = Bench::new();
        bench.forward_all(BOB, "203");
        assert!(bench.shown[BOB.index()].forwards.is_empty(), "{name}: 203 goes on");
        end(&mut bench);
        assert!(bench.outputs().ends_with("Forwarding Immediate to 203"), "{name}");
        bench.expect_nothing_left();
    }
}

#[test]
fn the_user_gives_up() {
    let ends: [fn(&mut Bench); 3] = [
        |bench| bench.forward_all(BOB, "203"),
        |bench| {
            bench.key(BOB, Key::Backspace);
            bench.end_call(BOB);
        },
        |bench| bench.end_call(BOB),
    ];
    for (end, digits) in ends.into_iter().zip(["203", "2", ""]) {
        let mut bench = Bench::new();
        bench.forward_all(BOB, digits);
        end(&mut bench);
        assert!(!bench.outputs().contains("Forwarding"));
        assert!(bench.shown[BOB.index()].forwards.is_empty());
        bench.digits(BOB, "#");
        bench.on_hook(BOB);
        bench.expect_nothing_left();
    }
}

#[test]
fn the_key_works_with_the_handset_up_until_a_digit_is_dialled() {
    let mut bench = Bench::new();
    bench.off_hook(BOB);
    bench.forward_all(BOB, "203#");
    assert!(bench.outputs().ends_with("202[2] Forwarding Immediate to 203"));
    bench.off_hook(BOB);
    bench.key(BOB, Key::ForwardAll { line: 0 });
    bench.digits(BOB, "2");
    bench.key(BOB, Key::ForwardAll { line: 0 });
    bench.digits(BOB, "01");
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
    assert!(bench.shown[BOB.index()].forwards.is_empty());
}

#[test]
fn a_wrong_number_is_not_taken() {
    let mut bench = Bench::new();
    for (number, cause) in [("777", EventCause::DestNotObtainable), ("202", EventCause::Blocked)] {
        bench.forward_all(BOB, number);
        bench.digits(BOB, "#");
        assert_eq!(bench.looks(BOB), format!("1 Failed({cause:?})"));
        bench.on_hook(BOB);
        bench.forward_all(BOB, number);
        bench.end_call(BOB);
        assert_eq!(bench.looks(BOB), "refused InvalidForwardingDestination");
    }
    assert!(bench.shown[BOB.index()].forwards.is_empty());
}

#[test]
fn a_line_may_limit_what_its_phones_forward_to() {
    let mut settings = office();
    settings.lines[1].forward_max_length = Some(2);
    settings.lines[2].forward_max_length = Some(0);
    settings.lines[2].forwarding.immediate = Some(Forward::to("201"));
    let mut bench = Bench::with(settings);
    bench.forward_all(BOB, "203#");
    assert_eq!(bench.looks(BOB), "1 Failed(DestNotObtainable)");
    bench.on_hook(BOB);
    bench.key(BOB, Key::ForwardAll { line: 0 });
    bench.key(BOB, Key::Enbloc { line: 0, number: "203".into() });
    assert_eq!(bench.looks(BOB), "1 Failed(Blocked)");
    // What is set may be cancelled.
    bench.key(CAROL, Key::ForwardAll { line: 0 });
    assert!(bench.outputs().ends_with("203[3] Forwarding Immediate to nowhere"));
    bench.key(CAROL, Key::ForwardAll { line: 0 });
    assert_eq!(bench.looks(CAROL), "refused ForwardingDisabled");
}

#[test]
fn applications_set_and_ask() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    bench.request(Request::GetForwarding { device }).unwrap();
    bench.expect("= forwarding - - -/20s");
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.forward("202", Busy, Some("201")).unwrap();
    bench.outputs();
    // Nothing changes, so nothing is told.
    bench.forward("202", Immediate, Some("203")).unwrap();
    bench.forward("202", NoAnswer, None).unwrap();
    let activate = |number: Option<&str>, seconds| Request::ActivateForwarding {
        device,
        kind: NoAnswer,
        number: number.map(Into::into),
        no_answer_timeout: Some(Duration::from_secs(seconds)),
    };
    bench.request(activate(Some("201"), 3)).unwrap();
    bench.request(activate(None, 60_000)).unwrap();
    bench.request(Request::GetForwarding { device }).unwrap();
    bench.expect(
        "= done
         = done
         store forwarding/202/NoAnswer
         = done
         202[2] Forwarding NoAnswer to 201 after 3s
         store forwarding/202/NoAnswer
         = done
         202[2] Forwarding NoAnswer to 201 after 60000s
         = forwarding 203 201 201/60000s",
    );
    assert_eq!(bench.request(activate(Some("201"), 2)), Err(Refusal::InvalidRingCount));
    assert_eq!(bench.request(activate(Some("201"), 60_001)), Err(Refusal::InvalidRingCount));
}

#[test]
fn applications_are_refused_what_cannot_be() {
    let mut settings = office();
    settings.lines[2].cti_watch = false;
    let mut bench = Bench::with(settings);
    let nowhere = Err(Refusal::InvalidForwardingDestination);
    for number in ["777", "202", "", "20", "2x3"] {
        assert_eq!(bench.forward("202", Immediate, Some(number)), nowhere, "{number}");
    }
    let device = bench.device("202");
    let stored = Request::ActivateForwarding { device, kind: Busy, number: None, no_answer_timeout: None };
    assert_eq!(bench.request(stored), nowhere);
    let closed = Err(Refusal::PrivilegeViolation);
    assert_eq!(bench.forward("203", Immediate, Some("201")), closed);
    assert_eq!(bench.forward("203", Immediate, None), closed);
    let device = bench.device("203");
    assert_eq!(bench.request(Request::GetForwarding { device }), closed);
}

#[test]
fn calls_are_forwarded_again_to_where_they_went_last() {
    let mut bench = Bench::new();
    let again = |bench: &mut Bench| {
        let (device, no_answer_timeout) = (bench.device("202"), None);
        bench.request(Request::ActivateForwarding { device, kind: Busy, number: None, no_answer_timeout })
    };
    assert_eq!(again(&mut bench), Err(Refusal::InvalidForwardingDestination));
    bench.forward("202", Busy, Some("203")).unwrap();
    let device = bench.device("202");
    bench.request(Request::DeactivateForwarding { device, kind: Busy }).unwrap();
    bench.request(Request::DeactivateForwarding { device, kind: Busy }).unwrap();
    bench.outputs();
    again(&mut bench).unwrap();
    bench.expect("store forwarding/202/Busy\n= done\n202[2] Forwarding Busy to 203");
    let tag_2 = crate::LineSettings { tag: 2, ..office().lines[1].clone() };
    bench.handle(crate::Input::Configure(crate::Change::RemoveLine(2)));
    bench.handle(crate::Input::Configure(crate::Change::Line(Box::new(tag_2))));
    assert_eq!(again(&mut bench), Err(Refusal::InvalidForwardingDestination), "another owner of the number");
}

/// Whoever watches is told, also the one who asked, unless he does not want to be.
#[test]
fn every_monitor_of_the_line_is_told() {
    let mut bench = Bench::new();
    let device = bench.device("202");
    let filter = EventFilter::NONE.without(crate::EventKind::Forwarding);
    bench.monitor(device, filter);
    bench.monitor(device, EventFilter::NONE);
    bench.outputs();
    bench.forward_all(BOB, "203#");
    let told = bench.outputs().lines().filter(|line| line.contains("Forwarding")).count();
    assert_eq!(told, 2);
    assert_eq!(bench.forward("202", Immediate, None), Ok(Response::Done));
}
