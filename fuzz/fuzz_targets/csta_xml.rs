//! Any bytes are decoded or refused; what was decoded can be written, and what was written reads back as itself.
//! (Not as what was decoded: members and words of a later edition than the message's own are not written.)

#![no_main]

use hookflash_wire::csta::{Decoded, MAX_MESSAGE_SIZE, decode, decode_tcp, encode};
use libfuzzer_sys::fuzz_target;

fn written(decoded: &Decoded) -> Vec<u8> {
    let mut out = Vec::new();
    encode(decoded.edition, &decoded.message, &mut out);
    out
}

fuzz_target!(|bytes: &[u8]| {
    let _ = decode_tcp(bytes);
    let Ok(decoded) = decode(bytes) else { return };
    let first = written(&decoded);
    // Escaping makes text longer, which the reader need not accept.
    if first.len() > MAX_MESSAGE_SIZE {
        return;
    }
    match decode(&first) {
        Ok(again) => assert_eq!(written(&again), first),
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&first)),
    }
});
