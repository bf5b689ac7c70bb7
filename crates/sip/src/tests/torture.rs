//! RFC 4475 and RFC 5118, message by message: what the layer does with each. How the parts of the messages are read is tested
//! with the codec. Where the memos leave a choice, what is liberal is chosen.

use super::*;

/// What comes of a message.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// It is answered with this status.
    Answered(u16),
    /// A user gets it.
    PassedOn,
    /// Nothing comes of it.
    Dropped,
}
use Fate::{Answered, Dropped, PassedOn};

fn fate(udp: bool, message: &str) -> Fate {
    let mut element = Element::new(udp);
    element.receive(message.replace('\n', "\r\n").replace("\r\r", "\r"));
    assert!(element.wire.closed.is_empty() || !udp);
    if !element.events().is_empty() {
        return PassedOn;
    }
    match element.sent().first() {
        Some(Message::Response(response)) => Answered(response.status.code()),
        _ => Dropped,
    }
}

/// A message of the memos' kind, of which each case bends a part.
fn invite() -> String {
    "INVITE sip:user@example.com SIP/2.0\nTo: sip:user@example.com\nFrom: sip:caller@example.net;tag=8814\n\
     Max-Forwards: 70\nCall-ID: bent.0ha0isndaksdjasdf3234nas\nCSeq: 8 INVITE\n\
     Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKkdjuw\nContact: \"Joe\" <sip:joe@example.org>\n\
     Content-Length: 0\n\n"
        .to_owned()
}

fn bent(from: &str, to: &str) -> String {
    let message = invite();
    assert!(message.contains(from), "{from}");
    message.replacen(from, to, 1)
}

fn other(method: &str) -> String {
    invite().replace("INVITE", method)
}

#[test]
fn valid_messages_of_rfc_4475() {
    let long = |count: usize, text: &str| text.repeat(count);
    let cases = [
        ("3.1.1.2 intmeth", other("!interesting-Method0123456789_*+`.%indeed'~"), Answered(501)),
        ("3.1.1.3 esc01", bent("sip:user@example.com SIP", "sip:sips%3Auser%40example.com@example.net SIP"), PassedOn),
        ("3.1.1.4 escnull", other("REGISTER").replace("joe@", "%00@"), PassedOn),
        ("3.1.1.5 esc02", other("RE%47IST%45R"), Answered(501)),
        ("3.1.1.6 lwsdisp", other("OPTIONS").replace("sip:caller@example.net;", "caller<sip:caller@example.net>;"), Answered(200)),
        (
            "3.1.1.7 longreq",
            bent("tag=8814", &format!("tag=12{}424", long(50, "982")))
                .replace("bent.", &format!("longreq.one{}longcallid", long(20, "really")))
                .replace("z9hG4bKkdjuw", &format!("z9hG4bKvery{}branchvalue", long(50, "long")))
                .replace("Max-Forwards", &format!("{}Max-Forwards", long(34, "Via: SIP/2.0/TCP sip.example.com\n")))
                .replace("joe@", &format!("{}@", long(5, "amazinglylongcallername"))),
            PassedOn,
        ),
        ("3.1.1.8 dblreq", other("REGISTER") + &invite(), PassedOn),
        ("3.1.1.9 semiuri", bent("sip:user@example.com SIP", "sip:user;par=u%40example.net@example.com SIP"), PassedOn),
        ("3.1.1.10 transports", other("OPTIONS").replace("Max-Forwards", "Via: SIP/2.0/UNKNOWN t9.example.com;branch=z9hG4bKa\nVia: SIP/2.0/SCTP t6.example.com\nMax-Forwards"), Answered(200)),
        ("3.1.1.11 mpart01", other("MESSAGE"), Answered(405)),
        ("3.1.1.13 noreason", "SIP/2.0 100 \nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: noreason\nCSeq: 35 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0\n\n".to_owned(), Dropped),
    ];
    for (name, message, expected) in cases {
        assert_eq!(fate(true, &message), expected, "{name}");
    }
}

#[test]
fn invalid_messages_of_rfc_4475() {
    let cases = [
        ("3.1.2.1 badinv01", bent("192.0.2.15;branch=z9hG4bKkdjuw", "192.0.2.15;;,;,,").replace("<sip:joe@example.org>", "<sip:joe@example.org>;;;;"), Answered(400)),
        ("3.1.2.2 clerr", bent("Content-Length: 0", "Content-Length: 9999"), Answered(400)),
        ("3.1.2.3 ncl", bent("Content-Length: 0", "Content-Length: -999"), Answered(400)),
        ("3.1.2.4 scalar02", bent("CSeq: 8 INVITE", "CSeq: 36893488147419103232 INVITE"), Answered(400)),
        ("3.1.2.5 scalarlg", "SIP/2.0 503 Service Unavailable\nVia: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129\nTo: <sip:user@example.com>\nFrom: <sip:other@example.net>;tag=2easdjfejw\nCSeq: 9292394834772304023312 OPTIONS\nCall-ID: scalarlg\nRetry-After: 949302838503028349304023988\nWarning: 1812 overture \"In Progress\"\nContent-Length: 0\n\n".to_owned(), Dropped),
        ("3.1.2.6 quotbal", bent("To: sip:user@example.com", "To: \"Mr. J. User <sip:j.user@example.com>"), Answered(400)),
        ("3.1.2.7 ltgtruri", bent("sip:user@example.com SIP", "<sip:user@example.com> SIP"), Answered(400)),
        ("3.1.2.8 lwsruri", bent("sip:user@example.com SIP", "sip:user@example.com; lr SIP"), Answered(400)),
        ("3.1.2.9 lwsstart", bent("INVITE sip:user@example.com SIP", "INVITE  sip:user@example.com  SIP"), PassedOn),
        ("3.1.2.10 trws", bent("SIP/2.0\n", "SIP/2.0  \n"), PassedOn),
        ("3.1.2.11 escruri", bent("sip:user@example.com SIP", "sip:user@example.com?Route=%3Csip:example.com%3E SIP"), Answered(400)),
        ("3.1.2.13 regbadct", other("REGISTER").replace("\"Joe\" <sip:joe@example.org>", "sip:user@example.com?Route=%3Csip:sip.example.com%3E"), Answered(400)),
        ("3.1.2.16 badvers", bent("SIP/2.0\n", "SIP/7.0\n"), Answered(505)),
        ("3.1.2.17 mismatch01", other("OPTIONS").replace("8 OPTIONS", "8 INVITE"), Answered(400)),
        ("3.1.2.18 mismatch02", other("NEWMETHOD").replace("8 NEWMETHOD", "8 INVITE"), Answered(400)),
        ("3.1.2.19 bigcode", "SIP/2.0 4294967301 better not break the receiver\nVia: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe\nCall-ID: bigcode.asdof3uj203asdnf3429uasdhfas3ehjasdfas9i\nCSeq: 353494 INVITE\nFrom: <sip:user@example.com>;tag=39ansfi3\nTo: <sip:user@example.edu>;tag=902jndnke3\nContent-Length: 0\n\n".to_owned(), Dropped),
    ];
    for (name, message, expected) in cases {
        assert_eq!(fate(true, &message), expected, "{name}");
    }
}

#[test]
fn messages_of_rfc_4475_that_bear_on_transactions_and_application() {
    let cases = [
        ("3.2.1 badbranch", other("OPTIONS").replace("z9hG4bKkdjuw", "z9hG4bK"), Answered(200)),
        ("3.3.1 insuf", "INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\nContent-Length: 0\n\n".to_owned(), Answered(400)),
        ("3.3.2 unkscm", bent("sip:user@example.com SIP", "nobodyKnowsThisScheme:totallyopaquecontent SIP"), Answered(416)),
        ("3.3.3 novelsc", bent("sip:user@example.com SIP", "soap.beep://192.0.2.103:3002 SIP"), Answered(416)),
        ("3.3.5 bext01", bent("Contact:", "Require: nothingSupportsThis, nothingSupportsThisEither\nContact:"), Answered(420)),
        ("3.3.8 multi01", bent("CSeq: 8 INVITE", "CSeq: 8 INVITE\nCSeq: 59 INVITE"), Answered(400)),
        ("3.3.9 mcl01", bent("Content-Length: 0", "Content-Length: 13\nContent-Length: 5"), Answered(400)),
        ("3.3.10 bcast", "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nCall-ID: bcast.0384840201234ksdfak3j2erwedfsASdf\nCSeq: 35 INVITE\nFrom: sip:user@example.com;tag=11141343\nTo: sip:user@example.edu;tag=2229\nContact: <sip:user@host28.example.com>\nContent-Length: 0\n\n".to_owned(), Dropped),
        ("3.3.11 zeromf", other("OPTIONS").replace("Max-Forwards: 70", "Max-Forwards: 0"), Answered(200)),
        ("3.3.12 cparam01", other("REGISTER").replace("\"Joe\" <sip:joe@example.org>", "sip:+19725552222@gw1.example.net;unknownparam"), PassedOn),
        ("3.4.1 inv2543", "INVITE sip:UserB@example.com SIP/2.0\nVia: SIP/2.0/UDP iftgw.example.com\nFrom: <sip:+13035551111@ift.client.example.net;user=phone>\nTo: sip:+16505552222@ss1.example.net;user=phone\nCall-ID: inv2543.1717@ift.client.example.com\nCSeq: 56 INVITE\nContent-Length: 0\n\n".to_owned(), PassedOn),
    ];
    for (name, message, expected) in cases {
        assert_eq!(fate(true, &message), expected, "{name}");
    }
}

#[test]
fn a_response_that_cannot_be_read_is_dropped_and_its_connection_goes_on() {
    let mut element = Element::new(false);
    element.receive("SIP/2.0 4294967301 better not break the receiver\r\nContent-Length: 0\r\n\r\n");
    element.receive("SIP/2.0 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n");
    assert!(element.sent().is_empty() && element.wire.closed.is_empty());
    element.receive(element.request("OPTIONS", 1, "", ""));
    assert_eq!(element.sent_status(), 200);
    element.receive("GET / HTTP/1.1\r\nHost: us\r\n\r\n");
    assert_eq!(element.wire.closed, [LINK], "this is no SIP");
}

#[test]
fn messages_of_rfc_5118() {
    let v6 = |text: &str| other("REGISTER").replace("sip:user@example.com SIP", text);
    let via = |via: &str| other("OPTIONS").replace("192.0.2.15;", via);
    let cases = [
        ("4.1 reference", v6("sip:[2001:db8::10] SIP"), PassedOn),
        ("4.2 no brackets", v6("sip:2001:db8::10 SIP"), Answered(400)),
        ("4.3 ambiguous port", v6("sip:[2001:db8::10:5070] SIP"), PassedOn),
        ("4.4 port outside", v6("sip:[2001:db8::10]:5070 SIP"), PassedOn),
        ("4.5 received with brackets", via("[2001:db8::9:1];received=[2001:db8::9:255];"), Answered(200)),
        ("4.5 received without", via("[2001:db8::9:1];received=2001:db8::9:255;"), Answered(200)),
        ("4.8 more than one address", via("[2001:db8::9:1],SIP/2.0/UDP 192.0.2.1;x;"), Answered(200)),
        ("4.9 IPv4 mapped", via("[::ffff:192.0.2.10]:19823;"), Answered(200)),
        ("4.10 an unusual zero", via("[2001:db8:0:0:0::1];"), Answered(200)),
    ];
    for (name, message, expected) in cases {
        assert_eq!(fate(true, &message), expected, "{name}");
    }
}
