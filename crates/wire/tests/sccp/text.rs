use hookflash_wire::sccp::*;

fn prompt(text: Text) -> ServerMessage {
    ServerMessage::DisplayPromptStatus(DisplayPromptStatus { text, ..DisplayPromptStatus::default() })
}

/// The text field of a fixed prompt, and what comes back.
fn through_fixed_prompt(text: Text, encoding: TextEncoding) -> (Vec<u8>, Text) {
    let encoding = Encoding { version: Version(8), text: encoding };
    let mut bytes = Vec::new();
    prompt(text).encode(encoding, &mut bytes);
    let mut framer = Framer::default();
    let frame = framer.next(&mut bytes.as_slice()).unwrap().unwrap();
    match ServerMessage::decode(&frame, encoding).unwrap() {
        ServerMessage::DisplayPromptStatus(decoded) => (frame.body[4..36].to_vec(), decoded.text),
        other => panic!("{other:?}"),
    }
}

#[test]
fn characters_outside_latin1_become_question_marks_for_old_phones() {
    let (bytes, text) = through_fixed_prompt(Text::plain("Müller €"), TextEncoding::Latin1);
    assert!(bytes.starts_with(b"M\xFCller ?\0"));
    assert_eq!(text, "Müller ?");
}

#[test]
fn utf8_is_kept_for_new_phones() {
    let (bytes, text) = through_fixed_prompt(Text::plain("Müller €"), TextEncoding::Utf8);
    assert!(bytes.starts_with("Müller €\0".as_bytes()));
    assert_eq!(text, "Müller €");
}

#[test]
fn long_text_is_cut_between_characters_and_still_terminated() {
    let long = Text::plain("ééééééééééééééééééééé");
    let (bytes, text) = through_fixed_prompt(long.clone(), TextEncoding::Utf8);
    assert_eq!(bytes[30..], [0, 0]);
    assert_eq!(text, "é".repeat(15).as_str());
    let (bytes, text) = through_fixed_prompt(long, TextEncoding::Latin1);
    assert_eq!(bytes[20..23], [0xE9, 0, 0]);
    assert_eq!(text, "é".repeat(21).as_str());
}

#[test]
fn phrases_travel_as_escape_and_code_and_are_never_cut_in_two() {
    for encoding in [TextEncoding::Latin1, TextEncoding::Utf8] {
        let from = Text::from(Phrase::FROM).then("Zoë");
        let (bytes, text) = through_fixed_prompt(from.clone(), encoding);
        assert!(bytes.starts_with(b"\x80\x17Zo"));
        assert_eq!(text, from);
        assert_eq!(text.to_string(), "From Zoë");

        let (bytes, _) = through_fixed_prompt(Text::plain(&"x".repeat(30)).phrase(Phrase::FLASH), encoding);
        assert_eq!(bytes[29..], [b'x', 0, 0]);
    }
}

#[test]
fn plain_text_cannot_smuggle_in_phrases_or_end_early() {
    assert_eq!(Text::plain("a\0b\u{80}c\u{1e}d"), "abcd");
    assert_eq!(Text::from(String::from("a\u{80}\u{17}")), "a\u{17}");
}

#[test]
fn bytes_that_are_not_text_are_replaced() {
    let mut body = vec![0; 44];
    body[4..9].copy_from_slice(b"a\xFFb\x80\x18");
    let frame = Frame { header_version: 0, message_id: MessageId::DISPLAY_PROMPT_STATUS, body: &body };
    let decode = |text| match ServerMessage::decode(&frame, Encoding { version: Version(8), text }) {
        Ok(ServerMessage::DisplayPromptStatus(prompt)) => prompt.text.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(decode(TextEncoding::Utf8), "a\u{FFFD}bConnected");
    assert_eq!(decode(TextEncoding::Latin1), "aÿbConnected");
}

#[test]
fn the_feature_bit_chooses_the_encoding() {
    let encoding = |features| Encoding::negotiated(Version(17), Features::from_bytes(features)).text;
    assert_eq!(encoding([0x00, 0x60, 0x85]), TextEncoding::Latin1, "7960");
    assert_eq!(encoding([0x00, 0x72, 0x85]), TextEncoding::Utf8, "7961");
}
