//! Cutting streams, whatever pieces they arrive in.

use hookflash_wire::sip::*;

use crate::{INVITE, info_with};

/// What a stream yields when it arrives in `pieces`, pings as empty messages.
fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Vec<u8>>, FrameError> {
    let mut framer = StreamFramer::new();
    let mut found = Vec::new();
    for mut piece in pieces {
        while let Some(framed) = framer.next(&mut piece)? {
            found.push(match framed {
                Framed::Message(bytes) => bytes.to_vec(),
                Framed::Ping => Vec::new(),
            });
        }
        assert!(piece.is_empty(), "input is used up");
    }
    assert_eq!(framer.pending(), 0, "nothing is left behind");
    Ok(found)
}

fn stream() -> (Vec<u8>, Vec<Vec<u8>>) {
    let info = info_with("Subject: a\r\n b\r\n");
    let folded = info_with("Content-Length:\r\n 3\r\n") + "abc";
    let lines = INVITE.replace("\r\n", "\n");
    let text = format!("\r\n\r\n{INVITE}\r\n{info}\r\n\r\n{folded}{lines}");
    let expected = ["", INVITE, &info, "", &folded, &lines];
    (text.into_bytes(), expected.map(|text| text.as_bytes().to_vec()).to_vec())
}

#[test]
fn every_split_in_two_yields_the_same() {
    let (stream, expected) = stream();
    for at in 0..=stream.len() {
        let (one, two) = stream.split_at(at);
        assert_eq!(frames([one, two]).unwrap(), expected, "split at {at}");
    }
}

#[test]
fn every_piece_size_yields_the_same() {
    let (stream, expected) = stream();
    for size in 1..stream.len() {
        assert_eq!(frames(stream.chunks(size)).unwrap(), expected, "pieces of {size}");
    }
}

#[test]
fn whole_messages_are_handed_out_of_the_input() {
    let mut input = INVITE.as_bytes();
    let mut framer = StreamFramer::new();
    match framer.next(&mut input).unwrap() {
        Some(Framed::Message(bytes)) => assert_eq!(bytes.as_ptr(), INVITE.as_ptr()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn without_content_length_a_message_ends_with_its_head() {
    let two = info_with("") + &info_with("");
    assert_eq!(frames([two.as_bytes()]).unwrap().len(), 2);
}

#[test]
fn streams_that_cannot_be_cut_fail_by_name_and_for_good() {
    for (lines, expected) in [
        ("Content-Length: x\r\n", FrameError::BadContentLength),
        ("Content-Length: -1\r\n", FrameError::BadContentLength),
        ("Content-Length:\r\n", FrameError::BadContentLength),
        ("Content-Length: 1\r\nl: 2\r\n", FrameError::BadContentLength),
        ("Content-Length: 1\r\n 2\r\n", FrameError::BadContentLength),
        ("l: 65537\r\n", FrameError::BodyTooLarge(65537)),
        ("l: 99999999999999999999\r\n", FrameError::BodyTooLarge(u64::MAX)),
        ("c: application/csta+xml\r\n", FrameError::MissingContentLength),
    ] {
        let bytes = info_with(lines);
        for size in [1, 7, bytes.len()] {
            assert_eq!(frames(bytes.as_bytes().chunks(size)), Err(expected), "{lines} in pieces of {size}");
        }
        let mut framer = StreamFramer::new();
        assert_eq!(framer.next(&mut bytes.as_bytes()), Err(expected));
        assert_eq!(framer.refused_head(), Some(bytes.as_bytes()), "the head can be answered");
        assert_eq!(framer.next(&mut INVITE.as_bytes()), Err(expected), "no way back");
    }
}

#[test]
fn heads_end_within_the_limit() {
    let fitting = info_with(&format!("X: {}\r\n", "x".repeat(MAX_HEAD - info_with("X: \r\n").len())));
    assert_eq!(fitting.len(), MAX_HEAD);
    let endless = "x".repeat(MAX_HEAD + 1);
    let longer = fitting.replace("X: ", "X: y");
    for size in [1, 1000, 100_000] {
        assert_eq!(frames(fitting.as_bytes().chunks(size)).unwrap().len(), 1);
        assert_eq!(frames(endless.as_bytes().chunks(size)), Err(FrameError::HeadTooLarge));
        assert_eq!(frames(longer.as_bytes().chunks(size)), Err(FrameError::HeadTooLarge));
    }
}

#[test]
fn largest_body_passes() {
    let message = info_with(&format!("l: {MAX_BODY}\r\n")) + &"x".repeat(MAX_BODY);
    assert_eq!(frames(message.as_bytes().chunks(4096)).unwrap(), [message.as_bytes()]);
}

#[test]
fn single_line_ends_between_messages_are_not_answered() {
    let stream = format!("\r\n{INVITE}\r\n{INVITE}");
    assert_eq!(frames([stream.as_bytes()]).unwrap(), [INVITE.as_bytes(), INVITE.as_bytes()]);
}
