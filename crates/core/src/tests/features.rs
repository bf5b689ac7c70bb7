//! Features of lines and phones that are a setting each.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    Channels, FeatureCode, Intercom, Key, LineSettings, MessageWaitingNumber, Settings, StationId,
    TransferPattern, view::Watched,
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
