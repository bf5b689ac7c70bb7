//! Any file is read as a recording or refused, and whatever can be read can be replayed, twice in the same way.
//!
//! The first byte says what the rest is: a whole file; or pieces, each after a byte that says how long it is, that
//! become the frames of a file whose sums are right, with a head of theirs or a usual one.

#![no_main]

use hookflash_node::{
    Start, config,
    recording::{MAGIC, Reader, Recorder, Replay, VERSION, seal},
};
use libfuzzer_sys::fuzz_target;

/// Records of one file; the rest is ignored.
const MAX_STEPS: usize = 256;

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else { return };
    let file = match kind {
        b'f' => rest.to_vec(),
        b'h' => framed(Vec::new(), rest),
        _ => framed(usual_head(), rest),
    };
    assert_eq!(replay(&file), replay(&file));
});

/// The digests of what each record causes, and how it ends.
fn replay(file: &[u8]) -> (Vec<u64>, String) {
    let mut replay = match Replay::new(file) {
        Ok(replay) => replay,
        Err(error) => return (Vec::new(), error.to_string()),
    };
    let mut digests = Vec::new();
    while digests.len() < MAX_STEPS {
        match replay.step(None) {
            Ok(Some(step)) => digests.push(step.digest),
            Ok(None) => break,
            Err(error) => {
                assert_eq!(replay.step(None).err(), Some(error), "a refusal repeats");
                return (digests, error.to_string());
            }
        }
    }
    (digests, String::new())
}

fn usual_head() -> Vec<u8> {
    let settings = config::load(include_str!("../src/office.cfg")).settings;
    let mut file = Vec::new();
    Recorder::new(&settings, None, Start::default(), &mut file);
    assert!(Reader::open(&file).is_ok());
    file
}

fn framed(mut file: Vec<u8>, mut pieces: &[u8]) -> Vec<u8> {
    if file.is_empty() {
        file.extend_from_slice(MAGIC);
        file.push(VERSION);
    }
    let mut crc = crc32(&file);
    while let Some((length, rest)) = pieces.split_first() {
        let (body, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        crc = seal(crc, body, &mut file);
        pieces = rest;
    }
    file
}

/// The CRC-32 of IEEE 802.3, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
