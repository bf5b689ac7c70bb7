//! Requests of peers, and how their repetitions are told from new ones.

use super::*;
use crate::{EndReason, TRANSACTION_TIMEOUT};

#[test]
fn a_user_that_takes_its_time_is_excused_after_200_ms() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let incoming = element.invited(1);
        element.wait(millis(199));
        assert!(element.sent().is_empty());
        element.wait(millis(1));
        let trying = element.sent_response();
        assert_eq!((trying.status.code(), trying.headers().to().unwrap().tag()), (100, None));
        element.reply(incoming, StatusCode::BUSY_HERE);
        assert_eq!(element.sent_status(), 486);
        let prompt = element.invited(2);
        element.reply(prompt, StatusCode::BUSY_HERE);
        element.sent();
        element.wait(millis(400));
        assert!(element.sent().is_empty(), "who answers at once needs no excuse");
    }
}

#[test]
fn a_repeated_invite_gets_the_last_response() {
    let mut element = Element::new(true);
    let invite = element.request("INVITE", 1, "", "");
    let mut incoming = element.invited(1);
    element.receive(&invite);
    assert_eq!(element.sent_status(), 100);
    element.layer.establish(element.now, 'b', &mut incoming).unwrap();
    element.progress(&mut incoming, StatusCode::RINGING, "");
    let ringing = element.sent_response();
    assert!(ringing.headers().contains(HeaderName::CONTACT), "it creates an early dialog");
    element.receive(&invite);
    assert_eq!(element.sent_status(), 180);
    element.progress(&mut incoming, StatusCode::SESSION_PROGRESS, "early media");
    element.receive(&invite);
    assert_eq!(element.sent_in_short(), ["183 1 INVITE", "183 1 INVITE"]);
    let id = incoming.dialog().unwrap();
    assert!(element.layer.dialog(id).unwrap().is_early());
    element.reply(incoming, StatusCode::OK);
    let answer = element.sent_response();
    assert_eq!(answer.headers().to().unwrap().tag(), ringing.headers().to().unwrap().tag());
    assert!(!element.layer.dialog(id).unwrap().is_early());
    assert!(element.events().is_empty(), "the user saw one INVITE");
}

#[test]
fn a_refusal_is_repeated_until_it_is_acknowledged_over_datagrams() {
    for (udp, times) in [(true, 4), (false, 1)] {
        let mut element = Element::new(udp);
        element.prove();
        let incoming = element.invited(1);
        element.reply(incoming, StatusCode::BUSY_HERE);
        assert_eq!(element.layer.sizes().repeated, usize::from(udp));
        element.wait(millis(3_600));
        assert_eq!(element.sent().len(), times, "at 0, 0.5, 1.5 and 3.5 seconds");
        // Some phones acknowledge without the tag in To.
        element.receive(
            element
                .request("INVITE", 1, "", "")
                .replace("INVITE sip", "ACK sip")
                .replace("1 INVITE", "1 ACK"),
        );
        element.wait(seconds(20));
        assert!(element.sent().is_empty());
        if udp {
            element.receive(element.request("INVITE", 1, "", ""));
            assert!(element.sent().is_empty() && element.events().is_empty(), "absorbed");
        }
        element.assert_nothing_left();
    }
    let mut element = Element::new(true);
    element.prove();
    let incoming = element.invited(1);
    element.reply(incoming, StatusCode::BUSY_HERE);
    element.wait(TRANSACTION_TIMEOUT * 2);
    assert_eq!(element.sent().len(), 11, "given up after 32 seconds");
}

#[test]
fn a_success_is_repeated_until_it_is_acknowledged_over_any_transport() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        element.prove();
        let mut incoming = element.invited(1);
        let id = element.layer.establish(element.now, 'b', &mut incoming).unwrap();
        element.reply(incoming, StatusCode::OK);
        element.wait(millis(3_600));
        let answers = element.sent();
        assert_eq!(answers.len(), 4, "at 0, 0.5, 1.5 and 3.5 seconds");
        let tag = answers[0].headers().to().unwrap().tag().unwrap().to_owned();
        element.receive(element.request("ACK", 1, &tag, "x"));
        assert!(matches!(element.event(), Event::Acknowledged('b', _, Some(_))));
        element.wait(seconds(40));
        assert!(element.sent().is_empty());
        assert!(element.layer.dialog(id).is_some());
    }
}

#[test]
fn over_a_stream_a_user_may_do_without_ack() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        element.prove();
        let mut incoming = element.invited(1);
        incoming.make_acknowledgement_optional();
        let id = element.layer.establish(element.now, 'b', &mut incoming).unwrap();
        element.reply(incoming, StatusCode::OK);
        element.wait(millis(3_600));
        assert_eq!(element.sent().len(), if udp { 4 } else { 1 });
        element.wait(TRANSACTION_TIMEOUT);
        assert_eq!(element.layer.dialog(id).is_some(), !udp, "a datagram may have a forged source");
    }
}

#[test]
fn a_dialog_that_is_never_acknowledged_ends_with_bye_to_a_peer_that_exists() {
    for (udp, known) in [(true, false), (true, true), (false, false)] {
        let mut element = Element::new(udp);
        let mut incoming = element.invited(1);
        if known {
            element.layer.vouch(element.now, &element.flow());
        }
        let id = element.layer.establish(element.now, 'b', &mut incoming).unwrap();
        element.reply(incoming, StatusCode::OK);
        element.wait(TRANSACTION_TIMEOUT - millis(1));
        assert_eq!(element.sent().len(), if udp && !known { 2 } else { 11 });
        element.wait(millis(1));
        if udp && !known {
            assert!(element.sent().is_empty(), "the address may be anybody's");
        } else {
            element.sent_request(Method::Bye);
        }
        let Event::Ended('b', ended, EndReason::NotAcknowledged) = element.event() else { panic!() };
        assert_eq!(ended, id);
        element.assert_nothing_left();
    }
}

#[test]
fn a_dialog_that_is_not_acknowledged_ends_with_its_connection() {
    let mut element = Element::new(false);
    let mut incoming = element.invited(1);
    element.layer.establish(element.now, 'b', &mut incoming).unwrap();
    element.reply(incoming, StatusCode::OK);
    element.layer.closed(element.now, LINK);
    element.wait(TRANSACTION_TIMEOUT);
    let Event::Ended('b', _, EndReason::LinkLost | EndReason::NotAcknowledged) = element.event() else {
        panic!("it has not ended")
    };
    element.assert_nothing_left();
}

#[test]
fn a_cancel_of_an_invite_that_rings_is_told_and_answered() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let mut incoming = element.invited(1);
        let id = element.layer.establish(element.now, 'b', &mut incoming).unwrap();
        element.progress(&mut incoming, StatusCode::RINGING, "");
        element.sent();
        let cancel = element
            .request("INVITE", 1, "", "")
            .replace("INVITE sip", "CANCEL sip")
            .replace("1 INVITE", "1 CANCEL");
        element.receive(&cancel);
        assert_eq!(element.sent_in_short(), ["200 1 CANCEL"]);
        let Event::Cancelled(Some('b'), cancelled) = element.event() else { panic!() };
        assert_eq!(Some(cancelled), incoming.invite());
        element.reply(incoming, StatusCode::REQUEST_TERMINATED);
        assert_eq!(element.sent_in_short(), ["487 1 INVITE"]);
        assert!(element.layer.dialog(id).is_none());
        element.receive(&cancel);
        assert_eq!(element.sent_in_short(), ["200 1 CANCEL"]);
        assert!(element.events().is_empty());
        element.receive(cancel.replace("CANCEL", "ACK"));
        element.assert_nothing_left();
    }
}

#[test]
fn a_cancel_that_crosses_the_success_has_no_effect() {
    let mut element = Element::new(true);
    let (id, _) = element.called();
    let cancel = element
        .request("INVITE", 1, "", "")
        .replace("INVITE sip", "CANCEL sip")
        .replace("1 INVITE", "1 CANCEL");
    element.receive(cancel);
    assert_eq!(element.sent_in_short(), ["200 1 CANCEL"]);
    assert!(element.events().is_empty() && element.layer.dialog(id).is_some());
    element.receive(element.request("CANCEL", 77, "", ""));
    assert_eq!(element.sent_in_short(), ["481 77 CANCEL"]);
}

#[test]
fn an_invite_that_was_answered_over_a_stream_says_nothing_over_datagrams() {
    let mut element = Element::new(false);
    let invite = element.request("INVITE", 1, "", "");
    let mut incoming = element.invited(1);
    incoming.make_acknowledgement_optional();
    let id = element.layer.establish(element.now, 'b', &mut incoming).unwrap();
    element.reply(incoming, StatusCode::OK);
    element.sent();
    element.udp = true;
    element.receive(&invite);
    assert_eq!(element.sent_in_short(), ["482 1 INVITE"], "who sends it may have seen it pass by");
    assert!(element.events().is_empty());
    assert!(element.layer.dialog(id).unwrap().flow().link().is_some(), "the dialog stays where it is");
}

#[test]
fn the_same_invite_again_on_its_connection_is_answered_by_its_dialog() {
    let mut element = Element::new(false);
    let invite = element.request("INVITE", 1, "", "");
    let mut incoming = element.invited(1);
    incoming.make_acknowledgement_optional();
    let id = element.layer.establish(element.now, 'b', &mut incoming).unwrap();
    element.reply(incoming, StatusCode::OK);
    element.sent();
    element.receive(&invite);
    let Event::RequestInDialog('b', within, incoming) = element.event() else { panic!() };
    assert_eq!(within, id);
    element.reply(incoming, StatusCode::OK);
    assert_eq!(element.sent_in_short(), ["200 1 INVITE"]);
}

#[test]
fn an_invite_that_took_two_ways_is_answered_once() {
    let mut element = Element::new(true);
    let incoming = element.invited(1);
    element.receive(element.request("INVITE", 1, "", "other"));
    assert_eq!(element.sent_in_short(), ["482 1 INVITE"], "while the first one rings");
    element.reply(incoming, StatusCode::BUSY_HERE);
    assert_eq!(element.sent_in_short(), ["486 1 INVITE"]);
    assert!(element.events().is_empty());
}

#[test]
fn a_request_is_the_same_wherever_it_comes_from() {
    let mut element = Element::new(true);
    let (id, tag) = element.called();
    for branchless in [false, true] {
        let cseq = if branchless { 3 } else { 2 };
        let info = element.request("INFO", cseq, &tag, "");
        let info =
            info.replacen("Via: SIP/2.0/UDP 127.0.0.1:7000", "Via: SIP/2.0/UDP 10.0.0.1:7000;rport", 1);
        let info = if branchless { info.replace(";branch=z9hG4bK", ";x=") } else { info };
        element.receive(&info);
        let Event::RequestInDialog('b', within, incoming) = element.event() else { panic!() };
        assert_eq!(within, id);
        element.receive_from("127.0.0.1:7001", &info);
        assert!(element.events().is_empty() && element.sent().is_empty(), "it waits for its answer");
        element.reply(incoming, StatusCode::OK);
        element.sent_status();
        element.receive_from("127.0.0.1:7002", &info);
        let (to, _) = *element.wire.datagrams.front().map(|(to, bytes)| (*to, bytes)).as_ref().unwrap();
        assert_eq!(to.port(), 7002, "answered where it came from");
        assert_eq!(element.sent_status(), 200);
        assert!(element.events().is_empty());
    }
}

#[test]
fn a_request_that_comes_again_with_another_branch_is_carried_out_once() {
    let mut element = Element::new(true);
    let (_, tag) = element.called();
    element.receive(element.request("INFO", 2, &tag, ""));
    let Event::RequestInDialog('b', _, incoming) = element.event() else { panic!() };
    element.receive(element.request("INFO", 2, &tag, "again"));
    assert!(element.events().is_empty() && element.sent().is_empty(), "it waits for its answer");
    let headers = [(HeaderName::new("X-Result"), "done".to_owned())];
    let reply = Reply::from(StatusCode::OK).with_headers(&headers).with_body(Some(sdp("result")));
    element.layer.reply(element.now, incoming, reply, &mut element.wire);
    element.sent_status();
    element.receive(element.request("INFO", 2, &tag, "third"));
    assert!(element.events().is_empty());
    let response = element.sent_response();
    assert_eq!(response.headers().via().unwrap().branch(), Some("z9hG4bKINFO2third"));
    assert_eq!((response.headers().get(headers[0].0), response.body()), (Some("done"), b"result".as_slice()));
    assert_eq!(response.headers().get_all(HeaderName::TO).count(), 1);
    element.receive(element.request("INFO", 3, &tag, ""));
    assert!(matches!(element.event(), Event::RequestInDialog(..)));
    element.receive(element.request("INFO", 2, &tag, "late"));
    assert_eq!(element.sent_status(), 500, "overtaken");
}

#[test]
fn what_is_left_unanswered_is_new_when_it_comes_again() {
    let mut element = Element::new(true);
    let register = element.request("REGISTER", 1, "", "");
    for _ in 0..2 {
        element.receive(&register);
        let Event::Request(incoming) = element.event() else { panic!() };
        element.layer.leave_unanswered(incoming);
    }
    assert!(element.sent().is_empty());
    element.assert_nothing_left();
}

#[test]
fn an_invite_without_branch_is_cancelled_by_its_call_id_and_cseq() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let invite = element.request("INVITE", 1, "", "").replace(";branch=z9hG4bKINVITE1", "");
        element.receive(&invite);
        let Event::Request(incoming) = element.event() else { panic!() };
        element.receive(invite.replace("INVITE", "CANCEL"));
        assert_eq!(element.sent_in_short(), ["200 1 CANCEL"]);
        assert!(matches!(element.event(), Event::Cancelled(None, _)));
        element.reply(incoming, StatusCode::REQUEST_TERMINATED);
        element.sent();
        element.receive(invite.replace("INVITE", "ACK"));
        element.wait(seconds(10));
        assert!(element.sent().is_empty());
    }
}

#[test]
fn pending_invites_and_kept_responses_are_limited() {
    let mut element = Element::with(true, |settings| {
        settings.limits.pending = 2;
        settings.limits.responses = 10;
    });
    let call = |number: u32| format!("Call-ID: {number}");
    let mut pending = Vec::new();
    for number in 0..2 {
        element.receive(element.request("INVITE", 1, "", "").replace("Call-ID: theirs", &call(number)));
        let Event::Request(incoming) = element.event() else { panic!() };
        pending.push(incoming);
    }
    element.receive(element.request("INVITE", 1, "", "").replace("Call-ID: theirs", &call(2)));
    assert_eq!(element.sent_status(), 503);
    for cseq in 0..100 {
        element.receive(element.request("OPTIONS", cseq, "", ""));
    }
    assert_eq!(element.sent().len(), 100);
    assert!(element.layer.sizes().answered <= 12, "{:?}", element.layer.sizes());
    for incoming in pending {
        element.reply(incoming, StatusCode::BUSY_HERE);
    }
    assert_eq!(element.sent().len(), 2, "those that are not answered are not forgotten");
}

#[test]
fn what_is_wrong_as_sip_gets_its_status() {
    let mut element = Element::new(true);
    for (cseq, method, from, to, status) in [
        (1, "SUBSCRIBE", "", "", 405),
        (2, "SERVICE", "", "", 501),
        (3, "OPTIONS", "Max-Forwards: 70", "Max-Forwards: many", 400),
        (4, "OPTIONS", "sip:us@", "http://us@", 416),
        (5, "OPTIONS", "Contact:", "Require: nothing\r\nContact:", 420),
        (6, "INFO", "", "", 481),
        (7, "BYE", "To: <sip:alice@us>", "To: <sip:alice@us>;tag=0123456789abcdef", 481),
        (8, "INVITE", "Contact:", "Supported: timer\r\nSession-Expires: 5\r\nContact:", 422),
        (9, "OPTIONS", "", "", 200),
    ] {
        element.receive(element.request(method, cseq, "", "").replacen(from, to, 1));
        assert_eq!(element.sent_status(), status, "{method} {to}");
    }
    assert!(element.events().is_empty());
}
