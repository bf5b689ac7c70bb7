//! What dial peers and `sip-ua` say of their calls.

use std::time::Duration;

use super::office::{Office, TRUNK, header, sdp};

fn with_sip(lines: &str) -> Office {
    Office::with(&format!("voice service voip\n sip\n{lines}!\n"))
}

fn with_peer(lines: &str) -> Office {
    Office::with(&format!("dial-peer voice 7 voip\n{lines}!\n"))
}

#[test]
fn provisional_responses_are_acknowledged_as_is_configured() {
    let [supported, disabled, required] =
        ["", "  rel1xx disable\n", "  rel1xx require 100rel\n"].map(|lines| {
            let mut office = with_sip(lines);
            office.call(301, "0123", "", &sdp(301));
            office.called(TRUNK).invite
        });
    assert!(header(&supported, "Supported").contains("100rel") && header(&supported, "Require").is_empty());
    assert!(!header(&disabled, "Supported").contains("100rel"), "{disabled}");
    assert!(header(&required, "Require").contains("100rel"), "{required}");

    let mut office = with_peer(" voice-class sip rel1xx disable\n");
    office.call(TRUNK, "301", "Require: 100rel\r\n", &sdp(TRUNK));
    assert_eq!(header(&office.one(TRUNK, "SIP/2.0 420"), "Unsupported"), "100rel");
    office.call(TRUNK, "301", "Supported: 100rel\r\n", &sdp(TRUNK));
    let called = office.called(301);
    office.reply(&called, 183, "", &sdp(301));
    assert!(!office.one(TRUNK, "SIP/2.0 183").contains("RSeq"));

    let mut office = with_peer(" voice-class sip rel1xx require 100rel\n");
    office.call(TRUNK, "301", "Supported: 100rel\r\n", &sdp(TRUNK));
    let called = office.called(301);
    office.reply(&called, 180, "", "");
    assert!(office.one(TRUNK, "SIP/2.0 180").contains("RSeq"));
}

#[test]
fn a_call_without_an_offer_leaves_with_one_where_that_is_forced() {
    let mut office = Office::new();
    office.call(301, "0123", "", "");
    assert!(!office.called(TRUNK).invite.contains("m=audio"));

    let mut office = with_sip("  early-offer forced\n");
    let mut own = office.call(301, "0123", "", "");
    let called = office.called(TRUNK);
    assert!(called.invite.contains("m=audio") && called.invite.contains("a=inactive"), "{}", called.invite);
    office.reply(&called, 200, "", &super::office::described("127.0.0.9", 20_000, "inactive"));
    let success = office.one(301, "SIP/2.0 200");
    assert!(success.contains("m=audio"), "{success}");
    office.learn(&mut own, &success);
    office.ask(&mut own, "ACK", "Content-Type: application/sdp\r\n", &sdp(301));
    office.wait(Duration::from_secs(1));
    let again = office.first(TRUNK, "INVITE");
    assert!(again.contains("m=audio 20301") && again.contains("a=sendrecv"), "{again}");
}

#[test]
fn the_least_time_of_a_session_and_a_prefix_are_in_the_invite() {
    let mut office = with_sip("  min-se 400 session-expires 700\n");
    office.call(301, "0123", "", &sdp(301));
    let invite = office.called(TRUNK).invite;
    assert_eq!((header(&invite, "Session-Expires"), header(&invite, "Min-SE")), ("700", "400"));

    let mut office = with_peer(" prefix 99\n");
    office.call(301, "0123", "", &sdp(301));
    assert!(office.called(TRUNK).invite.starts_with("INVITE sip:990123@"));
}

#[test]
fn what_a_network_answers_reaches_the_caller_as_is_configured() {
    let answered = |lines: &str| {
        let mut office = Office::with(lines);
        office.call(301, "0123", "", &sdp(301));
        let called = office.called(TRUNK);
        office.reply(&called, 502, "", "");
        let refused = office.one(301, "SIP/2.0 ");
        (refused[8..11].to_owned(), header(&refused, "Reason").to_owned())
    };
    let is = |status: &str, cause: u8| (status.to_owned(), format!("Q.850;cause={cause}"));
    assert_eq!(answered(""), is("503", 38));
    assert_eq!(answered("voice service voip\n sip\n  error-passthru\n!\n"), is("502", 38));
    assert_eq!(answered("sip-ua\n set sip-status 502 pstn-cause 17\n!\n"), is("486", 17));
    assert_eq!(answered("sip-ua\n set pstn-cause 38 sip-status 480\n!\n"), is("480", 38));
}

#[test]
fn who_is_busy_is_called_by_the_next_peer_only_where_that_is_configured() {
    let second =
        "dial-peer voice 8 voip\n destination-pattern 0T\n preference 1\n session target ipv4:127.0.0.9\n!\n";
    for (lines, goes_on) in [("", false), ("voice hunt user-busy\n", true)] {
        let mut office = Office::with(&format!("{second}{lines}"));
        office.call(301, "0123", "", &sdp(301));
        let called = office.called(TRUNK);
        office.reply(&called, 486, "", "");
        assert_eq!(office.take(TRUNK, "INVITE").len(), usize::from(goes_on));
        assert_eq!(office.take(301, "SIP/2.0 486").len(), usize::from(!goes_on));
    }
}

/// The server registers at the network, which answers with these contacts.
fn registered(lines: &str) -> Office {
    Office::with(&format!(
        "sip-ua\n credentials number 4930 username office password secret realm carrier\n{lines}!\n"
    ))
}

#[test]
fn the_registration_lasts_as_long_as_that_of_its_own_contact() {
    let mut office = registered(" registrar ipv4:127.0.0.9 expires 300\n");
    let asked = office.registers.remove(0);
    let contacts = "Contact: <sip:other@1.2.3.4>;expires=5, <sip:4930@127.0.0.1:5060>;expires=62\r\n";
    office.respond(TRUNK, &asked, 200, contacts);
    let (_, _, up, left) = office.node.sip_phones.registrations(office.now).next().unwrap();
    assert_eq!((up, left), (true, 62));
}

#[test]
fn where_a_registrar_refuses_the_next_one_is_asked() {
    let mut office =
        registered(" registrar 1 ipv4:127.0.0.9:5070 expires 300\n registrar 2 ipv4:127.0.0.9 expires 300\n");
    office.wait(Duration::from_secs(40));
    let asked = office.registers.last().cloned().expect("the second one is asked");
    assert!(asked.starts_with("REGISTER sip:127.0.0.9:5060"), "{asked}");
    office.respond(TRUNK, &asked, 200, "Expires: 100\r\n");
    let (_, registrar, up, _) = office.node.sip_phones.registrations(office.now).next().unwrap();
    assert_eq!((registrar.to_string().as_str(), up), ("127.0.0.9:5060", true));
}

#[test]
fn a_phone_is_told_in_from_whom_it_talks_to() {
    let mut office = Office::new();
    let [mut own, other] = office.connect(301, 302);
    office.ask(&mut own, "REFER", "Refer-To: <sip:303@127.0.0.1>\r\n", "");
    let target = office.called(303);
    let offer = office.first(302, "INVITE");
    office.answer(&other, &offer, 200, "", &sdp(302));
    office.reply(&target, 200, "", &sdp(303));
    office.wait(Duration::from_secs(1));
    let told: Vec<String> = ["INVITE", "UPDATE"].iter().flat_map(|method| office.take(302, method)).collect();
    assert!(
        told.iter().any(|request| header(request, "P-Asserted-Identity").contains("sip:303@")),
        "{told:#?}"
    );
    let told = told.iter().map(|request| header(request, "From")).collect::<Vec<_>>();
    assert!(told.iter().any(|from| from.starts_with("\"User 3\" <sip:303@")), "{told:?}");
    assert!(told.iter().all(|from| from.contains(";tag=")), "{told:?}");
}

#[test]
fn who_calls_by_a_proxy_is_not_taken_for_a_phone_that_has_registered_by_it() {
    let mut office = Office::new();
    office.register(303, "Path: <sip:127.0.0.1:7303;lr>\r\n");
    office.take(303, "SIP/2.0 200");
    let from = |number: &str| format!("From: <sip:{number}@127.0.0.1:5060>;tag=own\r\n");
    for number in ["301", "999"] {
        office.call(303, "304", &from(number), &sdp(303));
        assert!(office.take(304, "INVITE").is_empty(), "{number}");
    }
    office.call(303, "304", &from("303"), &sdp(303));
    assert!(office.called(304).invite.contains("sip:303@"));
}

#[test]
fn each_account_registers_and_is_challenged_by_itself() {
    let mut office = registered(
        " credentials number 4931 username other password hidden realm carrier\n registrar ipv4:127.0.0.9 expires 300\n",
    );
    let asked: Vec<String> = std::mem::take(&mut office.registers);
    let numbers: Vec<&str> = asked.iter().map(|request| header(request, "To")).collect();
    assert_eq!(numbers, ["<sip:4930@127.0.0.9>", "<sip:4931@127.0.0.9>"]);
    let challenge = "WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n\"\r\n";
    office.respond(TRUNK, &asked[1], 401, challenge);
    let proved = office.registers.pop().unwrap();
    assert!(header(&proved, "Authorization").contains("username=\"other\""), "{proved}");
    office.respond(TRUNK, &proved, 200, "Expires: 100\r\n");
    let states: Vec<bool> =
        office.node.sip_phones.registrations(office.now).map(|(_, _, up, _)| up).collect();
    assert_eq!(states, [false, true]);
}

#[test]
fn a_password_is_for_its_realm_only() {
    let lines = "sip-ua\n authentication username one password 0 first realm r1.example\n \
                 authentication username two password 0 second realm r2.example\n!\n";
    for (realm, user) in [("r1.example", Some("one")), ("r2.example", Some("two")), ("other", None)] {
        let mut office = Office::with(lines);
        office.call(301, "0123", "", &sdp(301));
        let called = office.called(TRUNK);
        let challenge = format!("Proxy-Authenticate: Digest realm=\"{realm}\", nonce=\"n\"\r\n");
        office.reply(&called, 407, &challenge, "");
        let again = office.take(TRUNK, "INVITE");
        let named = again.first().map(|invite| header(invite, "Proxy-Authorization").to_owned());
        match user {
            Some(user) => assert!(named.unwrap().contains(&format!("username=\"{user}\"")), "{realm}"),
            None => assert!(again.is_empty(), "{again:?}"),
        }
    }
}

#[test]
fn a_session_that_is_too_short_is_asked_for_once_more() {
    let mut office = Office::new();
    let mut own = office.call(301, "0123", "", &sdp(301));
    let called = office.called(TRUNK);
    office.reply(&called, 422, "Min-SE: 3600\r\n", "");
    office.take(TRUNK, "ACK");
    let again = office.called(TRUNK);
    let said = |name| header(&again.invite, name);
    assert_eq!((said("Session-Expires"), said("Min-SE"), said("CSeq")), ("3600", "3600", "2 INVITE"));
    office.reply(&again, 200, "Session-Expires: 3600;refresher=uac\r\n", &sdp(TRUNK));
    let success = office.one(301, "SIP/2.0 200");
    office.learn(&mut own, &success);
    office.ask(&mut own, "ACK", "", "");
    office.one(TRUNK, "ACK");

    office.ask(&mut own, "INVITE", "", &super::office::described("127.0.0.1", 21_000, "sendrecv"));
    let offer = office.first(TRUNK, "INVITE");
    office.answer(&again, &offer, 422, "Min-SE: 7200\r\n", "");
    office.wait(Duration::from_secs(1));
    let repeated = office.first(TRUNK, "INVITE");
    assert!(
        header(&repeated, "Session-Expires").starts_with("7200") && repeated.contains("m=audio 21000"),
        "{repeated}"
    );
}
