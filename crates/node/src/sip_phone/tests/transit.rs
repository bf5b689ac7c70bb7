//! Calls from one trunk to another, or to the same one.

use super::office::{Office, TRUNK, header, sdp};

#[test]
fn a_call_by_a_trunk_may_leave_by_the_same_trunk() {
    let forwarded = "voice register dn 2\n call-forward b2bua all 0777\n";
    for (called, diverted) in [("0555", false), ("302", true)] {
        let mut office = Office::with(forwarded);
        let mut own = office.call(TRUNK, called, "From: <sip:0305550@carrier>;tag=own\r\n", &sdp(TRUNK));
        let mut other = office.called(TRUNK);
        let number = if diverted { "0777" } else { "0555" };
        assert!(other.invite.starts_with(&format!("INVITE sip:{number}@127.0.0.9")), "{}", other.invite);
        assert_eq!(header(&other.invite, "Diversion").contains("sip:302@"), diverted, "{}", other.invite);
        assert!(header(&other.invite, "From").contains("sip:0305550@"), "{}", other.invite);
        office.reply(&other, 180, "", "");
        office.one(TRUNK, "SIP/2.0 180");
        office.reply(&other, 200, "", &sdp(301));
        let success = office.one(TRUNK, "SIP/2.0 200");
        assert!(success.contains("m=audio 20301"), "{success}");
        office.learn(&mut own, &success);
        office.take(TRUNK, "ACK");
        office.ask(&mut own, "ACK", "", "");
        office.ask(&mut other, "BYE", "", "");
        office.one(TRUNK, "SIP/2.0 200");
        assert_eq!(header(&office.one(TRUNK, "BYE"), "Call-ID"), header(&success, "Call-ID"));
    }
}

#[test]
fn where_a_phone_moves_a_call_to_is_called_by_the_trunk_that_it_came_by() {
    let mut office = Office::new();
    office.call(TRUNK, "301", "", &sdp(TRUNK));
    let called = office.called(301);
    office.reply(&called, 302, "Contact: <sip:0888@127.0.0.1>\r\n", "");
    let other = office.called(TRUNK);
    assert!(other.invite.starts_with("INVITE sip:0888@127.0.0.9"), "{}", other.invite);
    office.reply(&other, 486, "", "");
    office.one(TRUNK, "SIP/2.0 486");
}

#[test]
fn who_is_trusted_and_of_no_dial_peer_comes_in_by_none_of_them() {
    let changes = "voice translation-rule 1\n rule 1 /^5/ /9/\nvoice translation-profile IN\n translate called 1\n\
                   dial-peer voice 7 voip\n translation-profile incoming IN\n!\n\
                   voice service voip\n ip address trusted list\n  ipv4 127.0.0.1\n";
    let mut office = Office::with(changes);
    office.call(305, "0555", "", &sdp(305));
    assert!(office.called(TRUNK).invite.starts_with("INVITE sip:0555@127.0.0.9"));
    office.call(305, "5123", "", &sdp(305));
    office.one(305, "SIP/2.0 404");
}

#[test]
fn where_another_network_moves_a_call_to_is_called_by_the_same_trunk() {
    let mut office = Office::new();
    office.call(301, "0123", "", &sdp(301));
    let called = office.called(TRUNK);
    office.reply(&called, 302, "Contact: <sip:0777@127.0.0.9>\r\n", "");
    office.take(TRUNK, "ACK");
    let other = office.called(TRUNK);
    assert!(other.invite.starts_with("INVITE sip:0777@127.0.0.9"), "{}", other.invite);
    office.reply(&other, 200, "", &sdp(TRUNK));
    office.one(301, "SIP/2.0 200");
}
