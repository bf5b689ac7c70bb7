//! Phones with several calls: what becomes of the others is their own matter.

use std::time::Duration;

use super::office::{Dialog, Office, Peer, TRUNK, described, header, sdp};

/// A phone has accepted its call, and acknowledges what it has got.
fn acknowledge(office: &mut Office, peer: Peer, own: &mut Dialog) {
    let success = office.one(peer, "SIP/2.0 200");
    office.learn(own, &success);
    office.ask(own, "ACK", "", "");
}

#[test]
fn a_second_call_ends_no_first_one_and_holds_none() {
    let mut office = Office::new();
    let mut first = office.call(301, "302", "", &sdp(301));
    let one = office.called(302);
    office.reply(&one, 180, "", "");
    let mut second = office.call(301, "303", "", &sdp(301));
    let other = office.called(303);
    assert!(office.take(302, "CANCEL").is_empty() && office.take(301, "SIP/2.0 4").is_empty());
    office.reply(&one, 200, "", &sdp(302));
    acknowledge(&mut office, 301, &mut first);
    office.reply(&other, 200, "", &sdp(303));
    acknowledge(&mut office, 301, &mut second);
    office.wait(Duration::from_secs(3));
    for peer in [301, 302, 303] {
        assert!(office.take(peer, "INVITE").is_empty(), "{peer} is put aside by nobody");
    }
    office.ask(&mut second, "BYE", "", "");
    office.one(303, "BYE");
    office.wait(Duration::from_secs(1));
    assert!(office.take(302, "INVITE").is_empty() && office.take(302, "BYE").is_empty());
}

#[test]
fn who_answers_another_call_puts_the_first_one_aside_by_itself() {
    let mut office = Office::new();
    let [mut own, _] = office.connect(301, 302);
    let mut caller = office.call(303, "301", "", &sdp(303));
    let called = office.called(301);
    office.reply(&called, 200, "", &sdp(301));
    acknowledge(&mut office, 303, &mut caller);
    office.wait(Duration::from_secs(2));
    assert!(office.take(302, "INVITE").is_empty() && office.take(301, "INVITE").is_empty());
    office.ask(&mut own, "INVITE", "", &described("127.0.0.1", 20_301, "sendonly"));
    office.one(301, "SIP/2.0 200");
    office.ask(&mut own, "ACK", "", "");
    office.wait(Duration::from_secs(1));
    assert!(office.first(302, "INVITE").contains("m=audio 30000"), "it hears music now");
}

#[test]
fn an_offer_that_cannot_be_met_leaves_the_call_as_it_was() {
    let mut office = Office::new();
    let [mut own, mut other] = office.connect(301, TRUNK);
    let slow = described("127.0.0.9", 20_000, "sendrecv")
        .replace("RTP/AVP 0", "RTP/AVP 18")
        .replace("a=rtpmap:0 PCMU", "a=rtpmap:18 G729");
    office.ask(&mut other, "INVITE", "", &slow);
    office.one(TRUNK, "SIP/2.0 488");
    office.wait(Duration::from_secs(2));
    assert!(office.take(301, "BYE").is_empty() && office.take(TRUNK, "BYE").is_empty());
    office.ask(&mut own, "BYE", "", "");
    office.one(TRUNK, "BYE");
}

#[test]
fn ringing_with_audio_is_ringing_for_the_caller_too() {
    let mut office = Office::new();
    office.call(301, "0123", "", &sdp(301));
    let called = office.called(TRUNK);
    office.reply(&called, 180, "", &sdp(TRUNK));
    let rings = office.one(301, "SIP/2.0 180");
    assert!(rings.contains("m=audio 20000"), "{rings}");
    assert!(office.take(301, "SIP/2.0 183").is_empty());
}

#[test]
fn who_answers_and_wants_no_audio_yet_has_put_the_call_aside() {
    let mut office = Office::new();
    let mut own = office.call(301, "0123", "", &sdp(301));
    let called = office.called(TRUNK);
    office.reply(&called, 200, "", &described("127.0.0.9", 20_000, "inactive"));
    acknowledge(&mut office, 301, &mut own);
    office.wait(Duration::from_secs(1));
    let music = office.first(301, "INVITE");
    assert!(music.contains("m=audio 30000") && music.contains("a=sendonly"), "{music}");
}

#[test]
fn a_further_telephone_is_told_of_waiting_messages() {
    let lamp = "telephony-service\n max-dn 100\n max-ephones 10\n!\nephone-dn 90\n number 8001\n mwi on\n!\n";
    let mut office = Office::with(lamp);
    let contact =
        |port: u16| format!("Contact: <sip:302@127.0.0.1:7302>;+sip.instance=\"<urn:uuid:{port}>\"\r\n");
    office.register(302, &contact(1));
    office.take(302, "SIP/2.0 200");
    office.call(302, "8001", "", &sdp(302));
    office.take(302, "NOTIFY");
    office.take(302, "SIP/2.0 200");
    office.register(302, &contact(2));
    office.one(302, "SIP/2.0 200");
    let told = office.take(302, "NOTIFY");
    assert!(told.iter().any(|notify| notify.contains("Messages-Waiting: yes")), "{told:?}");
}

#[test]
fn an_expiry_that_is_no_number_is_as_good_as_none() {
    let mut office = Office::new();
    office.register(302, "Expires: abc\r\n");
    assert!(header(&office.one(302, "SIP/2.0 200"), "Contact").contains(";expires=600"));
}
