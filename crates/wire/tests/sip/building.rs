//! What we write.

use hookflash_wire::sip::*;

use crate::{INVITE, info_with, refused, request, response};

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn reply_copies_what_the_rfc_wants_in_order() {
    let invite = request(INVITE.replace("Max-Forwards", "Record-Route: <sip:p;lr>\r\nMax-Forwards"));
    let source = "192.0.2.7:40000".parse().ok();
    let reply = MessageBuilder::reply(&invite, StatusCode::OK, "77", source).finish_with_body("a/b", b"hi");
    assert_eq!(
        text(reply),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/tcp 10.0.0.1:5000;received=192.0.2.7\r\n\
         From: <sip:alice@example.com>;tag=9c5a;epid=0f7b\r\nTo: <sip:201@cme>;tag=77\r\n\
         Call-ID: 3c2e@10.0.0.1\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:p;lr>\r\n\
         Content-Type: a/b\r\nContent-Length: 2\r\n\r\nhi"
    );
}

#[test]
fn topmost_via_says_where_the_request_came_from() {
    let source = "192.0.2.7:40000".parse().ok();
    for (via, expected) in [
        ("SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1", "SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1"),
        ("SIP/2.0/UDP h;branch=b", "SIP/2.0/UDP h;branch=b;received=192.0.2.7"),
        (
            "SIP/2.0/UDP 192.0.2.7;rport;branch=b",
            "SIP/2.0/UDP 192.0.2.7;branch=b;received=192.0.2.7;rport=40000",
        ),
        ("SIP/2.0/TCP h;received=6.6.6.6", "SIP/2.0/TCP h;received=192.0.2.7"),
        ("SIP/2.0/TCP h;branch=b, SIP/2.0/UDP i", "SIP/2.0/TCP h;branch=b;received=192.0.2.7, SIP/2.0/UDP i"),
        ("nonsense", "nonsense"),
    ] {
        let info = request(format!("INFO sip:a SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/UDP last\r\n\r\n"));
        let reply = text(MessageBuilder::reply(&info, StatusCode::OK, "t", source).finish());
        assert!(
            reply.contains(&format!("\r\nVia: {expected}\r\nVia: SIP/2.0/UDP last\r\n")),
            "{via}: {reply}"
        );
    }
}

#[test]
fn existing_tag_stays_and_trying_adds_none() {
    let info = request(info_with("Timestamp: 54\r\n"));
    let reply = response(MessageBuilder::reply(&info, StatusCode::OK, "77", None).finish());
    assert_eq!(reply.headers().to().unwrap().tag(), Some("2"));
    assert!(!reply.headers().contains(HeaderName::TIMESTAMP));
    let invite = request(INVITE.replace("Supported", "Timestamp: 54\r\nSupported"));
    let trying = response(MessageBuilder::reply(&invite, StatusCode::TRYING, "77", None).finish());
    assert_eq!(trying.headers().to().unwrap().tag(), None);
    assert_eq!(trying.headers().get(HeaderName::TIMESTAMP), Some("54"));
}

#[test]
fn record_route_is_copied_only_where_a_dialog_begins() {
    let route = "Record-Route: <sip:p;lr>\r\nMax-Forwards";
    let invite = request(INVITE.replace("Max-Forwards", route));
    let info = request(info_with("Record-Route: <sip:p;lr>\r\n"));
    for (request, status, expected) in [
        (&invite, StatusCode::RINGING, true),
        (&invite, StatusCode::OK, true),
        (&invite, StatusCode::TRYING, false),
        (&invite, StatusCode::FORBIDDEN, false),
        (&info, StatusCode::OK, false),
    ] {
        let reply = response(MessageBuilder::reply(request, status, "t", None).finish());
        assert_eq!(
            reply.headers().contains(HeaderName::RECORD_ROUTE),
            expected,
            "{} {status}",
            request.method
        );
    }
}

#[test]
fn refused_request_can_be_answered() {
    let error = refused(info_with("junk\r\n"));
    let request = error.request().unwrap();
    let reply = response(MessageBuilder::reply(request, error.status(), "t", None).finish());
    reply.check().unwrap();
    assert_eq!((reply.status, reply.headers().call_id()), (StatusCode::BAD_REQUEST, Ok("c")));
}

#[test]
fn values_cannot_add_headers() {
    let built = MessageBuilder::request(&Method::Info, "sip:a@b\r\nX-Evil: 1")
        .header(HeaderName::SUBJECT, "a\r\n\r\nX-Evil: 2")
        .finish_with_body("a/b\nX-Evil: 3", b"");
    assert!(!text(built).contains("\nX-Evil"));
}

#[test]
fn built_request_reads_back() {
    let uri =
        Uri { user: Some("201"), port: Some(5070), params: Params::new("transport=tcp"), ..Uri::sip("cme") };
    let cseq = CSeq { number: 3, method: Method::Update };
    let expires = SessionExpires { seconds: 1800, refresher: Some(Refresher::Uac) };
    let built = MessageBuilder::request(&Method::Update, uri)
        .header(HeaderName::CSEQ, &cseq)
        .header(HeaderName::SESSION_EXPIRES, expires)
        .header(HeaderName::MIN_SE, MinSe { seconds: 90 })
        .finish();
    let update = request(built);
    assert_eq!(update.uri_text(), "sip:201@cme:5070;transport=tcp");
    assert_eq!(update.headers().cseq(), Ok(cseq));
    assert_eq!(update.headers().session_expires(), Ok(Some(expires)));
    assert_eq!(update.headers().min_se(), Ok(Some(MinSe { seconds: 90 })));
    assert_eq!(update.headers().get(HeaderName::CONTENT_LENGTH), Some("0"));
}

#[test]
fn messages_follow_each_other_in_one_buffer() {
    let first = MessageBuilder::request(&Method::Options, "sip:a@b").finish();
    let both = MessageBuilder::request_onto(first.clone(), &Method::Info, "sip:c@d").finish();
    let second = MessageBuilder::request(&Method::Info, "sip:c@d").finish();
    assert_eq!(both, [first, second].concat());
}
