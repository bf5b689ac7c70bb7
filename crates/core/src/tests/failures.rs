//! Calls that do not get through, and what the caller hears.

use super::bench::{ALICE, BOB, Bench, CAROL, line, office};
use crate::{Channels, Key, Request, StationInput};

fn with_single_line_bob() -> Bench {
    let mut settings = office();
    settings.lines[1].channels = Channels::Single;
    Bench::with(settings)
}

#[test]
fn busy() {
    let mut bench = with_single_line_bob();
    bench.talk(CAROL, "202", BOB);
    bench.dial(ALICE, "202");
    bench.expect(
        "201[1] ServiceInitiated 2/201 initiated Normal
         201[1] DigitsDialed 2/201 initiated 2
         201[1] Originated 2/201 connected NewCall
         201[1] Failed 2/202 connected Busy",
    );
    assert_eq!(bench.looks(ALICE), "1 Failed(Busy)");
    bench.seconds(10);
    bench.expect("201[1] ConnectionCleared 2/201 null NormalClearing");
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn unknown_number() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "7");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 7
         201[1] Originated 1/201 connected NewCall
         201[1] Failed 1/201 fail DestNotObtainable",
    );
    bench.digits(ALICE, "202");
    bench.hold(ALICE);
    bench.expect("");
    bench.on_hook(ALICE);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
    bench.expect_nothing_left();
}

#[test]
fn ones_own_number() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "201");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Failed 1/201 fail Busy",
    );
    bench.seconds(10);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
}

#[test]
fn a_phone_that_is_not_there() {
    let mut bench = Bench::new();
    bench.station(BOB, StationInput::Unregister);
    bench.outputs();
    bench.dial(ALICE, "202");
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] DigitsDialed 1/201 initiated 2
         201[1] Originated 1/201 connected NewCall
         201[1] Failed 1/202 connected DestOutOfOrder",
    );
}

#[test]
fn no_answer() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.seconds(179);
    bench.expect("");
    bench.seconds(1);
    bench.expect(
        "201[1] Failed 1/202 connected CallNotAnswered
         202[2] ConnectionCleared 1/202 null CallNotAnswered",
    );
    assert_eq!(bench.looks(ALICE), "1 Failed(CallNotAnswered)");
    assert_eq!(bench.looks(BOB), "");
    bench.seconds(10);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
    bench.expect_nothing_left();
}

#[test]
fn the_caller_gives_up() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.outputs();
    bench.on_hook(ALICE);
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         202[2] ConnectionCleared 1/201 alerting NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn the_called_user_rejects() {
    let rejections: [fn(&mut Bench); 2] = [
        |bench| bench.end_call(BOB),
        |bench| {
            let ringing = bench.connection("202", 0);
            bench.request(Request::ClearConnection(ringing)).unwrap();
        },
    ];
    for reject in rejections {
        let mut bench = Bench::new();
        bench.dial(ALICE, "202");
        bench.outputs();
        reject(&mut bench);
        let events = bench.outputs();
        assert_eq!(
            events.trim_start_matches("= done\n"),
            "201[1] ConnectionCleared 1/202 connected NormalClearing\n\
             202[2] ConnectionCleared 1/202 null NormalClearing"
        );
        assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("1 Failed(Busy)", ""));
        bench.seconds(10);
        bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
        bench.expect_nothing_left();
    }
}

#[test]
fn nothing_dialled() {
    let mut bench = Bench::new();
    bench.off_hook(ALICE);
    bench.seconds(10);
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] Failed 1/201 fail ReorderTone",
    );
    bench.seconds(10);
    bench.expect("201[1] ConnectionCleared 1/201 null NormalClearing");
    bench.expect_nothing_left();
}

#[test]
fn without_busy_tone_the_caller_is_released_at_once() {
    let mut settings = office();
    settings.timeouts.busy = std::time::Duration::ZERO;
    settings.timeouts.interdigit = std::time::Duration::ZERO;
    let mut bench = Bench::with(settings);
    bench.off_hook(ALICE);
    assert_eq!(bench.switch.poll_timeout(), Some(bench.now));
    bench.seconds(0);
    bench.expect(
        "201[1] ServiceInitiated 1/201 initiated Normal
         201[1] Failed 1/201 fail ReorderTone
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_waiting_call_is_rejected_without_touching_the_active_one() {
    let mut bench = Bench::new();
    bench.talk(CAROL, "202", BOB);
    bench.dial(ALICE, "202");
    let waiting = bench.reference(bench.connection("202", 1));
    bench.key(BOB, Key::EndCall { line: 1, reference: waiting });
    assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("1 Failed(Busy)", "1 Connected"));
}

#[test]
fn a_new_call_follows_a_failed_one_without_hanging_up() {
    let mut settings = office();
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "7");
    bench.outputs();
    bench.key(ALICE, Key::NewCall { line: 0 });
    bench.expect(
        "201[1] ConnectionCleared 1/201 null NormalClearing
         201[1] ServiceInitiated 2/201 initiated Normal",
    );
    assert_eq!(bench.looks(ALICE), "1 Dialling");
}

#[test]
fn a_phone_answers_a_call_from_its_own_other_line() {
    let mut settings = office();
    settings.lines.push(line("204", "Alice too", Channels::Single));
    settings.stations[0] = super::bench::station("alice", &[0, 3]);
    let mut bench = Bench::with(settings);
    bench.dial(ALICE, "204");
    bench.outputs();
    bench.answer(ALICE);
    bench.expect(
        "201[1] Established 1/204 connected NewCall
         204[4] Established 1/204 connected NewCall
         201[1] Held 1/201 hold Normal
         204[4] Held 1/201 connected Normal",
    );
    assert_eq!(bench.looks(ALICE), "1 OnHold, 2 Connected");
}
