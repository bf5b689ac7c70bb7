//! What phones and other networks expect in the usual course of things.

use std::time::Duration;

use super::office::{Office, Peer, TRUNK, described, header, sdp};

/// The only NOTIFY that has come, which is answered.
#[track_caller]
fn notified(office: &mut Office, peer: Peer) -> String {
    let notify = office.one(peer, "NOTIFY");
    office.agree(peer, &notify);
    notify
}

#[test]
fn a_state_is_fetched_with_a_subscription_that_lives_for_no_time() {
    let mut office = Office::new();
    office.ask_outside(301, "SUBSCRIBE", "302", "Event: dialog\r\nExpires: 0\r\n");
    assert_eq!(header(&office.one(301, "SIP/2.0 200"), "Expires"), "0");
    let notify = notified(&mut office, 301);
    assert_eq!(header(&notify, "Subscription-State"), "terminated;reason=timeout");
    assert!(notify.contains("<dialog-info"), "{notify}");
    office.wait(Duration::from_secs(40));
    assert!(office.take(301, "NOTIFY").is_empty());
}

#[test]
fn who_watches_a_phone_learns_that_it_rings_when_it_says_so() {
    let mut office = Office::new();
    office.ask_outside(303, "SUBSCRIBE", "302", "Event: dialog\r\n");
    office.one(303, "SIP/2.0 200");
    assert!(notified(&mut office, 303).contains("<state>terminated</state>"));
    office.call(301, "302", "", &sdp(301));
    let called = office.called(302);
    let tried = notified(&mut office, 303);
    assert!(tried.contains("<state>trying</state>"), "{tried}");
    office.reply(&called, 180, "", "");
    let rings = notified(&mut office, 303);
    assert!(rings.contains("<state>early</state>"), "{rings}");
    office.reply(&called, 200, "", &sdp(302));
    let talks = notified(&mut office, 303);
    assert!(talks.contains("<state>confirmed</state>"), "{talks}");
}

#[test]
fn a_call_that_ends_says_why() {
    for other in [302, TRUNK] {
        let mut office = Office::new();
        let [mut own, _] = office.connect(301, other);
        office.ask(&mut own, "BYE", "", "");
        assert_eq!(header(&office.one(other, "BYE"), "Reason"), "Q.850;cause=16");
    }
}

#[test]
fn a_phone_that_wants_a_longer_session_is_called_with_it() {
    let mut office = Office::new();
    office.call(301, "302", "", &sdp(301));
    let called = office.called(302);
    office.reply(&called, 422, "Min-SE: 3600\r\n", "");
    office.one(302, "ACK");
    let again = office.called(302);
    let said = |name| header(&again.invite, name);
    assert_eq!((said("Session-Expires"), said("Min-SE")), ("3600", "3600"));
    assert!(again.invite.contains("m=audio 20301"), "{}", again.invite);
    office.reply(&again, 422, "Min-SE: 7200\r\n", "");
    office.one(301, "SIP/2.0 4");
    assert!(office.take(302, "INVITE").is_empty(), "it is called twice at most");
}

#[test]
fn who_does_not_know_reliable_responses_is_called_without_requiring_them() {
    let required = "voice service voip\n sip\n  rel1xx require 100rel\n!\n";
    for (peer, number) in [(302, "302"), (TRUNK, "0123")] {
        let mut office = Office::with(required);
        office.call(301, number, "", &sdp(301));
        let called = office.called(peer);
        assert_eq!(header(&called.invite, "Require"), "100rel");
        office.reply(&called, 420, "Unsupported: 100rel\r\n", "");
        office.one(peer, "ACK");
        let again = office.called(peer);
        assert_eq!(header(&again.invite, "Require"), "", "{}", again.invite);
        office.reply(&again, 200, "", &sdp(peer));
        office.one(301, "SIP/2.0 200");
    }
}

#[test]
fn a_caller_may_not_have_a_shorter_session_than_is_configured() {
    let mut office = Office::with("voice service voip\n sip\n  min-se 400 session-expires 700\n!\n");
    office.call(301, "302", "Supported: timer\r\nSession-Expires: 200\r\n", &sdp(301));
    assert_eq!(header(&office.one(301, "SIP/2.0 422"), "Min-SE"), "400");
    office.call(301, "302", "Supported: timer\r\nSession-Expires: 500\r\n", &sdp(301));
    let called = office.called(302);
    office.reply(&called, 200, "", &sdp(302));
    assert!(header(&office.one(301, "SIP/2.0 200"), "Session-Expires").starts_with("500"));
}

#[test]
fn how_often_a_call_was_diverted_is_told_and_counts() {
    let forwarded = "voice register dn 2\n call-forward b2bua all 0777\n!\n";
    let from = |counter: u32| {
        format!(
            "From: <sip:0305550@carrier>;tag=own\r\nDiversion: <sip:0999@carrier>;reason=no-answer;counter={counter}\r\n"
        )
    };
    let mut office = Office::with(forwarded);
    office.call(TRUNK, "302", &from(2), &sdp(TRUNK));
    let invite = office.called(TRUNK).invite;
    let diversions: Vec<&str> = invite.lines().filter(|line| line.starts_with("Diversion: ")).collect();
    assert!(diversions[0].contains("sip:302@") && diversions[0].contains(";counter=1;"), "{invite}");
    assert!(diversions[1].contains("sip:0999@") && diversions[1].contains(";counter=2;"), "{invite}");
    let mut office = Office::with(forwarded);
    office.call(TRUNK, "302", &from(100), &sdp(TRUNK));
    assert!(office.take(TRUNK, "INVITE").is_empty(), "it goes in a circle");
    office.one(TRUNK, "SIP/2.0 4");
}

#[test]
fn who_is_put_aside_and_receives_elsewhere_then_is_heard_there_afterwards() {
    let mut office = Office::new();
    let [mut own, mut other] = office.connect(301, 302);
    office.ask(&mut other, "INVITE", "", &described("127.0.0.1", 20_302, "sendonly"));
    office.one(302, "SIP/2.0 200");
    office.ask(&mut other, "ACK", "", "");
    office.wait(Duration::from_secs(1));
    let music = office.first(301, "INVITE");
    assert!(music.contains("m=audio 30000"), "{music}");
    office.answer(&own, &music, 200, "", &sdp(301));
    office.ask(&mut own, "INVITE", "", &described("127.0.0.1", 25_301, "sendrecv"));
    let answer = office.one(301, "SIP/2.0 200");
    assert!(answer.contains("m=audio 30000"), "{answer}");
    office.ask(&mut own, "ACK", "", "");
    assert!(
        office.legs.values().all(|leg| leg.send_to.is_some_and(|to| to.port == 25_301)),
        "{:?}",
        office.legs
    );
    office.ask(&mut other, "INVITE", "", &described("127.0.0.1", 20_302, "sendrecv"));
    let back = office.one(302, "SIP/2.0 200");
    assert!(back.contains("m=audio 25301"), "{back}");
}

#[test]
fn what_a_network_is_told_of_who_calls_is_configured() {
    let invited = |lines: &str| {
        let mut office = Office::with(&format!("dial-peer voice 7 voip\n{lines}!\n"));
        office.call(301, "0123", "", &sdp(301));
        office.called(TRUNK).invite
    };
    let invite = invited(" clid network-number 4930555\n");
    assert!(header(&invite, "From").starts_with("\"User 1\" <sip:4930555@"), "{invite}");
    assert!(header(&invite, "P-Asserted-Identity").contains("sip:4930555@"), "{invite}");
    let invite = invited(" clid strip name\n");
    assert!(header(&invite, "From").starts_with("<sip:301@"), "{invite}");
    for lines in [
        " clid restrict\n",
        "!\nvoice register template 1\n caller-id block\n!\nvoice register pool 1\n template 1\n",
    ] {
        let invite = invited(lines);
        assert!(header(&invite, "From").starts_with("\"Anonymous\" <sip:anonymous@"), "{invite}");
        assert_eq!(header(&invite, "Privacy"), "id");
        assert!(header(&invite, "P-Asserted-Identity").contains("<sip:301@"), "{invite}");
        assert_eq!(header(&invite, "Remote-Party-ID"), "");
        assert!(!header(&invite, "Contact").contains("301"), "{invite}");
    }
}

#[test]
fn an_address_is_called_by_the_peer_that_is_for_it() {
    let lines = "voice class uri FRIENDS sip\n host dns:example.com\n!\ndial-peer voice 7 voip\n destination uri FRIENDS\n!\n";
    let mut office = Office::with(lines);
    office.call_uri(301, "sip:ann@example.com", "", &sdp(301));
    let called = office.called(TRUNK);
    assert!(called.invite.starts_with("INVITE sip:ann@127.0.0.9"), "{}", called.invite);
    office.reply(&called, 200, "", &sdp(TRUNK));
    office.one(301, "SIP/2.0 200");
    // Also where its user is the number of somebody here.
    office.call_uri(303, "sip:302@example.com", "", &sdp(303));
    assert!(office.called(TRUNK).invite.starts_with("INVITE sip:302@127.0.0.9"));
    office.call_uri(304, "sip:ann@example.org", "", &sdp(304));
    office.one(304, "SIP/2.0 404");
}

#[test]
fn callers_who_do_not_say_who_they_are_may_be_refused() {
    let lines = "voice register template 1\n anonymous block\n!\nvoice register pool 2\n template 1\n!\n";
    let mut office = Office::with(lines);
    office.call(301, "302", "Privacy: id\r\n", &sdp(301));
    office.one(301, "SIP/2.0 403");
    office.call(301, "302", "", &sdp(301));
    office.called(302);
}

#[test]
fn a_phone_says_where_the_calls_of_its_numbers_go_and_a_number_beats_it() {
    let lines = "voice register pool 2\n call-forward b2bua all 303\n!\n";
    let mut office = Office::with(lines);
    office.call(301, "302", "", &sdp(301));
    office.called(303);
    let mut office = Office::with(&format!("{lines}voice register dn 2\n call-forward b2bua all 304\n!\n"));
    office.call(301, "302", "", &sdp(301));
    office.called(304);
}

#[test]
fn calls_of_a_number_of_sip_phones_ring_at_the_other_number_of_its_user_too() {
    let mut office = Office::with("voice register dn 2\n mobility\n snr 0123 delay 2 timeout 20\n!\n");
    let mut own = office.call(301, "302", "", &sdp(301));
    let desk = office.called(302);
    office.reply(&desk, 180, "", "");
    office.wait(Duration::from_secs(3));
    let elsewhere = office.called(TRUNK);
    office.reply(&elsewhere, 200, "", &sdp(TRUNK));
    let success = office.one(301, "SIP/2.0 200");
    office.learn(&mut own, &success);
    office.ask(&mut own, "ACK", "", "");
    let cancelled = office.one(302, "CANCEL");
    assert!(header(&cancelled, "Reason").contains("cause=200"), "{cancelled}");
}
