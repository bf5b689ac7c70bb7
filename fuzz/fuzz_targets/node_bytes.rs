//! A whole node among phones and applications that say anything at any time; see `hookflash_fuzz::office` for what
//! must hold.

#![no_main]

use hookflash_fuzz::office;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: &[u8]| {
    assert_eq!(office::run(program), office::run(program), "the same inputs give the same outputs");
});
