//! Messages that are played into calls and recorded from them, and tones.

use std::time::Duration;

use super::{
    bench::{ALICE, BOB, Bench},
    cti_devices::{PORT, another_session, open, with_devices},
};
use crate::{CtiDeviceKind, Key, LegRole, MediaWay, Refusal, Request, SoundEnds, Tone};

const SECOND: Duration = Duration::from_secs(1);

fn play(bench: &mut Bench, number: &str, message: &str, ends: SoundEnds) -> Result<(), Refusal> {
    let connection = bench.connection(number, 0);
    bench.request(Request::PlayMessage { connection, message: message.into(), ends }).map(drop)
}

fn record(bench: &mut Bench, number: &str, ends: SoundEnds) -> Result<(), Refusal> {
    let connection = bench.connection(number, 0);
    bench.request(Request::RecordMessage { connection, ends }).map(drop)
}

/// A caller at a port whose media is at the server.
fn caller_at_server() -> Bench {
    assert_eq!(with_devices().stations[PORT.index()].cti_device, Some(CtiDeviceKind::Port));
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Auto).unwrap();
    bench.dial(ALICE, "220");
    let id = bench.connection("220", 0);
    bench.request(Request::AnswerCall(id)).unwrap();
    bench.outputs();
    bench
}

/// Two phones that talk.
fn talking() -> Bench {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.answer(BOB);
    bench.outputs();
    bench
}

/// For each leg, whether it hears a sound, and whether it records.
fn legs(bench: &Bench) -> Vec<(bool, bool)> {
    bench.legs.values().map(|state| (state.sound.is_some(), state.recording.is_some())).collect()
}

#[test]
fn a_caller_hears_a_message_in_place_of_the_music_and_silence_after_it() {
    let mut bench = caller_at_server();
    play(&mut bench, "220", "welcome", SoundEnds::default()).unwrap();
    bench.expect("= done");
    assert_eq!(legs(&bench), [(false, false)], "the phone opens another channel first");
    bench.pass(SECOND);
    bench.expect("220[4] Play 1/220 welcome at 0ns Normal");
    assert_eq!(legs(&bench), [(true, false)]);
    assert!(bench.legs.values().all(|leg| matches!(leg.role, LegRole::Mixed(_)) && leg.listens));
    bench.pass(3 * SECOND);
    bench.expect("220[4] Stop 1/220 welcome at 3s EndOfMessage");
    assert_eq!(legs(&bench), [(false, false)]);
    play(&mut bench, "220", "menu", SoundEnds::default()).unwrap();
    bench.expect("= done\n220[4] Play 1/220 menu at 0ns Normal");
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         220[4] ConnectionCleared 1/201 connected NormalClearing
         220[4] Stop 1/220 menu at 0ns Left
         220[4] ConnectionCleared 1/220 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_message_ends_by_digits_by_time_by_another_one_and_by_request() {
    let mut bench = caller_at_server();
    play(&mut bench, "220", "first", SoundEnds { at_digit: true, after: None }).unwrap();
    bench.pass(SECOND);
    bench.outputs();
    bench.key(ALICE, Key::Digit('5'));
    bench.expect(
        "201[1] DigitsGenerated 1/201 5
         220[4] DigitsGenerated 1/201 5
         220[4] Stop 1/220 first at 400ms Digit",
    );
    play(&mut bench, "220", "second", SoundEnds { at_digit: false, after: Some(SECOND) }).unwrap();
    bench.key(ALICE, Key::Digit('6'));
    bench.pass(SECOND);
    bench.expect(
        "= done
         220[4] Play 1/220 second at 0ns Normal
         201[1] DigitsGenerated 1/201 6
         220[4] DigitsGenerated 1/201 6
         220[4] Stop 1/220 second at 1s DurationExceeded",
    );
    play(&mut bench, "220", "third", SoundEnds::default()).unwrap();
    play(&mut bench, "220", "fourth", SoundEnds::default()).unwrap();
    bench.expect(
        "= done
         220[4] Play 1/220 third at 0ns Normal
         = done
         220[4] Stop 1/220 third at 0ns NextMessage
         220[4] Play 1/220 fourth at 0ns Normal",
    );
    let connection = bench.connection("220", 0);
    let stop = |message: Option<&str>| Request::StopSound { connection, message: message.map(Into::into) };
    assert_eq!(bench.request(stop(Some("third"))), Err(Refusal::UnknownMessage));
    bench.request(stop(Some("fourth"))).unwrap();
    bench.outputs();
    assert_eq!(bench.request(stop(None)), Err(Refusal::UnknownMessage));
}

#[test]
fn what_waits_goes_on_where_it_was() {
    let mut bench = caller_at_server();
    play(&mut bench, "220", "welcome", SoundEnds::default()).unwrap();
    bench.pass(SECOND);
    let connection = bench.connection("220", 0);
    bench.outputs();
    bench.request(Request::SuspendSound { connection, message: None }).unwrap();
    assert_eq!(legs(&bench), [(false, false)]);
    bench.pass(10 * SECOND);
    bench.request(Request::ResumeSound { connection, message: None, most: None }).unwrap();
    bench.pass(10 * SECOND);
    bench.expect(
        "= done
         220[4] SuspendPlay 1/220 welcome at 400ms Normal
         = done
         220[4] Play 1/220 welcome at 400ms Normal
         220[4] Stop 1/220 welcome at 3s EndOfMessage",
    );
}

#[test]
fn a_conversation_of_phones_is_recorded_by_the_media_engine() {
    let mut bench = talking();
    record(&mut bench, "202", SoundEnds { at_digit: false, after: Some(5 * SECOND) }).unwrap();
    bench.expect("= recording-1");
    bench.pass(SECOND);
    bench.expect("202[2] Record 1/202 recording-1 at 0ns Normal");
    assert_eq!(legs(&bench), [(false, false), (false, true)]);
    play(&mut bench, "201", "beep", SoundEnds::default()).unwrap();
    assert_eq!(legs(&bench), [(true, false), (false, true)], "the phone hears it that was named");
    bench.pass(SECOND);
    bench.outputs();
    bench.hold(BOB);
    bench.expect(
        "201[1] Held 1/202 connected Normal
         202[2] Held 1/202 hold Normal
         202[2] Stop 1/202 recording-1 at 1.4s Left",
    );
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn a_tone_is_heard_by_the_others_until_it_is_cancelled() {
    let mut bench = talking();
    let connection = bench.connection("201", 0);
    bench.request(Request::GenerateTone { connection, tone: Tone::Beep, length: None }).unwrap();
    bench.expect(
        "= done
         201[1] TonesGenerated 1/201 Beep
         202[2] TonesGenerated 1/201 Beep",
    );
    bench.pass(SECOND);
    assert_eq!(legs(&bench), [(false, false), (true, false)]);
    bench.request(Request::CancelTone(connection)).unwrap();
    assert_eq!(legs(&bench), [(false, false), (false, false)]);
    assert_eq!(bench.request(Request::CancelTone(connection)), Err(Refusal::NoTone));
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn who_is_not_there_hears_nothing_and_strange_names_are_no_messages() {
    let mut bench = talking();
    for name in ["missing", "../secret", ".hidden", "", "a/b", "ä", "a".repeat(65).as_str()] {
        let result = play(&mut bench, "201", name, SoundEnds::default());
        assert_eq!(result, Err(Refusal::UnknownMessage), "{name}");
    }
    bench.hold(ALICE);
    let result = play(&mut bench, "201", "welcome", SoundEnds::default());
    assert!(matches!(result, Err(Refusal::InvalidConnectionState(_))), "{result:?}");
    assert!(bench.sounds.is_empty());
}

#[test]
fn what_a_session_plays_ends_with_it() {
    let mut bench = talking();
    let other = another_session(&mut bench);
    let connection = bench.connection("201", 0);
    let tone = Request::GenerateTone { connection, tone: Tone::Busy, length: None };
    bench.request_by(other, tone).unwrap();
    bench.pass(SECOND);
    assert_eq!(legs(&bench), [(false, false), (true, false)]);
    bench.switch.close_session(other);
    bench.pass(SECOND);
    assert_eq!(legs(&bench), [(false, false), (false, false)]);
    assert!(bench.sounds.is_empty());
}
