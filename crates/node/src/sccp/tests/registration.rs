//! From the first message of a phone to its idle picture, and back again after a loss.

use hookflash_wire::sccp::{
    Alarm, AlarmSeverity, ButtonTemplateReq, ButtonType, CallCountReq, FeatureStatReq, InstanceReq,
    RegisterAvailableLines, RegisterTokenReq, SpcpRegisterTokenReq, SubscriptionCause, SubscriptionStatReq,
    Unregister, UnregisterStatus,
};

use super::*;

/// The burst of a phone that starts: what it says, and the ids of what it gets.
fn burst() -> Vec<(ClientMessage, &'static [&'static str])> {
    let instance = |instance| InstanceReq { instance };
    let subscription =
        SubscriptionStatReq { transaction_id: 7, feature: 1, timer: 0, subscription_id: "1002".into() };
    vec![
        (capabilities(&[Codec::G711_ULAW]), &[]),
        (ClientMessage::ButtonTemplateReq(ButtonTemplateReq { buttons: None }), &["ButtonTemplate"]),
        (ClientMessage::SoftKeyTemplateReq, &["SoftKeyTemplateRes"]),
        (ClientMessage::SoftKeySetReq, &["SoftKeySetRes", "SelectSoftKeys"]),
        (ClientMessage::ConfigStatReq, &["ConfigStat"]),
        (ClientMessage::LineStatReq(instance(1)), &["LineStat"]),
        (ClientMessage::LineStatReq(instance(9)), &["LineStat"]),
        (ClientMessage::SpeedDialStatReq(instance(1)), &["SpeedDialStat"]),
        (ClientMessage::FeatureStatReq(FeatureStatReq { instance: 1, capabilities: None }), &["FeatureStat"]),
        (ClientMessage::ServiceUrlStatReq(instance(1)), &["ServiceURLStat"]),
        (ClientMessage::RegisterAvailableLines(RegisterAvailableLines { lines: 1 }), &[]),
        (ClientMessage::ForwardStatReq(instance(1)), &["ForwardStat"]),
        (ClientMessage::VersionReq, &["Version"]),
        (ClientMessage::ServerReq, &["ServerRes"]),
        (ClientMessage::CallCountReq(CallCountReq { parameter: None }), &["CallCountRes"]),
        (ClientMessage::SubscriptionStatReq(subscription), &["SubscriptionStat"]),
        (
            ClientMessage::TimeDateReq,
            &["DefineTimeDate", "DisplayPromptStatus", "SelectSoftKeys", "SetLamp", "SetLamp"],
        ),
        (ClientMessage::KeepAlive, &["KeepAliveAck"]),
    ]
}

fn ids(messages: &[ServerMessage]) -> Vec<String> {
    messages.iter().map(|message| message.message_id(Version::MIN).to_string()).collect()
}

#[test]
fn every_question_of_a_phone_that_starts_is_answered() {
    let phones = [
        (DeviceType::TYPE_7960, 3, 17, 3),
        (DeviceType::TYPE_7960, 11, 17, 11),
        (DeviceType::TYPE_7961, 17, 17, 17),
        (DeviceType::TYPE_7961, 22, 17, 17),
        (DeviceType::TYPE_7961, 22, 22, 22),
        (DeviceType::ATA_186, 33, 17, 3),
    ];
    for (device_type, offered, cap, used) in phones {
        let mut settings = office();
        settings.sccp.max_version = cap;
        let mut bench = Bench::new(settings);
        let link = bench.connect();
        let mut phone = bench.register(link, ALICE, device_type, offered);
        phone.encoding.version = Version(used);
        let answers = bench.take(link, phone.encoding);
        let [ServerMessage::RegisterAck(ack), ServerMessage::CapabilitiesReq] = &answers[..] else {
            panic!("{answers:?}")
        };
        assert_eq!((ack.version, ack.keepalive_interval), (Version(used), 30));
        for (message, expected) in burst() {
            bench.send(phone, message.clone());
            let mut expected = expected.to_vec();
            if device_type == DeviceType::ATA_186 && message == ClientMessage::TimeDateReq {
                expected.retain(|id| !["DisplayPromptStatus", "SelectSoftKeys"].contains(id));
                expected.push("SetHookFlashDetect");
            }
            let got = ids(&bench.take(link, phone.encoding));
            assert_eq!(got, expected, "{} at {used} to {message:?}", device_type);
        }
        let info = bench.info(ALICE);
        assert_eq!(info.state.to_string(), "REGISTERED");
        assert_eq!((info.version, info.offered.0, info.keepalives), (Version(used), ack_offer(offered), 1));
    }
}

/// An ATA that claims version 33 speaks 3.
fn ack_offer(offered: u8) -> u8 {
    if offered > 22 { 3 } else { offered }
}

#[test]
fn the_answers_say_what_is_configured() {
    let mut bench = Bench::new(office());
    let phone = bench.phone_of(CAROL, DeviceType::TYPE_7961, 17);
    let instance = |instance| InstanceReq { instance };
    let mut ask = |message: ClientMessage| {
        bench.send(phone, message);
        bench.take(phone.link, phone.encoding).remove(0)
    };
    let ServerMessage::ButtonTemplate(buttons) =
        ask(ClientMessage::ButtonTemplateReq(ButtonTemplateReq { buttons: None }))
    else {
        panic!()
    };
    let kinds: Vec<ButtonType> = buttons.buttons.iter().map(|button| button.button_type).collect();
    assert_eq!(kinds[..3], [ButtonType::LINE, ButtonType::LINE, ButtonType::SPEED_DIAL]);
    assert_eq!(buttons.total, 6);
    let ServerMessage::LineStat(line) = ask(ClientMessage::LineStatReq(instance(2))) else { panic!() };
    assert_eq!((line.line, line.number.as_str(), line.name.as_str()), (2, "1004", "Team"));
    let ServerMessage::LineStat(line) = ask(ClientMessage::LineStatReq(instance(3))) else { panic!() };
    assert_eq!((line.line, line.number.as_str()), (3, ""));
    let ServerMessage::SpeedDialStat(dial) = ask(ClientMessage::SpeedDialStatReq(instance(1))) else {
        panic!()
    };
    assert_eq!((dial.number.as_str(), dial.label.as_str()), ("1002", "Bob"));
    let ServerMessage::ServerRes(servers) = ask(ClientMessage::ServerReq) else { panic!() };
    assert_eq!(servers.servers[0].address.to_string(), "192.0.2.254:2000");
    let ServerMessage::SoftKeySetRes(sets) = ask(ClientMessage::SoftKeySetReq) else { panic!() };
    assert_eq!((sets.total, sets.sets[4].positions[..3].to_vec()), (12, vec![1, 9, 5]));
    let subscription =
        SubscriptionStatReq { transaction_id: 7, feature: 1, timer: 0, subscription_id: "1002".into() };
    let ServerMessage::SubscriptionStat(stat) = ask(ClientMessage::SubscriptionStatReq(subscription)) else {
        panic!()
    };
    assert_eq!((stat.transaction_id, stat.cause), (7, SubscriptionCause::ROUTE_FAIL));
    let ServerMessage::DefineTimeDate(time) = ask(ClientMessage::TimeDateReq) else { panic!() };
    assert_eq!((time.year, time.day_of_week, time.hour, time.unix_time), (2026, 6, 7, 1_795_241_085));
}

#[test]
fn a_server_on_every_address_names_the_one_that_the_phone_has_found() {
    for (configured, told) in
        [("0.0.0.0", "192.0.2.254"), ("::", "192.0.2.254"), ("198.51.100.1", "198.51.100.1")]
    {
        let mut settings = office();
        settings.sccp.server_name = configured.to_owned();
        let mut bench = Bench::new(settings);
        let phone = bench.phone_of(ALICE, DeviceType::TYPE_7961, 17);
        bench.send(phone, ClientMessage::ServerReq);
        let ServerMessage::ServerRes(servers) = bench.take(phone.link, phone.encoding).remove(0) else {
            panic!()
        };
        assert_eq!(servers.servers[0].address.to_string(), format!("{told}:2000"));
    }
}

#[test]
fn operators_see_the_model_and_how_many_lines_it_can_have() {
    let mut bench = Bench::new(office());
    bench.phone_of(CAROL, DeviceType::TYPE_7961, 17);
    let crate::cli::Done::Printed(shown) = crate::cli::execute(&mut bench.node, "show ephone registered", 0)
    else {
        panic!("refused")
    };
    assert!(shown.contains("\nIP:192.0.2.3 * 49152 7961  keepalive "), "{shown}");
    assert!(shown.contains(" max_line 6 available_line 6\n"), "{shown}");
}

#[test]
fn an_unknown_phone_is_told_and_closed_a_second_later() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    bench.register(link, "SEPFFFFFFFFFFFF", DeviceType::TYPE_7960, 11);
    let answer = bench.take(link, Encoding::default());
    let [ServerMessage::RegisterReject(reject)] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(reject.text, "Phone is not configured");
    assert!(bench.closed.is_empty());
    bench.wait_seconds(1);
    assert_eq!(bench.closed, [link]);
}

#[test]
fn an_address_that_keeps_trying_is_closed_without_a_word() {
    let mut bench = Bench::new(office());
    let links: Vec<LinkId> = (0..20)
        .map(|_| {
            let link = bench.connect();
            bench.register(link, "SEPFFFFFFFFFFFF", DeviceType::TYPE_7960, 11);
            link
        })
        .collect();
    assert_eq!(bench.closed, links[10..]);
    assert!(!bench.arrived.contains_key(&links[10]));
    let known = bench.connect();
    bench.register(known, ALICE, DeviceType::TYPE_7960, 11);
    assert!(bench.arrived.contains_key(&known), "phones that are configured are not concerned");
}

#[test]
fn tokens_are_given_to_phones_that_are_configured() {
    let mut bench = Bench::new(office());
    for (name, plain, spcp) in [
        (ALICE, "RegisterTokenAck", "SPCPRegisterTokenAck"),
        ("SEPFFFFFFFFFFFF", "RegisterTokenReject", "SPCPRegisterTokenReject"),
    ] {
        let link = bench.connect();
        let request = RegisterTokenReq {
            device_name: name.into(),
            user_id: 0,
            instance: 1,
            address: [192, 0, 2, 1].into(),
            device_type: DeviceType::TYPE_7960,
            ipv6: None,
            flags: None,
        };
        bench.message(link, Encoding::default(), &ClientMessage::RegisterTokenReq(request.clone()));
        let request = SpcpRegisterTokenReq {
            device_name: name.into(),
            user_id: 0,
            instance: 1,
            address: request.address,
            device_type: DeviceType::SPA_525G,
            max_streams: 1,
        };
        bench.message(link, Encoding::default(), &ClientMessage::SpcpRegisterTokenReq(request));
        assert_eq!(ids(&bench.take(link, Encoding::default())), [plain, spcp]);
    }
}

#[test]
fn a_phone_that_never_asks_for_the_time_is_served_all_the_same() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    let link = bench.connect();
    let bob = bench.register(link, BOB, DeviceType::TYPE_7960, 3);
    bench.send(bob, ClientMessage::RegisterAvailableLines(RegisterAvailableLines { lines: 1 }));
    bench.dial(alice, "1002");
    assert!(!bench.seen(bob).iter().any(|line| line.starts_with("state")), "not in service yet");
    bench.wait_seconds(5);
    let seen = bench.seen(bob);
    assert_eq!(seen[0], "prompt 'Office' 0/0");
    assert_eq!(seen.last().unwrap(), "ringer InsideRing 1/2");
}

#[test]
fn a_key_shows_that_a_phone_is_in_service() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    let alice = bench.register(link, ALICE, DeviceType::TYPE_7960, 3);
    bench.off_hook(alice);
    assert_eq!(bench.seen(alice).last().unwrap(), "tone InsideDialTone 1/1");
}

#[test]
fn a_phone_says_goodbye() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    bench.send(alice, ClientMessage::Unregister(Unregister { reason: None }));
    let answer = bench.take(alice.link, alice.encoding);
    let [ServerMessage::UnregisterAck(ack)] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(ack.status, UnregisterStatus::OK);
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    assert_eq!(bench.info(ALICE).state.to_string(), "UNREGISTERED");
    bench.input(Input::Closed { link: alice.link });
    bench.assert_quiet();
}

#[test]
fn a_phone_that_returns_during_its_call_gets_its_whole_view() {
    for lost_first in [true, false] {
        let mut bench = Bench::new(office());
        let (alice, bob) = bench.conversation();
        if lost_first {
            bench.input(Input::Closed { link: alice.link });
            assert_eq!(bench.info(ALICE).state.to_string(), "DECEASED");
            assert_eq!(bench.seen(bob), ["stop 2 party 2"], "nobody receives there now");
            bench.wait_seconds(4);
        }
        let link = bench.connect_from([192, 0, 2, 1]);
        let alice_again = bench.register(link, ALICE, DeviceType::TYPE_7960, 11);
        assert_eq!(bench.closed.contains(&alice.link), !lost_first, "an older link is closed");
        bench.send(alice_again, ClientMessage::TimeDateReq);
        let seen = bench.answer_channels(alice_again);
        let whole = [
            "speaker On",
            "lamp Line 1 On",
            "state OffHook 1/1",
            "plane 1",
            "state Connected 1/1",
            "info Outbound: 1001 Alice -> 1002 Bob",
            "keys Connected 1/1",
            "prompt 'Connected' 1/1",
            "open 1 party 3 G.711 u-law",
            "send 1 party 3 to 192.0.2.2:16388",
        ];
        assert_eq!(seen[seen.len() - whole.len()..], whole);
        let redirected = bench.seen(bob);
        assert_eq!(redirected.last().unwrap(), "send 2 party 2 to 192.0.2.1:16390", "{redirected:?}");
        bench.on_hook(alice_again);
        bench.assert_quiet();
    }
}

#[test]
fn a_phone_that_does_not_return_loses_its_call() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    bench.input(Input::Closed { link: alice.link });
    bench.wait_seconds(5);
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    bench.assert_quiet();
}

#[test]
fn three_missed_keepalives_are_the_end() {
    let mut bench = Bench::new(office());
    let (alice, bob) = bench.conversation();
    for _ in 0..4 {
        bench.wait_seconds(30);
        bench.send(bob, ClientMessage::KeepAlive);
    }
    assert_eq!(bench.closed, [alice.link]);
    assert_eq!(bench.info(ALICE).state.to_string(), "DECEASED");
    assert!(bench.seen(bob).contains(&"state OnHook 1/2".to_owned()));
    assert_eq!(bench.info(BOB).keepalives, 4);
}

#[test]
fn a_phone_that_kept_a_backup_link_is_missed_as_soon_as_any_other() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    bench.message(link, Encoding::default(), &ClientMessage::KeepAlive);
    bench.wait_seconds(120);
    bench.register(link, ALICE, DeviceType::TYPE_7960, 11);
    bench.wait_seconds(90);
    assert_eq!(bench.closed, [link]);
}

#[test]
fn a_phone_may_register_again_on_its_link_and_as_another_one() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    bench.register(alice.link, ALICE, DeviceType::TYPE_7960, 11);
    assert_eq!(bench.info(ALICE).state.to_string(), "REGISTERED");
    bench.register(alice.link, BOB, DeviceType::TYPE_7960, 11);
    assert_eq!(bench.info(ALICE).state.to_string(), "DECEASED");
    assert_eq!(bench.info(BOB).link, Some(alice.link));
    assert!(bench.closed.is_empty());
    assert_eq!(bench.stations().unregistered_links(), 0);
}

#[test]
fn a_goodbye_of_a_phone_that_is_not_registered_is_answered() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    bench.message(link, Encoding::default(), &ClientMessage::Unregister(Unregister { reason: None }));
    assert_eq!(ids(&bench.take(link, Encoding::default())), ["UnregisterAck"]);
}

#[test]
fn the_case_of_a_name_and_the_kind_of_an_analogue_port_do_not_matter() {
    let mut settings = office();
    settings.switch.stations[0].name = "SEPAABBCCDDEE01".into();
    for name in ["SEPAABBCCDDEE01", "sepaabbccddee01", "SEPaabbccddee01", "ATAAABBCCDDEE01"] {
        let mut bench = Bench::new(settings.clone());
        let link = bench.connect();
        bench.register(link, name, DeviceType::ATA_186, 3);
        assert_eq!(ids(&bench.take(link, Encoding::default())), ["RegisterAck", "CapabilitiesReq"], "{name}");
    }
}

#[test]
fn an_alarm_is_kept_even_if_it_comes_first() {
    let mut bench = Bench::new(office());
    let link = bench.connect();
    let alarm = Alarm {
        severity: AlarmSeverity::INFORMATIONAL,
        text: "Last=TCP-timeout".into(),
        parameter1: 0,
        parameter2: 0,
    };
    bench.message(link, Encoding::default(), &ClientMessage::Alarm(alarm));
    bench.register(link, ALICE, DeviceType::TYPE_7960, 11);
    assert_eq!(bench.info(ALICE).last_alarm, "Last=TCP-timeout");
}

#[test]
fn phones_are_restarted_when_the_server_ends() {
    let mut bench = Bench::new(office());
    let alice = bench.phone(ALICE);
    let stranger = bench.connect();
    bench.input(Input::ShutDown);
    assert_eq!(ids(&bench.take(alice.link, alice.encoding)), ["Reset"]);
    assert_eq!(bench.closed, [alice.link, stranger]);
}

#[test]
fn no_more_phones_are_registered_than_max_ephones_says() {
    let mut settings = office();
    settings.sccp.max_registered = 2;
    let mut bench = Bench::new(settings);
    let register = |bench: &mut Bench, name: &str| {
        let link = bench.connect();
        let phone = bench.register(link, name, DeviceType::TYPE_7961, 17);
        let answers = ids(&bench.take(link, phone.encoding));
        (phone, answers.first().cloned().unwrap_or_default())
    };
    let (alice, _) = register(&mut bench, ALICE);
    register(&mut bench, BOB);
    assert_eq!(register(&mut bench, CAROL).1, "RegisterReject");
    assert_eq!(register(&mut bench, BOB).1, "RegisterAck", "a phone that is registered may come again");
    bench.send(alice, ClientMessage::Unregister(Unregister { reason: None }));
    assert_eq!(register(&mut bench, CAROL).1, "RegisterAck");
}
