//! One line on several phones, and one phone with several lines.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{Channels, Key, StationInput};

/// Bob's line is also on Carol's phone, as its second button.
fn shared(channels: Channels) -> Bench {
    let mut settings = office();
    settings.lines[1].channels = channels;
    settings.stations[2] = station("carol", &[2, 1]);
    Bench::with(settings)
}

#[test]
fn both_phones_ring_one_answers_the_other_shows_it_in_use() {
    let mut bench = shared(Channels::Single);
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    assert_eq!(bench.looks(CAROL), "2 RingingIn { waiting: false }");
    bench.off_hook(CAROL);
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("1 RemoteInUse", "2 Connected"));
    bench.key(BOB, Key::Line { line: 1 });
    assert_eq!(bench.looks(BOB), "1 RemoteInUse, refused ResourceBusy");
    bench.key(BOB, Key::EndCall { line: 1, reference: 0 });
    assert_eq!(bench.looks(BOB), "1 RemoteInUse");
    bench.on_hook(CAROL);
    assert_eq!(bench.looks(BOB), "");
}

#[test]
fn a_phone_cannot_touch_what_another_talks_on() {
    let mut bench = shared(Channels::Single);
    bench.talk(ALICE, "202", CAROL);
    let reference = bench.reference(bench.connection("202", 0));
    for key in [
        Key::OffHook { line: 1, reference },
        Key::OnHook { line: 1, reference },
        Key::EndCall { line: 1, reference },
        Key::Hold { line: 1, reference },
        Key::Resume { line: 1, reference },
        Key::Answer { line: 1, reference },
    ] {
        bench.key(BOB, key.clone());
        assert_eq!(bench.looks(CAROL), "2 Connected", "{key:?}");
    }
    bench.expect("");
}

#[test]
fn a_call_held_at_one_phone_is_retrieved_at_the_other() {
    let mut bench = shared(Channels::Single);
    bench.talk(ALICE, "202", BOB);
    bench.hold(BOB);
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("1 OnHold", "2 RemoteHold"));
    bench.outputs();
    bench.key(CAROL, Key::Line { line: 2 });
    bench.expect(
        "201[1] Retrieved 1/202 connected Normal
         202[2] Retrieved 1/202 connected Normal",
    );
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("1 RemoteInUse", "2 Connected"));
}

#[test]
fn the_phone_in_a_call_on_a_dual_line_has_both_channels() {
    let mut bench = shared(Channels::Dual);
    bench.talk(ALICE, "202", BOB);
    bench.key(CAROL, Key::Line { line: 2 });
    assert_eq!(bench.looks(CAROL), "2 RemoteInUse, refused ResourceBusy");
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(BOB), "1 Connected, 1 RingingIn { waiting: true }");
    assert_eq!(bench.looks(CAROL), "1 RingingOut, 2 RemoteInUse");
    let waiting = bench.reference(bench.connection("202", 1));
    bench.key(CAROL, Key::Answer { line: 2, reference: waiting });
    assert_eq!(bench.looks(CAROL), "1 RingingOut, 2 RemoteInUse, refused ResourceBusy");
    bench.key(CAROL, Key::OffHook { line: 0, reference: 0 });
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "1 RingingOut, 2 RingingIn { waiting: true }", "the line is free for all");
}

#[test]
fn an_octo_line_is_shared_channel_by_channel() {
    let mut bench = shared(Channels::Octo);
    bench.talk(ALICE, "202", BOB);
    bench.key(CAROL, Key::Line { line: 2 });
    assert_eq!(bench.looks(BOB), "1 Connected, 1 RemoteInUse");
    assert_eq!(bench.looks(CAROL), "2 RemoteInUse, 2 Dialling");
}

#[test]
fn only_the_last_held_call_of_a_dual_line_can_be_retrieved_at_another_phone() {
    let mut bench = shared(Channels::Dual);
    bench.talk(ALICE, "202", BOB);
    bench.hold(BOB);
    bench.dial(CAROL, "202");
    assert_eq!(
        bench.looks(CAROL),
        "1 RingingOut, 2 RemoteHold",
        "the second call rings at Bob's phone alone"
    );
    bench.key(BOB, Key::Line { line: 1 });
    assert_eq!(bench.looks(CAROL), "1 Connected, 2 RemoteInUse, 2 RemoteInUse");
    let held = bench.reference(bench.connection("202", 0));
    bench.key(CAROL, Key::Resume { line: 2, reference: held });
    assert_eq!(bench.looks(CAROL), "1 Connected, 2 RemoteInUse, 2 RemoteInUse, refused ResourceBusy");
    bench.on_hook(CAROL);
    assert_eq!(bench.looks(CAROL), "2 RemoteHold");
    bench.key(CAROL, Key::Line { line: 2 });
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("1 RemoteInUse", "2 Connected"));
}

#[test]
fn a_declined_call_rings_nowhere_when_its_phone_takes_the_dual_line() {
    let mut bench = shared(Channels::Dual);
    bench.dial(ALICE, "202");
    bench.end_call(BOB);
    assert_eq!(bench.looks(CAROL), "2 RingingIn { waiting: false }");
    bench.off_hook(BOB);
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("1 Dialling", "2 RemoteInUse"));
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn a_dual_line_is_busy_while_its_phone_is_lost_in_a_call() {
    let mut bench = shared(Channels::Dual);
    bench.talk(ALICE, "202", BOB);
    bench.station(BOB, StationInput::Lost);
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(CAROL), "1 Failed(Busy), 2 RemoteInUse");
}

#[test]
fn a_user_who_declines_silences_one_phone() {
    let mut bench = shared(Channels::Single);
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.end_call(BOB);
    bench.expect("");
    assert_eq!(
        (bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()),
        ("", "2 RingingIn { waiting: false }")
    );
    bench.off_hook(BOB);
    assert_eq!(bench.looks(BOB), "refused ResourceBusy", "the call is not answered by accident");
    bench.on_hook(BOB);
    bench.off_hook(CAROL);
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("1 RemoteInUse", "2 Connected"));
}

#[test]
fn a_call_that_everybody_declines_is_rejected() {
    let declines: [fn(&mut Bench); 3] = [
        |bench| bench.end_call(CAROL),
        |bench| bench.station(CAROL, StationInput::Unregister),
        |bench| {
            bench.station(CAROL, StationInput::Lost);
            bench.expect("");
            bench.seconds(5);
        },
    ];
    for decline in declines {
        let mut bench = shared(Channels::Single);
        bench.dial(ALICE, "202");
        bench.end_call(BOB);
        bench.outputs();
        decline(&mut bench);
        let events = bench.outputs();
        assert!(events.starts_with("201[1] ConnectionCleared 1/202 connected NormalClearing"), "{events}");
        assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("1 Failed(Busy)", ""));
    }
}

#[test]
fn an_application_rejects_for_all_phones() {
    let mut bench = shared(Channels::Single);
    bench.dial(ALICE, "202");
    bench.request(crate::Request::ClearConnection(bench.connection("202", 0))).unwrap();
    assert_eq!((bench.looks(BOB).as_str(), bench.looks(CAROL).as_str()), ("", ""));
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
}

#[test]
fn the_call_goes_on_ringing_when_one_of_the_phones_leaves() {
    let mut bench = shared(Channels::Single);
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.station(BOB, StationInput::Unregister);
    bench.expect("");
    assert_eq!(bench.looks(CAROL), "2 RingingIn { waiting: false }");
    bench.station(CAROL, StationInput::Unregister);
    bench.expect(
        "201[1] Failed 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         202[2] OutOfService
         203[3] OutOfService",
    );
}

#[test]
fn service_changes_with_the_last_phone_that_leaves_and_the_first_that_comes() {
    let mut bench = shared(Channels::Single);
    bench.station(BOB, StationInput::Unregister);
    bench.expect("");
    bench.talk(ALICE, "203", CAROL);
    bench.station(CAROL, StationInput::Lost);
    bench.station(BOB, StationInput::Register(crate::CodecSet::EMPTY));
    bench.station(BOB, StationInput::Unregister);
    bench.station(CAROL, StationInput::Register(crate::CodecSet::EMPTY));
    bench.expect("");
    bench.on_hook(CAROL);
    bench.outputs();
    bench.station(CAROL, StationInput::Lost);
    bench.expect("202[2] OutOfService\n203[3] OutOfService");
    bench.station(BOB, StationInput::Register(crate::CodecSet::EMPTY));
    bench.expect("202[2] BackInService");
}

#[test]
fn a_line_on_two_buttons_rings_once_and_fails_once() {
    let mut settings = office();
    settings.stations[1] = station("bob", &[1, 1]);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "202");
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }, 2 RingingIn { waiting: false }");
    bench.outputs();
    bench.station(BOB, StationInput::Unregister);
    bench.expect(
        "201[1] Failed 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         202[2] OutOfService",
    );
}

#[test]
fn a_line_on_two_buttons_is_one_line() {
    let mut settings = office();
    settings.stations[1] = station("bob", &[1, 1]);
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    assert_eq!(bench.looks(BOB), "1 Connected, 2 RemoteInUse", "his ear is at one of the buttons");
    let view = bench.switch.station_view(BOB);
    assert!(view.appearances.iter().all(|shown| !shown.display.is_ringing()), "{view:?}");
    assert_eq!(bench.shown[BOB.index()], view, "both buttons were drawn again");
    let media: Vec<bool> = view.appearances.iter().map(|shown| shown.media.is_some()).collect();
    assert_eq!(media, [true, false], "and one of them has the audio");
    bench.key(BOB, Key::Hold { line: 1, reference: 0 });
    assert_eq!(bench.looks(BOB), "1 OnHold, 2 RemoteInUse");
    bench.key(BOB, Key::Line { line: 2 });
    assert_eq!(bench.looks(BOB), "1 Connected, 2 RemoteInUse", "either button takes it up");
    bench.outputs();
    bench.station(BOB, StationInput::Unregister);
    bench.expect(
        "201[1] ConnectionCleared 1/202 connected DestOutOfOrder
         202[2] ConnectionCleared 1/202 null DestOutOfOrder
         201[1] ConnectionCleared 1/201 null DestOutOfOrder
         202[2] OutOfService",
    );
}

#[test]
fn off_hook_answers_and_end_call_rejects_the_line_it_names() {
    let mut settings = office();
    settings.lines.push(line("204", "Carol too", Channels::Single));
    settings.stations[2] = station("carol", &[2, 3]);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "203");
    bench.dial(BOB, "204");
    bench.key(CAROL, Key::OffHook { line: 2, reference: 0 });
    assert_eq!(bench.looks(CAROL), "1 RingingIn { waiting: true }, 2 Connected");
    bench.key(CAROL, Key::EndCall { line: 1, reference: 0 });
    assert_eq!(bench.looks(CAROL), "2 Connected", "the ringing line was named");
    bench.on_hook(ALICE);
    bench.dial(ALICE, "203");
    bench.key(CAROL, Key::Line { line: 1 });
    assert_eq!(bench.looks(CAROL), "1 Connected, 2 OnHold");
}
