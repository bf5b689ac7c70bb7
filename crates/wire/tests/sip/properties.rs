//! Properties over arbitrary and nearly right bytes.

use hookflash_wire::sip::*;
use proptest::prelude::*;

use crate::INVITE;

/// Reads everything a message offers; its result does not matter, that it returns does.
fn read_all(message: &Message) {
    let headers = message.headers();
    let _ = (headers.via(), headers.from(), headers.to(), headers.call_id(), headers.cseq());
    let _ = (headers.expires(), headers.session_expires(), headers.min_se(), headers.content_type());
    let _ = (headers.vias().count(), headers.allow().iter().count(), headers.max_forwards());
    for address in headers.routes().chain([headers.from(), headers.to()]).flatten() {
        let _ = (address.display_name(), address.tag(), address.uri().map(|uri| uri.to_string()));
    }
    for contact in headers.contacts().flatten() {
        let _ = contact.address().map(|address| address.uri().map(|uri| uri.user_decoded().is_some()));
    }
    if let Some(request) = message.as_request() {
        let _ = (request.check(), request.uri().to_string());
        let source = "[2001:db8::1]:5060".parse().ok();
        let reply = MessageBuilder::reply(request, StatusCode::OK, "t", source).finish();
        Message::parse(&reply).unwrap();
    }
}

fn is_fixed_point(message: &Message) {
    let once = message.to_bytes();
    let again = Message::parse(&once).unwrap();
    assert_eq!(again.body(), message.body());
    assert_eq!(again.to_bytes(), once);
}

/// The INVITE with a few bytes replaced, inserted or removed.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let bytes = prop_oneof![any::<u8>(), prop::sample::select(b"\r\n \t:;,<>\"\\@=/%\xe9".to_vec())];
    prop::collection::vec((any::<prop::sample::Index>(), bytes, 0u8..3), 1..12).prop_map(|edits| {
        let mut message = INVITE.as_bytes().to_vec();
        for (at, byte, edit) in edits {
            let at = at.index(message.len());
            match edit {
                0 => message[at] = byte,
                1 => message.insert(at, byte),
                _ => drop(message.remove(at)),
            }
        }
        message
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(message) = Message::parse(&bytes) {
            read_all(&message);
        }
    }

    #[test]
    fn any_header_text_is_read_or_refused(text in "\\PC{0,80}", name in "[A-Za-z-]{1,12}|Via|From|To|m|Route") {
        let bytes = format!("INFO sip:a@b SIP/2.0\r\n{name}: {text}\r\nCall-ID: c\r\n\r\n");
        if let Ok(message) = Message::parse(bytes.as_bytes()) {
            read_all(&message);
            is_fixed_point(&message);
        }
    }

    #[test]
    fn nearly_right_messages_are_fixed_points(bytes in mutated()) {
        match Message::parse(&bytes) {
            Ok(message) => {
                read_all(&message);
                is_fixed_point(&message);
            }
            Err(error) => if let Some(request) = error.request() {
                read_all(&Message::Request(request.clone()));
            },
        }
    }

    #[test]
    fn framing_does_not_depend_on_pieces(bytes in mutated(), size in 1usize..64) {
        let stream = [bytes.as_slice(), INVITE.as_bytes()].concat();
        prop_assert_eq!(frames(&stream, size), frames(&stream, stream.len()));
    }
}

fn frames(stream: &[u8], size: usize) -> (Vec<Vec<u8>>, Option<FrameError>) {
    let mut framer = StreamFramer::new();
    let mut found = Vec::new();
    for mut piece in stream.chunks(size) {
        loop {
            match framer.next(&mut piece) {
                Ok(Some(Framed::Message(bytes))) => found.push(bytes.to_vec()),
                Ok(Some(Framed::Ping)) => found.push(Vec::new()),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}
