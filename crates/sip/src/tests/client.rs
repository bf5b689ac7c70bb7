//! Requests of ours, and their retransmissions.

use super::*;
use crate::{Failure, SendError, TIMER_C, TRANSACTION_TIMEOUT};

/// When something is sent again, in milliseconds after the first time.
fn repetitions(element: &mut Element, span: Duration) -> Vec<u128> {
    let (start, until) = (element.now, element.now + span);
    let mut at = Vec::new();
    while let Some(due) = element.layer.poll_timeout().filter(|due| *due <= until) {
        element.wait(due.since(element.now));
        at.extend(element.sent().iter().map(|_| element.now.since(start).as_millis()));
    }
    element.now = until;
    at
}

fn options(element: &mut Element) -> (RequestId, Request) {
    let method = Method::Options;
    let outgoing = Outgoing::new(&method, element.flow(), "sip:bob@peer", "<sip:a@us>", "<sip:bob@peer>");
    let id = element.layer.send(element.now, 'a', &outgoing, &mut element.wire).unwrap();
    (id, element.sent_request(Method::Options))
}

#[test]
fn an_invite_without_answer_is_repeated_and_given_up() {
    for (udp, times) in [(true, vec![500, 1_500, 3_500, 7_500, 15_500, 31_500]), (false, vec![])] {
        let mut element = Element::new(udp);
        let (id, _) = element.invite();
        assert_eq!(repetitions(&mut element, TRANSACTION_TIMEOUT), times);
        let Event::Failed('a', failed, Failure::Timeout) = element.event() else { panic!() };
        assert_eq!(failed, id);
        element.assert_nothing_left();
    }
}

#[test]
fn another_request_without_answer_is_repeated_at_t2_at_most() {
    let mut element = Element::new(true);
    options(&mut element);
    let times = [500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(repetitions(&mut element, TRANSACTION_TIMEOUT), times);
    assert!(matches!(element.event(), Event::Failed('a', _, Failure::Timeout)));

    let (_, request) = options(&mut element);
    element.wait(millis(100));
    element.answer(&request, 100, "");
    assert_eq!(repetitions(&mut element, millis(9_000)), [400, 4_400, 8_400], "slower once it has arrived");
    element.answer(&request, 200, "x");
    assert!(matches!(element.event(), Event::Response('a', _, _)));
    element.answer(&request, 200, "x");
    assert!(element.events().is_empty(), "the transaction is over");
    element.assert_nothing_left();
}

#[test]
fn a_provisional_response_ends_the_repetition_of_an_invite() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    element.answer(&invite, 100, "");
    assert!(matches!(element.event(), Event::Progress('a', _, None, _)));
    assert!(repetitions(&mut element, seconds(170)).is_empty());
    element.answer(&invite, 180, "bob");
    assert!(matches!(element.event(), Event::Progress('a', _, Some(_), _)));
    element.wait(TIMER_C - millis(1));
    assert!(element.sent().is_empty());
    element.wait(millis(1));
    let cancel = element.sent_request(Method::Cancel);
    element.answer(&cancel, 200, "bob");
    element.answer(&invite, 487, "bob");
    element.sent_request(Method::Ack);
    assert!(matches!(element.event(), Event::Rejected('a', _, _)));
    element.assert_nothing_left();
}

#[test]
fn a_refusal_is_acknowledged_in_its_transaction_as_often_as_it_comes() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let (_, invite) = element.invite();
        element.answer(&invite, 486, "bob");
        let ack = element.sent_request(Method::Ack);
        assert_eq!(branch(&ack), branch(&invite));
        assert_eq!(ack.uri_text(), invite.uri_text());
        assert_eq!(ack.headers().to().unwrap().tag(), Some("bob"));
        assert_eq!(ack.headers().cseq().unwrap().number, 1);
        let Event::Rejected('a', _, response) = element.event() else { panic!() };
        assert_eq!(response.status.code(), 486);
        element.answer(&invite, 486, "bob");
        assert_eq!(element.sent().len(), usize::from(udp), "streams repeat nothing");
        assert!(element.events().is_empty());
        element.wait(TRANSACTION_TIMEOUT);
        element.answer(&invite, 486, "bob");
        assert!(element.sent().is_empty());
        element.assert_nothing_left();
    }
}

#[test]
fn a_request_may_be_sent_again_with_its_tag_and_call_id() {
    let mut element = Element::new(true);
    let (method, tag, call_id) = (Method::Register, element.layer.new_tag(), element.layer.new_call_id());
    let headers = [(HeaderName::EXPIRES, "60".to_owned())];
    let mut outgoing = Outgoing::new(&method, element.flow(), "sip:us", "<sip:a@us>", "<sip:a@us>");
    (outgoing.tag, outgoing.call_id, outgoing.contact, outgoing.headers) =
        (Some(tag), &call_id, Some("a"), &headers);
    element.layer.send(element.now, 'r', &outgoing, &mut element.wire).unwrap();
    let first = element.sent_request(Method::Register);
    element.answer(&first, 401, "x");
    assert!(matches!(element.event(), Event::Response('r', _, _)));
    outgoing.cseq = 2;
    element.layer.send(element.now, 'r', &outgoing, &mut element.wire).unwrap();
    let second = element.sent_request(Method::Register);
    for request in [&first, &second] {
        assert_eq!(request.headers().from().unwrap().tag(), Some(tag.to_string().as_str()));
        assert_eq!(request.headers().call_id(), Ok(call_id.as_str()));
        assert_eq!(request.headers().get(HeaderName::CONTACT), Some("<sip:a@127.0.0.1:5060>"));
    }
    assert_ne!(branch(&first), branch(&second));
}

#[test]
fn who_waits_on_a_connection_learns_when_it_breaks() {
    let mut element = Element::new(false);
    let (id, _) = element.invite();
    let (other, _) = options(&mut element);
    element.layer.closed(element.now, LINK);
    let failed: Vec<_> = element
        .events()
        .iter()
        .map(|event| match event {
            Event::Failed('a', id, Failure::FlowLost) => *id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(failed, [id, other]);
    let method = Method::Options;
    let outgoing = Outgoing::new(&method, element.flow(), "sip:b", "<sip:a@us>", "<sip:b>");
    let refused = element.layer.send(element.now, 'a', &outgoing, &mut element.wire);
    assert_eq!(refused, Err(SendError::NoFlow));
    element.assert_nothing_left();
}

#[test]
fn requests_are_limited_and_some_methods_are_the_layers_own() {
    let mut element = Element::with(true, |settings| settings.limits.requests = 1);
    options(&mut element);
    for (method, error) in [
        (Method::Options, SendError::TooMany),
        (Method::Ack, SendError::WrongMethod),
        (Method::Cancel, SendError::WrongMethod),
    ] {
        let outgoing = Outgoing::new(&method, element.flow(), "sip:b", "<sip:a@us>", "<sip:b>");
        assert_eq!(element.layer.send(element.now, 'a', &outgoing, &mut element.wire), Err(error));
    }
    element.wait(TRANSACTION_TIMEOUT);
    element.sent();
    options(&mut element);
}

#[test]
fn the_seed_decides_every_identifier() {
    let run = |seed| {
        let mut element = Element::with(true, |settings| settings.seed = seed);
        let (_, invite) = element.invite();
        let headers = invite.headers();
        let tag = headers.from().unwrap().tag().unwrap().to_owned();
        [branch(&invite), tag, headers.call_id().unwrap().to_owned()]
    };
    assert_eq!(run([1, 2]), run([1, 2]));
    for (one, other) in run([1, 2]).iter().zip(run([1, 3])) {
        assert_ne!(*one, other);
    }
}

#[test]
fn a_response_to_nothing_is_ignored() {
    let mut element = Element::new(true);
    let (_, request) = options(&mut element);
    let foreign = String::from_utf8(response(&request, 200, "x", "")).unwrap();
    for text in [
        foreign.replace("branch=z9hG4bK", "branch=z9hG4bKx"),
        foreign.replace("1 OPTIONS", "1 INVITE"),
        foreign.replace("CSeq", "X-No"),
        foreign.replace("1 OPTIONS", "1 CANCEL"),
    ] {
        element.receive(text);
        assert!(element.events().is_empty() && element.sent().is_empty());
    }
    element.receive(foreign);
    assert!(matches!(element.event(), Event::Response('a', _, _)));
}
