//! Frames of CSTA over TCP.

use hookflash_wire::csta::{
    Encapsulation, FrameError, FrameTooLong, Framer, InvokeId, MAX_FRAME, write_frame,
};

type Owned = (Encapsulation, u16, Vec<u8>);

fn stream() -> (Vec<u8>, Vec<Owned>) {
    let frames = vec![
        (Encapsulation::Plain, 0, b"<a/>".to_vec()),
        (Encapsulation::Plain, 9_999, vec![b'x'; 300]),
        (Encapsulation::Soap, 9_998, b"<soap/>".to_vec()),
        (Encapsulation::Plain, 42, Vec::new()),
        (Encapsulation::Plain, 1, vec![b'y'; 1_000]),
    ];
    let mut bytes = Vec::new();
    for (encapsulation, id, body) in &frames {
        let id = InvokeId::new(*id).unwrap();
        write_frame(&mut bytes, *encapsulation, id, |out| out.extend_from_slice(body)).unwrap();
    }
    (bytes, frames)
}

fn frames(framer: &mut Framer, mut input: &[u8]) -> Vec<Owned> {
    let mut frames = Vec::new();
    while let Some(frame) = framer.next(&mut input).unwrap() {
        frames.push((frame.encapsulation, frame.invoke_id.get(), frame.body.to_vec()));
    }
    assert!(input.is_empty(), "everything is taken or remembered");
    frames
}

#[test]
fn a_stream_split_anywhere_gives_the_same_frames() {
    let (stream, expected) = stream();
    for at in 0..=stream.len() {
        let (first, second) = stream.split_at(at);
        let mut framer = Framer::default();
        let mut split = frames(&mut framer, first);
        split.extend(frames(&mut framer, second));
        assert!(split == expected, "split at {at}");
        assert_eq!(framer.buffered(), 0);
    }
    let mut framer = Framer::default();
    let single: Vec<_> = stream.chunks(1).flat_map(|byte| frames(&mut framer, byte)).collect();
    assert_eq!(single, expected);
}

#[test]
fn a_header_is_written_as_the_standard_says() {
    let mut out = b"before".to_vec();
    let id = InvokeId::new(7).unwrap();
    write_frame(&mut out, Encapsulation::Plain, id, |out| out.resize(out.len() + 0x0201, b'z')).unwrap();
    assert_eq!(&out[..14], b"before\x00\x00\x02\x090007");
    assert_eq!(out.len(), 6 + 0x0209);
    let mut out = Vec::new();
    write_frame(&mut out, Encapsulation::Soap, InvokeId::EVENT, |_| {}).unwrap();
    assert_eq!(out, b"\x01\x00\x00\x089999");
}

#[test]
fn what_is_no_frame_is_refused_with_its_header() {
    let cases: [(&[u8; 8], FrameError); 8] = [
        (b"GET / HT", FrameError::UnknownFormat(b'G', b'E')),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", FrameError::UnknownFormat(0x16, 3)),
        (b"\0\x01\0\x100001", FrameError::UnknownFormat(0, 1)),
        (b"\0\0\0\x070001", FrameError::TooShort(7)),
        (b"\0\0\0\0\0\0\0\0", FrameError::TooShort(0)),
        (b"\0\0\x10\x010001", FrameError::TooLong { length: 4097, limit: 4096 }),
        (b"\0\0\0\x10 001", FrameError::InvokeId(*b" 001")),
        (b"\0\0\0\x1000a1", FrameError::InvokeId(*b"00a1")),
    ];
    for (header, expected) in cases {
        assert_eq!(Framer::with_limit(4096).next(&mut &header[..]), Err(expected), "at once");
        let mut framer = Framer::with_limit(4096);
        assert_eq!(framer.next(&mut &header[..7]), Ok(None));
        assert_eq!(framer.next(&mut &header[7..]), Err(expected), "in pieces");
        let mut good: &[u8] = b"\0\0\0\x0c0001<a/>";
        assert_eq!(framer.next(&mut good), Err(expected), "it stays refused");
        assert!(framer.buffered() <= 8);
    }
}

#[test]
fn the_largest_frame_passes_and_a_larger_one_is_not_written() {
    let body = vec![b'x'; MAX_FRAME - 8];
    let mut bytes = Vec::new();
    write_frame(&mut bytes, Encapsulation::Plain, InvokeId::FIRST, |out| out.extend_from_slice(&body))
        .unwrap();
    assert_eq!(bytes.len(), MAX_FRAME);
    assert_eq!(frames(&mut Framer::default(), &bytes), [(Encapsulation::Plain, 1, body)]);
    let mut out = b"before".to_vec();
    let too_long = |out: &mut Vec<u8>| out.resize(out.len() + MAX_FRAME - 7, b'x');
    let error = write_frame(&mut out, Encapsulation::Plain, InvokeId::FIRST, too_long);
    assert_eq!(error, Err(FrameTooLong { size: 65_536 }));
    assert_eq!(out, b"before");
}

#[test]
fn an_announced_length_costs_no_memory() {
    let mut framer = Framer::default();
    assert_eq!(framer.next(&mut &b"\0\0\xff\xff0001"[..]), Ok(None));
    assert_eq!(framer.buffered(), 8);
}

#[test]
fn invoke_identifiers_wrap_before_the_one_of_events() {
    assert_eq!(InvokeId::FIRST.next().get(), 2);
    assert_eq!(InvokeId::new(9_998).unwrap().next().get(), 0);
    assert_eq!(InvokeId::new(10_000), None);
    assert_eq!(InvokeId::FIRST.to_string(), "0001");
}
