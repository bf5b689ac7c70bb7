//! Dialogs that begin, change and end in unusual ways.

use std::time::Duration;

use hookflash_core::{ConnectionState, LegRole, MediaSource};

use super::office::{Office, TRUNK, described, header, sdp};

const RELIABLE: &str = "Supported: 100rel\r\n";

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_reliable_response_is_repeated_for_32_seconds_and_then_the_call_is_over() {
    for answered in [false, true] {
        let mut office = Office::new();
        office.call(301, "302", RELIABLE, &sdp(301));
        let called = office.called(302);
        office.reply(&called, 183, "", &sdp(302));
        let first = office.one(301, "SIP/2.0 183");
        assert!(header(&first, "Require").contains("100rel"));
        office.wait(seconds(2));
        assert_eq!(office.take(301, "SIP/2.0 183").len(), 2, "after 0.5 and 1.5 seconds");
        if answered {
            office.reply(&called, 200, "", &sdp(302));
            office.one(302, "ACK");
        }
        office.wait(Duration::from_millis(29_900));
        assert_eq!(office.take(301, "SIP/2.0 183").len(), 4);
        assert!(office.take(301, "SIP/2.0 5").is_empty() && office.take(301, "SIP/2.0 200").is_empty());
        office.wait(Duration::from_millis(200));
        office.one(301, "SIP/2.0 504");
        office.one(302, if answered { "BYE" } else { "CANCEL" });
    }
}

#[test]
fn who_does_not_acknowledge_our_success_gets_bye() {
    let mut office = Office::new();
    office.call(301, "302", "", &sdp(301));
    let called = office.called(302);
    office.reply(&called, 200, "", &sdp(302));
    office.wait(Duration::from_millis(31_900));
    assert_eq!(office.take(301, "SIP/2.0 200").len(), 11);
    office.wait(Duration::from_millis(200));
    assert_eq!((office.take(301, "BYE").len(), office.take(302, "BYE").len()), (1, 1));
}

#[test]
fn bye_in_an_early_dialog_ends_its_invite() {
    let mut office = Office::new();
    let mut own = office.call(301, "302", "", &sdp(301));
    let called = office.called(302);
    office.reply(&called, 180, "", "");
    let ringing = office.one(301, "SIP/2.0 180");
    office.learn(&mut own, &ringing);
    office.ask(&mut own, "BYE", "", "");
    office.one(301, "SIP/2.0 200");
    office.one(301, "SIP/2.0 487");
    office.one(302, "CANCEL");
}

#[test]
fn a_phone_that_does_not_answer_an_offer_has_left() {
    for status in [None, Some(408), Some(481)] {
        let mut office = Office::new();
        let [mut own, other] = office.connect(301, 302);
        office.ask(&mut own, "INVITE", "", &described("127.0.0.1", 21_000, "sendrecv"));
        office.one(301, "SIP/2.0 200");
        office.ask(&mut own, "ACK", "", "");
        let offer = office.one(302, "INVITE");
        match status {
            Some(status) => office.answer(&other, &offer, status, "", ""),
            None => office.wait(Duration::from_millis(32_100)),
        }
        office.one(301, "BYE");
        assert_eq!(office.take(302, "BYE").len(), usize::from(status != Some(481)), "{status:?}");
    }
}

#[test]
fn fax_beside_audio_that_is_refused_is_no_hold() {
    let mut office = Office::new();
    let [mut own, _] = office.connect(301, 302);
    let fax = "v=0\r\no=- 1 9 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n\
               m=image 4000 udptl t38\r\n";
    office.ask(&mut own, "INVITE", "", fax);
    office.one(301, "SIP/2.0 488");
    office.wait(seconds(2));
    assert!(office.take(302, "INVITE").is_empty());
}

#[test]
fn a_call_by_a_trunk_that_may_not_go_on_is_refused() {
    let mut office = Office::new();
    office.call(TRUNK, "301", "Max-Forwards: 0\r\n", &sdp(TRUNK));
    office.one(TRUNK, "SIP/2.0 483");
    assert!(office.take(301, "INVITE").is_empty());
    office.call(TRUNK, "301", "Max-Forwards: 2\r\n", &sdp(TRUNK));
    assert_eq!(header(&office.called(301).invite, "Max-Forwards"), "1");
}

#[test]
fn offers_in_update_are_answered_before_the_call_is() {
    let mut office = Office::new();
    let mut own = office.call(301, "302", RELIABLE, &sdp(301));
    let mut called = office.called(302);
    office.reply(&called, 183, "Require: 100rel\r\nRSeq: 7\r\n", &sdp(302));
    office.one(302, "PRACK");
    let progress = office.one(301, "SIP/2.0 183");
    office.learn(&mut own, &progress);
    office.ask(&mut own, "UPDATE", "", &described("127.0.0.1", 21_000, "sendrecv"));
    assert!(
        !office.take(301, "SIP/2.0 4").is_empty() || !office.take(301, "SIP/2.0 5").is_empty(),
        "no PRACK yet"
    );
    let acknowledgement = format!("RAck: {} 1 INVITE\r\n", header(&progress, "RSeq"));
    office.ask(&mut own, "PRACK", &acknowledgement, "");
    office.one(301, "SIP/2.0 200");

    office.ask(&mut own, "UPDATE", "", &described("127.0.0.1", 21_002, "sendrecv"));
    let answer = office.one(301, "SIP/2.0 200");
    assert!(answer.contains("m=audio 20302 RTP/AVP 0"), "{answer}");
    office.ask(&mut called, "UPDATE", "", &described("127.0.0.1", 22_000, "sendrecv"));
    let answer = office.one(302, "SIP/2.0 200");
    assert!(answer.contains("m=audio 2"), "{answer}");

    office.reply(&called, 200, "", "");
    let success = office.one(301, "SIP/2.0 200");
    assert!(!success.contains("m=audio"), "it is agreed");
    office.ask(&mut own, "ACK", "", "");
    office.wait(seconds(1));
    assert!(office.first(301, "INVITE").contains("m=audio 22000"), "302 receives elsewhere");
    assert!(office.first(302, "INVITE").contains("m=audio 21002"), "301 receives elsewhere");
}

#[test]
fn nothing_is_sent_to_an_address_of_zeros() {
    let mut office = Office::new();
    let mut own = office.call(301, "302", "", &described("0.0.0.0", 20_301, "sendrecv"));
    office.wait(seconds(1));
    let called = office.called(302);
    assert!(!called.invite.contains("m=audio"), "301 receives nowhere yet");
    office.reply(&called, 200, "", &sdp(302));
    office.wait(seconds(3));
    let success = office.take(301, "SIP/2.0 200").remove(0);
    office.learn(&mut own, &success);
    office.ask(&mut own, "ACK", "", "");
    let acknowledged = office.one(302, "ACK");
    assert!(!acknowledged.contains("c=IN IP4 0.0.0.0"), "{acknowledged}");
    office.ask(&mut own, "INVITE", "", &described("127.0.0.1", 20_301, "sendrecv"));
    office.wait(seconds(1));
    let answer = office.take(301, "SIP/2.0 200").pop().unwrap();
    assert!(answer.contains("m=audio 20302"), "{answer}");
    let told = office.take(302, "INVITE").remove(0);
    assert!(told.contains("m=audio 20301") && told.contains("a=sendrecv"), "{told}");
}

#[test]
fn a_caller_is_told_every_minute_that_the_call_is_under_way() {
    for headers in ["", RELIABLE, "Require: 100rel\r\n"] {
        let mut office = Office::new();
        let mut own = office.call(TRUNK, "302", headers, &sdp(TRUNK));
        let called = office.called(302);
        office.reply(&called, 180, "", "");
        for again in 0..3 {
            let ringing = office.one(TRUNK, "SIP/2.0 180");
            if headers.starts_with("Require") {
                office.learn(&mut own, &ringing);
                office.ask(
                    &mut own,
                    "PRACK",
                    &format!("RAck: {} 1 INVITE\r\n", header(&ringing, "RSeq")),
                    "",
                );
                office.one(TRUNK, "SIP/2.0 200");
            }
            if again == 2 {
                break;
            }
            office.wait(Duration::from_millis(59_800));
            assert!(office.take(TRUNK, "SIP/2.0 180").is_empty(), "{headers}");
            office.wait(Duration::from_millis(200));
        }
    }
}

#[test]
fn a_caller_hears_media_and_learns_that_it_rings() {
    let mut office = Office::new();
    office.call(301, "0123", "", &sdp(301));
    let called = office.called(TRUNK);
    office.reply(&called, 183, "", &sdp(TRUNK));
    office.one(301, "SIP/2.0 183");
    office.reply(&called, 180, "", "");
    office.reply(&called, 180, "", "");
    assert!(!office.one(301, "SIP/2.0 180").contains("m=audio"));
}

#[test]
fn a_transfer_that_rings_and_is_refused_leaves_the_transferor_in_its_call() {
    for (hangs_up, holds) in [(false, false), (false, true), (true, false)] {
        let mut office = Office::new();
        let [_, mut own] = office.connect(301, 302);
        if holds {
            office.ask(&mut own, "INVITE", "", &described("127.0.0.1", 20_302, "sendonly"));
            office.one(302, "SIP/2.0 200");
            office.ask(&mut own, "ACK", "", "");
        }
        office.ask(&mut own, "REFER", "Refer-To: <sip:303@127.0.0.1>\r\n", "");
        office.one(302, "SIP/2.0 202");
        let target = office.called(303);
        assert!(header(&target.invite, "From").contains("sip:301@"), "301 is sent to it: {}", target.invite);
        office.reply(&target, 180, "", "");
        for report in office.take(302, "NOTIFY") {
            office.answer(&own, &report, 200, "", "");
        }
        if hangs_up {
            office.ask(&mut own, "BYE", "", "");
            office.one(302, "SIP/2.0 200");
        }
        office.reply(&target, 486, "", "");
        if hangs_up {
            assert!(!header(&office.one(302, "INVITE"), "To").contains("tag="), "the call comes back");
            continue;
        }
        let report = office.take(302, "NOTIFY").pop().unwrap();
        assert!(report.contains("terminated") && report.ends_with("SIP/2.0 486 Busy Here\r\n"), "{report}");
        office.answer(&own, &report, 200, "", "");
        office.wait(seconds(3));
        assert!(office.take(302, "BYE").is_empty() && office.take(301, "BYE").is_empty());
        let invites = office.take(302, "INVITE");
        assert!(invites.iter().all(|invite| header(invite, "To").contains("tag=")), "{invites:#?}");
        let calls = office.node.switch().calls();
        let states: Vec<_> =
            calls.iter().flat_map(|call| calls.connections(call.id())).map(|own| own.state()).collect();
        let first = if holds { ConnectionState::Hold } else { ConnectionState::Connected };
        assert_eq!(states.len(), 2, "{states:?}");
        assert!(states.contains(&first) && states.contains(&ConnectionState::Connected), "{states:?}");
    }
}

#[test]
fn who_is_transferred_hears_that_it_rings() {
    let mut office = Office::new();
    let [other, mut own] = office.connect(301, 302);
    office.ask(&mut own, "REFER", "Refer-To: <sip:303@127.0.0.1>\r\n", "");
    let target = office.called(303);
    office.reply(&target, 180, "", "");
    let tone = office.legs.values().find(|leg| leg.role == LegRole::Source(MediaSource::RingBack));
    assert!(tone.is_some_and(|leg| leg.send_to.is_some_and(|to| to.port == 20_301)), "{:?}", office.legs);
    let offer = office.take(301, "INVITE").pop().unwrap();
    assert!(offer.contains("m=audio 30000") && offer.contains("a=sendonly"), "{offer}");
    office.answer(&other, &offer, 200, "", &described("127.0.0.1", 20_301, "recvonly"));
    let same = office.one(301, "INVITE");
    assert!(
        header(&same, "P-Asserted-Identity").contains("303@") && same.contains("m=audio 30000"),
        "{same}"
    );
    office.answer(&other, &same, 200, "", &described("127.0.0.1", 20_301, "recvonly"));
    office.reply(&target, 200, "", &sdp(303));
    assert!(office.legs.is_empty());
    let offer = office.take(301, "INVITE").pop().unwrap();
    assert!(offer.contains("m=audio 20303") && offer.contains("a=sendrecv"), "{offer}");
}

#[test]
fn numbers_of_another_network_are_read_without_what_is_not_dialled() {
    let mut office = Office::new();
    let from = "From: <sip:+49.30-1;npdi;rn=+4940@carrier>;tag=x\r\n";
    office.call(TRUNK, "301", from, &sdp(TRUNK));
    assert!(header(&office.called(301).invite, "From").contains("<sip:+49301@"));
    let private = "From: <sip:+49302@carrier>;tag=x\r\nRemote-Party-ID: <sip:+49302@carrier>;party=calling;privacy=full\r\n";
    office.call(TRUNK, "302", private, &sdp(TRUNK));
    let called = office.called(302);
    assert!(header(&called.invite, "From").contains("anonymous@"), "{}", called.invite);
    assert!(!called.invite.contains("+49302"), "{}", called.invite);
}

#[test]
fn a_telephone_number_as_request_uri_is_at_this_server() {
    let mut office = Office::new();
    office.call_uri(TRUNK, "tel:301", "", &sdp(TRUNK));
    let called = office.called(301);
    office.reply(&called, 180, "", "");
    let ringing = office.one(TRUNK, "SIP/2.0 180");
    assert!(header(&ringing, "P-Asserted-Identity").ends_with("<sip:301@127.0.0.1>"), "{ringing}");
}

#[test]
fn another_network_learns_who_hides_his_number() {
    let mut office = Office::new();
    let hidden = "From: <sip:anonymous@anonymous.invalid>;tag=own\r\nPrivacy: id\r\n";
    office.call(301, "0123", hidden, &sdp(301));
    let called = office.called(TRUNK).invite;
    assert!(header(&called, "From").contains("<sip:anonymous@anonymous.invalid>"), "{called}");
    assert_eq!(
        (header(&called, "Privacy"), header(&called, "P-Asserted-Identity")),
        ("id", "<sip:301@127.0.0.1>")
    );
    office.call(301, "302", hidden, &sdp(301));
    assert!(!office.called(302).invite.contains("301@"));
}

#[test]
fn a_phone_says_why_it_sends_a_call_elsewhere() {
    for (said, told) in
        [("", "unconditional"), ("Diversion: <sip:302@here>;reason=user-busy\r\n", "user-busy")]
    {
        let mut office = Office::new();
        office.call(301, "302", "", &sdp(301));
        let called = office.called(302);
        office.reply(&called, 302, &format!("Contact: <sip:303@127.0.0.1>\r\n{said}"), "");
        let diversion = header(&office.called(303).invite, "Diversion").to_owned();
        assert!(diversion.contains(&format!("reason={told}")), "{diversion}");
    }
}

#[test]
fn subscriptions_are_refused_with_what_is_served() {
    let mut office = Office::new();
    for (number, headers, status) in [
        ("301", "Event: nothing\r\n", 489),
        ("999", "Event: nothing\r\n", 489),
        ("302", "Event: dialog\r\nAccept: text/plain\r\n", 406),
        ("302", "Event: dialog\r\nAccept: text/plain, application/dialog-info+xml\r\n", 200),
        ("302", "Event: dialog\r\nAccept: application/*\r\n", 200),
    ] {
        office.ask_outside(301, "SUBSCRIBE", number, headers);
        let answer = office.one(301, &format!("SIP/2.0 {status}"));
        assert!(status == 406 || header(&answer, "Allow-Events").contains("dialog"), "{answer}");
    }
    office.ask_outside(301, "OPTIONS", "301", "");
    assert!(header(&office.one(301, "SIP/2.0 200"), "Allow-Events").contains("dialog"));
}

#[test]
fn watchers_are_told_the_presence_of_numbers_that_may_be_watched() {
    let mut office = Office::with("voice register dn 2\n allow watch\n!\n");
    office.ask_outside(301, "SUBSCRIBE", "303", "Event: presence\r\n");
    office.one(301, "SIP/2.0 403");
    office.ask_outside(301, "SUBSCRIBE", "302", "Event: presence\r\nAccept: application/pidf+xml\r\n");
    office.one(301, "SIP/2.0 200");
    let told = |office: &mut Office, what: &str| {
        let notify = office.one(301, "NOTIFY");
        assert!(
            header(&notify, "Content-Type") == "application/pidf+xml" && notify.contains(what),
            "{notify}"
        );
        office.respond(301, &notify, 200, "");
    };
    told(&mut office, "<ce:available/></e:activities></dm:person><tuple id=\"device\"><status><basic>open<");
    office.call(303, "302", "", &sdp(303));
    told(&mut office, "<ce:alerting/>");
    let called = office.called(302);
    office.reply(&called, 200, "", &sdp(302));
    told(&mut office, "<e:on-the-phone/>");
}

const ACCOUNT: &str = "sip-ua\n credentials number 49 username office password 0 secret realm carrier\n \
                       registrar ipv4:127.0.0.9 expires 600\n!\n";

#[test]
fn a_registration_goes_on_with_a_new_nonce_and_says_the_way_of_calls() {
    let mut office = Office::with(ACCOUNT);
    office.wait(Duration::from_millis(600));
    let mut register = office.first(TRUNK, "REGISTER");
    for stale in ["", ", stale=TRUE"] {
        let asks = format!("WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n{stale}\"{stale}\r\n");
        office.respond(TRUNK, &register, 401, &asks);
        register = office.one(TRUNK, "REGISTER");
        assert!(header(&register, "Authorization").contains("response="), "{register}");
    }
    office.respond(TRUNK, &register, 200, "Expires: 100\r\nService-Route: <sip:edge@127.0.0.9;lr>\r\n");
    office.call(301, "0123", "", &sdp(301));
    assert_eq!(header(&office.called(TRUNK).invite, "Route"), "<sip:edge@127.0.0.9;lr>");
    office.wait(Duration::from_millis(79_800));
    assert!(office.take(TRUNK, "REGISTER").is_empty());
    office.wait(Duration::from_millis(400));
    register = office.first(TRUNK, "REGISTER");
    for _ in 0..2 {
        office.respond(
            TRUNK,
            &register,
            401,
            "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"o\", stale=true\r\n",
        );
        register = office.one(TRUNK, "REGISTER");
    }
    office.respond(
        TRUNK,
        &register,
        401,
        "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"o\", stale=true\r\n",
    );
    assert!(office.take(TRUNK, "REGISTER").is_empty(), "not for ever");
}

#[test]
fn a_phone_behind_a_proxy_is_called_along_its_path() {
    let mut office = Office::new();
    office.register(304, "Supported: path\r\nPath: <sip:127.0.0.1:7999;lr>\r\n");
    let answer = office.one(304, "SIP/2.0 200");
    assert_eq!(header(&answer, "Path"), "<sip:127.0.0.1:7999;lr>");
    office.call(301, "304", "", &sdp(301));
    assert_eq!(header(&office.called(304).invite, "Route"), "<sip:127.0.0.1:7999;lr>");
}

#[test]
fn a_call_by_a_trunk_without_capacity_is_refused_so_again() {
    let mut office = Office::new();
    for retry in [true, false] {
        office.call(301, "0123", "", &sdp(301));
        if retry {
            let called = office.called(TRUNK);
            office.reply(&called, 503, "Retry-After: 30\r\n", "");
        }
        office.one(301, "SIP/2.0 503");
    }
}

#[test]
fn of_two_streams_of_audio_the_one_is_used_that_can_be() {
    let mut office = Office::new();
    let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n";
    let secure = format!("m=audio 24000 RTP/SAVP 0\r\n{key}m=audio 20301 RTP/AVP 0");
    let offer = sdp(301).replace("m=audio 20301 RTP/AVP 0", &secure);
    let mut own = office.call(301, "302", "", &offer);
    let called = office.called(302);
    assert!(called.invite.contains("m=audio 20301 RTP/AVP 0"), "{}", called.invite);
    office.reply(&called, 200, "", &sdp(302));
    let success = office.one(301, "SIP/2.0 200");
    let streams: Vec<&str> = success.lines().filter(|line| line.starts_with("m=")).collect();
    assert!(
        streams[0].starts_with("m=audio 0 RTP/SAVP") && streams[1].starts_with("m=audio 20302 RTP/AVP"),
        "{success}"
    );
    office.learn(&mut own, &success);
    office.ask(&mut own, "ACK", "", "");
    office.ask(&mut own, "INVITE", "", &offer);
    assert!(office.one(301, "SIP/2.0 200").contains("m=audio 20302 RTP/AVP"));
}

#[test]
fn a_phone_that_shall_answer_by_itself_is_told_so_once() {
    let mut office = Office::with("voice register dn 1\n auto-answer\n!\n");
    office.call(302, "301", "", &sdp(302));
    let rung = office.called(301);
    office.reply(&rung, 180, "Allow-Events: talk\r\n", "");
    let told = office.one(301, "NOTIFY");
    assert_eq!(header(&told, "Event"), "talk");
    // Something else happens at the phone.
    office.call(303, "301", "", &sdp(303));
    assert_eq!(office.take(301, "INVITE").len(), 1);
    assert_eq!(office.take(301, "NOTIFY"), [""; 0]);
}

#[test]
fn an_offer_in_a_success_is_answered_even_if_the_call_is_over() {
    let mut office = Office::new();
    let mut calling = office.call(302, "301", "", "");
    let rung = office.called(301);
    office.reply(&rung, 200, "", &sdp(301));
    let success = office.one(302, "SIP/2.0 200");
    office.learn(&mut calling, &success);
    assert_eq!(office.take(301, "ACK"), [""; 0], "it is not known where the caller receives");
    office.ask(&mut calling, "BYE", "", "");
    assert!(office.one(301, "ACK").contains("m=audio"));
    office.one(301, "BYE");
}

/// The value of an attribute.
fn attribute<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap();
    rest.split_once('"').unwrap().0
}

#[test]
fn the_first_call_is_picked_up_by_its_lamp() {
    let mut office = Office::new();
    office.call(TRUNK, "301", "", &sdp(TRUNK));
    let called = office.called(301);
    office.reply(&called, 180, "", "");
    office.ask_outside(302, "SUBSCRIBE", "301", "Event: dialog\r\n");
    office.one(302, "SIP/2.0 200");
    let lamp = office.one(302, "NOTIFY");
    let [call, local, remote] = ["call-id", "local-tag", "remote-tag"].map(|name| attribute(&lamp, name));
    let replaces = format!("Replaces: {call};to-tag={local};from-tag={remote};early-only\r\n");
    office.call(302, "301", &replaces, &sdp(302));
    office.one(302, "SIP/2.0 200");
    office.one(TRUNK, "SIP/2.0 200");
    office.one(301, "CANCEL");
}

#[test]
fn who_does_not_know_our_prack_does_not_take_the_call() {
    for late in [false, true] {
        let mut office = Office::new();
        office.call(301, "302", "", &sdp(301));
        let called = office.called(302);
        office.reply(&called, 183, "Require: 100rel\r\nRSeq: 7\r\n", &sdp(302));
        let prack = office.one(302, "PRACK");
        office.answer(&called, &prack, 481, "", "");
        office.one(301, "SIP/2.0 480");
        if late {
            office.reply(&called, 200, "", "");
            office.one(302, "ACK");
            office.one(302, "BYE");
        } else {
            office.one(302, "CANCEL");
        }
    }
}
