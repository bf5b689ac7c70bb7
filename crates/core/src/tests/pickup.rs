//! Directed and group pickup: who takes over a call that rings elsewhere, and what everybody is told.

use super::bench::{ALICE, BOB, Bench, CAROL, office};
use crate::{ButtonSettings, Key, PickupKeys, Refusal, Request, Response, Ring, Settings};

const PICKUP: Key = Key::Pickup { line: 0 };
const GROUP_PICKUP: Key = Key::GroupPickup { line: 0 };

/// The office, in which Alice and Carol are in a pickup group.
fn grouped(keys: PickupKeys) -> Settings {
    let mut settings = office();
    settings.lines[0].pickup_group = Some("10".into());
    settings.lines[2].pickup_group = Some("10".into());
    settings.features.pickup = keys;
    settings
}

/// Alice rings; Bob has called her.
fn ringing(settings: Settings) -> Bench {
    let mut bench = Bench::with(settings);
    bench.dial(BOB, "201");
    bench.outputs();
    bench
}

#[test]
fn with_the_pickup_key_the_user_enters_whose_call_it_is() {
    let mut bench = ringing(office());
    bench.key(CAROL, PICKUP);
    assert_eq!(bench.looks(CAROL), "1 Dialling");
    bench.digits(CAROL, "201");
    bench.expect(
        "203[3] ServiceInitiated 2/203 initiated Normal
         203[3] ConnectionCleared 2/203 null CallPickup
         202[2] Diverted 1/201 connected CallPickup to 203
         201[1] Diverted 1/201 null CallPickup to 203
         202[2] Established 1/203 connected CallPickup by 201
         203[3] Established 1/203 connected CallPickup by 201",
    );
    assert_eq!((bench.looks(ALICE), bench.looks(CAROL)), (String::new(), "1 Connected".into()));
    assert_eq!((bench.parties(BOB), bench.parties(CAROL)), ("> 203 Carol".into(), "< 202 Bob".into()));
    bench.on_hook(BOB);
    bench.on_hook(CAROL);
    bench.expect_nothing_left();
}

#[test]
fn an_asterisk_stands_for_the_own_group() {
    let mut bench = ringing(grouped(PickupKeys::Directed));
    bench.key(CAROL, PICKUP);
    bench.digits(CAROL, "*");
    assert_eq!(bench.parties(CAROL), "< 202 Bob");
}

#[test]
fn where_the_key_is_for_the_own_group_it_needs_no_number() {
    for keys in [PickupKeys::LocalGroup, PickupKeys::GroupKeyDirected] {
        let mut bench = ringing(grouped(keys));
        bench.key(CAROL, PICKUP);
        assert_eq!(bench.parties(CAROL), "< 202 Bob", "{keys:?}");
    }
}

#[test]
fn the_only_group_needs_no_number_and_one_of_several_does() {
    let mut bench = ringing(grouped(PickupKeys::Directed));
    bench.key(CAROL, GROUP_PICKUP);
    assert_eq!(bench.parties(CAROL), "< 202 Bob");

    let mut settings = grouped(PickupKeys::Directed);
    settings.lines[1].pickup_group = Some("101".into());
    let mut bench = ringing(settings);
    bench.key(CAROL, GROUP_PICKUP);
    bench.digits(CAROL, "10");
    assert_eq!(bench.looks(CAROL), "1 Dialling", "it may be the beginning of 101");
    bench.digits(CAROL, "#");
    assert_eq!(bench.parties(CAROL), "< 202 Bob");
}

#[test]
fn the_group_key_may_take_numbers_too() {
    let mut bench = ringing(grouped(PickupKeys::GroupKeyDirected));
    bench.key(CAROL, GROUP_PICKUP);
    bench.digits(CAROL, "201");
    assert_eq!(bench.parties(CAROL), "< 202 Bob");
}

#[test]
fn applications_pick_up_without_a_key() {
    for by_group in [false, true] {
        let mut bench = ringing(grouped(PickupKeys::Directed));
        let requesting = bench.device("203");
        let response = match by_group {
            true => bench.request(Request::GroupPickupCall { requesting, group: None }),
            false => {
                let picked = bench.connection("201", 0);
                bench.request(Request::DirectedPickupCall { picked, requesting })
            }
        };
        assert_eq!(response, Ok(Response::Call(bench.connection("203", 0))));
        bench.expect(
            "= call 1/203
             202[2] Diverted 1/201 connected CallPickup to 203
             201[1] Diverted 1/201 null CallPickup to 203
             202[2] Established 1/203 connected CallPickup by 201
             203[3] Established 1/203 connected CallPickup by 201",
        );
    }
}

#[test]
fn a_phone_that_acts_first_picks_up_with_the_same_diversion() {
    let mut settings = grouped(PickupKeys::Directed);
    settings.stations[2].autonomous = true;
    let mut bench = ringing(settings);
    let (picked, requesting) = (bench.connection("201", 0), bench.device("203"));
    bench.request(Request::DirectedPickupCall { picked, requesting }).unwrap();
    bench.expect(
        "= call 1/203
         202[2] Diverted 1/201 connected CallPickup to 203
         201[1] Diverted 1/201 null CallPickup to 203",
    );
}

#[test]
fn applications_pick_nothing_up_at_a_number_that_is_closed_to_them() {
    let mut settings = grouped(PickupKeys::Directed);
    settings.lines[0].cti_watch = false;
    let mut bench = ringing(settings);
    let (picked, requesting) = (bench.connection("201", 0), bench.device("203"));
    let refused = bench.request(Request::DirectedPickupCall { picked, requesting });
    assert_eq!(refused, Err(Refusal::PrivilegeViolation));
    bench.key(CAROL, PICKUP);
    bench.digits(CAROL, "201");
    assert_eq!(bench.parties(CAROL), "< 202 Bob", "a user may");
}

#[test]
fn nothing_to_pick_up_is_said_and_leaves_the_phone_idle() {
    let mut bench = Bench::with(grouped(PickupKeys::Directed));
    bench.key(CAROL, PICKUP);
    bench.digits(CAROL, "201");
    assert_eq!(bench.looks(CAROL), "refused NoCallToAnswer");
    bench.key(CAROL, GROUP_PICKUP);
    assert_eq!(bench.looks(CAROL), "refused NoCallToAnswer");
    bench.off_hook(CAROL);
    bench.key(CAROL, GROUP_PICKUP);
    assert_eq!(bench.looks(CAROL), "refused NoCallToAnswer");
    let requesting = bench.device("202");
    let refused = bench.request(Request::GroupPickupCall { requesting, group: None });
    assert_eq!(refused, Err(Refusal::NoCallToAnswer));
    bench.expect_nothing_left();
}

#[test]
fn a_device_does_not_pick_up_its_own_call() {
    let mut bench = ringing(office());
    let (picked, requesting) = (bench.connection("201", 0), bench.device("202"));
    let refused = bench.request(Request::DirectedPickupCall { picked, requesting });
    assert_eq!(refused, Err(Refusal::NoCallToAnswer));
    bench.answer(ALICE);
    let requesting = bench.device("203");
    let refused = bench.request(Request::DirectedPickupCall { picked, requesting });
    assert!(matches!(refused, Err(Refusal::InvalidConnectionState(_))), "{refused:?}");
}

#[test]
fn a_phone_does_not_give_up_the_call_that_it_picks_up() {
    let mut settings = office();
    settings.lines.push(super::bench::line("204", "Desk", crate::Channels::Dual));
    settings.stations[1].buttons.push(ButtonSettings::line(2, 4, Ring::Normal));
    let mut bench = ringing(settings);
    let (picked, requesting) = (bench.connection("201", 0), bench.device("204"));
    let refused = bench.request(Request::DirectedPickupCall { picked, requesting });
    assert_eq!(refused, Err(Refusal::NoCallToAnswer));
    assert_eq!(bench.looks(ALICE), "1 RingingIn { waiting: false }");
}

#[test]
fn a_call_is_held_for_the_one_that_is_picked_up() {
    let mut settings = grouped(PickupKeys::LocalGroup);
    settings.lines.push(super::bench::line("204", "Dave", crate::Channels::Dual));
    settings.stations.push(super::bench::station("dave", &[3]));
    let mut bench = Bench::with(settings);
    bench.talk(crate::StationId(3), "203", CAROL);
    bench.dial(BOB, "201");
    let (picked, requesting) = (bench.connection("201", 0), bench.device("203"));
    bench.request(Request::DirectedPickupCall { picked, requesting }).unwrap();
    assert_eq!(bench.looks(CAROL), "1 OnHold, 1 Connected");
}
