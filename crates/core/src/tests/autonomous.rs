//! Phones that act first and tell afterwards, and trunks.

use super::bench::{ALICE, BOB, Bench, CAROL, Hears, line, office, receiver, station};
use crate::{
    Act, Channels, Codec, CodecSet, Description, EventCause, ForwardingType, Input, LineSettings,
    PayloadTypes, Refusal, Request, RequestId, RoutePattern, Settings, StationId, StationInput,
    StationSettings, Transit,
};

const TRUNK: StationId = StationId(3);
const SECOND: StationId = StationId(4);

/// The office, in which Bob has a SIP phone.
fn with_sip_phone() -> Settings {
    let mut settings = office();
    settings.stations[1].autonomous = true;
    settings
}

/// The office with two trunks for numbers of four digits that begin with 0.
fn with_trunks(transit: Transit) -> Settings {
    let mut settings = office();
    for place in 0..2 {
        settings.lines.push(LineSettings {
            route: RoutePattern::parse("0..."),
            preference: place,
            huntstop: false,
            cti_watch: false,
            ..line(&format!("trunk:{place}"), "", Channels::Unlimited)
        });
        let place = u32::from(place);
        let named = station(&format!("trunk{place}"), &[3 + place]);
        settings.stations.push(StationSettings { autonomous: true, trunk: Some(transit), ..named });
    }
    settings
}

fn act(bench: &mut Bench, station: StationId, act: impl FnOnce(u32) -> Act) {
    let view = bench.switch.station_view(station);
    let reference = view.appearances.first().map_or(0, |shown| shown.reference);
    bench.station(station, StationInput::Act(act(reference)));
}

#[test]
fn a_call_is_delivered_when_the_phone_says_that_it_rings() {
    let mut bench = Bench::with(with_sip_phone());
    bench.dial(ALICE, "202");
    let said = |bench: &Bench, kind: &str| {
        bench.events.iter().any(|(_, told)| format!("{:?}", told.event.kind()) == kind)
    };
    assert!(said(&bench, "Originated") && !said(&bench, "Delivered"));
    act(&mut bench, BOB, Act::Rings);
    assert!(said(&bench, "Delivered"));
    act(&mut bench, BOB, |reference| Act::Declines(reference, EventCause::Busy));
    assert!(said(&bench, "Failed"));
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn a_phone_that_plays_no_tone_by_itself_hears_the_one_of_the_engine() {
    let mut bench = Bench::with(with_sip_phone());
    let description = Description {
        address: receiver(4_000),
        codecs: CodecSet::EMPTY.with(Codec::G711Ulaw),
        telephone_event: None,
        digits_by_signalling: false,
        payload_types: PayloadTypes::default(),
        reports: None,
        secured: false,
        behind: None,
    };
    let dial = Act::Dial {
        token: 1,
        line: 1,
        number: "201".into(),
        media: Some(description),
        calling: None,
        diverted: Vec::new(),
    };
    bench.station(BOB, StationInput::Act(dial));
    assert_eq!(bench.hears(BOB), Hears::Nobody, "it plays the tone that 180 means");
    act(&mut bench, BOB, Act::PlaysNoTone);
    assert_eq!(bench.hears(BOB), Hears::RingBack);
    bench.answer(ALICE);
    assert_eq!(bench.hears(BOB), Hears::Device);
}

#[test]
fn keys_of_an_ordinary_phone_reach_who_knows_no_telephone_events() {
    let mut bench = Bench::with(with_sip_phone());
    for digits_by_signalling in [true, false] {
        let description = Description {
            address: receiver(4_000),
            codecs: CodecSet::EMPTY.with(Codec::G711Ulaw),
            telephone_event: Some(101).filter(|_| !digits_by_signalling),
            digits_by_signalling,
            payload_types: PayloadTypes::default(),
            reports: None,
            secured: false,
            behind: None,
        };
        bench.dial(ALICE, "202");
        act(&mut bench, BOB, |reference| Act::Answers(reference, Some(description)));
        bench.digits(ALICE, "5");
        let heard = bench.switch.station_view(BOB).appearances[0].heard;
        assert_eq!(
            heard,
            Some('5').filter(|_| digits_by_signalling),
            "who knows events has them from the phone"
        );
        bench.on_hook(ALICE);
    }
}

#[test]
fn who_asks_a_phone_to_answer_waits_until_it_has_or_cannot() {
    let mut bench = Bench::with(with_sip_phone());
    for can in [true, false] {
        bench.dial(ALICE, "202");
        act(&mut bench, BOB, Act::Rings);
        let alerting = bench.connection("202", 0);
        let request = Request::AnswerCall(alerting);
        bench.switch.handle(bench.now, Input::Request(bench.session, RequestId(77), request));
        let mut answers = Vec::new();
        let mut collect = |bench: &mut Bench| {
            while let Some(output) = bench.switch.poll_output() {
                if let crate::Output::Response(_, RequestId(77), answer) = output {
                    answers.push(answer);
                }
            }
            answers.len()
        };
        assert_eq!(collect(&mut bench), 0, "the phone has not answered");
        assert!(bench.switch.station_view(BOB).appearances[0].asked.is_some());
        let reference = bench.reference(alerting);
        let input = match can {
            true => Act::Answers(reference, None),
            false => Act::Cannot(reference),
        };
        bench.switch.handle(bench.now, Input::Station(BOB, StationInput::Act(input)));
        assert_eq!(collect(&mut bench), 1);
        match can {
            true => assert!(answers[0].is_ok()),
            false => assert_eq!(answers[0], Err(Refusal::RequestIncompatibleWithSubject)),
        }
        bench.on_hook(ALICE);
    }
}

#[test]
fn a_phone_is_asked_to_go_to_another_call_and_leaves_the_active_one_when_it_is_there() {
    use crate::{ConnectionState::*, Output};
    for (arrives, ends) in [(true, false), (true, true), (false, false)] {
        let mut bench = Bench::with(with_sip_phone());
        bench.dial(ALICE, "202");
        act(&mut bench, BOB, |reference| Act::Answers(reference, None));
        act(&mut bench, BOB, Act::Holds);
        bench.dial(CAROL, "202");
        let (held, active) = (bench.connection("202", 0), bench.connection("202", 1));
        let (first, second) = (bench.reference(held), bench.reference(active));
        let bob = |act| Input::Station(BOB, StationInput::Act(act));
        bench.switch.handle(bench.now, bob(Act::Answers(second, None)));
        while bench.switch.poll_output().is_some() {}
        let request = match ends {
            true => Request::ReconnectCall { held, active },
            false => Request::AlternateCall { held, active },
        };
        bench.switch.handle(bench.now, Input::Request(bench.session, RequestId(77), request));
        let asked: Vec<Output> = std::iter::from_fn(|| bench.switch.poll_output()).collect();
        assert!(!asked.iter().any(|output| matches!(output, Output::Event(..) | Output::Response(..))));
        bench.switch.handle(bench.now, bob(Act::Holds(second)));
        let outputs = std::iter::from_fn(|| bench.switch.poll_output());
        assert!(
            outputs.into_iter().all(|output| !matches!(output, Output::Event(..) | Output::Response(..)))
        );
        bench.switch.handle(bench.now, bob(if arrives { Act::Resumes(first) } else { Act::Cannot(first) }));
        let mut answered = None;
        while let Some(output) = bench.switch.poll_output() {
            match output {
                Output::Response(_, RequestId(77), answer) => answered = Some(answer.is_ok()),
                Output::Event(..) => assert!(answered.is_some(), "the response comes first"),
                _ => {}
            }
        }
        assert_eq!(answered, Some(arrives));
        let calls = bench.switch.calls();
        let connections = calls.iter().flat_map(|call| calls.connections(call.id()));
        let own = connections.filter(|own| own.device() == held.device).map(|own| own.state());
        let wanted = match (arrives, ends) {
            (true, false) => vec![Connected, Hold],
            (true, true) => vec![Connected],
            (false, _) => vec![Hold, Hold],
        };
        assert_eq!(own.collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn a_number_of_nobody_here_is_called_by_the_preferred_trunk() {
    let mut bench = Bench::with(with_trunks(Transit::Refused));
    bench.dial(ALICE, "0123");
    assert_eq!(bench.looks(TRUNK), "1 RingingIn { waiting: false }");
    assert!(bench.events.iter().any(|(_, told)| told.event.kind() == crate::EventKind::NetworkReached));
    act(&mut bench, TRUNK, |reference| Act::Declines(reference, EventCause::DestOutOfOrder));
    assert_eq!(bench.looks(SECOND), "1 RingingIn { waiting: false }", "the next trunk");
    act(&mut bench, SECOND, |reference| Act::Answers(reference, None));
    assert_eq!(bench.parties(ALICE), "> 0123");
    act(&mut bench, SECOND, Act::Leaves);
    bench.dial(BOB, "0123");
    act(&mut bench, TRUNK, |reference| Act::Declines(reference, EventCause::Busy));
    assert_eq!((bench.looks(BOB), bench.looks(SECOND)), ("1 Failed(Busy)".into(), String::new()));
}

#[test]
fn a_call_from_outside_stays_inside_unless_transit_is_allowed() {
    for (transit, leaves) in [(Transit::Refused, false), (Transit::Allowed, true)] {
        let mut bench = Bench::with(with_trunks(transit));
        let calling = Some(("0999".into(), "Eve".into()));
        for number in ["201", "0123"] {
            let dial = Act::Dial {
                token: 1,
                line: 1,
                number: number.into(),
                media: None,
                calling: calling.clone(),
                diverted: Vec::new(),
            };
            bench.station(TRUNK, StationInput::Act(dial));
        }
        assert_eq!(bench.parties(ALICE), "< 0999 Eve");
        assert_eq!(!bench.looks(SECOND).is_empty() || bench.looks(TRUNK).contains("RingingIn"), leaves);
    }
}

/// The office with a trunk to numbers that begin with 0 and demand something, and one for emergencies.
fn restricted(abilities: Option<u64>) -> Bench {
    let mut settings = with_trunks(Transit::Refused);
    (settings.lines[3].demands, settings.lines[4].demands) = (0b10, 0b10);
    settings.lines[4].emergency = true;
    settings.lines[4].route = RoutePattern::parse("0112");
    settings.lines[0].abilities = abilities;
    Bench::with(settings)
}

#[test]
fn who_is_not_able_to_call_a_number_hears_reorder_tone_and_who_forwards_neither() {
    for (abilities, reached) in [(None, true), (Some(0b11), true), (Some(0b01), false)] {
        let mut bench = restricted(abilities);
        bench.dial(ALICE, "0123");
        assert_eq!(bench.looks(TRUNK).is_empty(), !reached, "{abilities:?}");
        bench.on_hook(ALICE);
        assert!(bench.forward("201", ForwardingType::Immediate, Some("0123")).is_ok());
        bench.dial(BOB, "201");
        assert_eq!(bench.looks(TRUNK).is_empty(), !reached, "forwarded by who has {abilities:?}");
    }
}

#[test]
fn who_is_not_able_to_call_a_number_transfers_nobody_there() {
    for (abilities, reached) in [(None, true), (Some(0b11), true), (Some(0b01), false)] {
        let mut bench = restricted(abilities);
        bench.dial(BOB, "201");
        bench.answer(ALICE);
        let active = bench.connection("201", 0);
        let done = bench.request(Request::SingleStepTransferCall { active, to: "0123".into() });
        assert_eq!(done.is_ok(), reached, "{abilities:?}: {done:?}");
        assert_eq!(bench.looks(TRUNK).is_empty(), !reached);
        if !reached {
            assert_eq!(done, Err(Refusal::CallBarred));
            assert_eq!(bench.looks(ALICE), "1 Connected", "nothing has changed");
        }
    }
}

#[test]
fn emergency_calls_are_refused_for_no_reason() {
    let mut bench = restricted(Some(0b01));
    bench.handle(Input::CallRate(Some(0)));
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(ALICE), "1 Failed(ReorderTone)", "others are refused");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "0112");
    assert_eq!(bench.looks(SECOND), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    assert_eq!(bench.make_call("201", "202", false), Err(Refusal::PerformanceLimitExceeded));
    assert!(bench.make_call("201", "0112", false).is_ok());
}
