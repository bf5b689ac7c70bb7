//! Which of several trunks a call leaves by.

use super::bench::{ALICE, BOB, Bench, line, office, station};
use crate::{
    Act, Channels, EventCause, FeatureCode, LineSettings, RouteOrder, RoutePattern, Settings, StationId,
    StationInput, StationSettings, Transit,
};

const FIRST: StationId = StationId(3);
const SECOND: StationId = StationId(4);

/// The office with two trunks: the first is preferred, the second names more digits.
fn trunks(order: u32) -> Settings {
    let mut settings = office();
    settings.features.route_order = RouteOrder::numbered(order);
    for (place, pattern) in [(0, "0..."), (1, "01..")] {
        settings.lines.push(LineSettings {
            route: RoutePattern::parse(pattern),
            preference: place,
            huntstop: false,
            cti_watch: false,
            ..line(&format!("trunk:{place}"), "", Channels::Unlimited)
        });
        let named = station(&format!("trunk{place}"), &[3 + u32::from(place)]);
        settings.stations.push(StationSettings { autonomous: true, trunk: Some(Transit::Refused), ..named });
    }
    settings
}

/// The trunks that a call rings at, one after the other while none takes it.
fn tried(bench: &mut Bench) -> Vec<StationId> {
    let mut tried = Vec::new();
    bench.dial(ALICE, "0123");
    while let Some(there) = [FIRST, SECOND].into_iter().find(|id| !bench.looks(*id).is_empty()) {
        tried.push(there);
        let reference = bench.switch.station_view(there).appearances[0].reference;
        let act = Act::Declines(reference, EventCause::NetworkCongestion);
        bench.station(there, StationInput::Act(act));
    }
    bench.on_hook(ALICE);
    tried
}

#[test]
fn trunks_are_tried_in_the_order_that_is_configured() {
    let (by_preference, by_length) = ([FIRST, SECOND], [SECOND, FIRST]);
    for (order, expected) in [(0, by_length), (1, by_length), (2, by_preference), (3, by_preference)] {
        let mut bench = Bench::with(trunks(order));
        for _ in 0..3 {
            assert_eq!(tried(&mut bench), expected, "dial-peer hunt {order}");
        }
    }
}

#[test]
fn the_trunk_that_was_used_longest_ago_is_tried_first() {
    let mut bench = Bench::with(trunks(7));
    let first = |bench: &mut Bench| {
        bench.dial(ALICE, "0123");
        let there = [FIRST, SECOND].into_iter().find(|id| !bench.looks(*id).is_empty());
        bench.on_hook(ALICE);
        there
    };
    let used: Vec<_> = (0..4).filter_map(|_| first(&mut bench)).collect();
    assert_eq!(used, [FIRST, SECOND, FIRST, SECOND]);
    assert_eq!(tried(&mut bench), [FIRST, SECOND], "a call that hunts on goes back to none");
}

#[test]
fn trunks_in_random_order_share_the_calls() {
    let mut bench = Bench::with(trunks(6));
    let first = (0..60).filter(|_| tried(&mut bench).first() == Some(&FIRST)).count();
    assert!((15..45).contains(&first), "{first} of 60");
}

#[test]
fn a_trunk_with_as_many_calls_as_it_may_have_is_passed_over() {
    let mut settings = trunks(2);
    settings.lines[3].max_calls = Some(1);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "0123");
    assert!(!bench.looks(FIRST).is_empty());
    bench.dial(BOB, "0123");
    assert!(!bench.looks(SECOND).is_empty(), "the first one is full");
}

#[test]
fn calls_are_transferred_to_other_networks_as_patterns_allow() {
    let pattern = |pattern: &str| crate::TransferPattern { pattern: pattern.into(), blind: false };
    let outcome = |dialled: &str, change: &dyn Fn(&mut Settings)| {
        let mut settings = trunks(0);
        change(&mut settings);
        let mut bench = Bench::with(settings);
        bench.talk(BOB, "201", ALICE);
        bench.transfer(ALICE);
        bench.digits(ALICE, dialled);
        bench.looks(ALICE)
    };
    let (rings, barred) = ("1 OnHold, 1 RingingOut", "1 OnHold, 1 Failed(ReorderTone)");
    assert_eq!(outcome("0123", &|_| {}), barred, "without a pattern to own numbers only");
    assert_eq!(outcome("203", &|_| {}), rings);
    let allows = |settings: &mut Settings| settings.features.transfer_patterns = vec![pattern("012.")];
    assert!(outcome("0123", &allows).starts_with("1 OnHold, 1 "));
    assert_ne!(outcome("0123", &allows), barred);
    assert_eq!(outcome("0133", &allows), barred);
    let blocks = |settings: &mut Settings| {
        allows(settings);
        settings.stations[0].transfers_inside_only = true;
    };
    assert_eq!(outcome("0123", &blocks), barred);
    let limits = |settings: &mut Settings| {
        allows(settings);
        settings.stations[0].transfer_max_length = Some(3);
    };
    assert_eq!(outcome("0123", &limits), barred);
    assert_eq!(outcome("203", &limits), rings);
}

/// Feature codes are for users of this system: who calls in by a trunk would change what the trunk does for everybody.
#[test]
fn what_is_dialled_by_a_trunk_is_no_feature_code() {
    let mut settings = trunks(0);
    let codes = [
        ("**7", FeatureCode::DoNotDisturb),
        ("**1", FeatureCode::ForwardAll),
        ("*5", FeatureCode::HuntGroupLog),
    ];
    settings.features.codes = codes.map(|(code, feature)| (code.into(), feature)).into();
    let mut bench = Bench::with(settings);
    for (token, number) in (1..).zip(["**7", "**1201", "*5"]) {
        let act = Act::Dial {
            token,
            line: 1,
            number: number.into(),
            media: None,
            calling: Some(("0900".into(), "Outside".into())),
            diverted: Vec::new(),
        };
        bench.station(FIRST, StationInput::Act(act));
        bench.seconds(20);
    }
    let forwarding = bench
        .switch
        .lines()
        .devices()
        .any(|(id, _)| bench.switch.lines().forwarding_of(id).immediate.is_some());
    assert!(!forwarding && !bench.switch.station_view(FIRST).do_not_disturb);
    assert_eq!(tried(&mut bench)[0], SECOND, "calls leave as before");
}
