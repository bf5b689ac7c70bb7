//! Numbers: digit by digit, at once, again, by button; overlaps, wildcards, secondary numbers and hunting.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, party};
use crate::{
    Channels, ForwardingType, HuntGroup, Key, LineSettings, LineTranslation, Match, NumberRules, Refusal,
    RoutePattern, Settings, StationInput,
};

/// The office with a line whose number goes on where Bob's ends.
fn overlapping() -> Bench {
    let mut settings = office();
    settings.lines[2].number = "2021".into();
    Bench::with(settings)
}

#[test]
fn a_number_that_could_go_on_waits_for_the_interdigit_timeout() {
    let mut bench = overlapping();
    bench.dial(ALICE, "202");
    bench.seconds(9);
    assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("1 Dialling", ""));
    bench.seconds(1);
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
}

/// The office where 9 and a number from Alice's line call that number, 8 nobody, and she is shown to others as 5201; Carol's
/// phone shows callers without the first digit.
fn translating() -> Bench {
    let mut settings = office();
    settings.lines[0].from_phone = LineTranslation {
        called: NumberRules::new("9", |number| match number.strip_prefix('8') {
            None => Some(number.strip_prefix('9').unwrap_or(number).into()),
            Some(_) => None,
        }),
        calling: NumberRules::new("5", |number| Some(format!("5{number}").into())),
    };
    settings.lines[2].to_phone.calling = NumberRules::new(".", |number| number.get(1..).map(Into::into));
    Bench::with(settings)
}

#[test]
fn what_a_line_dials_is_translated_and_so_is_how_its_calls_are_shown() {
    let mut bench = translating();
    bench.off_hook(ALICE);
    for digit in "9202".chars() {
        bench.key(ALICE, Key::Digit(digit));
    }
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    assert_eq!((bench.parties(BOB), bench.parties(ALICE)), ("< 5201 Alice".into(), "> 202 Bob".into()));
    bench.on_hook(ALICE);
    bench.make_call("201", "9203", false).unwrap();
    assert_eq!(bench.parties(CAROL), "< 201 Alice");
    bench.on_hook(ALICE);
    bench.dial(BOB, "203");
    assert_eq!(bench.parties(CAROL), "< 02 Bob");
    bench.on_hook(BOB);
    bench.dial(BOB, "9203");
    assert_eq!(bench.looks(BOB), "1 Failed(DestNotObtainable)", "at other lines nothing is translated");
    bench.on_hook(BOB);
    bench.dial(ALICE, "8203#");
    assert_eq!(bench.looks(ALICE), "1 Failed(ReorderTone)");
    bench.on_hook(ALICE);
    assert_eq!(bench.make_call("201", "8203", false), Err(Refusal::InvalidCalledDevice));
}

#[test]
fn applications_call_what_is_expanded() {
    let mut settings = office();
    settings.features.expansions = vec![("8..".into(), "2..".into())];
    let mut bench = Bench::with(settings);
    bench.make_call("201", "802", false).unwrap();
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    assert_eq!(bench.make_call("203", "702", false), Err(Refusal::InvalidCalledDevice));
}

#[test]
fn what_is_expanded_is_reached_by_diversions_and_hunt_groups_too() {
    let mut settings = office();
    settings.features.expansions = vec![("8..".into(), "2..".into())];
    let group =
        HuntGroup { members: vec!["803".into()], final_number: Some("801".into()), ..HuntGroup::default() };
    settings
        .lines
        .push(LineSettings { hunt_group: Some(Box::new(group)), ..line("500", "Sales", Channels::Octo) });
    let mut bench = Bench::with(settings);
    bench.forward("202", ForwardingType::Immediate, Some("803")).unwrap();
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "500");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    bench.key(CAROL, Key::HuntGroupLog);
    bench.dial(BOB, "500");
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
}

#[test]
fn each_digit_starts_the_interdigit_timeout_anew() {
    let mut bench = overlapping();
    bench.off_hook(ALICE);
    for digit in "202".chars() {
        bench.seconds(9);
        bench.key(ALICE, Key::Digit(digit));
    }
    bench.seconds(9);
    bench.key(ALICE, Key::Digit('1'));
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

#[test]
fn a_hash_or_the_dial_key_ends_the_number() {
    for end in [Key::Digit('#'), Key::Dial] {
        let mut bench = overlapping();
        bench.dial(ALICE, "202");
        bench.key(ALICE, end);
        assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    }
}

#[test]
fn an_unfinished_number_fails_when_no_digit_follows() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "20");
    bench.outputs();
    bench.seconds(10);
    bench.expect(
        "201[1] Originated 1/201 connected NewCall
         201[1] Failed 1/201 fail DestNotObtainable",
    );
}

#[test]
fn backspace_takes_digits_back() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "23");
    assert_eq!(bench.looks(ALICE), "1 Failed(DestNotObtainable)", "nothing begins with 23");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "20");
    bench.key(ALICE, Key::Backspace);
    bench.key(ALICE, Key::Backspace);
    bench.key(ALICE, Key::Backspace);
    assert_eq!(bench.switch.station_view(ALICE).appearances[0].digits, "");
    bench.digits(ALICE, "203");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

#[test]
fn what_is_no_digit_is_not_dialled() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "2x0 é");
    assert_eq!(bench.switch.station_view(ALICE).appearances[0].digits, "20");
}

#[test]
fn a_whole_number_at_once() {
    let mut bench = overlapping();
    bench.key(ALICE, Key::Enbloc { line: 1, number: "202".into() });
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 202
         201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
    bench.end_call(ALICE);
    bench.off_hook(ALICE);
    bench.key(ALICE, Key::Enbloc { line: 1, number: "2021".into() });
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    assert_eq!(bench.switch.calls().len(), 1);
}

#[test]
fn a_number_without_end_is_cut_and_not_kept() {
    let mut bench = Bench::new();
    bench.key(ALICE, Key::Enbloc { line: 1, number: "9".repeat(10_000).into() });
    assert_eq!(bench.switch.station_view(ALICE).appearances[0].digits.len(), 24);
}

#[test]
fn redial_dials_the_last_number_again() {
    let mut bench = Bench::new();
    bench.key(ALICE, Key::Redial { line: 1 });
    assert_eq!(bench.looks(ALICE), "refused InvalidCalledDevice", "nothing was dialled yet");
    bench.dial(ALICE, "203");
    bench.on_hook(ALICE);
    bench.key(ALICE, Key::Redial { line: 0 });
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

/// Alice has speed dials to Bob and Carol, and talks to Bob.
fn with_speed_dials(direct_station_select: bool) -> Bench {
    let mut settings = office();
    settings.features.direct_station_select = direct_station_select;
    settings.stations[0].speed_dials = vec![("202".into(), "Bob".into()), ("203".into(), "Carol".into())];
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    bench.outputs();
    bench
}

#[test]
fn a_speed_dial_sends_its_digits_into_the_call() {
    let mut bench = with_speed_dials(false);
    bench.key(ALICE, Key::SpeedDial { instance: 2 });
    bench.expect(
        "201[1] DigitsGenerated 1/201 203
         202[2] DigitsGenerated 1/201 203",
    );
    assert_eq!(bench.shown[BOB.index()].appearances[0].heard, Some('2'));
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), ("1 Connected".into(), String::new()));
    bench.key(ALICE, Key::Transfer { line: 0, reference: 0 });
    bench.key(ALICE, Key::SpeedDial { instance: 2 });
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 RingingOut");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    bench.key(ALICE, Key::SpeedDial { instance: 3 });
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 RingingOut, refused InvalidCalledDevice");
}

#[test]
fn a_speed_dial_transfers_the_call_where_buttons_select_stations() {
    let mut bench = with_speed_dials(true);
    bench.key(ALICE, Key::SpeedDial { instance: 2 });
    assert_eq!(bench.looks(ALICE), "");
    assert_eq!(bench.looks(BOB), "1 RingingOut");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

#[test]
fn a_wildcard_stands_for_one_digit() {
    let mut settings = office();
    settings.lines[1].number = "5..".into();
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "541");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    assert_eq!(party(&bench.switch.station_view(ALICE).appearances[0].called), "541 Bob");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "5*");
    assert_eq!(bench.looks(ALICE), "1 Failed(DestNotObtainable)");
}

#[test]
fn a_secondary_number_reaches_the_same_line() {
    let mut settings = office();
    settings.lines[1].secondary = Some("8202".into());
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "8202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    assert_eq!(party(&bench.switch.station_view(BOB).appearances[0].called), "8202 Bob");
}

#[test]
fn a_number_of_another_network_that_is_complete_waits_for_nothing() {
    let mut settings = office();
    for (place, pattern) in ["9[1-7,9]......", "9911", "91[2-9].........", "T"].into_iter().enumerate() {
        let route = RoutePattern::parse(pattern);
        assert!(route.is_some(), "{pattern}");
        settings
            .lines
            .push(LineSettings { route, ..line(&format!("trunk:{place}"), "", Channels::Unlimited) });
    }
    let bench = Bench::with(settings);
    for (digits, expected) in [
        ("9", Match::CompleteOrMore),
        ("9911", Match::Complete),
        ("991", Match::CompleteOrMore),
        ("92555555", Match::Complete),
        ("91255555", Match::Complete),
        ("8123", Match::CompleteOrMore),
        ("201", Match::Complete),
    ] {
        assert_eq!(bench.switch.lines().dial_plan().lookup(digits), expected, "{digits}");
    }
}

#[test]
fn what_digits_mean() {
    let mut settings = office();
    settings.lines[1].number = "2021".into();
    settings.lines[2].number = "202".into();
    settings.lines.push(line("30.", "", Channels::Single));
    settings.lines.push(line("*8", "", Channels::Single));
    settings.lines.push(line("", "", Channels::Single));
    let bench = Bench::with(settings);
    for (digits, expected) in [
        ("2", Match::Incomplete),
        ("202", Match::CompleteOrMore),
        ("2021", Match::Complete),
        ("20211", Match::None),
        ("30", Match::Incomplete),
        ("300", Match::Complete),
        ("30*", Match::None),
        ("*", Match::Incomplete),
        ("*8", Match::Complete),
        ("9", Match::None),
        ("", Match::Incomplete),
    ] {
        assert_eq!(bench.switch.lines().dial_plan().lookup(digits), expected, "{digits:?}");
    }
}

/// Bob's and Carol's lines share the number 300.
fn hunting(change: impl FnOnce(&mut Settings)) -> Bench {
    let mut settings = office();
    for shared in &mut settings.lines[1..] {
        shared.number = "300".into();
        shared.channels = Channels::Single;
        shared.huntstop = false;
    }
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.stations.push(super::bench::station("dave", &[3]));
    change(&mut settings);
    Bench::with(settings)
}

const DAVE: crate::StationId = crate::StationId(3);

#[test]
fn the_preferred_line_rings_first() {
    let mut bench = hunting(|settings| settings.lines[1].preference = 5);
    bench.dial(ALICE, "300");
    assert_eq!(
        (bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()),
        ("", "1 RingingIn { waiting: false }")
    );
}

#[test]
fn a_call_hunts_on_from_a_busy_line_to_the_next_with_the_number() {
    let mut bench = hunting(|_| {});
    bench.dial(DAVE, "300");
    bench.dial(ALICE, "300");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
    assert_eq!(party(&bench.switch.station_view(ALICE).appearances[0].called), "300 Carol");
}

#[test]
fn a_call_that_is_not_taken_hunts_on_to_the_next_line_with_the_number() {
    type NotTaken = fn(&mut Bench);
    let not_taken: [NotTaken; 3] = [
        |bench| bench.end_call(BOB),
        |bench| bench.seconds(180),
        |bench| bench.station(BOB, StationInput::Unregister),
    ];
    for not_taken in not_taken {
        let mut bench = hunting(|_| {});
        bench.dial(ALICE, "300");
        bench.outputs();
        not_taken(&mut bench);
        bench.expect("");
        assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
        assert_eq!(party(&bench.switch.station_view(ALICE).appearances[0].called), "300 Carol");
        assert_eq!((bench.looks(BOB).as_str(), bench.looks(ALICE).as_str()), ("", "1 RingingOut"));
        bench.end_call(CAROL);
        assert_eq!(bench.looks(ALICE), "1 Failed(Busy)", "there is no further line");
        assert_eq!(bench.looks(BOB), "", "it does not begin anew");
    }
}

#[test]
fn huntstop_keeps_the_call_at_a_line_that_does_not_take_it() {
    let mut bench = hunting(|settings| settings.lines[1].huntstop = true);
    bench.dial(ALICE, "300");
    bench.end_call(BOB);
    assert_eq!((bench.looks(ALICE).as_str(), bench.looks(CAROL).as_str()), ("1 Failed(Busy)", ""));
}

#[test]
fn huntstop_keeps_the_call_at_the_busy_line() {
    let mut bench = hunting(|settings| settings.lines[1].huntstop = true);
    bench.dial(DAVE, "300");
    bench.dial(ALICE, "300");
    assert_eq!((bench.looks(ALICE).as_str(), bench.looks(CAROL).as_str()), ("1 Failed(Busy)", ""));
}

#[test]
fn a_line_without_phone_does_not_stop_the_hunt() {
    let mut bench = hunting(|settings| settings.lines[1].huntstop = true);
    bench.station(BOB, StationInput::Unregister);
    bench.dial(ALICE, "300");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}
