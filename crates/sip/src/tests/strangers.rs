//! What strangers cannot do: be answered at length, move dialogs, or take what others need.

use super::*;
use crate::{AMPLIFICATION, EndReason, TRANSACTION_TIMEOUT};

/// Bytes that were sent to the peer as datagrams.
fn bytes_sent(element: &mut Element) -> u64 {
    element.wire.datagrams.drain(..).map(|(_, bytes)| bytes.len() as u64).sum()
}

#[test]
fn an_address_that_never_answers_gets_three_times_what_came_in_its_name() {
    for (method, success) in [("INVITE", true), ("INVITE", false), ("OPTIONS", false), ("INFO", false)] {
        let mut element = Element::new(true);
        let request = element.request(method, 1, "", "");
        for _ in 0..3 {
            element.receive(&request);
            while let Some(Event::Request(mut incoming)) = element.layer.poll_event() {
                if success {
                    element.layer.establish(element.now, 'b', &mut incoming).unwrap();
                }
                let status = if success { StatusCode::OK } else { StatusCode::BUSY_HERE };
                element.reply(incoming, status);
            }
        }
        element.wait(TRANSACTION_TIMEOUT * 2);
        let (sent, heard) = (bytes_sent(&mut element), 3 * request.len() as u64);
        assert!(sent > 0 && sent <= AMPLIFICATION * heard, "{method} {success}: {sent} of {heard}");
    }
}

#[test]
fn an_acknowledgement_with_our_tag_proves_an_address() {
    let mut element = Element::new(true);
    element.called();
    let second = element.request("INVITE", 1, "", "second").replace("Call-ID: theirs", "Call-ID: second");
    element.receive(&second);
    let Event::Request(incoming) = element.event() else { panic!() };
    element.reply(incoming, StatusCode::BUSY_HERE);
    element.wait(TRANSACTION_TIMEOUT);
    assert!(element.sent().len() >= 10, "it is repeated as long as the RFC says");
}

#[test]
fn a_dialog_is_not_taken_over_from_another_address() {
    let mut element = Element::new(true);
    let (id, tag) = element.called();
    let before = *element.layer.dialog(id).unwrap().flow();
    for (cseq, method) in [(2, "INFO"), (3, "UPDATE"), (4, "INVITE"), (5, "BYE")] {
        let request = element.request(method, cseq, &tag, "x").replacen(PEER, "127.0.0.9:7000;rport", 1);
        element.receive_from("127.0.0.9:7000", request);
        assert_eq!(element.sent_status(), 481, "{method}");
    }
    assert!(element.events().is_empty());
    assert_eq!(*element.layer.dialog(id).unwrap().flow(), before);
    element.receive(element.request("INFO", 2, &tag, "y"));
    assert!(matches!(element.event(), Event::RequestInDialog('b', _, _)));
}

#[test]
fn who_is_welcome_elsewhere_or_trusted_may_go_on_from_there() {
    for trusted in [false, true] {
        let elsewhere = std::net::IpAddr::from([127, 0, 0, 9]);
        let mut element =
            Element::with(true, |settings| settings.trusted.extend(trusted.then_some(elsewhere)));
        let (id, tag) = element.called();
        if !trusted {
            element.layer.welcome(id, elsewhere);
        }
        for (cseq, method) in [(2, "INFO"), (3, "BYE")] {
            let request = element.request(method, cseq, &tag, "x").replacen(PEER, "127.0.0.9:7000;rport", 1);
            element.receive_from("127.0.0.9:7000", request);
            assert!(matches!(
                element.event(),
                Event::RequestInDialog('b', _, _) | Event::Ended('b', _, EndReason::Bye)
            ));
        }
        assert_eq!(element.sent_status(), 200);
    }
}

#[test]
fn a_dialog_on_a_connection_does_not_move_to_datagrams() {
    let mut element = Element::new(false);
    let (id, tag) = element.called();
    element.udp = true;
    element.receive(element.request("INFO", 2, &tag, "x"));
    let Event::RequestInDialog('b', _, incoming) = element.event() else { panic!() };
    element.reply(incoming, StatusCode::OK);
    assert_eq!(element.wire.datagrams.len(), 1, "who asked is answered");
    assert_eq!(element.layer.dialog(id).unwrap().flow().link(), Some(LINK));
    element.layer.closed(element.now, LINK);
    element.receive(element.request("INFO", 3, &tag, "x"));
    assert!(!element.layer.dialog(id).unwrap().is_reachable(), "only another connection takes its place");
}

#[test]
fn a_nat_that_forgets_its_port_keeps_the_dialog() {
    let mut element = Element::new(true);
    let (id, tag) = element.called();
    let info = element.request("INFO", 2, &tag, "x").replacen(PEER, "127.0.0.1:7000;rport", 1);
    element.receive_from("127.0.0.1:7444", info);
    assert!(matches!(element.event(), Event::RequestInDialog('b', _, _)));
    assert_eq!(element.layer.dialog(id).unwrap().flow().peer().port(), 7444);
}

#[test]
fn long_identifiers_are_refused_and_not_kept() {
    let mut element = Element::new(true);
    let long = "x".repeat(7_000);
    for (from, to) in [
        ("branch=z9hG4bK", format!("branch=z9hG4bK{long}")),
        (";tag=bob", format!(";tag={long}")),
        ("Call-ID: theirs", format!("Call-ID: {long}")),
        ("<sip:bob@peer>", format!("<sip:{long}@peer>")),
        ("Max-Forwards", format!("Record-Route: <sip:{long};lr>\r\nMax-Forwards")),
    ] {
        element.receive(element.request("INVITE", 1, "", "").replacen(from, &to, 1));
        assert_eq!(element.sent_status(), 513, "{from}");
    }
    assert!(element.events().is_empty());
    assert_eq!((element.layer.sizes().answered, element.layer.sizes().dialogs), (0, 0));
}

#[test]
fn one_source_leaves_room_for_the_requests_of_others() {
    let mut element = Element::with(true, |settings| settings.limits.transactions_per_source = 20);
    let other = element.request("OPTIONS", 1, "", "").replace("theirs", "other");
    let other = other.replacen(PEER, "127.0.0.2:7000", 1);
    element.receive_from("127.0.0.2:7000", &other);
    for cseq in 0..100 {
        element.receive(element.request("OPTIONS", cseq, "", ""));
    }
    assert_eq!(element.layer.sizes().answered, 21);
    assert!(element.sent_in_short().iter().all(|line| line.starts_with("200")), "its oldest ones make room");
    element.receive_from("127.0.0.2:7000", &other);
    assert_eq!(element.layer.counters().requests_again, 1, "that of the other source is kept");
    for cseq in 0..100 {
        element.receive(element.request("INVITE", cseq, "", "").replace("theirs", &format!("call{cseq}")));
    }
    let refused = element.sent_in_short().iter().filter(|line| line.starts_with("503")).count();
    assert_eq!((refused, element.events().len()), (80, 20), "INVITEs that wait make no room");
}

#[test]
fn one_source_leaves_room_for_the_connections_of_others() {
    let mut element = Element::with(false, |settings| {
        settings.limits.links = 30;
        settings.limits.unused_per_source = 10;
    });
    let connect = |element: &mut Element, link: u64, source: u8| {
        let (local, peer) = (OURS.parse().unwrap(), SocketAddr::from(([127, 0, 0, source], 7000)));
        element.layer.connected(element.now, Flow::tcp(LinkId(link), local, peer), &mut element.wire);
    };
    (100..200).for_each(|link| connect(&mut element, link, 9));
    assert_eq!(element.layer.link_count(), 11, "those of the same source made room");
    assert_eq!(element.wire.closed.len(), 90);
    (200..206).for_each(|link| connect(&mut element, link, 2));
    (300..303).for_each(|source| {
        (0..10)
            .for_each(|link| connect(&mut element, source * 100 + link, u8::try_from(source - 290).unwrap()));
    });
    let closed: Vec<u64> = element.wire.closed.iter().map(|link| link.0).collect();
    assert!(!closed.contains(&LINK.0) && !(200..206).any(|link| closed.contains(&link)), "{closed:?}");
}

#[test]
fn half_messages_are_bounded_and_who_sends_most_of_them_pays() {
    let mut element = Element::with(false, |settings| settings.limits.gathered_bytes = 100_000);
    let half = format!("INVITE sip:us@us SIP/2.0\r\nX: {}", "y".repeat(9_000));
    for link in 100..200 {
        let (local, peer) = (OURS.parse().unwrap(), SocketAddr::from(([127, 0, 0, 9], 7000)));
        element.layer.connected(element.now, Flow::tcp(LinkId(link), local, peer), &mut element.wire);
        element.layer.received(element.now, LinkId(link), &mut half.as_bytes(), &mut element.wire);
        assert!(element.layer.sizes().gathered <= 100_000);
    }
    let own = element.request("OPTIONS", 1, "", "").into_bytes();
    let (mut first, mut rest) = own.split_at(50);
    element.layer.received(element.now, LINK, &mut first, &mut element.wire);
    element.layer.received(element.now, LINK, &mut rest, &mut element.wire);
    assert_eq!(element.sent_status(), 200);
}

#[test]
fn scanners_get_no_answer() {
    let mut element = Element::new(true);
    for (cseq, agent) in [
        (1, "User-Agent: friendly-scanner"),
        (2, "User-Agent: sipcli/v1.8"),
        (3, "User-Agent: SIPVicious 0.3"),
        (5, "User-Agent: pplsip"),
        (6, "Server: sipptk"),
        (7, "User-Agent: VaxSIPUserAgent/3.1"),
    ] {
        for method in ["OPTIONS", "INVITE", "REGISTER"] {
            let request = element.request(method, cseq, "", "");
            element.receive(request.replace("Max-Forwards", &format!("{agent}\r\nMax-Forwards")));
        }
    }
    element.receive(
        element.request("OPTIONS", 4, "", "").replace("<sip:bob@peer>", "\"sipvicious\" <sip:100@1.1.1.1>"),
    );
    assert!(element.sent().is_empty() && element.events().is_empty());
    assert_eq!((element.layer.counters().scans, element.layer.sizes().answered), (19, 0));
}

#[test]
fn a_flood_of_unacknowledged_invites_ends_without_a_word() {
    let mut element = Element::with(true, |settings| settings.limits.dialogs = 5);
    for number in 0..20 {
        let call = format!("Call-ID: {number}");
        element.receive(element.request("INVITE", 1, "", "").replace("Call-ID: theirs", &call));
        for event in element.events() {
            let Event::Request(mut incoming) = event else {
                assert!(matches!(event, Event::Ended('b', _, EndReason::NotAcknowledged)));
                continue;
            };
            element.layer.establish(element.now, 'b', &mut incoming).unwrap();
            element.reply(incoming, StatusCode::OK);
        }
    }
    let sent = element.sent();
    assert!(sent.iter().all(|message| message.as_response().is_some()), "no BYE");
}
