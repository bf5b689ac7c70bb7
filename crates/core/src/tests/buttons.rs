//! Buttons with several lines, buttons that expand them, and buttons that watch others.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    ButtonKind, ButtonSettings, Channels, Key, LineSettings, Settings, StationId,
    view::{Watched, WatchedLamp},
};

const DESK: StationId = StationId(3);
const SECOND_DESK: StationId = StationId(4);

/// Two desks have the lines 301 and 302 on one button.
fn overlay(kind: ButtonKind, channels: Channels) -> Settings {
    let mut settings = office();
    settings.lines.extend([line("301", "Sales", channels), line("302", "Service", channels)]);
    for name in ["desk", "second desk"] {
        let mut desk = station(name, &[3]);
        desk.buttons[0].kind = kind;
        desk.buttons[0].further = vec![5];
        settings.stations.push(desk);
    }
    settings
}

fn lamp(bench: &Bench, station: StationId) -> Watched {
    match bench.shown[station.index()].lamps.as_slice() {
        [WatchedLamp { line: 2, shows }] => *shows,
        other => panic!("{other:?}"),
    }
}

/// The office, in which Carol's second button watches Alice's line.
fn watching(kind: ButtonKind) -> Bench {
    let mut settings = office();
    let button = ButtonSettings { button: 2, line: 1, kind, ..ButtonSettings::default() };
    settings.stations[2].buttons.push(button);
    Bench::with(settings)
}

#[test]
fn calls_to_each_line_ring_at_the_one_button() {
    let mut bench = Bench::with(overlay(ButtonKind::Overlay, Channels::Single));
    bench.dial(ALICE, "302");
    for desk in [DESK, SECOND_DESK] {
        assert_eq!(bench.looks(desk), "1 RingingIn { waiting: false }");
    }
    bench.key(DESK, Key::Line { line: 1 });
    assert_eq!(bench.looks(DESK), "1 Connected");
    assert_eq!(bench.looks(SECOND_DESK), "", "what another desk does there is not shown");
    bench.dial(SECOND_DESK, "202");
    assert_eq!(bench.parties(BOB), "< 301 Sales", "the first line that is free");
}

#[test]
fn without_call_waiting_a_second_call_rings_elsewhere_only() {
    let mut bench = Bench::with(overlay(ButtonKind::Overlay, Channels::Single));
    bench.talk(ALICE, "301", DESK);
    bench.dial(BOB, "302");
    assert_eq!(bench.looks(DESK), "1 Connected");
    assert_eq!(bench.looks(SECOND_DESK), "1 RingingIn { waiting: false }");
    bench.answer(SECOND_DESK);
    assert_eq!(bench.looks(SECOND_DESK), "1 Connected");
}

#[test]
fn when_no_phone_has_room_the_line_is_busy() {
    let mut settings = overlay(ButtonKind::Overlay, Channels::Single);
    settings.stations.truncate(4);
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "301", DESK);
    bench.dial(BOB, "302");
    assert_eq!(bench.looks(BOB), "1 Failed(Busy)");
}

#[test]
fn a_call_that_is_hidden_is_shown_when_the_other_is_over() {
    let mut settings = overlay(ButtonKind::Overlay, Channels::Single);
    settings.stations.truncate(4);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "301");
    bench.dial(BOB, "302");
    bench.answer(DESK);
    assert_eq!(bench.looks(DESK), "1 Connected");
    assert_eq!(bench.looks(BOB), "1 RingingOut");
    bench.on_hook(DESK);
    assert_eq!(bench.looks(DESK), "1 RingingIn { waiting: false }");
}

#[test]
fn with_call_waiting_a_second_call_waits() {
    let mut bench = Bench::with(overlay(ButtonKind::CallWaitingOverlay, Channels::Single));
    bench.talk(ALICE, "301", DESK);
    bench.dial(BOB, "302");
    assert_eq!(bench.looks(DESK), "1 Connected, 1 RingingIn { waiting: true }");
    bench.key(DESK, Key::Line { line: 1 });
    assert_eq!(bench.looks(DESK), "1 OnHold, 1 Connected");
}

#[test]
fn what_is_held_at_an_overlay_is_taken_back_there_only_unless_it_has_eight_channels() {
    for (channels, others_see) in [(Channels::Single, ""), (Channels::Octo, "1 RemoteHold")] {
        let mut bench = Bench::with(overlay(ButtonKind::Overlay, channels));
        bench.talk(ALICE, "301", DESK);
        bench.hold(DESK);
        assert_eq!(bench.looks(SECOND_DESK), others_see);
        bench.key(SECOND_DESK, Key::Resume { line: 1, reference: 0 });
        let taken = if channels == Channels::Octo { "1 Connected" } else { "" };
        assert_eq!(bench.looks(SECOND_DESK), taken);
    }
}

#[test]
fn an_expansion_button_takes_the_second_call() {
    let mut settings = overlay(ButtonKind::Overlay, Channels::Single);
    settings.stations.truncate(4);
    let expansion =
        ButtonSettings { button: 2, line: 4, kind: ButtonKind::Expansion(1), ..ButtonSettings::default() };
    settings.stations[3].buttons.push(expansion);
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "301", DESK);
    bench.dial(BOB, "302");
    assert_eq!(bench.looks(DESK), "1 Connected, 2 RingingIn { waiting: true }");
    bench.key(DESK, Key::Line { line: 2 });
    assert_eq!(bench.looks(DESK), "1 OnHold, 2 Connected");
    bench.key(DESK, Key::Line { line: 1 });
    assert_eq!(bench.looks(DESK), "1 Connected, 2 OnHold");
    bench.on_hook(DESK);
    assert_eq!(bench.looks(DESK), "2 OnHold", "a call stays at its button");
}

#[test]
fn a_monitor_button_shows_the_line_and_calls_it() {
    let mut bench = watching(ButtonKind::Monitor);
    assert_eq!(lamp(&bench, CAROL), Watched::Idle);
    bench.dial(BOB, "201");
    assert_eq!((lamp(&bench, CAROL), bench.looks(CAROL)), (Watched::Ringing, String::new()));
    bench.answer(ALICE);
    assert_eq!(lamp(&bench, CAROL), Watched::InUse);
    bench.hold(ALICE);
    assert_eq!(lamp(&bench, CAROL), Watched::Held);
    bench.on_hook(BOB);
    assert_eq!(lamp(&bench, CAROL), Watched::Idle);
    bench.key(CAROL, Key::Line { line: 2 });
    assert_eq!(bench.parties(ALICE), "< 203 Carol");
}

#[test]
fn a_watch_button_shows_the_phone_whatever_line_it_uses() {
    let mut settings = office();
    settings.lines.push(line("204", "Alice's second", Channels::Single));
    settings.stations[0].buttons.push(ButtonSettings::line(2, 4, Default::default()));
    let watch = ButtonSettings { button: 2, line: 1, kind: ButtonKind::Watch, ..ButtonSettings::default() };
    settings.stations[2].buttons.push(watch);
    let mut bench = Bench::with(settings);
    bench.key(ALICE, Key::Line { line: 2 });
    assert_eq!(lamp(&bench, CAROL), Watched::InUse);
    bench.on_hook(ALICE);
    assert_eq!(lamp(&bench, CAROL), Watched::Idle);
    bench.key(ALICE, Key::DoNotDisturb { line: 0, reference: 0 });
    assert_eq!(lamp(&bench, CAROL), Watched::InUse);
}

#[test]
fn a_button_keeps_its_instance_when_one_before_it_is_empty() {
    let mut settings = office();
    settings.stations[2].buttons[0].button = 2;
    let mut bench = Bench::with(settings);
    bench.handle(crate::Input::Configure(crate::Change::RemoveLine(1)));
    let added = LineSettings { tag: 1, ..line("201", "Alice", Channels::Dual) };
    bench.handle(crate::Input::Configure(crate::Change::Line(Box::new(added))));
    bench.dial(BOB, "203");
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: false }");
}
