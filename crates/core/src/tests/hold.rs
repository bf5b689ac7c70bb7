//! Hold, retrieve, call waiting, and going between two calls.

use super::bench::{ALICE, BOB, Bench, CAROL, Hears, office, receiver};
use crate::{
    Channels, Codec, CodecSet, ConnectionState, Key, LegRole, Media, MediaAddress, MediaSource, Refusal,
    Request, StationInput,
};

#[test]
fn hold_and_retrieve_by_phone() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    bench.expect(
        "201[1] Held 1/201 hold Normal
         202[2] Held 1/201 connected Normal",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 OnHold".into(), "1 Connected".into()));
    bench.on_hook(ALICE);
    bench.hold(ALICE);
    bench.expect("");
    bench.resume(ALICE);
    bench.expect(
        "201[1] Retrieved 1/201 connected Normal
         202[2] Retrieved 1/201 connected Normal",
    );
    bench.key(ALICE, Key::HoldOrResume);
    bench.key(ALICE, Key::HoldOrResume);
    bench.expect(
        "201[1] Held 1/201 hold Normal
         202[2] Held 1/201 connected Normal
         201[1] Retrieved 1/201 connected Normal
         202[2] Retrieved 1/201 connected Normal",
    );
}

#[test]
fn a_phone_that_takes_music_from_a_group_has_no_leg_for_it() {
    let mut settings = office();
    let group = MediaAddress::v4([239, 1, 1, 1].into(), 2000);
    settings.features.multicast_music = Some(group);
    settings.stations[1].takes_multicast_music = true;
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    let heard = Some(Media::Multicast { codec: Codec::G711Ulaw, group });
    assert_eq!((bench.shown[BOB.index()].appearances[0].media, bench.legs.len()), (heard, 0));
    bench.resume(ALICE);
    assert_eq!(bench.hears(BOB), Hears::Device);
    bench.hold(BOB);
    assert_eq!((bench.hears(ALICE), bench.legs.len()), (Hears::Music, 1), "her phone takes none");
    bench.on_hook(ALICE);
    bench.on_hook(BOB);
    bench.station(BOB, StationInput::Capabilities(CodecSet::EMPTY.with(Codec::G711Alaw)));
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    assert_eq!(bench.hears(BOB), Hears::Music, "a group is sent mu-law, which his phone does not play");
}

#[test]
fn hold_and_retrieve_by_application() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let alice = bench.connection("201", 0);
    bench.request(Request::HoldCall(alice)).unwrap();
    bench.request(Request::RetrieveCall(alice)).unwrap();
    bench.expect(
        "= done
         201[1] Held 1/201 hold Normal
         202[2] Held 1/201 connected Normal
         = done
         201[1] Retrieved 1/201 connected Normal
         202[2] Retrieved 1/201 connected Normal",
    );
}

#[test]
fn the_connection_has_to_be_in_the_right_state() {
    use ConnectionState::{Alerting, Connected, Hold};
    let refused = |state| Err(Refusal::InvalidConnectionState(state));
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    let (alice, bob) = (bench.connection("201", 0), bench.connection("202", 0));
    assert_eq!(bench.request(Request::HoldCall(alice)), refused(Connected), "not answered yet");
    assert_eq!(bench.request(Request::HoldCall(bob)), refused(Alerting));
    assert_eq!(bench.request(Request::RetrieveCall(bob)), refused(Alerting));
    bench.answer(BOB);
    assert_eq!(bench.request(Request::AnswerCall(bob)), refused(Connected));
    assert_eq!(bench.request(Request::RetrieveCall(bob)), refused(Connected));
    bench.hold(BOB);
    assert_eq!(bench.request(Request::HoldCall(bob)), refused(Hold));
    assert_eq!(bench.request(Request::AnswerCall(bob)), refused(Hold));
}

#[test]
fn who_is_held_hears_music_and_is_heard_again_after_it() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let (alice, bob) =
        (bench.reference(bench.connection("201", 0)), bench.reference(bench.connection("202", 0)));
    bench.station(ALICE, StationInput::Receiving(alice, receiver(4000)));
    bench.station(BOB, StationInput::Receiving(bob, receiver(4002)));
    bench.hold(ALICE);
    assert_eq!((bench.hears(ALICE), bench.hears(BOB)), (Hears::Nobody, Hears::Music));
    let (leg, state) = bench.leg(BOB).unwrap();
    assert_eq!((state.role, state.send_to), (LegRole::Source(MediaSource::MusicOnHold), None));
    bench.station(BOB, StationInput::Receiving(bob, receiver(4006)));
    assert_eq!(bench.legs[&leg].send_to, Some(receiver(4006)));
    bench.resume(ALICE);
    assert!(!bench.legs.contains_key(&leg), "the music ends");
    assert_eq!(bench.stream(ALICE).map(|m| m.transmit_to), Some(None), "Bob opens a new receiver first");
    bench.station(BOB, StationInput::Receiving(bob, receiver(4004)));
    assert_eq!(bench.transmit_to(ALICE), Some(receiver(4004)));
}

#[test]
fn answering_a_waiting_call_holds_the_first() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.dial(CAROL, "202");
    assert_eq!(bench.looks(BOB), "1 Connected, 1 RingingIn { waiting: true }");
    bench.outputs();
    bench.answer(BOB);
    bench.expect(
        "201[1] Held 1/202 connected Normal
         202[2] Held 1/202 hold Normal
         203[3] Established 2/202 connected NewCall
         202[2] Established 2/202 connected NewCall",
    );
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 Connected");
}

#[test]
fn the_key_of_the_line_in_use_answers_the_call_that_waits_on_it() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.key(BOB, Key::Line { line: 1 });
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.dial(CAROL, "202");
    bench.key(BOB, Key::Line { line: 1 });
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 Connected");
    bench.key(BOB, Key::Line { line: 1 });
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 Connected");
}

#[test]
fn the_hold_button_leads_back_from_an_attempt_at_another_call() {
    for number in ["", "7", "203"] {
        let mut bench = Bench::new();
        bench.talk(ALICE, "202", BOB);
        bench.key(ALICE, Key::HoldOrResume);
        bench.dial(ALICE, number);
        bench.key(ALICE, Key::HoldOrResume);
        assert_eq!(bench.looks(ALICE), "1 Connected", "{number:?}");
    }
}

#[test]
fn a_hook_flash_holds_for_another_call_and_goes_back() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.key(ALICE, Key::HookFlash);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Dialling");
    bench.key(ALICE, Key::HookFlash);
    assert_eq!(bench.looks(ALICE), "1 Connected");
    bench.key(ALICE, Key::HookFlash);
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    bench.key(ALICE, Key::HookFlash);
    assert_eq!(bench.looks(ALICE), "1 Connected, 1 OnHold");
}

#[test]
fn a_telephone_that_is_put_down_with_a_call_on_hold_rings_back() {
    // The handset is put down while its user hears the dial tone for another call, talks to somebody else, or has only held.
    let scenes: [&[Key]; 3] = [
        &[Key::HookFlash],
        &[Key::HookFlash, Key::Enbloc { line: 0, number: "203".into() }],
        &[Key::HoldOrResume],
    ];
    for keys in scenes {
        let mut bench = Bench::new();
        bench.talk(ALICE, "202", BOB);
        keys.iter().for_each(|key| bench.key(ALICE, key.clone()));
        if bench.looks(CAROL).contains("RingingIn") {
            bench.answer(CAROL);
        }
        bench.key(ALICE, Key::PutDown);
        assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }", "{keys:?}");
        assert_eq!(bench.looks(BOB), "1 Connected");
        bench.key(ALICE, Key::OffHook { line: 0, reference: 0 });
        assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
        bench.key(ALICE, Key::PutDown);
        assert_eq!(bench.looks(ALICE), "");
    }
}

#[test]
fn a_call_that_rings_back_ends_when_nobody_takes_it_up() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.key(ALICE, Key::HookFlash);
    bench.key(ALICE, Key::PutDown);
    bench.seconds(180);
    assert_eq!(bench.looks(ALICE), "");
    bench.talk(ALICE, "202", BOB);
    bench.key(ALICE, Key::HookFlash);
    bench.key(ALICE, Key::PutDown);
    bench.key(BOB, Key::OnHook { line: 0, reference: 0 });
    assert_eq!(bench.looks(ALICE), "");
}

#[test]
fn the_button_of_a_headset_answers_and_ends() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.key(BOB, Key::AnswerOrEnd { reference: 0 });
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.dial(CAROL, "202");
    bench.key(BOB, Key::AnswerOrEnd { reference: 0 });
    assert_eq!(
        bench.looks(BOB),
        "1 RingingIn { waiting: false }",
        "the call ends, and the one that waited rings"
    );
    bench.key(BOB, Key::AnswerOrEnd { reference: 0 });
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn a_hook_flash_answers_the_call_that_waits() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.dial(CAROL, "202");
    bench.key(BOB, Key::HookFlash);
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 Connected");
}

#[test]
fn a_hook_flash_only_holds_where_there_is_no_room_for_another_call() {
    let mut settings = office();
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "202", BOB);
    bench.key(ALICE, Key::HookFlash);
    assert_eq!(bench.looks(ALICE), "1 OnHold");
    bench.key(ALICE, Key::HookFlash);
    assert_eq!(bench.looks(ALICE), "1 Connected");
}

#[test]
fn end_call_without_a_name_ends_the_only_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    bench.key(ALICE, Key::NewCall { line: 0 });
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    bench.hold(ALICE);
    bench.end_call(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 OnHold", "either could be meant");
    bench.on_hook(CAROL);
    bench.end_call(ALICE);
    assert_eq!(bench.looks(ALICE), "");
    bench.expect_nothing_left();
}

#[test]
fn a_waiting_call_stops_waiting_when_the_active_one_ends() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.dial(CAROL, "202");
    bench.on_hook(ALICE);
    assert_eq!(bench.looks(BOB), "1 RingingIn { waiting: false }");
    assert_eq!(bench.shown[BOB.index()], bench.switch.station_view(BOB));
}

#[test]
fn going_back_and_forth_between_two_calls() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.key(ALICE, Key::NewCall { line: 0 });
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Connected");
    bench.outputs();
    let first = bench.reference(bench.connection("201", 0));
    bench.key(ALICE, Key::Resume { line: 1, reference: first });
    bench.expect(
        "201[1] Held 2/201 hold Normal
         203[3] Held 2/201 connected Normal
         201[1] Retrieved 1/201 connected Normal
         202[2] Retrieved 1/201 connected Normal",
    );
    assert_eq!(bench.looks(ALICE), "1 Connected, 1 OnHold");
    bench.request(Request::RetrieveCall(bench.connection("201", 1))).unwrap();
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Connected");
    bench.on_hook(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold");
    bench.on_hook(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold", "the handset goes back, the held call stays");
}

#[test]
fn a_new_call_while_the_first_still_rings_ends_the_first() {
    let mut bench = Bench::new();
    bench.dial(ALICE, "202");
    bench.key(ALICE, Key::NewCall { line: 0 });
    assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("1 Dialling", ""));
}

#[test]
fn the_far_end_ends_a_held_call() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    bench.outputs();
    bench.on_hook(BOB);
    bench.expect(
        "201[1] ConnectionCleared 1/202 hold NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
}

#[test]
fn both_hold() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    bench.hold(BOB);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 OnHold".into(), "1 OnHold".into()));
    bench.resume(ALICE);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 OnHold".into()));
    assert_eq!(bench.hears(ALICE), Hears::Music);
}

#[test]
fn keys_for_a_call_that_has_ended_do_not_reach_another() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    let ended = bench.reference(bench.connection("202", 0));
    bench.on_hook(ALICE);
    bench.talk(CAROL, "202", BOB);
    bench.key(BOB, Key::Hold { line: 1, reference: ended });
    assert_eq!(bench.looks(BOB), "1 Connected");
    bench.hold(BOB);
    bench.dial(ALICE, "202");
    bench.key(BOB, Key::Resume { line: 1, reference: ended });
    bench.key(BOB, Key::Answer { line: 1, reference: ended });
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 RingingIn { waiting: false }");
}
