//! Features of lines and phones that are a setting each.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    Channels, FeatureCode, HuntGroup, Intercom, Key, LineSettings, MessageWaitingNumber, ParkSlot, Settings,
    StationId, TransferPattern, view::Watched,
};

const VOICEMAIL: StationId = StationId(3);

/// The office with a voicemail system, 600.
fn with_voicemail(change: impl FnOnce(&mut Settings)) -> Bench {
    let mut settings = office();
    settings.lines.push(line("600", "Voicemail", Channels::Octo));
    settings.stations.push(station("voicemail", &[3]));
    settings.features.voicemail = Some("600".into());
    change(&mut settings);
    Bench::with(settings)
}

fn message_waits(bench: &Bench, number: &str) -> bool {
    bench.switch.lines().device(bench.device(number)).unwrap().message_waiting()
}

#[test]
fn a_blind_transfer_needs_no_second_press() {
    for by in ["system", "line", "pattern"] {
        let mut settings = office();
        match by {
            "system" => settings.features.blind_transfer = true,
            "line" => settings.lines[0].blind_transfer = Some(true),
            _ => settings
                .features
                .transfer_patterns
                .push(TransferPattern { pattern: "20.".into(), blind: true }),
        }
        let mut bench = Bench::with(settings);
        bench.talk(BOB, "201", ALICE);
        bench.transfer(ALICE);
        bench.digits(ALICE, "203");
        assert_eq!(bench.looks(ALICE), "", "{by}");
        assert_eq!(bench.parties(CAROL), "< 202 Bob", "{by}");
    }
    let mut settings = office();
    settings.features.blind_transfer = true;
    settings.lines[0].blind_transfer = Some(false);
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.transfer(ALICE);
    bench.digits(ALICE, "203");
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 RingingOut", "the line goes before the system");
}

#[test]
fn features_can_be_dialled() {
    let codes = [
        ("**1", FeatureCode::ForwardAll),
        ("**2", FeatureCode::CancelForward),
        ("**5", FeatureCode::PickupDirect),
        ("**7", FeatureCode::DoNotDisturb),
        ("**8", FeatureCode::Redial),
        ("**9", FeatureCode::Voicemail),
        ("*5", FeatureCode::HuntGroupLog),
    ];
    let mut bench = with_voicemail(|settings| {
        settings.features.codes = codes.map(|(code, feature)| (code.into(), feature)).into();
    });
    let forwards = |bench: &Bench| bench.shown[ALICE.index()].forwards.len();
    bench.dial(ALICE, "**1203#");
    assert_eq!((forwards(&bench), bench.looks(ALICE)), (1, String::new()));
    bench.dial(ALICE, "**2");
    assert_eq!((forwards(&bench), bench.looks(ALICE)), (0, String::new()));
    bench.dial(ALICE, "**7");
    assert!(bench.shown[ALICE.index()].do_not_disturb);
    bench.dial(ALICE, "**7");
    assert!(!bench.shown[ALICE.index()].do_not_disturb);
    bench.dial(ALICE, "*5");
    assert!(bench.shown[ALICE.index()].hunt_logged_out);
    bench.dial(BOB, "201");
    bench.dial(CAROL, "**5201");
    assert_eq!(bench.parties(CAROL), "< 202 Bob");
    bench.on_hook(CAROL);
    bench.key(CAROL, Key::Enbloc { line: 0, number: "**9".into() });
    assert_eq!(bench.parties(VOICEMAIL), "< 203 Carol");
    bench.on_hook(CAROL);
    bench.dial(CAROL, "**8");
    assert_eq!(bench.parties(VOICEMAIL), "< 203 Carol");
}

/// Every code of `fac standard`.
fn with_codes(change: impl FnOnce(&mut Settings)) -> Bench {
    let codes = [
        ("**1", FeatureCode::ForwardAll),
        ("**6", FeatureCode::ParkCall),
        ("*3", FeatureCode::JoinHuntGroup),
        ("#3", FeatureCode::LeaveHuntGroups),
        ("#4", FeatureCode::LeaveHuntGroup),
        ("*4", FeatureCode::HuntGroupLogLine),
        ("*6", FeatureCode::TransferToVoicemail),
        ("**10", FeatureCode::FetchParked),
        ("*1", FeatureCode::CancelCallWaiting),
    ];
    with_voicemail(|settings| {
        settings.features.codes = codes.map(|(code, feature)| (code.into(), feature)).into();
        for number in ["701", "702"] {
            let slot =
                LineSettings { park_slot: Some(ParkSlot::default()), ..line(number, "", Channels::Single) };
            settings.lines.push(slot);
        }
        change(settings);
    })
}

#[test]
fn the_longest_code_counts() {
    let mut bench = with_codes(|_| {});
    let forwarded = |bench: &Bench| bench.switch.lines().forwarding_of(bench.device("201")).immediate;
    bench.dial(ALICE, "**1203#");
    assert_eq!(forwarded(&bench).map(|forward| forward.number), Some("203".into()));
    bench.talk(BOB, "203", CAROL);
    bench.transfer(CAROL);
    bench.digits(CAROL, "**6702");
    assert_eq!(bench.shown[CAROL.index()].parked_at.as_deref(), Some("702"));
    bench.dial(ALICE, "**10702");
    assert_eq!(bench.parties(ALICE), "< 202 Bob");
    assert_eq!(forwarded(&bench).map(|forward| forward.number), Some("203".into()));
}

#[test]
fn a_code_may_hold_a_number_sign_and_have_others_stand_for_it() {
    let mut bench = with_codes(|settings| {
        settings.features.codes.insert("*#5".into(), FeatureCode::ForwardAll);
        settings.features.code_aliases =
            [("#44".into(), "*#5203".into()), ("#7".into(), "*#5".into())].into();
    });
    let forwarded = |bench: &Bench, number: &str| {
        let forwarding = bench.switch.lines().forwarding_of(bench.device(number));
        forwarding.immediate.map(|to| to.number)
    };
    bench.dial(ALICE, "*#5202#");
    assert_eq!(forwarded(&bench, "201").as_deref(), Some("202"));
    bench.dial(BOB, "#44");
    assert_eq!(forwarded(&bench, "202").as_deref(), Some("203"));
    bench.dial(CAROL, "#7201#");
    assert_eq!(forwarded(&bench, "203").as_deref(), Some("201"));
}

#[test]
fn a_call_is_parked_at_any_slot_when_none_is_dialled() {
    for end in ["#", ""] {
        let mut bench = with_codes(|_| {});
        bench.talk(BOB, "203", CAROL);
        bench.transfer(CAROL);
        bench.digits(CAROL, &format!("**6{end}"));
        if end.is_empty() {
            bench.seconds(10);
        }
        assert_eq!(bench.shown[CAROL.index()].parked_at.as_deref(), Some("701"), "{end}");
        assert_eq!(bench.looks(CAROL), "");
    }
    let mut bench = with_codes(|_| {});
    bench.dial(CAROL, "**6");
    assert_eq!(bench.looks(CAROL), "refused InvalidFeatureNumber", "there is no call to park");
    bench.on_hook(CAROL);
    bench.talk(BOB, "203", CAROL);
    bench.transfer(CAROL);
    bench.digits(CAROL, "**6201");
    assert_eq!(bench.looks(CAROL), "1 Connected, refused InvalidParkDestination");
}

#[test]
fn a_call_is_transferred_to_the_mailbox_of_somebody_else() {
    let mut bench = with_codes(|_| {});
    bench.talk(BOB, "203", CAROL);
    bench.transfer(CAROL);
    bench.digits(CAROL, "*6201");
    assert_eq!((bench.looks(CAROL), bench.parties(VOICEMAIL)), (String::new(), "< 202 Bob".into()));
    let shown = &bench.switch.station_view(VOICEMAIL).appearances[0];
    let redirection = shown.redirection.as_ref().unwrap();
    assert_eq!(redirection.last().by.number, "201", "whose mailbox it is");
}

#[test]
fn a_line_joins_a_hunt_group_and_leaves_it() {
    let mut bench = with_codes(|settings| {
        settings.lines[2].may_join_hunt_groups = true;
        let group = HuntGroup { members: vec!["201".into(), "*".into()], ..HuntGroup::default() };
        settings
            .lines
            .push(LineSettings { hunt_group: Some(Box::new(group)), ..line("500", "", Channels::Octo) });
        settings.features.codes.insert("*5".into(), FeatureCode::HuntGroupLog);
    });
    // Alice is busy with taking no calls of groups: the second place gets them.
    bench.dial(ALICE, "*5");
    let rings = |bench: &mut Bench| {
        bench.dial(BOB, "500");
        let rings = bench.looks(CAROL).contains("RingingIn");
        bench.on_hook(BOB);
        rings
    };
    assert!(!rings(&mut bench));
    bench.dial(ALICE, "*3500");
    assert!(bench.looks(ALICE).contains("refused"), "it may not join");
    bench.dial(CAROL, "*3500");
    assert!(rings(&mut bench));
    bench.dial(CAROL, "*4");
    assert!(!rings(&mut bench), "the line is logged out");
    bench.dial(CAROL, "*4");
    assert!(rings(&mut bench));
    bench.dial(CAROL, "#4500");
    assert!(!rings(&mut bench));
    bench.dial(CAROL, "*3500");
    bench.dial(CAROL, "#3");
    assert!(!rings(&mut bench));
    bench.dial(CAROL, "#3");
    assert!(bench.looks(CAROL).contains("refused"), "it is in none");
}

#[test]
fn who_has_joined_a_hunt_group_or_takes_no_calls_of_it_is_so_after_a_restart() {
    let office = || {
        with_codes(|settings| {
            settings.lines[2].may_join_hunt_groups = true;
            let group = HuntGroup { members: vec!["201".into(), "*".into()], ..HuntGroup::default() };
            settings
                .lines
                .push(LineSettings { hunt_group: Some(Box::new(group)), ..line("500", "", Channels::Octo) });
            settings.features.codes.insert("*5".into(), FeatureCode::HuntGroupLog);
        })
    };
    let mut before = office();
    before.dial(ALICE, "*5");
    before.dial(CAROL, "*3500");
    let stored = before.stored.clone();
    let after = |logged_out: bool| {
        let mut bench = office();
        stored.iter().for_each(|record| bench.handle(crate::Input::Restore(record.clone())));
        if logged_out {
            bench.dial(CAROL, "*4");
        }
        bench.outputs();
        bench
    };
    let rings = |mut bench: Bench| {
        bench.dial(BOB, "500");
        [ALICE, CAROL].map(|member| bench.looks(member).contains("RingingIn"))
    };
    assert_eq!(rings(after(false)), [false, true]);
    assert_eq!(rings(after(true)), [false, false]);
    before.outputs();
    before.dial(CAROL, "#3");
    assert!(before.outputs().contains("forget hunt/500/1"));
    before.dial(ALICE, "*5");
    assert!(before.outputs().contains("forget hlog/alice"));
}

#[test]
fn a_feature_whose_code_was_dialled_is_confirmed_until_the_next_key() {
    let mut bench = with_codes(|settings| {
        settings.features.codes.insert("**7".into(), FeatureCode::DoNotDisturb);
    });
    bench.dial(ALICE, "**7");
    assert!(bench.shown[ALICE.index()].confirmed);
    bench.dial(ALICE, "*3500");
    assert!(!bench.shown[ALICE.index()].confirmed, "nothing was done");
}

#[test]
fn call_waiting_is_cancelled_for_a_call() {
    let mut bench = with_codes(|_| {});
    bench.dial(ALICE, "*1202");
    bench.answer(BOB);
    assert_eq!(bench.parties(ALICE), "> 202 Bob");
    bench.dial(CAROL, "201");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)");
    bench.on_hook(CAROL);
    bench.on_hook(BOB);
    bench.talk(ALICE, "202", BOB);
    bench.dial(CAROL, "201");
    assert_eq!(bench.looks(CAROL), "1 RingingOut", "the next call is as usual");
}

#[test]
fn channels_behind_the_huntstop_are_for_outgoing_calls() {
    let mut settings = office();
    settings.lines[0].incoming_channels = Some(1);
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.dial(CAROL, "201");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy)");
    bench.on_hook(CAROL);
    bench.transfer(ALICE);
    bench.digits(ALICE, "203");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}

#[test]
fn a_phone_has_only_so_many_calls_on_a_line_with_eight_channels() {
    for (busy_trigger, expected) in [(Some(1), "1 Failed(Busy)"), (None, "1 RingingOut")] {
        let mut settings = office();
        settings.lines[0].channels = Channels::Octo;
        settings.stations[0].busy_trigger_per_button = busy_trigger;
        let mut bench = Bench::with(settings);
        bench.talk(BOB, "201", ALICE);
        bench.dial(CAROL, "201");
        assert_eq!(bench.looks(CAROL), expected);
    }
    let mut settings = office();
    settings.lines[0].channels = Channels::Octo;
    settings.stations[0].max_calls_per_button = Some(1);
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.key(ALICE, Key::NewCall { line: 1 });
    assert_eq!(bench.looks(ALICE), "1 Connected, refused ResourceBusy");
}

#[test]
fn calls_to_a_number_for_it_light_and_put_out_the_lamp() {
    let mut settings = office();
    let indicator = |number: &str, secondary: Option<&str>, message_waiting| LineSettings {
        secondary: secondary.map(Into::into),
        message_waiting: Some(message_waiting),
        ..line(number, "", Channels::Single)
    };
    settings.lines.extend([
        indicator("8001", None, MessageWaitingNumber::On),
        indicator("8002", None, MessageWaitingNumber::Off),
        indicator("9*...*1", Some("9*...*2"), MessageWaitingNumber::OnOff),
    ]);
    let mut bench = Bench::with(settings);
    bench.dial(BOB, "8001");
    assert_eq!((message_waits(&bench, "202"), bench.looks(BOB)), (true, String::new()));
    bench.dial(BOB, "8002");
    assert!(!message_waits(&bench, "202"));
    bench.dial(BOB, "9*201*1");
    assert!(message_waits(&bench, "201") && !message_waits(&bench, "202"));
    assert_eq!(bench.shown[ALICE.index()].message_waiting.as_slice(), [1]);
    bench.dial(BOB, "9*201*2");
    assert!(!message_waits(&bench, "201"));
    bench.expect_nothing_left();
}

/// Alice and Bob have an intercom on their second buttons.
fn with_intercom(change: impl Fn(&mut Intercom)) -> Bench {
    let mut settings = office();
    let end = |number: &str, to: &str| {
        let mut intercom = Intercom { number: to.into(), ..Intercom::default() };
        change(&mut intercom);
        LineSettings { intercom: Some(intercom), ..line(number, "", Channels::Single) }
    };
    settings.lines.extend([end("A1", "A2"), end("A2", "A1")]);
    for (phone, tag) in [(0, 4), (1, 5)] {
        settings.stations[phone].buttons.push(crate::ButtonSettings::line(2, tag, Default::default()));
    }
    Bench::with(settings)
}

#[test]
fn the_other_end_of_an_intercom_answers_by_itself() {
    let mut bench = with_intercom(|_| {});
    bench.key(ALICE, Key::Line { line: 2 });
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("2 Connected".into(), "2 Connected".into()));
    let muted = |bench: &Bench, id: StationId| bench.shown[id.index()].appearances[0].muted;
    assert!(muted(&bench, BOB) && !muted(&bench, ALICE));
    let announced = |bench: &Bench, id: StationId| bench.shown[id.index()].appearances[0].announced;
    assert!(announced(&bench, BOB) && !announced(&bench, ALICE), "who answers by itself says so");
    bench.on_hook(ALICE);

    let mut bench = with_intercom(|intercom| intercom.rings = true);
    bench.key(ALICE, Key::Line { line: 2 });
    assert_eq!(bench.looks(BOB), "2 RingingIn { waiting: false }");
}

#[test]
fn an_intercom_waits_for_a_call_unless_it_may_barge_in() {
    for (barge_in, expected) in
        [(false, "1 Connected, 2 RingingIn { waiting: true }"), (true, "1 OnHold, 2 Connected")]
    {
        let mut bench = with_intercom(|intercom| intercom.barge_in = barge_in);
        bench.talk(CAROL, "202", BOB);
        bench.key(ALICE, Key::Line { line: 2 });
        assert_eq!(bench.looks(BOB), expected);
    }
}

#[test]
fn a_ringing_or_connected_call_is_sent_to_voicemail_by_a_key() {
    let divert = Key::DivertToVoicemail { line: 0, reference: 0 };
    let mut bench = with_voicemail(|_| {});
    bench.dial(BOB, "201");
    bench.key(ALICE, divert.clone());
    assert_eq!((bench.looks(ALICE), bench.parties(VOICEMAIL)), (String::new(), "< 202 Bob".into()));
    bench.on_hook(BOB);
    bench.talk(BOB, "201", ALICE);
    bench.key(ALICE, divert.clone());
    assert_eq!((bench.looks(ALICE), bench.parties(VOICEMAIL)), (String::new(), "< 202 Bob".into()));
    bench.on_hook(BOB);
    bench.key(ALICE, Key::Voicemail);
    assert_eq!(bench.parties(VOICEMAIL), "< 201 Alice");

    let mut bench = Bench::new();
    bench.dial(BOB, "201");
    bench.key(ALICE, divert);
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }, refused InvalidDestination");
}

#[test]
fn a_speed_dial_with_a_lamp_watches_its_number_if_that_allows_it() {
    let mut settings = office();
    settings.lines[0].allow_watch = true;
    settings.stations[2].blf_speed_dials = vec![("201".into(), "Alice".into()), ("202".into(), "Bob".into())];
    let mut bench = Bench::with(settings);
    let lamps = |bench: &Bench| bench.shown[CAROL.index()].blf.clone();
    bench.dial(BOB, "201");
    assert_eq!(lamps(&bench), [Some(Watched::Ringing), None]);
    bench.answer(ALICE);
    assert_eq!(lamps(&bench), [Some(Watched::InUse), None]);
    bench.on_hook(BOB);
    assert_eq!(lamps(&bench), [Some(Watched::Idle), None]);
    bench.key(CAROL, Key::BlfSpeedDial { instance: 1 });
    assert_eq!(bench.parties(ALICE), "< 203 Carol");
}

#[test]
fn further_calls_are_announced_as_both_lines_say() {
    for (accepts, generates, silent) in [(true, true, false), (false, true, true), (true, false, true)] {
        let mut settings = office();
        settings.lines[0].refuses_waiting_beep = !accepts;
        settings.lines[0].gives_no_waiting_beep = !generates;
        let mut bench = Bench::with(settings);
        bench.talk(BOB, "201", ALICE);
        bench.dial(CAROL, "201");
        assert_eq!(bench.shown[ALICE.index()].appearances[1].waits_silently, silent);
    }
}

#[test]
fn there_are_only_so_many_conferences_at_once() {
    let mut settings = office();
    settings.features.max_conferences = Some(0);
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.conference(ALICE);
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    bench.conference(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Connected, refused ResourceBusy");
}

#[test]
fn who_made_a_conference_drops_the_last_party_or_leaves_the_others_together() {
    let mut settings = office();
    settings.stations[0].keep_conference = true;
    settings.stations[0].end_call_leaves_conference = true;
    let mut bench = Bench::with(settings);
    let confer = |bench: &mut Bench| {
        bench.talk(BOB, "201", ALICE);
        bench.conference(ALICE);
        bench.digits(ALICE, "203");
        bench.answer(CAROL);
        bench.conference(ALICE);
    };
    confer(&mut bench);
    bench.key(ALICE, Key::RemoveLastParticipant);
    assert_eq!((bench.parties(ALICE), bench.looks(CAROL)), ("< 202 Bob".into(), String::new()));
    bench.on_hook(BOB);
    bench.on_hook(ALICE);
    confer(&mut bench);
    bench.end_call(ALICE);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), (String::new(), "1 Connected".into()));
    assert_eq!(bench.switch.calls().len(), 1);
}

#[test]
fn the_night_begins_and_ends_by_its_code_at_numbers_with_a_bell() {
    let mut bench = with_codes(|settings| {
        settings.features.codes.insert("*99".into(), FeatureCode::NightService);
        settings.lines[0].night_bell = true;
        settings.lines[0].night_forward = Some("203".into());
    });
    let rings_at_carol = |bench: &mut Bench| {
        bench.dial(BOB, "201");
        let rings = bench.looks(CAROL).contains("RingingIn");
        bench.on_hook(BOB);
        rings
    };
    bench.dial(BOB, "*99");
    assert!(bench.looks(BOB).contains("refused"));
    bench.on_hook(BOB);
    assert!(!rings_at_carol(&mut bench));
    bench.dial(ALICE, "*99");
    assert!(rings_at_carol(&mut bench));
    let night = crate::Hours { night: true, ..crate::Hours::default() };
    bench.handle(crate::Input::Configure(crate::Change::Hours(night)));
    assert!(rings_at_carol(&mut bench), "night by the schedule");
    bench.dial(ALICE, "*99");
    assert!(!rings_at_carol(&mut bench));
}

#[test]
fn who_dials_the_code_in_front_calls_numbers_that_are_blocked_outside_office_hours() {
    let mut bench = with_codes(|settings| {
        settings.features.codes.insert("*77".into(), FeatureCode::OverrideHours);
        let block = |pattern: &str, always| crate::BlockedPattern { pattern: pattern.into(), always };
        settings.features.after_hours_blocks = vec![block("^20[1-2]", false), block("203", true)];
    });
    let closed = crate::Hours { after_hours: true, ..crate::Hours::default() };
    bench.handle(crate::Input::Configure(crate::Change::Hours(closed)));
    let outcome = |bench: &mut Bench, digits: &str| {
        bench.dial(ALICE, digits);
        let looks = bench.looks(ALICE);
        bench.on_hook(ALICE);
        looks
    };
    assert_eq!(outcome(&mut bench, "202"), "1 Failed(Refused)");
    assert_eq!(outcome(&mut bench, "*77202"), "1 RingingOut");
    assert_eq!(outcome(&mut bench, "202"), "1 Failed(Refused)", "for one call only");
    assert_eq!(outcome(&mut bench, "*77203"), "1 Failed(Refused)", "what is blocked always");
}
