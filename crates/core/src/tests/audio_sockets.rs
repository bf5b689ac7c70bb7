//! Applications that exchange audio with the server over a socket.

use super::{
    bench::{ALICE, BOB, Bench},
    cti_devices::{POINT, PORT, another_session, codec, open, open_by, with_devices},
};
use crate::{
    AlreadyOpen, AudioId, Codec, Input, Key, LegEnd, LegRole, MediaPlan, MediaWay, Refusal, Request,
};

fn answer(bench: &mut Bench, number: &str) {
    let id = bench.connection(number, 0);
    bench.request(Request::AnswerCall(id)).unwrap();
}

/// The ends of all legs, and whether they have a codec of their own.
fn ends(bench: &Bench) -> Vec<(Codec, LegEnd)> {
    bench.legs.values().map(|state| (state.codec, state.end)).collect()
}

#[test]
fn a_call_at_a_socket_goes_through_the_media_engine_and_starts_without_an_address() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Socket).unwrap();
    bench.dial(ALICE, "220");
    bench.outputs();
    answer(&mut bench, "220");
    bench.expect(
        "= done
         201[1] Established 1/220 connected NewCall
         220[4] Established 1/220 connected NewCall
         220[4] MediaStarted 1/220 PCMU at its socket",
    );
    let id = bench.connection("220", 0);
    assert!(matches!(bench.switch.media_plan(id.call), MediaPlan::Mixed(parties) if parties.len() == 2));
    let owners = bench.switch.audio_of(id).unwrap();
    assert_eq!(owners.sessions, [bench.session]);
    let socket = LegEnd::Socket { audio: owners.audio, linear: false };
    assert_eq!(ends(&bench), [(Codec::G711Ulaw, LegEnd::Address), (Codec::G711Ulaw, socket)]);
    assert_eq!(bench.switch.audio_of(bench.connection("201", 0)), None);
    bench.request(Request::HoldCall(id)).unwrap();
    bench.expect(
        "= done
         220[4] MediaStopped 1/220
         201[1] Held 1/220 connected Normal
         220[4] Held 1/220 hold Normal",
    );
    assert_eq!(bench.switch.audio_of(id), Some(owners.clone()), "it may keep its socket");
    bench.request(Request::RetrieveCall(id)).unwrap();
    bench.expect(
        "= done
         201[1] Retrieved 1/220 connected Normal
         220[4] Retrieved 1/220 connected Normal
         220[4] MediaStarted 1/220 PCMU at its socket",
    );
    bench.on_hook(ALICE);
    bench.expect(
        "220[4] MediaStopped 1/220
         201[1] ConnectionCleared 1/201 null NormalClearing
         220[4] ConnectionCleared 1/201 connected NormalClearing
         220[4] ConnectionCleared 1/220 null NormalClearing
         audio ended",
    );
    assert_eq!(owners.audio, AudioId(owners.connection.reference()));
    bench.expect_nothing_left();
}

#[test]
fn who_is_put_on_hold_plays_music_to_the_application() {
    let mut bench = Bench::with(with_devices());
    let codecs = vec![codec(Codec::G711Alaw, "PCMA"), codec(Codec::G711Ulaw, "L16")];
    let session = bench.session;
    open_by(&mut bench, session, PORT, MediaWay::Socket, codecs).unwrap();
    bench.dial(ALICE, "220");
    answer(&mut bench, "220");
    bench.outputs();
    bench.hold(ALICE);
    bench.expect(
        "220[4] MediaStopped 1/220
         201[1] Held 1/201 hold Normal
         220[4] Held 1/201 connected Normal
         220[4] MediaStarted 1/220 L16 at its socket",
    );
    let at_socket: Vec<_> = bench.legs.values().map(|state| (state.role, state.end)).collect();
    assert!(
        matches!(at_socket.as_slice(), [(LegRole::Source(_), LegEnd::Socket { linear: true, .. })]),
        "{at_socket:?}"
    );
}

#[test]
fn digits_are_heard_on_both_sides() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Socket).unwrap();
    bench.dial(ALICE, "220");
    answer(&mut bench, "220");
    bench.outputs();
    bench.key(ALICE, Key::Digit('5'));
    bench.expect("the application hears 5\n201[1] DigitsGenerated 1/201 5\n220[4] DigitsGenerated 1/201 5");
    let leg = *bench.legs.iter().find(|(_, state)| state.end == LegEnd::Address).unwrap().0;
    bench.handle(Input::LegDigit(leg, '#'));
    bench.expect("the application hears #\n201[1] DigitsGenerated 1/201 #\n220[4] DigitsGenerated 1/201 #");
    let owners = bench.switch.audio_of(bench.connection("220", 0)).unwrap();
    bench.handle(Input::AudioDigit(owners.connection, '7'));
    bench.expect("201[1] DigitsGenerated 1/220 7\n220[4] DigitsGenerated 1/220 7");
    let view = bench.switch.station_view(ALICE);
    assert_eq!(view.appearances[0].heard, Some('7'), "the phone plays it");
    bench.handle(Input::AudioDigit(owners.connection, 'x'));
    bench.expect("");
    bench.on_hook(ALICE);
    bench.outputs();
    bench.handle(Input::AudioDigit(owners.connection, '7'));
    bench.expect("");
}

#[test]
fn only_what_the_engine_has_is_opened_and_only_by_one_application() {
    let mut bench = Bench::with(with_devices());
    let session = bench.session;
    for wrong in [Codec::G729, Codec::Ilbc] {
        let refused = open_by(&mut bench, session, PORT, MediaWay::Socket, vec![codec(wrong, "x")]);
        assert_eq!(refused, Err(Refusal::InvalidParameter));
    }
    let mut long = codec(Codec::G711Ulaw, "PCMU");
    long.packet = 30;
    assert_eq!(
        open_by(&mut bench, session, PORT, MediaWay::Socket, vec![long]),
        Err(Refusal::InvalidParameter)
    );
    for device in [PORT, POINT] {
        open(&mut bench, device, MediaWay::Socket).unwrap();
        open(&mut bench, device, MediaWay::Socket).unwrap();
    }
    let other = another_session(&mut bench);
    for media in [MediaWay::Socket, MediaWay::Dynamic, MediaWay::None] {
        let refused = open_by(&mut bench, other, PORT, media, vec![codec(Codec::G711Ulaw, "PCMU")]);
        assert_eq!(refused, Err(Refusal::AlreadyOpen(AlreadyOpen::Static)));
    }
}

#[test]
fn callers_hear_music_where_the_server_is_the_other_end_until_they_are_passed_on() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, POINT, MediaWay::Auto).unwrap();
    let other = another_session(&mut bench);
    open_by(&mut bench, other, POINT, MediaWay::Auto, vec![codec(Codec::G711Ulaw, "PCMU")]).unwrap();
    let dynamic = open_by(&mut bench, other, POINT, MediaWay::Dynamic, vec![codec(Codec::G711Ulaw, "PCMU")]);
    assert_eq!(dynamic, Err(Refusal::AlreadyOpen(AlreadyOpen::Dynamic)));
    bench.dial(ALICE, "300");
    bench.outputs();
    answer(&mut bench, "300");
    bench.expect(
        "= done
         201[1] Established 1/300 connected NewCall
         300[5] Established 1/300 connected NewCall",
    );
    let id = bench.connection("300", 0);
    let plan = bench.switch.media_plan(id.call);
    assert!(matches!(plan, MediaPlan::Source(..)), "{plan:?}");
    let roles: Vec<_> = bench.legs.values().map(|state| state.role).collect();
    assert!(matches!(roles.as_slice(), [LegRole::Source(_)]), "{roles:?}");
    bench.request(Request::SingleStepTransferCall { active: id, to: "202".into() }).unwrap();
    bench.answer(BOB);
    let plan = bench.switch.media_plan(id.call);
    assert!(matches!(plan, MediaPlan::Direct(..)) && bench.legs.is_empty(), "{plan:?}");
}

#[test]
fn a_conversation_outlives_its_application_and_keeps_its_leg() {
    let mut bench = Bench::with(with_devices());
    let session = another_session(&mut bench);
    open_by(&mut bench, session, POINT, MediaWay::Socket, vec![codec(Codec::G711Ulaw, "PCMU")]).unwrap();
    bench.dial(ALICE, "300");
    let id = bench.connection("300", 0);
    bench.request_by(session, Request::AnswerCall(id)).unwrap();
    let before = ends(&bench);
    bench.close_session(session);
    assert_eq!(ends(&bench), before);
    assert_eq!(bench.switch.audio_of(id).map(|owners| owners.sessions), Some(vec![]));
    let again = bench.session;
    open_by(&mut bench, again, POINT, MediaWay::Socket, vec![codec(Codec::G711Ulaw, "PCMU")]).unwrap();
    assert_eq!(bench.switch.audio_of(id).map(|owners| owners.sessions), Some(vec![bench.session]));
}

#[test]
fn a_port_calls_and_is_heard_when_somebody_answers() {
    let mut bench = Bench::with(with_devices());
    open(&mut bench, PORT, MediaWay::Socket).unwrap();
    bench.make_call("220", "202", false).unwrap();
    bench.outputs();
    bench.answer(BOB);
    bench.expect(
        "220[4] Established 1/202 connected NewCall
         202[2] Established 1/202 connected NewCall
         220[4] MediaStarted 1/220 PCMU at its socket",
    );
}
