//! INVITEs of ours that several peers answer, and CANCEL.

use super::*;
use crate::{EndReason, Failure, Role, TRANSACTION_TIMEOUT};

fn progress(element: &mut Element, invite: &Request, status: u16, tag: &str) -> DialogId {
    element.answer(invite, status, tag);
    let Event::Progress('a', _, Some(dialog), _) = element.event() else { panic!() };
    dialog
}

#[test]
fn each_fork_is_a_dialog_and_each_success_is_acknowledged() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let (id, invite) = element.invite();
        let forks = ["one", "two", "three"].map(|tag| progress(&mut element, &invite, 180, tag));
        assert!(forks[0] != forks[1] && forks[1] != forks[2]);
        assert_eq!(progress(&mut element, &invite, 183, "two"), forks[1], "the same early dialog again");
        let dialog = element.layer.dialog(forks[0]).unwrap();
        assert!(dialog.is_early() && dialog.role() == Role::Caller);
        assert_eq!((dialog.user(), dialog.remote_tag()), ('a', "one"));

        element.answer(&invite, 200, "two");
        let Event::Accepted('a', accepted, first, _) = element.event() else { panic!() };
        assert_eq!((accepted, first), (id, forks[1]));
        element.layer.acknowledge(first, &[], Some(sdp("answer")), &mut element.wire).unwrap();
        let ack = element.sent_request(Method::Ack);
        assert_ne!(branch(&ack), branch(&invite), "not of the transaction");
        assert_eq!((ack.uri_text(), ack.body()), ("sip:two@127.0.0.1:7000", b"answer".as_slice()));
        assert_eq!(ack.headers().cseq().unwrap().number, 1);

        // The 2xx crossed our ACK.
        element.answer(&invite, 200, "two");
        assert_eq!(branch(&element.sent_request(Method::Ack)), branch(&ack), "the same one once more");
        assert!(element.events().is_empty());

        // Another one answers too. It is not wanted: ACK, then BYE.
        element.answer(&invite, 200, "four");
        let Event::Accepted('a', _, second, _) = element.event() else { panic!() };
        assert!(!forks.contains(&second));
        element.layer.end(element.now, second, &mut element.wire);
        let messages = element.sent();
        let methods: Vec<_> =
            messages.iter().map(|message| message.as_request().unwrap().method.clone()).collect();
        assert_eq!(methods, [Method::Ack, Method::Bye]);
        let bye = messages[1].as_request().unwrap();
        assert_eq!(
            (bye.uri_text(), bye.headers().to().unwrap().tag()),
            ("sip:four@127.0.0.1:7000", Some("four"))
        );
        element.answer(bye, 200, "four");

        // The others are over when no success of theirs can come any more.
        element.wait(TRANSACTION_TIMEOUT);
        let ended: Vec<_> = element
            .events()
            .iter()
            .map(|event| match event {
                Event::Ended('a', id, EndReason::OtherFork) => *id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ended, [forks[0], forks[2]]);
        assert!(element.layer.dialog(first).is_some());
        element.layer.end(element.now, first, &mut element.wire);
        let bye = element.sent_request(Method::Bye);
        assert_eq!(bye.headers().cseq().unwrap().number, 2);
        element.answer(&bye, 200, "two");
        element.assert_nothing_left();
    }
}

#[test]
fn a_refusal_ends_all_early_dialogs() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    let early = progress(&mut element, &invite, 180, "one");
    progress(&mut element, &invite, 180, "two");
    element.answer(&invite, 603, "one");
    assert!(matches!(element.event(), Event::Rejected('a', _, _)));
    assert!(element.layer.dialog(early).is_none());
    assert_eq!(element.layer.sizes().dialogs, 0);
    element.assert_nothing_left();
}

#[test]
fn forks_are_limited() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    for fork in 0..40 {
        element.answer(&invite, 180, &fork.to_string());
    }
    assert_eq!(element.layer.sizes().dialogs, 32);
    element.events();
    element.answer(&invite, 200, "late");
    element.sent_request(Method::Ack);
    assert!(matches!(element.event(), Event::Failed('a', _, Failure::BadResponse)));
    element.assert_nothing_left();
}

#[test]
fn early_media_needs_no_prack_and_the_early_dialog_can_be_used() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    let early = MessageBuilder::reply(&invite, StatusCode::SESSION_PROGRESS, "bob", None)
        .header(HeaderName::CONTACT, "<sip:bob@127.0.0.1:7000>")
        .header(HeaderName::RECORD_ROUTE, "<sip:far@p2;lr>, <sip:near@p1;lr>")
        .finish_with_body("application/sdp", b"media");
    element.receive(early);
    let Event::Progress('a', _, Some(dialog), response) = element.event() else { panic!() };
    assert_eq!(response.body(), b"media");
    let update = Method::Update;
    let request = crate::RequestInDialog::new(&update).with_body(sdp("other"));
    element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire).unwrap();
    let update = element.sent_request(Method::Update);
    assert_eq!((update.headers().cseq().unwrap().number, update.body()), (2, b"other".as_slice()));
    assert_eq!(update.headers().get(HeaderName::ROUTE), Some("<sip:near@p1;lr>, <sip:far@p2;lr>"));
    element.answer(&update, 200, "bob");
    assert!(matches!(element.event(), Event::Response('a', _, _)));
    // The peer may send requests in it, too.
    let tag = dialog.tag().to_string();
    let update = element.request("UPDATE", 1, &tag, "");
    element.receive(
        update.replace("Call-ID: theirs", &format!("Call-ID: {}", response.headers().call_id().unwrap())),
    );
    let Event::RequestInDialog('a', within, incoming) = element.event() else { panic!() };
    assert_eq!(within, dialog);
    element.reply(incoming, StatusCode::OK);
    assert_eq!(element.sent_status(), 200);
}

#[test]
fn a_cancel_waits_until_the_invite_is_known_to_have_arrived() {
    for udp in [true, false] {
        let mut element = Element::new(udp);
        let (id, invite) = element.invite();
        element.layer.cancel(element.now, id, &mut element.wire);
        assert!(element.sent().is_empty());
        element.answer(&invite, 180, "bob");
        let cancel = element.sent_request(Method::Cancel);
        assert_eq!(branch(&cancel), branch(&invite));
        assert_eq!(cancel.headers().cseq().unwrap().number, 1);
        assert_eq!((cancel.uri_text(), cancel.headers().to().unwrap().tag()), (invite.uri_text(), None));
        element.layer.cancel(element.now, id, &mut element.wire);
        assert!(element.sent().is_empty(), "once is enough");
        element.answer(&cancel, 200, "bob");
        assert!(element.events().is_empty(), "nothing more is heard of it than how the INVITE ends");
        element.answer(&invite, 487, "bob");
        assert_eq!(branch(&element.sent_request(Method::Ack)), branch(&invite));
        let Event::Rejected('a', rejected, response) = element.event() else { panic!() };
        assert_eq!((rejected, response.status.code()), (id, 487));
        element.assert_nothing_left();
    }
}

#[test]
fn a_success_that_crosses_the_cancel_is_acknowledged_and_ended() {
    for provisional in [true, false] {
        let mut element = Element::new(true);
        let (id, invite) = element.invite();
        if provisional {
            progress(&mut element, &invite, 180, "bob");
        }
        element.layer.cancel(element.now, id, &mut element.wire);
        element.sent();
        element.answer(&invite, 200, "bob");
        assert_eq!(element.sent_in_short(), ["1 ACK", "2 BYE"]);
        let Event::Failed('a', failed, Failure::Cancelled) = element.event() else { panic!() };
        assert_eq!(failed, id);
        element.answer(&invite, 200, "bob");
        assert_eq!(element.sent_in_short(), ["1 ACK"], "its ACK may have been lost");
        // Another fork was not stopped in time either.
        element.answer(&invite, 200, "eve");
        assert_eq!(element.sent_in_short(), ["1 ACK", "2 BYE"]);
        assert!(element.events().is_empty(), "it failed once");
        element.assert_nothing_left();
    }
}

#[test]
fn a_peer_that_ignores_the_cancel_is_given_up() {
    let mut element = Element::new(true);
    let (id, invite) = element.invite();
    progress(&mut element, &invite, 180, "bob");
    element.layer.cancel(element.now, id, &mut element.wire);
    let cancel = element.sent_request(Method::Cancel);
    element.answer(&cancel, 481, "bob");
    element.wait(TRANSACTION_TIMEOUT);
    assert!(matches!(element.event(), Event::Failed('a', _, Failure::Timeout)));
    element.assert_nothing_left();
}

#[test]
fn ending_an_early_dialog_cancels_its_invite() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    let early = progress(&mut element, &invite, 180, "bob");
    element.layer.end(element.now, early, &mut element.wire);
    element.sent_request(Method::Cancel);
}

#[test]
fn a_success_that_comes_again_after_the_call_begins_no_new_one() {
    let mut element = Element::new(true);
    let (_, invite) = element.invite();
    element.answer(&invite, 200, "bob");
    let Event::Accepted('a', _, dialog, _) = element.event() else { panic!() };
    element.layer.end(element.now, dialog, &mut element.wire);
    let bye = element.sent().pop().unwrap();
    element.answer(bye.as_request().unwrap(), 200, "bob");
    assert_eq!(element.layer.sizes().dialogs, 0);
    element.answer(&invite, 200, "bob");
    element.sent_request(Method::Ack);
    assert!(element.events().is_empty() && element.layer.sizes().dialogs == 0);
}
