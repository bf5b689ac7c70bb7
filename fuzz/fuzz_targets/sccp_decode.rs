//! Any bytes on an SCCP connection: framing and decoding survive, and what was decoded decodes again the same
//! way after it was written.
#![no_main]

use hookflash_wire::sccp::{ClientMessage, Encoding, Frame, Framer, ServerMessage, TextEncoding, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&[version, text], mut input)) = data.split_first_chunk::<2>() else { return };
    let text = if text & 1 == 0 { TextEncoding::Latin1 } else { TextEncoding::Utf8 };
    let encoding = Encoding { version: Version(3 + version % 20), text };
    let mut framer = Framer::default();
    while let Ok(Some(frame)) = framer.next(&mut input) {
        client(&frame, encoding);
        server(&frame, encoding);
    }
});

fn client(frame: &Frame<'_>, encoding: Encoding) {
    let Ok(message) = ClientMessage::decode(frame, encoding) else { return };
    let mut bytes = Vec::new();
    message.encode(encoding, &mut bytes);
    let mut framer = Framer::default();
    let mut input = bytes.as_slice();
    let again = framer.next(&mut input).unwrap().unwrap();
    let again = ClientMessage::decode(&again, encoding).unwrap();
    let mut stable = Vec::new();
    again.encode(encoding, &mut stable);
    assert_eq!(stable, bytes);
}

fn server(frame: &Frame<'_>, encoding: Encoding) {
    let Ok(message) = ServerMessage::decode(frame, encoding) else { return };
    let mut bytes = Vec::new();
    message.encode(encoding, &mut bytes);
    let mut framer = Framer::default();
    let mut input = bytes.as_slice();
    let again = framer.next(&mut input).unwrap().unwrap();
    let again = ServerMessage::decode(&again, encoding).unwrap();
    let mut stable = Vec::new();
    again.encode(encoding, &mut stable);
    assert_eq!(stable, bytes);
}
