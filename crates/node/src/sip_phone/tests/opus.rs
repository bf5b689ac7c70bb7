//! Opus, whose number each phone chooses (RFC 7587).

use hookflash_core::Codec;

use super::office::{Office, Peer, sdp};

/// Phones 301 and 302 may use every codec.
fn office() -> Office {
    Office::with(
        "voice register pool 1\n no codec g711ulaw\n!\nvoice register pool 2\n no codec g711ulaw\n!\n",
    )
}

/// A description with Opus by this number and other formats behind it.
fn opus(peer: Peer, number: u8, more: &str) -> String {
    let port = 20_000 + peer;
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP {number}{more} 101\r\n\
         a=rtpmap:{number} opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
    )
}

#[test]
fn phones_with_opus_talk_directly_and_each_is_told_the_number_of_the_other() {
    let mut office = office();
    office.call(301, "302", "", &opus(301, 111, ""));
    let called = office.called(302);
    assert!(called.invite.contains("m=audio 20301 RTP/AVP 111 101\r\n"), "{}", called.invite);
    assert!(called.invite.contains("a=rtpmap:111 opus/48000/2\r\n"), "{}", called.invite);
    office.reply(&called, 200, "", &opus(302, 97, ""));
    let success = office.one(301, "SIP/2.0 200");
    assert!(success.contains("m=audio 20302 RTP/AVP 97 101\r\n"), "{success}");
    assert!(success.contains("a=rtpmap:97 opus/48000/2\r\n"), "{success}");
    assert!(office.legs.is_empty());
}

#[test]
fn opus_and_g711_are_changed_into_each_other() {
    let mut office = office();
    office.call(301, "303", "", &opus(301, 111, ""));
    let called = office.called(303);
    office.reply(&called, 200, "", &sdp(303));
    let success = office.one(301, "SIP/2.0 200");
    assert!(success.contains("m=audio 30000 RTP/AVP 111 101\r\n"), "{success}");
    let ack = office.one(303, "ACK");
    assert!(ack.contains("m=audio 30000 RTP/AVP 0 101\r\n"), "{ack}");
    let mut codecs: Vec<_> = office.legs.values().map(|leg| (leg.codec, leg.payload_type)).collect();
    codecs.sort();
    assert_eq!(codecs, [(Codec::G711Ulaw, 0), (Codec::Opus, 111)]);
}

#[test]
fn what_both_have_beside_opus_needs_no_engine() {
    let mut office = office();
    office.call(301, "303", "", &opus(301, 111, " 0"));
    let called = office.called(303);
    assert!(called.invite.contains("m=audio 20301 RTP/AVP 0 101\r\n"), "{}", called.invite);
    office.reply(&called, 200, "", &sdp(303));
    let success = office.one(301, "SIP/2.0 200");
    assert!(success.contains("m=audio 20303 RTP/AVP 0 101\r\n"), "{success}");
    assert!(office.legs.is_empty());
}

#[test]
fn opus_stands_where_a_class_places_it() {
    let class = "voice class codec 1\n codec preference 1 opus\n codec preference 2 g711alaw\n!\n\
                 voice register pool 2\n no codec g711ulaw\n voice-class codec 1\n!\n\
                 voice register pool 1\n no codec g711ulaw\n!\n";
    let mut office = Office::with(class);
    office.call(301, "302", "", &opus(301, 111, " 0 8"));
    let called = office.called(302);
    assert!(called.invite.contains("m=audio 20301 RTP/AVP 111 8 101\r\n"), "{}", called.invite);
    let mut office = Office::with("voice register pool 2\n codec opus\n!\n");
    office.call(301, "302", "", &sdp(301));
    let called = office.called(302);
    office.reply(&called, 200, "", &opus(302, 107, ""));
    let ack = office.one(302, "ACK");
    assert!(ack.contains("m=audio 30000 RTP/AVP 107 101\r\n"), "{ack}");
}
