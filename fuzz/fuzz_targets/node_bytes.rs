//! A whole node among phones and applications that say anything at any time; see `hookflash_fuzz::office` for what
//! must hold.

#![no_main]

use hookflash_fuzz::office;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: &[u8]| {
    let said = office::run(program);
    // Not every program: a second run costs as much as another program.
    if program.len().is_multiple_of(4) {
        assert_eq!(office::run(program), said, "the same inputs give the same outputs");
    }
});
