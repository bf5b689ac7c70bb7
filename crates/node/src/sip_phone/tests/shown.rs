//! Who sends datagrams in the name of a phone: nothing is carried out before an answer comes that only the phone can give.

use std::time::Duration;

use super::office::{Office, header, sdp};

const ALLOW: &str = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE\r\n";

/// Phone 301 has said that it knows UPDATE.
fn office() -> Office {
    let mut office = Office::new();
    // Another address of the phone is asked anew.
    office.register(301, "Contact: <sip:301@127.0.0.1:7301>;expires=0\r\n");
    office.register(301, "");
    let asked = office.one(301, "OPTIONS");
    office.respond(301, &asked, 200, ALLOW);
    office.take(301, "SIP/2.0 200");
    office
}

/// The phone of a pool has a password from now on.
fn set_password(office: &mut Office, place: usize, user: &str) {
    let phones = &mut office.node.sip_phones;
    let credentials = Some((user.into(), "secret".into()));
    phones.settings.pools[place].credentials = credentials.clone();
    let tag = phones.settings.pools[place].tag;
    let pools = phones.settings.pools.clone();
    phones.directory.note(&pools);
    let phone = phones.phones.values_mut().find(|phone| phone.pool.tag == tag && phone.trunk.is_none());
    phone.unwrap().pool.credentials = credentials;
}

#[test]
fn a_phone_that_knows_its_call_is_asked_once_and_the_call_begins() {
    for status in [200, 405, 501] {
        let mut office = office();
        office.call(301, "302", "", &sdp(301));
        let progress = office.one(301, "SIP/2.0 183");
        assert!(office.take(302, "INVITE").is_empty(), "nobody is called yet");
        let asked = office.one(301, "UPDATE");
        assert_eq!(header(&asked, "From"), header(&progress, "To"), "in the early dialog");
        office.respond(301, &asked, status, "");
        let other = office.called(302);
        office.reply(&other, 200, "", &sdp(302));
        office.one(301, "SIP/2.0 200");
    }
}

#[test]
fn what_seems_to_come_from_a_phone_that_does_not_know_of_it_begins_no_call() {
    let mut office = office();
    office.call(301, "302", "", &sdp(301));
    for _ in 0..3 {
        let asked = office.one(301, "UPDATE");
        office.respond(301, &asked, 481, "");
        office.wait(Duration::from_millis(100));
    }
    office.one(301, "SIP/2.0 403");
    office.call(301, "302", "", &sdp(301));
    office.wait(Duration::from_secs(3));
    assert!(!office.take(301, "SIP/2.0 403").is_empty(), "nobody answers there");
    assert!(office.take(302, "INVITE").is_empty() && office.node.switch().calls().is_empty());
}

#[test]
fn a_lost_response_costs_a_phone_nothing_but_time() {
    let mut office = office();
    office.call(301, "302", "", &sdp(301));
    let asked = office.one(301, "UPDATE");
    office.respond(301, &asked, 481, "");
    office.wait(Duration::from_millis(100));
    let asked = office.one(301, "UPDATE");
    office.respond(301, &asked, 200, "");
    office.called(302);
}

#[test]
fn who_hangs_up_meanwhile_calls_nobody() {
    let mut office = office();
    let mut own = office.call(301, "302", "", &sdp(301));
    let progress = office.one(301, "SIP/2.0 183");
    let asked = office.one(301, "UPDATE");
    office.learn(&mut own, &progress);
    office.ask(&mut own, "BYE", "", "");
    office.respond(301, &asked, 200, "");
    assert!(office.take(302, "INVITE").is_empty() && office.node.switch().calls().is_empty());
}

/// Anybody can write `Contact: *`, or a shorter life, in the name of a phone.
#[test]
fn a_registration_is_removed_with_its_own_call_id_or_when_nobody_answers() {
    let mut office = Office::new();
    let is_registered = |office: &Office| {
        let number = office.node.switch().lines().device_by_number("301").unwrap();
        let (_, line) = office.node.switch().lines().of_device(number).next().unwrap();
        line.stations().iter().any(|id| office.node.switch().stations()[*id].is_registered())
    };
    for removal in ["Contact: *\r\nExpires: 0\r\n", "Contact: <sip:301@127.0.0.1:7301>;expires=0\r\n"] {
        office.register_as(301, "other", removal);
        let asked = office.one(301, "OPTIONS");
        office.respond(301, &asked, 200, "");
        assert!(office.one(301, "SIP/2.0 403").contains("other") && is_registered(&office));
    }
    office.register_as(301, "other", "Contact: *\r\nExpires: 0\r\n");
    office.wait(Duration::from_secs(6));
    assert!(!office.take(301, "SIP/2.0 200").is_empty() && !is_registered(&office), "nobody answers");
    office.register(302, "Contact: *\r\nExpires: 0\r\n");
    assert!(office.take(302, "OPTIONS").is_empty(), "with the Call-ID of the registration");
}

#[test]
fn what_a_subscription_asks_to_change_is_done_when_the_phone_has_answered() {
    let mut office = Office::new();
    let body = "<SetForwarding><device>301</device><forwardingType>forwardImmediate</forwardingType>\
                <activateForward>true</activateForward><forwardDN>303</forwardDN></SetForwarding>";
    let headers =
        "Event: as-feature-event\r\nExpires: 600\r\nContent-Type: application/x-as-feature-event+xml\r\n";
    let is_forwarded = |office: &Office| {
        let lines = office.node.switch().lines();
        lines.forwarding_of(lines.device_by_number("301").unwrap()).immediate.is_some()
    };
    for (status, forwarded) in [(481, false), (200, true)] {
        office.ask_outside_with(301, "SUBSCRIBE", "301", headers, body);
        office.one(301, "SIP/2.0 200");
        let told = office.one(301, "NOTIFY");
        assert!(!is_forwarded(&office));
        office.respond(301, &told, status, "");
        assert_eq!(is_forwarded(&office), forwarded, "{status}");
    }
    assert!(office.one(301, "NOTIFY").contains("303"), "what has changed is told");
}

/// The answer to a name says nothing about it: of names that nobody has, half look like a pool with SHA-256.
#[test]
fn names_that_nobody_has_look_like_those_of_pools_with_either_algorithm() {
    let mut office = Office::new();
    set_password(&mut office, 3, "dora");
    office.node.sip_phones.settings.authenticate = true;
    office.node.sip_phones.settings.pools[3].sha256 = true;
    let is_strong = |office: &mut Office, name: &str| {
        office.register_name(301, name);
        office.one(301, "SIP/2.0 401").contains("SHA-256")
    };
    assert!(is_strong(&mut office, "304") && is_strong(&mut office, "dora"));
    let names: Vec<String> = (500..540).map(|number| number.to_string()).collect();
    let first: Vec<bool> = names.iter().map(|name| is_strong(&mut office, name)).collect();
    let again: Vec<bool> = names.iter().map(|name| is_strong(&mut office, name)).collect();
    assert_eq!(first, again, "always the same for one name");
    let count = first.iter().filter(|strong| **strong).count();
    assert!((8..32).contains(&count), "{count} of 40");
}
