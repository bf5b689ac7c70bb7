//! What applications do to telephones: calls back, dialling, keys, hookswitches, microphones; and what they are told of
//! them.

use super::bench::{ALICE, BOB, Bench, CAROL, office};
use crate::{Channels, ConnectionState, EventKind, Key, Refusal, Request, StationInput, cti::EventFilter};

/// Bob talks to Alice, whose only channel is in use; Carol hears busy tone, or, if her call rings, ringback.
fn busy() -> Bench {
    let mut settings = office();
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.dial(CAROL, "201");
    bench.outputs();
    bench
}

#[test]
fn an_application_has_its_user_called_back() {
    let mut bench = busy();
    let attempt = bench.connection("203", 0);
    bench.request(Request::CallBack(attempt)).unwrap();
    bench.expect(
        "= waits for 201
         203[3] CallBack 203 for 201 true
         201[1] CallBack 203 for 201 true
         203[3] ConnectionCleared 2/203 null NormalClearing",
    );
    let device = bench.device("201");
    bench.request(Request::GetCallBack { device }).unwrap();
    bench.expect("= waiting 203 for 201");
    bench.on_hook(BOB);
    bench.outputs();
    bench.answer(CAROL);
    bench.expect(
        "203[3] Originated 3/203 connected NewCall
         203[3] Delivered 3/201 connected NewCall
         201[1] Delivered 3/201 alerting NewCall",
    );
    bench.request(Request::GetCallBack { device }).unwrap();
    bench.expect("= waiting");
    bench.on_hook(CAROL);
    bench.expect_nothing_left();
}

#[test]
fn one_waits_for_a_device_and_may_give_it_up() {
    let mut bench = busy();
    let [alice, bob, carol] = ["201", "202", "203"].map(|number| bench.device(number));
    let attempt = bench.connection("203", 0);
    let talking = bench.connection("202", 0);
    assert_eq!(bench.request(Request::CallBack(talking)), Err(Refusal::NoCallToComplete));
    bench.request(Request::CallBack(attempt)).unwrap();
    let other = Request::CallBackNonCallRelated { originating: bob, target: alice };
    assert_eq!(bench.request(other), Err(Refusal::ResourceBusy));
    let itself = Request::CallBackNonCallRelated { originating: bob, target: bob };
    assert_eq!(bench.request(itself), Err(Refusal::InvalidDestination));
    bench.outputs();
    let cancel = Request::CancelCallBack { originating: carol, target: None };
    bench.request(cancel.clone()).unwrap();
    bench.expect(
        "= done
         203[3] CallBack 203 for 201 false
         201[1] CallBack 203 for 201 false",
    );
    assert_eq!(bench.request(cancel), Err(Refusal::NoCallToComplete));
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "");
    bench.expect_nothing_left();
}

#[test]
fn a_device_is_called_back_without_a_call_before() {
    let mut bench = Bench::new();
    let [originating, target] = ["203", "201"].map(|number| bench.device(number));
    bench.request(Request::CallBackNonCallRelated { originating, target }).unwrap();
    bench.expect(
        "= done
         203[3] CallBack 203 for 201 true
         201[1] CallBack 203 for 201 true",
    );
    bench.talk(BOB, "201", ALICE);
    bench.on_hook(BOB);
    assert_eq!(bench.looks(CAROL), "1 Prompted");
    bench.answer(CAROL);
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
}

#[test]
fn an_application_goes_on_dialling() {
    let mut bench = Bench::new();
    bench.off_hook(ALICE);
    bench.outputs();
    let connection = bench.connection("201", 0);
    let dial = |digits: &str| Request::DialDigits { connection, digits: digits.into() };
    bench.request(dial("20;")).unwrap();
    bench.expect(
        "= done
         201[1] DigitsDialed 1/201 initiated 20",
    );
    assert_eq!(bench.request(dial("x")), Err(Refusal::InvalidDigits));
    bench.outputs();
    bench.request(dial("2")).unwrap();
    bench.expect(
        "= done
         201[1] DigitsDialed 1/201 initiated 202
         201[1] Originated 1/201 connected NewCall
         201[1] Delivered 1/202 connected NewCall
         202[2] Delivered 1/202 alerting NewCall",
    );
    assert_eq!(bench.request(dial("3")), Err(Refusal::InvalidConnectionState(ConnectionState::Connected)));
}

#[test]
fn an_application_presses_keys() {
    let mut bench = Bench::new();
    let device = bench.device("201");
    let press = |key| Request::Press { device, key };
    bench.request(press(Key::Line { line: 1 })).unwrap();
    for digit in "202".chars() {
        bench.request(press(Key::Digit(digit))).unwrap();
    }
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    bench.outputs();
    bench.request(Request::GetHookswitchStatus { device }).unwrap();
    bench.expect("= phones [false]");
    bench.request(press(Key::EndCall { line: 0, reference: 0 })).unwrap();
    bench.outputs();
    bench.request(Request::GetHookswitchStatus { device }).unwrap();
    bench.expect("= phones [true]");
    bench.expect_nothing_left();
}

#[test]
fn keys_of_a_phone_without_loudspeaker_are_not_pressed_by_command() {
    let mut settings = office();
    settings.stations[0].off_hook_by_command = false;
    let mut bench = Bench::with(settings);
    let device = bench.device("201");
    let refused = Err(Refusal::RequestIncompatibleWithSubject);
    assert_eq!(bench.request(Request::Press { device, key: Key::Line { line: 1 } }), refused);
    assert_eq!(bench.request(Request::SetMicrophoneMute { device, off: true }), refused);
    bench.expect_nothing_left();
}

#[test]
fn an_application_switches_the_microphone_off_for_this_call_and_the_next() {
    let mut bench = Bench::new();
    let device = bench.device("201");
    bench.talk(BOB, "201", ALICE);
    let muted = |bench: &Bench| bench.shown[ALICE.index()].appearances[0].muted;
    assert!(!muted(&bench));
    bench.outputs();
    let mute = |off| Request::SetMicrophoneMute { device, off };
    bench.request(mute(true)).unwrap();
    bench.expect("= done\n201[1] MicrophoneMute true");
    bench.request(mute(true)).unwrap();
    bench.request(Request::GetMicrophoneMute { device }).unwrap();
    bench.expect("= done\n= phones [true]");
    assert!(muted(&bench));
    bench.on_hook(BOB);
    bench.talk(BOB, "201", ALICE);
    assert!(muted(&bench));
    bench.request(mute(false)).unwrap();
    assert!(!muted(&bench));
}

/// The filter of a monitor that wants nothing but what happens at telephones.
fn telephones_only() -> EventFilter {
    let calls: EventFilter = EventKind::ALL.into_iter().collect();
    EventKind::ASKED_FOR.into_iter().fold(calls, EventFilter::with)
}

#[test]
fn a_monitor_that_asks_for_it_is_told_what_happens_at_a_telephone() {
    let mut bench = Bench::new();
    let device = bench.device("201");
    bench.request(Request::MonitorStart { device, filter: telephones_only() }).unwrap();
    bench.outputs();
    let telephone = |bench: &mut Bench| {
        let told = bench.outputs();
        let kinds = ["ButtonPress", "Hookswitch", "LampMode", "DisplayUpdated"];
        let of_telephone = |line: &&str| kinds.iter().any(|kind| line.contains(kind));
        let told = told.lines().filter(of_telephone).map(|line| line.split_once(' ').unwrap().1);
        told.collect::<Vec<_>>().join("\n")
    };
    bench.key(BOB, Key::Enbloc { line: 1, number: "201".into() });
    assert_eq!(
        telephone(&mut bench),
        "LampMode Line(1) Ringing\nDisplayUpdated From 202",
        "it rings, on-hook"
    );
    bench.key(ALICE, Key::Answer { line: 0, reference: 0 });
    assert_eq!(
        telephone(&mut bench),
        "ButtonPress Answer { line: 0, reference: 0 }\nHookswitch off-hook\n\
         LampMode Line(1) InUse\nDisplayUpdated Connected 202"
    );
    bench.key(ALICE, Key::Hold { line: 0, reference: 0 });
    assert_eq!(
        telephone(&mut bench),
        "ButtonPress Hold { line: 0, reference: 0 }\nHookswitch on-hook\n\
         LampMode Line(1) Held\nDisplayUpdated Hold 202"
    );
    bench.request(Request::SetDisplay { device, text: Some("Back at ten".into()) }).unwrap();
    assert_eq!(telephone(&mut bench), "DisplayUpdated Back at ten | Hold 202");
    bench.station(ALICE, StationInput::Unregister);
    assert_eq!(telephone(&mut bench), "LampMode Line(1) Idle\nDisplayUpdated ");
}

#[test]
fn other_monitors_are_not_told_what_happens_at_a_telephone() {
    let mut bench = Bench::new();
    bench.dial(BOB, "201");
    bench.answer(ALICE);
    let told = bench.outputs();
    assert!(told.contains("Established"), "{told}");
    let telephone = ["ButtonPress", "Hookswitch", "LampMode", "DisplayUpdated"];
    assert!(!telephone.iter().any(|kind| told.contains(kind)), "{told}");
}
