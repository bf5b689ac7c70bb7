//! SIP as clients see it: repetitions, refusals, connections, and bytes that are no SIP.

use std::time::Duration;

use hookflash_wire::sip::{HeaderName, Message, MessageBuilder, Method, StatusCode};
use proptest::prelude::*;

use crate::uacsta::tests::{
    Client, Office, Wire,
    office::{SERVER, text},
};

const STATUS: &str = "<RequestSystemStatus/>";

fn udp() -> Wire {
    Wire::Udp("127.0.0.1:7000".parse().unwrap())
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn both(office: &mut Office) -> [Wire; 2] {
    [office.connect(), udp()]
}

fn requests(office: &mut Office, wire: Wire, method: Method) -> usize {
    let messages = office.take(wire);
    messages.iter().filter(|m| m.as_request().is_some_and(|request| request.method == method)).count()
}

#[test]
fn a_repeated_datagram_gets_the_same_answer_and_is_done_once() {
    for branch in [true, false] {
        let mut office = Office::new();
        let mut app = Client::new(udp(), "app");
        app.branch = branch;
        let invite = app.message("INVITE", 1, STATUS);
        office.send(app.wire, &invite);
        office.send(app.wire, &invite);
        let answers = app.collect(&mut office);
        assert_eq!(answers.len(), 2);
        let tags: Vec<_> = answers.iter().map(|answer| answer.headers().to().unwrap().tag()).collect();
        assert_eq!(tags[0], tags[1]);
        assert_eq!(office.node.applications().len(), 1);
        app.server_tag = tags[0].map(str::to_owned);
        let ack = app.message("ACK", 1, "");
        office.send(app.wire, ack);

        let start =
            "<MonitorStart><monitorObject><deviceObject>201</deviceObject></monitorObject></MonitorStart>";
        let info = app.message("INFO", 2, start);
        office.send(app.wire, &info);
        office.wait(Duration::from_secs(31));
        office.send(app.wire, &info);
        let answers = app.collect(&mut office);
        assert_eq!(answers[0].body(), answers[1].body());
        assert_eq!(office.node.switch().cti().sessions().next().unwrap().1.monitors().count(), 1);
        office.wait(Duration::from_secs(2));
        office.send(app.wire, &info);
        assert!(text(app.expect_response(&mut office).body()).contains("<monitorCrossRefID>2<"), "forgotten");
    }
}

#[test]
fn over_udp_a_client_without_branches_may_count_from_the_beginning_again() {
    let mut office = Office::new();
    let mut app = Client::open(&mut office, udp(), "app");
    app.branch = false;
    app.cseq = 1;
    assert!(app.service(&mut office, STATUS).contains("normal"));
    app.cseq = 1;
    assert!(app.service(&mut office, "<GetCSTAFeatures/>").contains("GetCSTAFeaturesResponse"));
}

#[test]
fn success_to_an_invite_is_repeated_until_it_is_acknowledged() {
    let mut office = Office::new();
    Client::open(&mut office, udp(), "before");
    let mut app = Client::new(udp(), "app");
    let invite = app.message("INVITE", 1, STATUS);
    office.send(app.wire, &invite);
    office.wait(millis(3_600));
    let answers = app.collect(&mut office);
    assert_eq!(answers.len(), 4, "at 0, 0.5, 1.5 and 3.5 seconds");
    app.server_tag = answers[0].headers().to().unwrap().tag().map(str::to_owned);
    let ack = app.message("ACK", 9, "");
    office.send(app.wire, ack);
    office.wait(millis(40_000));
    assert!(app.collect(&mut office).is_empty());
    assert_eq!(office.node.applications().len(), 2);
}

#[test]
fn a_session_that_is_never_acknowledged_ends() {
    let mut office = Office::new();
    let mut app = Client::new(udp(), "app");
    let invite = app.message("INVITE", 1, STATUS);
    office.send(app.wire, &invite);
    office.wait(millis(33_000));
    let answers = app.collect(&mut office);
    let bytes: usize = answers.iter().map(|answer| Message::Response(answer.clone()).to_bytes().len()).sum();
    assert!(bytes <= 3 * invite.len(), "{bytes} bytes to an address that may be anybody's");
    assert!(app.received.is_empty(), "no BYE");
    assert!(office.node.applications().is_empty());
}

#[test]
fn when_all_sessions_are_taken_those_never_acknowledged_make_room() {
    let mut office = Office::with(|settings| settings.switch.cti.max_sessions = 3);
    let mut used = Client::open(&mut office, udp(), "used");
    for port in 1..=3 {
        let stranger = Client::new(Wire::Udp(([192, 0, 2, 1], port).into()), &port.to_string());
        office.send(stranger.wire, stranger.message("INVITE", 1, STATUS));
        office.wait(millis(10));
    }
    assert_eq!(office.node.applications().len(), 3);
    let mut served = Client::open(&mut office, udp(), "served");
    assert!(served.service(&mut office, STATUS).contains("normal"));
    assert!(used.service(&mut office, STATUS).contains("normal"), "who acknowledged keeps the session");

    office.wait(millis(33_000));
    assert_eq!((office.node.applications().len(), office.node.sizes().dialogs), (2, 2));
    Client::open(&mut office, udp(), "next");
    let refused = Client::new(udp(), "too many").invite(&mut office, STATUS);
    assert_eq!(refused.status.code(), 503, "all are used");
}

/// The requests that came, each as method, CSeq and what its body is.
fn in_short(office: &mut Office) -> Vec<String> {
    let messages = office.take(udp());
    let requests = messages.iter().filter_map(Message::as_request);
    requests
        .map(|request| {
            let body = text(request.body());
            let root = body.split_once("?><").map_or("", |(_, root)| root.split_once(' ').unwrap().0);
            format!("{} {root}", request.headers().cseq().unwrap()).trim_end().to_owned()
        })
        .collect()
}

#[test]
fn over_udp_an_event_waits_for_the_answer_to_the_one_before_it() {
    let mut office = Office::new();
    let mut app = Client::open(&mut office, udp(), "app");
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    assert_eq!(app.events(&mut office).len(), 4);
    app.polite = false;
    office.hang_up(0);
    office.dial(0, "202");
    office.wait(millis(3_499));
    assert_eq!(in_short(&mut office), ["5 INFO ConnectionClearedEvent"; 3], "after 0.5 and 1.5 seconds");
    office.wait(millis(1));
    assert_eq!(
        in_short(&mut office),
        ["5 INFO ConnectionClearedEvent", "6 INFO ServiceInitiatedEvent"],
        "it has been waited for long enough; the next one is waited for again"
    );
    office.wait(millis(499));
    assert!(in_short(&mut office).is_empty());
    office.wait(millis(1));
    assert_eq!(
        in_short(&mut office),
        [
            "6 INFO ServiceInitiatedEvent",
            "7 INFO DigitsDialedEvent",
            "8 INFO OriginatedEvent",
            "9 INFO DeliveredEvent"
        ],
        "but not for long"
    );
    app.polite = true;
    office.wait(millis(1_000));
    assert_eq!(app.events(&mut office).len(), 4, "each is repeated until it is answered");
    office.wait(millis(4_000));
    assert_eq!(app.events(&mut office).len(), 1);
    office.wait(millis(60_000));
    assert!(in_short(&mut office).is_empty());
    app.polite = false;
    office.hang_up(0);
    office.dial(0, "202");
    assert_eq!(in_short(&mut office), ["10 INFO ConnectionClearedEvent"], "it is waited for again");
}

#[test]
fn over_udp_events_that_are_never_answered_hold_up_nothing() {
    let mut office = Office::new();
    let mut app = Client::open(&mut office, udp(), "app");
    app.polite = false;
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    office.wait(millis(500));
    in_short(&mut office);
    for _ in 0..20 {
        office.hang_up(0);
        office.dial(0, "202");
        assert_eq!(in_short(&mut office).len(), 5, "all at once");
    }
    let session = office.node.applications().sessions().next().unwrap().id();
    let dialog = office.node.uacsta().dialog_of(session).unwrap();
    assert_eq!(office.node.sip().dialog(dialog).unwrap().waiting(), 0);
    office.wait(millis(500));
    assert_eq!(in_short(&mut office).len(), hookflash_sip::MAX_REPEATED, "the latest are repeated");
    office.wait(millis(40_000));
    in_short(&mut office);
    office.wait(millis(40_000));
    assert!(in_short(&mut office).is_empty(), "given up");
    assert_eq!(office.node.applications().len(), 1, "a missing answer ends no session");
    assert!(app.service(&mut office, STATUS).contains("normal"));
}

#[test]
fn over_udp_bye_is_repeated_until_it_is_answered() {
    let mut office = Office::new();
    let mut app = Client::open(&mut office, udp(), "app");
    app.polite = false;
    office.node.handle(office.now, crate::Input::ShutDown);
    office.wait(millis(1_600));
    assert_eq!(requests(&mut office, udp(), Method::Bye), 3);
    assert_eq!(app.request(&mut office, "INFO", STATUS).status.code(), 481, "it has ended already");
    app.polite = true;
    office.wait(millis(3_000));
    assert!(app.got_bye(&mut office));
    office.wait(millis(60_000));
    assert!(!app.got_bye(&mut office));
}

#[test]
fn datagrams_are_answered_where_via_says() {
    let mut office = Office::new();
    let app = Client::new(udp(), "app");
    let options = app.message("OPTIONS", 1, "");
    office.send(Wire::Udp("127.0.0.1:9999".parse().unwrap()), &options);
    assert_eq!(office.take(udp()).len(), 1, "the port of sent-by");
    for sent_by in ["127.0.0.1:5060;", "127.0.0.1;", "client.test;"] {
        let source = Wire::Udp("127.0.0.1:9998".parse().unwrap());
        office.send(source, options.replace("127.0.0.1:7000;", sent_by));
        assert_eq!(office.take(source).len(), 1, "not to ourselves: {sent_by}");
    }
    let symmetric = options.replace("127.0.0.1:7000;", "10.9.9.9:7000;rport;");
    let source = Wire::Udp("127.0.0.1:9999".parse().unwrap());
    office.send(source, &symmetric);
    let answer = office.take(source).pop_back().unwrap();
    let via = answer.headers().via().unwrap();
    assert_eq!((via.rport(), via.received()), (Some(Some(9999)), "127.0.0.1".parse().ok()));
}

#[test]
fn what_is_wrong_as_sip_gets_its_status() {
    let mut office = Office::new();
    for wire in both(&mut office) {
        let app = Client::open(&mut office, wire, if wire == udp() { "udp" } else { "tcp" });
        let table = [
            ("REGISTER", "", "", 405, HeaderName::ALLOW),
            ("SUBSCRIBE", "", "", 405, HeaderName::ALLOW),
            ("SERVICE", "", "", 501, HeaderName::ALLOW),
            ("INFO", "Max-Forwards: 70", "Max-Forwards: many", 400, HeaderName::VIA),
            // Whoever is meant serves what may not go further (RFC 4475, 3.3.11).
            ("OPTIONS", "Max-Forwards: 70", "Max-Forwards: 0", 200, HeaderName::ACCEPT),
            ("INFO", "Contact:", "Require: timer, 100rel\r\nContact:", 420, HeaderName::UNSUPPORTED),
            ("INFO", "Call-ID:", "X:", 400, HeaderName::VIA),
            ("UPDATE", "Contact:", "Session-Expires: soon\r\nContact:", 400, HeaderName::VIA),
            ("UPDATE", "Contact:", "Supported: timer\r\nMin-SE: -1\r\nContact:", 400, HeaderName::VIA),
            ("INFO", "CSeq: 50 INFO", "CSeq: 50 BYE", 400, HeaderName::VIA),
            ("INFO", "sip:ctigw@cme SIP", "http://cme SIP", 416, HeaderName::VIA),
            ("INFO", "SIP/2.0\r\nVia", "SIP/3.0\r\nVia", 505, HeaderName::VIA),
            ("INFO", ";tag=tag", ";tag=other", 481, HeaderName::VIA),
            ("INFO", "Call-ID: ", "Call-ID: x", 481, HeaderName::VIA),
            ("UPDATE", "To: <sip:ctigw@cme>;tag=", "To: <sip:ctigw@cme>;tag=0", 481, HeaderName::VIA),
            ("BYE", "To: <sip:ctigw@cme>;", "To: <sip:ctigw@cme>;no", 481, HeaderName::VIA),
            ("CANCEL", "", "", 481, HeaderName::VIA),
            ("OPTIONS", "", "", 200, HeaderName::ACCEPT),
            ("OPTIONS", "To: <sip:ctigw@cme>;", "To: <sip:ctigw@cme>;no", 200, HeaderName::SUPPORTED),
            ("OPTIONS", "To: <sip:ctigw@cme>;tag=", "To: <sip:ctigw@cme>;tag=0", 481, HeaderName::VIA),
        ];
        for (index, (method, from, to, status, header)) in table.into_iter().enumerate() {
            let cseq = 50 + if from.starts_with("CSeq") { 0 } else { index as u32 + 1 };
            let request = app.message(method, cseq, "").replacen(from, to, 1);
            office.send(wire, &request);
            let answer = office.take(wire).pop_back().unwrap_or_else(|| panic!("no answer to {request}"));
            let answer = answer.as_response().unwrap();
            assert_eq!(answer.status.code(), status, "{request}");
            assert!(answer.headers().contains(header), "{request}");
        }
        assert_eq!(office.node.applications().len(), if wire == udp() { 2 } else { 1 });
    }
}

#[test]
fn the_unknown_extension_is_named() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.extra = "Require: timer, 100rel, precondition\r\n".to_owned();
    let refused = app.invite(&mut office, STATUS);
    assert_eq!(refused.headers().get(HeaderName::UNSUPPORTED), Some("100rel, precondition"));
}

#[test]
fn cancel_of_an_answered_invite_is_answered() {
    let mut office = Office::new();
    let app = Client::new(udp(), "app");
    let invite = app.message("INVITE", 1, STATUS);
    office.send(udp(), &invite);
    office.take(udp());
    let cancel = app.message("CANCEL", 1, "").replace("appatCANCEL", "").replace("CANCEL1", "INVITE1");
    office.send(udp(), &cancel);
    let answer = office.take(udp()).pop_back().unwrap();
    assert_eq!(answer.as_response().unwrap().status.code(), 200);
}

#[test]
fn a_tag_that_is_still_empty_is_none() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::new(wire, "app");
    app.server_tag = Some(String::new());
    let invite = app.message("INVITE", 1, STATUS);
    office.send(wire, invite);
    let answer = app.expect_response(&mut office);
    assert_eq!(answer.status.code(), 200);
    app.server_tag = answer.headers().to().unwrap().tag().map(str::to_owned);
    app.monitor(&mut office, "201");
    office.dial(0, "202");
    app.events(&mut office);
    office.hang_up(0);
    app.collect(&mut office);
    let event = app.received.pop_front().unwrap();
    assert_eq!(event.headers().from().unwrap().tag(), app.server_tag.as_deref());
}

#[test]
fn cancel_is_answered_over_tcp_too() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    let cancel =
        app.message("CANCEL", 1, "").replace(&format!(";tag={}", app.server_tag.take().unwrap()), "");
    office.send(wire, &cancel);
    let answer = app.expect_response(&mut office);
    assert_eq!(answer.status.code(), 200);
    assert_eq!(office.node.applications().len(), 1, "too late: it is established");
    office.send(wire, cancel.replace("CSeq: 1", "CSeq: 2"));
    assert_eq!(app.expect_response(&mut office).status.code(), 481);
}

#[test]
fn an_invite_that_took_two_ways_opens_one_session() {
    let mut office = Office::new();
    for wire in both(&mut office) {
        let mut app = Client::open(&mut office, wire, if wire == udp() { "udp" } else { "tcp" });
        let before = office.node.applications().len();
        let tag = app.server_tag.take();
        let again = app.message("INVITE", 1, STATUS);
        office.send(wire, again.replace("branch=z9hG4bK", "branch=z9hG4bKother"));
        assert_eq!(app.expect_response(&mut office).status.code(), 482);
        // The very same one is answered by the same dialog.
        office.send(wire, &again);
        let answer = app.expect_response(&mut office);
        assert_eq!((answer.status.code(), answer.headers().to().unwrap().tag()), (200, tag.as_deref()));
        assert_eq!(office.node.applications().len(), before);
        // Afterwards it may be another one.
        app.server_tag = tag;
        app.request(&mut office, "BYE", "");
        app.server_tag = None;
        office.send(wire, again.replace("branch=z9hG4bK", "branch=z9hG4bKnew"));
        assert_eq!(app.expect_response(&mut office).status.code(), 200);
    }
}

#[test]
fn who_lost_the_connection_may_begin_anew() {
    let mut office = Office::new();
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "app");
    office.disconnect(wire);
    app.wire = office.connect();
    let before = app.server_tag.take();
    app.cseq = 0;
    assert_eq!(app.invite(&mut office, STATUS).status.code(), 200);
    assert_ne!(app.server_tag, before);
    office.wait(millis(40_000));
    assert_eq!(office.node.applications().len(), 1);
}

#[test]
fn one_branch_for_all_requests_does_not_make_them_one() {
    let mut office = Office::new();
    let one_branch = |message: String| {
        let (before, after) = message.split_once(";branch=").unwrap();
        format!("{before};branch=z9hG4bKsame\r\n{}", after.split_once("\r\n").unwrap().1)
    };
    for name in ["first", "second"] {
        let mut app = Client::new(udp(), name);
        office.send(udp(), one_branch(app.message("INVITE", 1, STATUS)));
        let answer = app.expect_response(&mut office);
        app.server_tag = answer.headers().to().unwrap().tag().map(str::to_owned);
        for cseq in 2..4 {
            let request = one_branch(app.message("INFO", cseq, "<GetCSTAFeatures/>"));
            for _ in 0..2 {
                office.send(udp(), &request);
                let answer = app.expect_response(&mut office);
                assert_eq!(answer.headers().cseq().unwrap().number, cseq);
            }
        }
        office.send(udp(), one_branch(app.message("BYE", 4, "")));
        assert_eq!(app.expect_response(&mut office).status.code(), 200);
        assert!(office.node.applications().is_empty());
    }
}

#[test]
fn a_datagram_that_was_overtaken_is_not_carried_out() {
    let mut office = Office::new();
    for wire in both(&mut office) {
        let mut app = Client::open(&mut office, wire, if wire == udp() { "udp" } else { "tcp" });
        let late = app.message("INFO", 2, STATUS);
        app.cseq = 2;
        app.service(&mut office, STATUS);
        office.send(wire, late);
        let status = app.expect_response(&mut office).status.code();
        assert_eq!(status, if wire == udp() { 500 } else { 200 }, "a stream keeps the order");
        app.cseq = 0;
        assert_eq!(app.request(&mut office, "BYE", "").status.code(), 200, "goodbye is goodbye");
    }
}

#[test]
fn a_body_of_several_parts_may_hold_the_csta_message() {
    let mut office = Office::new();
    let wire = office.connect();
    let app = Client::open(&mut office, wire, "app");
    let message = |kind: &str, parts: &str| {
        let body = app.message("INFO", 5, parts);
        body.replace("Content-Type: application/csta+xml", &format!("Content-Type: {kind}"))
    };
    let sdp = "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n";
    let csta = "--b\r\nContent-Disposition: signal\r\nContent-Type: Application/CSTA+xml\r\n\r\n\
                <GetCSTAFeatures xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed3\"/>\r\n";
    for (kind, parts, status) in [
        ("multipart/mixed;boundary=b", format!("{sdp}{csta}--b--"), 200),
        ("Multipart/Related ; boundary=\"b\"", format!("{csta}{sdp}--b--\r\n"), 200),
        ("multipart/mixed;boundary=b", format!("{sdp}--b--"), 415),
        ("multipart/mixed", csta.to_owned(), 415),
    ] {
        office.send(wire, message(kind, &parts));
        let answer = office.take(wire).pop_back().unwrap();
        assert_eq!(answer.as_response().unwrap().status.code(), status, "{kind} {parts}");
        assert_eq!(text(answer.body()).contains("GetCSTAFeaturesResponse"), status == 200);
    }
}

#[test]
fn a_contact_that_is_no_uri_is_not_used() {
    for (contact, from, target) in [
        ("Contact: <nonsense>", "<sip:app@test>", Some("sip:app@test")),
        ("Contact: *", "<sip:app@test>", Some("sip:app@test")),
        ("Contact: <sip:a b@c>", "<sip:app@test>", Some("sip:app@test")),
        ("X-No: contact", "<sip:app@test>", Some("sip:app@test")),
        ("X-No: contact", "<nonsense>", None),
    ] {
        let mut office = Office::new();
        let wire = office.connect();
        let app = Client::new(wire, "app");
        let invite = app.message("INVITE", 1, STATUS);
        let own = "Contact: <sip:app@192.0.2.1:9;transport=tcp>";
        office.send(wire, invite.replace(own, contact).replace("<sip:app@test>", from));
        let answer = office.take(wire).pop_back().unwrap();
        let status = answer.as_response().unwrap().status.code();
        assert_eq!(status, if target.is_some() { 200 } else { 400 });
        office.node.handle(office.now, crate::Input::ShutDown);
        office.wait(Duration::ZERO);
        let bye = office.take(wire).pop_back();
        assert_eq!(bye.as_ref().and_then(Message::as_request).map(|bye| bye.uri_text()), target);
    }
}

#[test]
fn nothing_is_ever_said_to_an_ack_or_a_stray_response() {
    let mut office = Office::new();
    for wire in both(&mut office) {
        let app = Client::new(wire, "app");
        let ack = app.message("ACK", 1, "").replace("Max-Forwards: 70", "Max-Forwards: 0");
        office.send(wire, &ack);
        office.send(wire, ack.replace("Call-ID", "X"));
        let response = ack.replace("ACK sip:ctigw@cme SIP/2.0", "SIP/2.0 481 No");
        office.send(wire, response);
        assert!(office.take(wire).is_empty());
        assert!(!office.is_closed(wire));
    }
}

#[test]
fn keepalives_are_answered_and_messages_may_come_in_pieces() {
    let mut office = Office::new();
    let wire = office.connect();
    office.send(wire, "\r\n\r\n");
    assert_eq!(office.pongs, 1);
    let mut app = Client::open(&mut office, wire, "app");
    let info = app.message("INFO", 7, STATUS);
    for byte in info.as_bytes() {
        office.send(wire, [*byte]);
    }
    assert!(text(app.expect_response(&mut office).body()).contains("normal"));
}

#[test]
fn a_stream_that_makes_no_sense_is_closed_and_answered_if_possible() {
    let head = "INFO sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n\
                Call-ID: 1\r\nCSeq: 1 INFO\r\n";
    for (bytes, status) in [
        ("hello\r\n\r\n".to_owned(), None),
        (format!("{head}Content-Length: nine\r\n\r\n"), Some(400)),
        (format!("{head}Content-Length: 99999999\r\n\r\n"), Some(413)),
        (format!("{head}{}", "X: y\r\n".repeat(9_000)), None),
        ("\0".repeat(20_000), None),
    ] {
        let mut office = Office::new();
        let wire = office.connect();
        office.send(wire, &bytes);
        assert!(office.is_closed(wire), "{bytes:.40}");
        let answer = office.take(wire).pop_back();
        assert_eq!(answer.map(|answer| answer.as_response().unwrap().status.code()), status, "{bytes:.40}");
        office.send(wire, &bytes);
        assert!(office.take(wire).is_empty(), "nobody listens any more");
    }
}

#[test]
fn connections_without_a_session_do_not_stay() {
    let mut office = Office::new();
    let (silent, slow, busy) = (office.connect(), office.connect(), office.connect());
    let mut app = Client::open(&mut office, busy, "app");
    for _ in 0..7 {
        office.send(slow, "X");
        office.wait(Duration::from_secs(10));
    }
    assert!(office.is_closed(silent) && office.is_closed(slow) && !office.is_closed(busy));
    app.request(&mut office, "BYE", "");
    office.wait(Duration::from_secs(130));
    assert!(office.is_closed(busy));
}

#[test]
fn connections_are_limited_and_those_without_a_session_make_room() {
    let mut office = Office::with(|settings| settings.uacsta.max_links = 2);
    let used = office.connect();
    let mut app = Client::open(&mut office, used, "app");
    let wires = [office.connect(), office.connect()];
    assert_eq!(wires.map(|wire| office.is_closed(wire)), [true, false]);
    Client::open(&mut office, wires[1], "another");
    let refused = office.connect();
    assert!(office.is_closed(refused), "all others carry a session");
    assert_eq!(office.node.sip().link_count(), 2);
    app.request(&mut office, "BYE", "");
    let served = office.connect();
    assert!(office.is_closed(used) && !office.is_closed(served));
}

#[test]
fn what_waits_for_all_clients_that_are_away_is_limited() {
    let mut office = Office::with(|settings| settings.uacsta.max_waiting_bytes = 11_800);
    for name in ["1", "2", "3"] {
        let wire = office.connect();
        Client::open(&mut office, wire, name).monitor(&mut office, "201");
        office.disconnect(wire);
    }
    office.dial(0, "202");
    assert_eq!(office.node.applications().len(), 3, "some events wait for each");
    office.answer(1);
    office.hang_up(0);
    office.dial(0, "202");
    let left = office.node.applications().len();
    assert!((1..3).contains(&left), "{left} clients are still waited for");
    office.wait(Duration::from_secs(40));
    assert_eq!((office.node.applications().len(), office.node.sizes().waiting), (0, 0));
    let wire = office.connect();
    let mut app = Client::open(&mut office, wire, "back");
    app.monitor(&mut office, "203");
    office.disconnect(wire);
    office.dial(2, "202");
    assert_eq!(office.node.applications().len(), 1, "there is room again");
}

#[test]
fn a_closed_stream_leaves_no_timer_behind() {
    let mut office = Office::new();
    for wire in both(&mut office) {
        let mut app = Client::open(&mut office, wire, "app");
        app.monitor(&mut office, "201");
        office.dial(0, "202");
        app.events(&mut office);
        office.hang_up(0);
        app.events(&mut office);
        app.request(&mut office, "BYE", "");
    }
    office.wait(Duration::from_secs(200));
    assert_eq!(office.node.sip().poll_timeout(), None);
}

#[test]
fn a_listener_on_every_address_is_named_as_the_client_named_it() {
    let mut office = Office::new();
    let app = Client::new(udp(), "app");
    let invite = app.message("INVITE", 1, STATUS);
    let local = "0.0.0.0:5060".parse().unwrap();
    let input =
        crate::Input::Datagram { local, from: "127.0.0.1:7000".parse().unwrap(), bytes: invite.as_bytes() };
    office.node.handle(office.now, input);
    office.wait(Duration::ZERO);
    let answer = office.take(udp()).pop_back().unwrap();
    assert_eq!(answer.headers().get(HeaderName::CONTACT), Some("<sip:ctigw@cme:5060>"));
    assert_ne!(SERVER, "0.0.0.0:5060");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let run = || {
        let mut office = Office::new();
        let wire = office.connect();
        let mut app = Client::open(&mut office, wire, "app");
        app.polite = false;
        app.monitor(&mut office, "201");
        office.dial(0, "202");
        let bytes: Vec<Vec<u8>> = office.take(wire).iter().map(Message::to_bytes).collect();
        (app.server_tag, bytes)
    };
    assert_eq!(run(), run());
}

#[test]
fn a_call_is_made_once_although_its_request_comes_again_another_way() {
    let mut office = Office::new();
    let app = Client::open(&mut office, udp(), "app");
    let make = "<MakeCall><callingDevice>201</callingDevice><calledDirectoryNumber>202</calledDirectoryNumber>\
                <autoOriginate>doNotPrompt</autoOriginate></MakeCall>";
    let info = app.message("INFO", 2, make).replacen("127.0.0.1:7000;", "127.0.0.1:7000;rport;", 1);
    office.send(udp(), &info);
    let first = office.take(udp()).pop_front().unwrap();
    assert!(text(first.body()).contains("MakeCallResponse"));
    let call = |office: &Office| {
        office.node.switch().calls().iter().map(hookflash_core::Call::id).collect::<Vec<_>>()
    };
    let made = call(&office);
    assert_eq!(made.len(), 1);
    let rebound = Wire::Udp("127.0.0.1:7123".parse().unwrap());
    office.send(rebound, &info);
    assert_eq!(
        office.take(rebound).pop_front().unwrap().body(),
        first.body(),
        "behind a NAT the port may change"
    );
    office.send(udp(), info.replace("INFO2", "INFO2again"));
    assert_eq!(
        office.take(udp()).pop_front().unwrap().body(),
        first.body(),
        "sent anew with a branch of its own"
    );
    assert_eq!(call(&office), made);
}

#[test]
fn a_late_answer_to_an_event_that_was_answered_already_ends_no_session() {
    let mut office = Office::new();
    for wire in both(&mut office) {
        let mut app = Client::open(&mut office, wire, if wire == udp() { "udp" } else { "tcp" });
        app.monitor(&mut office, "201");
        office.dial(0, "202");
        app.collect(&mut office);
        let event = app.received.pop_front().unwrap();
        let late = StatusCode::CALL_DOES_NOT_EXIST;
        office.wait(Duration::from_secs(6));
        office.send(wire, MessageBuilder::reply(&event, late, &app.tag, None).finish());
        assert!(app.service(&mut office, STATUS).contains("normal"));
        office.hang_up(0);
    }
}

/// A conversation, as bytes, with one piece of it replaced by anything.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let app = Client::new(udp(), "app");
    let whole: String = [
        app.message("INVITE", 1, STATUS),
        app.message("INFO", 2, "<GetCSTAFeatures/>"),
        app.message("INFO", 3, "<MakeCall><callingDevice>201</callingDevice></MakeCall>"),
        app.message("BYE", 4, ""),
    ]
    .concat();
    let length = whole.len();
    (0..length, 0..60usize, prop::collection::vec(any::<u8>(), 0..40)).prop_map(move |(at, cut, bytes)| {
        let mut damaged = whole.clone().into_bytes();
        damaged.splice(at..(at + cut).min(length), bytes);
        damaged
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_disturb_anybody_else(
        garbage in prop_oneof![damaged(), prop::collection::vec(any::<u8>(), 0..600)],
        at in any::<prop::sample::Index>(),
    ) {
        let mut office = Office::new();
        let (good, bad) = (office.connect(), office.connect());
        let mut app = Client::open(&mut office, good, "good");
        let (first, second) = garbage.split_at(at.index(garbage.len().max(1)).min(garbage.len()));
        office.send(bad, first);
        office.send(bad, second);
        office.send(Wire::Udp("127.0.0.1:7009".parse().unwrap()), &garbage);
        office.wait(Duration::from_secs(100));
        prop_assert!(app.service(&mut office, STATUS).contains("normal"));
    }
}

const MONITOR: &str =
    "<MonitorStart><monitorObject><deviceObject>tel:201</deviceObject></monitorObject></MonitorStart>";
const DIAL: &str = "<MakeCall><callingDevice>tel:201</callingDevice><calledDirectoryNumber>tel:202\
    </calledDirectoryNumber><autoOriginate>doNotPrompt</autoOriginate></MakeCall>";
const FORWARD: &str = "<SetForwarding><device>tel:201</device><forwardingType>forwardImmediate</forwardingType>\
    <activateForward>true</activateForward><forwardDN>tel:203</forwardDN></SetForwarding>";

#[test]
fn a_datagram_in_anybodys_name_has_nothing_carried_out() {
    for service in [MONITOR, DIAL, FORWARD] {
        let mut office = Office::new();
        let app = Client::new(udp(), "app");
        let invite = app.message("INVITE", 1, service);
        for _ in 0..3 {
            office.send(app.wire, &invite);
        }
        office.dial(1, "201");
        office.wait(millis(40_000));
        assert_eq!(office.node.switch().cti().monitor_count(), 0, "{service}");
        assert!(office.node.switch().lines().iter().all(|(_, line)| line.forwarding().immediate.is_none()));
        let sent = office.take(udp());
        let bytes: usize = sent.iter().map(|message| message.to_bytes().len()).sum();
        assert!(sent.iter().all(|message| message.as_response().is_some()), "no event");
        assert!(bytes <= 9 * invite.len(), "{bytes}");
    }
}

#[test]
fn what_an_invite_asks_for_as_a_datagram_is_carried_out_when_it_is_acknowledged() {
    let mut office = Office::new();
    let mut app = Client::new(udp(), "app");
    office.send(app.wire, app.message("INVITE", 1, DIAL));
    let answer = app.collect(&mut office).remove(0);
    assert_eq!((answer.status.code(), answer.body().len()), (200, 0));
    assert_eq!(office.node.switch().calls().len(), 0);
    app.server_tag = answer.headers().to().unwrap().tag().map(str::to_owned);
    office.send(app.wire, app.message("ACK", 1, ""));
    assert_eq!(office.node.switch().calls().len(), 1);
    let sent = office.take(udp());
    let infos: Vec<_> = sent.iter().filter_map(Message::as_request).collect();
    assert!(String::from_utf8_lossy(infos[0].body()).contains("MakeCallResponse"), "{infos:?}");
}

#[test]
fn on_a_connection_the_answer_to_an_invite_has_the_response() {
    let mut office = Office::new();
    let wire = office.connect();
    let answer = Client::new(wire, "app").invite(&mut office, DIAL);
    assert!(String::from_utf8_lossy(answer.body()).contains("MakeCallResponse"));
    assert_eq!(office.node.switch().calls().len(), 1);
}

#[test]
fn sessions_that_nobody_acknowledges_are_bounded_and_cost_a_source_nothing() {
    let mut office = Office::with(|settings| {
        settings.limits.sessions_per_source = 2;
        settings.switch.cti.max_sessions = 5_000;
    });
    for number in 0..1_200 {
        let stranger = Client::new(udp(), &number.to_string());
        office.send(udp(), stranger.message("INVITE", 1, MONITOR));
    }
    assert_eq!(office.node.applications().len(), crate::uacsta::MAX_UNPROVEN);
    office.take(udp());
    Client::open(&mut office, udp(), "one");
    Client::open(&mut office, udp(), "two");
    assert_eq!(Client::new(udp(), "three").invite(&mut office, STATUS).status.code(), 503);
    let elsewhere = Wire::Udp("127.0.0.2:7000".parse().unwrap());
    assert_eq!(Client::new(elsewhere, "four").invite(&mut office, STATUS).status.code(), 200);
}

#[test]
fn monitors_on_one_device_are_shared_out_to_the_sessions_of_a_source() {
    let mut office = Office::with(|settings| settings.limits.monitors_per_device = 5);
    let start =
        |app: &mut Client, office: &mut Office| app.service(office, MONITOR).contains("MonitorStartResponse");
    let wire = office.connect();
    let mut first = Client::open(&mut office, wire, "first");
    assert_eq!((0..10).filter(|_| start(&mut first, &mut office)).count(), 6, "one, and five more");
    let wire = office.connect();
    let mut second = Client::open(&mut office, wire, "second");
    assert_eq!((0..10).filter(|_| start(&mut second, &mut office)).count(), 1, "each session has one");
    let elsewhere = Wire::Udp("127.0.0.2:7000".parse().unwrap());
    let mut third = Client::open(&mut office, elsewhere, "third");
    assert_eq!((0..10).filter(|_| start(&mut third, &mut office)).count(), 6, "another source has its own");
}

#[test]
fn the_memory_budget_is_printed_and_follows_the_configuration() {
    let mut office = Office::with(|settings| settings.limits.memory = 64 << 20);
    let print = |office: &mut Office| {
        let terminal = crate::TerminalId(1);
        office.node.handle(office.now, crate::Input::Command { terminal, line: "show memory" });
        std::iter::from_fn(|| office.node.poll_output()).find_map(|output| match output {
            crate::Output::CommandOutput { text, .. } => Some(text),
            _ => None,
        })
    };
    let before = print(&mut office).unwrap();
    assert!(before.contains(": 67108864 bytes (64 MB)"), "{before}");
    let used = |text: &str| {
        text.lines().last().and_then(|line| line.split_whitespace().last()?.parse::<usize>().ok())
    };
    assert_eq!(used(&before), Some(0));
    Client::open(&mut office, udp(), "app");
    assert!(used(&print(&mut office).unwrap()).unwrap() > 4_000);
}
