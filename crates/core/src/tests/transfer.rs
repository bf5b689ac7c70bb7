//! Consultation and transfer, by keys and by applications.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, party, receiver, station};
use crate::{
    CallsTo, Channels, Codec, ConnectionId, ConnectionState, ConsultPurpose, Event, Forward, ForwardingType,
    Key, Notification, Refusal, Request, Response, Settings, StationId, StationInput, Timeouts, Verb,
    cti::{Principal, UserSettings},
};

const DAVE: StationId = StationId(3);

/// Alice, Bob, Carol and Dave.
fn four() -> Settings {
    let mut settings = office();
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.stations.push(station("dave", &[3]));
    settings
}

/// Bob has called Alice, who calls Carol about it by an application.
fn consulting() -> Bench {
    consulting_in(four())
}

fn consulting_in(settings: Settings) -> Bench {
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench
}

#[track_caller]
fn expect_looks(bench: &Bench, looks: [&str; 3]) {
    assert_eq!([ALICE, BOB, CAROL].map(|station| bench.looks(station)), looks);
}

#[test]
fn a_consultation_holds_the_call_and_calls_somebody_else() {
    let mut bench = Bench::with(four());
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.answer(CAROL);
    bench.expect(
        "= call 2/201
         202[2] Held 1/201 connected Consultation
         201[1] Held 1/201 hold Consultation
         201[1] ServiceInitiated 2/201 initiated Consultation
         201[1] Originated 2/201 connected Consultation
         201[1] Delivered 2/203 connected Consultation
         203[3] Delivered 2/203 alerting Consultation
         201[1] Established 2/203 connected Consultation
         203[3] Established 2/203 connected Consultation",
    );
    expect_looks(&bench, ["1 OnHold, 1 Connected", "1 Connected", "1 Connected"]);
    let purpose = bench.switch.station_view(ALICE).appearances[1].consultation;
    assert_eq!(purpose, Some(ConsultPurpose::Any));
    assert_eq!(bench.parties(ALICE), "< 202 Bob, > 203 Carol");
    bench.on_hook(ALICE);
    expect_looks(&bench, ["1 OnHold", "1 Connected", ""]);
}

#[test]
fn a_consultation_that_cannot_begin_changes_nothing() {
    let mut settings = four();
    settings.lines[2].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.dial(BOB, "201");
    let connected = ConnectionState::Connected;
    assert_eq!(
        bench.consult("202", "203"),
        Err(Refusal::InvalidConnectionState(connected)),
        "it still rings"
    );
    bench.answer(ALICE);
    bench.talk(CAROL, "204", DAVE);
    assert_eq!(bench.consult("203", "201"), Err(Refusal::ResourceBusy), "there is one channel");
    assert_eq!(bench.consult("201", "77"), Err(Refusal::InvalidCalledDevice));
    let blind = Request::ConsultationCall {
        existing: bench.connection("203", 0),
        consulted: "201".into(),
        purpose: ConsultPurpose::BlindTransfer,
    };
    assert_eq!(bench.request(blind), Err(Refusal::ResourceBusy), "only a key transfers blindly");
    bench.hold(ALICE);
    assert_eq!(bench.consult("201", "204"), Err(Refusal::InvalidConnectionState(ConnectionState::Hold)));
    bench.resume(ALICE);
    bench.station(ALICE, StationInput::Lost);
    assert_eq!(bench.consult("201", "204"), Err(Refusal::DeviceOutOfService));
    expect_looks(&bench, ["1 Connected", "1 Connected", "1 Connected"]);
}

#[test]
fn a_connected_consultation_is_transferred() {
    let mut bench = consulting();
    bench.answer(CAROL);
    let global_id = bench.switch.calls().iter().next().unwrap().global_id();
    bench.outputs();
    bench.transfer_call("201").unwrap();
    bench.expect(
        "= merged 1/203: 1/202 was 1/202 1/203 was 2/203
         201[1] Transferred 1/201 2/201 null by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         202[2] Transferred 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         203[3] Transferred 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/203 was 2/203",
    );
    expect_looks(&bench, ["", "1 Connected", "1 Connected"]);
    assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));
    let Some((_, Notification { event: Event::Merge(event), .. })) = bench.events.last() else { panic!() };
    assert_eq!((event.global_id, event.absorbed_global_id != global_id), (global_id, true));
    bench.request(Request::SnapshotDevice { device: bench.device("202") }).unwrap();
    bench.expect("= snapshot 1/202 connected/connected 203");
    assert!(bench.stream(BOB).is_some() && bench.stream(CAROL).is_some(), "they hear each other");
    bench.on_hook(BOB);
    bench.expect(
        "202[2] ConnectionCleared 1/202 null NormalClearing
         203[3] ConnectionCleared 1/202 connected NormalClearing
         203[3] ConnectionCleared 1/203 null NormalClearing",
    );
    bench.expect_nothing_left();
}

#[test]
fn a_consultation_that_still_rings_is_transferred() {
    let mut bench = consulting();
    bench.outputs();
    bench.transfer_call("201").unwrap();
    bench.expect(
        "= merged 1/203: 1/202 was 1/202 1/203 was 2/203
         201[1] Transferred 1/201 2/201 null by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         202[2] Transferred 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         203[3] Transferred 1/201 2/201 alerting by 201 with 203: 1/202 was 1/202 1/203 was 2/203",
    );
    expect_looks(&bench, ["", "1 RingingOut", "1 RingingIn { waiting: false }"]);
    assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));
    bench.answer(CAROL);
    bench.expect(
        "202[2] Established 1/203 connected NewCall
         203[3] Established 1/203 connected NewCall",
    );
    expect_looks(&bench, ["", "1 Connected", "1 Connected"]);
    assert_eq!(bench.switch.timer_count(), 0);
}

#[test]
fn who_called_both_leaves_one_who_calls_and_one_who_is_called() {
    for answered in [true, false] {
        let mut bench = Bench::with(four());
        bench.talk(ALICE, "202", BOB);
        bench.consult("201", "203").unwrap();
        if answered {
            bench.answer(CAROL);
        }
        bench.transfer_call("201").unwrap();
        assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));
    }
}

#[test]
fn after_a_transfer_who_stayed_calls_whom_the_consultation_called() {
    let mut bench = Bench::with(four());
    bench.talk(ALICE, "202", BOB);
    bench.consult("201", "203").unwrap();
    bench.answer(CAROL);
    let carol = bench.reference(bench.connection("203", 0));
    bench.station(CAROL, StationInput::Receiving(carol, receiver(4000)));
    bench.transfer_call("201").unwrap();
    assert_eq!((bench.transmit_to(BOB), bench.transmit_to(CAROL)), (Some(receiver(4000)), None));
    bench.on_hook(CAROL);
    let Some((_, Notification { event: Event::Call(event), .. })) = bench.events.last() else { panic!() };
    assert_eq!((party(&event.calling), party(&event.called)), ("202 Bob".into(), "203 Carol".into()));
}

#[test]
fn both_calls_have_to_be_of_one_device_and_in_the_right_state() {
    let mut bench = consulting();
    let (held, active) = (bench.connection("201", 0), bench.connection("201", 1));
    let (bob, carol) = (bench.connection("202", 0), bench.connection("203", 0));
    let connected = Err(Refusal::InvalidHeldConnectionState(ConnectionState::Connected));
    assert_eq!(bench.request(Request::TransferCall { held: active, active }), connected);
    let two = Err(Refusal::NotSameDevice);
    for active in [bob, carol] {
        assert_eq!(bench.request(Request::TransferCall { held, active }), two);
        assert_eq!(bench.request(Request::ConferenceCall { held, active }), two);
        assert_eq!(bench.request(Request::AlternateCall { held, active }), two);
        assert_eq!(bench.request(Request::ReconnectCall { active, held }), two);
    }
    let gone = ConnectionId { call: crate::CallId::from_number(9), ..active };
    assert_eq!(
        bench.request(Request::TransferCall { held, active: gone }),
        Err(Refusal::InvalidActiveConnection)
    );
    expect_looks(&bench, ["1 OnHold, 1 RingingOut", "1 Connected", "1 RingingIn { waiting: false }"]);
}

#[test]
fn a_transferred_call_that_is_declined_comes_back() {
    let mut bench = consulting();
    bench.transfer_call("201").unwrap();
    bench.outputs();
    bench.end_call(CAROL);
    bench.expect(
        "202[2] Diverted 1/203 connected Recall to 201
         203[3] Diverted 1/203 null Recall to 201
         202[2] Delivered 1/201 connected Recall by 203
         201[1] Delivered 1/201 alerting Recall by 203",
    );
    expect_looks(&bench, ["1 RingingIn { waiting: false }", "1 RingingOut", ""]);
    assert_eq!((bench.parties(ALICE), bench.parties(BOB)), ("< 202 Bob".into(), "> 201 Alice".into()));
    bench.outputs();
    bench.answer(ALICE);
    bench.expect(
        "202[2] Established 1/201 connected NewCall by 203
         201[1] Established 1/201 connected NewCall by 203",
    );
    expect_looks(&bench, ["1 Connected", "1 Connected", ""]);
}

#[test]
fn a_call_that_came_back_and_is_not_taken_does_not_come_back_again() {
    let mut bench = consulting();
    bench.transfer_call("201").unwrap();
    bench.end_call(CAROL);
    bench.outputs();
    bench.end_call(ALICE);
    bench.expect(
        "202[2] ConnectionCleared 1/201 connected NormalClearing by 203
         201[1] ConnectionCleared 1/201 null NormalClearing by 203",
    );
    assert_eq!(bench.looks(BOB), "1 Failed(Busy)");
}

#[test]
fn a_transferred_call_that_is_forwarded_to_nowhere_comes_back() {
    // Carol's line forwards to itself, and to Bob, who waits in the call.
    for to in ["203", "202"] {
        let mut settings = four();
        let forward = Forward { number: to.into(), calls_to: CallsTo::AnyNumber };
        settings.lines[2].forwarding.busy = Some(forward);
        let mut bench = consulting_in(settings);
        bench.transfer_call("201").unwrap();
        bench.outputs();
        bench.end_call(CAROL);
        bench.expect(&format!(
            "202[2] Diverted 1/203 connected CallForwardBusy to {to}
             203[3] Diverted 1/203 null CallForwardBusy to {to}
             202[2] Delivered 1/201 connected Recall by 203
             201[1] Delivered 1/201 alerting Recall by 203",
        ));
        expect_looks(&bench, ["1 RingingIn { waiting: false }", "1 RingingOut", ""]);
    }
}

fn with_recall(seconds: u64) -> Settings {
    let transfer_recall = Some(Duration::from_secs(seconds));
    Settings { timeouts: Timeouts { transfer_recall, ..Timeouts::default() }, ..four() }
}

#[test]
fn a_transferred_call_that_nobody_answers_comes_back_in_time() {
    let mut bench = consulting_in(with_recall(12));
    bench.seconds(6);
    bench.transfer_call("201").unwrap();
    bench.outputs();
    bench.pass(Duration::from_millis(11_999));
    bench.expect("");
    bench.pass(Duration::from_millis(1));
    bench.expect(
        "202[2] Diverted 1/203 connected Recall to 201
         203[3] Diverted 1/203 null Recall to 201
         202[2] Delivered 1/201 connected Recall by 203
         201[1] Delivered 1/201 alerting Recall by 203",
    );
    let shown = |bench: &Bench| bench.switch.station_view(ALICE).appearances[0].recalled_from.clone();
    assert_eq!(shown(&bench).as_deref(), Some("203"), "the user learns from where");
    bench.answer(ALICE);
    assert_eq!(shown(&bench), None);
}

#[test]
fn while_who_transferred_it_is_busy_a_call_rings_on_and_is_tried_twice_more() {
    let busy = |aside: bool| {
        let mut settings = with_recall(12);
        settings.lines[0].channels = Channels::Single;
        let mut bench = Bench::with(settings);
        bench.talk(BOB, "201", ALICE);
        if aside {
            bench.hold(BOB);
        }
        let key = bench.connection("201", 0);
        bench.request(Request::SingleStepTransferCall { active: key, to: "203".into() }).unwrap();
        bench.talk(ALICE, "204", DAVE);
        bench.seconds(24);
        bench.outputs();
        assert_eq!(
            [BOB, CAROL].map(|who| bench.looks(who)),
            [if aside { "1 OnHold" } else { "1 RingingOut" }, "1 RingingIn { waiting: false }"]
        );
        bench
    };
    let mut bench = busy(false);
    bench.on_hook(ALICE);
    bench.seconds(12);
    expect_looks(&bench, ["1 RingingIn { waiting: false }", "1 RingingOut", ""]);
    let mut bench = busy(false);
    bench.seconds(12);
    expect_looks(&bench, ["1 Connected", "1 Failed(Busy)", ""]);
    let mut bench = busy(true);
    bench.seconds(12);
    let outputs = bench.outputs();
    assert!(outputs.contains("202[2] ConnectionCleared 1/202 null Busy"), "nobody hears a tone: {outputs}");
}

#[test]
fn the_number_that_transferred_a_call_may_say_when_it_comes_back() {
    for (of_line, ring) in [(Some(20), 20), (Some(0), 180), (None, 12)] {
        let mut settings = with_recall(12);
        settings.lines[0].transfer_recall = of_line.map(Duration::from_secs);
        let mut bench = consulting_in(settings);
        bench.transfer_call("201").unwrap();
        bench.seconds(ring - 1);
        assert_eq!(bench.looks(ALICE), "");
        bench.seconds(1);
        expect_looks(&bench, ["1 RingingIn { waiting: false }", "1 RingingOut", ""]);
    }
}

#[test]
fn a_call_comes_back_before_it_is_forwarded_if_that_is_sooner_and_not_from_who_forwards_when_busy() {
    let after = |recall: u64, kind: ForwardingType, seconds: u64| {
        let mut settings = with_recall(recall);
        settings.lines[2].forwarding.no_answer_timeout = Duration::from_secs(20);
        let mut bench = Bench::with(settings);
        bench.forward("203", kind, Some("204")).unwrap();
        bench.talk(BOB, "201", ALICE);
        bench.consult("201", "203").unwrap();
        bench.transfer_call("201").unwrap();
        bench.seconds(seconds);
        [ALICE, CAROL, DAVE].map(|who| !bench.looks(who).is_empty())
    };
    assert_eq!(after(12, ForwardingType::NoAnswer, 12), [true, false, false]);
    assert_eq!(after(30, ForwardingType::NoAnswer, 20), [false, false, true]);
    assert_eq!(after(12, ForwardingType::Busy, 60), [false, true, false]);
}

#[test]
fn without_a_transfer_recall_an_unanswered_call_comes_back_after_ringing() {
    let mut bench = consulting();
    bench.transfer_call("201").unwrap();
    bench.seconds(179);
    assert_eq!(bench.looks(ALICE), "");
    bench.seconds(1);
    expect_looks(&bench, ["1 RingingIn { waiting: false }", "1 RingingOut", ""]);
}

#[test]
fn an_answered_transfer_does_not_come_back() {
    let mut bench = consulting_in(with_recall(12));
    bench.transfer_call("201").unwrap();
    bench.answer(CAROL);
    bench.seconds(60);
    expect_looks(&bench, ["", "1 Connected", "1 Connected"]);
}

#[test]
fn a_transferred_call_that_is_forwarded_to_somebody_who_does_not_take_it_comes_back() {
    let decline: [fn(&mut Bench); 3] = [
        |bench| bench.end_call(DAVE),
        |bench| bench.seconds(12),
        |bench| bench.station(DAVE, StationInput::Unregister),
    ];
    for decline in decline {
        let mut bench = consulting_in(with_recall(12));
        bench.forward("203", ForwardingType::Busy, Some("204")).unwrap();
        bench.transfer_call("201").unwrap();
        bench.end_call(CAROL);
        assert_eq!(bench.looks(DAVE), "1 RingingIn { waiting: false }");
        decline(&mut bench);
        expect_looks(&bench, ["1 RingingIn { waiting: false }", "1 RingingOut", ""]);
    }
    let mut bench = consulting_in(with_recall(12));
    bench.forward("203", ForwardingType::Busy, Some("204")).unwrap();
    bench.transfer_call("201").unwrap();
    bench.station(DAVE, StationInput::Unregister);
    bench.outputs();
    bench.end_call(CAROL);
    bench.expect(
        "202[2] Diverted 1/203 connected CallForwardBusy to 204
         203[3] Diverted 1/203 null CallForwardBusy to 204
         202[2] Diverted 1/204 connected Recall by 203 to 201
         204[4] Diverted 1/204 null Recall by 203 to 201
         202[2] Delivered 1/201 connected Recall by 204
         201[1] Delivered 1/201 alerting Recall by 204",
    );
}

#[test]
fn the_transfer_key_begins_and_completes_a_transfer() {
    let mut bench = Bench::with(four());
    bench.talk(BOB, "201", ALICE);
    bench.transfer(ALICE);
    expect_looks(&bench, ["1 OnHold, 1 Dialling", "1 Connected", ""]);
    bench.transfer(ALICE);
    expect_looks(&bench, ["1 OnHold, 1 Dialling", "1 Connected", ""]);
    bench.digits(ALICE, "203");
    bench.answer(CAROL);
    bench.outputs();
    bench.transfer(ALICE);
    bench.expect(
        "201[1] Transferred 1/201 2/201 null by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         202[2] Transferred 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         203[3] Transferred 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/203 was 2/203",
    );
    expect_looks(&bench, ["", "1 Connected", "1 Connected"]);
}

#[test]
fn the_transfer_key_may_name_either_call() {
    for nth in [0, 1] {
        let mut bench = Bench::with(four());
        bench.talk(BOB, "201", ALICE);
        bench.transfer(ALICE);
        bench.digits(ALICE, "203");
        let reference = bench.reference(bench.connection("201", nth));
        bench.key(ALICE, Key::Transfer { line: 1, reference });
        expect_looks(&bench, ["", "1 RingingOut", "1 RingingIn { waiting: false }"]);
    }
}

#[test]
fn a_user_who_has_gone_back_to_the_first_call_can_still_join_both() {
    let gone_back = |begin: fn(&mut Bench, StationId)| {
        let mut bench = Bench::with(four());
        bench.talk(BOB, "201", ALICE);
        begin(&mut bench, ALICE);
        bench.digits(ALICE, "203");
        bench.answer(CAROL);
        bench.resume(ALICE);
        expect_looks(&bench, ["1 Connected, 1 OnHold", "1 Connected", "1 Connected"]);
        bench
    };
    let mut bench = gone_back(Bench::transfer);
    assert!(bench.switch.station_view(ALICE).appearances[0].permitted.contains(Verb::TransferActive));
    bench.conference(ALICE);
    expect_looks(
        &bench,
        [
            "1 Connected, 1 OnHold, refused InvalidActiveConnectionState(Connected)",
            "1 Connected",
            "1 Connected",
        ],
    );
    bench.transfer(ALICE);
    assert_eq!((bench.looks(ALICE), bench.parties(BOB)), ("".into(), "> 203 Carol".into()));
    let mut bench = gone_back(Bench::conference);
    bench.conference(ALICE);
    assert_eq!(bench.parties(BOB), "203 Carol + 201 Alice");
    let mut bench = gone_back(Bench::transfer);
    bench.on_hook(ALICE);
    expect_looks(&bench, ["1 OnHold", "", "1 Connected"]);
}

#[test]
fn hanging_up_completes_a_transfer_that_was_begun_with_the_key() {
    for answered in [false, true] {
        let mut bench = Bench::with(four());
        bench.talk(BOB, "201", ALICE);
        bench.transfer(ALICE);
        bench.digits(ALICE, "203");
        if answered {
            bench.answer(CAROL);
        }
        bench.on_hook(ALICE);
        assert_eq!((bench.looks(ALICE), bench.parties(BOB)), ("".into(), "> 203 Carol".into()));
    }
}

#[test]
fn hanging_up_before_anybody_rings_or_with_end_call_transfers_nothing() {
    let ends: [fn(&mut Bench); 4] = [
        |bench| bench.on_hook(ALICE),
        |bench| {
            bench.digits(ALICE, "20");
            bench.on_hook(ALICE);
        },
        |bench| {
            bench.digits(ALICE, "203");
            bench.end_call(ALICE);
        },
        |bench| {
            bench.digits(ALICE, "203");
            bench.key(ALICE, Key::HoldOrResume);
            bench.hold(ALICE);
        },
    ];
    for end in ends {
        let mut bench = Bench::with(four());
        bench.talk(BOB, "201", ALICE);
        bench.transfer(ALICE);
        end(&mut bench);
        expect_looks(&bench, ["1 OnHold", "1 Connected", ""]);
    }
}

#[test]
fn the_transfer_key_asks_nobody_whom_the_number_does_not_reach() {
    let mut bench = Bench::with(four());
    bench.talk(BOB, "201", ALICE);
    bench.transfer(ALICE);
    bench.digits(ALICE, "9");
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Failed(DestNotObtainable)");
    bench.transfer(ALICE);
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Failed(DestNotObtainable)", "nobody is there to transfer to");
    bench.seconds(10);
    expect_looks(&bench, ["1 OnHold", "1 Connected", ""]);
}

/// Alice's line has one channel.
fn single() -> Bench {
    let mut settings = four();
    settings.lines[0].channels = Channels::Single;
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench
}

#[test]
fn on_a_line_with_one_channel_the_key_transfers_as_soon_as_somebody_rings() {
    let mut bench = single();
    bench.transfer(ALICE);
    expect_looks(&bench, ["1 OnHold, 1 Dialling", "1 Connected", ""]);
    bench.outputs();
    bench.digits(ALICE, "203");
    bench.expect(
        "201[1] DigitsDialed 2/201 initiated 2
         201[1] Originated 2/201 connected Consultation
         201[1] Delivered 2/203 connected Consultation
         203[3] Delivered 2/203 alerting Consultation
         201[1] Transferred 1/201 2/201 null by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         202[2] Transferred 1/201 2/201 connected by 201 with 203: 1/202 was 1/202 1/203 was 2/203
         203[3] Transferred 1/201 2/201 alerting by 201 with 203: 1/202 was 1/202 1/203 was 2/203",
    );
    expect_looks(&bench, ["", "1 RingingOut", "1 RingingIn { waiting: false }"]);
    bench.end_call(CAROL);
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
}

#[test]
fn a_blind_transfer_to_nobody_keeps_the_call() {
    let mut bench = single();
    bench.transfer(ALICE);
    bench.digits(ALICE, "9");
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 Failed(DestNotObtainable)");
    bench.resume(ALICE);
    expect_looks(&bench, ["1 Connected", "1 Connected", ""]);
}

#[test]
fn a_make_call_completes_the_blind_transfer_that_its_user_began() {
    let mut bench = single();
    bench.transfer(ALICE);
    bench.outputs();
    bench.make_call("201", "203", false).unwrap();
    assert!(bench.outputs().starts_with("= call 2/201\n201[1] Originated 2/201"));
    expect_looks(&bench, ["", "1 RingingOut", "1 RingingIn { waiting: false }"]);
}

#[test]
fn what_is_transferred_while_the_other_party_has_put_it_aside_stays_aside() {
    let mut bench = consulting();
    bench.answer(CAROL);
    bench.hold(BOB);
    bench.transfer_call("201").unwrap();
    expect_looks(&bench, ["", "1 OnHold", "1 Connected"]);
    bench.resume(BOB);
    expect_looks(&bench, ["", "1 Connected", "1 Connected"]);
}

#[test]
fn a_transfer_between_two_without_a_common_codec_fails() {
    let codecs = |codec| StationInput::Capabilities([Codec::G711Alaw, codec].into_iter().collect());
    let mut bench = Bench::with(four());
    bench.station(ALICE, codecs(Codec::G729));
    bench.station(BOB, StationInput::Capabilities([Codec::G729].into_iter().collect()));
    bench.station(CAROL, StationInput::Capabilities([Codec::G711Alaw].into_iter().collect()));
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.answer(CAROL);
    bench.transfer_call("201").unwrap();
    expect_looks(&bench, ["", "1 Failed(ResourcesNotAvailable)", ""]);
    bench.seconds(10);
    bench.expect_nothing_left();
}

#[test]
fn a_held_call_that_is_transferred_at_the_other_end_can_still_be_transferred() {
    let mut bench = consulting();
    bench.answer(CAROL);
    // Bob transfers his end of the held call to Dave: Alice holds a call with Dave then.
    bench.consult("202", "204").unwrap();
    bench.answer(DAVE);
    bench.transfer_call("202").unwrap();
    assert_eq!(
        (bench.parties(ALICE), bench.parties(DAVE)),
        ("> 204 Dave, > 203 Carol".into(), "< 201 Alice".into())
    );
    bench.transfer(ALICE);
    assert_eq!(
        (bench.looks(ALICE), bench.parties(CAROL), bench.parties(DAVE)),
        ("".into(), "< 204 Dave".into(), "> 203 Carol".into())
    );
}

#[test]
fn two_calls_with_one_who_rings_in_both_cannot_be_joined() {
    let mut bench = consulting_in(Settings { max_conference_members: 4, ..four() });
    bench.conference_call("201").unwrap();
    bench.hold(ALICE);
    bench.on_hook(BOB);
    bench.key(ALICE, Key::NewCall { line: 0 });
    bench.digits(ALICE, "204");
    assert_eq!(bench.looks(ALICE), "1 OnHold, 1 RingingOut");
    let alerting = Err(Refusal::InvalidActiveConnectionState(ConnectionState::Alerting));
    assert_eq!(bench.transfer_call("201"), alerting);
}

#[test]
fn a_party_that_holds_the_call_itself_is_cleared_when_a_transferred_call_goes_round_in_circles() {
    let mut bench = Bench::new();
    bench.forward("203", crate::ForwardingType::Busy, Some("202")).unwrap();
    bench.talk(ALICE, "202", BOB);
    bench.forward("202", crate::ForwardingType::Immediate, Some("203")).unwrap();
    bench.hold(ALICE);
    bench.transfer(BOB);
    bench.digits(BOB, "203");
    bench.transfer(BOB);
    bench.outputs();
    bench.end_call(CAROL);
    assert!(bench.outputs().contains("201[1] ConnectionCleared 1/201 null Blocked"));
    bench.expect_nothing_left();
}

#[test]
fn a_forwarded_call_that_is_transferred_while_it_rings_keeps_its_last_redirection_device() {
    let mut bench = Bench::with(four());
    bench.forward("203", ForwardingType::Immediate, Some("204")).unwrap();
    bench.talk(BOB, "201", ALICE);
    bench.consult("201", "203").unwrap();
    bench.transfer_call("201").unwrap();
    bench.outputs();
    bench.answer(DAVE);
    bench.expect(
        "202[2] Established 1/204 connected NewCall by 203
         204[4] Established 1/204 connected NewCall by 203",
    );
}

#[test]
fn who_has_logged_in_transfers_two_calls_in_any_order_and_two_held_ones() {
    for (holds, swaps) in [(false, true), (true, false), (true, true)] {
        let mut settings = office();
        settings.users.insert("crm".into(), UserSettings { controls_all: true, ..UserSettings::default() });
        let mut bench = Bench::with(settings);
        let principal = Principal { name: "crm".into(), user: Some("crm".into()) };
        let session = bench.switch.open_session(principal).unwrap();
        bench.dial(ALICE, "202");
        bench.answer(BOB);
        bench.consult("201", "203").unwrap();
        bench.answer(CAROL);
        let (first, second) = (bench.connection("201", 0), bench.connection("201", 1));
        if holds {
            bench.request(Request::HoldCall(second)).unwrap();
        }
        let (held, active) = if swaps { (second, first) } else { (first, second) };
        let transfer = Request::TransferCall { held, active };
        let refused = bench.request(transfer.clone());
        assert!(
            matches!(
                refused,
                Err(Refusal::InvalidHeldConnectionState(_) | Refusal::InvalidActiveConnectionState(_))
            ),
            "{refused:?}"
        );
        bench.outputs();
        assert!(
            matches!(bench.request_by(session, transfer), Ok(Response::Merged { .. })),
            "{holds} {swaps}"
        );
        let told = bench.outputs();
        assert!(!told.contains("Retrieved") && !told.contains("Held"), "{told}");
        assert_eq!((bench.looks(ALICE).as_str(), bench.looks(BOB).as_str()), ("", "1 Connected"));
        bench.on_hook(BOB);
        bench.expect_nothing_left();
    }
}
