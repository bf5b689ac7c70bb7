//! Conferences of three and more, by keys and by applications.

use super::bench::{ALICE, BOB, Bench, CAROL, Hears, engine, line, office, receiver, station};
use crate::{
    Channels, Codec, Input, Joining, LineSettings, Refusal, Request, Settings, StationId, StationInput,
};

const DAVE: StationId = StationId(3);

/// Alice, Bob, Carol and Dave.
fn four() -> Settings {
    let mut settings = office();
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.stations.push(station("dave", &[3]));
    settings
}

/// Bob has called Alice, who consults Carol; `answered` says whether Carol has answered.
fn consulting_in(settings: Settings, answered: bool) -> Bench {
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    if answered {
        bench.answer(CAROL);
    }
    bench.outputs();
    bench
}

/// A conference of Alice, who made it, Bob and Carol.
fn conference() -> Bench {
    conference_in(four())
}

fn conference_in(settings: Settings) -> Bench {
    let mut bench = consulting_in(settings, true);
    bench.conference_call("201").unwrap();
    bench.outputs();
    bench
}

/// A conference of Alice, who has every codec, and Bob and Carol, who have none in common.
fn conference_without_common_codec(settings: Settings) -> Bench {
    let mut bench = Bench::with(settings);
    let both = StationInput::Capabilities([Codec::G711Alaw, Codec::G729].into_iter().collect());
    bench.station(ALICE, both);
    bench.station(BOB, StationInput::Capabilities([Codec::G729].into_iter().collect()));
    bench.station(CAROL, StationInput::Capabilities([Codec::G711Alaw].into_iter().collect()));
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.answer(CAROL);
    bench.conference_call("201").unwrap();
    bench
}

#[track_caller]
fn expect_looks(bench: &Bench, looks: [&str; 3]) {
    assert_eq!([ALICE, BOB, CAROL].map(|station| bench.looks(station)), looks);
}

fn media(bench: &Bench, station: StationId) -> Hears {
    bench.hears(station)
}

#[test]
fn everybody_in_a_conference_is_told_who_is_in_it() {
    let mut bench = consulting_in(four(), true);
    let global_id = bench.switch.calls().iter().next().unwrap().global_id();
    bench.conference_call("201").unwrap();
    bench.expect(
        "= merged 1/201: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203
         202[2] Conferenced 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203
         201[1] Conferenced 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203
         203[3] Conferenced 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203",
    );
    expect_looks(&bench, ["1 Connected", "1 Connected", "1 Connected"]);
    assert_eq!(bench.parties(ALICE), "202 Bob + 203 Carol");
    assert_eq!(bench.parties(BOB), "201 Alice + 203 Carol");
    assert_eq!(bench.parties(CAROL), "202 Bob + 201 Alice");
    let call = bench.switch.calls().iter().next().unwrap();
    assert_eq!((call.global_id(), call.is_conference()), (global_id, true));
    for station in [ALICE, BOB, CAROL] {
        assert_eq!(media(&bench, station), Hears::Mix(3));
        assert_eq!(bench.shown[station.index()], bench.switch.station_view(station), "it was drawn again");
    }
    bench.request(Request::SnapshotDevice { device: bench.device("203") }).unwrap();
    bench.expect("= snapshot 1/203 connected/connected/connected 202");
}

#[test]
fn one_who_still_rings_when_the_conference_is_made_joins_with_the_answer() {
    let mut bench = consulting_in(four(), false);
    bench.conference_call("201").unwrap();
    bench.expect(
        "= merged 1/201: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203
         202[2] Conferenced 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203
         201[1] Conferenced 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203
         203[3] Conferenced 1/201 2/201 alerting by 201 with 203: 1/202 was 1/202 1/201 was 1/201 1/203 was 2/203",
    );
    expect_looks(&bench, ["1 Connected", "1 Connected", "1 RingingIn { waiting: false }"]);
    assert!(bench.stream(ALICE).is_some() && bench.stream(BOB).is_some(), "two talk meanwhile");
    bench.hold(BOB);
    expect_looks(&bench, ["1 Connected", "1 OnHold", "1 RingingIn { waiting: false }"]);
    assert_eq!(media(&bench, ALICE), Hears::Music);
    bench.resume(BOB);
    bench.outputs();
    bench.answer(CAROL);
    bench.expect(
        "202[2] Established 1/203 connected NewCall
         201[1] Established 1/203 connected NewCall
         203[3] Established 1/203 connected NewCall",
    );
    assert_eq!(media(&bench, CAROL), Hears::Mix(3));
    assert_eq!(bench.switch.timer_count(), 0);
}

#[test]
fn one_who_does_not_take_the_call_leaves_a_conversation_of_two() {
    type Decline = fn(&mut Bench);
    let declines: [(Decline, &str); 3] = [
        (|bench| bench.end_call(CAROL), "ConnectionCleared 1/203 connected NormalClearing"),
        (|bench| bench.seconds(180), "Failed 1/203 connected CallNotAnswered"),
        (|bench| bench.station(CAROL, StationInput::Unregister), "Failed 1/203 connected DestOutOfOrder"),
    ];
    for (decline, event) in declines {
        let mut bench = consulting_in(four(), false);
        bench.conference_call("201").unwrap();
        bench.outputs();
        decline(&mut bench);
        let events = bench.outputs();
        assert!(events.contains(&format!("202[2] {event}\n201[1] {event}")), "{events}");
        expect_looks(&bench, ["1 Connected", "1 Connected", ""]);
        bench.seconds(60);
        expect_looks(&bench, ["1 Connected", "1 Connected", ""]);
        assert_eq!((bench.parties(ALICE), bench.parties(BOB)), ("< 202 Bob".into(), "> 201 Alice".into()));
        assert!(!bench.switch.calls().iter().next().unwrap().is_conference());
    }
}

#[test]
fn one_who_rings_may_send_the_call_elsewhere() {
    let mut bench = consulting_in(four(), false);
    bench.conference_call("201").unwrap();
    bench.outputs();
    let connection = bench.connection("203", 0);
    bench.request(Request::DeflectCall { connection, destination: "204".into() }).unwrap();
    bench.expect(
        "= done
         202[2] Diverted 1/203 connected Redirected to 204
         201[1] Diverted 1/203 connected Redirected to 204
         203[3] Diverted 1/203 null Redirected to 204
         202[2] Delivered 1/204 connected Redirected by 203
         201[1] Delivered 1/204 connected Redirected by 203
         204[4] Delivered 1/204 alerting Redirected by 203",
    );
    bench.answer(DAVE);
    assert_eq!(bench.parties(BOB), "201 Alice + 204 Dave");
}

#[test]
fn a_member_who_holds_hears_nobody_and_the_others_go_on() {
    let mut bench = conference();
    let carol = bench.reference(bench.connection("203", 0));
    bench.hold(CAROL);
    bench.expect(
        "202[2] Held 1/203 connected Normal
         201[1] Held 1/203 connected Normal
         203[3] Held 1/203 hold Normal",
    );
    expect_looks(&bench, ["1 Connected", "1 Connected", "1 OnHold"]);
    assert_eq!(media(&bench, CAROL), Hears::Nobody);
    assert!(bench.stream(ALICE).is_some() && bench.stream(BOB).is_some());
    bench.station(CAROL, StationInput::Receiving(carol, receiver(4000)));
    bench.resume(CAROL);
    bench.expect(
        "202[2] Retrieved 1/203 connected Normal
         201[1] Retrieved 1/203 connected Normal
         203[3] Retrieved 1/203 connected Normal",
    );
    assert_eq!(media(&bench, ALICE), Hears::Mix(3));
}

#[test]
fn when_a_member_leaves_two_have_an_ordinary_call() {
    let mut bench = conference();
    bench.on_hook(CAROL);
    bench.expect(
        "202[2] ConnectionCleared 1/203 connected NormalClearing
         201[1] ConnectionCleared 1/203 connected NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing",
    );
    expect_looks(&bench, ["1 Connected", "1 Connected", ""]);
    assert_eq!((bench.parties(ALICE), bench.parties(BOB)), ("< 202 Bob".into(), "> 201 Alice".into()));
    assert!(bench.stream(ALICE).is_some() && bench.stream(BOB).is_some());
    bench.hold(ALICE);
    expect_looks(&bench, ["1 OnHold", "1 Connected", ""]);
    bench.on_hook(BOB);
    bench.expect_nothing_left();
}

#[test]
fn the_conference_ends_when_who_made_it_leaves() {
    let ends: [fn(&mut Bench); 4] = [
        |bench| bench.on_hook(ALICE),
        |bench| bench.end_call(ALICE),
        |bench| bench.station(ALICE, StationInput::Unregister),
        |bench| drop(bench.request(Request::ClearConnection(bench.connection("201", 0)))),
    ];
    for end in ends {
        let mut bench = conference();
        end(&mut bench);
        expect_looks(&bench, ["", "", ""]);
        bench.expect_nothing_left();
    }
}

#[test]
fn a_conference_is_kept_when_the_phone_that_made_it_keeps_conferences() {
    let mut settings = four();
    settings.stations[0].keep_conference = true;
    let mut bench = conference_in(settings.clone());
    bench.on_hook(ALICE);
    bench.expect(
        "202[2] ConnectionCleared 1/201 connected NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing
         203[3] ConnectionCleared 1/201 connected NormalClearing",
    );
    expect_looks(&bench, ["", "1 Connected", "1 Connected"]);
    assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));

    let mut bench = conference_in(settings);
    bench.end_call(ALICE);
    expect_looks(&bench, ["", "", ""]);
    bench.expect_nothing_left();
}

#[test]
fn who_is_left_of_a_kept_conference_while_the_third_party_rings_hears_it_ring() {
    let mut settings = four();
    settings.stations[0].keep_conference = true;
    let mut bench = consulting_in(settings, false);
    bench.conference_call("201").unwrap();
    bench.on_hook(ALICE);
    expect_looks(&bench, ["", "1 RingingOut", "1 RingingIn { waiting: false }"]);
    bench.end_call(CAROL);
    expect_looks(&bench, ["", "1 Failed(Busy)", ""]);
}

#[test]
fn the_conference_key_calls_somebody_and_adds_him() {
    let mut bench = Bench::with(four());
    bench.talk(BOB, "201", ALICE);
    bench.conference(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Dialling");
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    bench.conference(ALICE);
    expect_looks(&bench, ["1 Connected", "1 Connected", "1 Connected"]);
    assert_eq!(media(&bench, BOB), Hears::Mix(3));
}

#[test]
fn hanging_up_does_not_complete_a_conference() {
    let mut bench = Bench::with(four());
    bench.talk(BOB, "201", ALICE);
    bench.conference(ALICE);
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    bench.on_hook(ALICE);
    expect_looks(&bench, ["1 OnHold", "1 Connected", ""]);
}

#[test]
fn the_conference_key_in_a_full_conference_drops_who_was_added_last() {
    let mut bench = conference();
    bench.conference(BOB);
    assert_eq!(
        bench.looks(BOB),
        "1 Connected, refused ConferenceMemberLimitExceeded",
        "it is not his conference"
    );
    bench.conference(ALICE);
    bench.expect(
        "202[2] ConnectionCleared 1/203 connected NormalClearing
         201[1] ConnectionCleared 1/203 connected NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing",
    );
    expect_looks(&bench, ["1 Connected", "1 Connected, refused ConferenceMemberLimitExceeded", ""]);
}

#[test]
fn the_conference_key_splits_a_conference_that_its_phone_keeps_and_joins_it_again() {
    let mut settings = four();
    settings.stations[0].keep_conference = true;
    let mut bench = conference_in(settings);
    bench.conference(ALICE);
    bench.expect(
        "202[2] Held 1/201 connected Consultation
         201[1] Held 1/201 hold Consultation
         203[3] Held 1/201 connected Consultation
         201[1] ServiceInitiated 3/201 initiated Consultation
         202[2] ConnectionCleared 1/203 connected NormalClearing
         201[1] ConnectionCleared 1/203 hold NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing
         201[1] Originated 3/201 connected NewCall
         201[1] Delivered 3/203 connected NewCall
         203[3] Delivered 3/203 alerting NewCall
         201[1] Established 3/203 connected NewCall
         203[3] Established 3/203 connected NewCall",
    );
    expect_looks(&bench, ["1 OnHold, 1 Connected", "1 Connected", "1 Connected"]);
    assert_eq!([BOB, CAROL].map(|who| bench.parties(who)), ["> 201 Alice", "< 201 Alice"]);
    assert_eq!([BOB, CAROL].map(|who| media(&bench, who)), [Hears::Music, Hears::Device]);
    bench.resume(ALICE);
    assert_eq!(bench.looks(ALICE), "1 Connected, 1 OnHold");
    bench.conference(ALICE);
    expect_looks(&bench, ["1 Connected", "1 Connected", "1 Connected"]);
    assert_eq!(media(&bench, CAROL), Hears::Mix(3));
    bench.conference(ALICE);
    bench.on_hook(CAROL);
    bench.resume(ALICE);
    expect_looks(&bench, ["1 Connected", "1 Connected", ""]);
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn a_conference_grows_as_far_as_it_may() {
    let mut bench = conference_in(Settings { max_conference_members: 4, ..four() });
    bench.conference(ALICE);
    bench.digits(ALICE, "204");
    bench.answer(DAVE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Connected");
    assert_eq!(media(&bench, BOB), Hears::Device, "Bob and Carol talk on");
    bench.conference(ALICE);
    assert_eq!(bench.parties(DAVE), "202 Bob + 203 Carol + 201 Alice");
    assert_eq!(media(&bench, CAROL), Hears::Mix(4));
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn a_member_may_add_somebody_to_a_conference_that_another_made() {
    let mut bench = conference_in(Settings { max_conference_members: 4, ..four() });
    bench.consult("202", "204").unwrap();
    bench.answer(DAVE);
    bench.conference_call("202").unwrap();
    assert_eq!(bench.parties(DAVE), "201 Alice + 203 Carol + 202 Bob");
    bench.on_hook(BOB);
    assert_eq!(bench.parties(DAVE), "201 Alice + 203 Carol", "it is not his conference");
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn receivers_are_opened_anew_for_the_mixer_and_after_it() {
    let mut bench = consulting_in(four(), true);
    let carol = bench.reference(bench.connection("203", 0));
    bench.station(CAROL, StationInput::Receiving(carol, receiver(4000)));
    bench.conference_call("201").unwrap();
    assert_eq!(bench.leg(CAROL).unwrap().1.send_to, None);
    bench.station(CAROL, StationInput::Receiving(carol, receiver(4002)));
    assert_eq!(bench.leg(CAROL).unwrap().1.send_to, Some(receiver(4002)));
    bench.on_hook(BOB);
    assert_eq!(bench.transmit_to(ALICE), None);
}

#[test]
fn nobody_is_added_to_a_conference_that_is_full() {
    let mut bench = conference();
    bench.consult("201", "204").unwrap();
    bench.answer(DAVE);
    bench.outputs();
    let dave = bench.reference(bench.connection("204", 0));
    bench.station(DAVE, StationInput::Receiving(dave, receiver(4000)));
    let full = Err(Refusal::ConferenceMemberLimitExceeded);
    assert_eq!(bench.conference_call("201"), full);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Connected");
    bench.transfer_call("201").unwrap();
    assert_eq!(bench.parties(DAVE), "202 Bob + 203 Carol", "Alice has left for him");
    let dave = bench.switch.calls().find(bench.connection("204", 0), |_| true).unwrap();
    let receives_at = bench.switch.calls().connection(dave).unwrap().receives_at();
    assert_eq!(receives_at, None, "he opens a receiver for the mixer");
}

#[test]
fn a_conference_that_is_transferred_is_still_controlled_by_who_made_it() {
    let mut bench = conference();
    bench.consult("203", "204").unwrap();
    bench.answer(DAVE);
    bench.transfer_call("203").unwrap();
    assert_eq!(bench.parties(DAVE), "202 Bob + 201 Alice");
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn a_conference_is_made_at_the_phone_that_is_active() {
    // Alice's number is on a second phone, and each phone has one of the calls.
    let mut settings = four();
    settings.lines.push(line("201", "Alice", Channels::Dual));
    settings.stations.push(station("alice upstairs", &[4]));
    let upstairs = StationId(4);
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.hold(ALICE);
    bench.talk(upstairs, "203", CAROL);
    bench.conference_call("201").unwrap();
    assert_eq!((bench.looks(ALICE), bench.looks(upstairs)), ("".into(), "1 Connected".into()));
    bench.dial(ALICE, "204");
    assert_eq!(bench.looks(ALICE), "1 RingingOut");
}

#[test]
fn a_conference_needs_no_common_codec_until_two_are_left() {
    let mut bench = conference_without_common_codec(four());
    bench.hold(ALICE);
    expect_looks(&bench, ["1 OnHold", "1 Connected", "1 Connected"]);
    assert_eq!(
        (media(&bench, BOB), media(&bench, CAROL)),
        (Hears::Nobody, Hears::Nobody),
        "until she is back"
    );
    bench.on_hook(BOB);
    bench.resume(ALICE);
    expect_looks(&bench, ["1 Connected", "", "1 Connected"]);
}

#[test]
fn two_who_are_left_without_a_common_codec_cannot_talk() {
    let mut settings = four();
    settings.stations[0].keep_conference = true;
    let mut bench = conference_without_common_codec(settings);
    bench.on_hook(ALICE);
    expect_looks(&bench, ["", "1 Failed(ResourcesNotAvailable)", ""]);
}

#[test]
fn a_device_may_be_in_a_conference_with_two_of_its_phones() {
    let mut settings = four();
    settings.lines[2] =
        LineSettings { channels: Channels::Single, huntstop: false, ..settings.lines[2].clone() };
    settings.lines.push(line("203", "Carol", Channels::Single));
    settings.stations.push(station("carol upstairs", &[4]));
    let upstairs = StationId(4);
    let mut bench = Bench::with(settings);
    bench.talk(ALICE, "203", CAROL);
    bench.consult("201", "203").unwrap();
    bench.answer(upstairs);
    bench.conference_call("201").unwrap();
    assert_eq!(bench.parties(ALICE), "203 Carol + 203 Carol");
    bench.outputs();
    bench.on_hook(CAROL);
    bench.expect(
        "203[3] ConnectionCleared 1/203 connected NormalClearing
         201[1] ConnectionCleared 1/203 connected NormalClearing",
    );
    bench.on_hook(upstairs);
    bench.expect(
        "201[1] ConnectionCleared 1/203 connected NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn the_mixer_has_a_leg_for_each_party_and_sends_where_the_party_receives() {
    let mut bench = consulting_in(office(), true);
    bench.conference_call("201").unwrap();
    let legs = [ALICE, BOB, CAROL].map(|station| bench.leg(station).unwrap());
    assert!(legs.iter().all(|(_, state)| state.role == legs[0].1.role), "they are in one mix: {legs:?}");
    let shown = bench.shown[CAROL.index()].appearances[0].clone();
    let sends_to = shown.media.and_then(|media| media.stream()).and_then(|stream| stream.transmit_to);
    assert_eq!(sends_to, Some(engine(legs[2].0)));
    bench.station(CAROL, StationInput::Receiving(shown.reference, receiver(4010)));
    assert_eq!(bench.leg(CAROL).unwrap().1.send_to, Some(receiver(4010)));
    bench.on_hook(CAROL);
    assert!(bench.legs.is_empty(), "two talk directly again: {:?}", bench.legs);
    assert_eq!((bench.hears(ALICE), bench.hears(BOB)), (Hears::Device, Hears::Device));
}

#[test]
fn a_leg_that_cannot_be_opened_or_is_closed_meanwhile_disturbs_nobody() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    let (leg, _) = bench.leg(BOB).unwrap();
    bench.handle(Input::LegOpened(leg, None));
    assert_eq!(bench.hears(BOB), Hears::Music);
    bench.resume(ALICE);
    bench.handle(Input::LegOpened(leg, Some(engine(leg))));
    assert_eq!((bench.hears(ALICE), bench.hears(BOB)), (Hears::Device, Hears::Device));
}

#[test]
fn a_mix_that_another_call_absorbs_goes_on_in_the_channels_that_are_open() {
    let mut bench = consulting_in(four(), true);
    bench.consult("203", "204").unwrap();
    bench.answer(DAVE);
    bench.conference_call("203").unwrap();
    let dave = bench.reference(bench.connection("204", 0));
    bench.station(DAVE, StationInput::Receiving(dave, receiver(4010)));
    let (leg, before) = bench.leg(DAVE).unwrap();
    bench.transfer_call("201").unwrap();
    let (same, after) = bench.leg(DAVE).unwrap();
    assert_eq!(
        (leg, before.send_to),
        (same, after.send_to),
        "Dave's phone has no reason to open another channel"
    );
    assert_ne!(before.role, after.role, "he is in the mix of the call that goes on");
    assert_eq!(bench.leg(BOB).unwrap().1.role, after.role);
}

#[test]
fn who_is_silent_for_too_long_leaves_the_conference_and_nobody_else_does() {
    let mut bench = conference();
    let (bob, _) = bench.leg(BOB).unwrap();
    bench.handle(Input::LegSilent(bob, true));
    bench.seconds(600);
    bench.handle(Input::LegSilent(bob, false));
    bench.seconds(1_200);
    bench.handle(Input::LegSilent(bob, true));
    bench.outputs();
    bench.seconds(1_189);
    bench.expect("");
    bench.seconds(1);
    let told = bench.outputs();
    assert!(told.contains("ConnectionCleared 1/202 connected Timeout"), "{told}");
    assert_eq!((bench.leg(BOB), bench.hears(ALICE)), (None, Hears::Device));
    // A report for a leg that is gone.
    bench.handle(Input::LegSilent(bob, true));
    bench.on_hook(ALICE);
    bench.expect_nothing_left();
}

#[test]
fn who_holds_a_conference_or_hears_music_may_be_silent() {
    let mut bench = Bench::new();
    bench.talk(ALICE, "202", BOB);
    bench.hold(ALICE);
    let (bob, _) = bench.leg(BOB).unwrap();
    bench.handle(Input::LegSilent(bob, true));
    bench.seconds(5_000);
    assert_eq!(bench.hears(BOB), Hears::Music);
    let mut bench = conference();
    let (bob, _) = bench.leg(BOB).unwrap();
    bench.handle(Input::LegSilent(bob, true));
    bench.hold(BOB);
    bench.seconds(5_000);
    bench.resume(BOB);
    assert!(bench.leg(BOB).is_some(), "a timer of before the hold");
}

#[test]
fn who_made_a_conference_controls_it_when_another_one_takes_the_place_of_a_member() {
    let moves: [fn(&mut Bench); 2] = [
        |bench| {
            let active = bench.connection("203", 0);
            bench.request(Request::SingleStepTransferCall { active, to: "204".into() }).unwrap();
            bench.answer(DAVE);
        },
        |bench| {
            let active = bench.connection("203", 0);
            bench.request(Request::SingleStepTransferCall { active, to: "204".into() }).unwrap();
            bench.end_call(DAVE);
        },
    ];
    for moves in moves {
        let mut bench = conference();
        moves(&mut bench);
        assert!(bench.switch.calls().iter().next().unwrap().is_conference());
        bench.on_hook(ALICE);
        expect_looks(&bench, ["", "", ""]);
        assert_eq!(bench.looks(DAVE), "");
    }
    let mut bench = consulting_in(four(), false);
    bench.conference_call("201").unwrap();
    let connection = bench.connection("203", 0);
    bench.request(Request::DeflectCall { connection, destination: "204".into() }).unwrap();
    bench.answer(DAVE);
    bench.on_hook(ALICE);
    expect_looks(&bench, ["", "", ""]);
}

#[test]
fn who_made_a_conference_of_which_two_are_left_does_not_control_the_next_one() {
    let mut bench = conference();
    bench.on_hook(CAROL);
    bench.consult("202", "204").unwrap();
    bench.answer(DAVE);
    bench.conference_call("202").unwrap();
    bench.on_hook(ALICE);
    assert_eq!((bench.looks(BOB), bench.looks(DAVE)), ("1 Connected".into(), "1 Connected".into()));
}

#[test]
fn end_call_clears_who_pressed_it_first() {
    let mut bench = conference();
    bench.end_call(ALICE);
    bench.expect(
        "202[2] ConnectionCleared 1/201 connected NormalClearing
         201[1] ConnectionCleared 1/201 null NormalClearing
         203[3] ConnectionCleared 1/201 connected NormalClearing
         202[2] ConnectionCleared 1/202 null NormalClearing
         203[3] ConnectionCleared 1/202 connected NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing",
    );
}

#[test]
fn who_does_not_want_to_be_disturbed_is_not_added() {
    let mut bench = Bench::with(four());
    bench.talk(BOB, "201", ALICE);
    let (active, device) = (bench.connection("201", 0), bench.device("203"));
    bench.request(Request::SetDoNotDisturb { device, on: true }).unwrap();
    bench.outputs();
    let add = Request::AddToCall { active, device, joining: Joining::Called };
    assert_eq!(bench.request(add), Err(Refusal::ResourceBusy));
    assert_eq!(bench.looks(CAROL), "");
}
