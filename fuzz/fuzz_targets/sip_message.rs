//! Any bytes: read or refused, never a panic; what was read is a fixed point of writing and reading again; and
//! framing yields the same however the stream is cut.

#![no_main]

use hookflash_wire::sip::{Framed, Message, MessageBuilder, StatusCode, StreamFramer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Message::parse(bytes) {
        Ok(message) => {
            read_and_answer(&message);
            let once = message.to_bytes();
            let again = Message::parse(&once).expect("what was written is readable");
            assert_eq!(again.to_bytes(), once);
        }
        Err(error) => {
            if let Some(request) = error.request() {
                read_and_answer(&Message::Request(request.clone()));
            }
        }
    }
    assert_eq!(frames(bytes, 7), frames(bytes, bytes.len().max(1)));
});

fn read_and_answer(message: &Message) {
    let headers = message.headers();
    for address in
        headers.routes().chain(headers.record_routes()).chain([headers.from(), headers.to()]).flatten()
    {
        let _ = (address.display_name(), address.tag(), address.uri().map(|uri| uri.to_string()));
    }
    let _ = (
        headers.vias().count(),
        headers.contacts().count(),
        headers.content_type(),
        headers.session_expires(),
    );
    if let Some(request) = message.as_request() {
        let _ = (request.check(), request.uri().user_decoded());
        let source = "192.0.2.1:5060".parse().ok();
        let reply = MessageBuilder::reply(request, StatusCode::BAD_REQUEST, "t", source).finish();
        Message::parse(&reply).expect("a reply is readable");
    }
}

fn frames(stream: &[u8], size: usize) -> (Vec<Vec<u8>>, bool) {
    let mut framer = StreamFramer::new();
    let mut found = Vec::new();
    for mut piece in stream.chunks(size) {
        loop {
            match framer.next(&mut piece) {
                Ok(Some(Framed::Message(bytes))) => found.push(bytes.to_vec()),
                Ok(Some(Framed::Ping)) => found.push(Vec::new()),
                Ok(None) => break,
                Err(_) => return (found, true),
            }
        }
    }
    (found, false)
}
