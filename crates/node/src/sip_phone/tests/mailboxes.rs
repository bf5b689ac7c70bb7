//! A voicemail server says for which numbers messages wait.

use std::{collections::BTreeSet, time::Duration};

use super::office::{Dialog, Office, TRUNK, header};

const NUMBERS: &str = "voice register dn 1\n mwi\n!\ntelephony-service\n max-ephones 1\n max-dn 1\n mwi prefix 55\n\
                       ephone-dn 1\n number 201\n mwi sip\n!\n";

fn with(server: &str) -> Office {
    Office::with(&format!("{NUMBERS}sip-ua\n authentication username office password secret\n {server}\n!\n"))
}

/// Whether a message waits for the number of a SIP phone, as its phone has been told since the last time.
fn told(office: &mut Office, number: u16) -> Vec<&'static str> {
    let said = |text: String| if text.contains("Messages-Waiting: yes") { "yes" } else { "no" };
    office.take(number, "NOTIFY").into_iter().map(said).collect()
}

fn lamp(office: &Office, number: &str) -> bool {
    let device = office.node.switch().lines().device_by_number(number).unwrap();
    office.node.switch().lines().device(device).unwrap().message_waiting()
}

fn summary(waiting: &str) -> String {
    format!("Messages-Waiting: {waiting}\r\nVoice-Message: 1/0 (0/0)\r\n")
}

const KIND: &str = "Event: message-summary\r\nContent-Type: application/simple-message-summary\r\n";

/// The subscription for a number that has come to the server, granted for 600 seconds.
fn granted(office: &mut Office, number: &str) -> Dialog {
    let asked = office.take(TRUNK, "SUBSCRIBE");
    let asked = asked.iter().find(|asked| asked.contains(&format!("sip:{number}@"))).unwrap();
    assert_eq!(header(asked, "Event"), "message-summary");
    assert_eq!(header(asked, "Expires"), "900");
    office.respond(TRUNK, asked, 200, "Expires: 600\r\nContact: <sip:box@127.0.0.9>\r\n");
    office.dialog_of(TRUNK, asked, "theirs")
}

#[test]
fn the_server_is_asked_about_each_number_and_its_answer_lights_the_lamp() {
    let mut office = with("mwi-server ipv4:127.0.0.9 expires 900");
    office.wait(Duration::from_secs(1));
    let asked = office.take(TRUNK, "SUBSCRIBE");
    let numbers: BTreeSet<&str> = asked.iter().map(|asked| &asked[14..17]).collect();
    assert_eq!(numbers, ["201", "301"].into(), "{asked:#?}");
    let mut office = with("mwi-server ipv4:127.0.0.9 expires 900");
    office.wait(Duration::from_secs(1));
    let mut own = granted(&mut office, "301");
    let active = format!("Subscription-State: active\r\n{KIND}");
    office.ask(&mut own, "NOTIFY", &active, &summary("yes"));
    office.one(TRUNK, "SIP/2.0 200");
    assert!(lamp(&office, "301") && !lamp(&office, "201"));
    assert_eq!(told(&mut office, 301), ["yes"]);
    office.ask(&mut own, "NOTIFY", &active, &summary("no"));
    assert_eq!(told(&mut office, 301), ["no"]);
    // It is renewed in its dialog before it expires.
    office.take(TRUNK, "SUBSCRIBE");
    office.wait(Duration::from_secs(480));
    let sent = office.take(TRUNK, "SUBSCRIBE");
    let again = sent.iter().find(|sent| header(sent, "To").ends_with(";tag=theirs"));
    assert_eq!(again.map(|again| header(again, "CSeq")), Some("2 SUBSCRIBE"), "{sent:#?}");
}

#[test]
fn a_subscription_that_the_server_ends_or_forgets_begins_anew() {
    let mut office = with("mwi-server ipv4:127.0.0.9 expires 900");
    office.wait(Duration::from_secs(1));
    let mut own = granted(&mut office, "301");
    office.ask(
        &mut own,
        "NOTIFY",
        "Event: message-summary\r\nSubscription-State: terminated;reason=timeout\r\n",
        "",
    );
    office.one(TRUNK, "SIP/2.0 200");
    office.take(TRUNK, "SUBSCRIBE");
    office.wait(Duration::from_secs(2));
    let mut own = granted(&mut office, "301");
    office.take(TRUNK, "SUBSCRIBE");
    office.wait(Duration::from_secs(480));
    let again = office.take(TRUNK, "SUBSCRIBE sip:box@");
    office.respond(TRUNK, &again[0], 481, "");
    let anew = office.take(TRUNK, "SUBSCRIBE sip:301@");
    assert!(!header(&anew[0], "To").contains("tag="), "{}", anew[0]);
    assert_ne!(header(&anew[0], "Call-ID"), header(&again[0], "Call-ID"));
    office.ask(&mut own, "NOTIFY", &format!("Subscription-State: active\r\n{KIND}"), &summary("yes"));
    office.one(TRUNK, "SIP/2.0 481");
    assert!(!lamp(&office, "301"));
}

#[test]
fn the_server_may_want_a_password() {
    let mut office = with("mwi-server ipv4:127.0.0.9 expires 900");
    office.wait(Duration::from_secs(1));
    let asked = office.take(TRUNK, "SUBSCRIBE sip:301@");
    office.respond(TRUNK, &asked[0], 401, "WWW-Authenticate: Digest realm=\"box\", nonce=\"n\"\r\n");
    let again = office.take(TRUNK, "SUBSCRIBE sip:301@");
    assert!(header(&again[0], "Authorization").contains("username=\"office\""), "{}", again[0]);
    assert_eq!(header(&again[0], "Call-ID"), header(&asked[0], "Call-ID"));
    office.respond(TRUNK, &again[0], 401, "WWW-Authenticate: Digest realm=\"box\", nonce=\"m\"\r\n");
    assert!(office.take(TRUNK, "SUBSCRIBE sip:301@").is_empty(), "the password is wrong");
    office.wait(Duration::from_secs(30));
    assert_eq!(office.take(TRUNK, "SUBSCRIBE sip:301@").len(), 1);
}

#[test]
fn the_server_says_it_without_being_asked_and_nobody_else_does() {
    let mut office = with("mwi-server ipv4:127.0.0.9 unsolicited");
    office.wait(Duration::from_secs(1));
    assert!(office.take(TRUNK, "SUBSCRIBE").is_empty());
    for (peer, number, status) in
        [(302, "301", 481), (TRUNK, "302", 404), (TRUNK, "301", 200), (TRUNK, "55201", 200)]
    {
        office.ask_outside_with(peer, "NOTIFY", number, KIND, &summary("yes"));
        office.one(peer, &format!("SIP/2.0 {status}"));
        assert!(!lamp(&office, "302"));
    }
    assert!(lamp(&office, "301") && lamp(&office, "201"));
    assert_eq!(told(&mut office, 301), ["yes"]);
    for (kind, text, status) in [
        ("Event: presence\r\nContent-Type: application/simple-message-summary\r\n", summary("no"), 489),
        (KIND, "Messages-Waiting: perhaps\r\n".to_owned(), 400),
        ("Event: message-summary\r\nContent-Type: text/plain\r\n", summary("no"), 415),
        (KIND, String::new(), 200),
    ] {
        office.ask_outside_with(TRUNK, "NOTIFY", "301", kind, &text);
        office.one(TRUNK, &format!("SIP/2.0 {status}"));
        assert!(lamp(&office, "301"), "{kind}{text}");
    }
}

#[test]
fn who_is_not_to_say_it_unasked_is_not_heard() {
    let mut office = with("mwi-server ipv4:127.0.0.9");
    office.wait(Duration::from_secs(1));
    office.ask_outside_with(TRUNK, "NOTIFY", "301", KIND, &summary("yes"));
    office.one(TRUNK, "SIP/2.0 481");
    assert!(!lamp(&office, "301"));
}
