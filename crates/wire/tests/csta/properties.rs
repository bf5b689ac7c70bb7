//! What holds for any input.

use std::sync::LazyLock;

use hookflash_wire::csta::*;
use proptest::prelude::*;

use crate::messages::{all_messages, samples};

/// Text with everything that has to be escaped or cannot be written.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,40}",
        proptest::collection::vec(any::<char>(), 1..40).prop_map(String::from_iter),
        proptest::collection::vec(
            prop_oneof![
                Just("]]>"),
                Just("&"),
                Just("<"),
                Just("\r\n"),
                Just("\u{0}"),
                Just("\u{ffff}"),
                Just("x")
            ],
            1..12
        )
        .prop_map(|parts| parts.concat()),
    ]
}

fn encoded(edition: Edition, message: &Message) -> Vec<u8> {
    let mut out = Vec::new();
    encode(edition, message, &mut out);
    out
}

proptest! {
    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = (decode(&bytes), decode_tcp(&bytes));
    }

    #[test]
    fn any_markup_is_decoded_or_refused(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("<a>"), Just("</a>"), Just("<a"), Just("/>"), Just(">"), Just(" x='"), Just("'"), Just("&"),
                Just(";"), Just("&#"), Just("x41"), Just("<![CDATA["), Just("]]>"), Just("<!--"), Just("-->"),
                Just("<?xml "), Just("?>"), Just("<!DOCTYPE"), Just(" xmlns='"), Just(" xmlns:p="), Just("p:"),
                Just("http://www.ecma-international.org/standards/ecma-323/csta/ed3"), Just("urn:hookflash:csta:1"),
                Just("http://www.ecma-international.org/standards/ecma-354/appl_session"), Just("\u{e9}"), Just("\n"),
            ],
            0..40,
        )
    ) {
        let _ = decode_tcp(parts.concat().as_bytes());
    }

    #[test]
    fn any_damage_to_a_message_is_decoded_or_refused(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        change in prop_oneof![any::<u8>().prop_map(Some), Just(None)],
    ) {
        static SAMPLES: LazyLock<Vec<(String, String)>> = LazyLock::new(samples);
        let mut bytes = which.get(&SAMPLES).1.clone().into_bytes();
        // The prolog is read leniently.
        let prolog = bytes.iter().position(|&byte| byte == b'\n').unwrap();
        let at = prolog + at.index(bytes.len() - prolog);
        match change {
            Some(byte) => bytes[at] = byte,
            None => bytes.truncate(at),
        }
        if let Ok(decoded) = decode(&bytes) {
            let written = encoded(decoded.edition, &decoded.message);
            let again = decode(&written).unwrap();
            prop_assert_eq!(encoded(again.edition, &again.message), written);
            if let Ok(text) = std::str::from_utf8(&bytes).map(|text| text.trim_end_matches('\0')) {
                prop_assert!(uppsala::parse(text).is_ok(), "accepted what is not well-formed: {}", text);
            }
        }
    }

    #[test]
    fn any_text_is_written_as_well_formed_xml_and_reads_back(text in text(), reference in text()) {
        let body = EventBody::from(BackInService {
            device: SubjectDeviceId::Device(text.as_str().into()),
            cause: Some(EventCause::Unknown(text.as_str().into())),
        });
        let mut out = Vec::new();
        encode_event(Edition::Ed3, &reference, &body, &mut out);
        uppsala::parse(std::str::from_utf8(&out).unwrap()).unwrap();
        if writable(&text) && writable(&reference) {
            let event = Event { monitor_cross_ref_id: reference.as_str().into(), body, extensions: EventExtensions::default() };
            prop_assert_eq!(decode(&out).unwrap().message, Message::Event(event));
        }
    }

    #[test]
    fn device_numbers_hold_digits_only(text in text()) {
        if let Some(number) = DeviceId::from(text.as_str()).number() {
            prop_assert!(number.digits.chars().all(|digit| "0123456789*#ABCD".contains(digit)));
        }
    }
}

/// Whether text survives: XML can carry it, and there are no blanks around it.
fn writable(text: &str) -> bool {
    let legal = text
        .chars()
        .all(|c| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && c != '\u{fffe}' && c != '\u{ffff}'));
    legal && !text.is_empty() && text.trim_matches([' ', '\t', '\r', '\n']) == text
}

#[test]
fn encoding_appends() {
    let mut out = b"before".to_vec();
    for message in all_messages(Edition::Ed3).iter().take(3) {
        let start = out.len();
        encode(Edition::Ed3, message, &mut out);
        assert_eq!(out[start..], encoded(Edition::Ed3, message));
    }
    assert!(out.starts_with(b"before"));
}
