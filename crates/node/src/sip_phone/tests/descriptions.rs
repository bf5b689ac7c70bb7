//! Descriptions of audio that are written in unusual ways.

use std::{net::Ipv4Addr, time::Duration};

use hookflash_core::MediaAddress;

use super::office::{Office, TRUNK, described, sdp};

/// A description whose receiver, format, and further lines are these.
fn unusual(host: &str, number: u8, more: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 21000 RTP/AVP {number}\r\n\
         a=rtpmap:{number} PCMU/8000\r\n{more}"
    )
}

#[test]
fn a_receiver_may_be_named() {
    for (more, at) in [("", "127.0.0.9"), ("ip host media.example 127.0.0.77\n", "127.0.0.77")] {
        let mut office = Office::with(more);
        office.call(TRUNK, "301", "", &unusual("Media.example", 0, ""));
        let called = office.called(301);
        assert!(
            called.invite.contains(&format!("c=IN IP4 {at}\r\nt=0 0\r\nm=audio 21000")),
            "{}",
            called.invite
        );
    }
}

#[test]
fn a_codec_with_a_number_of_the_phones_own_is_answered_with_that_number() {
    let mut office = Office::new();
    office.call(301, "302", "", &unusual("127.0.0.1", 97, "a=rtcp:21007\r\n"));
    let called = office.called(302);
    assert!(!called.invite.contains("RTP/AVP 97"), "numbers hold for one phone: {}", called.invite);
    office.reply(&called, 200, "", &sdp(302));
    let success = office.one(301, "SIP/2.0 200");
    assert!(
        success.contains("m=audio 30000 RTP/AVP 97\r\n"),
        "the engine has other numbers with each: {success}"
    );
    assert!(success.contains("a=rtpmap:97 PCMU/8000"), "{success}");
    let leg = office.legs.values().find(|leg| leg.payload_type == 97).expect("a leg for 301");
    let reports = MediaAddress { ip: [127, 0, 0, 1].into(), port: 21_007 };
    assert_eq!((leg.send_to.map(|to| to.port), leg.reports_to), (Some(21_000), Some(reports)));
    assert!(office.legs.values().any(|leg| leg.payload_type == 0), "a leg for 302");
}

#[test]
fn the_usual_number_of_a_codec_is_used_where_it_is_offered() {
    let mut office = Office::new();
    let both = unusual("127.0.0.1", 97, "").replace("AVP 97", "AVP 97 0");
    office.call(301, "302", "", &both);
    let called = office.called(302);
    office.reply(&called, 200, "", &sdp(302));
    let success = office.one(301, "SIP/2.0 200");
    assert!(success.contains("m=audio 20302 RTP/AVP 0\r\n"), "{success}");
}

/// 301 is behind a translation of addresses: what it says of itself means something there only.
#[test]
fn the_audio_of_a_phone_behind_a_translation_of_addresses_goes_through_the_server() {
    for private in ["10.0.0.5", "172.20.1.9", "192.168.1.2", "100.64.0.1"] {
        for caller in [301, 302] {
            let mut office = Office::new();
            let receives =
                |peer| if peer == 301 { described(private, 20_301, "sendrecv") } else { sdp(peer) };
            let called = if caller == 301 { 302 } else { 301 };
            office.call(caller, &called.to_string(), "", &receives(caller));
            let invite = office.called(called);
            office.reply(&invite, 200, "", &receives(called));
            office.one(called, "ACK");
            office.wait(Duration::from_secs(1));
            let success = office.first(caller, "SIP/2.0 200");
            assert!(success.contains("m=audio 3000"), "a port of the media engine: {success}");
            let leg = office.legs.values().find(|leg| leg.send_to.is_some_and(|to| to.port == 20_301));
            let leg = leg.expect("a leg for 301");
            assert_eq!(leg.behind, Some(Ipv4Addr::LOCALHOST.into()), "where it signals from");
            assert_eq!(office.legs.values().filter(|leg| leg.behind.is_none()).count(), 1, "302 is not");
        }
    }
}
