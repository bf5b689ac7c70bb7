use hookflash_node::{config, provision};
use hookflash_wire::sccp::DeviceType;

use super::*;

const OFFICE: &str = "
voice service voip
 no cti shutdown
telephony-service
 max-ephones 5
 max-dn 5
 ip source-address 10.0.0.1 port 2000
ephone-dn 1 dual-line
 number 201
 cti watch
ephone-dn 2 dual-line
 number 202
 cti watch
ephone 1
 mac-address 0200.0000.0001
 type 7960
 button 1:1
ephone 2
 mac-address 0200.0000.0002
 type 7961
 button 1:2
";

fn office() -> (World, PartyId, PartyId) {
    peopled(World::new(provision(&settings(), None).settings, 1).unwrap())
}

fn settings() -> config::Settings {
    let loaded = config::load(OFFICE);
    assert!(loaded.can_run(), "{:?}", loaded.diagnostics);
    loaded.settings
}

fn peopled(mut world: World) -> (World, PartyId, PartyId) {
    let alice = world.add_phone("alice", PhoneSettings::new("SEP020000000001", DeviceType::TYPE_7960));
    let bob = world.add_phone("bob", PhoneSettings::new("SEP020000000002", DeviceType::TYPE_7961));
    for phone in [alice, bob] {
        world.with_phone(phone, |phone, _| phone.plug_in());
    }
    world.settle();
    (world, alice, bob)
}

fn ladder(world: &World) -> String {
    let transcript = world.transcript().unwrap();
    transcript.ladder(0..transcript.len(), &world.names()).to_string()
}

#[test]
fn a_call_from_phone_to_phone() {
    let (mut world, alice, bob) = office();
    assert!(world.phone(alice).unwrap().is_registered(), "{}", ladder(&world));
    world.with_phone(alice, |phone, _| phone.dial("202").unwrap());
    world.settle();
    assert!(world.phone(bob).unwrap().screen().ringing().is_some(), "{}", ladder(&world));
    world.with_phone(bob, |phone, _| phone.answer().unwrap());
    world.settle();
    for phone in [alice, bob] {
        let phone = world.phone(phone).unwrap();
        assert!(phone.screen().connected().is_some(), "{}", ladder(&world));
        assert_eq!(phone.sending().len(), 1, "{}", ladder(&world));
        assert_eq!(phone.complaints(), [], "{}", ladder(&world));
    }
}

#[test]
fn the_same_calls_give_the_same_transcript() {
    let run = || {
        let (mut world, alice, bob) = office();
        world.fault(alice, Fault::Pieces(Pieces::Random));
        world.with_phone(alice, |phone, _| phone.dial("202").unwrap());
        world.settle();
        world.with_phone(bob, |phone, _| phone.reject().is_ok());
        world.run_for(Duration::from_secs(60));
        ladder(&world)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_disk_that_stays_full_ends_the_recording_and_nothing_else() {
    let (mut world, alice, bob) = peopled(World::recorded(settings(), 1).unwrap());
    world.set_disk_room(Some(1_000));
    let line = "x".repeat(4_000);
    (0..2_500).for_each(|_| drop(world.command(&line)));
    let notices = world.notices().to_vec();
    assert!(notices.len() == 2 && notices[1].contains("too much waits"), "{notices:?}");
    let until_full = world.replay().unwrap();
    world.set_disk_room(None);
    world.run_for(Duration::from_secs(2));
    let replayed = world.replay().unwrap();
    assert!(replayed.inputs > until_full.inputs + 2_000, "what waited was written: {replayed:?}");
    assert!(!replayed.complete, "what came after that was not");
    world.with_phone(alice, |phone, _| phone.dial("202").unwrap());
    world.settle();
    assert!(world.phone(bob).unwrap().screen().ringing().is_some(), "calls go on");
}

#[test]
fn a_node_that_starts_again_numbers_from_elsewhere() {
    let (mut world, alice, _) = office();
    let first = |world: &World| world.node().switch().settings().first_identifier;
    assert_eq!(first(&world), 1);
    let mut earlier = Vec::new();
    for _ in 0..5 {
        earlier.push(first(&world));
        world.run_for(Duration::from_secs(30));
        world.with_phone(alice, |phone, _| phone.dial("202").unwrap());
        world.settle();
        let call = world.node().switch().calls().iter().next().unwrap().id().number();
        assert_eq!(call, first(&world));
        world.restart_node(false).unwrap();
        assert!(earlier.iter().all(|other| *other < first(&world)));
        world.run_for(Duration::from_secs(30));
    }
}
