//! What quirky clients do, one test per habit.

use hookflash_wire::sip::*;

use crate::{INVITE, info_with, refused, request, response};

#[test]
fn pidgin_sipe_invite_is_read_in_full() {
    let invite = request(INVITE);
    invite.check().unwrap();
    let headers = invite.headers();
    let via = headers.via().unwrap();
    assert_eq!((via.transport, via.host, via.port), (Transport::Tcp, "10.0.0.1", Some(5000)));
    assert_eq!((via.branch(), via.unique_branch(), via.rport()), (None, None, None));
    let from = headers.from().unwrap();
    assert_eq!((from.tag(), from.params.get("epid")), (Some("9c5a"), Some("0f7b")));
    assert_eq!(headers.to().unwrap().tag(), None);
    let contact = headers.contacts().next().unwrap().unwrap();
    let contact = contact.address().unwrap();
    let uri = contact.uri().unwrap();
    assert_eq!((uri.user, uri.host, uri.port), (Some("alice"), "example.com", Some(5000)));
    assert_eq!((uri.params.get("maddr"), uri.transport()), (Some("10.0.0.1"), Some("tcp")));
    assert_eq!(contact.params.get("proxy"), Some("replace"), "proxy belongs to the header, not to the URI");
    assert!(headers.supported().contains("timer"));
    assert_eq!(invite.body(), b"<x/>");
}

#[test]
fn compact_forms_mean_the_long_names() {
    let invite = request(
        "INVITE tel:201 SIP/2.0\r\nv: SIP/2.0/UDP h:5060;rport\r\nf: tel:+1-201;tag=a\r\nt: tel:201\r\n\
         i: q\r\nCSeq: 00007 INVITE\r\nm: <sip:a@b>\r\nk: timer,100rel\r\nx: 1800;refresher=uas\r\n\
         c: application/sdp\r\nl: 0\r\n\r\n",
    );
    invite.check().unwrap();
    let headers = invite.headers();
    assert_eq!(headers.via().unwrap().rport(), Some(None));
    assert_eq!(headers.cseq().unwrap(), CSeq { number: 7, method: Method::Invite });
    assert!(headers.supported().contains("100rel"));
    let expires = headers.session_expires().unwrap().unwrap();
    assert_eq!(expires, SessionExpires { seconds: 1800, refresher: Some(Refresher::Uas) });
    assert!(headers.content_type().unwrap().unwrap().is("application/sdp"));
}

#[test]
fn tel_uris_stand_in_request_line_from_and_to() {
    let invite = request(
        "INVITE tel:+1201;phone-context=x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: tel:+1-201;tag=a\r\n\
         To: <tel:201;ext=7>;tag=b\r\nCall-ID: q\r\nCSeq: 1 INVITE\r\n\r\n",
    );
    assert_eq!((invite.uri().scheme, invite.uri().user), (Scheme::Tel, Some("+1201")));
    let from = invite.headers().from().unwrap();
    assert_eq!((from.uri_text, from.tag()), ("tel:+1-201", Some("a")));
    let to = invite.headers().to().unwrap();
    assert_eq!((to.uri().unwrap().params.get("ext"), to.tag()), (Some("7"), Some("b")));
}

#[test]
fn latin1_header_is_readable_and_echoed_byte_for_byte() {
    let mut bytes = info_with("Subject: Jos\u{1}\r\n").into_bytes();
    for byte in bytes.iter_mut().filter(|byte| **byte == 1) {
        *byte = 0xe9;
    }
    let info = request(&bytes);
    assert_eq!(info.headers().get(HeaderName::SUBJECT), Some("José"));
    assert_eq!(info.headers().call_id(), Ok("c"), "headers around it are untouched");
    let echoed = Message::Request(info).to_bytes();
    assert!(echoed.windows(15).any(|window| window == b"Subject: Jos\xe9\r\n"));
}

#[test]
fn bare_line_feeds_and_leading_line_ends_are_fine() {
    for bytes in [INVITE.replace("\r\n", "\n"), format!("\r\n\r\n{INVITE}"), format!("\n{INVITE}")] {
        let invite = request(&bytes);
        invite.check().unwrap();
        assert_eq!((invite.headers().len(), invite.body()), (12, &b"<x/>"[..]));
    }
}

#[test]
fn folded_values_are_joined_with_one_blank() {
    let info = request(info_with("Subject: a\r\n  b\r\n\t c\r\nX-Empty:\r\n late\r\nX-Blank: v\r\n \r\n"));
    assert_eq!(info.headers().get(HeaderName::SUBJECT), Some("a b c"));
    assert_eq!(info.headers().get(HeaderName::new("x-empty")), Some("late"));
    assert_eq!(info.headers().get(HeaderName::new("X-BLANK")), Some("v"));
}

#[test]
fn without_content_length_the_body_is_the_rest_of_the_datagram() {
    let info = request(info_with("Content-Type: application/csta+xml\r\n") + "<x/>\r\n");
    assert_eq!(info.body(), b"<x/>\r\n");
}

#[test]
fn bytes_behind_the_body_are_ignored() {
    assert_eq!(request(format!("{INVITE}garbage")).body(), b"<x/>");
}

#[test]
fn content_length_must_be_one_number_no_larger_than_what_is_there() {
    use ParseErrorKind::*;
    for (lines, expected) in [
        ("Content-Length: 5\r\n", BodyTruncated { expected: 5, present: 4 }),
        ("Content-Length: -1\r\n", ContentLength),
        ("Content-Length:\r\n", ContentLength),
        ("Content-Length: +4\r\n", ContentLength),
        ("Content-Length: 4\r\nl: 3\r\n", ContentLength),
        ("Content-Length: 99999999999999999999999\r\n", BodyTooLarge),
    ] {
        let error = refused(info_with(lines) + "<x/>");
        assert_eq!(error.kind, expected, "{lines}");
        assert_eq!(error.request().unwrap().headers().call_id(), Ok("c"), "answerable: {lines}");
    }
    assert_eq!(request(info_with("Content-Length: 4\r\nl: 004\r\n") + "<x/>").body(), b"<x/>");
}

#[test]
fn content_type_ignores_case_blanks_and_parameters() {
    for value in [
        "application/CSTA+XML;charset=utf-8",
        "Application/csta+xml ; charset=\"utf-8\"",
        "application / csta+xml",
    ] {
        let info = request(info_with(&format!("Content-Type: {value}\r\n")));
        assert!(info.headers().content_type().unwrap().unwrap().is("application/csta+xml"), "{value}");
    }
}

#[test]
fn content_disposition_with_a_blank_behind_the_semicolon_is_readable() {
    let info = request(info_with("Content-Disposition: signal; handling=required\r\n"));
    let value = info.headers().get(HeaderName::CONTENT_DISPOSITION).unwrap();
    let (kind, params) = value.split_once(';').unwrap();
    assert_eq!((kind, Params::new(params).get("Handling")), ("signal", Some("required")));
}

#[test]
fn record_routes_are_listed_in_order_across_lines_and_commas() {
    let info = request(info_with(
        "Record-Route: <sip:p3;lr>, \"P, 2\" <sip:p2;lr;ms-route-sig=a,b>\r\nX: y\r\nRecord-Route: <sip:p1;lr>\r\n",
    ));
    let hosts: Vec<_> =
        info.headers().record_routes().map(|route| route.unwrap().uri().unwrap().host).collect();
    assert_eq!(hosts, ["p3", "p2", "p1"]);
    let routes: Vec<_> = info.headers().record_routes().map(|route| route.unwrap()).collect();
    assert_eq!(routes[1].display_name().as_deref(), Some("P, 2"));
    assert!(routes.iter().all(|route| route.uri().unwrap().params.contains("lr")));
}

#[test]
fn unknown_methods_survive() {
    let service = request(info_with("").replace("INFO", "BENOTIFY"));
    assert_eq!(service.method, Method::new("BENOTIFY"));
    service.check().unwrap();
}

#[test]
fn ntlm_authorization_is_kept_whole() {
    let value = r#"NTLM qop="auth", realm="SIP Communications Service", opaque="8D", gssapi-data="TlRM==", version=3"#;
    let info = request(info_with(&format!("Authorization: {value}\r\nProxy-Authorization: {value}\r\n")));
    assert_eq!(info.headers().get(HeaderName::AUTHORIZATION), Some(value));
    assert_eq!(info.headers().get(HeaderName::PROXY_AUTHORIZATION), Some(value));
}

#[test]
fn cseq_is_read_strictly_enough_to_trust_it() {
    for (value, expected) in [
        ("1 INFO", Some(1)),
        ("0002\t INFO", Some(2)),
        ("4294967295 INFO", Some(u32::MAX)),
        ("4294967296 INFO", None),
        ("-1 INFO", None),
        ("INFO", None),
        ("7", None),
        ("1 INFO 2", None),
    ] {
        assert_eq!(CSeq::parse(value).map(|cseq| cseq.number), expected, "{value}");
    }
    let mismatch = request(info_with("").replace("2 INFO", "2 BYE"));
    assert_eq!(mismatch.check(), Err(HeaderError::MethodMismatch));
}

#[test]
fn carelessness_with_blanks_case_and_parameters_is_forgiven() {
    let info = request(
        "INFO   sip:201@cme  sip/2.0 \r\nVIA : SIP / 2.0 / UDP  h : 5070 ;; branch = z9hG4bKa ;\r\n\
         From: Bob (201) <sip:a@b> ; tag=1;;\r\nto:\t< sip:201@cme >;TAG=2\r\ncall-id:c\r\ncseq:2 INFO\r\n\r\n",
    );
    info.check().unwrap();
    let headers = info.headers();
    let via = headers.via().unwrap();
    assert_eq!((via.host, via.port, via.unique_branch()), ("h", Some(5070), Some("z9hG4bKa")));
    assert_eq!(headers.from().unwrap().display_name().as_deref(), Some("Bob (201)"));
    assert_eq!((headers.from().unwrap().tag(), headers.to().unwrap().tag()), (Some("1"), Some("2")));
    assert_eq!(headers.to().unwrap().uri().unwrap().host, "cme");
}

#[test]
fn missing_blank_line_at_the_end_of_a_datagram_is_forgiven() {
    let message = info_with("");
    request(message.strip_suffix("\r\n").unwrap()).check().unwrap();
}

#[test]
fn a_carriage_return_inside_a_value_cannot_end_a_line_of_the_echo() {
    let info = request(info_with("Subject: a\rX-Evil: b\r\n"));
    assert_eq!(info.headers().get(HeaderName::SUBJECT), Some("a X-Evil: b"));
}

#[test]
fn responses_need_no_reason_phrase() {
    for (line, reason) in [
        ("SIP/2.0 200 OK", "OK"),
        ("SIP/2.0 200 ", ""),
        ("SIP/2.0 200", ""),
        ("sip/2.0 200  = 2**3 ", "= 2**3"),
    ] {
        let ok = response(format!("{line}\r\nCall-ID: c\r\n\r\n"));
        assert_eq!((ok.status, ok.reason()), (StatusCode::OK, reason), "{line}");
    }
}

#[test]
fn what_is_no_sip_is_refused_by_name() {
    use ParseErrorKind::*;
    for (bytes, expected, answerable) in [
        ("", Empty, false),
        ("\r\n\r\n", Empty, false),
        ("GET / HTTP/1.1\r\n\r\n", StartLine, false),
        ("\u{16}\u{3}\u{1}", StartLine, false),
        ("INFO\r\n\r\n", StartLine, false),
        ("INFO sip:a@b SIP/7.0\r\nCall-ID: c\r\n\r\n", Version, true),
        ("INFO <sip:a@b> SIP/2.0\r\nCall-ID: c\r\n\r\n", RequestUri, true),
        ("INFO sip:a@b; lr SIP/2.0\r\nCall-ID: c\r\n\r\n", RequestUri, true),
        ("INFO 201 SIP/2.0\r\nCall-ID: c\r\n\r\n", RequestUri, true),
        ("SIP/2.0 20 OK\r\n\r\n", StatusCode, false),
        ("SIP/2.0 700 OK\r\n\r\n", StatusCode, false),
        ("INFO sip:a@b SIP/2.0\r\nCall-ID: c\r\njunk\r\n\r\n", HeaderLine { line: 3 }, true),
        ("INFO sip:a@b SIP/2.0\r\nCall-ID: c\r\nVia SIP/2.0/UDP h:1\r\n\r\n", HeaderLine { line: 3 }, true),
        ("INFO sip:a@b SIP/2.0\r\nCall-ID: c\r\n: v\r\n\r\n", HeaderLine { line: 3 }, true),
    ] {
        let error = refused(bytes);
        assert_eq!((error.kind, error.request().is_some()), (expected, answerable), "{bytes}");
        if let Some(request) = error.request() {
            assert_eq!(request.headers().call_id(), Ok("c"), "{bytes}");
        }
    }
}

#[test]
fn sizes_beyond_the_limits_are_refused_and_answerable() {
    let long = refused(info_with(&format!("X: {}\r\n", "x".repeat(MAX_HEAD))));
    assert_eq!((long.kind, long.status()), (ParseErrorKind::HeadTooLarge, StatusCode::MESSAGE_TOO_LARGE));
    assert_eq!(long.request().unwrap().headers().call_id(), Ok("c"));
    let fat = refused(info_with("") + &"x".repeat(MAX_BODY + 1));
    assert_eq!(
        (fat.kind, fat.status()),
        (ParseErrorKind::BodyTooLarge, StatusCode::REQUEST_ENTITY_TOO_LARGE)
    );
    assert_eq!(request(info_with("") + &"x".repeat(MAX_BODY)).body().len(), MAX_BODY);
}

#[test]
fn uris_are_taken_apart_and_put_together() {
    for (text, user, host, port) in [
        ("sip:201@cme", Some("201"), "cme", None),
        ("SIPS:h:5061;transport=tls?a=b", None, "h", Some(5061)),
        ("sip:a:pw@h", Some("a"), "h", None),
        ("sip:ann@corp.example@gw:5060;lr", Some("ann@corp.example"), "gw", Some(5060)),
        ("sip:user;par=u%40example.net@example.com", Some("user;par=u%40example.net"), "example.com", None),
        ("sip:a@[2001:db8::10]:5070", Some("a"), "[2001:db8::10]", Some(5070)),
        ("sip:a@cucm_pub", Some("a"), "cucm_pub", None),
        ("tel:+1-201;ext=5", Some("+1-201"), "", None),
        ("urn:service:sos", Some("service:sos"), "", None),
    ] {
        let uri = Uri::parse(text).unwrap();
        assert_eq!((uri.user, uri.host, uri.port), (user, host, port), "{text}");
        assert!(uri.to_string().eq_ignore_ascii_case(text), "{uri} for {text}");
    }
    assert_eq!(Uri::parse("sip:%61%6c%2@h").unwrap().user_decoded().as_deref(), Some("al%2"));
}

/// The examples of RFC 3261, 19.1.4, and what registrations hang on.
#[test]
fn uris_are_the_same_that_mean_the_same() {
    let same = |one: &str, other: &str| {
        let (one, other) = (Uri::parse(one).unwrap(), Uri::parse(other).unwrap());
        assert_eq!(one.is_same(&other), other.is_same(&one));
        one.is_same(&other)
    };
    for (one, other) in [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        ("SIP:apps@192.0.2.1:5060", "sip:apps@192.0.2.1:5060"),
    ] {
        assert!(same(one, other), "{one} {other}");
    }
    for (one, other) in [
        ("SIP:ALICE@AtLanTa.CoM", "SIP:alice@AtLanTa.CoM"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@biloxi.com;lr=1", "sip:bob@biloxi.com;lr=2"),
        ("sip:bob:secret@biloxi.com", "sip:bob@biloxi.com"),
    ] {
        assert!(!same(one, other), "{one} {other}");
    }
}

#[test]
fn what_is_no_uri_is_refused_by_name() {
    for (text, expected) in [
        ("201", UriError::Scheme),
        ("1sip:a", UriError::Scheme),
        ("sip:", UriError::Host),
        ("sip:a@", UriError::Host),
        ("sip:a@[::1", UriError::Host),
        ("sip:2001:db8::10", UriError::Port),
        ("sip:a@h:65536", UriError::Port),
        ("sip:a@h:+1", UriError::Port),
        ("sip:a b@h", UriError::Character),
    ] {
        assert_eq!(Uri::parse(text), Err(expected), "{text}");
    }
}
