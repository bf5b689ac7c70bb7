//! Call park: where a call waits, who fetches it, and what becomes of it when nobody does.

use std::time::Duration;

use super::bench::{ALICE, BOB, Bench, CAROL, line, office, station};
use crate::{
    CallId, Channels, ConnectionId, ConnectionState, DeviceCategory, Joining, Key, LineSettings, MediaPlan,
    MediaSource, ParkSlot, Refusal, Request, Settings, StationId,
};

fn slot(number: &str, park_slot: ParkSlot) -> LineSettings {
    LineSettings { park_slot: Some(park_slot), ..line(number, "", Channels::Single) }
}

/// The office with the slots 801 and 802.
fn with_slots(first: ParkSlot) -> Settings {
    let mut settings = office();
    settings.lines.extend([slot("801", first), slot("802", ParkSlot::default())]);
    settings
}

/// Bob has called Alice.
fn talking(first: ParkSlot) -> Bench {
    let mut bench = Bench::with(with_slots(first));
    bench.talk(BOB, "201", ALICE);
    bench
}

fn park(bench: &mut Bench, to: Option<&str>) -> Result<crate::Response, Refusal> {
    let parking = bench.connection("201", 0);
    bench.request(Request::ParkCall { parking, park_to: to.map(Into::into) })
}

#[test]
fn a_parked_call_waits_in_the_slot() {
    let mut bench = talking(ParkSlot::default());
    park(&mut bench, Some("801")).unwrap();
    bench.expect(
        "= call 1/801
         202[2] Diverted 1/201 connected Park to 801
         201[1] Diverted 1/201 null Park to 801
         202[2] Queued 1/801 connected Park by 201
         801[4] Queued 1/801 queued Park by 201",
    );
    assert_eq!(bench.looks(ALICE), "");
    assert_eq!(bench.looks(BOB), "1 Connected");
    let bob = bench.connection("202", 0);
    let key = bench.switch.calls().find(bob, |_| true).unwrap();
    let plan = bench.switch.calls().media_plan(bob.call);
    assert_eq!(plan, MediaPlan::Source(key, MediaSource::MusicOnHold));
    let device = bench.device("801");
    assert_eq!(bench.switch.lines().category(device), DeviceCategory::Park);
}

#[test]
fn a_call_that_is_transferred_to_a_free_slot_in_a_single_step_is_parked_there() {
    let mut bench = talking(ParkSlot::default());
    let active = bench.connection("201", 0);
    bench.request(Request::SingleStepTransferCall { active, to: "801".into() }).unwrap();
    bench.expect(
        "= merged 1/801: 1/202 was 1/202 1/801 new
         202[2] Diverted 1/201 connected Park to 801
         201[1] Diverted 1/201 null Park to 801
         202[2] Queued 1/801 connected Park by 201
         801[4] Queued 1/801 queued Park by 201",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), (String::new(), "1 Connected".into()));
}

#[test]
fn who_dials_the_slot_fetches_the_call() {
    let mut bench = talking(ParkSlot::default());
    park(&mut bench, Some("801")).unwrap();
    bench.outputs();
    bench.dial(CAROL, "801");
    bench.expect(
        "203[3] ServiceInitiated 2/203 initiated Normal
         203[3] DigitsDialed 2/203 initiated 8
         203[3] Originated 2/203 connected NewCall
         203[3] ConnectionCleared 2/203 null CallPickup
         202[2] Diverted 1/801 connected CallPickup by 201 to 203
         801[4] Diverted 1/801 null CallPickup by 201 to 203
         202[2] Established 1/203 connected CallPickup by 801
         203[3] Established 1/203 connected CallPickup by 801",
    );
    assert_eq!((bench.looks(BOB), bench.looks(CAROL)), ("1 Connected".into(), "1 Connected".into()));
    let view = bench.switch.station_view(CAROL);
    assert_eq!(view.appearances[0].calling.number, "202");
    bench.on_hook(CAROL);
    bench.expect_nothing_left();
}

#[test]
fn the_park_key_chooses_a_slot_and_shows_it_until_the_next_key() {
    let mut settings = with_slots(ParkSlot { reserved_for: Some("203".into()), ..ParkSlot::default() });
    settings.lines.push(slot("901", ParkSlot::default()));
    let mut bench = Bench::with(settings);
    for (caller, expected) in [(BOB, Some("901")), (CAROL, Some("802"))] {
        bench.talk(caller, "201", ALICE);
        bench.key(ALICE, Key::Park { line: 0, reference: 0 });
        assert_eq!(
            bench.shown[ALICE.index()].parked_at.as_deref(),
            expected,
            "the same last digits, then any"
        );
        bench.key(ALICE, Key::Hold { line: 1, reference: 99 });
        assert_eq!(bench.shown[ALICE.index()].parked_at, None);
    }
}

#[test]
fn a_call_that_nobody_fetches_comes_back() {
    let slot =
        ParkSlot { timeout: Some(Duration::from_secs(10)), limit: 3, recall: true, ..ParkSlot::default() };
    let mut bench = talking(slot);
    bench.key(ALICE, Key::Park { line: 0, reference: 0 });
    bench.key(ALICE, Key::Dial);
    bench.outputs();
    bench.seconds(10);
    assert_eq!(bench.shown[ALICE.index()].parked_at.as_deref(), Some("801"), "a reminder");
    bench.seconds(10);
    assert_eq!(bench.shown[ALICE.index()].park_reminders, 2);
    bench.seconds(9);
    bench.expect("");
    bench.seconds(1);
    assert_eq!(bench.switch.station_view(ALICE).appearances[0].recalled_from, None, "it was not transferred");
    bench.expect(
        "202[2] Diverted 1/801 connected Recall by 201 to 201
         801[4] Diverted 1/801 null Recall by 201 to 201
         202[2] Delivered 1/201 connected Recall by 801
         201[1] Delivered 1/201 alerting Recall by 801",
    );
    bench.answer(ALICE);
    bench.expect(
        "202[2] Established 1/201 connected NewCall by 801
         201[1] Established 1/201 connected NewCall by 801",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), "1 Connected".into()));
}

#[test]
fn a_call_that_nobody_fetches_goes_elsewhere_or_ends() {
    let timeout = Some(Duration::from_secs(10));
    let transfer_to = Some("203".into());
    for (slot, shown) in [
        (
            ParkSlot { timeout, limit: 1, transfer_to, ..ParkSlot::default() },
            "1 RingingIn { waiting: false }",
        ),
        (ParkSlot { timeout, limit: 1, ..ParkSlot::default() }, ""),
    ] {
        let mut bench = talking(slot);
        park(&mut bench, Some("801")).unwrap();
        bench.seconds(10);
        assert_eq!(bench.looks(CAROL), shown);
        assert_eq!(bench.switch.calls().len(), usize::from(!shown.is_empty()));
    }
}

#[test]
fn the_parked_party_may_hang_up() {
    let mut bench =
        talking(ParkSlot { timeout: Some(Duration::from_secs(10)), limit: 3, ..ParkSlot::default() });
    park(&mut bench, None).unwrap();
    bench.outputs();
    bench.on_hook(BOB);
    bench.expect(
        "202[2] ConnectionCleared 1/202 null NormalClearing by 201
         801[4] ConnectionCleared 1/202 queued NormalClearing by 201
         801[4] ConnectionCleared 1/801 null NormalClearing by 201",
    );
    bench.expect_nothing_left();
}

#[test]
fn what_cannot_be_parked_is_refused() {
    let mut bench = talking(ParkSlot::default());
    for (to, refusal) in [("203", Refusal::InvalidParkDestination), ("999", Refusal::InvalidParkDestination)]
    {
        assert_eq!(park(&mut bench, Some(to)), Err(refusal));
    }
    park(&mut bench, Some("801")).unwrap();
    bench.talk(CAROL, "201", ALICE);
    assert_eq!(park(&mut bench, Some("801")), Err(Refusal::ResourceBusy));
    bench.hold(ALICE);
    let held = Refusal::InvalidConnectionState(ConnectionState::Hold);
    assert_eq!(park(&mut bench, Some("802")), Err(held));
    let parking = ConnectionId { call: CallId::from_number(77), device: bench.device("201") };
    let unknown = Request::ParkCall { parking, park_to: None };
    assert_eq!(bench.request(unknown), Err(Refusal::InvalidConnection));
}

#[test]
fn an_empty_slot_cannot_be_called() {
    let mut bench = Bench::with(with_slots(ParkSlot::default()));
    bench.dial(CAROL, "801");
    assert_eq!(bench.looks(CAROL), "1 Failed(DestOutOfOrder)");
}

#[test]
fn a_party_who_has_put_the_call_on_hold_fetches_nothing() {
    let mut bench = talking(ParkSlot::default());
    park(&mut bench, Some("801")).unwrap();
    bench.talk(CAROL, "201", ALICE);
    bench.hold(ALICE);
    let active = bench.connection("203", 0);
    bench.outputs();
    bench.request(Request::SingleStepTransferCall { active, to: "801".into() }).unwrap();
    let looks = ["1 OnHold", "1 Connected", "1 RingingIn { waiting: false }"];
    assert_eq!([ALICE, BOB, CAROL].map(|station| bench.looks(station)), looks, "it comes back to Carol");
}

#[test]
fn a_device_that_is_in_the_parked_call_does_not_fetch_it() {
    let mut bench = talking(ParkSlot::default());
    bench.key(BOB, Key::Transfer { line: 0, reference: 0 });
    park(&mut bench, Some("801")).unwrap();
    bench.digits(BOB, "801");
    assert_eq!(bench.looks(BOB), "1 OnHold, 1 Failed(Busy)");
}

#[test]
fn who_calls_and_parks_is_called_by_who_was_parked() {
    let slot =
        ParkSlot { timeout: Some(Duration::from_secs(5)), limit: 1, recall: true, ..ParkSlot::default() };
    let mut bench = talking(slot);
    let parking = bench.connection("202", 0);
    bench.request(Request::ParkCall { parking, park_to: Some("801".into()) }).unwrap();
    let call = bench.switch.calls().iter().next().unwrap();
    assert_eq!([call.calling(), call.called()].map(|party| party.number.as_str()), ["201", "202"]);
    bench.seconds(5);
    assert_eq!(bench.parties(BOB), "< 201 Alice");
}

#[test]
fn a_call_ends_when_only_a_slot_and_a_ringing_phone_are_left() {
    let mut settings = with_slots(ParkSlot::default());
    settings.lines.push(line("204", "Dave", Channels::Dual));
    settings.stations.push(station("dave", &[5]));
    settings.max_conference_members = 4;
    settings.stations[0].keep_conference = true;
    let mut bench = Bench::with(settings);
    bench.talk(CAROL, "201", ALICE);
    bench.consult("201", "202").unwrap();
    bench.answer(BOB);
    let (parking, device) = (bench.connection("202", 0), bench.device("204"));
    bench.request(Request::ParkCall { parking, park_to: Some("801".into()) }).unwrap();
    bench.conference_call("201").unwrap();
    let active = bench.connection("201", 0);
    bench.request(Request::AddToCall { active, device, joining: Joining::Called }).unwrap();
    bench.on_hook(CAROL);
    assert_eq!(bench.looks(StationId(3)), "1 RingingIn { waiting: false }");
    bench.on_hook(ALICE);
    assert_eq!(bench.looks(StationId(3)), "");
    bench.expect_nothing_left();
}

/// Bob and Alice talk; the slots 801 to 804.
fn talking_with(slots: [ParkSlot; 4]) -> Bench {
    let mut settings = office();
    settings.lines[0].park_group = Some("sales".into());
    let slots = ["801", "802", "803", "804"].into_iter().zip(slots);
    settings.lines.extend(slots.map(|(number, slot_settings)| slot(number, slot_settings)));
    let mut bench = Bench::with(settings);
    bench.talk(BOB, "201", ALICE);
    bench
}

#[test]
fn slots_of_the_own_group_are_chosen_first_and_directed_ones_never() {
    let of = |group: &str| ParkSlot { reservation_group: Some(group.into()), ..ParkSlot::default() };
    let directed = ParkSlot { directed: true, ..ParkSlot::default() };
    let slots = [directed.clone(), of("service"), directed, of("sales")];
    let mut bench = talking_with(slots);
    bench.key(ALICE, Key::Park { line: 0, reference: 0 });
    assert_eq!(bench.shown[ALICE.index()].parked_at.as_deref(), Some("804"));
    bench.talk(CAROL, "201", ALICE);
    assert_eq!(park(&mut bench, None), Err(Refusal::ResourceBusy));
    assert!(park(&mut bench, Some("801")).is_ok());
}

#[test]
fn a_call_that_is_transferred_to_a_slot_is_parked_there() {
    let directed = ParkSlot { directed: true, ..ParkSlot::default() };
    let mut bench = talking(directed);
    bench.transfer(ALICE);
    bench.digits(ALICE, "801");
    assert_eq!(bench.looks(ALICE), "");
    assert_eq!(bench.shown[ALICE.index()].parked_at.as_deref(), Some("801"));
    bench.dial(CAROL, "801");
    assert_eq!(bench.parties(CAROL), "< 202 Bob");
    assert_eq!(bench.looks(BOB), "1 Connected");
}

#[test]
fn another_number_is_reminded_too_or_only_it() {
    for notify_only in [false, true] {
        let slot = ParkSlot {
            timeout: Some(Duration::from_secs(10)),
            limit: 3,
            notify: Some("203".into()),
            notify_only,
            ..ParkSlot::default()
        };
        let mut bench = talking(slot);
        park(&mut bench, Some("801")).unwrap();
        bench.seconds(10);
        let reminded = |station: StationId| bench.shown[station.index()].park_reminders > 0;
        assert_eq!((reminded(ALICE), reminded(CAROL)), (!notify_only, true));
        bench.key(CAROL, Key::Pickup { line: 1 });
        bench.digits(CAROL, "*");
        assert_eq!(bench.parties(CAROL), "< 202 Bob", "who is notified fetches it without its number");
    }
}

#[test]
fn a_call_goes_to_another_number_or_waits_if_who_parked_it_is_in_a_call() {
    let (timeout, alternate) = (Some(Duration::from_secs(10)), Some("204".into()));
    let retry = Some((Duration::from_secs(5), 2));
    let slot = ParkSlot { timeout, limit: 1, recall: true, ..ParkSlot::default() };
    let with_dave = |slot: ParkSlot| {
        let mut settings = with_slots(slot);
        settings.lines.push(line("204", "Dave", Channels::Dual));
        settings.stations.push(station("dave", &[5]));
        let mut bench = Bench::with(settings);
        bench.talk(BOB, "201", ALICE);
        park(&mut bench, Some("801")).unwrap();
        bench.talk(CAROL, "201", ALICE);
        bench
    };
    let mut bench = with_dave(ParkSlot { alternate, ..slot.clone() });
    bench.seconds(10);
    assert_eq!(bench.looks(StationId(3)), "1 RingingIn { waiting: false }");

    let mut bench = with_dave(ParkSlot { retry, ..slot.clone() });
    bench.seconds(10);
    assert_eq!(bench.looks(ALICE), "1 Connected");
    bench.on_hook(ALICE);
    bench.seconds(5);
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }", "the second time Alice is free");

    let mut bench = with_dave(ParkSlot { retry, ..slot });
    bench.seconds(20);
    assert_eq!((bench.looks(ALICE), bench.looks(BOB)), ("1 Connected".into(), String::new()));
}
