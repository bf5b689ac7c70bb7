//! Requests in dialogs: glare, order, and messages that cross.

use super::*;
use crate::{EndReason, Failure, RequestInDialog, SendError};

fn reinvite(element: &mut Element, dialog: DialogId) -> Result<RequestId, SendError> {
    let method = Method::Invite;
    let request = RequestInDialog::new(&method).with_body(sdp("hold"));
    element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire)
}

/// A request of the peer in a dialog that we began.
fn in_our_dialog(element: &mut Element, dialog: DialogId, method: &str, cseq: u32) -> String {
    let call_id = element.layer.dialog(dialog).unwrap().call_id().to_owned();
    element
        .request(method, cseq, &dialog.tag().to_string(), "")
        .replace("Call-ID: theirs", &format!("Call-ID: {call_id}"))
}

#[test]
fn a_session_is_changed_by_either_side() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let dialog = element.call();
        let id = reinvite(&mut element, dialog).unwrap();
        let invite = element.sent_request(Method::Invite);
        assert_eq!((invite.headers().cseq().unwrap().number, invite.body()), (2, b"hold".as_slice()));
        element.answer(&invite, 200, "bob");
        let Event::Accepted('a', accepted, within, _) = element.event() else { panic!() };
        assert_eq!((accepted, within), (id, dialog));
        element.layer.acknowledge(dialog, &[], None, &mut element.wire).unwrap();
        assert_eq!(element.sent_request(Method::Ack).headers().cseq().unwrap().number, 2);

        let invite = in_our_dialog(&mut element, dialog, "INVITE", 7);
        element.receive(invite);
        let Event::RequestInDialog('a', _, incoming) = element.event() else { panic!() };
        assert_eq!(reinvite(&mut element, dialog), Err(SendError::Pending));
        element.reply(incoming, StatusCode::OK);
        assert_eq!(element.sent_status(), 200);
        let ack = in_our_dialog(&mut element, dialog, "ACK", 7);
        element.receive(ack);
        assert!(matches!(element.event(), Event::Acknowledged('a', _, Some(_))));
    }
}

#[test]
fn invites_that_cross_in_a_dialog_are_refused_by_both_sides() {
    let mut element = Element::new(true);
    let dialog = element.call();
    reinvite(&mut element, dialog).unwrap();
    let ours = element.sent_request(Method::Invite);
    assert_eq!(reinvite(&mut element, dialog), Err(SendError::Pending));
    let theirs = in_our_dialog(&mut element, dialog, "INVITE", 1);
    element.receive(&theirs);
    assert_eq!(element.sent_in_short(), ["491 1 INVITE"]);
    element.receive(theirs.replace("INVITE", "ACK"));
    element.answer(&ours, 491, "bob");
    element.sent_request(Method::Ack);
    let Event::Rejected('a', _, response) = element.event() else { panic!() };
    assert_eq!(response.status.code(), 491);
    let delay = element.layer.glare_delay(dialog);
    assert!((millis(2_100)..=millis(4_000)).contains(&delay), "{delay:?}");
    element.wait(delay);
    reinvite(&mut element, dialog).unwrap();

    let mut called = Element::new(true);
    let (dialog, tag) = called.called();
    let delay = called.layer.glare_delay(dialog);
    assert!(delay <= millis(2_000), "{delay:?}");
    called.receive(called.request("INVITE", 2, &tag, ""));
    assert!(matches!(called.event(), Event::RequestInDialog('b', _, _)));
    called.receive(called.request("INVITE", 3, &tag, ""));
    let refused = called.sent_response();
    assert_eq!(refused.status.code(), 500, "one after the other");
    let wait: u64 = refused.headers().get(HeaderName::RETRY_AFTER).unwrap().parse().unwrap();
    assert!(wait <= 10);
}

#[test]
fn a_bye_that_crosses_our_invite_ends_the_dialog_and_the_late_success_is_acknowledged() {
    let mut element = Element::new(true);
    let dialog = element.call();
    let id = reinvite(&mut element, dialog).unwrap();
    let invite = element.sent_request(Method::Invite);
    let bye = in_our_dialog(&mut element, dialog, "BYE", 1);
    element.receive(bye);
    assert_eq!(element.sent_in_short(), ["200 1 BYE"]);
    assert!(matches!(element.event(), Event::Ended('a', _, EndReason::Bye)));
    element.answer(&invite, 200, "bob");
    assert_eq!(element.sent_in_short(), ["2 ACK"]);
    let Event::Failed('a', failed, Failure::DialogEnded) = element.event() else { panic!() };
    assert_eq!(failed, id);
    element.assert_nothing_left();
}

#[test]
fn a_bye_that_comes_before_the_ack_ends_the_repetitions_and_is_no_acknowledgement() {
    let mut element = Element::new(true);
    let mut incoming = element.invited(1);
    element.layer.establish(element.now, 'b', &mut incoming).unwrap();
    element.reply(incoming, StatusCode::OK);
    let tag = element.sent_response().headers().to().unwrap().tag().unwrap().to_owned();
    element.receive(element.request("BYE", 2, &tag, ""));
    assert_eq!(element.sent_in_short(), ["200 2 BYE"]);
    let events = element.events();
    assert!(matches!(events[..], [Event::Ended('b', _, EndReason::Bye)]));
    element.wait(seconds(60));
    assert!(element.sent().is_empty(), "the success is not repeated");
    element.assert_nothing_left();
}

#[test]
fn an_offer_in_a_success_is_answered_by_the_ack_of_its_invite_and_by_nothing_else() {
    let mut element = Element::new(true);
    let (_, tag) = element.called();
    element.receive(element.request("INVITE", 2, &tag, ""));
    let Event::RequestInDialog('b', _, incoming) = element.event() else { panic!() };
    let reply = Reply::from(StatusCode::OK).with_body(Some(sdp("offer")));
    element.layer.reply(element.now, incoming, reply, &mut element.wire);
    element.receive(element.request("INFO", 3, &tag, ""));
    let Event::RequestInDialog('b', _, incoming) = element.event() else { panic!("INFO is no ACK") };
    element.reply(incoming, StatusCode::OK);
    element.receive(element.request("ACK", 1, &tag, "late"));
    assert!(element.events().is_empty(), "that is the ACK of the INVITE before");
    element.sent();
    element.wait(millis(500));
    assert_eq!(element.sent_in_short(), ["200 2 INVITE"], "the answer is still waited for");
    element.receive(element.request("ACK", 2, &tag, "ack"));
    assert!(matches!(element.event(), Event::Acknowledged('b', _, Some(_))));
    element.wait(seconds(60));
    assert!(element.sent().is_empty());
}

#[test]
fn an_invite_in_a_dialog_that_ended_meanwhile_is_terminated() {
    let mut element = Element::new(true);
    let (_, tag) = element.called();
    element.receive(element.request("INVITE", 2, &tag, ""));
    let Event::RequestInDialog('b', _, incoming) = element.event() else { panic!() };
    element.receive(element.request("BYE", 3, &tag, ""));
    element.sent();
    element.reply(incoming, StatusCode::OK);
    assert_eq!(element.sent_in_short(), ["487 2 INVITE"]);
}

#[test]
fn a_refusal_that_knows_no_dialog_ends_it() {
    let mut element = Element::new(true);
    let dialog = element.call();
    let notify = Method::Notify;
    let request = RequestInDialog::new(&notify);
    element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire).unwrap();
    let sent = element.sent_request(Method::Notify);
    element.answer(&sent, 481, "bob");
    let events = element.events();
    assert!(matches!(events[..], [Event::Response('a', _, _), Event::Ended('a', _, EndReason::Unknown)]));
    assert!(element.sent().is_empty(), "nobody is there to say goodbye to");
    let again = element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire);
    assert_eq!(again, Err(SendError::NoDialog));
    element.assert_nothing_left();
}

#[test]
fn a_response_without_a_live_transaction_changes_nothing() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let (dialog, _) = element.called();
        let info = |element: &mut Element| {
            element.layer.send_in_order(
                element.now,
                dialog,
                &Method::Info,
                Some(sdp("x")),
                &mut element.wire,
            );
            element.sent_request(Method::Info)
        };
        let first = info(&mut element);
        element.answer(&first, 200, "bob");
        let second = info(&mut element);
        element.answer(&first, 481, "bob");
        assert!(
            element.layer.dialog(dialog).is_some() && element.events().is_empty(),
            "it was answered already"
        );
        let forged = String::from_utf8(response(&second, 481, "bob", "")).unwrap();
        element.receive(forged.replace("branch=z9hG4bK", "branch=z9hG4bKx"));
        assert!(element.layer.dialog(dialog).is_some());
        element.receive(forged);
        assert!(matches!(element.event(), Event::Ended('b', _, EndReason::Unknown)));
        element.assert_nothing_left();
    }
}

#[test]
fn an_established_dialog_lost_with_its_connection_is_waited_for() {
    let mut element = Element::new(false);
    let (dialog, tag) = element.called();
    element.layer.closed(element.now, LINK);
    element.layer.send_in_order(element.now, dialog, &Method::Info, Some(sdp("x")), &mut element.wire);
    assert!(element.sent().is_empty());
    let (back, local, peer) = (LinkId(2), OURS.parse().unwrap(), PEER.parse().unwrap());
    element.layer.connected(element.now, Flow::tcp(back, local, peer), &mut element.wire);
    let options = element.request("OPTIONS", 2, &tag, "");
    element.layer.received(element.now, back, &mut options.as_bytes(), &mut element.wire);
    let written = String::from_utf8(element.wire.links.remove(&back).unwrap()).unwrap();
    assert!(written.contains("CSeq: 1 INFO") && written.contains("CSeq: 2 OPTIONS"), "{written}");
    element.layer.closed(element.now, back);
    element.wait(crate::FLOW_GRACE);
    assert!(matches!(element.event(), Event::Ended('b', _, EndReason::LinkLost)));
}

#[test]
fn a_dialog_goes_on_by_a_new_connection_of_ours() {
    let mut element = Element::new(false);
    let dialog = element.call();
    element.layer.closed(element.now, LINK);
    element.layer.send_in_order(element.now, dialog, &Method::Info, Some(sdp("x")), &mut element.wire);
    let (local, next) = (OURS.parse().unwrap(), element.layer.dialog(dialog).unwrap().next_hop().unwrap());
    let elsewhere = Flow::tcp(LinkId(2), local, "192.0.2.9:5060".parse().unwrap());
    element.layer.connected(element.now, elsewhere, &mut element.wire);
    element.layer.resume(element.now, elsewhere, &mut element.wire);
    assert!(element.sent().is_empty());
    let there = Flow::tcp(LinkId(3), local, next);
    element.layer.connected(element.now, there, &mut element.wire);
    element.layer.resume(element.now, there, &mut element.wire);
    let written = String::from_utf8(element.wire.links.remove(&LinkId(3)).unwrap()).unwrap();
    assert!(written.starts_with("INFO "), "{written}");
    element.wait(crate::FLOW_GRACE);
    assert!(!element.events().iter().any(|event| matches!(event, Event::Ended(..))));
}

#[test]
fn an_early_dialog_ends_with_its_connection() {
    let mut element = Element::new(false);
    let mut incoming = element.invited(1);
    element.layer.establish(element.now, 'b', &mut incoming).unwrap();
    element.layer.closed(element.now, LINK);
    element.wait(crate::FLOW_GRACE);
    assert!(matches!(element.event(), Event::Ended('b', _, EndReason::LinkLost)));
    element.reply(incoming, StatusCode::OK);
    element.assert_nothing_left();
}

#[test]
fn the_response_to_a_bye_is_told_to_a_user_that_sends_it_itself() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let dialog = element.call();
        let method = Method::Bye;
        let request = RequestInDialog::new(&method);
        let id = element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire).unwrap();
        assert!(element.layer.dialog(dialog).is_none());
        let bye = element.sent_request(Method::Bye);
        element.answer(&bye, 407, "bob");
        let Event::Response('a', answered, _) = element.event() else { panic!() };
        assert_eq!(answered, id);
        element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire).unwrap();
        let bye = element.sent_request(Method::Bye);
        assert_eq!(bye.headers().cseq().unwrap().number, 3, "with credentials, say");
        element.answer(&bye, 200, "bob");
        assert!(matches!(element.event(), Event::Response('a', _, _)));
        element.answer(&bye, 200, "bob");
        assert_eq!(element.layer.counters().responses_ignored, 1);
        element.assert_nothing_left();
    }
}

#[test]
fn an_abandoned_dialog_is_unknown_to_us_from_then_on() {
    let mut element = Element::new(false);
    let (dialog, tag) = element.called();
    element.layer.abandon(dialog);
    element.receive(element.request("INFO", 2, &tag, ""));
    assert_eq!(element.sent_in_short(), ["481 2 INFO"]);
    assert!(element.events().is_empty());
    element.assert_nothing_left();
}

#[test]
fn who_has_no_tag_is_talked_to() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    let success = String::from_utf8(response(&invite, 200, "bob", "")).unwrap().replace(";tag=bob", "");
    element.receive(success.clone());
    let Event::Accepted('a', _, dialog, _) = element.event() else { panic!() };
    element.layer.acknowledge(dialog, &[], None, &mut element.wire).unwrap();
    let ack = element.sent_request(Method::Ack);
    assert_eq!(ack.headers().to().unwrap().tag(), None);
    element.receive(success);
    element.sent_request(Method::Ack);
    assert!(element.events().is_empty(), "the same dialog");
    let bye = element.request("BYE", 1, &dialog.tag().to_string(), "");
    let call_id = ack.headers().call_id().unwrap();
    element.receive(bye.replace("Call-ID: theirs", &format!("Call-ID: {call_id}")).replace(";tag=bob", ""));
    assert_eq!(element.sent_status(), 200);
    assert!(matches!(element.event(), Event::Ended('a', ended, _) if ended == dialog));
}

#[test]
fn the_route_is_that_of_the_final_response() {
    for (early, last, expected) in [
        ("", "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\n", Some("<sip:p1;lr>, <sip:p2;lr>")),
        ("Record-Route: <sip:p3;lr>\r\n", "Record-Route: <sip:p1;lr>\r\n", Some("<sip:p1;lr>")),
        ("Record-Route: <sip:p3;lr>\r\n", "", None),
    ] {
        let mut element = Element::new(true);
        let (_, invite) = element.invite();
        element.answer_with(&invite, 180, "bob", early);
        element.event();
        element.answer_with(&invite, 200, "bob", last);
        let Event::Accepted('a', _, dialog, _) = element.event() else { panic!() };
        element.layer.acknowledge(dialog, &[], None, &mut element.wire).unwrap();
        let ack = element.sent_request(Method::Ack);
        assert_eq!(ack.headers().get(HeaderName::ROUTE), expected);
        assert_eq!(ack.uri_text(), "sip:bob@127.0.0.1:7000");
    }
}

#[test]
fn requests_may_be_sent_straight_to_the_next_hop() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    element.answer_with(&invite, 200, "bob", "Record-Route: <sip:p2@10.0.0.2:5072;lr>, <sip:p1@10.0.0.1;lr>");
    let Event::Accepted('a', _, dialog, _) = element.event() else { panic!() };
    let next = element.layer.dialog(dialog).unwrap().next_hop();
    assert_eq!(next, "10.0.0.1:5060".parse().ok());
    element.layer.redirect(dialog, Flow::Datagrams { local: OURS.parse().unwrap(), peer: next.unwrap() });
    element.layer.acknowledge(dialog, &[], None, &mut element.wire).unwrap();
    assert_eq!(element.wire.datagrams.pop_front().map(|(to, _)| Some(to)), Some(next));

    let mut called = Element::new(true);
    let (dialog, _) = called.called();
    assert_eq!(called.layer.dialog(dialog).unwrap().next_hop(), PEER.parse().ok());
}
