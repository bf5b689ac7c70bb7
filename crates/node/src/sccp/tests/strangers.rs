//! What somebody who knows a phone's name cannot do.

use hookflash_wire::sccp::RegisterTokenReq;

use super::*;

const OWNER: [u8; 4] = [192, 0, 2, 1];
const STRANGER: [u8; 4] = [192, 0, 2, 99];

fn register(bench: &mut Bench, from: [u8; 4], name: &str) -> (LinkId, Vec<String>) {
    let link = bench.connect_from(from);
    let phone = bench.register(link, name, DeviceType::TYPE_7960, 11);
    (link, bench.seen(phone))
}

fn is_registered_at(bench: &Bench, ip: [u8; 4]) -> bool {
    let (station, _) = bench.node.switch().stations().iter().next().unwrap();
    let info = bench.node.stations().station_info(station).unwrap();
    info.link.is_some() && info.peer.unwrap().ip() == std::net::IpAddr::from(ip)
}

#[test]
fn a_phone_that_is_alive_keeps_its_name() {
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    bench.forget();
    let (stranger, seen) = register(&mut bench, STRANGER, ALICE);
    assert_eq!(seen, [""; 0], "it waits");
    assert_eq!(bench.seen(alice).len(), 1, "the phone is asked for its capabilities");
    bench.send(alice, capabilities(&[Codec::G711_ULAW]));
    assert!(is_registered_at(&bench, OWNER));
    let told = bench.take(stranger, Encoding::default());
    assert!(matches!(told.as_slice(), [ServerMessage::RegisterReject(_)]), "{told:?}");
    bench.forget();
    let (again, _) = register(&mut bench, STRANGER, ALICE);
    assert!(bench.seen(alice).is_empty(), "it has just answered");
    let told = bench.take(again, Encoding::default());
    assert!(told.is_empty() || matches!(told.as_slice(), [ServerMessage::RegisterReject(_)]));
    bench.wait_seconds(20);
    assert!(is_registered_at(&bench, OWNER));
}

#[test]
fn a_phone_that_does_not_answer_makes_room() {
    let mut bench = Bench::new(office());
    bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    let (_, seen) = register(&mut bench, STRANGER, ALICE);
    assert_eq!(seen, [""; 0]);
    bench.wait_seconds(4);
    assert!(is_registered_at(&bench, OWNER));
    bench.wait_seconds(1);
    assert!(is_registered_at(&bench, STRANGER));
}

#[test]
fn a_phone_whose_connection_breaks_makes_room_at_once() {
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    register(&mut bench, STRANGER, ALICE);
    bench.input(Input::Closed { link: alice.link });
    assert!(is_registered_at(&bench, STRANGER));
}

#[test]
fn a_phone_that_starts_again_at_its_address_is_back_at_once() {
    let mut bench = Bench::new(office());
    let before = bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    let (now, _) = register(&mut bench, OWNER, ALICE);
    let (station, _) = bench.node.switch().stations().iter().next().unwrap();
    assert_eq!(bench.node.stations().station_info(station).unwrap().link, Some(now));
    assert!(bench.closed.contains(&before.link));
}

#[test]
fn without_a_probe_the_newest_registration_wins() {
    let mut settings = office();
    settings.limits.phone_probe = Duration::ZERO;
    let mut bench = Bench::new(settings);
    bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    register(&mut bench, STRANGER, ALICE);
    assert!(is_registered_at(&bench, STRANGER));
}

#[test]
fn a_stranger_that_goes_away_leaves_nothing() {
    let mut bench = Bench::new(office());
    bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    let (stranger, _) = register(&mut bench, STRANGER, ALICE);
    bench.input(Input::Closed { link: stranger });
    bench.wait_seconds(10);
    assert!(is_registered_at(&bench, OWNER));
}

fn ask_for_token(bench: &mut Bench, from: [u8; 4], name: &str) -> LinkId {
    let link = bench.connect_from(from);
    let request = RegisterTokenReq {
        device_name: name.into(),
        user_id: 0,
        instance: 1,
        address: from.into(),
        device_type: DeviceType::TYPE_7960,
        ipv6: None,
        flags: None,
    };
    bench.message(link, Encoding::default(), &ClientMessage::RegisterTokenReq(request));
    link
}

/// Whoever asks for a token learns nothing of a phone that is alive: it looks as one that is not configured, and costs as much.
#[test]
fn a_token_under_the_name_of_a_living_phone_is_refused_like_one_for_an_unknown_name() {
    let mut bench = Bench::new(office());
    let alice = bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    let unknown = ask_for_token(&mut bench, STRANGER, "SEP0BAD00000000");
    let unknown = bench.take(unknown, Encoding::default());
    assert!(matches!(unknown.as_slice(), [ServerMessage::RegisterTokenReject(_)]), "{unknown:?}");
    let stranger = ask_for_token(&mut bench, STRANGER, ALICE);
    assert_eq!(bench.take(stranger, Encoding::default()), [], "the phone is asked first");
    bench.send(alice, capabilities(&[Codec::G711_ULAW]));
    assert_eq!(bench.take(stranger, Encoding::default()), unknown);
    let answered = (0..100).filter(|_| {
        let link = ask_for_token(&mut bench, STRANGER, ALICE);
        !bench.take(link, Encoding::default()).is_empty()
    });
    assert_eq!(answered.count(), 28, "30 failures a minute");
    bench.wait_seconds(60);
    let patient = ask_for_token(&mut bench, STRANGER, ALICE);
    bench.wait_seconds(5);
    let told = bench.take(patient, Encoding::default());
    assert!(matches!(told.as_slice(), [ServerMessage::RegisterTokenAck]), "it does not answer: {told:?}");
}

#[test]
fn names_cannot_be_tried_at_speed() {
    let mut bench = Bench::new(office());
    let answers = |bench: &mut Bench, from: [u8; 4], name: &str, register_too: bool| {
        if !register_too {
            let link = ask_for_token(bench, from, name);
            return bench.take(link, Encoding::default()).len();
        }
        let link = bench.connect_from(from);
        bench.register(link, name, DeviceType::TYPE_7960, 11);
        bench.take(link, Encoding::default()).len()
    };
    let answered = (0..1_000).map(|n| answers(&mut bench, STRANGER, &format!("SEP0BAD{n:08}"), n % 2 == 0));
    assert!(answered.sum::<usize>() <= 30);
    for register_too in [true, false] {
        assert_eq!(
            answers(&mut bench, STRANGER, ALICE, register_too),
            0,
            "a name that exists looks the same"
        );
    }
    assert!(answers(&mut bench, OWNER, ALICE, true) > 0, "others are not concerned");
    bench.wait_seconds(60);
    assert!(answers(&mut bench, STRANGER, BOB, true) > 0);
}

#[test]
fn one_source_leaves_room_for_the_connections_of_others() {
    let mut settings = office();
    settings.sccp.max_unregistered = 20;
    let mut bench = Bench::new(settings);
    let patient = bench.connect_from([192, 0, 2, 50]);
    for _ in 0..100 {
        bench.connect_from(STRANGER);
    }
    assert!(!bench.closed.contains(&patient));
    assert_eq!(bench.closed.len(), 81);
}

#[test]
fn half_messages_are_bounded() {
    let mut settings = office();
    settings.limits.memory = 1 << 20;
    let limit = settings.limits.budget().half_sccp;
    let mut bench = Bench::new(settings);
    let mut half = vec![0; 8_000];
    half[..4].copy_from_slice(&8_100_u32.to_le_bytes());
    for _ in 0..100 {
        let link = bench.connect_from(STRANGER);
        bench.bytes(link, &half);
        assert!(bench.node.stations().gathered() <= limit);
    }
    bench.phone_of(ALICE, DeviceType::TYPE_7960, 11);
    assert!(is_registered_at(&bench, OWNER));
}
