//! Session timers (RFC 4028) of dialogs that we began.

use super::*;
use crate::{EndReason, Party};

/// A dialog that was accepted with these headers.
fn accepted(element: &mut Element, extra: &str) -> DialogId {
    let (_, invite) = element.invite();
    assert_eq!(invite.headers().get(HeaderName::SESSION_EXPIRES), Some("1800"));
    assert_eq!(invite.headers().get(HeaderName::MIN_SE), Some("90"));
    element.answer_with(&invite, 200, "bob", extra);
    let Event::Accepted('a', _, dialog, _) = element.event() else { panic!() };
    element.layer.acknowledge(dialog, &[], None, &mut element.wire).unwrap();
    element.sent();
    dialog
}

#[test]
fn we_refresh_with_update_at_half_time() {
    let mut element = Element::new(false);
    let dialog =
        accepted(&mut element, "Session-Expires: 600;refresher=uac\r\nAllow: UPDATE\r\nRequire: timer");
    assert_eq!(element.layer.dialog(dialog).unwrap().timer().refresher, Some(Party::Us));
    for _ in 0..3 {
        element.wait(seconds(299));
        assert!(element.sent().is_empty());
        element.wait(seconds(1));
        let update = element.sent_request(Method::Update);
        assert_eq!(update.headers().get(HeaderName::SESSION_EXPIRES), Some("600;refresher=uac"));
        element.answer(&update, 200, "bob");
    }
    element.wait(seconds(600));
    element.sent();
    assert!(matches!(element.event(), Event::Ended('a', _, EndReason::Expired)), "nobody answered");
}

#[test]
fn a_peer_that_takes_no_update_gets_an_invite_from_the_user() {
    let mut element = Element::new(true);
    let dialog = accepted(&mut element, "Session-Expires: 600;refresher=uac\r\nAllow: INVITE, BYE");
    element.wait(seconds(300));
    let Event::RefreshDue('a', due) = element.event() else { panic!() };
    assert_eq!(due, dialog);
    let method = Method::Invite;
    let request = crate::RequestInDialog::new(&method).with_body(sdp("the same"));
    element.layer.send_in_dialog(element.now, dialog, &request, &mut element.wire).unwrap();
    let invite = element.sent_request(Method::Invite);
    assert_eq!(invite.headers().get(HeaderName::SESSION_EXPIRES), Some("600;refresher=uac"));
    element.answer_with(&invite, 200, "bob", "Session-Expires: 600;refresher=uac");
    element.events();
    element.layer.acknowledge(dialog, &[], None, &mut element.wire).unwrap();
    element.wait(seconds(500));
    assert!(element.layer.dialog(dialog).is_some(), "refreshed");
}

#[test]
fn a_peer_that_should_refresh_and_does_not_is_let_go() {
    let mut element = Element::new(false);
    let dialog = accepted(&mut element, "Session-Expires: 600;refresher=uas");
    assert_eq!(element.layer.dialog(dialog).unwrap().timer().refresher, Some(Party::Peer));
    element.wait(seconds(599));
    assert!(element.sent().is_empty() && element.events().is_empty());
    element.wait(seconds(1));
    element.sent_request(Method::Bye);
    assert!(matches!(element.event(), Event::Ended('a', _, EndReason::Expired)));
}

#[test]
fn a_refresh_that_asks_for_more_gets_it() {
    let mut element = Element::new(true);
    let dialog = accepted(&mut element, "Session-Expires: 600;refresher=uac\r\nAllow: UPDATE");
    element.wait(seconds(300));
    let update = element.sent_request(Method::Update);
    element.answer_with(&update, 422, "bob", "Min-SE: 900");
    assert_eq!(element.layer.dialog(dialog).unwrap().timer().interval, seconds(900));
}
